// SPDX-License-Identifier: GPL-2.0
/* What must hold at any time in a transfer, and at its end.  See transfer.h. */
#include "transfer.h"

/**
 * struct tree_sum - the retransmit tree, counted anew
 * @end: first sequence number after it
 * @flight: bytes
 * @sacked: of these, SACKed
 * @lost: of these, lost
 * @retrans: of these, sent again since
 * @todo: lost and not sent again
 * @high: end of the highest data SACKed
 * @live: segments that may still arrive
 * @pipe: SetPipe() of RFC 6675 section 4
 */
struct tree_sum {
	u32	end;
	u32	flight;
	u32	sacked;
	u32	lost;
	u32	retrans;
	u32	todo;
	u32	high;
	u32	live;
	u32	pipe;
};

static void tree_add(struct tree_sum *sum, const struct etp_tx *tx, u32 una)
{
	u32 len = tx->end_seq - (seq_lt(tx->seq, una) ? una : tx->seq);
	bool sacked = tx->mark & ETP_MARK_SACKED;
	bool lost = tx->mark & ETP_MARK_LOST;
	bool again = tx->mark & ETP_MARK_RETRANS;

	sum->flight += len;
	sum->end = tx->end_seq;
	if (sacked) {
		sum->sacked += len;
		sum->high = tx->end_seq;
	}
	if (lost)
		sum->lost += len;
	if (again)
		sum->retrans += len;
	if (lost && !again)
		sum->todo += len;
	if (!sacked && (!lost || again))
		sum->live++;
	if (!sacked)
		sum->pipe += len * (!lost + again);
}

/* Returns what is wrong with the tree, NULL: nothing */
static const char *tree_sum(const struct etp_sock *es, struct tree_sum *sum)
{
	const struct etp_board *board = &es->rec.board;
	u32 una = es->snd.una;
	struct sk_buff *skb = skb_rb_first(&board->root);

	*sum = (struct tree_sum){ .end = una, .high = una };
	if (skb && seq_gt(etp_tx(skb)->seq, una))
		return "something before it is missing in the tree";
	for (; skb; skb = skb_rb_next(skb)) {
		const struct etp_tx *tx = etp_tx(skb);

		if (seq_leq(tx->end_seq, una))
			return "it is acknowledged and in the tree";
		if (sum->flight && tx->seq != sum->end)
			return "the tree has a gap or an overlap";
		if (tx->end_seq - tx->seq != skb->len + !!(tx->flags & ETP_FIN))
			return "length and numbers of a segment differ";
		if ((tx->mark & ETP_MARK_SACKED) && tx->mark != ETP_MARK_SACKED)
			return "SACKed and lost";
		if ((tx->mark & (ETP_MARK_LOST | ETP_MARK_RETRANS)) == ETP_MARK_LOST &&
		    seq_lt(tx->seq, board->hint))
			return "below the hint something waits to go again";
		tree_add(sum, tx, una);
	}
	return NULL;
}

/* ---- The moment when a segment goes ---- */

/* RFC 5681, 6675: within cwnd.  One segment may go beyond: a retransmission that a
 * recovery or a time-out begins with, a tail loss probe; and two by RFC 3042.
 */
static void sent_within_cwnd(struct transfer *t, const struct etp_sock *es,
			     const struct wire_segment *s, u32 len)
{
	u32 mss = es->snd.mss, cwnd = es->cong.cwnd;
	bool again = seq_lt(s->seg.seq, es->snd.nxt);
	struct tree_sum sum;

	tree_sum(es, &sum);
	if (sum.pipe + len <= cwnd)
		return;
	if (es->rec.state == ETP_CA_DISORDER && !again && !es->rec.ops->sack &&
	    sum.pipe + len <= cwnd + 2 * mss)
		return;
	if (len > mss || t->beyond)
		transfer_broken(t, "%u bytes at %u go with %u in flight, cwnd %u", len,
				s->seg.seq - t->w->iss, sum.pipe, cwnd);
	else if (!again && t->event != TRANSFER_RTX)
		transfer_broken(t, "new data at %u with %u in flight, cwnd %u",
				s->seg.seq - t->w->iss, sum.pipe, cwnd);
	else if (es->rec.state == ETP_CA_OPEN && t->event != TRANSFER_RTX)
		transfer_broken(t, "%u goes again without a loss, %u in flight, cwnd %u",
				s->seg.seq - t->w->iss, sum.pipe, cwnd);
	t->beyond = true;
}

