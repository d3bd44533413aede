// SPDX-License-Identifier: GPL-2.0
/*
 * Runs scripts of system calls over kernel TCP and over ETP, and compares what
 * came of every call.
 *
 *	compare [-a] [-s] [-v] [-e EXPECTED] [SCRIPT...]
 *
 * A script runs over IPv4, IPv6 and IPv4-mapped addresses, each time on both
 * protocols at once, and beside a few other scripts, as most of them wait most of
 * the time.  Every line that differs is a failure, unless EXPECTED lists it, see
 * compare_list.c.  When all scripts run, a line of EXPECTED that nothing needed is
 * a failure, too.  A script with a difference runs again in the end, alone, because
 * a slow machine may have been late, and what is by chance differs now and then
 * between two runs of TCP, too; what differs each time is told, with -a to the last
 * line; -v tells all.  With -s both runs are over TCP: what differs then is by chance.
 * Speaks TAP.
 */
#include <arpa/inet.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "compare.h"
#include "compare_list.h"

#define PATIENCE	120	/* seconds for a script */
#define BESIDE		3	/* scripts that run at a time */
#define AGAIN		3	/* times that one with a difference may run again */

static FILE *record;
static int most = 40;	/* differences of a script that are told */
static bool verbose;

/* ---- What a script writes ---- */

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(record, fmt, ap);
	va_end(ap);
	fputc('\n', record);
}

long show(long ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(record, fmt, ap);
	va_end(ap);
	if (ret < 0 && strerrorname_np(-ret))
		fprintf(record, " = %s\n", strerrorname_np(-ret));
	else
		fprintf(record, " = %ld\n", ret);
	return ret;
}

void show_bytes(const char *what, const void *buf, ssize_t n)
{
	const unsigned char *p = buf;

	if (n < 0) {
		show(n, "%s", what);
		return;
	}
	fprintf(record, "%s = %zd:", what, n);
	for (; n > 0; n--, p++)
		fprintf(record, *p > ' ' && *p < 127 ? "%c" : "\\%02x", *p);
	fputc('\n', record);
}

const char *mask_name(unsigned int mask)
{
	static const struct { unsigned int bit; const char *name; } bits[] = {
		{ POLLIN, "IN" }, { POLLPRI, "PRI" }, { POLLOUT, "OUT" },
		{ POLLERR, "ERR" }, { POLLHUP, "HUP" }, { POLLNVAL, "NVAL" },
		{ POLLRDNORM, "RDNORM" }, { POLLRDBAND, "RDBAND" },
		{ POLLWRNORM, "WRNORM" }, { POLLWRBAND, "WRBAND" },
		{ POLLMSG, "MSG" }, { POLLRDHUP, "RDHUP" },
	};
	static char text[128];
	char *end = text;

	*end = 0;
	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		if (mask & bits[i].bit)
			end += sprintf(end, "%s%s", end == text ? "" : "|",
				       bits[i].name);
	return *text ? text : "nothing";
}

/* Looks until nothing has changed for a while. */
void show_mask(const char *what, int fd)
{
	int mask = -1, calm = 0;

	for (int i = 0; i < 200 && calm < 4; i++) {
		int now = revents(fd, 0x27df, 0);

		calm = now == mask ? calm + 1 : 0;
		mask = now;
		usleep(4000);
	}
	say("%s: poll = %s", what, mask_name(mask));
}

static uint16_t seen_ports[64];
static unsigned int n_seen_ports;

/* A port's name says which it is of those shown since make(). */
static int port_name(uint16_t port)
{
	if (!port)
		return 0;
	for (unsigned int i = 0; i < n_seen_ports; i++)
		if (seen_ports[i] == port)
			return i + 1;
	if (n_seen_ports < ARRAY_SIZE(seen_ports))
		seen_ports[n_seen_ports++] = port;
	return n_seen_ports;
}

void show_addr(const char *what, const union addr *addr, socklen_t len)
{
	char text[64] = "";

	fprintf(record, "%s = %d", what, (int)len);
	if (len >= sizeof(addr->sa.sa_family) + 2) {
		if (addr->sa.sa_family == AF_INET6)
			snprintf(text, sizeof(text),
				 "%08x:%08x:%08x:%08x scope %d flow %x",
				 ntohl(addr->in6.sin6_addr.s6_addr32[0]),
				 ntohl(addr->in6.sin6_addr.s6_addr32[1]),
				 ntohl(addr->in6.sin6_addr.s6_addr32[2]),
				 ntohl(addr->in6.sin6_addr.s6_addr32[3]),
				 addr->in6.sin6_scope_id,
				 ntohl(addr->in6.sin6_flowinfo));
		else
			snprintf(text, sizeof(text), "%08x",
				 ntohl(addr->in.sin_addr.s_addr));
		fprintf(record, " family %d %s port %d", addr->sa.sa_family, text,
			port_name(addr_port(addr)));
	}
	fputc('\n', record);
}

