// SPDX-License-Identifier: GPL-2.0
/* Compared: the calls of io_uring. */
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "compare.h"

#define CALLS	64

/* What came of a call, in the order it came. */
struct result {
	unsigned int n, taken;
	int value[8];
	unsigned int flags[8];
};

/* A ring that is given one call at a time. */
struct ring {
	int fd, calls;
	struct result res[CALLS];
	unsigned int *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static bool ring_open(struct ring *r)
{
	struct io_uring_params p = { };
	size_t len;
	char *sq;

	r->calls = 0;
	r->fd = syscall(__NR_io_uring_setup, 8, &p);
	if (r->fd < 0) {
		show(-errno, "io_uring_setup");
		return false;
	}
	len = p.cq_off.cqes + p.cq_entries * sizeof(*r->cqes);
	if (len < p.sq_off.array + p.sq_entries * sizeof(int))
		len = p.sq_off.array + p.sq_entries * sizeof(int);
	sq = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		  IORING_OFF_SQ_RING);
	r->sqes = mmap(NULL, p.sq_entries * sizeof(*r->sqes), PROT_READ | PROT_WRITE,
		       MAP_SHARED, r->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || r->sqes == MAP_FAILED) {
		say("no memory for the ring");
		return false;
	}
	r->sq_tail = (void *)(sq + p.sq_off.tail);
	r->sq_mask = (void *)(sq + p.sq_off.ring_mask);
	r->sq_array = (void *)(sq + p.sq_off.array);
	r->cq_head = (void *)(sq + p.cq_off.head);
	r->cq_tail = (void *)(sq + p.cq_off.tail);
	r->cq_mask = (void *)(sq + p.cq_off.ring_mask);
	r->cqes = (void *)(sq + p.cq_off.cqes);
	return true;
}

/* Submits a call, which is known by @id from here on. */
static void ring_put(struct ring *r, const struct io_uring_sqe *sqe, int id)
{
	unsigned int tail = *r->sq_tail, at = tail & *r->sq_mask;

	r->sqes[at] = *sqe;
	r->sqes[at].user_data = id;
	r->sq_array[at] = at;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, r->fd, 1, 0, 0, NULL, 0) != 1)
		show(-errno, "io_uring_enter");
}

/* What has come, into r->res; completions may come in any order. */
static void ring_reap(struct ring *r)
{
	unsigned int head = *r->cq_head;

	for (; __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) != head; head++) {
		const struct io_uring_cqe *cqe = &r->cqes[head & *r->cq_mask];
		struct result *res = &r->res[cqe->user_data % CALLS];

		if (res->n < ARRAY_SIZE(res->value)) {
			res->value[res->n] = cqe->res;
			res->flags[res->n++] = cqe->flags & IORING_CQE_F_MORE;
		}
	}
	__atomic_store_n(r->cq_head, head, __ATOMIC_RELEASE);
}

/* The next result of a call; none within a moment is written down as such.  A
 * descriptor is only said to be one.
 */
static int ring_get(struct ring *r, const char *what, int id, int ms)
{
	struct result *res = &r->res[id];
	int value;

	if (!WITHIN(ms, (ring_reap(r), res->n > res->taken))) {
		say("ring %s: waits", what);
		return 0;
	}
	value = res->value[res->taken];
	if ((!strncmp(what, "ACCEPT", 6) || !strcmp(what, "SOCKET")) && value >= 0)
		say("ring %s = a descriptor%s", what,
		    res->flags[res->taken] ? ", more to come" : "");
	else
		show(value, "ring %s%s", what,
		     res->flags[res->taken] ? ", more to come" : "");
	res->taken++;
	return value;
}

/* Submits, and takes what comes within @ms. */
static int ring_call(struct ring *r, const char *what, struct io_uring_sqe sqe, int ms)
{
	int id = r->calls++ % CALLS;

	r->res[id] = (struct result) { };
	ring_put(r, &sqe, id);
	ring_get(r, what, id, ms);
	return id;
}

#define RING(ms, op, f, ...)						\
	ring_call(&r, #op, (struct io_uring_sqe) {			\
		.opcode = IORING_OP_##op, .fd = (f), __VA_ARGS__	\
	}, ms)
#define AT(p)		.addr = (uintptr_t)(p)

/* accept() waits for connect(), recv() for send(). */
SCRIPT(ring_waits)
{
	int lfd, c, fd, id, p[2];
	struct ring r;
	union addr addr;
	char in[16] = "";

	if (!ring_open(&r) || pipe(p))
		return;
	lfd = way_listen(way, 4, &addr);
	c = way_socket(way, 0);
	id = RING(20, ACCEPT, lfd);
	RING(SOON, CONNECT, c, AT(&addr), .off = addr_len(&addr));
	fd = ring_get(&r, "ACCEPT", id, SOON);
	if (fd <= 0)
		return;
	show_names(c);
	show_names(fd);
	id = RING(20, RECV, fd, AT(in), .len = 16);
	RING(SOON, SEND, c, AT("ring"), .len = 4);
	ring_get(&r, "RECV", id, SOON);
	show_bytes("recv", in, 4);
	id = RING(20, POLL_ADD, fd, .poll32_events = POLLIN);
	RING(SOON, SEND, c, AT("ring"), .len = 4);
	ring_get(&r, "POLL_ADD", id, SOON);
	id = RING(20, SPLICE, p[1], .splice_fd_in = c, .splice_off_in = -1, .off = -1,
		  .len = 4);
	send(fd, "back", 4, 0);
	ring_get(&r, "SPLICE", id, SOON);
	id = RING(20, POLL_ADD, fd, .poll32_events = POLLRDHUP);
	RING(SOON, SHUTDOWN, c, .len = SHUT_WR);
	ring_get(&r, "POLL_ADD", id, SOON);
}

