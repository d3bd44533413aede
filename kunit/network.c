// SPDX-License-Identifier: GPL-2.0
/* A network that loses, delays, overtakes and doubles.  See network.h. */
#include "network.h"
#include <linux/minmax.h>
#include <linux/string.h>

/**
 * network_init - nothing is on its way
 * @net: the network
 * @style: how bad it is
 * @seed: of its choices
 */
void network_init(struct network *net, const struct network_style *style, u64 seed)
{
	memset(net, 0, sizeof(*net));
	net->style = *style;
	net->draw.state = seed;
	net->doomed = style->doomed;
}

static bool network_dooms(struct network *net, const struct network_packet *packet)
{
	const struct network_style *style = &net->style;

	if (!net->doomed || packet->way != NETWORK_DATA ||
	    packet->seg.seq >= style->doomed_to || packet->seg.end <= style->doomed_from)
		return false;
	net->doomed--;
	return true;
}

static bool network_loses(struct network *net, const struct network_packet *packet, u64 now)
{
	const struct network_style *style = &net->style;
	bool *in_burst = &net->in_burst[packet->way];

	*in_burst = draw_chance(&net->draw, *in_burst ? style->burst_goes_on :
						      style->burst[packet->way]);
	if (now >= style->dark_from && now < style->dark_to)
		return true;
	return draw_chance(&net->draw, style->loss[packet->way]) || *in_burst ||
	       network_dooms(net, packet);
}

static u64 network_arrival(struct network *net, enum network_way way, u64 now)
{
	const struct network_style *style = &net->style;
	u64 at = now + style->delay_us + draw_below(&net->draw, style->jitter_us + 1);

	at = max(at, net->last[way] + style->gap_us);
	if (draw_chance(&net->draw, style->late[way])) {
		net->late++;
		return at + draw_below(&net->draw, style->late_us + 1);
	}
	net->last[way] = at;
	return at;
}

/* Who arrives first stands last; of two at the same time the one that went first. */
static void network_put(struct network *net, const struct network_packet *packet)
{
	u32 i = net->n;

	while (i && net->packet[i - 1].at <= packet->at)
		i--;
	memmove(&net->packet[i + 1], &net->packet[i], (net->n - i) * sizeof(*packet));
	net->packet[i] = *packet;
	net->n++;
}

/**
 * network_send - a packet sets out
 * @net: the network
 * @packet: the packet; its time of arrival is found here
 * @now: microseconds
 *
 * Returns false when it is lost.
 */
bool network_send(struct network *net, const struct network_packet *packet, u64 now)
{
	struct network_packet copy = *packet;
	u32 copies = 1;

	if (network_loses(net, packet, now) || net->n + 2 > NETWORK_ROOM) {
		net->lost[packet->way]++;
		return false;
	}
	if (draw_chance(&net->draw, net->style.twice[packet->way])) {
		net->twice++;
		copies = 2;
	}
	if (packet->way == NETWORK_DATA && packet->seg.ect)
		copy.seg.ce = draw_chance(&net->draw, net->style.marks);
	while (copies--) {
		copy.at = network_arrival(net, packet->way, now);
		network_put(net, &copy);
	}
	return true;
}

/**
 * network_next - when does the next packet arrive?
 * @net: the network
 * @at: gets the time
 *
 * Returns false when nothing is on its way.
 */
bool network_next(const struct network *net, u64 *at)
{
	if (!net->n)
		return false;
	*at = net->packet[net->n - 1].at;
	return true;
}

/**
 * network_take - the next packet arrives
 * @net: the network, not empty
 * @packet: gets it
 */
void network_take(struct network *net, struct network_packet *packet)
{
	*packet = net->packet[--net->n];
}
