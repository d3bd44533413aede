// SPDX-License-Identifier: GPL-2.0
/*
 * The scoreboard alone: segments of 1000 bytes, single or in large skbs, and what the
 * blocks of RFC 2018, RFC 2883 and the functions of RFC 6675 section 4 make of them.
 * Sequence numbers wrap in the midst of them.
 */
#include "harness.h"
#include "suites.h"

#define BASE	0xfffffff0U	/* of sequence number 0 in these tests */

/* A scoreboard with a sender's clock */
struct rig {
	struct kunit		*test;
	struct etp_board	board;
	struct etp_sack_clock	clock;
	struct etp_rec_ack	ack;
	u32			nxt;
	int			cuts;
};

static struct sk_buff *rig_skb(u32 seq, u32 end, u64 sent_us)
{
	struct sk_buff *skb = alloc_skb(0, GFP_KERNEL);

	if (skb)
		*etp_tx(skb) = (struct etp_tx) {
			.seq = seq, .end_seq = end, .sent_us = sent_us, .mss = 1000,
		};
	return skb;
}

static int rig_split(struct etp_board *board, struct sk_buff *skb, u32 len)
{
	struct rig *r = container_of(board, struct rig, board);
	struct etp_tx *tx = etp_tx(skb);
	struct sk_buff *rest = rig_skb(tx->seq + len, tx->end_seq, tx->sent_us);

	KUNIT_EXPECT_EQ(r->test, len % 1000, 0U);
	KUNIT_EXPECT_LT(r->test, len, tx->end_seq - tx->seq);
	if (!rest)
		return -ENOMEM;
	*etp_tx(rest) = *tx;
	etp_tx(rest)->seq = tx->seq + len;
	tx->end_seq = tx->seq + len;
	etp_board_cut(board, skb, rest);
	r->cuts++;
	return 0;
}

static void rig_send(struct rig *r, u32 len)
{
	struct sk_buff *skb = rig_skb(BASE + r->nxt, BASE + r->nxt + len, ++r->clock.now);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(r->test, skb);
	etp_board_add(&r->board, skb);
	r->nxt += len;
}

/* @n segments in skbs of @each */
static struct rig *rig_new(struct kunit *test, u32 n, u32 each)
{
	struct rig *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, r);
	r->test = test;
	r->clock.now = 1000000;
	etp_board_init(&r->board, rig_split, BASE);
	for (i = 0; i < n; i += each)
		rig_send(r, each * 1000);
	return r;
}

static void rig_free(struct rig *r)
{
	struct sk_buff *skb;

	while ((skb = skb_rb_first(&r->board.root))) {
		etp_board_del(&r->board, skb);
		kfree_skb(skb);
	}
	KUNIT_EXPECT_EQ(r->test, r->board.sacked, 0U);
	KUNIT_EXPECT_EQ(r->test, r->board.lost, 0U);
	KUNIT_EXPECT_EQ(r->test, r->board.retrans, 0U);
	KUNIT_EXPECT_EQ(r->test, r->board.todo, 0U);
	KUNIT_EXPECT_TRUE(r->test, list_empty(&r->board.order));
}

static unsigned int rig_sack(struct rig *r, unsigned int n, const u32 *edge)
{
	struct etp_sack_block block[ETP_MAX_SACKS];
	unsigned int i;

	for (i = 0; i < n; i++)
		block[i] = (struct etp_sack_block){ BASE + edge[2 * i],
						    BASE + edge[2 * i + 1] };
	memset(&r->ack, 0, sizeof(r->ack));
	r->clock.now += 1000;
	return etp_board_sack(&r->board, block, n, r->board.una, BASE + r->nxt, &r->clock,
			      &r->ack);
}

#define sack(r, ...) \
	rig_sack(r, sizeof((u32[]){ __VA_ARGS__ }) / 8, (u32[]){ __VA_ARGS__ })

static void rig_advance(struct rig *r, u32 una)
{
	struct sk_buff *skb;

	while ((skb = skb_rb_first(&r->board.root)) &&
	       seq_leq(etp_tx(skb)->end_seq, BASE + una)) {
		etp_board_del(&r->board, skb);
		kfree_skb(skb);
	}
	memset(&r->ack, 0, sizeof(r->ack));
	etp_board_advance(&r->board, BASE + una, &r->clock, &r->ack);
}

