// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nl.c - client of the generic netlink family "kpptp"
 *
 * Which attribute is which member is told by one table, and for parameters of
 * the call by that of call_params.c. Both are used in both directions, so that
 * encoder and decoder cannot disagree.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "nl.h"

/* The kernel answers in the system call; this only guards against a wedge. */
#define NL_TIMEOUT_SECONDS	5
#define NL_EVENT_BUFFER		(1 << 20)
#define NL_DUMP_TRIES		3
#define NL_WHY_MAX		256

struct kpptp_nl {
	struct nl_sock *sock;
	struct nl_sock *events;
	int family;
	kpptp_nl_event_fn fn;
	void *arg;
	char why[NL_WHY_MAX];
};

enum field_type { FIELD_U8, FIELD_U16, FIELD_U32, FIELD_ADDR, FIELD_FLAG,
		  FIELD_NAME };

struct field {
	int attr;
	enum field_type type;
	size_t offset;
};

#define FIELD(a, t, m) { KPPTP_A_CALL_##a, FIELD_##t, \
			 offsetof(struct kpptp_nl_call, m) }

static const struct field fields[] = {
	FIELD(LOCAL, ADDR, local),
	FIELD(PEER, ADDR, peer),
	FIELD(CALL_ID, U16, call_id),
	FIELD(PEER_CALL_ID, U16, peer_call_id),
	FIELD(TX_WINDOW, U16, tx_window),
	FIELD(TX_SEQ, U32, tx_seq),
	FIELD(RX_SEQ, U32, rx_seq),
	FIELD(OWNER, FLAG, owner),
	FIELD(STATE, U8, state),
	FIELD(CHANNEL, U32, channel),
	FIELD(IFNAME, NAME, ifname),
	FIELD(REASON, U8, reason),
	FIELD(HELD, U32, held),
	FIELD(BACKLOG, U32, backlog),
	FIELD(TX_WINDOW_NOW, U32, tx_window_now),
	FIELD(TX_UNACKED, U32, tx_unacked),
	FIELD(RTT, U32, rtt),
	FIELD(ATO, U32, ato),
	FIELD(OFFLOAD_STATE, U8, offload_state),
	FIELD(PATH_MTU, U32, path_mtu),
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

#define STAT(a, m, n) { n, offsetof(struct kpptp_nl_call_stats, m), \
			KPPTP_A_CALL_STATS_##a }

const struct kpptp_nl_stat_name kpptp_nl_stat_names[] = {
	STAT(RX_PACKETS, rx_packets, "rx-packets"),
	STAT(RX_BYTES, rx_bytes, "rx-bytes"),
	STAT(TX_PACKETS, tx_packets, "tx-packets"),
	STAT(TX_BYTES, tx_bytes, "tx-bytes"),
	STAT(RX_ACKS, rx_acks, "rx-acks"),
	STAT(TX_ACKS, tx_acks, "tx-acks"),
	STAT(RX_REORDERED, rx_reordered, "rx-reordered"),
	STAT(RX_LOST, rx_lost, "rx-lost"),
	STAT(RX_DUPLICATE, rx_duplicate, "rx-duplicate"),
	STAT(RX_LATE, rx_late, "rx-late"),
	STAT(RX_FAR, rx_far, "rx-far"),
	STAT(RX_RESYNC, rx_resync, "rx-resync"),
	STAT(RX_TRIMMED, rx_trimmed, "rx-trimmed"),
	STAT(RX_BAD, rx_bad, "rx-bad"),
	STAT(RX_EARLY_HELD, rx_early_held, "rx-early-held"),
	STAT(RX_EARLY_DROPPED, rx_early_dropped, "rx-early-dropped"),
	STAT(RX_BAD_ACK, rx_bad_ack, "rx-bad-ack"),
	STAT(TX_NO_ROUTE, tx_no_route, "tx-no-route"),
	STAT(TX_LOOP, tx_loop, "tx-loop"),
	STAT(TX_ERRORS, tx_errors, "tx-errors"),
	STAT(TX_STALLS, tx_stalls, "tx-stalls"),
	STAT(TX_TIMEOUTS, tx_timeouts, "tx-timeouts"),
	STAT(TX_FRAGMENTED, tx_fragmented, "tx-fragmented"),
	STAT(RX_OVERRUN, rx_overrun, "rx-overrun"),
};

const size_t kpptp_nl_stat_count =
	sizeof(kpptp_nl_stat_names) / sizeof(kpptp_nl_stat_names[0]);

/* But for the padding, and the number of one that is no more. */
_Static_assert(sizeof(struct kpptp_nl_call_stats) / sizeof(uint64_t) ==
	       KPPTP_A_CALL_STATS_MAX - 2,
	       "struct kpptp_nl_call_stats has every counter of the spec");
_Static_assert(KPPTP_A_CALL_MAX < 64, "the set mask has a bit for each");

static int field_put(struct nl_msg *msg, const struct field *f,
		     const struct kpptp_nl_call *call)
{
	const void *p = (const char *)call + f->offset;

	switch (f->type) {
	case FIELD_U8:
		return nla_put(msg, f->attr, sizeof(uint8_t), p);
	case FIELD_U16:
		return nla_put(msg, f->attr, sizeof(uint16_t), p);
	case FIELD_U32:
	case FIELD_ADDR:
		return nla_put(msg, f->attr, sizeof(uint32_t), p);
	case FIELD_FLAG:
		return *(const bool *)p ? nla_put_flag(msg, f->attr) : 0;
	case FIELD_NAME:
		return nla_put_string(msg, f->attr, p);
	}
	return -NLE_INVAL;
}

static int device_index(const char *name, uint32_t *index)
{
	*index = *name ? if_nametoindex(name) : 0;
	return *name && !*index ? -ENODEV : 0;
}

/* A number of the host's order, cut to the octets of its attribute. */
static int param_put(struct nl_msg *msg, const struct kpptp_call_param *row,
		     const struct kpptp_call_params *params)
{
	uint32_t n = kpptp_call_param_get(params, row);

	if (row->type == KPPTP_PARAM_DEVICE &&
	    device_index(params->device, &n))
		return -ENODEV;
	switch (row->attr_size) {
	case sizeof(uint8_t):
		return nla_put_u8(msg, row->attr, n) ? -EMSGSIZE : 0;
	case sizeof(uint16_t):
		return nla_put_u16(msg, row->attr, n) ? -EMSGSIZE : 0;
	default:
		return nla_put_u32(msg, row->attr, n) ? -EMSGSIZE : 0;
	}
}

static int params_encode(struct nl_msg *msg, const struct kpptp_nl_call *call)
{
	size_t i;
	int err;

	for (i = 0; i < kpptp_call_param_count; i++) {
		const struct kpptp_call_param *row = &kpptp_call_param[i];

		if (!row->attr || !(call->set & (UINT64_C(1) << row->attr)))
			continue;
		err = param_put(msg, row, &call->params);
		if (err)
			return err;
	}
	return 0;
}

int kpptp_nl_call_encode(struct nl_msg *msg, const struct kpptp_nl_call *call)
{
	size_t i;

	for (i = 0; i < FIELD_COUNT; i++) {
		if (!(call->set & (UINT64_C(1) << fields[i].attr)))
			continue;
		if (field_put(msg, &fields[i], call) < 0)
			return -EMSGSIZE;
	}
	return params_encode(msg, call);
}

static int field_get(const struct nlattr *nla, const struct field *f,
		     struct kpptp_nl_call *call)
{
	void *p = (char *)call + f->offset;
	size_t want = 0, len = nla_len(nla);

	switch (f->type) {
	case FIELD_U8:
		want = sizeof(uint8_t);
		break;
	case FIELD_U16:
		want = sizeof(uint16_t);
		break;
	case FIELD_U32:
	case FIELD_ADDR:
		want = sizeof(uint32_t);
		break;
	case FIELD_FLAG:
		*(bool *)p = true;
		return 0;
	case FIELD_NAME:
		nla_strlcpy(p, nla, IFNAMSIZ);
		return 0;
	}
	if (len < want)
		return -EBADMSG;
	memcpy(p, nla_data(nla), want);
	return 0;
}

static int param_get(const struct nlattr *nla,
		     const struct kpptp_call_param *row,
		     struct kpptp_call_params *params)
{
	uint32_t n;

	if (nla_len(nla) < (int)row->attr_size)
		return -EBADMSG;
	n = row->attr_size == sizeof(uint8_t) ? nla_get_u8(nla) :
	    row->attr_size == sizeof(uint16_t) ? nla_get_u16(nla) :
						 nla_get_u32(nla);
	if (row->type != KPPTP_PARAM_DEVICE)
		*kpptp_call_param_number(params, row) = n;
	else if (n && !if_indextoname(n, params->device))
		snprintf(params->device, sizeof(params->device), "%u", n);
	return 0;
}

static int params_decode(struct nlattr *const *tb, struct kpptp_nl_call *call)
{
	size_t i;

	for (i = 0; i < kpptp_call_param_count; i++) {
		const struct kpptp_call_param *row = &kpptp_call_param[i];

		if (!row->attr || !tb[row->attr])
			continue;
		if (param_get(tb[row->attr], row, &call->params))
			return -EBADMSG;
		call->set |= UINT64_C(1) << row->attr;
	}
	return 0;
}

static int stats_decode(struct nlattr *nest, struct kpptp_nl_call_stats *stats)
{
	struct nlattr *tb[KPPTP_A_CALL_STATS_MAX + 1];
	size_t i;

	if (nla_parse_nested(tb, KPPTP_A_CALL_STATS_MAX, nest, NULL) < 0)
		return -EBADMSG;
	for (i = 0; i < kpptp_nl_stat_count; i++) {
		const struct nlattr *nla = tb[kpptp_nl_stat_names[i].attr];

		if (!nla)
			continue;
		if (nla_len(nla) < (int)sizeof(uint64_t))
			return -EBADMSG;
		memcpy((char *)stats + kpptp_nl_stat_names[i].offset,
		       nla_data(nla), sizeof(uint64_t));
	}
	return 0;
}

int kpptp_nl_call_decode(struct nlattr *head, int len,
			 struct kpptp_nl_call *call)
{
	struct nlattr *tb[KPPTP_A_CALL_MAX + 1];
	size_t i;
	int err;

	memset(call, 0, sizeof(*call));
	if (nla_parse(tb, KPPTP_A_CALL_MAX, head, len, NULL) < 0)
		return -EBADMSG;
	for (i = 0; i < FIELD_COUNT; i++) {
		if (!tb[fields[i].attr])
			continue;
		err = field_get(tb[fields[i].attr], &fields[i], call);
		if (err)
			return err;
		call->set |= UINT64_C(1) << fields[i].attr;
	}
	err = params_decode(tb, call);
	if (err || !tb[KPPTP_A_CALL_STATS])
		return err;
	call->set |= KPPTP_NL_HAS(STATS);
	return stats_decode(tb[KPPTP_A_CALL_STATS], &call->stats);
}

/* One request under way: what came of it and where answers go. */
struct request {
	struct kpptp_nl *nl;
	int err;
	bool done;
	bool interrupted;
	bool said;		/* the kernel sent a sentence of its own */
	int (*on_reply)(struct request *rq, struct genlmsghdr *hdr);
	void *arg;
	size_t count;
};

static const char *errno_sentence(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return "not permitted: CAP_NET_ADMIN is needed, run as root";
	case ENOENT:
		return "there is no such call";
	case EEXIST:
		return "a call with these addresses and this Call ID exists already";
	case EOPNOTSUPP:
		return "the kernel module kpptp does not know this request: it is of another version";
	default:
		return strerror(err);
	}
}

