// SPDX-License-Identifier: GPL-2.0
/* Connecting, listening and accepting. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "kselftest_harness.h"
#include "common.h"

WAYS()

#define ALL	(POLLIN | POLLOUT | POLLRDHUP)

/*
 * A listener whose queue is full drops SYNs without a word: the way to have a
 * silent peer on lo.
 */
static int silent_peer(const struct way *way, union addr *addr)
{
	int fd = way_listen(way, 0, addr);
	int err;

	if (fd < 0)
		return fd;
	err = way_connect(way, addr, 0);
	/* the third segment makes it full, which connect() does not wait for */
	if (err >= 0 && !WITHIN(SOON, accept_queue(fd) == 1))
		return -ETIMEDOUT;
	return err < 0 ? err : fd;
}

/* A port on which nobody listens. */
static int closed_port(const struct way *way, union addr *addr)
{
	int fd = way_bind(way, addr);

	close(fd);
	return fd < 0 ? fd : 0;
}

static void nothing(int sig)
{
}

static void signal_in(int ms)
{
	struct sigaction sa = { .sa_handler = nothing };
	struct itimerval it = { .it_value.tv_usec = ms * 1000 };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
}

WAY_TEST(blocking)
{
	union addr addr;
	int lfd, cfd, afd;
	char c = 'x';

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	EXPECT_EQ(ETP_LISTEN, sock_state(lfd));
	cfd = way_connect(way, &addr, 0);
	ASSERT_LE(0, cfd);
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(cfd));
	EXPECT_EQ(-EISCONN, ERR(connect(cfd, &addr.sa, addr_len(&addr))));
	afd = ERR(accept(lfd, NULL, NULL));
	ASSERT_LE(0, afd);
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(afd));
	EXPECT_EQ(1, write(cfd, &c, 1));
	EXPECT_EQ(1, read(afd, &c, 1));
}

WAY_TEST(accept_waits_for_a_connection)
{
	union addr addr;
	int lfd;
	pid_t pid;

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		usleep(100000);
		_exit(way_connect(way, &addr, 0) < 0);
	}
	EXPECT_LE(0, ERR(accept(lfd, NULL, NULL)));
	EXPECT_TRUE(ended_well(pid));
}

