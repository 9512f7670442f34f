// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks the socket interface the in-tree pptp driver offers and prints what
 * each step answers, one "step answer" line a step: an errno name, OK, or what
 * was read back. pppox_abi.expect says what in-tree pptp and kpptp answer.
 *
 *   pppox_abi LOCAL PEER OTHER-NETNS
 *
 * LOCAL is an address of this network namespace, PEER one of OTHER-NETNS, and
 * the two reach each other. The steps know nothing of the driver, so that the
 * two can be compared.
 */
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <stddef.h>
#include <sys/wait.h>

#include "helper.h"

enum {
	ID_A = 1001,		/* local Call IDs of the steps */
	ID_B = 1002,
	ID_PEER = 2001,
	ID_PEER_B = 2002,
	TRAFFIC_PORT = 5001,
	TRAFFIC_COUNT = 20,
};

static in_addr_t local, peer;
static int home_netns, other_netns;

static const char *name_of(int err)
{
	return err ? strerrorname_np(err) : "OK";
}

static void step(const char *name, int err)
{
	printf("%s %s\n", name, name_of(err));
}

static int sys(int ret)
{
	return ret < 0 ? errno : 0;
}

static void enter(int netns)
{
	if (setns(netns, CLONE_NEWNET))
		die("setns");
}

static int bound(in_addr_t addr, uint16_t id)
{
	int fd = pptp_socket();

	errno = pptp_bind(fd, addr, id);
	if (errno)
		die("bind of Call ID %u, which should be free", id);
	return fd;
}

static int connected(in_addr_t from, uint16_t id, in_addr_t to, uint16_t to_id)
{
	int fd = bound(from, id);

	errno = pptp_connect(fd, to, to_id);
	if (errno)
		die("connect");
	return fd;
}

/* "OK" or the errno of one call, with the address cut to @len. */
static int bind_len(int fd, socklen_t len)
{
	uint8_t room[sizeof(struct sockaddr_pppox) + 64] = { 0 };
	struct sockaddr_pppox sa = pptp_addr(local, ID_A);

	memcpy(room, &sa, sizeof(sa));
	return sys(bind(fd, (struct sockaddr *)room, len));
}

static int connect_len(int fd, socklen_t len)
{
	uint8_t room[sizeof(struct sockaddr_pppox) + 64] = { 0 };
	struct sockaddr_pppox sa = pptp_addr(peer, ID_PEER);

	memcpy(room, &sa, sizeof(sa));
	return sys(connect(fd, (struct sockaddr *)room, len));
}

/* One answer for all short lengths, or the first that differs from EINVAL. */
static void short_lengths(const char *name, int fd,
			  int (*call)(int fd, socklen_t len))
{
	for (socklen_t len = 0; len < sizeof(struct sockaddr_pppox); len++) {
		int err = call(fd, len);

		if (err != EINVAL) {
			printf("%s length-%u-%s\n", name, len, name_of(err));
			return;
		}
	}
	step(name, EINVAL);
}

/* Prints family, protocol, ID, address and whether the rest is zero. */
static void getname(const char *name, int fd,
		    int (*call)(int, struct sockaddr *, socklen_t *))
{
	uint8_t room[sizeof(struct sockaddr_pppox) + 16], *end;
	struct sockaddr_pppox sa;
	socklen_t len = sizeof(room);
	char addr[INET_ADDRSTRLEN];
	bool zero = true;

	memset(room, 0xaa, sizeof(room));
	if (call(fd, (struct sockaddr *)room, &len)) {
		step(name, errno);
		return;
	}
	memcpy(&sa, room, sizeof(sa));
	end = room + offsetof(struct sockaddr_pppox, sa_addr) +
	      sizeof(struct pptp_addr);
	for (uint8_t *p = end; p < room + sizeof(sa); p++)
		zero = zero && !*p;
	for (uint8_t *p = room + sizeof(sa); p < room + sizeof(room); p++)
		zero = zero && *p == 0xaa;
	inet_ntop(AF_INET, &sa.sa_addr.pptp.sin_addr, addr, sizeof(addr));
	printf("%s len=%d,family=%u,proto=%u,id=%u,addr=%s,rest=%s\n", name,
	       len == sizeof(sa), sa.sa_family, sa.sa_protocol,
	       sa.sa_addr.pptp.call_id, addr, zero ? "zero" : "dirty");
}

