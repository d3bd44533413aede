// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6 over the loopback device: addresses, routes, ICMPv6 errors, and IPv4 in
 * disguise.
 */
#include "loop.h"
#include "suites.h"
#include <linux/icmpv6.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

static void ipv6_connection(struct kunit *test)
{
	struct loop *l = test->priv;
	union loop_addr addr;
	unsigned long out;

	loop_open(l, AF_INET6, "::1");
	out = etp_mib_sum(&init_net, ETP_MIB_OutSegs);
	loop_transfer(l, l->client, l->server, 100000);
	loop_transfer(l, l->server, l->client, 100000);
	KUNIT_EXPECT_GT(test, etp_mib_sum(&init_net, ETP_MIB_OutSegs), out + 3);
	KUNIT_EXPECT_PTR_EQ(test, etp_sk(l->server->sk)->af, &etp_ipv6_ops);

	KUNIT_EXPECT_EQ(test, kernel_getpeername(l->client, &addr.sa), 28);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_loopback(&addr.in6.sin6_addr));
	KUNIT_EXPECT_EQ(test, ntohs(addr.in6.sin6_port), ntohs(l->addr.in6.sin6_port));
	kernel_getsockname(l->client, &addr.sa);
	KUNIT_EXPECT_EQ(test, ntohs(addr.in6.sin6_port),
			ntohs(inet_sk(l->server->sk)->inet_dport));
	KUNIT_EXPECT_EQ(test, l->client->sk->sk_gso_type,
			SKB_GSO_TCPV6 | SKB_GSO_SCTP);
	KUNIT_EXPECT_EQ(test, l->server->sk->sk_gso_type,
			SKB_GSO_TCPV6 | SKB_GSO_SCTP);
}

/* A listener of IPv6 takes IPv4 as well, and its child goes by IPv4. */
static void ipv6_mapped(struct kunit *test)
{
	struct loop *l = test->priv;
	struct sock *child;

	loop_open(l, AF_INET6, "::ffff:127.0.0.1");
	child = l->server->sk;
	KUNIT_EXPECT_EQ(test, child->sk_family, AF_INET6);
	KUNIT_EXPECT_PTR_EQ(test, etp_sk(child)->af, &etp_ipv4_ops);
	KUNIT_EXPECT_PTR_EQ(test, etp_sk(l->client->sk)->af, &etp_ipv4_ops);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_v4mapped(&child->sk_v6_daddr));
	KUNIT_EXPECT_EQ(test, child->sk_gso_type, SKB_GSO_TCPV4 | SKB_GSO_SCTP);
	loop_transfer(l, l->client, l->server, 5000);
	loop_transfer(l, l->server, l->client, 5000);
}

/* An IPv4 client of a listener that is open to all */
static void ipv6_any_listener(struct kunit *test)
{
	struct loop *l = test->priv;
	union loop_addr addr;
	int len;

	loop_listen(l, AF_INET6, "::");
	len = loop_address(&addr, "127.0.0.1", ntohs(l->addr.in6.sin6_port));
	l->client = loop_socket(test, AF_INET);
	KUNIT_ASSERT_EQ(test, 0, kernel_connect(l->client, (void *)&addr, len, 0));
	KUNIT_ASSERT_EQ(test, 0, kernel_accept(l->listener, &l->server, 0));
	KUNIT_EXPECT_EQ(test, kernel_getpeername(l->server, &addr.sa), 28);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_v4mapped(&addr.in6.sin6_addr));
	loop_transfer(l, l->client, l->server, 1000);
}

/* connect() to "any" is to this host, in the family the socket is bound to */
static void ipv6_connect_any(struct kunit *test)
{
	struct loop *l = test->priv;
	union loop_addr addr;
	int len;

	loop_listen(l, AF_INET6, "::");
	l->client = loop_socket(test, AF_INET6);
	KUNIT_ASSERT_EQ(test, 0, loop_connect(l, l->client));
	kernel_getpeername(l->client, &addr.sa);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_loopback(&addr.in6.sin6_addr));
	KUNIT_ASSERT_EQ(test, 0, kernel_accept(l->listener, &l->server, 0));
	sock_release(l->client);

	l->client = loop_socket(test, AF_INET6);
	len = loop_address(&addr, "::ffff:127.0.0.1", 0);
	KUNIT_ASSERT_EQ(test, 0, kernel_bind(l->client, (void *)&addr, len));
	KUNIT_ASSERT_EQ(test, 0, loop_connect(l, l->client));
	KUNIT_EXPECT_PTR_EQ(test, etp_sk(l->client->sk)->af, &etp_ipv4_ops);
}

