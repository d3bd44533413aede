// SPDX-License-Identifier: GPL-2.0
/*
 * Bytes in: from the receive queue to the program.  May touch the receive queue
 * and of struct etp_rcv where the program stands (copied) and the urgent mark.
 * What reading does to the window: rwnd.c.
 */
#include "internal.h"
#include <net/inet_common.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

/**
 * struct etp_read - one call of recvmsg()
 * @sk: the socket
 * @msg: where the bytes go
 * @flags: MSG_*
 * @target: bytes that must be there before the call returns without a reason
 * @len: room left, bytes
 * @seq: next byte to read; behind rcv.copied only while the lock was away
 * @base: rcv.copied when @seq was last reckoned from it
 * @skip: SO_PEEK_OFF: how far ahead of it a peek begins, bytes
 * @copied: bytes delivered so far
 * @unreported: of those, bytes that rwnd.c has not heard of
 * @timeo: how long the call may still sleep, jiffies
 * @stamp: when the last segment read came in
 * @hwstamp: the same by the device's clock
 */
struct etp_read {
	struct sock	*sk;
	struct msghdr	*msg;
	int		flags;
	int		target;
	size_t		len;
	u32		seq;
	u32		base;
	u32		skip;
	int		copied;
	u32		unreported;
	long		timeo;
	ktime_t		stamp;
	ktime_t		hwstamp;
};

/* The skb that holds @seq, and how far into its payload.  With @eat, skbs that lie
 * before it are freed.  SYN and FIN are in none: they were taken off on the way in.
 */
static struct sk_buff *etp_find(struct sock *sk, u32 seq, u32 *offset, bool eat)
{
	struct sk_buff *skb, *next;

	skb_queue_walk_safe(&sk->sk_receive_queue, skb, next) {
		*offset = seq - etp_seg(skb)->seq;
		if (likely(*offset < skb->len))
			return skb;
		if (eat)
			sk_eat_skb(sk, skb);
	}
	return NULL;
}

static void etp_read_report(struct etp_read *r)
{
	etp_rwnd_read(r->sk, r->unreported);
	r->unreported = 0;
}

/* Nothing more is queued.  Returns 0 to look again, 1 when the call is over with
 * what there is, or an errno for a call that delivered nothing.
 */
