// SPDX-License-Identifier: GPL-2.0
/*
 * What can be replaced while ETP runs, by name: a list for each role, the module
 * that has the part and how long it must stay, and what new sockets of a namespace
 * begin with.  May touch struct etp_policy and etp_net.policy.
 *
 * A reference keeps the part's module.  A part of this module needs none: a socket
 * keeps the module anyway, and a namespace must not.
 */
#include "internal.h"
#include <linux/ctype.h>
#include <linux/kmod.h>
#include <linux/slab.h>

/**
 * struct etp_registry - the parts of one role
 * @alias: the module to ask for when nobody has the name
 * @fallback: a part of this module, used when a namespace chose no other
 * @list: the parts; written under etp_registry_lock, read under RCU
 */
struct etp_registry {
	const char		*alias;
	struct etp_policy	*fallback;
	struct list_head	list;
};

static struct etp_registry etp_registries[ETP_ROLES] = {
	[ETP_ROLE_CONG] = {
		.alias = "etp_%s",
		.fallback = &etp_reno.policy,
		.list = LIST_HEAD_INIT(etp_registries[ETP_ROLE_CONG].list),
	},
	[ETP_ROLE_RECOVERY] = {
		.alias = "etp_recovery_%s",
		.fallback = &etp_rec_rack.policy,
		.list = LIST_HEAD_INIT(etp_registries[ETP_ROLE_RECOVERY].list),
	},
	[ETP_ROLE_ACK] = {
		.alias = "etp_ack_%s",
		.fallback = &etp_ack_rfc5681.policy,
		.list = LIST_HEAD_INIT(etp_registries[ETP_ROLE_ACK].list),
	},
};

static DEFINE_SPINLOCK(etp_registry_lock);

/* Under RCU or the lock */
static struct etp_policy *etp_registry_find(enum etp_role role, const char *name)
{
	struct etp_policy *policy;

	list_for_each_entry_rcu(policy, &etp_registries[role].list, list,
				lockdep_is_held(&etp_registry_lock))
		if (!strcmp(policy->name, name))
			return policy;
	return NULL;
}

/* It is asked for in sysctls, where a blank parts names, and names a module. */
static bool etp_policy_name_ok(const char *name)
{
	size_t len = strnlen(name, ETP_CA_NAME_MAX), i;

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("_-", name[i])))
			return false;
	return len && len < ETP_CA_NAME_MAX;
}

/**
 * etp_registry_add - offer a part
 * @role: its role
 * @policy: the part; stays in place until it is taken back
 *
 * Process context.  Returns 0, -EINVAL for a name that is none, or -EEXIST when the
 * name is taken.
 */
int etp_registry_add(enum etp_role role, struct etp_policy *policy)
{
	int err = 0;

	if (!etp_policy_name_ok(policy->name))
		return -EINVAL;
	spin_lock(&etp_registry_lock);
	if (etp_registry_find(role, policy->name))
		err = -EEXIST;
	else
		list_add_tail_rcu(&policy->list, &etp_registries[role].list);
	spin_unlock(&etp_registry_lock);
	return err;
}
EXPORT_SYMBOL_GPL(etp_registry_add);

/**
 * etp_registry_del - take a part back
 * @policy: the part; who uses it holds its module
 *
 * Process context.  Afterwards nobody looks at it any more, or will.
 */
