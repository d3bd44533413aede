// SPDX-License-Identifier: GPL-2.0
/*
 * Local ports: bind(), and the port a connect() without one gets.
 *
 * A port that is in use is a struct etp_port with the list of its owners, which
 * are sockets and TIME_WAIT objects.  Ports bound by bind() and ports picked by
 * connect() differ: the latter may serve many connections, as long as their
 * remote ends differ, and are no obstacle to each other.
 *
 * May touch etp_sock.port, port_link, the local port of a socket and its key.
 * Lock order: bucket of ports, then chain of the table of connections.
 */
#include "internal.h"
#include <linux/jhash.h>
#include <net/ip.h>
#include <net/secure_seq.h>
#include <net/sock_reuseport.h>

#define ETP_PORT_BUCKETS	4096U
#define ETP_PERTURB_SLOTS	256U

/**
 * struct etp_port - a local port in use
 * @link: chain of the bucket
 * @net: network namespace
 * @num: port number
 * @picked: all owners got it from connect(), see above
 * @socks: owners, by etp_sock.port_link
 * @timewaits: owners, by etp_timewait.port_link
 *
 * Everything is guarded by the lock of the bucket.
 */
struct etp_port {
	struct hlist_node	link;
	struct net		*net;
	u16			num;
	bool			picked;
	struct hlist_head	socks;
	struct hlist_head	timewaits;
};

/**
 * struct etp_port_bucket - ports with the same hash
 * @lock: guards the chain, the ports in it and their owners; BHs off
 * @chain: ports
 */
struct etp_port_bucket {
	spinlock_t		lock;	/* of chain */
	struct hlist_head	chain;
};

/**
 * struct etp_owner - what decides whether two may have the same port
 * @addr: local address; IPv4 as ::ffff:a.b.c.d, of any family all zero
 * @dif: bound device, 0 for any
 * @reuse: SO_REUSEADDR
 * @reuseport: SO_REUSEPORT
 * @alone: has a group of SO_REUSEPORT with nobody else in it to come
 * @listening: in the state LISTEN
 * @timewait: in TIME_WAIT: no longer anybody's
 * @v6only: a wildcard address does not cover IPv4
 * @uid: of the socket's owner
 */
struct etp_owner {
	struct in6_addr	addr;
	int		dif;
	bool		reuse;
	bool		reuseport;
	bool		alone;
	bool		listening;
	bool		timewait;
	bool		v6only;
	kuid_t		uid;
};

static struct etp_port_bucket *etp_ports;
static struct kmem_cache *etp_port_cache;
static u32 etp_perturb[ETP_PERTURB_SLOTS];

static struct etp_port_bucket *etp_port_bucket(const struct net *net, u16 num)
{
	return &etp_ports[(num + net_hash_mix(net)) & (ETP_PORT_BUCKETS - 1)];
}

/* ---- Who may share ---- */

/* A socket that was given its group of SO_REUSEPORT by a filter shares with none
 * until it listens, as with TCP.
 */
static bool etp_group_is_its_own(const struct sock *sk)
{
	const struct sock_reuseport *group;
	bool own;

	rcu_read_lock();
	group = rcu_dereference(sk->sk_reuseport_cb);
	own = group && !READ_ONCE(group->num_closed_socks);
	rcu_read_unlock();
	return own;
}

static void etp_owner_of_sock(struct etp_owner *owner, const struct sock *sk)
{
	memset(owner, 0, sizeof(*owner));
	if (sk->sk_family == AF_INET6)
		owner->addr = sk->sk_v6_rcv_saddr;
	else
		ipv6_addr_set_v4mapped(sk->sk_rcv_saddr, &owner->addr);
	owner->dif = READ_ONCE(sk->sk_bound_dev_if);
	owner->reuse = sk->sk_reuse;
	owner->reuseport = sk->sk_reuseport;
	owner->alone = etp_group_is_its_own(sk);
	owner->listening = READ_ONCE(sk->sk_state) == TCP_LISTEN;
	owner->v6only = ipv6_only_sock(sk);
	owner->uid = etp_sk_uid(sk);
}

static void etp_owner_of_timewait(struct etp_owner *owner,
				  const struct etp_timewait *tw)
{
	memset(owner, 0, sizeof(*owner));
	owner->addr = tw->node.key.laddr;
	owner->dif = tw->node.key.dif;
	owner->reuse = tw->reuse;
	owner->reuseport = tw->reuseport;
	owner->timewait = true;
	owner->uid = tw->uid;
}