static int connect_to(struct loop *l, const char *host, int len, int scope)
{
	union loop_addr addr;
	int full = loop_address(&addr, host, 9);

	if (strchr(host, ':'))
		addr.in6.sin6_scope_id = scope;
	return kernel_connect(l->client, (void *)&addr, len ?: full, O_NONBLOCK);
}

static void ipv6_connect_errors(struct kunit *test)
{
	struct loop *l = test->priv;
	unsigned short num;

	l->client = loop_socket(test, AF_INET6);
	KUNIT_EXPECT_EQ(test, connect_to(l, "::1", SIN6_LEN_RFC2133 - 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, connect_to(l, "127.0.0.1", SIN6_LEN_RFC2133, 0),
			-EAFNOSUPPORT);
	KUNIT_EXPECT_EQ(test, connect_to(l, "ff02::1", 0, 0), -ENETUNREACH);
	/* link-local: by which device? */
	KUNIT_EXPECT_EQ(test, connect_to(l, "fe80::1", 0, 0), -EINVAL);
	/* and not by another one than it is bound to */
	l->client->sk->sk_bound_dev_if = init_net.loopback_dev->ifindex;
	KUNIT_EXPECT_EQ(test, connect_to(l, "fe80::1", 0,
					 init_net.loopback_dev->ifindex + 1), -EINVAL);
	l->client->sk->sk_bound_dev_if = 0;
	num = inet_sk(l->client->sk)->inet_num;
	KUNIT_EXPECT_EQ(test, num, 0);
	KUNIT_EXPECT_EQ(test, l->client->sk->sk_state, TCP_CLOSE);
	/* a bad one leaves it as it was */
	loop_listen(l, AF_INET6, "::1");
	KUNIT_EXPECT_EQ(test, loop_connect(l, l->client), 0);
}

static void ipv6_refused(struct kunit *test)
{
	loop_refused(test->priv, AF_INET6, "::1");
}

/* IPV6_V6ONLY: neither out nor in */
static void ipv6_only(struct kunit *test)
{
	struct loop *l = test->priv;
	union loop_addr addr;
	int len;

	l->client = loop_socket(test, AF_INET6);
	l->client->sk->sk_ipv6only = 1;
	KUNIT_EXPECT_EQ(test, connect_to(l, "::ffff:127.0.0.1", 0, 0), -ENETUNREACH);
	sock_release(l->client);
	loop_listen(l, AF_INET6, "::1");
	l->client = loop_socket(test, AF_INET);
	len = loop_address(&addr, "127.0.0.1", ntohs(l->addr.in6.sin6_port));
	KUNIT_EXPECT_EQ(test, kernel_connect(l->client, (void *)&addr, len, 0),
			-ECONNREFUSED);
}

/* Flow label and traffic class go into what is sent, if they are asked for. */
static void ipv6_flow_label(struct kunit *test)
{
	struct loop *l = test->priv;
	int on = 1;

	loop_listen(l, AF_INET6, "::1");
	l->addr.in6.sin6_flowinfo = htonl(0x2812345);
	l->client = loop_socket(test, AF_INET6);
	KUNIT_EXPECT_EQ(test, loop_connect(l, l->client), 0);
	KUNIT_EXPECT_EQ(test, ntohl(inet6_sk(l->client->sk)->flow_label), 0U);
	sock_release(l->client);

	l->client = loop_socket(test, AF_INET6);
	KUNIT_ASSERT_EQ(test, 0, etp_setsockopt(l->client->sk, SOL_IPV6,
						IPV6_FLOWINFO_SEND,
						KERNEL_SOCKPTR(&on), sizeof(on)));
	KUNIT_EXPECT_EQ(test, loop_connect(l, l->client), 0);
	KUNIT_EXPECT_EQ(test, ntohl(inet6_sk(l->client->sk)->flow_label), 0x2812345U);
}

static int reflect(struct sock *sk, u8 action, u16 flags)
{
	struct in6_flowlabel_req req = { .flr_action = action, .flr_flags = flags };

	return etp_setsockopt(sk, SOL_IPV6, IPV6_FLOWLABEL_MGR, KERNEL_SOCKPTR(&req),
			      sizeof(req));
}

/* What the layer below has for TCP only */
static void ipv6_flow_reflect(struct kunit *test)
{
	struct loop *l = test->priv;
	u8 was = init_net.ipv6.sysctl.flowlabel_consistency;
	struct sock *sk;

	l->client = loop_socket(test, AF_INET6);
	sk = l->client->sk;
	KUNIT_EXPECT_EQ(test, reflect(sk, IPV6_FL_A_PUT, IPV6_FL_F_REFLECT), -ESRCH);
	init_net.ipv6.sysctl.flowlabel_consistency = 1;
	KUNIT_EXPECT_EQ(test, reflect(sk, IPV6_FL_A_GET, IPV6_FL_F_REFLECT), -EPERM);
	init_net.ipv6.sysctl.flowlabel_consistency = 0;
	KUNIT_EXPECT_FALSE(test, inet6_test_bit(REPFLOW, sk));
	KUNIT_EXPECT_EQ(test, reflect(sk, IPV6_FL_A_GET, IPV6_FL_F_REFLECT), 0);
	KUNIT_EXPECT_TRUE(test, inet6_test_bit(REPFLOW, sk));
	inet6_sk(sk)->flow_label = htonl(5);
	KUNIT_EXPECT_EQ(test, reflect(sk, IPV6_FL_A_PUT, IPV6_FL_F_REFLECT), 0);
	KUNIT_EXPECT_FALSE(test, inet6_test_bit(REPFLOW, sk));
	KUNIT_EXPECT_EQ(test, ntohl(inet6_sk(sk)->flow_label), 0U);
	/* the rest is for the layer below */
	KUNIT_EXPECT_EQ(test, reflect(sk, 77, IPV6_FL_F_REFLECT), -EINVAL);
	KUNIT_EXPECT_EQ(test, reflect(sk, IPV6_FL_A_PUT, 0), -ESRCH);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			etp_setsockopt(sk, SOL_IPV6, IPV6_FLOWLABEL_MGR,
				       KERNEL_SOCKPTR(NULL), 1));
	init_net.ipv6.sysctl.flowlabel_consistency = was;
}

