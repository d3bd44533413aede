// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include <linux/sockios.h>

#include "kselftest_harness.h"
#include "common.h"

WAYS()

/* A temporary file of the pattern. */
static int pattern_file(size_t len)
{
	char buf[4096];
	size_t off;
	int fd = memfd_create("pattern", 0);

	for (off = 0; off < len; off += sizeof(buf)) {
		pattern(buf, off, sizeof(buf));
		if (write(fd, buf, sizeof(buf)) != sizeof(buf))
			return -EIO;
	}
	return ftruncate(fd, len) ? -errno : fd;
}

WAY_TEST(both_ways_at_once)
{
	const size_t len = 4 << 20;
	int fd[2], i;
	pid_t pid[3];

	ASSERT_EQ(0, way_pair(way, fd));
	/* Three children and this process: one for each end and direction. */
	for (i = 0; i < 3; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (pid[i])
			continue;
		if (i == 0)
			_exit(!sends(fd[0], 0, len));
		if (i == 1)
			_exit(!sends(fd[1], 77, len));
		_exit(!delivers(fd[1], 0, len));
	}
	EXPECT_TRUE(delivers(fd[0], 77, len));
	for (i = 0; i < 3; i++) {
		EXPECT_TRUE(ended_well(pid[i]))
			TH_LOG("child %d", i);
	}
}

WAY_TEST(every_size)
{
	static const size_t size[] = {
		1, 2, 3, 535, 536, 537, 1447, 1448, 1449, 1460, 4095, 4096, 4097,
		32767, 32768, 65482, 65483, 65484, 65535, 65536, 65537, 100001,
	};
	static char buf[100001];
	size_t off = 0;
	int fd[2], i;

	ASSERT_EQ(0, way_pair(way, fd));
	for (i = 0; i < ARRAY_SIZE(size); i++) {
		pattern(buf, off, size[i]);
		ASSERT_EQ(size[i], write_all(fd[0], buf, size[i]));
		ASSERT_EQ(size[i], recv(fd[1], buf, size[i], MSG_WAITALL));
		ASSERT_TRUE(pattern_ok(buf, off, size[i]))
			TH_LOG("size %zu", size[i]);
		off += size[i];
	}
}

WAY_TEST(many_small_writes_keep_their_order)
{
	char buf[8];
	int fd[2], i, n;
	size_t off = 0;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[0], test_level(), ETP_NODELAY, 1));
	for (i = 0; i < 600; i++) {
		n = 1 + i % 7;
		pattern(buf, off, n);
		ASSERT_EQ(n, send(fd[0], buf, n, 0));
		off += n;
	}
	EXPECT_TRUE(delivers(fd[1], 0, off));
}

WAY_TEST(peek)
{
	char buf[16] = "";
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(-EAGAIN, ERR(recv(fd[1], buf, 1, MSG_PEEK | MSG_DONTWAIT)));
	ASSERT_EQ(6, write_all(fd[0], "abcdef", 6));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 6));
	EXPECT_EQ(3, recv(fd[1], buf, 3, MSG_PEEK));
	EXPECT_STREQ("abc", buf);
	EXPECT_EQ(6, recv(fd[1], buf, sizeof(buf), MSG_PEEK));
	EXPECT_STREQ("abcdef", buf);
	EXPECT_EQ(6, queued(fd[1], SIOCINQ));
	memset(buf, 0, sizeof(buf));
	EXPECT_EQ(2, recv(fd[1], buf, 2, 0));
	EXPECT_EQ(4, recv(fd[1], buf, sizeof(buf), MSG_PEEK));
	EXPECT_STREQ("cdef", buf);
	EXPECT_EQ(4, recv(fd[1], buf, sizeof(buf), 0));
	close(fd[0]);
	EXPECT_EQ(0, recv(fd[1], buf, 1, MSG_PEEK));
	EXPECT_EQ(0, recv(fd[1], buf, 1, 0));
}

WAY_TEST(peek_sees_across_segments)
{
	char buf[8] = "";
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[0], test_level(), ETP_NODELAY, 1));
	ASSERT_EQ(3, write_all(fd[0], "abc", 3));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 3));
	ASSERT_EQ(3, write_all(fd[0], "def", 3));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 6));
	EXPECT_EQ(5, recv(fd[1], buf, 5, MSG_PEEK | MSG_WAITALL));
	EXPECT_STREQ("abcde", buf);
	EXPECT_EQ(6, recv(fd[1], buf, 6, MSG_WAITALL));
	EXPECT_STREQ("abcdef", buf);
}

