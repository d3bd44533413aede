// SPDX-License-Identifier: GPL-2.0
/* The choice of a congestion control, and what is common to all of them. */
#include "suites.h"
#include "../net/etp/internal.h"

#define MSS	1000U

static unsigned int inits, releases;
static enum etp_cong_event events[8];
static unsigned int n_events;

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

static void toy_event(struct etp_cong *cong, enum etp_cong_event event)
{
	if (n_events < ARRAY_SIZE(events))
		events[n_events++] = event;
}

static struct etp_cong_ops toy = {
	.policy		= ETP_POLICY("kunit-toy"),
	.init		= toy_init,
	.release	= toy_release,
	.acked		= toy_acked,
	.ssthresh	= toy_ssthresh,
	.event		= toy_event,
};

static void start(struct etp_cong *cong)
{
	memset(cong, 0, sizeof(*cong));
	cong->ops = &etp_reno;
	etp_cong_init(cong, MSS, 10);
}

/* RFC 6928: ten segments; the threshold is arbitrarily high (RFC 5681) */
static void cong_initial(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	KUNIT_EXPECT_STREQ(test, cong.ops->policy.name, "reno");
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
	lame.policy.name[0] = 0;
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&lame), -EINVAL);
}

/* On a live connection the windows stay, and both algorithms hear of it. */
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

/* Before a connection is open the choice is only noted. */
static void cong_choose_early(struct kunit *test)
{
	struct etp_cong cong = {};

	inits = 0;
	releases = 0;
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&toy), 0);
	etp_cong_inherit(&cong, &init_net);
	KUNIT_EXPECT_NOT_NULL(test, cong.ops);
	etp_cong_windows(&cong, MSS, 1);
	KUNIT_EXPECT_EQ(test, etp_cong_choose(&cong, "kunit-toy"), 0);
	KUNIT_EXPECT_EQ(test, inits, 0U);
	/* a child has what its listener has */
	etp_cong_inherit(&cong, &init_net);
	KUNIT_EXPECT_PTR_EQ(test, cong.ops, (const struct etp_cong_ops *)&toy);
	etp_cong_init(&cong, MSS, 10);
	KUNIT_EXPECT_EQ(test, inits, 1U);
	/* a disconnect keeps the choice, and ends the use of it once */
	etp_cong_stop(&cong);
	etp_cong_stop(&cong);
	KUNIT_EXPECT_EQ(test, releases, 1U);
	KUNIT_EXPECT_PTR_EQ(test, cong.ops, (const struct etp_cong_ops *)&toy);
	etp_cong_release(&cong);
	KUNIT_EXPECT_EQ(test, releases, 1U);
	etp_unregister_congestion_control(&toy);
}

/* What new sockets of a namespace begin with */
static void cong_default(struct kunit *test)
{
	const struct etp_policy *before = etp_registry_default(&init_net, ETP_ROLE_CONG);
	struct etp_cong cong = {};

	KUNIT_EXPECT_EQ(test, etp_registry_set_default(&init_net, ETP_ROLE_CONG,
						       "kunit-toy"), -ENOENT);
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&toy), 0);
	KUNIT_EXPECT_EQ(test, etp_registry_set_default(&init_net, ETP_ROLE_CONG,
						       "kunit-toy"), 0);
	etp_cong_inherit(&cong, &init_net);
	KUNIT_EXPECT_PTR_EQ(test, cong.ops, (const struct etp_cong_ops *)&toy);
	etp_cong_release(&cong);
	KUNIT_EXPECT_EQ(test, etp_registry_set_default(&init_net, ETP_ROLE_CONG,
						       before->name), 0);
	etp_cong_inherit(&cong, &init_net);
	KUNIT_EXPECT_STREQ(test, cong.ops->policy.name, before->name);
	etp_cong_release(&cong);
	etp_unregister_congestion_control(&toy);
	etp_policy_put(before);
}

