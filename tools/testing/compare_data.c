// SPDX-License-Identifier: GPL-2.0
/* Compared: bytes in and out, by every call that moves them. */
#include <linux/sockios.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>

#include "compare.h"

static long receive(int fd, size_t room, int flags)
{
	char buf[64] = "", what[48];
	long n = ERR(recv(fd, buf, room, flags));

	snprintf(what, sizeof(what), "recv %zu, flags %x", room, flags);
	show_bytes(what, buf, n < 0 ? n : flags & MSG_TRUNC ? 0 : n);
	return n;
}

/* Waits for what was sent. */
static void come(int fd, int bytes)
{
	int n = 0;

	WITHIN(300, ioctl(fd, SIOCINQ, &n) || n >= bytes);
}

static void drain(int fd)
{
	char buf[256];

	usleep(5000);
	while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

/* Each of the 32 flags on its own. */
SCRIPT(send_flags)
{
	for (int bit = 0; bit < 32; bit++) {
		char buf[8] = "", more[4];
		int fd[2];

		pair(way, fd);
		show(ERR(send(fd[0], "flag", 4, 1U << bit)), "send, flag %x", 1U << bit);
		show(ERR(send(fd[0], "+", 1, MSG_NOSIGNAL)), "send more");
		come(fd[1], 5);
		show_bytes("recv", buf, ERR(recv(fd[1], buf, 8, MSG_DONTWAIT)));
		show_bytes("recv", more, ERR(recv(fd[1], more, 4, MSG_DONTWAIT)));
		show_mask("sender", fd[0]);
		show_mask("receiver", fd[1]);
		shut(fd[0], fd[1]);
	}
}

SCRIPT(recv_flags)
{
	for (int bit = 0; bit < 32; bit++) {
		char buf[8];
		int fd[2];

		pair(way, fd);
		set_nonblock(fd[1]);
		show(ERR(recv(fd[1], buf, 8, 1U << bit)), "recv nothing, flag %x",
		     1U << bit);
		send(fd[0], "abcdef", 6, 0);
		come(fd[1], 6);
		receive(fd[1], 4, 1U << bit);
		receive(fd[1], 4, 0);
		receive(fd[1], 4, 0);
		shutdown(fd[0], SHUT_WR);
		revents(fd[1], POLLRDHUP, SOON);
		show(ERR(recv(fd[1], buf, 8, 1U << bit)), "recv the end, flag %x",
		     1U << bit);
		shut(fd[0], fd[1]);
	}
}

SCRIPT(send_states)
{
	char buf[8];

	FOR_EACH_WHERE(w) {
		for (int i = 0; i < 4; i++) {
			int peer, fd = make(way, w, &peer);
			size_t len = i == 3 ? 0 : 1;

			show(ERR(send(fd, "x", len, MSG_NOSIGNAL | MSG_DONTWAIT)),
			     "%s: send %zu", where_name[w], len);
			show(ERR(send(fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_OOB)),
			     "%s: send urgent", where_name[w]);
			show(ERR(recv(fd, buf, i & 1, MSG_DONTWAIT)), "%s: recv %d",
			     where_name[w], i & 1);
			show(ERR(recv(fd, buf, 8, MSG_DONTWAIT | MSG_OOB)),
			     "%s: recv urgent", where_name[w]);
			show(ERR(recv(fd, buf, 8, MSG_DONTWAIT | MSG_PEEK)),
			     "%s: peek", where_name[w]);
			show(ERR(recv(fd, buf, 8, MSG_DONTWAIT | MSG_TRUNC)),
			     "%s: recv and throw away", where_name[w]);
			show(ERR(recv(fd, buf, 8, MSG_ERRQUEUE)), "%s: error queue",
			     where_name[w]);
			shut(fd, peer);
		}
	}
}

static volatile sig_atomic_t signals[65];

static void count_signal(int signo)
{
	signals[signo]++;
}

SCRIPT(send_sigpipe)
{
	struct sigaction sa = { .sa_handler = count_signal };
	char c = 'x';

	sigaction(SIGPIPE, &sa, NULL);
	FOR_EACH_WHERE(w) {
		struct iovec iov = { &c, 1 };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		int peer, fd = make(way, w, &peer);

		set_nonblock(fd);
		signals[SIGPIPE] = 0;
		show(ERR(write(fd, &c, 1)), "%s: write", where_name[w]);
		show(ERR(write(fd, &c, 1)), "write");
		show(ERR(sendmsg(fd, &msg, 0)), "sendmsg");
		show(ERR(sendmsg(fd, &msg, MSG_NOSIGNAL)), "sendmsg, no signal");
		say("SIGPIPE = %d", signals[SIGPIPE]);
		shut(fd, peer);
	}
}

SCRIPT(data_arguments)
{
	struct sockaddr_storage other = { .ss_family = AF_INET };
	char buf[16] = "0123456789";
	struct iovec iov[3] = { { buf, 4 }, { BAD, 4 }, { buf + 8, 2 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 1 };
	static struct iovec many[1025];
	socklen_t len = sizeof(other);
	int fd[2];

	pair(way, fd);
	set_nonblock(fd[1]);
	DO(send(fd[0], NULL, 0, 0));
	DO(send(fd[0], NULL, 1, 0));
	DO(send(fd[0], BAD, 10, 0));
	DO(write(fd[0], BAD, 0));
	DO(sendto(fd[0], "a", 1, 0, (void *)&other, sizeof(other)));
	DO(sendto(fd[0], "a", 1, 0, (void *)&other, 1));
	DO(sendto(fd[0], "a", 1, 0, BAD, 16));
	DO(sendto(fd[0], "a", 1, 0, (void *)&other, -1));
	DO(sendto(fd[0], "a", 1, 0, (void *)&other, 200));
	DO(writev(fd[0], iov, 3));
	DO(writev(fd[0], iov + 1, 2));
	DO(writev(fd[0], iov, 0));
	DO(writev(fd[0], iov, -1));
	DO(writev(fd[0], many, 1024));
	DO(writev(fd[0], many, 1025));
	DO(writev(fd[0], BAD, 1));
	DO(sendmsg(fd[0], &msg, 0));
	DO(sendmsg(fd[0], BAD, 0));
	msg.msg_iovlen = 1025;
	DO(sendmsg(fd[0], &msg, 0));
	msg.msg_iovlen = 0;
	DO(sendmsg(fd[0], &msg, 0));
	DO(pwrite(fd[0], buf, 1, 0));
	DO(pread(fd[1], buf, 1, 0));
	DO(lseek(fd[0], 0, SEEK_SET));
	DO(fsync(fd[0]));
	DO(ftruncate(fd[0], 0));
	come(fd[1], 14);
	show_bytes("recv", buf, ERR(recv(fd[1], buf, 16, MSG_PEEK)));
	DO(recv(fd[1], NULL, 0, 0));
	DO(recv(fd[1], BAD, 4, 0));
	DO(recv(fd[1], BAD, 4, MSG_PEEK));
	DO(recv(fd[1], BAD, 4, MSG_TRUNC));
	DO(recvfrom(fd[1], buf, 1, 0, (void *)&other, &len));
	say("length of the address = %d", len);
	DO(recvfrom(fd[1], buf, 1, 0, BAD, &len));
	DO(recvfrom(fd[1], buf, 1, 0, (void *)&other, BAD));
	len = -1;
	DO(recvfrom(fd[1], buf, 1, 0, (void *)&other, &len));
	iov[0].iov_len = 2;
	DO(readv(fd[1], iov, 3));
	DO(readv(fd[1], iov, 1025));
	receive(fd[1], 16, 0);
	receive(fd[1], 16, 0);
}

SCRIPT(vectors)
{
	char a[3], b[5], c[7];
	struct iovec out[] = { { "abc", 3 }, { "", 0 }, { "defgh", 5 }, { "ijk", 3 } };
	struct iovec in[] = { { a, 3 }, { b, 0 }, { b, 5 }, { c, 7 } };
	struct mmsghdr mm[3] = { };
	struct timespec soon = { .tv_nsec = 20000000 };
	int fd[2], n;

	pair(way, fd);
	DO(writev(fd[0], out, 4));
	come(fd[1], 11);
	DO(readv(fd[1], in, 4));
	show_bytes("a", a, 3);
	show_bytes("b", b, 5);
	show_bytes("c", c, 3);
	for (int i = 0; i < 3; i++) {
		mm[i].msg_hdr.msg_iov = &out[i];
		mm[i].msg_hdr.msg_iovlen = 1;
	}
	n = DO(sendmmsg(fd[0], mm, 3, 0));
	for (int i = 0; i < n; i++)
		say("sent = %d", mm[i].msg_len);
	DO(sendmmsg(fd[0], mm, 0, 0));
	DO(sendmmsg(fd[0], BAD, 1, 0));
	come(fd[1], 8);
	for (int i = 0; i < 3; i++) {
		mm[i].msg_hdr.msg_iov = &in[i == 1 ? 2 : i];
		mm[i].msg_len = 99;
	}
	n = DO(recvmmsg(fd[1], mm, 3, MSG_DONTWAIT, NULL));
	for (int i = 0; i < 3; i++)
		say("received = %d flags %x", mm[i].msg_len, mm[i].msg_hdr.msg_flags);
	DO(recvmmsg(fd[1], mm, 3, MSG_DONTWAIT, NULL));
	DO(recvmmsg(fd[1], mm, 3, MSG_WAITFORONE | MSG_DONTWAIT, &soon));
	drain(fd[1]);
	shutdown(fd[0], SHUT_WR);
	revents(fd[1], POLLRDHUP, SOON);
	DO(recvmmsg(fd[1], mm, 3, 0, &soon));
	DO(recvmmsg(fd[1], mm, 3, MSG_WAITFORONE, NULL));
}

/* Whole messages of recvmsg(): flags, names, control. */
SCRIPT(recvmsg_header)
{
	static const int flags[] = { 0, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_OOB,
				     MSG_ERRQUEUE, MSG_CMSG_CLOEXEC };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		char buf[4], control[256];
		union addr from;
		struct iovec iov = { buf, 4 };
		struct msghdr msg = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
			.msg_flags = ~0,
		};
		int fd[2];

		pair(way, fd);
		send(fd[0], "abcd", 4, 0);
		send(fd[0], "Urgent", 6, MSG_OOB);
		come(fd[1], 9);
		revents(fd[1], POLLPRI, SOON);
		show(ERR(recvmsg(fd[1], &msg, flags[i] | MSG_DONTWAIT)),
		     "recvmsg, flags %x", flags[i]);
		say("name = %d, control = %zu", msg.msg_namelen, msg.msg_controllen);
		show_control(&msg);
		msg.msg_controllen = 1;
		msg.msg_namelen = sizeof(from);
		msg.msg_iovlen = 0;
		show(ERR(recvmsg(fd[1], &msg, flags[i] | MSG_DONTWAIT)),
		     "recvmsg of nothing, flags %x", flags[i]);
		say("name = %d, control = %zu, flags = %x", msg.msg_namelen,
		    msg.msg_controllen, msg.msg_flags);
		shut(fd[0], fd[1]);
	}
}

