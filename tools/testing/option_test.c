// SPDX-License-Identifier: GPL-2.0
/* Socket options: ETP's at both of its levels, and those of the layers around. */
#include <poll.h>
#include <string.h>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "common.h"

WAYS()


/* The levels at which the protocol under test answers. */
static int levels(int level[2])
{
	level[0] = IPPROTO_TCP;
	level[1] = SOL_ETP;
	return on_tcp() ? 1 : 2;
}

#define FOR_EACH_LEVEL(level)						\
	for (int __l[2], __n = levels(__l), __i = 0, level = __l[0];	\
	     __i < __n; level = __l[++__i & 1])

static const struct int_option {
	const char *name;
	int opt;
	int set, err, get;
} int_option[] = {
	{ "NODELAY", ETP_NODELAY, 1, 0, 1 },
	{ "NODELAY", ETP_NODELAY, 77, 0, 1 },
	{ "NODELAY", ETP_NODELAY, 0, 0, 0 },
	{ "CORK", ETP_CORK, 1, 0, 1 },
	{ "CORK", ETP_CORK, 0, 0, 0 },
	{ "KEEPIDLE", ETP_KEEPIDLE, 17, 0, 17 },
	{ "KEEPIDLE", ETP_KEEPIDLE, 0, -EINVAL, 17 },
	{ "KEEPIDLE", ETP_KEEPIDLE, 32767, 0, 32767 },
	{ "KEEPIDLE", ETP_KEEPIDLE, 32768, -EINVAL, 32767 },
	{ "KEEPINTVL", ETP_KEEPINTVL, 3, 0, 3 },
	{ "KEEPINTVL", ETP_KEEPINTVL, 0, -EINVAL, 3 },
	{ "KEEPINTVL", ETP_KEEPINTVL, 32768, -EINVAL, 3 },
	{ "KEEPCNT", ETP_KEEPCNT, 127, 0, 127 },
	{ "KEEPCNT", ETP_KEEPCNT, 128, -EINVAL, 127 },
	{ "KEEPCNT", ETP_KEEPCNT, 0, -EINVAL, 127 },
	{ "SYNCNT", ETP_SYNCNT, 127, 0, 127 },
	{ "SYNCNT", ETP_SYNCNT, 128, -EINVAL, 127 },
	{ "SYNCNT", ETP_SYNCNT, 0, -EINVAL, 127 },
	{ "SYNCNT", ETP_SYNCNT, 1, 0, 1 },
	{ "LINGER2", ETP_LINGER2, 33, 0, 33 },
	{ "LINGER2", ETP_LINGER2, -9, 0, -1 },
	{ "USER_TIMEOUT", ETP_USER_TIMEOUT, 12345, 0, 12345 },
	{ "USER_TIMEOUT", ETP_USER_TIMEOUT, -1, -EINVAL, 12345 },
	{ "USER_TIMEOUT", ETP_USER_TIMEOUT, 0, 0, 0 },
	{ "WINDOW_CLAMP", ETP_WINDOW_CLAMP, 60000, 0, 60000 },
	{ "NOTSENT_LOWAT", ETP_NOTSENT_LOWAT, 4096, 0, 4096 },
	/* Kept as a number of time-outs of 1, 2, 4... seconds. */
	{ "DEFER_ACCEPT", ETP_DEFER_ACCEPT, 5, 0, 7 },
	{ "DEFER_ACCEPT", ETP_DEFER_ACCEPT, 0, 0, 0 },
	{ "MAXSEG", ETP_MAXSEG, 700, 0, 700 },
	{ "MAXSEG", ETP_MAXSEG, 87, -EINVAL, 700 },
	{ "MAXSEG", ETP_MAXSEG, 32768, -EINVAL, 700 },
	{ "MAXSEG", ETP_MAXSEG, -1, -EINVAL, 700 },
};

WAY_TEST(integers)
{
	const struct int_option *o;
	int fd;

	FOR_EACH_LEVEL(level) {
		fd = way_socket(way, 0);
		ASSERT_LE(0, fd);
		for (o = int_option; o < int_option + ARRAY_SIZE(int_option); o++) {
			EXPECT_EQ(o->err, set_int(fd, level, o->opt, o->set))
				TH_LOG("%s = %d, level %d", o->name, o->set, level);
			EXPECT_EQ(o->get, get_int(fd, level, o->opt))
				TH_LOG("%s = %d, level %d", o->name, o->set, level);
		}
		close(fd);
	}
}

