#!/bin/bash
# The same system calls over kernel TCP and over ETP, side by side: what a program sees must not differ, unless
# compare.expected gives the reason. See compare.c.
here=$(cd "$(dirname "$0")" && pwd)
exec "${ETP_BUILD:-$here/../../build}/tools/testing/compare" -e "$here/compare.expected" "$@"
