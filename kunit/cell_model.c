// SPDX-License-Identifier: GPL-2.0
/*
 * The model behind the cell test: see cell_model.h.  Each step carries the number
 * of its section.  Where ETP does something else on purpose the row says
 * DEVIATION and why; these are
 *
 *  1. LISTEN drops SYN|FIN, and the text of a SYN: nothing is kept for a peer that
 *     has not proved its address; kernel TCP does so.
 *  2. SYN-RECEIVED after LISTEN answers the SYN again with SYN|ACK, for it was
 *     lost, and a new SYN in the window with a challenge ACK (RFC 5961 section
 *     4.2: whatever its number) where RFC 9293 returns to LISTEN: one forged SYN
 *     would end the connection.
 *  3. A segment without text at the right edge of the window passes: who has
 *     filled our window sends his ACKs from there.  Kernel TCP does so.
 *  4. FIN is taken one number past the window, after text that fills it: it needs
 *     no room, and some senders think so.  Kernel TCP does so.
 *  5. The small objects (TIME-WAIT, an orphan's FIN-WAIT-2) take any old ACK: there
 *     is nothing left that could be forged into.
 *  6. An orphan's FIN-WAIT-2 keeps no FIN that comes early: it is acknowledged as
 *     a duplicate and will come again.
 *  7. SYN-SENT leaves the text of a SYN without ACK to its retransmission.
 */
#include "cell_model.h"
#include <linux/minmax.h>

#define COUNT(what, name)	((what)->count[CELL_##name]++)

static s64 seg_len(const struct cell_segment *seg)
{
	return seg->len + seg->syn + seg->fin;
}

static struct cell_outcome ignored(const struct cell_place *place, const char *why)
{
	struct cell_outcome what = { .why = why, .state = place->state };

	return what;
}

static struct cell_outcome answered(const struct cell_place *place, const char *why)
{
	struct cell_outcome what = ignored(place, why);

	what.reply = CELL_ACK;
	return what;
}

static struct cell_outcome challenged(const struct cell_place *place,
				      const char *why)
{
	struct cell_outcome what = answered(place, why);

	COUNT(&what, ChallengeACK);
	return what;
}

static struct cell_outcome syn_challenged(const struct cell_place *place)
{
	struct cell_outcome what = challenged(place, "RFC 5961 4.2");

	COUNT(&what, SYNChallenge);
	return what;
}

/* 3.5.2, groups 1 and 2 */
static struct cell_outcome refused(const struct cell_place *place,
				   const struct cell_segment *seg, const char *why)
{
	struct cell_outcome what = ignored(place, why);

	if (seg->rst)
		return what;
	what.reply = seg->ack ? CELL_RST : CELL_RST_ACK;
	COUNT(&what, OutRsts);
	return what;
}

/* 3.10.7.2 */
static struct cell_outcome in_listen(const struct cell_place *place,
				     const struct cell_segment *seg)
{
	struct cell_outcome what;

	if (seg->rst)
		return ignored(place, "3.10.7.2 first");
	if (seg->ack)
		return refused(place, seg, "3.10.7.2 second");
	if (!seg->syn)
		return ignored(place, "3.10.7.2 fourth");
	if (seg->fin)
		return ignored(place, "DEVIATION 1");
	what = ignored(place, "3.10.7.2 third");
	what.state = CELL_SYN_RECEIVED;
	what.reply = CELL_SYN_ACK;
	what.taken = seg->seq + 1;
	what.processed = true;
	return what;
}

/* 3.10.7.3; here SEG.SEQ counts from a base of the test's choice */
static struct cell_outcome in_syn_sent(const struct cell_place *place,
				       const struct cell_segment *seg)
{
	struct cell_outcome what;

	if (seg->ack && (seg->ackno <= 0 || seg->ackno > place->flight))
		return refused(place, seg, "3.10.7.3 first");
	if (seg->rst && !seg->ack)
		return ignored(place, "3.10.7.3 second");
	if (seg->rst) {
		what = ignored(place, "3.10.7.3 second");
		what.state = CELL_CLOSED;
		COUNT(&what, AttemptFails);
		return what;
	}
	if (!seg->syn)
		return ignored(place, "3.10.7.3 fifth");
	what = ignored(place, "3.10.7.3 fourth");
	what.processed = true;
	what.taken = seg->seq + 1;
	if (!seg->ack) {			/* DEVIATION 7 */
		what.state = CELL_SYN_RECEIVED;
		what.reply = CELL_SYN_ACK;
		return what;
	}
	what.state = CELL_ESTABLISHED;
	what.reply = CELL_ACK;
	what.acked = seg->ackno;
	/* "if there are other controls or text ... continue at the sixth step" */
	what.taken += seg->len;
	if (seg->fin) {
		what.taken++;
		what.state = CELL_CLOSE_WAIT;
	}
	return what;
}

