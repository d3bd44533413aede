// SPDX-License-Identifier: GPL-2.0
/* What a receiver does with each segment.  See peer.h. */
#include "peer.h"
#include <linux/minmax.h>
#include <linux/string.h>

/**
 * peer_init - nothing has come; the handshake is over
 * @p: the peer
 * @style: which kind of TCP it is
 */
void peer_init(struct peer *p, const struct peer_style *style)
{
	memset(p, 0, sizeof(*p));
	p->style = *style;
	p->nxt = 1;
	p->read = 1;
	p->last_ack = 1;
	p->edge = 1 + min(style->buffer, 65535U);
}

static void peer_note_dup(struct peer *p, u32 start, u32 end)
{
	/* one block for each ACK: the first that was found */
	if (p->has_dup || start >= end)
		return;
	p->has_dup = true;
	p->dup.start = start;
	p->dup.end = end;
}

static void peer_drop_range(struct peer *p, u32 i)
{
	p->nearly--;
	memmove(&p->early[i], &p->early[i + 1],
		(p->nearly - i) * sizeof(p->early[0]));
}

/* Keep what lies behind a gap.  False: no room, and that is as if it were lost. */
static bool peer_hold(struct peer *p, u32 start, u32 end)
{
	struct peer_range whole = { start, end, ++p->stamp };
	u32 i = 0;

	while (i < p->nearly) {
		const struct peer_range *r = &p->early[i];

		if (r->end < start || r->start > end) {
			i++;
			continue;
		}
		peer_note_dup(p, max(r->start, start), min(r->end, end));
		whole.start = min(whole.start, r->start);
		whole.end = max(whole.end, r->end);
		peer_drop_range(p, i);
	}
	if (p->nearly == PEER_EARLY)
		return false;
	for (i = 0; i < p->nearly && p->early[i].start < whole.start; i++)
		;
	memmove(&p->early[i + 1], &p->early[i],
		(p->nearly - i) * sizeof(p->early[0]));
	p->early[i] = whole;
	p->nearly++;
	return true;
}

/* RCV.NXT goes on, over what waited for it as well. */
static void peer_advance(struct peer *p, u32 end)
{
	p->nxt = end;
	while (p->nearly && p->early[0].start <= p->nxt) {
		peer_note_dup(p, p->early[0].start, min(p->early[0].end, end));
		p->nxt = max(p->nxt, p->early[0].end);
		peer_drop_range(p, 0);
	}
	if (!p->style.read_most)
		p->read = p->nxt;
}

/* RFC 7323 section 5.3: R1, and R3 for what is acceptable.  False: drop it. */
static bool peer_clock(struct peer *p, const struct peer_segment *s, bool acceptable)
{
	if (!p->style.ts)
		return true;
	if ((s32)(s->tsval - p->ts_recent) < 0) {
		p->outdated++;
		return false;
	}
	if (acceptable && s->seq <= p->last_ack)
		p->ts_recent = s->tsval;
	return true;
}

static void peer_mark(struct peer *p, const struct peer_segment *s)
{
	if (s->cwr)
		p->ece = false;
	if (s->ce)
		p->ece = true;
}

/* In order: at once for what fills a gap, or is the second of two, RFC 5681 4.2 */
static bool peer_in_order(struct peer *p, const struct peer_segment *s, u32 end, u64 now)
{
	bool gap = p->nearly;

	peer_note_dup(p, s->seq, p->nxt);
	peer_advance(p, end);
	p->waiting++;
	if (gap || p->has_dup || s->fin || p->waiting >= p->style.every)
		return true;
	if (!p->ack_at)
		p->ack_at = now + p->style.delack_us;
	return false;
}

/**
 * peer_take - a segment arrives
 * @p: the peer
 * @s: the segment
 * @now: microseconds
 *
 * Returns true when an ACK has to go at once; else it may go at @p->ack_at.
 */
