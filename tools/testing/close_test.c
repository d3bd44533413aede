// SPDX-License-Identifier: GPL-2.0
/* Closing: the orderly ways, the others, and what is seen meanwhile. */
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

#include "kselftest_harness.h"
#include "common.h"

WAYS()

#define ALL	(POLLIN | POLLOUT | POLLRDHUP)

static int set_linger(int fd, int on, int seconds)
{
	struct linger l = { .l_onoff = on, .l_linger = seconds };

	return ERR(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
}

#define EXPECT_STATE(fd, state) \
	EXPECT_TRUE(WITHIN(SOON, sock_state(fd) == (state))) \
		TH_LOG("state %d, not %d", sock_state(fd), state)

#define EXPECT_PROC(local, remote, state) \
	EXPECT_TRUE(WITHIN(SOON, proc_state(way, local, remote) == (state))) \
		TH_LOG("state %d, not %d", proc_state(way, local, remote), state)

WAY_TEST(four_ways)
{
	int fd[2], client, server;
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	EXPECT_EQ(ETP_ESTABLISHED, proc_state(way, client, server));
	EXPECT_EQ(ETP_ESTABLISHED, proc_state(way, server, client));

	ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
	EXPECT_STATE(fd[0], ETP_FIN_WAIT2);
	EXPECT_STATE(fd[1], ETP_CLOSE_WAIT);
	EXPECT_EQ(ETP_FIN_WAIT2, proc_state(way, client, server));
	EXPECT_EQ(ETP_CLOSE_WAIT, proc_state(way, server, client));
	EXPECT_EQ(0, recv(fd[1], &c, 1, 0));

	ASSERT_EQ(0, shutdown(fd[1], SHUT_WR));
	EXPECT_STATE(fd[1], ETP_CLOSE);
	EXPECT_PROC(server, client, 0);
	EXPECT_EQ(0, recv(fd[0], &c, 1, 0));
	close(fd[0]);
	EXPECT_PROC(client, server, ETP_TIME_WAIT);
}

WAY_TEST(time_wait_is_the_first_closers)
{
	int fd[2], client, server;

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, way_pair(way, fd));
		client = local_port(fd[i]);
		server = local_port(fd[!i]);
		close(fd[i]);
		EXPECT_STATE(fd[!i], ETP_CLOSE_WAIT);
		close(fd[!i]);
		EXPECT_PROC(client, server, ETP_TIME_WAIT);
		EXPECT_PROC(server, client, 0);
	}
}

WAY_TEST(close_wait_lasts_until_the_program_closes)
{
	int fd[2], client, server;
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	close(fd[0]);
	EXPECT_STATE(fd[1], ETP_CLOSE_WAIT);
	usleep(300000);
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(fd[1]));
	EXPECT_EQ(0, recv(fd[1], &c, 1, 0));
	EXPECT_EQ(0, recv(fd[1], &c, 1, 0));
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(fd[1]));
	/* The peer is an orphan that waits for our FIN. */
	EXPECT_EQ(ETP_FIN_WAIT2, proc_state(way, client, server));
}

WAY_TEST(half_closed_still_carries_the_other_way)
{
	static char buf[100000], back[100000];
	int fd[2], i, n;

	ASSERT_EQ(0, way_pair(way, fd));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, way_pair(way, fd));
		ASSERT_EQ(0, shutdown(fd[i], SHUT_WR));
		EXPECT_STATE(fd[!i], ETP_CLOSE_WAIT);
		EXPECT_EQ(0, recv(fd[!i], buf, 1, 0));
		pattern(buf, 0, sizeof(buf));
		ASSERT_EQ(sizeof(buf), write_all(fd[!i], buf, sizeof(buf)));
		n = recv(fd[i], back, sizeof(back), MSG_WAITALL);
		EXPECT_EQ(sizeof(back), n);
		EXPECT_TRUE(pattern_ok(back, 0, n));
		EXPECT_EQ(ETP_FIN_WAIT2, sock_state(fd[i]));
		close(fd[!i]);
		EXPECT_EQ(0, recv(fd[i], buf, 1, 0));
		close(fd[i]);
	}
}

