// SPDX-License-Identifier: GPL-2.0
/* /proc/net/etp, etp6 and etp_stat: one line for each thing there is, in TCP's format. */
#include "harness.h"
#include "suites.h"
#include "user.h"
#include <linux/fs.h>
#include <linux/uaccess.h>

#define ROOM	65536

enum { PROC_ETP, PROC_ETP6, PROC_STAT, PROC_FILES };

/* Opened by the program that runs the tests, which has a root directory. */
static struct file *proc_file[PROC_FILES];

static void proc_suite_exit(struct kunit_suite *suite)
{
	unsigned int i;

	for (i = 0; i < PROC_FILES; i++)
		if (!IS_ERR_OR_NULL(proc_file[i]))
			filp_close(proc_file[i], NULL);
	memset(proc_file, 0, sizeof(proc_file));
	user_detach();
}

static int proc_suite_init(struct kunit_suite *suite)
{
	static const char * const names[] = {
		[PROC_ETP]	= "/proc/net/etp",
		[PROC_ETP6]	= "/proc/net/etp6",
		[PROC_STAT]	= "/proc/net/etp_stat",
	};
	unsigned int i;
	int err = user_attach();

	if (err)
		return err;
	for (i = 0; i < PROC_FILES; i++) {
		proc_file[i] = filp_open(names[i], O_RDONLY, 0);
		if (IS_ERR(proc_file[i])) {
			proc_suite_exit(suite);
			return -ENOENT;
		}
	}
	return 0;
}

/* read(): the kernel's own way to read files is not open to these. */
static ssize_t read_at(int which, char *to, size_t len, loff_t *pos)
{
	void __user *area = user_begin();
	ssize_t n = proc_file[which]->f_op->read(proc_file[which], area,
						 min_t(size_t, len, USER_ROOM), pos);

	if (n > 0 && copy_from_user(to, area, n))
		n = -EFAULT;
	user_end();
	return n;
}

/* All of a file, by reads of no more than @piece bytes */
static char *slurp(struct kunit *test, int which, unsigned int piece)
{
	char *buf = kunit_kzalloc(test, ROOM, GFP_KERNEL);
	loff_t pos = 0;
	ssize_t n;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, buf);
	do {
		n = read_at(which, buf + pos, min_t(size_t, piece, ROOM - 1 - pos), &pos);
	} while (n > 0 && pos < ROOM - 1);
	KUNIT_EXPECT_GE(test, n, (ssize_t)0);
	return buf;
}

/* The line of a connection of the harness, or of its listener */
static char *line_of(struct wire *w, char *text, bool listener)
{
	char want[40], *at, *end;

	if (listener)
		snprintf(want, sizeof(want), ": 00000000:%04X 00000000:0000 ", w->lport);
	else
		snprintf(want, sizeof(want), ": %08X:%04X %08X:%04X ",
			 (__force u32)htonl(0xc0000201), w->lport,
			 (__force u32)htonl(0xc0000202), w->rport);
	at = strstr(text, want);
	if (!at)
		return NULL;
	end = strchr(at, '\n');
	KUNIT_EXPECT_NOT_ERR_OR_NULL(w->test, end);
	if (end)
		*end = 0;
	return at + strlen(want);
}

static void expect_line(struct wire *w, bool listener, const char *start)
{
	char *line = line_of(w, slurp(w->test, PROC_ETP, ROOM), listener);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(w->test, line);
	KUNIT_EXPECT_EQ_MSG(w->test, strncmp(line, start, strlen(start)), 0,
			    "wanted: %s\nseen: %s", start, line);
}

#define NAMES "  sl  local_address rem_address   st tx_queue rx_queue"
#define MORE_NAMES " tr tm->when retrnsmt   uid  timeout inode "

