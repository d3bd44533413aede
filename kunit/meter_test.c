// SPDX-License-Identifier: GPL-2.0
/* What the sender waits for, how fast data arrive, how long time-outs last. */
#include "harness.h"
#include "suites.h"

/* Of a connection whose SYN has been acknowledged */
static struct etp_meter *new_meter(struct kunit *test)
{
	struct etp_meter *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
	m->segs = 1;
	return m;
}

/* Times of different kinds add up, each for itself; what goes on counts up to now. */
static void meter_busy(struct kunit *test)
{
	struct etp_meter *m = new_meter(test);
	u32 from = 0U - 100;	/* jiffies wrap */
	const u64 tick = USEC_PER_SEC / HZ;

	KUNIT_EXPECT_EQ(test, etp_meter_busy_for(m, ETP_BUSY_NET, from), 0ULL);
	etp_meter_busy(m, ETP_BUSY_NET, from);
	KUNIT_EXPECT_EQ(test, etp_meter_busy_for(m, ETP_BUSY_NET, from + 30), 30 * tick);
	etp_meter_busy(m, ETP_BUSY_NET, from + 30);
	etp_meter_busy(m, ETP_BUSY_RWND, from + 50);
	KUNIT_EXPECT_EQ(test, etp_meter_busy_for(m, ETP_BUSY_NET, from + 999), 50 * tick);
	etp_meter_busy(m, ETP_BUSY_NOT, from + 120);
	KUNIT_EXPECT_EQ(test, etp_meter_busy_for(m, ETP_BUSY_RWND, from + 999), 70 * tick);
	etp_meter_busy(m, ETP_BUSY_SNDBUF, from + 200);
	etp_meter_busy(m, ETP_BUSY_NET, from + 201);
	etp_meter_busy(m, ETP_BUSY_NOT, from + 211);
	KUNIT_EXPECT_EQ(test, etp_meter_busy_for(m, ETP_BUSY_SNDBUF, from + 999), tick);
	KUNIT_EXPECT_EQ(test, etp_meter_busy_for(m, ETP_BUSY_NET, from + 999), 60 * tick);
}

/* So many bytes of which is known since, so long after their last was sent */
static void meter_acked(struct etp_meter *m, const struct etp_tx *tx, u32 bytes, u64 sent,
			u64 now)
{
	const struct etp_rec_ack ack = {
		.delivered = bytes, .segs = 1, .sent_us = sent,
		.before = tx->delivered, .idle = tx->idle,
	};

	etp_meter_acked(m, &ack, now);
}

static void meter_rate(struct kunit *test)
{
	struct etp_meter *m = new_meter(test);
	struct etp_tx tx[3] = {};

	m->bytes = 0U - 500;	/* wraps as well */
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 0ULL);
	etp_meter_sent(m, &tx[0]);
	etp_meter_sent(m, &tx[1]);
	/* 1000 bytes in 10 ms */
	meter_acked(m, &tx[0], 1000, 1000, 11000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 100000ULL);
	etp_meter_sent(m, &tx[2]);
	/* and 1000 more 2 ms later: 2000 since this one was sent, 11 ms before */
	meter_acked(m, &tx[1], 1000, 2000, 13000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 181818ULL);
	meter_acked(m, &tx[2], 500, 11000, 21000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 150000ULL);
	KUNIT_EXPECT_EQ(test, m->segs, 1 + 3U);
	KUNIT_EXPECT_EQ(test, m->bytes, 2000U);
	/* an ACK that tells of nothing that is to be trusted */
	meter_acked(m, &tx[2], 500, 0, 22000);
	meter_acked(m, &tx[2], 0, 11000, 22000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 150000ULL);
	/* faster than the clock */
	meter_acked(m, &tx[2], 0, 22000, 22000);
	meter_acked(m, &tx[2], 1, 22000, 22000);
	KUNIT_EXPECT_GT(test, etp_meter_rate(m), 0ULL);
}

