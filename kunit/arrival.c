// SPDX-License-Identifier: GPL-2.0
/* The peer that sends, the network, and the program that reads.  See arrival.h. */
#include "arrival.h"
#include <net/inet_ecn.h>

static void arrival_style(struct arrival_style *style, struct draw *d)
{
	style->most = draw_from(d, 1, draw_chance(d, 300) ? 20 : 300);
	style->total = min(draw_from(d, 1, 40) * style->most, ARRIVAL_MOST - 100);
	style->fin = draw_chance(d, 500);
	style->sack = draw_chance(d, 800);
	style->ts = draw_chance(d, 400);
	style->ecn = draw_chance(d, 300);
	style->rmem = draw_chance(d, 500) ? 1 << 20 : draw_from(d, 2, 30) * 500;
	style->loss = draw_below(d, 300);
	style->again = draw_below(d, 500);
	style->hold = draw_below(d, 800);
	style->reads = draw_chance(d, 500) ? draw_below(d, 1000) : 1000;
}

static u32 arrival_ms(const struct arrival *a)
{
	return div_u64(a->now - WIRE_CLOCK, USEC_PER_MSEC);
}

static void arrival_go(struct arrival *a, u32 us)
{
	a->now += us;
	wire_clock_set(a->now);
}

/* ---- One segment ---- */

static void arrival_inject(struct arrival *a, const struct arrival_segment *s)
{
	const struct wire *w = a->w;
	struct wire_segment in = {
		.seg = {
			.seq = w->irs + s->seq, .ack = w->iss + 1, .wnd = 65535,
			.flags = ETP_ACK | (s->fin ? ETP_FIN : 0) | (s->cwr ? ETP_CWR : 0),
			.ecn = s->ce ? INET_ECN_CE : a->style.ecn ? INET_ECN_ECT_0 : 0,
		},
		.len = s->end - s->seq - s->fin,
	};

	if (a->style.ts) {
		in.seg.opts = ETP_OPT_TS;
		in.seg.tsval = s->tsval;
		in.seg.tsecr = w->tsval;
	}
	if (a->tell)
		pr_info("%6u in  ACK%s seq %u ack 1 len %u ts %u%s\n", arrival_ms(a),
			s->fin ? "|FIN" : "", s->seq, in.len, s->tsval, s->ce ? " ce" : "");
	wire_inject(a->w, &in);
}

static void arrival_tell_answers(struct arrival *a)
{
	u32 at;
	char text[200];

	for (at = a->w->head; a->tell && at != a->w->tail; at++) {
		wire_print(a->w, &a->w->captured[at % WIRE_CAPTURED], text, sizeof(text));
		pr_info("%6u out %s\n", arrival_ms(a), text);
	}
}

static void arrival_comes(struct arrival *a, const struct arrival_segment *s)
{
	arrival_inject(a, s);
	arrival_tell_answers(a);
	arrival_model(a, s);
	arrival_check(a, s);
}

/* What the peer sends: new, or something that it has sent before, cut elsewhere */
static bool arrival_make(struct arrival *a, struct arrival_segment *s)
{
	u32 end = arrival_end(a), len = draw_from(&a->draw, 1, a->style.most);
	/* one that goes on behind the window is not forbidden, only cut off */
	u32 limit = min(end, a->edge + (draw_chance(&a->draw, 30) ? 50 : 0));

	memset(s, 0, sizeof(*s));
	s->seq = a->sent;
	if (a->sent > 1 && (a->sent >= limit || draw_chance(&a->draw, a->style.again)))
		s->seq = draw_from(&a->draw, a->acked > 100 ? a->acked - 100 : 1,
				   a->sent - 1);
	if (s->seq >= limit && a->sent == 1)
		return false;
	s->end = min(s->seq + len, max(limit, a->sent));
	if (s->end <= s->seq)
		return false;
	s->fin = a->style.fin && s->end == end;
	a->sent = max(a->sent, s->end);
	s->tsval = 1000 + arrival_ms(a);
	s->ce = a->style.ecn && draw_chance(&a->draw, 50);
	s->cwr = a->style.ecn && draw_chance(&a->draw, 50);
	return true;
}

/* ---- What else happens ---- */

static void arrival_reads(struct arrival *a, u32 most)
{
	const struct wire *w = a->w;
	u32 have = min(a->nxt - 1, a->style.total) - w->read;
	u32 len = min(have, most);

	if (len) {
		if (a->tell)
			pr_info("%6u read %u\n", arrival_ms(a), len);
		wire_read(a->w, len);
		arrival_tell_answers(a);
		arrival_check(a, NULL);
	}
}

static void arrival_delack(struct arrival *a)
{
	unsigned long when;

	if (!wire_expires(a->w, WIRE_DELACK, &when))
		return;
	a->now = max(a->now, wire_clock_of(when));
	wire_clock_set(a->now);
	wire_fire(a->w, WIRE_DELACK);
	arrival_tell_answers(a);
	arrival_check(a, NULL);
	if (a->acked != a->nxt)
		arrival_broken(a, "the ACK timer fired, and %u was not acknowledged", a->nxt);
}

