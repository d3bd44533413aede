// SPDX-License-Identifier: GPL-2.0
/*
 * Scenes of more than one state, as RFC 9293, RFC 1337, RFC 5961, RFC 6191 and RFC
 * 7323 tell them: half-open connections, closes that cross or are lost, limits,
 * numbers that wrap.
 */
#include "harness.h"
#include "suites.h"

/* ---- Half-open connections, RFC 9293 section 3.5.1 ---- */

/* Figure 10: the peer has crashed and opens anew, and finds that we have not. */
static void scene_peer_crashed(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	wire_in(w, "SYN seq 400 mss 1460");
	wire_out(w, "ACK seq 101 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	/* which means nothing to a TCP in SYN-SENT */
	wire_in(w, "RST seq 1");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	wire_read_end(w, -ECONNRESET);
	/* its next SYN opens */
	wire_in(w, "SYN seq 400 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 401 mss 1460");
	wire_in(w, "ACK seq 401 ack 1");
	wire_state(w, TCP_ESTABLISHED);
}

/* Figure 11: we have crashed; the peer's data tells it. */
static void scene_we_crashed(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	wire_end_node(w);
	wire_in(w, "ACK seq 1 ack 101 len 50");
	wire_out(w, "RST seq 101");
	wire_in(w, "ACK|FIN seq 51 ack 101");
	wire_out(w, "RST seq 101");
	wire_in(w, "RST|ACK seq 52 ack 101");
	wire_out_nothing(w);
	/* without an ACK to take the number from; the listener takes it for noise */
	wire_in(w, "FIN seq 51");
	wire_out_nothing(w);
	sock_release(w->listener);
	w->listener = NULL;
	wire_in(w, "FIN seq 51 len 9");
	w->iss = 0;
	wire_out(w, "RST|ACK seq 0 ack 61");
}

/* We have crashed and open anew, to a peer that has not: figure 10 from its left */
static void scene_open_after_crash(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	wire_in(w, "ACK seq 300 ack 5000");
	wire_out(w, "RST seq 5000");
	wire_state(w, TCP_SYN_SENT);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_out(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
}

/* ---- Opening ---- */

/* 3.10.7.3 "fourth": what a SYN|ACK brings beside */
static void scene_syn_ack_with_data(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	wire_in(w, "SYN|ACK|FIN seq 0 ack 1 len 10 mss 1460");
	wire_out(w, "ACK seq 1 ack 12");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE_WAIT);
	wire_read(w, 10);
	wire_read_end(w, 0);
}

/* Both ends have opened, and the peer is not heard of any more. */
static void scene_crossed_syns_time_out(struct kunit *test)
{
	struct wire *w = test->priv;
	int i, retries = etp_net(&init_net)->synack_retries;
	unsigned long fails = wire_count(AttemptFails);

	wire_connect(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	for (i = 0; i < retries; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
		wire_out_nothing(w);
	}
	wire_state(w, TCP_SYN_RECV);
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, wire_count(AttemptFails), fails + 1);
}

/* 3.10.4: CLOSE in SYN-RECEIVED sends FIN at once */
static void scene_close_in_syn_received(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	wire_shutdown(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	wire_state(w, TCP_FIN_WAIT1);
	wire_in(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_FIN_WAIT1);
	wire_in(w, "ACK seq 1 ack 2 len 10");
	wire_out(w, "ACK seq 2 ack 11");
	wire_state(w, TCP_FIN_WAIT2);
	wire_in(w, "ACK|FIN seq 11 ack 2");
	wire_out(w, "ACK seq 2 ack 12");
	wire_state(w, TCP_TIME_WAIT);
	wire_read(w, 10);
	wire_read_end(w, 0);
}

/* PAWS holds before the handshake is over, too. */
static void scene_paws_half_open(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long paws = wire_count(PAWSEstab);

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460 ts 1000 0");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 ts 900");
	wire_out(w, "ACK seq 1 ack 1 ts 1000");
	wire_state(w, TCP_SYN_RECV);
	KUNIT_EXPECT_EQ(test, wire_count(PAWSEstab), paws + 1);
	wire_in(w, "ACK seq 1 ack 1 ts 1001");
	wire_accept(w);
	wire_state(w, TCP_ESTABLISHED);
}

/* ---- Closing ---- */

/* Figure 13, and both ACKs are lost: both FINs come again. */
static void scene_crossed_fins_again(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	wire_shutdown(w);
	wire_forget(w);
	wire_in(w, "ACK|FIN seq 1 ack 1 len 20");
	wire_out(w, "ACK seq 12 ack 22");
	wire_state(w, TCP_CLOSING);
	wire_in(w, "ACK|FIN seq 1 ack 1 len 20");
	wire_out(w, "ACK seq 12 ack 22");
	wire_state(w, TCP_CLOSING);
	/* the data, but not yet the FIN */
	wire_in(w, "ACK seq 22 ack 11");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSING);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK|FIN seq 11 ack 22");
	wire_in(w, "ACK seq 22 ack 12");
	wire_state(w, TCP_TIME_WAIT);
	wire_in(w, "ACK|FIN seq 21 ack 12");
	wire_out(w, "ACK seq 12 ack 22");
	wire_read(w, 20);
	wire_read_end(w, 0);
}

