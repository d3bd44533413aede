/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Experimental Transport Protocol: the socket and what its rooms share.
 *
 * struct etp_sock is made of rooms (snd, rcv, rtt, rec, cong, peer, timers,
 * meter).
 * Each room has a section here, a file in net/etp/ that works on it and a KUnit
 * suite that drives it without a socket.  Sequence numbers and the variables
 * that hold them are named as in RFC 9293 section 3.3.1.
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

/* ---- Sequence numbers: arithmetic modulo 2^32, RFC 9293 section 3.4 ---- */

static inline bool seq_lt(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool seq_leq(u32 a, u32 b)
{
	return (s32)(a - b) <= 0;
}

#define seq_gt(a, b)	seq_lt(b, a)
#define seq_geq(a, b)	seq_leq(b, a)

/* lo <= seq <= hi, in the order in which the window runs */
static inline bool seq_between(u32 seq, u32 lo, u32 hi)
{
	return hi - lo >= seq - lo;
}

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

/* ---- A segment: what wire.c found in a header, kept in skb->cb ---- */

#define ETP_FLAGS_AT	13	/* offset of the control bits in the header */

/* etp_segment.flags and etp_tx.flags: the control bits */
#define ETP_FIN		0x01
#define ETP_SYN		0x02
#define ETP_RST		0x04
#define ETP_PSH		0x08
#define ETP_ACK		0x10
#define ETP_URG		0x20
#define ETP_ECE		0x40
#define ETP_CWR		0x80

/* etp_segment.opts: which options were there */
#define ETP_OPT_MSS	0x01
#define ETP_OPT_WSCALE	0x02
#define ETP_OPT_SACK_OK	0x04
#define ETP_OPT_TS	0x08
#define ETP_OPT_SACK	0x10

/**
 * struct etp_segment - a received segment, RFC 9293 section 3.3.1
 * @seq: SEG.SEQ
 * @end_seq: first sequence number after the segment; SYN and FIN count one each
 * @ack: SEG.ACK, meaningful when @flags has ETP_ACK
 * @tsval: TSval, when @opts has ETP_OPT_TS (RFC 7323)
 * @tsecr: TSecr, likewise
 * @iif: interface the segment came in by, for links that need a scope
 * @sdif: L3 slave it came in by, 0 when there is none (VRF)
 * @wnd: SEG.WND as it stood in the header, not scaled
 * @up: urgent pointer
 * @mss: value of the MSS option
 * @flags: ETP_FIN ... ETP_CWR
 * @opts: ETP_OPT_*
 * @wscale: shift count of the window scale option, limited to ETP_MAX_WSCALE
 * @wscale_cut: it was larger
 * @doff: length of header and options, bytes
 * @ecn: INET_ECN_* of the IP header
 * @sack_at: offset of the first SACK block in the header, bytes
 * @sack_n: number of SACK blocks
 */
struct etp_segment {
	u32	seq;
	u32	end_seq;
	u32	ack;
	u32	tsval;
	u32	tsecr;
	int	iif;
	int	sdif;
	u16	wnd;
	u16	up;
	u16	mss;
	u8	flags;
	u8	opts;
	u8	wscale;
	u8	wscale_cut;
	u8	doff;
	u8	ecn;
	u8	sack_at;
	u8	sack_n;
};

/**
 * struct etp_tx - a segment of the write queue or the retransmit tree
 * @seq: sequence number of the first byte (or of the SYN)
 * @end_seq: first sequence number after it, SYN and FIN counted
 * @sent_us: when it was last sent, etp_clock_us()
 * @order: place in etp_board.order, empty when it is not there
 * @mss: payload of each of the segments it went out as, bytes
 * @flags: control bits it carries when sent
 * @retrans: how often it was retransmitted, stops at 255
 * @eor: MSG_EOR: nothing is to be appended
 * @mark: ETP_MARK_*
 * @cause: enum etp_cause, when it is marked lost
 * @stamp_ack: the program wants to know when it is acknowledged (stamp.c)
 * @delivered: etp_meter.bytes when it was last sent
 * @idle: what is measured by it is no measure of the network (meter.c)
 * @cut: it is a piece of what went out as one
 *
 * seq, end_seq and flags stand where struct etp_segment has them or not;
 * an skb is either on its way in or on its way out, never both.
 */
struct etp_tx {
	u32	seq;
	u32	end_seq;
	u64	sent_us;
	struct list_head order;
	u32	delivered;
	u16	mss;
	u8	flags;
	u8	retrans;
	u8	eor : 1,
		idle : 1,
		stamp_ack : 1,
		cut : 1;
	u8	mark;
	u8	cause;
};

/* etp_tx.mark: what the scoreboard knows of a segment */
#define ETP_MARK_SACKED		0x1
#define ETP_MARK_LOST		0x2
#define ETP_MARK_RETRANS	0x4	/* went again since it was last found lost */

static inline struct etp_segment *etp_seg(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct etp_segment) > sizeof(skb->cb));
	return (struct etp_segment *)skb->cb;
}

