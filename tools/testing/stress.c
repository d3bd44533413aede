// SPDX-License-Identifier: GPL-2.0
/*
 * Many connections at once, which open, close, abort, give up and carry data:
 *
 *   stress serve ADDRESS PORT WORKERS            until killed
 *   stress load ADDRESS PORT WORKERS SECONDS     prints what it did, as NAME NUMBER
 *
 * The server echoes what comes to PORT, and is a poor one at PORT + 1: it aborts,
 * stalls and closes as it likes.  Nobody is at PORT + 2.  An echo that is not what
 * was sent fails the load: exit status 1.
 *
 * The protocol is ETP, or TCP with ETP_TEST_PROTO=tcp.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common.h"

#define MAX_CONNS	64	/* of a worker of the server */
#define PATIENCE	20000	/* ms that a client waits for an echo */

/* What the workers of a load count together */
struct tally {
	long attempts;		/* connect() that was not refused by this host */
	long opened;
	long failed;		/* connect() that ended otherwise */
	long refused;		/* by the port where nobody is */
	long echoed;		/* connections whose whole echo came */
	long bytes;
	long aborted;
	long broken;		/* ended by the server, or by time */
	long wrong;		/* an echo that was not what was sent */
};

static struct tally *tally;

#define COUNT(what, n)	__atomic_fetch_add(&tally->what, n, __ATOMIC_RELAXED)