static void try_addr(const char *name, bool is_bind, unsigned int family,
		     unsigned int proto, in_addr_t addr)
{
	struct sockaddr_pppox sa = pptp_addr(addr, ID_A);
	int fd = is_bind ? pptp_socket() : bound(local, ID_A);

	sa.sa_family = family;
	sa.sa_protocol = proto;
	step(name, sys((is_bind ? bind : connect)
		       (fd, (struct sockaddr *)&sa, sizeof(sa))));
	close(fd);
}

static void bind_steps(void)
{
	int fd = pptp_socket(), second;

	getname("getsockname-fresh", fd, getsockname);
	short_lengths("bind-short", fd, bind_len);
	getname("getsockname-after-short-bind", fd, getsockname);
	step("bind-long", bind_len(fd, sizeof(struct sockaddr_pppox) + 10));
	getname("getsockname-bound", fd, getsockname);
	step("bind-twice-same", pptp_bind(fd, local, ID_A));
	step("bind-twice-other-id", pptp_bind(fd, local, ID_B));
	getname("getsockname-after-second-bind", fd, getsockname);
	second = pptp_socket();
	step("bind-used-id", pptp_bind(second, local, ID_A));
	step("bind-free-id-after-used-id", pptp_bind(second, local, ID_B));
	close(second);
	close(fd);

	fd = pptp_socket();
	step("bind-after-close", pptp_bind(fd, local, ID_A));
	close(fd);

	try_addr("bind-wrong-family", true, AF_INET, PX_PROTO_PPTP, local);
	try_addr("bind-wrong-protocol", true, AF_PPPOX, PX_PROTO_OE, local);
	try_addr("bind-foreign-address", true, AF_PPPOX, PX_PROTO_PPTP, peer);
}

/* Call ID 0 asks for any free one: never 0, never one that is taken. */
static void choose_steps(void)
{
	int a = pptp_socket(), b = pptp_socket();
	uint16_t id_a, id_b;

	step("bind-choose", pptp_bind(a, local, 0));
	step("bind-choose-again", pptp_bind(b, local, 0));
	id_a = pptp_local_id(a);
	id_b = pptp_local_id(b);
	printf("choose-answers %s\n", id_a && id_b && id_a != id_b ?
	       "two-different" : "wrong");
	close(b);
	b = pptp_socket();
	step("bind-chosen-id", pptp_bind(b, local, id_a));
	close(a);
	step("bind-chosen-id-after-close", pptp_bind(b, local, id_a));
	close(b);
}

static void connect_steps(void)
{
	int fd = pptp_socket(), index = -1, second;

	step("connect-unbound", pptp_connect(fd, peer, ID_PEER));
	close(fd);

	fd = bound(local, ID_A);
	short_lengths("connect-short", fd, connect_len);
	getname("getsockname-after-short-connect", fd, getsockname);
	close(fd);

	try_addr("connect-wrong-family", false, AF_INET, PX_PROTO_PPTP, peer);
	try_addr("connect-wrong-protocol", false, AF_PPPOX, PX_PROTO_OE, peer);
	try_addr("connect-no-address", false, AF_PPPOX, PX_PROTO_PPTP, 0);
	try_addr("connect-no-route", false, AF_PPPOX, PX_PROTO_PPTP,
		 inet_addr("203.0.113.1"));

	fd = bound(local, ID_A);
	step("gchan-bound", sys(ioctl(fd, PPPIOCGCHAN, &index)));
	step("connect-long",
	     connect_len(fd, sizeof(struct sockaddr_pppox) + 10));
	getname("getsockname-connected", fd, getsockname);
	getname("getpeername-connected", fd, getpeername);
	step("connect-twice-same", pptp_connect(fd, peer, ID_PEER));
	step("connect-twice-other", pptp_connect(fd, peer, ID_PEER_B));
	step("bind-connected", pptp_bind(fd, local, ID_B));
	second = bound(local, ID_B);
	step("connect-second-socket", pptp_connect(second, peer, ID_PEER_B));
	close(second);
	second = bound(local, ID_B);
	step("connect-second-socket-same-peer-id",
	     pptp_connect(second, peer, ID_PEER));
	close(second);
	second = pptp_socket();
	step("bind-id-of-connected", pptp_bind(second, local, ID_A));
	close(second);
	step("gchan-connected", sys(ioctl(fd, PPPIOCGCHAN, &index)));
	printf("gchan-index %s\n", index >= 0 ? "valid" : "invalid");
	close(fd);

	fd = bound(local, ID_A);
	step("connect-peer-id-0", pptp_connect(fd, peer, 0));
	close(fd);
	fd = bound(local, UINT16_MAX - 1);
	step("connect-peer-id-65535", pptp_connect(fd, peer, UINT16_MAX));
	close(fd);
}

