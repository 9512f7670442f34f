// SPDX-License-Identifier: GPL-2.0-or-later
/* priv.c - the monitor: does for the worker what it may ask for, see priv.h */
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "priv_chan.h"

/* A call that was made for this worker. */
struct call {
	struct kpptp_priv_key key;	/* first: tsearch(3) compares it */
	bool has_ppp;
};

struct link {
	LIST_ENTRY(link) entry;
	struct kpptp_priv_monitor *monitor;
	struct kpptp_ppp_link *ppp;
	struct kpptp_priv_key key;
	uint32_t id;
};

struct kpptp_priv_monitor {
	struct kpptp_priv_monitor_setup setup;
	struct kpptp_priv_chan *chan;
	void *calls;			/* of tsearch(3) */
	LIST_HEAD(, link) links;
	bool pinged;			/* and no answer yet */
	const char *refused;		/* the request being served is not allowed */
};

/* ---------------------------------------------------------- call table */

static int cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct kpptp_priv_key));
}

static struct call *call_find(struct kpptp_priv_monitor *m,
			      const struct kpptp_priv_key *key)
{
	void *node = tfind(key, &m->calls, cmp);

	return node ? *(struct call **)node : NULL;
}

static int call_add(struct kpptp_priv_monitor *m,
		    const struct kpptp_priv_key *key)
{
	struct call *call;

	/*
	 * A socket that closed has freed the Call ID in the kernel, and the
	 * worker has yet to say so here. Its CALL_DEL would hit the new call.
	 */
	if (call_find(m, key))
		return -EBUSY;
	call = calloc(1, sizeof(*call));
	if (!call)
		return -ENOMEM;
	call->key = *key;
	if (tsearch(call, &m->calls, cmp))
		return 0;
	free(call);
	return -ENOMEM;
}

static void call_remove(struct kpptp_priv_monitor *m, struct call *call)
{
	tdelete(call, &m->calls, cmp);
	free(call);
}

/* --------------------------------------------------------------- calls */

static void send_done(struct kpptp_priv_monitor *m, uint32_t id, int err,
		      uint16_t call_id, const char *why)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_DONE;
	msg.id = id;
	msg.u.done.err = err;
	msg.u.done.call_id = call_id;
	if (why)
		snprintf(msg.u.done.why, sizeof(msg.u.done.why), "%s", why);
	kpptp_priv_chan_send(m->chan, &msg, -1);
}

/* A request of the worker that the data path is at. */
struct job {
	struct kpptp_priv_monitor *monitor;
	uint32_t id;
	bool is_new;
	struct kpptp_priv_key key;
};

static void job_done(void *arg, int err, uint16_t call_id, const char *why)
{
	struct job *job = arg;
	struct kpptp_priv_monitor *m = job->monitor;

	if (!err && job->is_new) {
		job->key.call_id = call_id;
		err = call_add(m, &job->key);
		if (err) {
			m->setup.dp->ops->call_del(m->setup.dp, job->key.local,
						   job->key.peer, call_id);
			why = err == -EBUSY ?
				"the Call ID is still being given back" :
				"the monitor is out of memory";
		}
	}
	send_done(m, job->id, err, call_id, why);
	free(job);
}

static struct job *job_new(struct kpptp_priv_monitor *m, uint32_t id,
			   const struct kpptp_priv_key *key, bool is_new)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		send_done(m, id, -ENOMEM, 0, "the monitor is out of memory");
		return NULL;
	}
	job->monitor = m;
	job->id = id;
	job->key = *key;
	job->is_new = is_new;
	return job;
}

static void job_failed(struct job *job, int err)
{
	if (err)
		job_done(job, err, 0, strerror(-err));
}

static void do_call_new(struct kpptp_priv_monitor *m, uint32_t id,
			const struct kpptp_priv_call_new *c)
{
	struct job *job = job_new(m, id, &c->key, true);
	struct kpptp_dp_call call = {
		.local = c->key.local,
		.peer = c->key.peer,
		.call_id = c->key.call_id,
		.peer_call_id = c->peer_call_id,
		.has_peer_call_id = c->has_peer_call_id,
		.tx_window = c->tx_window,
		.params = c->params,
	};

	if (!job)
		return;
	job_failed(job, m->setup.dp->ops->call_new(m->setup.dp, &call,
						   job_done, job));
}

