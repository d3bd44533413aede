// SPDX-License-Identifier: GPL-2.0
/*
 * What must be known, and said, after a segment has arrived: RFC 9293 section 3.10.7.4,
 * RFC 5681 section 4.2, RFC 2018 section 4, RFC 2883, RFC 7323 sections 4.3 and 5,
 * RFC 3168 section 6.1.3.  See arrival.h.
 */
#include "arrival.h"

/**
 * arrival_broken - a property does not hold
 * @a: the stream; the first complaint is kept
 * @fmt: what is wrong
 */
void arrival_broken(struct arrival *a, const char *fmt, ...)
{
	va_list args;
	int n;

	if (*a->why)
		return;
	n = scnprintf(a->why, sizeof(a->why), "step %u: ", a->steps);
	va_start(args, fmt);
	vsnprintf(a->why + n, sizeof(a->why) - n, fmt, args);
	va_end(args);
}

/**
 * arrival_end - the number after everything, FIN as well
 * @a: the stream
 */
u32 arrival_end(const struct arrival *a)
{
	return 1 + a->style.total + a->style.fin;
}

static bool arrival_all(const unsigned long *map, u32 start, u32 end)
{
	return find_next_zero_bit(map, end, start) >= end;
}

/* RFC 7323 section 5.3 */
static bool arrival_outdated(const struct arrival *a, const struct arrival_segment *s)
{
	return a->style.ts && (s32)(a->ts_recent - s->tsval) > 0;
}

/* Of a shut window the left edge is, MUST-66. */
static bool arrival_acceptable(const struct arrival *a, const struct arrival_segment *s)
{
	if (a->edge == a->nxt)
		return s->seq == a->nxt;
	return s->end > a->nxt && s->seq < a->edge;
}

static void arrival_marks(struct arrival *a, const struct arrival_segment *s)
{
	if (!a->style.ecn || s->end - s->fin == s->seq)
		return;
	if (s->cwr)
		a->echo = false;
	if (s->ce)
		a->echo = true;
}

/* Memory ran out: what lay behind gaps, or the segment, is as if it had not come. */
static bool arrival_dropped(struct arrival *a)
{
	unsigned long ofo = wire_count(OFODrop), queue = wire_count(RcvQDrop);
	bool dropped = queue != a->queue_drop;

	if (ofo != a->ofo_drop)
		bitmap_clear(a->got, a->nxt, ARRIVAL_MOST - a->nxt);
	a->ofo_drop = ofo;
	a->queue_drop = queue;
	return dropped;
}

/**
 * arrival_model - a segment has arrived: what is known by now
 * @a: the stream
 * @s: the segment
 */
void arrival_model(struct arrival *a, const struct arrival_segment *s)
{
	u32 end = s->end, from = max(s->seq, a->nxt);

	a->dropped = arrival_dropped(a);
	bitmap_copy(a->before, a->got, ARRIVAL_MOST);
	if (arrival_outdated(a, s) || !arrival_acceptable(a, s))
		return;
	if (a->style.ts && s->seq <= a->acked && (s32)(s->tsval - a->ts_recent) >= 0)
		a->ts_recent = s->tsval;
	/* after a FIN no text can come */
	if (a->style.fin && a->nxt == arrival_end(a))
		return;
	if (a->dropped)
		return;
	if (end - s->fin > a->edge)	/* a FIN takes no room */
		end = a->edge;
	if (end > s->seq)
		arrival_marks(a, s);
	if (end > from)
		bitmap_set(a->got, from, end - from);
	a->nxt = find_next_zero_bit(a->got, ARRIVAL_MOST, a->nxt);
}

/* Is the first block a D-SACK?  RFC 2883 section 4 */
static bool arrival_has_dsack(const struct arrival *a, const struct wire_segment *ack)
{
	u32 una = a->w->irs + a->nxt;

	if (!ack->seg.sack_n)
		return false;
	if (seq_leq(ack->sack[0].end, una))
		return true;
	return ack->seg.sack_n > 1 && seq_geq(ack->sack[0].start, ack->sack[1].start) &&
	       seq_leq(ack->sack[0].end, ack->sack[1].end);
}

static void check_dsack(struct arrival *a, const struct arrival_segment *s,
			const struct wire_segment *ack)
{
	bool has = arrival_has_dsack(a, ack);
	u32 start = ack->sack[0].start - a->w->irs, end = ack->sack[0].end - a->w->irs;

	if (has && (start >= end || start < s->seq || end > s->end ||
		    !arrival_all(a->before, start, end)))
		arrival_broken(a, "D-SACK %u:%u after %u:%u", start, end, s->seq, s->end);
	if (!has && find_next_bit(a->before, s->end, s->seq) < s->end &&
	    !arrival_outdated(a, s) && !a->dropped)
		arrival_broken(a, "no D-SACK after %u:%u", s->seq, s->end);
}

