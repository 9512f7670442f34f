// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens a call on a PPTP socket, attaches to its PPP channel the way pppd does
 * and stays until it is killed or the channel hangs up.
 *
 *   ppp_chan local=ADDR call=ID peer=ADDR peer-call=ID [unit=1] [pause=1]
 *            [bridge=CHANNEL]
 *
 * Prints "ready call=ID channel=N" (and " ifname=pppN" with unit=1, where the
 * channel is connected to a new PPP interface), then "rx HEX" for each frame
 * read from the channel, from its PPP protocol number on. Each line of hex on
 * stdin is sent as one frame. With pause=1 it stops after bind, prints
 * "bound call=ID" and connects when a line comes in. With bridge=CHANNEL the
 * kernel hands frames to that channel and takes them from it.
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>

#include "helper.h"

enum { FRAME_MAX = 4096 };

struct options {
	in_addr_t local, peer;
	uint16_t call, peer_call;
	bool unit, pause;
	int bridge;
};

static void parse_options(int argc, char **argv, struct options *o)
{
	const char *v;

	for (int i = 1; i < argc; i++) {
		if ((v = arg_value(argv[i], "local")))
			o->local = parse_addr(v);
		else if ((v = arg_value(argv[i], "peer")))
			o->peer = parse_addr(v);
		else if ((v = arg_value(argv[i], "call")))
			o->call = parse_num(v, UINT16_MAX);
		else if ((v = arg_value(argv[i], "peer-call")))
			o->peer_call = parse_num(v, UINT16_MAX);
		else if ((v = arg_value(argv[i], "unit")))
			o->unit = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "pause")))
			o->pause = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "bridge")))
			o->bridge = parse_num(v, INT32_MAX);
		else
			die("%s: unknown argument", argv[i]);
	}
}

static int open_call(const struct options *o)
{
	int fd = pptp_socket();

	errno = pptp_bind(fd, o->local, o->call);
	if (errno)
		die("bind");
	if (o->pause) {
		printf("bound call=%u\n", pptp_local_id(fd));
		while (getchar() != '\n')
			if (feof(stdin))
				exit(0);
	}
	errno = pptp_connect(fd, o->peer, o->peer_call);
	if (errno)
		die("connect");
	return fd;
}

static int open_channel(int sock, int *index)
{
	int fd = open("/dev/ppp", O_RDWR | O_NONBLOCK);

	if (fd < 0)
		die("/dev/ppp");
	if (ioctl(sock, PPPIOCGCHAN, index))
		die("PPPIOCGCHAN");
	if (ioctl(fd, PPPIOCATTCHAN, index))
		die("PPPIOCATTCHAN");
	return fd;
}

/* Returns the fd of the new interface, which lives as long as that is open. */
static int connect_unit(int channel, char *ifname)
{
	int fd = open("/dev/ppp", O_RDWR | O_NONBLOCK), unit = -1;

	if (fd < 0)
		die("/dev/ppp");
	if (ioctl(fd, PPPIOCNEWUNIT, &unit))
		die("PPPIOCNEWUNIT");
	if (ioctl(channel, PPPIOCCONNECT, &unit))
		die("PPPIOCCONNECT");
	snprintf(ifname, IFNAMSIZ, "ppp%d", unit);
	return fd;
}

/* Reads until nothing is left. Returns false once the channel hung up. */
static bool read_frames(int channel)
{
	uint8_t frame[FRAME_MAX];
	ssize_t len;

	while ((len = read(channel, frame, sizeof(frame))) > 0) {
		printf("rx ");
		print_hex(frame, len);
		putchar('\n');
	}
	return len < 0 && errno == EAGAIN;
}

static void send_frame(int channel, const char *line)
{
	uint8_t frame[FRAME_MAX];
	size_t len = parse_hex(line, frame, sizeof(frame));

	if (write(channel, frame, len) != (ssize_t)len)
		printf("tx-error %s\n", strerrorname_np(errno));
}

int main(int argc, char **argv)
{
	char line[2 * FRAME_MAX + 2], ifname[IFNAMSIZ] = "";
	struct options o = { .bridge = -1 };
	struct pollfd fds[2];
	int sock, channel, index;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	parse_options(argc, argv, &o);
	sock = open_call(&o);
	channel = open_channel(sock, &index);
	if (o.unit)
		connect_unit(channel, ifname);
	if (o.bridge >= 0 && ioctl(channel, PPPIOCBRIDGECHAN, &o.bridge))
		die("PPPIOCBRIDGECHAN");
	printf("ready call=%u channel=%d", pptp_local_id(sock), index);
	printf(o.unit ? " ifname=%s\n" : "\n", ifname);

	fds[0] = (struct pollfd){ .fd = channel, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents && !read_frames(channel))
			break;
		if (!fds[1].revents)
			continue;
		if (fgets(line, sizeof(line), stdin))
			send_frame(channel, line);
		else
			fds[1].fd = -1;
	}
	puts("hangup");
	return 0;
}
