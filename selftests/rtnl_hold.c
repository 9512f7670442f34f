// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holds RTNL, the lock of everything that changes interfaces, until a line comes
 * in on stdin or it is killed.
 *
 *   rtnl_hold DEVICE
 *
 * The kernel copies the features of a device to its caller under RTNL. Here the
 * second half of what it copies to is memory that is not there yet, and that we are
 * to provide (userfaultfd): it waits for us. Prints "held" once it does.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "helper.h"

static struct ifreq request;
static int sock;

static void *ask(void *arg)
{
	if (ioctl(sock, SIOCETHTOOL, &request))
		die("ETHTOOL_GFEATURES");
	return arg;
}

/* Two pages, the second one for us to provide. */
static char *make_pages(int uffd, size_t page)
{
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)pages + page, .len = page },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (pages == MAP_FAILED)
		die("mmap");
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		die("UFFDIO_REGISTER");
	return pages;
}

static int open_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api))
		die("userfaultfd");
	return uffd;
}

static void provide(int uffd, char *at, size_t page)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)at, .len = page },
	};

	if (ioctl(uffd, UFFDIO_ZEROPAGE, &zero))
		die("UFFDIO_ZEROPAGE");
}

/* What is copied to begins at the end of the first page. */
static void prepare_request(const char *device, char *second)
{
	struct ethtool_gfeatures *features;

	features = (void *)(second - sizeof(*features));
	features->cmd = ETHTOOL_GFEATURES;
	features->size = 2;	/* of 32 features each */
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", device);
	request.ifr_data = (void *)features;
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0)
		die("socket");
}

int main(int argc, char **argv)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct uffd_msg msg;
	pthread_t thread;
	char *pages;
	int uffd;

	if (argc != 2)
		die("usage: rtnl_hold DEVICE");
	setvbuf(stdout, NULL, _IOLBF, 0);
	uffd = open_uffd();
	pages = make_pages(uffd, page);
	prepare_request(argv[1], pages + page);
	errno = pthread_create(&thread, NULL, ask, NULL);
	if (errno)
		die("pthread_create");
	if (read(uffd, &msg, sizeof(msg)) != sizeof(msg))
		die("userfaultfd");
	puts("held");
	while (getchar() != '\n' && !feof(stdin))
		;
	provide(uffd, pages + page, page);
	pthread_join(thread, NULL);
	return 0;
}
