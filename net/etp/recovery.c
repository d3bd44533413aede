// SPDX-License-Identifier: GPL-2.0
/*
 * Loss recovery, what is the same for all policies: states, the time-out (RFC 5681
 * section 3.1, RFC 6298 section 5), and the sending of what a policy has marked
 * lost.  What is lost is for the policy to say, see struct etp_recovery_ops.
 * May touch struct etp_rec and the windows of struct etp_cong.
 */
#include "internal.h"
#include <trace/events/etp.h>

static int etp_rec_split(struct etp_board *board, struct sk_buff *skb, u32 len)
{
	struct etp_sock *es = container_of(board, struct etp_sock, rec.board);
	struct sock *sk = (struct sock *)es;

	/* A peer that SACKs every other segment makes small ones of large ones:
	 * so many and no more (CVE-2019-11478).
	 */
	if (sk->sk_wmem_queued / 2 > sk->sk_sndbuf + 2 * GSO_LEGACY_MAX_SIZE ||
	    etp_split(sk, skb, len, GFP_ATOMIC)) {
		ETP_INC(sock_net(sk), RetransFail);
		return -ENOMEM;
	}
	return 0;
}

/**
 * etp_rec_inherit - a new socket: its listener's policy, or the namespace's
 * @rec: the room; @rec->chosen is the listener's, NULL without one
 * @net: network namespace
 *
 * Any context.
 */
void etp_rec_inherit(struct etp_rec *rec, const struct net *net)
{
	const struct etp_policy *old = rec->chosen ? &rec->chosen->policy : NULL;

	rec->chosen = container_of(etp_registry_inherit(net, ETP_ROLE_RECOVERY, old),
				   struct etp_recovery_ops, policy);
	rec->live = 0;
}

/**
 * etp_rec_init - nothing is in flight
 * @sk: a new socket, a child just cloned, or a socket that was disconnected; the
 *	choice of a policy is kept
 */
void etp_rec_init(struct sock *sk)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;

	*rec = (struct etp_rec) {
		.chosen = rec->chosen,
		.ops = &etp_rec_newreno,
		.cong = &etp_sk(sk)->cong,
		.reordering = ETP_DUPTHRESH,
	};
	etp_board_init(&rec->board, etp_rec_split, 0);
}

/**
 * etp_rec_stop - the connection is over; the choice stays
 * @rec: the room
 *
 * Socket locked, or nobody else can reach it.
 */
void etp_rec_stop(struct etp_rec *rec)
{
	if (rec->live && rec->ops->release)
		rec->ops->release(rec);
	rec->live = 0;
}

/**
 * etp_rec_release - the socket is over
 * @rec: the room
 *
 * Socket locked, or nobody else can reach it.
 */
void etp_rec_release(struct etp_rec *rec)
{
	if (!rec->chosen)
		return;
	etp_rec_stop(rec);
	etp_policy_put(&rec->chosen->policy);
	rec->chosen = NULL;
}

/**
 * etp_rec_start - an initial sequence number is chosen
 * @sk: the socket, locked, nothing sent
 * @una: SND.UNA
 */
void etp_rec_start(struct sock *sk, u32 una)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;

	rec->recover = una;
	etp_board_init(&rec->board, etp_rec_split, una);
}

/**
 * etp_rec_established - the handshake is over
 * @sk: the socket, locked
 */
void etp_rec_established(struct sock *sk)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;

	etp_meter_rto_over(&etp_sk(sk)->meter, etp_clock_us());
	rec->state = ETP_CA_OPEN;
	rec->retransmits = 0;
	rec->retrans_at = 0;
	rec->dupacks = 0;
	rec->force = 0;
	rec->recover = etp_sk(sk)->snd.una - 1;	/* ISS, RFC 6582 section 3.2 (1) */
	rec->sack = etp_sk(sk)->peer.sack_ok;
	etp_rec_view(sk);
	etp_rec_settle(rec);
}

/**
 * etp_rec_view - what a policy may know, as it is now
 * @sk: the socket, locked
 */