static void misc_steps(void)
{
	int fd = pptp_socket(), index;
	char octet = 0;

	step("gchan-fresh", sys(ioctl(fd, PPPIOCGCHAN, &index)));
	step("listen", sys(listen(fd, 1)));
	step("accept", sys(accept(fd, NULL, NULL)));
	step("shutdown", sys(shutdown(fd, SHUT_RDWR)));
	step("send", sys(send(fd, &octet, 1, MSG_NOSIGNAL)));
	step("recv", sys(recv(fd, &octet, 1, MSG_DONTWAIT)));
	step("ioctl-unknown", sys(ioctl(fd, PPPIOCGUNIT, &index)));
	close(fd);
}

static int attach_as(const char *name, int sock)
{
	int fd = open("/dev/ppp", O_RDWR | O_NONBLOCK), index = -1;

	if (fd < 0)
		die("/dev/ppp");
	if (ioctl(sock, PPPIOCGCHAN, &index))
		die("PPPIOCGCHAN");
	step(name, sys(ioctl(fd, PPPIOCATTCHAN, &index)));
	return fd;
}

static int attach_channel(int sock)
{
	return attach_as("attach-channel", sock);
}

/* Any local address: the ID is taken, but where would packets leave from? */
static void wildcard_steps(void)
{
	int fd = pptp_socket(), second = pptp_socket();

	step("bind-wildcard", pptp_bind(fd, htonl(INADDR_ANY), ID_A));
	step("bind-wildcard-used-id",
	     pptp_bind(second, htonl(INADDR_ANY), ID_A));
	step("bind-address-wildcards-id", pptp_bind(second, local, ID_A));
	step("connect-wildcard", pptp_connect(fd, peer, ID_PEER));
	close(second);
	close(fd);
}

/* A program opens its socket in one namespace and runs PPP in another. */
static void setns_steps(void)
{
	int fd = bound(local, ID_A);

	enter(other_netns);
	step("setns-connect", pptp_connect(fd, peer, ID_PEER));
	close(attach_as("setns-attach-there", fd));
	enter(home_netns);
	close(attach_as("setns-attach-at-home", fd));
	close(fd);
}

static int new_unit(int channel, char *ifname)
{
	int fd = open("/dev/ppp", O_RDWR | O_NONBLOCK), unit = -1;

	if (fd < 0)
		die("/dev/ppp");
	step("new-unit", sys(ioctl(fd, PPPIOCNEWUNIT, &unit)));
	step("connect-unit", sys(ioctl(channel, PPPIOCCONNECT, &unit)));
	snprintf(ifname, IFNAMSIZ, "ppp%d", unit);
	return fd;
}

static void address_unit(const char *ifname, const char *own, const char *other)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd),
		 "ip addr add %s peer %s dev %s && ip link set %s up",
		 own, other, ifname, ifname);
	if (system(cmd))
		die("%s", cmd);
}

/* The ID must be free again at once, whatever state the socket died in. */
static void reopened(const char *name)
{
	int fd = pptp_socket();

	step(name, pptp_bind(fd, local, ID_A));
	close(fd);
}

static void close_steps(void)
{
	char ifname[IFNAMSIZ];
	struct pollfd hup;
	uint8_t frame[64];
	int fd, channel, unit;

	close(pptp_socket());
	close(bound(local, ID_A));
	reopened("reopen-after-bound");
	close(connected(local, ID_A, peer, ID_PEER));
	reopened("reopen-after-connected");

	fd = connected(local, ID_A, peer, ID_PEER);
	channel = attach_channel(fd);
	close(fd);
	reopened("reopen-after-attached");
	hup = (struct pollfd){ .fd = channel, .events = POLLIN };
	printf("poll-after-close %s\n", poll(&hup, 1, 0) == 1 &&
	       hup.revents & POLLHUP ? "hup" : "nothing");
	step("read-after-close", sys(read(channel, frame, sizeof(frame))));
	memset(frame, 0xc0, sizeof(frame));
	step("write-after-close", sys(write(channel, frame, sizeof(frame))));
	close(channel);

	fd = connected(local, ID_A, peer, ID_PEER);
	channel = attach_channel(fd);
	unit = new_unit(channel, ifname);
	address_unit(ifname, "198.51.100.1", "198.51.100.2");
	close(fd);
	reopened("reopen-after-unit");
	close(channel);
	close(unit);
}

