/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The doors between the files of net/etp/: one section a file, in the order in
 * which a reader meets them; those of loss and congestion are in recovery.h.  The
 * kernel-doc of each function stands above its definition.
 */
#ifndef _ETP_INTERNAL_H
#define _ETP_INTERNAL_H

#include "compat.h"
#include <net/etp.h>
#include "recovery.h"

/* ---- family.c: socket(), protosw, proto and proto_ops ---- */
extern struct proto etp_prot;
extern struct proto etp6_prot;
extern int etp_family;
int etp_family_init(void);
void etp_family_exit(void);

/* ---- socket.c: the life of a socket ---- */
extern atomic_long_t etp_memory_allocated;
extern unsigned long etp_memory_pressure;
extern struct percpu_counter etp_sockets_allocated;
extern struct percpu_counter etp_orphans;
int etp_init_sock(struct sock *sk);
void etp_init_newborn(struct sock *sk);
void etp_init_rooms(struct sock *sk);
void etp_destroy_sock(struct sock *sk);
void etp_close(struct sock *sk, long timeout);
void etp_shutdown(struct sock *sk, int how);
int etp_disconnect(struct sock *sk, int flags);
__poll_t etp_poll(struct file *file, struct socket *sock, poll_table *wait);
int etp_ioctl_value(struct sock *sk, int cmd, int *value);
void etp_write_space(struct sock *sk);
void etp_drop_route(struct sock *sk);
void etp_set_keepalive(struct sock *sk, int on);
void etp_purge_out(struct sock *sk);
void etp_done(struct sock *sk);
void etp_reset(struct sock *sk, int err);
void etp_give_up(struct sock *sk);
void etp_orphan_begins(void);
bool etp_too_many_orphans(struct sock *sk);
void etp_enter_memory_pressure(struct sock *sk);
void etp_leave_memory_pressure(struct sock *sk);
bool etp_stream_memory_free(const struct sock *sk, int wake);

/* ---- sockopt.c ---- */
int etp_setsockopt(struct sock *sk, int level, int name, sockptr_t val,
		   unsigned int len);
int etp_getsockopt(struct sock *sk, int level, int name, char __user *val,
		   int __user *len);
void etp_get_info(struct sock *sk, struct etp_info *info);
int etp_set_rcvlowat(struct sock *sk, int val);

/* ---- sendmsg.c ---- */
int etp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int etp_sendpage(struct sock *sk, struct page *page, int offset, size_t size,
		 int flags);
void etp_splice_eof(struct socket *sock);
struct sk_buff *etp_alloc_skb(struct sock *sk, gfp_t gfp, bool force);

/* ---- recvmsg.c ---- */
int etp_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags);
int etp_read_sock(struct sock *sk, read_descriptor_t *desc,
		  sk_read_actor_t actor);
ssize_t etp_splice_read_sock(struct socket *sock, loff_t *ppos,
			     struct pipe_inode_info *pipe, size_t len,
			     unsigned int flags);
int etp_inq(const struct sock *sk);
int etp_peek_len(struct socket *sock);

/* ---- stamp.c: when what was sent left, and arrived ---- */
void etp_stamp_ask(struct sock *sk, struct sk_buff *skb,
		   const struct sockcm_cookie *cookie, u32 bytes);
void etp_stamp_split(struct sk_buff *skb, struct sk_buff *rest);
void etp_stamp_acked(struct sock *sk, struct sk_buff *skb);

/* ---- listen.c: passive open ---- */
int etp_listen(struct socket *sock, int backlog);
void etp_listen_stop(struct sock *sk);
struct sock *etp_accept(struct sock *sk, int flags, int *err, bool kern);
bool etp_listen_rcv(struct sock *sk, struct sk_buff *skb,
		    const struct etp_key *key, const struct etp_af_ops *af, u32 iss);
struct sock *etp_request_rcv(struct etp_request *req, struct sk_buff *skb);
void etp_request_put(struct etp_request *req);
void etp_request_drop(struct etp_request *req);
void etp_child_ready(struct sock *sk);
int etp_listen_init(void);
void etp_listen_exit(void);

