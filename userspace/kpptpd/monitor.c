// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * monitor.c - the process with rights: configuration, listening sockets, data path,
 * PPP, and the worker, which it starts, watches and replaces
 */
#include <errno.h>
#include <event2/event.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf_diff.h"
#include "control.h"
#include "core_int.h"
#include "dataplane_impl.h"
#include "lines.h"
#include "listener.h"
#include "log_setup.h"
#include "priv.h"
#include "reload.h"
#include "self.h"

/* The worker ends its calls in 8 s; one that does not is stuck. */
#define WORKER_SECONDS	10
/* One that has not answered for so long does not come back. */
#define WORKER_SILENT_MS	60000
/* Wait before a worker is replaced, which doubles while they die young. */
#define REPLACE_MIN_MS	100
#define REPLACE_MAX_MS	10000
#define OLD_MS		60000
/* Sections that a reload names. */
#define CHANGES_MAX	100

/**
 * struct worker - the process without rights
 * @pid: 0 for none
 * @since: when it was started
 * @wait: before the next, milliseconds
 */
struct worker {
	pid_t pid;
	int pidfd;
	int log_fd;
	struct event *ended;
	struct event *log;
	struct event *replace;
	struct kpptp_lines lines;
	int64_t since;
	uint32_t wait;
};

struct monitor {
	struct kpptp_run *run;
	struct event_base *base;
	struct kpptp_dataplane *dp;
	struct kpptp_ppp *ppp;
	struct kpptp_demand *demand;
	struct kpptp_priv *priv;
	struct kpptp_listeners *listeners;
	struct kpptp_control *control;
	struct worker worker;
	struct event *sigterm;
	struct event *sigint;
	struct event *sighup;
	struct event *limit;
	struct event *beat;
	struct kpptp_serving serving;
	struct json_object *changed;	/* by the last reload, one text each */
	bool ending;
	int status;
};

static void event_drop(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}

/* ---------------------------------------------------------- the worker */

static void on_log_line(void *arg, char *line)
{
	(void)arg;
	kpptp_log_take(line);
}

static void read_log(struct worker *w)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(w->log_fd, buf, sizeof(buf))) > 0)
		kpptp_lines_feed(&w->lines, buf, n, on_log_line, NULL);
	if (!n && w->log)
		event_del(w->log);
}

static void on_log(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	read_log(&((struct monitor *)arg)->worker);
}

static void forget_worker(struct worker *w)
{
	read_log(w);
	event_drop(&w->ended);
	event_drop(&w->log);
	close(w->log_fd);
	close(w->pidfd);
	w->pid = 0;
}

static void how_it_ended(int status)
{
	if (WIFSIGNALED(status))
		kpptp_log(KPPTP_LOG_ERROR,
			  "the unprivileged process was ended by signal %d; its calls end, and it is replaced",
			  WTERMSIG(status));
	else
		kpptp_log(KPPTP_LOG_ERROR,
			  "the unprivileged process ended by itself, status %d; its calls end, and it is replaced",
			  WEXITSTATUS(status));
}

/* One that never served would not the next time either. */
static void on_worker_ended(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	struct worker *w = &m->worker;
	int status = 0;

	(void)fd;
	(void)what;
	if (waitpid(w->pid, &status, WNOHANG) != w->pid)
		return;
	forget_worker(w);
	kpptp_priv_detach(m->priv);
	if (m->ending || !m->run->ready) {
		if (!m->run->ready)
			m->status = KPPTP_EXIT_FAILED;
		event_base_loopbreak(m->base);
		return;
	}
	how_it_ended(status);
	if (kpptp_now_ms() - w->since > OLD_MS || !w->wait)
		w->wait = REPLACE_MIN_MS;
	kpptp_timer_arm(w->replace, w->wait);
	w->wait = w->wait * 2 > REPLACE_MAX_MS ? REPLACE_MAX_MS : w->wait * 2;
}

static int watch_worker(struct monitor *m)
{
	struct worker *w = &m->worker;

	w->pidfd = syscall(SYS_pidfd_open, w->pid, 0);
	if (w->pidfd < 0)
		return -errno;
	w->ended = event_new(m->base, w->pidfd, EV_READ | EV_PERSIST,
			     on_worker_ended, m);
	w->log = event_new(m->base, w->log_fd, EV_READ | EV_PERSIST, on_log,
			   m);
	if (!w->ended || !w->log)
		return -ENOMEM;
	event_add(w->ended, NULL);
	event_add(w->log, NULL);
	return 0;
}

