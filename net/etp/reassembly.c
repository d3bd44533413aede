// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-order segments, RFC 9293 section 3.10.7.4, and the SACK blocks that
 * report them, RFC 2018.  May touch struct etp_reasm and the skbs in it.
 *
 * The tree is ordered by SEG.SEQ.  No skb in it lies wholly inside its
 * neighbours; neighbours may overlap, which the reader of the receive queue
 * skips.
 */
#include "internal.h"

/**
 * etp_reasm_init - empty tree, no blocks
 * @reasm: the room
 */
void etp_reasm_init(struct etp_reasm *reasm)
{
	memset(reasm, 0, sizeof(*reasm));
	reasm->root = RB_ROOT;
}

/**
 * etp_reasm_empty - is nothing waiting?
 * @reasm: the room
 */
bool etp_reasm_empty(const struct etp_reasm *reasm)
{
	return !reasm->last;
}

/**
 * etp_merge - append a segment's data to another, if that costs no copy
 * @to: segment that is kept
 * @from: segment that follows it without a gap
 * @stolen: set for kfree_skb_partial(@from), when true is returned
 *
 * The owner of @to, if any, is charged for what it gains; @from must not be
 * charged to anybody.  Returns false when they do not adjoin or can't be merged;
 * nothing has changed then.
 */
bool etp_merge(struct sk_buff *to, struct sk_buff *from, bool *stolen)
{
	int delta;

	if (etp_seg(to)->end_seq != etp_seg(from)->seq)
		return false;
	/* SYN and FIN take a sequence number that has no byte */
	if ((etp_seg(to)->flags & ETP_FIN) || (etp_seg(from)->flags & ETP_SYN))
		return false;
	if (!skb_try_coalesce(to, from, stolen, &delta))
		return false;
	if (to->sk) {
		atomic_add(delta, &to->sk->sk_rmem_alloc);
		sk_mem_charge(to->sk, delta);
	}
	etp_seg(to)->end_seq = etp_seg(from)->end_seq;
	etp_seg(to)->flags |= etp_seg(from)->flags;
	return true;
}

static struct sk_buff *etp_reasm_next(struct sk_buff *skb)
{
	return skb_rb_next(skb);
}

static void etp_reasm_erase(struct etp_reasm *reasm, struct sk_buff *skb)
{
	if (skb == reasm->last)
		reasm->last = skb_rb_prev(skb);
	rb_erase(&skb->rbnode, &reasm->root);
	RB_CLEAR_NODE(&skb->rbnode);
	skb->next = NULL;
	skb->prev = NULL;
}

/* Segments that the new one covers are of no more use. */
static void etp_reasm_drop_covered(struct etp_reasm *reasm, struct sk_buff *skb)
{
	struct sk_buff *next;

	while ((next = etp_reasm_next(skb)) &&
	       seq_leq(etp_seg(next)->end_seq, etp_seg(skb)->end_seq)) {
		etp_reasm_erase(reasm, next);
		kfree_skb(next);
	}
}

/**
 * etp_reasm_insert - keep a segment that came too early
 * @reasm: the room
 * @skb: segment with payload, charged to its socket already; belongs to the
 *	tree when true is returned
 *
 * Socket locked.  Returns false, and leaves @skb alone, when all its bytes are
 * there already.
 */
bool etp_reasm_insert(struct etp_reasm *reasm, struct sk_buff *skb)
{
	struct rb_node **link = &reasm->root.rb_node, *parent = NULL;
	u32 seq = etp_seg(skb)->seq, end_seq = etp_seg(skb)->end_seq;

	/* Most segments of a burst belong at the right end. */
	if (reasm->last && seq_geq(seq, etp_seg(reasm->last)->end_seq)) {
		parent = &reasm->last->rbnode;
		link = &parent->rb_right;
	}
	while (*link) {
		struct sk_buff *at = rb_to_skb(*link);

		parent = *link;
		if (seq_leq(etp_seg(at)->seq, seq) &&
		    seq_leq(end_seq, etp_seg(at)->end_seq)) {
			/* its block is the newest nevertheless, RFC 2018 */
			etp_reasm_sack_update(reasm, seq, end_seq);
			return false;
		}
		if (seq_lt(seq, etp_seg(at)->seq) ||
		    (seq == etp_seg(at)->seq &&
		     seq_gt(end_seq, etp_seg(at)->end_seq)))
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, link);
	rb_insert_color(&skb->rbnode, &reasm->root);
	etp_reasm_drop_covered(reasm, skb);
	if (!etp_reasm_next(skb))
		reasm->last = skb;
	etp_reasm_sack_update(reasm, seq, end_seq);
	return true;
}

