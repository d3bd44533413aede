// SPDX-License-Identifier: GPL-2.0
/* Bytes from the receive queue to the program: what is read, looked at, counted. */
#include "harness.h"
#include "suites.h"
#include <linux/errqueue.h>

static int recv_flags(struct wire *w, u8 *buf, u32 len, int flags)
{
	struct msghdr msg = {};
	struct kvec vec = { .iov_base = buf, .iov_len = len };

	return kernel_recvmsg(w->sock, &msg, &vec, 1, len, MSG_DONTWAIT | flags);
}

static void ten_segments(struct wire *w)
{
	int i;

	wire_open_passive(w, "mss 1460");
	for (i = 0; i < 10; i++)
		wire_in(w, "ACK seq %d ack 1 len 100", 1 + 100 * i);
	wire_forget(w);
}

static void recvmsg_pieces(struct kunit *test)
{
	struct wire *w = test->priv;

	ten_segments(w);
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 1000);
	wire_read(w, 1);
	wire_read(w, 99);
	wire_read(w, 150);
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 750);
	wire_read(w, 750);
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 0);
	wire_read_end(w, -EAGAIN);
	KUNIT_EXPECT_EQ(test, atomic_read(&w->sk->sk_rmem_alloc), 0);
}

/* More than there is: what there is */
static void recvmsg_short(struct kunit *test)
{
	struct wire *w = test->priv;
	u8 *buf = kunit_kzalloc(test, 2000, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buf);
	ten_segments(w);
	KUNIT_EXPECT_EQ(test, recv_flags(w, buf, 2000, 0), 1000);
	KUNIT_EXPECT_EQ(test, buf[999], wire_byte(999));
	KUNIT_EXPECT_EQ(test, recv_flags(w, buf, 2000, MSG_WAITALL), -EAGAIN);
}

static void recvmsg_peek(struct kunit *test)
{
	struct wire *w = test->priv;
	u8 buf[250];
	int i;

	ten_segments(w);
	for (i = 0; i < 3; i++) {
		memset(buf, 0, sizeof(buf));
		KUNIT_EXPECT_EQ(test, recv_flags(w, buf, sizeof(buf), MSG_PEEK), 250);
		KUNIT_EXPECT_EQ(test, buf[249], wire_byte(249));
	}
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 1000);
	wire_read(w, 1000);
}

/* MSG_TRUNC: counted, not copied */
static void recvmsg_trunc(struct kunit *test)
{
	struct wire *w = test->priv;
	u8 buf[150] = {};

	ten_segments(w);
	KUNIT_EXPECT_EQ(test, recv_flags(w, buf, sizeof(buf), MSG_TRUNC), 150);
	KUNIT_EXPECT_EQ(test, buf[100], 0);
	w->read += 150;
	wire_read(w, 850);
}

static void recvmsg_end(struct kunit *test)
{
	struct wire *w = test->priv;

	ten_segments(w);
	wire_in(w, "ACK|FIN seq 1001 ack 1");
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 1000);
	wire_read(w, 1000);
	wire_read_end(w, 0);
	wire_read_end(w, 0);
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 0);
}

/* What came before the RST was acknowledged: it can still be read */
static void recvmsg_reset(struct kunit *test)
{
	struct wire *w = test->priv;

	ten_segments(w);
	wire_in(w, "RST seq 1001");
	wire_read(w, 1000);
	wire_read_end(w, -ECONNRESET);
	wire_read_end(w, 0);
}

static void recvmsg_not_connected(struct kunit *test)
{
	struct wire *w = test->priv;
	struct socket *sock;
	struct msghdr msg = {};
	u8 byte;
	struct kvec vec = { .iov_base = &byte, .iov_len = 1 };

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
						  IPPROTO_ETP, &sock));
	KUNIT_EXPECT_EQ(test, kernel_recvmsg(sock, &msg, &vec, 1, 1, MSG_DONTWAIT),
			-ENOTCONN);
	sock_release(sock);
	wire_listen(w);
	KUNIT_EXPECT_EQ(test, kernel_recvmsg(w->listener, &msg, &vec, 1, 1,
					     MSG_DONTWAIT), -ENOTCONN);
}

/* ---- A reader in the kernel ---- */

