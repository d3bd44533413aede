// SPDX-License-Identifier: GPL-2.0
/*
 * RFC 9293 section 3.10.7.4 with RFC 5961 and RFC 7323: what a segment does to a
 * connection, and above all what it does not.
 */
#include "harness.h"
#include "suites.h"

#define LEN	100U

static void rcv_in_order(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	for (i = 0; i < 10; i++) {
		wire_in(w, "ACK seq %u ack 1 len 100", 1 + i * LEN);
		wire_out(w, "ACK seq 1 ack %u", 101 + i * LEN);
	}
	wire_out_nothing(w);
	wire_read(w, 10 * LEN);
	wire_read_end(w, -EAGAIN);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.bytes_received, 10ULL * LEN);
}

/* While a program holds the socket, segments of one and a half buffers find room. */
static void rcv_backlog_room(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long dropped = wire_count(BacklogDrop);
	int i;

	wire_open_passive(w, "mss 1460");
	WRITE_ONCE(w->sk->sk_rcvbuf, SZ_256K);
	lock_sock(w->sk);
	for (i = 0; i < 1000 && w->sk->sk_backlog.len < SZ_256K * 3 / 2; i++)
		wire_in(w, "ACK seq %u ack 1 len 1460", 1 + i * 1460);
	KUNIT_EXPECT_GE(test, w->sk->sk_backlog.len, SZ_256K * 3 / 2);
	KUNIT_EXPECT_EQ(test, wire_count(BacklogDrop), dropped);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.bytes_received, 0ULL);
	release_sock(w->sk);
	KUNIT_EXPECT_GT(test, wire_es(w)->rcv.bytes_received, 0ULL);
	wire_forget(w);
}

/* What RFC 2018 section 4 wants to be told, from the order of arrival */
struct model {
	u8	order[4];	/* segments, newest last */
	int	n;
	int	next;		/* first one that is missing */
};

static bool model_has(const struct model *m, int segment)
{
	int i;

	for (i = 0; i < m->n; i++)
		if (m->order[i] == segment)
			return true;
	return false;
}

static void model_sack(const struct model *m, u32 base, char *buf, size_t size)
{
	u8 told = 0;
	size_t at = 0;
	int i, lo, hi;

	buf[0] = 0;
	for (i = m->n - 1; i >= 0; i--) {
		if (m->order[i] < m->next || told & 1 << m->order[i])
			continue;
		lo = m->order[i];
		hi = lo + 1;
		while (lo > 0 && model_has(m, lo - 1))
			lo--;
		while (hi < 4 && model_has(m, hi))
			hi++;
		told |= GENMASK(hi - 1, lo);
		at += scnprintf(buf + at, size - at, " sack %u:%u", base + lo * LEN,
				base + hi * LEN);
	}
	if (!at)
		scnprintf(buf, size, " nosack");
}

static void permutation(struct wire *w, u32 base, u32 code)
{
	struct model m = {};
	u8 rest[4] = { 0, 1, 2, 3 };
	int left, pick;
	char sack[80];

	for (left = 4; left; left--) {
		pick = code % left;
		code /= left;
		m.order[m.n++] = rest[pick];
		while (model_has(&m, m.next))
			m.next++;
		wire_in(w, "ACK seq %u ack 1 len 100", base + rest[pick] * LEN);
		model_sack(&m, base, sack, sizeof(sack));
		/* RFC 5681 section 4.2: each of them is answered at once */
		wire_out(w, "ACK seq 1 ack %u%s", base + m.next * LEN, sack);
		memmove(rest + pick, rest + pick + 1, left - pick - 1);
	}
	wire_out_nothing(w);
}

/* Four segments in each of their 24 orders, across the wrap, too */
static void rcv_every_order(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 code, base = 1;

	w->irs = 0xffffffff - 10 * LEN;
	wire_open_passive(w, "mss 1460 sackok");
	for (code = 0; code < 24; code++) {
		wire_es(w)->rcv.quick = 16;
		permutation(w, base, code);
		base += 4 * LEN;
		wire_read(w, 4 * LEN);
	}
	wire_read_end(w, -EAGAIN);
}

