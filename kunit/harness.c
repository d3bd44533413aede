// SPDX-License-Identifier: GPL-2.0
/*
 * The wire harness, part one: the address family that captures, a route that
 * leads nowhere, segments in, and timers.  See harness.h.
 */
#include "harness.h"
#include <net/inet_ecn.h>
#include <net/dst_ops.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

/* TEST-NET-1, RFC 5737: ours and the peer's */
#define WIRE_LADDR	0xc0000201
#define WIRE_RADDR	0xc0000202

/* The documentation's prefix, RFC 3849 */
static const struct in6_addr wire_laddr6 = {
	.s6_addr32 = { htonl(0x20010db8), 0, 0, htonl(1) },
};

static const struct in6_addr wire_raddr6 = {
	.s6_addr32 = { htonl(0x20010db8), 0, 0, htonl(2) },
};

/* Ops have no room for private data; tests run one after the other. */
static struct wire *wire_now;
static DEFINE_SPINLOCK(wire_now_lock);

/* What the timers of a socket do, which the harness keeps from happening */
static void (*wire_fired[WIRE_TIMERS])(struct timer_list *t);

/**
 * wire_byte - the pattern that payload is made of
 * @at: offset in the stream
 */
u8 wire_byte(u32 at)
{
	return at ^ (at >> 8) * 31;
}

/* ---- A route ---- */

static struct wire_route *wire_route_of(const struct dst_entry *dst)
{
	return container_of(dst, struct wire_route, dst);
}

static struct dst_entry *wire_dst_check(struct dst_entry *dst, u32 cookie)
{
	return dst;
}

static unsigned int wire_dst_mtu(const struct dst_entry *dst)
{
	return wire_route_of(dst)->mtu;
}

static unsigned int wire_dst_advmss(const struct dst_entry *dst)
{
	return wire_route_of(dst)->mtu - 40;
}

static void wire_dst_update_pmtu(struct dst_entry *dst, struct sock *sk,
				 struct sk_buff *skb, u32 mtu, bool confirm)
{
	wire_route_of(dst)->mtu = mtu;
}

static struct dst_ops wire_dst_ops = {
	.family		= AF_INET,
	.check		= wire_dst_check,
	.mtu		= wire_dst_mtu,
	.default_advmss	= wire_dst_advmss,
	.update_pmtu	= wire_dst_update_pmtu,
};

static struct wire_route *wire_route_new(void)
{
	struct wire_route *route = kzalloc(sizeof(*route), GFP_KERNEL);

	if (!route)
		return NULL;
	etp_dst_init(&route->dst, &wire_dst_ops, init_net.loopback_dev);
	route->mtu = WIRE_MTU;
	return route;
}

/* Every socket of the test is gone: so must its references be. */
static void wire_route_free(struct wire *w)
{
	struct wire_route *route = w->route;
	int refs = etp_dst_refs(&route->dst);

	KUNIT_EXPECT_EQ_MSG(w->test, refs, 1, "a route was leaked");
	if (refs != 1)
		return;
	netdev_put(route->dst.dev, &route->dst.dev_tracker);
	kfree(route);
}

/* ---- The address family ---- */

static __sum16 wire_sum(const struct sk_buff *skb, const struct etp_key *key,
			__wsum sum)
{
	if (!ipv6_addr_v4mapped(&key->raddr))
		return csum_ipv6_magic(&key->laddr, &key->raddr, skb->len,
				       IPPROTO_ETP, sum);
	return csum_tcpudp_magic(key->laddr.s6_addr32[3], key->raddr.s6_addr32[3],
				 skb->len, IPPROTO_ETP, sum);
}

static bool wire_sum_is_right(struct sk_buff *skb, const struct etp_key *key)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return etp_hdr(skb)->check ==
		       (__force __sum16)~(__force u16)wire_sum(skb, key, 0);
	return !wire_sum(skb, key, skb_checksum(skb, 0, skb->len, 0));
}

