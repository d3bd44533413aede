// SPDX-License-Identifier: GPL-2.0
/* A transfer runs: what comes next is looked for, the clock goes there, it happens. */
#include "transfer.h"
#include <net/inet_ecn.h>

#define STEPS_MOST	20000U		/* things that may happen in one transfer */
#define HOURS_MOST	(24ULL * 3600 * USEC_PER_SEC)

static u32 transfer_ms(const struct transfer *t)
{
	return div_u64(t->now - WIRE_CLOCK, USEC_PER_MSEC);
}

/**
 * transfer_broken - a property does not hold
 * @t: the transfer; the first complaint is kept
 * @fmt: what is wrong
 */
void transfer_broken(struct transfer *t, const char *fmt, ...)
{
	va_list args;
	int n;

	if (*t->why)
		return;
	n = scnprintf(t->why, sizeof(t->why), "step %u, %u ms: ", t->steps,
		      transfer_ms(t));
	va_start(args, fmt);
	vsnprintf(t->why + n, sizeof(t->why) - n, fmt, args);
	va_end(args);
}

/**
 * transfer_end - the sequence number after everything, FIN as well
 * @t: the transfer
 */
u32 transfer_end(const struct transfer *t)
{
	return 1 + t->style.total + t->style.fin;
}

__printf(2, 3)
static void transfer_tell(const struct transfer *t, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (!t->tell)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_info("%6u.%03u %pV\n", transfer_ms(t), (u32)(t->now % USEC_PER_MSEC), &vaf);
	va_end(args);
}

/* ---- What goes, and what comes ---- */

static void transfer_tally(struct transfer *t, u32 seq, u32 len, u32 end)
{
	bool again = seq < t->high;

	t->segs++;
	if (end > seq)
		t->progress_at = t->now;
	if (len) {
		t->data_segs++;
		t->bytes += len;
	}
	if (again && end > seq) {
		t->again++;
		t->bytes_again += len;
	}
	for (; t->high < end; t->high++)
		t->first_ms[t->high] = transfer_ms(t);
}

/* Into the network with what the socket has sent. */
static void transfer_collect(struct transfer *t)
{
	const struct wire_segment *s;
	char text[200];

	while ((s = wire_next(t->w))) {
		struct network_packet packet = { .way = NETWORK_DATA };
		u32 seq = s->seg.seq - t->w->iss;
		bool passes;

		packet.seg = (struct peer_segment) {
			.seq = seq,
			.end = seq + s->len + !!(s->seg.flags & ETP_FIN),
			.fin = s->seg.flags & ETP_FIN,
			.tsval = s->seg.tsval,
			.ect = s->seg.ecn == INET_ECN_ECT_0,
			.cwr = s->seg.flags & ETP_CWR,
		};
		if (s->garbled)
			transfer_broken(t, "checksum, ports or payload wrong at %u", seq);
		if (s->seg.flags & (ETP_SYN | ETP_RST))
			transfer_broken(t, "SYN or RST");
		if (packet.seg.end > transfer_end(t)) {
			transfer_broken(t, "%u is behind the end", packet.seg.end);
			continue;
		}
		transfer_tally(t, seq, s->len, packet.seg.end);
		passes = network_send(&t->network, &packet, t->now);
		if (t->tell) {
			wire_print(t->w, s, text, sizeof(text));
			transfer_tell(t, "out %s%s", text, passes ? "" : " (lost)");
		}
	}
}

static void transfer_answer(struct transfer *t)
{
	struct network_packet packet = { .way = NETWORK_ACK };
	bool passes;

	peer_answer(&t->peer, &packet.ack);
	passes = network_send(&t->network, &packet, t->now);
	transfer_tell(t, "    the peer acknowledges %u%s", packet.ack.ack, passes ? "" : " (lost)");
}