/* The same without SACK: duplicate ACKs, and nothing in them */
static void rcv_duplicate_acks(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 101 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1 nosack");
	wire_in(w, "ACK seq 301 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1 nosack");
	wire_in(w, "ACK seq 301 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1 nosack");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 201 nosack");
	wire_in(w, "ACK seq 201 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 401 nosack");
	wire_out_nothing(w);
	wire_read(w, 400);
}

/* RFC 2883: the ACK tells what came twice, once, before the blocks of RFC 2018 */
static void rcv_dsack(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long old, early;

	old = wire_count(DSACKOldSent);
	early = wire_count(DSACKOfoSent);
	wire_open_passive(w, "mss 1460 sackok");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 101 nosack");
	/* section 4.1.1: wholly old */
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 101 sack 1:101");
	/* section 4.1.3 and 4.2: with a hole, and in part */
	wire_in(w, "ACK seq 201 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 101 sack 201:301");
	wire_in(w, "ACK seq 51 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 151 sack 51:101 sack 201:301");
	/* in the queue: the part, then the block around it */
	wire_in(w, "ACK seq 221 ack 1 len 20");
	wire_out(w, "ACK seq 1 ack 151 sack 221:241 sack 201:301");
	/* and once only */
	wire_in(w, "ACK seq 401 ack 1 len 10");
	wire_out(w, "ACK seq 1 ack 151 sack 401:411 sack 201:301");
	/* what fills a hole may repeat what is behind it */
	wire_in(w, "ACK seq 151 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 301 sack 201:251 sack 401:411");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_count(DSACKOldSent), old + 3);
	KUNIT_EXPECT_EQ(test, wire_count(DSACKOfoSent), early + 1);
	wire_read(w, 300);
}

/* Four blocks at most, three beside timestamps; none that nobody asked for */
static void rcv_dsack_room(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	int i;

	wire_open_passive(w, "mss 1460 sackok ts 100");
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq %u ack 1 len 100 ts 100", 201 + i * 200);
	wire_forget(w);
	wire_in(w, "ACK seq 401 ack 1 len 50 ts 100");
	wire_out(w, "ACK seq 1 ack 1 ts 100 sack 401:451 sack 401:501 sack 1001:1101");
	en->dsack = 0;
	wire_in(w, "ACK seq 601 ack 1 len 50 ts 100");
	wire_out(w, "ACK seq 1 ack 1 ts 100 sack 601:701 sack 401:501 sack 1001:1101");
	en->dsack = 1;
	wire_out_nothing(w);
}

static void rcv_no_dsack(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 101 nosack");
	wire_out(w, "ACK seq 1 ack 101 nosack");
	wire_read(w, 100);
}

/* Without window scaling the window is a multiple of the MSS. */
#define WINDOW	(44 * WIRE_MSS)

/* 3.10.7.4: what is beyond the right edge is cut off, the FIN with it */
static void rcv_right_edge(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 sackok");
	wire_in(w, "ACK|FIN seq %u ack 1 len 1000", 1 + WINDOW - 200);
	wire_out(w, "ACK seq 1 ack 1 sack %u:%u", 1 + WINDOW - 200, 1 + WINDOW);
	wire_state(w, TCP_ESTABLISHED);
	/* the same in order, all of the window and more */
	wire_in(w, "ACK|FIN seq 1 ack 1 len %u", WINDOW + 1);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.nxt, w->irs + 1 + WINDOW);
	wire_state(w, TCP_ESTABLISHED);
	wire_read(w, WINDOW);
	wire_read_end(w, -EAGAIN);
}

