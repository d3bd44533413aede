// SPDX-License-Identifier: GPL-2.0
/*
 * The policies of loss recovery: how one is chosen and changed, and what is the same
 * for all of them.  Their own scripts are in policy_*_test.c, for each of which the
 * RFCs say by hand which segment goes when, and cwnd, ssthresh and pipe after each ACK.
 */
#include "policy.h"
#include "suites.h"

/* ---- A time-out ---- */

/*
 * All ten are lost, and nothing but the time-out tells.  RFC 5681: half of ten, one
 * segment, slow start up to the threshold; RFC 3465: one for each ACK, and then one for
 * each window of bytes.  RFC 5682 has no new data to try.
 */
static void policy_all_lost_reno(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "1", "1-2", N(2), N(5), N(9), 'L' },
		{ "2", "3-4", N(3), N(5), N(8), 'L' },
		{ "3", "5-6", N(4), N(5), N(7), 'L' },
		{ "4", "7-8", N(5), N(5), N(6), 'L' },
		{ "5", "9", N(5), N(5), N(5), 'L' },
		{ "10", "", N(6), N(5), N(0), 'O' },
	};

	policy_open(test->priv, policy, 0);
	policy_play(test->priv, rows);
}

/* The same with pipe, which does not count what is lost and has not gone again */
static const struct policy_row all_lost[] = {
	{ "rto", "0", N(1), N(5), N(1), 'L' },
	{ "1", "1-2", N(2), N(5), N(2), 'L' },
	{ "2", "3-4", N(3), N(5), N(3), 'L' },
	{ "3", "5-6", N(4), N(5), N(4), 'L' },
	{ "4", "7-8", N(5), N(5), N(5), 'L' },
	{ "5", "9", N(5), N(5), N(5), 'L' },
	{ "10", "", N(6), N(5), N(0), 'O' },
};

static void policy_reno_all(struct kunit *test)
{
	policy_all_lost_reno(test, "reno");
}

static void policy_newreno_all(struct kunit *test)
{
	policy_all_lost_reno(test, "newreno");
}

static void policy_sack_all(struct kunit *test)
{
	policy_open(test->priv, "sack", 0);
	policy_play(test->priv, all_lost);
}

/* RFC 8985 section 7: the probe of the tail comes first, and is lost as well. */
static void policy_rack_all(struct kunit *test)
{
	static const struct policy_row probe[] = {
		{ "pto", "9", N(10), INF, N(11), 'O' },
	};

	policy_open(test->priv, "rack", 0);
	policy_play(test->priv, probe);
	policy_play(test->priv, all_lost);
}

/* The last of ten is lost: nothing behind it tells.  ssthresh is two at least. */
static void policy_tail(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "9", "", N(12), INF, N(1), 'O' },
		{ "rto", "9", N(1), N(2), N(1), 'L' },
		{ "10", "", N(2), N(2), N(0), 'O' },
	};

	policy_open(test->priv, policy, 0);
	policy_play(test->priv, rows);
}

static void policy_reno_tail(struct kunit *test)
{
	policy_tail(test, "reno");
}

static void policy_newreno_tail(struct kunit *test)
{
	policy_tail(test, "newreno");
}

static void policy_sack_tail(struct kunit *test)
{
	policy_tail(test, "sack");
}

/* ---- The choice ---- */

static void policy_choice(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_STREQ(test, wire_es(w)->rec.ops->policy.name, "newreno");
	KUNIT_EXPECT_EQ(test, policy_choose(w, "nosuch"), -ENOENT);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "rack"), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "reno"), 0);
	KUNIT_EXPECT_STREQ(test, wire_es(w)->rec.ops->policy.name, "reno");
}

/* In the midst of a recovery, each to each: nothing is forgotten but SACK's marks */
static void policy_switched(struct kunit *test)
{
	struct wire *w = test->priv;

	policy_open(w, "rack", 2);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:5841");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "newreno"), 0);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.sacked, 0U);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "sack"), 0);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "reno"), 0);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "rack"), 0);
	wire_in(w, "ACK seq 1 ack %u", POLICY_SEQ(10));
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_OPEN);
	wire_in(w, "ACK seq 1 ack %u", POLICY_SEQ(12));
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
}

/* A policy of somebody else's, which marks what it was told */
struct toy {
	u32	acks;
	bool	fresh;
};

static unsigned int inits, releases;

static void toy_init(struct etp_rec *rec)
{
	struct toy *toy = etp_rec_priv(rec, struct toy);

	inits++;
	toy->fresh = !memchr_inv(rec->priv, 0, sizeof(rec->priv));
}

static void toy_release(struct etp_rec *rec)
{
	releases++;
}

static void toy_acked(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	etp_rec_priv(rec, struct toy)->acks++;
}

static struct etp_recovery_ops toy = {
	.policy		= ETP_POLICY("kunit-toy"),
	.init		= toy_init,
	.release	= toy_release,
	.acked		= toy_acked,
};

static void policy_register(struct kunit *test)
{
	struct etp_recovery_ops same = toy, lame = toy;

	KUNIT_EXPECT_EQ(test, etp_register_recovery(&toy), 0);
	KUNIT_EXPECT_EQ(test, etp_register_recovery(&same), -EEXIST);
	KUNIT_EXPECT_EQ(test, etp_register_recovery(&etp_rec_rack), -EEXIST);
	etp_unregister_recovery(&toy);
	lame.acked = NULL;
	KUNIT_EXPECT_EQ(test, etp_register_recovery(&lame), -EINVAL);
	lame = toy;
	lame.policy.name[0] = 0;
	KUNIT_EXPECT_EQ(test, etp_register_recovery(&lame), -EINVAL);
}

/* It gets a clean private area, hears of each ACK, and is told of its end once. */
static void policy_of_others(struct kunit *test)
{
	struct wire *w = test->priv;

	inits = 0;
	releases = 0;
	KUNIT_EXPECT_EQ(test, etp_register_recovery(&toy), 0);
	policy_open(w, "sack", 0);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:2921");
	KUNIT_EXPECT_EQ(test, policy_choose(w, "kunit-toy"), 0);
	KUNIT_EXPECT_EQ(test, inits, 1U);
	KUNIT_EXPECT_TRUE(test, etp_rec_priv(&wire_es(w)->rec, struct toy)->fresh);
	wire_in(w, "ACK seq 1 ack 2921");
	wire_in(w, "ACK seq 1 ack 4381");
	KUNIT_EXPECT_EQ(test, etp_rec_priv(&wire_es(w)->rec, struct toy)->acks, 2U);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "reno"), 0);
	KUNIT_EXPECT_EQ(test, releases, 1U);
	etp_unregister_recovery(&toy);
	KUNIT_EXPECT_EQ(test, policy_choose(w, "kunit-toy"), -ENOENT);
	wire_in(w, "ACK seq 1 ack %u", POLICY_SEQ(10));
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
	KUNIT_EXPECT_EQ(test, releases, 1U);
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(policy_reno_all),
	KUNIT_CASE(policy_newreno_all),
	KUNIT_CASE(policy_sack_all),
	KUNIT_CASE(policy_rack_all),
	KUNIT_CASE(policy_reno_tail),
	KUNIT_CASE(policy_newreno_tail),
	KUNIT_CASE(policy_sack_tail),
	KUNIT_CASE(policy_choice),
	KUNIT_CASE(policy_switched),
	KUNIT_CASE(policy_register),
	KUNIT_CASE(policy_of_others),
	{}
};

struct kunit_suite etp_policy_suite = {
	.name = "etp_policy",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = policy_cases,
};
