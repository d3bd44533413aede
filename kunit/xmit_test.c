// SPDX-License-Identifier: GPL-2.0
/* What stands in the headers that go out, and what is counted about them. */
#include "harness.h"
#include "suites.h"

/* RFC 7323 section 5.4: a clock of milliseconds that runs on */
static void xmit_timestamps(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 first;

	wire_open_passive(w, "mss 1460 ts 100");
	wire_set(w, ETP_NODELAY, 1);
	wire_write(w, 1);
	wire_out(w, "ACK|PSH seq 1 len 1 ts 100");
	first = w->tsval;
	wire_clock_pass(60);
	wire_write(w, 1);
	wire_out(w, "ACK|PSH seq 2 len 1 ts 100");
	KUNIT_EXPECT_EQ(test, w->tsval - first, 60U);
	/* the echo follows what came in */
	wire_in(w, "ACK seq 1 ack 3 len 1 ts 300");
	wire_forget(w);
	wire_write(w, 1);
	wire_out(w, "ACK|PSH seq 3 len 1 ts 300");
}

/* RFC 2018 section 3: three blocks beside timestamps, four without */
static void holes(struct wire *w, const char *ts)
{
	int i;

	for (i = 1; i <= 5; i++)
		wire_in(w, "ACK seq %d ack 1 len 100%s", 1 + 200 * i, ts);
	for (i = 1; i < 5; i++)
		wire_next(w);
}

static void xmit_sack_blocks(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 sackok");
	holes(w, "");
	wire_out(w, "ACK seq 1 ack 1 sack 1001:1101 sack 801:901 sack 601:701 sack 401:501");
}

static void xmit_sack_blocks_and_timestamps(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460 sackok ts 100");
	holes(w, " ts 100");
	wire_out(w, "ACK seq 1 ack 1 ts 100 sack 1001:1101 sack 801:901 sack 601:701");
}

/* SACK blocks ride on data, too, which must leave them room. */
static void xmit_sack_on_data(struct kunit *test)
{
	struct wire *w = test->priv;
	const struct wire_segment *s;

	wire_open_passive(w, "mss 1460 sackok ts 100");
	holes(w, " ts 100");
	wire_forget(w);
	wire_write(w, 5000);
	while ((s = wire_next(w))) {
		KUNIT_EXPECT_FALSE(test, s->garbled);
		KUNIT_EXPECT_LE(test, s->len + s->seg.doff + 20, (u32)WIRE_MTU);
		KUNIT_EXPECT_EQ(test, s->seg.ack, w->irs + 1);
	}
}

/* A bare ACK must be acceptable to a peer that took its window back. */
static void xmit_number_of_bare_acks(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 5 * WIRE_MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1461 win 100");
	wire_in(w, "ACK seq 101 ack 1461 len 10 win 100");
	wire_out(w, "ACK seq 1561 ack 1");
	wire_out_nothing(w);
}

static void xmit_counts(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_snd *snd;
	u32 segs;

	wire_open_passive(w, "mss 1460");
	snd = &wire_es(w)->snd;
	segs = snd->segs_out;
	wire_write(w, 10 * WIRE_MSS);
	KUNIT_EXPECT_EQ(test, snd->segs_out, segs + 10);
	KUNIT_EXPECT_EQ(test, snd->data_segs_out, 10U);
	KUNIT_EXPECT_EQ(test, snd->bytes_sent, 14600ULL);
	wire_fire(w, WIRE_RTX);
	KUNIT_EXPECT_EQ(test, snd->segs_out, segs + 11);
	KUNIT_EXPECT_EQ(test, snd->bytes_sent, 16060ULL);
	KUNIT_EXPECT_EQ(test, snd->bytes_retrans, 1460ULL);
	wire_in(w, "ACK seq 101 ack 1 len 10");
	KUNIT_EXPECT_EQ(test, snd->segs_out, segs + 12);
	KUNIT_EXPECT_EQ(test, snd->data_segs_out, 11U);
}

/* All that was handed down counts against the send buffer until it is freed. */
static void xmit_gives_back(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned int before;

	wire_open_passive(w, "mss 1460");
	before = refcount_read(&w->sk->sk_wmem_alloc);
	wire_write(w, 5 * WIRE_MSS);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, refcount_read(&w->sk->sk_wmem_alloc), before);
}

/* A copy that is still on its way keeps the size it was sent with. */
static void xmit_leaves_copies_alone(struct kunit *test)
{
	struct wire *w = test->priv;
	struct sk_buff *copy;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 2 * WIRE_MSS);
	wire_forget(w);
	copy = skb_clone(etp_rtx_head(w->sk), GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, copy);
	KUNIT_EXPECT_EQ(test, (u32)skb_shinfo(copy)->gso_size, WIRE_MSS);
	local_bh_disable();
	bh_lock_sock(w->sk);
	etp_mtu_reduced(w->sk, 1000);
	bh_unlock_sock(w->sk);
	local_bh_enable();
	wire_out(w, "ACK seq 1 len 960");
	KUNIT_EXPECT_EQ(test, (u32)skb_shinfo(copy)->gso_size, WIRE_MSS);
	KUNIT_EXPECT_EQ(test, skb_shinfo(copy)->gso_segs, 2);
	kfree_skb(copy);
}

/* A device that can't be trusted with a checksum that is not TCP's or UDP's */
static void xmit_checksum_offload(struct kunit *test)
{
	struct net_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	LIST_HEAD(below);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	INIT_LIST_HEAD(&dev->adj_list.lower);
	dev->features = NETIF_F_GSO_SOFTWARE | NETIF_F_SG | NETIF_F_HW_CSUM;
	KUNIT_EXPECT_TRUE(test, etp_device_offloads(dev));
	dev->features = NETIF_F_GSO_SOFTWARE | NETIF_F_SG | NETIF_F_IP_CSUM;
	KUNIT_EXPECT_FALSE(test, etp_device_offloads(dev));
	dev->features = NETIF_F_ALL_TSO | NETIF_F_SG | NETIF_F_HW_CSUM;
	KUNIT_EXPECT_FALSE(test, etp_device_offloads(dev));
	/* a VLAN on a card that knows TCP and UDP only looks like this */
	dev->features = NETIF_F_GSO_SOFTWARE | NETIF_F_SG | NETIF_F_HW_CSUM;
	list_add(&below, &dev->adj_list.lower);
	KUNIT_EXPECT_FALSE(test, etp_device_offloads(dev));
}

static struct kunit_case xmit_cases[] = {
	KUNIT_CASE(xmit_timestamps),
	KUNIT_CASE(xmit_sack_blocks),
	KUNIT_CASE(xmit_sack_blocks_and_timestamps),
	KUNIT_CASE(xmit_sack_on_data),
	KUNIT_CASE(xmit_number_of_bare_acks),
	KUNIT_CASE(xmit_counts),
	KUNIT_CASE(xmit_gives_back),
	KUNIT_CASE(xmit_leaves_copies_alone),
	KUNIT_CASE(xmit_checksum_offload),
	{}
};

struct kunit_suite etp_xmit_suite = {
	.name = "etp_xmit",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = xmit_cases,
};