/* FIN itself takes no room: one past the window it is welcome. */
static void rcv_fin_at_right_edge(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 1 ack 1 len %u", WINDOW);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.nxt, w->irs + 1 + WINDOW + 1);
	wire_state(w, TCP_CLOSE_WAIT);
	wire_read(w, WINDOW);
	wire_read_end(w, 0);
}

/* Segments that overlap: every byte counts once */
static void rcv_overlaps(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_in(w, "ACK seq 51 ack 1 len 100");
	wire_in(w, "ACK seq 301 ack 1 len 100");
	wire_in(w, "ACK seq 251 ack 1 len 300");
	wire_in(w, "ACK seq 351 ack 1 len 20");
	wire_in(w, "ACK seq 101 ack 1 len 200");
	wire_forget(w);
	wire_read(w, 550);
	wire_read_end(w, -EAGAIN);
	wire_in(w, "ACK seq 1 ack 1 len 600");
	wire_forget(w);
	wire_read(w, 50);
}

/* FIN ahead of what it follows */
static void rcv_early_fin(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 sackok");
	wire_in(w, "ACK|FIN seq 101 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1 sack 101:202");
	wire_state(w, TCP_ESTABLISHED);
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 202 nosack");
	wire_state(w, TCP_CLOSE_WAIT);
	wire_read(w, 200);
	wire_read_end(w, 0);
	/* a bare one */
	wire_in(w, "ACK|FIN seq 201 ack 1");
	wire_out(w, "ACK seq 1 ack 202");
}

static void rcv_early_bare_fin(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 101 ack 1");
	wire_out(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 102");
	wire_state(w, TCP_CLOSE_WAIT);
	wire_read(w, 100);
	wire_read_end(w, 0);
}

/* "first": not acceptable, so an ACK, and nothing changes */
static void rcv_outside(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 101");
	wire_in(w, "ACK seq 200000 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 101");
	wire_in(w, "ACK|FIN seq 200000 ack 1");
	wire_out(w, "ACK seq 1 ack 101");
	wire_out_nothing(w);
	wire_state(w, TCP_ESTABLISHED);
	/* a keep-alive */
	wire_in(w, "ACK seq 100 ack 1");
	wire_out(w, "ACK seq 1 ack 101");
	/* pure ACKs outside are answered now and then: not a war of two */
	wire_in(w, "ACK seq 100 ack 1");
	wire_in(w, "ACK seq 200000 ack 1");
	wire_out_nothing(w);
	wire_read(w, 100);
}

/* "second", RFC 5961 section 3.2: exact, in the window, outside */
static void rcv_rst(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "RST seq 0");
	wire_in(w, "RST seq 200000");
	wire_in(w, "RST seq 4000000000");
	wire_out_nothing(w);
	wire_in(w, "RST seq 2");
	wire_out(w, "ACK seq 1 ack 1");
	wire_in(w, "RST|ACK seq 60000 ack 1");
	wire_out(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	wire_in(w, "RST seq 1");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	wire_read_end(w, -ECONNRESET);
	wire_read_end(w, 0);
	KUNIT_EXPECT_EQ(test, wire_send(w, 1, 0), -EPIPE);
}

/* "fourth", RFC 5961 section 4.2: a SYN anywhere is answered and ignored */
static void rcv_syn(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "SYN seq 0");
	wire_out(w, "ACK seq 1 ack 1");
	wire_in(w, "SYN seq 1");
	wire_out(w, "ACK seq 1 ack 1");
	wire_in(w, "SYN|ACK seq 5000 ack 1 len 10");
	wire_out(w, "ACK seq 1 ack 1");
	wire_in(w, "SYN seq 200000");
	wire_out(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
	wire_state(w, TCP_ESTABLISHED);
}

/* "fifth": without ACK it is dropped */
static void rcv_no_ack(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "none seq 1 len 10");
	wire_in(w, "FIN seq 1");
	wire_in(w, "PSH|URG seq 1 len 10 up 3");
	wire_out_nothing(w);
	wire_read_end(w, -EAGAIN);
	wire_state(w, TCP_ESTABLISHED);
}

