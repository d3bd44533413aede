// SPDX-License-Identifier: GPL-2.0
/*
 * SO_TIMESTAMPING of what is sent: the program learns from the socket's error
 * queue when the last byte of a write went to a queueing discipline, to a device,
 * or was acknowledged.  May touch the marks of an skb (tx_flags and tskey of its
 * shared info, stamp_ack), and sk_tskey, which is the stack's for TCP alone.
 *
 * The stack makes the first two stamps itself from the marks.
 */
#include "internal.h"
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

/* SOF_TIMESTAMPING_OPT_ID: stamps carry the number of the write's last byte, counted
 * from where the program asked for it.  The stack notes where that was for TCP only;
 * for others it clears the counter, so the first write after that is where we begin.
 */
static u32 etp_stamp_number(struct sock *sk, u32 end, u32 bytes)
{
	if (!atomic_read(&sk->sk_tskey))
		atomic_set(&sk->sk_tskey, end - bytes);
	return end - 1 - atomic_read(&sk->sk_tskey);
}

/**
 * etp_stamp_ask - mark the end of a write
 * @sk: the socket, locked
 * @skb: holds the last byte written
 * @cookie: what was asked for: by setsockopt(), or for this write
 * @bytes: length of the write
 */
void etp_stamp_ask(struct sock *sk, struct sk_buff *skb,
		   const struct sockcm_cookie *cookie, u32 bytes)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	if (likely(!cookie->tsflags) || !skb->len)
		return;
	etp_stamp_flags(sk, cookie, &info->tx_flags);
	if (cookie->tsflags & SOF_TIMESTAMPING_TX_ACK)
		etp_tx(skb)->stamp_ack = 1;
	if (cookie->tsflags & SOF_TIMESTAMPING_TX_RECORD_MASK)
		info->tskey = etp_stamp_number(sk, etp_tx(skb)->seq + skb->len,
					       bytes);
}

/**
 * etp_stamp_split - an skb became two
 * @skb: the first part
 * @rest: the second, with a copy of the first's struct etp_tx
 *
 * The mark is of the last byte.
 */
void etp_stamp_split(struct sk_buff *skb, struct sk_buff *rest)
{
	struct skb_shared_info *from = skb_shinfo(skb), *to = skb_shinfo(rest);

	etp_tx(skb)->stamp_ack = 0;
	to->tx_flags |= from->tx_flags & SKBTX_ANY_TSTAMP;
	from->tx_flags &= ~SKBTX_ANY_TSTAMP;
	swap(from->tskey, to->tskey);
}

/**
 * etp_stamp_acked - the peer has it
 * @sk: the socket, locked
 * @skb: all of it was acknowledged
 */
void etp_stamp_acked(struct sock *sk, struct sk_buff *skb)
{
	etp_stamp_report(sk, skb);
}
