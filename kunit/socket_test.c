// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection ends: RFC 9293 section 3.6 with figures 12 and 13, half-close,
 * abort, and what an orphan still does.
 */
#include "harness.h"
#include "suites.h"
#include <linux/sockios.h>
#include <asm/ioctls.h>

/* Figure 12, from the side of TCP A: the four segments of a close */
static void socket_active_close(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_state(w, TCP_FIN_WAIT1);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	KUNIT_EXPECT_TRUE(test, wire_armed(w, WIRE_RTX));
	wire_in(w, "ACK seq 1 ack 2");
	wire_state(w, TCP_FIN_WAIT2);
	wire_out_nothing(w);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_RTX));
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
	wire_read_end(w, 0);
	KUNIT_EXPECT_EQ(test, wire_send(w, 1, 0), -EPIPE);
	wire_out_nothing(w);
}

/* From the side of TCP B */
static void socket_passive_close(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_out(w, "ACK seq 1 ack 2");
	wire_state(w, TCP_CLOSE_WAIT);
	wire_read_end(w, 0);
	wire_read_end(w, 0);
	/* it may still send, for as long as it likes */
	wire_write(w, 100);
	wire_out(w, "ACK|PSH seq 1 ack 2 len 100");
	wire_in(w, "ACK seq 2 ack 101");
	wire_state(w, TCP_CLOSE_WAIT);
	wire_close(w);
	wire_state(w, TCP_LAST_ACK);
	wire_out(w, "ACK|FIN seq 101 ack 2");
	/* the FIN is lost and goes again */
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK|FIN seq 101 ack 2");
	wire_in(w, "ACK seq 2 ack 102");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
}

/* A peer that answers FIN with a FIN of its own in one segment */
static void socket_three_segments(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
}

/* The same when the program has closed: nothing of that FIN may be lost */
static void socket_three_segments_orphan(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
	wire_out_nothing(w);
}

/* Figure 13: both close at once */
static void socket_simultaneous_close(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_state(w, TCP_CLOSING);
	wire_out(w, "ACK seq 2 ack 2");
	wire_in(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
	wire_out_nothing(w);
}

/* Half-close: data still comes, and is acknowledged */
static void socket_half_close(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 10);
	wire_shutdown(w);
	wire_out(w, "ACK|PSH seq 1 ack 1 len 10");
	wire_out(w, "ACK|FIN seq 11 ack 1");
	wire_in(w, "ACK seq 1 ack 12");
	wire_state(w, TCP_FIN_WAIT2);
	wire_in(w, "ACK seq 1 ack 12 len 100");
	wire_out(w, "ACK seq 12 ack 101");
	wire_read(w, 100);
	wire_in(w, "ACK|FIN seq 101 ack 12 len 50");
	wire_out(w, "ACK seq 12 ack 152");
	wire_state(w, TCP_TIME_WAIT);
	wire_read(w, 50);
	wire_read_end(w, 0);
}

/* FIN rides on data that waits, and is counted behind it */
static void socket_fin_with_data(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_out(w, "ACK|PSH seq 1 len 100");
	wire_write(w, 50);
	wire_out_nothing(w);	/* Nagle */
	wire_shutdown(w);
	wire_out(w, "ACK|PSH|FIN seq 101 len 50");
	/* the first segment was lost */
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK seq 1 len 100");
	wire_in(w, "ACK seq 1 ack 151");
	wire_state(w, TCP_FIN_WAIT1);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 152");
	wire_state(w, TCP_FIN_WAIT2);
}

/* 3.6.1: unread data at close, the peer must know: RST */
static void socket_close_unread(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long aborts = wire_count(AbortOnClose);

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK seq 1 ack 1 len 10");
	wire_forget(w);
	wire_close(w);
	wire_out(w, "RST|ACK seq 1");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, wire_count(AbortOnClose), aborts + 1);
}

/* Data that comes when nobody can read it any more: RST, too */
static void socket_data_after_close(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	/* 3.5.2: the number that the peer waits for, it may not have our FIN */
	wire_in(w, "ACK seq 1 ack 1 len 10");
	wire_out(w, "RST seq 1");
	wire_state(w, TCP_CLOSE);
	/* and nothing is left to talk to */
	wire_in(w, "ACK seq 11 ack 2");
	wire_out(w, "RST seq 2");
}

static void socket_data_after_close_fin_wait2(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	wire_in(w, "ACK seq 1 ack 2");
	wire_state(w, TCP_FIN_WAIT2);
	wire_in(w, "ACK seq 1 ack 2 len 10");
	wire_out(w, "RST seq 2");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
}

