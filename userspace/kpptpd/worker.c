// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * worker.c - the process that talks to the net: PPTP and nothing else
 *
 * It is a program of its own, started with a socket to the monitor and a pipe for
 * its log lines. All that it will ever need of the system it has before it enters
 * the sandbox; sockets and settings come from the monitor.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core.h"
#include "ctl.h"
#include "host_priv.h"
#include "log_setup.h"
#include "run.h"

struct worker {
	struct event_base *base;
	struct kpptp_host *host;
	struct kpptp_core *core;
	struct kpptp_ctl *ctl;
	int status;
};

static void tell(struct worker *w, enum kpptp_priv_type type)
{
	const struct kpptp_serving now = {
		.calls = kpptp_core_calls(w->core),
		.addresses = kpptp_core_server(w->core)->n_listen,
	};

	kpptp_host_priv_tell(w->host, type, &now);
}

static void on_server(void *arg, const struct kpptp_proto_server *settings)
{
	struct worker *w = arg;

	kpptp_core_set_server(w->core, settings);
	kpptp_log_set_level(settings->log_level);
	tell(w, KPPTP_PRIV_READY);
}

static void on_section(void *arg, const struct kpptp_proto_client *section)
{
	kpptp_ctl_section(((struct worker *)arg)->ctl, section);
}

static void on_no_section(void *arg, uint32_t id)
{
	kpptp_ctl_no_section(((struct worker *)arg)->ctl, id);
}

static void on_control(void *arg, const struct kpptp_priv_control *request,
		       int fd)
{
	if (fd >= 0)
		kpptp_ctl_take(((struct worker *)arg)->ctl, request, fd);
}

static void on_ping(void *arg)
{
	tell(arg, KPPTP_PRIV_PONG);
}

static void on_shut_down(void *arg, int err)
{
	struct worker *w = arg;

	if (err)
		kpptp_log(KPPTP_LOG_WARNING,
			  "not every call ended in time; what is left is dropped");
	kpptp_host_priv_tell(w->host, KPPTP_PRIV_SHUT_DOWN, NULL);
}

static void on_shutdown(void *arg)
{
	struct worker *w = arg;

	kpptp_core_shutdown(w->core, on_shut_down, w);
}

/* It ends us by closing the socket; without it nothing could be done in order. */
static void on_lost(void *arg)
{
	event_base_loopbreak(((struct worker *)arg)->base);
}

static int start(struct worker *w, pid_t monitor)
{
	const struct kpptp_host_priv_hooks hooks = {
		.server = on_server, .section = on_section,
		.no_section = on_no_section, .control = on_control, .ping = on_ping,
		.shutdown = on_shutdown, .lost = on_lost, .arg = w,
	};
	struct kpptp_ctl_setup ctl = { .pid = monitor };

	w->base = ctl.base = event_base_new();
	if (w->base)
		w->host = kpptp_host_priv_new(w->base, KPPTP_WORKER_FD, &hooks);
	if (w->host)
		w->core = ctl.core = kpptp_core_new(w->base, w->host);
	if (!w->core)
		return -ENOMEM;
	kpptp_host_priv_serve(w->host, w->core);
	w->ctl = kpptp_ctl_new(&ctl);
	return w->ctl ? 0 : -ENOMEM;
}

static void unwind(struct worker *w)
{
	kpptp_ctl_free(w->ctl);
	kpptp_core_free(w->core);
	if (w->host)
		w->host->ops->free(w->host);
	if (w->base)
		event_base_free(w->base);
	libevent_global_shutdown();
}

/* Only the monitor ends us: a Ctrl-C, or a signal to all of a unit, is for it. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE };
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

/* What libraries ask of the system once, and later could not. */
static void warm_up(void)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "seed", NULL);
	json_object_put(o);
}

int kpptp_run_worker(const struct kpptp_account *account, const char *run_dir)
{
	const pid_t monitor = getppid();
	struct worker w = { 0 };
	int err;

	ignore_signals();
	/* After the check nobody that died before has been missed. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "kpptpd-worker");
	if (getppid() != monitor || fcntl(KPPTP_WORKER_FD, F_SETFD, FD_CLOEXEC))
		return KPPTP_EXIT_FAILED;
	kpptp_log_to_monitor();
	warm_up();
	err = start(&w, monitor);
	if (!err)
		err = kpptp_sandbox_enter(account, run_dir);
	if (err)
		kpptp_log(KPPTP_LOG_ERROR, "the process that talks to the net cannot start: %s",
			  strerror(-err));
	else
		event_base_dispatch(w.base);
	unwind(&w);
	/* What libraries and sanitisers do at the end they could not do here. */
	_exit(err ? KPPTP_EXIT_FAILED : 0);
}
