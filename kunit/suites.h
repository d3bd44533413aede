/* SPDX-License-Identifier: GPL-2.0 */
/* The suites: one for each file of net/etp with logic in it; suites.c has the list. */
#ifndef _ETP_KUNIT_SUITES_H
#define _ETP_KUNIT_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite etp_ack_suite;
extern struct kunit_suite etp_cell6_suite;
extern struct kunit_suite etp_cell_suite;
extern struct kunit_suite etp_cong_suite;
extern struct kunit_suite etp_conformance_option_suite;
extern struct kunit_suite etp_conformance_suite;
extern struct kunit_suite etp_cubic_suite;
extern struct kunit_suite etp_delack_suite;
extern struct kunit_suite etp_demux_suite;
extern struct kunit_suite etp_family_suite;
extern struct kunit_suite etp_ecn_suite;
extern struct kunit_suite etp_errqueue6_suite;
extern struct kunit_suite etp_errqueue_suite;
extern struct kunit_suite etp_fsm_suite;
extern struct kunit_suite etp_handshake_suite;
extern struct kunit_suite etp_icmp_suite;
extern struct kunit_suite etp_info_suite;
extern struct kunit_suite etp_ipv4_suite;
extern struct kunit_suite etp_ipv6_suite;
extern struct kunit_suite etp_listen_suite;
extern struct kunit_suite etp_meter_suite;
extern struct kunit_suite etp_mib_suite;
extern struct kunit_suite etp_mtu6_suite;
extern struct kunit_suite etp_mtu_suite;
extern struct kunit_suite etp_offload_suite;
extern struct kunit_suite etp_peer_suite;
extern struct kunit_suite etp_plpmtu_suite;
extern struct kunit_suite etp_policy_ecn_suite;
extern struct kunit_suite etp_policy_newreno_suite;
extern struct kunit_suite etp_policy_rack_suite;
extern struct kunit_suite etp_policy_reno_suite;
extern struct kunit_suite etp_policy_sack_suite;
extern struct kunit_suite etp_policy_suite;
extern struct kunit_suite etp_policy_undo_suite;
extern struct kunit_suite etp_port_suite;
extern struct kunit_suite etp_proc_suite;
extern struct kunit_suite etp_property_suite;
extern struct kunit_suite etp_rcv_suite;
extern struct kunit_suite etp_reassembly_suite;
extern struct kunit_suite etp_recovery_suite;
extern struct kunit_suite etp_recvmsg_suite;
extern struct kunit_suite etp_registry_suite;
extern struct kunit_suite etp_reno_suite;
extern struct kunit_suite etp_reply_suite;
extern struct kunit_suite etp_rtt_suite;
extern struct kunit_suite etp_rtxq_suite;
extern struct kunit_suite etp_rwnd_suite;
extern struct kunit_suite etp_scene6_suite;
extern struct kunit_suite etp_scene_suite;
extern struct kunit_suite etp_scoreboard_suite;
extern struct kunit_suite etp_sendmsg_suite;
extern struct kunit_suite etp_seq_suite;
extern struct kunit_suite etp_snd_suite;
extern struct kunit_suite etp_socket_suite;
extern struct kunit_suite etp_srcroute_suite;
extern struct kunit_suite etp_sockopt_suite;
extern struct kunit_suite etp_timer_suite;
extern struct kunit_suite etp_timewait_suite;
extern struct kunit_suite etp_transfer_suite;
extern struct kunit_suite etp_urgent_suite;
extern struct kunit_suite etp_wire_suite;
extern struct kunit_suite etp_xmit_suite;

#endif /* _ETP_KUNIT_SUITES_H */
