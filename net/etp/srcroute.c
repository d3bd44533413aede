// SPDX-License-Identifier: GPL-2.0
/*
 * The way back of a connection whose SYN came by a source route, RFC 9293 section
 * 3.9.2.1 (MUST-53).  May touch IPv4 headers; knows no socket.
 *
 * Such a SYN gets here only where an administrator wants it
 * (net.ipv4.conf.*.accept_source_route).
 */
#include "internal.h"
#include <linux/slab.h>
#include <net/ip.h>

/* Before the addresses of a source route: kind, length, pointer */
#define SRCROUTE_HEAD	3

/* The source route among the options of a header, NULL when there is none. */
static const u8 *etp_srcroute_find(const u8 *opt, unsigned int left)
{
	while (left && *opt != IPOPT_END) {
		unsigned int len = 1;

		if (*opt != IPOPT_NOOP) {
			if (left < 2 || opt[1] < 2 || opt[1] > left)
				return NULL;
			len = opt[1];
		}
		if ((*opt == IPOPT_LSRR || *opt == IPOPT_SSRR) &&
		    len >= SRCROUTE_HEAD)
			return opt;
		opt += len;
		left -= len;
	}
	return NULL;
}

/**
 * etp_srcroute_of - the options that send a segment back as this one came
 * @skb: segment over IPv4 that IP has accepted, network header in place
 *
 * The hops that the packet has passed, last one first.  Any context.  Returns
 * NULL when it came by no source route or there is no memory; to be freed by
 * kfree().
 */
struct ip_options_rcu *etp_srcroute_of(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	const u8 *route = etp_srcroute_find((const u8 *)(iph + 1),
					    iph->ihl * 4 - sizeof(*iph));
	struct ip_options_rcu *back;
	unsigned int hops, i;
	u8 *to;

	/* the pointer counts from one and is behind the last hop passed */
	if (!route || route[2] < IPOPT_MINOFF)
		return NULL;
	hops = (min_t(u8, route[1], route[2] - 1) - SRCROUTE_HEAD) / sizeof(__be32);
	if (!hops)
		return NULL;
	back = kzalloc(sizeof(*back) + MAX_IPOPTLEN, GFP_ATOMIC | __GFP_NOWARN);
	if (!back)
		return NULL;

	route += SRCROUTE_HEAD;
	to = back->opt.__data;
	to[0] = route[-SRCROUTE_HEAD];
	to[1] = SRCROUTE_HEAD + hops * sizeof(__be32);
	to[2] = IPOPT_MINOFF;
	to += SRCROUTE_HEAD;
	memcpy(&back->opt.faddr, route + (hops - 1) * sizeof(__be32), sizeof(__be32));
	for (i = 0; i + 1 < hops; i++)
		memcpy(to + i * sizeof(__be32),
		       route + (hops - 2 - i) * sizeof(__be32), sizeof(__be32));
	/* the peer's own address takes the last place when a header is written */
	back->opt.srr = sizeof(*iph);
	back->opt.is_strictroute = back->opt.__data[0] == IPOPT_SSRR;
	back->opt.optlen = ALIGN(SRCROUTE_HEAD + hops * sizeof(__be32), 4);
	return back;
}

/**
 * etp_srcroute_copy - the same for another owner
 * @route: from etp_srcroute_of(), or NULL
 *
 * Any context.  Returns NULL without @route or without memory.
 */
struct ip_options_rcu *etp_srcroute_copy(const struct ip_options_rcu *route)
{
	return route ? kmemdup(route, sizeof(*route) + MAX_IPOPTLEN,
			       GFP_ATOMIC | __GFP_NOWARN) : NULL;
}

/**
 * etp_srcroute_write - put it behind an IPv4 header
 * @route: the options
 * @iph: header, with room for them behind it; its ihl and daddr are changed
 */
void etp_srcroute_write(const struct ip_options_rcu *route, struct iphdr *iph)
{
	u8 *opt = (u8 *)(iph + 1);

	memcpy(opt, route->opt.__data, route->opt.optlen);
	memcpy(opt + opt[1] - sizeof(iph->daddr), &iph->daddr, sizeof(iph->daddr));
	iph->daddr = route->opt.faddr;
	iph->ihl = (sizeof(*iph) + route->opt.optlen) / 4;
}
