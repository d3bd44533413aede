// SPDX-License-Identifier: GPL-2.0
/* Passive open: RFC 9293 sections 3.10.7.2 and 3.5, requests, the accept queue. */
#include "harness.h"
#include "suites.h"

/* Figure 6, from the side of TCP B, with every set of options */
static void listen_handshake(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned int opts;

	wire_listen(w);
	for (opts = 0; opts < 16; opts++) {
		char offer[80], answer[80];

		snprintf(offer, sizeof(offer), "%s%s%s%s",
			 opts & 1 ? " mss 1460" : "", opts & 2 ? " sackok" : "",
			 opts & 4 ? " ts 100 0" : "", opts & 8 ? " wscale 5" : "");
		/* ours has an MSS always, the others when they were offered */
		snprintf(answer, sizeof(answer), " mss 1460%s%s%s",
			 opts & 2 ? " sackok" : "", opts & 4 ? " ts 100" : "",
			 opts & 8 ? " wscale 7" : "");
		w->rport++;
		wire_in(w, "SYN seq 0%s", offer);
		/* as many whole segments as fit */
		wire_out(w, "SYN|ACK seq 0 ack 1%s win %u", answer,
			 opts & 4 ? 45 * 1448 : 44 * 1460);
		wire_state(w, TCP_SYN_RECV);
		wire_in(w, "ACK seq 1 ack 1%s", opts & 4 ? " ts 101" : "");
		wire_state(w, TCP_ESTABLISHED);
		wire_out_nothing(w);
		wire_in(w, "RST seq 1%s", opts & 4 ? " ts 101" : "");
		wire_state(w, TCP_CLOSE);
		wire_accept(w);
		wire_close(w);
		sock_put(w->sk);
		w->sk = NULL;
	}
}

static void listen_data(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1200 wscale 2");
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.wnd, 65535U << 2);
	wire_write(w, 1300);
	wire_out(w, "ACK seq 1 ack 1 len 1200");
	wire_out(w, "ACK|PSH seq 1201 ack 1 len 100");
	wire_in(w, "ACK seq 1 ack 1301 len 70");
	wire_read(w, 70);
}

/* The handshake's ACK may bring data, and a FIN. */
static void listen_ack_with_data(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	wire_in(w, "ACK|PSH|FIN seq 1 ack 1 len 10");
	wire_out(w, "ACK seq 1 ack 12");
	wire_accept(w);
	wire_state(w, TCP_CLOSE_WAIT);
	wire_read(w, 10);
	wire_read_end(w, 0);
}

/* The SYN again: the same answer, not a second connection */
static void listen_syn_again(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 iss;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	iss = w->iss;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	KUNIT_EXPECT_EQ(test, w->iss, iss);
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	wire_out_nothing(w);
}

/* Our SYN|ACK goes again after 1, 2, 4 ... seconds, then it is forgotten. */
static void listen_synack_retransmitted(struct kunit *test)
{
	struct wire *w = test->priv;
	int i, retries = etp_net(&init_net)->synack_retries;
	u32 iss;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	iss = w->iss;
	for (i = 0; i < retries; i++) {
		wire_fire_request(w);
		wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
		KUNIT_EXPECT_EQ(test, w->iss, iss);
	}
	wire_fire_request(w);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	/* too late */
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "RST seq 1");
}

/* 3.10.7.2, in its order: RST, ACK, SYN, other */
static void listen_refuses(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "RST seq 0");
	wire_in(w, "RST|ACK seq 0 ack 5");
	wire_in(w, "RST|SYN seq 0");
	wire_out_nothing(w);
	w->iss = 0;
	wire_in(w, "ACK seq 0 ack 77");
	wire_out(w, "RST seq 77");
	wire_in(w, "SYN|ACK seq 0 ack 78");
	wire_out(w, "RST seq 78");
	wire_in(w, "ACK|FIN seq 0 ack 79 len 50");
	wire_out(w, "RST seq 79");
	/* "fourth": should not get here, drop it */
	wire_in(w, "none seq 0");
	wire_in(w, "FIN seq 0");
	wire_in(w, "PSH|URG seq 0 len 9 up 3");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
}

