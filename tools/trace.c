// SPDX-License-Identifier: GPL-2.0
/*
 * etp trace: records the tracepoints of a program's ETP connections as a table.
 *
 * Most of what happens to a connection happens when a packet comes or a timer
 * fires, in nobody's process.  So there are two recordings, each a tracefs
 * instance of its own that disturbs no other user of tracing: one has the events
 * of all connections, the other what the program and its children call.  From
 * connect() and listen() in the second it is known whose connections the first
 * is full of.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace.h"

#define BUFFER_KB	"4096"		/* for each CPU */
#define LOOK_MS		20		/* how often it is emptied */
#define LINGER_MS	200		/* the other ends' last words */
#define NO_THRESHOLD	0x7fffffffU	/* the kernel's ssthresh before any loss */

static const char header[] =
"time,connection,event,cwnd,ssthresh,flight,srtt,una,nxt,wnd,state,cause,recovery,seq,len,rtt\n";

/* An end of a connection as the tracepoints print it, "[address]:port" */
#define END_MAX		64
#define END_FORMAT	"%63s"

/* A connection, or a listener, whose remote port is 0 */
struct owned {
	char local[END_MAX];
	char remote[END_MAX];
	struct owned *next;
};

struct recording {
	char flows[PATH_MAX];		/* tracefs instance: events of all connections */
	char calls[PATH_MAX];		/* tracefs instance: the program's own calls */
	int pipe;
	FILE *lines;			/* what was in the first so far */
	unsigned long lost;		/* events the kernel had no room for */
};

/* The program's process, for the handler of signals */
static sig_atomic_t program;