WAY_TEST(data_before_the_fin_comes_first)
{
	static char buf[200000];
	char back[4096];
	size_t off = 0;
	int fd[2];
	ssize_t n;

	ASSERT_EQ(0, way_pair(way, fd));
	pattern(buf, 0, sizeof(buf));
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, sizeof(buf)));
	ASSERT_EQ(sizeof(buf), write_all(fd[0], buf, sizeof(buf)));
	close(fd[0]);
	while ((n = recv(fd[1], back, sizeof(back), 0)) > 0) {
		ASSERT_TRUE(pattern_ok(back, off, n));
		off += n;
	}
	EXPECT_EQ(0, n);
	EXPECT_EQ(sizeof(buf), off);
}

WAY_TEST(close_with_unsent_data_still_delivers)
{
	int fd[2], client, server;
	static char back[65536];
	size_t off = 0;
	ssize_t n, len;

	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	len = fill(fd[0]);
	ASSERT_LT(0, len);
	ASSERT_LT(0, queued(fd[0], SIOCOUTQNSD));
	close(fd[0]);
	EXPECT_EQ(ETP_FIN_WAIT1, proc_state(way, client, server));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(fd[1]));
	while ((n = recv(fd[1], back, sizeof(back), 0)) > 0) {
		ASSERT_TRUE(pattern_ok(back, off, n));
		off += n;
	}
	EXPECT_EQ(0, n);
	EXPECT_EQ(len, off);
	EXPECT_STATE(fd[1], ETP_CLOSE_WAIT);
}

WAY_TEST(both_close_at_once)
{
	int fd[2], client, server, seen;

	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	close(fd[0]);
	close(fd[1]);
	/* Who was first, or both if the FINs crossed, keeps TIME_WAIT. */
	EXPECT_TRUE(WITHIN(SOON, (seen = proc_state(way, client, server)) == ETP_TIME_WAIT ||
			   proc_state(way, server, client) == ETP_TIME_WAIT));
	EXPECT_TRUE(WITHIN(SOON, proc_state(way, server, client) == 0 ||
			   proc_state(way, server, client) == ETP_TIME_WAIT));
}

WAY_TEST(linger_zero_aborts)
{
	int fd[2], client, server;
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	ASSERT_EQ(0, set_linger(fd[0], 1, 0));
	close(fd[0]);
	EXPECT_EQ(ALL | POLLERR | POLLHUP, revents(fd[1], ALL, SOON));
	EXPECT_EQ(-ECONNRESET, ERR(recv(fd[1], &c, 1, 0)));
	EXPECT_EQ(0, recv(fd[1], &c, 1, 0));
	EXPECT_EQ(-EPIPE, ERR(send(fd[1], &c, 1, MSG_NOSIGNAL)));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd[1]));
	EXPECT_EQ(0, proc_state(way, client, server));
	EXPECT_EQ(0, proc_state(way, server, client));
}

WAY_TEST(reset_goes_past_unread_data)
{
	char buf[8];
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(4, write_all(fd[0], "data", 4));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 4));
	ASSERT_EQ(0, set_linger(fd[0], 1, 0));
	close(fd[0]);
	EXPECT_STATE(fd[1], ETP_CLOSE);
	/* What had come before may still be read. */
	EXPECT_EQ(4, ERR(recv(fd[1], buf, 8, 0)));
	EXPECT_EQ(-ECONNRESET, ERR(recv(fd[1], buf, 8, 0)));
	EXPECT_EQ(0, recv(fd[1], buf, 8, 0));
}

WAY_TEST(unread_data_at_close_resets)
{
	int fd[2], client, server;
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	ASSERT_EQ(4, write_all(fd[0], "lost", 4));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 4));
	close(fd[1]);
	EXPECT_TRUE(revents(fd[0], ALL, SOON) & POLLERR);
	EXPECT_EQ(-ECONNRESET, ERR(recv(fd[0], &c, 1, 0)));
	EXPECT_EQ(0, proc_state(way, server, client));
	EXPECT_EQ(0, proc_state(way, client, server));
}

WAY_TEST(data_for_a_closed_end_resets)
{
	int fd[2];
	char c = 'x';

	ASSERT_EQ(0, way_pair(way, fd));
	close(fd[1]);
	ASSERT_EQ(0, recv(fd[0], &c, 1, 0));
	ASSERT_EQ(1, send(fd[0], &c, 1, MSG_NOSIGNAL));
	EXPECT_STATE(fd[0], ETP_CLOSE);
	/* In CLOSE_WAIT a reset says: the pipe is broken. */
	EXPECT_EQ(EPIPE, sock_error(fd[0]));
	EXPECT_EQ(-EPIPE, ERR(send(fd[0], &c, 1, MSG_NOSIGNAL)));
}

