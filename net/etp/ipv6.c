// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6: segments and ICMP errors in, routes and segments out, connect().
 *
 * A socket of this family that talks to ::ffff:a.b.c.d goes by ipv4.c instead.
 * May touch the addresses of a socket, its route, its struct ipv6_pinfo and its
 * key.
 */
#include "internal.h"
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/inet_ecn.h>
#include <net/inet_hashtables.h>
#include <net/ip6_route.h>
#include <net/ndisc.h>
#include <net/protocol.h>
#include <net/transp_v6.h>

/* ---- A segment comes in ---- */

static void etp_v6_key(struct etp_key *key, const struct in6_addr *laddr,
		       __be16 lport, const struct in6_addr *raddr, __be16 rport,
		       int dif)
{
	key->laddr = *laddr;
	key->raddr = *raddr;
	key->lport = lport;
	key->rport = rport;
	key->dif = dif;
}

/* Unicast, and not an IPv4 address in disguise: keys could not tell it. */
static bool etp_ipv6_for_us(const struct sk_buff *skb)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);

	return skb->pkt_type == PACKET_HOST && ipv6_unicast_destination(skb) &&
	       !ipv6_addr_v4mapped(&hdr->saddr) &&
	       !ipv6_addr_v4mapped(&hdr->daddr);
}

static int etp_ipv6_rcv(struct sk_buff *skb)
{
	int iif = inet6_iif(skb);
	const struct ipv6hdr *hdr;
	const struct tcphdr *th;
	struct etp_key key;

	if (!etp_ipv6_for_us(skb)) {
		kfree_skb(skb);
		return 0;
	}
	if (!etp_rcv_check(skb, AF_INET6, iif, inet6_sdif(skb)))
		return 0;
	hdr = ipv6_hdr(skb);
	etp_seg(skb)->ecn = ipv6_get_dsfield(hdr) & INET_ECN_MASK;
	th = (const struct tcphdr *)skb->data;
	etp_v6_key(&key, &hdr->daddr, th->dest, &hdr->saddr, th->source, iif);
	return etp_rcv(skb, &key, &etp_ipv6_ops);
}

/* ---- ICMPv6 ---- */

/* The stack made sure of 8 bytes at @offset, behind the header that is quoted. */
static int etp_ipv6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
			u8 code, int offset, __be32 info)
{
	const struct ipv6hdr *hdr = (const struct ipv6hdr *)skb->data;
	const struct tcphdr *th = (const void *)(skb->data + offset);
	struct net *net = dev_net(skb->dev);
	struct etp_icmp icmp = {
		.skb = skb, .quoted = th, .seq = ntohl(th->seq), .info = ntohl(info),
		.local = skb->dev->flags & IFF_LOOPBACK,
	};
	struct etp_key key;
	int err;

	if (type == NDISC_REDIRECT) {
		icmp.redirect = true;
	} else if (type == ICMPV6_PKT_TOOBIG) {
		icmp.mtu = ntohl(info);
		if (icmp.mtu < IPV6_MIN_MTU)
			return 0;
	} else {
		icmp.hard = icmpv6_err_convert(type, code, &icmp.err) &&
			    type != ICMPV6_PARAMPROB;
	}
	etp_v6_key(&key, &hdr->saddr, th->source, &hdr->daddr, th->dest,
		   inet6_iif(skb));
	err = etp_icmp_rcv(net, &key, inet6_sdif(skb), &icmp);
	if (err)
		__ICMP6_INC_STATS(net, __in6_dev_get(skb->dev), ICMP6_MIB_INERRORS);
	return err;
}

/* ---- Routes and segments out ---- */

static void etp_ipv6_set_route(struct sock *sk, struct dst_entry *dst)
{
	/* dst_rt6_info() is younger than some 6.1 kernels in use */
	const struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	inet6_sk(sk)->dst_cookie = rt6_get_cookie(rt);
	sk_setup_caps(sk, dst);
}

/* What the route and the header of each segment are made from.  While the route
 * is looked up the destination is the first hop of a routing header, if any.
 */
static struct flowi6 *etp_ipv6_flow(struct sock *sk)
{
	struct flowi6 *fl6 = &inet_sk(sk)->cork.fl.u.ip6;
	const struct ipv6_pinfo *np = inet6_sk(sk);

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = IPPROTO_ETP;
	fl6->daddr = sk->sk_v6_daddr;
	fl6->saddr = np->saddr;
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	fl6->flowi6_oif = sk->sk_bound_dev_if;
	fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
	fl6->fl6_sport = inet_sk(sk)->inet_sport;
	fl6->fl6_dport = inet_sk(sk)->inet_dport;
	fl6->flowi6_uid = etp_sk_uid(sk);
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl6));
	return fl6;
}

