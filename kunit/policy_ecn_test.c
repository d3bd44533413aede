// SPDX-License-Identifier: GPL-2.0
/*
 * Marks of the network (RFC 3168 section 6.1.2) under each policy of loss recovery:
 * one reduction for what is lost or marked in a window of data, CWR on the first new
 * segment behind any reduction, and no ECT on what goes again (6.1.5).  Windows are in
 * segments: N(3) is three of them.
 */
#include "policy.h"
#include "suites.h"

static void ecn_exit(struct kunit *test)
{
	etp_net(&init_net)->ecn = 2;
	wire_exit(test);
}

static int ecn_init(struct kunit *test)
{
	etp_net(&init_net)->ecn = 2;
	return wire_init(test);
}

/* Half of ten, once for all ECEs of that flight, of which none makes the window grow;
 * then half of five, of which two go in a round trip.  Between them avoidance counts
 * what came without ECE.
 */
static void marks(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "2 ece", "", N(5), N(5), N(8), 'O' },
		{ "4 ece", "", N(5), N(5), N(6), 'O' },
		{ "5 ece", "", N(5), N(5), N(5), 'O' },
		{ "6 ece", "10ec", N(5), N(5), N(5), 'O' },
		{ "7 ece", "11e", N(5), N(5), N(5), 'O' },
		{ "10", "12-14e", N(5), N(5), N(5), 'O' },
		{ "11 ece", "", N(5) / 2, N(5) / 2, N(4), 'O' },
		{ "13", "15ec", N(7) / 2, N(5) / 2, N(3), 'O' },
		{ "14", "16e", N(7) / 2, N(5) / 2, N(3), 'O' },
	};
	struct wire *w = test->priv;

	policy_open_ecn(w, policy, 10);
	policy_play(w, rows);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.total_retrans, 0U);
}

static void ecn_marks_reno(struct kunit *test)
{
	marks(test, "reno");
}

static void ecn_marks_newreno(struct kunit *test)
{
	marks(test, "newreno");
}

static void ecn_marks_sack(struct kunit *test)
{
	marks(test, "sack");
}

static void ecn_marks_rack(struct kunit *test)
{
	marks(test, "rack");
}

/* A mark, and a loss in the same flight: the threshold stands.  RFC 5681's window is
 * inflated from there.
 */
static void mark_then_loss_reno(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "1 ece", "", N(5), N(5), N(9), 'O' },
		{ "1", "", N(5), N(5), N(9), 'D' },
		{ "1", "", N(5), N(5), N(9), 'D' },
		{ "1", "1", N(8), N(5), N(9), 'R' },
		{ "1", "", N(9), N(5), N(9), 'R' },
		{ "1", "10ec", N(10), N(5), N(10), 'R' },
		{ "1", "11e", N(11), N(5), N(11), 'R' },
		{ "1", "12e", N(12), N(5), N(12), 'R' },
		{ "1", "13e", N(13), N(5), N(13), 'R' },
		{ "10", "14e", N(5), N(5), N(5), 'O' },
	};

	policy_open_ecn(test->priv, policy, 10);
	policy_play(test->priv, rows);
}

static void ecn_mark_then_loss_reno(struct kunit *test)
{
	mark_then_loss_reno(test, "reno");
}

static void ecn_mark_then_loss_newreno(struct kunit *test)
{
	mark_then_loss_reno(test, "newreno");
}

/* RFC 6937 begins at the threshold, where a segment goes for each that arrives */
static void mark_then_loss_sack(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "1 ece", "", N(5), N(5), N(9), 'O' },
		{ "1 2:3", "", N(5), N(5), N(8), 'D' },
		{ "1 2:4", "", N(5), N(5), N(7), 'D' },
		{ "1 2:5", "1", N(5), N(5), N(6), 'R' },
		{ "1 2:6", "", N(5), N(5), N(5), 'R' },
		{ "1 2:7", "10ec", N(5), N(5), N(5), 'R' },
		{ "1 2:8", "11e", N(5), N(5), N(5), 'R' },
		{ "10", "12-14e", N(5), N(5), N(5), 'O' },
	};

	policy_open_ecn(test->priv, policy, 10);
	policy_play(test->priv, rows);
}

static void ecn_mark_then_loss_sack(struct kunit *test)
{
	mark_then_loss_sack(test, "sack");
}

static void ecn_mark_then_loss_rack(struct kunit *test)
{
	mark_then_loss_sack(test, "rack");
}

/* A loss, and marks in the same flight.  The first new segment says CWR though no mark
 * was known when the window fell, and the ECEs that come meanwhile are of that flight,
 * the last of them on the ACK that ends the recovery.
 */
