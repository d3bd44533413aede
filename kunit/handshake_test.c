// SPDX-License-Identifier: GPL-2.0
/*
 * Active open: RFC 9293 section 3.10.7.3 and figures 8 and 10, and what the options
 * of a SYN|ACK agree.
 */
#include "harness.h"
#include "suites.h"

#define ALL_OPTIONS	"mss 1460 sackok ts 100 wscale 7"

/* Figure 6, from the side of TCP A */
static void handshake_active(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_out(w, "SYN seq 0 win 64240 mss 1460 sackok ts 0 wscale 7");
	wire_state(w, TCP_SYN_SENT);
	wire_due(w, WIRE_RTX, HZ);
	/* MUST-15: until the peer has told it */
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, ETP_MSS_DEFAULT);
	wire_in(w, "SYN|ACK seq 0 ack 1 win 65535 " ALL_OPTIONS);
	wire_state(w, TCP_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, 1448U);
	wire_out(w, "ACK seq 1 ack 1 ts 100");
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));

	wire_in(w, "ACK seq 1 ack 1 len 300 ts 101");
	wire_out(w, "ACK seq 1 ack 301 ts 101");
	wire_read(w, 300);
	wire_write(w, 100);
	wire_out(w, "ACK|PSH seq 1 ack 301 len 100");
}

/* An option is in use when both ends sent it. */
static void handshake_options(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;

	wire_open_active(w, ALL_OPTIONS);
	KUNIT_EXPECT_TRUE(test, wire_es(w)->peer.ts_ok);
	KUNIT_EXPECT_TRUE(test, wire_es(w)->peer.sack_ok);
	/* RFC 7323: the window of a SYN|ACK is not scaled, later ones are */
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 65535U);
	wire_in(w, "ACK seq 1 ack 1 len 1 win 1000 ts 101");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 1000U << 7);
	/* the timestamps take 12 bytes of each segment */
	wire_forget(w);
	wire_write(w, 3000);
	wire_out(w, "ACK seq 1 len 1448 ts 101");
	wire_out(w, "ACK seq 1449 len 1448 ts 101");
	wire_out(w, "ACK seq 2897 len 104 ts 101");
	/* SACK */
	wire_in(w, "ACK seq 102 ack 1 len 100 ts 102");
	s = wire_next(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
	KUNIT_EXPECT_EQ(test, s->seg.sack_n, 1);
	KUNIT_EXPECT_EQ(test, s->seg.opts, ETP_OPT_TS | ETP_OPT_SACK);
}

/* MUST-15: without an MSS option, 536; and nothing that the peer did not send */
static void handshake_no_options(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;

	wire_connect(w);
	wire_forget(w);
	wire_in(w, "SYN|ACK seq 0 ack 1");
	s = wire_next(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
	KUNIT_EXPECT_EQ(test, s->seg.opts, 0);
	wire_in(w, "ACK seq 1 ack 1 len 1 win 1000");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 1000U);
	wire_in(w, "ACK seq 2 ack 1 len 1 win 10000");
	wire_forget(w);
	wire_write(w, 1200);
	wire_out(w, "ACK seq 1 len 536");
	wire_out(w, "ACK seq 537 len 536");
	wire_out(w, "ACK seq 1073 len 128");
	wire_in(w, "ACK seq 100 ack 1 len 100");
	s = wire_next(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, s);
	KUNIT_EXPECT_EQ(test, s->seg.opts, 0);
}

/* Each of the sixteen sets, pure */
static void handshake_agree(struct kunit *test)
{
	struct etp_net *en = etp_net(&init_net);
	struct etp_net off = *en;
	unsigned int opts;

	off.timestamps = 0;
	off.sack = 0;
	off.window_scaling = 0;
	for (opts = 0; opts < 16; opts++) {
		const struct etp_segment seg = {
			.opts = opts, .mss = 1000, .tsval = 77, .wscale = 3,
		};
		struct etp_peer peer = {};

		etp_agree_options(&peer, &seg, en, 0, AF_INET);
		KUNIT_EXPECT_EQ(test, peer.mss, opts & ETP_OPT_MSS ? 1000 : 536);
		KUNIT_EXPECT_EQ(test, !!peer.ts_ok, !!(opts & ETP_OPT_TS));
		KUNIT_EXPECT_EQ(test, !!peer.sack_ok, !!(opts & ETP_OPT_SACK_OK));
		KUNIT_EXPECT_EQ(test, !!peer.wscale_ok, !!(opts & ETP_OPT_WSCALE));
		KUNIT_EXPECT_EQ(test, peer.ts_recent, opts & ETP_OPT_TS ? 77U : 0U);

		etp_agree_options(&peer, &seg, &off, 0, AF_INET);
		KUNIT_EXPECT_FALSE(test, peer.ts_ok);
		KUNIT_EXPECT_FALSE(test, peer.sack_ok);
		KUNIT_EXPECT_FALSE(test, peer.wscale_ok);
	}
}