/* A child that sleeps over its end of a pair, and expects to be woken by @want. */
static pid_t sleeper(const int *fd, bool writes, int want)
{
	pid_t pid = fork();
	char c = 'x';

	if (!pid) {
		/* Whoever closes the other end is to be the last who has it. */
		close(fd[0]);
		_exit(want != (writes ? ERR(send(fd[1], &c, 1, MSG_NOSIGNAL)) :
					ERR(recv(fd[1], &c, 1, 0))));
	}
	usleep(100000);
	return pid;
}

WAY_TEST(error_wakes_a_sleeping_reader)
{
	pid_t reader;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	reader = sleeper(fd, false, -ECONNRESET);
	EXPECT_EQ(0, set_linger(fd[0], 1, 0));
	close(fd[0]);
	EXPECT_TRUE(ended_well(reader));
}

WAY_TEST(error_wakes_a_sleeping_writer)
{
	pid_t writer;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_LT(0, fill(fd[1]));
	writer = sleeper(fd, true, -ECONNRESET);
	EXPECT_EQ(0, set_linger(fd[0], 1, 0));
	close(fd[0]);
	EXPECT_TRUE(ended_well(writer));
}

WAY_TEST(shutdown_wakes_a_sleeping_reader)
{
	pid_t reader;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	reader = sleeper(fd, false, 0);
	EXPECT_EQ(0, shutdown(fd[1], SHUT_RD));
	EXPECT_TRUE(ended_well(reader));
}

WAY_TEST(shutdown_of_reading_keeps_what_comes)
{
	char buf[8] = "";
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, shutdown(fd[1], SHUT_RD));
	EXPECT_EQ(0, recv(fd[1], buf, 8, 0));
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, revents(fd[1], ALL, 0));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(fd[1]));
	/* TCP goes on taking data, and says so to nobody. */
	ASSERT_EQ(3, write_all(fd[0], "abc", 3));
	EXPECT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 3));
	EXPECT_EQ(3, recv(fd[1], buf, 8, 0));
	EXPECT_EQ(0, recv(fd[1], buf, 8, 0));
	ASSERT_EQ(3, write_all(fd[1], "def", 3));
	EXPECT_EQ(3, recv(fd[0], buf, 3, MSG_WAITALL));
}

WAY_TEST(shutdown_errors)
{
	int fd = way_socket(way, 0), pair[2];
	char c;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOTCONN, ERR(shutdown(fd, SHUT_RD)));
	EXPECT_EQ(-ENOTCONN, ERR(shutdown(fd, SHUT_WR)));
	EXPECT_EQ(-ENOTCONN, ERR(shutdown(fd, SHUT_RDWR)));
	EXPECT_EQ(-EINVAL, ERR(shutdown(fd, 3)));
	EXPECT_EQ(-EINVAL, ERR(shutdown(fd, -1)));

	ASSERT_EQ(0, way_pair(way, pair));
	EXPECT_EQ(-EINVAL, ERR(shutdown(pair[0], 3)));
	EXPECT_EQ(0, ERR(shutdown(pair[0], SHUT_WR)));
	EXPECT_EQ(0, ERR(shutdown(pair[0], SHUT_WR)));
	EXPECT_EQ(0, recv(pair[1], &c, 1, 0));
	EXPECT_EQ(0, ERR(shutdown(pair[1], SHUT_WR)));
	EXPECT_STATE(pair[1], ETP_CLOSE);
	EXPECT_EQ(-ENOTCONN, ERR(shutdown(pair[1], SHUT_RDWR)));
}

WAY_TEST(poll_masks)
{
	int fd[2];
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(POLLOUT, revents(fd[0], ALL, 0));
	EXPECT_EQ(POLLOUT, revents(fd[1], ALL, 0));

	ASSERT_EQ(1, write_all(fd[0], "x", 1));
	EXPECT_TRUE(WITHIN(SOON, revents(fd[1], ALL, 0) == (POLLIN | POLLOUT)));
	ASSERT_EQ(1, recv(fd[1], &c, 1, 0));

	ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
	/* Writing fails at once, so one need not wait for it. */
	EXPECT_EQ(POLLOUT, revents(fd[0], ALL, 0));
	EXPECT_STATE(fd[1], ETP_CLOSE_WAIT);
	EXPECT_EQ(POLLIN | POLLOUT | POLLRDHUP, revents(fd[1], ALL, 0));
	EXPECT_EQ(POLLRDHUP, revents(fd[1], POLLRDHUP, 0));

	ASSERT_EQ(0, shutdown(fd[1], SHUT_WR));
	EXPECT_STATE(fd[1], ETP_CLOSE);
	EXPECT_EQ(ALL | POLLHUP, revents(fd[1], ALL, 0));
	EXPECT_TRUE(WITHIN(SOON, revents(fd[0], ALL, 0) == (ALL | POLLHUP)));

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, shutdown(fd[0], SHUT_RDWR));
	EXPECT_EQ(ALL | POLLHUP, revents(fd[0], ALL, 0));
}