/* Is there an address that both would receive on? */
static bool etp_addresses_overlap(const struct etp_owner *a,
				  const struct etp_owner *b)
{
	bool a4 = ipv6_addr_v4mapped(&a->addr);
	bool b4 = ipv6_addr_v4mapped(&b->addr);

	if (ipv6_addr_any(&a->addr))
		return !b4 || !a->v6only;
	if (ipv6_addr_any(&b->addr))
		return !a4 || !b->v6only;
	if (a4 && b4 && (!a->addr.s6_addr32[3] || !b->addr.s6_addr32[3]))
		return true;
	return ipv6_addr_equal(&a->addr, &b->addr);
}

/* May @new not have the port that @old has?  SO_REUSEADDR lets both have it
 * while @old does not listen, SO_REUSEPORT when the user is the same; @strict
 * leaves that out, for a port that the program did not ask for by its number.
 */
static bool etp_owners_clash(const struct etp_owner *new,
			     const struct etp_owner *old, bool strict)
{
	if (new->dif && old->dif && new->dif != old->dif)
		return false;
	if (!etp_addresses_overlap(new, old))
		return false;
	if (strict)
		return true;
	if (new->reuse && old->reuse && !old->listening)
		return false;
	return !new->reuseport || new->alone || !old->reuseport ||
	       (!old->timewait && !uid_eq(new->uid, old->uid));
}

/* May @sk not have @port?  Its bucket is locked. */
static bool etp_port_clash(const struct etp_port *port, const struct sock *sk,
			   bool strict)
{
	const struct etp_timewait *tw;
	struct etp_owner new, old;
	const struct etp_sock *es;

	etp_owner_of_sock(&new, sk);
	hlist_for_each_entry(es, &port->socks, port_link) {
		const struct sock *other = (const struct sock *)es;

		if (other == sk)
			continue;
		etp_owner_of_sock(&old, other);
		if (etp_owners_clash(&new, &old, strict))
			return true;
	}
	hlist_for_each_entry(tw, &port->timewaits, port_link) {
		etp_owner_of_timewait(&old, tw);
		if (etp_owners_clash(&new, &old, strict))
			return true;
	}
	return false;
}

/* ---- Owning; the bucket is locked ---- */

static struct etp_port *etp_port_find(struct etp_port_bucket *bucket,
				      const struct net *net, u16 num)
{
	struct etp_port *port;

	hlist_for_each_entry(port, &bucket->chain, link)
		if (port->num == num && net_eq(port->net, net))
			return port;
	return NULL;
}

static struct etp_port *etp_port_new(struct etp_port_bucket *bucket,
				     struct net *net, u16 num, bool picked)
{
	struct etp_port *port = kmem_cache_zalloc(etp_port_cache, GFP_ATOMIC);

	if (!port)
		return NULL;
	port->net = net;
	port->num = num;
	port->picked = picked;
	hlist_add_head(&port->link, &bucket->chain);
	return port;
}

static void etp_port_free_unused(struct etp_port *port)
{
	if (!hlist_empty(&port->socks) || !hlist_empty(&port->timewaits))
		return;
	hlist_del(&port->link);
	kmem_cache_free(etp_port_cache, port);
}

static void etp_port_own(struct etp_port *port, struct sock *sk)
{
	inet_sk(sk)->inet_num = port->num;
	etp_sk(sk)->port = port;
	hlist_add_head(&etp_sk(sk)->port_link, &port->socks);
}

/* Give @num to @sk, or tell that it cannot have it. */
static int etp_port_take(struct sock *sk, u16 num, bool strict)
{
	struct net *net = sock_net(sk);
	struct etp_port_bucket *bucket = etp_port_bucket(net, num);
	struct etp_port *port;
	int err = 0;

	spin_lock_bh(&bucket->lock);
	port = etp_port_find(bucket, net, num);
	if (port && etp_port_clash(port, sk, strict)) {
		err = -EADDRINUSE;
	} else if (!etp_sk(sk)->port) {
		if (!port)
			port = etp_port_new(bucket, net, num, false);
		if (port) {
			port->picked = false;
			etp_port_own(port, sk);
		} else {
			err = -ENOMEM;
		}
	}
	spin_unlock_bh(&bucket->lock);
	return err;
}

/* ---- bind() ---- */

/* A free port for bind(): from a random place on through the odd ones, then
 * through the even ones, which connect() tries first.
 */
