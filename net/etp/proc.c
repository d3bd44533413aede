// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/etp and /proc/net/etp6, which tools read as they read /proc/net/tcp,
 * and /proc/net/etp_stat.  May read anything, changes nothing.
 */
#include "internal.h"
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/ipv6.h>

#define ETP_ROW_WIDTH	149	/* of /proc/net/tcp */

/* Timers as /proc/net/tcp counts them */
enum {
	ETP_ROW_NONE,
	ETP_ROW_RTX,
	ETP_ROW_KEEPALIVE,
	ETP_ROW_TIMEWAIT,
	ETP_ROW_PROBE,
};

/**
 * struct etp_iter - where a reader of the table stands
 * @p: must be first
 * @walk: the node shown last; an entry of the table or a listener
 * @pos: its line
 * @conns: listeners are done, connections are being shown
 * @held: the walk holds a lock
 */
struct etp_iter {
	struct seq_net_private	p;
	struct etp_walk		walk;
	loff_t			pos;
	bool			conns;
	bool			held;
};

/**
 * struct etp_row - a line
 * @laddr: local address, IPv4 as ::ffff:a.b.c.d
 * @raddr: remote address
 * @lport: local port
 * @rport: remote port
 * @state: TCP_*
 * @timer: ETP_ROW_*
 * @when: when it fires, jiffies
 * @retrans: time-outs or SYN|ACKs in a row
 * @txq: bytes not acknowledged
 * @rxq: bytes not read; of a listener: connections not accepted
 * @probes: probes without an answer
 * @uid: owner, as the reader's user namespace has it
 * @ino: inode
 * @ref: references
 * @ptr: identifies the object
 */
struct etp_row {
	struct in6_addr	laddr;
	struct in6_addr	raddr;
	u16		lport;
	u16		rport;
	int		state;
	int		timer;
	unsigned long	when;
	u32		retrans;
	u32		txq;
	u32		rxq;
	u32		probes;
	unsigned int	uid;
	unsigned long	ino;
	int		ref;
	const void	*ptr;
};

static int etp_seq_family(const struct seq_file *seq)
{
	return (unsigned long)pde_data(file_inode(seq->file));
}

/* ---- The walk: listeners, then the table ---- */

static bool etp_node_is(const struct etp_node *node, int family)
{
	switch (node->kind) {
	case ETP_REQUEST:
		return container_of(node, struct etp_request, node)->af->family ==
		       family;
	case ETP_TIMEWAIT:
		return container_of(node, struct etp_timewait, node)->family ==
		       family;
	default:
		return etp_node_sk(node)->sk_family == family;
	}
}

/* @node, or the next one of the reader's kind. */
static struct etp_node *etp_iter_match(struct seq_file *seq,
				       struct etp_node *node)
{
	struct etp_iter *it = seq->private;
	struct net *net = seq_file_net(seq);

	for (;;) {
		if (!node && !it->conns) {
			memset(&it->walk, 0, sizeof(it->walk));
			it->conns = true;
			node = etp_walk_first(net, &it->walk);
			continue;
		}
		if (node && it->conns && it->walk.listeners) {
			etp_walk_stop(&it->walk);
			node = NULL;
		}
		if (!node || etp_node_is(node, etp_seq_family(seq)))
			break;
		node = etp_walk_next(net, &it->walk, node);
	}
	it->held = node;
	return node;
}

static struct etp_node *etp_iter_next(struct seq_file *seq,
				      struct etp_node *node)
{
	struct etp_iter *it = seq->private;

	it->pos++;
	return etp_iter_match(seq, etp_walk_next(seq_file_net(seq), &it->walk,
						 node));
}

static struct etp_node *etp_iter_first(struct seq_file *seq)
{
	struct etp_iter *it = seq->private;

	memset(&it->walk, 0, sizeof(it->walk));
	it->walk.listeners = true;
	it->conns = false;
	it->pos = 1;
	return etp_iter_match(seq, etp_walk_first(seq_file_net(seq), &it->walk));
}

static void *etp_seq_start(struct seq_file *seq, loff_t *pos)
{
	struct etp_iter *it = seq->private;
	struct etp_node *node;

	it->held = false;
	if (!*pos)
		return SEQ_START_TOKEN;
	/* going on where the last read ended is the rule */
	if (*pos == it->pos) {
		if (it->conns && it->walk.listeners)
			return NULL;
		return etp_iter_match(seq, etp_walk_first(seq_file_net(seq),
							  &it->walk));
	}
	node = etp_iter_first(seq);
	while (node && it->pos < *pos)
		node = etp_iter_next(seq, node);
	return node;
}

static void *etp_seq_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	if (v == SEQ_START_TOKEN)
		return etp_iter_first(seq);
	return etp_iter_next(seq, v);
}

static void etp_seq_stop(struct seq_file *seq, void *v)
{
	struct etp_iter *it = seq->private;

	if (it->held)
		etp_walk_stop(&it->walk);
	it->held = false;
}

/* ---- The lines ---- */

