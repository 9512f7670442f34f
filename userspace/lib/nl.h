/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nl.h - client of the generic netlink family "kpptp"
 *
 * One handle holds one request socket and, once subscribed, one event socket.
 * Calls made with the owner attribute live as long as the request socket, so a
 * process that dies leaves nothing in the kernel.
 *
 * Every function that can fail returns 0 or a negative errno and leaves a
 * sentence about the cause with kpptp_nl_why(): the kernel's own words when it
 * sent some. Requests are synchronous; the kernel answers them at once.
 */
#ifndef KPPTP_NL_H
#define KPPTP_NL_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/kpptp.h>

#include "call_params.h"

struct nl_msg;
struct nlattr;
struct kpptp_nl;

/* Bit of an attribute in the set mask of struct kpptp_nl_call. */
#define KPPTP_NL_HAS(attr)	(UINT64_C(1) << (KPPTP_A_CALL_##attr))

/* The counters of one call; the members are the attributes of call-stats. */
struct kpptp_nl_call_stats {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_acks;
	uint64_t tx_acks;
	uint64_t rx_reordered;
	uint64_t rx_lost;
	uint64_t rx_duplicate;
	uint64_t rx_late;
	uint64_t rx_far;
	uint64_t rx_resync;
	uint64_t rx_trimmed;
	uint64_t rx_bad;
	uint64_t rx_early_held;
	uint64_t rx_early_dropped;
	uint64_t rx_bad_ack;
	uint64_t tx_no_route;
	uint64_t tx_loop;
	uint64_t tx_errors;
	uint64_t tx_stalls;
	uint64_t tx_timeouts;
	uint64_t tx_fragmented;
	uint64_t rx_overrun;
};

/* Name and place of one counter, so that it can be printed without a list. */
struct kpptp_nl_stat_name {
	const char *name;	/* as in the netlink spec, "rx-packets" */
	size_t offset;		/* in struct kpptp_nl_call_stats, a uint64_t */
	int attr;		/* KPPTP_A_CALL_STATS_* */
};

extern const struct kpptp_nl_stat_name kpptp_nl_stat_names[];
extern const size_t kpptp_nl_stat_count;

/*
 * One call. In requests only members whose bit is in @set are sent; in answers
 * @set tells which the kernel gave. Times are microseconds. Of @params the
 * device is a name here and an index there; in an answer about one that is gone
 * it is the index in digits.
 */
struct kpptp_nl_call {
	uint64_t set;			/* KPPTP_NL_HAS() bits */
	struct in_addr local;
	struct in_addr peer;
	uint16_t call_id;		/* 1-65535 */
	uint16_t peer_call_id;		/* 0-65535 */
	uint16_t tx_window;		/* packets, 0: send without a window */
	struct kpptp_call_params params;
	uint32_t tx_seq;
	uint32_t rx_seq;
	bool owner;
	uint8_t state;			/* enum kpptp_state */
	uint32_t channel;
	char ifname[IFNAMSIZ];
	uint8_t reason;			/* enum kpptp_del_reason */
	uint32_t held;
	uint32_t backlog;		/* octets of memory */
	uint32_t tx_window_now;
	uint32_t tx_unacked;
	uint32_t rtt;
	uint32_t ato;
	uint8_t offload_state;		/* enum kpptp_offload_state */
	uint32_t path_mtu;		/* octets */
	struct kpptp_nl_call_stats stats;
};

/* Counters of the network namespace. */
struct kpptp_nl_stats {
	uint32_t calls;
	uint64_t rx_malformed;
	uint64_t rx_no_call;
	uint64_t backlog;		/* octets of memory */
};

/* The bits of the key, needed by set, del and get. */
#define KPPTP_NL_KEY (KPPTP_NL_HAS(LOCAL) | KPPTP_NL_HAS(PEER) | \
		      KPPTP_NL_HAS(CALL_ID))

/**
 * kpptp_nl_open() - open the request socket
 * @nlp: receives the handle; it is set, for kpptp_nl_why(), even on errors
 *       other than -ENOMEM. Free it with kpptp_nl_close() in every case.
 *
 * The family is looked up here, which makes the kernel load the module.
 *
 * Return: 0, -ENOENT when the module is not there, or another negative errno.
 */
int kpptp_nl_open(struct kpptp_nl **nlp);

