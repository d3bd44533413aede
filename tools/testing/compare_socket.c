// SPDX-License-Identifier: GPL-2.0
/* Compared: the options of socket(7) at work, not only set and read. */
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <sched.h>
#include <sys/epoll.h>

#include "compare.h"

#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL	69
#define SO_BUSY_POLL_BUDGET	70
#endif

/* ---- Filters ---- */

/* Keeps so many bytes of each segment, its header among them. */
static int keep(int fd, uint32_t bytes)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, bytes) };
	struct sock_fprog prog = { 1, code };

	return ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
}

/* Keeps what is longer than its header by so much, and none else. */
static int keep_longer(int fd, uint32_t bytes)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, bytes, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ~0),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { 4, code };

	return ERR(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
}

SCRIPT(filter_data)
{
	char buf[64], block[200] = "";
	int fd[2];

	pair(way, fd);
	set_nonblock(fd[1]);
	DO(keep(fd[1], 0));
	DO(send(fd[0], "unheard", 7, 0));
	usleep(30000);
	DO(recv(fd[1], buf, sizeof(buf), 0));
	say("acknowledged = %d", acked(fd[0]));
	DO(keep(fd[1], ~0));
	/* it is sent again */
	revents(fd[1], POLLIN, SOON);
	show_bytes("recv", buf, ERR(recv(fd[1], buf, sizeof(buf), 0)));
	say("acknowledged = %d", WITHIN(SOON, acked(fd[0])));
	DO(keep_longer(fd[1], 100));
	DO(send(fd[0], block, 20, 0));
	usleep(30000);
	DO(recv(fd[1], buf, sizeof(buf), 0));
	DO(send(fd[0], block, sizeof(block), 0));
	DO(setsockopt(fd[1], SOL_SOCKET, SO_DETACH_FILTER, NULL, 0));
	DO(set_int(fd[1], SOL_SOCKET, SO_DETACH_FILTER, 0));
	DO(set_int(fd[1], SOL_SOCKET, SO_DETACH_FILTER, 0));
	say("acknowledged = %d", WITHIN(SOON, acked(fd[0])));
	/* cut off behind a header with timestamps and four bytes */
	DO(keep(fd[1], 36));
	while (recv(fd[1], buf, sizeof(buf), 0) > 0)
		;
	DO(send(fd[0], "abcdefgh", 8, 0));
	revents(fd[1], POLLIN, SOON);
	show_bytes("recv", buf, ERR(recv(fd[1], buf, sizeof(buf), 0)));
	DO(set_int(fd[1], SOL_SOCKET, SO_DETACH_FILTER, 0));
	revents(fd[1], POLLIN, SOON);
	show_bytes("recv", buf, ERR(recv(fd[1], buf, sizeof(buf), 0)));
	shut(fd[0], fd[1]);
}

SCRIPT(filter_locked)
{
	struct sock_filter bad[] = { BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0) };
	struct sock_filter code[8];
	struct sock_fprog prog = { 1, bad };
	socklen_t len = 0;
	int fd = way_socket(way, 0);

	DO(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	prog.len = 0;
	DO(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	DO(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, 4));
	DO(keep(fd, 100));
	DO(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &len));
	say("length = %d", len);
	len = ARRAY_SIZE(code);
	DO(getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, code, &len));
	DO(set_int(fd, SOL_SOCKET, SO_LOCK_FILTER, 1));
	DO(get_int(fd, SOL_SOCKET, SO_LOCK_FILTER));
	DO(keep(fd, 200));
	DO(set_int(fd, SOL_SOCKET, SO_DETACH_FILTER, 0));
	DO(set_int(fd, SOL_SOCKET, SO_LOCK_FILTER, 0));
}

