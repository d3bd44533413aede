// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection opens, and what its options agree on: RFC 9293 sections 3.5
 * and 3.7, RFC 7323, RFC 2018.
 * The test is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <linux/filter.h>

#include "kselftest_harness.h"
#include "wire_fixture.h"

TEST_F(wire, half_open_costs_a_request_only)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct peer p;
	int lfd;

	lfd = half_open(&self->w, &p, &s);
	ASSERT_LE(0, lfd);
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(ETP_SYN_RECV, proc_state(way, p.host_port, p.port));
	EXPECT_EQ(-EAGAIN, ERR(accept(lfd, NULL, NULL)));
	EXPECT_EQ(0, revents(lfd, POLLIN, 0));
	/* The SYN was an old duplicate, says the peer. */
	SEND(&p, .flags = RST, .seq = s.ack);
	EXPECT_EQ(0, peer_answers(&p, &s, 1));
	EXPECT_EQ(0, proc_state(way, p.host_port, p.port));
	EXPECT_EQ(-EAGAIN, ERR(accept(lfd, NULL, NULL)));
}

TEST_F(wire, old_duplicate_syn_does_not_stand_in_the_way)
{
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd;

	/* RFC 9293, figure 8. */
	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .seq = 90);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(91, s.ack);
	SEND(&c.p, .flags = RST, .seq = 91);
	SEND(&c.p, .flags = SYN, .seq = 100);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(101, s.ack);
	SEND(&c.p, .flags = ACK, .seq = 101, .ack = s.seq + 1);
	EXPECT_EQ(POLLIN, revents(lfd, POLLIN, SOON));
	EXPECT_LE(0, accept(lfd, NULL, NULL));
}

TEST_F(wire, syn_again_is_answered_again)
{
	struct seen s[2];
	struct peer p;
	int lfd;

	lfd = half_open(&self->w, &p, s);
	ASSERT_LE(0, lfd);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, s + 1, 1));
	EXPECT_EQ(SYN | ACK, s[1].flags);
	EXPECT_EQ(s[0].seq, s[1].seq);
	EXPECT_EQ(s[0].ack, s[1].ack);
}

TEST_F(wire, wrong_ack_does_not_open)
{
	static const int off[] = { -1, 1, 0x10000, -0x10000, 0x40000000 };
	struct seen s;
	struct peer p;
	uint32_t iss;
	int lfd, i;

	lfd = half_open(&self->w, &p, &s);
	ASSERT_LE(0, lfd);
	iss = s.seq;
	p.seq++;
	for (i = 0; i < ARRAY_SIZE(off); i++) {
		p.ack = iss + 1 + off[i];
		SEND(&p, .flags = ACK);
		ASSERT_EQ(1, peer_answers(&p, &s, 1))
			TH_LOG("off by %d", off[i]);
		EXPECT_EQ(RST, s.flags);
		EXPECT_EQ(p.ack, s.seq);
	}
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
	/* The request waits for the right one. */
	SEND(&p, .flags = ACK, .ack = iss + 1);
	EXPECT_EQ(0, peer_answers(&p, &s, 1));
	EXPECT_LE(0, accept(lfd, NULL, NULL));
}

/* The third segment of a handshake brings @len bytes; returns the socket, or below 0 */
static int third(struct wire *w, struct peer *p, __u8 flags, int len)
{
	struct seen s;
	int lfd = half_open(w, p, &s), fd;

	if (lfd < 0)
		return -1;
	p->seq++;
	p->ack = s.seq + 1;
	SEND(p, .flags = flags, .data = text, .len = len);
	if (peer_answers(p, &s, 1) < 0)
		return -1;
	fd = accept(lfd, NULL, NULL);
	return fd >= 0 && read_is(fd, text, len) ? fd : -1;
}

TEST_F(wire, lost_third_ack_is_made_good_by_data)
{
	struct peer p;

	EXPECT_LE(0, third(&self->w, &p, ACK | PSH, 10));
}

/* What the program says of its packets holds for those that its listener sends. */
TEST_F(wire, listener_speaks_for_the_program)
{
	const bool six = variant->af == AF_INET6;
	struct seen s;
	struct peer p;
	uint16_t port;
	int lfd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, six ? set_int(lfd, IPPROTO_IPV6, IPV6_TCLASS, 0x28) :
			   set_int(lfd, IPPROTO_IP, IP_TOS, 0x28));
	ASSERT_EQ(0, six ? set_int(lfd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 33) :
			   set_int(lfd, IPPROTO_IP, IP_TTL, 33));
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(0x28, s.tos);
	EXPECT_EQ(33, s.ttl);
	SEND(&p, .flags = RST, .seq = p.seq + 1);
}

