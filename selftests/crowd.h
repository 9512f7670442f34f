/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many peers of one PPTP server, each with an address of its own: for the
 * helpers that open control connections by the thousand.
 */
#ifndef KPPTP_SELFTEST_CROWD_H
#define KPPTP_SELFTEST_CROWD_H

#include <inttypes.h>
#include <sys/resource.h>
#include <time.h>

#include "helper.h"

#define PPTP_PORT	1723

/**
 * struct crowd - where connections go and come from
 * @server: network order, as @from
 * @from: the first address that they come from
 * @addresses: how many there are, taken in turn
 * @step: from one to the next
 */
struct crowd {
	in_addr_t server, from;
	unsigned int addresses, step;
};

#define CROWD_DEFAULT	{ .addresses = 1, .step = 1 }

/* Calls @take with each "key=value" of the command line. */
static inline void read_options(int argc, char **argv,
				void (*take)(const char *key, const char *value))
{
	int i;

	errno = 0;
	for (i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			die("%s: not key=value", argv[i]);
		*value++ = '\0';
		take(argv[i], value);
	}
}

/* Whether the option is one of a crowd, which then has it. */
static inline bool crowd_option(struct crowd *crowd, const char *key, const char *value)
{
	if (!strcmp(key, "server"))
		crowd->server = parse_addr(value);
	else if (!strcmp(key, "from"))
		crowd->from = parse_addr(value);
	else if (!strcmp(key, "addresses"))
		crowd->addresses = parse_num(value, 65535);
	else if (!strcmp(key, "step"))
		crowd->step = parse_num(value, 65535);
	else
		return false;
	return true;
}

static inline bool crowd_complete(const struct crowd *crowd)
{
	return crowd->server && crowd->from && crowd->addresses && crowd->step;
}

/* Connects as the @n-th of the crowd. Returns the socket, or -1 with errno. */
static inline int crowd_connect(const struct crowd *crowd, unsigned int n)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = crowd->server,
		.sin_port = htons(PPTP_PORT),
	};
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int later = 1;	/* the port: one for each connection, not for each socket */

	from.sin_addr.s_addr = htonl(ntohl(crowd->from) + n % crowd->addresses * crowd->step);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof(later)) ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)))
		die("connection %u: an address to come from", n + 1);
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	close(fd);
	return -1;
}

/* A file for each of @count connections, and those that every program has. */
static inline void allow_files(unsigned int count)
{
	struct rlimit limit;

	errno = 0;
	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max < count + 16)
		die("%u connections take more files than the limit of %llu allows",
		    count, (unsigned long long)limit.rlim_max);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
}

/* Microseconds of a clock that only goes forward. */
static inline uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

#endif
