// SPDX-License-Identifier: GPL-2.0
/*
 * The window we offer, RFC 9293 section 3.8.6, and the receive buffer's growth.
 * May touch struct etp_rcv and the receive-buffer fields of struct sock.
 */
#include "internal.h"

/* Half the buffer pays for skbs and their slack. */
static int etp_rwnd_of_space(int space)
{
	return space / 2;
}

/**
 * etp_rwnd_left - what is left of the window last advertised
 * @rcv: the room
 *
 * Returns bytes from RCV.NXT on.
 */
u32 etp_rwnd_left(const struct etp_rcv *rcv)
{
	s32 left = rcv->wup + rcv->wnd - rcv->nxt;

	return max(left, 0);
}

/**
 * etp_rwnd_initial - the first window and our shift
 * @space: receive buffer, bytes
 * @mss: what a full segment from the peer will carry, bytes
 * @clamp: ETP_WINDOW_CLAMP, 0 when not set
 * @scaling: window scaling may be used
 * @max_space: what the buffer may grow to, bytes
 * @wnd: gets the window for the SYN, bytes; at most 65535 (RFC 7323 section 2.2)
 * @wscale: gets our shift
 */
void etp_rwnd_initial(int space, u32 mss, u32 clamp, bool scaling, u32 max_space,
		      u32 *wnd, u8 *wscale)
{
	u32 first = etp_rwnd_of_space(space);

	if (clamp) {
		first = min(first, clamp);
		max_space = min(max_space, clamp);
	}
	if (first > mss)
		first = rounddown(first, mss);
	*wnd = min(first, 65535U);

	*wscale = 0;
	if (scaling)
		while (max_space > 65535 && *wscale < ETP_MAX_WSCALE) {
			max_space >>= 1;
			(*wscale)++;
		}
}

/**
 * etp_rwnd_select - the window to offer now
 * @sk: the socket, locked
 *
 * Silly-window avoidance, RFC 9293 section 3.8.6.2.2: the right edge moves by a
 * segment or by half the buffer, or not at all.  Returns bytes; may be less than
 * etp_rwnd_left(), which the caller must not then advertise.
 */
u32 etp_rwnd_select(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	int full = etp_rwnd_of_space(READ_ONCE(sk->sk_rcvbuf));
	int room = etp_rwnd_of_space(sk->sk_rcvbuf -
				     atomic_read(&sk->sk_rmem_alloc));
	int mss = min_t(int, rcv->mss, full);
	/* a program may have asked for -1 */
	int clamp = min_t(u32, rcv->wnd_clamp, INT_MAX);
	u32 unit = 1U << rcv->wscale;
	u32 wnd = rcv->wnd;

	full = min(full, clamp);
	room = min(room, clamp);
	if (room < full / 2 &&
	    (room < full >> 4 || room < mss || (u32)room < unit))
		return 0;
	if (rcv->wscale)
		return ALIGN_DOWN((u32)room, unit);
	if (wnd + mss <= (u32)room || wnd > (u32)room)
		return rounddown(room, max(mss, 1));
	return wnd;
}

/**
 * etp_rwnd_field - the window for the header of the segment about to go
 * @sk: the socket, locked
 *
 * Never takes back what was offered (SHLD-14).  Returns the field's value.
 */
u16 etp_rwnd_field(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	u32 left = etp_rwnd_left(rcv);
	u32 old = rcv->wnd;
	u32 wnd = etp_rwnd_select(sk);

	if (wnd < left)
		wnd = ALIGN(left, 1U << rcv->wscale);
	wnd = min(wnd, 65535U << rcv->wscale);

	if (!wnd && old)
		ETP_INC(sock_net(sk), ToZeroWindowAdv);
	else if (wnd && !old)
		ETP_INC(sock_net(sk), FromZeroWindowAdv);
	rcv->wnd = wnd;
	rcv->wup = rcv->nxt;
	return wnd >> rcv->wscale;
}

/* A round trip has passed: count anew. */
static void etp_rwnd_restart(struct etp_rcv *rcv, u64 now)
{
	rcv->space_seq = rcv->copied;
	rcv->space_us = now;
}

/**
 * etp_rwnd_measure - the connection is open: what a round trip may bring at first
 * @es: the socket, locked
 *
 * A peer begins with its initial window, so this much proves nothing.
 */
