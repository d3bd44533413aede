// SPDX-License-Identifier: GPL-2.0
/* The retransmit tree: found, split, sent again, removed, across the wrap. */
#include "harness.h"
#include "suites.h"

/* Five segments in flight that were written, and so queued, one by one */
static void five(struct wire *w)
{
	int i;

	w->use_iss = 0xffffffff - 2 * WIRE_MSS;
	wire_open_active(w, "mss 1460");
	for (i = 0; i < 5; i++)
		wire_write(w, WIRE_MSS);
	wire_out_data(w, 1, 7301, WIRE_MSS);
}

static u32 found(struct wire *w, u32 seq)
{
	struct sk_buff *skb = etp_rtx_find(w->sk, w->iss + seq);

	return skb ? etp_tx(skb)->seq - w->iss : 0;
}

static void rtxq_find(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 i;

	five(w);
	KUNIT_EXPECT_FALSE(test, etp_rtx_empty(w->sk));
	KUNIT_EXPECT_EQ(test, etp_tx(etp_rtx_head(w->sk))->seq, w->iss + 1);
	KUNIT_EXPECT_NULL(test, etp_rtx_find(w->sk, w->iss));
	KUNIT_EXPECT_NULL(test, etp_rtx_find(w->sk, w->iss + 7301));
	for (i = 0; i < 5; i++) {
		u32 first = 1 + i * WIRE_MSS;

		KUNIT_EXPECT_EQ(test, found(w, first), first);
		KUNIT_EXPECT_EQ(test, found(w, first + 700), first);
		KUNIT_EXPECT_EQ(test, found(w, first + 1459), first);
	}
}

static void rtxq_split(struct kunit *test)
{
	struct wire *w = test->priv;
	struct sk_buff *skb;
	int queued;

	five(w);
	queued = w->sk->sk_wmem_queued;
	lock_sock(w->sk);
	skb = etp_rtx_find(w->sk, w->iss + 1461);
	KUNIT_EXPECT_EQ(test, etp_split(w->sk, skb, 1000, GFP_KERNEL), 0);
	release_sock(w->sk);
	KUNIT_EXPECT_EQ(test, found(w, 1461), 1461U);
	KUNIT_EXPECT_EQ(test, found(w, 2460), 1461U);
	KUNIT_EXPECT_EQ(test, found(w, 2461), 2461U);
	KUNIT_EXPECT_EQ(test, found(w, 2920), 2461U);
	KUNIT_EXPECT_EQ(test, found(w, 2921), 2921U);
	KUNIT_EXPECT_GE(test, w->sk->sk_wmem_queued, queued);
	/* both halves go, and are given back */
	wire_in(w, "ACK seq 1 ack 2461");
	KUNIT_EXPECT_EQ(test, etp_tx(etp_rtx_head(w->sk))->seq, w->iss + 2461);
	wire_in(w, "ACK seq 1 ack 7301");
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
}

static u32 again(struct wire *w, u32 seq, u32 limit)
{
	u32 next;

	lock_sock(w->sk);
	next = etp_retransmit(w->sk, w->iss + seq, limit, ETP_CAUSE_NONE);
	release_sock(w->sk);
	return next - w->iss;
}

static void rtxq_retransmit(struct kunit *test)
{
	struct wire *w = test->priv;

	five(w);
	KUNIT_EXPECT_EQ(test, again(w, 1, WIRE_MSS), 1461U);
	wire_out(w, "ACK seq 1 len 1460");
	KUNIT_EXPECT_EQ(test, again(w, 2921, 10 * WIRE_MSS), 4381U);
	wire_out(w, "ACK seq 2921 len 1460");
	/* from within a segment; one goes, however small the limit */
	KUNIT_EXPECT_EQ(test, again(w, 5001, 1), 5841U);
	wire_out(w, "ACK seq 5001 len 840");
	wire_out_nothing(w);
	/* nothing is there */
	KUNIT_EXPECT_EQ(test, again(w, 7301, WIRE_MSS), 7301U);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.total_retrans, 3U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.bytes_retrans, 2ULL * WIRE_MSS + 840);
	KUNIT_EXPECT_EQ(test, etp_tx(etp_rtx_head(w->sk))->retrans, 1);
	wire_in(w, "ACK seq 1 ack 7301");
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
}

/* What the tracepoints tell of a loss is kept for the retransmissions it causes. */
static void rtxq_causes(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	five(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.cause, ETP_CAUSE_NONE);
	for (i = 0; i < 3; i++)
		wire_in(w, "ACK seq 1 ack 1");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.cause, ETP_CAUSE_DUPACK);
	wire_in(w, "ACK seq 1 ack 2921");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.cause, ETP_CAUSE_PARTIAL);
	wire_fire(w, WIRE_RTX);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.cause, ETP_CAUSE_TIMEOUT);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 7301");
}

static void rtxq_counts_saturate(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	for (i = 0; i < 300; i++) {
		KUNIT_EXPECT_EQ(test, again(w, 1, WIRE_MSS), 11U);
		wire_forget(w);
	}
	KUNIT_EXPECT_EQ(test, etp_tx(etp_rtx_head(w->sk))->retrans, 255);
}

static struct kunit_case rtxq_cases[] = {
	KUNIT_CASE(rtxq_find),
	KUNIT_CASE(rtxq_split),
	KUNIT_CASE(rtxq_retransmit),
	KUNIT_CASE(rtxq_causes),
	KUNIT_CASE(rtxq_counts_saturate),
	{}
};

struct kunit_suite etp_rtxq_suite = {
	.name = "etp_rtxq",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = rtxq_cases,
};