static void handshake_agree_mss(struct kunit *test)
{
	struct etp_net *en = etp_net(&init_net);
	struct etp_segment seg = { .opts = ETP_OPT_MSS, .mss = 1000 };
	struct etp_peer peer = {};

	etp_agree_options(&peer, &seg, en, 600, AF_INET);
	KUNIT_EXPECT_EQ(test, peer.mss, 600);
	etp_agree_options(&peer, &seg, en, 2000, AF_INET);
	KUNIT_EXPECT_EQ(test, peer.mss, 1000);
	/* a peer that wants a header for each byte does not get it */
	seg.mss = 1;
	etp_agree_options(&peer, &seg, en, 0, AF_INET);
	KUNIT_EXPECT_EQ(test, peer.mss, en->min_snd_mss);
	/* MUST-15: no option, and the default is that of the network below */
	seg.opts = 0;
	etp_agree_options(&peer, &seg, en, 0, AF_INET);
	KUNIT_EXPECT_EQ(test, peer.mss, 536);
	etp_agree_options(&peer, &seg, en, 0, AF_INET6);
	KUNIT_EXPECT_EQ(test, peer.mss, 1220);
}

/* RFC 6298 (5.5): 1, 2, 4 ... seconds; net.etp.syn_retries; ETIMEDOUT */
static void handshake_no_answer(struct kunit *test)
{
	struct wire *w = test->priv;
	int i, retries = etp_net(&init_net)->syn_retries;
	u32 iss;

	wire_connect(w);
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
	iss = w->iss;
	for (i = 0; i < retries; i++) {
		wire_due(w, WIRE_RTX, HZ << i);
		wire_fire(w, WIRE_RTX);
		wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
		KUNIT_EXPECT_EQ(test, w->iss, iss);
		wire_out_nothing(w);
		wire_state(w, TCP_SYN_SENT);
	}
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ETIMEDOUT);
}

/* 3.10.7.3 "second": an RST counts when its ACK is right */
static void handshake_refused(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	wire_in(w, "RST seq 0");
	wire_in(w, "RST|ACK seq 0 ack 0");
	wire_in(w, "RST|ACK seq 0 ack 2");
	wire_out_nothing(w);
	wire_state(w, TCP_SYN_SENT);
	wire_in(w, "RST|ACK seq 0 ack 1");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ECONNREFUSED);
}

/* The echo of a time at which no SYN was sent: of an earlier connection, or forged */
static void handshake_wrong_echo(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long rejects;

	wire_connect(w);
	wire_forget(w);
	rejects = wire_count(PAWSActive);
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460 ts 100 %u", w->tsval - 1);
	wire_out(w, "RST seq 1");
	wire_in(w, "RST|ACK seq 0 ack 1 ts 100 %u", w->tsval + 1000000);
	wire_out_nothing(w);
	wire_state(w, TCP_SYN_SENT);
	KUNIT_EXPECT_EQ(test, wire_count(PAWSActive), rejects + 2);
	/* of either SYN it may be, and of none */
	wire_clock_pass(20);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460 ts 100 %u", wire_es(w)->snd.syn_ts);
	wire_state(w, TCP_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, wire_count(PAWSActive), rejects + 2);
	wire_forget(w);
}

/* "first": an ACK of what was not sent is answered by RST from there */
static void handshake_wrong_ack(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	wire_in(w, "ACK seq 500 ack 0");
	wire_out(w, "RST seq 0");
	wire_in(w, "ACK seq 500 ack 2");
	wire_out(w, "RST seq 2");
	wire_in(w, "SYN|ACK seq 500 ack 4000000000");
	wire_out(w, "RST seq 4000000000");
	wire_in(w, "ACK|FIN seq 500 ack 77 len 10");
	wire_out(w, "RST seq 77");
	wire_state(w, TCP_SYN_SENT);
	/* "fifth": neither SYN nor RST */
	wire_in(w, "ACK seq 0 ack 1");
	wire_in(w, "FIN seq 0");
	wire_in(w, "none seq 0 len 5");
	wire_out_nothing(w);
	wire_state(w, TCP_SYN_SENT);
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_state(w, TCP_ESTABLISHED);
}

