// SPDX-License-Identifier: GPL-2.0
/*
 * What the timers send when nobody answers: RFC 6298, RFC 9293 section 3.8.  The test
 * is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "timer_fixture.h"

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
	ASSERT_EQ(0, set_sysctl("syn_retries", on_tcp() ? "6" : "7"));
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

/* The peer answers each probe, and has no room for as long as the program waits. */
TEST_F(timer, user_timeout_of_a_closed_window)
{
	struct seen s;
	struct conn c;
	long start;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, test_level(), ETP_USER_TIMEOUT, 700));
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 1);
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 1, .win = 0,
	     .seq = c.p.seq + 1);
	c.p.seq += 2;
	do {
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	} while (s.ack != c.p.seq);
	start = now_ms();
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	while (!(revents(c.fd, POLLOUT, 0) & POLLERR) && now_ms() < start + SOON)
		if (peer_next(&c.p, &s, 100))
			SEND(&c.p, .flags = ACK, .win = 0);
	EXPECT_LE(600, now_ms() - start);
	EXPECT_EQ(ETIMEDOUT, sock_error(c.fd));
	EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
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
