// SPDX-License-Identifier: GPL-2.0-only
/*
 * kpptp: the PPTP data path. Here it only starts and unwinds.
 */
#include <linux/if_pppox.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "call.h"
#include "memory.h"
#include "netlink.h"
#include "offload.h"
#include "pppox.h"
#include "rx.h"

module_param_named(offload, kpptp_offload_default, bool, 0644);
MODULE_PARM_DESC(offload, "large packets in both directions, for calls that do not say (default on)");

module_param_named(backlog, kpptp_backlog_limit, ulong, 0644);
MODULE_PARM_DESC(backlog, "memory for frames that wait for PPP, octets for each network namespace (default 1/32 of what there is, 64 MiB at most)");

static struct pernet_operations net_ops = {
	.init		= kpptp_net_init,
	.pre_exit	= kpptp_net_pre_exit,
	.exit		= kpptp_net_exit,
	.id		= &kpptp_net_id,
	.size		= sizeof(struct kpptp_net),
};

static int __init taken(const char *what, int err)
{
	pr_err("kpptp: another driver has %s, most likely the in-tree one: rmmod pptp, and keep it out with 'blacklist pptp' in /etc/modprobe.d\n",
	       what);
	return err;
}

static int __init kpptp_init(void)
{
	int err = kpptp_memory_register();

	if (err)
		return err;
	kpptp_backlog_setup();
	err = kpptp_offload_register();
	if (err)
		goto err_memory;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_offload;
	err = kpptp_nl_register();
	if (err)
		goto err_net;
	err = kpptp_rx_register();
	if (err) {
		taken("GRE version 1", err);
		goto err_nl;
	}
	err = kpptp_pppox_register();
	if (err) {
		taken("the PPTP sockets (PX_PROTO_PPTP)", err);
		goto err_rx;
	}
	return 0;

err_rx:
	kpptp_rx_unregister();
err_nl:
	kpptp_nl_unregister();
err_net:
	unregister_pernet_subsys(&net_ops);
err_offload:
	kpptp_offload_unregister();
err_memory:
	kpptp_memory_unregister();
	return err;
}

static void __exit kpptp_exit(void)
{
	kpptp_pppox_unregister();
	kpptp_rx_unregister();
	kpptp_nl_unregister();
	unregister_pernet_subsys(&net_ops);
	kpptp_offload_unregister();
	/* Calls that have ended are freed by RCU callbacks of ours. */
	rcu_barrier();
	kpptp_memory_unregister();
}

module_init(kpptp_init);
module_exit(kpptp_exit);

MODULE_DESCRIPTION("Point-to-Point Tunneling Protocol (RFC 2637) data path");
MODULE_AUTHOR("The kpptp developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(KPPTP_VERSION);
/* Both macros make a string of PX_PROTO_PPTP as it stands here: its header is needed. */
MODULE_ALIAS_NET_PF_PROTO(PF_PPPOX, PX_PROTO_PPTP);
MODULE_ALIAS_GENL_FAMILY("kpptp");
