// SPDX-License-Identifier: GPL-2.0
/* IPv4 over the loopback device: addresses, routes, and what comes in by ICMP. */
#include "loop.h"
#include "suites.h"
#include <linux/icmp.h>
#include <linux/ip.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <trace/events/etp.h>

/* An address of this machine that nothing else uses: its route learns an MTU. */
#define ELSEWHERE	"127.53.0.9"

static void ipv4_key(struct kunit *test)
{
	struct etp_key key;

	etp_v4_key(&key, htonl(0x01020304), htons(5), htonl(0x06070809), htons(10), 11);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_v4mapped(&key.laddr));
	KUNIT_EXPECT_TRUE(test, ipv6_addr_v4mapped(&key.raddr));
	KUNIT_EXPECT_EQ(test, ntohl(key.laddr.s6_addr32[3]), 0x01020304U);
	KUNIT_EXPECT_EQ(test, ntohl(key.raddr.s6_addr32[3]), 0x06070809U);
	KUNIT_EXPECT_EQ(test, ntohs(key.lport), 5);
	KUNIT_EXPECT_EQ(test, ntohs(key.rport), 10);
	KUNIT_EXPECT_EQ(test, key.dif, 11);
}

static void ipv4_connection(struct kunit *test)
{
	struct loop *l = test->priv;
	union loop_addr addr;
	unsigned long out, in;

	loop_open(l, AF_INET, "127.0.0.1");
	out = etp_mib_sum(&init_net, ETP_MIB_OutSegs);
	in = etp_mib_sum(&init_net, ETP_MIB_InSegs);
	loop_transfer(l, l->client, l->server, 100000);
	loop_transfer(l, l->server, l->client, 100000);
	KUNIT_EXPECT_GT(test, etp_mib_sum(&init_net, ETP_MIB_OutSegs), out + 3);
	KUNIT_EXPECT_GT(test, etp_mib_sum(&init_net, ETP_MIB_InSegs), in + 3);

	KUNIT_EXPECT_EQ(test, kernel_getpeername(l->server, &addr.sa), 16);
	KUNIT_EXPECT_EQ(test, ntohl(addr.in.sin_addr.s_addr), 0x7f000001U);
	KUNIT_EXPECT_EQ(test, ntohs(addr.in.sin_port),
			inet_sk(l->client->sk)->inet_num);
	KUNIT_EXPECT_EQ(test, l->client->sk->sk_gso_type,
			SKB_GSO_TCPV4 | SKB_GSO_SCTP);
}

