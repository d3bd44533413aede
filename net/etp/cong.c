// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion control: which algorithm a connection uses, and what is the same
 * for all of them.  May touch struct etp_cong; the list of algorithms is the
 * registry's.
 */
#include "internal.h"

#define ETP_ABC_LIMIT	2	/* RFC 3465's L, segments */

static void etp_cong_tell(struct etp_cong *cong, enum etp_cong_event event)
{
	if (cong->live && cong->ops->event)
		cong->ops->event(cong, event);
}

/* ---- The choice ---- */

static const struct etp_cong_ops *etp_cong_of(const struct etp_policy *policy)
{
	return container_of(policy, struct etp_cong_ops, policy);
}

/**
 * etp_cong_inherit - a new socket: its listener's algorithm, or the namespace's
 * @cong: the room; @cong->ops is the listener's, NULL without one
 * @net: network namespace
 *
 * Any context.
 */
void etp_cong_inherit(struct etp_cong *cong, const struct net *net)
{
	const struct etp_policy *old = cong->ops ? &cong->ops->policy : NULL;

	cong->ops = etp_cong_of(etp_registry_inherit(net, ETP_ROLE_CONG, old));
	cong->live = false;
}

/**
 * etp_cong_choose - use another algorithm from now on (ETP_CONGESTION)
 * @cong: the room
 * @name: name of the algorithm
 *
 * Process context, socket locked, may sleep.  Windows are kept.  Returns 0, -ENOENT
 * for a name nobody registered, -EBUSY when its module is about to go.
 */
int etp_cong_choose(struct etp_cong *cong, const char *name)
{
	struct etp_policy *policy = etp_registry_get(ETP_ROLE_CONG, name);
	bool live = cong->live;

	if (IS_ERR(policy))
		return PTR_ERR(policy);
	if (etp_cong_of(policy) == cong->ops) {
		etp_policy_put(policy);
		return 0;
	}
	etp_cong_release(cong);
	cong->ops = etp_cong_of(policy);
	memset(cong->priv, 0, sizeof(cong->priv));
	cong->live = live;
	if (live && cong->ops->init)
		cong->ops->init(cong);
	return 0;
}

/* ---- Its life on a connection ---- */

/**
 * etp_cong_windows - windows of a connection that is being opened
 * @cong: the room; @cong->ops is kept
 * @mss: SMSS, bytes
 * @init_cwnd: initial window, segments
 *
 * Socket locked, or nobody else can reach it.
 */
void etp_cong_windows(struct etp_cong *cong, u32 mss, u32 init_cwnd)
{
	*cong = (struct etp_cong) {
		.ops = cong->ops,
		.mss = mss,
		.cwnd = mss * init_cwnd,
		.limit = ETP_ABC_LIMIT * mss,
		.ssthresh = ETP_SSTHRESH_INF,
		.prior_ssthresh = ETP_SSTHRESH_INF,
		.min_rtt_us = ~0U,
	};
}

/**
 * etp_cong_init - a connection is open, RFC 5681 section 3.1, RFC 6928
 * @cong: the room; @cong->ops is kept
 * @mss: SMSS, bytes
 * @init_cwnd: initial window, segments
 *
 * Socket locked.
 */
void etp_cong_init(struct etp_cong *cong, u32 mss, u32 init_cwnd)
{
	etp_cong_windows(cong, mss, init_cwnd);
	cong->live = true;
	if (cong->ops->init)
		cong->ops->init(cong);
}

/**
 * etp_cong_stop - the connection is over; the choice stays
 * @cong: the room
 *
 * Socket locked, or nobody else can reach it.
 */
void etp_cong_stop(struct etp_cong *cong)
{
	if (cong->live && cong->ops->release)
		cong->ops->release(cong);
	cong->live = false;
}

/**
 * etp_cong_release - the socket is over
 * @cong: the room
 *
 * Socket locked, or nobody else can reach it.
 */
void etp_cong_release(struct etp_cong *cong)
{
	if (!cong->ops)
		return;
	etp_cong_stop(cong);
	etp_policy_put(&cong->ops->policy);
	cong->ops = NULL;
}

/* ---- What happens to it ---- */

/**
 * etp_cong_mss - the segment size changed; windows keep their segments
 * @cong: the room
 * @mss: new SMSS, bytes
 *
 * Socket locked.  A smaller MSS must not leave a window of many tiny segments
 * (RFC 5681 section 3.1).
 */
void etp_cong_mss(struct etp_cong *cong, u32 mss)
{
	if (cong->mss == mss)
		return;
	if (mss < cong->mss)
		cong->cwnd = max(cong->cwnd / cong->mss * mss, mss);
	cong->mss = mss;
}

/**
 * etp_cong_keep_segs - the peer's window allows larger segments: as many of them
 * @cong: the room, told of the new SMSS
 * @was: SMSS before, bytes
 *
 * Socket locked.  The path has not changed; segments were small for the peer's sake.
 */
void etp_cong_keep_segs(struct etp_cong *cong, u32 was)
{
	if (cong->mss <= was)
		return;
	cong->cwnd = min_t(u64, (u64)(cong->cwnd / was) * cong->mss, INT_MAX);
	if (cong->ssthresh < ETP_SSTHRESH_INF)
		cong->ssthresh = min_t(u64, (u64)(cong->ssthresh / was) * cong->mss,
				       ETP_SSTHRESH_INF);
}

/**
 * etp_cong_idle - restart after idle, RFC 5681 section 4.1
 * @cong: the room
 * @init_cwnd: initial window, segments
 *
 * Socket locked; called when nothing was sent for longer than an RTO.  The
 * threshold remembers most of the window that was (RFC 7661 section 4.3).
 */