static void end_worker(struct worker *w)
{
	if (!w->pid)
		return;
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
	forget_worker(w);
}

static int start_worker(struct monitor *m)
{
	struct worker *w = &m->worker;
	int pair[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, pair))
		return -errno;
	w->pid = kpptp_self_run("--worker", NULL, pair[1], &w->log_fd);
	close(pair[1]);
	if (w->pid < 0) {
		err = w->pid;
		w->pid = 0;
		close(pair[0]);
		return err;
	}
	w->since = kpptp_now_ms();
	err = watch_worker(m);
	if (err)
		close(pair[0]);
	else
		err = kpptp_priv_attach(m->priv, pair[0]);
	if (err)
		end_worker(w);
	return err;
}

static void on_replace(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	int err = start_worker(m);

	(void)fd;
	(void)what;
	if (!err)
		return;
	kpptp_log(KPPTP_LOG_ERROR, "cannot start the unprivileged process: %s",
		  strerror(-err));
	kpptp_timer_arm(m->worker.replace, REPLACE_MAX_MS);
}

/* It has closed its socket (@err 0), or has to go: its end is seen above. */
static void on_ended(void *arg, int err)
{
	struct monitor *m = arg;

	(void)err;
	if (m->worker.pid)
		kill(m->worker.pid, SIGKILL);
}

/* ---------------------------------------------------------- serving */

static void on_ready(void *arg, const struct kpptp_serving *now)
{
	struct monitor *m = arg;

	m->serving = *now;
	if (m->run->ready)
		kpptp_notify_ready(now);
	else
		kpptp_run_ready(m->run, now);
	kpptp_control_reloaded(m->control, NULL, m->changed);
}

static void on_alive(void *arg, const struct kpptp_serving *now)
{
	struct monitor *m = arg;

	m->serving = *now;
}

static void on_shut_down(void *arg)
{
	event_base_loopbreak(((struct monitor *)arg)->base);
}

/* The service manager watches us, and we watch the worker. */
static void on_beat(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;
	struct worker *w = &m->worker;

	(void)fd;
	(void)what;
	kpptp_notify_alive(&m->serving);
	if (kpptp_priv_ping(m->priv) > WORKER_SILENT_MS && w->pid) {
		kpptp_log(KPPTP_LOG_ERROR,
			  "the unprivileged process has not answered for %d s and is killed",
			  WORKER_SILENT_MS / 1000);
		kill(w->pid, SIGKILL);
	}
}

static const char *on_accept(void *arg, int fd, const struct sockaddr_in *peer)
{
	return kpptp_priv_accept(((struct monitor *)arg)->priv, fd, peer);
}

static bool is_busy(void *arg)
{
	return kpptp_priv_is_behind(((struct monitor *)arg)->priv);
}

static int listen_on(struct monitor *m)
{
	struct sockaddr_in bound[KPPTP_MAX_LISTEN];
	int err = kpptp_listeners_open(m->listeners, &m->run->conf.server);

	kpptp_priv_listens(m->priv, bound,
			   kpptp_listeners_bound(m->listeners, bound,
						 KPPTP_MAX_LISTEN));
	return err;
}

/* ---------------------------------------------------------- control socket */

static const struct kpptp_conf *conf_now(void *arg)
{
	return &((struct monitor *)arg)->run->conf;
}

static int on_connect(void *arg, const struct kpptp_ctl_connect *what, int fd)
{
	return kpptp_priv_connect(((struct monitor *)arg)->priv,
				  &what->settings, what->is_section,
				  what->wait, fd);
}

static int on_pass(void *arg, const char *line, int fd)
{
	return kpptp_priv_control(((struct monitor *)arg)->priv, line, fd);
}

/* @more: beyond those that are told */
struct changes {
	struct json_object *told;
	unsigned int more;
};

static void tell_change(struct changes *changes, const char *text)
{
	kpptp_log(KPPTP_LOG_INFO, "changed: %s", text);
	json_object_array_add(changes->told, json_object_new_string(text));
}

static void on_change(void *arg, const char *text)
{
	struct changes *changes = arg;

	if (json_object_array_length(changes->told) < CHANGES_MAX)
		tell_change(changes, text);
	else
		changes->more++;
}