static int etp_pick_port(struct sock *sk)
{
	struct net *net = sock_net(sk);
	u32 size, offset, parity, i;
	int low, high;

	inet_sk_get_local_port_range(sk, &low, &high);
	size = high - low + 1;
	offset = get_random_u32_below(size);

	for (i = 0; i < 2 * size; i++) {
		u32 at = (offset + i) % size;

		parity = i < size;
		if ((at & 1) != parity ||
		    inet_is_local_reserved_port(net, low + at))
			continue;
		if (!etp_port_take(sk, low + at, true))
			return 0;
		cond_resched();
	}
	return -EADDRINUSE;
}

/**
 * etp_get_port - bind a socket to a local port
 * @sk: its local address is set; socket locked
 * @num: port in host order, 0 for any free one of ip_local_port_range
 *
 * Process context.  For a socket that has the port already, tells whether it may
 * keep it as what it is now: listen() asks that after the change of state.
 *
 * Returns 0, -EADDRINUSE or -ENOMEM.
 */
int etp_get_port(struct sock *sk, unsigned short num)
{
	return num ? etp_port_take(sk, num, false) : etp_pick_port(sk);
}

/**
 * etp_put_port - a socket needs its port no more
 * @sk: may have none; socket locked, or nobody else's
 *
 * Process or softirq context.  inet_sport stays for getsockname().
 */
void etp_put_port(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_port_bucket *bucket;

	if (!es->port)
		return;
	bucket = etp_port_bucket(es->port->net, es->port->num);
	spin_lock_bh(&bucket->lock);
	hlist_del_init(&es->port_link);
	etp_port_free_unused(es->port);
	es->port = NULL;
	inet_sk(sk)->inet_num = 0;
	spin_unlock_bh(&bucket->lock);
}

/**
 * etp_inherit_port - a child shares the port of its listener
 * @child: etp_sock.port is NULL and node.key is filled in
 * @parent: listener, which may have been closed meanwhile
 *
 * Softirq context.  Without memory the child lives on, and bind() will not see
 * it: that harms nobody but the program that binds.
 */
void etp_inherit_port(struct sock *child, struct sock *parent)
{
	__be16 lport = etp_sk(child)->node.key.lport;
	struct net *net = sock_net(parent);
	u16 num = ntohs(lport);
	struct etp_port_bucket *bucket = etp_port_bucket(net, num);
	struct etp_port *port;

	inet_sk(child)->inet_num = num;
	inet_sk(child)->inet_sport = lport;

	spin_lock_bh(&bucket->lock);
	port = etp_port_find(bucket, net, num);
	if (!port)
		port = etp_port_new(bucket, net, num, false);
	if (port)
		etp_port_own(port, child);
	spin_unlock_bh(&bucket->lock);
}

/* ---- TIME_WAIT ---- */

/**
 * etp_timewait_port - TIME_WAIT keeps the port of its socket busy
 * @tw: key is filled in
 * @sk: socket, which still has the port; socket locked
 *
 * Process or softirq context.
 */
void etp_timewait_port(struct etp_timewait *tw, struct sock *sk)
{
	struct etp_port *port = etp_sk(sk)->port;
	struct etp_port_bucket *bucket;

	tw->reuse = sk->sk_reuse;
	tw->reuseport = sk->sk_reuseport;
	tw->uid = etp_sk_uid(sk);
	tw->port = port;
	if (!port)
		return;
	bucket = etp_port_bucket(port->net, port->num);
	spin_lock_bh(&bucket->lock);
	hlist_add_head(&tw->port_link, &port->timewaits);
	spin_unlock_bh(&bucket->lock);
}

/**
 * etp_timewait_put_port - TIME_WAIT is over
 * @tw: may have no port; called by one party only
 *
 * Process or softirq context.
 */
void etp_timewait_put_port(struct etp_timewait *tw)
{
	struct etp_port *port = tw->port;
	struct etp_port_bucket *bucket;

	if (!port)
		return;
	bucket = etp_port_bucket(port->net, port->num);
	spin_lock_bh(&bucket->lock);
	hlist_del_init(&tw->port_link);
	etp_port_free_unused(port);
	tw->port = NULL;
	spin_unlock_bh(&bucket->lock);
}

/* ---- connect() ---- */

/* What a connection inherits from the TIME_WAIT object in whose place it steps. */
static void etp_adopt_timewait(struct sock *sk, struct etp_timewait *tw)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_peer peer;
	u32 iss;

	if (!tw)
		return;
	if (etp_timewait_reusable(tw, &iss, &peer)) {
		es->snd.write_seq = iss;
		es->peer.ts_recent = peer.ts_recent;
		es->peer.ts_recent_at = peer.ts_recent_at;
	}
	ETP_INC(sock_net(sk), TWRecycled);
	etp_timewait_kill(tw);
	etp_timewait_put(tw);
}