/* In the words of a script */
static void transfer_tell_ack(const struct transfer *t, const struct peer_ack *ack)
{
	char blocks[100] = "";
	u32 i, n = 0;

	if (!t->tell)
		return;
	for (i = 0; i < ack->nblocks; i++)
		n += scnprintf(blocks + n, sizeof(blocks) - n, " sack %u:%u",
			       ack->block[i].start, ack->block[i].end);
	if (t->style.peer.ts)
		scnprintf(blocks + n, sizeof(blocks) - n, " echo %u ms ago",
			  t->w->tsval - ack->tsecr);
	transfer_tell(t, "in  ACK%s seq 1 ack %u win %u%s", ack->ece ? "|ECE" : "",
		      ack->ack, ack->wnd, blocks);
}

/* What an ACK tells: its blocks also when another has overtaken it, unless it is older
 * than any window (RFC 5961 section 5.2).
 */
static void transfer_learn(struct transfer *t, const struct peer_ack *ack)
{
	u32 wnd = ack->wnd << t->style.peer.wscale, i;

	t->edge = max(t->edge, ack->ack + wnd);
	if (ack->ack + t->max_wnd < t->una)
		return;
	t->dsacks += ack->dsack;
	for (i = ack->dsack; i < ack->nblocks; i++)
		bitmap_set(t->told, ack->block[i].start,
			   ack->block[i].end - ack->block[i].start);
	if (ack->ack < t->una)
		return;
	t->max_wnd = max(t->max_wnd, wnd);
	if (ack->ack > t->una) {
		t->acked = ack->ack - t->una;
		t->longest_ms = max(t->longest_ms,
				    transfer_ms(t) - t->first_ms[t->una]);
		t->progress_at = t->now;
	}
	t->una = ack->ack;
}

static void transfer_acked(struct transfer *t, const struct peer_ack *ack)
{
	const struct wire *w = t->w;
	struct wire_segment s = {
		.seg = {
			.seq = w->irs + 1, .ack = w->iss + ack->ack, .wnd = ack->wnd,
			.flags = ETP_ACK | (ack->ece ? ETP_ECE : 0),
		},
	};
	u32 i;

	if (t->style.peer.ts) {
		s.seg.opts |= ETP_OPT_TS;
		s.seg.tsval = 1 + transfer_ms(t);
		s.seg.tsecr = ack->tsecr;
	}
	if (ack->nblocks)
		s.seg.opts |= ETP_OPT_SACK;
	s.seg.sack_n = ack->nblocks;
	for (i = 0; i < ack->nblocks; i++) {
		s.sack[i].start = w->iss + ack->block[i].start;
		s.sack[i].end = w->iss + ack->block[i].end;
	}
	transfer_tell_ack(t, ack);
	transfer_learn(t, ack);
	t->acks++;
	wire_inject(t->w, &s);
}

static void transfer_arrives(struct transfer *t)
{
	struct network_packet packet;

	network_take(&t->network, &packet);
	if (packet.way == NETWORK_ACK) {
		t->event = TRANSFER_ACKED;
		transfer_acked(t, &packet.ack);
		return;
	}
	transfer_tell(t, "    %u:%u arrives", packet.seg.seq, packet.seg.end);
	if (t->style.renege && t->peer.nearly > 2) {
		t->style.renege = false;
		t->reneged = true;
		transfer_tell(t, "    the peer throws away what lies behind the gap");
		peer_renege(&t->peer);
	}
	if (peer_take(&t->peer, &packet.seg, t->now))
		transfer_answer(t);
	if (t->peer.beyond)
		transfer_broken(t, "%u bytes beyond the window", t->peer.beyond);
}

static void transfer_fires(struct transfer *t, enum wire_timer which)
{
	const struct etp_sock *es = wire_es(t->w);
	bool flight = es->snd.una != es->snd.nxt;
	u32 rto = etp_rtt_rto(&es->rtt);
	u32 segs = t->segs, data = t->data_segs, again = t->again;
	unsigned long probes = wire_count(LossProbes);

	t->rtx_was = es->timers.rtx_is;
	transfer_tell(t, "the %s timer (%u)", which == WIRE_RTX ? "retransmission" : "ACK",
		      t->rtx_was);
	if (which == WIRE_RTX && t->rtx_was == ETP_TIMER_RTO && flight)
		t->timeouts++;
	wire_fire(t->w, which);
	transfer_collect(t);
	if (wire_count(LossProbes) != probes)
		t->probes_again += t->again - again;
	if (which == WIRE_RTX && t->rtx_was == ETP_TIMER_RTO && flight)
		transfer_check_timeout(t, rto, t->data_segs - data);
	if (which == WIRE_RTX && t->rtx_was == ETP_TIMER_PERSIST && t->segs == segs)
		transfer_broken(t, "the persist timer fired and nothing went");
}

