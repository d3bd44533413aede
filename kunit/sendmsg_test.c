// SPDX-License-Identifier: GPL-2.0
/* Bytes from the program to the write queue: how many, in what pieces, and not. */
#include "harness.h"
#include "suites.h"
#include <linux/bvec.h>

/* A full buffer takes what fits, then nothing, then again when there is room. */
static void sendmsg_buffer(struct kunit *test)
{
	struct wire *w = test->priv;
	int first, queued;

	wire_open_passive(w, "mss 1460");
	WRITE_ONCE(w->sk->sk_sndbuf, 32768);
	first = wire_send(w, 1 << 20, 0);
	KUNIT_EXPECT_GT(test, first, 10000);
	KUNIT_EXPECT_LT(test, first, 200000);
	KUNIT_EXPECT_EQ(test, wire_send(w, 1000, 0), -EAGAIN);
	queued = w->sk->sk_wmem_queued;
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 14601");
	wire_forget(w);
	KUNIT_EXPECT_LT(test, w->sk->sk_wmem_queued, queued);
	while (etp_flight(&wire_es(w)->snd)) {
		wire_in(w, "ACK seq 1 ack %u", wire_es(w)->snd.nxt - w->iss);
		wire_forget(w);
	}
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.una - w->iss, 1U + first);
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
	KUNIT_EXPECT_EQ(test, wire_send(w, 1000, 0), 1000);
}

/* One call or many small ones: the same segments */
static void sendmsg_collects(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 1);
	wire_out(w, "ACK|PSH seq 1 len 1");
	for (i = 0; i < 1459; i++)
		wire_write(w, 1);
	wire_out_nothing(w);
	wire_write(w, 1);
	wire_out(w, "ACK seq 2 len 1460");
	wire_out_nothing(w);
	wire_write(w, 0);
	wire_out_nothing(w);
}

/* PSH where the program stopped, not in between */
static void sendmsg_push(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 5 * WIRE_MSS);
	for (i = 0; i < 5; i++) {
		s = wire_next(w);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
		KUNIT_EXPECT_EQ(test, !!(s->seg.flags & ETP_PSH), i == 4);
	}
}

static void sendmsg_not_connected(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	/* still on its way: wait, or don't */
	KUNIT_EXPECT_EQ(test, wire_send(w, 10, 0), -EAGAIN);
	wire_in(w, "RST|ACK seq 0 ack 1");
	KUNIT_EXPECT_EQ(test, wire_send(w, 10, 0), -ECONNREFUSED);
	KUNIT_EXPECT_EQ(test, wire_send(w, 10, 0), -EPIPE);
	wire_out_nothing(w);
}

static void sendmsg_after_shutdown(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_send(w, 10, 0), -EPIPE);
	KUNIT_EXPECT_EQ(test, wire_send(w, 10, MSG_FASTOPEN), -EOPNOTSUPP);
	wire_out_nothing(w);
}

/* net.etp.notsent_lowat, ETP_NOTSENT_LOWAT: what waits unsent counts, too */
static void sendmsg_notsent_lowat(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_NOTSENT_LOWAT, 5000);
	KUNIT_EXPECT_TRUE(test, sk_stream_memory_free(w->sk));
	wire_write(w, 14600);
	KUNIT_EXPECT_TRUE(test, sk_stream_memory_free(w->sk));
	wire_write(w, 5000);
	KUNIT_EXPECT_FALSE(test, sk_stream_memory_free(w->sk));
	wire_in(w, "ACK seq 1 ack 14601");
	KUNIT_EXPECT_TRUE(test, sk_stream_memory_free(w->sk));
}

/* A page that is shared and not copied; what MSG_MORE holds goes at the end. */
static void sendmsg_pages(struct kunit *test)
{
	struct wire *w = test->priv;
	struct bio_vec bvec = { .bv_len = 1000 };
	struct msghdr msg = { .msg_flags = MSG_SPLICE_PAGES | MSG_MORE | MSG_DONTWAIT };
	u8 *data;
	int i;

	wire_open_passive(w, "mss 1460");
	bvec.bv_page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bvec.bv_page);
	data = page_address(bvec.bv_page);
	for (i = 0; i < 1000; i++)
		data[i] = wire_byte(i);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bvec, 1, 1000);
#ifdef ETP_HAVE_SENDPAGE
	KUNIT_EXPECT_EQ(test, 1000, etp_sendpage(w->sk, bvec.bv_page, 0, 1000,
						 MSG_DONTWAIT | MSG_MORE |
						 MSG_SENDPAGE_NOTLAST));
#else
	KUNIT_EXPECT_EQ(test, 1000, etp_sendmsg(w->sk, &msg, 1000));
#endif
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, page_count(bvec.bv_page), 2);
	etp_splice_eof(w->sock);
	wire_out(w, "ACK|PSH seq 1 len 1000");
	etp_splice_eof(w->sock);
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1001");
	KUNIT_EXPECT_EQ(test, page_count(bvec.bv_page), 1);
	put_page(bvec.bv_page);
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
}

