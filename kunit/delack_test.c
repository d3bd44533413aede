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

/* SHLD-18, MUST-40: it may wait, for less than half a second */
static void delack_timer(struct kunit *test)
{
	struct wire *w = test->priv;

	settle(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
	wire_in(w, "ACK seq 1461 ack 1 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_TRUE(test, wire_armed(w, WIRE_DELACK));
	KUNIT_EXPECT_LT(test, (long)(wire_es(w)->timers.delack.expires - etp_now()),
			(long)HZ / 2);
	wire_fire(w, WIRE_DELACK);
	wire_out(w, "ACK seq 1 ack 2921");
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
}

/* SHLD-19: at least every second full segment */
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

/* RFC 5681 section 4.2 as the usual policy has it, in figures */
static void delack_usual_policy(struct kunit *test)
{
	const struct etp_ack_policy_ops *ops = &etp_ack_rfc5681;
	struct etp_ack_view view = { .mss = 1000, .wnd = 20000 };

	KUNIT_EXPECT_FALSE(test, ops->now(&view));
	view.quick = 1;
	KUNIT_EXPECT_TRUE(test, ops->now(&view));
	view.answering = true;
	KUNIT_EXPECT_FALSE(test, ops->now(&view));
	view.early = true;
	KUNIT_EXPECT_TRUE(test, ops->now(&view));
	view.early = false;
	view.useful = true;
	KUNIT_EXPECT_TRUE(test, ops->now(&view));
	KUNIT_EXPECT_EQ(test, ops->quick(&view), 10U);
	KUNIT_EXPECT_EQ(test, ops->delay(&view), (u32)ETP_DELACK_MIN);
	view.delay = ETP_DELACK_MAX;
	view.gap = 0;
	KUNIT_EXPECT_EQ(test, ops->delay(&view), (u32)(ETP_DELACK_MAX / 2 + ETP_DELACK_MIN / 2));
	view.gap = HZ;
	KUNIT_EXPECT_EQ(test, ops->delay(&view), (u32)ETP_DELACK_MAX);
}

static bool never_now(const struct etp_ack_view *view)
{
	return false;
}

/* Another policy decides on a live connection; what the protocol demands it can't stop. */
static void delack_other_policy(struct kunit *test)
{
	struct etp_ack_policy_ops lazy = etp_ack_rfc5681, lame = etp_ack_rfc5681;
	struct wire *w = test->priv;
	struct etp_sock *es;

	strscpy(lazy.policy.name, "kunit-lazy", sizeof(lazy.policy.name));
	strscpy(lame.policy.name, "kunit-lame", sizeof(lame.policy.name));
	lazy.now = never_now;
	lame.now = NULL;
	KUNIT_EXPECT_EQ(test, etp_register_ack_policy(&lame), -EINVAL);
	KUNIT_EXPECT_EQ(test, etp_register_ack_policy(&lazy), 0);
	settle(w);
	es = wire_es(w);
	KUNIT_EXPECT_EQ(test, etp_ack_choose(es, "kunit-nosuch"), -ENOENT);
	KUNIT_EXPECT_STREQ(test, es->ack_ops->policy.name, "rfc5681");
	KUNIT_EXPECT_EQ(test, etp_ack_choose(es, "kunit-lazy"), 0);
	wire_in(w, "ACK seq 1461 ack 1 len 100");
	wire_in(w, "ACK seq 1561 ack 1 len 1460");
	wire_in(w, "ACK seq 3021 ack 1 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_TRUE(test, wire_armed(w, WIRE_DELACK));
	wire_fire(w, WIRE_DELACK);
	wire_out(w, "ACK seq 1 ack 4481");
	wire_in(w, "ACK|FIN seq 4481 ack 1");
	wire_out(w, "ACK seq 1 ack 4482");
	KUNIT_EXPECT_EQ(test, etp_ack_choose(es, "rfc5681"), 0);
	etp_unregister_ack_policy(&lazy);
}

static struct kunit_case delack_cases[] = {
	KUNIT_CASE(delack_timer),
	KUNIT_CASE(delack_second_segment),
	KUNIT_CASE(delack_small_segments),
	KUNIT_CASE(delack_piggyback),
	KUNIT_CASE(delack_at_once),
	KUNIT_CASE(delack_never),
	KUNIT_CASE(delack_deferred),
	KUNIT_CASE(delack_usual_policy),
	KUNIT_CASE(delack_other_policy),
	{}
};

struct kunit_suite etp_delack_suite = {
	.name = "etp_delack",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = delack_cases,
};
