// SPDX-License-Identifier: GPL-2.0
/*
 * The path MTU by trial, RFC 4821: the search, when a probe may go, what its loss and its
 * arrival do, and what repeated time-outs are taken for.
 */
#include "harness.h"
#include "suites.h"

#define HEADERS		40U		/* IPv4, no timestamps */
#define BASE		(1024U + HEADERS)
#define THRESHOLD	8U

/* ---- The search ---- */

/* Probes until the search is over; returns how many. */
static unsigned int search(struct etp_plpmtu *p, u32 path)
{
	unsigned int n = 0;
	u32 size;

	while ((size = etp_plpmtu_next(p, THRESHOLD)) && n < 64) {
		etp_plpmtu_sent(p, size, 1, 1 + size - HEADERS);
		if (size <= path)
			etp_plpmtu_passed(p);
		else
			etp_plpmtu_failed(p);
		n++;
	}
	return n;
}

/* Whatever the path takes, the search ends there, a little below, and soon. */
static void plpmtu_search(struct kunit *test)
{
	static const u32 most[] = { 1500, 9000, 65535 };
	struct etp_plpmtu p;
	unsigned int i, n;
	u32 path;

	for (i = 0; i < ARRAY_SIZE(most); i++) {
		for (path = BASE; path <= most[i]; path += 1 + most[i] / 701) {
			etp_plpmtu_init(&p, true, BASE, most[i], 0);
			n = search(&p, path);
			KUNIT_ASSERT_LE_MSG(test, p.low, path, "of %u", most[i]);
			KUNIT_ASSERT_LT_MSG(test, path - p.low, THRESHOLD, "of %u", most[i]);
			KUNIT_ASSERT_LE_MSG(test, n, 16U, "path %u of %u", path, most[i]);
			KUNIT_ASSERT_EQ(test, p.probe, 0U);
		}
	}
}

static void plpmtu_next(struct kunit *test)
{
	struct etp_plpmtu p;

	etp_plpmtu_init(&p, false, BASE, 1500, 0);
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, THRESHOLD), 0U);
	p.on = true;
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, THRESHOLD), 1282U);
	/* one at a time */
	etp_plpmtu_sent(&p, 1282, 100, 1342);
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, THRESHOLD), 0U);
	etp_plpmtu_forget(&p);
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, THRESHOLD), 1282U);
	/* the interval */
	p.high = BASE + THRESHOLD - 1;
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, THRESHOLD), 0U);
	p.high++;
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, THRESHOLD), BASE + THRESHOLD / 2);
	p.high = BASE - 300;
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, THRESHOLD), 0U);
	/* without a threshold it still ends */
	p.high = BASE + 1;
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, 0), BASE + 1);
	p.high = BASE;
	KUNIT_EXPECT_EQ(test, etp_plpmtu_next(&p, 0), 0U);
}

static void plpmtu_limit(struct kunit *test)
{
	struct etp_plpmtu p;

	etp_plpmtu_init(&p, true, BASE, 1500, 0);
	etp_plpmtu_limit(&p, 1400);
	KUNIT_EXPECT_EQ(test, p.high, 1400U);
	etp_plpmtu_limit(&p, 1450);
	KUNIT_EXPECT_EQ(test, p.high, 1400U);
	/* ICMP was faster than the loss */
	etp_plpmtu_sent(&p, 1300, 1, 1261);
	etp_plpmtu_limit(&p, 1200);
	etp_plpmtu_failed(&p);
	KUNIT_EXPECT_EQ(test, p.high, 1200U);
}

static void plpmtu_due(struct kunit *test)
{
	struct etp_plpmtu p;

	etp_plpmtu_init(&p, true, BASE, 1500, U32_MAX - 5);
	KUNIT_EXPECT_FALSE(test, etp_plpmtu_due(&p, 10, U32_MAX));
	KUNIT_EXPECT_FALSE(test, etp_plpmtu_due(&p, 10, 3));
	KUNIT_EXPECT_TRUE(test, etp_plpmtu_due(&p, 10, 4));
	etp_plpmtu_sent(&p, 1300, 1, 1261);
	KUNIT_EXPECT_FALSE(test, etp_plpmtu_due(&p, 10, 4));
	etp_plpmtu_init(&p, false, BASE, 1500, 0);
	KUNIT_EXPECT_FALSE(test, etp_plpmtu_due(&p, 10, 100));
}

