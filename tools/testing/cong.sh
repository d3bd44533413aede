#!/bin/bash
# Congestion control from other modules: chosen by sysctl and by socket option, changed while data flow, kept while in use.
#
# ETP_KO names an etp.ko; etp_cubic.ko and samples/etp_cong_template.ko lie beside it, as scripts/build leaves them.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$PROTO" = etp ] || skip_all "TCP has its own"
DIR=$(dirname "${ETP_KO:-$TESTING/../../build/none/etp.ko}")
CUBIC=$DIR/etp_cubic.ko TEMPLATE=$DIR/samples/etp_cong_template.ko
if [ ! -f "$CUBIC" ] || [ ! -f "$TEMPLATE" ]; then
	skip_all "ETP_KO names no folder with the modules: scripts/build KERNEL samples"
fi

# py SPACE PROGRAM: with the option's number, a socket, and a way to ask
py() {
	in_space "$1" python3 -c '
import errno, hashlib, socket, sys, threading
CONG = 13
def new(): return socket.socket(socket.AF_INET, socket.SOCK_STREAM, 253)
def get(s): return s.getsockopt(253, CONG, 16).rstrip(b"\0").decode()
def choose(s, name): s.setsockopt(253, CONG, name.encode())
def refused(s, name):
    try: choose(s, name)
    except OSError as e: return errno.errorcode[e.errno]
    return "no"
'"$2" 2>&1
}

space a b
cable a eth0 10.77.0.1/24 fd77::1/64 b eth0 10.77.0.2/24 fd77::2/64
same "Reno is the usual one" reno "$(knob a congestion_control)"
same "a name nobody has" ENOENT "$(py a 's = new(); print(refused(s, "nosuch"))')"
same "cubic is not there yet" ENOENT "$(py a 's = new(); print(refused(s, "cubic"))')"
same "nor as a sysctl" 1 "$(set_knob a congestion_control nosuch 2>&1 | grep -c 'No such file')"

check "etp_cubic loads" insmod "$CUBIC"
check "the sample loads" insmod "$TEMPLATE"
check "a second time is refused" sh -c "! insmod '$CUBIC' 2>/dev/null"
same "both are offered" "cong_template cubic reno" \
	"$(knob a available_congestion_control | tr ' ' '\n' | sort | tr '\n' ' ' | sed 's/ $//')"
check "that list is for reading" sh -c "! echo x 2>/dev/null >/proc/sys/net/etp/available_congestion_control"
same "they keep etp" 2 "$(awk '$1 == "etp" { print $4 }' /proc/modules | tr ',' '\n' | grep -c etp_c)"

same "chosen by a socket" cubic "$(py a 's = new(); choose(s, "cubic"); print(get(s))')"
same "a longer buffer, a shorter one" "cubic cub" "$(py a '
s = new(); choose(s, "cubic")
print(s.getsockopt(253, CONG, 40).rstrip(b"\0").decode(), s.getsockopt(253, CONG, 3).decode())')"
same "a socket's end gives it back" 0 "$(users etp_cubic)"

check "chosen by a namespace" set_knob a congestion_control cubic
same "the namespace says so" cubic "$(knob a congestion_control)"
same "a new socket has it" cubic "$(py a 'print(get(new()))')"
same "another namespace has not" reno "$(knob b congestion_control)"
same "a wrong name changes nothing" cubic "$(set_knob a congestion_control nosuch 2>/dev/null; knob a congestion_control)"
refuses etp_cubic "kept by a namespace"
set_knob a congestion_control reno
same "and let go" 0 "$(users etp_cubic)"

# A listener's choice is its children's, and a disconnect does not end it.
same "a child has its listener's" "cubic cubic" "$(py a '
l = new(); choose(l, "cubic"); l.bind(("127.0.0.1", 0)); l.listen()
c = new(); c.connect(l.getsockname()); s, _ = l.accept()
l.close(); print(get(s), end=" ")
choose(c, "cubic"); c.connect_ex(("0.0.0.0", 0)); print(get(c))')"
until_true 20 test "$(users etp_cubic)" = 0
same "all of them let go" 0 "$(users etp_cubic)"

# Each in turn carries megabytes, and they are changed while the bytes flow, at both ends.
cat >"$TMP/live.py" <<'END'
l = new(); l.bind(("10.77.0.1", 7400)); l.listen()
c = new(); c.connect(l.getsockname()); s, _ = l.accept()
data = bytes(range(256)) * 65536
got = hashlib.sha256()
def read():
    while True:
        b = s.recv(1 << 16)
        if not b: return
        got.update(b)
t = threading.Thread(target=read); t.start()
seen = []
for name in ("cubic", "cong_template", "reno", "cubic", "cong_template") * 4:
    choose(c, name)
    seen.append(get(c) == name)
    at = len(seen) - 1
    c.sendall(data[at * len(data) // 20:(at + 1) * len(data) // 20])
c.shutdown(socket.SHUT_WR); t.join()
print(all(seen), got.digest() == hashlib.sha256(data).digest())
END
same "changed twenty times on a live connection" "True True" "$(py a "$(cat "$TMP/live.py")")"
for name in cubic cong_template; do
	set_knob a congestion_control $name
	modprobe -q sch_netem 2>/dev/null
	in_space a tc qdisc replace dev eth0 root netem delay 2ms loss 1% 2>/dev/null
	head -c 4000000 /dev/urandom >"$TMP/data"
	go_in b timeout 100 "$XFER" listen 10.77.0.2 7401 >"$TMP/got" &
	receiver=$!
	until_true 20 listening b 7401
	in_space a timeout 100 "$XFER" send 10.77.0.2 7401 <"$TMP/data"
	result "$name sends through a lossy link" $?
	wait $receiver
	check "$name loses nothing" cmp "$TMP/data" "$TMP/got"
done
in_space a tc qdisc del dev eth0 root 2>/dev/null
set_knob a congestion_control reno

# In use by a connection, then not.
go_in b "$XFER" serve 10.77.0.2 7402 &
server=$!
until_true 20 listening b 7402
set_knob a congestion_control cubic
go_in a "$XFER" hold 10.77.0.2 7402 >"$TMP/hold" &
holder=$!
until_true 20 grep -q connected "$TMP/hold"
set_knob a congestion_control reno
same "a connection holds it" 1 "$(users etp_cubic)"
refuses etp_cubic "kept by a connection"
kill $holder $server
wait $holder $server 2>/dev/null
goes etp_cubic "it goes when nobody uses it"
same "and is not offered" 0 "$(knob a available_congestion_control | grep -c cubic)"
same "nor found" ENOENT "$(py a 's = new(); print(refused(s, "cubic"))')"

# A namespace that ends gives back what it chose.
space c
set_knob c congestion_control cong_template
refuses etp_cong_template "kept by the namespace"
ip netns del "etp$$c"
SPACES=(a b)
goes etp_cong_template "it goes with the namespace"
finish