WAY_TEST(nonblocking)
{
	union addr addr;
	int lfd, cfd, afd;

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, set_nonblock(lfd));
	EXPECT_EQ(-EAGAIN, ERR(accept(lfd, NULL, NULL)));
	EXPECT_EQ(0, revents(lfd, ALL, 0));

	cfd = way_socket(way, SOCK_NONBLOCK);
	ASSERT_LE(0, cfd);
	EXPECT_EQ(POLLOUT | POLLHUP, revents(cfd, ALL, 0));
	EXPECT_EQ(-EINPROGRESS, ERR(connect(cfd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(POLLOUT, revents(cfd, ALL, SOON));
	EXPECT_EQ(0, sock_error(cfd));
	EXPECT_EQ(0, ERR(connect(cfd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(-EISCONN, ERR(connect(cfd, &addr.sa, addr_len(&addr))));

	EXPECT_EQ(POLLIN, revents(lfd, ALL, SOON));
	afd = ERR(accept(lfd, NULL, NULL));
	EXPECT_LE(0, afd);
	EXPECT_EQ(POLLOUT, revents(afd, ALL, 0));
	EXPECT_EQ(-EAGAIN, ERR(accept(lfd, NULL, NULL)));
}

WAY_TEST(while_it_is_under_way)
{
	union addr addr, name;
	socklen_t len = sizeof(name);
	char c = 'x';
	int fd;

	ASSERT_LE(0, silent_peer(way, &addr));
	fd = way_socket(way, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINPROGRESS, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(-EALREADY, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(ETP_SYN_SENT, sock_state(fd));
	EXPECT_EQ(0, revents(fd, ALL, 50));
	EXPECT_EQ(0, sock_error(fd));
	EXPECT_EQ(-EAGAIN, ERR(send(fd, &c, 1, MSG_NOSIGNAL)));
	EXPECT_EQ(-EAGAIN, ERR(recv(fd, &c, 1, 0)));
	EXPECT_EQ(-ENOTCONN, ERR(getpeername(fd, &name.sa, &len)));
	EXPECT_NE(0, local_port(fd));
	EXPECT_EQ(-EINVAL, ERR(listen(fd, 1)));
	EXPECT_EQ(-EINVAL, ERR(bind(fd, &addr.sa, addr_len(&addr))));

	/* It can be called off. */
	name.sa.sa_family = AF_UNSPEC;
	EXPECT_EQ(0, ERR(connect(fd, &name.sa, sizeof(name.in6))));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd));
}

WAY_TEST(shutdown_ends_an_attempt)
{
	union addr addr;
	int fd;

	ASSERT_LE(0, silent_peer(way, &addr));
	fd = way_connect(way, &addr, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(shutdown(fd, SHUT_RDWR)));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd));
	EXPECT_TRUE(revents(fd, ALL, 0) & POLLHUP);
}

WAY_TEST(refused)
{
	union addr addr;
	int fd;

	ASSERT_EQ(0, closed_port(way, &addr));
	fd = way_socket(way, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ECONNREFUSED, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(0, sock_error(fd));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd));
	/* The socket is as good as new. */
	EXPECT_EQ(-ECONNREFUSED, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	close(fd);
	ASSERT_LE(0, way_listen(way, 1, &addr));
	fd = way_connect(way, &addr, 0);
	EXPECT_LE(0, fd);
}

WAY_TEST(refused_nonblocking)
{
	union addr addr;
	char c;
	int fd;

	ASSERT_EQ(0, closed_port(way, &addr));
	fd = way_connect(way, &addr, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP,
		  revents(fd, ALL, SOON));
	EXPECT_EQ(ECONNREFUSED, sock_error(fd));
	EXPECT_EQ(0, sock_error(fd));
	close(fd);

	/* Whoever comes first takes the error: here the second connect(). */
	fd = way_connect(way, &addr, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(revents(fd, ALL, SOON) & POLLERR);
	EXPECT_EQ(-ECONNREFUSED, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(0, sock_error(fd));
	close(fd);

	/* Here recv(). */
	fd = way_connect(way, &addr, SOCK_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(revents(fd, ALL, SOON) & POLLERR);
	EXPECT_EQ(-ECONNREFUSED, ERR(recv(fd, &c, 1, 0)));
	EXPECT_EQ(0, sock_error(fd));
}

WAY_TEST(port_zero_is_closed)
{
	union addr addr;

	way_loopback(way, 0, &addr);
	EXPECT_EQ(-ECONNREFUSED, way_connect(way, &addr, 0));
}

WAY_TEST(unspecified_address_is_this_host)
{
	union addr addr;
	int lfd = way_listen(way, 1, &addr);

	ASSERT_LE(0, lfd);
	if (way != &way_mapped) {
		way_addr(way, way->any, addr_port(&addr), &addr);
		EXPECT_LE(0, way_connect(way, &addr, 0));
	} else {
		way_addr(way, "::ffff:0.0.0.0", addr_port(&addr), &addr);
		EXPECT_LE(0, way_connect(way, &addr, 0));
	}
}

TEST(unreachable_addresses)
{
	static const struct {
		const struct way *way;
		const char *host;
		int err;
	} to[] = {
		{ &way_ipv4, "224.0.0.1", -ENETUNREACH },
		{ &way_ipv4, "239.1.2.3", -ENETUNREACH },
		{ &way_ipv4, "255.255.255.255", -ENETUNREACH },
		{ &way_ipv4, "127.255.255.255", -ENETUNREACH },
		{ &way_ipv4, "192.0.2.1", -ENETUNREACH },
		{ &way_mapped, "::ffff:224.0.0.1", -ENETUNREACH },
		{ &way_mapped, "::ffff:127.255.255.255", -ENETUNREACH },
		{ &way_ipv6, "ff02::1", -ENETUNREACH },
		{ &way_ipv6, "ff0e::1", -ENETUNREACH },
		{ &way_ipv6, "2001:db8::1", -ENETUNREACH },
		{ &way_ipv6, "fe80::1", -EINVAL },	/* no scope */
	};
	union addr addr;
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(to); i++) {
		way_addr(to[i].way, to[i].host, 9, &addr);
		fd = way_socket(to[i].way, 0);
		ASSERT_LE(0, fd);
		EXPECT_EQ(to[i].err, ERR(connect(fd, &addr.sa, addr_len(&addr))))
			TH_LOG("to %s", to[i].host);
		EXPECT_EQ(ETP_CLOSE, sock_state(fd));
		close(fd);
	}
}

TEST(silence_times_out)
{
	const struct way *way[2] = { &way_ipv4, &way_ipv6 };
	long start = now_ms();
	union addr addr;
	int i, fd[2];

	for (i = 0; i < 2; i++) {
		ASSERT_LE(0, silent_peer(way[i], &addr));
		fd[i] = way_socket(way[i], SOCK_NONBLOCK);
		ASSERT_EQ(0, set_int(fd[i], test_level(), ETP_SYNCNT, 1));
		ASSERT_EQ(-EINPROGRESS, ERR(connect(fd[i], &addr.sa, addr_len(&addr))));
	}
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP,
			  revents(fd[i], ALL, 12000));
		EXPECT_LE(1500, now_ms() - start);
		EXPECT_EQ(ETIMEDOUT, sock_error(fd[i]));
		EXPECT_EQ(ETP_CLOSE, sock_state(fd[i]));
	}
}

WAY_TEST(send_timeout_ends_the_wait_not_the_attempt)
{
	union addr addr;
	int fd;

	ASSERT_LE(0, silent_peer(way, &addr));
	fd = way_socket(way, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, set_timeo(fd, SO_SNDTIMEO, 60));
	EXPECT_EQ(-EINPROGRESS, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(ETP_SYN_SENT, sock_state(fd));
	EXPECT_EQ(-EALREADY, ERR(connect(fd, &addr.sa, addr_len(&addr))));
}

WAY_TEST(signal_ends_the_wait_not_the_attempt)
{
	union addr addr;
	int fd;

	ASSERT_LE(0, silent_peer(way, &addr));
	fd = way_socket(way, 0);
	ASSERT_LE(0, fd);
	signal_in(60);
	EXPECT_EQ(-EINTR, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(ETP_SYN_SENT, sock_state(fd));
	ASSERT_EQ(0, set_nonblock(fd));
	EXPECT_EQ(-EALREADY, ERR(connect(fd, &addr.sa, addr_len(&addr))));
}

WAY_TEST(accept_can_be_interrupted_and_timed)
{
	union addr addr;
	long start;
	int lfd;

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	signal_in(60);
	EXPECT_EQ(-EINTR, ERR(accept(lfd, NULL, NULL)));
	ASSERT_EQ(0, set_timeo(lfd, SO_RCVTIMEO, 100));
	start = now_ms();
	EXPECT_EQ(-EAGAIN, ERR(accept(lfd, NULL, NULL)));
	EXPECT_LE(AWHILE, now_ms() - start);
}

WAY_TEST(accept_wants_a_listener)
{
	union addr addr;
	int fd, pair[2];

	fd = way_socket(way, 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, ERR(accept(fd, NULL, NULL)));
	fd = way_bind(way, &addr);
	EXPECT_EQ(-EINVAL, ERR(accept(fd, NULL, NULL)));
	ASSERT_EQ(0, way_pair(way, pair));
	EXPECT_EQ(-EINVAL, ERR(accept(pair[0], NULL, NULL)));
	EXPECT_EQ(-EINVAL, ERR(accept(pair[1], NULL, NULL)));
}

WAY_TEST(listen_again_and_elsewhere)
{
	union addr addr;
	int fd, pair[2];
	char c;

	fd = way_listen(way, 0, &addr);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(listen(fd, 0)));
	EXPECT_EQ(0, ERR(listen(fd, 8)));
	EXPECT_EQ(ETP_LISTEN, sock_state(fd));
	EXPECT_EQ(-EISCONN, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(-EPIPE, ERR(send(fd, &c, 1, MSG_NOSIGNAL)));
	EXPECT_EQ(-ENOTCONN, ERR(recv(fd, &c, 1, 0)));
	ASSERT_EQ(0, way_pair(way, pair));
	EXPECT_EQ(-EINVAL, ERR(listen(pair[0], 1)));
	EXPECT_EQ(-EINVAL, ERR(listen(pair[1], 1)));
}

WAY_TEST(listen_binds_by_itself)
{
	int fd = way_socket(way, 0);
	union addr addr;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(listen(fd, 1)));
	ASSERT_NE(0, local_port(fd));
	way_loopback(way, local_port(fd), &addr);
	EXPECT_LE(0, way_connect(way, &addr, 0));
	EXPECT_LE(0, ERR(accept(fd, NULL, NULL)));
}

WAY_TEST(shutdown_of_a_listener_closes_it)
{
	union addr addr;
	int fd;

	fd = way_listen(way, 1, &addr);
	ASSERT_LE(0, fd);
	/* Only the reading side of a listener means anything. */
	EXPECT_EQ(0, ERR(shutdown(fd, SHUT_WR)));
	EXPECT_EQ(ETP_LISTEN, sock_state(fd));
	EXPECT_EQ(0, ERR(shutdown(fd, SHUT_RD)));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd));
	EXPECT_EQ(-EINVAL, ERR(accept(fd, NULL, NULL)));
	EXPECT_EQ(-ECONNREFUSED, way_connect(way, &addr, 0));
	EXPECT_EQ(0, ERR(listen(fd, 1)));
	EXPECT_EQ(ETP_LISTEN, sock_state(fd));
}

WAY_TEST(backlog)
{
	union addr addr;
	int i, lfd, fd[4];

	/* A backlog of n holds n + 1. */
	lfd = way_listen(way, 2, &addr);
	ASSERT_LE(0, lfd);
	for (i = 0; i < 3; i++) {
		fd[i] = way_connect(way, &addr, SOCK_NONBLOCK);
		ASSERT_LE(0, fd[i]);
		EXPECT_EQ(POLLOUT, revents(fd[i], ALL, SOON));
		EXPECT_TRUE(WITHIN(SOON, accept_queue(lfd) == i + 1));
	}
	fd[3] = way_connect(way, &addr, SOCK_NONBLOCK);
	ASSERT_LE(0, fd[3]);
	EXPECT_EQ(0, revents(fd[3], ALL, 100));
	EXPECT_EQ(ETP_SYN_SENT, sock_state(fd[3]));

	/* The next SYN finds the place that accept() made. */
	EXPECT_LE(0, ERR(accept(lfd, NULL, NULL)));
	EXPECT_EQ(POLLOUT, revents(fd[3], ALL, SOON));
	for (i = 0; i < 3; i++)
		EXPECT_LE(0, ERR(accept(lfd, NULL, NULL)));
	EXPECT_EQ(0, revents(lfd, ALL, 0));
}

WAY_TEST(accept_in_the_order_of_arrival)
{
	union addr addr, peer;
	int i, lfd, fd[3];
	socklen_t len;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	for (i = 0; i < 3; i++) {
		fd[i] = way_connect(way, &addr, 0);
		ASSERT_LE(0, fd[i]);
	}
	for (i = 0; i < 3; i++) {
		len = sizeof(peer);
		ASSERT_LE(0, accept(lfd, &peer.sa, &len));
		EXPECT_EQ(local_port(fd[i]), addr_port(&peer));
	}
}

WAY_TEST(data_may_come_before_accept)
{
	char buf[16] = "";
	union addr addr;
	int lfd, cfd, afd;

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	cfd = way_connect(way, &addr, 0);
	ASSERT_LE(0, cfd);
	ASSERT_EQ(5, write_all(cfd, "early", 5));
	close(cfd);
	afd = ERR(accept(lfd, NULL, NULL));
	ASSERT_LE(0, afd);
	EXPECT_EQ(5, read_all(afd, buf, sizeof(buf)));
	EXPECT_STREQ("early", buf);
}

WAY_TEST(close_of_a_listener_resets_who_waits)
{
	union addr addr;
	int lfd, cfd;
	char c;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	cfd = way_connect(way, &addr, 0);
	ASSERT_LE(0, cfd);
	/* The last ACK must have made it a connection of the server's. */
	ASSERT_EQ(POLLIN, revents(lfd, ALL, SOON));
	close(lfd);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP,
		  revents(cfd, ALL, SOON));
	EXPECT_EQ(-ECONNRESET, ERR(recv(cfd, &c, 1, 0)));
	EXPECT_EQ(0, recv(cfd, &c, 1, 0));
	EXPECT_EQ(-ECONNREFUSED, way_connect(way, &addr, 0));
}

WAY_TEST(close_of_a_listener_keeps_who_was_accepted)
{
	char buf[4] = "";
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));	/* its listener is closed */
	EXPECT_EQ(3, write_all(fd[1], "yes", 3));
	EXPECT_EQ(3, recv(fd[0], buf, 3, MSG_WAITALL));
	EXPECT_STREQ("yes", buf);
}

