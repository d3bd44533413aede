// SPDX-License-Identifier: GPL-2.0
/* TIME-WAIT: RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 1337, RFC 6191. */
#include "harness.h"
#include "suites.h"

/* We closed first: SND.NXT is 2, RCV.NXT is 2, the socket is gone. */
static void into_time_wait(struct wire *w, const char *options, const char *ts)
{
	wire_open_passive(w, options);
	wire_close(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	wire_in(w, "ACK seq 1 ack 2%s", ts);
	wire_in(w, "ACK|FIN seq 1 ack 2%s", ts);
	wire_out(w, "ACK seq 2 ack 2");
	wire_out_nothing(w);
	wire_state(w, TCP_TIME_WAIT);
}

static struct etp_timewait *timewait_of(struct wire *w)
{
	struct etp_node *node = wire_node(w);

	if (!node)
		return NULL;
	etp_node_put(node);
	/* the table's reference keeps it while the test looks */
	return node->kind == ETP_TIMEWAIT ?
	       container_of(node, struct etp_timewait, node) : NULL;
}

static void fire(struct wire *w)
{
	struct etp_timewait *tw = timewait_of(w);

	if (!tw || !timer_delete(&tw->timer)) {
		KUNIT_FAIL(w->test, "no TIME_WAIT timer is set");
		return;
	}
	local_bh_disable();
	tw->timer.function(&tw->timer);
	local_bh_enable();
}

/* The FIN again while the object is just ending elsewhere: the timer that was stopped
 * stays so.
 */
static void timewait_not_revived(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_timewait *tw;

	into_time_wait(w, "mss 1460", "");
	tw = timewait_of(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tw);
	KUNIT_EXPECT_TRUE(test, timer_delete(&tw->timer));
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_out(w, "ACK seq 2 ack 2");
	KUNIT_EXPECT_FALSE(test, timer_pending(&tw->timer));
	local_bh_disable();
	tw->timer.function(&tw->timer);
	local_bh_enable();
	wire_state(w, TCP_CLOSE);
}

/* It ends after 2 MSL, and gives everything back. */
static void timewait_ends(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_timewait *tw;
	long left;

	into_time_wait(w, "mss 1460", "");
	tw = timewait_of(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tw);
	left = tw->timer.expires - etp_now();
	KUNIT_EXPECT_LE(test, left, (long)ETP_TIMEWAIT_LEN);
	KUNIT_EXPECT_GT(test, left, (long)ETP_TIMEWAIT_LEN - 5 * HZ);
	KUNIT_EXPECT_EQ(test, atomic_read(&etp_net(&init_net)->tw_count),
			w->tw_count + 1);
	fire(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, atomic_read(&etp_net(&init_net)->tw_count), w->tw_count);
}

/* The FIN again: our ACK was lost; ACK, and wait from here */
static void timewait_fin_again(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_timewait *tw;
	long left;

	into_time_wait(w, "mss 1460", "");
	tw = timewait_of(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tw);
	mod_timer(&tw->timer, etp_now() + 10 * HZ);
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_out(w, "ACK seq 2 ack 2");
	wire_out_nothing(w);
	wire_state(w, TCP_TIME_WAIT);
	left = tw->timer.expires - etp_now();
	KUNIT_EXPECT_GT(test, left, 50L * HZ);
}

/* Other segments are acknowledged, bare ACKs at the right place ignored. */
static void timewait_other_segments(struct kunit *test)
{
	struct wire *w = test->priv;

	into_time_wait(w, "mss 1460", "");
	wire_in(w, "ACK seq 2 ack 2");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 2 len 1");
	wire_out(w, "ACK seq 2 ack 2");
	wire_in(w, "ACK seq 5 ack 2 len 100");
	wire_out(w, "ACK seq 2 ack 2");
	/* a SYN that is not newer is no new connection */
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
}

/* 3.10.7.4 "second": RST ends it, if it is exact; never when RFC 1337 is on */
static void timewait_rst(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);

	into_time_wait(w, "mss 1460", "");
	wire_in(w, "RST seq 1");
	wire_out_nothing(w);
	/* RFC 5961: in the window and not exact */
	wire_in(w, "RST seq 50");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
	en->rfc1337 = 1;
	wire_in(w, "RST seq 50");
	wire_in(w, "RST seq 2");
	wire_state(w, TCP_TIME_WAIT);
	en->rfc1337 = 0;
	wire_in(w, "RST seq 2");
	wire_state(w, TCP_CLOSE);
	wire_out_nothing(w);
}

