// SPDX-License-Identifier: GPL-2.0
/*
 * What an ICMP error does, whichever family it came by: ipv4.c and ipv6.c have made a
 * struct etp_icmp of it.  RFC 5927 says which to believe, RFC 5461 and RFC 9293 section
 * 3.9.2.2 what follows from them, RFC 1191 and RFC 8201 what a path MTU is for.
 *
 * May touch the errors of a socket, its route and its path MTU, and end an attempt to
 * connect.
 */
#include "internal.h"
#include <net/ip.h>

/**
 * etp_icmp_acceptable - is an ICMP error about something that is in flight?
 * @snd: sending side
 * @seq: SEG.SEQ of the segment the error quotes
 *
 * RFC 5927 section 4.1; SND.NXT itself counts, since pure ACKs carry it.  Socket
 * locked.
 */
bool etp_icmp_acceptable(const struct etp_snd *snd, u32 seq)
{
	return seq_between(seq, snd->una, snd->nxt);
}

/* ---- The path MTU ---- */

/* What is in flight goes again; it fitted the congestion window once. */
static void etp_resend_all(struct sock *sk)
{
	const struct etp_snd *snd = &etp_sk(sk)->snd;
	u32 seq, next = snd->una;

	etp_rec_lost_all(sk, ETP_CAUSE_MTU);
	do {
		seq = next;
		next = etp_retransmit(sk, seq, etp_sk(sk)->cong.cwnd,
				      ETP_CAUSE_MTU);
	} while (next != seq && seq_lt(next, snd->nxt));
}

/**
 * etp_mtu_reduced - the path takes smaller packets only
 * @sk: locked, and not owned by the program
 * @mtu: what the router said, bytes
 *
 * RFC 1191, RFC 8201.  The route learns it, then the socket, and what was too big
 * goes again at once.  Softirq or process context.
 */
void etp_mtu_reduced(struct sock *sk, u32 mtu)
{
	struct etp_sock *es = etp_sk(sk);
	struct dst_entry *dst;
	u32 mss = es->snd.mss;
	bool accept;

	if ((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE))
		return;
	if (es->af->rebuild_route(sk))
		return;
	dst = __sk_dst_get(sk);
	dst->ops->update_pmtu(dst, sk, NULL, mtu, true);
	if (es->af->rebuild_route(sk))
		return;
	dst = __sk_dst_get(sk);

	accept = es->af->family == AF_INET6 ||
		 (inet_sk(sk)->pmtudisc != IP_PMTUDISC_DONT &&
		  ip_sk_accept_pmtu(sk));
	if (mtu < dst_mtu(dst) && es->af->family == AF_INET &&
	    ip_dont_fragment(sk, dst))
		WRITE_ONCE(sk->sk_err_soft, EMSGSIZE);
	if (!accept || es->snd.pmtu <= dst_mtu(dst))
		return;
	etp_sync_mss(sk, dst_mtu(dst));
	/* else it was a probe, whose loss recovery will notice */
	if (es->snd.mss < mss)
		etp_resend_all(sk);
}

/* ---- Errors ---- */

/* An error about a SYN|ACK: nobody waits for this connection yet. */
static void etp_icmp_request(struct etp_request *req, const struct etp_icmp *icmp)
{
	if (icmp->seq != req->iss)
		ETP_INC(req->node.net, OutOfWindowIcmps);
	else if (icmp->hard)
		etp_request_drop(req);
}

/* MUST-56: a soft error that the network reports ends no connection.  Of an attempt to
 * connect others take it for the end (RFC 5461 section 4.1); net.etp.rfc5461 does that.
 * What this host itself knows, that a neighbour does not answer, is no such report.
 */
static bool etp_icmp_ends(const struct sock *sk, const struct etp_icmp *icmp)
{
	return ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) &&
	       (icmp->hard || icmp->local ||
		READ_ONCE(etp_net(sock_net(sk))->rfc5461));
}

/* An error the program may want to know.  The socket is locked. */
static void etp_icmp_error(struct sock *sk, const struct etp_icmp *icmp)
{
	bool owned = sock_owned_by_user(sk);
	bool ends = etp_icmp_ends(sk, icmp);
	bool report;

	if (etp_sk(sk)->af->family == AF_INET6)
		report = inet6_test_bit(RECVERR6, sk);
	else
		report = inet_test_bit(RECVERR, sk);

	if (ends)
		etp_errqueue_icmp(sk, icmp);
	if (!owned && ends) {
		etp_reset(sk, icmp->err);
	} else if (!owned && report) {
		WRITE_ONCE(sk->sk_err, icmp->err);
		sk_error_report(sk);
	} else {
		WRITE_ONCE(sk->sk_err_soft, icmp->err);
	}
}

static void etp_icmp_sock(struct sock *sk, const struct etp_icmp *icmp)
{
	struct etp_sock *es = etp_sk(sk);
	bool owned = sock_owned_by_user(sk);
	struct dst_entry *dst;

	if (sk->sk_state == TCP_CLOSE)
		return;
	if (!etp_icmp_acceptable(&es->snd, icmp->seq)) {
		ETP_INC(sock_net(sk), OutOfWindowIcmps);
		return;
	}
	if (icmp->mtu) {
		if (owned) {
			es->snd.pmtu_pending = icmp->mtu;
			if (!test_and_set_bit(ETP_DEFER_MTU, &es->timers.deferred))
				sock_hold(sk);
		} else {
			etp_mtu_reduced(sk, icmp->mtu);
		}
		return;
	}
	if (owned)
		ETP_INC(sock_net(sk), LockDroppedIcmps);
	if (icmp->redirect) {
		if (!owned && !es->af->rebuild_route(sk)) {
			dst = __sk_dst_get(sk);
			dst->ops->redirect(dst, sk, icmp->skb);
		}
	} else if (icmp->err) {
		etp_icmp_error(sk, icmp);
	}
}

/**
 * etp_icmp_rcv - an ICMP error is about a segment of ours
 * @net: network namespace
 * @key: of the segment, local end first
 * @sdif: L3 slave device, 0 when there is none
 * @icmp: what it says
 *
 * Connections that are set up already survive all errors (RFC 5461 section 2, RFC 5927
 * section 5.2), half-open ones of a listener those that are soft; an attempt to connect
 * ends.  Softirq context, under rcu_read_lock().  Returns 0, or -ENOENT when there is
 * no such connection.
 */
int etp_icmp_rcv(struct net *net, const struct etp_key *key, int sdif,
		 const struct etp_icmp *icmp)
{
	struct etp_node *node = etp_lookup(net, key, sdif);
	struct sock *sk;

	if (!node)
		return -ENOENT;
	switch (node->kind) {
	case ETP_FULL:
		sk = etp_node_sk(node);
		bh_lock_sock(sk);
		etp_icmp_sock(sk, icmp);
		bh_unlock_sock(sk);
		break;
	case ETP_REQUEST:
		etp_icmp_request(container_of(node, struct etp_request, node), icmp);
		break;
	case ETP_TIMEWAIT:
		break;
	}
	etp_node_put(node);
	return 0;
}
