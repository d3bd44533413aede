// SPDX-License-Identifier: GPL-2.0
/*
 * etp_cubic.ko: CUBIC (RFC 9438) as a congestion control of ETP.  A module of its
 * own that sees struct etp_cong and nothing else; its arithmetic is in cubic.h.
 */
#include <net/etp_cong.h>
#include "cubic.h"

static void etp_cubic_acked(struct etp_cong *cong, u32 acked)
{
	struct etp_cubic *cubic = etp_cong_priv(cong, struct etp_cubic);

	if (!cong->cwnd_limited) {
		etp_cubic_wait(cubic, cong);
	} else {
		if (etp_in_slow_start(cong))
			acked = etp_slow_start(cong, acked);
		if (acked && !etp_in_slow_start(cong))
			etp_cubic_grow(cubic, cong, acked);
	}
	cubic->last_us = cong->now_us;
}

static u32 etp_cubic_ssthresh(struct etp_cong *cong, u32 flight)
{
	return etp_cubic_reduce(etp_cong_priv(cong, struct etp_cubic), cong, flight);
}

static void etp_cubic_event(struct etp_cong *cong, enum etp_cong_event event)
{
	struct etp_cubic *cubic = etp_cong_priv(cong, struct etp_cubic);

	switch (event) {
	case ETP_CONG_TIMEOUT:		/* section 4.8: W_max is where avoidance begins */
		cubic->now.w_max = 0;
		cubic->now.start_us = 0;
		break;
	case ETP_CONG_UNDO:		/* section 4.9 */
		cubic->now = cubic->before;
		break;
	case ETP_CONG_RESTART:		/* a new curve from the window there is now */
		cubic->now.start_us = 0;
		break;
	default:
		break;
	}
}

static struct etp_cong_ops etp_cubic = {
	.policy		= ETP_POLICY("cubic"),
	.acked		= etp_cubic_acked,
	.ssthresh	= etp_cubic_ssthresh,
	.event		= etp_cubic_event,
};

static int __init etp_cubic_module_init(void)
{
	return etp_register_congestion_control(&etp_cubic);
}

static void __exit etp_cubic_module_exit(void)
{
	etp_unregister_congestion_control(&etp_cubic);
}

module_init(etp_cubic_module_init);
module_exit(etp_cubic_module_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("CUBIC congestion control for ETP");
