// SPDX-License-Identifier: GPL-2.0
/*
 * A segment comes in.  Read downwards: etp_rcv_check() looks whether it is one,
 * etp_rcv() finds whose it is, etp_do_rcv() takes the short way or the long one, and
 * etp_rcv_state() goes through RFC 9293 section 3.10.7 in its order.  May touch the
 * rooms; what a step does is in the file of that name.
 *
 * (The helpers stand above their callers, so the story begins at the end of the
 * file.)
 */
#include "internal.h"
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/xfrm.h>
#include <trace/events/etp.h>

/* ---- Text: data for the program ---- */

/**
 * etp_data_ready - tell the program, if there is enough to tell it about
 * @sk: the socket, locked
 */
void etp_data_ready(struct sock *sk)
{
	const struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	int avail = rcv->nxt - rcv->copied;

	if (avail >= READ_ONCE(sk->sk_rcvlowat) || sock_flag(sk, SOCK_DONE) ||
	    atomic_read(&sk->sk_rmem_alloc) >= sk->sk_rcvbuf / 2)
		sk->sk_data_ready(sk);
}

/* Room for a segment?  Data that can wait for a retransmission goes first. */
static bool etp_rcv_space(struct sock *sk, struct sk_buff *skb)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	if (atomic_read(&sk->sk_rmem_alloc) > sk->sk_rcvbuf &&
	    !etp_reasm_empty(&rcv->reasm)) {
		etp_reasm_purge(&rcv->reasm);
		ETP_INC(sock_net(sk), OFODrop);
	}
	/* What was offered is taken, though small segments cost more than the
	 * window counts; who sends nothing else is stopped all the same.  And
	 * one segment can always be read.
	 */
	if (atomic_read(&sk->sk_rmem_alloc) / 2 > sk->sk_rcvbuf &&
	    !skb_queue_empty(&sk->sk_receive_queue))
		return false;
	return sk_rmem_schedule(sk, skb, skb->truesize);
}

/* Append to the receive queue, in one skb with the last if that is free. */
static void etp_queue_tail(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	bool stolen;

	if (tail && etp_merge(tail, skb, &stolen)) {
		ETP_INC(sock_net(sk), RcvCoalesce);
		kfree_skb_partial(skb, stolen);
		return;
	}
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	skb_set_owner_r(skb, sk);
}

static void etp_advance(struct etp_rcv *rcv, u32 end_seq)
{
	rcv->bytes_received += end_seq - rcv->nxt;
	rcv->nxt = end_seq;
}

static void etp_rcv_fin(struct sock *sk);

/* Segments that waited for this one.  Returns true when FIN was among them. */
static bool etp_drain_reassembly(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	struct sk_buff *skb;
	bool fin = false;

	while (!fin && (skb = etp_reasm_pull(&rcv->reasm, rcv->nxt))) {
		fin = etp_seg(skb)->flags & ETP_FIN;
		etp_advance(rcv, etp_seg(skb)->end_seq - fin);
		if (fin)
			etp_seg(skb)->end_seq--;
		etp_seg(skb)->flags &= ~ETP_FIN;
		if (seq_geq(etp_seg(skb)->seq, etp_seg(skb)->end_seq) || !skb->len) {
			kfree_skb(skb);
			continue;
		}
		__skb_queue_tail(&sk->sk_receive_queue, skb);
	}
	etp_reasm_sack_trim(&rcv->reasm, rcv->nxt);
	return fin;
}

/* Bytes below RCV.NXT came again, RFC 2883 section 4.1. */
static void etp_note_old(struct etp_rcv *rcv, const struct etp_segment *seg)
{
	if (seq_lt(seg->seq, rcv->nxt))
		etp_reasm_dup(&rcv->reasm, seg->seq, seq_lt(seg->end_seq, rcv->nxt) ?
			      seg->end_seq : rcv->nxt);
}

