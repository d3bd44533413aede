// SPDX-License-Identifier: GPL-2.0
/*
 * The timers of a socket: retransmission and its last retry (RFC 9293 section
 * 3.8.3), zero-window probes (3.8.6.1), delayed ACK (3.8.6.3), keep-alive (3.8.4)
 * and the FIN_WAIT_2 time-out of orphans.
 *
 * A timer that finds the socket in a program's hands leaves a note in
 * etp_timers.deferred, which release_sock() works off.
 */
#include "internal.h"

static u32 etp_knob(const int *value)
{
	return READ_ONCE(*value);
}

/* RFC 5482: has the user's own limit passed? */
static bool etp_user_timeout(const struct sock *sk, u64 since_us)
{
	u32 limit = etp_sk(sk)->timers.user_timeout;

	return limit && since_us &&
	       etp_clock_us() - since_us >= (u64)limit * USEC_PER_MSEC;
}

/* How often may the segment in flight be retransmitted? */
static u32 etp_retry_limit(const struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));

	if (sk->sk_state == TCP_SYN_SENT)
		return es->timers.syn_retries ?: etp_knob(&en->syn_retries);
	if (sk->sk_state == TCP_SYN_RECV)
		return etp_knob(&en->synack_retries);
	if (sock_flag(sk, SOCK_DEAD))
		return etp_knob(&en->orphan_retries) ?: ETP_ORPHAN_PROBES;
	return etp_knob(&en->retries2);
}

/* R2 of RFC 9293 section 3.8.3.  The program's own limit counts instead of ours,
 * whether it is longer or shorter (MUST-21); an attempt to connect and an orphan
 * end with whichever comes first.
 */
static bool etp_retried_enough(const struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);

	if (etp_user_timeout(sk, es->rec.retrans_at))
		return true;
	if (es->timers.user_timeout && !sock_flag(sk, SOCK_DEAD) &&
	    !((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)))
		return false;
	return es->rec.retransmits >= etp_retry_limit(sk);
}

/* No later than the program's own limit, which runs from @since_us. */
static u32 etp_user_clamp(const struct sock *sk, u64 since_us, u32 delay)
{
	u64 limit = (u64)READ_ONCE(etp_sk(sk)->timers.user_timeout) * USEC_PER_MSEC;
	u64 passed = etp_clock_us() - since_us;

	if (!limit || !since_us)
		return delay;
	if (passed >= limit)
		return 1;
	return min_t(u64, delay, nsecs_to_jiffies((limit - passed) * NSEC_PER_USEC) + 1);
}

/* A peer that shut its window on data in flight is alive while it answers: what it
 * last said may be as old as the last retransmission, and its timer was late.  For a
 * program with a limit of its own that is not enough.
 */
static bool etp_window_was_shut(const struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);

	if (etp_user_timeout(sk, es->rec.retrans_at))
		return false;
	return !es->snd.wnd && !sock_flag(sk, SOCK_DEAD) &&
	       !((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) &&
	       etp_jiffies() - es->timers.last_rcv <= 2 * ETP_RTO_MAX;
}

/* Whatever balances load by the flow label or by the hash may know a path that works:
 * RFC 6438, and kernel TCP's way to find one.
 */
static void etp_other_path(struct sock *sk)
{
	if (!sk_rethink_txhash(sk))
		return;
	etp_sk(sk)->meter.rehash++;
	ETP_INC(sock_net(sk), TimeoutRehash);
}

static void etp_rto_expired(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	bool shut = etp_window_was_shut(sk);
	u8 retransmits = es->rec.retransmits;

	if (etp_rtx_empty(sk))
		return;
	if (!shut && etp_retried_enough(sk)) {
		etp_give_up(sk);
		return;
	}
	etp_other_path(sk);
	/* Half the retries are gone: perhaps the route is at fault. */
	if (es->rec.retransmits == etp_knob(&etp_net(sock_net(sk))->retries1) ||
	    sk->sk_state == TCP_SYN_SENT)
		etp_drop_route(sk);
	ETP_INC(sock_net(sk), Timeouts);
	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		etp_retransmit(sk, es->snd.una, es->snd.mss, ETP_CAUSE_TIMEOUT);
	else
		etp_mtu_timeout(sk);
	etp_rec_timeout(sk);
	/* that was a probe: when the window opens the retries are all there */
	if (shut && retransmits)
		es->rec.retransmits = retransmits;
	etp_rtt_backoff(&es->rtt);
	if (!((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)))
		etp_push(sk, false);
	etp_timer_rtx(sk, ETP_TIMER_RTO,
		      etp_user_clamp(sk, es->rec.retrans_at, etp_rtt_rto(&es->rtt)));
}

