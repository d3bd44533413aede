// SPDX-License-Identifier: GPL-2.0
/*
 * Requirements that no other suite is about: what Documentation/conformance.csv
 * names and what would be proven by nothing else.  In the order of RFC 9293
 * appendix B, then RFC 5681, 6298 and 6582; options have a file of their own.
 */
#include "harness.h"
#include "suites.h"
#include <linux/sockios.h>

/* MUST-1: the upper half of the field's range is a large window */
static void conformance_window_unsigned(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 wscale 14");
	wire_in(w, "ACK seq 1 ack 1 len 1");
	wire_in(w, "ACK seq 2 ack 1 len 1 win 32768");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 32768U << 14);
	wire_in(w, "ACK seq 3 ack 1 len 1 win 65535");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 65535U << 14);
	wire_forget(w);
	wire_write(w, 4000);
	wire_out_data(w, 1, 4001, WIRE_MSS);
}

/* SHLD-17: what a shrinking window left outside does not end the connection */
static void conformance_shrunk_window(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 5 * WIRE_MSS);
	wire_forget(w);
	for (i = 0; i < 30; i++) {
		wire_in(w, "ACK seq 1 ack 1461 win 0");
		wire_fire(w, WIRE_RTX);
	}
	wire_state(w, TCP_ESTABLISHED);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1461 win 65535");
	wire_in(w, "ACK seq 1 ack 7301");
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
}

/* The program does not read until nothing more is offered; returns RCV.NXT. */
static u32 shut_window(struct wire *w)
{
	u32 seq = 1, left;

	while ((left = etp_rwnd_left(&wire_es(w)->rcv)) && seq < 1000000) {
		u32 len = min(left, WIRE_MSS);

		wire_in(w, "ACK seq %u ack 1 len %u", seq, len);
		seq += len;
		if (wire_armed(w, WIRE_DELACK))
			wire_fire(w, WIRE_DELACK);
	}
	wire_forget(w);
	return seq;
}

/* MUST-66: URG and RST are heeded while the window is shut */
static void conformance_urgent_in_shut_window(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 seq;

	wire_open_passive(w, "mss 1460");
	seq = shut_window(w);
	KUNIT_EXPECT_EQ(test, etp_rwnd_left(&wire_es(w)->rcv), 0U);
	wire_in(w, "ACK|URG seq %u ack 1 up 5", seq);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.urg, ETP_URG_NOTYET);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.up, w->irs + seq + 4);
	wire_state(w, TCP_ESTABLISHED);
	wire_in(w, "RST seq %u", seq);
	wire_state(w, TCP_CLOSE);
}

/* MUST-33: whether more urgent data is to be read: POLLPRI, and the mark */
static void conformance_urgent_remains(struct kunit *test)
{
	struct wire *w = test->priv;
	int at_mark = -1;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|URG seq 1 ack 1 len 3 up 3");
	KUNIT_EXPECT_EQ(test, etp_ioctl_value(w->sk, SIOCATMARK, &at_mark), 0);
	KUNIT_EXPECT_EQ(test, at_mark, 0);
	wire_read(w, 2);
	KUNIT_EXPECT_EQ(test, etp_ioctl_value(w->sk, SIOCATMARK, &at_mark), 0);
	KUNIT_EXPECT_EQ(test, at_mark, 1);
}

/* MUST-31, MUST-62: longer than the pointer can tell at once; the window opens when all
 * of it is announced
 */
static void conformance_urgent_of_any_length(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;
	u32 end = 100001, una = 1, told = 0;

	wire_open_passive(w, "mss 1460");
	WRITE_ONCE(w->sk->sk_sndbuf, 1 << 20);
	wire_in(w, "ACK seq 1 ack 1 len 1");
	wire_in(w, "ACK seq 2 ack 1 len 1 win 0");
	wire_forget(w);
	while (w->written < end - 1)
		KUNIT_ASSERT_EQ(test, wire_send(w, 20000, MSG_OOB), 20000);
	wire_out_nothing(w);
	wire_in(w, "ACK seq 3 ack 1");
	while ((s = wire_next(w))) {
		u32 seq = s->seg.seq - w->iss;

		if (s->seg.flags & ETP_URG) {
			KUNIT_EXPECT_EQ(test, seq + s->seg.up, end);
			told++;
		} else {
			KUNIT_EXPECT_GE(test, end - seq, 0x10000U);
			KUNIT_EXPECT_EQ(test, told, 0U);
		}
		KUNIT_ASSERT_EQ(test, seq, una);
		una += s->len;
		if (w->head == w->tail)
			wire_in(w, "ACK seq 3 ack %u", una);
	}
	KUNIT_EXPECT_EQ(test, una, end);
	KUNIT_EXPECT_GE(test, told, 44U);
	wire_write(w, 1);
	wire_out(w, "ACK|PSH seq 100001 len 1 up 0");
}

