// SPDX-License-Identifier: GPL-2.0
/*
 * The cell test: every state, every combination of SYN, ACK, RST and FIN, every
 * place of the sequence number, every place of the acknowledgment.  The model in
 * cell_model.c says what must become of it; here a connection is brought there
 * (cell_place.c), the segment comes in, and what can be seen is compared.
 */
#include "cell.h"
#include "suites.h"

#define TEXT	10
#define SHOWN	12	/* failures that are printed for each state */

/* Where SEG.SEQ lies: from the left edge of the window, or from the right one */
static const struct cell_position {
	const char	*name;
	bool		right;
	s32		offset;
	u32		len;
} cell_positions[] = {
	{ "before the window", false, -100, 0 },
	{ "just before it", false, -1, 0 },
	{ "at the left edge", false, 0, 0 },
	{ "inside", false, 100, 0 },
	{ "at the last number", true, -1, 0 },
	{ "at the right edge", true, 0, 0 },
	{ "after the window", true, 1000, 0 },
	{ "text before the window", false, -100, TEXT },
	{ "text up to the left edge", false, -TEXT, TEXT },
	{ "text across the left edge", false, -TEXT / 2, TEXT },
	{ "text at the left edge", false, 0, TEXT },
	{ "text inside", false, 100, TEXT },
	{ "text up to the right edge", true, -TEXT, TEXT },
	{ "text across the right edge", true, -TEXT / 2, TEXT },
	{ "text at the right edge", true, 0, TEXT },
	{ "text after the window", true, 1000, TEXT },
};

enum { ANCIENT, OLDEST, OLD, UNA, INSIDE, NXT, BEYOND, CELL_ACKS };

static const char *const cell_acks[CELL_ACKS] = {
	[ANCIENT]	= "older than any window",
	[OLDEST]	= "as old as the window",
	[OLD]		= "old",
	[UNA]		= "SND.UNA",
	[INSIDE]	= "inside",
	[NXT]		= "SND.NXT",
	[BEYOND]	= "beyond",
};

/* False: there is no such place. */
static bool cell_ack_of(const struct cell_place *place, int which, s64 *ackno)
{
	switch (which) {
	case ANCIENT:
		*ackno = -place->max_wnd - 1;
		return true;
	case OLDEST:
		*ackno = -place->max_wnd;
		return true;
	case OLD:
		*ackno = -10;
		return true;
	case UNA:
		*ackno = 0;
		return true;
	case INSIDE:
		*ackno = place->flight / 2;
		return place->flight > 1;
	case NXT:
		*ackno = place->flight;
		return place->flight > 0;
	default:
		*ackno = place->flight + 1;
		return true;
	}
}

static const char *const cell_counter_names[CELL_COUNTERS] = {
#define CELL_COUNTER_NAME(name)	#name,
	CELL_COUNTER_LIST(CELL_COUNTER_NAME)
};

static void cell_count(unsigned long count[CELL_COUNTERS])
{
	static const unsigned int mib[CELL_COUNTERS] = {
#define CELL_COUNTER_MIB(name)	ETP_MIB_##name,
		CELL_COUNTER_LIST(CELL_COUNTER_MIB)
	};
	int i;

	for (i = 0; i < CELL_COUNTERS; i++)
		count[i] = wire_mib(mib[i]);
}

static const char *const cell_state_names[CELL_STATES] = {
	[CELL_CLOSED]		= "CLOSED",
	[CELL_LISTEN]		= "LISTEN",
	[CELL_SYN_SENT]		= "SYN-SENT",
	[CELL_SYN_RECEIVED]	= "SYN-RECEIVED",
	[CELL_ESTABLISHED]	= "ESTABLISHED",
	[CELL_FIN_WAIT_1]	= "FIN-WAIT-1",
	[CELL_FIN_WAIT_2]	= "FIN-WAIT-2",
	[CELL_CLOSE_WAIT]	= "CLOSE-WAIT",
	[CELL_CLOSING]		= "CLOSING",
	[CELL_LAST_ACK]		= "LAST-ACK",
	[CELL_TIME_WAIT]	= "TIME-WAIT",
};

/* One cell */
struct cell {
	struct cell_segment		seg;
	const struct cell_position	*position;
	const char			*ack_name;
};

