/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Experimental Transport Protocol: the objects that a connection is in its turn
 * (request, socket, TIME_WAIT), the address families they share, and what a network
 * namespace has of its own.
 *
 * struct etp_sock is made of rooms, which are in net/etp_rooms.h; a segment is in
 * net/etp_segment.h, a counter in net/etp_mib.h.
 */
#ifndef _NET_ETP_H
#define _NET_ETP_H

#include <linux/ipv6.h>
#include <linux/rculist_nulls.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/netns/generic.h>
#include <net/sock.h>
#include <net/tcp_states.h>
#include <uapi/linux/etp.h>
#include <net/etp_cong.h>
#include <net/etp_mib.h>
#include <net/etp_rooms.h>
#include <net/etp_segment.h>

/* ---- Constants ---- */

#define ETP_MSS_DEFAULT		536U	/* MUST-15: the peer sent no MSS option */
#define ETP_MSS_DEFAULT6	1220U	/* nor did one over IPv6 */
#define ETP_MSS_MIN		88U	/* we never announce less */
#define ETP_MAX_WSCALE		14U	/* RFC 7323 section 2.3 */
#define ETP_MAX_HDR		60	/* bytes: doff is four bits */
#define ETP_TSOPT_LEN		12	/* NOP NOP TIMESTAMPS, aligned */
#define ETP_BURST		10U	/* segments, as RFC 6928's initial window */

#define ETP_RTO_INIT		HZ		/* RFC 6298 (2.1) */
#define ETP_RTO_FALLBACK	(3 * HZ)	/* RFC 6298 (5.7) */
#define ETP_RTO_MIN		(HZ / 5)	/* kernel TCP's, below RFC 6298 (2.4) */
#define ETP_RTO_MAX		(120 * HZ)
#define ETP_DELACK_MIN		(HZ / 25)
#define ETP_DELACK_MAX		(HZ / 5)	/* MUST-40: below 0.5 s */
#define ETP_TIMEWAIT_LEN	(60 * HZ)	/* 2 MSL */
#define ETP_ORPHAN_PROBES	8
#define ETP_KEEPALIVE_TIME	(7200 * HZ)
#define ETP_KEEPALIVE_INTVL	(75 * HZ)
#define ETP_KEEPALIVE_PROBES	9
#define ETP_PAWS_24DAYS		(60 * 60 * 24 * 24)

/* ---- Nodes: what the table of connections holds (demux.c) ---- */

/**
 * struct etp_key - what tells one connection from another
 * @laddr: local address; IPv4 as ::ffff:a.b.c.d
 * @raddr: remote address
 * @lport: local port
 * @rport: remote port
 * @dif: device the connection is bound to, 0 for any
 */
struct etp_key {
	struct in6_addr	laddr;
	struct in6_addr	raddr;
	__be16		lport;
	__be16		rport;
	int		dif;
};

enum etp_kind {
	ETP_FULL,		/* struct etp_sock */
	ETP_REQUEST,		/* struct etp_request: SYN received, RFC's SYN-RECEIVED */
	ETP_TIMEWAIT,		/* struct etp_timewait */
};

/**
 * struct etp_node - an entry of the table of connections
 * @link: chain of the bucket; readers walk it under RCU
 * @key: addresses and ports
 * @net: network namespace
 * @hash: of net and key, kept so that a replacement finds the same bucket
 * @kind: which object this is part of
 * @ref: references of a request or TIME_WAIT object; a full socket uses sk_refcnt
 *
 * Every object that has a node is freed after an RCU grace period (full
 * sockets carry SOCK_RCU_FREE).
 */
struct etp_node {
	struct hlist_nulls_node	link;
	struct etp_key		key;
	struct net		*net;
	u32			hash;
	u8			kind;
	refcount_t		ref;
};

/* ---- The accept queue of a listener (listen.c) ---- */

/**
 * struct etp_accept_queue - connections that wait for accept()
 * @lock: guards the rest; taken in softirq
 * @ready: children linked by etp_sock.accept_link, oldest first
 * @pending: requests linked by etp_request.listen_link
 * @requests: how many
 * @open: the socket listens
 */
