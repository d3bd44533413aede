// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of connections and of listeners: who gets a segment.
 *
 * Connections, handshakes in progress and TIME_WAIT remnants are nodes of one
 * table that all network namespaces share.  Readers walk it under RCU; since a
 * socket may leave a chain and enter another while a reader stands on it, each
 * chain ends in a number of its own and a reader that ends elsewhere starts over.
 *
 * May touch struct etp_node, etp_sock.listen_link and the bound addresses of
 * listeners; knows nothing of sequence numbers.
 */
#include "internal.h"
#include <linux/jhash.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/sock_reuseport.h>

#define ETP_TABLE_MIN		256U
#define ETP_TABLE_MAX		(512U * 1024)
#define ETP_BYTES_PER_BUCKET	(128 * 1024)	/* of the machine's memory */
#define ETP_LISTENERS		1024U		/* buckets */

static struct hlist_nulls_head *etp_table;
static unsigned int etp_table_mask;
static spinlock_t *etp_locks;
static unsigned int etp_lock_mask;

static struct hlist_nulls_head etp_listeners[ETP_LISTENERS];
static DEFINE_SPINLOCK(etp_listen_lock);

static struct hlist_nulls_head *etp_chain(u32 hash)
{
	return &etp_table[hash & etp_table_mask];
}

static spinlock_t *etp_chain_lock(u32 hash)
{
	return &etp_locks[hash & etp_table_mask & etp_lock_mask];
}

static unsigned int etp_listen_slot(const struct net *net, u16 num)
{
	return (num + net_hash_mix(net)) & (ETP_LISTENERS - 1);
}

static u32 etp_secret(void)
{
	static u32 secret __read_mostly;

	net_get_random_once(&secret, sizeof(secret));
	return secret;
}

/**
 * etp_key_hash - where a connection stands in the table
 * @net: network namespace
 * @key: addresses and ports; the device takes no part, since a socket that is
 *	bound to none receives from all
 *
 * Any context.
 */
u32 etp_key_hash(const struct net *net, const struct etp_key *key)
{
	u32 seed = etp_secret() + net_hash_mix(net);
	u32 ports = (__force u32)key->lport << 16 | (__force u32)key->rport;

	if (etp_key_is_v4(key))
		return jhash_3words((__force u32)key->laddr.s6_addr32[3],
				    (__force u32)key->raddr.s6_addr32[3],
				    ports, seed);
	seed = jhash2((__force const u32 *)key->laddr.s6_addr32, 4, seed);
	seed = jhash2((__force const u32 *)key->raddr.s6_addr32, 4, seed);
	return jhash_1word(ports, seed);
}

/**
 * etp_key_equal - do two keys have the same addresses and ports?
 * @a: one
 * @b: the other; the devices are not compared
 *
 * Any context.
 */
bool etp_key_equal(const struct etp_key *a, const struct etp_key *b)
{
	return a->lport == b->lport && a->rport == b->rport &&
	       ipv6_addr_equal(&a->raddr, &b->raddr) &&
	       ipv6_addr_equal(&a->laddr, &b->laddr);
}

/* Does what comes by @dif, which belongs to the slave @sdif of a VRF or to none, reach
 * who is bound to @bound?  Who is bound to nothing is in no VRF, unless the
 * administrator lets it be in all.
 */
static bool etp_device_eq(const struct net *net, int bound, int dif, int sdif)
{
	return inet_bound_dev_eq(READ_ONCE(etp_net(net)->l3mdev_accept), bound, dif,
				 sdif);
}

/* A node bound to a device takes only what comes by that device or its master. */
static bool etp_node_match(const struct etp_node *node, const struct net *net,
			   const struct etp_key *key, int sdif)
{
	return net_eq(node->net, net) && etp_key_equal(&node->key, key) &&
	       etp_device_eq(net, node->key.dif, key->dif, sdif);
}

static bool etp_node_get(struct etp_node *node)
{
	if (node->kind == ETP_FULL)
		return refcount_inc_not_zero(&etp_node_sk(node)->sk_refcnt);
	return refcount_inc_not_zero(&node->ref);
}

/**
 * etp_node_put - give back the reference that etp_lookup() took
 * @node: full socket, request or TIME_WAIT object
 *
 * Any context; the socket is not locked.
 */
void etp_node_put(struct etp_node *node)
{
	switch (node->kind) {
	case ETP_FULL:
		sock_put(etp_node_sk(node));
		break;
	case ETP_REQUEST:
		etp_request_put(container_of(node, struct etp_request, node));
		break;
	case ETP_TIMEWAIT:
		etp_timewait_put(container_of(node, struct etp_timewait, node));
		break;
	}
}

