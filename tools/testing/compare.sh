#!/bin/bash
# The same system calls over kernel TCP and over ETP, side by side: what a program sees must not differ, unless
# compare.expected gives the reason. See compare.c. That list is of one kernel version's TCP, which later ones have changed.
here=$(cd "$(dirname "$0")" && pwd)
case $(uname -r) in
6.1.*) ;;
*)
	echo "1..0 # SKIP what is listed are differences to the TCP of 6.1"
	exit 0
	;;
esac
exec "${ETP_BUILD:-$here/../../build}/tools/testing/compare" -e "$here/compare.expected" "$@"