/* Figure 8: both open at once; the SYN|ACKs cross, too */
static void handshake_simultaneous(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 iss;

	wire_connect(w);
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
	iss = w->iss;
	wire_in(w, "SYN seq 0 win 4000 mss 1200 sackok");
	wire_state(w, TCP_SYN_RECV);
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460 sackok");
	KUNIT_EXPECT_EQ(test, w->iss, iss);
	wire_in(w, "SYN|ACK seq 0 ack 1 win 4000 mss 1200 sackok");
	wire_state(w, TCP_ESTABLISHED);
	wire_forget(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 4000U);
	wire_write(w, 1300);
	wire_out(w, "ACK seq 1 ack 1 len 1200");
	wire_out(w, "ACK seq 1201 len 100");
	wire_in(w, "ACK seq 1 ack 1301 len 10");
	wire_read(w, 10);
}

/* The same, and the other end's SYN|ACK is lost: its ACK does as well. */
static void handshake_simultaneous_ack(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	/* 3.10.7.4 "fifth": RST for an ACK of something else */
	wire_in(w, "ACK seq 1 ack 2");
	wire_out(w, "RST seq 2");
	wire_state(w, TCP_SYN_RECV);
	wire_in(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	wire_out_nothing(w);
}

static void handshake_simultaneous_reset(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	wire_in(w, "RST seq 1");
	wire_state(w, TCP_CLOSE);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ECONNREFUSED);
}

/* Our numbers may wrap in the handshake already. */
static void handshake_wraps(struct kunit *test)
{
	struct wire *w = test->priv;

	w->use_iss = 0xffffffff;
	w->irs = 0xffffffff;
	wire_open_active(w, "mss 1460");
	wire_write(w, 10);
	wire_out(w, "ACK seq 1 ack 1 len 10");
	wire_in(w, "ACK seq 1 ack 11 len 10");
	wire_read(w, 10);
	wire_write(w, 10);
	wire_out(w, "ACK seq 11 ack 11 len 10");
}

/* RFC 6928 section 2: the window starts small after more than one lost SYN. */
static void handshake_lost_syns(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_fire(w, WIRE_RTX);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, WIRE_MSS);
}

/* close() in SYN-SENT ends it; the peer's answer finds nobody */
static void handshake_abandoned(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	wire_close(w);
	wire_state(w, TCP_CLOSE);
	wire_out_nothing(w);
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_out(w, "RST seq 1");
}

/* RFC 6528: a clock, and an offset that differs from connection to connection */
static void handshake_isn(struct kunit *test)
{
	struct etp_key a = {}, b;
	u32 first, again;

	etp_v4_key(&a, htonl(0xc0000201), htons(1), htonl(0xc0000202), htons(2), 0);
	b = a;
	first = etp_isn(&a);
	again = etp_isn(&a);
	KUNIT_EXPECT_TRUE(test, seq_geq(again, first));
	KUNIT_EXPECT_LT(test, again - first, 10U * 250000);
	b.rport = htons(3);
	KUNIT_EXPECT_GT(test, etp_isn(&b) - first, 0U);
	b.dif = 5;
	KUNIT_EXPECT_LT(test, etp_isn(&a) - first, 10U * 250000);

	/* timestamps go by hosts, not by ports */
	KUNIT_EXPECT_EQ(test, etp_ts_offset(&init_net, &a),
			etp_ts_offset(&init_net, &b));
	b.raddr.s6_addr32[3] = htonl(0xc0000203);
	KUNIT_EXPECT_NE(test, etp_ts_offset(&init_net, &a),
			etp_ts_offset(&init_net, &b));
}

static struct kunit_case handshake_cases[] = {
	KUNIT_CASE(handshake_active),
	KUNIT_CASE(handshake_options),
	KUNIT_CASE(handshake_no_options),
	KUNIT_CASE(handshake_agree),
	KUNIT_CASE(handshake_agree_mss),
	KUNIT_CASE(handshake_no_answer),
	KUNIT_CASE(handshake_refused),
	KUNIT_CASE(handshake_wrong_echo),
	KUNIT_CASE(handshake_wrong_ack),
	KUNIT_CASE(handshake_simultaneous),
	KUNIT_CASE(handshake_simultaneous_ack),
	KUNIT_CASE(handshake_simultaneous_reset),
	KUNIT_CASE(handshake_wraps),
	KUNIT_CASE(handshake_lost_syns),
	KUNIT_CASE(handshake_abandoned),
	KUNIT_CASE(handshake_isn),
	{}
};

struct kunit_suite etp_handshake_suite = {
	.name = "etp_handshake",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = handshake_cases,
};