static void cell_name(const struct cell_ground *g, const struct cell *cell, char *buf,
		      size_t size)
{
	const struct cell_segment *seg = &cell->seg;

	snprintf(buf, size, "%s, %s%s%s%s%s, %s, ack %s", g->spot->name,
		 seg->syn ? " SYN" : "", seg->ack ? " ACK" : "",
		 seg->rst ? " RST" : "", seg->fin ? " FIN" : "",
		 seg->syn + seg->ack + seg->rst + seg->fin ? "" : " no flag",
		 cell->position->name, cell->ack_name);
}

/* ---- What is compared ---- */

/* The segment that the model wants, with the numbers it must have */
static bool cell_reply_is(const struct cell_ground *g, const struct cell *cell,
			  const struct cell_outcome *want,
			  const struct wire_segment *got)
{
	const struct etp_segment *seg = &got->seg;
	u32 rcv_nxt = g->rcv_nxt + (u32)want->taken;

	if (got->len || got->garbled)
		return false;
	switch (want->reply) {
	case CELL_ACK:
		return seg->flags == ETP_ACK && seg->seq == g->snd_nxt &&
		       seg->ack == rcv_nxt;
	case CELL_SYN_ACK:
		/* ISS is a new one where the connection is */
		return seg->flags == (ETP_SYN | ETP_ACK) && seg->ack == rcv_nxt &&
		       (g->place.state == CELL_LISTEN ||
			g->place.state == CELL_TIME_WAIT || seg->seq == g->iss);
	case CELL_RST:
		return seg->flags == ETP_RST &&
		       seg->seq == g->snd_una + (u32)cell->seg.ackno;
	case CELL_RST_ACK:
		return seg->flags == (ETP_RST | ETP_ACK) && !seg->seq &&
		       seg->ack == g->rcv_nxt + (u32)cell->seg.seq +
				   (u32)cell->seg.len + cell->seg.syn +
				   cell->seg.fin;
	default:
		return false;
	}
}

static const char *const cell_reply_names[] = {
	[CELL_NOTHING]	= "nothing",
	[CELL_ACK]	= "ACK from SND.NXT",
	[CELL_SYN_ACK]	= "SYN|ACK",
	[CELL_RST]	= "RST from SEG.ACK",
	[CELL_RST_ACK]	= "RST|ACK from 0",
};

/* Returns what differs, or NULL. */
static const char *cell_replies(struct cell_ground *g, const struct cell *cell,
				const struct cell_outcome *want, char *buf,
				size_t size)
{
	const struct wire_segment *got = wire_next(g->w);
	char was[160] = "nothing";
	const char *wrong = NULL;

	/* an ACK may wait; the test does not */
	if (!got && want->reply == CELL_ACK && cell_hurry_ack(g))
		got = wire_next(g->w);
	if (got && !cell_reply_is(g, cell, want, got))
		wrong = "";
	if (!got && want->reply != CELL_NOTHING)
		wrong = "";
	if (wrong) {
		if (got)
			wire_print(g->w, got, was, sizeof(was));
		snprintf(buf, size, "reply: %s; got %s",
			 cell_reply_names[want->reply], was);
		return buf;
	}
	got = wire_next(g->w);
	if (!got)
		return NULL;
	wire_print(g->w, got, was, sizeof(was));
	snprintf(buf, size, "more than one reply: %s", was);
	return buf;
}

static const char *cell_where(struct cell_ground *g, const struct cell_outcome *want,
			      char *buf, size_t size)
{
	struct cell_view now;

	cell_look(g, &now);
	if (now.state != want->state)
		snprintf(buf, size, "state %s; is %s", cell_state_names[want->state],
			 cell_state_names[now.state]);
	else if (now.has_rcv && now.rcv_nxt != g->rcv_nxt + (u32)want->taken)
		snprintf(buf, size, "RCV.NXT moves by %lld; moved by %d",
			 want->taken, (s32)(now.rcv_nxt - g->rcv_nxt));
	else if (now.has_snd && now.snd_una != g->snd_una + (u32)want->acked)
		snprintf(buf, size, "SND.UNA moves by %lld; moved by %d",
			 want->acked, (s32)(now.snd_una - g->snd_una));
	else
		return NULL;
	return buf;
}