void etp_registry_del(struct etp_policy *policy)
{
	spin_lock(&etp_registry_lock);
	list_del_rcu(&policy->list);
	spin_unlock(&etp_registry_lock);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(etp_registry_del);

/**
 * etp_policy_hold - one more user of a part
 * @policy: a part that is in use, or found under RCU
 *
 * Any context.  Returns false when its module is about to go.
 */
bool etp_policy_hold(const struct etp_policy *policy)
{
	return policy->owner == THIS_MODULE || try_module_get(policy->owner);
}

/**
 * etp_policy_put - one user less
 * @policy: the part, NULL for none
 *
 * Any context.
 */
void etp_policy_put(const struct etp_policy *policy)
{
	if (policy && policy->owner != THIS_MODULE)
		module_put(policy->owner);
}

static struct etp_policy *etp_registry_try(enum etp_role role, const char *name)
{
	struct etp_policy *policy;

	rcu_read_lock();
	policy = etp_registry_find(role, name);
	if (!policy)
		policy = ERR_PTR(-ENOENT);
	else if (!etp_policy_hold(policy))
		policy = ERR_PTR(-EBUSY);
	rcu_read_unlock();
	return policy;
}

/**
 * etp_registry_get - the part of a name, and a reference
 * @role: its role
 * @name: its name
 *
 * Process context, may sleep; a socket may be locked.  For somebody with
 * CAP_NET_ADMIN a module is asked for.  Returns the part, ERR_PTR(-ENOENT) for a
 * name that nobody has, or ERR_PTR(-EBUSY) when its module is about to go.
 */
struct etp_policy *etp_registry_get(enum etp_role role, const char *name)
{
	struct etp_policy *policy = etp_registry_try(role, name);

	if (policy == ERR_PTR(-ENOENT) && etp_policy_name_ok(name) &&
	    capable(CAP_NET_ADMIN)) {
		request_module(etp_registries[role].alias, name);
		policy = etp_registry_try(role, name);
	}
	return policy;
}

/**
 * etp_registry_default - what a new socket begins with, and a reference
 * @net: its network namespace
 * @role: the role
 *
 * Any context.
 */
const struct etp_policy *etp_registry_default(const struct net *net, enum etp_role role)
{
	const struct etp_policy *policy;

	rcu_read_lock();
	policy = rcu_dereference(etp_net(net)->policy[role]);
	if (!policy || !etp_policy_hold(policy))
		policy = etp_registries[role].fallback;
	rcu_read_unlock();
	return policy;
}

/**
 * etp_registry_inherit - what a new socket begins with when it may be a child
 * @net: its network namespace
 * @role: the role
 * @old: its listener's part, NULL without one
 *
 * Any context.  Returns the part, and a reference.
 */
const struct etp_policy *etp_registry_inherit(const struct net *net, enum etp_role role,
					      const struct etp_policy *old)
{
	return old && etp_policy_hold(old) ? old : etp_registry_default(net, role);
}

/**
 * etp_registry_set_default - what new sockets of a namespace shall begin with
 * @net: network namespace
 * @role: the role
 * @name: the name of a part
 *
 * Process context.  Returns 0, or what etp_registry_get() said.
 */
int etp_registry_set_default(struct net *net, enum etp_role role, const char *name)
{
	struct etp_policy *policy = etp_registry_get(role, name);
	const struct etp_policy *old;

	if (IS_ERR(policy))
		return PTR_ERR(policy);
	old = unrcu_pointer(xchg(&etp_net(net)->policy[role], RCU_INITIALIZER(policy)));
	etp_policy_put(old);
	return 0;
}

/**
 * etp_registry_net_exit - a namespace needs no parts any more
 * @net: network namespace that goes
 */
void etp_registry_net_exit(struct net *net)
{
	struct etp_net *en = etp_net(net);
	unsigned int role;

	for (role = 0; role < ETP_ROLES; role++) {
		etp_policy_put(rcu_dereference_protected(en->policy[role], 1));
		RCU_INIT_POINTER(en->policy[role], NULL);
	}
}

/**
 * etp_registry_names - the names there are
 * @role: of this role
 * @buf: gets them, parted by blanks
 * @size: of @buf
 *
 * Any context.
 */
void etp_registry_names(enum etp_role role, char *buf, size_t size)
{
	struct etp_policy *policy;
	size_t len = 0;

	buf[0] = 0;
	rcu_read_lock();
	list_for_each_entry_rcu(policy, &etp_registries[role].list, list)
		len += scnprintf(buf + len, size - len, "%s%s", len ? " " : "",
				 policy->name);
	rcu_read_unlock();
}

#define ETP_NAMES_MAX	(32 * ETP_CA_NAME_MAX)

/**
 * etp_registry_show - a sysctl that lists the parts of a role
 * @role: the role
 * @write: the program writes, which the file's mode forbids
 * @buffer: the program's
 * @lenp: its length
 * @ppos: where the program is in the file
 *
 * Process context.  Returns 0 or a negative errno.
 */
int etp_registry_show(enum etp_role role, int write, void *buffer, size_t *lenp,
		      loff_t *ppos)
{
	struct ctl_table line = { .maxlen = ETP_NAMES_MAX };
	int err;

	line.data = kmalloc(ETP_NAMES_MAX, GFP_USER);
	if (!line.data)
		return -ENOMEM;
	etp_registry_names(role, line.data, ETP_NAMES_MAX);
	err = proc_dostring(&line, write, buffer, lenp, ppos);
	kfree(line.data);
	return err;
}

/**
 * etp_registry_choose - a sysctl that names the part new sockets begin with
 * @net: network namespace
 * @role: the role
 * @write: the program writes
 * @buffer: the program's
 * @lenp: its length
 * @ppos: where the program is in the file
 *
 * Process context.  Returns 0 or a negative errno, -ENOENT for a name nobody has.
 */
int etp_registry_choose(struct net *net, enum etp_role role,
			int write, void *buffer, size_t *lenp, loff_t *ppos)
{
	char name[ETP_CA_NAME_MAX];
	struct ctl_table line = { .data = name, .maxlen = sizeof(name) };
	const struct etp_policy *policy = etp_registry_default(net, role);
	int err;

	strscpy(name, policy->name, sizeof(name));
	etp_policy_put(policy);
	err = proc_dostring(&line, write, buffer, lenp, ppos);
	if (write && !err)
		err = etp_registry_set_default(net, role, strim(name));
	return err;
}