/* First to the base, then half and half again, never below the floor. */
static void plpmtu_suspect(struct kunit *test)
{
	static const u32 ladder[] = { 1024, 512, 256, 128, 100 };
	struct etp_suspect q = {
		.packet = 1500, .base = BASE, .floor = 100 + HEADERS, .overhead = HEADERS,
	};
	struct etp_plpmtu p;
	unsigned int i;

	etp_plpmtu_init(&p, false, BASE, 1500, 0);
	for (i = 0; i < ARRAY_SIZE(ladder); i++) {
		KUNIT_EXPECT_TRUE(test, etp_plpmtu_suspect(&p, &q, 77));
		KUNIT_EXPECT_EQ(test, p.low, ladder[i] + HEADERS);
		q.packet = p.low;
	}
	KUNIT_EXPECT_TRUE(test, p.on);
	KUNIT_EXPECT_EQ(test, p.began, 77U);
	KUNIT_EXPECT_EQ(test, p.high, 1500U);
	KUNIT_EXPECT_FALSE(test, etp_plpmtu_suspect(&p, &q, 78));
	KUNIT_EXPECT_EQ(test, p.low, 100 + HEADERS);

	/* a small one is not lost for its size */
	etp_plpmtu_init(&p, false, BASE, 1500, 0);
	q.packet = 100 + HEADERS;
	KUNIT_EXPECT_FALSE(test, etp_plpmtu_suspect(&p, &q, 77));
	KUNIT_EXPECT_FALSE(test, p.on);
	/* one between base and floor may be */
	q.packet = 700 + HEADERS;
	KUNIT_EXPECT_TRUE(test, etp_plpmtu_suspect(&p, &q, 77));
	KUNIT_EXPECT_EQ(test, p.low, 350 + HEADERS);
	/* a floor above the base, as over IPv6 */
	q.packet = 1500;
	q.floor = 1280;
	KUNIT_EXPECT_TRUE(test, etp_plpmtu_suspect(&p, &q, 77));
	KUNIT_EXPECT_EQ(test, p.low, 1280U);
	q.packet = 1280;
	KUNIT_EXPECT_FALSE(test, etp_plpmtu_suspect(&p, &q, 77));
}

static void plpmtu_may_probe(struct kunit *test)
{
	const struct etp_probe_view fits = {
		.payload = 1242, .mss = 1000, .head = 1242, .queued = 5242, .wnd = 5242,
		.room = 5242, .cwnd = 11000, .pipe = 0, .reordering = 3, .calm = true,
	};
	struct etp_probe_view q = fits;

	KUNIT_EXPECT_EQ(test, (int)etp_plpmtu_may_probe(&q), ETP_PROBE_GO);
#define EXPECT_WITH(member, value, verdict) do {				\
	q = fits;								\
	q.member = value;							\
	KUNIT_EXPECT_EQ(test, (int)etp_plpmtu_may_probe(&q), verdict);		\
} while (0)
	EXPECT_WITH(calm, false, ETP_PROBE_NOT);
	EXPECT_WITH(head, 1241, ETP_PROBE_NOT);
	EXPECT_WITH(queued, 5241, ETP_PROBE_NOT);
	EXPECT_WITH(wnd, 5241, ETP_PROBE_NOT);
	EXPECT_WITH(cwnd, 10999, ETP_PROBE_NOT);
	EXPECT_WITH(reordering, 4, ETP_PROBE_NOT);
	EXPECT_WITH(pipe, 11000 - 1242, ETP_PROBE_GO);
	EXPECT_WITH(pipe, 11000 - 1241, ETP_PROBE_WAIT);
	EXPECT_WITH(room, 5241, ETP_PROBE_NOT);
#undef EXPECT_WITH
	q = fits;
	q.room = 5241;
	q.pipe = 1000;
	KUNIT_EXPECT_EQ(test, (int)etp_plpmtu_may_probe(&q), ETP_PROBE_WAIT);
	/* a window of that many segments is too small for one that large */
	q = fits;
	q.payload = 8000;
	q.head = 12000;
	q.queued = 12000;
	q.wnd = 12000;
	q.room = 12000;
	KUNIT_EXPECT_EQ(test, (int)etp_plpmtu_may_probe(&q), ETP_PROBE_NOT);
}

