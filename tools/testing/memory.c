// SPDX-License-Identifier: GPL-2.0
/*
 * Opens many connections of this machine with itself, and closes them, and keeps
 * what the kernel says of its memory at each stage:
 *
 *   memory NUMBER DIRECTORY
 *
 * DIRECTORY/STAGE.slabinfo and .meminfo for the stages
 *   before       nothing is open
 *   established  NUMBER idle connections: twice as many sockets
 *   timewait     all closed, the client first: NUMBER connections in TIME_WAIT
 *
 * The protocol is ETP, or TCP with ETP_TEST_PROTO=tcp.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common.h"

static void fail(const char *what)
{
	fprintf(stderr, "memory: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void keep(const char *dir, const char *stage, const char *what)
{
	static char text[1 << 18];
	char path[4096];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s", what);
	f = fopen(path, "r");
	if (!f)
		fail(path);
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/%s.%s", dir, stage, what);
	f = fopen(path, "w");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f))
		fail(path);
}

/* What is to be freed is freed a little later: wait for that, and for caches to shrink. */
static void look(const char *dir, const char *stage)
{
	int fd;

	sleep(3);
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (fd < 0 || write(fd, "3", 1) != 1)
		fail("drop_caches");
	close(fd);
	sleep(2);
	keep(dir, stage, "slabinfo");
	keep(dir, stage, "meminfo");
}

static long in_timewait(void)
{
	unsigned int state;
	char line[512];
	long n = 0;
	FILE *f = fopen(on_tcp() ? "/proc/net/tcp" : "/proc/net/etp", "r");

	if (!f)
		fail("table");
	while (fgets(line, sizeof(line), f))
		n += sscanf(line, "%*d: %*s %*s %x", &state) == 1 && state == 6;
	fclose(f);
	return n;
}

int main(int argc, char **argv)
{
	const struct way *way = &way_ipv4;
	union addr addr;
	struct rlimit limit;
	int listener, n, i, *fd;

	if (argc != 3)
		return 2;
	n = atoi(argv[1]);
	limit.rlim_cur = 2 * n + 64;
	limit.rlim_max = 2 * n + 64;
	fd = calloc(2 * n, sizeof(*fd));
	if (!fd || setrlimit(RLIMIT_NOFILE, &limit))
		fail("limits");
	/* what is made once and stays is not to count */
	if (way_pair(way, fd))
		fail("connection");
	close(fd[0]);
	close(fd[1]);
	listener = way_listen(way, 64, &addr);
	if (listener < 0)
		fail("listen");
	look(argv[2], "before");
	for (i = 0; i < n; i++) {
		fd[2 * i] = way_connect(way, &addr, 0);
		fd[2 * i + 1] = accept(listener, NULL, NULL);
		if (fd[2 * i] < 0 || fd[2 * i + 1] < 0)
			fail("connection");
	}
	look(argv[2], "established");
	for (i = 0; i < n; i++)
		close(fd[2 * i]);
	for (i = 0; i < n; i++)
		close(fd[2 * i + 1]);
	/* the one that was made first is there, too */
	if (!WITHIN(20000, in_timewait() >= n)) {
		fprintf(stderr, "memory: %ld of %d in TIME_WAIT%s\n", in_timewait(), n,
			on_tcp() ? " over TCP" : "");
		return 1;
	}
	look(argv[2], "timewait");
	return 0;
}