/** kpptp_nl_close() - close both sockets; calls this handle owns end. NULL is fine. */
void kpptp_nl_close(struct kpptp_nl *nl);

/** kpptp_nl_why() - the sentence about the last error; valid until the next request */
const char *kpptp_nl_why(const struct kpptp_nl *nl);

/**
 * kpptp_nl_call_new() - make a call
 * @nl: handle
 * @req: at least local and peer; without call-id the kernel chooses one
 * @reply: receives the whole call, may be NULL or the same as @req
 *
 * Return: 0, -EEXIST when the key is taken, or another negative errno.
 */
int kpptp_nl_call_new(struct kpptp_nl *nl, const struct kpptp_nl_call *req,
		      struct kpptp_nl_call *reply);

/** kpptp_nl_call_set() - change what is in @req->set besides the key. Return: 0 or -errno. */
int kpptp_nl_call_set(struct kpptp_nl *nl, const struct kpptp_nl_call *req);

/** kpptp_nl_call_del() - end the call with the key in @req. Return: 0, -ENOENT, -errno. */
int kpptp_nl_call_del(struct kpptp_nl *nl, const struct kpptp_nl_call *req);

/** kpptp_nl_call_get() - fill @call from the key in it. Return: 0, -ENOENT, -errno. */
int kpptp_nl_call_get(struct kpptp_nl *nl, struct kpptp_nl_call *call);

/**
 * kpptp_nl_call_dump() - all calls of the namespace
 * @nl: handle
 * @calls: receives an array the caller frees with free(), NULL when empty
 * @n: receives its length
 *
 * A dump that was disturbed by calls coming and going is repeated a few times
 * and then taken as it is: on a busy server no dump would ever be exact.
 *
 * Return: 0 or a negative errno.
 */
int kpptp_nl_call_dump(struct kpptp_nl *nl, struct kpptp_nl_call **calls,
		       size_t *n);

/** kpptp_nl_stats_get() - counters of the namespace. Return: 0 or -errno. */
int kpptp_nl_stats_get(struct kpptp_nl *nl, struct kpptp_nl_stats *stats);

/*
 * Called for each notification. @cmd is KPPTP_CMD_CALL_{NEW,SET,DEL}_NTF, or 0
 * with @call NULL when the kernel had to drop some: dump again then.
 */
typedef void (*kpptp_nl_event_fn)(void *arg, int cmd,
				  const struct kpptp_nl_call *call);

/**
 * kpptp_nl_subscribe() - join the multicast group "calls"
 * @nl: handle
 * @fn: called from kpptp_nl_event_read()
 * @arg: for @fn
 *
 * Return: the event socket, non-blocking, to wait on for reading; it belongs to
 * the handle. Or a negative errno.
 */
int kpptp_nl_subscribe(struct kpptp_nl *nl, kpptp_nl_event_fn fn, void *arg);

/** kpptp_nl_event_read() - deliver what is waiting, without blocking. Return: 0 or -errno. */
int kpptp_nl_event_read(struct kpptp_nl *nl);

/** kpptp_nl_offload_name() - word for an enum kpptp_offload_state, "unknown" beyond it */
const char *kpptp_nl_offload_name(unsigned int state);

/** kpptp_nl_pmtu_name() - word for an enum kpptp_pmtu_mode, "unknown" beyond it */
const char *kpptp_nl_pmtu_name(unsigned int mode);

/** kpptp_nl_state_name() - word for an enum kpptp_state, "unknown" beyond it */
const char *kpptp_nl_state_name(unsigned int state);

/** kpptp_nl_reason_text() - words for an enum kpptp_del_reason */
const char *kpptp_nl_reason_text(unsigned int reason);

/* For tests: the two halves of the codec. */

/**
 * kpptp_nl_call_encode() - append what @call->set says
 *
 * Return: 0, -ENODEV when the device of @call->params is not there, or
 * -EMSGSIZE.
 */
int kpptp_nl_call_encode(struct nl_msg *msg, const struct kpptp_nl_call *call);

/**
 * kpptp_nl_call_decode() - read attributes into @call, which is cleared first
 * @head: first attribute
 * @len: octets of attributes
 * @call: result
 *
 * Return: 0, or -EBADMSG when an attribute is too short.
 */
int kpptp_nl_call_decode(struct nlattr *head, int len,
			 struct kpptp_nl_call *call);

#endif /* KPPTP_NL_H */
