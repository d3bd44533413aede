// SPDX-License-Identifier: GPL-2.0
/* What can be replaced, by name: which names are names, and who is found. */
#include "suites.h"
#include "../net/etp/internal.h"

#define ROLE	ETP_ROLE_CONG

static void registry_names(struct kunit *test)
{
	static const char * const good[] = { "kunit-a", "kunit_B2", "kunit-56789abcd" };
	static const char * const bad[] = { "", " ", "a b", "a/b", "a%sb", "a\nb", "\xe4" };
	struct etp_policy policy = { .owner = THIS_MODULE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		strscpy(policy.name, good[i], sizeof(policy.name));
		KUNIT_EXPECT_EQ_MSG(test, etp_registry_add(ROLE, &policy), 0, "%s", good[i]);
		etp_registry_del(&policy);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		strscpy(policy.name, bad[i], sizeof(policy.name));
		KUNIT_EXPECT_EQ_MSG(test, etp_registry_add(ROLE, &policy), -EINVAL, "%s",
				    bad[i]);
	}
	/* not terminated */
	memset(policy.name, 'a', sizeof(policy.name));
	KUNIT_EXPECT_EQ(test, etp_registry_add(ROLE, &policy), -EINVAL);
}

/* Each role has its own names; the same one twice is refused. */
static void registry_find(struct kunit *test)
{
	struct etp_policy a = ETP_POLICY("kunit-a"), b = ETP_POLICY("kunit-b"),
			  other = ETP_POLICY("kunit-a"), twice = ETP_POLICY("kunit-a");

	KUNIT_EXPECT_EQ(test, etp_registry_add(ROLE, &a), 0);
	KUNIT_EXPECT_EQ(test, etp_registry_add(ROLE, &b), 0);
	KUNIT_EXPECT_EQ(test, etp_registry_add(ROLE, &twice), -EEXIST);
	KUNIT_EXPECT_EQ(test, etp_registry_add(ETP_ROLE_RECOVERY, &other), 0);
	KUNIT_EXPECT_PTR_EQ(test, etp_registry_get(ROLE, "kunit-a"), &a);
	KUNIT_EXPECT_PTR_EQ(test, etp_registry_get(ROLE, "kunit-b"), &b);
	KUNIT_EXPECT_PTR_EQ(test, etp_registry_get(ETP_ROLE_RECOVERY, "kunit-a"), &other);
	KUNIT_EXPECT_EQ(test, PTR_ERR(etp_registry_get(ETP_ROLE_RECOVERY, "kunit-b")),
			(long)-ENOENT);
	etp_registry_del(&other);
	etp_registry_del(&a);
	KUNIT_EXPECT_EQ(test, PTR_ERR(etp_registry_get(ROLE, "kunit-a")), (long)-ENOENT);
	KUNIT_EXPECT_PTR_EQ(test, etp_registry_get(ROLE, "kunit-b"), &b);
	etp_registry_del(&b);
}

/* The list is cut, not overrun, when there is no room. */
static void registry_list(struct kunit *test)
{
	struct etp_policy a = ETP_POLICY("kunit-a"), b = ETP_POLICY("kunit-b");
	char names[64], few[10];

	KUNIT_EXPECT_EQ(test, etp_registry_add(ETP_ROLE_RECOVERY, &a), 0);
	KUNIT_EXPECT_EQ(test, etp_registry_add(ETP_ROLE_RECOVERY, &b), 0);
	etp_registry_names(ETP_ROLE_RECOVERY, names, sizeof(names));
	KUNIT_EXPECT_NOT_NULL(test, strstr(names, "kunit-a kunit-b"));
	memset(few, 'x', sizeof(few));
	etp_registry_names(ETP_ROLE_RECOVERY, few, sizeof(few) - 1);
	KUNIT_EXPECT_EQ(test, strlen(few), 8UL);
	KUNIT_EXPECT_EQ(test, few[9], 'x');
	etp_registry_del(&a);
	etp_registry_del(&b);
}

static struct kunit_case registry_cases[] = {
	KUNIT_CASE(registry_names),
	KUNIT_CASE(registry_find),
	KUNIT_CASE(registry_list),
	{}
};

struct kunit_suite etp_registry_suite = {
	.name = "etp_registry",
	.test_cases = registry_cases,
};
