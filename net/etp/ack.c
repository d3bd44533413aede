// SPDX-License-Identifier: GPL-2.0
/*
 * What an acknowledgment does, RFC 9293 section 3.10.7.4 "fifth": SND.UNA and
 * the send window move, the retransmit tree shrinks, the round trip is measured,
 * and loss recovery and congestion control are told.
 */
#include "internal.h"
#include <trace/events/etp.h>

/* RFC 9293 section 3.10.7.4: is this window newer than the one we have?  An ACK of
 * new data always is: its sender may just be repeating an early segment of its own.
 */
static bool etp_window_is_newer(const struct etp_snd *snd,
				const struct etp_segment *seg)
{
	return seq_gt(seg->ack, snd->una) || seq_lt(snd->wl1, seg->seq) ||
	       (snd->wl1 == seg->seq && seq_leq(snd->wl2, seg->ack));
}

static bool etp_update_window(struct sock *sk, const struct etp_segment *seg)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_snd *snd = &es->snd;
	u32 wnd = seg->wnd;
	bool changed;

	if (!(seg->flags & ETP_SYN))
		wnd <<= snd->wscale;
	if (!etp_window_is_newer(snd, seg))
		return false;
	changed = wnd != snd->wnd;
	snd->wnd = wnd;
	snd->wl1 = seg->seq;
	snd->wl2 = seg->ack;
	if (wnd > snd->max_wnd) {
		u32 was = es->cong.mss;

		snd->max_wnd = wnd;
		etp_sync_mss(sk, snd->pmtu);
		etp_cong_keep_segs(&es->cong, was);
	}
	return changed;
}

/* What the cleaning of the retransmit tree found */
struct etp_cleaned {
	u64	sent_us;	/* of the newest segment sent once, 0: none */
	u32	packet;		/* bytes of the largest packet, when none is cut */
	bool	retrans;	/* something acknowledged was sent twice */
	bool	syn;
	bool	fin;
};

/* Free what lies wholly below SND.UNA, which was @una before. */
static void etp_clean_rtx(struct sock *sk, u32 una, const struct etp_sack_clock *clock,
			  struct etp_cleaned *found, struct etp_rec_ack *ack)
{
	struct etp_board *board = &etp_sk(sk)->rec.board;
	struct etp_snd *snd = &etp_sk(sk)->snd;
	struct sk_buff *skb;
	u32 end = una;

	while ((skb = etp_rtx_head(sk))) {
		struct etp_tx *tx = etp_tx(skb);

		if (seq_gt(tx->end_seq, snd->una))
			break;
		if (tx->retrans)
			found->retrans = true;
		else if (!(tx->mark & ETP_MARK_SACKED))
			found->sent_us = tx->sent_us;
		if (!(tx->mark & ETP_MARK_SACKED)) {
			etp_board_delivered(board, tx, clock, ack);
			etp_board_count_segs(board, tx, tx->end_seq, ack);
		}
		found->syn |= !!(tx->flags & ETP_SYN);
		found->fin |= !!(tx->flags & ETP_FIN);
		if (seq_geq(tx->seq, una) && !tx->cut)
			found->packet = max(found->packet, skb->len);
		end = tx->end_seq;
		if (unlikely(tx->stamp_ack))
			etp_stamp_acked(sk, skb);
		etp_rtx_remove(sk, skb);
	}
	if (end != snd->una)
		found->packet = 0;
	etp_board_advance(board, snd->una, clock, ack);
}

/* Karn's rule, or the echo of our clock which needs no such rule (RFC 7323).
 * Returns the sample, microseconds, 0 when there is none.
 */
static u32 etp_measure_rtt(struct sock *sk, const struct etp_segment *seg,
			   const struct etp_cleaned *found, u64 now)
{
	struct etp_sock *es = etp_sk(sk);
	u32 us;

	/* one round trip is one sample: the request took that of a passive open */
	if (sk->sk_state == TCP_SYN_RECV && es->rtt.srtt)
		return 0;
	if (found->sent_us && !found->retrans) {
		us = min_t(u64, now - found->sent_us, U32_MAX);
	} else if (es->peer.ts_ok && (seg->opts & ETP_OPT_TS) && seg->tsecr) {
		u32 ms = etp_ts(&es->peer, now) - seg->tsecr;

		if (ms >= INT_MAX / USEC_PER_MSEC)
			return 0;
		us = max(ms, 1U) * USEC_PER_MSEC;
	} else {
		return 0;
	}
	us = max(us, 1U);
	etp_rtt_sample(&es->rtt, us);
	trace_etp_rtt(sk, us);
	return us;
}

/* Two windows in a round trip, for a device that paces. */
static void etp_pace(struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);

	if (sk->sk_pacing_status != SK_PACING_NONE || es->rtt.srtt)
		WRITE_ONCE(sk->sk_pacing_rate,
			   min(READ_ONCE(sk->sk_max_pacing_rate),
			       (unsigned long)div_u64(2ULL * 8 * USEC_PER_SEC *
						      es->cong.cwnd,
						      max(es->rtt.srtt, 1U))));
}

