// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "newreno": fast retransmit and fast recovery of RFC 5681
 * section 3.2, with the partial ACKs of RFC 6582.  For peers without SACK.
 * May touch struct etp_rec and the windows of struct etp_cong.
 */
#include "internal.h"

/**
 * struct newreno - private to the policy
 * @partial: a partial ACK was seen in this recovery
 */
struct newreno {
	bool	partial;
};

static struct newreno *newreno(struct etp_rec *rec)
{
	return etp_rec_priv(rec, struct newreno);
}

/* The segment at SND.UNA goes at once, whatever the window. */
static void newreno_retransmit(struct etp_rec *rec, enum etp_cause cause)
{
	etp_rec_mark_lost(rec, rec->una, rec->una + rec->cong->mss, cause, true);
	rec->force = 1;
}

/* RFC 5681 section 3.2 (2) and (3), RFC 6582 section 3.2 (2) */
static void newreno_enter(struct etp_rec *rec)
{
	struct etp_cong *cong = rec->cong;

	newreno_retransmit(rec, ETP_CAUSE_DUPACK);
	etp_rec_enter(rec, rec->limit_seq - rec->una);
	cong->cwnd = cong->ssthresh + ETP_DUPTHRESH * cong->mss;
	newreno(rec)->partial = false;
}

/* The third in a row means a loss, unless it may be an echo of an earlier
 * recovery's retransmissions: SND.UNA must be past "recover".
 */
static void newreno_dupack(struct etp_rec *rec)
{
	rec->dupacks++;
	switch (rec->state) {
	case ETP_CA_OPEN:
	case ETP_CA_DISORDER:
		if (rec->dupacks >= ETP_DUPTHRESH && seq_gt(rec->una, rec->recover))
			newreno_enter(rec);
		else
			etp_rec_limited(rec);
		break;
	case ETP_CA_RECOVERY:
		/* (4) a segment has left the network; no need to go beyond
		 * what the peer's window could hold
		 */
		if (rec->cong->cwnd < rec->nxt - rec->una + rec->wnd)
			rec->cong->cwnd += rec->cong->mss;
		break;
	}
}

/* RFC 6582 section 3.2 (3): the ACK that ends recovery */
static void newreno_full_ack(struct etp_rec *rec)
{
	struct etp_cong *cong = rec->cong;

	cong->cwnd = min(cong->ssthresh,
			 max(rec->nxt - rec->una, cong->mss) + cong->mss);
	etp_rec_leave(rec);
}

/* RFC 6582 section 3.2 (3): another hole in the same window */
static void newreno_partial_ack(struct etp_rec *rec, u32 acked)
{
	struct etp_cong *cong = rec->cong;

	cong->cwnd -= min(cong->cwnd - cong->mss, acked);
	if (acked >= cong->mss)
		cong->cwnd += cong->mss;
	newreno_retransmit(rec, ETP_CAUSE_PARTIAL);
	/* Only the first restarts the timer ("impatient"), so that a window
	 * full of holes ends in a time-out rather than in a crawl.
	 */
	rec->hold_rto = newreno(rec)->partial;
	newreno(rec)->partial = true;
}

static void newreno_acked(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	if (!ack->acked) {
		if (ack->dup)
			newreno_dupack(rec);
		return;
	}
	if (rec->state == ETP_CA_RECOVERY) {
		if (seq_lt(rec->una, rec->recover))
			newreno_partial_ack(rec, ack->acked);
		else
			newreno_full_ack(rec);
	} else if (rec->state == ETP_CA_DISORDER) {
		etp_rec_leave(rec);
	}
}

struct etp_recovery_ops etp_rec_newreno = {
	.policy	= ETP_POLICY("newreno"),
	.acked	= newreno_acked,
};
