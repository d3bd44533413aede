/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Experimental Transport Protocol: what can be replaced while it runs.
 *
 * A module that includes this header, and nothing else of ETP's, can offer a
 * congestion control or a policy of loss recovery.  The first sees struct etp_cong,
 * which holds the windows and what an ACK told, the second struct etp_rec besides;
 * neither sees anything else of the socket, so it can be read, replaced and tested
 * alone.  A policy of acknowledgment sees struct etp_ack_view.  samples/ has one of
 * each kind to copy.
 */
#ifndef _NET_ETP_CONG_H
#define _NET_ETP_CONG_H

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <uapi/linux/etp.h>

/* ---- What every replaceable part begins with ---- */

/**
 * struct etp_policy - the name of a replaceable part, and whose it is
 * @name: what socket options and sysctls know it by; letters, digits, "_", "-"
 * @owner: the module, held by each socket and each namespace that uses the part
 * @list: the registry's
 *
 * First member of each operations structure.
 */
struct etp_policy {
	char			name[ETP_CA_NAME_MAX];
	struct module		*owner;
	struct list_head	list;
};

#define ETP_POLICY(n)	{ .name = (n), .owner = THIS_MODULE }

enum etp_role {
	ETP_ROLE_CONG,		/* struct etp_cong_ops */
	ETP_ROLE_RECOVERY,	/* struct etp_recovery_ops */
	ETP_ROLE_ACK,		/* struct etp_ack_policy_ops */
	ETP_ROLES
};

/* Below, each kind of part is offered and taken back by functions of its own.  Process
 * context.  To offer one returns 0, -EINVAL without the required calls or with a name
 * that is none, or -EEXIST when the name is taken; a part stays in place until it is
 * taken back, which may sleep, and connections that use it hold its module.
 */
int etp_registry_add(enum etp_role role, struct etp_policy *policy);
void etp_registry_del(struct etp_policy *policy);

/* ---- Congestion control ---- */

struct etp_cong;

/**
 * enum etp_cong_event - what a congestion control may want to know
 * @ETP_CONG_LOSS: a loss was noticed, and @ssthresh was asked; cwnd is about to
 *	follow
 * @ETP_CONG_TIMEOUT: the retransmission timer expired; cwnd is one segment
 * @ETP_CONG_MARK: the network marked a segment (ECN); cwnd follows @ssthresh
 * @ETP_CONG_RECOVERED: what was lost has been acknowledged
 * @ETP_CONG_UNDO: the loss was none; cwnd and ssthresh are as before it
 * @ETP_CONG_RESTART: sending begins again after an idle time-out
 */
enum etp_cong_event {
	ETP_CONG_LOSS,
	ETP_CONG_TIMEOUT,
	ETP_CONG_MARK,
	ETP_CONG_RECOVERED,
	ETP_CONG_UNDO,
	ETP_CONG_RESTART,
};

/**
 * struct etp_cong_ops - a congestion control
 * @policy: its name, and its module
 * @init: a connection begins to use it, with windows set already; also on a live
 *	connection that used another.  The private area is zero
 * @release: it stops using it
 * @acked: @acked bytes of new data were acknowledged while nothing is missing, or
 *	after a time-out: grow the window
 * @ssthresh: a loss or a mark with @flight bytes in the network: returns the
 *	threshold, bytes
 * @sample: any ACK of new data, in recovery too, before @acked; for
 *	controls that follow the round trip
 * @event: see enum etp_cong_event
 *
 * All calls are made with the socket locked, in softirq or process context, and
 * must not sleep.  Only @acked and @ssthresh are required.
 */
struct etp_cong_ops {
	struct etp_policy policy;
	void	(*init)(struct etp_cong *cong);
	void	(*release)(struct etp_cong *cong);
	void	(*acked)(struct etp_cong *cong, u32 acked);
	u32	(*ssthresh)(struct etp_cong *cong, u32 flight);
	void	(*sample)(struct etp_cong *cong, u32 acked);
	void	(*event)(struct etp_cong *cong, enum etp_cong_event event);
};