/* MAY-2, RFC 6191: a newer SYN opens a new connection */
static void timewait_reopened(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 old;

	into_time_wait(w, "mss 1460", "");
	old = w->iss;
	wire_in(w, "SYN seq 1000 mss 1460");
	/* ISS beyond all that was sent before */
	KUNIT_EXPECT_TRUE(test, seq_gt(w->iss, old + 2));
	wire_out(w, "SYN|ACK seq 0 ack 1001 mss 1460");
	wire_state(w, TCP_SYN_RECV);
	wire_in(w, "ACK seq 1001 ack 1");
	wire_state(w, TCP_ESTABLISHED);
}

/* With timestamps the clock tells which SYN is newer. */
static void timewait_reopened_by_clock(struct kunit *test)
{
	struct wire *w = test->priv;

	into_time_wait(w, "mss 1460 ts 1000", " ts 1100");
	/* a higher number, an older time */
	wire_in(w, "SYN seq 1000 mss 1460 ts 900 0");
	wire_out(w, "ACK seq 2 ack 2 ts 1100");
	wire_state(w, TCP_TIME_WAIT);
	/* a lower number, a newer time */
	w->irs -= 5000;
	wire_in(w, "SYN seq 0 mss 1460 ts 1200 0");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460 ts 1200");
	wire_state(w, TCP_SYN_RECV);
}

/* Orphans in FIN-WAIT-2 wait here, too; their FIN leads to TIME-WAIT. */
static void timewait_fin_wait2(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	wire_in(w, "ACK seq 1 ack 2");
	wire_state(w, TCP_FIN_WAIT2);
	/* out of its window: no end to the wait */
	wire_in(w, "RST seq 50");
	wire_in(w, "ACK seq 1 ack 2");
	wire_state(w, TCP_FIN_WAIT2);
	wire_forget(w);
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
}

static void timewait_fin_wait2_times_out(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_in(w, "ACK seq 1 ack 2");
	wire_forget(w);
	wire_state(w, TCP_FIN_WAIT2);
	fire(w);
	wire_state(w, TCP_CLOSE);
	wire_out_nothing(w);
}

/* Too many: the connection just ends */
static void timewait_limit(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	int limit = en->max_tw_buckets;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_forget(w);
	en->max_tw_buckets = 0;
	wire_in(w, "ACK|FIN seq 1 ack 2");
	en->max_tw_buckets = limit;
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_CLOSE);
}

/* 192.0.2.1 to 192.0.2.2 is not within a host: only tw_reuse 1 lets connect() in */
static void timewait_reusable(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	struct etp_timewait *tw;
	struct etp_peer peer;
	u32 iss;

	into_time_wait(w, "mss 1460 ts 1000", " ts 1100");
	tw = timewait_of(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, tw);
	KUNIT_EXPECT_EQ(test, en->reuse_tw, 2);
	/* not in the same second */
	en->reuse_tw = 1;
	KUNIT_EXPECT_FALSE(test, etp_timewait_reusable(tw, &iss, &peer));
	wire_clock_pass(MSEC_PER_SEC);
	KUNIT_EXPECT_TRUE(test, etp_timewait_reusable(tw, &iss, &peer));
	KUNIT_EXPECT_TRUE(test, seq_gt(iss, w->iss + 2));
	KUNIT_EXPECT_EQ(test, peer.ts_recent, 1100U);
	en->reuse_tw = 2;
	KUNIT_EXPECT_FALSE(test, etp_timewait_reusable(tw, &iss, &peer));
	/* nor without timestamps */
	en->reuse_tw = 1;
	tw->peer.ts_ok = 0;
	KUNIT_EXPECT_FALSE(test, etp_timewait_reusable(tw, &iss, &peer));
	en->reuse_tw = 2;
}

static struct kunit_case timewait_cases[] = {
	KUNIT_CASE(timewait_ends),
	KUNIT_CASE(timewait_not_revived),
	KUNIT_CASE(timewait_fin_again),
	KUNIT_CASE(timewait_other_segments),
	KUNIT_CASE(timewait_rst),
	KUNIT_CASE(timewait_reopened),
	KUNIT_CASE(timewait_reopened_by_clock),
	KUNIT_CASE(timewait_fin_wait2),
	KUNIT_CASE(timewait_fin_wait2_times_out),
	KUNIT_CASE(timewait_limit),
	KUNIT_CASE(timewait_reusable),
	{}
};

struct kunit_suite etp_timewait_suite = {
	.name = "etp_timewait",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = timewait_cases,
};
