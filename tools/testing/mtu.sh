#!/bin/bash
# A router that swallows large packets and says nothing: no ICMP tells of it. The transfer must come to its end all the same,
# and the path MTU be found (RFC 4821).
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

space client router server
cable client eth0 10.73.1.2/24 fd73:1::2/64 router left 10.73.1.1/24 fd73:1::1/64
cable router right 10.73.2.1/24 fd73:2::1/64 server eth0 10.73.2.2/24 fd73:2::2/64
in_space client ip route add default via 10.73.1.1
in_space client ip route add default via fd73:1::1
in_space server ip route add default via 10.73.2.1
in_space server ip route add default via fd73:2::1
in_space router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
[ "$PROTO" = etp ] || in_space client sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_mtu_probing'
# packets as they are on a real wire, one for each segment
for ns in client server; do
	in_space $ns ethtool -K eth0 tso off gso off gro off >/dev/null 2>&1
done

# The second counter of each is of packets larger than what a suspicion alone falls back to.
in_space router nft -f - <<-END
	table inet t {
		chain c {
			type filter hook forward priority 0;
			meta nfproto ipv4 meta l4proto $NUMBER meta length > 1200 counter drop
			meta nfproto ipv4 meta l4proto $NUMBER meta length > 1100 counter
			meta nfproto ipv6 meta l4proto $NUMBER meta length > 1400 counter drop
			meta nfproto ipv6 meta l4proto $NUMBER meta length > 1300 counter
		}
	}
END
# shellcheck disable=SC2181
[ $? = 0 ] || skip_all "no nft"

head -c 1000000 /dev/urandom >"$TMP/data"
i=0
for to in 10.73.2.2 fd73:2::2; do
	i=$((i + 1))
	go_in server timeout 60 "$XFER" listen $to 710$i >"$TMP/got.$i" &
	receiver[i]=$!
	until_true 20 listening server 710$i
	go_in client timeout 60 "$XFER" send $to 710$i <"$TMP/data" &
	sender[i]=$!
done
for i in 1 2; do
	v=IPv$((2 + 2 * i))
	wait "${sender[i]}"
	same "$v: the sender ends well" 0 $?
	wait "${receiver[i]}"
	same "$v: the receiver ends well" 0 $?
	check "$v: nothing is missing" cmp "$TMP/data" "$TMP/got.$i"
done

read -r lost4 large4 lost6 large6 <<<"$(in_space router nft list table inet t |
	sed -n 's/.*counter packets \([0-9]*\).*/\1/p' | xargs)"
at_least "IPv4: the router swallowed some" 4 "$lost4"
at_least "IPv6: the router swallowed some" 4 "$lost6"
at_least "IPv4: larger packets were found to get through" 20 "$large4"
at_least "IPv6: larger packets were found to get through" 20 "$large6"
if [ "$PROTO" = etp ]; then
	at_least "probes arrived" 2 "$(stat_of client MTUPSuccess)"
	at_least "and probes were lost" 2 "$(stat_of client MTUPFail)"
fi
finish
