// SPDX-License-Identifier: GPL-2.0
/*
 * The clock of the module's tests: the machine's, unless a test holds it, as all do that
 * have a wire.  Then it stands still until the test moves it: an hour passes in no time,
 * and a machine that stands still for a second changes nothing.
 *
 * What the kernel itself does by the clock goes by the real one.  The held clock is an
 * hour ahead, so that no timer which is set by it fires by itself.
 */
#include "harness.h"

/* Microseconds; 0: not held */
static u64 clock_held;
static unsigned long clock_jiffies;

/**
 * etp_clock_us - microseconds, of a clock that never goes back
 *
 * Any context.
 */
u64 etp_clock_us(void)
{
	return READ_ONCE(clock_held) ?: div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/**
 * etp_now - the same in jiffies, whose beginning is another one
 *
 * Any context.
 */
unsigned long etp_now(void)
{
	u64 held = READ_ONCE(clock_held);

	if (!held)
		return jiffies;
	return clock_jiffies + div_u64((held - WIRE_CLOCK) * HZ, USEC_PER_SEC);
}

/**
 * etp_seconds - the same in seconds; wraps
 *
 * Any context.
 */
u32 etp_seconds(void)
{
	u64 held = READ_ONCE(clock_held);

	return held ? (u32)div_u64(held, USEC_PER_SEC) : (u32)ktime_get_seconds();
}

/**
 * wire_clock_hold - from now on the clock stands still, at WIRE_CLOCK
 *
 * Until wire_clock_release(); tests run one after the other.
 */
void wire_clock_hold(void)
{
	clock_jiffies = jiffies + 3600 * HZ;
	WRITE_ONCE(clock_held, WIRE_CLOCK);
}

/**
 * wire_clock_set - what a clock that is held shows
 * @us: microseconds
 */
void wire_clock_set(u64 us)
{
	WRITE_ONCE(clock_held, us);
}

/**
 * wire_clock_pass - time goes by on the clock, which is held
 * @ms: milliseconds
 */
void wire_clock_pass(u32 ms)
{
	WRITE_ONCE(clock_held, clock_held + (u64)ms * USEC_PER_MSEC);
}

/**
 * wire_clock_tick - the little while between two events of a script
 *
 * By it RACK tells what was sent first, and a round trip is longer than nothing.
 */
void wire_clock_tick(void)
{
	WRITE_ONCE(clock_held, clock_held + WIRE_TICK);
}

/**
 * wire_clock_of - the time at which etp_now() is @when
 * @when: jiffies, not before wire_clock_hold()
 *
 * Returns microseconds.
 */
u64 wire_clock_of(unsigned long when)
{
	return WIRE_CLOCK +
	       div_u64((u64)(when - clock_jiffies) * USEC_PER_SEC + HZ - 1, HZ);
}

/**
 * wire_clock_reach - it is as late as that, at least
 * @when: jiffies, as etp_now() has them
 */
void wire_clock_reach(unsigned long when)
{
	if (time_after(when, etp_now()))
		wire_clock_set(wire_clock_of(when));
}

/**
 * wire_clock_release - the clock is the machine's again
 */
void wire_clock_release(void)
{
	WRITE_ONCE(clock_held, 0);
}