static void transfer_writes(struct transfer *t)
{
	u32 len = min(t->style.chunk, t->style.total - t->w->written);

	transfer_tell(t, "write %u", len);
	wire_write(t->w, len);
	t->write_at = t->now + draw_below(&t->draw, t->style.chunk_us + 1);
	if (t->w->written < t->style.total)
		return;
	t->write_at = 0;
	if (t->style.fin)
		wire_shutdown(t->w);
}

/* ---- The clock ---- */

static void transfer_sooner(u64 at, enum transfer_event what, u64 *next,
			    enum transfer_event *event)
{
	if (at && at < *next) {
		*next = at;
		*event = what;
	}
}

/* Returns what comes next; the clock goes there. */
static enum transfer_event transfer_next(struct transfer *t)
{
	enum transfer_event event = TRANSFER_SILENCE;
	u64 next = ~0ULL, at;
	unsigned long when;

	if (network_next(&t->network, &at))
		transfer_sooner(at, TRANSFER_ARRIVES, &next, &event);
	transfer_sooner(t->peer.ack_at, TRANSFER_PEER_ACKS, &next, &event);
	if (t->style.peer.read_most && t->peer.read < t->peer.nxt)
		transfer_sooner(max(t->peer.read_at, t->now), TRANSFER_PEER_READS, &next,
				&event);
	transfer_sooner(t->write_at, TRANSFER_WRITES, &next, &event);
	if (wire_expires(t->w, WIRE_RTX, &when))
		transfer_sooner(wire_clock_of(when), TRANSFER_RTX, &next, &event);
	if (wire_expires(t->w, WIRE_DELACK, &when))
		transfer_sooner(wire_clock_of(when), TRANSFER_DELACK, &next, &event);
	if (event != TRANSFER_SILENCE)
		t->now = max(t->now, next);
	wire_clock_set(t->now);
	return event;
}

static void transfer_tell_state(const struct transfer *t)
{
	const struct etp_sock *es = wire_es(t->w);

	if (t->event == TRANSFER_ACKED || t->event == TRANSFER_RTX)
		transfer_tell(t, "        state %u, cwnd %u, ssthresh %u, pipe %u, undone %lu",
			      es->rec.state, es->cong.cwnd, es->cong.ssthresh,
			      etp_rec_pipe(&es->rec, &es->snd), t->tell ?
			      wire_count(TSUndo) + wire_count(DSACKUndo) +
			      wire_count(SpuriousRTOs) : 0);
}

static void transfer_step(struct transfer *t)
{
	t->steps++;
	t->beyond = false;
	t->acked = 0;
	t->state = wire_es(t->w)->rec.state;
	t->cwnd = wire_es(t->w)->cong.cwnd;
	t->event = transfer_next(t);
	switch (t->event) {
	case TRANSFER_ARRIVES:
		transfer_arrives(t);
		break;
	case TRANSFER_RTX:
		transfer_fires(t, WIRE_RTX);
		break;
	case TRANSFER_DELACK:
		transfer_fires(t, WIRE_DELACK);
		break;
	case TRANSFER_PEER_ACKS:
		transfer_answer(t);
		break;
	case TRANSFER_PEER_READS:
		if (peer_reads(&t->peer, t->now))
			transfer_answer(t);
		break;
	case TRANSFER_WRITES:
		transfer_writes(t);
		break;
	default:
		transfer_broken(t, "silence: SND.UNA %u, SND.NXT %u, the peer has %u of %u",
				wire_es(t->w)->snd.una - t->w->iss,
				wire_es(t->w)->snd.nxt - t->w->iss, t->peer.nxt,
				transfer_end(t));
		return;
	}
	transfer_collect(t);
	transfer_tell_state(t);
	transfer_check(t);
}