/* A listener's is for SYNs too, and goes on with the children. */
SCRIPT(filter_listener)
{
	union addr addr;
	char buf[8];
	int lfd = way_listen(way, 4, &addr), c, fd;

	set_nonblock(lfd);
	DO(keep(lfd, 0));
	c = way_connect(way, &addr, SOCK_NONBLOCK);
	usleep(30000);
	show_mask("unheard", c);
	DO(accept(lfd, NULL, NULL));
	DO(set_int(lfd, SOL_SOCKET, SO_DETACH_FILTER, 0));
	revents(c, POLLOUT, SOON);
	show_mask("heard", c);
	revents(lfd, POLLIN, SOON);
	fd = OK(accept(lfd, NULL, NULL));
	close(fd);
	close(c);

	DO(keep_longer(lfd, 42));	/* headers with no text pass not */
	DO(keep(lfd, ~0));
	DO(set_int(lfd, SOL_SOCKET, SO_LOCK_FILTER, 1));
	c = way_connect(way, &addr, 0);
	revents(lfd, POLLIN, SOON);
	fd = OK(accept(lfd, NULL, NULL));
	DO(get_int(fd, SOL_SOCKET, SO_LOCK_FILTER));
	DO(keep(fd, 0));
	DO(set_int(fd, SOL_SOCKET, SO_DETACH_FILTER, 0));
	DO(send(c, "x", 1, 0));
	revents(fd, POLLIN, SOON);
	DO(recv(fd, buf, sizeof(buf), 0));
}

/* ---- Marks and priorities reach the packets ---- */

#define MATCHES	5

static const char *const match[MATCHES] = {
	"meta mark 7", "meta mark 8", "meta mark 0", "meta priority 0:5",
	"meta priority 0:6",
};

static FILE *to_nft, *from_nft;

/* An nft that is told one command after the other: it takes long to start. */
static bool start_nft(void)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		return false;
	fflush(NULL);
	if (!fork()) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		dup2(from[1], STDERR_FILENO);
		execlp("nft", "nft", "-i", NULL);
		_exit(1);
	}
	close(to[0]);
	close(from[1]);
	to_nft = fdopen(to[1], "w");
	from_nft = fdopen(from[0], "r");
	return true;
}

/* Asks for the rules' counters; false when it complains. */
static bool read_counters(long n[MATCHES])
{
	char line[160], *at;
	int i = 0;

	fprintf(to_nft, "list table inet t\n");
	fflush(to_nft);
	while (fgets(line, sizeof(line), from_nft)) {
		if (!strncmp(line, "Error", 5))
			return false;
		if (*line == '}')
			return i == MATCHES;
		at = strstr(line, "counter packets ");
		if (at && i < MATCHES)
			n[i++] = atol(at + strlen("counter packets "));
	}
	return false;
}

static bool count_packets(void)
{
	long n[MATCHES];

	if (!start_nft())
		return false;
	fprintf(to_nft, "add table inet t\n"
		"add chain inet t c { type filter hook output priority 0 ; }\n");
	for (int i = 0; i < MATCHES; i++)
		fprintf(to_nft, "add rule inet t c meta l4proto %d %s counter\n",
			test_proto(), match[i]);
	return read_counters(n);
}

/* Which of the rules have counted something since they were last looked at. */
static void show_counted(const char *what)
{
	static long before[MATCHES];
	long n[MATCHES] = { };

	if (!read_counters(n))
		say("no counters");
	for (int i = 0; i < MATCHES; i++) {
		say("%s: %s = %s", what, match[i], n[i] > before[i] ? "some" : "none");
		before[i] = n[i];
	}
}

