/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A whole remote network for the tests of what travels: a TUN device whose
 * other end is the test.  No kernel answers there, so every segment that comes
 * out is the protocol's own doing, and any segment can be put in.
 */
#ifndef _TESTING_WIRE_H
#define _TESTING_WIRE_H

#include "common.h"

/* The host under test, and everybody else. */
#define HOST4	"192.0.2.1"
#define PEER4	"192.0.2.2"
#define HOST6	"2001:db8::1"
#define PEER6	"2001:db8::2"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

enum { OPT_EOL, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACKOK, OPT_SACK, OPT_TS = 8 };

/* A segment to be sent. */
struct seg {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t win, urg;
	const void *opt;
	uint8_t optlen;		/* padded with EOL to a multiple of four */
	const void *data;
	uint16_t len;
	/* To send what nobody should: */
	int8_t doff;		/* words in the header's field; 0: the true value, -1: 0 */
	bool cut;		/* only the first @room bytes leave */
	uint16_t room;
	bool bad_sum;
	const char *to, *from;	/* instead of the host and the peer */
	uint32_t flow;		/* flow label */
	/* options of IPv4, or an IPv6 header of options: multiples of 4, or of 8 */
	const void *ipopt;
	uint8_t ipoptlen;
};

/* A segment that was seen. */
struct seen {
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t flags, tos, ttl;
	uint16_t win;
	bool sum_ok;
	uint32_t dst4;		/* where an IPv4 packet goes */
	uint32_t flow;		/* flow label of an IPv6 packet */
	uint8_t ipoptlen;
	uint8_t ipopt[40];	/* options of IPv4 */
	uint8_t optlen;
	uint8_t opt[40];
	uint16_t len;
	uint8_t data[2048];
	long ms;		/* when */
};

struct wire {
	int fd;
	int af;
};

/* The far end of a connection. */
struct peer {
	struct wire *w;
	uint16_t port, host_port;
	uint32_t seq, ack;	/* what it sends next, and expects next */
	const void *opt;	/* on all of its segments */
	uint8_t optlen;
};

int wire_open(struct wire *w, int af);
int wire_send(struct wire *w, const struct seg *seg);
bool wire_next(struct wire *w, struct seen *seen, int ms);
int wire_icmp(struct wire *w, int type, int code, uint32_t info,
	      const struct seg *about);
const struct way *wire_way(const struct wire *w);
socklen_t wire_addr(const struct wire *w, bool host, uint16_t port, union addr *a);

/* The next segment for this peer. */
bool peer_next(struct peer *p, struct seen *seen, int ms);
/* All that have come in answer to what was sent before, in no time. */
int peer_answers(struct peer *p, struct seen *seen, int max);
/* The peer's own place to start from: a new port each time. */
void peer_init(struct peer *p, struct wire *w, uint16_t host_port);

const uint8_t *seen_option(const struct seen *seen, int kind);
uint32_t get32(const void *p);
void put32(void *p, uint32_t value);

/* A segment of @p's, with the named fields changed. */
#define SEND(p, ...)							\
	wire_send((p)->w, &(struct seg){				\
		.sport = (p)->port, .dport = (p)->host_port,		\
		.seq = (p)->seq, .ack = (p)->ack, .win = 65535,		\
		.opt = (p)->opt, .optlen = (p)->optlen,			\
		__VA_ARGS__ })

#endif /* _TESTING_WIRE_H */
