// SPDX-License-Identifier: GPL-2.0
/*
 * The path MTU without the help of ICMP, RFC 4821: how large may a packet be?  A search
 * between a size that gets through and one that does not, by segments that are larger
 * than the others; and what to do when large ones seem to vanish.
 * The first part is pure and may touch struct etp_plpmtu alone; the second one brings
 * the socket in.  Sizes are those of IP packets, in bytes.
 */
#include "internal.h"
#include <net/ipv6.h>

/* Below so many segments a probe, and what has to follow it, is too much of a window. */
#define ETP_PROBE_CWND	11U

/**
 * etp_plpmtu_init - a connection begins
 * @p: the search
 * @on: look for a larger size from the start on, RFC 4821 section 7.2
 * @low: a size that is taken to get through
 * @high: the largest size that is worth trying
 * @now: jiffies
 */
void etp_plpmtu_init(struct etp_plpmtu *p, bool on, u32 low, u32 high, u32 now)
{
	*p = (struct etp_plpmtu) {
		.on = on, .low = low, .high = high, .began = now,
	};
}

/**
 * etp_plpmtu_next - the size of the next probe, RFC 4821 section 7.3
 * @p: the search
 * @threshold: an interval smaller than this is not worth a probe
 *
 * Returns the middle of the interval, or 0: there is none, or one is in flight.
 */
u32 etp_plpmtu_next(const struct etp_plpmtu *p, u32 threshold)
{
	if (!p->on || p->probe || p->high < p->low + max(threshold, 1U))
		return 0;
	return p->low + (p->high - p->low + 1) / 2;
}

/**
 * etp_plpmtu_due - is it time to search once more?  RFC 4821 section 7.8
 * @p: the search
 * @interval: least time from one to the next, jiffies
 * @now: jiffies
 */
bool etp_plpmtu_due(const struct etp_plpmtu *p, u32 interval, u32 now)
{
	return p->on && !p->probe && (s32)(now - p->began) >= (s32)interval;
}

/**
 * etp_plpmtu_limit - the route or ICMP knows that no more gets through
 * @p: the search
 * @pmtu: than this
 */
void etp_plpmtu_limit(struct etp_plpmtu *p, u32 pmtu)
{
	p->high = min(p->high, pmtu);
}

/**
 * etp_plpmtu_sent - a probe is in flight
 * @p: the search
 * @size: its size
 * @start: its sequence number
 * @end: the first one behind it
 */
void etp_plpmtu_sent(struct etp_plpmtu *p, u32 size, u32 start, u32 end)
{
	p->probe = size;
	p->start = start;
	p->end = end;
}

/**
 * etp_plpmtu_passed - the probe has arrived, RFC 4821 section 7.6.1
 * @p: the search
 */
void etp_plpmtu_passed(struct etp_plpmtu *p)
{
	p->low = max(p->low, p->probe);
	p->probe = 0;
}

/**
 * etp_plpmtu_failed - the probe alone was lost, RFC 4821 section 7.6.2
 * @p: the search
 */
void etp_plpmtu_failed(struct etp_plpmtu *p)
{
	etp_plpmtu_limit(p, p->probe - 1);
	p->probe = 0;
}

/**
 * etp_plpmtu_forget - what becomes of the probe will tell nothing, section 7.6.4
 * @p: the search
 */
void etp_plpmtu_forget(struct etp_plpmtu *p)
{
	p->probe = 0;
}

/**
 * etp_plpmtu_suspect - a packet was sent again and again, and never arrived, section 7.7
 * @p: the search
 * @q: the packet, and how far down to go
 * @now: jiffies
 *
 * The path may swallow what is too large for it without a word.  So first down to the
 * usual base, then to half as much each time.  Returns false when nothing smaller is
 * left to try.
 */
bool etp_plpmtu_suspect(struct etp_plpmtu *p, const struct etp_suspect *q, u32 now)
{
	u32 base = max(q->base, q->floor), low = base;

	if (q->packet <= base)
		low = max(q->floor, q->overhead + (q->packet - q->overhead) / 2);
	if (low >= q->packet)
		return false;
	if (!p->on) {
		p->on = true;
		p->began = now;
	}
	p->low = low;
	return true;
}

/**
 * etp_plpmtu_may_probe - can the next segment be a probe?  RFC 4821 section 7.4
 * @q: the situation
 *
 * Enough has to follow that its loss is noticed, and the windows must have room for
 * all of that.  Pure.
 */
enum etp_probe_verdict etp_plpmtu_may_probe(const struct etp_probe_view *q)
{
	u64 need = q->payload + (u64)(q->reordering + 1) * q->mss;