void etp_cong_idle(struct etp_cong *cong, u32 init_cwnd)
{
	cong->ssthresh = max(cong->ssthresh, cong->cwnd / 4 * 3);
	cong->cwnd = min(cong->cwnd, cong->mss * init_cwnd);
	cong->acked = 0;
	etp_cong_tell(cong, ETP_CONG_RESTART);
}

/**
 * etp_cong_view - what a congestion control may know of an ACK of new data
 * @cong: the room
 * @rtt: the estimator, with this ACK's sample
 * @ack: what else there is to know
 *
 * Socket locked.  Pure but for the operations' sample call.
 *
 * RFC 3465 limits what one ACK counts in slow start to L segments: 2, or 1 after a
 * time-out, when an ACK may be for data of long ago.  A receiver that got a whole
 * packet of many segments (lo, veth, or a device that joins them) has one ACK for
 * it, so there L counts packets.
 */
void etp_cong_view(struct etp_cong *cong, const struct etp_rtt *rtt,
		   const struct etp_cong_ack *ack)
{
	cong->limit = ack->timed_out ? cong->mss :
		      ETP_ABC_LIMIT * max(cong->mss, ack->packet);
	cong->flight = ack->flight;
	cong->rtt_us = ack->rtt_us;
	cong->srtt_us = rtt->srtt >> 3;
	cong->min_rtt_us = rtt->min_us;
	cong->now_us = ack->now_us;
	cong->marked = ack->marked;
	if (cong->live && cong->ops->sample)
		cong->ops->sample(cong, ack->acked);
}

/**
 * etp_cong_acked - new data was acknowledged and nothing is missing, or after a
 *	time-out: the window may grow
 * @cong: the room
 * @acked: by how many bytes
 *
 * Socket locked.  Not when the ACK tells of a mark (RFC 3168 section 6.1.2).
 */
void etp_cong_acked(struct etp_cong *cong, u32 acked)
{
	if (!cong->marked)
		cong->ops->acked(cong, acked);
}

/* What an undo goes back to. */
static void etp_cong_remember(struct etp_cong *cong)
{
	cong->prior_cwnd = cong->cwnd;
	cong->prior_ssthresh = cong->ssthresh;
}

/**
 * etp_cong_loss - a loss was noticed, RFC 5681 (4)
 * @cong: the room
 * @flight: bytes in the network
 *
 * Socket locked.  Sets the threshold, unless a mark has done so for this flight; the
 * window is recovery's business.
 */
void etp_cong_loss(struct etp_cong *cong, u32 flight)
{
	if (!cong->reduced) {
		etp_cong_remember(cong);
		cong->ssthresh = cong->ops->ssthresh(cong, flight);
	}
	cong->acked = 0;
	etp_cong_tell(cong, ETP_CONG_LOSS);
}

/**
 * etp_cong_timeout - the retransmission timer expired, RFC 5681 (4)
 * @cong: the room
 * @flight: bytes in the network
 * @again: the second time or later for the same data: the threshold stays
 *
 * Socket locked.  The window becomes the loss window, one segment.
 */
void etp_cong_timeout(struct etp_cong *cong, u32 flight, bool again)
{
	if (!again) {
		etp_cong_remember(cong);
		cong->ssthresh = cong->ops->ssthresh(cong, flight);
	}
	cong->cwnd = cong->mss;
	cong->acked = 0;
	cong->reduced = false;
	etp_cong_tell(cong, ETP_CONG_TIMEOUT);
}

/**
 * etp_cong_mark - the network marked a segment, RFC 3168 section 6.1.2
 * @cong: the room
 * @flight: bytes in the network
 *
 * Socket locked.  As after a loss, but nothing has to be sent again.
 */
void etp_cong_mark(struct etp_cong *cong, u32 flight)
{
	etp_cong_remember(cong);
	cong->ssthresh = cong->ops->ssthresh(cong, flight);
	cong->cwnd = min(cong->cwnd, cong->ssthresh);
	cong->acked = 0;
	cong->reduced = true;
	etp_cong_tell(cong, ETP_CONG_MARK);
}

/**
 * etp_cong_recovered - what was lost has been acknowledged
 * @cong: the room
 *
 * Socket locked.
 */
void etp_cong_recovered(struct etp_cong *cong)
{
	etp_cong_tell(cong, ETP_CONG_RECOVERED);
}

/**
 * etp_cong_undo - the last loss was none: windows as before it
 * @cong: the room
 *
 * Socket locked.
 */
void etp_cong_undo(struct etp_cong *cong)
{
	cong->cwnd = max(cong->cwnd, cong->prior_cwnd);
	cong->ssthresh = max(cong->ssthresh, cong->prior_ssthresh);
	etp_cong_tell(cong, ETP_CONG_UNDO);
}

/**
 * etp_cong_register - offer what is part of this module
 *
 * Process context.  Returns 0 or a negative errno.
 */
int etp_cong_register(void)
{
	int err = etp_register_congestion_control(&etp_reno);

	if (err)
		return err;
	err = etp_register_ack_policy(&etp_ack_rfc5681);
	if (err)
		etp_unregister_congestion_control(&etp_reno);
	return err;
}

/**
 * etp_cong_unregister - undo etp_cong_register()
 *
 * Process context, may sleep.
 */
void etp_cong_unregister(void)
{
	etp_unregister_ack_policy(&etp_ack_rfc5681);
	etp_unregister_congestion_control(&etp_reno);
}
