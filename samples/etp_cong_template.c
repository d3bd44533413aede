// SPDX-License-Identifier: GPL-2.0
/*
 * A congestion control to copy: AIMD, with its two numbers as parameters.
 *
 *	make -C samples && insmod samples/etp_cong_template.ko
 *	sysctl net.etp.congestion_control=cong_template
 *
 * or setsockopt(fd, IPPROTO_ETP, ETP_CONGESTION, "cong_template", 13).  All that a
 * control sees is explained in <net/etp_cong.h>; this file includes nothing else.
 */
#include <net/etp_cong.h>

static unsigned int increase = 1;
module_param(increase, uint, 0644);
MODULE_PARM_DESC(increase, "segments that the window grows by in a round trip");

static unsigned int decrease = 50;
module_param(decrease, uint, 0644);
MODULE_PARM_DESC(decrease, "per cent of the window that remain after a loss");

/* What a connection needs to remember; it begins with zeroes. */
struct template {
	u32	losses;
};

/* A connection begins to use this control, perhaps in the midst of its life. */
static void template_init(struct etp_cong *cong)
{
	etp_cong_priv(cong, struct template)->losses = 0;
}

/* @acked new bytes arrived and nothing is missing: grow cong->cwnd. */
static void template_acked(struct etp_cong *cong, u32 acked)
{
	if (!cong->cwnd_limited)
		return;
	if (etp_in_slow_start(cong)) {
		acked = etp_slow_start(cong, acked);
		if (!acked)
			return;
	}
	cong->acked += acked;
	if (cong->acked >= cong->cwnd) {
		cong->acked -= cong->cwnd;
		cong->cwnd += increase * cong->mss;
	}
}

/* Something was lost, or marked, with @flight bytes on their way: what remains? */
static u32 template_ssthresh(struct etp_cong *cong, u32 flight)
{
	etp_cong_priv(cong, struct template)->losses++;
	return max_t(u32, flight / 100 * min(decrease, 100U), 2 * cong->mss);
}

static struct etp_cong_ops template = {
	.policy		= ETP_POLICY("cong_template"),
	.init		= template_init,
	.acked		= template_acked,
	.ssthresh	= template_ssthresh,
};

static int __init template_module_init(void)
{
	return etp_register_congestion_control(&template);
}

static void __exit template_module_exit(void)
{
	etp_unregister_congestion_control(&template);
}

module_init(template_module_init);
module_exit(template_module_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A congestion control for ETP, to copy");
