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

# All at once, before a TIME_WAIT is over: the tables of each namespace, and what ss makes of them.
for ns in a b; do
	# shellcheck disable=SC2016 # its own shell's $t
	in_space $ns sh -c 'cd /proc/net; for t in etp etp6 tcp tcp6; do sed "s/^/$t|/" $t; done' >"$TMP/tables.$ns"
	in_space $ns env PROC_NET_TCP=/proc/net/etp ss -4Htan >"$TMP/ss.$ns" 2>&1
done

# Compares the tables of a namespace with each other: lines of NAME|WANTED|SEEN. Of a socket counts what was done, not
# when, by which port of the kernel's choice and by which file.
# shellcheck disable=SC2016 # awk's own $0
compare='
function hex(s, digits) {
	return length(s) == digits && s ~ /^[0-9A-F]+$/
}
function pair(s, digits1, digits2) {
	return split(s, part, ":") == 2 && hex(part[1], digits1) && hex(part[2], digits2)
}
function essence(f, n,    p) {
	for (p = 2; p <= 3; p++) {
		split(f[p], part, ":")
		f[p] = part[1] (part[2] == "1C20" ? ":port" : part[2] == "0000" ? ":none" : ":any")
	}
	return f[2] " " f[3] " " f[4] " " f[5] " " f[8] " " f[9] " " n
}
{
	split($0, half, "|")
	t = half[1]
	if (!(t in head)) {
		head[t] = half[2]
		next
	}
	n = split(half[2], f, " ")
	at = t ~ /6$/ ? 32 : 8
	if (!pair(f[2], at, 4) || !pair(f[3], at, 4) || f[1] !~ /^[0-9]+:$/ || !hex(f[4], 2) ||
	    !pair(f[5], 8, 8) || !pair(f[6], 2, 8) || !hex(f[7], 8))
		bad[t] = bad[t] half[2] " "
	if (f[4] == "06") {
		waiting[t]++
		next
	}
	count[t]++
	line[t, essence(f, n)]++
}
END {
	for (v = 4; v <= 6; v += 2) {
		e = v == 4 ? "etp" : "etp6"
		c = v == 4 ? "tcp" : "tcp6"
		print e " has the heading of " c "|" head[c] "|" head[e]
		print e " has lines of the form of " c "||" bad[e]
		print e " shows as many sockets as " c "|" count[c] "|" count[e]
		print e " shows somebody|yes|" (count[e] ? "yes" : "no")
		missing = ""
		for (k in line) {
			split(k, part, SUBSEP)
			if (part[1] == c && line[e, part[2]] != line[k])
				missing = missing part[2] "; "
		}
		print e " shows what " c " shows||" missing
		print e " shows TIME_WAIT|" (ns == "a" ? "yes" : "no") "|" (waiting[e] ? "yes" : "no")
	}
}'
for ns in a b; do
	awk -v ns=$ns "$compare" "$TMP/tables.$ns" >"$TMP/compared"
	compared=0
	while IFS='|' read -r name wanted seen; do
		same "$name, in $ns" "$wanted" "$seen"
		compared=$((compared + 1))
	done <"$TMP/compared"
	same "everything was compared in $ns" 12 $compared
done
same "other namespaces' sockets are not shown" "" "$(tail -n +2 /proc/net/etp | grep ':1C20')"

same "ss shows the listener" "LISTEN 10.73.0.2:7200" "$(awk '$1 == "LISTEN" { print $1, $4 }' "$TMP/ss.b")"
at_least "ss shows the connection" 1 "$(grep -c '^ESTAB.*10\.73\.0\.2:7200' "$TMP/ss.a")"
at_least "ss shows TIME_WAIT" 1 "$(grep -c '^TIME-WAIT.*10\.73\.0\.2:7200' "$TMP/ss.a")"

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
look
for name in ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts \
	InCsumErrors; do
	result "etp_stat has $name" "$([[ -n ${now[a.$name]+set} ]]; echo $?)"
done

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

knobs=(retries1 retries2 synack_retries fin_timeout rmem wmem window_scaling sack timestamps
	keepalive_time keepalive_intvl keepalive_probes)
declare -A tcp etp
while IFS=: read -r knob value; do
	tcp[$knob]=$value
done < <(in_space a sh -c 'cd /proc/sys/net/ipv4; grep -H . tcp_* 2>/dev/null' | tr -s '\t ' ' ')
while IFS=: read -r knob value; do
	etp[$knob]=$value
done < <(in_space a sh -c 'cd /proc/sys/net/etp; grep -H . *' | tr -s '\t ' ' ')
for knob in "${knobs[@]}"; do
	same "net.etp.$knob begins as net.ipv4.tcp_$knob" "${tcp[tcp_$knob]:-none}" "${etp[$knob]:-}"
done
# one more than TCP's: RFC 9293 MUST-23
same "net.etp.syn_retries begins as 7" 7 "${etp[syn_retries]:-}"
same "a knob is turned" 7 "$(in_space a sh -c 'cd /proc/sys/net/etp; echo 7 >retries2; cat retries2')"
same "in its own namespace alone" 15 "$(in_space b cat /proc/sys/net/etp/retries2)"

# Every nonsense in one go: what it was, what it became.
# shellcheck disable=SC2016 # its own shell's variables
in_space a bash -c '
	cd /proc/sys/net/etp || exit
	while read -r knob value; do
		read -r before <$knob
		echo "$value" >$knob
		read -r after <$knob
		echo "$knob|$value|$before|$after"
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
