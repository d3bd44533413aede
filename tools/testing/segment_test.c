// SPDX-License-Identifier: GPL-2.0
/*
 * What the protocol answers to each segment: RFC 9293 section 3.10.7, RFC 5961,
 * and bad input of every kind.  The test is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "wire.h"

static const uint8_t mss1460[] = { OPT_MSS, 4, 1460 >> 8, 1460 & 0xff };
static const uint8_t mss_sack[] = { OPT_MSS, 4, 1460 >> 8, 1460 & 0xff,
				    OPT_NOP, OPT_NOP, OPT_SACKOK, 2 };
static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

struct conn {
	struct peer p;
	int fd;
};

/*
 * Who is left without an answer would go on asking when the test has long ended.
 * So all that a test opens is aborted in the end, unless it closes by itself.
 */
static void abort_at_close(int fd)
{
	struct linger l = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

static void leave_nothing(void)
{
	for (int fd = 3; fd < 512; fd++)
		abort_at_close(fd);
}

static void drop(int fd)
{
	abort_at_close(fd);
	close(fd);
}

static int listener(struct wire *w, uint16_t *port)
{
	union addr addr;
	socklen_t len = way_addr(wire_way(w), wire_way(w)->any, 0, &addr);
	int fd = way_socket(wire_way(w), SOCK_NONBLOCK);

	if (fd < 0)
		return fd;
	if (bind(fd, &addr.sa, len) || listen(fd, 256))
		return -errno;
	*port = local_port(fd);
	return fd;
}

/* The peer opens: 0, or which step went wrong. */
static int open_to(int lfd, struct wire *w, struct conn *c, const void *opt, int optlen)
{
	struct seen s;

	peer_init(&c->p, w, local_port(lfd));
	SEND(&c->p, .flags = SYN, .opt = opt, .optlen = optlen);
	if (!peer_next(&c->p, &s, SOON))
		return 1;
	if (s.flags != (SYN | ACK) || s.ack != c->p.seq + 1)
		return 2;
	c->p.seq++;
	c->p.ack = s.seq + 1;
	SEND(&c->p, .flags = ACK);
	if (revents(lfd, POLLIN, SOON) != POLLIN)
		return 3;
	c->fd = accept(lfd, NULL, NULL);
	return c->fd < 0 ? 4 : 0;
}

static int passive_with(struct wire *w, struct conn *c, const void *opt, int optlen)
{
	uint16_t port;
	int err, lfd = listener(w, &port);

	if (lfd < 0)
		return lfd;
	err = open_to(lfd, w, c, opt, optlen);
	close(lfd);
	return err;
}

static int passive(struct wire *w, struct conn *c)
{
	return passive_with(w, c, mss1460, sizeof(mss1460));
}

/* The host opens: its SYN is in @syn, and what follows is the test's affair. */
static int opening(struct wire *w, struct conn *c, struct seen *syn)
{
	union addr addr;
	socklen_t len;

	peer_init(&c->p, w, 0);
	len = wire_addr(w, false, c->p.port, &addr);
	c->fd = way_socket(wire_way(w), SOCK_NONBLOCK);
	if (c->fd < 0)
		return c->fd;
	if (!connect(c->fd, &addr.sa, len) || errno != EINPROGRESS)
		return 1;
	do {
		if (!wire_next(w, syn, SOON))
			return 2;
	} while (syn->dport != c->p.port);
	c->p.host_port = syn->sport;
	c->p.ack = syn->seq + 1;
	return syn->flags == SYN ? 0 : 3;
}

static int active_with(struct wire *w, struct conn *c, const void *opt, int optlen,
		       uint16_t win)
{
	struct seen s;
	int err = opening(w, c, &s);

	if (err)
		return err;
	SEND(&c->p, .flags = SYN | ACK, .opt = opt, .optlen = optlen, .win = win);
	c->p.seq++;
	if (!peer_next(&c->p, &s, SOON))
		return 4;
	if (s.flags != ACK || s.seq != c->p.ack || s.ack != c->p.seq)
		return 5;
	return 0;
}

/* What there is to read is this and no more; nothing, if @len is -1. */
static bool read_is(int fd, const char *want, int len)
{
	char buf[4096];
	int n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n == len && (n < 0 || !memcmp(buf, want, len)))
		return true;
	fprintf(stderr, "# read %d bytes, not these %d\n", n, len);
	return false;
}

