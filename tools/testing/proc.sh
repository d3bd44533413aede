#!/bin/bash
# What an administrator sees: /proc/net/etp and etp6, the counters, the tracepoint, the knobs.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$PROTO" = etp ] || skip_all "these are ETP's own"
space a b
cable a eth0 10.73.0.1/24 fd73::1/64 b eth0 10.73.0.2/24 fd73::2/64

# ---- the tables ----

# The same things done over TCP, so that the tables may be compared line by line.
for p in etp tcp; do
	for to in 10.73.0.2 fd73::2; do
		ETP_TEST_PROTO=$p go_in b "$XFER" serve $to 7200 &
	done
done
# shellcheck disable=SC2317 # until_true runs it
tables_listen() {
	in_space b cat /proc/net/etp /proc/net/etp6 /proc/net/tcp /proc/net/tcp6 | grep -c ' 0A ' | grep -qx 4
}
until_true 20 tables_listen
for p in etp tcp; do
	for to in 10.73.0.2 fd73::2; do
		ETP_TEST_PROTO=$p go_in a "$XFER" hold $to 7200 >"$TMP/hold.$p.$to" &
		until_true 20 grep -q connected "$TMP/hold.$p.$to"
		ETP_TEST_PROTO=$p in_space a "$XFER" try $to 7200 >/dev/null
	done
done

# The columns that say what was done, not when, with which ports or by which socket.
essence() {
	sed -E 's/^ *[0-9]+: /N: /; s/:(1C20)/:port/g; s/:[0-9A-F]{4} /:PORT /g; s/^(.*)$/\1/' |
		awk '{ print $2, $3, $4, $5, $8, $9 }' | sort
}

for v in "" 6; do
	same "etp$v has tcp$v's heading" "$(in_space a head -1 /proc/net/tcp$v)" "$(in_space a head -1 /proc/net/etp$v)"
	for ns in a b; do
		lines() { in_space $ns tail -n +2 "/proc/net/$1$v"; }
		same "etp$v tells of the same sockets as tcp$v, in $ns" \
			"$(lines tcp | grep -v ' 06 ' | essence)" "$(lines etp | grep -v ' 06 ' | essence)"
		width=$(lines tcp | grep -v ' 06 ' | awk '{ print NF }' | sort -u | tr '\n' ' ')
		same "etp$v has tcp$v's number of columns, in $ns" "$width" \
			"$(lines etp | grep -v ' 06 ' | awk '{ print NF }' | sort -u | tr '\n' ' ')"
		at=$([ -n "$v" ] && echo 32 || echo 8)
		bad=$(lines etp | grep -vE "^ *[0-9]+: [0-9A-F]{$at}:[0-9A-F]{4} [0-9A-F]{$at}:[0-9A-F]{4} [0-9A-F]{2} [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:[0-9A-F]{8} [0-9A-F]{8} +[0-9]+ +[0-9]+ [0-9]+ [0-9]+ [0-9a-fK()l]+( [0-9]+ [0-9]+ [0-9]+ [0-9]+ -?[0-9]+)? *$")
		same "every line of etp$v in $ns is made like tcp$v's" "" "$bad"
	done
	[ -n "$v" ] && line=$(in_space a tail -n +2 /proc/net/etp6 | grep -m1 ' 06 ') ||
		line=$(in_space a tail -n +2 /proc/net/etp | grep -m1 ' 06 ')
	result "etp$v shows TIME_WAIT" "$([ -n "$line" ]; echo $?)"
done
same "other namespaces' sockets are not shown" "" "$(tail -n +2 /proc/net/etp | grep ':1C20')"

ss_of() {
	in_space "$1" env PROC_NET_TCP="/proc/net/etp" ss -Htan 2>&1
}
same "ss shows the listener" "LISTEN 10.73.0.2:7200" \
	"$(ss_of b | awk '$1 == "LISTEN" { print $1, $4 }')"
at_least "ss shows the connection" 1 "$(ss_of a | grep -c '^ESTAB.*10\.73\.0\.2:7200')"
at_least "ss shows TIME_WAIT" 1 "$(ss_of a | grep -c '^TIME-WAIT.*10\.73\.0\.2:7200')"

# ---- the counters ----

bad=$(in_space a grep -vE '^[A-Za-z0-9]+ +-?[0-9]+$' /proc/net/etp_stat)
same "every line of etp_stat is a name and a number" "" "$bad"
for name in ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts \
	InCsumErrors; do
	same "etp_stat has $name once" 1 "$(in_space a grep -c "^$name " /proc/net/etp_stat)"
done