/* MSG_EOR: what is written next begins a segment. */
static void sendmsg_eor(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_CORK, 1);
	KUNIT_EXPECT_EQ(test, wire_send(w, 100, MSG_EOR), 100);
	KUNIT_EXPECT_EQ(test, wire_send(w, 100, 0), 100);
	wire_set(w, ETP_NODELAY, 1);
	wire_set(w, ETP_CORK, 0);
	wire_out(w, "ACK seq 1 len 100");
	wire_out(w, "ACK|PSH seq 101 len 100");
	wire_out_nothing(w);
}

/* A writer that waits for room, in vain */
static void sendmsg_waits(struct kunit *test)
{
	struct wire *w = test->priv;
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	u8 *buf = kunit_kzalloc(test, 1000, GFP_KERNEL);
	struct kvec vec = { .iov_base = buf, .iov_len = 1000 };
	unsigned long began;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buf);
	wire_open_passive(w, "mss 1460");
	WRITE_ONCE(w->sk->sk_sndbuf, 32768);
	wire_send(w, 1 << 18, 0);
	wire_forget(w);
	w->sk->sk_sndtimeo = HZ / 20;
	began = jiffies;
	KUNIT_EXPECT_EQ(test, kernel_sendmsg(w->sock, &msg, &vec, 1, 1000), -EAGAIN);
	KUNIT_EXPECT_GE(test, jiffies - began, (unsigned long)HZ / 20);
}

/* Beyond the limit by as much as a processor may have in reserve */
static long too_much(const struct wire *w)
{
	return sk_prot_mem_limits(w->sk, 2) + 4096;
}

/* All sockets together have had their share, and this one has nothing in store; its
 * buffer is of the program's size.
 */
static int memory_out(struct wire *w)
{
	int store;

	atomic_long_add(too_much(w), &etp_memory_allocated);
	lock_sock(w->sk);
	w->sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	store = w->sk->sk_forward_alloc;
	sk_mem_charge(w->sk, store);
	release_sock(w->sk);
	return store;
}

static void memory_back(struct wire *w, int store)
{
	lock_sock(w->sk);
	sk_mem_uncharge(w->sk, store);
	release_sock(w->sk);
	atomic_long_sub(too_much(w), &etp_memory_allocated);
	etp_leave_memory_pressure(w->sk);
}

/* What is in flight goes again piece by piece, and an end can be said: only so does
 * memory come back.
 */
static void sendmsg_no_memory_for_more(struct kunit *test)
{
	struct wire *w = test->priv;
	int store;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 5 * WIRE_MSS);
	wire_forget(w);
	store = memory_out(w);
	KUNIT_EXPECT_EQ(test, wire_send(w, 10000, 0), -EAGAIN);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_in(w, "ACK seq 1 ack 7301");
	wire_shutdown(w);
	wire_out(w, "ACK|FIN seq 7301");
	wire_state(w, TCP_FIN_WAIT1);
	wire_in(w, "ACK seq 1 ack 7302");
	memory_back(w, store);
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
}

/* And who has nothing queued may queue a little. */
static void sendmsg_no_memory_for_first(struct kunit *test)
{
	struct wire *w = test->priv;
	int store, sent;

	wire_open_passive(w, "mss 1460");
	store = memory_out(w);
	sent = wire_send(w, 20000, 0);
	KUNIT_EXPECT_GT(test, sent, 0);
	KUNIT_EXPECT_LE(test, sent, etp_net(&init_net)->wmem[0]);
	KUNIT_EXPECT_EQ(test, wire_send(w, 20000, 0), -EAGAIN);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack %d", sent + 1);
	KUNIT_EXPECT_GT(test, wire_send(w, 20000, 0), 0);
	memory_back(w, store);
}

/* A control message of the wrong kind: nothing is written. */
static void sendmsg_bad_cmsg(struct kunit *test)
{
	struct wire *w = test->priv;
	struct {
		struct cmsghdr	hdr;
		u32		value;
	} cmsg = { .hdr = {
		.cmsg_len = CMSG_LEN(sizeof(u32)), .cmsg_level = SOL_SOCKET,
		.cmsg_type = 0x7777,
	} };
	struct msghdr msg = {
		.msg_control = &cmsg, .msg_controllen = sizeof(cmsg),
		.msg_flags = MSG_DONTWAIT,
	};
	struct kvec vec = { .iov_base = "x", .iov_len = 1 };

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_EQ(test, kernel_sendmsg(w->sock, &msg, &vec, 1, 1), -EINVAL);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.write_seq, wire_es(w)->snd.nxt);
}

static struct kunit_case sendmsg_cases[] = {
	KUNIT_CASE(sendmsg_buffer),
	KUNIT_CASE(sendmsg_collects),
	KUNIT_CASE(sendmsg_push),
	KUNIT_CASE(sendmsg_not_connected),
	KUNIT_CASE(sendmsg_after_shutdown),
	KUNIT_CASE(sendmsg_notsent_lowat),
	KUNIT_CASE(sendmsg_pages),
	KUNIT_CASE(sendmsg_eor),
	KUNIT_CASE(sendmsg_waits),
	KUNIT_CASE(sendmsg_no_memory_for_more),
	KUNIT_CASE(sendmsg_no_memory_for_first),
	KUNIT_CASE(sendmsg_bad_cmsg),
	{}
};

struct kunit_suite etp_sendmsg_suite = {
	.name = "etp_sendmsg",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = sendmsg_cases,
};