static void proc_header(struct kunit *test)
{
	static const char names[] = NAMES MORE_NAMES;
	char *text = slurp(test, PROC_ETP, ROOM);

	KUNIT_EXPECT_EQ(test, strncmp(text, names, strlen(names)), 0);
	/* padded to a line of a fixed length, as TCP's is */
	KUNIT_EXPECT_EQ(test, strchr(text, '\n') - text, 149L);
	text = slurp(test, PROC_ETP6, ROOM);
	KUNIT_EXPECT_EQ(test, strncmp(text, "  sl  local_address  ", 21), 0);
}

static void proc_listener(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	expect_line(w, true, "0A 00000000:00000000 00:00000000 00000000 ");
	wire_in(w, "SYN seq 0 mss 1460");
	wire_in(w, "ACK seq 1 ack 1");
	wire_forget(w);
	/* one waits to be accepted */
	expect_line(w, true, "0A 00000000:00000001 00:00000000 00000000 ");
}

static void proc_request(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	expect_line(w, false, "03 00000000:00000000 01:");
}

static void proc_connection(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	expect_line(w, false, "01 00000000:00000000 00:00000000 00000000 ");
	wire_write(w, 0x123);
	wire_in(w, "ACK seq 1 ack 1 len %d", 0x45);
	wire_forget(w);
	expect_line(w, false, "01 00000123:00000045 01:");
	wire_fire(w, WIRE_RTX);
	wire_forget(w);
	KUNIT_EXPECT_PTR_NE(test, NULL, strstr(line_of(w, slurp(test, PROC_ETP, ROOM),
						       false), " 00000001 "));
	/* the window shuts: a probe is due */
	wire_in(w, "ACK seq %d ack %d win 0", 1 + 0x45, 1 + 0x123);
	wire_write(w, 1);
	expect_line(w, false, "01 00000001:00000045 04:");
	/* nothing under way, and keep-alive */
	wire_in(w, "ACK seq %d ack %d", 1 + 0x45, 1 + 0x123);
	wire_in(w, "ACK seq %d ack %d", 1 + 0x45, 2 + 0x123);
	wire_forget(w);
	etp_set_keepalive(w->sk, 1);
	sock_set_flag(w->sk, SOCK_KEEPOPEN);
	expect_line(w, false, "01 00000000:00000045 02:");
}

/* What the peer's FIN takes of the numbers is no byte to be read. */
static void proc_fin(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_in(w, "ACK|FIN seq 1 ack 1 len 5");
	wire_forget(w);
	expect_line(w, false, "08 00000000:00000005 00:");
}

static void proc_timewait(struct kunit *test)
{
	struct wire *w = test->priv;

	wire_open_passive(w, "mss 1460");
	wire_shutdown(w);
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_forget(w);
	expect_line(w, false, "06 00000000:00000000 03:");
}

/* A reader with a small buffer sees each line once. */
static void proc_pieces(struct kunit *test)
{
	struct wire *w = test->priv;
	char *whole, *pieces;

	wire_open_passive(w, "mss 1460");
	whole = line_of(w, slurp(test, PROC_ETP, ROOM), false);
	pieces = slurp(test, PROC_ETP, 50);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, whole);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, line_of(w, pieces, true));
	pieces = line_of(w, slurp(test, PROC_ETP, 50), false);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pieces);
	KUNIT_EXPECT_STREQ(test, pieces, whole);
	/* once more is too often */
	KUNIT_EXPECT_NULL(test, line_of(w, pieces + strlen(pieces) + 1, false));
}

/* From the middle on, as after lseek() */
static void proc_seek(struct kunit *test)
{
	struct wire *w = test->priv;
	char *text = kunit_kzalloc(test, ROOM, GFP_KERNEL);
	loff_t pos = 150;	/* the second line */
	ssize_t n;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, text);
	wire_open_passive(w, "mss 1460");
	n = read_at(PROC_ETP, text, ROOM - 1, &pos);
	KUNIT_EXPECT_GE(test, n, (ssize_t)300);
	KUNIT_EXPECT_EQ(test, strncmp(text, "   0: ", 6), 0);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, line_of(w, text, false));
}

