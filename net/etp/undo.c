// SPDX-License-Identifier: GPL-2.0
/*
 * Was a recovery for nothing?  The timestamp that the first ACK of new data echoes
 * tells (Eifel, RFC 3522), or D-SACKs for all that went again (RFC 3708).
 * May touch struct etp_undo and nothing else.
 */
#include "internal.h"

/**
 * etp_undo_begin - a recovery begins
 * @undo: the state
 * @una: SND.UNA
 * @earlier: bytes that went again before and may still arrive
 *
 * D-SACKs for these come, too, and their echoes are older than the first
 * retransmission of this recovery, though no original's.
 */
void etp_undo_begin(struct etp_undo *undo, u32 una, u32 earlier)
{
	*undo = (struct etp_undo){
		.marked = true, .marker = una, .retrans = earlier, .blind = earlier,
	};
}

/**
 * etp_undo_never - what happens now can't be told from a loss
 * @undo: the state
 */
void etp_undo_never(struct etp_undo *undo)
{
	undo->marked = false;
}

/**
 * etp_undo_sent - something went again
 * @undo: the state
 * @len: bytes
 * @tsval: TSval it carried
 */
void etp_undo_sent(struct etp_undo *undo, u32 len, u32 tsval)
{
	if (!undo->marked)
		return;
	if (!undo->any)
		undo->stamp = tsval;
	undo->any = true;
	undo->retrans += len;
}

/**
 * etp_undo_dsack - the peer got something twice
 * @undo: the state
 * @dsack: what
 *
 * Returns false when that was not of this recovery.
 */
bool etp_undo_dsack(struct etp_undo *undo, const struct etp_sack_block *dsack)
{
	if (!undo->marked || seq_lt(dsack->start, undo->marker))
		return false;
	undo->retrans -= min(undo->retrans, dsack->end - dsack->start);
	return true;
}

/**
 * etp_undo_eifel - does an ACK of new data answer an original?
 * @undo: the state
 * @echo: its TSecr
 *
 * RFC 3522 section 3.2 step (5).
 */
bool etp_undo_eifel(const struct etp_undo *undo, u32 echo)
{
	return undo->marked && undo->any && !undo->blind && seq_lt(echo, undo->stamp);
}

/**
 * etp_undo_all - has everything that went again arrived twice?
 * @undo: the state
 */
bool etp_undo_all(const struct etp_undo *undo)
{
	return undo->marked && undo->any && !undo->retrans;
}
