// SPDX-License-Identifier: GPL-2.0
/* Headers and options read and written: RFC 9293 section 3.1, RFC 7323, RFC 2018. */
#include "suites.h"
#include "../net/etp/internal.h"

/* A segment whose header is @hdr, @len bytes, taken as they are. */
static struct sk_buff *raw(struct kunit *test, const void *hdr, unsigned int len)
{
	struct sk_buff *skb = alloc_skb(len + 128, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reserve(skb, 128);
	skb_put_data(skb, hdr, len);
	skb_reset_transport_header(skb);
	return skb;
}

static void basic(struct tcphdr *th, unsigned int doff, u8 flags)
{
	memset(th, 0, sizeof(*th));
	th->source = htons(1);
	th->dest = htons(2);
	th->seq = htonl(0xfffffff0);
	th->ack_seq = htonl(0x12345678);
	th->window = htons(54321);
	th->urg_ptr = htons(99);
	th->doff = doff;
	((u8 *)th)[ETP_FLAGS_AT] = flags;
}

static void wire_lengths(struct kunit *test)
{
	u8 bytes[80] = {};
	struct etp_segment seg;
	unsigned int len, doff;

	for (len = 0; len <= 64; len++) {
		for (doff = 0; doff < 16; doff++) {
			enum etp_bad expect = ETP_GOOD;
			struct sk_buff *skb;

			basic((struct tcphdr *)bytes, doff, ETP_ACK);
			skb = raw(test, bytes, len);
			if (len < 20)
				expect = ETP_BAD_SHORT;
			else if (doff < 5 || doff * 4 > len)
				expect = ETP_BAD_DOFF;
			KUNIT_EXPECT_EQ_MSG(test, etp_parse(skb, &seg), expect,
					    "length %u, data offset %u", len, doff);
			kfree_skb(skb);
		}
	}
}

static void wire_fields(struct kunit *test)
{
	u8 bytes[120] = {};
	struct etp_segment seg;
	struct sk_buff *skb;
	unsigned int flags;

	/* ECE and CWR, too: eight bits */
	for (flags = 0; flags < 256; flags++) {
		u32 len = 100 + !!(flags & ETP_SYN) + !!(flags & ETP_FIN);

		basic((struct tcphdr *)bytes, 5, flags);
		skb = raw(test, bytes, sizeof(bytes));
		KUNIT_EXPECT_EQ(test, etp_parse(skb, etp_seg(skb)), ETP_GOOD);
		seg = *etp_seg(skb);
		KUNIT_EXPECT_EQ(test, seg.flags, flags);
		KUNIT_EXPECT_EQ(test, seg.seq, 0xfffffff0);
		KUNIT_EXPECT_EQ(test, seg.end_seq, 0xfffffff0 + len);
		KUNIT_EXPECT_EQ(test, seg.ack, 0x12345678U);
		KUNIT_EXPECT_EQ(test, seg.wnd, 54321);
		KUNIT_EXPECT_EQ(test, seg.up, 99);
		KUNIT_EXPECT_EQ(test, seg.doff, 20);
		KUNIT_EXPECT_EQ(test, seg.opts, 0);
		kfree_skb(skb);
	}
}

/* The header may lie in fragments. */
static void wire_nonlinear(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	struct etp_segment seg;
	struct sk_buff *skb;
	struct tcphdr *th;
	u8 *opt;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, page);
	th = page_address(page);
	basic(th, 6, ETP_SYN);
	opt = (u8 *)(th + 1);
	opt[0] = 2;
	opt[1] = 4;
	opt[2] = 5;
	opt[3] = 180;
	skb = alloc_skb(128, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reset_transport_header(skb);
	skb_fill_page_desc(skb, 0, page, 0, 124);
	skb->len += 124;
	skb->data_len += 124;
	skb->truesize += PAGE_SIZE;
	KUNIT_EXPECT_EQ(test, etp_parse(skb, &seg), ETP_GOOD);
	KUNIT_EXPECT_EQ(test, seg.mss, 1460);
	KUNIT_EXPECT_EQ(test, seg.end_seq - seg.seq, 101U);
	KUNIT_EXPECT_GE(test, skb_headlen(skb), 24U);
	kfree_skb(skb);
}

/* ---- Options ---- */

struct options {
	const char	*what;
	u8		flags;
	u8		len;
	u8		bytes[40];
	u8		opts;	/* what must be found */
};

static const struct options option_table[] = {
	{ "none", ETP_SYN, 0, {}, 0 },
	{ "MSS", ETP_SYN, 4, { 2, 4, 5, 180 }, ETP_OPT_MSS },
	{ "MSS without SYN", ETP_ACK, 4, { 2, 4, 5, 180 }, 0 },
	{ "MSS of 0", ETP_SYN, 4, { 2, 4, 0, 0 }, 0 },
	{ "MSS too short", ETP_SYN, 4, { 2, 3, 5, 1 }, 0 },
	{ "MSS too long", ETP_SYN, 8, { 2, 5, 5, 180, 1 }, 0 },
	{ "window scale", ETP_SYN, 4, { 1, 3, 3, 7 }, ETP_OPT_WSCALE },
	{ "window scale without SYN", ETP_ACK, 4, { 1, 3, 3, 7 }, 0 },
	{ "window scale, bad length", ETP_SYN, 4, { 3, 4, 7, 7 }, 0 },
	{ "SACK-permitted", ETP_SYN, 4, { 1, 1, 4, 2 }, ETP_OPT_SACK_OK },
	{ "SACK-permitted without SYN", ETP_ACK, 4, { 1, 1, 4, 2 }, 0 },
	{ "SACK-permitted, bad length", ETP_SYN, 4, { 4, 3, 0, 0 }, 0 },
	{ "timestamps", ETP_ACK, 12, { 1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9 }, ETP_OPT_TS },
	{ "timestamps unaligned", ETP_ACK, 12,
	  { 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 1, 1 }, ETP_OPT_TS },
	{ "timestamps in a SYN", ETP_SYN, 12, { 1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9 }, ETP_OPT_TS },
	{ "timestamps too short", ETP_ACK, 12,
	  { 8, 9, 0, 0, 0, 7, 0, 0, 0, 1, 1, 1 }, 0 },
	{ "one SACK block", ETP_ACK, 12,
	  { 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2 }, ETP_OPT_SACK },
	{ "SACK without a block", ETP_ACK, 4, { 1, 1, 5, 2 }, 0 },
	{ "SACK with half a block", ETP_ACK, 8, { 1, 1, 5, 6, 0, 0, 0, 1 }, 0 },
	{ "unknown kind first", ETP_SYN, 12,
	  { 254, 4, 0xf9, 0x89, 77, 2, 2, 4, 5, 180, 1, 1 }, ETP_OPT_MSS },
	{ "unknown kind, two bytes", ETP_SYN, 8, { 99, 2, 2, 4, 5, 180, 1, 1 },
	  ETP_OPT_MSS },
	{ "user time-out, RFC 5482", ETP_SYN, 8, { 28, 4, 0x80, 5, 2, 4, 5, 180 },
	  ETP_OPT_MSS },
	/* MUST-7: a length that makes no sense must not harm */
	{ "length 0", ETP_SYN, 8, { 99, 0, 2, 4, 5, 180, 1, 1 }, 0 },
	{ "length 1", ETP_SYN, 8, { 99, 1, 2, 4, 5, 180, 1, 1 }, 0 },
	{ "length past the end", ETP_SYN, 8, { 2, 4, 5, 180, 8, 10, 0, 0 },
	  ETP_OPT_MSS },
	{ "length just past the end", ETP_SYN, 4, { 1, 2, 4, 5 }, 0 },
	{ "length 255", ETP_SYN, 4, { 77, 255, 0, 0 }, 0 },
	{ "kind without a length", ETP_SYN, 8, { 2, 4, 5, 180, 1, 1, 1, 3 },
	  ETP_OPT_MSS },
	/* the end of the list ends it, whatever follows */
	{ "end of list", ETP_SYN, 8, { 0, 1, 1, 1, 2, 4, 5, 180 }, 0 },
	{ "NOPs only", ETP_SYN, 8, { 1, 1, 1, 1, 1, 1, 1, 1 }, 0 },
	{ "all that a SYN has", ETP_SYN, 20,
	  { 2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 1, 3, 3, 7 },
	  ETP_OPT_MSS | ETP_OPT_SACK_OK | ETP_OPT_TS | ETP_OPT_WSCALE },
};

static void wire_options(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct options *o = &option_table[i];
		u8 bytes[60] = {};
		struct etp_segment seg;
		struct sk_buff *skb;

		basic((struct tcphdr *)bytes, 5 + o->len / 4, o->flags);
		memcpy(bytes + 20, o->bytes, o->len);
		skb = raw(test, bytes, 20 + o->len);
		KUNIT_EXPECT_EQ_MSG(test, etp_parse(skb, &seg), ETP_GOOD, "%s",
				    o->what);
		kfree_skb(skb);
		KUNIT_EXPECT_EQ_MSG(test, seg.opts, o->opts, "%s", o->what);
		if (seg.opts & ETP_OPT_MSS)
			KUNIT_EXPECT_EQ_MSG(test, seg.mss, 1460, "%s", o->what);
		if (seg.opts & ETP_OPT_WSCALE)
			KUNIT_EXPECT_EQ_MSG(test, seg.wscale, 7, "%s", o->what);
		if (seg.opts & ETP_OPT_TS) {
			KUNIT_EXPECT_EQ_MSG(test, seg.tsval, 7U, "%s", o->what);
			KUNIT_EXPECT_EQ_MSG(test, seg.tsecr, 9U, "%s", o->what);
		}
		if (seg.opts & ETP_OPT_SACK) {
			KUNIT_EXPECT_EQ_MSG(test, seg.sack_n, 1, "%s", o->what);
			KUNIT_EXPECT_EQ_MSG(test, seg.sack_at, 24, "%s", o->what);
		}
	}
}

