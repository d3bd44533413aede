#!/bin/bash
# The same system calls over kernel TCP and over ETP, side by side: what a program sees must not differ, unless
# compare.expected gives the reason. See compare.c.
here=$(cd "$(dirname "$0")" && pwd)
case $(uname -r) in
6.1.*) ;;
*)
	# it has rows for newer kernels' TCP, and what it lacks there is seen by hand: ETP_COMPARE_ALL=1
	if [ -z "${ETP_COMPARE_ALL:-}" ]; then
		echo "1..0 # SKIP the list of differences is complete for the TCP of 6.1 only"
		exit 0
	fi ;;
esac
exec "${ETP_BUILD:-$here/../../build}/tools/testing/compare" -e "$here/compare.expected" "$@"
