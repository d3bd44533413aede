// SPDX-License-Identifier: GPL-2.0
/* Compared: who may bind to what while somebody else has it. */
#include <net/if.h>

#include "compare.h"

/* What a socket may be bound to. */
static const struct kind {
	const char *name;
	int domain;
	const char *host;
	bool v6only;
} kinds[] = {
	{ "0.0.0.0", AF_INET, "0.0.0.0" },
	{ "127.0.0.1", AF_INET, "127.0.0.1" },
	{ "127.0.0.2", AF_INET, "127.0.0.2" },
	{ "::", AF_INET6, "::" },
	{ ":: v6only", AF_INET6, "::", true },
	{ "::1", AF_INET6, "::1" },
	{ "::ffff:0.0.0.0", AF_INET6, "::ffff:0.0.0.0" },
	{ "::ffff:127.0.0.1", AF_INET6, "::ffff:127.0.0.1" },
};

/* SO_REUSEADDR is 1, SO_REUSEPORT is 2. */
static const char *const reuse_name[] = { "", " addr", " port", " addr port" };

static int reusing(int fd, int reuse)
{
	int one = 1;

	if (reuse & 1)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (reuse & 2)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	return fd;
}

static int kind_socket(const struct kind *kind, int reuse)
{
	int fd = socket(kind->domain, SOCK_STREAM, test_proto()), one = 1;

	if (kind->v6only)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	return reusing(fd, reuse);
}

static int kind_bind(const struct kind *kind, int fd, uint16_t port)
{
	struct way to = { .af = kind->domain, .name = kind->name };
	union addr addr;
	socklen_t len = way_addr(&to, kind->host, port, &addr);

	return ERR(bind(fd, &addr.sa, len));
}

static void bind_second(const struct kind *first, int reuse, bool listening)
{
	int a = kind_socket(first, reuse), b;
	uint16_t port;

	if (kind_bind(first, a, 0) || (listening && listen(a, 1))) {
		say("%s can't be bound", first->name);
		close(a);
		return;
	}
	port = local_port(a);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (int r = 0; r < 4; r++) {
			int bound, heard = 0;

			b = kind_socket(&kinds[i], r);
			bound = kind_bind(&kinds[i], b, port);
			if (!bound)
				heard = ERR(listen(b, 1));
			say("%s%s%s, %s%s = %s, %s", first->name,
			    reuse_name[reuse], listening ? " listening" : "",
			    kinds[i].name, reuse_name[r],
			    bound ? strerrorname_np(-bound) : "bound",
			    heard ? strerrorname_np(-heard) : "listens");
			close(b);
		}
	}
	close(a);
}

static void bind_after(const struct kind *first)
{
	for (int reuse = 0; reuse < 4; reuse++) {
		bind_second(first, reuse, false);
		bind_second(first, reuse, true);
	}
}

#define BIND_AFTER(id, n)						\
	SCRIPT(id, .once = true) { bind_after(&kinds[n]); }

BIND_AFTER(bind_after_any4, 0)
BIND_AFTER(bind_after_lo4, 1)
BIND_AFTER(bind_after_other4, 2)
BIND_AFTER(bind_after_any6, 3)
BIND_AFTER(bind_after_v6only, 4)
BIND_AFTER(bind_after_lo6, 5)
BIND_AFTER(bind_after_any_mapped, 6)
BIND_AFTER(bind_after_lo_mapped, 7)

