// SPDX-License-Identifier: GPL-2.0
/*
 * A segment's going: its header is written from the rooms and it is handed to
 * the address family.  May touch skbs; of the rooms only what the sending of a
 * header changes (window advertised, ACK sent, counters).
 */
#include "internal.h"
#include <net/inet_ecn.h>
#include <trace/events/etp.h>

/**
 * etp_wfree - freed below us: the bytes no longer count against the send buffer
 * @skb: what we sent (skb->destructor)
 *
 * Any context.
 */
void etp_wfree(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	/* One byte less, so that sk_free() finds the reference it drops. */
	WARN_ON(refcount_sub_and_test(skb->truesize - 1, &sk->sk_wmem_alloc));
	sk_free(sk);
}

static void etp_own(struct sk_buff *skb, struct sock *sk)
{
	skb_orphan(skb);
	skb->sk = sk;
	skb->destructor = etp_wfree;
	skb_set_hash_from_sk(skb, sk);
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
}

/* SACK blocks, as many as a segment has room for: it must not outgrow the path MTU,
 * and all the pieces of a large one have its options.  What came twice is told once.
 */
static unsigned int etp_sack_blocks(struct sock *sk, u32 payload,
				    struct etp_sack_block *blocks)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_reasm *reasm = &es->rcv.reasm;
	bool dsack = READ_ONCE(etp_net(sock_net(sk))->dsack);
	unsigned int most = es->peer.ts_ok ? 3 : ETP_MAX_SACKS;

	if (payload + 4 + sizeof(struct etp_sack_block) > es->snd.mss)
		return 0;
	most = min_t(u32, most, (es->snd.mss - payload - 4) /
				sizeof(struct etp_sack_block));
	if (likely(!reasm->dup))
		return etp_reasm_report(reasm, false, most, blocks);
	if (dsack && seq_lt(reasm->dsack.start, es->rcv.nxt))
		ETP_INC(sock_net(sk), DSACKOldSent);
	else if (dsack)
		ETP_INC(sock_net(sk), DSACKOfoSent);
	most = etp_reasm_report(reasm, dsack, most, blocks);
	reasm->dup = false;
	return most;
}

/* Options of a segment, as a reply that lacks the rest. */
static unsigned int etp_options_of(struct sock *sk, u8 flags, u32 payload,
				   u64 now, struct etp_reply *opt,
				   struct etp_sack_block *blocks)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));
	unsigned int nsack = 0;

	opt->opts = 0;
	if (flags & ETP_SYN) {
		bool answer = flags & ETP_ACK;

		opt->opts = ETP_OPT_MSS;
		opt->mss = es->rcv.advmss;
		opt->wscale = es->rcv.wscale;
		if (answer ? es->peer.ts_ok : READ_ONCE(en->timestamps) != 0)
			opt->opts |= ETP_OPT_TS;
		if (answer ? es->peer.sack_ok : READ_ONCE(en->sack) != 0)
			opt->opts |= ETP_OPT_SACK_OK;
		if (answer ? es->peer.wscale_ok : READ_ONCE(en->window_scaling) != 0)
			opt->opts |= ETP_OPT_WSCALE;
	} else if (es->peer.ts_ok) {
		opt->opts = ETP_OPT_TS;
	}
	if (opt->opts & ETP_OPT_TS) {
		opt->tsval = etp_ts(&es->peer, now);
		/* RFC 7323 section 3.2: without ACK there is nothing to echo */
		opt->tsecr = flags & ETP_ACK ? es->peer.ts_recent : 0;
	}
	if (es->peer.sack_ok && !(flags & ETP_SYN))
		nsack = etp_sack_blocks(sk, payload, blocks);
	if (nsack)
		opt->opts |= ETP_OPT_SACK;
	return nsack;
}

/* RFC 7323 section 2.2: the window of a SYN is never scaled. */
static u16 etp_syn_window(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	rcv->wup = rcv->nxt;
	return min(rcv->wnd, 65535U);
}

/* Everything of the header but the checksum. */
static void etp_build_header(struct sock *sk, struct sk_buff *skb, u32 seq,
			     u8 flags, u64 now)
{
	struct etp_sock *es = etp_sk(sk);
	struct inet_sock *inet = inet_sk(sk);
	struct etp_sack_block blocks[ETP_MAX_SACKS];
	struct etp_reply opt;
	unsigned int nsack = etp_options_of(sk, flags, skb->len, now, &opt, blocks);
	unsigned int hlen = sizeof(struct tcphdr) +
			    etp_options_len(opt.opts, nsack);
	struct tcphdr *th;

	th = skb_push(skb, hlen);
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	th->source = inet->inet_sport;
	th->dest = inet->inet_dport;
	th->seq = htonl(seq);
	if (flags & ETP_ACK)
		th->ack_seq = htonl(es->rcv.nxt);
	th->doff = hlen / 4;
	th->window = htons(flags & ETP_SYN ? etp_syn_window(sk) :
			   etp_rwnd_field(sk));
	if (unlikely(es->snd.urgent) && seq_lt(seq, es->snd.up) &&
	    seq_lt(es->snd.up - seq, 0x10000)) {
		/* RFC 6093: the pointer is that of the byte after, as others have it */
		th->urg_ptr = htons(es->snd.up - seq);
		flags |= ETP_URG;
	}
	((u8 *)th)[ETP_FLAGS_AT] = flags;
	etp_write_options((__be32 *)(th + 1), &opt, blocks, nsack);
}

