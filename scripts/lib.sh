# shellcheck shell=bash
# What the lab's shell scripts share: where things are, how to speak, how to lock. To be sourced.

ETP_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ETP_CACHE=${ETP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/etp}
export ETP_TOP ETP_CACHE

# Progress goes to stderr: stdout is for the answer that a script was asked for.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# no script ends without a word
trap 'say "stopped at line $LINENO with status $?"' ERR

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"
	elif command -v sudo >/dev/null; then sudo "$@"
	else die "this needs root, and there is no sudo: $*"
	fi
}

# phase TEXT LOG COMMAND...: run the command with its output in LOG, and show that it goes on: on a terminal a line that
# counts, otherwise one line at the start and one at the end. PHASE_TOTAL, if set, is how many lines make a whole.
phase() {
	local text=$1 log=$2 from=$SECONDS pid rc=0 n
	shift 2
	"$@" >"$log" 2>&1 &
	pid=$!
	# what runs in the background does not hear of an interruption by itself
	trap 'kill $pid 2>/dev/null; exit 130' INT TERM
	if [ -t 2 ]; then
		while kill -0 "$pid" 2>/dev/null; do
			n=$(grep -c . "$log" || true)
			printf '\r\033[K%s: %s  %ds%s' "${0##*/}" "$text" $((SECONDS - from)) \
				"${PHASE_TOTAL:+  $n of about $PHASE_TOTAL}" >&2
			sleep 1
		done
		printf '\r\033[K' >&2
	else
		say "$text ..."
	fi
	wait "$pid" || rc=$?
	trap - INT TERM
	if [ "$rc" != 0 ]; then
		tail -n 30 "$log" >&2
		die "$text: failed after $((SECONDS - from)) s (all of it: $log)"
	fi
	say "$text: $((SECONDS - from)) s"
}