/* The window has room after all, too little for a full segment, or the program's
 * cork holds the data back: it has waited long enough.  False: nothing could go.
 */
static bool etp_send_at_edge(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct sk_buff *skb = skb_peek(&sk->sk_write_queue);
	s32 room = etp_snd_end(&es->snd) - etp_tx(skb)->seq;
	u32 len;

	if (room <= 0 || !skb->len)
		return false;
	len = min3((u32)room, skb->len, (u32)es->snd.mss);
	if (len < skb->len && etp_split(sk, skb, len, GFP_ATOMIC))
		return false;
	es->snd.nagle |= ETP_NAGLE_PUSH;
	etp_push(sk, false);
	return !etp_rtx_empty(sk);
}

static void etp_persist_expired(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	u32 limit = etp_knob(&etp_net(sock_net(sk))->retries2);

	if (!etp_rtx_empty(sk) || skb_queue_empty(&sk->sk_write_queue)) {
		es->timers.probed_at = 0;
		return;
	}
	if (sock_flag(sk, SOCK_DEAD)) {
		limit = etp_knob(&etp_net(sock_net(sk))->orphan_retries) ?:
			ETP_ORPHAN_PROBES;
		if (etp_too_many_orphans(sk)) {
			etp_give_up(sk);
			return;
		}
	}
	if (etp_send_at_edge(sk)) {
		es->timers.probed_at = 0;
		return;
	}
	/* MUST-37: probing goes on for as long as the peer answers, unless the program
	 * has set a limit: for it an answer that the window is shut is no progress.
	 */
	if (es->timers.probes >= limit || etp_user_timeout(sk, es->timers.probed_at)) {
		etp_give_up(sk);
		return;
	}
	if (!es->timers.probed_at)
		es->timers.probed_at = etp_clock_us();
	es->timers.probes++;
	etp_rtt_backoff(&es->rtt);
	ETP_INC(sock_net(sk), ZeroWindowProbes);
	etp_send_probe(sk);
	etp_timer_rtx(sk, ETP_TIMER_PERSIST,
		      etp_user_clamp(sk, es->timers.probed_at, etp_rtt_rto(&es->rtt)));
}

static void etp_rtx_expired(struct sock *sk)
{
	u8 was = etp_sk(sk)->timers.rtx_is;

	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	/* re-armed since, and not yet due */
	if (timer_pending(&etp_sk(sk)->timers.rtx))
		return;
	etp_sk(sk)->timers.rtx_is = ETP_TIMER_NONE;
	if (was == ETP_TIMER_RTO)
		etp_rto_expired(sk);
	else if (was == ETP_TIMER_POLICY && !etp_rtx_empty(sk))
		etp_rec_expired(sk);
	else if (was == ETP_TIMER_PERSIST)
		etp_persist_expired(sk);
}

static void etp_delack_expired(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	if (((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)) || !rcv->delack)
		return;
	/* An ACK that had to wait: the program does not answer quickly. */
	rcv->pingpong = 0;
	rcv->ato = min(rcv->ato << 1, (u32)ETP_DELACK_MAX);
	ETP_INC(sock_net(sk), DelayedACKs);
	etp_send_ack(sk);
}

/* Keep-alive, RFC 9293 section 3.8.4 (MUST-24 to MUST-29) */
static void etp_keepalive_expired(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	u32 idle;

	if (!sock_flag(sk, SOCK_KEEPOPEN) || sk->sk_state == TCP_SYN_SENT)
		return;
	idle = etp_jiffies() - es->timers.last_rcv;
	/* Data in flight or waiting is watched already. */
	if (!etp_rtx_empty(sk) || !skb_queue_empty(&sk->sk_write_queue)) {
		etp_timer_keepalive(sk, etp_keep_idle(sk));
		return;
	}
	if (idle < etp_keep_idle(sk)) {
		etp_timer_keepalive(sk, etp_keep_idle(sk) - idle);
		return;
	}
	if (es->timers.user_timeout ?
	    idle >= msecs_to_jiffies(es->timers.user_timeout) && es->timers.probes :
	    es->timers.probes >= etp_keep_probes(sk)) {
		etp_send_rst(sk, GFP_ATOMIC);
		etp_give_up(sk);
		return;
	}
	es->timers.probes++;
	ETP_INC(sock_net(sk), KeepAlive);
	etp_send_probe(sk);
	etp_timer_keepalive(sk, etp_keep_intvl(sk));
}