	if (!q->calm || q->head < q->payload || q->queued < need || q->wnd < need ||
	    q->cwnd < max_t(u64, need, ETP_PROBE_CWND * q->mss))
		return ETP_PROBE_NOT;
	/* what is in flight will make the room when it is acknowledged */
	if (q->room < need || q->cwnd < q->pipe + q->payload)
		return q->pipe ? ETP_PROBE_WAIT : ETP_PROBE_NOT;
	return ETP_PROBE_GO;
}

/* ---- With a socket ---- */

/**
 * etp_mtu_overhead - what a packet has beside payload
 * @sk: the socket, locked
 */
u32 etp_mtu_overhead(const struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);

	return es->af->net_header_len + sizeof(struct tcphdr) +
	       (es->af->options_len ? es->af->options_len(sk) : 0) +
	       (es->peer.ts_ok ? ETP_TSOPT_LEN : 0);
}

/* The largest size that is worth trying: what the peer takes, and the route. */
static u32 etp_mtu_most(const struct sock *sk)
{
	const struct etp_sock *es = etp_sk(sk);

	return min_t(u32, es->snd.pmtu, es->snd.mss_clamp + es->af->net_header_len +
					sizeof(struct tcphdr));
}

/* No smaller: RFC 8200 section 5 has a size that all links of IPv6 can take. */
static u32 etp_mtu_least(const struct sock *sk, u32 overhead)
{
	const struct etp_net *en = etp_net(sock_net(sk));
	u32 payload = max(READ_ONCE(en->mtu_probe_floor), READ_ONCE(en->min_snd_mss));

	if (etp_sk(sk)->af->family == AF_INET6)
		return max_t(u32, payload + overhead, IPV6_MIN_MTU);
	return payload + overhead;
}

/**
 * etp_mtu_begin - the handshake is over, and snd.pmtu known
 * @sk: the socket, locked
 *
 * etp_sync_mss() has to follow.
 */
void etp_mtu_begin(struct sock *sk)
{
	const struct etp_net *en = etp_net(sock_net(sk));
	u32 overhead = etp_mtu_overhead(sk);
	u32 low = max(READ_ONCE(en->base_mss) + overhead, etp_mtu_least(sk, overhead));

	etp_plpmtu_init(&etp_sk(sk)->plpmtu, READ_ONCE(en->mtu_probing) > 1, low,
			etp_mtu_most(sk), etp_jiffies());
}

/**
 * etp_mtu_timeout - the retransmission timer has expired
 * @sk: the socket, locked, something is in flight
 *
 * After ``retries1`` time-outs of the same data the path MTU comes under suspicion, if
 * a smaller segment would make a difference.
 */
void etp_mtu_timeout(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	const struct etp_net *en = etp_net(sock_net(sk));
	const struct sk_buff *skb = etp_rtx_head(sk);
	struct etp_suspect suspect;
	u32 overhead;

	etp_plpmtu_forget(&es->plpmtu);
	if (!READ_ONCE(en->mtu_probing) || !skb ||
	    es->rec.retransmits < READ_ONCE(en->retries1))
		return;
	overhead = etp_mtu_overhead(sk);
	suspect = (struct etp_suspect){
		.packet	  = overhead + min_t(u32, skb->len, es->snd.mss),
		.base	  = overhead + READ_ONCE(en->base_mss),
		.floor	  = etp_mtu_least(sk, overhead),
		.overhead = overhead,
	};
	if (etp_plpmtu_suspect(&es->plpmtu, &suspect, etp_jiffies()))
		etp_sync_mss(sk, es->snd.pmtu);
}

/**
 * etp_mtu_next - the size of the next probe
 * @sk: the socket, locked
 *
 * Begins a new search when it is time.  Returns 0 for none.
 */
u32 etp_mtu_next(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	struct etp_plpmtu *p = &es->plpmtu;
	const struct etp_net *en = etp_net(sock_net(sk));
	u32 threshold = READ_ONCE(en->probe_threshold);
	u32 size = etp_plpmtu_next(p, threshold);

	if (size || !etp_plpmtu_due(p, READ_ONCE(en->probe_interval) * HZ,
				    etp_jiffies()))
		return size;
	etp_plpmtu_init(p, true, es->snd.mss + etp_mtu_overhead(sk), etp_mtu_most(sk),
			etp_jiffies());
	return etp_plpmtu_next(p, threshold);
}

/**
 * etp_mtu_passed - SND.UNA has moved past the probe
 * @sk: the socket, locked
 *
 * The congestion window counts bytes, so that it stays as it is.
 */
void etp_mtu_passed(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);

	etp_plpmtu_passed(&es->plpmtu);
	etp_sync_mss(sk, es->snd.pmtu);
	ETP_INC(sock_net(sk), MTUPSuccess);
}

/**
 * etp_mtu_failed - the probe was lost, and nothing else
 * @sk: the socket, locked
 */
void etp_mtu_failed(struct sock *sk)
{
	etp_plpmtu_failed(&etp_sk(sk)->plpmtu);
	ETP_INC(sock_net(sk), MTUPFail);
}
