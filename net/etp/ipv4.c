// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4: segments and ICMP errors in, routes and segments out, connect().
 *
 * May touch the addresses of a socket, its route and its key.
 */
#include "internal.h"
#include <net/icmp.h>
#include <net/inet_ecn.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/protocol.h>
#include <net/route.h>

/**
 * etp_v4_key - name a connection over IPv4
 * @key: to be filled in
 * @laddr: local address
 * @lport: local port
 * @raddr: remote address
 * @rport: remote port
 * @dif: device, 0 for any
 *
 * Any context.
 */
void etp_v4_key(struct etp_key *key, __be32 laddr, __be16 lport, __be32 raddr,
		__be16 rport, int dif)
{
	ipv6_addr_set_v4mapped(laddr, &key->laddr);
	ipv6_addr_set_v4mapped(raddr, &key->raddr);
	key->lport = lport;
	key->rport = rport;
	key->dif = dif;
}

/* ---- A segment comes in ---- */

static int etp_ipv4_rcv(struct sk_buff *skb)
{
	int iif = inet_iif(skb);
	const struct iphdr *iph;
	const struct tcphdr *th;
	struct etp_key key;

	if (skb->pkt_type != PACKET_HOST ||
	    skb_rtable(skb)->rt_type != RTN_LOCAL) {
		kfree_skb(skb);
		return 0;
	}
	if (!etp_rcv_check(skb, AF_INET, iif, inet_sdif(skb)))
		return 0;
	iph = ip_hdr(skb);
	etp_seg(skb)->ecn = iph->tos & INET_ECN_MASK;
	th = (const struct tcphdr *)skb->data;
	etp_v4_key(&key, iph->daddr, th->dest, iph->saddr, th->source, iif);
	return etp_rcv(skb, &key, &etp_ipv4_ops);
}

/* ---- ICMP ---- */

/* Returns false for what does not concern a transport. */
static bool etp_icmpv4_convert(struct etp_icmp *icmp, int type, int code, u32 info)
{
	switch (type) {
	case ICMP_REDIRECT:
		icmp->redirect = true;
		return true;
	case ICMP_PARAMETERPROB:
		icmp->err = EPROTO;
		return true;
	case ICMP_TIME_EXCEEDED:
		icmp->err = EHOSTUNREACH;
		return true;
	case ICMP_DEST_UNREACH:
		if (code > NR_ICMP_UNREACH)
			return false;
		if (code == ICMP_FRAG_NEEDED) {
			icmp->mtu = info;
			return info != 0;
		}
		icmp->err = icmp_err_convert[code].errno;
		icmp->hard = icmp_err_convert[code].fatal;
		return true;
	}
	return false;
}

/* The stack made sure of 8 bytes behind the IP header that the error quotes. */
static int etp_ipv4_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct tcphdr *th = (const void *)(skb->data + iph->ihl * 4);
	struct net *net = dev_net(skb->dev);
	struct etp_icmp icmp = {
		.skb = skb, .quoted = th, .seq = ntohl(th->seq), .info = info,
		.local = skb->dev->flags & IFF_LOOPBACK,
	};
	struct etp_key key;
	int err;

	if (!etp_icmpv4_convert(&icmp, icmp_hdr(skb)->type, icmp_hdr(skb)->code,
				info))
		return 0;
	etp_v4_key(&key, iph->saddr, th->source, iph->daddr, th->dest,
		   inet_iif(skb));
	err = etp_icmp_rcv(net, &key, inet_sdif(skb), &icmp);
	if (err)
		__ICMP_INC_STATS(net, ICMP_MIB_INERRORS);
	return err;
}

/* ---- Routes and segments out ---- */

