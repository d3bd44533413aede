// SPDX-License-Identifier: GPL-2.0
/*
 * What an ACK does: SND.UNA, the window (RFC 9293 section 3.10.7.4 "fifth"), the
 * retransmit tree, and the round trip that is measured or not (Karn, RFC 7323).
 */
#include "harness.h"
#include "suites.h"

static void ack_frees(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_snd *snd;

	wire_open_passive(w, "mss 1460");
	snd = &wire_es(w)->snd;
	wire_write(w, 5 * WIRE_MSS);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, etp_flight(snd), 5 * WIRE_MSS);
	KUNIT_EXPECT_GT(test, w->sk->sk_wmem_queued, 0);
	/* in the midst of a segment: what is acknowledged is not sent again */
	wire_in(w, "ACK seq 1 ack 2001");
	KUNIT_EXPECT_EQ(test, snd->una, w->iss + 2001);
	KUNIT_EXPECT_EQ(test, snd->bytes_acked, 2000ULL);
	wire_fire(w, WIRE_RTX);
	KUNIT_EXPECT_EQ(test, wire_next(w)->seg.seq, w->iss + 2001);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 7301");
	KUNIT_EXPECT_EQ(test, etp_flight(snd), 0U);
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
	KUNIT_EXPECT_EQ(test, snd->bytes_acked, 7300ULL);
}

/* SND.WL1 and SND.WL2: an older segment does not set the window back */
static void ack_window_order(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 10");
	wire_in(w, "ACK seq 21 ack 1 len 10 win 3000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 3000U);
	/* the one before, which comes later */
	wire_in(w, "ACK seq 11 ack 1 len 10 win 9000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 3000U);
	/* the same place, a wider window */
	wire_in(w, "ACK seq 31 ack 1 win 5000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 5000U);
	wire_in(w, "ACK seq 31 ack 1 win 6000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 6000U);
	wire_forget(w);
	/* new data acknowledged counts wherever it stands, shrinking or not */
	wire_write(w, 100);
	wire_forget(w);
	wire_in(w, "ACK seq 31 ack 101 win 400");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 400U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.max_wnd, 65535U);
}

/* WL1 = SEQ and WL2 <= ACK: the last to come counts, narrower or wider.  An ACK that
 * changes the window is no duplicate (RFC 5681 section 2), one that does not is.
 */
static void ack_window_same_place(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 5 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 win 9000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 9000U);
	wire_in(w, "ACK seq 1 ack 1 win 8000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 8000U);
	wire_in(w, "ACK seq 1 ack 1 win 100");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 100U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.dupacks, 0U);
	wire_in(w, "ACK seq 1 ack 1 win 100");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.dupacks, 1U);
	/* an older ACK that comes late */
	wire_in(w, "ACK seq 1 ack 1461 win 7000");
	wire_in(w, "ACK seq 1 ack 1 win 60000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 7000U);
}

/* MUST-34: a window that shrinks below what is in flight does no harm */
static void ack_window_shrinks(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 5 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1461 win 100");
	wire_out_nothing(w);
	wire_write(w, 100);
	wire_out_nothing(w);
	/* retransmission goes on nevertheless */
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1461 len 1460");
	wire_in(w, "ACK seq 1 ack 7301 win 65535");
	wire_out(w, "ACK seq 7301 len 100");
}

/* Karn: a segment that went twice says nothing about the round trip */
static void ack_karn(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 srtt, rttvar;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	srtt = wire_es(w)->rtt.srtt;
	rttvar = wire_es(w)->rtt.rttvar;
	wire_clock_pass(50);
	wire_in(w, "ACK seq 1 ack 101");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rtt.srtt, srtt);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rtt.rttvar, rttvar);
	/* one that went once does; and it ends the back-off */
	wire_write(w, 100);
	wire_forget(w);
	wire_clock_pass(50);
	wire_in(w, "ACK seq 1 ack 201");
	KUNIT_EXPECT_GT(test, wire_es(w)->rtt.srtt, srtt);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rtt.backoff, 0);
}

/* With timestamps the echo tells which of the two it answers. */
static void ack_timestamps(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 srtt;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_write(w, 100);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	srtt = wire_es(w)->rtt.srtt;
	wire_clock_pass(50);
	wire_in(w, "ACK seq 1 ack 101 ts 101");
	KUNIT_EXPECT_NE(test, wire_es(w)->rtt.srtt, srtt);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rtt.backoff, 0);
}

/* The answer to a probe: the peer lives */
static void ack_alive(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_es(w)->timers.probes = 3;
	w->sk->sk_err_soft = EHOSTUNREACH;
	wire_in(w, "ACK seq 1 ack 1");
	KUNIT_EXPECT_EQ(test, wire_es(w)->timers.probes, 0);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err_soft, 0);
}

/* An ACK that was overtaken still knows what has arrived; and what it SACKs is no
 * duplicate only because it is acknowledged by now.
 */
static void ack_old_sack(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_board *board;
	unsigned long dsacks, bad;

	wire_open_passive(w, "mss 1460 sackok");
	board = &wire_es(w)->rec.board;
	wire_write(w, 10 * WIRE_MSS);
	wire_forget(w);
	dsacks = wire_count(DSACKRecv);
	bad = wire_count(SACKDiscard);
	wire_in(w, "ACK seq 1 ack 2921");
	wire_in(w, "ACK seq 1 ack 1461 sack 5841:7301");
	KUNIT_EXPECT_EQ(test, board->sacked, WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:2921 sack 5841:7301");
	KUNIT_EXPECT_EQ(test, board->sacked, WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:4381");
	KUNIT_EXPECT_EQ(test, board->sacked, 2 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, wire_count(DSACKRecv), dsacks);
	KUNIT_EXPECT_EQ(test, wire_count(SACKDiscard), bad);
	/* and this one is */
	wire_in(w, "ACK seq 1 ack 1461 sack 1:1461");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKRecv), dsacks + 1);
	KUNIT_EXPECT_EQ(test, board->sacked, 2 * WIRE_MSS);
}

static struct kunit_case ack_cases[] = {
	KUNIT_CASE(ack_frees),
	KUNIT_CASE(ack_window_order),
	KUNIT_CASE(ack_window_same_place),
	KUNIT_CASE(ack_window_shrinks),
	KUNIT_CASE(ack_karn),
	KUNIT_CASE(ack_timestamps),
	KUNIT_CASE(ack_alive),
	KUNIT_CASE(ack_old_sack),
	{}
};

struct kunit_suite etp_ack_suite = {
	.name = "etp_ack",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = ack_cases,
};