WAY_TEST(one_option_has_two_levels)
{
	int fd = way_socket(way, 0);

	if (on_tcp())
		SKIP(return, "TCP has one level");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_int(fd, IPPROTO_TCP, ETP_KEEPIDLE, 99));
	EXPECT_EQ(99, get_int(fd, SOL_ETP, ETP_KEEPIDLE));
	EXPECT_EQ(0, set_int(fd, SOL_ETP, ETP_KEEPIDLE, 98));
	EXPECT_EQ(98, get_int(fd, IPPROTO_TCP, ETP_KEEPIDLE));
}

WAY_TEST(defaults)
{
	static const struct {
		int opt, value;
	} def[] = {
		{ ETP_NODELAY, 0 },
		{ ETP_CORK, 0 },
		{ ETP_KEEPIDLE, 7200 },
		{ ETP_KEEPINTVL, 75 },
		{ ETP_KEEPCNT, 9 },
		{ ETP_LINGER2, 60 },
		{ ETP_DEFER_ACCEPT, 0 },
		{ ETP_USER_TIMEOUT, 0 },
		{ ETP_QUICKACK, 1 },
		{ ETP_MAXSEG, 536 },
	};
	int i, fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(def); i++)
		EXPECT_EQ(def[i].value, get_int(fd, test_level(), def[i].opt))
			TH_LOG("option %d", def[i].opt);
	/* RFC 9293 MUST-23: three minutes at least, of which TCP stops short */
	EXPECT_EQ(on_tcp() ? 6 : 7, get_int(fd, test_level(), ETP_SYNCNT));
}

WAY_TEST(unknown_ones)
{
	static const int unknown[] = { 0, 99, 200, 1000, 0x7fffffff, -1 };
	static const int strange[] = { 77, IPPROTO_UDP, IPPROTO_SCTP, -1 };
	int i, fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	FOR_EACH_LEVEL(level) {
		for (i = 0; i < ARRAY_SIZE(unknown); i++) {
			EXPECT_EQ(-ENOPROTOOPT, set_int(fd, level, unknown[i], 1))
				TH_LOG("option %d, level %d", unknown[i], level);
			EXPECT_EQ(-ENOPROTOOPT, get_int(fd, level, unknown[i]))
				TH_LOG("option %d, level %d", unknown[i], level);
		}
		/* Read only. */
		EXPECT_EQ(-ENOPROTOOPT, set_int(fd, level, ETP_INFO, 1));
	}
	for (i = 0; i < ARRAY_SIZE(strange); i++) {
		EXPECT_EQ(-ENOPROTOOPT, set_int(fd, strange[i], ETP_NODELAY, 1))
			TH_LOG("level %d", strange[i]);
		/* IPv4 and IPv6 have their own words for it. */
		EXPECT_EQ(way->af == AF_INET ? -EOPNOTSUPP : -ENOPROTOOPT,
			  get_int(fd, strange[i], ETP_NODELAY))
			TH_LOG("level %d", strange[i]);
	}
	EXPECT_EQ(0, get_int(fd, test_level(), ETP_NODELAY));
}