/* ---- handshake.c: active open, options, the new child ---- */
int etp_connect(struct sock *sk);
void etp_connect_undo(struct sock *sk);
bool etp_syn_sent_rcv(struct sock *sk, struct sk_buff *skb);
void etp_established(struct sock *sk, struct sk_buff *skb);
void etp_agree_options(struct etp_peer *peer, const struct etp_segment *seg,
		       const struct etp_net *en, u16 user_mss, u16 family);
u32 etp_isn(const struct etp_key *key);
u32 etp_ts_offset(const struct net *net, const struct etp_key *key);
struct sock *etp_create_child(struct sock *listener, struct etp_request *req,
			      struct dst_entry *dst, struct sk_buff *skb);

/* ---- timewait.c ---- */
void etp_timewait_enter(struct sock *sk, int substate, u32 timeout);
void etp_fin_wait2_orphan(struct sock *sk);
bool etp_timewait_rcv(struct etp_timewait *tw, struct sk_buff *skb,
		      const struct etp_key *key, u32 *iss);
bool etp_timewait_reusable(const struct etp_timewait *tw, u32 *iss,
			   struct etp_peer *peer);
void etp_timewait_kill(struct etp_timewait *tw);
void etp_timewait_put(struct etp_timewait *tw);
void etp_timewait_purge(struct net *net);
int etp_timewait_init(void);
void etp_timewait_exit(void);

/* ---- admit.c: may a segment go on to a socket? ---- */
bool etp_admit(struct sock *sk, struct sk_buff *skb);
#ifdef CONFIG_SECURITY_NETWORK
bool etp_admit_syn(struct sock *listener, struct sk_buff *skb,
		   const struct etp_key *key, u16 family);
#else
static inline bool etp_admit_syn(struct sock *listener, struct sk_buff *skb,
				 const struct etp_key *key, u16 family)
{
	return true;
}
#endif

/* ---- rcv.c: a segment comes in ---- */

/* Why a segment was refused before it was looked at */
enum etp_bad {
	ETP_GOOD,
	ETP_BAD_SHORT,		/* shorter than a header */
	ETP_BAD_DOFF,		/* data offset below 5 or past the end */
	ETP_BAD_CSUM,
};

bool etp_rcv_check(struct sk_buff *skb, u16 family, int iif, int sdif);
int etp_rcv(struct sk_buff *skb, const struct etp_key *key,
	    const struct etp_af_ops *af);
int etp_do_rcv(struct sock *sk, struct sk_buff *skb);
void etp_rcv_state(struct sock *sk, struct sk_buff *skb);
void etp_data_ready(struct sock *sk);

/* ---- validate.c: what a segment has to pass first ---- */

/* What becomes of a segment before the fifth step of RFC 9293 section 3.10.7.4 */
enum etp_verdict {
	ETP_PASS,		/* it goes on */
	ETP_DROP,		/* without an answer */
	ETP_OUTSIDE,		/* the window: an ACK says where we are */
	ETP_CHALLENGE,		/* RFC 5961: may be forged, an ACK finds out */
	ETP_RESET,		/* a good RST */
};

bool etp_seq_acceptable(u32 nxt, u32 wnd, u32 seq, u32 end_seq);
bool etp_ts_outdated(const struct etp_peer *peer);
bool etp_paws_reject(const struct etp_peer *peer, const struct etp_segment *seg);
enum etp_verdict etp_validate(u32 nxt, u32 wnd, const struct etp_segment *seg);
bool etp_may_answer(struct net *net, enum etp_verdict verdict,
		    const struct etp_segment *seg, u32 *last);

/* ---- rwnd.c: the window we offer, RFC 9293 section 3.8.6 ---- */
u32 etp_rwnd_select(struct sock *sk);
u32 etp_rwnd_left(const struct etp_rcv *rcv);
u16 etp_rwnd_field(struct sock *sk);
void etp_rwnd_initial(int space, u32 mss, u32 clamp, bool scaling, u32 max_space,
		      u32 *wnd, u8 *wscale);
void etp_rwnd_read(struct sock *sk, u32 copied);
void etp_rwnd_measure(struct etp_sock *es);
void etp_rwnd_grow(struct sock *sk);
void etp_rwnd_rtt(struct sock *sk, const struct etp_segment *seg);

