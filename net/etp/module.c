// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading, and what each network namespace gets.  Every step of
 * init has its counterpart in exit, in the reverse order.
 *
 * May touch struct etp_net; everything else by the init and exit functions.
 */
#include "internal.h"
#include <linux/module.h>
#include <net/ipv6.h>

unsigned int etp_net_id __read_mostly;

/* ---- Network namespaces ---- */

/* The sockets by which segments leave that belong to no socket.  They are raw ones
 * so that they keep no reference to this module.
 */
static int etp_ctl_init(struct net *net)
{
	struct etp_net *en = etp_net(net);
	int err;

	err = inet_ctl_sock_create(&en->ctl_sk4, PF_INET, SOCK_RAW, IPPROTO_ETP, net);
	if (err || !ipv6_mod_enabled())
		return err;
	err = inet_ctl_sock_create(&en->ctl_sk6, PF_INET6, SOCK_RAW, IPPROTO_ETP, net);
	if (err)
		inet_ctl_sock_destroy(en->ctl_sk4);
	return err;
}

static void etp_ctl_exit(struct net *net)
{
	inet_ctl_sock_destroy(etp_net(net)->ctl_sk6);
	inet_ctl_sock_destroy(etp_net(net)->ctl_sk4);
}

static int __net_init etp_net_init(struct net *net)
{
	int err;

	err = etp_mib_init(net);
	if (err)
		return err;
	err = etp_sysctl_init(net);
	if (err)
		goto err_mib;
	err = etp_proc_init(net);
	if (err)
		goto err_sysctl;
	err = etp_ctl_init(net);
	if (err)
		goto err_proc;
	return 0;

err_proc:
	etp_proc_exit(net);
err_sysctl:
	etp_sysctl_exit(net);
err_mib:
	etp_mib_exit(net);
	return err;
}

static void __net_exit etp_net_exit(struct net *net)
{
	etp_timewait_purge(net);
	etp_ctl_exit(net);
	etp_proc_exit(net);
	etp_sysctl_exit(net);
	etp_registry_net_exit(net);
	etp_mib_exit(net);
}

static struct pernet_operations etp_net_ops = {
	.init	= etp_net_init,
	.exit	= etp_net_exit,
	.id	= &etp_net_id,
	.size	= sizeof(struct etp_net),
};

/* ---- The module ---- */

/* The tables and caches: nothing that anybody else could see. */
static int __init etp_tables_init(void)
{
	int err;

	err = etp_demux_init();
	if (err)
		return err;
	err = etp_port_init();
	if (err)
		goto err_demux;
	err = etp_listen_init();
	if (err)
		goto err_port;
	err = etp_timewait_init();
	if (err)
		goto err_listen;
	err = etp_cong_register();
	if (err)
		goto err_timewait;
	err = etp_rec_register();
	if (err)
		goto err_cong;
	return 0;

err_cong:
	etp_cong_unregister();
err_timewait:
	etp_timewait_exit();
err_listen:
	etp_listen_exit();
err_port:
	etp_port_exit();
err_demux:
	etp_demux_exit();
	return err;
}

static void etp_tables_exit(void)
{
	etp_rec_unregister();
	etp_cong_unregister();
	etp_timewait_exit();
	etp_listen_exit();
	etp_port_exit();
	etp_demux_exit();
}

static int __init etp_init(void)
{
	int err;

	err = etp_tables_init();
	if (err)
		return err;
	err = register_pernet_subsys(&etp_net_ops);
	if (err)
		goto err_tables;
	err = etp_offload_init();
	if (err)
		goto err_net;
	err = etp_ipv4_init();
	if (err)
		goto err_offload;
	err = etp_ipv6_init();
	if (err)
		goto err_ipv4;
	err = etp_family_init();
	if (err)
		goto err_ipv6;
	etp_kunit_init();
	return 0;

err_ipv6:
	etp_ipv6_exit();
err_ipv4:
	etp_ipv4_exit();
err_offload:
	etp_offload_exit();
err_net:
	unregister_pernet_subsys(&etp_net_ops);
	rcu_barrier();
err_tables:
	etp_tables_exit();
	return err;
}

static void __exit etp_exit(void)
{
	etp_kunit_exit();
	etp_family_exit();
	etp_ipv6_exit();
	etp_ipv4_exit();
	etp_offload_exit();
	unregister_pernet_subsys(&etp_net_ops);
	/* TIME_WAIT objects were purged; let RCU free the last of them. */
	rcu_barrier();
	etp_tables_exit();
}

module_init(etp_init);
module_exit(etp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Experimental Transport Protocol");
MODULE_ALIAS_NETPROTO(AF_ETP);
/* The type is a literal: SOCK_STREAM is an enumerator, which cannot be pasted. */
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_INET, 253, 1);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_INET6, 253, 1);