WAY_TEST(bad_lengths_and_pointers)
{
	int one = 1, fd = way_socket(way, 0);
	socklen_t len;
	char few[8];

	ASSERT_LE(0, fd);
	FOR_EACH_LEVEL(level) {
		EXPECT_EQ(-EINVAL, ERR(setsockopt(fd, level, ETP_NODELAY, &one, 0)));
		EXPECT_EQ(-EINVAL, ERR(setsockopt(fd, level, ETP_NODELAY, &one, 3)));
		EXPECT_EQ(-EINVAL, ERR(setsockopt(fd, level, ETP_NODELAY, &one, -1)));
		EXPECT_EQ(-EFAULT, ERR(setsockopt(fd, level, ETP_NODELAY, BAD, 4)));
		EXPECT_EQ(-EFAULT, ERR(setsockopt(fd, level, ETP_NODELAY, NULL, 4)));
		EXPECT_EQ(0, get_int(fd, level, ETP_NODELAY));
		/* More than an int is an int. */
		EXPECT_EQ(0, ERR(setsockopt(fd, level, ETP_NODELAY, (int[2]){ 1 }, 8)));
		EXPECT_EQ(1, get_int(fd, level, ETP_NODELAY));
		EXPECT_EQ(0, set_int(fd, level, ETP_NODELAY, 0));

		len = -1;
		EXPECT_EQ(-EINVAL, ERR(getsockopt(fd, level, ETP_NODELAY, &one, &len)));
		EXPECT_EQ(-EFAULT, ERR(getsockopt(fd, level, ETP_NODELAY, &one, BAD)));
		len = 4;
		EXPECT_EQ(-EFAULT, ERR(getsockopt(fd, level, ETP_NODELAY, BAD, &len)));
		memset(few, 0x5a, sizeof(few));
		ASSERT_EQ(0, set_int(fd, level, ETP_KEEPIDLE, 0x1234));
		len = 2;
		EXPECT_EQ(0, ERR(getsockopt(fd, level, ETP_KEEPIDLE, few, &len)));
		EXPECT_EQ(2, len);
		EXPECT_EQ(0, memcmp(few, "\x34\x12\x5a", 3));
		len = 8;
		EXPECT_EQ(0, ERR(getsockopt(fd, level, ETP_KEEPIDLE, few, &len)));
		EXPECT_EQ(4, len);
		len = 0;
		EXPECT_EQ(0, ERR(getsockopt(fd, level, ETP_KEEPIDLE, few, &len)));
		EXPECT_EQ(0, len);
	}
}

WAY_TEST(congestion)
{
	char name[ETP_CA_NAME_MAX + 4], first[ETP_CA_NAME_MAX];
	socklen_t len;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	FOR_EACH_LEVEL(level) {
		len = sizeof(first);
		EXPECT_EQ(0, ERR(getsockopt(fd[0], level, ETP_CONGESTION, first, &len)));
		EXPECT_EQ(ETP_CA_NAME_MAX, len);
		EXPECT_EQ(0, ERR(setsockopt(fd[0], level, ETP_CONGESTION, "reno", 4)));
		len = sizeof(name);
		EXPECT_EQ(0, ERR(getsockopt(fd[0], level, ETP_CONGESTION, name, &len)));
		EXPECT_EQ(ETP_CA_NAME_MAX, len);
		EXPECT_STREQ("reno", name);
		len = 3;
		memset(name, 0x5a, sizeof(name));
		EXPECT_EQ(0, ERR(getsockopt(fd[0], level, ETP_CONGESTION, name, &len)));
		EXPECT_EQ(3, len);
		EXPECT_EQ(0, memcmp(name, "ren\x5a", 4));

		EXPECT_EQ(-ENOENT, ERR(setsockopt(fd[0], level, ETP_CONGESTION, "nosuch", 6)));
		EXPECT_EQ(-ENOENT, ERR(setsockopt(fd[0], level, ETP_CONGESTION,
						  "a_name_that_is_much_too_long", 28)));
		EXPECT_EQ(-EINVAL, ERR(setsockopt(fd[0], level, ETP_CONGESTION, "", 0)));
		EXPECT_EQ(-EFAULT, ERR(setsockopt(fd[0], level, ETP_CONGESTION, BAD, 4)));
		len = sizeof(name);
		EXPECT_EQ(0, ERR(getsockopt(fd[0], level, ETP_CONGESTION, name, &len)));
		EXPECT_STREQ("reno", name);
	}
	/* The connection goes on. */
	EXPECT_EQ(4, write_all(fd[0], "data", 4));
	EXPECT_EQ(4, recv(fd[1], name, 4, MSG_WAITALL));
}

