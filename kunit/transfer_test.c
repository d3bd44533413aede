// SPDX-License-Identifier: GPL-2.0
/*
 * What the transfers of property_test.c have found, as scripts: the pattern that a seed
 * led to, with what the RFCs want in its place.  The clock is held, so that times are
 * exact.
 */
#include "harness.h"
#include "suites.h"

#define MSS	WIRE_MSS

static void at_ms(u32 ms)
{
	wire_clock_set(WIRE_CLOCK + ms * USEC_PER_MSEC);
}

static void choose(struct wire *w, const char *name)
{
	lock_sock(w->sk);
	KUNIT_EXPECT_EQ(w->test, etp_rec_choose(w->sk, name), 0);
	release_sock(w->sk);
}

/* Of a connection with a round trip of 0.4 s, and an RTO of so many milliseconds */
static void open_at_zero(struct wire *w, const char *options, const char *policy, u32 rto)
{
	struct etp_rtt *rtt;

	wire_open_active(w, options);
	choose(w, policy);
	rtt = &wire_es(w)->rtt;
	rtt->min_us = 400000;
	rtt->srtt = 400000 << 3;
	rtt->rto = msecs_to_jiffies(rto);
}

static void timer_is(struct wire *w, enum etp_rtx_timer which, u32 ms)
{
	unsigned long when;

	KUNIT_EXPECT_TRUE(w->test, wire_expires(w, WIRE_RTX, &when));
	KUNIT_EXPECT_EQ(w->test, (int)wire_es(w)->timers.rtx_is, (int)which);
	KUNIT_EXPECT_EQ(w->test, wire_clock_of(when), WIRE_CLOCK + ms * USEC_PER_MSEC);
}

static unsigned long undone(void)
{
	return wire_count(TSUndo) + wire_count(DSACKUndo) + wire_count(SpuriousRTOs);
}

/* tcpRetransSegs of RFC 4022 counts segments, and one packet may hold many. */
static void transfer_counts_segments(struct kunit *test)
{
	unsigned long again = wire_count(RetransSegs), slow = wire_count(SlowStartRetrans);
	struct wire *w = test->priv;

	wire_open_active(w, "mss 1460 sackok");
	choose(w, "sack");
	wire_write(w, 10 * MSS);
	wire_forget(w);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_in(w, "ACK seq 1 ack 1461");
	wire_out_data(w, 1461, 4381, MSS);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_count(RetransSegs), again + 3);
	KUNIT_EXPECT_EQ(test, wire_count(SlowStartRetrans), slow + 3);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.total_retrans, 3U);
}

/* Three segments, of which the second has arrived: RACK waits for the first until 0.5 s */
static void one_is_late(struct wire *w, u32 rto)
{
	open_at_zero(w, "mss 1460 sackok", "rack", rto);
	wire_write(w, 3 * MSS);
	wire_forget(w);
	at_ms(400);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:2921");
	wire_out_nothing(w);
}

/* RFC 6298 (5.4), RFC 8985 section 8: the earlier of two timers counts, and the RTO that
 * has ended is not put off by segments which may be late still.
 */
static void transfer_rto_in_time(struct kunit *test)
{
	struct wire *w = test->priv;

	one_is_late(w, 450);
	timer_is(w, ETP_TIMER_POLICY, 450);
	at_ms(450);
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	timer_is(w, ETP_TIMER_RTO, 451);
	at_ms(451);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_LOSS);
}

/* RFC 8985 section 8: when the reordering timer had something sent, the RTO starts anew */
static void transfer_rto_after_rack(struct kunit *test)
{
	struct wire *w = test->priv;

	one_is_late(w, 505);
	timer_is(w, ETP_TIMER_POLICY, 501);
	at_ms(501);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_out_nothing(w);
	timer_is(w, ETP_TIMER_RTO, 501 + 505);
}

/*
 * A loss among what went during a recovery is repaired in it, and the recovery ends
 * before the repair is acknowledged: the loss begins a second one.  The ACK of the repair
 * echoes a time before anything went again in the second: it is no original's
 * (RFC 3522 section 3.2), and the second reduction stands.
 */