/* 3.10.7.4 in SYN-RECEIVED */
static void listen_request_segments(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	/* "first": outside the window, an ACK says what is expected */
	wire_in(w, "ACK seq 100000 ack 1 len 10");
	wire_out(w, "ACK seq 1 ack 1");
	/* but not to an RST */
	wire_in(w, "RST seq 100000");
	wire_out_nothing(w);
	/* "second", RFC 5961: in the window and not exact */
	wire_in(w, "RST seq 2");
	wire_out(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_SYN_RECV);
	/* "fourth", RFC 5961: a SYN in the window */
	wire_in(w, "SYN seq 5");
	wire_out(w, "ACK seq 1 ack 1");
	/* "fifth": no ACK, no way; a wrong one is answered by RST */
	wire_in(w, "none seq 1 len 10");
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 0");
	wire_out(w, "RST seq 0");
	wire_in(w, "ACK seq 1 ack 2");
	wire_out(w, "RST seq 2");
	wire_state(w, TCP_SYN_RECV);
	wire_in(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	wire_out_nothing(w);
}

/*
 * Figure 9: an old duplicate SYN.  B answers, A resets, the true SYN comes.
 * Nothing remains of the first, and it never was a socket.
 */
static void listen_old_duplicate(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long opens;

	wire_listen(w);
	opens = wire_count(PassiveOpens);
	w->irs = 90;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_state(w, TCP_SYN_RECV);
	wire_in(w, "RST seq 1");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, wire_count(PassiveOpens), opens);
	KUNIT_EXPECT_EQ(test, etp_sk(w->listener->sk)->accept_queue->requests, 0U);

	w->irs = 5000;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	KUNIT_EXPECT_EQ(test, wire_count(PassiveOpens), opens + 1);
}

/* A full accept queue: the ACK is as good as lost, the SYN|ACK goes again. */
static void listen_backlog(struct kunit *test)
{
	struct wire *w = test->priv;
	u16 first = w->rport;

	wire_listen(w);
	KUNIT_ASSERT_EQ(test, kernel_listen(w->listener, 0), 0);
	wire_in(w, "SYN seq 0 mss 1460");
	w->rport = first + 1000;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);

	/* one waits for accept(): the second has to wait for the first */
	wire_in(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	w->rport = first + 2000;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);

	w->rport = first + 1000;
	wire_accept(w);
	wire_abort(w);
	wire_forget(w);
	w->rport = first + 2000;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	w->rport = first;
}

static void listen_backlog_ack(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 iss[2];

	wire_listen(w);
	KUNIT_ASSERT_EQ(test, kernel_listen(w->listener, 0), 0);
	wire_in(w, "SYN seq 0 mss 1460");
	iss[0] = w->iss;
	w->rport += 1000;
	wire_in(w, "SYN seq 0 mss 1460");
	iss[1] = w->iss;
	wire_forget(w);

	w->rport -= 1000;
	w->iss = iss[0];
	wire_in(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	w->rport += 1000;
	w->iss = iss[1];
	wire_in(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
	wire_state(w, TCP_SYN_RECV);

	wire_accept(w);
	wire_abort(w);
	wire_forget(w);
	sock_put(w->sk);
	w->sk = NULL;
	wire_fire_request(w);
	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_state(w, TCP_ESTABLISHED);
	wire_accept(w);
}

/* A listener that closes: half-open ones are forgotten, waiting ones reset. */
static void listen_closes(struct kunit *test)
{
	struct wire *w = test->priv;
	u32 iss;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_forget(w);
	iss = w->iss;
	w->rport += 1000;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	swap(w->iss, iss);
	sock_release(w->listener);
	w->listener = NULL;
	w->rport -= 1000;
	wire_out(w, "RST|ACK seq 1 ack 1");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	w->rport += 1000;
	w->iss = iss;
	wire_state(w, TCP_CLOSE);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out(w, "RST seq 1");
}

/* A peer that resets while nobody has accepted yet */
static void listen_reset_in_queue(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 10");
	wire_forget(w);
	wire_in(w, "RST seq 11");
	wire_out_nothing(w);
	wire_accept(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ECONNRESET);
}

/* net.etp.abort_on_overflow: tell the peer instead */
static void listen_abort_on_overflow(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	u32 iss;

	wire_listen(w);
	KUNIT_ASSERT_EQ(test, kernel_listen(w->listener, 0), 0);
	wire_in(w, "SYN seq 0 mss 1460");
	iss = w->iss;
	w->rport += 1000;
	wire_in(w, "SYN seq 0 mss 1460");
	swap(w->iss, iss);
	w->rport -= 1000;
	wire_in(w, "ACK seq 1 ack 1");
	wire_forget(w);
	swap(w->iss, iss);
	w->rport += 1000;
	en->abort_on_overflow = 1;
	wire_in(w, "ACK seq 1 ack 1");
	en->abort_on_overflow = 0;
	wire_out(w, "RST seq 1");
	wire_state(w, TCP_CLOSE);
}

/* Half-open connections are not without limit. */
static void listen_syn_backlog(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	int limit = en->max_syn_backlog, i;
	unsigned long drops = wire_count(ListenDrops);

	wire_listen(w);
	en->max_syn_backlog = 20;
	for (i = 0; i < 30; i++) {
		w->rport++;
		wire_in(w, "SYN seq 0 mss 1460");
	}
	en->max_syn_backlog = limit;
	for (i = 0; i < 20; i++)
		wire_out(w, "SYN|ACK ack 1 mss 1460");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_count(ListenDrops), drops + 10);
}

/* ETP_DEFER_ACCEPT: a connection is not worth accept() before its first byte */
static void listen_defer_accept(struct kunit *test)
{
	struct wire *w = test->priv;
	struct socket *sock = NULL;

	wire_listen(w);
	wire_set(w, ETP_DEFER_ACCEPT, 30);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1");
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, kernel_accept(w->listener, &sock, O_NONBLOCK), -EAGAIN);
	wire_in(w, "ACK|PSH seq 1 ack 1 len 10");
	wire_accept(w);
	wire_read(w, 10);
}

