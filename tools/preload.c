// SPDX-License-Identifier: GPL-2.0
/*
 * libetp-preload.so: makes the stream sockets of an unmodified program ETP.
 *
 * `etp run` puts it into LD_PRELOAD.  It stands in front of two functions of
 * the C library: socket(), where the protocol number is exchanged, and
 * getsockopt(), where SO_PROTOCOL is.  Everything else needs no help: accepted
 * sockets inherit their protocol, and the module answers TCP's options at
 * TCP's level.  A socket that cannot be had as ETP is an error; it never
 * becomes TCP behind the user's back.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/etp.h>

#define EXPORT __attribute__((visibility("default")))

typedef int (*socket_fn)(int domain, int type, int protocol);
typedef int (*getsockopt_fn)(int fd, int level, int name, void *val,
			     socklen_t *len);

/*
 * What `etp run` asked for.  All of it is a function of the environment the
 * program started with, so threads that race to fill it in write the same.
 */
static atomic_bool ready;
static atomic_bool verbose;
static atomic_bool true_protocol;
static atomic_int only_family;		/* AF_UNSPEC: both */
static _Atomic(socket_fn) next_socket;
static _Atomic(getsockopt_fn) next_getsockopt;
static struct stat first_stderr;

static bool is_set(const char *name)
{
	const char *val = getenv(name);

	return val && *val && strcmp(val, "0");
}

/* A constructor of another library may open sockets before ours has run. */
__attribute__((constructor)) static void prepare(void)
{
	const char *family = getenv("ETP_RUN_FAMILY");
	int saved_errno = errno;

	if (atomic_load(&ready))
		return;
	/* RTLD_NEXT rather than a bare system call: other preloads keep working. */
	atomic_store(&next_socket, (socket_fn)dlsym(RTLD_NEXT, "socket"));
	atomic_store(&next_getsockopt,
		     (getsockopt_fn)dlsym(RTLD_NEXT, "getsockopt"));
	atomic_store(&true_protocol, is_set("ETP_RUN_TRUE_PROTOCOL"));
	if (family && !strcmp(family, "4"))
		atomic_store(&only_family, AF_INET);
	else if (family && !strcmp(family, "6"))
		atomic_store(&only_family, AF_INET6);
	atomic_store(&verbose, is_set("ETP_RUN_VERBOSE") &&
		     !fstat(STDERR_FILENO, &first_stderr));
	atomic_store(&ready, true);
	errno = saved_errno;
}

/*
 * One write() per line, so lines of several processes do not mix.  A daemon may
 * have closed its stderr and been given the number again for a connection: do
 * not write there unless it is still the file the program started with.
 */
static void report(int fd, int domain, int protocol)
{
	int saved_errno = errno;
	char line[160];
	struct stat st;
	int len;

	if (fstat(STDERR_FILENO, &st) || st.st_dev != first_stderr.st_dev ||
	    st.st_ino != first_stderr.st_ino)
		goto out;
	len = snprintf(line, sizeof(line), "etp: pid %d: socket(%s, SOCK_STREAM, %s) ",
		       (int)getpid(), domain == AF_INET ? "AF_INET" : "AF_INET6",
		       protocol ? "IPPROTO_TCP" : "0");
	errno = saved_errno;	/* for %m */
	if (fd < 0)
		len += snprintf(line + len, sizeof(line) - len,
				"failed as ETP: %m\n");
	else
		len += snprintf(line + len, sizeof(line) - len,
				"is ETP, fd %d\n", fd);
	if (write(STDERR_FILENO, line, len) < 0)
		goto out;	/* nobody reads: the program goes on all the same */
out:
	errno = saved_errno;
}

static bool wanted(int domain, int type, int protocol)
{
	int only = atomic_load(&only_family);

	if (domain != AF_INET && domain != AF_INET6)
		return false;
	if (only != AF_UNSPEC && only != domain)
		return false;
	if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM)
		return false;
	return protocol == 0 || protocol == IPPROTO_TCP;
}

EXPORT int socket(int domain, int type, int protocol)
{
	int fd;

	if (!atomic_load(&ready))
		prepare();
	if (!wanted(domain, type, protocol))
		return atomic_load(&next_socket)(domain, type, protocol);

	fd = atomic_load(&next_socket)(domain, type, IPPROTO_ETP);
	if (atomic_load(&verbose))
		report(fd, domain, protocol);
	return fd;
}

/*
 * Libraries ask SO_PROTOCOL to learn whether TCP's options may be set (Python
 * does, for instance).  They may, so the answer is the protocol the program
 * asked for.  `etp run -p` lets the kernel's own answer through.
 */
EXPORT int getsockopt(int fd, int level, int name, void *restrict val,
		      socklen_t *restrict len)
{
	int ret, protocol;

	if (!atomic_load(&ready))
		prepare();
	ret = atomic_load(&next_getsockopt)(fd, level, name, val, len);
	if (ret || level != SOL_SOCKET || name != SO_PROTOCOL ||
	    atomic_load(&true_protocol) || *len < sizeof(protocol))
		return ret;

	/* The caller's buffer may be unaligned. */
	memcpy(&protocol, val, sizeof(protocol));
	if (protocol == IPPROTO_ETP) {
		protocol = IPPROTO_TCP;
		memcpy(val, &protocol, sizeof(protocol));
	}
	return 0;
}
