// SPDX-License-Identifier: GPL-2.0
/* Local ports: who may share one, and with whom. */
#include "harness.h"
#include "suites.h"
#include <net/ip.h>

/* Loopback addresses, so that any of them can be bound */
#define A	INADDR_LOOPBACK
#define B	(INADDR_LOOPBACK + 1)
#define ANY	INADDR_ANY

enum { REUSE = 1, REUSEPORT = 2, LISTEN = 4 };

static struct socket *make(struct kunit *test, int how)
{
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
						  IPPROTO_ETP, &sock));
	if (how & REUSE)
		sock_set_reuseaddr(sock->sk);
	if (how & REUSEPORT)
		sock_set_reuseport(sock->sk);
	return sock;
}

static int bind_to(struct socket *sock, u32 addr, u16 port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr),
		.sin_port = htons(port),
	};

	return kernel_bind(sock, (struct etp_sockaddr *)&sin, sizeof(sin));
}

struct pair {
	u32	addr1;
	int	how1;
	u32	addr2;
	int	how2;
	int	bind;	/* what the second bind() returns */
	int	listen;	/* and, if that worked, its listen() */
};

static const struct pair pairs[] = {
	/* an address for each, or one that covers the other */
	{ A, 0, B, 0, 0, 0 },
	{ A, 0, A, 0, -EADDRINUSE },
	{ ANY, 0, A, 0, -EADDRINUSE },
	{ A, 0, ANY, 0, -EADDRINUSE },
	{ ANY, 0, ANY, 0, -EADDRINUSE },
	/* SO_REUSEADDR: both, and while nobody listens */
	{ A, REUSE, A, 0, -EADDRINUSE },
	{ A, 0, A, REUSE, -EADDRINUSE },
	{ A, REUSE, A, REUSE, 0, 0 },
	{ ANY, REUSE, A, REUSE, 0, 0 },
	{ A, REUSE | LISTEN, A, REUSE, -EADDRINUSE },
	{ ANY, REUSE | LISTEN, A, REUSE, -EADDRINUSE },
	{ B, REUSE | LISTEN, A, REUSE, 0, 0 },
	/* SO_REUSEPORT: both, listening or not */
	{ A, REUSEPORT, A, 0, -EADDRINUSE },
	{ A, 0, A, REUSEPORT, -EADDRINUSE },
	{ A, REUSEPORT | LISTEN, A, REUSEPORT, 0, 0 },
	{ ANY, REUSEPORT | LISTEN, A, REUSEPORT, 0, 0 },
	{ A, REUSEPORT | LISTEN, A, REUSE, -EADDRINUSE },
};

static void port_conflicts(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		const struct pair *p = &pairs[i];
		struct socket *one = make(test, p->how1), *two = make(test, p->how2);
		u16 port;
		int err;

		KUNIT_EXPECT_EQ(test, bind_to(one, p->addr1, 0), 0);
		port = inet_sk(one->sk)->inet_num;
		KUNIT_EXPECT_NE(test, port, 0);
		if (p->how1 & LISTEN)
			KUNIT_EXPECT_EQ(test, kernel_listen(one, 1), 0);
		err = bind_to(two, p->addr2, port);
		KUNIT_EXPECT_EQ_MSG(test, err, p->bind, "pair %u", i);
		if (!err)
			KUNIT_EXPECT_EQ_MSG(test, kernel_listen(two, 1), p->listen,
					    "pair %u", i);
		/* what the first gives up is free, unless the second shares it */
		sock_release(one);
		if (err)
			KUNIT_EXPECT_EQ_MSG(test, bind_to(two, p->addr2, port), 0,
					    "pair %u", i);
		KUNIT_EXPECT_EQ(test, inet_sk(two->sk)->inet_num, port);
		sock_release(two);
	}
}

/* Both may bind with SO_REUSEADDR; the second that listens is refused. */
static void port_second_listener(struct kunit *test)
{
	struct socket *one = make(test, REUSE), *two = make(test, REUSE);

	KUNIT_EXPECT_EQ(test, bind_to(one, A, 0), 0);
	KUNIT_EXPECT_EQ(test, bind_to(two, A, inet_sk(one->sk)->inet_num), 0);
	KUNIT_EXPECT_EQ(test, kernel_listen(one, 1), 0);
	KUNIT_EXPECT_EQ(test, kernel_listen(two, 1), -EADDRINUSE);
	sock_release(one);
	KUNIT_EXPECT_EQ(test, kernel_listen(two, 1), 0);
	sock_release(two);
}

/* Ports of the system's choice lie in the range, and differ. */
static void port_ephemeral(struct kunit *test)
{
	struct socket *sock[50];
	int low, high, i, k;

	for (i = 0; i < 50; i++) {
		sock[i] = make(test, 0);
		KUNIT_EXPECT_EQ(test, bind_to(sock[i], ANY, 0), 0);
	}
	inet_get_local_port_range(&init_net, &low, &high);
	for (i = 0; i < 50; i++) {
		int num = inet_sk(sock[i]->sk)->inet_num;

		KUNIT_EXPECT_GE(test, num, low);
		KUNIT_EXPECT_LE(test, num, high);
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_NE(test, num, (int)inet_sk(sock[k]->sk)->inet_num);
	}
	for (i = 0; i < 50; i++)
		sock_release(sock[i]);
}

/* A connection keeps its port from bind(), and shares it with its listener. */
static void port_of_connections(struct kunit *test)
{
	struct wire *w = test->priv;
	struct socket *other = make(test, REUSE);
	u16 port;

	wire_open_passive(w, "mss 1460");
	port = inet_sk(w->sk)->inet_num;
	KUNIT_EXPECT_EQ(test, port, w->lport);
	KUNIT_EXPECT_PTR_EQ(test, wire_es(w)->port, etp_sk(w->listener->sk)->port);
	KUNIT_EXPECT_EQ(test, bind_to(other, A, port), -EADDRINUSE);
	/* without SO_REUSEADDR on both, the connection is in the way */
	sock_release(w->listener);
	w->listener = NULL;
	KUNIT_EXPECT_EQ(test, bind_to(other, ANY, port), -EADDRINUSE);
	wire_abort(w);
	KUNIT_EXPECT_EQ(test, bind_to(other, ANY, port), 0);
	sock_release(other);
}

/* So does TIME-WAIT, until it ends. */
static void port_of_timewait(struct kunit *test)
{
	struct wire *w = test->priv;
	struct socket *plain = make(test, 0);
	struct etp_node *node;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_state(w, TCP_TIME_WAIT);
	wire_forget(w);
	sock_release(w->listener);
	w->listener = NULL;
	KUNIT_EXPECT_EQ(test, bind_to(plain, ANY, w->lport), -EADDRINUSE);
	node = wire_node(w);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, node);
	etp_timewait_kill(container_of(node, struct etp_timewait, node));
	etp_node_put(node);
	KUNIT_EXPECT_EQ(test, bind_to(plain, ANY, w->lport), 0);
	sock_release(plain);
}

static struct kunit_case port_cases[] = {
	KUNIT_CASE(port_conflicts),
	KUNIT_CASE(port_second_listener),
	KUNIT_CASE(port_ephemeral),
	KUNIT_CASE(port_of_connections),
	KUNIT_CASE(port_of_timewait),
	{}
};

struct kunit_suite etp_port_suite = {
	.name = "etp_port",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = port_cases,
};
