#!/bin/bash
# Loss recovery and acknowledgments by other modules' policies: chosen by sysctl and by socket option, changed while data flow and
# get lost, kept while in use. The policies are those of samples/, built with the installed headers alone.
#
# ETP_KO names an etp.ko; samples/ lies beside it, as scripts/build leaves it.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$PROTO" = etp ] || skip_all "TCP has its own"
DIR=$(dirname "${ETP_KO:-$TESTING/../../build/none/etp.ko}")/samples
RECOVERY=etp_recovery_template ACK=etp_ack_template
if [ ! -f "$DIR/$RECOVERY.ko" ] || [ ! -f "$DIR/$ACK.ko" ]; then
	skip_all "ETP_KO names no folder with samples: scripts/build KERNEL samples"
fi

# py SPACE PROGRAM: with the options' numbers, a socket, and a way to ask
py() {
	in_space "$1" timeout 100 python3 -c '
import errno, hashlib, socket, sys, threading
REC, ACK = 256, 257
def new(): return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 253)
def get(s, what): return s.getsockopt(253, what, 16).rstrip(b"\0").decode()
def choose(s, what, name): s.setsockopt(253, what, name.encode())
def refused(s, what, name):
    try: choose(s, what, name)
    except OSError as e: return errno.errorcode[e.errno]
    return "no"
'"$2" 2>&1
}

# offered SPACE NAME: the list, in order
offered() {
	knob "$1" "available_$2" | xargs -n 1 | sort | xargs
}

space a b
cable a eth0 10.79.0.1/24 fd79::1/64 b eth0 10.79.0.2/24 fd79::2/64
for ns in a b; do
	in_space $ns ethtool -K eth0 tso off gso off gro off >/dev/null
done
same "what there is for recovery" "newreno rack reno sack" "$(offered a recovery)"
same "what is usual" "rack rfc5681" "$(knob a recovery) $(knob a ack_policy)"
same "names nobody has" "ENOENT ENOENT" "$(py a 's = new(); print(refused(s, REC, "nosuch"), refused(s, ACK, "nosuch"))')"

check "the recovery sample loads" insmod "$DIR/$RECOVERY.ko"
check "the acknowledgment sample loads" insmod "$DIR/$ACK.ko"
same "both are offered" "newreno rack reno sack template, rfc5681 template" "$(offered a recovery), $(offered a ack_policy)"
same "chosen by a socket" "template template" \
	"$(py a 's = new(); choose(s, REC, "template"); choose(s, ACK, "template"); print(get(s, REC), get(s, ACK))')"
same "a socket's end gives them back" "0 0" "$(users $RECOVERY) $(users $ACK)"

for name in recovery ack_policy; do
	check "$name: chosen by a namespace" set_knob a $name template
	same "$name: the namespace says so" template "$(knob a $name)"
	same "$name: another has what it had" 0 "$(knob b $name | grep -c template)"
done
same "a new socket has them" "template template" "$(py a 's = new(); print(get(s, REC), get(s, ACK))')"
refuses $RECOVERY "recovery: kept by a namespace"
refuses $ACK "ack_policy: kept by a namespace"

# The recovery of the sample, and each of ETP's own, through a link that loses
modprobe -q sch_netem 2>/dev/null
in_space a tc qdisc replace dev eth0 root netem delay 2ms loss 1% || echo "# no netem: nothing gets lost"
head -c 1000000 /dev/urandom >"$TMP/data"
for name in template reno newreno sack rack; do
	set_knob a recovery $name
	go_in b timeout 100 "$XFER" listen 10.79.0.2 7901 >"$TMP/got" &
	receiver=$!
	until_true 20 listening b 7901
	in_space a timeout 100 "$XFER" send 10.79.0.2 7901 <"$TMP/data"
	result "$name sends through a lossy link" $?
	wait $receiver
	check "$name loses nothing" cmp "$TMP/data" "$TMP/got"
done
set_knob a recovery rack
set_knob a ack_policy rfc5681

# All of them, on one connection, while its bytes get lost
cat >"$TMP/live.py" <<'END'
s = new(); s.connect(("10.79.0.2", 7902))
data = bytes(range(256)) * 4096
got = hashlib.sha256()
def read():
    left = len(data)
    while left:
        b = s.recv(1 << 16)
        if not b: return
        got.update(b)
        left -= len(b)
t = threading.Thread(target=read); t.start()
seen = []
for name in ("template", "reno", "rack", "newreno", "sack") * 4:
    choose(s, REC, name)
    choose(s, ACK, "template" if len(seen) % 2 else "rfc5681")
    at = len(seen)
    s.sendall(data[at * len(data) // 20:(at + 1) * len(data) // 20])
    seen.append(get(s, REC) == name)
t.join()
print(all(seen), got.digest() == hashlib.sha256(data).digest())
END
go_in b "$XFER" serve 10.79.0.2 7902 &
server=$!
until_true 20 listening b 7902
same "changed twenty times on a live connection" "True True" "$(py a "$(cat "$TMP/live.py")")"
in_space a tc qdisc del dev eth0 root

# A policy has its way: an ACK for every two segments, and one for every eight. Nobody reads meanwhile: what a reader keeps
# waiting is acknowledged together.
in_space a nft -f - <<-'END'
	table inet t {
		chain c {
			type filter hook input priority 0;
			meta l4proto 253 counter
		}
	}
END
acks() {
	in_space a nft list table inet t | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}
# shellcheck disable=SC2317 # until_true calls it
all_acked() {
	in_space a grep -qE ':1EDF 05 0+:' /proc/net/etp
}
head -c 40000 "$TMP/data" >"$TMP/few"
set_knob b ack_policy template
for every in 2 8; do
	echo $every >/sys/module/$ACK/parameters/every
	go_in b "$XFER" listen 10.79.0.2 7903 >/dev/null &
	receiver=$!
	until_true 20 listening b 7903
	kill -STOP $receiver
	before=$(acks)
	in_space a timeout 100 "$XFER" send 10.79.0.2 7903 <"$TMP/few" &
	sender=$!
	until_true 20 all_acked
	echo $(($(acks) - before)) >"$TMP/acks.$every"
	kill -CONT $receiver
	wait $sender $receiver
done
result "a policy decides how many ACKs there are" \
	"$([ "$(cat "$TMP/acks.8")" -lt $(($(cat "$TMP/acks.2") * 2 / 3)) ]; echo $?)" \
	"every 2: $(cat "$TMP/acks.2")" "every 8: $(cat "$TMP/acks.8")"
set_knob b ack_policy rfc5681

# In use by a connection, then not.
set_knob a recovery template
set_knob a ack_policy template
go_in a "$XFER" hold 10.79.0.2 7902 >"$TMP/hold" &
holder=$!
until_true 20 grep -q connected "$TMP/hold"
set_knob a recovery rack
set_knob a ack_policy rfc5681
refuses $RECOVERY "recovery: kept by a connection"
refuses $ACK "ack_policy: kept by a connection"
kill $holder $server
wait $holder $server 2>/dev/null
goes $RECOVERY "recovery: it goes when nobody uses it"
goes $ACK "ack_policy: it goes when nobody uses it"
same "and they are not offered" "newreno rack reno sack, rfc5681" "$(offered a recovery), $(offered a ack_policy)"
finish
