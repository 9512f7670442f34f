/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prefix.h - a network as a route has it: address and prefix length, IPv4 or
 * IPv6. Holds no pointers and no secrets; every bit pattern is a value, and
 * kpptp_prefix_check() tells which of them make sense.
 */
#ifndef KPPTPD_PREFIX_H
#define KPPTPD_PREFIX_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define KPPTP_MAX_ROUTES	32	/* networks behind one link */
#define KPPTP_PREFIX_TEXT	(INET6_ADDRSTRLEN + 4)

/**
 * struct kpptp_prefix - a network
 * @family: AF_INET or AF_INET6
 * @len: prefix length in bits, 0 to 32 or 128
 * @addr: 4 or 16 octets in network order, the rest 0; nothing beyond @len
 */
struct kpptp_prefix {
	uint8_t family;
	uint8_t len;
	uint8_t addr[16];
};

/** struct kpptp_prefixes - the first @n of them */
struct kpptp_prefixes {
	uint32_t n;
	struct kpptp_prefix prefix[KPPTP_MAX_ROUTES];
};

/** kpptp_prefix_bits() - length of an address of this family, in bits */
unsigned int kpptp_prefix_bits(const struct kpptp_prefix *prefix);

/**
 * kpptp_prefix_check() - can there be a route to it?
 *
 * Return: NULL, or a static sentence that says what is wrong with it.
 */
const char *kpptp_prefix_check(const struct kpptp_prefix *prefix);

/**
 * kpptp_prefixes_add() - read "10.1.0.0/16, 2001:db8:1::/48" and append
 * @text: networks separated by commas or blanks; without length, one host
 * @out: list to append to; one that is in it already is not added again
 * @why: on an error a static sentence that says what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int kpptp_prefixes_add(const char *text, struct kpptp_prefixes *out,
		       const char **why);

/** kpptp_prefixes_ipv6() - is one of them IPv6? */
bool kpptp_prefixes_ipv6(const struct kpptp_prefixes *list);

/** kpptp_prefix_has() - is the IPv4 address in it? */
bool kpptp_prefix_has(const struct kpptp_prefix *prefix, struct in_addr addr);

/** kpptp_prefix_text() - "10.1.0.0/16" in a buffer of KPPTP_PREFIX_TEXT */
const char *kpptp_prefix_text(const struct kpptp_prefix *prefix, char *buf);

#endif
