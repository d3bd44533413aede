// SPDX-License-Identifier: GPL-2.0
/*
 * The wire harness, part two: segments as text, and what is expected of those
 * that were captured.
 */
#include "harness.h"
#include <net/inet_ecn.h>

static const char *const wire_flag_names[] = {
	"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR",
};

static bool wire_parse_flags(char *word, u8 *flags)
{
	char *name;
	int i;

	*flags = 0;
	if (!strcmp(word, "none"))
		return true;
	while ((name = strsep(&word, "|"))) {
		i = match_string(wire_flag_names, ARRAY_SIZE(wire_flag_names), name);
		if (i < 0)
			return false;
		*flags |= 1 << i;
	}
	return true;
}

/* Words without a number.  Returns true when @word was one. */
static bool wire_parse_plain(const char *word, struct wire_segment *s,
			     unsigned int *given)
{
	if (!strcmp(word, "sackok")) {
		s->seg.opts |= ETP_OPT_SACK_OK;
		return true;
	}
	if (!strcmp(word, "ect") || !strcmp(word, "ce")) {
		s->seg.ecn = *word == 'e' ? INET_ECN_ECT_0 : INET_ECN_CE;
		return true;
	}
	if (!strcmp(word, "nosack")) {
		*given |= WIRE_SACK;
		return true;
	}
	return false;
}

/* The numbers are relative still: wire_parse() knows the direction. */
static bool wire_parse_number(const char *word, u32 n, struct wire_segment *s,
			      unsigned int *given)
{
	if (!strcmp(word, "seq")) {
		s->seg.seq = n;
		*given |= WIRE_SEQ;
	} else if (!strcmp(word, "ack")) {
		s->seg.ack = n;
		*given |= WIRE_ACKNO;
	} else if (!strcmp(word, "len")) {
		s->len = n;
	} else if (!strcmp(word, "win")) {
		s->seg.wnd = n;
		*given |= WIRE_WIN;
	} else if (!strcmp(word, "up")) {
		s->seg.up = n;
		*given |= WIRE_UP;
	} else if (!strcmp(word, "mss")) {
		s->seg.mss = n;
		s->seg.opts |= ETP_OPT_MSS;
	} else if (!strcmp(word, "wscale")) {
		s->seg.wscale = n;
		s->seg.opts |= ETP_OPT_WSCALE;
	} else if (!strcmp(word, "ts")) {
		s->seg.tsval = n;
		s->seg.opts |= ETP_OPT_TS;
		*given |= WIRE_TS;
	} else {
		return false;
	}
	return true;
}

static bool wire_parse_sack(char *pair, struct wire_segment *s, unsigned int *given)
{
	struct etp_sack_block *block = &s->sack[s->seg.sack_n];
	char *start = strsep(&pair, ":");

	if (!pair || s->seg.sack_n == ETP_MAX_SACKS ||
	    kstrtou32(start, 0, &block->start) || kstrtou32(pair, 0, &block->end))
		return false;
	s->seg.sack_n++;
	s->seg.opts |= ETP_OPT_SACK;
	*given |= WIRE_SACK;
	return true;
}

static bool wire_parse_words(char *text, struct wire_segment *s, unsigned int *given)
{
	char *word = strsep(&text, " "), *value;
	bool after_ts = false;
	u32 n;

	if (!wire_parse_flags(word, &s->seg.flags))
		return false;
	while ((word = strsep(&text, " "))) {
		if (!*word || wire_parse_plain(word, s, given))
			continue;
		if (after_ts && !kstrtou32(word, 0, &s->seg.tsecr)) {
			*given |= WIRE_TSECR;
			after_ts = false;
			continue;
		}
		value = strsep(&text, " ");
		if (!value)
			return false;
		if (!strcmp(word, "sack")) {
			if (!wire_parse_sack(value, s, given))
				return false;
			continue;
		}
		if (kstrtou32(value, 0, &n) || !wire_parse_number(word, n, s, given))
			return false;
		after_ts = !strcmp(word, "ts");
	}
	return true;
}

/**
 * wire_parse - a segment from its text
 * @w: the wire
 * @text: see harness.h
 * @s: to be filled in; numbers are relative
 * @given: gets WIRE_*
 *
 * Fails the test, and returns false, when the text is not one.
 */
bool wire_parse(struct wire *w, const char *text, struct wire_segment *s,
		unsigned int *given)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	bool ok;

	memset(s, 0, sizeof(*s));
	*given = 0;
	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, copy);
	ok = wire_parse_words(copy, s, given);
	kfree(copy);
	if (s->seg.flags & ETP_PSH)
		*given |= WIRE_PSH;
	if (!ok)
		KUNIT_FAIL(w->test, "not a segment: %s", text);
	return ok;
}