/* sk_timer: the FIN_WAIT_2 time-out of an orphan, else keep-alive */
static void etp_sk_timer_expired(struct sock *sk)
{
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_LISTEN)
		return;
	if (sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)) {
		/* a long wait: its last minute needs no socket */
		if (etp_sk(sk)->timers.linger2 >= 0 &&
		    etp_fin_timeout(sk) > ETP_TIMEWAIT_LEN) {
			etp_timewait_enter(sk, TCP_FIN_WAIT2, ETP_TIMEWAIT_LEN);
			return;
		}
		etp_reset(sk, 0);
		return;
	}
	etp_keepalive_expired(sk);
}

typedef void (*etp_timer_fn)(struct sock *sk);

/* In the timer's softirq: act now, or leave a note for the socket's holder. */
static void etp_timer_run(struct sock *sk, etp_timer_fn fn, int defer)
{
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk))
		fn(sk);
	else if (!test_and_set_bit(defer, &etp_sk(sk)->timers.deferred))
		sock_hold(sk);
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void etp_rtx_timer(struct timer_list *t)
{
	struct etp_sock *es = etp_timer_of(es, t, timers.rtx);

	etp_timer_run((struct sock *)es, etp_rtx_expired, ETP_DEFER_RTX);
}

static void etp_delack_timer(struct timer_list *t)
{
	struct etp_sock *es = etp_timer_of(es, t, timers.delack);

	etp_timer_run((struct sock *)es, etp_delack_expired, ETP_DEFER_DELACK);
}

static void etp_sk_timer(struct timer_list *t)
{
	struct sock *sk = etp_timer_of(sk, t, sk_timer);

	etp_timer_run(sk, etp_sk_timer_expired, ETP_DEFER_KEEP);
}

static void etp_mtu_deferred(struct sock *sk)
{
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		etp_mtu_reduced(sk, etp_sk(sk)->snd.pmtu_pending);
}

/* The ACK of segments that came while the program held the socket: MUST-59 */
static void etp_ack_deferred(struct sock *sk)
{
	const struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)) &&
	    (rcv->delack || rcv->ack_now))
		etp_send_ack(sk);
}

/**
 * etp_release_cb - work off what happened while the program held the socket
 * @sk: the socket; release_sock() calls with its spinlock held
 */
void etp_release_cb(struct sock *sk)
{
	static const etp_timer_fn work[] = {
		[ETP_DEFER_RTX]		= etp_rtx_expired,
		[ETP_DEFER_DELACK]	= etp_delack_expired,
		[ETP_DEFER_KEEP]	= etp_sk_timer_expired,
		[ETP_DEFER_MTU]		= etp_mtu_deferred,
		[ETP_DEFER_ACK]		= etp_ack_deferred,
	};
	struct etp_timers *timers = &etp_sk(sk)->timers;
	unsigned int i;

	if (likely(!READ_ONCE(timers->deferred)))
		return;
	for (i = 0; i < ARRAY_SIZE(work); i++) {
		if (!test_and_clear_bit(i, &timers->deferred))
			continue;
		work[i](sk);
		__sock_put(sk);
	}
}

/**
 * etp_timers_init - before any can be armed
 * @sk: a new socket or child
 */
void etp_timers_init(struct sock *sk)
{
	struct etp_timers *timers = &etp_sk(sk)->timers;

	timer_setup(&timers->rtx, etp_rtx_timer, 0);
	timer_setup(&timers->delack, etp_delack_timer, 0);
	timer_setup(&sk->sk_timer, etp_sk_timer, 0);
	timers->rtx_is = ETP_TIMER_NONE;
	timers->probes = 0;
	timers->deferred = 0;
	timers->last_rcv = etp_jiffies();
}

/**
 * etp_timers_stop - none will fire any more
 * @sk: the socket, locked
 *
 * One that fires right now finds the socket in CLOSED and does nothing.
 */
void etp_timers_stop(struct sock *sk)
{
	struct etp_timers *timers = &etp_sk(sk)->timers;

	timers->rtx_is = ETP_TIMER_NONE;
	timers->probed_at = 0;
	sk_stop_timer(sk, &timers->rtx);
	sk_stop_timer(sk, &timers->delack);
	sk_stop_timer(sk, &sk->sk_timer);
}

/**
 * etp_timer_rtx - arm, change or stop the retransmission timer
 * @sk: the socket, locked
 * @which: what it is for from now on; ETP_TIMER_NONE stops it
 * @delay: jiffies from now
 */