SCRIPT(recv_waitall)
{
	struct timeval soon = { .tv_usec = 50000 };
	char buf[16];
	int fd[2];

	pair(way, fd);
	setsockopt(fd[1], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	DO(recv(fd[1], buf, 8, MSG_WAITALL));
	send(fd[0], "abc", 3, 0);
	DO(recv(fd[1], buf, 8, MSG_WAITALL));
	send(fd[0], "abc", 3, 0);
	DO(recv(fd[1], buf, 8, MSG_WAITALL | MSG_PEEK));
	DO(recv(fd[1], buf, 2, MSG_WAITALL | MSG_PEEK));
	DO(recv(fd[1], buf, 3, MSG_WAITALL | MSG_TRUNC));
	send(fd[0], "abc", 3, 0);
	shutdown(fd[0], SHUT_WR);
	DO(recv(fd[1], buf, 8, MSG_WAITALL));
	DO(recv(fd[1], buf, 8, MSG_WAITALL));
}

SCRIPT(peek_offset)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	char buf[16];
	int fd[2], off = 42 /* SO_PEEK_OFF */;

	pair(way, fd);
	DO(get_int(fd[1], SOL_SOCKET, off));
	DO(set_int(fd[1], SOL_SOCKET, off, 0));
	DO(get_int(fd[1], SOL_SOCKET, off));
	set_nonblock(fd[1]);
	send(fd[0], "abcdefghij", 10, 0);
	come(fd[1], 10);
	for (int i = 0; i < 5; i++) {
		show_bytes("peek", buf, ERR(recv(fd[1], buf, 3, MSG_PEEK)));
		DO(get_int(fd[1], SOL_SOCKET, off));
	}
	show_bytes("recv", buf, ERR(recv(fd[1], buf, 2, 0)));
	DO(get_int(fd[1], SOL_SOCKET, off));
	DO(set_int(fd[1], SOL_SOCKET, off, 4));
	show_bytes("peek", buf, ERR(recv(fd[1], buf, 3, MSG_PEEK)));
	DO(set_int(fd[1], SOL_SOCKET, off, -1));
	show_bytes("peek", buf, ERR(recv(fd[1], buf, 3, MSG_PEEK)));
	DO(set_int(fd[1], SOL_SOCKET, off, -2));
	DO(get_int(fd[1], SOL_SOCKET, off));
	DO(set_int(fd[1], SOL_SOCKET, off, 100));
	DO(recv(fd[1], buf, 3, MSG_PEEK));
	DO(get_int(fd[1], SOL_SOCKET, off));
	shutdown(fd[0], SHUT_WR);
	revents(fd[1], POLLRDHUP, SOON);
	DO(recv(fd[1], buf, 3, MSG_PEEK));
	DO(recv(fd[1], buf, 16, 0));
	DO(get_int(fd[1], SOL_SOCKET, off));
	DO(connect(fd[1], &none, sizeof(none)));
	DO(get_int(fd[1], SOL_SOCKET, off));
}