static int udp_socket(const char *addr)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(TRAFFIC_PORT),
		.sin_addr.s_addr = parse_addr(addr),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("UDP socket on %s", addr);
	return fd;
}

/* Sends numbered datagrams of growing size and waits for each. */
static void traffic(const char *name, int from, int to, const char *to_addr)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(TRAFFIC_PORT),
		.sin_addr.s_addr = parse_addr(to_addr),
	};
	struct pollfd in = { .fd = to, .events = POLLIN };
	uint8_t out[1400], back[1500];
	int i, len;

	for (i = 0; i < TRAFFIC_COUNT; i++) {
		len = 1 + i * (sizeof(out) - 1) / (TRAFFIC_COUNT - 1);
		memset(out, i, len);
		if (sendto(from, out, len, 0, (struct sockaddr *)&sin,
			   sizeof(sin)) != len)
			die("sendto");
		if (poll(&in, 1, 20000) != 1 ||
		    recv(to, back, sizeof(back), 0) != len ||
		    memcmp(out, back, len))
			break;
	}
	printf("%s %d-of-%d\n", name, i, TRAFFIC_COUNT);
}

/* Two sockets in two namespaces, a ppp interface on each, frames through. */
static void traffic_steps(void)
{
	char ifname[IFNAMSIZ];
	int a, b, udp_a, udp_b, channel[2], unit[2];

	a = connected(local, ID_A, peer, ID_PEER);
	channel[0] = attach_channel(a);
	unit[0] = new_unit(channel[0], ifname);
	address_unit(ifname, "198.51.100.1", "198.51.100.2");
	udp_a = udp_socket("198.51.100.1");

	enter(other_netns);
	b = connected(peer, ID_PEER, local, ID_A);
	channel[1] = attach_channel(b);
	unit[1] = new_unit(channel[1], ifname);
	address_unit(ifname, "198.51.100.2", "198.51.100.1");
	udp_b = udp_socket("198.51.100.2");
	enter(home_netns);

	traffic("traffic-out", udp_a, udp_b, "198.51.100.2");
	traffic("traffic-back", udp_b, udp_a, "198.51.100.1");
	for (int i = 0; i < 2; i++) {
		close(unit[i]);
		close(channel[i]);
	}
	close(udp_a);
	close(udp_b);
	close(a);
	close(b);
}

/* Runs @work as nobody in a child, which prints its own steps. */
static void as_nobody(void (*work)(void))
{
	struct passwd *pw = getpwnam("nobody");
	pid_t pid;
	int status;

	if (!pw)
		die("no user nobody");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		if (setgid(pw->pw_gid) || setuid(pw->pw_uid))
			die("setuid nobody");
		work();
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("the child of nobody failed");
}

static void plain_user(void)
{
	int fd = pptp_socket();

	step("nobody-bind", pptp_bind(fd, local, ID_A));
	step("nobody-connect", pptp_connect(fd, peer, ID_PEER));
	close(fd);
}

/* A program that is run would have lost the namespace's capabilities: nobody
 * has mapped a root there.
 */
static void loopback_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("setting lo up");
	close(fd);
}

/* Root in a user namespace of its own rules its own network namespace only. */
static void userns_user(void)
{
	int outside = pptp_socket(), fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET)) {
		step("userns", errno);
		return;
	}
	step("userns", 0);
	loopback_up();
	step("userns-bind-outside", pptp_bind(outside, local, ID_B));
	fd = pptp_socket();
	step("userns-bind-inside", pptp_bind(fd, htonl(INADDR_LOOPBACK), ID_A));
	step("userns-connect-no-route", pptp_connect(fd, peer, ID_PEER));
	close(fd);
	close(outside);
}

int main(int argc, char **argv)
{
	char path[128];

	errno = 0;
	if (argc != 4)
		die("usage: pppox_abi LOCAL PEER OTHER-NETNS");
	local = parse_addr(argv[1]);
	peer = parse_addr(argv[2]);
	snprintf(path, sizeof(path), "/run/netns/%s", argv[3]);
	other_netns = open(path, O_RDONLY | O_CLOEXEC);
	home_netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (other_netns < 0 || home_netns < 0)
		die("%s", path);
	setvbuf(stdout, NULL, _IOLBF, 0);

	bind_steps();
	choose_steps();
	connect_steps();
	wildcard_steps();
	misc_steps();
	setns_steps();
	close_steps();
	traffic_steps();
	as_nobody(plain_user);
	as_nobody(userns_user);
	return 0;
}
