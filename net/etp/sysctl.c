// SPDX-License-Identifier: GPL-2.0
/*
 * net.etp.*: the knobs of a network namespace, named after net.ipv4.tcp_*.
 * May touch the sysctl part of struct etp_net.
 */
#include "internal.h"
#include <linux/slab.h>

#define ETP_SECONDS_MAX		(INT_MAX / 1000)	/* HZ is at most that */

/* A line of the table.  Where .data points is a matter of the namespace, so the
 * template has the offset in struct etp_net there.
 */
#define ETP_KNOB_LINE(name, knob, n, low, high) {			\
	.procname	= name,						\
	.data		= (void *)offsetof(struct etp_net, knob),	\
	.maxlen		= (n) * sizeof(int),				\
	.mode		= 0644,						\
	.proc_handler	= proc_dointvec_minmax,				\
	.extra1		= (void *)&(const int){ low },			\
	.extra2		= (void *)&(const int){ high },			\
}

#define ETP_KNOB(knob, low, high)					\
	ETP_KNOB_LINE(#knob, knob, 1, low, high)

/* The names there are, and the one that new sockets begin with.  The role stands in
 * .extra1, and where that is so, .extra2 gets the namespace.
 */
static int etp_knob_names(ETP_CTL_CONST struct ctl_table *line, int write, void *buffer,
			  size_t *lenp, loff_t *ppos)
{
	return etp_registry_show((uintptr_t)line->extra1, write, buffer, lenp, ppos);
}

static int etp_knob_name(ETP_CTL_CONST struct ctl_table *line, int write, void *buffer,
			 size_t *lenp, loff_t *ppos)
{
	return etp_registry_choose(line->extra2, (uintptr_t)line->extra1, write, buffer,
				   lenp, ppos);
}

#define ETP_KNOB_NAME(name, role) {					\
	.procname	= name,						\
	.maxlen		= ETP_CA_NAME_MAX,				\
	.mode		= 0644,						\
	.proc_handler	= etp_knob_name,				\
	.extra1		= (void *)(role),				\
}

#define ETP_KNOB_NAMES(name, role) {					\
	.procname	= name,						\
	.mode		= 0444,						\
	.proc_handler	= etp_knob_names,				\
	.extra1		= (void *)(role),				\
}

static const struct ctl_table etp_knobs[] = {
	ETP_KNOB_NAME("congestion_control", ETP_ROLE_CONG),
	ETP_KNOB_NAMES("available_congestion_control", ETP_ROLE_CONG),
	ETP_KNOB_NAME("recovery", ETP_ROLE_RECOVERY),
	ETP_KNOB_NAMES("available_recovery", ETP_ROLE_RECOVERY),
	ETP_KNOB_NAME("ack_policy", ETP_ROLE_ACK),
	ETP_KNOB_NAMES("available_ack_policy", ETP_ROLE_ACK),
	ETP_KNOB_LINE("rmem", rmem, 3, 1, INT_MAX),
	ETP_KNOB_LINE("wmem", wmem, 3, 1, INT_MAX),
	ETP_KNOB(window_scaling, 0, 1),
	ETP_KNOB(sack, 0, 1),
	ETP_KNOB(dsack, 0, 1),
	ETP_KNOB(timestamps, 0, 2),
	ETP_KNOB(syn_retries, 1, 127),
	ETP_KNOB(synack_retries, 0, 255),
	ETP_KNOB(retries1, 0, 255),
	ETP_KNOB(retries2, 0, 255),
	ETP_KNOB(orphan_retries, 0, 255),
	ETP_KNOB(fin_timeout, 0, ETP_SECONDS_MAX),
	ETP_KNOB(keepalive_time, 1, ETP_SECONDS_MAX),
	ETP_KNOB(keepalive_intvl, 1, ETP_SECONDS_MAX),
	ETP_KNOB(keepalive_probes, 0, 255),
	ETP_KNOB(max_syn_backlog, 0, INT_MAX),
	ETP_KNOB(max_tw_buckets, 0, INT_MAX),
	ETP_KNOB(max_orphans, 0, INT_MAX),
	ETP_KNOB_LINE("tw_reuse", reuse_tw, 1, 0, 2),
	ETP_KNOB(rfc1337, 0, 1),
	ETP_KNOB(rfc5461, 0, 1),
	ETP_KNOB(abort_on_overflow, 0, 1),
	ETP_KNOB(moderate_rcvbuf, 0, 1),
	ETP_KNOB(challenge_ack_limit, 0, INT_MAX),
	ETP_KNOB(invalid_ratelimit, 0, INT_MAX),
	ETP_KNOB(mtu_probing, 0, 2),
	ETP_KNOB(base_mss, 48, 65535),
	ETP_KNOB(min_snd_mss, 41, 65535),
	ETP_KNOB(mtu_probe_floor, 48, 65535),
	ETP_KNOB(probe_threshold, 0, 65535),
	ETP_KNOB(probe_interval, 1, ETP_SECONDS_MAX),
	ETP_KNOB(init_cwnd, 1, 1024),
	ETP_KNOB(slow_start_after_idle, 0, 1),
	ETP_KNOB(notsent_lowat, 0, INT_MAX),
	ETP_KNOB(stdurg, 0, 1),
	ETP_KNOB(ecn, 0, 2),
	ETP_KNOB(ecn_fallback, 0, 1),
	ETP_KNOB(l3mdev_accept, 0, 1),
};