/* Finds NLMSGERR_ATTR_MSG behind the error, which libnl 3.7 does not read. */
static const char *extack_sentence(struct nlmsgerr *e, char *buf, size_t size)
{
	struct nlmsghdr *nlh = (void *)((char *)e - NLMSG_HDRLEN);
	size_t skip = sizeof(*e);
	struct nlattr *nla;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += nlmsg_datalen(&e->msg);
	skip = NLMSG_ALIGN(skip);
	if ((size_t)nlmsg_datalen(nlh) <= skip)
		return NULL;
	nla = nla_find((struct nlattr *)((char *)e + skip),
		       nlmsg_datalen(nlh) - skip, NLMSGERR_ATTR_MSG);
	if (!nla || nla_len(nla) <= 0)
		return NULL;
	nla_strlcpy(buf, nla, size);
	return buf;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct request *rq = arg;

	(void)from;
	rq->err = e->error;
	rq->done = true;
	if (extack_sentence(e, rq->nl->why, sizeof(rq->nl->why)))
		rq->said = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct request *rq = arg;

	(void)msg;
	rq->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct request *rq = arg;

	/* A dump that fails half-way says so in the last message. */
	if (nlmsg_datalen(nlmsg_hdr(msg)) >= (int)sizeof(int)) {
		int err;

		memcpy(&err, nlmsg_data(nlmsg_hdr(msg)), sizeof(err));
		if (err < 0)
			rq->err = err;
	}
	rq->done = true;
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct request *rq = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	int err;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		rq->interrupted = true;
	if (!rq->on_reply || !genlmsg_valid_hdr(nlh, 0))
		return NL_OK;
	err = rq->on_reply(rq, genlmsg_hdr(nlh));
	if (err && !rq->err)
		rq->err = err;
	return NL_OK;
}

