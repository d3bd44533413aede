// SPDX-License-Identifier: GPL-2.0
/*
 * How long an ACK waits (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2), and for
 * how long a congestion window holds that is not used (section 4.1).
 * See long.h.
 */
#include "kselftest_harness.h"
#include "long.h"

#define QUICK	16
#define SEGMENT	1000

/* A segment of the peer's, and how long its ACK took: -1 if there is none */
static long ack_after(struct conn *c)
{
	long at = now_ms();
	struct seen s;

	SEND(&c->p, .flags = ACK | PSH, .data = text, .len = 10);
	c->p.seq += 10;
	return peer_next(&c->p, &s, SOON) && s.ack == c->p.seq ? s.ms - at : -1;
}

/*
 * A sender in slow start lives on ACKs: the first of a connection go at once.  Then
 * they wait for company, longer each time that none comes: 40 to 200 ms.
 */
TEST_F(wire, acks_begin_at_once_and_wait_longer_each_time)
{
	static const long waits[] = { 40, 80, 160, 200, 200, 200 };
	struct conn c;
	int i;

	if (on_tcp())
		SKIP(return, "kernel TCP begins anew after the pause of a time-out");
	ASSERT_EQ(0, passive(&self->w, &c));
	for (i = 0; i < QUICK; i++) {
		expect_gap(_metadata, "an ACK", 0, 0, ack_after(&c));
		EXPECT_TRUE(silent_until(&c.p, now_ms() + 100));
	}
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		expect_gap(_metadata, "an ACK", waits[i], grain(waits[i]), ack_after(&c));
		EXPECT_TRUE(silent_until(&c.p, now_ms() + SECOND));
	}
}

/* How many of @n segments go at once; all are acknowledged one by one. */
static int flight(struct conn *c, int n, long *last)
{
	static struct seen s[64];
	static char data[64 * SEGMENT];
	int i, first, more;

	if (send(c->fd, data, n * SEGMENT, 0) != n * SEGMENT)
		return -1;
	first = peer_answers(&c->p, s, 64);
	for (more = first; more > 0; more = peer_answers(&c->p, s, 64)) {
		for (i = 0; i < more; i++) {
			c->p.ack = s[i].seq + s[i].len;
			SEND(&c->p, .flags = ACK);
		}
		*last = s[more - 1].ms;
	}
	return first;
}

/*
 * A window is good for the time-out that follows its last use.  After that the
 * connection begins again with ten segments (RFC 6928), unless it is told otherwise.
 */
TEST_F(timer, window_after_idleness)
{
	uint8_t mss[4] = { OPT_MSS, 4, SEGMENT >> 8, SEGMENT & 0xff };
	struct conn c;
	long last, rto;

	ASSERT_EQ(0, passive_with(&self->w, &c, mss, sizeof(mss)));
	ASSERT_EQ(0, set_int(c.fd, SOL_SOCKET, SO_SNDBUF, 200000));
	EXPECT_EQ(10, flight(&c, 10, &last));
	EXPECT_EQ(20, info_of(c.fd).etpi_snd_cwnd);
	rto = rto_of(c.fd);
	EXPECT_TRUE(silent_until(&c.p, last + rto - 5));
	EXPECT_EQ(20, flight(&c, 20, &last));
	EXPECT_EQ(40, info_of(c.fd).etpi_snd_cwnd);
	/* kernel TCP halves it once for each time-out that has passed */
	EXPECT_TRUE(silent_until(&c.p, last + (on_tcp() ? 3 : 1) * rto_of(c.fd) + 5));
	EXPECT_EQ(10, flight(&c, 40, &last));
	EXPECT_LE(40, info_of(c.fd).etpi_snd_cwnd);
	EXPECT_TRUE(silent_until(&c.p, last + HOUR));
	EXPECT_EQ(10, flight(&c, 40, &last));
	EXPECT_LE(40, info_of(c.fd).etpi_snd_cwnd);

	ASSERT_EQ(0, set_sysctl("slow_start_after_idle", "0"));
	EXPECT_TRUE(silent_until(&c.p, last + HOUR));
	EXPECT_EQ(40, flight(&c, 40, &last));
	ASSERT_EQ(0, set_sysctl("slow_start_after_idle", "1"));
}

TEST_HARNESS_MAIN
