// SPDX-License-Identifier: GPL-2.0
/*
 * Reno, RFC 5681: how the congestion window grows and where it restarts.
 * May touch struct etp_cong and nothing else.
 */
#include "internal.h"

/**
 * etp_slow_start - slow start with byte counting, RFC 5681 (2) and RFC 3465
 * @cong: below its threshold
 * @acked: bytes acknowledged
 *
 * An ACK for very much says little about the path: no more than L counts.  Returns
 * what is left of that for congestion avoidance, bytes.
 */
u32 etp_slow_start(struct etp_cong *cong, u32 acked)
{
	u32 counts = min(acked, cong->limit);
	u32 grow = min(counts, cong->ssthresh - cong->cwnd);

	cong->cwnd += grow;
	return counts - grow;
}
EXPORT_SYMBOL_GPL(etp_slow_start);

/* Congestion avoidance, RFC 5681 (3): one SMSS for each window's worth of bytes
 * acknowledged, which is one for each round trip.  A window goes in whole segments: of
 * three and a half no more than three come back.
 */
static void etp_reno_avoid(struct etp_cong *cong, u32 acked)
{
	u32 window = max(rounddown(cong->cwnd, cong->mss), cong->mss);

	cong->acked += acked;
	if (cong->acked >= window) {
		cong->acked -= window;
		cong->cwnd += cong->mss;
	}
}

static void etp_reno_acked(struct etp_cong *cong, u32 acked)
{
	if (!cong->cwnd_limited)
		return;		/* RFC 7661: an unused window proves nothing */
	if (etp_in_slow_start(cong))
		acked = etp_slow_start(cong, acked);
	if (acked)
		etp_reno_avoid(cong, acked);
}

/* RFC 5681 (4) */
static u32 etp_reno_ssthresh(struct etp_cong *cong, u32 flight)
{
	return max(flight / 2, 2 * cong->mss);
}

struct etp_cong_ops etp_reno = {
	.policy		= ETP_POLICY("reno"),
	.acked		= etp_reno_acked,
	.ssthresh	= etp_reno_ssthresh,
};
