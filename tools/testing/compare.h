/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The words of which the scripts of compare are made.
 *
 * A script makes system calls and writes down what came of each.  It runs over
 * TCP and over ETP; the two records must agree line by line.  So a line has
 * nothing in it that is by chance: descriptors, ports and times are left out or
 * given a name.
 */
#ifndef _TESTING_COMPARE_H
#define _TESTING_COMPARE_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "common.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/**
 * struct script - system calls to compare
 * @name: shown in the results
 * @run: makes them, over @way
 * @once: makes its sockets itself, so one run is enough
 * @native: IPv4 and IPv6 will do, without IPv4-mapped addresses
 * @own_net: in a network namespace of its own
 */
struct script {
	const char *name;
	void (*run)(const struct way *way);
	bool once;
	bool native;
	bool own_net;
};

#define SCRIPT(id, ...)							\
	static void id(const struct way *way);				\
	static const struct script script_##id				\
	__attribute__((section("scripts"), used, aligned(8))) = {	\
		.name = #id, .run = id, __VA_ARGS__			\
	};								\
	static void id(const struct way *way)

/* The states of a socket that a program can tell apart. */
enum where {
	FRESH, BOUND, LISTENING, CONNECTING, REFUSED, ESTABLISHED, UNREAD,
	PEER_CLOSED, NO_WRITE, NO_READ, BOTH_CLOSED, RESET, DISCONNECTED, WHERES
};

extern const char *const where_name[WHERES];

int make(const struct way *way, enum where where, int *peer);
void pair(const struct way *way, int fd[2]);
int shut(int fd, int peer);
bool acked(int fd);
const char *address_of(const struct way *way, const char *const list[3]);
const char *nowhere(const struct way *way);
bool ip(const char *commands);
bool put(const char *path, const char *what);

/* Each writes a line. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
long show(long ret, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void show_bytes(const char *what, const void *buf, ssize_t n);
void show_mask(const char *what, int fd);
void show_names(int fd);
void show_addr(const char *what, const union addr *addr, socklen_t len);
void show_error(int fd);
void show_control(struct msghdr *msg);
const char *mask_name(unsigned int mask);

/* A call by its own words: its result, or only whether it succeeded. */
#define DO(call)	show(ERR(call), "%s", #call)
#define OK(call) ({							\
	long __got = ERR(call);						\
									\
	show(__got < 0 ? __got : 0, "%s", #call);			\
	__got;								\
})

#define FOR_EACH_WHERE(w)	for (int w = 0; w < WHERES; w++)

#endif /* _TESTING_COMPARE_H */