/**
 * etp_reasm_pull - take out the next segment that RCV.NXT has reached
 * @reasm: the room
 * @nxt: RCV.NXT
 *
 * Socket locked.  Segments that lie wholly below @nxt are freed.  Returns a
 * segment that begins at or before @nxt and ends after it, now the caller's, or
 * NULL.
 */
struct sk_buff *etp_reasm_pull(struct etp_reasm *reasm, u32 nxt)
{
	struct sk_buff *skb;

	while ((skb = skb_rb_first(&reasm->root))) {
		if (seq_gt(etp_seg(skb)->seq, nxt))
			return NULL;
		etp_reasm_erase(reasm, skb);
		if (seq_gt(etp_seg(skb)->end_seq, nxt))
			return skb;
		kfree_skb(skb);
	}
	return NULL;
}

/**
 * etp_reasm_purge - forget everything
 * @reasm: the room
 *
 * Socket locked, or nobody else can reach it.
 */
void etp_reasm_purge(struct etp_reasm *reasm)
{
	struct sk_buff *skb;

	while ((skb = skb_rb_first(&reasm->root))) {
		etp_reasm_erase(reasm, skb);
		kfree_skb(skb);
	}
	reasm->nsack = 0;
}

/* Absorb into the first block what it now touches. */
static void etp_sack_absorb(struct etp_reasm *reasm)
{
	struct etp_sack_block *first = &reasm->sack[0];
	unsigned int i, kept = 1;

	for (i = 1; i < reasm->nsack; i++) {
		struct etp_sack_block *block = &reasm->sack[i];

		if (seq_leq(block->start, first->end) &&
		    seq_leq(first->start, block->end)) {
			if (seq_lt(block->start, first->start))
				first->start = block->start;
			if (seq_gt(block->end, first->end))
				first->end = block->end;
			continue;
		}
		reasm->sack[kept++] = *block;
	}
	reasm->nsack = kept;
}

/**
 * etp_reasm_sack_update - a segment was queued out of order, RFC 2018 section 4
 * @reasm: the room
 * @start: its first sequence number
 * @end: first sequence number after it
 *
 * The block with the newest segment comes first; the others keep their order;
 * the oldest is forgotten when there are too many.
 */
void etp_reasm_sack_update(struct etp_reasm *reasm, u32 start, u32 end)
{
	unsigned int keep = min_t(unsigned int, reasm->nsack, ETP_MAX_SACKS - 1);
	unsigned int i;

	/* A block that grows makes room for itself. */
	for (i = 0; i < reasm->nsack; i++) {
		struct etp_sack_block *block = &reasm->sack[i];

		if (seq_leq(block->start, end) && seq_leq(start, block->end)) {
			if (seq_lt(block->start, start))
				start = block->start;
			if (seq_gt(block->end, end))
				end = block->end;
			keep = i;
			break;
		}
	}
	if (i == reasm->nsack)
		reasm->nsack = keep + 1;
	memmove(&reasm->sack[1], &reasm->sack[0], keep * sizeof(reasm->sack[0]));
	reasm->sack[0].start = start;
	reasm->sack[0].end = end;
	etp_sack_absorb(reasm);
}

/**
 * etp_reasm_sack_trim - RCV.NXT moved: forget blocks it has passed
 * @reasm: the room
 * @nxt: RCV.NXT
 */
void etp_reasm_sack_trim(struct etp_reasm *reasm, u32 nxt)
{
	unsigned int i, kept = 0;

	for (i = 0; i < reasm->nsack; i++)
		if (seq_gt(reasm->sack[i].start, nxt))
			reasm->sack[kept++] = reasm->sack[i];
	reasm->nsack = kept;
}
