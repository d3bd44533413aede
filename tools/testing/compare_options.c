// SPDX-License-Identifier: GPL-2.0
/* Compared: every socket option of the levels a stream socket has. */
#include <limits.h>
#include <time.h>

#include <linux/errqueue.h>
#include <linux/in6.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>

#include "compare.h"

/* An option's bytes: short ones as they are, long ones by a sum. */
static void show_value(const char *what, long err, const unsigned char *value,
		       socklen_t len)
{
	char text[80], *end = text;
	unsigned int sum = 0;

	if (err) {
		show(err, "%s", what);
		return;
	}
	for (socklen_t i = 0; i < len && i < 16; i++)
		end += sprintf(end, "%02x", value[i]);
	for (socklen_t i = 0; i < len; i++)
		sum = sum * 31 + value[i];
	if (len > 16)
		end += sprintf(end, "... sum %08x", sum);
	*end = 0;
	say("%s = %d bytes %s", what, len, text);
}

static void get_option(int fd, const char *state, int level, const char *name, int opt,
		       int room)
{
	unsigned char value[512];
	char what[96];
	socklen_t len = room;
	long err;

	memset(value, 0xee, sizeof(value));
	err = ERR(getsockopt(fd, level, opt, value, &len));
	snprintf(what, sizeof(what), "%s: get %s %d, room %d", state, name, opt, room);
	show_value(what, err, value, len > 0 && len < sizeof(value) ? len : 0);
}

/* What is by chance: a cookie, a CPU, bytes of memory, a NAPI, a port. */
static bool by_chance(int level, int opt)
{
	switch (level) {
	case SOL_ETP:
		return by_chance(IPPROTO_TCP, opt);
	case SOL_SOCKET:
		return opt == SO_COOKIE || opt == SO_INCOMING_CPU || opt == SO_MEMINFO ||
		       opt == SO_INCOMING_NAPI_ID || opt == SO_PEERNAME ||
		       opt == 71 /* SO_NETNS_COOKIE */;
	case IPPROTO_TCP:
		return opt == ETP_INFO || opt == 24 /* TCP_TIMESTAMP */ ||
		       opt == 26 /* TCP_CC_INFO */;
	case IPPROTO_IP:
		return opt == 52 /* IP_PROTOCOL, which is a port here */;
	default:
		return false;
	}
}

static const int rooms[] = { 4, 0, 3, 256, -1 };

/* Reads all options of a level in one state. */
static void get_all(int fd, const char *state, int level, const char *name, int n)
{
	for (int opt = 0; opt < n; opt++) {
		if (by_chance(level, opt))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(rooms); i++)
			get_option(fd, state, level, name, opt, rooms[i]);
	}
}

static void get_in_states(const struct way *way, int level, const char *name, int n)
{
	static const enum where states[] = {
		FRESH, LISTENING, ESTABLISHED, BOTH_CLOSED, RESET, DISCONNECTED
	};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		int peer, fd = make(way, states[i], &peer);

		get_all(fd, where_name[states[i]], level, name, n);
		shut(fd, peer);
	}
}

static const int values[] = { 0, 1, 2, -1, 3, 17, 127, 128, 255, 256, 1000, 32767, 32768,
			      65535, 65536, INT_MAX, INT_MIN };

/* Sets each option to all kinds of values, and reads it back. */
static void set_all(const struct way *way, enum where where, int level,
		    const char *name, int n)
{
	for (int opt = 0; opt < n; opt++) {
		unsigned char block[64] = "";
		int peer, fd;

		/* names of modules, for which the kernel looks for long */
		if (level != SOL_SOCKET && (opt == ETP_CONGESTION || opt == 31))
			continue;
		fd = make(way, where, &peer);

		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			show(set_int(fd, level, opt, values[i]), "%s: set %s %d to %d",
			     where_name[where], name, opt, values[i]);
			if (!by_chance(level, opt))
				get_option(fd, where_name[where], level, name, opt, 4);
		}
		for (int len = 0; len < 9; len++)
			show(ERR(setsockopt(fd, level, opt, block, len)),
			     "%s: set %s %d by %d bytes", where_name[where], name, opt,
			     len);
		show(ERR(setsockopt(fd, level, opt, block, 64)),
		     "%s: set %s %d by 64 bytes", where_name[where], name, opt);
		show(ERR(setsockopt(fd, level, opt, block, -1)),
		     "%s: set %s %d by -1 bytes", where_name[where], name, opt);
		show(ERR(setsockopt(fd, level, opt, NULL, 4)),
		     "%s: set %s %d by no pointer", where_name[where], name, opt);
		show(ERR(setsockopt(fd, level, opt, NULL, 0)),
		     "%s: set %s %d by nothing", where_name[where], name, opt);
		show(ERR(setsockopt(fd, level, opt, BAD, 4)),
		     "%s: set %s %d by a bad pointer", where_name[where], name, opt);
		shut(fd, peer);
	}
}