void etp_rwnd_measure(struct etp_sock *es)
{
	u32 mss = es->rcv.advmss - (es->peer.ts_ok ? ETP_TSOPT_LEN : 0);

	es->rcv.space = min(es->rcv.wnd, ETP_BURST * mss);
}

/**
 * etp_rwnd_grow - let the receive buffer follow what the program reads
 * @sk: the socket, locked
 *
 * Dynamic right-sizing: a sender in slow start may double its rate each round
 * trip, so the buffer is kept at twice what was read in the last one.
 */
void etp_rwnd_grow(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	const struct etp_net *en = etp_net(sock_net(sk));
	u64 now = etp_clock_us();
	u32 copied = rcv->copied - rcv->space_seq;
	u64 want;

	if (!rcv->rtt_us || now - rcv->space_us < rcv->rtt_us)
		return;
	if (copied <= rcv->space)
		goto restart;

	if (READ_ONCE(en->moderate_rcvbuf) &&
	    !(sk->sk_userlocks & SOCK_RCVBUF_LOCK)) {
		want = 2ULL * copied + 16ULL * rcv->advmss;
		/* the sender is still growing: leave room for its next two steps */
		want += 2 * div_u64(want * (copied - rcv->space), max(rcv->space, 1U));
		want = min_t(u64, 2 * want, READ_ONCE(en->rmem[2]));
		if (want > sk->sk_rcvbuf) {
			WRITE_ONCE(sk->sk_rcvbuf, (int)want);
			if (!rcv->user_clamp)
				rcv->wnd_clamp = etp_rwnd_of_space(want);
		}
	}
	rcv->space = copied;
restart:
	etp_rwnd_restart(rcv, now);
}

/**
 * etp_rwnd_read - the program has read: is that worth a window update?
 * @sk: the socket, locked
 * @copied: bytes it took
 *
 * An update goes out when the window can at least double (RFC 9293 section
 * 3.8.6.2.2), a due ACK with it.
 */
void etp_rwnd_read(struct sock *sk, u32 copied)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	bool send = false;

	if (!copied || sk->sk_state == TCP_LISTEN || sk->sk_state == TCP_CLOSE)
		return;
	if (rcv->delack) {
		send = rcv->unacked > rcv->mss ||
		       (!rcv->pingpong && !atomic_read(&sk->sk_rmem_alloc));
	}
	if (!send && !(sk->sk_shutdown & RCV_SHUTDOWN)) {
		u32 left = etp_rwnd_left(rcv);

		if (2 * left <= rcv->wnd_clamp) {
			u32 wnd = etp_rwnd_select(sk);

			send = wnd && wnd >= 2 * left;
		}
	}
	if (send)
		etp_send_ack(sk);
	etp_rwnd_grow(sk);
}

/**
 * etp_rwnd_rtt - the receiver's own idea of the round trip
 * @sk: the socket, locked
 * @seg: a segment with data, in order
 *
 * With timestamps the echo tells; without, the time a window takes to arrive is
 * an upper bound.
 */
void etp_rwnd_rtt(struct sock *sk, const struct etp_segment *seg)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_rcv *rcv = &es->rcv;
	u64 now = etp_clock_us();
	u32 sample;

	if (es->peer.ts_ok && (seg->opts & ETP_OPT_TS) && seg->tsecr) {
		if (seg->end_seq - seg->seq < rcv->mss)
			return;
		sample = etp_ts(&es->peer, now) - seg->tsecr;
		/* a peer that was silent echoes what we said long ago */
		if (sample > 60 * MSEC_PER_SEC)
			return;
		sample = max_t(u32, sample * USEC_PER_MSEC, USEC_PER_MSEC / 2);
	} else {
		if (rcv->rtt_at && seq_lt(rcv->nxt, rcv->rtt_seq))
			return;
		sample = rcv->rtt_at ? min_t(u64, now - rcv->rtt_at, U32_MAX) : 0;
		rcv->rtt_seq = rcv->nxt + rcv->wnd;
		rcv->rtt_at = now;
		if (!sample)
			return;
	}
	if (!rcv->rtt_us)
		rcv->rtt_us = sample;
	else if (sample < rcv->rtt_us)
		rcv->rtt_us = max(sample, 1U);
	else
		rcv->rtt_us += (sample - rcv->rtt_us) >> 3;
	if (!rcv->space_us)
		etp_rwnd_restart(rcv, now);
}