/* Half-closed by the peer: what we still send flows, is lost, and comes through. */
static void scene_half_closed_by_peer(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_forget(w);
	wire_write(w, 3 * WIRE_MSS);
	wire_out_data(w, 1, 1 + 3 * WIRE_MSS, WIRE_MSS);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 ack 2 len 1460");
	wire_in(w, "ACK seq 2 ack %u", 1 + 3 * WIRE_MSS);
	wire_forget(w);
	wire_state(w, TCP_CLOSE_WAIT);
	wire_write(w, 10);
	wire_shutdown(w);
	wire_out(w, "ACK|PSH seq %u ack 2 len 10", 1 + 3 * WIRE_MSS);
	wire_out(w, "ACK|FIN seq %u ack 2", 11 + 3 * WIRE_MSS);
	wire_state(w, TCP_LAST_ACK);
	wire_in(w, "ACK seq 2 ack %u", 12 + 3 * WIRE_MSS);
	wire_state(w, TCP_CLOSE);
}

/* A FIN that comes before what it follows, in FIN-WAIT-2 */
static void scene_early_fin(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_in(w, "ACK seq 1 ack 2");
	wire_forget(w);
	wire_in(w, "ACK|FIN seq 101 ack 2 len 10");
	wire_out(w, "ACK seq 2 ack 1");
	wire_state(w, TCP_FIN_WAIT2);
	wire_in(w, "ACK seq 1 ack 2 len 100");
	wire_out(w, "ACK seq 2 ack 112");
	wire_state(w, TCP_TIME_WAIT);
	wire_read(w, 110);
	wire_read_end(w, 0);
}

/* RFC 1337: an old segment, our ACK, an RST in answer: that ends TIME-WAIT, or not */
static void scene_assassination(struct kunit *test)
{
	struct etp_net *en = etp_net(&init_net);
	struct wire *w = test->priv;
	int on;

	for (on = 1; on >= 0; on--) {
		w->read = 0;
		wire_open_passive(w, "mss 1460");
		wire_in(w, "ACK seq 1 ack 1 len 100");
		wire_read(w, 100);
		wire_close(w);
		wire_in(w, "ACK|FIN seq 101 ack 2");
		wire_state(w, TCP_TIME_WAIT);
		wire_forget(w);
		en->rfc1337 = on;
		wire_in(w, "ACK seq 1 ack 1 len 100");
		wire_out(w, "ACK seq 2 ack 102");
		wire_in(w, "RST seq 102");
		en->rfc1337 = 0;
		wire_out_nothing(w);
		wire_state(w, on ? TCP_TIME_WAIT : TCP_CLOSE);
		wire_end_node(w);
		sock_release(w->listener);
		w->listener = NULL;
	}
}

/* Orphans are not without limit. */
static void scene_orphans_limited(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	unsigned long aborts = wire_count(AbortOnMemory);
	int limit = en->max_orphans;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	wire_forget(w);
	en->max_orphans = 0;
	wire_close(w);
	en->max_orphans = limit;
	wire_out(w, "ACK|FIN seq 11 ack 1");
	wire_out(w, "RST|ACK seq 12 ack 1");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, wire_count(AbortOnMemory), aborts + 1);
}

/* ETP_LINGER2: the whole time, first in the socket, the last minute outside */
static void scene_fin_wait_2_long(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_node *node;
	long left;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_LINGER2, 90);
	wire_close(w);
	wire_in(w, "ACK seq 1 ack 2");
	wire_forget(w);
	wire_state(w, TCP_FIN_WAIT2);
	wire_due(w, WIRE_KEEP, 30 * HZ);
	wire_fire(w, WIRE_KEEP);
	wire_out_nothing(w);
	wire_state(w, TCP_FIN_WAIT2);
	node = wire_node(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, node);
	KUNIT_ASSERT_EQ(test, (int)node->kind, (int)ETP_TIMEWAIT);
	left = container_of(node, struct etp_timewait, node)->timer.expires - etp_now();
	etp_node_put(node);
	KUNIT_EXPECT_LE(test, left, 60L * HZ);
	KUNIT_EXPECT_GT(test, left, 55L * HZ);
}

