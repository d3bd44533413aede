// SPDX-License-Identifier: GPL-2.0
/* The models that properties are tested with: the peer and the network themselves. */
#include "network.h"
#include "peer.h"
#include "suites.h"

#define MSS	100

static const struct peer_style usual = {
	.mss = MSS, .buffer = 10 * MSS, .every = 2, .delack_us = 1000,
	.sack = true, .dsack = true,
};

static bool take(struct peer *p, u32 seq, u32 len)
{
	const struct peer_segment s = { .seq = seq, .end = seq + len };

	return peer_take(p, &s, 500);
}

/* What the next ACK says: number, window, and blocks as pairs that end with 0 */
static void answers(struct kunit *test, struct peer *p, u32 ackno, u32 wnd, const u32 *pairs)
{
	struct peer_ack ack;
	u32 i;

	peer_answer(p, &ack);
	KUNIT_EXPECT_EQ(test, ack.ack, ackno);
	KUNIT_EXPECT_EQ(test, ack.wnd, wnd);
	for (i = 0; pairs[2 * i] && i < ack.nblocks; i++) {
		KUNIT_EXPECT_EQ(test, ack.block[i].start, pairs[2 * i]);
		KUNIT_EXPECT_EQ(test, ack.block[i].end, pairs[2 * i + 1]);
	}
	KUNIT_EXPECT_EQ(test, pairs[2 * i], 0U);
	KUNIT_EXPECT_EQ(test, (u32)ack.nblocks, i);
}

#define ANSWERS(test, p, ackno, wnd, ...)				\
	answers(test, p, ackno, wnd, (const u32 []){ __VA_ARGS__ })

/* RFC 5681 section 4.2 */
static void peer_delays(struct kunit *test)
{
	struct peer p;

	peer_init(&p, &usual);
	KUNIT_EXPECT_FALSE(test, take(&p, 1, MSS));
	KUNIT_EXPECT_EQ(test, p.ack_at, 1500ULL);
	KUNIT_EXPECT_TRUE(test, take(&p, 101, MSS));
	ANSWERS(test, &p, 201, 1000, 0);
	KUNIT_EXPECT_EQ(test, p.ack_at, 0ULL);
	/* behind a gap, and what fills it */
	KUNIT_EXPECT_TRUE(test, take(&p, 301, MSS));
	ANSWERS(test, &p, 201, 1000, 301, 401, 0);
	KUNIT_EXPECT_TRUE(test, take(&p, 201, MSS));
	ANSWERS(test, &p, 401, 1000, 0);
	/* an ACK needs none, unless it is a probe */
	KUNIT_EXPECT_FALSE(test, take(&p, 401, 0));
	KUNIT_EXPECT_TRUE(test, take(&p, 400, 0));
}

/* RFC 2018 section 4: the newest first, what touches is one */
static void peer_blocks_by_age(struct kunit *test)
{
	struct peer p;

	peer_init(&p, &usual);
	take(&p, 201, MSS);
	take(&p, 401, MSS);
	take(&p, 601, MSS);
	ANSWERS(test, &p, 1, 1000, 601, 701, 401, 501, 201, 301, 0);
	take(&p, 301, 50);
	ANSWERS(test, &p, 1, 1000, 201, 351, 601, 701, 401, 501, 0);
	take(&p, 351, 50);
	ANSWERS(test, &p, 1, 1000, 201, 501, 601, 701, 0);
	take(&p, 801, 10);
	take(&p, 821, 10);
	take(&p, 841, 10);
	ANSWERS(test, &p, 1, 1000, 841, 851, 821, 831, 801, 811, 201, 501, 0);
	take(&p, 1, 200);
	ANSWERS(test, &p, 501, 1000, 841, 851, 821, 831, 801, 811, 601, 701, 0);
}

/* RFC 2883 section 4 */
static void peer_tells_duplicates(struct kunit *test)
{
	struct peer p;

	peer_init(&p, &usual);
	take(&p, 1, 2 * MSS);
	ANSWERS(test, &p, 201, 1000, 0);
	KUNIT_EXPECT_TRUE(test, take(&p, 1, MSS));
	ANSWERS(test, &p, 201, 1000, 1, 101, 0);
	take(&p, 301, MSS);
	ANSWERS(test, &p, 201, 1000, 301, 401, 0);
	KUNIT_EXPECT_TRUE(test, take(&p, 351, MSS));
	ANSWERS(test, &p, 201, 1000, 351, 401, 301, 451, 0);
	KUNIT_EXPECT_TRUE(test, take(&p, 151, 200));
	ANSWERS(test, &p, 451, 1000, 151, 201, 0);
}

/* The window shuts, opens by a segment, and its edge never comes back. */
static void peer_windows(struct kunit *test)
{
	struct peer_style style = usual;
	struct peer p;

	style.buffer = 3 * MSS;
	style.read_most = 60;
	peer_init(&p, &style);
	take(&p, 1, 250);
	ANSWERS(test, &p, 251, 50, 0);
	KUNIT_EXPECT_TRUE(test, take(&p, 251, 100));
	KUNIT_EXPECT_EQ(test, p.beyond, 50U);
	ANSWERS(test, &p, 301, 0, 0);
	KUNIT_EXPECT_TRUE(test, take(&p, 301, 1));
	KUNIT_EXPECT_EQ(test, p.nxt, 301U);
	KUNIT_EXPECT_FALSE(test, peer_reads(&p, 0));
	ANSWERS(test, &p, 301, 0, 0);
	KUNIT_EXPECT_TRUE(test, peer_reads(&p, 0));
	ANSWERS(test, &p, 301, 120, 0);
}

