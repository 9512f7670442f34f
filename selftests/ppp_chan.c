// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens a call on a PPTP socket, attaches to its PPP channel the way pppd does
 * and stays until it is killed or the channel hangs up.
 *
 *   ppp_chan local=ADDR call=ID peer=ADDR peer-call=ID [unit=1] [pause=1]
 *            [bridge=CHANNEL] [mark=N] [device=NAME] [echo=1]
 *   ppp_chan channel=N
 *
 * Prints "ready call=ID channel=N" (and " ifname=pppN" with unit=1, where the
 * channel is connected to a new PPP interface), then "rx HEX" for each frame
 * read from the channel, from its PPP protocol number on. Each line of hex on
 * stdin is sent as one frame. With pause=1 it stops after bind, prints
 * "bound call=ID" and connects when a line comes in. With bridge=CHANNEL the
 * kernel hands frames to that channel and takes them from it. mark and device are
 * the socket's SO_MARK and SO_BINDTODEVICE. With echo=1 an Echo-Request of LCP is
 * answered, as pppd does. With channel=N it
 * sends on a channel that somebody else has opened, and leaves what comes to
 * that one.
 *
 * What pppd does to an interface and its channel, each as a line on stdin that
 * is answered with "done LINE" or "failed LINE ERROR". With unit=1 frames for
 * the interface's owner are printed as "unit-rx HEX":
 *   unit HEX		send a frame as the interface's owner, as CCP's are
 *   npmode PROTO N	PPPIOCSNPMODE: 0 pass, 1 drop
 *   compress TX HEX	PPPIOCSCOMPRESS: TX 1 or 0, option
 *   flags N		PPPIOCSFLAGS
 *   connect N		PPPIOCCONNECT to unit N
 *   disconnect		PPPIOCDISCONN
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>

#include "helper.h"

enum { FRAME_MAX = 4096 };

struct options {
	in_addr_t local, peer;
	uint16_t call, peer_call;
	bool unit, pause, echo;
	int bridge, channel, mark;
	const char *device;
};

/* The descriptors: the channel, and the interface or -1. */
struct link {
	int channel, unit;
	bool echo;
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
		else if ((v = arg_value(argv[i], "echo")))
			o->echo = parse_num(v, 1);
		else if ((v = arg_value(argv[i], "bridge")))
			o->bridge = parse_num(v, INT32_MAX);
		else if ((v = arg_value(argv[i], "mark")))
			o->mark = parse_num(v, INT32_MAX);
		else if ((v = arg_value(argv[i], "device")))
			o->device = v;
		else if ((v = arg_value(argv[i], "channel")))
			o->channel = parse_num(v, INT32_MAX);
		else
			die("%s: unknown argument", argv[i]);
	}
}

static int open_call(const struct options *o)
{
	int fd = pptp_socket();

	if (o->mark &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &o->mark, sizeof(o->mark)))
		die("SO_MARK");
	if (o->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->device,
				    strlen(o->device)))
		die("SO_BINDTODEVICE %s", o->device);
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

static int attach_channel(int index)
{
	int fd = open("/dev/ppp", O_RDWR | O_NONBLOCK);

	if (fd < 0)
		die("/dev/ppp");
	if (ioctl(fd, PPPIOCATTCHAN, &index))
		die("PPPIOCATTCHAN");
	return fd;
}

