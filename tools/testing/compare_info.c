// SPDX-License-Identifier: GPL-2.0
/* Compared: struct tcp_info, member by member, and who has it filled. */
#include "compare.h"

#define MEMBER(m, how)	{ #m, offsetof(struct etp_info, etpi_##m),	\
			  sizeof(((struct etp_info *)0)->etpi_##m), how }
enum { VALUE, NONZERO };

static const struct {
	const char *name;
	size_t at, size;
	int how;
} members[] = {
	MEMBER(state, VALUE), MEMBER(ca_state, VALUE), MEMBER(retransmits, VALUE),
	MEMBER(probes, VALUE), MEMBER(backoff, VALUE), MEMBER(options, VALUE),
	MEMBER(rto, NONZERO), MEMBER(ato, NONZERO), MEMBER(snd_mss, VALUE),
	MEMBER(rcv_mss, VALUE), MEMBER(unacked, VALUE), MEMBER(sacked, VALUE),
	MEMBER(lost, VALUE), MEMBER(retrans, VALUE), MEMBER(fackets, VALUE),
	MEMBER(last_data_sent, NONZERO), MEMBER(last_data_recv, NONZERO),
	MEMBER(pmtu, VALUE), MEMBER(rcv_ssthresh, VALUE), MEMBER(rtt, NONZERO),
	MEMBER(rttvar, NONZERO), MEMBER(snd_ssthresh, VALUE), MEMBER(snd_cwnd, VALUE),
	MEMBER(advmss, VALUE), MEMBER(reordering, VALUE), MEMBER(rcv_space, VALUE),
	MEMBER(total_retrans, VALUE), MEMBER(pacing_rate, NONZERO),
	MEMBER(max_pacing_rate, VALUE), MEMBER(bytes_acked, VALUE),
	MEMBER(bytes_received, VALUE), MEMBER(segs_out, VALUE), MEMBER(segs_in, VALUE),
	MEMBER(notsent_bytes, VALUE), MEMBER(min_rtt, NONZERO),
	MEMBER(data_segs_in, VALUE), MEMBER(data_segs_out, VALUE),
	MEMBER(delivery_rate, NONZERO), MEMBER(busy_time, NONZERO),
	MEMBER(rwnd_limited, NONZERO), MEMBER(sndbuf_limited, NONZERO),
	MEMBER(delivered, VALUE), MEMBER(delivered_ce, VALUE),
	MEMBER(bytes_sent, VALUE), MEMBER(bytes_retrans, VALUE),
	MEMBER(dsack_dups, VALUE), MEMBER(reord_seen, VALUE),
	MEMBER(rcv_ooopack, VALUE), MEMBER(snd_wnd, VALUE), MEMBER(rcv_wnd, VALUE),
	MEMBER(last_ack_sent, NONZERO), MEMBER(last_ack_recv, NONZERO),
	MEMBER(rcv_rtt, NONZERO), MEMBER(rehash, VALUE), MEMBER(total_rto, VALUE),
	MEMBER(total_rto_recoveries, VALUE), MEMBER(total_rto_time, NONZERO),
	MEMBER(received_ce, VALUE), MEMBER(delivered_e1_bytes, VALUE),
	MEMBER(delivered_e0_bytes, VALUE), MEMBER(delivered_ce_bytes, VALUE),
	MEMBER(received_e1_bytes, VALUE), MEMBER(received_e0_bytes, VALUE),
	MEMBER(received_ce_bytes, VALUE),
};

static void show_info(const char *state, int fd)
{
	struct etp_info info = { };
	socklen_t len = sizeof(info);

	show(ERR(getsockopt(fd, IPPROTO_TCP, ETP_INFO, &info, &len)), "%s: info", state);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		uint64_t value = 0;

		memcpy(&value, (char *)&info + members[i].at, members[i].size);
		if (members[i].how == NONZERO)
			say("%s: %s = %s", state, members[i].name,
			    value ? "something" : "0");
		else
			say("%s: %s = %llu", state, members[i].name,
			    (unsigned long long)value);
	}
	say("%s: wscale = %d %d", state, info.etpi_snd_wscale, info.etpi_rcv_wscale);
	say("%s: app_limited = %d", state, info.etpi_delivery_rate_app_limited);
	say("%s: fastopen_fail = %d", state, info.etpi_fastopen_client_fail);
	say("%s: ecn_mode = %d", state, info.etpi_ecn_mode);
}

SCRIPT(info)
{
	FOR_EACH_WHERE(w) {
		int peer, fd = make(way, w, &peer);

		usleep(60000);
		show_info(where_name[w], fd);
		shut(fd, peer);
	}
}

SCRIPT(info_after_data)
{
	char block[5000] = "";
	int fd[2];

	pair(way, fd);
	for (int i = 0; i < 4; i++) {
		send(fd[0], block, sizeof(block), 0);
		recv(fd[1], block, sizeof(block), MSG_WAITALL);
	}
	send(fd[1], "answer", 6, 0);
	recv(fd[0], block, 6, MSG_WAITALL);
	usleep(300000);
	show_info("sender", fd[0]);
	show_info("receiver", fd[1]);
}

SCRIPT(info_lengths)
{
	int peer, other, fd = make(way, ESTABLISHED, &peer);
	struct etp_info info;

	for (int room = -1; room < 232; room += 7) {
		socklen_t len = room;

		show(ERR(getsockopt(fd, IPPROTO_TCP, ETP_INFO, &info, &len)),
		     "info, room for %d", room);
		say("length = %d", len);
	}
	FOR_EACH_WHERE(w) {
		for (int room = 0; room < 40; room += 13) {
			char name[64] = "";
			socklen_t len = room;
			int s = make(way, w, &other);

			show(ERR(getsockopt(s, IPPROTO_TCP, ETP_CONGESTION, name, &len)),
			     "%s: congestion, room for %d", where_name[w], room);
			say("length = %d", len);
			DO(setsockopt(s, IPPROTO_TCP, ETP_CONGESTION, "reno", 4));
			shut(s, other);
		}
	}
	/* the kernel looks for a module, which takes long */
	DO(setsockopt(fd, IPPROTO_TCP, ETP_CONGESTION, "none", 4));
	DO(setsockopt(fd, IPPROTO_TCP, ETP_CONGESTION, "", 1));
	DO(setsockopt(fd, IPPROTO_TCP, ETP_CONGESTION, "", 0));
}