static void note_changes(struct monitor *m, const struct kpptp_conf *now)
{
	struct changes changes = { .told = json_object_new_array() };
	char more[64];

	kpptp_conf_diff(&m->run->conf, now, on_change, &changes);
	if (changes.more) {
		snprintf(more, sizeof(more), "and %u more sections",
			 changes.more);
		tell_change(&changes, more);
	}
	json_object_put(m->changed);
	m->changed = changes.told;
}

/* Takes @conf over. What could not be opened is in the log, the rest works. */
static void use_conf(struct monitor *m, struct kpptp_conf *conf)
{
	struct kpptp_conf old = m->run->conf;
	int err;

	note_changes(m, conf);
	m->run->conf = *conf;
	kpptp_log_set_level(conf->global.log_level);
	err = listen_on(m);
	if (kpptp_priv_conf(m->priv, &m->run->conf))
		kpptp_log(KPPTP_LOG_ERROR, "out of memory for the configuration");
	kpptp_conf_free(&old);
	kpptp_log(KPPTP_LOG_INFO,
		  "the configuration was read anew; calls that are up keep theirs");
	if (err)
		kpptp_control_reloaded(m->control,
				       "the new configuration is in use, but not all of it: the log tells what could not be opened",
				       NULL);
}

static void on_reload(void *arg)
{
	struct monitor *m = arg;
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	char why[KPPTP_RELOAD_WHY_SIZE] = "out of memory";
	struct kpptp_conf conf;

	kpptp_notify_reloading();
	if (source && !kpptp_reload_read(m->run, source, &conf, why)) {
		use_conf(m, &conf);
	} else {
		kpptp_control_reloaded(m->control, why, NULL);
		kpptp_notify_ready(&m->serving);
	}
	kpptp_conf_source_free(source);
}

static void on_hangup(evutil_socket_t sig, short what, void *arg)
{
	(void)sig;
	(void)what;
	on_reload(arg);
}

/* ---------------------------------------------------------- the end */

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct monitor *m = arg;

	(void)fd;
	(void)what;
	kpptp_log(KPPTP_LOG_WARNING,
		  "the unprivileged process did not end its calls in %d s",
		  WORKER_SECONDS);
	event_base_loopbreak(m->base);
}

static void on_terminate(evutil_socket_t sig, short what, void *arg)
{
	struct monitor *m = arg;

	(void)sig;
	(void)what;
	if (m->ending)
		return;
	m->ending = true;
	kpptp_log(KPPTP_LOG_INFO, "ending every call");
	kpptp_notify_stopping();
	kpptp_listeners_close(m->listeners);
	if (!m->worker.pid) {
		event_base_loopbreak(m->base);
		return;
	}
	kpptp_priv_shutdown(m->priv);
	kpptp_timer_arm(m->limit, WORKER_SECONDS * 1000);
}

/* ---------------------------------------------------------- the beginning */

/* Each call takes three descriptors while pppd runs, each connection one. */
static void raise_limits(const struct kpptp_server_settings *server)
{
	const rlim_t wanted = 4 * (rlim_t)server->max_connections + 64;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (server->enabled && files.rlim_max < wanted)
		kpptp_log(KPPTP_LOG_WARNING,
			  "the limit of %llu open files is enough for %llu calls, and max-connections = %u allows more: raise LimitNOFILE of the service",
			  (unsigned long long)files.rlim_max,
			  (unsigned long long)files.rlim_max / 4,
			  server->max_connections);
}

static void on_link(void *arg, const char *name, const char *ifname, bool up)
{
	struct monitor *m = arg;

	if (m->demand)
		kpptp_demand_tun_link(m->demand, name, ifname, up);
}

static void on_peer(void *arg, void *link_arg, const char *user,
		    struct kpptp_ppp_peer *out)
{
	kpptp_priv_peer(((struct monitor *)arg)->priv, link_arg, user, out);
}

static void on_address(void *arg, void *link_arg, struct in_addr theirs,
		       char *why, size_t size)
{
	kpptp_priv_address(((struct monitor *)arg)->priv, link_arg, theirs, why,
			   size);
}

static int make_ppp(struct monitor *m)
{
	const struct kpptp_ppp_setup setup = {
		.base = m->base, .global = &m->run->conf.global,
		.peer = on_peer, .address = on_address, .link = on_link,
		.arg = m,
	};

	return m->run->conf.global.null_data_plane ?
		kpptp_ppp_null_new(&setup, &m->ppp) :
		kpptp_ppp_pppd_new(&setup, &m->ppp);
}

