/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small things the selftest helpers share. Everything here ends the program
 * with status 2 and a sentence on stderr when it can't do its work, so that a
 * broken set-up is never mistaken for a test result (0 or 1).
 */
#ifndef KPPTP_SELFTEST_HELPER_H
#define KPPTP_SELFTEST_HELPER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#endif

/* Prints the sentence, and the error when errno is set, and ends the program. */
static inline void __attribute__((format(printf, 1, 2), noreturn))
die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (err)
		fprintf(stderr, ": %s", strerror(err));
	fputc('\n', stderr);
	exit(2);
}

/* Dotted quad to network order. */
static inline in_addr_t parse_addr(const char *text)
{
	struct in_addr addr;

	errno = 0;
	if (inet_pton(AF_INET, text, &addr) != 1)
		die("%s: not an IPv4 address", text);
	return addr.s_addr;
}

/* Decimal, 0x or octal number from 0 to @max. */
static inline unsigned long long parse_num(const char *text,
					   unsigned long long max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || value > max) {
		errno = 0;
		die("%s: not a number from 0 to %llu", text, max);
	}
	return value;
}

/* A socket in the namespace of that name, as "ip netns" has it. It keeps the
 * namespace that its maker was in.
 */
static inline int socket_in(const char *netns, int family, int type)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s", path);
	close(fd);
	fd = socket(family, type, 0);
	if (fd < 0)
		die("socket");
	return fd;
}

/* Binds the calling thread, and those that it starts, to a CPU. */
static inline void run_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %u", cpu);
}

/* Hex digits to octets; returns how many. */
static inline size_t parse_hex(const char *text, uint8_t *out, size_t size)
{
	size_t n = 0;
	unsigned int octet;
	int used;

	errno = 0;
	for (; *text && *text != '\n'; text += 2, n++) {
		if (n == size || sscanf(text, "%2x%n", &octet, &used) != 1 ||
		    used != 2)
			die("%s: not hex, or more than %zu octets", text, size);
		out[n] = octet;
	}
	return n;
}

static inline void print_hex(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		printf("%02x", data[i]);
}

/*
 * For "key=value" arguments: the value when @arg starts with "@key=", else
 * NULL.
 */
static inline const char *arg_value(const char *arg, const char *key)
{
	size_t len = strlen(key);

	if (strncmp(arg, key, len) || arg[len] != '=')
		return NULL;
	return arg + len + 1;
}

static inline struct sockaddr_pppox pptp_addr(in_addr_t addr, uint16_t call_id)
{
	struct sockaddr_pppox sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_family = AF_PPPOX;
	sa.sa_protocol = PX_PROTO_PPTP;
	sa.sa_addr.pptp.call_id = call_id;
	sa.sa_addr.pptp.sin_addr.s_addr = addr;
	return sa;
}

static inline int pptp_socket(void)
{
	int fd = socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_PPTP);

	if (fd < 0)
		die("socket(AF_PPPOX, PX_PROTO_PPTP)");
	return fd;
}

/* 0 or the errno, as every step reports it. */
static inline int pptp_bind(int fd, in_addr_t addr, uint16_t call_id)
{
	struct sockaddr_pppox sa = pptp_addr(addr, call_id);

	return bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ? errno : 0;
}

static inline int pptp_connect(int fd, in_addr_t addr, uint16_t call_id)
{
	struct sockaddr_pppox sa = pptp_addr(addr, call_id);

	return connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ? errno : 0;
}

/* The local Call ID of a bound socket. */
static inline uint16_t pptp_local_id(int fd)
{
	struct sockaddr_pppox sa;
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len))
		die("getsockname");
	return sa.sa_addr.pptp.call_id;
}

#endif
