// SPDX-License-Identifier: GPL-2.0
/*
 * The header and its options: RFC 9293 section 3.1 and 3.2, RFC 7323, RFC 2018.
 * May touch headers and struct etp_segment; knows no socket.
 */
#include "internal.h"
#include <net/ip6_checksum.h>

/* Option kinds and lengths, RFC 9293 section 3.2 */
#define KIND_EOL	0
#define KIND_NOP	1
#define KIND_MSS	2
#define KIND_WSCALE	3
#define KIND_SACK_OK	4
#define KIND_SACK	5
#define KIND_TS		8

#define LEN_MSS		4
#define LEN_WSCALE	3
#define LEN_SACK_OK	2
#define LEN_TS		10
#define LEN_SACK_BASE	2
#define LEN_SACK_BLOCK	8

/* One option whose length is known to lie inside the header. */
static void etp_parse_option(const u8 *opt, u8 kind, u8 len, u8 at, bool syn,
			     struct etp_segment *seg)
{
	switch (kind) {
	case KIND_MSS:
		if (len == LEN_MSS && syn) {
			seg->mss = get_unaligned_be16(opt + 2);
			if (seg->mss)
				seg->opts |= ETP_OPT_MSS;
		}
		break;
	case KIND_WSCALE:
		if (len == LEN_WSCALE && syn) {
			/* RFC 7323 section 2.3: more than 14 counts as 14 */
			seg->wscale = min_t(u8, opt[2], ETP_MAX_WSCALE);
			seg->wscale_cut = opt[2] > ETP_MAX_WSCALE;
			seg->opts |= ETP_OPT_WSCALE;
		}
		break;
	case KIND_SACK_OK:
		if (len == LEN_SACK_OK && syn)
			seg->opts |= ETP_OPT_SACK_OK;
		break;
	case KIND_TS:
		if (len == LEN_TS) {
			seg->tsval = get_unaligned_be32(opt + 2);
			seg->tsecr = get_unaligned_be32(opt + 6);
			seg->opts |= ETP_OPT_TS;
		}
		break;
	case KIND_SACK:
		if (len >= LEN_SACK_BASE + LEN_SACK_BLOCK &&
		    !((len - LEN_SACK_BASE) % LEN_SACK_BLOCK)) {
			seg->sack_at = at + LEN_SACK_BASE;
			seg->sack_n = (len - LEN_SACK_BASE) / LEN_SACK_BLOCK;
			seg->opts |= ETP_OPT_SACK;
		}
		break;
	}
}

/**
 * etp_parse_options - read the options of a header
 * @th: header; th->doff * 4 bytes can be read
 * @seg: gets opts, mss, wscale, tsval, tsecr, sack_at and sack_n
 *
 * Any context.  Unknown kinds are skipped (MUST-6), a length that makes no sense
 * ends the reading without harm (MUST-7), and what was read until then counts.
 */
void etp_parse_options(const struct tcphdr *th, struct etp_segment *seg)
{
	const u8 *base = (const u8 *)th;
	unsigned int at = sizeof(*th);
	unsigned int end = th->doff * 4;

	seg->opts = 0;
	seg->sack_n = 0;
	seg->sack_at = 0;
	seg->mss = 0;
	seg->wscale = 0;
	seg->wscale_cut = 0;
	seg->tsval = 0;
	seg->tsecr = 0;

	while (at < end) {
		u8 kind = base[at];
		u8 len;

		if (kind == KIND_EOL)
			return;
		if (kind == KIND_NOP) {
			at++;
			continue;
		}
		if (at + 2 > end)
			return;
		len = base[at + 1];
		if (len < 2 || at + len > end)
			return;
		etp_parse_option(base + at, kind, len, at, th->syn, seg);
		at += len;
	}
}

/* The layout every segment of an established connection has. */
static bool etp_parse_ts_only(const struct tcphdr *th, struct etp_segment *seg)
{
	const __be32 *ptr = (const __be32 *)(th + 1);

	if (th->doff != (sizeof(*th) + ETP_TSOPT_LEN) / 4 ||
	    *ptr != htonl(KIND_NOP << 24 | KIND_NOP << 16 | KIND_TS << 8 | LEN_TS))
		return false;
	seg->tsval = ntohl(ptr[1]);
	seg->tsecr = ntohl(ptr[2]);
	seg->opts = ETP_OPT_TS;
	seg->sack_n = 0;
	return true;
}

/**
 * etp_parse - read a header into skb->cb
 * @skb: segment; data points at the transport header.  The checksum is the
 *	caller's business, before or after
 * @seg: gets everything but iif, sdif and ecn
 *
 * Any context.  Makes the header linear.  Returns ETP_GOOD, ETP_BAD_SHORT or
 * ETP_BAD_DOFF.  @seg may lie in skb->cb: what the network layer kept there is
 * lost.
 */
enum etp_bad etp_parse(struct sk_buff *skb, struct etp_segment *seg)
{
	const struct tcphdr *th;
	unsigned int doff;

	if (!pskb_may_pull(skb, sizeof(*th)))
		return ETP_BAD_SHORT;
	th = (const struct tcphdr *)skb->data;
	doff = th->doff * 4;
	if (doff < sizeof(*th) || doff > skb->len)
		return ETP_BAD_DOFF;
	if (!pskb_may_pull(skb, doff))
		return ETP_BAD_DOFF;
	th = (const struct tcphdr *)skb->data;

