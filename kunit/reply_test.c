// SPDX-License-Identifier: GPL-2.0
/* RFC 9293 section 3.10.7.1 and 3.5.2: what nobody is there to hear, and limits. */
#include "harness.h"
#include "suites.h"

/* No connection, no listener: RST as 3.10.7.1 has it, for all 64 combinations */
static void reply_closed(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned int flags, len;

	w->lport = 9;
	for (flags = 0; flags < 64; flags++)
		for (len = 0; len <= 10; len += 10) {
			struct wire_segment s = { .len = len };
			u32 end = 5 + len + !!(flags & ETP_SYN) + !!(flags & ETP_FIN);

			s.seg.flags = flags;
			s.seg.seq = w->irs + 5;
			s.seg.ack = 77;
			wire_inject(w, &s);
			if (flags & ETP_RST)
				wire_out_nothing(w);
			else if (flags & ETP_ACK)
				wire_out(w, "RST seq 77");
			else
				wire_out(w, "RST|ACK seq 0 ack %u", end);
			wire_out_nothing(w);
		}
}

/* A listener for all 64: 3.10.7.2 */
static void reply_listener(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned int flags;

	wire_listen(w);
	for (flags = 0; flags < 64; flags++) {
		struct wire_segment s = {};

		w->rport++;
		w->iss = 0;
		s.seg.flags = flags;
		s.seg.seq = w->irs;
		s.seg.ack = 77;
		s.seg.wnd = 65535;
		wire_inject(w, &s);
		if (flags & ETP_RST)
			wire_state(w, TCP_CLOSE);
		else if (flags & ETP_ACK)
			wire_out(w, "RST seq 77");
		else if ((flags & (ETP_SYN | ETP_FIN)) == ETP_SYN)
			wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
		else
			wire_state(w, TCP_CLOSE);
		wire_out_nothing(w);
	}
}

static void reply_ratelimit(struct kunit *test)
{
	u32 last = 0;

	KUNIT_EXPECT_TRUE(test, etp_ratelimit(&last, HZ));
	KUNIT_EXPECT_NE(test, last, 0U);
	KUNIT_EXPECT_FALSE(test, etp_ratelimit(&last, HZ));
	last -= HZ;
	KUNIT_EXPECT_TRUE(test, etp_ratelimit(&last, HZ));
	KUNIT_EXPECT_FALSE(test, etp_ratelimit(&last, HZ));
	KUNIT_EXPECT_TRUE(test, etp_ratelimit(&last, 0));
}

/* RFC 5961 section 7: a number of challenge ACKs for each second */
static void reply_challenge_limit(struct kunit *test)
{
	struct etp_net *en = etp_net(&init_net);
	int limit = en->challenge_ack_limit, n = 0, i;

	en->challenge_ack_limit = 10;
	en->challenge_at = 0;
	for (i = 0; i < 1000; i++)
		n += etp_challenge_allowed(&init_net);
	/* the second may have ended once in between */
	KUNIT_EXPECT_GE(test, n, 5);
	KUNIT_EXPECT_LE(test, n, 2 * 15);

	en->challenge_ack_limit = INT_MAX;
	for (i = 0, n = 0; i < 2000; i++)
		n += etp_challenge_allowed(&init_net);
	KUNIT_EXPECT_EQ(test, n, 2000);

	en->challenge_ack_limit = 0;
	en->challenge_at = 0;
	for (i = 0, n = 0; i < 10; i++)
		n += etp_challenge_allowed(&init_net);
	KUNIT_EXPECT_LE(test, n, 2);
	en->challenge_ack_limit = limit;
	en->challenge_at = 0;
}

static struct kunit_case reply_cases[] = {
	KUNIT_CASE(reply_closed),
	KUNIT_CASE(reply_listener),
	KUNIT_CASE(reply_ratelimit),
	KUNIT_CASE(reply_challenge_limit),
	{}
};

struct kunit_suite etp_reply_suite = {
	.name = "etp_reply",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = reply_cases,
};
