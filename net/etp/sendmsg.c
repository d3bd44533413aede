// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes out: from the program into the write queue.  May touch the write queue,
 * its memory accounting, and of struct etp_snd what says where the data ends
 * (write_seq, push_seq, up, urgent, nagle).  What is sent and when: snd.c.
 */
#include "internal.h"

/* Room for every header below and including ours; kept a multiple of a line. */
#define ETP_HEADROOM	L1_CACHE_ALIGN(128 + MAX_HEADER)

/* So many new skbs, and the segments that came in meanwhile get their turn. */
#define ETP_FLUSH_EVERY	16

/**
 * struct etp_write - one call of sendmsg()
 * @sk: the socket
 * @msg: what to send
 * @flags: MSG_*
 * @copied: bytes queued so far
 * @fresh: skbs queued since the backlog was last looked at
 * @timeo: how long the call may still sleep, jiffies
 * @cookie: what control messages ask for
 */
struct etp_write {
	struct sock	*sk;
	struct msghdr	*msg;
	int		flags;
	int		copied;
	int		fresh;
	long		timeo;
	struct sockcm_cookie cookie;
};

/**
 * etp_alloc_skb - an empty skb for a segment that will be queued
 * @sk: the socket, locked
 * @gfp: how to allocate
 * @force: the limits of all sockets together do not count: without this skb the
 *	connection would not get on, and give nothing back
 *
 * The linear part has room for headers only, data goes to page fragments.  The
 * caller charges skb->truesize when it queues the skb.  Returns NULL when there
 * is no memory or the socket may have no more.
 */
struct sk_buff *etp_alloc_skb(struct sock *sk, gfp_t gfp, bool force)
{
	struct sk_buff *skb = alloc_skb_fclone(ETP_HEADROOM, gfp);

	if (unlikely(!skb)) {
		etp_enter_memory_pressure(sk);
		sk_stream_moderate_sndbuf(sk);
		return NULL;
	}
	/* the half that a clone will use is not charged twice */
	skb->truesize = SKB_TRUESIZE(skb_end_offset(skb));
	if (unlikely(!sk_wmem_schedule(sk, skb->truesize)) && !force) {
		__kfree_skb(skb);
		return NULL;
	}
	skb_reserve(skb, ETP_HEADROOM);
	skb->ip_summed = CHECKSUM_PARTIAL;
	return skb;
}

/* Payload at which an skb is full, bytes; snd.c changes it as it learns. */
static u32 etp_goal(const struct etp_snd *snd, int flags)
{
	return max3(unlikely(flags & MSG_OOB) ? 0 : snd->gso_max,
		    (u32)snd->mss, 1U);
}

static struct sk_buff *etp_write_tail(const struct sock *sk)
{
	return skb_peek_tail(&sk->sk_write_queue);
}

/* An skb with nothing in it must not stay: it would be sent. */
static void etp_drop_empty_tail(struct sock *sk)
{
	struct sk_buff *skb = etp_write_tail(sk);

	if (skb && !skb->len && !(etp_tx(skb)->flags & (ETP_SYN | ETP_FIN))) {
		__skb_unlink(skb, &sk->sk_write_queue);
		etp_free_out(sk, skb);
	}
}

static struct sk_buff *etp_new_tail(struct etp_write *w)
{
	struct sock *sk = w->sk;
	struct etp_snd *snd = &etp_sk(sk)->snd;
	struct sk_buff *skb;
	struct etp_tx *tx;

	if (!sk_stream_memory_free(sk))
		return NULL;
	/* whose first byte it is must not starve */
	skb = etp_alloc_skb(sk, sk->sk_allocation,
			    skb_queue_empty(&sk->sk_write_queue) && etp_rtx_empty(sk));
	if (!skb)
		return NULL;

