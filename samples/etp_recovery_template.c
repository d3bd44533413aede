// SPDX-License-Identifier: GPL-2.0
/*
 * A policy of loss recovery to copy: RFC 5681's fast retransmit, with the number of
 * duplicate ACKs as a parameter, and no inflated window: what is lost goes again, and
 * new data when that is acknowledged.
 *
 *	make -C samples && insmod samples/etp_recovery_template.ko duplicates=5
 *	sysctl net.etp.recovery=template
 *
 * or setsockopt(fd, IPPROTO_ETP, ETP_RECOVERY, "template", 8).  What a policy
 * sees and may do is explained in <net/etp_cong.h>; this file includes nothing else.
 */
#include <net/etp_cong.h>

static unsigned int duplicates = 3;
module_param(duplicates, uint, 0644);
MODULE_PARM_DESC(duplicates, "duplicate ACKs that mean a loss");

/* What a connection needs to remember; it begins with zeroes. */
struct template {
	u32	recoveries;
};

/* The segment at SND.UNA is lost: mark it, and have it sent whatever the window. */
static void template_lost(struct etp_rec *rec, enum etp_cause cause)
{
	etp_rec_mark_lost(rec, rec->una, rec->una + rec->cong->mss, cause, true);
	rec->force = 1;
}

static void template_duplicate(struct etp_rec *rec)
{
	rec->dupacks++;
	if (rec->state >= ETP_CA_RECOVERY)
		return;
	if (rec->dupacks < duplicates) {
		etp_rec_limited(rec);		/* new data meanwhile, RFC 3042 */
		return;
	}
	etp_rec_priv(rec, struct template)->recoveries++;
	etp_rec_enter(rec, rec->nxt - rec->una);	/* the threshold falls */
	rec->cong->cwnd = rec->cong->ssthresh;
	template_lost(rec, ETP_CAUSE_DUPACK);
}

/* An ACK came.  Losses of a time-out are marked by ETP itself, unless a policy has an
 * operation for that.
 */
static void template_acked(struct etp_rec *rec, const struct etp_rec_ack *ack)
{
	if (ack->dup && !ack->acked)
		template_duplicate(rec);
	if (!ack->acked)
		return;
	if (rec->state == ETP_CA_RECOVERY && (s32)(rec->una - rec->recover) < 0)
		template_lost(rec, ETP_CAUSE_PARTIAL);	/* another gap */
	else if (rec->state == ETP_CA_RECOVERY || rec->state == ETP_CA_DISORDER)
		etp_rec_leave(rec);
}

static struct etp_recovery_ops template = {
	.policy	= ETP_POLICY("template"),
	.acked	= template_acked,
};

static int __init template_module_init(void)
{
	return etp_register_recovery(&template);
}

static void __exit template_module_exit(void)
{
	etp_unregister_recovery(&template);
}

module_init(template_module_init);
module_exit(template_module_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A policy of loss recovery for ETP, to copy");
