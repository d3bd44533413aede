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

tables() {
	# shellcheck disable=SC2016 # its own shell's $t
	in_space "$1" sh -c 'cd /proc/net; for t in etp etp6 tcp tcp6; do sed "s/^/$t|/" $t; done'
}

for ns in a b; do
	tables $ns >"$TMP/tables"
	for v in "" 6; do
		lines() {
			sed -n "s/^$1$v|//p" "$TMP/tables"
		}
		same "etp$v has tcp$v's heading, in $ns" "$(lines tcp | head -1)" "$(lines etp | head -1)"
		for p in etp tcp; do
			lines $p | tail -n +2 >"$TMP/$p"
			grep -v ' 06 ' "$TMP/$p" >"$TMP/$p.live"
		done
		at_least "tcp$v has something to show, in $ns" 1 "$(wc -l <"$TMP/tcp.live")"
		same "etp$v tells of the same sockets as tcp$v, in $ns" \
			"$(essence <"$TMP/tcp.live")" "$(essence <"$TMP/etp.live")"
		same "etp$v has tcp$v's columns, in $ns" "$(awk '{ print NF }' "$TMP/tcp.live" | sort -u)" \
			"$(awk '{ print NF }' "$TMP/etp.live" | sort -u)"
		at=$([ -n "$v" ] && echo 32 || echo 8)
		at="[0-9A-F]{$at}:[0-9A-F]{4}"
		form="^ *[0-9]+: $at $at [0-9A-F]{2} [0-9A-F]{8}:[0-9A-F]{8} [0-9A-F]{2}:[0-9A-F]{8} [0-9A-F]{8} +[0-9]+ +[0-9]+ "
		form+="[0-9]+ [0-9]+ [0-9a-f]+( [0-9]+ [0-9]+ [0-9]+ [0-9]+ -?[0-9]+)? *$"
		same "every line of etp$v is made like tcp$v's, in $ns" "" "$(grep -vE "$form" "$TMP/etp")"
		[ $ns = b ] || at_least "etp$v shows TIME_WAIT" 1 "$(grep -c ' 06 ' "$TMP/etp")"
	done
done
same "other namespaces' sockets are not shown" "" "$(tail -n +2 /proc/net/etp | grep ':1C20')"

ss_of() {
	in_space "$1" env PROC_NET_TCP="/proc/net/etp" ss -4Htan 2>&1
}
same "ss shows the listener" "LISTEN 10.73.0.2:7200" \
	"$(ss_of b | awk '$1 == "LISTEN" { print $1, $4 }')"
at_least "ss shows the connection" 1 "$(ss_of a | grep -c '^ESTAB.*10\.73\.0\.2:7200')"
at_least "ss shows TIME_WAIT" 1 "$(ss_of a | grep -c '^TIME-WAIT.*10\.73\.0\.2:7200')"

# ---- the counters ----

# What the counters of a and b are now: arrays, so that one look serves many questions.
declare -A was now
look() {
	local ns name value
	for name in "${!now[@]}"; do
		was[$name]=${now[$name]}
	done
	for ns in a b; do
		while read -r name value; do
			now[$ns.$name]=$value
		done < <(in_space $ns cat /proc/net/etp_stat)
	done
}

# moved NAME: by how much from look to look, in a and in b
moved() {
	echo "$((${now[a.$1]:-0} - ${was[a.$1]:-0})) $((${now[b.$1]:-0} - ${was[b.$1]:-0}))"
}

in_space a cat /proc/net/etp_stat >"$TMP/stat"
same "every line of etp_stat is a name and a number" "" "$(grep -vE '^[A-Za-z0-9]+ +-?[0-9]+$' "$TMP/stat")"
same "etp_stat has no name twice" "" "$(cut -d' ' -f1 "$TMP/stat" | sort | uniq -d)"
for name in ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts \
	InCsumErrors; do
	same "etp_stat has $name" 1 "$(grep -c "^$name " "$TMP/stat")"
done