static inline struct etp_tx *etp_tx(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct etp_tx) > sizeof(skb->cb));
	return (struct etp_tx *)skb->cb;
}

static inline struct sk_buff *etp_tx_skb(const struct etp_tx *tx)
{
	return (struct sk_buff *)((u8 *)tx - offsetof(struct sk_buff, cb));
}

/* The header is TCP's, byte for byte. */
static inline struct tcphdr *etp_hdr(const struct sk_buff *skb)
{
	return (struct tcphdr *)skb_transport_header(skb);
}

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

/* ---- Room snd: RFC 9293 section 3.3.1, the send sequence variables ---- */

/* etp_snd.nagle */
#define ETP_NAGLE_OFF	0x1	/* ETP_NODELAY */
#define ETP_NAGLE_CORK	0x2	/* ETP_CORK */
#define ETP_NAGLE_PUSH	0x4	/* cork lifted for what is queued now */

/**
 * struct etp_snd - the sending side
 * @una: SND.UNA, oldest unacknowledged sequence number
 * @nxt: SND.NXT, next sequence number to send for the first time
 * @wnd: SND.WND, window the peer offers, bytes, scaled
 * @wl1: SND.WL1, SEG.SEQ of the last window update
 * @wl2: SND.WL2, SEG.ACK of the last window update
 * @up: SND.UP, first sequence number after the urgent data
 * @iss: ISS
 * @syn_ts: TSval of our first SYN, in an active open
 * @max_wnd: largest window ever offered, for silly-window avoidance
 * @write_seq: sequence number the next byte the program writes will have
 * @push_seq: end of the data last marked PSH
 * @small_end: end of the last segment sent below a full one (Minshall)
 * @mss: payload of a full segment (Eff.snd.MSS less options), bytes
 * @mss_clamp: what the peer's MSS option and the program's MAXSEG allow, bytes
 * @user_mss: ETP_MAXSEG, 0 when not set
 * @pmtu: path MTU @mss was computed from, bytes
 * @pmtu_pending: path MTU an ICMP error told while the program held the socket
 * @gso_max: largest payload of one skb, bytes, a multiple of @mss
 * @wscale: shift for the windows the peer offers (RFC 7323)
 * @nagle: ETP_NAGLE_*
 * @urgent: true while SND.UP is ahead of SND.UNA
 * @burst: the ACK that is being dealt with releases data up to @burst_end
 * @burst_end: first sequence number that has to wait for another
 * @limited_end: SND.NXT when the congestion window was last used up
 * @last_sent: jiffies of the last data segment
 * @bytes_acked: payload acknowledged, and SYN and FIN, as kernel TCP counts
 * @bytes_sent: payload sent, retransmissions included
 * @bytes_retrans: payload retransmitted
 * @segs_out: segments sent
 * @data_segs_out: segments with payload sent
 * @total_retrans: segments retransmitted
 * @notsent_lowat: ETP_NOTSENT_LOWAT, bytes, 0 when not set
 */