static bool wire_payload_is_right(const struct wire *w, const struct sk_buff *skb,
				  const struct wire_segment *s, u32 offset)
{
	u32 at = s->seg.seq - w->iss - 1, left = s->len, i, n;
	u8 bytes[64];

	for (offset += s->seg.doff; left; left -= n, offset += n, at += n) {
		n = min_t(u32, left, sizeof(bytes));
		if (skb_copy_bits(skb, offset, bytes, n))
			return false;
		for (i = 0; i < n; i++)
			if (bytes[i] != wire_byte(at + i))
				return false;
	}
	return true;
}

static void wire_keep(struct wire *w, const struct wire_segment *s)
{
	w->captured[w->tail % WIRE_CAPTURED] = *s;
	w->tail++;
	if (w->tail - w->head > WIRE_CAPTURED)
		w->head++;
}

/* A segment as a peer on a real wire would see it: cut at the MSS. */
static void wire_keep_cut(struct wire *w, const struct sk_buff *skb,
			  const struct wire_segment *whole)
{
	u32 size = skb_is_gso(skb) ? skb_shinfo(skb)->gso_size : whole->len;
	u32 at = 0;

	do {
		struct wire_segment s = *whole;

		s.seg.seq += at;
		s.len = min(size, whole->len - at);
		if (at + s.len < whole->len)
			s.seg.flags &= ~(ETP_FIN | ETP_PSH);
		if (at)
			s.seg.flags &= ~ETP_CWR;
		s.seg.end_seq = s.seg.seq + s.len + !!(s.seg.flags & ETP_SYN) +
				!!(s.seg.flags & ETP_FIN);
		if (!wire_payload_is_right(w, skb, &s, at))
			s.garbled = true;
		wire_keep(w, &s);
		at += s.len;
	} while (at < whole->len);
}

static void wire_capture(struct sock *sk, struct sk_buff *skb,
			 const struct etp_key *key, u8 tos, u32 mark)
{
	struct wire_segment s = {};
	const __be32 *block;
	struct wire *w;
	unsigned int i;

	s.garbled = !wire_sum_is_right(skb, key);
	spin_lock_bh(&wire_now_lock);
	w = wire_now;
	if (!w || etp_parse(skb, &s.seg) != ETP_GOOD)
		goto out;
	s.len = skb->len - s.seg.doff;
	s.seg.ecn = tos & INET_ECN_MASK;
	s.mark = mark;
	s.garbled |= key->lport != etp_hdr(skb)->source ||
		     key->rport != etp_hdr(skb)->dest;
	block = (const __be32 *)(skb->data + s.seg.sack_at);
	for (i = 0; i < min_t(unsigned int, s.seg.sack_n, ETP_MAX_SACKS); i++) {
		s.sack[i].start = ntohl(block[2 * i]);
		s.sack[i].end = ntohl(block[2 * i + 1]);
	}
	spin_lock(&w->lock);
	if (s.seg.flags & ETP_SYN)
		w->iss = s.seg.seq;
	if (s.seg.opts & ETP_OPT_TS)
		w->tsval = s.seg.tsval;
	wire_keep_cut(w, skb, &s);
	spin_unlock(&w->lock);
	if (w->watch && sk)
		w->watch->sent(w->watch, sk, &s);
out:
	spin_unlock_bh(&wire_now_lock);
}

static int wire_queue_xmit(struct sock *sk, struct sk_buff *skb)
{
	int said = wire_now ? wire_now->below : 0;

	if (said != NET_XMIT_DROP)
		wire_capture(sk, skb, &etp_sk(sk)->node.key, inet_sk(sk)->tos,
			     sk->sk_mark);
	consume_skb(skb);
	return said;
}

static int wire_reply(const struct etp_reply *reply, struct sk_buff *skb)
{
	wire_capture(NULL, skb, reply->key, reply->tos, reply->mark);
	consume_skb(skb);
	return 0;
}

static struct dst_entry *wire_dst_get(void)
{
	struct dst_entry *dst = NULL;

	spin_lock_bh(&wire_now_lock);
	if (wire_now)
		dst = dst_clone(&wire_now->route->dst);
	spin_unlock_bh(&wire_now_lock);
	return dst;
}

static int wire_rebuild_route(struct sock *sk)
{
	struct dst_entry *dst;

	if (wire_now && wire_now->no_route)
		return -ENETUNREACH;
	if (__sk_dst_get(sk))
		return 0;
	dst = wire_dst_get();
	if (!dst)
		return -EHOSTUNREACH;
	sk_setup_caps(sk, dst);
	return 0;
}

