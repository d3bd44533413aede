/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Choices that look like chance and are the same again for the same seed
 * (splitmix64).
 */
#ifndef _ETP_KUNIT_DRAW_H
#define _ETP_KUNIT_DRAW_H

#include <linux/types.h>

struct draw {
	u64	state;
};

static inline u32 draw(struct draw *d)
{
	u64 z = d->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31) >> 32;
}

/* 0 <= choice < n */
static inline u32 draw_below(struct draw *d, u32 n)
{
	return (u64)draw(d) * n >> 32;
}

/* lo <= choice <= hi */
static inline u32 draw_from(struct draw *d, u32 lo, u32 hi)
{
	return lo + draw_below(d, hi - lo + 1);
}

/* True in so many of a thousand cases */
static inline bool draw_chance(struct draw *d, u32 per_mille)
{
	return draw_below(d, 1000) < per_mille;
}

#endif /* _ETP_KUNIT_DRAW_H */
