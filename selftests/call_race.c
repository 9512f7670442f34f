// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does to one and the same call what several programs could do at once.
 *
 *   call_race local=ADDR peer=ADDR call=ID rounds=N WHAT...
 *
 * Each WHAT is a thread. It does its part N times (get and dump until all others
 * are through) and takes it that another was faster:
 *   new     CALL_NEW		del     CALL_DEL
 *   mark    CALL_SET of mark to 1 ... N; CALL_GET must tell it, if nobody makes the
 *           call anew meanwhile
 *   ttl     as mark, with ttl, which is 1 ... 255 and 1 again
 *   get     CALL_GET		dump    all calls
 *   socket  bind, connect, attach to /dev/ppp, close
 *
 * Prints for each how often it was successful: "WHAT N". An error that nobody
 * else can be the reason of ends the program with status 2.
 */
#include "helper.h"

#include <fcntl.h>
#include <linux/genetlink.h>
#include <pthread.h>

#include "genl.h"

enum { THREADS_MAX = 16, PEER_CALL = 7 };

static in_addr_t local, peer;
static uint16_t call_id;
static unsigned int rounds;
static unsigned int working;	/* threads that have an end of their own */
static bool is_remade;		/* some thread makes the call */

struct part;

struct thread {
	const struct part *part;
	pthread_t id;
	struct genl genl;
	unsigned int done;
	unsigned int seen;	/* value that CALL_GET has told */
};

struct part {
	const char *name;
	/* The errno of round n, 1 to N. */
	int (*run)(struct thread *t, unsigned int n);
	bool ends, makes;
	int attr;	/* what is set, 0 for none */
	int allowed[5];	/* errors, when another was faster */
};

static struct nl_msg *request(struct thread *t, int cmd)
{
	struct nl_msg *msg = genl_request(&t->genl, cmd, NLM_F_ACK);

	nla_put_u32(msg, KPPTP_A_CALL_LOCAL, local);
	nla_put_u32(msg, KPPTP_A_CALL_PEER, peer);
	nla_put_u16(msg, KPPTP_A_CALL_CALL_ID, call_id);
	return msg;
}

static int run_new(struct thread *t, unsigned int n)
{
	struct nl_msg *msg = request(t, KPPTP_CMD_CALL_NEW);

	(void)n;
	nla_put_u16(msg, KPPTP_A_CALL_PEER_CALL_ID, PEER_CALL);
	return genl_talk(&t->genl, msg, NULL, NULL);
}

static int run_del(struct thread *t, unsigned int n)
{
	(void)n;
	return genl_talk(&t->genl, request(t, KPPTP_CMD_CALL_DEL), NULL, NULL);
}

static void read_value(int cmd, struct nlattr **attrs, void *arg)
{
	struct thread *t = arg;

	(void)cmd;
	if (t->part->attr == KPPTP_A_CALL_MARK && attrs[KPPTP_A_CALL_MARK])
		t->seen = nla_get_u32(attrs[KPPTP_A_CALL_MARK]);
	if (t->part->attr == KPPTP_A_CALL_TTL && attrs[KPPTP_A_CALL_TTL])
		t->seen = nla_get_u8(attrs[KPPTP_A_CALL_TTL]);
}

static int run_get(struct thread *t, unsigned int n)
{
	(void)n;
	return genl_talk(&t->genl, request(t, KPPTP_CMD_CALL_GET), read_value,
			 t);
}

static int run_dump(struct thread *t, unsigned int n)
{
	(void)n;
	return genl_talk(&t->genl, genl_request(&t->genl, KPPTP_CMD_CALL_GET,
						NLM_F_DUMP), read_value, t);
}

