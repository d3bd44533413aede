// SPDX-License-Identifier: GPL-2.0
/* Two sockets joined by the loopback device.  See loop.h. */
#include "loop.h"
#include <linux/inet.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

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