/* RFC 7323 section 2.3: a shift above 14 counts as 14. */
static void wire_scale_limit(struct kunit *test)
{
	unsigned int shift;

	for (shift = 0; shift < 256; shift++) {
		struct {
			struct tcphdr th;
			u8 opt[4];
		} h = { .opt = { 3, 3, shift, 0 } };
		struct etp_segment seg;

		basic(&h.th, 6, ETP_SYN);
		etp_parse_options(&h.th, &seg);
		KUNIT_EXPECT_EQ(test, seg.wscale, min(shift, 14U));
	}
}

/* Any bytes at all: every length and every kind at every place. */
static void wire_options_noise(struct kunit *test)
{
	u32 state = 1, i, k;
	u8 *exact;

	for (i = 0; i < 20000; i++) {
		unsigned int doff = 5 + i % 11;
		struct etp_segment seg;

		/* allocated to the byte, so that KASAN sees a step too far */
		exact = kunit_kmalloc(test, doff * 4, GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, exact);
		basic((struct tcphdr *)exact, doff, i & 1 ? ETP_SYN : ETP_ACK);
		for (k = 20; k < doff * 4; k++) {
			state = state * 1664525 + 1013904223;
			exact[k] = (state >> 24) % 13;
		}
		etp_parse_options((struct tcphdr *)exact, &seg);
		KUNIT_EXPECT_LE(test, seg.sack_at + seg.sack_n * 8U, doff * 4);
		kunit_kfree(test, exact);
	}
}

