// SPDX-License-Identifier: GPL-2.0
/*
 * How a connection closes, on the wire, and what ICMP does to one: RFC 9293
 * section 3.6, RFC 5461.
 * The test is the peer: see wire.h.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "kselftest_harness.h"
#include "wire_fixture.h"

TEST_F(wire, close_and_be_closed)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
	EXPECT_EQ(c.p.ack, s.seq);
	EXPECT_EQ(ETP_FIN_WAIT1, proc_state(way, c.p.host_port, c.p.port));
	c.p.ack++;
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_FIN_WAIT2, proc_state(way, c.p.host_port, c.p.port));
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1, s.ack);
	EXPECT_EQ(c.p.ack, s.seq);
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));

	/* Our last ACK was lost: the peer asks again. */
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1, s.ack);
	/* Something from long ago is answered the same way. */
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, fin_and_ack_of_fin_in_one)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.ack++;
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, simultaneous_close)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	/* RFC 9293, figure 13. */
	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1, s.ack);
	EXPECT_EQ(ETP_CLOSING, proc_state(way, c.p.host_port, c.p.port));
	c.p.seq++;
	c.p.ack++;
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ETP_TIME_WAIT, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, last_ack)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	SEND(&c.p, .flags = FIN | ACK);
	c.p.seq++;
	if (!peer_answers(&c.p, &s, 1))
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(FIN | ACK, s.flags & ~PSH);
	EXPECT_EQ(ETP_LAST_ACK, proc_state(way, c.p.host_port, c.p.port));
	c.p.ack++;
	SEND(&c.p, .flags = ACK);
	EXPECT_EQ(0, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(0, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, data_for_an_orphan_resets)
{
	const struct way *way = wire_way(&self->w);
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.ack++;
	SEND(&c.p, .flags = ACK | PSH, .data = text, .len = 5);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_TRUE(s.flags & RST);
	EXPECT_EQ(0, proc_state(way, c.p.host_port, c.p.port));
}

TEST_F(wire, abort_resets_at_the_right_place)
{
	struct linger l = { .l_onoff = 1 };
	struct seen s[2];
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_EQ(0, setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	close(c.fd);
	ASSERT_EQ(2, peer_answers(&c.p, s, 2));
	EXPECT_TRUE(s[1].flags & RST);
	EXPECT_EQ(c.p.ack + 5, s[1].seq);
	EXPECT_TRUE(s[1].sum_ok);
}

TEST_F(wire, time_wait_gives_way_to_a_newer_syn)
{
	struct seen s;
	struct conn c;
	uint16_t port;
	int lfd;

	lfd = listener(&self->w, &port);
	ASSERT_LE(0, lfd);
	ASSERT_EQ(0, open_to(lfd, &self->w, &c, mss1460, sizeof(mss1460)));
	close(c.fd);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.ack++;
	SEND(&c.p, .flags = FIN | ACK);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	c.p.seq++;
	/* An older one is but a duplicate... */
	SEND(&c.p, .flags = SYN, .seq = c.p.seq - 1000);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(ACK, s.flags);
	/* ...a newer one opens (RFC 9293, 3.6.1), and from a higher number. */
	SEND(&c.p, .flags = SYN, .seq = c.p.seq + 1000);
	ASSERT_EQ(1, peer_answers(&c.p, &s, 1));
	EXPECT_EQ(SYN | ACK, s.flags);
	EXPECT_EQ(c.p.seq + 1001, s.ack);
	EXPECT_LT(0, (int32_t)(s.seq - c.p.ack));
}

/* ---- ICMP ---- */

TEST_F(wire, unreachable_ends_an_attempt)
{
	static const struct {
		int type4, code4, type6, code6, err;
	} t[] = {
		{ ICMP_DEST_UNREACH, ICMP_PORT_UNREACH,
		  ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, ECONNREFUSED },
		{ ICMP_DEST_UNREACH, ICMP_HOST_UNREACH,
		  ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, EHOSTUNREACH },
		{ ICMP_DEST_UNREACH, ICMP_PKT_FILTERED,
		  ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN, 0 },
	};
	const bool six = variant->af == AF_INET6;
	struct seen s;
	struct conn c;
	int i, err;

	/* of soft errors, as the second is, TCP always thinks so */
	set_sysctl("rfc5461", "1");
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		ASSERT_EQ(0, opening(&self->w, &c, &s));
		/* About a segment that is not ours: not believed. */
		wire_icmp(&self->w, six ? t[i].type6 : t[i].type4,
			  six ? t[i].code6 : t[i].code4, 0,
			  &(struct seg){ .sport = s.sport, .dport = s.dport,
					 .seq = s.seq + 0x10000, .flags = SYN });
		EXPECT_EQ(ETP_SYN_SENT, sock_state(c.fd));
		wire_icmp(&self->w, six ? t[i].type6 : t[i].type4,
			  six ? t[i].code6 : t[i].code4, 0,
			  &(struct seg){ .sport = s.sport, .dport = s.dport,
					 .seq = s.seq, .flags = SYN });
		err = t[i].err ?: six ? EACCES : EHOSTUNREACH;
		EXPECT_EQ(ETP_CLOSE, sock_state(c.fd));
		EXPECT_EQ(err, sock_error(c.fd))
			TH_LOG("case %d", i);
		close(c.fd);
	}
}

TEST_F(wire, unreachable_does_not_end_a_connection)
{
	const bool six = variant->af == AF_INET6;
	struct seen s;
	struct conn c;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(5, send(c.fd, text, 5, 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	wire_icmp(&self->w, six ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH,
		  six ? ICMP6_DST_UNREACH_ADDR : ICMP_HOST_UNREACH, 0,
		  &(struct seg){ .sport = s.sport, .dport = s.dport, .seq = s.seq,
				 .flags = ACK });
	/* RFC 9293, 3.9.2.2: a soft error, told to who asks. */
	EXPECT_EQ(ETP_ESTABLISHED, sock_state(c.fd));
	EXPECT_EQ(POLLOUT, revents(c.fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(EHOSTUNREACH, sock_error(c.fd));
	EXPECT_EQ(0, sock_error(c.fd));
}

TEST_F(wire, too_big_makes_smaller_segments)
{
	const bool six = variant->af == AF_INET6;
	const int mtu = six ? 1280 : 700, most = mtu - (six ? 60 : 40);
	static char buf[1400];
	struct seen s;
	struct conn c;
	int got;

	ASSERT_EQ(0, passive(&self->w, &c));
	ASSERT_EQ(sizeof(buf), send(c.fd, buf, sizeof(buf), 0));
	ASSERT_TRUE(peer_next(&c.p, &s, SOON));
	EXPECT_EQ(sizeof(buf), s.len);
	wire_icmp(&self->w, six ? ICMP6_PACKET_TOO_BIG : ICMP_DEST_UNREACH,
		  six ? 0 : ICMP_FRAG_NEEDED, mtu,
		  &(struct seg){ .sport = s.sport, .dport = s.dport, .seq = s.seq,
				 .flags = ACK });
	for (got = 0; got < sizeof(buf); got += s.len) {
		ASSERT_TRUE(peer_next(&c.p, &s, SOON));
		EXPECT_EQ(c.p.ack, s.seq);
		ASSERT_LT(0, s.len);
		EXPECT_GE(most, s.len);
		c.p.ack += s.len;
		SEND(&c.p, .flags = ACK);
	}
}

TEST_HARNESS_MAIN
