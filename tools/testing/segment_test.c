// SPDX-License-Identifier: GPL-2.0
/*
 * What is answered to segments of an open connection: RFC 9293 section 3.10.7.4,
 * RFC 5961, RFC 5681.
 * The test is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "wire_fixture.h"

TEST_F(wire, every_second_segment_is_acknowledged)
{
	static char buf[1460];
	struct seen s[4];
	struct conn c;
	int i, j, n;

	ASSERT_EQ(0, passive(&self->w, &c));
	/* Past the quick start of a connection. */
	for (i = 0; i < 40; i++) {
		SEND(&c.p, .flags = ACK, .data = buf, .len = 1440);
		c.p.seq += 1440;
		ASSERT_EQ(1440, recv(c.fd, buf, sizeof(buf), 0));
	}
	ASSERT_LE(20, peer_answers(&c.p, s, 4));
	/* The reader keeps up, so the window never is a reason to wait. */
	for (i = 0; i < 20; i += 2) {
		for (j = 0; j < 2; j++) {
			SEND(&c.p, .flags = ACK, .data = buf, .len = 1440);
			c.p.seq += 1440;
			ASSERT_EQ(1440, recv(c.fd, buf, sizeof(buf), 0));
		}
		n = peer_answers(&c.p, s, 4);
		ASSERT_LE(1, n);
		EXPECT_GE(2, n);
		EXPECT_EQ(c.p.seq, s[n - 1].ack);
		EXPECT_EQ(ACK, s[n - 1].flags);
	}
}

TEST_F(wire, one_segment_is_acknowledged_within_half_a_second)
{
	struct seen s;
	struct conn c;
	long start;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_QUICKACK, 0));
	start = now_ms();
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 10);
	c.p.seq += 10;
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_GE(1500, s.ms - start);	/* 500, and what a slow machine adds */
}

TEST_F(wire, acks_ride_on_data)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_QUICKACK, 0));
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 10);
	c.p.seq += 10;
	ASSERT_EQ(0, peer_answers(&c.p, &s, 1));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(ACK | PSH, s.flags);
	EXPECT_EQ(5, s.len);
	EXPECT_EQ(c.p.seq, s.ack);
	/* And no second one follows. */
	SEND(&c.p, .flags = ACK, .ack = s.seq + 5);
	EXPECT_FALSE(peer_next(&c.p, &s, 300));
}

/* The orders of four things, numbered. */
static void permutation(int n, int order[4])
{
	int left[4] = { 0, 1, 2, 3 }, i, j, k;

	for (i = 0; i < 4; i++) {
		j = n % (4 - i);
		n /= 4 - i;
		order[i] = left[j];
		for (k = j; k < 3; k++)
			left[k] = left[k + 1];
	}
}

TEST_F(wire, reassembly_in_each_order)
{
	uint32_t have, next;
	int n, i, order[4];
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	for (n = 0; n < 24; n++) {
		permutation(n, order);
		have = 0;
		for (i = 0; i < 4; i++) {
			SEND(&c.p, .flags = ACK, .seq = c.p.seq + 10 * order[i],
			     .data = text + 10 * order[i], .len = 10);
			have |= 1 << order[i];
			for (next = 0; have >> next & 1; next++)
				;
			/* Out of order, or filling a hole: an ACK at once. */
			if (peer_answers(&c.p, &s, 1) == 0) {
				EXPECT_EQ(have + 1, 1u << next)
					TH_LOG("order %d, segment %d", n, i);
				continue;
			}
			EXPECT_EQ(ACK, s.flags);
			EXPECT_EQ(c.p.seq + 10 * next, s.ack)
				TH_LOG("order %d, segment %d", n, i);
		}
		ASSERT_TRUE(read_is(c.fd, text, 40));
		c.p.seq += 40;
	}
}

TEST_F(wire, out_of_order_data_brings_duplicate_acks)
{
	struct seen s[4];
	struct conn c;
	int i;

	ASSERT_EQ(0, passive(&self->w, &c));
	for (i = 1; i < 6; i++) {
		SEND(&c.p, .flags = ACK, .seq = c.p.seq + 10 * i, .data = text + 10 * i,
		     .len = 10);
		ASSERT_EQ(1, peer_answers(&c.p, s, 4));
		EXPECT_EQ(ACK, s[0].flags);
		EXPECT_EQ(c.p.seq, s[0].ack);
		EXPECT_EQ(0, s[0].len);
		EXPECT_EQ(0, s[0].optlen);	/* SACK was not agreed on */
	}
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
	/* The hole is filled: everything is acknowledged at once. */
	SEND(&c.p, .flags = ACK, .data = text, .len = 10);
	ASSERT_EQ(1, peer_answers(&c.p, s, 4));
	EXPECT_EQ(c.p.seq + 60, s[0].ack);
	EXPECT_TRUE(read_is(c.fd, text, 60));
}

