// SPDX-License-Identifier: GPL-2.0
/*
 * A connection that is idle for so long that the peer's clock of timestamps may have
 * gone round: RFC 7323 section 5.5.
 * See long.h.
 */
#include "kselftest_harness.h"
#include "long.h"

/* In seconds */
#define A_MONTH	(31 * 24 * 3600)

/* An old timestamp makes a segment an old one, for 24 days and no longer. */
TEST_F_TIMEOUT(timer, timestamps_are_forgotten_after_24_days, A_MONTH)
{
	const uint32_t clock = 0x40000000;
	struct seen s;
	struct conn c;
	long start, before;

	ASSERT_EQ(0, passive_ts(&self->w, &c, clock));
	ASSERT_EQ(1, send(c.fd, text, 1, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	c.p.ack++;
	ts_set(&c.p, clock + 1, &s);
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 1);
	c.p.seq++;
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(clock + 1, ts_echo(&s));
	EXPECT_TRUE(read_is(c.fd, text, 1));
	start = now_ms();
	before = counter("PAWSEstab");

	/* The kernel's clock of seconds is cut, at the beginning and in the end. */
	EXPECT_TRUE(silent_until(&c.p, start + 24 * DAY - 2 * SECOND));
	ts_set(&c.p, clock - HOUR, &s);
	SEND(&c.p, .flags = ACK | PSH, .data = text + 1, .len = 1);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_EQ(clock + 1, ts_echo(&s));
	EXPECT_EQ(before + 1, counter("PAWSEstab"));
	EXPECT_TRUE(read_is(c.fd, NULL, -1));

	EXPECT_TRUE(silent_until(&c.p, start + 24 * DAY + 2 * SECOND));
	SEND(&c.p, .flags = ACK | PSH, .data = text + 1, .len = 1);
	c.p.seq++;
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_EQ(clock - HOUR, ts_echo(&s));
	EXPECT_TRUE(read_is(c.fd, text + 1, 1));

	/* And from there on it counts again. */
	ts_set(&c.p, clock - 2 * HOUR, &s);
	SEND(&c.p, .flags = ACK | PSH, .data = text + 2, .len = 1);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(c.p.seq, s.ack);
	EXPECT_EQ(before + 2, counter("PAWSEstab"));
	EXPECT_TRUE(read_is(c.fd, NULL, -1));
	/* What the host has to say goes as ever. */
	ASSERT_EQ(3, send(c.fd, text, 3, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(3, s.len);
}

TEST_HARNESS_MAIN