/**
 * struct etp_cong - congestion state of a connection, RFC 5681
 * @ops: who decides
 * @cwnd: congestion window, bytes; a control may write it
 * @ssthresh: slow start threshold, bytes; a control may write it
 * @acked: bytes acknowledged since the window last grew in avoidance; a control
 *	may write it
 * @mss: SMSS, bytes
 * @limit: what one ACK may add in slow start, bytes (RFC 3465's L)
 * @flight: bytes that were in flight when the ACK came
 * @rtt_us: the newest round trip, microseconds, 0 when this ACK brought none
 * @srtt_us: smoothed round trip, microseconds, 0 while unknown
 * @min_rtt_us: the shortest round trip, microseconds, ~0 while unknown
 * @cwnd_limited: the last flight used up the window (RFC 7661)
 * @marked: the ACK tells of a mark (RFC 3168's ECE)
 * @reduced: the window was reduced for a mark, and the flight of then is still out
 * @live: @ops were told that the connection began
 * @now_us: when the ACK came, microseconds of a monotonic clock
 * @prior_cwnd: @cwnd before the last loss, for an undo
 * @prior_ssthresh: @ssthresh before it
 * @priv: private to @ops
 *
 * Windows are in bytes, and whole segments are sent.  All but what a control may
 * write is for reading.
 */
struct etp_cong {
	const struct etp_cong_ops *ops;
	u32	cwnd;
	u32	ssthresh;
	u32	acked;
	u32	mss;
	u32	limit;
	u32	flight;
	u32	rtt_us;
	u32	srtt_us;
	u32	min_rtt_us;
	bool	cwnd_limited;
	bool	marked;
	bool	reduced;
	bool	live;
	u64	now_us;
	u32	prior_cwnd;
	u32	prior_ssthresh;
	u64	priv[12];
};

#define ETP_SSTHRESH_INF	0x7fffffffU

static inline bool etp_in_slow_start(const struct etp_cong *cong)
{
	return cong->cwnd < cong->ssthresh;
}

/* The private area; the build checks that it is large enough. */
#define etp_cong_priv(cong, type)					\
({									\
	BUILD_BUG_ON(sizeof(type) > sizeof((cong)->priv));		\
	(type *)(cong)->priv;						\
})

u32 etp_slow_start(struct etp_cong *cong, u32 acked);

static inline int etp_register_congestion_control(struct etp_cong_ops *ops)
{
	if (!ops->acked || !ops->ssthresh)
		return -EINVAL;
	return etp_registry_add(ETP_ROLE_CONG, &ops->policy);
}

static inline void etp_unregister_congestion_control(struct etp_cong_ops *ops)
{
	etp_registry_del(&ops->policy);
}

/* ---- Loss recovery ---- */

struct sk_buff;

/* Why something counts as lost, and goes out once more */
enum etp_cause {
	ETP_CAUSE_NONE,
	ETP_CAUSE_DUPACK,	/* three duplicate ACKs, RFC 5681 section 3.2 */
	ETP_CAUSE_PARTIAL,	/* an ACK in recovery fell short, RFC 6582 */
	ETP_CAUSE_TIMEOUT,	/* the retransmission timer, RFC 6298 (5) */
	ETP_CAUSE_MTU,		/* it was too big for the path, RFC 1191 */
	ETP_CAUSE_SACK,		/* enough was SACKed above it, RFC 6675 */
	ETP_CAUSE_RESCUE,	/* RFC 6675's rules 3 and 4: it may be lost */
	ETP_CAUSE_RACK,		/* what was sent later has arrived, RFC 8985 */
	ETP_CAUSE_PROBE,	/* tail loss probe, RFC 8985 */
};

/**
 * struct etp_sack_block - one SACK block, RFC 2018
 * @start: left edge
 * @end: right edge, the first sequence number after it
 */
struct etp_sack_block {
	u32	start;
	u32	end;
};

#define ETP_MAX_SACKS	4

