// SPDX-License-Identifier: GPL-2.0
/*
 * What may go: the write queue against the congestion window, the peer's window,
 * Nagle's rule and silly-window avoidance (RFC 9293 sections 3.7.4, 3.8.6).
 * May touch struct etp_snd and the write queue.
 */
#include "internal.h"
#include <trace/events/etp.h>

/**
 * etp_free_out - free a segment of the write queue or the retransmit tree
 * @sk: the socket, locked
 * @skb: the segment, unlinked
 */
void etp_free_out(struct sock *sk, struct sk_buff *skb)
{
	sk_wmem_queued_add(sk, -(int)skb->truesize);
	sk_mem_uncharge(sk, skb->truesize);
	__kfree_skb(skb);
}

/* Let nobody else share the fragments' bookkeeping before it is changed. */
static int etp_unclone(struct sock *sk, struct sk_buff *skb, gfp_t gfp)
{
	int before = skb->truesize;

	if (skb_unclone(skb, gfp))
		return -ENOMEM;
	sk_wmem_queued_add(sk, (int)skb->truesize - before);
	sk_mem_charge(sk, (int)skb->truesize - before);
	return 0;
}

/**
 * etp_split - cut a segment in two
 * @sk: the socket, locked
 * @skb: segment of the write queue or of the retransmit tree
 * @len: bytes of payload that stay in @skb; all of them to part with FIN alone
 * @gfp: for the new skb
 *
 * The rest goes into a segment behind @skb, in the same queue.  Returns 0 or
 * -ENOMEM.
 */
int etp_split(struct sock *sk, struct sk_buff *skb, u32 len, gfp_t gfp)
{
	struct etp_tx *tx = etp_tx(skb);
	bool sent = seq_lt(tx->seq, etp_sk(sk)->snd.nxt);
	struct sk_buff *rest;
	int moved;

	if (WARN_ON_ONCE(len > skb->len))
		return -ENOMEM;
	if (etp_unclone(sk, skb, gfp))
		return -ENOMEM;
	rest = etp_alloc_skb(sk, gfp, true);
	if (!rest)
		return -ENOMEM;
	__skb_header_release(rest);
	sk_wmem_queued_add(sk, rest->truesize);
	sk_mem_charge(sk, rest->truesize);
	moved = skb->len - len;
	rest->truesize += moved;
	skb->truesize -= moved;

	tx->cut |= sent;
	*etp_tx(rest) = *tx;
	etp_tx(rest)->seq = tx->seq + len;
	tx->end_seq = tx->seq + len;
	/* what marks the end belongs to the end */
	tx->flags &= ~(ETP_FIN | ETP_PSH);
	skb_split(skb, rest, len);
	etp_stamp_split(skb, rest);

	if (sent)
		etp_board_cut(&etp_sk(sk)->rec.board, skb, rest);
	else
		__skb_queue_after(&sk->sk_write_queue, skb, rest);
	return 0;
}

/**
 * etp_may_send - how much of the first segment of the queue may go
 * @q: the situation
 *
 * Pure.  The sender's rules of RFC 9293 section 3.8.6.2.1 in its order: a full
 * segment; all there is, when Nagle permits; half the largest window the peer
 * ever offered.  Returns bytes, 0 to wait.
 */
u32 etp_may_send(const struct etp_may_send *q)
{
	u32 len = min3(q->len, q->room, q->gso_max);

	if (len >= q->mss)
		/* keep the remainder back unless it may follow at once */
		return len == q->len && q->last &&
		       (q->fin || q->nodelay || (!q->small_in_flight && !q->more)) ?
		       len : rounddown(len, q->mss);
	if (len == q->len) {
		if (q->fin || !q->last)
			return len;
		if (q->more)
			return 0;
		return q->nodelay || !q->small_in_flight ? len : 0;
	}
	return len && len >= q->max_wnd / 2 ? len : 0;
}

/* One ACK releases no more than so much at once (RFC 5681 section 4.1, RFC 7661
 * section 4.4), unless the device spreads it out.
 */
static u32 etp_burst_left(const struct sock *sk, const struct sk_buff *skb)
{
	const struct etp_snd *snd = &etp_sk(sk)->snd;
	s32 left = snd->burst_end - etp_tx(skb)->seq;

	if (sk->sk_pacing_status == SK_PACING_FQ)
		return ~0U;
	return rounddown((u32)max(left, 0), snd->mss);
}