/**
 * wire_print - a captured segment in the words of a script
 * @w: the wire
 * @s: the segment
 * @buf: gets the text
 * @size: of @buf
 */
void wire_print(const struct wire *w, const struct wire_segment *s, char *buf,
		size_t size)
{
	const struct etp_segment *seg = &s->seg;
	size_t n = 0;
	int i;

	for (i = 0; i < 8; i++)
		if (seg->flags & 1 << i)
			n += scnprintf(buf + n, size - n, "%s%s", n ? "|" : "",
				       wire_flag_names[i]);
	n += scnprintf(buf + n, size - n, "%s seq %u", n ? "" : "none",
		       seg->seq - w->iss);
	if (seg->flags & ETP_ACK)
		n += scnprintf(buf + n, size - n, " ack %u", seg->ack - w->irs);
	n += scnprintf(buf + n, size - n, " len %u win %u", s->len, seg->wnd);
	if (seg->flags & ETP_URG)
		n += scnprintf(buf + n, size - n, " up %u", seg->up);
	if (seg->opts & ETP_OPT_MSS)
		n += scnprintf(buf + n, size - n, " mss %u", seg->mss);
	if (seg->opts & ETP_OPT_WSCALE)
		n += scnprintf(buf + n, size - n, " wscale %u", seg->wscale);
	if (seg->opts & ETP_OPT_SACK_OK)
		n += scnprintf(buf + n, size - n, " sackok");
	if (seg->opts & ETP_OPT_TS)
		n += scnprintf(buf + n, size - n, " ts %u", seg->tsecr);
	for (i = 0; i < min_t(int, seg->sack_n, ETP_MAX_SACKS); i++)
		n += scnprintf(buf + n, size - n, " sack %u:%u",
			       s->sack[i].start - w->irs, s->sack[i].end - w->irs);
	if (seg->ecn)
		n += scnprintf(buf + n, size - n, seg->ecn == INET_ECN_CE ? " ce" : " ect");
	if (s->garbled)
		scnprintf(buf + n, size - n, " (checksum, ports or payload wrong)");
}

/**
 * wire_in - a segment comes from the peer
 * @w: the wire
 * @fmt: its text, see harness.h
 */
void wire_in(struct wire *w, const char *fmt, ...)
{
	struct wire_segment s;
	unsigned int given;
	char text[200];
	va_list args;
	int i;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!wire_parse(w, text, &s, &given))
		return;
	s.seg.seq += w->irs;
	if (given & WIRE_ACKNO)
		s.seg.ack += w->iss;
	if (!(given & WIRE_WIN))
		s.seg.wnd = 65535;
	if ((given & WIRE_TS) && !(given & WIRE_TSECR))
		s.seg.tsecr = w->tsval;
	for (i = 0; i < s.seg.sack_n; i++) {
		s.sack[i].start += w->iss;
		s.sack[i].end += w->iss;
	}
	wire_clock_tick();
	wire_inject(w, &s);
}

/**
 * wire_next - the oldest segment that was sent and not looked at
 * @w: the wire
 *
 * Returns NULL when there is none.
 */
const struct wire_segment *wire_next(struct wire *w)
{
	const struct wire_segment *s = NULL;

	spin_lock_bh(&w->lock);
	if (w->head != w->tail)
		s = &w->captured[w->head++ % WIRE_CAPTURED];
	spin_unlock_bh(&w->lock);
	return s;
}

static bool wire_same_sack(const struct wire *w, const struct wire_segment *want,
			   const struct wire_segment *got)
{
	int i;

	if (want->seg.sack_n != got->seg.sack_n)
		return false;
	for (i = 0; i < want->seg.sack_n; i++)
		if (want->sack[i].start + w->irs != got->sack[i].start ||
		    want->sack[i].end + w->irs != got->sack[i].end)
			return false;
	return true;
}

static bool wire_same_options(const struct etp_segment *want,
			      const struct etp_segment *got, unsigned int given)
{
	if ((got->flags & ETP_SYN) && want->opts != got->opts)
		return false;
	if ((want->opts & got->opts) != (want->opts & ~ETP_OPT_SACK) &&
	    (want->opts & got->opts) != want->opts)
		return false;
	if ((want->opts & ETP_OPT_MSS) && want->mss != got->mss)
		return false;
	if ((want->opts & ETP_OPT_WSCALE) && want->wscale != got->wscale)
		return false;
	return !(given & WIRE_TS) || want->tsval == got->tsecr;
}

