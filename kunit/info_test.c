// SPDX-License-Identifier: GPL-2.0
/*
 * ETP_INFO: each member of struct etp_info on a connection that a script leads
 * through loss, a time-out, disorder, marks and shut windows.
 */
#include "harness.h"
#include "suites.h"

#define MSS		1448U	/* of 1460 with timestamps */
#define A_WHILE		5	/* milliseconds: some jiffies */
#define TRIP		(20 * USEC_PER_MSEC + WIRE_TICK)	/* the first round trip */

/**
 * struct look - what was asked for, and what of it was checked
 * @test: the test
 * @sk: the socket
 * @info: what it said last
 * @seen: bytes of it that some line of the test has looked at
 */
struct look {
	struct kunit	*test;
	struct sock	*sk;
	struct etp_info	info;
	u8		seen[sizeof(struct etp_info)];
};

#define SEEN(l, f)							\
	memset((l)->seen + offsetof(struct etp_info, etpi_##f), 1,	\
	       sizeof_field(struct etp_info, etpi_##f))

#define IS(l, f, value) do {						\
	SEEN(l, f);							\
	KUNIT_EXPECT_EQ_MSG((l)->test, (u64)(l)->info.etpi_##f,		\
			    (u64)(value), #f);				\
} while (0)

#define WITHIN(l, f, low, high) do {					\
	SEEN(l, f);							\
	KUNIT_EXPECT_GE_MSG((l)->test, (u64)(l)->info.etpi_##f, (u64)(low), #f); \
	KUNIT_EXPECT_LE_MSG((l)->test, (u64)(l)->info.etpi_##f, (u64)(high), #f); \
} while (0)

/* A member of some bits has no address: @after is what stands before them. */
#define BITS(l, after, n, f, value) do {				\
	memset((l)->seen + offsetofend(struct etp_info, etpi_##after), 1, n);	\
	KUNIT_EXPECT_EQ_MSG((l)->test, (u32)(l)->info.etpi_##f, (u32)(value), #f); \
} while (0)

static struct look *look_at(struct wire *w)
{
	struct look *l = kunit_kzalloc(w->test, sizeof(*l), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, l);
	l->test = w->test;
	l->sk = w->sk;
	return l;
}

static void ask(struct look *l)
{
	etp_get_info(l->sk, &l->info);
}

/* Passive, with all options and ECN */
static struct look *open_with_all(struct wire *w)
{
	wire_listen(w);
	wire_in(w, "SYN|ECE|CWR seq 0 mss 1460 sackok ts 1 0 wscale 7");
	wire_forget(w);
	wire_clock_pass(20);	/* leaves some time for reordering */
	wire_in(w, "ACK seq 1 ack 1 ts 2");
	wire_accept(w);
	return look_at(w);
}

static void check_fresh_agreed(struct look *l)
{
	IS(l, state, TCP_ESTABLISHED);
	IS(l, ca_state, ETP_CA_OPEN);
	IS(l, options, ETPI_OPT_TIMESTAMPS | ETPI_OPT_SACK | ETPI_OPT_WSCALE |
	   ETPI_OPT_ECN);
	BITS(l, options, 1, snd_wscale, 7);
	BITS(l, options, 1, rcv_wscale, 7);
	BITS(l, received_ce_bytes, 4, ecn_mode, ETPI_ECN_MODE_RFC3168);
	IS(l, snd_mss, MSS);
	IS(l, advmss, MSS);
	IS(l, rcv_mss, ETP_MSS_DEFAULT);
	IS(l, pmtu, WIRE_MTU);
	IS(l, snd_wnd, 65535U << 7);
	IS(l, rcv_wnd, 45 * MSS);
	IS(l, rcv_ssthresh, 65536);
	IS(l, rcv_space, 10 * MSS);
	IS(l, snd_cwnd, 10);
	IS(l, snd_ssthresh, ETP_SSTHRESH_INF);
	IS(l, max_pacing_rate, ~0ULL);
	WITHIN(l, pacing_rate, 1, ~0ULL);
	IS(l, rtt, TRIP);
	IS(l, rttvar, TRIP / 2);
	IS(l, min_rtt, TRIP);
	WITHIN(l, rto, TRIP + 200000, TRIP + 200000 + 2 * TICK_USEC);
}

static void check_fresh_counts(struct look *l)
{
	IS(l, retransmits, 0);
	IS(l, probes, 0);
	IS(l, backoff, 0);
	IS(l, ato, 0);
	IS(l, unacked, 0);
	IS(l, bytes_acked, 0);
	IS(l, bytes_received, 0);
	IS(l, segs_out, 0);
	IS(l, segs_in, 2);	/* SYN and ACK */
	IS(l, delivered, 1);	/* the SYN|ACK */
	IS(l, delivery_rate, 0);
	IS(l, busy_time, 0);
	IS(l, rcv_rtt, 0);
	/* what has no use here, as the header says */
	IS(l, fackets, 0);
	BITS(l, options, 2, fastopen_client_fail, 0);
	IS(l, delivered_e1_bytes, 0);
	IS(l, delivered_e0_bytes, 0);
	IS(l, delivered_ce_bytes, 0);
	IS(l, received_e1_bytes, 0);
	IS(l, received_e0_bytes, 0);
	IS(l, received_ce_bytes, 0);
	BITS(l, received_ce_bytes, 4, accecn_opt_seen, 0);
	BITS(l, received_ce_bytes, 4, accecn_fail_mode, 0);
	BITS(l, received_ce_bytes, 4, options2, 0);
}

/* Five segments, of which the last is the first to arrive */
static void check_disorder(struct wire *w, struct look *l)
{
	wire_write(w, 5 * MSS);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1 ts 3 sack 5793:7241");
	wire_in(w, "ACK seq 1 ack 1449 ts 4 sack 5793:7241");
	ask(l);
	IS(l, reord_seen, 1);
	IS(l, reordering, 5);
	IS(l, sacked, 1);
	IS(l, delivered, 1 + 2);
	wire_in(w, "ACK seq 1 ack 7241 ts 5");
	wire_forget(w);
	ask(l);
	IS(l, delivered, 1 + 5);
}

/* Four more: the first arrives, the third is SACKed, then nothing comes. */
static void check_loss(struct wire *w, struct look *l)
{
	wire_write(w, 4 * MSS);
	wire_forget(w);
	wire_clock_pass(A_WHILE);
	wire_in(w, "ACK seq 1 ack 8689 ts 6");
	wire_in(w, "ACK seq 1 ack 8689 ts 7 sack 10137:11585");
	wire_forget(w);
	wire_fire(w, WIRE_RTX);		/* the policy's probe, or the time-out */
	while (wire_es(w)->rec.state != ETP_CA_LOSS && wire_armed(w, WIRE_RTX))
		wire_fire(w, WIRE_RTX);
	wire_forget(w);
	ask(l);
	IS(l, ca_state, ETP_CA_LOSS);
	IS(l, retransmits, 1);
	IS(l, backoff, 1);
	IS(l, unacked, 3);
	IS(l, sacked, 1);
	IS(l, lost, 2);
	IS(l, retrans, 1);
	IS(l, snd_cwnd, 1);
	IS(l, snd_ssthresh, 2);
	IS(l, bytes_acked, 6 * MSS);
	IS(l, bytes_sent, 9 * MSS + l->info.etpi_bytes_retrans);
	IS(l, bytes_retrans, l->info.etpi_total_retrans * MSS);
	WITHIN(l, total_retrans, 1, 2);
	IS(l, data_segs_out, 9 + l->info.etpi_total_retrans);
	IS(l, segs_out, 9 + l->info.etpi_total_retrans);
	IS(l, delivered, 1 + 7);
	IS(l, total_rto, 1);
	IS(l, total_rto_recoveries, 1);
	WITHIN(l, delivery_rate, MSS, 1000000000);
	BITS(l, options, 2, delivery_rate_app_limited, 1);
	WITHIN(l, busy_time, A_WHILE * 1000, 10000000);
	IS(l, rwnd_limited, 0);
	IS(l, sndbuf_limited, 0);
}

/* All of it arrives, the second twice; a mark is told of. */
static void check_repaired(struct wire *w, struct look *l)
{
	wire_clock_pass(A_WHILE);
	wire_in(w, "ACK|ECE seq 1 ack 13033 ts 8 sack 8689:10137");
	wire_forget(w);
	ask(l);
	IS(l, ca_state, ETP_CA_OPEN);
	IS(l, unacked, 0);
	IS(l, retransmits, 0);
	IS(l, dsack_dups, 1);
	IS(l, delivered, 1 + 9);
	IS(l, delivered_ce, 2);
	IS(l, total_rto_time, A_WHILE);
	IS(l, last_ack_recv, 0);
	WITHIN(l, last_data_sent, A_WHILE - 1, A_WHILE + 1);
}

/* 500 bytes with a mark, a segment behind a gap, then what belongs there */
static void check_receiver(struct wire *w, struct look *l)
{
	u32 acks;

	ask(l);
	acks = l->info.etpi_segs_in;
	wire_in(w, "ACK seq 1 ack 13033 ts 9 len 500 ce");
	wire_in(w, "ACK seq 1949 ack 13033 ts 10 len 1448 ect");
	wire_in(w, "ACK seq 501 ack 13033 ts 11 len 1448 ect");
	wire_forget(w);
	wire_read(w, 500 + 2 * MSS);
	ask(l);
	IS(l, received_ce, 1);
	IS(l, options, ETPI_OPT_TIMESTAMPS | ETPI_OPT_SACK | ETPI_OPT_WSCALE |
	   ETPI_OPT_ECN | ETPI_OPT_ECN_SEEN);
	IS(l, bytes_received, 500 + 2 * MSS);
	IS(l, data_segs_in, 3);
	IS(l, segs_in, acks + 3);
	IS(l, rcv_ooopack, 1);
	IS(l, rcv_mss, MSS);
	WITHIN(l, ato, 1, 200000);
	WITHIN(l, rcv_rtt, 500, 60000000);
	IS(l, last_data_recv, 0);
	IS(l, last_ack_sent, 0);
}

/* The peer shuts its window, then opens it for a program that waits for room. */
static void check_limits(struct wire *w, struct look *l)
{
	wire_in(w, "ACK seq 3397 ack 13033 ts 12 win 0");
	wire_write(w, 100);
	wire_clock_pass(A_WHILE);
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	ask(l);
	IS(l, notsent_bytes, 100);
	IS(l, snd_wnd, 0);
	IS(l, probes, 1);
	WITHIN(l, rwnd_limited, (A_WHILE - 1) * 1000, 10000000);
	WITHIN(l, busy_time, l->info.etpi_rwnd_limited, 20000000);
	set_bit(SOCK_NOSPACE, &w->sock->flags);
	wire_in(w, "ACK seq 3397 ack 13033 ts 13");
	wire_forget(w);
	wire_clock_pass(A_WHILE);
	ask(l);
	IS(l, notsent_bytes, 0);
	IS(l, probes, 0);
	WITHIN(l, sndbuf_limited, (A_WHILE - 1) * 1000, 10000000);
	clear_bit(SOCK_NOSPACE, &w->sock->flags);
}

/* Each time-out tries another path. */
static void check_rehash(struct wire *w, struct look *l)
{
	int i;

	for (i = 0; i < 20 && !wire_es(w)->rtt.backoff; i++) {
		wire_fire(w, WIRE_RTX);
		wire_forget(w);
	}
	ask(l);
	WITHIN(l, rehash, 1, 20);
	WITHIN(l, total_rto, 2, 20);
	IS(l, total_rto_recoveries, 2);
	WITHIN(l, backoff, 1, 20);
}

static void info_each_member(struct kunit *test)
{
	struct wire *w = test->priv;
	struct look *l = open_with_all(w);
	unsigned int i;

	ask(l);
	check_fresh_agreed(l);
	check_fresh_counts(l);
	check_disorder(w, l);
	check_loss(w, l);
	check_repaired(w, l);
	check_receiver(w, l);
	check_limits(w, l);
	check_rehash(w, l);
	/* and nothing was left out */
	for (i = 0; i < sizeof(l->seen); i++)
		KUNIT_EXPECT_EQ_MSG(test, (int)l->seen[i], 1, "byte %u", i);
}

/* SYN and FIN count as bytes, for the side that opens; FIN for the one that hears it. */
static void info_syn_and_fin(struct kunit *test)
{
	struct wire *w = test->priv;
	struct look *l;

	wire_open_active(w, "mss 1460");
	l = look_at(w);
	ask(l);
	IS(l, bytes_acked, 1);
	IS(l, segs_out, 2);
	IS(l, segs_in, 1);
	IS(l, delivered, 1);
	IS(l, advmss, 1460);
	IS(l, snd_wnd, 65535);
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_shutdown(w);
	wire_in(w, "ACK seq 2 ack 1");
	ask(l);
	IS(l, bytes_received, 1);
	IS(l, bytes_acked, 1);
	IS(l, state, TCP_LAST_ACK);
	wire_forget(w);
}

/* Before there is a connection */
static void info_closed(struct kunit *test)
{
	struct wire *w = test->priv;
	struct look *l;

	wire_connect(w);
	wire_forget(w);
	l = look_at(w);
	ask(l);
	IS(l, state, TCP_SYN_SENT);
	IS(l, snd_cwnd, 10);
	IS(l, ato, 0);
	IS(l, delivered, 0);
	IS(l, bytes_acked, 0);
	IS(l, busy_time, 0);
	IS(l, segs_out, 1);
}

static struct kunit_case info_cases[] = {
	KUNIT_CASE(info_each_member),
	KUNIT_CASE(info_syn_and_fin),
	KUNIT_CASE(info_closed),
	{}
};

struct kunit_suite etp_info_suite = {
	.name = "etp_info",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = info_cases,
};
