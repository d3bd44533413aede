// SPDX-License-Identifier: GPL-2.0
/*
 * Explicit congestion notification, RFC 3168 section 6.1: a queue marks a packet
 * instead of dropping it (CE in the IP header), the receiver says so in each ACK
 * (ECE) until the sender answers (CWR), and the sender takes the mark for a loss.
 * May touch struct etp_ecn.  The bits of the IP header are set in xmit.c.
 */
#include "internal.h"
#include <net/inet_ecn.h>

#define ETP_ECN_SETUP	(ETP_ECE | ETP_CWR)

/**
 * etp_ecn_syn - flags of our SYN, section 6.1.1
 * @ecn: the room
 * @knob: net.etp.ecn: 1 asks, 0 and 2 do not
 *
 * Returns ETP_ECE | ETP_CWR, or 0.
 */
u8 etp_ecn_syn(struct etp_ecn *ecn, int knob)
{
	ecn->asked = knob == 1;
	return ecn->asked ? ETP_ECN_SETUP : 0;
}

/**
 * etp_ecn_agrees - does a SYN or SYN|ACK make ECN the connection's?
 * @seg: the segment
 * @knob: net.etp.ecn: 0 refuses
 *
 * Pure.  A SYN asks with both bits, a SYN|ACK agrees with one of them, and an old
 * host that sends back what it got does not.  A SYN that is marked as capable
 * itself is no proof of a path that leaves the bits alone.
 */
bool etp_ecn_agrees(const struct etp_segment *seg, int knob)
{
	u8 bits = seg->flags & ETP_ECN_SETUP;

	if (seg->flags & ETP_ACK)
		return bits == ETP_ECE;
	return knob && bits == ETP_ECN_SETUP && seg->ecn == INET_ECN_NOT_ECT;
}

/**
 * etp_ecn_data - data came in, section 6.1.3
 * @ecn: the room
 * @seg: the segment
 *
 * CWR ends the echo, and a mark on the same segment begins it anew.  Returns true
 * when the peer should hear of it at once.
 */
bool etp_ecn_data(struct etp_ecn *ecn, const struct etp_segment *seg)
{
	bool soon = seg->flags & ETP_CWR;

	if (soon)
		ecn->echo = false;
	if (seg->ecn != INET_ECN_NOT_ECT)
		ecn->seen = true;
	if (seg->ecn == INET_ECN_CE) {
		soon |= !ecn->echo;
		ecn->echo = true;
	}
	return soon;
}

/**
 * etp_ecn_out - flags that a segment takes along, sections 6.1.2 and 6.1.3
 * @ecn: the room
 * @flags: those it has
 * @fresh: it carries data for the first time
 *
 * Returns ETP_ECE, ETP_CWR, both or none.
 */
u8 etp_ecn_out(struct etp_ecn *ecn, u8 flags, bool fresh)
{
	u8 bits = 0;

	if (flags & (ETP_SYN | ETP_RST))
		return 0;
	if (ecn->echo && (flags & ETP_ACK))
		bits |= ETP_ECE;
	if (ecn->cwr && fresh) {
		bits |= ETP_CWR;
		ecn->cwr = false;
	}
	return bits;
}

/**
 * etp_ecn_reduced - the window was reduced, for whatever reason, section 6.1.2
 * @ecn: the room
 * @nxt: SND.NXT
 *
 * The next new data tells the peer (CWR), and marks of what is in flight now ask for
 * nothing more.
 */
void etp_ecn_reduced(struct etp_ecn *ecn, u32 nxt)
{
	ecn->recover = nxt;
	ecn->cwr = true;
}

/**
 * etp_ecn_echoed - the peer tells of a mark, section 6.1.2
 * @ecn: the room
 * @una: SND.UNA, after the ACK
 * @nxt: SND.NXT
 *
 * Once in a round trip: what was sent before the last answer tells nothing new.
 * Returns true when the window has to shrink.
 */
bool etp_ecn_echoed(struct etp_ecn *ecn, u32 una, u32 nxt)
{
	if (seq_leq(una, ecn->recover))
		return false;
	etp_ecn_reduced(ecn, nxt);
	return true;
}
