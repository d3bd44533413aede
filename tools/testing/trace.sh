#!/bin/bash
# etp trace: the table tells what happened to a program's connections, and to no others.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

ETP=$TESTING/../../build/tools/etp
[ "$PROTO" = etp ] || skip_all "it is about ETP"
[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
[ -d /sys/kernel/tracing/events ] || skip_all "this kernel has no tracing"

space a b
cable a eth0 10.75.0.1/24 fd75::1/64 b eth0 10.75.0.2/24 fd75::2/64
for ns in a b; do
	# a rule below is to lose one segment, not many in one packet
	in_space $ns ethtool -K eth0 tso off gso off gro off >/dev/null
done

# column FILE NAME...: of each line these, separated by blanks
column() {
	local file=$1
	shift
	awk -F, -v names="$*" '
		NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; n = split(names, want, " "); next }
		{ line = $at[want[1]]; for (i = 2; i <= n; i++) line = line " " $at[want[i]]; print line }' "$file"
}

# ---- one transfer, of which a segment is lost ----

size=300000
head -c $size /dev/zero >"$TMP/data"
in_space b nft -f - <<-'END'
	table ip lose {
		chain input {
			type filter hook input priority 0;
			meta l4proto 253 meta length > 1000 numgen inc mod 100000 == 20 drop
		}
	}
END
go_in b timeout 100 "$XFER" listen 10.75.0.2 7100 >"$TMP/got" &
until_true 20 listening b 7100
in_space a timeout 100 "$ETP" trace -o "$TMP/send.csv" "$XFER" send 10.75.0.2 7100 <"$TMP/data"
result "a traced program ends well" $?
wait $!
same "what it sent arrived" $size "$(wc -c <"$TMP/got")"
table=$TMP/send.csv
same "the table has its heading" \
	time,connection,event,cwnd,ssthresh,flight,srtt,una,nxt,wnd,state,cause,recovery,seq,len,rtt "$(head -n 1 "$table")"
same "all lines have as many columns" 16 "$(awk -F, '{ print NF }' "$table" | sort -u)"
at_least "there are many lines" 50 "$(wc -l <"$table")"
same "time goes on" "" "$(column "$table" time | awk '$1 < last { print } { last = $1 }')"
same "there is one connection" 1 "$(column "$table" connection | sort -u | wc -l)"
same "it has the program's addresses" 1 \
	"$(column "$table" connection | sort -u | grep -cE '^10\.75\.0\.1:[0-9]+-10\.75\.0\.2:7100$')"
same "all was sent once: the data, and FIN" $((size + 1)) \
	"$(column "$table" event len | awk '$1 == "send" { sum += $2 } END { print sum }')"
same "it was acknowledged, SYN and FIN as well" $((size + 2)) "$(column "$table" una | grep . | sort -n | tail -n 1)"
for state in SYN_SENT ESTABLISHED FIN_WAIT_1; do
	at_least "the state $state is there" 1 "$(column "$table" event state | grep -cx "state $state")"
done
same "the program called connect()" "SYN_SENT active open" "$(column "$table" event state cause | sed -n 's/^state //p' | head -n 1)"
at_least "the loss is there" 1 "$(column "$table" event | grep -cx loss)"
at_least "and a retransmission" 1 "$(column "$table" event | grep -cx retransmit)"
same "losses and retransmissions have causes" "" \
	"$(column "$table" event cause | awk '($1 == "loss" || $1 == "retransmit") && $2 == ""')"
same "what was lost was sent again" "" \
	"$(column "$table" event seq | awk '$1 == "retransmit" { again[$2] } $1 == "loss" { lost[$2] }
		END { for (seq in lost) if (!(seq in again)) print seq }')"
at_least "round trips are measured" 1 "$(column "$table" event rtt | awk '$1 == "rtt" && $2 > 0' | wc -l)"
same "before the loss there is no threshold, afterwards there is" "- yes" \
	"$(column "$table" event ssthresh | awk '$1 == "cwnd" { if (!first) first = $2 == "" ? "-" : "some"; last = $2 == "" ? "none" : "yes" }
		END { print first, last }')"

# ---- whose connections ----

go_in b "$XFER" serve 10.75.0.2 7200 &
until_true 20 listening b 7200
# the traced shell's child connects, waits until a stranger has too, and connects again
cat >"$TMP/twice" <<-END
	"$XFER" try 10.75.0.2 7200
	touch "$TMP/once"
	until [ -e "$TMP/stranger" ]; do sleep 0.05; done
	"$XFER" try 10.75.0.2 7200
END
in_space a timeout 100 "$ETP" trace -o "$TMP/own.csv" sh "$TMP/twice" >"$TMP/tries" &
traced=$!
until_true 60 test -e "$TMP/once"
same "a stranger connects meanwhile" ok "$(in_space a "$XFER" try 10.75.0.2 7200)"
touch "$TMP/stranger"
wait $traced
result "a script is traced" $?
same "it connected twice" "ok ok" "$(tr '\n' ' ' <"$TMP/tries" | sed 's/ $//')"
same "its children's connections are recorded, others are not" 2 "$(column "$TMP/own.csv" connection | sort -u | wc -l)"

go_in b timeout 100 "$ETP" trace -o "$TMP/listen.csv" "$XFER" listen 10.75.0.2 7300 >/dev/null &
traced=$!
until_true 60 listening b 7300
in_space a "$XFER" send 10.75.0.2 7300 </dev/null
wait $traced
result "a server is traced" $?
same "what it accepted is recorded, from its end" 1 \
	"$(column "$TMP/listen.csv" connection | grep -v -- '-\[::\]:0$' | grep -v -- '-0.0.0.0:0$' | sort -u | grep -c '^10\.75\.0\.2:7300-10\.75\.0\.1:')"

cat >"$TMP/idle" <<-END
	touch "$TMP/begun"
	until [ -e "$TMP/over" ]; do sleep 0.05; done
END
go_in a timeout 100 "$ETP" trace -a -o "$TMP/all.csv" sh "$TMP/idle" &
traced=$!
until_true 60 test -e "$TMP/begun"
in_space a "$XFER" try 10.75.0.2 7200 >/dev/null
touch "$TMP/over"
wait $traced
result "with -a a program without connections will do" $?
at_least "and both ends of a stranger's are there" 2 "$(column "$TMP/all.csv" connection | sort -u | grep -c :7200)"

# ---- status and errors ----

"$ETP" trace -o "$TMP/x.csv" false
same "the program's status is passed on" 1 $?
"$ETP" trace -o "$TMP/x.csv" sh -c 'kill -9 $$'
same "and its signal" 137 $?
same "a program without connections leaves a heading" 1 "$(wc -l <"$TMP/x.csv")"
chmod 755 "$TMP"
setpriv --reuid 65534 --clear-groups "$ETP" trace -o /dev/null true 2>"$TMP/why"
same "without root it fails" 71 $?
check "and says why" grep -q root "$TMP/why"
"$ETP" trace -o "$TMP/no/where.csv" true 2>"$TMP/why"
same "a table that cannot be written is an error" 71 $?
check "which is named" grep -q "no/where.csv" "$TMP/why"
"$ETP" trace -o "$TMP/x.csv" "$TMP/nothing" 2>/dev/null
same "a program that is not there gives 127" 127 $?
same "no recording is left behind" "" "$(ls /sys/kernel/tracing/instances)"
finish
