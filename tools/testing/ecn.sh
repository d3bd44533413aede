#!/bin/bash
# ECN from end to end (RFC 3168), over IPv4 and IPv6: agreed upon in the handshake, marked by a router, echoed and answered. Kernel
# TCP meets the same marks and must show the same. How often a window shrinks, and that nothing is sent again, is for the unit
# tests to say (kunit/policy_ecn_test.c): on an emulated machine that stands still for a while, timers expire.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

space a r b
cable a eth0 10.78.1.2/24 fd78:1::2/64 r left 10.78.1.1/24 fd78:1::1/64
cable r right 10.78.2.1/24 fd78:2::1/64 b eth0 10.78.2.2/24 fd78:2::2/64
in_space a ip route add default via 10.78.1.1
in_space a ip route add default via fd78:1::1
in_space b ip route add default via 10.78.2.1
in_space b ip route add default via fd78:2::1
in_space r sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
for link in "a eth0" "r left" "r right" "b eth0"; do
	# a mark is of a segment, not of many in one packet
	# shellcheck disable=SC2086 # two words
	set -- $link
	in_space "$1" ethtool -K "$2" tso off gso off gro off >/dev/null
done
# a round trip long enough that windows can be told apart
in_space r tc qdisc add dev left root netem delay 20ms limit 1000 || skip_all "this kernel has no netem"

