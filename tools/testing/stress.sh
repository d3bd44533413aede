#!/bin/bash
# Two namespaces, a bad network between them, and on it all that connections can do to each other, at once and for a while:
# ETP_STRESS_SECONDS, 15 unless told. Afterwards nothing is left, and the counters add up.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

STRESS=$(dirname "$XFER")/stress
seconds=${ETP_STRESS_SECONDS:-15}
[ "$PROTO" = etp ] || skip_all "the counters are ETP's"

modprobe -q sch_netem 2>/dev/null
space a b
cable a eth0 10.73.0.1/24 fd73::1/64 b eth0 10.73.0.2/24 fd73::2/64
# Every packet is to be one of ours, and one segment: nobody asks for addresses, and nothing is put together.
declare -A mac
for ns in a b; do
	in_space $ns sh -c 'echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6'
	in_space $ns ethtool -K eth0 tso off gso off gro off tx off >/dev/null 2>&1
	mac[$ns]=$(in_space $ns ip -o link show dev eth0 | sed 's/.*link.ether \([0-9a-f:]*\).*/\1/')
done
in_space a ip neigh replace 10.73.0.2 lladdr "${mac[b]}" dev eth0 nud permanent
in_space b ip neigh replace 10.73.0.1 lladdr "${mac[a]}" dev eth0 nud permanent

declare -A out in active
for ns in a b; do
	in_space $ns tc qdisc add dev eth0 root netem delay 2ms 1ms limit 100000 || skip_all "this kernel has no netem"
	# netem would lose a large segment whole, and count one
	in_space $ns nft -f - <<-'RULES' || skip_all "this kernel has no nftables"
		table ip lossy {
			chain arrival {
				type filter hook prerouting priority -400;
				meta l4proto 253 numgen random mod 50 0 counter drop
			}
		}
	RULES
	out[$ns]=$(stat_of $ns OutSegs) in[$ns]=$(stat_of $ns InSegs) active[$ns]=$(stat_of $ns ActiveOpens)
done

go_in b "$STRESS" serve 10.73.0.2 7300 8 2>"$TMP/server" &
server=$!
until_true 30 listening b 7301
status=0
go_in a "$STRESS" load 10.73.0.2 7300 32 "$seconds" >"$TMP/load" &
wait $! || status=$?
result "the load came to its end" $status "$(cat "$TMP/load" "$TMP/server")"
sed 's/^/# /' "$TMP/load"
kill $server
wait $server 2>/dev/null
did() { sed -n "s/^$1 //p" "$TMP/load"; }

same "no echo was wrong" 0 "$(did wrong)"
at_least "connections carried data" "$seconds" "$(did echoed)"
at_least "connections were aborted" 1 "$(did aborted)"
at_least "where nobody is, connections are refused" 1 "$(did refused)"

# Whoever lost its peer or its program comes to an end by itself.
left() { echo "$(stat_of "$1" Sockets) $(stat_of "$1" Requests)"; }
# shellcheck disable=SC2317 # until_true calls it
gone() { [ "$(left a) $(left b)" = "0 0 0 0" ]; }
until_true 120 gone
same "no socket and no request is left" "0 0 0 0" "$(left a) $(left b)"
same "no orphan is left" "0" "$(stat_of a Orphans)"
sleep 1

same "each attempt was counted" "$(did attempts)" "$(($(stat_of a ActiveOpens) - active[a]))"
dropped() { in_space "$1" nft list chain ip lossy arrival | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'; }
lost=$(dropped b)
at_least "the network lost some" "$seconds" "$lost"
same "what a sent and the network did not lose, b received" "$(($(stat_of a OutSegs) - out[a] - lost))" \
	"$(($(stat_of b InSegs) - in[b]))"
lost=$(dropped a)
same "and the other way" "$(($(stat_of b OutSegs) - out[b] - lost))" "$(($(stat_of a InSegs) - in[a]))"
same "no segment was wrong" "0 0" "$(stat_of a InErrs) $(stat_of b InErrs)"

if [ "$seconds" -ge 60 ]; then
	# shellcheck disable=SC2317 # until_true calls it
	quiet() { [ "$(stat_of a TimeWait) $(stat_of b TimeWait)" = "0 0" ]; }
	until_true 120 quiet
	same "TIME_WAIT is over" "0 0" "$(stat_of a TimeWait) $(stat_of b TimeWait)"
fi
finish