/* The next bytes in order.  Consumes @skb. */
static void etp_queue_in_order(struct sock *sk, struct sk_buff *skb)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	struct etp_segment *seg = etp_seg(skb);
	bool fin = seg->flags & ETP_FIN;

	seg->flags &= ~ETP_FIN;
	seg->end_seq -= fin;
	if (skb->len && seq_gt(seg->end_seq, rcv->nxt)) {
		etp_rwnd_rtt(sk, seg);
		etp_ack_note(sk, skb);
		if (unlikely(seg->seq != rcv->nxt)) {
			etp_note_old(rcv, seg);
			rcv->ack_now = 1;
		}
		etp_advance(rcv, seg->end_seq);
		etp_queue_tail(sk, skb);
	} else {
		kfree_skb(skb);
	}
	if (!etp_reasm_empty(&rcv->reasm)) {
		/* the ACK that fills a hole is awaited */
		rcv->ack_now = 1;
		etp_reasm_dup_ahead(&rcv->reasm, rcv->nxt);
		if (!fin)
			fin = etp_drain_reassembly(sk);
	}
	if (fin)
		etp_rcv_fin(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		etp_data_ready(sk);
}

/* Bytes behind a gap.  Consumes @skb. */
static void etp_queue_early(struct sock *sk, struct sk_buff *skb)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	rcv->ack_now = 1;	/* a duplicate ACK, RFC 5681 section 4.2 */
	rcv->ooo_segs++;
	skb_set_owner_r(skb, sk);
	if (etp_reasm_insert(&rcv->reasm, skb)) {
		ETP_INC(sock_net(sk), OFOQueue);
		return;
	}
	ETP_INC(sock_net(sk), OFOMerge);
	kfree_skb(skb);
}

/* Text beyond the right edge of the window, and the FIN behind it, is cut off.  A
 * FIN one past the window stays: it takes no room.  False without memory.
 */
static bool etp_trim_right(const struct etp_rcv *rcv, struct sk_buff *skb)
{
	struct etp_segment *seg = etp_seg(skb);
	bool fin = seg->flags & ETP_FIN;
	s32 over = seg->end_seq - fin - (rcv->nxt + etp_rwnd_left(rcv));

	if (likely(over <= 0))
		return true;
	if (pskb_trim(skb, skb->len - min_t(u32, over, skb->len)))
		return false;
	seg->flags &= ~ETP_FIN;
	seg->end_seq = seg->seq + skb->len;
	return true;
}

/* Seventh, process the segment text.  Consumes @skb. */
static void etp_rcv_text(struct sock *sk, struct sk_buff *skb)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	const struct etp_segment *seg = etp_seg(skb);

	/* After the peer's FIN no text can come: "ignore the segment text". */
	if (rcv->fin)
		goto drop;
	if (skb->len)
		rcv->data_segs_in += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	skb_dst_drop(skb);
	secpath_reset(skb);

	if (!etp_trim_right(rcv, skb) || seg->seq == seg->end_seq) {
		/* a shut window: say so */
		if (!etp_rwnd_left(rcv))
			ETP_INC(sock_net(sk), WantZeroWindowAdv);
		rcv->ack_now = 1;
		etp_ack_quick(sk, 16);
		goto drop;
	}
	if (skb->len && !etp_rcv_space(sk, skb)) {
		ETP_INC(sock_net(sk), RcvQDrop);
		rcv->ack_now = 1;
		sk->sk_data_ready(sk);
		goto drop;
	}
	if (skb->len && etp_sk(sk)->peer.ecn_ok)
		etp_ack_mark(sk, skb);
	if (seq_leq(seg->seq, rcv->nxt))
		etp_queue_in_order(sk, skb);
	else
		etp_queue_early(sk, skb);
	return;
drop:
	kfree_skb(skb);
}