static int fail(struct kpptp_nl *nl, int err, const char *why)
{
	snprintf(nl->why, sizeof(nl->why), "%s", why);
	return err;
}

/* Sends @msg, reads until the answer is complete. Frees @msg. */
static int transact(struct kpptp_nl *nl, struct nl_msg *msg,
		    struct request *rq)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err;

	if (!cb) {
		nlmsg_free(msg);
		return fail(nl, -ENOMEM, strerror(ENOMEM));
	}
	rq->nl = nl;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, rq);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, rq);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, rq);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, rq);
	err = nl_send_auto(nl->sock, msg);
	nlmsg_free(msg);
	while (err >= 0 && !rq->done) {
		err = nl_recvmsgs(nl->sock, cb);
		if (err == -NLE_DUMP_INTR) {
			rq->interrupted = true;
			err = 0;
		}
	}
	nl_cb_put(cb);
	if (!rq->done)
		return fail(nl, -EIO, nl_geterror(err));
	if (rq->err && !rq->said)
		fail(nl, rq->err, errno_sentence(-rq->err));
	return rq->err;
}

/* Looks the family up; the kernel loads the module for it if it can. */
static int resolve(struct kpptp_nl *nl)
{
	int family;

	if (nl->family > 0)
		return 0;
	family = genl_ctrl_resolve(nl->sock, KPPTP_FAMILY_NAME);
	if (family < 0)
		return fail(nl, -ENOENT,
			    "the kernel module kpptp is not loaded: modprobe kpptp");
	nl->family = family;
	return 0;
}