/* A close that both ends see */
static void ipv4_close(struct kunit *test)
{
	struct loop *l = test->priv;
	struct msghdr msg = {};
	u8 byte;
	struct kvec vec = { .iov_base = &byte, .iov_len = 1 };

	loop_open(l, AF_INET, "127.0.0.1");
	KUNIT_EXPECT_EQ(test, kernel_sock_shutdown(l->client, SHUT_WR), 0);
	KUNIT_EXPECT_EQ(test, kernel_recvmsg(l->server, &msg, &vec, 1, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, kernel_sock_shutdown(l->client, SHUT_WR), 0);
	loop_transfer(l, l->server, l->client, 1000);
	KUNIT_EXPECT_EQ(test, kernel_sock_shutdown(l->server, SHUT_WR), 0);
	KUNIT_EXPECT_EQ(test, kernel_recvmsg(l->client, &msg, &vec, 1, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, kernel_sock_shutdown(l->server, SHUT_WR), -ENOTCONN);
}

static void ipv4_connect_errors(struct kunit *test)
{
	struct loop *l = test->priv;
	union loop_addr addr;
	int len = loop_address(&addr, "224.0.0.1", 9);

	l->client = loop_socket(test, AF_INET);
	KUNIT_EXPECT_EQ(test, kernel_connect(l->client, (void *)&addr, len - 1, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, kernel_connect(l->client, (void *)&addr, len, 0),
			-ENETUNREACH);
	loop_address(&addr, "127.255.255.255", 9);
	KUNIT_EXPECT_NE(test, kernel_connect(l->client, (void *)&addr, len, 0), 0);
	loop_address(&addr, "127.0.0.1", 9);
	addr.in.sin_family = AF_INET6;
	KUNIT_EXPECT_EQ(test, kernel_connect(l->client, (void *)&addr, len, 0),
			-EAFNOSUPPORT);
	KUNIT_EXPECT_EQ(test, l->client->sk->sk_state, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, inet_sk(l->client->sk)->inet_num, 0);
	/* what was chosen for one peer must not be used with the next */
	lock_sock(l->client->sk);
	etp_sk(l->client->sk)->snd.write_seq = 77;
	etp_connect_undo(l->client->sk);
	KUNIT_EXPECT_EQ(test, etp_sk(l->client->sk)->snd.write_seq, 0U);
	release_sock(l->client->sk);
}

static void ipv4_refused(struct kunit *test)
{
	loop_refused(test->priv, AF_INET, "127.0.0.1");
}

/* A blocking accept() that nobody comes to, and a read of nothing */
static void ipv4_waits(struct kunit *test)
{
	struct loop *l = test->priv;
	struct socket *none = NULL;
	struct msghdr msg = {};
	u8 byte;
	struct kvec vec = { .iov_base = &byte, .iov_len = 1 };
	unsigned long began;

	loop_open(l, AF_INET, "127.0.0.1");
	l->listener->sk->sk_rcvtimeo = HZ / 20;
	began = jiffies;
	KUNIT_EXPECT_EQ(test, kernel_accept(l->listener, &none, 0), -EAGAIN);
	KUNIT_EXPECT_GE(test, jiffies - began, (unsigned long)HZ / 20);
	l->server->sk->sk_rcvtimeo = HZ / 20;
	began = jiffies;
	KUNIT_EXPECT_EQ(test, kernel_recvmsg(l->server, &msg, &vec, 1, 1, 0), -EAGAIN);
	KUNIT_EXPECT_GE(test, jiffies - began, (unsigned long)HZ / 20);
}

struct late {
	struct delayed_work	work;
	struct loop		*l;
	int			ret;
};

static void late_write(struct work_struct *work)
{
	struct late *late = container_of(work, struct late, work.work);
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT };
	struct kvec vec = { .iov_base = "late", .iov_len = 4 };

	late->ret = kernel_sendmsg(late->l->client, &msg, &vec, 1, 4);
}

static void late_connect(struct work_struct *work)
{
	struct late *late = container_of(work, struct late, work.work);

	late->ret = kernel_connect(late->l->client, (void *)&late->l->addr,
				   late->l->len, 0);
}

/* A reader and an acceptor that sleep are woken by what comes. */
static void ipv4_woken(struct kunit *test)
{
	struct loop *l = test->priv;
	struct late late = { .l = l };
	struct msghdr msg = {};
	u8 buf[4];
	struct kvec vec = { .iov_base = buf, .iov_len = 4 };

	loop_listen(l, AF_INET, "127.0.0.1");
	l->client = loop_socket(test, AF_INET);
	INIT_DELAYED_WORK_ONSTACK(&late.work, late_connect);
	schedule_delayed_work(&late.work, HZ / 20);
	KUNIT_EXPECT_EQ(test, kernel_accept(l->listener, &l->server, 0), 0);
	flush_delayed_work(&late.work);
	destroy_delayed_work_on_stack(&late.work);
	KUNIT_ASSERT_EQ(test, late.ret, 0);

	INIT_DELAYED_WORK_ONSTACK(&late.work, late_write);
	schedule_delayed_work(&late.work, HZ / 20);
	KUNIT_EXPECT_EQ(test, kernel_recvmsg(l->server, &msg, &vec, 1, 4, 0), 4);
	flush_delayed_work(&late.work);
	destroy_delayed_work_on_stack(&late.work);
	KUNIT_EXPECT_EQ(test, late.ret, 4);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "late", 4), 0);
}

/* ---- Packets that no socket of ours would send ---- */

/* 127.0.0.1 as the loop has it */
static const struct in6_addr localhost = {
	.s6_addr32 = { 0, 0, htonl(0xffff), htonl(INADDR_LOOPBACK) },
};

static void saw_bad(void *data, const struct sk_buff *skb, int reason)
{
	unsigned int *seen = data;

	seen[reason]++;
}

static void ipv4_bad_segments(struct kunit *test)
{
	unsigned int seen[ETP_BAD_CSUM + 1] = {};

	KUNIT_ASSERT_EQ(test, 0, register_trace_etp_bad_segment(saw_bad, seen));
	loop_bad_segments(test, &localhost);
	unregister_trace_etp_bad_segment(saw_bad, seen);
	tracepoint_synchronize_unregister();
	KUNIT_EXPECT_EQ(test, seen[ETP_BAD_CSUM], 1U);
	KUNIT_EXPECT_EQ(test, seen[ETP_BAD_SHORT], 1U);
	KUNIT_EXPECT_EQ(test, seen[ETP_BAD_DOFF], 1U);
}

