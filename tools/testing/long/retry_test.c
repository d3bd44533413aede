// SPDX-License-Identifier: GPL-2.0
/*
 * What is sent again, when, how often, and what the program hears in the end: RFC
 * 6298 section 5, RFC 9293 section 3.8.3, RFC 5482, with the defaults.
 * See long.h.
 */
#include <poll.h>

#include "kselftest_harness.h"
#include "long.h"

/* retries2: the last retry is the fifteenth. */
#define RETRIES2	15
#define SYN_RETRIES	(on_tcp() ? 6 : 7)
#define SYNACK_RETRIES	5

/*
 * RFC 6298 (5.4) to (5.6), and R2 of RFC 9293 section 3.8.3: a segment goes again
 * after a time-out, two, four ... up to two minutes; after the sixteenth the program
 * is told.
 */
TEST_F(wire, data_goes_again_fifteen_times)
{
	const long before = counter("RetransSegs");
	struct seen s, first;
	struct conn c;
	long rto, last, end;
	int k;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &first, SOON));
	rto = rto_of(c.fd);
	EXPECT_LE(RTO_MIN, rto);
	EXPECT_GE(RTO_MIN + 10, rto);
	last = first.ms;
	for (k = 0; k < RETRIES2; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX + 10 * SECOND))
			TH_LOG("retransmission %d", k + 1);
		EXPECT_TIMER("a retransmission", backed_off(rto, k), last, s.ms);
		EXPECT_EQ(c.p.ack, s.seq);
		EXPECT_EQ(20, s.len);
		EXPECT_EQ(0, memcmp(s.data, text, 20));
		last = s.ms;
	}
	EXPECT_EQ(RETRIES2, info_of(c.fd).etpi_retransmits);
	end = dead_at(c.fd, RTO_MAX + 10 * SECOND);
	EXPECT_TIMER("the end", RTO_MAX, last, end);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
	/* 924.6 s at least, and each of six long waits may be four seconds longer */
	EXPECT_LE(924600, end - first.ms);
	EXPECT_GE(924600 + 40 * SECOND, end - first.ms);
	/* Nothing was said to the peer, whose segments have no connection now. */
	EXPECT_TRUE(silent_until(&c.p, end + SECOND));
	SEND(&c.p, .flags = ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(RST, s.flags);
	EXPECT_EQ(before + RETRIES2, counter("RetransSegs"));
}

/* The time-outs of a segment that nobody answers, up to the @n-th. */
static int time_outs(struct __test_metadata *_metadata, struct conn *c, long rto, int n)
{
	struct seen s;
	long last;
	int k;

	ASSERT_EQ(10, send(c->fd, text, 10, 0)) return -1;
	ASSERT_TRUE(peer_next(&c->p, &s, SOON)) return -1;
	last = s.ms;
	for (k = 0; k < n; k++) {
		ASSERT_TRUE(peer_next(&c->p, &s, RTO_MAX + 10 * SECOND)) return -1;
		EXPECT_EQ(c->p.ack, s.seq);
		EXPECT_TIMER("a retransmission", backed_off(rto, k), last, s.ms);
		last = s.ms;
	}
	if (c->p.opt)
		ts_set(&c->p, 1000 + now_ms(), &s);
	c->p.ack += 10;
	SEND(&c->p, .flags = ACK);
	return peer_answers(&c->p, &s, 1);
}

/*
 * Karn: an ACK of what went more than once is no measurement, and the time-out
 * stays as long as it has become, until something is acknowledged that went once.
 */
