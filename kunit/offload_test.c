// SPDX-License-Identifier: GPL-2.0
/* A large segment becomes many: each with its own header, number and checksum. */
#include "suites.h"
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <net/ip6_checksum.h>
#include "../net/etp/internal.h"

#define OPTIONS	12
#define HEADER	(sizeof(struct tcphdr) + OPTIONS)
#define SEQ	0xfffffe00U	/* so that the numbers wrap on the way */

static u8 payload(u32 at)
{
	return at * 7 + (at >> 8);
}

static bool put_payload(struct sk_buff *skb, u32 len)
{
	u32 done = 0, i;

	while (done < len) {
		u32 n = min_t(u32, len - done, 1111);
		struct page *page = alloc_page(GFP_KERNEL);
		u8 *data;

		if (!page)
			return false;
		data = page_address(page);
		for (i = 0; i < n; i++)
			data[i] = payload(done + i);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, n, PAGE_SIZE);
		done += n;
	}
	return true;
}

static void put_network(struct sk_buff *skb, bool v4, u32 len)
{
	static const u8 src[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	static const u8 dst[16] = { 0x20, 1, 0xd, 0xb8, [15] = 2 };
	struct ipv6hdr *hdr;
	struct iphdr *iph;

	skb_set_network_header(skb, ETH_HLEN);
	if (v4) {
		iph = skb_put_zero(skb, sizeof(*iph));
		iph->version = 4;
		iph->ihl = 5;
		iph->ttl = 64;
		iph->protocol = IPPROTO_ETP;
		iph->frag_off = htons(IP_DF);
		iph->tot_len = htons(sizeof(*iph) + HEADER + len);
		iph->saddr = htonl(0xc0000201);
		iph->daddr = htonl(0xc0000202);
		ip_send_check(iph);
		return;
	}
	hdr = skb_put_zero(skb, sizeof(*hdr));
	hdr->version = 6;
	hdr->hop_limit = 64;
	hdr->nexthdr = IPPROTO_ETP;
	hdr->payload_len = htons(HEADER + len);
	memcpy(&hdr->saddr, src, 16);
	memcpy(&hdr->daddr, dst, 16);
}

static __sum16 sum_of(struct sk_buff *skb, bool v4, unsigned int len, __wsum sum)
{
	if (v4)
		return csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len,
					 IPPROTO_ETP, sum);
	return csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len,
			       IPPROTO_ETP, sum);
}

/* What etp_transmit() and the IP layer hand to a device */
static struct sk_buff *large(struct kunit *test, bool v4, u32 len, u16 size, u8 flags)
{
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);
	struct tcphdr *th;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reserve(skb, 64);
	skb_reset_mac_header(skb);
	skb_put_zero(skb, ETH_HLEN);
	skb->mac_len = ETH_HLEN;
	skb->protocol = v4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	eth_hdr(skb)->h_proto = skb->protocol;
	put_network(skb, v4, len);
	th = skb_put_zero(skb, HEADER);
	skb_set_transport_header(skb, (u8 *)th - skb->data);
	th->seq = htonl(SEQ);
	th->ack_seq = htonl(99);
	th->doff = HEADER / 4;
	th->window = htons(1234);
	((u8 *)th)[ETP_FLAGS_AT] = flags;
	memset(th + 1, 1, OPTIONS);
	KUNIT_ASSERT_TRUE(test, put_payload(skb, len));
	th->check = ~sum_of(skb, v4, HEADER + len, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
	skb_shinfo(skb)->gso_size = size;
	skb_shinfo(skb)->gso_segs = size ? DIV_ROUND_UP(len, size) : 0;
	skb_shinfo(skb)->gso_type = SKB_GSO_SCTP | (v4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6);
	skb->dev = init_net.loopback_dev;
	return skb;
}

static void check_piece(struct kunit *test, struct sk_buff *seg, bool v4, u32 at,
			u32 len, u8 flags)
{
	unsigned int offset = skb_transport_offset(seg);
	u32 i, wrong = 0;
	__sum16 sum;
	u8 byte;

	KUNIT_EXPECT_EQ(test, seg->len, (unsigned int)(offset + HEADER + len));
	KUNIT_EXPECT_EQ(test, ntohl(etp_hdr(seg)->seq), SEQ + at);
	KUNIT_EXPECT_EQ(test, ntohl(etp_hdr(seg)->ack_seq), 99U);
	KUNIT_EXPECT_EQ(test, ((u8 *)etp_hdr(seg))[ETP_FLAGS_AT], flags);
	KUNIT_EXPECT_EQ(test, ((u8 *)(etp_hdr(seg) + 1))[OPTIONS - 1], 1);
	if (seg->ip_summed == CHECKSUM_PARTIAL)
		KUNIT_EXPECT_EQ(test, skb_checksum_help(seg), 0);
	sum = sum_of(seg, v4, HEADER + len, skb_checksum(seg, offset, HEADER + len, 0));
	KUNIT_EXPECT_EQ_MSG(test, (__force u16)sum, 0, "checksum at %u", at);
	for (i = 0; i < len; i++)
		wrong += skb_copy_bits(seg, offset + HEADER + i, &byte, 1) ||
			 byte != payload(at + i);
	KUNIT_EXPECT_EQ(test, wrong, 0U);
}

