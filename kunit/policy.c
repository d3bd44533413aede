// SPDX-License-Identifier: GPL-2.0
/* Scripts for the policies of loss recovery; policy.h has their language. */
#include "policy.h"
#include <net/inet_ecn.h>

/**
 * policy_needs_sack - does a policy go by SACK blocks?
 * @policy: its name
 */
bool policy_needs_sack(const char *policy)
{
	return !strcmp(policy, "sack") || !strcmp(policy, "rack");
}

/**
 * policy_choose - what ETP_RECOVERY does
 * @w: the wire
 * @name: of the policy
 */
int policy_choose(struct wire *w, const char *name)
{
	int err;

	lock_sock(w->sk);
	err = etp_rec_choose(w->sk, name);
	release_sock(w->sk);
	return err;
}

/**
 * policy_expect - expect windows and a state of recovery
 * @w: the wire
 * @cwnd: bytes
 * @ssthresh: bytes
 * @pipe: bytes, see struct policy_row
 * @state: see struct policy_row
 */
void policy_expect(struct wire *w, u32 cwnd, u32 ssthresh, u32 pipe, char state)
{
	const struct policy_row row = {
		.in = "now", .cwnd = cwnd, .ssthresh = ssthresh, .pipe = pipe,
		.state = state,
	};

	policy_play_rows(w, &row, 1);
}

/* Ten segments go; a round trip of 0.4 s, so that what RACK waits for, a quarter, is
 * nothing that a test waits for by accident.
 */
static void policy_ten(struct wire *w, const char *policy, u32 waits)
{
	KUNIT_EXPECT_EQ(w->test, policy_choose(w, policy), 0);
	wire_es(w)->rtt.min_us = 400000;
	wire_es(w)->rtt.srtt = 400000 << 3;
	wire_es(w)->rtt.rto = 2 * HZ;
	wire_write(w, (POLICY_IN_FLIGHT + waits) * WIRE_MSS);
	wire_forget(w);
	policy_expect(w, POLICY_IN_FLIGHT * WIRE_MSS, ETP_SSTHRESH_INF,
		      POLICY_IN_FLIGHT * WIRE_MSS, 'O');
}

/**
 * policy_open - a connection with ten segments in flight
 * @w: the wire
 * @policy: its policy
 * @waits: segments beyond, written and not sent yet
 */
void policy_open(struct wire *w, const char *policy, u32 waits)
{
	wire_open_passive(w, policy_needs_sack(policy) ? "mss 1460 sackok" : "mss 1460");
	policy_ten(w, policy, waits);
}

/**
 * policy_open_ecn - the same with ECN (RFC 3168)
 * @w: the wire
 * @policy: its policy
 * @waits: segments beyond, written and not sent yet
 */
void policy_open_ecn(struct wire *w, const char *policy, u32 waits)
{
	wire_listen(w);
	wire_in(w, "SYN|ECE|CWR seq 0 mss 1460%s",
		policy_needs_sack(policy) ? " sackok" : "");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	KUNIT_EXPECT_TRUE(w->test, wire_es(w)->peer.ecn_ok);
	policy_ten(w, policy, waits);
}

static void policy_fire(struct wire *w, enum etp_rtx_timer which)
{
	KUNIT_EXPECT_EQ(w->test, (int)wire_es(w)->timers.rtx_is, (int)which);
	wire_fire(w, WIRE_RTX);
}

static void policy_ack(struct wire *w, const char *in)
{
	char copy[64], text[160], *rest = copy, *word;
	u32 ack, start, end;
	bool ece = false;
	size_t n = 0;

	strscpy(copy, in, sizeof(copy));
	text[0] = 0;
	word = strsep(&rest, " ");
	if (kstrtou32(word, 10, &ack))
		goto bad;
	while ((word = strsep(&rest, " "))) {
		if (!strcmp(word, "ece")) {
			ece = true;
			continue;
		}
		if (sscanf(word, "%u:%u", &start, &end) != 2)
			goto bad;
		n += scnprintf(text + n, sizeof(text) - n, " sack %u:%u",
			       POLICY_SEQ(start), POLICY_SEQ(end));
	}
	wire_in(w, "ACK%s seq 1 ack %u%s", ece ? "|ECE" : "", POLICY_SEQ(ack), text);
	return;
bad:
	KUNIT_FAIL(w->test, "not a row: %s", in);
}

static void policy_happens(struct wire *w, const char *in)
{
	if (!strcmp(in, "rto"))
		policy_fire(w, ETP_TIMER_RTO);
	else if (!strcmp(in, "pto"))
		policy_fire(w, ETP_TIMER_POLICY);
	else if (strcmp(in, "now"))
		policy_ack(w, in);
}

/* Marks of a segment, or why it is none of those that a script speaks of */
static const char *policy_marks(const struct wire *w, const struct wire_segment *s)
{
	u32 at = s->seg.seq - w->iss - 1;

	if (s->garbled || at % WIRE_MSS || s->len != WIRE_MSS ||
	    (s->seg.flags & ~(ETP_ACK | ETP_PSH | ETP_CWR)))
		return "?";
	if (s->seg.ecn == INET_ECN_NOT_ECT)
		return s->seg.flags & ETP_CWR ? "c" : "";
	return s->seg.flags & ETP_CWR ? "ec" : "e";
}

