// SPDX-License-Identifier: GPL-2.0
/* The error queue: what a program reads of an ICMP error with MSG_ERRQUEUE. */
#include "harness.h"
#include "suites.h"
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/ipv6.h>

/* What the stack hands over: the message up to the header that it quotes is pulled.
 * @more bytes lie behind the header of the segment in it.
 */
static struct sk_buff *message(struct wire *w, u8 type, u8 code, unsigned int more)
{
	unsigned int ip = w->v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);
	struct etp_key key;
	unsigned int i;
	u8 *at;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, skb);
	wire_key(w, &key);
	at = skb_put_zero(skb, 2 * ip + sizeof(struct icmphdr) + sizeof(struct tcphdr) +
			  more);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ip);
	icmp_hdr(skb)->type = type;
	icmp_hdr(skb)->code = code;
	/* from the peer to us, and within it from us to the peer */
	for (i = 0; i < 2; i++, at += ip + sizeof(struct icmphdr)) {
		const struct in6_addr *from = i ? &key.laddr : &key.raddr;
		const struct in6_addr *to = i ? &key.raddr : &key.laddr;

		if (w->v6) {
			((struct ipv6hdr *)at)->saddr = *from;
			((struct ipv6hdr *)at)->daddr = *to;
		} else {
			((struct iphdr *)at)->saddr = from->s6_addr32[3];
			((struct iphdr *)at)->daddr = to->s6_addr32[3];
		}
	}
	skb_pull(skb, ip + sizeof(struct icmphdr));
	return skb;
}

/* An error about our SYN; consumes @skb. */
static void report_message(struct wire *w, struct sk_buff *skb, int err, u32 info)
{
	struct tcphdr *th = (void *)(skb->data + (w->v6 ? sizeof(struct ipv6hdr) :
						  sizeof(struct iphdr)));
	struct etp_icmp icmp = {
		.skb = skb, .quoted = th, .seq = w->iss, .err = err, .info = info,
		.hard = true,
	};
	struct etp_key key;

	wire_key(w, &key);
	th->source = key.lport;
	th->dest = key.rport;
	th->seq = htonl(w->iss);
	local_bh_disable();
	rcu_read_lock();
	KUNIT_EXPECT_EQ(w->test, etp_icmp_rcv(&init_net, &key, 0, &icmp), 0);
	rcu_read_unlock();
	local_bh_enable();
	consume_skb(skb);
}

static void report(struct wire *w, u8 type, u8 code, int err, u32 info)
{
	report_message(w, message(w, type, code, 0), err, info);
}

static void ask(struct wire *w)
{
	int on = 1;

	KUNIT_EXPECT_EQ(w->test, 0,
			etp_setsockopt(w->sk, w->v6 ? SOL_IPV6 : SOL_IP,
				       w->v6 ? IPV6_RECVERR : IP_RECVERR,
				       KERNEL_SOCKPTR(&on), sizeof(on)));
}

/* One entry of the queue */
struct entry {
	u8			data[64];
	int			len;
	int			flags;
	struct sockaddr_storage	name;
	struct {
		struct cmsghdr			head;
		struct sock_extended_err	ee;
		struct sockaddr_in6		offender;
		u8				more[64];
	} control;
};

static int read_queue(struct wire *w, struct entry *e)
{
	struct msghdr msg = {
		.msg_name = &e->name, .msg_namelen = sizeof(e->name),
		.msg_control = &e->control, .msg_controllen = sizeof(e->control),
	};
	struct kvec vec = { .iov_base = e->data, .iov_len = sizeof(e->data) };

	memset(e, 0, sizeof(*e));
	e->len = kernel_recvmsg(w->sock, &msg, &vec, 1, sizeof(e->data), MSG_ERRQUEUE);
	e->flags = msg.msg_flags;
	return e->len;
}