WAY_TEST(connects_to_itself)
{
	char buf[8] = "";
	union addr addr;
	int fd;

	/* Both SYNs cross: the simultaneous open of RFC 9293, figure 7. */
	fd = way_bind(way, &addr);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(fd));
	EXPECT_EQ(4, write_all(fd, "echo", 4));
	EXPECT_EQ(4, recv(fd, buf, 4, MSG_WAITALL));
	EXPECT_STREQ("echo", buf);
	EXPECT_EQ(0, shutdown(fd, SHUT_WR));
	EXPECT_EQ(0, recv(fd, buf, 4, 0));
}

WAY_TEST(disconnects_and_connects_again)
{
	union addr addr, none = { .sa.sa_family = AF_UNSPEC };
	int lfd, fd, afd;
	char c;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	fd = way_connect(way, &addr, 0);
	ASSERT_LE(0, fd);
	afd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, afd);
	EXPECT_EQ(0, ERR(connect(fd, &none.sa, sizeof(none.in6))));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd));
	EXPECT_EQ(-ECONNRESET, ERR(recv(afd, &c, 1, 0)));

	EXPECT_EQ(0, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	afd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, afd);
	EXPECT_EQ(1, write_all(fd, "x", 1));
	EXPECT_EQ(1, recv(afd, &c, 1, 0));
}