WAY_TEST(info_of_a_connection)
{
	static char buf[100000];
	struct etp_info info;
	socklen_t len;
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(sizeof(buf), write_all(fd[0], buf, sizeof(buf)));
	ASSERT_EQ(sizeof(buf), recv(fd[1], buf, sizeof(buf), MSG_WAITALL));
	FOR_EACH_LEVEL(level) {
		memset(&info, 0, sizeof(info));
		EXPECT_TRUE(WITHIN(SOON, ({
			len = sizeof(info);
			getsockopt(fd[0], level, ETP_INFO, &info, &len) == 0 &&
			!info.etpi_unacked;
		})));
		EXPECT_LE(offsetof(struct etp_info, etpi_rcv_ooopack), len);
		EXPECT_EQ(ETP_ESTABLISHED, info.etpi_state);
		EXPECT_EQ(ETP_CA_OPEN, info.etpi_ca_state);
		EXPECT_EQ(ETPI_OPT_TIMESTAMPS | ETPI_OPT_SACK | ETPI_OPT_WSCALE,
			  info.etpi_options & 7);
		EXPECT_TRUE(info.etpi_snd_wscale > 0);
		EXPECT_TRUE(info.etpi_snd_wscale == info.etpi_rcv_wscale);
		EXPECT_LE(200000, info.etpi_rto);
		EXPECT_GE(3000000, info.etpi_rto);
		EXPECT_LT(0, info.etpi_rtt);
		EXPECT_GT(2000000, info.etpi_rtt);
		EXPECT_LT(0, info.etpi_min_rtt);
		EXPECT_LE(1000, info.etpi_snd_mss);
		EXPECT_LE(info.etpi_snd_mss, info.etpi_pmtu);
		EXPECT_LE(1000, info.etpi_advmss);
		EXPECT_LE(10, info.etpi_snd_cwnd);
		EXPECT_EQ(0, info.etpi_retransmits);
		EXPECT_EQ(0, info.etpi_lost);
		EXPECT_EQ(0, info.etpi_notsent_bytes);
		/* The SYN counts as a byte that was acknowledged. */
		EXPECT_LE(sizeof(buf), info.etpi_bytes_acked);
		EXPECT_GE(sizeof(buf) + 1, info.etpi_bytes_acked);
		EXPECT_EQ(sizeof(buf), info.etpi_bytes_sent);
		EXPECT_EQ(0, info.etpi_bytes_retrans);
		EXPECT_LT(0, info.etpi_data_segs_out);
		EXPECT_LT(info.etpi_data_segs_out, info.etpi_segs_out);
		EXPECT_LT(0, info.etpi_segs_in);

		len = sizeof(info);
		ASSERT_EQ(0, getsockopt(fd[1], level, ETP_INFO, &info, &len));
		EXPECT_EQ(sizeof(buf), info.etpi_bytes_received);
		EXPECT_LT(0, info.etpi_data_segs_in);
		EXPECT_LT(0, info.etpi_rcv_space);
		EXPECT_LE(500, info.etpi_rcv_mss);
	}
}

WAY_TEST(info_is_cut_to_what_is_asked)
{
	struct etp_info info;
	int fd = way_socket(way, 0);
	socklen_t len, n;
	char *byte = (char *)&info;

	ASSERT_LE(0, fd);
	FOR_EACH_LEVEL(level) {
		for (n = 0; n < 108; n += 9) {
			memset(&info, 0x5a, sizeof(info));
			len = n;
			EXPECT_EQ(0, ERR(getsockopt(fd, level, ETP_INFO, &info, &len)));
			EXPECT_EQ(n, len);
			EXPECT_EQ(0x5a, byte[n]);
			if (n)
				EXPECT_EQ(ETP_CLOSE, info.etpi_state);
		}
		len = -1;
		EXPECT_EQ(-EINVAL, ERR(getsockopt(fd, level, ETP_INFO, &info, &len)));
		len = sizeof(info);
		EXPECT_EQ(-EFAULT, ERR(getsockopt(fd, level, ETP_INFO, BAD, &len)));
		EXPECT_EQ(-EFAULT, ERR(getsockopt(fd, level, ETP_INFO, &info, BAD)));
	}
}

WAY_TEST(info_of_a_listener_shows_its_queue)
{
	struct etp_info info = { };
	socklen_t len = sizeof(info);
	union addr addr;
	int i, lfd = way_listen(way, 5, &addr);

	ASSERT_LE(0, lfd);
	for (i = 0; i < 3; i++)
		ASSERT_LE(0, way_connect(way, &addr, 0));
	EXPECT_TRUE(WITHIN(SOON, ({
		getsockopt(lfd, test_level(), ETP_INFO, &info, &len);
		info.etpi_unacked == 3;
	})));
	EXPECT_EQ(ETP_LISTEN, info.etpi_state);
	EXPECT_EQ(3, info.etpi_unacked);
	EXPECT_EQ(5, info.etpi_sacked);
}

