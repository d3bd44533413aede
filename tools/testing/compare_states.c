// SPDX-License-Identifier: GPL-2.0
/* Compared: opening and closing, in every state a program can bring about. */
#include "compare.h"

SCRIPT(socket_kinds, .once = true)
{
	static const int domains[] = { AF_INET, AF_INET6 };
	static const int flags[] = { 0, SOCK_NONBLOCK, SOCK_CLOEXEC, 1 << 4, 1 << 20 };

	for (int d = 0; d < 2; d++) {
		/* not all types: the kernel looks for a module for each, which takes long */
		for (int type = SOCK_STREAM; type <= SOCK_RAW; type++) {
			int fd = socket(domains[d], type, test_proto());

			show(fd < 0 ? -errno : 0, "domain %d type %d", d, type);
			if (fd >= 0 && type == SOCK_STREAM) {
				DO(get_int(fd, SOL_SOCKET, SO_TYPE));
				DO(get_int(fd, SOL_SOCKET, SO_DOMAIN));
				DO(get_int(fd, SOL_SOCKET, SO_PROTOCOL));
			}
			if (fd >= 0)
				close(fd);
		}
		for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
			int fd = socket(domains[d], SOCK_STREAM | flags[f],
					test_proto());

			show(fd < 0 ? -errno : 0, "domain %d flags %x", d, flags[f]);
			if (fd < 0)
				continue;
			say("O_NONBLOCK = %d, FD_CLOEXEC = %d",
			    !!(fcntl(fd, F_GETFL) & O_NONBLOCK), fcntl(fd, F_GETFD));
			close(fd);
		}
		{
			int fd[2];

			DO(socketpair(domains[d], SOCK_STREAM, test_proto(), fd));
		}
	}
}

SCRIPT(names)
{
	FOR_EACH_WHERE(w) {
		int peer, fd = make(way, w, &peer);

		say("%s", where_name[w]);
		show_names(fd);
		shut(fd, peer);
	}
}

SCRIPT(name_arguments)
{
	union addr addr;
	socklen_t len;
	int fd[2];

	pair(way, fd);
	for (int room = -1; room < 32; room++) {
		len = room;
		memset(&addr, 0, sizeof(addr));
		show(ERR(getsockname(fd[0], &addr.sa, &len)), "getsockname with %d",
		     room);
		say("length = %d", len);
		len = room;
		show(ERR(getpeername(fd[0], &addr.sa, &len)), "getpeername with %d",
		     room);
		say("length = %d", len);
	}
	len = sizeof(addr);
	DO(getsockname(fd[0], BAD, &len));
	DO(getsockname(fd[0], &addr.sa, BAD));
	DO(getpeername(fd[0], &addr.sa, NULL));
	DO(getpeername(fd[0], NULL, &len));
}

/* A second connect(), and its error, in every state. */
SCRIPT(connect_states)
{
	FOR_EACH_WHERE(w) {
		union addr addr;
		int lfd = way_listen(way, 1, &addr);
		int peer, fd = make(way, w, &peer);

		for (int i = 0; i < 3; i++)
			show(ERR(connect(fd, &addr.sa, addr_len(&addr))),
			     "%s: connect %d", where_name[w], i);
		show_error(fd);
		show_names(fd);
		show_mask(where_name[w], fd);
		shut(fd, peer);
		close(lfd);
	}
}

static void connect_to(const struct way *way, const char *host, uint16_t port)
{
	int fd = way_socket(way, SOCK_NONBLOCK);
	union addr addr;

	way_addr(way, host, port, &addr);
	show(ERR(connect(fd, &addr.sa, addr_len(&addr))), "connect %s", host);
	show_mask(host, fd);
	show_error(fd);
	show_names(fd);
	show(ERR(connect(fd, &addr.sa, addr_len(&addr))), "connect %s again", host);
	show_mask(host, fd);
	close(fd);
}