/* Neither what was sent to everybody on the link */
static void ipv4_not_for_us(struct kunit *test)
{
	struct tcphdr th = { .doff = 5 };
	unsigned long in = etp_mib_sum(&init_net, ETP_MIB_InSegs);
	struct sk_buff *skb = loop_packet(test, &localhost, IPPROTO_ETP, &th, sizeof(th));

	skb->pkt_type = PACKET_BROADCAST;
	loop_deliver(test, skb);
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_InSegs), in);
}

/* An error about a segment that @sock sent at SND.UNA plus @ahead */
static void icmp4(struct kunit *test, const struct socket *sock, u8 type, u8 code,
		  u32 info, u32 ahead)
{
	const struct inet_sock *inet = inet_sk(sock->sk);
	struct {
		struct icmphdr	icmp;
		struct iphdr	ip;
		struct tcphdr	th;
	} __packed q = {
		.icmp = { .type = type, .code = code },
		.ip = {
			.version = 4, .ihl = 5, .ttl = 1, .protocol = IPPROTO_ETP,
			.tot_len = htons(1500), .frag_off = htons(IP_DF),
			.saddr = inet->inet_saddr, .daddr = inet->inet_daddr,
		},
		.th = {
			.source = inet->inet_sport, .dest = inet->inet_dport,
			.seq = htonl(etp_sk(sock->sk)->snd.una + ahead), .doff = 5,
		},
	};
	struct in6_addr to;

	if (code == ICMP_FRAG_NEEDED)
		q.icmp.un.frag.mtu = htons(info);
	ip_send_check(&q.ip);
	q.icmp.checksum = csum_fold(csum_partial(&q, sizeof(q), 0));
	ipv6_addr_set_v4mapped(inet->inet_saddr, &to);
	loop_deliver(test, loop_packet(test, &to, IPPROTO_ICMP, &q, sizeof(q)));
}

static void ipv4_icmp_soft(struct kunit *test)
{
	struct loop *l = test->priv;
	unsigned long outside;
	struct sock *sk;
	int on = 1;

	loop_open(l, AF_INET, "127.0.0.1");
	sk = l->client->sk;
	outside = etp_mib_sum(&init_net, ETP_MIB_OutOfWindowIcmps);
	icmp4(test, l->client, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0, 77);
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_OutOfWindowIcmps),
			outside + 1);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, 0);
	icmp4(test, l->client, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, EHOSTUNREACH);
	icmp4(test, l->client, ICMP_PARAMETERPROB, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, EPROTO);
	icmp4(test, l->client, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, EHOSTUNREACH);
	/* RFC 6633: a source quench is ignored */
	sk->sk_err_soft = 0;
	icmp4(test, l->client, ICMP_SOURCE_QUENCH, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_err_soft, 0);
	KUNIT_EXPECT_EQ(test, sk->sk_err, 0);
	/* IP_RECVERR: the program hears at once, and the connection stays */
	KUNIT_ASSERT_EQ(test, 0, etp_setsockopt(sk, SOL_IP, IP_RECVERR,
						KERNEL_SOCKPTR(&on), sizeof(on)));
	icmp4(test, l->client, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, 0);
	KUNIT_EXPECT_EQ(test, sock_error(sk), -ECONNREFUSED);
	KUNIT_EXPECT_EQ(test, sk->sk_state, TCP_ESTABLISHED);
	loop_transfer(l, l->client, l->server, 1000);
}

/* RFC 1191: the route learns, and the socket */
static void ipv4_icmp_mtu(struct kunit *test)
{
	struct loop *l = test->priv;
	struct sock *sk;
	u32 mss;

	loop_open(l, AF_INET, ELSEWHERE);
	sk = l->client->sk;
	mss = etp_sk(sk)->snd.mss;
	icmp4(test, l->client, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000, 77);
	KUNIT_EXPECT_EQ(test, etp_sk(sk)->snd.mss, mss);
	/* a peer of nowhere, and one that says nothing */
	icmp4(test, l->client, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 0, 0);
	KUNIT_EXPECT_GE(test, (u32)etp_sk(sk)->snd.mss, 500U);
	icmp4(test, l->client, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000, 0);
	KUNIT_EXPECT_EQ(test, etp_sk(sk)->snd.pmtu, 1000U);
	KUNIT_EXPECT_EQ(test, etp_sk(sk)->snd.mss, 1000 - 40 - 12);
	loop_transfer(l, l->client, l->server, 20000);
}