void etp_timer_rtx(struct sock *sk, enum etp_rtx_timer which, u32 delay)
{
	struct etp_timers *timers = &etp_sk(sk)->timers;

	timers->rtx_is = which;
	if (which == ETP_TIMER_RTO)
		timers->rto_at = etp_now() + min_t(u32, delay, ETP_RTO_MAX);
	if (which == ETP_TIMER_NONE)
		sk_stop_timer(sk, &timers->rtx);
	else
		sk_reset_timer(sk, &timers->rtx,
			       etp_now() + min_t(u32, delay, ETP_RTO_MAX));
}

/**
 * etp_timer_policy - something went: the recovery policy's own timer may change
 * @sk: the socket, locked; the retransmission timer runs
 *
 * The policy's comes first if it is shorter than what is left of the RTO, or as long.
 * Once the RTO has ended nothing puts it off any more.
 */
void etp_timer_policy(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rec *rec = &es->rec;
	unsigned long left, own;
	u32 us = 0;

	if (etp_rtx_empty(sk))
		return;
	if (rec->live && rec->ops->timer) {
		etp_rec_view(sk);
		us = rec->ops->timer(rec);
	}
	if (!us && es->timers.rtx_is == ETP_TIMER_RTO)
		return;
	left = es->timers.rto_at - etp_now();
	if ((long)left <= 0) {
		left = 1;
		us = 0;
	}
	own = us ? usecs_to_jiffies(us) + 1 : MAX_JIFFY_OFFSET;
	es->timers.rtx_is = us ? ETP_TIMER_POLICY : ETP_TIMER_RTO;
	sk_reset_timer(sk, &es->timers.rtx, etp_now() + min(own, left));
}

static void etp_timer_rto(struct sock *sk, u32 delay)
{
	etp_sk(sk)->timers.rto_at = etp_now() + min_t(u32, delay, ETP_RTO_MAX);
	etp_sk(sk)->timers.rtx_is = ETP_TIMER_NONE;
	etp_timer_policy(sk);
}

/**
 * etp_timer_rearm - new data was acknowledged, RFC 6298 (5.2) and (5.3)
 * @sk: the socket, locked
 */
void etp_timer_rearm(struct sock *sk)
{
	if (etp_rtx_empty(sk))
		etp_timer_rtx(sk, ETP_TIMER_NONE, 0);
	else
		etp_timer_rto(sk, etp_rtt_rto(&etp_sk(sk)->rtt));
}

/**
 * etp_timer_delack - an ACK may wait for @delay
 * @sk: the socket, locked
 * @delay: jiffies; an earlier date stands
 */
void etp_timer_delack(struct sock *sk, u32 delay)
{
	struct timer_list *timer = &etp_sk(sk)->timers.delack;

	if (!timer_pending(timer) || time_after(timer->expires, etp_now() + delay))
		sk_reset_timer(sk, timer, etp_now() + delay);
}

/**
 * etp_timer_keepalive - (re)arm sk_timer
 * @sk: the socket, locked
 * @delay: jiffies from now
 */
void etp_timer_keepalive(struct sock *sk, u32 delay)
{
	sk_reset_timer(sk, &sk->sk_timer, etp_now() + delay);
}

/**
 * etp_keep_idle - idle time before the first keep-alive, jiffies
 * @sk: the socket
 */
u32 etp_keep_idle(const struct sock *sk)
{
	return etp_sk(sk)->timers.keep_idle ?:
	       etp_knob(&etp_net(sock_net(sk))->keepalive_time) * HZ;
}

/**
 * etp_keep_intvl - time between keep-alives, jiffies
 * @sk: the socket
 */
u32 etp_keep_intvl(const struct sock *sk)
{
	return etp_sk(sk)->timers.keep_intvl ?:
	       etp_knob(&etp_net(sock_net(sk))->keepalive_intvl) * HZ;
}

/**
 * etp_keep_probes - keep-alives before giving up
 * @sk: the socket
 */
u32 etp_keep_probes(const struct sock *sk)
{
	return etp_sk(sk)->timers.keep_probes ?:
	       etp_knob(&etp_net(sock_net(sk))->keepalive_probes);
}

/**
 * etp_fin_timeout - how long an orphan stays in FIN_WAIT_2, jiffies
 * @sk: the socket
 *
 * Not less than it takes to be sure that the peer has had our FIN.
 */
u32 etp_fin_timeout(const struct sock *sk)
{
	u32 timeout = etp_sk(sk)->timers.linger2 ?:
		      etp_knob(&etp_net(sock_net(sk))->fin_timeout) * HZ;
	u32 rto = etp_sk(sk)->rtt.rto;

	return max(timeout, (rto << 2) - (rto >> 1));
}
