// SPDX-License-Identifier: GPL-2.0
/*
 * TIME-WAIT, RFC 9293 section 3.6.1, and the long end of an orphan's FIN-WAIT-2:
 * a small object that keeps the place of a connection in the table after its
 * socket is gone.  May touch struct etp_timewait.
 */
#include "internal.h"
#include <net/inet_ecn.h>
#include <net/ipv6.h>

static struct kmem_cache *etp_timewait_cache;

static void etp_timewait_free(struct rcu_head *head)
{
	kmem_cache_free(etp_timewait_cache,
			container_of(head, struct etp_timewait, rcu));
}

/**
 * etp_timewait_put - drop a reference
 * @tw: the object
 */
void etp_timewait_put(struct etp_timewait *tw)
{
	if (refcount_dec_and_test(&tw->node.ref))
		call_rcu(&tw->rcu, etp_timewait_free);
}

/* Out of the table and off its port, once. */
static void etp_timewait_end(struct etp_timewait *tw, enum etp_event event)
{
	if (test_and_set_bit(0, &tw->dead))
		return;
	etp_node_event(&tw->node, tw->substate, event);
	etp_node_remove(&tw->node);
	etp_timewait_put_port(tw);
	atomic_dec(&etp_net(tw->node.net)->tw_count);
	etp_timewait_put(tw);		/* the table's */
}

static void etp_timewait_cut(struct etp_timewait *tw, enum etp_event event)
{
	if (timer_delete(&tw->timer))
		etp_timewait_put(tw);	/* the timer's */
	etp_timewait_end(tw, event);
}

/**
 * etp_timewait_kill - end it before its time
 * @tw: the object, referenced by the caller
 *
 * Any context but the timer's own.
 */
void etp_timewait_kill(struct etp_timewait *tw)
{
	etp_timewait_cut(tw, ETP_EV_TIMEOUT);
}

static void etp_timewait_timer(struct timer_list *t)
{
	struct etp_timewait *tw = etp_timer_of(tw, t, timer);

	etp_timewait_end(tw, ETP_EV_TIMEOUT);
	etp_timewait_put(tw);		/* the timer's */
}

/* Not one that has fired or was stopped: the object is ending, and a timer that ran
 * once more would find the module gone.
 */
static void etp_timewait_arm(struct etp_timewait *tw, u32 timeout)
{
	mod_timer_pending(&tw->timer, etp_now() + timeout);
}

static struct etp_timewait *etp_timewait_alloc(struct sock *sk, int substate)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_net *en = etp_net(sock_net(sk));
	struct etp_timewait *tw;

	if (atomic_read(&en->tw_count) >= READ_ONCE(en->max_tw_buckets))
		return NULL;
	tw = kmem_cache_zalloc(etp_timewait_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!tw)
		return NULL;
	tw->node.key = es->node.key;
	tw->node.net = sock_net(sk);
	tw->node.hash = es->node.hash;
	tw->node.kind = ETP_TIMEWAIT;
	refcount_set(&tw->node.ref, 1);		/* the table's */
	tw->af = es->af;
	tw->family = sk->sk_family;
	tw->substate = substate;
	tw->snd_nxt = es->snd.nxt;
	tw->rcv_nxt = es->rcv.nxt;
	tw->rcv_wnd = etp_rwnd_left(&es->rcv);
	tw->rcv_wscale = es->rcv.wscale;
	tw->peer = es->peer;
	tw->tos = etp_tos(sk, es->af->family) & ~INET_ECN_MASK;
	tw->mark = READ_ONCE(sk->sk_mark);
	tw->txhash = sk->sk_txhash;
	/* in TIME_WAIT inet6_sk() would no longer know it */
	if (es->af->family == AF_INET6)
		tw->label = inet_sk(sk)->pinet6->flow_label & IPV6_FLOWLABEL_MASK;
	tw->bound = sk->sk_bound_dev_if != 0;
	timer_setup(&tw->timer, etp_timewait_timer, TIMER_PINNED);
	return tw;
}

