// SPDX-License-Identifier: GPL-2.0
/*
 * Urgent data, RFC 9293 section 3.8.5 and RFC 6093, as programs know it: one
 * byte out of band.  May touch rcv.urg and rcv.up, and rcv.copied when a second
 * urgent byte follows on the heels of the first.
 */
#include "internal.h"

/* The last urgent byte was skipped or read: take it out of the stream. */
static void etp_urgent_skip(struct sock *sk)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	struct sk_buff *skb = skb_peek(&sk->sk_receive_queue);

	WRITE_ONCE(rcv->copied, rcv->copied + 1);
	if (skb && seq_geq(rcv->copied, etp_seg(skb)->end_seq))
		sk_eat_skb(sk, skb);
}

/* SEG.UP says where the urgent data ends; is that news? */
static void etp_urgent_announce(struct sock *sk, const struct etp_segment *seg)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	u32 up = seg->up;

	/* RFC 9293 has the pointer at the byte after the urgent data, every
	 * stack in use (RFC 6093 section 3.2) takes the byte before it.
	 */
	if (up && !READ_ONCE(etp_net(sock_net(sk))->stdurg))
		up--;
	up += seg->seq;

	if (seq_lt(up, rcv->copied) || seq_lt(up, rcv->nxt))
		return;
	if (rcv->urg && seq_leq(up, rcv->up))
		return;

	sk_send_sigurg(sk);
	/* The program stands right before the old urgent byte.  Left where it
	 * is, the byte would be read as ordinary data once rcv.up has moved on.
	 */
	if (rcv->urg && rcv->up == rcv->copied && rcv->copied != rcv->nxt &&
	    !sock_flag(sk, SOCK_URGINLINE))
		etp_urgent_skip(sk);

	WRITE_ONCE(rcv->urg, ETP_URG_NOTYET);
	WRITE_ONCE(rcv->up, up);
}

/**
 * etp_urgent_rcv - sixth step of RFC 9293 section 3.10.7.4: the URG bit
 * @sk: the socket, locked
 * @skb: an acceptable segment, its payload not yet queued; header pulled or not
 *
 * Called for every segment with ETP_URG, and while rcv.urg is ETP_URG_NOTYET for
 * every segment: the byte may come later than its announcement.  SIGURG goes out
 * when the pointer moves, readers are woken when the byte is there.
 */
void etp_urgent_rcv(struct sock *sk, struct sk_buff *skb)
{
	const struct etp_segment *seg = etp_seg(skb);
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	int start = skb_transport_offset(skb) + seg->doff;
	u32 at;
	u8 byte;

	if (seg->flags & ETP_URG)
		etp_urgent_announce(sk, seg);
	if (rcv->urg != ETP_URG_NOTYET)
		return;

	at = rcv->up - seg->seq;
	if (at >= skb->len - start)
		return;
	if (WARN_ON_ONCE(skb_copy_bits(skb, start + at, &byte, 1)))
		return;
	WRITE_ONCE(rcv->urg, ETP_URG_VALID | byte);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
}

/**
 * etp_urgent_read - recv(MSG_OOB)
 * @sk: the socket, locked
 * @msg: takes the byte
 * @len: room in @msg, bytes
 * @flags: MSG_PEEK and MSG_TRUNC are heeded
 *
 * Never sleeps.  Returns 1, 0 at the end of the stream or for @len 0, -EINVAL
 * when there is no urgent data (or it is read inline), -EAGAIN when it was
 * announced and has not come, -ENOTCONN, or -EFAULT.
 */
int etp_urgent_read(struct sock *sk, struct msghdr *msg, int len, int flags)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;
	u8 byte = rcv->urg;

	if (sock_flag(sk, SOCK_URGINLINE) || !rcv->urg ||
	    rcv->urg == ETP_URG_READ)
		return -EINVAL;
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (!(rcv->urg & ETP_URG_VALID))
		return sk->sk_state == TCP_CLOSE ||
		       (sk->sk_shutdown & RCV_SHUTDOWN) ? 0 : -EAGAIN;

	msg->msg_flags |= MSG_OOB;
	if (len <= 0)
		msg->msg_flags |= MSG_TRUNC;
	else if (!(flags & MSG_TRUNC) && memcpy_to_msg(msg, &byte, 1))
		return -EFAULT;
	if (!(flags & MSG_PEEK))
		WRITE_ONCE(rcv->urg, ETP_URG_READ);
	return len > 0;
}