struct etp_accept_queue {
	spinlock_t		lock;		/* of what follows */
	struct list_head	ready;
	struct list_head	pending;
	u32			requests;
	bool			open;
};

struct etp_af_ops;
struct etp_port;

/**
 * struct etp_sock - an ETP socket
 * @inet: must be first
 * @af: address family the socket sends by; IPv4 for v4-mapped IPv6 sockets
 * @node: entry in the table of connections
 * @snd: sending side
 * @plpmtu: how large packets may be
 * @ecn: explicit congestion notification
 * @rcv: receiving side
 * @rtt: round-trip estimator
 * @rec: loss recovery
 * @cong: congestion control
 * @peer: what the handshake agreed
 * @ack_ops: when to acknowledge
 * @timers: timers
 * @meter: measures and counts
 * @port: bound port, NULL when none (port.c)
 * @port_link: chain of the port's owners
 * @listen_link: chain of the listeners' bucket
 * @accept_queue: of a socket that listens, or did; else NULL
 * @accept_link: of a child that waits for accept()
 * @listener: of such a child, its listener; NULL after accept()
 *
 * Everything but node, port and accept_link is guarded by the socket lock.
 */
struct etp_sock {
	struct inet_sock	inet;
	const struct etp_af_ops	*af;
	struct etp_node		node;

	struct etp_snd		snd;
	struct etp_plpmtu	plpmtu;
	struct etp_ecn		ecn;
	struct etp_rcv		rcv;
	struct etp_rtt		rtt;
	struct etp_rec		rec;
	struct etp_cong		cong;
	struct etp_peer		peer;
	const struct etp_ack_policy_ops *ack_ops;
	struct etp_timers	timers;
	struct etp_meter	meter;

	struct etp_port		*port;
	struct hlist_node	port_link;
	struct hlist_nulls_node	listen_link;
	struct etp_accept_queue	*accept_queue;
	struct list_head	accept_link;
	struct sock		*listener;
};

/* ipv6_pinfo must end the structure without padding (6.1 finds it from the end). */
struct etp6_sock {
	struct etp_sock		etp;
	struct ipv6_pinfo	inet6;
};

static inline struct etp_sock *etp_sk(const struct sock *sk)
{
	return (struct etp_sock *)sk;
}

static inline struct sock *etp_node_sk(const struct etp_node *node)
{
	return (struct sock *)container_of(node, struct etp_sock, node);
}

/**
 * struct etp_request - a connection whose handshake the peer has not finished
 * @node: must be first; key and references
 * @af: family it came in by
 * @listener: the listener, referenced
 * @listen_link: in the listener's queue of requests
 * @timer: retransmits the SYN|ACK
 * @rcu: frees it
 * @dead: bit 0: it is over, one way or the other
 * @oow_at: jiffies of the last answer to a segment outside the window
 * @irs: IRS
 * @iss: ISS
 * @rcv_wnd: window offered in the SYN|ACK, bytes
 * @peer: what the SYN offered, and we accepted
 * @snd_wnd: window of the SYN, not scaled
 * @advmss: MSS we advertise
 * @snd_wscale: the peer's shift
 * @rcv_wscale: our shift
 * @retries: SYN|ACKs retransmitted
 * @acked: the ACK came while the accept queue was full or accept is deferred
 * @tos: the listener's
 * @mark: the listener's; of the SYN when it has none and tcp_fwmark_accept is set
 * @txhash: flow hash for transmit
 * @label: flow label (IPv6), 0 for one made of @txhash
 * @route: source route back to the peer (IPv4), NULL when there is none
 * @sent_us: when the SYN|ACK was first sent; 0 after a retransmission (Karn)
 */
struct etp_request {
	struct etp_node			node;
	const struct etp_af_ops		*af;
	struct sock			*listener;
	struct list_head		listen_link;
	struct timer_list		timer;
	struct rcu_head			rcu;
	unsigned long			dead;
	u32				oow_at;
	u32				irs;
	u32				iss;
	u32				rcv_wnd;
	struct etp_peer			peer;
	u16				snd_wnd;
	u16				advmss;
	u8				snd_wscale;
	u8				rcv_wscale;
	u8				retries;
	u8				acked;
	u8				tos;
	u32				mark;
	u32				txhash;
	__be32				label;
	struct ip_options_rcu		*route;
	u64				sent_us;
};

