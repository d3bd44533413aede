#!/bin/bash
# What comes out of a bad network is what went in: loss, reordering, duplication and corruption, alone and together.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

modprobe -q sch_netem 2>/dev/null
space a b
cable a eth0 10.72.0.1/24 fd72::1/64 b eth0 10.72.0.2/24 fd72::2/64
in_space a tc qdisc add dev eth0 root netem delay 0ms || skip_all "this kernel has no netem"

# network NETEM WORDS...: both ways
network() {
	local ns
	for ns in a b; do
		in_space $ns tc qdisc replace dev eth0 root netem "$@" || echo "# netem $* is refused"
	done
}

offload() {
	local ns
	for ns in a b; do
		in_space $ns ethtool -K eth0 tso "$1" gso "$1" gro "$1" tx "$1" >/dev/null 2>&1
	done
}

# transfer NAME MEGABYTES [ADDRESS]: from a to b
transfer() {
	local name=$1 to=${3:-10.72.0.2} want got=$TMP/got receiver began=$SECONDS
	head -c $(($2 << 20)) /dev/urandom >"$TMP/data"
	want=$(sha256sum <"$TMP/data")
	go_in b timeout 150 "$XFER" listen "$to" 7100 >"$got" &
	receiver=$!
	until_true 20 listening b 7100
	in_space a timeout 150 "$XFER" send "$to" 7100 <"$TMP/data"
	result "$name: the sender ends well" $?
	wait $receiver
	result "$name: the receiver ends well" $?
	same "$name: $2 MB are what they were" "$want" "$(sha256sum <"$got")"
	echo "# $name: $((SECONDS - began)) s"
}

network loss 2%
transfer "loss" 1
network delay 2ms reorder 20% 50%
transfer "reordering" 1
network duplicate 5%
transfer "duplication" 1

# A superpacket is corrupted once at most, in its headers, and often where Ethernet or IP notice: so many of them.
network corrupt 4%
transfer "corruption" 8

network loss 3% duplicate 3% corrupt 1% delay 1ms reorder 10% 50%
transfer "everything at once" 1
transfer "everything at once over IPv6" 1 fd72::2

# Segments as they are on a real wire, with checksums that somebody computes.
offload off
network loss 1%
transfer "loss, without offloads" 1
network loss 1% duplicate 1% corrupt 1% delay 1ms reorder 10% 50%
transfer "everything at once, without offloads" 1
offload on

network loss 0.2% duplicate 0.5% corrupt 0.2% delay 100us reorder 2% 50%
transfer "everything at once" 50
if [ "$PROTO" = etp ]; then
	at_least "wrong checksums were counted" 1 "$(stat_of b InCsumErrors)"
	at_least "segments were sent again" 1 "$(stat_of a RetransSegs)"
fi
finish
