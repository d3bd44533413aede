// SPDX-License-Identifier: GPL-2.0
/*
 * The wire harness, part three: what a program does with its socket.
 */
#include "harness.h"
#include <linux/net.h>

static struct socket *wire_socket(struct wire *w)
{
	struct socket *sock;

	KUNIT_ASSERT_EQ(w->test, 0, sock_create_kern(&init_net,
						     w->v6 ? AF_INET6 : AF_INET,
						     SOCK_STREAM, IPPROTO_ETP,
						     &sock));
	etp_sk(sock->sk)->af = wire_ops_of(w);
	return sock;
}

static int wire_bind(struct socket *sock, u16 port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port),
	};

	if (sock->sk->sk_family == AF_INET6)
		return kernel_bind(sock, (struct etp_sockaddr *)&sin6, sizeof(sin6));
	return kernel_bind(sock, (struct etp_sockaddr *)&sin, sizeof(sin));
}

/**
 * wire_listen - listen() on a port of the system's choice
 * @w: the wire
 */
void wire_listen(struct wire *w)
{
	w->listener = wire_socket(w);
	KUNIT_ASSERT_EQ(w->test, 0, wire_bind(w->listener, 0));
	KUNIT_ASSERT_EQ(w->test, 0, kernel_listen(w->listener, 8));
	w->lport = inet_sk(w->listener->sk)->inet_num;
}

/**
 * wire_connect_from - connect() from a port of the program's choice
 * @w: the wire; its socket is the new one, even when that did not work
 * @lport: the port, which may be in use by others with SO_REUSEADDR; 0 for any
 *
 * Returns 0 before the handshake is over, or what connect() says.
 */
int wire_connect_from(struct wire *w, u16 lport)
{
	struct socket *sock = wire_socket(w);
	struct sock *sk = sock->sk;
	struct etp_sock *es = etp_sk(sk);
	struct etp_key key;
	int err;

	w->sock = sock;
	if (lport) {
		sk->sk_reuse = SK_CAN_REUSE;
		KUNIT_ASSERT_EQ(w->test, 0, wire_bind(sock, lport));
	}
	lock_sock(sk);
	wire_adopt(w, sk);
	wire_set_addresses(sk, lport, w->rport);
	wire_key(w, &key);
	es->node.net = &init_net;
	es->node.kind = ETP_FULL;
	es->node.key = key;
	es->node.key.lport = 0;
	es->node.key.dif = 0;
	err = etp_connect_port(sk);
	if (!err) {
		w->lport = inet_sk(sk)->inet_num;
		es->snd.write_seq = w->use_iss ?: es->snd.write_seq;
		sk_set_txhash(sk);
		wire_ops_of(w)->rebuild_route(sk);
		sock->state = SS_CONNECTING;
		err = etp_connect(sk);
	}
	release_sock(sk);
	return err;
}

/**
 * wire_connect - connect(), which returns before the handshake is over
 * @w: the wire
 */
void wire_connect(struct wire *w)
{
	KUNIT_ASSERT_EQ(w->test, wire_connect_from(w, 0), 0);
}

/**
 * wire_accept - accept(), which must find a connection
 * @w: the wire
 */
void wire_accept(struct wire *w)
{
	KUNIT_ASSERT_EQ(w->test, 0, kernel_accept(w->listener, &w->sock, O_NONBLOCK));
	wire_adopt(w, w->sock->sk);
}

/**
 * wire_send - send() without waiting
 * @w: the wire
 * @len: bytes
 * @flags: MSG_*
 *
 * Returns what send() does.
 */
int wire_send(struct wire *w, u32 len, int flags)
{
	struct msghdr msg = { .msg_flags = flags | MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = { .iov_len = len };
	u8 *data = kmalloc(len + 1, GFP_KERNEL);
	u32 i;
	int ret;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, data);
	for (i = 0; i < len; i++)
		data[i] = wire_byte(w->written + i);
	vec.iov_base = data;
	ret = kernel_sendmsg(w->sock, &msg, &vec, 1, len);
	if (ret > 0)
		w->written += ret;
	kfree(data);
	return ret;
}

/**
 * wire_write - send() that must take all
 * @w: the wire
 * @len: bytes
 */
void wire_write(struct wire *w, u32 len)
{
	KUNIT_EXPECT_EQ(w->test, wire_send(w, len, 0), (int)len);
}

static int wire_recv(struct wire *w, u8 *buf, u32 len)
{
	struct msghdr msg = {};
	struct kvec vec = { .iov_base = buf, .iov_len = len };

	return kernel_recvmsg(w->sock, &msg, &vec, 1, len, MSG_DONTWAIT);
}

/**
 * wire_read - recv() that must return the next bytes of the stream, and no more
 *	than asked for
 * @w: the wire
 * @len: bytes
 */
void wire_read(struct wire *w, u32 len)
{
	u8 *buf = kmalloc(len, GFP_KERNEL);
	u32 i, wrong = 0;
	int ret;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, buf);
	ret = wire_recv(w, buf, len);
	KUNIT_EXPECT_EQ(w->test, ret, (int)len);
	for (i = 0; (int)i < ret; i++)
		wrong += buf[i] != wire_byte(w->read + i);
	KUNIT_EXPECT_EQ_MSG(w->test, wrong, 0U, "wrong bytes");
	if (ret > 0)
		w->read += ret;
	kfree(buf);
}

/**
 * wire_read_end - recv() that must find no byte
 * @w: the wire
 * @expect: -EAGAIN, 0 at the end of the stream, or another errno
 */
void wire_read_end(struct wire *w, int expect)
{
	u8 byte;

	KUNIT_EXPECT_EQ(w->test, wire_recv(w, &byte, 1), expect);
}

/**
 * wire_shutdown - shutdown(SHUT_WR)
 * @w: the wire
 */
void wire_shutdown(struct wire *w)
{
	KUNIT_EXPECT_EQ(w->test, kernel_sock_shutdown(w->sock, SHUT_WR), 0);
}

/**
 * wire_close - close(); @w->sk remains to be looked at
 * @w: the wire
 */
void wire_close(struct wire *w)
{
	sock_release(w->sock);
	w->sock = NULL;
}

/**
 * wire_abort - close() with SO_LINGER of no time
 * @w: the wire
 */
void wire_abort(struct wire *w)
{
	sock_no_linger(w->sock->sk);
	wire_close(w);
}

/**
 * wire_set - setsockopt() at SOL_ETP
 * @w: the wire; before accept, the listener is meant
 * @name: the option
 * @value: its value
 */
void wire_set(struct wire *w, int name, int value)
{
	struct socket *sock = w->sock ?: w->listener;

	KUNIT_EXPECT_EQ(w->test, 0, etp_setsockopt(sock->sk, SOL_ETP, name,
						   KERNEL_SOCKPTR(&value),
						   sizeof(value)));
}
