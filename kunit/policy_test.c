// SPDX-License-Identifier: GPL-2.0
/*
 * The policies of loss recovery, as scripts: which segment goes again when, and cwnd,
 * ssthresh and pipe after each ACK, worked out by hand from RFC 5681, 6582, 6675, 6937
 * and 8985; and what takes a recovery back (RFC 5682, 3522, 2883).
 */
#include "harness.h"
#include "suites.h"

#define MSS	WIRE_MSS

static void windows(struct wire *w, u32 cwnd, u32 ssthresh, u32 pipe)
{
	const struct etp_sock *es = wire_es(w);

	KUNIT_EXPECT_EQ(w->test, es->cong.cwnd, cwnd);
	KUNIT_EXPECT_EQ(w->test, es->cong.ssthresh, ssthresh);
	KUNIT_EXPECT_EQ(w->test, etp_rec_pipe(&es->rec, &es->snd), pipe);
}

static void state(struct wire *w, int expect)
{
	KUNIT_EXPECT_EQ(w->test, (int)wire_es(w)->rec.state, expect);
}

static int choose(struct wire *w, const char *name)
{
	int err;

	lock_sock(w->sk);
	err = etp_rec_choose(w->sk, name);
	release_sock(w->sk);
	return err;
}

/* A round trip of 0.4 s, so that 0.1 s of reordering is nothing that a test waits for */
static void long_path(struct wire *w)
{
	wire_es(w)->rtt.min_us = 400000;
	wire_es(w)->rtt.srtt = 400000 << 3;
}

/* Ten segments in flight, 1 to 14601, and @more bytes that wait */
static void ten(struct wire *w, const char *policy, u32 more)
{
	bool sack = !strcmp(policy, "sack") || !strcmp(policy, "rack");

	wire_open_passive(w, sack ? "mss 1460 sackok" : "mss 1460");
	KUNIT_EXPECT_EQ(w->test, choose(w, policy), 0);
	long_path(w);
	wire_write(w, 10 * MSS + more);
	wire_out_data(w, 1, 14601, MSS);
	wire_out_nothing(w);
	windows(w, 10 * MSS, ETP_SSTHRESH_INF, 10 * MSS);
}

/* The peer SACKs from 1461 to here, and one segment of new data answers, or none */
static void sacked_to(struct wire *w, u32 end, u32 answer)
{
	wire_in(w, "ACK seq 1 ack 1 sack 1461:%u", end);
	if (answer)
		wire_out(w, "ACK seq %u len 1460", answer);
	wire_out_nothing(w);
}

/* ---- One segment of a window is lost ---- */

/* RFC 3042 and RFC 5681: a segment for each of two duplicates, then half of ten */
static void reno_one(struct kunit *test, const char *policy)
{
	struct wire *w = test->priv;
	unsigned long limited = wire_count(LimitedTransmit);

	ten(w, policy, 5 * MSS);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 14601 len 1460");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 16061 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 10 * MSS);
	KUNIT_EXPECT_EQ(test, wire_count(LimitedTransmit), limited + 2);
	state(w, ETP_CA_DISORDER);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	windows(w, 8 * MSS, 5 * MSS, 12 * MSS);
	state(w, ETP_CA_RECOVERY);
}

static void policy_reno_one(struct kunit *test)
{
	struct wire *w = test->priv;

	reno_one(test, "reno");
	/* step 6: the first ACK of new data ends it, of all or of some */
	wire_in(w, "ACK seq 1 ack 2921");
	wire_out_nothing(w);
	windows(w, 5 * MSS, 5 * MSS, 10 * MSS);
	state(w, ETP_CA_OPEN);
}

static void policy_newreno_one(struct kunit *test)
{
	struct wire *w = test->priv;

	reno_one(test, "newreno");
	wire_in(w, "ACK seq 1 ack 2921");
	wire_out(w, "ACK seq 2921 len 1460");	/* a partial ACK: 8 - 2 + 1 */
	wire_out_nothing(w);
	windows(w, 7 * MSS, 5 * MSS, 10 * MSS);
	state(w, ETP_CA_RECOVERY);
	wire_in(w, "ACK seq 1 ack 17521");
	/* nothing in flight: min(5, max(0, 1) + 1), two of the three that wait */
	wire_out_data(w, 17521, 20441, MSS);
	wire_out_nothing(w);
	windows(w, 2 * MSS, 5 * MSS, 2 * MSS);
	state(w, ETP_CA_OPEN);
}