static void etp_row_from_key(struct etp_row *row, const struct etp_key *key)
{
	row->laddr = key->laddr;
	row->raddr = key->raddr;
	row->lport = ntohs(key->lport);
	row->rport = ntohs(key->rport);
}

static void etp_row_addresses(struct etp_row *row, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	row->lport = ntohs(inet->inet_sport);
	row->rport = ntohs(inet->inet_dport);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		row->laddr = sk->sk_v6_rcv_saddr;
		row->raddr = sk->sk_v6_daddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(inet->inet_rcv_saddr, &row->laddr);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &row->raddr);
}

static void etp_row_timer(struct etp_row *row, const struct sock *sk)
{
	const struct etp_timers *timers = &etp_sk(sk)->timers;

	row->when = READ_ONCE(timers->rtx.expires);
	switch (READ_ONCE(timers->rtx_is)) {
	case ETP_TIMER_RTO:
	case ETP_TIMER_POLICY:
		row->timer = ETP_ROW_RTX;
		break;
	case ETP_TIMER_PERSIST:
		row->timer = ETP_ROW_PROBE;
		break;
	default:
		row->timer = timer_pending(&sk->sk_timer) ?
			     ETP_ROW_KEEPALIVE : ETP_ROW_NONE;
		row->when = row->timer ? READ_ONCE(sk->sk_timer.expires) : etp_now();
	}
}

static void etp_row_sock(struct seq_file *seq, struct etp_row *row,
			 struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);

	etp_row_addresses(row, sk);
	etp_row_timer(row, sk);
	row->state = inet_sk_state_load(sk);
	if (row->state == TCP_LISTEN)
		row->rxq = READ_ONCE(sk->sk_ack_backlog);
	else	/* without the lock it may look negative for a moment */
		row->rxq = max_t(s32, READ_ONCE(es->rcv.nxt) - es->rcv.fin -
				      READ_ONCE(es->rcv.copied), 0);
	row->txq = READ_ONCE(es->snd.write_seq) - READ_ONCE(es->snd.una);
	row->retrans = es->rec.retransmits;
	row->probes = es->timers.probes;
	row->uid = from_kuid_munged(seq_user_ns(seq), etp_sk_uid(sk));
	row->ino = sock_i_ino(sk);
	row->ref = refcount_read(&sk->sk_refcnt);
	row->ptr = sk;
}

static void etp_row_request(struct seq_file *seq, struct etp_row *row,
			    const struct etp_node *node)
{
	const struct etp_request *req =
		container_of(node, struct etp_request, node);

	etp_row_from_key(row, &node->key);
	row->state = TCP_SYN_RECV;
	row->timer = ETP_ROW_RTX;
	row->when = READ_ONCE(req->timer.expires);
	row->retrans = req->retries;
	row->uid = from_kuid_munged(seq_user_ns(seq),
				    etp_sk_uid(req->listener));
	row->ptr = req;
}

static void etp_row_timewait(struct etp_row *row, const struct etp_node *node)
{
	const struct etp_timewait *tw =
		container_of(node, struct etp_timewait, node);

	etp_row_from_key(row, &node->key);
	row->state = tw->substate;
	row->timer = ETP_ROW_TIMEWAIT;
	row->when = READ_ONCE(tw->timer.expires);
	row->ref = refcount_read(&node->ref);
	row->ptr = tw;
}

static void etp_put_addr(struct seq_file *seq, const struct in6_addr *addr,
			 u16 port, int family)
{
	const __be32 *a = addr->s6_addr32;

	/* in memory order read as numbers of this machine, as it ever was */
	if (family == AF_INET)
		seq_printf(seq, "%08X:%04X ", (__force u32)a[3], port);
	else
		seq_printf(seq, "%08X%08X%08X%08X:%04X ",
			   (__force u32)a[0], (__force u32)a[1],
			   (__force u32)a[2], (__force u32)a[3], port);
}

/* What only a full socket has: time-outs, ACK mode and windows. */
static void etp_put_engine(struct seq_file *seq, const struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);
	u32 mss = max(READ_ONCE(es->cong.mss), 1U);
	u32 ssthresh = READ_ONCE(es->cong.ssthresh);
	int shown = ssthresh >= ETP_SSTHRESH_INF ? -1 : (int)(ssthresh / mss);

	if (inet_sk_state_load(sk) == TCP_LISTEN)
		shown = 0;
	seq_printf(seq, " %lu %lu %u %u %d",
		   jiffies_to_clock_t(etp_rtt_rto(&es->rtt)),
		   jiffies_to_clock_t(es->rcv.ato),
		   es->rcv.quick << 1 | es->rcv.pingpong,
		   READ_ONCE(es->cong.cwnd) / mss, shown);
}

static void etp_put_row(struct seq_file *seq, const struct etp_row *row,
			int family)
{
	struct etp_iter *it = seq->private;

	seq_printf(seq, "%4d: ", (int)it->pos - 1);
	etp_put_addr(seq, &row->laddr, row->lport, family);
	etp_put_addr(seq, &row->raddr, row->rport, family);
	seq_printf(seq, "%02X %08X:%08X %02X:%08lX %08X %5u %8d %lu %d %pK",
		   row->state, row->txq, row->rxq, row->timer,
		   (unsigned long)jiffies_delta_to_clock_t(row->when - etp_now()),
		   row->retrans, row->uid, row->probes, row->ino, row->ref, row->ptr);
}

