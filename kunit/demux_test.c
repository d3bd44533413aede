// SPDX-License-Identifier: GPL-2.0
/* The tables: who gets a segment.  The nodes here are requests that nobody times. */
#include "harness.h"
#include "suites.h"

#define NODES	1000

struct forest {
	struct etp_request	req[NODES];
};

/* Far more references than are taken, so that nothing is freed behind our back */
static void plant(struct etp_request *req, u32 n)
{
	memset(req, 0, sizeof(*req));
	etp_v4_key(&req->node.key, htonl(0xc6336401), htons(80),
		   htonl(0xc6336500 + n / 100), htons(1000 + n % 100), 0);
	req->node.net = &init_net;
	req->node.kind = ETP_REQUEST;
	refcount_set(&req->node.ref, 10);
}

static struct etp_node *look(const struct etp_key *key, int dif, int sdif)
{
	struct etp_key wanted = *key;
	struct etp_node *node;

	wanted.dif = dif;
	rcu_read_lock();
	node = etp_lookup(&init_net, &wanted, sdif);
	rcu_read_unlock();
	if (node)
		etp_node_put(node);
	return node;
}

static void demux_keys(struct kunit *test)
{
	struct etp_key a, b;

	etp_v4_key(&a, htonl(1), htons(2), htonl(3), htons(4), 5);
	b = a;
	b.dif = 6;		/* the device takes no part */
	KUNIT_EXPECT_TRUE(test, etp_key_equal(&a, &b));
	KUNIT_EXPECT_EQ(test, etp_key_hash(&init_net, &a), etp_key_hash(&init_net, &b));
	b.lport = htons(3);
	KUNIT_EXPECT_FALSE(test, etp_key_equal(&a, &b));
	b = a;
	b.rport = htons(3);
	KUNIT_EXPECT_FALSE(test, etp_key_equal(&a, &b));
	etp_v4_key(&b, htonl(2), htons(2), htonl(3), htons(4), 5);
	KUNIT_EXPECT_FALSE(test, etp_key_equal(&a, &b));
	etp_v4_key(&b, htonl(1), htons(2), htonl(2), htons(4), 5);
	KUNIT_EXPECT_FALSE(test, etp_key_equal(&a, &b));
	/* the two ends of a connection are two keys */
	etp_v4_key(&b, htonl(3), htons(4), htonl(1), htons(2), 5);
	KUNIT_EXPECT_FALSE(test, etp_key_equal(&a, &b));
	/* IPv6: each word counts */
	b = a;
	b.laddr.s6_addr32[0] = htonl(0x20010db8);
	b.raddr.s6_addr32[0] = htonl(0x20010db8);
	KUNIT_EXPECT_FALSE(test, etp_key_equal(&a, &b));
	KUNIT_EXPECT_NE(test, etp_key_hash(&init_net, &a), etp_key_hash(&init_net, &b));
}

static void demux_insert_and_remove(struct kunit *test)
{
	struct etp_request *req = kunit_kzalloc(test, 2 * sizeof(*req), GFP_KERNEL);
	struct etp_node *node, *same;
	struct etp_timewait *tw = (void *)req;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, req);
	node = &req[0].node;
	same = &req[1].node;
	plant(&req[0], 0);
	plant(&req[1], 0);
	KUNIT_EXPECT_FALSE(test, etp_node_hashed(node));
	KUNIT_EXPECT_FALSE(test, etp_node_remove(node));
	KUNIT_EXPECT_NULL(test, look(&node->key, 0, 0));
	KUNIT_EXPECT_EQ(test, etp_node_insert(node, NULL), 0);
	KUNIT_EXPECT_TRUE(test, etp_node_hashed(node));
	KUNIT_EXPECT_PTR_EQ(test, look(&node->key, 0, 0), node);
	KUNIT_EXPECT_PTR_EQ(test, look(&node->key, 7, 0), node);

	/* there is one already */
	KUNIT_EXPECT_EQ(test, etp_node_insert(same, NULL), -EADDRNOTAVAIL);
	KUNIT_EXPECT_EQ(test, etp_node_insert(same, &tw), -EADDRNOTAVAIL);
	KUNIT_EXPECT_NULL(test, tw);
	KUNIT_EXPECT_FALSE(test, etp_node_hashed(same));

	/* one of several callers removes it */
	KUNIT_EXPECT_TRUE(test, etp_node_remove(node));
	KUNIT_EXPECT_FALSE(test, etp_node_remove(node));
	KUNIT_EXPECT_NULL(test, look(&node->key, 0, 0));
	KUNIT_EXPECT_EQ(test, refcount_read(&node->ref), 10U);
	synchronize_rcu();
}

