// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/kpptp.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/kpptp.h>

/* KPPTP_CMD_CALL_NEW - do */
const struct nla_policy kpptp_call_new_nl_policy[KPPTP_A_CALL_OWNER + 1] = {
	[KPPTP_A_CALL_LOCAL] = { .type = NLA_U32, },
	[KPPTP_A_CALL_PEER] = { .type = NLA_U32, },
	[KPPTP_A_CALL_CALL_ID] = NLA_POLICY_MIN(NLA_U16, 1),
	[KPPTP_A_CALL_PEER_CALL_ID] = { .type = NLA_U16, },
	[KPPTP_A_CALL_RX_WINDOW] = { .type = NLA_U16, },
	[KPPTP_A_CALL_TX_WINDOW] = { .type = NLA_U16, },
	[KPPTP_A_CALL_ACK_DELAY] = { .type = NLA_U32, },
	[KPPTP_A_CALL_REORDER_LIMIT] = NLA_POLICY_MAX(NLA_U16, KPPTP_REORDER_LIMIT_MAX),
	[KPPTP_A_CALL_REORDER_TIME] = { .type = NLA_U32, },
	[KPPTP_A_CALL_TOS] = { .type = NLA_U8, },
	[KPPTP_A_CALL_TOS_MODE] = NLA_POLICY_MAX(NLA_U8, 1),
	[KPPTP_A_CALL_TTL] = { .type = NLA_U8, },
	[KPPTP_A_CALL_PMTU_MODE] = NLA_POLICY_MAX(NLA_U8, 2),
	[KPPTP_A_CALL_MARK] = { .type = NLA_U32, },
	[KPPTP_A_CALL_DEVICE] = { .type = NLA_U32, },
	[KPPTP_A_CALL_OFFLOAD] = NLA_POLICY_MAX(NLA_U8, 1),
	[KPPTP_A_CALL_TX_SEQ] = { .type = NLA_U32, },
	[KPPTP_A_CALL_RX_SEQ] = { .type = NLA_U32, },
	[KPPTP_A_CALL_OWNER] = { .type = NLA_FLAG, },
};

/* KPPTP_CMD_CALL_SET - do */
const struct nla_policy kpptp_call_set_nl_policy[KPPTP_A_CALL_OWNER + 1] = {
	[KPPTP_A_CALL_LOCAL] = { .type = NLA_U32, },
	[KPPTP_A_CALL_PEER] = { .type = NLA_U32, },
	[KPPTP_A_CALL_CALL_ID] = NLA_POLICY_MIN(NLA_U16, 1),
	[KPPTP_A_CALL_PEER_CALL_ID] = { .type = NLA_U16, },
	[KPPTP_A_CALL_RX_WINDOW] = { .type = NLA_U16, },
	[KPPTP_A_CALL_TX_WINDOW] = { .type = NLA_U16, },
	[KPPTP_A_CALL_ACK_DELAY] = { .type = NLA_U32, },
	[KPPTP_A_CALL_REORDER_LIMIT] = NLA_POLICY_MAX(NLA_U16, KPPTP_REORDER_LIMIT_MAX),
	[KPPTP_A_CALL_REORDER_TIME] = { .type = NLA_U32, },
	[KPPTP_A_CALL_TOS] = { .type = NLA_U8, },
	[KPPTP_A_CALL_TOS_MODE] = NLA_POLICY_MAX(NLA_U8, 1),
	[KPPTP_A_CALL_TTL] = { .type = NLA_U8, },
	[KPPTP_A_CALL_PMTU_MODE] = NLA_POLICY_MAX(NLA_U8, 2),
	[KPPTP_A_CALL_MARK] = { .type = NLA_U32, },
	[KPPTP_A_CALL_DEVICE] = { .type = NLA_U32, },
	[KPPTP_A_CALL_OFFLOAD] = NLA_POLICY_MAX(NLA_U8, 1),
	[KPPTP_A_CALL_OWNER] = { .type = NLA_FLAG, },
};

/* KPPTP_CMD_CALL_DEL - do */
const struct nla_policy kpptp_call_del_nl_policy[KPPTP_A_CALL_CALL_ID + 1] = {
	[KPPTP_A_CALL_LOCAL] = { .type = NLA_U32, },
	[KPPTP_A_CALL_PEER] = { .type = NLA_U32, },
	[KPPTP_A_CALL_CALL_ID] = NLA_POLICY_MIN(NLA_U16, 1),
};

/* KPPTP_CMD_CALL_GET - do */
const struct nla_policy kpptp_call_get_nl_policy[KPPTP_A_CALL_CALL_ID + 1] = {
	[KPPTP_A_CALL_LOCAL] = { .type = NLA_U32, },
	[KPPTP_A_CALL_PEER] = { .type = NLA_U32, },
	[KPPTP_A_CALL_CALL_ID] = NLA_POLICY_MIN(NLA_U16, 1),
};

/* KPPTP_CMD_STATS_GET - do */
const struct nla_policy kpptp_stats_get_nl_policy[KPPTP_A_STATS_PAD + 1] = {
};

/* Ops table for kpptp */
const struct genl_ops kpptp_nl_ops[5] = {
	{
		.cmd		= KPPTP_CMD_CALL_NEW,
		.doit		= kpptp_nl_call_new_doit,
		.policy		= kpptp_call_new_nl_policy,
		.maxattr	= KPPTP_A_CALL_OWNER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= KPPTP_CMD_CALL_SET,
		.doit		= kpptp_nl_call_set_doit,
		.policy		= kpptp_call_set_nl_policy,
		.maxattr	= KPPTP_A_CALL_OWNER,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= KPPTP_CMD_CALL_DEL,
		.doit		= kpptp_nl_call_del_doit,
		.policy		= kpptp_call_del_nl_policy,
		.maxattr	= KPPTP_A_CALL_CALL_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= KPPTP_CMD_CALL_GET,
		.doit		= kpptp_nl_call_get_doit,
		.dumpit		= kpptp_nl_call_get_dumpit,
		.policy		= kpptp_call_get_nl_policy,
		.maxattr	= KPPTP_A_CALL_CALL_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= KPPTP_CMD_STATS_GET,
		.doit		= kpptp_nl_stats_get_doit,
		.policy		= kpptp_stats_get_nl_policy,
		.maxattr	= KPPTP_A_STATS_PAD,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

static const struct genl_multicast_group kpptp_nl_mcgrps[] = {
	[KPPTP_NLGRP_CALLS] = { "calls", },
};