/* RFC 5961 section 5.2, and an ACK of what was never sent */
static void rcv_strange_acks(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 102 len 10");
	wire_out(w, "ACK seq 101 ack 1");
	wire_in(w, "ACK seq 1 ack 3000000000 len 10");
	wire_out(w, "ACK seq 101 ack 1");
	wire_out_nothing(w);
	wire_read_end(w, -EAGAIN);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.una, w->iss + 1);
	/* a duplicate from the past does no harm, its data is welcome */
	wire_in(w, "ACK seq 1 ack 101 len 10");
	wire_in(w, "ACK seq 11 ack 51 len 10");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.una, w->iss + 101);
	wire_read(w, 20);
}

/* PAWS, RFC 7323 section 5: an old timestamp is an old segment */
static void rcv_paws(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100000");
	wire_in(w, "ACK seq 1 ack 1 len 100 ts 100010");
	wire_out(w, "ACK ack 101 ts 100010");
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 100000");
	wire_out(w, "ACK ack 101 ts 100010");
	/* by a tick, too */
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 100009");
	wire_out(w, "ACK ack 101 ts 100010");
	wire_in(w, "ACK|FIN seq 101 ack 1 ts 90000");
	wire_out(w, "ACK ack 101 ts 100010");
	wire_out_nothing(w);
	wire_state(w, TCP_ESTABLISHED);
	wire_read(w, 100);
	wire_read_end(w, -EAGAIN);
	/* the clock may stand still, and may wrap */
	wire_in(w, "ACK seq 101 ack 1 len 10 ts 100010");
	wire_out(w, "ACK ack 111 ts 100010");
	wire_in(w, "ACK seq 111 ack 1 len 10 ts 2000000000");
	wire_out(w, "ACK ack 121 ts 2000000000");
	wire_in(w, "ACK seq 121 ack 1 len 10 ts 4000000000");
	wire_out(w, "ACK ack 131 ts 4000000000");
	wire_in(w, "ACK seq 131 ack 1 len 10 ts 5");
	wire_out(w, "ACK ack 141 ts 5");
	/* an RST has to have the right number, not the right time */
	wire_in(w, "RST seq 141 ts 4000000000");
	wire_state(w, TCP_CLOSE);
}

/* RFC 7323 section 4.3: TS.Recent follows the segment at the left edge only */
static void rcv_ts_recent(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 1000");
	wire_in(w, "ACK seq 1 ack 1 len 100 ts 1010");
	wire_out(w, "ACK ack 101 ts 1010");
	wire_in(w, "ACK seq 201 ack 1 len 100 ts 1030");
	wire_out(w, "ACK ack 101 ts 1010");
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 1020");
	wire_out(w, "ACK ack 301 ts 1020");
}

/* Data through the backlog: the program holds the socket when it comes */
static void rcv_backlog(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	lock_sock(w->sk);
	for (i = 0; i < 5; i++)
		wire_in(w, "ACK seq %u ack 1 len 100", 1 + i * LEN);
	wire_out_nothing(w);
	release_sock(w->sk);
	wire_forget(w);
	wire_read(w, 500);
}

/*
 * All 64 flag combinations at the right place of a connection.  Only an RST ends
 * it; what has no ACK changes nothing.
 */