/**
 * etp_timewait_enter - a small object takes the socket's place
 * @sk: the socket, locked; CLOSED when this returns
 * @substate: TCP_TIME_WAIT, or TCP_FIN_WAIT2 while FIN is still to come
 * @timeout: jiffies
 *
 * Softirq, or process context with BHs off or on.  With too many of them the
 * connection just ends.
 */
void etp_timewait_enter(struct sock *sk, int substate, u32 timeout)
{
	struct etp_timewait *tw = etp_timewait_alloc(sk, substate);

	if (!tw) {
		ETP_INC(sock_net(sk), TimeWaitOverflow);
		etp_done(sk);
		return;
	}
	local_bh_disable();
	if (substate == TCP_TIME_WAIT)
		ETP_INC(sock_net(sk), TW);
	atomic_inc(&etp_net(sock_net(sk))->tw_count);
	etp_timewait_port(tw, sk);
	/* armed before anybody can find it, so that it always ends */
	refcount_inc(&tw->node.ref);		/* the timer's */
	mod_timer(&tw->timer, etp_now() + timeout);
	if (!etp_node_replace(&etp_sk(sk)->node, &tw->node)) {
		refcount_inc(&tw->node.ref);
		etp_timewait_kill(tw);
		etp_timewait_put(tw);
	}
	etp_done(sk);
	local_bh_enable();
}

/**
 * etp_fin_wait2_orphan - our FIN is acknowledged and the program has gone
 * @sk: the socket, locked, in FIN_WAIT2
 *
 * RFC 9293 has no limit here; a peer that never closes must not keep memory for
 * ever.  A long wait begins in the socket, the end is waited for in a small
 * object.
 */
void etp_fin_wait2_orphan(struct sock *sk)
{
	u32 timeout = etp_fin_timeout(sk);

	if (timeout > ETP_TIMEWAIT_LEN)
		etp_timer_keepalive(sk, timeout - ETP_TIMEWAIT_LEN);
	else
		etp_timewait_enter(sk, TCP_FIN_WAIT2, timeout);
}

static void etp_timewait_ack(struct etp_timewait *tw, const struct etp_key *key)
{
	struct etp_reply reply = {
		.net	= tw->node.net,
		.key	= key,
		.seq	= tw->snd_nxt,
		.ack	= tw->rcv_nxt,
		.wnd	= min(tw->rcv_wnd >> tw->rcv_wscale, 65535U),
		.flags	= ETP_ACK,
		.opts	= tw->peer.ts_ok ? ETP_OPT_TS : 0,
		.tsval	= etp_ts(&tw->peer, etp_clock_us()),
		.tsecr	= tw->peer.ts_recent,
		.tos	= tw->tos,
		.mark	= tw->mark,
		.txhash	= tw->txhash,
		.label	= tw->label,
		.bound	= tw->bound,
	};

	etp_reply_send(&reply, tw->af);
}

static bool etp_timewait_old_ts(const struct etp_timewait *tw,
				const struct etp_segment *seg)
{
	return tw->peer.ts_ok && (seg->opts & ETP_OPT_TS) &&
	       (s32)(tw->peer.ts_recent - seg->tsval) > 0;
}

/* Would anybody take a new connection? */
static bool etp_timewait_listener(const struct etp_timewait *tw,
				  struct sk_buff *skb, const struct etp_key *key)
{
	const struct etp_segment *seg = etp_seg(skb);

	return etp_lookup_listener(tw->node.net, key, seg->iif, seg->sdif, skb);
}