TEST_F(wire, sack_names_what_has_come)
{
	const uint8_t *o;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive_with(&self->w, &c, mss_sack, sizeof(mss_sack)));
	SEND(&c.p, .flags = ACK, .seq = c.p.seq + 10, .data = text + 10, .len = 10);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	o = seen_option(&s, OPT_SACK);
	ASSERT_TRUE(o);
	EXPECT_EQ(10, o[1]);
	EXPECT_EQ(c.p.seq + 10, get32(o + 2));
	EXPECT_EQ(c.p.seq + 20, get32(o + 6));

	/* The newest block first. */
	SEND(&c.p, .flags = ACK, .seq = c.p.seq + 30, .data = text + 30, .len = 10);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	o = seen_option(&s, OPT_SACK);
	ASSERT_TRUE(o);
	EXPECT_EQ(18, o[1]);
	EXPECT_EQ(c.p.seq + 30, get32(o + 2));
	EXPECT_EQ(c.p.seq + 40, get32(o + 6));
	EXPECT_EQ(c.p.seq + 10, get32(o + 10));
	EXPECT_EQ(c.p.seq + 20, get32(o + 14));

	SEND(&c.p, .flags = ACK, .data = text, .len = 30);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(c.p.seq + 40, s.ack);
	EXPECT_TRUE(read_is(c.fd, text, 40));
}

TEST_F(wire, overlaps)
{
	static const struct {
		int from, to;
	} t[][4] = {
		{ { 0, 20 }, { 10, 40 } },
		{ { 10, 20 }, { 0, 40 } },
		{ { 20, 40 }, { 0, 30 } },
		{ { 10, 30 }, { 20, 40 }, { 0, 15 } },
		{ { 20, 30 }, { 10, 40 }, { 0, 40 } },
		{ { 30, 40 }, { 10, 20 }, { 5, 35 }, { 0, 6 } },
		{ { 10, 20 }, { 10, 20 }, { 0, 10 }, { 20, 40 } },
		{ { 0, 10 }, { 0, 40 } },
		{ { 0, 40 }, { 0, 40 } },
		{ { 39, 40 }, { 1, 39 }, { 0, 1 } },
	};
	struct seen s;
	struct conn c;
	int i, j;

	ASSERT_EQ(0, passive(&self->w, &c));
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		for (j = 0; j < 4 && t[i][j].to; j++)
			SEND(&c.p, .flags = ACK, .seq = c.p.seq + t[i][j].from,
			     .data = text + t[i][j].from, .len = t[i][j].to - t[i][j].from);
		ASSERT_LE(0, peer_answers(&c.p, &s, 1));
		ASSERT_TRUE(read_is(c.fd, text, 40))
			TH_LOG("case %d", i);
		c.p.seq += 40;
	}
}

TEST_F(wire, old_data_is_acknowledged_not_delivered)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = ACK, .data = text, .len = 10);
	ASSERT_LE(0, peer_answers(&c.p, &s, 1));
	SEND(&c.p, .flags = ACK, .data = text, .len = 10);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(c.p.seq + 10, s.ack);
	EXPECT_TRUE(read_is(c.fd, text, 10));
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
}

TEST_F(wire, data_beyond_the_window_is_dropped)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = ACK, .seq = c.p.seq + 0x100000, .data = text, .len = 10);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq, s.ack);
	SEND(&c.p, .flags = ACK, .data = text, .len = 20);
	ASSERT_LE(0, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(read_is(c.fd, text, 20));
}

TEST_F(wire, fin_waits_for_the_data_before_it)
{
	struct seen s;
	struct conn c;
	char b;

	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = ACK | FIN, .seq = c.p.seq + 10, .data = text + 10, .len = 10);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	SEND(&c.p, .flags = ACK, .data = text, .len = 10);
	if (!peer_answers(&c.p, &s, 1))
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(c.p.seq + 21, s.ack);
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(c.fd));
	EXPECT_TRUE(read_is(c.fd, text, 20));
	EXPECT_EQ(0, recv(c.fd, &b, 1, MSG_DONTWAIT));
}

