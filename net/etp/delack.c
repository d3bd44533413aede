// SPDX-License-Identifier: GPL-2.0
/*
 * When to acknowledge: RFC 9293 section 3.8.6.3, RFC 5681 section 4.2.
 * May touch the acknowledgment fields of struct etp_rcv and the delayed-ACK
 * timer.
 */
#include "internal.h"
#include <net/inet_ecn.h>

#define ETP_QUICK_MAX	16U

/* A sender in slow start lives on ACKs, so a connection begins without delay. */
static void etp_ack_more_quick(struct etp_rcv *rcv, unsigned int max)
{
	unsigned int quick = rcv->wnd / (2 * max_t(u32, rcv->mss, 1));

	quick = clamp(quick, 2U, min(max, ETP_QUICK_MAX));
	if (quick > rcv->quick)
		rcv->quick = quick;
	rcv->ato = ETP_DELACK_MIN;
}

/**
 * etp_ack_quick - acknowledge the next segments without delay
 * @sk: the socket, locked
 * @max: how many at most
 *
 * Even if the program answers what it reads: the sender seems to need it.
 */
void etp_ack_quick(struct sock *sk, unsigned int max)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	etp_ack_more_quick(rcv, max);
	rcv->pingpong = 0;
}

/* The delay follows the pace at which segments come. */
static void etp_ack_pace(struct etp_rcv *rcv, u32 now)
{
	u32 gap = now - rcv->last_data;

	if (gap <= ETP_DELACK_MIN / 2)
		rcv->ato = rcv->ato / 2 + ETP_DELACK_MIN / 2;
	else if (gap < rcv->ato)
		rcv->ato = min(rcv->ato / 2 + gap, (u32)ETP_DELACK_MAX);
}

/**
 * etp_ack_mark - data arrived on a connection with ECN
 * @sk: the socket, locked
 * @seg: the segment, in order or early
 *
 * A mark, or the answer to our echo of one, is news for the peer.
 */
void etp_ack_mark(struct sock *sk, const struct etp_segment *seg)
{
	if (seg->ecn == INET_ECN_CE)
		ETP_INC(sock_net(sk), EcnMarked);
	if (etp_ecn_data(&etp_sk(sk)->ecn, seg))
		etp_sk(sk)->rcv.ack_now = 1;
}

/**
 * etp_ack_note - data arrived that will need an ACK
 * @sk: the socket, locked
 * @skb: segment with payload
 *
 * Learns the peer's segment size and pace.
 */
void etp_ack_note(struct sock *sk, const struct sk_buff *skb)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	u32 len = skb_shinfo(skb)->gso_size ?: skb->len;
	u32 now = etp_jiffies();

	if (len >= rcv->mss)
		rcv->mss = min_t(u32, len, rcv->advmss);
	rcv->unacked += skb->len;
	rcv->delack = 1;
	if (!rcv->ato)
		etp_ack_more_quick(rcv, ETP_QUICK_MAX);
	else
		etp_ack_pace(rcv, now);
	rcv->last_data = now;
}

/* More than one segment is unacknowledged, and an ACK now helps the sender. */
static bool etp_ack_second_segment(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	if (rcv->nxt - rcv->wup <= rcv->mss)
		return false;
	/* Not yet read: the read will send it, with a wider window. */
	return rcv->nxt - rcv->copied < sk->sk_rcvlowat ||
	       etp_rwnd_select(sk) >= rcv->wnd;
}

/* Segments that waited for the program to let go of the socket are all dealt with
 * before one ACK answers them, MUST-58 and MUST-59.  Not behind a gap: there the
 * sender counts the ACKs.  Returns true when release_sock() will send it.
 */
static bool etp_ack_aggregate(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);

	if (!sock_owned_by_user_nocheck(sk) || !etp_reasm_empty(&es->rcv.reasm))
		return false;
	if (!test_and_set_bit(ETP_DEFER_ACK, &es->timers.deferred))
		sock_hold(sk);
	return true;
}

/**
 * etp_ack_check - a segment has been dealt with: ACK now, later or not at all
 * @sk: the socket, locked
 *
 * Out-of-order data is answered at once, so that the sender counts duplicates
 * (RFC 5681 section 4.2); every second full segment is too (SHLD-19).
 */
void etp_ack_check(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	if (!rcv->delack && !rcv->ack_now)
		return;
	if (rcv->ack_now || (rcv->quick && !rcv->pingpong) ||
	    etp_ack_second_segment(sk) || !etp_reasm_empty(&rcv->reasm)) {
		if (!etp_ack_aggregate(sk))
			etp_send_ack(sk);
		return;
	}
	etp_timer_delack(sk, clamp_t(u32, rcv->ato, ETP_DELACK_MIN,
				     ETP_DELACK_MAX));
}

/**
 * etp_ack_sent - a segment with ACK has gone
 * @sk: the socket, locked
 */
void etp_ack_sent(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	if (rcv->quick)
		rcv->quick--;
	rcv->unacked = 0;
	rcv->ack_now = 0;
	rcv->last_ack_sent = etp_jiffies();
	if (rcv->delack) {
		rcv->delack = 0;
		if (timer_pending(&etp_sk(sk)->timers.delack))
			sk_stop_timer(sk, &etp_sk(sk)->timers.delack);
	}
}