	seg->seq = ntohl(th->seq);
	seg->ack = ntohl(th->ack_seq);
	seg->wnd = ntohs(th->window);
	seg->up = ntohs(th->urg_ptr);
	seg->flags = skb->data[ETP_FLAGS_AT];
	seg->doff = doff;
	seg->end_seq = seg->seq + (skb->len - doff) + th->syn + th->fin;
	if (!etp_parse_ts_only(th, seg))
		etp_parse_options(th, seg);
	return ETP_GOOD;
}

/**
 * etp_options_len - bytes of the options to write
 * @opts: ETP_OPT_*
 * @nsack: SACK blocks, when @opts has ETP_OPT_SACK
 *
 * Returns a multiple of four.
 */
unsigned int etp_options_len(u8 opts, unsigned int nsack)
{
	unsigned int len = 0;

	if (opts & ETP_OPT_MSS)
		len += LEN_MSS;
	if (opts & ETP_OPT_TS)
		len += ETP_TSOPT_LEN;	/* SACK-permitted takes the NOPs' place */
	else if (opts & ETP_OPT_SACK_OK)
		len += 4;
	if (opts & ETP_OPT_WSCALE)
		len += 4;
	if ((opts & ETP_OPT_SACK) && nsack)
		len += 4 + nsack * LEN_SACK_BLOCK;
	return len;
}

/**
 * etp_write_options - write options in kernel TCP's order and padding
 * @ptr: where they go; etp_options_len() bytes are free
 * @reply: opts, mss, wscale, tsval and tsecr are used
 * @sack: SACK blocks
 * @nsack: how many
 *
 * Returns the bytes written.
 */
unsigned int etp_write_options(__be32 *ptr, const struct etp_reply *reply,
			       const struct etp_sack_block *sack,
			       unsigned int nsack)
{
	__be32 *start = ptr;
	unsigned int i;
	u8 opts = reply->opts;

	if (opts & ETP_OPT_MSS)
		*ptr++ = htonl(KIND_MSS << 24 | LEN_MSS << 16 | reply->mss);
	if (opts & ETP_OPT_TS) {
		u32 pad = opts & ETP_OPT_SACK_OK ?
			  KIND_SACK_OK << 24 | LEN_SACK_OK << 16 :
			  KIND_NOP << 24 | KIND_NOP << 16;

		*ptr++ = htonl(pad | KIND_TS << 8 | LEN_TS);
		*ptr++ = htonl(reply->tsval);
		*ptr++ = htonl(reply->tsecr);
	} else if (opts & ETP_OPT_SACK_OK) {
		*ptr++ = htonl(KIND_NOP << 24 | KIND_NOP << 16 |
			       KIND_SACK_OK << 8 | LEN_SACK_OK);
	}
	if (opts & ETP_OPT_WSCALE)
		*ptr++ = htonl(KIND_NOP << 24 | KIND_WSCALE << 16 |
			       LEN_WSCALE << 8 | reply->wscale);
	if ((opts & ETP_OPT_SACK) && nsack) {
		*ptr++ = htonl(KIND_NOP << 24 | KIND_NOP << 16 | KIND_SACK << 8 |
			       (LEN_SACK_BASE + nsack * LEN_SACK_BLOCK));
		for (i = 0; i < nsack; i++) {
			*ptr++ = htonl(sack[i].start);
			*ptr++ = htonl(sack[i].end);
		}
	}
	return (ptr - start) * sizeof(*ptr);
}

/**
 * etp_key_is_v4 - does the connection run over IPv4?
 * @key: addresses of the connection
 */
bool etp_key_is_v4(const struct etp_key *key)
{
	return ipv6_addr_v4mapped(&key->raddr);
}

static __sum16 etp_pseudo(const struct etp_key *key, unsigned int len, __wsum sum)
{
	if (etp_key_is_v4(key))
		return csum_tcpudp_magic(key->laddr.s6_addr32[3],
					 key->raddr.s6_addr32[3],
					 len, IPPROTO_ETP, sum);
	return csum_ipv6_magic(&key->laddr, &key->raddr, len, IPPROTO_ETP, sum);
}

/**
 * etp_checksum_tx - checksum of a segment on its way out, RFC 9293 section 3.1
 * @skb: data points at the transport header, which is complete but for the sum
 * @key: addresses, local end first
 * @offload: the device finishes the job (or nobody needs to)
 *
 * Any context.  GSO segments must be handed over with @offload set.
 *
 * Behind a veth there may be a bridge or a router, and a card that knows the sums of
 * TCP and UDP only.  The stack finishes the sum before such a card, unless the place of
 * the sum is TCP's, 16 bytes from where summing begins.  So that of a small segment
 * begins after the source port, which is in the seed instead.
 */
void etp_checksum_tx(struct sk_buff *skb, const struct etp_key *key, bool offload)
{
	struct tcphdr *th = etp_hdr(skb);

	if (offload) {
		unsigned int from = skb_is_gso(skb) ? 0 : sizeof(th->source);

		th->check = ~etp_pseudo(key, skb->len,
					from ? (__force __wsum)th->source : 0);
		skb->csum_start = skb_transport_header(skb) + from - skb->head;
		skb->csum_offset = offsetof(struct tcphdr, check) - from;
		skb->ip_summed = CHECKSUM_PARTIAL;
		return;
	}
	th->check = 0;
	th->check = etp_pseudo(key, skb->len,
			       skb_checksum(skb, 0, skb->len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}