/* ---- From beginning to end ---- */

static bool transfer_done(const struct transfer *t)
{
	return t->una == transfer_end(t) && !t->network.n && !t->peer.ack_at;
}

static void transfer_options(const struct peer_style *peer, char *buf, size_t size)
{
	size_t n = scnprintf(buf, size, "mss %u%s", peer->mss, peer->sack ? " sackok" : "");

	if (peer->wscale)
		n += scnprintf(buf + n, size - n, " wscale %u", peer->wscale);
	if (peer->ts)
		scnprintf(buf + n, size - n, " ts 1");
}

/* The handshake; nothing of it is lost, that is other tests' business. */
static void transfer_open(struct transfer *t)
{
	const struct peer_style *peer = &t->style.peer;
	struct wire *w = t->w;
	char options[60];

	w->use_iss = t->style.iss;
	w->irs = t->style.irs;
	w->written = 0;
	w->read = 0;
	wire_connect(w);
	wire_forget(w);
	t->peer.ts_recent = w->tsval;
	t->now += 2 * t->style.network.delay_us;
	wire_clock_set(t->now);
	transfer_options(peer, options, sizeof(options));
	wire_in(w, "SYN|ACK%s seq 0 ack 1 win %u %s", peer->ecn ? "|ECE" : "",
		min(peer->buffer, 65535U), options);
	wire_state(w, TCP_ESTABLISHED);
	wire_forget(w);
	if (t->style.nodelay)
		wire_set(w, ETP_NODELAY, 1);
	lock_sock(w->sk);
	if (peer->sack || (strcmp(t->policy, "sack") && strcmp(t->policy, "rack")))
		KUNIT_EXPECT_EQ(w->test, etp_rec_choose(w->sk, t->policy), 0);
	release_sock(w->sk);
	transfer_tell(t, "%s, seed %u, %s: %u bytes, %s, window %u, delay %u us",
		      t->policy, t->seed, transfer_weather_name(t->style.weather),
		      t->style.total, options, peer->buffer, t->style.network.delay_us);
}

static void transfer_begin(struct transfer *t, const char *policy, u32 seed)
{
	struct wire *w = t->w;
	bool tell = t->tell;

	memset(t, 0, sizeof(*t));
	t->w = w;
	t->tell = tell;
	t->policy = policy;
	t->seed = seed;
	t->now = WIRE_CLOCK;
	t->una = 1;
	t->high = 1;
	t->draw.state = ~(u64)seed;
	transfer_style(&t->style, seed, policy);
	network_init(&t->network, &t->style.network, (u64)seed << 32);
	peer_init(&t->peer, &t->style.peer);
	t->edge = t->peer.edge;
	t->max_wnd = t->edge - 1;
}

/**
 * transfer_run - a transfer, from the handshake to the last ACK
 * @t: the transfer; @t->w and @t->tell are set, @t->why says afterwards what went
 *	wrong
 * @policy: the recovery policy
 * @seed: the seed
 */
void transfer_run(struct transfer *t, const char *policy, u32 seed)
{
	struct etp_net *en = etp_net(&init_net);
	int ecn = en->ecn, retries = en->retries2;

	transfer_begin(t, policy, seed);
	en->ecn = t->style.peer.ecn;
	/* whether a connection gives up is other tests' business */
	en->retries2 = INT_MAX;
	wire_clock_hold();
	transfer_open(t);
	transfer_count(t->count);
	t->watch.sent = transfer_sent;
	t->w->watch = &t->watch;
	t->write_at = t->now + 1;
	while (!*t->why && !transfer_done(t)) {
		transfer_step(t);
		if (t->steps > STEPS_MOST || t->now > WIRE_CLOCK + HOURS_MOST)
			transfer_broken(t, "no end: %u of %u", t->una, transfer_end(t));
	}
	if (!*t->why)
		transfer_check_end(t);
	t->w->watch = NULL;
	wire_abort(t->w);
	wire_forget(t->w);
	if (!*t->why)
		transfer_check_freed(t);
	en->retries2 = retries;
	en->ecn = ecn;
}