/* MUST-65: an MSS option is on SYNs only */
static void conformance_mss_on_syn_only(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;
	int n = 0;

	wire_open_passive(w, "mss 1460 sackok ts 5 wscale 2");
	wire_write(w, 3000);
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 6");
	wire_fire(w, WIRE_RTX);
	wire_in(w, "SYN seq 1 ts 6");
	wire_in(w, "ACK seq 1 ack 3001 ts 6");
	wire_shutdown(w);
	wire_abort(w);
	while ((s = wire_next(w))) {
		KUNIT_EXPECT_FALSE(test, s->seg.opts &
				   (ETP_OPT_MSS | ETP_OPT_WSCALE | ETP_OPT_SACK_OK));
		n++;
	}
	KUNIT_EXPECT_GE(test, n, 7);
}

/* MUST-5: an option may be on any segment; those of a SYN mean nothing elsewhere */
static void conformance_options_anywhere(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 10 mss 100 wscale 3 ts 5");
	wire_forget(w);
	KUNIT_EXPECT_FALSE(test, wire_es(w)->peer.ts_ok);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->snd.wscale, 0);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 65535U);
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, WIRE_MSS);
	wire_read(w, 10);
	wire_in(w, "ACK|FIN seq 11 ack 1 mss 1 sackok");
	wire_state(w, TCP_CLOSE_WAIT);
}

/* MUST-8, RFC 6528: the clock makes a step in 4 microseconds */
static void conformance_isn_clock(struct kunit *test)
{
	struct etp_key key = {};
	u64 begin, end;
	u32 first, last;

	etp_v4_key(&key, htonl(0xc0000201), htons(1), htonl(0xc0000202), htons(2), 0);
	begin = ktime_get_real_ns();
	first = etp_isn(&key);
	msleep(50);
	last = etp_isn(&key);
	end = ktime_get_real_ns();
	KUNIT_EXPECT_LE(test, (u64)(last - first), (end - begin) / 4000 + 1);
	KUNIT_EXPECT_GE(test, last - first, 40U * USEC_PER_MSEC / 5);
}

/* RFC 9293 section 3.10.7.2 and 3.10.7.3 "fourth": what a SYN brings beside is not
 * acknowledged, so that it comes again and is taken then.
 */
static void conformance_data_on_syn(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "SYN|PSH seq 0 len 100 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_in(w, "ACK seq 101 ack 1");
	wire_accept(w);
	wire_in(w, "ACK|PSH seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 101");
	wire_out_nothing(w);
	wire_read(w, 100);
	wire_read_end(w, -EAGAIN);
}

static void conformance_data_on_crossed_syn(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	wire_in(w, "SYN|PSH seq 0 len 100 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_in(w, "SYN|ACK seq 0 ack 1 len 100 mss 1460");
	wire_state(w, TCP_ESTABLISHED);
	wire_out(w, "ACK seq 1 ack 101");
	wire_read(w, 100);
}

/* MUST-58, MUST-59: what waited for the program to let go gets one ACK */
static void conformance_one_ack_for_the_backlog(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	lock_sock(w->sk);
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq %d ack 1 len 1460", 1 + 1460 * i);
	wire_out_nothing(w);
	release_sock(w->sk);
	wire_out(w, "ACK seq 1 ack 7301");
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_DELACK));
	/* duplicate ACKs are counted by who gets them: each goes */
	lock_sock(w->sk);
	for (i = 0; i < 3; i++)
		wire_in(w, "ACK seq %d ack 1 len 100", 7401 + 100 * i);
	release_sock(w->sk);
	for (i = 0; i < 3; i++)
		wire_out(w, "ACK seq 1 ack 7301");
	wire_out_nothing(w);
}

