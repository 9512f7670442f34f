/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between conf.c and conf_source.c; the rest sees conf.h. */
#ifndef KPPTPD_CONF_SOURCE_H
#define KPPTPD_CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf.h"

/* One file: text has a NUL behind it that len does not count. */
struct kpptp_conf_file {
	struct kpptp_conf_file *next;
	char *path;
	char *text;
	size_t len;
	unsigned int mode;	/* permission bits */
};

/**
 * kpptp_conf_source_get() - one file; it belongs to the source
 *
 * Return: 0 or a negative errno.
 */
int kpptp_conf_source_get(struct kpptp_conf_source *source, const char *path,
			  const struct kpptp_conf_file **file);

#endif