static void demux_replace(struct kunit *test)
{
	struct etp_request *req = kunit_kzalloc(test, 2 * sizeof(*req), GFP_KERNEL);
	struct etp_node *old, *new;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, req);
	old = &req[0].node;
	new = &req[1].node;
	plant(&req[0], 0);
	plant(&req[1], 1);
	KUNIT_EXPECT_FALSE(test, etp_node_replace(old, new));
	KUNIT_EXPECT_EQ(test, etp_node_insert(old, NULL), 0);
	KUNIT_EXPECT_TRUE(test, etp_node_replace(old, new));
	KUNIT_EXPECT_FALSE(test, etp_node_hashed(old));
	KUNIT_EXPECT_TRUE(test, etp_key_equal(&new->key, &old->key));
	KUNIT_EXPECT_PTR_EQ(test, look(&old->key, 0, 0), new);
	/* too late */
	KUNIT_EXPECT_FALSE(test, etp_node_replace(old, new));
	KUNIT_EXPECT_FALSE(test, etp_node_remove(old));
	KUNIT_EXPECT_TRUE(test, etp_node_remove(new));
	synchronize_rcu();
}

/* A connection bound to a device hears what comes by it, or by its master. */
static void demux_devices(struct kunit *test)
{
	struct etp_request *req = kunit_kzalloc(test, sizeof(*req), GFP_KERNEL);
	struct etp_node *node;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, req);
	node = &req->node;
	plant(req, 0);
	node->key.dif = 1000;
	KUNIT_EXPECT_EQ(test, etp_node_insert(node, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, look(&node->key, 1000, 0), node);
	KUNIT_EXPECT_NULL(test, look(&node->key, 1001, 0));
	KUNIT_EXPECT_PTR_EQ(test, look(&node->key, 1001, 1000), node);
	KUNIT_EXPECT_TRUE(test, etp_node_remove(node));
	synchronize_rcu();
}

/* One that is bound to none is in no VRF, unless it may be in all. */
static void demux_vrf(struct kunit *test)
{
	struct etp_request *req = kunit_kzalloc(test, sizeof(*req), GFP_KERNEL);
	struct etp_net *en = etp_net(&init_net);
	struct etp_node *node;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, req);
	node = &req->node;
	plant(req, 0);
	KUNIT_EXPECT_EQ(test, etp_node_insert(node, NULL), 0);
	KUNIT_EXPECT_PTR_EQ(test, look(&node->key, 1001, 0), node);
	KUNIT_EXPECT_NULL(test, look(&node->key, 1001, 1000));
	en->l3mdev_accept = 1;
	KUNIT_EXPECT_PTR_EQ(test, look(&node->key, 1001, 1000), node);
	en->l3mdev_accept = 0;
	KUNIT_EXPECT_TRUE(test, etp_node_remove(node));
	synchronize_rcu();
}

/* So many that chains have several: each is found, replaced and removed. */
static void demux_many(struct kunit *test)
{
	struct forest *f = kvzalloc(sizeof(*f), GFP_KERNEL);
	struct etp_walk walk = {};
	struct etp_node *node;
	unsigned int i, seen = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f);
	for (i = 0; i < NODES; i++) {
		plant(&f->req[i], i);
		KUNIT_EXPECT_EQ(test, etp_node_insert(&f->req[i].node, NULL), 0);
	}
	for (i = 0; i < NODES; i++)
		KUNIT_EXPECT_PTR_EQ(test, look(&f->req[i].node.key, 0, 0),
				    &f->req[i].node);
	/* a walk sees each once, though it is interrupted again and again */
	for (node = etp_walk_first(&init_net, &walk); node;
	     node = etp_walk_next(&init_net, &walk, node)) {
		if ((void *)node < (void *)f || (void *)node >= (void *)(f + 1))
			continue;
		seen++;
		if (seen % 7)
			continue;
		etp_walk_stop(&walk);
		node = etp_walk_first(&init_net, &walk);
		KUNIT_EXPECT_NOT_NULL(test, node);
		if (!node)
			break;
	}
	KUNIT_EXPECT_EQ(test, seen, NODES);

	for (i = 0; i < NODES; i += 2)
		KUNIT_EXPECT_TRUE(test, etp_node_remove(&f->req[i].node));
	for (i = 0; i < NODES; i++)
		KUNIT_EXPECT_EQ(test, !!look(&f->req[i].node.key, 0, 0), i % 2 == 1);
	for (i = 1; i < NODES; i += 2)
		KUNIT_EXPECT_TRUE(test, etp_node_remove(&f->req[i].node));
	synchronize_rcu();
	kvfree(f);
}