WAY_TEST(children_inherit)
{
	const int level = test_level();
	union addr addr;
	int lfd, afd;

	lfd = way_bind(way, &addr);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, set_int(lfd, level, ETP_NODELAY, 1));
	ASSERT_EQ(0, set_int(lfd, level, ETP_KEEPIDLE, 55));
	ASSERT_EQ(0, set_int(lfd, level, ETP_USER_TIMEOUT, 4321));
	ASSERT_EQ(0, set_int(lfd, SOL_SOCKET, SO_KEEPALIVE, 1));
	ASSERT_EQ(0, set_int(lfd, SOL_SOCKET, SO_RCVBUF, 50000));
	ASSERT_EQ(0, set_int(lfd, SOL_SOCKET, SO_SNDBUF, 40000));
	ASSERT_EQ(0, set_int(lfd, SOL_SOCKET, SO_PRIORITY, 3));
	ASSERT_EQ(0, listen(lfd, 1));
	ASSERT_LE(0, way_connect(way, &addr, 0));
	afd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, afd);
	EXPECT_EQ(1, get_int(afd, level, ETP_NODELAY));
	EXPECT_EQ(55, get_int(afd, level, ETP_KEEPIDLE));
	EXPECT_EQ(4321, get_int(afd, level, ETP_USER_TIMEOUT));
	EXPECT_EQ(1, get_int(afd, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(100000, get_int(afd, SOL_SOCKET, SO_RCVBUF));
	EXPECT_EQ(80000, get_int(afd, SOL_SOCKET, SO_SNDBUF));
}

WAY_TEST(maxseg_is_kept_by_both)
{
	struct etp_info info = { };
	socklen_t len = sizeof(info);
	const int level = test_level();
	static char buf[20000];
	union addr addr;
	int lfd, fd, afd;

	lfd = way_bind(way, &addr);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, set_int(lfd, level, ETP_MAXSEG, 600));
	ASSERT_EQ(0, listen(lfd, 1));
	fd = way_connect(way, &addr, 0);
	ASSERT_LE(0, fd);
	afd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, afd);
	/* Timestamps take their 12 bytes off. */
	EXPECT_EQ(588, get_int(fd, level, ETP_MAXSEG));
	ASSERT_EQ(sizeof(buf), write_all(fd, buf, sizeof(buf)));
	ASSERT_EQ(sizeof(buf), recv(afd, buf, sizeof(buf), MSG_WAITALL));
	ASSERT_EQ(0, getsockopt(fd, level, ETP_INFO, &info, &len));
	EXPECT_EQ(588, info.etpi_snd_mss);
	/* Counted in segments of the wire, though it travels by GSO. */
	EXPECT_LE(sizeof(buf) / 588, info.etpi_data_segs_out);
}

WAY_TEST(notsent_lowat_limits_what_waits)
{
	const int level = test_level();
	int fd[2], n;

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[0], SOL_SOCKET, SO_SNDBUF, 1000000));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 8192));
	ASSERT_EQ(0, set_int(fd[0], level, ETP_NOTSENT_LOWAT, 5000));
	while (revents(fd[0], POLLOUT, 50) == POLLOUT)
		ASSERT_EQ(1000, send(fd[0], (char[1000]){ }, 1000, MSG_DONTWAIT));
	ASSERT_EQ(0, ioctl(fd[0], SIOCOUTQNSD, &n));
	/* poll() is content while less than half of the limit waits. */
	EXPECT_LE(2500, n);
	EXPECT_GE(6000, n);
}

WAY_TEST(defer_accept_waits_for_data)
{
	union addr addr;
	int lfd, cfd, afd;
	char c;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, set_int(lfd, test_level(), ETP_DEFER_ACCEPT, 3));
	cfd = way_connect(way, &addr, 0);
	ASSERT_LE(0, cfd);
	EXPECT_EQ(0, revents(lfd, POLLIN, 50));
	ASSERT_EQ(1, write_all(cfd, "x", 1));
	EXPECT_EQ(POLLIN, revents(lfd, POLLIN, SOON));
	ASSERT_EQ(0, set_nonblock(lfd));
	afd = ERR(accept(lfd, NULL, NULL));
	ASSERT_LE(0, afd);
	EXPECT_EQ(1, ERR(recv(afd, &c, 1, MSG_DONTWAIT)));
}

