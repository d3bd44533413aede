// SPDX-License-Identifier: GPL-2.0
/*
 * Opening a connection: initial sequence numbers (RFC 9293 section 3.4.1, RFC
 * 6528), what the options of SYN and SYN|ACK agree, SYN-SENT (3.10.7.3), and the
 * socket that a finished passive handshake gets.
 */
#include "internal.h"
#include <linux/security.h>
#include <linux/siphash.h>

static siphash_aligned_key_t etp_isn_secret;
static siphash_aligned_key_t etp_ts_secret;

/**
 * etp_isn - initial sequence number of a connection, RFC 6528
 * @key: addresses and ports
 *
 * Any context.  A clock of 250 kHz (RFC 9293 section 3.4.1) plus a secret
 * function of the connection.
 */
u32 etp_isn(const struct etp_key *key)
{
	net_get_random_once(&etp_isn_secret, sizeof(etp_isn_secret));
	return (u32)siphash(key, offsetof(struct etp_key, dif), &etp_isn_secret) +
	       (u32)(ktime_get_real_ns() >> 12);
}

/**
 * etp_ts_offset - start of a connection's timestamp clock, RFC 7323 section 5.4
 * @net: network namespace
 * @key: addresses; the same for all connections between two hosts, so that
 *	RFC 6191 can compare them
 *
 * Any context.
 */
u32 etp_ts_offset(const struct net *net, const struct etp_key *key)
{
	struct in6_addr pair[2] = { key->laddr, key->raddr };

	net_get_random_once(&etp_ts_secret, sizeof(etp_ts_secret));
	return (u32)siphash(pair, sizeof(pair), &etp_ts_secret) +
	       net_hash_mix(net);
}

/* RFC 9293 MUST-15: what to send to a peer that has not told its MSS */
static u16 etp_default_mss(u16 family)
{
	return family == AF_INET6 ? ETP_MSS_DEFAULT6 : ETP_MSS_DEFAULT;
}

/**
 * etp_agree_options - what a SYN offers and we accept
 * @peer: gets mss, ts_ok, ts_recent, sack_ok, wscale_ok, ecn_ok
 * @seg: segment with SYN
 * @en: what the namespace allows
 * @user_mss: ETP_MAXSEG, 0 when not set
 * @family: AF_INET or AF_INET6: what the connection runs over
 *
 * Any context.  An option is in use when both ends sent it; for an active open
 * ours has been, if the namespace allows it.
 */
void etp_agree_options(struct etp_peer *peer, const struct etp_segment *seg,
		       const struct etp_net *en, u16 user_mss, u16 family)
{
	peer->mss = seg->opts & ETP_OPT_MSS ? seg->mss : etp_default_mss(family);
	if (user_mss)
		peer->mss = min(peer->mss, user_mss);
	peer->mss = max_t(u16, peer->mss, READ_ONCE(en->min_snd_mss));
	peer->ts_ok = (seg->opts & ETP_OPT_TS) && READ_ONCE(en->timestamps);
	peer->sack_ok = (seg->opts & ETP_OPT_SACK_OK) && READ_ONCE(en->sack);
	peer->wscale_ok = (seg->opts & ETP_OPT_WSCALE) &&
			  READ_ONCE(en->window_scaling);
	peer->ecn_ok = etp_ecn_agrees(seg, READ_ONCE(en->ecn));
	if (peer->ts_ok) {
		peer->ts_recent = seg->tsval;
		peer->ts_recent_at = etp_seconds();
	}
}

/* How large will the peer's segments be?  As ours and not above the usual, until some
 * have come.
 */
static void etp_guess_mss(struct etp_sock *es)
{
	struct etp_rcv *rcv = &es->rcv;
	u32 mss = min3((u32)rcv->advmss, (u32)es->snd.mss, rcv->wnd / 2);

	rcv->mss = clamp(mss, ETP_MSS_MIN, ETP_MSS_DEFAULT);
}

/* The receive window of a new connection. */
static void etp_open_window(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));
	struct etp_rcv *rcv = &es->rcv;
	u32 max_space = max_t(u32, READ_ONCE(en->rmem[2]), sk->sk_rcvbuf);

	if (sk->sk_userlocks & SOCK_RCVBUF_LOCK)
		max_space = sk->sk_rcvbuf;
	etp_rwnd_initial(sk->sk_rcvbuf, rcv->advmss, rcv->user_clamp,
			 READ_ONCE(en->window_scaling), max_space,
			 &rcv->wnd, &rcv->wscale);
	rcv->wnd_clamp = rcv->user_clamp ?: max(rcv->wnd, (u32)sk->sk_rcvbuf / 2);
	etp_guess_mss(es);
}

