/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints of ETP.  Include net/etp/internal.h first: the names of
 * events and states come from there.
 *
 * Addresses are shown as IPv6 ones, IPv4 as ::ffff:a.b.c.d.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM etp

#if !defined(_TRACE_ETP_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_ETP_H

#include <linux/ipv6.h>
#include <linux/tracepoint.h>
#include <net/etp.h>
#include <net/ipv6.h>

/* Programs that read the buffer learn the numbers behind the names. */
TRACE_DEFINE_ENUM(ETP_ESTABLISHED);
TRACE_DEFINE_ENUM(ETP_SYN_SENT);
TRACE_DEFINE_ENUM(ETP_SYN_RECV);
TRACE_DEFINE_ENUM(ETP_FIN_WAIT1);
TRACE_DEFINE_ENUM(ETP_FIN_WAIT2);
TRACE_DEFINE_ENUM(ETP_TIME_WAIT);
TRACE_DEFINE_ENUM(ETP_CLOSE);
TRACE_DEFINE_ENUM(ETP_CLOSE_WAIT);
TRACE_DEFINE_ENUM(ETP_LAST_ACK);
TRACE_DEFINE_ENUM(ETP_LISTEN);
TRACE_DEFINE_ENUM(ETP_CLOSING);

TRACE_DEFINE_ENUM(ETP_EV_PASSIVE_OPEN);
TRACE_DEFINE_ENUM(ETP_EV_ACTIVE_OPEN);
TRACE_DEFINE_ENUM(ETP_EV_CLOSE);
TRACE_DEFINE_ENUM(ETP_EV_RCV_SYN);
TRACE_DEFINE_ENUM(ETP_EV_RCV_SYN_ACK);
TRACE_DEFINE_ENUM(ETP_EV_ACK_OF_SYN);
TRACE_DEFINE_ENUM(ETP_EV_RCV_FIN);
TRACE_DEFINE_ENUM(ETP_EV_ACK_OF_FIN);
TRACE_DEFINE_ENUM(ETP_EV_RCV_RST);
TRACE_DEFINE_ENUM(ETP_EV_ABORT);
TRACE_DEFINE_ENUM(ETP_EV_TIMEOUT);

TRACE_DEFINE_ENUM(ETP_BAD_SHORT);
TRACE_DEFINE_ENUM(ETP_BAD_DOFF);
TRACE_DEFINE_ENUM(ETP_BAD_CSUM);

TRACE_DEFINE_ENUM(ETP_CA_OPEN);
TRACE_DEFINE_ENUM(ETP_CA_DISORDER);
TRACE_DEFINE_ENUM(ETP_CA_RECOVERY);
TRACE_DEFINE_ENUM(ETP_CA_LOSS);

TRACE_DEFINE_ENUM(ETP_CAUSE_NONE);
TRACE_DEFINE_ENUM(ETP_CAUSE_DUPACK);
TRACE_DEFINE_ENUM(ETP_CAUSE_PARTIAL);
TRACE_DEFINE_ENUM(ETP_CAUSE_TIMEOUT);
TRACE_DEFINE_ENUM(ETP_CAUSE_MTU);
TRACE_DEFINE_ENUM(ETP_CAUSE_SACK);
TRACE_DEFINE_ENUM(ETP_CAUSE_RESCUE);
TRACE_DEFINE_ENUM(ETP_CAUSE_RACK);
TRACE_DEFINE_ENUM(ETP_CAUSE_PROBE);

#define etp_show_state(value)				\
	__print_symbolic(value,				\
		{ ETP_ESTABLISHED, "ESTABLISHED" },	\
		{ ETP_SYN_SENT, "SYN_SENT" },		\
		{ ETP_SYN_RECV, "SYN_RECV" },		\
		{ ETP_FIN_WAIT1, "FIN_WAIT_1" },	\
		{ ETP_FIN_WAIT2, "FIN_WAIT_2" },	\
		{ ETP_TIME_WAIT, "TIME_WAIT" },		\
		{ ETP_CLOSE, "CLOSED" },		\
		{ ETP_CLOSE_WAIT, "CLOSE_WAIT" },	\
		{ ETP_LAST_ACK, "LAST_ACK" },		\
		{ ETP_LISTEN, "LISTEN" },		\
		{ ETP_CLOSING, "CLOSING" })