static int etp_read_over(struct etp_read *r)
{
	struct sock *sk = r->sk;

	if (r->copied)
		return !r->timeo || sk->sk_err || sk->sk_state == TCP_CLOSE ||
		       (sk->sk_shutdown & RCV_SHUTDOWN) ||
		       signal_pending(current);
	if (sock_flag(sk, SOCK_DONE))
		return 1;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 1;
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;	/* never connected */
	if (!r->timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(r->timeo);
	return 0;
}

/* Lets segments in, sleeping for them if need be.  Returns as etp_read_over(). */
static int etp_read_wait(struct etp_read *r)
{
	struct sock *sk = r->sk;
	u32 copied;
	int err;

	if (r->copied >= r->target && !READ_ONCE(sk->sk_backlog.tail))
		return 1;
	err = etp_read_over(r);
	if (err)
		return err;

	if (r->copied >= r->target) {
		__sk_flush_backlog(sk);
	} else {
		etp_read_report(r);
		err = sk_wait_data(sk, &r->timeo,
				   skb_peek_tail(&sk->sk_receive_queue));
		if (err < 0)
			return err;
	}

	/* somebody else may have read meanwhile; then go on where they stopped */
	copied = etp_sk(sk)->rcv.copied;
	if (copied != r->base) {
		r->seq = copied + r->skip;
		r->base = copied;
	}
	return 0;
}

static void etp_read_advance(struct etp_read *r, u32 n)
{
	r->seq += n;
	if (!(r->flags & MSG_PEEK)) {
		WRITE_ONCE(etp_sk(r->sk)->rcv.copied, r->seq);
		r->base = r->seq;
	}
}

/* The urgent byte lies in the @n bytes ahead, or not.  Returns how many bytes can
 * be read as ordinary data; an urgent byte that is right here is stepped over.
 */
static u32 etp_read_urgent(struct etp_read *r, u32 *offset, u32 n)
{
	u32 ahead = etp_sk(r->sk)->rcv.up - r->seq;

	if (ahead >= n)
		return n;
	if (ahead)
		return ahead;
	if (sock_flag(r->sk, SOCK_URGINLINE))
		return n;
	etp_read_advance(r, 1);
	(*offset)++;
	return n - 1;
}

static void etp_read_stamp(struct etp_read *r, struct sk_buff *skb)
{
	if (skb->tstamp) {
		r->stamp = skb->tstamp;
		r->hwstamp = skb_hwtstamps(skb)->hwtstamp;
	}
}

/* Delivers what @skb has from @offset on, which is a byte at least.  Returns 0 to go
 * on, or -EFAULT with nothing lost.
 */
static int etp_read_skb(struct etp_read *r, struct sk_buff *skb, u32 offset)
{
	struct etp_rcv *rcv = &etp_sk(r->sk)->rcv;
	bool peek = r->flags & MSG_PEEK;
	u32 n;

	n = min_t(size_t, skb->len - offset, r->len);
	if (unlikely(rcv->urg))
		n = etp_read_urgent(r, &offset, n);
	if (n && !(r->flags & MSG_TRUNC) &&
	    skb_copy_datagram_msg(skb, offset, r->msg, n))
		return -EFAULT;
	etp_read_advance(r, n);
	r->copied += n;
	r->len -= n;
	if (peek) {
		sk_peek_offset_fwd(r->sk, n);
	} else {
		sk_peek_offset_bwd(r->sk, n);
		r->unreported += n;
	}
	if (unlikely(rcv->urg) && seq_gt(rcv->copied, rcv->up))
		WRITE_ONCE(rcv->urg, 0);
	etp_read_stamp(r, skb);
	if (offset + n == skb->len && !peek)
		sk_eat_skb(r->sk, skb);
	return 0;
}

/* Reading stops before the urgent mark, so that a program can find it. */
static int etp_read_at_mark(const struct etp_read *r)
{
	const struct etp_rcv *rcv = &etp_sk(r->sk)->rcv;

	if (likely(!rcv->urg) || rcv->up != r->seq)
		return 0;
	if (r->copied)
		return 1;
	if (signal_pending(current))
		return r->timeo ? sock_intr_errno(r->timeo) : -EAGAIN;
	return 0;
}

/* Returns bytes or an errno. */
static int etp_read_loop(struct etp_read *r)
{
	struct sk_buff *skb;
	u32 offset;
	int end;

	do {
		end = etp_read_at_mark(r);
		if (end)
			break;
		skb = etp_find(r->sk, r->seq, &offset, !(r->flags & MSG_PEEK));
		if (skb)
			end = etp_read_skb(r, skb, offset);
		else
			end = etp_read_wait(r);
	} while (!end && r->len);

	etp_read_report(r);
	return end < 0 && !r->copied ? end : r->copied;
}

/* The cmsg of SO_TIMESTAMP or SO_TIMESTAMPNS, in the layout it was asked for. */
static void etp_put_stamp(struct msghdr *msg, const struct sock *sk,
			  struct timespec64 ts)
{
	bool new = sock_flag(sk, SOCK_TSTAMP_NEW);

	if (sock_flag(sk, SOCK_RCVTSTAMPNS) && new) {
		struct __kernel_timespec v = { ts.tv_sec, ts.tv_nsec };

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(v), &v);
	} else if (sock_flag(sk, SOCK_RCVTSTAMPNS)) {
		struct __kernel_old_timespec v = { ts.tv_sec, ts.tv_nsec };

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(v), &v);
	} else if (new) {
		struct __kernel_sock_timeval v = {
			ts.tv_sec, ts.tv_nsec / NSEC_PER_USEC
		};

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(v), &v);
	} else {
		struct __kernel_old_timeval v = {
			ts.tv_sec, ts.tv_nsec / NSEC_PER_USEC
		};

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(v), &v);
	}
}

