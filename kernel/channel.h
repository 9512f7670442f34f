/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPPTP_CHANNEL_H
#define KPPTP_CHANNEL_H

#include <linux/if_pppox.h>

#include "call.h"
#include "mtu.h"
#include "offload.h"

/**
 * struct kpptp_sock - a PPPoX socket
 * @po: first, as PPPoX wants it
 * @call: its reservation or call, with a reference; under the socket lock,
 *	and constant while the channel is registered
 * @ppp_flags: SC_ flags of the channel that PPP has set
 * @crosses: PPP is in another namespace than the call; constant while the channel is
 *	registered
 * @offload: of the channel
 * @mtu: of its interface
 */
struct kpptp_sock {
	struct pppox_sock	po;
	struct kpptp_call	*call;
	int			ppp_flags;
	bool			crosses;
	struct kpptp_offload	offload;
	struct kpptp_mtu	mtu;
};

static inline struct kpptp_sock *kpptp_sk(struct sock *sk)
{
	return (struct kpptp_sock *)sk;
}

void kpptp_channel_init(struct kpptp_sock *ks);
int kpptp_channel_open(struct kpptp_sock *ks);
void kpptp_channel_stop(struct kpptp_sock *ks);
void kpptp_channel_close(struct kpptp_sock *ks);

#endif /* KPPTP_CHANNEL_H */
