// SPDX-License-Identifier: GPL-2.0
/*
 * What may go: segment sizes, Nagle's rule with Minshall's change, the sender's
 * silly-window avoidance (RFC 9293 sections 3.7.1, 3.7.4, 3.8.6.2.1).
 */
#include "harness.h"
#include "suites.h"

struct situation {
	const char	*what;
	u32		len;
	u32		room;
	bool		last, fin, more, nodelay, small;
	u32		max_wnd;
	u32		expect;
};

/* MSS 1000, at most 10000 in an skb */
static const struct situation situations[] = {
	/* (1) at least a full segment */
	{ "full segments", 3000, 9000, .last = 1, .expect = 3000 },
	{ "full, small one in flight", 1000, 9000, .last = 1, .small = 1,
	  .expect = 1000 },
	{ "full, corked", 2000, 9000, .last = 1, .more = 1, .expect = 2000 },
	{ "with a remainder", 3500, 9000, .last = 1, .expect = 3500 },
	{ "remainder, small one in flight", 3500, 9000, .last = 1, .small = 1,
	  .expect = 3000 },
	{ "remainder, corked", 3500, 9000, .last = 1, .more = 1, .expect = 3000 },
	{ "remainder, no delay", 3500, 9000, .last = 1, .small = 1, .nodelay = 1,
	  .expect = 3500 },
	{ "remainder with FIN", 3500, 9000, .last = 1, .small = 1, .fin = 1,
	  .expect = 3500 },
	{ "the window cuts", 5000, 2500, .last = 1, .expect = 2000 },
	{ "an skb's limit", 50000, 50000, .last = 1, .expect = 10000 },
	/* (2) all there is */
	{ "small", 500, 9000, .last = 1, .expect = 500 },
	{ "small, fits exactly", 500, 500, .last = 1, .expect = 500 },
	{ "small, small one in flight", 500, 9000, .last = 1, .small = 1 },
	{ "small, corked", 500, 9000, .last = 1, .more = 1 },
	{ "small, corked, no delay", 500, 9000, .last = 1, .more = 1, .nodelay = 1 },
	{ "small, no delay", 500, 9000, .last = 1, .small = 1, .nodelay = 1,
	  .expect = 500 },
	{ "small with FIN", 500, 9000, .last = 1, .small = 1, .fin = 1,
	  .expect = 500 },
	{ "a byte", 1, 9000, .last = 1, .expect = 1 },
	/* (3) half of the largest window */
	{ "a sliver of a window", 5000, 700, .last = 1 },
	{ "a small window, most of it", 5000, 700, .last = 1, .max_wnd = 1400,
	  .expect = 700 },
	{ "a small window, less than half", 5000, 699, .last = 1, .max_wnd = 1400 },
	{ "no room", 5000, 0, .last = 1 },
	{ "no room, no delay", 1, 0, .last = 1, .nodelay = 1 },
	{ "no room, small window", 5, 0, .last = 1, .max_wnd = 1 },
};

static void snd_may_send(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(situations); i++) {
		const struct situation *s = &situations[i];
		const struct etp_may_send q = {
			.len = s->len, .room = s->room, .mss = 1000,
			.gso_max = 10000, .max_wnd = s->max_wnd ?: 60000,
			.last = s->last, .fin = s->fin, .more = s->more,
			.nodelay = s->nodelay, .small_in_flight = s->small,
		};

		KUNIT_EXPECT_EQ_MSG(test, etp_may_send(&q), s->expect, "%s", s->what);
	}
}

/* Eff.snd.MSS = min(SendMSS + 20, MMS_S) - TCPhdrsize - IPoptionsize, MUST-16 */
static void snd_mss_for(struct kunit *test)
{
	struct etp_snd snd = { .mss_clamp = 65535 };
	struct etp_peer peer = {};

	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 1500, 20, 0), 1460U);
	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 1500, 20, 20), 1440U);
	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 1280, 40, 0), 1220U);
	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 65536, 20, 0), 65496U);
	snd.mss_clamp = 536;
	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 1500, 20, 0), 536U);
	/* IP options come off what the peer said, too */
	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 1500, 20, 8), 528U);
	peer.ts_ok = 1;
	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 1500, 20, 0), 524U);
	snd.mss_clamp = 65535;
	KUNIT_EXPECT_EQ(test, etp_mss_for(&snd, &peer, 1500, 20, 0), 1448U);
	/* whatever a router claims, a segment carries something */
	KUNIT_EXPECT_GT(test, etp_mss_for(&snd, &peer, 0, 40, 0), 0U);
	KUNIT_EXPECT_GT(test, etp_mss_for(&snd, &peer, 68, 40, 0), 0U);
	KUNIT_EXPECT_LT(test, etp_mss_for(&snd, &peer, 68, 40, 0), 68U);
}