/* What the peer has told of is not sent again, RFC 2018 section 5, RFC 6675. */
static void sent_unknown(struct transfer *t, const struct etp_sock *es, u32 seq, u32 end)
{
	u32 at = seq;

	if (!es->rec.ops->sack || t->reneged || seq >= t->high)
		return;
	while (at < end && (at < t->una || test_bit(at, t->told)))
		at++;
	if (at == end)
		transfer_broken(t, "%u:%u goes again and has arrived", seq, end);
}

/**
 * transfer_sent - a segment is about to leave
 * @watch: of the transfer
 * @sk: the socket
 * @s: the segment
 */
void transfer_sent(struct wire_watch *watch, struct sock *sk, const struct wire_segment *s)
{
	struct transfer *t = container_of(watch, struct transfer, watch);
	const struct etp_sock *es = etp_sk(sk);
	u32 seq = s->seg.seq - t->w->iss, end = seq + s->len;

	if (!s->len)
		return;
	if (end > t->edge)
		transfer_broken(t, "%u:%u is beyond the window, which ends at %u", seq, end,
				t->edge);
	if (seq < t->una)
		transfer_broken(t, "%u:%u has been acknowledged", seq, end);
	sent_within_cwnd(t, es, s, s->len);
	sent_unknown(t, es, seq, end);
}

/* ---- After each event ---- */

static void check_numbers(struct transfer *t, const struct etp_sock *es)
{
	const struct etp_snd *snd = &es->snd;
	u32 una = snd->una - t->w->iss, nxt = snd->nxt - t->w->iss;

	if (una != t->una)
		transfer_broken(t, "SND.UNA is %u, the ACKs say %u", una, t->una);
	if (nxt != t->high)
		transfer_broken(t, "SND.NXT is %u, %u went", nxt, t->high);
	if (una > nxt || seq_gt(snd->nxt, snd->write_seq))
		transfer_broken(t, "SND.UNA %u, SND.NXT %u, written to %u", una, nxt,
				snd->write_seq - t->w->iss);
	if (es->cong.cwnd < es->cong.mss)
		transfer_broken(t, "cwnd %u, MSS %u", es->cong.cwnd, es->cong.mss);
	if (es->cong.ssthresh < 2 * es->cong.mss)
		transfer_broken(t, "ssthresh %u, MSS %u", es->cong.ssthresh, es->cong.mss);
	if (es->cong.mss != snd->mss)
		transfer_broken(t, "two sizes of segments: %u, %u", es->cong.mss, snd->mss);
}

/* Those that may still arrive, by the time they went */
static void check_order(struct transfer *t, const struct etp_board *board, u32 live)
{
	const struct etp_tx *tx;
	u64 last = 0;
	u32 n = 0;

	list_for_each_entry(tx, &board->order, order) {
		if (tx->sent_us < last)
			transfer_broken(t, "the list is not in the order of sending");
		last = tx->sent_us;
		n++;
	}
	if (n != live)
		transfer_broken(t, "%u segments may arrive, %u are listed", live, n);
}

static void check_board(struct transfer *t, const struct etp_sock *es)
{
	const struct etp_board *board = &es->rec.board;
	struct tree_sum sum;
	const char *wrong = tree_sum(es, &sum);
	u32 pipe = etp_rec_pipe(&es->rec, &es->snd), told;

	if (wrong)
		transfer_broken(t, "%s", wrong);
	if (sum.end != es->snd.nxt)
		transfer_broken(t, "the tree ends at %u", sum.end - t->w->iss);
	if (board->sacked != sum.sacked || board->lost != sum.lost ||
	    board->retrans != sum.retrans || board->todo != sum.todo)
		transfer_broken(t, "sums %u %u %u %u, counted %u %u %u %u (sacked lost again todo)",
				board->sacked, board->lost, board->retrans, board->todo,
				sum.sacked, sum.lost, sum.retrans, sum.todo);
	if (pipe != (sum.pipe > es->rec.limited ? sum.pipe - es->rec.limited : 0))
		transfer_broken(t, "pipe is %u, counted %u, limited transmit %u", pipe, sum.pipe,
				es->rec.limited);
	if (seq_gt(sum.high, board->high))
		transfer_broken(t, "SACKed up to %u, known up to %u", sum.high - t->w->iss,
				board->high - t->w->iss);
	check_order(t, board, sum.live);
	if (!es->rec.ops->sack || t->reneged)
		return;
	told = bitmap_weight(t->told, t->high) - bitmap_weight(t->told, t->una);
	if (told != sum.sacked)
		transfer_broken(t, "the peer told of %u bytes, %u are marked", told,
				sum.sacked);
}

