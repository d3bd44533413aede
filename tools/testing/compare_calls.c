// SPDX-License-Identifier: GPL-2.0
/*
 * Compared: a socket as a file, the calls that are not a socket's own, and calls that
 * wait while somebody else does something to the socket.
 */
#include <dirent.h>
#include <linux/aio_abi.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "compare.h"

/* Gives a descriptor to another socket, and takes it back. */
static int pass_on(int fd)
{
	union { struct cmsghdr c; char room[CMSG_SPACE(sizeof(int))]; } control = { };
	struct iovec iov = { "f", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	char c;
	int p[2], got = -1;

	control.c.cmsg_level = SOL_SOCKET;
	control.c.cmsg_type = SCM_RIGHTS;
	control.c.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.c), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, p))
		return -1;
	OK(sendmsg(p[0], &msg, 0));
	close(fd);
	iov.iov_base = &c;
	OK(recvmsg(p[1], &msg, 0));
	memcpy(&got, CMSG_DATA(&control.c), sizeof(got));
	close(p[0]);
	close(p[1]);
	return got;
}

/* What every descriptor can do, and what one of a socket can't. */
SCRIPT(descriptors)
{
	struct flock lock = { .l_type = F_WRLCK };
	struct stat st;
	char buf[16], name[64], path[64];
	int fd[2], one = 1, other;
	ssize_t n;

	pair(way, fd);
	DO(fstat(fd[0], &st));
	say("mode = %o, size %ld, links %ld", st.st_mode, (long)st.st_size,
	    (long)st.st_nlink);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[0]);
	n = readlink(path, name, sizeof(name));
	say("link = %.*s", n > 8 ? 8 : (int)n, name);
	DO(open(path, O_RDWR));
	say("flags = %x, %x", fcntl(fd[0], F_GETFL), fcntl(fd[0], F_GETFD));
	DO(ioctl(fd[0], FIOCLEX));
	say("flags = %x, %x", fcntl(fd[0], F_GETFL), fcntl(fd[0], F_GETFD));
	DO(ioctl(fd[0], FIONBIO, &one));
	say("flags = %x, %x", fcntl(fd[0], F_GETFL), fcntl(fd[0], F_GETFD));
	DO(ioctl(fd[0], FIOASYNC, &one));
	say("flags = %x, %x", fcntl(fd[0], F_GETFL), fcntl(fd[0], F_GETFD));
	DO(fcntl(fd[0], F_SETFL, O_DIRECT | O_NOATIME | O_APPEND));
	say("flags = %x, %x", fcntl(fd[0], F_GETFL), fcntl(fd[0], F_GETFD));
	DO(fcntl(fd[0], F_SETPIPE_SZ, 4096));
	DO(fcntl(fd[0], F_SETLK, &lock));
	DO(fchmod(fd[0], 0600));
	DO(fallocate(fd[0], 0, 0, 1));
	DO(syncfs(fd[0]));
	DO(fdatasync(fd[0]));
	DO(sync_file_range(fd[0], 0, 1, 0));
	DO(copy_file_range(fd[0], NULL, fd[1], NULL, 1, 0));
	DO(getdents64(fd[0], buf, sizeof(buf)));
	DO(fchdir(fd[0]));
	DO(readahead(fd[0], 0, 1));
	DO(posix_fadvise(fd[0], 0, 1, POSIX_FADV_DONTNEED));

	other = dup(fd[0]);
	close(fd[0]);
	OK(send(other, "dup", 3, 0));
	other = pass_on(other);
	OK(send(other, "passed", 6, 0));
	revents(fd[1], POLLIN, SOON);
	usleep(5000);
	show_bytes("recv", buf, ERR(recv(fd[1], buf, sizeof(buf), 0)));
	show_names(other);
	close(other);
	revents(fd[1], POLLRDHUP, SOON);
	DO(recv(fd[1], buf, sizeof(buf), 0));
	shut(fd[1], -1);
}

