/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two sockets joined by the loopback device: what the address families do cannot
 * be seen with a family that captures.
 *
 * The device is brought up if it is down.  Addresses are those that every machine
 * has; nothing leaves it.
 */
#ifndef _ETP_KUNIT_LOOP_H
#define _ETP_KUNIT_LOOP_H

#include <kunit/test.h>
#include <linux/in.h>
#include <linux/in6.h>
#include "../net/etp/internal.h"

union loop_addr {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

/**
 * struct loop - a connection of this machine with itself
 * @test: the test
 * @listener: bound to the address, its port chosen by the system
 * @client: connected
 * @server: accepted
 * @addr: of the listener
 * @len: of @addr
 */
struct loop {
	struct kunit	*test;
	struct socket	*listener;
	struct socket	*client;
	struct socket	*server;
	union loop_addr	addr;
	int		len;
};

/* For struct kunit_suite; the loop is test->priv. */
int loop_init(struct kunit *test);
void loop_exit(struct kunit *test);

int loop_address(union loop_addr *addr, const char *host, u16 port);
struct socket *loop_socket(struct kunit *test, int family);
void loop_listen(struct loop *l, int family, const char *host);
int loop_connect(struct loop *l, struct socket *sock);
void loop_open(struct loop *l, int family, const char *host);
void loop_transfer(struct loop *l, struct socket *from, struct socket *to, u32 len);
void loop_refused(struct loop *l, int family, const char *host);

struct sk_buff *loop_packet(struct kunit *test, const struct in6_addr *to, u8 protocol,
			    const void *payload, unsigned int len);
void loop_deliver(struct kunit *test, struct sk_buff *skb);
void loop_bad_segments(struct kunit *test, const struct in6_addr *host);

#endif /* _ETP_KUNIT_LOOP_H */
