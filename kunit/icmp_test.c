// SPDX-License-Identifier: GPL-2.0
/* ICMP errors: which count, and what they may do (RFC 5461, 5927, 1191). */
#include "harness.h"
#include "suites.h"

static int icmp_rcv(struct wire *w, const struct etp_icmp *error)
{
	struct etp_key key;
	int ret;

	wire_key(w, &key);
	local_bh_disable();
	rcu_read_lock();
	ret = etp_icmp_rcv(&init_net, &key, 0, error);
	rcu_read_unlock();
	local_bh_enable();
	return ret;
}

static int icmp(struct wire *w, u32 seq, int err, bool hard, u32 mtu)
{
	const struct etp_icmp error = {
		.seq = w->iss + seq, .err = err, .hard = hard, .mtu = mtu,
	};

	return icmp_rcv(w, &error);
}

/* RFC 5927 section 4.1: about something that is in flight */
static void icmp_acceptable(struct kunit *test)
{
	const struct etp_snd snd = { .una = 0xfffffff0, .nxt = 0x100 };

	KUNIT_EXPECT_TRUE(test, etp_icmp_acceptable(&snd, 0xfffffff0));
	KUNIT_EXPECT_TRUE(test, etp_icmp_acceptable(&snd, 0));
	KUNIT_EXPECT_TRUE(test, etp_icmp_acceptable(&snd, 0x100));
	KUNIT_EXPECT_FALSE(test, etp_icmp_acceptable(&snd, 0x101));
	KUNIT_EXPECT_FALSE(test, etp_icmp_acceptable(&snd, 0xffffffef));
	KUNIT_EXPECT_FALSE(test, etp_icmp_acceptable(&snd, 0x80000000));
}

static void icmp_unknown(struct kunit *test)
{
	struct wire *w = test->priv;

	w->lport = 9;
	KUNIT_EXPECT_EQ(test, icmp(w, 0, EHOSTUNREACH, true, 0), -ENOENT);
}

/* With net.etp.rfc5461 an attempt to connect ends with the first error. */
static void icmp_connecting(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_net *en = etp_net(&init_net);
	unsigned long ignored = wire_count(OutOfWindowIcmps);

	en->rfc5461 = 1;
	wire_connect(w);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, icmp(w, 77, EHOSTUNREACH, false, 0), 0);
	wire_state(w, TCP_SYN_SENT);
	KUNIT_EXPECT_EQ(test, wire_count(OutOfWindowIcmps), ignored + 1);
	KUNIT_EXPECT_EQ(test, icmp(w, 0, EHOSTUNREACH, false, 0), 0);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, EHOSTUNREACH);
	en->rfc5461 = 0;
}

/* Without it, by a hard one: MUST-56 in SYN-SENT, too */
static void icmp_connecting_on(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_connect(w);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, icmp(w, 0, EHOSTUNREACH, false, 0), 0);
	wire_state(w, TCP_SYN_SENT);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, 0);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err_soft, EHOSTUNREACH);
	wire_fire(w, WIRE_RTX);
	wire_out(w, "SYN seq 0 mss 1460 sackok ts 0 wscale 7");
	KUNIT_EXPECT_EQ(test, icmp(w, 0, ECONNREFUSED, true, 0), 0);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, ECONNREFUSED);
}

/* Nobody has to report what this host knows itself: the neighbour does not answer. */
static void icmp_local(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_icmp error = { .err = EHOSTUNREACH, .local = true };

	wire_connect(w);
	wire_forget(w);
	error.seq = w->iss;
	KUNIT_EXPECT_EQ(test, icmp_rcv(w, &error), 0);
	wire_state(w, TCP_CLOSE);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, EHOSTUNREACH);
}

/* One that is set up survives, MUST-56; the error is kept in case it dies. */
static void icmp_established(struct kunit *test)
{
	struct wire *w = test->priv;
	int i;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 100);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, icmp(w, 1, EHOSTUNREACH, true, 0), 0);
	wire_state(w, TCP_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, 0);
	wire_in(w, "ACK seq 1 ack 101");
	wire_state(w, TCP_ESTABLISHED);
	/* nobody answers any more: now it says why */
	wire_write(w, 100);
	icmp(w, 101, EHOSTUNREACH, true, 0);
	for (i = 0; i < 20 && w->sk->sk_state == TCP_ESTABLISHED; i++)
		wire_fire(w, WIRE_RTX);
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, w->sk->sk_err, EHOSTUNREACH);
}

/* A half-open connection is dropped by a hard error about our SYN|ACK. */
static void icmp_request(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, icmp(w, 1, ECONNREFUSED, true, 0), 0);
	wire_state(w, TCP_SYN_RECV);
	/* MUST-56 */
	KUNIT_EXPECT_EQ(test, icmp(w, 0, EHOSTUNREACH, false, 0), 0);
	wire_state(w, TCP_SYN_RECV);
	KUNIT_EXPECT_EQ(test, icmp(w, 0, ECONNREFUSED, true, 0), 0);
	wire_state(w, TCP_CLOSE);
}

/* RFC 1191: smaller segments, and what was too large goes again at once */
static void icmp_path_mtu(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, 2 * WIRE_MSS);
	wire_out_data(w, 1, 2921, WIRE_MSS);
	/* not about what is in flight */
	icmp(w, 5000, 0, false, 1040);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.mss, WIRE_MSS);
	icmp(w, 1, 0, false, 1040);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.mss, 1000);
	wire_out_data(w, 1, 2921, 1000);
	wire_out_nothing(w);
	/* larger than what we know already: no news */
	icmp(w, 1, 0, false, 1400);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.mss, 1000);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 2921");
	KUNIT_EXPECT_EQ(test, w->sk->sk_wmem_queued, 0);
	w->route->mtu = WIRE_MTU;
}

/* The same while the program is inside: release_sock() makes up for it. */
static void icmp_path_mtu_deferred(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_write(w, WIRE_MSS);
	wire_forget(w);
	lock_sock(w->sk);
	icmp(w, 1, 0, false, 1040);
	wire_out_nothing(w);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.mss, WIRE_MSS);
	release_sock(w->sk);
	KUNIT_EXPECT_EQ(test, wire_es(w)->snd.mss, 1000);
	wire_out_data(w, 1, 1461, 1000);
}

static struct kunit_case icmp_cases[] = {
	KUNIT_CASE(icmp_acceptable),
	KUNIT_CASE(icmp_unknown),
	KUNIT_CASE(icmp_connecting),
	KUNIT_CASE(icmp_connecting_on),
	KUNIT_CASE(icmp_local),
	KUNIT_CASE(icmp_established),
	KUNIT_CASE(icmp_request),
	KUNIT_CASE(icmp_path_mtu),
	KUNIT_CASE(icmp_path_mtu_deferred),
	{}
};

struct kunit_suite etp_icmp_suite = {
	.name = "etp_icmp",
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = icmp_cases,
};
