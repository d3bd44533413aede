/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a segment must do to a connection, written from the text of RFC 9293
 * section 3.10.7 and RFC 5961 and sharing nothing with net/etp/: numbers here
 * never wrap, for they count from RCV.NXT (SEG.SEQ) and from SND.UNA (SEG.ACK).
 */
#ifndef _ETP_KUNIT_CELL_MODEL_H
#define _ETP_KUNIT_CELL_MODEL_H

#include <linux/types.h>

enum cell_state {
	CELL_CLOSED,
	CELL_LISTEN,
	CELL_SYN_SENT,
	CELL_SYN_RECEIVED,
	CELL_ESTABLISHED,
	CELL_FIN_WAIT_1,
	CELL_FIN_WAIT_2,
	CELL_CLOSE_WAIT,
	CELL_CLOSING,
	CELL_LAST_ACK,
	CELL_TIME_WAIT,
	CELL_STATES
};

/**
 * struct cell_place - where a connection stands
 * @state: its state
 * @passive: it was opened by a LISTEN
 * @reading: the program will read what comes
 * @small: the connection is kept in a small object, which can't hold text
 * @rfc1337: an RST does not end TIME-WAIT
 * @wnd: RCV.WND, bytes
 * @flight: SND.NXT - SND.UNA; the last number of it is our SYN or FIN in the
 *	states that have sent one and wait for its ACK
 * @max_wnd: MAX.SND.WND (RFC 5961 section 5.2), bytes
 */
struct cell_place {
	enum cell_state	state;
	bool		passive;
	bool		reading;
	bool		small;
	bool		rfc1337;
	s64		wnd;
	s64		flight;
	s64		max_wnd;
};

/**
 * struct cell_segment - a segment
 * @syn: control bit
 * @ack: control bit
 * @rst: control bit
 * @fin: control bit
 * @seq: SEG.SEQ - RCV.NXT
 * @len: bytes of text
 * @ackno: SEG.ACK - SND.UNA
 */
struct cell_segment {
	bool	syn;
	bool	ack;
	bool	rst;
	bool	fin;
	s64	seq;
	s64	len;
	s64	ackno;
};

enum cell_reply {
	CELL_NOTHING,
	CELL_ACK,		/* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
	CELL_SYN_ACK,		/* <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> */
	CELL_RST,		/* <SEQ=SEG.ACK><CTL=RST> */
	CELL_RST_ACK,		/* <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK> */
};

/* Counters, as /proc/net/etp_stat names them */
#define CELL_COUNTER_LIST(X)		\
	X(OutRsts)			\
	X(EstabResets)			\
	X(AttemptFails)			\
	X(PassiveOpens)			\
	X(ChallengeACK)			\
	X(SYNChallenge)			\
	X(OutOfWindow)			\
	X(AbortOnData)			\
	X(TWRecycled)

#define CELL_COUNTER_ENUM(name)	CELL_##name,
enum cell_counter { CELL_COUNTER_LIST(CELL_COUNTER_ENUM) CELL_COUNTERS };

/**
 * struct cell_outcome - what must become of it
 * @why: section of RFC 9293 that says so, or RFC 5961, or a deviation's reason
 * @reply: what is sent
 * @state: the state afterwards
 * @taken: how far RCV.NXT moves; in SYN-SENT: from SEG.SEQ of the base
 * @acked: how far SND.UNA moves
 * @count: what is added to each counter
 * @processed: the segment was taken in, so that the connection is no longer what
 *	it was, even where neither state nor numbers show it
 */
struct cell_outcome {
	const char	*why;
	enum cell_reply	reply;
	enum cell_state	state;
	s64		taken;
	s64		acked;
	int		count[CELL_COUNTERS];
	bool		processed;
};

struct cell_outcome cell_expect(const struct cell_place *place,
				const struct cell_segment *seg);

#endif /* _ETP_KUNIT_CELL_MODEL_H */
