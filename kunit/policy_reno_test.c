// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "reno": RFC 5681 section 3.2 to the letter, with RFC 3042's
 * limited transmit, in scripts.  What "newreno" does alike, up to the first ACK of new
 * data, is in policy.c.
 */
#include "policy.h"
#include "suites.h"

/* RFC 5681 (6): the first ACK of new data ends it, of all or of some. */
static void reno_one(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "2", "", N(5), N(5), N(10), 'O' },
	};
	unsigned long limited = wire_count(LimitedTransmit);

	policy_first_missing(test->priv, "reno", 5, 3);
	policy_play(test->priv, rows);
	KUNIT_EXPECT_EQ(test, wire_count(LimitedTransmit), limited + 2);
}

/* 0 and 2 of ten.  For lack of partial ACKs the second takes three more duplicates,
 * of the new data that (4) and (5) let go, and halves what is in flight then: 13.
 */
static void reno_two(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "2", "", N(5), N(5), N(13), 'O' },
		/* 12 to 14; more than cwnd and two is out: RFC 3042 gives nothing */
		{ "2", "", N(5), N(5), N(13), 'D' },
		{ "2", "", N(5), N(5), N(13), 'D' },
		{ "2", "2", N(13) / 2 + N(3), N(13) / 2, N(13), 'R' },
		{ "15", "15-19", N(13) / 2, N(13) / 2, N(5), 'O' },
	};

	policy_first_missing(test->priv, "reno", 10, 10);
	policy_play(test->priv, rows);
}

/* 0, 3 and 6 of ten: too little is out for three duplicates more, so a time-out has to
 * tell of 3.  RFC 5682: two new segments first, and a duplicate then says that it was
 * genuine: three segments (step 3a).  RFC 3465: an ACK after it counts for one.
 */
static void reno_three(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "3", "", N(5), N(5), N(11), 'O' },
		{ "3", "", N(5), N(5), N(11), 'D' },
		{ "3", "", N(5), N(5), N(11), 'D' },
		{ "rto", "3", N(1), N(11) / 2, N(11), 'L' },
		{ "6", "14-15", N(2), N(11) / 2, N(10), 'L' },
		{ "6", "6", N(3), N(11) / 2, N(10), 'L' },
		{ "6", "", N(3), N(11) / 2, N(10), 'L' },
		{ "16", "16-19", N(4), N(11) / 2, N(4), 'O' },
	};

	policy_first_missing(test->priv, "reno", 10, 9);
	policy_play(test->priv, rows);
}

/* 0 to 6 of ten.  After the first the rest is slow start from a time-out, half of nine
 * the threshold; beyond it a segment for each window of bytes, RFC 3465 section 2.1,
 * where half a segment of the ACK that crosses it counts already.
 */
static void reno_many(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "1", "", N(5), N(5), N(9), 'O' },
		{ "rto", "1", N(1), N(9) / 2, N(9), 'L' },
		{ "2", "2-3", N(2), N(9) / 2, N(8), 'L' },
		{ "3", "4-5", N(3), N(9) / 2, N(7), 'L' },
		{ "4", "6-7", N(4), N(9) / 2, N(6), 'L' },
		{ "5", "8", N(9) / 2, N(9) / 2, N(5), 'L' },
		{ "6", "9", N(9) / 2, N(9) / 2, N(4), 'L' },
		{ "10", "", N(11) / 2, N(9) / 2, N(0), 'O' },
	};

	policy_first_missing(test->priv, "reno", 0, 3);
	policy_play(test->priv, rows);
}

/* The retransmission is lost as well: (4) inflates on, nothing ends it but a time-out,
 * and that halves a second time what has been halved (RFC 5681 section 4.3).
 */
static void reno_lost_again(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5) / 2, N(10), 'L' },
		{ "10", "", N(2), N(5) / 2, N(0), 'O' },
	};

	policy_first_missing(test->priv, "reno", 0, 9);
	policy_play(test->priv, rows);
}

static void reno_lost_acks(struct kunit *test)
{
	policy_acks_lost(test->priv, "reno");
}

static void reno_reordered_little(struct kunit *test)
{
	policy_reordered_little(test->priv, "reno");
}

/* 0 comes behind 4: a retransmission for nothing, which nothing tells without
 * timestamps; then a segment for each five that are acknowledged.
 */
static void reno_reordered_much(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "5", "", N(5), N(5), N(7), 'O' },
		{ "7", "", N(5), N(5), N(5), 'O' },
		{ "8", "12", N(5), N(5), N(5), 'O' },
		{ "9", "13", N(5), N(5), N(5), 'O' },
		{ "10", "14-15", N(6), N(5), N(6), 'O' },
	};

	policy_first_missing(test->priv, "reno", 10, 4);
	policy_play(test->priv, rows);
}

static struct kunit_case policy_reno_cases[] = {
	KUNIT_CASE(reno_one),
	KUNIT_CASE(reno_two),
	KUNIT_CASE(reno_three),
	KUNIT_CASE(reno_many),
	KUNIT_CASE(reno_lost_again),
	KUNIT_CASE(reno_lost_acks),
	KUNIT_CASE(reno_reordered_little),
	KUNIT_CASE(reno_reordered_much),
	{}
};

struct kunit_suite etp_policy_reno_suite = {
	.name = "etp_policy_reno",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = policy_reno_cases,
};