/* The cmsg of SO_TIMESTAMPING: software time first, the device's third. */
static void etp_put_stamping(struct msghdr *msg, const struct sock *sk,
			     struct timespec64 soft, struct timespec64 hard)
{
	if (sock_flag(sk, SOCK_TSTAMP_NEW)) {
		struct scm_timestamping64 v = {
			.ts[0] = { soft.tv_sec, soft.tv_nsec },
			.ts[2] = { hard.tv_sec, hard.tv_nsec },
		};

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPING_NEW, sizeof(v), &v);
	} else {
		struct scm_timestamping v = {
			.ts[0] = { soft.tv_sec, soft.tv_nsec },
			.ts[2] = { hard.tv_sec, hard.tv_nsec },
		};

		put_cmsg(msg, SOL_SOCKET, SO_TIMESTAMPING_OLD, sizeof(v), &v);
	}
}

/* ETP_INQ: how much is left.  The end of the stream is worth another read. */
static void etp_put_inq(struct msghdr *msg, const struct sock *sk)
{
	int inq = etp_inq(sk);

	if (!inq && sock_flag(sk, SOCK_DONE))
		inq = 1;
	put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
}

/* The control messages that say when the data came in, and what is left. */
static void etp_read_cmsg(const struct etp_read *r)
{
	const struct sock *sk = r->sk;
	u32 want = READ_ONCE(sk->sk_tsflags);
	ktime_t soft = want & SOF_TIMESTAMPING_SOFTWARE ? r->stamp : 0;
	ktime_t hard = want & SOF_TIMESTAMPING_RAW_HARDWARE ? r->hwstamp : 0;

	if (r->stamp && sock_flag(sk, SOCK_RCVTSTAMP))
		etp_put_stamp(r->msg, sk, ktime_to_timespec64(r->stamp));
	if (soft || hard)
		etp_put_stamping(r->msg, sk, ktime_to_timespec64(soft),
				 ktime_to_timespec64(hard));
	if (unlikely(etp_sk(sk)->rcv.tell_inq))
		etp_put_inq(r->msg, sk);
}

/**
 * etp_recv - recvmsg(), RFC 9293 section 3.9.1.3
 * @sk: the socket, not locked
 * @msg: where the bytes go
 * @len: room in @msg, bytes
 * @flags: MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, MSG_TRUNC (count, don't copy),
 *	MSG_OOB, MSG_ERRQUEUE
 *
 * Process context.  Returns the bytes read, 0 at the end of the stream, or
 * -ENOTCONN, -EAGAIN, -EINTR, -EFAULT (nothing is lost), or the socket's pending
 * error.
 */
int etp_recv(struct sock *sk, struct msghdr *msg, size_t len, int flags)
{
	struct etp_read r = {
		.sk = sk,
		.msg = msg,
		.flags = flags,
		.len = len,
	};
	int ret = -ENOTCONN;

	if (unlikely(flags & MSG_ERRQUEUE))
		return etp_recv_error(sk, msg, len);

	lock_sock(sk);
	if (sk->sk_state == TCP_LISTEN)
		goto out;
	if (unlikely(flags & MSG_OOB)) {
		ret = etp_urgent_read(sk, msg, len, flags);
		goto out;
	}
	r.target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	r.timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	r.base = etp_sk(sk)->rcv.copied;
	if (flags & MSG_PEEK)
		r.skip = max(sk_peek_offset(sk, flags), 0);
	r.seq = r.base + r.skip;
	ret = etp_read_loop(&r);
out:
	release_sock(sk);
	if (ret >= 0)
		etp_read_cmsg(&r);
	return ret;
}

/**
 * etp_read_sock - hand what is queued to a kernel user, without copying
 * @sk: the socket, locked
 * @desc: passed on; reading ends when desc->count is 0
 * @actor: takes (desc, skb, offset, len), returns how many bytes it used, 0 or an
 *	errno to stop
 *
 * Process context or softirq.  Stops before an urgent byte.  Returns bytes, or
 * -ENOTCONN on a listener, or the actor's errno if it used none.
 */
