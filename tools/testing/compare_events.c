// SPDX-License-Identifier: GPL-2.0
/* Compared: who is told of what: poll, epoll, signals, ICMP errors. */
#include <time.h>

#include <linux/errqueue.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "compare.h"

SCRIPT(poll_states)
{
	FOR_EACH_WHERE(w) {
		int peer, fd = make(way, w, &peer);

		show_mask(where_name[w], fd);
		if (peer >= 0)
			show_mask("peer", peer);
		show_error(fd);
		show_mask("error was asked for", fd);
		shut(fd, peer);
	}
}

SCRIPT(poll_conditions)
{
	union addr addr;
	char buf[8];
	int fd[2], lfd = way_listen(way, 2, &addr), c;

	show_mask("nobody has connected", lfd);
	c = way_connect(way, &addr, 0);
	revents(lfd, POLLIN, SOON);
	show_mask("somebody has connected", lfd);
	close(c);
	usleep(10000);
	show_mask("and left", lfd);
	close(accept(lfd, NULL, NULL));
	show_mask("accepted", lfd);

	pair(way, fd);
	fill(fd[0]);
	show_mask("full", fd[0]);
	show_mask("full, reader", fd[1]);
	DO(shutdown(fd[0], SHUT_WR));
	show_mask("full and shut", fd[0]);
	shut(fd[0], fd[1]);

	pair(way, fd);
	fill(fd[0]);
	close(fd[1]);
	revents(fd[0], POLLHUP, SOON);
	show_mask("full, and the reader has gone", fd[0]);
	close(fd[0]);

	pair(way, fd);
	send(fd[0], "abC", 3, MSG_OOB);
	revents(fd[1], POLLPRI, SOON);
	show_mask("urgent", fd[1]);
	recv(fd[1], buf, 1, MSG_OOB);
	show_mask("urgent, taken", fd[1]);
	recv(fd[1], buf, 8, 0);
	show_mask("urgent, all read", fd[1]);
	set_int(fd[1], SOL_SOCKET, SO_OOBINLINE, 1);
	show_mask("urgent, then inline", fd[1]);
	send(fd[0], "D", 1, MSG_OOB);
	revents(fd[1], POLLPRI, SOON);
	show_mask("urgent inline", fd[1]);
	recv(fd[1], buf, 8, 0);
	show_mask("urgent inline, read", fd[1]);
	send(fd[0], "E", 1, MSG_OOB);
	close(fd[0]);
	revents(fd[1], POLLRDHUP, SOON);
	show_mask("urgent and the end", fd[1]);
	close(fd[1]);
}

SCRIPT(select_sets)
{
	FOR_EACH_WHERE(w) {
		struct timeval now = { };
		fd_set in, out, ex;
		int peer, fd = make(way, w, &peer);

		usleep(5000);
		FD_ZERO(&in);
		FD_SET(fd, &in);
		out = in;
		ex = in;
		show(ERR(select(fd + 1, &in, &out, &ex, &now)), "%s: select",
		     where_name[w]);
		say("in, out, exception = %d %d %d", !!FD_ISSET(fd, &in),
		    !!FD_ISSET(fd, &out), !!FD_ISSET(fd, &ex));
		shut(fd, peer);
	}
}

static void show_events(const char *what, int ep, int ms)
{
	struct epoll_event ev[4];
	int n = epoll_wait(ep, ev, 4, ms);

	say("%s: events = %d %s", what, n, n > 0 ? mask_name(ev[0].events) : "");
}

static int watch(int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events };
	int ep = epoll_create1(0);

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	return ep;
}

static const struct { const char *name; uint32_t flags; } styles[] = {
	{ "level", 0 }, { "edge", EPOLLET }, { "once", EPOLLONESHOT },
	{ "exclusive", EPOLLEXCLUSIVE },
};

#define EACH_STYLE(s)	for (size_t s = 0; s < ARRAY_SIZE(styles); s++)

