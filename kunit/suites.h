/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The suites: one for each file of net/etp with logic in it, called
 * etp_<file>_suite.
 */
#ifndef _ETP_KUNIT_SUITES_H
#define _ETP_KUNIT_SUITES_H

#include <kunit/test.h>

#define ETP_SUITES(X)	\
	X(seq)		\
	X(fsm)		\
	X(rtt)		\
	X(reno)		\
	X(cong)		\
	X(wire)		\
	X(reassembly)	\
	X(reply)	\
	X(listen)	\
	X(handshake)	\
	X(rcv)		\
	X(recovery)	\
	X(timer)	\
	X(socket)	\
	X(timewait)

#define ETP_DECLARE_SUITE(name)	extern struct kunit_suite etp_##name##_suite;
ETP_SUITES(ETP_DECLARE_SUITE)

#endif /* _ETP_KUNIT_SUITES_H */