static void loss_then_marks(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "10e", N(10), INF, N(10), 'D' },
		{ "0 1:3", "11e", N(10), INF, N(10), 'D' },
		{ "0 1:4", "0", N(8) + 609, N(5), N(9), 'R' },
		{ "0 1:5 ece", "", N(8), N(5), N(8), 'R' },
		{ "0 1:6 ece", "", N(7) + 1825 - N(1), N(5), N(7), 'R' },
		{ "0 1:7 ece", "", N(6) + 2434 - N(1), N(5), N(6), 'R' },
		{ "0 1:8 ece", "", N(5), N(5), N(5), 'R' },
		{ "0 1:9 ece", "12ec", N(5), N(5), N(5), 'R' },
		{ "0 1:10 ece", "13e", N(5), N(5), N(5), 'R' },
		{ "12 ece", "14-16e", N(5), N(5), N(5), 'O' },
	};

	policy_open_ecn(test->priv, policy, 10);
	policy_play(test->priv, rows);
}

static void ecn_loss_then_marks_sack(struct kunit *test)
{
	loss_then_marks(test, "sack");
}

static void ecn_loss_then_marks_rack(struct kunit *test)
{
	loss_then_marks(test, "rack");
}

static void ecn_loss_then_marks_newreno(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0", "10e", N(10), INF, N(11), 'D' },
		{ "0", "11e", N(10), INF, N(12), 'D' },
		{ "0", "0", N(8), N(5), N(12), 'R' },
		{ "0 ece", "", N(9), N(5), N(12), 'R' },
		{ "0 ece", "", N(10), N(5), N(12), 'R' },
		{ "0 ece", "", N(11), N(5), N(12), 'R' },
		{ "0 ece", "", N(12), N(5), N(12), 'R' },
		{ "0 ece", "12ec", N(13), N(5), N(13), 'R' },
		{ "0 ece", "13e", N(14), N(5), N(14), 'R' },
		/* two in flight: min(5, 2 + 1) */
		{ "12 ece", "14e", N(3), N(5), N(3), 'O' },
	};

	policy_open_ecn(test->priv, "newreno", 10);
	policy_play(test->priv, rows);
}

/* 0 came late and nothing was lost, but the flight was marked, before or after: what
 * D-SACK tells takes nothing back.
 */
static void ecn_loss_not_undone(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "10e", N(10), INF, N(10), 'D' },
		{ "0 1:3", "11e", N(10), INF, N(10), 'D' },
		{ "0 1:4", "0", N(8) + 609, N(5), N(9), 'R' },
		{ "0 1:5 ece", "", N(8), N(5), N(8), 'R' },
		{ "5 ece", "", N(7) + 1825 - N(1), N(5), N(7), 'R' },
		{ "5 0:1", "", N(7) + 1825 - N(1), N(5), N(7), 'R' },
	};

	policy_open_ecn(test->priv, "sack", 10);
	policy_play(test->priv, rows);
}

static void ecn_mark_not_undone(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "1 ece", "", N(5), N(5), N(9), 'O' },
		{ "1 2:3", "", N(5), N(5), N(8), 'D' },
		{ "1 2:4", "", N(5), N(5), N(7), 'D' },
		{ "1 2:5", "1", N(5), N(5), N(6), 'R' },
		{ "5", "", N(5), N(5), N(5), 'R' },
		{ "5 1:2", "", N(5), N(5), N(5), 'R' },
	};

	policy_open_ecn(test->priv, "sack", 10);
	policy_play(test->priv, rows);
}

/* A time-out for nothing (RFC 5682) gives back what it took, and the mark that the same
 * ACK tells of takes half of ten.
 */
static void ecn_undone_then_mark(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(1), 'L' },
		{ "2 ece", "", N(5), N(5), N(8), 'O' },
		{ "6", "10ec", N(5), N(5), N(5), 'O' },
	};

	policy_open_ecn(test->priv, "sack", 10);
	policy_play(test->priv, rows);
}

/* A time-out is a reduction as well. */
static void ecn_timeout(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "1", "10ec 11e", N(2), N(5), N(11), 'L' },
		{ "1", "1", N(3), N(5), N(11), 'L' },
		{ "2 ece", "2", N(3), N(5), N(10), 'L' },
	};

	policy_open_ecn(test->priv, "newreno", 10);
	policy_play(test->priv, rows);
}

static struct kunit_case policy_ecn_cases[] = {
	KUNIT_CASE(ecn_marks_reno),
	KUNIT_CASE(ecn_marks_newreno),
	KUNIT_CASE(ecn_marks_sack),
	KUNIT_CASE(ecn_marks_rack),
	KUNIT_CASE(ecn_mark_then_loss_reno),
	KUNIT_CASE(ecn_mark_then_loss_newreno),
	KUNIT_CASE(ecn_mark_then_loss_sack),
	KUNIT_CASE(ecn_mark_then_loss_rack),
	KUNIT_CASE(ecn_loss_then_marks_sack),
	KUNIT_CASE(ecn_loss_then_marks_rack),
	KUNIT_CASE(ecn_loss_then_marks_newreno),
	KUNIT_CASE(ecn_loss_not_undone),
	KUNIT_CASE(ecn_mark_not_undone),
	KUNIT_CASE(ecn_undone_then_mark),
	KUNIT_CASE(ecn_timeout),
	{}
};

struct kunit_suite etp_policy_ecn_suite = {
	.name = "etp_policy_ecn",
	.init = ecn_init,
	.exit = ecn_exit,
	.test_cases = policy_ecn_cases,
};
