// SPDX-License-Identifier: GPL-2.0
/*
 * The scoreboard: which of the segments in flight have arrived, are lost, went
 * again.  RFC 2018 section 5, RFC 2883, and the Update() of RFC 6675 section 4.
 * May touch struct etp_board and the segments in it; knows of no socket.
 *
 * The marks sit on the segments of the retransmit tree, and sums of bytes beside
 * it: pipe is a subtraction.  A segment may be a large one that the stack cuts up
 * below us, so the edge of a block can fall inside.  It is cut there, where a piece
 * began on the wire, never elsewhere: a peer can't make us keep slivers.
 *
 * An ACK costs what it marks: blocks mostly grow, and what the last ACK marked is
 * remembered (@seen); what is in flight has a list by the time of sending, so that
 * a policy which goes by time need not walk the tree.
 */
#include "internal.h"

/* Bytes of a segment that count: SND.UNA may stand inside the first. */
static u32 etp_board_len(const struct etp_board *board, const struct etp_tx *tx)
{
	return tx->end_seq - (seq_lt(tx->seq, board->una) ? board->una : tx->seq);
}

static bool etp_waits(const struct etp_tx *tx)
{
	return (tx->mark & (ETP_MARK_LOST | ETP_MARK_RETRANS)) == ETP_MARK_LOST;
}

/* Add to the sums, or take from them, what so many bytes with these marks are. */
static void etp_board_count(struct etp_board *board, u8 mark, s32 len)
{
	if (mark & ETP_MARK_SACKED)
		board->sacked += len;
	if (mark & ETP_MARK_LOST)
		board->lost += len;
	if (mark & ETP_MARK_RETRANS)
		board->retrans += len;
	if ((mark & (ETP_MARK_LOST | ETP_MARK_RETRANS)) == ETP_MARK_LOST)
		board->todo += len;
}

static void etp_board_remark(struct etp_board *board, struct etp_tx *tx, u8 mark)
{
	s32 len = etp_board_len(board, tx);

	etp_board_count(board, tx->mark, -len);
	etp_board_count(board, mark, len);
	tx->mark = mark;
}

/**
 * etp_board_init - nothing is in flight
 * @board: the scoreboard
 * @split: cuts a segment of the tree, see etp_board_cut()
 * @una: SND.UNA
 */
void etp_board_init(struct etp_board *board,
		    int (*split)(struct etp_board *, struct sk_buff *, u32), u32 una)
{
	memset(board, 0, sizeof(*board));
	board->root = RB_ROOT;
	INIT_LIST_HEAD(&board->order);
	board->split = split;
	board->una = una;
	board->high = una;
	board->hint = una;
}

/* The segment that holds @seq, else the first one behind it. */
static struct sk_buff *etp_board_from(const struct etp_board *board, u32 seq)
{
	struct rb_node *node = board->root.rb_node;
	struct sk_buff *best = NULL;

