// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "sack": RFC 6675 with the window of RFC 6937, in scripts.
 * Windows are in segments: N(3) is three of them.  Where RFC 8985 sees the same, "rack"
 * plays the script as well.
 *
 * RFC 6937: above the threshold ceil(prr_delivered * ssthresh / RecoverFS) less what
 * went; N(1) * 5 / 12 is 609, N(2) 1217, N(3) 1825, N(4) 2434.
 */
#include "policy.h"
#include "suites.h"

/* 0 of ten.  What has arrived leaves the pipe, so two new segments go before the third
 * SACK says that there is a loss.  RecoverFS is twelve, ssthresh half of ten.
 */
static const struct policy_row one[] = {
	{ "0 1:2", "10", N(10), INF, N(10), 'D' },
	{ "0 1:3", "11", N(10), INF, N(10), 'D' },
	/* 12 - 3 SACKed - 1 lost, 609 more; and that one goes */
	{ "0 1:4", "0", N(8) + 609, N(5), N(9), 'R' },
	{ "0 1:5", "", N(8), N(5), N(8), 'R' },
	{ "0 1:6", "", N(7) + 1825 - N(1), N(5), N(7), 'R' },
	{ "0 1:7", "", N(6) + 2434 - N(1), N(5), N(6), 'R' },
	/* pipe is ssthresh, and then below it: one for one */
	{ "0 1:8", "", N(5), N(5), N(5), 'R' },
	{ "0 1:9", "12", N(5), N(5), N(5), 'R' },
};

/* RFC 6675's rescue when no new data is left: once, the last that is out */
static void sack_one(struct kunit *test)
{
	static const struct policy_row ends[] = {
		{ "0 1:10", "13", N(5), N(5), N(5), 'R' },
		{ "0 1:11", "14", N(5), N(5), N(5), 'R' },
		{ "11", "14", N(5), N(5), N(5), 'R' },
		{ "12", "", N(5), N(5), N(4), 'O' },
	};
	struct wire *w = test->priv;

	policy_open(w, "sack", 5);
	policy_play(w, one);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.recover, w->iss + POLICY_SEQ(12));
	policy_play(w, ends);
}

/* RFC 8985 leaves the tail to its probe. */
static void rack_one(struct kunit *test)
{
	static const struct policy_row ends[] = {
		{ "0 1:10", "13", N(5), N(5), N(5), 'R' },
		{ "0 1:11", "14", N(5), N(5), N(5), 'R' },
		{ "11", "", N(5), N(5), N(4), 'R' },
		{ "12", "", N(5), N(5), N(3), 'O' },
	};

	policy_open(test->priv, "rack", 5);
	policy_play(test->priv, one);
	policy_play(test->priv, ends);
}

/* RFC 8985: 12 was sent after 0 went again and has arrived, so 0 is lost once more, and
 * all that was sent earlier.  Nothing is in the pipe: min(5, max(7 - 2, 1) + 1) go.
 */
static void rack_lost_again(struct kunit *test)
{
	static const struct policy_row again[] = {
		{ "0 12:13 1:9", "0 9-11 13", N(5), N(5), N(5), 'R' },
	};
	unsigned long lost = wire_count(LostRetransmit);

	policy_open(test->priv, "rack", 5);
	policy_play(test->priv, one);
	policy_play(test->priv, again);
	KUNIT_EXPECT_EQ(test, wire_count(LostRetransmit), lost + 1);
}

/* RFC 6675 does not look for that, and 9 to 11 have but one segment above them.  The
 * time-out does, and halves twice (RFC 5681 section 4.3); what was SACKed stays.
 */
static void sack_lost_again(struct kunit *test)
{
	static const struct policy_row again[] = {
		{ "0 12:13 1:9", "13", N(5), N(5), N(5), 'R' },
		{ "rto", "0", N(1), N(5) / 2, N(1), 'L' },
		{ "9 12:13", "9-10", N(2), N(5) / 2, N(2), 'L' },
		/* half a segment is left to the threshold, and half counts beyond */
		{ "10 12:13", "11", N(5) / 2, N(5) / 2, N(2), 'L' },
		{ "11 12:13", "13", N(5) / 2, N(5) / 2, N(2), 'L' },
		{ "14", "14", N(7) / 2, N(5) / 2, N(1), 'O' },
	};

	policy_open(test->priv, "sack", 5);
	policy_play(test->priv, one);
	policy_play(test->priv, again);
}

