// SPDX-License-Identifier: GPL-2.0
/*
 * Loss recovery: RFC 5681 section 3.2 (fast retransmit, fast recovery) and RFC 6582
 * (partial ACKs), with cwnd and ssthresh after each step worked by hand.
 */
#include "harness.h"
#include "suites.h"

#define MSS	WIRE_MSS

static void expect_windows(struct wire *w, u32 cwnd, u32 ssthresh)
{
	KUNIT_EXPECT_EQ(w->test, wire_es(w)->cong.cwnd, cwnd);
	KUNIT_EXPECT_EQ(w->test, wire_es(w)->cong.ssthresh, ssthresh);
}

/* Ten segments in flight, 1 to 14601, and @more bytes that wait. */
static void ten_in_flight(struct wire *w, u32 more)
{
	wire_open_passive(w, "mss 1460");
	wire_write(w, 10 * MSS + more);
	wire_out_data(w, 1, 14601, MSS);
	wire_out_nothing(w);
	expect_windows(w, 10 * MSS, ETP_SSTHRESH_INF);
}

/* The first of the ten is missing, and went again after the third duplicate ACK. */
static void first_missing(struct wire *w)
{
	int i;

	ten_in_flight(w, 0);
	for (i = 0; i < 3; i++)
		wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 1 len 1460");
}

/* Steps 1 to 6: exactly the third duplicate ACK, inflation, deflation */
static void recovery_fast_retransmit(struct kunit *test)
{
	struct wire *w = test->priv;

	ten_in_flight(w, 0);
	wire_in(w, "ACK seq 1 ack 1");
	wire_in(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
	expect_windows(w, 10 * MSS, ETP_SSTHRESH_INF);
	/* (2) ssthresh = FlightSize / 2; (3) cwnd = ssthresh + 3 SMSS */
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	expect_windows(w, 8 * MSS, 5 * MSS);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.recover, w->iss + 14601);
	/* (4) one SMSS for each further duplicate */
	wire_in(w, "ACK seq 1 ack 1");
	expect_windows(w, 9 * MSS, 5 * MSS);
	wire_in(w, "ACK seq 1 ack 1");
	expect_windows(w, 10 * MSS, 5 * MSS);
	wire_out_nothing(w);
	/* (6), RFC 6582: min(ssthresh, max(FlightSize, SMSS) + SMSS) */
	wire_in(w, "ACK seq 1 ack 14601");
	wire_out_nothing(w);
	expect_windows(w, 2 * MSS, 5 * MSS);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));
}

/* (4) and (5): the inflated window lets new data out */
static void recovery_sends_new_data(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	first_missing(w);
	wire_write(w, 5 * MSS);
	wire_out_nothing(w);
	expect_windows(w, 8 * MSS, 5 * MSS);
	for (i = 0; i < 2; i++)
		wire_in(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
	for (i = 0; i < 3; i++) {
		wire_in(w, "ACK seq 1 ack 1");
		wire_out(w, "ACK seq %u len 1460", 14601 + i * MSS);
		wire_out_nothing(w);
		expect_windows(w, (11 + i) * MSS, 5 * MSS);
	}
	/* three new ones in flight: min(5, max(3, 1) + 1), which lets one more go */
	wire_in(w, "ACK seq 1 ack 14601");
	expect_windows(w, 4 * MSS, 5 * MSS);
	wire_out(w, "ACK seq 18981 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
}

/* RFC 6582 (3): each partial ACK brings the next hole, the window deflates */
static void recovery_partial_acks(struct kunit *test)
{
	struct wire *w = test->priv;

	first_missing(w);
	expect_windows(w, 8 * MSS, 5 * MSS);

	/* two segments acknowledged: 8 - 2 + 1 */
	wire_in(w, "ACK seq 1 ack 2921");
	wire_out(w, "ACK seq 2921 len 1460");
	wire_out_nothing(w);
	expect_windows(w, 7 * MSS, 5 * MSS);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);

	/* three more: 7 - 3 + 1 */
	wire_in(w, "ACK seq 1 ack 7301");
	wire_out(w, "ACK seq 7301 len 1460");
	wire_out_nothing(w);
	expect_windows(w, 5 * MSS, 5 * MSS);

	/* less than a segment adds none: 5 - 0.5 */
	wire_in(w, "ACK seq 1 ack 8031");
	wire_out(w, "ACK seq 8031 len 730");
	expect_windows(w, 5 * MSS - 730, 5 * MSS);
	wire_forget(w);

	wire_in(w, "ACK seq 1 ack 14601");
	wire_out_nothing(w);
	expect_windows(w, 2 * MSS, 5 * MSS);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
}

/* Not duplicates, RFC 5681 section 2: data, another window, nothing in flight */
static void recovery_not_duplicates(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	ten_in_flight(w, 0);
	for (i = 0; i < 6; i++)
		wire_in(w, "ACK seq %d ack 1 len 1", 1 + i);
	wire_forget(w);
	expect_windows(w, 10 * MSS, ETP_SSTHRESH_INF);
	for (i = 0; i < 6; i++)
		wire_in(w, "ACK seq 7 ack 1 win %d", 60001 + i);
	expect_windows(w, 10 * MSS, ETP_SSTHRESH_INF);
	wire_in(w, "ACK seq 7 ack 14601");
	for (i = 0; i < 6; i++)
		wire_in(w, "ACK seq 7 ack 14601");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
}

/* RFC 6582 section 3.2 (2): echoes of an old recovery begin no new one */
static void recovery_not_twice(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	ten_in_flight(w, 0);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	expect_windows(w, MSS, 5 * MSS);
	/* the flight arrived after all: nine duplicates */
	for (i = 0; i < 9; i++)
		wire_in(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
	expect_windows(w, MSS, 5 * MSS);
	wire_in(w, "ACK seq 1 ack 14601");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * MSS);
}

/* RFC 5681 (4): the threshold halves once for one loss, not once a time-out */
static void recovery_timeout_twice(struct kunit *test)
{
	struct wire *w = test->priv;

	ten_in_flight(w, 0);
	wire_fire(w, WIRE_RTX);
	expect_windows(w, MSS, 5 * MSS);
	wire_fire(w, WIRE_RTX);
	expect_windows(w, MSS, 5 * MSS);
}

/* A time-out in the midst of a recovery */
static void recovery_then_timeout(struct kunit *test)
{
	struct wire *w = test->priv;

	first_missing(w);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, MSS);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_LOSS);
	wire_in(w, "ACK seq 1 ack 14601");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
}