	while (node) {
		struct sk_buff *skb = rb_to_skb(node);

		if (seq_lt(seq, etp_tx(skb)->end_seq)) {
			best = skb;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

static void etp_board_link(struct etp_board *board, struct sk_buff *skb)
{
	struct rb_node **link = &board->root.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		if (seq_lt(etp_tx(skb)->seq, etp_tx(rb_to_skb(parent))->seq))
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, link);
	rb_insert_color(&skb->rbnode, &board->root);
}

/**
 * etp_board_add - a segment has been sent for the first time
 * @board: the scoreboard
 * @skb: the segment
 */
void etp_board_add(struct etp_board *board, struct sk_buff *skb)
{
	struct etp_tx *tx = etp_tx(skb);

	tx->mark = 0;
	etp_board_link(board, skb);
	list_add_tail(&tx->order, &board->order);
}

/**
 * etp_board_cut - a segment of the tree was cut in two
 * @board: the scoreboard
 * @skb: what was cut, still in the tree
 * @rest: the second part, with a copy of the first one's struct etp_tx
 */
void etp_board_cut(struct etp_board *board, struct sk_buff *skb,
		   struct sk_buff *rest)
{
	struct list_head *order = &etp_tx(skb)->order;

	etp_board_link(board, rest);
	if (list_empty(order))
		INIT_LIST_HEAD(&etp_tx(rest)->order);
	else
		list_add(&etp_tx(rest)->order, order);
}

/**
 * etp_board_del - a segment leaves the tree
 * @board: the scoreboard
 * @skb: the segment
 */
void etp_board_del(struct etp_board *board, struct sk_buff *skb)
{
	etp_board_remark(board, etp_tx(skb), 0);
	list_del_init(&etp_tx(skb)->order);
	rb_erase(&skb->rbnode, &board->root);
	RB_CLEAR_NODE(&skb->rbnode);
}

/**
 * etp_board_sent - a segment of the tree went again
 * @board: the scoreboard
 * @skb: the segment
 */
void etp_board_sent(struct etp_board *board, struct sk_buff *skb)
{
	struct etp_tx *tx = etp_tx(skb);

	if (!(tx->mark & ETP_MARK_SACKED)) {
		etp_board_remark(board, tx, tx->mark | ETP_MARK_RETRANS);
		list_move_tail(&tx->order, &board->order);
	}
}

/* ---- What an ACK says ---- */

/* The segments that a large one was on the wire, as far as they end at or before @seq;
 * a FIN or SYN behind the last byte is in its segment.
 */
static u32 etp_board_pieces(const struct etp_tx *tx, u32 seq)
{
	u32 len = tx->end_seq - tx->seq - !!(tx->flags & (ETP_SYN | ETP_FIN));

	if (seq == tx->end_seq)
		return max(DIV_ROUND_UP(len, max_t(u32, tx->mss, 1)), 1U);
	return (seq - tx->seq) / max_t(u32, tx->mss, 1);
}

/**
 * etp_board_count_segs - count the segments that an ACK tells of
 * @board: the scoreboard, SND.UNA as before the ACK
 * @tx: of a segment that has arrived
 * @end: up to here
 * @ack: is told
 */
void etp_board_count_segs(const struct etp_board *board, const struct etp_tx *tx,
			  u32 end, struct etp_rec_ack *ack)
{
	ack->segs += etp_board_pieces(tx, end);
	if (seq_lt(tx->seq, board->una))
		ack->segs -= etp_board_pieces(tx, board->una);
}

/**
 * etp_board_delivered - a segment has arrived
 * @board: the scoreboard
 * @tx: the segment, not SACKed before
 * @clock: the time
 * @ack: is told
 *
 * RFC 8985 section 6.2 step 2: an ACK that comes sooner after a retransmission
 * than any did, or echoes an older timestamp, is of the original.
 */
void etp_board_delivered(const struct etp_board *board, const struct etp_tx *tx,
			 const struct etp_sack_clock *clock,
			 struct etp_rec_ack *ack)
{
	u64 rtt = clock->now - tx->sent_us;

	ack->delivered += etp_board_len(board, tx);
	if (!tx->retrans) {
		if (!ack->has_orig || seq_lt(tx->end_seq, ack->orig))
			ack->orig = tx->end_seq;
		ack->has_orig = true;
		if (seq_lt(tx->end_seq, board->high))
			ack->reordered = true;
	} else if (rtt < clock->min_rtt_us ||
		   (clock->echo_us && clock->echo_us + USEC_PER_MSEC <= tx->sent_us)) {
		return;
	}
	if (tx->sent_us < ack->sent_us ||
	    (tx->sent_us == ack->sent_us && ack->sent_us &&
	     seq_lt(tx->end_seq, ack->end_seq)))
		return;
	ack->sent_us = tx->sent_us;
	ack->end_seq = tx->end_seq;
	ack->rtt_us = min_t(u64, rtt, U32_MAX);
	ack->before = tx->delivered;
	ack->idle = tx->idle;
}

/**
 * etp_board_advance - SND.UNA moved, and the segments below it are gone
 * @board: the scoreboard
 * @una: SND.UNA
 * @clock: the time
 * @ack: is told of what arrived of the first segment that is left
 */
void etp_board_advance(struct etp_board *board, u32 una,
		       const struct etp_sack_clock *clock, struct etp_rec_ack *ack)
{
	struct sk_buff *skb = skb_rb_first(&board->root);
	u32 from;

	if (skb && seq_lt(etp_tx(skb)->seq, una)) {
		struct etp_tx *tx = etp_tx(skb);

		from = seq_lt(tx->seq, board->una) ? board->una : tx->seq;
		etp_board_count(board, tx->mark, -(s32)(una - from));
		if (!(tx->mark & ETP_MARK_SACKED)) {
			struct etp_tx part = *tx;

			part.end_seq = una;
			etp_board_delivered(board, &part, clock, ack);
			etp_board_count_segs(board, tx, una, ack);
		}
	}
	board->una = una;
	if (seq_lt(board->high, una))
		board->high = una;
	if (seq_lt(board->hint, una))
		board->hint = una;
}

/* RFC 2883 section 4: the first block is below the ACK, or within the second. */
static bool etp_is_dsack(const struct etp_sack_block *block, unsigned int n, u32 cum)
{
	if (seq_leq(block[0].end, cum))
		return true;
	return n > 1 && seq_geq(block[0].start, block[1].start) &&
	       seq_leq(block[0].end, block[1].end);
}

static bool etp_block_valid(const struct etp_board *board,
			    const struct etp_sack_block *block, u32 nxt)
{
	return seq_lt(block->start, block->end) && seq_leq(block->end, nxt) &&
	       seq_geq(block->start, board->una);
}

/* The segment at or after @start, cut so that none of it lies before. */
static struct sk_buff *etp_block_first(struct etp_board *board, u32 start)
{
	struct sk_buff *skb = etp_board_from(board, start);
	struct etp_tx *tx;
	u32 off;

	if (!skb || seq_geq(etp_tx(skb)->seq, start))
		return skb;
	tx = etp_tx(skb);
	off = tx->mss ? roundup(start - tx->seq, (u32)tx->mss) : U32_MAX;
	if (off < tx->end_seq - tx->seq && !(tx->mark & ETP_MARK_SACKED) &&
	    board->split(board, skb, off))
		return NULL;
	return skb_rb_next(skb);
}

/* Is @skb within the block, cut if need be? */
static bool etp_block_holds(struct etp_board *board, struct sk_buff *skb, u32 end)
{
	struct etp_tx *tx = etp_tx(skb);
	u32 keep;

	if (seq_leq(tx->end_seq, end))
		return true;
	if (seq_geq(tx->seq, end) || !tx->mss || (tx->mark & ETP_MARK_SACKED))
		return false;
	keep = rounddown(end - tx->seq, (u32)tx->mss);
	return keep && !board->split(board, skb, keep);
}

/* Where the SACKed segments end that the last ACK's blocks had in them with this. */
static u32 etp_board_skip(const struct etp_board *board, const struct etp_tx *tx)
{
	unsigned int i;

	for (i = 0; i < board->nseen; i++)
		if (seq_leq(board->seen[i].start, tx->seq) &&
		    seq_gt(board->seen[i].end, tx->end_seq))
			return board->seen[i].end;
	return tx->end_seq;
}

/* Returns the segments that the block has in it, all of them SACKed now. */
static struct etp_sack_block etp_block_mark(struct etp_board *board,
					    const struct etp_sack_block *block,
					    const struct etp_sack_clock *clock,
					    struct etp_rec_ack *ack)
{
	struct sk_buff *skb = etp_block_first(board, block->start);
	struct etp_sack_block done = { block->start, block->start };

	if (skb)
		done.start = etp_tx(skb)->seq;
	done.end = done.start;
	while (skb && etp_block_holds(board, skb, block->end)) {
		struct etp_tx *tx = etp_tx(skb);

		done.end = tx->end_seq;
		if (tx->mark & ETP_MARK_SACKED) {
			done.end = etp_board_skip(board, tx);
		} else {
			etp_board_delivered(board, tx, clock, ack);
			etp_board_count_segs(board, tx, tx->end_seq, ack);
			ack->sacked += etp_board_len(board, tx);
			etp_board_remark(board, tx, ETP_MARK_SACKED);
			list_del_init(&tx->order);
			if (seq_gt(tx->end_seq, board->high))
				board->high = tx->end_seq;
		}
		skb = done.end == tx->end_seq ? skb_rb_next(skb) :
						etp_board_from(board, done.end);
	}
	return done;
}

/* Upwards, so that a block reported late, its first ACK lost, looks like no
 * reordering.
 */
static void etp_blocks_sort(struct etp_sack_block *block, unsigned int n)
{
	unsigned int i, j;

	for (i = 1; i < n; i++)
		for (j = i; j && seq_lt(block[j].start, block[j - 1].start); j--)
			swap(block[j], block[j - 1]);
}

/**
 * etp_board_sack - Update() of RFC 6675 section 4
 * @board: the scoreboard; etp_board_advance() was called for the same ACK
 * @block: the blocks of the option, at most ETP_MAX_SACKS; changed
 * @n: how many
 * @cum: SEG.ACK; below SND.UNA when a later ACK has overtaken this one
 * @nxt: SND.NXT
 * @clock: the time
 * @ack: is told what is new
 *
 * Returns how many blocks made no sense.
 */
unsigned int etp_board_sack(struct etp_board *board, struct etp_sack_block *block,
			    unsigned int n, u32 cum, u32 nxt,
			    const struct etp_sack_clock *clock,
			    struct etp_rec_ack *ack)
{
	struct etp_sack_block seen[ETP_MAX_SACKS];
	unsigned int i, bad = 0, nseen = 0;

	if (n && seq_lt(block->start, block->end) && seq_leq(block->end, nxt) &&
	    etp_is_dsack(block, n, cum)) {
		ack->has_dsack = true;
		ack->dsack = *block++;
		n--;
	}
	etp_blocks_sort(block, n);
	for (i = 0; i < n; i++) {
		/* what it says of bytes that are acknowledged by now is no news */
		if (seq_geq(block[i].start, cum) && seq_lt(block[i].start, board->una) &&
		    seq_gt(block[i].end, board->una))
			block[i].start = board->una;
		if (etp_block_valid(board, &block[i], nxt)) {
			seen[nseen] = etp_block_mark(board, &block[i], clock, ack);
			nseen += seen[nseen].start != seen[nseen].end;
		} else if (seq_gt(block[i].end, board->una)) {
			bad++;		/* one below SND.UNA is just old */
		}
	}
	if (n) {
		memcpy(board->seen, seen, nseen * sizeof(seen[0]));
		board->nseen = nseen;
	}
	return bad;
}

/* ---- What is lost ---- */

/**
 * etp_board_lost - a segment is lost, or its retransmission is
 * @board: the scoreboard
 * @skb: the segment
 * @cause: for tracing and for the counters
 *
 * Returns how many bytes have to be sent again that need not before.
 */
u32 etp_board_lost(struct etp_board *board, struct sk_buff *skb, enum etp_cause cause)
{
	struct etp_tx *tx = etp_tx(skb);

	if ((tx->mark & ETP_MARK_SACKED) || etp_waits(tx))
		return 0;
	etp_board_remark(board, tx, ETP_MARK_LOST);
	tx->cause = cause;
	list_del_init(&tx->order);
	if (seq_lt(tx->seq, board->hint))
		board->hint = tx->seq;
	return etp_board_len(board, tx);
}

/* Where the first piece of a segment ends of which something is not acknowledged. */
static u32 etp_piece_end(const struct etp_board *board, const struct etp_tx *tx)
{
	u32 mss = max_t(u32, tx->mss, 1);
	u32 acked = seq_lt(tx->seq, board->una) ? board->una - tx->seq : 0;

	return tx->seq + (acked / mss + 1) * mss;
}

/**
 * etp_board_lost_range - what lies in a range is lost
 * @board: the scoreboard
 * @start: first sequence number
 * @end: first one behind
 * @cause: for tracing and for the counters
 * @again: also what went again and may still arrive
 *
 * A segment is marked when it lies in the range as a whole, after a cut where it
 * went out as several; the first one always is.  Returns bytes that have to be sent
 * again.
 */
u32 etp_board_lost_range(struct etp_board *board, u32 start, u32 end,
			 enum etp_cause cause, bool again)
{
	struct sk_buff *skb = etp_board_from(board, start);
	u32 least, lost = 0;

	/* what is acknowledged of the first one does not matter */
	if (skb && seq_lt(etp_tx(skb)->seq, start) && seq_gt(start, board->una))
		skb = etp_block_first(board, start);
	if (skb) {
		least = etp_piece_end(board, etp_tx(skb));
		if (seq_lt(end, least))
			end = least;
	}
	for (; skb && etp_block_holds(board, skb, end); skb = skb_rb_next(skb))
		if (again || !(etp_tx(skb)->mark & ETP_MARK_RETRANS))
			lost += etp_board_lost(board, skb, cause);
	return lost;
}

/**
 * etp_board_lost_all - all that was not SACKed is lost
 * @board: the scoreboard
 * @cause: for tracing and for the counters
 *
 * Returns bytes that have to be sent again and need not before.
 */
u32 etp_board_lost_all(struct etp_board *board, enum etp_cause cause)
{
	struct sk_buff *skb;
	u32 lost = 0;

	for (skb = skb_rb_first(&board->root); skb; skb = skb_rb_next(skb))
		lost += etp_board_lost(board, skb, cause);
	return lost;
}

/**
 * etp_board_next - what is lost and has to go again first
 * @board: the scoreboard
 *
 * Returns NULL when nothing has.
 */
struct sk_buff *etp_board_next(struct etp_board *board)
{
	struct sk_buff *skb;

	if (!board->todo)
		return NULL;
	for (skb = etp_board_from(board, board->hint); skb; skb = skb_rb_next(skb)) {
		if (!etp_waits(etp_tx(skb)))
			continue;
		board->hint = etp_tx(skb)->seq;
		return skb;
	}
	WARN_ON_ONCE(1);
	return NULL;
}

/**
 * etp_board_edge - IsLost() of RFC 6675 section 4
 * @board: the scoreboard
 * @mss: SMSS, bytes
 *
 * Returns the sequence number below which everything is lost that was not SACKed:
 * DupThresh separate ranges were SACKed above it, or more bytes than (DupThresh - 1)
 * segments have.  SND.UNA when nothing is.
 */
u32 etp_board_edge(const struct etp_board *board, u32 mss)
{
	struct sk_buff *skb = etp_board_from(board, board->high - 1);
	u32 bytes = 0, ranges = 0;
	bool inside = false;

	if (!board->sacked)
		return board->una;
	for (; skb; skb = skb_rb_prev(skb)) {
		const struct etp_tx *tx = etp_tx(skb);

		if (!(tx->mark & ETP_MARK_SACKED)) {
			inside = false;
			continue;
		}
		ranges += !inside;
		inside = true;
		bytes += etp_board_len(board, tx);
		if (ranges >= ETP_DUPTHRESH || bytes > (ETP_DUPTHRESH - 1) * mss)
			return seq_lt(tx->seq, board->una) ? board->una : tx->seq;
	}
	return board->una;
}

/**
 * etp_board_fresh - NextSeg() (3) of RFC 6675 section 4
 * @board: the scoreboard
 * @from: HighRxt
 * @seq: gets the sequence number
 *
 * Returns false when there is nothing below what was SACKed that neither was, nor is
 * lost, nor went again.
 */
bool etp_board_fresh(const struct etp_board *board, u32 from, u32 *seq)
{
	struct sk_buff *skb = etp_board_from(board, from);

	for (; skb && seq_lt(etp_tx(skb)->seq, board->high); skb = skb_rb_next(skb)) {
		const struct etp_tx *tx = etp_tx(skb);

		if (tx->mark)
			continue;
		*seq = seq_lt(tx->seq, board->una) ? board->una : tx->seq;
		return true;
	}
	return false;
}

/**
 * etp_board_last - the last segment in flight
 * @board: the scoreboard
 * @seq: gets its sequence number, that of the last piece it went out as
 *
 * Returns false when there is none, or it was SACKed.
 */
bool etp_board_last(const struct etp_board *board, u32 *seq)
{
	struct rb_node *node = rb_last(&board->root);
	const struct etp_tx *tx;
	u32 len;

	if (!node)
		return false;
	tx = etp_tx(rb_to_skb(node));
	if (tx->mark & ETP_MARK_SACKED)
		return false;
	len = tx->end_seq - tx->seq - !!(tx->flags & ETP_FIN);
	*seq = tx->seq;
	if (tx->mss && len > tx->mss)
		*seq += rounddown(len - 1, (u32)tx->mss);
	if (seq_lt(*seq, board->una))
		*seq = board->una;
	return true;
}

/* Back into the list, by the time it was sent.  @at is where the last one went, from
 * which it is not far as a rule.
 */
static struct list_head *etp_board_relist(struct etp_board *board, struct etp_tx *tx,
					  struct list_head *at)
{
	if (at != &board->order &&
	    list_entry(at, struct etp_tx, order)->sent_us > tx->sent_us)
		at = &board->order;
	while (at->next != &board->order &&
	       list_entry(at->next, struct etp_tx, order)->sent_us <= tx->sent_us)
		at = at->next;
	list_add(&tx->order, at);
	return &tx->order;
}

/**
 * etp_board_forget - what was SACKed counts as in flight again
 * @board: the scoreboard
 */
void etp_board_forget(struct etp_board *board)
{
	struct list_head *at = &board->order;
	struct sk_buff *skb;

	for (skb = skb_rb_first(&board->root); skb; skb = skb_rb_next(skb)) {
		struct etp_tx *tx = etp_tx(skb);

		if (!(tx->mark & ETP_MARK_SACKED))
			continue;
		etp_board_remark(board, tx, 0);
		at = etp_board_relist(board, tx, at);
	}
	board->high = board->una;
	board->nseen = 0;
}

/**
 * etp_board_reneged - has the peer thrown away what it had SACKed?
 * @board: the scoreboard
 *
 * RFC 2018 section 8: it may.  Told by a first segment that is SACKed and was not
 * acknowledged when the retransmission timer expired.  The marks are forgotten then.
 */
bool etp_board_reneged(struct etp_board *board)
{
	struct sk_buff *skb = skb_rb_first(&board->root);

	if (!skb || !(etp_tx(skb)->mark & ETP_MARK_SACKED))
		return false;
	etp_board_forget(board);
	return true;
}

/**
 * etp_board_unlose - nothing was lost after all
 * @board: the scoreboard
 */
void etp_board_unlose(struct etp_board *board)
{
	struct list_head *at = &board->order;
	struct sk_buff *skb;

	for (skb = skb_rb_first(&board->root); skb; skb = skb_rb_next(skb)) {
		struct etp_tx *tx = etp_tx(skb);

		if (tx->mark & ETP_MARK_SACKED)
			continue;
		if (etp_waits(tx))
			at = etp_board_relist(board, tx, at);
		etp_board_remark(board, tx, 0);
	}
	board->hint = board->una;
}
