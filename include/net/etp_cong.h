/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Experimental Transport Protocol: what can be replaced while it runs.
 *
 * A module that includes this header, and nothing else of ETP's, can offer a
 * congestion control.  It sees struct etp_cong, which holds the windows and what
 * an ACK told, and nothing else of the socket, so it can be read,
 * replaced and tested alone.  samples/etp_cong_template.c is one to copy.
 */
#ifndef _NET_ETP_CONG_H
#define _NET_ETP_CONG_H

#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/types.h>
#include <uapi/linux/etp.h>

/* ---- What every replaceable part begins with ---- */

/**
 * struct etp_policy - the name of a replaceable part, and whose it is
 * @name: what socket options and sysctls know it by; letters, digits, "_", "-"
 * @owner: the module, held by each socket and each namespace that uses the part
 * @list: the registry's
 *
 * First member of each operations structure.
 */
struct etp_policy {
	char			name[ETP_CA_NAME_MAX];
	struct module		*owner;
	struct list_head	list;
};

#define ETP_POLICY(n)	{ .name = (n), .owner = THIS_MODULE }

/* ---- Congestion control ---- */

struct etp_cong;

/**
 * enum etp_cong_event - what a congestion control may want to know
 * @ETP_CONG_LOSS: a loss was noticed, and @ssthresh was asked; cwnd is about to
 *	follow
 * @ETP_CONG_TIMEOUT: the retransmission timer expired; cwnd is one segment
 * @ETP_CONG_MARK: the network marked a segment (ECN); cwnd follows @ssthresh
 * @ETP_CONG_RECOVERED: what was lost has been acknowledged
 * @ETP_CONG_UNDO: the loss was none; cwnd and ssthresh are as before it
 * @ETP_CONG_RESTART: sending begins again after an idle time-out
 */
enum etp_cong_event {
	ETP_CONG_LOSS,
	ETP_CONG_TIMEOUT,
	ETP_CONG_MARK,
	ETP_CONG_RECOVERED,
	ETP_CONG_UNDO,
	ETP_CONG_RESTART,
};

/**
 * struct etp_cong_ops - a congestion control
 * @policy: its name, and its module
 * @init: a connection begins to use it, with windows set already; also on a live
 *	connection that used another.  The private area is zero
 * @release: it stops using it
 * @acked: @acked bytes of new data were acknowledged while nothing is missing, or
 *	after a time-out: grow the window
 * @ssthresh: a loss or a mark with @flight bytes in the network: returns the
 *	threshold, bytes
 * @sample: any ACK of new data, in recovery too, before @acked; for
 *	controls that follow the round trip
 * @event: see enum etp_cong_event
 *
 * All calls are made with the socket locked, in softirq or process context, and
 * must not sleep.  Only @acked and @ssthresh are required.
 */
struct etp_cong_ops {
	struct etp_policy policy;
	void	(*init)(struct etp_cong *cong);
	void	(*release)(struct etp_cong *cong);
	void	(*acked)(struct etp_cong *cong, u32 acked);
	u32	(*ssthresh)(struct etp_cong *cong, u32 flight);
	void	(*sample)(struct etp_cong *cong, u32 acked);
	void	(*event)(struct etp_cong *cong, enum etp_cong_event event);
};

/**
 * struct etp_cong - congestion state of a connection, RFC 5681
 * @ops: who decides
 * @cwnd: congestion window, bytes; a control may write it
 * @ssthresh: slow start threshold, bytes; a control may write it
 * @acked: bytes acknowledged since the window last grew in avoidance; a control
 *	may write it
 * @mss: SMSS, bytes
 * @limit: what one ACK may add in slow start, bytes (RFC 3465's L)
 * @flight: bytes that were in flight when the ACK came
 * @rtt_us: the newest round trip, microseconds, 0 when this ACK brought none
 * @srtt_us: smoothed round trip, microseconds, 0 while unknown
 * @min_rtt_us: the shortest round trip, microseconds, ~0 while unknown
 * @now_us: when the ACK came, microseconds of a monotonic clock
 * @prior_cwnd: @cwnd before the last loss, for an undo
 * @prior_ssthresh: @ssthresh before it
 * @cwnd_limited: the last flight used up the window (RFC 7661)
 * @marked: the ACK tells of a mark (RFC 3168's ECE)
 * @live: @ops were told that the connection began
 * @priv: private to @ops
 *
 * Windows are in bytes, and whole segments are sent.  All but what a control may
 * write is for reading.
 */
struct etp_cong {
	const struct etp_cong_ops *ops;
	u32	cwnd;
	u32	ssthresh;
	u32	acked;
	u32	mss;
	u32	limit;
	u32	flight;
	u32	rtt_us;
	u32	srtt_us;
	u32	min_rtt_us;
	u64	now_us;
	u32	prior_cwnd;
	u32	prior_ssthresh;
	bool	cwnd_limited;
	bool	marked;
	bool	live;
	u64	priv[12];
};

#define ETP_SSTHRESH_INF	0x7fffffffU

static inline bool etp_in_slow_start(const struct etp_cong *cong)
{
	return cong->cwnd < cong->ssthresh;
}

/* The private area; the build checks that it is large enough. */
#define etp_cong_priv(cong, type)					\
({									\
	BUILD_BUG_ON(sizeof(type) > sizeof((cong)->priv));		\
	(type *)(cong)->priv;						\
})

u32 etp_slow_start(struct etp_cong *cong, u32 acked);
int etp_register_congestion_control(struct etp_cong_ops *ops);
void etp_unregister_congestion_control(struct etp_cong_ops *ops);

#endif /* _NET_ETP_CONG_H */
