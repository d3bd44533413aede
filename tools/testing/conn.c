// SPDX-License-Identifier: GPL-2.0
/*
 * A connection of which the test is the other end: see conn.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"

const uint8_t mss1460[4] = { OPT_MSS, 4, 1460 >> 8, 1460 & 0xff };
const uint8_t mss_sack[8] = { OPT_MSS, 4, 1460 >> 8, 1460 & 0xff,
			      OPT_NOP, OPT_NOP, OPT_SACKOK, 2 };
const char text[63] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/*
 * Who is left without an answer would go on asking when the test has long ended.
 * So all that a test opens is aborted in the end, unless it closes by itself.
 */
void abort_at_close(int fd)
{
	struct linger l = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
}

void leave_nothing(void)
{
	for (int fd = 3; fd < 512; fd++)
		abort_at_close(fd);
}

void drop(int fd)
{
	abort_at_close(fd);
	close(fd);
}

int listener(struct wire *w, uint16_t *port)
{
	union addr addr;
	socklen_t len = way_addr(wire_way(w), wire_way(w)->any, 0, &addr);
	int fd = way_socket(wire_way(w), SOCK_NONBLOCK);

	if (fd < 0)
		return fd;
	if (bind(fd, &addr.sa, len) || listen(fd, 256))
		return -errno;
	*port = local_port(fd);
	return fd;
}

/* The peer asks and is answered, no more: what listens, and the SYN|ACK in @s. */
int half_open(struct wire *w, struct peer *p, struct seen *s)
{
	uint16_t port;
	int fd = listener(w, &port);

	if (fd < 0)
		return fd;
	peer_init(p, w, port);
	SEND(p, .flags = SYN);
	return peer_answers(p, s, 1) == 1 ? fd : -ENOMSG;
}

/* The peer opens: 0, or which step went wrong. */
int open_to(int lfd, struct wire *w, struct conn *c, const void *opt, int optlen)
{
	struct seen s;

	peer_init(&c->p, w, local_port(lfd));
	SEND(&c->p, .flags = SYN, .opt = opt, .optlen = optlen);
	if (!peer_next(&c->p, &s, SOON))
		return 1;
	if (s.flags != (SYN | ACK) || s.ack != c->p.seq + 1)
		return 2;
	c->p.seq++;
	c->p.ack = s.seq + 1;
	SEND(&c->p, .flags = ACK);
	if (revents(lfd, POLLIN, SOON) != POLLIN)
		return 3;
	c->fd = accept(lfd, NULL, NULL);
	return c->fd < 0 ? 4 : 0;
}

int passive_with(struct wire *w, struct conn *c, const void *opt, int optlen)
{
	uint16_t port;
	int err, lfd = listener(w, &port);

	if (lfd < 0)
		return lfd;
	err = open_to(lfd, w, c, opt, optlen);
	close(lfd);
	return err;
}

int passive(struct wire *w, struct conn *c)
{
	return passive_with(w, c, mss1460, sizeof(mss1460));
}

/* The host opens: its SYN is in @syn, and what follows is the test's affair. */
int opening(struct wire *w, struct conn *c, struct seen *syn)
{
	union addr addr;
	socklen_t len;

	peer_init(&c->p, w, 0);
	len = wire_addr(w, false, c->p.port, &addr);
	c->fd = way_socket(wire_way(w), SOCK_NONBLOCK);
	if (c->fd < 0)
		return c->fd;
	if (!connect(c->fd, &addr.sa, len) || errno != EINPROGRESS)
		return 1;
	do {
		if (!wire_next(w, syn, SOON))
			return 2;
	} while (syn->dport != c->p.port);
	c->p.host_port = syn->sport;
	c->p.ack = syn->seq + 1;
	return syn->flags == SYN ? 0 : 3;
}

int active_with(struct wire *w, struct conn *c, const void *opt, int optlen,
		uint16_t win)
{
	struct seen s;
	int err = opening(w, c, &s);

	if (err)
		return err;
	SEND(&c->p, .flags = SYN | ACK, .opt = opt, .optlen = optlen, .win = win);
	c->p.seq++;
	if (!peer_next(&c->p, &s, SOON))
		return 4;
	if (s.flags != ACK || s.seq != c->p.ack || s.ack != c->p.seq)
		return 5;
	return 0;
}

/* What there is to read is this and no more; nothing, if @len is -1. */
bool read_is(int fd, const char *want, int len)
{
	char buf[4096];
	int n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n == len && (n < 0 || !memcmp(buf, want, len)))
		return true;
	fprintf(stderr, "# read %d bytes, not these %d\n", n, len);
	return false;
}

/*
 * TCP has tail loss probes, which come before the time-outs that are looked
 * for, F-RTO, and on newer kernels SYNs at even distances.
 */
void plain_tcp(void)
{
	if (!on_tcp())
		return;
	set_sysctl("congestion_control", "reno");
	set_sysctl("early_retrans", "0");
	set_sysctl("frto", "0");
	set_sysctl("syn_linear_timeouts", "0");
}
