/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CUBIC, RFC 9438: the arithmetic, without the module around it.  May touch struct
 * etp_cong and its own struct etp_cubic.  Windows are in bytes, times in
 * milliseconds unless they say otherwise.
 *
 * Left out: HyStart++ (RFC 9406), which the RFC recommends.  Slow start is the
 * usual one.
 */
#ifndef _ETP_CUBIC_H
#define _ETP_CUBIC_H

#include <linux/bits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <net/etp_cong.h>

/* Fractions are of 1024. */
#define CUBIC_ONE	1024U
#define CUBIC_BETA	717U		/* 0.7, section 4.6 */
#define CUBIC_ALPHA	542U		/* 3 (1 - beta) / (1 + beta), section 4.3 */
#define CUBIC_FAST	870U		/* (1 + beta) / 2, section 4.7 */
/* C is 0.4: ms^3 to segments, 1024 * 0.4 / 1000^3, and back, 1000^3 / (1024 * 0.4) */
#define CUBIC_C_NUM	4096U
#define CUBIC_C_DEN	10000000000ULL
#define CUBIC_C_INV	2441406U
#define CUBIC_FAR	BIT(17)	/* ms: beyond it the cube would not fit */

/**
 * struct etp_cubic_epoch - where the curve is, section 4.1.2
 * @start_us: when this congestion avoidance began, 0: it has not
 * @w_max: the window before the last reduction, less with fast convergence
 * @origin: the curve's plateau: @w_max, or the window when there is none above it
 * @w_est: what Reno would have
 * @prior: the window before the last reduction (cwnd_prior)
 * @k: how long the curve takes to its plateau
 */
struct etp_cubic_epoch {
	u64	start_us;
	u32	w_max;
	u32	origin;
	u32	w_est;
	u32	prior;
	u32	k;
};

/**
 * struct etp_cubic - the private area
 * @now: the epoch
 * @before: the one before the last reduction, for an undo
 * @last_us: when the last ACK came
 * @rest: growth not yet a byte, times cwnd
 * @est_rest: the same of w_est, times cwnd and 1024
 */
struct etp_cubic {
	struct etp_cubic_epoch	now;
	struct etp_cubic_epoch	before;
	u64			last_us;
	u64			rest;
	u64			est_rest;
};

/* The integer cube root: a binary digit of it for each three of @x. */
static inline u32 etp_cubic_root(u64 x)
{
	u64 y = 0, next;
	int shift;

	for (shift = 63; shift >= 0; shift -= 3) {
		y *= 2;
		/* (y + 1)^3 - y^3 */
		next = 3 * y * (y + 1) + 1;
		if (x >> shift >= next) {
			x -= next << shift;
			y++;
		}
	}
	return y;
}

/* K = cbrt((W_max - cwnd) / C), figure 2 */
static inline u32 etp_cubic_k(u32 below, u32 mss)
{
	return etp_cubic_root(div_u64((u64)below * CUBIC_ONE, mss) * CUBIC_C_INV);
}

/* W_cubic(t) = C (t - K)^3 + W_max, figure 1 */
static inline u32 etp_cubic_window(const struct etp_cubic_epoch *epoch, u64 t, u32 mss)
{
	bool above = t > epoch->k;
	u64 d = min_t(u64, above ? t - epoch->k : epoch->k - t, CUBIC_FAR);
	/* 1024ths of a segment, then bytes */
	u64 off = div64_u64(d * d * d, CUBIC_C_DEN / CUBIC_C_NUM);

	off = min_t(u64, off, U32_MAX) * mss / CUBIC_ONE;
	if (above)
		return min_t(u64, epoch->origin + off, ETP_SSTHRESH_INF);
	return off < epoch->origin ? epoch->origin - off : 0;
}

/* Congestion avoidance begins, section 4.1.2; without a window to return to, or
 * after a time-out (section 4.8), on the plateau.
 */