/* RFC 8985 section 6.2 step 5, section 7.2: what a policy wants to be woken for */
static void check_policy_timer(struct transfer *t, const struct etp_sock *es, long left)
{
	struct etp_rec *rec = &wire_es(t->w)->rec;
	u32 us = es->rec.ops->timer ? es->rec.ops->timer(rec) : 0;

	if (us && left > (long)usecs_to_jiffies(us) + 1)
		transfer_broken(t, "the policy wants the timer in %u us, it has %ld jiffies", us,
				left);
}

/* RFC 6298 (5.1): what is in flight is watched, for no longer than the RTO. */
static void check_timer(struct transfer *t, const struct etp_sock *es)
{
	unsigned long when, now = etp_now();
	bool on = wire_expires(t->w, WIRE_RTX, &when);

	/* an RTO that shrinks later does not move a timer that runs */
	if (es->timers.rto_at != t->rto_at)
		t->patience = etp_rtt_rto(&es->rtt);
	t->rto_at = es->timers.rto_at;
	if (es->snd.una != es->snd.nxt) {
		if (!on || (es->timers.rtx_is != ETP_TIMER_RTO &&
			    es->timers.rtx_is != ETP_TIMER_POLICY))
			transfer_broken(t, "in flight, and no timer runs (%u)",
					es->timers.rtx_is);
		if (on && (!t->rtx_on || when != t->rtx_at) &&
		    (long)(when - now) > (long)t->patience)
			transfer_broken(t, "a timer of %ld jiffies, RTO %u", when - now,
					t->patience);
		check_policy_timer(t, es, when - now);
	} else if (on && es->timers.rtx_is != ETP_TIMER_PERSIST) {
		transfer_broken(t, "nothing is in flight, and a timer runs (%u)",
				es->timers.rtx_is);
	}
	t->rtx_on = on;
	t->rtx_at = when;
}

/* Nothing goes and nothing is acknowledged for longer than the RTO allows? */
static void check_progress(struct transfer *t, const struct etp_sock *es)
{
	u64 quiet = t->now - t->progress_at;

	if (es->snd.una != es->snd.nxt && quiet > jiffies_to_usecs(t->patience + 1))
		transfer_broken(t, "nothing went for %llu us, RTO %u jiffies", quiet,
				t->patience);
}

/* Nothing in flight, data and room for it: it should have gone. */
static void check_idle(struct transfer *t, const struct etp_sock *es)
{
	u32 waits = es->snd.write_seq - es->snd.nxt;
	s32 room = es->snd.una + es->snd.wnd - es->snd.nxt;
	unsigned long when;

	if (es->snd.una != es->snd.nxt || !waits)
		return;
	if (room >= (s32)min_t(u32, waits, es->snd.mss))
		transfer_broken(t, "%u bytes wait, and nothing is in flight; window %d", waits,
				room);
	if (!wire_expires(t->w, WIRE_RTX, &when))
		transfer_broken(t, "%u bytes wait before a window of %d, and no timer runs",
				waits, room);
}

/* Karn's rule: no sample is below what the path takes, none above what was seen */
static void check_rtt(struct transfer *t, const struct etp_sock *es)
{
	u32 least = 2 * t->style.network.delay_us - USEC_PER_MSEC;
	u32 most = max(t->longest_ms, 2 * t->style.network.delay_us / (u32)USEC_PER_MSEC) + 1;

	if (es->rtt.min_us < least)
		transfer_broken(t, "a round trip of %u us, the path takes %u", es->rtt.min_us,
				2 * t->style.network.delay_us);
	if ((es->rtt.srtt >> 3) / USEC_PER_MSEC > most)
		transfer_broken(t, "SRTT %u us, no round trip took more than %u ms",
				es->rtt.srtt >> 3, most);
}

