// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion control: which algorithm a connection uses, and what is the same
 * for all of them.  May touch struct etp_cong and the list of algorithms.
 */
#include "internal.h"

static LIST_HEAD(etp_cong_list);
static DEFINE_SPINLOCK(etp_cong_lock);

static struct etp_cong_ops *etp_cong_find(const char *name)
{
	struct etp_cong_ops *ops;

	/* what every socket begins with is always there */
	if (!strcmp(etp_reno.name, name))
		return &etp_reno;
	list_for_each_entry(ops, &etp_cong_list, list)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

/**
 * etp_register_congestion_control - offer an algorithm
 * @ops: the algorithm; stays in place until it is unregistered
 *
 * Process context.  Returns 0, -EINVAL without the required calls, -EEXIST when
 * the name is taken.
 */
int etp_register_congestion_control(struct etp_cong_ops *ops)
{
	int err = 0;

	if (!ops->acked || !ops->ssthresh || !ops->name[0])
		return -EINVAL;
	spin_lock(&etp_cong_lock);
	if (etp_cong_find(ops->name))
		err = -EEXIST;
	else
		list_add_tail(&ops->list, &etp_cong_list);
	spin_unlock(&etp_cong_lock);
	return err;
}
EXPORT_SYMBOL_GPL(etp_register_congestion_control);

/**
 * etp_unregister_congestion_control - withdraw an algorithm
 * @ops: the algorithm; connections that use it hold its module
 *
 * Process context.
 */
void etp_unregister_congestion_control(struct etp_cong_ops *ops)
{
	spin_lock(&etp_cong_lock);
	list_del(&ops->list);
	spin_unlock(&etp_cong_lock);
}
EXPORT_SYMBOL_GPL(etp_unregister_congestion_control);

/**
 * etp_cong_default - the algorithm of a new socket
 *
 * Any context.
 */
const struct etp_cong_ops *etp_cong_default(void)
{
	return &etp_reno;
}

/**
 * etp_cong_init - windows of a new connection, RFC 5681 section 3.1, RFC 6928
 * @cong: the room; @cong->ops is kept
 * @mss: SMSS, bytes
 * @init_cwnd: initial window, segments
 *
 * Socket locked.
 */
void etp_cong_init(struct etp_cong *cong, u32 mss, u32 init_cwnd)
{
	cong->mss = mss;
	cong->cwnd = mss * init_cwnd;
	cong->ssthresh = ETP_SSTHRESH_INF;
	cong->acked = 0;
	cong->cwnd_limited = false;
	if (cong->ops->init)
		cong->ops->init(cong);
}

/**
 * etp_cong_release - the connection is gone
 * @cong: the room
 *
 * Socket locked, or nobody else can reach it.
 */
void etp_cong_release(struct etp_cong *cong)
{
	if (!cong->ops)
		return;
	if (cong->ops->release)
		cong->ops->release(cong);
	if (cong->ops->owner != THIS_MODULE)
		module_put(cong->ops->owner);
	cong->ops = NULL;
}

/**
 * etp_cong_choose - use another algorithm from now on (ETP_CONGESTION)
 * @cong: the room
 * @name: name of the algorithm
 *
 * Process context, socket locked.  Windows are kept.  Returns 0, -ENOENT for a
 * name nobody registered.
 */
int etp_cong_choose(struct etp_cong *cong, const char *name)
{
	struct etp_cong_ops *ops;

	spin_lock(&etp_cong_lock);
	ops = etp_cong_find(name);
	if (ops && ops != cong->ops && ops->owner != THIS_MODULE &&
	    !try_module_get(ops->owner))
		ops = NULL;
	spin_unlock(&etp_cong_lock);
	if (!ops)
		return -ENOENT;
	if (ops == cong->ops)
		return 0;

	etp_cong_release(cong);
	cong->ops = ops;
	memset(cong->priv, 0, sizeof(cong->priv));
	if (ops->init)
		ops->init(cong);
	return 0;
}

/**
 * etp_cong_mss - the segment size changed; windows keep their segments
 * @cong: the room
 * @mss: new SMSS, bytes
 *
 * Socket locked.  A smaller MSS must not leave a window of many tiny segments
 * (RFC 5681 section 3.1).
 */
void etp_cong_mss(struct etp_cong *cong, u32 mss)
{
	if (cong->mss == mss)
		return;
	if (mss < cong->mss)
		cong->cwnd = max(cong->cwnd / cong->mss * mss, mss);
	cong->mss = mss;
}

/**
 * etp_cong_idle - restart after idle, RFC 5681 section 4.1
 * @cong: the room
 * @init_cwnd: initial window, segments
 *
 * Socket locked; called when nothing was sent for longer than an RTO.
 */
void etp_cong_idle(struct etp_cong *cong, u32 init_cwnd)
{
	cong->cwnd = min(cong->cwnd, cong->mss * init_cwnd);
	cong->acked = 0;
}