/* Half of what the peer takes, unless that holds no usual segment */
static void snd_mss_of_window(struct kunit *test)
{
	static const struct { u32 mss, wnd, expect; } rows[] = {
		{ 1460, 0, 1460 }, { 1460, 65535, 1460 }, { 65483, 65535, 32767 },
		{ 65483, 131072, 65483 }, { 1460, 2920, 1460 }, { 1460, 2919, 1459 },
		{ 1460, 1000, 500 }, { 1460, 537, 268 }, { 1460, 536, 536 },
		{ 1460, 100, 100 }, { 536, 100, 100 }, { 1460, 1, 44 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ_MSG(test, etp_mss_of_window(rows[i].mss, rows[i].wnd),
				    rows[i].expect, "row %u", i);
}

static void snd_advertised_mss(struct kunit *test)
{
	struct wire *w = test->priv;
	struct dst_entry *dst = &w->route->dst;

	KUNIT_EXPECT_EQ(test, etp_advertised_mss(0, dst, &wire_ops), 1460U);
	KUNIT_EXPECT_EQ(test, etp_advertised_mss(1000, dst, &wire_ops), 1000U);
	KUNIT_EXPECT_EQ(test, etp_advertised_mss(9000, dst, &wire_ops), 1460U);
	w->route->mtu = 9000;
	KUNIT_EXPECT_EQ(test, etp_advertised_mss(0, dst, &wire_ops), 8960U);
	w->route->mtu = 10;
	KUNIT_EXPECT_GE(test, etp_advertised_mss(0, dst, &wire_ops), 1U);
	w->route->mtu = 1 << 20;
	KUNIT_EXPECT_EQ(test, etp_advertised_mss(0, dst, &wire_ops), 65535U);
	w->route->mtu = WIRE_MTU;
}

/* SHLD-7: one small segment in flight, the next ones wait and grow together */
static void snd_nagle(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_out(w, "ACK|PSH seq 1 len 100");
	wire_write(w, 100);
	wire_write(w, 50);
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 101");
	wire_out(w, "ACK|PSH seq 101 len 150");
	wire_out_nothing(w);
	/* a full segment need not wait, its remainder does */
	wire_write(w, 1500);
	wire_out(w, "ACK seq 251 len 1460");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 251");
	wire_out(w, "ACK|PSH seq 1711 len 40");
}

/* MUST-17: a program can turn it off */
static void snd_nodelay(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 1 len 10");
	wire_out_nothing(w);
	/* what waits goes with the option */
	wire_set(w, ETP_NODELAY, 1);
	wire_out(w, "ACK|PSH seq 11 len 10");
	for (i = 0; i < 5; i++) {
		wire_write(w, 10);
		wire_out(w, "ACK|PSH seq %d len 10", 21 + 10 * i);
	}
}

static void snd_cork(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_CORK, 1);
	wire_write(w, 100);
	wire_out_nothing(w);
	wire_write(w, 1460);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	wire_set(w, ETP_CORK, 0);
	wire_out(w, "ACK|PSH seq 1461 len 100");
	wire_in(w, "ACK seq 1 ack 1561");
	/* the same for one call */
	KUNIT_EXPECT_EQ(test, wire_send(w, 30, MSG_MORE), 30);
	wire_out_nothing(w);
	wire_write(w, 40);
	wire_out(w, "ACK|PSH seq 1561 len 70");
}

/* Minshall: full segments in flight hold nothing back, small ones do */
static void snd_minshall(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 1460);
	wire_out(w, "ACK seq 1 len 1460");
	wire_write(w, 10);
	wire_out(w, "ACK seq 1461 len 10");
	wire_write(w, 10);
	wire_out_nothing(w);
	/* the full one is acknowledged, the small one is not */
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1471");
	wire_out(w, "ACK seq 1471 len 10");
}

/* Never beyond the peer's window, and no slivers at its edge */
static void snd_peer_window(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 1");
	wire_in(w, "ACK seq 2 ack 1 len 1 win 3000");
	wire_forget(w);
	wire_write(w, 6000);
	wire_out_data(w, 1, 2921, WIRE_MSS);
	wire_out_nothing(w);
	/* the right edge stays: nothing */
	wire_in(w, "ACK seq 3 ack 1461 win 1540");
	wire_out_nothing(w);
	/* it moves by one segment */
	wire_in(w, "ACK seq 3 ack 1461 win 3000");
	wire_out(w, "ACK seq 2921 len 1460");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 3 ack 4381 win 65535");
	wire_out(w, "ACK seq 4381 len 1460");
	wire_out(w, "ACK|PSH seq 5841 len 160");
	wire_out_nothing(w);
}