bool peer_take(struct peer *p, const struct peer_segment *s, u64 now)
{
	bool acceptable = s->seq == s->end ? s->seq >= p->nxt && s->seq <= p->edge :
			  s->end > p->nxt && s->seq <= p->edge;
	u32 end = s->end;

	if (!peer_clock(p, s, acceptable))
		return true;
	if (!acceptable) {
		if (s->end <= p->nxt)
			peer_note_dup(p, s->seq, s->end);
		else
			p->beyond += s->end - p->edge;
		return true;
	}
	if (s->seq == s->end)
		return false;		/* an ACK: it needs none */
	peer_mark(p, s);
	if (end - s->fin > p->edge) {	/* a FIN takes no room */
		p->beyond += end - s->fin - p->edge;
		end = p->edge;
	} else if (s->fin) {
		p->fin_seq = end - 1;
	}
	if (s->seq <= p->nxt)
		return peer_in_order(p, s, end, now) || end != s->end;
	if (end > s->seq)
		peer_hold(p, s->seq, end);
	return true;
}

/**
 * peer_reads - its program takes what has come
 * @p: the peer
 * @now: microseconds
 *
 * Returns true when that is worth a window update, RFC 9293 section 3.8.6.2.2.
 */
bool peer_reads(struct peer *p, u64 now)
{
	u32 room;

	p->read += min(p->style.read_most, p->nxt - p->read);
	p->read_at = now + p->style.read_us;
	room = p->style.buffer - (p->nxt - p->read);
	return p->nxt + room >= p->edge + min_t(u32, p->style.mss, p->style.buffer / 2);
}

/* The edge moves by a segment or half the buffer, or not at all. */
static u32 peer_window(struct peer *p)
{
	u32 room = p->style.buffer - (p->nxt - p->read);
	u32 left = p->edge > p->nxt ? p->edge - p->nxt : 0;
	u32 field;

	if (p->nxt + room >= p->edge + min_t(u32, p->style.mss, p->style.buffer / 2))
		left = room;
	field = min(left >> p->style.wscale, 65535U);
	p->edge = max(p->edge, p->nxt + (field << p->style.wscale));
	return field;
}

/* RFC 2018 section 4: the newest first.  RFC 2883: before it what came twice. */
static void peer_blocks(struct peer *p, struct peer_ack *ack)
{
	u32 most = p->style.ts ? PEER_BLOCKS - 1 : PEER_BLOCKS, below = ~0U, i;

	if (p->style.dsack && p->has_dup) {
		ack->dsack = true;
		ack->block[0].start = p->dup.start;
		ack->block[0].end = p->dup.end;
		ack->nblocks = 1;
	}
	while (ack->nblocks < most) {
		const struct peer_range *newest = NULL;

		for (i = 0; i < p->nearly; i++)
			if (p->early[i].stamp < below &&
			    (!newest || p->early[i].stamp > newest->stamp))
				newest = &p->early[i];
		if (!newest)
			break;
		below = newest->stamp;
		ack->block[ack->nblocks].start = newest->start;
		ack->block[ack->nblocks].end = newest->end;
		ack->nblocks++;
	}
}

/**
 * peer_answer - an ACK goes
 * @p: the peer
 * @ack: gets it
 */
void peer_answer(struct peer *p, struct peer_ack *ack)
{
	memset(ack, 0, sizeof(*ack));
	ack->ack = p->nxt;
	ack->wnd = peer_window(p);
	ack->tsecr = p->ts_recent;
	ack->ece = p->style.ecn && p->ece;
	if (p->style.sack)
		peer_blocks(p, ack);
	p->last_ack = p->nxt;
	p->has_dup = false;
	p->waiting = 0;
	p->ack_at = 0;
}

/**
 * peer_renege - it throws away what lies behind gaps, RFC 2018 section 8
 * @p: the peer
 */
void peer_renege(struct peer *p)
{
	p->nearly = 0;
	if (p->fin_seq >= p->nxt)
		p->fin_seq = 0;
}
