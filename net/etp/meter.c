// SPDX-License-Identifier: GPL-2.0
/*
 * What ETP_INFO tells and nothing in the protocol needs: how fast data arrive, what
 * the sender waits for, how often it ran into a time-out.  May touch struct
 * etp_meter; knows of no socket.
 */
#include "internal.h"

/**
 * etp_meter_busy - the sender waits for something else from now on
 * @meter: the room
 * @is: for what
 * @now: etp_jiffies()
 */
void etp_meter_busy(struct etp_meter *meter, enum etp_busy is, u32 now)
{
	if (is == meter->busy)
		return;
	if (meter->busy != ETP_BUSY_NOT)
		meter->busy_for[meter->busy - 1] += now - meter->busy_since;
	meter->busy = is;
	meter->busy_since = now;
}

/**
 * etp_meter_busy_for - how long the sender has waited for something, in all
 * @meter: the room
 * @what: ETP_BUSY_NET and so on
 * @now: etp_jiffies()
 *
 * Returns microseconds.
 */
u64 etp_meter_busy_for(const struct etp_meter *meter, enum etp_busy what, u32 now)
{
	u64 ticks = meter->busy_for[what - 1];

	if (meter->busy == what)
		ticks += now - meter->busy_since;
	return ticks * (USEC_PER_SEC / HZ);
}

/**
 * etp_meter_idle - the program is about to write, and all before it has been sent
 * @meter: the room
 * @pipe: bytes in the network; the window leaves room for more
 *
 * What is delivered up to here is no measure of what the network could do.
 */
void etp_meter_idle(struct etp_meter *meter, u32 pipe)
{
	meter->idle_until = (meter->bytes + pipe) ?: 1;
}

/**
 * etp_meter_sent - a segment goes
 * @meter: the room
 * @tx: the segment; remembers what it takes to make a sample of it
 */
void etp_meter_sent(const struct etp_meter *meter, struct etp_tx *tx)
{
	tx->delivered = meter->bytes;
	tx->idle = meter->idle_until != 0;
}

/* A sample: so many bytes arrived since the newest segment of them was sent.  One of a
 * time when there was little to send counts only if it is a better one.
 */
static void etp_meter_rate_of(struct etp_meter *meter, const struct etp_rec_ack *ack,
			      u64 now)
{
	u32 us = clamp_t(u64, now - ack->sent_us, 1, U32_MAX);
	u32 bytes = meter->bytes - ack->before;

	if (ack->idle && meter->rate_us &&
	    (u64)bytes * meter->rate_us < (u64)meter->rate_bytes * us)
		return;
	meter->rate_bytes = bytes;
	meter->rate_us = us;
	meter->rate_idle = ack->idle;
}

/**
 * etp_meter_acked - an ACK has been dealt with
 * @meter: the room
 * @ack: what it brought
 * @now: etp_clock_us()
 *
 * The first that a connection gets acknowledged is its SYN, of which no rate is taken.
 */
void etp_meter_acked(struct etp_meter *meter, const struct etp_rec_ack *ack, u64 now)
{
	bool opened = meter->segs != 0;

	meter->segs += ack->segs;
	meter->bytes += ack->delivered;
	if (meter->idle_until && seq_gt(meter->bytes, meter->idle_until))
		meter->idle_until = 0;
	if (opened && ack->delivered && ack->sent_us)
		etp_meter_rate_of(meter, ack, now);
}

/**
 * etp_meter_rate - the newest measure of how fast data arrive
 * @meter: the room
 *
 * Returns bytes in a second, 0 when there is none.
 */
u64 etp_meter_rate(const struct etp_meter *meter)
{
	if (!meter->rate_us)
		return 0;
	return div_u64((u64)meter->rate_bytes * USEC_PER_SEC, meter->rate_us);
}

/**
 * etp_meter_rto - the retransmission timer expired
 * @meter: the room
 * @first: for these data
 * @now: etp_clock_us()
 */
void etp_meter_rto(struct etp_meter *meter, bool first, u64 now)
{
	meter->rtos++;
	if (first) {
		meter->rto_recoveries++;
		meter->rto_since = now;
	}
}

/**
 * etp_meter_rto_over - what a time-out was for has been acknowledged
 * @meter: the room
 * @now: etp_clock_us()
 */
void etp_meter_rto_over(struct etp_meter *meter, u64 now)
{
	meter->rto_us += meter->rto_since ? now - meter->rto_since : 0;
	meter->rto_since = 0;
}

/**
 * etp_meter_rto_ms - how long the connection lay in time-outs
 * @meter: the room
 * @now: etp_clock_us()
 *
 * Returns milliseconds, with one that is not over.
 */
u32 etp_meter_rto_ms(const struct etp_meter *meter, u64 now)
{
	u64 us = meter->rto_us + (meter->rto_since ? now - meter->rto_since : 0);

	return div_u64(us, USEC_PER_MSEC);
}