static struct dst_entry *etp_ipv6_find_route(struct sock *sk, struct flowi6 *fl6)
{
	const struct in6_addr *final;
	struct in6_addr orig;
	struct dst_entry *dst;

	rcu_read_lock();
	final = fl6_update_dst(fl6, rcu_dereference(inet6_sk(sk)->opt), &orig);
	rcu_read_unlock();
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, fl6, final);
	if (final)
		fl6->daddr = orig;
	return dst;
}

static int etp_ipv6_rebuild_route(struct sock *sk)
{
	struct dst_entry *dst;

	if (likely(__sk_dst_check(sk, inet6_sk(sk)->dst_cookie)))
		return 0;
	dst = etp_ipv6_find_route(sk, etp_ipv6_flow(sk));
	if (IS_ERR(dst)) {
		sk->sk_route_caps = 0;
		WRITE_ONCE(sk->sk_err_soft, -PTR_ERR(dst));
		return PTR_ERR(dst);
	}
	etp_ipv6_set_route(sk, dst);
	return 0;
}

static u32 etp_ipv6_options_len(const struct sock *sk)
{
	const struct ipv6_txoptions *opt;
	u32 len;

	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(sk)->opt);
	len = opt ? opt->opt_flen + opt->opt_nflen : 0;
	rcu_read_unlock();
	return len;
}

static int etp_ipv6_queue_xmit(struct sock *sk, struct sk_buff *skb)
{
	const struct ipv6_pinfo *np = inet6_sk(sk);
	struct flowi6 *fl6 = &inet_sk(sk)->cork.fl.u.ip6;
	int err = etp_ipv6_rebuild_route(sk);

	if (err) {
		kfree_skb(skb);
		return err;
	}
	/* the program may have given its label back since the route was found */
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	rcu_read_lock();
	skb_dst_set_noref(skb, __sk_dst_get(sk));
	err = ip6_xmit(sk, skb, fl6,
		       READ_ONCE(sk->sk_mark), rcu_dereference(np->opt),
		       np->tclass, READ_ONCE(sk->sk_priority));
	rcu_read_unlock();
	return err;
}

/* Link-local peers, bound connections and VRFs need a certain device. */
static int etp_ipv6_reply_oif(const struct etp_reply *reply)
{
	int dif = reply->key->dif;

	if (reply->bound || netif_index_is_l3_master(reply->net, dif) ||
	    rt6_need_strict(&reply->key->raddr))
		return dif;
	return 0;
}

/**
 * etp_ipv6_rst_label - flow label of an RST without a connection
 * @net: network namespace
 * @skb: what it answers
 *
 * That of the segment, if net.ipv6.flowlabel_reflect says so, else 0 for any.
 */
__be32 etp_ipv6_rst_label(const struct net *net, const struct sk_buff *skb)
{
	if (net->ipv6.sysctl.flowlabel_reflect & FLOWLABEL_REFLECT_TCP_RESET)
		return ip6_flowlabel(ipv6_hdr(skb));
	return 0;
}

/**
 * etp_ipv6_syn_label - flow label of the answer to a SYN
 * @listener: of the family AF_INET6
 * @skb: the SYN
 *
 * That of the SYN, if the listener was told to reflect it, else 0 for any.
 */
__be32 etp_ipv6_syn_label(const struct sock *listener, const struct sk_buff *skb)
{
	return inet6_test_bit(REPFLOW, listener) ? ip6_flowlabel(ipv6_hdr(skb)) : 0;
}

