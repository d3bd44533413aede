// SPDX-License-Identifier: GPL-2.0
/*
 * What IP brings and takes: its options, source routes and errors, RFC 9293
 * sections 3.9.1.1 and 3.9.2.
 * The test is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>

#include "kselftest_harness.h"
#include "wire_fixture.h"

#define HOP1	0xc000020bU	/* 192.0.2.11 */
#define HOP2	0xc000020cU
#define PEER	0xc0000202U	/* PEER4 */
#define HOST	0xc0000201U	/* HOST4 */

/* Options that say nothing to a transport; kind 158 is nobody's */
TEST_F(wire, ip_options_are_ignored)
{
	static const uint8_t four[] = {
		IPOPT_NOP, 158, 6, 1, 2, 3, 4, IPOPT_NOP,
		IPOPT_RA, 4, 0, 0,
		IPOPT_TIMESTAMP, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		IPOPT_RR, 7, 4, 0, 0, 0, 0, IPOPT_EOL,
	};
	/* two that are to be skipped by whoever does not know them */
	static const uint8_t six[] = { 0, 1, 0x1e, 4, 1, 2, 3, 4,
				       0x1e, 6, 5, 6, 7, 8, 9, 10 };
	const void *opt = variant->af == AF_INET ? four : six;
	const uint8_t len = variant->af == AF_INET ? sizeof(four) : sizeof(six);
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd = listener(&self->w, &port);

	ASSERT_LE(0, lfd);
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460),
	     .ipopt = opt, .ipoptlen = len);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	c.p.seq++;
	c.p.ack = s.seq + 1;
	SEND(&c.p, .flags = ACK, .ipopt = opt, .ipoptlen = len);
	c.fd = accept(lfd, NULL, NULL);
	ASSERT_LE(0, c.fd);
	SEND(&c.p, .flags = ACK, .data = text, .len = 10, .ipopt = opt,
	     .ipoptlen = len);
	EXPECT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(c.p.seq + 10, s.ack);
	EXPECT_TRUE(read_is(c.fd, text, 10));
	drop(c.fd);
}

/* Source routes are for who asks for them. */
static int let_source_routes_in(void)
{
	static const char *const names[] = { "all", "wire0" };
	char path[80];
	int i, fd;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path),
			 "/proc/sys/net/ipv4/conf/%s/accept_source_route", names[i]);
		fd = open(path, O_WRONLY);
		if (fd < 0 || write(fd, "1", 1) != 1)
			return -errno;
		close(fd);
	}
	return 0;
}

static bool goes_by(const struct seen *s, uint32_t first, const uint32_t *rest, int n)
{
	int i;

	if (s->dst4 != first || s->ipoptlen < 3 + 4 * n || s->ipopt[0] != IPOPT_LSRR ||
	    s->ipopt[1] != 3 + 4 * n || s->ipopt[2] != 4)
		return false;
	for (i = 0; i < n; i++)
		if (get32(s->ipopt + 3 + 4 * i) != rest[i])
			return false;
	return true;
}

/* What the program wants counts more than what a segment came by. */
TEST_F(wire, source_route_of_connect)
{
	uint8_t route[] = { IPOPT_LSRR, 7, 4, 0, 0, 0, 0, IPOPT_EOL };
	uint8_t other[] = { IPOPT_LSRR, 7, 8, 0, 0, 0, 0, IPOPT_EOL };
	const uint32_t rest[] = { PEER };
	union addr addr;
	struct seen s;
	struct conn c;
	socklen_t len;

	if (variant->af == AF_INET6)
		SKIP(return, "RFC 5095 took source routes from IPv6");
	ASSERT_EQ(0, let_source_routes_in());
	peer_init(&c.p, &self->w, 0);
	len = wire_addr(&self->w, false, c.p.port, &addr);
	c.fd = way_socket(wire_way(&self->w), SOCK_NONBLOCK);
	put32(route + 3, HOP1);
	ASSERT_EQ(0, setsockopt(c.fd, IPPROTO_IP, IP_OPTIONS, route, 7));
	EXPECT_EQ(-EINPROGRESS, ERR(connect(c.fd, &addr.sa, len)));
	do {
		ASSERT_TRUE(wire_next(&self->w, &s, SOON));
	} while (s.dport != c.p.port);
	EXPECT_EQ(SYN, s.flags);
	EXPECT_TRUE(goes_by(&s, HOP1, rest, 1));
	c.p.host_port = s.sport;
	c.p.ack = s.seq + 1;
	put32(other + 3, HOP2);
	SEND(&c.p, .flags = SYN | ACK, .opt = mss1460, .optlen = sizeof(mss1460),
	     .ipopt = other, .ipoptlen = sizeof(other));
	c.p.seq++;
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_TRUE(goes_by(&s, HOP1, rest, 1));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(5, s.len);
	EXPECT_TRUE(goes_by(&s, HOP1, rest, 1));
	drop(c.fd);
}