struct etp_snd {
	u32	una;
	u32	nxt;
	u32	wnd;
	u32	wl1;
	u32	wl2;
	u32	up;
	u32	iss;
	u32	syn_ts;
	u32	max_wnd;
	u32	write_seq;
	u32	push_seq;
	u32	small_end;
	u16	mss;
	u16	mss_clamp;
	u16	user_mss;
	u32	pmtu;
	u32	pmtu_pending;
	u32	gso_max;
	u8	wscale;
	u8	nagle;
	bool	urgent;
	bool	burst;
	u32	burst_end;
	u32	limited_end;
	u32	last_sent;
	u64	bytes_acked;
	u64	bytes_sent;
	u64	bytes_retrans;
	u32	segs_out;
	u32	data_segs_out;
	u32	total_retrans;
	u32	notsent_lowat;
};

/**
 * struct etp_plpmtu - search for the path MTU, RFC 4821; sizes of IP packets, bytes
 * @low: search_low: gets through
 * @high: search_high: nothing larger does
 * @probe: size of the probe that is in flight, 0: none
 * @start: sequence number of the probe
 * @end: the first one behind it
 * @began: jiffies when the search began
 * @on: @low is the limit of what is sent, and larger sizes are tried
 */
struct etp_plpmtu {
	u32	low;
	u32	high;
	u32	probe;
	u32	start;
	u32	end;
	u32	began;
	bool	on;
};

/* ---- Room rcv: the receive sequence variables, reassembly, the window ---- */

/**
 * struct etp_reasm - segments that arrived ahead of RCV.NXT
 * @root: tree of skbs ordered by etp_segment.seq, without overlaps
 * @last: rightmost skb, NULL when the tree is empty
 * @sack: blocks to report, the one with the newest segment first
 * @dsack: bytes that came twice, for the next ACK (RFC 2883)
 * @nsack: how many of @sack are valid
 * @dup: @dsack is valid
 */
struct etp_reasm {
	struct rb_root		root;
	struct sk_buff		*last;
	struct etp_sack_block	sack[ETP_MAX_SACKS];
	struct etp_sack_block	dsack;
	u8			nsack;
	bool			dup;
};

/**
 * struct etp_rcv - the receiving side
 * @nxt: RCV.NXT
 * @wnd: RCV.WND as last advertised, counted from @wup, bytes
 * @wup: RCV.NXT when the window was last advertised
 * @irs: IRS
 * @copied: sequence number of the next byte the program reads
 * @up: RCV.UP, sequence number of the urgent byte
 * @mss: estimate of the peer's segment size, bytes
 * @advmss: MSS we advertised
 * @wnd_clamp: upper limit of the window, bytes
 * @user_clamp: ETP_WINDOW_CLAMP, 0 when not set
 * @wscale: shift for the windows we advertise
 * @urg: 0, or ETP_URG_* with the urgent byte in the low bits
 * @fin: RCV.NXT is past the peer's FIN
 * @tell_inq: ETP_INQ: each read says how much is left
 * @reasm: out-of-order segments
 * @unacked: bytes received and not yet acknowledged
 * @quick: acknowledge that many segments without delay
 * @pingpong: the program answers what it reads: ACKs can ride on data
 * @ack_now: an ACK is due as soon as the segment is dealt with
 * @delack: an ACK is due when the delayed-ACK timer fires
 * @ato: current delay of a delayed ACK, jiffies
 * @last_data: jiffies when data last came in
 * @last_ack_sent: jiffies when an ACK was last sent
 * @oow_at: jiffies of the last answer to a segment outside the window
 * @space: bytes the program read per round trip, for the buffer's growth
 * @space_seq: @copied when the current measurement began
 * @space_us: etp_clock_us() when it began
 * @rtt_us: receiver's own estimate of the round trip, 0 while unknown
 * @rtt_seq: the estimate ends when this sequence number arrives
 * @rtt_at: etp_clock_us() when that estimate began
 * @bytes_received: payload accepted in order, and FIN, as kernel TCP counts
 * @segs_in: segments received
 * @data_segs_in: segments with payload received
 * @ooo_segs: segments that came out of order
 */