static void rcv_all_flags(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned int flags;

	for (flags = 0; flags < 64; flags++) {
		struct wire_segment s = { .len = 1 };

		wire_open_passive(w, "mss 1460");
		s.seg.flags = flags;
		s.seg.seq = w->irs + 1;
		s.seg.ack = w->iss + 1;
		s.seg.wnd = 65535;
		wire_inject(w, &s);
		if (flags & ETP_RST) {
			wire_state(w, TCP_CLOSE);
			wire_out_nothing(w);
		} else if (flags & ETP_SYN) {
			wire_state(w, TCP_ESTABLISHED);
			wire_out(w, "ACK seq 1 ack 1");
		} else if (!(flags & ETP_ACK)) {
			wire_state(w, TCP_ESTABLISHED);
			wire_out_nothing(w);
		} else {
			wire_state(w, flags & ETP_FIN ? TCP_CLOSE_WAIT :
				      TCP_ESTABLISHED);
			wire_out(w, "ACK seq 1 ack %u", flags & ETP_FIN ? 3 : 2);
		}
		wire_abort(w);
		sock_release(w->listener);
		w->listener = NULL;
		wire_forget(w);
	}
}

/* ---- Noise ---- */

static u32 noise(u32 *state, u32 n)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % n;
}

/* A segment that is about right, or not */
static void noise_segment(struct wire *w, u32 *state)
{
	static const u8 flags[] = {
		ETP_ACK, ETP_ACK, ETP_ACK, ETP_ACK | ETP_PSH, ETP_ACK | ETP_URG,
		ETP_ACK | ETP_FIN, ETP_SYN, ETP_SYN | ETP_ACK, ETP_RST, 0,
	};
	const struct etp_sock *es = wire_es(w);
	struct wire_segment s = { .len = noise(state, 2) * noise(state, 300) };
	struct etp_segment *seg = &s.seg;

	seg->flags = noise(state, 50) ? flags[noise(state, 8)] : noise(state, 256);
	seg->seq = es->rcv.nxt + noise(state, 600) - 200;
	seg->ack = es->snd.una + noise(state, 3) * noise(state, 3000);
	if (!noise(state, 20))
		seg->seq += noise(state, 1 << 20) << 12;
	if (!noise(state, 20))
		seg->ack += noise(state, 1 << 20) << 12;
	seg->wnd = noise(state, 3) ? 65535 : noise(state, 3000);
	seg->up = noise(state, 400);
	if (es->peer.ts_ok && noise(state, 10)) {
		seg->opts = ETP_OPT_TS;
		seg->tsval = es->peer.ts_recent + noise(state, 4) - 1;
		seg->tsecr = w->tsval;
	}
	wire_inject(w, &s);
}

static void noise_program(struct wire *w, u32 *state)
{
	struct msghdr msg = {};
	u8 buf[200];
	struct kvec vec = { .iov_base = buf, .iov_len = sizeof(buf) };
	int which;

	switch (noise(state, 12)) {
	case 0:
		wire_send(w, 1 + noise(state, 5000), noise(state, 2) ? MSG_MORE : 0);
		break;
	case 1:
		wire_send(w, 1, MSG_OOB);
		break;
	case 2:
	case 3:
		kernel_recvmsg(w->sock, &msg, &vec, 1, noise(state, sizeof(buf)),
			       MSG_DONTWAIT);
		break;
	case 4:
		if (!noise(state, 10))
			kernel_sock_shutdown(w->sock, SHUT_WR);
		break;
	case 5:
		which = noise(state, WIRE_TIMERS);
		if (wire_armed(w, which))
			wire_fire(w, which);
		break;
	}
}

/* What must hold between any two segments */
static void noise_check(struct wire *w)
{
	const struct etp_sock *es = wire_es(w);

	KUNIT_EXPECT_TRUE(w->test, seq_leq(es->snd.una, es->snd.nxt));
	KUNIT_EXPECT_TRUE(w->test, seq_leq(es->snd.nxt, es->snd.write_seq));
	KUNIT_EXPECT_TRUE(w->test, seq_leq(es->rcv.copied, es->rcv.nxt));
	KUNIT_EXPECT_GE(w->test, es->cong.cwnd, 1U);
	KUNIT_EXPECT_GE(w->test, w->sk->sk_wmem_queued, 0);
	KUNIT_EXPECT_LE(w->test, es->rcv.reasm.nsack, ETP_MAX_SACKS);
	if (es->rcv.reasm.nsack)
		KUNIT_EXPECT_TRUE(w->test, seq_gt(es->rcv.reasm.sack[0].start,
						  es->rcv.nxt));
	if (etp_flight(&es->snd) && w->sk->sk_state != TCP_CLOSE)
		KUNIT_EXPECT_TRUE_MSG(w->test, wire_armed(w, WIRE_RTX),
				      "data in flight and no timer");
}

