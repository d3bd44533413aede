// SPDX-License-Identifier: GPL-2.0
/*
 * The wire harness, part one: the address family that captures, a route that
 * leads nowhere, and timers.  See harness.h.
 */
#include "harness.h"
#include <net/inet_ecn.h>
#include <net/dst_ops.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ipv6.h>

/* Ops have no room for private data; tests run one after the other. */
static struct wire *wire_now;
static DEFINE_SPINLOCK(wire_now_lock);

/* What the timers of a socket do, which the harness keeps from happening */
static void (*wire_fired[WIRE_TIMERS])(struct timer_list *t);

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

static void wire_init_child(struct sock *child, const struct sock *listener,
			    const struct etp_request *req, struct dst_entry *dst,
			    struct sk_buff *skb)
{
	wire_set_addresses(child, ntohs(req->node.key.lport),
			   ntohs(req->node.key.rport));
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
 * @delay: jiffies from now; one more is as good
 */
void wire_due(struct wire *w, enum wire_timer which, u32 delay)
{
	long left = wire_timer_list(w->sk, which)->expires - etp_now();

	KUNIT_EXPECT_TRUE_MSG(w->test, wire_armed(w, which), "timer %d is off",
			      which);
	KUNIT_EXPECT_LE_MSG(w->test, left, (long)delay + 1, "timer %d", which);
	KUNIT_EXPECT_GE_MSG(w->test, left, (long)delay, "timer %d", which);
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
 * wire_fire - a timer's date comes
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
	if (timer_delete(t))
		wire_clock_reach(t->expires);
	else
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
	if (timer_delete(&req->timer)) {
		wire_clock_reach(req->timer.expires);
		wire_run(req->timer.function, &req->timer);
	} else {
		KUNIT_FAIL(w->test, "the timer of the request is not set");
	}
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
	/* a second of another test is not this one's */
	etp_net(&init_net)->challenge_at = 0;
	wire_clock_hold();
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
