// SPDX-License-Identifier: GPL-2.0
/* RFC 9438: CUBIC's arithmetic, against figures worked by hand from the RFC's. */
#include "suites.h"
#include "../net/etp/internal.h"
#include "../net/etp/cubic.h"

#define MSS	1000U

static void start(struct etp_cong *cong, u32 segments, u64 now_us)
{
	memset(cong, 0, sizeof(*cong));
	cong->ops = &etp_reno;
	etp_cong_init(cong, MSS, segments);
	cong->cwnd_limited = true;
	cong->now_us = now_us;
}

static void cubic_root(struct kunit *test)
{
	static const struct {
		u64 x;
		u32 root;
	} of[] = {
		{ 0, 0 }, { 1, 1 }, { 7, 1 }, { 8, 2 }, { 26, 2 }, { 27, 3 }, { 28, 3 },
		{ 999999, 99 }, { 1000000, 100 }, { 0xffffffffULL, 1625 },
		{ 1000000000000000000ULL, 1000000 }, { ~0ULL, 2642245 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(of); i++)
		KUNIT_EXPECT_EQ_MSG(test, etp_cubic_root(of[i].x), of[i].root, "of %llu",
				    of[i].x);
	for (i = 1; i < 2642245; i += 10007) {
		u64 cube = (u64)i * i * i;

		KUNIT_EXPECT_EQ(test, etp_cubic_root(cube), i);
		KUNIT_EXPECT_EQ(test, etp_cubic_root(cube - 1), i - 1);
	}
}

/* K = cbrt(W_max (1 - beta) / C): of 100 segments 4.217 s, of 1000 9.086 s */
static void cubic_k(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, etp_cubic_k(30 * MSS, MSS), 4217U);
	KUNIT_EXPECT_EQ(test, etp_cubic_k(300 * MSS, MSS), 9085U);
	KUNIT_EXPECT_EQ(test, etp_cubic_k(0, MSS), 0U);
	/* the size of a segment does not matter, their number does */
	KUNIT_EXPECT_EQ(test, etp_cubic_k(30 * 65483, 65483), 4217U);
	/* the largest there can be */
	KUNIT_EXPECT_EQ(test, etp_cubic_k(ETP_SSTHRESH_INF, 88), 393667U);
}

static void expect_near(struct kunit *test, u32 seen, u32 want)
{
	KUNIT_EXPECT_LE_MSG(test, abs((int)(seen - want)), 20, "%u instead of %u", seen, want);
}

/* W(t) = 0.4 (t - K)^3 + W_max, for W_max 100 and K 4.217 */
static void cubic_curve(struct kunit *test)
{
	const struct etp_cubic_epoch epoch = { .origin = 100 * MSS, .k = 4217 };

	expect_near(test, etp_cubic_window(&epoch, 0, MSS), 70004);
	expect_near(test, etp_cubic_window(&epoch, 1000, MSS), 86682);
	expect_near(test, etp_cubic_window(&epoch, 4217, MSS), 100000);
	expect_near(test, etp_cubic_window(&epoch, 6217, MSS), 103200);
	expect_near(test, etp_cubic_window(&epoch, 14217, MSS), 500000);
	/* never below nothing, never beyond what a window can be */
	KUNIT_EXPECT_EQ(test, etp_cubic_window(&(struct etp_cubic_epoch){ .k = 9000 }, 0,
					       MSS), 0U);
	KUNIT_EXPECT_LE(test, etp_cubic_window(&epoch, ~0ULL, 65535), ETP_SSTHRESH_INF);
}

/* Sections 4.6 and 4.7: 0.7 of the flight; less room above when the share shrinks */
static void cubic_reduce(struct kunit *test)
{
	struct etp_cubic cubic = {};
	struct etp_cong cong;

	start(&cong, 100, 1);
	expect_near(test, etp_cubic_reduce(&cubic, &cong, 100 * MSS), 70 * MSS);
	KUNIT_EXPECT_EQ(test, cubic.now.w_max, 100 * MSS);
	KUNIT_EXPECT_EQ(test, cubic.now.prior, 100 * MSS);
	/* at 80 again: W_max = 80 * 0.85 */
	cong.cwnd = 80 * MSS;
	expect_near(test, etp_cubic_reduce(&cubic, &cong, 80 * MSS), 56 * MSS);
	KUNIT_EXPECT_LE(test, abs((int)(cubic.now.w_max - 68 * MSS)), 50);
	KUNIT_EXPECT_EQ(test, cubic.now.prior, 80 * MSS);
	KUNIT_EXPECT_EQ(test, cubic.before.w_max, 100 * MSS);
	/* more than last time: no fast convergence */
	cong.cwnd = 90 * MSS;
	etp_cubic_reduce(&cubic, &cong, 90 * MSS);
	KUNIT_EXPECT_EQ(test, cubic.now.w_max, 90 * MSS);
	/* two segments remain in any case */
	KUNIT_EXPECT_EQ(test, etp_cubic_reduce(&cubic, &cong, MSS), 2 * MSS);
}