WAY_TEST(waitall)
{
	char buf[64] = "";
	int fd[2];
	pid_t pid;

	ASSERT_EQ(0, way_pair(way, fd));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		for (int i = 0; i < 4; i++) {
			usleep(20000);
			if (write_all(fd[0], "0123456789", 10) != 10)
				_exit(1);
		}
		_exit(shutdown(fd[0], SHUT_WR));
	}
	EXPECT_EQ(35, recv(fd[1], buf, 35, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(buf, "01234567890123456789012345678901234", 35));
	/* The end of the stream ends the wait as well. */
	EXPECT_EQ(5, recv(fd[1], buf, 35, MSG_WAITALL));
	EXPECT_TRUE(ended_well(pid));
}

WAY_TEST(waitall_gives_what_there_is_at_the_timeout)
{
	char buf[64];
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_timeo(fd[1], SO_RCVTIMEO, 60));
	ASSERT_EQ(4, write_all(fd[0], "four", 4));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 4));
	EXPECT_EQ(4, recv(fd[1], buf, sizeof(buf), MSG_WAITALL));
}

WAY_TEST(more_and_cork_hold_back_a_partial_segment)
{
	const int level = test_level();
	int fd[2];
	char buf[8];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(2, send(fd[0], "ab", 2, MSG_MORE));
	EXPECT_EQ(-EAGAIN, ERR(recv(fd[1], buf, 8, MSG_DONTWAIT)));
	ASSERT_EQ(2, send(fd[0], "cd", 2, 0));
	EXPECT_EQ(4, recv(fd[1], buf, 4, MSG_WAITALL));

	ASSERT_EQ(0, set_int(fd[0], level, ETP_CORK, 1));
	EXPECT_EQ(1, get_int(fd[0], level, ETP_CORK));
	ASSERT_EQ(2, send(fd[0], "ef", 2, 0));
	EXPECT_EQ(-EAGAIN, ERR(recv(fd[1], buf, 8, MSG_DONTWAIT)));
	ASSERT_EQ(0, set_int(fd[0], level, ETP_CORK, 0));
	EXPECT_EQ(2, recv(fd[1], buf, 2, MSG_WAITALL));
}

WAY_TEST(nagle_holds_back_the_second_small_write)
{
	const int level = test_level();
	int fd[2];
	char buf[8];

	ASSERT_EQ(0, way_pair(way, fd));
	/* The peer must not acknowledge at once, or there is nothing to wait for. */
	ASSERT_EQ(0, set_int(fd[1], level, ETP_QUICKACK, 0));
	ASSERT_EQ(1, send(fd[0], "a", 1, 0));
	ASSERT_EQ(1, recv(fd[1], buf, 1, 0));
	ASSERT_EQ(1, send(fd[0], "b", 1, 0));
	EXPECT_EQ(1, queued(fd[0], SIOCOUTQNSD));
	/* The delayed ACK lets it go. */
	EXPECT_EQ(1, recv(fd[1], buf, 1, 0));
	EXPECT_EQ(0, queued(fd[0], SIOCOUTQNSD));

	ASSERT_EQ(0, set_int(fd[0], level, ETP_NODELAY, 1));
	ASSERT_EQ(1, send(fd[0], "c", 1, 0));
	ASSERT_EQ(1, send(fd[0], "d", 1, 0));
	EXPECT_EQ(0, queued(fd[0], SIOCOUTQNSD));
	EXPECT_EQ(2, recv(fd[1], buf, 2, MSG_WAITALL));
}

WAY_TEST(trunc_throws_away)
{
	char buf[8] = "";
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(6, write_all(fd[0], "abcdef", 6));
	/* The buffer is never touched. */
	EXPECT_EQ(3, recv(fd[1], BAD, 3, MSG_TRUNC | MSG_WAITALL));
	EXPECT_EQ(3, recv(fd[1], buf, 8, 0));
	EXPECT_STREQ("def", buf);
}

WAY_TEST(several_vectors)
{
	char a[3] = "", b[5] = "", c[9] = "";
	struct iovec out[] = { { "one", 3 }, { "", 0 }, { "three", 5 }, { "x", 1 } };
	struct iovec in[] = { { a, 2 }, { b, 4 }, { NULL, 0 }, { c, 3 } };
	struct msghdr msg = { .msg_iov = out, .msg_iovlen = 3 };
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(9, writev(fd[0], out, 4));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 9));
	EXPECT_EQ(9, readv(fd[1], in, 4));
	EXPECT_STREQ("on", a);
	EXPECT_STREQ("ethr", b);
	EXPECT_STREQ("eex", c);

	EXPECT_EQ(8, sendmsg(fd[0], &msg, 0));
	msg.msg_iov = in;
	msg.msg_iovlen = 4;
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 8));
	EXPECT_EQ(8, recvmsg(fd[1], &msg, 0));
	EXPECT_EQ(0, memcmp(c, "ee", 2));
}

