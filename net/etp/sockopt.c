// SPDX-License-Identifier: GPL-2.0
/*
 * Socket options: SOL_ETP, and the same ones at IPPROTO_TCP for programs that
 * know of TCP only.  May touch what each option is for.  Ranges, rounding and
 * errors are kernel TCP's.
 */
#include "internal.h"
#include <net/ip.h>
#include <net/ipv6.h>

#define ETP_MAX_KEEPIDLE	32767	/* seconds */
#define ETP_MAX_KEEPINTVL	32767	/* seconds */
#define ETP_MAX_KEEPCNT		127
#define ETP_MAX_SYNCNT		127
#define ETP_MAX_MAXSEG		32767
#define ETP_MAX_LINGER2		120	/* seconds */

static bool etp_own_level(int level)
{
	return level == SOL_ETP || level == SOL_TCP;
}

/* ---- Setting; each is called with the socket locked ---- */

static int etp_set_nodelay(struct sock *sk, int val)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;

	if (val) {
		snd->nagle |= ETP_NAGLE_OFF | ETP_NAGLE_PUSH;
		etp_push_pending(sk);
	} else {
		snd->nagle &= ~ETP_NAGLE_OFF;
	}
	return 0;
}

static int etp_set_cork(struct sock *sk, int val)
{
	struct etp_snd *snd = &etp_sk(sk)->snd;

	if (val) {
		snd->nagle |= ETP_NAGLE_CORK;
		return 0;
	}
	snd->nagle &= ~ETP_NAGLE_CORK;
	if (snd->nagle & ETP_NAGLE_OFF)
		snd->nagle |= ETP_NAGLE_PUSH;
	etp_push_pending(sk);
	return 0;
}

/* Heeded when the connection is opened; 0 takes it back. */
static int etp_set_maxseg(struct sock *sk, int val)
{
	if (val && (val < (int)ETP_MSS_MIN || val > ETP_MAX_MAXSEG))
		return -EINVAL;
	etp_sk(sk)->snd.user_mss = val;
	return 0;
}

static int etp_set_keepidle(struct sock *sk, int val)
{
	struct etp_timers *timers = &etp_sk(sk)->timers;
	u32 idle;

	if (val < 1 || val > ETP_MAX_KEEPIDLE)
		return -EINVAL;
	WRITE_ONCE(timers->keep_idle, val * HZ);
	if (sock_flag(sk, SOCK_KEEPOPEN) &&
	    !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))) {
		idle = etp_jiffies() - timers->last_rcv;
		etp_timer_keepalive(sk, timers->keep_idle -
				    min(idle, timers->keep_idle));
	}
	return 0;
}

static int etp_set_window_clamp(struct sock *sk, int val)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	if (!val) {
		if (sk->sk_state != TCP_CLOSE)
			return -EINVAL;
		rcv->user_clamp = 0;
		return 0;
	}
	rcv->user_clamp = max_t(u32, val, SOCK_MIN_RCVBUF / 2);
	rcv->wnd_clamp = rcv->user_clamp;
	return 0;
}

/* An even value sends the ACK that is due and goes back to delaying. */
static int etp_set_quickack(struct sock *sk, int val)
{
	struct etp_rcv *rcv = &etp_sk(sk)->rcv;

	rcv->pingpong = !val;
	if (val && (rcv->delack || rcv->ack_now) &&
	    ((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT))) {
		etp_send_ack(sk);
		rcv->pingpong = !(val & 1);
	}
	return 0;
}

static int etp_set_linger2(struct sock *sk, int val)
{
	WRITE_ONCE(etp_sk(sk)->timers.linger2,
		   val < 0 ? -1 : min(val, ETP_MAX_LINGER2) * HZ);
	return 0;
}

/* The patience of a listener is counted in SYN|ACKs, so it lasts as long as the
 * first so many of them: 1, 3, 7, 15 ... seconds.
 */
