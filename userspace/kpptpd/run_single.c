// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run_single.c - the process that talks to the net: the worker, or all of
 * kpptpd when privileges are not separated
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "dataplane_impl.h"
#include "demand.h"
#include "engine.h"
#include "log_setup.h"
#include "ppp_impl.h"
#include "priv.h"
#include "reload.h"
#include "run.h"

/* Everything there is, in the order it is made. */
struct single {
	struct kpptp_run *run;
	struct event_base *base;
	struct kpptp_priv_worker *priv;
	struct kpptp_dataplane *dp;
	struct kpptp_ppp *ppp;
	struct kpptp_demand *demand;
	struct kpptp_engine *engine;
	struct event *sigterm;
	struct event *sigint;
	struct event *sighup;
	struct event *beat;
	int status;
};

static void on_done(void *arg)
{
	struct single *s = arg;

	event_base_loopexit(s->base, NULL);
}

static void shut_down(void *arg)
{
	struct single *s = arg;

	if (!s->priv)
		kpptp_notify_stopping();
	if (s->engine)
		kpptp_engine_shutdown(s->engine, on_done, s);
	else
		on_done(s);
}

static void on_terminate(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	shut_down(arg);
}

/* The monitor has warned already. */
static void report_errors(void *arg, enum kpptp_log_level level,
			  const char *text)
{
	if (level == KPPTP_LOG_ERROR)
		kpptp_run_report(arg, level, text);
}

/* With rights, or where they are not separated: @id is 0 for SIGHUP. */
static void reload(struct single *s, uint32_t id)
{
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	char why[KPPTP_RELOAD_WHY_SIZE] = "out of memory";
	struct kpptp_serving now;
	struct kpptp_conf conf;

	kpptp_notify_reloading();
	if (source && !kpptp_reload_read(s->run, source, &conf, why))
		kpptp_engine_reload(s->engine, id, &conf);
	else
		kpptp_engine_keep(s->engine, id, why);
	kpptp_conf_source_free(source);
	kpptp_engine_serving(s->engine, &now);
	kpptp_notify_ready(&now);
}

static void on_hangup(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	reload(arg, 0);
}

/* The monitor has found nothing wrong in it. */
static void on_conf(void *arg, uint32_t id, int fd)
{
	struct kpptp_conf_source *source = kpptp_conf_source_fd(fd);
	struct single *s = arg;
	struct kpptp_conf conf;

	if (source && !kpptp_conf_parse(source, s->run->path, &conf,
					report_errors, NULL)) {
		if (s->run->level_fixed)
			conf.global.log_level = s->run->conf.global.log_level;
		kpptp_engine_reload(s->engine, id, &conf);
	} else {
		kpptp_engine_keep(s->engine, id,
				  "the unprivileged process could not read the configuration; the log tells why");
	}
	kpptp_conf_source_free(source);
	close(fd);
	kpptp_priv_worker_ready(s->priv);
}

static void on_refused(void *arg, uint32_t id, const char *why)
{
	kpptp_engine_keep(((struct single *)arg)->engine, id, why);
}

static void on_serving(void *arg, struct kpptp_serving *now)
{
	kpptp_engine_serving(((struct single *)arg)->engine, now);
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_serving now;

	(void)fd;
	(void)what;
	on_serving(arg, &now);
	kpptp_notify_alive(&now);
}

/* A user of the control socket asks. */
static void on_reload(void *arg, uint32_t id)
{
	struct single *s = arg;

	if (s->priv)
		kpptp_priv_worker_reload(s->priv, id);
	else
		reload(s, id);
}

/* Without the monitor there is nothing we could still do in order. */
static void on_lost(void *arg)
{
	struct single *s = arg;

	kpptp_log(KPPTP_LOG_ERROR, "the privileged process is gone");
	s->status = KPPTP_EXIT_FAILED;
	event_base_loopbreak(s->base);
}

static struct event *on_signal(struct single *s, int sig, event_callback_fn fn)
{
	struct event *ev = evsignal_new(s->base, sig, fn, s);

	if (ev)
		event_add(ev, NULL);
	return ev;
}

static int add_signals(struct single *s, bool worker)
{
	s->sigterm = on_signal(s, SIGTERM, on_terminate);
	s->sigint = on_signal(s, SIGINT, on_terminate);
	if (!s->sigterm || !s->sigint)
		return -ENOMEM;
	if (worker) {
		/* The monitor reads the file and sends it to us. */
		signal(SIGHUP, SIG_IGN);
		return 0;
	}
	s->sighup = on_signal(s, SIGHUP, on_hangup);
	return s->sighup ? 0 : -ENOMEM;
}

