/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration says otherwise than another. */
#ifndef KPPTPD_CONF_DIFF_H
#define KPPTPD_CONF_DIFF_H

#include "conf.h"

/**
 * typedef kpptp_conf_diff_fn - one section that differs
 * @arg: as given
 * @text: "[server] mtu, auth", "[client office] is new", "[peer fred] is gone",
 *	"[global] user (after a restart)"
 *
 * Keys are named, values are not: one may be a password.
 */
typedef void (*kpptp_conf_diff_fn)(void *arg, const char *text);

/**
 * kpptp_conf_diff() - tell what is new, gone or different in @now
 *
 * [peer] sections are named by their user, as they are found by it.
 */
void kpptp_conf_diff(const struct kpptp_conf *old, const struct kpptp_conf *now,
		     kpptp_conf_diff_fn tell, void *arg);

#endif