static struct nl_msg *message(struct kpptp_nl *nl, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0, flags,
			cmd, KPPTP_FAMILY_VERSION))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int call_request(struct kpptp_nl *nl, int cmd,
			const struct kpptp_nl_call *call, struct request *rq)
{
	struct nl_msg *msg;
	int err = resolve(nl);

	if (err)
		return err;
	msg = message(nl, cmd, NLM_F_REQUEST | NLM_F_ACK);
	err = msg ? kpptp_nl_call_encode(msg, call) : -ENOMEM;
	if (!err)
		return transact(nl, msg, rq);
	nlmsg_free(msg);
	return fail(nl, err, err == -ENODEV ?
		    "the interface named by device in [call] does not exist" :
		    strerror(-err));
}

static int reply_one(struct request *rq, struct genlmsghdr *hdr)
{
	rq->count++;
	return kpptp_nl_call_decode(genlmsg_attrdata(hdr, 0),
				    genlmsg_attrlen(hdr, 0), rq->arg);
}

int kpptp_nl_call_new(struct kpptp_nl *nl, const struct kpptp_nl_call *req,
		      struct kpptp_nl_call *reply)
{
	struct kpptp_nl_call got = { 0 };
	struct request rq = { .on_reply = reply_one, .arg = &got };
	int err = call_request(nl, KPPTP_CMD_CALL_NEW, req, &rq);

	if (err)
		return err;
	if (!rq.count)
		return fail(nl, -EIO, "the kernel made the call and did not say which");
	if (reply)
		*reply = got;
	return 0;
}

int kpptp_nl_call_set(struct kpptp_nl *nl, const struct kpptp_nl_call *req)
{
	struct request rq = { 0 };

	return call_request(nl, KPPTP_CMD_CALL_SET, req, &rq);
}

static struct kpptp_nl_call key_of(const struct kpptp_nl_call *call)
{
	struct kpptp_nl_call key = {
		.set = KPPTP_NL_KEY,
		.local = call->local,
		.peer = call->peer,
		.call_id = call->call_id,
	};

	return key;
}

int kpptp_nl_call_del(struct kpptp_nl *nl, const struct kpptp_nl_call *req)
{
	struct kpptp_nl_call key = key_of(req);
	struct request rq = { 0 };

	return call_request(nl, KPPTP_CMD_CALL_DEL, &key, &rq);
}

int kpptp_nl_call_get(struct kpptp_nl *nl, struct kpptp_nl_call *call)
{
	struct kpptp_nl_call key = key_of(call);
	struct request rq = { .on_reply = reply_one, .arg = call };
	int err = call_request(nl, KPPTP_CMD_CALL_GET, &key, &rq);

	if (!err && !rq.count)
		return fail(nl, -ENOENT, errno_sentence(ENOENT));
	return err;
}