/* What the route and the header of each segment are made from. */
static struct flowi4 *etp_ipv4_flow(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);
	struct flowi4 *fl4 = &inet->cork.fl.u.ip4;
	const struct ip_options_rcu *opt;
	__be32 daddr = inet->inet_daddr;

	rcu_read_lock();
	opt = rcu_dereference(inet->inet_opt);
	if (opt && opt->opt.srr)
		daddr = opt->opt.faddr;
	rcu_read_unlock();
	flowi4_init_output(fl4, sk->sk_bound_dev_if, READ_ONCE(sk->sk_mark),
			   ip_sock_rt_tos(sk), ip_sock_rt_scope(sk), IPPROTO_ETP,
			   inet_sk_flowi_flags(sk), daddr, inet->inet_saddr,
			   inet->inet_dport, inet->inet_sport, etp_sk_uid(sk));
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl4));
	return fl4;
}

static int etp_ipv4_rebuild_route(struct sock *sk)
{
	struct rtable *rt;

	if (likely(__sk_dst_check(sk, 0)))
		return 0;
	rt = ip_route_output_flow(sock_net(sk), etp_ipv4_flow(sk), sk);
	if (IS_ERR(rt)) {
		sk->sk_route_caps = 0;
		WRITE_ONCE(sk->sk_err_soft, -PTR_ERR(rt));
		return PTR_ERR(rt);
	}
	sk_setup_caps(sk, &rt->dst);
	return 0;
}

static u32 etp_ipv4_options_len(const struct sock *sk)
{
	const struct ip_options_rcu *opt;
	u32 len;

	rcu_read_lock();
	opt = rcu_dereference(inet_sk(sk)->inet_opt);
	len = opt ? opt->opt.optlen : 0;
	rcu_read_unlock();
	return len;
}

static int etp_ipv4_queue_xmit(struct sock *sk, struct sk_buff *skb)
{
	return ip_queue_xmit(sk, skb, &inet_sk(sk)->cork.fl);
}

