// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses that mean something in one place only: VRFs, of which each has its own
 * 10.1.1.1, and link-local addresses, of which each link has its own fe80::1.
 *
 * A host has the links r0 in the VRF "red", b0 in "blue" and p0 in none.  Behind
 * each is a namespace whose end is called e0, and all have the same addresses:
 * the host's end .1, the other .2.
 *
 * Over TCP it runs as well, to show that the expectations are the kernel's.
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "common.h"

enum space { HOST, RED, BLUE, PLAIN, SPACES };

static int spaces[SPACES];

static void enter(enum space space)
{
	if (setns(spaces[space], CLONE_NEWNET))
		abort();
}

/* Where a command has %d, the process and its descriptors of the namespaces go. */
static bool ip_batch(enum space space, const char *commands)
{
	FILE *ip;

	enter(space);
	ip = popen("ip -batch - 2>&1", "w");
	fprintf(ip, commands, getpid(), spaces[RED], getpid(), spaces[BLUE], getpid(),
		spaces[PLAIN]);
	return !pclose(ip);
}

#define LINK(dev)							\
	"link add " dev " type veth peer name e0 netns /proc/%d/fd/%d\n" \
	"link set " dev " addrgenmode none\n"
#define ADDRESSES(dev, n)						\
	"link set " dev " up\n"						\
	"addr add 10.1.1." n "/24 dev " dev "\n"			\
	"addr add fd01::" n "/64 dev " dev " nodad\n"			\
	"addr add fe80::" n "/64 dev " dev " nodad\n"

static const char host_links[] =
	LINK("r0") LINK("b0") LINK("p0")
	"link add red type vrf table 1001\n"
	"link add blue type vrf table 1002\n"
	"link set red up\n"
	"link set blue up\n"
	"link set r0 master red\n"
	"link set b0 master blue\n"
	ADDRESSES("r0", "1") ADDRESSES("b0", "1") ADDRESSES("p0", "1");
static const char far_links[] =
	"link set lo up\n"
	"link set e0 addrgenmode none\n"
	ADDRESSES("e0", "2");

/* Once for all tests, which run in children of this process. */
static __attribute__((constructor)) void make_spaces(void)
{
	for (int i = 0; i < SPACES; i++) {
		if (unshare(CLONE_NEWNET)) {
			printf("Bail out! no network namespace\n");
			exit(1);
		}
		spaces[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	}
	enter(HOST);
	if (system("ip link add probe type vrf table 9 2>/dev/null && ip link del probe")) {
		printf("1..0 # SKIP this kernel has no VRFs\n");
		exit(0);
	}
	if (!ip_batch(HOST, host_links) || !ip_batch(RED, far_links) ||
	    !ip_batch(BLUE, far_links) || !ip_batch(PLAIN, far_links)) {
		printf("Bail out! the links can't be made\n");
		exit(1);
	}
}

/* ---- Who listens and connects where ---- */

/* A family's words for the addresses; @scope is the device of a link-local one. */
struct place {
	const struct way *way;
	const char *any, *host, *far;
	bool scope;
	uint16_t ports;		/* other tests' connections are still in TIME-WAIT */
};

static const struct place four = { &way_ipv4, "0.0.0.0", "10.1.1.1", "10.1.1.2",
				   .ports = 4000 };
static const struct place six = { &way_ipv6, "::", "fd01::1", "fd01::2", .ports = 5000 };
static const struct place mapped = { &way_mapped, "::", "::ffff:10.1.1.1",
				     "::ffff:10.1.1.2", .ports = 6000 };
static const struct place local = { &way_ipv6, "::", "fe80::1", "fe80::2", true,
				    7000 };

static int sock_in(enum space space, const struct place *place, const char *dev)
{
	int fd;

	enter(space);
	fd = way_socket(place->way, SOCK_NONBLOCK);
	if (dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev)))
		return -errno;
	return fd;
}

static int bind_to(int fd, const struct place *place, const char *address,
		   const char *scope, uint16_t port)
{
	union addr addr;
	socklen_t len = way_addr(place->way, address, port, &addr);

	if (scope)
		addr.in6.sin6_scope_id = if_nametoindex(scope);
	return ERR(bind(fd, &addr.sa, len));
}

