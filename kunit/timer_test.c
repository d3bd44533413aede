// SPDX-License-Identifier: GPL-2.0
/*
 * Timers: retransmission with back-off and a last retry (RFC 6298, RFC 9293 section
 * 3.8.3), zero-window probes (3.8.6.1), keep-alive (3.8.4), the orphan's patience.
 */
#include "harness.h"
#include "suites.h"

/* The peer has sent two bytes, and says how much it can take. */
static void peer_window(struct wire *w, u32 win)
{
	wire_in(w, "ACK seq 1 ack 1 len 1");
	wire_in(w, "ACK seq 2 ack 1 len 1 win %u", win);
	wire_forget(w);
}

/* RFC 6298 (5.1) to (5.3): set with data, off when all is acknowledged */
static void timer_set_and_off(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));
	wire_write(w, 3 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_RTO);
	wire_due(w, WIRE_RTX, wire_es(w)->rtt.rto);
	wire_in(w, "ACK seq 1 ack 1461");
	wire_due(w, WIRE_RTX, wire_es(w)->rtt.rto);
	wire_in(w, "ACK seq 1 ack 4381");
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));
}

/* (5.4) to (5.6): the earliest goes again, alone, and the time-out doubles */
static void timer_backoff(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 rto;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 3 * WIRE_MSS);
	wire_forget(w);
	rto = wire_es(w)->rtt.rto;
	for (i = 1; i <= 5; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 1 len 1460");
		wire_out_nothing(w);
		wire_due(w, WIRE_RTX, rto << i);
		KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, WIRE_MSS);
	}
	/* (5.7): what was sent twice is no measurement; the back-off stays (Karn) */
	wire_in(w, "ACK seq 1 ack 1461");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rtt.rto, rto);
}

/* Each time-out looks for another path, unless the program wants to keep this one. */
static void timer_rehash(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long before = wire_count(TimeoutRehash);
	struct etp_info info;
	u32 hash, i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	for (i = 1; i <= 3; i++) {
		hash = w->sk->sk_txhash;
		wire_fire(w, WIRE_RTX);
		KUNIT_EXPECT_NE(test, w->sk->sk_txhash, hash);
		KUNIT_EXPECT_EQ(test, wire_count(TimeoutRehash), before + i);
	}
	etp_get_info(w->sk, &info);
	KUNIT_EXPECT_EQ(test, info.etpi_rehash, 3U);
	w->sk->sk_txrehash = SOCK_TXREHASH_DISABLED;
	hash = w->sk->sk_txhash;
	wire_fire(w, WIRE_RTX);
	KUNIT_EXPECT_EQ(test, w->sk->sk_txhash, hash);
	KUNIT_EXPECT_EQ(test, wire_count(TimeoutRehash), before + 3);
}

/* R2: after so many retries the program learns ETIMEDOUT */
static void timer_gives_up(struct kunit *test)
{
	struct wire *w = test->priv;
	int i, retries = etp_net(&init_net)->retries2;
	u64 waited = 0;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	wire_forget(w);
	for (i = 0; i < retries; i++) {
		waited += etp_rtt_rto(&wire_es(w)->rtt);
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 1 len 10");
		wire_out_nothing(w);
		wire_state(w, TCP_ESTABLISHED);
	}
	waited += etp_rtt_rto(&wire_es(w)->rtt);
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
	/* SHLD-11: at least 100 seconds */
	KUNIT_EXPECT_GT(test, waited, 100ULL * HZ);
	wire_read_end(w, -ETIMEDOUT);
}

/* RFC 5482: the program's own limit */
static void timer_user_timeout(struct kunit *test)
{
	struct wire *w = test->priv;
	u64 sent;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_USER_TIMEOUT, 10);
	wire_write(w, 10);
	wire_forget(w);
	sent = etp_tx(etp_rtx_head(w->sk))->sent_us;
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 10");
	/* it counts from when the data went for the first time */
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.retrans_at, sent);
	wire_clock_pass(20);
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
}

/* It passes as well when nothing can leave. */
static void timer_user_timeout_unreachable(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_USER_TIMEOUT, 10);
	wire_write(w, 10);
	wire_forget(w);
	w->no_route = true;
	wire_fire(w, WIRE_RTX);
	wire_state(w, TCP_ESTABLISHED);
	wire_clock_pass(20);
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
	w->no_route = false;
}

