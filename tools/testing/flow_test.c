// SPDX-License-Identifier: GPL-2.0
/*
 * Flow labels of IPv6, RFC 6437 and RFC 6438: whose they are and when they change.
 * The test is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "conn.h"

/* linux/in6.h has them, and does not go together with netinet/in.h. */
struct flow_request {
	struct in6_addr dst;
	uint32_t label;
	uint8_t action, share;
	uint16_t flags, expires, linger;
	uint32_t pad;
};

enum { FLOW_GET, FLOW_PUT };
enum { FLOW_CREATE = 1, FLOW_REFLECT = 4, FLOW_REMOTE = 8 };
enum { FLOW_SHARE_EXCL = 1, FLOW_SHARE_ANY = 255 };

#define FLOWLABEL_MGR	32	/* IPV6_FLOWLABEL_MGR */
#define FLOWINFO_SEND	33	/* IPV6_FLOWINFO_SEND */
#define AUTOFLOWLABEL	70	/* IPV6_AUTOFLOWLABEL */
#define TXREHASH	74	/* SO_TXREHASH */

#define LABEL	0x4abcd		/* below what is for automatic ones */

FIXTURE(flow) {
	struct wire w;
};

FIXTURE_SETUP(flow)
{
	ASSERT_EQ(0, wire_open(&self->w, AF_INET6));
	plain_tcp();
}

FIXTURE_TEARDOWN(flow)
{
	leave_nothing();
}

static int net_sysctl(const char *name, const char *value)
{
	char path[80];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/%s", name);
	fd = open(path, O_WRONLY);
	err = fd < 0 || write(fd, value, strlen(value)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

static int flow(int fd, int action, int share, int flags, uint32_t label)
{
	struct flow_request r = {
		.label = htonl(label), .action = action, .share = share, .flags = flags,
	};

	inet_pton(AF_INET6, PEER6, &r.dst);
	return ERR(setsockopt(fd, IPPROTO_IPV6, FLOWLABEL_MGR, &r, sizeof(r)));
}

/* The label that the peer uses, as the program can ask for it */
static int64_t remote_label(int fd)
{
	struct flow_request r = { .action = FLOW_GET, .flags = FLOW_REMOTE };
	socklen_t len = sizeof(r);

	if (getsockopt(fd, IPPROTO_IPV6, FLOWLABEL_MGR, &r, &len))
		return -errno;
	return ntohl(r.label);
}

/* Begins to connect, with a label if there is one, and brings the SYN. */
static int attempt(struct wire *w, struct conn *c, int fd, uint32_t label,
		   struct seen *syn)
{
	union addr addr;
	socklen_t len;
	int err;

	peer_init(&c->p, w, 0);
	c->fd = fd;
	len = wire_addr(w, false, c->p.port, &addr);
	addr.in6.sin6_flowinfo = htonl(label);
	err = ERR(connect(fd, &addr.sa, len));
	if (err != -EINPROGRESS)
		return err;
	do {
		if (!wire_next(w, syn, SOON))
			return 1;
	} while (syn->dport != c->p.port);
	c->p.host_port = syn->sport;
	c->p.ack = syn->seq + 1;
	return 0;
}

static bool answer(struct conn *c, struct seen *s)
{
	SEND(&c->p, .flags = SYN | ACK, .opt = mss1460, .optlen = sizeof(mss1460));
	c->p.seq++;
	return peer_next(&c->p, s, SOON) && s->flags == ACK;
}

TEST_F(flow, label_of_a_syn_that_is_repeated)
{
	uint32_t label;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, attempt(&self->w, &c, way_socket(&way_ipv6, SOCK_NONBLOCK), 0, &s));
	EXPECT_NE(0, s.flow);
	label = s.flow;
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(SYN, s.flags);
	EXPECT_NE(label, s.flow);
	drop(c.fd);
}

TEST_F(flow, label_changes_with_each_time_out)
{
	uint32_t label;
	struct seen s;
	struct conn c;
	int err, i;

	ASSERT_EQ(0, attempt(&self->w, &c, way_socket(&way_ipv6, SOCK_NONBLOCK), 0, &s));
	EXPECT_NE(0, s.flow);
	/* what is not repeated keeps it */
	label = s.flow;
	ASSERT_TRUE(answer(&c, &s));
	EXPECT_EQ(label, s.flow);
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(label, s.flow);
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
		EXPECT_EQ(20, s.len);
		EXPECT_NE(label, s.flow);
		EXPECT_NE(0, s.flow);
		label = s.flow;
	}
	SEND(&c.p, .flags = ACK, .ack = c.p.ack + 20);
	c.p.ack += 20;
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(label, s.flow);
	/* unless the program wants it to stay; newer kernels let TCP say so, by its number */
	err = set_int(c.fd, SOL_SOCKET, TXREHASH, 0);
	if (err) {
		EXPECT_EQ(-EOPNOTSUPP, err);
		EXPECT_FALSE(on_tcp());
		drop(c.fd);
		return;
	}
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(label, s.flow);
	drop(c.fd);
}

