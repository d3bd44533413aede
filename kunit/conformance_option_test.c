// SPDX-License-Identifier: GPL-2.0
/*
 * The same as conformance_test.c for what options say: RFC 7323, RFC 2018, RFC 2883.
 */
#include "harness.h"
#include "suites.h"

/* ---- RFC 7323: window scale ---- */

/* Section 2.2: offered, too, by who has nothing to scale himself */
static void option_scale_of_one(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);

	en->rmem[1] = 40000;
	en->rmem[2] = 60000;
	wire_connect(w);
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 0");
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460 wscale 3");
	wire_in(w, "ACK seq 1 ack 1 len 1 win 1000");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 8000U);
	wire_read(w, 1);
}

/* Section 2.3: what was too large is counted, and 14 is used */
static void option_scale_too_large(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long cut = wire_count(WindowScaleCut);

	wire_open_passive(w, "mss 1460 wscale 15");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->snd.wscale, 14);
	KUNIT_EXPECT_EQ(test, wire_count(WindowScaleCut), cut + 1);
	wire_abort(w);
	w->rport++;
	wire_in(w, "SYN seq 0 mss 1460 wscale 14");
	KUNIT_EXPECT_EQ(test, wire_count(WindowScaleCut), cut + 1);
}

static void option_scale_of_answer_too_large(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long cut = wire_count(WindowScaleCut);

	wire_open_active(w, "mss 1460 wscale 255");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->snd.wscale, 14);
	KUNIT_EXPECT_EQ(test, wire_count(WindowScaleCut), cut + 1);
}

/* ---- RFC 7323: timestamps ---- */

/* Section 3.2: where ACK is not set, TSecr is 0 */
static void option_syn_echoes_nothing(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	/* as after a connection whose TIME-WAIT this one follows */
	wire_es(w)->peer.ts_recent = 77;
	wire_fire(w, WIRE_RTX);
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460 ts 80");
	wire_out(w, "ACK seq 1 ack 1 ts 80");
}

/* Section 3.2: on every segment, those that end a connection, too */
static void option_timestamps_to_the_end(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 1 len 10 ts 100");
	wire_shutdown(w);
	wire_out(w, "ACK|FIN seq 11 ts 100");
	wire_in(w, "ACK seq 1 ack 11 len 1 ts 101");
	wire_out(w, "ACK seq 12 ack 2 ts 101");
	wire_abort(w);
	wire_out(w, "RST|ACK seq 12 ts 101");
	wire_out_nothing(w);
}

/* Section 5.2: an RST echoes what brought it, and has no clock of its own */
static void option_timestamps_of_resets(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;

	wire_listen(w);
	wire_in(w, "ACK seq 5 ack 1 ts 55");
	s = wire_next(w);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, (int)s->seg.flags, ETP_RST);
	KUNIT_EXPECT_EQ(test, (int)s->seg.opts, ETP_OPT_TS);
	KUNIT_EXPECT_EQ(test, s->seg.tsval, 0U);
	KUNIT_EXPECT_EQ(test, s->seg.tsecr, 55U);
	/* without one, none */
	wire_in(w, "ACK seq 5 ack 1");
	s = wire_next(w);
	KUNIT_ASSERT_NOT_NULL(test, s);
	KUNIT_EXPECT_EQ(test, (int)s->seg.opts, 0);
	wire_out_nothing(w);
}

/* Section 3.2: a segment without the timestamp ends nothing */
static void option_missing_timestamp(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_in(w, "ACK seq 1 ack 1 len 100");
	wire_out(w, "ACK ack 101 ts 100");
	wire_state(w, TCP_ESTABLISHED);
	wire_read(w, 100);
	/* and TS.Recent stays where it was */
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 99");
	wire_out(w, "ACK ack 101 ts 100");
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 101");
	wire_out(w, "ACK ack 201 ts 101");
}

/* Section 3.2: where nothing was agreed an option means nothing, and harms nothing */
static void option_unasked_timestamps(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 10 ts 100");
	wire_out(w, "ACK seq 1 ack 11");
	/* an older one would be PAWS's */
	wire_in(w, "ACK seq 11 ack 1 len 10 ts 50");
	wire_out(w, "ACK seq 1 ack 21");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->peer.ts_recent, 0U);
	wire_read(w, 20);
}

