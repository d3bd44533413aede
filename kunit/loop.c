// SPDX-License-Identifier: GPL-2.0
/* Two sockets joined by the loopback device.  See loop.h. */
#include "loop.h"
#include <linux/inet.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

/* How long to wait for what the loopback device does at once */
#define LOOP_PATIENCE	(10 * HZ)

static int loop_device_up(void)
{
	struct net_device *lo = init_net.loopback_dev;
	int err = 0;

	rtnl_lock();
	if (!(lo->flags & IFF_UP))
		err = dev_open(lo, NULL);
	rtnl_unlock();
	return err;
}

/**
 * loop_init - init of a suite
 * @test: the test; its priv becomes the loop
 */
int loop_init(struct kunit *test)
{
	struct loop *l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);

	if (!l)
		return -ENOMEM;
	l->test = test;
	test->priv = l;
	return loop_device_up();
}

static void loop_release(struct socket *sock)
{
	if (!sock)
		return;
	/* at once, so that the next test finds the module as this one did */
	sock_no_linger(sock->sk);
	sock_release(sock);
}

/**
 * loop_exit - exit of a suite
 * @test: the test
 */
void loop_exit(struct kunit *test)
{
	struct loop *l = test->priv;

	if (!l)
		return;
	loop_release(l->client);
	loop_release(l->server);
	loop_release(l->listener);
}

/**
 * loop_address - an address from its text
 * @addr: to be filled in
 * @host: of IPv6 if there is a colon in it
 * @port: port
 *
 * Returns its length.
 */
int loop_address(union loop_addr *addr, const char *host, u16 port)
{
	memset(addr, 0, sizeof(*addr));
	if (strchr(host, ':')) {
		addr->in6.sin6_family = AF_INET6;
		addr->in6.sin6_port = htons(port);
		in6_pton(host, -1, addr->in6.sin6_addr.s6_addr, -1, NULL);
		return sizeof(addr->in6);
	}
	addr->in.sin_family = AF_INET;
	addr->in.sin_port = htons(port);
	addr->in.sin_addr.s_addr = in_aton(host);
	return sizeof(addr->in);
}

/**
 * loop_socket - socket()
 * @test: the test
 * @family: AF_INET or AF_INET6
 */
struct socket *loop_socket(struct kunit *test, int family)
{
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, family, SOCK_STREAM,
						  IPPROTO_ETP, &sock));
	sock->sk->sk_rcvtimeo = LOOP_PATIENCE;
	sock->sk->sk_sndtimeo = LOOP_PATIENCE;
	return sock;
}

/**
 * loop_listen - a listener, @l->addr becomes where it is
 * @l: the loop
 * @family: AF_INET or AF_INET6
 * @host: its address
 */
void loop_listen(struct loop *l, int family, const char *host)
{
	int len = loop_address(&l->addr, host, 0);

	l->listener = loop_socket(l->test, family);
	KUNIT_ASSERT_EQ(l->test, 0, kernel_bind(l->listener, (void *)&l->addr, len));
	KUNIT_ASSERT_EQ(l->test, 0, kernel_listen(l->listener, 8));
	l->len = kernel_getsockname(l->listener, &l->addr.sa);
	KUNIT_ASSERT_EQ(l->test, l->len, len);
}

/**
 * loop_connect - connect() to the listener
 * @l: the loop
 * @sock: any socket
 *
 * Returns what connect() does.
 */
int loop_connect(struct loop *l, struct socket *sock)
{
	return kernel_connect(sock, (void *)&l->addr, l->len, 0);
}

/**
 * loop_open - a connection
 * @l: the loop
 * @family: AF_INET or AF_INET6
 * @host: address of the listener, from where the client connects, too
 */
void loop_open(struct loop *l, int family, const char *host)
{
	loop_listen(l, family, host);
	l->client = loop_socket(l->test, family);
	KUNIT_ASSERT_EQ(l->test, 0, loop_connect(l, l->client));
	KUNIT_ASSERT_EQ(l->test, 0, kernel_accept(l->listener, &l->server, 0));
	l->server->sk->sk_rcvtimeo = LOOP_PATIENCE;
}

static u8 loop_byte(u32 at)
{
	return at ^ (at >> 8) * 29;
}

/**
 * loop_transfer - send() some bytes and recv() the same ones
 * @l: the loop
 * @from: who sends
 * @to: who must get them
 * @len: bytes, no more than the buffers hold
 */
void loop_transfer(struct loop *l, struct socket *from, struct socket *to, u32 len)
{
	u8 *buf = kunit_kmalloc(l->test, len, GFP_KERNEL);
	struct kvec vec = { .iov_base = buf, .iov_len = len };
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	u32 i, wrong = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(l->test, buf);
	for (i = 0; i < len; i++)
		buf[i] = loop_byte(i);
	KUNIT_ASSERT_EQ(l->test, kernel_sendmsg(from, &msg, &vec, 1, len), (int)len);
	memset(buf, 0, len);
	memset(&msg, 0, sizeof(msg));
	vec.iov_base = buf;
	vec.iov_len = len;
	KUNIT_ASSERT_EQ(l->test, kernel_recvmsg(to, &msg, &vec, 1, len, MSG_WAITALL),
			(int)len);
	for (i = 0; i < len; i++)
		wrong += buf[i] != loop_byte(i);
	KUNIT_EXPECT_EQ(l->test, wrong, 0U);
}

/**
 * loop_refused - connect() where nobody listens: RST, by the way that needs no socket
 * @l: the loop
 * @family: AF_INET or AF_INET6
 * @host: address to connect to
 */
