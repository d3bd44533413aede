// SPDX-License-Identifier: GPL-2.0
/*
 * What is left of a connection when its program has gone, and for how long:
 * TIME_WAIT, FIN_WAIT_2, LAST_ACK, SO_LINGER (RFC 9293 section 3.6), with the
 * defaults.
 * See long.h.
 */
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "long.h"

#define ORPHAN_RETRIES	8

/* The program closes; the peer has its FIN. */
static bool closes(struct conn *c, struct seen *fin)
{
	close(c->fd);
	if (!peer_next(&c->p, fin, SOON) || (fin->flags & ~PSH) != (FIN | ACK))
		return false;
	c->p.ack = fin->seq + 1;
	return true;
}

/* The peer has acknowledged that: an orphan in FIN_WAIT_2, or the end of it. */
static bool is_orphan(struct conn *c, struct seen *fin)
{
	bool closed = closes(c, fin);

	SEND(&c->p, .flags = ACK);
	return closed;
}

/* The peer closes; the host has its FIN, and said so by @s. */
static bool peer_closes(struct conn *c, struct seen *s)
{
	SEND(&c->p, .flags = FIN | ACK);
	c->p.seq++;
	return peer_next(&c->p, s, SOON) && s->ack == c->p.seq;
}

/* Closed by the host first, then by the peer; when TIME_WAIT began, or -1. */
static long time_wait(struct conn *c)
{
	struct seen s;

	return closes(c, &s) && peer_closes(c, &s) && s.flags == ACK ? s.ms : -1;
}

/* There is no such connection: what comes is answered by RST. */
static bool is_gone(struct peer *p)
{
	struct seen s;

	SEND(p, .flags = ACK);
	return peer_answers(p, &s, 1) == 1 && s.flags == RST;
}

#define STATE_IS(state)							\
	(proc_state(wire_way(&self->w), c.p.host_port, c.p.port) == (state))

/* MUST-13: two segment lifetimes of 30 s.  ACKs that arrive late change nothing. */
TEST_F(wire, time_wait_is_a_minute)
{
	struct conn c;
	long at;

	ASSERT_EQ(0, passive(&self->w, &c));
	at = time_wait(&c);
	ASSERT_LT(0, at);
	EXPECT_TRUE(silent_until(&c.p, at + 40 * SECOND));
	SEND(&c.p, .flags = ACK);
	EXPECT_ENDS(&c.p, TIME_WAIT_LEN, grain(TIME_WAIT_LEN), at,
		    STATE_IS(ETP_TIME_WAIT));
	EXPECT_TRUE(is_gone(&c.p));
}

/* RFC 9293 section 3.10.7.4: the FIN again, and the minute begins again. */
TEST_F(wire, repeated_fin_begins_time_wait_again)
{
	struct seen s;
	struct conn c;
	long at;
	int i;

	ASSERT_EQ(0, passive(&self->w, &c));
	at = time_wait(&c);
	ASSERT_LT(0, at);
	for (i = 0; i < 3; i++) {
		EXPECT_TRUE(silent_until(&c.p, at + 50 * SECOND));
		SEND(&c.p, .flags = FIN | ACK, .seq = c.p.seq - 1);
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
		EXPECT_EQ(ACK, s.flags);
		EXPECT_EQ(c.p.seq, s.ack);
		at = s.ms;
	}
	EXPECT_ENDS(&c.p, TIME_WAIT_LEN, grain(TIME_WAIT_LEN), at,
		    STATE_IS(ETP_TIME_WAIT));
	EXPECT_TRUE(is_gone(&c.p));
}

/* The peer has our FIN and sends none: a minute's patience, when nobody reads. */
TEST_F(wire, orphan_in_fin_wait_2)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(is_orphan(&c, &s));
	EXPECT_ENDS(&c.p, MINUTE, grain(MINUTE), s.ms, STATE_IS(ETP_FIN_WAIT2));
	EXPECT_TRUE(is_gone(&c.p));
}