/**
 * struct etp_board - the scoreboard: what is known about segments in flight
 * @root: sent and not acknowledged, by sequence number
 * @order: those that may still arrive (not SACKed, not lost since they were last
 *	sent), by the time they were sent
 * @split: cuts a segment after so many bytes; 0 or a negative errno
 * @una: SND.UNA; what lies below it in the first segment counts nowhere
 * @high: end of the highest data SACKed, at least @una
 * @sacked: bytes SACKed
 * @lost: bytes lost, sent again since or not
 * @retrans: bytes sent again, and not lost since
 * @todo: bytes lost and not sent again yet
 * @hint: no segment below it waits to be sent again
 * @seen: what the last ACK's blocks have marked, so that blocks which only grow
 *	cost nothing
 * @nseen: how many of @seen are valid
 *
 * A policy reads @high, @sacked, @lost, @retrans and @todo and leaves the rest to
 * scoreboard.c.
 */
struct etp_board {
	struct rb_root		root;
	struct list_head	order;
	int			(*split)(struct etp_board *board,
					 struct sk_buff *skb, u32 len);
	u32			una;
	u32			high;
	u32			sacked;
	u32			lost;
	u32			retrans;
	u32			todo;
	u32			hint;
	struct etp_sack_block	seen[ETP_MAX_SACKS];
	u8			nseen;
};

/**
 * struct etp_rec_ack - what an ACK brought
 * @acked: bytes by which SND.UNA moved
 * @sacked: bytes SACKed for the first time
 * @delivered: bytes of which is known since this ACK that they arrived
 * @segs: in how many segments
 * @dup: a duplicate ACK: RFC 5681 section 2 without SACK, RFC 6675 section 2 with
 * @reordered: what arrived was never sent again, and more recent data arrived
 *	before
 * @sent_us: when the most recently sent of the segments that arrived was sent, 0
 *	when none is to be trusted
 * @end_seq: end of that segment
 * @rtt_us: how long that took
 * @before: how many bytes had been delivered when it was sent, modulo 2^32
 * @idle: it was sent when there was little to send
 * @orig: the lowest end of a segment that arrived and was never sent again
 * @has_orig: there was one
 * @has_dsack: the peer got something twice, RFC 2883
 * @dsack: what
 * @echo: TSecr, when @has_echo
 * @has_echo: the ACK carried a timestamp
 */
struct etp_rec_ack {
	u32			acked;
	u32			sacked;
	u32			delivered;
	u32			segs;
	bool			dup;
	bool			reordered;
	bool			has_orig;
	bool			has_dsack;
	bool			has_echo;
	bool			idle;
	u64			sent_us;
	u32			end_seq;
	u32			rtt_us;
	u32			before;
	u32			orig;
	struct etp_sack_block	dsack;
	u32			echo;
};

/**
 * struct etp_frto - is the time-out a false one? RFC 5682
 * @step: 0, or the step of section 3.1 that the next ACK is for
 */
struct etp_frto {
	u8	step;
};

/**
 * struct etp_undo - what a recovery changed, to be taken back if it was for nothing
 * @marked: a recovery has begun that may be undone
 * @any: something was sent again since
 * @blind: something that was sent again before was in the network still
 * @marker: SND.UNA when it began
 * @retrans: bytes sent again that no D-SACK has reported yet
 * @stamp: TSval of the first retransmission (RFC 3522's RetransmitTS)
 */
struct etp_undo {
	bool	marked;
	bool	any;
	bool	blind;
	u32	marker;
	u32	retrans;
	u32	stamp;
};

struct etp_rec;

/* What etp_rec_walk() is to do with a segment and after it */
enum etp_walk_verdict {
	ETP_WALK_ON,
	ETP_WALK_LOST,		/* mark it lost, and go on */
	ETP_WALK_STOP,
};

/**
 * struct etp_rec_seg - a segment that may still arrive
 * @seq: its first sequence number
 * @end_seq: the first one after it
 * @sent_us: when it was last sent, microseconds
 * @retrans: it was sent more than once
 */
struct etp_rec_seg {
	u32	seq;
	u32	end_seq;
	u64	sent_us;
	bool	retrans;
};