/* ---- Urgent data ---- */

static void show_mark(int fd)
{
	int mark = -1, in = -1;

	show(ERR(ioctl(fd, SIOCATMARK, &mark)), "SIOCATMARK");
	ioctl(fd, SIOCINQ, &in);
	say("at the mark = %d, SIOCINQ = %d", mark, in);
}

static void read_urgent(int fd)
{
	show_mark(fd);
	show_mask("urgent", fd);
	receive(fd, 4, MSG_OOB | MSG_PEEK);
	receive(fd, 0, MSG_OOB);
	receive(fd, 4, MSG_OOB | MSG_TRUNC);
	receive(fd, 4, MSG_OOB);
}

/* What is sent: capitals urgently. */
static void send_urgent(int fd, const char *what)
{
	for (; *what; what++)
		send(fd, what, 1, *what >= 'A' && *what <= 'Z' ? MSG_OOB : 0);
}

SCRIPT(urgent)
{
	static const char *const what[] = { "A", "aB", "Ab", "aBc", "aBcD", "AB", "abCDef",
					    "aBCd", "ABC" };

	for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
		for (int how = 0; how < 8; how++) {
			int fd[2];

			pair(way, fd);
			set_nonblock(fd[1]);
			set_int(fd[1], SOL_SOCKET, SO_OOBINLINE, how & 1);
			send_urgent(fd[0], what[i]);
			revents(fd[1], POLLPRI, SOON);
			WITHIN(SOON, acked(fd[0]));
			say("%s, way %d to read it", what[i], how);
			show_mark(fd[1]);
			if (how & 2)
				receive(fd[1], 4, MSG_OOB);
			if (how & 4)
				receive(fd[1], 4, MSG_PEEK);
			for (int j = 0; j < 5; j++) {
				receive(fd[1], 4, 0);
				show_mark(fd[1]);
			}
			receive(fd[1], 4, MSG_OOB);
			shut(fd[0], fd[1]);
		}
	}
}