/* The bytes that both windows leave for the segment at the head. */
static u32 etp_room(struct sock *sk, const struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	u32 pipe = etp_rec_pipe(&es->rec, &es->snd);
	u32 cwnd = es->cong.cwnd > pipe ? es->cong.cwnd - pipe : 0;
	s32 wnd = etp_snd_end(&es->snd) - etp_tx(skb)->seq;

	/* A sliver of cwnd is no use: whole segments, RFC 5681 section 3.1 */
	if (cwnd < es->snd.mss)
		cwnd = pipe ? 0 : es->snd.mss;
	else
		cwnd = rounddown(cwnd, es->snd.mss);
	if (es->snd.burst)
		cwnd = min(cwnd, etp_burst_left(sk, skb));
	return min_t(u32, cwnd, max(wnd, 0));
}

/* How much of the queue's head may go? */
static u32 etp_head_may_send(struct sock *sk, struct sk_buff *skb, bool more)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_snd *snd = &es->snd;
	struct etp_may_send q = {
		.len	 = skb->len,
		.room	 = etp_room(sk, skb),
		.mss	 = snd->mss,
		.gso_max = snd->gso_max,
		.max_wnd = snd->max_wnd,
		.last	 = skb_queue_is_last(&sk->sk_write_queue, skb),
		.fin	 = (etp_tx(skb)->flags & ETP_FIN) || snd->urgent,
		.more	 = more || (snd->nagle & ETP_NAGLE_CORK),
		.nodelay = snd->nagle & ETP_NAGLE_OFF,
		/* Minshall: only a small segment in flight holds a small one back, not
		 * one of two gigabytes ago
		 */
		.small_in_flight = seq_gt(snd->small_end, snd->una) &&
				   seq_leq(snd->small_end, snd->nxt),
	};

	if (snd->nagle & ETP_NAGLE_PUSH)
		q.nodelay = true, q.more = false;
	return etp_may_send(&q);
}

/* Send @len bytes of the head of the write queue for the first time. */
static int etp_send_head(struct sock *sk, struct sk_buff *skb, u32 len)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;
	struct etp_tx *tx = etp_tx(skb);

	if (len < skb->len && etp_split(sk, skb, len, GFP_ATOMIC))
		return -ENOMEM;
	/* The program has nothing more for now: let the peer pass it on. */
	if (skb->len && skb_queue_is_last(&sk->sk_write_queue, skb))
		tx->flags |= ETP_PSH;
	if (etp_transmit(sk, skb, true, GFP_ATOMIC))
		return -ENOBUFS;

	__skb_unlink(skb, &sk->sk_write_queue);
	RB_CLEAR_NODE(&skb->rbnode);
	etp_rtx_insert(sk, skb);
	etp_rec_sent(sk, skb, false);
	snd->nxt = tx->end_seq;
	trace_etp_send(sk, tx->seq, tx->end_seq - tx->seq, ETP_CAUSE_NONE);
	if (skb->len % tx->mss)
		snd->small_end = tx->end_seq;
	return 0;
}

/* Perhaps the path takes more: the head of the queue goes as a probe, RFC 4821. */
static enum etp_probe_verdict etp_send_mtu_probe(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_tx *tx = etp_tx(skb);
	u32 size = etp_mtu_next(sk);
	struct etp_probe_view q = {
		.mss	    = es->snd.mss,
		.head	    = skb->len,
		.queued	    = es->snd.write_seq - tx->seq,
		.wnd	    = es->snd.wnd,
		.room	    = max_t(s32, etp_snd_end(&es->snd) - tx->seq, 0),
		.cwnd	    = es->cong.cwnd,
		.pipe	    = etp_rec_pipe(&es->rec, &es->snd),
		.reordering = es->rec.reordering,
		/* SACK blocks would not leave it its size */
		.calm	    = es->rec.state == ETP_CA_OPEN && !es->rec.board.sacked &&
			      etp_reasm_empty(&es->rcv.reasm) && !es->rcv.reasm.dup &&
			      !es->snd.urgent,
	};
	enum etp_probe_verdict verdict;

	if (!size)
		return ETP_PROBE_NOT;
	q.payload = size - etp_mtu_overhead(sk);
	verdict = etp_plpmtu_may_probe(&q);
	if (verdict != ETP_PROBE_GO)
		return verdict;
	etp_plpmtu_sent(&es->plpmtu, size, tx->seq, tx->seq + q.payload);
	if (!etp_send_head(sk, skb, q.payload))
		return ETP_PROBE_GO;
	etp_plpmtu_forget(&es->plpmtu);
	return ETP_PROBE_NOT;
}