#define LEVEL(id, level, n)						\
	SCRIPT(id##_get, .native = true)				\
	{ get_in_states(way, level, #id, n); }				\
	SCRIPT(id##_set, .native = true)				\
	{ set_all(way, FRESH, level, #id, n); }				\
	SCRIPT(id##_set_open, .native = true)				\
	{ set_all(way, ESTABLISHED, level, #id, n); }

LEVEL(sol_socket, SOL_SOCKET, 88)
LEVEL(sol_tcp, IPPROTO_TCP, 48)
LEVEL(sol_ip, IPPROTO_IP, 54)
LEVEL(sol_ipv6, IPPROTO_IPV6, 84)

/* ETP's own level answers as IPPROTO_TCP does. */
SCRIPT(sol_etp_get, .native = true) { get_in_states(way, test_level(), "sol_tcp", 48); }
SCRIPT(sol_etp_set, .native = true) { set_all(way, FRESH, test_level(), "sol_tcp", 48); }

SCRIPT(levels)
{
	static const int levels[] = { -1, 2, 3, 17, 58, 100, 132, 136, 255, 256, 282, 1000 };
	int fd = way_socket(way, 0);

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		for (int opt = 0; opt < 3; opt++) {
			get_option(fd, "fresh", levels[i], "level", opt, 4);
			show(set_int(fd, levels[i], opt, 1), "set level %d, option %d",
			     levels[i], opt);
		}
	}
	DO(getsockopt(fd, SOL_SOCKET, SO_TYPE, NULL, NULL));
	DO(getsockopt(fd, IPPROTO_TCP, ETP_NODELAY, NULL, BAD));
	{
		socklen_t len = 4;

		DO(getsockopt(fd, SOL_SOCKET, SO_TYPE, BAD, &len));
		DO(getsockopt(fd, IPPROTO_TCP, ETP_NODELAY, BAD, &len));
		DO(getsockopt(fd, IPPROTO_TCP, ETP_INFO, BAD, &len));
		DO(getsockopt(fd, IPPROTO_TCP, ETP_CONGESTION, BAD, &len));
	}
}

/* Kept through connect(), given to children. */
SCRIPT(inherited)
{
	static const struct { int level, opt, value; } o[] = {
		{ IPPROTO_TCP, ETP_NODELAY, 1 }, { IPPROTO_TCP, ETP_KEEPIDLE, 11 },
		{ IPPROTO_TCP, ETP_KEEPINTVL, 12 }, { IPPROTO_TCP, ETP_KEEPCNT, 13 },
		{ IPPROTO_TCP, ETP_SYNCNT, 3 }, { IPPROTO_TCP, ETP_LINGER2, 14 },
		{ IPPROTO_TCP, ETP_USER_TIMEOUT, 15000 }, { IPPROTO_TCP, ETP_CORK, 1 },
		{ IPPROTO_TCP, ETP_DEFER_ACCEPT, 0 }, { IPPROTO_TCP, ETP_MAXSEG, 600 },
		{ IPPROTO_TCP, ETP_NOTSENT_LOWAT, 5000 },
		{ IPPROTO_TCP, ETP_WINDOW_CLAMP, 20000 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 }, { SOL_SOCKET, SO_OOBINLINE, 1 },
		{ SOL_SOCKET, SO_REUSEADDR, 1 }, { SOL_SOCKET, SO_REUSEPORT, 1 },
		{ SOL_SOCKET, SO_RCVLOWAT, 7 }, { SOL_SOCKET, SO_PRIORITY, 5 },
		{ SOL_SOCKET, SO_MARK, 9 }, { SOL_SOCKET, SO_TIMESTAMP, 1 },
		{ SOL_SOCKET, SO_SNDBUF, 50000 }, { SOL_SOCKET, SO_RCVBUF, 60000 },
		{ SOL_SOCKET, SO_BUSY_POLL, 10 }, { SOL_SOCKET, SO_RXQ_OVFL, 1 },
		{ SOL_SOCKET, 47 /* SO_MAX_PACING_RATE */, 1000000 },
		{ IPPROTO_IP, IP_TOS, 0x10 }, { IPPROTO_IP, IP_TTL, 33 },
		{ IPPROTO_IP, IP_RECVTOS, 1 }, { IPPROTO_IP, IP_PKTINFO, 1 },
		{ IPPROTO_IP, IP_MTU_DISCOVER, 1 }, { IPPROTO_IP, IP_RECVERR, 1 },
		{ IPPROTO_IP, IP_FREEBIND, 1 }, { IPPROTO_IP, IP_TRANSPARENT, 1 },
		{ IPPROTO_IP, 21 /* IP_MINTTL */, 5 },
		{ IPPROTO_IPV6, IPV6_TCLASS, 0x20 },
		{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, 44 },
		{ IPPROTO_IPV6, IPV6_RECVERR, 1 }, { IPPROTO_IPV6, IPV6_V6ONLY, 0 },
		{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, 1 },
		{ IPPROTO_IPV6, IPV6_RECVTCLASS, 1 },
		{ IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 },
		{ IPPROTO_IPV6, 70 /* IPV6_AUTOFLOWLABEL */, 0 },
		{ IPPROTO_IPV6, 72 /* IPV6_ADDR_PREFERENCES */, 2 },
		{ IPPROTO_IPV6, 73 /* IPV6_MINHOPCOUNT */, 3 },
		{ IPPROTO_IPV6, IPV6_MTU, 1400 },
	};
	struct linger linger = { 1, 9 };
	union addr addr;
	socklen_t len = sizeof(linger);
	int lfd, c, fd;

	for (size_t i = 0; i < ARRAY_SIZE(o); i++) {
		/* alone, for some change others */
		lfd = way_socket(way, 0);
		show(set_int(lfd, o[i].level, o[i].opt, o[i].value),
		     "level %d option %d", o[i].level, o[i].opt);
		way_loopback(way, 0, &addr);
		bind(lfd, &addr.sa, addr_len(&addr));
		listen(lfd, 1);
		len = sizeof(addr);
		getsockname(lfd, &addr.sa, &len);
		c = way_connect(way, &addr, 0);
		fd = accept(lfd, NULL, NULL);
		show(get_int(lfd, o[i].level, o[i].opt), "listener, option %d",
		     o[i].opt);
		show(get_int(fd, o[i].level, o[i].opt), "child, option %d", o[i].opt);
		show(get_int(c, o[i].level, o[i].opt), "client, option %d", o[i].opt);
		close(fd);
		close(c);
		close(lfd);
	}

	lfd = way_listen(way, 1, &addr);
	DO(setsockopt(lfd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	DO(setsockopt(lfd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	DO(fcntl(lfd, F_SETFL, O_NONBLOCK));
	c = way_connect(way, &addr, 0);
	revents(lfd, POLLIN, SOON);
	fd = OK(accept(lfd, NULL, NULL));
	len = sizeof(linger);
	DO(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	say("linger = %d %d", linger.l_onoff, linger.l_linger);
	get_option(fd, "child", SOL_SOCKET, "device", SO_BINDTODEVICE, 16);
	say("child's flags = %d", fcntl(fd, F_GETFL) & O_NONBLOCK);
}

SCRIPT(bound_device)
{
	union addr addr;
	int fd, lfd;

	fd = way_socket(way, 0);
	DO(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "nodevice", 9));
	DO(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	DO(get_int(fd, SOL_SOCKET, 62 /* SO_BINDTOIFINDEX */));
	DO(set_int(fd, SOL_SOCKET, 62, 99999));
	DO(set_int(fd, SOL_SOCKET, 62, -1));
	lfd = way_listen(way, 2, &addr);
	DO(connect(fd, &addr.sa, addr_len(&addr)));
	DO(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
	DO(send(fd, "x", 1, 0));
	show_names(fd);
	close(fd);
	fd = way_socket(way, 0);
	DO(setsockopt(lfd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	DO(connect(fd, &addr.sa, addr_len(&addr)));
	OK(accept(lfd, NULL, NULL));
	DO(get_int(accept(lfd, NULL, NULL), SOL_SOCKET, 62));
}

SCRIPT(buffers)
{
	static const int opts[] = { SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE };
	static const int sizes[] = { 0, 1, 2000, 2304, 4608, 100000, INT_MAX, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(opts); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
			int fd[2];

			pair(way, fd);
			show(set_int(fd[0], SOL_SOCKET, opts[i], sizes[j]), "buffer %zu to %d",
			     i, sizes[j]);
			DO(get_int(fd[0], SOL_SOCKET, SO_SNDBUF));
			DO(get_int(fd[0], SOL_SOCKET, SO_RCVBUF));
			DO(get_int(fd[0], IPPROTO_TCP, ETP_WINDOW_CLAMP));
			show_mask("buffer", fd[0]);
			shut(fd[0], fd[1]);
		}
	}
}

/* SO_RCVLOWAT: who is woken, what is returned, what it does to the buffer. */
SCRIPT(low_water)
{
	static const int marks[] = { 0, 1, 4, 10, 5000, 100000, 1 << 20, INT_MAX, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		char buf[16];
		int fd[2];

		pair(way, fd);
		show(set_int(fd[1], SOL_SOCKET, SO_RCVLOWAT, marks[i]), "low water %d",
		     marks[i]);
		DO(get_int(fd[1], SOL_SOCKET, SO_RCVLOWAT));
		DO(get_int(fd[1], SOL_SOCKET, SO_RCVBUF));
		DO(get_int(fd[1], IPPROTO_TCP, ETP_WINDOW_CLAMP));
		show_mask("empty", fd[1]);
		send(fd[0], "abcd", 4, 0);
		usleep(10000);
		show_mask("4 bytes", fd[1]);
		send(fd[0], "efgh", 4, 0);
		usleep(10000);
		show_mask("8 bytes", fd[1]);
		DO(recv(fd[1], buf, 2, MSG_DONTWAIT));
		show_mask("6 bytes", fd[1]);
		set_timeo(fd[1], SO_RCVTIMEO, 40);
		DO(recv(fd[1], buf, 16, 0));
		DO(recv(fd[1], buf, 16, 0));
		send(fd[0], "ij", 2, 0);
		shutdown(fd[0], SHUT_WR);
		revents(fd[1], POLLRDHUP, SOON);
		show_mask("2 bytes and the end", fd[1]);
		DO(recv(fd[1], buf, 16, 0));
		DO(recv(fd[1], buf, 16, 0));
		shut(fd[0], fd[1]);
	}
}

SCRIPT(low_water_after)
{
	char block[8000] = "";
	int fd[2];

	pair(way, fd);
	send(fd[0], block, sizeof(block), 0);
	revents(fd[1], POLLIN, SOON);
	usleep(10000);
	DO(set_int(fd[1], SOL_SOCKET, SO_RCVLOWAT, 4000));
	show_mask("more than the mark", fd[1]);
	DO(set_int(fd[1], SOL_SOCKET, SO_RCVLOWAT, 9000));
	show_mask("less than the mark", fd[1]);
	DO(set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 30000));
	DO(set_int(fd[1], SOL_SOCKET, SO_RCVLOWAT, 20000));
	DO(set_int(fd[1], SOL_SOCKET, SO_RCVLOWAT, 60000));
	DO(get_int(fd[1], SOL_SOCKET, SO_RCVLOWAT));
	DO(get_int(fd[1], SOL_SOCKET, SO_RCVBUF));
}

/* ETP_NOTSENT_LOWAT */
SCRIPT(not_sent)
{
	static const int marks[] = { 0, 1, 4096, 100000, -1 };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		char block[2000] = "";
		int fd[2], n = 0;

		pair(way, fd);
		set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 10000);
		fill(fd[0]);
		show(set_int(fd[0], IPPROTO_TCP, ETP_NOTSENT_LOWAT, marks[i]),
		     "mark at %d", marks[i]);
		DO(get_int(fd[0], IPPROTO_TCP, ETP_NOTSENT_LOWAT));
		show_mask("full", fd[0]);
		shut(fd[0], fd[1]);

		pair(way, fd);
		set_int(fd[0], IPPROTO_TCP, ETP_NOTSENT_LOWAT, marks[i]);
		show_mask("empty", fd[0]);
		set_int(fd[0], IPPROTO_TCP, ETP_CORK, 1);
		while (n < 40 && send(fd[0], block, 100, MSG_DONTWAIT) > 0)
			n++;
		say("writes = %d", n);
		show_mask("corked", fd[0]);
		shut(fd[0], fd[1]);
	}
}

/* ---- Control messages ---- */

static long send_control(int fd, int level, int type, const void *data, size_t len)
{
	char control[128] = "";
	struct iovec iov = { "c", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = CMSG_SPACE(len) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	return ERR(sendmsg(fd, &msg, MSG_NOSIGNAL));
}

SCRIPT(control_sent)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP,
				      77 };
	uint64_t value[4] = { };
	int fd[2];

	pair(way, fd);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
		for (int type = 0; type < 84; type++)
			for (int len = 0; len < 13; len += 4)
				show(send_control(fd[0], levels[i], type, value, len),
				     "control level %d type %d, %d bytes", levels[i],
				     type, len);
}

SCRIPT(control_broken)
{
	char control[64] = "";
	struct iovec iov = { "c", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control };
	struct cmsghdr *c = (void *)control;
	int fd[2];

	pair(way, fd);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_MARK;
	for (int room = 0; room <= 40; room += 4) {
		for (int len = 0; len <= 48; len += 12) {
			msg.msg_controllen = room;
			c->cmsg_len = len;
			show(ERR(sendmsg(fd[0], &msg, 0)), "control of %d, says %d",
			     room, len);
		}
	}
	msg.msg_control = BAD;
	msg.msg_controllen = 20;
	DO(sendmsg(fd[0], &msg, 0));
	msg.msg_controllen = -1;
	DO(sendmsg(fd[0], &msg, 0));
}

/* Since when a datagram was stamped as it came, 0: it was not. */
static long stamped(int fd)
{
	char buf[4], control[128];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (send(fd, "t", 1, 0) != 1 || recvmsg(fd, &msg, 0) != 1)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	return c ? ((struct scm_timestamping *)CMSG_DATA(c))->ts[0].tv_sec : 0;
}

/* The kernel stamps what comes while any socket of the machine wants it, and begins a
 * moment after it was told.  So that it is no chance who gets a stamp: all the time.
 */
static void keep_stamping(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(addr);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (void *)&addr, len) || getsockname(fd, (void *)&addr, &len) ||
	    connect(fd, (void *)&addr, len))
		say("no datagrams");
	set_int(fd, SOL_SOCKET, SO_TIMESTAMPING,
		SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
	if (!WITHIN(SOON, stamped(fd)))
		say("no stamps");
}

/* What comes with the data when it is asked for. */
SCRIPT(control_received)
{
	static const struct { int level, opt, value; } ask[] = {
		{ SOL_SOCKET, SO_TIMESTAMP, 1 }, { SOL_SOCKET, SO_TIMESTAMPNS, 1 },
		{ SOL_SOCKET, 63 /* SO_TIMESTAMP_NEW */, 1 },
		{ SOL_SOCKET, 64 /* SO_TIMESTAMPNS_NEW */, 1 },
		{ SOL_SOCKET, SO_TIMESTAMPING, 0x18 }, { SOL_SOCKET, SO_TIMESTAMPING, 0x8 },
		{ SOL_SOCKET, SO_TIMESTAMPING, 0x10 }, { SOL_SOCKET, 65, 0x18 },
		{ SOL_SOCKET, SO_TIMESTAMPING, 0x58 },
		{ SOL_SOCKET, SO_RXQ_OVFL, 1 }, { SOL_SOCKET, SO_PASSCRED, 1 },
		{ SOL_SOCKET, 75 /* SO_RCVMARK */, 1 },
		{ SOL_SOCKET, 82 /* SO_RCVPRIORITY */, 1 },
		{ IPPROTO_IP, IP_PKTINFO, 1 }, { IPPROTO_IP, IP_RECVTOS, 1 },
		{ IPPROTO_IP, IP_RECVTTL, 1 }, { IPPROTO_IPV6, IPV6_RECVPKTINFO, 1 },
		{ IPPROTO_IPV6, IPV6_RECVTCLASS, 1 }, { IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
		{ IPPROTO_TCP, 36 /* TCP_INQ */, 1 },
	};

	keep_stamping();
	for (size_t i = 0; i < ARRAY_SIZE(ask); i++) {
		char buf[8], control[256];
		struct iovec iov = { buf, 4 };
		int fd[2];

		pair(way, fd);
		show(set_int(fd[1], ask[i].level, ask[i].opt, ask[i].value),
		     "ask for level %d option %d (%x)", ask[i].level, ask[i].opt,
		     ask[i].value);
		send(fd[0], "abcdefg", 7, 0);
		shutdown(fd[0], SHUT_WR);
		revents(fd[1], POLLRDHUP, SOON);
		for (int j = 0; j < 3; j++) {
			struct msghdr msg = {
				.msg_iov = &iov, .msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = j == 1 ? 20 : sizeof(control),
			};

			show(ERR(recvmsg(fd[1], &msg, j ? 0 : MSG_PEEK)),
			     "recvmsg %d", j);
			show_control(&msg);
		}
		shut(fd[0], fd[1]);
	}
}

/* SO_TIMESTAMPING: what comes back for data that was sent. */
static void show_stamps(int fd)
{
	for (int i = 0; i < 8; i++) {
		char buf[64], control[512];
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		long n = show(ERR(recvmsg(fd, &msg, MSG_ERRQUEUE)), "stamp");
		struct cmsghdr *c;

		if (n < 0)
			return;
		show_control(&msg);
		for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
			struct sock_extended_err *ee = (void *)CMSG_DATA(c);

			if (c->cmsg_level == SOL_SOCKET)
				continue;
			say("errno %d origin %d type %d code %d info %d data = %u",
			    ee->ee_errno, ee->ee_origin, ee->ee_type, ee->ee_code,
			    ee->ee_info, ee->ee_data);
		}
	}
}

SCRIPT(stamps_sent)
{
	static const unsigned int flags[] = {
		SOF_TIMESTAMPING_TX_SOFTWARE, SOF_TIMESTAMPING_TX_SCHED,
		SOF_TIMESTAMPING_TX_ACK,
		SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
			SOF_TIMESTAMPING_TX_ACK,
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		for (int how = 0; how < 4; how++) {
			int want = flags[i] | SOF_TIMESTAMPING_SOFTWARE, fd[2];
			char block[3000] = "";

			pair(way, fd);
			if (how & 1)
				want |= SOF_TIMESTAMPING_OPT_TSONLY;
			if (how & 2)
				want |= SOF_TIMESTAMPING_OPT_ID;
			show(set_int(fd[0], SOL_SOCKET, SO_TIMESTAMPING, want),
			     "ask for %x", want);
			DO(send(fd[0], "a", 1, 0));
			WITHIN(500, acked(fd[0]));
			DO(send(fd[0], block, sizeof(block), 0));
			WITHIN(500, acked(fd[0]));
			usleep(20000);
			show_mask("stamped", fd[0]);
			show_stamps(fd[0]);
			show_mask("read", fd[0]);
			shut(fd[0], fd[1]);
		}
	}
}

/* Asked for by a control message, for one write only. */
SCRIPT(stamps_by_message)
{
	unsigned int tx = SOF_TIMESTAMPING_TX_SCHED;
	int fd[2];

	pair(way, fd);
	DO(set_int(fd[0], SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_SOFTWARE |
		   SOF_TIMESTAMPING_OPT_TSONLY));
	DO(send_control(fd[0], SOL_SOCKET, SO_TIMESTAMPING, &tx, sizeof(tx)));
	DO(send(fd[0], "x", 1, 0));
	WITHIN(500, acked(fd[0]));
	usleep(20000);
	show_stamps(fd[0]);
	tx = ~0;
	DO(send_control(fd[0], SOL_SOCKET, SO_TIMESTAMPING, &tx, sizeof(tx)));
}
