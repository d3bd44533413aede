/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rooms of a socket: the variables of RFC 9293 section 3.3.1 and of what came
 * after it.
 *
 * Each room has a section here, a file in net/etp/ that works on it and a KUnit
 * suite that drives it without a socket.  Sequence numbers and the variables that
 * hold them are named as in the RFC.  Two rooms, rec and cong, are in
 * net/etp_cong.h, for policies in other modules work on those.
 */
#ifndef _NET_ETP_ROOMS_H
#define _NET_ETP_ROOMS_H

#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/types.h>

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

/* ---- Room peer: what the handshake agreed ---- */

/**
 * struct etp_peer - options agreed in the handshake
 * @ts_recent: TS.Recent (RFC 7323 section 4.3)
 * @ts_recent_at: etp_seconds() when it was set
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

#endif /* _NET_ETP_ROOMS_H */