/* Section 4.1: an echo counts only with an ACK of something new */
static void option_echo_without_news(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 srtt, echo;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_write(w, 100);
	wire_forget(w);
	echo = w->tsval - 5000;
	srtt = wire_es(w)->rtt.srtt;
	wire_in(w, "ACK seq 1 ack 1 len 10 ts 101 %u", echo);
	wire_in(w, "ACK seq 11 ack 1 ts 102 %u", echo);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rtt.srtt, srtt);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	wire_in(w, "ACK seq 11 ack 101 ts 103 %u", echo);
	KUNIT_EXPECT_GT(test, wire_es(w)->rtt.srtt, srtt);
	wire_read(w, 10);
}

/* Section 4.3 (A): of several that one ACK answers, the first */
static void option_delayed_ack_echoes_the_first(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_in(w, "ACK seq 1 ack 1 len 10 ts 110");
	wire_out(w, "ACK ack 11 ts 110");
	wire_es(w)->rcv.quick = 0;
	wire_in(w, "ACK seq 11 ack 1 len 10 ts 120");
	wire_in(w, "ACK seq 21 ack 1 len 10 ts 130");
	wire_out_nothing(w);
	wire_fire(w, WIRE_DELACK);
	wire_out(w, "ACK ack 31 ts 120");
	wire_read(w, 30);
}

/* Section 5.2: nothing of an RST's timestamp is kept */
static void option_clock_of_a_reset(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_in(w, "RST seq 50 ts 5000");
	wire_out(w, "ACK seq 1 ack 1 ts 100");
	wire_in(w, "ACK seq 1 ack 1 len 10 ts 110");
	wire_out(w, "ACK ack 11 ts 110");
	wire_read(w, 10);
}

/* Section 5.3: time comes first, before the number and the SYN are looked at */
static void option_paws_comes_first(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long old, syns;

	wire_open_passive(w, "mss 1460 ts 1000");
	old = wire_count(PAWSEstab);
	syns = wire_count(SYNChallenge);
	wire_in(w, "SYN seq 0 ts 900");
	wire_out(w, "ACK seq 1 ack 1 ts 1000");
	wire_in(w, "ACK seq 500000 ack 1 len 10 ts 900");
	wire_out(w, "ACK seq 1 ack 1 ts 1000");
	KUNIT_EXPECT_EQ(test, wire_count(PAWSEstab), old + 2);
	KUNIT_EXPECT_EQ(test, wire_count(SYNChallenge), syns);
}

/* Section 5.3: once, as it arrives: what waits behind a gap may be older then */
static void option_paws_on_arrival_only(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 ts 1000");
	wire_in(w, "ACK seq 101 ack 1 len 100 ts 1010");
	wire_in(w, "ACK seq 201 ack 1 len 100 ts 1020");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 len 100 ts 1500");
	wire_out(w, "ACK ack 301 ts 1500");
	wire_out_nothing(w);
	wire_read(w, 300);
}

/* ---- RFC 2018 ---- */

/* Section 5: what has arrived is not sent again, what has not is */
static void option_sacked_is_not_sent_again(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;
	bool first = false;
	int i;

	wire_open_passive(w, "mss 1460 sackok");
	wire_write(w, 6 * WIRE_MSS);
	wire_forget(w);
	for (i = 2; i <= 5; i++)
		wire_in(w, "ACK seq 1 ack 1 sack 1461:%u", 1 + i * WIRE_MSS);
	while ((s = wire_next(w))) {
		u32 seq = s->seg.seq - w->iss;

		first |= seq == 1 && s->len == WIRE_MSS;
		KUNIT_EXPECT_TRUE_MSG(test, seq < 1461 || seq >= 7301,
				      "%u went again", seq);
	}
	KUNIT_EXPECT_TRUE(test, first);
	/* the blocks count for nothing once the number has passed them */
	wire_in(w, "ACK seq 1 ack 8761");
	KUNIT_EXPECT_TRUE(test, etp_rtx_empty(w->sk));
}