/**
 * etp_device_offloads - may a device get a small segment without its checksum?
 * @dev: the device
 *
 * If it takes our GSO type whole and finishes any checksum.  One that stands on another
 * (VLAN, bond, bridge) may promise what that one can do for TCP and UDP only.
 */
bool etp_device_offloads(const struct net_device *dev)
{
	return (dev->features & NETIF_F_GSO_SCTP) && (dev->features & NETIF_F_HW_CSUM) &&
	       list_empty(&dev->adj_list.lower);
}

static bool etp_sock_offloads(const struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get((struct sock *)sk);

	return dst && etp_device_offloads(dst->dev);
}

static void etp_set_gso(struct sock *sk, struct sk_buff *skb, u32 piece, u8 flags)
{
	const struct etp_sock *es = etp_sk(sk);
	struct skb_shared_info *info = skb_shinfo(skb);
	u32 payload = skb->len;

	if (payload <= piece) {
		info->gso_size = 0;
		info->gso_segs = 1;
		info->gso_type = 0;
		return;
	}
	info->gso_size = piece;
	info->gso_segs = DIV_ROUND_UP(payload, piece);
	info->gso_type = SKB_GSO_SCTP | (es->af->family == AF_INET ?
					 SKB_GSO_TCPV4 : SKB_GSO_TCPV6);
	/* for its first segment alone, RFC 3168 section 6.1.2 */
	if (flags & ETP_CWR)
		info->gso_type |= SKB_GSO_TCP_ECN;
}

static struct sk_buff *etp_copy_for_wire(struct sk_buff *skb, gfp_t gfp)
{
	/* The last copy still sits somewhere below: its header is not ours. */
	if (unlikely(skb_cloned(skb)))
		return pskb_copy(skb, gfp);
	return skb_clone(skb, gfp);
}

/* What ECN adds to a segment: flags, and in the IP header ECT(0) for new data and for
 * nothing else (RFC 3168 sections 6.1.4 and 6.1.5).
 */
static u8 etp_ecn_bits(struct sock *sk, u8 flags, bool fresh)
{
	struct etp_sock *es = etp_sk(sk);

	if (es->peer.ecn_ok && fresh)
		INET_ECN_xmit(sk);
	else
		INET_ECN_dontxmit(sk);
	return es->peer.ecn_ok ? etp_ecn_out(&es->ecn, flags, fresh) : 0;
}

/* The counters a sent segment moves. */
static void etp_count_sent(struct sock *sk, u32 payload, u32 piece)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;
	u32 segs = payload > piece ? DIV_ROUND_UP(payload, piece) : 1;

	snd->segs_out += segs;
	if (payload) {
		struct etp_rcv *rcv = &etp_sk(sk)->rcv;

		snd->data_segs_out += segs;
		snd->bytes_sent += payload;
		snd->last_sent = etp_jiffies();
		/* an answer: the next ACK may wait to ride on one, too */
		if (snd->last_sent - rcv->last_data < rcv->ato)
			rcv->pingpong = 1;
	}
	ETP_ADD(sock_net(sk), OutSegs, segs);
}

/**
 * etp_transmit - write a header and hand a segment to the address family
 * @sk: the socket, locked, with a route
 * @skb: segment with struct etp_tx filled and no header yet
 * @keep: @skb stays with the caller (for retransmission) and a copy goes out;
 *	else @skb itself goes and is consumed, on failure too
 * @gfp: for the copy
 *
 * Returns 0, -ENOBUFS without memory or when the device's queue was full, or what the
 * layer below said.  That a queue has dropped something, of us or of somebody else, is
 * congestion.
 */
int etp_transmit(struct sock *sk, struct sk_buff *skb, bool keep, gfp_t gfp)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_tx *tx = etp_tx(skb);
	u8 flags = tx->flags;
	u32 seq = tx->seq;
	u32 payload = skb->len;
	u32 piece = etp_piece(es, seq);
	u64 now = etp_clock_us();
	int err;

	tx->sent_us = now;
	tx->mss = piece;
	etp_meter_sent(&es->meter, tx);
	flags |= etp_ecn_bits(sk, flags, payload && seq_geq(seq, es->snd.nxt));
	if (keep) {
		skb = etp_copy_for_wire(skb, gfp);
		if (unlikely(!skb))
			return -ENOBUFS;
		/* only now: an earlier copy may be on its way, or with a reader */
		etp_set_gso(sk, skb, piece, flags);
		/* the tree's node, not a list's: the copy must not carry it */
		skb->dev = NULL;
	}
	etp_build_header(sk, skb, seq, flags, now);
	etp_own(skb, sk);
	etp_checksum_tx(skb, &es->node.key,
			skb_is_gso(skb) || etp_sock_offloads(sk));
	etp_count_sent(sk, payload, piece);
	if (flags & ETP_ACK)
		etp_ack_sent(sk);

	memset(skb->cb, 0, sizeof(skb->cb));
	skb->tstamp = 0;
	err = es->af->queue_xmit(sk, skb);
	if (likely(err <= 0))
		return err;
	if (payload)
		etp_congested(sk, seq + payload - es->snd.una);
	return net_xmit_errno(err);
}