int etp_read_sock(struct sock *sk, read_descriptor_t *desc,
		  sk_read_actor_t actor)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	struct sk_buff *skb;
	int copied = 0;
	u32 offset;

	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	while ((skb = etp_find(sk, rcv->copied, &offset, true))) {
		u32 len = skb->len - offset;
		int used;

		if (unlikely(rcv->urg))
			len = min(len, rcv->up - rcv->copied);
		used = len ? actor(desc, skb, offset, len) : 0;
		if (used <= 0) {
			copied = copied ?: used;
			break;
		}
		used = min_t(u32, used, len);
		copied += used;
		WRITE_ONCE(rcv->copied, rcv->copied + used);
		if (!desc->count)
			break;
	}
	if (copied > 0) {
		etp_find(sk, rcv->copied, &offset, true);
		etp_rwnd_read(sk, copied);
	}
	return copied;
}

struct etp_splice {
	struct pipe_inode_info	*pipe;
	unsigned int		flags;
};

static int etp_splice_actor(read_descriptor_t *desc, struct sk_buff *skb,
			    unsigned int offset, size_t len)
{
	struct etp_splice *to = desc->arg.data;
	int n;

	n = skb_splice_bits(skb, skb->sk, offset, to->pipe,
			    min(desc->count, len), to->flags);
	if (n > 0)
		desc->count -= n;
	return n;
}

/* Nothing was spliced; see etp_read_over().  Sleeps until there may be something. */
static int etp_splice_wait(struct etp_read *r)
{
	struct sock *sk = r->sk;
	int err;

	if (r->copied)
		return 1;
	err = etp_read_over(r);
	if (err)
		return err;
	/* something is there and can't be spliced: an urgent byte */
	if (!skb_queue_empty(&sk->sk_receive_queue))
		return 1;
	err = sk_wait_data(sk, &r->timeo, NULL);
	return err < 0 ? err : 0;
}

/**
 * etp_splice_read_sock - splice() from a socket to a pipe
 * @sock: the socket, not locked
 * @ppos: must be 0: a socket can't seek
 * @pipe: the pipe
 * @len: bytes wanted
 * @flags: SPLICE_F_*
 *
 * Process context.  Returns bytes, 0 at the end of the stream, -ESPIPE, or what
 * etp_recv() would return.
 */
ssize_t etp_splice_read_sock(struct socket *sock, loff_t *ppos,
			     struct pipe_inode_info *pipe, size_t len,
			     unsigned int flags)
{
	struct etp_splice to = { .pipe = pipe, .flags = flags };
	struct etp_read r = { .sk = sock->sk, .len = len };
	int n = 0;

	if (*ppos)
		return -ESPIPE;
	lock_sock(r.sk);
	r.timeo = sock_rcvtimeo(r.sk, sock->file->f_flags & O_NONBLOCK);
	while (!n && r.len) {
		read_descriptor_t desc = { .arg.data = &to, .count = r.len };

		n = etp_read_sock(r.sk, &desc, etp_splice_actor);
		if (!n) {
			n = etp_splice_wait(&r);
		} else if (n > 0) {
			r.copied += n;
			r.len -= n;
			if (!r.timeo)
				break;
			n = 0;
			sk_flush_backlog(r.sk);
		}
	}
	release_sock(r.sk);
	return r.copied ?: min(n, 0);
}

/**
 * etp_inq - bytes that can be read without waiting, up to the urgent mark
 * @sk: the socket; locked for an exact answer
 *
 * Any context.  SIOCINQ and SO_PEEK's length.
 */
int etp_inq(const struct sock *sk)
{
	const struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	u32 copied = READ_ONCE(rcv->copied);
	u32 nxt = READ_ONCE(rcv->nxt);
	u32 up = READ_ONCE(rcv->up);
	int n;

	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		return 0;
	if (READ_ONCE(rcv->urg) && !sock_flag(sk, SOCK_URGINLINE) &&
	    seq_leq(copied, up) && seq_lt(up, nxt))
		return up - copied;
	n = nxt - copied - rcv->fin;
	return max(n, 0);
}

/**
 * etp_peek_len - etp_inq() for the socket layer
 * @sock: the socket
 */
int etp_peek_len(struct socket *sock)
{
	return etp_inq(sock->sk);
}