/*
 * RFC 6675 with RFC 6937, and RFC 8985 which sees the same: what has arrived leaves
 * the pipe, so that two new segments go before the third says that there is a loss.
 * RecoverFS is 12 segments, ssthresh half of ten.
 */
static void sack_one(struct kunit *test, const char *policy)
{
	struct wire *w = test->priv;

	ten(w, policy, 5 * MSS);
	sacked_to(w, 2921, 14601);
	windows(w, 10 * MSS, ETP_SSTHRESH_INF, 10 * MSS);
	sacked_to(w, 4381, 16061);
	state(w, ETP_CA_DISORDER);
	/* 12 - 3 SACKed - 1 lost = 8; ceil(1460 * 5 / 12) = 609 more, but one goes */
	wire_in(w, "ACK seq 1 ack 1 sack 1461:5841");
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	windows(w, 8 * MSS + 609, 5 * MSS, 9 * MSS);
	state(w, ETP_CA_RECOVERY);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.recover, w->iss + 17521);
	/* ceil(2 * 1460 * 5 / 12) = 1217 < 1460 sent */
	sacked_to(w, 7301, 0);
	windows(w, 8 * MSS, 5 * MSS, 8 * MSS);
	sacked_to(w, 8761, 0);			/* 1825 - 1460 */
	windows(w, 7 * MSS + 365, 5 * MSS, 7 * MSS);
	sacked_to(w, 10221, 0);			/* 2434 - 1460 */
	windows(w, 6 * MSS + 974, 5 * MSS, 6 * MSS);
	sacked_to(w, 11681, 0);			/* pipe is ssthresh */
	windows(w, 5 * MSS, 5 * MSS, 5 * MSS);
	sacked_to(w, 13141, 17521);		/* and below it: one for one */
	windows(w, 5 * MSS, 5 * MSS, 5 * MSS);
}

/* RFC 6675 has a rescue when no new data is left: @rescue segments more in the pipe */
static void sack_one_ends(struct wire *w, u32 rescue)
{
	sacked_to(w, 14601, 18981);
	sacked_to(w, 16061, 20441);
	windows(w, 5 * MSS, 5 * MSS, 5 * MSS);
	wire_in(w, "ACK seq 1 ack 16061");	/* short of 17521 */
	if (rescue)
		wire_out(w, "ACK seq 20441 len 1460");
	wire_out_nothing(w);
	windows(w, 5 * MSS, 5 * MSS, (4 + rescue) * MSS);
	state(w, ETP_CA_RECOVERY);
	wire_in(w, "ACK seq 1 ack 17521");
	windows(w, 5 * MSS, 5 * MSS, (3 + rescue) * MSS);
	state(w, ETP_CA_OPEN);
}

static void policy_sack_one(struct kunit *test)
{
	sack_one(test, "sack");
	sack_one_ends(test->priv, 1);
}

static void policy_rack_one(struct kunit *test)
{
	sack_one(test, "rack");
	sack_one_ends(test->priv, 0);
}

/* ---- More of them ---- */

/*
 * RFC 8985: something sent after the retransmission has arrived, and so is the
 * retransmission lost, and all else that was sent before and is missing.  Nothing is
 * left in the pipe: the window is min(5, max(7 - 2, 1) + 1) segments.
 */
static void policy_rack_lost_again(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long again = wire_count(LostRetransmit);

	sack_one(test, "rack");
	wire_in(w, "ACK seq 1 ack 1 sack 17521:18981 sack 1461:13141");
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_data(w, 13141, 17521, MSS);
	wire_out(w, "ACK seq 18981 len 1460");
	wire_out_nothing(w);
	windows(w, 5 * MSS, 5 * MSS, 5 * MSS);
	KUNIT_EXPECT_EQ(test, wire_count(LostRetransmit), again + 1);
}

/* RFC 6675 does not look for that: the time-out does. */
static void policy_sack_lost_again(struct kunit *test)
{
	struct wire *w = test->priv;

	sack_one(test, "sack");
	wire_in(w, "ACK seq 1 ack 1 sack 17521:18981 sack 1461:13141");
	/* 13141 to 14601 has but one segment above it, of 1460 bytes */
	wire_out(w, "ACK seq 18981 len 1460");
	wire_out_nothing(w);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	state(w, ETP_CA_LOSS);
	/* what was SACKed does not go again */
	wire_in(w, "ACK seq 1 ack 13141 sack 17521:18981");
	wire_out_data(w, 13141, 16061, MSS);
	wire_out_nothing(w);
}