/* SO_LINGER of no time: ABORT, 3.10.5 */
static void socket_abort(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	wire_abort(w);
	wire_out(w, "RST|ACK seq 101");
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
}

/* RST in every state ends it, and tells the program the right thing */
static void socket_reset_close_wait(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_forget(w);
	wire_in(w, "RST seq 2");
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, EPIPE);
}

static void socket_reset_fin_wait1(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_forget(w);
	wire_in(w, "RST seq 1");
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ECONNRESET);
	wire_out_nothing(w);
}

static void socket_reset_fin_wait2(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_in(w, "ACK seq 1 ack 2");
	wire_forget(w);
	wire_in(w, "RST seq 1");
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ECONNRESET);
}

static void socket_reset_closing(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_state(w, TCP_CLOSING);
	wire_forget(w);
	wire_in(w, "RST seq 2");
	wire_state(w, TCP_CLOSE);
	wire_out_nothing(w);
}

static void socket_reset_last_ack(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 1 ack 1");
	wire_close(w);
	wire_state(w, TCP_LAST_ACK);
	wire_forget(w);
	wire_in(w, "RST seq 2");
	wire_state(w, TCP_CLOSE);
	wire_out_nothing(w);
}

/* Orphans, too, give up: a FIN that nobody acknowledges */
static void socket_orphan_gives_up(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_close(w);
	wire_out(w, "ACK|FIN seq 1 ack 1");
	for (i = 0; i < ETP_ORPHAN_PROBES; i++) {
		wire_fire(w, WIRE_RTX);
		wire_out(w, "ACK|FIN seq 1 ack 1");
	}
	wire_fire(w, WIRE_RTX);
	wire_out_nothing(w);
	wire_state(w, TCP_CLOSE);
}

/* An orphan sends what its program wrote before it left. */
static void socket_orphan_finishes(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 12 * WIRE_MSS);
	wire_out_data(w, 1, 14601, WIRE_MSS);
	wire_close(w);
	wire_out_nothing(w);
	wire_in(w, "ACK seq 1 ack 14601");
	wire_out(w, "ACK seq 14601 len 1460");
	wire_out(w, "ACK|FIN seq 16061 len 1460");
	wire_in(w, "ACK seq 1 ack 17522");
	wire_state(w, TCP_FIN_WAIT2);
	wire_in(w, "ACK|FIN seq 1 ack 17522");
	wire_out(w, "ACK seq 17522 ack 2");
	wire_state(w, TCP_TIME_WAIT);
}

/* ---- poll() ---- */

static __poll_t polled(struct wire *w)
{
	return etp_poll(NULL, w->sock ?: w->listener, NULL);
}

#define READABLE	(EPOLLIN | EPOLLRDNORM)
#define WRITABLE	(EPOLLOUT | EPOLLWRNORM)

static void expect_poll(struct wire *w, __poll_t mask)
{
	KUNIT_EXPECT_EQ(w->test, (__force u32)polled(w), (__force u32)mask);
}

static void socket_poll_listener(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	expect_poll(w, 0);
	wire_in(w, "SYN seq 0 mss 1460");
	expect_poll(w, 0);
	wire_in(w, "ACK seq 1 ack 1");
	expect_poll(w, READABLE);
	wire_accept(w);
	expect_poll(w, WRITABLE);
	wire_forget(w);
}

static void socket_poll_data(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	expect_poll(w, WRITABLE);
	wire_in(w, "ACK seq 1 ack 1 len 10");
	expect_poll(w, WRITABLE | READABLE);
	/* SO_RCVLOWAT: not before there is that much */
	w->sk->sk_rcvlowat = 11;
	expect_poll(w, WRITABLE);
	wire_in(w, "ACK seq 11 ack 1 len 1");
	expect_poll(w, WRITABLE | READABLE);
	w->sk->sk_rcvlowat = 1;
	wire_read(w, 11);
	expect_poll(w, WRITABLE);
	wire_forget(w);
}

static void socket_poll_urgent(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|URG seq 1 ack 1 up 1 len 1");
	expect_poll(w, WRITABLE | EPOLLPRI);
	wire_in(w, "ACK seq 2 ack 1 len 1");
	expect_poll(w, WRITABLE | EPOLLPRI | READABLE);
	wire_forget(w);
}

/* A full buffer: EPOLLOUT comes back when the peer acknowledged enough. */
static void socket_poll_full(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	WRITE_ONCE(w->sk->sk_sndbuf, 32768);
	KUNIT_EXPECT_GT(test, wire_send(w, 1 << 18, 0), 0);
	wire_forget(w);
	expect_poll(w, 0);
	KUNIT_EXPECT_TRUE(test, test_bit(SOCK_NOSPACE, &w->sock->flags));
	while (etp_flight(&wire_es(w)->snd)) {
		wire_in(w, "ACK seq 1 ack %u", wire_es(w)->snd.nxt - w->iss);
		wire_forget(w);
	}
	KUNIT_EXPECT_FALSE(test, test_bit(SOCK_NOSPACE, &w->sock->flags));
	expect_poll(w, WRITABLE);
}

