// SPDX-License-Identifier: GPL-2.0
/*
 * Bad input of every kind: dropped, counted, and answered by the book or not at
 * all.  RFC 9293 section 3.10.7, RFC 5961.
 * The test is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "wire_fixture.h"

/*
 * A closed port, a listener and a connection, each of which is to stay
 * unimpressed by the segment that send() makes of a number.
 */
#define EACH_TARGET(lfd, c, p)						\
	for (struct peer __closed, __listen, *__t[] = {			\
		(peer_init(&__closed, &self->w, 2), &__closed),		\
		(peer_init(&__listen, &self->w, local_port(lfd)), &__listen), \
		&(c).p, NULL }, **__p = __t, *p; (p = *__p); __p++)

TEST_F(wire, shorter_than_a_header)
{
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd, len;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	EACH_TARGET(lfd, c, p) {
		for (len = 0; len < 20; len++)
			SEND(p, .flags = p == &c.p ? RST | ACK : SYN, .cut = true,
			     .room = len);
		EXPECT_EQ(0, peer_answers(p, &s, 1));
	}
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
}

TEST_F(wire, data_offset_below_five)
{
	long errs = counter("InErrs");
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd, doff;

	ASSERT_LE(0, errs);
	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	EACH_TARGET(lfd, c, p) {
		for (doff = 0; doff < 5; doff++)
			SEND(p, .flags = p == &c.p ? RST | ACK : SYN, .doff = doff ?: -1,
			     .data = text, .len = 30);
		EXPECT_EQ(0, peer_answers(p, &s, 1));
	}
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_EQ(errs + 15, counter("InErrs"));
}

TEST_F(wire, data_offset_beyond_the_segment)
{
	char nops[40];
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd, doff;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	EACH_TARGET(lfd, c, p) {
		for (doff = 6; doff < 16; doff++)
			SEND(p, .flags = p == &c.p ? RST | ACK : SYN, .doff = doff,
			     .data = text, .len = 4 * (doff - 5) - 1);
		EXPECT_EQ(0, peer_answers(p, &s, 1));
	}
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	/* One byte more, and it fits. */
	memset(nops, OPT_NOP, sizeof(nops));
	SEND(&c.p, .flags = RST | ACK, .doff = 15, .data = nops, .len = 40);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
}

TEST_F(wire, wrong_checksum)
{
	long errs = counter("InErrs"), sums = counter("InCsumErrors");
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd;

	ASSERT_LE(0, errs);
	ASSERT_LE(0, sums);
	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	EACH_TARGET(lfd, c, p) {
		SEND(p, .flags = p == &c.p ? RST | ACK : SYN, .bad_sum = true);
		SEND(p, .flags = p == &c.p ? ACK : SYN, .data = text, .len = 7,
		     .bad_sum = true);
		EXPECT_EQ(0, peer_answers(p, &s, 1));
	}
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
	EXPECT_EQ(errs + 6, counter("InErrs"));
	EXPECT_EQ(sums + 6, counter("InCsumErrors"));
}

static const struct strange_options {
	uint8_t opt[40], len;
	bool mss, wscale, sack, ts;	/* what there is to understand in it */
} strange_options[] = {
	{ { OPT_MSS, 0, 1, 2 }, 4 },
	{ { OPT_MSS, 1, 1, 2 }, 4 },
	{ { OPT_MSS, 2, 1, 2 }, 4 },
	{ { OPT_MSS, 255, 1, 2 }, 4 },
	{ { OPT_MSS, 5, 1, 2 }, 4 },
	{ { OPT_NOP, OPT_NOP, OPT_NOP, OPT_MSS }, 4 },
	{ { OPT_NOP, OPT_NOP, OPT_NOP, 250 }, 4 },
	{ { OPT_NOP, OPT_NOP, OPT_MSS, 4 }, 4 },
	{ { OPT_NOP, OPT_MSS, 4, 1 }, 4 },
	{ { OPT_WSCALE, 2, 7, OPT_NOP }, 4 },
	{ { OPT_WSCALE, 4, 7, 7 }, 4 },
	{ { OPT_WSCALE, 0, 7, 7 }, 4 },
	{ { OPT_SACKOK, 3, 0, OPT_NOP }, 4 },
	{ { OPT_TS, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, OPT_NOP }, 12 },
	{ { OPT_TS, 10, 1, 2, 3, 4, 5, 6 }, 8 },
	{ { OPT_SACK, 10, 1, 2, 3, 4, 5, 6, 7, 8, OPT_NOP, OPT_NOP }, 12 },
	{ { OPT_EOL, OPT_WSCALE, 3, 7, OPT_SACKOK, 2, OPT_NOP, OPT_NOP }, 8 },
	{ { OPT_NOP, OPT_NOP, OPT_NOP, OPT_NOP, OPT_NOP, OPT_NOP, OPT_NOP, OPT_NOP }, 40 },
	{ { 250, 4, 1, 2, OPT_NOP, OPT_WSCALE, 3, 7 }, 8, .wscale = true },
	{ { 254, 6, 0xf9, 0x89, 1, 2, OPT_SACKOK, 2 }, 8, .sack = true },
	{ { OPT_SACKOK, 2, OPT_WSCALE, 3, 255, OPT_NOP, OPT_NOP, OPT_NOP }, 8,
	  .sack = true, .wscale = true },
	{ { OPT_SACKOK, 2, OPT_WSCALE, 3, 7, 250, 0, OPT_NOP }, 8,
	  .sack = true, .wscale = true },
	{ { OPT_WSCALE, 3, 7, OPT_NOP, 77, 18, 1, 2, 3 }, 24, .wscale = true },
	{ { 30, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, OPT_SACKOK, 2 }, 16, .sack = true },
};

