// SPDX-License-Identifier: GPL-2.0
/*
 * Passive open: listen(), the requests that stand for half-open connections, the
 * accept queue and accept().  May touch struct etp_request and struct
 * etp_accept_queue.
 *
 * A SYN costs a request, not a socket, and takes no lock of the listener's but
 * that of the queue; an old duplicate SYN whose handshake never completes costs
 * nothing else (RFC 9293 section 3.5, figure 9).
 */
#include "internal.h"
#include <net/inet_ecn.h>

static struct kmem_cache *etp_request_cache;

/* ---- Life of a request ---- */

static void etp_request_free(struct rcu_head *head)
{
	struct etp_request *req = container_of(head, struct etp_request, rcu);

	sock_put(req->listener);
	kfree(req->route);
	kmem_cache_free(etp_request_cache, req);
}

/**
 * etp_request_put - drop a reference
 * @req: the request
 */
void etp_request_put(struct etp_request *req)
{
	if (refcount_dec_and_test(&req->node.ref))
		call_rcu(&req->rcu, etp_request_free);
}

/* It leaves the listener's queue and the timer; true for the one who does it. */
static bool etp_request_end(struct etp_request *req)
{
	struct etp_accept_queue *queue = etp_sk(req->listener)->accept_queue;

	if (test_and_set_bit(0, &req->dead))
		return false;
	spin_lock_bh(&queue->lock);
	list_del_init(&req->listen_link);
	queue->requests--;
	spin_unlock_bh(&queue->lock);
	if (timer_delete(&req->timer))
		etp_request_put(req);		/* the timer's */
	return true;
}

static void etp_request_over(struct etp_request *req, enum etp_event event)
{
	if (!etp_request_end(req))
		return;
	etp_node_event(&req->node, TCP_SYN_RECV, event);
	etp_node_remove(&req->node);
	etp_request_put(req);			/* the table's */
}

/**
 * etp_request_drop - give up a half-open connection
 * @req: the request, referenced by the caller
 *
 * Any context.
 */
void etp_request_drop(struct etp_request *req)
{
	etp_request_over(req, ETP_EV_ABORT);
}

/* What goes to the peer while the handshake lasts */
static void etp_request_reply(struct etp_request *req, u8 flags)
{
	struct etp_reply reply = {
		.net	= req->node.net,
		.key	= &req->node.key,
		.seq	= req->iss + !(flags & ETP_SYN),
		.ack	= req->irs + 1,
		.wnd	= min(req->rcv_wnd, 65535U),
		.flags	= flags,
		.opts	= req->peer.ts_ok ? ETP_OPT_TS : 0,
		.mss	= req->advmss,
		.wscale	= req->rcv_wscale,
		.tsval	= etp_ts(&req->peer, etp_clock_us()),
		.tsecr	= req->peer.ts_recent,
		.tos	= req->tos,
		.mark	= req->mark,
		.bound	= req->node.key.dif != 0,
		.txhash	= READ_ONCE(req->txhash),
		.label	= req->label,
		.route	= req->route,
		.sk	= req->listener,
	};

	if (!(flags & ETP_SYN)) {
		reply.wnd = min(req->rcv_wnd >> req->rcv_wscale, 65535U);
	} else {
		reply.opts |= ETP_OPT_MSS;
		if (req->peer.sack_ok)
			reply.opts |= ETP_OPT_SACK_OK;
		if (req->peer.wscale_ok)
			reply.opts |= ETP_OPT_WSCALE;
	}
	etp_reply_send(&reply, req->af);
}

static void etp_request_synack(struct etp_request *req)
{
	/* RFC 3168 section 6.1.1: one bit agrees */
	etp_request_reply(req, ETP_SYN | ETP_ACK | (req->peer.ecn_ok ? ETP_ECE : 0));
}

/* ETP_DEFER_ACCEPT: until this time has passed accept() is for data only.  Each
 * SYN|ACK waits twice as long as the last one, so their number is the clock.
 */
