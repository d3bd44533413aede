/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The Experimental Transport Protocol: what programs include.
 *
 * ETP is reached through socket(AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_ETP),
 * or through the family: socket(AF_ETP, SOCK_STREAM, 0, 4 or 6).  Addresses are
 * sockaddr_in and sockaddr_in6 in both cases.
 */
#ifndef _UAPI_LINUX_ETP_H
#define _UAPI_LINUX_ETP_H

#include <linux/types.h>

/* RFC 3692: 253 is set aside for experiments. */
#ifndef IPPROTO_ETP
#define IPPROTO_ETP	253
#endif

/* The number of the retired AF_ASH, unless the module's parameter says otherwise. */
#ifndef AF_ETP
#define AF_ETP		18
#define PF_ETP		AF_ETP
#endif

/* Options answer at this level and, for unmodified programs, at IPPROTO_TCP. */
#ifndef SOL_ETP
#define SOL_ETP		IPPROTO_ETP
#endif

/* Socket options.  The numbers and the types are those of TCP. */
#define ETP_NODELAY		1	/* int: send small segments at once */
#define ETP_MAXSEG		2	/* int: upper limit of the MSS, bytes */
#define ETP_CORK		3	/* int: hold back partial segments */
#define ETP_KEEPIDLE		4	/* int: idle time before probes, seconds */
#define ETP_KEEPINTVL		5	/* int: time between probes, seconds */
#define ETP_KEEPCNT		6	/* int: probes before giving up */
#define ETP_SYNCNT		7	/* int: SYN retransmissions */
#define ETP_LINGER2		8	/* int: life of an orphan in FIN_WAIT_2, seconds */
#define ETP_DEFER_ACCEPT	9	/* int: wake accept() on data, seconds */
#define ETP_WINDOW_CLAMP	10	/* int: upper limit of the window, bytes */
#define ETP_INFO		11	/* struct etp_info, read only */
#define ETP_QUICKACK		12	/* int: acknowledge without delay */
#define ETP_CONGESTION		13	/* string: name of the congestion control */
#define ETP_USER_TIMEOUT	18	/* int: RFC 5482, milliseconds */
#define ETP_NOTSENT_LOWAT	25	/* int: unsent bytes that count as writable */
#define ETP_INQ			36	/* int: reads tell how much is left, as TCP_CM_INQ */

/* ETP's own, above all numbers that TCP has or will have soon */
#define ETP_RECOVERY		256	/* string: name of the policy of loss recovery */
#define ETP_ACK_POLICY		257	/* string: name of the acknowledgment policy */

#define ETP_CA_NAME_MAX		16

/* The state numbers are those of TCP in /proc/net/tcp. */
enum etp_state {
	ETP_ESTABLISHED = 1,
	ETP_SYN_SENT,
	ETP_SYN_RECV,
	ETP_FIN_WAIT1,
	ETP_FIN_WAIT2,
	ETP_TIME_WAIT,
	ETP_CLOSE,
	ETP_CLOSE_WAIT,
	ETP_LAST_ACK,
	ETP_LISTEN,
	ETP_CLOSING,
	ETP_STATES
};

/* Bits of etp_info.etpi_options. */
#define ETPI_OPT_TIMESTAMPS	1
#define ETPI_OPT_SACK		2
#define ETPI_OPT_WSCALE		4
#define ETPI_OPT_ECN		8	/* both ends agreed */
#define ETPI_OPT_ECN_SEEN	16	/* and the peer's data were capable */

/* Values of etp_info.etpi_ecn_mode. */
#define ETPI_ECN_MODE_DISABLED	0
#define ETPI_ECN_MODE_RFC3168	1

/* Values of etp_info.etpi_ca_state. */
enum etp_ca_state {
	ETP_CA_OPEN = 0,	/* nothing is missing */
	ETP_CA_DISORDER = 1,	/* duplicate ACKs, too few for a loss */
	ETP_CA_RECOVERY = 3,	/* fast retransmit and fast recovery */
	ETP_CA_LOSS = 4,	/* after a time-out */
};