/* ---- Listeners ---- */

static struct socket *listen_on(struct kunit *test, u32 addr, u16 *port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(addr),
		.sin_port = htons(*port),
	};
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET, SOCK_STREAM,
						  IPPROTO_ETP, &sock));
	sock_set_reuseport(sock->sk);
	KUNIT_EXPECT_EQ(test, 0, kernel_bind(sock, (struct etp_sockaddr *)&sin,
					     sizeof(sin)));
	KUNIT_EXPECT_EQ(test, 0, kernel_listen(sock, 1));
	*port = inet_sk(sock->sk)->inet_num;
	return sock;
}

static struct sock *listener_for(u32 addr, u16 port, u16 rport)
{
	struct etp_key key;
	struct sock *sk;

	etp_v4_key(&key, htonl(addr), htons(port), htonl(0xc0000202), htons(rport), 0);
	rcu_read_lock();
	sk = etp_lookup_listener(&init_net, &key, 1, 0, NULL);
	rcu_read_unlock();
	return sk;
}

/* A wildcard takes what no better one takes; equals share. */
static void demux_listeners(struct kunit *test)
{
	struct socket *any, *lo, *twin;
	int i, first = 0, second = 0;
	u16 port = 0;

	any = listen_on(test, INADDR_ANY, &port);
	KUNIT_EXPECT_PTR_EQ(test, listener_for(INADDR_LOOPBACK, port, 1), any->sk);
	KUNIT_EXPECT_PTR_EQ(test, listener_for(0xc0000201, port, 1), any->sk);
	KUNIT_EXPECT_NULL(test, listener_for(INADDR_LOOPBACK, port ^ 1, 1));

	lo = listen_on(test, INADDR_LOOPBACK, &port);
	KUNIT_EXPECT_PTR_EQ(test, listener_for(INADDR_LOOPBACK, port, 1), lo->sk);
	KUNIT_EXPECT_PTR_EQ(test, listener_for(0xc0000201, port, 1), any->sk);

	twin = listen_on(test, INADDR_LOOPBACK, &port);
	for (i = 0; i < 200; i++) {
		struct sock *sk = listener_for(INADDR_LOOPBACK, port, 1000 + i);

		first += sk == lo->sk;
		second += sk == twin->sk;
		/* the same connection, the same listener */
		KUNIT_EXPECT_PTR_EQ(test, listener_for(INADDR_LOOPBACK, port, 1000 + i),
				    sk);
	}
	KUNIT_EXPECT_EQ(test, first + second, 200);
	KUNIT_EXPECT_GT(test, first, 20);
	KUNIT_EXPECT_GT(test, second, 20);

	sock_release(lo);
	sock_release(twin);
	KUNIT_EXPECT_PTR_EQ(test, listener_for(INADDR_LOOPBACK, port, 1), any->sk);
	sock_release(any);
	KUNIT_EXPECT_NULL(test, listener_for(INADDR_LOOPBACK, port, 1));
}

static struct kunit_case demux_cases[] = {
	KUNIT_CASE(demux_keys),
	KUNIT_CASE(demux_insert_and_remove),
	KUNIT_CASE(demux_replace),
	KUNIT_CASE(demux_devices),
	KUNIT_CASE(demux_vrf),
	KUNIT_CASE(demux_many),
	KUNIT_CASE(demux_listeners),
	{}
};

struct kunit_suite etp_demux_suite = {
	.name = "etp_demux",
	.test_cases = demux_cases,
};