TEST_F(wire, strange_options_of_a_syn)
{
	const struct strange_options *o;
	struct seen s;
	struct peer p;
	uint16_t port;

	ASSERT_LE(0, listener(&self->w, &port));
	for (o = strange_options; o < strange_options + ARRAY_SIZE(strange_options); o++) {
		peer_init(&p, &self->w, port);
		SEND(&p, .flags = SYN, .opt = o->opt, .optlen = o->len);
		ASSERT_EQ(1, peer_answers(&p, &s, 1))
			TH_LOG("options %zd", o - strange_options);
		EXPECT_EQ(SYN | ACK, s.flags);
		EXPECT_TRUE(seen_option(&s, OPT_MSS));
		EXPECT_TRUE(!seen_option(&s, OPT_WSCALE) == !o->wscale &&
			    !seen_option(&s, OPT_SACKOK) == !o->sack &&
			    !seen_option(&s, OPT_TS) == !o->ts)
			TH_LOG("options %zd", o - strange_options);
		SEND(&p, .flags = RST, .seq = p.seq + 1);
	}
}

TEST_F(wire, strange_options_of_a_connection)
{
	const struct strange_options *o;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	for (o = strange_options; o < strange_options + ARRAY_SIZE(strange_options); o++) {
		SEND(&c.p, .flags = ACK | PSH, .opt = o->opt, .optlen = o->len,
		     .data = text, .len = 5);
		c.p.seq += 5;
		ASSERT_LE(0, peer_answers(&c.p, &s, 1));
		ASSERT_TRUE(read_is(c.fd, text, 5))
			TH_LOG("options %zd", o - strange_options);
	}
}

TEST_F(wire, all_flags_to_a_closed_port)
{
	struct seen s;
	struct peer p;
	int flags, len;

	for (flags = 0; flags < 64; flags++) {
		peer_init(&p, &self->w, 2);
		len = flags & URG ? 3 : 0;
		SEND(&p, .flags = flags, .ack = 0xabcdef01, .data = text, .len = len);
		if (flags & RST) {
			EXPECT_EQ(0, peer_answers(&p, &s, 1))
				TH_LOG("flags %d", flags);
			continue;
		}
		ASSERT_EQ(1, peer_answers(&p, &s, 1))
			TH_LOG("flags %d", flags);
		EXPECT_TRUE(s.sum_ok);
		EXPECT_EQ(0, s.optlen);
		EXPECT_EQ(0, s.len);
		if (flags & ACK) {
			EXPECT_EQ(RST, s.flags);
			EXPECT_EQ(0xabcdef01, s.seq);
			continue;
		}
		EXPECT_EQ(RST | ACK, s.flags);
		EXPECT_EQ(0, s.seq);
		EXPECT_EQ(p.seq + len + !!(flags & SYN) + !!(flags & FIN), s.ack);
	}
}