SCRIPT(urgent_then_end)
{
	for (int how = 0; how < 3; how++) {
		int fd[2];

		pair(way, fd);
		send(fd[0], "abcU", 4, MSG_OOB);
		revents(fd[1], POLLPRI, SOON);
		if (how == 1)
			shutdown(fd[0], SHUT_WR);
		else if (how == 2)
			close(fd[0]);
		revents(fd[1], POLLRDHUP, 100);
		read_urgent(fd[1]);
		receive(fd[1], 2, 0);
		read_urgent(fd[1]);
		receive(fd[1], 8, MSG_DONTWAIT);
		read_urgent(fd[1]);
		receive(fd[1], 8, MSG_DONTWAIT);
		receive(fd[1], 8, MSG_OOB);
		show_mask("read", fd[1]);
		close(fd[1]);
	}
}

SCRIPT(urgent_inline_late)
{
	int fd[2];

	pair(way, fd);
	send(fd[0], "abUcd", 3, MSG_OOB);
	send(fd[0], "cd", 2, 0);
	come(fd[1], 2);
	revents(fd[1], POLLPRI, SOON);
	DO(set_int(fd[1], SOL_SOCKET, SO_OOBINLINE, 1));
	show_mark(fd[1]);
	receive(fd[1], 4, MSG_OOB);
	receive(fd[1], 2, 0);
	show_mark(fd[1]);
	DO(set_int(fd[1], SOL_SOCKET, SO_OOBINLINE, 0));
	show_mark(fd[1]);
	receive(fd[1], 4, MSG_OOB);
	receive(fd[1], 4, 0);
	show_mark(fd[1]);
}