/* RFC 5082; the peer's packets have 64 hops before them */
TEST_F(wire, only_neighbours_are_heard)
{
	const bool six = variant->af == AF_INET6;
	const int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	const int name = six ? IPV6_MINHOPCOUNT : IP_MINTTL;
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd = listener(&self->w, &port);

	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, set_int(lfd, level, name, 65));
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	ASSERT_EQ(0, set_int(lfd, level, name, 64));
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 3);
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_TRUE(read_is(c.fd, text, 3));
	c.p.seq += 3;
	ASSERT_EQ(0, set_int(c.fd, level, name, 65));
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 3);
	SEND(&c.p, .flags = RST);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	drop(c.fd);
}

/* A socket filter's verdict is a length, and may cut off all but the header. */
static int keep_at_most(int fd, uint32_t bytes)
{
	struct sock_filter ret = BPF_STMT(BPF_RET | BPF_K, bytes);
	struct sock_fprog prog = { .len = 1, .filter = &ret };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

TEST_F(wire, filter_cuts_payload_only)
{
	struct seen s;
	struct peer p;
	uint16_t port;
	int lfd, fd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, keep_at_most(lfd, 1));
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	p.seq++;
	p.ack = s.seq + 1;
	ASSERT_EQ(0, keep_at_most(lfd, 24));
	SEND(&p, .flags = ACK | PSH, .data = text, .len = 10);
	ASSERT_TRUE(peer_next(&p, &s, SOON));
	EXPECT_EQ(p.seq + 4, s.ack);
	fd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(read_is(fd, text, 4));
	/* what accept() returns has the filter, too */
	p.seq += 4;
	SEND(&p, .flags = ACK | PSH, .data = text + 4, .len = 6);
	ASSERT_TRUE(peer_next(&p, &s, SOON));
	EXPECT_EQ(p.seq + 4, s.ack);
	EXPECT_TRUE(read_is(fd, text + 4, 4));
	p.seq += 4;
	ASSERT_EQ(0, keep_at_most(fd, 1));
	SEND(&p, .flags = ACK | PSH, .data = text + 8, .len = 2);
	SEND(&p, .flags = ACK | FIN);
	ASSERT_TRUE(peer_next(&p, &s, SOON));
	EXPECT_EQ(p.seq + 1, s.ack);
	EXPECT_TRUE(read_is(fd, NULL, 0));
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(fd));
}

TEST_F(wire, third_ack_may_close_as_well)
{
	struct peer p;
	int fd;
	char c;

	fd = third(&self->w, &p, ACK | FIN, 3);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, recv(fd, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(fd));
}

TEST_F(wire, reset_before_accept)
{
	struct seen s;
	struct peer p;
	int lfd, fd;
	char c;

	lfd = half_open(&self->w, &p, &s);
	ASSERT_LE(0, lfd);
	p.seq++;
	p.ack = s.seq + 1;
	SEND(&p, .flags = ACK);
	SEND(&p, .flags = RST);
	EXPECT_EQ(0, peer_answers(&p, &s, 1));
	/* As in TCP, the program learns when it reads. */
	fd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ECONNRESET, ERR(recv(fd, &c, 1, 0)));
}

/* The kinds of options in their order, NOP and EOL included: "2 4 8 1 3". */
static const char *kinds(const struct seen *s)
{
	static char buf[128];
	int i = 0, n = 0;

	buf[0] = 0;
	while (i < s->optlen) {
		n += sprintf(buf + n, "%s%d", n ? " " : "", s->opt[i]);
		if (s->opt[i] < 2)
			i++;
		else if (i + 1 < s->optlen && s->opt[i + 1] >= 2)
			i += s->opt[i + 1];
		else
			break;
	}
	return buf;
}

TEST_F(wire, options_of_our_syn)
{
	const int mss = variant->af == AF_INET ? 1460 : 1440;
	const uint8_t *o;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, opening(&self->w, &c, &s));
	EXPECT_STREQ("2 4 8 1 3", kinds(&s));
	EXPECT_TRUE(s.sum_ok);
	EXPECT_LT(1000, s.win);
	o = seen_option(&s, OPT_MSS);
	ASSERT_TRUE(o);
	EXPECT_EQ(4, o[1]);
	EXPECT_EQ(mss, o[2] << 8 | o[3]);
	o = seen_option(&s, OPT_TS);
	ASSERT_TRUE(o);
	EXPECT_EQ(10, o[1]);
	EXPECT_EQ(0, get32(o + 6));
	o = seen_option(&s, OPT_WSCALE);
	ASSERT_TRUE(o);
	EXPECT_EQ(3, o[1]);
	EXPECT_GE(14, o[2]);
	EXPECT_LT(0, o[2]);
}