/* Two of ten, and two round trips: no, one, for SACK tells of both. */
static void policy_sack_two(struct kunit *test)
{
	struct wire *w = test->priv;

	ten(w, "sack", 0);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:2921");
	wire_in(w, "ACK seq 1 ack 1 sack 4381:5841 sack 1461:2921");
	wire_out_nothing(w);
	/* 10 - 3 SACKed - 1 lost; 730 more; 2921 has but two above it */
	wire_in(w, "ACK seq 1 ack 1 sack 4381:7301 sack 1461:2921");
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	windows(w, 6 * MSS + 730, 5 * MSS, 7 * MSS);
	/* 10 - 4 - 2 + 1 = 5 is ssthresh: nothing may go */
	wire_in(w, "ACK seq 1 ack 1 sack 4381:8761 sack 1461:2921");
	wire_out_nothing(w);
	windows(w, 5 * MSS, 5 * MSS, 5 * MSS);
	wire_in(w, "ACK seq 1 ack 1 sack 4381:10221 sack 1461:2921");
	wire_out(w, "ACK seq 2921 len 1460");
	wire_out_nothing(w);
	windows(w, 5 * MSS, 5 * MSS, 5 * MSS);
	wire_in(w, "ACK seq 1 ack 14601");
	windows(w, 5 * MSS, 5 * MSS, 0);
	state(w, ETP_CA_OPEN);
}

/* All of a window: nothing but the time-out tells, and slow start repeats it */
static void all_lost(struct kunit *test, const char *policy)
{
	struct wire *w = test->priv;

	ten(w, policy, 0);
	if (wire_es(w)->timers.rtx_is == ETP_TIMER_POLICY) {
		wire_fire(w, WIRE_RTX);		/* the probe, lost as well */
		wire_out(w, "ACK seq 13141 len 1460");
		wire_out_nothing(w);
	}
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, MSS);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * MSS);
	state(w, ETP_CA_LOSS);
}

static void policy_all_lost(struct kunit *test)
{
	struct wire *w = test->priv;

	all_lost(test, "sack");
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out_data(w, 1461, 4381, MSS);
	wire_out_nothing(w);
	windows(w, 2 * MSS, 5 * MSS, 2 * MSS);
	wire_in(w, "ACK seq 1 ack 2921");
	wire_in(w, "ACK seq 1 ack 4381");
	wire_out_data(w, 4381, 10221, MSS);
	wire_out_nothing(w);
	windows(w, 4 * MSS, 5 * MSS, 4 * MSS);
	wire_in(w, "ACK seq 1 ack 14601");
	state(w, ETP_CA_OPEN);
}

/* ---- The tail ---- */

static void tail_probe(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long probes = wire_count(LossProbes);

	wire_open_passive(w, "mss 1460 sackok");
	wire_write(w, 3 * MSS);
	wire_out_data(w, 1, 4381, MSS);
	wire_in(w, "ACK seq 1 ack 2921");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_POLICY);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 2921 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_count(LossProbes), probes + 1);
	/* one probe, then the RTO */
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_RTO);
	state(w, ETP_CA_OPEN);
}

/* Section 7.4.2: more is acknowledged and no duplicate reported: a loss it was */
static void policy_tail_repaired(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long repaired = wire_count(LossProbeRecovery);

	tail_probe(test);
	wire_in(w, "ACK seq 1 ack 4381");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
	wire_write(w, 4 * MSS);
	wire_out_data(w, 4381, 10221, MSS);
	wire_in(w, "ACK seq 1 ack 10221");
	KUNIT_EXPECT_EQ(test, wire_count(LossProbeRecovery), repaired + 1);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 2 * MSS);
	state(w, ETP_CA_OPEN);
}

static void policy_tail_was_late(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long repaired = wire_count(LossProbeRecovery);

	tail_probe(test);
	wire_in(w, "ACK seq 1 ack 4381");
	wire_in(w, "ACK seq 1 ack 4381 sack 2921:4381");
	wire_write(w, 4 * MSS);
	wire_out_data(w, 4381, 10221, MSS);
	wire_in(w, "ACK seq 1 ack 10221");
	KUNIT_EXPECT_EQ(test, wire_count(LossProbeRecovery), repaired);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
}

/* New data is the better probe, one segment whatever the window. */
static void policy_tail_new_data(struct kunit *test)
{
	struct wire *w = test->priv;

	ten(w, "rack", 5 * MSS);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 14601 len 1460");
	wire_out_nothing(w);
	windows(w, 10 * MSS, ETP_SSTHRESH_INF, 11 * MSS);
}