/* Listens on all addresses, at the device @dev or at none. */
static int listen_in(enum space space, const struct place *place, const char *dev,
		     uint16_t port)
{
	int fd = sock_in(space, place, dev);

	if (fd < 0 || bind_to(fd, place, place->any, NULL, port) || listen(fd, 8))
		return -errno;
	return fd;
}

/* Tries for a while; 0 or a negative errno. */
static int connect_to(int fd, const struct place *place, const char *address,
		      const char *scope, uint16_t port)
{
	union addr addr;
	socklen_t len = way_addr(place->way, address, port, &addr);

	if (scope)
		addr.in6.sin6_scope_id = if_nametoindex(scope);
	if (!connect(fd, &addr.sa, len))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	if (!revents(fd, POLLOUT, SOON))
		return -ETIMEDOUT;
	return -sock_error(fd);
}

/* From behind a link to the host; returns the socket. */
static int connect_from(enum space space, const struct place *place, uint16_t local_port,
			uint16_t port)
{
	int fd = sock_in(space, place, NULL), err;

	if (local_port)
		bind_to(fd, place, place->any, NULL, local_port);
	err = connect_to(fd, place, place->host, place->scope ? "e0" : NULL, port);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int accept_soon(int lfd)
{
	if (!(revents(lfd, POLLIN, SOON) & POLLIN))
		return -ETIMEDOUT;
	return ERR(accept4(lfd, NULL, NULL, SOCK_NONBLOCK));
}

/* The device a socket of the host is bound to. */
static bool bound_to(int fd, const char *dev)
{
	char name[IFNAMSIZ] = "";
	socklen_t len = sizeof(name);

	enter(HOST);
	if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len))
		return false;
	return !strcmp(name, dev);
}

/* What is written at one end comes out of the other, both ways. */
static bool talk(int a, int b, const char *words)
{
	size_t len = strlen(words);
	char buf[32] = "";

	for (int i = 0; i < 2; i++) {
		int from = i ? b : a, to = i ? a : b;

		if (write_all(from, words, len) != len ||
		    !(revents(to, POLLIN, SOON) & POLLIN) ||
		    recv(to, buf, sizeof(buf), 0) != len || memcmp(buf, words, len))
			return false;
	}
	return true;
}

static uint16_t peer_port(int fd)
{
	union addr addr = { };
	socklen_t len = sizeof(addr);

	return getpeername(fd, &addr.sa, &len) ? 0 : addr_port(&addr);
}

FIXTURE(vrf) {
	const struct place *place;
};

FIXTURE_VARIANT(vrf) {
	const struct place *place;
};

FIXTURE_VARIANT_ADD(vrf, ipv4) { .place = &four };
FIXTURE_VARIANT_ADD(vrf, ipv6) { .place = &six };
FIXTURE_VARIANT_ADD(vrf, mapped) { .place = &mapped };
FIXTURE_VARIANT_ADD(vrf, local) { .place = &local };

FIXTURE_SETUP(vrf)
{
	self->place = variant->place;
	enter(HOST);
	ASSERT_EQ(0, set_sysctl("l3mdev_accept", "0"));
}

FIXTURE_TEARDOWN(vrf)
{
}

/*
 * The same four numbers in both VRFs and outside: three connections, each with its own
 * peer.  A child is bound to what its listener is bound to; a link-local one to its link.
 */
TEST_F(vrf, same_numbers)
{
	static const char *const dev[] = { "red", "blue", "p0" };
	static const char *const words[] = { "to red", "to blue", "to p0" };
	const struct place *place = self->place;
	uint16_t port = place->ports;
	int lfd[3], fd[3], peer[3];

	for (int i = 0; i < 3; i++) {
		lfd[i] = listen_in(HOST, place, dev[i], port);
		ASSERT_LE(0, lfd[i]);
	}
	/* who is bound to no device is in everybody's way */
	EXPECT_EQ(-EADDRINUSE, listen_in(HOST, place, NULL, port));
	for (int i = 0; i < 3; i++) {
		peer[i] = connect_from(RED + i, place, port + 100, port);
		ASSERT_LE(0, peer[i]);
		fd[i] = accept_soon(lfd[i]);
		ASSERT_LE(0, fd[i]);
	}
	for (int i = 0; i < 3; i++) {
		EXPECT_TRUE(talk(peer[i], fd[i], words[i]));
		EXPECT_EQ(port + 100, peer_port(fd[i]));
	}
	EXPECT_TRUE(bound_to(fd[0], place->scope ? "r0" : "red"));
	EXPECT_TRUE(bound_to(fd[1], place->scope ? "b0" : "blue"));
	EXPECT_TRUE(bound_to(fd[2], "p0"));
	/* the end of one is not the others' */
	close(peer[0]);
	EXPECT_EQ(POLLIN | POLLRDHUP, revents(fd[0], POLLIN | POLLRDHUP, SOON));
	close(fd[0]);
	EXPECT_TRUE(talk(peer[1], fd[1], "still"));
	EXPECT_TRUE(talk(fd[2], peer[2], "still"));
}