/* Eighth, check the FIN bit: RCV.NXT goes past it, the program reads an end. */
static void etp_rcv_fin(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);

	if (es->rcv.fin)
		return;
	es->rcv.fin = 1;
	es->rcv.nxt++;
	es->rcv.bytes_received++;	/* as kernel TCP counts */
	es->rcv.ack_now = 1;
	/* no segment can follow */
	etp_reasm_purge(&es->rcv.reasm);
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);

	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		if (sk->sk_shutdown == SHUTDOWN_MASK || sk->sk_state == TCP_CLOSE)
			sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_HUP);
		else
			sk_wake_async(sk, SOCK_WAKE_WAITD, POLL_IN);
	}
	/* in TIME_WAIT the IP layer would no longer take it for a full socket */
	if (etp_fsm_next(sk->sk_state, ETP_EV_RCV_FIN) == TCP_TIME_WAIT)
		etp_send_ack(sk);
	if (etp_event(sk, ETP_EV_RCV_FIN) == TCP_TIME_WAIT)
		etp_timewait_enter(sk, TCP_TIME_WAIT, ETP_TIMEWAIT_LEN);
}

/* ---- First, check sequence number; second, RST; fourth, SYN ---- */

/* A segment that goes no further, and what the peer hears of it. */
static void etp_answer(struct sock *sk, enum etp_verdict verdict,
		       const struct etp_segment *seg)
{
	struct etp_sock *es = etp_sk(sk);

	if (!etp_may_answer(sock_net(sk), verdict, seg, &es->rcv.oow_at))
		return;
	if (verdict == ETP_OUTSIDE && seg->end_seq != seg->seq) {
		etp_ack_quick(sk, 16);
		etp_note_old(&es->rcv, seg);
	}
	etp_send_ack(sk);
}

/* R3: the segment covers the byte we acknowledged last */
static void etp_ts_recent(struct etp_sock *es, const struct etp_segment *seg)
{
	if (!es->peer.ts_ok || !(seg->opts & ETP_OPT_TS) ||
	    seq_gt(seg->seq, es->rcv.wup))
		return;
	if ((s32)(seg->tsval - es->peer.ts_recent) >= 0 ||
	    etp_ts_outdated(&es->peer)) {
		es->peer.ts_recent = seg->tsval;
		es->peer.ts_recent_at = etp_seconds();
	}
}

/* RFC 5961 section 3.2: this one is exact. */
static void etp_rcv_rst(struct sock *sk)
{
	int state = sk->sk_state;

	trace_etp_receive_reset(sk);
	etp_event(sk, ETP_EV_RCV_RST);
	etp_reset(sk, state == TCP_SYN_RECV ? ECONNREFUSED :
		      state == TCP_CLOSE_WAIT ? EPIPE : ECONNRESET);
}

/* Simultaneous open, RFC 9293 figure 8: the other end's SYN|ACK repeats the SYN
 * that we have had, which is trimmed like any other old number.
 */
static void etp_trim_crossed(const struct sock *sk, struct etp_segment *seg)
{
	const struct etp_sock *es = etp_sk(sk);

	if (sk->sk_state != TCP_SYN_RECV || seg->seq != es->rcv.irs ||
	    seg->ack != es->snd.nxt ||
	    (seg->flags & (ETP_SYN | ETP_ACK | ETP_RST)) != (ETP_SYN | ETP_ACK))
		return;
	seg->seq++;
	seg->flags &= ~ETP_SYN;
}

/* Steps one to four.  Returns false when the segment goes no further.  (Third,
 * security and compartment: RFC 9293 lets us leave them out.)
 */
static bool etp_check_segment(struct sock *sk, struct etp_segment *seg)
{
	struct etp_sock *es = etp_sk(sk);
	enum etp_verdict verdict;

	etp_trim_crossed(sk, seg);
	if (etp_paws_reject(&es->peer, seg)) {
		ETP_INC(sock_net(sk), PAWSEstab);
		etp_answer(sk, ETP_OUTSIDE, seg);
		return false;
	}
	verdict = etp_validate(es->rcv.nxt, etp_rwnd_left(&es->rcv), seg);
	if (verdict == ETP_PASS)
		return true;
	if (verdict == ETP_RESET)
		etp_rcv_rst(sk);
	else
		etp_answer(sk, verdict, seg);
	return false;
}

/* ---- Fifth, check the ACK field ---- */

