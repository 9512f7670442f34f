/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The implementations of dataplane.h. */
#ifndef KPPTPD_DATAPLANE_IMPL_H
#define KPPTPD_DATAPLANE_IMPL_H

#include "dataplane.h"

/**
 * kpptp_dataplane_nl_new() - calls in the kernel, over netlink
 * @dp: result
 *
 * Calls belong to the netlink socket inside: they end with kpptp_dataplane_free
 * or with this process, however that comes about. It is no error when the
 * kernel module is missing: that is logged, and each call is refused until it
 * is there.
 *
 * Return: 0 or a negative errno.
 */
int kpptp_dataplane_nl_new(struct kpptp_dataplane **dp);

/** kpptp_dataplane_null_new() - Call IDs and nothing else. Return: 0 or -ENOMEM. */
int kpptp_dataplane_null_new(struct kpptp_dataplane **dp);

#endif