/* 0 and 2.  IsLost(): of 2 not before more than two segments above it were SACKed. */
static void sack_two(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "", N(10), INF, N(9), 'D' },
		{ "0 3:4 1:2", "", N(10), INF, N(8), 'D' },
		/* 10 - 3 - 1; ceil(1460 * 5 / 10) */
		{ "0 3:5 1:2", "0", N(6) + 730, N(5), N(7), 'R' },
		{ "0 3:6 1:2", "", N(5), N(5), N(5), 'R' },
		{ "0 3:7 1:2", "2", N(5), N(5), N(5), 'R' },
		/* room for one more: rescue */
		{ "0 3:8 1:2", "9", N(5), N(5), N(5), 'R' },
		{ "0 3:9 1:2", "", N(5), N(5), N(4), 'R' },
		{ "0 3:10 1:2", "", N(5), N(5), N(2), 'R' },
		{ "2 3:10", "", N(5), N(5), N(1), 'R' },
		{ "10", "", N(5), N(5), N(0), 'O' },
	};

	policy_open(test->priv, "sack", 0);
	policy_play(test->priv, rows);
}

/* RFC 8985: of both as soon as of one, for both were sent before what has arrived */
static void rack_two(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "", N(10), INF, N(9), 'D' },
		{ "0 3:4 1:2", "", N(10), INF, N(8), 'D' },
		/* 10 - 3 - 2 is the threshold; the first goes whatever the window */
		{ "0 3:5 1:2", "0", N(5), N(5), N(6), 'R' },
		{ "0 3:6 1:2", "", N(5), N(5), N(5), 'R' },
		{ "0 3:7 1:2", "2", N(5), N(5), N(5), 'R' },
		{ "0 3:8 1:2", "", N(5), N(5), N(4), 'R' },
		{ "0 3:9 1:2", "", N(5), N(5), N(3), 'R' },
		{ "0 3:10 1:2", "", N(5), N(5), N(2), 'R' },
		{ "2 3:10", "", N(5), N(5), N(1), 'R' },
		{ "10", "", N(5), N(5), N(0), 'O' },
	};

	policy_open(test->priv, "rack", 0);
	policy_play(test->priv, rows);
}

/* 0, 3 and 6, and the rest of the recovery, in which new data goes for each segment
 * that arrives
 */
static const struct policy_row three_ends[] = {
	{ "0 7:11 4:6 1:3", "12", N(5), N(5), N(5), 'R' },
	{ "0 7:12 4:6 1:3", "13", N(5), N(5), N(5), 'R' },
	{ "3 7:12 4:6", "14", N(5), N(5), N(5), 'R' },
	{ "6 7:12", "15", N(5), N(5), N(5), 'R' },
	{ "12", "16", N(5), N(5), N(5), 'O' },
};

static void sack_three(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "10", N(10), INF, N(10), 'D' },
		{ "0 1:3", "11", N(10), INF, N(10), 'D' },
		{ "0 4:5 1:3", "0", N(8) + 609, N(5), N(9), 'R' },
		{ "0 4:6 1:3", "", N(8), N(5), N(8), 'R' },
		/* 3 is lost: 12 - 5 - 2 + 1 */
		{ "0 7:8 4:6 1:3", "", N(6) + 1825 - N(1), N(5), N(6), 'R' },
		{ "0 7:9 4:6 1:3", "", N(5), N(5), N(5), 'R' },
		/* and 6: 12 - 7 - 3 + 1, so two go */
		{ "0 7:10 4:6 1:3", "3 6", N(5), N(5), N(5), 'R' },
	};

	policy_open(test->priv, "sack", 20);
	policy_play(test->priv, rows);
	policy_play(test->priv, three_ends);
}