static int etp_ipv6_send(const struct etp_reply *reply, struct sk_buff *skb)
{
	const struct etp_key *key = reply->key;
	struct net *net = reply->net;
	struct sock *sk = (struct sock *)reply->sk ?: etp_net(net)->ctl_sk6;
	struct dst_entry *dst;
	struct flowi6 fl6;
	int err;

	memset(&fl6, 0, sizeof(fl6));
	fl6.flowi6_proto = IPPROTO_ETP;
	fl6.daddr = key->raddr;
	fl6.saddr = key->laddr;
	fl6.flowlabel = reply->label;
	fl6.flowi6_oif = etp_ipv6_reply_oif(reply);
	fl6.flowi6_mark = reply->mark;
	fl6.fl6_sport = key->lport;
	fl6.fl6_dport = key->rport;
	fl6.flowi6_uid = etp_sk_uid(sk);
	security_skb_classify_flow(skb, flowi6_to_flowi_common(&fl6));

	dst = ip6_dst_lookup_flow(net, sk, &fl6, NULL);
	if (IS_ERR(dst)) {
		ETP_INC(net, NoRoute);
		kfree_skb(skb);
		return PTR_ERR(dst);
	}
	skb_dst_set(skb, dst);
	if (reply->txhash)
		__skb_set_sw_hash(skb, reply->txhash, true);
	err = ip6_xmit(sk, skb, &fl6, reply->mark, NULL, reply->tos,
		       etp_reply_priority(reply));
	return err > 0 ? net_xmit_errno(err) : err;
}

static struct dst_entry *etp_ipv6_request_route(const struct sock *listener,
						const struct etp_request *req)
{
	const struct etp_key *key = &req->node.key;
	struct net *net = sock_net(listener);
	struct dst_entry *dst;
	struct flowi6 fl6;

	memset(&fl6, 0, sizeof(fl6));
	fl6.flowi6_proto = IPPROTO_ETP;
	fl6.daddr = key->raddr;
	fl6.saddr = key->laddr;
	fl6.flowi6_oif = key->dif;
	fl6.flowi6_mark = req->mark;
	fl6.fl6_sport = key->lport;
	fl6.fl6_dport = key->rport;
	fl6.flowi6_uid = etp_sk_uid(listener);
	security_sk_classify_flow((struct sock *)listener,
				  flowi6_to_flowi_common(&fl6));

	dst = ip6_dst_lookup_flow(net, listener, &fl6, NULL);
	if (IS_ERR(dst)) {
		ETP_INC(net, NoRoute);
		return NULL;
	}
	return dst;
}

/**
 * etp_ipv6_inherit - the part of a child that only IPv6 sockets have
 * @child: clone of @listener
 * @listener: of the family AF_INET6
 * @iif: interface the connection came in by
 * @hops: hop limit of the segment that set it up
 *
 * What the listener owns is not shared, except its extension headers: those are
 * copied.  Softirq context, child locked.
 */
void etp_ipv6_inherit(struct sock *child, const struct sock *listener, int iif,
		      int hops)
{
	struct etp6_sock *es6 = (struct etp6_sock *)child;
	struct ipv6_pinfo *np = &es6->inet6;
	struct ipv6_txoptions *opt;

	inet_sk(child)->pinet6 = np;
	memcpy(np, inet6_sk(listener), sizeof(*np));
	np->saddr = child->sk_v6_rcv_saddr;
	np->ipv6_mc_list = NULL;
	np->ipv6_ac_list = NULL;
	RCU_INIT_POINTER(etp_flow_labels(child), NULL);
	np->pktoptions = NULL;
	np->rxpmtu = NULL;
	np->opt = NULL;
	np->mcast_oif = iif;
	np->mcast_hops = hops;
	np->rcv_flowinfo = 0;
	np->dst_cookie = 0;
	if (ipv6_addr_v4mapped(&child->sk_v6_daddr))
		return;

	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(listener)->opt);
	if (opt)
		opt = ipv6_dup_options(child, opt);
	RCU_INIT_POINTER(np->opt, opt);
	rcu_read_unlock();
}

static void etp_ipv6_init_child(struct sock *child, const struct sock *listener,
				const struct etp_request *req,
				struct dst_entry *dst, struct sk_buff *skb)
{
	const struct etp_key *key = &req->node.key;
	struct inet_sock *inet = inet_sk(child);

	child->sk_v6_daddr = key->raddr;
	child->sk_v6_rcv_saddr = key->laddr;
	inet->inet_daddr = LOOPBACK4_IPV6;
	inet->inet_saddr = LOOPBACK4_IPV6;
	inet->inet_rcv_saddr = LOOPBACK4_IPV6;
	etp_ipv6_inherit(child, listener, etp_seg(skb)->sdif ?: etp_seg(skb)->iif,
			 ipv6_hdr(skb)->hop_limit);
	inet6_sk(child)->rcv_flowinfo = ip6_flowinfo(ipv6_hdr(skb));
	if (inet6_test_bit(REPFLOW, child))
		inet6_sk(child)->flow_label = ip6_flowlabel(ipv6_hdr(skb));

