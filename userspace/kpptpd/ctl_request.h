/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a connect request on the control socket asks for. */
#ifndef KPPTPD_CTL_REQUEST_H
#define KPPTPD_CTL_REQUEST_H

#include "conf.h"
#include "ctl_json.h"

/**
 * struct kpptp_ctl_connect - a connect request, understood
 * @settings: a section's, or the request's own; holds a password
 * @is_section: which of the two
 * @wait: answer once the call is up
 */
struct kpptp_ctl_connect {
	struct kpptp_client_settings settings;
	bool is_section;
	bool wait;
};

/**
 * kpptp_ctl_read_connect() - understand it
 * @conf: where sections are looked up, and what is not said is found
 * @out: result; the caller wipes it
 * @why: on an error a sentence
 *
 * Return: 0 or -EINVAL.
 */
int kpptp_ctl_read_connect(struct json_object *request,
			   const struct kpptp_conf *conf,
			   struct kpptp_ctl_connect *out,
			   char why[KPPTP_WHY_SIZE]);

#endif
