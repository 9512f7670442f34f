// SPDX-License-Identifier: GPL-2.0-or-later
/* call_params.c - the table of what a call can be told about its packets */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linux/kpptp.h>

#include "call_params.h"
#include "valid.h"

#define PARAM(k, t, m) .key = k, .type = KPPTP_PARAM_##t, \
		       .offset = offsetof(struct kpptp_call_params, m)
#define ATTR(a, bits) .attr = KPPTP_A_CALL_##a, .attr_size = (bits) / 8
#define RANGE(lo, hi) .min = lo, .max = hi, .scale = 1
#define MS_IN_US(hi) .max = hi, .scale = 1000, .unit = "milliseconds"

const struct kpptp_call_param kpptp_call_param[] = {
	{ PARAM("rx-window", NUMBER, rx_window), ATTR(RX_WINDOW, 16),
	  RANGE(1, 65535), .init = 64, .unit = "packets" },
	/* What is sent is the peer's window, or none. */
	{ PARAM("tx-window", SWITCH, use_tx_window), RANGE(0, 1) },
	{ PARAM("ack-delay", NUMBER, ack_delay), ATTR(ACK_DELAY, 32),
	  MS_IN_US(KPPTP_ACK_DELAY_MAX), .init = 100000 },
	{ PARAM("reorder-limit", NUMBER, reorder_limit), ATTR(REORDER_LIMIT, 16),
	  RANGE(0, KPPTP_REORDER_LIMIT_MAX), .init = KPPTP_REORDER_LIMIT_MAX,
	  .unit = "packets", .zero = "no reordering" },
	{ PARAM("reorder-time", NUMBER, reorder_time), ATTR(REORDER_TIME, 32),
	  MS_IN_US(KPPTP_REORDER_TIME_MAX), .init = 30000 },
	/* The two low bits are ECN's (RFC 6040). */
	{ PARAM("tos", NUMBER, tos), ATTR(TOS, 8), RANGE(0, 252), .step = 4,
	  .unit = "number" },
	{ PARAM("tos", WORD, tos_mode), ATTR(TOS_MODE, 8),
	  RANGE(KPPTP_TOS_MODE_FIXED, KPPTP_TOS_MODE_INHERIT),
	  .word = "inherit", .word_value = KPPTP_TOS_MODE_INHERIT },
	{ PARAM("ttl", NUMBER, ttl), ATTR(TTL, 8), RANGE(0, 255),
	  .unit = "number", .zero = "the system's default" },
	{ PARAM("pmtu", SWITCH, pmtu_mode), ATTR(PMTU_MODE, 8),
	  RANGE(KPPTP_PMTU_MODE_FRAGMENT, KPPTP_PMTU_MODE_COPY),
	  .init = KPPTP_PMTU_MODE_DISCOVER,
	  .word = "copy", .word_value = KPPTP_PMTU_MODE_COPY },
	{ PARAM("mark", NUMBER, mark), ATTR(MARK, 32), RANGE(0, UINT32_MAX),
	  .unit = "number" },
	{ PARAM("device", DEVICE, device), ATTR(DEVICE, 32) },
	{ PARAM("offload", SWITCH, offload), ATTR(OFFLOAD, 8), RANGE(0, 1),
	  .init = 1 },
};

const size_t kpptp_call_param_count =
	sizeof(kpptp_call_param) / sizeof(kpptp_call_param[0]);

_Static_assert(KPPTP_PMTU_MODE_FRAGMENT == 0 && KPPTP_PMTU_MODE_DISCOVER == 1,
	       "pmtu is a switch with a third word");

#define FOR_EACH(row) \
	for (row = kpptp_call_param; \
	     row < kpptp_call_param + kpptp_call_param_count; row++)

void kpptp_call_params_init(struct kpptp_call_params *params)
{
	const struct kpptp_call_param *row;

	memset(params, 0, sizeof(*params));
	FOR_EACH(row)
		if (row->type != KPPTP_PARAM_DEVICE)
			*kpptp_call_param_number(params, row) = row->init;
}

