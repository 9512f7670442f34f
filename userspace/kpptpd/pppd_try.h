/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether pppd(8) takes the options of a section, before there is a call. */
#ifndef KPPTPD_PPPD_TRY_H
#define KPPTPD_PPPD_TRY_H

#include <stddef.h>

#include "conf.h"

/**
 * kpptp_pppd_options() - look at free options without pppd
 * @text: pppd-options
 *
 * Return: NULL, or a static phrase that goes on after "it", as in valid.h.
 */
const char *kpptp_pppd_options(const char *text);

/**
 * kpptp_pppd_try() - run pppd with "dryrun" and what a call of a section has
 * @global: where pppd and its plugin are
 * @client: section [client NAME], or NULL for [server]
 * @server: section [server]
 * @why: receives pppd's own words on -EINVAL and -ENOTSUP
 * @size: of @why
 *
 * Blocks until pppd has ended, for a few seconds at the most. Needs root.
 *
 * Return: 0, -EINVAL when it does not take the options, -ENOTSUP when it would not
 * run whatever they are (no PPP in the kernel, nobody in chap-secrets), or another
 * negative errno when there is no telling.
 */
int kpptp_pppd_try(const struct kpptp_conf_global *global,
		   const struct kpptp_client_settings *client,
		   const struct kpptp_server_settings *server,
		   char *why, size_t size);

#endif