SCRIPT(marks, .own_net = true)
{
	union addr addr;
	char buf[8];
	int lfd, c, fd;

	if (!count_packets()) {
		say("no counters");
		return;
	}
	lfd = way_listen(way, 4, &addr);
	DO(set_int(lfd, SOL_SOCKET, SO_MARK, 8));
	DO(set_int(lfd, SOL_SOCKET, SO_PRIORITY, 6));
	c = way_socket(way, 0);
	DO(set_int(c, SOL_SOCKET, SO_MARK, 7));
	DO(set_int(c, SOL_SOCKET, SO_PRIORITY, 5));
	DO(connect(c, &addr.sa, addr_len(&addr)));
	fd = OK(accept(lfd, NULL, NULL));
	show_counted("opened");
	DO(send(c, "data", 4, 0));
	DO(recv(fd, buf, 4, 0));
	usleep(50000);
	show_counted("data and its ACK");
	DO(set_int(fd, SOL_SOCKET, SO_MARK, 0));
	DO(set_int(fd, SOL_SOCKET, SO_PRIORITY, 0));
	DO(send(fd, "data", 4, 0));
	usleep(50000);
	show_counted("another mark");
	{
		struct linger now = { 1, 0 };

		setsockopt(c, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	close(c);
	show_counted("RST");
	/* nobody listens: the answer has no socket whose mark it could bear */
	c = way_socket(way, 0);
	DO(set_int(c, SOL_SOCKET, SO_MARK, 7));
	way_loopback(way, 1, &addr);
	DO(connect(c, &addr.sa, addr_len(&addr)));
	show_counted("refused");
}

/* ---- Processors, polling, routes ---- */

SCRIPT(processors)
{
	union addr addr;
	int lfd = way_listen(way, 4, &addr), c, fd, cpu, n = sysconf(_SC_NPROCESSORS_CONF);
	char buf[4];

	c = way_connect(way, &addr, 0);
	fd = OK(accept(lfd, NULL, NULL));
	OK(send(c, "x", 1, 0));
	OK(recv(fd, buf, 1, 0));
	cpu = get_int(fd, SOL_SOCKET, SO_INCOMING_CPU);
	say("the child's is a processor = %d", cpu >= 0 && cpu < n);
	cpu = get_int(c, SOL_SOCKET, SO_INCOMING_CPU);
	say("the client's is a processor = %d", cpu >= 0 && cpu < n);
	DO(set_int(fd, SOL_SOCKET, SO_INCOMING_CPU, 0));
	DO(get_int(fd, SOL_SOCKET, SO_INCOMING_CPU));
	DO(set_int(lfd, SOL_SOCKET, SO_INCOMING_CPU, n + 100));
	DO(get_int(lfd, SOL_SOCKET, SO_INCOMING_CPU));
	OK(way_connect(way, &addr, 0));
	OK(accept(lfd, NULL, NULL));
}

SCRIPT(busy_polling)
{
	char buf[8];
	int fd[2], ep;
	struct epoll_event ev = { .events = EPOLLIN };

	pair(way, fd);
	DO(set_int(fd[1], SOL_SOCKET, SO_BUSY_POLL, 200));
	DO(set_int(fd[1], SOL_SOCKET, SO_BUSY_POLL, -1));
	DO(get_int(fd[1], SOL_SOCKET, SO_BUSY_POLL));
	DO(set_int(fd[1], SOL_SOCKET, SO_PREFER_BUSY_POLL, 1));
	DO(get_int(fd[1], SOL_SOCKET, SO_PREFER_BUSY_POLL));
	DO(set_int(fd[1], SOL_SOCKET, SO_BUSY_POLL_BUDGET, 16));
	DO(set_int(fd[1], SOL_SOCKET, SO_BUSY_POLL_BUDGET, 1 << 20));
	DO(get_int(fd[1], SOL_SOCKET, SO_BUSY_POLL_BUDGET));
	set_timeo(fd[1], SO_RCVTIMEO, 20);
	DO(recv(fd[1], buf, sizeof(buf), 0));
	OK(send(fd[0], "busy", 4, 0));
	show_bytes("recv", buf, ERR(recv(fd[1], buf, 4, MSG_WAITALL)));
	ep = epoll_create1(0);
	DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &ev));
	DO(epoll_wait(ep, &ev, 1, 10));
	OK(send(fd[0], "busy", 4, 0));
	DO(epoll_wait(ep, &ev, 1, SOON));
	show_mask("busy", fd[1]);
	shutdown(fd[0], SHUT_WR);
	revents(fd[1], POLLRDHUP, SOON);
	DO(recv(fd[1], buf, sizeof(buf), 0));
	DO(recv(fd[1], buf, sizeof(buf), 0));
}