static bool etp_request_deferred(const struct etp_request *req)
{
	u32 defer = READ_ONCE(etp_sk(req->listener)->timers.defer_accept);

	return defer && req->retries < 16 &&
	       ((ETP_RTO_INIT / HZ) << req->retries) - 1 < defer;
}

static void etp_request_timer(struct timer_list *t)
{
	struct etp_request *req = etp_timer_of(req, t, timer);
	const struct etp_net *en = etp_net(req->node.net);
	u32 limit = etp_sk(req->listener)->timers.syn_retries ?:
		    READ_ONCE(en->synack_retries);

	if (READ_ONCE(req->listener->sk_state) != TCP_LISTEN ||
	    req->retries >= limit) {
		etp_request_over(req, ETP_EV_TIMEOUT);
	} else if (!test_bit(0, &req->dead)) {
		req->retries++;
		WRITE_ONCE(req->sent_us, 0);	/* Karn's rule */
		/* a peer that has answered is asked again when its time is up */
		if (!req->acked || !etp_request_deferred(req)) {
			ETP_INC(req->node.net, ReqRetrans);
			ETP_INC(req->node.net, RetransSegs);
			/* perhaps there is another path that works */
			if (READ_ONCE(req->listener->sk_txrehash) == SOCK_TXREHASH_ENABLED)
				WRITE_ONCE(req->txhash, net_tx_rndhash());
			etp_request_synack(req);
		}
		refcount_inc(&req->node.ref);
		if (mod_timer(&req->timer, etp_now() +
			      min_t(u32, ETP_RTO_INIT << min_t(u8, req->retries, 10),
				    ETP_RTO_MAX)))
			etp_request_put(req);
		/* it ended meanwhile, and whoever did it found no timer to stop */
		if (test_bit(0, &req->dead) && timer_delete(&req->timer))
			etp_request_put(req);
	}
	etp_request_put(req);			/* the timer's */
}

/* ---- A SYN ---- */

static struct etp_request *etp_request_new(struct sock *sk, struct sk_buff *skb,
					   const struct etp_key *key,
					   const struct etp_af_ops *af)
{
	struct etp_request *req = kmem_cache_zalloc(etp_request_cache,
						    GFP_ATOMIC | __GFP_NOWARN);

	if (!req)
		return NULL;
	/* found under RCU, without a reference: it may be on its way out */
	if (!refcount_inc_not_zero(&sk->sk_refcnt)) {
		kmem_cache_free(etp_request_cache, req);
		return NULL;
	}
	req->node.key = *key;
	req->node.key.dif = etp_bound_dif(sk, key, etp_seg(skb)->sdif);
	req->node.net = sock_net(sk);
	req->node.kind = ETP_REQUEST;
	refcount_set(&req->node.ref, 2);	/* the table's and the caller's */
	req->af = af;
	req->listener = sk;
	req->mark = inet_request_mark(sk, skb);
	req->tos = etp_tos(sk, af->family);
	req->txhash = net_tx_rndhash();
	if (af == &etp_ipv4_ops)
		req->route = etp_srcroute_of(skb);
	else if (af->family == AF_INET6)
		req->label = etp_ipv6_syn_label(sk, skb);
	timer_setup(&req->timer, etp_request_timer, TIMER_PINNED);
	return req;
}