void show_names(int fd)
{
	union addr addr = { };
	socklen_t len = sizeof(addr);

	if (getsockname(fd, &addr.sa, &len))
		show(-errno, "getsockname");
	else
		show_addr("getsockname", &addr, len);
	memset(&addr, 0, sizeof(addr));
	len = sizeof(addr);
	if (getpeername(fd, &addr.sa, &len))
		show(-errno, "getpeername");
	else
		show_addr("getpeername", &addr, len);
}

void show_error(int fd)
{
	show(-sock_error(fd), "SO_ERROR");
}

void show_control(struct msghdr *msg)
{
	struct cmsghdr *c;

	say("msg_flags = %x", msg->msg_flags);
	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		say("control message of level %d = %d, %zu bytes", c->cmsg_level,
		    c->cmsg_type, c->cmsg_len - CMSG_LEN(0));
}

/* Of a list of addresses the one for a way: IPv4, IPv6, mapped. */
const char *address_of(const struct way *way, const char *const list[3])
{
	if (way->af == AF_INET)
		return list[0];
	return list[way == &way_mapped ? 2 : 1];
}

/* ---- Sockets in a given state ---- */

const char *const where_name[WHERES] = {
	[FRESH] = "fresh", [BOUND] = "bound", [LISTENING] = "listening",
	[CONNECTING] = "connecting", [REFUSED] = "refused",
	[ESTABLISHED] = "established", [UNREAD] = "unread data",
	[PEER_CLOSED] = "peer has closed", [NO_WRITE] = "shut for writing",
	[NO_READ] = "shut for reading", [BOTH_CLOSED] = "both shut",
	[RESET] = "reset", [DISCONNECTED] = "disconnected",
};

/* Routed to lo, where nobody has the address: segments vanish. */
const char *nowhere(const struct way *way)
{
	static const char *const list[] = { "10.9.0.2", "fd09::2", "::ffff:10.9.0.2" };

	return address_of(way, list);
}

void pair(const struct way *way, int fd[2])
{
	int err = way_pair(way, fd);

	if (err) {
		show(err, "a connection");
		exit(0);
	}
}

static void reset_peer(int peer)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(peer);
}

static bool readable(int fd)
{
	return revents(fd, POLLIN, SOON) & POLLIN;
}

/* All that was sent has been acknowledged. */
bool acked(int fd)
{
	int out = 1;

	ioctl(fd, SIOCOUTQ, &out);
	return !out;
}

/* A socket in that state; *peer is the other end, or -1. */
int make(const struct way *way, enum where where, int *peer)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	union addr addr;
	int fd[2] = { -1, -1 };
	socklen_t len;

	n_seen_ports = 0;
	*peer = -1;
	switch (where) {
	case FRESH:
		return way_socket(way, 0);
	case BOUND:
		return way_bind(way, &addr);
	case LISTENING:
		return way_listen(way, 8, &addr);
	case CONNECTING:
		len = way_addr(way, nowhere(way), 99, &addr);
		fd[0] = way_socket(way, SOCK_NONBLOCK);
		connect(fd[0], &addr.sa, len);
		return fd[0];
	case REFUSED:
		len = way_addr(way, way->loopback, 1, &addr);
		fd[0] = way_socket(way, SOCK_NONBLOCK);
		connect(fd[0], &addr.sa, len);
		revents(fd[0], POLLOUT, SOON);
		return fd[0];
	default:
		pair(way, fd);
	}

	*peer = fd[1];
	switch (where) {
	case UNREAD:
		send(*peer, "unread", 6, 0);
		readable(fd[0]);
		break;
	case PEER_CLOSED:
		shutdown(*peer, SHUT_WR);
		readable(fd[0]);
		break;
	case NO_WRITE:
		shutdown(fd[0], SHUT_WR);
		WITHIN(SOON, acked(fd[0]));
		break;
	case NO_READ:
		shutdown(fd[0], SHUT_RD);
		break;
	case BOTH_CLOSED:
		shutdown(*peer, SHUT_WR);
		readable(fd[0]);
		shutdown(fd[0], SHUT_WR);
		readable(*peer);
		break;
	case RESET:
		reset_peer(*peer);
		*peer = -1;
		readable(fd[0]);
		break;
	case DISCONNECTED:
		connect(fd[0], &none, sizeof(none));
		break;
	default:
		break;
	}
	return fd[0];
}

