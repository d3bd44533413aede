// SPDX-License-Identifier: GPL-2.0
/*
 * What takes a recovery back, as scripts: F-RTO (RFC 5682), the timestamps of Eifel (RFC
 * 3522), D-SACK (RFC 2883, RFC 3708).  Windows are in segments: N(3) is three of them.
 *
 * RFC 5682 and RFC 3522 leave the windows to others: they are as before, and the ACK
 * that told counts for one segment, as it does after a time-out (RFC 3465).
 */
#include "policy.h"
#include "suites.h"

#define TS_MSS	1448U		/* with timestamps */

/* Plays a script; so many times shall the counter tell that something is taken back. */
#define undo_play(test, policy, waits, rows, name, times)				\
	undo_play_rows(test, policy, waits, rows, ARRAY_SIZE(rows), ETP_MIB_##name, times)

static void undo_play_rows(struct kunit *test, const char *policy, u32 waits,
			   const struct policy_row *rows, unsigned int n,
			   unsigned int counter, unsigned int times)
{
	unsigned long before = wire_mib(counter);

	policy_open(test->priv, policy, waits);
	policy_play_rows(test->priv, rows, n);
	KUNIT_EXPECT_EQ(test, wire_mib(counter), before + times);
}

/* ---- Time-outs, without timestamps ---- */

/* RFC 5682 section 2.1: the first ACK moves SND.UNA, two new segments go, the second
 * moves it as well: nothing was lost, and one segment went for nothing.
 */
static void frto(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "2", "10-11", N(2), N(5), N(10), 'L' },
		{ "3", "12-13", N(11), INF, N(11), 'O' },
	};
	struct wire *w = test->priv;

	undo_play(test, policy, 10, rows, SpuriousRTOs, 1);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.total_retrans, 1U);
}

static void undo_frto_reno(struct kunit *test)
{
	frto(test, "reno");
}

static void undo_frto_newreno(struct kunit *test)
{
	frto(test, "newreno");
}

/* Step 3a: the second ACK is a duplicate, so it was a loss.  Three segments then, with
 * the two new ones among them, and the rest in slow start up to the threshold.
 */
static void undo_frto_genuine(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "1", "10-11", N(2), N(5), N(11), 'L' },
		{ "1", "1", N(3), N(5), N(11), 'L' },
		{ "1", "", N(3), N(5), N(11), 'L' },
		{ "2", "2-3", N(4), N(5), N(10), 'L' },
		{ "3", "4-5", N(5), N(5), N(9), 'L' },
		{ "4", "6", N(5), N(5), N(8), 'L' },
		{ "5", "7", N(5), N(5), N(7), 'L' },
		{ "6", "8", N(5), N(5), N(6), 'L' },
		{ "7", "9", N(5), N(5), N(5), 'L' },
		{ "8", "12-13", N(6), N(5), N(6), 'L' },
		{ "9", "14", N(6), N(5), N(6), 'L' },
		{ "12", "15-17", N(6), N(5), N(6), 'O' },
	};

	undo_play(test, "newreno", 10, rows, SpuriousRTOs, 0);
}

/* Step 2a: the first ACK is a duplicate, or covers all: as without F-RTO */
static void undo_frto_duplicate(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "0", "", N(1), N(5), N(10), 'L' },
		{ "1", "1-2", N(2), N(5), N(9), 'L' },
	};

	policy_open(test->priv, "newreno", 10);
	policy_play(test->priv, rows);
}

static void undo_frto_all(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "10", "10-11", N(2), N(5), N(2), 'O' },
		{ "11", "12-13", N(3), N(5), N(3), 'O' },
	};

	undo_play(test, "newreno", 10, rows, SpuriousRTOs, 0);
}

/* Section 3.1: with SACK one ACK is enough, of what went once before the time-out. */
static void undo_frto_sack(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(1), 'L' },
		{ "2", "", N(11), INF, N(8), 'O' },
	};

	undo_play(test, "sack", 0, rows, SpuriousRTOs, 1);
}

/* The same, told by a block: 0 has not arrived, the others do */
static void undo_frto_block(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(1), 'L' },
		{ "0 1:2", "", N(10), INF, N(9), 'D' },
	};

	undo_play(test, "sack", 0, rows, SpuriousRTOs, 1);
}

static void undo_frto_rack(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "pto", "9", N(10), INF, N(11), 'O' },
		{ "rto", "0", N(1), N(5), N(1), 'L' },
		{ "2", "", N(11), INF, N(8), 'O' },
	};

	undo_play(test, "rack", 0, rows, SpuriousRTOs, 1);
}

