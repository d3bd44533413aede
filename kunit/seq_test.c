// SPDX-License-Identifier: GPL-2.0
/* Sequence numbers wrap: RFC 9293 section 3.4, around every corner of 2^32. */
#include "suites.h"
#include "../net/etp/internal.h"

static const u32 bases[] = {
	0, 1, 1000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001,
	0xfffffc00, 0xfffffffe, 0xffffffff,
};

static void seq_order(struct kunit *test)
{
	static const u32 steps[] = { 1, 2, 1460, 65535, 1 << 30, 0x7fffffff };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		u32 a = bases[i];

		KUNIT_EXPECT_FALSE(test, seq_lt(a, a));
		KUNIT_EXPECT_TRUE(test, seq_leq(a, a));
		KUNIT_EXPECT_FALSE(test, seq_gt(a, a));
		KUNIT_EXPECT_TRUE(test, seq_geq(a, a));
		for (k = 0; k < ARRAY_SIZE(steps); k++) {
			u32 b = a + steps[k];

			KUNIT_EXPECT_TRUE_MSG(test, seq_lt(a, b), "%x < %x", a, b);
			KUNIT_EXPECT_TRUE_MSG(test, seq_leq(a, b), "%x <= %x", a, b);
			KUNIT_EXPECT_FALSE_MSG(test, seq_lt(b, a), "%x < %x", b, a);
			KUNIT_EXPECT_FALSE_MSG(test, seq_leq(b, a), "%x <= %x", b, a);
			KUNIT_EXPECT_TRUE_MSG(test, seq_gt(b, a), "%x > %x", b, a);
			KUNIT_EXPECT_TRUE_MSG(test, seq_geq(b, a), "%x >= %x", b, a);
		}
	}
}

static void seq_in_window(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		u32 lo = bases[i] - 500, hi = lo + 1000;

		KUNIT_EXPECT_TRUE(test, seq_between(lo, lo, hi));
		KUNIT_EXPECT_TRUE(test, seq_between(hi, lo, hi));
		KUNIT_EXPECT_TRUE(test, seq_between(lo + 500, lo, hi));
		KUNIT_EXPECT_FALSE(test, seq_between(lo - 1, lo, hi));
		KUNIT_EXPECT_FALSE(test, seq_between(hi + 1, lo, hi));
		KUNIT_EXPECT_FALSE(test, seq_between(lo + 0x80000000, lo, hi));
		/* a window of nothing holds its one edge */
		KUNIT_EXPECT_TRUE(test, seq_between(lo, lo, lo));
		KUNIT_EXPECT_FALSE(test, seq_between(lo + 1, lo, lo));
	}
}

/*
 * RFC 9293 section 3.4, table 5: the test of an incoming segment in its four
 * rows.  An empty segment at the right edge passes here, which the table does
 * not allow: see etp_seq_acceptable().
 */
static void seq_acceptable(struct kunit *test)
{
	static const struct {
		u32	wnd;
		s32	seq;	/* relative to RCV.NXT */
		u32	len;
		bool	ok;
	} rows[] = {
		/* length 0, window 0: SEG.SEQ = RCV.NXT */
		{ 0, 0, 0, true },   { 0, 1, 0, false },  { 0, -1, 0, false },
		/* length 0, window > 0 */
		{ 10, 0, 0, true },  { 10, 9, 0, true },  { 10, -1, 0, false },
		{ 10, 11, 0, false },
		/* length > 0, window 0: not acceptable */
		{ 0, 0, 1, false },  { 0, -1, 1, false }, { 0, -1, 2, false },
		/* length > 0, window > 0: first or last byte inside */
		{ 10, 0, 1, true },  { 10, 9, 1, true },  { 10, 10, 1, false },
		{ 10, 9, 100, true }, { 10, 10, 100, false },
		{ 10, -1, 1, false }, { 10, -1, 2, true }, { 10, -5, 5, false },
		{ 10, -5, 6, true },
		/* more than the window on both sides, which holds new bytes */
		{ 10, -5, 30, true },
	};
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(bases); i++)
		for (k = 0; k < ARRAY_SIZE(rows); k++) {
			struct etp_rcv rcv = {
				.nxt = bases[i],
				.wup = bases[i],
				.wnd = rows[k].wnd,
			};
			u32 seq = bases[i] + rows[k].seq;

			KUNIT_EXPECT_EQ_MSG(test, rows[k].ok,
					    etp_seq_acceptable(rcv.nxt, etp_rwnd_left(&rcv),
							       seq, seq + rows[k].len),
					    "nxt %u wnd %u seq %d len %u", bases[i],
					    rows[k].wnd, rows[k].seq, rows[k].len);
		}
}

static struct kunit_case seq_cases[] = {
	KUNIT_CASE(seq_order),
	KUNIT_CASE(seq_in_window),
	KUNIT_CASE(seq_acceptable),
	{}
};

struct kunit_suite etp_seq_suite = {
	.name = "etp_seq",
	.test_cases = seq_cases,
};