/* 3.10.7.4 first: table 6, its rows, and what is let past it */
static bool acceptable(const struct cell_place *place, const struct cell_segment *seg)
{
	s64 first = seg->seq, last = seg->seq + seg_len(seg) - 1;

	if (seg_len(seg) == 0 && place->wnd == 0)
		return first == 0;
	if (seg_len(seg) == 0)			/* DEVIATION 3 */
		return first >= 0 &&
		       (first < place->wnd || (first == place->wnd && !seg->rst));
	/* "special allowance should be made to accept valid ACKs, URGs and RSTs" */
	if (place->wnd == 0)
		return first == 0;
	return (first >= 0 && first < place->wnd) ||
	       (last >= 0 && last < place->wnd);
}

/* 3.10.7.4 second, RFC 5961 section 3.2 */
static struct cell_outcome reset(const struct cell_place *place,
				 const struct cell_segment *seg)
{
	struct cell_outcome what;

	if (seg->seq != 0)
		return challenged(place, "RFC 5961 3.2");
	what = ignored(place, "3.10.7.4 second");
	what.state = CELL_CLOSED;
	/* RFC 4022: which of them are failures */
	if (place->state == CELL_SYN_RECEIVED)
		COUNT(&what, AttemptFails);
	if (place->state == CELL_ESTABLISHED || place->state == CELL_CLOSE_WAIT)
		COUNT(&what, EstabResets);
	return what;
}

/* 3.10.7.4 fifth for SYN-RECEIVED */
static bool syn_received(const struct cell_place *place,
			 const struct cell_segment *seg, struct cell_outcome *what)
{
	if (seg->ackno <= 0 || seg->ackno > place->flight) {
		*what = refused(place, seg, "3.10.7.4 fifth, SYN-RECEIVED");
		return false;
	}
	what->state = CELL_ESTABLISHED;
	if (place->passive)
		COUNT(what, PassiveOpens);
	return true;
}

/* 3.10.7.4 fifth.  False: the segment goes no further. */
static bool ack_field(const struct cell_place *place, const struct cell_segment *seg,
		      struct cell_outcome *what)
{
	bool all = seg->ackno == place->flight;

	if (place->state == CELL_SYN_RECEIVED) {
		if (!syn_received(place, seg, what))
			return false;
	} else if (seg->ackno > place->flight ||
		   (seg->ackno < -place->max_wnd && !place->small)) {
		*what = challenged(place, "RFC 5961 5.2");
		return false;
	}
	what->processed = true;
	what->acked = max_t(s64, seg->ackno, 0);

	switch (place->state) {
	case CELL_FIN_WAIT_1:
		if (all)
			what->state = CELL_FIN_WAIT_2;
		return true;
	case CELL_CLOSING:
		what->why = "3.10.7.4 fifth, CLOSING";
		if (all)
			what->state = CELL_TIME_WAIT;
		return false;
	case CELL_LAST_ACK:
		what->why = "3.10.7.4 fifth, LAST-ACK";
		if (all)
			what->state = CELL_CLOSED;
		return false;
	case CELL_TIME_WAIT:
		/* "acknowledge it": what has no text and no FIN needs none, and
		 * two that wait for each other would never end
		 */
		what->why = "3.10.7.4 fifth, TIME-WAIT";
		if (seg_len(seg))
			what->reply = CELL_ACK;
		return false;
	default:
		return true;
	}
}

