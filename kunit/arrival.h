/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arrivals: segments of a stream, lost, out of order, doubled, and cut otherwise each
 * time, come to a socket.  What it answers, and what its program reads, is compared with
 * a map of the bytes that have come.  A seed decides.  Numbers count from the
 * peer's initial sequence number and never wrap.
 */
#ifndef _ETP_KUNIT_ARRIVAL_H
#define _ETP_KUNIT_ARRIVAL_H

#include "draw.h"
#include "harness.h"

#define ARRIVAL_MOST	4096U	/* numbers, SYN and FIN counted */
#define ARRIVAL_HELD	8U	/* segments that the network holds back */

/**
 * struct arrival_style - what a seed decides
 * @total: bytes
 * @fin: a FIN comes behind them
 * @most: bytes of a segment, at most
 * @sack: the peer sent SACK-permitted
 * @ts: and timestamps
 * @ecn: and agrees to ECN
 * @rmem: receive buffer, bytes
 * @loss: chance that a segment is lost, per mille
 * @again: chance that one is a repetition
 * @hold: chance that one is held back
 * @reads: chance that the program reads after an arrival
 */
struct arrival_style {
	u32	total;
	bool	fin;
	u32	most;
	bool	sack;
	bool	ts;
	bool	ecn;
	u32	rmem;
	u32	loss;
	u32	again;
	u32	hold;
	u32	reads;
};

/* A segment; FIN counts in @end */
struct arrival_segment {
	u32	seq;
	u32	end;
	bool	fin;
	u32	tsval;
	bool	ce;
	bool	cwr;
};

/**
 * struct arrival - a stream that arrives, and what its receiver must know by now
 * @w: the wire
 * @seed: what decides
 * @style: what it decided
 * @draw: decides on
 * @tell: print what happens
 * @now: microseconds
 * @sent: first number the peer has not sent
 * @held: segments that the network holds back
 * @nheld: how many
 * @got: numbers that have come
 * @before: the same before the last segment
 * @nxt: RCV.NXT
 * @edge: the right edge of the windows that were offered
 * @acked: the last ACK seen
 * @ts_recent: TS.Recent
 * @echo: ACKs say ECE
 * @ofo_drop: counter of that name
 * @queue_drop: likewise
 * @dropped: there was no memory for the last segment
 * @steps: how many things happened
 * @why: what went wrong, empty: nothing
 */
struct arrival {
	struct wire		*w;
	u32			seed;
	struct arrival_style	style;
	struct draw		draw;
	bool			tell;
	u64			now;
	u32			sent;
	struct arrival_segment	held[ARRIVAL_HELD];
	u32			nheld;
	DECLARE_BITMAP(got, ARRIVAL_MOST);
	DECLARE_BITMAP(before, ARRIVAL_MOST);
	u32			nxt;
	u32			edge;
	u32			acked;
	u32			ts_recent;
	bool			echo;
	unsigned long		ofo_drop;
	unsigned long		queue_drop;
	bool			dropped;
	u32			steps;
	char			why[200];
};

void arrival_run(struct arrival *a, u32 seed);

/* arrival_check.c */
__printf(2, 3) void arrival_broken(struct arrival *a, const char *fmt, ...);
u32 arrival_end(const struct arrival *a);
void arrival_model(struct arrival *a, const struct arrival_segment *s);
void arrival_check(struct arrival *a, const struct arrival_segment *s);

#endif /* _ETP_KUNIT_ARRIVAL_H */
