// SPDX-License-Identifier: GPL-2.0
/* Opening sockets, names and addresses. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "common.h"

WAYS()


TEST(doors)
{
	static const struct {
		int domain, type, protocol;	/* 0xff: the protocol under test */
		int err, err2;			/* one of the two */
	} door[] = {
		{ AF_INET, SOCK_STREAM, 0xff },
		{ AF_INET6, SOCK_STREAM, 0xff },
		{ AF_INET, SOCK_DGRAM, 0xff, -EPROTONOSUPPORT },
		{ AF_INET6, SOCK_DGRAM, 0xff, -EPROTONOSUPPORT },
		{ AF_INET, SOCK_SEQPACKET, 0xff, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT },
		{ AF_INET, SOCK_RDM, 0xff, -ESOCKTNOSUPPORT },
		{ AF_INET, 99, 0xff, -EINVAL },
		{ AF_INET, SOCK_STREAM, 252, -EPROTONOSUPPORT },
		{ AF_UNIX, SOCK_STREAM, 0xff, -EPROTONOSUPPORT },
	};
	int i, fd, proto;

	for (i = 0; i < ARRAY_SIZE(door); i++) {
		proto = door[i].protocol == 0xff ? test_proto() : door[i].protocol;
		fd = ERR(socket(door[i].domain, door[i].type, proto));
		if (!door[i].err) {
			EXPECT_LE(0, fd)
				TH_LOG("door %d", i);
		} else {
			EXPECT_TRUE(fd == door[i].err || fd == door[i].err2)
				TH_LOG("door %d: %d", i, fd);
		}
		if (fd >= 0)
			close(fd);
	}
}

TEST(family_doors)
{
	static const struct {
		int type, protocol;
		bool opens;
	} door[] = {
		{ SOCK_STREAM, 0, true },
		{ SOCK_STREAM, 4, true },
		{ SOCK_STREAM, 6, true },
		{ SOCK_STREAM, 1 },
		{ SOCK_STREAM, 5 },
		{ SOCK_STREAM, IPPROTO_UDP },
		{ SOCK_STREAM, 1 << 30 },
		{ SOCK_STREAM, -1 },
		{ SOCK_DGRAM, 0 },
		{ SOCK_DGRAM, 4 },
		{ SOCK_RAW, 0 },
		{ SOCK_RAW, 4 },
		{ SOCK_RAW, 6 },
		{ SOCK_SEQPACKET, 4 },
	};
	int i, fd;

	if (on_tcp())
		SKIP(return, "AF_ETP is not TCP's");
	for (i = 0; i < ARRAY_SIZE(door); i++) {
		fd = ERR(socket(AF_ETP, door[i].type, door[i].protocol));
		if (door[i].opens) {
			EXPECT_LE(0, fd)
				TH_LOG("door %d", i);
			close(fd);
			continue;
		}
		EXPECT_TRUE(fd == -EPROTONOSUPPORT || fd == -ESOCKTNOSUPPORT ||
			    fd == -EINVAL)
			TH_LOG("door %d: %d", i, fd);
		if (fd >= 0)
			close(fd);
	}
}

