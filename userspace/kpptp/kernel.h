/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's side of calls, as objects for output.h. */
#ifndef KPPTP_KERNEL_H
#define KPPTP_KERNEL_H

#include <stddef.h>

#include "../lib/nl.h"

struct json_object;

/**
 * kpptp_kernel_json() - a call as an object with the members of
 * kpptp_kernel_call_fields; the caller puts it
 */
struct json_object *kpptp_kernel_json(const struct kpptp_nl_call *call);

/** kpptp_kernel_sum() - add the counters of @call to @sum */
void kpptp_kernel_sum(struct kpptp_nl_call_stats *sum,
		      const struct kpptp_nl_call_stats *stats);

/** kpptp_kernel_counters() - add the counters to @object as members */
void kpptp_kernel_counters(struct json_object *object,
			   const struct kpptp_nl_call_stats *stats);

/**
 * kpptp_kernel_key() - the key of a call the daemon told of
 * @daemon: members "local", "peer" and "call_id"
 * @call: its key is set
 *
 * Return: 0, or -EINVAL when there is no Call ID yet.
 */
int kpptp_kernel_key(struct json_object *daemon, struct kpptp_nl_call *call);

/** kpptp_kernel_merge_one() - give a call of the daemon its octet counters */
void kpptp_kernel_merge_one(struct json_object *row,
			    const struct kpptp_nl_call *call);

/**
 * kpptp_kernel_merge() - give the daemon's calls their octet counters
 * @rows: array of the daemon's calls; rx_bytes and tx_bytes are added to those
 *	that the kernel knows too
 * @calls: the kernel's, put in another order
 * @n: how many
 */
void kpptp_kernel_merge(struct json_object *rows, struct kpptp_nl_call *calls,
			size_t n);

#endif
