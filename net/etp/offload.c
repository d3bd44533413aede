// SPDX-License-Identifier: GPL-2.0
/*
 * Segmentation where a device cannot: a large segment becomes many.
 *
 * The header has TCP's geometry, so devices that are not real wires (lo, veth,
 * bridges) pass large segments on whole; this is for the others.  May touch
 * packets only, which need not come from our own sockets: what a guest or a
 * program wrote into a tun device comes here, too.
 */
#include "internal.h"
#include <linux/ip.h>
#include <net/ip6_checksum.h>
#include <net/protocol.h>

/* Header checks; returns the length of the header or 0. */
static unsigned int etp_gso_header(struct sk_buff *skb)
{
	unsigned int len;

	if (!pskb_may_pull(skb, sizeof(struct tcphdr)))
		return 0;
	len = etp_hdr(skb)->doff * 4;
	if (len < sizeof(struct tcphdr) || !pskb_may_pull(skb, len))
		return 0;
	return skb_shinfo(skb)->gso_size ? len : 0;
}

/* Finish the checksum of a segment.  @pseudo is the sum of the pseudo-header
 * without the length.
 */
static void etp_gso_checksum(struct sk_buff *seg, __wsum pseudo)
{
	unsigned int len = seg->len - skb_transport_offset(seg);
	struct tcphdr *th = etp_hdr(seg);
	__sum16 sum = csum_fold(csum_add(pseudo, (__force __wsum)htonl(len)));

	/* The field holds the pseudo-header's sum while the rest is added. */
	th->check = ~sum;
	if (seg->ip_summed == CHECKSUM_PARTIAL) {
		seg->csum_start = skb_transport_header(seg) - seg->head;
		seg->csum_offset = offsetof(struct tcphdr, check);
	} else {
		th->check = gso_make_checksum(seg, csum_unfold(sum));
	}
}

/* Sequence numbers and flags: FIN and PSH belong to the last segment, CWR to the
 * first (RFC 3168 section 6.1.2).
 */
static void etp_gso_fix(struct sk_buff *segs, unsigned int mss, __wsum pseudo)
{
	u32 seq = ntohl(etp_hdr(segs)->seq);
	struct sk_buff *seg;

	for (seg = segs; seg; seg = seg->next) {
		struct tcphdr *th = etp_hdr(seg);

		th->seq = htonl(seq);
		seq += mss;
		if (seg != segs)
			th->cwr = 0;
		if (seg->next) {
			th->fin = 0;
			th->psh = 0;
		}
		etp_gso_checksum(seg, pseudo);
	}
}

/* The last segment stands for the whole: with it the bytes leave, which the socket
 * waits for, and the byte that a stamp was asked for (stamp.c).
 */
static void etp_gso_owner(struct sk_buff *skb, struct sk_buff *segs)
{
	struct sk_buff *last = segs;

	if (skb->destructor != etp_wfree)
		return;
	while (last->next)
		last = last->next;
	swap(last->truesize, skb->truesize);
	swap(last->destructor, skb->destructor);
	swap(last->sk, skb->sk);
	skb_shinfo(last)->tx_flags |= skb_shinfo(skb)->tx_flags & SKBTX_ANY_TSTAMP;
	skb_shinfo(last)->tskey = skb_shinfo(skb)->tskey;
}

static struct sk_buff *etp_gso_segment(struct sk_buff *skb,
				       netdev_features_t features, __wsum pseudo)
{
	unsigned int mss = skb_shinfo(skb)->gso_size;
	unsigned int header = etp_gso_header(skb);
	struct sk_buff *segs;

	if (!header)
		return ERR_PTR(-EINVAL);
	__skb_pull(skb, header);
	if (unlikely(skb->len <= mss))
		return ERR_PTR(-EINVAL);

	/* The device can, only the number of segments was not to be trusted. */
	if (skb_gso_ok(skb, features | NETIF_F_GSO_ROBUST)) {
		skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(skb->len, mss);
		return NULL;
	}

	/* No device knows this protocol's checksum: the segments get it here. */
	segs = skb_segment(skb, features & ~NETIF_F_CSUM_MASK);
	if (IS_ERR_OR_NULL(segs))
		return segs;
	etp_gso_fix(segs, mss, pseudo);
	etp_gso_owner(skb, segs);
	return segs;
}

/* Only what is TCP-like in its geometry, and for this family, is ours to cut. */
static bool etp_gso_type_ok(const struct sk_buff *skb, unsigned int type)
{
	return skb_shinfo(skb)->gso_type & type;
}

static struct sk_buff *etp_ipv4_gso_segment(struct sk_buff *skb,
					    netdev_features_t features)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (!etp_gso_type_ok(skb, SKB_GSO_TCPV4))
		return ERR_PTR(-EINVAL);
	return etp_gso_segment(skb, features,
			       csum_tcpudp_nofold(iph->saddr, iph->daddr, 0,
						  IPPROTO_ETP, 0));
}

static struct sk_buff *etp_ipv6_gso_segment(struct sk_buff *skb,
					    netdev_features_t features)
{
	const struct ipv6hdr *hdr;
	__wsum pseudo;

	if (!etp_gso_type_ok(skb, SKB_GSO_TCPV6) || !etp_gso_header(skb))
		return ERR_PTR(-EINVAL);
	hdr = ipv6_hdr(skb);
	/* Behind a routing header only the sender knows the last address. */
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		pseudo = csum_sub(csum_unfold(etp_hdr(skb)->check),
				  (__force __wsum)htonl(skb->len));
	else
		pseudo = csum_unfold(~csum_ipv6_magic(&hdr->saddr, &hdr->daddr,
						      0, IPPROTO_ETP, 0));
	return etp_gso_segment(skb, features, pseudo);
}

static const struct net_offload etp_ipv4_offload = {
	.callbacks.gso_segment	= etp_ipv4_gso_segment,
};

static const struct net_offload etp_ipv6_offload = {
	.callbacks.gso_segment	= etp_ipv6_gso_segment,
};

/**
 * etp_offload_init - offer segmentation to the stack
 *
 * Process context.  Returns 0 or -EBUSY when the protocol number is taken.
 */
int etp_offload_init(void)
{
	if (inet_add_offload(&etp_ipv4_offload, IPPROTO_ETP))
		return -EBUSY;
	if (inet6_add_offload(&etp_ipv6_offload, IPPROTO_ETP)) {
		inet_del_offload(&etp_ipv4_offload, IPPROTO_ETP);
		return -EBUSY;
	}
	return 0;
}

/**
 * etp_offload_exit - stop that
 *
 * Process context; waits for segmentation that is under way.
 */
void etp_offload_exit(void)
{
	inet6_del_offload(&etp_ipv6_offload, IPPROTO_ETP);
	inet_del_offload(&etp_ipv4_offload, IPPROTO_ETP);
}