static void sums(struct rig *r, u32 sacked, u32 lost, u32 retrans, u32 todo)
{
	KUNIT_EXPECT_EQ(r->test, r->board.sacked, sacked);
	KUNIT_EXPECT_EQ(r->test, r->board.lost, lost);
	KUNIT_EXPECT_EQ(r->test, r->board.retrans, retrans);
	KUNIT_EXPECT_EQ(r->test, r->board.todo, todo);
}

static void board_blocks(struct kunit *test)
{
	struct rig *r = rig_new(test, 10, 1);

	KUNIT_EXPECT_EQ(test, sack(r, 2000, 3000), 0U);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 1000U);
	KUNIT_EXPECT_EQ(test, r->ack.delivered, 1000U);
	sums(r, 1000, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, r->board.high, BASE + 3000);
	/* the same again, and grown at its right end */
	KUNIT_EXPECT_EQ(test, sack(r, 2000, 3000), 0U);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 0U);
	KUNIT_EXPECT_EQ(test, sack(r, 2000, 5000), 0U);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 2000U);
	/* two blocks, the newer first; then joined, and grown to the left */
	sack(r, 7000, 8000, 2000, 5000);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 1000U);
	sack(r, 2000, 8000);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 2000U);
	sack(r, 1000, 8000);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 1000U);
	sums(r, 7000, 0, 0, 0);
	rig_advance(r, 8000);
	sums(r, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, r->board.high, BASE + 8000);
	KUNIT_EXPECT_EQ(test, r->cuts, 0);
	rig_free(r);
}

/* What makes no sense changes nothing: upside down, empty, never sent, acknowledged */
static void board_bad_blocks(struct kunit *test)
{
	struct rig *r = rig_new(test, 10, 1);

	rig_advance(r, 2000);
	KUNIT_EXPECT_EQ(test, sack(r, 6000, 5000), 1U);
	KUNIT_EXPECT_EQ(test, sack(r, 5000, 5000), 1U);
	KUNIT_EXPECT_EQ(test, sack(r, 9000, 10001), 1U);
	KUNIT_EXPECT_EQ(test, sack(r, 11000, 12000), 1U);
	KUNIT_EXPECT_EQ(test, sack(r, 1000, 3000), 1U);
	KUNIT_EXPECT_EQ(test, sack(r, 5000, 6000, 1000, 2000), 0U);	/* just old */
	KUNIT_EXPECT_FALSE(test, r->ack.has_dsack);
	sums(r, 1000, 0, 0, 0);
	rig_free(r);
}

/* RFC 2883: below the ACK, or within the second block; and no mark for it */
static void board_dsack(struct kunit *test)
{
	struct rig *r = rig_new(test, 10, 1);

	rig_advance(r, 2000);
	KUNIT_EXPECT_EQ(test, sack(r, 1000, 2000, 5000, 6000), 0U);
	KUNIT_EXPECT_TRUE(test, r->ack.has_dsack);
	KUNIT_EXPECT_EQ(test, r->ack.dsack.start, BASE + 1000);
	KUNIT_EXPECT_EQ(test, r->ack.dsack.end, BASE + 2000);
	sums(r, 1000, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, sack(r, 5000, 6000, 5000, 7000), 0U);
	KUNIT_EXPECT_TRUE(test, r->ack.has_dsack);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 1000U);
	sums(r, 2000, 0, 0, 0);
	/* of what was never sent it is none */
	sack(r, 10500, 10600, 10000, 11000);
	KUNIT_EXPECT_FALSE(test, r->ack.has_dsack);
	rig_free(r);
}

/* An edge within a large skb cuts it where a segment began, a sliver counts not */
static void board_cuts(struct kunit *test)
{
	struct rig *r = rig_new(test, 20, 10);

	sack(r, 3000, 5500);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 2000U);
	KUNIT_EXPECT_EQ(test, r->cuts, 2);
	/* the rest of the segment comes */
	sack(r, 3000, 6000);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 1000U);
	sack(r, 14300, 14900, 3000, 6000);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 0U);
	/* across two skbs */
	sack(r, 8000, 12000, 3000, 6000);
	KUNIT_EXPECT_EQ(test, r->ack.sacked, 4000U);
	sums(r, 7000, 0, 0, 0);
	/* the ACK ends within a segment that was not SACKed, and is lost */
	etp_board_lost_range(&r->board, BASE, BASE + 3000, ETP_CAUSE_SACK, false);
	sums(r, 7000, 3000, 0, 3000);
	rig_advance(r, 500);
	sums(r, 7000, 2500, 0, 2500);
	rig_advance(r, 3000);
	sums(r, 7000, 0, 0, 0);
	rig_free(r);
}