static void etp_ack_of_fin(struct sock *sk, bool more)
{
	struct etp_sock *es = etp_sk(sk);

	switch (etp_event(sk, ETP_EV_ACK_OF_FIN)) {
	case TCP_FIN_WAIT2:
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
		if (!sock_flag(sk, SOCK_DEAD)) {
			sk->sk_state_change(sk);
			break;
		}
		/* Nobody will read what the peer still sends. */
		if (es->timers.linger2 < 0) {
			ETP_INC(sock_net(sk), AbortOnLinger);
			etp_send_rst(sk, GFP_ATOMIC);
			etp_reset(sk, 0);
		} else if (more) {	/* steps seven and eight know */
			u32 timeout = etp_fin_timeout(sk);

			if (timeout > ETP_TIMEWAIT_LEN)
				timeout -= ETP_TIMEWAIT_LEN;
			etp_timer_keepalive(sk, timeout);
		} else {
			etp_fin_wait2_orphan(sk);
		}
		break;
	case TCP_TIME_WAIT:
		etp_timewait_enter(sk, TCP_TIME_WAIT, ETP_TIMEWAIT_LEN);
		break;
	case TCP_CLOSE:
		etp_done(sk);
		break;
	}
}

/* Returns false when the segment goes no further. */
static bool etp_check_ack(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_segment *seg = etp_seg(skb);
	int what;

	if (!(seg->flags & ETP_ACK))
		return false;
	if (sk->sk_state == TCP_SYN_RECV &&
	    (seq_leq(seg->ack, es->snd.una) || seq_gt(seg->ack, es->snd.nxt))) {
		etp_reply_rst(sock_net(sk), skb, &es->node.key, es->af);
		return false;
	}
	what = etp_ack(sk, skb);
	if (what & ETP_ACKED_BAD) {
		etp_answer(sk, ETP_CHALLENGE, seg);
		return false;
	}
	if (!(what & ETP_ACKED_OLD) && seg->end_seq == seg->seq)
		ETP_INC(sock_net(sk), PureAcks);
	if (sk->sk_state == TCP_SYN_RECV) {
		etp_event(sk, ETP_EV_ACK_OF_SYN);
		etp_established(sk, skb);
	}
	if ((what & ETP_ACKED_FIN) &&
	    ((1 << sk->sk_state) &
	     (TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK)))
		etp_ack_of_fin(sk, seg->end_seq != seg->seq);
	return sk->sk_state != TCP_CLOSE;
}

/* Nobody will ever read this: RFC 9293 section 3.6.1 wants the peer to know. */
static bool etp_data_after_close(struct sock *sk, const struct sk_buff *skb)
{
	const struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	const struct etp_segment *seg = etp_seg(skb);

	if (!(sk->sk_shutdown & RCV_SHUTDOWN) || rcv->fin || !skb->len)
		return false;
	if (!((1 << sk->sk_state) & (TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2)))
		return false;
	return seq_gt(seg->end_seq - !!(seg->flags & ETP_FIN), rcv->nxt);
}

/**
 * etp_rcv_state - RFC 9293 section 3.10.7, all states but LISTEN and TIME_WAIT
 * @sk: the socket, locked
 * @skb: segment whose header is pulled and in etp_seg(); consumed
 */
void etp_rcv_state(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_segment *seg = etp_seg(skb);

	/* 3.10.7.1; or it listens by now, and the connection is one of the past */
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		goto drop;
	if (sk->sk_state == TCP_SYN_SENT) {		/* 3.10.7.3 */
		if (!etp_syn_sent_rcv(sk, skb))
			goto drop;
	} else {
		if (!etp_check_segment(sk, seg))	/* first to fourth */
			goto drop;
		etp_ts_recent(es, seg);
		if (!etp_check_ack(sk, skb))		/* fifth */
			goto drop;
	}
	if (etp_data_after_close(sk, skb)) {
		ETP_INC(sock_net(sk), AbortOnData);
		etp_reply_rst(sock_net(sk), skb, &es->node.key, es->af);
		etp_reset(sk, ECONNRESET);
		goto drop;
	}
	if (unlikely((seg->flags & ETP_URG) || es->rcv.urg == ETP_URG_NOTYET))
		etp_urgent_rcv(sk, skb);		/* sixth */
	if (seg->end_seq != seg->seq)			/* seventh and eighth */
		etp_rcv_text(sk, skb);
	else
		kfree_skb(skb);

	if (sk->sk_state == TCP_CLOSE)
		return;
	etp_push(sk, false);
	etp_ack_check(sk);
	return;
drop:
	kfree_skb(skb);
}

