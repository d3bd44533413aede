// SPDX-License-Identifier: GPL-2.0
/*
 * The front doors: what socket() finds for protocol 253 of IPv4 and IPv6, and for
 * the family of our own, and which function answers each call.
 *
 * May touch registration only; the work is done behind the functions named here.
 */
#include "internal.h"
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/swap.h>
#include <net/ipv6.h>
#include <net/protocol.h>
#include <net/transp_v6.h>

int etp_family = AF_ETP;
module_param_named(family, etp_family, int, 0444);
MODULE_PARM_DESC(family, "number of the socket family (18)");

/* ---- Memory: limits for all sockets together, in pages ---- */

static long etp_mem[3];
static int etp_mem_wmin = 4096;
static int etp_mem_rmin = 4096;
static DEFINE_PER_CPU(int, etp_memory_per_cpu);

/* As kernel TCP: pressure from 1/16 of the low memory on, no more beyond 3/32. */
static void etp_mem_limits(void)
{
	unsigned long limit = max(nr_free_buffer_pages() / 16, 128UL);

	etp_mem[0] = limit / 4 * 3;
	etp_mem[1] = limit;
	etp_mem[2] = etp_mem[0] * 2;
}

/* ---- struct proto ---- */

ETP_DEFINE_ACCEPT(etp_proto_accept, etp_accept)
ETP_DEFINE_IOCTL(etp_proto_ioctl, etp_ioctl_value)
ETP_DEFINE_RECVMSG(etp_proto_recvmsg, etp_recv)

/* For the stack, when it gives up a socket that it could not finish. */
static void etp_proto_unhash(struct sock *sk)
{
	etp_listener_remove(sk);
	etp_node_remove(&etp_sk(sk)->node);
}

#define ETP_PROTO_COMMON						\
	.owner			= THIS_MODULE,				\
	.close			= etp_close,				\
	.disconnect		= etp_disconnect,			\
	.accept			= etp_proto_accept,			\
	.ioctl			= etp_proto_ioctl,			\
	.init			= etp_init_sock,			\
	.destroy		= etp_destroy_sock,			\
	.shutdown		= etp_shutdown,				\
	.setsockopt		= etp_setsockopt,			\
	.getsockopt		= etp_getsockopt,			\
	.keepalive		= etp_set_keepalive,			\
	.sendmsg		= etp_sendmsg,				\
	ETP_PROTO_SENDPAGE						\
	.recvmsg		= etp_proto_recvmsg,			\
	.backlog_rcv		= etp_do_rcv,				\
	.release_cb		= etp_release_cb,			\
	.unhash			= etp_proto_unhash,			\
	.get_port		= etp_get_port,				\
	.put_port		= etp_put_port,				\
	.enter_memory_pressure	= etp_enter_memory_pressure,		\
	.leave_memory_pressure	= etp_leave_memory_pressure,		\
	.stream_memory_free	= etp_stream_memory_free,		\
	.memory_allocated	= &etp_memory_allocated,		\
	.per_cpu_fw_alloc	= &etp_memory_per_cpu,			\
	.sockets_allocated	= &etp_sockets_allocated,		\
	.memory_pressure	= &etp_memory_pressure,			\
	.sysctl_mem		= etp_mem,				\
	.sysctl_wmem		= &etp_mem_wmin,			\
	.sysctl_rmem		= &etp_mem_rmin,			\
	.max_header		= MAX_HEADER + sizeof(struct ipv6hdr) +	\
				  ETP_MAX_HDR,				\
	.no_autobind		= true

struct proto etp_prot = {
	ETP_PROTO_COMMON,
	.name		= "ETP",
	.connect	= etp_ipv4_connect,
	.obj_size	= sizeof(struct etp_sock),
};

struct proto etp6_prot = {
	ETP_PROTO_COMMON,
	.name		= "ETPv6",
	.connect	= etp_ipv6_connect,
	.obj_size	= sizeof(struct etp6_sock),
	ETP_PROTO_PINFO(struct etp6_sock)
};

/* ---- struct proto_ops ---- */

#define ETP_OPS_COMMON							\
	.owner			= THIS_MODULE,				\
	.connect		= inet_stream_connect,			\
	.socketpair		= sock_no_socketpair,			\
	.accept			= inet_accept,				\
	.poll			= etp_poll,				\
	.gettstamp		= sock_gettstamp,			\
	.listen			= etp_listen,				\
	.shutdown		= inet_shutdown,			\
	.setsockopt		= sock_common_setsockopt,		\
	.getsockopt		= sock_common_getsockopt,		\
	.sendmsg		= inet_sendmsg,				\
	.recvmsg		= inet_recvmsg,				\
	.mmap			= sock_no_mmap,				\
	ETP_OPS_SENDPAGE						\
	.splice_read		= etp_splice_read_sock,			\
	.splice_eof		= etp_splice_eof,			\
	.read_sock		= etp_read_sock,			\
	.peek_len		= etp_peek_len,				\
	.set_peek_off		= sk_set_peek_off,			\
	.set_rcvlowat		= etp_set_rcvlowat

