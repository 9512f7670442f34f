/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to tell of calls, connections and the kernel, for output.h. */
#ifndef KPPTP_FIELDS_H
#define KPPTP_FIELDS_H

#include "output.h"

/* A call as the daemon knows it, with the kernel's two octet counters. */
extern const struct kpptp_out_field kpptp_call_fields[];

/* A call as the kernel knows it, without its counters. */
extern const struct kpptp_out_field kpptp_kernel_fields[];

/* The counters of a call. */
extern const struct kpptp_out_field kpptp_counter_fields[];

/* The two above in one. */
extern const struct kpptp_out_field kpptp_kernel_call_fields[];

extern const struct kpptp_out_field kpptp_connection_fields[];
extern const struct kpptp_out_field kpptp_client_fields[];
extern const struct kpptp_out_field kpptp_user_fields[];
extern const struct kpptp_out_field kpptp_status_fields[];
extern const struct kpptp_out_field kpptp_netns_fields[];

#endif
