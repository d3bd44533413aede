/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire harness: the engine with an address family that captures what it
 * sends, so that a test reads as a script.
 *
 *	wire_listen(w);
 *	wire_in(w, "SYN seq 0 mss 1460");
 *	wire_out(w, "SYN|ACK seq 0 ack 1 mss 1460");
 *	wire_in(w, "ACK seq 1 ack 1");
 *	wire_accept(w);
 *
 * Sequence numbers count from each end's initial one: the peer's in "seq" of what
 * comes in and in "ack" and "sack" of what goes out, ours the other way round.
 * Payload is a pattern that both directions verify.  No packet leaves, and no
 * timer fires by itself: a test fires them.
 *
 * Words of a segment: the flags first (SYN|ACK..., "none"), then any of
 *	seq N, ack N, len N, win N, up N, mss N, wscale N, sackok, ts N [M],
 *	sack N:M (once for each block), nosack, ect, ce (in the IP header)
 * In a segment that comes in, "ts N" is TSval N with our newest TSval echoed
 * unless M says otherwise; "win" is 65535 unless told.  In one that goes out, the
 * flags (save PSH), the length and the bits of ECN must be equal, of the rest what
 * is written; the options of a SYN must be those written and no others; "ts N" is
 * TSecr N.
 */
#ifndef _ETP_KUNIT_HARNESS_H
#define _ETP_KUNIT_HARNESS_H

#include <kunit/test.h>
#include "../net/etp/internal.h"

#define WIRE_MTU	1500
#define WIRE_MSS	1460U		/* without timestamps */
#define WIRE_CAPTURED	512

/* A segment of a script, or one that was captured */
struct wire_segment {
	struct etp_segment	seg;		/* absolute numbers */
	u32			len;
	struct etp_sack_block	sack[ETP_MAX_SACKS];
	u32			mark;		/* of the packet that it is in */
	bool			garbled;	/* checksum or payload is wrong */
};

enum wire_timer { WIRE_RTX, WIRE_DELACK, WIRE_KEEP, WIRE_TIMERS };

struct wire_route {
	struct dst_entry	dst;
	unsigned int		mtu;
};

/**
 * struct wire_watch - somebody who looks at each segment at the moment it goes
 * @sent: @s, which may be a large one, is about to leave @sk, and nothing of the
 *	socket knows yet; socket locked, any context
 */
struct wire_watch {
	void	(*sent)(struct wire_watch *watch, struct sock *sk,
			const struct wire_segment *s);
};

/**
 * struct wire - a connection with a script for its peer
 * @test: the test
 * @listener: of a passive open
 * @sock: the socket of the connection, NULL before accept and after close
 * @sk: the same, referenced until the test ends
 * @route: what the engine takes for a route
 * @lport: our port
 * @rport: the peer's port; a test may change it to be another peer
 * @irs: where the peer's numbers start; a test may choose it before its SYN
 * @iss: where ours start, from the newest SYN that went out
 * @use_iss: ISS of an active open, 0 for the engine's own choice
 * @tsval: newest TSval we sent
 * @written: bytes given to the socket
 * @read: bytes taken from it
 * @expired: a timer's date has passed and it was held back
 * @watch: sees what the socket sends, NULL: nobody
 * @lock: guards @captured, @head and @tail
 * @captured: what was sent and not yet looked at
 * @head: next to look at
 * @tail: next to fill
 * @tw_count: objects in TIME_WAIT before the test
 * @rmem: the namespace's receive buffers before the test
 * @mark: of the packets that come in
 * @no_route: the peer can't be reached
 * @below: what the layer below says to each segment, NET_XMIT_*
 * @mtu_probing: the sysctl before the test: scripts reckon with segments of one size
 * @v6: it runs over IPv6; the MTU is such that the segments are the same
 */
