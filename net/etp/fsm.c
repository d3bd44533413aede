// SPDX-License-Identifier: GPL-2.0
/*
 * The eleven states: one table, and the one door through which a socket's state
 * changes.  May touch sk_state, and count and trace what becomes of it.
 *
 * The table is RFC 9293 figure 5 with what section 3.10 adds in its text.  A
 * handshake that a listener answers runs in a request object and a connection in
 * TIME_WAIT in a small object of its own; both go by this table too.
 */
#include "internal.h"
#include <trace/events/etp.h>

#define CLOSED	TCP_CLOSE

/* Zero: the event can't happen in that state. */
static const u8 etp_fsm[ETP_STATES][ETP_EVENTS] = {
	[TCP_CLOSE] = {
		[ETP_EV_PASSIVE_OPEN]	= TCP_LISTEN,
		[ETP_EV_ACTIVE_OPEN]	= TCP_SYN_SENT,
		[ETP_EV_CLOSE]		= CLOSED,
		[ETP_EV_ABORT]		= CLOSED,
	},
	[TCP_LISTEN] = {
		[ETP_EV_PASSIVE_OPEN]	= TCP_LISTEN,	/* a new backlog */
		[ETP_EV_CLOSE]		= CLOSED,
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_RCV_SYN]	= TCP_SYN_RECV,
		[ETP_EV_RCV_RST]	= TCP_LISTEN,
	},
	[TCP_SYN_SENT] = {
		[ETP_EV_CLOSE]		= CLOSED,
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,
		[ETP_EV_RCV_RST]	= CLOSED,
		[ETP_EV_RCV_SYN]	= TCP_SYN_RECV,	/* simultaneous open */
		[ETP_EV_RCV_SYN_ACK]	= TCP_ESTABLISHED,
	},
	[TCP_SYN_RECV] = {
		[ETP_EV_CLOSE]		= TCP_FIN_WAIT1,
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,
		[ETP_EV_RCV_RST]	= CLOSED,
		[ETP_EV_ACK_OF_SYN]	= TCP_ESTABLISHED,
		[ETP_EV_RCV_FIN]	= TCP_CLOSE_WAIT,
	},
	[TCP_ESTABLISHED] = {
		[ETP_EV_CLOSE]		= TCP_FIN_WAIT1,
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,
		[ETP_EV_RCV_RST]	= CLOSED,
		[ETP_EV_RCV_FIN]	= TCP_CLOSE_WAIT,
	},
	[TCP_FIN_WAIT1] = {
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,
		[ETP_EV_RCV_RST]	= CLOSED,
		[ETP_EV_ACK_OF_FIN]	= TCP_FIN_WAIT2,
		[ETP_EV_RCV_FIN]	= TCP_CLOSING,
	},
	[TCP_FIN_WAIT2] = {
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,	/* an orphan's patience */
		[ETP_EV_RCV_RST]	= CLOSED,
		[ETP_EV_RCV_FIN]	= TCP_TIME_WAIT,
	},
	[TCP_CLOSE_WAIT] = {
		[ETP_EV_CLOSE]		= TCP_LAST_ACK,
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,
		[ETP_EV_RCV_RST]	= CLOSED,
	},
	[TCP_CLOSING] = {
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,
		[ETP_EV_RCV_RST]	= CLOSED,
		[ETP_EV_ACK_OF_FIN]	= TCP_TIME_WAIT,
	},
	[TCP_LAST_ACK] = {
		[ETP_EV_ABORT]		= CLOSED,
		[ETP_EV_TIMEOUT]	= CLOSED,
		[ETP_EV_RCV_RST]	= CLOSED,
		[ETP_EV_ACK_OF_FIN]	= CLOSED,
	},
	[TCP_TIME_WAIT] = {
		[ETP_EV_TIMEOUT]	= CLOSED,	/* 2 MSL have passed */
		[ETP_EV_RCV_RST]	= CLOSED,	/* unless RFC 1337 is on */
		[ETP_EV_RCV_SYN]	= CLOSED,	/* RFC 6191: room for a new one */
		[ETP_EV_RCV_FIN]	= TCP_TIME_WAIT,
	},
};

static const char *const etp_state_names[ETP_STATES] = {
	[TCP_ESTABLISHED]	= "ESTABLISHED",
	[TCP_SYN_SENT]		= "SYN_SENT",
	[TCP_SYN_RECV]		= "SYN_RECV",
	[TCP_FIN_WAIT1]		= "FIN_WAIT_1",
	[TCP_FIN_WAIT2]		= "FIN_WAIT_2",
	[TCP_TIME_WAIT]		= "TIME_WAIT",
	[TCP_CLOSE]		= "CLOSED",
	[TCP_CLOSE_WAIT]	= "CLOSE_WAIT",
	[TCP_LAST_ACK]		= "LAST_ACK",
	[TCP_LISTEN]		= "LISTEN",
	[TCP_CLOSING]		= "CLOSING",
};