static const char *cell_counts(const unsigned long before[CELL_COUNTERS],
			       const struct cell_outcome *want, char *buf,
			       size_t size)
{
	unsigned long after[CELL_COUNTERS];
	int i;

	cell_count(after);
	for (i = 0; i < CELL_COUNTERS; i++) {
		if (after[i] == before[i] + want->count[i])
			continue;
		snprintf(buf, size, "%s moves by %d; moved by %ld",
			 cell_counter_names[i], want->count[i],
			 (long)(after[i] - before[i]));
		return buf;
	}
	return NULL;
}

/* ---- The walk ---- */

static void cell_inject(struct cell_ground *g, const struct cell *cell)
{
	const struct cell_segment *seg = &cell->seg;
	struct wire_segment s = { .len = seg->len };

	s.seg.flags = (seg->syn ? ETP_SYN : 0) | (seg->ack ? ETP_ACK : 0) |
		      (seg->rst ? ETP_RST : 0) | (seg->fin ? ETP_FIN : 0);
	s.seg.seq = g->rcv_nxt + (u32)seg->seq;
	s.seg.ack = g->snd_una + (u32)seg->ackno;
	s.seg.wnd = CELL_PEER_WND;
	wire_inject(g->w, &s);
}

/* Returns false when the state's failures are enough for today. */
static bool cell_try(struct cell_ground *g, const struct cell *cell)
{
	unsigned long before[CELL_COUNTERS];
	struct cell_outcome want;
	char name[120], buf[240];
	const char *wrong;

	if (!cell_enter(g))
		return false;
	want = cell_expect(&g->place, &cell->seg);
	cell_count(before);
	cell_inject(g, cell);
	cell_settle(g);
	wrong = cell_counts(before, &want, buf, sizeof(buf));
	if (!wrong)
		wrong = cell_replies(g, cell, &want, buf, sizeof(buf));
	if (!wrong)
		wrong = cell_where(g, &want, buf, sizeof(buf));
	if (wrong || want.processed || want.state != g->place.state)
		cell_leave(g);
	g->cells++;
	if (!wrong)
		return true;
	cell_name(g, cell, name, sizeof(name));
	if (g->failures++ < SHOWN)
		KUNIT_FAIL(g->w->test, "%s: %s: expected %s", name, want.why, wrong);
	return true;
}

static bool cell_try_position(struct cell_ground *g, u8 flags,
			      const struct cell_position *position)
{
	struct cell cell = {
		.position = position,
		.seg = {
			.fin = flags & 1, .syn = flags & 2, .rst = flags & 4,
			.ack = flags & 8, .len = position->len,
			.seq = position->offset,
		},
	};
	int which;

	if (!cell_enter(g))
		return false;
	if (position->right)
		cell.seg.seq += g->place.wnd;
	for (which = 0; which < CELL_ACKS; which++) {
		if (!cell.seg.ack && which != UNA)
			continue;
		if (!cell_ack_of(&g->place, which, &cell.seg.ackno))
			continue;
		cell.ack_name = cell.seg.ack ? cell_acks[which] : "none";
		if (!cell_try(g, &cell))
			return false;
	}
	return true;
}

static void cell_walk(struct kunit *test)
{
	struct cell_ground g = { .w = test->priv, .spot = test->param_value };
	u8 flags;
	int i;

	cell_open(&g);
	for (flags = 0; flags < 16; flags++)
		for (i = 0; i < ARRAY_SIZE(cell_positions); i++)
			if (!cell_try_position(&g, flags, &cell_positions[i]))
				goto out;
out:
	cell_close(&g);
	KUNIT_EXPECT_GT(test, g.cells, 500U);
	KUNIT_EXPECT_EQ_MSG(test, g.failures, 0U, "of %u cells", g.cells);
}

static void cell_spot_name(const struct cell_spot *spot, char *desc)
{
	strscpy(desc, spot->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(cell, cell_spots, cell_spot_name);

static struct kunit_case cell_cases[] = {
	KUNIT_CASE_PARAM(cell_walk, cell_gen_params),
	{}
};

static struct kunit_case cell6_cases[] = {
	KUNIT_CASE_PARAM(cell_walk, cell_gen_params),
	{}
};

struct kunit_suite etp_cell_suite = {
	.name = "etp_cell",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = cell_cases,
};

struct kunit_suite etp_cell6_suite = {
	.name = "etp_cell6",
	.init = wire_init6,
	.exit = wire_exit,
	.test_cases = cell6_cases,
};
