// SPDX-License-Identifier: GPL-2.0
/* What the system-call tests share. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "common.h"

const struct way way_ipv4 = {
	.name = "ipv4", .domain = AF_INET, .protocol = WAY_PROTO, .af = AF_INET,
	.loopback = "127.0.0.1", .any = "0.0.0.0",
};

const struct way way_ipv6 = {
	.name = "ipv6", .domain = AF_INET6, .protocol = WAY_PROTO, .af = AF_INET6,
	.loopback = "::1", .any = "::",
};

const struct way way_mapped = {
	.name = "mapped", .domain = AF_INET6, .protocol = WAY_PROTO, .af = AF_INET6,
	.loopback = "::ffff:127.0.0.1", .any = "::",
};

const struct way way_etp4 = {
	.name = "etp4", .domain = AF_ETP, .protocol = 4, .af = AF_INET,
	.loopback = "127.0.0.1", .any = "0.0.0.0", .family = true,
};

const struct way way_etp6 = {
	.name = "etp6", .domain = AF_ETP, .protocol = 6, .af = AF_INET6,
	.loopback = "::1", .any = "::", .family = true,
};

bool on_tcp(void)
{
	const char *proto = getenv("ETP_TEST_PROTO");

	return proto && !strcmp(proto, "tcp");
}

int test_proto(void)
{
	return on_tcp() ? IPPROTO_TCP : IPPROTO_ETP;
}

int test_level(void)
{
	return on_tcp() ? IPPROTO_TCP : SOL_ETP;
}

/*
 * A network of its own for every program: no port, sysctl or counter of the
 * machine is touched, and programs may run side by side.
 */
static __attribute__((constructor)) void private_network(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	static const char * const helpers[] = { "memory", "stress", "xfer" };
	unsigned int i;
	int fd;

	/* The scripts choose the network for their helpers. */
	for (i = 0; i < sizeof(helpers) / sizeof(*helpers); i++)
		if (!strcmp(program_invocation_short_name, helpers[i]))
			return;
	if (unshare(CLONE_NEWNET)) {
		printf("Bail out! no network namespace: %s\n", strerror(errno));
		exit(1);
	}
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr)) {
		printf("Bail out! lo stays down: %s\n", strerror(errno));
		exit(1);
	}
	close(fd);
}

int way_socket(const struct way *way, int flags)
{
	int protocol = way->protocol == WAY_PROTO ? test_proto() : way->protocol;

	return ERR(socket(way->domain, SOCK_STREAM | flags, protocol));
}

socklen_t addr_len(const union addr *addr)
{
	return addr->sa.sa_family == AF_INET6 ? sizeof(addr->in6) : sizeof(addr->in);
}

uint16_t addr_port(const union addr *addr)
{
	return ntohs(addr->sa.sa_family == AF_INET6 ? addr->in6.sin6_port :
						      addr->in.sin_port);
}

socklen_t way_addr(const struct way *way, const char *host, uint16_t port,
		   union addr *addr)
{
	void *where = &addr->in.sin_addr;

	memset(addr, 0, sizeof(*addr));
	addr->sa.sa_family = way->af;
	addr->in.sin_port = htons(port);
	if (way->af == AF_INET6) {
		addr->in6.sin6_port = htons(port);
		where = &addr->in6.sin6_addr;
	}
	if (inet_pton(way->af, host, where) != 1) {
		fprintf(stderr, "# %s is no address of %s\n", host, way->name);
		abort();
	}
	return addr_len(addr);
}

socklen_t way_loopback(const struct way *way, uint16_t port, union addr *addr)
{
	return way_addr(way, way->loopback, port, addr);
}

static int close_err(int fd, int err)
{
	close(fd);
	return err;
}

/* A socket bound to the loopback address and to a port of the kernel's choice. */
int way_bind(const struct way *way, union addr *addr)
{
	int fd = way_socket(way, 0);
	socklen_t len = way_loopback(way, 0, addr);

	if (fd < 0)
		return fd;
	if (bind(fd, &addr->sa, len))
		return close_err(fd, -errno);
	len = sizeof(*addr);
	if (getsockname(fd, &addr->sa, &len))
		return close_err(fd, -errno);
	return fd;
}

int way_listen(const struct way *way, int backlog, union addr *addr)
{
	int fd = way_bind(way, addr);

	if (fd >= 0 && listen(fd, backlog))
		return close_err(fd, -errno);
	return fd;
}

int way_connect(const struct way *way, const union addr *addr, int flags)
{
	int fd = way_socket(way, flags);

	if (fd < 0)
		return fd;
	if (connect(fd, &addr->sa, addr_len(addr)) && errno != EINPROGRESS)
		return close_err(fd, -errno);
	return fd;
}

/* fd[0] has connected, fd[1] was accepted. */
int way_pair(const struct way *way, int fd[2])
{
	union addr addr;
	int lfd = way_listen(way, 1, &addr);

	if (lfd < 0)
		return lfd;
	fd[0] = way_connect(way, &addr, 0);
	if (fd[0] < 0)
		return close_err(lfd, fd[0]);
	fd[1] = ERR(accept(lfd, NULL, NULL));
	if (fd[1] < 0)
		return close_err(lfd, fd[1]);
	return close_err(lfd, 0);
}

uint16_t local_port(int fd)
{
	union addr addr = { };
	socklen_t len = sizeof(addr);

	return getsockname(fd, &addr.sa, &len) ? 0 : addr_port(&addr);
}

int get_int(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

int set_int(int fd, int level, int name, int value)
{
	return ERR(setsockopt(fd, level, name, &value, sizeof(value)));
}

int set_timeo(int fd, int name, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	return ERR(setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)));
}

int set_nonblock(int fd)
{
	return ERR(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK));
}

