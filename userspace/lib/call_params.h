/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call_params.h - how a call handles its packets
 *
 * These are the settings of section [call] of kpptpd.conf(5) that every call
 * gets, from the file to the kernel. They are one structure, so that passing a
 * call on is one assignment, and one table, from which its keys, its netlink
 * attributes and its ranges come: a parameter is added in these two places.
 */
#ifndef KPPTP_CALL_PARAMS_H
#define KPPTP_CALL_PARAMS_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct kpptp_call_params - parameters of a call
 * @rx_window: Packet Recv. Window Size announced to the peer, packets
 * @use_tx_window: 1 keeps to the window the peer announces (RFC 2637 4.2)
 * @ack_delay: how long an acknowledgment waits for data to ride on,
 *	microseconds
 * @reorder_limit: early packets held at most, 0 turns reordering off
 * @reorder_time: how long an early packet is held at most, microseconds
 * @tos: TOS octet of the outer header for KPPTP_TOS_MODE_FIXED
 * @tos_mode: enum kpptp_tos_mode of <linux/kpptp.h>
 * @ttl: TTL of the outer header, 0 for the system's default
 * @pmtu_mode: enum kpptp_pmtu_mode of <linux/kpptp.h>
 * @mark: firewall mark of the outer packets
 * @offload: 1 lets the call use the fast path
 * @device: interface or VRF the outer packets are bound to, "" for none
 *
 * No pointers, no padding: it is sent and compared as it lies in memory.
 */
struct kpptp_call_params {
	uint32_t rx_window;
	uint32_t use_tx_window;
	uint32_t ack_delay;
	uint32_t reorder_limit;
	uint32_t reorder_time;
	uint32_t tos;
	uint32_t tos_mode;
	uint32_t ttl;
	uint32_t pmtu_mode;
	uint32_t mark;
	uint32_t offload;
	char device[IFNAMSIZ];
};

enum kpptp_call_param_type {
	KPPTP_PARAM_NUMBER,	/* of @unit */
	KPPTP_PARAM_SWITCH,	/* yes is 1, no is 0 */
	KPPTP_PARAM_WORD,	/* @word only */
	KPPTP_PARAM_DEVICE,	/* text; index of the interface in netlink */
};

/**
 * struct kpptp_call_param - one of them
 * @key: in the file. Two parameters may share one: the value is that of
 *	whichever takes it, and the other one has its default
 * @type: how the value is written
 * @offset: of the member
 * @attr: KPPTP_A_CALL_*, or 0 for one that only tells the value of another
 * @attr_size: octets of the attribute
 * @min: smallest value of the member
 * @max: largest
 * @init: default
 * @step: it must be a multiple of this
 * @scale: the number in the file is multiplied by this
 * @unit: of the number in the file
 * @zero: what 0 does, where it is special
 * @word: a word that is allowed as well
 * @word_value: what the word means
 */
struct kpptp_call_param {
	const char *key;
	enum kpptp_call_param_type type;
	size_t offset;
	int attr;
	unsigned int attr_size;
	uint32_t min;
	uint32_t max;
	uint32_t init;
	uint32_t step;
	uint32_t scale;
	const char *unit;
	const char *zero;
	const char *word;
	uint32_t word_value;
};

extern const struct kpptp_call_param kpptp_call_param[];
extern const size_t kpptp_call_param_count;

/** kpptp_call_params_init() - set everything to its default */
void kpptp_call_params_init(struct kpptp_call_params *params);

/**
 * kpptp_call_params_read() - set what @key stands for
 * @params: changed, unless there is an error
 * @key: as in the file
 * @value: likewise
 * @why: receives NULL, or a phrase of valid.h about the value
 *
 * Return: 0, -ENOENT when there is no such key, or -EINVAL when the value is
 * none of those kpptp_call_params_allowed() tells.
 */
int kpptp_call_params_read(struct kpptp_call_params *params, const char *key,
			   const char *value, const char **why);

/**
 * kpptp_call_params_allowed() - write what @key may be, "packets from 1 to 9"
 * @key: must exist
 * @buf: receives the text
 * @size: of @buf; 128 is enough
 *
 * Return: @buf
 */
const char *kpptp_call_params_allowed(const char *key, char *buf, size_t size);

/**
 * kpptp_call_params_check() - is every value one that can be had from a file?
 *
 * Return: NULL if so, or the key of the first one that is not.
 */
const char *kpptp_call_params_check(const struct kpptp_call_params *params);

/** kpptp_call_params_attrs() - bits (1 << KPPTP_A_CALL_*) of all attributes */
uint64_t kpptp_call_params_attrs(void);

/** kpptp_call_param_number() - the member that @row is about; no device */
static inline uint32_t *
kpptp_call_param_number(struct kpptp_call_params *params,
			const struct kpptp_call_param *row)
{
	return (uint32_t *)((char *)params + row->offset);
}

/** kpptp_call_param_get() - its value */
static inline uint32_t
kpptp_call_param_get(const struct kpptp_call_params *params,
		     const struct kpptp_call_param *row)
{
	return *(const uint32_t *)((const char *)params + row->offset);
}

#endif