SCRIPT(epoll_reader)
{
	EACH_STYLE(s) {
		char buf[8];
		int fd[2], ep;

		pair(way, fd);
		ep = watch(fd[1], EPOLLIN | (s == 3 ? 0 : EPOLLRDHUP | EPOLLPRI) |
			   styles[s].flags);
		say("%s", styles[s].name);
		show_events("nothing", ep, 10);
		send(fd[0], "abcd", 4, 0);
		show_events("data", ep, SOON);
		show_events("again", ep, 10);
		recv(fd[1], buf, 2, 0);
		show_events("partly read", ep, 10);
		send(fd[0], "ef", 2, 0);
		show_events("more data", ep, s == 2 ? 10 : SOON);
		recv(fd[1], buf, 8, 0);
		show_events("read", ep, 10);
		send(fd[0], "U", 1, MSG_OOB);
		show_events("urgent", ep, s >= 2 ? 10 : SOON);
		recv(fd[1], buf, 8, MSG_OOB);
		usleep(5000);
		show_events("urgent read", ep, 10);
		shutdown(fd[0], SHUT_WR);
		usleep(20000);
		show_events("the end", ep, s == 2 ? 10 : SOON);
		show_events("again", ep, 10);
		recv(fd[1], buf, 8, 0);
		show_events("read", ep, 10);
		shutdown(fd[1], SHUT_WR);
		usleep(20000);
		show_events("both shut", ep, s == 2 ? 10 : 200);
		close(ep);
		shut(fd[0], fd[1]);
	}
}

SCRIPT(epoll_writer)
{
	EACH_STYLE(s) {
		static char buf[1 << 20];
		int fd[2], ep;

		pair(way, fd);
		ep = watch(fd[0], EPOLLOUT | styles[s].flags);
		say("%s", styles[s].name);
		show_events("writable", ep, SOON);
		show_events("again", ep, 10);
		send(fd[0], "a", 1, 0);
		usleep(10000);
		fill(fd[0]);
		show_events("full", ep, 10);
		set_nonblock(fd[1]);
		for (int i = 0; i < 200 && recv(fd[1], buf, sizeof(buf), 0) != 0; i++)
			usleep(1000);
		show_events("emptied", ep, s == 2 ? 10 : SOON);
		close(fd[1]);
		usleep(20000);
		show_events("peer has gone", ep, s == 2 ? 10 : SOON);
		send(fd[0], "b", 1, MSG_NOSIGNAL);
		usleep(20000);
		show_events("reset", ep, 10);
		show_error(fd[0]);
		show_events("error was asked for", ep, 10);
		close(ep);
		close(fd[0]);
	}
}

SCRIPT(epoll_connect)
{
	EACH_STYLE(s) {
		int peer, fd = way_socket(way, SOCK_NONBLOCK), ep, lfd;
		union addr addr;

		say("%s", styles[s].name);
		ep = watch(fd, EPOLLIN | EPOLLOUT | styles[s].flags);
		show_events("fresh", ep, 10);
		way_loopback(way, 1, &addr);
		connect(fd, &addr.sa, addr_len(&addr));
		usleep(10000);
		show_events("refused", ep, 10);
		show_error(fd);
		show_events("error was asked for", ep, 10);
		lfd = way_listen(way, 1, &addr);
		connect(fd, &addr.sa, addr_len(&addr));
		usleep(10000);
		show_events("connected", ep, 10);
		show_error(fd);
		close(fd);
		close(ep);
		fd = make(way, CONNECTING, &peer);
		ep = watch(fd, EPOLLIN | EPOLLOUT | styles[s].flags);
		show_events("connecting", ep, 10);
		shutdown(fd, SHUT_RDWR);
		show_events("shut", ep, 10);
		close(ep);
		close(fd);
		close(lfd);
	}
}

SCRIPT(epoll_listener)
{
	EACH_STYLE(s) {
		union addr addr;
		int lfd = way_listen(way, 4, &addr), c, d, ep;

		ep = watch(lfd, EPOLLIN | styles[s].flags);
		say("%s", styles[s].name);
		show_events("nobody", ep, 10);
		c = way_connect(way, &addr, 0);
		show_events("one", ep, SOON);
		show_events("again", ep, 10);
		d = way_connect(way, &addr, 0);
		usleep(10000);
		show_events("two", ep, 10);
		close(accept(lfd, NULL, NULL));
		show_events("one left", ep, 10);
		close(accept(lfd, NULL, NULL));
		show_events("none left", ep, 10);
		shutdown(lfd, SHUT_RDWR);
		usleep(5000);
		show_events("shut", ep, 10);
		close(c);
		close(d);
		close(ep);
		close(lfd);
	}
}

