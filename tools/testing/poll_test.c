// SPDX-License-Identifier: GPL-2.0
/*
 * epoll: level, edge and one-shot; select and poll share the same masks.  And what a
 * signal tells.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "kselftest_harness.h"
#include "common.h"

WAYS()

/* What epoll says of its only descriptor, or 0 after @ms. */
static int next(int ep, int ms)
{
	struct epoll_event ev = { };
	int n = epoll_wait(ep, &ev, 1, ms);

	return n < 0 ? -errno : n ? (int)ev.events : 0;
}

static int watch(int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(0);

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) ? -errno : ep;
}

static int rearm(int ep, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events };

	return ERR(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev));
}

WAY_TEST(level)
{
	int fd[2], ep;
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	ep = watch(fd[1], EPOLLIN);
	ASSERT_LE(0, ep);
	EXPECT_EQ(0, next(ep, 0));
	ASSERT_EQ(2, write_all(fd[0], "ab", 2));
	EXPECT_EQ(EPOLLIN, next(ep, SOON));
	EXPECT_EQ(EPOLLIN, next(ep, 0));
	ASSERT_EQ(1, recv(fd[1], &c, 1, 0));
	EXPECT_EQ(EPOLLIN, next(ep, 0));
	ASSERT_EQ(1, recv(fd[1], &c, 1, 0));
	EXPECT_EQ(0, next(ep, 0));
}

WAY_TEST(edge_of_reading)
{
	int fd[2], ep;
	char buf[8];

	ASSERT_EQ(0, way_pair(way, fd));
	ep = watch(fd[1], EPOLLIN | EPOLLET);
	ASSERT_LE(0, ep);
	EXPECT_EQ(0, next(ep, 0));
	ASSERT_EQ(2, write_all(fd[0], "ab", 2));
	EXPECT_EQ(EPOLLIN, next(ep, SOON));
	EXPECT_EQ(0, next(ep, 20));
	/* What is left over makes no new edge; what comes does. */
	ASSERT_EQ(1, recv(fd[1], buf, 1, 0));
	EXPECT_EQ(0, next(ep, 20));
	ASSERT_EQ(1, write_all(fd[0], "c", 1));
	EXPECT_EQ(EPOLLIN, next(ep, SOON));
	EXPECT_EQ(2, recv(fd[1], buf, 8, 0));
	EXPECT_EQ(0, next(ep, 20));
}

WAY_TEST(edge_of_writing)
{
	static char buf[65536];
	int fd[2], ep;
	ssize_t len, n;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 65536));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 65536));
	ep = watch(fd[0], EPOLLOUT | EPOLLET);
	ASSERT_LE(0, ep);
	EXPECT_EQ(EPOLLOUT, next(ep, 0));
	EXPECT_EQ(0, next(ep, 0));
	len = fill(fd[0]);
	ASSERT_LT(0, len);
	while (next(ep, 0))
		;	/* edges from while it filled */
	for (; len > 0; len -= n) {
		n = recv(fd[1], buf, sizeof(buf), 0);
		ASSERT_LT(0, n);
	}
	EXPECT_EQ(EPOLLOUT, next(ep, SOON));
	EXPECT_LT(0, send(fd[0], buf, 1, MSG_DONTWAIT));
}

WAY_TEST(oneshot)
{
	int fd[2], ep;

	ASSERT_EQ(0, way_pair(way, fd));
	ep = watch(fd[1], EPOLLIN | EPOLLONESHOT);
	ASSERT_LE(0, ep);
	ASSERT_EQ(1, write_all(fd[0], "a", 1));
	EXPECT_EQ(EPOLLIN, next(ep, SOON));
	ASSERT_EQ(1, write_all(fd[0], "b", 1));
	EXPECT_EQ(0, next(ep, 20));
	ASSERT_EQ(0, rearm(ep, fd[1], EPOLLIN | EPOLLONESHOT));
	EXPECT_EQ(EPOLLIN, next(ep, SOON));
}