static struct dst_entry *wire_request_route(const struct sock *listener,
					    const struct etp_request *req)
{
	return wire_dst_get();
}

/**
 * wire_set_addresses - a socket gets the addresses of the test
 * @sk: the socket
 * @lport: its port
 * @rport: the peer's
 */
void wire_set_addresses(struct sock *sk, u16 lport, u16 rport)
{
	struct inet_sock *inet = inet_sk(sk);

	inet->inet_dport = htons(rport);
	inet->inet_sport = htons(lport);
	if (sk->sk_family == AF_INET6) {
		sk->sk_v6_daddr = wire_raddr6;
		sk->sk_v6_rcv_saddr = wire_laddr6;
		return;
	}
	sk_daddr_set(sk, htonl(WIRE_RADDR));
	sk_rcv_saddr_set(sk, htonl(WIRE_LADDR));
	inet->inet_saddr = htonl(WIRE_LADDR);
}

static void wire_init_child(struct sock *child, const struct sock *listener,
			    const struct etp_request *req, struct dst_entry *dst,
			    struct sk_buff *skb)
{
	struct inet_sock *inet = inet_sk(child);

	wire_set_addresses(child, ntohs(req->node.key.lport),
			   ntohs(req->node.key.rport));
	inet->inet_num = ntohs(req->node.key.lport);
	RCU_INIT_POINTER(inet->inet_opt, NULL);
	RCU_INIT_POINTER(inet->mc_list, NULL);
	if (child->sk_family == AF_INET6)
		etp_ipv6_inherit(child, listener, etp_seg(skb)->iif, 64);
	etp_sk(child)->af = req->af;
	child->sk_gso_type = SKB_GSO_SCTP | (child->sk_family == AF_INET6 ?
					     SKB_GSO_TCPV6 : SKB_GSO_TCPV4);
	sk_setup_caps(child, dst);
}

const struct etp_af_ops wire_ops = {
	.family		= AF_INET,
	.net_header_len	= sizeof(struct iphdr),
	.queue_xmit	= wire_queue_xmit,
	.send		= wire_reply,
	.rebuild_route	= wire_rebuild_route,
	.request_route	= wire_request_route,
	.init_child	= wire_init_child,
};

static const struct etp_af_ops wire_ops6 = {
	.family		= AF_INET6,
	.net_header_len	= sizeof(struct ipv6hdr),
	.queue_xmit	= wire_queue_xmit,
	.send		= wire_reply,
	.rebuild_route	= wire_rebuild_route,
	.request_route	= wire_request_route,
	.init_child	= wire_init_child,
};

/**
 * wire_ops_of - the address family of a wire
 * @w: the wire
 */
const struct etp_af_ops *wire_ops_of(const struct wire *w)
{
	return w->v6 ? &wire_ops6 : &wire_ops;
}

/* ---- A segment comes in ---- */

/**
 * wire_key - addresses and ports as a segment from the peer has them
 * @w: the wire
 * @key: to be filled in
 */
void wire_key(const struct wire *w, struct etp_key *key)
{
	etp_v4_key(key, htonl(WIRE_LADDR), htons(w->lport), htonl(WIRE_RADDR),
		   htons(w->rport), init_net.loopback_dev->ifindex);
	if (w->v6) {
		key->laddr = wire_laddr6;
		key->raddr = wire_raddr6;
	}
}