/* ---- fsm.c: the eleven states ---- */
enum etp_event {
	ETP_EV_PASSIVE_OPEN,
	ETP_EV_ACTIVE_OPEN,
	ETP_EV_CLOSE,
	ETP_EV_RCV_SYN,
	ETP_EV_RCV_SYN_ACK,
	ETP_EV_ACK_OF_SYN,
	ETP_EV_RCV_FIN,
	ETP_EV_ACK_OF_FIN,
	ETP_EV_RCV_RST,
	ETP_EV_ABORT,
	ETP_EV_TIMEOUT,
	ETP_EVENTS
};

int etp_fsm_next(int state, enum etp_event event);
int etp_event(struct sock *sk, enum etp_event event);
int etp_node_event(const struct etp_node *node, int old, enum etp_event event);
const char *etp_state_name(int state);
const char *etp_event_name(enum etp_event event);

/* ---- ack.c: what an acknowledgment does ---- */

/* What etp_ack() found */
#define ETP_ACKED_OLD	0x01	/* below SND.UNA: a duplicate from the past */
#define ETP_ACKED_NEW	0x02	/* SND.UNA moved */
#define ETP_ACKED_WND	0x04	/* the window changed */
#define ETP_ACKED_SYN	0x08	/* our SYN was acknowledged */
#define ETP_ACKED_FIN	0x10	/* our FIN was acknowledged */
#define ETP_ACKED_BAD	0x20	/* acknowledges what was never sent, or far too old */

int etp_ack(struct sock *sk, struct sk_buff *skb);
bool etp_congested(struct sock *sk, u32 flight);

/* ---- reassembly.c: out-of-order segments and the blocks that report them ---- */
void etp_reasm_init(struct etp_reasm *reasm);
bool etp_reasm_empty(const struct etp_reasm *reasm);
bool etp_reasm_insert(struct etp_reasm *reasm, struct sk_buff *skb);
struct sk_buff *etp_reasm_pull(struct etp_reasm *reasm, u32 nxt);
void etp_reasm_purge(struct etp_reasm *reasm);
void etp_reasm_dup(struct etp_reasm *reasm, u32 start, u32 end);
void etp_reasm_dup_ahead(struct etp_reasm *reasm, u32 end);
unsigned int etp_reasm_report(const struct etp_reasm *reasm, bool dsack,
			      unsigned int most, struct etp_sack_block *blocks);
void etp_reasm_sack_trim(struct etp_reasm *reasm, u32 nxt);
bool etp_merge(struct sk_buff *to, struct sk_buff *from, bool *stolen);

/* ---- delack.c: when to acknowledge, RFC 9293 section 3.8.6.3, RFC 5681 section 4.2 ---- */
extern struct etp_ack_policy_ops etp_ack_rfc5681;
void etp_ack_inherit(struct etp_sock *es);
int etp_ack_choose(struct etp_sock *es, const char *name);
void etp_ack_mark(struct sock *sk, const struct sk_buff *skb);
void etp_ack_note(struct sock *sk, const struct sk_buff *skb);
void etp_ack_check(struct sock *sk);
void etp_ack_sent(struct sock *sk);
void etp_ack_quick(struct sock *sk, unsigned int max);

/* ---- urgent.c ---- */
void etp_urgent_rcv(struct sock *sk, struct sk_buff *skb);
int etp_urgent_read(struct sock *sk, struct msghdr *msg, int len, int flags);

/* ---- snd.c: what may go ---- */
void etp_push(struct sock *sk, bool more);
bool etp_push_one(struct sock *sk);
void etp_push_pending(struct sock *sk);
void etp_queue_fin(struct sock *sk);
int etp_split(struct sock *sk, struct sk_buff *skb, u32 len, gfp_t gfp);
void etp_free_out(struct sock *sk, struct sk_buff *skb);
u32 etp_mss_of_window(u32 mss, u32 max_wnd);
void etp_sync_mss(struct sock *sk, u32 pmtu);
u32 etp_mss_for(const struct etp_snd *snd, const struct etp_peer *peer,
		u32 pmtu, u32 net_header_len, u32 net_options_len);
u32 etp_advertised_mss(u16 user_mss, const struct dst_entry *dst,
		       const struct etp_af_ops *af);

/* What Nagle, silly-window avoidance and cork decide upon */
struct etp_may_send {
	u32	len;		/* bytes queued */
	u32	room;		/* bytes that cwnd and SND.WND leave */
	u32	mss;
	u32	gso_max;
	u32	max_wnd;
	bool	last;		/* nothing is queued behind it */
	bool	fin;		/* FIN, SYN or urgent data: goes at once */
	bool	more;		/* the program says more is coming */
	bool	nodelay;
	bool	small_in_flight;
};

