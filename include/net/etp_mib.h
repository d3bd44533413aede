/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of a network namespace, which mib.c adds up for /proc/net/etp_stat.
 * Those that kernel TCP has as well are named as there.
 */
#ifndef _NET_ETP_MIB_H
#define _NET_ETP_MIB_H

#define ETP_MIB_LIST(X)			\
	X(ActiveOpens)			\
	X(PassiveOpens)			\
	X(AttemptFails)			\
	X(EstabResets)			\
	X(InSegs)			\
	X(OutSegs)			\
	X(RetransSegs)			\
	X(InErrs)			\
	X(OutRsts)			\
	X(InCsumErrors)			\
	X(ListenOverflows)		\
	X(ListenDrops)			\
	X(EmbryonicRsts)		\
	X(TW)				\
	X(TWRecycled)			\
	X(TimeWaitOverflow)		\
	X(DelayedACKs)			\
	X(HPHits)			\
	X(HPAcks)			\
	X(PureAcks)			\
	X(FastRetrans)			\
	X(SlowStartRetrans)		\
	X(Timeouts)			\
	X(TimeoutRehash)		\
	X(ReqRetrans)			\
	X(AbortOnData)			\
	X(AbortOnClose)			\
	X(AbortOnTimeout)		\
	X(AbortOnLinger)		\
	X(AbortOnMemory)		\
	X(AbortFailed)			\
	X(OFOQueue)			\
	X(OFODrop)			\
	X(OFOMerge)			\
	X(RcvQDrop)			\
	X(BacklogDrop)			\
	X(RcvCoalesce)			\
	X(DSACKOldSent)			\
	X(DSACKOfoSent)			\
	X(PAWSActive)			\
	X(PAWSEstab)			\
	X(ChallengeACK)			\
	X(SYNChallenge)			\
	X(ACKSkipped)			\
	X(OutOfWindow)			\
	X(MinTTLDrop)			\
	X(KeepAlive)			\
	X(ZeroWindowProbes)		\
	X(ToZeroWindowAdv)		\
	X(FromZeroWindowAdv)		\
	X(WantZeroWindowAdv)		\
	X(LockDroppedIcmps)		\
	X(OutOfWindowIcmps)		\
	X(MemoryPressures)		\
	X(SynRetrans)			\
	X(RenoRecovery)			\
	X(SackRecovery)			\
	X(LimitedTransmit)		\
	X(LostRetransmit)		\
	X(RetransFail)			\
	X(SACKDiscard)			\
	X(SACKReneging)			\
	X(SACKReorder)			\
	X(DSACKRecv)			\
	X(DSACKIgnored)			\
	X(TSUndo)			\
	X(DSACKUndo)			\
	X(SpuriousRTOs)			\
	X(LossProbes)			\
	X(LossProbeRecovery)		\
	X(MTUPFail)			\
	X(MTUPSuccess)			\
	X(EcnOpens)			\
	X(EcnMarked)			\
	X(EcnReduced)			\
	X(WindowScaleCut)		\
	X(NoRoute)

#define ETP_MIB_ENUM(name)	ETP_MIB_##name,
enum { ETP_MIB_LIST(ETP_MIB_ENUM) ETP_MIB_MAX };

struct etp_mib {
	unsigned long	count[ETP_MIB_MAX];
};

#define ETP_ADD(net, name, n)	\
	this_cpu_add(etp_net(net)->mib->count[ETP_MIB_##name], n)
#define ETP_INC(net, name)	ETP_ADD(net, name, 1)

#endif /* _NET_ETP_MIB_H */
