/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Experimental Transport Protocol: congestion control.
 *
 * A congestion control sees struct etp_cong and what it is told of each ACK,
 * nothing else of the socket, so it can be read, replaced and tested alone.
 */
#ifndef _NET_ETP_CONG_H
#define _NET_ETP_CONG_H

#include <linux/list.h>
#include <linux/module.h>
#include <linux/types.h>
#include <uapi/linux/etp.h>

struct etp_cong;

/**
 * struct etp_cong_ops - a congestion control
 * @name: what ETP_CONGESTION knows it by
 * @owner: the module
 * @init: a connection begins to use it; windows are set already
 * @release: it stops using it
 * @acked: new data was acknowledged while nothing is missing; grows the window
 * @ssthresh: the threshold after a loss with @flight bytes in the network
 * @list: registered controls
 *
 * All calls are made with the socket locked, in softirq or process context, and
 * must not sleep.  Only @name, @acked and @ssthresh are required.
 */
struct etp_cong_ops {
	char		name[ETP_CA_NAME_MAX];
	struct module	*owner;
	void		(*init)(struct etp_cong *cong);
	void		(*release)(struct etp_cong *cong);
	void		(*acked)(struct etp_cong *cong, u32 acked);
	u32		(*ssthresh)(struct etp_cong *cong, u32 flight);
	struct list_head list;
};

/**
 * struct etp_cong - congestion state of a connection, RFC 5681
 * @ops: who decides
 * @cwnd: congestion window, bytes
 * @ssthresh: slow start threshold, bytes
 * @mss: SMSS, bytes
 * @acked: bytes acknowledged since the window last grew in avoidance
 * @cwnd_limited: the last flight used up the window (RFC 7661)
 * @priv: private to @ops
 */
struct etp_cong {
	const struct etp_cong_ops *ops;
	u32		cwnd;
	u32		ssthresh;
	u32		mss;
	u32		acked;
	bool		cwnd_limited;
	u64		priv[8];
};

#define ETP_SSTHRESH_INF	0x7fffffffU

static inline bool etp_in_slow_start(const struct etp_cong *cong)
{
	return cong->cwnd < cong->ssthresh;
}

extern struct etp_cong_ops etp_reno;

#endif /* _NET_ETP_CONG_H */
