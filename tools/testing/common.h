/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the system-call tests share.
 *
 * The protocol under test is ETP, or the kernel's own TCP when the environment
 * says ETP_TEST_PROTO=tcp: what a program sees must be the same, so a test that
 * fails over TCP is itself wrong.
 */
#ifndef _TESTING_COMMON_H
#define _TESTING_COMMON_H

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/etp.h>

union addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage ss;
};

/* One way for a program to reach the protocol. */
struct way {
	const char *name;
	int domain;		/* first argument of socket() */
	int protocol;		/* third; WAY_PROTO: the protocol under test */
	int af;			/* family of its addresses */
	const char *loopback;
	const char *any;
	bool family;		/* by AF_ETP, which TCP has not */
};

#define WAY_PROTO	(-1)

extern const struct way way_ipv4, way_ipv6, way_mapped, way_etp4, way_etp6;

bool on_tcp(void);
int test_proto(void);
int test_level(void);

/* All of these return a descriptor, 0 or a length, or a negative errno. */
int way_socket(const struct way *way, int flags);
socklen_t way_addr(const struct way *way, const char *host, uint16_t port,
		   union addr *addr);
socklen_t way_loopback(const struct way *way, uint16_t port, union addr *addr);
int way_bind(const struct way *way, union addr *addr);
int way_listen(const struct way *way, int backlog, union addr *addr);
int way_connect(const struct way *way, const union addr *addr, int flags);
int way_pair(const struct way *way, int fd[2]);
socklen_t addr_len(const union addr *addr);
uint16_t addr_port(const union addr *addr);
uint16_t local_port(int fd);

int get_int(int fd, int level, int name);
int set_int(int fd, int level, int name, int value);
int set_timeo(int fd, int name, int ms);
int set_nonblock(int fd);
int sock_error(int fd);
int sock_state(int fd);
int accept_queue(int lfd);
int proc_state(const struct way *way, uint16_t local, uint16_t remote);
int revents(int fd, short events, int ms);

ssize_t write_all(int fd, const void *buf, size_t len);
ssize_t read_all(int fd, void *buf, size_t len);
ssize_t fill(int fd);
void pattern(void *buf, size_t off, size_t len);
bool pattern_ok(const void *buf, size_t off, size_t len);
bool sends(int fd, size_t off, size_t len);
bool delivers(int fd, size_t off, size_t len);
int queued(int fd, unsigned long what);

int set_sysctl(const char *name, const char *value);
long counter(const char *name);
long now_ms(void);
bool ended_well(pid_t pid);

/* True as soon as @cond is; false when it is not within @ms. */
#define WITHIN(ms, cond) ({						\
	long __end = now_ms() + (ms);					\
	bool __met;							\
									\
	while (!(__met = (cond)) && now_ms() < __end)			\
		usleep(2000);						\
	__met;								\
})

/* An address where nothing is mapped */
#define BAD	((void *)8)

/* How long a thing that happens at once may take on a slow machine. */
#define SOON	5000

/*
 * What is left at least of 100 ms that were asked for.  A machine that was held
 * up has a tick to make good, and its timers count ticks: they come early.
 */
#define AWHILE	20

/* Runs a call, gives its result or the negative errno. */
#define ERR(call) ({							\
	long __ret = (call);						\
									\
	__ret < 0 ? -errno : __ret;					\
})

/*
 * WAY_TEST(name) - a test that runs once for each way
 *
 * The body sees @way.  WAYS() comes once before the tests of a program.
 */
#define WAYS()								\
	FIXTURE(way) { int unused; };					\
	FIXTURE_VARIANT(way) { const struct way *way; };		\
	FIXTURE_VARIANT_ADD(way, ipv4) { .way = &way_ipv4 };		\
	FIXTURE_VARIANT_ADD(way, ipv6) { .way = &way_ipv6 };		\
	FIXTURE_VARIANT_ADD(way, mapped) { .way = &way_mapped };	\
	FIXTURE_VARIANT_ADD(way, etp4) { .way = &way_etp4 };		\
	FIXTURE_VARIANT_ADD(way, etp6) { .way = &way_etp6 };		\
	FIXTURE_SETUP(way) { }						\
	FIXTURE_TEARDOWN(way) { }

#define WAY_TEST(test_name)						\
	static void way_##test_name##_test(struct __test_metadata *_metadata, \
					   const struct way *way);	\
	TEST_F(way, test_name)						\
	{								\
		if (on_tcp() && variant->way->family)			\
			SKIP(return, "AF_ETP is not TCP's");		\
		way_##test_name##_test(_metadata, variant->way);	\
	}								\
	static void way_##test_name##_test(struct __test_metadata *_metadata, \
					   const struct way *way)

#endif /* _TESTING_COMMON_H */