void etp_rec_view(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	s32 room = etp_snd_end(&es->snd) - es->snd.nxt;

	rec->cong = &es->cong;
	rec->una = es->snd.una;
	rec->nxt = es->snd.nxt;
	rec->wnd = es->snd.wnd;
	rec->unsent = min_t(u32, max(room, 0), es->snd.write_seq - es->snd.nxt);
	rec->now_us = etp_clock_us();
	rec->srtt_us = es->rtt.srtt >> 3;
	rec->min_rtt_us = es->rtt.min_us;
	rec->mtu_probe = es->plpmtu.probe && es->plpmtu.start == es->snd.una ?
			 es->plpmtu.end - es->plpmtu.start : 0;
}

static u32 etp_pipe(const struct etp_rec *rec, u32 flight)
{
	const struct etp_board *board = &rec->board;
	u32 pipe = flight - board->sacked - board->lost + board->retrans;

	return pipe > rec->limited ? pipe - rec->limited : 0;
}

/**
 * etp_rec_pipe - bytes that count against the congestion window
 * @rec: the room
 * @snd: the sending side
 *
 * Pure.  RFC 6675's pipe; without SACK and losses it is RFC 5681's FlightSize.
 */
u32 etp_rec_pipe(const struct etp_rec *rec, const struct etp_snd *snd)
{
	return etp_pipe(rec, etp_flight(snd));
}

/**
 * etp_rec_in_flight - the same, for a policy
 * @rec: the room, as its policy sees it
 */
u32 etp_rec_in_flight(const struct etp_rec *rec)
{
	return etp_pipe(rec, rec->nxt - rec->una);
}
EXPORT_SYMBOL_GPL(etp_rec_in_flight);

static void etp_rec_found(struct etp_rec *rec, u32 seq, u32 lost, enum etp_cause cause)
{
	if (!lost)
		return;
	rec->cause = cause;
	/* the head's front may have been acknowledged */
	if (seq_lt(seq, rec->una))
		seq = rec->una;
	if (!rec->lost_events || seq_lt(seq, rec->lost_from))
		rec->lost_from = seq;
	rec->lost_events += lost;
}

/**
 * etp_rec_mark_lost - a policy finds that what lies in a range is lost
 * @rec: the room
 * @start: first sequence number
 * @end: first one behind
 * @cause: for tracing and for the counters
 * @again: also what went again since it was found lost
 *
 * Only whole segments are marked, but the first one always is; what was SACKed or
 * is marked already stays.  Returns how many bytes that was news for.
 */
u32 etp_rec_mark_lost(struct etp_rec *rec, u32 start, u32 end, enum etp_cause cause,
		      bool again)
{
	u32 lost = etp_board_lost_range(&rec->board, start, end, cause, again);

	etp_rec_found(rec, start, lost, cause);
	return lost;
}
EXPORT_SYMBOL_GPL(etp_rec_mark_lost);

/**
 * etp_rec_walk - a policy looks at what may still arrive, oldest sent first
 * @rec: the room
 * @cause: for tracing and for the counters
 * @fn: judges a segment
 * @arg: for @fn
 */
void etp_rec_walk(struct etp_rec *rec, enum etp_cause cause,
		  enum etp_walk_verdict (*fn)(struct etp_rec *rec,
					      const struct etp_rec_seg *seg,
					      void *arg), void *arg)
{
	struct etp_tx *tx, *next;

	list_for_each_entry_safe(tx, next, &rec->board.order, order) {
		const struct etp_rec_seg seg = {
			.seq = tx->seq,
			.end_seq = tx->end_seq,
			.sent_us = tx->sent_us,
			.retrans = tx->retrans,
		};
		bool again = tx->mark & ETP_MARK_RETRANS;
		u32 lost;

		switch (fn(rec, &seg, arg)) {
		case ETP_WALK_STOP:
			return;
		case ETP_WALK_LOST:
			lost = etp_board_lost(&rec->board, etp_tx_skb(tx), cause);
			etp_rec_found(rec, seg.seq, lost, cause);
			if (again)
				rec->lost_again++;
			break;
		case ETP_WALK_ON:
			break;
		}
	}
}
EXPORT_SYMBOL_GPL(etp_rec_walk);

