// SPDX-License-Identifier: GPL-2.0
/* Source routes turned round, RFC 9293 section 3.9.2.1 and RFC 791. */
#include "suites.h"
#include "../net/etp/internal.h"
#include <net/ip.h>

/* A packet with these options, as many words as they fill */
static struct sk_buff *packet(struct kunit *test, const u8 *opt, unsigned int len)
{
	struct sk_buff *skb = alloc_skb(sizeof(struct iphdr) + MAX_IPOPTLEN,
					GFP_KERNEL);
	struct iphdr *iph;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reset_network_header(skb);
	iph = skb_put_zero(skb, sizeof(*iph) + ALIGN(len, 4));
	iph->version = 4;
	iph->ihl = (sizeof(*iph) + ALIGN(len, 4)) / 4;
	memcpy(iph + 1, opt, len);
	return skb;
}

#define BACK(...) back(test, (const u8[]){ __VA_ARGS__ },		\
		       sizeof((const u8[]){ __VA_ARGS__ }))

static struct ip_options_rcu *back(struct kunit *test, const u8 *opt,
				   unsigned int len)
{
	struct sk_buff *skb = packet(test, opt, len);
	struct ip_options_rcu *route = etp_srcroute_of(skb);

	kfree_skb(skb);
	return route;
}

/* By hop 1, then hop 2: back by hop 2, then hop 1, then to the peer */
static void srcroute_reversed(struct kunit *test)
{
	struct ip_options_rcu *route = BACK(IPOPT_NOOP, IPOPT_SSRR, 11, 12,
					    10, 0, 0, 1, 10, 0, 0, 2);
	struct ip_options_rcu *copy;
	struct {
		struct iphdr	iph;
		u8		opt[MAX_IPOPTLEN];
	} packet = { .iph.daddr = htonl(0xc0000202) };
	static const u8 expect[] = {
		IPOPT_SSRR, 11, 4, 10, 0, 0, 1, 192, 0, 2, 2, IPOPT_END,
	};

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, route);
	KUNIT_EXPECT_EQ(test, ntohl(route->opt.faddr), 0x0a000002U);
	KUNIT_EXPECT_EQ(test, route->opt.optlen, 12);
	KUNIT_EXPECT_EQ(test, route->opt.srr, sizeof(struct iphdr));
	KUNIT_EXPECT_TRUE(test, (int)route->opt.is_strictroute);
	copy = etp_srcroute_copy(route);
	kfree(route);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, copy);
	etp_srcroute_write(copy, &packet.iph);
	KUNIT_EXPECT_EQ(test, ntohl(packet.iph.daddr), 0x0a000002U);
	KUNIT_EXPECT_EQ(test, (int)packet.iph.ihl, 8);
	KUNIT_EXPECT_EQ(test, memcmp(packet.opt, expect, sizeof(expect)), 0);
	kfree(copy);
	KUNIT_EXPECT_NULL(test, etp_srcroute_copy(NULL));
}

/* One that is not over yet: what has been passed counts */
static void srcroute_partly(struct kunit *test)
{
	struct ip_options_rcu *route = BACK(IPOPT_LSRR, 11, 8,
					    10, 0, 0, 1, 10, 0, 0, 2);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, route);
	KUNIT_EXPECT_EQ(test, ntohl(route->opt.faddr), 0x0a000001U);
	KUNIT_EXPECT_EQ(test, route->opt.optlen, 8);
	KUNIT_EXPECT_FALSE(test, (int)route->opt.is_strictroute);
	kfree(route);
}

/* None, and such as IP should not have let in */
static void srcroute_none(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_NOOP, IPOPT_NOOP, IPOPT_NOOP, IPOPT_END));
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_RR, 7, 8, 10, 0, 0, 1, IPOPT_END));
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_END, IPOPT_LSRR, 7, 8, 10, 0, 0, 1));
	/* nothing passed, a pointer too small, no room, too long, no length */
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_LSRR, 7, 4, 10, 0, 0, 1, IPOPT_END));
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_LSRR, 7, 0, 10, 0, 0, 1, IPOPT_END));
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_LSRR, 3, 8, IPOPT_END));
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_LSRR, 11, 12, 10, 0, 0, 1, IPOPT_END));
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_NOOP, IPOPT_NOOP, IPOPT_NOOP, IPOPT_LSRR));
	KUNIT_EXPECT_NULL(test, BACK(IPOPT_LSRR, 0, 8, 10));
}

static struct kunit_case srcroute_cases[] = {
	KUNIT_CASE(srcroute_reversed),
	KUNIT_CASE(srcroute_partly),
	KUNIT_CASE(srcroute_none),
	{}
};

struct kunit_suite etp_srcroute_suite = {
	.name = "etp_srcroute",
	.test_cases = srcroute_cases,
};