struct etp_rcv {
	u32	nxt;
	u32	wnd;
	u32	wup;
	u32	irs;
	u32	copied;
	u32	up;
	u16	mss;
	u16	advmss;
	u32	wnd_clamp;
	u32	user_clamp;
	u8	wscale;
	u16	urg;
	u8	fin : 1,
		tell_inq : 1,
		pingpong : 1,
		ack_now : 1,
		delack : 1;
	u8	quick;
	u32	unacked;
	u32	ato;
	u32	last_data;
	u32	last_ack_sent;
	u32	oow_at;
	u32	space;
	u32	space_seq;
	u64	space_us;
	u32	rtt_us;
	u32	rtt_seq;
	u64	rtt_at;
	u64	bytes_received;
	u32	segs_in;
	u32	data_segs_in;
	u32	ooo_segs;
	struct etp_reasm reasm;
};

/* etp_rcv.urg */
#define ETP_URG_VALID	0x100	/* the byte is there to be read */
#define ETP_URG_NOTYET	0x200	/* announced, not arrived */
#define ETP_URG_READ	0x400	/* read already */

/* ---- Room rtt: RFC 6298 ---- */

/**
 * struct etp_rtt - round-trip estimator
 * @srtt: SRTT, microseconds times 8; 0 before the first measurement
 * @rttvar: RTTVAR, microseconds times 4
 * @min_us: smallest measurement, microseconds, ~0 before the first
 * @rto: current time-out before back-off, jiffies
 * @rto_min: lower limit, jiffies
 * @rto_max: upper limit, jiffies
 * @backoff: how often the time-out has doubled
 */
struct etp_rtt {
	u32	srtt;
	u32	rttvar;
	u32	min_us;
	u32	rto;
	u32	rto_min;
	u32	rto_max;
	u8	backoff;
};

/* ---- Room rec: loss recovery; struct etp_rec is in net/etp_cong.h ---- */

/* ---- Room peer: what the handshake agreed ---- */

/**
 * struct etp_peer - options agreed in the handshake
 * @ts_recent: TS.Recent (RFC 7323 section 4.3)
 * @ts_recent_at: ktime_get_seconds() when it was set
 * @ts_offset: added to the clock in the timestamps we send
 * @mss: the peer's MSS option, or the default
 * @ts_ok: both ends sent the timestamps option
 * @sack_ok: both ends sent SACK-permitted
 * @wscale_ok: both ends sent window scale
 * @ecn_ok: both ends want ECN (RFC 3168 section 6.1.1)
 */
struct etp_peer {
	u32	ts_recent;
	u32	ts_recent_at;
	u32	ts_offset;
	u16	mss;
	u8	ts_ok : 1,
		sack_ok : 1,
		wscale_ok : 1,
		ecn_ok : 1;
};

/* ---- Room ecn: RFC 3168 ---- */

/**
 * struct etp_ecn - explicit congestion notification, when both ends agreed
 * @asked: our SYN asked for it
 * @echo: a mark came in: ACKs say ECE until the peer says CWR
 * @cwr: the next new data say CWR
 * @seen: the peer's data are marked as capable
 * @recover: SND.NXT when the window was last reduced for a mark
 * @delivered_ce: segments acknowledged by ACKs with ECE
 */
struct etp_ecn {
	bool	asked;
	bool	echo;
	bool	cwr;
	bool	seen;
	u32	recover;
	u32	delivered_ce;
};

/* ---- Room meter: what ETP_INFO tells and nothing else needs ---- */

