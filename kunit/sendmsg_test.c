// SPDX-License-Identifier: GPL-2.0
/* Bytes from the program to the write queue: how many, in what pieces, and not. */
#include "harness.h"
#include "suites.h"

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

static struct kunit_case sendmsg_cases[] = {
	KUNIT_CASE(sendmsg_buffer),
	KUNIT_CASE(sendmsg_collects),
	KUNIT_CASE(sendmsg_push),
	KUNIT_CASE(sendmsg_not_connected),
	KUNIT_CASE(sendmsg_after_shutdown),
	KUNIT_CASE(sendmsg_notsent_lowat),
	{}
};

struct kunit_suite etp_sendmsg_suite = {
	.name = "etp_sendmsg",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = sendmsg_cases,
};
