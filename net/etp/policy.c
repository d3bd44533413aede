// SPDX-License-Identifier: GPL-2.0
/*
 * Which policy of loss recovery a connection uses.  The list of them is the
 * registry's.  May touch of struct etp_rec what names the policy, and its private
 * area.
 */
#include "internal.h"

/* What this module has itself */
static struct etp_recovery_ops *const etp_rec_builtin[] = {
	&etp_rec_reno,
	&etp_rec_newreno,
	&etp_rec_sack,
	&etp_rec_rack,
};

/**
 * etp_rec_unregister - take back what is part of this module
 *
 * Process context, may sleep.
 */
void etp_rec_unregister(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(etp_rec_builtin); i++)
		if (etp_rec_builtin[i]->policy.list.next)
			etp_unregister_recovery(etp_rec_builtin[i]);
}

/**
 * etp_rec_register - offer what is part of this module
 *
 * Process context.  Returns 0 or a negative errno.
 */
int etp_rec_register(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < ARRAY_SIZE(etp_rec_builtin); i++)
		err = etp_register_recovery(etp_rec_builtin[i]);
	if (err)
		etp_rec_unregister();
	return err;
}

/**
 * etp_rec_settle - the policy begins, the chosen one or what can stand in for it
 * @rec: the room, its view fresh
 *
 * Socket locked.  A policy that needs SACK gives way to newreno when the peer sends
 * none.
 */
void etp_rec_settle(struct etp_rec *rec)
{
	etp_rec_stop(rec);
	rec->ops = rec->chosen->sack && !rec->sack ? &etp_rec_newreno : rec->chosen;
	memset(rec->priv, 0, sizeof(rec->priv));
	rec->limited = 0;
	/* who does not look at SACK must not find its marks in the sums */
	if (!rec->ops->sack)
		etp_board_forget(&rec->board);
	rec->live = 1;
	if (rec->ops->init)
		rec->ops->init(rec);
}

/**
 * etp_rec_choose - use another policy from now on (ETP_RECOVERY)
 * @sk: the socket, locked
 * @name: name of the policy
 *
 * Process context, may sleep.  Returns 0, -ENOENT for a name nobody registered,
 * -EBUSY when its module is about to go, -EOPNOTSUPP when it needs SACK and the peer
 * of this connection sends none.
 */
int etp_rec_choose(struct sock *sk, const char *name)
{
	struct etp_rec *rec = &etp_sk(sk)->rec;
	struct etp_policy *policy = etp_registry_get(ETP_ROLE_RECOVERY, name);
	const struct etp_recovery_ops *ops;

	if (IS_ERR(policy))
		return PTR_ERR(policy);
	ops = container_of(policy, struct etp_recovery_ops, policy);
	if (rec->live && ops->sack && !rec->sack) {
		etp_policy_put(policy);
		return -EOPNOTSUPP;
	}
	if (!rec->live) {
		etp_policy_put(&rec->chosen->policy);
		rec->chosen = ops;
		return 0;
	}
	etp_rec_release(rec);
	rec->chosen = ops;
	etp_rec_view(sk);
	etp_rec_settle(rec);
	return 0;
}
