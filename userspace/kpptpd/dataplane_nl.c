// SPDX-License-Identifier: GPL-2.0-or-later
/* dataplane_nl.c - calls in the kernel module, over generic netlink */
#include <errno.h>
#include <stdlib.h>

#include "../lib/nl.h"
#include "dataplane_impl.h"
#include "log.h"

struct dataplane_nl {
	struct kpptp_dataplane dp;
	struct kpptp_nl *nl;
};

static struct kpptp_nl *nl_of(struct kpptp_dataplane *dp)
{
	return ((struct dataplane_nl *)dp)->nl;
}

static struct kpptp_nl_call key_of(const struct kpptp_dp_call *call)
{
	struct kpptp_nl_call key = {
		.set = KPPTP_NL_KEY,
		.local = call->local,
		.peer = call->peer,
		.call_id = call->call_id,
	};

	return key;
}

static struct kpptp_nl_call request_of(const struct kpptp_dp_call *call)
{
	struct kpptp_nl_call req = key_of(call);

	if (!call->call_id)
		req.set &= ~KPPTP_NL_HAS(CALL_ID);
	if (call->has_peer_call_id)
		req.set |= KPPTP_NL_HAS(PEER_CALL_ID);
	req.set |= KPPTP_NL_HAS(TX_WINDOW) | KPPTP_NL_HAS(OWNER) |
		   kpptp_call_params_attrs();
	req.peer_call_id = call->peer_call_id;
	req.tx_window = call->tx_window;
	req.params = call->params;
	req.owner = true;
	return req;
}

static int dp_nl_call_new(struct kpptp_dataplane *dp,
			  const struct kpptp_dp_call *call,
			  kpptp_dp_done_fn done, void *arg)
{
	struct kpptp_nl_call req = request_of(call), reply;
	int err = kpptp_nl_call_new(nl_of(dp), &req, &reply);

	if (err)
		done(arg, err, 0, kpptp_nl_why(nl_of(dp)));
	else
		done(arg, 0, reply.call_id, NULL);
	return 0;
}

static int dp_nl_call_set(struct kpptp_dataplane *dp,
			  const struct kpptp_dp_call *call,
			  kpptp_dp_done_fn done, void *arg)
{
	struct kpptp_nl_call req = key_of(call);
	int err;

	req.set |= KPPTP_NL_HAS(PEER_CALL_ID) | KPPTP_NL_HAS(TX_WINDOW);
	req.peer_call_id = call->peer_call_id;
	req.tx_window = call->tx_window;
	err = kpptp_nl_call_set(nl_of(dp), &req);
	done(arg, err, call->call_id, err ? kpptp_nl_why(nl_of(dp)) : NULL);
	return 0;
}

static int dp_nl_call_del(struct kpptp_dataplane *dp, struct in_addr local,
			  struct in_addr peer, uint16_t call_id)
{
	struct kpptp_nl_call key = {
		.local = local, .peer = peer, .call_id = call_id,
	};
	int err = kpptp_nl_call_del(nl_of(dp), &key);

	/* PPP closing its socket has ended the call before us as a rule. */
	return err == -ENOENT ? 0 : err;
}

static void dp_nl_free(struct kpptp_dataplane *dp)
{
	kpptp_nl_close(nl_of(dp));
	free(dp);
}

static const struct kpptp_dataplane_ops ops = {
	.name = "kernel",
	.call_new = dp_nl_call_new,
	.call_set = dp_nl_call_set,
	.call_del = dp_nl_call_del,
	.free = dp_nl_free,
};

int kpptp_dataplane_nl_new(struct kpptp_dataplane **dp)
{
	struct dataplane_nl *me = calloc(1, sizeof(*me));
	int err;

	if (!me)
		return -ENOMEM;
	me->dp.ops = &ops;
	/* That the module is not there, or not yet, start_check.c has told. */
	err = kpptp_nl_open(&me->nl);
	if (err && err != -ENOENT) {
		kpptp_log(KPPTP_LOG_ERROR, "netlink: %s", kpptp_nl_why(me->nl));
		dp_nl_free(&me->dp);
		return err;
	}
	*dp = &me->dp;
	return 0;
}
