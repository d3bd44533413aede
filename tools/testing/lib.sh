# shellcheck shell=bash disable=SC2034,SC2016
# What the test scripts share: TAP, namespaces of their own, and clean-up. To be sourced.
#
# The protocol is ETP, or TCP with ETP_TEST_PROTO=tcp, where a script can run over both.

TESTING=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
XFER=${ETP_BUILD:-$TESTING/../../build}/tools/testing/xfer
PROTO=${ETP_TEST_PROTO:-etp}
export ETP_TEST_PROTO=$PROTO
case $PROTO in
tcp) NUMBER=6 ;;
*) NUMBER=253 ;;
esac

TMP=$(mktemp -d "${TMPDIR:-/tmp}/etp-test.XXXXXX")
TESTS=0 FAILED=0 SPACES=()

# result NAME STATUS [LINES WHY...]
result() {
	local name=$1 status=$2
	shift 2
	TESTS=$((TESTS + 1))
	if [ "$status" = 0 ]; then
		echo "ok $TESTS - $name"
		return
	fi
	FAILED=$((FAILED + 1))
	echo "not ok $TESTS - $name"
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

# check NAME COMMAND...: it succeeds
check() {
	local name=$1 out status=0
	shift
	out=$("$@" 2>&1) || status=$?
	result "$name" $status "$* ended with $status" "$out"
}

# same NAME WANTED SEEN
same() {
	local status=0
	[ "$2" = "$3" ] || status=1
	result "$1" $status "wanted: $2" "seen: $3"
}

# at_least NAME NUMBER SEEN
at_least() {
	local status=0
	[ "${3:-0}" -ge "$2" ] 2>/dev/null || status=1
	result "$1" $status "wanted: $2 or more" "seen: $3"
}

skip() {
	TESTS=$((TESTS + 1))
	echo "ok $TESTS - $1 # SKIP $2"
}

# skip_all WHY: where nothing of a script can be run
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

finish() {
	echo "1..$TESTS"
	[ $FAILED = 0 ]
	exit
}

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# space NAME...: network namespaces, whose real names nobody else has
space() {
	local name
	for name; do
		ip netns add "etp$$$name" || exit 1
		SPACES+=("$name")
		in_space "$name" ip link set lo up
	done
}

# nsenter, for "ip netns exec" mounts a sysfs each time, which nobody here looks at
in_space() {
	local name=$1
	shift
	nsenter --net="/run/netns/etp$$$name" "$@"
}

# go_in SPACE COMMAND...: a background command's way into a namespace, so that its process is the command's own
go_in() {
	local name=$1
	shift
	exec nsenter --net="/run/netns/etp$$$name" "$@"
}

# cable SPACE DEVICE ADDRESS4/LEN ADDRESS6/LEN  SPACE DEVICE ADDRESS4/LEN ADDRESS6/LEN
cable() {
	ip link add "$2" netns "etp$$$1" type veth peer name "$6" netns "etp$$$5" || exit 1
	while [ $# -gt 0 ]; do
		in_space "$1" ip addr add "$3" dev "$2"
		in_space "$1" ip addr add "$4" dev "$2" nodad
		in_space "$1" ip link set "$2" up
		shift 4
	done
}

# listening SPACE PORT: somebody does
listening() {
	in_space "$1" cat "/proc/net/$PROTO" "/proc/net/${PROTO}6" |
		grep -qi "$(printf ':%04x 0*:0000 0a' "$2" | sed 's/ 0\*/ [0:]*/')"
}

# counter SPACE NAME
stat_of() {
	in_space "$1" awk -v name="$2" '$1 == name { print $2 }' /proc/net/etp_stat
}

# knob SPACE NAME, set_knob SPACE NAME VALUE: net.etp.NAME
knob() { in_space "$1" cat "/proc/sys/net/etp/$2"; }
set_knob() { in_space "$1" bash -c "echo $3 >/proc/sys/net/etp/$2"; }

# Modules beside etp.ko: is one there, who uses it, does rmmod say that it is in use, or does it go?
loaded() { grep -q "^$1 " /proc/modules; }
users() { cat "/sys/module/$1/refcnt"; }
refuses() {
	local out
	out=$(rmmod "$1" 2>&1)
	result "$2" "$(loaded "$1" && [[ $out == *"in use"* ]]; echo $?)" "$out"
}
goes() {
	until_true 20 rmmod "$1" 2>/dev/null
	result "$2" "$(! loaded "$1"; echo $?)" "$(lsmod | grep etp)"
}

clean_up() {
	local job name
	for job in $(jobs -p); do
		kill "$job" 2>/dev/null
	done
	wait 2>/dev/null
	for name in "${SPACES[@]}"; do
		ip netns del "etp$$$name"
	done
	rm -rf "$TMP"
}
trap clean_up EXIT
trap 'exit 1' INT TERM