TEST_F(timer, karn_keeps_the_back_off)
{
	struct etp_info info;
	struct seen s;
	struct conn c;
	long rto;

	ASSERT_EQ(0, passive(&self->w, &c));
	rto = rto_of(c.fd);
	ASSERT_EQ(0, time_outs(_metadata, &c, rto, 3));
	EXPECT_EQ(3, info_of(c.fd).etpi_backoff);
	EXPECT_EQ(8 * rto, rto_of(c.fd));
	ASSERT_EQ(0, time_outs(_metadata, &c, 8 * rto, 1));
	EXPECT_EQ(16 * rto, rto_of(c.fd));
	/* This one is acknowledged the first time it goes, after 100 ms. */
	ASSERT_EQ(10, send(c.fd, text, 10, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_TRUE(silent_until(&c.p, s.ms + 100));
	c.p.ack += 10;
	SEND(&c.p, .flags = ACK);
	info = info_of(c.fd);
	EXPECT_EQ(0, info.etpi_backoff);
	/* RFC 6298 (2.3): an eighth of 100 ms, and all of it in a variance below 200 */
	EXPECT_LE(100000 / 8, info.etpi_rtt);
	EXPECT_GE(100000 / 8 + 3000, info.etpi_rtt);
	EXPECT_LE(RTO_MIN + 12, info.etpi_rto / 1000);
	EXPECT_GE(RTO_MIN + 20, info.etpi_rto / 1000);
	EXPECT_EQ(0, time_outs(_metadata, &c, info.etpi_rto / 1000, 2));
}

/* With timestamps the echo tells which of them has arrived: RFC 7323 section 4. */
TEST_F(timer, a_timestamp_ends_the_back_off)
{
	struct conn c;
	long rto;

	ASSERT_EQ(0, passive_ts(&self->w, &c, 1000));
	rto = rto_of(c.fd);
	ASSERT_EQ(0, time_outs(_metadata, &c, rto, 4));
	EXPECT_EQ(0, info_of(c.fd).etpi_backoff);
	EXPECT_GE(rto + 10, rto_of(c.fd));
	EXPECT_EQ(0, time_outs(_metadata, &c, rto_of(c.fd), 2));
}

/* connect() that nobody answers: 1, 2, 4 ... s, and 247 s in all (MUST-23) */
TEST_F(wire, syn_goes_again_until_connect_fails)
{
	struct seen s, first;
	struct conn c;
	long last, end;
	int k;

	ASSERT_EQ(0, opening(&self->w, &c, &first));
	last = first.ms;
	for (k = 0; k < SYN_RETRIES; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX + 10 * SECOND))
			TH_LOG("SYN %d", k + 2);
		EXPECT_TIMER("a SYN", backed_off(RTO_INIT, k), last, s.ms);
		EXPECT_EQ(SYN, s.flags);
		EXPECT_EQ(first.seq, s.seq);
		last = s.ms;
	}
	EXPECT_EQ(ETP_SYN_SENT, sock_state(c.fd));
	end = dead_at(c.fd, RTO_MAX + 10 * SECOND);
	EXPECT_TIMER("the end", backed_off(RTO_INIT, SYN_RETRIES), last, end);
	EXPECT_LE((on_tcp() ? 127 : 247) * SECOND, end - first.ms);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
	EXPECT_TRUE(silent_until(&c.p, end + SECOND));
}

/* SYN|ACK that nobody answers: 1, 2, 4, 8, 16 s, and forgotten after 32 more */
TEST_F(wire, syn_ack_goes_again_five_times)
{
	const struct way *way = wire_way(&self->w);
	struct seen s, first;
	struct peer p;
	uint16_t port;
	int k, lfd;
	long last;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&p, &self->w, port);
	SEND(&p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460));
	ASSERT_TRUE(peer_next(&p, &first, SOON));
	last = first.ms;
	for (k = 0; k < SYNACK_RETRIES; k++) {
		ASSERT_TRUE(peer_next(&p, &s, MINUTE));
		EXPECT_TIMER("a SYN|ACK", RTO_INIT << k, last, s.ms);
		EXPECT_EQ(SYN | ACK, s.flags);
		EXPECT_EQ(first.seq, s.seq);
		EXPECT_EQ(first.ack, s.ack);
		last = s.ms;
	}
	p.ack = first.seq + 1;
	EXPECT_ENDS(&p, RTO_INIT << SYNACK_RETRIES, grain(RTO_INIT << SYNACK_RETRIES),
		    last, proc_state(way, port, p.port) == ETP_SYN_RECV);
	EXPECT_EQ(-1, accept(lfd, NULL, NULL));
	p.seq++;
	SEND(&p, .flags = ACK);
	ASSERT_EQ(1, peer_answers(&p, &s, 1));
	EXPECT_EQ(RST, s.flags);
}

