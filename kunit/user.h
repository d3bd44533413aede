/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of a program, for calls that write to it.  Tests run in threads of the
 * kernel, which have none: that of the program which runs them (insmod) serves.
 */
#ifndef _ETP_KUNIT_USER_H
#define _ETP_KUNIT_USER_H

#include <linux/compiler.h>

#define USER_ROOM	65536	/* bytes */

int user_attach(void);
void user_detach(void);
void __user *user_begin(void);
void user_end(void);

#endif /* _ETP_KUNIT_USER_H */