/* RFC 6675's rescue: the last one goes again when there is nothing else to send */
static void policy_sack_rescue(struct kunit *test)
{
	struct wire *w = test->priv;

	ten(w, "sack", 0);
	/* 1 and the last two are lost */
	wire_in(w, "ACK seq 1 ack 1 sack 1461:11681");
	wire_out(w, "ACK seq 1 len 1460");
	/* pipe 3 of 5: the last segment, once */
	wire_out(w, "ACK seq 13141 len 1460");
	wire_out_nothing(w);
	/* rule 3: below what was SACKed, though it need not be lost */
	wire_in(w, "ACK seq 1 ack 11681 sack 13141:14601");
	wire_out(w, "ACK seq 11681 len 1460");
	wire_out_nothing(w);
}

/* ---- Reordering ---- */

static void policy_reordered_little(struct kunit *test)
{
	static const char *const names[] = { "reno", "newreno", "sack", "rack" };
	struct wire *w = test->priv;
	unsigned int i;

	ten(w, "rack", 0);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		u32 una = 1 + i * 10 * MSS;

		KUNIT_EXPECT_EQ(test, choose(w, names[i]), 0);
		wire_in(w, "ACK seq 1 ack %u sack %u:%u", una, una + MSS, una + 2 * MSS);
		wire_in(w, "ACK seq 1 ack %u sack %u:%u", una, una + MSS, una + 3 * MSS);
		wire_out_nothing(w);
		state(w, ETP_CA_DISORDER);
		wire_in(w, "ACK seq 1 ack %u", una + 10 * MSS);
		state(w, ETP_CA_OPEN);
		KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
		wire_write(w, 10 * MSS);
		wire_forget(w);
		long_path(w);
	}
}

/* RACK has seen reordering and waits for a quarter of a round trip, not for three. */
static void policy_rack_waits(struct kunit *test)
{
	struct wire *w = test->priv;

	ten(w, "rack", 0);
	wire_in(w, "ACK seq 1 ack 1 sack 2921:4381");
	wire_in(w, "ACK seq 1 ack 1 sack 1461:4381");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.reord_seen, 1U);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:8761");
	wire_out_nothing(w);
	state(w, ETP_CA_DISORDER);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_POLICY);
	msleep(110);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	state(w, ETP_CA_RECOVERY);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * MSS);
}

/* ---- For nothing ---- */

/* RFC 5682 section 2.1: two ACKs in a row of data that went once */
static void policy_frto(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long spurious = wire_count(SpuriousRTOs);

	ten(w, "newreno", 10 * MSS);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 2921");
	wire_out_data(w, 14601, 17521, MSS);	/* step 2b: new data */
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 4381");
	KUNIT_EXPECT_EQ(test, wire_count(SpuriousRTOs), spurious + 1);
	state(w, ETP_CA_OPEN);
	KUNIT_EXPECT_GE(test, wire_es(w)->cong.cwnd, 10 * MSS);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.total_retrans, 1U);
}

/* The second ACK is a duplicate: it was a loss, and the rest goes again */
static void policy_frto_genuine(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long spurious = wire_count(SpuriousRTOs);

	ten(w, "newreno", 10 * MSS);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out_data(w, 14601, 17521, MSS);
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out(w, "ACK seq 1461 len 1460");	/* step 3a: 3 allowed, 2 in the pipe */
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 2921");
	KUNIT_EXPECT_EQ(test, wire_next(w)->seg.seq, w->iss + 2921);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_count(SpuriousRTOs), spurious);
	state(w, ETP_CA_LOSS);
}

/* Section 3.1: with SACK one ACK is enough, of what went once */
static void policy_frto_sack(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long spurious = wire_count(SpuriousRTOs);

	all_lost(test, "sack");
	wire_in(w, "ACK seq 1 ack 2921");
	KUNIT_EXPECT_EQ(test, wire_count(SpuriousRTOs), spurious + 1);
	state(w, ETP_CA_OPEN);
	KUNIT_EXPECT_GE(test, wire_es(w)->cong.cwnd, 10 * MSS);
	wire_out_nothing(w);
}

/* RFC 2883: all that went again arrived twice */
static void policy_dsack_undo(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long undone = wire_count(DSACKUndo);

	ten(w, "sack", 0);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:5841");
	wire_out(w, "ACK seq 1 len 1460");
	wire_in(w, "ACK seq 1 ack 14601");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 5 * MSS);
	/* not of this recovery's */
	wire_in(w, "ACK seq 1 ack 14601 sack 0:1");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKUndo), undone);
	wire_in(w, "ACK seq 1 ack 14601 sack 1:1461");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKUndo), undone + 1);
	windows(w, 10 * MSS, ETP_SSTHRESH_INF, 0);
	/* once is enough */
	wire_in(w, "ACK seq 1 ack 14601 sack 1:1461");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKUndo), undone + 1);
}

