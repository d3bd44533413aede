// SPDX-License-Identifier: GPL-2.0
/*
 * What ICMP says, kept for a program that reads it with MSG_ERRQUEUE.  May touch the
 * error queue of a socket.  The layer below reads it (etp_recv_error()), so what lies
 * there is laid out as for kernel TCP.
 */
#include "internal.h"
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>

/* Does an extension structure at @off look as RFC 4884 section 7 has it? */
static bool etp_extensions_valid(const struct sk_buff *skb, u32 off)
{
	const struct icmp_ext_hdr *head;
	const struct icmp_extobj_hdr *obj;
	struct icmp_extobj_hdr _obj;
	struct icmp_ext_hdr _head;
	u32 len;

	head = skb_header_pointer(skb, off, sizeof(_head), &_head);
	if (!head)
		return false;
	if (head->version != 2)
		return true;		/* not for us to judge */
	if (head->checksum && csum_fold(skb_checksum(skb, off, skb->len - off, 0)))
		return false;
	for (off += sizeof(_head); off < skb->len; off += len) {
		obj = skb_header_pointer(skb, off, sizeof(_obj), &_obj);
		len = obj ? ntohs(obj->length) : 0;
		if (len < sizeof(_obj) || len > skb->len - off)
			return false;
	}
	return true;
}

/* RFC 4884 section 4: where extensions begin, for who asked.  The message says how much
 * of the original packet it quotes, @quoted bytes; @skb begins at the segment in it.
 */
static void etp_extensions(const struct sk_buff *skb, u32 quoted,
			   struct sock_ee_data_rfc4884 *out)
{
	u32 before = -skb_transport_offset(skb) - sizeof(struct icmphdr);

	if (quoted < 128 || quoted < before ||
	    quoted - before + sizeof(struct icmp_ext_hdr) > skb->len)
		return;
	out->len = quoted - before;
	if (!etp_extensions_valid(skb, out->len))
		out->flags |= SO_EE_RFC4884_FLAG_INVALID;
}

static void etp_errqueue_extensions(const struct sock *sk, const struct sk_buff *skb,
				    struct sock_ee_data_rfc4884 *out)
{
	const struct icmphdr *icmph = icmp_hdr(skb);

	if (inet_test_bit(RECVERR_RFC4884, sk) &&
	    (icmph->type == ICMP_DEST_UNREACH || icmph->type == ICMP_TIME_EXCEEDED ||
	     icmph->type == ICMP_PARAMETERPROB))
		etp_extensions(skb, icmph->un.reserved[1] * 4, out);
}

static void etp_errqueue_extensions6(const struct sock *sk, const struct sk_buff *skb,
				     struct sock_ee_data_rfc4884 *out)
{
	const struct icmp6hdr *icmph = icmp6_hdr(skb);

	if (inet6_test_bit(RECVERR6_RFC4884, sk) &&
	    (icmph->icmp6_type == ICMPV6_DEST_UNREACH ||
	     icmph->icmp6_type == ICMPV6_TIME_EXCEED))
		etp_extensions(skb, icmph->icmp6_datagram_len * 8, out);
}

/* The part of the family; @skb begins at the IP header that the error quotes. */
static void etp_errqueue_origin(const struct sk_buff *skb, bool six,
				struct sock_exterr_skb *serr)
{
	const u8 *to;

	if (six) {
		serr->ee.ee_origin = SO_EE_ORIGIN_ICMP6;
		serr->ee.ee_type = icmp6_hdr(skb)->icmp6_type;
		serr->ee.ee_code = icmp6_hdr(skb)->icmp6_code;
		to = (const u8 *)&((const struct ipv6hdr *)skb->data)->daddr;
	} else {
		serr->ee.ee_origin = SO_EE_ORIGIN_ICMP;
		serr->ee.ee_type = icmp_hdr(skb)->type;
		serr->ee.ee_code = icmp_hdr(skb)->code;
		to = (const u8 *)&((const struct iphdr *)skb->data)->daddr;
	}
	serr->addr_offset = to - skb_network_header(skb);
}

/**
 * etp_errqueue_icmp - an ICMP error ends an attempt to connect: keep it for MSG_ERRQUEUE
 * @sk: the socket, its spinlock held
 * @icmp: what it says
 *
 * Over IPv6 for a program that asked by IPV6_RECVERR only.  Over IPv4 kernel TCP keeps
 * it in any case, and poll() tells of it.  Softirq context.  Without memory, or beyond
 * the receive buffer, it is dropped.
 */
void etp_errqueue_icmp(struct sock *sk, const struct etp_icmp *icmp)
{
	bool six = etp_sk(sk)->af->family == AF_INET6;
	struct sock_exterr_skb *serr;
	struct sk_buff *skb;

	if (!icmp->quoted || (six && !inet6_test_bit(RECVERR6, sk)))
		return;
	skb = skb_clone(icmp->skb, GFP_ATOMIC);
	if (!skb)
		return;
	skb->protocol = six ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	serr = SKB_EXT_ERR(skb);
	memset(&serr->ee, 0, sizeof(serr->ee));
	serr->ee.ee_errno = icmp->err;
	serr->ee.ee_info = icmp->info;
	serr->port = icmp->quoted->dest;
	etp_errqueue_origin(skb, six, serr);

	/* a reader gets the quoted segment, from its header on */
	if (!skb_pull(skb, (const u8 *)icmp->quoted - skb->data))
		goto drop;
	if (six)
		etp_errqueue_extensions6(sk, skb, &serr->ee.ee_rfc4884);
	else
		etp_errqueue_extensions(sk, skb, &serr->ee.ee_rfc4884);
	skb_reset_transport_header(skb);
	if (!sock_queue_err_skb(sk, skb))
		return;
drop:
	kfree_skb(skb);
}