/* select() for exceptions, splice() at the mark. */
SCRIPT(urgent_splice)
{
	int fd[2], p[2];
	char buf[8];

	pair(way, fd);
	if (pipe(p))
		return;
	send(fd[0], "abU", 3, MSG_OOB);
	send(fd[0], "cd", 2, 0);
	revents(fd[1], POLLPRI, SOON);
	usleep(5000);
	set_nonblock(fd[1]);
	for (int i = 0; i < 4; i++) {
		DO(splice(fd[1], NULL, p[1], NULL, 8, SPLICE_F_NONBLOCK));
		show_mark(fd[1]);
	}
	receive(fd[1], 4, MSG_OOB);
	receive(fd[1], 4, 0);
	show_bytes("pipe", buf, ERR(read(p[0], buf, 8)));
}

/* ---- Pipes and files ---- */

SCRIPT(splicing)
{
	char buf[8] = "abcdefg";
	struct iovec iov = { buf, 4 };
	int fd[2], p[2], q[2], file = memfd_create("file", 0);
	loff_t off = 1;

	pair(way, fd);
	if (pipe(p) || pipe(q) || write(file, "0123456789", 10) != 10)
		return;
	set_nonblock(fd[1]);
	DO(splice(fd[1], NULL, p[1], NULL, 8, 0));
	DO(splice(fd[1], NULL, p[1], NULL, 0, 0));
	DO(splice(fd[1], &off, p[1], NULL, 8, 0));
	DO(splice(fd[1], NULL, fd[0], NULL, 8, 0));
	DO(sendfile(fd[0], file, &off, 4));
	say("offset = %d", (int)off);
	DO(sendfile(fd[0], file, &off, 100));
	DO(sendfile(fd[0], file, &off, 100));
	DO(sendfile(file, fd[1], NULL, 4));
	come(fd[1], 9);
	DO(splice(fd[1], NULL, p[1], NULL, 4, SPLICE_F_MOVE));
	DO(tee(p[0], q[1], 100, 0));
	DO(splice(p[0], NULL, fd[0], NULL, 100, SPLICE_F_MORE));
	DO(vmsplice(q[1], &iov, 1, 0));
	DO(splice(q[0], NULL, fd[0], NULL, 100, 0));
	DO(tee(fd[1], q[1], 4, 0));
	come(fd[1], 17);
	receive(fd[1], 32, 0);
	shutdown(fd[0], SHUT_WR);
	revents(fd[1], POLLRDHUP, SOON);
	DO(splice(fd[1], NULL, p[1], NULL, 8, 0));
	signal(SIGPIPE, SIG_IGN);
	DO(write(p[1], "x", 1));
	DO(splice(p[0], NULL, fd[0], NULL, 8, 0));
	lseek(file, 0, SEEK_SET);
	DO(sendfile(fd[0], file, NULL, 4));
	FOR_EACH_WHERE(w) {
		int peer, s = make(way, w, &peer);

		set_nonblock(s);
		show(ERR(splice(s, NULL, p[1], NULL, 4, SPLICE_F_NONBLOCK)),
		     "%s: splice out of it", where_name[w]);
		show(ERR(write(p[1], "xy", 2)), "write");
		show(ERR(splice(p[0], NULL, s, NULL, 1, SPLICE_F_NONBLOCK)),
		     "%s: splice into it", where_name[w]);
		lseek(file, 0, SEEK_SET);
		show(ERR(sendfile(s, file, NULL, 4)), "%s: sendfile", where_name[w]);
		shut(s, peer);
	}
}