/* What the sender waits for */
enum etp_busy {
	ETP_BUSY_NOT,		/* for the program: nothing is queued or in flight */
	ETP_BUSY_NET,		/* for ACKs */
	ETP_BUSY_RWND,		/* for the peer's window */
	ETP_BUSY_SNDBUF,	/* for the program, whom a small send buffer holds up */
	ETP_BUSY_KINDS
};

/**
 * struct etp_meter - measures and counts
 * @busy: enum etp_busy
 * @rate_idle: the sample is of a time when there was little to send
 * @busy_since: etp_jiffies() when @busy became so
 * @busy_for: jiffies spent so before, for each kind but the first
 * @segs: segments that arrived at the peer, retransmissions too
 * @bytes: sequence numbers that did, modulo 2^32
 * @idle_until: what was sent before @bytes passes it went while there was little to
 *	send; 0: none of that is out
 * @rate_bytes: the newest sample of the rate of delivery: so many bytes
 * @rate_us: in so many microseconds, 0: none yet
 * @rehash: how often another path was tried after a time-out
 * @ce: segments received that the network had marked
 * @rtos: time-outs
 * @rto_recoveries: series of time-outs for the same data
 * @rto_since: etp_clock_us() of the first time-out of a series that is not over, or 0
 * @rto_us: microseconds that the series which are over took
 */
struct etp_meter {
	u8	busy;
	bool	rate_idle;
	u16	rtos;
	u16	rto_recoveries;
	u32	busy_since;
	u32	busy_for[ETP_BUSY_KINDS - 1];
	u32	segs;
	u32	bytes;
	u32	idle_until;
	u32	rate_bytes;
	u32	rate_us;
	u32	rehash;
	u32	ce;
	u64	rto_since;
	u64	rto_us;
};

/* ---- Room timers ---- */

enum etp_rtx_timer {
	ETP_TIMER_NONE,
	ETP_TIMER_RTO,		/* something is in flight */
	ETP_TIMER_PERSIST,	/* the window is shut and there is data */
	ETP_TIMER_POLICY,	/* the recovery policy's own, before the RTO */
};

/**
 * struct etp_timers - timers of a socket
 * @rtx: retransmission or zero-window probe, see @rtx_is
 * @delack: delayed ACK
 * @probed_at: etp_clock_us() of the first probe of a window that has been shut ever
 *	since, 0 when it is open
 * @rto_at: jiffies when the RTO ends, whatever comes before
 * @deferred: ETP_DEFER_*: fired while the program held the socket
 * @rtx_is: enum etp_rtx_timer
 * @probes: zero-window or keep-alive probes without an answer
 * @syn_retries: ETP_SYNCNT, 0 for the sysctl
 * @keep_probes: ETP_KEEPCNT, 0 for the sysctl
 * @keep_idle: ETP_KEEPIDLE, jiffies, 0 for the sysctl
 * @keep_intvl: ETP_KEEPINTVL, jiffies, 0 for the sysctl
 * @linger2: ETP_LINGER2, jiffies; 0: the sysctl, negative: none at all
 * @user_timeout: ETP_USER_TIMEOUT, milliseconds, 0: none (RFC 5482)
 * @defer_accept: ETP_DEFER_ACCEPT, seconds
 * @last_rcv: jiffies when anything last came in
 *
 * sk->sk_timer serves keep-alive and the FIN_WAIT_2 time-out.
 */
struct etp_timers {
	struct timer_list	rtx;
	struct timer_list	delack;
	u64			probed_at;
	unsigned long		rto_at;
	unsigned long		deferred;
	u8			rtx_is;
	u8			probes;
	u8			syn_retries;
	u8			keep_probes;
	u32			keep_idle;
	u32			keep_intvl;
	int			linger2;
	u32			user_timeout;
	u32			defer_accept;
	u32			last_rcv;
};

