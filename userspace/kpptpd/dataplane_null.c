// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dataplane_null.c - a data path without a kernel: Call IDs and nothing else
 *
 * For tests of the protocol as an ordinary user. It keeps the promises of
 * dataplane.h that the protocol can notice: a Call ID is unique for its address
 * pair, call_set() works once and needs the call.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dataplane_impl.h"

struct null_call {
	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;
	bool complete;
};

struct dataplane_null {
	struct kpptp_dataplane dp;
	void *calls;		/* of tsearch(3) */
	uint16_t last_id;
};

static struct dataplane_null *null_of(struct kpptp_dataplane *dp)
{
	return (struct dataplane_null *)dp;
}

static int cmp(const void *a, const void *b)
{
	const struct null_call *x = a, *y = b;
	int c = memcmp(&x->local, &y->local, sizeof(x->local));

	if (!c)
		c = memcmp(&x->peer, &y->peer, sizeof(x->peer));
	return c ? c : (int)x->call_id - (int)y->call_id;
}

static struct null_call *find(struct dataplane_null *me,
			      const struct null_call *key)
{
	void *node = tfind(key, &me->calls, cmp);

	return node ? *(struct null_call **)node : NULL;
}

/* Return: a Call ID free for the addresses in @key, or 0. */
static uint16_t choose(struct dataplane_null *me, struct null_call *key)
{
	unsigned int tries;

	for (tries = 0; tries < 65535; tries++) {
		if (!++me->last_id)
			me->last_id = 1;
		key->call_id = me->last_id;
		if (!find(me, key))
			return me->last_id;
	}
	return 0;
}

static int add(struct dataplane_null *me, struct null_call *key)
{
	struct null_call *call;

	if (key->call_id ? !!find(me, key) : !choose(me, key))
		return key->call_id ? -EEXIST : -ENOSPC;
	call = malloc(sizeof(*call));
	if (!call)
		return -ENOMEM;
	*call = *key;
	if (tsearch(call, &me->calls, cmp))
		return 0;
	free(call);
	return -ENOMEM;
}

static int null_call_new(struct kpptp_dataplane *dp,
			 const struct kpptp_dp_call *call,
			 kpptp_dp_done_fn done, void *arg)
{
	struct null_call key = {
		.local = call->local, .peer = call->peer,
		.call_id = call->call_id, .complete = call->has_peer_call_id,
	};
	int err = add(null_of(dp), &key);

	done(arg, err, key.call_id, err ? "no Call ID is free" : NULL);
	return 0;
}

static int null_call_set(struct kpptp_dataplane *dp,
			 const struct kpptp_dp_call *call,
			 kpptp_dp_done_fn done, void *arg)
{
	struct null_call key = {
		.local = call->local, .peer = call->peer,
		.call_id = call->call_id,
	};
	struct null_call *found = find(null_of(dp), &key);

	if (!found)
		done(arg, -ENOENT, 0, "there is no such call");
	else if (found->complete)
		done(arg, -EALREADY, 0, "the call has a peer's Call ID already");
	else {
		found->complete = true;
		done(arg, 0, call->call_id, NULL);
	}
	return 0;
}

static int null_call_del(struct kpptp_dataplane *dp, struct in_addr local,
			 struct in_addr peer, uint16_t call_id)
{
	struct null_call key = {
		.local = local, .peer = peer, .call_id = call_id,
	};
	struct null_call *found = find(null_of(dp), &key);

	if (found) {
		tdelete(found, &null_of(dp)->calls, cmp);
		free(found);
	}
	return 0;
}

static void null_free(struct kpptp_dataplane *dp)
{
	tdestroy(null_of(dp)->calls, free);
	free(dp);
}

static const struct kpptp_dataplane_ops ops = {
	.name = "null",
	.call_new = null_call_new,
	.call_set = null_call_set,
	.call_del = null_call_del,
	.free = null_free,
};

int kpptp_dataplane_null_new(struct kpptp_dataplane **dp)
{
	struct dataplane_null *me = calloc(1, sizeof(*me));

	if (!me)
		return -ENOMEM;
	me->dp.ops = &ops;
	/* Two daemons in one test should not agree by chance. */
	me->last_id = getpid();
	*dp = &me->dp;
	return 0;
}