/**
 * struct etp_recovery_ops - a policy of loss recovery
 * @policy: its name, and its module
 * @sack: needs a peer that sends SACK blocks (RFC 2018); others get newreno
 * @init: a connection begins to use it, perhaps in the midst of a recovery
 * @release: it stops using it
 * @acked: an ACK came: mark what is lost, begin or end a recovery, set the window
 * @sent: a segment went, for the first time or @again; @len counts SYN and FIN
 * @next: nothing that is lost waits, nor does new data, and the window leaves room: is
 *	there something that should go again nevertheless?  Sets @seq and returns true,
 *	or returns false
 * @timeout: the retransmission timer expired: mark what is lost; without it, all
 * @restart: the engine took marks back, at a time-out or because a retransmission
 *	was for nothing; windows and state are set
 * @timer: microseconds after which it wants @expired called unless another ACK
 *	comes or another segment goes before; 0: not at all
 * @expired: that time has passed: mark what is lost, or set @rec->probe
 *
 * All calls are made with the socket locked, in softirq or process context, and
 * must not sleep.  Only @acked is required.  A policy never sends: what
 * it marks lost is sent again as soon as the window permits.
 */
struct etp_recovery_ops {
	struct etp_policy policy;
	bool		sack;
	void		(*init)(struct etp_rec *rec);
	void		(*release)(struct etp_rec *rec);
	void		(*acked)(struct etp_rec *rec, const struct etp_rec_ack *ack);
	void		(*sent)(struct etp_rec *rec, u32 seq, u32 len, bool again);
	bool		(*next)(struct etp_rec *rec, u32 *seq);
	void		(*timeout)(struct etp_rec *rec);
	void		(*restart)(struct etp_rec *rec);
	u32		(*timer)(struct etp_rec *rec);
	void		(*expired)(struct etp_rec *rec);
};

#define ETP_REC_PRIV	16
#define ETP_REORDERING_MAX	300U	/* segments, as kernel TCP's */
#define ETP_DUPTHRESH	3U	/* DupThresh, RFC 5681 and RFC 6675 */

/**
 * struct etp_rec - loss recovery of a connection
 * @ops: the policy
 * @chosen: the one that was asked for; differs when the peer sends no SACK
 * @cong: windows, whose cwnd and ssthresh a policy sets
 * @state: enum etp_ca_state
 * @retransmits: time-outs in a row without progress
 * @sack: the peer sends SACK blocks
 * @probe: set by a policy: send a segment, new or the last, whatever the window
 * @force: set by a policy: send what is lost by one segment whatever the window
 * @live: @ops were told that the connection began
 * @repaired: set by a policy: a probe turned out to have repaired a loss
 * @hold_rto: set by a policy: this ACK does not restart the retransmission timer
 * @reordering: greatest distance seen, in segments, by which data overtook other
 *	data; at least 3
 * @dupacks: duplicate ACKs in a row
 * @limited: bytes that may go beyond the window, RFC 3042
 * @limit_seq: SND.NXT when the first of these duplicates came
 * @recover: SND.NXT when the loss was noticed (RFC 6582's "recover", RFC 6675's
 *	RecoveryPoint)
 * @una: SND.UNA
 * @nxt: SND.NXT
 * @wnd: SND.WND
 * @unsent: bytes written and not sent that fit the peer's window
 * @now_us: the clock
 * @srtt_us: SRTT, microseconds, 0 before the first measurement
 * @min_rtt_us: smallest round trip, microseconds
 * @mtu_probe: bytes of the probe of the path MTU that begins at @una, 0: there is none
 * @spared: the threshold to go back to after a recovery that has only such a probe to
 *	repair, 0: of any other
 * @retrans_at: etp_clock_us() when the oldest byte went, which was sent again since
 *	(or would have been); 0 when nothing was
 * @lost_from: the lowest sequence number found lost since the engine last looked
 * @lost_events: bytes found lost since the engine last looked
 * @lost_again: retransmissions found lost since then
 * @cause: enum etp_cause of the last of them
 * @frto: detection of false time-outs
 * @board: the scoreboard
 * @undo: what can be taken back
 * @dsacks: bytes that the peer reported as duplicates
 * @reord_seen: how often reordering was seen
 * @priv: private to @ops
 *
 * From @una to @mtu_probe it is a view that the engine refreshes before each call.
 */