/* ---- Signals ---- */

static volatile sig_atomic_t seen[65], codes[65], bands[65];

static void note(int signo, siginfo_t *info, void *context)
{
	seen[signo]++;
	codes[signo] = info->si_code;
	bands[signo] = info->si_band;
}

static void show_signal(const char *what, int signo)
{
	WITHIN(300, seen[signo]);
	say("%s: signals = %d code %d band %s", what, !!seen[signo], codes[signo],
	    mask_name(bands[signo]));
	seen[signo] = codes[signo] = bands[signo] = 0;
}

SCRIPT(signals_io)
{
	struct sigaction sa = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	union addr addr;
	char buf[8];
	int fd[2], lfd, c, sig = SIGRTMIN + 1;

	sigaction(SIGIO, &sa, NULL);
	sigaction(SIGURG, &sa, NULL);
	sigaction(sig, &sa, NULL);
	for (int i = 0; i < 2; i++) {
		int s = i ? sig : SIGIO;

		pair(way, fd);
		DO(fcntl(fd[1], F_SETOWN, getpid()));
		show(fcntl(fd[1], F_GETOWN) == getpid(), "F_GETOWN is right");
		DO(fcntl(fd[1], F_SETFL, O_ASYNC | O_NONBLOCK));
		if (i)
			DO(fcntl(fd[1], F_SETSIG, sig));
		send(fd[0], "a", 1, 0);
		show_signal("data", s);
		send(fd[0], "U", 1, MSG_OOB);
		show_signal("urgent", SIGURG);
		show_signal("urgent", s);
		recv(fd[1], buf, 8, 0);
		shutdown(fd[0], SHUT_WR);
		show_signal("the end", s);
		shutdown(fd[1], SHUT_WR);
		show_signal("both ends", s);
		shut(fd[0], fd[1]);
	}
	pair(way, fd);
	DO(fcntl(fd[1], F_SETOWN, getpid()));
	DO(fcntl(fd[1], F_SETFL, O_ASYNC | O_NONBLOCK));
	DO(fcntl(fd[1], F_SETSIG, sig));
	set_int(fd[0], SOL_SOCKET, SO_LINGER, 1);
	{
		struct linger now = { 1, 0 };

		setsockopt(fd[0], SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	close(fd[0]);
	show_signal("reset", sig);
	close(fd[1]);

	lfd = way_listen(way, 2, &addr);
	DO(fcntl(lfd, F_SETOWN, getpid()));
	DO(fcntl(lfd, F_SETFL, O_ASYNC));
	DO(fcntl(lfd, F_SETSIG, sig));
	c = way_connect(way, &addr, 0);
	show_signal("somebody has connected", sig);
	close(c);
	close(lfd);

	c = way_socket(way, SOCK_NONBLOCK);
	DO(fcntl(c, F_SETOWN, getpid()));
	DO(fcntl(c, F_SETFL, O_ASYNC | O_NONBLOCK));
	DO(fcntl(c, F_SETSIG, sig));
	way_loopback(way, 1, &addr);
	connect(c, &addr.sa, addr_len(&addr));
	show_signal("refused", sig);
}

SCRIPT(signal_urgent_owner)
{
	struct sigaction sa = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	int fd[2], pid = getpid(), value = 0;

	sigaction(SIGURG, &sa, NULL);
	pair(way, fd);
	send(fd[0], "U", 1, MSG_OOB);
	show_signal("nobody owns it", SIGURG);
	DO(ioctl(fd[1], FIOSETOWN, &pid));
	DO(ioctl(fd[1], SIOCGPGRP, &value));
	say("the owner is right = %d", value == pid);
	for (int i = 0; i < 3; i++) {
		send(fd[0], "U", 1, MSG_OOB);
		show_signal("owned", SIGURG);
	}
	send(fd[0], "abc", 3, 0);
	show_signal("data", SIGURG);
	value = -1;
	DO(ioctl(fd[1], SIOCSPGRP, BAD));
	DO(fcntl(fd[1], F_SETOWN, 0));
	send(fd[0], "U", 1, MSG_OOB);
	show_signal("given up", SIGURG);
}

/* ---- ICMP errors ---- */

static void show_error_queue(int fd)
{
	char buf[256], control[512];
	struct sockaddr_storage name;
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control), .msg_name = &name,
			      .msg_namelen = sizeof(name) };
	struct cmsghdr *c;

	if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0) {
		show(-errno, "error queue");
		return;
	}
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err *ee = (void *)CMSG_DATA(c);

		if (c->cmsg_level != SOL_SOCKET)
			say("error queue = %d origin %d type %d code %d info %d data %d, "
			    "name of %d, flags %x", ee->ee_errno, ee->ee_origin,
			    ee->ee_type, ee->ee_code, ee->ee_info, ee->ee_data,
			    msg.msg_namelen, msg.msg_flags);
	}
}