static const struct proto_ops etp_inet_ops = {
	ETP_OPS_COMMON,
	.family		= PF_INET,
	.release	= inet_release,
	.bind		= inet_bind,
	.getname	= inet_getname,
	.ioctl		= inet_ioctl,
};

static const struct proto_ops etp_inet6_ops = {
	ETP_OPS_COMMON,
	.family		= PF_INET6,
	.release	= inet6_release,
	.bind		= inet6_bind,
	.getname	= inet6_getname,
	.ioctl		= inet6_ioctl,
};

static struct inet_protosw etp_inet_protosw = {
	.type		= SOCK_STREAM,
	.protocol	= IPPROTO_ETP,
	.prot		= &etp_prot,
	.ops		= &etp_inet_ops,
};

static struct inet_protosw etp_inet6_protosw = {
	.type		= SOCK_STREAM,
	.protocol	= IPPROTO_ETP,
	.prot		= &etp6_prot,
	.ops		= &etp_inet6_ops,
};

/* ---- The family ---- */

static int etp_create_family(int protocol)
{
	switch (protocol) {
	case 0:
	case 4:
	case IPPROTO_ETP:
		return PF_INET;
	case 6:
		return PF_INET6;
	default:
		return -EPROTONOSUPPORT;
	}
}

/* A socket of our family is one of IPv4 or IPv6 in everything but the way it was
 * asked for: it takes over the inside of a temporary one.
 */
static int etp_create(struct net *net, struct socket *sock, int protocol, int kern)
{
	int family = etp_create_family(protocol);
	struct socket *tmp;
	struct sock *sk;
	int err;

	if (sock->type != SOCK_STREAM)
		return -ESOCKTNOSUPPORT;
	if (family < 0)
		return family;
	err = __sock_create(net, family, SOCK_STREAM, IPPROTO_ETP, &tmp, kern);
	if (err)
		return err;

	sk = tmp->sk;
	tmp->sk = NULL;
	sock->ops = tmp->ops;
	sock_graft(sk, sock);
	sock_release(tmp);
	return 0;
}

static struct net_proto_family etp_net_family = {
	.create	= etp_create,
	.owner	= THIS_MODULE,
};

/* ---- Registration ---- */

static int etp_counters_init(void)
{
	int err = percpu_counter_init(&etp_sockets_allocated, 0, GFP_KERNEL);

	if (err)
		return err;
	err = percpu_counter_init(&etp_orphans, 0, GFP_KERNEL);
	if (err)
		percpu_counter_destroy(&etp_sockets_allocated);
	return err;
}

static void etp_counters_exit(void)
{
	percpu_counter_destroy(&etp_orphans);
	percpu_counter_destroy(&etp_sockets_allocated);
}

/**
 * etp_family_init - open the front doors
 *
 * Everything else must work by now.  No socket can be made before the last step
 * that may fail has succeeded.  Process context.  Returns 0, -ENOMEM, -EINVAL when
 * the number of the family is none, -EEXIST when it is taken, -EPERM when the
 * protocol is.
 */
int etp_family_init(void)
{
	int err;

	BUILD_BUG_ON(ETP_PINFO_MUST_END(struct etp6_sock));
	/* sock_register() lets a negative number in and never out again */
	if (etp_family <= 0 || etp_family >= NPROTO)
		return -EINVAL;
	etp_mem_limits();
	etp_net_family.family = etp_family;

	err = etp_counters_init();
	if (err)
		return err;
	err = proto_register(&etp_prot, 1);
	if (err)
		goto err_counters;
	err = proto_register(&etp6_prot, 1);
	if (err)
		goto err_prot;
	err = sock_register(&etp_net_family);
	if (err)
		goto err_prot6;
	err = inet6_register_protosw(&etp_inet6_protosw);
	if (err)
		goto err_family;
	inet_register_protosw(&etp_inet_protosw);
	return 0;

err_family:
	sock_unregister(etp_family);
err_prot6:
	proto_unregister(&etp6_prot);
err_prot:
	proto_unregister(&etp_prot);
err_counters:
	etp_counters_exit();
	return err;
}

/**
 * etp_family_exit - shut the front doors
 *
 * There are no sockets left, but some may still wait for RCU to free them.
 * Process context.
 */
void etp_family_exit(void)
{
	inet_unregister_protosw(&etp_inet_protosw);
	inet6_unregister_protosw(&etp_inet6_protosw);
	sock_unregister(etp_family);
	rcu_barrier();
	proto_unregister(&etp6_prot);
	proto_unregister(&etp_prot);
	etp_counters_exit();
}