/* What was acknowledged is there, whatever else was set meanwhile. */
static int run_set(struct thread *t, unsigned int n)
{
	struct nl_msg *msg = request(t, KPPTP_CMD_CALL_SET);
	int err;

	if (t->part->attr == KPPTP_A_CALL_MARK) {
		nla_put_u32(msg, KPPTP_A_CALL_MARK, n);
	} else {
		n = (n - 1) % UINT8_MAX + 1;
		nla_put_u8(msg, KPPTP_A_CALL_TTL, n);
	}
	err = genl_talk(&t->genl, msg, NULL, NULL);
	if (!err)
		err = run_get(t, n);
	errno = 0;
	if (!err && !is_remade && t->seen != n)
		die("%s is %u after it was set to %u", t->part->name, t->seen, n);
	return err;
}

static int attach(int sock)
{
	int fd = open("/dev/ppp", O_RDWR | O_NONBLOCK), index, err = 0;

	if (fd < 0)
		die("/dev/ppp");
	if (ioctl(sock, PPPIOCGCHAN, &index) ||
	    ioctl(fd, PPPIOCATTCHAN, &index))
		err = errno;
	close(fd);
	return err;
}

static int run_socket(struct thread *t, unsigned int n)
{
	int fd = pptp_socket(), err = pptp_bind(fd, local, call_id);

	(void)t;
	(void)n;
	if (!err)
		err = pptp_connect(fd, peer, PEER_CALL);
	if (!err)
		err = attach(fd);
	close(fd);
	return err;
}

static const struct part parts[] = {
	{ "new", run_new, true, true, 0, { EEXIST } },
	{ "del", run_del, true, false, 0, { ENOENT } },
	{ "mark", run_set, true, false, KPPTP_A_CALL_MARK, { ENOENT } },
	{ "ttl", run_set, true, false, KPPTP_A_CALL_TTL, { ENOENT } },
	{ "get", run_get, false, false, 0, { ENOENT } },
	{ "dump", run_dump, false, false, 0, { 0 } },
	{ "socket", run_socket, true, true, 0,
	  { EBUSY, EALREADY, ESHUTDOWN, ENOTCONN, ENXIO } },
};

static bool is_allowed(const struct part *part, int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(part->allowed); i++)
		if (err == part->allowed[i])
			return true;
	return false;
}

static void *run(void *arg)
{
	struct thread *t = arg;

	for (unsigned int n = 1; t->part->ends ? n <= rounds :
	     __atomic_load_n(&working, __ATOMIC_ACQUIRE); n++) {
		int err = t->part->run(t, n);

		if (!err)
			t->done++;
		else if (!is_allowed(t->part, err))
			errno = err, die("%s, round %u", t->part->name, n);
	}
	if (t->part->ends)
		__atomic_sub_fetch(&working, 1, __ATOMIC_RELEASE);
	return NULL;
}

static const struct part *find_part(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	die("there is no %s", name);
}

int main(int argc, char **argv)
{
	static struct thread threads[THREADS_MAX];
	unsigned int count = 0;
	const char *v;

	errno = 0;
	for (int i = 1; i < argc; i++) {
		if ((v = arg_value(argv[i], "local"))) {
			local = parse_addr(v);
		} else if ((v = arg_value(argv[i], "peer"))) {
			peer = parse_addr(v);
		} else if ((v = arg_value(argv[i], "call"))) {
			call_id = parse_num(v, UINT16_MAX);
		} else if ((v = arg_value(argv[i], "rounds"))) {
			rounds = parse_num(v, UINT32_MAX);
		} else if (count < THREADS_MAX) {
			threads[count].part = find_part(argv[i]);
			is_remade |= threads[count].part->makes;
			working += threads[count++].part->ends;
		}
	}
	for (unsigned int i = 0; i < count; i++)
		genl_open(&threads[i].genl);
	for (unsigned int i = 0; i < count; i++)
		if (pthread_create(&threads[i].id, NULL, run, &threads[i]))
			die("thread");
	for (unsigned int i = 0; i < count; i++) {
		pthread_join(threads[i].id, NULL);
		printf("%s %u\n", threads[i].part->name, threads[i].done);
	}
	return 0;
}