static void socket_poll_end(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 1 ack 1");
	expect_poll(w, WRITABLE | READABLE | EPOLLRDHUP);
	wire_shutdown(w);
	wire_forget(w);
	expect_poll(w, WRITABLE | READABLE | EPOLLRDHUP | EPOLLHUP);
	wire_in(w, "RST seq 2");
	expect_poll(w, WRITABLE | READABLE | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
}

static void socket_poll_error(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	expect_poll(w, 0);
	wire_in(w, "RST|ACK seq 0 ack 1");
	expect_poll(w, WRITABLE | READABLE | EPOLLRDHUP | EPOLLHUP | EPOLLERR);
}

/* ---- ioctl() ---- */

static int ask(struct wire *w, int cmd)
{
	struct socket *sock = w->sock ?: w->listener;
	int value = 0, err = etp_ioctl_value(sock->sk, cmd, &value);

	return err ?: value;
}

static void socket_ioctl(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	KUNIT_EXPECT_EQ(test, ask(w, SIOCINQ), -EINVAL);
	KUNIT_EXPECT_EQ(test, ask(w, 0x4242), -ENOIOCTLCMD);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	wire_in(w, "ACK seq 1 ack 1 len 10");
	KUNIT_EXPECT_EQ(test, ask(w, SIOCINQ), 10);
	wire_write(w, 16 * WIRE_MSS);
	wire_forget(w);
	/* ten segments are in flight, six wait for the window */
	KUNIT_EXPECT_EQ(test, ask(w, SIOCOUTQ), 16 * (int)WIRE_MSS);
	KUNIT_EXPECT_EQ(test, ask(w, SIOCOUTQNSD), 6 * (int)WIRE_MSS);
	KUNIT_EXPECT_EQ(test, ask(w, SIOCATMARK), 0);
	wire_in(w, "ACK|URG seq 11 ack 1 up 1 len 1");
	KUNIT_EXPECT_EQ(test, ask(w, SIOCATMARK), 0);
	wire_read(w, 10);
	KUNIT_EXPECT_EQ(test, ask(w, SIOCATMARK), 1);
	wire_forget(w);
}

static void socket_ioctl_connecting(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, ask(w, SIOCOUTQ), 0);
	KUNIT_EXPECT_EQ(test, ask(w, SIOCINQ), 0);
}

/* ---- The end, with patience and without ---- */

/* SO_LINGER: close() waits for the peer, but not for ever. */
static void socket_linger(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long began = jiffies;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	sock_set_flag(w->sk, SOCK_LINGER);
	w->sk->sk_lingertime = HZ / 20;
	wire_close(w);
	KUNIT_EXPECT_GE(test, jiffies - began, (unsigned long)HZ / 20);
	wire_state(w, TCP_FIN_WAIT1);
	wire_out(w, "ACK|FIN seq 101 ack 1");
}

/* ETP_LINGER2 below zero: an orphan has no FIN-WAIT-2. */
static void socket_no_linger2(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long aborts = wire_count(AbortOnLinger);

	wire_open_passive(w, "mss 1460");
	wire_set(w, ETP_LINGER2, -1);
	wire_shutdown(w);
	wire_in(w, "ACK seq 1 ack 2");
	wire_state(w, TCP_FIN_WAIT2);
	wire_forget(w);
	wire_close(w);
	wire_out(w, "RST|ACK seq 2");
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, wire_count(AbortOnLinger), aborts + 1);
}

/* One that closes in FIN-WAIT-2 waits there in a small object. */
static void socket_close_fin_wait2(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_in(w, "ACK seq 1 ack 2");
	wire_forget(w);
	wire_close(w);
	wire_out_nothing(w);
	wire_state(w, TCP_FIN_WAIT2);
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_out(w, "ACK seq 2 ack 2");
	wire_state(w, TCP_TIME_WAIT);
}

/* More orphans than may be: the next one is reset at once. */
static void socket_too_many_orphans(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	unsigned long aborts = wire_count(AbortOnMemory);
	int limit = en->max_orphans;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	en->max_orphans = 0;
	wire_close(w);
	en->max_orphans = limit;
	wire_out(w, "ACK|FIN seq 101 ack 1");
	wire_out(w, "RST|ACK seq 102");
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, wire_count(AbortOnMemory), aborts + 1);
}

