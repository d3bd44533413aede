// SPDX-License-Identifier: GPL-2.0
/*
 * When to acknowledge: RFC 9293 section 3.8.6.3, RFC 5681 section 4.2.
 * May touch the acknowledgment fields of struct etp_rcv and the delayed-ACK
 * timer.
 */
#include "internal.h"
#include <net/inet_ecn.h>

#define ETP_QUICK_MAX	16U

/* ---- The usual policy: RFC 5681 section 4.2, with a quick start ---- */

/* Every second full segment (SHLD-19), and at once what makes the sender count
 * duplicates, or fills a gap.
 */
static bool etp_rfc5681_now(const struct etp_ack_view *view)
{
	return (view->quick && !view->answering) || view->early || view->useful;
}

/* The delay follows the pace at which segments come. */
static u32 etp_rfc5681_delay(const struct etp_ack_view *view)
{
	if (!view->delay)
		return ETP_DELACK_MIN;
	if (view->gap <= ETP_DELACK_MIN / 2)
		return view->delay / 2 + ETP_DELACK_MIN / 2;
	return view->gap < view->delay ? view->delay / 2 + view->gap : view->delay;
}

/* A sender in slow start lives on ACKs, so a connection begins without delay. */
static u32 etp_rfc5681_quick(const struct etp_ack_view *view)
{
	return view->wnd / (2 * max(view->mss, 1U));
}

struct etp_ack_policy_ops etp_ack_rfc5681 = {
	.policy	= ETP_POLICY("rfc5681"),
	.now	= etp_rfc5681_now,
	.delay	= etp_rfc5681_delay,
	.quick	= etp_rfc5681_quick,
};

/* ---- The choice ---- */

static const struct etp_ack_policy_ops *etp_ack_of(const struct etp_policy *policy)
{
	return container_of(policy, struct etp_ack_policy_ops, policy);
}

/**
 * etp_ack_inherit - a new socket: its listener's policy, or the namespace's
 * @es: the socket; its ack_ops are the listener's, NULL without one
 *
 * Any context.
 */
void etp_ack_inherit(struct etp_sock *es)
{
	const struct etp_policy *old = es->ack_ops ? &es->ack_ops->policy : NULL;

	es->ack_ops = etp_ack_of(etp_registry_inherit(es->node.net, ETP_ROLE_ACK, old));
}

/**
 * etp_ack_choose - use another policy from now on (ETP_ACK_POLICY)
 * @es: the socket, locked
 * @name: name of the policy
 *
 * Process context, may sleep.  Returns 0, -ENOENT or -EBUSY.
 */
int etp_ack_choose(struct etp_sock *es, const char *name)
{
	struct etp_policy *policy = etp_registry_get(ETP_ROLE_ACK, name);

	if (IS_ERR(policy))
		return PTR_ERR(policy);
	etp_policy_put(&es->ack_ops->policy);
	es->ack_ops = etp_ack_of(policy);
	return 0;
}

/* ---- What is the same for all ---- */

static void etp_ack_look(const struct etp_rcv *rcv, struct etp_ack_view *view)
{
	*view = (struct etp_ack_view) {
		.waiting = rcv->nxt - rcv->wup,
		.mss = rcv->mss,
		.wnd = rcv->wnd,
		.delay = rcv->ato,
		.quick = rcv->quick,
		.early = !etp_reasm_empty(&rcv->reasm),
		.answering = rcv->pingpong,
	};
}

static void etp_ack_more_quick(struct etp_sock *es, unsigned int max)
{
	struct etp_rcv *rcv = &es->rcv;
	struct etp_ack_view view;
	unsigned int quick;

	etp_ack_look(rcv, &view);
	view.delay = 0;
	quick = clamp(es->ack_ops->quick(&view), 2U, min(max, ETP_QUICK_MAX));
	if (quick > rcv->quick)
		rcv->quick = quick;
	rcv->ato = max(es->ack_ops->delay(&view), 1U);
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
	etp_ack_more_quick(etp_sk(sk), max);
	etp_sk(sk)->rcv.pingpong = 0;
}

static void etp_ack_pace(struct etp_sock *es, u32 now)
{
	struct etp_ack_view view;

	etp_ack_look(&es->rcv, &view);
	view.gap = now - es->rcv.last_data;
	es->rcv.ato = clamp(es->ack_ops->delay(&view), 1U, (u32)ETP_DELACK_MAX);
}

/**
 * etp_ack_mark - data arrived on a connection with ECN
 * @sk: the socket, locked
 * @skb: the segment, in order or early
 *
 * A mark, or the answer to our echo of one, is news for the peer.
 */
void etp_ack_mark(struct sock *sk, const struct sk_buff *skb)
{
	if (etp_seg(skb)->ecn == INET_ECN_CE) {
		ETP_INC(sock_net(sk), EcnMarked);
		etp_sk(sk)->meter.ce += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	}
	if (etp_ecn_data(&etp_sk(sk)->ecn, etp_seg(skb)))
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
		etp_ack_more_quick(etp_sk(sk), ETP_QUICK_MAX);
	else
		etp_ack_pace(etp_sk(sk), now);
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
 * What the protocol demands at once (ack_now) goes at once, of the rest the policy
 * decides.
 */
void etp_ack_check(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	struct etp_ack_view view;

	if (!rcv->delack && !rcv->ack_now)
		return;
	etp_ack_look(rcv, &view);
	view.useful = !rcv->ack_now && etp_ack_second_segment(sk);
	if (rcv->ack_now || etp_sk(sk)->ack_ops->now(&view)) {
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