/* Told not to find out: the socket does not listen */
static void ipv4_icmp_mtu_refused(struct kunit *test)
{
	struct loop *l = test->priv;
	int mode = IP_PMTUDISC_DONT;
	struct sock *sk;
	u32 pmtu;

	loop_open(l, AF_INET, "127.53.0.10");
	sk = l->client->sk;
	pmtu = etp_sk(sk)->snd.pmtu;
	KUNIT_ASSERT_EQ(test, 0, etp_setsockopt(sk, SOL_IP, IP_MTU_DISCOVER,
						KERNEL_SOCKPTR(&mode), sizeof(mode)));
	icmp4(test, l->client, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, 1000, 0);
	KUNIT_EXPECT_EQ(test, etp_sk(sk)->snd.pmtu, pmtu);
}

/* What the listener was told to put into its headers goes to its children. */
static void ipv4_inherits(struct kunit *test)
{
	struct loop *l = test->priv;
	int tos = 0x48;

	loop_listen(l, AF_INET, "127.0.0.1");
	KUNIT_ASSERT_EQ(test, 0, etp_setsockopt(l->listener->sk, SOL_IP, IP_TOS,
						KERNEL_SOCKPTR(&tos), sizeof(tos)));
	l->client = loop_socket(test, AF_INET);
	KUNIT_ASSERT_EQ(test, 0, loop_connect(l, l->client));
	KUNIT_ASSERT_EQ(test, 0, kernel_accept(l->listener, &l->server, 0));
	KUNIT_EXPECT_EQ(test, inet_sk(l->server->sk)->tos, 0x48);
	loop_transfer(l, l->server, l->client, 1000);
}

/* A route that went away is looked up again. */
static void ipv4_route_again(struct kunit *test)
{
	struct loop *l = test->priv;
	struct sock *sk;

	loop_open(l, AF_INET, "127.0.0.1");
	sk = l->client->sk;
	lock_sock(sk);
	sk_dst_reset(sk);
	KUNIT_EXPECT_EQ(test, etp_ipv4_ops.rebuild_route(sk), 0);
	KUNIT_EXPECT_TRUE(test, !!rcu_access_pointer(sk->sk_dst_cache));
	KUNIT_EXPECT_EQ(test, etp_ipv4_ops.options_len(sk), 0U);
	release_sock(sk);
	loop_transfer(l, l->client, l->server, 1000);
}

/* IP options take their room in every segment. */
static void ipv4_options(struct kunit *test)
{
	/* record route, room for one address; a no-operation to fill up */
	u8 options[] = { IPOPT_RR, 7, 4, 0, 0, 0, 0, IPOPT_NOOP };
	struct loop *l = test->priv;

	loop_listen(l, AF_INET, "127.0.0.1");
	l->client = loop_socket(test, AF_INET);
	KUNIT_ASSERT_EQ(test, 0, etp_setsockopt(l->client->sk, SOL_IP, IP_OPTIONS,
						KERNEL_SOCKPTR(options),
						sizeof(options)));
	KUNIT_ASSERT_EQ(test, 0, loop_connect(l, l->client));
	KUNIT_ASSERT_EQ(test, 0, kernel_accept(l->listener, &l->server, 0));
	lock_sock(l->client->sk);
	KUNIT_EXPECT_EQ(test, etp_ipv4_ops.options_len(l->client->sk), 8U);
	/* where the path, and not the window, is the limit */
	etp_sync_mss(l->client->sk, 1500);
	KUNIT_EXPECT_EQ(test, etp_sk(l->client->sk)->snd.mss, 1500 - 40 - 12 - 8);
	release_sock(l->client->sk);
	lock_sock(l->server->sk);
	etp_sync_mss(l->server->sk, 1500);
	KUNIT_EXPECT_EQ(test, etp_sk(l->server->sk)->snd.mss, 1500 - 40 - 12);
	release_sock(l->server->sk);
	loop_transfer(l, l->client, l->server, 1000);
}

static struct kunit_case ipv4_cases[] = {
	KUNIT_CASE(ipv4_key),
	KUNIT_CASE(ipv4_connection),
	KUNIT_CASE(ipv4_close),
	KUNIT_CASE(ipv4_connect_errors),
	KUNIT_CASE(ipv4_refused),
	KUNIT_CASE(ipv4_waits),
	KUNIT_CASE(ipv4_woken),
	KUNIT_CASE(ipv4_bad_segments),
	KUNIT_CASE(ipv4_not_for_us),
	KUNIT_CASE(ipv4_icmp_soft),
	KUNIT_CASE(ipv4_icmp_mtu),
	KUNIT_CASE(ipv4_icmp_mtu_refused),
	KUNIT_CASE(ipv4_inherits),
	KUNIT_CASE(ipv4_route_again),
	KUNIT_CASE(ipv4_options),
	{}
};

struct kunit_suite etp_ipv4_suite = {
	.name = "etp_ipv4",
	.init = loop_init,
	.exit = loop_exit,
	.test_cases = ipv4_cases,
};