u32 etp_may_send(const struct etp_may_send *q);
u64 etp_sndbuf_for(u32 cwnd, u32 init_cwnd, u32 mss);
void etp_grow_sndbuf(struct sock *sk);

/* ---- plpmtu.c: the path MTU by trial, RFC 4821 ---- */

/**
 * struct etp_suspect - a packet that does not arrive; all are sizes of packets, bytes
 * @packet: it
 * @base: where to go first
 * @floor: the least that is worth trying
 * @overhead: what is not payload
 */
struct etp_suspect {
	u32	packet;
	u32	base;
	u32	floor;
	u32	overhead;
};

/**
 * struct etp_probe_view - what decides whether a probe can go
 * @payload: of the probe, bytes
 * @mss: payload of the other segments
 * @head: bytes at hand in one piece
 * @queued: bytes not sent yet
 * @wnd: SND.WND
 * @room: bytes that it leaves
 * @cwnd: congestion window, bytes
 * @pipe: bytes that count against it
 * @reordering: segments that have to follow before one counts as lost
 * @calm: nothing is missing at either end
 */
struct etp_probe_view {
	u32	payload;
	u32	mss;
	u32	head;
	u32	queued;
	u32	wnd;
	u32	room;
	u32	cwnd;
	u32	pipe;
	u32	reordering;
	bool	calm;
};

enum etp_probe_verdict {
	ETP_PROBE_NOT,		/* go on as ever */
	ETP_PROBE_WAIT,		/* send nothing until there is room for it */
	ETP_PROBE_GO,
};

void etp_plpmtu_init(struct etp_plpmtu *p, bool on, u32 low, u32 high, u32 now);
u32 etp_plpmtu_next(const struct etp_plpmtu *p, u32 threshold);
bool etp_plpmtu_due(const struct etp_plpmtu *p, u32 interval, u32 now);
void etp_plpmtu_limit(struct etp_plpmtu *p, u32 pmtu);
void etp_plpmtu_sent(struct etp_plpmtu *p, u32 size, u32 start, u32 end);
void etp_plpmtu_passed(struct etp_plpmtu *p);
void etp_plpmtu_failed(struct etp_plpmtu *p);
void etp_plpmtu_forget(struct etp_plpmtu *p);
bool etp_plpmtu_suspect(struct etp_plpmtu *p, const struct etp_suspect *q, u32 now);
enum etp_probe_verdict etp_plpmtu_may_probe(const struct etp_probe_view *q);
u32 etp_mtu_overhead(const struct sock *sk);
void etp_mtu_begin(struct sock *sk);
void etp_mtu_timeout(struct sock *sk);
u32 etp_mtu_next(struct sock *sk);
void etp_mtu_passed(struct sock *sk);
void etp_mtu_failed(struct sock *sk);

/* Payload of the segments that begin at @seq: a probe is larger than the others. */
static inline u32 etp_piece(const struct etp_sock *es, u32 seq)
{
	if (unlikely(es->plpmtu.probe) && seq == es->plpmtu.start)
		return es->plpmtu.end - es->plpmtu.start;
	return es->snd.mss;
}

/* ---- rtxq.c: the retransmit tree ---- */
bool etp_rtx_empty(const struct sock *sk);
struct sk_buff *etp_rtx_head(const struct sock *sk);
struct sk_buff *etp_rtx_find(const struct sock *sk, u32 seq);
void etp_rtx_insert(struct sock *sk, struct sk_buff *skb);
void etp_rtx_remove(struct sock *sk, struct sk_buff *skb);
u32 etp_retransmit(struct sock *sk, u32 seq, u32 limit, enum etp_cause cause);

/* ---- xmit.c: a segment's going ---- */
void etp_wfree(struct sk_buff *skb);
bool etp_device_offloads(const struct net_device *dev);
int etp_transmit(struct sock *sk, struct sk_buff *skb, bool keep, gfp_t gfp);
int etp_send_syn(struct sock *sk);
void etp_send_ack(struct sock *sk);
void etp_send_probe(struct sock *sk);
void etp_send_rst(struct sock *sk, gfp_t gfp);