/* ---- Packets that no socket of ours would send ---- */

static void ipv6_bad_segments(struct kunit *test)
{
	loop_bad_segments(test, &in6addr_loopback);
}

/* An address of IPv4 in disguise has no business in an IPv6 header. */
static void ipv6_not_for_us(struct kunit *test)
{
	struct tcphdr th = { .doff = 5 };
	unsigned long in = etp_mib_sum(&init_net, ETP_MIB_InSegs);
	struct sk_buff *skb = loop_packet(test, &in6addr_loopback, IPPROTO_ETP, &th,
					  sizeof(th));

	ipv6_addr_set_v4mapped(htonl(INADDR_LOOPBACK), &ipv6_hdr(skb)->saddr);
	loop_deliver(test, skb);
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_InSegs), in);
}

struct quoted {
	struct icmp6hdr	icmp;
	struct ipv6hdr	ip;
	struct tcphdr	th;
} __packed;

/* An error about a segment that @sock sent at SND.UNA plus @ahead */
static void icmp6(struct kunit *test, struct socket *sock, u8 type, u8 code,
		  u32 info, u32 ahead)
{
	const struct sock *sk = sock->sk;
	struct quoted q = {
		.icmp = { .icmp6_type = type, .icmp6_code = code },
		.ip = {
			.version = 6, .nexthdr = IPPROTO_ETP, .hop_limit = 1,
			.saddr = in6addr_loopback, .daddr = in6addr_loopback,
		},
		.th = {
			.source = inet_sk(sk)->inet_sport,
			.dest = inet_sk(sk)->inet_dport,
			.seq = htonl(etp_sk(sk)->snd.una + ahead), .doff = 5,
		},
	};

	q.icmp.icmp6_mtu = htonl(info);
	q.icmp.icmp6_cksum = csum_ipv6_magic(&in6addr_loopback, &in6addr_loopback,
					     sizeof(q), IPPROTO_ICMPV6,
					     csum_partial(&q, sizeof(q), 0));
	loop_deliver(test, loop_packet(test, &in6addr_loopback, IPPROTO_ICMPV6, &q,
				       sizeof(q)));
}

