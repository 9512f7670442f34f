// SPDX-License-Identifier: GPL-2.0-or-later
/* monitor.c - what happens, while it happens, in the daemon and in the kernel */
#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "client.h"
#include "kernel.h"

static const char help[] =
"Shows what happens, one line for each event, until Ctrl-C: events of kpptpd\n"
"(control connections, calls, clients) and notifications of the kernel (names\n"
"begin with kernel-). The kernel's need root (CAP_NET_ADMIN). Either of the two\n"
"is enough to go on with; times are UTC.\n"
"\n"
"Options:\n"
"  --daemon  events of kpptpd only\n"
"  --kernel  notifications of the kernel only\n"
"  --count N  end after N events\n"
"  --json    one JSON object a line, with \"time\", \"source\", \"event\", \"text\"\n"
"            and what the event is about\n"
"\n"
"Examples:\n"
"  kpptp monitor\n"
"  kpptp --json monitor --daemon | jq -r 'select(.event == \"call-up\") | .call.user'";

struct monitor {
	struct kpptp_cli *cli;
	struct kpptp_client client;	/* fd is -1: no daemon */
	struct kpptp_nl *nl;
	int nl_fd;			/* -1: no kernel */
	unsigned long left;		/* events yet to show, 0: no end */
	bool done;
};

static void show(struct monitor *m, struct json_object *event,
		 const char *source)
{
	if (m->done)
		return;
	json_object_object_add(event, "source", json_object_new_string(source));
	kpptp_out_event(m->cli->out, event, true);
	if (m->left && !--m->left)
		m->done = true;
}

/* ------------------------------------------------------------- the kernel */

static void put_now(struct json_object *o)
{
	char date[32], text[48];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof(date), "%FT%T", &tm);
	snprintf(text, sizeof(text), "%s.%03ldZ", date, now.tv_nsec / 1000000);
	json_object_object_add(o, "time", json_object_new_string(text));
}

static void put_text(struct json_object *o, int cmd,
		     const struct kpptp_nl_call *call)
{
	char local[INET_ADDRSTRLEN], peer[INET_ADDRSTRLEN], text[256];
	char peer_id[16] = "not known";
	const char *state = cmd == KPPTP_CMD_CALL_DEL_NTF ?
		kpptp_nl_reason_text(call->reason) :
		kpptp_nl_state_name(call->state);

	inet_ntop(AF_INET, &call->local, local, sizeof(local));
	inet_ntop(AF_INET, &call->peer, peer, sizeof(peer));
	if (call->set & KPPTP_NL_HAS(PEER_CALL_ID))
		snprintf(peer_id, sizeof(peer_id), "%u", call->peer_call_id);
	snprintf(text, sizeof(text),
		 "%s to %s, Call ID %u, peer's %s%s%s: %s", local, peer,
		 call->call_id, peer_id, *call->ifname ? ", " : "",
		 call->ifname, state);
	json_object_object_add(o, "text", json_object_new_string(text));
}

static void on_notification(void *arg, int cmd,
			    const struct kpptp_nl_call *call)
{
	static const struct {
		int cmd;
		const char *name;
	} names[] = {
		{ KPPTP_CMD_CALL_NEW_NTF, "kernel-new" },
		{ KPPTP_CMD_CALL_SET_NTF, "kernel-set" },
		{ KPPTP_CMD_CALL_DEL_NTF, "kernel-del" },
	};
	struct json_object *event = json_object_new_object();
	const char *name = "kernel-lost";
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].cmd == cmd)
			name = names[i].name;
	put_now(event);
	json_object_object_add(event, "event", json_object_new_string(name));
	if (call) {
		put_text(event, cmd, call);
		json_object_object_add(event, "kernel", kpptp_kernel_json(call));
	} else {
		json_object_object_add(event, "text", json_object_new_string(
			"notifications came faster than they could be read; some are missing"));
	}
	show(arg, event, "kernel");
	json_object_put(event);
}

/* ------------------------------------------------------------- the daemon */