struct etp_rec {
	const struct etp_recovery_ops *ops;
	const struct etp_recovery_ops *chosen;
	struct etp_cong	*cong;
	u8		state;
	u8		retransmits;
	u8		sack : 1,
			probe : 1,
			live : 1,
			repaired : 1,
			hold_rto : 1;
	u8		force;
	u32		reordering;
	u32		dupacks;
	u32		limited;
	u32		limit_seq;
	u32		recover;
	u32		una;
	u32		nxt;
	u32		wnd;
	u32		unsent;
	u64		now_us;
	u32		srtt_us;
	u32		min_rtt_us;
	u32		mtu_probe;
	u32		spared;
	u64		retrans_at;
	u32		lost_from;
	u32		lost_events;
	u32		lost_again;
	u8		cause;
	struct etp_frto	frto;
	struct etp_board board;
	struct etp_undo	undo;
	u32		dsacks;
	u32		reord_seen;
	u64		priv[ETP_REC_PRIV];
};

/* What a policy may call; the contracts are in recovery.c. */
u32 etp_rec_in_flight(const struct etp_rec *rec);
u32 etp_rec_mark_lost(struct etp_rec *rec, u32 start, u32 end, enum etp_cause cause,
		      bool again);
void etp_rec_walk(struct etp_rec *rec, enum etp_cause cause,
		  enum etp_walk_verdict (*fn)(struct etp_rec *rec,
					      const struct etp_rec_seg *seg,
					      void *arg), void *arg);
void etp_rec_limited(struct etp_rec *rec);
void etp_rec_enter(struct etp_rec *rec, u32 flight);
void etp_rec_leave(struct etp_rec *rec);

static inline int etp_register_recovery(struct etp_recovery_ops *ops)
{
	return ops->acked ? etp_registry_add(ETP_ROLE_RECOVERY, &ops->policy) : -EINVAL;
}

static inline void etp_unregister_recovery(struct etp_recovery_ops *ops)
{
	etp_registry_del(&ops->policy);
}

/* The private area; the build checks that it is large enough. */
#define etp_rec_priv(rec, type)						\
({									\
	BUILD_BUG_ON(sizeof(type) > sizeof((rec)->priv));		\
	(type *)(rec)->priv;						\
})

/* ---- Acknowledgment policy ---- */

/**
 * struct etp_ack_view - what a policy may know when data came in
 * @waiting: bytes received and not acknowledged
 * @mss: the peer's segments, as far as is known, bytes
 * @wnd: the window that is offered, bytes
 * @gap: jiffies between the last two segments with data
 * @delay: what the policy's delay returned last, jiffies; 0: the connection begins
 * @quick: segments still to be acknowledged at once
 * @early: data wait for what is missing before them
 * @answering: the program answers what it reads, so an ACK may ride on data
 * @useful: more than a segment waits, and an ACK now would not shrink the window
 */
struct etp_ack_view {
	u32	waiting;
	u32	mss;
	u32	wnd;
	u32	gap;
	u32	delay;
	u8	quick;
	bool	early;
	bool	answering;
	bool	useful;
};

/**
 * struct etp_ack_policy_ops - when to acknowledge
 * @policy: its name, and its module
 * @now: a segment has been dealt with: acknowledge at once?
 * @delay: how long an ACK may wait for company, jiffies; kept between 1/25 and 1/5 s
 *	(MUST-40)
 * @quick: a connection begins, or the sender seems to be in need: how many segments
 *	shall be acknowledged at once; 2 to 16
 *
 * All three are required, and pure: what is to be remembered is in the view.  They
 * are called with the socket locked, in softirq or process context.
 */
struct etp_ack_policy_ops {
	struct etp_policy policy;
	bool	(*now)(const struct etp_ack_view *view);
	u32	(*delay)(const struct etp_ack_view *view);
	u32	(*quick)(const struct etp_ack_view *view);
};

static inline int etp_register_ack_policy(struct etp_ack_policy_ops *ops)
{
	if (!ops->now || !ops->delay || !ops->quick)
		return -EINVAL;
	return etp_registry_add(ETP_ROLE_ACK, &ops->policy);
}

static inline void etp_unregister_ack_policy(struct etp_ack_policy_ops *ops)
{
	etp_registry_del(&ops->policy);
}

#endif /* _NET_ETP_CONG_H */