static void round_trip(struct kunit *test, u8 opts, unsigned int nsack)
{
	static const struct etp_sack_block sack[4] = {
		{ 1, 2 }, { 0xfffffff0, 5 }, { 100, 200 }, { 7, 9 },
	};
	const struct etp_reply reply = {
		.opts = opts, .mss = 8960, .wscale = 11, .tsval = 0xdeadbeef,
		.tsecr = 0x01020304,
	};
	u8 bytes[64] = {};
	struct tcphdr *th = (struct tcphdr *)bytes;
	unsigned int len = etp_options_len(opts, nsack), i;
	struct etp_segment seg;

	KUNIT_EXPECT_EQ(test, len % 4, 0U);
	if (20 + len > ETP_MAX_HDR)
		return;
	memset(bytes, 0xee, sizeof(bytes));
	basic(th, 5 + len / 4, opts & ETP_OPT_SACK ? ETP_ACK : ETP_SYN);
	KUNIT_EXPECT_EQ(test, len, etp_write_options((__be32 *)(th + 1), &reply,
						     sack, nsack));
	KUNIT_EXPECT_EQ_MSG(test, bytes[20 + len], 0xee, "opts %x", opts);
	etp_parse_options(th, &seg);
	KUNIT_EXPECT_EQ(test, seg.opts, opts);
	if (opts & ETP_OPT_MSS)
		KUNIT_EXPECT_EQ(test, seg.mss, 8960);
	if (opts & ETP_OPT_WSCALE)
		KUNIT_EXPECT_EQ(test, seg.wscale, 11);
	if (opts & ETP_OPT_TS) {
		KUNIT_EXPECT_EQ(test, seg.tsval, 0xdeadbeefU);
		KUNIT_EXPECT_EQ(test, seg.tsecr, 0x01020304U);
	}
	KUNIT_EXPECT_EQ(test, seg.sack_n, opts & ETP_OPT_SACK ? nsack : 0);
	for (i = 0; i < seg.sack_n; i++) {
		const __be32 *block = (__be32 *)(bytes + seg.sack_at + 8 * i);

		KUNIT_EXPECT_EQ(test, ntohl(block[0]), sack[i].start);
		KUNIT_EXPECT_EQ(test, ntohl(block[1]), sack[i].end);
	}
}

