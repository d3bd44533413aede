/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of the tests that are the peer: a wire, over IPv4 and over IPv6.
 * To be included after kselftest_harness.h, by whoever has TEST_F(wire, ...).
 */
#ifndef _TESTING_WIRE_FIXTURE_H
#define _TESTING_WIRE_FIXTURE_H

#include "conn.h"

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

#endif /* _TESTING_WIRE_FIXTURE_H */