/*
 * TCP has tail loss probes, which come before the time-outs that are looked
 * for, F-RTO, and on newer kernels SYNs at even distances.
 */
static void plain_tcp(void)
{
	if (!on_tcp())
		return;
	set_sysctl("congestion_control", "reno");
	set_sysctl("early_retrans", "0");
	set_sysctl("frto", "0");
	set_sysctl("syn_linear_timeouts", "0");
}

FIXTURE(wire) {
	struct wire w;
};

FIXTURE_VARIANT(wire) {
	int af;
};

FIXTURE_VARIANT_ADD(wire, ipv4) { .af = AF_INET };
FIXTURE_VARIANT_ADD(wire, ipv6) { .af = AF_INET6 };

FIXTURE_SETUP(wire)
{
	ASSERT_EQ(0, wire_open(&self->w, variant->af));
	plain_tcp();
}

FIXTURE_TEARDOWN(wire)
{
	leave_nothing();
}

/* ---- bad input ---- */

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

/* ---- opening ---- */

TEST_F(wire, half_open_costs_a_request_only)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct peer p;
	uint16_t port;
	int lfd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(ETP_SYN_RECV, proc_state(way, port, p.port));
	EXPECT_EQ(-EAGAIN, ERR(accept(lfd, NULL, NULL)));
	EXPECT_EQ(0, revents(lfd, POLLIN, 0));
	/* The SYN was an old duplicate, says the peer. */
	SEND(&p, .flags = RST, .seq = s.ack);
	EXPECT_EQ(0, peer_answers(&p, &s, 1));
	EXPECT_EQ(0, proc_state(way, port, p.port));
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
	uint16_t port;
	int lfd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, s, 1));
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
	uint16_t port;
	int lfd, i;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
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

TEST_F(wire, lost_third_ack_is_made_good_by_data)
{
	struct seen s;
	struct peer p;
	uint16_t port;
	int lfd, fd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
	p.seq++;
	p.ack = s.seq + 1;
	SEND(&p, .flags = ACK | PSH, .data = text, .len = 10);
	ASSERT_LE(0, peer_answers(&p, &s, 1));
	fd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(read_is(fd, text, 10));
}

TEST_F(wire, third_ack_may_close_as_well)
{
	struct seen s;
	struct peer p;
	uint16_t port;
	int lfd, fd;
	char c;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
	p.seq++;
	p.ack = s.seq + 1;
	SEND(&p, .flags = ACK | FIN, .data = text, .len = 3);
	ASSERT_LE(0, peer_answers(&p, &s, 1));
	fd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(read_is(fd, text, 3));
	EXPECT_EQ(0, recv(fd, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(fd));
}

TEST_F(wire, reset_before_accept)
{
	struct seen s;
	struct peer p;
	uint16_t port;
	int lfd, fd;
	char c;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
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

/* ---- data ---- */

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

/* ---- closing ---- */

TEST_F(wire, close_and_be_closed)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
	EXPECT_EQ(c.p.ack, s.seq);
	EXPECT_EQ(ETP_FIN_WAIT1, proc_state(way, c.p.host_port, c.p.port));
	c.p.ack++;
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_FIN_WAIT2, proc_state(way, c.p.host_port, c.p.port));
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1, s.ack);
	EXPECT_EQ(c.p.ack, s.seq);
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));

	/* Our last ACK was lost: the peer asks again. */
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1, s.ack);
	/* Something from long ago is answered the same way. */
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, fin_and_ack_of_fin_in_one)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.ack++;
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, simultaneous_close)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	/* RFC 9293, figure 13. */
	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1, s.ack);
	EXPECT_EQ(ETP_CLOSING, proc_state(way, c.p.host_port, c.p.port));
	c.p.seq++;
	c.p.ack++;
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, last_ack)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = FIN | ACK);
	c.p.seq++;
	if (!peer_answers(&c.p, &s, 1))
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
	EXPECT_EQ(ETP_LAST_ACK, proc_state(way, c.p.host_port, c.p.port));
	c.p.ack++;
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(0, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, data_for_an_orphan_resets)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.ack++;
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 5);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(s.flags & RST);
	EXPECT_EQ(0, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, abort_resets_at_the_right_place)
{
	struct linger l = { .l_onoff = 1 };
	struct seen s[2];
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_EQ(0, setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	close(c.fd);
	ASSERT_EQ(2, peer_answers(&c.p, s, 2));
	EXPECT_TRUE(s[1].flags & RST);
	EXPECT_EQ(c.p.ack + 5, s[1].seq);
	EXPECT_TRUE(s[1].sum_ok);
}

TEST_F(wire, time_wait_gives_way_to_a_newer_syn)
{
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.ack++;
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.seq++;
	/* An older one is but a duplicate... */
	SEND(&c.p, .flags = SYN, .seq = c.p.seq - 1000);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	/* ...a newer one opens (RFC 9293, 3.6.1), and from a higher number. */
	SEND(&c.p, .flags = SYN, .seq = c.p.seq + 1000);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1001, s.ack);
	EXPECT_LT(0, (int32_t)(s.seq - c.p.ack));
}

