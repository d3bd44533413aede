// SPDX-License-Identifier: GPL-2.0
/* Socket options: ranges, rounding and errors as TCP has them, and ETP_INFO. */
#include "harness.h"
#include "suites.h"
#include "user.h"
#include <linux/uaccess.h>
#include <net/ip.h>

static int sockopt_suite_init(struct kunit_suite *suite)
{
	return user_attach();
}

static void sockopt_suite_exit(struct kunit_suite *suite)
{
	user_detach();
}

/* The length stands in the page's first word, the value behind it. */
static int get_at(struct sock *sk, int level, int name, void *to, int *len)
{
	int __user *ulen = user_begin();
	char __user *uval = (char __user *)(ulen + 2);
	int err;

	err = put_user(*len, ulen);
	if (!err)
		err = etp_getsockopt(sk, level, name, uval, ulen);
	if (!err && (get_user(*len, ulen) || copy_from_user(to, uval, *len)))
		err = -EFAULT;
	user_end();
	return err;
}

static int get(struct wire *w, int name)
{
	struct socket *sock = w->sock ?: w->listener;
	int value = 0x55555555, len = sizeof(value);
	int err = get_at(sock->sk, SOL_ETP, name, &value, &len);

	KUNIT_EXPECT_TRUE(w->test, err || len == sizeof(value));
	return err ?: value;
}

static int set(struct wire *w, int name, int value)
{
	struct socket *sock = w->sock ?: w->listener;

	return etp_setsockopt(sock->sk, SOL_ETP, name, KERNEL_SOCKPTR(&value),
			      sizeof(value));
}

/* What is set is what is got, at the edges of the range; beyond, EINVAL. */
struct limits {
	int	name;
	int	initial;
	int	min;
	int	max;
};

static void sockopt_ranges(struct kunit *test)
{
	const struct limits ranges[] = {
		{ ETP_KEEPIDLE, 7200, 1, 32767 },
		{ ETP_KEEPINTVL, 75, 1, 32767 },
		{ ETP_KEEPCNT, 9, 1, 127 },
		{ ETP_SYNCNT, etp_net(&init_net)->syn_retries, 1, 127 },
		{ ETP_MAXSEG, 536, 88, 32767 },
		{ ETP_USER_TIMEOUT, 0, 0, INT_MAX },
	};
	struct wire *w = test->priv;
	unsigned int i;

	wire_listen(w);
	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		const struct limits *r = &ranges[i];

		KUNIT_EXPECT_EQ_MSG(test, get(w, r->name), r->initial, "option %d",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, set(w, r->name, r->min), 0, "option %d",
				    r->name);
		KUNIT_EXPECT_EQ_MSG(test, get(w, r->name), r->min, "option %d",
				    r->name);
		KUNIT_EXPECT_EQ(test, set(w, r->name, r->max), 0);
		KUNIT_EXPECT_EQ(test, get(w, r->name), r->max);
		if (r->min && r->name != ETP_MAXSEG)
			KUNIT_EXPECT_EQ(test, set(w, r->name, r->min - 1), -EINVAL);
		if (r->max < INT_MAX)
			KUNIT_EXPECT_EQ(test, set(w, r->name, r->max + 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, set(w, r->name, -1), -EINVAL);
		KUNIT_EXPECT_EQ(test, get(w, r->name), r->max);
	}
	KUNIT_EXPECT_EQ(test, set(w, ETP_MAXSEG, 87), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(w, ETP_MAXSEG, 0), 0);
}

static void sockopt_switches(struct kunit *test)
{
	static const int names[] = { ETP_NODELAY, ETP_CORK };
	struct wire *w = test->priv;
	unsigned int i;

	wire_open_passive(w, "mss 1460");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ(test, get(w, names[i]), 0);
		KUNIT_EXPECT_EQ(test, set(w, names[i], 42), 0);
		KUNIT_EXPECT_EQ(test, get(w, names[i]), 1);
		KUNIT_EXPECT_EQ(test, set(w, names[i], 0), 0);
		KUNIT_EXPECT_EQ(test, get(w, names[i]), 0);
	}
	wire_out_nothing(w);
}

/* Lifting the cork sends what it held; with ETP_NODELAY even a short segment
 * behind another.
 */