/* RFC 5681, RFC 3465: an ACK adds to the window what it acknowledges, at most, unless
 * it takes a reduction back.  RFC 6937: in a recovery with SACK it does not grow beyond
 * what it was before the loss.
 */
static void check_growth(struct transfer *t, const struct etp_sock *es)
{
	const struct etp_cong *cong = &es->cong;
	u32 before = es->rec.undo.marked ? t->cwnd : max(t->cwnd, cong->prior_cwnd);

	if (t->state == ETP_CA_OPEN && es->rec.state == ETP_CA_OPEN &&
	    cong->cwnd > before + max(t->acked, cong->mss))
		transfer_broken(t, "cwnd goes from %u to %u, %u were acknowledged", t->cwnd,
				cong->cwnd, t->acked);
	if (es->rec.state == ETP_CA_RECOVERY && es->rec.ops->sack &&
	    cong->cwnd > max(cong->prior_cwnd, cong->ssthresh) + cong->mss)
		transfer_broken(t, "cwnd is %u in a recovery, before it was %u", cong->cwnd,
				cong->prior_cwnd);
	if (es->rec.state <= ETP_CA_DISORDER && es->rec.board.todo)
		transfer_broken(t, "%u bytes are lost, and nobody recovers",
				es->rec.board.todo);
}

/**
 * transfer_check_timeout - the RTO has ended
 * @t: the transfer
 * @rto: what it was, jiffies
 * @segs: segments with data that went
 *
 * RFC 6298 (5.4) and (5.5).
 */
void transfer_check_timeout(struct transfer *t, u32 rto, u32 segs)
{
	const struct etp_sock *es = wire_es(t->w);

	if (!segs && t->high <= 1 + t->style.total)
		transfer_broken(t, "the RTO ended and no segment went");
	if (etp_rtt_rto(&es->rtt) != min(2 * rto, ETP_RTO_MAX))
		transfer_broken(t, "RTO %u after %u", etp_rtt_rto(&es->rtt), rto);
	if (es->cong.cwnd != es->cong.mss)
		transfer_broken(t, "the RTO ended, and cwnd is %u", es->cong.cwnd);
}

/**
 * transfer_check - what holds after each event
 * @t: the transfer
 */
void transfer_check(struct transfer *t)
{
	const struct etp_sock *es = wire_es(t->w);

	if (t->w->sk->sk_state == TCP_CLOSE) {
		transfer_broken(t, "the connection is gone, error %d", t->w->sk->sk_err);
		return;
	}
	check_numbers(t, es);
	check_board(t, es);
	check_timer(t, es);
	check_progress(t, es);
	check_growth(t, es);
	check_idle(t, es);
	check_rtt(t, es);
}

/* ---- At the end ---- */

/**
 * transfer_count - the counters as they are
 * @count: gets them
 */
void transfer_count(unsigned long count[COUNTS])
{
	static const unsigned int mib[COUNTS] = {
#define TRANSFER_MIB(name)	ETP_MIB_##name,
		TRANSFER_COUNTERS(TRANSFER_MIB)
	};
	int i;

	for (i = 0; i < COUNTS; i++)
		count[i] = wire_mib(mib[i]);
}

static void check_equal(struct transfer *t, const char *what, u64 is, u64 expect)
{
	if (is != expect)
		transfer_broken(t, "%s is %llu, seen %llu", what, is, expect);
}

/* What only loses is not taken for what overtakes; and what was lost was lost. */
static void check_reasons(struct transfer *t, const struct etp_sock *es,
			  const unsigned long now[COUNTS])
{
	const struct network_style *network = &t->style.network;

	if (network->late[NETWORK_DATA] || network->late[NETWORK_ACK] ||
	    network->twice[NETWORK_DATA] || network->twice[NETWORK_ACK])
		return;
	if (es->rec.reord_seen)
		transfer_broken(t, "reordering was seen %u times, there was none",
				es->rec.reord_seen);
	/* F-RTO counts what an ACK has to tell a moment after the time-out */
	if (!es->rec.ops->sack || network->loss[NETWORK_ACK] ||
	    network->burst[NETWORK_ACK] || network->dark_to || now[COUNT_SpuriousRTOs])
		return;
	if (now[COUNT_TSUndo] || now[COUNT_DSACKUndo])
		transfer_broken(t, "undone %lu by time, %lu by D-SACK: all was lost",
				now[COUNT_TSUndo], now[COUNT_DSACKUndo]);
}