/* Header prediction: what all but a handful of a connection's segments are. */
static bool etp_rcv_predicted(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_segment *seg = etp_seg(skb);

	if (sk->sk_state != TCP_ESTABLISHED ||
	    (seg->flags & ~ETP_PSH) != ETP_ACK || seg->seq != es->rcv.nxt ||
	    !seq_between(seg->ack, es->snd.una, es->snd.nxt) ||
	    !etp_reasm_empty(&es->rcv.reasm) || es->rcv.urg)
		return false;
	if (es->peer.ts_ok && (!(seg->opts & ETP_OPT_TS) ||
			       (s32)(seg->tsval - es->peer.ts_recent) < 0))
		return false;
	/* also false in a shut window */
	return skb->len <= etp_rwnd_left(&es->rcv);
}

static void etp_rcv_fast(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);

	etp_ts_recent(es, etp_seg(skb));
	if (etp_ack(sk, skb) & ETP_ACKED_NEW)
		ETP_INC(sock_net(sk), HPAcks);
	else if (!skb->len)
		ETP_INC(sock_net(sk), PureAcks);
	if (skb->len)
		ETP_INC(sock_net(sk), HPHits);
	if (skb->len)
		etp_rcv_text(sk, skb);
	else
		kfree_skb(skb);
	etp_push(sk, false);
	etp_ack_check(sk);
}

/**
 * etp_do_rcv - a segment for a full socket
 * @sk: the socket, locked (softirq, or the backlog's owner)
 * @skb: segment, parsed; consumed
 *
 * Returns 0.
 */
int etp_do_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);

	skb->dev = NULL;	/* a queue may outlive the device */
	es->timers.last_rcv = etp_jiffies();
	es->rcv.segs_in += max_t(u16, 1, skb_shinfo(skb)->gso_segs);
	__skb_pull(skb, etp_seg(skb)->doff);

	if (etp_rcv_predicted(sk, skb))
		etp_rcv_fast(sk, skb);
	else
		etp_rcv_state(sk, skb);
	return 0;
}

/* The program holds the socket: release_sock() will deal with it.  A whole window may
 * wait here while as much is in the queue, and the sum forgets what was dealt with
 * only when all was; ACKs come on top.
 */
static void etp_backlog(struct sock *sk, struct sk_buff *skb)
{
	u64 most = 2ULL * READ_ONCE(sk->sk_rcvbuf) +
		   READ_ONCE(sk->sk_sndbuf) / 2 + SZ_64K;
	unsigned int limit = min_t(u64, most, UINT_MAX);

	if (sk_add_backlog(sk, skb, limit)) {
		ETP_INC(sock_net(sk), BacklogDrop);
		kfree_skb(skb);
	}
}

static void etp_rcv_full(struct sock *sk, struct sk_buff *skb)
{
	if (!etp_admit(sk, skb)) {
		kfree_skb(skb);
		return;
	}
	sk_incoming_cpu_update(sk);
	bh_lock_sock_nested(sk);
	if (!sock_owned_by_user(sk))
		etp_do_rcv(sk, skb);
	else
		etp_backlog(sk, skb);
	bh_unlock_sock(sk);
}

/* Nobody has the whole key: a listener may have the port. */
static void etp_rcv_new(struct net *net, struct sk_buff *skb,
			const struct etp_key *key, const struct etp_af_ops *af,
			u32 iss)
{
	const struct etp_segment *seg = etp_seg(skb);
	struct sock *listener = etp_lookup_listener(net, key, seg->iif, seg->sdif,
						    skb);

	if (!listener || (etp_admit(listener, skb) &&
			  etp_listen_rcv(listener, skb, key, af, iss)))
		etp_reply_rst(net, skb, key, af);
	kfree_skb(skb);
}