/* Whatever comes, and whatever the program does: nothing breaks, nothing is lost */
static void rcv_noise(struct kunit *test)
{
	static const char *const options[] = {
		"mss 1460", "mss 600 sackok wscale 3", "mss 1460 sackok ts 5",
	};
	struct wire *w = test->priv;
	u32 state = 1, round, i;

	for (round = 0; round < 60; round++) {
		w->irs = noise(&state, 2) ? 0xffffffff - noise(&state, 500) : 1000;
		w->written = 0;
		wire_open_passive(w, options[round % ARRAY_SIZE(options)]);
		for (i = 0; i < 150; i++) {
			noise_segment(w, &state);
			noise_program(w, &state);
			noise_check(w);
		}
		wire_abort(w);
		sock_release(w->listener);
		w->listener = NULL;
		wire_end_node(w);
		wire_forget(w);
	}
}

/* Counted as by kernel TCP: predicted segments with data, predicted ACKs of new data,
 * other ACKs without data
 */
static void rcv_counts_acks(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long hits, acks, pure;

	wire_open_passive(w, "mss 1460");
	hits = wire_count(HPHits);
	acks = wire_count(HPAcks);
	pure = wire_count(PureAcks);
	wire_write(w, 3 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 len 10");			/* hit */
	wire_in(w, "ACK seq 11 ack 1461 len 10");		/* hit, ACK */
	wire_in(w, "ACK seq 21 ack 2921");			/* ACK */
	wire_in(w, "ACK seq 21 ack 2921");			/* pure */
	wire_in(w, "ACK seq 41 ack 2921 len 10");		/* early */
	wire_in(w, "ACK seq 21 ack 4381");			/* pure: not predicted */
	wire_in(w, "ACK seq 21 ack 2921");			/* overtaken */
	KUNIT_EXPECT_EQ(test, wire_count(HPHits), hits + 2);
	KUNIT_EXPECT_EQ(test, wire_count(HPAcks), acks + 2);
	KUNIT_EXPECT_EQ(test, wire_count(PureAcks), pure + 2);
	wire_forget(w);
}

static struct kunit_case rcv_cases[] = {
	KUNIT_CASE(rcv_in_order),
	KUNIT_CASE(rcv_backlog_room),
	KUNIT_CASE(rcv_every_order),
	KUNIT_CASE(rcv_duplicate_acks),
	KUNIT_CASE(rcv_dsack),
	KUNIT_CASE(rcv_dsack_room),
	KUNIT_CASE(rcv_no_dsack),
	KUNIT_CASE(rcv_right_edge),
	KUNIT_CASE(rcv_fin_at_right_edge),
	KUNIT_CASE(rcv_overlaps),
	KUNIT_CASE(rcv_early_fin),
	KUNIT_CASE(rcv_early_bare_fin),
	KUNIT_CASE(rcv_outside),
	KUNIT_CASE(rcv_rst),
	KUNIT_CASE(rcv_syn),
	KUNIT_CASE(rcv_no_ack),
	KUNIT_CASE(rcv_strange_acks),
	KUNIT_CASE(rcv_paws),
	KUNIT_CASE(rcv_ts_recent),
	KUNIT_CASE(rcv_backlog),
	KUNIT_CASE(rcv_all_flags),
	KUNIT_CASE(rcv_noise),
	KUNIT_CASE(rcv_counts_acks),
	{}
};

struct kunit_suite etp_rcv_suite = {
	.name = "etp_rcv",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = rcv_cases,
};
