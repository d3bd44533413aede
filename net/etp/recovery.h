/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The doors between the files that find out what was lost and how fast to send: one
 * section a file, from the measurement to the windows.  What modules of others may
 * see of it is in <net/etp_cong.h>.  internal.h includes this.
 */
#ifndef _ETP_RECOVERY_H
#define _ETP_RECOVERY_H

#include <net/etp.h>

/* ---- rtt.c: RFC 6298 ---- */
void etp_rtt_init(struct etp_rtt *rtt);
void etp_rtt_sample(struct etp_rtt *rtt, u32 rtt_us);
u32 etp_rtt_rto(const struct etp_rtt *rtt);
void etp_rtt_backoff(struct etp_rtt *rtt);

/* ---- scoreboard.c: what is known of segments in flight, RFC 2018, RFC 6675 ---- */

/**
 * struct etp_sack_clock - what the time has to do with an ACK
 * @now: etp_clock_us()
 * @echo_us: when what its timestamp echoes was sent, to the millisecond; 0 when
 *	that is not known
 * @min_rtt_us: smallest round trip, microseconds
 */
struct etp_sack_clock {
	u64	now;
	u64	echo_us;
	u32	min_rtt_us;
};

void etp_board_init(struct etp_board *board,
		    int (*split)(struct etp_board *, struct sk_buff *, u32), u32 una);
void etp_board_add(struct etp_board *board, struct sk_buff *skb);
void etp_board_cut(struct etp_board *board, struct sk_buff *skb,
		   struct sk_buff *rest);
void etp_board_del(struct etp_board *board, struct sk_buff *skb);
void etp_board_sent(struct etp_board *board, struct sk_buff *skb);
void etp_board_delivered(const struct etp_board *board, const struct etp_tx *tx,
			 const struct etp_sack_clock *clock,
			 struct etp_rec_ack *ack);
void etp_board_count_segs(const struct etp_board *board, const struct etp_tx *tx,
			  u32 end, struct etp_rec_ack *ack);
void etp_board_advance(struct etp_board *board, u32 una,
		       const struct etp_sack_clock *clock, struct etp_rec_ack *ack);
unsigned int etp_board_sack(struct etp_board *board, struct etp_sack_block *block,
			    unsigned int n, u32 cum, u32 nxt,
			    const struct etp_sack_clock *clock,
			    struct etp_rec_ack *ack);
u32 etp_board_lost(struct etp_board *board, struct sk_buff *skb, enum etp_cause cause);
u32 etp_board_lost_range(struct etp_board *board, u32 start, u32 end,
			 enum etp_cause cause, bool again);
u32 etp_board_lost_all(struct etp_board *board, enum etp_cause cause);
struct sk_buff *etp_board_next(struct etp_board *board);
u32 etp_board_edge(const struct etp_board *board, u32 mss);
bool etp_board_fresh(const struct etp_board *board, u32 from, u32 *seq);
bool etp_board_last(const struct etp_board *board, u32 *seq);
void etp_board_forget(struct etp_board *board);
bool etp_board_reneged(struct etp_board *board);
void etp_board_unlose(struct etp_board *board);

/* ---- recovery.c: what is lost, and what is done about it ---- */
void etp_rec_inherit(struct etp_rec *rec, const struct net *net);
void etp_rec_init(struct sock *sk);
void etp_rec_start(struct sock *sk, u32 una);
void etp_rec_established(struct sock *sk);
void etp_rec_stop(struct etp_rec *rec);
void etp_rec_release(struct etp_rec *rec);
void etp_rec_view(struct sock *sk);
void etp_rec_ack(struct sock *sk, const struct etp_rec_ack *ack);
void etp_rec_timeout(struct sock *sk);
u32 etp_rec_pipe(const struct etp_rec *rec, const struct etp_snd *snd);
bool etp_rec_resend(struct sock *sk, u32 room);
void etp_rec_sent(struct sock *sk, const struct sk_buff *skb, bool again);
void etp_rec_lost_all(struct sock *sk, enum etp_cause cause);

bool etp_rec_extra(struct sock *sk);
void etp_rec_expired(struct sock *sk);

/* ---- frto.c: RFC 5682 ---- */

/**
 * struct etp_frto_ack - an ACK after a time-out
 * @advances: SND.UNA moved
 * @all: beyond all that was in flight then
 * @orig: data arrived that was in flight then and went only once
 * @unsent: there is new data, and the peer's window has room for it
 * @sack: the connection has SACK
 */
struct etp_frto_ack {
	bool	advances;
	bool	all;
	bool	orig;
	bool	unsent;
	bool	sack;
};

void etp_frto_begin(struct etp_frto *frto, bool first);
bool etp_frto_holds(const struct etp_frto *frto);
bool etp_frto_ack(struct etp_frto *frto, const struct etp_frto_ack *ack);