static void wire_put_ip(struct sk_buff *skb, unsigned int len)
{
	struct iphdr *iph;

	skb_reset_network_header(skb);
	iph = skb_put_zero(skb, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->ttl = 64;
	iph->protocol = IPPROTO_ETP;
	iph->tot_len = htons(sizeof(*iph) + len);
	iph->saddr = htonl(WIRE_RADDR);
	iph->daddr = htonl(WIRE_LADDR);
	__skb_pull(skb, sizeof(*iph));
	skb_reset_transport_header(skb);
}

static void wire_put_ip6(struct sk_buff *skb, unsigned int len)
{
	struct ipv6hdr *hdr;

	skb_reset_network_header(skb);
	hdr = skb_put_zero(skb, sizeof(*hdr));
	hdr->version = 6;
	hdr->hop_limit = 64;
	hdr->nexthdr = IPPROTO_ETP;
	hdr->payload_len = htons(len);
	hdr->saddr = wire_raddr6;
	hdr->daddr = wire_laddr6;
	__skb_pull(skb, sizeof(*hdr));
	skb_reset_transport_header(skb);
}

static void wire_put_header(struct wire *w, struct sk_buff *skb,
			    const struct wire_segment *s, unsigned int optlen)
{
	const struct etp_reply opt = {
		.opts = s->seg.opts, .mss = s->seg.mss, .wscale = s->seg.wscale,
		.tsval = s->seg.tsval, .tsecr = s->seg.tsecr,
	};
	struct tcphdr *th = skb_put_zero(skb, sizeof(*th) + optlen);

	th->source = htons(w->rport);
	th->dest = htons(w->lport);
	th->seq = htonl(s->seg.seq);
	th->ack_seq = htonl(s->seg.ack);
	th->doff = (sizeof(*th) + optlen) / 4;
	th->window = htons(s->seg.wnd);
	th->urg_ptr = htons(s->seg.up);
	((u8 *)th)[ETP_FLAGS_AT] = s->seg.flags;
	etp_write_options((__be32 *)(th + 1), &opt, s->sack, s->seg.sack_n);
}

static struct sk_buff *wire_build(struct wire *w, const struct wire_segment *s)
{
	unsigned int optlen = etp_options_len(s->seg.opts, s->seg.sack_n);
	u32 first = s->seg.seq - w->irs - 1 + !!(s->seg.flags & ETP_SYN), i;
	struct sk_buff *skb;
	u8 *data;

	skb = alloc_skb(MAX_HEADER + sizeof(struct ipv6hdr) + ETP_MAX_HDR + s->len,
			GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_HEADER);
	if (w->v6)
		wire_put_ip6(skb, sizeof(struct tcphdr) + optlen + s->len);
	else
		wire_put_ip(skb, sizeof(struct tcphdr) + optlen + s->len);
	wire_put_header(w, skb, s, optlen);
	data = skb_put(skb, s->len);
	for (i = 0; i < s->len; i++)
		data[i] = wire_byte(first + i);
	skb->dev = init_net.loopback_dev;
	skb->skb_iif = skb->dev->ifindex;
	skb->mark = w->mark;
	skb->protocol = w->v6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	skb->pkt_type = PACKET_HOST;
	return skb;
}

/**
 * wire_inject - a segment arrives
 * @w: the wire
 * @s: what it says
 *
 * The checksum is the address family's business and taken as right.
 */
void wire_inject(struct wire *w, const struct wire_segment *s)
{
	struct sk_buff *skb = wire_build(w, s);
	struct etp_segment *seg;
	struct etp_key key;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, skb);
	wire_key(w, &key);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	seg = etp_seg(skb);
	KUNIT_ASSERT_EQ(w->test, etp_parse(skb, seg), ETP_GOOD);
	seg->iif = key.dif;
	seg->sdif = 0;
	seg->ecn = s->seg.ecn;

	local_bh_disable();
	rcu_read_lock();
	etp_rcv(skb, &key, wire_ops_of(w));
	rcu_read_unlock();
	local_bh_enable();
}

/* ---- Timers, held back ---- */

static struct timer_list *wire_timer_list(struct sock *sk, enum wire_timer which)
{
	switch (which) {
	case WIRE_RTX:
		return &etp_sk(sk)->timers.rtx;
	case WIRE_DELACK:
		return &etp_sk(sk)->timers.delack;
	default:
		return &sk->sk_timer;
	}
}

/* Its date has come, and the test has not asked for it yet. */
static void wire_timer_held(struct timer_list *t)
{
	struct sock *sk = NULL;
	int i;

	spin_lock(&wire_now_lock);
	for (i = 0; wire_now && wire_now->sk && i < WIRE_TIMERS; i++) {
		if (t != wire_timer_list(wire_now->sk, i))
			continue;
		sk = wire_now->sk;
		wire_now->expired[i] = true;
	}
	spin_unlock(&wire_now_lock);
	if (!WARN_ON_ONCE(!sk))
		sock_put(sk);
}

