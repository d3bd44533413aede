// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "reno": fast retransmit and fast recovery as RFC 5681 section
 * 3.2 has them and no more.  The first ACK of new data ends it, so that of several
 * losses in a window the second waits for three more duplicates or for a time-out.
 * To learn from and to compare with.
 * May touch struct etp_rec and the windows of struct etp_cong.
 */
#include "internal.h"

/* Steps 2 and 3: the threshold, one retransmission, the window inflated */
static void reno_enter(struct etp_rec *rec)
{
	struct etp_cong *cong = rec->cong;

	etp_rec_mark_lost(rec, rec->una, rec->una + cong->mss, ETP_CAUSE_DUPACK,
			  true);
	etp_rec_enter(rec, rec->limit_seq - rec->una);
	cong->cwnd = cong->ssthresh + ETP_DUPTHRESH * cong->mss;
	rec->force = 1;
}

static void reno_dupack(struct etp_rec *rec)
{
	if (rec->state == ETP_CA_LOSS)
		return;			/* an echo of what went again */
	rec->dupacks++;
	if (rec->state == ETP_CA_RECOVERY) {
		/* step 4: a segment has left the network */
		if (rec->cong->cwnd < rec->nxt - rec->una + rec->wnd)
			rec->cong->cwnd += rec->cong->mss;
	} else if (rec->dupacks >= ETP_DUPTHRESH) {
		reno_enter(rec);
	} else {
		etp_rec_limited(rec);	/* step 1 */
	}
}

static void reno_acked(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	if (!ack->acked) {
		if (ack->dup)
			reno_dupack(rec);
		return;
	}
	if (rec->state == ETP_CA_RECOVERY)
		rec->cong->cwnd = rec->cong->ssthresh;	/* step 6 */
	if (rec->state == ETP_CA_RECOVERY || rec->state == ETP_CA_DISORDER)
		etp_rec_leave(rec);
}

struct etp_recovery_ops etp_rec_reno = {
	.policy	= ETP_POLICY("reno"),
	.acked	= reno_acked,
};