/* Grows the array in @rq->arg by one. */
static int reply_list(struct request *rq, struct genlmsghdr *hdr)
{
	struct kpptp_nl_call **list = rq->arg, *grown;

	if (!(rq->count & (rq->count - 1))) {
		size_t room = rq->count ? rq->count * 2 : 1;

		grown = reallocarray(*list, room, sizeof(**list));
		if (!grown)
			return -ENOMEM;
		*list = grown;
	}
	return kpptp_nl_call_decode(genlmsg_attrdata(hdr, 0),
				    genlmsg_attrlen(hdr, 0),
				    &(*list)[rq->count++]);
}

static int dump_once(struct kpptp_nl *nl, struct kpptp_nl_call **calls,
		     size_t *n, bool *again)
{
	struct request rq = { .on_reply = reply_list, .arg = calls };
	struct nl_msg *msg = message(nl, KPPTP_CMD_CALL_GET,
				     NLM_F_REQUEST | NLM_F_DUMP);
	int err;

	*calls = NULL;
	*n = 0;
	if (!msg)
		return fail(nl, -ENOMEM, strerror(ENOMEM));
	err = transact(nl, msg, &rq);
	if (err) {
		free(*calls);
		*calls = NULL;
		return err;
	}
	*n = rq.count;
	*again = rq.interrupted;
	return 0;
}

int kpptp_nl_call_dump(struct kpptp_nl *nl, struct kpptp_nl_call **calls,
		       size_t *n)
{
	bool again = false;
	int tries, err;

	*calls = NULL;
	*n = 0;
	err = resolve(nl);
	for (tries = 0; !err && tries < NL_DUMP_TRIES; tries++) {
		free(*calls);
		err = dump_once(nl, calls, n, &again);
		if (!again)
			break;
	}
	return err;
}

static int reply_stats(struct request *rq, struct genlmsghdr *hdr)
{
	struct nlattr *tb[KPPTP_A_STATS_MAX + 1];
	struct kpptp_nl_stats *stats = rq->arg;

	if (nla_parse(tb, KPPTP_A_STATS_MAX, genlmsg_attrdata(hdr, 0),
		      genlmsg_attrlen(hdr, 0), NULL) < 0)
		return -EBADMSG;
	if (tb[KPPTP_A_STATS_CALLS])
		stats->calls = nla_get_u32(tb[KPPTP_A_STATS_CALLS]);
	if (tb[KPPTP_A_STATS_RX_MALFORMED])
		stats->rx_malformed = nla_get_u64(tb[KPPTP_A_STATS_RX_MALFORMED]);
	if (tb[KPPTP_A_STATS_RX_NO_CALL])
		stats->rx_no_call = nla_get_u64(tb[KPPTP_A_STATS_RX_NO_CALL]);
	if (tb[KPPTP_A_STATS_BACKLOG])
		stats->backlog = nla_get_u64(tb[KPPTP_A_STATS_BACKLOG]);
	return 0;
}

int kpptp_nl_stats_get(struct kpptp_nl *nl, struct kpptp_nl_stats *stats)
{
	struct request rq = { .on_reply = reply_stats, .arg = stats };
	struct kpptp_nl_call none = { 0 };

	memset(stats, 0, sizeof(*stats));
	return call_request(nl, KPPTP_CMD_STATS_GET, &none, &rq);
}

static int on_event(struct nl_msg *msg, void *arg)
{
	struct kpptp_nl *nl = arg;
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct kpptp_nl_call call;
	struct genlmsghdr *hdr;

	if (nlh->nlmsg_type != nl->family || !genlmsg_valid_hdr(nlh, 0))
		return NL_SKIP;
	hdr = genlmsg_hdr(nlh);
	if (kpptp_nl_call_decode(genlmsg_attrdata(hdr, 0),
				 genlmsg_attrlen(hdr, 0), &call) < 0)
		return NL_SKIP;
	nl->fn(nl->arg, hdr->cmd, &call);
	return NL_OK;
}