/* Bits of etp_timers.deferred: what release_sock() still has to do */
enum {
	ETP_DEFER_RTX,
	ETP_DEFER_DELACK,
	ETP_DEFER_KEEP,
	ETP_DEFER_MTU,
	ETP_DEFER_ACK,
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

/* ---- Counters (mib.c), shown in /proc/net/etp_stat ---- */

#define ETP_MIB_LIST(X)			\
	X(ActiveOpens)			\
	X(PassiveOpens)			\
	X(AttemptFails)			\
	X(EstabResets)			\
	X(InSegs)			\
	X(OutSegs)			\
	X(RetransSegs)			\
	X(InErrs)			\
	X(OutRsts)			\
	X(InCsumErrors)			\
	X(ListenOverflows)		\
	X(ListenDrops)			\
	X(EmbryonicRsts)		\
	X(TW)				\
	X(TWRecycled)			\
	X(TimeWaitOverflow)		\
	X(DelayedACKs)			\
	X(HPHits)			\
	X(HPAcks)			\
	X(PureAcks)			\
	X(FastRetrans)			\
	X(SlowStartRetrans)		\
	X(Timeouts)			\
	X(TimeoutRehash)		\
	X(ReqRetrans)			\
	X(AbortOnData)			\
	X(AbortOnClose)			\
	X(AbortOnTimeout)		\
	X(AbortOnLinger)		\
	X(AbortOnMemory)		\
	X(AbortFailed)			\
	X(OFOQueue)			\
	X(OFODrop)			\
	X(OFOMerge)			\
	X(RcvQDrop)			\
	X(BacklogDrop)			\
	X(RcvCoalesce)			\
	X(DSACKOldSent)			\
	X(DSACKOfoSent)			\
	X(PAWSActive)			\
	X(PAWSEstab)			\
	X(ChallengeACK)			\
	X(SYNChallenge)			\
	X(ACKSkipped)			\
	X(OutOfWindow)			\
	X(MinTTLDrop)			\
	X(KeepAlive)			\
	X(ZeroWindowProbes)		\
	X(ToZeroWindowAdv)		\
	X(FromZeroWindowAdv)		\
	X(WantZeroWindowAdv)		\
	X(LockDroppedIcmps)		\
	X(OutOfWindowIcmps)		\
	X(MemoryPressures)		\
	X(SynRetrans)			\
	X(RenoRecovery)			\
	X(SackRecovery)			\
	X(LimitedTransmit)		\
	X(LostRetransmit)		\
	X(RetransFail)			\
	X(SACKDiscard)			\
	X(SACKReneging)			\
	X(SACKReorder)			\
	X(DSACKRecv)			\
	X(DSACKIgnored)			\
	X(TSUndo)			\
	X(DSACKUndo)			\
	X(SpuriousRTOs)			\
	X(LossProbes)			\
	X(LossProbeRecovery)		\
	X(MTUPFail)			\
	X(MTUPSuccess)			\
	X(EcnOpens)			\
	X(EcnMarked)			\
	X(EcnReduced)			\
	X(WindowScaleCut)		\
	X(NoRoute)

#define ETP_MIB_ENUM(name)	ETP_MIB_##name,
enum { ETP_MIB_LIST(ETP_MIB_ENUM) ETP_MIB_MAX };

struct etp_mib {
	unsigned long	count[ETP_MIB_MAX];
};

#define ETP_ADD(net, name, n)	\
	this_cpu_add(etp_net(net)->mib->count[ETP_MIB_##name], n)
#define ETP_INC(net, name)	ETP_ADD(net, name, 1)

/* ---- The clock ---- */

/* Microseconds, the one clock of RTT samples and timestamps; and jiffies, the one of
 * timers.  Tests may hold both (kunit/clock.c).
 */
#ifdef ETP_KUNIT
u64 etp_clock_us(void);
unsigned long etp_now(void);
#else
static inline u64 etp_clock_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

static inline unsigned long etp_now(void)
{
	return jiffies;
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
