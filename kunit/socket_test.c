// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection ends: RFC 9293 section 3.6 with figures 12 and 13, half-close,
 * abort, and what an orphan still does.
 */
#include "harness.h"
#include "suites.h"

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
	{}
};

struct kunit_suite etp_socket_suite = {
	.name = "etp_socket",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = socket_cases,
};