/* Only to neighbours: a route by a gateway does not count. */
SCRIPT(no_gateway, .own_net = true)
{
	static const char *const to[] = { "10.8.0.1", "fd08::1", "::ffff:10.8.0.1" };
	union addr addr;

	if (!ip("link add gate type dummy\nlink set gate up\n"
		"addr add 10.7.0.1/24 dev gate\naddr add fd07::1/64 dev gate nodad\n"
		"route add 10.8.0.0/24 via 10.7.0.2\nroute add fd08::/64 via fd07::2\n"))
		say("no routes");
	for (int on = 0; on < 2; on++) {
		int fd = way_socket(way, SOCK_NONBLOCK);

		DO(set_int(fd, SOL_SOCKET, SO_DONTROUTE, on));
		DO(get_int(fd, SOL_SOCKET, SO_DONTROUTE));
		way_addr(way, address_of(way, to), 99, &addr);
		show(ERR(connect(fd, &addr.sa, addr_len(&addr))), "by a gateway, %d", on);
		close(fd);
		fd = way_socket(way, SOCK_NONBLOCK);
		DO(set_int(fd, SOL_SOCKET, SO_DONTROUTE, on));
		way_loopback(way, 1, &addr);
		show(ERR(connect(fd, &addr.sa, addr_len(&addr))), "to itself, %d", on);
		show_mask("to itself", fd);
		close(fd);
	}
}

/* A neighbour that does not answer: this host says itself that nobody is there. */
SCRIPT(no_neighbour, .own_net = true)
{
	static const char *const to[] = { "10.7.0.2", "fd07::2", "::ffff:10.7.0.2" };
	union addr addr;
	int fd;

	if (!ip("link add void type dummy\nlink set void arp on up\n"
		"addr add 10.7.0.1/24 dev void\naddr add fd07::1/64 dev void nodad\n") ||
	    !put("/proc/sys/net/ipv4/neigh/void/retrans_time_ms", "50") ||
	    !put("/proc/sys/net/ipv6/neigh/void/retrans_time_ms", "50"))
		say("no link");
	way_addr(way, address_of(way, to), 99, &addr);
	fd = way_socket(way, 0);
	DO(connect(fd, &addr.sa, addr_len(&addr)));
	show_mask("after it", fd);
	DO(sock_error(fd));
	close(fd);
	fd = way_socket(way, SOCK_NONBLOCK);
	DO(connect(fd, &addr.sa, addr_len(&addr)));
	show(revents(fd, POLLOUT, SOON), "poll");
	DO(sock_error(fd));
	close(fd);
}

/* ---- The queue of errors, and who is told of it ---- */