/**
 * etp_lookup - find the connection a segment belongs to
 * @net: network namespace
 * @key: local end first; @key->dif is the device the segment came in by
 * @sdif: L3 slave device, 0 when there is none
 *
 * Softirq or process context, under rcu_read_lock().  Returns a node with a
 * reference (see etp_node_put()) or NULL.
 */
struct etp_node *etp_lookup(struct net *net, const struct etp_key *key, int sdif)
{
	u32 hash = etp_key_hash(net, key);
	struct hlist_nulls_node *pos;
	struct etp_node *node;

again:
	hlist_nulls_for_each_entry_rcu(node, pos, etp_chain(hash), link) {
		if (node->hash != hash || !etp_node_match(node, net, key, sdif))
			continue;
		/* Whatever has no references has left its chain already. */
		if (unlikely(!etp_node_get(node)))
			goto again;
		if (unlikely(!etp_node_match(node, net, key, sdif))) {
			etp_node_put(node);
			goto again;
		}
		return node;
	}
	if (unlikely(get_nulls_value(pos) != (hash & etp_table_mask)))
		goto again;
	return NULL;
}

/* The node that stands in the way of @node; the chain is locked. */
static struct etp_node *etp_find_equal(const struct etp_node *node)
{
	struct hlist_nulls_node *pos;
	struct etp_node *other;

	hlist_nulls_for_each_entry(other, pos, etp_chain(node->hash), link) {
		if (other->hash == node->hash &&
		    etp_node_match(other, node->net, &node->key, 0))
			return other;
	}
	return NULL;
}

/* May a new connection take the place of @other?  If so, whose place is it? */
static struct etp_timewait *etp_find_reusable(struct etp_node *other)
{
	struct etp_timewait *tw;
	struct etp_peer peer;
	u32 iss;

	if (other->kind != ETP_TIMEWAIT)
		return NULL;
	tw = container_of(other, struct etp_timewait, node);
	if (!etp_timewait_reusable(tw, &iss, &peer))
		return NULL;
	return refcount_inc_not_zero(&other->ref) ? tw : NULL;
}

/**
 * etp_node_insert - enter a connection into the table
 * @node: net, kind and key are filled in; not in the table
 * @twp: NULL, or where to hand back a TIME_WAIT object that gave way; set to
 *	NULL when there was none
 *
 * Softirq or process context, no chain locked.  A TIME_WAIT object that gives
 * way (RFC 6191) is out of the table and referenced: the caller takes over what
 * it wants, then calls etp_timewait_kill() and etp_timewait_put().
 *
 * Returns 0, or -EADDRNOTAVAIL when there is such a connection.
 */
int etp_node_insert(struct etp_node *node, struct etp_timewait **twp)
{
	struct etp_timewait *tw = NULL;
	struct etp_node *other;
	int err = 0;

	node->hash = etp_key_hash(node->net, &node->key);

	spin_lock_bh(etp_chain_lock(node->hash));
	other = etp_find_equal(node);
	if (other) {
		tw = twp ? etp_find_reusable(other) : NULL;
		if (tw)
			hlist_nulls_del_init_rcu(&other->link);
		else
			err = -EADDRNOTAVAIL;
	}
	if (!err)
		hlist_nulls_add_head_rcu(&node->link, etp_chain(node->hash));
	spin_unlock_bh(etp_chain_lock(node->hash));

	if (twp)
		*twp = tw;
	return err;
}

/* A reader finds the old node or the new one, never neither. */
static void etp_link_replace(struct hlist_nulls_node *old,
			     struct hlist_nulls_node *new)
{
	struct hlist_nulls_node *next = old->next;

	new->next = next;
	WRITE_ONCE(new->pprev, old->pprev);
	rcu_assign_pointer(*(struct hlist_nulls_node __rcu **)new->pprev, new);
	if (!is_a_nulls(next))
		WRITE_ONCE(next->pprev, &new->next);
	WRITE_ONCE(old->pprev, NULL);
}

/**
 * etp_node_replace - put one object in another's place
 * @old: leaves the table
 * @new: gets @old's key, network namespace and place; not in the table
 *
 * Softirq or process context, no chain locked.  Returns false, and does
 * nothing, when @old had left the table before.
 */
bool etp_node_replace(struct etp_node *old, struct etp_node *new)
{
	spinlock_t *lock = etp_chain_lock(old->hash);
	bool hashed;

	spin_lock_bh(lock);
	hashed = !hlist_nulls_unhashed(&old->link);
	if (hashed) {
		new->net = old->net;
		new->key = old->key;
		new->hash = old->hash;
		etp_link_replace(&old->link, &new->link);
	}
	spin_unlock_bh(lock);
	return hashed;
}

