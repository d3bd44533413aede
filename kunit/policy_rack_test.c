// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "rack", RFC 8985, where time matters: the reordering window and
 * its adaptation, the tail loss probe.  What it has in common with RFC 6675 is in
 * policy_sack_test.c.  Windows are in segments: N(3) is three of them; the round trip is
 * 0.4 s.
 */
#include "policy.h"
#include "suites.h"

static void long_path(struct wire *w)
{
	wire_es(w)->rtt.min_us = 400000;
	wire_es(w)->rtt.srtt = 400000 << 3;
	wire_es(w)->rtt.rto = 2 * HZ;
}

/* ---- Reordering, section 6.2 steps 3 to 5 ---- */

/* Reordering was seen, so not three count but a quarter of a round trip. */
static void rack_waits(struct kunit *test)
{
	static const struct policy_row before[] = {
		{ "0 2:3", "", N(10), INF, N(9), 'D' },
		{ "0 1:3", "", N(10), INF, N(8), 'D' },
		{ "0 1:6", "", N(10), INF, N(5), 'D' },
	};
	static const struct policy_row after[] = {
		/* 10 - 5 - 1; nothing was delivered just now, so RFC 6937 gives one */
		{ "pto", "0", N(5), N(5), N(5), 'R' },
		{ "10", "", N(5), N(5), N(0), 'O' },
	};
	struct wire *w = test->priv;

	policy_open(w, "rack", 0);
	policy_play(w, before);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.reord_seen, 1U);
	wire_due(w, WIRE_RTX, msecs_to_jiffies(100));
	wire_clock_pass(110);
	policy_play(w, after);
}

/* It comes after all before that time is over: nothing was lost, nothing goes again. */
static void rack_in_time(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 2:3", "", N(10), INF, N(9), 'D' },
		{ "0 1:3", "", N(10), INF, N(8), 'D' },
		{ "0 1:6", "", N(10), INF, N(5), 'D' },
		{ "6", "", N(12), INF, N(4), 'O' },
	};
	struct wire *w = test->priv;

	policy_open(w, "rack", 0);
	policy_play(w, rows);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.total_retrans, 0U);
}

/* Ten new segments from the one numbered @from, of which the first is missing: how long,
 * in milliseconds, is it waited for?
 */
static void waits_for(struct wire *w, u32 from, u32 ms)
{
	long_path(w);
	wire_in(w, "ACK seq 1 ack %u sack %u:%u", POLICY_SEQ(from), POLICY_SEQ(from + 1),
		POLICY_SEQ(from + 5));
	wire_due(w, WIRE_RTX, msecs_to_jiffies(ms));
}

/* The next ten go when all before is acknowledged. */
static void ten_more(struct wire *w, u32 from)
{
	wire_in(w, "ACK seq 1 ack %u", POLICY_SEQ(from));
	wire_es(w)->cong.cwnd = N(10);
	long_path(w);
	wire_write(w, N(10));
	wire_forget(w);
}

/* RACK_update_reo_wnd(): each round trip with a D-SACK adds a quarter, up to a round
 * trip in all; a second one in the same does not.
 */
static void rack_adapts(struct kunit *test)
{
	static const struct policy_row seen[] = {
		{ "0 2:3", "", N(10), INF, N(9), 'D' },
		{ "0 1:3", "", N(10), INF, N(8), 'D' },
	};
	struct wire *w = test->priv;
	u32 i;

	policy_open(w, "rack", 0);
	policy_play(w, seen);
	waits_for(w, 0, 100);
	ten_more(w, 10);
	wire_in(w, "ACK seq 1 ack %u sack %u:%u", POLICY_SEQ(10), POLICY_SEQ(1),
		POLICY_SEQ(2));
	waits_for(w, 10, 200);
	wire_in(w, "ACK seq 1 ack %u sack %u:%u sack %u:%u", POLICY_SEQ(10), POLICY_SEQ(2),
		POLICY_SEQ(3), POLICY_SEQ(11), POLICY_SEQ(15));
	waits_for(w, 10, 200);
	for (i = 2; i < 5; i++) {
		ten_more(w, 10 * i);
		wire_in(w, "ACK seq 1 ack %u sack %u:%u", POLICY_SEQ(10 * i), POLICY_SEQ(3),
			POLICY_SEQ(4));
		waits_for(w, 10 * i, i < 4 ? 100 * (i + 1) : 400);
	}
}

/* and is forgotten after sixteen recoveries without one. */
static void rack_forgets(struct kunit *test)
{
	static const struct policy_row seen[] = {
		{ "0 2:3", "", N(10), INF, N(9), 'D' },
		{ "0 1:3", "", N(10), INF, N(8), 'D' },
	};
	struct wire *w = test->priv;
	u32 i, una = 10;

	policy_open(w, "rack", 0);
	policy_play(w, seen);
	ten_more(w, una);
	wire_in(w, "ACK seq 1 ack %u sack %u:%u", POLICY_SEQ(una), POLICY_SEQ(1),
		POLICY_SEQ(2));
	for (i = 0; i < 16; i++) {
		waits_for(w, una, 200);
		/* time flies */
		wire_es(w)->rtt.min_us = 1;
		wire_clock_pass(1);
		wire_fire(w, WIRE_RTX);
		KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
		una += 10;
		ten_more(w, una);
		KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
	}
	waits_for(w, una, 100);
}