/* RFC 6298 (5.7): nothing was measured when a SYN went twice. */
TEST_F(timer, lost_syn_makes_the_time_out_three_seconds)
{
	struct seen s[2];
	struct conn c;

	ASSERT_EQ(0, opening(&self->w, &c, s));
	ASSERT_TRUE(peer_next(&c.p, s + 1, SOON));
	EXPECT_TIMER("the second SYN", RTO_INIT, s[0].ms, s[1].ms);
	SEND(&c.p, .flags = SYN | ACK, .opt = mss1460, .optlen = sizeof(mss1460));
	c.p.seq++;
	ASSERT_TRUE(peer_next(&c.p, s, SOON));
	EXPECT_EQ(ACK, s[0].flags);
	EXPECT_EQ(RTO_FALLBACK, rto_of(c.fd));
	EXPECT_EQ(0, time_outs(_metadata, &c, RTO_FALLBACK, 3));
}

TEST_F(timer, lost_syn_ack_makes_the_time_out_three_seconds)
{
	struct seen s[2];
	struct conn c;
	uint16_t port;
	int lfd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460));
	ASSERT_TRUE(peer_next(&c.p, s, SOON));
	ASSERT_TRUE(peer_next(&c.p, s + 1, SOON));
	EXPECT_TIMER("the second SYN|ACK", RTO_INIT, s[0].ms, s[1].ms);
	c.p.seq++;
	c.p.ack = s[0].seq + 1;
	SEND(&c.p, .flags = ACK);
	ASSERT_EQ(POLLIN, revents(lfd, POLLIN, SOON));
	c.fd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, c.fd);
	EXPECT_EQ(RTO_FALLBACK, rto_of(c.fd));
	EXPECT_EQ(0, time_outs(_metadata, &c, RTO_FALLBACK, 3));
}

/* Half a minute by RFC 5482: the last time-out is cut short. */
TEST_F(timer, user_timeout_is_kept_to_the_tick)
{
	const long limit = 30 * SECOND;
	struct seen s, first;
	struct conn c;
	long rto, end, last;
	int k;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_USER_TIMEOUT, limit));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &first, SOON));
	rto = rto_of(c.fd);
	last = first.ms;
	/* 0.2, 0.6, 1.4, 3, 6.2, 12.6, 25.4 s; the next would be at 51 */
	for (k = 0; k < 7; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX));
		EXPECT_TIMER("a retransmission", backed_off(rto, k), last, s.ms);
		last = s.ms;
	}
	end = dead_at(c.fd, MINUTE);
	/* kernel TCP counts from the first time-out on */
	expect_gap(_metadata, "the limit", limit + (on_tcp() ? rto : 0),
		   grain(limit - 25 * SECOND), end - first.ms);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
}

/* How often the peer hears of it until the program is told; @at: when that is. */
static int heard_until_dead(struct conn *c, long *at)
{
	struct pollfd pfd[] = {
		{ .fd = c->fd, .events = POLLIN }, { .fd = c->p.w->fd, .events = POLLIN },
	};
	struct seen s;
	int n = 0;

	while (poll(pfd, 2, 5 * MINUTE) > 0) {
		while (peer_next(&c->p, &s, 0))
			n++;
		if (pfd[0].revents & POLLERR) {
			*at = now_ms();
			return n;
		}
	}
	return -1;
}