static int etp_set_defer_accept(struct sock *sk, int val)
{
	u32 gap = ETP_RTO_INIT / HZ;
	u32 period = val > 0 ? gap : 0;
	unsigned int n;

	for (n = 1; (int)period < val && n < 255; n++) {
		gap = min_t(u32, 2 * gap, ETP_RTO_MAX / HZ);
		period += gap;
	}
	WRITE_ONCE(etp_sk(sk)->timers.defer_accept, period);
	return 0;
}

static int etp_set_notsent_lowat(struct sock *sk, int val)
{
	WRITE_ONCE(etp_sk(sk)->snd.notsent_lowat, val);
	sk->sk_write_space(sk);
	return 0;
}

static int etp_set_int(struct sock *sk, int name, int val)
{
	struct etp_timers *timers = &etp_sk(sk)->timers;

	switch (name) {
	case ETP_NODELAY:
		return etp_set_nodelay(sk, val);
	case ETP_MAXSEG:
		return etp_set_maxseg(sk, val);
	case ETP_CORK:
		return etp_set_cork(sk, val);
	case ETP_KEEPIDLE:
		return etp_set_keepidle(sk, val);
	case ETP_KEEPINTVL:
		if (val < 1 || val > ETP_MAX_KEEPINTVL)
			return -EINVAL;
		WRITE_ONCE(timers->keep_intvl, val * HZ);
		return 0;
	case ETP_KEEPCNT:
		if (val < 1 || val > ETP_MAX_KEEPCNT)
			return -EINVAL;
		WRITE_ONCE(timers->keep_probes, val);
		return 0;
	case ETP_SYNCNT:
		if (val < 1 || val > ETP_MAX_SYNCNT)
			return -EINVAL;
		WRITE_ONCE(timers->syn_retries, val);
		return 0;
	case ETP_LINGER2:
		return etp_set_linger2(sk, val);
	case ETP_DEFER_ACCEPT:
		return etp_set_defer_accept(sk, val);
	case ETP_WINDOW_CLAMP:
		return etp_set_window_clamp(sk, val);
	case ETP_QUICKACK:
		return etp_set_quickack(sk, val);
	case ETP_USER_TIMEOUT:
		if (val < 0)
			return -EINVAL;
		WRITE_ONCE(timers->user_timeout, val);
		return 0;
	case ETP_NOTSENT_LOWAT:
		return etp_set_notsent_lowat(sk, val);
	case ETP_INQ:
		if (val < 0 || val > 1)
			return -EINVAL;
		etp_sk(sk)->rcv.tell_inq = val;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

/**
 * etp_set_rcvlowat - SO_RCVLOWAT (proto_ops.set_rcvlowat)
 * @sk: the socket, locked
 * @val: bytes that must be there before a reader is woken, 0 for any
 *
 * The buffer grows so that so much fits into it, unless the program fixed its
 * size; what it cannot hold is not asked for.  Process context.  Returns 0.
 */
int etp_set_rcvlowat(struct sock *sk, int val)
{
	bool fixed = sk->sk_userlocks & SOCK_RCVBUF_LOCK;
	int most = fixed ? READ_ONCE(sk->sk_rcvbuf) :
			   READ_ONCE(etp_net(sock_net(sk))->rmem[2]);

	val = min(val, most / 2);
	WRITE_ONCE(sk->sk_rcvlowat, val ?: 1);
	/* what is there may be enough now */
	if (sk->sk_state != TCP_LISTEN)
		etp_data_ready(sk);
	if (!fixed && 2 * val > sk->sk_rcvbuf) {
		WRITE_ONCE(sk->sk_rcvbuf, 2 * val);
		WRITE_ONCE(etp_sk(sk)->rcv.wnd_clamp, val);
	}
	return 0;
}

/* Which part is to be used: ETP_CONGESTION, ETP_RECOVERY, ETP_ACK_POLICY */
static int etp_set_name(struct sock *sk, int opt, sockptr_t val, unsigned int len)
{
	char name[ETP_CA_NAME_MAX];
	long n;
	int err;

	if (len < 1)
		return -EINVAL;
	n = strncpy_from_sockptr(name, val, min_t(long, sizeof(name) - 1, len));
	if (n < 0)
		return -EFAULT;
	name[n] = 0;

	sockopt_lock_sock(sk);
	if (opt == ETP_RECOVERY)
		err = etp_rec_choose(sk, name);
	else if (opt == ETP_ACK_POLICY)
		err = etp_ack_choose(etp_sk(sk), name);
	else
		err = etp_cong_choose(&etp_sk(sk)->cong, name);
	sockopt_release_sock(sk);
	return err;
}

/* Groups are for datagrams; the layer below asks no protocol but TCP. */
static bool etp_is_membership(int name)
{
	return name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP;
}

static bool etp_is_membership6(int name)
{
	return name == IPV6_ADD_MEMBERSHIP || name == IPV6_DROP_MEMBERSHIP;
}

/* Is there a header of the network layer that gets longer by it? */
static bool etp_takes_room(int level, int name)
{
	if (level == SOL_IP)
		return name == IP_OPTIONS;
	switch (level == SOL_IPV6 ? name : 0) {
	case IPV6_HOPOPTS:
	case IPV6_RTHDRDSTOPTS:
	case IPV6_RTHDR:
	case IPV6_DSTOPTS:
	case IPV6_2292PKTOPTIONS:
		return true;
	default:
		return false;
	}
}

/* IP options take room that segments had. */
static void etp_ip_options_changed(struct sock *sk)
{
	sockopt_lock_sock(sk);
	if (!((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		etp_sync_mss(sk, etp_sk(sk)->snd.pmtu);
	sockopt_release_sock(sk);
}

static int etp_set_by_family(struct sock *sk, int level, int name, sockptr_t val,
			     unsigned int len)
{
#if IS_ENABLED(CONFIG_IPV6)
	int err;

	if (sk->sk_family == AF_INET6) {
		if (level == SOL_IPV6 && name == IPV6_FLOWLABEL_MGR) {
			err = etp_ipv6_reflect(sk, val, len);
			if (err != -ENOPROTOOPT)
				return err;
		}
		if (level == SOL_IPV6 && etp_is_membership6(name) &&
		    len >= sizeof(struct ipv6_mreq))
			return -EPROTO;
		return ipv6_setsockopt(sk, level, name, val, len);
	}
#endif
	return ip_setsockopt(sk, level, name, val, len);
}

static int etp_set_below(struct sock *sk, int level, int name, sockptr_t val,
			 unsigned int len)
{
	int err;

	if (level == SOL_IP && etp_is_membership(name))
		return -EPROTO;
	err = etp_set_by_family(sk, level, name, val, len);
	if (!err && etp_takes_room(level, name))
		etp_ip_options_changed(sk);
	return err;
}

/**
 * etp_setsockopt - setsockopt()
 * @sk: the socket, not locked
 * @level: SOL_ETP or SOL_TCP for our own; others go to the address family
 * @name: ETP_NODELAY and so on
 * @val: the value, an int or the name of a congestion control
 * @len: bytes at @val
 *
 * Process context.  Returns 0, -EINVAL for a value or a length out of range,
 * -EFAULT, -ENOENT for an unknown congestion control, or -ENOPROTOOPT.
 */
int etp_setsockopt(struct sock *sk, int level, int name, sockptr_t val,
		   unsigned int len)
{
	int value, err;

	if (!etp_own_level(level))
		return etp_set_below(sk, level, name, val, len);
	if (name == ETP_CONGESTION || name == ETP_RECOVERY || name == ETP_ACK_POLICY)
		return etp_set_name(sk, name, val, len);
	if (len < sizeof(value))
		return -EINVAL;
	if (copy_from_sockptr(&value, val, sizeof(value)))
		return -EFAULT;

	sockopt_lock_sock(sk);
	err = etp_set_int(sk, name, value);
	sockopt_release_sock(sk);
	return err;
}

/* ---- Getting ---- */

static int etp_get_maxseg(const struct sock *sk)
{
	const struct etp_snd *snd = &etp_sk(sk)->snd;

	if (snd->user_mss && ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		return snd->user_mss;
	return snd->mss;
}

static int etp_get_linger2(const struct sock *sk)
{
	int val = READ_ONCE(etp_sk(sk)->timers.linger2);

	if (val < 0)
		return -1;
	return val ? val / HZ : READ_ONCE(etp_net(sock_net(sk))->fin_timeout);
}

static int etp_get_int(struct sock *sk, int name, int *val)
{
	const struct etp_sock *es = etp_sk(sk);

	switch (name) {
	case ETP_NODELAY:
		*val = !!(es->snd.nagle & ETP_NAGLE_OFF);
		return 0;
	case ETP_MAXSEG:
		*val = etp_get_maxseg(sk);
		return 0;
	case ETP_CORK:
		*val = !!(es->snd.nagle & ETP_NAGLE_CORK);
		return 0;
	case ETP_KEEPIDLE:
		*val = etp_keep_idle(sk) / HZ;
		return 0;
	case ETP_KEEPINTVL:
		*val = etp_keep_intvl(sk) / HZ;
		return 0;
	case ETP_KEEPCNT:
		*val = etp_keep_probes(sk);
		return 0;
	case ETP_SYNCNT:
		*val = READ_ONCE(es->timers.syn_retries) ?:
		       READ_ONCE(etp_net(sock_net(sk))->syn_retries);
		return 0;
	case ETP_LINGER2:
		*val = etp_get_linger2(sk);
		return 0;
	case ETP_DEFER_ACCEPT:
		*val = READ_ONCE(es->timers.defer_accept);
		return 0;
	case ETP_WINDOW_CLAMP:
		*val = READ_ONCE(es->rcv.user_clamp) ?:
		       READ_ONCE(es->rcv.wnd_clamp);
		return 0;
	case ETP_QUICKACK:
		*val = !es->rcv.pingpong;
		return 0;
	case ETP_USER_TIMEOUT:
		*val = READ_ONCE(es->timers.user_timeout);
		return 0;
	case ETP_NOTSENT_LOWAT:
		*val = READ_ONCE(es->snd.notsent_lowat);
		return 0;
	case ETP_INQ:
		*val = es->rcv.tell_inq;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static void etp_info_options(const struct etp_sock *es, struct etp_info *info)
{
	if (es->peer.ts_ok)
		info->etpi_options |= ETPI_OPT_TIMESTAMPS;
	if (es->peer.sack_ok)
		info->etpi_options |= ETPI_OPT_SACK;
	if (es->peer.ecn_ok) {
		info->etpi_options |= ETPI_OPT_ECN;
		info->etpi_ecn_mode = ETPI_ECN_MODE_RFC3168;
	}
	if (es->ecn.seen)
		info->etpi_options |= ETPI_OPT_ECN_SEEN;
	if (es->peer.wscale_ok) {
		info->etpi_options |= ETPI_OPT_WSCALE;
		info->etpi_snd_wscale = es->snd.wscale;
		info->etpi_rcv_wscale = es->rcv.wscale;
	}
}

/* The sending side, the estimator and recovery. */
static void etp_info_snd(const struct etp_sock *es, struct etp_info *info)
{
	const struct etp_snd *snd = &es->snd;
	u32 mss = max_t(u32, snd->mss, 1);

	info->etpi_ca_state = es->rec.state;
	info->etpi_retransmits = es->rec.retransmits;
	info->etpi_probes = es->timers.probes;
	info->etpi_backoff = es->rtt.backoff;
	info->etpi_rto = jiffies_to_usecs(etp_rtt_rto(&es->rtt));
	info->etpi_rtt = es->rtt.srtt >> 3;
	/* before the first measurement TCP says so much */
	info->etpi_rttvar = (es->rtt.srtt ? es->rtt.rttvar : USEC_PER_SEC) >> 2;
	info->etpi_min_rtt = es->rtt.min_us;

	info->etpi_snd_mss = snd->mss;
	info->etpi_pmtu = snd->pmtu;
	info->etpi_snd_wnd = snd->wnd;
	if (!etp_rtx_empty((const struct sock *)es))
		info->etpi_unacked = DIV_ROUND_UP(etp_flight(snd), mss);
	/* without SACK, duplicates tell how much has arrived */
	info->etpi_sacked = es->rec.ops->sack ?
			    DIV_ROUND_UP(es->rec.board.sacked, mss) : es->rec.dupacks;
	info->etpi_lost = DIV_ROUND_UP(es->rec.board.lost, mss);
	info->etpi_retrans = DIV_ROUND_UP(es->rec.board.retrans, mss);
	info->etpi_reordering = es->rec.reordering;
	info->etpi_reord_seen = es->rec.reord_seen;
	info->etpi_dsack_dups = es->rec.dsacks;
	info->etpi_notsent_bytes = max_t(s32, snd->write_seq - snd->nxt, 0);
	info->etpi_snd_ssthresh = es->cong.ssthresh >= ETP_SSTHRESH_INF ?
				  ETP_SSTHRESH_INF : es->cong.ssthresh / mss;

	info->etpi_bytes_acked = snd->bytes_acked;
	info->etpi_bytes_sent = snd->bytes_sent;
	info->etpi_bytes_retrans = snd->bytes_retrans;
	info->etpi_total_retrans = snd->total_retrans;
	info->etpi_segs_out = snd->segs_out;
	info->etpi_delivered_ce = es->ecn.delivered_ce;
	info->etpi_data_segs_out = snd->data_segs_out;
}

static void etp_info_meter(const struct etp_meter *meter, struct etp_info *info)
{
	u32 now = etp_jiffies();

	info->etpi_delivered = meter->segs;
	info->etpi_delivery_rate = etp_meter_rate(meter);
	info->etpi_delivery_rate_app_limited = meter->rate_idle;
	info->etpi_rwnd_limited = etp_meter_busy_for(meter, ETP_BUSY_RWND, now);
	info->etpi_sndbuf_limited = etp_meter_busy_for(meter, ETP_BUSY_SNDBUF, now);
	info->etpi_busy_time = etp_meter_busy_for(meter, ETP_BUSY_NET, now) +
			       info->etpi_rwnd_limited + info->etpi_sndbuf_limited;
	info->etpi_rehash = meter->rehash;
	info->etpi_total_rto = meter->rtos;
	info->etpi_total_rto_recoveries = meter->rto_recoveries;
	info->etpi_total_rto_time = etp_meter_rto_ms(meter, etp_clock_us());
	info->etpi_received_ce = meter->ce;
}

static void etp_info_rcv(const struct etp_sock *es, struct etp_info *info)
{
	const struct etp_rcv *rcv = &es->rcv;

	/* it is for data, and begins with them */
	info->etpi_ato = rcv->data_segs_in ? jiffies_to_usecs(rcv->ato) : 0;
	/* a guess at first, but one about a connection */
	info->etpi_rcv_mss = rcv->advmss ? rcv->mss : 0;
	info->etpi_advmss = rcv->advmss - (es->peer.ts_ok ? ETP_TSOPT_LEN : 0);
	info->etpi_rcv_ssthresh = rcv->wnd_clamp;
	info->etpi_rcv_rtt = rcv->rtt_us;
	info->etpi_rcv_space = rcv->space;
	info->etpi_rcv_wnd = rcv->wnd;
	info->etpi_rcv_ooopack = rcv->ooo_segs;
	info->etpi_bytes_received = rcv->bytes_received;
	info->etpi_segs_in = rcv->segs_in;
	info->etpi_data_segs_in = rcv->data_segs_in;
}

static u64 etp_info_rate(unsigned long rate)
{
	return rate != ~0UL ? rate : ~0ULL;
}

/**
 * etp_get_info - fill struct etp_info
 * @sk: the socket, not locked
 * @info: gets what is known, zeroes elsewhere
 *
 * Process context.  A listener has its accept queue in etpi_unacked and its
 * backlog in etpi_sacked.
 */
void etp_get_info(struct sock *sk, struct etp_info *info)
{
	const struct etp_sock *es = etp_sk(sk);
	u32 now = etp_jiffies();
	bool slow;

	memset(info, 0, sizeof(*info));
	info->etpi_state = inet_sk_state_load(sk);
	info->etpi_pacing_rate = etp_info_rate(READ_ONCE(sk->sk_pacing_rate));
	info->etpi_max_pacing_rate =
		etp_info_rate(READ_ONCE(sk->sk_max_pacing_rate));
	info->etpi_reordering = ETP_DUPTHRESH;
	info->etpi_snd_cwnd = READ_ONCE(es->cong.cwnd) /
			      max(READ_ONCE(es->cong.mss), 1U);
	if (info->etpi_state == TCP_LISTEN) {
		info->etpi_unacked = READ_ONCE(sk->sk_ack_backlog);
		info->etpi_sacked = READ_ONCE(sk->sk_max_ack_backlog);
		return;
	}

	slow = lock_sock_fast(sk);
	etp_info_options(es, info);
	etp_info_snd(es, info);
	etp_info_rcv(es, info);
	etp_info_meter(&es->meter, info);
	info->etpi_last_data_sent = jiffies_to_msecs(now - es->snd.last_sent);
	info->etpi_last_ack_sent = jiffies_to_msecs(now - es->rcv.last_ack_sent);
	info->etpi_last_data_recv = jiffies_to_msecs(now - es->rcv.last_data);
	info->etpi_last_ack_recv = jiffies_to_msecs(now - es->timers.last_rcv);
	unlock_sock_fast(sk, slow);
}

/* Copies at most @size bytes and tells how many. */
static int etp_put_opt(char __user *to, int __user *len, int room,
		       const void *from, size_t size)
{
	room = min_t(size_t, room, size);
	if (put_user(room, len) || copy_to_user(to, from, room))
		return -EFAULT;
	return 0;
}

/* The part in use; before the handshake tells about SACK, the one asked for */
static void etp_get_name(struct sock *sk, int opt, char *name)
{
	const struct etp_sock *es = etp_sk(sk);
	const struct etp_recovery_ops *rec;

	memset(name, 0, ETP_CA_NAME_MAX);
	lock_sock(sk);
	rec = es->rec.live ? es->rec.ops : es->rec.chosen;
	if (opt == ETP_RECOVERY && rec)
		strscpy(name, rec->policy.name, ETP_CA_NAME_MAX);
	else if (opt == ETP_ACK_POLICY && es->ack_ops)
		strscpy(name, es->ack_ops->policy.name, ETP_CA_NAME_MAX);
	else if (opt == ETP_CONGESTION && es->cong.ops)
		strscpy(name, es->cong.ops->policy.name, ETP_CA_NAME_MAX);
	release_sock(sk);
}

/**
 * etp_getsockopt - getsockopt()
 * @sk: the socket, not locked
 * @level: SOL_ETP or SOL_TCP for our own; others go to the address family
 * @name: ETP_NODELAY and so on
 * @val: takes the value
 * @len: room at @val, bytes; gets the length of the value
 *
 * Process context.  A value is cut to the room there is.  Returns 0, -EFAULT,
 * -EINVAL for a negative length, or -ENOPROTOOPT.
 */
int etp_getsockopt(struct sock *sk, int level, int name, char __user *val,
		   int __user *len)
{
	char part[ETP_CA_NAME_MAX];
	struct etp_info info;
	int room, value, err;

	if (!etp_own_level(level)) {
#if IS_ENABLED(CONFIG_IPV6)
		if (sk->sk_family == AF_INET6)
			return ipv6_getsockopt(sk, level, name, val, len);
#endif
		return ip_getsockopt(sk, level, name, val, len);
	}
	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;

	switch (name) {
	case ETP_INFO:
		etp_get_info(sk, &info);
		return etp_put_opt(val, len, room, &info, sizeof(info));
	case ETP_CONGESTION:
	case ETP_RECOVERY:
	case ETP_ACK_POLICY:
		etp_get_name(sk, name, part);
		return etp_put_opt(val, len, room, part, sizeof(part));
	}
	err = etp_get_int(sk, name, &value);
	return err ?: etp_put_opt(val, len, room, &value, sizeof(value));
}
