// SPDX-License-Identifier: GPL-2.0
/* Compared: listeners that share a port, and who of them gets a connection. */
#include <linux/filter.h>

#include "compare.h"

/* ---- A filter says which ---- */

static int choose(int fd, uint32_t which)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, which) };
	struct sock_fprog prog = { 1, code };

	return ERR(setsockopt(fd, SOL_SOCKET, 51 /* SO_ATTACH_REUSEPORT_CBPF */, &prog,
			      sizeof(prog)));
}

static int choose_by_length(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 2),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog prog = { 3, code };

	return ERR(setsockopt(fd, SOL_SOCKET, 51, &prog, sizeof(prog)));
}

static int choose_by_header(int fd)
{
	struct sock_filter code[] = {
		/* bytes that are even in both versions of IP */
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_NET_OFF + 6),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog prog = { 3, code };

	return ERR(setsockopt(fd, SOL_SOCKET, 51, &prog, sizeof(prog)));
}

static void who_gets_it(const struct way *way, const union addr *addr, const int lfd[3],
			const char *what)
{
	for (int i = 0; i < 3; i++) {
		int c = way_connect(way, addr, 0), who = -1;

		for (int ms = 0; ms < 2000 && who < 0; ms++) {
			for (int j = 0; j < 3; j++)
				if (revents(lfd[j], POLLIN, 0) & POLLIN)
					who = j;
			if (who < 0)
				usleep(1000);
		}
		say("%s: listener = %d", what, who);
		if (who >= 0)
			close(accept(lfd[who], NULL, NULL));
		if (c >= 0)
			close(c);
	}
}

SCRIPT(reuseport_filter)
{
	union addr addr;
	int lfd[3];

	way_loopback(way, 0, &addr);
	lfd[0] = way_socket(way, 0);
	DO(choose(lfd[0], 1));
	DO(set_int(lfd[0], SOL_SOCKET, SO_REUSEPORT, 1));
	DO(bind(lfd[0], &addr.sa, addr_len(&addr)));
	way_loopback(way, local_port(lfd[0]), &addr);
	for (int i = 1; i < 3; i++) {
		lfd[i] = way_socket(way, 0);
		set_int(lfd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		DO(bind(lfd[i], &addr.sa, addr_len(&addr)));
	}
	for (int i = 0; i < 3; i++)
		DO(listen(lfd[i], 8));
	for (uint32_t which = 0; which < 3; which++) {
		show(choose(lfd[0], which), "choose %u", which);
		who_gets_it(way, &addr, lfd, "chosen");
	}
	DO(choose_by_length(lfd[1]));
	who_gets_it(way, &addr, lfd, "by length");
	DO(choose_by_header(lfd[1]));
	who_gets_it(way, &addr, lfd, "by the IP header");
	DO(choose(lfd[1], 2));
	DO(set_int(lfd[0], SOL_SOCKET, 68 /* SO_DETACH_REUSEPORT_BPF */, 0));
	DO(set_int(lfd[0], SOL_SOCKET, 68, 0));
	DO(choose(lfd[1], 1));
	close(lfd[0]);
	lfd[0] = -1;
	who_gets_it(way, &addr, lfd, "one has gone");
	DO(choose(lfd[1], 0));
	who_gets_it(way, &addr, lfd, "one has gone");
}

/* A filter that comes before bind() makes a group of its own. */
SCRIPT(reuseport_filter_early)
{
	union addr addr;
	int fd[2];

	way_loopback(way, 0, &addr);
	for (int i = 0; i < 2; i++) {
		fd[i] = way_socket(way, 0);
		DO(set_int(fd[i], SOL_SOCKET, SO_REUSEPORT, 1));
		DO(choose(fd[i], 0));
		DO(bind(fd[i], &addr.sa, addr_len(&addr)));
		way_loopback(way, local_port(fd[0]), &addr);
	}
	DO(listen(fd[0], 1));
	DO(listen(fd[1], 1));
	close(fd[0]);
	DO(listen(fd[1], 1));
}

/* The choice is shared: all get something. */
SCRIPT(reuseport_shares)
{
	int lfd[3], got[3] = { }, c[60];
	union addr addr;

	way_loopback(way, 0, &addr);
	for (int i = 0; i < 3; i++) {
		lfd[i] = way_socket(way, 0);
		set_int(lfd[i], SOL_SOCKET, SO_REUSEPORT, 1);
		bind(lfd[i], &addr.sa, addr_len(&addr));
		listen(lfd[i], 60);
		set_nonblock(lfd[i]);
		if (!i)
			way_loopback(way, local_port(lfd[0]), &addr);
	}
	for (int i = 0; i < 60; i++)
		c[i] = way_connect(way, &addr, 0);
	usleep(10000);
	for (int i = 0; i < 3; i++)
		while (accept(lfd[i], NULL, NULL) >= 0)
			got[i]++;
	say("all got some = %d, together %d", got[0] && got[1] && got[2],
	    got[0] + got[1] + got[2]);
	for (int i = 0; i < 60; i++)
		close(c[i]);
}