static void arrival_release(struct arrival *a)
{
	u32 i = draw_below(&a->draw, a->nheld);
	struct arrival_segment s = a->held[i];

	if (!draw_chance(&a->draw, 100))	/* else it comes once more */
		a->held[i] = a->held[--a->nheld];
	arrival_comes(a, &s);
}

static void arrival_step(struct arrival *a)
{
	struct arrival_segment s;

	a->steps++;
	arrival_go(a, draw_below(&a->draw, 20 * USEC_PER_MSEC));
	if (a->nheld && (a->nheld == ARRIVAL_HELD || !draw_chance(&a->draw, a->style.hold))) {
		arrival_release(a);
	} else if (arrival_make(a, &s)) {
		if (draw_chance(&a->draw, a->style.hold))
			a->held[a->nheld++] = s;
		else if (!draw_chance(&a->draw, a->style.loss))
			arrival_comes(a, &s);
	}
	if (draw_chance(&a->draw, a->style.reads))
		arrival_reads(a, draw_from(&a->draw, 1, ARRIVAL_MOST));
	if (draw_chance(&a->draw, 100))
		arrival_delack(a);
}

/* The rest comes as a sender would have it go in the end: in order, from the ACK on. */
static void arrival_finish(struct arrival *a)
{
	u32 end = arrival_end(a), rounds = 0;

	while (!*a->why && a->acked < end) {
		struct arrival_segment s = {
			.seq = a->acked,
			.end = min3(end, a->acked + a->style.most, max(a->edge, a->acked + 1)),
			.tsval = 1000 + arrival_ms(a),
		};

		a->steps++;
		s.fin = a->style.fin && s.end == end;
		arrival_go(a, 2 * USEC_PER_MSEC);
		arrival_reads(a, ARRIVAL_MOST);
		arrival_comes(a, &s);
		arrival_delack(a);
		if (++rounds > 2 * ARRIVAL_MOST)
			arrival_broken(a, "no end: %u of %u", a->acked, end);
	}
	arrival_reads(a, ARRIVAL_MOST);
}

/* ---- From beginning to end ---- */

static void arrival_open(struct arrival *a)
{
	const struct arrival_style *style = &a->style;
	const struct wire_segment *ack;
	struct wire *w = a->w;

	w->use_iss = draw(&a->draw) | 1;
	w->irs = draw_chance(&a->draw, 500) ? draw(&a->draw) :
					      -draw_from(&a->draw, 1, style->total);
	w->written = 0;
	w->read = 0;
	wire_connect(w);
	wire_forget(w);
	arrival_go(a, 10 * USEC_PER_MSEC);
	a->ts_recent = 1000;
	wire_in(w, "SYN|ACK%s seq 0 ack 1 mss 1000%s wscale 0%s", style->ecn ? "|ECE" : "",
		style->sack ? " sackok" : "", style->ts ? " ts 1000" : "");
	wire_state(w, TCP_ESTABLISHED);
	ack = wire_next(w);
	if (!ack) {
		arrival_broken(a, "no ACK of the SYN");
		return;
	}
	a->nxt = 1;
	a->acked = 1;
	a->sent = 1;
	a->edge = 1 + (ack->seg.wnd << wire_es(w)->rcv.wscale);
	set_bit(0, a->got);
	arrival_go(a, 10 * USEC_PER_MSEC);
}

static void arrival_check_end(struct arrival *a)
{
	const struct sock *sk = a->w->sk;

	if (a->w->read != a->style.total)
		arrival_broken(a, "%u of %u bytes were read", a->w->read, a->style.total);
	wire_read_end(a->w, a->style.fin ? 0 : -EAGAIN);
	if (atomic_read(&sk->sk_rmem_alloc))
		arrival_broken(a, "sk_rmem_alloc is %d", atomic_read(&sk->sk_rmem_alloc));
	if (!etp_reasm_empty(&etp_sk(sk)->rcv.reasm))
		arrival_broken(a, "something waits for what is missing");
	if (etp_sk(sk)->rcv.bytes_received != a->style.total + a->style.fin)
		arrival_broken(a, "bytes_received is %llu", etp_sk(sk)->rcv.bytes_received);
}

/**
 * arrival_run - a stream arrives
 * @a: the stream; @a->w and @a->tell are set, @a->why says afterwards what went wrong
 * @seed: the seed
 */
void arrival_run(struct arrival *a, u32 seed)
{
	struct etp_net *en = etp_net(&init_net);
	int ecn = en->ecn, rmem = en->rmem[1];
	struct wire *w = a->w;
	bool tell = a->tell;

	memset(a, 0, sizeof(*a));
	a->w = w;
	a->tell = tell;
	a->seed = seed;
	a->draw.state = seed;
	a->now = WIRE_CLOCK;
	arrival_style(&a->style, &a->draw);
	a->ofo_drop = wire_count(OFODrop);
	a->queue_drop = wire_count(RcvQDrop);
	en->ecn = a->style.ecn;
	en->rmem[1] = a->style.rmem;
	wire_clock_hold();
	arrival_open(a);
	while (!*a->why && a->steps < 3 * (a->style.total / a->style.most) + 20)
		arrival_step(a);
	if (!*a->why)
		arrival_finish(a);
	if (!*a->why)
		arrival_check_end(a);
	wire_abort(w);
	wire_forget(w);
	en->rmem[1] = rmem;
	en->ecn = ecn;
}