/* Both ends in two processes: the connection ends with the last descriptor. */
SCRIPT(forked)
{
	char buf[8];
	int fd[2], go[2], child;

	pair(way, fd);
	if (pipe(go))
		return;
	fflush(NULL);
	child = fork();
	if (!child) {
		char c;

		_exit(read(go[0], &c, 1) != 1 || send(fd[0], "child", 5, 0) != 5);
	}
	close(fd[0]);
	show_mask("held by a child", fd[1]);
	OK(write(go[1], "!", 1));
	show_bytes("recv", buf, ERR(recv(fd[1], buf, sizeof(buf), 0)));
	DO(recv(fd[1], buf, sizeof(buf), 0));
	waitpid(child, NULL, 0);
	show_mask("held by nobody", fd[1]);
}

/* read() and write() with flags */
SCRIPT(vectors_with_flags)
{
	static const int flags[] = { 0, RWF_NOWAIT, RWF_HIPRI, RWF_DSYNC, RWF_APPEND, 1 << 30 };
	char buf[8] = "vector";
	struct iovec iov = { buf, 6 };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int fd[2];

		pair(way, fd);
		set_nonblock(fd[1]);
		show(ERR(preadv2(fd[1], &iov, 1, -1, flags[i])), "preadv2 of nothing, %x",
		     flags[i]);
		show(ERR(pwritev2(fd[0], &iov, 1, -1, flags[i])), "pwritev2, %x", flags[i]);
		show(ERR(pwritev2(fd[0], &iov, 1, 0, flags[i])), "pwritev2 at 0, %x",
		     flags[i]);
		revents(fd[1], POLLIN, 50);
		show(ERR(preadv2(fd[1], &iov, 1, -1, flags[i])), "preadv2, %x", flags[i]);
		show(ERR(preadv2(fd[1], &iov, 1, 0, flags[i])), "preadv2 at 0, %x",
		     flags[i]);
		shut(fd[0], fd[1]);
	}
}

/* Memory of a socket: TCP can map what it received. */
SCRIPT(mapped_memory)
{
	static const struct { const char *name; int prot, flags; } how[] = {
		{ "read, shared", PROT_READ, MAP_SHARED },
		{ "read, private", PROT_READ, MAP_PRIVATE },
		{ "write, shared", PROT_READ | PROT_WRITE, MAP_SHARED },
	};
	int fd[2];

	pair(way, fd);
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		void *p = mmap(NULL, 4096, how[i].prot, how[i].flags, fd[0], 0);

		show(p == MAP_FAILED ? -errno : 0, "mmap: %s", how[i].name);
	}
}

/* ---- The old kind of asynchronous calls ---- */

static long aio_one(aio_context_t ctx, int op, int fd, void *buf, size_t len)
{
	struct iocb cb = { .aio_lio_opcode = op, .aio_fildes = fd,
			   .aio_buf = (uintptr_t)buf, .aio_nbytes = len };
	struct timespec soon = { .tv_sec = 2 };
	struct iocb *list = &cb;
	struct io_event ev = { };
	long n;

	if (op == IOCB_CMD_POLL) {	/* it has the mask where others have bytes */
		cb.aio_buf = len;
		cb.aio_nbytes = 0;
	}
	n = syscall(SYS_io_submit, ctx, 1, &list);
	if (n != 1)
		return n < 0 ? -errno : n;
	n = syscall(SYS_io_getevents, ctx, 1, 1, &ev, &soon);
	return n == 1 ? ev.res : -ETIME;
}

SCRIPT(aio_calls)
{
	char buf[8] = "aio";
	struct iovec iov = { buf, 3 };
	aio_context_t ctx = 0;
	int fd[2];

	if (syscall(SYS_io_setup, 4, &ctx)) {
		show(-errno, "io_setup");
		return;
	}
	pair(way, fd);
	show(aio_one(ctx, IOCB_CMD_PWRITE, fd[0], buf, 3), "pwrite");
	show(aio_one(ctx, IOCB_CMD_PWRITEV, fd[0], &iov, 1), "pwritev");
	revents(fd[1], POLLIN, SOON);
	usleep(5000);
	show(aio_one(ctx, IOCB_CMD_POLL, fd[1], NULL, POLLIN), "poll");
	show(aio_one(ctx, IOCB_CMD_PREAD, fd[1], buf, 4), "pread");
	show(aio_one(ctx, IOCB_CMD_PREADV, fd[1], &iov, 1), "preadv");
	show(aio_one(ctx, IOCB_CMD_FSYNC, fd[1], NULL, 0), "fsync");
	shutdown(fd[0], SHUT_WR);
	show(aio_one(ctx, IOCB_CMD_POLL, fd[1], NULL, POLLRDHUP), "poll for the end");
	show(aio_one(ctx, IOCB_CMD_PREAD, fd[1], buf, 4), "pread");
	show(aio_one(ctx, IOCB_CMD_PREAD, -1, buf, 4), "pread of nothing");
	syscall(SYS_io_destroy, ctx);
	shut(fd[0], fd[1]);
}