static void proc_ipv6(struct kunit *test)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct socket *sock;
	char want[60];

	KUNIT_ASSERT_EQ(test, 0, sock_create_kern(&init_net, AF_INET6, SOCK_STREAM,
						  IPPROTO_ETP, &sock));
	sin6.sin6_addr = in6addr_loopback;
	if (kernel_bind(sock, (struct etp_sockaddr *)&sin6, sizeof(sin6)) ||
	    kernel_listen(sock, 3))
		KUNIT_FAIL(test, "cannot listen");
	snprintf(want, sizeof(want),
		 ": 00000000000000000000000001000000:%04X ", inet_sk(sock->sk)->inet_num);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, strstr(slurp(test, PROC_ETP6, ROOM), want));
	snprintf(want, sizeof(want), ":%04X 00000000:0000 0A",
		 inet_sk(sock->sk)->inet_num);
	KUNIT_EXPECT_NULL(test, strstr(slurp(test, PROC_ETP, ROOM), want));
	sock_release(sock);
}

static long stat_of(struct kunit *test, const char *name)
{
	char *text = slurp(test, PROC_STAT, ROOM), *line;
	long value = -1;

	while ((line = strsep(&text, "\n"))) {
		char *number = strchr(line, ' ');

		if (!number)
			continue;
		*number++ = 0;
		if (!strcmp(line, name) && kstrtol(number, 10, &value))
			KUNIT_FAIL(test, "%s is %s", name, number);
	}
	return value;
}

static void proc_stat(struct kunit *test)
{
	struct wire *w = test->priv;
	long listeners = stat_of(test, "Listeners");
	long established = stat_of(test, "CurrEstab");
	long sockets = stat_of(test, "Sockets");
	long requests = stat_of(test, "Requests");
	long waiting = stat_of(test, "TimeWait");
	long opens = stat_of(test, "PassiveOpens");

	KUNIT_EXPECT_GE(test, opens, 0L);
	KUNIT_EXPECT_EQ(test, stat_of(test, "NoSuchThing"), -1L);
	wire_listen(w);
	wire_in(w, "SYN seq 0 mss 1460");
	KUNIT_EXPECT_EQ(test, stat_of(test, "Listeners"), listeners + 1);
	KUNIT_EXPECT_EQ(test, stat_of(test, "Requests"), requests + 1);
	KUNIT_EXPECT_EQ(test, stat_of(test, "Sockets"), sockets + 1);
	wire_in(w, "ACK seq 1 ack 1");
	wire_accept(w);
	KUNIT_EXPECT_EQ(test, stat_of(test, "CurrEstab"), established + 1);
	KUNIT_EXPECT_EQ(test, stat_of(test, "PassiveOpens"), opens + 1);
	KUNIT_EXPECT_EQ(test, stat_of(test, "Requests"), requests);
	wire_shutdown(w);
	wire_in(w, "ACK|FIN seq 1 ack 2");
	wire_forget(w);
	KUNIT_EXPECT_EQ(test, stat_of(test, "TimeWait"), waiting + 1);
	KUNIT_EXPECT_EQ(test, stat_of(test, "CurrEstab"), established);
	KUNIT_EXPECT_GE(test, stat_of(test, "Orphans"), 0L);
	KUNIT_EXPECT_GE(test, stat_of(test, "MemPages"), 0L);
}

static struct kunit_case proc_cases[] = {
	KUNIT_CASE(proc_header),
	KUNIT_CASE(proc_listener),
	KUNIT_CASE(proc_request),
	KUNIT_CASE(proc_connection),
	KUNIT_CASE(proc_fin),
	KUNIT_CASE(proc_timewait),
	KUNIT_CASE(proc_pieces),
	KUNIT_CASE(proc_seek),
	KUNIT_CASE(proc_ipv6),
	KUNIT_CASE(proc_stat),
	{}
};

struct kunit_suite etp_proc_suite = {
	.name = "etp_proc",
	.suite_init = proc_suite_init,
	.suite_exit = proc_suite_exit,
	.init = wire_init,
	.exit = wire_exit,
	.test_cases = proc_cases,
};