static const struct kpptp_peer_settings *on_peer(void *arg, const char *user)
{
	struct single *s = arg;

	return kpptp_conf_peer(kpptp_engine_conf(s->engine), user);
}

static void on_link(void *arg, const char *name, const char *ifname, bool up)
{
	kpptp_demand_tun_link(((struct single *)arg)->demand, name, ifname,
			      up);
}

static int make_pppd(struct single *s)
{
	const struct kpptp_pppd_setup setup = {
		.base = s->base, .global = &s->run->conf.global,
		.peer = on_peer, .link = on_link, .arg = s,
	};

	s->demand = kpptp_demand_tun_new(s->base);
	return s->demand ? kpptp_ppp_pppd_new(&setup, &s->ppp) : -ENOMEM;
}

/* What the protocol needs of the system, ourselves or by the monitor. */
static int make_backends(struct single *s, bool worker)
{
	const struct kpptp_conf_global *g = &s->run->conf.global;
	struct kpptp_priv_worker_hooks hooks = {
		.conf = on_conf, .refused = on_refused,
		.serving = on_serving, .shutdown = shut_down, .lost = on_lost,
		.arg = s,
	};
	int err;

	if (worker) {
		s->priv = kpptp_priv_worker_new(s->base, s->run->channel,
						&hooks);
		if (!s->priv)
			return -ENOMEM;
		s->demand = kpptp_demand_priv_new(s->priv);
		err = s->demand ? kpptp_dataplane_priv_new(s->priv, &s->dp) :
				  -ENOMEM;
		return err ? err : kpptp_ppp_priv_new(s->priv, &s->ppp);
	}
	if (g->null_data_plane) {
		err = kpptp_dataplane_null_new(&s->dp);
		return err ? err : kpptp_ppp_null_new(s->base, &s->ppp);
	}
	err = kpptp_dataplane_nl_new(&s->dp);
	return err ? err : make_pppd(s);
}

static int start(struct single *s, bool worker)
{
	struct kpptp_engine_setup setup = {
		.conf = &s->run->conf,
		.ctl_fd = s->run->ctl_fd,
		.pid = worker ? s->run->monitor : getpid(),
		.reload = on_reload,
		.arg = s,
	};
	int err;

	s->base = event_base_new();
	if (!s->base)
		return -ENOMEM;
	err = make_backends(s, worker);
	if (!err)
		err = add_signals(s, worker);
	if (err) {
		kpptp_log(KPPTP_LOG_ERROR, "cannot start: %s", strerror(-err));
		return err;
	}
	setup.base = s->base;
	setup.dp = s->dp;
	setup.ppp = s->ppp;
	setup.demand = s->demand;
	s->engine = kpptp_engine_new(&setup);
	return s->engine ? 0 : -EINVAL;
}

static void event_drop(struct event *ev)
{
	if (ev)
		event_free(ev);
}

/* The reverse of start(): PPP first loses those who listen to it. */
static void unwind(struct single *s)
{
	kpptp_engine_free(s->engine);
	event_drop(s->beat);
	event_drop(s->sighup);
	event_drop(s->sigint);
	event_drop(s->sigterm);
	if (s->ppp)
		s->ppp->ops->free(s->ppp);
	if (s->demand)
		s->demand->ops->free(s->demand);
	if (s->dp)
		s->dp->ops->free(s->dp);
	kpptp_priv_worker_free(s->priv);
	if (s->base)
		event_base_free(s->base);
	libevent_global_shutdown();
}

static void tell_ready(struct single *s)
{
	struct kpptp_serving now;

	if (s->priv) {
		/* Before the monitor, so that nobody who waits is kept. */
		kpptp_log_leave_terminal();
		kpptp_priv_worker_ready(s->priv);
		return;
	}
	s->beat = kpptp_notify_timer(s->base, on_beat, s);
	kpptp_engine_serving(s->engine, &now);
	kpptp_run_ready(s->run, &now);
}

static int run(struct kpptp_run *run, bool worker)
{
	struct single s = { .run = run };

	if (start(&s, worker)) {
		unwind(&s);
		return KPPTP_EXIT_FAILED;
	}
	kpptp_log(KPPTP_LOG_INFO, "kpptpd " KPPTP_VERSION " serves%s",
		  worker ? " without privileges" : "");
	tell_ready(&s);
	event_base_dispatch(s.base);
	unwind(&s);
	return s.status;
}

int kpptp_run_single(struct kpptp_run *r)
{
	return run(r, false);
}

int kpptp_run_worker(struct kpptp_run *r)
{
	/* Before the check: a monitor that died earlier sends no signal. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != r->monitor)
		return KPPTP_EXIT_FAILED;
	if (kpptp_sandbox_enter(&r->account))
		return KPPTP_EXIT_FAILED;
	return run(r, true);
}
