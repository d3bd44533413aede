# shellcheck shell=bash
# A dumbbell in the guest, for scripts that look at congestion: namespaces lab-s (all senders), lab-r (the router) and lab-d (all
# receivers). To be sourced; needs root. What it makes is gone after dumbbell_down.
#
#     lab-s  far ---- near  lab-r  exit ---- far  lab-d
#            10.254.1.2     10.254.1.1  10.254.2.1     10.254.2.2
#
# The bottleneck is where lab-r sends to lab-d: a token bucket before a queue that has a limit. The delay is where it sends to
# lab-s, so that all of the round trip is on the way of the ACKs. Offloads are off on all links: what the router forwards, counts,
# queues, drops and delays are single segments. (On the sender's own device they would still be superpackets: a queueing
# discipline comes before segmentation.)
#
# Loss and reordering are patterns, so that every protocol meets the same: numbers of data segments, from 0, counted at the router
# since dumbbell_lose or dumbbell_late. Segments without data are neither counted nor lost.

DUMBBELL_SENDER=10.254.1.2
DUMBBELL_RECEIVER=10.254.2.2
# How long a pattern is before it repeats
DUMBBELL_PERIOD=${DUMBBELL_PERIOD:-20000}

# at s|r|d COMMAND...: there. "ip netns exec" would mount a sysfs each time.
at() {
	local ns=$1
	shift
	nsenter --net="/run/netns/lab-$ns" -- "$@"
}

# at_go s|r|d COMMAND... &: there, in the background, so that $! is the command itself
at_go() {
	local ns=$1
	shift
	exec nsenter --net="/run/netns/lab-$ns" -- "$@"
}

# dumbbell_up: namespaces, links, routes, kernel TCP's settings (reno, no ECN, nothing remembered). No bottleneck yet.
dumbbell_up() {
	local ns mac
	for ns in s r d; do
		ip netns add lab-$ns
		at $ns ip link set lo up
	done
	ip link add far netns lab-s type veth peer name near netns lab-r
	ip link add exit netns lab-r type veth peer name far netns lab-d
	at s ip addr add $DUMBBELL_SENDER/24 dev far
	at r ip addr add 10.254.1.1/24 dev near
	at r ip addr add 10.254.2.1/24 dev exit
	at d ip addr add $DUMBBELL_RECEIVER/24 dev far
	dumbbell_offloads_off s far r near r exit d far
	at s ip route add default via 10.254.1.1
	at d ip route add default via 10.254.2.1
	# neighbours known from the start: no ARP in a trace, and none to be lost or delayed
	dumbbell_neighbour s far 10.254.1.1 r near
	dumbbell_neighbour d far 10.254.2.1 r exit
	dumbbell_neighbour r near $DUMBBELL_SENDER s far
	dumbbell_neighbour r exit $DUMBBELL_RECEIVER d far
	at r bash -c "echo 1 >/proc/sys/net/ipv4/ip_forward"
	for ns in s d; do
		at $ns bash -c "cd /proc/sys/net/ipv4; echo reno >tcp_congestion_control; echo 0 >tcp_ecn; echo 1 >tcp_no_metrics_save"
	done
}

# dumbbell_neighbour NAMESPACE DEVICE ADDRESS ITS-NAMESPACE ITS-DEVICE
dumbbell_neighbour() {
	local mac
	mac=$(at "$4" ip -o link show dev "$5" | sed -n 's/.*ether \([0-9a-f:]*\).*/\1/p')
	at "$1" ip neigh replace "$3" lladdr "$mac" dev "$2"
}

# dumbbell_offloads_off NAMESPACE DEVICE...: and up with them
dumbbell_offloads_off() {
	while [ $# -gt 0 ]; do
		at "$1" ethtool -K "$2" tso off gso off gro off
		at "$1" ip link set "$2" up
		shift 2
	done
}

# dumbbell_buffers BYTES: the most that a receive or send buffer may become, for both protocols
dumbbell_buffers() {
	local ns
	for ns in s d; do
		at $ns bash -c "for p in ipv4/tcp_ etp/; do
			[ -e /proc/sys/net/\${p}rmem ] || continue
			echo 4096 131072 $1 >/proc/sys/net/\${p}rmem; echo 4096 16384 $1 >/proc/sys/net/\${p}wmem
		done"
	done
}

# dumbbell_link MBIT RTT-MS QUEUE [LATE-MS]: rate of the bottleneck, round trip on an empty network, how many full segments its
# queue holds. With LATE-MS, segments chosen by dumbbell_late wait so long and then go before all others: late
# when the queue is short, early when it is long.
dumbbell_link() {
	local mbit=$1 rtt=$2 queue=$3 late=${4:-}
	at r tc qdisc del dev exit root 2>/dev/null || true
	at r tc qdisc del dev near root 2>/dev/null || true
	at r tc qdisc add dev near root netem delay "${rtt}ms" limit 100000
	at r tc qdisc add dev exit root handle 1: tbf rate "${mbit}mbit" burst 3200 limit $((queue * 1514))
	[ -n "$late" ] || return 0
	# the first band holds back what nft has sorted into it, the second is the queue
	at r tc qdisc add dev exit parent 1:1 handle 10: prio bands 2 priomap 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
	at r tc qdisc add dev exit parent 10:1 netem delay "${late}ms" limit 100000
	at r tc qdisc add dev exit parent 10:2 pfifo limit "$queue"
}

# dumbbell_random PERCENT SEED: numbers for dumbbell_lose and dumbbell_late, the same for the same seed
dumbbell_random() {
	# a generator of our own (Lehmer's), as awk's differs from awk to awk
	awk -v p="$1" -v x="$((($2 + 1) * 7919))" -v n="$DUMBBELL_PERIOD" 'BEGIN {
		for (i = 0; i < n; i++) {
			x = x * 48271 % 2147483647
			if (x / 2147483647 < p / 100)
				print i
		}
	}'
}

# dumbbell_lose [NUMBER...]: data segments that the router drops; none without numbers. Counting begins anew.
dumbbell_lose() { dumbbell_pattern lose drop "$@"; }

# dumbbell_late [NUMBER...]: data segments that come out of order, if dumbbell_link has said how
dumbbell_late() { dumbbell_pattern late "meta priority set 10:1" "$@"; }

# dumbbell_pattern TABLE VERDICT [NUMBER...]
dumbbell_pattern() {
	local table=$1 verdict=$2
	shift 2
	at r nft delete table ip "$table" 2>/dev/null || true
	[ $# -gt 0 ] || return 0
	# 100 bytes: no header with options is that long, and no segment of a bulk transfer that short
	at r nft -f - <<-END
		table ip $table {
			set numbers { typeof numgen inc mod $DUMBBELL_PERIOD; elements = { $(IFS=,; echo "$*") } }
			chain forward {
				type filter hook forward priority 0;
				iifname near meta l4proto { 6, 253 } meta length > 100 numgen inc mod $DUMBBELL_PERIOD @numbers $verdict
			}
		}
	END
}

dumbbell_down() {
	local ns
	for ns in s r d; do
		ip netns del lab-$ns 2>/dev/null || true
	done
}