TEST_F(wire, data_after_a_fin_is_ignored)
{
	struct seen s;
	struct conn c;
	char b;

	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = ACK | FIN, .data = text, .len = 5);
	SEND(&c.p, .flags = ACK, .seq = c.p.seq + 6, .data = text, .len = 5);
	ASSERT_LE(0, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(read_is(c.fd, text, 5));
	EXPECT_EQ(0, recv(c.fd, &b, 1, MSG_DONTWAIT));
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(c.fd));
}

TEST_F(wire, data_without_ack_is_ignored)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = PSH, .data = text, .len = 5);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
}

TEST_F(wire, ack_of_what_was_never_sent)
{
	struct seen s;
	struct conn c;
	int n;

	ASSERT_EQ(0, passive(&self->w, &c));
	/* The RFC answers with an ACK, Linux does not; neither takes the data. */
	SEND(&c.p, .flags = ACK, .ack = c.p.ack + 1000, .data = text, .len = 5);
	n = peer_answers(&c.p, &s, 1);
	EXPECT_TRUE(n == 0 || (n == 1 && s.flags == ACK && s.ack == c.p.seq));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
}

TEST_F(wire, ack_from_the_distant_past_is_challenged)
{
	struct seen s;
	struct conn c;

	/* RFC 5961, section 5. */
	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = ACK, .ack = c.p.ack - 0x10000000, .data = text, .len = 5);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
}

TEST_F(wire, reset_must_be_exact)
{
	struct seen s;
	struct conn c;

	/* RFC 5961, section 3. */
	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = RST, .seq = c.p.seq + 1);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	/* The true peer answers the challenge with this one. */
	SEND(&c.p, .flags = RST, .seq = s.ack);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
	EXPECT_EQ(ECONNRESET, sock_error(c.fd));
}

TEST_F(wire, timestamps_are_on_every_segment)
{
	static const uint8_t opt[] = { OPT_MSS, 4, 5, 0, OPT_NOP, OPT_NOP, OPT_TS, 10,
				       0, 0, 0x10, 0, 0, 0, 0, 0 };
	uint8_t ts[12] = { OPT_NOP, OPT_NOP, OPT_TS, 10 };
	const uint8_t *o;
	struct seen s;
	struct conn c;

	put32(ts + 4, 0x1001);
	ASSERT_EQ(0, passive_with(&self->w, &c, opt, sizeof(opt)));
	ASSERT_EQ(10, send(c.fd, text, 10, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	o = seen_option(&s, OPT_TS);
	ASSERT_TRUE(o);
	EXPECT_EQ(0x1000, get32(o + 6));
	memcpy(ts + 8, o + 2, 4);
	c.p.ack += 10;
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 10, .opt = ts, .optlen = 12);
	c.p.seq += 10;
	if (!peer_answers(&c.p, &s, 1))
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	o = seen_option(&s, OPT_TS);
	ASSERT_TRUE(o);
	EXPECT_EQ(0x1001, get32(o + 6));
	EXPECT_TRUE(read_is(c.fd, text, 10));

	/* PAWS (RFC 7323, 5.3): from before the last one, so a duplicate. */
	put32(ts + 4, 0x0ff0);
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 10, .opt = ts, .optlen = 12);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
	/* Not for a RST, which may come from one who lost his clock. */
	SEND(&c.p, .flags = RST, .opt = ts, .optlen = 12);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
}

TEST_F(wire, own_window_closes_and_opens)
{
	uint32_t room, ack;
	static char buf[65536];
	uint16_t port;
	struct seen s[2];
	struct conn c;
	int lfd, n, sent;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, set_int(lfd, SOL_SOCKET, SO_RCVBUF, 8192));
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	SEND(&c.p, .flags = ACK, .seq = c.p.seq - 1);	/* what is the window? */
	ASSERT_EQ(1, peer_answers(&c.p, s, 2));
	room = s[0].win;
	ack = s[0].ack;
	for (sent = 0; room && sent < 60000;) {
		n = room < 1000 ? room : 1000;
		SEND(&c.p, .flags = ACK, .data = buf, .len = n);
		c.p.seq += n;
		sent += n;
		n = peer_answers(&c.p, s, 2);
		if (!n)
			n = peer_next(&c.p, s, SOON);
		ASSERT_LT(0, n);
		n = n > 1;
		ack = s[n].ack;
		room = s[n].win;
		ASSERT_EQ(c.p.seq, ack)
			TH_LOG("after %d bytes, window %d", sent, room);
	}
	EXPECT_EQ(0, room);

	/* A probe is answered, not taken. */
	SEND(&c.p, .flags = ACK, .data = buf, .len = 1);
	ASSERT_EQ(1, peer_answers(&c.p, s, 2));
	EXPECT_EQ(ack, s[0].ack);
	EXPECT_EQ(0, s[0].win);

	ASSERT_EQ(sent, recv(c.fd, buf, sizeof(buf), 0));
	ASSERT_TRUE(peer_next(&c.p, s, SOON));
	EXPECT_EQ(ACK, s[0].flags);
	EXPECT_EQ(ack, s[0].ack);
	EXPECT_LE(1000, s[0].win);
}