/* Lost, sent again, lost again, arrived: the sums after each */
static void board_lost(struct kunit *test)
{
	struct rig *r = rig_new(test, 10, 1);
	struct sk_buff *skb;

	KUNIT_EXPECT_EQ(test, etp_board_lost_range(&r->board, BASE + 1000, BASE + 3000,
						   ETP_CAUSE_SACK, false), 2000U);
	KUNIT_EXPECT_EQ(test, etp_board_lost_range(&r->board, BASE, BASE + 3000,
						   ETP_CAUSE_SACK, false), 1000U);
	sums(r, 0, 3000, 0, 3000);
	skb = etp_board_next(&r->board);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	KUNIT_EXPECT_EQ(test, etp_tx(skb)->seq, BASE);
	etp_board_sent(&r->board, skb);
	sums(r, 0, 3000, 1000, 2000);
	KUNIT_EXPECT_EQ(test, etp_tx(etp_board_next(&r->board))->seq, BASE + 1000);
	/* the retransmission is lost as well */
	etp_board_lost(&r->board, skb, ETP_CAUSE_RACK);
	sums(r, 0, 3000, 0, 3000);
	KUNIT_EXPECT_PTR_EQ(test, etp_board_next(&r->board), skb);
	etp_board_sent(&r->board, skb);
	/* one that waits arrives after all, and so does one that went again */
	sack(r, 0, 2000);
	sums(r, 2000, 1000, 0, 1000);
	etp_board_lost_all(&r->board, ETP_CAUSE_TIMEOUT);
	sums(r, 2000, 8000, 0, 8000);
	KUNIT_EXPECT_TRUE(test, list_empty(&r->board.order));
	etp_board_unlose(&r->board);
	sums(r, 2000, 0, 0, 0);
	rig_free(r);
}

/* The MSS has shrunk, and the ACK ends within a piece of the old size: what is marked
 * ends where a piece does that is not acknowledged, however short the range.
 */
static void board_lost_piece(struct kunit *test)
{
	struct rig *r = rig_new(test, 10, 10);

	rig_advance(r, 1500);
	KUNIT_EXPECT_EQ(test, etp_board_lost_range(&r->board, BASE + 1500, BASE + 1900,
						   ETP_CAUSE_DUPACK, true), 500U);
	sums(r, 0, 500, 0, 500);
	KUNIT_EXPECT_EQ(test, etp_tx(etp_board_next(&r->board))->end_seq, BASE + 2000);
	rig_advance(r, 2000);
	sums(r, 0, 0, 0, 0);
	rig_free(r);
}

/* RFC 6675's IsLost(): three ranges above, or more than two segments' bytes */
static void board_edge(struct kunit *test)
{
	struct rig *r = rig_new(test, 20, 1);

	KUNIT_EXPECT_EQ(test, etp_board_edge(&r->board, 1000), BASE);
	sack(r, 2000, 3000);
	KUNIT_EXPECT_EQ(test, etp_board_edge(&r->board, 1000), BASE);
	sack(r, 2000, 4000);
	KUNIT_EXPECT_EQ(test, etp_board_edge(&r->board, 1000), BASE);
	sack(r, 2000, 5000);			/* three segments: more than two */
	KUNIT_EXPECT_EQ(test, etp_board_edge(&r->board, 1000), BASE + 2000);
	KUNIT_EXPECT_EQ(test, etp_board_edge(&r->board, 1500), BASE);
	sack(r, 7000, 8000, 2000, 5000);
	KUNIT_EXPECT_EQ(test, etp_board_edge(&r->board, 1500), BASE + 2000);
	sack(r, 9000, 10000, 7000, 8000, 2000, 5000);	/* three ranges */
	KUNIT_EXPECT_EQ(test, etp_board_edge(&r->board, 9000), BASE + 4000);
	rig_free(r);
}

/* RFC 2018 section 8: the peer may take it back */
static void board_reneged(struct kunit *test)
{
	struct rig *r = rig_new(test, 6, 1);

	sack(r, 2000, 4000);
	KUNIT_EXPECT_FALSE(test, etp_board_reneged(&r->board));
	rig_advance(r, 2000);
	sums(r, 2000, 0, 0, 0);
	KUNIT_EXPECT_TRUE(test, etp_board_reneged(&r->board));
	sums(r, 0, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, r->board.high, BASE + 2000);
	/* and SACKs it anew */
	sack(r, 3000, 4000);
	sums(r, 1000, 0, 0, 0);
	rig_free(r);
}

