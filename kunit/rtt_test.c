// SPDX-License-Identifier: GPL-2.0
/* RFC 6298 with numbers worked by hand. */
#include "suites.h"
#include "../net/etp/internal.h"

#define MS	USEC_PER_MSEC

/* Two terms are rounded up to jiffies, one by one. */
static void expect_rto(struct kunit *test, const struct etp_rtt *rtt, u32 us)
{
	KUNIT_EXPECT_GE(test, etp_rtt_rto(rtt), (u32)usecs_to_jiffies(us));
	KUNIT_EXPECT_LE(test, etp_rtt_rto(rtt), (u32)usecs_to_jiffies(us) + 2);
}

/* (2.1) one second; the RFC's G is below a jiffy */
static void rtt_initial(struct kunit *test)
{
	struct etp_rtt rtt;

	etp_rtt_init(&rtt);
	KUNIT_EXPECT_EQ(test, etp_rtt_rto(&rtt), (u32)HZ);
	KUNIT_EXPECT_EQ(test, rtt.srtt, 0U);
	KUNIT_EXPECT_EQ(test, rtt.min_us, ~0U);
}

/*
 * (2.2) SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR;
 * (2.3) RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R'|, SRTT = 7/8 SRTT + 1/8 R'
 */
static void rtt_by_hand(struct kunit *test)
{
	struct etp_rtt rtt;

	etp_rtt_init(&rtt);
	rtt.rto_min = 1;

	etp_rtt_sample(&rtt, 100 * MS);
	KUNIT_EXPECT_EQ(test, rtt.srtt / 8, 100000U);
	KUNIT_EXPECT_EQ(test, rtt.rttvar / 4, 50000U);
	expect_rto(test, &rtt, 300000);

	etp_rtt_sample(&rtt, 100 * MS);		/* RTTVAR 37.5, SRTT 100 */
	KUNIT_EXPECT_EQ(test, rtt.srtt / 8, 100000U);
	KUNIT_EXPECT_EQ(test, rtt.rttvar / 4, 37500U);
	expect_rto(test, &rtt, 250000);

	etp_rtt_sample(&rtt, 200 * MS);		/* RTTVAR 53.125, SRTT 112.5 */
	KUNIT_EXPECT_EQ(test, rtt.srtt / 8, 112500U);
	KUNIT_EXPECT_EQ(test, rtt.rttvar / 4, 53125U);
	expect_rto(test, &rtt, 325000);

	etp_rtt_sample(&rtt, 50 * MS);		/* 55.46875, 104.6875 */
	KUNIT_EXPECT_EQ(test, rtt.srtt / 8, 104687U);
	KUNIT_EXPECT_EQ(test, rtt.rttvar / 4, 55468U);
	expect_rto(test, &rtt, 326562);
	KUNIT_EXPECT_EQ(test, rtt.min_us, 50000U);
}

/* The lower limit holds for the variance term: SRTT + max(limit, 4 RTTVAR) */
static void rtt_lower_limit(struct kunit *test)
{
	struct etp_rtt rtt;
	int i;

	etp_rtt_init(&rtt);
	etp_rtt_sample(&rtt, 0);
	KUNIT_EXPECT_EQ(test, rtt.min_us, 1U);
	KUNIT_EXPECT_GE(test, etp_rtt_rto(&rtt), (u32)ETP_RTO_MIN);
	KUNIT_EXPECT_LE(test, etp_rtt_rto(&rtt), (u32)ETP_RTO_MIN + 2);

	etp_rtt_init(&rtt);
	for (i = 0; i < 100; i++)
		etp_rtt_sample(&rtt, 80 * MS);
	KUNIT_EXPECT_EQ(test, rtt.srtt / 8, 80000U);
	expect_rto(test, &rtt, 80000 + jiffies_to_usecs(ETP_RTO_MIN));
}

/* (2.5) the upper limit, and samples so long that microseconds overflow */
static void rtt_upper_limit(struct kunit *test)
{
	static const u32 seconds[] = { 100, 536, 537, 600, 1000, 2147, 4294 };
	struct etp_rtt rtt;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(seconds); i++) {
		etp_rtt_init(&rtt);
		etp_rtt_sample(&rtt, seconds[i] * USEC_PER_SEC);
		KUNIT_EXPECT_EQ_MSG(test, etp_rtt_rto(&rtt), (u32)ETP_RTO_MAX,
				    "first sample %u s", seconds[i]);
		KUNIT_EXPECT_GE_MSG(test, rtt.srtt / 8, 100U * USEC_PER_SEC,
				    "SRTT after %u s", seconds[i]);
		etp_rtt_init(&rtt);
		etp_rtt_sample(&rtt, 10 * MS);
		etp_rtt_sample(&rtt, seconds[i] * USEC_PER_SEC);
		etp_rtt_sample(&rtt, seconds[i] * USEC_PER_SEC);
		KUNIT_EXPECT_GE_MSG(test, etp_rtt_rto(&rtt), (u32)(60 * HZ),
				    "later sample %u s", seconds[i]);
	}
}

/* (5.5) each time-out doubles; a new measurement ends that */
static void rtt_backoff(struct kunit *test)
{
	struct etp_rtt rtt;
	u32 first, i;

	etp_rtt_init(&rtt);
	etp_rtt_sample(&rtt, 100 * MS);
	first = etp_rtt_rto(&rtt);
	for (i = 1; i <= 8; i++) {
		etp_rtt_backoff(&rtt);
		KUNIT_EXPECT_EQ(test, etp_rtt_rto(&rtt), first << i);
	}
	for (i = 0; i < 600; i++) {
		etp_rtt_backoff(&rtt);
		KUNIT_EXPECT_GE(test, etp_rtt_rto(&rtt), first << 8);
		KUNIT_EXPECT_LE(test, etp_rtt_rto(&rtt), (u32)ETP_RTO_MAX);
	}
	KUNIT_EXPECT_EQ(test, etp_rtt_rto(&rtt), (u32)ETP_RTO_MAX);

	etp_rtt_sample(&rtt, 100 * MS);
	KUNIT_EXPECT_LE(test, etp_rtt_rto(&rtt), first);
}

static struct kunit_case rtt_cases[] = {
	KUNIT_CASE(rtt_initial),
	KUNIT_CASE(rtt_by_hand),
	KUNIT_CASE(rtt_lower_limit),
	KUNIT_CASE(rtt_upper_limit),
	KUNIT_CASE(rtt_backoff),
	{}
};

struct kunit_suite etp_rtt_suite = {
	.name = "etp_rtt",
	.test_cases = rtt_cases,
};