TEST_F(wire, options_of_our_syn_by_sysctl)
{
	static const struct {
		const char *ts, *sack, *wscale, *kinds;
	} t[] = {
		{ "0", "1", "1", "2 1 1 4 1 3" },
		{ "1", "0", "1", "2 1 1 8 1 3" },
		{ "1", "1", "0", "2 4 8" },
		{ "0", "0", "1", "2 1 3" },
		{ "0", "1", "0", "2 1 1 4" },
		{ "1", "0", "0", "2 1 1 8" },
		{ "0", "0", "0", "2" },
	};
	struct seen s;
	struct conn c;
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ASSERT_EQ(0, set_sysctl("timestamps", t[i].ts));
		ASSERT_EQ(0, set_sysctl("sack", t[i].sack));
		ASSERT_EQ(0, set_sysctl("window_scaling", t[i].wscale));
		ASSERT_EQ(0, opening(&self->w, &c, &s));
		EXPECT_STREQ(t[i].kinds, kinds(&s));
		close(c.fd);
	}
	ASSERT_EQ(0, set_sysctl("timestamps", "1"));
	ASSERT_EQ(0, set_sysctl("sack", "1"));
	ASSERT_EQ(0, set_sysctl("window_scaling", "1"));
}

TEST_F(wire, our_syn_ack_offers_what_was_offered)
{
	static const struct {
		uint8_t opt[24], len;
		const char *kinds;
	} t[] = {
		{ { }, 0, "2" },
		{ { OPT_MSS, 4, 2, 0 }, 4, "2" },
		{ { OPT_SACKOK, 2 }, 4, "2 1 1 4" },
		{ { OPT_WSCALE, 3, 7 }, 4, "2 1 3" },
		{ { OPT_TS, 10, 1, 2, 3, 4, 0, 0, 0, 0 }, 12, "2 1 1 8" },
		{ { OPT_TS, 10, 1, 2, 3, 4, 0, 0, 0, 0, OPT_WSCALE, 3, 1 }, 16, "2 1 1 8 1 3" },
		{ { OPT_TS, 10, 1, 2, 3, 4, 0, 0, 0, 0, OPT_SACKOK, 2 }, 12, "2 4 8" },
		{ { OPT_MSS, 4, 5, 0, OPT_SACKOK, 2, OPT_TS, 10, 1, 2, 3, 4, 0, 0, 0, 0,
		    OPT_NOP, OPT_WSCALE, 3, 2 }, 20, "2 4 8 1 3" },
	};
	const uint8_t *o;
	struct seen s;
	struct peer p;
	uint16_t port;
	int i;

	ASSERT_LE(0, listener(&self->w, &port));
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		peer_init(&p, &self->w, port);
		SEND(&p, .flags = SYN, .opt = t[i].opt, .optlen = t[i].len);
		ASSERT_EQ(1, peer_answers(&p, &s, 1));
		EXPECT_STREQ(t[i].kinds, kinds(&s));
		EXPECT_TRUE(s.sum_ok);
		o = seen_option(&s, OPT_TS);
		if (o)
			EXPECT_EQ(0x01020304, get32(o + 6));
	}
}

TEST_F(wire, answers_in_syn_sent)
{
	static const struct {
		int flags, off;		/* off: from the ACK that is due */
		int answer, state, err;
	} t[] = {
		{ RST, 0, 0, ETP_SYN_SENT },
		{ RST | ACK, 1, 0, ETP_SYN_SENT },
		{ RST | ACK, -1, 0, ETP_SYN_SENT },
		{ RST | ACK, 0, 0, ETP_CLOSE, ECONNREFUSED },
		{ RST | SYN | ACK, 0, 0, ETP_CLOSE, ECONNREFUSED },
		{ SYN | ACK, 1, RST, ETP_SYN_SENT },
		{ SYN | ACK, -1, RST, ETP_SYN_SENT },
		{ SYN | ACK, 0x40000000, RST, ETP_SYN_SENT },
		{ SYN | ACK, 0, ACK, ETP_ESTABLISHED },
		{ SYN | ACK | PSH, 0, ACK, ETP_ESTABLISHED },
		{ ACK, 0, 0, ETP_SYN_SENT },
		{ ACK, 5, RST, ETP_SYN_SENT },
		{ ACK | FIN, 0, 0, ETP_SYN_SENT },
		{ FIN, 0, 0, ETP_SYN_SENT },
		{ 0, 0, 0, ETP_SYN_SENT },
		{ SYN, 0, SYN | ACK, ETP_SYN_RECV },
	};
	struct seen s;
	struct conn c;
	int i;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ASSERT_EQ(0, opening(&self->w, &c, &s));
		SEND(&c.p, .flags = t[i].flags, .ack = c.p.ack + t[i].off,
		     .opt = mss1460, .optlen = 4);
		ASSERT_EQ(!!t[i].answer, peer_answers(&c.p, &s, 1))
			TH_LOG("line %d", i);
		if (t[i].answer)
			EXPECT_EQ(t[i].answer, s.flags)
				TH_LOG("line %d", i);
		if (t[i].answer == RST)
			EXPECT_EQ(c.p.ack + t[i].off, s.seq);
		EXPECT_EQ(t[i].state, sock_state(c.fd))
			TH_LOG("line %d", i);
		EXPECT_EQ(t[i].err, sock_error(c.fd))
			TH_LOG("line %d", i);
		close(c.fd);
	}
}