static int read_device(struct kpptp_call_params *params, const char *value,
		       const char **why)
{
	*why = kpptp_valid_device(value, strlen(value) + 1);
	if (*why)
		return -EINVAL;
	memset(params->device, 0, sizeof(params->device));
	strcpy(params->device, value);
	return 0;
}

static int read_number(const struct kpptp_call_param *row, const char *value,
		       uint32_t *out)
{
	unsigned long n;

	if (kpptp_valid_number(value, row->min / row->scale,
			       row->max / row->scale, &n) ||
	    (row->step && n % row->step))
		return -EINVAL;
	*out = n * row->scale;
	return 0;
}

static int read_one(struct kpptp_call_params *params,
		    const struct kpptp_call_param *row, const char *value,
		    const char **why)
{
	uint32_t *out = kpptp_call_param_number(params, row);
	bool on;

	if (row->word && !strcasecmp(value, row->word)) {
		*out = row->word_value;
		return 0;
	}
	switch (row->type) {
	case KPPTP_PARAM_NUMBER:
		return read_number(row, value, out);
	case KPPTP_PARAM_DEVICE:
		return read_device(params, value, why);
	case KPPTP_PARAM_SWITCH:
		if (kpptp_valid_switch(value, &on))
			return -EINVAL;
		*out = on;
		return 0;
	case KPPTP_PARAM_WORD:
		break;
	}
	return -EINVAL;
}

int kpptp_call_params_read(struct kpptp_call_params *params, const char *key,
			   const char *value, const char **why)
{
	const struct kpptp_call_param *row;
	int err = -ENOENT;

	*why = NULL;
	FOR_EACH(row) {
		if (strcmp(row->key, key))
			continue;
		err = read_one(params, row, value, why);
		if (!err)
			return 0;
	}
	return err;
}

static void append(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *buf, size_t size, const char *fmt, ...)
{
	size_t used = strlen(buf);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf + used, size - used, fmt, ap);
	va_end(ap);
}

static void allow_number(const struct kpptp_call_param *row, char *buf,
			 size_t size)
{
	if (row->step)
		append(buf, size, "a multiple of %u", row->step);
	else
		append(buf, size, "%s%s", strcmp(row->unit, "number") ? "" : "a ",
		       row->unit);
	append(buf, size, " from %u to ", row->zero ? 1 : row->min / row->scale);
	append(buf, size, row->max == UINT32_MAX ? "0x%x" : "%u",
	       row->max / row->scale);
	if (row->zero)
		append(buf, size, ", or 0 for %s", row->zero);
}

const char *kpptp_call_params_allowed(const char *key, char *buf, size_t size)
{
	const struct kpptp_call_param *row;

	*buf = '\0';
	FOR_EACH(row) {
		if (strcmp(row->key, key))
			continue;
		if (row->type == KPPTP_PARAM_NUMBER)
			allow_number(row, buf, size);
		else if (row->type == KPPTP_PARAM_SWITCH)
			append(buf, size, row->word ? "yes, no" : "yes or no");
		else if (row->type == KPPTP_PARAM_DEVICE)
			append(buf, size, "the name of an interface or VRF");
		if (row->word)
			append(buf, size, " or %s", row->word);
	}
	return buf;
}

static bool is_valid(const struct kpptp_call_params *params,
		     const struct kpptp_call_param *row)
{
	const uint32_t n = kpptp_call_param_get(params, row);

	if (row->type == KPPTP_PARAM_DEVICE)
		return !*params->device ||
		       !kpptp_valid_device(params->device, IFNAMSIZ);
	return n >= row->min && n <= row->max && !(row->step && n % row->step);
}

const char *kpptp_call_params_check(const struct kpptp_call_params *params)
{
	const struct kpptp_call_param *row;

	FOR_EACH(row)
		if (!is_valid(params, row))
			return row->key;
	return NULL;
}

uint64_t kpptp_call_params_attrs(void)
{
	const struct kpptp_call_param *row;
	uint64_t set = 0;

	FOR_EACH(row)
		if (row->attr)
			set |= UINT64_C(1) << row->attr;
	return set;
}
