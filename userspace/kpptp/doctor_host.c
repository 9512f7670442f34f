// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_host.c - what kpptp doctor can tell without the server */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../lib/nl.h"
#include "client.h"
#include "doctor.h"

/* What GRE is measured with; being root may not be enough in a container. */
static int look_at_rights(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_GRE);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Asking for the counters needs the rights that making a call needs. */
static void look_at_module(struct kpptp_facts *facts)
{
	struct kpptp_nl *nl = NULL;
	struct kpptp_nl_stats stats;

	facts->module = kpptp_nl_open(&nl);
	if (!facts->module)
		facts->module = kpptp_nl_stats_get(nl, &stats);
	if (facts->module)
		snprintf(facts->module_why, sizeof(facts->module_why), "%s",
			 nl ? kpptp_nl_why(nl) : strerror(-facts->module));
	kpptp_nl_close(nl);
	facts->in_tree = !access("/sys/module/pptp", F_OK);
}

static void look_at_daemon(struct kpptp_facts *facts, const char *socket)
{
	struct kpptp_client client;

	facts->daemon = kpptp_client_open(&client, socket);
	if (facts->daemon)
		snprintf(facts->daemon_why, sizeof(facts->daemon_why), "%.*s",
			 KPPTP_DOCTOR_WHY - 1, client.why);
	kpptp_client_close(&client);
}

static int resolve(const char *host, struct in_addr *peer)
{
	const struct addrinfo hints = {
		.ai_family = AF_INET, .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found;
	int err = getaddrinfo(host, NULL, &hints, &found);

	if (err)
		return err;
	*peer = ((struct sockaddr_in *)found->ai_addr)->sin_addr;
	freeaddrinfo(found);
	return 0;
}

/* A datagram socket asks the routing table and sends nothing. */
static int look_at_route(struct in_addr peer, struct in_addr *local)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_addr = peer, .sin_port = htons(9),
	};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    getsockname(fd, (struct sockaddr *)&sa, &len))
		err = -errno;
	else
		*local = sa.sin_addr;
	close(fd);
	return err;
}

void kpptp_doctor_host(struct kpptp_facts *facts, const char *socket)
{
	facts->rights = look_at_rights();
	look_at_module(facts);
	look_at_daemon(facts, socket);
	facts->resolved = resolve(facts->host, &facts->peer);
	facts->route = 1;
	if (!facts->resolved)
		facts->route = look_at_route(facts->peer, &facts->local);
}