/* Each acknowledged retransmission brings two more: slow start from one segment */
static void timer_slow_start_after(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 8 * WIRE_MSS);
	wire_out_data(w, 1, 11681, WIRE_MSS);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	/* RFC 5681 (4): half of what was in flight */
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 4 * WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out_data(w, 1461, 4381, WIRE_MSS);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 2 * WIRE_MSS);
	/* one ACK for two of them brings one: RFC 3465 section 2.3, L is 1 now */
	wire_in(w, "ACK seq 1 ack 4381");
	wire_out_data(w, 4381, 8761, WIRE_MSS);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 3 * WIRE_MSS);
	/* the rest was only late: nothing more to send */
	wire_in(w, "ACK seq 1 ack 11681");
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
}

/*
 * 3.8.6.1: the window is shut, data waits: probes at the pace of a time-out
 * that doubles.  The probe lies outside the peer's window, which makes it answer.
 */
static void timer_persist(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 rto;
	int i;

	wire_open_passive(w, "mss 1460");
	peer_window(w, 0);
	wire_write(w, 2000);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_PERSIST);
	rto = wire_es(w)->rtt.rto;
	wire_due(w, WIRE_RTX, rto);
	for (i = 1; i <= 5; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 0 ack 3");
		wire_out_nothing(w);
		wire_due(w, WIRE_RTX, rto << i);
	}
	/* the answer says that it is still shut: go on asking */
	wire_in(w, "ACK seq 3 ack 1 win 0");
	wire_out_nothing(w);
	KUNIT_EXPECT_TRUE(test, wire_armed(w, WIRE_RTX));
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 0 ack 3");
	/* it opens */
	wire_in(w, "ACK seq 3 ack 1 win 1460");
	wire_out(w, "ACK seq 1 len 1460");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_RTO);
	wire_in(w, "ACK seq 3 ack 1461 win 4000");
	wire_out(w, "ACK seq 1461 len 540");
	wire_out_nothing(w);
}

/* MUST-37: a peer that answers probes may keep its window shut for ever. */
static void timer_persist_for_ever(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	peer_window(w, 0);
	wire_write(w, 100);
	for (i = 0; i < 100; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 0 ack 3");
		wire_in(w, "ACK seq 3 ack 1 win 0");
	}
	wire_state(w, TCP_ESTABLISHED);
	wire_in(w, "ACK seq 3 ack 1 win 1460");
	wire_out(w, "ACK seq 1 len 100");
}

/* And one that does not answer is given up like any other. */
static void timer_persist_silence(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	peer_window(w, 0);
	wire_write(w, 100);
	for (i = 0; i < 40 && w->sk->sk_state == TCP_ESTABLISHED; i++)
		wire_fire(w, WIRE_RTX);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
	/* as many probes as there would be retransmissions */
	KUNIT_EXPECT_EQ(test, i, etp_net(&init_net)->retries2 + 1);
}

/* RFC 5482: with a limit of the program's own it may not. */
static void timer_persist_user_timeout(struct kunit *test)
{
	struct wire *w = test->priv;
	u64 *since;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_USER_TIMEOUT, 20000);
	peer_window(w, 0);
	since = &wire_es(w)->timers.probed_at;
	wire_write(w, 100);
	for (i = 0; i < 3; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 0 ack 3");
		wire_in(w, "ACK seq 3 ack 1 win 0");
	}
	/* an answer does not start the time anew, an open window does */
	KUNIT_EXPECT_NE(test, *since, 0ULL);
	wire_in(w, "ACK seq 3 ack 1 win 1460");
	wire_out(w, "ACK seq 1 len 100");
	KUNIT_EXPECT_EQ(test, *since, 0ULL);
	wire_in(w, "ACK seq 3 ack 101 win 0");

	wire_write(w, 100);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 100 ack 3");
	wire_in(w, "ACK seq 3 ack 101 win 0");
	/* the last probe is followed by the end, not by a long time-out */
	wire_clock_set(*since + 19900ULL * USEC_PER_MSEC);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 100 ack 3");
	wire_due(w, WIRE_RTX, HZ / 10);
	wire_in(w, "ACK seq 3 ack 101 win 0");
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
}

/* SWS avoidance's override, 3.8.6.2.1: what fits a small window goes in the end */
static void timer_small_window(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	peer_window(w, 500);
	wire_write(w, 1000);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_PERSIST);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 500");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->timers.rtx_is, ETP_TIMER_RTO);
}