static void ipv6_icmp(struct kunit *test)
{
	struct loop *l = test->priv;
	struct sock *sk;
	unsigned long outside;
	int on = 1;

	loop_open(l, AF_INET6, "::1");
	sk = l->client->sk;
	outside = etp_mib_sum(&init_net, ETP_MIB_OutOfWindowIcmps);
	icmp6(test, l->client, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0, 77);
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_OutOfWindowIcmps),
			outside + 1);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, 0);
	/* smaller than any link may be: not believed */
	icmp6(test, l->client, ICMPV6_PKT_TOOBIG, 0, 600, 0);
	KUNIT_EXPECT_GT(test, etp_sk(sk)->snd.pmtu, 1280U);
	/* soft, as long as nobody asks */
	icmp6(test, l->client, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, EHOSTUNREACH);
	KUNIT_EXPECT_EQ(test, sk->sk_err, 0);
	KUNIT_ASSERT_EQ(test, 0, etp_setsockopt(sk, SOL_IPV6, IPV6_RECVERR,
						KERNEL_SOCKPTR(&on), sizeof(on)));
	icmp6(test, l->client, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0, 0);
	KUNIT_EXPECT_EQ(test, sock_error(sk), -ECONNREFUSED);
	KUNIT_EXPECT_EQ(test, sk->sk_state, TCP_ESTABLISHED);
	loop_transfer(l, l->client, l->server, 1000);
}

/* An error about a connection that is not there is told to the stack only. */
static void ipv6_icmp_unknown(struct kunit *test)
{
	struct loop *l = test->priv;
	struct sock *sk;

	l->client = loop_socket(test, AF_INET6);
	sk = l->client->sk;
	icmp6(test, l->client, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_state, TCP_CLOSE);
}

/* What the listener was told to put into its headers goes to its children. */
static void ipv6_inherits(struct kunit *test)
{
	struct loop *l = test->priv;
	int tclass = 0x48;

	loop_listen(l, AF_INET6, "::1");
	KUNIT_ASSERT_EQ(test, 0, etp_setsockopt(l->listener->sk, SOL_IPV6, IPV6_TCLASS,
						KERNEL_SOCKPTR(&tclass),
						sizeof(tclass)));
	l->client = loop_socket(test, AF_INET6);
	KUNIT_ASSERT_EQ(test, 0, loop_connect(l, l->client));
	KUNIT_ASSERT_EQ(test, 0, kernel_accept(l->listener, &l->server, 0));
	KUNIT_EXPECT_EQ(test, inet6_sk(l->server->sk)->tclass, 0x48);
	KUNIT_EXPECT_PTR_NE(test, inet6_sk(l->server->sk), inet6_sk(l->listener->sk));
	loop_transfer(l, l->server, l->client, 1000);
}

/* A route that went away is looked up again. */
static void ipv6_route_again(struct kunit *test)
{
	struct loop *l = test->priv;
	struct sock *sk;

	loop_open(l, AF_INET6, "::1");
	sk = l->client->sk;
	lock_sock(sk);
	sk_dst_reset(sk);
	release_sock(sk);
	loop_transfer(l, l->client, l->server, 1000);
	KUNIT_EXPECT_TRUE(test, !!rcu_access_pointer(sk->sk_dst_cache));
}

static struct kunit_case ipv6_cases[] = {
	KUNIT_CASE(ipv6_connection),
	KUNIT_CASE(ipv6_mapped),
	KUNIT_CASE(ipv6_any_listener),
	KUNIT_CASE(ipv6_connect_any),
	KUNIT_CASE(ipv6_connect_errors),
	KUNIT_CASE(ipv6_refused),
	KUNIT_CASE(ipv6_only),
	KUNIT_CASE(ipv6_flow_label),
	KUNIT_CASE(ipv6_flow_reflect),
	KUNIT_CASE(ipv6_bad_segments),
	KUNIT_CASE(ipv6_not_for_us),
	KUNIT_CASE(ipv6_icmp),
	KUNIT_CASE(ipv6_icmp_unknown),
	KUNIT_CASE(ipv6_inherits),
	KUNIT_CASE(ipv6_route_again),
	{}
};

struct kunit_suite etp_ipv6_suite = {
	.name = "etp_ipv6",
	.init = loop_init,
	.exit = loop_exit,
	.test_cases = ipv6_cases,
};