# router [NUMBER...]: count what tells of ECN, and mark these of the segments of data that are capable, counted from 0
router() {
	local marks='' v mark
	if [ $# -gt 0 ]; then
		for v in ip ip6; do
			mark="ip ecn set ce"
			# since 7.2 nothing may write to the second byte of an IPv6 header alone, as "ip6 ecn set" does
			[ $v = ip ] || mark="@nh,0,16 set 0x6030"
			marks+="iifname left meta l4proto { 6, 253 } meta length > 1000 $v ecn ect0 "
			marks+="numgen inc mod 100000 @marks $mark"$'\n'
		done
	fi
	# the flags are in byte 13: FIN 1, SYN 2, ACK 0x10, ECE 0x40, CWR 0x80
	in_space r nft -f - <<-END
		table inet t
		delete table inet t
		table inet t {
			set marks { typeof numgen inc mod 100000; elements = { $(IFS=,; echo "${*:-0}") } }
			chain c {
				type filter hook forward priority 0;
				iifname left meta l4proto { 6, 253 } @th,104,8 & 0xd2 == 0xc2 counter comment "asked"
				iifname right meta l4proto { 6, 253 } @th,104,8 & 0xd2 == 0x52 counter comment "agreed"
				iifname left ip ecn ect0 counter comment "capable"
				iifname left ip6 ecn ect0 counter comment "capable"
				iifname left meta length < 100 meta l4proto { 6, 253 } ip ecn != not-ect counter comment "bare"
				iifname left meta length < 100 meta l4proto { 6, 253 } ip6 ecn != not-ect counter comment "bare"
				iifname right meta l4proto { 6, 253 } @th,104,8 & 0x42 == 0x40 counter comment "echoed"
				iifname left meta l4proto { 6, 253 } @th,104,8 & 0x82 == 0x80 counter comment "answered"
				$marks
			}
			chain after {
				type filter hook postrouting priority 0;
				oifname right ip ecn ce counter comment "marked"
				oifname right ip6 ecn ce counter comment "marked"
			}
		}
	END
}

# look: what the rules have counted, for saw
look() {
	rules=$(in_space r nft list table inet t)
}

# saw COMMENT: packets that the rules with it had counted when somebody looked
saw() {
	local line sum=0
	while read -r line; do
		[[ $line =~ counter\ packets\ ([0-9]+)\ .*comment\ \"$1\" ]] && sum=$((sum + BASH_REMATCH[1]))
	done <<<"$rules"
	echo $sum
}

# wants SPACE PROTO VALUE: does it ask (1), agree (2), or neither (0)?
wants() {
	local path=etp/ecn
	[ "$2" = etp ] || path=ipv4/tcp_ecn
	in_space "$1" sh -c "echo $3 >/proc/sys/net/$path"
}

# Sends so many bytes, waits until they are acknowledged, and says of the connection: is ECN agreed, and how many segments the
# peer told were marked. The numbers are offsets in struct tcp_info.
cat >"$TMP/send.py" <<'END'
import socket, struct, sys, time
host, port, number, size = sys.argv[1], *map(int, sys.argv[2:])
s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, number)
s.connect((host, port))
s.sendall(bytes(size))
def info(at): return struct.unpack_from("I", s.getsockopt(number, 11, 232), at)[0]
naps = 0
while (info(24) or info(144)) and naps < 2000:
    time.sleep(0.01)
    naps += 1
ecn = s.getsockopt(number, 11, 232)[5] & 8
print("ecn" if ecn else "none", info(196))
END

# there PROTO: does somebody listen?
# shellcheck disable=SC2317 # until_true calls it
there() { PROTO=$1 listening b 7800; }

# transfer PROTO ADDRESS BYTES: what send.py says; all of it must arrive
transfer() {
	local number=6 said
	[ "$1" = tcp ] || number=253
	ETP_TEST_PROTO=$1 go_in b timeout 100 "$XFER" listen "$2" 7800 >"$TMP/got" &
	until_true 20 there "$1" || echo "# nobody listens" >&2
	said=$(in_space a timeout 100 python3 "$TMP/send.py" "$2" 7800 $number "$3" 2>&1)
	wait $!
	[ "$(wc -c <"$TMP/got")" = "$3" ] || said+=" and not all arrived"
	echo "$said"
}

# who is whose neighbour is found out before anybody counts
for to in 10.78.2.2 fd78:2::2; do
	transfer "$PROTO" $to 3000 >/dev/null
done

size=200000
protos=("$PROTO")
[ "$PROTO" = tcp ] || protos+=(tcp)
for p in "${protos[@]}"; do
	wants a "$p" 1
	wants b "$p" 2
	for to in 10.78.2.2 fd78:2::2; do
		what="$p to $to"
		# three of one window, and two of one much later
		router 20 21 22 100 101
		[ "$p" = tcp ] || reduced=$(stat_of a EcnReduced)
		read -r ecn told <<<"$(transfer "$p" $to $size)"
		look
		same "$what: ECN is agreed" ecn "$ecn"
		same "$what: asked with two bits" 1 "$(saw asked)"
		same "$what: agreed with one" 1 "$(saw agreed)"
		at_least "$what: data are capable" $((size / 1500)) "$(saw capable)"
		same "$what: bare ACKs are not" 0 "$(saw bare)"
		same "$what: five were marked" 5 "$(saw marked)"
		at_least "$what: the receiver says so" 2 "$(saw echoed)"
		at_least "$what: the sender heard it" 2 "$told"
		at_least "$what: and answered, once for each window of data" 2 "$(saw answered)"
		[ "$p" = tcp ] ||
			at_least "$what: the counter has it" 1 $(($(stat_of a EcnReduced) - reduced))
	done
	# a peer that does not want it
	wants b "$p" 0
	router 20
	same "$p: refused, and so not used" "none 0" "$(transfer "$p" 10.78.2.2 100000)"
	look
	same "$p: nothing is capable then" "1 0 0 0" "$(saw asked) $(saw agreed) $(saw capable) $(saw marked)"
	wants b "$p" 2
	# a peer that agrees is not asked
	wants a "$p" 2
	router
	same "$p: not asked, and so not used" "none 0" "$(transfer "$p" 10.78.2.2 100000)"
	look
	same "$p: nothing of it is said" "0 0" "$(saw asked) $(saw agreed)"
	wants a "$p" 1
done

# A queue that marks by itself: it never gets so long that it has to drop. It is slow enough to be one on an emulated machine.
in_space r tc qdisc add dev right root handle 1: tbf rate 4mbit burst 10k limit 1m 2>/dev/null
if in_space r tc qdisc add dev right parent 1:1 handle 2: fq_codel ecn 2>/dev/null; then
	for to in 10.78.2.2 fd78:2::2; do
		router
		read -r ecn told <<<"$(transfer "$PROTO" $to 600000)"
		look
		same "a queue that marks, to $to: ECN is agreed" ecn "$ecn"
		at_least "a queue that marks, to $to: the sender heard it" 1 "$told"
		at_least "a queue that marks, to $to: and answered" 1 "$(saw answered)"
	done
else
	skip "a queue that marks" "this kernel has no fq_codel"
fi
finish
