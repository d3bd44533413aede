// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "sack": RFC 6675, with the window of RFC 6937.
 * May touch struct etp_rec, reads its scoreboard, sets the windows of struct etp_cong.
 */
#include "internal.h"

/**
 * struct sack - private to the policy
 * @prr: the window in a recovery
 * @high_rxt: HighRxt: end of the highest segment that went again in this recovery
 * @rescue: RescueRxt
 * @rescued: there is one
 */
struct sack {
	struct etp_prr	prr;
	u32		high_rxt;
	u32		rescue;
	bool		rescued;
};

static struct sack *sack(struct etp_rec *rec)
{
	return etp_rec_priv(rec, struct sack);
}

/* IsLost() of all there is: what lies below so much that was SACKed */
static void sack_mark_lost(struct etp_rec *rec)
{
	u32 edge = etp_board_edge(&rec->board, rec->cong->mss);

	if (seq_gt(edge, rec->una))
		etp_rec_mark_lost(rec, rec->una, edge, ETP_CAUSE_SACK, false);
}

static void sack_set_cwnd(struct etp_rec *rec, u32 delivered)
{
	struct etp_cong *cong = rec->cong;

	cong->cwnd = etp_prr_cwnd(&sack(rec)->prr, delivered, etp_rec_in_flight(rec),
				  cong->ssthresh, cong->mss);
}

/* Section 5 step 4 */
static void sack_enter(struct etp_rec *rec, u32 delivered)
{
	struct sack *s = sack(rec);

	etp_rec_mark_lost(rec, rec->una, rec->una + rec->cong->mss, ETP_CAUSE_SACK,
			  false);
	sack_mark_lost(rec);
	etp_rec_enter(rec, rec->limit_seq - rec->una);	/* (4.1), (4.2) */
	etp_prr_begin(&s->prr, rec->nxt - rec->una);
	s->high_rxt = rec->una;
	s->rescued = false;
	rec->force = 1;					/* (4.3) */
	sack_set_cwnd(rec, delivered);			/* (4.4) */
}

/* Steps A to C: an ACK in a recovery */
static void sack_in_recovery(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	if (seq_geq(rec->una, rec->recover)) {
		rec->cong->cwnd = rec->cong->ssthresh;
		etp_rec_leave(rec);
		return;
	}
	sack_mark_lost(rec);
	sack_set_cwnd(rec, ack->delivered);
}

static void sack_acked(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	if (rec->state == ETP_CA_LOSS)
		return;
	if (rec->state == ETP_CA_RECOVERY) {
		sack_in_recovery(rec, ack);
		return;
	}
	if (ack->acked) {
		rec->dupacks = 0;
		rec->state = rec->board.sacked ? ETP_CA_DISORDER : ETP_CA_OPEN;
	}
	if (!ack->dup)
		return;
	if (!rec->dupacks++)
		rec->limit_seq = rec->nxt;
	rec->state = ETP_CA_DISORDER;
	/* steps 1 and 2; what step 3 allows, pipe has room for by itself */
	if (rec->dupacks >= ETP_DUPTHRESH ||
	    seq_gt(etp_board_edge(&rec->board, rec->cong->mss), rec->una))
		sack_enter(rec, ack->delivered);
}

static void sack_sent(struct etp_rec *rec, u32 seq, u32 len, bool again)
{
	struct sack *s = sack(rec);

	if (rec->state != ETP_CA_RECOVERY)
		return;
	s->prr.out += len;
	if (again && seq_gt(seq + len, s->high_rxt) &&
	    seq_leq(seq + len, rec->board.high))
		s->high_rxt = seq + len;
}

/* NextSeg() (3) and (4); the engine has done (1) and (2). */
static bool sack_next(struct etp_rec *rec, u32 *seq)
{
	struct sack *s = sack(rec);

	if (rec->state != ETP_CA_RECOVERY)
		return false;
	if (etp_board_fresh(&rec->board, s->high_rxt, seq))
		return true;
	if (s->rescued && seq_leq(rec->una, s->rescue))
		return false;
	if (!etp_board_last(&rec->board, seq))
		return false;
	s->rescued = true;
	s->rescue = rec->recover;
	return true;
}

/* Switched on in the midst of a recovery: from here on it is ours. */
static void sack_init(struct etp_rec *rec)
{
	struct sack *s = sack(rec);

	etp_prr_begin(&s->prr, rec->nxt - rec->una);
	s->high_rxt = rec->una;
	rec->limit_seq = rec->nxt;
}

struct etp_recovery_ops etp_rec_sack = {
	.policy	= ETP_POLICY("sack"),
	.sack	= true,
	.init	= sack_init,
	.acked	= sack_acked,
	.sent	= sack_sent,
	.next	= sack_next,
};
