// SPDX-License-Identifier: GPL-2.0
/*
 * etp-perf: how many small exchanges a second a stream protocol manages, or how
 * much of a stream arrives.
 *
 *   etp-perf -s [options]                             serve until killed
 *   etp-perf -m rr|crr|stream -c ADDRESS [options]    measure, print one line
 *
 * rr sends one byte and waits for one byte, over one connection.  crr opens a
 * connection for each exchange; the server closes first, as an HTTP server
 * without keep-alive does, so TIME_WAIT is on its side.  There is one exchange
 * at a time: what is measured is the length of the way, not how many walk it.
 *
 * stream sends as much as it can for some time, and then knows from the kernel
 * how much of it was acknowledged and how much was sent twice.  Its server is
 * one of its own (-s -m stream), which takes any number of connections.
 *
 * Programs for this exist, but they choose their protocol themselves; here it
 * is a number (-P), so that both candidates run the same instructions.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/etp.h>

struct options {
	bool serve;
	bool connect_each;		/* crr */
	bool stream;
	const char *address;
	int port;
	int protocol;
	long count;
	long seconds;			/* 0: no limit */
	long warmup;
};

static const char usage_text[] =
"Usage: etp-perf -s [-m stream] [-P PROTOCOL] [-p PORT] [-c ADDRESS]\n"
"       etp-perf -m rr|crr -c ADDRESS [-P PROTOCOL] [-p PORT] [-n COUNT] [-t SECONDS]\n"
"                [-w WARMUP]\n"
"       etp-perf -m stream -c ADDRESS [-P PROTOCOL] [-p PORT] [-t SECONDS]\n"
"                [-w SECONDS]\n"
"\n"
"  -s           serve; ADDRESS is the one to listen at, by default any\n"
"  -m rr        one byte there, one byte back, over one connection\n"
"  -m crr       the same with a connection for each\n"
"  -m stream    as much as possible, for 10 seconds unless -t tells otherwise\n"
"  -P PROTOCOL  etp (the default), tcp, or a number\n"
"  -p PORT      5301 by default\n"
"  -n COUNT     exchanges that are timed, 10000 by default\n"
"  -t SECONDS   stop earlier, after this time\n"
"  -w WARMUP    exchanges before them that are not, 100 by default; of a stream:\n"
"               seconds, none by default\n"
"\n"
"The line of a measurement: mode, exchanges, seconds, exchanges per second, and\n"
"the median and the 99th percentile of one exchange in microseconds.\n"
"Of a stream: mode, bytes acknowledged, seconds, megabits acknowledged per second,\n"
"segments sent again, size of a segment.\n";

static void __attribute__((noreturn)) usage(int status)
{
	fputs(usage_text, status ? stderr : stdout);
	exit(status);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Returns the length of what it stored. */
static socklen_t make_address(const struct options *opt,
			      struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, opt->address, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(opt->port);
		return sizeof(*sin);
	}
	if (inet_pton(AF_INET6, opt->address, &sin6->sin6_addr) == 1) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(opt->port);
		return sizeof(*sin6);
	}
	errx(2, "%s: neither an IPv4 nor an IPv6 address", opt->address);
}

static int new_socket(const struct options *opt, int family)
{
	int fd = socket(family, SOCK_STREAM, opt->protocol);

	if (fd < 0)
		err(1, "socket, protocol %d", opt->protocol);
	return fd;
}

/* A request must not wait for the ACK of the last one. */
static void no_delay(int fd)
{
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		err(1, "TCP_NODELAY");
}

/*
 * Answers each byte of one connection with a byte.  A capital C asks for one
 * exchange only: the server closes then.
 */
static void answer(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, 0) == 1) {
		if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || byte == 'C')
			break;
	}
	close(fd);
}

/* Takes what comes, until it ends somehow. */
static void __attribute__((noreturn)) swallow(int fd)
{
	static char sink[1 << 17];

	while (recv(fd, sink, sizeof(sink), 0) > 0)
		;
	exit(0);
}

static void serve(const struct options *opt)
{
	struct sockaddr_storage ss;
	socklen_t len = make_address(opt, &ss);
	int fd = new_socket(opt, ss.ss_family), on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		err(1, "SO_REUSEADDR");
	no_delay(fd);		/* inherited by what is accepted */
	if (bind(fd, (struct sockaddr *)&ss, len))
		err(1, "bind");
	if (listen(fd, 128))
		err(1, "listen");
	signal(SIGCHLD, SIG_IGN);
	/* Whoever starts us in the background waits for this line. */
	puts("listening");
	fflush(stdout);
	for (;;) {
		int conn = accept(fd, NULL, NULL);

		if (conn >= 0 && !opt->stream)
			answer(conn);
		else if (conn >= 0 && !fork())
			swallow(conn);
		else if (conn >= 0)
			close(conn);
		else if (errno != EINTR && errno != ECONNABORTED)
			err(1, "accept");
	}
}

static int open_connection(const struct options *opt)
{
	struct sockaddr_storage ss;
	socklen_t len = make_address(opt, &ss);
	int fd = new_socket(opt, ss.ss_family);

	no_delay(fd);
	if (connect(fd, (struct sockaddr *)&ss, len))
		err(1, "connect");
	return fd;
}

static void exchange(int fd, char byte)
{
	char reply;

	if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1)
		err(1, "send");
	if (recv(fd, &reply, 1, 0) != 1)
		err(1, "recv");
	if (reply != byte)
		errx(1, "the reply is not the request");
}