struct actor {
	u32	want;
	u32	at;
	u32	wrong;
};

static int take(read_descriptor_t *desc, struct sk_buff *skb, unsigned int offset,
		size_t len)
{
	struct actor *a = desc->arg.data;
	u32 n = min_t(u32, len, a->want), i;
	u8 byte;

	for (i = 0; i < n; i++)
		a->wrong += skb_copy_bits(skb, offset + i, &byte, 1) ||
			    byte != wire_byte(a->at + i);
	a->at += n;
	a->want -= n;
	if (!a->want)
		desc->count = 0;
	return n;
}

static int read_sock(struct wire *w, struct actor *a, u32 want)
{
	read_descriptor_t desc = { .arg.data = a, .count = 1 };
	int ret;

	a->want = want;
	lock_sock(w->sk);
	ret = etp_read_sock(w->sk, &desc, take);
	release_sock(w->sk);
	return ret;
}

static void recvmsg_read_sock(struct kunit *test)
{
	struct wire *w = test->priv;
	struct actor a = {};

	ten_segments(w);
	KUNIT_EXPECT_EQ(test, read_sock(w, &a, 250), 250);
	KUNIT_EXPECT_EQ(test, read_sock(w, &a, 10), 10);
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 740);
	KUNIT_EXPECT_EQ(test, read_sock(w, &a, 5000), 740);
	KUNIT_EXPECT_EQ(test, read_sock(w, &a, 5000), 0);
	KUNIT_EXPECT_EQ(test, a.wrong, 0U);
}

/* ---- Control messages ---- */

/* Reads 10 bytes whose segment came at 5.000007001 s; the cmsg's payload */
static const void *stamped(struct wire *w, int type, size_t size)
{
	u8 *buf = kunit_kzalloc(w->test, 256, GFP_KERNEL);
	struct kvec vec = { .iov_base = buf, .iov_len = 10 };
	struct msghdr msg = { .msg_control = buf + 16, .msg_controllen = 240 };
	struct cmsghdr *cmsg = (struct cmsghdr *)(buf + 16);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, buf);
	wire_in(w, "ACK seq %u ack 1 len 10", 1 + w->read);
	wire_forget(w);
	skb_peek(&w->sk->sk_receive_queue)->tstamp = ktime_set(5, 7001);
	KUNIT_EXPECT_EQ(w->test, kernel_recvmsg(w->sock, &msg, &vec, 1, 10, 0), 10);
	w->read += 10;
	KUNIT_EXPECT_EQ(w->test, cmsg->cmsg_level, SOL_SOCKET);
	KUNIT_EXPECT_EQ(w->test, cmsg->cmsg_type, type);
	KUNIT_EXPECT_EQ(w->test, cmsg->cmsg_len, CMSG_LEN(size));
	return CMSG_DATA(cmsg);
}

static void recvmsg_timestamp(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct __kernel_old_timeval *old;
	const struct __kernel_old_timespec *oldns;
	const struct __kernel_sock_timeval *val;
	const struct __kernel_timespec *ns;

	wire_open_passive(w, "mss 1460");
	sock_set_flag(w->sk, SOCK_RCVTSTAMP);
	old = stamped(w, SO_TIMESTAMP_OLD, sizeof(*old));
	KUNIT_EXPECT_EQ(test, (long)old->tv_sec, 5L);
	KUNIT_EXPECT_EQ(test, (long)old->tv_usec, 7L);
	sock_set_flag(w->sk, SOCK_TSTAMP_NEW);
	val = stamped(w, SO_TIMESTAMP_NEW, sizeof(*val));
	KUNIT_EXPECT_EQ(test, (long)val->tv_sec, 5L);
	KUNIT_EXPECT_EQ(test, (long)val->tv_usec, 7L);
	sock_set_flag(w->sk, SOCK_RCVTSTAMPNS);
	ns = stamped(w, SO_TIMESTAMPNS_NEW, sizeof(*ns));
	KUNIT_EXPECT_EQ(test, (long)ns->tv_nsec, 7001L);
	sock_reset_flag(w->sk, SOCK_TSTAMP_NEW);
	oldns = stamped(w, SO_TIMESTAMPNS_OLD, sizeof(*oldns));
	KUNIT_EXPECT_EQ(test, (long)oldns->tv_sec, 5L);
	KUNIT_EXPECT_EQ(test, (long)oldns->tv_nsec, 7001L);
}