SCRIPT(connect_addresses)
{
	static const char *const host4[] = {
		"0.0.0.0", "127.0.0.1", "127.9.9.9", "127.255.255.255", "10.9.0.2",
		"10.9.0.255", "192.0.2.1", "224.0.0.1", "239.1.1.1",
		"255.255.255.255", "240.0.0.1", "0.0.0.1", NULL
	}, *const host6[] = {
		"::", "::1", "fd09::2", "2001:db8::1", "fe80::1", "ff02::1", "ff0e::1",
		"::127.0.0.1", "::ffff:127.0.0.1", "::ffff:192.0.2.1",
		"::ffff:224.0.0.1", "::ffff:255.255.255.255", "::ffff:0.0.0.0", NULL
	};
	const char *const *host = way->af == AF_INET ? host4 : host6;

	for (const char *const *h = host; *h; h++)
		connect_to(way, *h, 1);
	/* somebody listens */
	for (; *host; host++) {
		union addr addr;
		int lfd = way_listen(way, 1, &addr);

		connect_to(way, *host, addr_port(&addr));
		close(lfd);
	}
}

/* What the local address allows. */
SCRIPT(connect_bound)
{
	static const char *const local4[] = { "0.0.0.0", "127.0.0.1", "127.0.0.2", NULL };
	static const char *const local6[] = { "::", "::1", "::ffff:127.0.0.1",
					      "::ffff:0.0.0.0", NULL };
	static const char *const remote4[] = { "127.0.0.1", "10.9.0.2", NULL };
	static const char *const remote6[] = { "::1", "::ffff:127.0.0.1", "fd09::2",
					       "::", NULL };
	const char *const *l = way->af == AF_INET ? local4 : local6;
	int v6only;

	for (; *l; l++) {
		for (v6only = 0; v6only < (way->af == AF_INET ? 1 : 2); v6only++) {
			const char *const *r = way->af == AF_INET ? remote4 : remote6;

			for (; *r; r++) {
				int peer, fd = make(way, FRESH, &peer);
				union addr addr;

				set_nonblock(fd);
				if (v6only)
					set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
				way_addr(way, *l, 0, &addr);
				show(ERR(bind(fd, &addr.sa, addr_len(&addr))),
				     "bind %s only %d", *l, v6only);
				way_addr(way, *r, 1, &addr);
				show(ERR(connect(fd, &addr.sa, addr_len(&addr))),
				     "connect %s", *r);
				show_mask(*r, fd);
				show_error(fd);
				show_names(fd);
				close(fd);
			}
		}
	}
}

SCRIPT(connect_arguments)
{
	union addr addr, other;
	int fd = way_socket(way, SOCK_NONBLOCK);

	way_addr(way, nowhere(way), 99, &addr);
	for (int len = -1; len <= (int)sizeof(addr.in6); len++) {
		int b = way_socket(way, SOCK_NONBLOCK);

		show(ERR(connect(b, &addr.sa, len)), "connect with length %d", len);
		close(b);
	}
	for (int family = 0; family < 46; family++) {
		int b = way_socket(way, SOCK_NONBLOCK);

		other = addr;
		other.sa.sa_family = family;
		show(ERR(connect(b, &other.sa, sizeof(other.in6))), "connect family %d",
		     family);
		close(b);
	}
	DO(connect(fd, NULL, 0));
	DO(connect(fd, NULL, 16));
	DO(connect(fd, BAD, 28));
	DO(connect(fd, &addr.sa, 200));
	way_loopback(way, 0, &addr);
	DO(connect(fd, &addr.sa, addr_len(&addr)));
	show_error(fd);
}

SCRIPT(connect_self)
{
	union addr addr;
	int fd = way_bind(way, &addr);
	char buf[8];

	DO(connect(fd, &addr.sa, addr_len(&addr)));
	show_names(fd);
	show_mask("self", fd);
	DO(send(fd, "self", 4, 0));
	show_mask("self, sent", fd);
	show_bytes("recv", buf, ERR(recv(fd, buf, sizeof(buf), 0)));
	DO(shutdown(fd, SHUT_WR));
	show_mask("self, shut", fd);
	DO(recv(fd, buf, sizeof(buf), 0));
	DO(send(fd, "self", 4, MSG_NOSIGNAL));
}