static const char *const etp_event_names[ETP_EVENTS] = {
	[ETP_EV_PASSIVE_OPEN]	= "passive open",
	[ETP_EV_ACTIVE_OPEN]	= "active open",
	[ETP_EV_CLOSE]		= "close",
	[ETP_EV_RCV_SYN]	= "SYN",
	[ETP_EV_RCV_SYN_ACK]	= "SYN|ACK",
	[ETP_EV_ACK_OF_SYN]	= "ACK of SYN",
	[ETP_EV_RCV_FIN]	= "FIN",
	[ETP_EV_ACK_OF_FIN]	= "ACK of FIN",
	[ETP_EV_RCV_RST]	= "RST",
	[ETP_EV_ABORT]		= "abort",
	[ETP_EV_TIMEOUT]	= "time-out",
};

/**
 * etp_fsm_next - the state that follows
 * @state: TCP_ESTABLISHED ... TCP_CLOSING
 * @event: what happened
 *
 * Any context; pure.  Returns the next state, or 0 when @event can't happen in
 * @state.
 */
int etp_fsm_next(int state, enum etp_event event)
{
	if (state <= 0 || state >= ETP_STATES || event >= ETP_EVENTS)
		return 0;
	return etp_fsm[state][event];
}

/* The counters that RFC 4022 defines by a change of state */
static void etp_count_change(struct net *net, int old, int new)
{
	if (new != CLOSED)
		return;
	if ((1 << old) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		ETP_INC(net, AttemptFails);
	else if ((1 << old) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT))
		ETP_INC(net, EstabResets);
}

/* A socket that listens has no key yet, so the tracepoint gets one made for it. */
static void etp_trace_sock(const struct sock *sk, int old, int new, int event)
{
	struct etp_key key = {
		.lport = inet_sk(sk)->inet_sport,
		.rport = inet_sk(sk)->inet_dport,
	};

	if (!trace_etp_set_state_enabled())
		return;
	etp_trace_addr(&key.laddr, sk, false);
	etp_trace_addr(&key.raddr, sk, true);
	trace_etp_set_state(sk, &key, old, new, event);
}

/**
 * etp_event - take a socket through the table
 * @sk: the socket, locked (or not yet visible to anybody)
 * @event: what happened
 *
 * Emits the etp_set_state and inet_sock_set_state tracepoints.  A pair that the
 * table lacks is a bug of ours: it warns once and leaves the state alone.
 * Returns the state the socket is in afterwards.
 */
int etp_event(struct sock *sk, enum etp_event event)
{
	int old = sk->sk_state;
	int new = etp_fsm_next(old, event);

	if (WARN_ONCE(!new, "etp: %s in state %s\n", etp_event_name(event),
		      etp_state_name(old)))
		return old;
	if (new != old) {
		inet_sk_set_state(sk, new);
		etp_count_change(sock_net(sk), old, new);
		etp_trace_sock(sk, old, new, event);
	}
	return new;
}

/**
 * etp_node_event - take a small object through the table
 * @node: a request or a TIME_WAIT object
 * @old: state it is in
 * @event: what happened
 *
 * Any context.  As etp_event(), for what stands for a connection without being a
 * socket: the object's owner acts on the state returned.
 */
int etp_node_event(const struct etp_node *node, int old, enum etp_event event)
{
	int new = etp_fsm_next(old, event);

	if (WARN_ONCE(!new, "etp: %s in state %s\n", etp_event_name(event),
		      etp_state_name(old)))
		return old;
	if (new != old) {
		etp_count_change(node->net, old, new);
		trace_etp_set_state(node, &node->key, old, new, event);
	}
	return new;
}

/**
 * etp_state_name - a state as RFC 9293 spells it
 * @state: TCP_ESTABLISHED ... TCP_CLOSING
 *
 * Any context.
 */
const char *etp_state_name(int state)
{
	if (state <= 0 || state >= ETP_STATES)
		return "?";
	return etp_state_names[state];
}

/**
 * etp_event_name - an event in words
 * @event: the event
 *
 * Any context.
 */
const char *etp_event_name(enum etp_event event)
{
	return event < ETP_EVENTS ? etp_event_names[event] : "?";
}