/* What the SYN says and what the listener will answer. */
static bool etp_request_negotiate(struct etp_request *req,
				  const struct etp_segment *seg, u32 iss)
{
	struct sock *sk = req->listener;
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(req->node.net);
	struct dst_entry *dst = req->af->request_route(sk, req);
	u32 max_space = max_t(u32, READ_ONCE(en->rmem[2]), sk->sk_rcvbuf);

	if (!dst)
		return false;
	req->advmss = etp_advertised_mss(es->snd.user_mss, dst, req->af);
	dst_release(dst);

	req->irs = seg->seq;
	req->iss = iss ?: etp_isn(&req->node.key);
	req->snd_wnd = seg->wnd;
	req->sent_us = etp_clock_us();
	req->peer.ts_offset = etp_ts_offset(req->node.net, &req->node.key);
	etp_agree_options(&req->peer, seg, en, es->snd.user_mss, req->af->family);
	if (req->peer.wscale_ok) {
		req->snd_wscale = seg->wscale;
		if (seg->wscale_cut)
			ETP_INC(req->node.net, WindowScaleCut);
	}
	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		max_space = sk->sk_rcvbuf;
	etp_rwnd_initial(sk->sk_rcvbuf,
			 req->advmss - (req->peer.ts_ok ? ETP_TSOPT_LEN : 0),
			 es->rcv.user_clamp, req->peer.wscale_ok, max_space, &req->rcv_wnd,
			 &req->rcv_wscale);
	return true;
}

/* Into the listener's queue and the table.  False when either won't have it. */
static bool etp_request_enter(struct etp_request *req)
{
	struct etp_accept_queue *queue = etp_sk(req->listener)->accept_queue;
	bool entered = false;

	spin_lock_bh(&queue->lock);
	if (queue->open && !etp_node_insert(&req->node, NULL)) {
		list_add_tail(&req->listen_link, &queue->pending);
		queue->requests++;
		entered = true;
		refcount_inc(&req->node.ref);	/* the timer's */
		mod_timer(&req->timer, etp_now() + ETP_RTO_INIT);
	}
	spin_unlock_bh(&queue->lock);
	return entered;
}

static bool etp_listen_full(struct sock *sk)
{
	const struct etp_accept_queue *queue = etp_sk(sk)->accept_queue;
	struct net *net = sock_net(sk);

	if (sk_acceptq_is_full(sk)) {
		ETP_INC(net, ListenOverflows);
		return true;
	}
	/* half-open ones must not take all the memory */
	return READ_ONCE(queue->requests) >=
	       max_t(u32, READ_ONCE(sk->sk_max_ack_backlog),
		     READ_ONCE(etp_net(net)->max_syn_backlog));
}

/**
 * etp_listen_rcv - a segment for a listener, RFC 9293 section 3.10.7.2
 * @sk: the listener, not locked; under RCU
 * @skb: segment; not consumed
 * @key: its addresses
 * @af: family it came in by
 * @iss: our initial sequence number when it follows a TIME-WAIT, else 0
 *
 * Softirq.  Returns true when the answer is RST.
 */
bool etp_listen_rcv(struct sock *sk, struct sk_buff *skb,
		    const struct etp_key *key, const struct etp_af_ops *af, u32 iss)
{
	const struct etp_segment *seg = etp_seg(skb);
	struct etp_request *req;

	if (seg->flags & ETP_RST)			/* first */
		return false;
	if (seg->flags & ETP_ACK)			/* second */
		return true;
	/* third; SYN with FIN makes no sense to anybody honest */
	if (!(seg->flags & ETP_SYN) || (seg->flags & ETP_FIN))
		return false;
	if (etp_listen_full(sk) || !etp_admit_syn(sk, skb, key, af->family))
		goto drop;
	req = etp_request_new(sk, skb, key, af);
	if (!req)
		goto drop;
	if (!etp_request_negotiate(req, seg, iss) || !etp_request_enter(req)) {
		etp_request_put(req);
		etp_request_put(req);
		goto drop;
	}
	etp_node_event(&req->node, TCP_LISTEN, ETP_EV_RCV_SYN);
	etp_request_synack(req);
	etp_request_put(req);
	return false;
drop:
	ETP_INC(sock_net(sk), ListenDrops);
	return false;
}

/* ---- The rest of the handshake ---- */

/* The SYN again: our answer was lost, or is on its way. */
static bool etp_request_syn_again(struct etp_request *req,
				  const struct etp_segment *seg)
{
	const struct etp_net *en = etp_net(req->node.net);
	u32 limit = READ_ONCE(en->invalid_ratelimit);

	if (seg->seq != req->irs ||
	    (seg->flags & (ETP_SYN | ETP_ACK | ETP_RST)) != ETP_SYN)
		return false;
	if (etp_ratelimit(&req->oow_at, msecs_to_jiffies(limit)))
		etp_request_synack(req);
	return true;
}

