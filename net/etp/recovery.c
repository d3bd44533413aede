// SPDX-License-Identifier: GPL-2.0
/*
 * What is lost, and what is done about it: fast retransmit and fast recovery of
 * RFC 5681 section 3.2 with the partial ACKs of RFC 6582, and the time-out.
 * May touch struct etp_rec and the windows of struct etp_cong.
 */
#include "internal.h"
#include <trace/events/etp.h>

#define ETP_DUPTHRESH	3

/**
 * etp_rec_init - nothing is lost
 * @rec: the room
 */
void etp_rec_init(struct etp_rec *rec)
{
	memset(rec, 0, sizeof(*rec));
}

/**
 * etp_rec_pipe - bytes that count against the congestion window
 * @rec: the room
 * @snd: the sending side
 *
 * Pure.  FlightSize of RFC 5681; after a time-out all that was in flight counts
 * as lost, so only what has been sent again is.
 */
u32 etp_rec_pipe(const struct etp_rec *rec, const struct etp_snd *snd)
{
	if (rec->state == ETP_CA_LOSS && seq_lt(rec->rtx_next, rec->recover))
		return rec->rtx_next - snd->una + (snd->nxt - rec->recover);
	return etp_flight(snd);
}

/* RFC 5681 section 3.2 (2) and (3), RFC 6582 section 3.2 (2) */
static void etp_rec_enter_recovery(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_cong *cong = &es->cong;

	etp_cong_loss(cong, etp_flight(&es->snd));
	cong->cwnd = cong->ssthresh + ETP_DUPTHRESH * cong->mss;
	es->rec.state = ETP_CA_RECOVERY;
	es->rec.recover = es->snd.nxt;
	es->rec.partial = 0;
	ETP_INC(sock_net(sk), FastRetrans);
	trace_etp_cwnd(sk);
	etp_lost(sk, es->snd.una, cong->mss, ETP_CAUSE_DUPACK);
	etp_retransmit(sk, es->snd.una, cong->mss);
}

/**
 * etp_rec_dupack - a duplicate ACK came, RFC 5681 section 2
 * @sk: the socket, locked
 *
 * The third in a row means a loss, unless it may be an echo of an earlier
 * recovery's retransmissions: SND.UNA must be past "recover".
 */
void etp_rec_dupack(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;

	rec->dupacks++;
	switch (rec->state) {
	case ETP_CA_OPEN:
		rec->state = ETP_CA_DISORDER;
		fallthrough;
	case ETP_CA_DISORDER:
		if (rec->dupacks >= ETP_DUPTHRESH &&
		    seq_gt(es->snd.una, rec->recover))
			etp_rec_enter_recovery(sk);
		break;
	case ETP_CA_RECOVERY:
		/* (4) a segment has left the network; no need to go beyond
		 * what the peer's window could hold
		 */
		if (es->cong.cwnd < etp_flight(&es->snd) + es->snd.wnd)
			es->cong.cwnd += es->cong.mss;
		break;
	}
}

/* RFC 6582 section 3.2 (3): the ACK that ends recovery */
static void etp_rec_full_ack(struct etp_sock *es)
{
	struct etp_cong *cong = &es->cong;

	cong->cwnd = min(cong->ssthresh,
			 max(etp_flight(&es->snd), cong->mss) + cong->mss);
	es->rec.state = ETP_CA_OPEN;
	es->rec.dupacks = 0;
	etp_cong_recovered(cong);
}

/* RFC 6582 section 3.2 (3): another hole in the same window */
static void etp_rec_partial_ack(struct sock *sk, u32 acked)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_cong *cong = &es->cong;

	ETP_INC(sock_net(sk), PartialAcks);
	cong->cwnd -= min(cong->cwnd - cong->mss, acked);
	if (acked >= cong->mss)
		cong->cwnd += cong->mss;
	etp_lost(sk, es->snd.una, cong->mss, ETP_CAUSE_PARTIAL);
	etp_retransmit(sk, es->snd.una, cong->mss);
	/* Only the first restarts the timer ("impatient"), so that a window
	 * full of holes ends in a time-out rather than in a crawl.
	 */
	if (!es->rec.partial)
		etp_timer_rearm(sk);
	es->rec.partial = 1;
}

/**
 * etp_rec_acked - new data was acknowledged
 * @sk: the socket, locked; SND.UNA has moved
 * @acked: by how many bytes
 */
void etp_rec_acked(struct sock *sk, u32 acked)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;

	rec->retransmits = 0;
	rec->retrans_at = 0;
	switch (rec->state) {
	case ETP_CA_RECOVERY:
		if (seq_lt(es->snd.una, rec->recover)) {
			etp_rec_partial_ack(sk, acked);
			return;
		}
		etp_rec_full_ack(es);
		break;
	case ETP_CA_LOSS:
		if (seq_lt(rec->rtx_next, es->snd.una))
			rec->rtx_next = es->snd.una;
		es->cong.cwnd_limited = true;
		etp_cong_acked(&es->cong, acked);
		if (seq_geq(es->snd.una, rec->recover))
			rec->state = ETP_CA_OPEN;
		rec->dupacks = 0;
		break;
	default:
		rec->state = ETP_CA_OPEN;
		rec->dupacks = 0;
		/* keep "recover" within reach of the comparison above */
		rec->recover = es->snd.una - 1;
		etp_cong_acked(&es->cong, acked);
	}
}

/**
 * etp_rec_timeout - the retransmission timer expired, RFC 5681 (4), RFC 6298 (5)
 * @sk: the socket, locked; something is in flight
 *
 * All in flight counts as lost and is sent again in slow start from SND.UNA on.
 * A second time-out for the same data leaves the threshold alone.
 */
void etp_rec_timeout(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	struct etp_cong *cong = &es->cong;

	etp_cong_timeout(cong, etp_flight(&es->snd),
			 rec->state == ETP_CA_LOSS && rec->retransmits);
	rec->state = ETP_CA_LOSS;
	rec->recover = es->snd.nxt;
	rec->rtx_next = es->snd.una;
	rec->dupacks = 0;
	if (rec->retransmits < U8_MAX)
		rec->retransmits++;
	trace_etp_cwnd(sk);
}

/**
 * etp_rec_resend - after a time-out: send again what comes next
 * @sk: the socket, locked
 * @room: bytes the congestion window leaves
 *
 * Returns true when something went and there may be more.
 */
bool etp_rec_resend(struct sock *sk, u32 room)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	u32 next;

	if (rec->state != ETP_CA_LOSS || seq_geq(rec->rtx_next, rec->recover))
		return false;
	/* one segment always, if nothing else is in the network */
	if (room < es->cong.mss && rec->rtx_next != es->snd.una)
		return false;
	next = etp_retransmit(sk, rec->rtx_next, room);
	if (next == rec->rtx_next)
		return false;
	rec->rtx_next = next;
	ETP_INC(sock_net(sk), SlowStartRetrans);
	return true;
}