/* Below zero: no such wait, and the peer is told */
static void scene_fin_wait_2_none(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_LINGER2, -1);
	wire_close(w);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 2");
	wire_out(w, "RST|ACK seq 2 ack 1");
	wire_state(w, TCP_CLOSE);
}

/* RFC 6191 from our side: connect() steps in where the clock proves it newer. */
static void scene_tw_reuse(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	u32 iss, tsval;

	wire_open_passive(w, "mss 1460 ts 1000");
	w->sk->sk_reuse = SK_CAN_REUSE;
	wire_close(w);
	wire_in(w, "ACK|FIN seq 1 ack 2 ts 1100");
	wire_state(w, TCP_TIME_WAIT);
	sock_release(w->listener);
	w->listener = NULL;
	wire_forget(w);
	iss = w->iss;
	tsval = w->tsval;
	wire_clock_pass(MSEC_PER_SEC);

	en->reuse_tw = 0;
	KUNIT_EXPECT_EQ(test, wire_connect_from(w, w->lport), -EADDRNOTAVAIL);
	wire_close(w);
	wire_state(w, TCP_TIME_WAIT);
	en->reuse_tw = 1;
	KUNIT_EXPECT_EQ(test, wire_connect_from(w, w->lport), 0);
	en->reuse_tw = 2;
	wire_state(w, TCP_SYN_SENT);
	KUNIT_EXPECT_TRUE(test, seq_gt(w->iss, iss + 2));
	KUNIT_EXPECT_TRUE(test, seq_geq(w->tsval, tsval));
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
	wire_in(w, "SYN|ACK seq 5000 ack 1 mss 1460");
	wire_state(w, TCP_ESTABLISHED);
}

/* ---- The window and the clock ---- */

/* MUST-34: the peer takes back what it had offered. */
static void scene_window_shrinks(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1000");
	wire_write(w, 8000);
	wire_out_data(w, 1, 8001, 1000);
	wire_in(w, "ACK seq 1 ack 1001 win 1500");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 1500U);
	wire_write(w, 100);
	wire_out_nothing(w);
	/* what we say meanwhile lies inside it, so that it is heard */
	wire_in(w, "ACK seq 1 ack 1001 len 10 win 1500");
	wire_out(w, "ACK seq 2501 ack 11");
	/* SHLD-16: old data goes again */
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1001 ack 11 len 1000");
	wire_forget(w);
	wire_in(w, "ACK seq 11 ack 8001");
	wire_out(w, "ACK seq 8001 ack 11 len 100");
	wire_read(w, 10);
}

/* RFC 7323 section 5.5: after 24 days the peer's clock may have gone round */
static void scene_paws_24_days(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 1000000");
	wire_clock_pass((ETP_PAWS_24DAYS - 1) * MSEC_PER_SEC);
	wire_in(w, "ACK seq 1 ack 1 len 10 ts 5000");
	wire_out(w, "ACK seq 1 ack 1 ts 1000000");
	wire_clock_pass(MSEC_PER_SEC);
	wire_in(w, "ACK seq 1 ack 1 len 10 ts 5000");
	wire_forget(w);
	wire_read(w, 10);
	/* and is known again from here */
	wire_in(w, "ACK seq 11 ack 1 len 10 ts 4000");
	wire_out(w, "ACK seq 1 ack 11");
	wire_read_end(w, -EAGAIN);
}

/* ---- Limits of answers ---- */

static int count_out(struct wire *w)
{
	int n = 0;

	while (wire_next(w))
		n++;
	return n;
}

/* RFC 5961 section 7: not a machine that makes ACKs */
static void scene_challenge_limit(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	int limit = en->challenge_ack_limit, i, n;
	unsigned long skipped, sent;

	wire_open_passive(w, "mss 1460");
	en->challenge_ack_limit = 20;
	en->challenge_at = 0;
	skipped = wire_count(ACKSkipped);
	sent = wire_count(ChallengeACK);
	for (i = 0; i < 50; i++) {
		wire_in(w, "SYN seq 77");
		wire_in(w, "RST seq 77");
		wire_in(w, "ACK seq 1 ack 1000");
		wire_in(w, "ACK seq 1 ack 3000000000");
	}
	n = count_out(w);
	/* 10 to 29 of each second, and a second may have ended */
	KUNIT_EXPECT_GE(test, n, 10);
	KUNIT_EXPECT_LE(test, n, 3 * 29);
	KUNIT_EXPECT_EQ(test, wire_count(ChallengeACK), sent + n);
	KUNIT_EXPECT_EQ(test, wire_count(ACKSkipped), skipped + 200 - n);
	wire_state(w, TCP_ESTABLISHED);
	en->challenge_ack_limit = limit;
	en->challenge_at = 0;
}