static void sockopt_cork(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	set(w, ETP_CORK, 1);
	wire_write(w, 100);
	wire_out_nothing(w);
	set(w, ETP_CORK, 0);
	wire_out(w, "ACK|PSH seq 1 len 100");
	set(w, ETP_CORK, 1);
	wire_write(w, 50);
	set(w, ETP_CORK, 0);
	wire_out_nothing(w);	/* Nagle: 100 bytes are in flight */
	set(w, ETP_NODELAY, 1);
	wire_out(w, "ACK|PSH seq 101 len 50");
	set(w, ETP_CORK, 1);
	wire_write(w, 50);
	wire_out_nothing(w);
	set(w, ETP_CORK, 0);
	wire_out(w, "ACK|PSH seq 151 len 50");
}

/* Seconds that last as long as so many SYN|ACKs */
static void sockopt_defer_accept(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	KUNIT_EXPECT_EQ(test, get(w, ETP_DEFER_ACCEPT), 0);
	set(w, ETP_DEFER_ACCEPT, 1);
	KUNIT_EXPECT_EQ(test, get(w, ETP_DEFER_ACCEPT), 1);
	set(w, ETP_DEFER_ACCEPT, 2);
	KUNIT_EXPECT_EQ(test, get(w, ETP_DEFER_ACCEPT), 3);
	set(w, ETP_DEFER_ACCEPT, 10);
	KUNIT_EXPECT_EQ(test, get(w, ETP_DEFER_ACCEPT), 15);
	set(w, ETP_DEFER_ACCEPT, 200);
	KUNIT_EXPECT_EQ(test, get(w, ETP_DEFER_ACCEPT), 247);
	set(w, ETP_DEFER_ACCEPT, -5);
	KUNIT_EXPECT_EQ(test, get(w, ETP_DEFER_ACCEPT), 0);
}

static void sockopt_linger2(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	KUNIT_EXPECT_EQ(test, get(w, ETP_LINGER2), 60);
	set(w, ETP_LINGER2, 7);
	KUNIT_EXPECT_EQ(test, get(w, ETP_LINGER2), 7);
	set(w, ETP_LINGER2, 1000);
	KUNIT_EXPECT_EQ(test, get(w, ETP_LINGER2), 120);
	set(w, ETP_LINGER2, -7);
	KUNIT_EXPECT_EQ(test, get(w, ETP_LINGER2), -1);
}