static const char *const reject4[] = {
	"icmp type net-unreachable", "icmp type host-unreachable",
	"icmp type prot-unreachable", "icmp type port-unreachable",
	"icmp type net-prohibited", "icmp type host-prohibited",
	"icmp type admin-prohibited", NULL
}, *const reject6[] = {
	"icmpv6 type no-route", "icmpv6 type admin-prohibited",
	"icmpv6 type addr-unreachable", "icmpv6 type port-unreachable",
	"icmpv6 type policy-fail", "icmpv6 type reject-route", NULL
};

/* Each kind for the segments of sockets with its mark, from 1 on. */
static bool reject(const char *const *with)
{
	FILE *nft = popen("nft -f -", "w");

	fprintf(nft, "table inet t {\nchain c {\n"
		"type filter hook input priority 0;\n");
	for (int i = 0; with[i]; i++)
		fprintf(nft, "meta mark %d meta l4proto %d reject with %s;\n", i + 1,
			test_proto(), with[i]);
	fprintf(nft, "}\n}\n");
	return !pclose(nft);
}

static void ask_for_errors(int fd)
{
	set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
	set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
}

static bool sent_again(int fd)
{
	struct etp_info info = { };
	socklen_t len = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, ETP_INFO, &info, &len);
	return info.etpi_total_retrans;
}

/* What a rule that rejects does to an attempt, and to a connection. */
static void rejected_by(const struct way *way, int mark, bool ask)
{
	int fd[2], c = way_socket(way, SOCK_NONBLOCK);
	union addr addr;
	char buf[4];

	pair(way, fd);
	if (ask) {
		ask_for_errors(c);
		ask_for_errors(fd[0]);
	}
	set_int(c, SOL_SOCKET, SO_MARK, mark);
	way_loopback(way, 77, &addr);
	DO(connect(c, &addr.sa, addr_len(&addr)));
	show_mask("attempt", c);
	show_error(c);
	show_mask("attempt, asked", c);
	show_error_queue(c);
	show_mask("attempt, read", c);
	set_int(fd[0], SOL_SOCKET, SO_MARK, mark);
	DO(send(fd[0], "x", 1, MSG_NOSIGNAL));
	/* Over lo the first error comes while the segment is being sent.  The second is
	 * to be the last: who is told of what must not depend on when it looks.
	 */
	DO(WITHIN(SOON, sent_again(fd[0])));
	usleep(20000);
	set_int(fd[0], SOL_SOCKET, SO_MARK, 0);
	DO(WITHIN(SOON, acked(fd[0])));
	show_mask("connection", fd[0]);
	show(-sock_error(fd[0]), "connection, SO_ERROR");
	show_error_queue(fd[0]);
	show_mask("connection, read", fd[0]);
	DO(recv(fd[0], buf, 4, MSG_DONTWAIT));
	DO(send(fd[0], "y", 1, MSG_NOSIGNAL | MSG_DONTWAIT));
	close(c);
	shut(fd[0], fd[1]);
}

SCRIPT(rejected, .own_net = true)
{
	const char *const *with = way == &way_ipv6 ? reject6 : reject4;

	if (!reject(with)) {
		say("no rules");
		return;
	}
	for (int i = 0; with[i]; i++) {
		for (int ask = 0; ask < 2; ask++) {
			say("%s, asked for errors: %d", with[i], ask);
			rejected_by(way, i + 1, ask);
		}
	}
}