static void errqueue_attempt(struct kunit *test)
{
	struct wire *w = test->priv;
	const u8 type = w->v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH;
	const u8 code = w->v6 ? ICMPV6_PORT_UNREACH : ICMP_PORT_UNREACH;
	struct entry *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	struct sock_extended_err *ee;
	struct etp_key key;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e);
	ee = &e->control.ee;
	wire_connect(w);
	wire_forget(w);
	ask(w);
	KUNIT_EXPECT_EQ(test, read_queue(w, e), -EAGAIN);
	report(w, type, code, ECONNREFUSED, 77);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ECONNREFUSED);

	/* the segment that was quoted, from its header on */
	wire_key(w, &key);
	KUNIT_EXPECT_EQ(test, read_queue(w, e), (int)sizeof(struct tcphdr));
	KUNIT_EXPECT_TRUE(test, e->flags & MSG_ERRQUEUE);
	KUNIT_EXPECT_TRUE(test, ((struct tcphdr *)e->data)->source == key.lport);
	KUNIT_EXPECT_TRUE(test, ((struct tcphdr *)e->data)->dest == key.rport);
	KUNIT_EXPECT_EQ(test, ntohl(((struct tcphdr *)e->data)->seq), w->iss);
	KUNIT_EXPECT_EQ(test, e->control.head.cmsg_level, w->v6 ? SOL_IPV6 : SOL_IP);
	KUNIT_EXPECT_EQ(test, e->control.head.cmsg_type,
			w->v6 ? IPV6_RECVERR : IP_RECVERR);
	KUNIT_EXPECT_EQ(test, (int)ee->ee_errno, ECONNREFUSED);
	KUNIT_EXPECT_EQ(test, (int)ee->ee_origin,
			w->v6 ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP);
	KUNIT_EXPECT_EQ(test, ee->ee_type, type);
	KUNIT_EXPECT_EQ(test, ee->ee_code, code);
	KUNIT_EXPECT_EQ(test, ee->ee_info, 77U);
	KUNIT_EXPECT_EQ(test, ee->ee_data, 0U);
	/* where the segment was to go, and who could not bring it there */
	if (w->v6) {
		struct sockaddr_in6 *to = (void *)&e->name;
		struct sockaddr_in6 *who = &e->control.offender;

		KUNIT_EXPECT_TRUE(test, to->sin6_port == key.rport);
		KUNIT_EXPECT_TRUE(test, ipv6_addr_equal(&to->sin6_addr, &key.raddr));
		KUNIT_EXPECT_TRUE(test, ipv6_addr_equal(&who->sin6_addr, &key.raddr));
	} else {
		struct sockaddr_in *to = (void *)&e->name;
		struct sockaddr_in *who = (void *)&e->control.offender;

		KUNIT_EXPECT_TRUE(test, to->sin_port == key.rport);
		KUNIT_EXPECT_TRUE(test, to->sin_addr.s_addr == key.raddr.s6_addr32[3]);
		KUNIT_EXPECT_TRUE(test, who->sin_addr.s_addr == key.raddr.s6_addr32[3]);
	}
	KUNIT_EXPECT_EQ(test, read_queue(w, e), -EAGAIN);
}

/* An unreachable host, told with an extension of 12 bytes behind 128 of the packet */
static struct sk_buff *extended(struct wire *w)
{
	unsigned int ip = w->v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct sk_buff *skb = message(w, w->v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH,
				      0, 128 + 12 - ip - sizeof(struct tcphdr));
	struct icmp_ext_hdr *head = (void *)(skb->data + 128);
	struct icmp_extobj_hdr *obj = (void *)(head + 1);

	if (w->v6)
		icmp6_hdr(skb)->icmp6_datagram_len = 128 / 8;
	else
		icmp_hdr(skb)->un.reserved[1] = 128 / 4;
	head->version = 2;
	obj->length = htons(8);
	obj->class_num = 1;
	head->checksum = csum_fold(csum_partial(head, 12, 0));
	return skb;
}