	tx = etp_tx(skb);
	memset(tx, 0, sizeof(*tx));
	tx->seq = snd->write_seq;
	tx->end_seq = snd->write_seq;
	tx->flags = ETP_ACK;
	__skb_header_release(skb);
	__skb_queue_tail(&sk->sk_write_queue, skb);
	sk_wmem_queued_add(sk, skb->truesize);
	sk_mem_charge(sk, skb->truesize);
	snd->nagle &= ~ETP_NAGLE_PUSH;
	w->fresh++;
	return skb;
}

/* How much of @len the socket may have now; forced down to what is left.  The least
 * buffer (net.etp.wmem) is each socket's own, whatever others have.
 */
static int etp_charge(struct sock *sk, int len)
{
	int least;

	if (likely(sk_wmem_schedule(sk, len)))
		return len;
	least = READ_ONCE(etp_net(sock_net(sk))->wmem[0]) - sk->sk_wmem_queued;
	return clamp(max(least, sk->sk_forward_alloc), 0, len);
}

/* Each of the two moves at most @room bytes into @skb and returns how many,
 * -EMSGSIZE when the skb has no fragment left, -ENOBUFS when memory must be
 * waited for, or another error.
 */
static int etp_copy_in(struct sock *sk, struct sk_buff *skb,
		       struct iov_iter *from, int room)
{
	struct page_frag *pfrag = sk_page_frag(sk);
	int i = skb_shinfo(skb)->nr_frags;
	bool merge;
	int err;

	if (!sk_page_frag_refill(sk, pfrag))
		return -ENOBUFS;
	merge = skb_can_coalesce(skb, i, pfrag->page, pfrag->offset);
	if (!merge && i >= MAX_SKB_FRAGS)
		return -EMSGSIZE;
	room = etp_charge(sk, min_t(int, room, pfrag->size - pfrag->offset));
	if (unlikely(!room))
		return -ENOBUFS;
	err = skb_copy_to_page_nocache(sk, from, skb, pfrag->page,
				       pfrag->offset, room);
	if (unlikely(err))
		return err;

	if (merge) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], room);
	} else {
		get_page(pfrag->page);
		skb_fill_page_desc(skb, i, pfrag->page, pfrag->offset, room);
	}
	pfrag->offset += room;
	return room;
}

static int etp_splice_in(struct sock *sk, struct sk_buff *skb,
			 struct iov_iter *from, int room, int flags)
{
	room = etp_charge(sk, room);
	if (unlikely(!room))
		return -ENOBUFS;
	room = etp_splice_pages(skb, from, room, sk->sk_allocation);
	if (room <= 0)
		return room ?: -EIO;

	if (!(flags & MSG_NO_SHARED_FRAGS))
		skb_shinfo(skb)->flags |= SKBFL_SHARED_FRAG;
	sk_wmem_queued_add(sk, room);
	sk_mem_charge(sk, room);
	return room;
}

static void etp_mark_push(struct etp_snd *snd, struct sk_buff *skb)
{
	etp_tx(skb)->flags |= ETP_PSH;
	snd->push_seq = snd->write_seq;
}

/* Moves the next piece of the message to the end of the write queue.  Returns
 * the skb it went to, or an ERR_PTR with etp_copy_in()'s errors.
 */
static struct sk_buff *etp_append(struct etp_write *w)
{
	struct sock *sk = w->sk;
	struct etp_snd *snd = &etp_sk(sk)->snd;
	struct iov_iter *from = &w->msg->msg_iter;
	u32 goal = etp_goal(snd, w->flags);
	struct sk_buff *skb = etp_write_tail(sk);
	bool full = !skb || skb->len >= goal || etp_tx(skb)->eor;
	int n;

	for (;;) {
		if (full)
			skb = etp_new_tail(w);
		if (unlikely(!skb))
			return ERR_PTR(-ENOBUFS);
		n = min_t(size_t, goal - skb->len, iov_iter_count(from));
		if (unlikely(w->flags & MSG_SPLICE_PAGES))
			n = etp_splice_in(sk, skb, from, n, w->flags);
		else
			n = etp_copy_in(sk, skb, from, n);
		if (likely(n >= 0))
			break;
		if (n != -EMSGSIZE)
			return ERR_PTR(n);
		etp_mark_push(snd, skb);
		full = true;
	}

