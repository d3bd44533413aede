// SPDX-License-Identifier: GPL-2.0
/* Memory of a program.  See user.h. */
#include "user.h"
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

static struct mm_struct *user_mm;
static unsigned long user_area;

/**
 * user_attach - from suite_init, which runs in the program
 *
 * Returns 0, -EINVAL where no program runs the tests, or -ENOMEM.
 */
int user_attach(void)
{
	user_mm = get_task_mm(current);
	if (!user_mm)
		return -EINVAL;
	user_area = vm_mmap(NULL, 0, USER_ROOM, PROT_READ | PROT_WRITE,
			    MAP_ANONYMOUS | MAP_PRIVATE, 0);
	if (!IS_ERR_VALUE(user_area))
		return 0;
	mmput(user_mm);
	user_mm = NULL;
	return -ENOMEM;
}

/**
 * user_detach - from suite_exit
 */
void user_detach(void)
{
	if (!user_mm)
		return;
	vm_munmap(user_area, USER_ROOM);
	mmput(user_mm);
	user_mm = NULL;
}

/**
 * user_begin - this thread may use the memory until user_end()
 *
 * Returns where it is: USER_ROOM bytes.
 */
void __user *user_begin(void)
{
	kthread_use_mm(user_mm);
	return (void __user *)user_area;
}

/**
 * user_end - no longer
 */
void user_end(void)
{
	kthread_unuse_mm(user_mm);
}
