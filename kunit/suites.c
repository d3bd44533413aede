// SPDX-License-Identifier: GPL-2.0
/*
 * When the suites run: after the module's init.  KUnit did that before init until
 * 6.7, so there init itself asks for them, with the last thing it does.
 */
#include "suites.h"
#include "../net/etp/internal.h"

#define ETP_SUITE(name)	&etp_##name##_suite,

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
kunit_test_suites(ETP_SUITES(ETP_SUITE));

void etp_kunit_init(void)
{
}

void etp_kunit_exit(void)
{
}
#else
static struct kunit_suite *etp_suites[] = { ETP_SUITES(ETP_SUITE) };

/**
 * etp_kunit_init - run the suites
 *
 * Process context, at the end of the module's init.
 */
void etp_kunit_init(void)
{
	__kunit_test_suites_init(etp_suites, ARRAY_SIZE(etp_suites));
}

/**
 * etp_kunit_exit - take their results out of debugfs
 *
 * Process context.
 */
void etp_kunit_exit(void)
{
	__kunit_test_suites_exit(etp_suites, ARRAY_SIZE(etp_suites));
}
#endif
