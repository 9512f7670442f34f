/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/kpptp.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_KPPTP_GEN_H
#define _LINUX_KPPTP_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/kpptp.h>

extern const struct nla_policy kpptp_call_new_nl_policy[KPPTP_A_CALL_OWNER + 1];

extern const struct nla_policy kpptp_call_set_nl_policy[KPPTP_A_CALL_OWNER + 1];

extern const struct nla_policy kpptp_call_del_nl_policy[KPPTP_A_CALL_CALL_ID + 1];

extern const struct nla_policy kpptp_call_get_nl_policy[KPPTP_A_CALL_CALL_ID + 1];

extern const struct nla_policy kpptp_stats_get_nl_policy[KPPTP_A_STATS_PAD + 1];

/* Ops table for kpptp */
extern const struct genl_ops kpptp_nl_ops[5];

int kpptp_nl_call_new_doit(struct sk_buff *skb, struct genl_info *info);
int kpptp_nl_call_set_doit(struct sk_buff *skb, struct genl_info *info);
int kpptp_nl_call_del_doit(struct sk_buff *skb, struct genl_info *info);
int kpptp_nl_call_get_doit(struct sk_buff *skb, struct genl_info *info);
int kpptp_nl_call_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int kpptp_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	KPPTP_NLGRP_CALLS,
};

#endif /* _LINUX_KPPTP_GEN_H */
