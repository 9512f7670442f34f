// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run_monitor.c - the process with rights: data path, pppd, and watching over
 * the worker
 */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataplane_impl.h"
#include "log_setup.h"
#include "ppp_impl.h"
#include "priv.h"
#include "reload.h"
#include "run.h"

/* The worker ends its calls in 8 s; one that does not is stuck. */
#define WORKER_SECONDS	10

struct monitor {
	struct kpptp_run *run;
	struct event_base *base;
	struct kpptp_dataplane *dp;
	struct kpptp_ppp *ppp;
	struct kpptp_demand *demand;
	struct kpptp_priv_monitor *priv;
	struct event *sigterm;
	struct event *sigint;
	struct event *sighup;
	struct event *limit;
	struct event *beat;
	struct kpptp_serving serving;
	bool ending;
	int status;
};

/* The worker is gone or must go; whatever it left is ours to clear away. */
static void on_ended(void *arg, int err)
{
	struct monitor *m = arg;

	if (err || !m->ending) {
		/* One that could not start has told why. */
		if (!err && m->run->ready)
			kpptp_log(KPPTP_LOG_ERROR,
				  "the unprivileged process ended by itself; every call ends");
		m->status = KPPTP_EXIT_FAILED;
	}
	event_base_loopbreak(m->base);
}

static void on_ready(void *arg, const struct kpptp_serving *now)
{
	struct monitor *m = arg;

	m->serving = *now;
	kpptp_run_ready(m->run, now);
}

/* The watchdog hears of us only while the worker answers as well. */
static void on_alive(void *arg, const struct kpptp_serving *now)
{
	struct monitor *m = arg;

	m->serving = *now;
	kpptp_notify_alive(now);
}

static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	kpptp_priv_monitor_ping(((struct monitor *)arg)->priv);
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;

	(void)fd;
	(void)what;
	kpptp_log(KPPTP_LOG_WARNING,
		  "the unprivileged process did not end in %d s", WORKER_SECONDS);
	event_base_loopbreak(m->base);
}

static void on_terminate(evutil_socket_t sig, short what, void *arg)
{
	static const struct timeval limit = { .tv_sec = WORKER_SECONDS };
	struct monitor *m = arg;

	(void)sig;
	(void)what;
	if (m->ending)
		return;
	m->ending = true;
	kpptp_notify_stopping();
	kpptp_priv_monitor_shutdown(m->priv);
	event_add(m->limit, &limit);
}

/* Takes @conf over and hands the files it came from to the worker. */
static void use_conf(struct monitor *m, uint32_t id, struct kpptp_conf *conf,
		     const struct kpptp_conf_source *source)
{
	int fd = kpptp_conf_source_to_fd(source), err = fd;

	kpptp_conf_free(&m->run->conf);
	m->run->conf = *conf;
	kpptp_log_set_level(conf->global.log_level);
	if (fd >= 0) {
		err = kpptp_priv_monitor_conf(m->priv, id, &m->run->conf, fd);
		close(fd);
	}
	if (err >= 0)
		return;
	kpptp_log(KPPTP_LOG_ERROR, "cannot hand over the configuration: %s",
		  strerror(-err));
	kpptp_priv_monitor_refuse(m->priv, id,
				  "the configuration could not be handed over; the log tells why");
	kpptp_notify_ready(&m->serving);
}

static void on_reload(void *arg, uint32_t id)
{
	struct monitor *m = arg;
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	char why[KPPTP_RELOAD_WHY_SIZE] = "out of memory";
	struct kpptp_conf conf;

	kpptp_notify_reloading();
	if (source && !kpptp_reload_read(m->run, source, &conf, why)) {
		use_conf(m, id, &conf, source);
	} else {
		kpptp_priv_monitor_refuse(m->priv, id, why);
		kpptp_notify_ready(&m->serving);
	}
	kpptp_conf_source_free(source);
}