/* Three owners: who clashes with whom must not depend on the order they came. */
SCRIPT(bind_three, .once = true)
{
	static const int order[][3] = {
		{ 6, 7, 3 }, { 7, 6, 3 }, { 0, 7, 4 }, { 4, 0, 7 }, { 1, 2, 0 },
		{ 5, 1, 3 }, { 5, 7, 4 }, { 4, 6, 1 }, { 2, 7, 1 }, { 3, 4, 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		for (int reuse = 0; reuse < 4; reuse++) {
			uint16_t port = 0;
			int fd[3];

			for (int j = 0; j < 3; j++) {
				const struct kind *kind = &kinds[order[i][j]];

				fd[j] = kind_socket(kind, reuse);
				show(kind_bind(kind, fd[j], port), "%zu%s: %s",
				     i, reuse_name[reuse], kind->name);
				if (!port)
					port = local_port(fd[j]);
			}
			for (int j = 0; j < 3; j++)
				close(fd[j]);
		}
	}
}

/* What became of the first owner of the port. */
enum past { OPEN_CHILD, OPEN_CLIENT, BOUND_CLIENT, TIMEWAIT, HALF_OPEN, PASTS };

static const char *const past_name[] = {
	"child", "client", "bound client", "time-wait", "waits for accept",
};

static uint16_t leave(const struct way *way, enum past past, int reuse, int fd[3])
{
	union addr addr;
	socklen_t len = way_loopback(way, 0, &addr);

	fd[0] = reusing(way_socket(way, 0), reuse);
	fd[1] = reusing(way_socket(way, 0), reuse);
	fd[2] = -1;
	if (past == BOUND_CLIENT)
		bind(fd[1], &addr.sa, len);
	bind(fd[0], &addr.sa, len);
	listen(fd[0], 1);
	getsockname(fd[0], &addr.sa, &len);
	connect(fd[1], &addr.sa, len);
	if (past == HALF_OPEN) {
		revents(fd[0], POLLIN, SOON);
		return local_port(fd[0]);
	}
	fd[2] = accept(fd[0], NULL, NULL);
	close(fd[0]);
	fd[0] = -1;
	if (past == OPEN_CHILD)
		return local_port(fd[2]);
	if (past == TIMEWAIT) {
		uint16_t port = local_port(fd[2]);

		shutdown(fd[2], SHUT_WR);
		revents(fd[1], POLLIN, SOON);
		close(fd[1]);
		revents(fd[2], POLLIN, SOON);
		close(fd[2]);
		fd[1] = fd[2] = -1;
		return port;
	}
	return local_port(fd[1]);
}

SCRIPT(bind_after_connection)
{
	for (int past = 0; past < PASTS; past++) {
		for (int reuse = 0; reuse < 4; reuse++) {
			union addr addr;
			int fd[3], b;
			uint16_t port = leave(way, past, reuse, fd);

			for (int r = 0; r < 4; r++) {
				socklen_t len = way_loopback(way, port, &addr);

				b = reusing(way_socket(way, 0), r);
				show(ERR(bind(b, &addr.sa, len)), "%s%s, then%s",
				     past_name[past], reuse_name[reuse],
				     reuse_name[r]);
				show(ERR(listen(b, 1)), "listen");
				close(b);
				len = way_addr(way, way->any, port, &addr);
				b = reusing(way_socket(way, 0), r);
				show(ERR(bind(b, &addr.sa, len)), "%s%s, then any%s",
				     past_name[past], reuse_name[reuse],
				     reuse_name[r]);
				close(b);
			}
			for (int i = 0; i < 3; i++)
				if (fd[i] >= 0)
					close(fd[i]);
		}
	}
}

/* Options that change after bind() do not make the port another's. */
SCRIPT(bind_then_reuse)
{
	union addr addr;
	int a, b;

	for (int first = 0; first < 4; first++) {
		for (int second = 0; second < 4; second++) {
			a = way_bind(way, &addr);
			reusing(a, first);
			b = reusing(way_socket(way, 0), second);
			show(ERR(bind(b, &addr.sa, addr_len(&addr))),
			     "set after bind%s, then%s", reuse_name[first],
			     reuse_name[second]);
			close(a);
			close(b);
		}
	}
}

SCRIPT(bind_users)
{
	union addr addr;
	int a, b;

	a = reusing(way_socket(way, 0), 2);
	way_loopback(way, 0, &addr);
	DO(bind(a, &addr.sa, addr_len(&addr)));
	way_loopback(way, local_port(a), &addr);
	if (seteuid(65534))
		return;
	b = reusing(way_socket(way, 0), 2);
	DO(bind(b, &addr.sa, addr_len(&addr)));
	way_loopback(way, 1023, &addr);
	DO(bind(b, &addr.sa, addr_len(&addr)));
	way_loopback(way, 1024, &addr);
	DO(bind(b, &addr.sa, addr_len(&addr)));
	DO(set_int(b, SOL_SOCKET, SO_MARK, 1));
	DO(set_int(b, IPPROTO_IP, IP_TRANSPARENT, 1));
	DO(set_int(b, IPPROTO_IP, IP_FREEBIND, 1));
	DO(set_int(b, SOL_SOCKET, SO_PRIORITY, 7));
	DO(set_int(b, SOL_SOCKET, SO_RCVBUFFORCE, 100000));
}

static void bind_to(const struct way *way, const char *host)
{
	int fd = way_socket(way, 0);
	union addr addr;

	way_addr(way, host, 0, &addr);
	show(ERR(bind(fd, &addr.sa, addr_len(&addr))), "bind %s", host);
	show_names(fd);
	close(fd);
	fd = way_socket(way, 0);
	set_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
	show(ERR(bind(fd, &addr.sa, addr_len(&addr))), "bind %s freely", host);
	show(ERR(listen(fd, 1)), "listen");
	close(fd);
}

SCRIPT(bind_addresses)
{
	static const char *const host4[] = {
		"0.0.0.0", "127.0.0.1", "127.255.255.255", "10.9.0.1", "10.9.0.2",
		"192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", NULL
	}, *const host6[] = {
		"::", "::1", "fd09::1", "2001:db8::1", "fe80::1", "ff02::1",
		"::127.0.0.1", "::ffff:127.0.0.1", "::ffff:192.0.2.1",
		"::ffff:224.0.0.1", "::ffff:255.255.255.255", "::ffff:0.0.0.0", NULL
	};
	const char *const *host = way->af == AF_INET ? host4 : host6;

	for (; *host; host++)
		bind_to(way, *host);
}

SCRIPT(bind_arguments)
{
	union addr addr, other;
	int fd = way_socket(way, 0);

	way_loopback(way, 0, &addr);
	for (int len = -1; len < 40; len++)
		show(ERR(bind(fd, NULL, len)), "bind a null pointer of %d", len);
	DO(bind(fd, BAD, sizeof(addr.in6)));
	DO(bind(fd, &addr.sa, 200));
	for (int family = 0; family < 46; family++) {
		int b = way_socket(way, 0);

		other = addr;
		other.sa.sa_family = family;
		show(ERR(bind(b, &other.sa, sizeof(other.in6))), "bind family %d",
		     family);
		way_addr(way, way->any, 0, &other);
		other.sa.sa_family = family;
		show(ERR(bind(b, &other.sa, sizeof(other.in6))), "any, family %d",
		     family);
		close(b);
	}
	for (int len = 1; len <= (int)sizeof(addr); len++) {
		int b = way_socket(way, 0);

		show(ERR(bind(b, &addr.sa, len)), "bind with length %d", len);
		close(b);
	}
	DO(bind(fd, &addr.sa, addr_len(&addr)));
	DO(bind(fd, &addr.sa, addr_len(&addr)));
	show_names(fd);
	DO(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
}

/* The port is chosen by connect() only. */
SCRIPT(bind_without_port)
{
	union addr addr, to;
	int lfd = way_listen(way, 4, &to), fd[2];

	for (int i = 0; i < 2; i++) {
		fd[i] = way_socket(way, 0);
		DO(set_int(fd[i], IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, 1));
		way_loopback(way, 0, &addr);
		DO(bind(fd[i], &addr.sa, addr_len(&addr)));
		say("a port after bind = %d", !!local_port(fd[i]));
		DO(bind(fd[i], &addr.sa, addr_len(&addr)));
		DO(connect(fd[i], &to.sa, addr_len(&to)));
		say("a port after connect = %d", !!local_port(fd[i]));
	}
	OK(accept(lfd, NULL, NULL));
	OK(accept(lfd, NULL, NULL));
}

/* The range a program asks for, as low | high << 16. */
SCRIPT(bind_port_range)
{
	const int range = 51 /* IP_LOCAL_PORT_RANGE */;
	int fd[4];
	union addr addr;

	for (int i = 0; i < 4; i++) {
		fd[i] = way_socket(way, 0);
		way_loopback(way, 0, &addr);
		show(set_int(fd[i], IPPROTO_IP, range, 40003 << 16 | 40000),
		     "a range of 4");
		show(set_int(fd[i], IPPROTO_IP, range, 1000 << 16 | 40000),
		     "a range upside down");
		show(ERR(bind(fd[i], &addr.sa, addr_len(&addr))), "bind");
	}
}

/* Ports run out: a namespace with very few. */
SCRIPT(bind_exhausted, .own_net = true)
{
	union addr addr, to;
	int lfd, fd;

	if (!put("/proc/sys/net/ipv4/ip_local_port_range", "40000 40003"))
		say("no range");
	lfd = way_socket(way, 0);
	way_loopback(way, 30000, &to);
	OK(bind(lfd, &to.sa, addr_len(&to)));
	OK(listen(lfd, 16));
	for (int i = 0; i < 6; i++) {
		fd = way_socket(way, 0);
		show(ERR(connect(fd, &to.sa, addr_len(&to))), "connect %d", i);
	}
	for (int i = 0; i < 2; i++) {
		fd = way_socket(way, 0);
		way_loopback(way, 0, &addr);
		show(ERR(bind(fd, &addr.sa, addr_len(&addr))), "bind %d", i);
		reusing(fd, 1);
		show(ERR(bind(fd, &addr.sa, addr_len(&addr))), "bind %d, reuse", i);
		show(ERR(listen(fd, 1)), "listen %d", i);
	}
}

SCRIPT(bind_all_taken, .own_net = true)
{
	union addr addr;
	int fd;

	if (!put("/proc/sys/net/ipv4/ip_local_port_range", "40000 40003"))
		say("no range");
	for (int reuse = 0; reuse < 4; reuse++) {
		for (int i = 0; i < 5; i++) {
			fd = reusing(way_socket(way, 0), reuse);
			way_loopback(way, 0, &addr);
			show(ERR(bind(fd, &addr.sa, addr_len(&addr))),
			     "bind %d%s", i, reuse_name[reuse]);
		}
	}
}

/* ---- Link-local addresses: two links have the same ---- */

static const char *const links[] = { NULL, "d0", "d1", "none" };

static void scoped(const char *host, const char *link, uint16_t port, union addr *addr)
{
	way_addr(&way_ipv6, host, port, addr);
	if (link)
		addr->in6.sin6_scope_id = strcmp(link, "none") ? if_nametoindex(link) : 999;
}

static const char *name_of(const char *link)
{
	return link ?: "-";
}

/* A socket bound to a device, or not, to an address of a link, or not */
static void scope_connects(const char *device, const char *from, bool bound,
			   const char *to, const char *host)
{
	int fd = way_socket(&way_ipv6, SOCK_NONBLOCK);
	union addr addr;

	if (device)
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device));
	if (bound) {
		scoped("fe80::1", from, 0, &addr);
		show(ERR(bind(fd, &addr.sa, sizeof(addr.in6))),
		     "device %s: bind fe80::1 of %s", name_of(device), name_of(from));
	}
	scoped(host, to, 1, &addr);
	show(ERR(connect(fd, &addr.sa, sizeof(addr.in6))), "connect %s of %s", host,
	     name_of(to));
	show_mask("then", fd);
	show_error(fd);
	show_names(fd);
	show(get_int(fd, SOL_SOCKET, 62 /* SO_BINDTOIFINDEX */), "device");
	close(fd);
}

SCRIPT(scopes, .once = true, .own_net = true)
{
	static const char *const hosts[] = { "fe80::1", "fe80::2", "fd07::1", "ff02::1" };

	if (!ip("link add d0 type dummy\nlink set d0 up\n"
		"link add d1 type dummy\nlink set d1 up\n"
		"addr add fe80::1/64 dev d0 nodad\naddr add fe80::1/64 dev d1 nodad\n"
		"addr add fd07::1/64 dev d0 nodad\n"))
		say("no links");
	for (size_t d = 0; d < 3; d++)
		for (size_t f = 0; f < ARRAY_SIZE(links); f++)
			for (size_t t = 0; t < ARRAY_SIZE(links); t++)
				scope_connects(links[d], links[f], f, links[t], "fe80::1");
	for (size_t h = 0; h < ARRAY_SIZE(hosts); h++)
		for (size_t t = 0; t < ARRAY_SIZE(links); t++)
			scope_connects(NULL, NULL, false, links[t], hosts[h]);
}
