// SPDX-License-Identifier: GPL-2.0
/* The choice of a congestion control, and what is common to all of them. */
#include "suites.h"
#include "../net/etp/internal.h"

#define MSS	1000U

static unsigned int inits, releases;

static void toy_init(struct etp_cong *cong)
{
	inits++;
	cong->priv[0] = 7;
}

static void toy_release(struct etp_cong *cong)
{
	releases++;
}

static void toy_acked(struct etp_cong *cong, u32 acked)
{
}

static u32 toy_ssthresh(struct etp_cong *cong, u32 flight)
{
	return 2 * cong->mss;
}

static struct etp_cong_ops toy = {
	.name		= "kunit-toy",
	.owner		= THIS_MODULE,
	.init		= toy_init,
	.release	= toy_release,
	.acked		= toy_acked,
	.ssthresh	= toy_ssthresh,
};

static void start(struct etp_cong *cong)
{
	memset(cong, 0, sizeof(*cong));
	cong->ops = etp_cong_default();
	etp_cong_init(cong, MSS, 10);
}

/* RFC 6928: ten segments; the threshold is arbitrarily high (RFC 5681) */
static void cong_initial(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	KUNIT_EXPECT_STREQ(test, cong.ops->name, "reno");
	KUNIT_EXPECT_EQ(test, cong.cwnd, 10 * MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, ETP_SSTHRESH_INF);
	KUNIT_EXPECT_EQ(test, cong.mss, MSS);
	KUNIT_EXPECT_FALSE(test, cong.cwnd_limited);
	KUNIT_EXPECT_TRUE(test, etp_in_slow_start(&cong));
}

static void cong_register(struct kunit *test)
{
	struct etp_cong_ops same = toy, lame = toy;

	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&toy), 0);
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&same), -EEXIST);
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&etp_reno), -EEXIST);
	etp_unregister_congestion_control(&toy);

	lame.acked = NULL;
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&lame), -EINVAL);
	lame = toy;
	lame.ssthresh = NULL;
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&lame), -EINVAL);
	lame = toy;
	lame.name[0] = 0;
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&lame), -EINVAL);
}

static void cong_choose(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	inits = 0;
	releases = 0;
	KUNIT_EXPECT_EQ(test, etp_cong_choose(&cong, "kunit-toy"), -ENOENT);
	KUNIT_EXPECT_EQ(test, etp_cong_choose(&cong, ""), -ENOENT);
	KUNIT_EXPECT_PTR_EQ(test, cong.ops, (const struct etp_cong_ops *)&etp_reno);

	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&toy), 0);
	cong.cwnd = 5 * MSS;
	cong.priv[0] = 1;
	cong.priv[1] = 1;
	KUNIT_EXPECT_EQ(test, etp_cong_choose(&cong, "kunit-toy"), 0);
	KUNIT_EXPECT_PTR_EQ(test, cong.ops, (const struct etp_cong_ops *)&toy);
	KUNIT_EXPECT_EQ(test, inits, 1U);
	KUNIT_EXPECT_EQ(test, cong.priv[0], 7ULL);
	KUNIT_EXPECT_EQ(test, cong.priv[1], 0ULL);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 5 * MSS);

	/* the same again changes nothing */
	KUNIT_EXPECT_EQ(test, etp_cong_choose(&cong, "kunit-toy"), 0);
	KUNIT_EXPECT_EQ(test, inits, 1U);
	KUNIT_EXPECT_EQ(test, releases, 0U);

	KUNIT_EXPECT_EQ(test, etp_cong_choose(&cong, "reno"), 0);
	KUNIT_EXPECT_EQ(test, releases, 1U);
	etp_cong_release(&cong);
	KUNIT_EXPECT_NULL(test, cong.ops);
	etp_cong_release(&cong);
	etp_unregister_congestion_control(&toy);
}

/* RFC 5681 section 3.1: a window counts segments when they shrink. */
static void cong_mss_changes(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	etp_cong_mss(&cong, 500);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 5000U);
	KUNIT_EXPECT_EQ(test, cong.mss, 500U);
	etp_cong_mss(&cong, 500);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 5000U);
	etp_cong_mss(&cong, 1460);
	KUNIT_EXPECT_EQ(test, cong.mss, 1460U);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 5000U);
	/* never below one segment */
	cong.cwnd = 1460;
	etp_cong_mss(&cong, 536);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 536U);
}

/* RFC 5681 section 4.1: RW = min(IW, cwnd); the threshold remembers. */
static void cong_idle(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	cong.cwnd = 100 * MSS;
	cong.ssthresh = 50 * MSS;
	etp_cong_idle(&cong, 10);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 10 * MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 50 * MSS);
	cong.cwnd = 3 * MSS;
	etp_cong_idle(&cong, 10);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 3 * MSS);
}

static struct kunit_case cong_cases[] = {
	KUNIT_CASE(cong_initial),
	KUNIT_CASE(cong_register),
	KUNIT_CASE(cong_choose),
	KUNIT_CASE(cong_mss_changes),
	KUNIT_CASE(cong_idle),
	{}
};

struct kunit_suite etp_cong_suite = {
	.name = "etp_cong",
	.test_cases = cong_cases,
};