/* The way back is the way in, from the SYN|ACK on. */
TEST_F(wire, source_route_is_returned)
{
	uint8_t came_by[] = { IPOPT_LSRR, 11, 12, 0, 0, 0, 0, 0, 0, 0, 0, IPOPT_EOL };
	const uint32_t rest[] = { HOP1, PEER };
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd;

	if (variant->af == AF_INET6)
		SKIP(return, "RFC 5095 took source routes from IPv6");
	ASSERT_EQ(0, let_source_routes_in());
	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	put32(came_by + 3, HOP1);
	put32(came_by + 7, HOP2);
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460),
	     .ipopt = came_by, .ipoptlen = sizeof(came_by));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_TRUE(goes_by(&s, HOP2, rest, 2));
	c.p.seq++;
	c.p.ack = s.seq + 1;
	SEND(&c.p, .flags = ACK);
	ASSERT_TRUE(WITHIN(SOON, (c.fd = accept(lfd, NULL, NULL)) >= 0));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(5, s.len);
	EXPECT_TRUE(goes_by(&s, HOP2, rest, 2));
	drop(c.fd);
}

/* Source Quench, RFC 6633: as if it had not come */
TEST_F(wire, source_quench_is_ignored)
{
	struct seen s;
	struct conn c;

	if (variant->af == AF_INET6)
		SKIP(return, "ICMPv6 has none");
	ASSERT_EQ(0, opening(&self->w, &c, &s));
	wire_icmp(&self->w, ICMP_SOURCE_QUENCH, 0, 0,
		  &(struct seg){ .sport = s.sport, .dport = s.dport, .seq = s.seq,
				 .flags = SYN });
	EXPECT_EQ(ETP_SYN_SENT, sock_state(c.fd));
	EXPECT_EQ(0, sock_error(c.fd));
	drop(c.fd);

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	wire_icmp(&self->w, ICMP_SOURCE_QUENCH, 0, 0,
		  &(struct seg){ .sport = s.sport, .dport = s.dport, .seq = s.seq,
				 .flags = ACK });
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_EQ(0, sock_error(c.fd));
	drop(c.fd);
}

/* Soft errors of RFC 9293 section 3.9.2.2 */
static const int soft4[][2] = {
	{ ICMP_DEST_UNREACH, ICMP_NET_UNREACH },
	{ ICMP_DEST_UNREACH, ICMP_HOST_UNREACH },
	{ ICMP_DEST_UNREACH, ICMP_SR_FAILED },
	{ ICMP_TIME_EXCEEDED, ICMP_EXC_TTL },
	/* of which IPv4 tells nobody */
	{ ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME },
	{ ICMP_PARAMETERPROB, 0 },
}, soft6[][2] = {
	{ ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE },
	{ ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR },
	{ ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT },
	{ ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_REASSEMBLY },
	{ ICMP6_PARAM_PROB, ICMP6_PARAMPROB_HEADER },
	{ ICMP6_PARAM_PROB, ICMP6_PARAMPROB_OPTION },
};

