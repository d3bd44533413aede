# shellcheck shell=bash
# What scripts in the guest share: two namespaces joined by a veth pair, counters for both protocols, servers that are
# waited for and ended. To be sourced. Everything it starts and makes is gone after lab_down.

LAB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_TOOLS=${LAB_TOOLS:-$LAB_TOP/build/tools}
LAB_DIR=$(mktemp -d /tmp/etp-lab.XXXXXX)

# The ends: namespaces lab-a and lab-b, an interface called veth in each.
LAB_A4=10.253.0.1 LAB_A6=fd53::1
LAB_B4=10.253.0.2 LAB_B6=fd53::2
LAB_RESULTS=$LAB_DIR/results.tsv
LAB_SERVERS=()
OVER=()
# What comes before a command that might hang. In virtual time nothing may: while the guest waits for a file from outside and has
# no other timer, its clock leaps to the end of this one. There the limit is the VM's.
LAB_LIMIT=(timeout 120)
# What comes before a client and before a server: lab_pin puts each on a CPU of its own, if there are two. Where the scheduler
# happens to put them makes more of a difference than any protocol.
LAB_CLIENT=() LAB_SERVER=()
lab_pin() {
	[ "$(nproc)" = 1 ] || LAB_CLIENT=(taskset -c 0) LAB_SERVER=(taskset -c 1)
}

# in_ns a|b COMMAND...
in_ns() {
	local ns=lab-$1
	shift
	ip netns exec "$ns" "$@"
}

# over etp|tcp [OPTION...]: sets OVER to what comes before a command so that its stream sockets are of that protocol.
# To try a script where there is no module, ETP_STAND_IN=1 lets TCP stand in for ETP.
over() {
	OVER=()
	if [ "$1" = etp ] && [ -z "${ETP_STAND_IN:-}" ]; then
		OVER=("$LAB_TOOLS/etp" run "${@:2}")
	fi
}

# What lab_count counts. The counters stand at the input hook, so each packet counts once, where it arrives; that holds for lo and for veth.
# lab_counters on|off
lab_counters() {
	local ns
	for ns in a b; do
		in_ns $ns nft delete table inet lab 2>/dev/null || true
		[ "$1" = off ] || in_ns $ns nft -f - <<-'RULES'
			table inet lab {
				counter seen_etp { }
				counter seen_tcp { }
				chain input {
					type filter hook input priority 0;
					meta l4proto 253 counter name seen_etp
					meta l4proto tcp counter name seen_tcp
				}
			}
		RULES
	done
}

lab_up() {
	local ns
	for ns in a b; do
		ip netns add lab-$ns
		in_ns $ns ip link set lo up
	done
	ip link add veth netns lab-a type veth peer name veth netns lab-b
	# no duplicate address detection: the addresses are there at once
	in_ns a ip addr add $LAB_A4/24 dev veth
	in_ns a ip addr add $LAB_A6/64 dev veth nodad
	in_ns b ip addr add $LAB_B4/24 dev veth
	in_ns b ip addr add $LAB_B6/64 dev veth nodad
	for ns in a b; do
		in_ns $ns ip link set veth up
		in_ns $ns bash -c "echo reno >/proc/sys/net/ipv4/tcp_congestion_control"
	done
	lab_counters on
}

lab_down() {
	local ns
	stop_servers
	for ns in a b; do
		ip netns del lab-$ns 2>/dev/null || true
	done
	rm -rf "$LAB_DIR"
}