WAY_TEST(quickack)
{
	const int level = test_level();
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(0, set_int(fd[0], level, ETP_QUICKACK, 0));
	EXPECT_EQ(0, get_int(fd[0], level, ETP_QUICKACK));
	EXPECT_EQ(0, set_int(fd[0], level, ETP_QUICKACK, 1));
	EXPECT_EQ(1, get_int(fd[0], level, ETP_QUICKACK));
}

WAY_TEST(options_of_ip)
{
	const bool six = way->af == AF_INET6;
	int fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, set_int(fd, IPPROTO_IP, IP_TOS, 0x10));
	EXPECT_EQ(0x10, get_int(fd, IPPROTO_IP, IP_TOS));
	EXPECT_EQ(0, set_int(fd, IPPROTO_IP, IP_TTL, 33));
	EXPECT_EQ(33, get_int(fd, IPPROTO_IP, IP_TTL));
	EXPECT_EQ(-EINVAL, set_int(fd, IPPROTO_IP, IP_TTL, 256));
	if (!six) {
		EXPECT_EQ(-ENOPROTOOPT, set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, 4));
		return;
	}
	EXPECT_EQ(0, set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x20));
	EXPECT_EQ(0x20, get_int(fd, IPPROTO_IPV6, IPV6_TCLASS));
	EXPECT_EQ(0, set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 44));
	EXPECT_EQ(44, get_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS));
	EXPECT_EQ(0, get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	EXPECT_EQ(0, set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	EXPECT_EQ(1, get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY));
}

WAY_TEST(ipv6_socket_of_an_ipv4_peer_becomes_ipv4)
{
	int fd[2];

	if (way->af != AF_INET6)
		SKIP(return, "IPv6 sockets only");
	ASSERT_EQ(0, way_pair(way, fd));
	/* IPV6_ADDRFORM: only a mapped connection can be turned, and IPv6 knows this
	 * trick for TCP and UDP alone.
	 */
	if (way != &way_mapped) {
		EXPECT_EQ(on_tcp() ? -EADDRNOTAVAIL : -ENOPROTOOPT,
			  set_int(fd[0], IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET));
		return;
	}
	EXPECT_EQ(on_tcp() ? 0 : -ENOPROTOOPT,
		  set_int(fd[0], IPPROTO_IPV6, IPV6_ADDRFORM, AF_INET));
	EXPECT_EQ(1, write_all(fd[0], "x", 1));
}

WAY_TEST(options_of_sockets)
{
	int fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(0, set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_EQ(1, get_int(fd, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(0, set_int(fd, SOL_SOCKET, SO_OOBINLINE, 1));
	EXPECT_EQ(1, get_int(fd, SOL_SOCKET, SO_OOBINLINE));
	EXPECT_EQ(0, set_int(fd, SOL_SOCKET, SO_MARK, 7));
	EXPECT_EQ(7, get_int(fd, SOL_SOCKET, SO_MARK));
	EXPECT_EQ(0, set_int(fd, SOL_SOCKET, SO_MAX_PACING_RATE, 1000000));
	EXPECT_EQ(1000000, get_int(fd, SOL_SOCKET, SO_MAX_PACING_RATE));
	EXPECT_EQ(0, ERR(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3)));
	EXPECT_EQ(-ENODEV, ERR(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "none0", 6)));
	EXPECT_EQ(-EDOM, ERR(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO,
					(long[]){ 1, 1000000 }, 16)));
}

WAY_TEST(oob_inline)
{
	char buf[8];
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	ASSERT_EQ(0, set_int(fd[1], SOL_SOCKET, SO_OOBINLINE, 1));
	ASSERT_EQ(3, send(fd[0], "abC", 3, MSG_OOB));
	EXPECT_EQ(POLLPRI, revents(fd[1], POLLPRI, SOON) & POLLPRI);
	EXPECT_EQ(-EINVAL, ERR(recv(fd[1], buf, 1, MSG_OOB)));
	EXPECT_EQ(2, recv(fd[1], buf, 8, 0));
	EXPECT_EQ(1, recv(fd[1], buf, 8, 0));
	EXPECT_EQ('C', buf[0]);
}

TEST_HARNESS_MAIN