	if (!w->copied)
		etp_tx(skb)->flags &= ~ETP_PSH;
	WRITE_ONCE(snd->write_seq, snd->write_seq + n);
	etp_tx(skb)->end_seq += n;
	w->copied += n;
	return skb;
}

/* An skb is full and more will follow: is it time to get things moving? */
static void etp_push_full(struct sock *sk, struct sk_buff *skb)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;

	/* a receiver that waits for PSH must not see half a window without */
	if (snd->write_seq - snd->push_seq > snd->max_wnd >> 1) {
		etp_mark_push(snd, skb);
		etp_push_pending(sk);
	} else if (skb == skb_peek(&sk->sk_write_queue)) {
		etp_push(sk, true);
	}
}

/* The end of the call: mark the last byte and let snd.c decide. */
static void etp_push_end(struct etp_write *w)
{
	struct etp_snd *snd = &etp_sk(w->sk)->snd;
	struct sk_buff *skb = etp_write_tail(w->sk);
	bool more = w->flags & MSG_MORE;

	if (skb && !more)
		etp_mark_push(snd, skb);
	if (unlikely(w->flags & MSG_OOB)) {
		snd->up = snd->write_seq;
		snd->urgent = 1;
	}
	if (skb)
		etp_stamp_ask(w->sk, skb, &w->cookie, w->copied);
	etp_push(w->sk, more);
}

/* Sleeps until there is memory.  Returns 0 or an errno. */
static int etp_wait_memory(struct etp_write *w)
{
	struct etp_snd *snd = &etp_sk(w->sk)->snd;
	struct sk_buff *skb;

	set_bit(SOCK_NOSPACE, &w->sk->sk_socket->flags);
	etp_drop_empty_tail(w->sk);
	skb = etp_write_tail(w->sk);
	if (w->copied) {
		/* neither a cork nor Nagle holds back what blocks the program */
		if (skb)
			etp_mark_push(snd, skb);
		snd->nagle |= ETP_NAGLE_PUSH;
		etp_push(w->sk, false);
	}
	return sk_stream_wait_memory(w->sk, &w->timeo);
}

static bool etp_cannot_send(const struct sock *sk)
{
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN);
}

/* Everything that comes before the first byte.  Returns 0 or an errno. */
static int etp_write_begin(struct etp_write *w)
{
	struct sock *sk = w->sk;
	int err;

	if (w->flags & MSG_FASTOPEN)
		return -EOPNOTSUPP;
	if ((1 << sk->sk_state) & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)) {
		err = sk_stream_wait_connect(sk, &w->timeo);
		if (err)
			return err;
	}
	sockcm_init(&w->cookie, sk);
	if (w->msg->msg_controllen && sock_cmsg_send(sk, w->msg, &w->cookie))
		return -EINVAL;
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	return etp_cannot_send(sk) ? -EPIPE : 0;
}

/* Queues the message.  Returns 0 or why it stopped short of the end. */
static int etp_write_loop(struct etp_write *w)
{
	struct sock *sk = w->sk;
	struct sk_buff *skb;
	int err;

	while (msg_data_left(w->msg)) {
		if (unlikely(w->fresh >= ETP_FLUSH_EVERY)) {
			w->fresh = 0;
			sk_flush_backlog(sk);
		}
		if (unlikely(etp_cannot_send(sk)))
			return -EPIPE;
		skb = etp_append(w);
		if (IS_ERR(skb)) {
			err = PTR_ERR(skb);
			if (err == -ENOBUFS)
				err = etp_wait_memory(w);
			if (err)
				return err;
			continue;
		}
		if (!msg_data_left(w->msg)) {
			if (unlikely(w->flags & MSG_EOR))
				etp_tx(skb)->eor = 1;
			break;
		}
		if (!(w->flags & MSG_OOB) &&
		    skb->len >= etp_goal(&etp_sk(sk)->snd, w->flags))
			etp_push_full(sk, skb);
	}
	return 0;
}