static void rack_three(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "10", N(10), INF, N(10), 'D' },
		{ "0 1:3", "11", N(10), INF, N(10), 'D' },
		/* 0 and 3 are lost: 12 - 3 - 2 */
		{ "0 4:5 1:3", "0", N(7) + 609, N(5), N(8), 'R' },
		{ "0 4:6 1:3", "", N(7), N(5), N(7), 'R' },
		/* and 6: 12 - 5 - 3 + 1 */
		{ "0 7:8 4:6 1:3", "", N(5), N(5), N(5), 'R' },
		{ "0 7:9 4:6 1:3", "3", N(5), N(5), N(5), 'R' },
		{ "0 7:10 4:6 1:3", "6", N(5), N(5), N(5), 'R' },
	};

	policy_open(test->priv, "rack", 20);
	policy_play(test->priv, rows);
	policy_play(test->priv, three_ends);
}

/*
 * 0 to 6: the third SACK says so of all.  RFC 6937's slow start bound: what was
 * delivered beyond what went, or by this ACK, and one: the window doubles from two.
 * RFC 6675's rescue would be 6, which has gone a moment ago; a rescue is for a tail of
 * which no SACK tells, so it is not taken.
 */
static void many(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "0 7:8", "", N(10), INF, N(9), 'D' },
		{ "0 7:9", "", N(10), INF, N(8), 'D' },
		{ "0 7:10", "0-1", N(2), N(5), N(2), 'R' },
		{ "1 7:10", "2-3", N(3), N(5), N(3), 'R' },
		{ "2 7:10", "4-5", N(4), N(5), N(4), 'R' },
		{ "3 7:10", "6", N(5), N(5), N(4), 'R' },
		{ "4 7:10", "", N(5), N(5), N(3), 'R' },
		{ "5 7:10", "", N(4), N(5), N(2), 'R' },
		{ "6 7:10", "", N(3), N(5), N(1), 'R' },
		{ "10", "", N(5), N(5), N(0), 'O' },
	};

	policy_open(test->priv, policy, 0);
	policy_play(test->priv, rows);
}

static void sack_many(struct kunit *test)
{
	many(test, "sack");
}

static void rack_many(struct kunit *test)
{
	many(test, "rack");
}

/* Of nine ACKs the last one arrives: it says all that the others would have. */
static void lost_acks(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "0 1:10", "0 10-13", N(5), N(5), N(5), 'R' },
		{ "10", "14", N(5), N(5), N(5), 'O' },
	};

	policy_open(test->priv, policy, 10);
	policy_play(test->priv, rows);
}

static void sack_lost_acks(struct kunit *test)
{
	lost_acks(test, "sack");
}

static void rack_lost_acks(struct kunit *test)
{
	lost_acks(test, "rack");
}

/* RFC 6675's rescue: the last one goes again when there is nothing else to send */
static void sack_rescue(struct kunit *test)
{
	static const struct policy_row rows[] = {
		/* 0 and the last two are lost; 10 - 7 - 1 in the pipe, then 2 more */
		{ "0 1:8", "0 9", N(5), N(5), N(4), 'R' },
		/* rule 3: below what was SACKed, though it need not be lost */
		{ "8 9:10", "8", N(5), N(5), N(2), 'R' },
		{ "10", "", N(5), N(5), N(0), 'O' },
	};

	policy_open(test->priv, "sack", 0);
	policy_play(test->priv, rows);
}

/* RFC 2018 section 8: the time-out finds SACKed data at the front: all goes again */
static void sack_reneging(struct kunit *test)
{
	static const struct policy_row rows[] = {
		{ "0 1:3", "", N(10), INF, N(8), 'D' },
		/* the ACK of one: slow start */
		{ "1", "", N(11), INF, N(7), 'D' },
		{ "rto", "1", N(1), N(9) / 2, N(1), 'L' },
	};
	unsigned long reneged = wire_count(SACKReneging);
	struct wire *w = test->priv;

	policy_open(w, "sack", 0);
	policy_play(w, rows);
	KUNIT_EXPECT_EQ(test, wire_count(SACKReneging), reneged + 1);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.sacked, 0U);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.lost, N(9));
}

/* 0 comes behind 2: slow start goes on */
static void reordered_little(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "10", N(10), INF, N(10), 'D' },
		{ "0 1:3", "11", N(10), INF, N(10), 'D' },
		{ "3", "12-14", N(12), INF, N(12), 'O' },
	};

	policy_open(test->priv, policy, 10);
	policy_play(test->priv, rows);
}