/**
 * etp_connect_undo - back to what the socket was before connect()
 * @sk: of either family, still in the state CLOSE; socket locked
 */
void etp_connect_undo(struct sock *sk)
{
	struct inet_sock *inet = inet_sk(sk);

	etp_node_remove(&etp_sk(sk)->node);
	if (!(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
		etp_put_port(sk);
	if (!inet->inet_num)
		inet->inet_sport = 0;
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(sk);
	inet->inet_dport = 0;
	inet->inet_daddr = 0;
	sk->sk_v6_daddr = in6addr_any;
	/* a number chosen for that peer, perhaps after one in TIME-WAIT (RFC 6191) */
	etp_sk(sk)->snd.write_seq = 0;
	sk_dst_reset(sk);
	sk->sk_route_caps = 0;
}

/**
 * etp_connect - active open, RFC 9293 section 3.10.1
 * @sk: the socket, locked, in CLOSED; addresses, port, key and route are set and
 *	it is in the table of connections
 *
 * snd.write_seq may carry an ISS chosen by RFC 6191, else it is zero.  Process
 * context.  Returns 0 with the SYN sent, or a negative errno and the socket in
 * CLOSED.
 */
int etp_connect(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	const struct dst_entry *dst = __sk_dst_get(sk);
	u32 iss = es->snd.write_seq ?: etp_isn(&es->node.key);
	int err;

	WRITE_ONCE(sk->sk_err, 0);	/* of an earlier connection */
	es->snd.iss = iss;
	es->snd.una = iss;
	es->snd.nxt = iss;
	es->snd.up = iss;
	es->snd.small_end = iss;
	es->snd.limited_end = iss;
	es->ecn.recover = iss;
	es->snd.push_seq = iss;
	es->snd.write_seq = iss + 1;
	etp_rec_start(sk, iss);
	es->snd.wnd = 0;
	es->rcv.nxt = 0;
	es->peer.ts_offset = etp_ts_offset(sock_net(sk), &es->node.key);
	es->snd.mss_clamp = es->snd.user_mss ?: etp_default_mss(es->af->family);
	es->rcv.advmss = etp_advertised_mss(es->snd.user_mss, dst, es->af);
	etp_open_window(sk);
	etp_sync_mss(sk, dst_mtu(dst));
	etp_cong_windows(&es->cong, es->snd.mss,
			 READ_ONCE(etp_net(sock_net(sk))->init_cwnd));

	etp_event(sk, ETP_EV_ACTIVE_OPEN);
	err = etp_send_syn(sk);
	if (err)
		etp_event(sk, ETP_EV_ABORT);
	return err;
}

/**
 * etp_established - both ends have acknowledged a SYN
 * @sk: the socket, locked, just ESTABLISHED
 * @skb: segment that did it
 */
void etp_established(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));
	/* RFC 5681 section 3.1: a lost SYN, and we begin with one segment */
	u32 init_cwnd = es->snd.total_retrans > 1 ? 1 : READ_ONCE(en->init_cwnd);

	es->rcv.copied = es->rcv.nxt;
	/* idleness is measured from here */
	es->snd.last_sent = etp_jiffies();
	es->rcv.last_data = es->snd.last_sent;
	es->rtt.backoff = 0;
	/* RFC 6298 (5.7): a SYN went twice, so that nothing was measured */
	if (!es->rtt.srtt)
		es->rtt.rto = ETP_RTO_FALLBACK;
	etp_rwnd_measure(es);
	if (es->peer.ecn_ok)
		ETP_INC(sock_net(sk), EcnOpens);
	if (es->listener)
		es->snd.bytes_acked = 0;	/* TCP counts no SYN|ACK */
	etp_mtu_begin(sk);
	etp_sync_mss(sk, es->snd.pmtu);
	etp_cong_init(&es->cong, es->snd.mss, init_cwnd);
	etp_rec_established(sk);
	if (!sock_flag(sk, SOCK_KEEPOPEN))
		sk_stop_timer(sk, &sk->sk_timer);
	else
		etp_timer_keepalive(sk, etp_keep_idle(sk));
	etp_timer_rearm(sk);
	etp_grow_sndbuf(sk);
	security_inet_conn_established(sk, skb);
	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	}
}