/* Has the program let the network run empty? */
static void etp_note_idle(struct sock *sk)
{
	struct etp_sock *es = etp_sk(sk);
	u32 pipe = etp_rec_pipe(&es->rec, &es->snd);

	if (es->snd.write_seq - es->snd.nxt < es->snd.mss &&
	    sk_wmem_alloc_get(sk) < SKB_TRUESIZE(1) && pipe < es->cong.cwnd &&
	    !es->rec.board.todo)
		etp_meter_idle(&es->meter, pipe);
}

static int etp_write(struct sock *sk, struct msghdr *msg, bool push)
{
	struct etp_write w = {
		.sk = sk,
		.msg = msg,
		.flags = msg->msg_flags,
		.timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT),
	};
	int err;

	etp_note_idle(sk);
	err = etp_write_begin(&w);
	if (!err)
		err = etp_write_loop(&w);
	if (err)
		etp_drop_empty_tail(sk);
	if (w.copied) {
		if (push || err)
			etp_push_end(&w);
		return w.copied;
	}
	if (!err)
		return 0;

	err = sk_stream_error(sk, w.flags, err);
	/* nothing is out whose ACK would wake an edge-triggered writer */
	if (err == -EAGAIN && skb_queue_empty(&sk->sk_write_queue) &&
	    etp_rtx_empty(sk))
		sk->sk_write_space(sk);
	return err;
}

/**
 * etp_sendmsg - sendmsg(), RFC 9293 section 3.9.1.2
 * @sk: the socket, not locked
 * @msg: data and flags
 * @size: bytes in @msg
 *
 * Process context.  Returns the bytes queued, which are fewer than @size when an
 * error struck after the first, or an errno: -EPIPE (with SIGPIPE unless
 * MSG_NOSIGNAL) when there is no connection to write to, -EAGAIN, -EINTR,
 * -EFAULT, -EOPNOTSUPP for MSG_FASTOPEN, or the socket's pending error.
 */
int etp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	int ret;

	lock_sock(sk);
	ret = etp_write(sk, msg, true);
	release_sock(sk);
	return ret;
}

#ifdef ETP_HAVE_SENDPAGE
/**
 * etp_sendpage - one page of sendfile() or splice(), where the kernel has it
 * @sk: the socket, not locked
 * @page: the page; a reference is taken for as long as it is queued
 * @offset: first byte
 * @size: bytes
 * @flags: MSG_*, MSG_SENDPAGE_NOTLAST when the next page follows at once
 *
 * Process context.  Returns as etp_sendmsg() does.
 */
int etp_sendpage(struct sock *sk, struct page *page, int offset, size_t size,
		 int flags)
{
	struct bio_vec bvec = {
		.bv_page = page,
		.bv_offset = offset,
		.bv_len = size,
	};
	struct msghdr msg = { .msg_flags = flags & ~MSG_SPLICE_PAGES };
	int ret;

	/* a page that can't be shared is copied */
	if (sendpage_ok(page))
		msg.msg_flags |= MSG_SPLICE_PAGES;
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &bvec, 1, size);
	lock_sock(sk);
	ret = etp_write(sk, &msg, !(flags & MSG_SENDPAGE_NOTLAST));
	release_sock(sk);
	return ret;
}
#endif

/**
 * etp_splice_eof - the source of a sendfile() or splice() ran dry
 * @sock: the socket, not locked
 *
 * Process context.  Sends what MSG_MORE held back.
 */
void etp_splice_eof(struct socket *sock)
{
	struct sock *sk = sock->sk;
	struct sk_buff *skb;

	if (skb_queue_empty_lockless(&sk->sk_write_queue))
		return;
	lock_sock(sk);
	skb = etp_write_tail(sk);
	if (skb) {
		etp_mark_push(&etp_sk(sk)->snd, skb);
		etp_push(sk, false);
	}
	release_sock(sk);
}