look
same "CurrEstab counts what is open" 2 "${now[a.CurrEstab]}"
in_space a "$XFER" try 10.73.0.2 7200 >"$TMP/out"
same "a connection is made" ok "$(cat "$TMP/out")"
look
same "ActiveOpens counts who connects" "1 0" "$(moved ActiveOpens)"
same "PassiveOpens counts who accepts" "0 1" "$(moved PassiveOpens)"
read -r in _ <<<"$(moved InSegs)"
read -r out _ <<<"$(moved OutSegs)"
at_least "InSegs counts" 3 "$in"
at_least "OutSegs counts" 4 "$out"
same "nothing has failed" "0 0, 0 0, 0 0" "$(moved AttemptFails), $(moved EstabResets), $(moved OutRsts)"
look
same "a closed port refuses" ECONNREFUSED "$(in_space a "$XFER" try 10.73.0.2 7299)"
look
same "AttemptFails counts who was refused" "1 0" "$(moved AttemptFails)"
same "OutRsts counts who refused" "0 1" "$(moved OutRsts)"
same "PassiveOpens does not" "0 0" "$(moved PassiveOpens)"

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
	# shellcheck disable=SC2317 # until_true runs it
	traced() {
		grep etp_set_state: "$tracing/trace" | grep -q 'LAST_ACK.*CLOSE'
	}
	until_true 5 traced
	echo 0 >$tracing/events/etp/etp_set_state/enable
	grep etp_set_state: $tracing/trace >"$TMP/trace"
	for change in CLOSE.*SYN_SENT SYN_SENT.*ESTABLISHED 'ESTABLISHED.*FIN_WAIT_?1' 'ESTABLISHED.*CLOSE_WAIT' \
		CLOSE_WAIT.*LAST_ACK LAST_ACK.*CLOSE; do
		at_least "etp_set_state shows ${change/.\*/ to }" 1 "$(grep -cE "$change" "$TMP/trace")"
	done
elif [ -d $tracing/events ]; then
	result "there is an etp_set_state tracepoint" 1 "$tracing/events/etp is not there"
else
	skip "etp_set_state" "this kernel has no tracing"
fi

# ---- the knobs ----

knobs=(retries1 retries2 syn_retries synack_retries fin_timeout rmem wmem window_scaling sack timestamps
	keepalive_time keepalive_intvl keepalive_probes)
in_space a sh -c 'cd /proc/sys/net/ipv4; grep -H . tcp_* 2>/dev/null' | tr -s '\t ' ' ' >"$TMP/tcp"
in_space a sh -c 'cd /proc/sys/net/etp; grep -H . *' | tr -s '\t ' ' ' >"$TMP/etp"
for knob in "${knobs[@]}"; do
	same "net.etp.$knob begins as net.ipv4.tcp_$knob" "$(sed -n "s/^tcp_$knob://p" "$TMP/tcp")" \
		"$(sed -n "s/^$knob://p" "$TMP/etp")"
done
same "a knob is turned" 7 "$(in_space a sh -c 'cd /proc/sys/net/etp; echo 7 >retries2; cat retries2')"
same "in its own namespace alone" 15 "$(in_space b cat /proc/sys/net/etp/retries2)"

# Every nonsense in one go: what it was, what it became.
# shellcheck disable=SC2016 # its own shell's variables
in_space a bash -c '
	cd /proc/sys/net/etp || exit
	while read -r knob value; do
		before=$(xargs <$knob)
		echo "$value" >$knob
		echo "$knob|$value|$before|$(xargs <$knob)"
	done
' <<-END >"$TMP/refused" 2>/dev/null
	retries2 nonsense
	retries2 -1
	retries2 99999999999
	syn_retries 0
	syn_retries 128
	synack_retries -1
	synack_retries 256
	timestamps -1
	sack 2
	window_scaling -5
	fin_timeout never
	rmem 0 0 0
	wmem -1 5 5
END
same "all the nonsense was tried" 13 "$(wc -l <"$TMP/refused")"
while IFS='|' read -r knob value before after; do
	same "net.etp.$knob refuses \"$value\"" "$before" "$after"
done <"$TMP/refused"

space c
same "a namespace made later has the knobs' first values" 15 "$(in_space c cat /proc/sys/net/etp/retries2)"
if in_space c setpriv --reuid 65534 --clear-groups sh -c 'echo 3 >/proc/sys/net/etp/retries2' 2>/dev/null; then
	result "who is not root turns no knob" 1
else
	result "who is not root turns no knob" 0
fi
finish