/**
 * etp_rec_limited - a policy counts a duplicate ACK, RFC 3042
 * @rec: the room; @rec->dupacks counts it already
 *
 * For each of the first two a segment of new data may go beyond the window, which
 * stays as it is.
 */
void etp_rec_limited(struct etp_rec *rec)
{
	if (rec->dupacks == 1)
		rec->limit_seq = rec->nxt;
	rec->state = ETP_CA_DISORDER;
	rec->limited = min(rec->dupacks, ETP_DUPTHRESH - 1) * rec->cong->mss;
}
EXPORT_SYMBOL_GPL(etp_rec_limited);

/* A probe of the path MTU was too large, and nothing else is missing: the network is
 * not to blame (RFC 4821 section 7.6).  The window stays as it is for as long as this
 * recovery lasts, and then the threshold is what it was.
 */
static void etp_rec_spare(struct etp_rec *rec)
{
	struct etp_cong *cong = rec->cong;

	rec->spared = cong->ssthresh;
	cong->prior_cwnd = cong->cwnd;
	cong->prior_ssthresh = cong->ssthresh;
	cong->ssthresh = cong->cwnd;
}

/**
 * etp_rec_enter - a policy begins a recovery, RFC 5681 section 3.2 (2)
 * @rec: the room; what is lost is marked
 * @flight: FlightSize, bytes, without what went by limited transmit
 *
 * The threshold falls, the window is for the policy to set.
 */
void etp_rec_enter(struct etp_rec *rec, u32 flight)
{
	etp_undo_begin(&rec->undo, rec->una, rec->board.retrans);
	if (unlikely(rec->mtu_probe) && rec->board.lost == rec->mtu_probe) {
		etp_rec_spare(rec);
	} else {
		/* a mark has had the window reduced for this flight, and that stands */
		if (rec->cong->reduced)
			etp_undo_never(&rec->undo);
		else
			etp_ecn_reduced(&container_of(rec, struct etp_sock, rec)->ecn,
					rec->nxt);
		etp_cong_loss(rec->cong, flight);
	}
	rec->state = ETP_CA_RECOVERY;
	rec->recover = rec->nxt;
	rec->limited = 0;
}
EXPORT_SYMBOL_GPL(etp_rec_enter);

/**
 * etp_rec_leave - a policy ends a recovery
 * @rec: the room
 *
 * The window is for the policy to set.
 */
void etp_rec_leave(struct etp_rec *rec)
{
	rec->state = ETP_CA_OPEN;
	rec->dupacks = 0;
	rec->limited = 0;
	if (unlikely(rec->spared)) {
		rec->cong->ssthresh = max(rec->cong->ssthresh, rec->spared);
		rec->spared = 0;
	}
	etp_cong_recovered(rec->cong);
}
EXPORT_SYMBOL_GPL(etp_rec_leave);

/* What a policy did, for those who watch. */
static void etp_rec_notice(struct sock *sk, u8 was)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;

	if (rec->state == ETP_CA_RECOVERY && was != ETP_CA_RECOVERY) {
		if (rec->spared)
			etp_mtu_failed(sk);
		else if (rec->ops->sack)
			ETP_INC(sock_net(sk), SackRecovery);
		else
			ETP_INC(sock_net(sk), RenoRecovery);
	}
	if (rec->lost_events)
		trace_etp_loss(sk, rec->lost_from, rec->lost_events, rec->cause);
	if (rec->lost_again)
		ETP_ADD(sock_net(sk), LostRetransmit, rec->lost_again);
	if (rec->repaired)
		ETP_INC(sock_net(sk), LossProbeRecovery);
	rec->lost_events = 0;
	rec->lost_again = 0;
	rec->repaired = 0;
}