/* The writer may have been waiting for this room. */
static void etp_room_again(struct sock *sk)
{
	etp_grow_sndbuf(sk);
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		etp_write_space(sk);
}

/* RFC 5681 section 2: the definition of a duplicate ACK */
static bool etp_is_dupack(const struct etp_snd *snd, const struct sk_buff *skb,
			  bool window_changed)
{
	const struct etp_segment *seg = etp_seg(skb);

	return seg->ack == snd->una && etp_flight(snd) && !window_changed &&
	       seg->end_seq == seg->seq;
}

/* How many new bytes one ACK may release: what it would in slow start, and an initial
 * window for what was held back until now.
 */
static u32 etp_burst(const struct etp_cong *cong, u32 acked)
{
	return 2 * acked + ETP_BURST * cong->mss;
}

/* Does it tell of a mark?  In a handshake the bit has another meaning. */
static bool etp_is_marked(const struct sock *sk, const struct etp_segment *seg)
{
	return (seg->flags & (ETP_ECE | ETP_SYN)) == ETP_ECE &&
	       etp_sk(sk)->peer.ecn_ok && sk->sk_state != TCP_SYN_RECV;
}

/**
 * etp_congested - a mark came back, or our own device's queue is full
 * @sk: the socket, locked
 * @flight: bytes that were in flight
 *
 * RFC 3168 section 6.1.2: as good as a loss, once in a round trip; but recovery has
 * dealt with the window already when there is one.  Returns whether the window has
 * shrunk.
 */
bool etp_congested(struct sock *sk, u32 flight)
{
	struct etp_sock *es = etp_sk(sk);

	/* there was congestion, whatever was lost */
	etp_undo_never(&es->rec.undo);
	if (!etp_ecn_echoed(&es->ecn, es->snd.una, es->snd.nxt) ||
	    es->rec.state >= ETP_CA_RECOVERY)
		return false;
	etp_cong_mark(&es->cong, flight);
	return true;
}

static int etp_ack_new(struct sock *sk, const struct etp_segment *seg,
		       const struct etp_sack_clock *clock, struct etp_rec_ack *ack)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_snd *snd = &es->snd;
	struct etp_cleaned found = {};
	struct etp_cong_ack news = {
		.flight = etp_flight(snd),
		.now_us = clock->now,
		.marked = etp_is_marked(sk, seg),
		.timed_out = es->rec.state == ETP_CA_LOSS,
	};
	u32 una = snd->una;
	int what = ETP_ACKED_NEW;

	ack->acked = seg->ack - una;
	snd->una = seg->ack;
	snd->bytes_acked += ack->acked;
	if (snd->urgent && seq_geq(snd->una, snd->up))
		snd->urgent = 0;
	if (seq_gt(snd->una, es->ecn.recover)) {
		es->cong.reduced = false;
		/* keep it within reach of a comparison */
		es->ecn.recover = snd->una - 1;
	}
	if (unlikely(es->plpmtu.probe) && seq_geq(snd->una, es->plpmtu.end))
		etp_mtu_passed(sk);
	etp_clean_rtx(sk, una, clock, &found, ack);
	/* the last byte of the tree's head may be what is left of a segment */
	news.rtt_us = etp_measure_rtt(sk, seg, &found, clock->now);
	if (found.syn) {
		what |= ETP_ACKED_SYN;
		ack->acked--;
	}
	if (found.fin) {
		what |= ETP_ACKED_FIN;
		ack->acked--;
	}
	if (ack->acked) {
		news.acked = ack->acked;
		news.packet = found.packet;
		etp_cong_view(&es->cong, &es->rtt, &news);
		snd->burst_end = snd->nxt + etp_burst(&es->cong, ack->acked);
		snd->burst = true;
	} else {
		es->rec.retransmits = 0;
	}
	if (news.rtt_us)
		etp_pace(sk);
	return what;
}

/* When was what this ACK's timestamp echoes sent?  0: not known */
static u64 etp_echo_us(const struct etp_peer *peer, const struct etp_segment *seg,
		       u64 now)
{
	u64 now_ms = div_u64(now, USEC_PER_MSEC);
	u32 ms;

	if (!peer->ts_ok || !(seg->opts & ETP_OPT_TS) || !seg->tsecr)
		return 0;
	ms = etp_ts(peer, now) - seg->tsecr;
	return ms < INT_MAX && ms < now_ms ? (now_ms - ms) * USEC_PER_MSEC : 0;
}

