/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timers at their full length: hours and days, which pass in no time where
 * the machine's clock is virtual (scripts/vm --icount).  The test is the peer: see
 * ../wire.h.  To be included after kselftest_harness.h.
 *
 * Over TCP these run as well, to show that the expectations are the kernel's.
 */
#ifndef _TESTING_LONG_H
#define _TESTING_LONG_H

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../timer_fixture.h"
#include "../wire_fixture.h"

#define SECOND	1000L
#define MINUTE	(60 * SECOND)
#define HOUR	(60 * MINUTE)
#define DAY	(24 * HOUR)

/* In seconds: a test that hangs ends after two days, most of which are leapt over. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	(2 * 24 * 3600)

/* What the kernel's TCP has as well */
#define RTO_INIT	(1 * SECOND)
#define RTO_FALLBACK	(3 * SECOND)
#define RTO_MIN		200L
#define RTO_MAX		(2 * MINUTE)
#define TIME_WAIT_LEN	MINUTE

/*
 * How far a time that was read may be off: its fraction of a millisecond is cut
 * away, a timer counts from the tick before it was set, and a segment takes a part
 * of a millisecond to come up to the reader.
 */
#define TICKS	(2 * tick_ms())

/*
 * Nothing that a test waits for may come from the host, for the virtual clock runs
 * on meanwhile: the program is all in memory before it begins.  And nothing else
 * comes first, so that poll() is not allowed to be late for the sake of others.
 */
static __attribute__((constructor)) void at_once(void)
{
	mlockall(MCL_CURRENT);
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 });
}

static inline long at_most(long a, long b)
{
	return a < b ? a : b;
}

/* The clock that is read without looking at the hardware is as coarse as a tick. */
static inline long tick_ms(void)
{
	struct timespec ts;

	clock_getres(CLOCK_MONOTONIC_COARSE, &ts);
	return (ts.tv_nsec + 999999) / 1000000;
}

/*
 * How late a timer of @ms may be by the kernel's making.  It keeps timers in a
 * wheel of levels, each of which is eight times as coarse as the one below, and a
 * timer is never early: it waits for the end of its slot (kernel/time/timer.c).
 */
static inline long grain(long ms)
{
	long ticks = ms / tick_ms() + 2, slot = 1;

	for (; ticks >= 63; ticks /= 8)
		slot *= 8;
	return slot * tick_ms();
}

/* @gap is a time of @want, or up to @late more. */
static inline void expect_gap(struct __test_metadata *_metadata, const char *what,
			      long want, long late, long gap)
{
	EXPECT_LE(want - TICKS, gap)
		TH_LOG("%s: %ld ms, not %ld", what, gap, want);
	EXPECT_GE(want + late + TICKS, gap)
		TH_LOG("%s: %ld ms, not %ld and %ld at most", what, gap, want, late);
}

/* One timer of @want ms went off between two moments. */
#define EXPECT_TIMER(what, want, from, to)				\
	expect_gap(_metadata, what, want, grain(want), (to) - (from))

/* For so long nothing comes for the peer. */
static inline bool silent_until(struct peer *p, long end)
{
	long left = end - now_ms();
	struct seen s;

	if (!peer_next(p, &s, left > 0 ? left : 0))
		return true;
	fprintf(stderr, "# %ld ms before the end: flags %#x seq %+d len %d\n",
		end - s.ms, s.flags, (int)(s.seq - p->ack), s.len);
	return false;
}

/*
 * A look at a connection takes some milliseconds by itself, for it goes through the
 * tables of all of them.
 */
#define LOOK	100L

/*
 * What has no voice of its own is looked at: just before its time, and when that
 * and what the wheel adds have passed.  @is is an expression.
 */
#define EXPECT_ENDS(p, want, late, from, is) do {			\
	ASSERT_TRUE(silent_until(p, (from) + (want) - LOOK));		\
	EXPECT_TRUE(is)							\
		TH_LOG("ended before %ld ms", (long)(want));		\
	EXPECT_TRUE(silent_until(p, (from) + (want) + (late) + TICKS));	\
	EXPECT_FALSE(is)						\
		TH_LOG("goes on after %ld ms", (long)(want));		\
} while (0)

static inline struct etp_info info_of(int fd)
{
	struct etp_info info = { };
	socklen_t len = sizeof(info);

	getsockopt(fd, test_level(), ETP_INFO, &info, &len);
	return info;
}

/* The time-out that the socket has computed, in ms and with its back-off */
static inline long rto_of(int fd)
{
	return info_of(fd).etpi_rto / 1000;
}

/* The k-th time-out in a row, RFC 6298 (5.5) */
static inline long backed_off(long rto, int k)
{
	return k < 20 ? at_most(rto << k, RTO_MAX) : RTO_MAX;
}

/* The program hears that the connection is dead; when it did, or -1. */
static inline long dead_at(int fd, long ms)
{
	/* whatever there is to be read */
	return revents(fd, 0, ms) & POLLERR ? now_ms() : -1;
}

/* The peer has sent two bytes, the second of which shut its window. */
static inline bool shut_window(struct conn *c)
{
	struct seen s;

	/* Not in a repetition: a kernel may think it an older segment's window. */
	SEND(&c->p, .flags = ACK | PSH, .data = text, .len = 1);
	SEND(&c->p, .flags = ACK | PSH, .data = text, .len = 1, .win = 0,
	     .seq = c->p.seq + 1);
	c->p.seq += 2;
	do {
		if (!peer_next(&c->p, &s, SOON))
			return false;
	} while (s.ack != c->p.seq);
	return true;
}

/* From here on the peer's segments have a timestamp, and the echo of @s's. */
static inline void ts_set(struct peer *p, uint32_t val, const struct seen *s)
{
	static uint8_t opt[12] = { OPT_NOP, OPT_NOP, OPT_TS, 10 };
	const uint8_t *ts = seen_option(s, OPT_TS);

	put32(opt + 4, val);
	put32(opt + 8, ts ? get32(ts + 2) : 0);
	p->opt = opt;
	p->optlen = sizeof(opt);
}

/* As passive(), with timestamps, the peer's first being @val. */
static inline int passive_ts(struct wire *w, struct conn *c, uint32_t val)
{
	uint8_t syn[16] = { OPT_MSS, 4, 1460 >> 8, 1460 & 0xff,
			    OPT_NOP, OPT_NOP, OPT_TS, 10 };
	uint16_t port;
	int lfd = listener(w, &port);
	struct seen s;

	peer_init(&c->p, w, port);
	put32(syn + 8, val);
	SEND(&c->p, .flags = SYN, .opt = syn, .optlen = sizeof(syn));
	if (!peer_next(&c->p, &s, SOON) || !seen_option(&s, OPT_TS))
		return 1;
	c->p.seq++;
	c->p.ack = s.seq + 1;
	ts_set(&c->p, val, &s);
	SEND(&c->p, .flags = ACK);
	if (revents(lfd, POLLIN, SOON) != POLLIN)
		return 2;
	c->fd = accept(lfd, NULL, NULL);
	close(lfd);
	return c->fd < 0 ? 3 : 0;
}

#endif /* _TESTING_LONG_H */