/* What went, in a script's words */
static void policy_sent(struct wire *w, char *buf, size_t size)
{
	const char *marks = "", *now;
	u32 first = 0, last = 0, at;
	const struct wire_segment *s;
	size_t n = 0;

	buf[0] = 0;
	for (bool any = false; ; any = true) {
		s = wire_next(w);
		at = s ? (s->seg.seq - w->iss - 1) / WIRE_MSS : 0;
		now = s ? policy_marks(w, s) : "";
		if (s && any && at == last + 1 && !strcmp(now, marks)) {
			last = at;
			continue;
		}
		if (any && first != last)
			n += scnprintf(buf + n, size - n, "%s%u-%u%s", n ? " " : "",
				       first, last, marks);
		else if (any)
			n += scnprintf(buf + n, size - n, "%s%u%s", n ? " " : "",
				       first, marks);
		if (!s)
			return;
		first = at;
		last = at;
		marks = now;
	}
}

static char policy_letter(int state)
{
	switch (state) {
	case ETP_CA_OPEN:
		return 'O';
	case ETP_CA_DISORDER:
		return 'D';
	case ETP_CA_RECOVERY:
		return 'R';
	case ETP_CA_LOSS:
		return 'L';
	default:
		return '?';
	}
}

/**
 * policy_play_rows - play a script
 * @w: the wire
 * @rows: the script; one without @out is not asked what went
 * @n: how many
 */
void policy_play_rows(struct wire *w, const struct policy_row *rows, unsigned int n)
{
	const struct etp_sock *es = wire_es(w);
	unsigned int i;

	for (i = 0; i < n; i++) {
		const struct policy_row *row = &rows[i];
		char sent[160];
		u32 pipe;

		policy_happens(w, row->in);
		if (row->out) {
			policy_sent(w, sent, sizeof(sent));
			KUNIT_EXPECT_STREQ_MSG(w->test, sent, row->out,
					       "row %u: %s", i, row->in);
		}
		pipe = es->rec.ops->sack ? etp_rec_pipe(&es->rec, &es->snd) :
					   etp_flight(&es->snd);
		KUNIT_EXPECT_EQ_MSG(w->test, es->cong.cwnd, row->cwnd,
				    "cwnd, row %u: %s", i, row->in);
		KUNIT_EXPECT_EQ_MSG(w->test, es->cong.ssthresh, row->ssthresh,
				    "ssthresh, row %u: %s", i, row->in);
		KUNIT_EXPECT_EQ_MSG(w->test, pipe, row->pipe,
				    "pipe, row %u: %s", i, row->in);
		KUNIT_EXPECT_EQ_MSG(w->test, policy_letter(es->rec.state), row->state,
				    "state, row %u: %s", i, row->in);
	}
}

/* ---- What reno and newreno do alike, without SACK ---- */

/* Segment 0 is missing and others arrive, while new data waits: RFC 3042 lets a segment go
 * for each of two duplicates; RFC 5681 section 3.2 (2): half of ten, not of twelve; (3):
 * three more; (4): one more for each further duplicate; (5): new data once there is room.
 * The last of them are brought by what RFC 3042 let go.
 */
static const struct policy_row duplicates_with_data[] = {
	{ "0", "10", N(10), INF, N(11), 'D' },
	{ "0", "11", N(10), INF, N(12), 'D' },
	{ "0", "0", N(8), N(5), N(12), 'R' },
	{ "0", "", N(9), N(5), N(12), 'R' },
	{ "0", "", N(10), N(5), N(12), 'R' },
	{ "0", "", N(11), N(5), N(12), 'R' },
	{ "0", "", N(12), N(5), N(12), 'R' },
	{ "0", "12", N(13), N(5), N(13), 'R' },
	{ "0", "13", N(14), N(5), N(14), 'R' },
	{ "0", "14", N(15), N(5), N(15), 'R' },
};

/* The same when all has been sent */
static const struct policy_row duplicates[] = {
	{ "0", "", N(10), INF, N(10), 'D' },
	{ "0", "", N(10), INF, N(10), 'D' },
	{ "0", "0", N(8), N(5), N(10), 'R' },
	{ "0", "", N(9), N(5), N(10), 'R' },
	{ "0", "", N(10), N(5), N(10), 'R' },
	{ "0", "", N(11), N(5), N(10), 'R' },
	{ "0", "", N(12), N(5), N(10), 'R' },
	{ "0", "", N(13), N(5), N(10), 'R' },
	{ "0", "", N(14), N(5), N(10), 'R' },
};

/**
 * policy_first_missing - a connection on which segment 0 of ten is missing
 * @w: the wire
 * @policy: "reno" or "newreno"
 * @waits: segments beyond, written and not sent yet; none, or enough for @dups
 * @dups: how many duplicate ACKs have told of it
 */
void policy_first_missing(struct wire *w, const char *policy, u32 waits, unsigned int dups)
{
	policy_open(w, policy, waits);
	KUNIT_ASSERT_LE(w->test, dups, (unsigned int)(waits ?
			ARRAY_SIZE(duplicates_with_data) : ARRAY_SIZE(duplicates)));
	policy_play_rows(w, waits ? duplicates_with_data : duplicates, dups);
}

/**
 * policy_acks_lost - of nine duplicates seven are lost
 * @w: the wire
 * @policy: "reno" or "newreno"
 *
 * Two are too few, and a time-out has to tell.
 */
void policy_acks_lost(struct wire *w, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "rto", "0", N(1), N(5), N(10), 'L' },
		{ "10", "", N(2), N(5), N(0), 'O' },
	};

	policy_first_missing(w, policy, 0, 2);
	policy_play(w, rows);
}

/**
 * policy_reordered_little - 0 comes behind 2
 * @w: the wire
 * @policy: "reno" or "newreno"
 *
 * What two duplicates let go counts, and slow start goes on, by two segments (RFC
 * 3465's L) for three that one ACK acknowledges.
 */
void policy_reordered_little(struct wire *w, const char *policy)
{
	static const struct policy_row rows[] = {
		{ "3", "12-14", N(12), INF, N(12), 'O' },
	};

	policy_first_missing(w, policy, 10, 2);
	policy_play(w, rows);
}