static struct kunit_case plpmtu_cases[] = {
	KUNIT_CASE(plpmtu_search),
	KUNIT_CASE(plpmtu_next),
	KUNIT_CASE(plpmtu_limit),
	KUNIT_CASE(plpmtu_due),
	KUNIT_CASE(plpmtu_suspect),
	KUNIT_CASE(plpmtu_may_probe),
	{}
};

struct kunit_suite etp_plpmtu_suite = {
	.name = "etp_plpmtu",
	.test_cases = plpmtu_cases,
};

/* ---- Scripts ---- */

static void probing(struct wire *w, int mode)
{
	etp_net(&init_net)->mtu_probing = mode;
}

/* A connection that looks for more from the start, with a window for it */
static void open_probing(struct wire *w, const char *options)
{
	probing(w, 2);
	wire_open_passive(w, options);
	wire_es(w)->cong.cwnd = 20 * 1024;
	wire_es(w)->cong.ssthresh = 30 * 1024;
}

/* Three time-outs are bad luck, the fourth is a black hole; what is new is small, too. */
static void mtu_black_hole(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	probing(w, 1);
	wire_open_passive(w, "mss 1460");
	wire_write(w, 3 * WIRE_MSS);
	wire_out_data(w, 1, 4381, WIRE_MSS);
	for (i = 0; i < 3; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 1 len 1460");
		wire_out_nothing(w);
	}
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1024");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.cwnd, 1024U);
	/* if that is still too much, half of it */
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 512");
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 512");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 513");
	wire_out(w, "ACK seq 513 len 512");
	wire_out(w, "ACK seq 1025 len 436");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out(w, "ACK seq 1461 len 512");
	wire_out(w, "ACK seq 1973 len 512");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 4381");
	wire_write(w, 1000);
	wire_out(w, "ACK seq 4381 len 512");
	wire_out(w, "ACK seq 4893 len 488");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, 512U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.pmtu, (u32)WIRE_MTU);
}

static void mtu_black_hole_off(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, WIRE_MSS);
	wire_forget(w);
	for (i = 0; i < 8; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 1 len 1460");
		wire_out_nothing(w);
	}
}

/* What is not acknowledged was small: its size is not the reason. */
static void mtu_small_segments(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	probing(w, 1);
	wire_open_passive(w, "mss 1460");
	wire_write(w, 500);
	wire_forget(w);
	for (i = 0; i < 8; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 1 len 500");
	}
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, WIRE_MSS);
	KUNIT_EXPECT_FALSE(test, wire_es(w)->plpmtu.on);
}

/* RFC 8200 section 5: 1280 bytes get through everywhere. */
static void mtu_black_hole6(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	probing(w, 1);
	wire_open_passive(w, "mss 1460");
	wire_write(w, WIRE_MSS);
	wire_forget(w);
	for (i = 0; i < 8; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 1 len %d", i < 3 ? 1460 : 1220);
		wire_out_nothing(w);
	}
}

/* One segment is larger than the others.  When it has arrived, they all are. */
static void mtu_probe_passes(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long passed = wire_count(MTUPSuccess);
	struct etp_info *info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, info);
	open_probing(w, "mss 1460");
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, 1024U);
	wire_write(w, 60000);
	/* half way between 1064 and 1500 */
	wire_out(w, "ACK seq 1 len 1242");
	wire_out_data(w, 1243, 1243 + 18 * 1024, 1024);
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 1243");
	KUNIT_EXPECT_EQ(test, wire_count(MTUPSuccess), passed + 1);
	etp_get_info(w->sk, info);
	KUNIT_EXPECT_EQ(test, info->etpi_snd_mss, 1242U);
	KUNIT_EXPECT_EQ(test, info->etpi_pmtu, (u32)WIRE_MTU);
	/* and the next one goes, with segments of the new size behind it */
	wire_out(w, "ACK seq 19675 len 1351");
	wire_out(w, "ACK seq 21026 len 1242");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack %d", 19675 + 1351);
	KUNIT_EXPECT_EQ(test, wire_count(MTUPSuccess), passed + 2);
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, 1351U);
}

/* Nothing is sent until the window has room for a probe that is due. */
static void mtu_probe_waits(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_plpmtu *p;

	open_probing(w, "mss 1460");
	p = &wire_es(w)->plpmtu;
	p->high = p->low;
	wire_es(w)->cong.cwnd = 12 * 1024;
	wire_es(w)->cong.ssthresh = 2 * 1024;
	wire_write(w, 60000);
	wire_out_data(w, 1, 1 + 12 * 1024, 1024);
	wire_out_nothing(w);
	p->high = WIRE_MTU;
	wire_in(w, "ACK seq 1 ack 1025");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 2049");
	wire_out(w, "ACK seq %d len 1242", 1 + 12 * 1024);
	wire_out_nothing(w);
}