/* How far data overtook other data, in segments */
static void etp_rec_reordered(struct sock *sk, const struct etp_rec_ack *ack)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;
	u32 far = (rec->board.high - ack->orig) / rec->cong->mss + 1;

	rec->reord_seen++;
	rec->reordering = clamp(far, rec->reordering, ETP_REORDERING_MAX);
	ETP_INC(sock_net(sk), SACKReorder);
}

/* The recovery was for nothing: windows as before it, and no marks. */
static void etp_rec_undo(struct etp_sock *es)
{
	struct etp_rec *rec = &es->rec;

	etp_undo_never(&rec->undo);
	es->ecn.recover = es->snd.una - 1;	/* a mark would count */
	etp_frto_begin(&rec->frto, false);
	if (rec->state == ETP_CA_LOSS)
		es->rtt.backoff = 0;
	if (rec->state >= ETP_CA_RECOVERY) {
		etp_board_unlose(&rec->board);
		etp_rec_leave(rec);
		rec->force = 0;
		if (rec->board.sacked)
			rec->state = ETP_CA_DISORDER;
		if (rec->ops->restart)
			rec->ops->restart(rec);
	}
	etp_cong_undo(&es->cong);
}

static bool etp_rec_false_timeout(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	bool waits = etp_frto_holds(&rec->frto);
	const struct etp_frto_ack news = {
		.advances = ack->acked,
		.all = seq_geq(rec->una, rec->recover),
		.orig = ack->has_orig && seq_leq(ack->orig, rec->recover),
		.unsent = rec->unsent >= rec->cong->mss,
		.sack = rec->ops->sack,
	};

	if (etp_frto_ack(&rec->frto, &news))
		return rec->undo.marked;
	/* RFC 5682 section 2.1 step 3a: a genuine one.  What is lost goes now, beside
	 * the new data of step 2b of which no ACK need tell.
	 */
	if (waits && !ack->acked && !etp_frto_holds(&rec->frto))
		rec->cong->cwnd = 3 * rec->cong->mss;
	return false;
}

/* Does this ACK say that the last recovery need not have been? */
static void etp_rec_judge(struct sock *sk, const struct etp_rec_ack *ack)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	bool busy = rec->state >= ETP_CA_RECOVERY;

	if (ack->has_dsack) {
		ETP_INC(sock_net(sk), DSACKRecv);
		rec->dsacks++;
		if (!etp_undo_dsack(&rec->undo, &ack->dsack))
			ETP_INC(sock_net(sk), DSACKIgnored);
	}
	if (rec->state == ETP_CA_LOSS && etp_rec_false_timeout(rec, ack))
		ETP_INC(sock_net(sk), SpuriousRTOs);
	else if (busy && ack->acked && ack->has_echo &&
		 etp_undo_eifel(&rec->undo, ack->echo))
		ETP_INC(sock_net(sk), TSUndo);
	else if (ack->has_dsack && etp_undo_all(&rec->undo))
		ETP_INC(sock_net(sk), DSACKUndo);
	else
		return;
	etp_rec_undo(es);
}

/* A time-out's recovery is over when all is acknowledged that was in flight. */
static void etp_rec_loss_acked(struct etp_rec *rec)
{
	rec->cong->cwnd_limited = true;
	rec->dupacks = 0;
	if (seq_geq(rec->una, rec->recover))
		rec->state = ETP_CA_OPEN;
}

/**
 * etp_rec_ack - an ACK has news: of SND.UNA, of SACK, or it is a duplicate
 * @sk: the socket, locked; SND.UNA has moved and the scoreboard knows
 * @ack: the news
 */