static void recvmsg_timestamping(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct scm_timestamping64 *v64;
	const struct scm_timestamping *v;

	wire_open_passive(w, "mss 1460");
	w->sk->sk_tsflags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
	v = stamped(w, SO_TIMESTAMPING_OLD, sizeof(*v));
	KUNIT_EXPECT_EQ(test, (long)v->ts[0].tv_sec, 5L);
	KUNIT_EXPECT_EQ(test, (long)v->ts[0].tv_nsec, 7001L);
	KUNIT_EXPECT_EQ(test, (long)v->ts[2].tv_sec, 0L);
	sock_set_flag(w->sk, SOCK_TSTAMP_NEW);
	v64 = stamped(w, SO_TIMESTAMPING_NEW, sizeof(*v64));
	KUNIT_EXPECT_EQ(test, (long)v64->ts[0].tv_nsec, 7001L);
}

/* ---- Waiting ---- */

/* A reader that has something does not wait for the rest, unless told to. */
static void recvmsg_waitall(struct kunit *test)
{
	struct wire *w = test->priv;
	u8 *buf = kunit_kzalloc(test, 2000, GFP_KERNEL);
	struct kvec vec = { .iov_base = buf, .iov_len = 2000 };
	struct msghdr msg = {};
	unsigned long began;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buf);
	ten_segments(w);
	w->sk->sk_rcvtimeo = HZ / 20;
	began = jiffies;
	KUNIT_EXPECT_EQ(test, kernel_recvmsg(w->sock, &msg, &vec, 1, 2000, MSG_WAITALL),
			1000);
	KUNIT_EXPECT_GE(test, jiffies - began, (unsigned long)HZ / 20);
	KUNIT_EXPECT_EQ(test, buf[999], wire_byte(999));
}

static void recvmsg_peek_len(struct kunit *test)
{
	struct wire *w = test->priv;

	ten_segments(w);
	KUNIT_EXPECT_EQ(test, etp_peek_len(w->sock), 1000);
	wire_read(w, 1);
	KUNIT_EXPECT_EQ(test, etp_peek_len(w->sock), 999);
}

/* Up to the urgent byte, and not over it */
static void recvmsg_stops_at_mark(struct kunit *test)
{
	struct wire *w = test->priv;
	u8 buf[20];

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|URG seq 1 ack 1 up 5 len 10");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, etp_inq(w->sk), 4);
	KUNIT_EXPECT_EQ(test, recv_flags(w, buf, 20, 0), 4);
	KUNIT_EXPECT_EQ(test, recv_flags(w, buf, 20, 0), 5);
	KUNIT_EXPECT_EQ(test, buf[0], wire_byte(5));
}

static void recvmsg_read_sock_fin(struct kunit *test)
{
	struct wire *w = test->priv;
	struct actor a = {};

	ten_segments(w);
	wire_in(w, "ACK|FIN seq 1001 ack 1");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, read_sock(w, &a, 5000), 1000);
	KUNIT_EXPECT_EQ(test, a.wrong, 0U);
	KUNIT_EXPECT_EQ(test, read_sock(w, &a, 5000), 0);
	wire_read_end(w, 0);
}

static struct kunit_case recvmsg_cases[] = {
	KUNIT_CASE(recvmsg_pieces),
	KUNIT_CASE(recvmsg_short),
	KUNIT_CASE(recvmsg_peek),
	KUNIT_CASE(recvmsg_trunc),
	KUNIT_CASE(recvmsg_end),
	KUNIT_CASE(recvmsg_reset),
	KUNIT_CASE(recvmsg_not_connected),
	KUNIT_CASE(recvmsg_read_sock),
	KUNIT_CASE(recvmsg_timestamp),
	KUNIT_CASE(recvmsg_timestamping),
	KUNIT_CASE(recvmsg_waitall),
	KUNIT_CASE(recvmsg_peek_len),
	KUNIT_CASE(recvmsg_stops_at_mark),
	KUNIT_CASE(recvmsg_read_sock_fin),
	{}
};

struct kunit_suite etp_recvmsg_suite = {
	.name = "etp_recvmsg",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = recvmsg_cases,
};
