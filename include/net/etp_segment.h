/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A segment: sequence numbers, and what is known of it while it is on its way in
 * or out.  Nothing here knows of a socket.
 */
#ifndef _NET_ETP_SEGMENT_H
#define _NET_ETP_SEGMENT_H

#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

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

#endif /* _NET_ETP_SEGMENT_H */
