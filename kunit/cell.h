/* SPDX-License-Identifier: GPL-2.0 */
/* How the cell test brings a connection to a state, and looks at it there. */
#ifndef _ETP_KUNIT_CELL_H
#define _ETP_KUNIT_CELL_H

#include "cell_model.h"
#include "harness.h"

#define CELL_PEER_WND	65535
#define CELL_SPOTS	18

struct cell_ground;

/**
 * struct cell_spot - a state, and how one gets there
 * @name: what it is called
 * @place: what the model is told; the numbers come from the wire
 * @enter: from a connection that is ESTABLISHED (or not begun) to the spot
 * @passive: the connection is opened by the peer
 * @sends: bytes that are in flight
 * @rcvbuf: receive buffer of the listener, 0 for the usual
 */
struct cell_spot {
	const char		*name;
	struct cell_place	place;
	void			(*enter)(struct cell_ground *g);
	bool			passive;
	u32			sends;
	int			rcvbuf;
};

extern const struct cell_spot cell_spots[CELL_SPOTS];

/**
 * struct cell_ground - a connection at its spot
 * @w: the wire
 * @spot: where it is to be
 * @place: what the model is told
 * @iss: ISS
 * @snd_una: SND.UNA
 * @snd_nxt: SND.NXT
 * @rcv_nxt: RCV.NXT, from the newest ACK on the wire
 * @entered: the connection is there; else it has to be brought there
 * @cells: how many were tried
 * @failures: how many went wrong
 * @en: the namespace
 * @challenge_ack_limit: its knob before the test
 * @invalid_ratelimit: likewise
 */
struct cell_ground {
	struct wire		*w;
	const struct cell_spot	*spot;
	struct cell_place	place;
	u32			iss;
	u32			snd_una;
	u32			snd_nxt;
	u32			rcv_nxt;
	bool			entered;
	unsigned int		cells;
	unsigned int		failures;
	struct etp_net		*en;
	int			challenge_ack_limit;
	int			invalid_ratelimit;
};

/* What a connection is like after a segment */
struct cell_view {
	enum cell_state	state;
	bool		has_rcv;
	bool		has_snd;
	u32		rcv_nxt;
	u32		snd_una;
};

void cell_open(struct cell_ground *g);
void cell_close(struct cell_ground *g);
bool cell_enter(struct cell_ground *g);
void cell_leave(struct cell_ground *g);
void cell_settle(struct cell_ground *g);
bool cell_hurry_ack(struct cell_ground *g);
void cell_look(struct cell_ground *g, struct cell_view *now);

#endif /* _ETP_KUNIT_CELL_H */