/* RFC 6191: is this SYN newer than all that the old connection sent? */
static bool etp_timewait_new_syn(const struct etp_timewait *tw,
				 const struct etp_segment *seg)
{
	if ((seg->flags & (ETP_SYN | ETP_ACK | ETP_RST | ETP_FIN)) != ETP_SYN)
		return false;
	if (seq_gt(seg->seq, tw->rcv_nxt))
		return !etp_timewait_old_ts(tw, seg);
	return tw->peer.ts_ok && (seg->opts & ETP_OPT_TS) &&
	       (s32)(tw->peer.ts_recent - seg->tsval) < 0;
}

/* "Seventh" and "eighth" while FIN is awaited: nobody can read data, so data ends
 * it, RFC 9293 section 3.6.1.
 */
static void etp_timewait_fin_wait2(struct etp_timewait *tw, struct sk_buff *skb,
				   const struct etp_key *key)
{
	const struct etp_segment *seg = etp_seg(skb);
	bool fin = seg->flags & ETP_FIN;

	if (seq_gt(seg->end_seq - fin, tw->rcv_nxt) && seg->end_seq - fin != seg->seq) {
		ETP_INC(tw->node.net, AbortOnData);
		etp_timewait_cut(tw, ETP_EV_ABORT);
		etp_reply_rst(tw->node.net, skb, key, tw->af);
		return;
	}
	if (!fin)
		return;
	/* one that comes early is not kept, and will come again */
	if (seg->end_seq == tw->rcv_nxt + 1) {
		tw->rcv_nxt = seg->end_seq;
		tw->substate = etp_node_event(&tw->node, tw->substate,
					      ETP_EV_RCV_FIN);
		if (tw->peer.ts_ok && (seg->opts & ETP_OPT_TS))
			tw->peer.ts_recent = seg->tsval;
		ETP_INC(tw->node.net, TW);
		etp_timewait_arm(tw, ETP_TIMEWAIT_LEN);
	}
	etp_timewait_ack(tw, key);
}

/* Steps one to four; true when the segment goes on. */
static bool etp_timewait_check(struct etp_timewait *tw,
			       const struct etp_segment *seg,
			       const struct etp_key *key)
{
	enum etp_verdict verdict = etp_validate(tw->rcv_nxt, tw->rcv_wnd, seg);

	if (etp_paws_reject(&tw->peer, seg)) {
		ETP_INC(tw->node.net, PAWSEstab);
		verdict = ETP_OUTSIDE;
	/* "fifth": an ACK of what we never sent; old ones do no harm any more */
	} else if (verdict == ETP_PASS && (seg->flags & ETP_ACK) &&
		   seq_gt(seg->ack, tw->snd_nxt)) {
		verdict = ETP_CHALLENGE;
	}
	if (verdict == ETP_RESET)
		etp_timewait_cut(tw, ETP_EV_RCV_RST);
	else if (etp_may_answer(tw->node.net, verdict, seg, &tw->oow_at))
		etp_timewait_ack(tw, key);
	return verdict == ETP_PASS && (seg->flags & ETP_ACK);
}

/**
 * etp_timewait_rcv - a segment for a connection in TIME-WAIT
 * @tw: the object, referenced by the caller
 * @skb: segment; not consumed
 * @key: its addresses
 * @iss: where a new connection must begin, when true is returned
 *
 * RFC 9293 section 3.10.7.4 with RFC 1337 and RFC 6191.  Softirq.  Returns true
 * when the segment opens a new connection; the object is dead then.
 */