WAY_TEST(many_in_turn)
{
	int i, lfd, cfd, afd;
	union addr addr;
	char c;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	for (i = 0; i < 40; i++) {
		cfd = way_connect(way, &addr, 0);
		ASSERT_LE(0, cfd);
		afd = accept(lfd, NULL, NULL);
		ASSERT_LE(0, afd);
		ASSERT_EQ(1, write_all(cfd, "q", 1));
		ASSERT_EQ(1, recv(afd, &c, 1, 0));
		ASSERT_EQ(1, write_all(afd, "a", 1));
		ASSERT_EQ(1, recv(cfd, &c, 1, 0));
		close(i & 1 ? cfd : afd);
		ASSERT_EQ(0, recv(i & 1 ? afd : cfd, &c, 1, 0));
		close(i & 1 ? afd : cfd);
	}
}

WAY_TEST(bound_source_is_used)
{
	union addr addr, from, peer;
	socklen_t len = sizeof(peer);
	int lfd, fd;

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	fd = way_bind(way, &from);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_LE(0, accept(lfd, &peer.sa, &len));
	EXPECT_EQ(0, memcmp(&from, &peer, len));
}

/* RFC 9293 MUST-43 to MUST-45: the address that was asked for, else one that IP chooses
 * before anything goes; and no other from then on
 */
