// SPDX-License-Identifier: GPL-2.0
/*
 * The cell test's connections: each state is reached by segments and calls, as it
 * would be in life.  A connection serves until a segment has changed it.
 *
 * Both ends' numbers wrap in the middle of what the test does.
 */
#include "cell.h"

#define IRS	(0xffffffff - 50)
#define ISS	(0xffffffff - 60)
#define DATA	100U

static void stay(struct cell_ground *g)
{
}

/* ---- From ESTABLISHED ---- */

/* The program does not read until the window is shut. */
static void shut_window(struct cell_ground *g)
{
	struct wire *w = g->w;
	const struct wire_segment *s;
	u32 at = 1, win = 1, round;

	for (round = 0; round < 50 && win; round++) {
		wire_in(w, "ACK seq %u ack 1 len %u", at, win);
		at += win;
		cell_hurry_ack(g);
		while ((s = wire_next(w)))
			win = s->seg.wnd;
	}
	KUNIT_EXPECT_EQ(w->test, win, 0U);
	/* the newest ACK says where we are: ask for it */
	wire_in(w, "ACK seq %u ack 1 len 1", at - 1);
}

static void shutdown(struct cell_ground *g)
{
	wire_shutdown(g->w);
}

static void close_early(struct cell_ground *g)
{
	wire_close(g->w);
}

static void close_acked(struct cell_ground *g)
{
	wire_close(g->w);
	wire_in(g->w, "ACK seq 1 ack 2");
}

/* Longer than a small object lives: the wait begins in the socket. */
static void close_long(struct cell_ground *g)
{
	wire_set(g->w, ETP_LINGER2, 100);
	close_acked(g);
}

static void shutdown_acked(struct cell_ground *g)
{
	wire_shutdown(g->w);
	wire_in(g->w, "ACK seq 1 ack 2");
}

static void peer_closes(struct cell_ground *g)
{
	wire_in(g->w, "ACK|FIN seq 1 ack 1");
}

static void both_close(struct cell_ground *g)
{
	wire_shutdown(g->w);
	peer_closes(g);
}

static void peer_closes_first(struct cell_ground *g)
{
	peer_closes(g);
	wire_close(g->w);
}

static void close_all(struct cell_ground *g)
{
	close_acked(g);
	wire_in(g->w, "ACK|FIN seq 1 ack 2");
}

/* ---- Before ---- */

static void send_syn(struct cell_ground *g)
{
	g->w->use_iss = ISS;
	wire_connect(g->w);
}

static void cross_syns(struct cell_ground *g)
{
	send_syn(g);
	wire_in(g->w, "SYN seq 0 mss 1460");
	/* the first ACK offers more than a SYN may: ask for it */
	wire_in(g->w, "none seq 0 len 1");
}

static void peer_syn(struct cell_ground *g)
{
	wire_in(g->w, "SYN seq 0 mss 1460");
}

const struct cell_spot cell_spots[CELL_SPOTS] = {
	{ "CLOSED", { CELL_CLOSED }, stay },
	{ "LISTEN", { CELL_LISTEN, .passive = true }, stay, true },
	{ "SYN-SENT", { CELL_SYN_SENT }, send_syn },
	{ "SYN-RECEIVED after LISTEN",
	  { CELL_SYN_RECEIVED, .passive = true, .reading = true }, peer_syn, true },
	{ "SYN-RECEIVED after SYN-SENT",
	  { CELL_SYN_RECEIVED, .reading = true }, cross_syns },
	{ "ESTABLISHED", { CELL_ESTABLISHED, .reading = true }, stay, false, DATA },
	{ "ESTABLISHED, accepted",
	  { CELL_ESTABLISHED, .passive = true, .reading = true }, stay, true, DATA },
	{ "ESTABLISHED, window shut",
	  { CELL_ESTABLISHED, .passive = true, .reading = true },
	  shut_window, true, DATA, 4096 },
	{ "FIN-WAIT-1", { CELL_FIN_WAIT_1, .reading = true }, shutdown, false, DATA },
	{ "FIN-WAIT-1, orphan", { CELL_FIN_WAIT_1 }, close_early, false, DATA },
	{ "FIN-WAIT-2", { CELL_FIN_WAIT_2, .reading = true }, shutdown_acked },
	{ "FIN-WAIT-2, orphan", { CELL_FIN_WAIT_2 }, close_long },
	{ "FIN-WAIT-2, small object", { CELL_FIN_WAIT_2, .small = true }, close_acked },
	{ "CLOSE-WAIT", { CELL_CLOSE_WAIT, .reading = true }, peer_closes, false, DATA },
	{ "CLOSING", { CELL_CLOSING, .reading = true }, both_close, false, DATA },
	{ "LAST-ACK", { CELL_LAST_ACK }, peer_closes_first, false, DATA },
	{ "TIME-WAIT", { CELL_TIME_WAIT, .passive = true, .small = true },
	  close_all, true },
	{ "TIME-WAIT, RFC 1337",
	  { CELL_TIME_WAIT, .passive = true, .small = true, .rfc1337 = true },
	  close_all, true },
};

