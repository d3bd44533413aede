// SPDX-License-Identifier: GPL-2.0
/*
 * The list of the suites, in the order in which they run: what is simple first.
 * They need the module's init behind them; see ETP_KUNIT_SECTION.
 */
#include "suites.h"
#include <linux/moduleparam.h>
#include "../net/etp/internal.h"

static char *kunit_only;
module_param(kunit_only, charp, 0444);
MODULE_PARM_DESC(kunit_only, "Run the suite of this name, and no other");

static struct kunit_suite *etp_suites[]
__aligned(sizeof(struct kunit_suite *)) __used ETP_KUNIT_SECTION = {
	&etp_peer_suite,
	&etp_seq_suite,
	&etp_fsm_suite,
	&etp_rtt_suite,
	&etp_registry_suite,
	&etp_reno_suite,
	&etp_cong_suite,
	&etp_cubic_suite,
	&etp_plpmtu_suite,
	&etp_wire_suite,
	&etp_reassembly_suite,
	&etp_reply_suite,
	&etp_demux_suite,
	&etp_port_suite,
	&etp_mib_suite,
	&etp_offload_suite,
	&etp_listen_suite,
	&etp_handshake_suite,
	&etp_cell_suite,
	&etp_cell6_suite,
	&etp_rcv_suite,
	&etp_recvmsg_suite,
	&etp_urgent_suite,
	&etp_rwnd_suite,
	&etp_delack_suite,
	&etp_ecn_suite,
	&etp_sendmsg_suite,
	&etp_snd_suite,
	&etp_xmit_suite,
	&etp_scoreboard_suite,
	&etp_meter_suite,
	&etp_rtxq_suite,
	&etp_ack_suite,
	&etp_recovery_suite,
	&etp_policy_suite,
	&etp_transfer_suite,
	&etp_policy_reno_suite,
	&etp_policy_newreno_suite,
	&etp_policy_sack_suite,
	&etp_policy_rack_suite,
	&etp_policy_undo_suite,
	&etp_policy_ecn_suite,
	&etp_timer_suite,
	&etp_mtu_suite,
	&etp_mtu6_suite,
	&etp_family_suite,
	&etp_socket_suite,
	&etp_timewait_suite,
	&etp_scene_suite,
	&etp_scene6_suite,
	&etp_icmp_suite,
	&etp_errqueue_suite,
	&etp_errqueue6_suite,
	&etp_srcroute_suite,
	&etp_conformance_suite,
	&etp_conformance_option_suite,
	&etp_ipv6_suite,
	&etp_ipv4_suite,
	&etp_sockopt_suite,
	&etp_info_suite,
	&etp_proc_suite,
	&etp_property_suite,
};

/* Those that are not wanted are left without cases. */
static void etp_kunit_choose(void)
{
	static struct kunit_case none[] = { {} };
	unsigned int i;

	for (i = 0; kunit_only && i < ARRAY_SIZE(etp_suites); i++)
		if (strcmp(etp_suites[i]->name, kunit_only))
			etp_suites[i]->test_cases = none;
}

/**
 * etp_kunit_init - the last thing that the module's init does
 *
 * Process context.
 */
void etp_kunit_init(void)
{
	etp_kunit_choose();
	etp_kunit_run(etp_suites);
}

/**
 * etp_kunit_exit - the first thing that the module's exit does
 *
 * Process context.
 */
void etp_kunit_exit(void)
{
	etp_kunit_forget(etp_suites);
}
