// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 3168 section 6.1: how ECN is agreed upon, what is marked as capable, echoed
 * and answered.  "ect" and "ce" are the bits of the IP header.
 */
#include "harness.h"
#include "suites.h"

static struct etp_net *knobs(void)
{
	return etp_net(&init_net);
}

static int ecn_init(struct kunit *test)
{
	int err = wire_init(test);

	knobs()->ecn = 2;
	return err;
}

static void ecn_exit(struct kunit *test)
{
	knobs()->ecn = 2;
	knobs()->ecn_fallback = 1;
	wire_exit(test);
}

/* The peer asks and we agree, with ten segments in flight or none. */
static void open_agreed(struct wire *w, u32 segments)
{
	wire_listen(w);
	wire_in(w, "SYN|ECE|CWR seq 0 mss 1460");
	wire_out(w, "SYN|ACK|ECE seq 0 ack 1 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	KUNIT_EXPECT_TRUE(w->test, wire_es(w)->peer.ecn_ok);
	if (segments)
		wire_write(w, segments * WIRE_MSS);
}

/* 6.1.1 with net.etp.ecn at 2: when asked, and only then */
static void ecn_passive(struct kunit *test)
{
	struct wire *w = test->priv;

	open_agreed(w, 0);
	wire_write(w, 100);
	wire_out(w, "ACK seq 1 len 100 ect");
	wire_out_nothing(w);
}

/* One bit is not two; a SYN with ECT is suspect; neither is refused as such */
static void ecn_passive_not(struct kunit *test)
{
	static const char *const syns[] = {
		"SYN seq 0 mss 1460", "SYN|ECE seq 0 mss 1460", "SYN|CWR seq 0 mss 1460",
		"SYN|ECE|CWR seq 0 mss 1460 ect", "SYN|ECE|CWR seq 0 mss 1460 ce",
	};
	struct wire *w = test->priv;
	u32 i;

	wire_listen(w);
	for (i = 0; i < ARRAY_SIZE(syns); i++) {
		w->rport++;
		wire_in(w, "%s", syns[i]);
		wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	}
	knobs()->ecn = 0;
	w->rport++;
	wire_in(w, "SYN|ECE|CWR seq 0 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	KUNIT_EXPECT_FALSE(test, wire_es(w)->peer.ecn_ok);
	wire_write(w, 100);
	wire_out(w, "ACK seq 1 len 100");
}

/* The program's connect(), with its SYN taken off the wire */
static void ask(struct wire *w)
{
	const struct wire_segment *syn;

	knobs()->ecn = 1;
	wire_connect(w);
	syn = wire_next(w);
	KUNIT_ASSERT_NOT_NULL(w->test, syn);
	KUNIT_EXPECT_EQ(w->test, (int)syn->seg.flags, ETP_SYN | ETP_ECE | ETP_CWR);
	KUNIT_EXPECT_EQ(w->test, (int)syn->seg.ecn, 0);
}

/* 6.1.1 with net.etp.ecn at 1 */
static void ecn_active(struct kunit *test)
{
	struct wire *w = test->priv;

	ask(w);
	wire_in(w, "SYN|ACK|ECE seq 0 ack 1 mss 1460");
	wire_out(w, "ACK seq 1 ack 1");
	KUNIT_EXPECT_TRUE(test, wire_es(w)->peer.ecn_ok);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 10 * WIRE_MSS);
	wire_write(w, 100);
	wire_out(w, "ACK seq 1 len 100 ect");
}

/* The peer does not know of it, or sends back what it got (6.1.1). */
static void ecn_active_not(struct kunit *test)
{
	struct wire *w = test->priv;

	ask(w);
	wire_in(w, "SYN|ACK|ECE|CWR seq 0 ack 1 mss 1460");
	wire_out(w, "ACK seq 1 ack 1");
	KUNIT_EXPECT_FALSE(test, wire_es(w)->peer.ecn_ok);
	wire_write(w, 100);
	wire_out(w, "ACK seq 1 len 100");
}

/* Nobody was asked: a stray bit in the answer agrees to nothing. */
static void ecn_not_asked(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_out(w, "SYN seq 0 mss 1460 sackok wscale 7 ts 0");
	wire_forget(w);
	wire_in(w, "SYN|ACK|ECE seq 0 ack 1 mss 1460");
	wire_forget(w);
	KUNIT_EXPECT_FALSE(test, wire_es(w)->peer.ecn_ok);
}

/* 6.1.1.1: perhaps it was the bits that somebody did not like */
static void ecn_fallback(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *syn;

	ask(w);
	wire_fire(w, WIRE_RTX);
	syn = wire_next(w);
	KUNIT_ASSERT_NOT_NULL(test, syn);
	KUNIT_EXPECT_EQ(test, (int)syn->seg.flags, ETP_SYN);
}

static void ecn_no_fallback(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *syn;

	knobs()->ecn_fallback = 0;
	ask(w);
	wire_fire(w, WIRE_RTX);
	syn = wire_next(w);
	KUNIT_ASSERT_NOT_NULL(test, syn);
	KUNIT_EXPECT_EQ(test, (int)syn->seg.flags, ETP_SYN | ETP_ECE | ETP_CWR);
}

/* 6.1.4 and 6.1.5: pure ACKs and retransmissions are not capable; 6.1.2: the time-out
 * reduced the window, so the first new segment behind it says CWR.
 */
static void ecn_new_data_only(struct kunit *test)
{
	struct wire *w = test->priv;

	open_agreed(w, 2);
	wire_out(w, "ACK seq 1 len 1460 ect");
	wire_out(w, "ACK seq 1461 len 1460 ect");
	wire_in(w, "ACK seq 1 ack 1 len 10 ect");
	wire_out(w, "ACK seq 2921 ack 11");
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_in(w, "ACK seq 11 ack 2921");
	wire_write(w, 10);
	wire_out(w, "ACK|CWR seq 2921 len 10 ect");
	wire_in(w, "ACK seq 11 ack 2931");
	wire_write(w, 10);
	wire_out(w, "ACK seq 2931 len 10 ect");
	wire_in(w, "ACK seq 11 ack 2941");
	wire_shutdown(w);
	wire_out(w, "FIN|ACK seq 2941");
	wire_out_nothing(w);
}

/* 6.1.3: CE is echoed in every ACK until CWR comes; CE with CWR begins anew */
static void ecn_echo(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 i;

	open_agreed(w, 0);
	wire_in(w, "ACK seq 1 ack 1 len 10 ect");
	wire_out(w, "ACK seq 1 ack 11");
	KUNIT_EXPECT_TRUE(test, wire_es(w)->ecn.seen);
	wire_in(w, "ACK seq 11 ack 1 len 10 ce");
	wire_out(w, "ACK|ECE seq 1 ack 21");
	for (i = 0; i < 3; i++) {
		wire_in(w, "ACK seq %u ack 1 len 10 ect", 21 + 10 * i);
		wire_out(w, "ACK|ECE seq 1 ack %u", 31 + 10 * i);
	}
	/* in what carries data, too */
	wire_write(w, 10);
	wire_out(w, "ACK|ECE seq 1 len 10 ect");
	wire_in(w, "ACK|CWR seq 51 ack 11 len 10 ect");
	wire_out(w, "ACK seq 11 ack 61");
	wire_in(w, "ACK|CWR seq 61 ack 11 len 10 ce");
	wire_out(w, "ACK|ECE seq 11 ack 71");
	/* out of order, it is heard all the same */
	wire_in(w, "ACK|CWR seq 71 ack 11 len 10 ect");
	wire_out(w, "ACK seq 11 ack 81");
	wire_in(w, "ACK seq 181 ack 11 len 10 ce");
	wire_out(w, "ACK|ECE seq 11 ack 81");
	wire_out_nothing(w);
}

/* A path that clears the bits, or a peer that did not agree: nothing happens */
static void ecn_marks_unasked(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 10 ce");
	wire_out(w, "ACK seq 1 ack 11");
	wire_write(w, 4 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK|ECE seq 11 ack 1461");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
	KUNIT_EXPECT_FALSE(test, wire_es(w)->ecn.seen);
}

/* 6.1.2: half of the flight, once in a round trip; CWR on the next new segment */
static void ecn_reduces(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_cong *cong;

	open_agreed(w, 10);
	wire_forget(w);
	cong = &wire_es(w)->cong;
	wire_write(w, 20 * WIRE_MSS);
	wire_out_nothing(w);
	/* ten in flight when it came: 5; it does not make the window grow first */
	wire_in(w, "ACK|ECE seq 1 ack 2921");
	KUNIT_EXPECT_EQ(test, cong->ssthresh, 5 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, cong->cwnd, 5 * WIRE_MSS);
	wire_out_nothing(w);
	/* echoes of the same round trip */
	wire_in(w, "ACK|ECE seq 1 ack 5841");
	wire_in(w, "ACK|ECE seq 1 ack 7301");
	KUNIT_EXPECT_EQ(test, cong->ssthresh, 5 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, cong->cwnd, 5 * WIRE_MSS);
	wire_out_nothing(w);
	/* three left in flight: two may go, and the first of them says CWR */
	wire_in(w, "ACK|ECE seq 1 ack 10221");
	wire_out(w, "ACK|CWR seq 14601 len 1460 ect");
	wire_out(w, "ACK seq 16061 len 1460 ect");
	wire_out_nothing(w);
	/* the last of the round trip does not count either */
	wire_in(w, "ACK|ECE seq 1 ack 14601");
	KUNIT_EXPECT_EQ(test, cong->cwnd, 5 * WIRE_MSS);
	wire_out(w, "ACK seq 17521 len 1460 ect");
	wire_forget(w);
	/* five in flight, and a mark of the next one: 2.5 */
	wire_in(w, "ACK|ECE seq 1 ack 16061");
	KUNIT_EXPECT_EQ(test, cong->ssthresh, 5 * WIRE_MSS / 2);
	KUNIT_EXPECT_EQ(test, cong->cwnd, 5 * WIRE_MSS / 2);
}

/* Numbers go round, and where the last answer to a mark was goes along. */
static void ecn_mark_after_long(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 cwnd;

	open_agreed(w, 8);
	wire_in(w, "ACK seq 1 ack 1461");
	KUNIT_EXPECT_EQ(test, wire_es(w)->ecn.recover, wire_es(w)->snd.una - 1);
	cwnd = wire_es(w)->cong.cwnd;
	wire_in(w, "ACK|ECE seq 1 ack 2921");
	KUNIT_EXPECT_LT(test, wire_es(w)->cong.cwnd, cwnd);
	wire_forget(w);
}

/* 6.1.2: a loss in the flight that was marked halves nothing a second time */
static void ecn_then_loss(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	open_agreed(w, 10);
	wire_forget(w);
	wire_in(w, "ACK|ECE seq 1 ack 1461");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * WIRE_MSS);
	for (i = 0; i < 4; i++)
		wire_in(w, "ACK seq 1 ack 1461");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * WIRE_MSS);
	wire_forget(w);
}

static struct kunit_case ecn_cases[] = {
	KUNIT_CASE(ecn_passive),
	KUNIT_CASE(ecn_passive_not),
	KUNIT_CASE(ecn_active),
	KUNIT_CASE(ecn_active_not),
	KUNIT_CASE(ecn_not_asked),
	KUNIT_CASE(ecn_fallback),
	KUNIT_CASE(ecn_no_fallback),
	KUNIT_CASE(ecn_new_data_only),
	KUNIT_CASE(ecn_echo),
	KUNIT_CASE(ecn_marks_unasked),
	KUNIT_CASE(ecn_reduces),
	KUNIT_CASE(ecn_mark_after_long),
	KUNIT_CASE(ecn_then_loss),
	{}
};

struct kunit_suite etp_ecn_suite = {
	.name = "etp_ecn",
	.init = ecn_init,
	.exit = ecn_exit,
	.test_cases = ecn_cases,
};
