// SPDX-License-Identifier: GPL-2.0
/* Urgent data, RFC 9293 section 3.8.5 and RFC 6093: a byte out of band. */
#include "harness.h"
#include "suites.h"
#include <linux/sockios.h>

/* recv(MSG_OOB): the byte, or a negative errno, or -1000 for the end */
static int read_urgent(struct wire *w, int flags)
{
	struct msghdr msg = {};
	u8 byte = 0;
	struct kvec vec = { .iov_base = &byte, .iov_len = 1 };
	int ret = kernel_recvmsg(w->sock, &msg, &vec, 1, 1,
				 MSG_OOB | MSG_DONTWAIT | flags);

	return ret == 1 ? byte : ret ?: -1000;
}

/* The urgent byte is read apart; the stream is read up to it, then behind it. */
static void urgent_receive(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_EQ(test, read_urgent(w, 0), -EINVAL);
	/* the pointer is that of the byte after: bytes 0 and 1, then byte 2 */
	wire_in(w, "ACK|PSH|URG seq 1 ack 1 len 5 up 3");
	KUNIT_EXPECT_EQ(test, read_urgent(w, MSG_PEEK), (int)wire_byte(2));
	KUNIT_EXPECT_EQ(test, read_urgent(w, 0), (int)wire_byte(2));
	KUNIT_EXPECT_EQ(test, read_urgent(w, 0), -EINVAL);
	wire_read(w, 2);
	w->read++;
	wire_read(w, 2);
	wire_read_end(w, -EAGAIN);
}

/* Announced, and still on its way */
static void urgent_announced(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|URG seq 1 ack 1 len 5 up 8");
	KUNIT_EXPECT_EQ(test, read_urgent(w, 0), -EAGAIN);
	/* the byte may come in a segment that does not say so any more */
	wire_in(w, "ACK seq 6 ack 1 len 5");
	KUNIT_EXPECT_EQ(test, read_urgent(w, 0), (int)wire_byte(7));
	wire_read(w, 7);
	w->read++;
	wire_read(w, 2);
}

/* MUST-31: of any length; only the last byte is out of band, as programs know it */
static void urgent_send(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_EQ(test, wire_send(w, 10, MSG_OOB), 10);
	wire_out(w, "ACK|PSH|URG seq 1 len 10 up 10");
	wire_in(w, "ACK seq 1 ack 11");
	wire_write(w, 10);
	wire_out(w, "ACK|PSH seq 11 len 10");
	wire_out_nothing(w);
}

/* MUST-32's other side: the pointer tells how far it is, as long as it counts */
static void urgent_pointer_moves(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_out(w, "ACK|PSH seq 1 len 100");
	KUNIT_EXPECT_EQ(test, wire_send(w, 1, MSG_OOB), 1);
	wire_out(w, "ACK|PSH|URG seq 101 len 1 up 1");
	/* sent again, the first segment says so, too */
	wire_fire(w, WIRE_RTX);
	wire_out(w, "ACK|URG seq 1 len 100 up 101");
	wire_in(w, "ACK seq 1 ack 102");
	KUNIT_EXPECT_EQ(test, (int)wire_es(w)->snd.urgent, 0);
}

/* A second urgent byte before the first was read: the first is lost to MSG_OOB */
static void urgent_twice(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|URG seq 1 ack 1 len 3 up 3");
	wire_in(w, "ACK|URG seq 4 ack 1 len 3 up 3");
	KUNIT_EXPECT_EQ(test, read_urgent(w, 0), (int)wire_byte(5));
	/* an old pointer is no news */
	wire_in(w, "ACK|URG seq 4 ack 1 len 6 up 2");
	KUNIT_EXPECT_LT(test, read_urgent(w, 0), 0);
}

static void urgent_inline(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	sock_set_flag(w->sk, SOCK_URGINLINE);
	wire_in(w, "ACK|URG seq 1 ack 1 len 5 up 3");
	KUNIT_EXPECT_EQ(test, read_urgent(w, 0), -EINVAL);
	/* up to the mark, then on from it, with nothing left out */
	wire_read(w, 2);
	wire_read(w, 3);
}

static struct kunit_case urgent_cases[] = {
	KUNIT_CASE(urgent_receive),
	KUNIT_CASE(urgent_announced),
	KUNIT_CASE(urgent_send),
	KUNIT_CASE(urgent_pointer_moves),
	KUNIT_CASE(urgent_twice),
	KUNIT_CASE(urgent_inline),
	{}
};

struct kunit_suite etp_urgent_suite = {
	.name = "etp_urgent",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = urgent_cases,
};
