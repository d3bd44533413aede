// SPDX-License-Identifier: GPL-2.0
/* Segments that come in every order, and the SACK blocks that report them. */
#include "suites.h"
#include "../net/etp/internal.h"

#define LEN	100U

static struct sk_buff *piece(struct kunit *test, u32 seq, u32 len)
{
	struct sk_buff *skb = alloc_skb(len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_put_zero(skb, len);
	*etp_seg(skb) = (struct etp_segment) {
		.seq = seq, .end_seq = seq + len, .flags = ETP_ACK,
	};
	return skb;
}

/* Offers the bytes from @seq on; frees what is not wanted. */
static bool offer(struct kunit *test, struct etp_reasm *reasm, u32 seq, u32 len)
{
	struct sk_buff *skb = piece(test, seq, len);

	if (etp_reasm_insert(reasm, skb))
		return true;
	kfree_skb(skb);
	return false;
}

/* Pulls all that is in order from @nxt; returns where it ends. */
static u32 drain(struct etp_reasm *reasm, u32 nxt)
{
	struct sk_buff *skb;

	while ((skb = etp_reasm_pull(reasm, nxt))) {
		nxt = etp_seg(skb)->end_seq;
		kfree_skb(skb);
	}
	return nxt;
}

static void expect_sack(struct kunit *test, const struct etp_reasm *reasm,
			unsigned int n, const struct etp_sack_block *expect,
			const char *when)
{
	unsigned int i;

	KUNIT_EXPECT_EQ_MSG(test, (unsigned int)reasm->nsack, n, "%s", when);
	for (i = 0; i < min_t(unsigned int, n, reasm->nsack); i++) {
		KUNIT_EXPECT_EQ_MSG(test, reasm->sack[i].start, expect[i].start,
				    "%s, block %u", when, i);
		KUNIT_EXPECT_EQ_MSG(test, reasm->sack[i].end, expect[i].end,
				    "%s, block %u", when, i);
	}
}

/* Five segments in each of their 120 orders, then the one that fills the gap. */
static void reassembly_every_order(struct kunit *test)
{
	static const u32 bases[] = { 1000, 0xffffff00, 0x7fffff80 };
	struct etp_reasm reasm;
	unsigned int n, b, i, left;

	for (b = 0; b < ARRAY_SIZE(bases); b++)
		for (n = 0; n < 120; n++) {
			u8 rest[5] = { 0, 1, 2, 3, 4 };
			u32 base = bases[b], code = n;

			etp_reasm_init(&reasm);
			for (left = 5; left; left--) {
				u32 pick = code % left;
				u32 seq = base + (1 + rest[pick]) * LEN;

				code /= left;
				KUNIT_EXPECT_TRUE(test, offer(test, &reasm, seq, LEN));
				KUNIT_EXPECT_FALSE(test, offer(test, &reasm, seq, LEN));
				for (i = pick; i + 1 < left; i++)
					rest[i] = rest[i + 1];
			}
			expect_sack(test, &reasm, 1, &(struct etp_sack_block) {
				    base + LEN, base + 6 * LEN }, "all there");
			KUNIT_EXPECT_NULL(test, etp_reasm_pull(&reasm, base));
			KUNIT_EXPECT_EQ_MSG(test, drain(&reasm, base + LEN),
					    base + 6 * LEN, "order %u", n);
			KUNIT_EXPECT_TRUE(test, etp_reasm_empty(&reasm));
		}
}

static void reassembly_gap_stops(struct kunit *test)
{
	struct etp_reasm reasm;

	etp_reasm_init(&reasm);
	KUNIT_EXPECT_TRUE(test, etp_reasm_empty(&reasm));
	KUNIT_EXPECT_NULL(test, etp_reasm_pull(&reasm, 0));
	offer(test, &reasm, 100, 100);
	offer(test, &reasm, 300, 100);
	KUNIT_EXPECT_EQ(test, drain(&reasm, 100), 200U);
	KUNIT_EXPECT_FALSE(test, etp_reasm_empty(&reasm));
	KUNIT_EXPECT_NULL(test, etp_reasm_pull(&reasm, 299));
	KUNIT_EXPECT_EQ(test, drain(&reasm, 300), 400U);
	KUNIT_EXPECT_TRUE(test, etp_reasm_empty(&reasm));
}

static void reassembly_overlaps(struct kunit *test)
{
	struct etp_reasm reasm;
	struct sk_buff *skb;

	etp_reasm_init(&reasm);
	KUNIT_EXPECT_TRUE(test, offer(test, &reasm, 200, 100));
	/* inside what is there */
	KUNIT_EXPECT_FALSE(test, offer(test, &reasm, 200, 100));
	KUNIT_EXPECT_FALSE(test, offer(test, &reasm, 220, 50));
	KUNIT_EXPECT_FALSE(test, offer(test, &reasm, 200, 1));
	KUNIT_EXPECT_FALSE(test, offer(test, &reasm, 299, 1));
	/* over the left edge, over the right one */
	KUNIT_EXPECT_TRUE(test, offer(test, &reasm, 150, 100));
	KUNIT_EXPECT_TRUE(test, offer(test, &reasm, 250, 100));
	/* around several */
	KUNIT_EXPECT_TRUE(test, offer(test, &reasm, 100, 300));
	skb = etp_reasm_pull(&reasm, 150);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	KUNIT_EXPECT_EQ(test, etp_seg(skb)->end_seq, 400U);
	kfree_skb(skb);
	/* whatever it covered is of no use any more */
	KUNIT_EXPECT_NULL(test, etp_reasm_pull(&reasm, 400));
	KUNIT_EXPECT_TRUE(test, etp_reasm_empty(&reasm));
}

/* Random pieces: no byte is lost, none is invented. */
static void reassembly_random(struct kunit *test)
{
	DECLARE_BITMAP(have, 512);
	u32 state = 7, round, i;

	for (round = 0; round < 200; round++) {
		u32 base = round & 1 ? 0xffffff00 : 1000, nxt, end;
		struct etp_reasm reasm;

		etp_reasm_init(&reasm);
		bitmap_zero(have, 512);
		for (i = 0; i < 30; i++) {
			u32 at, len;

			state = state * 1664525 + 1013904223;
			at = 1 + (state >> 10) % 400;
			len = 1 + (state >> 22) % 100;
			bitmap_set(have, at, len);
			offer(test, &reasm, base + at, len);
		}
		nxt = find_first_bit(have, 512);
		while (nxt < 512) {
			end = drain(&reasm, base + nxt) - base;
			KUNIT_EXPECT_EQ_MSG(test, (unsigned long)end,
					    find_next_zero_bit(have, 512, nxt),
					    "round %u from %u", round, nxt);
			if (end <= nxt)
				break;
			nxt = find_next_bit(have, 512, end);
		}
		KUNIT_EXPECT_TRUE(test, etp_reasm_empty(&reasm));
		etp_reasm_purge(&reasm);
	}
}

/* RFC 2018 section 4: the block with the newest segment first, then by age */
static void reassembly_sack_recency(struct kunit *test)
{
	struct etp_reasm reasm;

	etp_reasm_init(&reasm);
	offer(test, &reasm, 200, 100);
	offer(test, &reasm, 600, 100);
	offer(test, &reasm, 400, 100);
	expect_sack(test, &reasm, 3, (struct etp_sack_block[]) {
		    { 400, 500 }, { 600, 700 }, { 200, 300 } }, "three holes");

	/* an old block grows, and is the newest again */
	offer(test, &reasm, 300, 50);
	expect_sack(test, &reasm, 3, (struct etp_sack_block[]) {
		    { 200, 350 }, { 400, 500 }, { 600, 700 } }, "one grew");

	/* two become one */
	offer(test, &reasm, 350, 50);
	expect_sack(test, &reasm, 2, (struct etp_sack_block[]) {
		    { 200, 500 }, { 600, 700 } }, "a hole filled");

	/* a segment that came twice triggers an ACK, too, and comes first */
	offer(test, &reasm, 600, 100);
	expect_sack(test, &reasm, 2, (struct etp_sack_block[]) {
		    { 600, 700 }, { 200, 500 } }, "a duplicate");
	etp_reasm_purge(&reasm);
	KUNIT_EXPECT_EQ(test, reasm.nsack, 0);
}

/* More blocks than fit: the oldest is not told. */
static void reassembly_sack_many(struct kunit *test)
{
	struct etp_reasm reasm;
	u32 i;

	etp_reasm_init(&reasm);
	for (i = 1; i <= 6; i++)
		offer(test, &reasm, 200 * i, 100);
	expect_sack(test, &reasm, 4, (struct etp_sack_block[]) {
		    { 1200, 1300 }, { 1000, 1100 }, { 800, 900 }, { 600, 700 } },
		    "six holes");
	/* one that was forgotten is told whole when it grows */
	offer(test, &reasm, 500, 50);
	expect_sack(test, &reasm, 4, (struct etp_sack_block[]) {
		    { 400, 550 }, { 1200, 1300 }, { 1000, 1100 }, { 800, 900 } },
		    "a forgotten one grew");
	/* to both sides, into islands that were forgotten, too */
	offer(test, &reasm, 300, 100);
	expect_sack(test, &reasm, 4, (struct etp_sack_block[]) {
		    { 200, 550 }, { 1200, 1300 }, { 1000, 1100 }, { 800, 900 } },
		    "two forgotten ones met");
	offer(test, &reasm, 550, 250);
	expect_sack(test, &reasm, 3, (struct etp_sack_block[]) {
		    { 200, 900 }, { 1200, 1300 }, { 1000, 1100 } },
		    "three met");
	etp_reasm_purge(&reasm);
}

/* Whatever the order: each block is an island from shore to shore, the newest first. */
static void reassembly_sack_islands(struct kunit *test)
{
	u32 state = 3, round, i, k;

	for (round = 0; round < 100; round++) {
		u32 base = round & 1 ? 0xffffff80 : 5000;
		DECLARE_BITMAP(have, 300);
		struct etp_reasm reasm;

		etp_reasm_init(&reasm);
		bitmap_zero(have, 300);
		for (i = 0; i < 25; i++) {
			u32 at, len, start, end;

			state = state * 1664525 + 1013904223;
			at = 1 + (state >> 10) % 270;
			len = 1 + (state >> 22) % 20;
			bitmap_set(have, at, len);
			offer(test, &reasm, base + at, len);
			KUNIT_ASSERT_GT(test, reasm.nsack, 0);
			KUNIT_EXPECT_TRUE(test, seq_between(base + at,
							    reasm.sack[0].start,
							    reasm.sack[0].end - 1));
			for (k = 0; k < reasm.nsack; k++) {
				start = reasm.sack[k].start - base;
				end = reasm.sack[k].end - base;
				KUNIT_EXPECT_FALSE(test, test_bit(start - 1, have));
				KUNIT_EXPECT_EQ(test, (unsigned long)end,
						find_next_zero_bit(have, 300, start));
			}
		}
		etp_reasm_purge(&reasm);
	}
}

static void expect_dup(struct kunit *test, struct etp_reasm *reasm, u32 start, u32 end)
{
	KUNIT_EXPECT_TRUE(test, reasm->dup);
	KUNIT_EXPECT_EQ(test, reasm->dsack.start, start);
	KUNIT_EXPECT_EQ(test, reasm->dsack.end, end);
	reasm->dup = false;
}

/* RFC 2883 section 4: the first part that came twice, then the block around it */
static void reassembly_dsack(struct kunit *test)
{
	struct etp_sack_block blocks[ETP_MAX_SACKS];
	struct etp_reasm reasm;

	etp_reasm_init(&reasm);
	offer(test, &reasm, 200, 100);
	offer(test, &reasm, 400, 100);
	KUNIT_EXPECT_FALSE(test, reasm.dup);
	/* wholly there */
	offer(test, &reasm, 220, 30);
	KUNIT_EXPECT_EQ(test, etp_reasm_report(&reasm, true, 4, blocks), 3U);
	KUNIT_EXPECT_EQ(test, blocks[0].start, 220U);
	KUNIT_EXPECT_EQ(test, blocks[0].end, 250U);
	KUNIT_EXPECT_EQ(test, blocks[1].start, 200U);
	KUNIT_EXPECT_EQ(test, blocks[1].end, 300U);
	KUNIT_EXPECT_EQ(test, blocks[2].start, 400U);
	/* not if it must not be told, and no more than there is room for */
	KUNIT_EXPECT_EQ(test, etp_reasm_report(&reasm, false, 4, blocks), 2U);
	KUNIT_EXPECT_EQ(test, etp_reasm_report(&reasm, true, 1, blocks), 1U);
	KUNIT_EXPECT_EQ(test, etp_reasm_report(&reasm, true, 0, blocks), 0U);
	expect_dup(test, &reasm, 220, 250);
	/* over an edge */
	offer(test, &reasm, 280, 50);
	expect_dup(test, &reasm, 280, 300);
	offer(test, &reasm, 390, 50);
	expect_dup(test, &reasm, 400, 440);
	/* over several: the first */
	offer(test, &reasm, 150, 500);
	expect_dup(test, &reasm, 200, 300);
	/* what comes in order may repeat what waits */
	etp_reasm_dup_ahead(&reasm, 150);
	KUNIT_EXPECT_FALSE(test, reasm.dup);
	etp_reasm_dup_ahead(&reasm, 170);
	expect_dup(test, &reasm, 150, 170);
	etp_reasm_dup_ahead(&reasm, 1000);
	expect_dup(test, &reasm, 150, 650);
	etp_reasm_purge(&reasm);
}

static void reassembly_sack_trim(struct kunit *test)
{
	struct etp_reasm reasm;
	u32 nxt;

	etp_reasm_init(&reasm);
	offer(test, &reasm, 0xfffffff0, 100);
	offer(test, &reasm, 200, 100);
	offer(test, &reasm, 400, 100);
	nxt = drain(&reasm, 0xfffffff0);
	KUNIT_EXPECT_EQ(test, nxt, 84U);
	etp_reasm_sack_trim(&reasm, nxt);
	expect_sack(test, &reasm, 2, (struct etp_sack_block[]) {
		    { 400, 500 }, { 200, 300 } }, "past the wrap");
	etp_reasm_sack_trim(&reasm, 300);
	expect_sack(test, &reasm, 1, (struct etp_sack_block[]) { { 400, 500 } },
		    "one left");
	etp_reasm_sack_trim(&reasm, 500);
	KUNIT_EXPECT_EQ(test, reasm.nsack, 0);
	etp_reasm_purge(&reasm);
}

static void reassembly_merge(struct kunit *test)
{
	struct sk_buff *a = piece(test, 100, 50), *b = piece(test, 150, 50);
	struct sk_buff *c = piece(test, 260, 50);
	bool stolen;

	KUNIT_EXPECT_FALSE(test, etp_merge(a, c, &stolen));	/* a gap */
	etp_seg(a)->flags |= ETP_FIN;
	etp_seg(a)->end_seq++;
	etp_seg(b)->seq++;
	KUNIT_EXPECT_FALSE(test, etp_merge(a, b, &stolen));	/* after the end */
	KUNIT_EXPECT_EQ(test, a->len, 50U);
	etp_seg(a)->flags &= ~ETP_FIN;
	etp_seg(a)->end_seq--;
	etp_seg(b)->seq--;
	a->tstamp = 1000;
	b->tstamp = 2000;
	if (etp_merge(a, b, &stolen)) {
		KUNIT_EXPECT_EQ(test, a->len, 100U);
		KUNIT_EXPECT_EQ(test, ktime_to_ns(a->tstamp), 2000LL);
		KUNIT_EXPECT_EQ(test, etp_seg(a)->end_seq, 200U);
		kfree_skb_partial(b, stolen);
	} else {
		KUNIT_EXPECT_EQ(test, a->len, 50U);
		kfree_skb(b);
	}
	kfree_skb(a);
	kfree_skb(c);
}

static struct kunit_case reassembly_cases[] = {
	KUNIT_CASE(reassembly_every_order),
	KUNIT_CASE(reassembly_gap_stops),
	KUNIT_CASE(reassembly_overlaps),
	KUNIT_CASE(reassembly_random),
	KUNIT_CASE(reassembly_sack_recency),
	KUNIT_CASE(reassembly_sack_many),
	KUNIT_CASE(reassembly_sack_islands),
	KUNIT_CASE(reassembly_dsack),
	KUNIT_CASE(reassembly_sack_trim),
	KUNIT_CASE(reassembly_merge),
	{}
};

struct kunit_suite etp_reassembly_suite = {
	.name = "etp_reassembly",
	.test_cases = reassembly_cases,
};
