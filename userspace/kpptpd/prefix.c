// SPDX-License-Identifier: GPL-2.0-or-later
/* prefix.c - networks, read, checked and written */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/valid.h"
#include "prefix.h"

unsigned int kpptp_prefix_bits(const struct kpptp_prefix *prefix)
{
	return prefix->family == AF_INET ? 32 : 128;
}

/* Is every bit of the array from @from on 0? */
static bool clear_from(const uint8_t *addr, unsigned int from)
{
	unsigned int i;

	for (i = from; i < 128; i++)
		if (addr[i / 8] & (0x80 >> i % 8))
			return false;
	return true;
}

/* What the kernel has an IPv4 route to, besides the default route. */
static bool is_routable(const struct kpptp_prefix *prefix)
{
	struct in_addr first;

	memcpy(&first, prefix->addr, sizeof(first));
	if (prefix->addr[0] == 127 || IN_MULTICAST(ntohl(first.s_addr)))
		return false;
	return prefix->len < 32 || kpptp_valid_host(first);
}

const char *kpptp_prefix_check(const struct kpptp_prefix *prefix)
{
	const uint8_t *a = prefix->addr;

	if (prefix->family != AF_INET && prefix->family != AF_INET6)
		return "an address that is neither IPv4 nor IPv6";
	if (prefix->len > kpptp_prefix_bits(prefix))
		return "the prefix length is longer than the address";
	if (!clear_from(a, prefix->len))
		return "the address has bits set beyond the prefix length";
	if (!prefix->len)
		return NULL;	/* the default route */
	if (prefix->family == AF_INET && !is_routable(prefix))
		return "there is no route to loopback, multicast or broadcast addresses";
	if (prefix->family == AF_INET6 &&
	    (a[0] == 0xff || (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ||
	     (prefix->len == 128 && !memcmp(a, &in6addr_loopback, 16))))
		return "there is no route to loopback, multicast or link-local addresses";
	return NULL;
}

/* @item is changed. Return: NULL or what is wrong with it. */
static const char *parse(char *item, struct kpptp_prefix *out)
{
	char *slash = strchr(item, '/'), *end;
	unsigned long len;

	memset(out, 0, sizeof(*out));
	if (slash)
		*slash++ = '\0';
	out->family = strchr(item, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(out->family, item, out->addr) != 1)
		return "neither an IPv4 nor an IPv6 address";
	len = kpptp_prefix_bits(out);
	if (slash) {
		len = strtoul(slash, &end, 10);
		if (*slash < '0' || *slash > '9' || *end ||
		    len > kpptp_prefix_bits(out))
			return "the prefix length is not a number that fits the address";
	}
	out->len = len;
	return kpptp_prefix_check(out);
}

static bool in_list(const struct kpptp_prefixes *list,
		    const struct kpptp_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (!memcmp(&list->prefix[i], prefix, sizeof(*prefix)))
			return true;
	return false;
}

int kpptp_prefixes_add(const char *text, struct kpptp_prefixes *out,
		       const char **why)
{
	char *copy = strdup(text), *rest = copy, *item;
	struct kpptp_prefix prefix;
	unsigned int found = 0;

	*why = copy ? NULL : "out of memory";
	while (!*why && (item = strsep(&rest, ", \t"))) {
		if (!*item)
			continue;
		found++;
		*why = parse(item, &prefix);
		if (*why || in_list(out, &prefix))
			continue;
		if (out->n == KPPTP_MAX_ROUTES)
			*why = "more than 32 networks";
		else
			out->prefix[out->n++] = prefix;
	}
	if (!*why && !found)
		*why = "no network at all";
	free(copy);
	return *why ? -EINVAL : 0;
}

bool kpptp_prefixes_ipv6(const struct kpptp_prefixes *list)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		if (list->prefix[i].family == AF_INET6)
			return true;
	return false;
}

bool kpptp_prefix_has(const struct kpptp_prefix *prefix, struct in_addr addr)
{
	uint32_t net, mask;

	if (prefix->family != AF_INET)
		return false;
	memcpy(&net, prefix->addr, sizeof(net));
	mask = prefix->len ? htonl(UINT32_MAX << (32 - prefix->len)) : 0;
	return (addr.s_addr & mask) == net;
}

const char *kpptp_prefix_text(const struct kpptp_prefix *prefix, char *buf)
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(prefix->family, prefix->addr, addr, sizeof(addr));
	snprintf(buf, KPPTP_PREFIX_TEXT, "%s/%u", addr, prefix->len);
	return buf;
}
