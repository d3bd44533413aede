/* SPDX-License-Identifier: GPL-2.0 */
/* The differences between TCP and ETP that have a reason: see compare_list.c. */
#ifndef _TESTING_COMPARE_LIST_H
#define _TESTING_COMPARE_LIST_H

#include <stdbool.h>

void read_listed(const char *path);
bool is_listed(const char *script, const char *tcp, const char *etp);
int show_idle_rows(void);

#endif /* _TESTING_COMPARE_LIST_H */