WAY_TEST(flags_are_kept)
{
	int fd = way_socket(way, SOCK_NONBLOCK | SOCK_CLOEXEC);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);

	fd = way_socket(way, 0);
	EXPECT_FALSE(fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_FALSE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

WAY_TEST(says_what_it_is)
{
	int fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(SOCK_STREAM, get_int(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(test_proto(), get_int(fd, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(way->af, get_int(fd, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ERROR));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd));
}

WAY_TEST(children_say_what_they_are)
{
	union addr addr;
	int lfd, cfd, fd;

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	EXPECT_EQ(1, get_int(lfd, SOL_SOCKET, SO_ACCEPTCONN));
	cfd = way_connect(way, &addr, 0);
	ASSERT_LE(0, cfd);
	fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(SOCK_STREAM, get_int(fd, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(test_proto(), get_int(fd, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(way->af, get_int(fd, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(0, get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

WAY_TEST(bind_refuses_bad_addresses)
{
	union addr addr, strange;
	socklen_t len = way_loopback(way, 0, &addr);
	int fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, ERR(bind(fd, &addr.sa, 0)));
	EXPECT_EQ(-EINVAL, ERR(bind(fd, &addr.sa, 2)));
	/* An IPv6 address may lack its scope, as it did in RFC 2133. */
	EXPECT_EQ(-EINVAL, ERR(bind(fd, &addr.sa, way->af == AF_INET ? len - 1 :
				    offsetof(struct sockaddr_in6, sin6_scope_id) - 1)));
	EXPECT_EQ(-EINVAL, ERR(bind(fd, &addr.sa, -1)));
	EXPECT_EQ(-EINVAL, ERR(bind(fd, &addr.sa, 100000)));
	EXPECT_EQ(-EFAULT, ERR(bind(fd, BAD, len)));

	strange = addr;
	strange.sa.sa_family = AF_UNIX;
	EXPECT_EQ(-EAFNOSUPPORT, ERR(bind(fd, &strange.sa, len)));
	strange.sa.sa_family = way->af == AF_INET ? AF_INET6 : AF_INET;
	EXPECT_EQ(-EAFNOSUPPORT, ERR(bind(fd, &strange.sa, sizeof(strange.in6))));

	way_addr(way, way->af == AF_INET ? "192.0.2.77" : "2001:db8::77", 0, &strange);
	EXPECT_EQ(-EADDRNOTAVAIL, ERR(bind(fd, &strange.sa, len)));

	/* None of these took hold. */
	EXPECT_EQ(0, local_port(fd));
	EXPECT_EQ(0, ERR(bind(fd, &addr.sa, len)));
	EXPECT_NE(0, local_port(fd));
	EXPECT_EQ(-EINVAL, ERR(bind(fd, &addr.sa, len)));
}

WAY_TEST(privileged_ports)
{
	union addr addr;
	socklen_t len = way_loopback(way, 80, &addr);
	int fd = way_socket(way, 0);
	int other = way_socket(way, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ERR(bind(fd, &addr.sa, len)));
	close(fd);
	ASSERT_EQ(0, seteuid(65534));
	EXPECT_EQ(-EACCES, ERR(bind(other, &addr.sa, len)));
	ASSERT_EQ(0, seteuid(0));
}

WAY_TEST(connect_refuses_bad_addresses)
{
	union addr addr, strange;
	socklen_t len = way_loopback(way, 9, &addr);
	int fd = way_socket(way, 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, ERR(connect(fd, &addr.sa, 0)));
	EXPECT_EQ(-EINVAL, ERR(connect(fd, &addr.sa, 1)));
	EXPECT_EQ(-EINVAL, ERR(connect(fd, &addr.sa, way->af == AF_INET ? len - 1 :
				       offsetof(struct sockaddr_in6, sin6_scope_id) - 1)));
	EXPECT_EQ(-EINVAL, ERR(connect(fd, &addr.sa, -1)));
	EXPECT_EQ(-EFAULT, ERR(connect(fd, BAD, len)));
	strange = addr;
	strange.sa.sa_family = AF_UNIX;
	EXPECT_EQ(-EAFNOSUPPORT, ERR(connect(fd, &strange.sa, len)));
	EXPECT_EQ(ETP_CLOSE, sock_state(fd));

	/* AF_UNSPEC asks to disconnect, which a closed socket does at once. */
	strange.sa.sa_family = AF_UNSPEC;
	EXPECT_EQ(0, ERR(connect(fd, &strange.sa, len)));
	EXPECT_EQ(-ENOTCONN, ERR(getpeername(fd, &strange.sa, &len)));
}

WAY_TEST(accept_refuses_bad_pointers)
{
	union addr addr, peer;
	socklen_t len = sizeof(peer);
	int lfd, fd;

	lfd = way_listen(way, 4, &addr);
	ASSERT_LE(0, lfd);
	ASSERT_LE(0, way_connect(way, &addr, 0));
	EXPECT_EQ(-EFAULT, ERR(accept(lfd, &peer.sa, BAD)));
	ASSERT_LE(0, way_connect(way, &addr, 0));
	EXPECT_EQ(-EFAULT, ERR(accept(lfd, BAD, &len)));
	ASSERT_LE(0, way_connect(way, &addr, 0));
	len = -1;
	EXPECT_EQ(-EINVAL, ERR(accept(lfd, &peer.sa, &len)));

	/* A short buffer takes what fits and learns how long the name is. */
	ASSERT_LE(0, way_connect(way, &addr, 0));
	memset(&peer, 0xff, sizeof(peer));
	len = 2;
	fd = ERR(accept(lfd, &peer.sa, &len));
	ASSERT_LE(0, fd);
	EXPECT_EQ(addr_len(&addr), len);
	EXPECT_EQ(way->af, peer.sa.sa_family);
	EXPECT_EQ(0xffff, peer.in.sin_port);
}

WAY_TEST(names_of_each_state)
{
	union addr any, addr, name, peer;
	int fd, lfd, cfd, afd;
	socklen_t len;

	/* Neither bound nor connected: the unspecified address, port 0. */
	fd = way_socket(way, 0);
	ASSERT_LE(0, fd);
	way_addr(way, way->af == AF_INET ? "0.0.0.0" : "::", 0, &any);
	len = sizeof(name);
	ASSERT_EQ(0, getsockname(fd, &name.sa, &len));
	EXPECT_EQ(addr_len(&any), len);
	EXPECT_EQ(0, memcmp(&name, &any, len));
	EXPECT_EQ(-ENOTCONN, ERR(getpeername(fd, &name.sa, &len)));

	lfd = way_listen(way, 1, &addr);
	ASSERT_LE(0, lfd);
	EXPECT_NE(0, addr_port(&addr));
	EXPECT_EQ(-ENOTCONN, ERR(getpeername(lfd, &name.sa, &len)));

	cfd = way_connect(way, &addr, 0);
	ASSERT_LE(0, cfd);
	len = sizeof(peer);
	ASSERT_EQ(0, getpeername(cfd, &peer.sa, &len));
	EXPECT_EQ(addr_len(&addr), len);
	EXPECT_EQ(0, memcmp(&peer, &addr, len));

	len = sizeof(peer);
	afd = accept(lfd, &peer.sa, &len);
	ASSERT_LE(0, afd);
	len = sizeof(name);
	ASSERT_EQ(0, getsockname(cfd, &name.sa, &len));
	EXPECT_EQ(0, memcmp(&name, &peer, len));
	ASSERT_EQ(0, getsockname(afd, &name.sa, &len));
	EXPECT_EQ(0, memcmp(&name, &addr, len));
	ASSERT_EQ(0, getpeername(afd, &name.sa, &len));
	EXPECT_EQ(0, memcmp(&name, &peer, len));

	/* The peer's name is known as long as the connection is. */
	close(cfd);
	ASSERT_EQ(0, read(afd, &name, 1));
	len = sizeof(name);
	EXPECT_EQ(0, getpeername(afd, &name.sa, &len));
	EXPECT_EQ(0, memcmp(&name, &peer, len));
	ASSERT_EQ(0, shutdown(afd, SHUT_WR));
	EXPECT_TRUE(WITHIN(SOON, sock_state(afd) == ETP_CLOSE));
	EXPECT_EQ(-ENOTCONN, ERR(getpeername(afd, &name.sa, &len)));
}

WAY_TEST(names_refuse_bad_pointers)
{
	union addr addr;
	socklen_t len = sizeof(addr);
	int fd[2];

	ASSERT_EQ(0, way_pair(way, fd));
	EXPECT_EQ(-EFAULT, ERR(getsockname(fd[0], BAD, &len)));
	EXPECT_EQ(-EFAULT, ERR(getsockname(fd[0], &addr.sa, BAD)));
	EXPECT_EQ(-EFAULT, ERR(getpeername(fd[0], BAD, &len)));
	len = -1;
	EXPECT_EQ(-EINVAL, ERR(getpeername(fd[0], &addr.sa, &len)));
	len = 0;
	EXPECT_EQ(0, ERR(getpeername(fd[0], &addr.sa, &len)));
	EXPECT_EQ(way->af == AF_INET ? sizeof(addr.in) : sizeof(addr.in6), len);
}

WAY_TEST(ports_conflict)
{
	union addr addr, any, other;
	int fd = way_bind(way, &addr);
	socklen_t len = addr_len(&addr);
	int fd2;

	ASSERT_LE(0, fd);
	fd2 = way_socket(way, 0);
	EXPECT_EQ(-EADDRINUSE, ERR(bind(fd2, &addr.sa, len)));
	way_addr(way, way->any, addr_port(&addr), &any);
	EXPECT_EQ(-EADDRINUSE, ERR(bind(fd2, &any.sa, len)));

	/* Another local address has ports of its own. */
	if (way->af == AF_INET) {
		way_addr(way, "127.0.0.2", addr_port(&addr), &other);
		EXPECT_EQ(0, ERR(bind(fd2, &other.sa, len)));
		close(fd2);
		fd2 = way_socket(way, 0);
	}

	/* Free again when it closes. */
	close(fd);
	EXPECT_EQ(0, ERR(bind(fd2, &any.sa, len)));
	fd = way_socket(way, 0);
	EXPECT_EQ(-EADDRINUSE, ERR(bind(fd, &addr.sa, len)));
}

WAY_TEST(bound_ports_may_be_shared_by_reuseaddr_until_one_listens)
{
	union addr addr;
	socklen_t len;
	int fd, fd2;

	fd = way_socket(way, 0);
	fd2 = way_socket(way, 0);
	ASSERT_LE(0, fd2);
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(fd2, SOL_SOCKET, SO_REUSEADDR, 1);
	len = way_loopback(way, 0, &addr);
	ASSERT_EQ(0, bind(fd, &addr.sa, len));
	ASSERT_EQ(0, getsockname(fd, &addr.sa, &len));
	EXPECT_EQ(0, ERR(bind(fd2, &addr.sa, len)));
	EXPECT_EQ(0, ERR(listen(fd, 1)));
	EXPECT_EQ(-EADDRINUSE, ERR(listen(fd2, 1)));
	close(fd2);

	fd2 = way_socket(way, 0);
	set_int(fd2, SOL_SOCKET, SO_REUSEADDR, 1);
	EXPECT_EQ(-EADDRINUSE, ERR(bind(fd2, &addr.sa, len)));
}

WAY_TEST(reuseport_shares_a_listening_port)
{
	bool seen[2] = { };
	union addr addr;
	int fd[2], i, fd2;
	socklen_t len;

	len = way_loopback(way, 0, &addr);
	for (i = 0; i < 2; i++) {
		fd[i] = way_socket(way, SOCK_NONBLOCK);
		ASSERT_LE(0, fd[i]);
		ASSERT_EQ(0, set_int(fd[i], SOL_SOCKET, SO_REUSEPORT, 1));
		ASSERT_EQ(0, ERR(bind(fd[i], &addr.sa, len)));
		ASSERT_EQ(0, getsockname(fd[i], &addr.sa, &len));
		ASSERT_EQ(0, ERR(listen(fd[i], 64)));
	}
	fd2 = way_socket(way, 0);
	EXPECT_EQ(-EADDRINUSE, ERR(bind(fd2, &addr.sa, len)));

	for (i = 0; i < 64 && !(seen[0] && seen[1]); i++) {
		ASSERT_LE(0, way_connect(way, &addr, 0));
		if (accept(fd[0], NULL, NULL) >= 0)
			seen[0] = true;
		else if (accept(fd[1], NULL, NULL) >= 0)
			seen[1] = true;
	}
	EXPECT_TRUE(seen[0]);
	EXPECT_TRUE(seen[1]);
}

WAY_TEST(ephemeral_ports_differ_and_stay_in_range)
{
	static const char range[] = "40000 40063";
	bool seen[64] = { };
	union addr addr;
	int i, fd, sys;

	sys = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY);
	ASSERT_LE(0, sys);
	ASSERT_LT(0, write(sys, range, sizeof(range) - 1));
	for (i = 0; i < 24; i++) {
		fd = way_bind(way, &addr);
		ASSERT_LE(0, fd);
		ASSERT_LE(40000, addr_port(&addr));
		ASSERT_GE(40063, addr_port(&addr));
		EXPECT_FALSE(seen[addr_port(&addr) - 40000]);
		seen[addr_port(&addr) - 40000] = true;
	}
	ASSERT_EQ(11, pwrite(sys, "32768 60999", 11, 0));
}

WAY_TEST(ephemeral_ports_run_out)
{
	static const char range[] = "40000 40003";
	int i, fd, sys, err = 0;
	union addr to;
	int lfd;

	lfd = way_listen(way, 16, &to);
	ASSERT_LE(0, lfd);
	sys = open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY);
	ASSERT_LE(0, sys);
	ASSERT_LT(0, write(sys, range, sizeof(range) - 1));
	for (i = 0; i < 8 && !err; i++) {
		fd = way_connect(way, &to, 0);
		err = fd < 0 ? fd : 0;
	}
	EXPECT_EQ(-EADDRNOTAVAIL, err);
	EXPECT_EQ(5, i);
	ASSERT_EQ(11, pwrite(sys, "32768 60999", 11, 0));
}

WAY_TEST(time_wait_keeps_the_port_unless_reuseaddr)
{
	int lfd, cfd, afd, fd;
	union addr addr;
	char c;

	lfd = way_bind(way, &addr);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, set_int(lfd, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, listen(lfd, 1));
	cfd = way_connect(way, &addr, 0);
	ASSERT_LE(0, cfd);
	afd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, afd);
	close(lfd);
	close(afd);		/* the server closes first: TIME_WAIT is its own */
	ASSERT_EQ(0, read(cfd, &c, 1));
	fd = local_port(cfd);
	close(cfd);
	EXPECT_TRUE(WITHIN(SOON, proc_state(way, addr_port(&addr), fd) == ETP_TIME_WAIT));

	fd = way_socket(way, 0);
	EXPECT_EQ(-EADDRINUSE, ERR(bind(fd, &addr.sa, addr_len(&addr))));
	ASSERT_EQ(0, set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(0, ERR(bind(fd, &addr.sa, addr_len(&addr))));
	EXPECT_EQ(0, ERR(listen(fd, 1)));

	/* Both were willing; and the newcomer takes connections. */
	EXPECT_LE(0, way_connect(way, &addr, 0));
}

TEST(v6only)
{
	union addr any, four;
	int fd, fd4, cfd;
	socklen_t len;

	/* A dual-stack listener owns the IPv4 port and takes its connections. */
	fd = way_socket(&way_ipv6, 0);
	ASSERT_LE(0, fd);
	len = way_addr(&way_ipv6, "::", 0, &any);
	ASSERT_EQ(0, bind(fd, &any.sa, len));
	ASSERT_EQ(0, getsockname(fd, &any.sa, &len));
	ASSERT_EQ(0, listen(fd, 4));
	fd4 = way_socket(&way_ipv4, 0);
	len = way_addr(&way_ipv4, "0.0.0.0", addr_port(&any), &four);
	EXPECT_EQ(-EADDRINUSE, ERR(bind(fd4, &four.sa, len)));
	way_loopback(&way_ipv4, addr_port(&any), &four);
	cfd = way_connect(&way_ipv4, &four, 0);
	EXPECT_LE(0, cfd);
	len = sizeof(any);
	EXPECT_LE(0, accept(fd, &any.sa, &len));
	EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&any.in6.sin6_addr));
	close(fd);

	/* With IPV6_V6ONLY it leaves IPv4 alone. */
	fd = way_socket(&way_ipv6, 0);
	ASSERT_EQ(0, set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	len = way_addr(&way_ipv6, "::", 0, &any);
	ASSERT_EQ(0, bind(fd, &any.sa, len));
	ASSERT_EQ(0, getsockname(fd, &any.sa, &len));
	ASSERT_EQ(0, listen(fd, 4));
	way_loopback(&way_ipv4, addr_port(&any), &four);
	EXPECT_EQ(-ECONNREFUSED, way_connect(&way_ipv4, &four, 0));
	len = way_addr(&way_ipv4, "0.0.0.0", addr_port(&any), &four);
	EXPECT_EQ(0, ERR(bind(fd4, &four.sa, len)));
	way_loopback(&way_mapped, addr_port(&any), &any);
	cfd = way_socket(&way_ipv6, 0);
	ASSERT_EQ(0, set_int(cfd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	EXPECT_EQ(-ENETUNREACH, ERR(connect(cfd, &any.sa, addr_len(&any))));
}

TEST_HARNESS_MAIN