/* ---- A call waits in one process, and another does something ---- */

enum wait { W_RECV, W_SEND, W_ACCEPT, W_CONNECT, W_POLL, W_SPLICE, WAITS };

static const char *const wait_name[] = { "recv", "send", "accept", "connect", "poll",
					 "splice" };

struct told {
	long result;
	int waits;	/* or is just about to */
	int done;
};

static long wait_in(const struct way *way, enum wait wait, int fd, struct told *told)
{
	static char block[1 << 16];
	union addr addr;
	int p[2];

	if (wait == W_SEND)
		fill(fd);
	__atomic_store_n(&told->waits, 1, __ATOMIC_RELEASE);
	switch (wait) {
	case W_RECV:
		return ERR(recv(fd, block, 10, 0));
	case W_SEND:
		return ERR(send(fd, block, 1, MSG_NOSIGNAL));
	case W_ACCEPT:
		return ERR(accept(fd, NULL, NULL)) < 0 ? -errno : 0;
	case W_CONNECT:
		way_addr(way, nowhere(way), 99, &addr);
		return ERR(connect(fd, &addr.sa, addr_len(&addr)));
	case W_POLL:
		return revents(fd, POLLIN, 2000);
	case W_SPLICE:
		if (pipe(p))
			return -errno;
		return ERR(splice(fd, NULL, p[1], NULL, 10, 0));
	default:
		return 0;
	}
}

/* What is done meanwhile to the socket, or to its other end. */
static const struct { const char *name; bool peer; int how; } deeds[] = {
	{ "shut for reading", false, SHUT_RD }, { "shut for writing", false, SHUT_WR },
	{ "shut", false, SHUT_RDWR }, { "the peer shuts", true, SHUT_WR },
	{ "the peer closes", true, 3 }, { "the peer resets", true, 4 },
};

static void do_deed(size_t deed, int fd, int peer)
{
	struct linger now = { .l_onoff = 1 };

	switch (deeds[deed].how) {
	case 4:
		setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		/* fall through */
	case 3:
		close(peer);
		break;
	default:
		shutdown(deeds[deed].peer ? peer : fd, deeds[deed].how);
	}
}

static void wait_and_do(const struct way *way, enum wait wait, size_t deed,
			struct told *told)
{
	union addr addr;
	int fd[2] = { -1, -1 }, child;

	if (wait == W_ACCEPT)
		fd[0] = way_listen(way, 2, &addr);
	else if (wait == W_CONNECT)
		fd[0] = way_socket(way, 0);
	else
		pair(way, fd);
	memset(told, 0, sizeof(*told));
	fflush(NULL);
	child = fork();
	if (!child) {
		close(fd[1]);
		told->result = wait_in(way, wait, fd[0], told);
		__atomic_store_n(&told->done, 1, __ATOMIC_RELEASE);
		_exit(0);
	}
	WITHIN(SOON, __atomic_load_n(&told->waits, __ATOMIC_ACQUIRE));
	usleep(30000);
	do_deed(deed, fd[0], fd[1]);
	if (WITHIN(300, __atomic_load_n(&told->done, __ATOMIC_ACQUIRE)))
		show(told->result, "%s: %s", wait_name[wait], deeds[deed].name);
	else
		say("%s: %s = still waits", wait_name[wait], deeds[deed].name);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	show_mask("after", fd[0]);
	show_error(fd[0]);
	close(fd[0]);
	if (!deeds[deed].peer || deeds[deed].how < 3)
		close(fd[1]);
}

SCRIPT(waiting, .native = true)
{
	struct told *told = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int wait = 0; wait < WAITS; wait++) {
		for (size_t deed = 0; deed < ARRAY_SIZE(deeds); deed++) {
			bool alone = wait == W_ACCEPT || wait == W_CONNECT;

			if (!alone || !deeds[deed].peer)
				wait_and_do(way, wait, deed, told);
		}
	}
}