/* RFC 9293 section 3.10.7.4 for SYN-RECEIVED.  True: the ACK is right. */
static bool etp_request_check(struct etp_request *req, struct sk_buff *skb)
{
	const struct etp_segment *seg = etp_seg(skb);
	struct net *net = req->node.net;
	enum etp_verdict verdict;

	if (etp_request_syn_again(req, seg))
		return false;
	verdict = etp_validate(req->irs + 1, req->rcv_wnd, seg); /* to fourth */
	if (etp_paws_reject(&req->peer, seg)) {
		ETP_INC(net, PAWSEstab);
		verdict = ETP_OUTSIDE;
	}
	if (verdict == ETP_RESET) {
		ETP_INC(net, EmbryonicRsts);
		etp_request_over(req, ETP_EV_RCV_RST);
		return false;
	}
	if (verdict != ETP_PASS) {
		if (etp_may_answer(net, verdict, seg, &req->oow_at))
			etp_request_reply(req, ETP_ACK);
		return false;
	}
	if (!(seg->flags & ETP_ACK))			/* fifth */
		return false;
	if (seg->ack != req->iss + 1) {
		etp_reply_rst(net, skb, &req->node.key, req->af);
		return false;
	}
	return true;
}

/* sk_clone_lock() took the lock, which a checker of locks can't see. */
static void etp_child_unlock(struct sock *child)
{
	__acquire(&child->sk_lock.slock);
	bh_unlock_sock(child);
}

/* A child that came too late for its listener or lost a race. */
static void etp_child_discard(struct sock *child)
{
	struct etp_sock *es = etp_sk(child);

	es->listener = NULL;
	sock_orphan(child);
	etp_orphan_begins();
	etp_event(child, ETP_EV_ABORT);
	etp_done(child);
	etp_child_unlock(child);
	sock_put(child);
}

/**
 * etp_request_rcv - a segment for a half-open connection
 * @req: the request, referenced by the caller
 * @skb: segment; not consumed
 *
 * Softirq.  Returns a child in SYN_RECV, locked and in the table, that the
 * segment must be given to, followed by etp_child_ready(); else NULL.
 */
struct sock *etp_request_rcv(struct etp_request *req, struct sk_buff *skb)
{
	const struct etp_segment *seg = etp_seg(skb);
	struct sock *sk = req->listener;
	struct net *net = req->node.net;
	struct dst_entry *dst;
	struct sock *child;

	if (!etp_request_check(req, skb))
		return NULL;
	if (etp_request_deferred(req) && seg->end_seq == seg->seq) {
		req->acked = 1;
		return NULL;
	}
	if (sk_acceptq_is_full(sk)) {
		ETP_INC(net, ListenOverflows);
		if (READ_ONCE(etp_net(net)->abort_on_overflow)) {
			etp_reply_rst(net, skb, &req->node.key, req->af);
			etp_request_drop(req);
		}
		/* else the SYN|ACK goes again, and perhaps there is room then */
		req->acked = 1;
		return NULL;
	}
	dst = req->af->request_route(sk, req);
	if (!dst)
		return NULL;
	child = etp_create_child(sk, req, dst, skb);
	if (!child) {
		ETP_INC(net, ListenDrops);
		return NULL;
	}
	if (!etp_node_replace(&req->node, &etp_sk(child)->node)) {
		/* another segment was quicker */
		etp_child_discard(child);
		return NULL;
	}
	if (etp_request_end(req))
		etp_request_put(req);		/* the table's */
	ETP_INC(net, PassiveOpens);
	return child;
}

/**
 * etp_child_ready - the child has had the segment that made it
 * @child: from etp_request_rcv(), its spinlock held; unlocked and released here
 *
 * Softirq.  Hands it to accept(), unless the listener has gone meanwhile or the
 * segment ended the connection.
 */