/* The program's limit counts instead of ours, also when it is longer (MUST-21). */
TEST_F(timer, user_timeout_of_an_hour)
{
	struct seen first;
	struct conn c;
	long end = 0;
	int n;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_USER_TIMEOUT, HOUR));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &first, SOON));
	n = heard_until_dead(&c, &end);
	/* ten until the time-out is two minutes long, and one in each two after that */
	EXPECT_LE(10 + (3600 - 206) / 125, n);
	EXPECT_GE(10 + (3600 - 201) / 120, n);
	expect_gap(_metadata, "the limit", HOUR, grain(RTO_MAX) + on_tcp() * RTO_MIN,
		   end - first.ms);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
}

/* An attempt to open ends with whichever comes first. */
TEST_F(timer, user_timeout_of_an_attempt)
{
	const long limit = 10 * SECOND;
	struct seen s, first;
	struct conn c;
	long end, last;
	int k;

	ASSERT_EQ(0, opening(&self->w, &c, &first));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_USER_TIMEOUT, limit));
	last = first.ms;
	for (k = 0; k < 3; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, MINUTE));
		EXPECT_TIMER("a SYN", RTO_INIT << k, last, s.ms);
		last = s.ms;
	}
	end = dead_at(c.fd, MINUTE);
	expect_gap(_metadata, "the limit", limit, grain(limit - 7 * SECOND),
		   end - first.ms);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
}

/* The knobs that each of these has */
TEST_F(timer, fewer_retries_by_sysctl)
{
	struct seen s;
	struct conn c;
	long last, end, rto;
	int k;

	ASSERT_EQ(0, set_sysctl("retries2", "4"));
	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	rto = rto_of(c.fd);
	last = s.ms;
	for (k = 0; k < 4; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, MINUTE));
		EXPECT_TIMER("a retransmission", backed_off(rto, k), last, s.ms);
		last = s.ms;
	}
	end = dead_at(c.fd, MINUTE);
	EXPECT_TIMER("the end", backed_off(rto, 4), last, end);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	ASSERT_EQ(0, set_sysctl("retries2", "15"));
}

TEST_F(timer, fewer_syns_by_option_and_sysctl)
{
	struct seen s;
	struct conn c;
	long last, end;
	int i, k;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, i ? set_sysctl("syn_retries", "3") : 0);
		ASSERT_EQ(0, opening(&self->w, &c, &s));
		ASSERT_EQ(0, i ? 0 : set_int(c.fd, test_level(), ETP_SYNCNT, 3));
		last = s.ms;
		for (k = 0; k < 3; k++) {
			ASSERT_TRUE(peer_next(&c.p, &s, MINUTE));
			EXPECT_TIMER("a SYN", RTO_INIT << k, last, s.ms);
			last = s.ms;
		}
		end = dead_at(c.fd, MINUTE);
		EXPECT_TIMER("the end", RTO_INIT << 3, last, end);
		EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	}
	ASSERT_EQ(0, set_sysctl("syn_retries", on_tcp() ? "6" : "7"));
}

TEST_F(timer, fewer_syn_acks_by_option_and_sysctl)
{
	int i, k, lfd;
	struct seen s;
	struct peer p;
	uint16_t port;
	long last;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, i ? set_sysctl("synack_retries", "2") : 0);
		lfd = listener(&self->w, &port);
		ASSERT_LE(0, lfd);
		ASSERT_EQ(0, i ? 0 : set_int(lfd, test_level(), ETP_SYNCNT, 2));
		peer_init(&p, &self->w, port);
		SEND(&p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460));
		ASSERT_TRUE(peer_next(&p, &s, SOON));
		last = s.ms;
		for (k = 0; k < 2; k++) {
			ASSERT_TRUE(peer_next(&p, &s, MINUTE));
			EXPECT_TIMER("a SYN|ACK", RTO_INIT << k, last, s.ms);
			last = s.ms;
		}
		EXPECT_ENDS(&p, RTO_INIT << 2, grain(RTO_INIT << 2), last,
			    proc_state(&way_ipv4, port, p.port) == ETP_SYN_RECV);
	}
	ASSERT_EQ(0, set_sysctl("synack_retries", "5"));
}

TEST_HARNESS_MAIN