/* Given up: by a call, by a time-out, by the descriptor's end. */
SCRIPT(ring_gives_up)
{
	struct __kernel_timespec soon = { .tv_nsec = 20000000 };
	union addr addr;
	struct ring r;
	int fd[2], lfd, id;
	char in[16];

	if (!ring_open(&r))
		return;
	pair(way, fd);
	lfd = way_listen(way, 4, &addr);
	id = RING(20, RECV, fd[0], AT(in), .len = 16);
	RING(SOON, ASYNC_CANCEL, -1, AT((long)id));
	ring_get(&r, "RECV", id, SOON);
	id = RING(20, ACCEPT, lfd);
	RING(SOON, ASYNC_CANCEL, lfd, .cancel_flags = IORING_ASYNC_CANCEL_FD);
	ring_get(&r, "ACCEPT", id, SOON);
	RING(SOON, TIMEOUT, -1, AT(&soon), .len = 1);
	id = RING(20, RECV, fd[0], AT(in), .len = 16);
	RING(SOON, SHUTDOWN, fd[0], .len = SHUT_RDWR);
	ring_get(&r, "RECV", id, SOON);
	RING(SOON, ASYNC_CANCEL, fd[0], .cancel_flags = IORING_ASYNC_CANCEL_FD);
}

/* One call for many connections, one for many reads into buffers of a group. */
SCRIPT(ring_multishot)
{
	static char buffers[4][8];
	union addr addr;
	struct ring r;
	int lfd, c, id, fd = -1;

	if (!ring_open(&r))
		return;
	lfd = way_listen(way, 4, &addr);
	id = RING(20, ACCEPT, lfd, .ioprio = IORING_ACCEPT_MULTISHOT);
	for (int i = 0; i < 3; i++) {
		c = way_connect(way, &addr, 0);
		fd = ring_get(&r, "ACCEPT", id, SOON);
	}
	RING(SOON, ASYNC_CANCEL, lfd, .cancel_flags = IORING_ASYNC_CANCEL_FD);
	ring_get(&r, "ACCEPT", id, SOON);
	if (fd <= 0)
		return;
	RING(SOON, PROVIDE_BUFFERS, 4, AT(buffers), .len = 8, .buf_group = 1);
	id = RING(20, RECV, fd, .flags = IOSQE_BUFFER_SELECT, .buf_group = 1,
		  .ioprio = IORING_RECV_MULTISHOT);
	for (int i = 0; i < 3; i++) {
		send(c, "abc", 3, 0);
		ring_get(&r, "RECV", id, SOON);
	}
	shutdown(c, SHUT_WR);
	ring_get(&r, "RECV", id, SOON);
}

SCRIPT(ring_calls)
{
	struct ring r;
	union addr none;
	char buf[16] = "ring", in[16] = "";
	struct iovec iov = { buf, 4 }, iov2 = { in, 16 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct msghdr msg2 = { .msg_iov = &iov2, .msg_iovlen = 1 };
	int fd[2], c, id, p[2];

	if (!ring_open(&r) || pipe(p))
		return;
	pair(way, fd);
	c = fd[0];
	set_timeo(fd[1], SO_RCVTIMEO, 1000);
	RING(SOON, SENDMSG, c, AT(&msg), .len = 1);
	RING(SOON, RECVMSG, fd[1], AT(&msg2), .len = 1);
	RING(SOON, WRITE, c, AT(buf), .len = 4, .off = -1);
	RING(SOON, READ, fd[1], AT(in), .len = 16, .off = -1);
	RING(SOON, WRITEV, c, AT(&iov), .len = 1, .off = -1);
	RING(SOON, RECV, fd[1], AT(in), .len = 2, .msg_flags = MSG_PEEK);
	RING(SOON, RECV, fd[1], AT(in), .len = 4, .msg_flags = MSG_WAITALL);
	RING(SOON, SEND, c, AT("U"), .len = 1, .msg_flags = MSG_OOB);
	revents(fd[1], POLLPRI, SOON);
	RING(SOON, RECV, fd[1], AT(in), .len = 1, .msg_flags = MSG_OOB);
	RING(SOON, RECV, fd[1], AT(in), .len = 1, .msg_flags = MSG_DONTWAIT);
	RING(SOON, POLL_ADD, fd[1], .poll32_events = POLLOUT);
	RING(SOON, SEND, c, AT(BAD), .len = 1);
	id = RING(SOON, SEND_ZC, c, AT(buf), .len = 4);
	ring_get(&r, "SEND_ZC, notice", id, 100);
	RING(SOON, SHUTDOWN, c, .len = SHUT_WR);
	RING(SOON, SHUTDOWN, c, .len = SHUT_WR);
	RING(SOON, SEND, c, AT(buf), .len = 4, .msg_flags = MSG_NOSIGNAL);
	recv(fd[1], in, 16, MSG_DONTWAIT);
	RING(SOON, RECV, fd[1], AT(in), .len = 16);
	way_loopback(way, 1, &none);
	RING(SOON, CONNECT, c, AT(&none), .off = addr_len(&none));
	RING(SOON, ACCEPT, c);
	close(c);
	c = way_socket(way, 0);
	RING(SOON, CONNECT, c, AT(&none), .off = addr_len(&none));
	RING(SOON, SEND, c, AT(buf), .len = 4, .msg_flags = MSG_NOSIGNAL);
	RING(SOON, CLOSE, c);
	RING(SOON, RECV, c, AT(in), .len = 4);
	/* whose number is which protocol is for the caller to say */
	id = RING(SOON, SOCKET, way->domain, .off = SOCK_STREAM, .len = test_proto());
	close(r.res[id].value[0]);
}