# lab_count etp|tcp: packets since the last time it was asked, in both namespaces together
lab_count() {
	local ns n sum=0
	for ns in a b; do
		n=$(in_ns $ns nft reset counter inet lab "seen_$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p')
		sum=$((sum + n))
	done
	echo $sum
}

# wait_for SECONDS COMMAND...: until the command succeeds. Naps are counted, as in virtual time the clock may leap.
wait_for() {
	local naps=$(($1 * 20))
	shift
	until "$@"; do
		[ $((naps--)) -gt 0 ] || { echo "no success within the time limit: $*" >&2; return 1; }
		sleep 0.05
	done
}

# start_server a|b LOG READY COMMAND...: in the background, until its log matches READY; its pid is in LAB_PID
start_server() {
	local ns=$1 log=$2 ready=$3
	shift 3
	: >"$log"
	ip netns exec "lab-$ns" "${LAB_SERVER[@]}" "$@" >>"$log" 2>&1 &
	LAB_PID=$!
	LAB_SERVERS+=("$LAB_PID")
	wait_for 60 ready_or_ended "$log" "$ready" "$LAB_PID" || true
	grep -q -- "$ready" "$log" && return
	echo "the server did not start: $*" >&2
	cat "$log" >&2
	return 1
}

ended() { ! kill -0 "$1" 2>/dev/null; }
ready_or_ended() { grep -q -- "$2" "$1" || ended "$3"; }

stop_server() {
	kill "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

stop_servers() {
	local pid
	for pid in "${LAB_SERVERS[@]}"; do
		stop_server "$pid"
	done
	LAB_SERVERS=()
}

# Reads programs and the libraries they load once, so that no timed part waits for the disk behind the guest.
warm_files() {
	local file
	for file in "$@"; do
		file=$(command -v "$file") || continue
		cat "$file" >/dev/null
		ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | sort -u | xargs -r cat >/dev/null
	done
}

# iperf_rate etp|tcp a|b ADDRESS ARGUMENT...: megabits a second that arrived. The client is in namespace a, the server
# in the one that is named.
iperf_rate() {
	local protocol=$1 ns=$2 address=$3 log=$LAB_DIR/iperf-server out=$LAB_DIR/iperf-client rc=0
	shift 3
	over "$protocol"
	start_server "$ns" "$log" "Server listening" "${OVER[@]}" iperf3 -s -1 --forceflush || return
	in_ns a "${LAB_CLIENT[@]}" "${LAB_LIMIT[@]}" "${OVER[@]}" iperf3 -c "$address" -f m "$@" >"$out" 2>&1 || rc=$?
	if [ $rc != 0 ]; then
		echo "iperf3 -c over $protocol ended with status $rc:" >&2
		cat "$out" "$log" >&2
		stop_server "$LAB_PID"
		return 1
	fi
	wait_for 10 ended "$LAB_PID" || stop_server "$LAB_PID"
	awk '$NF == "receiver" { for (i = 2; i < NF; i++) if ($i == "Mbits/sec") { print $(i - 1); n++ } } END { exit !n }' "$out"
}

# the middle one of an odd number of figures
median() {
	printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"
}

# start_nginx etp|tcp PORT [OPTION of `etp run`...]: in namespace b, serving the files in $LAB_DIR/www
start_nginx() {
	lab_nginx_config "$1" "$2"
	over "$1" "${@:3}"
	start_server b "$LAB_DIR/nginx-$1.log" "event method" "${OVER[@]}" nginx -e stderr -p "$LAB_DIR" -c "$LAB_DIR/nginx.conf"
}

lab_nginx_config() {
	mkdir -p "$LAB_DIR/www"
	cat >"$LAB_DIR/nginx.conf" <<-END
		daemon off;
		master_process off;
		error_log stderr notice;
		pid $LAB_DIR/nginx-$1.pid;
		events { }
		http {
			access_log off;
			sendfile on;
			keepalive_timeout 0;
			server {
				listen $LAB_B4:$2;
				listen [$LAB_B6]:$2;
				root $LAB_DIR/www;
			}
		}
	END
}

# Which protocol arrived is the kernel's word, not the program's: prove etp|tcp PACKETS-OF-ETP PACKETS-OF-TCP
prove() {
	local etp=$2 tcp=$3
	[ -z "${ETP_STAND_IN:-}" ] || return 0
	[ "$1" = etp ] || { etp=$3 tcp=$2; }
	if [ "$etp" = 0 ] || [ "$tcp" != 0 ]; then
		echo "packets seen during a run over $1: $2 of protocol 253, $3 of TCP" >&2
		return 1
	fi
}

# compare NAME UNIT ROUNDS FUNCTION ARGUMENT...: calls FUNCTION etp|tcp ARGUMENT..., which prints a figure, in turn, ROUNDS times
# for each protocol. Writes a line to $LAB_RESULTS: name, unit, the median of ETP, that of TCP, then how many packets of ETP and
# of TCP arrived in the runs over ETP, and in those over TCP. A function may print several figures, with blanks between; then NAME
# and UNIT have as many parts, with a | between, and each figure gets a line.
#
# Before these, one run each is thrown away: it warms what there is to warm. With LAB_COUNT=first only that run is counted,
# for a counter's instructions are the same for both protocols and would hide a part of the difference.
LAB_COUNT=${LAB_COUNT:-all}
compare() {
	local names units rounds=$3 function=$4 round protocol value figures n
	IFS='|' read -ra names <<<"$1"
	IFS='|' read -ra units <<<"$2"
	local -A values=() etp=([etp]=0 [tcp]=0) tcp=([etp]=0 [tcp]=0)
	local unit=$2
	shift 4
	lab_counters on
	for protocol in etp tcp; do
		"$function" "$protocol" "$@" >/dev/null
		count_and_prove
	done
	if [ "$LAB_COUNT" = first ]; then
		lab_counters off
	else
		etp=([etp]=0 [tcp]=0) tcp=([etp]=0 [tcp]=0)
	fi
	for ((round = 0; round < rounds; round++)); do
		for protocol in etp tcp; do
			value=$("$function" "$protocol" "$@")
			read -ra figures <<<"$value"
			for n in "${!names[@]}"; do
				values[$protocol$n]+=" ${figures[n]}"
			done
			[ "$LAB_COUNT" = first ] || count_and_prove
			printf '        %s  %10s %s\n' "$protocol" "$value" "$unit"
		done
	done
	for n in "${!names[@]}"; do
		# shellcheck disable=SC2086 # each is a list of figures
		printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "${names[n]}" "${units[n]}" "$(median ${values[etp$n]})" \
			"$(median ${values[tcp$n]})" "${etp[etp]}" "${tcp[etp]}" "${etp[tcp]}" "${tcp[tcp]}" >>"$LAB_RESULTS"
	done
}

# lab_peek: what the counters say, which go on
lab_peek() {
	local ns
	for ns in a b; do
		in_ns $ns nft list counters table inet lab
	done
}

# Did nothing arrive for a while? A connection whose program has ended may still have something to repeat.
lab_still() {
	local before
	before=$(lab_peek)
	sleep 0.3
	[ "$before" = "$(lab_peek)" ]
}

# the inside of compare's loops, with its variables
count_and_prove() {
	local e t
	wait_for 10 lab_still
	e=$(lab_count etp) t=$(lab_count tcp)
	prove "$protocol" "$e" "$t"
	etp[$protocol]=$((etp[$protocol] + e))
	tcp[$protocol]=$((tcp[$protocol] + t))
}