static struct nl_sock *sock_open(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (sock && genl_connect(sock) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	return sock;
}

int kpptp_nl_subscribe(struct kpptp_nl *nl, kpptp_nl_event_fn fn, void *arg)
{
	int group, err = resolve(nl);

	if (err)
		return err;
	group = genl_ctrl_resolve_grp(nl->sock, KPPTP_FAMILY_NAME,
				      KPPTP_MCGRP_CALLS);
	if (group < 0)
		return fail(nl, -ENOENT, "the kernel module kpptp has no event group");
	nl->events = sock_open();
	if (!nl->events)
		return fail(nl, -ENOMEM, "cannot open a netlink socket for events");
	nl_socket_disable_seq_check(nl->events);
	nl_socket_set_nonblocking(nl->events);
	nl_socket_set_buffer_size(nl->events, NL_EVENT_BUFFER, 0);
	nl->fn = fn;
	nl->arg = arg;
	nl_socket_modify_cb(nl->events, NL_CB_VALID, NL_CB_CUSTOM, on_event, nl);
	err = nl_socket_add_membership(nl->events, group);
	if (err < 0) {
		nl_socket_free(nl->events);
		nl->events = NULL;
		return fail(nl, -EPERM, errno_sentence(EPERM));
	}
	return nl_socket_get_fd(nl->events);
}

int kpptp_nl_event_read(struct kpptp_nl *nl)
{
	int err;

	do {
		err = nl_recvmsgs_default(nl->events);
	} while (err > 0);
	if (!err || err == -NLE_AGAIN)
		return 0;
	if (err != -NLE_NOMEM)
		return fail(nl, -EIO, nl_geterror(err));
	/* ENOBUFS: the socket's queue ran over and events were lost. */
	nl->fn(nl->arg, 0, NULL);
	return 0;
}

static int sock_setup(struct nl_sock *sock)
{
	struct timeval limit = { .tv_sec = NL_TIMEOUT_SECONDS };
	int fd = nl_socket_get_fd(sock), one = 1;

	nl_socket_set_buffer_size(sock, NL_EVENT_BUFFER, 0);
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return -errno;
	/* An error need not bring the request back to us. */
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return 0;
}

int kpptp_nl_open(struct kpptp_nl **nlp)
{
	struct kpptp_nl *nl = calloc(1, sizeof(*nl));
	int err;

	*nlp = nl;
	if (!nl)
		return -ENOMEM;
	nl->sock = sock_open();
	if (!nl->sock)
		return fail(nl, -EIO, "cannot open a generic netlink socket");
	err = sock_setup(nl->sock);
	if (err)
		return fail(nl, err, strerror(-err));
	return resolve(nl);
}

void kpptp_nl_close(struct kpptp_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->events);
	nl_socket_free(nl->sock);
	free(nl);
}

const char *kpptp_nl_why(const struct kpptp_nl *nl)
{
	return nl ? nl->why : "out of memory";
}

const char *kpptp_nl_state_name(unsigned int state)
{
	switch (state) {
	case KPPTP_STATE_INCOMPLETE:
		return "incomplete";
	case KPPTP_STATE_WAITING:
		return "waiting";
	case KPPTP_STATE_ATTACHED:
		return "attached";
	default:
		return "unknown";
	}
}

const char *kpptp_nl_offload_name(unsigned int state)
{
	static const char *const names[] = {
		[KPPTP_OFFLOAD_STATE_ACTIVE] = "active",
		[KPPTP_OFFLOAD_STATE_DISABLED] = "off",
		[KPPTP_OFFLOAD_STATE_WAITING] = "waiting",
		[KPPTP_OFFLOAD_STATE_WINDOW] = "send window",
		[KPPTP_OFFLOAD_STATE_COMPRESSION] = "compression",
		[KPPTP_OFFLOAD_STATE_VJ] = "VJ",
		[KPPTP_OFFLOAD_STATE_MULTILINK] = "multilink",
		[KPPTP_OFFLOAD_STATE_UNSUPPORTED] = "not supported",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] :
							  "unknown";
}

const char *kpptp_nl_pmtu_name(unsigned int mode)
{
	switch (mode) {
	case KPPTP_PMTU_MODE_FRAGMENT:
		return "fragment";
	case KPPTP_PMTU_MODE_DISCOVER:
		return "discover";
	case KPPTP_PMTU_MODE_COPY:
		return "copy";
	default:
		return "unknown";
	}
}

const char *kpptp_nl_reason_text(unsigned int reason)
{
	switch (reason) {
	case KPPTP_DEL_REASON_CLOSED:
		return "its socket was closed";
	case KPPTP_DEL_REASON_DELETED:
		return "it was deleted over netlink";
	case KPPTP_DEL_REASON_OWNER_GONE:
		return "the process that owned it ended";
	case KPPTP_DEL_REASON_NETNS_EXIT:
		return "its network namespace ended";
	default:
		return "unknown";
	}
}