/* net.etp.invalid_ratelimit: bare ACKs outside the window, in each kind of object */
static void scene_outside_limit(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq 200000 ack 1");
	KUNIT_EXPECT_EQ(test, count_out(w), 1);
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq 200000 ack 1");
	KUNIT_EXPECT_EQ(test, count_out(w), 1);
	/* a retransmission is owed its ACK */
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq 4294967290 ack 1 len 1");
	KUNIT_EXPECT_EQ(test, count_out(w), 5);
	wire_close(w);
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_state(w, TCP_TIME_WAIT);
	wire_forget(w);
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq 200000 ack 2");
	KUNIT_EXPECT_EQ(test, count_out(w), 1);
}

/* ---- Wrap ---- */

/* A whole life with both ends' numbers passing 2^32 at each of its steps */
static void scene_wrap_step_by_step(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 k;

	for (k = 0; k < 12; k++) {
		w->use_iss = 0xffffffff - k;
		w->irs = 0xffffffff - (11 - k);
		w->written = 0;
		w->read = 0;
		wire_open_active(w, "mss 1460 sackok");
		wire_write(w, 3);
		wire_out(w, "ACK|PSH seq 1 ack 1 len 3");
		wire_in(w, "ACK seq 4 ack 4 len 3");
		wire_out(w, "ACK seq 4 ack 1 sack 4:7");
		wire_in(w, "ACK seq 1 ack 4 len 5");
		wire_out(w, "ACK seq 4 ack 7 sack 4:6");
		wire_in(w, "ACK|FIN seq 7 ack 4 len 1");
		wire_out(w, "ACK seq 4 ack 9 nosack");
		wire_state(w, TCP_CLOSE_WAIT);
		wire_read(w, 7);
		wire_read_end(w, 0);
		wire_write(w, 2);
		wire_out(w, "ACK|PSH seq 4 ack 9 len 2");
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 4 ack 9 len 2");
		wire_shutdown(w);
		wire_forget(w);
		wire_in(w, "ACK seq 9 ack 6");
		wire_forget(w);
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK|FIN seq 6 ack 9");
		wire_in(w, "ACK seq 9 ack 7");
		wire_state(w, TCP_CLOSE);
		wire_close(w);
		wire_out_nothing(w);
	}
}

/* The same with whole segments: loss, SACK and recovery on both sides of the wrap */
static void scene_wrap_in_flight(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	w->use_iss = 0xffffffff - 2500;
	w->irs = 0xffffffff - 2500;
	wire_open_active(w, "mss 1000 sackok");
	wire_write(w, 8000);
	wire_out_data(w, 1, 8001, 1000);
	wire_in(w, "ACK seq 1 ack 2001");
	for (i = 0; i < 3; i++)
		wire_in(w, "ACK seq 1 ack 2001 sack 3001:%u", 4001 + i * 1000);
	wire_out(w, "ACK seq 2001 ack 1 len 1000");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 8001");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.una, w->iss + 8001);
	for (i = 7; i >= 0; i--)
		wire_in(w, "ACK seq %u ack 8001 len 1000", 1 + i * 1000);
	wire_forget(w);
	wire_read(w, 8000);
	wire_in(w, "RST seq 8002");
	wire_out(w, "ACK seq 8001 ack 8001");
	wire_in(w, "RST seq 8001");
	wire_state(w, TCP_CLOSE);
}

/* KUnit keeps a case's result in it, so each family has a list of its own. */
#define SCENES(X)				\
	X(scene_peer_crashed)		\
	X(scene_we_crashed)		\
	X(scene_open_after_crash)		\
	X(scene_syn_ack_with_data)		\
	X(scene_crossed_syns_time_out)		\
	X(scene_close_in_syn_received)		\
	X(scene_paws_half_open)		\
	X(scene_crossed_fins_again)		\
	X(scene_half_closed_by_peer)		\
	X(scene_early_fin)		\
	X(scene_assassination)		\
	X(scene_orphans_limited)		\
	X(scene_fin_wait_2_long)		\
	X(scene_fin_wait_2_none)		\
	X(scene_tw_reuse)		\
	X(scene_window_shrinks)		\
	X(scene_paws_24_days)		\
	X(scene_challenge_limit)		\
	X(scene_outside_limit)		\
	X(scene_wrap_step_by_step)		\
	X(scene_wrap_in_flight)

#define SCENE_CASE(name)	KUNIT_CASE(name),

static struct kunit_case scene_cases[] = {
	SCENES(SCENE_CASE)
	{}
};

static struct kunit_case scene6_cases[] = {
	SCENES(SCENE_CASE)
	{}
};

struct kunit_suite etp_scene_suite = {
	.name = "etp_scene",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = scene_cases,
};

struct kunit_suite etp_scene6_suite = {
	.name = "etp_scene6",
	.init = wire_init6,
	.exit = wire_exit,
	.test_cases = scene6_cases,
};