static void wire_round_trip(struct kunit *test)
{
	unsigned int opts, nsack;

	for (opts = 0; opts < ETP_OPT_SACK; opts++)
		round_trip(test, opts, 0);
	for (nsack = 1; nsack <= 4; nsack++) {
		round_trip(test, ETP_OPT_SACK, nsack);
		round_trip(test, ETP_OPT_SACK | ETP_OPT_TS, nsack);
	}
	/* RFC 2018 section 3: three blocks fit beside timestamps, four without */
	KUNIT_EXPECT_LE(test, etp_options_len(ETP_OPT_SACK | ETP_OPT_TS, 3), 40U);
	KUNIT_EXPECT_LE(test, etp_options_len(ETP_OPT_SACK, 4), 40U);
}

/* ---- The checksum ---- */

static u32 sum_be16(const u8 *p, unsigned int len, u32 sum)
{
	for (; len > 1; p += 2, len -= 2)
		sum += p[0] << 8 | p[1];
	return len ? sum + (p[0] << 8) : sum;
}

/* RFC 9293 section 3.1, the slow way: 0xffff when the checksum is right */
static u16 sum_of(struct sk_buff *skb, const struct etp_key *key, bool v4)
{
	unsigned int skip = v4 ? 12 : 0;
	u32 sum = IPPROTO_ETP + skb->len;
	u8 *flat = kmalloc(skb->len, GFP_KERNEL);

	sum = sum_be16(&key->laddr.s6_addr[skip], 16 - skip, sum);
	sum = sum_be16(&key->raddr.s6_addr[skip], 16 - skip, sum);
	if (flat && !skb_copy_bits(skb, 0, flat, skb->len))
		sum = sum_be16(flat, skb->len, sum);
	kfree(flat);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void checksum_both_ways(struct kunit *test, struct etp_key *key, bool v4)
{
	netdev_features_t tcp_and_udp = NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM;
	u8 bytes[121];
	unsigned int len, i;

	for (i = 20; i < sizeof(bytes); i++)
		bytes[i] = 251 * i;
	for (len = 20; len <= sizeof(bytes); len++) {
		struct sk_buff *skb;

		basic((struct tcphdr *)bytes, 5, ETP_ACK);
		skb = raw(test, bytes, len);
		etp_checksum_tx(skb, key, false);
		KUNIT_EXPECT_EQ_MSG(test, sum_of(skb, key, v4), 0xffff,
				    "length %u", len);
		KUNIT_EXPECT_EQ(test, (int)skb->ip_summed, CHECKSUM_NONE);

		/* what a device has not finished, the stack does */
		etp_checksum_tx(skb, key, true);
		KUNIT_EXPECT_EQ(test, (int)skb->ip_summed, CHECKSUM_PARTIAL);
		KUNIT_EXPECT_EQ(test, skb_csum_hwoffload_help(skb, NETIF_F_HW_CSUM), 0);
		KUNIT_EXPECT_EQ(test, (int)skb->ip_summed, CHECKSUM_PARTIAL);
		KUNIT_EXPECT_EQ(test, skb_csum_hwoffload_help(skb, tcp_and_udp), 0);
		KUNIT_EXPECT_EQ(test, (int)skb->ip_summed, CHECKSUM_NONE);
		KUNIT_EXPECT_EQ_MSG(test, sum_of(skb, key, v4), 0xffff,
				    "length %u, offloaded", len);
		kfree_skb(skb);
	}
}

static void wire_checksum(struct kunit *test)
{
	struct etp_key key = { .lport = htons(1), .rport = htons(2) };

	etp_v4_key(&key, htonl(0xc0000201), htons(1), htonl(0xc00002fe), htons(2), 0);
	KUNIT_EXPECT_TRUE(test, etp_key_is_v4(&key));
	checksum_both_ways(test, &key, true);

	key.laddr.s6_addr32[0] = htonl(0x20010db8);
	key.raddr.s6_addr32[0] = htonl(0x20010db8);
	KUNIT_EXPECT_FALSE(test, etp_key_is_v4(&key));
	checksum_both_ways(test, &key, false);
}

static struct kunit_case wire_cases[] = {
	KUNIT_CASE(wire_lengths),
	KUNIT_CASE(wire_fields),
	KUNIT_CASE(wire_nonlinear),
	KUNIT_CASE(wire_options),
	KUNIT_CASE(wire_scale_limit),
	KUNIT_CASE(wire_options_noise),
	KUNIT_CASE(wire_round_trip),
	KUNIT_CASE(wire_checksum),
	{}
};

struct kunit_suite etp_wire_suite = {
	.name = "etp_wire",
	.test_cases = wire_cases,
};