TEST_F(wire, all_flags_to_a_listener)
{
	struct seen s;
	struct peer p;
	uint16_t port;
	int flags, lfd, want;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	for (flags = 0; flags < 64; flags++) {
		peer_init(&p, &self->w, port);
		SEND(&p, .flags = flags, .ack = 0xabcdef01);
		if (flags & RST)
			want = 0;
		else if (flags & ACK)
			want = RST;
		else if ((flags & SYN) && !(flags & FIN))
			want = SYN | ACK;
		else
			want = 0;	/* nobody opens and closes in one breath */
		ASSERT_EQ(!!want, peer_answers(&p, &s, 1))
			TH_LOG("flags %d", flags);
		if (!want)
			continue;
		EXPECT_EQ(want, s.flags)
			TH_LOG("flags %d", flags);
		EXPECT_EQ(want == RST ? 0xabcdef01 : p.seq + 1,
			  want == RST ? s.seq : s.ack);
	}
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
}

TEST_F(wire, all_flags_in_the_window)
{
	int flags, lfd, n, want, state;
	struct seen s;
	struct conn c;
	uint16_t port;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	for (flags = 0; flags < 64; flags++) {
		ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
		SEND(&c.p, .flags = flags);
		n = peer_answers(&c.p, &s, 1);
		want = 0;
		state = ETP_ESTABLISHED;
		if (flags & RST) {
			state = ETP_CLOSE;
		} else if (flags & SYN) {
			want = 1;		/* RFC 5961: a challenge */
		} else if ((flags & ACK) && (flags & FIN)) {
			want = 1;
			state = ETP_CLOSE_WAIT;
			if (!n)			/* the ACK of a FIN may take its time */
				n = peer_next(&c.p, &s, SOON);
		}
		EXPECT_EQ(want, n)
			TH_LOG("flags %d", flags);
		EXPECT_EQ(state, sock_state(c.fd))
			TH_LOG("flags %d", flags);
		if (state == ETP_CLOSE)
			EXPECT_EQ(ECONNRESET, sock_error(c.fd));
		if (want && n == 1) {
			EXPECT_EQ(ACK, s.flags);
			EXPECT_EQ(c.p.ack, s.seq);
			EXPECT_EQ(c.p.seq + (state == ETP_CLOSE_WAIT), s.ack);
		}
		drop(c.fd);
	}
}

TEST_F(wire, all_flags_out_of_the_window)
{
	struct seen s;
	struct conn c;
	uint16_t port;
	int flags, lfd, n, want;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	for (flags = 0; flags < 64; flags++) {
		ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
		/* Ahead of the window and behind it by turns of PSH. */
		SEND(&c.p, .flags = flags,
		     .seq = c.p.seq + (flags & PSH ? 0x100000 : -0x100000));
		n = peer_answers(&c.p, &s, 1);
		/* Without an ACK, the RFC answers, Linux does not. */
		want = !(flags & RST);
		EXPECT_TRUE(n == want || (n == 0 && !(flags & (SYN | ACK))))
			TH_LOG("flags %d: %d answers", flags, n);
		if (n > 0) {
			EXPECT_EQ(ACK, s.flags);
			EXPECT_EQ(c.p.ack, s.seq);
			EXPECT_EQ(c.p.seq, s.ack);
		}
		EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd))
			TH_LOG("flags %d", flags);
		drop(c.fd);
	}
}

TEST_F(wire, syn_to_many_is_ignored)
{
	static const char *const to[2][4] = {
		{ "192.0.2.255", "255.255.255.255", "224.0.0.1" },
		{ "ff02::1", "ff02::2" },
	};
	int lfd, i, six = variant->af == AF_INET6;
	struct peer p, closed;
	struct seen s;
	uint16_t port;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	for (i = 0; to[six][i]; i++) {
		peer_init(&p, &self->w, port);
		SEND(&p, .flags = SYN, .to = to[six][i]);
		EXPECT_EQ(0, peer_answers(&p, &s, 1))
			TH_LOG("to %s", to[six][i]);
		peer_init(&closed, &self->w, 2);
		SEND(&closed, .flags = SYN, .to = to[six][i]);
		SEND(&closed, .flags = ACK, .to = to[six][i]);
		EXPECT_EQ(0, peer_answers(&closed, &s, 1))
			TH_LOG("to %s", to[six][i]);
		EXPECT_EQ(0, proc_state(wire_way(&self->w), port, p.port));
	}
}

TEST_F(wire, syn_from_many_is_ignored)
{
	const char *from = variant->af == AF_INET ? "224.0.0.5" : "ff02::5";
	struct seen s;
	struct peer p;
	uint16_t port;

	ASSERT_LE(0, listener(&self->w, &port));
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN, .from = from);
	EXPECT_EQ(0, peer_answers(&p, &s, 1));
	EXPECT_EQ(0, proc_state(wire_way(&self->w), port, p.port));
}

TEST_HARNESS_MAIN
