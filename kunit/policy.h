/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Scripts for the policies of loss recovery, a row for each thing that happens.
 *
 * Ten segments are in flight when a script begins, and their numbers, from 0, are all
 * that it speaks of.  What comes in:
 *
 *	"3"		an ACK of all before segment 3: a duplicate, when that is known
 *	"3 5:7 4:5"	the same with SACK blocks, for segments 5 and 6, and 4
 *	"3 ece"		the same with ECE set
 *	"rto", "pto"	the retransmission timer fires, or the policy's own
 *
 * What goes out in answer, in its order: "0 12-14", or "" for nothing.  An "e" behind a
 * number says that the segment was marked as capable of ECN, a "c" that it had CWR.
 *
 * Windows are in segments: N(3) is three of them.
 */
#ifndef _ETP_KUNIT_POLICY_H
#define _ETP_KUNIT_POLICY_H

#include "harness.h"

#define POLICY_IN_FLIGHT	10

/**
 * struct policy_row - something happens, and what it leads to
 * @in: what happens
 * @out: what goes
 * @cwnd: the window afterwards, bytes
 * @ssthresh: the threshold afterwards, bytes
 * @pipe: of a policy with SACK RFC 6675's pipe, of others FlightSize, bytes
 * @state: ETP_CA_* by its first letter: 'O', 'D', 'R', 'L'
 */
struct policy_row {
	const char	*in;
	const char	*out;
	u32		cwnd;
	u32		ssthresh;
	u32		pipe;
	char		state;
};

/* Numbers of segments, in bytes: where segment @n begins, and how long @n of them are */
#define POLICY_SEQ(n)	(1 + (n) * WIRE_MSS)
#define N(n)		((n) * WIRE_MSS)
#define INF		ETP_SSTHRESH_INF

#define policy_play(w, rows) policy_play_rows(w, rows, ARRAY_SIZE(rows))
void policy_play_rows(struct wire *w, const struct policy_row *rows, unsigned int n);
void policy_open(struct wire *w, const char *policy, u32 waits);
void policy_open_ecn(struct wire *w, const char *policy, u32 waits);
void policy_expect(struct wire *w, u32 cwnd, u32 ssthresh, u32 pipe, char state);
void policy_first_missing(struct wire *w, const char *policy, u32 waits, unsigned int dups);
void policy_acks_lost(struct wire *w, const char *policy);
void policy_reordered_little(struct wire *w, const char *policy);
int policy_choose(struct wire *w, const char *name);
bool policy_needs_sack(const char *policy);

#endif /* _ETP_KUNIT_POLICY_H */