/* shutdown() of a listener: it listens no more, and can again */
static void socket_shutdown_listener(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	KUNIT_EXPECT_EQ(test, kernel_sock_shutdown(w->listener, SHUT_RDWR), 0);
	KUNIT_EXPECT_EQ(test, w->listener->sk->sk_state, TCP_CLOSE);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "RST|ACK seq 0 ack 1");
	KUNIT_EXPECT_EQ(test, kernel_listen(w->listener, 8), 0);
	/* the system had chosen the port, and may choose another */
	w->lport = inet_sk(w->listener->sk)->inet_num;
	wire_in(w, "SYN seq 0 mss 1460");
	wire_out(w, "SYN|ACK ack 1 mss 1460");
}

static void socket_memory_pressure(struct kunit *test)
{
	struct wire *w = test->priv;
	unsigned long times = wire_count(MemoryPressures);

	wire_open_passive(w, "mss 1460");
	etp_enter_memory_pressure(w->sk);
	etp_enter_memory_pressure(w->sk);
	KUNIT_EXPECT_EQ(test, etp_memory_pressure, 1UL);
	KUNIT_EXPECT_EQ(test, wire_count(MemoryPressures), times + 1);
	etp_leave_memory_pressure(w->sk);
	KUNIT_EXPECT_EQ(test, etp_memory_pressure, 0UL);
}

/* A page that a connection of the past was filling is not its children's. */
static void socket_no_page_for_children(struct kunit *test)
{
	struct wire *w = test->priv;
	struct sock *sk;

	wire_open_passive(w, "mss 1460");
	sk = w->sk;
	lock_sock(sk);
	/* a page of the socket's own: a program usually writes into its task's */
	KUNIT_EXPECT_TRUE(test, sk_page_frag_refill(sk, &sk->sk_frag));
	KUNIT_EXPECT_NOT_NULL(test, sk->sk_frag.page);
	etp_disconnect(sk, 0);
	release_sock(sk);
	KUNIT_EXPECT_PTR_EQ(test, sk->sk_frag.page, (struct page *)NULL);
	wire_forget(w);
}

/* Ten thousand idle connections weigh no more than ten thousand of TCP. */
static void socket_size(struct kunit *test)
{
	KUNIT_EXPECT_LE(test, ALIGN(sizeof(struct etp_sock), SMP_CACHE_BYTES),
			ALIGN(sizeof(struct tcp_sock), SMP_CACHE_BYTES));
	KUNIT_EXPECT_LE(test, ALIGN(sizeof(struct etp6_sock), SMP_CACHE_BYTES),
			ALIGN(sizeof(struct tcp6_sock), SMP_CACHE_BYTES));
}

static struct kunit_case socket_cases[] = {
	KUNIT_CASE(socket_active_close),
	KUNIT_CASE(socket_passive_close),
	KUNIT_CASE(socket_three_segments),
	KUNIT_CASE(socket_three_segments_orphan),
	KUNIT_CASE(socket_simultaneous_close),
	KUNIT_CASE(socket_half_close),
	KUNIT_CASE(socket_fin_with_data),
	KUNIT_CASE(socket_close_unread),
	KUNIT_CASE(socket_data_after_close),
	KUNIT_CASE(socket_data_after_close_fin_wait2),
	KUNIT_CASE(socket_abort),
	KUNIT_CASE(socket_reset_close_wait),
	KUNIT_CASE(socket_reset_fin_wait1),
	KUNIT_CASE(socket_reset_fin_wait2),
	KUNIT_CASE(socket_reset_closing),
	KUNIT_CASE(socket_reset_last_ack),
	KUNIT_CASE(socket_orphan_gives_up),
	KUNIT_CASE(socket_orphan_finishes),
	KUNIT_CASE(socket_poll_listener),
	KUNIT_CASE(socket_poll_data),
	KUNIT_CASE(socket_poll_urgent),
	KUNIT_CASE(socket_poll_full),
	KUNIT_CASE(socket_poll_end),
	KUNIT_CASE(socket_poll_error),
	KUNIT_CASE(socket_ioctl),
	KUNIT_CASE(socket_ioctl_connecting),
	KUNIT_CASE(socket_linger),
	KUNIT_CASE(socket_no_linger2),
	KUNIT_CASE(socket_close_fin_wait2),
	KUNIT_CASE(socket_too_many_orphans),
	KUNIT_CASE(socket_shutdown_listener),
	KUNIT_CASE(socket_memory_pressure),
	KUNIT_CASE(socket_no_page_for_children),
	KUNIT_CASE(socket_size),
	{}
};

struct kunit_suite etp_socket_suite = {
	.name = "etp_socket",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = socket_cases,
};