static int make_dataplane(struct monitor *m)
{
	if (m->run->conf.global.null_data_plane)
		return kpptp_dataplane_null_new(&m->dp);
	m->demand = kpptp_demand_tun_new(m->base);
	return m->demand ? kpptp_dataplane_nl_new(&m->dp) : -ENOMEM;
}

static int make_priv(struct monitor *m)
{
	const struct kpptp_priv_setup setup = {
		.base = m->base, .dp = m->dp, .demand = m->demand,
		.conf = &m->run->conf, .ready = on_ready, .alive = on_alive,
		.shut_down = on_shut_down, .ended = on_ended, .arg = m,
	};
	int err;

	m->priv = kpptp_priv_new(&setup);
	if (!m->priv)
		return -ENOMEM;
	err = make_ppp(m);
	if (!err)
		kpptp_priv_set_ppp(m->priv, m->ppp);
	return err;
}

static int make_control(struct monitor *m)
{
	const struct kpptp_control_setup setup = {
		.base = m->base, .fd = m->run->ctl_fd, .conf = conf_now,
		.connect = on_connect, .pass = on_pass, .reload = on_reload,
		.arg = m,
	};

	m->control = kpptp_control_new(&setup);
	return m->control ? 0 : -ENOMEM;
}

static struct event *on_signal(struct monitor *m, int sig,
			       event_callback_fn fn)
{
	struct event *ev = evsignal_new(m->base, sig, fn, m);

	if (ev)
		event_add(ev, NULL);
	return ev;
}

static int make_events(struct monitor *m)
{
	const uint32_t ms = kpptp_notify_interval_ms();
	const struct timeval every = { ms / 1000, ms % 1000 * 1000 };

	m->limit = evtimer_new(m->base, on_limit, m);
	m->worker.replace = evtimer_new(m->base, on_replace, m);
	m->beat = event_new(m->base, -1, EV_PERSIST, on_beat, m);
	m->sigterm = on_signal(m, SIGTERM, on_terminate);
	m->sigint = on_signal(m, SIGINT, on_terminate);
	m->sighup = on_signal(m, SIGHUP, on_hangup);
	m->listeners = kpptp_listeners_new(m->base, on_accept, is_busy, m);
	if (!m->limit || !m->worker.replace || !m->beat || !m->sigterm ||
	    !m->sigint || !m->sighup || !m->listeners)
		return -ENOMEM;
	return event_add(m->beat, &every) ? -ENOMEM : 0;
}

static int start(struct monitor *m)
{
	int err;

	m->base = event_base_new();
	err = m->base ? make_dataplane(m) : -ENOMEM;
	if (!err)
		err = make_priv(m);
	if (!err)
		err = make_events(m);
	if (!err)
		err = make_control(m);
	if (!err)
		err = listen_on(m);
	return err ? err : start_worker(m);
}

/* PPP first loses those who listen to it; its scripts may still want routes. */
static void unwind(struct monitor *m)
{
	event_drop(&m->sighup);
	event_drop(&m->sigint);
	event_drop(&m->sigterm);
	event_drop(&m->limit);
	event_drop(&m->beat);
	event_drop(&m->worker.replace);
	kpptp_control_free(m->control);
	kpptp_listeners_free(m->listeners);
	if (m->ppp)
		m->ppp->ops->free(m->ppp);
	if (m->demand)
		m->demand->ops->free(m->demand);
	kpptp_priv_free(m->priv);
	if (m->dp)
		m->dp->ops->free(m->dp);
	json_object_put(m->changed);
	if (m->base)
		event_base_free(m->base);
	libevent_global_shutdown();
}

int kpptp_run_monitor(struct kpptp_run *run)
{
	struct monitor m = { .run = run };
	int err;

	raise_limits(&run->conf.server);
	kpptp_self_setup(&run->account, run->conf.global.run_dir);
	err = start(&m);
	if (err) {
		/* What is wrong with an address or a program has been told. */
		if (!*kpptp_log_last_error())
			kpptp_log(KPPTP_LOG_ERROR, "cannot start: %s",
				  strerror(-err));
		m.status = KPPTP_EXIT_FAILED;
	} else {
		kpptp_log(KPPTP_LOG_INFO, "kpptpd " KPPTP_VERSION " serves");
		event_base_dispatch(m.base);
	}
	end_worker(&m.worker);
	unwind(&m);
	return m.status;
}
