// SPDX-License-Identifier: GPL-2.0
/*
 * A preload for testing `etp run` where there is no module: it is loaded behind
 * libetp-preload.so and takes the part of the kernel.  Sockets of protocol 253
 * become TCP, and say of themselves that they are 253.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <linux/etp.h>

static bool is_etp[1024];

int socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int) = dlsym(RTLD_NEXT, "socket");
	int fd = next(domain, type, protocol == IPPROTO_ETP ? IPPROTO_TCP : protocol);

	if (fd >= 0 && fd < 1024)
		is_etp[fd] = protocol == IPPROTO_ETP;
	return fd;
}

int getsockopt(int fd, int level, int name, void *restrict val,
	       socklen_t *restrict len)
{
	int (*next)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");
	int ret = next(fd, level, name, val, len);

	if (!ret && level == SOL_SOCKET && name == SO_PROTOCOL && is_etp[fd])
		*(int *)val = IPPROTO_ETP;
	return ret;
}