/* RFC 7323 sections 4.3 and 5.3 */
static void peer_clocks(struct kunit *test)
{
	struct peer_style style = usual;
	struct peer_segment s = { .seq = 1, .end = 101, .tsval = 10 };
	struct peer_ack ack;
	struct peer p;

	style.ts = true;
	peer_init(&p, &style);
	peer_take(&p, &s, 0);
	s = (struct peer_segment){ .seq = 101, .end = 201, .tsval = 20 };
	peer_take(&p, &s, 0);
	peer_answer(&p, &ack);
	KUNIT_EXPECT_EQ(test, ack.tsecr, 10U);	/* the first that had no ACK */
	s = (struct peer_segment){ .seq = 201, .end = 301, .tsval = 9 };
	KUNIT_EXPECT_TRUE(test, peer_take(&p, &s, 0));
	KUNIT_EXPECT_EQ(test, p.nxt, 201U);
	KUNIT_EXPECT_EQ(test, p.outdated, 1U);
	s.tsval = 30;
	peer_take(&p, &s, 0);
	peer_answer(&p, &ack);
	KUNIT_EXPECT_EQ(test, ack.ack, 301U);
	KUNIT_EXPECT_EQ(test, ack.tsecr, 30U);
}

/* RFC 3168 section 6.1.3, a FIN, and RFC 2018 section 8 */
static void peer_other(struct kunit *test)
{
	struct peer_segment s = { .seq = 101, .end = 202, .fin = true, .ce = true };
	struct peer_style style = usual;
	struct peer_ack ack;
	struct peer p;

	style.ecn = true;
	peer_init(&p, &style);
	peer_take(&p, &s, 0);
	peer_answer(&p, &ack);
	KUNIT_EXPECT_TRUE(test, ack.ece);
	KUNIT_EXPECT_EQ(test, p.fin_seq, 201U);
	peer_renege(&p);
	KUNIT_EXPECT_EQ(test, p.fin_seq, 0U);
	take(&p, 1, 2 * MSS);
	peer_answer(&p, &ack);
	KUNIT_EXPECT_EQ(test, ack.ack, 201U);
	KUNIT_EXPECT_TRUE(test, ack.ece);
	s = (struct peer_segment){ .seq = 201, .end = 202, .fin = true, .cwr = true };
	KUNIT_EXPECT_TRUE(test, peer_take(&p, &s, 0));
	peer_answer(&p, &ack);
	KUNIT_EXPECT_EQ(test, ack.ack, 202U);
	KUNIT_EXPECT_FALSE(test, ack.ece);
}

/* ---- The network ---- */

/* Sends a hundred, 100 us apart; counts what arrives, and what not in order. */
static void hundred(const struct network_style *style, u64 seed, u32 *arrived, u32 *overtaken)
{
	static struct network net;
	struct network_packet packet = { .way = NETWORK_DATA };
	u32 i, last = 0;

	network_init(&net, style, seed);
	for (i = 1; i <= 100; i++) {
		packet.seg.seq = i;
		packet.seg.end = i + 1;
		network_send(&net, &packet, i * 100);
	}
	for (*arrived = 0, *overtaken = 0; net.n; (*arrived)++) {
		network_take(&net, &packet);
		*overtaken += packet.seg.seq < last;
		last = packet.seg.seq;
	}
}

static void peer_network(struct kunit *test)
{
	struct network_style style = { .delay_us = 1000, .jitter_us = 900 };
	u32 n, overtaken, again;

	hundred(&style, 1, &n, &overtaken);
	KUNIT_EXPECT_EQ(test, n, 100U);
	KUNIT_EXPECT_EQ(test, overtaken, 0U);
	style.loss[NETWORK_DATA] = 300;
	hundred(&style, 1, &n, &overtaken);
	KUNIT_EXPECT_GT(test, n, 50U);
	KUNIT_EXPECT_LT(test, n, 90U);
	hundred(&style, 1, &again, &overtaken);
	KUNIT_EXPECT_EQ(test, again, n);
	style = (struct network_style){ .delay_us = 1000, .late_us = 5000 };
	style.late[NETWORK_DATA] = 100;
	style.twice[NETWORK_DATA] = 200;
	hundred(&style, 2, &n, &overtaken);
	KUNIT_EXPECT_GT(test, n, 105U);
	KUNIT_EXPECT_GT(test, overtaken, 2U);
	style = (struct network_style){
		.doomed = 7, .doomed_from = 90, .doomed_to = 101,
		.dark_from = 500, .dark_to = 600,
	};
	hundred(&style, 3, &n, &overtaken);
	KUNIT_EXPECT_EQ(test, n, 92U);
}

static struct kunit_case peer_cases[] = {
	KUNIT_CASE(peer_delays),
	KUNIT_CASE(peer_blocks_by_age),
	KUNIT_CASE(peer_tells_duplicates),
	KUNIT_CASE(peer_windows),
	KUNIT_CASE(peer_clocks),
	KUNIT_CASE(peer_other),
	KUNIT_CASE(peer_network),
	{}
};

struct kunit_suite etp_peer_suite = {
	.name = "etp_peer",
	.test_cases = peer_cases,
};