/* A FIN that comes within this minute begins another. */
TEST_F(wire, orphan_in_fin_wait_2_hears_the_fin)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(is_orphan(&c, &s));
	EXPECT_TRUE(silent_until(&c.p, s.ms + 55 * SECOND));
	ASSERT_TRUE(peer_closes(&c, &s));
	EXPECT_ENDS(&c.p, TIME_WAIT_LEN, grain(TIME_WAIT_LEN), s.ms,
		    STATE_IS(ETP_TIME_WAIT));
}

TEST_F(timer, linger2_and_fin_timeout)
{
	static const struct {
		int option;
		const char *sysctl;
		long want;
		long late;	/* of the two timers that a longer one is made of */
	} cases[] = {
		{ 10, "60", 10 * SECOND },
		{ 100, "60", 100 * SECOND, 40 * SECOND },
		{ 0, "20", 20 * SECOND },
		{ 0, "90", 90 * SECOND, 30 * SECOND },
		{ 500, "60", 120 * SECOND, 60 * SECOND },	/* 120 at most */
	};
	struct seen s;
	struct conn c;
	long late;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, set_sysctl("fin_timeout", cases[i].sysctl));
		ASSERT_EQ(0, passive(&self->w, &c));
		ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_LINGER2, cases[i].option));
		ASSERT_TRUE(is_orphan(&c, &s));
		late = cases[i].late ? grain(cases[i].late) + grain(MINUTE) :
				       grain(cases[i].want);
		EXPECT_ENDS(&c.p, cases[i].want, late, s.ms, STATE_IS(ETP_FIN_WAIT2));
	}
	ASSERT_EQ(0, set_sysctl("fin_timeout", "60"));
}

TEST_F(timer, linger2_below_zero)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_LINGER2, -1));
	ASSERT_TRUE(is_orphan(&c, &s));
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(s.flags & RST);
	EXPECT_TRUE(STATE_IS(0));
}

/* A program that still reads may wait for ever: half of the connection is open. */
TEST_F(timer, half_closed_for_an_hour)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, shutdown(c.fd, SHUT_WR));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
	c.p.ack++;
	SEND(&c.p, .flags = ACK);
	EXPECT_TRUE(silent_until(&c.p, s.ms + HOUR));
	EXPECT_EQ(ETP_FIN_WAIT2, sock_state(c.fd));
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 10);
	c.p.seq += 10;
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_TRUE(read_is(c.fd, text, 10));
	ASSERT_TRUE(peer_closes(&c, &s));
	EXPECT_ENDS(&c.p, TIME_WAIT_LEN, grain(TIME_WAIT_LEN), s.ms,
		    STATE_IS(ETP_TIME_WAIT));
}

/* Who closes in CLOSE_WAIT may take as long as it likes. */
TEST_F(timer, close_wait_for_an_hour)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(peer_closes(&c, &s));
	EXPECT_TRUE(silent_until(&c.p, s.ms + HOUR));
	EXPECT_EQ(ETP_CLOSE_WAIT, sock_state(c.fd));
	ASSERT_TRUE(closes(&c, &s));
	EXPECT_TRUE(STATE_IS(ETP_LAST_ACK));
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(STATE_IS(0));
}

/* An orphan's FIN goes again eight times, after which nobody cares any more. */
static void fin_goes_again(struct __test_metadata *_metadata, struct conn *cp,
			   FIXTURE_DATA(wire) *self, int state, int retries)
{
	const long rto = rto_of(cp->fd);
	struct conn c = *cp;
	struct seen s;
	uint32_t seq;
	long last;
	int k;

	ASSERT_TRUE(closes(&c, &s)) return;
	last = s.ms;
	seq = s.seq;
	for (k = 0; k < retries; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, MINUTE)) return;
		EXPECT_TIMER("a FIN", backed_off(rto, k), last, s.ms);
		EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
		EXPECT_EQ(seq, s.seq);
		last = s.ms;
	}
	EXPECT_ENDS(&c.p, backed_off(rto, k), grain(backed_off(rto, k)), last,
		    STATE_IS(state));
	EXPECT_TRUE(is_gone(&c.p));
}