/* What was SACKed may still arrive, and waits among the others by the time it went */
static void board_forgotten(struct kunit *test)
{
	struct rig *r = rig_new(test, 6, 1);
	const struct etp_tx *tx;
	u32 seq = BASE;

	sack(r, 1000, 3000, 4000, 5000);
	etp_board_forget(&r->board);
	list_for_each_entry(tx, &r->board.order, order) {
		KUNIT_EXPECT_EQ(test, tx->seq, seq);
		seq += 1000;
	}
	KUNIT_EXPECT_EQ(test, seq, BASE + 6000);
	rig_free(r);
}

/* RFC 8985 step 3: reordering, unless it went again, or the first ACK was lost */
static void board_reordered(struct kunit *test)
{
	struct rig *r = rig_new(test, 10, 1);
	struct sk_buff *skb;

	sack(r, 5000, 6000, 2000, 3000);	/* both new: in which order, who knows */
	KUNIT_EXPECT_FALSE(test, r->ack.reordered);
	sack(r, 3000, 4000, 5000, 6000);
	KUNIT_EXPECT_TRUE(test, r->ack.reordered);
	KUNIT_EXPECT_EQ(test, r->ack.orig, BASE + 4000);
	etp_board_lost_range(&r->board, BASE + 1000, BASE + 2000, ETP_CAUSE_SACK,
			     false);
	skb = etp_board_next(&r->board);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	etp_tx(skb)->retrans = 1;
	etp_tx(skb)->sent_us = r->clock.now;
	etp_board_sent(&r->board, skb);
	sack(r, 1000, 2000, 5000, 6000);
	KUNIT_EXPECT_FALSE(test, r->ack.reordered);
	KUNIT_EXPECT_FALSE(test, r->ack.has_orig);
	rig_free(r);
}

/* RFC 8985 step 2: an ACK too soon after a retransmission is of the original */
static void board_ambiguous(struct kunit *test)
{
	struct rig *r = rig_new(test, 4, 1);
	struct etp_tx *tx = etp_tx(skb_rb_first(&r->board.root));

	tx->retrans = 1;
	tx->sent_us = r->clock.now;
	r->clock.min_rtt_us = 5000;		/* the ACK comes after 1000 */
	sack(r, 0, 1000);
	KUNIT_EXPECT_EQ(test, r->ack.sent_us, 0ULL);
	/* the next one after 2000, a whole round trip here */
	r->clock.min_rtt_us = 2000;
	tx = etp_tx(etp_tx_skb(list_first_entry(&r->board.order, struct etp_tx, order)));
	tx->retrans = 1;
	tx->sent_us = r->clock.now - 1000;
	sack(r, 0, 2000);
	KUNIT_EXPECT_EQ(test, r->ack.sent_us, tx->sent_us);
	KUNIT_EXPECT_EQ(test, r->ack.rtt_us, 2000U);
	rig_free(r);
}

/* A hundred thousand bytes SACKed one segment a time: each ACK looks at its news */
static void board_large(struct kunit *test)
{
	struct rig *r = rig_new(test, 1000, 50);
	u32 i;

	for (i = 2; i <= 1000; i++) {
		sack(r, 1000, i * 1000);
		KUNIT_EXPECT_EQ(test, r->ack.sacked, 1000U);
	}
	sums(r, 999000, 0, 0, 0);
	rig_free(r);
}

static struct kunit_case scoreboard_cases[] = {
	KUNIT_CASE(board_blocks),
	KUNIT_CASE(board_bad_blocks),
	KUNIT_CASE(board_dsack),
	KUNIT_CASE(board_cuts),
	KUNIT_CASE(board_lost),
	KUNIT_CASE(board_lost_piece),
	KUNIT_CASE(board_edge),
	KUNIT_CASE(board_reneged),
	KUNIT_CASE(board_forgotten),
	KUNIT_CASE(board_reordered),
	KUNIT_CASE(board_ambiguous),
	KUNIT_CASE(board_large),
	{}
};

struct kunit_suite etp_scoreboard_suite = {
	.name = "etp_scoreboard",
	.test_cases = scoreboard_cases,
};