/* Slow start up to ssthresh, one segment for each window beyond */
static void recovery_growth_after(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 i, una = 1;

	ten_in_flight(w, 40 * MSS);
	wire_es(w)->cong.ssthresh = 12 * MSS;
	for (i = 0; i < 2; i++) {
		una += MSS;
		wire_in(w, "ACK seq 1 ack %u", una);
		KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, (11 + i) * MSS);
		KUNIT_EXPECT_EQ(test, etp_flight(&wire_es(w)->snd),
				wire_es(w)->cong.cwnd);
	}
	for (i = 0; i < 11; i++) {
		una += MSS;
		wire_in(w, "ACK seq 1 ack %u", una);
		KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 12 * MSS);
	}
	wire_in(w, "ACK seq 1 ack %u", una + MSS);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 13 * MSS);
	wire_out_data(w, 14601, una + 14 * MSS, MSS);
	wire_out_nothing(w);
}

/* Recovery where the sequence numbers wrap */
static void recovery_wraps(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	w->use_iss = 0xffffffff - 5 * MSS;
	wire_open_active(w, "mss 1460");
	wire_write(w, 10 * MSS);
	wire_out_data(w, 1, 14601, MSS);
	for (i = 0; i < 3; i++)
		wire_in(w, "ACK seq 1 ack 1461");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out(w, "ACK seq 1461 len 1460");
	wire_in(w, "ACK seq 1 ack 7301");
	wire_out(w, "ACK seq 7301 len 1460");
	wire_in(w, "ACK seq 1 ack 14601");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
}

/* FlightSize less what was SACKed, lost, or goes by limited transmit */
static void recovery_pipe(struct kunit *test)
{
	struct etp_snd snd = { .una = 0xfffffff0, .nxt = 0xfffffff0 + 1000 };
	struct etp_rec rec = { .state = ETP_CA_OPEN };

	KUNIT_EXPECT_EQ(test, etp_rec_pipe(&rec, &snd), 1000U);
	rec.board.sacked = 300;
	KUNIT_EXPECT_EQ(test, etp_rec_pipe(&rec, &snd), 700U);
	rec.board.lost = 500;
	KUNIT_EXPECT_EQ(test, etp_rec_pipe(&rec, &snd), 200U);
	rec.board.retrans = 100;
	KUNIT_EXPECT_EQ(test, etp_rec_pipe(&rec, &snd), 300U);
	rec.limited = 250;
	KUNIT_EXPECT_EQ(test, etp_rec_pipe(&rec, &snd), 50U);
	rec.limited = 400;
	KUNIT_EXPECT_EQ(test, etp_rec_pipe(&rec, &snd), 0U);
}

static struct kunit_case recovery_cases[] = {
	KUNIT_CASE(recovery_fast_retransmit),
	KUNIT_CASE(recovery_sends_new_data),
	KUNIT_CASE(recovery_partial_acks),
	KUNIT_CASE(recovery_not_duplicates),
	KUNIT_CASE(recovery_not_twice),
	KUNIT_CASE(recovery_timeout_twice),
	KUNIT_CASE(recovery_then_timeout),
	KUNIT_CASE(recovery_growth_after),
	KUNIT_CASE(recovery_wraps),
	KUNIT_CASE(recovery_pipe),
	{}
};

struct kunit_suite etp_recovery_suite = {
	.name = "etp_recovery",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = recovery_cases,
};