/* One of them, about a segment that was seen.  Returns whether a program is told. */
static bool soft_error(struct wire *w, int i, const struct seen *s)
{
	const int *error = w->af == AF_INET ? soft4[i] : soft6[i];

	wire_icmp(w, error[0], error[1], 0,
		  &(struct seg){ .sport = s->sport, .dport = s->dport, .seq = s->seq,
				 .flags = s->flags });
	return error != soft4[4];
}

/* Each of them is told to who asks, and the connection goes on. */
TEST_F(wire, soft_errors_end_no_connection)
{
	struct seen s;
	struct conn c;
	bool told;
	int i;

	ASSERT_EQ(0, passive(&self->w, &c));
	for (i = 0; i < ARRAY_SIZE(soft4); i++) {
		ASSERT_EQ(5, send(c.fd, text, 5, 0));
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
		told = soft_error(&self->w, i, &s);
		EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
		EXPECT_EQ(told, !!sock_error(c.fd))
			TH_LOG("error %d", i);
		c.p.ack += 5;
		SEND(&c.p, .flags = ACK, .data = text, .len = 3);
		c.p.seq += 3;
		EXPECT_TRUE(WITHIN(SOON, recv(c.fd, (char[3]){}, 3, MSG_DONTWAIT) == 3));
		peer_answers(&c.p, &s, 1);
	}
	drop(c.fd);
}

/* MUST-56 for a connection that is yet to be */
TEST_F(wire, soft_errors_end_no_attempt)
{
	struct seen s;
	struct conn c;
	uint16_t port;
	bool told;
	int i, lfd;

	if (on_tcp())
		SKIP(return, "kernel TCP ends both");
	ASSERT_EQ(0, opening(&self->w, &c, &s));
	for (i = 0; i < ARRAY_SIZE(soft4); i++) {
		told = soft_error(&self->w, i, &s);
		EXPECT_EQ(ETP_SYN_SENT, sock_state(c.fd));
		EXPECT_EQ(told, !!sock_error(c.fd))
			TH_LOG("error %d", i);
	}
	c.p.ack = s.seq + 1;
	SEND(&c.p, .flags = SYN | ACK, .opt = mss1460, .optlen = sizeof(mss1460));
	ASSERT_TRUE(WITHIN(SOON, sock_state(c.fd) == ETP_ESTABLISHED));
	drop(c.fd);

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460));
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	for (i = 0; i < ARRAY_SIZE(soft4); i++)
		soft_error(&self->w, i, &s);
	c.p.seq++;
	c.p.ack = s.seq + 1;
	SEND(&c.p, .flags = ACK);
	ASSERT_TRUE(WITHIN(SOON, (c.fd = accept(lfd, NULL, NULL)) >= 0));
	drop(c.fd);
}

/* MAY-10 and MAY-11: what a program asks of IP is in each segment, filled in. */
TEST_F(wire, route_and_time_are_recorded)
{
	static const uint8_t ask[] = {
		IPOPT_RR, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0,
		IPOPT_TIMESTAMP, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, IPOPT_EOL,
	};
	union addr addr;
	struct seen s;
	struct conn c;
	socklen_t len;
	int i;

	if (variant->af == AF_INET6)
		SKIP(return, "IPv6 has no such options");
	peer_init(&c.p, &self->w, 0);
	len = wire_addr(&self->w, false, c.p.port, &addr);
	c.fd = way_socket(wire_way(&self->w), SOCK_NONBLOCK);
	ASSERT_EQ(0, setsockopt(c.fd, IPPROTO_IP, IP_OPTIONS, ask, sizeof(ask)));
	EXPECT_EQ(-EINPROGRESS, ERR(connect(c.fd, &addr.sa, len)));
	for (i = 0; i < 2; i++) {
		do {
			ASSERT_TRUE(wire_next(&self->w, &s, SOON));
		} while (s.dport != c.p.port);
		EXPECT_EQ(i ? ACK : SYN, s.flags);
		ASSERT_EQ(sizeof(ask), s.ipoptlen);
		EXPECT_EQ(IPOPT_RR, s.ipopt[0]);
		EXPECT_EQ(8, s.ipopt[2]);
		EXPECT_EQ(HOST, get32(s.ipopt + 3));
		EXPECT_EQ(IPOPT_TIMESTAMP, s.ipopt[11]);
		EXPECT_EQ(9, s.ipopt[13]);
		EXPECT_NE(0, get32(s.ipopt + 15));
		if (i)
			break;
		c.p.host_port = s.sport;
		c.p.ack = s.seq + 1;
		SEND(&c.p, .flags = SYN | ACK, .opt = mss1460, .optlen = sizeof(mss1460));
		c.p.seq++;
	}
	drop(c.fd);
}

