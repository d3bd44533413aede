/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels ETP is built for, each with a word on what
 * drifted.  No other file knows a version.  A macro of the kernel's is a better
 * probe than a number, because stable kernels take changes from newer ones.
 */
#ifndef _ETP_COMPAT_H
#define _ETP_COMPAT_H

#include <linux/errqueue.h>
#include <linux/skbuff.h>
#include <linux/sysctl.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <net/inet_common.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

/* Unaligned access moved from asm/ to linux/ (6.12). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* GSO helpers moved from skbuff.h and netdevice.h to a header of their own (6.5). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

/* So did the accounting of socket memory (6.10). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <net/proto_memory.h>
#endif

/*
 * Addresses that connect() and bind() hand to a protocol: a structure whose
 * size is not claimed to be known (6.19).  Write "struct etp_sockaddr".
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define etp_sockaddr	sockaddr_unsized
#else
#define etp_sockaddr	sockaddr
#endif

/*
 * ETP_DEFINE_ACCEPT(name, fn): proto.accept that calls
 * struct sock *fn(struct sock *sk, int flags, int *err, bool kern).
 * The arguments became members of a structure (6.10).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define ETP_DEFINE_ACCEPT(name, fn)					\
static struct sock *name(struct sock *sk, struct proto_accept_arg *arg)	\
{									\
	return fn(sk, arg->flags, &arg->err, arg->kern);		\
}
#else
#define ETP_DEFINE_ACCEPT(name, fn)					\
static struct sock *name(struct sock *sk, int flags, int *err, bool kern) \
{									\
	return fn(sk, flags, err, kern);				\
}
#endif

/*
 * ETP_DEFINE_IOCTL(name, fn): proto.ioctl that calls
 * int fn(struct sock *sk, int cmd, int *value).
 * The caller copies the value to the program since 6.5.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define ETP_DEFINE_IOCTL(name, fn)					\
static int name(struct sock *sk, int cmd, int *karg)			\
{									\
	return fn(sk, cmd, karg);					\
}
#else
#define ETP_DEFINE_IOCTL(name, fn)					\
static int name(struct sock *sk, int cmd, unsigned long arg)		\
{									\
	int value = 0;							\
	int err = fn(sk, cmd, &value);					\
									\
	return err ? err : put_user(value, (int __user *)arg);		\
}
#endif

/*
 * ETP_DEFINE_RECVMSG(name, fn): proto.recvmsg that calls
 * int fn(struct sock *sk, struct msghdr *msg, size_t len, int flags).
 * etp_recv_error() reads the error queue and leaves the length of the address
 * in msg->msg_namelen.  The separate length went away by 7.2.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
#define ETP_DEFINE_RECVMSG(name, fn)					\
static int name(struct sock *sk, struct msghdr *msg, size_t len, int flags) \
{									\
	return fn(sk, msg, len, flags);					\
}

static inline int etp_recv_error(struct sock *sk, struct msghdr *msg, int len)
{
	return inet_recv_error(sk, msg, len);
}
#else
#define ETP_DEFINE_RECVMSG(name, fn)					\
static int name(struct sock *sk, struct msghdr *msg, size_t len,	\
		int flags, int *addr_len)				\
{									\
	int ret;							\
									\
	msg->msg_namelen = 0;						\
	ret = fn(sk, msg, len, flags);					\
	*addr_len = msg->msg_namelen;					\
	return ret;							\
}

static inline int etp_recv_error(struct sock *sk, struct msghdr *msg, int len)
{
	return inet_recv_error(sk, msg, len, &msg->msg_namelen);
}
#endif

/*
 * Time stamps of what is sent: the flags of a write went as such, then with the
 * other control messages (6.13); the counter behind SOF_TIMESTAMPING_OPT_ID.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define etp_stamp_flags(sk, cookie, to)	sock_tx_timestamp(sk, cookie, to)
#else
#define etp_stamp_flags(sk, cookie, to)					\
	sock_tx_timestamp(sk, (cookie)->tsflags, to)
#endif

/*
 * etp_stamp_report(sk, skb): tell the program that @skb was acknowledged.  The stack
 * looks into the skb for the wish since 6.15, at the place where TCP keeps it; what
 * is ours there comes back.
 */
static inline void etp_stamp_report(struct sock *sk, struct sk_buff *skb)
{
#ifdef TSTAMP_ACK_SK
	const struct tcp_skb_cb ours = *TCP_SKB_CB(skb);

	TCP_SKB_CB(skb)->txstamp_ack = TSTAMP_ACK_SK;
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
	*TCP_SKB_CB(skb) = ours;
#else
	__skb_tstamp_tx(skb, NULL, NULL, sk, SCM_TSTAMP_ACK);
#endif
}

/* sendfile() comes as sendmsg() with MSG_SPLICE_PAGES, sendpage is gone (6.5). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define ETP_OPS_SENDPAGE
#else
#define ETP_OPS_SENDPAGE	.sendpage = inet_sendpage,
#endif

/*
 * etp_splice_pages(): moves pages of the iterator into the fragments of an skb,
 * at most @max bytes, and returns how many or an errno.  The kernel's own helper
 * came with the end of sendpage and lost the gfp argument by 7.2.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define etp_splice_pages(skb, iter, max, gfp)				\
	skb_splice_from_iter(skb, iter, max)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define etp_splice_pages(skb, iter, max, gfp)				\
	skb_splice_from_iter(skb, iter, max, gfp)
#else
#define ETP_HAVE_SENDPAGE
#define ETP_PROTO_SENDPAGE	.sendpage = etp_sendpage,

/* Only etp_sendpage() comes here, with a single page. */
static inline ssize_t etp_splice_pages(struct sk_buff *skb,
				       struct iov_iter *iter, ssize_t max,
				       gfp_t gfp)
{
	const struct bio_vec *bvec = iter->bvec;
	int err;

	err = skb_append_pagefrags(skb, bvec->bv_page,
				   bvec->bv_offset + iter->iov_offset, max);
	if (err)
		return err;
	iov_iter_advance(iter, max);
	skb->len += max;
	skb->data_len += max;
	skb->truesize += max;
	return max;
}
#endif
#ifndef ETP_HAVE_SENDPAGE
#define ETP_PROTO_SENDPAGE
#endif