static void on_hangup(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	on_reload(arg, 0);
}

static struct event *on_signal(struct monitor *m, int sig,
			       event_callback_fn fn)
{
	struct event *ev = evsignal_new(m->base, sig, fn, m);

	if (ev)
		event_add(ev, NULL);
	return ev;
}

static const struct kpptp_peer_settings *on_peer(void *arg, const char *user)
{
	return kpptp_conf_peer(&((struct monitor *)arg)->run->conf, user);
}

static void on_link(void *arg, const char *name, const char *ifname, bool up)
{
	kpptp_demand_tun_link(((struct monitor *)arg)->demand, name, ifname,
			      up);
}

static int make_pppd(struct monitor *m)
{
	const struct kpptp_pppd_setup setup = {
		.base = m->base, .global = &m->run->conf.global,
		.peer = on_peer, .link = on_link, .arg = m,
	};

	m->demand = kpptp_demand_tun_new(m->base);
	return m->demand ? kpptp_ppp_pppd_new(&setup, &m->ppp) : -ENOMEM;
}

static int make_backends(struct monitor *m)
{
	const struct kpptp_conf_global *g = &m->run->conf.global;
	int err;

	if (g->null_data_plane) {
		err = kpptp_dataplane_null_new(&m->dp);
		return err ? err : kpptp_ppp_null_new(m->base, &m->ppp);
	}
	err = kpptp_dataplane_nl_new(&m->dp);
	return err ? err : make_pppd(m);
}

static int start(struct monitor *m)
{
	struct kpptp_priv_monitor_setup setup = {
		.fd = m->run->channel,
		.conf = &m->run->conf,
		.ready = on_ready,
		.alive = on_alive,
		.reload = on_reload,
		.ended = on_ended,
		.arg = m,
	};
	int err;

	m->base = event_base_new();
	if (!m->base)
		return -ENOMEM;
	err = make_backends(m);
	if (err)
		return err;
	setup.base = m->base;
	setup.dp = m->dp;
	setup.ppp = m->ppp;
	setup.demand = m->demand;
	m->priv = kpptp_priv_monitor_new(&setup);
	m->limit = evtimer_new(m->base, on_limit, m);
	m->beat = kpptp_notify_timer(m->base, on_beat, m);
	m->sigterm = on_signal(m, SIGTERM, on_terminate);
	m->sigint = on_signal(m, SIGINT, on_terminate);
	m->sighup = on_signal(m, SIGHUP, on_hangup);
	return m->priv && m->limit && m->sigterm && m->sigint && m->sighup ?
		0 : -ENOMEM;
}

/* Nothing is lost by SIGKILL: what the worker held is held here or is gone. */
static void end_worker(struct monitor *m)
{
	kill(m->run->worker, SIGKILL);
	while (waitpid(m->run->worker, NULL, 0) < 0 && errno == EINTR)
		;
}

static void event_drop(struct event *ev)
{
	if (ev)
		event_free(ev);
}

static void unwind(struct monitor *m)
{
	event_drop(m->sighup);
	event_drop(m->sigint);
	event_drop(m->sigterm);
	event_drop(m->limit);
	event_drop(m->beat);
	if (m->ppp)
		m->ppp->ops->free(m->ppp);
	if (m->demand)
		m->demand->ops->free(m->demand);
	kpptp_priv_monitor_free(m->priv);
	if (m->dp)
		m->dp->ops->free(m->dp);
	if (m->base)
		event_base_free(m->base);
	libevent_global_shutdown();
}

int kpptp_run_monitor(struct kpptp_run *run)
{
	struct monitor m = { .run = run };
	int err = start(&m);

	if (err) {
		kpptp_log(KPPTP_LOG_ERROR, "cannot start: %s", strerror(-err));
		m.status = KPPTP_EXIT_FAILED;
	} else {
		event_base_dispatch(m.base);
	}
	end_worker(&m);
	unwind(&m);
	return m.status;
}
