/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generic netlink for the selftests, on libnl-3. It sends whatever it is told
 * to, right or wrong: userspace/lib/nl.h would refuse to ask for what the
 * kernel has to refuse.
 */
#ifndef KPPTP_SELFTEST_GENL_H
#define KPPTP_SELFTEST_GENL_H

#include <linux/kpptp.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

struct genl {
	struct nl_sock *sock;
	int family;
	int group;		/* id of the group "calls" */
	int error;		/* of the last request, positive errno */
	char why[256];		/* its extended-ack sentence */
};

/* Called for each message that answers a request, or for a notification. */
typedef void (*genl_reply_fn)(int cmd, struct nlattr **attrs, void *arg);

/* Opens a socket; ends the program when there is no such family. */
void genl_open(struct genl *genl);

/* A request to be filled with attributes. @flags: NLM_F_DUMP or 0. */
struct nl_msg *genl_request(struct genl *genl, int cmd, int flags);

/*
 * Sends @msg, frees it and waits for the answer. Returns 0 or the errno the
 * kernel answered, with the sentence it gave in genl->why.
 */
int genl_talk(struct genl *genl, struct nl_msg *msg, genl_reply_fn reply,
	      void *arg);

/* Joins the group "calls" and hands over notifications for ever. */
void genl_listen(struct genl *genl, genl_reply_fn reply, void *arg);

/* Calls in the namespace, by STATS_GET. */
unsigned int genl_count_calls(struct genl *genl);

#endif
