// SPDX-License-Identifier: GPL-2.0
/*
 * What lies between sender and reader: how much the buffers hold, who waits for room
 * in them or for enough to read, and what can be asked about them.
 */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <linux/sockios.h>

#include "kselftest_harness.h"
#include "common.h"

WAYS()

WAY_TEST(dontwait)
{
	char c;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(-EAGAIN, ERR(recv(fd[0], &c, 1, MSG_DONTWAIT)));
	EXPECT_LT(0, fill(fd[0]));
	/* Room may come late, and then as much as the window's last part held:
	 * a byte at a time would never fill it.
	 */
	EXPECT_TRUE(WITHIN(SOON, fill(fd[0]) >= 0 &&
			   ERR(send(fd[0], &c, 1, MSG_DONTWAIT)) == -EAGAIN));
	ASSERT_EQ(0, set_nonblock(fd[0]));
	EXPECT_TRUE(WITHIN(SOON, fill(fd[0]) >= 0 &&
			   ERR(send(fd[0], &c, 1, 0)) == -EAGAIN));
	EXPECT_TRUE(WITHIN(SOON, fill(fd[0]) >= 0 &&
			   !revents(fd[0], POLLIN | POLLOUT, 0)));
}

WAY_TEST(rcvlowat)
{
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVLOWAT, 4));
	EXPECT_EQ(4, get_int(fd[1], SOL_SOCKET, SO_RCVLOWAT));
	ASSERT_EQ(3, write_all(fd[0], "abc", 3));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 3));
	EXPECT_EQ(0, revents(fd[1], POLLIN, 0));
	ASSERT_EQ(1, write_all(fd[0], "d", 1));
	EXPECT_EQ(POLLIN, revents(fd[1], POLLIN, SOON));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVLOWAT, 5));
	EXPECT_EQ(0, revents(fd[1], POLLIN, 0));
	/* Nothing more can come: what there is must do. */
	ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
	EXPECT_EQ(POLLIN, revents(fd[1], POLLIN, SOON));
}

WAY_TEST(buffer_sizes)
{
	long small, large;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	/* The kernel doubles what is asked for: its own needs. */
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 16384));
	EXPECT_EQ(32768, get_int(fd[0], SOL_SOCKET, SO_SNDBUF));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 16384));
	EXPECT_EQ(32768, get_int(fd[1], SOL_SOCKET, SO_RCVBUF));
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 0));
	EXPECT_LT(1024, get_int(fd[0], SOL_SOCKET, SO_SNDBUF));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 0));
	EXPECT_LT(1024, get_int(fd[1], SOL_SOCKET, SO_RCVBUF));

	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 16384));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 65536));
	small = fill(fd[0]);
	EXPECT_LT(0, small);
	EXPECT_TRUE(delivers(fd[1], 0, small));

	/* A bigger buffer holds more. */
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 200000));
	large = fill(fd[0]);
	EXPECT_LT(small + 50000, large);
	EXPECT_TRUE(delivers(fd[1], 0, large));
}

WAY_TEST(full_buffer_blocks_the_writer_until_the_reader_reads)
{
	int fd[2];
	char c = 0;
	long n;
	pid_t pid;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 20000));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 20000));
	n = fill(fd[0]);
	ASSERT_LT(0, n);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(!sends(fd[0], n, 100000));
	/* It sits in send(). */
	usleep(100000);
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	EXPECT_EQ(0, revents(fd[0], POLLOUT, 0));
	EXPECT_TRUE(delivers(fd[1], 0, n + 100000));
	EXPECT_TRUE(ended_well(pid));
	EXPECT_EQ(POLLOUT, revents(fd[0], POLLOUT, SOON));
	EXPECT_EQ(-EAGAIN, ERR(recv(fd[1], &c, 1, MSG_DONTWAIT)));
}

WAY_TEST(byte_by_byte_from_a_closed_window)
{
	int fd[2], i;
	char c, want;
	long n;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 1));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 1));
	n = fill(fd[0]);
	ASSERT_LT(500, n);
	/* A reader this slow must not bring forth a silly window, nor a stall. */
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(1, recv(fd[1], &c, 1, 0));
		pattern(&want, i, 1);
		ASSERT_EQ(want, c);
	}
	EXPECT_TRUE(delivers(fd[1], 500, n - 500));
}

WAY_TEST(timeouts)
{
	struct timeval tv = { };
	socklen_t len = sizeof(tv);
	long start, n;
	int fd[2];
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_timeo(fd[0], SO_RCVTIMEO, 100));
	ASSERT_EQ(0, set_timeo(fd[0], SO_SNDTIMEO, 100));
	ASSERT_EQ(0, getsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	EXPECT_EQ(100000, tv.tv_usec);
	start = now_ms();
	EXPECT_EQ(-EAGAIN, ERR(recv(fd[0], &c, 1, 0)));
	EXPECT_LE(AWHILE, now_ms() - start);

	/* The last bit of room may come late. */
	ASSERT_LT(0, fill(fd[0]));
	do {
		start = now_ms();
		n = ERR(send(fd[0], &c, 1, 0));
	} while (n == 1);
	EXPECT_EQ(-EAGAIN, n);
	EXPECT_LE(AWHILE, now_ms() - start);
}

WAY_TEST(queue_lengths)
{
	union addr addr;
	int fd[2], lfd;
	long n;

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(0, queued(fd[0], SIOCOUTQ));
	EXPECT_EQ(0, queued(fd[0], SIOCOUTQNSD));
	EXPECT_EQ(0, queued(fd[1], SIOCINQ));
	ASSERT_EQ(7, write_all(fd[0], "1234567", 7));
	EXPECT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 7));
	/* Acknowledged, if with the delay that is allowed. */
	EXPECT_TRUE(WITHIN(SOON, queued(fd[0], SIOCOUTQ) == 0));

	n = 7 + fill(fd[0]);
	/* Between two looks a segment may pass from one queue to the other. */
	EXPECT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) + queued(fd[0], SIOCOUTQ) == n));
	EXPECT_LE(queued(fd[0], SIOCOUTQNSD), queued(fd[0], SIOCOUTQ));
	EXPECT_LT(0, queued(fd[0], SIOCOUTQNSD));

	lfd = way_listen(way, 1, &addr);
	EXPECT_EQ(-EINVAL, queued(lfd, SIOCINQ));
	EXPECT_EQ(-EINVAL, queued(lfd, SIOCOUTQ));
	EXPECT_EQ(-EFAULT, ERR(ioctl(fd[1], SIOCINQ, BAD)));
	EXPECT_EQ(-ENOTTY, ERR(ioctl(fd[1], 0xdead, &n)));
}

TEST_HARNESS_MAIN