static void check_counters(struct transfer *t, const struct etp_sock *es)
{
	unsigned long now[COUNTS];
	int i;

	transfer_count(now);
	for (i = 0; i < COUNTS; i++)
		now[i] -= t->count[i];
	check_equal(t, "OutSegs", now[COUNT_OutSegs], t->segs);
	check_equal(t, "segs_in", es->rcv.segs_in, t->acks + 1);
	check_equal(t, "RetransSegs", now[COUNT_RetransSegs], t->again);
	check_equal(t, "total_retrans", es->snd.total_retrans, t->again);
	check_equal(t, "data_segs_out", es->snd.data_segs_out, t->data_segs);
	check_equal(t, "bytes_sent", es->snd.bytes_sent, t->bytes);
	check_equal(t, "bytes_retrans", es->snd.bytes_retrans, t->bytes_again);
	/* SYN and FIN count, as in kernel TCP */
	check_equal(t, "bytes_acked", es->snd.bytes_acked, transfer_end(t));
	check_equal(t, "Timeouts", now[COUNT_Timeouts], t->timeouts);
	check_equal(t, "SACKDiscard", now[COUNT_SACKDiscard], 0);
	check_equal(t, "RetransFail", now[COUNT_RetransFail], 0);
	check_equal(t, "FastRetrans, SlowStartRetrans and probes",
		    now[COUNT_FastRetrans] + now[COUNT_SlowStartRetrans] + t->probes_again,
		    t->again);
	if (now[COUNT_SACKReneging] && !t->reneged)
		transfer_broken(t, "SACKReneging, and the peer kept all");
	if (now[COUNT_LostRetransmit] > t->again)
		transfer_broken(t, "LostRetransmit %lu of %u", now[COUNT_LostRetransmit],
				t->again);
	if (es->rec.ops->sack)
		check_equal(t, "DSACKRecv", now[COUNT_DSACKRecv], t->dsacks);
	check_reasons(t, es, now);
}

static void check_peaceful(struct transfer *t, const struct etp_sock *es)
{
	if (t->again)
		transfer_broken(t, "nothing was lost, and %u went again", t->again);
	if (es->cong.ssthresh != ETP_SSTHRESH_INF)
		transfer_broken(t, "nothing was lost, and ssthresh is %u", es->cong.ssthresh);
}

/**
 * transfer_check_end - everything is acknowledged
 * @t: the transfer
 */
void transfer_check_end(struct transfer *t)
{
	const struct etp_sock *es = wire_es(t->w);

	check_equal(t, "the peer's RCV.NXT", t->peer.nxt, transfer_end(t));
	if (t->style.fin && t->peer.fin_seq != transfer_end(t) - 1)
		transfer_broken(t, "no FIN came");
	check_equal(t, "the state", t->w->sk->sk_state,
		    t->style.fin ? TCP_FIN_WAIT2 : TCP_ESTABLISHED);
	check_equal(t, "sk_wmem_queued", t->w->sk->sk_wmem_queued, 0);
	check_equal(t, "sk_wmem_alloc", refcount_read(&t->w->sk->sk_wmem_alloc), 1);
	check_counters(t, es);
	if (t->style.weather == WEATHER_CLEAN)
		check_peaceful(t, es);
}

/**
 * transfer_check_freed - the program has closed the socket
 * @t: the transfer
 */
void transfer_check_freed(struct transfer *t)
{
	const struct sock *sk = t->w->sk;

	check_equal(t, "references to the socket", refcount_read(&sk->sk_refcnt), 1);
	check_equal(t, "sk_forward_alloc", sk->sk_forward_alloc, 0);
	check_equal(t, "sk_rmem_alloc", atomic_read(&sk->sk_rmem_alloc), 0);
}