/* What the other end's SYN or SYN|ACK brings, RFC 9293 section 3.10.7.3 "fourth" */
static void etp_take_syn(struct sock *sk, const struct etp_segment *seg)
{
	struct etp_sock *es = etp_sk(sk);

	es->rcv.irs = seg->seq;
	es->rcv.nxt = seg->seq + 1;
	es->rcv.wup = es->rcv.nxt;
	es->rcv.copied = es->rcv.nxt;
	etp_agree_options(&es->peer, seg, etp_net(sock_net(sk)),
			  es->snd.user_mss, es->af->family);
	if ((seg->flags & ETP_ACK) && !es->ecn.asked)
		es->peer.ecn_ok = 0;
	es->snd.mss_clamp = es->peer.mss;
	if (es->peer.wscale_ok) {
		es->snd.wscale = seg->wscale;
		if (seg->wscale_cut)
			ETP_INC(sock_net(sk), WindowScaleCut);
	} else {
		es->snd.wscale = 0;
		es->rcv.wscale = 0;
		es->rcv.wnd_clamp = min(es->rcv.wnd_clamp, 65535U);
	}
	/* older than the SYN, so that its window is taken */
	es->snd.wl1 = seg->seq - 1;
	etp_sync_mss(sk, es->snd.pmtu);
}

/* Fourth, with ACK: the connection is open.  Text and FIN behind the SYN are the
 * caller's.
 */
static void etp_syn_sent_answered(struct sock *sk, struct sk_buff *skb)
{
	struct etp_segment *seg = etp_seg(skb);

	etp_take_syn(sk, seg);
	etp_ack(sk, skb);
	etp_event(sk, ETP_EV_RCV_SYN_ACK);
	etp_established(sk, skb);
	etp_ack_quick(sk, 16);
	etp_sk(sk)->rcv.ack_now = 1;
	seg->seq++;
	seg->flags &= ~ETP_SYN;
}

/* Fourth, without ACK: both ends have opened at once, RFC 9293 figure 8. */
static void etp_syn_sent_crossed(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_segment *seg = etp_seg(skb);
	struct sk_buff *syn = etp_rtx_head(sk);

	etp_take_syn(sk, seg);
	es->snd.wnd = seg->wnd;
	es->snd.max_wnd = seg->wnd;
	es->snd.wl1 = seg->seq;
	etp_event(sk, ETP_EV_RCV_SYN);
	if (WARN_ON_ONCE(!syn))
		return;
	etp_tx(syn)->flags &= ~(ETP_ECE | ETP_CWR);
	etp_tx(syn)->flags |= ETP_ACK | (es->peer.ecn_ok ? ETP_ECE : 0);
	etp_transmit(sk, syn, true, GFP_ATOMIC);
}

/* RFC 7323 section 3.2: the echo is of one of our SYNs, if there is one. */
static bool etp_syn_echoed(const struct sock *sk, const struct etp_segment *seg)
{
	const struct etp_sock *es = etp_sk(sk);

	if (!(seg->flags & ETP_ACK) || !(seg->opts & ETP_OPT_TS) || !seg->tsecr ||
	    !READ_ONCE(etp_net(sock_net(sk))->timestamps))
		return true;
	return seq_between(seg->tsecr, es->snd.syn_ts,
			   etp_ts(&es->peer, etp_clock_us()));
}

/**
 * etp_syn_sent_rcv - a segment in SYN-SENT, RFC 9293 section 3.10.7.3
 * @sk: the socket, locked
 * @skb: segment, header pulled; not consumed
 *
 * Returns true when the segment goes on to the sixth step, without its SYN.
 */
bool etp_syn_sent_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_segment *seg = etp_seg(skb);

	if ((seg->flags & ETP_ACK) &&			/* first */
	    (seq_leq(seg->ack, es->snd.iss) || seq_gt(seg->ack, es->snd.nxt))) {
		if (!(seg->flags & ETP_RST))
			etp_reply_rst(sock_net(sk), skb, &es->node.key, es->af);
		return false;
	}
	if (!etp_syn_echoed(sk, seg)) {
		ETP_INC(sock_net(sk), PAWSActive);
		etp_reply_rst(sock_net(sk), skb, &es->node.key, es->af);
		return false;
	}
	if (seg->flags & ETP_RST) {			/* second */
		if (seg->flags & ETP_ACK) {
			etp_event(sk, ETP_EV_RCV_RST);
			etp_reset(sk, ECONNREFUSED);
		}
		return false;
	}
	if (!(seg->flags & ETP_SYN))			/* fifth */
		return false;
	if (seg->flags & ETP_ACK) {			/* fourth */
		etp_syn_sent_answered(sk, skb);
		return true;
	}
	etp_syn_sent_crossed(sk, skb);
	return false;
}