TEST_F(wire, simultaneous_open)
{
	struct seen s;
	struct conn c;

	/* RFC 9293, figure 7. */
	ASSERT_EQ(0, opening(&self->w, &c, &s));
	SEND(&c.p, .flags = SYN, .opt = mss1460, .optlen = 4);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(c.p.ack - 1, s.seq);
	EXPECT_EQ(c.p.seq + 1, s.ack);
	SEND(&c.p, .flags = SYN | ACK, .opt = mss1460, .optlen = 4);
	c.p.seq++;
	ASSERT_LE(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 4);
	ASSERT_LE(0, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(read_is(c.fd, text, 4));
}

/* RFC 9293, 3.7.1: who says nothing takes as much as everybody must. */
static int default_mss(int af)
{
	return af == AF_INET ? 536 : 1220;
}

TEST_F(wire, mss_is_kept)
{
	static const struct {
		uint8_t opt[16], len;
		int most;
	} t[] = {
		{ { }, 0, 0 },
		{ { OPT_MSS, 4, 0, 200 }, 4, 200 },
		{ { OPT_MSS, 4, 1000 >> 8, 1000 & 0xff }, 4, 1000 },
		{ { OPT_MSS, 4, 1000 >> 8, 1000 & 0xff,
		    OPT_TS, 10, 0, 0, 0, 1, 0, 0, 0, 0 }, 16, 988 },
	};
	static char buf[3000];
	uint8_t ts[12] = { OPT_NOP, OPT_NOP, OPT_TS, 10 };
	const uint8_t *o;
	struct seen s;
	struct conn c;
	int i, got, most;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		most = t[i].most ?: default_mss(variant->af);
		ASSERT_EQ(0, active_with(&self->w, &c, t[i].opt, t[i].len, 65535));
		ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
		for (got = 0; got < sizeof(buf); got += s.len) {
			ASSERT_TRUE(peer_next(&c.p, &s, SOON));
			ASSERT_LT(0, s.len);
			EXPECT_GE(most, s.len);
			EXPECT_TRUE(s.sum_ok);
			if (!got)
				EXPECT_EQ(most, s.len);
			o = seen_option(&s, OPT_TS);
			EXPECT_EQ(t[i].len == 16, !!o);
			if (o)
				memcpy(ts + 8, o + 2, 4);
			put32(ts + 4, 1);
			SEND(&c.p, .flags = ACK, .ack = s.seq + s.len, .opt = ts,
			     .optlen = o ? 12 : 0);
		}
		drop(c.fd);
	}
}

TEST_F(wire, no_mss_is_the_default_to_a_listener_too)
{
	static char buf[2000];
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive_with(&self->w, &c, NULL, 0));
	ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(default_mss(variant->af), s.len);
}

TEST_F(wire, window_is_scaled_only_by_agreement)
{
	static const uint8_t scaled[] = { OPT_MSS, 4, 0, 100, OPT_WSCALE, 3, 3, OPT_NOP };
	static struct seen s[20];
	static char buf[2000];
	int with, got, i, n;
	struct conn c;

	for (with = 0; with < 2; with++) {
		/* The window of a SYN itself is never scaled. */
		ASSERT_EQ(0, active_with(&self->w, &c, scaled, with ? 8 : 4, 200));
		SEND(&c.p, .flags = ACK, .win = 200);
		EXPECT_EQ(0, peer_answers(&c.p, s, 1));
		ASSERT_LE(1000, send(c.fd, buf, sizeof(buf), 0));
		n = peer_answers(&c.p, s, ARRAY_SIZE(s));
		ASSERT_GE(ARRAY_SIZE(s), n);
		for (i = 0, got = 0; i < n; i++)
			got += s[i].len;
		/* Scaled it is 1600, of which the first flight may be a part. */
		EXPECT_LE(with ? 300 : 200, got);
		EXPECT_GE(with ? 1600 : 200, got);
		drop(c.fd);
	}
}

TEST_HARNESS_MAIN
