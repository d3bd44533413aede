// SPDX-License-Identifier: GPL-2.0
/*
 * etp: the command in front of the ETP module.
 *
 * `etp run PROGRAM` starts an unmodified program with libetp-preload.so, which
 * makes its stream sockets ETP.  A preload without effect would mean plain TCP
 * and silence, so whatever can be known beforehand is checked beforehand.
 * `etp trace PROGRAM` does the same, and records what becomes of the connections.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/etp.h>

#include "program.h"
#include "trace.h"

#define PRELOAD		"libetp-preload.so"

/* Those of sysexits.h where it has one; 126 and 127 are the shell's. */
enum {
	EXIT_USAGE	= 64,
	EXIT_UNFIT	= 65,
	EXIT_NO_MODULE	= 69,
	EXIT_NO_LIBRARY	= 70,
	EXIT_NO_TRACE	= 71,
	EXIT_NO_EXEC	= 126,
	EXIT_NOT_FOUND	= 127,
};

static const char synopsis[] =
"    etp run [-v] [-4 | -6] [-f] [-p] PROGRAM [ARGUMENT]...\n"
"    etp trace [-a] [-o FILE] [-v] [-4 | -6] [-f] [-p] PROGRAM [ARGUMENT]...\n"
"    etp --help\n";

static const char description[] =
"DESCRIPTION\n"
"    etp run starts PROGRAM, unmodified, so that every stream socket it opens\n"
"    for IPv4 or IPv6 (protocol 0 or IPPROTO_TCP) is one of IPPROTO_ETP, 253.\n"
"    Its children inherit this.  Both ends of a connection have to speak ETP:\n"
"    start the server and the client so.  Datagram and Unix sockets, and the\n"
"    look-up of names in the C library, stay what they are.\n"
"\n"
"    A socket that cannot be had as ETP is an error for the program; it never\n"
"    becomes TCP instead.\n"
"\n"
"    etp trace does the same and writes what happens to the connections of\n"
"    PROGRAM and its children into FILE, by the module's tracepoints.  It needs\n"
"    root.\n"
"\n"
"OPTIONS\n"
"    -v  report each socket on standard error, with the id of its process\n"
"    -4  IPv4 sockets only; those of IPv6 stay TCP\n"
"    -6  IPv6 sockets only; those of IPv4 stay TCP\n"
"    -f  start PROGRAM even if it is unfit (see 65); a warning remains\n"
"    -p  let getsockopt(SO_PROTOCOL) answer 253.  Without it the answer is\n"
"        IPPROTO_TCP: libraries ask this to learn whether they may set TCP's\n"
"        options, and on an ETP socket they may\n"
"    -o FILE  of trace: the table; etp-trace.csv by default\n"
"    -a  of trace: all ETP connections of this machine\n"
"\n"
"THE TABLE\n"
"    Comma-separated, a heading and a line for each event:\n"
"    time        seconds since the first event\n"
"    connection  local and remote address and port\n"
"    event       send, retransmit, loss; cwnd (an ACK came), rtt; state;\n"
"                send_reset, receive_reset have no windows\n"
"    cwnd, ssthresh, flight, wnd   bytes; ssthresh is empty before a loss\n"
"    srtt, rtt   microseconds\n"
"    una, nxt, seq  sequence numbers, counted from the SYN\n"
"    state, recovery, cause  in words; len in bytes\n"
"\n"
"EXIT STATUS\n"
"    That of PROGRAM, or\n"
"    64   wrong usage\n"
"    65   PROGRAM is unfit: static, of another C library or another machine,\n"
"         written in Go, or it gains privileges (set-user-ID, set-group-ID,\n"
"         file capabilities); a preloaded library would have no effect\n"
"    69   this kernel knows no IPPROTO_ETP: the module is not loaded\n"
"    70   " PRELOAD " is missing\n"
"    71   the recording failed: no root, no tracefs, no room for FILE\n"
"    126  PROGRAM cannot be executed\n"
"    127  PROGRAM is not found\n"
"\n"
"ENVIRONMENT\n"
"    ETP_PRELOAD  the path of " PRELOAD "; by default it is\n"
"                 looked for beside etp and in ../lib/etp\n"
"\n"
"EXAMPLE\n"
"    etp run iperf3 -s &\n"
"    etp run -v iperf3 -c 127.0.0.1\n"
"    etp trace -o run.csv iperf3 -c 127.0.0.1\n"
"\n"
"LIMITS\n"
"    Calls are seen where they pass the C library.  A socket that is opened by\n"
"    a bare system call or by io_uring stays TCP, and so do those of a static\n"
"    or privileged child of PROGRAM.\n";

struct run_options {
	bool verbose;
	bool force;
	bool true_protocol;
	const char *family;	/* "4", "6" or NULL for both */
};

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *fmt, ...)
{
	va_list args;

	fputs("etp: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "Usage:\n%s", synopsis);
	exit(EXIT_USAGE);
}

/* Opening a socket also loads an installed module. */
static void need_module(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_ETP);

	if (fd >= 0) {
		close(fd);
		return;
	}
	if (errno == EPROTONOSUPPORT)
		die(EXIT_NO_MODULE,
		    "this kernel has no protocol %d: load the module (insmod etp.ko, or modprobe etp)",
		    IPPROTO_ETP);
	die(EXIT_NO_MODULE, "no ETP socket: %s", strerror(errno));
}