/* RFC 5681 section 4.1: after an idle RTO the window is the initial one. */
static void etp_check_idle(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));

	if (etp_rtx_empty(sk) && READ_ONCE(en->slow_start_after_idle) &&
	    (s32)(etp_jiffies() - es->snd.last_sent) > (s32)es->rtt.rto)
		etp_cong_idle(&es->cong, READ_ONCE(en->init_cwnd));
}

/* After the loop: what remains to be watched. */
static void etp_after_push(struct sock *sk, bool sent)
{
	struct etp_sock *es = etp_sk(sk);

	if (sent && es->timers.rtx_is != ETP_TIMER_RTO &&
	    es->timers.rtx_is != ETP_TIMER_POLICY)
		etp_timer_rearm(sk);
	else if (sent)
		etp_timer_policy(sk);
	/* Nothing in flight will bring an ACK: somebody has to ask.  This is
	 * also what lets corked data go in the end.
	 */
	if (es->timers.rtx_is == ETP_TIMER_NONE && etp_rtx_empty(sk) &&
	    !skb_queue_empty(&sk->sk_write_queue))
		etp_timer_rtx(sk, ETP_TIMER_PERSIST, etp_rtt_rto(&es->rtt));
}

/* RFC 7661: a window that is not used proves nothing and must not grow.  In slow
 * start half of it is enough, as it is to double; and what was found holds until
 * the flight of then has been acknowledged.
 */
static void etp_note_limited(struct etp_sock *es, bool sent, bool cwnd_bound)
{
	struct etp_cong *cong = &es->cong;
	struct etp_snd *snd = &es->snd;

	if (cwnd_bound || (sent && etp_in_slow_start(cong) &&
			   cong->cwnd < 2 * etp_flight(snd))) {
		cong->cwnd_limited = true;
		snd->limited_end = snd->nxt;
	} else if (sent && seq_geq(snd->una, snd->limited_end)) {
		cong->cwnd_limited = false;
	}
}

/* What does the rest wait for?  Of the three, what ETP_INFO calls a limit. */
static void etp_note_busy(struct sock *sk, bool cwnd_bound)
{
	struct etp_sock *es = etp_sk(sk);
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	enum etp_busy is = ETP_BUSY_NET;

	if (!skb && etp_rtx_empty(sk))
		is = ETP_BUSY_NOT;
	else if (skb && !cwnd_bound &&
		 (s32)(etp_snd_end(&es->snd) - etp_tx(skb)->seq) <
		 (s32)min_t(u32, skb->len, es->snd.mss))
		is = ETP_BUSY_RWND;
	else if (!skb && !cwnd_bound && sk->sk_socket &&
		 test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		is = ETP_BUSY_SNDBUF;
	etp_meter_busy(&es->meter, is, etp_jiffies());
}

/**
 * etp_push - send what may be sent
 * @sk: the socket, locked, ESTABLISHED or later
 * @more: the program says that more is coming: hold back a partial segment
 */
void etp_push(struct sock *sk, bool more)
{
	struct etp_sock *es = etp_sk(sk);
	enum etp_probe_verdict probe;
	struct sk_buff *skb;
	bool sent = false, cwnd_bound = false;

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_SYN_SENT ||
	    sk->sk_state == TCP_LISTEN || sk->sk_state == TCP_SYN_RECV)
		return;
	etp_check_idle(sk);
	for (;;) {
		u32 pipe = etp_rec_pipe(&es->rec, &es->snd);
		u32 len;

		/* What is lost goes before what is new. */
		if (etp_rec_resend(sk, es->cong.cwnd > pipe ?
				   es->cong.cwnd - pipe : 0))
			continue;
		skb = skb_peek(&sk->sk_write_queue);
		if (!skb) {
			if (etp_rec_extra(sk))
				continue;
			break;
		}
		if (!skb->len) {	/* a bare FIN: takes no window to speak of */
			if (etp_send_head(sk, skb, 0))
				break;
			sent = true;
			continue;
		}
		probe = unlikely(es->plpmtu.on) ? etp_send_mtu_probe(sk, skb) :
						  ETP_PROBE_NOT;
		if (probe == ETP_PROBE_WAIT) {
			cwnd_bound = true;
			break;
		} else if (probe == ETP_PROBE_GO) {
			sent = true;
			continue;
		}
		len = etp_head_may_send(sk, skb, more);
		if (!len && etp_rec_extra(sk))
			continue;
		if (!len) {
			cwnd_bound = es->cong.cwnd < pipe + es->snd.mss;
			break;
		}
		if (etp_send_head(sk, skb, len))
			break;
		sent = true;
	}
	etp_note_limited(es, sent, cwnd_bound);
	etp_note_busy(sk, cwnd_bound);
	es->snd.burst = false;
	es->snd.nagle &= ~ETP_NAGLE_PUSH;
	etp_after_push(sk, sent);
}

