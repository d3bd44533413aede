// SPDX-License-Identifier: GPL-2.0
/*
 * Proportional rate reduction, RFC 6937: the window in a recovery, so that sending
 * goes on at the pace at which data arrive and ends at the threshold.
 * May touch struct etp_prr and nothing else.
 */
#include "internal.h"

/**
 * etp_prr_begin - a recovery begins
 * @prr: the state
 * @flight: bytes in flight (RFC 6937's RecoverFS)
 */
void etp_prr_begin(struct etp_prr *prr, u32 flight)
{
	prr->flight = max(flight, 1U);
	prr->delivered = 0;
	prr->out = 0;
}

/**
 * etp_prr_cwnd - the window after an ACK, section 3
 * @prr: the state
 * @delivered: bytes that the ACK newly reports as arrived (DeliveredData)
 * @pipe: bytes in the network, RFC 6675
 * @ssthresh: the threshold, bytes
 * @mss: SMSS, bytes
 *
 * Pure but for @prr.  The reduction bound is the slow start one (PRR-SSRB).  Returns
 * the window in bytes, at least @mss.
 */
u32 etp_prr_cwnd(struct etp_prr *prr, u32 delivered, u32 pipe, u32 ssthresh, u32 mss)
{
	u32 count;

	prr->delivered += delivered;
	if (pipe > ssthresh) {
		u64 may = DIV_ROUND_UP_ULL((u64)prr->delivered * ssthresh,
					   prr->flight);

		count = may > prr->out ? may - prr->out : 0;
	} else {
		u32 held = prr->delivered > prr->out ? prr->delivered - prr->out : 0;

		count = min(ssthresh - pipe, max(held, delivered) + mss);
	}
	return max(pipe + count, mss);
}