/* How long a SYN takes tells nothing of how fast data arrive. */
static void meter_syn(struct kunit *test)
{
	struct etp_meter *m = new_meter(test);
	struct etp_tx syn = {}, data = {};

	m->segs = 0;
	m->rate_idle = true;
	etp_meter_sent(m, &syn);
	meter_acked(m, &syn, 1, 1000, 11000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 0ULL);
	KUNIT_EXPECT_TRUE(test, m->rate_idle);
	KUNIT_EXPECT_EQ(test, m->segs, 1U);
	etp_meter_sent(m, &data);
	meter_acked(m, &data, 1000, 20000, 30000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 100000ULL);
	KUNIT_EXPECT_FALSE(test, m->rate_idle);
}

/* A program that writes little must not make the network look slow. */
static void meter_idle(struct kunit *test)
{
	struct etp_meter *m = new_meter(test);
	struct etp_tx tx = {}, busy = {};

	etp_meter_sent(m, &busy);
	meter_acked(m, &busy, 10000, 1000, 11000);	/* 1 MB/s */
	KUNIT_EXPECT_FALSE(test, m->rate_idle);
	etp_meter_idle(m, 0);
	etp_meter_sent(m, &tx);
	KUNIT_EXPECT_TRUE(test, tx.idle);
	meter_acked(m, &tx, 1000, 20000, 30000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 1000000ULL);
	KUNIT_EXPECT_FALSE(test, m->rate_idle);
	/* but it can't be slower than it was seen to be */
	etp_meter_idle(m, 0);
	etp_meter_sent(m, &tx);
	meter_acked(m, &tx, 1000, 30000, 30500);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 2000000ULL);
	KUNIT_EXPECT_TRUE(test, m->rate_idle);
	/* all that was idle has arrived: what is sent from here on counts */
	etp_meter_sent(m, &busy);
	KUNIT_EXPECT_FALSE(test, busy.idle);
	meter_acked(m, &busy, 1000, 40000, 50000);
	KUNIT_EXPECT_EQ(test, etp_meter_rate(m), 100000ULL);
	KUNIT_EXPECT_FALSE(test, m->rate_idle);
}

static void meter_rto(struct kunit *test)
{
	struct etp_meter *m = new_meter(test);

	etp_meter_rto_over(m, 1000);
	KUNIT_EXPECT_EQ(test, etp_meter_rto_ms(m, 5000), 0U);
	etp_meter_rto(m, true, 10000);
	etp_meter_rto(m, false, 30000);
	KUNIT_EXPECT_EQ(test, etp_meter_rto_ms(m, 50000), 40U);
	etp_meter_rto_over(m, 70000);
	etp_meter_rto(m, true, 100000);
	etp_meter_rto_over(m, 101500);
	KUNIT_EXPECT_EQ(test, etp_meter_rto_ms(m, 999999), 61U);
	KUNIT_EXPECT_EQ(test, (u32)m->rtos, 3U);
	KUNIT_EXPECT_EQ(test, (u32)m->rto_recoveries, 2U);
}

/* One skb, several segments: each is counted once, whichever way it is told of. */
static void meter_segments(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 *segs;

	wire_open_passive(w, "mss 1460 sackok");
	segs = &wire_es(w)->meter.segs;
	KUNIT_EXPECT_EQ(test, *segs, 1U);	/* the SYN|ACK */
	wire_write(w, 4 * WIRE_MSS + 100);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1461");
	KUNIT_EXPECT_EQ(test, *segs, 2U);
	/* in the midst of the second */
	wire_in(w, "ACK seq 1 ack 2000");
	KUNIT_EXPECT_EQ(test, *segs, 2U);
	wire_in(w, "ACK seq 1 ack 2921 sack 4381:5841");
	KUNIT_EXPECT_EQ(test, *segs, 4U);
	/* the short one, and the one that was SACKed, which is known already */
	wire_in(w, "ACK seq 1 ack 5941");
	KUNIT_EXPECT_EQ(test, *segs, 6U);
	/* a FIN of its own is one, on data it rides */
	wire_shutdown(w);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 5942");
	KUNIT_EXPECT_EQ(test, *segs, 7U);
}

static struct kunit_case meter_cases[] = {
	KUNIT_CASE(meter_busy),
	KUNIT_CASE(meter_rate),
	KUNIT_CASE(meter_syn),
	KUNIT_CASE(meter_idle),
	KUNIT_CASE(meter_rto),
	KUNIT_CASE(meter_segments),
	{}
};

struct kunit_suite etp_meter_suite = {
	.name = "etp_meter",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = meter_cases,
};