/* 3.10.7.4 eighth, once all before it is there */
static void fin(struct cell_outcome *what)
{
	what->why = "3.10.7.4 eighth";
	what->reply = CELL_ACK;
	what->taken++;
	if (what->state == CELL_ESTABLISHED)
		what->state = CELL_CLOSE_WAIT;
	else if (what->state == CELL_FIN_WAIT_1)
		what->state = CELL_CLOSING;
	else
		what->state = CELL_TIME_WAIT;
}

/* 3.10.7.4 seventh and eighth: text and FIN, trimmed to the window */
static void text(const struct cell_place *place, const struct cell_segment *seg,
		 struct cell_outcome *what)
{
	s64 from = max_t(s64, seg->seq, 0);
	s64 to = min_t(s64, seg->seq + seg->len, place->wnd);
	bool has_fin = seg->fin && seg->seq + seg->len <= place->wnd; /* DEVIATION 4 */

	if (what->state == CELL_CLOSE_WAIT || !seg_len(seg))
		return;		/* "this should not occur", "ignore the text" */
	what->why = "3.10.7.4 seventh";
	if (!place->reading && to > from) {
		/* 3.6.1: the text is lost, and the peer should know */
		what->why = "3.6.1";
		what->reply = CELL_RST;
		what->state = CELL_CLOSED;
		COUNT(what, OutRsts);
		COUNT(what, AbortOnData);
		return;
	}
	what->reply = CELL_ACK;
	if (from > 0)		/* early; DEVIATION 6 loses nothing that shows */
		return;
	what->taken = max_t(s64, to, 0);
	if (has_fin)
		fin(what);
}

/* MAY-2 of 3.6.1: does a SYN reopen the connection? */
static bool reopens(const struct cell_place *place, const struct cell_segment *seg)
{
	return place->state == CELL_TIME_WAIT && place->passive && seg->syn &&
	       !seg->ack && !seg->rst && !seg->fin && seg->seq > 0;
}

/* 3.10.7.4 */
static struct cell_outcome in_others(const struct cell_place *place,
				     const struct cell_segment *arrived)
{
	struct cell_segment seg = *arrived;
	struct cell_outcome what;

	if (reopens(place, &seg)) {
		what = ignored(place, "3.6.1 MAY-2");
		what.state = CELL_SYN_RECEIVED;
		what.reply = CELL_SYN_ACK;
		what.taken = seg.seq + 1;
		COUNT(&what, TWRecycled);
		return what;
	}
	if (place->state == CELL_SYN_RECEIVED && seg.seq == -1 && seg.syn && !seg.rst) {
		if (place->passive && !seg.ack) {
			what = ignored(place, "DEVIATION 2");
			what.reply = CELL_SYN_ACK;
			return what;
		}
		/* figure 8: the other end's SYN|ACK repeats its SYN */
		if (!place->passive && seg.ack && seg.ackno == place->flight) {
			seg.syn = false;
			seg.seq = 0;
		}
	}
	if (place->state == CELL_TIME_WAIT && place->rfc1337 && seg.rst)
		return ignored(place, "RFC 1337");

	if (!acceptable(place, &seg)) {
		if (seg.rst)
			return ignored(place, "3.10.7.4 first");
		if (seg.syn)
			return syn_challenged(place);
		what = answered(place, "3.10.7.4 first");
		COUNT(&what, OutOfWindow);
		return what;
	}
	if (seg.rst)
		return reset(place, &seg);
	if (seg.syn)				/* DEVIATION 2 in SYN-RECEIVED */
		return syn_challenged(place);
	if (!seg.ack)
		return ignored(place, "3.10.7.4 fifth");
	what = ignored(place, "3.10.7.4 fifth");
	if (ack_field(place, &seg, &what))
		text(place, &seg, &what);
	return what;
}

/**
 * cell_expect - what a segment must do
 * @place: where the connection stands
 * @seg: the segment
 */
struct cell_outcome cell_expect(const struct cell_place *place,
				const struct cell_segment *seg)
{
	switch (place->state) {
	case CELL_CLOSED:
		return refused(place, seg, "3.10.7.1");
	case CELL_LISTEN:
		return in_listen(place, seg);
	case CELL_SYN_SENT:
		return in_syn_sent(place, seg);
	default:
		return in_others(place, seg);
	}
}