/* RFC 4884: where extensions begin, and whether they are in order */
static void errqueue_extensions(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned int ip = w->v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct entry *e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	const struct sock_ee_data_rfc4884 *found;
	struct icmp_ext_hdr *head;
	struct sk_buff *skb;
	int on = 1, i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e);
	found = &e->control.ee.ee_rfc4884;
	wire_connect(w);
	wire_forget(w);
	ask(w);
	lock_sock(w->sk);
	report_message(w, extended(w), EHOSTUNREACH, 0);
	release_sock(w->sk);
	read_queue(w, e);
	KUNIT_EXPECT_EQ(test, e->control.ee.ee_data, 0U);

	KUNIT_EXPECT_EQ(test, 0,
			etp_setsockopt(w->sk, w->v6 ? SOL_IPV6 : SOL_IP,
				       w->v6 ? IPV6_RECVERR_RFC4884 : IP_RECVERR_RFC4884,
				       KERNEL_SOCKPTR(&on), sizeof(on)));
	for (i = 0; i < 5; i++) {
		skb = extended(w);
		head = (void *)(skb->data + 128);
		if (i == 1)
			head->checksum ^= (__force __sum16)htons(1);
		if (i == 2)	/* not summed up, and an object beyond the end */
			head->checksum = 0;
		if (i == 2)
			((struct icmp_extobj_hdr *)(head + 1))->length = htons(9);
		if (i == 3)	/* a version nobody knows */
			head->version = 1;
		if (i == 4)	/* cut off before it */
			skb_trim(skb, 131);
		lock_sock(w->sk);
		report_message(w, skb, EHOSTUNREACH, 0);
		release_sock(w->sk);
		KUNIT_EXPECT_GT(test, read_queue(w, e), 0);
		KUNIT_EXPECT_EQ(test, (u32)found->len, i == 4 ? 0 : 128 - ip);
		KUNIT_EXPECT_EQ(test, (int)found->flags,
				i == 1 || i == 2 ? SO_EE_RFC4884_FLAG_INVALID : 0);
	}
}

/* Without the option: over IPv4 TCP keeps the error all the same, over IPv6 not. */
static void errqueue_not_asked(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	report(w, w->v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH, 0, EHOSTUNREACH, 0);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, skb_queue_len(&w->sk->sk_error_queue), w->v6 ? 0U : 1U);
}

/* While the program holds the socket the attempt goes on, and the error is kept. */
static void errqueue_owned(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	ask(w);
	lock_sock(w->sk);
	report(w, w->v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH, 0, EHOSTUNREACH, 0);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err_soft, EHOSTUNREACH);
	release_sock(w->sk);
	wire_state(w, TCP_SYN_SENT);
	KUNIT_EXPECT_EQ(test, skb_queue_len(&w->sk->sk_error_queue), 1U);
}

/* A connection that is set up has SO_ERROR for it, and no entry. */
static void errqueue_connection(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	ask(w);
	report(w, w->v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH, 0, EHOSTUNREACH, 0);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, 0);
	wire_write(w, 10);
	wire_forget(w);
	w->iss++;
	report(w, w->v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH, 0, EHOSTUNREACH, 0);
	w->iss--;
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, EHOSTUNREACH);
	KUNIT_EXPECT_TRUE(test, skb_queue_empty(&w->sk->sk_error_queue));
	wire_state(w, TCP_ESTABLISHED);
}

/* No more than the receive buffer holds. */
static void errqueue_full(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned int i;

	wire_connect(w);
	wire_forget(w);
	ask(w);
	WRITE_ONCE(w->sk->sk_rcvbuf, 4096);
	lock_sock(w->sk);
	for (i = 0; i < 32; i++)
		report(w, w->v6 ? ICMPV6_DEST_UNREACH : ICMP_DEST_UNREACH, 0,
		       EHOSTUNREACH, 0);
	release_sock(w->sk);
	KUNIT_EXPECT_GT(test, skb_queue_len(&w->sk->sk_error_queue), 0U);
	KUNIT_EXPECT_LT(test, skb_queue_len(&w->sk->sk_error_queue), 32U);
	KUNIT_EXPECT_LT(test, atomic_read(&w->sk->sk_rmem_alloc), 4096);
}

static struct kunit_case errqueue_cases[] = {
	KUNIT_CASE(errqueue_attempt),
	KUNIT_CASE(errqueue_extensions),
	KUNIT_CASE(errqueue_not_asked),
	KUNIT_CASE(errqueue_owned),
	KUNIT_CASE(errqueue_connection),
	KUNIT_CASE(errqueue_full),
	{}
};

struct kunit_suite etp_errqueue_suite = {
	.name = "etp_errqueue",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = errqueue_cases,
};

static struct kunit_case errqueue6_cases[] = {
	KUNIT_CASE(errqueue_attempt),
	KUNIT_CASE(errqueue_extensions),
	KUNIT_CASE(errqueue_not_asked),
	KUNIT_CASE(errqueue_owned),
	KUNIT_CASE(errqueue_connection),
	KUNIT_CASE(errqueue_full),
	{}
};

struct kunit_suite etp_errqueue6_suite = {
	.name = "etp_errqueue6",
	.init = wire_init6,
	.exit = wire_exit,
	.test_cases = errqueue6_cases,
};
