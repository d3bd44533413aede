/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of the tests of timers: a wire over IPv4 alone, for the timers know no
 * address family.
 * To be included after kselftest_harness.h, by whoever has TEST_F(timer, ...).
 */
#ifndef _TESTING_TIMER_FIXTURE_H
#define _TESTING_TIMER_FIXTURE_H

#include "conn.h"

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

#endif /* _TESTING_TIMER_FIXTURE_H */