static int complain(const char *fmt, ...)
{
	va_list args;

	fputs("etp: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return -1;
}

/* ---- tracefs ---- */

static int put(const char *dir, const char *name, const char *value)
{
	char path[PATH_MAX + 64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err = complain("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

/* Where tracefs is, with the events of the module. */
static const char *find_tracefs(void)
{
	static const char *const places[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing"
	};
	const char *found = NULL;
	char path[PATH_MAX];
	size_t n;

	if (geteuid()) {
		complain("tracing needs root");
		return NULL;
	}
	for (n = 0; n < sizeof(places) / sizeof(*places); n++) {
		snprintf(path, sizeof(path), "%s/events", places[n]);
		if (access(path, F_OK))
			continue;
		found = places[n];
		snprintf(path, sizeof(path), "%s/events/etp/etp_send", places[n]);
		if (!access(path, F_OK))
			return found;
	}
	if (found)
		complain("%s/events/etp: not those of this version", found);
	else
		complain("%s is not mounted, or this kernel has no tracing", places[0]);
	return NULL;
}

static int make_instance(char path[PATH_MAX], const char *tracefs, const char *name)
{
	snprintf(path, PATH_MAX, "%s/instances/etp-%d-%s", tracefs, (int)getpid(), name);
	if (mkdir(path, 0700)) {
		complain("%s: %s", path, strerror(errno));
		*path = '\0';
		return -1;
	}
	return put(path, "trace_clock", "mono");
}

static int recording_open(struct recording *rec)
{
	const char *tracefs = find_tracefs();
	char path[PATH_MAX + 64];

	rec->pipe = -1;
	if (!tracefs || make_instance(rec->flows, tracefs, "flows") ||
	    make_instance(rec->calls, tracefs, "calls") ||
	    put(rec->flows, "buffer_size_kb", BUFFER_KB) ||
	    put(rec->calls, "options/event-fork", "1"))
		return -1;
	snprintf(path, sizeof(path), "%s/trace_pipe", rec->flows);
	rec->pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (rec->pipe < 0)
		return complain("%s: %s", path, strerror(errno));
	rec->lines = tmpfile();
	if (!rec->lines)
		return complain("no temporary file: %s", strerror(errno));
	return 0;
}

/* From now on, for the process @pid and those it will fork. */
static int recording_start(struct recording *rec, pid_t pid)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return put(rec->calls, "set_event_pid", text) ||
	       put(rec->calls, "events/etp/etp_set_state/enable", "1") ||
	       put(rec->flows, "events/etp/enable", "1") ? -1 : 0;
}

/* Takes out what the kernel has noted, so that it has room for more. */
static void recording_drain(struct recording *rec)
{
	char text[65536];
	ssize_t len;

	while ((len = read(rec->pipe, text, sizeof(text))) > 0)
		fwrite(text, 1, len, rec->lines);
}

static void recording_close(struct recording *rec)
{
	if (rec->pipe >= 0)
		close(rec->pipe);
	if (rec->lines)
		fclose(rec->lines);
	if (*rec->flows)
		rmdir(rec->flows);
	if (*rec->calls)
		rmdir(rec->calls);
}

/* ---- whose connections ---- */

/* Where an event begins in a line: after the time, which @time becomes. */
static const char *event_of(const char *line, double *time)
{
	const char *at = strstr(line, ": etp_");
	const char *from = at;

	if (!at)
		return NULL;
	while (from > line && from[-1] != ' ')
		from--;
	*time = strtod(from, NULL);
	return at + 2;
}

static struct owned *read_calls(const struct recording *rec)
{
	struct owned *all = NULL, *one;
	char path[PATH_MAX + 64], *line = NULL;
	const char *event;
	size_t size = 0;
	double time;
	FILE *calls;

	snprintf(path, sizeof(path), "%s/trace", rec->calls);
	calls = fopen(path, "re");
	while (calls && getline(&line, &size, calls) > 0) {
		event = event_of(line, &time);
		if (!event || (!strstr(event, " on active open") &&
			       !strstr(event, " on passive open")))
			continue;
		one = calloc(1, sizeof(*one));
		if (!one)
			break;
		if (sscanf(event, "%*s %*s " END_FORMAT " " END_FORMAT, one->local,
			   one->remote) == 2) {
			one->next = all;
			all = one;
		} else {
			free(one);
		}
	}
	free(line);
	if (calls)
		fclose(calls);
	return all;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && !strcmp(text + len - tail, end);
}

/* A listener owns what came to its port, at its address if it has one. */
static bool is_owned(const struct owned *all, const char *local, const char *remote)
{
	for (; all; all = all->next) {
		const char *port = strrchr(all->local, ':');
		bool any = !strncmp(all->local, "[::]", 4) || strstr(all->local, "0.0.0.0]");

		if (!ends_with(all->remote, "]:0")) {
			if (!strcmp(all->local, local) && !strcmp(all->remote, remote))
				return true;
		} else if (any ? ends_with(local, port) : !strcmp(all->local, local)) {
			return true;
		}
	}
	return false;
}

/* ---- the table ---- */

/* As one writes it: an IPv4 address does not look like one of IPv6. */
static const char *plain(const char *end, char buf[END_MAX])
{
	const char *close = strchr(end, ']');

	if (strncmp(end, "[::ffff:", 8) || !close || !strchr(end, '.'))
		return end;
	snprintf(buf, END_MAX, "%.*s%s", (int)(close - end - 8), end + 8, close + 1);
	return buf;
}

struct row {
	double time;
	char name[32];
	char local[END_MAX];
	char remote[END_MAX];
};

static void write_row(FILE *out, const struct row *row)
{
	char local[END_MAX], remote[END_MAX];

	fprintf(out, "%.6f,%s-%s,%s", row->time, plain(row->local, local),
		plain(row->remote, remote), row->name);
}

/* A change of state has no windows. */
static void write_state(FILE *out, const struct row *row, const char *rest)
{
	char state[32];
	int at = 0;

	if (sscanf(rest, "%*s -> %31s on %n", state, &at) != 1 || !at)
		return;
	write_row(out, row);
	fprintf(out, ",,,,,,,,%s,%.*s,,,,\n", state, (int)strcspn(rest + at, "\n"), rest + at);
}

static void write_flow(FILE *out, const struct row *row, const char *rest)
{
	uint32_t cwnd, ssthresh, flight, srtt, iss, una, nxt, wnd, seq, len, rtt;
	char state[32], recovery[32], cause[32] = "";
	int at = 0;

	if (sscanf(rest, "%31s %31s cwnd=%" SCNu32 " ssthresh=%" SCNu32 " flight=%" SCNu32
		   " srtt=%" SCNu32 " iss=%" SCNu32 " una=%" SCNu32 " nxt=%" SCNu32
		   " wnd=%" SCNu32 "%n", state, recovery, &cwnd, &ssthresh, &flight, &srtt, &iss,
		   &una, &nxt, &wnd, &at) != 10)
		return;
	rest += at;
	write_row(out, row);
	fprintf(out, ",%" PRIu32 ",", cwnd);
	if (ssthresh < NO_THRESHOLD)
		fprintf(out, "%" PRIu32, ssthresh);
	fprintf(out, ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%s", flight,
		srtt, una - iss, nxt - iss, wnd, state);
	if (sscanf(rest, " seq=%" SCNu32 " len=%" SCNu32 " cause=%31s", &seq, &len, cause) == 3)
		fprintf(out, ",%s,%s,%" PRIu32 ",%" PRIu32 ",\n",
			strcmp(cause, "none") ? cause : "", recovery, seq - iss, len);
	else if (sscanf(rest, " rtt=%" SCNu32, &rtt) == 1)
		fprintf(out, ",,%s,,,%" PRIu32 "\n", recovery, rtt);
	else
		fprintf(out, ",,%s,,,\n", recovery);
}

/* One line of the recording: a row of the table, or nothing. */
static void translate(FILE *out, struct recording *rec, const char *line, const struct owned *own,
		      double *zero)
{
	const char *event, *lost = strstr(line, "[LOST ");
	struct row row;
	int at = 0;

	if (lost && !strncmp(line, "CPU:", 4))
		rec->lost += strtoul(lost + 6, NULL, 10);
	event = event_of(line, &row.time);
	if (!event || sscanf(event, "etp_%31[a-z_]: %*s " END_FORMAT " " END_FORMAT " %n", row.name,
			     row.local, row.remote, &at) != 3 || *row.local != '[')
		return;
	if (own && !is_owned(own, row.local, row.remote))
		return;
	if (*zero < 0)
		*zero = row.time;
	row.time -= *zero;
	if (!strcmp(row.name, "set_state")) {
		strcpy(row.name, "state");
		write_state(out, &row, event + at);
	} else {
		write_flow(out, &row, event + at);
	}
}

static int write_table(struct recording *rec, const struct trace_options *opt)
{
	static const struct owned nobody = { .local = "none", .remote = "none" };
	struct owned *own = opt->all ? NULL : read_calls(rec), *next;
	FILE *out = fopen(opt->file, "we");
	char *line = NULL;
	double zero = -1;
	size_t size = 0;
	int err = 0;

	if (out) {
		fputs(header, out);
		rewind(rec->lines);
		while (getline(&line, &size, rec->lines) > 0)
			translate(out, rec, line, opt->all ? NULL : own ?: &nobody, &zero);
		free(line);
	}
	if (!out || ferror(out) || fclose(out))
		err = complain("%s: %s", opt->file, strerror(errno));
	if (rec->lost)
		complain("warning: %lu events were lost; the table has gaps", rec->lost);
	for (; own; own = next) {
		next = own->next;
		free(own);
	}
	return err;
}

/* ---- the program ---- */

static void pass_on(int sig)
{
	if (program > 0)
		kill(program, sig);
}

static pid_t fork_program(int *go, void (*start)(void *arg), void *arg)
{
	int ends[2];
	pid_t pid;
	char c;

	if (pipe2(ends, O_CLOEXEC))
		return complain("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return complain("fork: %s", strerror(errno));
	if (!pid) {
		close(ends[1]);
		/* not before the recording goes on; never, if it does not */
		if (read(ends[0], &c, 1) == 1)
			start(arg);
		_exit(1);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

static void doze(long ms)
{
	struct timespec t = { .tv_nsec = ms * 1000000 };

	nanosleep(&t, NULL);
}

/* Empties the recording until the program has ended, and some time longer. */
static int wait_for(pid_t pid, struct recording *rec)
{
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		recording_drain(rec);
		doze(LOOK_MS);
	}
	doze(LINGER_MS);
	put(rec->flows, "tracing_on", "0");
	recording_drain(rec);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int trace_program(const struct trace_options *opt, void (*start)(void *arg), void *arg)
{
	struct recording rec = {};
	int status = -1, go = -1;
	pid_t pid;

	if (access(opt->file, W_OK) && errno != ENOENT)
		return complain("%s: %s", opt->file, strerror(errno));
	if (recording_open(&rec))
		goto out;
	pid = fork_program(&go, start, arg);
	if (pid < 0)
		goto out;
	program = pid;
	/* an interruption is the program's business; what was recorded is kept */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTERM, pass_on);
	signal(SIGHUP, pass_on);
	if (recording_start(&rec, pid) || write(go, "", 1) != 1) {
		close(go);
		waitpid(pid, NULL, 0);
		goto out;
	}
	close(go);
	status = wait_for(pid, &rec);
	if (write_table(&rec, opt))
		status = -1;
out:
	recording_close(&rec);
	return status;
}