WAY_TEST(bad_pointers_lose_nothing)
{
	char *page = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec iov[] = { { page, 4 }, { BAD, 4 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	char buf[16] = "";
	int fd[2];

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_EQ(0, munmap(page + 4096, 4096));
	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(-EFAULT, ERR(send(fd[0], BAD, 10, 0)));
	EXPECT_EQ(-EFAULT, ERR(sendmsg(fd[0], BAD, 0)));
	EXPECT_EQ(0, queued(fd[0], SIOCOUTQ));

	ASSERT_EQ(8, write_all(fd[0], "abcdefgh", 8));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 8));
	EXPECT_EQ(-EFAULT, ERR(recv(fd[1], BAD, 8, 0)));
	EXPECT_EQ(-EFAULT, ERR(recv(fd[1], BAD, 8, MSG_PEEK)));
	EXPECT_EQ(-EFAULT, ERR(recvmsg(fd[1], BAD, 0)));
	EXPECT_EQ(-EFAULT, ERR(recv(fd[1], page + 4093, 8, 0)));
	EXPECT_EQ(-EFAULT, ERR(recvmsg(fd[1], &msg, 0)));
	EXPECT_EQ(8, queued(fd[1], SIOCINQ));
	EXPECT_EQ(8, recv(fd[1], buf, sizeof(buf), 0));
	EXPECT_STREQ("abcdefgh", buf);

	/* The bytes before a hole are sent, or none; never one twice. */
	memcpy(page + 4093, "xyz", 3);
	EXPECT_EQ(-EFAULT, ERR(send(fd[0], page + 4093, 8, 0)));
	ASSERT_EQ(3, write_all(fd[0], "end", 3));
	EXPECT_EQ(3, recv(fd[1], buf, 3, MSG_WAITALL));
	EXPECT_EQ(0, memcmp(buf, "end", 3));
}

WAY_TEST(nothing_is_sent_or_received_by_length_zero)
{
	char c = 'x';
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(0, ERR(send(fd[0], &c, 0, 0)));
	EXPECT_EQ(0, ERR(send(fd[0], NULL, 0, 0)));
	EXPECT_EQ(-EAGAIN, ERR(recv(fd[1], &c, 1, MSG_DONTWAIT)));
	/* TCP's answer to a read of nothing from an empty queue: 0, at once. */
	EXPECT_EQ(0, ERR(read(fd[1], &c, 0)));
	ASSERT_EQ(1, write_all(fd[0], &c, 1));
	ASSERT_TRUE(WITHIN(SOON, queued(fd[1], SIOCINQ) == 1));
	EXPECT_EQ(0, ERR(recv(fd[1], &c, 0, 0)));
	EXPECT_EQ(1, recv(fd[1], &c, 1, 0));
}

WAY_TEST(unconnected_sockets_carry_nothing)
{
	char c = 'x';
	int fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPIPE, ERR(send(fd, &c, 1, MSG_NOSIGNAL)));
	EXPECT_EQ(-ENOTCONN, ERR(recv(fd, &c, 1, 0)));
	EXPECT_EQ(-ENOTCONN, ERR(recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT)));
	EXPECT_EQ(0, queued(fd, SIOCOUTQ));
}

WAY_TEST(addresses_are_ignored_when_connected)
{
	union addr to, from = { };
	socklen_t len;
	int fd[2];
	char c;

	ASSERT_EQ(0, way_pair(way, fd));
	len = way_loopback(way, 9, &to);
	EXPECT_EQ(1, ERR(sendto(fd[0], "x", 1, 0, &to.sa, len)));
	from.sa.sa_family = 0x77;
	EXPECT_EQ(1, ERR(recvfrom(fd[1], &c, 1, 0, &from.sa, &len)));
	EXPECT_EQ(0, len);
	EXPECT_EQ(0x77, from.sa.sa_family);
	EXPECT_EQ(-EFAULT, ERR(sendto(fd[0], "x", 1, 0, BAD, sizeof(to.in))));
	EXPECT_EQ(-EINVAL, ERR(sendto(fd[0], "x", 1, 0, &to.sa, -1)));
}

static int pipes;

static void count_pipe(int sig)
{
	pipes++;
}

WAY_TEST(broken_pipe)
{
	char c = 'x';
	int fd[2];

	signal(SIGPIPE, count_pipe);
	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
	EXPECT_EQ(-EPIPE, ERR(send(fd[0], &c, 1, 0)));
	EXPECT_EQ(1, pipes);
	EXPECT_EQ(-EPIPE, ERR(write(fd[0], &c, 1)));
	EXPECT_EQ(2, pipes);
	EXPECT_EQ(-EPIPE, ERR(send(fd[0], &c, 1, MSG_NOSIGNAL)));
	EXPECT_EQ(2, pipes);

	/* The peer has gone: a first send meets its RST, the next the pipe. */
	ASSERT_EQ(0, way_pair(way, fd));
	close(fd[1]);
	ASSERT_EQ(0, recv(fd[0], &c, 1, 0));
	EXPECT_EQ(1, ERR(send(fd[0], &c, 1, 0)));
	EXPECT_TRUE(revents(fd[0], POLLIN, SOON) & POLLERR);
	EXPECT_EQ(-EPIPE, ERR(send(fd[0], &c, 1, 0)));
	EXPECT_EQ(3, pipes);
}