/* ---- undo.c: RFC 3522, RFC 3708 ---- */
void etp_undo_begin(struct etp_undo *undo, u32 una, u32 earlier);
void etp_undo_never(struct etp_undo *undo);
void etp_undo_sent(struct etp_undo *undo, u32 len, u32 tsval);
bool etp_undo_dsack(struct etp_undo *undo, const struct etp_sack_block *dsack);
bool etp_undo_eifel(const struct etp_undo *undo, u32 echo);
bool etp_undo_all(const struct etp_undo *undo);

/* ---- prr.c: RFC 6937 ---- */

/**
 * struct etp_prr - proportional rate reduction
 * @flight: RecoverFS
 * @delivered: prr_delivered
 * @out: prr_out
 *
 * All in bytes.
 */
struct etp_prr {
	u32	flight;
	u32	delivered;
	u32	out;
};

void etp_prr_begin(struct etp_prr *prr, u32 flight);
u32 etp_prr_cwnd(struct etp_prr *prr, u32 delivered, u32 pipe, u32 ssthresh, u32 mss);

/* ---- policy.c and rec_*.c: the policies of loss recovery ---- */
extern struct etp_recovery_ops etp_rec_newreno;
extern struct etp_recovery_ops etp_rec_rack;
extern struct etp_recovery_ops etp_rec_reno;
extern struct etp_recovery_ops etp_rec_sack;
int etp_rec_register(void);
void etp_rec_unregister(void);
int etp_rec_choose(struct sock *sk, const char *name);
void etp_rec_settle(struct etp_rec *rec);

/* ---- registry.c: what can be replaced, by name ---- */
bool etp_policy_hold(const struct etp_policy *policy);
void etp_policy_put(const struct etp_policy *policy);
struct etp_policy *etp_registry_get(enum etp_role role, const char *name);
const struct etp_policy *etp_registry_default(const struct net *net, enum etp_role role);
const struct etp_policy *etp_registry_inherit(const struct net *net, enum etp_role role,
					      const struct etp_policy *old);
int etp_registry_set_default(struct net *net, enum etp_role role, const char *name);
void etp_registry_net_exit(struct net *net);
void etp_registry_names(enum etp_role role, char *buf, size_t size);
int etp_registry_show(enum etp_role role, int write, void *buffer, size_t *lenp,
		      loff_t *ppos);
int etp_registry_choose(struct net *net, enum etp_role role, int write, void *buffer,
			size_t *lenp, loff_t *ppos);

/* ---- cong.c and reno.c: RFC 5681 section 3.1 ---- */
extern struct etp_cong_ops etp_reno;
int etp_cong_register(void);
void etp_cong_unregister(void);
void etp_cong_inherit(struct etp_cong *cong, const struct net *net);
void etp_cong_windows(struct etp_cong *cong, u32 mss, u32 init_cwnd);
void etp_cong_init(struct etp_cong *cong, u32 mss, u32 init_cwnd);
void etp_cong_stop(struct etp_cong *cong);
void etp_cong_release(struct etp_cong *cong);
int etp_cong_choose(struct etp_cong *cong, const char *name);
void etp_cong_mss(struct etp_cong *cong, u32 mss);
void etp_cong_keep_segs(struct etp_cong *cong, u32 was);
void etp_cong_idle(struct etp_cong *cong, u32 init_cwnd);

/**
 * struct etp_cong_ack - an ACK of new data
 * @acked: bytes acknowledged
 * @flight: bytes that were in flight before it
 * @packet: bytes of the largest packet that it alone acknowledges whole, 0: none
 * @rtt_us: the round trip it tells, microseconds, 0: none
 * @now_us: when it came, etp_clock_us()
 * @marked: it says ECE, on a connection with ECN
 * @timed_out: the first since a time-out, or a later one while data of then is missing
 */
struct etp_cong_ack {
	u32	acked;
	u32	flight;
	u32	packet;
	u32	rtt_us;
	u64	now_us;
	bool	marked;
	bool	timed_out;
};

void etp_cong_view(struct etp_cong *cong, const struct etp_rtt *rtt,
		   const struct etp_cong_ack *ack);
void etp_cong_acked(struct etp_cong *cong, u32 acked);
void etp_cong_loss(struct etp_cong *cong, u32 flight);
void etp_cong_timeout(struct etp_cong *cong, u32 flight, bool again);
void etp_cong_mark(struct etp_cong *cong, u32 flight);
void etp_cong_recovered(struct etp_cong *cong);
void etp_cong_undo(struct etp_cong *cong);

/* ---- ecn.c: RFC 3168 ---- */
u8 etp_ecn_syn(struct etp_ecn *ecn, int knob);
bool etp_ecn_agrees(const struct etp_segment *seg, int knob);
bool etp_ecn_data(struct etp_ecn *ecn, const struct etp_segment *seg);
u8 etp_ecn_out(struct etp_ecn *ecn, u8 flags, bool fresh);
void etp_ecn_reduced(struct etp_ecn *ecn, u32 nxt);
bool etp_ecn_echoed(struct etp_ecn *ecn, u32 una, u32 nxt);

#endif /* _ETP_RECOVERY_H */
