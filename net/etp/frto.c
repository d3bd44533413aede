// SPDX-License-Identifier: GPL-2.0
/*
 * F-RTO, RFC 5682: was a time-out a false one?  After it, one segment goes again;
 * when the first ACK then moves SND.UNA, two new segments go instead of the next lost
 * ones, and if the second ACK moves it as well, nothing was lost.
 * May touch struct etp_frto and nothing else.
 */
#include "internal.h"

enum { FRTO_OFF, FRTO_FIRST_ACK, FRTO_SECOND_ACK };

/**
 * etp_frto_begin - the retransmission timer expired, step 1
 * @frto: the state
 * @first: the first time-out for this data, and not within a recovery
 */
void etp_frto_begin(struct etp_frto *frto, bool first)
{
	frto->step = first ? FRTO_FIRST_ACK : FRTO_OFF;
}

/**
 * etp_frto_holds - is new data to go rather than what is marked lost?
 * @frto: the state
 */
bool etp_frto_holds(const struct etp_frto *frto)
{
	return frto->step == FRTO_SECOND_ACK;
}

/* Section 2.1 step 2: the first ACK after the retransmission */
static bool etp_frto_first(struct etp_frto *frto, const struct etp_frto_ack *ack)
{
	/* With SACK the retransmission's own duplicates tell nothing (3.1). */
	if (!ack->advances) {
		if (!ack->sack)
			frto->step = FRTO_OFF;
		return false;
	}
	frto->step = ack->all || !ack->unsent ? FRTO_OFF : FRTO_SECOND_ACK;
	return false;
}

/**
 * etp_frto_ack - an ACK comes after a time-out
 * @frto: the state
 * @ack: what it says
 *
 * Returns true when the time-out was a false one.
 */
bool etp_frto_ack(struct etp_frto *frto, const struct etp_frto_ack *ack)
{
	bool spurious;

	if (frto->step == FRTO_OFF)
		return false;
	/* Section 3.1: data that went once and before the time-out has arrived
	 * since.  Without SACK it may have been there before.
	 */
	if (ack->sack && ack->orig && !ack->all) {
		frto->step = FRTO_OFF;
		return true;
	}
	if (frto->step == FRTO_FIRST_ACK)
		return etp_frto_first(frto, ack);
	/* step 3 */
	spurious = ack->advances && !ack->sack;
	frto->step = FRTO_OFF;
	return spurious;
}