/**
 * etp_push_one - send a segment of new data, whatever the congestion window
 * @sk: the socket, locked
 *
 * A tail loss probe.  Returns false when there is none, or the peer's window is full.
 */
bool etp_push_one(struct sock *sk)
{
	const struct etp_snd *snd = &etp_sk(sk)->snd;
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	s32 wnd;

	if (!skb)
		return false;
	wnd = etp_snd_end(snd) - etp_tx(skb)->seq;
	if (wnd < (s32)min_t(u32, skb->len, snd->mss))
		return false;
	return !etp_send_head(sk, skb, min_t(u32, skb->len, snd->mss));
}

/**
 * etp_push_pending - send what may be sent, nothing is known to follow
 * @sk: the socket, locked
 */
void etp_push_pending(struct sock *sk)
{
	if (!skb_queue_empty(&sk->sk_write_queue))
		etp_push(sk, false);
}

/**
 * etp_queue_fin - no more data will follow: send FIN
 * @sk: the socket, locked, in a state that sends FIN
 *
 * FIN rides on the last unsent segment when there is one.
 */
void etp_queue_fin(struct sock *sk)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;
	struct sk_buff *tail = skb_peek_tail(&sk->sk_write_queue);

	if (!tail) {
		tail = etp_alloc_skb(sk, sk->sk_allocation, true);
		if (!tail) {
			/* An end that can't be said must not leave the peer
			 * waiting.
			 */
			ETP_INC(sock_net(sk), AbortFailed);
			etp_send_rst(sk, sk->sk_allocation);
			etp_reset(sk, ENOMEM);
			return;
		}
		*etp_tx(tail) = (struct etp_tx) {
			.seq = snd->write_seq,
			.end_seq = snd->write_seq,
			.flags = ETP_ACK,
		};
		__skb_header_release(tail);
		sk_wmem_queued_add(sk, tail->truesize);
		sk_mem_charge(sk, tail->truesize);
		__skb_queue_tail(&sk->sk_write_queue, tail);
	}
	etp_tx(tail)->flags |= ETP_FIN;
	etp_tx(tail)->end_seq++;
	snd->write_seq++;
	snd->nagle |= ETP_NAGLE_PUSH;
	etp_push(sk, false);
}

/**
 * etp_sndbuf_for - how large a send buffer is to be
 * @cwnd: congestion window, segments
 * @init_cwnd: initial window, segments: the least that is reckoned with
 * @mss: payload of a full segment, bytes
 *
 * Room for two windows, one in flight and one being written, and for what the
 * memory of a segment costs when it comes alone: kernel TCP's reckoning, so that
 * programs see the sizes they are used to.  Pure.  Returns bytes.
 */
u64 etp_sndbuf_for(u32 cwnd, u32 init_cwnd, u32 mss)
{
	u32 each = roundup_pow_of_two(mss + L1_CACHE_ALIGN(128 + MAX_HEADER) +
				      SKB_DATA_ALIGN(sizeof(struct skb_shared_info))) +
		   SKB_DATA_ALIGN(sizeof(struct sk_buff));

	return 2ULL * each * max(cwnd, init_cwnd);
}

/**
 * etp_grow_sndbuf - let the send buffer follow the congestion window
 * @sk: the socket, locked
 */
