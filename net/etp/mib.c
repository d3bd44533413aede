// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of each network namespace.  May touch etp_net.mib.
 */
#include "internal.h"

/**
 * etp_mib_init - make room for the counters
 * @net: network namespace that is being set up
 *
 * Process context.  Returns 0 or -ENOMEM.
 */
int etp_mib_init(struct net *net)
{
	struct etp_net *en = etp_net(net);

	en->mib = alloc_percpu(struct etp_mib);
	return en->mib ? 0 : -ENOMEM;
}

/**
 * etp_mib_exit - the counters are no longer needed
 * @net: network namespace without sockets
 *
 * Process context.
 */
void etp_mib_exit(struct net *net)
{
	struct etp_net *en = etp_net(net);

	free_percpu(en->mib);
	en->mib = NULL;
}

/**
 * etp_mib_sum - one counter over all processors
 * @net: network namespace
 * @which: ETP_MIB_*
 *
 * Any context.  Counters move while they are read, so two of them need not fit
 * together.
 */
unsigned long etp_mib_sum(const struct net *net, unsigned int which)
{
	const struct etp_net *en = etp_net(net);
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(en->mib, cpu)->count[which]);
	return sum;
}