/* The SACK option, for a policy that looks at it */
static void etp_ack_sack(struct sock *sk, const struct sk_buff *skb,
			 const struct etp_sack_clock *clock, struct etp_rec_ack *ack)
{
	const struct etp_segment *seg = etp_seg(skb);
	const u8 *at = skb_transport_header(skb) + seg->sack_at;
	struct etp_sack_block block[ETP_MAX_SACKS];
	unsigned int i, n = min_t(unsigned int, seg->sack_n, ETP_MAX_SACKS), bad;

	for (i = 0; i < n; i++) {
		block[i].start = get_unaligned_be32(at + 8 * i);
		block[i].end = get_unaligned_be32(at + 8 * i + 4);
	}
	bad = etp_board_sack(&etp_sk(sk)->rec.board, block, n, seg->ack,
			     etp_sk(sk)->snd.nxt, clock, ack);
	if (bad)
		ETP_ADD(sock_net(sk), SACKDiscard, bad);
}

/* Recovery hears of it, then the timer, then who waits for room. */
static void etp_ack_news(struct sock *sk, struct etp_rec_ack *ack, bool advanced)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;

	if (rec->ops->sack)
		ack->dup = ack->sacked;		/* RFC 6675 section 2 */
	if (ack->acked || ack->dup || ack->has_dsack)
		etp_rec_ack(sk, ack);
	if (!advanced) {
		/* what may be late by now has a date, RFC 8985 section 6.2 step 5 */
		if (ack->sacked || ack->has_dsack)
			etp_timer_policy(sk);
		return;
	}
	if (!rec->hold_rto || etp_rtx_empty(sk))
		etp_timer_rearm(sk);
	etp_room_again(sk);
}

/* The peer is alive: whatever we were asking is answered. */
static void etp_ack_alive(struct sock *sk, bool window_open)
{
	struct etp_timers *timers = &etp_sk(sk)->timers;

	timers->probes = 0;
	sk->sk_err_soft = 0;
	if (timers->rtx_is == ETP_TIMER_PERSIST && window_open) {
		etp_sk(sk)->rtt.backoff = 0;
		timers->probed_at = 0;
		etp_timer_rtx(sk, ETP_TIMER_NONE, 0);
	}
}

static void etp_ack_clock(const struct etp_sock *es, const struct etp_segment *seg,
			  struct etp_sack_clock *clock, struct etp_rec_ack *ack)
{
	clock->now = etp_clock_us();
	clock->min_rtt_us = es->rtt.min_us;
	clock->echo_us = etp_echo_us(&es->peer, seg, clock->now);
	ack->has_echo = clock->echo_us;
	ack->echo = seg->tsecr;
}

/* One that a later ACK has overtaken; RFC 5961 section 5.2 says how old it may be.  What
 * it SACKs has arrived nevertheless.
 */
static int etp_ack_old(struct sock *sk, const struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_segment *seg = etp_seg(skb);
	struct etp_sack_clock clock;
	struct etp_rec_ack ack = {};

	if (seq_lt(seg->ack, es->snd.una - es->snd.max_wnd))
		return ETP_ACKED_BAD;
	if (!(seg->opts & ETP_OPT_SACK) || !es->rec.ops->sack)
		return ETP_ACKED_OLD;
	etp_ack_clock(es, seg, &clock, &ack);
	etp_ack_sack(sk, skb, &clock, &ack);
	etp_meter_acked(&es->meter, &ack, clock.now);
	etp_ack_news(sk, &ack, false);
	return ETP_ACKED_OLD;
}

/**
 * etp_ack - process the ACK field of an acceptable segment
 * @sk: the socket, locked; SYN_RECV or later
 * @skb: segment with ACK; skb->len is its payload
 *
 * Returns ETP_ACKED_* bits.  ETP_ACKED_BAD: the ACK is of something never sent,
 * or older than any window we ever had (RFC 5961 section 5.2); nothing was done.
 * Does not send; the caller does when the segment is through.
 */
int etp_ack(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_snd *snd = &es->snd;
	const struct etp_segment *seg = etp_seg(skb);
	struct etp_sack_clock clock;
	struct etp_rec_ack ack = {};
	u32 flight = etp_flight(snd);
	bool changed;
	int what = 0;

	if (seq_gt(seg->ack, snd->nxt))
		return ETP_ACKED_BAD;
	if (seq_lt(seg->ack, snd->una))
		return etp_ack_old(sk, skb);

	etp_ack_clock(es, seg, &clock, &ack);
	changed = etp_update_window(sk, seg);
	if (changed)
		what |= ETP_ACKED_WND;
	etp_ack_alive(sk, snd->wnd != 0);
	if (seg->ack != snd->una)
		what |= etp_ack_new(sk, seg, &clock, &ack);
	else
		ack.dup = etp_is_dupack(snd, skb, changed);
	if ((seg->opts & ETP_OPT_SACK) && es->rec.ops->sack)
		etp_ack_sack(sk, skb, &clock, &ack);
	etp_meter_acked(&es->meter, &ack, clock.now);
	etp_ack_news(sk, &ack, what & ETP_ACKED_NEW);
	if (unlikely(etp_is_marked(sk, seg))) {
		es->ecn.delivered_ce += ack.segs;
		if (etp_congested(sk, flight))
			ETP_INC(sock_net(sk), EcnReduced);
	}
	trace_etp_cwnd(sk);
	return what;
}
