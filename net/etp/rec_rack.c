// SPDX-License-Identifier: GPL-2.0
/*
 * The recovery policy "rack": RACK-TLP, RFC 8985, with the window of RFC 6937.
 * What was sent before something that has arrived, by more than the network may
 * reorder, is lost; also when it was a retransmission.  When ACKs stay away, a probe
 * brings one before the time-out would.
 * May touch struct etp_rec, reads its scoreboard, sets the windows of struct etp_cong.
 */
#include "internal.h"

#define RACK_PERSIST	16		/* recoveries, section 6.2 step 4 */
#define RACK_MULT_MAX	255
#define RACK_PTO_INIT	USEC_PER_SEC	/* no round trip measured, section 7.2 */
#define RACK_WCDELACKT	(200 * USEC_PER_MSEC)

/**
 * struct rack - private to the policy; names of section 5.2 and 5.3
 * @prr: the window in a recovery
 * @end_seq: RACK.segment's end
 * @xmit_ts: when it was sent, microseconds, 0 before the first
 * @reo_at: when a segment that is late will count as lost, 0: none is
 * @rtt: RACK.rtt, microseconds
 * @mult: RACK.reo_wnd_mult
 * @persist: RACK.reo_wnd_persist
 * @round: end of RACK.dsack_round
 * @tlp_end: TLP.end_seq
 * @in_round: RACK.dsack_round is not over
 * @seen: RACK.reordering_seen
 * @tlp: a probe is in the network
 * @tlp_rxt: TLP.is_retrans
 * @probing: the next segment that goes is the probe
 */
struct rack {
	struct etp_prr	prr;
	u32		end_seq;
	u64		xmit_ts;
	u64		reo_at;
	u32		rtt;
	u8		mult;
	u8		persist;
	u32		round;
	u32		tlp_end;
	bool		in_round;
	bool		seen;
	bool		tlp;
	bool		tlp_rxt;
	bool		probing;
};

static struct rack *rack(struct etp_rec *rec)
{
	return etp_rec_priv(rec, struct rack);
}

/* RACK_sent_after() */
static bool rack_sent_after(u64 t1, u32 seq1, u64 t2, u32 seq2)
{
	return t1 > t2 || (t1 == t2 && seq_gt(seq1, seq2));
}

/* Step 2: the most recently sent of the segments that arrived */
static void rack_update(struct rack *r, const struct etp_rec_ack *ack)
{
	if (!ack->sent_us)
		return;
	r->rtt = ack->rtt_us;
	if (rack_sent_after(ack->sent_us, ack->end_seq, r->xmit_ts, r->end_seq)) {
		r->xmit_ts = ack->sent_us;
		r->end_seq = ack->end_seq;
	}
}

/* Step 4, first half: a D-SACK says that the window was too narrow. */
static void rack_adapt(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	struct rack *r = rack(rec);

	if (r->in_round && seq_geq(rec->una, r->round))
		r->in_round = false;
	if (!ack->has_dsack || r->in_round)
		return;
	r->in_round = true;
	r->round = rec->nxt;
	r->mult += r->mult < RACK_MULT_MAX;
	r->persist = RACK_PERSIST;
}

/* A recovery has ended without one. */
static void rack_persist(struct rack *r)
{
	if (r->persist && !--r->persist)
		r->mult = 1;
}

/* Step 4, second half: RACK_update_reo_wnd(), microseconds */
static u32 rack_reo_wnd(struct etp_rec *rec)
{
	struct rack *r = rack(rec);
	u64 wnd;

	if (!r->seen && (rec->state >= ETP_CA_RECOVERY ||
			 rec->board.sacked >= ETP_DUPTHRESH * rec->cong->mss))
		return 0;
	if (rec->min_rtt_us == ~0U)
		return 0;
	wnd = (u64)r->mult * rec->min_rtt_us / 4;
	return min_t(u64, wnd, rec->srtt_us);
}

/* What a walk over the segments in flight needs to know and finds out */
struct rack_walk {
	u32	reo_wnd;
	u64	late;		/* when the last of those that are late is lost */
};

/* Step 5, for one segment */
static enum etp_walk_verdict rack_judge(struct etp_rec *rec,
					const struct etp_rec_seg *seg, void *arg)
{
	const struct rack *r = rack(rec);
	struct rack_walk *walk = arg;
	u64 lost_at = seg->sent_us + r->rtt + walk->reo_wnd;

	if (!rack_sent_after(r->xmit_ts, r->end_seq, seg->sent_us, seg->end_seq))
		return ETP_WALK_STOP;
	if (lost_at <= rec->now_us)
		return ETP_WALK_LOST;
	walk->late = max(walk->late, lost_at);
	return ETP_WALK_ON;
}

/* Step 5: RACK_detect_loss() */
static void rack_detect(struct etp_rec *rec)
{
	struct rack_walk walk = { .reo_wnd = rack_reo_wnd(rec) };

	etp_rec_walk(rec, ETP_CAUSE_RACK, rack_judge, &walk);
	rack(rec)->reo_at = walk.late;
}

static void rack_set_cwnd(struct etp_rec *rec, u32 delivered)
{
	struct etp_cong *cong = rec->cong;

	cong->cwnd = etp_prr_cwnd(&rack(rec)->prr, delivered, etp_rec_in_flight(rec),
				  cong->ssthresh, cong->mss);
}

static void rack_enter(struct etp_rec *rec)
{
	etp_rec_enter(rec, rec->limit_seq - rec->una);
	etp_prr_begin(&rack(rec)->prr, rec->nxt - rec->una);
	rec->force = 1;
	rack(rec)->tlp = false;		/* whatever the probe repaired is in this */
}