/* ---- ICMP ---- */

TEST_F(wire, unreachable_ends_an_attempt)
{
	static const struct {
		int type4, code4, type6, code6, err;
	} t[] = {
		{ ICMP_DEST_UNREACH, ICMP_PORT_UNREACH,
		  ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, ECONNREFUSED },
		{ ICMP_DEST_UNREACH, ICMP_HOST_UNREACH,
		  ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, EHOSTUNREACH },
		{ ICMP_DEST_UNREACH, ICMP_PKT_FILTERED,
		  ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN, 0 },
	};
	const bool six = variant->af == AF_INET6;
	struct seen s;
	struct conn c;
	int i, err;

	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ASSERT_EQ(0, opening(&self->w, &c, &s));
		/* About a segment that is not ours: not believed. */
		wire_icmp(&self->w, six ? t[i].type6 : t[i].type4,
			  six ? t[i].code6 : t[i].code4, 0,
			  &(struct seg){ .sport = s.sport, .dport = s.dport,
					 .seq = s.seq + 0x10000, .flags = SYN });
		EXPECT_EQ(ETP_SYN_SENT, sock_state(c.fd));
		wire_icmp(&self->w, six ? t[i].type6 : t[i].type4,
			  six ? t[i].code6 : t[i].code4, 0,
			  &(struct seg){ .sport = s.sport, .dport = s.dport,
					 .seq = s.seq, .flags = SYN });
		err = t[i].err ?: six ? EACCES : EHOSTUNREACH;
		EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
		EXPECT_EQ(err, sock_error(c.fd))
			TH_LOG("case %d", i);
		close(c.fd);
	}
}