/* Where struct ipv6_pinfo is: found from the end of the socket before 6.6. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define ETP_PROTO_PINFO(type)						\
	.ipv6_pinfo_offset = offsetof(type, inet6),
#define ETP_PINFO_MUST_END(type)	0
#else
#define ETP_PROTO_PINFO(type)
#define ETP_PINFO_MUST_END(type)	(sizeof(type) != offsetofend(type, inet6))
#endif

/* The flow labels of a socket moved out of struct ipv6_pinfo (7.1, 6.12.118). */
#ifdef ETP_HAVE_INET_FL_LIST
#define etp_flow_labels(sk)	(inet_sk(sk)->ipv6_fl_list)
#else
#define etp_flow_labels(sk)	(inet6_sk(sk)->ipv6_fl_list)
#endif

/* from_timer() got another name (6.16). */
#ifdef timer_container_of
#define etp_timer_of(var, timer, field)	timer_container_of(var, timer, field)
#else
#define etp_timer_of(var, timer, field)	from_timer(var, timer, field)
#endif

/*
 * Flags of a socket were bit fields before 6.6, IPv6's before 6.7.  Ask with
 * inet_test_bit(RECVERR, sk); each flag in use needs its old place here.
 */
#ifndef inet_test_bit
#define ETP_INET_RECVERR		recverr
#define ETP_INET_RECVERR_RFC4884	recverr_rfc4884
#define ETP_INET_TRANSPARENT		transparent
#define ETP_INET_FREEBIND		freebind
#define ETP_INET_BIND_ADDRESS_NO_PORT	bind_address_no_port
#define inet_test_bit(nr, sk)		(inet_sk(sk)->ETP_INET_##nr)
#endif

#ifndef inet6_test_bit
#define ETP_INET6_RECVERR6		recverr
#define ETP_INET6_RECVERR6_RFC4884	recverr_rfc4884
#define ETP_INET6_SNDFLOW		sndflow
#define ETP_INET6_REPFLOW		repflow
#define inet6_test_bit(nr, sk)		(inet6_sk(sk)->ETP_INET6_##nr)
#define etp_set_repflow(sk, on)		(inet6_sk(sk)->repflow = (on))
#else
#define etp_set_repflow(sk, on)		inet6_assign_bit(REPFLOW, sk, on)
#endif

/* The owner of a socket is read through an accessor (6.17). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define etp_sk_uid(sk)		sk_uid(sk)
#else
#define etp_sk_uid(sk)		((sk)->sk_uid)
#endif

/* Counting drops, too (6.18). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
#define etp_sk_drop(sk)		sk_drops_inc(sk)
#else
#define etp_sk_drop(sk)		atomic_inc(&(sk)->sk_drops)
#endif

/*
 * Sysctl tables: read-only for handlers and without an empty entry at the end
 * (6.11).  Allocate ETP_CTL_SENTINEL more entries than there are.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define ETP_CTL_CONST		const
#define ETP_CTL_SENTINEL	0
#else
#define ETP_CTL_CONST
#define ETP_CTL_SENTINEL	1
#endif

/* The size of the table is passed since 6.6. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define etp_register_sysctl(net, path, table, n)			\
	register_net_sysctl_sz(net, path, table, n)
#else
#define etp_register_sysctl(net, path, table, n)			\
	((void)(n), register_net_sysctl(net, path, table))
#endif

/* __assign_str() found its source by itself (6.10). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define etp_assign_str(dst, src)	__assign_str(dst)
#else
#define etp_assign_str(dst, src)	__assign_str(dst, src)
#endif

/* A route's first reference became a matter of course, and is counted otherwise (6.6). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define etp_dst_init(dst, ops, dev)					\
	dst_init(dst, ops, dev, DST_OBSOLETE_NONE, DST_NOCOUNT)
#define etp_dst_refs(dst)	rcuref_read(&(dst)->__rcuref)
#else
#define etp_dst_init(dst, ops, dev)					\
	dst_init(dst, ops, dev, 1, DST_OBSOLETE_NONE, DST_NOCOUNT)
#define etp_dst_refs(dst)	atomic_read(&(dst)->__refcnt)
#endif

/*
 * KUnit ran the suites it found in a module before the module's init, until 6.7.
 * There it must not find them, and init runs them.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define ETP_KUNIT_SECTION	__section(".kunit_test_suites")
#define etp_kunit_run(suites)
#define etp_kunit_forget(suites)
#else
#define ETP_KUNIT_SECTION
#define etp_kunit_run(suites)						\
	__kunit_test_suites_init(suites, ARRAY_SIZE(suites))
#define etp_kunit_forget(suites)					\
	__kunit_test_suites_exit(suites, ARRAY_SIZE(suites))
#endif

#endif /* _ETP_COMPAT_H */