/*
 * struct etp_info - what getsockopt(ETP_INFO) returns
 *
 * The layout is that of struct tcp_info, so that programs which read one read
 * the other.  getsockopt() copies as much as the caller has room for.
 *
 * What is 0 always: etpi_fackets, as in kernel TCP by now (no forward ACKs);
 * etpi_fastopen_client_fail (no Fast Open); all behind etpi_received_ce but
 * etpi_ecn_mode (no Accurate ECN, and no second set of options).
 */
struct etp_info {
	__u8	etpi_state;
	__u8	etpi_ca_state;
	__u8	etpi_retransmits;
	__u8	etpi_probes;
	__u8	etpi_backoff;
	__u8	etpi_options;
	__u8	etpi_snd_wscale : 4, etpi_rcv_wscale : 4;
	__u8	etpi_delivery_rate_app_limited : 1, etpi_fastopen_client_fail : 2;

	__u32	etpi_rto;		/* microseconds */
	__u32	etpi_ato;		/* microseconds */
	__u32	etpi_snd_mss;
	__u32	etpi_rcv_mss;

	__u32	etpi_unacked;		/* segments; of a listener: accept queue */
	__u32	etpi_sacked;		/* of a listener: backlog */
	__u32	etpi_lost;
	__u32	etpi_retrans;
	__u32	etpi_fackets;

	__u32	etpi_last_data_sent;	/* milliseconds ago */
	__u32	etpi_last_ack_sent;
	__u32	etpi_last_data_recv;
	__u32	etpi_last_ack_recv;

	__u32	etpi_pmtu;
	__u32	etpi_rcv_ssthresh;
	__u32	etpi_rtt;		/* microseconds */
	__u32	etpi_rttvar;		/* microseconds */
	__u32	etpi_snd_ssthresh;	/* segments */
	__u32	etpi_snd_cwnd;		/* segments */
	__u32	etpi_advmss;
	__u32	etpi_reordering;

	__u32	etpi_rcv_rtt;
	__u32	etpi_rcv_space;

	__u32	etpi_total_retrans;

	__u64	etpi_pacing_rate;
	__u64	etpi_max_pacing_rate;
	__u64	etpi_bytes_acked;
	__u64	etpi_bytes_received;
	__u32	etpi_segs_out;
	__u32	etpi_segs_in;

	__u32	etpi_notsent_bytes;
	__u32	etpi_min_rtt;
	__u32	etpi_data_segs_in;
	__u32	etpi_data_segs_out;

	__u64	etpi_delivery_rate;

	__u64	etpi_busy_time;
	__u64	etpi_rwnd_limited;
	__u64	etpi_sndbuf_limited;

	__u32	etpi_delivered;
	__u32	etpi_delivered_ce;

	__u64	etpi_bytes_sent;
	__u64	etpi_bytes_retrans;
	__u32	etpi_dsack_dups;
	__u32	etpi_reord_seen;

	__u32	etpi_rcv_ooopack;

	__u32	etpi_snd_wnd;
	__u32	etpi_rcv_wnd;

	__u32	etpi_rehash;

	__u16	etpi_total_rto;
	__u16	etpi_total_rto_recoveries;
	__u32	etpi_total_rto_time;	/* milliseconds */

	__u32	etpi_received_ce;	/* segments that the network had marked */
	__u32	etpi_delivered_e1_bytes;
	__u32	etpi_delivered_e0_bytes;
	__u32	etpi_delivered_ce_bytes;
	__u32	etpi_received_e1_bytes;
	__u32	etpi_received_e0_bytes;
	__u32	etpi_received_ce_bytes;
	__u32	etpi_ecn_mode : 2, etpi_accecn_opt_seen : 2, etpi_accecn_fail_mode : 4,
		etpi_options2 : 24;
};

#endif /* _UAPI_LINUX_ETP_H */