/* Where the library is, as an absolute path: the program may change directory. */
static void find_library(char path[PATH_MAX])
{
	static const char * const places[] = { "", "../lib/etp/" };
	const char *given = getenv("ETP_PRELOAD");
	char self[PATH_MAX], try[2 * PATH_MAX];
	const char *dir;
	ssize_t len;
	size_t n;

	if (given) {
		if (!realpath(given, path))
			die(EXIT_NO_LIBRARY, "%s: %s", given, strerror(errno));
		return;
	}
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0)
		die(EXIT_NO_LIBRARY, "/proc/self/exe: %s", strerror(errno));
	self[len] = '\0';
	dir = dirname(self);
	for (n = 0; n < sizeof(places) / sizeof(*places); n++) {
		snprintf(try, sizeof(try), "%s/%s" PRELOAD, dir, places[n]);
		if (realpath(try, path))
			return;
	}
	die(EXIT_NO_LIBRARY, PRELOAD " is neither in %s nor in ../lib/etp", dir);
}

/* In front of what is preloaded already, not instead of it. */
static void preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *all;

	/* The loader takes both for separators and knows no way to quote them. */
	if (strpbrk(library, " :"))
		die(EXIT_NO_LIBRARY, "%s: a path with a space or a colon cannot be preloaded",
		    library);
	if (asprintf(&all, "%s%s%s", library, others && *others ? ":" : "",
		     others ? others : "") < 0 ||
	    setenv("LD_PRELOAD", all, 1))
		die(EXIT_NO_LIBRARY, "%s", strerror(errno));
	free(all);
}

/* Finds the program, looks whether it is fit, and sets its environment. */
static void prepare(const struct run_options *opt, char *argv[], char path[PATH_MAX])
{
	char culprit[PATH_MAX], library[PATH_MAX];
	const char *why;

	if (program_find(argv[0], path))
		die(errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_NO_EXEC,
		    "%s: %s", argv[0], errno == ENOENT ? "not found" : strerror(errno));
	why = program_unfit(path, culprit);
	if (why && !opt->force)
		die(EXIT_UNFIT, "%s %s; it would speak TCP (-f starts it all the same)",
		    culprit, why);
	if (why)
		fprintf(stderr, "etp: warning: %s %s; it may speak TCP\n", culprit, why);
	find_library(library);
	need_module();

	preload(library);
	/* Set or unset: an `etp run` within an `etp run` means its own options. */
	if (opt->verbose)
		setenv("ETP_RUN_VERBOSE", "1", 1);
	else
		unsetenv("ETP_RUN_VERBOSE");
	if (opt->true_protocol)
		setenv("ETP_RUN_TRUE_PROTOCOL", "1", 1);
	else
		unsetenv("ETP_RUN_TRUE_PROTOCOL");
	if (opt->family)
		setenv("ETP_RUN_FAMILY", opt->family, 1);
	else
		unsetenv("ETP_RUN_FAMILY");
}

/* A program that is ready to start */
struct program {
	char path[PATH_MAX];
	char **argv;
};

static void __attribute__((noreturn)) start(void *arg)
{
	const struct program *prog = arg;

	/* execvp: a script without #! is run by the shell. */
	execvp(prog->path, prog->argv);
	die(EXIT_NO_EXEC, "%s: %s", prog->path, strerror(errno));
}

int main(int argc, char *argv[])
{
	struct trace_options trace = { .file = "etp-trace.csv" };
	struct run_options opt = { 0 };
	struct program prog;
	bool tracing;
	int c;

	if (argc < 2)
		usage();
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		printf("NAME\n    etp - run programs over the Experimental Transport Protocol\n\n"
		       "SYNOPSIS\n%s\n%s", synopsis, description);
		return 0;
	}
	tracing = !strcmp(argv[1], "trace");
	if (!tracing && strcmp(argv[1], "run"))
		usage();

	/* "+": what follows PROGRAM is PROGRAM's. */
	optind = 2;
	while ((c = getopt(argc, argv, tracing ? "+v46fpao:" : "+v46fp")) != -1) {
		switch (c) {
		case 'v':
			opt.verbose = true;
			break;
		case '4':
			opt.family = "4";
			break;
		case '6':
			opt.family = "6";
			break;
		case 'f':
			opt.force = true;
			break;
		case 'p':
			opt.true_protocol = true;
			break;
		case 'a':
			trace.all = true;
			break;
		case 'o':
			trace.file = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind == argc)
		usage();
	prog.argv = argv + optind;
	prepare(&opt, prog.argv, prog.path);
	if (!tracing)
		start(&prog);
	c = trace_program(&trace, start, &prog);
	return c < 0 ? EXIT_NO_TRACE : c;
}
