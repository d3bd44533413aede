// SPDX-License-Identifier: GPL-2.0
/*
 * Requirements that no other suite is about: what Documentation/conformance.csv
 * names and what would be proven by nothing else.  In the order of RFC 9293
 * appendix B; the timestamps of RFC 7323 and the rest are at the end.
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
	wire_es(w)->timers.last_rcv -= 20 * HZ;
	wire_fire(w, WIRE_KEEP);
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 11");
	/* an ACK came just now */
	wire_fire(w, WIRE_KEEP);
	wire_out_nothing(w);
	wire_es(w)->timers.last_rcv -= 20 * HZ;
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

/* RFC 2018 section 5: what has arrived is not sent again, what has not is */
static void conformance_sacked_is_not_sent_again(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;
	bool first = false;
	int i;

	wire_open_passive(w, "mss 1460 sackok");
	wire_write(w, 6 * WIRE_MSS);
	wire_forget(w);
	for (i = 2; i <= 5; i++)
		wire_in(w, "ACK seq 1 ack 1 sack 1461:%u", 1 + i * WIRE_MSS);
	while ((s = wire_next(w))) {
		u32 seq = s->seg.seq - w->iss;

		first |= seq == 1 && s->len == WIRE_MSS;
		KUNIT_EXPECT_TRUE_MSG(test, seq < 1461 || seq >= 7301,
				      "%u went again", seq);
	}
	KUNIT_EXPECT_TRUE(test, first);
	/* the blocks count for nothing once the number has passed them */
	wire_in(w, "ACK seq 1 ack 8761");
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
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

/* RFC 7323 section 3.2: where ACK is not set, TSecr is 0 */
static void conformance_syn_echoes_nothing(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	/* as after a connection whose TIME-WAIT this one follows */
	wire_es(w)->peer.ts_recent = 77;
	wire_fire(w, WIRE_RTX);
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460 ts 80");
	wire_out(w, "ACK seq 1 ack 1 ts 80");
}

/* RFC 7323 section 3.2: on every segment, those that end a connection, too */
static void conformance_timestamps_to_the_end(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 1 len 10 ts 100");
	wire_shutdown(w);
	wire_out(w, "ACK|FIN seq 11 ts 100");
	wire_in(w, "ACK seq 1 ack 11 len 1 ts 101");
	wire_out(w, "ACK seq 12 ack 2 ts 101");
	wire_abort(w);
	wire_out(w, "RST|ACK seq 12 ts 101");
	wire_out_nothing(w);
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

/* RFC 7323 section 3.2: a segment without the timestamp ends nothing */
static void conformance_missing_timestamp(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK ack 101 ts 100");
	wire_state(w, TCP_ESTABLISHED);
	wire_read(w, 100);
	/* and TS.Recent stays where it was */
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 99");
	wire_forget(w);
	wire_in(w, "ACK seq 201 ack 1 len 100 ts 101");
	wire_out(w, "ACK ack 301 ts 101");
}

/* RFC 7323 section 5.5: after 24 days of silence TS.Recent proves nothing */
static void conformance_paws_after_24_days(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100000");
	wire_in(w, "ACK seq 1 ack 1 len 10 ts 100010");
	wire_forget(w);
	wire_es(w)->peer.ts_recent_at -= 24 * 24 * 3600 - 60;
	wire_in(w, "ACK seq 11 ack 1 len 10 ts 5");
	wire_out(w, "ACK ack 11 ts 100010");
	wire_es(w)->peer.ts_recent_at -= 120;
	wire_in(w, "ACK seq 11 ack 1 len 10 ts 5");
	wire_out(w, "ACK ack 21");
	wire_read(w, 20);
}

static struct kunit_case conformance_cases[] = {
	KUNIT_CASE(conformance_window_unsigned),
	KUNIT_CASE(conformance_shrunk_window),
	KUNIT_CASE(conformance_urgent_in_shut_window),
	KUNIT_CASE(conformance_urgent_remains),
	KUNIT_CASE(conformance_mss_on_syn_only),
	KUNIT_CASE(conformance_options_anywhere),
	KUNIT_CASE(conformance_isn_clock),
	KUNIT_CASE(conformance_one_ack_for_the_backlog),
	KUNIT_CASE(conformance_r1),
	KUNIT_CASE(conformance_r2_by_the_program),
	KUNIT_CASE(conformance_r2_of_a_syn),
	KUNIT_CASE(conformance_keepalive_when_idle),
	KUNIT_CASE(conformance_limited_transmit),
	KUNIT_CASE(conformance_sacked_is_not_sent_again),
	KUNIT_CASE(conformance_rto_after_lost_syn),
	KUNIT_CASE(conformance_rto_after_lost_syn_ack),
	KUNIT_CASE(conformance_syn_echoes_nothing),
	KUNIT_CASE(conformance_timestamps_to_the_end),
	KUNIT_CASE(conformance_abort_in_closing),
	KUNIT_CASE(conformance_missing_timestamp),
	KUNIT_CASE(conformance_paws_after_24_days),
	{}
};

struct kunit_suite etp_conformance_suite = {
	.name = "etp_conformance",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = conformance_cases,
};
