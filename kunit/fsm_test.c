// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine against an expectation written from RFC 9293: every cell of
 * the table, those that must be empty included.
 */
#include "suites.h"
#include "../net/etp/internal.h"

struct transition {
	int		from;
	enum etp_event	event;
	int		to;
};

/*
 * Figure 5 and section 3.10, in the RFC's order.  What is not listed must not
 * happen: segments that leave the state alone (a SYN on a connection, a second
 * FIN, an ACK that acknowledges nothing new) are no events.
 */
static const struct transition rfc[] = {
	/* 3.10.1 OPEN call */
	{ TCP_CLOSE,	   ETP_EV_PASSIVE_OPEN, TCP_LISTEN },
	{ TCP_CLOSE,	   ETP_EV_ACTIVE_OPEN,	TCP_SYN_SENT },
	/* a second listen() only changes the backlog */
	{ TCP_LISTEN,	   ETP_EV_PASSIVE_OPEN, TCP_LISTEN },

	/* 3.10.4 CLOSE call; in FIN-WAIT and later it is an error */
	{ TCP_CLOSE,	   ETP_EV_CLOSE,	TCP_CLOSE },
	{ TCP_LISTEN,	   ETP_EV_CLOSE,	TCP_CLOSE },
	{ TCP_SYN_SENT,	   ETP_EV_CLOSE,	TCP_CLOSE },
	{ TCP_SYN_RECV,	   ETP_EV_CLOSE,	TCP_FIN_WAIT1 },
	{ TCP_ESTABLISHED, ETP_EV_CLOSE,	TCP_FIN_WAIT1 },
	{ TCP_CLOSE_WAIT,  ETP_EV_CLOSE,	TCP_LAST_ACK },

	/* 3.10.5 ABORT call; nobody holds a socket in TIME-WAIT any more */
	{ TCP_CLOSE,	   ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_LISTEN,	   ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_SYN_SENT,	   ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_SYN_RECV,	   ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_ESTABLISHED, ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_FIN_WAIT1,   ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_FIN_WAIT2,   ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_CLOSE_WAIT,  ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_CLOSING,	   ETP_EV_ABORT,	TCP_CLOSE },
	{ TCP_LAST_ACK,	   ETP_EV_ABORT,	TCP_CLOSE },

	/* 3.10.7.2 LISTEN: an RST is ignored, a SYN begins a connection */
	{ TCP_LISTEN,	   ETP_EV_RCV_RST,	TCP_LISTEN },
	{ TCP_LISTEN,	   ETP_EV_RCV_SYN,	TCP_SYN_RECV },

	/* 3.10.7.3 SYN-SENT */
	{ TCP_SYN_SENT,	   ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_SYN_SENT,	   ETP_EV_RCV_SYN_ACK,	TCP_ESTABLISHED },
	{ TCP_SYN_SENT,	   ETP_EV_RCV_SYN,	TCP_SYN_RECV },

	/* 3.10.7.4 second: RST (SYN-RECEIVED after a passive open is a request) */
	{ TCP_SYN_RECV,	   ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_ESTABLISHED, ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_FIN_WAIT1,   ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_FIN_WAIT2,   ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_CLOSE_WAIT,  ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_CLOSING,	   ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_LAST_ACK,	   ETP_EV_RCV_RST,	TCP_CLOSE },
	{ TCP_TIME_WAIT,   ETP_EV_RCV_RST,	TCP_CLOSE },

	/* fourth: SYN; TIME-WAIT may give way to a new incarnation */
	{ TCP_TIME_WAIT,   ETP_EV_RCV_SYN,	TCP_CLOSE },

	/* fifth: ACK */
	{ TCP_SYN_RECV,	   ETP_EV_ACK_OF_SYN,	TCP_ESTABLISHED },
	{ TCP_FIN_WAIT1,   ETP_EV_ACK_OF_FIN,	TCP_FIN_WAIT2 },
	{ TCP_CLOSING,	   ETP_EV_ACK_OF_FIN,	TCP_TIME_WAIT },
	{ TCP_LAST_ACK,	   ETP_EV_ACK_OF_FIN,	TCP_CLOSE },

	/* eighth: FIN */
	{ TCP_SYN_RECV,	   ETP_EV_RCV_FIN,	TCP_CLOSE_WAIT },
	{ TCP_ESTABLISHED, ETP_EV_RCV_FIN,	TCP_CLOSE_WAIT },
	{ TCP_FIN_WAIT1,   ETP_EV_RCV_FIN,	TCP_CLOSING },
	{ TCP_FIN_WAIT2,   ETP_EV_RCV_FIN,	TCP_TIME_WAIT },
	{ TCP_TIME_WAIT,   ETP_EV_RCV_FIN,	TCP_TIME_WAIT },

	/* 3.10.8 time-outs: user (or R2), and 2 MSL */
	{ TCP_SYN_SENT,	   ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_SYN_RECV,	   ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_ESTABLISHED, ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_FIN_WAIT1,   ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_FIN_WAIT2,   ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_CLOSE_WAIT,  ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_CLOSING,	   ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_LAST_ACK,	   ETP_EV_TIMEOUT,	TCP_CLOSE },
	{ TCP_TIME_WAIT,   ETP_EV_TIMEOUT,	TCP_CLOSE },
};