/**
 * etp_node_remove - take an object out of the table
 * @node: may be out of it already
 *
 * Softirq or process context, no chain locked.  Returns whether it was in the
 * table, so that of several callers one gets true.
 */
bool etp_node_remove(struct etp_node *node)
{
	bool hashed;

	if (!etp_node_hashed(node))
		return false;
	spin_lock_bh(etp_chain_lock(node->hash));
	hashed = !hlist_nulls_unhashed(&node->link);
	if (hashed)
		hlist_nulls_del_init_rcu(&node->link);
	spin_unlock_bh(etp_chain_lock(node->hash));
	return hashed;
}

/**
 * etp_node_hashed - is an object in the table?
 * @node: object whose memory was zeroed or that was in the table before
 *
 * Any context; the answer may be old when nobody holds the object still.
 */
bool etp_node_hashed(const struct etp_node *node)
{
	return !hlist_nulls_unhashed_lockless(&node->link);
}

/* ---- Listeners ---- */

#define ETP_NO_MATCH	-1

/* How well a listener's address fits: not at all, as a wildcard, exactly. */
static int etp_score_address(const struct sock *sk, const struct in6_addr *laddr)
{
	bool v4 = ipv6_addr_v4mapped(laddr);

	if (sk->sk_family == AF_INET) {
		if (!v4)
			return ETP_NO_MATCH;
		if (!sk->sk_rcv_saddr)
			return 1;
		return sk->sk_rcv_saddr == laddr->s6_addr32[3] ? 8 : ETP_NO_MATCH;
	}
	if (ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		return v4 && ipv6_only_sock(sk) ? ETP_NO_MATCH : 0;
	/* "::ffff:0.0.0.0" is every IPv4 address */
	if (v4 && ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr) &&
	    !sk->sk_v6_rcv_saddr.s6_addr32[3])
		return 1;
	return ipv6_addr_equal(&sk->sk_v6_rcv_saddr, laddr) ? 8 : ETP_NO_MATCH;
}

static int etp_score(struct net *net, const struct sock *sk,
		     const struct etp_key *key, int dif, int sdif)
{
	int score;

	if (!net_eq(sock_net(sk), net) || inet_sk(sk)->inet_num != ntohs(key->lport))
		return ETP_NO_MATCH;
	if (!etp_device_eq(net, READ_ONCE(sk->sk_bound_dev_if), dif, sdif))
		return ETP_NO_MATCH;
	score = etp_score_address(sk, &key->laddr);
	if (score == ETP_NO_MATCH)
		return score;
	if (READ_ONCE(sk->sk_bound_dev_if))
		score += 4;
	if (READ_ONCE(sk->sk_incoming_cpu) == raw_smp_processor_id())
		score += 2;
	return score;
}

/* Who of its group gets the connection. */
static struct sock *etp_choose(struct sock *sk, u32 hash, struct sk_buff *skb)
{
	return reuseport_select_sock(sk, hash, skb, skb ? etp_seg(skb)->doff : 0) ?: sk;
}

/**
 * etp_lookup_listener - find who takes a SYN
 * @net: network namespace
 * @key: local end first
 * @dif: device the segment came in by
 * @sdif: L3 slave device, 0 when there is none
 * @skb: the segment
 *
 * A specific address beats a wildcard, a listener bound to the device one that
 * is not, an IPv4 socket a dual-stack one.  Equally good listeners that share
 * their port (SO_REUSEPORT) are chosen by their program, if they have one, or by
 * the hash of the connection, so that a retransmitted SYN meets the same one.
 *
 * Softirq context, under rcu_read_lock(), which protects the listener that is
 * returned: there is no reference.  NULL when nobody listens.
 */
struct sock *etp_lookup_listener(struct net *net, const struct etp_key *key,
				 int dif, int sdif, struct sk_buff *skb)
{
	unsigned int slot = etp_listen_slot(net, ntohs(key->lport));
	u32 hash = etp_key_hash(net, key);
	int score, best, equal;
	struct hlist_nulls_node *pos;
	struct etp_sock *es;
	struct sock *found;

again:
	best = ETP_NO_MATCH;
	equal = 0;
	found = NULL;
	hlist_nulls_for_each_entry_rcu(es, pos, &etp_listeners[slot], listen_link) {
		struct sock *sk = (struct sock *)es;

		score = etp_score(net, sk, key, dif, sdif);
		if (score == ETP_NO_MATCH || score < best)
			continue;
		if (score > best) {
			best = score;
			equal = 1;
			found = sk;
			continue;
		}
		/* Each of n equals is taken with the probability 1/n. */
		equal++;
		if (sk->sk_reuseport &&
		    !reciprocal_scale(jhash_1word(equal, hash), equal))
			found = sk;
	}
	if (unlikely(get_nulls_value(pos) != slot))
		goto again;
	return found && found->sk_reuseport ? etp_choose(found, hash, skb) : found;
}

