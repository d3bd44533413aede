/* SPDX-License-Identifier: GPL-2.0 */
/* What `etp trace` does around the program that etp.c starts: see trace.c. */
#ifndef ETP_TRACE_H
#define ETP_TRACE_H

#include <stdbool.h>

/**
 * struct trace_options - what to record
 * @file: where the table goes
 * @all: every ETP connection of the machine, not the program's own only
 */
struct trace_options {
	const char *file;
	bool all;
};

/*
 * Runs a program and records its ETP connections.  @start is called in a child
 * process, with @arg, when the recording goes on; it does not return.
 *
 * Returns the program's exit status as a shell has it (128 and the signal's number
 * if one ended it), or -1 after a message on standard error.
 */
int trace_program(const struct trace_options *opt, void (*start)(void *arg), void *arg);

#endif