TEST_F(wire, fast_retransmit_after_three_duplicates)
{
	static char buf[5 * 1000];
	struct seen s[8];
	uint32_t first;
	struct conn c;
	int i;

	ASSERT_EQ(0, passive_with(&self->w, &c, (uint8_t[]){ OPT_MSS, 4, 1000 >> 8,
							     1000 & 0xff }, 4));
	/* Let there be room for five before the duplicates come. */
	ASSERT_EQ(2000, send(c.fd, buf, 2000, 0));
	for (i = 0; i < 2; i++)
		ASSERT_TRUE(peer_next(&c.p, s, SOON));
	c.p.ack += 2000;
	SEND(&c.p, .flags = ACK);
	ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
	for (i = 0; i < 5; i++)
		ASSERT_TRUE(peer_next(&c.p, s + i, SOON));
	first = c.p.ack;
	EXPECT_EQ(first, s[0].seq);
	EXPECT_EQ(first + 4000, s[4].seq);

	for (i = 0; i < 2; i++) {
		SEND(&c.p, .flags = ACK);
		EXPECT_EQ(0, peer_answers(&c.p, s, 8));
	}
	SEND(&c.p, .flags = ACK);
	ASSERT_EQ(1, peer_answers(&c.p, s, 8));
	EXPECT_EQ(first, s[0].seq);
	EXPECT_EQ(1000, s[0].len);
	/* A fourth one does not bring it again. */
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, s, 8));

	/* RFC 6582: a partial ACK shows the next hole. */
	SEND(&c.p, .flags = ACK, .ack = first + 2000);
	ASSERT_EQ(1, peer_answers(&c.p, s, 8));
	EXPECT_EQ(first + 2000, s[0].seq);
	SEND(&c.p, .flags = ACK, .ack = first + 5000);
	EXPECT_EQ(0, peer_answers(&c.p, s, 8));
}

TEST_F(wire, slow_start)
{
	static const uint8_t mss536[] = { OPT_MSS, 4, 536 >> 8, 536 & 0xff };
	static char buf[80 * 536];
	int i, n, before = 0, round;
	static struct seen s[48];
	struct conn c;

	ASSERT_EQ(0, passive_with(&self->w, &c, mss536, sizeof(mss536)));
	ASSERT_EQ(0, set_int(c.fd, SOL_SOCKET, SO_SNDBUF, 200000));
	ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
	for (round = 0; round < 3; round++) {
		n = peer_answers(&c.p, s, ARRAY_SIZE(s));
		ASSERT_GE(ARRAY_SIZE(s), n);
		for (i = 0; i < n; i++) {
			EXPECT_EQ(c.p.ack, s[i].seq);
			EXPECT_EQ(536, s[i].len);
			c.p.ack += s[i].len;
		}
		if (!round) {
			EXPECT_LE(2, n);
			EXPECT_GE(10, n);	/* RFC 6928 */
		} else {
			EXPECT_LT(before, n);
			EXPECT_GE(2 * before, n);
		}
		before = n;
		SEND(&c.p, .flags = ACK);
	}
}

TEST_F(wire, tos_and_ttl_are_on_the_wire)
{
	const bool six = variant->af == AF_INET6;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, six ? set_int(c.fd, IPPROTO_IPV6, IPV6_TCLASS, 0x28) :
			   set_int(c.fd, IPPROTO_IP, IP_TOS, 0x28));
	ASSERT_EQ(0, six ? set_int(c.fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33) :
			   set_int(c.fd, IPPROTO_IP, IP_TTL, 33));
	ASSERT_EQ(3, send(c.fd, text, 3, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(0x28, s.tos);
	EXPECT_EQ(33, s.ttl);
}

TEST_HARNESS_MAIN