/* What a lost probe must leave alone */
static void expect_spared(struct wire *w, u32 cwnd, u32 failed)
{
	KUNIT_EXPECT_EQ(w->test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
	KUNIT_EXPECT_GE(w->test, wire_es(w)->cong.cwnd, cwnd);
	KUNIT_EXPECT_EQ(w->test, wire_es(w)->cong.ssthresh, 30 * 1024U);
	KUNIT_EXPECT_EQ(w->test, wire_count(MTUPFail), failed + 1UL);
	KUNIT_EXPECT_EQ(w->test, wire_es(w)->plpmtu.high, 1281U);
	KUNIT_EXPECT_EQ(w->test, (u32)wire_es(w)->snd.mss, 1024U);
}

/* RFC 4821 section 7.6: its loss is repaired, and is no sign of congestion. */
static void mtu_probe_lost_sack(struct kunit *test, const char *policy)
{
	struct wire *w = test->priv;
	unsigned long failed = wire_count(MTUPFail), lost = wire_count(SackRecovery);

	open_probing(w, "mss 1460 sackok");
	lock_sock(w->sk);
	KUNIT_EXPECT_EQ(test, etp_rec_choose(w->sk, policy), 0);
	release_sock(w->sk);
	wire_write(w, 1242 + 18 * 1024);
	wire_out(w, "ACK seq 1 len 1242");
	wire_out_data(w, 1243, 1243 + 18 * 1024, 1024);
	wire_in(w, "ACK seq 1 ack 1 sack 1243:2267");
	wire_in(w, "ACK seq 1 ack 1 sack 1243:3291");
	wire_in(w, "ACK seq 1 ack 1 sack 1243:4315");
	wire_in(w, "ACK seq 1 ack 1 sack 1243:5339");
	/* in segments of the usual size */
	wire_out(w, "ACK seq 1 len 1024");
	wire_out(w, "ACK seq 1025 len 218");
	/* the window is open for what RFC 6675 calls a rescue */
	if (!strcmp(policy, "sack"))
		wire_out(w, "ACK seq 18651 len 1024");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack %d", 1243 + 18 * 1024);
	expect_spared(w, 20 * 1024, failed);
	KUNIT_EXPECT_EQ(test, wire_count(SackRecovery), lost);
	/* the search goes on below */
	wire_write(w, 30000);
	wire_out(w, "ACK seq 19675 len 1133");
}

static void mtu_probe_lost_rack(struct kunit *test)
{
	mtu_probe_lost_sack(test, "rack");
}

static void mtu_probe_lost_rfc6675(struct kunit *test)
{
	mtu_probe_lost_sack(test, "sack");
}

static void mtu_probe_lost_dupacks(struct kunit *test, const char *policy)
{
	struct wire *w = test->priv;
	unsigned long failed = wire_count(MTUPFail), lost = wire_count(RenoRecovery);
	int i;

	open_probing(w, "mss 1460");
	lock_sock(w->sk);
	KUNIT_EXPECT_EQ(test, etp_rec_choose(w->sk, policy), 0);
	release_sock(w->sk);
	wire_write(w, 1242 + 18 * 1024);
	wire_out(w, "ACK seq 1 len 1242");
	wire_out_data(w, 1243, 1243 + 18 * 1024, 1024);
	for (i = 0; i < 18; i++)
		wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "ACK seq 1 len 1024");
	wire_out(w, "ACK seq 1025 len 218");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack %d", 1243 + 18 * 1024);
	/* one segment in flight when it ended: RFC 6582 section 3.2 avoids a burst */
	expect_spared(w, strcmp(policy, "newreno") ? 20 * 1024 : 2048, failed);
	KUNIT_EXPECT_EQ(test, wire_count(RenoRecovery), lost);
}

static void mtu_probe_lost_newreno(struct kunit *test)
{
	mtu_probe_lost_dupacks(test, "newreno");
}

static void mtu_probe_lost_reno(struct kunit *test)
{
	mtu_probe_lost_dupacks(test, "reno");
}

