#!/bin/bash
# Netfilter sees it: rules that count, drop and reject by port, where it leaves, arrives and passes through. What the
# program sees must be what it sees of TCP under the same rule, so each rule is tried on both.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

space client router server
cable client eth0 10.71.1.2/24 fd71:1::2/64 router left 10.71.1.1/24 fd71:1::1/64
cable router right 10.71.2.1/24 fd71:2::1/64 server eth0 10.71.2.2/24 fd71:2::2/64
in_space client ip route add default via 10.71.1.1
in_space client ip route add default via fd71:1::1
in_space server ip route add default via 10.71.2.1
in_space server ip route add default via fd71:2::1
in_space router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'

# IPv6 answers the same host no more than once a second.
for ns in client router server; do
	in_space $ns sh -c 'echo 0 >/proc/sys/net/ipv6/icmp/ratelimit; echo 0 >/proc/sys/net/ipv4/icmp_ratelimit'
done

protos=("$PROTO")
[ "$PROTO" = tcp ] || protos+=(tcp)
for p in "${protos[@]}"; do
	ETP_TEST_PROTO=$p go_in server "$XFER" serve 10.71.2.2 7000 &
	ETP_TEST_PROTO=$p go_in server "$XFER" serve fd71:2::2 7000 &
done

# rule SPACE HOOK LINES: the only one there
rule() {
	in_space "$1" nft -f - <<-END
		table inet t
		delete table inet t
		table inet t {
			chain c {
				type filter hook $2 priority 0;
				$3
			}
		}
	END
}

unrule() {
	in_space "$1" nft delete table inet t
}

# packets that each rule has counted
counted() {
	in_space "$1" nft list table inet t | sed -n 's/.*counter packets \([0-9]*\).*/\1/p' | xargs
}

# try PROTO 4|6 MS
try() {
	local to=10.71.2.2
	[ "$2" = 4 ] || to=fd71:2::2
	ETP_TEST_PROTO=$1 in_space client "$XFER" try $to 7000 "$3"
}

# try_all MS: every protocol over IPv4 and IPv6 at the same time; what each saw is in $TMP/PROTO.4 and .6
try_all() {
	local p v pids=()
	for p in "${protos[@]}"; do
		for v in 4 6; do
			try "$p" $v "$1" >"$TMP/$p.$v" &
			pids+=($!)
		done
	done
	wait "${pids[@]}"
}

# saw NAME WANTED4 WANTED6: - where TCP's answer is enough
saw() {
	local v wanted
	for v in 4 6; do
		wanted=$2
		[ $v = 4 ] || wanted=$3
		[ "$wanted" = - ] || same "IPv$v: $1: $wanted" "$wanted" "$(cat "$TMP/$PROTO.$v")"
		[ "$PROTO" = tcp ] || same "IPv$v: $1: as TCP" "$(cat "$TMP/tcp.$v")" "$(cat "$TMP/$PROTO.$v")"
	done
}

# shellcheck disable=SC2317 # until_true runs it
all_pass() {
	try_all 700
	! grep -qv '^ok$' "$TMP"/*.[46]
}
until_true 20 all_pass
saw "without a rule" ok ok

# The first rule has to match both, each by its number.
all="meta l4proto { $NUMBER, tcp } th dport 7000"

for where in "client output" "router forward" "server input"; do
	read -r ns hook <<<"$where"
	rule "$ns" "$hook" "
		meta nfproto ipv4 meta l4proto $NUMBER th dport 7000 counter accept
		meta nfproto ipv6 meta l4proto $NUMBER th dport 7000 counter accept
		meta l4proto $NUMBER th dport 7001 counter drop"
	try_all 5000
	read -r four six other <<<"$(counted "$ns")"
	saw "counted at $hook" ok ok
	at_least "IPv4 is counted at $hook" 4 "$four"
	at_least "IPv6 is counted at $hook" 4 "$six"
	same "another port is not, at $hook" 0 "$other"
	unrule "$ns"
done

# soft_ends 0|1: does a soft error that a router reports end an attempt to connect? It always does with TCP.
soft_ends() {
	[ "$PROTO" = tcp ] || in_space client sh -c "echo $1 >/proc/sys/net/etp/rfc5461"
}

soft_ends 1
while read -r ns hook four six ms verdict; do
	rule "$ns" "$hook" "$all $verdict"
	try_all "$ms"
	saw "$verdict at $hook" "$four" "$six"
	unrule "$ns"
done <<-END
	client output silent silent 700 drop
	router forward silent silent 700 drop
	server input silent silent 700 drop
	client output ECONNREFUSED ECONNREFUSED 2800 reject with icmpx port-unreachable
	router forward ECONNREFUSED ECONNREFUSED 2800 reject with icmpx port-unreachable
	server input ECONNREFUSED ECONNREFUSED 2800 reject with icmpx port-unreachable
	router forward EHOSTUNREACH EACCES 2800 reject with icmpx admin-prohibited
	server input EHOSTUNREACH EACCES 2800 reject with icmpx admin-prohibited
	router forward EHOSTUNREACH EHOSTUNREACH 2800 reject with icmpx host-unreachable
	router forward - - 2800 reject with icmpx no-route
END
soft_ends 0
if [ "$PROTO" != tcp ]; then
	for verdict in host-unreachable no-route; do
		rule router forward "$all reject with icmpx $verdict"
		for v in 4 6; do
			same "IPv$v: $verdict by a router is not the end" silent "$(try "$PROTO" $v 700)"
		done
		unrule router
	done
fi

# The server's answers are packets as well: by source port.
rule server output "meta l4proto $NUMBER th sport 7000 counter drop"
same "answers can be dropped" silent "$(try "$PROTO" 4 700)"
at_least "and are counted" 1 "$(counted server)"
unrule server

# A rule that goes away again leaves a connection that goes on: the handshake passes, the data do not yet.
head -c 1000000 /dev/urandom >"$TMP/data"
go_in server timeout 60 "$XFER" listen 10.71.2.2 7002 >"$TMP/got" &
receiver=$!
until_true 20 listening server 7002
rule router forward "meta l4proto $NUMBER th dport 7002 meta length > 500 counter drop"
go_in client timeout 60 "$XFER" send 10.71.2.2 7002 <"$TMP/data" &
sender=$!

# shellcheck disable=SC2317 # until_true runs it
some_dropped() {
	[ "$(counted router)" -gt 1 ]
}
until_true 20 some_dropped
unrule router
wait $sender
same "the sender outlives a rule that drops" 0 $?
wait $receiver
same "and so does the receiver" 0 $?
check "and nothing is missing" cmp "$TMP/data" "$TMP/got"

try_all 5000
saw "when the rules are gone" ok ok

# The client leaves checksums open, as its veth takes them so. The router's next device does not: the stack finishes them there,
# for small segments and large ones, and the server looks at every sum.
in_space router ethtool -K right tx off tso off gso off >/dev/null
for to in 10.71.2.2 fd71:2::2; do
	go_in server timeout 60 "$XFER" listen $to 7003 >"$TMP/got" &
	receiver=$!
	until_true 20 listening server 7003
	in_space client timeout 60 "$XFER" send $to 7003 <"$TMP/data"
	same "to $to behind a device without checksums: sent" 0 $?
	wait $receiver
	same "to $to: received" 0 $?
	check "to $to: as it was sent" cmp "$TMP/data" "$TMP/got"
done
[ "$PROTO" = tcp ] || same "no sum was wrong" 0 "$(stat_of server InCsumErrors)"
finish
