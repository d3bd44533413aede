// SPDX-License-Identifier: GPL-2.0
/*
 * The retransmit tree: what was sent and is not acknowledged, ordered by
 * sequence number, which the scoreboard keeps.  May touch the skbs in it.
 */
#include "internal.h"
#include <trace/events/etp.h>

/**
 * etp_rtx_empty - is everything sent acknowledged?
 * @sk: the socket, locked
 */
bool etp_rtx_empty(const struct sock *sk)
{
	return RB_EMPTY_ROOT(&etp_sk(sk)->rec.board.root);
}

/**
 * etp_rtx_head - the oldest unacknowledged segment, NULL when there is none
 * @sk: the socket, locked
 */
struct sk_buff *etp_rtx_head(const struct sock *sk)
{
	return skb_rb_first(&etp_sk(sk)->rec.board.root);
}

/**
 * etp_rtx_find - the segment that holds a sequence number
 * @sk: the socket, locked
 * @seq: the sequence number
 *
 * Returns NULL when it is not in the tree.
 */
struct sk_buff *etp_rtx_find(const struct sock *sk, u32 seq)
{
	struct rb_node *node = etp_sk(sk)->rec.board.root.rb_node;

	while (node) {
		struct sk_buff *skb = rb_to_skb(node);

		if (seq_lt(seq, etp_tx(skb)->seq))
			node = node->rb_left;
		else if (seq_geq(seq, etp_tx(skb)->end_seq))
			node = node->rb_right;
		else
			return skb;
	}
	return NULL;
}

/**
 * etp_rtx_insert - a segment has been sent for the first time
 * @sk: the socket, locked
 * @skb: the segment, charged to the socket
 */
void etp_rtx_insert(struct sock *sk, struct sk_buff *skb)
{
	etp_board_add(&etp_sk(sk)->rec.board, skb);
}

/**
 * etp_rtx_remove - a segment is acknowledged: take it out and free it
 * @sk: the socket, locked
 * @skb: a segment of the tree
 */
void etp_rtx_remove(struct sock *sk, struct sk_buff *skb)
{
	etp_board_del(&etp_sk(sk)->rec.board, skb);
	etp_free_out(sk, skb);
}

/* The segment at @seq, cut so that it begins there. */
static struct sk_buff *etp_rtx_at(struct sock *sk, u32 seq)
{
	struct sk_buff *skb = etp_rtx_find(sk, seq);
	struct etp_tx *tx;

	if (!skb)
		return NULL;
	tx = etp_tx(skb);
	if (seq == tx->seq)
		return skb;
	/* A SYN has no byte to cut behind. */
	if ((tx->flags & ETP_SYN) || etp_split(sk, skb, seq - tx->seq, GFP_ATOMIC))
		return skb;
	if (seq_leq(seq, etp_sk(sk)->snd.una))
		etp_rtx_remove(sk, skb);
	return etp_rtx_find(sk, seq);
}

/* RFC 3168 section 6.1.1.1: perhaps the bits were why the SYN got no answer. */
static void etp_syn_without_ecn(const struct sock *sk, struct etp_tx *tx)
{
	if ((tx->flags & (ETP_SYN | ETP_ACK)) == ETP_SYN &&
	    READ_ONCE(etp_net(sock_net(sk))->ecn_fallback))
		tx->flags &= ~(ETP_ECE | ETP_CWR);
}

/**
 * etp_retransmit - send again what begins at a sequence number
 * @sk: the socket, locked
 * @seq: the first sequence number, at or after SND.UNA
 * @limit: bytes at most; one segment goes however small this is
 * @cause: why
 *
 * Never reaches beyond the peer's window, except for one segment.  Returns the
 * first sequence number after what was sent; @seq when nothing could be (no
 * memory, or the first copy has not left this host).
 */
u32 etp_retransmit(struct sock *sk, u32 seq, u32 limit, enum etp_cause cause)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;
	struct sk_buff *skb = etp_rtx_at(sk, seq);
	struct etp_tx *tx;
	s32 room = etp_snd_end(snd) - seq;
	u32 segs;

	if (!skb)
		return seq;
	/* RFC 5482 counts from when the oldest byte went for the first time */
	if (!etp_sk(sk)->rec.retrans_at)
		etp_sk(sk)->rec.retrans_at = etp_tx(etp_rtx_head(sk))->sent_us;
	if (skb_fclone_busy(sk, skb))
		return seq;
	/* a probe does not go again as one */
	if (unlikely(etp_sk(sk)->plpmtu.probe) && seq == etp_sk(sk)->plpmtu.start)
		etp_plpmtu_forget(&etp_sk(sk)->plpmtu);
	limit = min_t(u32, limit, max(room, 0));
	limit = max_t(u32, rounddown(limit, snd->mss), snd->mss);
	if (skb->len > limit && etp_split(sk, skb, limit, GFP_ATOMIC))
		return seq;
	tx = etp_tx(skb);
	etp_syn_without_ecn(sk, tx);
	if (etp_sk(sk)->af->rebuild_route(sk) ||
	    etp_transmit(sk, skb, true, GFP_ATOMIC))
		return seq;

	trace_etp_retransmit(sk, seq, tx->end_seq - seq, cause);
	etp_board_sent(&etp_sk(sk)->rec.board, skb);
	if (tx->retrans < U8_MAX)
		tx->retrans++;
	segs = DIV_ROUND_UP(max(skb->len, 1U), snd->mss);
	snd->total_retrans += segs;
	snd->bytes_retrans += skb->len;
	ETP_ADD(sock_net(sk), RetransSegs, segs);
	if (tx->flags & ETP_SYN)
		ETP_INC(sock_net(sk), SynRetrans);
	etp_rec_sent(sk, skb, true);
	return tx->end_seq;
}