	etp_sk(child)->af = &etp_ipv6_ops;
	child->sk_gso_type = SKB_GSO_TCPV6 | SKB_GSO_SCTP;
	etp_ipv6_flow(child);
	if (dst)
		etp_ipv6_set_route(child, dst);
}

const struct etp_af_ops etp_ipv6_ops = {
	.family		= AF_INET6,
	.net_header_len	= sizeof(struct ipv6hdr),
	.options_len	= etp_ipv6_options_len,
	.queue_xmit	= etp_ipv6_queue_xmit,
	.send		= etp_ipv6_send,
	.rebuild_route	= etp_ipv6_rebuild_route,
	.request_route	= etp_ipv6_request_route,
	.init_child	= etp_ipv6_init_child,
};

/* ---- connect() ---- */

/* The flow label a program asked for must be one it may use. */
static int etp_ipv6_flow_label(struct sock *sk, const struct sockaddr_in6 *sin6)
{
	struct ip6_flowlabel *owner;
	__be32 label = 0;

	if (inet6_test_bit(SNDFLOW, sk))
		label = sin6->sin6_flowinfo & IPV6_FLOWINFO_MASK &
			~htonl(INET_ECN_MASK << 20);
	if (label & IPV6_FLOWLABEL_MASK) {
		owner = fl6_sock_lookup(sk, label);
		if (IS_ERR(owner))
			return -EINVAL;
		fl6_sock_release(owner);
	}
	inet6_sk(sk)->flow_label = label;
	return 0;
}

/**
 * etp_ipv6_reflect - IPV6_FLOWLABEL_MGR with IPV6_FL_F_REFLECT
 * @sk: the socket, not locked
 * @val: struct in6_flowlabel_req
 * @len: bytes at @val
 *
 * Connections of this listener answer with the flow label that their SYN had, or no
 * more.  The layer below has it for TCP only.  Process context.  Returns 0, -EPERM
 * when the namespace wants labels to be consistent, -ESRCH when there is nothing to
 * take back, or -ENOPROTOOPT for all that the layer below can do.
 */
int etp_ipv6_reflect(struct sock *sk, sockptr_t val, unsigned int len)
{
	struct in6_flowlabel_req req;
	int err = 0;

	if (len < sizeof(req) || copy_from_sockptr(&req, val, sizeof(req)) ||
	    !(req.flr_flags & IPV6_FL_F_REFLECT))
		return -ENOPROTOOPT;
	sockopt_lock_sock(sk);
	switch (req.flr_action) {
	case IPV6_FL_A_GET:
		if (sock_net(sk)->ipv6.sysctl.flowlabel_consistency)
			err = -EPERM;
		else
			etp_set_repflow(sk, 1);
		break;
	case IPV6_FL_A_PUT:
		if (!inet6_test_bit(REPFLOW, sk)) {
			err = -ESRCH;
			break;
		}
		inet6_sk(sk)->flow_label = 0;
		etp_set_repflow(sk, 0);
		break;
	default:
		err = -ENOPROTOOPT;
	}
	sockopt_release_sock(sk);
	return err;
}

/* A link-local peer lives behind one device. */
static int etp_ipv6_scope(struct sock *sk, const struct sockaddr_in6 *sin6, int len)
{
	if (len >= (int)sizeof(*sin6) && sin6->sin6_scope_id) {
		if (!sk_dev_equal_l3scope(sk, sin6->sin6_scope_id))
			return -EINVAL;
		sk->sk_bound_dev_if = sin6->sin6_scope_id;
	}
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

/* The peer as the socket will know it: "any" means this host. */
static int etp_ipv6_peer(struct sock *sk, const struct sockaddr_in6 *sin6, int len,
			 struct in6_addr *daddr)
{
	int type, err;

	*daddr = sin6->sin6_addr;
	if (ipv6_addr_any(daddr)) {
		if (ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr))
			ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), daddr);
		else
			*daddr = in6addr_loopback;
	}
	type = ipv6_addr_type(daddr);
	if (type & IPV6_ADDR_MULTICAST)
		return -ENETUNREACH;
	if (type & IPV6_ADDR_LINKLOCAL) {
		err = etp_ipv6_scope(sk, sin6, len);
		if (err)
			return err;
	}
	return 0;
}