WAY_TEST(linger_waits_for_the_data)
{
	static char back[65536];
	int fd[2], ready[2];
	ssize_t len, n, off = 0;
	long start;
	pid_t pid;
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	len = fill(fd[0]);
	ASSERT_LT(0, len);
	ASSERT_EQ(0, set_linger(fd[0], 1, 20));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* Only the last close lingers: it must not be this one. */
		close(fd[0]);
		close(ready[1]);
		usleep(200000);
		while ((n = recv(fd[1], back, sizeof(back), 0)) > 0)
			off += n;
		_exit(n || off != len);
	}
	close(fd[1]);
	close(ready[1]);
	ASSERT_EQ(0, read(ready[0], &c, 1));
	start = now_ms();
	EXPECT_EQ(0, ERR(close(fd[0])));
	EXPECT_LE(AWHILE, now_ms() - start);
	EXPECT_GE(15000, now_ms() - start);
	EXPECT_TRUE(ended_well(pid));
}

WAY_TEST(linger_gives_up_at_its_time)
{
	long start;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_LT(0, fill(fd[0]));
	ASSERT_EQ(0, set_linger(fd[0], 1, 1));
	start = now_ms();
	EXPECT_EQ(0, ERR(close(fd[0])));
	EXPECT_LE(600, now_ms() - start);
	EXPECT_GE(8000, now_ms() - start);
}

WAY_TEST(linger_can_be_read_back)
{
	struct linger l = { };
	socklen_t len = sizeof(l);
	int fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, set_linger(fd, 1, 7));
	ASSERT_EQ(0, getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len));
	EXPECT_EQ(1, l.l_onoff);
	EXPECT_EQ(7, l.l_linger);
}

WAY_TEST(a_fork_keeps_the_connection)
{
	int fd[2], hold[2];
	char c;
	pid_t pid;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, pipe(hold));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(hold[1]);
		c = read(hold[0], &c, 1);
		_exit(write_all(fd[0], "child", 5) != 5);
	}
	close(hold[0]);
	close(fd[0]);
	EXPECT_EQ(0, revents(fd[1], ALL & ~POLLOUT, 100));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(fd[1]));
	close(hold[1]);
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(1, recv(fd[1], &c, 1, 0));
	EXPECT_EQ('d', c);
	EXPECT_EQ(0, recv(fd[1], &c, 1, 0));
	EXPECT_TRUE(ended_well(pid));
}

WAY_TEST(orphan_in_fin_wait2_times_out)
{
	int fd[2], client, server;

	if (way != &way_ipv4 && way != &way_ipv6)
		SKIP(return, "the timer is the same one");
	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	ASSERT_EQ(0, set_int(fd[0], test_level(), ETP_LINGER2, 1));
	close(fd[0]);
	EXPECT_PROC(client, server, ETP_FIN_WAIT2);
	EXPECT_TRUE(WITHIN(10000, proc_state(way, client, server) == 0));
	/* Its peer learns only when it speaks. */
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(fd[1]));
	EXPECT_EQ(1, ERR(send(fd[1], "x", 1, MSG_NOSIGNAL)));
	EXPECT_STATE(fd[1], ETP_CLOSE);
}

WAY_TEST(linger2_below_zero_leaves_no_orphan)
{
	int fd[2], client, server;

	ASSERT_EQ(0, way_pair(way, fd));
	client = local_port(fd[0]);
	server = local_port(fd[1]);
	ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
	EXPECT_STATE(fd[0], ETP_FIN_WAIT2);
	ASSERT_EQ(0, set_int(fd[0], test_level(), ETP_LINGER2, -1));
	close(fd[0]);
	EXPECT_EQ(0, proc_state(way, client, server));
	EXPECT_STATE(fd[1], ETP_CLOSE);
}

TEST_HARNESS_MAIN