/* ---- The tail, section 7 ---- */

static void tail_probe(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long probes = wire_count(LossProbes);

	wire_open_passive(w, "mss 1460 sackok");
	wire_write(w, N(3));
	wire_out_data(w, 1, 4381, WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 2921");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_POLICY);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 2921 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_count(LossProbes), probes + 1);
	/* one probe, then the RTO */
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_RTO);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
}

/* Four more go, all that was sent is acknowledged, and @more is said with it. */
static void tail_goes_on(struct wire *w, const char *more)
{
	wire_write(w, N(4));
	wire_out_data(w, 4381, 10221, WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 10221%s", more);
}

/* Section 7.4.2: more is acknowledged and no duplicate reported: a loss it was */
static void rack_tail_repaired(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long repaired = wire_count(LossProbeRecovery);

	tail_probe(test);
	wire_in(w, "ACK seq 1 ack 4381");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, INF);
	tail_goes_on(w, "");
	KUNIT_EXPECT_EQ(test, wire_count(LossProbeRecovery), repaired + 1);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, N(2));
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
}

static void rack_tail_was_late(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long repaired = wire_count(LossProbeRecovery);

	tail_probe(test);
	wire_in(w, "ACK seq 1 ack 4381");
	wire_in(w, "ACK seq 1 ack 4381 sack 2921:4381");
	tail_goes_on(w, "");
	KUNIT_EXPECT_EQ(test, wire_count(LossProbeRecovery), repaired);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, INF);
}

/* Something else came twice, which the network may have doubled: a loss all the same */
static void rack_tail_other_twice(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long repaired = wire_count(LossProbeRecovery);
	unsigned long dsacks = wire_count(DSACKRecv);

	tail_probe(test);
	wire_in(w, "ACK seq 1 ack 4381 sack 1:1461");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, INF);
	tail_goes_on(w, " sack 1461:2921");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKRecv), dsacks + 2);
	KUNIT_EXPECT_EQ(test, wire_count(LossProbeRecovery), repaired + 1);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, N(2));
}

/* New data is the better probe, one segment whatever the window. */
static void rack_tail_new_data(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "pto", "10", N(10), INF, N(11), 'O' },
	};

	policy_open(test->priv, "rack", 5);
	policy_play(test->priv, rows);
}

/* Two at the tail: the probe is the last, its SACK tells of the one before, and that is
 * one loss, not two: half of what was in flight, two at least, once.
 */
static void rack_tail_two(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "pto", "9", N(12), INF, N(3), 'O' },
		{ "8 9:10", "8", N(2), N(2), N(1), 'R' },
		{ "10", "", N(2), N(2), N(0), 'O' },
	};
	static const struct policy_row more[] = {
		{ "8", "", N(12), INF, N(2), 'O' },
	};
	unsigned long repaired = wire_count(LossProbeRecovery);
	struct wire *w = test->priv;

	policy_open(w, "rack", 0);
	policy_play(w, more);
	wire_es(w)->rtt.min_us = 1;		/* the probe's ACK is no original's */
	policy_play(w, rows);
	wire_write(w, N(2));
	wire_out_data(w, POLICY_SEQ(10), POLICY_SEQ(12), WIRE_MSS);
	wire_in(w, "ACK seq 1 ack %u", POLICY_SEQ(12));
	KUNIT_EXPECT_EQ(test, wire_count(LossProbeRecovery), repaired);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, N(2));
	KUNIT_EXPECT_GE(test, wire_es(w)->cong.cwnd, N(2));
}

/* The probe is lost, too: the time-out, as for the others */
static void rack_tail_probe_lost(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "9", "", N(12), INF, N(1), 'O' },
		{ "pto", "9", N(12), INF, N(2), 'O' },
		{ "rto", "9", N(1), N(2), N(1), 'L' },
		{ "10", "", N(2), N(2), N(0), 'O' },
	};

	policy_open(test->priv, "rack", 0);
	policy_play(test->priv, rows);
}

static struct kunit_case policy_rack_cases[] = {
	KUNIT_CASE(rack_waits),
	KUNIT_CASE(rack_in_time),
	KUNIT_CASE(rack_adapts),
	KUNIT_CASE(rack_forgets),
	KUNIT_CASE(rack_tail_repaired),
	KUNIT_CASE(rack_tail_was_late),
	KUNIT_CASE(rack_tail_other_twice),
	KUNIT_CASE(rack_tail_new_data),
	KUNIT_CASE(rack_tail_two),
	KUNIT_CASE(rack_tail_probe_lost),
	{}
};

struct kunit_suite etp_policy_rack_suite = {
	.name = "etp_policy_rack",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = policy_rack_cases,
};