WAY_TEST(edge_of_connecting)
{
	union addr addr;
	int lfd, fd, ep, lep;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	lep = watch(lfd, EPOLLIN | EPOLLOUT | EPOLLET);
	EXPECT_EQ(0, next(lep, 0));
	fd = way_socket(way, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	ep = watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	EXPECT_EQ(EPOLLOUT | EPOLLHUP, next(ep, 0));
	EXPECT_EQ(-EINPROGRESS, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(EPOLLOUT, next(ep, SOON));
	EXPECT_EQ(EPOLLIN, next(lep, SOON));
	EXPECT_EQ(0, next(lep, 20));
	/* Every arrival is an edge, though nobody accepted the one before. */
	ASSERT_LE(0, way_connect(way, &addr, 0));
	EXPECT_EQ(EPOLLIN, next(lep, SOON));
}

WAY_TEST(edge_of_refusal)
{
	union addr addr;
	int fd, ep;

	fd = way_bind(way, &addr);
	ASSERT_LE(0, fd);
	close(fd);
	fd = way_socket(way, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	ep = watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
	EXPECT_EQ(EPOLLOUT | EPOLLHUP, next(ep, 0));
	EXPECT_EQ(-EINPROGRESS, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR | EPOLLHUP, next(ep, SOON));
	EXPECT_EQ(ECONNREFUSED, sock_error(fd));
	EXPECT_EQ(0, next(ep, 20));
}

WAY_TEST(edges_of_closing)
{
	int fd[2], ep;
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	ep = watch(fd[1], EPOLLIN | EPOLLRDHUP | EPOLLET);
	ASSERT_LE(0, ep);
	ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, next(ep, SOON));
	EXPECT_EQ(0, recv(fd[1], &c, 1, 0));
	EXPECT_EQ(0, next(ep, 20));
	ASSERT_EQ(0, shutdown(fd[1], SHUT_WR));
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP | EPOLLHUP, next(ep, SOON));
}

WAY_TEST(edge_of_a_reset)
{
	struct linger l = { .l_onoff = 1 };
	int fd[2], ep;

	ASSERT_EQ(0, way_pair(way, fd));
	/* EPOLLERR and EPOLLHUP come unasked. */
	ep = watch(fd[1], EPOLLET);
	ASSERT_LE(0, ep);
	ASSERT_EQ(0, setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	close(fd[0]);
	EXPECT_EQ(EPOLLERR | EPOLLHUP, next(ep, SOON));
	EXPECT_EQ(ECONNRESET, sock_error(fd[1]));
}

WAY_TEST(many_descriptors)
{
	struct epoll_event ev[16];
	int fd[8][2], i, n, ep = epoll_create1(0);
	unsigned int seen = 0;

	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, way_pair(way, fd[i]));
		ev[0] = (struct epoll_event){ .events = EPOLLIN, .data.u32 = i };
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, fd[i][1], ev));
	}
	for (i = 0; i < 8; i += 2)
		ASSERT_EQ(1, write_all(fd[i][0], "x", 1));
	EXPECT_TRUE(WITHIN(SOON, ({
		n = epoll_wait(ep, ev, 16, 0);
		for (i = 0; i < n; i++)
			seen |= 1 << ev[i].data.u32;
		seen == 0x55;
	})));
	EXPECT_EQ(0x55, seen);
}

WAY_TEST(select_agrees)
{
	struct timeval none = { };
	fd_set in, out;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fd[1], &in);
	FD_SET(fd[1], &out);
	EXPECT_EQ(1, select(fd[1] + 1, &in, &out, NULL, &none));
	EXPECT_FALSE(FD_ISSET(fd[1], &in));
	EXPECT_TRUE(FD_ISSET(fd[1], &out));
	ASSERT_EQ(1, write_all(fd[0], "x", 1));
	FD_SET(fd[1], &in);
	none.tv_sec = SOON / 1000;
	EXPECT_EQ(1, select(fd[1] + 1, &in, NULL, NULL, &none));
}

WAY_TEST(writable_again_at_a_third)
{
	static char buf[4096];
	int fd[2];
	ssize_t len, n, got = 0;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 100000));
	len = fill(fd[0]);
	ASSERT_LT(0, len);
	EXPECT_EQ(0, revents(fd[0], EPOLLOUT, 0));
	/* It becomes writable before everything is gone. */
	while (got < len && !revents(fd[0], EPOLLOUT, 2)) {
		n = recv(fd[1], buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0)
			got += n;
	}
	EXPECT_EQ(EPOLLOUT, revents(fd[0], EPOLLOUT, SOON));
	EXPECT_GT(len, got);
}

/* RFC 9293 MUST-32: when urgent data is announced, and when there is more of it */
WAY_TEST(urgent_data_is_signalled)
{
	const struct timespec soon = { .tv_sec = SOON / 1000 }, now = { };
	int fd[2], i;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGURG);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, fcntl(fd[1], F_SETOWN, getpid()));
	ASSERT_EQ(1, write_all(fd[0], "x", 1));
	EXPECT_EQ(EPOLLIN, revents(fd[1], EPOLLIN | EPOLLPRI, SOON));
	EXPECT_EQ(-EAGAIN, ERR(sigtimedwait(&set, NULL, &now)));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(1, send(fd[0], "u", 1, MSG_OOB));
		EXPECT_EQ(SIGURG, ERR(sigtimedwait(&set, NULL, &soon)));
		EXPECT_EQ(EPOLLPRI, revents(fd[1], EPOLLPRI, SOON));
	}
	EXPECT_EQ(-EAGAIN, ERR(sigtimedwait(&set, NULL, &now)));
}

TEST_HARNESS_MAIN
