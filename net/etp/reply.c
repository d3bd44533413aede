// SPDX-License-Identifier: GPL-2.0
/*
 * RST and ACK without a socket, and how many of them.  May touch nothing but the
 * skb it makes.
 */
#include "internal.h"
#include <net/ip.h>
#include <net/ipv6.h>
#include <trace/events/etp.h>

/**
 * etp_reply_send - send a segment that belongs to no full socket
 * @reply: what it says
 * @af: address family
 *
 * Softirq or process context.  Failures are counted below and otherwise silent:
 * nobody waits for the result.
 */
void etp_reply_send(const struct etp_reply *reply, const struct etp_af_ops *af)
{
	unsigned int optlen = etp_options_len(reply->opts, 0);
	unsigned int room = MAX_HEADER + sizeof(struct ipv6hdr) + 64;
	struct sk_buff *skb = alloc_skb(room + ETP_MAX_HDR, GFP_ATOMIC);
	struct tcphdr *th;

	if (!skb)
		return;
	skb_reserve(skb, room);
	th = skb_put_zero(skb, sizeof(*th) + optlen);
	skb_reset_transport_header(skb);
	th->source = reply->key->lport;
	th->dest = reply->key->rport;
	th->seq = htonl(reply->seq);
	if (reply->flags & ETP_ACK)
		th->ack_seq = htonl(reply->ack);
	th->doff = (sizeof(*th) + optlen) / 4;
	th->window = htons(reply->wnd);
	((u8 *)th)[ETP_FLAGS_AT] = reply->flags;
	etp_write_options((__be32 *)(th + 1), reply, NULL, 0);
	etp_checksum_tx(skb, reply->key, false);
	ETP_INC(reply->net, OutSegs);
	af->send(reply, skb);
}

/**
 * etp_reply_priority - which queue a reply goes to
 * @reply: what is sent
 *
 * As SO_PRIORITY of the listener has it, or as the type of service.
 */
u32 etp_reply_priority(const struct etp_reply *reply)
{
	return reply->sk ? READ_ONCE(reply->sk->sk_priority) :
			   rt_tos2priority(reply->tos);
}

/**
 * etp_reply_rst - answer a segment for which there is no connection
 * @net: network namespace
 * @skb: the segment, header pulled or not; not consumed
 * @key: its addresses, local end first
 * @af: family it came in by
 *
 * RFC 9293 section 3.5.2: a reset is never answered; a segment with ACK is
 * answered from the sequence number it acknowledges, one without is acknowledged.
 * RFC 7323 section 5.2: its timestamp is echoed, and ours is 0, for there is no clock.
 */
void etp_reply_rst(struct net *net, struct sk_buff *skb,
		   const struct etp_key *key, const struct etp_af_ops *af)
{
	const struct etp_segment *seg = etp_seg(skb);
	struct etp_key back = *key;
	struct etp_reply reply = {
		.net	= net,
		.key	= &back,
		.flags	= ETP_RST,
		.opts	= seg->opts & ETP_OPT_TS,
		.tsecr	= seg->tsval,
		.mark	= af->family == AF_INET6 ? IP6_REPLY_MARK(net, skb->mark) :
						   IP4_REPLY_MARK(net, skb->mark),
	};

	if (seg->flags & ETP_RST)
		return;
	/* a link-local peer is not behind a VRF, but behind one of its links */
	if (seg->sdif && (ipv6_addr_type(&key->raddr) & IPV6_ADDR_LINKLOCAL))
		back.dif = seg->sdif;
	if (af->family == AF_INET6)
		reply.label = etp_ipv6_rst_label(net, skb);
	if (seg->flags & ETP_ACK) {
		reply.seq = seg->ack;
	} else {
		reply.flags |= ETP_ACK;
		reply.ack = seg->end_seq;
	}
	ETP_INC(net, OutRsts);
	etp_reply_send(&reply, af);
}

/**
 * etp_ratelimit - at most one in each interval
 * @last: jiffies of the last one, 0 before the first
 * @interval: jiffies
 *
 * Returns true when this one may go.
 */
bool etp_ratelimit(u32 *last, u32 interval)
{
	u32 now = etp_jiffies();
	u32 then = READ_ONCE(*last);

	if (then && now - then < interval)
		return false;
	WRITE_ONCE(*last, now ?: 1);
	return true;
}

/**
 * etp_challenge_allowed - may a challenge ACK go? RFC 5961 section 7
 * @net: network namespace
 *
 * Any context.  A number for each second, the same for all connections, and
 * varied so that it tells an attacker nothing.
 */
bool etp_challenge_allowed(struct net *net)
{
	struct etp_net *en = etp_net(net);
	u32 limit = READ_ONCE(en->challenge_ack_limit);
	u32 now = etp_seconds();
	u32 left;

	if (limit == INT_MAX)
		return true;
	if (now != READ_ONCE(en->challenge_at)) {
		u32 half = (limit + 1) >> 1;

		WRITE_ONCE(en->challenge_at, now);
		WRITE_ONCE(en->challenge_count,
			   half + get_random_u32_below(max(limit, 1U)));
	}
	left = READ_ONCE(en->challenge_count);
	if (!left) {
		ETP_INC(net, ACKSkipped);
		return false;
	}
	WRITE_ONCE(en->challenge_count, left - 1);
	return true;
}