/* A segment without payload, to be sent and forgotten. */
static struct sk_buff *etp_bare(struct sock *sk, u32 seq, u8 flags, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb(MAX_HEADER + ETP_MAX_HDR +
					sizeof(struct ipv6hdr) + 64, gfp);

	if (!skb)
		return NULL;
	skb_reserve(skb, MAX_HEADER + ETP_MAX_HDR + sizeof(struct ipv6hdr) + 64);
	*etp_tx(skb) = (struct etp_tx) {
		.seq = seq,
		.end_seq = seq,
		.flags = flags,
	};
	return skb;
}

/* SEG.SEQ of a segment without data: never beyond what the peer allowed. */
static u32 etp_bare_seq(const struct etp_snd *snd)
{
	u32 end = etp_snd_end(snd);

	return seq_lt(end, snd->nxt) ? end : snd->nxt;
}

/**
 * etp_send_ack - acknowledge RCV.NXT now
 * @sk: the socket, locked
 *
 * Without memory the delayed-ACK timer tries again.
 */
void etp_send_ack(struct sock *sk)
{
	struct sk_buff *skb;

	if (sk->sk_state == TCP_CLOSE)
		return;
	skb = etp_bare(sk, etp_bare_seq(&etp_sk(sk)->snd), ETP_ACK,
		       sk_gfp_mask(sk, GFP_ATOMIC | __GFP_NOWARN));
	if (!skb) {
		etp_sk(sk)->rcv.delack = 1;
		etp_timer_delack(sk, ETP_DELACK_MAX);
		return;
	}
	etp_transmit(sk, skb, false, GFP_ATOMIC);
}

/**
 * etp_send_probe - ask the peer for an ACK
 * @sk: the socket, locked
 *
 * An old sequence number makes the segment unacceptable, so that the peer
 * answers with its window (RFC 9293 sections 3.8.4 and 3.8.6.1).
 */
void etp_send_probe(struct sock *sk)
{
	struct sk_buff *skb = etp_bare(sk, etp_sk(sk)->snd.una - 1, ETP_ACK,
				       sk_gfp_mask(sk, GFP_ATOMIC | __GFP_NOWARN));

	if (skb)
		etp_transmit(sk, skb, false, GFP_ATOMIC);
}

/**
 * etp_send_rst - tell the peer that the connection is aborted
 * @sk: the socket, locked
 * @gfp: how memory may be had
 */
void etp_send_rst(struct sock *sk, gfp_t gfp)
{
	struct sk_buff *skb = etp_bare(sk, etp_bare_seq(&etp_sk(sk)->snd),
				       ETP_RST | ETP_ACK, gfp | __GFP_NOWARN);

	ETP_INC(sock_net(sk), OutRsts);
	trace_etp_send_reset(sk);
	if (!skb || etp_sk(sk)->af->rebuild_route(sk)) {
		kfree_skb(skb);
		return;
	}
	etp_transmit(sk, skb, false, gfp);
}

/* The namespace's word, or the route's. */
static int etp_ecn_knob(const struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get((struct sock *)sk);

	if (dst && dst_feature(dst, RTAX_FEATURE_ECN))
		return 1;
	return READ_ONCE(etp_net(sock_net(sk))->ecn);
}

/**
 * etp_send_syn - send the SYN of an active open
 * @sk: the socket, locked, in SYN_SENT, with SND.ISS chosen
 *
 * The SYN waits in the retransmit tree like data.  Returns 0 or -ENOBUFS; a
 * failure to transmit is left to the timer.
 */
int etp_send_syn(struct sock *sk)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;
	struct sk_buff *skb = etp_alloc_skb(sk, sk->sk_allocation, true);

	if (!skb)
		return -ENOBUFS;
	__skb_header_release(skb);
	*etp_tx(skb) = (struct etp_tx) {
		.seq = snd->iss,
		.end_seq = snd->iss + 1,
		.flags = ETP_SYN | etp_ecn_syn(&etp_sk(sk)->ecn, etp_ecn_knob(sk)),
	};
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	etp_rtx_insert(sk, skb);
	snd->nxt = snd->iss + 1;
	etp_transmit(sk, skb, true, sk->sk_allocation);
	snd->syn_ts = etp_ts(&etp_sk(sk)->peer, etp_tx(skb)->sent_us);
	ETP_INC(sock_net(sk), ActiveOpens);
	etp_timer_rtx(sk, ETP_TIMER_RTO, etp_rtt_rto(&etp_sk(sk)->rtt));
	return 0;
}