/* Do both listen on the same, and may share it? */
static bool etp_same_group(const struct sock *a, const struct sock *b)
{
	if (!net_eq(sock_net(a), sock_net(b)) || a->sk_family != b->sk_family ||
	    inet_sk(a)->inet_num != inet_sk(b)->inet_num ||
	    a->sk_bound_dev_if != b->sk_bound_dev_if || !b->sk_reuseport ||
	    !uid_eq(etp_sk_uid(a), etp_sk_uid(b)))
		return false;
	if (a->sk_family == AF_INET6)
		return ipv6_only_sock(a) == ipv6_only_sock(b) &&
		       ipv6_addr_equal(&a->sk_v6_rcv_saddr, &b->sk_v6_rcv_saddr);
	return a->sk_rcv_saddr == b->sk_rcv_saddr;
}

/* Among them a program may choose: SO_ATTACH_REUSEPORT_CBPF and _EBPF. */
static int etp_join_group(struct sock *sk, unsigned int slot)
{
	bool any = sk->sk_family == AF_INET6 ? ipv6_addr_any(&sk->sk_v6_rcv_saddr) :
					       !sk->sk_rcv_saddr;
	struct hlist_nulls_node *pos;
	struct etp_sock *es;

	hlist_nulls_for_each_entry(es, pos, &etp_listeners[slot], listen_link) {
		struct sock *other = (struct sock *)es;

		if (etp_same_group(sk, other))
			return reuseport_add_sock(sk, other, any);
	}
	return reuseport_alloc(sk, any);
}

/**
 * etp_listener_insert - a socket begins to listen
 * @sk: bound, in the state LISTEN; socket locked
 *
 * Process context.  Returns 0, or -ENOMEM for a socket that shares its port.
 */
int etp_listener_insert(struct sock *sk)
{
	unsigned int slot = etp_listen_slot(sock_net(sk), inet_sk(sk)->inet_num);
	int err = 0;

	spin_lock_bh(&etp_listen_lock);
	if (sk->sk_reuseport)
		err = etp_join_group(sk, slot);
	if (!err)
		hlist_nulls_add_head_rcu(&etp_sk(sk)->listen_link,
					 &etp_listeners[slot]);
	spin_unlock_bh(&etp_listen_lock);
	return err;
}

/**
 * etp_listener_remove - a socket listens no more
 * @sk: socket locked; may not have been listening
 *
 * Process context.  Segments on their way may still see it: they find that it is
 * not in the state LISTEN.
 */
void etp_listener_remove(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);

	spin_lock_bh(&etp_listen_lock);
	if (!hlist_nulls_unhashed(&es->listen_link)) {
		if (rcu_access_pointer(sk->sk_reuseport_cb))
			reuseport_stop_listen_sock(sk);
		hlist_nulls_del_init_rcu(&es->listen_link);
	}
	spin_unlock_bh(&etp_listen_lock);
}

/**
 * etp_bound_dif - the device a new connection is bound to
 * @listener: who takes the SYN
 * @key: of the SYN; @key->dif is the device it came in by, or that one's VRF
 * @sdif: L3 slave device, 0 when there is none
 *
 * Link-local addresses mean something on one link only, so such a connection is
 * bound to it even when the listener is not, or is bound to its VRF.  A listener of
 * all VRFs has a connection in one of them.  Any context.
 */
int etp_bound_dif(const struct sock *listener, const struct etp_key *key, int sdif)
{
	int dif = READ_ONCE(listener->sk_bound_dev_if);
	struct net *net = sock_net(listener);

	if ((!dif || sdif) && (ipv6_addr_type(&key->raddr) & IPV6_ADDR_LINKLOCAL))
		return sdif ?: key->dif;
	if (!dif && READ_ONCE(etp_net(net)->l3mdev_accept))
		return l3mdev_master_ifindex_by_index(net, key->dif);
	return dif;
}

/* ---- The walk ---- */

static struct hlist_nulls_head *etp_walk_chain(const struct etp_walk *walk)
{
	return walk->listeners ? &etp_listeners[walk->bucket] :
				 &etp_table[walk->bucket];
}

