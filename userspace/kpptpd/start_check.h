/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host lacks for a configuration that is right in itself. */
#ifndef KPPTPD_START_CHECK_H
#define KPPTPD_START_CHECK_H

#include "conf.h"

/**
 * kpptp_start_check() - look for what would go wrong once the daemon runs
 * @conf: from kpptp_conf_parse()
 * @path: its file, for complaints
 * @report: called for each complaint; an error is what the daemon does not start
 *	with, a warning what calls will fail of
 * @arg: for @report
 *
 * Changes nothing, and an ordinary user may call it.
 *
 * Return: 0, or -ENOTSUP after errors.
 */
int kpptp_start_check(const struct kpptp_conf *conf, const char *path,
		      kpptp_conf_report_fn report, void *arg);

/**
 * kpptp_start_read() - kpptp_conf_parse() and that check
 *
 * Return: 0, or a negative errno and nothing in @conf; -ENOTSUP when the file is
 * right, but not for this host.
 */
int kpptp_start_read(struct kpptp_conf_source *source, const char *path,
		     struct kpptp_conf *conf, kpptp_conf_report_fn report,
		     void *arg);

#endif