/* Connect from the port @num, if that makes a connection that does not exist. */
static int etp_connect_from(struct sock *sk, u16 num, struct etp_timewait **twp)
{
	struct net *net = sock_net(sk);
	struct etp_port_bucket *bucket = etp_port_bucket(net, num);
	struct etp_sock *es = etp_sk(sk);
	struct etp_port *port;
	int err;

	spin_lock_bh(&bucket->lock);
	port = etp_port_find(bucket, net, num);
	if (port && !port->picked) {
		err = -EADDRINUSE;
		goto out;
	}
	if (!port)
		port = etp_port_new(bucket, net, num, true);
	if (!port) {
		err = -ENOMEM;
		goto out;
	}
	es->node.key.lport = htons(num);
	err = etp_node_insert(&es->node, twp);
	if (err) {
		etp_port_free_unused(port);
		goto out;
	}
	etp_port_own(port, sk);
	inet_sk(sk)->inet_sport = htons(num);
out:
	spin_unlock_bh(&bucket->lock);
	return err;
}

/* A port for a connection, by the double hash of RFC 6056 section 3.3.4: the
 * remote end decides where the search begins, a counter it shares with some
 * others moves on with each connection.
 */
static int etp_connect_any(struct sock *sk, struct etp_timewait **twp)
{
	const struct etp_key *key = &etp_sk(sk)->node.key;
	u32 *perturb, offset, size, i;
	int low, high, err;
	u64 hash;

	hash = secure_ipv6_port_ephemeral(key->laddr.s6_addr32,
					  key->raddr.s6_addr32, key->rport);
	net_get_random_once(etp_perturb, sizeof(etp_perturb));
	perturb = &etp_perturb[hash % ETP_PERTURB_SLOTS];

	inet_sk_get_local_port_range(sk, &low, &high);
	size = high - low + 1;
	if (size > 1)
		size &= ~1U;
	offset = (READ_ONCE(*perturb) + (u32)(hash >> 32)) & ~1U;

	/* Every second port, then the others: bind() goes the other way round. */
	for (i = 0; i < size; i++) {
		u16 num = low + (offset % size + 2 * i + (2 * i >= size)) % size;

		if (inet_is_local_reserved_port(sock_net(sk), num))
			continue;
		err = etp_connect_from(sk, num, twp);
		if (!err) {
			WRITE_ONCE(*perturb, READ_ONCE(*perturb) + 2 * (i + 1));
			return 0;
		}
		if (err == -ENOMEM)
			return err;
		cond_resched();
	}
	return -EADDRNOTAVAIL;
}

/**
 * etp_connect_port - give a connection its local port and its place in the table
 * @sk: addresses and remote port are in node.key; socket locked
 *
 * Keeps the port the socket is bound to, or else picks one.  When the connection
 * takes the place of one in TIME_WAIT, snd.write_seq and peer.ts_recent are set
 * as RFC 6191 wants them; snd.write_seq is left alone otherwise.
 *
 * Process context.  Returns 0, -EADDRNOTAVAIL or -ENOMEM.
 */
int etp_connect_port(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_timewait *tw = NULL;
	int err;

	if (inet_sk(sk)->inet_num) {
		es->node.key.lport = inet_sk(sk)->inet_sport;
		err = etp_node_insert(&es->node, &tw);
	} else {
		err = etp_connect_any(sk, &tw);
	}
	if (!err)
		etp_adopt_timewait(sk, tw);
	return err;
}

/**
 * etp_port_init - make room for the ports
 *
 * Process context.  Returns 0 or -ENOMEM.
 */
int etp_port_init(void)
{
	unsigned int i;

	etp_port_cache = KMEM_CACHE(etp_port, SLAB_HWCACHE_ALIGN);
	if (!etp_port_cache)
		return -ENOMEM;
	etp_ports = kvmalloc_array(ETP_PORT_BUCKETS, sizeof(*etp_ports),
				   GFP_KERNEL);
	if (!etp_ports) {
		kmem_cache_destroy(etp_port_cache);
		return -ENOMEM;
	}
	for (i = 0; i < ETP_PORT_BUCKETS; i++) {
		spin_lock_init(&etp_ports[i].lock);
		INIT_HLIST_HEAD(&etp_ports[i].chain);
	}
	return 0;
}

/**
 * etp_port_exit - free what etp_port_init() made
 *
 * Process context; no port is in use.
 */
void etp_port_exit(void)
{
	kvfree(etp_ports);
	kmem_cache_destroy(etp_port_cache);
}