/* The same four numbers twice. */
SCRIPT(connect_twice)
{
	union addr to, addr;
	int lfd = way_listen(way, 4, &to), a, b;

	a = way_bind(way, &addr);
	DO(connect(a, &to.sa, addr_len(&to)));
	b = way_socket(way, 0);
	set_int(a, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(b, SOL_SOCKET, SO_REUSEADDR, 1);
	DO(bind(b, &addr.sa, addr_len(&addr)));
	DO(connect(b, &to.sa, addr_len(&to)));
	show_error(b);
	show_names(b);
	show_mask("twice", b);
	close(a);
	close(b);
	close(lfd);
}

/* After a failed attempt another one may succeed. */
SCRIPT(connect_again)
{
	union addr to, none;
	int lfd = way_listen(way, 4, &to);
	int fd = way_socket(way, 0);

	way_loopback(way, 1, &none);
	for (int i = 0; i < 3; i++)
		DO(connect(fd, &none.sa, addr_len(&none)));
	show_names(fd);
	show_mask("refused", fd);
	DO(send(fd, "x", 1, MSG_NOSIGNAL));
	DO(recv(fd, &none, 1, 0));
	DO(connect(fd, &to.sa, addr_len(&to)));
	DO(send(fd, "x", 1, MSG_NOSIGNAL));
	show_names(fd);
	OK(accept(lfd, NULL, NULL));
	close(lfd);
}

/* connect() to AF_UNSPEC, then what the socket is still good for. */
static void use_again(const struct way *way, int fd, int how)
{
	union addr to;
	int lfd = way_listen(way, 4, &to);

	if (how == 0) {
		show(ERR(connect(fd, &to.sa, addr_len(&to))), "connect again");
		show(ERR(send(fd, "x", 1, MSG_NOSIGNAL)), "send");
		OK(accept(lfd, NULL, NULL));
	} else if (how == 1) {
		show(ERR(listen(fd, 1)), "listen");
	} else {
		way_loopback(way, 0, &to);
		show(ERR(bind(fd, &to.sa, addr_len(&to))), "bind");
	}
	show_names(fd);
	show_mask("used again", fd);
	show_error(fd);
	close(lfd);
}

SCRIPT(disconnect)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	char buf[8];

	FOR_EACH_WHERE(w) {
		for (int how = 0; how < 3; how++) {
			int peer, fd = make(way, w, &peer);

			show(ERR(connect(fd, &none, sizeof(none))), "%s: disconnect",
			     where_name[w]);
			show_names(fd);
			show_mask(where_name[w], fd);
			if (how) {
				show_error(fd);
				DO(recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
				DO(send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
			}
			if (peer >= 0) {
				revents(peer, POLLIN, 200);
				show_mask("peer", peer);
				DO(recv(peer, buf, sizeof(buf), MSG_DONTWAIT));
			}
			use_again(way, fd, how);
			shut(fd, peer);
		}
	}
}

SCRIPT(listen_states)
{
	static const int backlog[] = { 0, 1, -1, 5000 };

	FOR_EACH_WHERE(w) {
		for (size_t i = 0; i < ARRAY_SIZE(backlog); i++) {
			int peer, fd = make(way, w, &peer);

			show(ERR(listen(fd, backlog[i])), "%s: listen %d",
			     where_name[w], backlog[i]);
			show(ERR(listen(fd, backlog[i])), "again");
			DO(get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
			show_names(fd);
			show_mask(where_name[w], fd);
			set_nonblock(fd);
			show(ERR(accept(fd, NULL, NULL)), "accept");
			shut(fd, peer);
		}
	}
}

SCRIPT(listen_backlog)
{
	for (int backlog = -1; backlog < 3; backlog++) {
		int fd[8], n = 0, up = 0, lfd;
		union addr addr;

		lfd = way_listen(way, backlog, &addr);
		if (backlog < 0)
			listen(lfd, 1);
		for (int i = 0; i < 6; i++) {
			fd[i] = way_connect(way, &addr, SOCK_NONBLOCK);
			revents(fd[i], POLLOUT, 100);
		}
		for (int i = 0; i < 6; i++)
			up += !!(revents(fd[i], POLLOUT, 0) & POLLOUT);
		say("backlog %d: connected = %d", backlog, up);
		show_mask("listener", lfd);
		set_nonblock(lfd);
		while (accept(lfd, NULL, NULL) >= 0)
			n++;
		say("backlog %d: accepted = %d", backlog, n);
		show_mask("listener", lfd);
		close(lfd);
		for (int i = 0; i < 6; i++)
			close(fd[i]);
	}
}

SCRIPT(accept_calls)
{
	union addr addr;
	socklen_t len;
	int lfd = way_listen(way, 8, &addr), fd;

	set_nonblock(lfd);
	DO(accept(lfd, NULL, NULL));
	DO(accept4(lfd, NULL, NULL, 1));
	DO(accept4(lfd, NULL, NULL, ~0));
	for (int room = -1; room < 32; room += 4) {
		int c = way_connect(way, &addr, 0);
		union addr from = { };

		revents(lfd, POLLIN, SOON);
		len = room;
		fd = ERR(accept(lfd, &from.sa, &len));
		show(fd < 0 ? fd : 0, "accept with room for %d", room);
		say("length = %d", len);
		close(c);
		if (fd >= 0)
			close(fd);
	}
	for (int flags = 0; flags < 4; flags++) {
		int c = way_connect(way, &addr, 0);

		revents(lfd, POLLIN, SOON);
		len = sizeof(addr);
		fd = accept4(lfd, flags & 2 ? NULL : BAD, &len,
			     (flags & 1 ? SOCK_NONBLOCK : SOCK_CLOEXEC));
		show(fd < 0 ? -errno : 0, "accept4 %d", flags);
		if (fd >= 0) {
			say("O_NONBLOCK = %d, FD_CLOEXEC = %d",
			    !!(fcntl(fd, F_GETFL) & O_NONBLOCK), fcntl(fd, F_GETFD));
			show_names(fd);
			close(fd);
		}
		close(c);
	}
	FOR_EACH_WHERE(w) {
		int peer, s = make(way, w, &peer);

		if (w == LISTENING)
			continue;
		show(ERR(accept(s, NULL, NULL)), "%s: accept", where_name[w]);
		shut(s, peer);
	}
}

/* A connection that its client has given up already. */
SCRIPT(accept_dead)
{
	for (int rst = 0; rst < 2; rst++) {
		struct linger now = { .l_onoff = rst };
		union addr addr;
		int lfd = way_listen(way, 8, &addr), c, fd;
		char buf[8];

		c = way_connect(way, &addr, 0);
		DO(send(c, "last", 4, 0));
		revents(lfd, POLLIN, SOON);
		setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		close(c);
		usleep(20000);
		show_mask("listener", lfd);
		set_nonblock(lfd);
		fd = OK(accept(lfd, NULL, NULL));
		show_names(fd);
		show_mask("child", fd);
		DO(recv(fd, buf, sizeof(buf), 0));
		DO(recv(fd, buf, sizeof(buf), 0));
		DO(send(fd, "x", 1, MSG_NOSIGNAL));
		close(fd);
		close(lfd);
	}
}

SCRIPT(shutdown_states)
{
	char buf[16];

	FOR_EACH_WHERE(w) {
		for (int how = 0; how < 3; how++) {
			int peer, fd = make(way, w, &peer);

			show(ERR(shutdown(fd, how)), "%s: shutdown %d", where_name[w],
			     how);
			if (peer >= 0)
				revents(peer, POLLIN, how ? 200 : 20);
			show_mask(where_name[w], fd);
			show_names(fd);
			show(ERR(shutdown(fd, how)), "again");
			DO(send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
			DO(recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
			DO(recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
			show_error(fd);
			if (peer >= 0) {
				show_mask("peer", peer);
				DO(send(peer, "yy", 2, MSG_NOSIGNAL | MSG_DONTWAIT));
				revents(fd, POLLIN, 20);
				show_mask("peer has sent", fd);
				DO(recv(fd, buf, sizeof(buf), MSG_DONTWAIT));
				DO(recv(peer, buf, sizeof(buf), MSG_DONTWAIT));
				DO(recv(peer, buf, sizeof(buf), MSG_DONTWAIT));
			}
			shut(fd, peer);
		}
	}
}

SCRIPT(shutdown_arguments)
{
	union addr addr;
	int fd[2], lfd;

	pair(way, fd);
	DO(shutdown(fd[0], 3));
	DO(shutdown(fd[0], -1));
	DO(shutdown(fd[0], 4));
	lfd = way_listen(way, 2, &addr);
	set_nonblock(lfd);
	DO(shutdown(lfd, SHUT_RD));
	show_mask("listener", lfd);
	DO(listen(lfd, 1));
	show_mask("listener", lfd);
	way_loopback(way, local_port(lfd), &addr);
	OK(way_connect(way, &addr, SOCK_NONBLOCK));
	revents(lfd, POLLIN, SOON);
	OK(accept(lfd, NULL, NULL));
	DO(shutdown(lfd, SHUT_WR));
	show_mask("listener", lfd);
	DO(shutdown(lfd, SHUT_RDWR));
	DO(accept(lfd, NULL, NULL));
}

/* Closed with data unread, or with the peer's data still to come. */
SCRIPT(close_unread)
{
	char buf[8];

	for (int how = 0; how < 4; how++) {
		int fd[2];

		pair(way, fd);
		if (how & 1) {
			DO(send(fd[0], "unread", 6, 0));
			revents(fd[1], POLLIN, SOON);
		}
		if (how & 2)
			DO(send(fd[1], "last", 4, 0));
		close(fd[1]);
		revents(fd[0], POLLRDHUP, 200);
		show_mask("peer is gone", fd[0]);
		show_names(fd[0]);
		DO(recv(fd[0], buf, sizeof(buf), 0));
		DO(recv(fd[0], buf, sizeof(buf), 0));
		DO(send(fd[0], "x", 1, MSG_NOSIGNAL));
		usleep(20000);
		show_mask("sent", fd[0]);
		DO(send(fd[0], "x", 1, MSG_NOSIGNAL));
		DO(send(fd[0], "x", 1, MSG_NOSIGNAL));
		DO(recv(fd[0], buf, sizeof(buf), 0));
		show_error(fd[0]);
		show_names(fd[0]);
		close(fd[0]);
	}
}

SCRIPT(close_lingering)
{
	static const struct linger lingers[] = {
		{ 0, 0 }, { 1, 0 }, { 1, 1 }, { 1, -1 }, { 2, 30 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lingers); i++) {
		for (int full = 0; full < 2; full++) {
			struct linger l = { };
			socklen_t len = sizeof(l);
			long from, took;
			int fd[2];

			/* nobody reads: it would take for ever */
			if (full && lingers[i].l_linger == 30)
				continue;
			if (full && lingers[i].l_linger < 0)
				continue;
			pair(way, fd);
			show(ERR(setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &lingers[i],
					    sizeof(l))), "linger %d %d",
			     lingers[i].l_onoff, lingers[i].l_linger);
			DO(getsockopt(fd[0], SOL_SOCKET, SO_LINGER, &l, &len));
			say("linger = %d, %d", l.l_onoff, l.l_linger);
			if (full)
				fill(fd[0]);
			from = now_ms();
			show(ERR(close(fd[0])), "close, full %d", full);
			took = now_ms() - from;
			say("it waited = %d", took > 700);
			usleep(10000);
			if (!full)
				show_mask("peer", fd[1]);
			close(fd[1]);
		}
	}
}

/* A listener goes, and with it who waits to be accepted. */
SCRIPT(close_listener)
{
	for (int n = 1; n < 4; n++) {
		union addr addr;
		int lfd = way_listen(way, n, &addr), fd[4];
		char buf[4];

		for (int i = 0; i < n; i++) {
			fd[i] = way_connect(way, &addr, 0);
			if (i)
				DO(send(fd[i], "x", 1, 0));
		}
		close(lfd);
		for (int i = 0; i < n; i++) {
			revents(fd[i], POLLIN, SOON);
			show_mask("client", fd[i]);
			DO(recv(fd[i], buf, sizeof(buf), 0));
			show_error(fd[i]);
			close(fd[i]);
		}
	}
}
