// SPDX-License-Identifier: GPL-2.0
/*
 * What a segment has to pass before it may change a connection: steps one, two
 * and four of RFC 9293 section 3.10.7.4, RFC 5961 and RFC 7323 section 5.  The
 * same for sockets and for the small objects that stand for one, so it knows
 * nothing but numbers.  May touch counters and the date of the last answer.
 */
#include "internal.h"

/**
 * etp_seq_acceptable - the four-row test of RFC 9293 section 3.10.7.4
 * @nxt: RCV.NXT
 * @wnd: RCV.WND, bytes
 * @seq: SEG.SEQ
 * @end_seq: first sequence number after the segment
 *
 * Pure.  Looser than the table in one row: an empty segment at the right edge
 * passes, for a peer that has filled our window sends its ACKs from there.
 */
bool etp_seq_acceptable(u32 nxt, u32 wnd, u32 seq, u32 end_seq)
{
	if (seq == end_seq)
		return seq_between(seq, nxt, nxt + wnd);
	if (!wnd)
		return false;
	return seq_between(seq, nxt, nxt + wnd - 1) ||
	       seq_between(end_seq - 1, nxt, nxt + wnd - 1) ||
	       (seq_lt(seq, nxt) && seq_gt(end_seq, nxt));
}

/**
 * etp_ts_outdated - is TS.Recent too old to judge by? RFC 7323 section 5.5
 * @peer: what the handshake agreed
 *
 * A connection may be idle for so long that the peer's clock has gone round.
 */
bool etp_ts_outdated(const struct etp_peer *peer)
{
	return etp_seconds() - peer->ts_recent_at >= ETP_PAWS_24DAYS;
}

/**
 * etp_paws_reject - does its timestamp make a segment an old one?
 * @peer: what the handshake agreed
 * @seg: the segment
 *
 * RFC 7323 section 5.3 R1.  An RST is not judged by its time, nor is anything
 * after a long silence.
 */
bool etp_paws_reject(const struct etp_peer *peer, const struct etp_segment *seg)
{
	if (!peer->ts_ok || !(seg->opts & ETP_OPT_TS) || (seg->flags & ETP_RST))
		return false;
	return (s32)(peer->ts_recent - seg->tsval) > 0 && !etp_ts_outdated(peer);
}

/**
 * etp_validate - may a segment go on to the fifth step?
 * @nxt: RCV.NXT
 * @wnd: RCV.WND, bytes
 * @seg: the segment
 *
 * Pure; RFC 9293 section 3.10.7.4 "first" to "fourth" for all states that have a
 * window.  Timestamps are another matter, see etp_paws_reject().
 */
enum etp_verdict etp_validate(u32 nxt, u32 wnd, const struct etp_segment *seg)
{
	bool inside = etp_seq_acceptable(nxt, wnd, seg->seq, seg->end_seq);

	/* MUST-66: a shut window still takes ACK, RST and URG. */
	if (!wnd && seg->seq == nxt)
		inside = true;
	if (seg->flags & ETP_RST) {			/* RFC 5961 section 3.2 */
		if (!inside || (wnd && seg->seq == nxt + wnd))
			return ETP_DROP;
		return seg->seq == nxt ? ETP_RESET : ETP_CHALLENGE;
	}
	if (seg->flags & ETP_SYN)			/* section 4.2: anywhere */
		return ETP_CHALLENGE;
	return inside ? ETP_PASS : ETP_OUTSIDE;
}

/**
 * etp_may_answer - does a segment that goes no further get an ACK?
 * @net: network namespace
 * @verdict: what etp_validate() said of it
 * @seg: the segment
 * @last: jiffies of the connection's last such answer
 *
 * Any context.  Counts what it decides.  A retransmission is always owed its ACK;
 * anything else might be half of a loop of two ends that disagree.
 */
bool etp_may_answer(struct net *net, enum etp_verdict verdict,
		    const struct etp_segment *seg, u32 *last)
{
	u32 limit = READ_ONCE(etp_net(net)->invalid_ratelimit);

	switch (verdict) {
	case ETP_OUTSIDE:
		ETP_INC(net, OutOfWindow);
		if (seg->end_seq != seg->seq ||
		    etp_ratelimit(last, msecs_to_jiffies(limit)))
			return true;
		ETP_INC(net, ACKSkipped);
		return false;
	case ETP_CHALLENGE:
		if ((seg->flags & (ETP_SYN | ETP_RST)) == ETP_SYN)
			ETP_INC(net, SYNChallenge);
		if (!etp_challenge_allowed(net))
			return false;
		ETP_INC(net, ChallengeACK);
		return true;
	default:
		return false;
	}
}