TEST_F(flow, label_of_a_passive_open)
{
	struct seen s, again;
	struct conn c;
	uint16_t port;
	int lfd = listener(&self->w, &port);

	ASSERT_LE(0, lfd);
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460),
	     .flow = LABEL);
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_NE(0, s.flow);
	EXPECT_NE(LABEL, s.flow);
	/* nobody answers the SYN|ACK: perhaps it went astray */
	ASSERT_TRUE(peer_next(&c.p, &again, SOON));
	EXPECT_EQ(SYN | ACK, again.flags);
	EXPECT_NE(s.flow, again.flow);
	c.p.seq++;
	c.p.ack = s.seq + 1;
	SEND(&c.p, .flags = ACK, .flow = LABEL);
	ASSERT_TRUE(WITHIN(SOON, (c.fd = accept(lfd, NULL, NULL)) >= 0));
	EXPECT_EQ(LABEL, remote_label(c.fd));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(again.flow, s.flow);
	/* and it lasts into TIME-WAIT */
	c.p.ack += 20;
	SEND(&c.p, .flags = ACK);
	ASSERT_EQ(0, shutdown(c.fd, SHUT_WR));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(again.flow, s.flow);
	c.p.ack++;
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(again.flow, s.flow);
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(again.flow, s.flow);
}

TEST_F(flow, label_can_be_switched_off)
{
	int fd = way_socket(&way_ipv6, SOCK_NONBLOCK);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, set_int(fd, IPPROTO_IPV6, AUTOFLOWLABEL, 0));
	ASSERT_EQ(0, attempt(&self->w, &c, fd, 0, &s));
	EXPECT_EQ(0, s.flow);
	ASSERT_TRUE(answer(&c, &s));
	EXPECT_EQ(0, s.flow);
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(0, s.flow);
	drop(c.fd);
}

/* sin6_flowinfo counts for who asks, and no time-out changes a program's label. */
TEST_F(flow, label_of_the_program)
{
	int fd = way_socket(&way_ipv6, SOCK_NONBLOCK), other;
	struct seen s;
	struct conn c;
	int i;

	ASSERT_EQ(0, flow(fd, FLOW_GET, FLOW_SHARE_EXCL, FLOW_CREATE, LABEL));
	ASSERT_EQ(0, set_int(fd, IPPROTO_IPV6, FLOWINFO_SEND, 1));
	ASSERT_EQ(0, attempt(&self->w, &c, fd, LABEL, &s));
	EXPECT_EQ(LABEL, s.flow);
	ASSERT_TRUE(answer(&c, &s));
	EXPECT_EQ(LABEL, s.flow);
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
		EXPECT_EQ(LABEL, s.flow);
	}
	/* it is nobody else's */
	other = way_socket(&way_ipv6, SOCK_NONBLOCK);
	ASSERT_EQ(0, set_int(other, IPPROTO_IPV6, FLOWINFO_SEND, 1));
	EXPECT_EQ(-EINVAL, attempt(&self->w, &(struct conn){}, other, LABEL, &s));
	close(other);
	/* who has given it back uses it no more */
	ASSERT_EQ(0, flow(fd, FLOW_PUT, 0, 0, LABEL));
	SEND(&c.p, .flags = ACK, .ack = c.p.ack + 20);
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_NE(LABEL, s.flow);
	EXPECT_NE(0, s.flow);
	drop(c.fd);
}

/* Without IPV6_FLOWINFO_SEND the word is not read. */
TEST_F(flow, flowinfo_not_asked_for)
{
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, attempt(&self->w, &c, way_socket(&way_ipv6, SOCK_NONBLOCK), LABEL,
			     &s));
	EXPECT_NE(LABEL, s.flow);
	EXPECT_NE(0, s.flow);
	drop(c.fd);
}

/* IPV6_FL_F_REFLECT: the answers have the label of the peer's segments. */
TEST_F(flow, label_is_reflected)
{
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd = listener(&self->w, &port);

	ASSERT_LE(0, lfd);
	EXPECT_EQ(-ESRCH, flow(lfd, FLOW_PUT, 0, FLOW_REFLECT, 0));
	EXPECT_EQ(-EPERM, flow(lfd, FLOW_GET, 0, FLOW_REFLECT, 0));
	ASSERT_EQ(0, net_sysctl("flowlabel_consistency", "0"));
	EXPECT_EQ(0, flow(lfd, FLOW_GET, 0, FLOW_REFLECT, 0));
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .opt = mss1460, .optlen = sizeof(mss1460),
	     .flow = LABEL);
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(LABEL, s.flow);
	c.p.seq++;
	c.p.ack = s.seq + 1;
	SEND(&c.p, .flags = ACK, .flow = LABEL);
	ASSERT_TRUE(WITHIN(SOON, (c.fd = accept(lfd, NULL, NULL)) >= 0));
	ASSERT_EQ(20, send(c.fd, text, 20, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(LABEL, s.flow);
	drop(c.fd);

	EXPECT_EQ(0, flow(lfd, FLOW_PUT, 0, FLOW_REFLECT, 0));
	peer_init(&c.p, &self->w, port);
	SEND(&c.p, .flags = SYN, .flow = LABEL);
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_NE(LABEL, s.flow);
	SEND(&c.p, .flags = RST, .seq = c.p.seq + 1);
	ASSERT_EQ(0, net_sysctl("flowlabel_consistency", "1"));
}

/* net.ipv6.flowlabel_reflect: of an RST to where nobody listens */
TEST_F(flow, label_of_an_rst)
{
	struct seen s;
	struct peer p;
	int i;

	peer_init(&p, &self->w, 77);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, net_sysctl("flowlabel_reflect", i ? "2" : "0"));
		SEND(&p, .flags = SYN, .flow = LABEL);
		ASSERT_TRUE(peer_next(&p, &s, SOON));
		EXPECT_EQ(RST | ACK, s.flags);
		EXPECT_EQ(i, s.flow == LABEL);
	}
	ASSERT_EQ(0, net_sysctl("flowlabel_reflect", "0"));
}

TEST_HARNESS_MAIN
