/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of the record socket between worker and monitor. */
#ifndef KPPTPD_PRIV_CHAN_H
#define KPPTPD_PRIV_CHAN_H

#include "priv_msg.h"

struct event_base;
struct kpptp_priv_chan;

/**
 * struct kpptp_priv_chan_hooks - what comes out of a channel
 * @message: a record of @len octets; of more than fits only that it was more.
 *	@fd is a descriptor that came with it, the hook closes it, or -1. Must
 *	not free the channel.
 * @lost: the other end is gone; may free the channel
 * @arg: for both
 */
struct kpptp_priv_chan_hooks {
	void (*message)(void *arg, const struct kpptp_priv_msg *msg,
			size_t len, int fd);
	void (*lost)(void *arg);
	void *arg;
};

/**
 * kpptp_priv_chan_new() - use a socket
 * @base: event loop
 * @fd: SOCK_SEQPACKET; belongs to the channel when it succeeds
 * @hooks: copied
 *
 * Return: the channel, or NULL without memory.
 */
struct kpptp_priv_chan *
kpptp_priv_chan_new(struct event_base *base, int fd,
		    const struct kpptp_priv_chan_hooks *hooks);

/** kpptp_priv_chan_free() - close; what waits to be sent is dropped */
void kpptp_priv_chan_free(struct kpptp_priv_chan *chan);

/**
 * kpptp_priv_chan_send() - send a message, or keep it until there is room
 * @msg: its length follows from its type
 * @fd: descriptor to go with it, copied, or -1
 *
 * Return: 0, -ENOMEM, -EPIPE when the other end is gone.
 */
int kpptp_priv_chan_send(struct kpptp_priv_chan *chan,
			 const struct kpptp_priv_msg *msg, int fd);

/** kpptp_priv_chan_is_behind() - is there anything that the other end has no room for? */
bool kpptp_priv_chan_is_behind(const struct kpptp_priv_chan *chan);

#endif