static inline void etp_cubic_begin(struct etp_cubic *cubic, const struct etp_cong *cong)
{
	struct etp_cubic_epoch *epoch = &cubic->now;

	epoch->start_us = cong->now_us ?: 1;
	epoch->w_est = cong->cwnd;
	if (cong->cwnd < epoch->w_max) {
		epoch->k = etp_cubic_k(epoch->w_max - cong->cwnd, cong->mss);
		epoch->origin = epoch->w_max;
	} else {
		epoch->k = 0;
		epoch->origin = cong->cwnd;
	}
	cubic->rest = 0;
	cubic->est_rest = 0;
}

/* What Reno with the same average would have, section 4.3: alpha segments for each
 * window acknowledged, one when it has reached the old window again.
 */
static inline void etp_cubic_reno(struct etp_cubic *cubic, const struct etp_cong *cong,
				  u32 acked)
{
	struct etp_cubic_epoch *epoch = &cubic->now;
	u32 alpha = epoch->w_est < epoch->prior ? CUBIC_ALPHA : CUBIC_ONE;
	u64 unit = (u64)cong->cwnd * CUBIC_ONE;
	u64 grown;

	cubic->est_rest += (u64)min_t(u32, acked, cong->cwnd) * cong->mss * alpha;
	grown = div64_u64(cubic->est_rest, unit);
	cubic->est_rest -= grown * unit;
	epoch->w_est += grown;
}

/* The concave and the convex region, sections 4.4 and 4.5: towards where the curve
 * is a round trip from now, and by half a window in a round trip at most.
 */
static inline void etp_cubic_follow(struct etp_cubic *cubic, struct etp_cong *cong,
				    u32 target, u32 acked)
{
	u32 grown;

	target = clamp(target, cong->cwnd, cong->cwnd + cong->cwnd / 2);
	cubic->rest += (u64)acked * (target - cong->cwnd);
	grown = div_u64(cubic->rest, cong->cwnd);
	cubic->rest -= (u64)grown * cong->cwnd;
	cong->cwnd += grown;
}

/* New data was acknowledged and nothing is missing. */
static inline void etp_cubic_grow(struct etp_cubic *cubic, struct etp_cong *cong,
				  u32 acked)
{
	struct etp_cubic_epoch *epoch = &cubic->now;
	u64 t;

	if (!epoch->start_us)
		etp_cubic_begin(cubic, cong);
	t = div_u64(cong->now_us - min(epoch->start_us, cong->now_us), USEC_PER_MSEC);
	etp_cubic_reno(cubic, cong, acked);
	if (etp_cubic_window(epoch, t, cong->mss) < epoch->w_est)
		cong->cwnd = max(cong->cwnd, epoch->w_est);
	else
		etp_cubic_follow(cubic, cong,
				 etp_cubic_window(epoch, t + cong->srtt_us / USEC_PER_MSEC,
						  cong->mss), acked);
}

/* A window that was not used up proves nothing: the clock of the curve stands still
 * meanwhile (section 5.8).
 */
static inline void etp_cubic_wait(struct etp_cubic *cubic, const struct etp_cong *cong)
{
	if (cubic->now.start_us && cubic->last_us && cong->now_us > cubic->last_us)
		cubic->now.start_us += cong->now_us - cubic->last_us;
}

/* A loss or a mark, sections 4.6 and 4.7.  Returns ssthresh. */
static inline u32 etp_cubic_reduce(struct etp_cubic *cubic, const struct etp_cong *cong,
				   u32 flight)
{
	struct etp_cubic_epoch *epoch = &cubic->now;
	u32 cwnd = cong->cwnd;

	cubic->before = *epoch;
	/* Fast convergence: the share is shrinking, so make room for others sooner. */
	epoch->w_max = cwnd < epoch->w_max ?
		       (u64)cwnd * CUBIC_FAST / CUBIC_ONE : cwnd;
	epoch->prior = cwnd;
	epoch->start_us = 0;
	return max_t(u32, (u64)flight * CUBIC_BETA / CUBIC_ONE, 2 * cong->mss);
}

#endif /* _ETP_CUBIC_H */
