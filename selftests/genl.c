// SPDX-License-Identifier: GPL-2.0-or-later
#include "helper.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "genl.h"

struct talk {
	struct genl *genl;
	genl_reply_fn reply;
	void *arg;
	bool done;
};

void genl_open(struct genl *genl)
{
	int one = 1, fd;

	genl->sock = nl_socket_alloc();
	errno = 0;
	if (!genl->sock || genl_connect(genl->sock))
		die("no generic netlink socket");
	fd = nl_socket_get_fd(genl->sock);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)))
		die("NETLINK_EXT_ACK");
	if (setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)))
		die("NETLINK_CAP_ACK");
	nl_socket_set_buffer_size(genl->sock, 1 << 20, 1 << 20);
	genl->family = genl_ctrl_resolve(genl->sock, KPPTP_FAMILY_NAME);
	if (genl->family < 0)
		die("no netlink family %s", KPPTP_FAMILY_NAME);
	genl->group = genl_ctrl_resolve_grp(genl->sock, KPPTP_FAMILY_NAME,
					    KPPTP_MCGRP_CALLS);
	if (genl->group < 0)
		die("no multicast group %s", KPPTP_MCGRP_CALLS);
}

struct nl_msg *genl_request(struct genl *genl, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, genl->family,
				 0, flags, cmd, KPPTP_FAMILY_VERSION))
		die("no memory for a request");
	return msg;
}

/* With NETLINK_CAP_ACK only the header of the request comes back. */
static void read_extack(struct genl *genl, const struct nlmsghdr *nlh)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	int skip = sizeof(struct nlmsgerr);

	genl->why[0] = 0;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nla_parse(tb, NLMSGERR_ATTR_MAX,
		      (struct nlattr *)((char *)nlmsg_data(nlh) + skip),
		      nlmsg_datalen(nlh) - skip, NULL))
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		nla_strlcpy(genl->why, tb[NLMSGERR_ATTR_MSG],
			    sizeof(genl->why));
}

static int on_error(struct sockaddr_nl *nla, struct nlmsgerr *err, void *arg)
{
	struct talk *talk = arg;

	(void)nla;
	talk->genl->error = -err->error;
	read_extack(talk->genl, (struct nlmsghdr *)((char *)err - NLMSG_HDRLEN));
	talk->done = true;
	return NL_STOP;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct talk *talk = arg;

	(void)msg;
	talk->done = true;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *genlh = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *attrs[KPPTP_A_CALL_MAX + 1];
	struct talk *talk = arg;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, KPPTP_A_CALL_MAX, NULL)) {
		errno = 0;
		die("a message that can't be parsed");
	}
	if (talk->reply)
		talk->reply(genlh->cmd, attrs, talk->arg);
	return NL_OK;
}

static int no_seq_check(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static struct nl_cb *new_callbacks(struct talk *talk)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		die("no memory for callbacks");
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, talk);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, talk);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, talk);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, talk);
	return cb;
}

int genl_talk(struct genl *genl, struct nl_msg *msg, genl_reply_fn reply,
	      void *arg)
{
	struct talk talk = { .genl = genl, .reply = reply, .arg = arg };
	struct nl_cb *cb = new_callbacks(&talk);

	genl->error = 0;
	genl->why[0] = 0;
	errno = 0;
	if (nl_send_auto(genl->sock, msg) < 0)
		die("send");
	while (!talk.done)
		if (nl_recvmsgs(genl->sock, cb) < 0 && !talk.done)
			die("receive");
	nl_cb_put(cb);
	nlmsg_free(msg);
	return genl->error;
}

void genl_listen(struct genl *genl, genl_reply_fn reply, void *arg)
{
	struct talk talk = { .genl = genl, .reply = reply, .arg = arg };
	struct nl_cb *cb = new_callbacks(&talk);

	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, no_seq_check, NULL);
	errno = 0;
	if (nl_socket_add_membership(genl->sock, genl->group)) {
		printf("%s: can't join the group\n", strerrorname_np(errno));
		exit(1);
	}
	puts("ready");
	while (!nl_recvmsgs(genl->sock, cb))
		;
	die("receive");
}

static void read_count(int cmd, struct nlattr **attrs, void *arg)
{
	(void)cmd;
	*(unsigned int *)arg = nla_get_u32(attrs[KPPTP_A_STATS_CALLS]);
}

unsigned int genl_count_calls(struct genl *genl)
{
	unsigned int count = 0;

	if (genl_talk(genl, genl_request(genl, KPPTP_CMD_STATS_GET, 0),
		      read_count, &count))
		die("STATS_GET: %s", strerrorname_np(genl->error));
	return count;
}
