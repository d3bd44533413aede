// SPDX-License-Identifier: GPL-2.0
/* The counters: one for each name, summed over the processors. */
#include "harness.h"
#include "suites.h"

static void mib_counts(struct kunit *test)
{
	unsigned long before = wire_count(RcvQDrop), other = wire_count(BacklogDrop);
	int cpu;

	ETP_INC(&init_net, RcvQDrop);
	ETP_ADD(&init_net, RcvQDrop, 41);
	KUNIT_EXPECT_EQ(test, wire_count(RcvQDrop), before + 42);
	for_each_possible_cpu(cpu)
		per_cpu_ptr(etp_net(&init_net)->mib, cpu)
			->count[ETP_MIB_RcvQDrop] += 100;
	KUNIT_EXPECT_EQ(test, wire_count(RcvQDrop),
			before + 42 + 100 * num_possible_cpus());
	KUNIT_EXPECT_EQ(test, wire_count(BacklogDrop), other);
	/* leave things as they were: they are real counters */
	for_each_possible_cpu(cpu)
		per_cpu_ptr(etp_net(&init_net)->mib, cpu)
			->count[ETP_MIB_RcvQDrop] -= 100;
	ETP_ADD(&init_net, RcvQDrop, -42);
	KUNIT_EXPECT_EQ(test, wire_count(RcvQDrop), before);
}

/* RFC 4022's numbers, along a connection's life */
static void mib_connection(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long passive = wire_count(PassiveOpens);
	unsigned long out = wire_count(OutSegs), retrans = wire_count(RetransSegs);
	unsigned long resets = wire_count(EstabResets), rsts = wire_count(OutRsts);

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_EQ(test, wire_count(PassiveOpens), passive + 1);
	wire_write(w, 3 * WIRE_MSS);
	/* the SYN|ACK, and three segments though they went as one */
	KUNIT_EXPECT_EQ(test, wire_count(OutSegs), out + 4);
	wire_fire(w, WIRE_RTX);
	KUNIT_EXPECT_EQ(test, wire_count(RetransSegs), retrans + 1);
	wire_forget(w);
	wire_in(w, "RST seq 1");
	KUNIT_EXPECT_EQ(test, wire_count(EstabResets), resets + 1);
	KUNIT_EXPECT_EQ(test, wire_count(OutRsts), rsts);
	wire_in(w, "ACK seq 1 ack 1");
	KUNIT_EXPECT_EQ(test, wire_count(OutRsts), rsts + 1);
}

static void mib_failed_attempts(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long active = wire_count(ActiveOpens), fails = wire_count(AttemptFails);

	wire_connect(w);
	KUNIT_EXPECT_EQ(test, wire_count(ActiveOpens), active + 1);
	wire_in(w, "RST|ACK seq 0 ack 1");
	KUNIT_EXPECT_EQ(test, wire_count(AttemptFails), fails + 1);
}

static struct kunit_case mib_cases[] = {
	KUNIT_CASE(mib_counts),
	KUNIT_CASE(mib_connection),
	KUNIT_CASE(mib_failed_attempts),
	{}
};

struct kunit_suite etp_mib_suite = {
	.name = "etp_mib",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = mib_cases,
};