/* ---- There and away ---- */

/**
 * cell_open - before the first cell of a spot
 * @g: the ground, with w and spot set
 *
 * Nothing limits the number of answers: the test counts them.
 */
void cell_open(struct cell_ground *g)
{
	g->en = etp_net(&init_net);
	g->challenge_ack_limit = g->en->challenge_ack_limit;
	g->invalid_ratelimit = g->en->invalid_ratelimit;
	g->en->challenge_ack_limit = INT_MAX;
	g->en->invalid_ratelimit = 0;
	g->en->rfc1337 = g->spot->place.rfc1337;
	g->w->irs = IRS;
	if (g->spot->passive)
		wire_listen(g->w);
	if (g->spot->rcvbuf) {
		g->w->listener->sk->sk_userlocks |= SOCK_RCVBUF_LOCK;
		WRITE_ONCE(g->w->listener->sk->sk_rcvbuf, g->spot->rcvbuf);
	}
}

/**
 * cell_close - after the last cell
 * @g: the ground
 */
void cell_close(struct cell_ground *g)
{
	cell_leave(g);
	g->en->challenge_ack_limit = g->challenge_ack_limit;
	g->en->invalid_ratelimit = g->invalid_ratelimit;
	g->en->rfc1337 = 0;
}

static void cell_handshake(struct cell_ground *g)
{
	struct wire *w = g->w;

	if (g->spot->passive) {
		wire_in(w, "SYN seq 0 mss 1460");
		wire_in(w, "ACK seq 1 ack 1");
		wire_accept(w);
		return;
	}
	w->use_iss = ISS;
	wire_connect(w);
	wire_in(w, "SYN|ACK seq 0 ack 1 mss 1460");
}

/* What we sent last tells the peer, and the model, where we are. */
static void cell_numbers(struct cell_ground *g)
{
	const struct wire_segment *s, *last = NULL;
	struct wire *w = g->w;
	u32 snd_nxt = w->iss;

	while ((s = wire_next(w))) {
		last = s;
		if (seq_gt(s->seg.end_seq, snd_nxt))
			snd_nxt = s->seg.end_seq;
	}
	g->place = g->spot->place;
	g->place.max_wnd = CELL_PEER_WND;
	g->iss = w->iss;
	g->snd_nxt = snd_nxt;
	g->rcv_nxt = w->irs + 1;
	g->place.wnd = 5000;	/* in the states that have no window yet */
	if (last && (last->seg.flags & ETP_ACK)) {
		g->rcv_nxt = last->seg.ack;
		g->place.wnd = last->seg.wnd;
	}
	switch (g->place.state) {
	case CELL_SYN_SENT:
	case CELL_SYN_RECEIVED:
		g->snd_una = g->iss;
		break;
	case CELL_FIN_WAIT_2:
	case CELL_TIME_WAIT:
		g->snd_una = snd_nxt;
		break;
	default:
		g->snd_una = g->iss + 1;
	}
	g->place.flight = snd_nxt - g->snd_una;
	if (g->place.state == CELL_CLOSED || g->place.state == CELL_LISTEN)
		g->place.flight = 0;
}