#define etp_show_event(value)				\
	__print_symbolic(value,				\
		{ ETP_EV_PASSIVE_OPEN, "passive open" },	\
		{ ETP_EV_ACTIVE_OPEN, "active open" },	\
		{ ETP_EV_CLOSE, "close" },		\
		{ ETP_EV_RCV_SYN, "SYN" },		\
		{ ETP_EV_RCV_SYN_ACK, "SYN|ACK" },	\
		{ ETP_EV_ACK_OF_SYN, "ACK of SYN" },	\
		{ ETP_EV_RCV_FIN, "FIN" },		\
		{ ETP_EV_ACK_OF_FIN, "ACK of FIN" },	\
		{ ETP_EV_RCV_RST, "RST" },		\
		{ ETP_EV_ABORT, "abort" },		\
		{ ETP_EV_TIMEOUT, "time-out" })

#define etp_show_bad(value)				\
	__print_symbolic(value,				\
		{ ETP_BAD_SHORT, "short" },		\
		{ ETP_BAD_DOFF, "data offset" },	\
		{ ETP_BAD_CSUM, "checksum" })

#define etp_show_ca(value)				\
	__print_symbolic(value,				\
		{ ETP_CA_OPEN, "open" },		\
		{ ETP_CA_DISORDER, "disorder" },	\
		{ ETP_CA_RECOVERY, "recovery" },	\
		{ ETP_CA_LOSS, "loss" })

#define etp_show_cause(value)				\
	__print_symbolic(value,				\
		{ ETP_CAUSE_NONE, "none" },		\
		{ ETP_CAUSE_DUPACK, "dupack" },		\
		{ ETP_CAUSE_PARTIAL, "partial-ack" },	\
		{ ETP_CAUSE_TIMEOUT, "timeout" },	\
		{ ETP_CAUSE_MTU, "mtu" },		\
		{ ETP_CAUSE_SACK, "sack" },		\
		{ ETP_CAUSE_RESCUE, "rescue" },		\
		{ ETP_CAUSE_RACK, "rack" },		\
		{ ETP_CAUSE_PROBE, "probe" })

#ifndef ETP_TRACE_HELPERS
#define ETP_TRACE_HELPERS

/* The address as IPv6 has it, whatever the socket's family. */
static inline void etp_trace_addr(struct in6_addr *to, const struct sock *sk,
				  bool remote)
{
	const struct inet_sock *inet = inet_sk(sk);

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		*to = remote ? sk->sk_v6_daddr : sk->sk_v6_rcv_saddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(remote ? inet->inet_daddr : inet->inet_rcv_saddr,
			       to);
}

#endif /* ETP_TRACE_HELPERS */

/* A connection went from one state to another (fsm.c).  @who is its socket, or the
 * small object that stands for it in SYN_RECV, TIME_WAIT and an orphan's FIN_WAIT_2.
 */
TRACE_EVENT(etp_set_state,

	TP_PROTO(const void *who, const struct etp_key *key, int old, int new,
		 int event),

	TP_ARGS(who, key, old, new, event),

	TP_STRUCT__entry(
		__field(const void *, who)
		__field(u16, sport)
		__field(u16, dport)
		__field(int, old)
		__field(int, new)
		__field(int, event)
		__array(u8, saddr, 16)
		__array(u8, daddr, 16)
	),

	TP_fast_assign(
		__entry->who = who;
		__entry->sport = ntohs(key->lport);
		__entry->dport = ntohs(key->rport);
		__entry->old = old;
		__entry->new = new;
		__entry->event = event;
		memcpy(__entry->saddr, &key->laddr, 16);
		memcpy(__entry->daddr, &key->raddr, 16);
	),

	TP_printk("who=%p [%pI6c]:%u [%pI6c]:%u %s -> %s on %s",
		  __entry->who,
		  __entry->saddr, __entry->sport,
		  __entry->daddr, __entry->dport,
		  etp_show_state(__entry->old),
		  etp_show_state(__entry->new),
		  etp_show_event(__entry->event))
);