TEST_F(wire, fin_wait_1_goes_again_eight_times)
{
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	fin_goes_again(_metadata, &c, self, ETP_FIN_WAIT1, ORPHAN_RETRIES);
}

TEST_F(wire, last_ack_goes_again_eight_times)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_TRUE(peer_closes(&c, &s));
	fin_goes_again(_metadata, &c, self, ETP_LAST_ACK, ORPHAN_RETRIES);
}

TEST_F(wire, fewer_fins_by_sysctl)
{
	struct conn c;

	if (on_tcp())
		SKIP(return, "kernel TCP reckons how long so many would take");
	ASSERT_EQ(0, set_sysctl("orphan_retries", "3"));
	ASSERT_EQ(0, passive(&self->w, &c));
	fin_goes_again(_metadata, &c, self, ETP_FIN_WAIT1, 3);
	ASSERT_EQ(0, set_sysctl("orphan_retries", "0"));
}

/* A FIN whose program waits goes as often as data. */
TEST_F(timer, fin_of_a_program_goes_again_fifteen_times)
{
	long last, rto;
	struct seen s;
	struct conn c;
	int k;

	ASSERT_EQ(0, passive(&self->w, &c));
	rto = rto_of(c.fd);
	ASSERT_EQ(0, shutdown(c.fd, SHUT_WR));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	last = s.ms;
	for (k = 0; k < 15; k++) {
		ASSERT_TRUE(peer_next(&c.p, &s, RTO_MAX + 10 * SECOND))
			TH_LOG("FIN %d", k + 2);
		EXPECT_TIMER("a FIN", backed_off(rto, k), last, s.ms);
		last = s.ms;
	}
	EXPECT_TIMER("the end", RTO_MAX, last, dead_at(c.fd, RTO_MAX + 10 * SECOND));
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
}

static void linger(int fd, int seconds)
{
	struct linger l = { .l_onoff = 1, .l_linger = seconds };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

/* SO_LINGER: close() waits for the peer, for so long; the FIN goes on without it. */
TEST_F(timer, linger_for_ten_seconds)
{
	struct seen s;
	struct conn c;
	long at;

	ASSERT_EQ(0, passive(&self->w, &c));
	linger(c.fd, 10);
	at = now_ms();
	EXPECT_EQ(0, close(c.fd));
	EXPECT_TIMER("close()", 10 * SECOND, at, now_ms());
	EXPECT_TRUE(STATE_IS(ETP_FIN_WAIT1));
	while (peer_next(&c.p, &s, 0)) {
		EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
	}
	ASSERT_TRUE(peer_next(&c.p, &s, 10 * SECOND));
	c.p.ack = s.seq + 1;
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(STATE_IS(ETP_FIN_WAIT2));
}

TEST_F(timer, linger_ends_with_the_ack)
{
	struct seen s;
	struct conn c;
	int pid, status, ready[2];
	long at;
	char byte;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* The peer.  The last close() is the other's. */
		close(c.fd);
		write(ready[1], "", 1);
		if (!peer_next(&c.p, &s, SOON))
			_exit(1);
		at = s.ms;
		while (peer_next(&c.p, &s, at_most(at + 3 * SECOND - now_ms(), SOON)))
			;
		SEND(&c.p, .flags = ACK, .ack = c.p.ack + 1);
		_exit(0);
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	linger(c.fd, 10);
	at = now_ms();
	EXPECT_EQ(0, close(c.fd));
	/* The peer is another program: on a debug kernel they take turns slowly. */
	expect_gap(_metadata, "close()", 3 * SECOND, 20, now_ms() - at);
	EXPECT_TRUE(STATE_IS(ETP_FIN_WAIT2));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
