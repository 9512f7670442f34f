// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many calls a namespace may have: the sysctl net.kpptp.max_calls, each
 * namespace's own. Whoever has a namespace may make calls there, and each takes
 * memory of the machine, so it is for the machine's administrator to set.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "call.h"
#include "compat/compat.h"
#include "limits.h"

/* The mode of a file below net/ says nothing of this: root of the user namespace
 * that the network namespace belongs to has all that its owner has.
 */
static int handle_max_calls(kpptp_ctl_table *table, int write, void *buffer,
			    size_t *lenp, loff_t *ppos)
{
	if (write && !capable(CAP_NET_ADMIN))
		return -EPERM;
	return proc_douintvec(table, write, buffer, lenp, ppos);
}

static const struct ctl_table template[] = {
	{
		.procname	= "max_calls",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= handle_max_calls,
	},
	{}
};

/**
 * kpptp_limits_init() - set the limits of a namespace, and let them be set
 * @net: the namespace
 *
 * Return: 0 or -ENOMEM.
 */
int kpptp_limits_init(struct net *net)
{
	struct kpptp_net *kn = kpptp_net(net);
	struct ctl_table *table;

	kn->max_calls = net->user_ns == &init_user_ns ? KPPTP_CALLS_MAX :
							KPPTP_CALLS_MAX_USERNS;
	if (!IS_ENABLED(CONFIG_SYSCTL))
		return 0;
	table = kmemdup(template, sizeof(template), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	table[0].data = &kn->max_calls;
	kn->sysctl = kpptp_register_net_sysctl(net, "net/kpptp", table,
					       ARRAY_SIZE(template) - 1);
	if (kn->sysctl)
		return 0;
	kfree(table);
	return -ENOMEM;
}

/**
 * kpptp_limits_exit() - take that back
 * @net: the namespace
 */
void kpptp_limits_exit(struct net *net)
{
	struct ctl_table_header *sysctl = kpptp_net(net)->sysctl;
	const struct ctl_table *table;

	if (!sysctl)
		return;
	table = sysctl->ctl_table_arg;
	unregister_net_sysctl_table(sysctl);
	kfree(table);
}