static int open_daemon(struct monitor *m)
{
	struct json_object *request = json_object_new_object(), *answer;
	int err = kpptp_client_open(&m->client, m->cli->socket);

	json_object_object_add(request, "cmd",
			       json_object_new_string("monitor"));
	if (!err)
		err = kpptp_client_ask(&m->client, request,
				       KPPTP_CLIENT_REPLY_MS, &answer);
	if (!err)
		json_object_put(answer);
	else
		kpptp_client_close(&m->client);
	json_object_put(request);
	return err;
}

/* Shows all lines that are complete. Return: 0 or a negative errno. */
static int read_daemon(struct monitor *m)
{
	struct json_object *event;
	int err;

	do {
		err = kpptp_client_read(&m->client, 0, &event);
		if (err)
			return err == -ETIMEDOUT ? 0 : err;
		show(m, event, "daemon");
		json_object_put(event);
	} while (!m->done && kpptp_client_pending(&m->client));
	return 0;
}

static int open_kernel(struct monitor *m)
{
	int err = kpptp_nl_open(&m->nl);

	if (err)
		return err;
	m->nl_fd = kpptp_nl_subscribe(m->nl, on_notification, m);
	return m->nl_fd < 0 ? m->nl_fd : 0;
}

/* ------------------------------------------------------------------- both */

static int watch(struct monitor *m)
{
	while (!m->done) {
		struct pollfd p[2] = {
			{ .fd = m->client.fd, .events = POLLIN },
			{ .fd = m->nl_fd, .events = POLLIN },
		};

		/* Events may have come in one piece with the answer. */
		if (m->client.fd >= 0 && kpptp_client_pending(&m->client))
			p[0].revents = POLLIN;
		else if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return kpptp_cli_fail(m->cli, "cannot wait: %s",
					      strerror(errno));
		}
		if (p[0].revents && read_daemon(m))
			return kpptp_cli_fail(m->cli, "%s", m->client.why);
		if (p[1].revents && kpptp_nl_event_read(m->nl))
			return kpptp_cli_fail(m->cli, "the kernel's notifications ended: %s",
					      kpptp_nl_why(m->nl));
	}
	return KPPTP_EXIT_OK;
}

/* Opens what was asked for. Return: -1 to go on, or an enum kpptp_exit. */
static int begin(struct monitor *m, bool daemon, bool kernel)
{
	const char *why = "out of memory";

	if (daemon && open_daemon(m)) {
		if (!kernel)
			return kpptp_cli_fail(m->cli, "%s", m->client.why);
		kpptp_cli_note("no events of kpptpd: %s", m->client.why);
	}
	if (!kernel || !open_kernel(m))
		return -1;
	m->nl_fd = -1;
	if (m->nl)
		why = kpptp_nl_why(m->nl);
	if (m->client.fd < 0)
		return kpptp_cli_fail(m->cli, "no notifications of the kernel: %s",
				      why);
	kpptp_cli_note("no notifications of the kernel: %s", why);
	return -1;
}

static int run(struct kpptp_cli *cli, int argc, char **argv)
{
	bool daemon = false, kernel = false;
	const char *count = NULL;
	const struct kpptp_opt opts[] = {
		{ .name = "daemon", .flag = &daemon },
		{ .name = "kernel", .flag = &kernel },
		{ .name = "count", .value = &count },
		{ 0 }
	};
	struct monitor m = { .cli = cli, .client.fd = -1, .nl_fd = -1 };
	int status = kpptp_cli_parse(cli, argc, argv, opts, 0, 0, NULL);

	if (status >= 0)
		return status;
	if (count && !kpptp_cli_number(count, 1, 1000000000, &m.left))
		return kpptp_cli_usage(cli, "--count is a number from 1 to 1000000000");
	if (!daemon && !kernel)
		daemon = kernel = true;
	status = begin(&m, daemon, kernel);
	if (status < 0)
		status = watch(&m);
	kpptp_nl_close(m.nl);
	kpptp_client_close(&m.client);
	return status;
}

const struct kpptp_verb kpptp_verb_monitor = {
	.name = "monitor",
	.args = "[--daemon|--kernel] [--count N]",
	.summary = "show what happens, while it happens",
	.help = help,
	.run = run,
};