void etp_child_ready(struct sock *child)
{
	struct etp_sock *es = etp_sk(child);
	struct sock *sk = es->listener;
	struct etp_accept_queue *queue = etp_sk(sk)->accept_queue;
	bool queued = false;

	sock_hold(sk);
	spin_lock(&queue->lock);
	if (queue->open && child->sk_state != TCP_CLOSE) {
		list_add_tail(&es->accept_link, &queue->ready);
		sk_acceptq_added(sk);
		queued = true;
	}
	spin_unlock(&queue->lock);
	if (queued) {
		etp_child_unlock(child);
		sk->sk_data_ready(sk);
		sock_put(child);
	} else {
		if (child->sk_state != TCP_CLOSE)
			etp_send_rst(child, GFP_ATOMIC);
		etp_child_discard(child);
	}
	sock_put(sk);
}

/* ---- The socket side ---- */

/* Few sockets ever listen: it is there from the first time on, until the socket is gone. */
static int etp_listen_queue(struct etp_sock *es)
{
	struct etp_accept_queue *queue;

	if (es->accept_queue)
		return 0;
	queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return -ENOMEM;
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->ready);
	INIT_LIST_HEAD(&queue->pending);
	es->accept_queue = queue;
	return 0;
}

/**
 * etp_listen - listen(), RFC 9293 section 3.10.1
 * @sock: the socket
 * @backlog: how many connections may wait for accept()
 *
 * Process context.  Returns 0, -EINVAL when the socket is connected, -ENOMEM, or
 * what binding to a port said.
 */
int etp_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	struct etp_accept_queue *queue;
	int err = 0;

	lock_sock(sk);
	if (sock->state != SS_UNCONNECTED || sock->type != SOCK_STREAM ||
	    !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))) {
		err = -EINVAL;
		goto out;
	}
	WRITE_ONCE(sk->sk_max_ack_backlog, backlog);
	if (sk->sk_state == TCP_LISTEN)
		goto out;
	err = etp_listen_queue(etp_sk(sk));
	if (err)
		goto out;
	sk->sk_ack_backlog = 0;
	queue = etp_sk(sk)->accept_queue;
	spin_lock_bh(&queue->lock);
	queue->open = true;
	spin_unlock_bh(&queue->lock);
	/* Bound to a port already: it is checked again, for listeners conflict. */
	etp_event(sk, ETP_EV_PASSIVE_OPEN);
	err = sk->sk_prot->get_port(sk, inet_sk(sk)->inet_num);
	if (!err) {
		inet_sk(sk)->inet_sport = htons(inet_sk(sk)->inet_num);
		sk_dst_reset(sk);
		err = etp_listener_insert(sk);
	}
	if (err) {
		queue->open = false;
		etp_event(sk, ETP_EV_CLOSE);
	}
out:
	release_sock(sk);
	return err;
}

/* Nobody will accept it any more: RFC 9293 section 3.10.4 has no case for this,
 * programs know it as a reset.
 */
static void etp_child_abort(struct sock *child)
{
	local_bh_disable();
	bh_lock_sock(child);
	etp_sk(child)->listener = NULL;
	sock_hold(child);
	sock_orphan(child);
	etp_orphan_begins();
	if (child->sk_state != TCP_CLOSE) {
		etp_send_rst(child, GFP_ATOMIC);
		etp_event(child, ETP_EV_ABORT);
	}
	etp_done(child);
	bh_unlock_sock(child);
	local_bh_enable();
	sock_put(child);
}

/**
 * etp_listen_stop - a listener closes: its half-open connections are forgotten,
 *	those that wait for accept() are reset
 * @sk: the listener, locked; already out of LISTEN or about to be
 *
 * Process context.
 */