void etp_rec_ack(struct sock *sk, const struct etp_rec_ack *ack)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;
	u8 was = rec->state;

	etp_rec_view(sk);
	rec->hold_rto = 0;
	if (ack->acked) {
		rec->retransmits = 0;
		rec->retrans_at = 0;
	}
	if (ack->reordered)
		etp_rec_reordered(sk, ack);
	etp_rec_judge(sk, ack);
	if (ack->acked && rec->state == ETP_CA_LOSS)
		etp_rec_loss_acked(rec);
	rec->ops->acked(rec, ack);
	if (was == ETP_CA_LOSS && rec->state != was)
		etp_meter_rto_over(&etp_sk(sk)->meter, rec->now_us);
	/* Keep "recover" within reach of a comparison; but an ACK that reaches it and
	 * no more is not beyond it (RFC 6582 section 3.2 (2)): duplicates of that one
	 * may be echoes of what went again.
	 */
	if (ack->acked && rec->state <= ETP_CA_DISORDER && rec->una != rec->recover)
		rec->recover = rec->una - 1;
	if (ack->acked && was != ETP_CA_RECOVERY && rec->state != ETP_CA_RECOVERY)
		etp_cong_acked(rec->cong, ack->acked);
	etp_rec_notice(sk, was);
}

/**
 * etp_rec_lost_all - all that was not SACKed has to go again
 * @sk: the socket, locked
 * @cause: for tracing and for the counters
 */
void etp_rec_lost_all(struct sock *sk, enum etp_cause cause)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;
	u32 lost = etp_board_lost_all(&rec->board, cause);

	rec->cause = cause;
	if (lost)
		trace_etp_loss(sk, etp_sk(sk)->snd.una, lost, cause);
}

/* What a time-out halves.  In the midst of a recovery the threshold has fallen for this
 * flight and does not rise; and what is lost again falls twice (RFC 5681 section 4.3).
 */
static u32 etp_rec_flight(struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);
	const struct sk_buff *head = etp_rtx_head(sk);
	u32 flight = etp_flight(&es->snd);

	if (es->rec.state < ETP_CA_RECOVERY || !head)
		return flight;
	return min(flight, etp_tx(head)->retrans ? es->cong.ssthresh :
						   2 * es->cong.ssthresh);
}

/**
 * etp_rec_timeout - the retransmission timer expired, RFC 5681 (4), RFC 6298 (5)
 * @sk: the socket, locked; something is in flight
 *
 * What is lost is sent again in slow start from SND.UNA on.  A second time-out for
 * the same data leaves the threshold alone.
 */
void etp_rec_timeout(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	u8 was = rec->state;

	etp_rec_view(sk);
	etp_cong_timeout(&es->cong, etp_rec_flight(sk),
			 was == ETP_CA_LOSS && rec->retransmits);
	if (rec->live)
		etp_ecn_reduced(&es->ecn, es->snd.nxt);
	/* A second for the same data leaves what the first would be undone to. */
	if (was <= ETP_CA_DISORDER)
		etp_undo_begin(&rec->undo, es->snd.una, rec->board.retrans);
	else if (was == ETP_CA_RECOVERY)
		etp_undo_never(&rec->undo);
	etp_frto_begin(&rec->frto, was <= ETP_CA_DISORDER && rec->live);
	etp_meter_rto(&es->meter, !rec->retransmits, rec->now_us);
	rec->state = ETP_CA_LOSS;
	rec->spared = 0;
	rec->recover = es->snd.nxt;
	rec->dupacks = 0;
	rec->limited = 0;
	if (rec->retransmits < U8_MAX)
		rec->retransmits++;
	if (etp_board_reneged(&rec->board))
		ETP_INC(sock_net(sk), SACKReneging);
	if (rec->ops->timeout)
		rec->ops->timeout(rec);
	else
		etp_rec_lost_all(sk, ETP_CAUSE_TIMEOUT);
	if (rec->ops->restart)
		rec->ops->restart(rec);
	rec->force = 1;
	etp_rec_notice(sk, was);
	trace_etp_cwnd(sk);
}

/**
 * etp_rec_sent - a segment went
 * @sk: the socket, locked
 * @skb: the segment, in the retransmit tree
 * @again: not for the first time
 */