/* Section 7.6.4: other segments are missing as well, so it is congestion. */
static void mtu_probe_lost_with_others(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long failed = wire_count(MTUPFail);

	open_probing(w, "mss 1460 sackok");
	wire_write(w, 1242 + 18 * 1024);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 sack 2267:6363");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	KUNIT_EXPECT_LT(test, wire_es(w)->cong.ssthresh, 15 * 1024U);
	KUNIT_EXPECT_EQ(test, wire_count(MTUPFail), failed);
	KUNIT_EXPECT_EQ(test, wire_es(w)->plpmtu.high, (u32)WIRE_MTU);
	KUNIT_EXPECT_EQ(test, wire_es(w)->plpmtu.probe, 0U);
	wire_out(w, "ACK seq 1 len 1024");
}

/* Nothing came back: the probe tells nothing, and the window falls. */
static void mtu_probe_timeout(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long failed = wire_count(MTUPFail);

	open_probing(w, "mss 1460");
	wire_write(w, 1242 + 18 * 1024);
	wire_forget(w);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1024");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_count(MTUPFail), failed);
	KUNIT_EXPECT_EQ(test, wire_es(w)->plpmtu.probe, 0U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->plpmtu.high, (u32)WIRE_MTU);
	KUNIT_EXPECT_LT(test, wire_es(w)->cong.ssthresh, 15 * 1024U);
}

/* No probe without enough behind it, nor while something is missing at either end. */
static void mtu_no_probe(struct kunit *test)
{
	struct wire *w = test->priv;

	open_probing(w, "mss 1460 sackok");
	wire_write(w, 1242 + 4 * 1024 - 1);
	wire_out_data(w, 1, 1 + 5 * 1024, 1024);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack %d", 1242 + 4 * 1024);
	/* the peer's hole wants room in our segments */
	wire_in(w, "ACK seq 1001 len 10 ack %d", 1242 + 4 * 1024);
	wire_forget(w);
	wire_write(w, 20000);
	wire_out(w, "ACK seq %d len 1024", 1242 + 4 * 1024);
	KUNIT_EXPECT_EQ(test, wire_es(w)->plpmtu.probe, 0U);
}

/* Section 7.8: paths change, so once in a while the search begins anew. */
static void mtu_search_again(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_plpmtu *p;

	open_probing(w, "mss 1460");
	p = &wire_es(w)->plpmtu;
	p->high = p->low;
	wire_write(w, 10000);
	wire_out_data(w, 1, 9217, 1024);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 10001");
	p->began -= etp_net(&init_net)->probe_interval * HZ;
	wire_write(w, 10000);
	wire_out(w, "ACK seq 10001 len 1242");
	KUNIT_EXPECT_EQ(test, p->high, (u32)WIRE_MTU);
}

/* The peer's own limit is one for the search, too. */
static void mtu_peer_limit(struct kunit *test)
{
	struct wire *w = test->priv;

	open_probing(w, "mss 1100 ts 100");
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, 1024U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->plpmtu.high, 1140U);
	wire_write(w, 30000);
	wire_out(w, "ACK seq 1 len 1056 ts 100");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1057 ts 101");
	KUNIT_EXPECT_EQ(test, (u32)wire_es(w)->snd.mss, 1056U);
}

static struct kunit_case mtu_cases[] = {
	KUNIT_CASE(mtu_black_hole),
	KUNIT_CASE(mtu_black_hole_off),
	KUNIT_CASE(mtu_small_segments),
	KUNIT_CASE(mtu_probe_passes),
	KUNIT_CASE(mtu_probe_waits),
	KUNIT_CASE(mtu_probe_lost_rack),
	KUNIT_CASE(mtu_probe_lost_rfc6675),
	KUNIT_CASE(mtu_probe_lost_newreno),
	KUNIT_CASE(mtu_probe_lost_reno),
	KUNIT_CASE(mtu_probe_lost_with_others),
	KUNIT_CASE(mtu_probe_timeout),
	KUNIT_CASE(mtu_no_probe),
	KUNIT_CASE(mtu_search_again),
	KUNIT_CASE(mtu_peer_limit),
	{}
};

struct kunit_suite etp_mtu_suite = {
	.name = "etp_mtu",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = mtu_cases,
};

static struct kunit_case mtu6_cases[] = {
	KUNIT_CASE(mtu_black_hole6),
	{}
};

struct kunit_suite etp_mtu6_suite = {
	.name = "etp_mtu6",
	.init = wire_init6,
	.exit = wire_exit,
	.test_cases = mtu6_cases,
};