/* ---- ioctl() ---- */

SCRIPT(ioctls)
{
	static const struct { unsigned int cmd; const char *name; } cmds[] = {
		{ SIOCINQ, "SIOCINQ" }, { SIOCOUTQ, "SIOCOUTQ" },
		{ SIOCOUTQNSD, "SIOCOUTQNSD" }, { SIOCATMARK, "SIOCATMARK" },
		{ SIOCGSTAMP_OLD, "SIOCGSTAMP" }, { FIOGETOWN, "FIOGETOWN" },
		{ SIOCGPGRP, "SIOCGPGRP" }, { SIOCGSTAMPNS_OLD, "SIOCGSTAMPNS" },
		{ 0x8980, "SIOCBONDENSLAVE" }, { 0x54ff, "unknown" },
		{ SIOCPROTOPRIVATE, "SIOCPROTOPRIVATE" },
	};

	FOR_EACH_WHERE(w) {
		int peer, fd = make(way, w, &peer);

		for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
			int value[8] = { -1 };

			show(ERR(ioctl(fd, cmds[i].cmd, value)), "%s: %s",
			     where_name[w], cmds[i].name);
			say("value = %d", value[0]);
			show(ERR(ioctl(fd, cmds[i].cmd, BAD)), "%s: %s, bad pointer",
			     where_name[w], cmds[i].name);
		}
		shut(fd, peer);
	}
}

static void show_queues(const char *what, int fd)
{
	int in = -1, out = -1, nsd = -1;

	ioctl(fd, SIOCINQ, &in);
	ioctl(fd, SIOCOUTQ, &out);
	ioctl(fd, SIOCOUTQNSD, &nsd);
	say("%s: in, out, not sent = %d %d %d", what, in, out, nsd);
}

SCRIPT(queues)
{
	char big[20000] = "";
	int fd[2], out, nsd;

	pair(way, fd);
	set_int(fd[0], IPPROTO_TCP, ETP_CORK, 1);
	DO(send(fd[0], "corked", 6, 0));
	show_queues("corked", fd[0]);
	set_int(fd[0], IPPROTO_TCP, ETP_CORK, 0);
	come(fd[1], 6);
	WITHIN(SOON, acked(fd[0]));
	show_queues("arrived", fd[0]);
	show_queues("arrived", fd[1]);
	DO(send(fd[0], "more", 4, MSG_MORE));
	show_queues("more", fd[0]);
	DO(shutdown(fd[0], SHUT_WR));
	come(fd[1], 10);
	WITHIN(SOON, acked(fd[0]));
	show_queues("shut", fd[0]);
	show_queues("the end has come", fd[1]);
	drain(fd[1]);
	show_queues("read", fd[1]);
	shut(fd[0], fd[1]);

	pair(way, fd);
	set_int(fd[1], SOL_SOCKET, SO_RCVBUF, 4096);
	fill(fd[0]);
	ioctl(fd[0], SIOCOUTQ, &out);
	ioctl(fd[0], SIOCOUTQNSD, &nsd);
	say("full: more out than not sent = %d", out >= nsd && nsd > 0);
	DO(send(fd[0], big, sizeof(big), MSG_DONTWAIT));
}