/**
 * wire_adopt - a socket becomes the one that the test is about
 * @w: the wire
 * @sk: the socket, not yet connected or just accepted
 */
void wire_adopt(struct wire *w, struct sock *sk)
{
	int i;

	sock_hold(sk);
	if (w->sk)
		sock_put(w->sk);
	w->sk = sk;
	WRITE_ONCE(sk->sk_sndbuf, 1 << 20);
	for (i = 0; i < WIRE_TIMERS; i++) {
		struct timer_list *t = wire_timer_list(sk, i);

		wire_fired[i] = t->function;
		t->function = wire_timer_held;
	}
}

/**
 * wire_armed - would the timer fire, some day?
 * @w: the wire
 * @which: the timer
 */
bool wire_armed(struct wire *w, enum wire_timer which)
{
	if (timer_pending(wire_timer_list(w->sk, which)))
		return true;
	if (!w->expired[which])
		return false;
	switch (which) {
	case WIRE_RTX:
		return wire_es(w)->timers.rtx_is != ETP_TIMER_NONE;
	case WIRE_DELACK:
		return wire_es(w)->rcv.delack;
	default:
		return w->sk->sk_state != TCP_CLOSE;
	}
}

/**
 * wire_due - expect a timer to be set
 * @w: the wire
 * @which: the timer
 * @delay: jiffies from about now
 */
void wire_due(struct wire *w, enum wire_timer which, u32 delay)
{
	long left = wire_timer_list(w->sk, which)->expires - etp_now();
	long slack = HZ / 20 + delay / 10;

	KUNIT_EXPECT_TRUE_MSG(w->test, wire_armed(w, which), "timer %d is off",
			      which);
	KUNIT_EXPECT_LE_MSG(w->test, left, (long)delay + 2, "timer %d", which);
	KUNIT_EXPECT_GE_MSG(w->test, left, (long)delay - slack, "timer %d", which);
}

/**
 * wire_expires - when would a timer fire?
 * @w: the wire, its clock held
 * @which: the timer
 * @when: gets the date, as etp_now() has it
 *
 * Returns false when it is off.
 */
bool wire_expires(struct wire *w, enum wire_timer which, unsigned long *when)
{
	const struct timer_list *t = wire_timer_list(w->sk, which);

	*when = t->expires;
	return timer_pending(t);
}

static void wire_run(void (*fn)(struct timer_list *t), struct timer_list *t)
{
	local_bh_disable();
	fn(t);
	local_bh_enable();
}

/**
 * wire_fire - a timer's date has come
 * @w: the wire
 * @which: the timer, which must be set
 */
void wire_fire(struct wire *w, enum wire_timer which)
{
	struct timer_list *t = wire_timer_list(w->sk, which);

	if (!wire_armed(w, which)) {
		KUNIT_FAIL(w->test, "timer %d is not set", which);
		return;
	}
	w->expired[which] = false;
	/* the timer's reference, which its function drops */
	if (!timer_delete(t))
		sock_hold(w->sk);
	wire_run(wire_fired[which], t);
}

/**
 * wire_fire_request - the SYN|ACK's retransmission timer expires
 * @w: the wire, with a half-open connection
 */
void wire_fire_request(struct wire *w)
{
	struct etp_node *node = wire_node(w);
	struct etp_request *req;

	if (!node || node->kind != ETP_REQUEST) {
		KUNIT_FAIL(w->test, "no half-open connection");
		if (node)
			etp_node_put(node);
		return;
	}
	req = container_of(node, struct etp_request, node);
	if (timer_delete(&req->timer))
		wire_run(req->timer.function, &req->timer);
	else
		KUNIT_FAIL(w->test, "the timer of the request is not set");
	etp_node_put(node);
}

/**
 * wire_node - what the table has for the peer's address
 * @w: the wire
 *
 * Returns it with a reference, see etp_node_put(), or NULL.
 */
struct etp_node *wire_node(struct wire *w)
{
	struct etp_node *node;
	struct etp_key key;

	wire_key(w, &key);
	rcu_read_lock();
	node = etp_lookup(&init_net, &key, 0);
	rcu_read_unlock();
	return node;
}