/* Rare things that happen to a connection. */
DECLARE_EVENT_CLASS(etp_sock_class,

	TP_PROTO(const struct sock *sk),

	TP_ARGS(sk),

	TP_STRUCT__entry(
		__field(const void *, sk)
		__field(int, state)
		__field(u16, family)
		__field(u16, sport)
		__field(u16, dport)
		__array(u8, saddr, 16)
		__array(u8, daddr, 16)
	),

	TP_fast_assign(
		__entry->sk = sk;
		__entry->state = sk->sk_state;
		__entry->family = sk->sk_family;
		__entry->sport = ntohs(inet_sk(sk)->inet_sport);
		__entry->dport = ntohs(inet_sk(sk)->inet_dport);
		etp_trace_addr((struct in6_addr *)__entry->saddr, sk, false);
		etp_trace_addr((struct in6_addr *)__entry->daddr, sk, true);
	),

	TP_printk("sk=%p family=%u [%pI6c]:%u [%pI6c]:%u %s",
		  __entry->sk, __entry->family,
		  __entry->saddr, __entry->sport,
		  __entry->daddr, __entry->dport,
		  etp_show_state(__entry->state))
);

/* A full socket got an RST that it believes. */
DEFINE_EVENT(etp_sock_class, etp_receive_reset,
	TP_PROTO(const struct sock *sk),
	TP_ARGS(sk)
);

/* A full socket sends an RST. */
DEFINE_EVENT(etp_sock_class, etp_send_reset,
	TP_PROTO(const struct sock *sk),
	TP_ARGS(sk)
);

/*
 * A connection at work: what a plot of it is made of.  All these events have the
 * same fields first, the windows as they are at that moment; sequence numbers are
 * as on the wire, iss is what they are counted from.
 */
#define ETP_FLOW_FIELDS					\
		__field(const void *, sk)		\
		__field(u16, sport)			\
		__field(u16, dport)			\
		__field(u8, state)			\
		__field(u8, ca_state)			\
		__field(u32, cwnd)			\
		__field(u32, ssthresh)			\
		__field(u32, flight)			\
		__field(u32, srtt)			\
		__field(u32, iss)			\
		__field(u32, una)			\
		__field(u32, nxt)			\
		__field(u32, wnd)			\
		__array(u8, saddr, 16)			\
		__array(u8, daddr, 16)

#define ETP_FLOW_ASSIGN							\
		const struct etp_sock *es = etp_sk(sk);			\
									\
		__entry->sk = sk;					\
		__entry->sport = ntohs(inet_sk(sk)->inet_sport);	\
		__entry->dport = ntohs(inet_sk(sk)->inet_dport);	\
		__entry->state = sk->sk_state;				\
		__entry->ca_state = es->rec.state;			\
		__entry->cwnd = es->cong.cwnd;				\
		__entry->ssthresh = es->cong.ssthresh;			\
		__entry->flight = etp_flight(&es->snd);			\
		__entry->srtt = es->rtt.srtt >> 3;			\
		__entry->iss = es->snd.iss;				\
		__entry->una = es->snd.una;				\
		__entry->nxt = es->snd.nxt;				\
		__entry->wnd = es->snd.wnd;				\
		etp_trace_addr((struct in6_addr *)__entry->saddr, sk, false); \
		etp_trace_addr((struct in6_addr *)__entry->daddr, sk, true)

#define ETP_FLOW_FORMAT							\
	"sk=%p [%pI6c]:%u [%pI6c]:%u %s %s cwnd=%u ssthresh=%u flight=%u " \
	"srtt=%u iss=%u una=%u nxt=%u wnd=%u"

