/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A transfer: a program writes into a socket, whose segments go over a network
 * (network.h) to a peer (peer.h), whose ACKs come back.  A seed decides what the program,
 * the network and the peer are like; the clock is held (harness.h), so that it runs at once and in
 * the same way each time.  After each event everything is checked that must hold
 * then (transfer_check.c).
 */
#ifndef _ETP_KUNIT_TRANSFER_H
#define _ETP_KUNIT_TRANSFER_H

#include "harness.h"
#include "network.h"
#include "peer.h"

#define TRANSFER_MOST	12288U		/* bytes, SYN and FIN counted */

/* What the network does; a seed's is its number modulo how many there are */
#define TRANSFER_WEATHER(X)		\
	X(CLEAN, "clean")		\
	X(SOME, "some loss")		\
	X(MUCH, "much loss")		\
	X(BURSTS, "bursts of loss")	\
	X(TAIL, "the tail lost")	\
	X(FIRST, "the first window lost")	\
	X(ACKS, "ACKs lost")		\
	X(LATE, "reordering")		\
	X(TWICE, "duplicates")		\
	X(DARK, "nothing for a while")	\
	X(MARKS, "marks")		\
	X(ALL, "everything")

#define TRANSFER_ENUM(name, text)	WEATHER_##name,
enum transfer_weather { TRANSFER_WEATHER(TRANSFER_ENUM) WEATHERS };

/**
 * struct transfer_style - what a seed decides
 * @weather: what the network does
 * @total: bytes
 * @chunk: bytes that the program writes at a time
 * @chunk_us: how long it waits before it writes again, at most
 * @fin: then it closes
 * @nodelay: ETP_NODELAY
 * @renege: the peer once throws away what lies behind gaps
 * @iss: our initial sequence number
 * @irs: the peer's
 * @peer: what the peer is like
 * @network: what the network is like
 */
struct transfer_style {
	enum transfer_weather	weather;
	u32			total;
	u32			chunk;
	u32			chunk_us;
	bool			fin;
	bool			nodelay;
	bool			renege;
	u32			iss;
	u32			irs;
	struct peer_style	peer;
	struct network_style	network;
};

/* What happens next */
enum transfer_event {
	TRANSFER_OPEN,
	TRANSFER_ARRIVES,	/* data at the peer */
	TRANSFER_ACKED,		/* an ACK here */
	TRANSFER_RTX,
	TRANSFER_DELACK,
	TRANSFER_PEER_ACKS,
	TRANSFER_PEER_READS,
	TRANSFER_WRITES,
	TRANSFER_SILENCE,
};

/* Our counters that are compared with what was seen */
#define TRANSFER_COUNTERS(X)	\
	X(OutSegs)		\
	X(RetransSegs)		\
	X(Timeouts)		\
	X(FastRetrans)		\
	X(SlowStartRetrans)	\
	X(LossProbes)		\
	X(LostRetransmit)	\
	X(ZeroWindowProbes)	\
	X(SACKDiscard)		\
	X(SACKReneging)		\
	X(DSACKRecv)		\
	X(SpuriousRTOs)		\
	X(TSUndo)		\
	X(DSACKUndo)		\
	X(RetransFail)

#define TRANSFER_COUNTER(name)	COUNT_##name,
enum { TRANSFER_COUNTERS(TRANSFER_COUNTER) COUNTS };

/**
 * struct transfer - a transfer and what was seen of it
 * @w: the wire
 * @watch: sees what goes
 * @policy: the recovery policy
 * @seed: what decides
 * @style: what it decided
 * @draw: decides on
 * @peer: the peer
 * @network: the network
 * @tell: print what happens
 * @now: microseconds
 * @write_at: when the program writes next, 0: it has written all
 * @event: what happens at the moment
 * @steps: how many things happened
 * @state: etp_rec.state before the event
 * @cwnd: the window before it
 * @acked: by how much it moved SND.UNA
 * @beyond: a segment has gone beyond the window since the last one
 * @rtx_was: etp_timers.rtx_is when the timer fired
 * @rtx_at: the date of the timer when it was last looked at
 * @rtx_on: it was set then
 * @edge: right edge of the windows that we were told of
 * @max_wnd: the largest of these windows
 * @una: SND.UNA by the ACKs that came in
 * @high: first sequence number never sent
 * @told: bytes of which SACK blocks have told
 * @reneged: the peer did it, so that these need not be true
 * @first_ms: when each number was first sent, milliseconds
 * @longest_ms: no round trip can have been longer
 * @segs: segments seen
 * @data_segs: of these, with payload
 * @again: of these, sent before
 * @bytes: payload
 * @bytes_again: payload sent before
 * @acks: ACKs that came in
 * @dsacks: of these, with a D-SACK block, and not too old
 * @timeouts: how often the RTO ended
 * @progress_at: when data last went or SND.UNA last moved, microseconds
 * @rto_at: etp_timers.rto_at when it was last looked at
 * @patience: the RTO when that was set, jiffies
 * @probes_again: segments that went again as probes
 * @count: counters before
 * @why: what went wrong, empty: nothing
 */
struct transfer {
	struct wire		*w;
	struct wire_watch	watch;
	const char		*policy;
	u32			seed;
	struct transfer_style	style;
	struct draw		draw;
	struct peer		peer;
	struct network		network;
	bool			tell;
	u64			now;
	u64			write_at;
	enum transfer_event	event;
	u32			steps;
	u8			state;
	u32			cwnd;
	u32			acked;
	bool			beyond;
	u8			rtx_was;
	unsigned long		rtx_at;
	bool			rtx_on;
	u32			edge;
	u32			max_wnd;
	u32			una;
	u32			high;
	unsigned long		told[BITS_TO_LONGS(TRANSFER_MOST)];
	bool			reneged;
	u32			first_ms[TRANSFER_MOST];
	u32			longest_ms;
	u32			segs;
	u32			data_segs;
	u32			again;
	u32			bytes;
	u32			bytes_again;
	u32			acks;
	u32			dsacks;
	u32			timeouts;
	u64			progress_at;
	unsigned long		rto_at;
	u32			patience;
	u32			probes_again;
	unsigned long		count[COUNTS];
	char			why[200];
};

/* transfer_style.c */
void transfer_style(struct transfer_style *style, u32 seed, const char *policy);
const char *transfer_weather_name(enum transfer_weather weather);

/* transfer.c */
void transfer_run(struct transfer *t, const char *policy, u32 seed);
__printf(2, 3) void transfer_broken(struct transfer *t, const char *fmt, ...);
u32 transfer_end(const struct transfer *t);

/* transfer_check.c */
void transfer_count(unsigned long count[COUNTS]);
void transfer_sent(struct wire_watch *watch, struct sock *sk, const struct wire_segment *s);
void transfer_check(struct transfer *t);
void transfer_check_timeout(struct transfer *t, u32 rto, u32 segs);
void transfer_check_end(struct transfer *t);
void transfer_check_freed(struct transfer *t);

#endif /* _ETP_KUNIT_TRANSFER_H */
