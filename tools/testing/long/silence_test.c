// SPDX-License-Identifier: GPL-2.0
/*
 * Connections on which nothing moves for hours: a shut window that is probed (RFC
 * 9293 section 3.8.6.1), keep-alive (3.8.4), with the defaults.
 * See long.h.
 */
#include "kselftest_harness.h"
#include "long.h"

#define RETRIES2	15
#define ORPHAN_RETRIES	8

static unsigned char buf[5000];

/* What the host sends, from @have bytes on, acknowledged as it comes; how much there is. */
static size_t take(struct peer *p, size_t have, size_t want, long ms)
{
	const long end = now_ms() + ms;
	struct seen s;

	while (have < want && peer_next(p, &s, at_most(end - now_ms(), ms))) {
		if (s.len && s.seq == p->ack && pattern_ok(s.data, have, s.len)) {
			have += s.len;
			p->ack += s.len;
		}
		SEND(p, .flags = ACK);
	}
	return have;
}

/*
 * MUST-36, MUST-37, SHLD-29, SHLD-30: the first probe after a time-out, the next
 * after two, four ... and then one in two minutes for as long as the peer answers.
 * When the window opens the data goes, all of it.
 */
TEST_F(timer, window_shut_for_nine_hours)
{
	long start, last, rto;
	struct seen s;
	struct conn c;
	int n;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(shut_window(&c));
	pattern(buf, 0, sizeof(buf));
	ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
	rto = rto_of(c.fd);
	start = now_ms();
	last = start;
	/* more probes than a byte can count */
	for (n = 0; last - start < 9 * HOUR; n++) {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX + 10 * SECOND))
			TH_LOG("probe %d, after %ld s", n + 1, (last - start) / SECOND);
		EXPECT_TIMER("a probe", backed_off(rto, n), last, s.ms);
		EXPECT_EQ(c.p.ack - 1, s.seq);
		EXPECT_EQ(0, s.len);
		EXPECT_EQ(ACK, s.flags);
		SEND(&c.p, .flags = ACK, .win = 0);
		last = s.ms;
	}
	EXPECT_LE(9 * 3600 / 125, n);
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(sizeof(buf), take(&c.p, 0, sizeof(buf), SECOND));
}

/* A peer that does not answer is given up as one that acknowledges no data is. */
TEST_F(timer, silent_peer_behind_a_shut_window)
{
	struct seen s;
	struct conn c;
	long last, rto, end;
	int k;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(shut_window(&c));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	rto = rto_of(c.fd);
	last = now_ms();
	for (k = 0; k < RETRIES2; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX + 10 * SECOND))
			TH_LOG("probe %d", k + 1);
		EXPECT_TIMER("a probe", backed_off(rto, k), last, s.ms);
		EXPECT_EQ(c.p.ack - 1, s.seq);
		last = s.ms;
	}
	end = dead_at(c.fd, RTO_MAX + 10 * SECOND);
	EXPECT_TIMER("the end", RTO_MAX, last, end);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	EXPECT_TRUE(silent_until(&c.p, end + SECOND));
}

/*
 * MUST-35, SHLD-17: the window shuts on what is in flight.  That goes again and
 * again, and while the peer answers, if only to refuse it, the connection lives.
 */
TEST_F(timer, window_shut_on_data_in_flight)
{
	long start, last, rto;
	struct seen s;
	struct conn c;
	int n;

	ASSERT_EQ(0, passive(&self->w, &c));
	pattern(buf, 0, sizeof(buf));
	ASSERT_EQ(3000, send(c.fd, buf, 3000, 0));
	ASSERT_LE(2, peer_answers(&c.p, &s, 1));
	c.p.ack += 1460;
	SEND(&c.p, .flags = ACK, .win = 0);
	start = now_ms();
	rto = rto_of(c.fd);
	last = start;
	for (n = 0; last - start < HOUR; n++) {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX + 10 * SECOND))
			TH_LOG("retransmission %d, after %ld s", n + 1,
			       (last - start) / SECOND);
		EXPECT_TIMER("a retransmission", backed_off(rto, n), last, s.ms);
		EXPECT_EQ(c.p.ack, s.seq);
		SEND(&c.p, .flags = ACK, .win = 0);
		last = s.ms;
	}
	EXPECT_LE(3600 / 125, n);
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(3000, take(&c.p, 1460, 3000, 5 * MINUTE));
}

/* Nobody holds the connection any more: eight probes in vain are enough. */
TEST_F(timer, orphan_of_a_shut_window)
{
	long last, rto;
	struct seen s;
	struct conn c;
	int k;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(shut_window(&c));
	ASSERT_EQ(2, recv(c.fd, buf, sizeof(buf), 0));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	rto = rto_of(c.fd);
	last = now_ms();
	close(c.fd);
	for (k = 0; k < ORPHAN_RETRIES; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, MINUTE))
			TH_LOG("probe %d", k + 1);
		EXPECT_TIMER("a probe", backed_off(rto, k), last, s.ms);
		last = s.ms;
	}
	EXPECT_ENDS(&c.p, backed_off(rto, k), grain(backed_off(rto, k)), last,
		    proc_state(&way_ipv4, c.p.host_port, c.p.port) == ETP_FIN_WAIT1);
}

