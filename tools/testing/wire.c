// SPDX-License-Identifier: GPL-2.0
/* A remote network made of a TUN device: see wire.h. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/if_tun.h>

#include "wire.h"

/* A port nobody listens on, and whence it is asked whether all is quiet. */
#define MARK_PORT	1
#define MARK_FROM	9

/* linux/ipv6.h has it, and does not go together with netinet/in.h. */
struct in6_ifreq_ {
	struct in6_addr addr;
	uint32_t prefixlen;
	int ifindex;
};

/* Its own words come back to it: the route to the address is there. */
static bool hears_itself(int fd)
{
	struct sockaddr_in6 self;
	socklen_t len = sizeof(self);
	char byte;

	return !getsockname(fd, (struct sockaddr *)&self, &len) &&
	       sendto(fd, "", 1, MSG_DONTWAIT, (struct sockaddr *)&self, len) == 1 &&
	       recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

static int add_addresses(const char *dev)
{
	struct in6_ifreq_ six = { .prefixlen = 64, .ifindex = if_nametoindex(dev) };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in *in;
	struct ifreq ifr = { };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int fd6 = socket(AF_INET6, SOCK_DGRAM, 0);

	strcpy(ifr.ifr_name, dev);
	in = (struct sockaddr_in *)&ifr.ifr_addr;
	in->sin_family = AF_INET;
	inet_pton(AF_INET, HOST4, &in->sin_addr);
	if (ioctl(fd, SIOCSIFADDR, &ifr))
		return -errno;
	inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
	if (ioctl(fd, SIOCSIFNETMASK, &ifr))
		return -errno;
	ifr.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		return -errno;
	inet_pton(AF_INET6, HOST6, &six.addr);
	if (ioctl(fd6, SIOCSIFADDR, &six))
		return -errno;
	close(fd);
	/*
	 * An IPv6 address is tentative at first, even where nobody else is, and a
	 * worker that has other things to do makes its route only afterwards.
	 */
	sin6.sin6_addr = six.addr;
	if (!WITHIN(SOON, !bind(fd6, (struct sockaddr *)&sin6, sizeof(sin6))) ||
	    !WITHIN(SOON, hears_itself(fd6)))
		return -EADDRNOTAVAIL;
	close(fd6);
	return 0;
}

int wire_open(struct wire *w, int af)
{
	struct ifreq ifr = { .ifr_name = "wire0", .ifr_flags = IFF_TUN | IFF_NO_PI };
	cpu_set_t one;

	/* On one processor nothing overtakes anything. */
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);

	w->af = af;
	w->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (w->fd < 0 && errno == ENOENT && !system("modprobe -q tun"))
		w->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (w->fd < 0)
		return -errno;
	if (ioctl(w->fd, TUNSETIFF, &ifr))
		return -errno;
	return add_addresses(ifr.ifr_name);
}

const struct way *wire_way(const struct wire *w)
{
	return w->af == AF_INET ? &way_ipv4 : &way_ipv6;
}

socklen_t wire_addr(const struct wire *w, bool host, uint16_t port, union addr *a)
{
	const char *name = w->af == AF_INET ? (host ? HOST4 : PEER4) :
					      (host ? HOST6 : PEER6);

	return way_addr(wire_way(w), name, port, a);
}

uint32_t get32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return ntohl(v);
}

