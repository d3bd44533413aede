/* SPDX-License-Identifier: GPL-2.0 */
/* What `etp run` has to know of a program before it starts it: see program.c. */
#ifndef ETP_PROGRAM_H
#define ETP_PROGRAM_H

#include <limits.h>

/*
 * Finds @name as a shell would and stores its path.  Returns 0, or -1 with
 * errno: ENOENT when it is nowhere, another when it cannot be executed.
 */
int program_find(const char *name, char path[PATH_MAX]);

/*
 * Why a preloaded library would have no effect on the program at @path, or NULL
 * if it will have one.  Interpreters of scripts are followed; @culprit becomes
 * the file the answer is about.
 */
const char *program_unfit(const char *path, char culprit[PATH_MAX]);

#endif