static void do_call_set(struct kpptp_priv_monitor *m, uint32_t id,
			const struct kpptp_priv_call_set *c)
{
	struct kpptp_dp_call call = {
		.local = c->key.local,
		.peer = c->key.peer,
		.call_id = c->key.call_id,
		.peer_call_id = c->peer_call_id,
		.has_peer_call_id = true,
		.tx_window = c->tx_window,
	};
	struct job *job;

	if (!call_find(m, &c->key)) {
		m->refused = "it wants to change a call that is not its own";
		return;
	}
	job = job_new(m, id, &c->key, false);
	if (job)
		job_failed(job, m->setup.dp->ops->call_set(m->setup.dp, &call,
							   job_done, job));
}

static void do_call_del(struct kpptp_priv_monitor *m,
			const struct kpptp_priv_key *key)
{
	struct call *call = call_find(m, key);

	if (!call) {
		m->refused = "it wants to delete a call that is not its own";
		return;
	}
	m->setup.dp->ops->call_del(m->setup.dp, key->local, key->peer,
				   key->call_id);
	call_remove(m, call);
}

/* ----------------------------------------------------------------- PPP */

static void send_event(struct kpptp_priv_monitor *m, uint32_t id,
		       enum kpptp_priv_event event, int status, const char *a,
		       const char *b, const char *c)
{
	const char *text[3] = { a, b, c };
	struct kpptp_priv_msg msg;
	struct kpptp_priv_ppp_event *ev = &msg.u.ppp_event;
	int i;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_PPP_EVENT;
	msg.id = id;
	ev->event = event;
	ev->status = status;
	for (i = 0; i < 3; i++)
		if (text[i])
			snprintf(ev->text[i], sizeof(ev->text[i]), "%s",
				 text[i]);
	kpptp_priv_chan_send(m->chan, &msg, -1);
}

static void on_attached(void *arg)
{
	struct link *link = arg;

	send_event(link->monitor, link->id, KPPTP_PRIV_EVENT_ATTACHED, 0,
		   NULL, NULL, NULL);
}

static void on_auth(void *arg, const char *user)
{
	struct link *link = arg;

	send_event(link->monitor, link->id, KPPTP_PRIV_EVENT_AUTH, 0, user,
		   NULL, NULL);
}

static void on_net(void *arg, const struct kpptp_ppp_net *net)
{
	struct link *link = arg;
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_PPP_NET;
	msg.id = link->id;
	msg.u.ppp_net = *net;
	kpptp_priv_chan_send(link->monitor->chan, &msg, -1);
}

static void on_up(void *arg, const char *ifname, const char *ours,
		  const char *theirs)
{
	struct link *link = arg;

	send_event(link->monitor, link->id, KPPTP_PRIV_EVENT_UP, 0, ifname,
		   ours, theirs);
}

static void on_up6(void *arg, const char *ifname, const char *ours,
		   const char *theirs)
{
	struct link *link = arg;

	send_event(link->monitor, link->id, KPPTP_PRIV_EVENT_UP6, 0, ifname,
		   ours, theirs);
}

static void on_closing(void *arg)
{
	struct link *link = arg;

	send_event(link->monitor, link->id, KPPTP_PRIV_EVENT_CLOSING, 0, NULL,
		   NULL, NULL);
}

static void on_down(void *arg, const char *reason, int status)
{
	struct link *link = arg;
	struct kpptp_priv_monitor *m = link->monitor;
	struct call *call = call_find(m, &link->key);

	if (call)
		call->has_ppp = false;
	send_event(m, link->id, KPPTP_PRIV_EVENT_DOWN, status, reason, NULL,
		   NULL);
	LIST_REMOVE(link, entry);
	free(link);
}

static const struct kpptp_ppp_events link_events = {
	.attached = on_attached,
	.auth = on_auth,
	.net = on_net,
	.up = on_up,
	.up6 = on_up6,
	.closing = on_closing,
	.down = on_down,
};

/*
 * What PPP is to do on this call. A server call, and a client that has a
 * section of its own, get it all from our configuration; a connect request gets
 * what it asks for, which never includes free options.
 */
static void choose_settings(struct kpptp_priv_monitor *m,
			    const struct kpptp_priv_ppp_start *p,
			    struct kpptp_ppp_settings *out)
{
	const struct kpptp_client_settings *client;

	if (p->server) {
		*out = m->setup.conf->server.ppp;
		return;
	}
	client = kpptp_conf_client(m->setup.conf, p->name);
	if (client) {
		*out = client->ppp;
		return;
	}
	*out = (struct kpptp_ppp_settings) {
		.auth = p->auth,
		.mppe = p->mppe,
		.mtu = p->mtu,
		.ipv6 = p->ipv6,
		.use_dns = p->use_dns,
		.routes = p->routes,
	};
}