void loop_refused(struct loop *l, int family, const char *host)
{
	unsigned long failed = etp_mib_sum(&init_net, ETP_MIB_AttemptFails);

	loop_listen(l, family, host);
	sock_release(l->listener);
	l->listener = NULL;
	l->client = loop_socket(l->test, family);
	KUNIT_EXPECT_EQ(l->test, loop_connect(l, l->client), -ECONNREFUSED);
	KUNIT_EXPECT_EQ(l->test, etp_mib_sum(&init_net, ETP_MIB_AttemptFails), failed + 1);
	KUNIT_EXPECT_EQ(l->test, l->client->sk->sk_state, TCP_CLOSE);
	KUNIT_EXPECT_EQ(l->test, ntohs(inet_sk(l->client->sk)->inet_dport), 0);
}

/* ---- Packets that no socket of ours would send ---- */

static void loop_put_ip(struct sk_buff *skb, __be32 to, u8 protocol, unsigned int len)
{
	struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = 5;
	iph->ttl = 64;
	iph->protocol = protocol;
	iph->tot_len = htons(sizeof(*iph) + len);
	iph->saddr = htonl(INADDR_LOOPBACK);
	iph->daddr = to;
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
}

static void loop_put_ip6(struct sk_buff *skb, const struct in6_addr *to, u8 protocol,
			 unsigned int len)
{
	struct ipv6hdr *hdr = skb_put_zero(skb, sizeof(*hdr));

	hdr->version = 6;
	hdr->nexthdr = protocol;
	hdr->hop_limit = 64;
	hdr->payload_len = htons(len);
	hdr->saddr = in6addr_loopback;
	hdr->daddr = *to;
	skb->protocol = htons(ETH_P_IPV6);
}

/**
 * loop_packet - a packet from the loopback address
 * @test: the test
 * @to: an address of this machine, mapped for IPv4
 * @protocol: of @payload
 * @payload: what follows the IP header
 * @len: its bytes
 */
struct sk_buff *loop_packet(struct kunit *test, const struct in6_addr *to, u8 protocol,
			    const void *payload, unsigned int len)
{
	struct sk_buff *skb = alloc_skb(128 + len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, skb);
	skb_reserve(skb, 64);
	skb_reset_network_header(skb);
	if (ipv6_addr_v4mapped(to))
		loop_put_ip(skb, to->s6_addr32[3], protocol, len);
	else
		loop_put_ip6(skb, to, protocol, len);
	skb_set_transport_header(skb, skb->len);
	skb_put_data(skb, payload, len);
	skb->dev = init_net.loopback_dev;
	skb->pkt_type = PACKET_HOST;
	return skb;
}

/* IPv4 takes addresses of this machine for martians unless the packet has a route, as
 * those have that the device loops back.
 */
static void loop_route(struct kunit *test, struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct flowi4 fl4 = { .daddr = iph->daddr, .saddr = iph->saddr };
	struct rtable *rt = ip_route_output_key(&init_net, &fl4);

	KUNIT_ASSERT_FALSE(test, IS_ERR(rt));
	skb_dst_set(skb, &rt->dst);
}

/**
 * loop_deliver - a packet comes in by the loopback device
 * @test: the test
 * @skb: the packet; consumed
 */
void loop_deliver(struct kunit *test, struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		loop_route(test, skb);
	skb_reset_mac_header(skb);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
}

static __sum16 loop_sum(const struct in6_addr *host, const struct tcphdr *th)
{
	__wsum sum = csum_partial(th, sizeof(*th), 0);

	if (ipv6_addr_v4mapped(host))
		return csum_tcpudp_magic(host->s6_addr32[3], host->s6_addr32[3],
					 sizeof(*th), IPPROTO_ETP, sum);
	return csum_ipv6_magic(host, host, sizeof(*th), IPPROTO_ETP, sum);
}

/**
 * loop_bad_segments - what is wrong with a segment is counted, and nothing answers
 * @test: the test
 * @host: the loopback address, mapped for IPv4
 *
 * Three come in: one with a wrong checksum, one that is too short, one whose header is.
 */
void loop_bad_segments(struct kunit *test, const struct in6_addr *host)
{
	struct tcphdr th = { .doff = 5, .source = htons(9), .dest = htons(9), .ack = 1 };
	unsigned long errors = etp_mib_sum(&init_net, ETP_MIB_InErrs);
	unsigned long sums = etp_mib_sum(&init_net, ETP_MIB_InCsumErrors);
	unsigned long rsts = etp_mib_sum(&init_net, ETP_MIB_OutRsts);

	th.check = (__force __sum16)0x1234;
	loop_deliver(test, loop_packet(test, host, IPPROTO_ETP, &th, sizeof(th)));
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_InCsumErrors), sums + 1);
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_InErrs), errors + 1);
	loop_deliver(test, loop_packet(test, host, IPPROTO_ETP, &th, sizeof(th) - 1));
	th.doff = 4;
	loop_deliver(test, loop_packet(test, host, IPPROTO_ETP, &th, sizeof(th)));
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_InErrs), errors + 3);
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_OutRsts), rsts);
	/* a right one, to a port where nobody is */
	th.doff = 5;
	th.check = 0;
	th.check = loop_sum(host, &th);
	loop_deliver(test, loop_packet(test, host, IPPROTO_ETP, &th, sizeof(th)));
	KUNIT_EXPECT_EQ(test, etp_mib_sum(&init_net, ETP_MIB_OutRsts), rsts + 1);
}