/* With SACK a genuine one: new data is SACKed, nothing of old.  Section 3.1 step 3a:
 * three segments, of which 11 is one.
 */
static void undo_frto_sack_genuine(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(1), 'L' },
		{ "1", "10-11", N(2), N(5), N(2), 'L' },
		{ "1 10:11", "1-2", N(3), N(5), N(3), 'L' },
		{ "1 10:12", "3", N(3), N(5), N(3), 'L' },
	};

	policy_open(test->priv, "sack", 10);
	policy_play(test->priv, rows);
}

/* ---- By timestamps ---- */

/* Ten segments of 1448 bytes in flight; returns the TSval that they have. */
static u32 stamped(struct wire *w, const char *policy)
{
	u32 first;

	wire_open_passive(w, policy_needs_sack(policy) ? "mss 1460 sackok ts 100" :
							 "mss 1460 ts 100");
	KUNIT_EXPECT_EQ(w->test, policy_choose(w, policy), 0);
	wire_write(w, 10 * TS_MSS);
	wire_out_data(w, 1, 1 + 10 * TS_MSS, TS_MSS);
	first = w->tsval;
	/* so that what goes again has another */
	wire_clock_pass(2);
	return first;
}

/* Nothing goes again that went again already, and windows are as they were. */
static void undone(struct wire *w, unsigned long before, u32 cwnd)
{
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(w->test, wire_count(TSUndo), before + 1);
	KUNIT_EXPECT_EQ(w->test, wire_es(w)->cong.cwnd, cwnd);
	KUNIT_EXPECT_EQ(w->test, wire_es(w)->cong.ssthresh, INF);
	KUNIT_EXPECT_EQ(w->test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
	KUNIT_EXPECT_EQ(w->test, wire_es(w)->rec.board.lost, 0U);
}

/* RFC 3522 section 3.2: the first ACK after a time-out echoes an older time */
static void eifel_timeout(struct kunit *test, const char *policy)
{
	unsigned long before = wire_count(TSUndo);
	struct wire *w = test->priv;
	u32 first = stamped(w, policy);

	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1448");
	wire_in(w, "ACK seq 1 ack %u ts 101 %u", 1 + 2 * TS_MSS, first);
	undone(w, before, 11 * TS_MSS);
}

static void undo_eifel_timeout_reno(struct kunit *test)
{
	eifel_timeout(test, "reno");
}

static void undo_eifel_timeout_newreno(struct kunit *test)
{
	eifel_timeout(test, "newreno");
}

/* A second time-out in a row: the first retransmission's time is what counts. */
static void undo_eifel_timeout_twice(struct kunit *test)
{
	unsigned long before = wire_count(TSUndo);
	struct wire *w = test->priv;
	u32 first = stamped(w, "newreno");

	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1448");
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1448");
	wire_in(w, "ACK seq 1 ack %u ts 101 %u", 1 + 2 * TS_MSS, first);
	undone(w, before, 11 * TS_MSS);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rtt.backoff, 0);
}

/* An echo of the retransmission: it was a loss */
static void undo_eifel_genuine(struct kunit *test)
{
	unsigned long before = wire_count(TSUndo);
	struct wire *w = test->priv;

	stamped(w, "newreno");
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1448");
	wire_in(w, "ACK seq 1 ack %u ts 101", 1 + TS_MSS);
	wire_out_data(w, 1 + TS_MSS, 1 + 3 * TS_MSS, TS_MSS);
	KUNIT_EXPECT_EQ(test, wire_count(TSUndo), before);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * TS_MSS);
}

/* The first of ten comes behind the fifth: three duplicates, and a late ACK */
static void eifel_reordered(struct kunit *test, const char *policy)
{
	unsigned long before = wire_count(TSUndo);
	struct wire *w = test->priv;
	u32 first = stamped(w, policy), i;

	for (i = 2; i < 5; i++) {
		if (policy_needs_sack(policy))
			wire_in(w, "ACK seq 1 ack 1 ts 101 %u sack 1449:%u", first,
				1 + i * TS_MSS);
		else
			wire_in(w, "ACK seq 1 ack 1 ts 101 %u", first);
	}
	wire_out(w, "ACK seq 1 len 1448");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * TS_MSS);
	wire_in(w, "ACK seq 1 ack %u ts 102 %u", 1 + 5 * TS_MSS, first);
	undone(w, before, 10 * TS_MSS);
}