/* RFC 3522: the ACK echoes a time before the retransmission's */
static void policy_eifel(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long undone = wire_count(TSUndo);

	wire_open_passive(w, "mss 1460 sackok ts 100");
	KUNIT_EXPECT_EQ(test, choose(w, "sack"), 0);
	wire_write(w, 14480);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 ts 101 sack 1449:5793");
	wire_out(w, "ACK seq 1 len 1448");
	state(w, ETP_CA_RECOVERY);
	wire_in(w, "ACK seq 1 ack 5793 ts 102 %u", w->tsval - 1);
	KUNIT_EXPECT_EQ(test, wire_count(TSUndo), undone + 1);
	state(w, ETP_CA_OPEN);
	KUNIT_EXPECT_GE(test, wire_es(w)->cong.cwnd, 14480U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
}

/* One segment overtakes all others, which RACK takes for lost: what Eifel took back
 * does not count as lost again with the next ACK.
 */
static void policy_rack_undone_once(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long undone = wire_count(TSUndo);
	u32 first;

	wire_open_passive(w, "mss 1460 sackok ts 100");
	KUNIT_EXPECT_EQ(test, choose(w, "rack"), 0);
	wire_write(w, 14480);
	wire_forget(w);
	first = w->tsval;
	wire_es(w)->rtt.min_us = ~0U;	/* so that nothing is waited for */
	usleep_range(2000, 3000);
	wire_in(w, "ACK seq 1 ack 1 ts 101 sack 13033:14481");
	state(w, ETP_CA_RECOVERY);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.lost, 9 * 1448U);
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

/* RFC 2018 section 8: the time-out finds SACKed data at the front: all goes again */
static void policy_reneging(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long reneged = wire_count(SACKReneging);

	ten(w, "sack", 0);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:4381");
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out_nothing(w);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1461 len 1460");
	KUNIT_EXPECT_EQ(test, wire_count(SACKReneging), reneged + 1);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.sacked, 0U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.lost, 9 * MSS);
}

/* ---- The choice ---- */

static void policy_choice(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_STREQ(test, wire_es(w)->rec.ops->policy.name, "newreno");
	KUNIT_EXPECT_EQ(test, choose(w, "nosuch"), -ENOENT);
	KUNIT_EXPECT_EQ(test, choose(w, "rack"), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, choose(w, "reno"), 0);
	KUNIT_EXPECT_STREQ(test, wire_es(w)->rec.ops->policy.name, "reno");
}

/* In the midst of a recovery, each to each: nothing is forgotten but SACK's marks */
static void policy_switched(struct kunit *test)
{
	struct wire *w = test->priv;

	sack_one(test, "rack");
	KUNIT_EXPECT_EQ(test, choose(w, "newreno"), 0);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.sacked, 0U);
	KUNIT_EXPECT_EQ(test, choose(w, "sack"), 0);
	KUNIT_EXPECT_EQ(test, choose(w, "rack"), 0);
	wire_in(w, "ACK seq 1 ack 18981");
	state(w, ETP_CA_OPEN);
	wire_in(w, "ACK seq 1 ack 21901");
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(policy_reno_one),
	KUNIT_CASE(policy_newreno_one),
	KUNIT_CASE(policy_sack_one),
	KUNIT_CASE(policy_rack_one),
	KUNIT_CASE(policy_rack_lost_again),
	KUNIT_CASE(policy_sack_lost_again),
	KUNIT_CASE(policy_sack_two),
	KUNIT_CASE(policy_all_lost),
	KUNIT_CASE(policy_tail_repaired),
	KUNIT_CASE(policy_tail_was_late),
	KUNIT_CASE(policy_tail_new_data),
	KUNIT_CASE(policy_sack_rescue),
	KUNIT_CASE(policy_reordered_little),
	KUNIT_CASE(policy_rack_waits),
	KUNIT_CASE(policy_frto),
	KUNIT_CASE(policy_frto_genuine),
	KUNIT_CASE(policy_frto_sack),
	KUNIT_CASE(policy_dsack_undo),
	KUNIT_CASE(policy_eifel),
	KUNIT_CASE(policy_rack_undone_once),
	KUNIT_CASE(policy_reneging),
	KUNIT_CASE(policy_choice),
	KUNIT_CASE(policy_switched),
	{}
};

struct kunit_suite etp_policy_suite = {
	.name = "etp_policy",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = policy_cases,
};
