// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * noppp.c - lets pppd run on a kernel without PPP
 *
 * A library to be preloaded into pppd(8). The channel and the unit of /dev/ppp
 * are two sockets that the test has left in pppd: descriptors NOPPP_CHAN (LCP,
 * authentication) and NOPPP_UNIT (network protocols), one frame a datagram,
 * from the protocol number on. A socket of AF_PPPOX is connected at once, and
 * the interface ppp0 takes every setting. What it has carried is nothing when it
 * is asked first, and stats from then on.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/ppp_defs.h>
#include <linux/ppp-ioctl.h>
#include <linux/if_ppp.h>

#define NAME	"ppp0"
#define INDEX	1	/* loopback's, which takes IPv6 addresses, too */
#define FDS	1024

static bool is_ours[FDS];

#define NEXT(fn) ((__typeof__(&(fn)))dlsym(RTLD_NEXT, #fn))

/* One that is never readable. */
static int pretend(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd >= 0 && fd < FDS)
		is_ours[fd] = true;
	return fd;
}

static bool ours(int fd)
{
	return fd >= 0 && fd < FDS && is_ours[fd];
}

static int do_open(const char *path, int flags, int mode)
{
	if (!strcmp(path, "/dev/ppp"))
		return pretend();
	return NEXT(openat)(AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode = 0;

	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, int);
	va_end(ap);
	return do_open(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return do_open(path, flags, 0);
}

int __open64_2(const char *path, int flags)
	__attribute__((alias("__open_2")));

int socket(int domain, int type, int protocol)
{
	return domain == AF_PPPOX ? pretend() :
				    NEXT(socket)(domain, type, protocol);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return ours(fd) ? 0 : NEXT(bind)(fd, addr, len);
}

int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	return ours(fd) ? 0 : NEXT(connect)(fd, addr, len);
}

int close(int fd)
{
	if (ours(fd))
		is_ours[fd] = false;
	return NEXT(close)(fd);
}

/* From now on @fd is the test's socket. */
static int become(int fd, const char *variable)
{
	const char *number = getenv(variable);

	if (!number || dup2(atoi(number), fd) < 0)
		return -1;
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	is_ours[fd] = true;
	return 0;
}

static int ppp_ioctl(int fd, unsigned long request, void *arg)
{
	switch (request) {
	case PPPIOCATTCHAN:
		return become(fd, "NOPPP_CHAN");
	case PPPIOCNEWUNIT:
		*(int *)arg = 0;
		return become(fd, "NOPPP_UNIT");
	case PPPIOCGCHAN:
	case PPPIOCGFLAGS:
		*(int *)arg = 0;
		return 0;
	case PPPIOCGIDLE:
		memset(arg, 0, sizeof(struct ppp_idle));
		return 0;
	default:
		return 0;
	}
}

static int if_ioctl(unsigned long request, struct ifreq *ifr)
{
	static const struct pppstat stats = {
		.ppp_ibytes = 1001, .ppp_ipackets = 11,
		.ppp_obytes = 2002, .ppp_opackets = 22,
	};
	static bool asked;

	switch (request) {
	case SIOCGIFFLAGS:
		ifr->ifr_flags = IFF_UP | IFF_POINTOPOINT;
		return 0;
	case SIOCGIFMTU:
		ifr->ifr_mtu = 1400;
		return 0;
	case SIOCGIFINDEX:
		ifr->ifr_ifindex = INDEX;
		return 0;
	case SIOCGPPPSTATS:
		memset(ifr->ifr_data, 0, sizeof(struct ppp_stats));
		if (asked)
			((struct ppp_stats *)(void *)ifr->ifr_data)->p = stats;
		asked = true;
		return 0;
	default:
		return 0;
	}
}

/* _IOC_TYPE() of the requests for sockets */
#define SOCKET_IOCTL	0x89

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (ours(fd))
		return ppp_ioctl(fd, request, arg);
	if (_IOC_TYPE(request) == SOCKET_IOCTL && arg && !strcmp(arg, NAME))
		return if_ioctl(request, arg);
	return NEXT(ioctl)(fd, request, arg);
}

unsigned int if_nametoindex(const char *name)
{
	return strcmp(name, NAME) ? NEXT(if_nametoindex)(name) : INDEX;
}

char *if_indextoname(unsigned int index, char name[IF_NAMESIZE])
{
	return index == INDEX ? strcpy(name, NAME) :
				NEXT(if_indextoname)(index, name);
}