static void listen_accept_nothing(struct kunit *test)
{
	struct wire *w = test->priv;
	struct socket *sock = NULL;

	wire_listen(w);
	KUNIT_EXPECT_EQ(test, kernel_accept(w->listener, &sock, O_NONBLOCK), -EAGAIN);
	wire_in(w, "SYN seq 0 mss 1460");
	KUNIT_EXPECT_EQ(test, kernel_accept(w->listener, &sock, O_NONBLOCK), -EAGAIN);
}

/* A packet's mark is its own: its connection and a reset have it where an administrator
 * wants that, by the knobs that kernel TCP has for it.
 */
static void listen_mark(struct kunit *test)
{
	struct wire *w = test->priv;
	struct netns_ipv4 *ipv4 = &init_net.ipv4;
	int i;

	wire_listen(w);
	w->mark = 7;
	for (i = 0; i < 2; i++) {
		ipv4->sysctl_tcp_fwmark_accept = i;
		ipv4->sysctl_fwmark_reflect = i;
		wire_in(w, "SYN seq 0 mss 1460");
		KUNIT_EXPECT_EQ(test, wire_next(w)->mark, i * 7U);
		wire_in(w, "ACK seq 1 ack 2");
		KUNIT_EXPECT_EQ(test, wire_next(w)->mark, i * 7U);
		w->rport += 1000;
	}
	ipv4->sysctl_tcp_fwmark_accept = 0;
	ipv4->sysctl_fwmark_reflect = 0;
}

static struct kunit_case listen_cases[] = {
	KUNIT_CASE(listen_handshake),
	KUNIT_CASE(listen_data),
	KUNIT_CASE(listen_ack_with_data),
	KUNIT_CASE(listen_syn_again),
	KUNIT_CASE(listen_synack_retransmitted),
	KUNIT_CASE(listen_refuses),
	KUNIT_CASE(listen_request_segments),
	KUNIT_CASE(listen_old_duplicate),
	KUNIT_CASE(listen_backlog),
	KUNIT_CASE(listen_backlog_ack),
	KUNIT_CASE(listen_closes),
	KUNIT_CASE(listen_reset_in_queue),
	KUNIT_CASE(listen_abort_on_overflow),
	KUNIT_CASE(listen_syn_backlog),
	KUNIT_CASE(listen_defer_accept),
	KUNIT_CASE(listen_accept_nothing),
	KUNIT_CASE(listen_mark),
	{}
};

struct kunit_suite etp_listen_suite = {
	.name = "etp_listen",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = listen_cases,
};
