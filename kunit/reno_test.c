// SPDX-License-Identifier: GPL-2.0
/* RFC 5681 section 3.1: how Reno's window grows, in bytes counted by hand. */
#include "suites.h"
#include "../net/etp/internal.h"

#define MSS	1000U

static void start(struct etp_cong *cong, u32 segments)
{
	memset(cong, 0, sizeof(*cong));
	cong->ops = &etp_reno;
	etp_cong_init(cong, MSS, segments);
	cong->cwnd_limited = true;
}

/* One SMSS for each segment acknowledged: the window doubles in a round trip. */
static void reno_slow_start(struct kunit *test)
{
	struct etp_cong cong;
	u32 i;

	start(&cong, 2);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 2 * MSS);
	KUNIT_EXPECT_TRUE(test, etp_in_slow_start(&cong));
	for (i = 0; i < 2; i++)
		etp_reno.acked(&cong, MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 4 * MSS);
	for (i = 0; i < 4; i++)
		etp_reno.acked(&cong, MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 8 * MSS);
	/* an ACK of one byte is worth one byte (ACK division) */
	for (i = 0; i < 10; i++)
		etp_reno.acked(&cong, 1);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 8 * MSS + 10);
}

/* RFC 3465 sections 2.2 and 2.3: no ACK counts for more than L, 2 SMSS or 1 */
static void reno_limit(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong, 10);
	KUNIT_EXPECT_EQ(test, cong.limit, 2 * MSS);
	etp_reno.acked(&cong, 2 * MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 12 * MSS);
	etp_reno.acked(&cong, 2 * MSS + 1);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 14 * MSS);
	etp_reno.acked(&cong, 12 * MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 16 * MSS);
	cong.limit = MSS;
	etp_reno.acked(&cong, 12 * MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 17 * MSS);
	/* what does not count in slow start does not count beyond it: 2 of the 5 do */
	cong.limit = 2 * MSS;
	cong.ssthresh = 17 * MSS + 500;
	etp_reno.acked(&cong, 5 * MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 17 * MSS + 500);
	KUNIT_EXPECT_EQ(test, cong.acked, 1500U);
	/* in avoidance all bytes do */
	etp_reno.acked(&cong, 16 * MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 18 * MSS + 500);
	KUNIT_EXPECT_EQ(test, cong.acked, 500U);
}

/* One SMSS for each window that is acknowledged. */
static void reno_avoidance(struct kunit *test)
{
	struct etp_cong cong;
	u32 window, i;

	start(&cong, 10);
	cong.ssthresh = cong.cwnd;
	KUNIT_EXPECT_FALSE(test, etp_in_slow_start(&cong));
	for (window = 10; window < 30; window++) {
		for (i = 0; i < window - 1; i++)
			etp_reno.acked(&cong, MSS);
		KUNIT_EXPECT_EQ(test, cong.cwnd, window * MSS);
		etp_reno.acked(&cong, MSS);
		KUNIT_EXPECT_EQ(test, cong.cwnd, (window + 1) * MSS);
	}
}

/* Of three and a half segments three go in a round trip, and that is a window. */
static void reno_whole_segments(struct kunit *test)
{
	struct etp_cong cong;
	u32 window;

	start(&cong, 3);
	cong.cwnd += MSS / 2;
	cong.ssthresh = cong.cwnd;
	for (window = 3; window < 10; window++) {
		etp_reno.acked(&cong, (window - 1) * MSS);
		KUNIT_EXPECT_EQ(test, cong.cwnd, window * MSS + MSS / 2);
		etp_reno.acked(&cong, MSS);
		KUNIT_EXPECT_EQ(test, cong.cwnd, (window + 1) * MSS + MSS / 2);
	}
	/* however small it is */
	cong.cwnd = MSS - 1;
	cong.ssthresh = 1;
	etp_reno.acked(&cong, MSS - 1);
	KUNIT_EXPECT_EQ(test, cong.cwnd, MSS - 1);
	etp_reno.acked(&cong, 1);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 2 * MSS - 1);
}

/* The bytes beyond the threshold count for avoidance. */
static void reno_crosses_threshold(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong, 4);
	cong.ssthresh = 4 * MSS + 300;
	etp_reno.acked(&cong, MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 4 * MSS + 300);
	KUNIT_EXPECT_EQ(test, cong.acked, 700U);
	etp_reno.acked(&cong, 3299);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 4 * MSS + 300);
	etp_reno.acked(&cong, 1);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 5 * MSS + 300);
}

/* RFC 7661: a window that was not used up does not grow. */
static void reno_not_limited(struct kunit *test)
{
	struct etp_cong cong;
	u32 i;

	start(&cong, 4);
	cong.cwnd_limited = false;
	for (i = 0; i < 100; i++)
		etp_reno.acked(&cong, MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 4 * MSS);
	cong.ssthresh = MSS;
	for (i = 0; i < 100; i++)
		etp_reno.acked(&cong, MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 4 * MSS);
}

/* (4) ssthresh = max(FlightSize / 2, 2 SMSS) */
static void reno_threshold(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong, 10);
	KUNIT_EXPECT_EQ(test, etp_reno.ssthresh(&cong, 20 * MSS), 10 * MSS);
	KUNIT_EXPECT_EQ(test, etp_reno.ssthresh(&cong, 4 * MSS), 2 * MSS);
	KUNIT_EXPECT_EQ(test, etp_reno.ssthresh(&cong, 3 * MSS), 2 * MSS);
	KUNIT_EXPECT_EQ(test, etp_reno.ssthresh(&cong, 0), 2 * MSS);
	KUNIT_EXPECT_EQ(test, etp_reno.ssthresh(&cong, 0xffffffffU), 0x7fffffffU);
}

static struct kunit_case reno_cases[] = {
	KUNIT_CASE(reno_slow_start),
	KUNIT_CASE(reno_limit),
	KUNIT_CASE(reno_avoidance),
	KUNIT_CASE(reno_whole_segments),
	KUNIT_CASE(reno_crosses_threshold),
	KUNIT_CASE(reno_not_limited),
	KUNIT_CASE(reno_threshold),
	{}
};

struct kunit_suite etp_reno_suite = {
	.name = "etp_reno",
	.test_cases = reno_cases,
};