/* But what it has to say is said in the end to a peer that answers. */
TEST_F(timer, orphan_waits_for_a_peer_that_answers)
{
	struct seen s;
	struct conn c;
	long start;

	if (on_tcp())
		SKIP(return, "kernel TCP gives up an orphan when probes are 120 s apart");
	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(shut_window(&c));
	ASSERT_EQ(2, recv(c.fd, buf, sizeof(buf), 0));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	close(c.fd);
	start = now_ms();
	do {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX + 10 * SECOND));
		EXPECT_EQ(0, s.len);
		SEND(&c.p, .flags = ACK, .win = 0);
	} while (now_ms() - start < HOUR / 2);
	SEND(&c.p, .flags = ACK);
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(20, s.len);
	EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
	SEND(&c.p, .flags = RST, .seq = c.p.seq);
}

/* @n keep-alives that nobody answers, and the end */
static void keepalives(struct __test_metadata *_metadata, struct conn *c, long idle,
		       long intvl, int n)
{
	long last = now_ms();
	struct seen s;
	int k;

	ASSERT_EQ(0, set_int(c->fd, SOL_SOCKET, SO_KEEPALIVE, 1)) return;
	for (k = 0; k < n; k++) {
		ASSERT_TRUE(peer_next(&c->p, &s, 3 * HOUR)) return;
		EXPECT_TIMER("a keep-alive", k ? intvl : idle, last, s.ms);
		EXPECT_EQ(c->p.ack - 1, s.seq);
		EXPECT_EQ(ACK, s.flags);
		EXPECT_EQ(0, s.len);
		last = s.ms;
	}
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c->fd));
	ASSERT_TRUE(peer_next(&c->p, &s, 3 * HOUR)) return;
	EXPECT_TIMER("the end", intvl, last, s.ms);
	EXPECT_EQ(RST | ACK, s.flags);
	EXPECT_EQ(c->p.ack, s.seq);
	EXPECT_TRUE(revents(c->fd, POLLIN, 0) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, sock_error(c->fd));
	EXPECT_EQ(ETP_CLOSE, sock_state(c->fd));
}

/* MUST-28, MUST-29: two hours, then nine of them, 75 s apart */
TEST_F(timer, keepalive_with_the_defaults)
{
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	keepalives(_metadata, &c, 2 * HOUR, 75 * SECOND, 9);
}

/* MUST-25: nothing is asked for the program that did not ask for it. */
TEST_F(timer, no_keepalive_unless_asked_for)
{
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	EXPECT_TRUE(silent_until(&c.p, now_ms() + 3 * HOUR));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
}

TEST_F(timer, keepalive_answered_for_a_day)
{
	const long start = now_ms();
	struct seen s;
	struct conn c;
	long last;
	int n;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	last = now_ms();
	for (n = 0; peer_next(&c.p, &s, start + DAY - last); n++) {
		EXPECT_TIMER("a keep-alive", 2 * HOUR, last, s.ms);
		SEND(&c.p, .flags = ACK);
		last = s.ms;
	}
	EXPECT_LE(11, n);
	EXPECT_GE(12, n);
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	/* What comes in counts, too: it puts the next one off. */
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 5);
	c.p.seq += 5;
	last = now_ms();
	EXPECT_TRUE(read_is(c.fd, text, 5));
	EXPECT_LE(0, peer_answers(&c.p, &s, 1));
	ASSERT_TRUE(peer_next(&c.p, &s, 3 * HOUR));
	expect_gap(_metadata, "a keep-alive", 2 * HOUR, 2 * grain(2 * HOUR), s.ms - last);
}

TEST_F(wire, keepalive_by_options)
{
	const int level = test_level();
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPIDLE, 600));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPINTVL, 20));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPCNT, 4));
	keepalives(_metadata, &c, 10 * MINUTE, 20 * SECOND, 4);
}

TEST_F(timer, keepalive_by_sysctl)
{
	struct conn c;

	ASSERT_EQ(0, set_sysctl("keepalive_time", "300"));
	ASSERT_EQ(0, set_sysctl("keepalive_intvl", "10"));
	ASSERT_EQ(0, set_sysctl("keepalive_probes", "2"));
	ASSERT_EQ(0, passive(&self->w, &c));
	keepalives(_metadata, &c, 5 * MINUTE, 10 * SECOND, 2);
	ASSERT_EQ(0, set_sysctl("keepalive_time", "7200"));
	ASSERT_EQ(0, set_sysctl("keepalive_intvl", "75"));
	ASSERT_EQ(0, set_sysctl("keepalive_probes", "9"));
}

/* The program's limit counts instead of their number: 30, 40, 50 s, and no more. */
TEST_F(timer, keepalive_and_user_timeout)
{
	const int level = test_level();
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPIDLE, 30));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_KEEPINTVL, 10));
	ASSERT_EQ(0, set_int(c.fd, level, ETP_USER_TIMEOUT, 55 * SECOND));
	keepalives(_metadata, &c, 30 * SECOND, 10 * SECOND, 3);
}

TEST_HARNESS_MAIN