/**
 * struct etp_timewait - a connection in TIME_WAIT, or an orphan in FIN_WAIT_2
 * @node: must be first; key and references
 * @af: address family it sends by
 * @family: of the socket, for /proc; AF_INET6 of a v4-mapped one
 * @timer: ends it
 * @rcu: frees it
 * @substate: TCP_TIME_WAIT or TCP_FIN_WAIT2
 * @snd_nxt: SND.NXT
 * @rcv_nxt: RCV.NXT
 * @rcv_wnd: window to advertise, bytes
 * @rcv_wscale: our shift
 * @peer: for timestamps and PAWS
 * @oow_at: jiffies of the last ACK to a segment outside the window
 * @tos: for replies
 * @mark: for replies
 * @txhash: for replies
 * @label: flow label for replies (IPv6), 0 for one made of @txhash
 * @bound: the socket was bound to a device
 * @dead: bit 0: it has ended
 * @port: the local port it keeps busy
 * @port_link: chain of the port's owners
 * @reuse: the socket had SO_REUSEADDR
 * @reuseport: the socket had SO_REUSEPORT
 * @uid: of the socket, for /proc and SO_REUSEPORT
 */
struct etp_timewait {
	struct etp_node			node;
	const struct etp_af_ops		*af;
	struct timer_list		timer;
	struct rcu_head			rcu;
	u16				family;
	u8				substate;
	u32				snd_nxt;
	u32				rcv_nxt;
	u32				rcv_wnd;
	u8				rcv_wscale;
	struct etp_peer			peer;
	u32				oow_at;
	u8				tos;
	bool				bound;
	u32				mark;
	u32				txhash;
	__be32				label;
	unsigned long			dead;
	struct etp_port			*port;
	struct hlist_node		port_link;
	bool				reuse;
	bool				reuseport;
	kuid_t				uid;
};

/* ---- Address families ---- */

/**
 * struct etp_reply - a segment that belongs to no full socket
 * @net: network namespace
 * @key: addresses and ports, local end first
 * @bound: @key->dif is the device the connection is bound to, and the segment
 *	must leave by it; else it is the one that the peer's came in by
 * @seq: SEG.SEQ
 * @ack: SEG.ACK, sent when @flags has ETP_ACK
 * @wnd: window field, as it stands in the header
 * @flags: control bits
 * @opts: ETP_OPT_* to send, built in kernel TCP's order
 * @mss: MSS option
 * @wscale: window scale option
 * @tsval: TSval
 * @tsecr: TSecr
 * @tos: type of service or traffic class
 * @mark: fwmark
 * @txhash: flow hash, 0 when there is none
 * @label: flow label (IPv6), 0 for one made of @txhash
 * @route: source route (IPv4), NULL when there is none
 * @sk: a listener that answers: its hop limit, its priority and what it may send from;
 *	NULL: nobody
 */
struct etp_reply {
	struct net		*net;
	const struct etp_key	*key;
	bool			bound;
	u32			seq;
	u32			ack;
	u16			wnd;
	u8			flags;
	u8			opts;
	u16			mss;
	u8			wscale;
	u32			tsval;
	u32			tsecr;
	u8			tos;
	u32			mark;
	u32			txhash;
	__be32			label;
	const struct ip_options_rcu *route;
	const struct sock *sk;
};

/**
 * struct etp_af_ops - where an address family meets the engine
 * @family: AF_INET or AF_INET6
 * @net_header_len: bytes of the network header without options
 * @options_len: bytes of network options the socket's segments carry; NULL: none;
 *	socket locked
 * @queue_xmit: send a segment of a full socket whose header is written;
 *	consumes @skb; socket lock held; returns 0, a negative errno or NET_XMIT_*
 * @send: send a segment without a socket; @skb starts at the transport header,
 *	has room for the network header and its checksum is complete; consumes
 *	@skb; softirq or process context
 * @rebuild_route: make sure the socket has a usable route; returns 0 or an
 *	errno; socket lock held
 * @request_route: route for a request, or NULL; used for MTU and device
 *	features and handed to the child
 * @init_child: family-specific part of a new child (addresses are in
 *	node.key; ports, device and mark are set); called right after the clone,
 *	socket locked
 */