/* The rooms of a child, from what its request knows. */
static void etp_child_rooms(struct sock *sk, const struct etp_request *req,
			    const struct dst_entry *dst)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_snd *snd = &es->snd;
	struct etp_rcv *rcv = &es->rcv;
	u64 sent_us = READ_ONCE(req->sent_us);	/* its timer may run */

	snd->iss = req->iss;
	snd->una = req->iss;
	snd->nxt = req->iss + 1;
	snd->up = req->iss;
	snd->push_seq = req->iss;
	snd->small_end = req->iss;
	snd->limited_end = req->iss;
	es->ecn.recover = req->iss;
	snd->write_seq = req->iss + 1;
	snd->wnd = req->snd_wnd;
	snd->max_wnd = req->snd_wnd;
	snd->wl1 = req->irs;
	snd->wscale = req->snd_wscale;
	snd->mss_clamp = req->peer.mss;
	snd->total_retrans = req->retries;
	etp_rec_start(sk, req->iss);
	es->peer = req->peer;

	rcv->irs = req->irs;
	rcv->nxt = req->irs + 1;
	rcv->wup = rcv->nxt;
	rcv->copied = rcv->nxt;
	rcv->wnd = req->rcv_wnd;
	rcv->wscale = req->rcv_wscale;
	rcv->advmss = req->advmss;
	rcv->wnd_clamp = rcv->user_clamp ?: max(rcv->wnd, (u32)sk->sk_rcvbuf / 2);
	if (!es->peer.wscale_ok)
		rcv->wnd_clamp = min(rcv->wnd_clamp, 65535U);

	etp_sync_mss(sk, dst ? dst_mtu(dst) : ETP_MSS_DEFAULT + 40);
	etp_guess_mss(es);
	etp_cong_windows(&es->cong, snd->mss, 1);
	es->meter.segs = 1;		/* the SYN|ACK */
	rcv->segs_in = 1;		/* the SYN */
	if (sent_us)
		etp_rtt_sample(&es->rtt, min_t(u64, etp_clock_us() - sent_us, U32_MAX));
}

/* What tells a child from its listener in either family.  IP options and multicast
 * groups are the listener's own.
 */
static void etp_child_ends(struct sock *sk, const struct etp_request *req)
{
	const struct etp_key *key = &req->node.key;
	struct inet_sock *inet = inet_sk(sk);

	etp_sk(sk)->node.key = *key;
	inet->inet_dport = key->rport;
	inet->inet_sport = key->lport;
	inet->inet_num = ntohs(key->lport);
	sk->sk_bound_dev_if = key->dif;
	WRITE_ONCE(sk->sk_mark, req->mark);
	RCU_INIT_POINTER(inet->inet_opt, NULL);
	RCU_INIT_POINTER(inet->mc_list, NULL);
}

/**
 * etp_create_child - a socket for a connection whose handshake is over
 * @listener: the listener, not locked
 * @req: the request
 * @dst: route, whose reference the child takes over; may be NULL
 * @skb: segment that finished the handshake
 *
 * Softirq.  Returns the child in SYN_RECV, with its spinlock held and two
 * references (the accept queue's and the caller's); not in the table yet.  NULL
 * without memory; @dst is released then.
 */
struct sock *etp_create_child(struct sock *listener, struct etp_request *req,
			      struct dst_entry *dst, struct sk_buff *skb)
{
	struct sock *sk = sk_clone_lock(listener, GFP_ATOMIC);
	struct etp_sock *es;

	if (!sk) {
		dst_release(dst);
		return NULL;
	}
	es = etp_sk(sk);
	etp_init_newborn(sk);
	etp_child_ends(sk, req);
	es->listener = listener;
	sk->sk_txhash = READ_ONCE(req->txhash);
	WRITE_ONCE(sk->sk_shutdown, 0);
	atomic64_set(&sk->sk_cookie, 0);
	sk->sk_wmem_queued = 0;
	/* Cloned without its lock: the listener may be closing this moment.
	 * etp_child_ready() finds out.
	 */
	inet_sk_set_state(sk, TCP_SYN_RECV);	/* as its request was */
	sock_reset_flag(sk, SOCK_DEAD);
	req->af->init_child(sk, listener, req, dst, skb);
	etp_inherit_port(sk, listener);
	etp_child_rooms(sk, req, dst);
	return sk;
}
