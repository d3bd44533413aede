// SPDX-License-Identifier: GPL-2.0
/* The window we offer: RFC 9293 section 3.8.6.2.2, RFC 7323 section 2. */
#include "harness.h"
#include "suites.h"

static void rwnd_left(struct kunit *test)
{
	struct etp_rcv rcv = { .wup = 0xfffffff0, .wnd = 1000, .nxt = 0xfffffff0 };

	KUNIT_EXPECT_EQ(test, etp_rwnd_left(&rcv), 1000U);
	rcv.nxt += 400;
	KUNIT_EXPECT_EQ(test, etp_rwnd_left(&rcv), 600U);
	rcv.nxt += 600;
	KUNIT_EXPECT_EQ(test, etp_rwnd_left(&rcv), 0U);
	rcv.nxt += 10;		/* a FIN beyond the edge, say */
	KUNIT_EXPECT_EQ(test, etp_rwnd_left(&rcv), 0U);
}

static void rwnd_initial(struct kunit *test)
{
	static const struct {
		int	space;
		u32	clamp;
		bool	scaling;
		u32	max;
		u32	wnd;
		u8	wscale;
	} rows[] = {
		/* what kernel TCP shows on the wire at its defaults */
		{ 131072, 0, true, 6291456, 44 * 1460, 7 },
		{ 131072, 0, false, 6291456, 44 * 1460, 0 },
		{ 131072, 10000, true, 6291456, 6 * 1460, 0 },
		{ 131072, 200000, true, 6291456, 44 * 1460, 2 },
		{ 20000, 0, true, 65535, 6 * 1460, 0 },
		{ 20000, 0, true, 65536, 6 * 1460, 1 },
		/* more than the field holds */
		{ 1 << 20, 0, true, 6291456, 65535, 7 },
		/* RFC 7323 section 2.3: 14 at most */
		{ 131072, 0, true, 0xffffffff, 44 * 1460, 14 },
		/* less than a segment is offered as it is */
		{ 2000, 0, false, 2000, 1000, 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 wnd;
		u8 wscale;

		etp_rwnd_initial(rows[i].space, 1460, rows[i].clamp, rows[i].scaling,
				 rows[i].max, &wnd, &wscale);
		KUNIT_EXPECT_EQ_MSG(test, wnd, rows[i].wnd, "row %u", i);
		KUNIT_EXPECT_EQ_MSG(test, wscale, rows[i].wscale, "row %u", i);
	}
}

/* One segment from a peer that respects the window; returns its new right edge. */
static u32 fill_once(struct wire *w, u32 *seq, u32 edge, int wscale)
{
	const struct wire_segment *s;
	u32 len = min(WIRE_MSS, edge - *seq), now;

	wire_in(w, "ACK seq %u ack 1 len %u", *seq, len);
	*seq += len;
	s = wire_next(w);
	if (!s && wire_armed(w, WIRE_DELACK)) {
		wire_fire(w, WIRE_DELACK);
		s = wire_next(w);
	}
	KUNIT_EXPECT_NOT_NULL(w->test, s);
	if (!s)
		return *seq;
	KUNIT_EXPECT_EQ(w->test, s->seg.ack - w->irs, *seq);
	now = s->seg.ack - w->irs + ((u32)s->seg.wnd << wscale);
	/* SHLD-14: what was offered is not taken back */
	KUNIT_EXPECT_TRUE_MSG(w->test, seq_geq(now, edge), "edge %u, then %u", edge,
			      now);
	return now;
}

/* A program that does not read: down to 0, then up in steps worth it */
static void fill_and_read(struct wire *w, int wscale)
{
	u32 seq = 1, edge = 65536, total, i;
	const struct wire_segment *s;

	for (i = 0; i < 500 && edge != seq; i++)
		edge = fill_once(w, &seq, edge, wscale);
	KUNIT_EXPECT_EQ_MSG(w->test, edge, seq, "the window does not close");
	total = seq - 1;
	wire_out_nothing(w);
	/* beyond the window: refused, and told where we are */
	wire_in(w, "ACK seq %u ack 1 len 100", seq);
	wire_out(w, "ACK seq 1 ack %u win 0", seq);
	/* a probe of the peer's is answered */
	wire_in(w, "ACK seq %u ack 1", seq - 1);
	wire_out(w, "ACK seq 1 ack %u win 0", seq);

	/* silly-window avoidance: a little room is not worth an update */
	wire_read(w, 100);
	wire_out_nothing(w);
	wire_read(w, total - 100);
	s = wire_next(w);
	KUNIT_EXPECT_NOT_NULL(w->test, s);
	if (s)
		KUNIT_EXPECT_GE(w->test, (u32)s->seg.wnd << wscale, WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq %u ack 1 len 100", seq);
	wire_read(w, 100);
}

static void rwnd_closes_and_opens(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	fill_and_read(w, 0);
}

static void rwnd_closes_and_opens_scaled(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 wscale 0");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.wscale, 7);
	fill_and_read(w, 7);
}

/* The edges of a window, RFC 9293 section 3.10.7.4: what hangs over is not lost */
static void rwnd_zero_takes_ack(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 seq = 1, edge = 65536, i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	for (i = 0; i < 500 && edge != seq; i++)
		edge = fill_once(w, &seq, edge, 0);
	/* MUST-66: ACK and RST are taken while the window is shut */
	wire_in(w, "ACK seq %u ack 101", seq);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.una, w->iss + 101);
	wire_in(w, "RST seq %u", seq);
	wire_state(w, TCP_CLOSE);
}

/* A round trip ends in which the program read so much. */
static void read_in_rtt(struct wire *w, u32 bytes)
{
	struct etp_rcv *rcv = &wire_es(w)->rcv;

	rcv->rtt_us = 1000;
	rcv->space_us = etp_clock_us() - rcv->rtt_us;
	rcv->space_seq = rcv->copied - bytes;
	etp_rwnd_grow(w->sk);
}

/* The buffer follows what is read, and begins with what a new sender may send: less
 * than that is no reason to grow.
 */
static void rwnd_grows(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_rcv *rcv;

	wire_open_passive(w, "mss 1460");
	rcv = &wire_es(w)->rcv;
	KUNIT_EXPECT_EQ(test, rcv->space, 10 * WIRE_MSS);
	read_in_rtt(w, 100);
	read_in_rtt(w, 10 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, w->sk->sk_rcvbuf, 131072);
	KUNIT_EXPECT_EQ(test, rcv->space, 10 * WIRE_MSS);
	/* a round trip that is not over */
	rcv->space_us = etp_clock_us();
	rcv->rtt_us = USEC_PER_SEC;
	rcv->space_seq = rcv->copied - 20 * WIRE_MSS;
	etp_rwnd_grow(w->sk);
	KUNIT_EXPECT_EQ(test, w->sk->sk_rcvbuf, 131072);
	/* it has doubled: twice that and 16 segments, three times over, and slack */
	read_in_rtt(w, 20 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, w->sk->sk_rcvbuf, 2 * 3 * (2 * 20 + 16) * (int)WIRE_MSS);
	KUNIT_EXPECT_EQ(test, rcv->wnd_clamp, 3 * (2 * 20 + 16) * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, rcv->space, 20 * WIRE_MSS);
	read_in_rtt(w, 1 << 30);
	KUNIT_EXPECT_EQ(test, w->sk->sk_rcvbuf, 6291456);
}

/* What the program fixed stays. */
static void rwnd_fixed(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	w->sk->sk_userlocks |= SOCK_RCVBUF_LOCK;
	read_in_rtt(w, 100 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, w->sk->sk_rcvbuf, 131072);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.space, 100 * WIRE_MSS);
}

/* An echo of more than an hour ago, whose microseconds do not fit, is no round trip. */
static void rwnd_old_echo(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_in(w, "ACK seq 1 ack 1 len 1448 ts 101 %u", w->tsval - 4294968);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.rtt_us, 0U);
	wire_in(w, "ACK seq 1449 ack 1 len 1448 ts 102 %u", w->tsval - 3000);
	KUNIT_EXPECT_GE(test, wire_es(w)->rcv.rtt_us, 3000U * 1000);
}

static struct kunit_case rwnd_cases[] = {
	KUNIT_CASE(rwnd_left),
	KUNIT_CASE(rwnd_initial),
	KUNIT_CASE(rwnd_closes_and_opens),
	KUNIT_CASE(rwnd_closes_and_opens_scaled),
	KUNIT_CASE(rwnd_zero_takes_ack),
	KUNIT_CASE(rwnd_grows),
	KUNIT_CASE(rwnd_fixed),
	KUNIT_CASE(rwnd_old_echo),
	{}
};

struct kunit_suite etp_rwnd_suite = {
	.name = "etp_rwnd",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = rwnd_cases,
};