TEST_F(wire, unreachable_does_not_end_a_connection)
{
	const bool six = variant->af == AF_INET6;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	wire_icmp(&self->w, six ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH,
		  six ? ICMP6_DST_UNREACH_ADDR : ICMP_HOST_UNREACH, 0,
		  &(struct seg){ .sport = s.sport, .dport = s.dport, .seq = s.seq,
				 .flags = ACK });
	/* RFC 9293, 3.9.2.2: a soft error, told to who asks. */
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_EQ(POLLOUT, revents(c.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(EHOSTUNREACH, sock_error(c.fd));
	EXPECT_EQ(0, sock_error(c.fd));
}

TEST_F(wire, too_big_makes_smaller_segments)
{
	const bool six = variant->af == AF_INET6;
	const int mtu = six ? 1280 : 700, most = mtu - (six ? 60 : 40);
	static char buf[1400];
	struct seen s;
	struct conn c;
	int got;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(sizeof(buf), s.len);
	wire_icmp(&self->w, six ? ICMP6_PACKET_TOO_BIG : ICMP_DEST_UNREACH,
		  six ? 0 : ICMP_FRAG_NEEDED, mtu,
		  &(struct seg){ .sport = s.sport, .dport = s.dport, .seq = s.seq,
				 .flags = ACK });
	for (got = 0; got < sizeof(buf); got += s.len) {
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
		EXPECT_EQ(c.p.ack, s.seq);
		ASSERT_LT(0, s.len);
		EXPECT_GE(most, s.len);
		c.p.ack += s.len;
		SEND(&c.p, .flags = ACK);
	}
}

/* ---- time: over IPv4 alone, for the timers know no address family ---- */

FIXTURE(timer) {
	struct wire w;
};

FIXTURE_SETUP(timer)
{
	ASSERT_EQ(0, wire_open(&self->w, AF_INET));
	plain_tcp();
}

FIXTURE_TEARDOWN(timer)
{
	leave_nothing();
}

TEST_F(timer, retransmission_backs_off)
{
	struct seen s[4];
	struct conn c;
	int i;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	for (i = 0; i < 4; i++) {
		ASSERT_TRUE(peer_next(&c.p, s + i, SOON));
		EXPECT_EQ(c.p.ack, s[i].seq);
		EXPECT_EQ(20, s[i].len);
	}
	/* 200 ms, twice that and twice again, less what the reader was late. */
	EXPECT_LE(150, s[1].ms - s[0].ms);
	EXPECT_LE(500, s[2].ms - s[0].ms);
	EXPECT_LE(1200, s[3].ms - s[0].ms);
	EXPECT_GE(4000, s[3].ms - s[0].ms);
	SEND(&c.p, .flags = ACK, .ack = c.p.ack + 20);
	EXPECT_EQ(0, peer_answers(&c.p, s, 1));
}

TEST_F(timer, time_out_goes_back_to_one_segment)
{
	static char buf[6 * 1000];
	struct seen s[8];
	struct conn c;
	int i, n;

	ASSERT_EQ(0, passive_with(&self->w, &c, (uint8_t[]){ OPT_MSS, 4, 1000 >> 8,
							     1000 & 0xff }, 4));
	ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
	n = peer_answers(&c.p, s, 8);
	ASSERT_LE(2, n);
	ASSERT_TRUE(peer_next(&c.p, s, SOON));
	EXPECT_EQ(c.p.ack, s[0].seq);
	EXPECT_EQ(1000, s[0].len);
	EXPECT_EQ(0, peer_answers(&c.p, s, 8));
	/* Its ACK lets two go: slow start. */
	c.p.ack += 1000;
	SEND(&c.p, .flags = ACK);
	n = peer_answers(&c.p, s, 8);
	EXPECT_EQ(2, n);
	for (i = 0; i < n; i++)
		EXPECT_EQ(c.p.ack + 1000 * i, s[i].seq)
			TH_LOG("segment %d of %d bytes", i, s[i].len);
}

TEST_F(timer, last_retry_then_timed_out)
{
	struct seen s;
	struct conn c;
	long start;
	int n;

	/* The fewest retries that a sysctl allows. */
	ASSERT_EQ(0, set_sysctl("retries2", "2"));
	ASSERT_EQ(0, passive(&self->w, &c));
	start = now_ms();
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	for (n = 0; peer_next(&c.p, &s, 3500); n++)
		EXPECT_EQ(5, s.len);
	EXPECT_LE(3, n);
	EXPECT_GE(5, n);
	EXPECT_TRUE(revents(c.fd, POLLIN, SOON) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
	EXPECT_LE(900, now_ms() - start);
	ASSERT_EQ(0, set_sysctl("retries2", "15"));
}

TEST_F(timer, user_timeout)
{
	struct seen s;
	struct conn c;
	long start;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_USER_TIMEOUT, 500));
	start = now_ms();
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	EXPECT_TRUE(revents(c.fd, POLLIN, SOON) & POLLERR);
	EXPECT_LE(300, now_ms() - start);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	EXPECT_LT(0, peer_answers(&c.p, &s, 1));
}

TEST_F(timer, silent_syn_gives_up)
{
	struct seen s;
	struct conn c;
	int n;

	ASSERT_EQ(0, set_sysctl("syn_retries", "1"));
	ASSERT_EQ(0, opening(&self->w, &c, &s));
	for (n = 0; !(revents(c.fd, POLLOUT, 0) & POLLERR) && n < 5; n++) {
		if (!peer_next(&c.p, &s, 2500))
			break;
		EXPECT_EQ(SYN, s.flags);
	}
	EXPECT_EQ(1, n);
	EXPECT_TRUE(revents(c.fd, POLLIN, SOON) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	ASSERT_EQ(0, set_sysctl("syn_retries", "6"));
}

TEST_F(timer, unanswered_syn_ack_is_sent_again_then_forgotten)
{
	struct seen s[2];
	struct peer p;
	uint16_t port;
	int lfd;

	ASSERT_EQ(0, set_sysctl("synack_retries", "1"));
	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN);
	ASSERT_TRUE(peer_next(&p, s, SOON));
	ASSERT_TRUE(peer_next(&p, s + 1, SOON));
	EXPECT_EQ(SYN | ACK, s[1].flags);
	EXPECT_EQ(s[0].seq, s[1].seq);
	EXPECT_EQ(s[0].ack, s[1].ack);
	EXPECT_LE(600, s[1].ms - s[0].ms);
	EXPECT_GE(2500, s[1].ms - s[0].ms);
	EXPECT_EQ(ETP_SYN_RECV, proc_state(&way_ipv4, port, p.port));
	EXPECT_TRUE(WITHIN(6000, proc_state(&way_ipv4, port, p.port) == 0));
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
	EXPECT_EQ(0, peer_answers(&p, s, 2));
	ASSERT_EQ(0, set_sysctl("synack_retries", "5"));
}

TEST_F(timer, closed_window_is_probed)
{
	struct seen s[3];
	struct conn c;
	int i;

	ASSERT_EQ(0, passive(&self->w, &c));
	/* Not in a repetition: a kernel may think it an older segment's window. */
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 1);
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 1, .win = 0,
	     .seq = c.p.seq + 1);
	c.p.seq += 2;
	do {
		ASSERT_TRUE(peer_next(&c.p, s, SOON));
	} while (s[0].ack != c.p.seq);
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(peer_next(&c.p, s + i, SOON));
		/* A byte of what waits, or a number from before it. */
		EXPECT_TRUE((s[i].seq == c.p.ack && s[i].len == 1) ||
			    (s[i].seq == c.p.ack - 1 && s[i].len <= 1))
			TH_LOG("%d + %d bytes", s[i].seq - c.p.ack, s[i].len);
		SEND(&c.p, .flags = ACK, .win = 0);
	}
	EXPECT_LE(500, s[2].ms - s[0].ms);	/* 400 + 800, or 200 + 400 */
	/* Probes that are answered go on for ever: this is no time-out. */
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	SEND(&c.p, .flags = ACK, .win = 1000);
	ASSERT_TRUE(peer_next(&c.p, s, SOON));
	EXPECT_EQ(c.p.ack, s[0].seq);
	EXPECT_EQ(20, s[0].len);
	EXPECT_EQ(0, memcmp(s[0].data, text, 20));
}

TEST_F(timer, fin_is_sent_again)
{
	struct seen s[2];
	struct conn c;
	int i;

	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(peer_next(&c.p, s + i, SOON));
		EXPECT_EQ(FIN | ACK, s[i].flags & ~PSH);
		EXPECT_EQ(c.p.ack, s[i].seq);
	}
	EXPECT_LE(150, s[1].ms - s[0].ms);
	SEND(&c.p, .flags = RST);
}

TEST_F(timer, keepalive)
{
	const int level = test_level();
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPIDLE, 1));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPINTVL, 1));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPCNT, 1));
	ASSERT_EQ(0, set_int(c.fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(c.p.ack - 1, s.seq);
	EXPECT_EQ(ACK, s.flags);
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	/* Then one that nobody answers. */
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_TRUE(revents(c.fd, POLLIN, SOON) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
}

TEST_HARNESS_MAIN
