// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel.c - the kernel's side of calls as objects */
#include "kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_number(struct json_object *o, const struct kpptp_nl_call *call,
		       uint64_t bit, const char *key, uint64_t n)
{
	json_object_object_add(o, key, call->set & bit ?
			       json_object_new_uint64(n) : NULL);
}

static void put_bool(struct json_object *o, const struct kpptp_nl_call *call,
		     uint64_t bit, const char *key, bool b)
{
	json_object_object_add(o, key, call->set & bit ?
			       json_object_new_boolean(b) : NULL);
}

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, *text ? json_object_new_string(text) :
					       NULL);
}

static void put_addr(struct json_object *o, const char *key,
		     struct in_addr addr)
{
	char text[INET_ADDRSTRLEN];

	put_text(o, key, inet_ntop(AF_INET, &addr, text, sizeof(text)));
}

#define HAS(attr)		KPPTP_NL_HAS(attr)
#define NUMBER(attr, key, m)	put_number(o, call, HAS(attr), key, call->m)

static void put_key(struct json_object *o, const struct kpptp_nl_call *call)
{
	put_addr(o, "local", call->local);
	put_addr(o, "peer", call->peer);
	NUMBER(CALL_ID, "call_id", call_id);
	NUMBER(PEER_CALL_ID, "peer_call_id", peer_call_id);
	put_text(o, "state", call->set & HAS(STATE) ?
		 kpptp_nl_state_name(call->state) : "");
	put_text(o, "interface", call->ifname);
	NUMBER(CHANNEL, "channel", channel);
	/* A flag: what was not sent is not so. */
	json_object_object_add(o, "owner", json_object_new_boolean(call->owner));
	put_bool(o, call, HAS(OFFLOAD), "offload", call->params.offload);
	put_text(o, "offload_state", call->set & HAS(OFFLOAD_STATE) ?
		 kpptp_nl_offload_name(call->offload_state) : "");
}

static void put_flow(struct json_object *o, const struct kpptp_nl_call *call)
{
	NUMBER(RX_WINDOW, "rx_window", params.rx_window);
	NUMBER(RX_SEQ, "rx_seq", rx_seq);
	NUMBER(HELD, "held", held);
	NUMBER(BACKLOG, "backlog", backlog);
	NUMBER(REORDER_LIMIT, "reorder_limit", params.reorder_limit);
	NUMBER(REORDER_TIME, "reorder_time_us", params.reorder_time);
	NUMBER(ACK_DELAY, "ack_delay_us", params.ack_delay);
	NUMBER(TX_WINDOW, "tx_window", tx_window);
	NUMBER(TX_WINDOW_NOW, "tx_window_now", tx_window_now);
	NUMBER(TX_UNACKED, "tx_unacked", tx_unacked);
	NUMBER(TX_SEQ, "tx_seq", tx_seq);
	NUMBER(RTT, "rtt_us", rtt);
	NUMBER(ATO, "ato_us", ato);
}

static void put_header(struct json_object *o, const struct kpptp_nl_call *call)
{
	put_text(o, "tos_mode", !(call->set & HAS(TOS_MODE)) ? "" :
		 call->params.tos_mode == KPPTP_TOS_MODE_INHERIT ? "inherit" : "fixed");
	NUMBER(TOS, "tos", params.tos);
	NUMBER(TTL, "ttl", params.ttl);
	put_text(o, "pmtu_mode", call->set & HAS(PMTU_MODE) ?
		 kpptp_nl_pmtu_name(call->params.pmtu_mode) : "");
	NUMBER(PATH_MTU, "path_mtu", path_mtu);
	NUMBER(MARK, "mark", params.mark);
	put_text(o, "device", call->params.device);
}

static const uint64_t *counter(const struct kpptp_nl_call_stats *stats,
			       size_t i)
{
	return (const uint64_t *)((const char *)stats +
				  kpptp_nl_stat_names[i].offset);
}

/* "rx-packets" of the netlink spec is rx_packets in JSON. */
static void counter_key(size_t i, char *key, size_t size)
{
	snprintf(key, size, "%s", kpptp_nl_stat_names[i].name);
	for (; *key; key++)
		if (*key == '-')
			*key = '_';
}

void kpptp_kernel_counters(struct json_object *object,
			   const struct kpptp_nl_call_stats *stats)
{
	char key[64];
	size_t i;

	for (i = 0; i < kpptp_nl_stat_count; i++) {
		counter_key(i, key, sizeof(key));
		json_object_object_add(object, key,
				       json_object_new_uint64(*counter(stats, i)));
	}
}

void kpptp_kernel_sum(struct kpptp_nl_call_stats *sum,
		      const struct kpptp_nl_call_stats *stats)
{
	size_t i;

	for (i = 0; i < kpptp_nl_stat_count; i++)
		*(uint64_t *)counter(sum, i) += *counter(stats, i);
}

struct json_object *kpptp_kernel_json(const struct kpptp_nl_call *call)
{
	struct json_object *o = json_object_new_object();

	put_key(o, call);
	put_flow(o, call);
	put_header(o, call);
	if (call->set & HAS(STATS))
		kpptp_kernel_counters(o, &call->stats);
	return o;
}

/* ------------------------------------------------- to the daemon's calls */

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static int read_addr(struct json_object *value, struct in_addr *addr)
{
	const char *text = json_object_get_string(value);

	return text && inet_pton(AF_INET, text, addr) == 1 ? 0 : -EINVAL;
}

int kpptp_kernel_key(struct json_object *daemon, struct kpptp_nl_call *call)
{
	int id = json_object_get_int(member(daemon, "call_id"));

	memset(call, 0, sizeof(*call));
	if (read_addr(member(daemon, "local"), &call->local) ||
	    read_addr(member(daemon, "peer"), &call->peer) ||
	    id < 1 || id > 65535)
		return -EINVAL;
	call->call_id = id;
	call->set = KPPTP_NL_KEY;
	return 0;
}

void kpptp_kernel_merge_one(struct json_object *row,
			    const struct kpptp_nl_call *call)
{
	if (!(call->set & HAS(STATS)))
		return;
	json_object_object_add(row, "rx_bytes",
			       json_object_new_uint64(call->stats.rx_bytes));
	json_object_object_add(row, "tx_bytes",
			       json_object_new_uint64(call->stats.tx_bytes));
}

static int compare(const void *left, const void *right)
{
	const struct kpptp_nl_call *a = left, *b = right;
	int d = memcmp(&a->peer, &b->peer, sizeof(a->peer));

	if (!d)
		d = memcmp(&a->local, &b->local, sizeof(a->local));
	return d ? d : (int)a->call_id - (int)b->call_id;
}

void kpptp_kernel_merge(struct json_object *rows, struct kpptp_nl_call *calls,
			size_t n)
{
	size_t i;

	if (!n)
		return;
	qsort(calls, n, sizeof(*calls), compare);
	for (i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		struct kpptp_nl_call key, *found;

		if (kpptp_kernel_key(row, &key))
			continue;
		found = bsearch(&key, calls, n, sizeof(*calls), compare);
		if (found)
			kpptp_kernel_merge_one(row, found);
	}
}
