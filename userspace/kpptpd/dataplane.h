/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way to the kernel's data path. The monitor creates, changes
 * and deletes calls through it and knows nothing else of it, so that it runs
 * without root on dataplane_null.c.
 *
 * Requests complete by a callback. The callback comes exactly once for each request that
 * returned 0, never for one that returned an error, and it may come before the
 * request returns. There is no cancelling: the caller keeps its argument alive
 * until the callback has come.
 */
#ifndef KPPTPD_DATAPLANE_H
#define KPPTPD_DATAPLANE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/call_params.h"

struct kpptp_dataplane;

/**
 * struct kpptp_dp_call - a call in the data path
 * @local: our address
 * @peer: the peer's address
 * @call_id: our Call ID, host byte order. In a request 0 lets the data path
 *	choose one that is free for the address pair; 0 itself is never handed
 *	out.
 * @peer_call_id: the peer's Call ID, host byte order; 0 is legal
 * @has_peer_call_id: false while the peer's Call ID is not known: the call
 *	then receives and holds, but cannot send nor be attached
 * @tx_window: the peer's receive window, packets, 0 sends without a window
 * @params: everything else
 */
struct kpptp_dp_call {
	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;
	uint16_t peer_call_id;
	bool has_peer_call_id;
	uint16_t tx_window;
	struct kpptp_call_params params;
};

/**
 * typedef kpptp_dp_done_fn - a request is complete
 * @arg: as given with the request
 * @err: 0 or a negative errno
 * @call_id: our Call ID of the call when @err is 0
 * @why: when @err is not 0, a sentence for the log; valid during the callback
 */
typedef void (*kpptp_dp_done_fn)(void *arg, int err, uint16_t call_id,
				 const char *why);

/**
 * struct kpptp_dataplane_ops - what an implementation provides
 * @name: "kernel", "null", ...
 * @call_new: create a call. It dies with this process. Returns 0 or a negative
 *	errno; @call is copied.
 * @call_set: give the call (local, peer, call_id) its peer_call_id (once) and
 *	tx_window; the other members of @call are not looked at. Returns 0 or a
 *	negative errno; @call is copied.
 * @call_del: delete a call; one that is gone already is no error. Returns 0 or
 *	a negative errno. Nobody waits for it: a later call_new sees the Call ID
 *	free or is given another.
 * @free: end the implementation. No callback comes any more.
 */
struct kpptp_dataplane_ops {
	const char *name;
	int (*call_new)(struct kpptp_dataplane *dp,
			const struct kpptp_dp_call *call,
			kpptp_dp_done_fn done, void *arg);
	int (*call_set)(struct kpptp_dataplane *dp,
			const struct kpptp_dp_call *call,
			kpptp_dp_done_fn done, void *arg);
	int (*call_del)(struct kpptp_dataplane *dp, struct in_addr local,
			struct in_addr peer, uint16_t call_id);
	void (*free)(struct kpptp_dataplane *dp);
};

/* First member of every implementation's own structure. */
struct kpptp_dataplane {
	const struct kpptp_dataplane_ops *ops;
};

#endif