TEST(local_address_is_kept)
{
	static const struct way *const ways[] = { &way_ipv4, &way_mapped };
	static const char *const hosts[2][2] = {
		{ "127.0.0.1", "127.0.0.5" },
		{ "::ffff:127.0.0.1", "::ffff:127.0.0.5" },
	};
	union addr addr, want, name;
	int i, bound, lfd, fd, afd;
	socklen_t len;
	char c;

	for (i = 0; i < 2; i++) {
		lfd = way_listen(ways[i], 2, &addr);
		ASSERT_LE(0, lfd);
		for (bound = 0; bound < 2; bound++) {
			fd = way_socket(ways[i], SOCK_NONBLOCK);
			way_addr(ways[i], hosts[i][bound], 0, &want);
			if (bound)
				ASSERT_EQ(0, bind(fd, &want.sa, addr_len(&want)));
			EXPECT_EQ(-EINPROGRESS, ERR(connect(fd, &addr.sa, addr_len(&addr))));
			way_addr(ways[i], hosts[i][bound], local_port(fd), &want);
			len = sizeof(name);
			EXPECT_EQ(0, getsockname(fd, &name.sa, &len));
			EXPECT_EQ(0, memcmp(&want, &name, len));
			len = sizeof(name);
			afd = accept(lfd, &name.sa, &len);
			ASSERT_LE(0, afd);
			EXPECT_EQ(0, memcmp(&want, &name, len));
			ASSERT_EQ(1, write_all(afd, "x", 1));
			EXPECT_EQ(POLLIN, revents(fd, POLLIN, SOON));
			EXPECT_EQ(1, recv(fd, &c, 1, 0));
			len = sizeof(name);
			EXPECT_EQ(0, getsockname(fd, &name.sa, &len));
			EXPECT_EQ(0, memcmp(&want, &name, len));
			close(afd);
			close(fd);
		}
		close(lfd);
	}
}

WAY_TEST(one_port_serves_many_but_not_the_same_twice)
{
	union addr addr, from;
	int lfd, fd, fd2;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	fd = way_socket(way, 0);
	fd2 = way_socket(way, 0);
	ASSERT_LE(0, fd2);
	ASSERT_EQ(0, set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, set_int(fd2, SOL_SOCKET, SO_REUSEADDR, 1));
	way_loopback(way, 0, &from);
	ASSERT_EQ(0, bind(fd, &from.sa, addr_len(&from)));
	way_loopback(way, local_port(fd), &from);
	ASSERT_EQ(0, ERR(bind(fd2, &from.sa, addr_len(&from))));
	EXPECT_EQ(0, ERR(connect(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(-EADDRNOTAVAIL, ERR(connect(fd2, &addr.sa, addr_len(&addr))));
}

TEST_HARNESS_MAIN
