// SPDX-License-Identifier: GPL-2.0
/* The front doors: which socket() calls there are, and what they lead to. */
#include "suites.h"
#include "../net/etp/internal.h"

static int make(int family, int type, int protocol, struct socket **sock)
{
	return sock_create_kern(&init_net, family, type, protocol, sock);
}

static void family_protocols(struct kunit *test)
{
	static const struct {
		int	family;
		int	protocol;
		int	expect;		/* family of the inside, or an errno */
	} doors[] = {
		{ AF_INET, IPPROTO_ETP, AF_INET },
		{ AF_INET6, IPPROTO_ETP, AF_INET6 },
		{ AF_ETP, 0, AF_INET },
		{ AF_ETP, 4, AF_INET },
		{ AF_ETP, IPPROTO_ETP, AF_INET },
		{ AF_ETP, 6, AF_INET6 },
		{ AF_ETP, 17, -EPROTONOSUPPORT },
	};
	struct socket *sock;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(doors); i++) {
		int family = doors[i].family == AF_ETP ? etp_family : doors[i].family;
		int err = make(family, SOCK_STREAM, doors[i].protocol, &sock);

		if (err) {
			KUNIT_EXPECT_EQ_MSG(test, err, doors[i].expect, "door %u", i);
			continue;
		}
		KUNIT_EXPECT_EQ_MSG(test, (int)sock->sk->sk_family, doors[i].expect,
				    "door %u", i);
		KUNIT_EXPECT_EQ(test, sock->ops->family, doors[i].expect);
		KUNIT_EXPECT_EQ(test, (int)sock->sk->sk_protocol, IPPROTO_ETP);
		KUNIT_EXPECT_PTR_EQ(test, sock->sk->sk_socket, sock);
		KUNIT_EXPECT_PTR_EQ(test, sock->sk->sk_prot,
				    doors[i].expect == AF_INET ? &etp_prot : &etp6_prot);
		sock_release(sock);
	}
}

static void family_types(struct kunit *test)
{
	struct socket *sock;

	KUNIT_EXPECT_EQ(test, make(etp_family, SOCK_DGRAM, 0, &sock),
			-ESOCKTNOSUPPORT);
	KUNIT_EXPECT_EQ(test, make(etp_family, SOCK_SEQPACKET, 6, &sock),
			-ESOCKTNOSUPPORT);
	KUNIT_EXPECT_LT(test, make(AF_INET, SOCK_DGRAM, IPPROTO_ETP, &sock), 0);
}

/* A socket counts while it lives. */
static void family_count(struct kunit *test)
{
	s64 before = percpu_counter_sum(&etp_sockets_allocated);
	struct socket *sock;

	KUNIT_ASSERT_EQ(test, 0, make(etp_family, SOCK_STREAM, 6, &sock));
	KUNIT_EXPECT_EQ(test, percpu_counter_sum(&etp_sockets_allocated), before + 1);
	sock_release(sock);
	KUNIT_EXPECT_EQ(test, percpu_counter_sum(&etp_sockets_allocated), before);
}

static struct kunit_case family_cases[] = {
	KUNIT_CASE(family_protocols),
	KUNIT_CASE(family_types),
	KUNIT_CASE(family_count),
	{}
};

struct kunit_suite etp_family_suite = {
	.name = "etp_family",
	.test_cases = family_cases,
};