void etp_rec_sent(struct sock *sk, const struct sk_buff *skb, bool again)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;
	const struct etp_tx *tx = etp_tx(skb);

	if (again)
		etp_undo_sent(&rec->undo, tx->end_seq - tx->seq,
			      etp_ts(&etp_sk(sk)->peer, tx->sent_us));
	else if (rec->limited)
		ETP_INC(sock_net(sk), LimitedTransmit);
	if (rec->ops->sent && rec->live)
		rec->ops->sent(rec, tx->seq, tx->end_seq - tx->seq, again);
}

/**
 * etp_rec_resend - send again what is lost
 * @sk: the socket, locked
 * @room: bytes the congestion window leaves
 *
 * Returns true when something went and there may be more.
 */
bool etp_rec_resend(struct sock *sk, u32 room)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	struct sk_buff *skb = etp_board_next(&rec->board);
	u32 segs = es->snd.total_retrans, seq;
	enum etp_cause cause;

	/* while F-RTO waits for its second ACK new data goes */
	if (!skb || etp_frto_holds(&rec->frto))
		return false;
	/* one segment always, if nothing else is in the network */
	if (room < es->cong.mss && !rec->force && etp_rec_pipe(rec, &es->snd))
		return false;
	seq = etp_tx(skb)->seq;
	if (seq_lt(seq, es->snd.una))
		seq = es->snd.una;
	cause = etp_tx(skb)->cause;
	if (etp_retransmit(sk, seq, room, cause) == seq)
		return false;
	/* SACKs keep a recovery going while SND.UNA stands still: the segment that it
	 * waits for has an RTO of its own, which RFC 6675 section 6 allows.
	 */
	if (rec->ops->sack && seq == es->snd.una)
		etp_timer_rearm(sk);
	if (rec->force)
		rec->force--;
	segs = es->snd.total_retrans - segs;
	if (cause == ETP_CAUSE_TIMEOUT)
		ETP_ADD(sock_net(sk), SlowStartRetrans, segs);
	else
		ETP_ADD(sock_net(sk), FastRetrans, segs);
	return true;
}

/**
 * etp_rec_extra - nothing is lost, and no new data can go: should something go again?
 * @sk: the socket, locked
 *
 * Returns true when something went and there may be more.
 */
bool etp_rec_extra(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	u32 seq;

	if (!rec->ops->next || rec->board.todo ||
	    es->cong.cwnd < etp_rec_pipe(rec, &es->snd) + es->cong.mss)
		return false;
	rec->una = es->snd.una;
	rec->nxt = es->snd.nxt;
	if (!rec->ops->next(rec, &seq) ||
	    etp_retransmit(sk, seq, es->cong.mss, ETP_CAUSE_RESCUE) == seq)
		return false;
	ETP_INC(sock_net(sk), FastRetrans);
	return true;
}

/* RFC 8985 section 7.3: new data, or else the last segment, for the sake of its ACK */
static void etp_rec_probe(struct sock *sk)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;
	u32 seq;

	rec->probe = 0;
	if (!etp_push_one(sk) &&
	    (!etp_board_last(&rec->board, &seq) ||
	     etp_retransmit(sk, seq, rec->cong->mss, ETP_CAUSE_PROBE) == seq))
		return;
	ETP_INC(sock_net(sk), LossProbes);
}

/**
 * etp_rec_expired - the policy's own timer expired
 * @sk: the socket, locked
 */
void etp_rec_expired(struct sock *sk)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;
	u32 segs = etp_sk(sk)->snd.segs_out;
	u8 was = rec->state;

	etp_rec_view(sk);
	if (rec->live && rec->ops->expired)
		rec->ops->expired(rec);
	etp_rec_notice(sk, was);
	if (rec->probe)
		etp_rec_probe(sk);
	else
		etp_push(sk, false);
	/* RFC 8985 section 8: what went has the whole RTO for its ACK */
	if (etp_sk(sk)->snd.segs_out != segs)
		etp_timer_rearm(sk);
	else
		etp_timer_policy(sk);
}
