// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a socket: birth, close, abort, disconnect, shutdown, death; poll and
 * ioctl.  May touch struct sock and empty the rooms; what runs on the wire while a
 * connection lives is elsewhere.
 */
#include "internal.h"
#include <asm/ioctls.h>
#include <linux/sockios.h>
#include <net/inet_common.h>
#include <net/xfrm.h>

atomic_long_t etp_memory_allocated;
unsigned long etp_memory_pressure;
struct percpu_counter etp_sockets_allocated;
struct percpu_counter etp_orphans;

/* ---- Birth ---- */

/**
 * etp_init_rooms - empty rooms, with the program's options kept
 * @sk: a new socket, a child just cloned, or a socket that was disconnected; its
 *	queues are empty and its timers off
 */
void etp_init_rooms(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));
	struct etp_snd snd = {
		.user_mss = es->snd.user_mss,
		.mss = ETP_MSS_DEFAULT,
		.gso_max = ETP_MSS_DEFAULT,
		.mss_clamp = 65535,
		.nagle = es->snd.nagle & (ETP_NAGLE_OFF | ETP_NAGLE_CORK),
		.notsent_lowat = es->snd.notsent_lowat,
	};
	struct etp_rcv rcv = {
		.user_clamp = es->rcv.user_clamp,
		.tell_inq = es->rcv.tell_inq,
		.mss = ETP_MSS_DEFAULT,
	};

	es->snd = snd;
	es->rcv = rcv;
	etp_reasm_init(&es->rcv.reasm);
	etp_rtt_init(&es->rtt);
	etp_rec_init(sk);
	etp_cong_windows(&es->cong, es->snd.mss, READ_ONCE(en->init_cwnd));
	memset(&es->plpmtu, 0, sizeof(es->plpmtu));
	memset(&es->peer, 0, sizeof(es->peer));
	memset(&es->ecn, 0, sizeof(es->ecn));
	es->meter = (struct etp_meter) { .rate_idle = true };
}

/**
 * etp_init_newborn - what nobody else can see yet: links and timers
 * @sk: a new socket, or a child just cloned
 *
 * Not for a socket that was in use: readers of the tables may still stand on its
 * links, and a timer may just be running.
 */
void etp_init_newborn(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);

	memset(&es->node, 0, sizeof(es->node));
	es->node.net = sock_net(sk);
	es->node.kind = ETP_FULL;
	memset(&es->listen_link, 0, sizeof(es->listen_link));
	es->accept_queue = NULL;
	INIT_LIST_HEAD(&es->accept_link);
	es->listener = NULL;
	es->port = NULL;
	etp_cong_inherit(&es->cong, sock_net(sk));
	etp_ack_inherit(es);
	etp_rec_inherit(&es->rec, sock_net(sk));
	etp_init_rooms(sk);
	etp_timers_init(sk);
}

/* When nobody has a reference any more, nor a look at it under RCU */
static void etp_destruct(struct sock *sk)
{
	kfree(etp_sk(sk)->accept_queue);
	if (sk->sk_family == AF_INET6)
		inet6_sock_destruct(sk);
	else
		inet_sock_destruct(sk);
}

/**
 * etp_init_sock - a program made a socket (proto.init)
 * @sk: the socket
 *
 * Process context.  Returns 0.
 */
int etp_init_sock(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));

	es->af = sk->sk_family == AF_INET6 ? &etp_ipv6_ops : &etp_ipv4_ops;
	sk->sk_gso_type = SKB_GSO_SCTP |
		(sk->sk_family == AF_INET6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4);
	etp_init_newborn(sk);
	sk->sk_write_space = etp_write_space;
	sk->sk_destruct = etp_destruct;
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	/* readers of the tables hold no reference */
	sock_set_flag(sk, SOCK_RCU_FREE);
	WRITE_ONCE(sk->sk_sndbuf, READ_ONCE(en->wmem[1]));
	WRITE_ONCE(sk->sk_rcvbuf, READ_ONCE(en->rmem[1]));
	sk_sockets_allocated_inc(sk);
	return 0;
}

/* ---- Death ---- */

/* A socket that was connected may listen next, and its children begin as copies. */
static void etp_drop_frag(struct sock *sk)
{
	if (!sk->sk_frag.page)
		return;
	put_page(sk->sk_frag.page);
	sk->sk_frag.page = NULL;
	sk->sk_frag.offset = 0;
}

