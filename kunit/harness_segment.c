// SPDX-License-Identifier: GPL-2.0
/*
 * The wire harness, part four: the two addresses, the segments that the peer sends, and
 * what must be right of those that it gets.  See harness.h.
 */
#include "harness.h"
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

/**
 * wire_byte - the pattern that payload is made of
 * @at: offset in the stream
 */
u8 wire_byte(u32 at)
{
	return at ^ (at >> 8) * 31;
}

/* ---- Addresses ---- */

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

/* ---- A segment comes in ---- */

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

/* ---- A segment goes out ---- */

static __sum16 wire_sum(const struct sk_buff *skb, const struct etp_key *key,
			__wsum sum)
{
	if (!ipv6_addr_v4mapped(&key->raddr))
		return csum_ipv6_magic(&key->laddr, &key->raddr, skb->len,
				       IPPROTO_ETP, sum);
	return csum_tcpudp_magic(key->laddr.s6_addr32[3], key->raddr.s6_addr32[3],
				 skb->len, IPPROTO_ETP, sum);
}

/**
 * wire_sum_is_right - is the checksum of a segment that goes out?
 * @skb: segment, data at its header
 * @key: its addresses
 *
 * Or what of it a device would complete.
 */
bool wire_sum_is_right(struct sk_buff *skb, const struct etp_key *key)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		__wsum before = skb_checksum(skb, 0, skb_checksum_start_offset(skb), 0);

		return etp_hdr(skb)->check ==
		       (__force __sum16)~(__force u16)wire_sum(skb, key, before);
	}
	return !wire_sum(skb, key, skb_checksum(skb, 0, skb->len, 0));
}

/**
 * wire_payload_is_right - is the payload of a segment that goes out the pattern?
 * @w: the wire
 * @skb: segment, data at its header
 * @s: it, or a piece of it as the wire has it
 * @offset: where the piece begins in the payload of @skb
 */
bool wire_payload_is_right(const struct wire *w, const struct sk_buff *skb,
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