/* Loss, time-out and undo: the windows before and after, and who hears of them */
static void cong_events(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	KUNIT_EXPECT_EQ(test, etp_register_congestion_control(&toy), 0);
	KUNIT_EXPECT_EQ(test, etp_cong_choose(&cong, "kunit-toy"), 0);
	n_events = 0;
	cong.cwnd = 20 * MSS;
	cong.ssthresh = 15 * MSS;
	etp_cong_loss(&cong, 20 * MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 2 * MSS);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 20 * MSS);	/* recovery's business */
	cong.cwnd = 5 * MSS;
	etp_cong_undo(&cong);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 20 * MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 15 * MSS);

	etp_cong_timeout(&cong, 20 * MSS, false);
	KUNIT_EXPECT_EQ(test, cong.cwnd, MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 2 * MSS);
	/* a second one in a row must not forget what was before the first */
	cong.ssthresh = 3 * MSS;
	etp_cong_timeout(&cong, MSS, true);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 3 * MSS);
	etp_cong_undo(&cong);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 20 * MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 15 * MSS);
	etp_cong_recovered(&cong);
	etp_cong_idle(&cong, 10);

	KUNIT_EXPECT_EQ(test, n_events, 7U);
	KUNIT_EXPECT_EQ(test, (int)events[0], ETP_CONG_LOSS);
	KUNIT_EXPECT_EQ(test, (int)events[1], ETP_CONG_UNDO);
	KUNIT_EXPECT_EQ(test, (int)events[2], ETP_CONG_TIMEOUT);
	KUNIT_EXPECT_EQ(test, (int)events[3], ETP_CONG_TIMEOUT);
	KUNIT_EXPECT_EQ(test, (int)events[4], ETP_CONG_UNDO);
	KUNIT_EXPECT_EQ(test, (int)events[5], ETP_CONG_RECOVERED);
	KUNIT_EXPECT_EQ(test, (int)events[6], ETP_CONG_RESTART);
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

/* Segments that were small because the peer's window was: as many, now larger */
static void cong_keep_segs(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	etp_cong_mss(&cong, 500);
	cong.ssthresh = 20000;
	etp_cong_keep_segs(&cong, 1000);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 5000U);
	etp_cong_mss(&cong, 1460);
	etp_cong_keep_segs(&cong, 500);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 14600U);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 40 * 1460U);
	/* no threshold stays none, and nothing overflows */
	cong.ssthresh = ETP_SSTHRESH_INF;
	cong.cwnd = INT_MAX;
	etp_cong_mss(&cong, 9000);
	etp_cong_keep_segs(&cong, 1460);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, ETP_SSTHRESH_INF);
	KUNIT_EXPECT_EQ(test, cong.cwnd, (u32)INT_MAX);
}

/* RFC 3465: L is 2 segments, 1 after a time-out; a packet received whole is one */
static void cong_view(struct kunit *test)
{
	struct etp_rtt rtt = { .srtt = 8 * 500, .min_us = 300 };
	struct etp_cong_ack ack = {
		.acked = 3 * MSS, .flight = 9 * MSS, .rtt_us = 700, .now_us = 12345,
	};
	struct etp_cong cong;

	start(&cong);
	etp_cong_view(&cong, &rtt, &ack);
	KUNIT_EXPECT_EQ(test, cong.limit, 2 * MSS);
	KUNIT_EXPECT_EQ(test, cong.flight, 9 * MSS);
	KUNIT_EXPECT_EQ(test, cong.rtt_us, 700U);
	KUNIT_EXPECT_EQ(test, cong.srtt_us, 500U);
	KUNIT_EXPECT_EQ(test, cong.min_rtt_us, 300U);
	KUNIT_EXPECT_EQ(test, cong.now_us, 12345ULL);
	ack.packet = 100;
	etp_cong_view(&cong, &rtt, &ack);
	KUNIT_EXPECT_EQ(test, cong.limit, 2 * MSS);
	ack.packet = 40 * MSS;
	etp_cong_view(&cong, &rtt, &ack);
	KUNIT_EXPECT_EQ(test, cong.limit, 80 * MSS);
	ack.timed_out = true;
	etp_cong_view(&cong, &rtt, &ack);
	KUNIT_EXPECT_EQ(test, cong.limit, MSS);
}

/* RFC 5681 section 4.1: RW = min(IW, cwnd); RFC 7661: the threshold remembers. */
static void cong_idle(struct kunit *test)
{
	struct etp_cong cong;

	start(&cong);
	cong.cwnd = 100 * MSS;
	cong.ssthresh = 50 * MSS;
	etp_cong_idle(&cong, 10);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 10 * MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 75 * MSS);
	cong.cwnd = 3 * MSS;
	etp_cong_idle(&cong, 10);
	KUNIT_EXPECT_EQ(test, cong.cwnd, 3 * MSS);
	KUNIT_EXPECT_EQ(test, cong.ssthresh, 75 * MSS);
}

static struct kunit_case cong_cases[] = {
	KUNIT_CASE(cong_initial),
	KUNIT_CASE(cong_register),
	KUNIT_CASE(cong_choose),
	KUNIT_CASE(cong_choose_early),
	KUNIT_CASE(cong_default),
	KUNIT_CASE(cong_events),
	KUNIT_CASE(cong_mss_changes),
	KUNIT_CASE(cong_keep_segs),
	KUNIT_CASE(cong_idle),
	KUNIT_CASE(cong_view),
	{}
};

struct kunit_suite etp_cong_suite = {
	.name = "etp_cong",
	.test_cases = cong_cases,
};