static void segment(struct kunit *test, bool v4, u32 len, u16 size)
{
	const u8 all = ETP_ACK | ETP_PSH | ETP_FIN | ETP_CWR | ETP_ECE;
	struct sk_buff *skb = large(test, v4, len, size, all), *segs, *next;
	u32 at = 0;

	segs = skb_gso_segment(skb, NETIF_F_SG);
	kfree_skb(skb);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, segs);
	for (; segs; segs = next) {
		u32 n = min_t(u32, size, len - at);
		u8 flags = all;

		next = segs->next;
		skb_mark_not_on_list(segs);
		if (at)
			flags &= ~ETP_CWR;
		if (next)
			flags &= ~(ETP_FIN | ETP_PSH);
		check_piece(test, segs, v4, at, n, flags);
		at += n;
		kfree_skb(segs);
	}
	KUNIT_EXPECT_EQ(test, at, len);
}

static void offload_ipv4(struct kunit *test)
{
	segment(test, true, 3000, 1000);
	segment(test, true, 3001, 1000);
	segment(test, true, 1449, 1448);
	segment(test, true, 15000, 536);
}

static void offload_ipv6(struct kunit *test)
{
	segment(test, false, 3000, 1000);
	segment(test, false, 2999, 1428);
	segment(test, false, 15000, 536);
}

/* What a guest may have written: refused, not believed */
static void refuse(struct kunit *test, struct sk_buff *skb, const char *what)
{
	struct sk_buff *segs = skb_gso_segment(skb, NETIF_F_SG);

	KUNIT_EXPECT_TRUE_MSG(test, IS_ERR(segs), "%s", what);
	if (!IS_ERR_OR_NULL(segs))
		kfree_skb_list(segs);
	kfree_skb(skb);
}

static void offload_refuses(struct kunit *test)
{
	struct sk_buff *skb;

	skb = large(test, true, 3000, 1000, ETP_ACK);
	etp_hdr(skb)->doff = 4;
	refuse(test, skb, "header shorter than a header");

	skb = large(test, true, 20, 10, ETP_ACK);
	etp_hdr(skb)->doff = 15;
	refuse(test, skb, "header past the end");

	skb = large(test, true, 500, 1000, ETP_ACK);
	refuse(test, skb, "nothing to cut");

	skb = large(test, true, 3000, 1000, ETP_ACK);
	skb_shinfo(skb)->gso_type = SKB_GSO_UDP_L4;
	refuse(test, skb, "of another protocol");

	skb = large(test, true, 3000, 1000, ETP_ACK);
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV6;
	refuse(test, skb, "of the other family");
}

/* The bytes leave the socket with the last segment, which has the stamp's mark. */
static void offload_owner(struct kunit *test)
{
	struct sk_buff *skb = large(test, true, 3000, 1000, ETP_ACK), *segs, *last;
	struct socket *sock;
	struct sock *sk;

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
						  IPPROTO_ETP, &sock));
	sk = sock->sk;
	skb->sk = sk;
	skb->destructor = etp_wfree;
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
	skb_shinfo(skb)->tx_flags = SKBTX_SW_TSTAMP;
	skb_shinfo(skb)->tskey = 77;
	segs = skb_gso_segment(skb, NETIF_F_SG);
	kfree_skb(skb);
	KUNIT_EXPECT_GT(test, refcount_read(&sk->sk_wmem_alloc), 1U);
	KUNIT_EXPECT_FALSE(test, IS_ERR_OR_NULL(segs));
	for (last = segs; !IS_ERR_OR_NULL(segs) && last->next; last = last->next)
		KUNIT_EXPECT_EQ(test, (int)skb_shinfo(last)->tx_flags, 0);
	if (!IS_ERR_OR_NULL(segs)) {
		KUNIT_EXPECT_PTR_EQ(test, last->sk, sk);
		KUNIT_EXPECT_EQ(test, (int)skb_shinfo(last)->tx_flags, SKBTX_SW_TSTAMP);
		KUNIT_EXPECT_EQ(test, skb_shinfo(last)->tskey, 77U);
		kfree_skb_list(segs);
	}
	KUNIT_EXPECT_EQ(test, refcount_read(&sk->sk_wmem_alloc), 1U);
	sock_release(sock);
}

static struct kunit_case offload_cases[] = {
	KUNIT_CASE(offload_ipv4),
	KUNIT_CASE(offload_ipv6),
	KUNIT_CASE(offload_refuses),
	KUNIT_CASE(offload_owner),
	{}
};

struct kunit_suite etp_offload_suite = {
	.name = "etp_offload",
	.test_cases = offload_cases,
};