int shut(int fd, int peer)
{
	if (peer >= 0)
		close(peer);
	return close(fd);
}

/* ---- Running a script on both protocols ---- */

extern const struct script __start_scripts[], __stop_scripts[];

static const struct way *const ways[] = { &way_ipv4, &way_ipv6, &way_mapped };
static const char *protos[] = { "tcp", "etp" };

enum { TCP, ETP, PROTOS };

struct run {
	pid_t pid;
	int fd;		/* of the file with the record */
	char *text;
};

/* By ioctl() and not by ip: starting a program takes an emulated machine a second. */
static void set_up_network(void)
{
	struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct rtentry route4 = { .rt_flags = RTF_UP, .rt_dev = up.ifr_name };
	struct in6_rtmsg route6 = { .rtmsg_flags = RTF_UP, .rtmsg_dst_len = 64,
				    .rtmsg_ifindex = 1, .rtmsg_metric = 1024 };
	struct sockaddr_in *dst = (void *)&route4.rt_dst;
	struct sockaddr_in *mask = (void *)&route4.rt_genmask;
	int four = socket(AF_INET, SOCK_DGRAM, 0), six = socket(AF_INET6, SOCK_DGRAM, 0);

	dst->sin_family = AF_INET;
	mask->sin_family = AF_INET;
	inet_pton(AF_INET, "10.9.0.0", &dst->sin_addr);
	inet_pton(AF_INET, "255.255.255.0", &mask->sin_addr);
	inet_pton(AF_INET6, "fd09::", &route6.rtmsg_dst);
	if (ioctl(four, SIOCSIFFLAGS, &up) || ioctl(four, SIOCADDRT, &route4) ||
	    ioctl(six, SIOCADDRT, &route6)) {
		printf("Bail out! no routes: %s\n", strerror(errno));
		exit(1);
	}
	close(four);
	close(six);
}

/* Has ip carry out its commands, one a line. */
bool ip(const char *commands)
{
	FILE *f = popen("exec ip -batch -", "w");

	if (f)
		fputs(commands, f);
	return f && !pclose(f);
}

/* Writes a file of /proc. */
bool put(const char *path, const char *what)
{
	FILE *f = fopen(path, "w");

	if (f)
		fputs(what, f);
	return f && !fclose(f);
}

/* Saves what was written so far. */
static void dies(int signo)
{
	fflush(record);
	signal(signo, SIG_DFL);
	raise(signo);
}

static void run_child(const struct script *script, const struct way *way, int proto,
		      int fd)
{
	record = fdopen(fd, "w");
	setenv("ETP_TEST_PROTO", protos[proto], 1);
	if (script->own_net) {
		if (unshare(CLONE_NEWNET)) {
			say("no namespace");
			exit(1);
		}
		set_up_network();
	}
	signal(SIGALRM, dies);
	signal(SIGSEGV, dies);
	signal(SIGPIPE, dies);
	alarm(PATIENCE);
	script->run(way);
	fflush(record);
	_exit(0);
}

static void begin(struct run *run, const struct script *script,
		  const struct way *way, int proto)
{
	run->fd = memfd_create("record", MFD_CLOEXEC);
	fflush(NULL);
	run->pid = fork();
	if (!run->pid)
		run_child(script, way, proto, run->fd);
}

static void end(struct run *run)
{
	struct stat st;
	char note[64];
	int status, n;

	waitpid(run->pid, &status, 0);
	if (!WIFEXITED(status)) {
		n = snprintf(note, sizeof(note), "the script was killed by %s\n",
			     sigabbrev_np(WTERMSIG(status)));
		lseek(run->fd, 0, SEEK_END);
		if (write(run->fd, note, n) != n)
			abort();
	}
	fstat(run->fd, &st);
	run->text = calloc(1, st.st_size + 1);
	if (pread(run->fd, run->text, st.st_size, 0) != st.st_size)
		abort();
	close(run->fd);
}

/* ---- Comparing ---- */

struct score {
	int lines, differ, listed;
};

static void total(struct score *sum, const struct score *score)
{
	sum->lines += score->lines;
	sum->differ += score->differ;
	sum->listed += score->listed;
}

static const char *next_line(char **rest)
{
	const char *line = *rest && **rest ? strsep(rest, "\n") : NULL;

	return line ?: "(nothing)";
}

static struct score compare(const char *name, const struct run run[PROTOS], int tell)
{
	char *tcp_text = strdup(run[TCP].text), *etp_text = strdup(run[ETP].text);
	char *t = tcp_text, *e = etp_text;
	struct score score = { };