#define ETP_FLOW_ARGS							\
		__entry->sk, __entry->saddr, __entry->sport,		\
		__entry->daddr, __entry->dport,				\
		etp_show_state(__entry->state),				\
		etp_show_ca(__entry->ca_state),				\
		__entry->cwnd, __entry->ssthresh, __entry->flight,	\
		__entry->srtt, __entry->iss, __entry->una,		\
		__entry->nxt, __entry->wnd

/* The windows after an ACK or a loss. */
TRACE_EVENT(etp_cwnd,

	TP_PROTO(const struct sock *sk),

	TP_ARGS(sk),

	TP_STRUCT__entry(
		ETP_FLOW_FIELDS
	),

	TP_fast_assign(
		ETP_FLOW_ASSIGN;
	),

	TP_printk(ETP_FLOW_FORMAT, ETP_FLOW_ARGS)
);

/* The round trip was measured: @rtt_us, microseconds; srtt follows from it. */
TRACE_EVENT(etp_rtt,

	TP_PROTO(const struct sock *sk, u32 rtt_us),

	TP_ARGS(sk, rtt_us),

	TP_STRUCT__entry(
		ETP_FLOW_FIELDS
		__field(u32, rtt)
	),

	TP_fast_assign(
		ETP_FLOW_ASSIGN;
		__entry->rtt = rtt_us;
	),

	TP_printk(ETP_FLOW_FORMAT " rtt=%u", ETP_FLOW_ARGS, __entry->rtt)
);

/* What happens to the sequence numbers from @seq on, @len of them. */
DECLARE_EVENT_CLASS(etp_range_class,

	TP_PROTO(const struct sock *sk, u32 seq, u32 len, u8 cause),

	TP_ARGS(sk, seq, len, cause),

	TP_STRUCT__entry(
		ETP_FLOW_FIELDS
		__field(u32, seq)
		__field(u32, len)
		__field(u8, cause)
	),

	TP_fast_assign(
		ETP_FLOW_ASSIGN;
		__entry->seq = seq;
		__entry->len = len;
		__entry->cause = cause;
	),

	TP_printk(ETP_FLOW_FORMAT " seq=%u len=%u cause=%s", ETP_FLOW_ARGS,
		  __entry->seq, __entry->len, etp_show_cause(__entry->cause))
);

/* They go out for the first time. */
DEFINE_EVENT(etp_range_class, etp_send,
	TP_PROTO(const struct sock *sk, u32 seq, u32 len, u8 cause),
	TP_ARGS(sk, seq, len, cause)
);

/* They count as lost from now on, and why. */
DEFINE_EVENT(etp_range_class, etp_loss,
	TP_PROTO(const struct sock *sk, u32 seq, u32 len, u8 cause),
	TP_ARGS(sk, seq, len, cause)
);

/* They go out once more, and why. */
DEFINE_EVENT(etp_range_class, etp_retransmit,
	TP_PROTO(const struct sock *sk, u32 seq, u32 len, u8 cause),
	TP_ARGS(sk, seq, len, cause)
);

/* A segment was thrown away before any socket saw it. */
TRACE_EVENT(etp_bad_segment,

	TP_PROTO(const struct sk_buff *skb, int reason),

	TP_ARGS(skb, reason),

	TP_STRUCT__entry(
		__field(const void *, skb)
		__field(unsigned int, len)
		__field(int, iif)
		__field(int, reason)
	),

	TP_fast_assign(
		__entry->skb = skb;
		__entry->len = skb->len;
		__entry->iif = skb->skb_iif;
		__entry->reason = reason;
	),

	TP_printk("skb=%p len=%u iif=%d %s", __entry->skb, __entry->len,
		  __entry->iif, etp_show_bad(__entry->reason))
);

#endif /* _TRACE_ETP_H */

#include <trace/define_trace.h>
