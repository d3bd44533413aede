// SPDX-License-Identifier: GPL-2.0
/* When to acknowledge: RFC 9293 section 3.8.6.3, RFC 5681 section 4.2. */
#include "harness.h"
#include "suites.h"

/* The connection is past its first segments, which are acknowledged at once. */
static void settle(struct wire *w)
{
	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 1460");
	wire_out(w, "ACK seq 1 ack 1461");
	wire_es(w)->rcv.quick = 0;
	wire_read(w, 1460);
	wire_forget(w);
}

/* SHLD-18, MUST-58: it may wait, for less than half a second */
static void delack_timer(struct kunit *test)
{
	struct wire *w = test->priv;

	settle(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
	wire_in(w, "ACK seq 1461 ack 1 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_TRUE(test, wire_armed(w, WIRE_DELACK));
	KUNIT_EXPECT_LT(test, (long)(wire_es(w)->timers.delack.expires - jiffies),
			(long)HZ / 2);
	wire_fire(w, WIRE_DELACK);
	wire_out(w, "ACK seq 1 ack 2921");
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
}

/* MUST-59: at least every second full segment */
static void delack_second_segment(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 seq = 1461;
	int i;

	settle(w);
	for (i = 0; i < 5; i++) {
		wire_in(w, "ACK seq %u ack 1 len 1460", seq);
		wire_out_nothing(w);
		wire_in(w, "ACK seq %u ack 1 len 1460", seq + 1460);
		seq += 2920;
		/* now, or with the window that the program's read opens */
		wire_read(w, 2920);
		wire_out(w, "ACK seq 1 ack %u", seq);
		wire_forget(w);
		KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
	}
}

/* Small ones wait together until they make more than a segment. */
static void delack_small_segments(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	settle(w);
	for (i = 0; i < 14; i++) {
		wire_in(w, "ACK seq %d ack 1 len 100", 1461 + 100 * i);
		wire_out_nothing(w);
	}
	wire_in(w, "ACK seq 2861 ack 1 len 100");
	wire_read(w, 1500);
	wire_out(w, "ACK seq 1 ack 2961");
}

/* Data on its way out takes the ACK along. */
static void delack_piggyback(struct kunit *test)
{
	struct wire *w = test->priv;

	settle(w);
	wire_in(w, "ACK|PSH seq 1461 ack 1 len 100");
	wire_out_nothing(w);
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 1 ack 1561 len 10");
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
}

/* A gap, the filling of a gap, and FIN can't wait. */
static void delack_at_once(struct kunit *test)
{
	struct wire *w = test->priv;

	settle(w);
	wire_in(w, "ACK seq 1561 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1461");
	wire_in(w, "ACK seq 1461 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1661");
	wire_es(w)->rcv.quick = 0;
	wire_in(w, "ACK|FIN seq 1661 ack 1 len 10");
	wire_out(w, "ACK seq 1 ack 1672");
	wire_out_nothing(w);
}

/* What carries no data is not acknowledged. */
static void delack_never(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	settle(w);
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq 1461 ack 1 win %d", 60000 + i);
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
}

/* The timer finds the program inside: the ACK follows when it leaves. */
static void delack_deferred(struct kunit *test)
{
	struct wire *w = test->priv;

	settle(w);
	wire_in(w, "ACK seq 1461 ack 1 len 100");
	lock_sock(w->sk);
	wire_fire(w, WIRE_DELACK);
	wire_out_nothing(w);
	release_sock(w->sk);
	wire_out(w, "ACK seq 1 ack 1561");
	wire_out_nothing(w);
}

static struct kunit_case delack_cases[] = {
	KUNIT_CASE(delack_timer),
	KUNIT_CASE(delack_second_segment),
	KUNIT_CASE(delack_small_segments),
	KUNIT_CASE(delack_piggyback),
	KUNIT_CASE(delack_at_once),
	KUNIT_CASE(delack_never),
	KUNIT_CASE(delack_deferred),
	{}
};

struct kunit_suite etp_delack_suite = {
	.name = "etp_delack",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = delack_cases,
};
