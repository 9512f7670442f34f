// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs pppd on an L2TPv2 session of the kernel that no daemon negotiated: both
 * ends are told the same numbers.
 *
 *   l2tp_exec LOCAL PEER COMMAND [ARGUMENT...]
 *
 * LOCAL and PEER are IPv4 addresses; the tunnel is UDP between port 1701 of
 * both, and has number 1 and session 1 at both ends. COMMAND is run with
 * "pppol2tp FD" appended, as pppd's plugin pppol2tp.so wants it.
 */
#include "helper.h"

#include <linux/if_pppol2tp.h>

#define L2TP_PORT	1701

static int udp_socket(in_addr_t local, in_addr_t peer)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_port = htons(L2TP_PORT),
		.sin_addr.s_addr = local,
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die("UDP port %d", L2TP_PORT);
	sa.sin_addr.s_addr = peer;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die("connect");
	return fd;
}

/* Session 0 is the tunnel itself. */
static int l2tp_socket(int udp, in_addr_t peer, unsigned int session)
{
	struct sockaddr_pppol2tp sa = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OL2TP,
		.pppol2tp = {
			.fd = udp,
			.addr.sin_family = AF_INET,
			.addr.sin_port = htons(L2TP_PORT),
			.addr.sin_addr.s_addr = peer,
			.s_tunnel = 1,
			.d_tunnel = 1,
			.s_session = session,
			.d_session = session,
		},
	};
	int fd = socket(AF_PPPOX, SOCK_DGRAM, PX_PROTO_OL2TP);

	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die("L2TP session %u", session);
	return fd;
}

int main(int argc, char **argv)
{
	in_addr_t local, peer;
	char **command, fd[16];
	int udp;

	if (argc < 4)
		die("usage: l2tp_exec LOCAL PEER COMMAND [ARGUMENT...]");
	local = parse_addr(argv[1]);
	peer = parse_addr(argv[2]);
	udp = udp_socket(local, peer);
	l2tp_socket(udp, peer, 0);
	snprintf(fd, sizeof(fd), "%d", l2tp_socket(udp, peer, 1));

	command = calloc(argc, sizeof(*command));
	if (!command)
		die("no memory");
	/* argv[argc] is NULL: two words take the place of three. */
	memcpy(command, argv + 3, (argc - 3) * sizeof(*command));
	command[argc - 3] = "pppol2tp";
	command[argc - 2] = fd;
	execvp(command[0], command);
	die("%s", command[0]);
}