static void transfer_repaired_before(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long before = undone();
	u32 ssthresh, repair, first, second;

	open_at_zero(w, "mss 1460 sackok ts 1", "sack", 1000);
	wire_write(w, 40 * 1448);
	wire_out_data(w, 1, 14481, 1448);
	at_ms(400);
	wire_in(w, "ACK seq 1 ack 1 ts 2 sack 1449:14481");
	wire_out(w, "ACK seq 1 len 1448");
	wire_out(w, "ACK seq 14481 len 1448");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.recover, w->iss + 14481);
	first = wire_es(w)->snd.nxt - w->iss;
	/* of the new ones the first is lost, and goes again */
	at_ms(800);
	wire_in(w, "ACK seq 1 ack 1 ts 3 sack 15929:%u sack 1449:14481", first);
	wire_out(w, "ACK seq 14481 len 1448");
	repair = w->tsval;
	at_ms(810);
	wire_in(w, "ACK seq 1 ack 14481 ts 4 sack 15929:%u", first);
	wire_forget(w);
	KUNIT_EXPECT_LT(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	second = wire_es(w)->snd.nxt - w->iss;
	/* that is a second recovery, in which something else goes again */
	at_ms(1200);
	wire_in(w, "ACK seq 1 ack 14481 ts 5 sack %u:%u sack 15929:%u", first + 1448, second,
		first);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	wire_out(w, "ACK seq %u len 1448", first);
	wire_forget(w);
	ssthresh = wire_es(w)->cong.ssthresh;
	wire_in(w, "ACK seq 1 ack %u ts 6 %u sack %u:%u", first, repair, first + 1448, second);
	KUNIT_EXPECT_EQ(test, undone(), before);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, ssthresh);
}

/*
 * A tail loss probe is in the network when a recovery begins.  The D-SACK that it brings
 * is not for what went again in the recovery (RFC 3708 section 2).
 */
static void transfer_probed_before(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long before = undone();

	open_at_zero(w, "mss 1460 sackok", "rack", 2000);
	wire_write(w, 3 * MSS);
	wire_forget(w);
	at_ms(801);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 2921 len 1460");
	at_ms(810);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:2921");
	wire_forget(w);
	if (wire_es(w)->rec.state != ETP_CA_RECOVERY) {
		at_ms(1000);
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK seq 1 len 1460");
	}
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
	wire_in(w, "ACK seq 1 ack 1 sack 1461:4381");
	wire_in(w, "ACK seq 1 ack 1 sack 2921:4381 sack 1461:4381");
	KUNIT_EXPECT_EQ(test, undone(), before);
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->rec.state, ETP_CA_RECOVERY);
}

/*
 * A tail loss probe has repaired a loss, for which the window was reduced (RFC 8985
 * section 7.4.2).  That a later probe was for nothing does not take this back.
 */
static void transfer_probed_again(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long repaired = wire_count(LossProbeRecovery), before = undone();

	open_at_zero(w, "mss 1460 sackok", "rack", 2000);
	wire_write(w, 3 * MSS);
	wire_in(w, "ACK seq 1 ack 2921");
	wire_fire(w, WIRE_RTX);
	wire_in(w, "ACK seq 1 ack 4381");
	wire_write(w, 4 * MSS);
	wire_in(w, "ACK seq 1 ack 10221");
	KUNIT_EXPECT_EQ(test, wire_count(LossProbeRecovery), repaired + 1);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 2 * MSS);
	/* the second one: its original was only late */
	wire_write(w, 3 * MSS);
	wire_in(w, "ACK seq 1 ack 13141");
	wire_forget(w);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 13141 len 1460");
	wire_in(w, "ACK seq 1 ack 14601");
	wire_in(w, "ACK seq 1 ack 14601 sack 13141:14601");
	KUNIT_EXPECT_EQ(test, undone(), before);
	KUNIT_EXPECT_EQ(test, wire_es(w)->cong.ssthresh, 2 * MSS);
}

static struct kunit_case transfer_cases[] = {
	KUNIT_CASE(transfer_counts_segments),
	KUNIT_CASE(transfer_rto_in_time),
	KUNIT_CASE(transfer_rto_after_rack),
	KUNIT_CASE(transfer_repaired_before),
	KUNIT_CASE(transfer_probed_before),
	KUNIT_CASE(transfer_probed_again),
	{}
};

struct kunit_suite etp_transfer_suite = {
	.name = "etp_transfer",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = transfer_cases,
};
