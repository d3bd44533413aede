// SPDX-License-Identifier: GPL-2.0
/*
 * A small sender and receiver for the scripts.
 *
 *   xfer listen ADDRESS PORT          one connection, to stdout
 *   xfer serve ADDRESS PORT           any number, each echoed
 *   xfer send ADDRESS PORT            stdin, then waits for the peer's end
 *   xfer hold ADDRESS PORT            connects, says so, waits to be killed
 *   xfer try ADDRESS PORT [MS]        connects, sends a byte and has it echoed:
 *                                     prints ok, silent or the errno's name
 *
 * The protocol is ETP, or TCP with ETP_TEST_PROTO=tcp.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "common.h"

static char buf[1 << 17];

static void fail(const char *what)
{
	fprintf(stderr, "xfer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const struct way *parse(const char *host, const char *port, union addr *addr)
{
	const struct way *way = strchr(host, ':') ? &way_ipv6 : &way_ipv4;

	way_addr(way, host, atoi(port), addr);
	return way;
}

static void put_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	for (; len; p += n, len -= n) {
		n = write(fd, p, len);
		if (n < 0)
			fail("write");
	}
}

/* Copies until the end; returns how much it was. */
static long long copy(int from, int to)
{
	long long all = 0;
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		put_all(to, buf, n);
		all += n;
	}
	if (n < 0)
		fail("read");
	return all;
}

static int listen_at(const struct way *way, const union addr *addr)
{
	int fd = way_socket(way, 0);

	if (fd < 0)
		fail("socket");
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &addr->sa, addr_len(addr)))
		fail("bind");
	if (listen(fd, 16))
		fail("listen");
	return fd;
}

static int receive(const struct way *way, const union addr *addr)
{
	int lfd = listen_at(way, addr), fd = accept(lfd, NULL, NULL);

	if (fd < 0)
		fail("accept");
	copy(fd, STDOUT_FILENO);
	return 0;
}

static __attribute__((noreturn)) void serve(const struct way *way, const union addr *addr)
{
	int lfd = listen_at(way, addr), fd;
	ssize_t n;

	/* One that a rule cuts off must not stop the next. */
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		fd = accept(lfd, NULL, NULL);
		if (fd < 0)
			fail("accept");
		if (fork()) {
			close(fd);
			continue;
		}
		close(lfd);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			if (write_all(fd, buf, n) != n)
				break;
		exit(0);
	}
}

static int send_to(const struct way *way, const union addr *addr)
{
	int fd = way_connect(way, addr, 0);

	errno = -fd;
	if (fd < 0)
		fail("connect");
	copy(STDIN_FILENO, fd);
	if (shutdown(fd, SHUT_WR))
		fail("shutdown");
	/* The peer's end says that everything has arrived. */
	if (read(fd, buf, 1) != 0)
		fail("end");
	return 0;
}

static int hold(const struct way *way, const union addr *addr)
{
	int fd = way_connect(way, addr, 0);

	errno = -fd;
	if (fd < 0)
		fail("connect");
	puts("connected");
	fflush(stdout);
	pause();
	return 0;
}

static const char *try(const struct way *way, const union addr *addr, int ms)
{
	int fd = way_connect(way, addr, SOCK_NONBLOCK);
	char c = 'x';

	if (fd < 0)
		return strerrorname_np(-fd);
	if (!revents(fd, POLLOUT, ms))
		return "silent";
	errno = sock_error(fd);
	if (errno)
		return strerrorname_np(errno);
	if (send(fd, &c, 1, MSG_NOSIGNAL) != 1)
		return strerrorname_np(errno);
	if (!revents(fd, POLLIN, ms))
		return "silent";
	if (recv(fd, &c, 1, 0) != 1 || c != 'x')
		return "garbled";
	return "ok";
}

int main(int argc, char **argv)
{
	const struct way *way;
	union addr addr;

	if (argc < 4) {
		fprintf(stderr, "usage: xfer listen|serve|send|hold|try ADDRESS PORT [MS]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	way = parse(argv[2], argv[3], &addr);
	if (!strcmp(argv[1], "listen"))
		return receive(way, &addr);
	if (!strcmp(argv[1], "serve"))
		serve(way, &addr);
	if (!strcmp(argv[1], "send"))
		return send_to(way, &addr);
	if (!strcmp(argv[1], "hold"))
		return hold(way, &addr);
	if (!strcmp(argv[1], "try")) {
		puts(try(way, &addr, argc > 4 ? atoi(argv[4]) : 1000));
		return 0;
	}
	fprintf(stderr, "xfer: what is %s?\n", argv[1]);
	return 2;
}