/**
 * wire_mib - a counter of the namespace
 * @which: ETP_MIB_*
 */
unsigned long wire_mib(unsigned int which)
{
	return etp_mib_sum(&init_net, which);
}

/* ---- Life of a wire ---- */

/* Half of the middle one is the first window, the last one makes a shift of 7. */
static const int wire_rmem[3] = { 4096, 131072, 6291456 };

/**
 * wire_init - a wire for a test (struct kunit_suite.init)
 * @test: the test; its priv becomes the wire
 */
int wire_init(struct kunit *test)
{
	static u16 rport = 40000;
	struct wire *w = kunit_kzalloc(test, sizeof(*w), GFP_KERNEL);

	if (!w)
		return -ENOMEM;
	w->test = test;
	w->route = wire_route_new();
	if (!w->route)
		return -ENOMEM;
	w->rport = rport++;
	w->irs = 1000;
	spin_lock_init(&w->lock);
	w->tw_count = atomic_read(&etp_net(&init_net)->tw_count);
	/* kernels differ in these, and with them the windows we offer */
	memcpy(w->rmem, etp_net(&init_net)->rmem, sizeof(w->rmem));
	memcpy(etp_net(&init_net)->rmem, wire_rmem, sizeof(wire_rmem));
	w->mtu_probing = etp_net(&init_net)->mtu_probing;
	etp_net(&init_net)->mtu_probing = 0;
	test->priv = w;
	spin_lock_bh(&wire_now_lock);
	wire_now = w;
	spin_unlock_bh(&wire_now_lock);
	return 0;
}

/**
 * wire_init6 - a wire over IPv6 for a test (struct kunit_suite.init)
 * @test: the test; its priv becomes the wire
 */
int wire_init6(struct kunit *test)
{
	int err = wire_init(test);
	struct wire *w = test->priv;

	if (err)
		return err;
	w->v6 = true;
	w->route->mtu += sizeof(struct ipv6hdr) - sizeof(struct iphdr);
	return 0;
}

/**
 * wire_end_node - an orphan, a request or a TIME_WAIT object is no longer needed
 * @w: the wire
 */
void wire_end_node(struct wire *w)
{
	struct etp_node *node = wire_node(w);

	if (!node)
		return;
	switch (node->kind) {
	case ETP_FULL:
		local_bh_disable();
		bh_lock_sock(etp_node_sk(node));
		if (etp_node_sk(node)->sk_state != TCP_CLOSE)
			etp_reset(etp_node_sk(node), 0);
		bh_unlock_sock(etp_node_sk(node));
		local_bh_enable();
		break;
	case ETP_REQUEST:
		etp_request_drop(container_of(node, struct etp_request, node));
		break;
	case ETP_TIMEWAIT:
		etp_timewait_kill(container_of(node, struct etp_timewait, node));
		break;
	}
	etp_node_put(node);
}

/**
 * wire_exit - whatever the test left is ended (struct kunit_suite.exit)
 * @test: the test
 *
 * Fails the test when something of it remains.
 */
void wire_exit(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_node *node;

	if (!w)
		return;
	w->watch = NULL;
	if (w->sock)
		wire_abort(w);
	wire_clock_release();
	if (w->listener)
		sock_release(w->listener);
	wire_end_node(w);
	node = wire_node(w);
	KUNIT_EXPECT_PTR_EQ_MSG(test, node, (struct etp_node *)NULL,
				"something stayed in the table");
	if (w->sk) {
		KUNIT_EXPECT_EQ_MSG(test, refcount_read(&w->sk->sk_refcnt), 1U,
				    "the socket is still referenced");
		sock_put(w->sk);
	}
	KUNIT_EXPECT_EQ(test, atomic_read(&etp_net(&init_net)->tw_count),
			w->tw_count);
	memcpy(etp_net(&init_net)->rmem, w->rmem, sizeof(w->rmem));
	etp_net(&init_net)->mtu_probing = w->mtu_probing;
	/* requests drop their listener from an RCU callback, which frees it by one */
	rcu_barrier();
	rcu_barrier();
	spin_lock_bh(&wire_now_lock);
	wire_now = NULL;
	spin_unlock_bh(&wire_now_lock);
	wire_route_free(w);
}