/* 3.8.4: after the idle time a probe that carries nothing, then at intervals */
static void timer_keepalive(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 idle = 10, intvl = 5;
	int i;

	wire_open_passive(w, "mss 1460");
	/* MUST-25: off unless asked for */
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_KEEP));
	wire_set(w, ETP_KEEPIDLE, idle);
	wire_set(w, ETP_KEEPINTVL, intvl);
	wire_set(w, ETP_KEEPCNT, 3);
	sock_set_keepalive(w->sk);
	wire_due(w, WIRE_KEEP, idle * HZ);
	/* something came in meanwhile: the rest of the time is waited for */
	wire_clock_pass(4 * MSEC_PER_SEC);
	wire_in(w, "ACK seq 1 ack 1");
	wire_fire(w, WIRE_KEEP);
	wire_out_nothing(w);
	wire_due(w, WIRE_KEEP, 4 * HZ);

	for (i = 0; i < 3; i++) {
		wire_fire(w, WIRE_KEEP);
		wire_out(w, "ACK seq 0 ack 1");
		wire_out_nothing(w);
		wire_due(w, WIRE_KEEP, intvl * HZ);
	}
	/* an answer starts over */
	wire_in(w, "ACK seq 1 ack 1");
	KUNIT_EXPECT_EQ(test, wire_es(w)->timers.probes, 0);
	wire_fire(w, WIRE_KEEP);
	wire_out_nothing(w);

	for (i = 0; i < 3; i++) {
		wire_fire(w, WIRE_KEEP);
		wire_out(w, "ACK seq 0 ack 1");
	}
	wire_fire(w, WIRE_KEEP);
	wire_out(w, "RST|ACK seq 1");
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
}

/* A timer that finds the program inside the socket is made up for later. */
static void timer_deferred(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	lock_sock(w->sk);
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	release_sock(w->sk);
	wire_out(w, "ACK seq 1 len 100");
	wire_out_nothing(w);
	KUNIT_EXPECT_TRUE(test, wire_armed(w, WIRE_RTX));
}

/* RFC 6298 (5): no time-out while the peer, alive, has shut its window */
static void timer_window_shut_in_flight(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long when;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 2 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1461 win 0");
	/* until it is the longest time-out; and the timer is late */
	for (i = 0; i < 30; i++) {
		KUNIT_EXPECT_TRUE(test, wire_expires(w, WIRE_RTX, &when));
		wire_clock_reach(when + 5 * HZ);
		wire_fire(w, WIRE_RTX);
		wire_forget(w);
		wire_in(w, "ACK seq 1 ack 1461 win 0");
	}
	wire_state(w, TCP_ESTABLISHED);
	wire_in(w, "ACK seq 1 ack 1461 win 65535");
	/* it is open: all the retries are there now */
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	wire_state(w, TCP_ESTABLISHED);
	wire_in(w, "ACK seq 1 ack 2921");
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
}

/* The same with a limit of the program's own: the time-outs of what is in flight are
 * reckoned by it, whatever the peer says of its window.
 */
static void timer_shut_user_timeout(struct kunit *test)
{
	struct wire *w = test->priv;
	u64 *since;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_USER_TIMEOUT, 20000);
	wire_write(w, 2 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1461 win 0");
	since = &wire_es(w)->rec.retrans_at;
	for (i = 0; i < 3; i++) {
		wire_fire(w, WIRE_RTX);
		wire_forget(w);
		wire_in(w, "ACK seq 1 ack 1461 win 0");
	}
	wire_state(w, TCP_ESTABLISHED);
	wire_clock_set(*since + 19800ULL * USEC_PER_MSEC);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	wire_due(w, WIRE_RTX, HZ / 5);
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
}

static struct kunit_case timer_cases[] = {
	KUNIT_CASE(timer_set_and_off),
	KUNIT_CASE(timer_backoff),
	KUNIT_CASE(timer_rehash),
	KUNIT_CASE(timer_gives_up),
	KUNIT_CASE(timer_user_timeout),
	KUNIT_CASE(timer_user_timeout_unreachable),
	KUNIT_CASE(timer_slow_start_after),
	KUNIT_CASE(timer_persist),
	KUNIT_CASE(timer_persist_for_ever),
	KUNIT_CASE(timer_persist_silence),
	KUNIT_CASE(timer_persist_user_timeout),
	KUNIT_CASE(timer_small_window),
	KUNIT_CASE(timer_keepalive),
	KUNIT_CASE(timer_deferred),
	KUNIT_CASE(timer_window_shut_in_flight),
	KUNIT_CASE(timer_shut_user_timeout),
	{}
};

struct kunit_suite etp_timer_suite = {
	.name = "etp_timer",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = timer_cases,
};
