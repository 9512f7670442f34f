/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's end of what priv_msg.h says, as a host (host.h). */
#ifndef KPPTPD_HOST_PRIV_H
#define KPPTPD_HOST_PRIV_H

#include "priv_msg.h"

struct event_base;

/**
 * struct kpptp_host_priv_hooks - what the monitor wants, beside answers
 * @server: settings for what begins from now on; KPPTP_PRIV_READY answers it
 * @section: there is a client section, or it has changed, for lists
 * @no_section: the section of that number is no more
 * @control: a request that came by the control socket; @fd belongs to the hook
 * @ping: tell KPPTP_PRIV_PONG
 * @shutdown: end in order, and tell KPPTP_PRIV_SHUT_DOWN
 * @lost: the monitor is gone
 * @arg: for all
 */
struct kpptp_host_priv_hooks {
	void (*server)(void *arg, const struct kpptp_proto_server *settings);
	void (*section)(void *arg, const struct kpptp_proto_client *section);
	void (*no_section)(void *arg, uint32_t id);
	void (*control)(void *arg, const struct kpptp_priv_control *request,
			int fd);
	void (*ping)(void *arg);
	void (*shutdown)(void *arg);
	void (*lost)(void *arg);
	void *arg;
};

/** kpptp_host_priv_new() - @fd belongs to it on success. NULL: no memory. */
struct kpptp_host *
kpptp_host_priv_new(struct event_base *base, int fd,
		    const struct kpptp_host_priv_hooks *hooks);

/** kpptp_host_priv_serve() - answers go to @core, which asks this host */
void kpptp_host_priv_serve(struct kpptp_host *host, struct kpptp_core *core);

/** kpptp_host_priv_tell() - PONG or READY, with what it does now, or SHUT_DOWN */
void kpptp_host_priv_tell(struct kpptp_host *host, enum kpptp_priv_type type,
			  const struct kpptp_serving *now);

#endif