void etp_grow_sndbuf(struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));
	/* what a segment may become, once the peer's window is wide enough */
	u32 mss = max_t(u32, es->snd.mss, es->snd.mss_clamp);
	u64 want;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK)
		return;
	want = etp_sndbuf_for(es->cong.cwnd / es->snd.mss, READ_ONCE(en->init_cwnd), mss);
	want = min_t(u64, want, READ_ONCE(en->wmem[2]));
	if (want > sk->sk_sndbuf)
		WRITE_ONCE(sk->sk_sndbuf, (int)want);
}

/**
 * etp_mss_for - payload of a full segment, RFC 9293 section 3.7.1, RFC 6691
 * @snd: mss_clamp
 * @peer: timestamps take their share of each segment
 * @pmtu: path MTU, bytes
 * @net_header_len: network header without options, bytes
 * @net_options_len: its options, bytes
 *
 * Pure.  The peer's MSS option makes no allowance for IP options, so they come
 * off the smaller of the two (MUST-16).  Returns bytes.
 */
u32 etp_mss_for(const struct etp_snd *snd, const struct etp_peer *peer, u32 pmtu,
		u32 net_header_len, u32 net_options_len)
{
	u32 headers = net_header_len + sizeof(struct tcphdr);
	u32 mss = pmtu > headers ? pmtu - headers : 0;

	mss = min_t(u32, mss, snd->mss_clamp);
	mss -= min(mss, net_options_len);
	mss = max(mss, ETP_MSS_MIN / 2);
	if (peer->ts_ok)
		mss -= ETP_TSOPT_LEN;
	return mss;
}

/**
 * etp_advertised_mss - the MSS to announce, RFC 9293 section 3.7.1
 * @user_mss: ETP_MAXSEG, 0 when not set
 * @dst: route
 * @af: address family
 *
 * Returns bytes, without allowance for options (MUST-67).
 */
u32 etp_advertised_mss(u16 user_mss, const struct dst_entry *dst,
		       const struct etp_af_ops *af)
{
	u32 mtu = dst_mtu(dst);
	u32 headers = af->net_header_len + sizeof(struct tcphdr);
	u32 advmss = dst_metric_advmss(dst);
	u32 mss = mtu > headers ? mtu - headers : ETP_MSS_MIN;

	if (advmss)
		mss = min(mss, advmss);
	mss = clamp(mss, ETP_MSS_MIN, 65535U);
	return user_mss ? min_t(u32, mss, user_mss) : mss;
}

/**
 * etp_mss_of_window - no segment is more than half of what the peer takes
 * @mss: what the path and the peer's MSS option allow, bytes
 * @max_wnd: the largest window it ever offered, bytes, 0 while unknown
 *
 * Pure.  Kernel TCP's rule: two segments keep the other end going where one, on a
 * link with a large MTU, would fill the window and wait.  A window that holds no usual
 * segment is not halved.  Returns bytes.
 */
u32 etp_mss_of_window(u32 mss, u32 max_wnd)
{
	u32 most = max_wnd > ETP_MSS_DEFAULT ? max_wnd / 2 : max_wnd;

	return most ? min(mss, max(most, ETP_MSS_MIN / 2)) : mss;
}

/**
 * etp_sync_mss - follow the path MTU, and the peer's window
 * @sk: the socket, locked
 * @pmtu: path MTU, bytes
 */
void etp_sync_mss(struct sock *sk, u32 pmtu)
{
	struct etp_sock *es = etp_sk(sk);
	const struct dst_entry *dst = __sk_dst_get(sk);
	u32 gso, mss;

	es->snd.pmtu = pmtu;
	etp_plpmtu_limit(&es->plpmtu, pmtu);
	if (es->plpmtu.on)
		pmtu = min(pmtu, es->plpmtu.low);
	mss = etp_mss_for(&es->snd, &es->peer, pmtu, es->af->net_header_len,
			  es->af->options_len ? es->af->options_len(sk) : 0);
	es->snd.mss = etp_mss_of_window(mss, es->snd.max_wnd);
	gso = dst ? min(READ_ONCE(dst->dev->gso_max_size), 65536U) : 0;
	gso = gso > MAX_HEADER + 1 ? gso - MAX_HEADER - 1 : 0;
	/* No more in one skb than half the peer's window: keep the pipe moving. */
	if (es->snd.max_wnd)
		gso = min(gso, max(es->snd.max_wnd / 2, 1U));
	es->snd.gso_max = max_t(u32, rounddown(gso, es->snd.mss), es->snd.mss);
	if (es->cong.ops)
		etp_cong_mss(&es->cong, es->snd.mss);
}