/* Section 5: after a time-out the left edge goes, though a block covers it; and what
 * was told of is kept until a number has passed it
 */
static void option_left_edge_after_timeout(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 sackok");
	wire_write(w, 3 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 sack 1:4381");
	KUNIT_EXPECT_EQ(test, wire_es(w)->rec.board.sacked, 3 * WIRE_MSS);
	KUNIT_EXPECT_GT(test, w->sk->sk_wmem_queued, 0);
	while (wire_es(w)->timers.rtx_is == ETP_TIMER_POLICY) {
		wire_fire(w, WIRE_RTX);
		wire_forget(w);
	}
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 1460");
	wire_in(w, "ACK seq 1 ack 4381");
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
}

/* Section 8: a receiver out of memory forgets what it told of, and tells no more of it;
 * the newest is told nevertheless
 */
static void option_sack_when_memory_runs_out(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long drops = wire_count(OFODrop);

	wire_open_passive(w, "mss 1460 sackok");
	wire_in(w, "ACK seq 101 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1 sack 101:201");
	wire_in(w, "ACK seq 301 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1 sack 301:401 sack 101:201");
	WRITE_ONCE(w->sk->sk_rcvbuf, 1);
	wire_in(w, "ACK seq 501 ack 1 len 100");
	wire_out(w, "ACK seq 1 ack 1 sack 501:601");
	KUNIT_EXPECT_EQ(test, wire_count(OFODrop), drops + 1);
	wire_out_nothing(w);
}

/* ---- RFC 2883 ---- */

/* Section 4.3: what PAWS turns away may be told of all the same */
static void option_dsack_beside_paws(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 sackok ts 1000");
	wire_in(w, "ACK seq 1 ack 1 len 100 ts 1010");
	wire_out(w, "ACK ack 101 ts 1010 nosack");
	wire_in(w, "ACK seq 1 ack 1 len 100 ts 900");
	wire_out(w, "ACK ack 101 ts 1010 sack 1:101");
	wire_out_nothing(w);
	wire_read(w, 100);
}

/* Section 5: a block is held against the ACK that it came with, not against SND.UNA,
 * which may have passed it
 */
static void option_dsack_of_a_late_ack(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long dsacks = wire_count(DSACKRecv);

	wire_open_passive(w, "mss 1460 sackok");
	wire_write(w, 5 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 4381");
	wire_in(w, "ACK seq 1 ack 1461 sack 2921:4381");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKRecv), dsacks);
	/* this one tells of something that came twice */
	wire_in(w, "ACK seq 1 ack 4381 sack 2921:4381");
	KUNIT_EXPECT_EQ(test, wire_count(DSACKRecv), dsacks + 1);
	wire_forget(w);
}

static struct kunit_case option_cases[] = {
	KUNIT_CASE(option_scale_of_one),
	KUNIT_CASE(option_scale_too_large),
	KUNIT_CASE(option_scale_of_answer_too_large),
	KUNIT_CASE(option_syn_echoes_nothing),
	KUNIT_CASE(option_timestamps_to_the_end),
	KUNIT_CASE(option_timestamps_of_resets),
	KUNIT_CASE(option_missing_timestamp),
	KUNIT_CASE(option_unasked_timestamps),
	KUNIT_CASE(option_echo_without_news),
	KUNIT_CASE(option_delayed_ack_echoes_the_first),
	KUNIT_CASE(option_clock_of_a_reset),
	KUNIT_CASE(option_paws_comes_first),
	KUNIT_CASE(option_paws_on_arrival_only),
	KUNIT_CASE(option_sacked_is_not_sent_again),
	KUNIT_CASE(option_left_edge_after_timeout),
	KUNIT_CASE(option_sack_when_memory_runs_out),
	KUNIT_CASE(option_dsack_beside_paws),
	KUNIT_CASE(option_dsack_of_a_late_ack),
	{}
};

struct kunit_suite etp_conformance_option_suite = {
	.name = "etp_conformance_option",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = option_cases,
};
