// SPDX-License-Identifier: GPL-2.0
/* What a seed makes of a transfer: the program, the network, the peer.  See transfer.h. */
#include "transfer.h"

static const char *const transfer_weathers[] = {
#define TRANSFER_TEXT(name, text)	text,
	TRANSFER_WEATHER(TRANSFER_TEXT)
};

/**
 * transfer_weather_name - in words
 * @weather: which
 */
const char *transfer_weather_name(enum transfer_weather weather)
{
	return transfer_weathers[weather];
}

static void style_peer(struct peer_style *peer, struct draw *d, const char *policy)
{
	bool sack = !strcmp(policy, "sack") || !strcmp(policy, "rack");

	peer->mss = draw_from(d, 60, 200);
	peer->ts = draw_chance(d, 500);
	/* without it these two give way to newreno, and that is tried, too */
	peer->sack = draw_chance(d, sack ? 950 : 500);
	peer->dsack = draw_chance(d, 700);
	peer->wscale = draw_chance(d, 500) ? draw_below(d, 5) : 0;
	peer->buffer = 65535;
	peer->every = draw_chance(d, 200) ? draw_from(d, 3, 8) : draw_from(d, 1, 2);
	peer->delack_us = draw_from(d, 1, 150) * USEC_PER_MSEC;
	if (draw_chance(d, 700))
		return;
	peer->buffer = draw_from(d, 3, 12) * peer->mss;
	if (draw_chance(d, 500))
		return;
	peer->read_most = draw_from(d, 1, 4) * peer->mss;
	peer->read_us = draw_from(d, 1, 400) * USEC_PER_MSEC;
}

static void style_program(struct transfer_style *style, struct draw *d)
{
	u32 mss = style->peer.mss;

	style->total = min(draw_from(d, 1, 60) * mss - draw_below(d, mss), TRANSFER_MOST - 2);
	style->chunk = style->total;
	if (draw_chance(d, 300)) {
		style->chunk = draw_from(d, style->total / 64 + 1, 10 * mss);
		style->chunk_us = draw_from(d, 1, draw_chance(d, 200) ? 3000 : 50) *
				  USEC_PER_MSEC;
	}
	style->fin = draw_chance(d, 500);
	style->nodelay = draw_chance(d, 300);
	/* one half of them pass 2^32 on the way */
	style->iss = draw(d) | 1;
	style->irs = draw(d);
	if (draw_chance(d, 500))
		style->iss = -draw_from(d, 1, style->total);
}

/* The bytes of so many segments at the beginning or at the end are doomed. */
static void style_doom(struct transfer_style *style, struct draw *d, bool tail)
{
	struct network_style *network = &style->network;
	u32 n = draw_from(d, 1, 10), len = n * style->peer.mss;

	network->doomed = draw_from(d, 1, 2 * n);
	network->doomed_from = 1;
	network->doomed_to = 1 + len;
	if (tail) {
		network->doomed_to = style->total + 2;
		network->doomed_from = network->doomed_to > len ? network->doomed_to - len : 1;
	}
}

static void style_lose(struct network_style *network, struct draw *d, u32 most)
{
	network->loss[NETWORK_DATA] = draw_from(d, 1, most);
	if (draw_chance(d, 500))
		network->loss[NETWORK_ACK] = draw_from(d, 1, most);
}

static void style_overtake(struct network_style *network, struct draw *d)
{
	network->late[NETWORK_DATA] = draw_from(d, 10, 300);
	if (draw_chance(d, 300))
		network->late[NETWORK_ACK] = draw_from(d, 10, 300);
	network->late_us = draw_from(d, 1, draw_chance(d, 200) ? 40 : 4) * network->delay_us;
}

static void style_burst(struct network_style *network, struct draw *d)
{
	network->burst[NETWORK_DATA] = draw_from(d, 5, 60);
	if (draw_chance(d, 300))
		network->burst[NETWORK_ACK] = draw_from(d, 5, 60);
	network->burst_goes_on = draw_from(d, 200, 800);
}

static void style_weather(struct transfer_style *style, struct draw *d)
{
	struct network_style *network = &style->network;

	switch (style->weather) {
	case WEATHER_SOME:
		style_lose(network, d, 60);
		break;
	case WEATHER_MUCH:
		style_lose(network, d, 400);
		break;
	case WEATHER_BURSTS:
		style_burst(network, d);
		break;
	case WEATHER_TAIL:
	case WEATHER_FIRST:
		style_doom(style, d, style->weather == WEATHER_TAIL);
		break;
	case WEATHER_ACKS:
		network->loss[NETWORK_ACK] = draw_from(d, 10, 600);
		break;
	case WEATHER_LATE:
		style_overtake(network, d);
		break;
	case WEATHER_TWICE:
		network->twice[NETWORK_DATA] = draw_from(d, 10, 500);
		network->twice[NETWORK_ACK] = draw_from(d, 0, 500);
		break;
	case WEATHER_DARK:
		network->dark_from = WIRE_CLOCK + draw_below(d, 4 * network->delay_us);
		network->dark_to = network->dark_from + draw_below(d, 5000) * USEC_PER_MSEC;
		break;
	case WEATHER_MARKS:
		network->marks = draw_from(d, 1, 300);
		style->peer.ecn = true;
		break;
	case WEATHER_ALL:
		style_lose(network, d, 200);
		style_burst(network, d);
		style_overtake(network, d);
		network->twice[NETWORK_DATA] = draw_below(d, 100);
		network->twice[NETWORK_ACK] = draw_below(d, 100);
		network->marks = draw_below(d, 100);
		style->peer.ecn = draw_chance(d, 500);
		style->renege = draw_chance(d, 200);
		break;
	default:
		/* what is neither lost nor late leaves no reason to send again */
		style->peer.every = min(style->peer.every, 2U);
		break;
	}
}

/**
 * transfer_style - what a seed decides
 * @style: gets it
 * @seed: the seed
 * @policy: the recovery policy
 */
void transfer_style(struct transfer_style *style, u32 seed, const char *policy)
{
	struct draw d = { .state = seed };
	struct network_style *network = &style->network;

	memset(style, 0, sizeof(*style));
	style->weather = seed % WEATHERS;
	style_peer(&style->peer, &d, policy);
	style_program(style, &d);
	network->delay_us = draw_from(&d, 1, draw_chance(&d, 200) ? 300 : 40) * USEC_PER_MSEC;
	network->jitter_us = draw_chance(&d, 500) ? draw_below(&d, network->delay_us / 2) : 0;
	network->gap_us = draw_below(&d, 2000);
	style_weather(style, &d);
}