	while ((t && *t) || (e && *e)) {
		const char *tcp = next_line(&t), *etp = next_line(&e);

		score.lines++;
		if (!strcmp(tcp, etp))
			continue;
		if (is_listed(name, tcp, etp)) {
			score.listed++;
			continue;
		}
		if (++score.differ > tell)
			continue;
		printf("# tcp: %s\n# etp: %s\n", tcp, etp);
	}
	if (!score.lines && ++score.differ <= tell)
		printf("# nothing was recorded\n");
	free(tcp_text);
	free(etp_text);
	return score;
}

/* A script, over all its ways at once. */
struct batch {
	const struct script *script;
	long from;
	bool last;	/* none of the runs of before agreed */
	bool skip[ARRAY_SIZE(ways)];	/* but these did */
	struct run run[ARRAY_SIZE(ways)][PROTOS];
};

static int runs_of(const struct script *script)
{
	return script->once ? 1 : script->native ? 2 : ARRAY_SIZE(ways);
}

static void begin_batch(struct batch *b)
{
	b->from = now_ms();
	for (int i = 0; i < runs_of(b->script); i++)
		for (int p = 0; p < PROTOS && !b->skip[i]; p++)
			begin(&b->run[i][p], b->script, ways[i], p);
}

static void tell(const struct script *script, const struct way *way,
		 const struct run run[PROTOS], const struct score *score)
{
	static int number;

	if (verbose)
		printf("%s\n", run[TCP].text);
	printf("%sok %d - %s%s%s: %d results%s\n", score->differ ? "not " : "",
	       ++number, script->name, script->once ? "" : " ",
	       script->once ? "" : way->name, score->lines,
	       score->listed ? ", some differ as listed" : "");
}

/* Adds up what came of a script; false: some of it has to run once more. */
static bool end_batch(struct batch *b, struct score *sum)
{
	bool over = true;

	for (int i = 0; i < runs_of(b->script); i++)
		for (int p = 0; p < PROTOS && !b->skip[i]; p++)
			end(&b->run[i][p]);
	for (int i = 0; i < runs_of(b->script); i++) {
		struct score score;

		if (b->skip[i])
			continue;
		score = compare(b->script->name, b->run[i], b->last ? most : 0);
		if (score.differ && !b->last) {
			over = false;
			continue;
		}
		tell(b->script, ways[i], b->run[i], &score);
		total(sum, &score);
		b->skip[i] = true;
		free(b->run[i][TCP].text);
		free(b->run[i][ETP].text);
	}
	if (verbose)
		printf("# %s took %ld ms\n", b->script->name, now_ms() - b->from);
	return over;
}

static bool chosen(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!fnmatch(*names, name, 0))
			return true;
	return false;
}

static int run_all(char **names, struct score *sum)
{
	const struct script *next = __start_scripts;
	struct batch *late = NULL, batch[BESIDE];
	unsigned int head = 0, tail = 0;
	int tests = 0, n_late = 0;

	for (;;) {
		while (next < __stop_scripts && head - tail < BESIDE) {
			if (chosen(next->name, names)) {
				batch[head % BESIDE] = (struct batch) { next };
				begin_batch(&batch[head++ % BESIDE]);
				tests += runs_of(next);
			}
			next++;
		}
		if (head == tail)
			break;
		if (!end_batch(&batch[tail % BESIDE], sum)) {
			late = realloc(late, (n_late + 1) * sizeof(*late));
			late[n_late++] = batch[tail % BESIDE];
		}
		tail++;
	}
	for (int i = 0; i < n_late; i++) {
		for (int n = 1; n <= AGAIN; n++) {
			late[i].last = n == AGAIN;
			begin_batch(&late[i]);
			if (end_batch(&late[i], sum))
				break;
		}
	}
	return tests;
}

int main(int argc, char **argv)
{
	struct score sum = { };
	int opt, tests;

	while ((opt = getopt(argc, argv, "asve:")) != -1) {
		if (opt == 'e')
			read_listed(optarg);
		else if (opt == 'a')
			most = INT_MAX;
		else if (opt == 's')
			protos[ETP] = protos[TCP];
		else if (opt == 'v')
			verbose = true;
		else
			return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	set_up_network();
	tests = run_all(argv + optind, &sum);
	if (!argv[optind] && tests) {
		int idle = show_idle_rows();

		printf("%sok %d - the list: %d rows that nothing needs\n",
		       idle ? "not " : "", ++tests, idle);
		sum.differ += idle;
	}
	printf("1..%d\n", tests);
	printf("# %d results compared, %d differ as listed, %d differ\n", sum.lines,
	       sum.listed, sum.differ);
	return sum.differ ? 1 : 0;
}
