/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A peer that only receives, written from RFC 9293, 5681, 2018, 2883, 7323 and 3168
 * and sharing nothing with net/etp/: numbers here never wrap, for they count from the
 * sender's initial sequence number, as a script's do (harness.h).
 */
#ifndef _ETP_KUNIT_PEER_H
#define _ETP_KUNIT_PEER_H

#include <linux/types.h>

#define PEER_EARLY	64	/* ranges behind gaps that it can hold */
#define PEER_BLOCKS	4

/**
 * struct peer_style - which kind of TCP it is
 * @mss: its MSS option
 * @wscale: its window scale
 * @buffer: receive buffer, bytes
 * @every: so many segments in order bring an ACK at once (RFC 5681: 2 at most; who
 *	joins segments before TCP sees them has more)
 * @delack_us: how long an ACK may wait for that
 * @sack: RFC 2018
 * @dsack: RFC 2883
 * @ts: RFC 7323
 * @ecn: RFC 3168
 * @read_most: bytes the program takes at a time, 0: whatever there is, at once
 * @read_us: how often it does
 */
struct peer_style {
	u16	mss;
	u8	wscale;
	u32	buffer;
	u32	every;
	u32	delack_us;
	bool	sack;
	bool	dsack;
	bool	ts;
	bool	ecn;
	u32	read_most;
	u32	read_us;
};

/* A segment on its way to the peer; FIN counts in @end */
struct peer_segment {
	u32	seq;
	u32	end;
	bool	fin;
	u32	tsval;
	bool	ect;
	bool	ce;
	bool	cwr;
};

/* One of its ACKs; @wnd as it stands in the header */
struct peer_ack {
	u32	ack;
	u32	wnd;
	u32	tsecr;
	bool	ece;
	bool	dsack;		/* the first block is one */
	u8	nblocks;
	struct {
		u32	start;
		u32	end;
	} block[PEER_BLOCKS];
};

/**
 * struct peer_range - bytes behind a gap
 * @start: the first
 * @end: the first after them
 * @stamp: the larger, the later something was added
 */
struct peer_range {
	u32	start;
	u32	end;
	u32	stamp;
};

/**
 * struct peer - its state
 * @style: what it can do
 * @nxt: RCV.NXT
 * @read: the next byte its program reads
 * @edge: the right edge of the window it has offered, which never comes back
 * @fin_seq: sequence number of the FIN, 0: not seen
 * @early: what lies behind gaps, upwards, none touching another
 * @nearly: how many
 * @stamp: of the last addition
 * @dup: bytes that came twice, to be told by the next ACK
 * @has_dup: there are
 * @ts_recent: TS.Recent
 * @last_ack: Last.ACK.sent
 * @ece: a mark came in and no CWR since
 * @waiting: segments without an ACK
 * @ack_at: when the delayed ACK goes, microseconds, 0: none waits
 * @read_at: when the program reads, microseconds, 0: when something is there
 * @beyond: bytes that came from beyond the window
 * @outdated: segments that RFC 7323 section 5 had it drop
 */
struct peer {
	struct peer_style style;
	u32	nxt;
	u32	read;
	u32	edge;
	u32	fin_seq;
	struct peer_range early[PEER_EARLY];
	u32	nearly;
	u32	stamp;
	struct peer_range dup;
	bool	has_dup;
	u32	ts_recent;
	u32	last_ack;
	bool	ece;
	u32	waiting;
	u64	ack_at;
	u64	read_at;
	u32	beyond;
	u32	outdated;
};

void peer_init(struct peer *p, const struct peer_style *style);
bool peer_take(struct peer *p, const struct peer_segment *s, u64 now);
bool peer_reads(struct peer *p, u64 now);
void peer_answer(struct peer *p, struct peer_ack *ack);
void peer_renege(struct peer *p);

#endif /* _ETP_KUNIT_PEER_H */
