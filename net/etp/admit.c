// SPDX-License-Identifier: GPL-2.0
/*
 * What a segment has to get past before a connection looks at it: whether it came from
 * near enough (RFC 5082), what the socket's IPsec policy and its filters say, and for a
 * SYN what a security module says.  May touch the skb and where the segment ends.
 *
 * Policies and filters of the machine have been asked by the IP layer, netfilter and
 * the address families.
 */
#include "internal.h"
#include <linux/filter.h>
#include <linux/security.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/request_sock.h>
#include <net/xfrm.h>

/* Who wants to hear neighbours only asks for packets that few routers have passed on
 * (IP_MINTTL, IPV6_MINHOPCOUNT).
 */
static bool etp_came_far(const struct sock *sk, const struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4)
		return ip_hdr(skb)->ttl < READ_ONCE(inet_sk(sk)->min_ttl);
	return ipv6_hdr(skb)->hop_limit < READ_ONCE(inet6_sk(sk)->min_hopcount);
}

/* The socket's own policy, IP_XFRM_POLICY; that of the machine has been checked. */
static bool etp_ipsec_permits(struct sock *sk, struct sk_buff *skb)
{
#ifdef CONFIG_XFRM
	struct etp_segment seg;
	bool permitted;

	if (likely(!rcu_access_pointer(sk->sk_policy[XFRM_POLICY_IN])))
		return true;
	/* it looks for what IP keeps in the control buffer */
	seg = *etp_seg(skb);
	memset(skb->cb, 0, sizeof(skb->cb));
	permitted = xfrm_policy_check(sk, XFRM_POLICY_IN, skb,
				      ip_hdr(skb)->version == 4 ? AF_INET : AF_INET6);
	*etp_seg(skb) = seg;
	return permitted;
#else
	return true;
#endif
}

/**
 * etp_admit - may a segment go on to a socket?
 * @sk: the socket, or the listener; not locked
 * @skb: segment, data at its header, etp_seg() filled
 *
 * Softirq, under RCU.  A filter may cut off the end, but of the payload only.  Returns
 * false when the segment is refused.
 */
bool etp_admit(struct sock *sk, struct sk_buff *skb)
{
	struct etp_segment *seg = etp_seg(skb);

	if (unlikely(etp_came_far(sk, skb))) {
		ETP_INC(sock_net(sk), MinTTLDrop);
		return false;
	}
	/* an errno, or on newer kernels a reason */
	if (!etp_ipsec_permits(sk, skb) || sk_filter_trim_cap(sk, skb, seg->doff))
		return false;
	seg->end_seq = seg->seq + skb->len - seg->doff +
		       !!(seg->flags & ETP_SYN) + !!(seg->flags & ETP_FIN);
	return true;
}

#ifdef CONFIG_SECURITY_NETWORK
/* Options that a module wants on the SYN|ACK: there is no way to put them there. */
static void etp_drop_labels(struct sock *sk, struct inet_request_sock *ireq, u16 family)
{
	if (family == AF_INET) {
		kfree(rcu_dereference_protected(ireq->ireq_opt, 1));
		return;
	}
#if IS_ENABLED(CONFIG_IPV6)
	if (ireq->ipv6_opt) {
		atomic_sub(ireq->ipv6_opt->tot_len, &sk->sk_omem_alloc);
		txopt_put(ireq->ipv6_opt);
	}
#endif
}

/**
 * etp_admit_syn - does a security module let a connection be requested?
 * @listener: who would answer; not locked
 * @skb: its SYN
 * @key: addresses, local end first
 * @family: AF_INET or AF_INET6: what it came by
 *
 * Softirq, under RCU.  Modules know the requests of kernel TCP, so they see one that is
 * like those as far as they look.
 */
bool etp_admit_syn(struct sock *listener, struct sk_buff *skb,
		   const struct etp_key *key, u16 family)
{
	struct inet_request_sock ireq;
	int err;

	memset(&ireq, 0, sizeof(ireq));
	ireq.req.rsk_listener = listener;
	ireq.ireq_state = TCP_NEW_SYN_RECV;
	ireq.ireq_family = listener->sk_family;
	write_pnet(&ireq.ireq_net, sock_net(listener));
	ireq.ir_num = ntohs(key->lport);
	ireq.ir_rmt_port = key->rport;
	ireq.ir_iif = etp_bound_dif(listener, key, etp_seg(skb)->sdif);
	if (family == AF_INET) {
		sk_daddr_set(req_to_sk(&ireq.req), key->raddr.s6_addr32[3]);
		sk_rcv_saddr_set(req_to_sk(&ireq.req), key->laddr.s6_addr32[3]);
	} else {
		ireq.ir_v6_rmt_addr = key->raddr;
		ireq.ir_v6_loc_addr = key->laddr;
	}
	err = security_inet_conn_request(listener, skb, &ireq.req);
	etp_drop_labels(listener, &ireq, family);
	return !err;
}
#endif