WAY_TEST(sends_a_file)
{
	const size_t len = 300000;
	off_t off = 1000;
	int fd[2], file;
	ssize_t n;
	pid_t pid;

	file = pattern_file(len);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, way_pair(way, fd));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(!delivers(fd[1], 1000, len - 1000));
	while (off < len) {
		n = sendfile(fd[0], file, &off, len - off);
		ASSERT_LT(0, n);
	}
	EXPECT_EQ(0, sendfile(fd[0], file, &off, 1));
	EXPECT_TRUE(ended_well(pid));
}

WAY_TEST(splices_in_and_out)
{
	const size_t len = 200000;
	int fd[2], in[2], out[2], file, sent = 0, moved;
	char buf[4096];
	size_t off = 0;
	loff_t pos = 0;
	ssize_t n;

	file = pattern_file(len);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, pipe(in));
	ASSERT_EQ(0, pipe(out));
	/* SPLICE_F_NONBLOCK is about the pipe. */
	ASSERT_EQ(0, set_nonblock(fd[1]));
	EXPECT_EQ(-EAGAIN, ERR(splice(fd[1], NULL, out[1], NULL, 100, 0)));

	/* file - pipe - socket - socket - pipe */
	while (sent < len) {
		n = splice(file, &pos, in[1], NULL, 16384, 0);
		ASSERT_LT(0, n);
		for (moved = 0; moved < n;) {
			ssize_t m = splice(in[0], NULL, fd[0], NULL, n - moved, SPLICE_F_MORE);

			ASSERT_LT(0, m);
			moved += m;
		}
		sent += n;
		if (sent == len)
			ASSERT_EQ(0, shutdown(fd[0], SHUT_WR));
		while (off < sent) {
			n = splice(fd[1], NULL, out[1], NULL, 16384, 0);
			if (n < 0 && errno == EAGAIN && sent < len)
				break;
			if (n < 0 && errno == EAGAIN) {
				revents(fd[1], POLLIN, SOON);
				continue;
			}
			ASSERT_LT(0, n);
			for (moved = 0; moved < n;) {
				ssize_t m = n - moved < sizeof(buf) ? n - moved : sizeof(buf);

				m = read(out[0], buf, m);
				ASSERT_LT(0, m);
				ASSERT_TRUE(pattern_ok(buf, off, m));
				moved += m;
				off += m;
			}
		}
	}
	EXPECT_EQ(len, off);
	EXPECT_EQ(0, splice(fd[1], NULL, out[1], NULL, 16384, 0));
}

WAY_TEST(urgent_byte)
{
	char buf[8] = "";
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(-EINVAL, ERR(recv(fd[1], buf, 1, MSG_OOB)));
	ASSERT_EQ(3, send(fd[0], "abC", 3, MSG_OOB));
	EXPECT_EQ(POLLPRI, revents(fd[1], POLLPRI, SOON) & POLLPRI);
	EXPECT_EQ(1, ERR(recv(fd[1], buf, 1, MSG_OOB)));
	EXPECT_EQ('C', buf[0]);
	EXPECT_EQ(2, recv(fd[1], buf, 8, 0));
	EXPECT_EQ(0, memcmp(buf, "ab", 2));
	EXPECT_EQ(1, ioctl(fd[1], SIOCATMARK, &fd[0]) ? -errno : fd[0]);
}

WAY_TEST(two_processes_share_an_end)
{
	static char buf[20000];
	int fd[2], i;
	size_t count[2] = { };
	pid_t pid[2];

	ASSERT_EQ(0, way_pair(way, fd));
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (pid[i])
			continue;
		memset(buf, 'a' + i, sizeof(buf));
		for (int j = 0; j < 10; j++)
			if (write_all(fd[0], buf, sizeof(buf)) != sizeof(buf))
				_exit(1);
		_exit(0);
	}
	close(fd[0]);
	for (;;) {
		ssize_t n = recv(fd[1], buf, sizeof(buf), 0);

		ASSERT_LE(0, n);
		if (!n)
			break;
		for (i = 0; i < n; i++) {
			ASSERT_TRUE(buf[i] == 'a' || buf[i] == 'b');
			count[buf[i] - 'a']++;
		}
	}
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(ended_well(pid[i]));
		EXPECT_EQ(10 * sizeof(buf), count[i]);
	}
}

TEST_HARNESS_MAIN