static void sockopt_window_clamp(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_EQ(test, set(w, ETP_WINDOW_CLAMP, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(w, ETP_WINDOW_CLAMP, 1), 0);
	KUNIT_EXPECT_EQ(test, get(w, ETP_WINDOW_CLAMP), SOCK_MIN_RCVBUF / 2);
	KUNIT_EXPECT_EQ(test, set(w, ETP_WINDOW_CLAMP, 20000), 0);
	KUNIT_EXPECT_EQ(test, wire_es(w)->rcv.wnd_clamp, 20000U);
	/* kernel TCP takes it, too: no limit, rather than a window shut for good */
	KUNIT_EXPECT_EQ(test, set(w, ETP_WINDOW_CLAMP, -1), 0);
	lock_sock(w->sk);
	KUNIT_EXPECT_GT(test, etp_rwnd_select(w->sk), 20000U);
	release_sock(w->sk);
}

/* Setting it sends the ACK that waits. */
static void sockopt_quickack(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_es(w)->rcv.quick = 0;
	set(w, ETP_QUICKACK, 0);
	KUNIT_EXPECT_EQ(test, get(w, ETP_QUICKACK), 0);
	wire_in(w, "ACK seq 1 ack 1 len 10");
	wire_out_nothing(w);
	set(w, ETP_QUICKACK, 1);
	wire_out(w, "ACK seq 1 ack 11");
	KUNIT_EXPECT_EQ(test, get(w, ETP_QUICKACK), 1);
	/* an even value: this one ACK, then delays again */
	set(w, ETP_QUICKACK, 0);
	wire_in(w, "ACK seq 11 ack 1 len 10");
	wire_out_nothing(w);
	set(w, ETP_QUICKACK, 2);
	wire_out(w, "ACK seq 1 ack 21");
	KUNIT_EXPECT_EQ(test, get(w, ETP_QUICKACK), 0);
}

/* A shorter idle time takes effect at once. */
static void sockopt_keepidle(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	etp_set_keepalive(w->sk, 1);
	sock_set_flag(w->sk, SOCK_KEEPOPEN);
	wire_due(w, WIRE_KEEP, 7200 * HZ);
	set(w, ETP_KEEPIDLE, 10);
	wire_due(w, WIRE_KEEP, 10 * HZ);
	etp_set_keepalive(w->sk, 0);
	KUNIT_EXPECT_FALSE(test, wire_armed(w, WIRE_KEEP));
}

static void sockopt_congestion(struct kunit *test)
{
	struct wire *w = test->priv;
	char name[ETP_CA_NAME_MAX + 1] = {}, *sink = "nonsense";
	int len = sizeof(name);

	wire_open_passive(w, "mss 1460");
	KUNIT_ASSERT_EQ(test, get_at(w->sk, SOL_ETP, ETP_CONGESTION, name, &len), 0);
	KUNIT_EXPECT_EQ(test, len, ETP_CA_NAME_MAX);
	KUNIT_EXPECT_STREQ(test, name, "reno");
	KUNIT_EXPECT_EQ(test, etp_setsockopt(w->sk, SOL_ETP, ETP_CONGESTION,
					     KERNEL_SOCKPTR(sink), 8), -ENOENT);
	KUNIT_EXPECT_EQ(test, etp_setsockopt(w->sk, SOL_ETP, ETP_CONGESTION,
					     KERNEL_SOCKPTR("reno"), 4), 0);
	KUNIT_EXPECT_EQ(test, etp_setsockopt(w->sk, SOL_ETP, ETP_CONGESTION,
					     KERNEL_SOCKPTR("reno"), 0), -EINVAL);
	/* no more than there is room for */
	len = 2;
	memset(name, 0, sizeof(name));
	KUNIT_EXPECT_EQ(test, get_at(w->sk, SOL_ETP, ETP_CONGESTION, name, &len), 0);
	KUNIT_EXPECT_EQ(test, len, 2);
	KUNIT_EXPECT_STREQ(test, name, "re");
}

/* Both of our levels, others' levels, lengths that are none */
static void sockopt_levels(struct kunit *test)
{
	struct wire *w = test->priv;
	int value = 1, len = sizeof(value);
	struct sock *sk;

	wire_open_passive(w, "mss 1460");
	sk = w->sk;
	KUNIT_EXPECT_EQ(test, etp_setsockopt(sk, SOL_TCP, ETP_NODELAY,
					     KERNEL_SOCKPTR(&value), 4), 0);
	KUNIT_EXPECT_EQ(test, get(w, ETP_NODELAY), 1);
	KUNIT_EXPECT_EQ(test, etp_setsockopt(sk, SOL_ETP, ETP_NODELAY,
					     KERNEL_SOCKPTR(&value), 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, set(w, 9999, 1), -ENOPROTOOPT);
	KUNIT_EXPECT_EQ(test, get(w, 9999), -ENOPROTOOPT);
	len = -1;
	KUNIT_EXPECT_EQ(test, get_at(sk, SOL_ETP, ETP_NODELAY, &value, &len), -EINVAL);
	value = 77;
	KUNIT_EXPECT_EQ(test, etp_setsockopt(sk, SOL_IP, IP_TTL,
					     KERNEL_SOCKPTR(&value), 4), 0);
	value = 0;
	len = sizeof(value);
	KUNIT_EXPECT_EQ(test, get_at(sk, SOL_IP, IP_TTL, &value, &len), 0);
	KUNIT_EXPECT_EQ(test, value, 77);
	/* a program without memory at all */
	KUNIT_EXPECT_EQ(test, etp_getsockopt(sk, SOL_ETP, ETP_NODELAY,
					     (char __user *)1, (int __user *)1),
			-EFAULT);
}

static void sockopt_notsent(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	KUNIT_EXPECT_EQ(test, set(w, ETP_NOTSENT_LOWAT, 12345), 0);
	KUNIT_EXPECT_EQ(test, get(w, ETP_NOTSENT_LOWAT), 12345);
}

static void sockopt_maxseg_connected(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1000");
	KUNIT_EXPECT_EQ(test, get(w, ETP_MAXSEG), 1000);
}

static void get_info(struct wire *w, struct etp_info *info)
{
	int len = sizeof(*info);

	KUNIT_ASSERT_EQ(w->test, get_at(w->sk, SOL_ETP, ETP_INFO, info, &len), 0);
	KUNIT_EXPECT_EQ(w->test, len, (int)sizeof(*info));
}

static void sockopt_info(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_info *info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, info);
	wire_open_passive(w, "mss 1460 sackok ts 1 wscale 7");
	wire_write(w, 3000);
	wire_forget(w);
	wire_in(w, "ACK seq 1 ack 1001 len 500 ts 2");
	wire_in(w, "ACK seq 2001 ack 1001 len 100 ts 3");
	get_info(w, info);
	KUNIT_EXPECT_EQ(test, info->etpi_state, TCP_ESTABLISHED);
	KUNIT_EXPECT_EQ(test, info->etpi_options, ETPI_OPT_TIMESTAMPS | ETPI_OPT_SACK |
			ETPI_OPT_WSCALE);
	KUNIT_EXPECT_EQ(test, (int)info->etpi_snd_wscale, 7);
	KUNIT_EXPECT_EQ(test, info->etpi_snd_mss, 1448U);
	KUNIT_EXPECT_EQ(test, info->etpi_pmtu, WIRE_MTU);
	KUNIT_EXPECT_EQ(test, info->etpi_unacked, 2U);
	KUNIT_EXPECT_EQ(test, info->etpi_bytes_acked, 1000ULL);
	KUNIT_EXPECT_EQ(test, info->etpi_bytes_sent, 3000ULL);
	KUNIT_EXPECT_EQ(test, info->etpi_bytes_received, 500ULL);
	KUNIT_EXPECT_EQ(test, info->etpi_rcv_ooopack, 1U);
	KUNIT_EXPECT_EQ(test, info->etpi_data_segs_in, 2U);
	KUNIT_EXPECT_EQ(test, info->etpi_data_segs_out, 3U);
	KUNIT_EXPECT_GE(test, info->etpi_snd_cwnd, 10U);
	KUNIT_EXPECT_GE(test, info->etpi_rto, 200000U);
	KUNIT_EXPECT_GT(test, info->etpi_rcv_space, 0U);
}

static void sockopt_info_listener(struct kunit *test)
{
	struct wire *w = test->priv;
	struct etp_info *info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);
	int len = 8;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, info);
	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_forget(w);
	etp_get_info(w->listener->sk, info);
	KUNIT_EXPECT_EQ(test, info->etpi_state, TCP_LISTEN);
	KUNIT_EXPECT_EQ(test, info->etpi_unacked, 1U);
	KUNIT_EXPECT_EQ(test, info->etpi_sacked, 8U);
	/* an old program with a shorter structure */
	KUNIT_EXPECT_EQ(test, get_at(w->listener->sk, SOL_ETP, ETP_INFO, info, &len), 0);
	KUNIT_EXPECT_EQ(test, len, 8);
}

static struct kunit_case sockopt_cases[] = {
	KUNIT_CASE(sockopt_ranges),
	KUNIT_CASE(sockopt_switches),
	KUNIT_CASE(sockopt_cork),
	KUNIT_CASE(sockopt_defer_accept),
	KUNIT_CASE(sockopt_linger2),
	KUNIT_CASE(sockopt_window_clamp),
	KUNIT_CASE(sockopt_quickack),
	KUNIT_CASE(sockopt_keepidle),
	KUNIT_CASE(sockopt_congestion),
	KUNIT_CASE(sockopt_levels),
	KUNIT_CASE(sockopt_notsent),
	KUNIT_CASE(sockopt_maxseg_connected),
	KUNIT_CASE(sockopt_info),
	KUNIT_CASE(sockopt_info_listener),
	{}
};

struct kunit_suite etp_sockopt_suite = {
	.name = "etp_sockopt",
	.suite_init = sockopt_suite_init,
	.suite_exit = sockopt_suite_exit,
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = sockopt_cases,
};
