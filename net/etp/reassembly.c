// SPDX-License-Identifier: GPL-2.0
/*
 * Out-of-order segments, RFC 9293 section 3.10.7.4, and the SACK blocks that
 * report them, RFC 2018 and RFC 2883.  May touch struct etp_reasm and the skbs in it.
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
	/* when the last byte came is when a read of all of them can say it came */
	if (from->tstamp) {
		to->tstamp = from->tstamp;
		skb_hwtstamps(to)->hwtstamp = skb_hwtstamps(from)->hwtstamp;
	}
	return true;
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

	while ((next = skb_rb_next(skb)) &&
	       seq_leq(etp_seg(next)->end_seq, etp_seg(skb)->end_seq)) {
		etp_reasm_erase(reasm, next);
		kfree_skb(next);
	}
}

/* The known block that holds a sequence number.  A block is the whole of an island
 * of segments without a hole, so one look at it saves a walk through its skbs.
 */
static const struct etp_sack_block *etp_sack_known(const struct etp_reasm *reasm,
						   u32 seq)
{
	unsigned int i;

	for (i = 0; i < reasm->nsack; i++)
		if (seq_leq(reasm->sack[i].start, seq) &&
		    seq_lt(seq, reasm->sack[i].end))
			return &reasm->sack[i];
	return NULL;
}

static void etp_sack_widen(struct etp_sack_block *island, u32 start, u32 end)
{
	if (seq_lt(start, island->start))
		island->start = start;
	if (seq_gt(end, island->end))
		island->end = end;
}

/* One step on the way from a segment to the shores of its island.  False: there. */
static bool etp_sack_step(const struct etp_reasm *reasm, struct sk_buff *skb,
			  struct etp_sack_block *island)
{
	const struct etp_sack_block *known;

	if (!skb || seq_gt(etp_seg(skb)->seq, island->end) ||
	    seq_lt(etp_seg(skb)->end_seq, island->start))
		return false;
	etp_sack_widen(island, etp_seg(skb)->seq, etp_seg(skb)->end_seq);
	known = etp_sack_known(reasm, etp_seg(skb)->seq);
	if (known)
		etp_sack_widen(island, known->start, known->end);
	return !known;
}

/* Not only what was told before: of six islands, four are, and one that was
 * forgotten is told whole when it grows.
 */
static struct etp_sack_block etp_sack_island(const struct etp_reasm *reasm,
					     struct sk_buff *skb)
{
	struct etp_sack_block island = {
		.start = etp_seg(skb)->seq, .end = etp_seg(skb)->end_seq,
	};
	struct sk_buff *at = skb;

	do {
		at = skb_rb_prev(at);
	} while (etp_sack_step(reasm, at, &island));
	at = skb;
	do {
		at = skb_rb_next(at);
	} while (etp_sack_step(reasm, at, &island));
	return island;
}

/* The newest segment's island comes first, RFC 2018 section 4; the others keep
 * their order; the oldest is forgotten when there are too many.
 */
static void etp_sack_first(struct etp_reasm *reasm, struct sk_buff *skb)
{
	struct etp_sack_block island = etp_sack_island(reasm, skb);
	struct etp_sack_block old[ETP_MAX_SACKS];
	unsigned int i, n = reasm->nsack, kept = 1;

	memcpy(old, reasm->sack, sizeof(old));
	reasm->sack[0] = island;
	for (i = 0; i < n && kept < ETP_MAX_SACKS; i++)
		if (seq_gt(old[i].start, island.end) ||
		    seq_lt(old[i].end, island.start))
			reasm->sack[kept++] = old[i];
	reasm->nsack = kept;
}

/**
 * etp_reasm_dup - bytes came twice: the next ACK is to tell, RFC 2883
 * @reasm: the room
 * @start: the first of them
 * @end: sequence number after the last
 */
void etp_reasm_dup(struct etp_reasm *reasm, u32 start, u32 end)
{
	reasm->dup = true;
	reasm->dsack.start = start;
	reasm->dsack.end = end;
}

/**
 * etp_reasm_dup_ahead - do bytes in order repeat what waits in the tree?
 * @reasm: the room
 * @end: sequence number after the bytes, which follow those before RCV.NXT
 *
 * If so, the next ACK will tell.
 */
void etp_reasm_dup_ahead(struct etp_reasm *reasm, u32 end)
{
	const struct sk_buff *first = skb_rb_first(&reasm->root);

	if (first && seq_lt(etp_seg(first)->seq, end))
		etp_reasm_dup(reasm, etp_seg(first)->seq,
			      seq_lt(end, etp_seg(first)->end_seq) ?
			      end : etp_seg(first)->end_seq);
}

/**
 * etp_reasm_report - the blocks for a segment about to go
 * @reasm: the room
 * @dsack: a block of what came twice may go first, RFC 2883 section 4
 * @most: how many blocks there is room for
 * @blocks: gets them
 *
 * Returns how many.  What came twice is told once: the caller forgets
 * reasm->dup when the segment has gone.
 */
unsigned int etp_reasm_report(const struct etp_reasm *reasm, bool dsack,
			      unsigned int most, struct etp_sack_block *blocks)
{
	unsigned int n = 0, i;

	if (dsack && reasm->dup && n < most)
		blocks[n++] = reasm->dsack;
	for (i = 0; i < reasm->nsack && n < most; i++)
		blocks[n++] = reasm->sack[i];
	return n;
}

/* The part of a new segment that is there already: of several the first */
static void etp_reasm_note_dup(struct etp_reasm *reasm, struct sk_buff *skb)
{
	u32 seq = etp_seg(skb)->seq, end_seq = etp_seg(skb)->end_seq;
	struct sk_buff *prev = skb_rb_prev(skb), *next = skb_rb_next(skb);

	if (prev && seq_gt(etp_seg(prev)->end_seq, seq))
		etp_reasm_dup(reasm, seq, seq_lt(etp_seg(prev)->end_seq, end_seq) ?
			      etp_seg(prev)->end_seq : end_seq);
	else if (next && seq_lt(etp_seg(next)->seq, end_seq))
		etp_reasm_dup(reasm, etp_seg(next)->seq,
			      seq_lt(etp_seg(next)->end_seq, end_seq) ?
			      etp_seg(next)->end_seq : end_seq);
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
			etp_sack_first(reasm, at);
			etp_reasm_dup(reasm, seq, end_seq);
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
	etp_reasm_note_dup(reasm, skb);
	etp_reasm_drop_covered(reasm, skb);
	if (!skb_rb_next(skb))
		reasm->last = skb;
	etp_sack_first(reasm, skb);
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
