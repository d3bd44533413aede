/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network, there and back, that loses, delays, overtakes and
 * doubles what is sent, by a seed.  It knows nothing of what it carries but the
 * sequence numbers of data.
 */
#ifndef _ETP_KUNIT_NETWORK_H
#define _ETP_KUNIT_NETWORK_H

#include "draw.h"
#include "peer.h"

#define NETWORK_ROOM	512	/* packets in the network; what finds no room is lost */

enum network_way { NETWORK_DATA, NETWORK_ACK, NETWORK_WAYS };

/**
 * struct network_style - how bad the network is; chances are per mille
 * @delay_us: one way
 * @jitter_us: up to so much more, which lets nothing overtake
 * @gap_us: time that a packet takes at the narrowest place
 * @loss: chance that a packet is lost, each way
 * @burst: chance that a burst of losses begins with a packet, each way
 * @burst_goes_on: chance that it goes on with the next one
 * @late: chance that a packet is held up and others overtake it, each way
 * @late_us: for how long at most
 * @twice: chance that a packet arrives twice, each way
 * @marks: chance that a queue marks a packet that may be (RFC 3168)
 * @doomed_from: first sequence number of data that are doomed
 * @doomed_to: the first one behind
 * @doomed: how many packets of these are lost
 * @dark_from: from here to @dark_to nothing passes, microseconds
 * @dark_to: see @dark_from
 */
struct network_style {
	u32	delay_us;
	u32	jitter_us;
	u32	gap_us;
	u32	loss[NETWORK_WAYS];
	u32	burst[NETWORK_WAYS];
	u32	burst_goes_on;
	u32	late[NETWORK_WAYS];
	u32	late_us;
	u32	twice[NETWORK_WAYS];
	u32	marks;
	u32	doomed_from;
	u32	doomed_to;
	u32	doomed;
	u64	dark_from;
	u64	dark_to;
};

/**
 * struct network_packet - what is on its way
 * @at: when it arrives, microseconds
 * @way: where it goes
 * @seg: what it is, when it goes to the peer
 * @ack: what it is, when it comes from the peer
 */
struct network_packet {
	u64	at;
	enum network_way way;
	union {
		struct peer_segment	seg;
		struct peer_ack		ack;
	};
};

/**
 * struct network - its state
 * @style: how bad it is
 * @draw: decides
 * @packet: what is on its way; who arrives first is the last
 * @n: how many
 * @last: when the last packet that was not late arrives, each way
 * @in_burst: a burst of losses goes on
 * @doomed: how many are still to be lost of what is doomed
 * @lost: how many were lost, each way
 * @late: how many were late
 * @twice: how many went twice
 */
struct network {
	struct network_style	style;
	struct draw		draw;
	struct network_packet	packet[NETWORK_ROOM];
	u32			n;
	u64			last[NETWORK_WAYS];
	bool			in_burst[NETWORK_WAYS];
	u32			doomed;
	u32			lost[NETWORK_WAYS];
	u32			late;
	u32			twice;
};

void network_init(struct network *net, const struct network_style *style, u64 seed);
bool network_send(struct network *net, const struct network_packet *packet, u64 now);
bool network_next(const struct network *net, u64 *at);
void network_take(struct network *net, struct network_packet *packet);

#endif /* _ETP_KUNIT_NETWORK_H */