static void rack_leave(struct etp_rec *rec)
{
	rec->cong->cwnd = rec->cong->ssthresh;
	etp_rec_leave(rec);
	rack_persist(rack(rec));
}

/* What follows from the losses that are marked now */
static void rack_recover(struct etp_rec *rec, u32 delivered)
{
	if (rec->state == ETP_CA_LOSS)
		return;
	if (rec->state == ETP_CA_RECOVERY && seq_geq(rec->una, rec->recover))
		rack_leave(rec);
	if (rec->state != ETP_CA_RECOVERY && rec->board.todo)
		rack_enter(rec);
	if (rec->state == ETP_CA_RECOVERY)
		rack_set_cwnd(rec, delivered);
	else
		rec->state = rec->board.sacked ? ETP_CA_DISORDER : ETP_CA_OPEN;
}

/* Section 7.4.2, case 1: the probe arrived, and what it repeats did, too.  A D-SACK of
 * anything else says nothing of it.
 */
static bool rack_tlp_twice(const struct rack *r, const struct etp_rec_ack *ack)
{
	return ack->has_dsack && ack->dsack.end == r->tlp_end;
}

/* Section 7.4.2: TLP_process_ack() */
static void rack_tlp_acked(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	struct rack *r = rack(rec);

	if (!r->tlp || seq_lt(rec->una, r->tlp_end))
		return;
	if (r->tlp_rxt && !rack_tlp_twice(r, ack)) {
		if (rec->una == r->tlp_end)
			return;		/* the original's ACK, or the probe's */
		/* More has arrived, and it not twice: the probe repaired a loss,
		 * which counts as one.
		 */
		rec->repaired = 1;
		if (rec->state <= ETP_CA_DISORDER) {
			etp_rec_enter(rec, rec->nxt - rec->una + ack->acked);
			rec->cong->cwnd = rec->cong->ssthresh;
			etp_undo_never(&rec->undo);
			etp_rec_leave(rec);
		}
	}
	r->tlp = false;
}

static void rack_acked(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	struct rack *r = rack(rec);

	if (ack->acked || rec->state == ETP_CA_OPEN)
		rec->limit_seq = rec->nxt;
	rack_update(r, ack);
	r->seen |= ack->reordered;		/* step 3 */
	rack_adapt(rec, ack);
	rack_tlp_acked(rec, ack);
	rack_detect(rec);
	rack_recover(rec, ack->delivered);
}

static void rack_sent(struct etp_rec *rec, u32 seq, u32 len, bool again)
{
	struct rack *r = rack(rec);

	if (rec->state == ETP_CA_RECOVERY)
		r->prr.out += len;
	if (r->probing) {
		r->probing = false;
		r->tlp = true;
		r->tlp_rxt = again;
		r->tlp_end = again ? rec->nxt : seq + len;
	}
}

/* Section 6.3: RACK_mark_losses_on_RTO(); of the rest the ACKs will tell. */
static enum etp_walk_verdict rack_judge_rto(struct etp_rec *rec,
					    const struct etp_rec_seg *seg, void *arg)
{
	const struct rack_walk *walk = arg;

	return seq_leq(seg->seq, rec->una) ||
	       seg->sent_us + rack(rec)->rtt + walk->reo_wnd <= rec->now_us ?
	       ETP_WALK_LOST : ETP_WALK_ON;
}

static void rack_timeout(struct etp_rec *rec)
{
	struct rack_walk walk = { .reo_wnd = rack_reo_wnd(rec) };

	etp_rec_walk(rec, ETP_CAUSE_TIMEOUT, rack_judge_rto, &walk);
}

static void rack_restart(struct etp_rec *rec)
{
	struct rack *r = rack(rec);

	/* What overtook all others is no measure for them: as long as it is, each
	 * ACK would find the same losses again that an undo has taken back.
	 */
	r->xmit_ts = 0;
	r->end_seq = rec->una;
	r->reo_at = 0;
	r->tlp = false;
	r->probing = false;
}

/* Section 7.2: TLP_calc_PTO(), microseconds; the engine heeds the RTO. */
static u32 rack_pto(const struct etp_rec *rec)
{
	u32 pto;

	if (!rec->srtt_us)
		return RACK_PTO_INIT;
	pto = 2 * rec->srtt_us;
	if (rec->nxt - rec->una <= rec->cong->mss)
		pto += RACK_WCDELACKT;
	return pto;
}

static u32 rack_timer(struct etp_rec *rec)
{
	struct rack *r = rack(rec);

	if (r->reo_at)
		return r->reo_at > rec->now_us ? r->reo_at - rec->now_us : 1;
	if (rec->state != ETP_CA_OPEN || rec->board.sacked || r->tlp)
		return 0;
	return rack_pto(rec);
}

static void rack_expired(struct etp_rec *rec)
{
	struct rack *r = rack(rec);

	if (r->reo_at) {
		rack_detect(rec);
		if (rec->board.todo)
			rack_recover(rec, 0);
		return;
	}
	if (rec->state != ETP_CA_OPEN || r->tlp)
		return;
	r->probing = true;			/* section 7.3 */
	rec->probe = 1;
}

/* Switched on in the midst of a recovery: from here on it is ours. */
static void rack_init(struct etp_rec *rec)
{
	rack(rec)->mult = 1;
	rec->limit_seq = rec->nxt;
	etp_prr_begin(&rack(rec)->prr, rec->nxt - rec->una);
}

struct etp_recovery_ops etp_rec_rack = {
	.policy	 = ETP_POLICY("rack"),
	.sack	 = true,
	.init	 = rack_init,
	.acked	 = rack_acked,
	.sent	 = rack_sent,
	.timeout = rack_timeout,
	.restart = rack_restart,
	.timer	 = rack_timer,
	.expired = rack_expired,
};
