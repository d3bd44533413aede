// SPDX-License-Identifier: GPL-2.0
/*
 * Properties: what holds whatever the network does.  Transfers (transfer.h) with each
 * policy of loss recovery, and arrivals (arrival.h), one for each seed from the first on.
 * A seed that fails prints itself, and the first its story.
 *
 *	insmod etp.ko kunit_only=etp_property kunit_seed=4711 kunit_seeds=1
 *
 * scripts/properties runs thousands.
 */
#include "arrival.h"
#include "suites.h"
#include "transfer.h"
#include <linux/moduleparam.h>

#define SHOWN	10	/* failures that are printed for each case */

static unsigned int kunit_seed = 1;
module_param(kunit_seed, uint, 0444);
MODULE_PARM_DESC(kunit_seed, "The first seed of the tests of properties");

static unsigned int kunit_seeds = 24;
module_param(kunit_seeds, uint, 0444);
MODULE_PARM_DESC(kunit_seeds, "How many seeds the tests of properties try");

static bool kunit_story;
module_param(kunit_story, bool, 0444);
MODULE_PARM_DESC(kunit_story, "Tell what happens with each seed");

/* The harness has a complaint of its own. */
static bool complained(const struct kunit *test, unsigned int failed)
{
	return !failed && READ_ONCE(test->status) == KUNIT_FAILURE;
}

static void transfers(struct kunit *test, const char *policy)
{
	struct transfer *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	unsigned int i, failed = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t);
	t->w = test->priv;
	for (i = 0; i < kunit_seeds && failed < SHOWN; i++) {
		t->tell = kunit_story;
		transfer_run(t, policy, kunit_seed + i);
		if (!*t->why && !complained(test, failed))
			continue;
		KUNIT_FAIL(test, "%s, seed %u (%s): %s", policy, t->seed,
			   transfer_weather_name(t->style.weather), t->why);
		if (!failed++ && !kunit_story) {
			t->tell = true;
			transfer_run(t, policy, t->seed);
		}
		cond_resched();
	}
	kvfree(t);
}

static void property_reno(struct kunit *test)
{
	transfers(test, "reno");
}

static void property_newreno(struct kunit *test)
{
	transfers(test, "newreno");
}

static void property_sack(struct kunit *test)
{
	transfers(test, "sack");
}

static void property_rack(struct kunit *test)
{
	transfers(test, "rack");
}

static void property_arrivals(struct kunit *test)
{
	struct arrival *a = kvzalloc(sizeof(*a), GFP_KERNEL);
	unsigned int i, failed = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
	a->w = test->priv;
	for (i = 0; i < kunit_seeds && failed < SHOWN; i++) {
		a->tell = kunit_story;
		arrival_run(a, kunit_seed + i);
		if (!*a->why && !complained(test, failed))
			continue;
		KUNIT_FAIL(test, "arrivals, seed %u: %s", a->seed, a->why);
		if (!failed++ && !kunit_story) {
			a->tell = true;
			arrival_run(a, a->seed);
		}
		cond_resched();
	}
	kvfree(a);
}

static struct kunit_case property_cases[] = {
	KUNIT_CASE(property_reno),
	KUNIT_CASE(property_newreno),
	KUNIT_CASE(property_sack),
	KUNIT_CASE(property_rack),
	KUNIT_CASE(property_arrivals),
	{}
};

struct kunit_suite etp_property_suite = {
	.name = "etp_property",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = property_cases,
};