/* Type of service or traffic class of what is sent in the name of a socket; in TIME_WAIT
 * inet6_sk() would not know it any more.
 */
static inline u8 etp_tos(const struct sock *sk, u16 family)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (family == AF_INET6)
		return inet_sk(sk)->pinet6->tclass;
#endif
	return inet_sk(sk)->tos;
}

static inline u32 etp_flight(const struct etp_snd *snd)
{
	return snd->nxt - snd->una;
}

static inline u32 etp_snd_end(const struct etp_snd *snd)
{
	return snd->una + snd->wnd;
}

/* ---- meter.c: what ETP_INFO tells and nothing else needs ---- */
void etp_meter_busy(struct etp_meter *meter, enum etp_busy is, u32 now);
u64 etp_meter_busy_for(const struct etp_meter *meter, enum etp_busy what, u32 now);
void etp_meter_idle(struct etp_meter *meter, u32 pipe);
void etp_meter_sent(const struct etp_meter *meter, struct etp_tx *tx);
void etp_meter_acked(struct etp_meter *meter, const struct etp_rec_ack *ack, u64 now);
u64 etp_meter_rate(const struct etp_meter *meter);
void etp_meter_rto(struct etp_meter *meter, bool first, u64 now);
void etp_meter_rto_over(struct etp_meter *meter, u64 now);
u32 etp_meter_rto_ms(const struct etp_meter *meter, u64 now);

/* ---- timer.c ---- */
void etp_timers_init(struct sock *sk);
void etp_timers_stop(struct sock *sk);
void etp_timer_rtx(struct sock *sk, enum etp_rtx_timer which, u32 delay);
void etp_timer_rearm(struct sock *sk);
void etp_timer_policy(struct sock *sk);
void etp_timer_delack(struct sock *sk, u32 delay);
void etp_timer_keepalive(struct sock *sk, u32 delay);
void etp_release_cb(struct sock *sk);
u32 etp_keep_idle(const struct sock *sk);
u32 etp_keep_intvl(const struct sock *sk);
u32 etp_keep_probes(const struct sock *sk);
u32 etp_fin_timeout(const struct sock *sk);

/* ---- wire.c: the header and its options ---- */

enum etp_bad etp_parse(struct sk_buff *skb, struct etp_segment *seg);
void etp_parse_options(const struct tcphdr *th, struct etp_segment *seg);
unsigned int etp_write_options(__be32 *ptr, const struct etp_reply *reply,
			       const struct etp_sack_block *sack,
			       unsigned int nsack);
unsigned int etp_options_len(u8 opts, unsigned int nsack);
void etp_checksum_tx(struct sk_buff *skb, const struct etp_key *key,
		     bool offload);
bool etp_key_is_v4(const struct etp_key *key);

/* ---- reply.c: RST and ACK without a socket ---- */
void etp_reply_send(const struct etp_reply *reply, const struct etp_af_ops *af);
u32 etp_reply_priority(const struct etp_reply *reply);
void etp_reply_rst(struct net *net, struct sk_buff *skb,
		   const struct etp_key *key, const struct etp_af_ops *af);
bool etp_ratelimit(u32 *last, u32 interval);
bool etp_challenge_allowed(struct net *net);

/* ---- demux.c: the tables of connections and listeners ---- */
int etp_demux_init(void);
void etp_demux_exit(void);
u32 etp_key_hash(const struct net *net, const struct etp_key *key);
bool etp_key_equal(const struct etp_key *a, const struct etp_key *b);
int etp_node_insert(struct etp_node *node, struct etp_timewait **twp);
bool etp_node_replace(struct etp_node *old, struct etp_node *new);
bool etp_node_remove(struct etp_node *node);
bool etp_node_hashed(const struct etp_node *node);
struct etp_node *etp_lookup(struct net *net, const struct etp_key *key, int sdif);
struct sock *etp_lookup_listener(struct net *net, const struct etp_key *key,
				 int dif, int sdif, struct sk_buff *skb);
int etp_listener_insert(struct sock *sk);
void etp_listener_remove(struct sock *sk);
void etp_node_put(struct etp_node *node);

int etp_bound_dif(const struct sock *listener, const struct etp_key *key, int sdif);

/* A walk over every node, then every listener, of a network namespace */
struct etp_walk {
	u32			bucket;
	u32			skip;	/* nodes of the bucket that were seen already */
	bool			listeners;
	struct etp_node		*held;	/* what was returned last */
};