/* ---- Waiting ---- */

SCRIPT(timeouts)
{
	static const struct timeval values[] = {
		{ 0, 30000 }, { 0, 0 }, { 0, 1000000 }, { 0, -1 }, { -1, 0 }, { 1, 5 },
		{ 0, 999 }, { 1LL << 40, 0 },
	};
	struct timeval soon = { .tv_usec = 50000 }, tv;
	union addr addr;
	socklen_t len;
	char buf[4];
	int fd[2], lfd, c;

	pair(way, fd);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		show(ERR(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &values[i],
				    sizeof(tv))), "time-out %zu", i);
		len = sizeof(tv);
		DO(getsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
		say("time-out = %ld.%06ld", (long)tv.tv_sec, (long)tv.tv_usec);
	}
	DO(setsockopt(fd[1], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)));
	DO(setsockopt(fd[1], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)));
	DO(recv(fd[1], buf, 4, 0));
	DO(read(fd[1], buf, 4));
	fill(fd[1]);
	DO(send(fd[1], "x", 1, 0));
	lfd = way_listen(way, 1, &addr);
	DO(setsockopt(lfd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon)));
	DO(accept(lfd, NULL, NULL));
	c = way_socket(way, 0);
	DO(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon)));
	way_addr(way, nowhere(way), 99, &addr);
	if (way->af == AF_INET) {
		DO(connect(c, &addr.sa, addr_len(&addr)));
		DO(connect(c, &addr.sa, addr_len(&addr)));
		DO(send(c, "x", 1, 0));
	}
}

static void interrupt_every(int ms)
{
	struct timeval tv = { .tv_usec = ms * 1000 };
	struct itimerval it = { tv, tv };

	setitimer(ITIMER_REAL, &it, NULL);
}

/* More than once: a slow machine may not be in the call yet when the first one comes. */
#define INTERRUPTED(call) ({						\
	interrupt_every(40);						\
	DO(call);							\
	interrupt_every(0);						\
})

SCRIPT(interrupted)
{
	union addr addr;
	char buf[4];
	int lfd = way_listen(way, 1, &addr);

	for (int restart = 0; restart < 2; restart++) {
		struct sigaction sa = { .sa_handler = count_signal,
					.sa_flags = restart ? SA_RESTART : 0 };
		int fd[2];

		sigaction(SIGALRM, &sa, NULL);
		pair(way, fd);
		if (restart)
			set_timeo(fd[0], SO_RCVTIMEO, 5000);
		INTERRUPTED(recv(fd[0], buf, 4, 0));
		INTERRUPTED(recv(fd[0], buf, 4, MSG_WAITALL));
		send(fd[1], "ab", 2, 0);
		come(fd[0], 2);
		INTERRUPTED(recv(fd[0], buf, 4, MSG_WAITALL));
		fill(fd[0]);
		if (restart)
			set_timeo(fd[0], SO_SNDTIMEO, 5000);
		INTERRUPTED(send(fd[0], "x", 1, 0));
		if (restart)
			set_timeo(lfd, SO_RCVTIMEO, 5000);
		INTERRUPTED(accept(lfd, NULL, NULL));
		shut(fd[0], fd[1]);
	}
	if (way->af == AF_INET) {
		int c = way_socket(way, 0);

		set_timeo(c, SO_SNDTIMEO, 5000);
		way_addr(way, nowhere(way), 99, &addr);
		INTERRUPTED(connect(c, &addr.sa, addr_len(&addr)));
		DO(connect(c, &addr.sa, 0));
	}
}