static int rfc_next(int state, enum etp_event event)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rfc); i++)
		if (rfc[i].from == state && rfc[i].event == event)
			return rfc[i].to;
	return 0;
}

static void fsm_every_cell(struct kunit *test)
{
	int state, event;

	for (state = TCP_ESTABLISHED; state <= TCP_CLOSING; state++)
		for (event = 0; event < ETP_EVENTS; event++)
			KUNIT_EXPECT_EQ_MSG(test, etp_fsm_next(state, event),
					    rfc_next(state, event),
					    "%s on %s", etp_state_name(state),
					    etp_event_name(event));
}

/* The figure's arrows, walked as connections walk them. */
static void fsm_walks(struct kunit *test)
{
	static const struct {
		const char	*name;
		int		path[6];
		enum etp_event	event[5];
	} walks[] = {
		{ "active open, active close",
		  { TCP_CLOSE, TCP_SYN_SENT, TCP_ESTABLISHED, TCP_FIN_WAIT1,
		    TCP_FIN_WAIT2, TCP_TIME_WAIT },
		  { ETP_EV_ACTIVE_OPEN, ETP_EV_RCV_SYN_ACK, ETP_EV_CLOSE,
		    ETP_EV_ACK_OF_FIN, ETP_EV_RCV_FIN } },
		{ "passive open, passive close",
		  { TCP_LISTEN, TCP_SYN_RECV, TCP_ESTABLISHED, TCP_CLOSE_WAIT,
		    TCP_LAST_ACK, TCP_CLOSE },
		  { ETP_EV_RCV_SYN, ETP_EV_ACK_OF_SYN, ETP_EV_RCV_FIN,
		    ETP_EV_CLOSE, ETP_EV_ACK_OF_FIN } },
		{ "both open at once, both close at once",
		  { TCP_SYN_SENT, TCP_SYN_RECV, TCP_ESTABLISHED, TCP_FIN_WAIT1,
		    TCP_CLOSING, TCP_TIME_WAIT },
		  { ETP_EV_RCV_SYN, ETP_EV_ACK_OF_SYN, ETP_EV_CLOSE,
		    ETP_EV_RCV_FIN, ETP_EV_ACK_OF_FIN } },
	};
	unsigned int i, step;

	for (i = 0; i < ARRAY_SIZE(walks); i++)
		for (step = 0; step < 5; step++)
			KUNIT_EXPECT_EQ_MSG(test,
					    etp_fsm_next(walks[i].path[step],
							 walks[i].event[step]),
					    walks[i].path[step + 1],
					    "%s, step %u", walks[i].name, step);
}

static void fsm_out_of_range(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, etp_fsm_next(0, ETP_EV_CLOSE), 0);
	KUNIT_EXPECT_EQ(test, etp_fsm_next(-1, ETP_EV_CLOSE), 0);
	KUNIT_EXPECT_EQ(test, etp_fsm_next(TCP_CLOSING + 1, ETP_EV_CLOSE), 0);
	KUNIT_EXPECT_EQ(test, etp_fsm_next(TCP_CLOSE, ETP_EVENTS), 0);
}

static void fsm_names(struct kunit *test)
{
	int i, k;

	for (i = TCP_ESTABLISHED; i <= TCP_CLOSING; i++) {
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, etp_state_name(i));
		for (k = TCP_ESTABLISHED; k < i; k++)
			KUNIT_EXPECT_NE(test, strcmp(etp_state_name(i),
						     etp_state_name(k)), 0);
	}
	for (i = 0; i < ETP_EVENTS; i++) {
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, etp_event_name(i));
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_NE(test, strcmp(etp_event_name(i),
						     etp_event_name(k)), 0);
	}
	KUNIT_EXPECT_STREQ(test, etp_state_name(0), "?");
	KUNIT_EXPECT_STREQ(test, etp_state_name(TCP_CLOSING + 1), "?");
	KUNIT_EXPECT_STREQ(test, etp_event_name(ETP_EVENTS), "?");
}

static struct kunit_case fsm_cases[] = {
	KUNIT_CASE(fsm_every_cell),
	KUNIT_CASE(fsm_walks),
	KUNIT_CASE(fsm_out_of_range),
	KUNIT_CASE(fsm_names),
	{}
};

struct kunit_suite etp_fsm_suite = {
	.name = "etp_fsm",
	.test_cases = fsm_cases,
};