/* RFC 5681 section 4.1: after an idle RTO the window is the initial one again */
static void snd_restart_after_idle(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 wscale 7");
	wire_write(w, 100);
	wire_in(w, "ACK seq 1 ack 101");
	wire_forget(w);
	wire_es(w)->cong.cwnd = 40 * WIRE_MSS;
	wire_clock_pass(jiffies_to_msecs(wire_es(w)->rtt.rto) + MSEC_PER_SEC);
	wire_write(w, 30 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 10 * WIRE_MSS);
	wire_out_data(w, 101, 101 + 10 * WIRE_MSS, WIRE_MSS);
	wire_out_nothing(w);
}

/* RFC 3465: an ACK counts for two segments, and for a packet that it covers whole */
static void snd_slow_start_limit(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 wscale 7");
	wire_write(w, 10 * WIRE_MSS);
	wire_out_data(w, 1, 14601, WIRE_MSS);
	/* a part of what went as one packet: somebody has lost ACKs */
	wire_in(w, "ACK seq 1 ack 5841");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 12 * WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 14601");
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 14 * WIRE_MSS);
	/* one packet, one ACK */
	wire_write(w, 14 * WIRE_MSS);
	wire_out_data(w, 14601, 14601 + 14 * WIRE_MSS, WIRE_MSS);
	wire_in(w, "ACK seq 1 ack %u", 14601 + 14 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 28 * WIRE_MSS);
}

/* RFC 7661: a window that is not used does not grow */
static void snd_application_limited(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 i, una = 1;

	wire_open_passive(w, "mss 1460 wscale 7");
	for (i = 0; i < 20; i++) {
		wire_write(w, WIRE_MSS);
		una += WIRE_MSS;
		wire_in(w, "ACK seq 1 ack %u", una);
	}
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 10 * WIRE_MSS);
	wire_forget(w);
	wire_write(w, 10 * WIRE_MSS);
	una += 10 * WIRE_MSS;
	wire_in(w, "ACK seq 1 ack %u", una);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 20 * WIRE_MSS);
	/* that was the flight that used it up; this one does not */
	wire_write(w, 10 * WIRE_MSS);
	una += 10 * WIRE_MSS;
	wire_in(w, "ACK seq 1 ack %u", una);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 20 * WIRE_MSS);
	/* more than half, in slow start */
	wire_write(w, 11 * WIRE_MSS);
	una += 11 * WIRE_MSS;
	wire_in(w, "ACK seq 1 ack %u", una);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 31 * WIRE_MSS);
	/* in avoidance all of it is asked for */
	wire_es(w)->cong.ssthresh = 20 * WIRE_MSS;
	wire_write(w, 30 * WIRE_MSS);
	una += 30 * WIRE_MSS;
	wire_in(w, "ACK seq 1 ack %u", una);
	wire_in(w, "ACK seq 1 ack %u", una);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 31 * WIRE_MSS);
	wire_forget(w);
	wire_write(w, 32 * WIRE_MSS);
	una += 31 * WIRE_MSS;
	wire_in(w, "ACK seq 1 ack %u", una);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 32 * WIRE_MSS);
	wire_forget(w);
}

/* One ACK releases twice what it acknowledges and ten segments */
static void snd_burst(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 wscale 7");
	wire_es(w)->cong.cwnd = 2 * WIRE_MSS;
	wire_in(w, "ACK seq 1 ack 1 len 1 win 60000");
	wire_forget(w);
	wire_write(w, 60 * WIRE_MSS);
	wire_out_data(w, 1, 2921, WIRE_MSS);
	wire_out_nothing(w);
	wire_es(w)->cong.cwnd = 100 * WIRE_MSS;
	wire_in(w, "ACK seq 2 ack 1461 win 60000");
	wire_out_data(w, 2921, 2921 + 12 * WIRE_MSS, WIRE_MSS);
	wire_out_nothing(w);
	/* where the device paces there is no need */
	WRITE_ONCE(w->sk->sk_pacing_status, SK_PACING_FQ);
	wire_in(w, "ACK seq 2 ack 2921 win 60000");
	wire_out_data(w, 2921 + 12 * WIRE_MSS, 1 + 60 * WIRE_MSS, WIRE_MSS);
	wire_out_nothing(w);
	WRITE_ONCE(w->sk->sk_pacing_status, SK_PACING_NONE);
}