/* A block is an island of bytes, whole; the first is the newest segment's. */
static void check_blocks(struct arrival *a, const struct arrival_segment *s,
			 const struct wire_segment *ack)
{
	u32 i = s && arrival_has_dsack(a, ack), first = i;
	bool early = s && s->seq > a->nxt && !arrival_outdated(a, s) &&
		     arrival_all(a->got, s->seq, min(s->end, a->edge)) && s->seq < a->edge;

	for (; i < ack->seg.sack_n; i++) {
		u32 start = ack->sack[i].start - a->w->irs;
		u32 end = ack->sack[i].end - a->w->irs;

		if (start >= end || end > ARRIVAL_MOST || start <= a->nxt ||
		    !arrival_all(a->got, start, end) || test_bit(start - 1, a->got) ||
		    test_bit(end, a->got))
			arrival_broken(a, "SACK block %u:%u is no island", start, end);
		if (early && i == first && (s->seq < start || s->seq >= end))
			arrival_broken(a, "%u:%u came, and the first block is %u:%u", s->seq,
				       s->end, start, end);
	}
	if (early && ack->seg.sack_n == first)
		arrival_broken(a, "%u:%u came early, and no block says so", s->seq, s->end);
	if (ack->seg.sack_n > (a->style.ts ? 3 : 4))
		arrival_broken(a, "%u blocks", ack->seg.sack_n);
}

/* One ACK, after a segment or (@s is NULL) for other reasons */
static void check_ack(struct arrival *a, const struct arrival_segment *s,
		      const struct wire_segment *ack)
{
	u32 ackno = ack->seg.ack - a->w->irs;
	u32 edge = ackno + (ack->seg.wnd << wire_es(a->w)->rcv.wscale);
	bool ended = a->style.fin && a->nxt == arrival_end(a);

	if (ack->garbled || ack->len || (ack->seg.flags & ~ETP_ECE) != ETP_ACK)
		arrival_broken(a, "no ACK: flags %x, %u bytes", ack->seg.flags, ack->len);
	if (ackno != a->nxt)
		arrival_broken(a, "ACK %u, but up to %u all has come", ackno, a->nxt);
	if (!ended && edge < a->edge)
		arrival_broken(a, "a window up to %u, after one up to %u", edge, a->edge);
	if (a->style.ts && ack->seg.tsecr != a->ts_recent)
		arrival_broken(a, "TSecr %u, TS.Recent %u", ack->seg.tsecr, a->ts_recent);
	if (!!(ack->seg.flags & ETP_ECE) != a->echo)
		arrival_broken(a, "ECE is wrong, expected %u", a->echo);
	a->edge = max(a->edge, edge);
	a->acked = ackno;
	if (!a->style.sack) {
		if (ack->seg.sack_n)
			arrival_broken(a, "SACK blocks, which nobody asked for");
		return;
	}
	if (ended)
		return;
	check_blocks(a, s, ack);
	if (s)
		check_dsack(a, s, ack);
}

/* RFC 5681 section 4.2: what is not the next in order, or fills a gap, brings one. */
static bool arrival_wants_ack(const struct arrival *a, const struct arrival_segment *s)
{
	u32 was = find_next_zero_bit(a->before, ARRIVAL_MOST, 1);

	return s->seq != was || a->nxt == was ||
	       find_next_bit(a->before, ARRIVAL_MOST, was) < ARRIVAL_MOST;
}

/**
 * arrival_check - what was answered
 * @a: the stream
 * @s: the segment that has arrived, NULL: something else happened
 */
void arrival_check(struct arrival *a, const struct arrival_segment *s)
{
	const struct etp_sock *es = wire_es(a->w);
	const struct wire_segment *ack;
	unsigned long when;
	u32 n = 0;

	while ((ack = wire_next(a->w))) {
		check_ack(a, n ? NULL : s, ack);
		n++;
	}
	if (n > 1)
		arrival_broken(a, "%u ACKs", n);
	if (s && !n && arrival_wants_ack(a, s))
		arrival_broken(a, "no ACK at once after %u:%u", s->seq, s->end);
	if (es->rcv.nxt - a->w->irs != a->nxt)
		arrival_broken(a, "RCV.NXT is %u, %u has come", es->rcv.nxt - a->w->irs, a->nxt);
	/* MUST-58: within half a second */
	if (a->acked == a->nxt)
		return;
	if (!wire_expires(a->w, WIRE_DELACK, &when) || (long)(when - etp_now()) > HZ / 2)
		arrival_broken(a, "%u to %u wait for an ACK that is not due", a->acked, a->nxt);
}