/* Return: why a call of the worker's own gets no PPP, or NULL. */
static const char *ppp_not_now(struct kpptp_priv_monitor *m,
			       const struct kpptp_priv_ppp_start *p)
{
	if (!p->server)
		return NULL;
	/* A reload may have overtaken the request; that is no offence. */
	if (!kpptp_pool_spec_has(&m->setup.conf->pool, p->remote_ip))
		return "the address for the peer is not in the pool any more";
	return NULL;
}

static int link_start(struct kpptp_priv_monitor *m, struct call *call,
		      uint32_t id, const struct kpptp_priv_ppp_start *p)
{
	struct kpptp_ppp_settings settings;
	struct kpptp_ppp_request req = {
		.local = p->key.local,
		.peer = p->key.peer,
		.call_id = p->key.call_id,
		.peer_call_id = p->peer_call_id,
		.server = p->server,
		.user = p->user,
		.password = p->password,
		.local_ip = p->server ? m->setup.conf->server.local_ip :
					p->local_ip,
		.remote_ip = p->remote_ip,
		.name = p->name,
		.settings = &settings,
	};
	struct link *link = calloc(1, sizeof(*link));
	int err;

	if (!link)
		return -ENOMEM;
	choose_settings(m, p, &settings);
	link->monitor = m;
	link->id = id;
	link->key = p->key;
	LIST_INSERT_HEAD(&m->links, link, entry);
	err = m->setup.ppp->ops->start(m->setup.ppp, &req, &link_events, link,
				       &link->ppp);
	if (err) {
		LIST_REMOVE(link, entry);
		free(link);
		return err;
	}
	call->has_ppp = true;
	return 0;
}

static struct link *link_find(struct kpptp_priv_monitor *m, uint32_t id)
{
	struct link *link;

	LIST_FOREACH(link, &m->links, entry)
		if (link->id == id)
			return link;
	return NULL;
}

static void do_ppp_start(struct kpptp_priv_monitor *m, uint32_t id,
			 const struct kpptp_priv_ppp_start *p)
{
	struct call *call = call_find(m, &p->key);
	const char *why;
	int err;

	if (!call || call->has_ppp || link_find(m, id)) {
		m->refused = !call ?
			"it wants PPP on a call that is not its own" :
			"it wants PPP on a call that has it already";
		return;
	}
	why = ppp_not_now(m, p);
	err = why ? -EADDRNOTAVAIL : link_start(m, call, id, p);
	if (err)
		send_event(m, id, KPPTP_PRIV_EVENT_DOWN, -1,
			   why ? why : strerror(-err), NULL, NULL);
}

static void do_ppp_stop(struct kpptp_priv_monitor *m, uint32_t id,
			const struct kpptp_priv_ppp_stop *p)
{
	struct link *link = link_find(m, id);

	/* One that has just ended crosses the request to stop it. */
	if (link)
		m->setup.ppp->ops->stop(m->setup.ppp, link->ppp, p->how);
}

static void do_ppp_proceed(struct kpptp_priv_monitor *m, uint32_t id)
{
	struct link *link = link_find(m, id);

	if (link)
		m->setup.ppp->ops->proceed(m->setup.ppp, link->ppp);
}

/* ------------------------------------------------------------- traffic */

/* A message of no more than its type and number. */
static void tell(struct kpptp_priv_monitor *m, enum kpptp_priv_type type,
		 uint32_t id)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	msg.id = id;
	kpptp_priv_chan_send(m->chan, &msg, -1);
}

static void on_traffic(void *arg, uint32_t id)
{
	tell(arg, KPPTP_PRIV_TRAFFIC, id);
}

/* The worker says only which section; networks and all are the monitor's. */
static void do_demand(struct kpptp_priv_monitor *m, uint32_t id,
		      const struct kpptp_priv_demand *d, bool arm)
{
	const struct kpptp_client_settings *client =
		kpptp_conf_client(m->setup.conf, d->name);
	struct kpptp_demand *demand = m->setup.demand;
	int err = -ENOTSUP;

	if (!arm) {
		if (demand)
			demand->ops->end(demand, d->name);
		return;
	}
	/* A reload may have overtaken the request; that is no offence. */
	if (!client || !client->demand)
		err = -ENOENT;
	else if (demand)
		err = demand->ops->arm(demand, client, on_traffic, m, id);
	if (err)
		kpptp_log(KPPTP_LOG_ERROR,
			  "client %s: cannot wait for traffic: %s", d->name,
			  strerror(-err));
}