/**
 * cell_enter - bring a connection to the spot, if it is not there any more
 * @g: the ground
 *
 * Returns false, the test having failed, when that did not work.
 */
bool cell_enter(struct cell_ground *g)
{
	struct cell_view now;
	struct wire *w = g->w;

	if (g->entered)
		return true;
	g->entered = true;
	w->rport++;
	w->written = 0;
	w->read = 0;
	if (g->spot->place.state > CELL_SYN_RECEIVED)
		cell_handshake(g);
	if (g->spot->sends)
		wire_write(w, g->spot->sends);
	g->spot->enter(g);
	cell_hurry_ack(g);
	cell_numbers(g);
	cell_look(g, &now);
	KUNIT_EXPECT_EQ(w->test, now.state, g->place.state);
	return now.state == g->place.state;
}

/**
 * cell_leave - end the connection
 * @g: the ground
 */
void cell_leave(struct cell_ground *g)
{
	struct wire *w = g->w;

	if (!g->entered)
		return;
	g->entered = false;
	if (w->sock)
		wire_abort(w);
	wire_end_node(w);
	if (w->sk)
		sock_put(w->sk);
	w->sk = NULL;
	memset(w->expired, 0, sizeof(w->expired));
	wire_forget(w);
}

/**
 * cell_settle - a connection that a segment has made is accepted
 * @g: the ground
 */
void cell_settle(struct cell_ground *g)
{
	struct wire *w = g->w;

	if (!w->sk && w->listener &&
	    !list_empty(&etp_sk(w->listener->sk)->accept_queue->ready))
		wire_accept(w);
}

/**
 * cell_hurry_ack - let the delayed ACK go, if there is one
 * @g: the ground
 */
bool cell_hurry_ack(struct cell_ground *g)
{
	if (!g->w->sk || !wire_armed(g->w, WIRE_DELACK))
		return false;
	wire_fire(g->w, WIRE_DELACK);
	return true;
}

static enum cell_state cell_state_of(int state)
{
	static const u8 states[ETP_STATES] = {
		[TCP_CLOSE]		= CELL_CLOSED,
		[TCP_LISTEN]		= CELL_LISTEN,
		[TCP_SYN_SENT]		= CELL_SYN_SENT,
		[TCP_SYN_RECV]		= CELL_SYN_RECEIVED,
		[TCP_ESTABLISHED]	= CELL_ESTABLISHED,
		[TCP_FIN_WAIT1]		= CELL_FIN_WAIT_1,
		[TCP_FIN_WAIT2]		= CELL_FIN_WAIT_2,
		[TCP_CLOSE_WAIT]	= CELL_CLOSE_WAIT,
		[TCP_CLOSING]		= CELL_CLOSING,
		[TCP_LAST_ACK]		= CELL_LAST_ACK,
		[TCP_TIME_WAIT]		= CELL_TIME_WAIT,
	};

	return states[state];
}

/**
 * cell_look - what the connection is like now
 * @g: the ground
 * @now: to be filled in
 */
void cell_look(struct cell_ground *g, struct cell_view *now)
{
	struct etp_node *node = wire_node(g->w);

	*now = (struct cell_view) {
		.state = g->spot->place.state == CELL_LISTEN ?
			 CELL_LISTEN : CELL_CLOSED,
	};
	if (!node)
		return;
	now->has_rcv = true;
	if (node->kind == ETP_FULL) {
		struct sock *sk = etp_node_sk(node);

		now->state = cell_state_of(sk->sk_state);
		now->rcv_nxt = etp_sk(sk)->rcv.nxt;
		now->has_rcv = sk->sk_state != TCP_SYN_SENT;
		now->has_snd = true;
		now->snd_una = etp_sk(sk)->snd.una;
	} else if (node->kind == ETP_REQUEST) {
		now->state = CELL_SYN_RECEIVED;
		now->rcv_nxt = container_of(node, struct etp_request, node)->irs + 1;
	} else {
		struct etp_timewait *tw = container_of(node, struct etp_timewait, node);

		now->state = cell_state_of(tw->substate);
		now->rcv_nxt = tw->rcv_nxt;
	}
	etp_node_put(node);
}
