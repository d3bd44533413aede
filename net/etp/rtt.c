// SPDX-License-Identifier: GPL-2.0
/*
 * The round-trip estimator and the retransmission time-out, RFC 6298.
 * May touch struct etp_rtt and nothing else.
 */
#include "internal.h"

#define ETP_RTT_MAX	BIT(28)	/* microseconds: beyond it SRTT would not fit */

/**
 * etp_rtt_init - before the first measurement, RFC 6298 (2.1)
 * @rtt: the estimator
 */
void etp_rtt_init(struct etp_rtt *rtt)
{
	memset(rtt, 0, sizeof(*rtt));
	rtt->min_us = ~0U;
	rtt->rto = ETP_RTO_INIT;
	rtt->rto_min = ETP_RTO_MIN;
	rtt->rto_max = ETP_RTO_MAX;
}

/**
 * etp_rtt_sample - take in a measurement, RFC 6298 (2.2) to (2.4)
 * @rtt: the estimator
 * @rtt_us: the round trip, microseconds; the caller has applied Karn's rule
 *
 * Ends the back-off: a fresh measurement says more than a doubled guess.
 *
 * The lower limit is applied to the variance term, not to the sum: a peer that
 * delays its ACK by up to the limit then can't cause a false time-out, however
 * long the path.
 */
void etp_rtt_sample(struct etp_rtt *rtt, u32 rtt_us)
{
	u32 sample = clamp_t(u32, rtt_us, 1, ETP_RTT_MAX);
	u32 term;

	rtt->min_us = min(rtt->min_us, sample);
	if (!rtt->srtt) {
		rtt->srtt = sample << 3;
		rtt->rttvar = sample << 1;	/* (R / 2) * 4 */
	} else {
		s32 err = sample - (rtt->srtt >> 3);

		/* RTTVAR = 3/4 RTTVAR + 1/4 |err|; SRTT = 7/8 SRTT + 1/8 R */
		rtt->rttvar += abs(err) - (rtt->rttvar >> 2);
		rtt->srtt += err;
		if (!rtt->srtt)
			rtt->srtt = 1;
	}
	term = max(usecs_to_jiffies(rtt->rttvar), (unsigned long)rtt->rto_min);
	rtt->rto = min(usecs_to_jiffies(rtt->srtt >> 3) + term,
		       (unsigned long)rtt->rto_max);
	rtt->backoff = 0;
}

/**
 * etp_rtt_rto - the time-out to use now, back-off included
 * @rtt: the estimator
 *
 * Returns jiffies, at most rto_max.
 */
u32 etp_rtt_rto(const struct etp_rtt *rtt)
{
	u64 rto = (u64)rtt->rto << min_t(u8, rtt->backoff, 31);

	return min_t(u64, rto, rtt->rto_max);
}

/**
 * etp_rtt_backoff - double the time-out, RFC 6298 (5.5)
 * @rtt: the estimator
 */
void etp_rtt_backoff(struct etp_rtt *rtt)
{
	if (rtt->backoff < U8_MAX)
		rtt->backoff++;
}