/* What recvmsg(MSG_ERRQUEUE) tells of an ICMP error. */
struct told {
	struct sock_extended_err ee;
	union addr offender, name;
	uint8_t data[64];
	int flags;
};

static int read_errors(int fd, struct told *told)
{
	char control[256];
	struct iovec iov = { told->data, sizeof(told->data) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_name = &told->name,
		.msg_namelen = sizeof(told->name), .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int n;

	memset(told, 0, sizeof(*told));
	n = ERR(recvmsg(fd, &msg, MSG_ERRQUEUE));
	told->flags = msg.msg_flags;
	for (c = CMSG_FIRSTHDR(&msg); n >= 0 && c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err *ee = (void *)CMSG_DATA(c);

		told->ee = *ee;
		memcpy(&told->offender, SO_EE_OFFENDER(ee),
		       c->cmsg_len - CMSG_LEN(sizeof(*ee)));
	}
	return n;
}

/* IP_RECVERR: an attempt's error is there to be read, with the segment it is about. */
TEST_F(wire, errors_of_an_attempt_are_queued)
{
	const bool six = variant->af == AF_INET6;
	const int level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	const int option = six ? IPV6_RECVERR : IP_RECVERR;
	struct told told;
	struct seen s;
	struct conn c;
	int ask;

	/* of soft errors, as this is one, TCP always thinks that they end it */
	set_sysctl("rfc5461", "1");
	for (ask = 0; ask < 2; ask++) {
		ASSERT_EQ(0, opening(&self->w, &c, &s));
		ASSERT_EQ(0, set_int(c.fd, level, option, ask));
		EXPECT_EQ(-EAGAIN, read_errors(c.fd, &told));
		wire_icmp(&self->w, six ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH,
			  six ? ICMP6_DST_UNREACH_ADDR : ICMP_HOST_UNREACH, 0,
			  &(struct seg){ .sport = s.sport, .dport = s.dport,
					 .seq = s.seq, .flags = SYN });
		EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
		EXPECT_TRUE(revents(c.fd, POLLOUT, 0) & POLLERR);
		if (six && !ask) {
			EXPECT_EQ(-EAGAIN, read_errors(c.fd, &told));
			EXPECT_EQ(EHOSTUNREACH, sock_error(c.fd));
			close(c.fd);
			continue;
		}
		EXPECT_EQ(20, read_errors(c.fd, &told));
		EXPECT_EQ(MSG_ERRQUEUE, told.flags);
		EXPECT_EQ(EHOSTUNREACH, told.ee.ee_errno);
		EXPECT_EQ(six ? SO_EE_ORIGIN_ICMP6 : SO_EE_ORIGIN_ICMP, told.ee.ee_origin);
		EXPECT_EQ(six ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH, told.ee.ee_type);
		EXPECT_EQ(six ? ICMP6_DST_UNREACH_ADDR : ICMP_HOST_UNREACH,
			  told.ee.ee_code);
		EXPECT_EQ(0, told.ee.ee_info);
		EXPECT_EQ(0, told.ee.ee_data);
		EXPECT_EQ(s.dport, addr_port(&told.name));
		EXPECT_EQ(variant->af, told.name.sa.sa_family);
		EXPECT_EQ(variant->af, told.offender.sa.sa_family);
		EXPECT_EQ(s.seq, get32(told.data + 4));
		/* who has read it knows of it: TCP takes back SO_ERROR then */
		EXPECT_EQ(-EAGAIN, read_errors(c.fd, &told));
		EXPECT_EQ(0, sock_error(c.fd));
		EXPECT_FALSE(revents(c.fd, POLLOUT, 0) & POLLERR);
		close(c.fd);
	}
	set_sysctl("rfc5461", "0");
}

/* And that of a connection is told at once, by SO_ERROR and poll() only. */
TEST_F(wire, errors_of_a_connection_are_told_at_once)
{
	const bool six = variant->af == AF_INET6;
	struct told told;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(0, set_int(c.fd, six ? IPPROTO_IPV6 : IPPROTO_IP,
			     six ? IPV6_RECVERR : IP_RECVERR, 1));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	wire_icmp(&self->w, six ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH,
		  six ? ICMP6_DST_UNREACH_ADDR : ICMP_HOST_UNREACH, 0,
		  &(struct seg){ .sport = s.sport, .dport = s.dport, .seq = s.seq,
				 .flags = ACK });
	EXPECT_EQ(POLLOUT | POLLERR, revents(c.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, read_errors(c.fd, &told));
	EXPECT_EQ(-EHOSTUNREACH, ERR(send(c.fd, text, 5, MSG_NOSIGNAL)));
	EXPECT_EQ(0, sock_error(c.fd));
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_EQ(5, send(c.fd, text, 5, MSG_NOSIGNAL));
	drop(c.fd);
}

/* In SYN-SENT or SYN-RECEIVED an attempt does not keep the port for itself. */
TEST_F(wire, listens_beside_an_attempt)
{
	struct conn c, d;
	union addr here, there;
	struct seen s;
	socklen_t len;
	int i, lfd;

	for (i = 0; i < 2; i++) {
		peer_init(&c.p, &self->w, 0);
		c.fd = way_socket(wire_way(&self->w), SOCK_NONBLOCK);
		ASSERT_EQ(0, set_int(c.fd, SOL_SOCKET, SO_REUSEADDR, 1));
		len = wire_addr(&self->w, true, 0, &here);
		ASSERT_EQ(0, bind(c.fd, &here.sa, len));
		wire_addr(&self->w, false, c.p.port, &there);
		EXPECT_EQ(-EINPROGRESS, ERR(connect(c.fd, &there.sa, len)));
		c.p.host_port = local_port(c.fd);
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
		c.p.ack = s.seq + 1;
		if (i) {
			SEND(&c.p, .flags = SYN, .opt = mss1460,
			     .optlen = sizeof(mss1460));
			ASSERT_TRUE(peer_next(&c.p, &s, SOON));
			EXPECT_EQ(SYN | ACK, s.flags);
		}
		EXPECT_EQ(i ? ETP_SYN_RECV : ETP_SYN_SENT, sock_state(c.fd));

		lfd = way_socket(wire_way(&self->w), SOCK_NONBLOCK);
		ASSERT_EQ(0, set_int(lfd, SOL_SOCKET, SO_REUSEADDR, 1));
		wire_addr(&self->w, true, c.p.host_port, &here);
		ASSERT_EQ(0, ERR(bind(lfd, &here.sa, len)));
		ASSERT_EQ(0, ERR(listen(lfd, 5)));
		ASSERT_EQ(0, open_to(lfd, &self->w, &d, mss1460, sizeof(mss1460)));
		/* and the attempt is still answered where it is */
		if (!i) {
			SEND(&c.p, .flags = SYN | ACK, .opt = mss1460,
			     .optlen = sizeof(mss1460));
			c.p.seq++;
			ASSERT_TRUE(peer_next(&c.p, &s, SOON));
			EXPECT_EQ(ACK, s.flags);
			EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
		}
		drop(d.fd);
		drop(lfd);
		drop(c.fd);
	}
}

TEST_HARNESS_MAIN