/* ------------------------------------------------------------ requests */

static void serve(struct kpptp_priv_monitor *m,
		  const struct kpptp_priv_msg *msg)
{
	switch (msg->type) {
	case KPPTP_PRIV_CALL_NEW:
		do_call_new(m, msg->id, &msg->u.call_new);
		return;
	case KPPTP_PRIV_CALL_SET:
		do_call_set(m, msg->id, &msg->u.call_set);
		return;
	case KPPTP_PRIV_CALL_DEL:
		do_call_del(m, &msg->u.call_del);
		return;
	case KPPTP_PRIV_PPP_START:
		do_ppp_start(m, msg->id, &msg->u.ppp_start);
		return;
	case KPPTP_PRIV_PPP_STOP:
		do_ppp_stop(m, msg->id, &msg->u.ppp_stop);
		return;
	case KPPTP_PRIV_PPP_PROCEED:
		do_ppp_proceed(m, msg->id);
		return;
	case KPPTP_PRIV_DEMAND_ARM:
	case KPPTP_PRIV_DEMAND_END:
		do_demand(m, msg->id, &msg->u.demand,
			  msg->type == KPPTP_PRIV_DEMAND_ARM);
		return;
	case KPPTP_PRIV_RELOAD:
		m->setup.reload(m->setup.arg, msg->id);
		return;
	case KPPTP_PRIV_READY:
		m->setup.ready(m->setup.arg, &msg->u.serving);
		return;
	case KPPTP_PRIV_PONG:
		m->pinged = false;
		m->setup.alive(m->setup.arg, &msg->u.serving);
		return;
	}
}

static void on_message(void *arg, const struct kpptp_priv_msg *msg, size_t len,
		       int fd)
{
	struct kpptp_priv_monitor *m = arg;

	if (fd >= 0)
		close(fd);	/* the worker has nothing to hand us */
	if (m->refused)
		return;
	m->refused = kpptp_priv_check(msg, len);
	if (!m->refused)
		serve(m, msg);
	if (!m->refused)
		return;
	kpptp_log(KPPTP_LOG_ERROR,
		  "refused a request of the unprivileged process, which must be broken: %s",
		  m->refused);
	m->setup.ended(m->setup.arg, -EPERM);
}

static void on_lost(void *arg)
{
	struct kpptp_priv_monitor *m = arg;

	m->setup.ended(m->setup.arg, 0);
}

struct kpptp_priv_monitor *
kpptp_priv_monitor_new(const struct kpptp_priv_monitor_setup *setup)
{
	struct kpptp_priv_monitor *m = calloc(1, sizeof(*m));
	struct kpptp_priv_chan_hooks hooks = {
		.message = on_message, .lost = on_lost, .arg = m,
	};

	if (!m)
		return NULL;
	m->setup = *setup;
	LIST_INIT(&m->links);
	m->chan = kpptp_priv_chan_new(setup->base, setup->fd, &hooks);
	if (m->chan)
		return m;
	free(m);
	return NULL;
}

void kpptp_priv_monitor_free(struct kpptp_priv_monitor *m)
{
	struct link *link;

	if (!m)
		return;
	while ((link = LIST_FIRST(&m->links))) {
		LIST_REMOVE(link, entry);
		free(link);
	}
	tdestroy(m->calls, free);
	kpptp_priv_chan_free(m->chan);
	free(m);
}

int kpptp_priv_monitor_conf(struct kpptp_priv_monitor *m, uint32_t id,
			    const struct kpptp_conf *conf, int fd)
{
	struct kpptp_priv_msg msg;

	m->setup.conf = conf;
	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_CONF;
	msg.id = id;
	return kpptp_priv_chan_send(m->chan, &msg, fd);
}

void kpptp_priv_monitor_refuse(struct kpptp_priv_monitor *m, uint32_t id,
			       const char *why)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_REFUSED;
	msg.id = id;
	snprintf(msg.u.refused.why, sizeof(msg.u.refused.why), "%s", why);
	kpptp_priv_chan_send(m->chan, &msg, -1);
}

void kpptp_priv_monitor_ping(struct kpptp_priv_monitor *m)
{
	if (m->pinged)
		return;
	m->pinged = true;
	tell(m, KPPTP_PRIV_PING, 0);
}

void kpptp_priv_monitor_shutdown(struct kpptp_priv_monitor *m)
{
	tell(m, KPPTP_PRIV_SHUTDOWN, 0);
}
