// SPDX-License-Identifier: GPL-2.0
/*
 * An acknowledgment policy to copy: an ACK for each so many segments, or after so long.
 *
 *	make -C samples && insmod samples/etp_ack_template.ko every=4
 *	sysctl net.etp.ack_policy=template
 *
 * or setsockopt(fd, IPPROTO_ETP, ETP_ACK_POLICY, "template", 8).  The receiver's
 * side decides.  All that a policy sees is explained in <net/etp_cong.h>; this file
 * includes nothing else of ETP.
 */
#include <linux/jiffies.h>
#include <net/etp_cong.h>

static unsigned int every = 2;
module_param(every, uint, 0644);
MODULE_PARM_DESC(every, "full segments that one ACK is for");

static unsigned int wait_ms = 40;
module_param(wait_ms, uint, 0644);
MODULE_PARM_DESC(wait_ms, "how long an ACK waits for more of them, ms");

static unsigned int at_once = 2;
module_param(at_once, uint, 0644);
MODULE_PARM_DESC(at_once, "segments at the begin that each get an ACK, 2 to 16");

/* A segment has been dealt with: shall an ACK go now?  What the protocol demands at
 * once, as for a segment that came twice, goes in spite of a no.
 */
static bool template_now(const struct etp_ack_view *view)
{
	if (view->early)
		return true;	/* the sender counts duplicates */
	if (view->quick && !view->answering)
		return true;	/* it begins, and lives on ACKs */
	return view->waiting >= every * view->mss;
}

/* How long may an ACK wait?  In jiffies; ETP keeps it between 1/25 and 1/5 second. */
static u32 template_delay(const struct etp_ack_view *view)
{
	return msecs_to_jiffies(wait_ms);
}

/* A connection begins, or the sender is in need: how many segments shall each get an
 * ACK of their own?
 */
static u32 template_quick(const struct etp_ack_view *view)
{
	return at_once;
}

static struct etp_ack_policy_ops template = {
	.policy	= ETP_POLICY("template"),
	.now	= template_now,
	.delay	= template_delay,
	.quick	= template_quick,
};

static int __init template_module_init(void)
{
	return etp_register_ack_policy(&template);
}

static void __exit template_module_exit(void)
{
	etp_unregister_ack_policy(&template);
}

module_init(template_module_init);
module_exit(template_module_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("An acknowledgment policy for ETP, to copy");