/**
 * etp_purge_out - forget what was not sent or not acknowledged
 * @sk: the socket, locked or not reachable any more
 */
void etp_purge_out(struct sock *sk)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(&sk->sk_write_queue)))
		etp_free_out(sk, skb);
	while ((skb = etp_rtx_head(sk)))
		etp_rtx_remove(sk, skb);
	etp_meter_busy(&etp_sk(sk)->meter, ETP_BUSY_NOT, etp_jiffies());
	etp_timer_rtx(sk, ETP_TIMER_NONE, 0);
}

/**
 * etp_destroy_sock - the last of it (proto.destroy)
 * @sk: the socket, CLOSED and orphaned
 */
void etp_destroy_sock(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);

	etp_timers_stop(sk);
	etp_purge_out(sk);
	etp_reasm_purge(&es->rcv.reasm);
	etp_cong_release(&es->cong);
	etp_policy_put(&es->ack_ops->policy);
	etp_rec_release(&es->rec);
	etp_put_port(sk);
	etp_drop_frag(sk);
	sk_sockets_allocated_dec(sk);
}

/* No program and no connection: nothing can reach it any more. */
static void etp_destroy(struct sock *sk)
{
	WARN_ON(sk->sk_state != TCP_CLOSE);
	WARN_ON(!sock_flag(sk, SOCK_DEAD));
	percpu_counter_dec(&etp_orphans);
	sk->sk_prot->destroy(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	sock_put(sk);
}

/**
 * etp_orphan_begins - count a socket that has no program any more
 *
 * etp_done() counts it off again.
 */
void etp_orphan_begins(void)
{
	percpu_counter_inc(&etp_orphans);
}

/**
 * etp_done - the connection is over
 * @sk: the socket, locked; any state
 *
 * Out of the tables, timers off, CLOSED.  The program is told, or the socket
 * destroyed when there is none; the caller must hold a reference then.
 */
void etp_done(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);

	etp_timers_stop(sk);
	etp_node_remove(&es->node);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK) || sock_flag(sk, SOCK_DEAD))
		etp_put_port(sk);
	/* What is still open here lives on in a TIME-WAIT object. */
	if (sk->sk_state != TCP_CLOSE)
		inet_sk_set_state(sk, TCP_CLOSE);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_state_change(sk);
	else
		etp_destroy(sk);
}

/* The connection has come to a bad end, @err is what the program is told, 0 for nothing.
 *
 * The order is what programs rely on.  poll() takes no lock and reads the state before
 * the error, so the error is there first.  Whom the report wakes looks at once, so state
 * and shutdown are set by then: else it would find an error on a connection that seems
 * to live, and sleep again.
 */
static void etp_fail(struct sock *sk, enum etp_event event, int err)
{
	if (err) {
		WRITE_ONCE(sk->sk_err, err);
		/* pairs with the barrier in etp_poll() */
		smp_wmb();
	}
	etp_purge_out(sk);
	if (sk->sk_state != TCP_CLOSE)
		etp_event(sk, event);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (err && !sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	etp_done(sk);
}

/**
 * etp_reset - end a connection at once, without a word to the peer
 * @sk: the socket, locked
 * @err: what the program is told, 0 for nothing
 */
void etp_reset(struct sock *sk, int err)
{
	etp_fail(sk, ETP_EV_ABORT, err);
}

/**
 * etp_give_up - the peer does not answer any more, RFC 9293 section 3.10.8
 * @sk: the socket, locked
 *
 * The program learns why, if the network said so.
 */
void etp_give_up(struct sock *sk)
{
	ETP_INC(sock_net(sk), AbortOnTimeout);
	etp_fail(sk, ETP_EV_TIMEOUT, sk->sk_err_soft ?: ETIMEDOUT);
}

/**
 * etp_too_many_orphans - must a connection without a program go?
 * @sk: the socket
 */
bool etp_too_many_orphans(struct sock *sk)
{
	const struct etp_net *en = etp_net(sock_net(sk));

	return percpu_counter_compare(&etp_orphans,
				      READ_ONCE(en->max_orphans)) > 0 ||
	       (sk->sk_wmem_queued > SOCK_MIN_SNDBUF && etp_memory_pressure &&
		sk_memory_allocated(sk) > sk_prot_mem_limits(sk, 2));
}

/* ---- Close, RFC 9293 sections 3.10.4 and 3.10.5 ---- */

/* Does the program leave bytes unread? */
static bool etp_drop_unread(struct sock *sk)
{
	u32 copied = etp_sk(sk)->rcv.copied;
	struct sk_buff *skb;
	bool unread = false;

	while ((skb = __skb_dequeue(&sk->sk_receive_queue))) {
		if (seq_gt(etp_seg(skb)->end_seq, copied))
			unread = true;
		__kfree_skb(skb);
	}
	return unread;
}

static void etp_wait_close(struct sock *sk, long timeout)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	const int closing = TCPF_FIN_WAIT1 | TCPF_CLOSING | TCPF_LAST_ACK;

	if (!timeout)
		return;
	add_wait_queue(sk_sleep(sk), &wait);
	while ((1 << sk->sk_state) & closing) {
		if (sk_wait_event(sk, &timeout,
				  !((1 << sk->sk_state) & closing), &wait))
			break;
		if (signal_pending(current) || !timeout)
			break;
	}
	remove_wait_queue(sk_sleep(sk), &wait);
}