/*
 * Does @count exchanges or as many as fit into the seconds, and returns how many
 * that was.  Nanoseconds of each go to @times, unless that is NULL.
 */
static long exchanges(const struct options *opt, long count, uint64_t *times)
{
	uint64_t limit = opt->seconds ? opt->seconds * 1000000000ull : UINT64_MAX;
	uint64_t begin, start, end;
	int fd = -1;
	char byte;
	long n;

	if (!opt->connect_each)
		fd = open_connection(opt);
	begin = now_ns();
	start = begin;
	for (n = 0; n < count && start - begin < limit; n++) {
		if (opt->connect_each) {
			fd = open_connection(opt);
			exchange(fd, 'C');
			if (recv(fd, &byte, 1, 0))
				errx(1, "the server did not close");
			close(fd);
		} else {
			exchange(fd, 'R');
		}
		end = now_ns();
		if (times)
			times[n] = end - start;
		start = end;
	}
	if (!opt->connect_each)
		close(fd);
	return n;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(const struct options *opt)
{
	uint64_t *times = calloc(opt->count, sizeof(*times));
	uint64_t total = 0;
	double seconds;
	long done, n;

	if (!times)
		err(1, "calloc");
	/* calloc gives pages that are not there yet; take their faults now. */
	memset(times, 1, opt->count * sizeof(*times));
	exchanges(opt, opt->warmup, NULL);
	done = exchanges(opt, opt->count, times);

	for (n = 0; n < done; n++)
		total += times[n];
	seconds = total / 1e9;
	qsort(times, done, sizeof(*times), compare);
	printf("%s %ld %.6f %.1f %.2f %.2f\n", opt->connect_each ? "crr" : "rr",
	       done, seconds, done / seconds, times[done / 2] / 1e3,
	       times[done * 99 / 100] / 1e3);
	free(times);
}

/* Writes whenever there is room, until the time has come. */
static void send_until(int fd, uint64_t end)
{
	static char data[1 << 16];
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	uint64_t now;

	while ((now = now_ns()) < end) {
		if (poll(&pfd, 1, (end - now) / 1000000 + 1) <= 0)
			continue;
		if (send(fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
		    errno != EAGAIN)
			err(1, "send");
	}
}

/* struct etp_info has struct tcp_info's layout. */
static void progress(int fd, struct etp_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len))
		err(1, "TCP_INFO");
}

/* Breaks the connection off, so that none of it is in the way of the next one. */
static void break_off(int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)))
		err(1, "SO_LINGER");
	close(fd);
}

static void measure_stream(const struct options *opt)
{
	int fd = open_connection(opt);
	struct etp_info before, after;
	uint64_t begin = now_ns();
	unsigned long long bytes;

	begin += opt->warmup * 1000000000ull;
	send_until(fd, begin);
	begin = now_ns();
	progress(fd, &before);
	send_until(fd, begin + opt->seconds * 1000000000ull);
	begin = now_ns() - begin;
	progress(fd, &after);
	bytes = after.etpi_bytes_acked - before.etpi_bytes_acked;
	printf("stream %llu %.6f %.4f %u %u\n", bytes, begin / 1e9, bytes * 8e3 / begin,
	       after.etpi_total_retrans - before.etpi_total_retrans,
	       after.etpi_snd_mss);
	break_off(fd);
}

static long number(const char *text, long min, long max)
{
	char *end;
	long val;

	errno = 0;
	val = strtol(text, &end, 10);
	if (errno || end == text || *end || val < min || val > max)
		errx(2, "%s: not a number from %ld to %ld", text, min, max);
	return val;
}

int main(int argc, char *argv[])
{
	struct options opt = {
		.port = 5301, .protocol = IPPROTO_ETP,
		.count = 10000, .warmup = -1,
	};
	const char *mode = NULL;
	int c;

	while ((c = getopt(argc, argv, "hsm:c:P:p:n:t:w:")) != -1) {
		switch (c) {
		case 's':
			opt.serve = true;
			break;
		case 'm':
			mode = optarg;
			break;
		case 'c':
			opt.address = optarg;
			break;
		case 'P':
			if (!strcmp(optarg, "etp"))
				opt.protocol = IPPROTO_ETP;
			else if (!strcmp(optarg, "tcp"))
				opt.protocol = IPPROTO_TCP;
			else
				opt.protocol = number(optarg, 0, 255);
			break;
		case 'p':
			opt.port = number(optarg, 1, 65535);
			break;
		case 'n':
			opt.count = number(optarg, 1, 100000000);
			break;
		case 't':
			opt.seconds = number(optarg, 1, 86400);
			break;
		case 'w':
			opt.warmup = number(optarg, 0, 100000000);
			break;
		case 'h':
			usage(0);
		default:
			usage(2);
		}
	}
	if (optind != argc)
		usage(2);

	if (mode && !strcmp(mode, "stream"))
		opt.stream = true;
	if (opt.serve) {
		if (!opt.address)
			opt.address = "0.0.0.0";
		serve(&opt);
	}
	if (!opt.address || !mode)
		usage(2);
	if (opt.stream) {
		if (!opt.seconds)
			opt.seconds = 10;
		if (opt.warmup < 0)
			opt.warmup = 0;
		measure_stream(&opt);
		return 0;
	}
	if (!strcmp(mode, "crr"))
		opt.connect_each = true;
	else if (strcmp(mode, "rr"))
		usage(2);
	if (opt.warmup < 0)
		opt.warmup = 100;
	measure(&opt);
	return 0;
}