/* MUST-20, SHLD-10: after R1 time-outs, three, the route is asked for anew */
static void conformance_r1(struct kunit *test)
{
	struct wire *w = test->priv;
	int i, r1 = etp_net(&init_net)->retries1;

	KUNIT_EXPECT_GE(test, r1, 3);
	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	/* a new route begins without the mark of the old one */
	w->sk->sk_dst_pending_confirm = 1;
	for (i = 0; i < r1; i++)
		wire_fire(w, WIRE_RTX);
	KUNIT_EXPECT_EQ(test, w->sk->sk_dst_pending_confirm, 1U);
	wire_fire(w, WIRE_RTX);
	KUNIT_EXPECT_EQ(test, w->sk->sk_dst_pending_confirm, 0U);
	wire_state(w, TCP_ESTABLISHED);
}

/* MUST-21: the program's R2 may be longer than ours */
static void conformance_r2_by_the_program(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_USER_TIMEOUT, 24 * 3600 * 1000);
	wire_write(w, 10);
	for (i = 0; i < 2 * etp_net(&init_net)->retries2; i++)
		wire_fire(w, WIRE_RTX);
	wire_state(w, TCP_ESTABLISHED);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 11");
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 11 len 10");
}

/* MUST-23: SYNs go for three minutes at least */
static void conformance_r2_of_a_syn(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 waited = 0;

	wire_connect(w);
	while (w->sk->sk_state == TCP_SYN_SENT && waited < 10000 * HZ) {
		waited += etp_rtt_rto(&wire_es(w)->rtt);
		wire_fire(w, WIRE_RTX);
	}
	wire_forget(w);
	KUNIT_EXPECT_GE(test, waited, 180U * HZ);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
}

/* MUST-26, MUST-28: two hours of nothing at all, with nothing on its way */
static void conformance_keepalive_when_idle(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	sock_set_keepalive(w->sk);
	KUNIT_EXPECT_GE(test, etp_keep_idle(w->sk), 2U * 3600 * HZ);
	wire_set(w, ETP_KEEPIDLE, 10);
	wire_write(w, 10);
	wire_forget(w);
	/* idle for long, but data is in flight */
	wire_fire(w, WIRE_KEEP);
	wire_out_nothing(w);
	/* an ACK comes before the timer's next date */
	wire_clock_pass(5 * MSEC_PER_SEC);
	wire_in(w, "ACK seq 1 ack 11");
	wire_fire(w, WIRE_KEEP);
	wire_out_nothing(w);
	wire_due(w, WIRE_KEEP, 5 * HZ);
	wire_fire(w, WIRE_KEEP);
	wire_out(w, "ACK seq 10 ack 1");
	wire_out_nothing(w);
}

/* RFC 5681 section 3.2 (1), RFC 3042: new data for the first two duplicate ACKs */
static void conformance_limited_transmit(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 13 * WIRE_MSS);
	wire_out_data(w, 1, 14601, WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 14601 len 1460");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 16061 len 1460");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	/* half of the ten that the window had let out */
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 5 * WIRE_MSS);
}

/* The same with SACK: one that tells of nothing new lets nothing out */
static void conformance_duplicate_without_news(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460 sackok");
	/* what counts segments, not time */
	lock_sock(w->sk);
	KUNIT_EXPECT_EQ(test, etp_rec_choose(w->sk, "sack"), 0);
	release_sock(w->sk);
	wire_write(w, 13 * WIRE_MSS);
	wire_out_data(w, 1, 14601, WIRE_MSS);
	for (i = 0; i < 4; i++)
		wire_in(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:2921");
	wire_out(w, "ACK seq 14601 len 1460");
	for (i = 0; i < 4; i++)
		wire_in(w, "ACK seq 1 ack 1 sack 1461:2921");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ETP_SSTHRESH_INF);
}