void etp_listen_stop(struct sock *sk)
{
	struct etp_accept_queue *queue = etp_sk(sk)->accept_queue;
	struct etp_request *req;
	struct etp_sock *child;

	etp_listener_remove(sk);
	spin_lock_bh(&queue->lock);
	queue->open = false;
	while ((req = list_first_entry_or_null(&queue->pending, struct etp_request,
					       listen_link))) {
		if (!refcount_inc_not_zero(&req->node.ref)) {
			list_del_init(&req->listen_link);
			continue;
		}
		spin_unlock_bh(&queue->lock);
		etp_request_drop(req);
		etp_request_put(req);
		/* one that ends elsewhere takes itself off the list */
		cond_resched();
		spin_lock_bh(&queue->lock);
	}
	while ((child = list_first_entry_or_null(&queue->ready, struct etp_sock,
						 accept_link))) {
		list_del_init(&child->accept_link);
		sk_acceptq_removed(sk);
		spin_unlock_bh(&queue->lock);
		etp_child_abort((struct sock *)child);
		spin_lock_bh(&queue->lock);
	}
	spin_unlock_bh(&queue->lock);
}

static struct sock *etp_accept_first(struct sock *sk)
{
	struct etp_accept_queue *queue = etp_sk(sk)->accept_queue;
	struct etp_sock *child;

	spin_lock_bh(&queue->lock);
	child = list_first_entry_or_null(&queue->ready, struct etp_sock,
					 accept_link);
	if (child) {
		list_del_init(&child->accept_link);
		sk_acceptq_removed(sk);
	}
	spin_unlock_bh(&queue->lock);
	return (struct sock *)child;
}

static int etp_accept_wait(struct sock *sk, long timeo)
{
	DEFINE_WAIT(wait);
	int err = 0;

	for (;;) {
		prepare_to_wait_exclusive(sk_sleep(sk), &wait, TASK_INTERRUPTIBLE);
		release_sock(sk);
		if (list_empty(&etp_sk(sk)->accept_queue->ready))
			timeo = schedule_timeout(timeo);
		sched_annotate_sleep();
		lock_sock(sk);
		if (!list_empty(&etp_sk(sk)->accept_queue->ready))
			break;
		err = -EINVAL;
		if (sk->sk_state != TCP_LISTEN)
			break;
		err = sock_intr_errno(timeo);
		if (signal_pending(current))
			break;
		err = -EAGAIN;
		if (!timeo)
			break;
		err = 0;
	}
	finish_wait(sk_sleep(sk), &wait);
	return list_empty(&etp_sk(sk)->accept_queue->ready) ? err : 0;
}

/**
 * etp_accept - accept()
 * @sk: the listener
 * @flags: O_NONBLOCK
 * @err: gets the errno when NULL is returned: -EINVAL for a socket that does not
 *	listen, -EAGAIN, or what a signal means
 * @kern: unused
 *
 * Process context.
 */
struct sock *etp_accept(struct sock *sk, int flags, int *err, bool kern)
{
	struct sock *child = NULL;

	lock_sock(sk);
	*err = -EINVAL;
	if (sk->sk_state != TCP_LISTEN)
		goto out;
	for (;;) {
		long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);

		child = etp_accept_first(sk);
		if (child)
			break;
		*err = -EAGAIN;
		if (!timeo)
			break;
		*err = etp_accept_wait(sk, timeo);
		if (*err)
			break;
	}
	if (child) {
		*err = 0;
		etp_sk(child)->listener = NULL;
	}
out:
	release_sock(sk);
	return child;
}

/**
 * etp_listen_init - make the cache of requests
 *
 * Process context.  Returns 0 or -ENOMEM.
 */
int etp_listen_init(void)
{
	etp_request_cache = KMEM_CACHE(etp_request, SLAB_HWCACHE_ALIGN);
	return etp_request_cache ? 0 : -ENOMEM;
}

/**
 * etp_listen_exit - undo etp_listen_init()
 *
 * Process context; all requests are gone, their RCU callbacks may be pending.
 */
void etp_listen_exit(void)
{
	synchronize_rcu();	/* for a timer that is just returning */
	rcu_barrier();
	kmem_cache_destroy(etp_request_cache);
}