static void sack_reordered_little(struct kunit *test)
{
	reordered_little(test, "sack");
}

static void rack_reordered_little(struct kunit *test)
{
	struct wire *w = test->priv;

	reordered_little(test, "rack");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.reord_seen, 1U);
}

/* 0 comes behind 4, and a D-SACK (RFC 2883) tells that it came twice: as it was, and
 * three segments that the narrow window had kept.
 */
static void reordered_much(struct kunit *test, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "0 1:2", "10", N(10), INF, N(10), 'D' },
		{ "0 1:3", "11", N(10), INF, N(10), 'D' },
		{ "0 1:4", "0", N(8) + 609, N(5), N(9), 'R' },
		{ "0 1:5", "", N(8), N(5), N(8), 'R' },
		{ "5", "", N(7) + 1825 - N(1), N(5), N(7), 'R' },
		{ "5 0:1", "12-14", N(10), INF, N(10), 'O' },
	};
	unsigned long undone = wire_count(DSACKUndo);

	policy_open(test->priv, policy, 10);
	policy_play(test->priv, rows);
	KUNIT_EXPECT_EQ(test, wire_count(DSACKUndo), undone + 1);
}

static void sack_reordered_much(struct kunit *test)
{
	reordered_much(test, "sack");
}

static void rack_reordered_much(struct kunit *test)
{
	reordered_much(test, "rack");
}

/* RFC 6675 section 6: what SND.UNA waits for has an RTO of its own when it goes again,
 * other segments have not.
 */
static void head_has_its_rto(struct kunit *test, const char *policy)
{
	struct wire *w = test->priv;
	struct etp_sock *es;
	unsigned long at;
	u32 i;

	policy_open(w, policy, 0);
	es = wire_es(w);
	wire_clock_pass(100);
	for (i = 2; i <= 4; i++)
		wire_in(w, "ACK seq 1 ack 1 sack %u:%u", POLICY_SEQ(1), POLICY_SEQ(i));
	wire_out(w, "ACK seq 1 len %u", WIRE_MSS);
	wire_out_nothing(w);
	at = etp_now() + etp_rtt_rto(&es->rtt);
	KUNIT_EXPECT_EQ(test, es->timers.rto_at, at);
	wire_clock_pass(100);
	for (i = 6; i <= 8; i++)
		wire_in(w, "ACK seq 1 ack 1 sack %u:%u sack %u:%u",
			POLICY_SEQ(5), POLICY_SEQ(i), POLICY_SEQ(1), POLICY_SEQ(4));
	wire_out(w, "ACK seq %u len %u", POLICY_SEQ(4), WIRE_MSS);
	wire_forget(w);		/* RFC 6675's rescue, of the last one */
	KUNIT_EXPECT_EQ(test, es->timers.rto_at, at);
}

static void sack_head_has_its_rto(struct kunit *test)
{
	head_has_its_rto(test, "sack");
}

static void rack_head_has_its_rto(struct kunit *test)
{
	head_has_its_rto(test, "rack");
}

static struct kunit_case policy_sack_cases[] = {
	KUNIT_CASE(sack_one),
	KUNIT_CASE(rack_one),
	KUNIT_CASE(sack_lost_again),
	KUNIT_CASE(rack_lost_again),
	KUNIT_CASE(sack_two),
	KUNIT_CASE(rack_two),
	KUNIT_CASE(sack_three),
	KUNIT_CASE(rack_three),
	KUNIT_CASE(sack_many),
	KUNIT_CASE(rack_many),
	KUNIT_CASE(sack_lost_acks),
	KUNIT_CASE(rack_lost_acks),
	KUNIT_CASE(sack_rescue),
	KUNIT_CASE(sack_reneging),
	KUNIT_CASE(sack_head_has_its_rto),
	KUNIT_CASE(rack_head_has_its_rto),
	KUNIT_CASE(sack_reordered_little),
	KUNIT_CASE(rack_reordered_little),
	KUNIT_CASE(sack_reordered_much),
	KUNIT_CASE(rack_reordered_much),
	{}
};

struct kunit_suite etp_policy_sack_suite = {
	.name = "etp_policy_sack",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = policy_sack_cases,
};