static int etp_ipv6_connect_mapped(struct sock *sk, const struct in6_addr *daddr,
				   __be16 dport)
{
	struct sockaddr_in sin = {
		.sin_family	 = AF_INET,
		.sin_port	 = dport,
		.sin_addr.s_addr = daddr->s6_addr32[3],
	};
	int err;

	if (ipv6_only_sock(sk))
		return -ENETUNREACH;
	etp_sk(sk)->af = &etp_ipv4_ops;
	err = etp_ipv4_connect(sk, (struct etp_sockaddr *)&sin, sizeof(sin));
	if (err)
		etp_sk(sk)->af = &etp_ipv6_ops;
	else
		inet6_sk(sk)->saddr = sk->sk_v6_rcv_saddr;
	return err;
}

/* Sets the addresses and the route; the ports are still open. */
static int etp_ipv6_route_peer(struct sock *sk)
{
	struct ipv6_pinfo *np = inet6_sk(sk);
	struct dst_entry *dst;
	struct flowi6 *fl6;

	if (!ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		np->saddr = sk->sk_v6_rcv_saddr;
	fl6 = etp_ipv6_flow(sk);
	dst = etp_ipv6_find_route(sk, fl6);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		sk->sk_v6_rcv_saddr = fl6->saddr;
	np->saddr = sk->sk_v6_rcv_saddr;
	inet_sk(sk)->inet_rcv_saddr = LOOPBACK4_IPV6;
	sk->sk_gso_type = SKB_GSO_TCPV6 | SKB_GSO_SCTP;
	etp_ipv6_set_route(sk, dst);
	return 0;
}

/**
 * etp_ipv6_connect - open a connection to an IPv6 address
 * @sk: of the family AF_INET6, in the state CLOSE; socket locked
 * @addr: struct sockaddr_in6, perhaps without sin6_scope_id (RFC 2133)
 * @len: size of @addr
 *
 * Process context.  Returns 0 when the SYN is on its way, or a negative errno:
 * EINVAL, EAFNOSUPPORT, ENETUNREACH, EADDRNOTAVAIL, what routing or sending said.
 */
int etp_ipv6_connect(struct sock *sk, struct etp_sockaddr *addr, int len)
{
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)addr;
	struct inet_sock *inet = inet_sk(sk);
	struct etp_node *node = &etp_sk(sk)->node;
	struct in6_addr daddr;
	int err;

	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (sin6->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	err = etp_ipv6_flow_label(sk, sin6);
	if (!err)
		err = etp_ipv6_peer(sk, sin6, len, &daddr);
	if (err)
		return err;
	if (ipv6_addr_v4mapped(&daddr))
		return etp_ipv6_connect_mapped(sk, &daddr, sin6->sin6_port);

	if (!inet->inet_num)
		inet->inet_sport = 0;
	etp_sk(sk)->af = &etp_ipv6_ops;
	sk->sk_v6_daddr = daddr;
	inet->inet_dport = sin6->sin6_port;
	sk_set_txhash(sk);
	err = etp_ipv6_route_peer(sk);
	if (err)
		goto undo;

	node->net = sock_net(sk);
	node->kind = ETP_FULL;
	etp_v6_key(&node->key, &sk->sk_v6_rcv_saddr, inet->inet_sport,
		   &sk->sk_v6_daddr, inet->inet_dport, sk->sk_bound_dev_if);
	err = etp_connect_port(sk);
	if (err)
		goto undo;
	inet->cork.fl.u.ip6.fl6_sport = inet->inet_sport;
	err = etp_connect(sk);
	if (!err)
		return 0;
undo:
	etp_connect_undo(sk);
	return err;
}

/* ---- Registration ---- */

static const struct inet6_protocol etp_ipv6_protocol = {
	.handler	= etp_ipv6_rcv,
	.err_handler	= etp_ipv6_err,
	.flags		= INET6_PROTO_NOPOLICY | INET6_PROTO_FINAL,
};

/**
 * etp_ipv6_init - let IPv6 hand segments to us
 *
 * Process context.  Returns 0 or -EBUSY when the protocol number is taken.
 */
int etp_ipv6_init(void)
{
	return inet6_add_protocol(&etp_ipv6_protocol, IPPROTO_ETP) ? -EBUSY : 0;
}

/**
 * etp_ipv6_exit - no more segments from IPv6
 *
 * Process context; waits for those that are being received.
 */
void etp_ipv6_exit(void)
{
	inet6_del_protocol(&etp_ipv6_protocol, IPPROTO_ETP);
}