SCRIPT(error_queue_told)
{
	for (int on = 0; on < 2; on++) {
		char buf[64], control[256];
		struct iovec iov = { buf, sizeof(buf) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		int fd[2];

		pair(way, fd);
		DO(set_int(fd[0], SOL_SOCKET, 45 /* SO_SELECT_ERR_QUEUE */, on));
		DO(get_int(fd[0], SOL_SOCKET, 45));
		DO(set_int(fd[0], SOL_SOCKET, SO_TIMESTAMPING,
			   SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
			   SOF_TIMESTAMPING_OPT_TSONLY));
		OK(send(fd[0], "x", 1, 0));
		WITHIN(SOON, acked(fd[0]));
		usleep(5000);
		show_mask("a stamp waits", fd[0]);
		show(revents(fd[0], POLLPRI, 10), "poll for PRI");
		DO(recv(fd[0], buf, 1, MSG_DONTWAIT));
		DO(ERR(recvmsg(fd[0], &msg, MSG_ERRQUEUE)));
		show_control(&msg);
		msg.msg_controllen = 4;
		OK(send(fd[0], "x", 1, 0));
		WITHIN(SOON, acked(fd[0]));
		usleep(5000);
		/* no room for it */
		DO(ERR(recvmsg(fd[0], &msg, MSG_ERRQUEUE)));
		show_control(&msg);
		DO(ERR(recvmsg(fd[0], &msg, MSG_ERRQUEUE)));
		show_mask("read", fd[0]);
		shut(fd[0], fd[1]);
	}
}

/* ---- epoll: what poll_states and the like leave out ---- */

static int ready(int ep, int ms)
{
	struct epoll_event ev;
	int n = epoll_wait(ep, &ev, 1, ms);

	return n == 1 ? (int)ev.events : n;
}

/* One shot, and armed again, with what is there already and what comes then */
SCRIPT(epoll_rearmed)
{
	struct epoll_event in = { .events = EPOLLIN | EPOLLONESHOT };
	struct epoll_event edge = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0), fd[2];
	char buf[8];

	pair(way, fd);
	DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &in));
	DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &in));
	OK(send(fd[0], "ab", 2, 0));
	show(ready(ep, SOON), "the first");
	show(ready(ep, 10), "and no other");
	OK(recv(fd[1], buf, 1, 0));
	DO(epoll_ctl(ep, EPOLL_CTL_MOD, fd[1], &in));
	show(ready(ep, 10), "armed again, a byte is left");
	OK(recv(fd[1], buf, 1, 0));
	DO(epoll_ctl(ep, EPOLL_CTL_MOD, fd[1], &in));
	show(ready(ep, 10), "armed again, nothing is left");
	OK(send(fd[0], "c", 1, 0));
	show(ready(ep, SOON), "something came");
	DO(epoll_ctl(ep, EPOLL_CTL_MOD, fd[1], &edge));
	show(ready(ep, 10), "by edges now");
	show(ready(ep, 10), "no other");
	DO(epoll_ctl(ep, EPOLL_CTL_MOD, fd[1], &edge));
	show(ready(ep, 10), "asked anew");
	shutdown(fd[0], SHUT_WR);
	show(ready(ep, SOON), "the end is an edge");
	show(ready(ep, 10), "once");
	DO(epoll_ctl(ep, EPOLL_CTL_DEL, fd[1], NULL));
	DO(epoll_ctl(ep, EPOLL_CTL_DEL, fd[1], NULL));
	edge.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
	DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &edge));
	edge.events = EPOLLIN | EPOLLEXCLUSIVE;
	DO(epoll_ctl(ep, EPOLL_CTL_ADD, fd[1], &edge));
	DO(epoll_ctl(ep, EPOLL_CTL_MOD, fd[1], &edge));
	show(ready(ep, 10), "exclusive");
	close(fd[1]);
	show(ready(ep, 10), "closed");
}

/* epoll in epoll, and a set that two look at */
SCRIPT(epoll_nested)
{
	struct epoll_event in = { .events = EPOLLIN };
	int inner = epoll_create1(0), outer = epoll_create1(0), fd[2];
	char buf[4];

	pair(way, fd);
	DO(epoll_ctl(inner, EPOLL_CTL_ADD, fd[1], &in));
	DO(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &in));
	show(ready(outer, 10), "nothing");
	show_mask("the inner one", inner);
	OK(send(fd[0], "x", 1, 0));
	show(ready(outer, SOON), "data");
	show_mask("the inner one", inner);
	show(ready(inner, 10), "the inner one");
	OK(recv(fd[1], buf, 1, 0));
	show(ready(outer, 10), "read");
	show_mask("the inner one", inner);
}