/* Who listens in one VRF is not to be found from another, and an RST says so. */
TEST_F(vrf, other_vrf)
{
	const struct place *place = self->place;
	uint16_t port = place->ports;
	int lfd = listen_in(HOST, place, "blue", port + 1), fd, peer;

	ASSERT_LE(0, lfd);
	EXPECT_EQ(-ECONNREFUSED, connect_from(RED, place, 0, port + 1));
	EXPECT_EQ(-ECONNREFUSED, connect_from(PLAIN, place, 0, port + 1));
	peer = connect_from(BLUE, place, 0, port + 1);
	ASSERT_LE(0, peer);
	fd = accept_soon(lfd);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(talk(peer, fd, "blue"));
}

/* Bound to a link of a VRF: to that link, and through the VRF */
TEST_F(vrf, slave)
{
	const struct place *place = self->place;
	uint16_t port = place->ports;
	int lfd = listen_in(HOST, place, "r0", port + 2), fd, peer;

	ASSERT_LE(0, lfd);
	EXPECT_EQ(-ECONNREFUSED, connect_from(BLUE, place, 0, port + 2));
	peer = connect_from(RED, place, 0, port + 2);
	ASSERT_LE(0, peer);
	fd = accept_soon(lfd);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(bound_to(fd, "r0"));
	EXPECT_TRUE(talk(peer, fd, "link"));
}

/* l3mdev_accept: a listener of no VRF hears all of them, and its children are theirs. */
TEST_F(vrf, accept_from_all)
{
	static const char *const dev[] = { "red", "blue", "" };
	static const char *const link[] = { "r0", "b0", "p0" };
	const struct place *place = self->place;
	uint16_t port = place->ports;
	int lfd = listen_in(HOST, place, NULL, port + 3), fd[3], peer[3];

	ASSERT_LE(0, lfd);
	EXPECT_EQ(-ECONNREFUSED, connect_from(RED, place, 0, port + 3));
	EXPECT_EQ(-ECONNREFUSED, connect_from(BLUE, place, 0, port + 3));
	enter(HOST);
	ASSERT_EQ(0, set_sysctl("l3mdev_accept", "1"));
	for (int i = 0; i < 3; i++) {
		peer[i] = connect_from(RED + i, place, port + 103, port + 3);
		ASSERT_LE(0, peer[i]);
		fd[i] = accept_soon(lfd);
		ASSERT_LE(0, fd[i]);
		EXPECT_TRUE(bound_to(fd[i], place->scope ? link[i] : dev[i]));
	}
	/* what is open stays open */
	enter(HOST);
	ASSERT_EQ(0, set_sysctl("l3mdev_accept", "0"));
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(talk(peer[i], fd[i], "all"));
	EXPECT_EQ(-ECONNREFUSED, connect_from(RED, place, 0, port + 3));
}

/* The other way: the host connects, in the VRF of its choice or in none. */
TEST_F(vrf, connect_out)
{
	static const char *const dev[] = { "red", "blue", "p0" };
	static const char *const link[] = { "r0", "b0", "p0" };
	const struct place *place = self->place;
	uint16_t port = place->ports;
	int lfd[3], fd[3], peer[3], alone;

	for (int i = 0; i < 3; i++) {
		lfd[i] = listen_in(RED + i, place, NULL, port + 4);
		ASSERT_LE(0, lfd[i]);
	}
	for (int i = 0; i < 3; i++) {
		fd[i] = sock_in(HOST, place, dev[i]);
		ASSERT_LE(0, fd[i]);
		ASSERT_EQ(0, bind_to(fd[i], place, place->any, NULL, port + 104));
		ASSERT_EQ(0, connect_to(fd[i], place, place->far,
					place->scope ? link[i] : NULL, port + 4));
		peer[i] = accept_soon(lfd[i]);
		ASSERT_LE(0, peer[i]);
	}
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(talk(peer[i], fd[i], dev[i]));
	/* nobody listens there: the answer comes back into the VRF */
	for (int i = 0; i < 3; i++) {
		alone = sock_in(HOST, place, dev[i]);
		EXPECT_EQ(-ECONNREFUSED,
			  connect_to(alone, place, place->far,
				     place->scope ? link[i] : NULL, port + 99));
		close(alone);
	}
}