static void fail(const char *what)
{
	fprintf(stderr, "stress: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void abort_conn(int fd)
{
	struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

/* ---- The server ---- */

static int listen_at(const char *host, int port)
{
	const struct way *way = strchr(host, ':') ? &way_ipv6 : &way_ipv4;
	int fd = way_socket(way, SOCK_NONBLOCK);
	union addr addr;

	if (fd < 0)
		fail("socket");
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	way_addr(way, host, port, &addr);
	if (bind(fd, &addr.sa, addr_len(&addr)) || listen(fd, 128))
		fail("listen");
	return fd;
}

/* False: the connection is over.  What does not go out at once is waited for. */
static bool echo(int fd, bool poor)
{
	char buf[16384];
	ssize_t n = recv(fd, buf, poor && rand() % 4 ? 100 : sizeof(buf), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN;
	if (n == 0 || (poor && rand() % 50 == 0))
		return false;
	if (poor && rand() % 20 == 0)
		usleep(rand() % 50000);
	return send(fd, buf, n, MSG_NOSIGNAL) == n;
}

static void serve(int good, int poor)
{
	struct pollfd p[MAX_CONNS] = { { good, POLLIN }, { poor, POLLIN } };
	bool is_poor[MAX_CONNS] = {};
	int n = 2, i, fd;

	for (;;) {
		p[0].events = n < MAX_CONNS ? POLLIN : 0;
		p[1].events = n < MAX_CONNS ? POLLIN : 0;
		if (poll(p, n, -1) < 0)
			fail("poll");
		for (i = n - 1; i >= 2; i--) {
			if (!p[i].revents || echo(p[i].fd, is_poor[i]))
				continue;
			if (is_poor[i] && rand() % 2)
				abort_conn(p[i].fd);
			else
				close(p[i].fd);
			p[i] = p[--n];
			is_poor[i] = is_poor[n];
		}
		for (i = 0; i < 2 && n < MAX_CONNS; i++) {
			fd = p[i].revents ? accept(p[i].fd, NULL, NULL) : -1;
			if (fd < 0)
				continue;
			set_timeo(fd, SO_SNDTIMEO, PATIENCE);
			p[n].fd = fd;
			p[n].events = POLLIN;
			p[n].revents = 0;
			is_poor[n++] = i;
		}
	}
}

/* ---- The load ---- */

static const struct way *way;
static union addr target[3];

static int open_to(int which, int flags)
{
	int fd = way_socket(way, flags);

	if (fd < 0)
		fail("socket");
	set_timeo(fd, SO_SNDTIMEO, PATIENCE);
	set_timeo(fd, SO_RCVTIMEO, PATIENCE);
	COUNT(attempts, 1);
	if (connect(fd, &target[which].sa, addr_len(&target[which])) &&
	    errno != EINPROGRESS) {
		if (errno == EADDRNOTAVAIL || errno == EAGAIN)
			COUNT(attempts, -1);
		COUNT(failed, 1);
		if (which == 2 && errno == ECONNREFUSED)
			COUNT(refused, 1);
		close(fd);
		return -1;
	}
	if (!(flags & SOCK_NONBLOCK))
		COUNT(opened, 1);
	return fd;
}

/* Writes and reads in turn, so that neither side's buffers can block both. */
static void converse(int fd, bool poor)
{
	char out[8192], in[8192];
	size_t done = 0, size;
	int rounds = rand() % 8 + 1;

	while (rounds--) {
		size = rand() % sizeof(out) + 1;
		pattern(out, done, size);
		if (write_all(fd, out, size) != (ssize_t)size ||
		    read_all(fd, in, size) != (ssize_t)size) {
			COUNT(broken, 1);
			close(fd);
			return;
		}
		if (!pattern_ok(in, done, size)) {
			COUNT(wrong, 1);
			close(fd);
			return;
		}
		done += size;
	}
	COUNT(bytes, done);
	if (!poor)
		COUNT(echoed, 1);
	if (rand() % 2) {
		shutdown(fd, SHUT_WR);
		if (recv(fd, in, 1, 0) > 0)
			COUNT(wrong, 1);
	}
	close(fd);
}

static void leave(int fd)
{
	char some[20000] = {};

	send(fd, some, rand() % sizeof(some), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (rand() % 2) {
		COUNT(aborted, 1);
		abort_conn(fd);
	} else {
		close(fd);
	}
}

static void one(void)
{
	int what = rand() % 10, fd;

	switch (what) {
	case 0:			/* nobody there */
		fd = open_to(2, 0);
		if (fd >= 0)
			close(fd);
		return;
	case 1:			/* away before the handshake is over */
		fd = open_to(0, SOCK_NONBLOCK);
		if (fd >= 0)
			close(fd);
		return;
	case 2:			/* gives up soon */
		fd = open_to(1, 0);
		if (fd < 0)
			return;
		setsockopt(fd, test_level(), ETP_USER_TIMEOUT, &(int){ 300 }, 4);
		converse(fd, true);
		return;
	case 3:
		fd = open_to(rand() % 2, 0);
		if (fd >= 0)
			close(fd);
		return;
	case 4:
	case 5:
		fd = open_to(rand() % 2, 0);
		if (fd >= 0)
			leave(fd);
		return;
	default:
		fd = open_to(what & 1, 0);
		if (fd >= 0)
			converse(fd, what & 1);
	}
}

static int load(const char *host, int port, int workers, int seconds)
{
	long end = now_ms() + 1000L * seconds;
	int i, status, bad = 0;

	way = strchr(host, ':') ? &way_ipv6 : &way_ipv4;
	for (i = 0; i < 3; i++)
		way_addr(way, host, port + i, &target[i]);
	for (i = 0; i < workers; i++) {
		if (fork())
			continue;
		srand(i + 1);
		while (now_ms() < end)
			one();
		_exit(0);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	printf("attempts %ld\nopened %ld\nfailed %ld\nrefused %ld\nechoed %ld\nbytes %ld\n"
	       "aborted %ld\nbroken %ld\nwrong %ld\n", tally->attempts, tally->opened,
	       tally->failed, tally->refused, tally->echoed, tally->bytes,
	       tally->aborted, tally->broken, tally->wrong);
	return bad || tally->wrong;
}

int main(int argc, char **argv)
{
	int good, poor, i;

	if (argc < 5)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (!strcmp(argv[1], "load") && argc == 6) {
		tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		return load(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	}
	good = listen_at(argv[2], atoi(argv[3]));
	poor = listen_at(argv[2], atoi(argv[3]) + 1);
	for (i = 1; i < atoi(argv[4]); i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		srand(i);
		break;
	}
	serve(good, poor);
}