struct wire {
	struct kunit		*test;
	struct socket		*listener;
	struct socket		*sock;
	struct sock		*sk;
	struct wire_route	*route;
	u16			lport;
	u16			rport;
	u32			irs;
	u32			iss;
	u32			use_iss;
	u32			tsval;
	u32			written;
	u32			read;
	bool			expired[WIRE_TIMERS];
	struct wire_watch	*watch;
	spinlock_t		lock;	/* guards captured, head, tail */
	struct wire_segment	captured[WIRE_CAPTURED];
	unsigned int		head;
	unsigned int		tail;
	int			tw_count;
	int			rmem[3];
	u32			mark;
	bool			no_route;
	int			below;
	int			mtu_probing;
	bool			v6;
};

/* For struct kunit_suite; the wire is test->priv. */
int wire_init(struct kunit *test);
int wire_init6(struct kunit *test);
void wire_exit(struct kunit *test);

extern const struct etp_af_ops wire_ops;
const struct etp_af_ops *wire_ops_of(const struct wire *w);
void wire_key(const struct wire *w, struct etp_key *key);
void wire_set_addresses(struct sock *sk, u16 lport, u16 rport);
void wire_adopt(struct wire *w, struct sock *sk);

/* The segments */
__printf(2, 3) void wire_in(struct wire *w, const char *fmt, ...);
__printf(2, 3) void wire_out(struct wire *w, const char *fmt, ...);
void wire_out_nothing(struct wire *w);
void wire_out_data(struct wire *w, u32 seq, u32 end, u32 mss);
void wire_forget(struct wire *w);
const struct wire_segment *wire_next(struct wire *w);
bool wire_parse(struct wire *w, const char *text, struct wire_segment *s,
		unsigned int *given);
void wire_print(const struct wire *w, const struct wire_segment *s, char *buf,
		size_t size);
void wire_inject(struct wire *w, const struct wire_segment *s);
u8 wire_byte(u32 at);
bool wire_sum_is_right(struct sk_buff *skb, const struct etp_key *key);
bool wire_payload_is_right(const struct wire *w, const struct sk_buff *skb,
			   const struct wire_segment *s, u32 offset);

/* given */
#define WIRE_SEQ	0x01
#define WIRE_ACKNO	0x02
#define WIRE_WIN	0x04
#define WIRE_UP		0x08
#define WIRE_PSH	0x10
#define WIRE_SACK	0x20
#define WIRE_TSECR	0x40
#define WIRE_TS		0x80

/* The program's calls */
void wire_listen(struct wire *w);
void wire_connect(struct wire *w);
int wire_connect_from(struct wire *w, u16 lport);
void wire_accept(struct wire *w);
int wire_send(struct wire *w, u32 len, int flags);
void wire_write(struct wire *w, u32 len);
void wire_read(struct wire *w, u32 len);
void wire_read_end(struct wire *w, int expect);
void wire_shutdown(struct wire *w);
void wire_close(struct wire *w);
void wire_abort(struct wire *w);
void wire_set(struct wire *w, int name, int value);

/* Whole handshakes: the connection is ESTABLISHED afterwards, nothing captured */
void wire_open_passive(struct wire *w, const char *options);
void wire_open_active(struct wire *w, const char *options);

/* What can be seen from the outside */
void wire_state(struct wire *w, int state);
struct etp_node *wire_node(struct wire *w);
void wire_end_node(struct wire *w);
bool wire_armed(struct wire *w, enum wire_timer which);
void wire_due(struct wire *w, enum wire_timer which, u32 delay);
void wire_fire(struct wire *w, enum wire_timer which);
void wire_fire_request(struct wire *w);
bool wire_expires(struct wire *w, enum wire_timer which, unsigned long *when);

/* The clock, which wire_init() holds and a test moves (clock.c) */
#define WIRE_CLOCK	(3600ULL * USEC_PER_SEC)	/* what it shows at first */
#define WIRE_TICK	20			/* us from one event to the next */

void wire_clock_hold(void);
void wire_clock_set(u64 us);
void wire_clock_pass(u32 ms);
void wire_clock_tick(void);
void wire_clock_reach(unsigned long when);
u64 wire_clock_of(unsigned long when);
void wire_clock_release(void);

#define wire_count(name) wire_mib(ETP_MIB_##name)
unsigned long wire_mib(unsigned int which);

static inline struct etp_sock *wire_es(const struct wire *w)
{
	return etp_sk(w->sk);
}

#endif /* _ETP_KUNIT_HARNESS_H */