# moved SPACE NAME: by how much since the last note
declare -A noted
note() {
	local name
	for name; do
		noted[$name]=$(stat_of a "$name")
		noted[b$name]=$(stat_of b "$name")
	done
}
moved() {
	local key=$2
	[ "$1" = a ] || key=b$2
	echo $(($(stat_of "$1" "$2") - noted[$key]))
}
names=(ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs OutRsts)

same "CurrEstab counts what is open" 2 "$(stat_of a CurrEstab)"
note "${names[@]}"
in_space a "$XFER" try 10.73.0.2 7200 >"$TMP/out"
same "a connection was made" ok "$(cat "$TMP/out")"
same "ActiveOpens counts who connects" "1 0" "$(moved a ActiveOpens) $(moved b ActiveOpens)"
same "PassiveOpens counts who accepts" "0 1" "$(moved a PassiveOpens) $(moved b PassiveOpens)"
at_least "InSegs counts" 3 "$(moved a InSegs)"
at_least "OutSegs counts" 4 "$(moved a OutSegs)"
same "nothing failed" "0 0 0" "$(moved a AttemptFails) $(moved a EstabResets) $(moved a OutRsts)"
note "${names[@]}"
same "a closed port refuses" ECONNREFUSED "$(in_space a "$XFER" try 10.73.0.2 7299)"
same "AttemptFails counts it" 1 "$(moved a AttemptFails)"
same "OutRsts counts it where it came from" 1 "$(moved b OutRsts)"
same "PassiveOpens does not" 0 "$(moved b PassiveOpens)"

# ---- the tracepoint ----

tracing=/sys/kernel/tracing
[ -d $tracing/events ] || mount -t tracefs tracefs $tracing 2>/dev/null
if [ -d $tracing/events/etp/etp_set_state ]; then
	format=$tracing/events/etp/etp_set_state/format
	check "etp_set_state tells the old state" grep -q 'field:.*old' $format
	check "etp_set_state tells the new state" grep -q 'field:.*new' $format
	echo >$tracing/trace
	echo 1 >$tracing/events/etp/etp_set_state/enable
	in_space a "$XFER" try 10.73.0.2 7200 >/dev/null
	sleep 0.2
	echo 0 >$tracing/events/etp/etp_set_state/enable
	trace=$(grep etp_set_state: $tracing/trace)
	for change in CLOSE.*SYN_SENT SYN_SENT.*ESTABLISHED LISTEN.*SYN_RECV SYN_RECV.*ESTABLISHED \
		ESTABLISHED.*FIN_WAIT_1 ESTABLISHED.*CLOSE_WAIT CLOSE_WAIT.*LAST_ACK; do
		at_least "etp_set_state shows ${change/.\*/ to }" 1 "$(grep -cE "$change" <<<"$trace")"
	done
elif [ -d $tracing/events ]; then
	result "there is an etp_set_state tracepoint" 1 "$tracing/events/etp is not there"
else
	skip "etp_set_state" "this kernel has no tracing"
fi

# ---- the knobs ----

knobs=(retries1 retries2 syn_retries synack_retries fin_timeout rmem wmem window_scaling sack timestamps
	keepalive_time keepalive_intvl keepalive_probes)
for knob in "${knobs[@]}"; do
	same "net.etp.$knob begins as net.ipv4.tcp_$knob" "$(in_space a sysctl -n "net.ipv4.tcp_$knob" | xargs)" \
		"$(in_space a sysctl -n "net.etp.$knob" 2>&1 | xargs)"
done
in_space a sysctl -qw net.etp.retries2=7
same "a knob is turned" 7 "$(in_space a sysctl -n net.etp.retries2)"
same "in its own namespace alone" 15 "$(in_space b sysctl -n net.etp.retries2)"

# refused KNOB VALUE
refused() {
	local before after
	before=$(in_space a cat "/proc/sys/net/etp/$1")
	in_space a sh -c "echo '$2' >/proc/sys/net/etp/$1" 2>/dev/null
	after=$(in_space a cat "/proc/sys/net/etp/$1")
	same "net.etp.$1 refuses \"$2\"" "$before" "$after"
}
refused retries2 nonsense
refused retries2 -1
refused retries2 99999999999
refused syn_retries 0
refused syn_retries 128
refused synack_retries -1
refused synack_retries 256
refused timestamps -1
refused sack 2
refused window_scaling -5
refused fin_timeout never
refused rmem "1 2 x"
refused rmem "0 0 0"
refused wmem "-1 5 5"

space c
in_space c test -e /proc/sys/net/etp/retries2
result "a namespace made later has the knobs" $?
same "and their first values" 15 "$(in_space c sysctl -n net.etp.retries2)"

if in_space c setpriv --reuid 65534 --clear-groups sh -c 'echo 3 >/proc/sys/net/etp/retries2' 2>/dev/null; then
	result "who is not root turns no knob" 1
else
	result "who is not root turns no knob" 0
fi
finish