struct etp_af_ops {
	u16	family;
	u16	net_header_len;
	u32	(*options_len)(const struct sock *sk);
	int	(*queue_xmit)(struct sock *sk, struct sk_buff *skb);
	int	(*send)(const struct etp_reply *reply, struct sk_buff *skb);
	int	(*rebuild_route)(struct sock *sk);
	struct dst_entry *(*request_route)(const struct sock *listener,
					   const struct etp_request *req);
	void	(*init_child)(struct sock *child, const struct sock *listener,
			      const struct etp_request *req,
			      struct dst_entry *dst, struct sk_buff *skb);
};

extern const struct etp_af_ops etp_ipv4_ops;
extern const struct etp_af_ops etp_ipv6_ops;

/* ---- Per network namespace ---- */

/* struct etp_net - what each network namespace has of its own
 *
 * The sysctls are named after net.ipv4.tcp_* (Documentation/networking/ip-sysctl);
 * times are in seconds unless the name says otherwise and become jiffies on use.
 */
struct etp_net {
	/* sysctls */
	int	rmem[3];
	int	wmem[3];
	int	window_scaling;
	int	sack;
	int	dsack;
	int	timestamps;
	int	syn_retries;
	int	synack_retries;
	int	retries1;
	int	retries2;
	int	orphan_retries;
	int	fin_timeout;
	int	keepalive_time;
	int	keepalive_intvl;
	int	keepalive_probes;
	int	max_syn_backlog;
	int	max_tw_buckets;
	int	max_orphans;
	int	reuse_tw;		/* tw_reuse: a macro of the kernel's has that name */
	int	rfc1337;
	int	rfc5461;
	int	abort_on_overflow;
	int	moderate_rcvbuf;
	int	challenge_ack_limit;
	int	invalid_ratelimit;	/* milliseconds */
	int	mtu_probing;
	int	base_mss;
	int	min_snd_mss;
	int	mtu_probe_floor;
	int	probe_threshold;
	int	probe_interval;
	int	init_cwnd;		/* segments */
	int	slow_start_after_idle;
	int	notsent_lowat;
	int	stdurg;
	int	ecn;
	int	ecn_fallback;
	int	l3mdev_accept;

	/* state */
	const struct etp_policy __rcu *policy[ETP_ROLES];	/* NULL: the usual */
	struct ctl_table_header	*ctl;
	struct ctl_table	*ctl_table;
	struct etp_mib __percpu	*mib;
	struct sock		*ctl_sk4;	/* sends what belongs to no socket */
	struct sock		*ctl_sk6;
	atomic_t		tw_count;
	u32			challenge_at;	/* second of the count below */
	u32			challenge_count;
};

extern unsigned int etp_net_id;

static inline struct etp_net *etp_net(const struct net *net)
{
	return net_generic(net, etp_net_id);
}

/* ---- The clock ---- */

/* Microseconds, the one clock of RTT samples and timestamps; jiffies, the one of timers;
 * seconds, for what lasts for days.  Tests may hold them (kunit/clock.c).
 */
#ifdef ETP_KUNIT
u64 etp_clock_us(void);
unsigned long etp_now(void);
u32 etp_seconds(void);
#else
static inline u64 etp_clock_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

static inline unsigned long etp_now(void)
{
	return jiffies;
}

static inline u32 etp_seconds(void)
{
	return (u32)ktime_get_seconds();
}
#endif

/* Coarse time for idle checks and /proc; wraps. */
static inline u32 etp_jiffies(void)
{
	return (u32)etp_now();
}

/* The timestamp option counts milliseconds (RFC 7323 section 5.4). */
static inline u32 etp_ts(const struct etp_peer *peer, u64 clock_us)
{
	return (u32)div_u64(clock_us, USEC_PER_MSEC) + peer->ts_offset;
}

#endif /* _NET_ETP_H */