/* A long transfer across 2^32: each byte once, and all memory given back */
/* PSH is about data: a FIN of its own goes without, as kernel TCP's does */
static void snd_fin_alone_has_no_psh(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 1 len 10");
	wire_shutdown(w);
	s = wire_next(w);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, (int)s->seg.flags, ETP_FIN | ETP_ACK);
	wire_in(w, "ACK seq 1 ack 12");
}

static void snd_wraps(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;
	u32 next = 1, end = 1 + 200 * WIRE_MSS + 77, rounds = 0;

	w->use_iss = 0xffffffff - 60 * WIRE_MSS - 100;
	wire_open_active(w, "mss 1460 wscale 5");
	wire_write(w, end - 1);
	while (next != end && rounds++ < 1000) {
		u32 before = next;

		while ((s = wire_next(w))) {
			KUNIT_EXPECT_FALSE(test, s->garbled);
			KUNIT_EXPECT_EQ(test, s->seg.seq - w->iss, next);
			next += s->len;
		}
		if (next == before)
			break;
		wire_in(w, "ACK seq 1 ack %u win 4000", next);
	}
	KUNIT_EXPECT_EQ(test, next, end);
	wire_in(w, "ACK seq 1 ack %u", end);
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
	/* the SYN counts, too */
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.bytes_acked, (u64)end);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.total_retrans, 0U);
}

/* A path MTU that shrinks: segments shrink, and windows keep counting segments */
static void snd_mtu_shrinks(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 3 * WIRE_MSS);
	wire_out_data(w, 1, 4381, WIRE_MSS);
	lock_sock(w->sk);
	etp_sync_mss(w->sk, 1040);
	release_sock(w->sk);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.mss, 1000);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.mss, 1000U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.gso_max % 1000, 0U);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1000");
	wire_in(w, "ACK seq 1 ack 1001");
	wire_out_data(w, 1001, 3001, 1000);
	wire_in(w, "ACK seq 1 ack 4381");
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
}

/* Numbers go round: the last small segment went three gigabytes ago. */
static void snd_minshall_wraps(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, WIRE_MSS);
	wire_out(w, "ACK|PSH seq 1 len 1460");
	wire_es(w)->snd.small_end = wire_es(w)->snd.una - 3U * SZ_1G;
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 1461 len 10");
}

/* A queue below us that overflows is congestion: half the flight, once in a round trip */
static void snd_queue_overflows(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_cong *cong;
	u32 cwnd;

	wire_open_passive(w, "mss 1460");
	cong = &wire_es(w)->cong;
	wire_write(w, 8 * WIRE_MSS);
	wire_forget(w);
	w->below = NET_XMIT_CN;
	wire_write(w, 2 * WIRE_MSS);
	wire_out_data(w, 11681, 14601, WIRE_MSS);
	KUNIT_EXPECT_EQ(test, cong->cwnd, 5 * WIRE_MSS);
	wire_in(w, "ACK seq 1 ack 11681");
	wire_write(w, WIRE_MSS);
	wire_out(w, "ACK|PSH seq 14601 len 1460");
	KUNIT_EXPECT_GE(test, cong->cwnd, 5 * WIRE_MSS);
	/* what is thrown away at once was not sent, and goes in a while */
	w->below = NET_XMIT_DROP;
	wire_in(w, "ACK seq 1 ack 16061");
	cwnd = cong->cwnd;
	wire_write(w, WIRE_MSS);
	wire_out_nothing(w);
	KUNIT_EXPECT_LT(test, cong->cwnd, cwnd);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.nxt - w->iss, 16061U);
	w->below = 0;
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK|PSH seq 16061 len 1460");
}

static struct kunit_case snd_cases[] = {
	KUNIT_CASE(snd_may_send),
	KUNIT_CASE(snd_mss_for),
	KUNIT_CASE(snd_mss_of_window),
	KUNIT_CASE(snd_advertised_mss),
	KUNIT_CASE(snd_nagle),
	KUNIT_CASE(snd_nodelay),
	KUNIT_CASE(snd_cork),
	KUNIT_CASE(snd_minshall),
	KUNIT_CASE(snd_minshall_wraps),
	KUNIT_CASE(snd_queue_overflows),
	KUNIT_CASE(snd_peer_window),
	KUNIT_CASE(snd_restart_after_idle),
	KUNIT_CASE(snd_slow_start_limit),
	KUNIT_CASE(snd_application_limited),
	KUNIT_CASE(snd_burst),
	KUNIT_CASE(snd_fin_alone_has_no_psh),
	KUNIT_CASE(snd_wraps),
	KUNIT_CASE(snd_mtu_shrinks),
	{}
};

struct kunit_suite etp_snd_suite = {
	.name = "etp_snd",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = snd_cases,
};