static void undo_eifel_reno(struct kunit *test)
{
	eifel_reordered(test, "reno");
}

static void undo_eifel_newreno(struct kunit *test)
{
	eifel_reordered(test, "newreno");
}

static void undo_eifel_sack(struct kunit *test)
{
	eifel_reordered(test, "sack");
}

/* One segment overtakes all others, which RACK takes for lost: what Eifel took back
 * does not count as lost again with the next ACK.
 */
static void undo_eifel_rack_once(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long undone = wire_count(TSUndo);
	u32 first = stamped(w, "rack");

	wire_es(w)->rtt.min_us = ~0U;	/* so that nothing is waited for */
	wire_in(w, "ACK seq 1 ack 1 ts 101 sack 13033:14481");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.lost, 9 * TS_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1449 ts 102 %u sack 13033:14481", first);
	KUNIT_EXPECT_EQ(test, wire_count(TSUndo), undone + 1);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 2897 ts 102 %u sack 13033:14481", first);
	wire_in(w, "ACK seq 1 ack 4345 ts 102 %u sack 13033:14481", first);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.lost, 0U);
	KUNIT_EXPECT_EQ(test, wire_count(TSUndo), undone + 1);
}

/* ---- By D-SACK ---- */

/* RFC 3708: all that went again arrived twice; one of another time is not of these, and
 * once is enough.
 */
static void undo_dsack(struct kunit *test)
{
	static const struct policy_row rows[] = {
		/* 10 - 3 - 1; 3 * 5 / 10 more */
		{ "0 1:4", "0", N(15) / 2, N(5), N(7), 'R' },
		{ "10", "", N(5), N(5), N(0), 'O' },
		{ "10 0:1", "", N(10), INF, N(0), 'O' },
		{ "10 0:1", "", N(10), INF, N(0), 'O' },
	};
	unsigned long undone = wire_count(DSACKUndo);
	unsigned long ignored = wire_count(DSACKIgnored);
	struct wire *w = test->priv;

	policy_open(w, "sack", 0);
	policy_play_rows(w, rows, 2);
	wire_in(w, "ACK seq 1 ack 14601 sack 0:1");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKUndo), undone);
	KUNIT_EXPECT_EQ(test, wire_count(DSACKIgnored), ignored + 1);
	policy_play_rows(w, rows + 2, 2);
	KUNIT_EXPECT_EQ(test, wire_count(DSACKUndo), undone + 1);
}

/* Six went again, and the peer had one of them only: there was a loss. */
static void undo_dsack_half(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 7:10", "0-3", N(4), N(5), N(4), 'R' },
		{ "1 7:10", "4-5", N(5), N(5), N(5), 'R' },
		{ "1 0:1 7:10", "", N(5), N(5), N(5), 'R' },
	};

	undo_play(test, "sack", 0, rows, DSACKUndo, 0);
}

/* A time-out for nothing: the late ACK covers all, so that F-RTO can't say */
static void undo_dsack_timeout(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(1), 'L' },
		{ "10", "", N(2), N(5), N(0), 'O' },
		{ "10 0:1", "", N(10), INF, N(0), 'O' },
	};

	undo_play(test, "sack", 0, rows, DSACKUndo, 1);
}

static struct kunit_case policy_undo_cases[] = {
	KUNIT_CASE(undo_frto_reno),
	KUNIT_CASE(undo_frto_newreno),
	KUNIT_CASE(undo_frto_genuine),
	KUNIT_CASE(undo_frto_duplicate),
	KUNIT_CASE(undo_frto_all),
	KUNIT_CASE(undo_frto_sack),
	KUNIT_CASE(undo_frto_block),
	KUNIT_CASE(undo_frto_rack),
	KUNIT_CASE(undo_frto_sack_genuine),
	KUNIT_CASE(undo_eifel_timeout_reno),
	KUNIT_CASE(undo_eifel_timeout_newreno),
	KUNIT_CASE(undo_eifel_timeout_twice),
	KUNIT_CASE(undo_eifel_genuine),
	KUNIT_CASE(undo_eifel_reno),
	KUNIT_CASE(undo_eifel_newreno),
	KUNIT_CASE(undo_eifel_sack),
	KUNIT_CASE(undo_eifel_rack_once),
	KUNIT_CASE(undo_dsack),
	KUNIT_CASE(undo_dsack_half),
	KUNIT_CASE(undo_dsack_timeout),
	{}
};

struct kunit_suite etp_policy_undo_suite = {
	.name = "etp_policy_undo",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = policy_undo_cases,
};