/* RFC 6582 section 3.2 (3): the first partial ACK sets the timer anew, no later one */
static void conformance_partial_acks_and_timer(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long at;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10 * WIRE_MSS);
	for (i = 0; i < 3; i++)
		wire_in(w, "ACK seq 1 ack 1");
	at = wire_es(w)->timers.rto_at;
	wire_clock_pass(30);
	wire_in(w, "ACK seq 1 ack 2921");
	KUNIT_EXPECT_TRUE(test, time_after(wire_es(w)->timers.rto_at, at));
	at = wire_es(w)->timers.rto_at;
	wire_clock_pass(30);
	wire_in(w, "ACK seq 1 ack 5841");
	wire_in(w, "ACK seq 1 ack 8761");
	KUNIT_EXPECT_EQ(test, wire_es(w)->timers.rto_at, at);
	KUNIT_EXPECT_TRUE(test, wire_armed(w, WIRE_RTX));
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 14601");
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));
}

/* The same: what the deflated window leaves is for new data */
static void conformance_partial_ack_lets_data_out(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	WRITE_ONCE(w->sk->sk_sndbuf, 1 << 20);
	wire_write(w, 20 * WIRE_MSS);
	for (i = 0; i < 9; i++)
		wire_in(w, "ACK seq 1 ack 1");
	/* ten, two by limited transmit, and 5 + 3 + 6 less those 12 */
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 14 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, etp_flight(&wire_es(w)->snd), 14 * WIRE_MSS);
	wire_forget(w);
	/* 14 - 1 + 1, of which 13 are in flight */
	wire_in(w, "ACK seq 1 ack 1461");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 14 * WIRE_MSS);
	wire_out(w, "ACK seq 1461 len 1460");
	wire_out(w, "ACK seq 20441 len 1460");
	wire_out_nothing(w);
}

/* RFC 6298 (5.7): three seconds for data, when a SYN had to go twice */
static void conformance_rto_after_lost_syn(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_state(w, TCP_ESTABLISHED);
	wire_write(w, 10);
	wire_due(w, WIRE_RTX, 3 * HZ);
	/* the first measurement takes its place */
	wire_in(w, "ACK seq 1 ack 11");
	wire_write(w, 10);
	KUNIT_EXPECT_LT(test, etp_rtt_rto(&wire_es(w)->rtt), (u32)HZ);
}

static void conformance_rto_after_lost_syn_ack(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_fire_request(w);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	wire_write(w, 10);
	wire_due(w, WIRE_RTX, 3 * HZ);
}

/* RFC 9293 section 3.10.5: in CLOSING there is nobody left to be told */
static void conformance_abort_in_closing(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_out(w, "ACK|FIN seq 1");
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_CLOSING);
	wire_abort(w);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
}

static struct kunit_case conformance_cases[] = {
	KUNIT_CASE(conformance_window_unsigned),
	KUNIT_CASE(conformance_shrunk_window),
	KUNIT_CASE(conformance_urgent_in_shut_window),
	KUNIT_CASE(conformance_urgent_remains),
	KUNIT_CASE(conformance_urgent_of_any_length),
	KUNIT_CASE(conformance_mss_on_syn_only),
	KUNIT_CASE(conformance_options_anywhere),
	KUNIT_CASE(conformance_isn_clock),
	KUNIT_CASE(conformance_data_on_syn),
	KUNIT_CASE(conformance_data_on_crossed_syn),
	KUNIT_CASE(conformance_one_ack_for_the_backlog),
	KUNIT_CASE(conformance_r1),
	KUNIT_CASE(conformance_r2_by_the_program),
	KUNIT_CASE(conformance_r2_of_a_syn),
	KUNIT_CASE(conformance_keepalive_when_idle),
	KUNIT_CASE(conformance_limited_transmit),
	KUNIT_CASE(conformance_duplicate_without_news),
	KUNIT_CASE(conformance_partial_acks_and_timer),
	KUNIT_CASE(conformance_partial_ack_lets_data_out),
	KUNIT_CASE(conformance_rto_after_lost_syn),
	KUNIT_CASE(conformance_rto_after_lost_syn_ack),
	KUNIT_CASE(conformance_abort_in_closing),
	{}
};

struct kunit_suite etp_conformance_suite = {
	.name = "etp_conformance",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = conformance_cases,
};