/* One window acknowledged, in as many ACKs as it has segments, after @ms */
static void round_trip(struct etp_cubic *cubic, struct etp_cong *cong, u32 ms)
{
	u32 left = cong->cwnd / MSS, i, n = left;

	for (i = 0; i < n; i++) {
		cong->now_us += ms * 1000ULL / n;
		etp_cubic_grow(cubic, cong, MSS);
	}
}

/* A long path: the window follows the curve, back at W_max after K */
static void cubic_follows_curve(struct kunit *test)
{
	struct etp_cubic cubic = {};
	struct etp_cong cong;
	u32 t;

	start(&cong, 1000, 5000000);
	cong.srtt_us = 100000;
	cong.ssthresh = etp_cubic_reduce(&cubic, &cong, 1000 * MSS);
	cong.cwnd = cong.ssthresh;
	for (t = 0; t < 91; t++) {
		u32 before = cong.cwnd;

		round_trip(&cubic, &cong, 100);
		KUNIT_EXPECT_GE(test, cong.cwnd, before);
		KUNIT_EXPECT_LE(test, cong.cwnd, 1005 * MSS);
		if (t == 9)	/* 1 s: 1000 - 0.4 * 8.086^3 = 788.5; it looks ahead 0.1 s */
			KUNIT_EXPECT_LE(test, abs((int)cong.cwnd - 792000), 8000);
	}
	KUNIT_EXPECT_GE(test, cong.cwnd, 998 * MSS);
	/* 5 s beyond the plateau: 0.4 * 125 = 50 segments more, and a little */
	for (t = 0; t < 50; t++)
		round_trip(&cubic, &cong, 100);
	KUNIT_EXPECT_LE(test, abs((int)cong.cwnd - 1051500), 4000);
}

/* A short path: the curve has hardly moved, Reno's pace counts: 0.529 segments a
 * round trip, and one when the old window is reached.
 */
static void cubic_reno_friendly(struct kunit *test)
{
	struct etp_cubic cubic = {};
	struct etp_cong cong;
	u32 i;

	start(&cong, 20, 5000000);
	cong.srtt_us = 1000;
	cong.ssthresh = etp_cubic_reduce(&cubic, &cong, 20 * MSS);
	cong.cwnd = cong.ssthresh;
	KUNIT_EXPECT_LE(test, abs((int)cong.cwnd - 14000), 10);
	/* as many round trips as 6 segments take: 6 / 0.529 */
	for (i = 0; i < 11; i++)
		round_trip(&cubic, &cong, 1);
	KUNIT_EXPECT_LE(test, abs((int)cong.cwnd - 19800), 300);
	for (i = 0; i < 10; i++)
		round_trip(&cubic, &cong, 1);
	KUNIT_EXPECT_LE(test, abs((int)cong.cwnd - 29500), 600);
}

/* No more than half a window in a round trip, whatever the curve says */
static void cubic_bounded(struct kunit *test)
{
	struct etp_cubic cubic = {};
	struct etp_cong cong;

	start(&cong, 10, 1000);
	cong.ssthresh = cong.cwnd;
	etp_cubic_grow(&cubic, &cong, MSS);
	cong.now_us += 60ULL * 1000000;
	cong.cwnd = 10 * MSS;
	etp_cubic_grow(&cubic, &cong, 10 * MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 15 * MSS);
}

/* Section 5.8: while the program has nothing to send the curve waits. */
static void cubic_waits(struct kunit *test)
{
	struct etp_cubic cubic = {};
	struct etp_cong cong;
	u64 began;

	start(&cong, 100, 1000000);
	etp_cubic_grow(&cubic, &cong, MSS);
	began = cubic.now.start_us;
	cubic.last_us = cong.now_us;
	cong.now_us += 3000000;
	etp_cubic_wait(&cubic, &cong);
	KUNIT_EXPECT_EQ(test, cubic.now.start_us, began + 3000000);
}

static struct kunit_case cubic_cases[] = {
	KUNIT_CASE(cubic_root),
	KUNIT_CASE(cubic_k),
	KUNIT_CASE(cubic_curve),
	KUNIT_CASE(cubic_reduce),
	KUNIT_CASE(cubic_follows_curve),
	KUNIT_CASE(cubic_reno_friendly),
	KUNIT_CASE(cubic_bounded),
	KUNIT_CASE(cubic_waits),
	{}
};

struct kunit_suite etp_cubic_suite = {
	.name = "etp_cubic",
	.test_cases = cubic_cases,
};