/* Kernel TCP's, on a machine with memory to spare, but for one more SYN: six end
 * after 127 s, and MUST-23 wants three minutes.  And black holes are looked for, as
 * RFC 9293 section 3.7.2 strongly recommends: that costs nothing before data was sent
 * four times in vain, and then the connection would hang until it dies.  Not down to a
 * few bytes, though: a host without 576 bytes is down rather than narrow.  The buffers
 * begin as TCP's are in this namespace: their limits are scaled to the machine's memory,
 * differ from kernel to kernel, and are what an administrator has tuned already.
 */
static void etp_sysctl_defaults(struct net *net, struct etp_net *en)
{
	memcpy(en->rmem, net->ipv4.sysctl_tcp_rmem, sizeof(en->rmem));
	memcpy(en->wmem, net->ipv4.sysctl_tcp_wmem, sizeof(en->wmem));
	en->window_scaling = 1;
	en->sack = 1;
	en->dsack = 1;
	en->timestamps = 1;
	en->syn_retries = 7;
	en->synack_retries = 5;
	en->retries1 = 3;
	en->retries2 = 15;
	en->orphan_retries = 0;
	en->fin_timeout = 60;
	en->keepalive_time = ETP_KEEPALIVE_TIME / HZ;
	en->keepalive_intvl = ETP_KEEPALIVE_INTVL / HZ;
	en->keepalive_probes = ETP_KEEPALIVE_PROBES;
	en->max_syn_backlog = 4096;
	en->max_tw_buckets = 65536;
	en->max_orphans = 65536;
	en->reuse_tw = 2;		/* on loopback only */
	en->rfc1337 = 0;
	en->abort_on_overflow = 0;
	en->moderate_rcvbuf = 1;
	en->challenge_ack_limit = 1000;
	en->invalid_ratelimit = 500;
	en->mtu_probing = 1;
	en->base_mss = 1024;
	en->min_snd_mss = 48;
	en->mtu_probe_floor = 512;
	en->probe_threshold = 8;
	en->probe_interval = 600;
	en->init_cwnd = 10;
	en->slow_start_after_idle = 1;
	en->notsent_lowat = INT_MAX;
	en->stdurg = 0;
	en->ecn = 2;
	en->ecn_fallback = 1;
	en->l3mdev_accept = 0;
}

/**
 * etp_sysctl_init - defaults and net.etp.* of a network namespace
 * @net: network namespace that is being set up
 *
 * Process context.  Returns 0 or -ENOMEM.
 */
int etp_sysctl_init(struct net *net)
{
	struct etp_net *en = etp_net(net);
	struct ctl_table *table;
	unsigned int i;

	etp_sysctl_defaults(net, en);
	table = kcalloc(ARRAY_SIZE(etp_knobs) + ETP_CTL_SENTINEL,
			sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	memcpy(table, etp_knobs, sizeof(etp_knobs));
	for (i = 0; i < ARRAY_SIZE(etp_knobs); i++)
		if (table[i].proc_handler == etp_knob_name)
			table[i].extra2 = net;
		else
			table[i].data = (u8 *)en + (uintptr_t)etp_knobs[i].data;

	en->ctl = etp_register_sysctl(net, "net/etp", table,
				      ARRAY_SIZE(etp_knobs));
	if (!en->ctl) {
		kfree(table);
		return -ENOMEM;
	}
	en->ctl_table = table;
	return 0;
}

/**
 * etp_sysctl_exit - take net.etp.* away
 * @net: network namespace that goes
 *
 * Process context.
 */
void etp_sysctl_exit(struct net *net)
{
	struct etp_net *en = etp_net(net);

	unregister_net_sysctl_table(en->ctl);
	kfree(en->ctl_table);
	en->ctl_table = NULL;
}