static bool wire_same(const struct wire *w, const struct wire_segment *want,
		      const struct wire_segment *got, unsigned int given)
{
	u8 differ = want->seg.flags ^ got->seg.flags;

	if (!(given & WIRE_PSH))
		differ &= ~ETP_PSH;
	if (differ || want->len != got->len || want->seg.ecn != got->seg.ecn || got->garbled)
		return false;
	if ((given & WIRE_SEQ) && want->seg.seq + w->iss != got->seg.seq)
		return false;
	if ((given & WIRE_ACKNO) && want->seg.ack + w->irs != got->seg.ack)
		return false;
	if ((given & WIRE_WIN) && want->seg.wnd != got->seg.wnd)
		return false;
	if ((given & WIRE_UP) && want->seg.up != got->seg.up)
		return false;
	if ((given & WIRE_SACK) && !wire_same_sack(w, want, got))
		return false;
	return wire_same_options(&want->seg, &got->seg, given);
}

/**
 * wire_out - expect a segment to have been sent
 * @w: the wire
 * @fmt: its text, see harness.h; compared with the oldest one captured
 */
void wire_out(struct wire *w, const char *fmt, ...)
{
	const struct wire_segment *got = wire_next(w);
	struct wire_segment want;
	unsigned int given;
	char text[200], was[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!wire_parse(w, text, &want, &given))
		return;
	if (!got) {
		KUNIT_FAIL(w->test, "expected %s; nothing was sent", text);
		return;
	}
	if (wire_same(w, &want, got, given))
		return;
	wire_print(w, got, was, sizeof(was));
	KUNIT_FAIL(w->test, "expected %s; got %s", text, was);
}

/**
 * wire_out_nothing - expect that nothing more was sent
 * @w: the wire
 */
void wire_out_nothing(struct wire *w)
{
	const struct wire_segment *got;
	char was[200];

	while ((got = wire_next(w))) {
		wire_print(w, got, was, sizeof(was));
		KUNIT_FAIL(w->test, "expected nothing; got %s", was);
	}
}

/**
 * wire_out_data - expect consecutive segments
 * @w: the wire
 * @seq: first sequence number
 * @end: the one after the last
 * @mss: size of each, save the last
 */
void wire_out_data(struct wire *w, u32 seq, u32 end, u32 mss)
{
	while (seq_lt(seq, end)) {
		u32 len = min(mss, end - seq);

		wire_out(w, "ACK seq %u len %u", seq, len);
		seq += len;
	}
}

/**
 * wire_forget - do not look at what was sent until now
 * @w: the wire
 */
void wire_forget(struct wire *w)
{
	spin_lock_bh(&w->lock);
	w->head = w->tail;
	spin_unlock_bh(&w->lock);
}

/**
 * wire_state - expect the connection to be in a state
 * @w: the wire
 * @state: TCP_ESTABLISHED ...
 *
 * What has no socket, or no longer the one it had, is looked up in the table.
 */
void wire_state(struct wire *w, int state)
{
	int is = w->sk ? w->sk->sk_state : TCP_CLOSE;
	struct etp_node *node = NULL;

	if (is == TCP_CLOSE)
		node = wire_node(w);
	if (node) {
		if (node->kind == ETP_REQUEST)
			is = TCP_SYN_RECV;
		else if (node->kind == ETP_FULL)
			is = etp_node_sk(node)->sk_state;
		else
			is = container_of(node, struct etp_timewait,
					  node)->substate;
		etp_node_put(node);
	}
	KUNIT_EXPECT_STREQ(w->test, etp_state_name(is), etp_state_name(state));
}

/**
 * wire_open_passive - a connection that the peer opened
 * @w: the wire
 * @options: of the peer's SYN, " ts N" the last
 */
void wire_open_passive(struct wire *w, const char *options)
{
	wire_listen(w);
	wire_in(w, "SYN seq 0 %s", options);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1%s", strstr(options, " ts ") ?: "");
	wire_accept(w);
	wire_state(w, TCP_ESTABLISHED);
	wire_out_nothing(w);
}

/**
 * wire_open_active - a connection that we opened
 * @w: the wire
 * @options: of the peer's SYN|ACK
 */
void wire_open_active(struct wire *w, const char *options)
{
	wire_connect(w);
	wire_forget(w);
	wire_in(w, "SYN|ACK seq 0 ack 1 %s", options);
	wire_state(w, TCP_ESTABLISHED);
	wire_out(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
}