void put32(void *p, uint32_t value)
{
	value = htonl(value);
	memcpy(p, &value, 4);
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static uint32_t sum(uint32_t s, const uint8_t *p, int len)
{
	for (; len > 1; p += 2, len -= 2)
		s += get16(p);
	if (len)
		s += *p << 8;
	return s;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

/* The sum over the pseudo header (@src is followed by dst) and the segment. */
static uint16_t checksum(const uint8_t *src, int addrs, int proto,
			 const uint8_t *l4, int len)
{
	return fold(sum(sum(proto + len, src, addrs), l4, len));
}

/* Returns the length of the IP header that it makes for @len bytes of @proto. */
static int ip_header(const struct wire *w, uint8_t *pkt, const char *from,
		     const char *to, int proto, int len)
{
	if (w->af == AF_INET) {
		memset(pkt, 0, 20);
		pkt[0] = 0x45;
		put16(pkt + 2, 20 + len);
		pkt[8] = 64;
		pkt[9] = proto;
		inet_pton(AF_INET, from ?: PEER4, pkt + 12);
		inet_pton(AF_INET, to ?: HOST4, pkt + 16);
		put16(pkt + 10, fold(sum(0, pkt, 20)));
		return 20;
	}
	memset(pkt, 0, 40);
	pkt[0] = 0x60;
	put16(pkt + 4, len);
	pkt[6] = proto;
	pkt[7] = 64;
	inet_pton(AF_INET6, from ?: PEER6, pkt + 8);
	inet_pton(AF_INET6, to ?: HOST6, pkt + 24);
	return 40;
}

/* Options behind an IP header that has none yet; returns the length of both. */
static int ip_options(uint8_t *pkt, int ip, const void *opt, int len)
{
	if (!len)
		return ip;
	memcpy(pkt + ip, opt, len);
	if (ip == 40) {
		pkt[40] = pkt[6];
		pkt[6] = IPPROTO_DSTOPTS;
		put16(pkt + 4, get16(pkt + 4) + len);
		return ip + len;
	}
	pkt[0] = 0x40 | (ip + len) / 4;
	put16(pkt + 2, get16(pkt + 2) + len);
	put16(pkt + 10, 0);
	put16(pkt + 10, fold(sum(0, pkt, ip + len)));
	return ip + len;
}

/* Lays out a segment, without its checksum; returns its length. */
static int segment(uint8_t *l4, const struct seg *s)
{
	int head = 20 + (s->optlen + 3) / 4 * 4;

	memset(l4, 0, head);
	put16(l4, s->sport);
	put16(l4 + 2, s->dport);
	put32(l4 + 4, s->seq);
	put32(l4 + 8, s->flags & ACK ? s->ack : 0);
	l4[12] = (s->doff < 0 ? 0 : s->doff ?: head / 4) << 4;
	l4[13] = s->flags;
	put16(l4 + 14, s->win);
	put16(l4 + 18, s->urg);
	if (s->optlen)
		memcpy(l4 + 20, s->opt, s->optlen);
	if (s->len)
		memcpy(l4 + head, s->data, s->len);
	return head + s->len;
}

static int put(struct wire *w, const void *pkt, int len)
{
	return write(w->fd, pkt, len) == len ? 0 : -errno;
}

int wire_send(struct wire *w, const struct seg *s)
{
	uint8_t pkt[4096], l4[4000];
	int len, ip;

	len = segment(l4, s);
	if (s->cut)
		len = s->room;
	ip = ip_header(w, pkt, s->from, s->to, test_proto(), len);
	/* A checksum field that is cut off has nothing to say. */
	if (len >= 18)
		put16(l4 + 16, checksum(pkt + (ip == 20 ? 12 : 8), ip == 20 ? 8 : 32,
					test_proto(), l4, len) ^ (s->bad_sum ? 0x0101 : 0));
	if (ip == 40)
		put32(pkt, 0x60000000 | s->flow);
	ip = ip_options(pkt, ip, s->ipopt, s->ipoptlen);
	memcpy(pkt + ip, l4, len);
	return put(w, pkt, ip + len);
}

/* An ICMP error about a segment that the host has sent. */
int wire_icmp(struct wire *w, int type, int code, uint32_t info,
	      const struct seg *about)
{
	const bool four = w->af == AF_INET;
	uint8_t pkt[512], inner[256], l4[128];
	int len, ip;

	len = segment(l4, about);
	memset(inner, 0, 8);
	inner[0] = type;
	inner[1] = code;
	put32(inner + 4, info);
	ip = ip_header(w, inner + 8, four ? HOST4 : HOST6, four ? PEER4 : PEER6,
		       test_proto(), len);
	memcpy(inner + 8 + ip, l4, len);
	len += 8 + ip;
	ip = ip_header(w, pkt, NULL, NULL, four ? IPPROTO_ICMP : IPPROTO_ICMPV6, len);
	put16(inner + 2, four ? fold(sum(0, inner, len)) :
			 checksum(pkt + 8, 32, IPPROTO_ICMPV6, inner, len));
	memcpy(pkt + ip, inner, len);
	return put(w, pkt, ip + len);
}

/* False when @pkt is no segment of the protocol under test. */
static bool parse(const struct wire *w, const uint8_t *pkt, int len, struct seen *s)
{
	int ip = w->af == AF_INET ? 20 : 40, head, more = 0;
	const uint8_t *l4;

	if (len < ip + 20 || pkt[0] >> 4 != (ip == 20 ? 4 : 6) ||
	    pkt[ip == 20 ? 9 : 6] != test_proto())
		return false;
	if (ip == 20)
		more = (pkt[0] & 15) * 4 - ip;
	if (more < 0 || len < ip + more + 20)
		return false;
	l4 = pkt + ip + more;
	len -= ip + more;
	head = l4[12] >> 4 << 2;
	if (head < 20 || head > len || len - head > sizeof(s->data)) {
		fprintf(stderr, "# the host sent a header of %d in %d bytes\n", head, len);
		return false;
	}
	memset(s, 0, sizeof(*s));
	s->dst4 = ip == 20 ? get32(pkt + 16) : 0;
	s->flow = ip == 40 ? get32(pkt) & 0xfffff : 0;
	s->ipoptlen = more;
	memcpy(s->ipopt, pkt + ip, more);
	s->tos = ip == 20 ? pkt[1] : (pkt[0] << 4 | pkt[1] >> 4) & 0xff;
	s->ttl = pkt[ip == 20 ? 8 : 7];
	s->sport = get16(l4);
	s->dport = get16(l4 + 2);
	s->seq = get32(l4 + 4);
	s->ack = get32(l4 + 8);
	s->flags = l4[13];
	s->win = get16(l4 + 14);
	s->sum_ok = !checksum(pkt + (ip == 20 ? 12 : 8), ip == 20 ? 8 : 32,
			      test_proto(), l4, len);
	s->optlen = head - 20;
	memcpy(s->opt, l4 + 20, s->optlen);
	s->len = len - head;
	memcpy(s->data, l4 + head, s->len);
	s->ms = now_ms();
	return true;
}

bool wire_next(struct wire *w, struct seen *seen, int ms)
{
	long end = now_ms() + ms, left;
	uint8_t pkt[65536];
	int len;

	for (;;) {
		len = read(w->fd, pkt, sizeof(pkt));
		if (len > 0 && parse(w, pkt, len, seen))
			return true;
		if (len > 0)
			continue;
		left = end - now_ms();
		if (left <= 0)
			return false;
		revents(w->fd, POLLIN, left);
	}
}

void peer_init(struct peer *p, struct wire *w, uint16_t host_port)
{
	static uint16_t port;

	/* What an earlier test left behind still speaks to the ports it knew. */
	if (!port)
		port = 10000 + getpid() * 101 % 50000;
	*p = (struct peer){
		.w = w, .port = port++, .host_port = host_port, .seq = 0x10000000,
	};
}

static bool is_for(const struct peer *p, const struct seen *s)
{
	return s->dport == p->port && s->sport == p->host_port;
}

bool peer_next(struct peer *p, struct seen *seen, int ms)
{
	long end = now_ms() + ms, left;

	do {
		left = end - now_ms();
		if (!wire_next(p->w, seen, left < 0 ? 0 : left))
			return false;
	} while (!is_for(p, seen));
	return true;
}

/*
 * Silence cannot be waited for.  So a question is sent after the segment under
 * test, to a port where the answer is certain; what is to come for the segment
 * comes before that.
 */
int peer_answers(struct peer *p, struct seen *seen, int max)
{
	static uint32_t mark = 0x77000000;
	struct seen s;
	int n = 0;

	wire_send(p->w, &(struct seg){ .sport = MARK_FROM, .dport = MARK_PORT,
				       .flags = SYN, .seq = mark++ });
	while (wire_next(p->w, &s, SOON)) {
		if (s.dport == MARK_FROM && s.sport == MARK_PORT && s.ack == mark)
			return n;
		if (!is_for(p, &s))
			continue;
		if (n < max)
			seen[n] = s;
		n++;
	}
	fprintf(stderr, "# the host has fallen silent\n");
	return -1;
}

/* Where an option of this kind begins, or NULL. */
const uint8_t *seen_option(const struct seen *seen, int kind)
{
	int i = 0;

	while (i < seen->optlen && seen->opt[i] != OPT_EOL) {
		if (seen->opt[i] == kind)
			return seen->opt + i;
		if (seen->opt[i] == OPT_NOP) {
			i++;
			continue;
		}
		if (i + 1 >= seen->optlen || seen->opt[i + 1] < 2)
			break;
		i += seen->opt[i + 1];
	}
	return NULL;
}