static struct etp_node *etp_walk_entry(const struct etp_walk *walk,
				       struct hlist_nulls_node *pos)
{
	if (walk->listeners)
		return &hlist_nulls_entry(pos, struct etp_sock, listen_link)->node;
	return hlist_nulls_entry(pos, struct etp_node, link);
}

static struct net *etp_walk_net(const struct etp_walk *walk,
				const struct etp_node *node)
{
	return walk->listeners ? sock_net(etp_node_sk(node)) : node->net;
}

/* The next of @net in the bucket, referenced; NULL when it has no more. */
static struct etp_node *etp_walk_bucket(struct net *net, const struct etp_walk *walk)
{
	spinlock_t *lock = walk->listeners ? &etp_listen_lock :
					     etp_chain_lock(walk->bucket);
	struct etp_node *found = NULL;
	struct hlist_nulls_node *pos;
	u32 skip = walk->skip;

	spin_lock_bh(lock);
	for (pos = etp_walk_chain(walk)->first; !is_a_nulls(pos); pos = pos->next) {
		struct etp_node *node = etp_walk_entry(walk, pos);

		if (!net_eq(etp_walk_net(walk, node), net))
			continue;
		if (skip) {
			skip--;
		} else if (etp_node_get(node)) {
			found = node;
			break;
		}
	}
	spin_unlock_bh(lock);
	return found;
}

/* Enter the next bucket; false after the last. */
static bool etp_walk_turn(struct etp_walk *walk)
{
	walk->skip = 0;
	walk->bucket++;
	if (!walk->listeners && walk->bucket > etp_table_mask) {
		walk->listeners = true;
		walk->bucket = 0;
	}
	return !walk->listeners || walk->bucket < ETP_LISTENERS;
}

/**
 * etp_walk_stop - leave a walk before its end
 * @walk: may be resumed with etp_walk_first(), which returns the same node again
 *
 * Process context.
 */
void etp_walk_stop(struct etp_walk *walk)
{
	if (walk->held)
		etp_node_put(walk->held);
	walk->held = NULL;
}

/**
 * etp_walk_first - begin a walk over all connections, or go on with it
 * @net: network namespace
 * @walk: zeroed, or as etp_walk_stop() left it
 *
 * Process context.  Returns a node that the walk holds a reference of until the
 * next call, or NULL after the last one.  What comes and goes meanwhile may be
 * missed or seen twice.  Of a listener only the socket may be looked at, its key
 * is empty.
 */
struct etp_node *etp_walk_first(struct net *net, struct etp_walk *walk)
{
	if (walk->listeners && walk->bucket >= ETP_LISTENERS)
		return NULL;
	do {
		if (hlist_nulls_empty(etp_walk_chain(walk)))
			continue;
		walk->held = etp_walk_bucket(net, walk);
		if (walk->held)
			return walk->held;
		cond_resched();
	} while (etp_walk_turn(walk));
	return NULL;
}

/**
 * etp_walk_next - go on with a walk
 * @net: network namespace
 * @walk: walk
 * @node: what the walk returned last; its reference is given back
 *
 * As etp_walk_first().
 */
struct etp_node *etp_walk_next(struct net *net, struct etp_walk *walk,
			       struct etp_node *node)
{
	etp_walk_stop(walk);
	walk->skip++;
	return etp_walk_first(net, walk);
}

/**
 * etp_demux_init - make the tables
 *
 * Process context.  Returns 0 or -ENOMEM.
 */
int etp_demux_init(void)
{
	unsigned long n = totalram_pages() / (ETP_BYTES_PER_BUCKET / PAGE_SIZE);
	unsigned int i;

	n = roundup_pow_of_two(clamp_t(unsigned long, n, ETP_TABLE_MIN,
				       ETP_TABLE_MAX));
	etp_table = kvmalloc_array(n, sizeof(*etp_table), GFP_KERNEL);
	if (!etp_table)
		return -ENOMEM;
	if (alloc_bucket_spinlocks(&etp_locks, &etp_lock_mask, n, 16, GFP_KERNEL)) {
		kvfree(etp_table);
		return -ENOMEM;
	}
	etp_table_mask = n - 1;
	for (i = 0; i < n; i++)
		INIT_HLIST_NULLS_HEAD(&etp_table[i], i);
	for (i = 0; i < ETP_LISTENERS; i++)
		INIT_HLIST_NULLS_HEAD(&etp_listeners[i], i);
	return 0;
}

/**
 * etp_demux_exit - free the tables
 *
 * Process context.  They are empty and nobody reads them any more.
 */
void etp_demux_exit(void)
{
	free_bucket_spinlocks(etp_locks);
	kvfree(etp_table);
}
