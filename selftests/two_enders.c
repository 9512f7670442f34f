// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who ends a call that another is ending already must wait until it has ended.
 *
 *   two_enders local=ADDR peer=ADDR call=ID
 *
 * A socket has the call, and a thread holds the socket's lock: it attaches a
 * filter from memory that is not there until userfaultfd says so. The first
 * CALL_DEL waits for that lock to hang up, the second for the first. Prints
 * "first waits", then what the second does: "second waits" or "second returned
 * N"; and when the lock is free again, what CALL_GET says after both: "gone N".
 * N is an errno.
 */
#include "helper.h"

#include <linux/filter.h>
#include <linux/genetlink.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "genl.h"

enum { PEER_CALL = 7, WAIT_MS = 500 };

static in_addr_t local, peer;
static uint16_t call_id;

/* A thread with what it asks for, and how that ended, or -1 */
struct asker {
	pthread_t thread;
	struct genl genl;
	int cmd;
	int err;
};

static void *ask(void *arg)
{
	struct asker *a = arg;
	struct nl_msg *msg = genl_request(&a->genl, a->cmd, NLM_F_ACK);

	nla_put_u32(msg, KPPTP_A_CALL_LOCAL, local);
	nla_put_u32(msg, KPPTP_A_CALL_PEER, peer);
	nla_put_u16(msg, KPPTP_A_CALL_CALL_ID, call_id);
	__atomic_store_n(&a->err, genl_talk(&a->genl, msg, NULL, NULL),
			 __ATOMIC_RELEASE);
	return NULL;
}

static void start(struct asker *a, int cmd)
{
	genl_open(&a->genl);
	a->cmd = cmd;
	a->err = -1;
	if (pthread_create(&a->thread, NULL, ask, a))
		die("thread");
}

static int answer(struct asker *a)
{
	return __atomic_load_n(&a->err, __ATOMIC_ACQUIRE);
}

/* How a request ends that does not take long, or -1 */
static int answer_soon(struct asker *a)
{
	for (int ms = 0; answer(a) < 0 && ms < WAIT_MS; ms += 10)
		usleep(10000);
	return answer(a);
}

/* A page whose first reader waits until it is filled */
static void *absent_page(int *uffd, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* Only without blocking it can be polled. */
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (*uffd < 0 || page == MAP_FAILED || ioctl(*uffd, UFFDIO_API, &api))
		die("userfaultfd");
	range.range.start = (uintptr_t)page;
	range.range.len = size;
	if (ioctl(*uffd, UFFDIO_REGISTER, &range))
		die("UFFDIO_REGISTER");
	return page;
}

struct filter {
	int sock;
	struct sock_fprog program;
};

/* What is in the page is no program, but that is found too late for us. */
static void *attach_filter(void *arg)
{
	struct filter *f = arg;

	setsockopt(f->sock, SOL_SOCKET, SO_ATTACH_FILTER, &f->program,
		   sizeof(f->program));
	return NULL;
}

static void wait_for_fault(int uffd)
{
	struct pollfd pfd = { .fd = uffd, .events = POLLIN };

	if (poll(&pfd, 1, 20000) != 1 || pfd.revents != POLLIN)
		die("nobody reads the page");
}

static int open_call(void)
{
	int fd = pptp_socket();

	errno = pptp_bind(fd, local, call_id);
	if (!errno)
		errno = pptp_connect(fd, peer, PEER_CALL);
	if (errno)
		die("call");
	return fd;
}

static void end_twice(struct asker *asker)
{
	int err;

	start(&asker[0], KPPTP_CMD_CALL_DEL);
	if (answer_soon(&asker[0]) >= 0)
		die("the first does not wait, but ends with %d", answer(&asker[0]));
	puts("first waits");
	start(&asker[1], KPPTP_CMD_CALL_DEL);
	err = answer_soon(&asker[1]);
	if (err < 0)
		puts("second waits");
	else
		printf("second returned %d\n", err);
}

int main(int argc, char **argv)
{
	const size_t size = sysconf(_SC_PAGESIZE);
	struct uffdio_zeropage fill = { 0 };
	static struct asker asker[3];
	struct filter filter;
	pthread_t thread;
	const char *v;
	int uffd;

	for (int i = 1; i < argc; i++) {
		if ((v = arg_value(argv[i], "local")))
			local = parse_addr(v);
		else if ((v = arg_value(argv[i], "peer")))
			peer = parse_addr(v);
		else if ((v = arg_value(argv[i], "call")))
			call_id = parse_num(v, UINT16_MAX);
		else
			die("%s: unknown argument", argv[i]);
	}
	filter.sock = open_call();
	filter.program.len = 1;
	filter.program.filter = absent_page(&uffd, size);
	if (pthread_create(&thread, NULL, attach_filter, &filter))
		die("thread");
	wait_for_fault(uffd);
	end_twice(asker);
	fill.range.start = (uintptr_t)filter.program.filter;
	fill.range.len = size;
	if (ioctl(uffd, UFFDIO_ZEROPAGE, &fill))
		die("UFFDIO_ZEROPAGE");
	pthread_join(thread, NULL);
	pthread_join(asker[0].thread, NULL);
	pthread_join(asker[1].thread, NULL);
	start(&asker[2], KPPTP_CMD_CALL_GET);
	pthread_join(asker[2].thread, NULL);
	printf("gone %d\n", answer(&asker[2]));
	return 0;
}