/* A handshake goes on. */
static void etp_rcv_request(struct net *net, struct etp_request *req,
			    struct sk_buff *skb, const struct etp_key *key,
			    const struct etp_af_ops *af)
{
	struct sock *child;

	if (READ_ONCE(req->listener->sk_state) != TCP_LISTEN) {
		etp_request_drop(req);
		etp_rcv_new(net, skb, key, af, 0);
		return;
	}
	child = etp_admit(req->listener, skb) ? etp_request_rcv(req, skb) : NULL;
	if (!child) {
		kfree_skb(skb);
		return;
	}
	etp_do_rcv(child, skb);
	etp_child_ready(child);
}

/* A segment that can't be one of ours.  Consumes it, without an answer: RFC 9293 section
 * 3.1 (MUST-3).
 */
static void etp_rcv_bad(struct net *net, struct sk_buff *skb, enum etp_bad why)
{
	if (why == ETP_BAD_CSUM)
		ETP_INC(net, InCsumErrors);
	ETP_INC(net, InErrs);
	trace_etp_bad_segment(skb, why);
	kfree_skb(skb);
}

/* The checksum, with what IPv4 or IPv6 adds to it */
static bool etp_rcv_sum_is_right(struct sk_buff *skb, u16 family)
{
	__sum16 wrong = family == AF_INET6 ?
		skb_checksum_init(skb, IPPROTO_ETP, ip6_compute_pseudo) :
		skb_checksum_init(skb, IPPROTO_ETP, inet_compute_pseudo);

	return !wrong && !skb_checksum_complete(skb);
}

/**
 * etp_rcv_check - may a segment be looked at?
 * @skb: segment, to this host and to nobody else; data at its header; consumed if not
 * @family: it came by
 * @iif: device it came by
 * @sdif: L3 slave device, 0 when there is none
 *
 * Counts it, asks IPsec, forgets conntrack, fills etp_seg() and verifies the checksum.
 * etp_seg() lies in the control buffer, over the fields that belong to IP: the policy
 * check needs those, and so does whoever finds out @iif and @sdif.  Softirq.
 */
bool etp_rcv_check(struct sk_buff *skb, u16 family, int iif, int sdif)
{
	struct net *net = dev_net(skb->dev);
	struct etp_segment *seg = etp_seg(skb);
	enum etp_bad why;

	ETP_INC(net, InSegs);
	if (!xfrm_policy_check(NULL, XFRM_POLICY_IN, skb, family)) {
		kfree_skb(skb);
		return false;
	}
	nf_reset_ct(skb);

	why = etp_parse(skb, seg);
	if (why == ETP_GOOD && !etp_rcv_sum_is_right(skb, family))
		why = ETP_BAD_CSUM;
	if (why != ETP_GOOD) {
		etp_rcv_bad(net, skb, why);
		return false;
	}
	seg->iif = iif;
	seg->sdif = sdif;
	return true;
}

/**
 * etp_rcv - a segment comes in
 * @skb: segment that has passed etp_rcv_check(), and etp_seg() knows of ECN; consumed
 * @key: addresses and ports, the local end first; dif is the device it came by
 * @af: family it came in by
 *
 * Softirq, under RCU.  Returns 0.
 */
int etp_rcv(struct sk_buff *skb, const struct etp_key *key,
	    const struct etp_af_ops *af)
{
	struct net *net = dev_net(skb->dev);
	struct etp_node *node;
	u32 iss = 0;

	node = etp_lookup(net, key, etp_seg(skb)->sdif);
	if (!node) {
		etp_rcv_new(net, skb, key, af, 0);
		return 0;
	}
	switch (node->kind) {
	case ETP_FULL:
		etp_rcv_full(etp_node_sk(node), skb);
		break;
	case ETP_REQUEST:
		etp_rcv_request(net, (struct etp_request *)node, skb, key, af);
		break;
	case ETP_TIMEWAIT:
		if (etp_timewait_rcv((struct etp_timewait *)node, skb, key, &iss))
			etp_rcv_new(net, skb, key, af, iss);
		else
			kfree_skb(skb);
		break;
	}
	etp_node_put(node);
	return 0;
}
