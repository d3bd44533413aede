// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "newreno": RFC 5681 section 3.2 with RFC 6582, in scripts.
 * What "reno" does alike, up to the first ACK of new data, is in policy.c.
 */
#include "policy.h"
#include "suites.h"

/* The full ACK: min(ssthresh, max(FlightSize, 1) + 1), with three in flight */
static void newreno_one(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0", "", N(16), N(5), N(15), 'R' },
		{ "12", "", N(4), N(5), N(3), 'O' },
	};

	policy_first_missing(test->priv, "newreno", 5, 10);
	policy_play(test->priv, rows);
}

/* 0 and 2: a partial ACK of two, 15 - 2 + 1, brings 2 again, and new data as well */
static void newreno_two(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "2", "2 15", N(14), N(5), N(14), 'R' },
		{ "2", "16", N(15), N(5), N(15), 'R' },
		{ "2", "17", N(16), N(5), N(16), 'R' },
		{ "2", "18", N(17), N(5), N(17), 'R' },
		/* 15 to 18 are in flight: the threshold is less than five */
		{ "15", "19", N(5), N(5), N(5), 'O' },
	};

	policy_first_missing(test->priv, "newreno", 10, 10);
	policy_play(test->priv, rows);
}

/* 0, 3 and 6: one of them in each round trip, 14 - 3 + 1 and 14 - 3 + 1 */
static void newreno_three(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "3", "3 14", N(12), N(5), N(12), 'R' },
		{ "3", "15", N(13), N(5), N(13), 'R' },
		{ "3", "16", N(14), N(5), N(14), 'R' },
		{ "6", "6 17", N(12), N(5), N(12), 'R' },
		{ "6", "18", N(13), N(5), N(13), 'R' },
		{ "6", "19", N(14), N(5), N(14), 'R' },
		{ "6", "20", N(15), N(5), N(15), 'R' },
		{ "17", "21", N(5), N(5), N(5), 'O' },
	};

	policy_first_missing(test->priv, "newreno", 20, 9);
	policy_play(test->priv, rows);
}

/* 0 to 6: seven round trips, for each takes one away and gives one.  "Impatient": no
 * partial ACK but the first sets the timer anew.
 */
static void newreno_many(struct kunit *test)
{
	static const struct policy_row first[] = {
		{ "1", "1", N(8), N(5), N(9), 'R' },
	};
	static const struct policy_row rest[] = {
		{ "2", "2", N(8), N(5), N(8), 'R' },
		{ "3", "3", N(8), N(5), N(7), 'R' },
		{ "4", "4", N(8), N(5), N(6), 'R' },
		{ "5", "5", N(8), N(5), N(5), 'R' },
		{ "6", "6", N(8), N(5), N(4), 'R' },
	};
	static const struct policy_row last[] = {
		{ "10", "", N(2), N(5), N(0), 'O' },
	};
	struct wire *w = test->priv;
	unsigned long *at;

	policy_first_missing(w, "newreno", 0, 3);
	at = &wire_es(w)->timers.rto_at;
	*at = 1;
	policy_play(w, first);
	KUNIT_EXPECT_NE(test, *at, 1UL);
	*at = 1;
	policy_play(w, rest);
	KUNIT_EXPECT_EQ(test, *at, 1UL);
	policy_play(w, last);
}

/* The retransmission is lost as well.  RFC 5681 section 4.3: that halves twice. */
static void newreno_lost_again(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5) / 2, N(10), 'L' },
		{ "10", "", N(2), N(5) / 2, N(0), 'O' },
	};

	policy_first_missing(test->priv, "newreno", 0, 4);
	policy_play(test->priv, rows);
}

/* A second time-out, for what did not go again yet as RFC 5682 had new data go first:
 * the threshold has fallen for this flight, and half of eleven would lift it.
 */
static void newreno_timeout_again(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "1", "10-11", N(2), N(5), N(11), 'L' },
		{ "rto", "1", N(1), N(5), N(11), 'L' },
		/* and a third, for the same segment */
		{ "rto", "1", N(1), N(5), N(11), 'L' },
	};

	policy_open(test->priv, "newreno", 10);
	policy_play(test->priv, rows);
}

static void newreno_lost_acks(struct kunit *test)
{
	policy_acks_lost(test->priv, "newreno");
}

/*
 * Section 3.2 (2) and (4): after a time-out for nothing what went again echoes, and the
 * ACK of those echoes covers all that "recover" does but no more: no fast retransmit.
 * One that is beyond may begin one: half of three, but two at least.
 */
static void newreno_echoes(struct kunit *test)
{
	static const struct policy_row slow_start[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "1", "1-2", N(2), N(5), N(9), 'L' },
		{ "2", "3-4", N(3), N(5), N(8), 'L' },
		{ "10", "", N(4), N(5), N(0), 'O' },
	};
	static const struct policy_row echoes[] = {
		{ "now", "10-13", N(4), N(5), N(4), 'O' },
		{ "10", "", N(4), N(5), N(4), 'D' },
		{ "10", "", N(4), N(5), N(4), 'D' },
		{ "10", "", N(4), N(5), N(4), 'D' },
		{ "10", "", N(4), N(5), N(4), 'D' },
		{ "11", "", N(5), N(5), N(3), 'O' },
		{ "11", "", N(5), N(5), N(3), 'D' },
		{ "11", "", N(5), N(5), N(3), 'D' },
		{ "11", "11", N(5), N(2), N(3), 'R' },
	};
	struct wire *w = test->priv;

	policy_open(w, "newreno", 0);
	policy_play(w, slow_start);
	wire_write(w, N(4));
	policy_play(w, echoes);
}

/* RFC 3042: new data, if the peer's window has room for it */
static void newreno_limited_by_window(struct kunit *test)
{
	static const struct policy_row row = { "now", "", N(10), INF, N(10), 'D' };
	struct wire *w = test->priv;
	int i;

	policy_open(w, "newreno", 5);
	wire_in(w, "ACK seq 1 ack 1 win %u", N(10));
	for (i = 0; i < 2; i++)
		wire_in(w, "ACK seq 1 ack 1 win %u", N(10));
	policy_play_rows(w, &row, 1);
}

static void newreno_reordered_little(struct kunit *test)
{
	policy_reordered_little(test->priv, "newreno");
}

/* 0 comes behind 4: its ACK looks like a partial one, 9 - 5 + 1, and so do all the
 * others up to "recover".  Without timestamps that is so.
 */
static void newreno_reordered_much(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "5", "5", N(5), N(5), N(7), 'R' },
		{ "6", "6", N(5), N(5), N(6), 'R' },
		{ "12", "12-13", N(2), N(5), N(2), 'O' },
	};

	policy_first_missing(test->priv, "newreno", 10, 4);
	policy_play(test->priv, rows);
}

static struct kunit_case policy_newreno_cases[] = {
	KUNIT_CASE(newreno_one),
	KUNIT_CASE(newreno_two),
	KUNIT_CASE(newreno_three),
	KUNIT_CASE(newreno_many),
	KUNIT_CASE(newreno_lost_again),
	KUNIT_CASE(newreno_timeout_again),
	KUNIT_CASE(newreno_lost_acks),
	KUNIT_CASE(newreno_echoes),
	KUNIT_CASE(newreno_limited_by_window),
	KUNIT_CASE(newreno_reordered_little),
	KUNIT_CASE(newreno_reordered_much),
	{}
};

struct kunit_suite etp_policy_newreno_suite = {
	.name = "etp_policy_newreno",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = policy_newreno_cases,
};