struct etp_node *etp_walk_first(struct net *net, struct etp_walk *walk);
struct etp_node *etp_walk_next(struct net *net, struct etp_walk *walk,
			       struct etp_node *node);
void etp_walk_stop(struct etp_walk *walk);

/* ---- port.c: local ports ---- */
int etp_port_init(void);
void etp_port_exit(void);
int etp_get_port(struct sock *sk, unsigned short num);
void etp_put_port(struct sock *sk);
void etp_inherit_port(struct sock *child, struct sock *parent);
int etp_connect_port(struct sock *sk);
void etp_timewait_port(struct etp_timewait *tw, struct sock *sk);
void etp_timewait_put_port(struct etp_timewait *tw);

/* ---- ipv4.c, ipv6.c ---- */
int etp_ipv4_connect(struct sock *sk, struct etp_sockaddr *addr, int len);
int etp_ipv6_connect(struct sock *sk, struct etp_sockaddr *addr, int len);
int etp_ipv4_init(void);
void etp_ipv4_exit(void);
int etp_ipv6_init(void);
void etp_ipv6_exit(void);
void etp_v4_key(struct etp_key *key, __be32 laddr, __be16 lport, __be32 raddr,
		__be16 rport, int dif);
__be32 etp_ipv6_syn_label(const struct sock *listener, const struct sk_buff *skb);
__be32 etp_ipv6_rst_label(const struct net *net, const struct sk_buff *skb);
int etp_ipv6_reflect(struct sock *sk, sockptr_t val, unsigned int len);
void etp_ipv6_inherit(struct sock *child, const struct sock *listener, int iif,
		      int hops);

/* ---- srcroute.c: the way back of a SYN with a source route, IPv4 ---- */
struct iphdr;

struct ip_options_rcu *etp_srcroute_of(const struct sk_buff *skb);
struct ip_options_rcu *etp_srcroute_copy(const struct ip_options_rcu *route);
void etp_srcroute_write(const struct ip_options_rcu *route, struct iphdr *iph);

/* ---- icmp.c: what an ICMP error does ---- */

/**
 * struct etp_icmp - what an ICMP error tells a transport
 * @seq: SEG.SEQ of the segment it is about
 * @err: positive errno, 0 when there is none
 * @hard: repeating the segment will not help, RFC 9293 section 3.9.2.2
 * @local: this host says so itself, of a neighbour that does not answer for example
 * @mtu: path MTU, 0 when the error is about something else
 * @redirect: tells of a better route
 * @info: what the message has beside type and code
 * @skb: the ICMP message, from the IP header on that it quotes; NULL: not there
 * @quoted: the header of the segment in it, the first 8 bytes at least
 */
struct etp_icmp {
	u32		seq;
	int		err;
	bool		hard;
	bool		local;
	bool		redirect;
	u32		mtu;
	u32		info;
	struct sk_buff	*skb;
	const struct tcphdr *quoted;
};

int etp_icmp_rcv(struct net *net, const struct etp_key *key, int sdif,
		 const struct etp_icmp *icmp);
bool etp_icmp_acceptable(const struct etp_snd *snd, u32 seq);
void etp_mtu_reduced(struct sock *sk, u32 mtu);

/* ---- errqueue.c: MSG_ERRQUEUE ---- */
void etp_errqueue_icmp(struct sock *sk, const struct etp_icmp *icmp);

/* ---- offload.c: segmentation where a device cannot ---- */
int etp_offload_init(void);
void etp_offload_exit(void);

/* ---- what an administrator sees ---- */
int etp_sysctl_init(struct net *net);
void etp_sysctl_exit(struct net *net);
int etp_mib_init(struct net *net);
void etp_mib_exit(struct net *net);
unsigned long etp_mib_sum(const struct net *net, unsigned int which);
int etp_proc_init(struct net *net);
void etp_proc_exit(struct net *net);

/* ---- kunit/suites.c, in a build with ETP_KUNIT ---- */
#ifdef ETP_KUNIT
void etp_kunit_init(void);
void etp_kunit_exit(void);
#else
static inline void etp_kunit_init(void) { }
static inline void etp_kunit_exit(void) { }
#endif

#endif /* _ETP_INTERNAL_H */