static int etp_show_header(struct seq_file *seq, int family)
{
	if (family == AF_INET) {
		seq_puts(seq, "  sl  local_address rem_address   st tx_queue ");
		seq_puts(seq, "rx_queue tr tm->when retrnsmt   uid  timeout inode");
		seq_pad(seq, '\n');
	} else {
		seq_printf(seq, "  sl  %-38s%-38sst tx_queue rx_queue ",
			   "local_address", "remote_address");
		seq_puts(seq, "tr tm->when retrnsmt   uid  timeout inode\n");
	}
	return 0;
}

static int etp_seq_show(struct seq_file *seq, void *v)
{
	int family = etp_seq_family(seq);
	struct etp_node *node = v;
	struct etp_row row = {};

	if (family == AF_INET)
		seq_setwidth(seq, ETP_ROW_WIDTH);
	if (v == SEQ_START_TOKEN)
		return etp_show_header(seq, family);

	switch (node->kind) {
	case ETP_REQUEST:
		etp_row_request(seq, &row, node);
		etp_put_row(seq, &row, family);
		break;
	case ETP_TIMEWAIT:
		etp_row_timewait(&row, node);
		etp_put_row(seq, &row, family);
		break;
	default:
		etp_row_sock(seq, &row, etp_node_sk(node));
		etp_put_row(seq, &row, family);
		etp_put_engine(seq, etp_node_sk(node));
	}
	if (family == AF_INET)
		seq_pad(seq, '\n');
	else
		seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations etp_seq_ops = {
	.start	= etp_seq_start,
	.next	= etp_seq_next,
	.stop	= etp_seq_stop,
	.show	= etp_seq_show,
};

/* ---- Counters ---- */

/* One string, its parts ending in zeroes */
#define ETP_MIB_NAME(name)	#name "\0"
static const char etp_mib_names[] = ETP_MIB_LIST(ETP_MIB_NAME);

/* What there is at this moment. */
static void etp_show_gauges(struct seq_file *seq, struct net *net)
{
	unsigned long established = 0, requests = 0, listeners = 0, sockets = 0;
	struct etp_walk walk = {};
	struct etp_node *node;

	for (node = etp_walk_first(net, &walk); node;
	     node = etp_walk_next(net, &walk, node)) {
		if (node->kind == ETP_REQUEST)
			requests++;
		if (node->kind != ETP_FULL)
			continue;
		sockets++;
		if (walk.listeners)
			listeners++;
		else if ((1 << inet_sk_state_load(etp_node_sk(node))) &
			 (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT))
			established++;
	}
	seq_printf(seq, "CurrEstab %lu\nSockets %lu\nListeners %lu\nRequests %lu\n",
		   established, sockets, listeners, requests);
	seq_printf(seq, "TimeWait %d\nOrphans %lld\nMemPages %ld\n",
		   atomic_read(&etp_net(net)->tw_count),
		   percpu_counter_sum_positive(&etp_orphans),
		   max(atomic_long_read(&etp_memory_allocated), 0L));
}

static int etp_stat_show(struct seq_file *seq, void *v)
{
	struct net *net = seq_file_single_net(seq);
	const char *name = etp_mib_names;
	unsigned int i;

	for (i = 0; i < ETP_MIB_MAX; i++) {
		seq_printf(seq, "%s %lu\n", name, etp_mib_sum(net, i));
		name += strlen(name) + 1;
	}
	etp_show_gauges(seq, net);
	return 0;
}

/**
 * etp_proc_init - the files of a network namespace
 * @net: network namespace that is being set up
 *
 * Process context.  Returns 0 or -ENOMEM.
 */
int etp_proc_init(struct net *net)
{
	if (!proc_create_net_data("etp", 0444, net->proc_net, &etp_seq_ops,
				  sizeof(struct etp_iter), (void *)AF_INET))
		return -ENOMEM;
	if (!proc_create_net_data("etp6", 0444, net->proc_net, &etp_seq_ops,
				  sizeof(struct etp_iter), (void *)AF_INET6))
		goto no_etp6;
	if (!proc_create_net_single("etp_stat", 0444, net->proc_net,
				    etp_stat_show, NULL))
		goto no_stat;
	return 0;

no_stat:
	remove_proc_entry("etp6", net->proc_net);
no_etp6:
	remove_proc_entry("etp", net->proc_net);
	return -ENOMEM;
}

/**
 * etp_proc_exit - take the files away
 * @net: network namespace that goes
 *
 * Process context.
 */
void etp_proc_exit(struct net *net)
{
	remove_proc_entry("etp_stat", net->proc_net);
	remove_proc_entry("etp6", net->proc_net);
	remove_proc_entry("etp", net->proc_net);
}
