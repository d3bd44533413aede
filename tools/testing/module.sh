#!/bin/bash
# Loading and unloading: refused while somebody uses it, clean afterwards, again and again, in every namespace.
#
# The module's file is $ETP_KO, or else the one in build/ that the loaded module came from; when there is neither, it could
# not be put back, and nothing is tried.
# shellcheck source=tools/testing/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$PROTO" = etp ] || skip_all "TCP cannot be unloaded"

# One that fits this kernel and is what is loaded, as far as the kernel tells.
find_module() {
	local ko
	for ko in "$TESTING"/../../build/*/etp.ko; do
		[ "$(modinfo -F vermagic "$ko" 2>/dev/null | cut -d' ' -f1)" = "$(uname -r)" ] || continue
		[ ! -e /sys/module/etp/srcversion ] ||
			[ "$(modinfo -F srcversion "$ko")" = "$(cat /sys/module/etp/srcversion)" ] || continue
		echo "$ko"
		return
	done
}
ETP_KO=${ETP_KO:-$(find_module)}
[ -f "$ETP_KO" ] || skip_all "ETP_KO names no module"

# Neither what a debugger wants to know of it nor its unit tests are needed thirty times.
objcopy --strip-debug -R .kunit_test_suites -R .rela.kunit_test_suites "$ETP_KO" "$TMP/etp.ko" 2>/dev/null &&
	ETP_KO=$TMP/etp.ko

loaded() {
	grep -q '^etp ' /proc/modules
}

load() {
	insmod "$ETP_KO" 2>&1
}

unload() {
	rmmod etp 2>&1
}

# unloads SECONDS: it may take a moment until the last user is quite gone
unloads() {
	until_true "$1" rmmod etp 2>/dev/null
}

# Everything that the module makes where others can see it.
traces() {
	grep -o '^etp[^ ]*' /proc/slabinfo
	ls -d /proc/net/etp /proc/net/etp6 /proc/net/etp_stat /proc/sys/net/etp /sys/kernel/tracing/events/etp \
		/sys/module/etp 2>/dev/null
	grep -E '^(ETP|etp)' /proc/net/protocols
	grep -E '\[etp\]' /proc/timer_list /proc/vmallocinfo 2>/dev/null
}

refuses() {
	local out
	out=$(unload)
	result "$1" "$(loaded && [[ $out == *"in use"* ]]; echo $?)" "$out"
}

# Programs that ended before may have left orphans; their time is limited.
! loaded || unloads 100
result "it goes when nobody uses it" "$(! loaded; echo $?)"
check "it loads" load

# Only a module nobody uses goes.
space a b
cable a eth0 10.74.0.1/24 fd74::1/64 b eth0 10.74.0.2/24 fd74::2/64
go_in b "$XFER" serve 10.74.0.2 7300 &
server=$!
until_true 20 listening b 7300
refuses "refused while somebody listens"
go_in a "$XFER" hold 10.74.0.2 7300 >"$TMP/hold" &
holder=$!
until_true 20 grep -q connected "$TMP/hold"
kill $server
wait $server 2>/dev/null
refuses "refused while a connection is open"
kill $holder
wait $holder 2>/dev/null
unloads 30
result "unloaded when the last socket has gone" $?
same "nothing of it is left" "" "$(traces)"
check "it is no family now" python3 -c '
import socket, errno
for args in (18, 1, 0), (2, 1, 253), (10, 1, 253):
    try:
        socket.socket(*args)
    except OSError as e:
        assert e.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT), e
    else:
        raise SystemExit("socket%r opens" % (args,))
'

# A TIME_WAIT is no socket of anybody: it must not keep the module, nor outlive it.
check "loads again" load
go_in b "$XFER" serve 10.74.0.2 7301 &
server=$!
until_true 20 listening b 7301
same "and works" ok "$(in_space a "$XFER" try 10.74.0.2 7301)"
same "a TIME_WAIT stays behind" 1 "$(in_space a grep -c ' 06 ' /proc/net/etp)"
kill $server
wait $server 2>/dev/null
unloads 30
result "unloaded in spite of a TIME_WAIT" $?
same "nothing is left of that either" "" "$(traces)"

# An orphan still has its last bytes to deliver, to a peer that does not answer.
load
go_in b "$XFER" listen 10.74.0.2 7302 >/dev/null &
receiver=$!
until_true 20 listening b 7302
kill -STOP $receiver
head -c 9000000 /dev/zero | in_space a timeout 2 "$XFER" send 10.74.0.2 7302 2>/dev/null
same "a peer that does not read holds up the sender" 124 "${PIPESTATUS[1]}"
kill -KILL $receiver
wait $receiver 2>/dev/null
in_space a ip link set eth0 down
unload >/dev/null
loaded
result "an orphan keeps it, or it goes with the orphan" "$(loaded || [ -z "$(traces)" ]; echo $?)"
in_space a ip link set eth0 up
loaded && unloads 60
result "unloaded when the orphan has gone" "$(! loaded; echo $?)"

# Namespaces come and go with it.
load
space c d
cable c eth0 10.75.0.1/24 fd75::1/64 d eth0 10.75.0.2/24 fd75::2/64
go_in d "$XFER" serve 10.75.0.2 7303 &
server=$!
until_true 20 listening d 7303
go_in c "$XFER" hold 10.75.0.2 7303 >"$TMP/hold2" &
holder=$!
go_in c sleep 600 &
stays=$!
go_in d sleep 600 &
stays="$stays $!"
until_true 20 grep -q connected "$TMP/hold2"
in_space c "$XFER" try 10.75.0.2 7303 >/dev/null
# The name goes; the namespace itself lives as long as the processes in it.
ip netns del "etp$$c"
ip netns del "etp$$d"
SPACES=(a b)
refuses "refused while a nameless namespace has a connection"
kill $server $holder
wait $server $holder 2>/dev/null
# A namespace that went now would leave the other's FIN without an answer for minutes.
until_true 60 grep -qx 0 /sys/module/etp/refcnt
# shellcheck disable=SC2086 # two numbers
kill $stays
# shellcheck disable=SC2086
wait $stays 2>/dev/null
unloads 30
result "unloaded after the namespaces with their TIME_WAITs" $?
same "nothing is left of them" "" "$(traces)"

# Again and again, with a little traffic, and with a namespace made meanwhile.
bad=
for i in $(seq 20); do
	load >"$TMP/out" || bad="load $i: $(cat "$TMP/out")"
	if [ $((i % 5)) = 0 ]; then
		space "n$i"
		go_in "n$i" "$XFER" serve 127.0.0.1 7304 &
		server=$!
		until_true 20 listening "n$i" 7304
		[ "$(in_space "n$i" "$XFER" try 127.0.0.1 7304)" = ok ] || bad="traffic $i"
		kill $server
		wait $server 2>/dev/null
	fi
	unloads 30 || bad="unload $i"
	[ -z "$(traces)" ] || bad="traces $i: $(traces)"
	[ -z "$bad" ] || break
done
same "twenty times loaded and unloaded" "" "$bad"

# Loading it twice, or with a family that is no family.
load
same "a second time is refused" 1 "$(insmod "$ETP_KO" 2>&1 | grep -c 'File exists')"
unload
for family in 2 46 -1 nonsense; do
	out=$(insmod "$ETP_KO" "family=$family" 2>&1)
	result "family=$family is refused" "$(! loaded; echo $?)" "$out"
	loaded && unload
	same "family=$family leaves nothing" "" "$(traces)"
done
if insmod "$ETP_KO" family=27 2>/dev/null; then
	check "another family will do" python3 -c 'import socket; socket.socket(27, 1, 0)'
	unload
else
	result "another family will do" 1 "$(dmesg | tail -n 3)"
fi

# As it was found.
check "loads for who comes after" load
finish
