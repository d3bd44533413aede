#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The tests of `etp run`, which here run on the module, and of scripts/ladder.
top=$(cd "$(dirname "$0")/../.." && pwd)
exec python3 "$top/tools/test/tap.py" "$top/build/tools"