bool etp_timewait_rcv(struct etp_timewait *tw, struct sk_buff *skb,
		      const struct etp_key *key, u32 *iss)
{
	const struct etp_segment *seg = etp_seg(skb);
	const struct etp_net *en = etp_net(tw->node.net);

	if (READ_ONCE(tw->substate) == TCP_FIN_WAIT2) {
		if (etp_timewait_check(tw, seg, key))
			etp_timewait_fin_wait2(tw, skb, key);
		return false;
	}
	/* RFC 1337: an old one must not end the wait */
	if ((seg->flags & ETP_RST) && READ_ONCE(en->rfc1337))
		return false;
	if (etp_timewait_new_syn(tw, seg) && etp_timewait_listener(tw, skb, key)) {
		*iss = tw->snd_nxt + 65535 + 2;
		if (!*iss)
			*iss = 1;
		ETP_INC(tw->node.net, TWRecycled);
		etp_timewait_cut(tw, ETP_EV_RCV_SYN);
		return true;
	}
	/* The FIN again: our ACK was lost; wait from here. */
	if ((seg->flags & (ETP_FIN | ETP_SYN | ETP_RST)) == ETP_FIN &&
	    seg->end_seq == tw->rcv_nxt && !etp_paws_reject(&tw->peer, seg))
		etp_timewait_arm(tw, ETP_TIMEWAIT_LEN);
	/* What is left in the window is text that nobody reads.  A bare ACK needs
	 * no answer: two that wait for each other would never end.
	 */
	if (etp_timewait_check(tw, seg, key) && seg->end_seq != seg->seq)
		etp_timewait_ack(tw, key);
	return false;
}

/**
 * etp_timewait_reusable - may connect() step in its place? RFC 6191
 * @tw: the object
 * @iss: gets an ISS beyond all that was sent
 * @peer: gets ts_recent and ts_recent_at
 *
 * Only timestamps prove that the new connection is newer.  Any context.
 */
bool etp_timewait_reusable(const struct etp_timewait *tw, u32 *iss,
			   struct etp_peer *peer)
{
	const struct etp_net *en = etp_net(tw->node.net);
	int reuse = READ_ONCE(en->reuse_tw);

	/* 2: between addresses of this host only */
	if (reuse == 2)
		reuse = ipv6_addr_equal(&tw->node.key.laddr, &tw->node.key.raddr) ||
			ipv6_addr_loopback(&tw->node.key.raddr) ||
			(ipv6_addr_v4mapped(&tw->node.key.raddr) &&
			 ipv4_is_loopback(tw->node.key.raddr.s6_addr32[3]));
	if (!reuse || !tw->peer.ts_ok || tw->substate != TCP_TIME_WAIT ||
	    etp_seconds() - tw->peer.ts_recent_at < 1)
		return false;
	*iss = tw->snd_nxt + 65535 + 2;
	if (!*iss)
		*iss = 1;
	*peer = tw->peer;
	return true;
}

/**
 * etp_timewait_purge - a network namespace ends
 * @net: the namespace
 *
 * Process context; no socket of @net is left.
 */
void etp_timewait_purge(struct net *net)
{
	struct etp_walk walk = {};
	struct etp_node *node = etp_walk_first(net, &walk);

	while (node) {
		if (node->kind != ETP_TIMEWAIT) {
			node = etp_walk_next(net, &walk, node);
			continue;
		}
		refcount_inc(&node->ref);
		etp_walk_stop(&walk);
		etp_timewait_kill((struct etp_timewait *)node);
		etp_timewait_put((struct etp_timewait *)node);
		walk = (struct etp_walk) { .bucket = walk.bucket };
		node = etp_walk_first(net, &walk);
	}
	/* one that is just ending on another CPU still counts itself off */
	while (atomic_read(&etp_net(net)->tw_count))
		cond_resched();
}

/**
 * etp_timewait_init - make the cache
 *
 * Process context.  Returns 0 or -ENOMEM.
 */
int etp_timewait_init(void)
{
	etp_timewait_cache = KMEM_CACHE(etp_timewait, SLAB_HWCACHE_ALIGN);
	return etp_timewait_cache ? 0 : -ENOMEM;
}

/**
 * etp_timewait_exit - undo etp_timewait_init()
 *
 * Process context; all objects are gone, their RCU callbacks may be pending.
 */
void etp_timewait_exit(void)
{
	synchronize_rcu();	/* for a timer that is just returning */
	rcu_barrier();
	kmem_cache_destroy(etp_timewait_cache);
}