/* ---- Link-local addresses ---- */

/* The scope of an address that a socket tells. */
static unsigned int scope_of(int fd, bool peer)
{
	union addr addr = { };
	socklen_t len = sizeof(addr);

	if (peer ? getpeername(fd, &addr.sa, &len) : getsockname(fd, &addr.sa, &len))
		return 0;
	return addr.in6.sin6_scope_id;
}

/* A listener bound to nothing: its child is bound to the link, and says so. */
TEST(link_local_child)
{
	int lfd = listen_in(HOST, &local, NULL, 5005), fd, peer;
	unsigned int link;

	ASSERT_LE(0, lfd);
	peer = connect_from(PLAIN, &local, 0, 5005);
	ASSERT_LE(0, peer);
	fd = accept_soon(lfd);
	ASSERT_LE(0, fd);
	enter(HOST);
	link = if_nametoindex("p0");
	EXPECT_EQ(link, scope_of(fd, true));
	EXPECT_EQ(link, scope_of(fd, false));
	EXPECT_TRUE(bound_to(fd, "p0"));
	enter(PLAIN);
	EXPECT_EQ(if_nametoindex("e0"), scope_of(peer, true));
	EXPECT_TRUE(talk(peer, fd, "link"));
}

/* No scope, one that is none, and one other than the socket's: refused at once */
TEST(link_local_scope)
{
	int fd = sock_in(HOST, &local, NULL);

	EXPECT_EQ(-EINVAL, connect_to(fd, &local, local.far, NULL, 5006));
	close(fd);
	fd = sock_in(HOST, &local, "r0");
	EXPECT_EQ(-EINVAL, connect_to(fd, &local, local.far, "p0", 5006));
	EXPECT_EQ(-EINVAL, connect_to(fd, &local, local.far, "b0", 5006));
	EXPECT_EQ(-EINVAL, connect_to(fd, &local, local.far, "blue", 5006));
	close(fd);
	fd = sock_in(HOST, &local, NULL);
	EXPECT_EQ(-EINVAL, bind_to(fd, &local, local.host, NULL, 5006));
	EXPECT_EQ(-EADDRNOTAVAIL, bind_to(fd, &local, local.host, "lo", 5006));
	EXPECT_EQ(-EADDRNOTAVAIL, bind_to(fd, &local, local.far, "p0", 5006));
	EXPECT_EQ(0, bind_to(fd, &local, local.host, "p0", 5006));
	EXPECT_TRUE(bound_to(fd, "p0"));
	EXPECT_EQ(-EINVAL, connect_to(fd, &local, local.far, "r0", 5006));
	close(fd);
}

/* An address of one link does not answer on another that has the same. */
TEST(link_local_other_link)
{
	int lfd = sock_in(HOST, &local, NULL), fd, peer, far;

	ASSERT_EQ(0, bind_to(lfd, &local, local.host, "p0", 5007));
	ASSERT_EQ(0, listen(lfd, 4));
	EXPECT_EQ(-ECONNREFUSED, connect_from(RED, &local, 0, 5007));
	peer = connect_from(PLAIN, &local, 0, 5007);
	ASSERT_LE(0, peer);
	fd = accept_soon(lfd);
	ASSERT_LE(0, fd);
	EXPECT_TRUE(talk(fd, peer, "here"));

	far = listen_in(PLAIN, &local, NULL, 5008);
	ASSERT_LE(0, far);
	fd = sock_in(HOST, &local, NULL);
	EXPECT_EQ(-ECONNREFUSED, connect_to(fd, &local, local.far, "b0", 5008));
	close(fd);
	fd = sock_in(HOST, &local, NULL);
	EXPECT_EQ(0, connect_to(fd, &local, local.far, "p0", 5008));
	peer = accept_soon(far);
	ASSERT_LE(0, peer);
	EXPECT_TRUE(talk(fd, peer, "there"));
}

TEST_HARNESS_MAIN