static void etp_ipv4_write_header(struct sk_buff *skb,
				  const struct etp_reply *reply,
				  const struct sock *sk, struct dst_entry *dst)
{
	int ttl = READ_ONCE(inet_sk(sk)->uc_ttl);
	struct iphdr *iph;

	skb_push(skb, sizeof(*iph) +
		 (reply->route ? reply->route->opt.optlen : 0));
	skb_reset_network_header(skb);
	iph = ip_hdr(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = reply->tos;
	iph->id = 0;
	iph->frag_off = ip_dont_fragment(sk, dst) ? htons(IP_DF) : 0;
	iph->ttl = ttl >= 0 ? ttl : ip4_dst_hoplimit(dst);
	iph->protocol = IPPROTO_ETP;
	iph->saddr = reply->key->laddr.s6_addr32[3];
	iph->daddr = reply->key->raddr.s6_addr32[3];
	if (!iph->frag_off)
		ip_select_ident(reply->net, skb, NULL);
	if (unlikely(reply->route))
		etp_srcroute_write(reply->route, iph);
}

/* Where a packet goes first that belongs to no socket. */
static __be32 etp_ipv4_first_hop(const struct etp_key *key,
				 const struct ip_options_rcu *route)
{
	return route ? route->opt.faddr : key->raddr.s6_addr32[3];
}

/* Which device a reply must leave by: none in particular unless it is a VRF. */
static int etp_ipv4_reply_oif(const struct etp_reply *reply)
{
	int dif = reply->key->dif;

	if (reply->bound || netif_index_is_l3_master(reply->net, dif))
		return dif;
	return 0;
}

static int etp_ipv4_send(const struct etp_reply *reply, struct sk_buff *skb)
{
	const struct etp_key *key = reply->key;
	struct net *net = reply->net;
	struct sock *sk = (struct sock *)reply->sk ?: etp_net(net)->ctl_sk4;
	struct flowi4 fl4;
	struct rtable *rt;
	int err;

	flowi4_init_output(&fl4, etp_ipv4_reply_oif(reply), reply->mark,
			   reply->tos & INET_DSCP_MASK, RT_SCOPE_UNIVERSE,
			   IPPROTO_ETP, inet_sk_flowi_flags(sk),
			   etp_ipv4_first_hop(key, reply->route),
			   key->laddr.s6_addr32[3],
			   key->rport, key->lport, etp_sk_uid(sk));
	security_skb_classify_flow(skb, flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(net, &fl4, sk);
	if (IS_ERR(rt)) {
		ETP_INC(net, NoRoute);
		kfree_skb(skb);
		return PTR_ERR(rt);
	}
	skb_dst_set(skb, &rt->dst);
	if (reply->txhash)
		__skb_set_sw_hash(skb, reply->txhash, true);
	skb->mark = reply->mark;
	skb->priority = etp_reply_priority(reply);
	etp_ipv4_write_header(skb, reply, sk, &rt->dst);
	err = ip_local_out(net, sk, skb);
	return err > 0 ? net_xmit_errno(err) : err;
}

static struct dst_entry *etp_ipv4_request_route(const struct sock *listener,
						const struct etp_request *req)
{
	const struct etp_key *key = &req->node.key;
	struct net *net = sock_net(listener);
	struct flowi4 fl4;
	struct rtable *rt;

	flowi4_init_output(&fl4, key->dif, req->mark, ip_sock_rt_tos(listener),
			   ip_sock_rt_scope(listener), IPPROTO_ETP,
			   inet_sk_flowi_flags(listener),
			   etp_ipv4_first_hop(key, req->route),
			   key->laddr.s6_addr32[3],
			   key->rport, key->lport, etp_sk_uid(listener));
	security_sk_classify_flow((struct sock *)listener,
				  flowi4_to_flowi_common(&fl4));
	rt = ip_route_output_flow(net, &fl4, listener);
	if (IS_ERR(rt)) {
		ETP_INC(net, NoRoute);
		return NULL;
	}
	return &rt->dst;
}

static void etp_ipv4_init_child(struct sock *child, const struct sock *listener,
				const struct etp_request *req,
				struct dst_entry *dst, struct sk_buff *skb)
{
	const struct etp_key *key = &req->node.key;
	struct inet_sock *inet = inet_sk(child);

	sk_daddr_set(child, key->raddr.s6_addr32[3]);
	sk_rcv_saddr_set(child, key->laddr.s6_addr32[3]);
	inet->inet_saddr = key->laddr.s6_addr32[3];
	RCU_INIT_POINTER(inet->inet_opt, etp_srcroute_copy(req->route));
	inet->mc_index = etp_seg(skb)->iif;
	inet->mc_ttl = ip_hdr(skb)->ttl;
	inet->rcv_tos = ip_hdr(skb)->tos;
	atomic_set(&inet->inet_id, get_random_u16());
	if (child->sk_family == AF_INET6)
		etp_ipv6_inherit(child, listener, inet->mc_index, inet->mc_ttl);

	etp_sk(child)->af = &etp_ipv4_ops;
	child->sk_gso_type = SKB_GSO_TCPV4 | SKB_GSO_SCTP;
	etp_ipv4_flow(child);
	if (dst)
		sk_setup_caps(child, dst);
}

const struct etp_af_ops etp_ipv4_ops = {
	.family		= AF_INET,
	.net_header_len	= sizeof(struct iphdr),
	.options_len	= etp_ipv4_options_len,
	.queue_xmit	= etp_ipv4_queue_xmit,
	.send		= etp_ipv4_send,
	.rebuild_route	= etp_ipv4_rebuild_route,
	.request_route	= etp_ipv4_request_route,
	.init_child	= etp_ipv4_init_child,
};

/* ---- connect() ---- */

/* The route to the peer.  Sets the addresses of the socket: a socket without a
 * local one gets that of the route.
 */
static struct rtable *etp_ipv4_route_peer(struct sock *sk,
					  const struct sockaddr_in *sin)
{
	struct inet_sock *inet = inet_sk(sk);
	struct flowi4 *fl4 = &inet->cork.fl.u.ip4;
	__be32 daddr = sin->sin_addr.s_addr, nexthop = daddr;
	const struct ip_options_rcu *opt;
	struct rtable *rt;

	opt = rcu_dereference_protected(inet->inet_opt, lockdep_sock_is_held(sk));
	if (opt && opt->opt.srr) {
		if (!daddr)
			return ERR_PTR(-EINVAL);
		nexthop = opt->opt.faddr;
	}
	rt = ip_route_connect(fl4, nexthop, inet->inet_saddr, sk->sk_bound_dev_if,
			      IPPROTO_ETP, inet->inet_sport, sin->sin_port, sk);
	if (IS_ERR(rt)) {
		if (PTR_ERR(rt) == -ENETUNREACH)
			IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
		return rt;
	}
	if (rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST)) {
		ip_rt_put(rt);
		return ERR_PTR(-ENETUNREACH);
	}
	if (!opt || !opt->opt.srr)
		daddr = fl4->daddr;
	if (!inet->inet_saddr)
		inet->inet_saddr = fl4->saddr;
	sk_rcv_saddr_set(sk, inet->inet_saddr);
	sk_daddr_set(sk, daddr);
	inet->inet_dport = sin->sin_port;
	return rt;
}

/**
 * etp_ipv4_connect - open a connection to an IPv4 address
 * @sk: in the state CLOSE; socket locked
 * @addr: struct sockaddr_in
 * @len: size of @addr
 *
 * Process context.  Returns 0 when the SYN is on its way, or a negative errno:
 * EINVAL, EAFNOSUPPORT, ENETUNREACH, EADDRNOTAVAIL, what routing or sending said.
 */
int etp_ipv4_connect(struct sock *sk, struct etp_sockaddr *addr, int len)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)addr;
	struct inet_sock *inet = inet_sk(sk);
	struct etp_node *node = &etp_sk(sk)->node;
	__be16 sport;
	struct rtable *rt;
	int err;

	if (len < (int)sizeof(*sin))
		return -EINVAL;
	if (sin->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	if (!inet->inet_num)
		inet->inet_sport = 0;
	sport = inet->inet_sport;
	rt = etp_ipv4_route_peer(sk, sin);
	if (IS_ERR(rt))
		return PTR_ERR(rt);

	node->net = sock_net(sk);
	node->kind = ETP_FULL;
	etp_v4_key(&node->key, inet->inet_saddr, sport, inet->inet_daddr,
		   inet->inet_dport, sk->sk_bound_dev_if);
	err = etp_connect_port(sk);
	if (err) {
		ip_rt_put(rt);
		goto undo;
	}
	sk_set_txhash(sk);
	/* IPsec may choose another route for these ports; puts the first one. */
	rt = ip_route_newports(&inet->cork.fl.u.ip4, rt, sport, inet->inet_dport,
			       inet->inet_sport, inet->inet_dport, sk);
	if (IS_ERR(rt)) {
		err = PTR_ERR(rt);
		goto undo;
	}
	sk->sk_gso_type = SKB_GSO_TCPV4 | SKB_GSO_SCTP;
	sk_setup_caps(sk, &rt->dst);
	atomic_set(&inet->inet_id, get_random_u16());

	err = etp_connect(sk);
	if (!err)
		return 0;
undo:
	etp_connect_undo(sk);
	return err;
}

/* ---- Registration ---- */

static const struct net_protocol etp_ipv4_protocol = {
	.handler			= etp_ipv4_rcv,
	.err_handler			= etp_ipv4_err,
	.no_policy			= 1,
	.icmp_strict_tag_validation	= 1,
};

/**
 * etp_ipv4_init - let IPv4 hand segments to us
 *
 * Process context.  Returns 0 or -EBUSY when the protocol number is taken.
 */
int etp_ipv4_init(void)
{
	return inet_add_protocol(&etp_ipv4_protocol, IPPROTO_ETP) ? -EBUSY : 0;
}

/**
 * etp_ipv4_exit - no more segments from IPv4
 *
 * Process context; waits for those that are being received.
 */
void etp_ipv4_exit(void)
{
	inet_del_protocol(&etp_ipv4_protocol, IPPROTO_ETP);
}