/* The state says whether a FIN must be sent. */
static void etp_close_connection(struct sock *sk)
{
	switch (etp_event(sk, ETP_EV_CLOSE)) {
	case TCP_FIN_WAIT1:
	case TCP_LAST_ACK:
		etp_queue_fin(sk);
		break;
	case TCP_CLOSE:		/* SYN-SENT: nobody to tell */
		etp_timers_stop(sk);
		etp_purge_out(sk);
		break;
	}
}

static void etp_close_begin(struct sock *sk, long timeout)
{
	bool unread;

	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sk->sk_state == TCP_LISTEN) {
		etp_event(sk, ETP_EV_CLOSE);
		etp_listen_stop(sk);
		return;
	}
	unread = etp_drop_unread(sk);
	if (sk->sk_state == TCP_CLOSE)
		return;
	if (unread) {
		/* The peer must know that its data was lost, RFC 9293 3.6.1. */
		ETP_INC(sock_net(sk), AbortOnClose);
		etp_send_rst(sk, sk->sk_allocation);
		etp_event(sk, ETP_EV_ABORT);
	} else if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime) {
		ETP_INC(sock_net(sk), AbortOnLinger);
		etp_disconnect(sk, 0);
	} else if ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_SYN_SENT |
					  TCPF_SYN_RECV | TCPF_CLOSE_WAIT)) {
		etp_close_connection(sk);
	}
	etp_wait_close(sk, timeout);
}

/* The orphan's fate; spinlock held. */
static void etp_close_end(struct sock *sk)
{
	if (sk->sk_state == TCP_FIN_WAIT2) {
		if (etp_sk(sk)->timers.linger2 < 0) {
			etp_send_rst(sk, GFP_ATOMIC);
			ETP_INC(sock_net(sk), AbortOnLinger);
			etp_reset(sk, 0);
		} else {
			etp_fin_wait2_orphan(sk);
		}
		return;
	}
	if (sk->sk_state != TCP_CLOSE && etp_too_many_orphans(sk)) {
		ETP_INC(sock_net(sk), AbortOnMemory);
		etp_send_rst(sk, GFP_ATOMIC);
		etp_reset(sk, 0);
		return;
	}
	if (sk->sk_state == TCP_CLOSE)
		etp_done(sk);
}

/**
 * etp_close - the program closes its last descriptor (proto.close)
 * @sk: the socket
 * @timeout: how long SO_LINGER may wait, jiffies
 *
 * Process context.
 */