/* The pending error, which asking takes away. */
int sock_error(int fd)
{
	return get_int(fd, SOL_SOCKET, SO_ERROR);
}

static int get_info(int fd, struct etp_info *info)
{
	socklen_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return getsockopt(fd, test_level(), ETP_INFO, info, &len) ? -errno : 0;
}

int sock_state(int fd)
{
	struct etp_info info;

	return get_info(fd, &info) ?: info.etpi_state;
}

/* Connections that wait for accept(), or the negative errno. */
int accept_queue(int lfd)
{
	struct etp_info info;

	return get_info(lfd, &info) ?: (int)info.etpi_unacked;
}

static FILE *open_table(const struct way *way)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/net/%s%s",
		 on_tcp() ? "tcp" : "etp", way->af == AF_INET6 ? "6" : "");
	return fopen(path, "r");
}

/* The state that /proc/net shows for a pair of ports, or 0 if it has no line. */
int proc_state(const struct way *way, uint16_t local, uint16_t remote)
{
	unsigned int lport, rport, st;
	FILE *f = open_table(way);
	char line[512];
	int found = 0;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%x %x",
			   &lport, &rport, &st) != 3)
			continue;
		if (lport == local && rport == remote)
			found = st;
	}
	fclose(f);
	return found;
}

int revents(int fd, short events, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	return poll(&pfd, 1, ms) < 0 ? -errno : pfd.revents;
}

ssize_t write_all(int fd, const void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = send(fd, (const char *)buf + done, len - done, MSG_NOSIGNAL);
		if (n < 0)
			return -errno;
		done += n;
	}
	return done;
}

/* As much as comes before the end of the stream, up to @len. */
ssize_t read_all(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = read(fd, (char *)buf + done, len - done);
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += n;
	}
	return done;
}

/*
 * Writes the pattern until the peer's window and our buffer are full, and stay
 * so: what is under way at the first EAGAIN may still make room.
 */
ssize_t fill(int fd)
{
	size_t done = 0;
	char buf[16384];
	int quiet = 0;
	ssize_t n;

	while (quiet < 10) {
		pattern(buf, done, sizeof(buf));
		n = send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			done += n;
			quiet = 0;
		} else if (n < 0 && errno == EAGAIN) {
			quiet++;
			usleep(10000);
		} else {
			return n < 0 ? -errno : -EIO;
		}
	}
	return done;
}

static unsigned char pattern_byte(size_t off)
{
	return (uint32_t)off * 2654435761u >> 23;
}

void pattern(void *buf, size_t off, size_t len)
{
	unsigned char *p = buf;

	while (len--)
		*p++ = pattern_byte(off++);
}

bool pattern_ok(const void *buf, size_t off, size_t len)
{
	const unsigned char *p = buf;

	for (; len--; off++, p++) {
		if (*p == pattern_byte(off))
			continue;
		fprintf(stderr, "# byte %zu of the stream is wrong\n", off);
		return false;
	}
	return true;
}

/* Writes the pattern from @off on, @len bytes of it. */
bool sends(int fd, size_t off, size_t len)
{
	char buf[65536];
	size_t n;

	while (len) {
		n = len < sizeof(buf) ? len : sizeof(buf);
		pattern(buf, off, n);
		if (write_all(fd, buf, n) != n)
			return false;
		off += n;
		len -= n;
	}
	return true;
}

/* True when @fd delivers the pattern from @off on for @len bytes. */
bool delivers(int fd, size_t off, size_t len)
{
	char buf[65536];
	size_t n;
	ssize_t got;

	while (len) {
		n = len < sizeof(buf) ? len : sizeof(buf);
		got = recv(fd, buf, n, 0);
		if (got <= 0) {
			fprintf(stderr, "# recv: %zd %s, %zu bytes missing\n", got,
				got ? strerror(errno) : "", len);
			return false;
		}
		if (!pattern_ok(buf, off, got))
			return false;
		off += got;
		len -= got;
	}
	return true;
}

/* What SIOCINQ, SIOCOUTQ or SIOCOUTQNSD says. */
int queued(int fd, unsigned long what)
{
	int n;

	return ioctl(fd, what, &n) ? -errno : n;
}

int set_sysctl(const char *name, const char *value)
{
	int fd, err = 0;
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/net/%s%s",
		 on_tcp() ? "ipv4/tcp_" : "etp/", name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* TCP's counters are pairs of lines: names, then values. */
static long counter_in_pairs(const char *path, const char *name)
{
	char names[8192], values[8192], *n, *v, *ns, *vs;
	FILE *f = fopen(path, "r");
	long found = -1;

	if (!f)
		return -1;
	while (found < 0 && fgets(names, sizeof(names), f) &&
	       fgets(values, sizeof(values), f)) {
		if (strncmp(names, "Tcp", 3))
			continue;
		n = strtok_r(names, " \n", &ns);
		v = strtok_r(values, " \n", &vs);
		while (n && v) {
			if (!strcmp(n, name))
				found = atol(v);
			n = strtok_r(NULL, " \n", &ns);
			v = strtok_r(NULL, " \n", &vs);
		}
	}
	fclose(f);
	return found;
}

/* A counter of this network namespace, or -1 if there is none of that name. */
long counter(const char *name)
{
	char line[256], word[128];
	long value, found = -1;
	FILE *f;

	if (on_tcp()) {
		found = counter_in_pairs("/proc/self/net/snmp", name);
		return found >= 0 ? found :
			counter_in_pairs("/proc/self/net/netstat", name);
	}
	f = fopen("/proc/self/net/etp_stat", "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%127s %ld", word, &value) == 2 &&
		    !strcmp(word, name))
			found = value;
	fclose(f);
	return found;
}

long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits for a child; did it end, and with status 0? */
bool ended_well(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}