static int open_channel(int sock, int *index)
{
	if (ioctl(sock, PPPIOCGCHAN, index))
		die("PPPIOCGCHAN");
	return attach_channel(*index);
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

/* RFC 1661 5.8 */
static void answer_echo(int fd, uint8_t *frame, size_t len)
{
	static const uint8_t request[] = { 0xc0, 0x21, 9 };

	if (len < sizeof(request) || memcmp(frame, request, sizeof(request)))
		return;
	frame[2] = 10;
	if (write(fd, frame, len) != (ssize_t)len)
		printf("tx-error %s\n", strerrorname_np(errno));
}

/* Reads until nothing is left. Returns false once it hung up. */
static bool read_frames(int fd, const char *what, bool echo)
{
	uint8_t frame[FRAME_MAX];
	ssize_t len;

	while ((len = read(fd, frame, sizeof(frame))) > 0) {
		if (echo)
			answer_echo(fd, frame, len);
		printf("%s ", what);
		print_hex(frame, len);
		putchar('\n');
	}
	return len < 0 && errno == EAGAIN;
}

static int send_frame(int fd, const char *line)
{
	uint8_t frame[FRAME_MAX];
	size_t len = parse_hex(line, frame, sizeof(frame));

	return write(fd, frame, len) == (ssize_t)len ? 0 : -1;
}

/* --- commands ------------------------------------------------------------- */

static int do_unit(const struct link *l, char *arg)
{
	return send_frame(l->unit, arg);
}

static int do_npmode(const struct link *l, char *arg)
{
	struct npioctl np;

	np.protocol = strtol(arg, &arg, 0);
	np.mode = strtol(arg, NULL, 0) ? NPMODE_DROP : NPMODE_PASS;
	return ioctl(l->unit, PPPIOCSNPMODE, &np);
}

static int do_compress(const struct link *l, char *arg)
{
	struct ppp_option_data data = { .transmit = strtol(arg, &arg, 0) };
	uint8_t option[FRAME_MAX];

	data.ptr = option;
	data.length = parse_hex(arg + 1, option, sizeof(option));
	return ioctl(l->unit, PPPIOCSCOMPRESS, &data);
}

static int do_flags(const struct link *l, char *arg)
{
	int flags = strtol(arg, NULL, 0);

	return ioctl(l->unit, PPPIOCSFLAGS, &flags);
}

static int do_connect(const struct link *l, char *arg)
{
	int unit = strtol(arg, NULL, 0);

	return ioctl(l->channel, PPPIOCCONNECT, &unit);
}

static int do_disconnect(const struct link *l, char *arg)
{
	if (*arg)
		return errno = EINVAL, -1;
	return ioctl(l->channel, PPPIOCDISCONN);
}

static const struct command {
	const char *name;
	int (*run)(const struct link *l, char *arg);
} commands[] = {
	{ "unit ", do_unit },
	{ "npmode ", do_npmode },
	{ "compress ", do_compress },
	{ "flags ", do_flags },
	{ "connect ", do_connect },
	{ "disconnect", do_disconnect },
};

static void run_line(const struct link *l, char *line)
{
	size_t len;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		len = strlen(commands[i].name);
		if (strncmp(line, commands[i].name, len))
			continue;
		if (commands[i].run(l, line + len))
			printf("failed %s %s\n", line, strerrorname_np(errno));
		else
			printf("done %s\n", line);
		return;
	}
	if (send_frame(l->channel, line))
		printf("tx-error %s\n", strerrorname_np(errno));
}

/* Until the channel hangs up. */
static void serve(const struct link *l, bool reads)
{
	struct pollfd fds[] = {
		{ .fd = reads ? l->channel : -1, .events = POLLIN },
		{ .fd = l->unit, .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char line[2 * FRAME_MAX + 2];

	while (poll(fds, ARRAY_SIZE(fds), -1) > 0) {
		if (fds[0].revents && !read_frames(l->channel, "rx", l->echo))
			return;
		/* Without a channel it is at its end, until it has one. */
		if (fds[1].revents && !read_frames(l->unit, "unit-rx", false))
			fds[1].fd = -1;
		if (!fds[2].revents)
			continue;
		if (fgets(line, sizeof(line), stdin))
			run_line(l, line);
		else
			fds[2].fd = -1;
		fds[1].fd = l->unit;
	}
}

int main(int argc, char **argv)
{
	struct options o = { .bridge = -1, .channel = -1 };
	struct link l = { -1, -1, false };
	char ifname[IFNAMSIZ] = "";
	int sock, index;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	parse_options(argc, argv, &o);
	if (o.channel >= 0) {
		l.channel = attach_channel(o.channel);
		printf("ready channel=%d\n", o.channel);
		serve(&l, false);
		return 0;
	}
	sock = open_call(&o);
	l.echo = o.echo;
	l.channel = open_channel(sock, &index);
	if (o.unit)
		l.unit = connect_unit(l.channel, ifname);
	if (o.bridge >= 0 && ioctl(l.channel, PPPIOCBRIDGECHAN, &o.bridge))
		die("PPPIOCBRIDGECHAN");
	printf("ready call=%u channel=%d", pptp_local_id(sock), index);
	printf(o.unit ? " ifname=%s\n" : "\n", ifname);
	serve(&l, true);
	puts("hangup");
	return 0;
}