void etp_close(struct sock *sk, long timeout)
{
	int state;

	lock_sock(sk);
	etp_close_begin(sk, timeout);
	state = sk->sk_state;
	sock_hold(sk);
	sock_orphan(sk);
	etp_orphan_begins();
	/* The backlog and the timers see an orphan from here on. */
	release_sock(sk);

	local_bh_disable();
	bh_lock_sock(sk);
	WARN_ON(sock_owned_by_user(sk));
	/* else it ended, and was destroyed, while we let go */
	if (state == TCP_CLOSE || sk->sk_state != TCP_CLOSE)
		etp_close_end(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	sock_put(sk);
}

/**
 * etp_shutdown - half-close (proto.shutdown)
 * @sk: the socket, locked
 * @how: RCV_SHUTDOWN, SEND_SHUTDOWN or both
 */
void etp_shutdown(struct sock *sk, int how)
{
	if (!(how & SEND_SHUTDOWN))
		return;
	if ((1 << sk->sk_state) &
	    (TCPF_ESTABLISHED | TCPF_SYN_RECV | TCPF_CLOSE_WAIT))
		etp_close_connection(sk);
}

/* States in which the peer would wait for ever if it were not told; once both
 * have closed, only while something is still to be sent (RFC 9293 section 3.10.5).
 */
static bool etp_abort_needs_rst(const struct sock *sk)
{
	const struct etp_snd *snd = &etp_sk(sk)->snd;

	if ((1 << sk->sk_state) & (TCPF_LAST_ACK | TCPF_CLOSING))
		return snd->nxt != snd->write_seq;
	return (1 << sk->sk_state) &
	       (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT | TCPF_FIN_WAIT1 |
		TCPF_FIN_WAIT2 | TCPF_SYN_RECV);
}

/**
 * etp_disconnect - abort, and make the socket new (connect() to AF_UNSPEC)
 * @sk: the socket, locked
 * @flags: unused
 *
 * Process context.  Returns 0.
 */
int etp_disconnect(struct sock *sk, int flags)
{
	struct inet_sock *inet = inet_sk(sk);
	int old = sk->sk_state;

	if (old == TCP_LISTEN) {
		etp_event(sk, ETP_EV_CLOSE);
		etp_listen_stop(sk);
	} else if (old != TCP_CLOSE) {
		if (etp_abort_needs_rst(sk)) {
			etp_send_rst(sk, sk->sk_allocation);
			WRITE_ONCE(sk->sk_err, ECONNRESET);
		} else if (old == TCP_SYN_SENT) {
			WRITE_ONCE(sk->sk_err, ECONNRESET);
		}
		etp_event(sk, ETP_EV_ABORT);
	}
	etp_timers_stop(sk);
	etp_node_remove(&etp_sk(sk)->node);
	__skb_queue_purge(&sk->sk_receive_queue);
	etp_purge_out(sk);
	etp_reasm_purge(&etp_sk(sk)->rcv.reasm);
	etp_drop_frag(sk);
	etp_cong_stop(&etp_sk(sk)->cong);
	etp_rec_stop(&etp_sk(sk)->rec);

	if (old != TCP_CLOSE && !(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		etp_put_port(sk);
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(sk);
	inet->inet_dport = 0;
	WRITE_ONCE(sk->sk_shutdown, 0);
	sock_reset_flag(sk, SOCK_DONE);
	WRITE_ONCE(sk->sk_peek_off, -1);
	sk_dst_reset(sk);
	etp_init_rooms(sk);
	sk_error_report(sk);
	return 0;
}

/**
 * etp_drop_route - look for another route at the next segment
 * @sk: the socket, locked
 */
void etp_drop_route(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_get(sk);

	if (dst)
		sk_dst_reset(sk);
}

/* ---- Options of struct sock that reach us ---- */

/**
 * etp_set_keepalive - SO_KEEPALIVE (proto.keepalive)
 * @sk: the socket, locked
 * @on: on or off
 */
void etp_set_keepalive(struct sock *sk, int on)
{
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	if (on && !sock_flag(sk, SOCK_KEEPOPEN))
		etp_timer_keepalive(sk, etp_keep_idle(sk));
	else if (!on)
		sk_stop_timer(sk, &sk->sk_timer);
}

/**
 * etp_enter_memory_pressure - sockets take too much
 * @sk: any of them
 */
void etp_enter_memory_pressure(struct sock *sk)
{
	if (!xchg(&etp_memory_pressure, 1))
		ETP_INC(sock_net(sk), MemoryPressures);
}

/**
 * etp_leave_memory_pressure - there is enough again
 * @sk: any of them
 */
void etp_leave_memory_pressure(struct sock *sk)
{
	WRITE_ONCE(etp_memory_pressure, 0);
}

/**
 * etp_stream_memory_free - ETP_NOTSENT_LOWAT (proto.stream_memory_free)
 * @sk: the socket
 * @wake: 1 when a writer would be woken: half as much counts as free then
 */
bool etp_stream_memory_free(const struct sock *sk, int wake)
{
	const struct etp_snd *snd = &etp_sk(sk)->snd;
	u32 limit = READ_ONCE(snd->notsent_lowat) ?:
		    (u32)READ_ONCE(etp_net(sock_net(sk))->notsent_lowat);
	u32 waiting = READ_ONCE(snd->write_seq) - READ_ONCE(snd->nxt);

	return ((u64)waiting << wake) < limit;
}

/**
 * etp_write_space - there is room to write again (sk_write_space)
 * @sk: the socket; any context
 */
void etp_write_space(struct sock *sk)
{
	struct socket *sock = sk->sk_socket;
	struct socket_wq *wq;

	if (!sock || !__sk_stream_is_writeable(sk, 1))
		return;
	clear_bit(SOCK_NOSPACE, &sock->flags);
	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM |
					   EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/* ---- poll() and ioctl() ---- */

static __poll_t etp_poll_readable(const struct sock *sk)
{
	const struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	int target = sock_rcvlowat(sk, 0, INT_MAX);
	int avail = READ_ONCE(rcv->nxt) - READ_ONCE(rcv->copied) -
		    sock_flag(sk, SOCK_DONE);
	__poll_t mask = 0;

	if (READ_ONCE(rcv->urg) & ETP_URG_VALID)
		mask |= EPOLLPRI;
	/* the urgent byte is not read with the others */
	if (rcv->urg && rcv->up == rcv->copied && !sock_flag(sk, SOCK_URGINLINE))
		target++;
	if (avail >= target || (avail > 0 && atomic_read(&sk->sk_rmem_alloc) >=
				READ_ONCE(sk->sk_rcvbuf) / 2))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static __poll_t etp_poll_writable(struct sock *sk)
{
	if (READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN)
		return EPOLLOUT | EPOLLWRNORM;
	if (__sk_stream_is_writeable(sk, 1))
		return EPOLLOUT | EPOLLWRNORM;
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* room may have come before the flag */
	smp_mb__after_atomic();
	if (__sk_stream_is_writeable(sk, 1))
		return EPOLLOUT | EPOLLWRNORM;
	return 0;
}

/**
 * etp_poll - poll(), select() and epoll (proto_ops.poll)
 * @file: the descriptor's file
 * @sock: the socket
 * @wait: where to wait, or NULL
 *
 * Process context, no lock.
 */
__poll_t etp_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	__poll_t mask = 0;
	u8 shutdown;
	int state;

	sock_poll_wait(file, sock, wait);
	state = inet_sk_state_load(sk);
	if (state == TCP_LISTEN)
		return list_empty_careful(&etp_sk(sk)->accept_queue->ready) ?
		       0 : EPOLLIN | EPOLLRDNORM;

	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (state != TCP_SYN_SENT && state != TCP_SYN_RECV) {
		mask |= etp_poll_readable(sk);
		mask |= etp_poll_writable(sk);
	}
	/* pairs with the barrier in etp_fail() */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) || !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}

/**
 * etp_ioctl_value - ioctl() (proto.ioctl)
 * @sk: the socket
 * @cmd: SIOCINQ, SIOCATMARK, SIOCOUTQ or SIOCOUTQNSD
 * @value: gets the answer
 *
 * Process context.  Returns 0, -EINVAL for a listener, -ENOIOCTLCMD.
 */
int etp_ioctl_value(struct sock *sk, int cmd, int *value)
{
	const struct etp_sock *es = etp_sk(sk);
	int err = 0;

	if (cmd == SIOCATMARK) {
		*value = es->rcv.urg && READ_ONCE(es->rcv.up) ==
			 READ_ONCE(es->rcv.copied);
		return 0;
	}
	if (cmd != SIOCINQ && cmd != SIOCOUTQ && cmd != SIOCOUTQNSD)
		return -ENOIOCTLCMD;

	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN)
		err = -EINVAL;
	else if (cmd == SIOCINQ)
		*value = etp_inq(sk);
	else if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		*value = 0;
	else
		*value = es->snd.write_seq -
			 (cmd == SIOCOUTQ ? es->snd.una : es->snd.nxt);
	release_sock(sk);
	return err;
}
