// SPDX-License-Identifier: GPL-2.0-or-later
/* priv_worker.c - the worker's end: requests out, answers to the proxies */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "priv_chan.h"

struct kpptp_priv_worker {
	struct kpptp_priv_chan *chan;
	struct kpptp_priv_worker_hooks hooks;
	void (*on_done)(void *arg, uint32_t id,
			const struct kpptp_priv_done *done);
	void *done_arg;
	void (*on_event)(void *arg, uint32_t id,
			 const struct kpptp_priv_ppp_event *event);
	void (*on_net)(void *arg, uint32_t id, const struct kpptp_ppp_net *net);
	void *event_arg;
	void (*on_traffic)(void *arg, uint32_t id);
	void *traffic_arg;
};

static void tell_serving(struct kpptp_priv_worker *worker,
			 enum kpptp_priv_type type)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = type;
	worker->hooks.serving(worker->hooks.arg, &msg.u.serving);
	kpptp_priv_chan_send(worker->chan, &msg, -1);
}

static void on_message(void *arg, const struct kpptp_priv_msg *msg, size_t len,
		       int fd)
{
	struct kpptp_priv_worker *worker = arg;

	if (len < offsetof(struct kpptp_priv_msg, u) ||
	    len != kpptp_priv_size(msg->type))
		kpptp_log(KPPTP_LOG_ERROR,
			  "the monitor sent a message of the wrong length");
	else if (msg->type == KPPTP_PRIV_DONE && worker->on_done)
		worker->on_done(worker->done_arg, msg->id, &msg->u.done);
	else if (msg->type == KPPTP_PRIV_PPP_EVENT && worker->on_event)
		worker->on_event(worker->event_arg, msg->id,
				 &msg->u.ppp_event);
	else if (msg->type == KPPTP_PRIV_PPP_NET && worker->on_net)
		worker->on_net(worker->event_arg, msg->id, &msg->u.ppp_net);
	else if (msg->type == KPPTP_PRIV_TRAFFIC && worker->on_traffic)
		worker->on_traffic(worker->traffic_arg, msg->id);
	else if (msg->type == KPPTP_PRIV_PING)
		tell_serving(worker, KPPTP_PRIV_PONG);
	else if (msg->type == KPPTP_PRIV_SHUTDOWN)
		worker->hooks.shutdown(worker->hooks.arg);
	else if (msg->type == KPPTP_PRIV_CONF && fd >= 0) {
		worker->hooks.conf(worker->hooks.arg, msg->id, fd);
		fd = -1;
	} else if (msg->type == KPPTP_PRIV_REFUSED)
		worker->hooks.refused(worker->hooks.arg, msg->id,
				      msg->u.refused.why);
	if (fd >= 0)
		close(fd);
}

static void on_lost(void *arg)
{
	struct kpptp_priv_worker *worker = arg;

	worker->hooks.lost(worker->hooks.arg);
}

struct kpptp_priv_worker *
kpptp_priv_worker_new(struct event_base *base, int fd,
		      const struct kpptp_priv_worker_hooks *hooks)
{
	struct kpptp_priv_worker *worker = calloc(1, sizeof(*worker));
	struct kpptp_priv_chan_hooks chan_hooks = {
		.message = on_message, .lost = on_lost, .arg = worker,
	};

	if (!worker)
		return NULL;
	worker->hooks = *hooks;
	worker->chan = kpptp_priv_chan_new(base, fd, &chan_hooks);
	if (worker->chan)
		return worker;
	free(worker);
	return NULL;
}

void kpptp_priv_worker_free(struct kpptp_priv_worker *worker)
{
	if (!worker)
		return;
	kpptp_priv_chan_free(worker->chan);
	free(worker);
}

void kpptp_priv_worker_ready(struct kpptp_priv_worker *worker)
{
	tell_serving(worker, KPPTP_PRIV_READY);
}

void kpptp_priv_worker_reload(struct kpptp_priv_worker *worker, uint32_t id)
{
	struct kpptp_priv_msg msg;

	memset(&msg, 0, sizeof(msg));
	msg.type = KPPTP_PRIV_RELOAD;
	msg.id = id;
	kpptp_priv_chan_send(worker->chan, &msg, -1);
}

int kpptp_priv_worker_send(struct kpptp_priv_worker *worker,
			   const struct kpptp_priv_msg *msg)
{
	return kpptp_priv_chan_send(worker->chan, msg, -1);
}

void kpptp_priv_worker_on_done(struct kpptp_priv_worker *worker,
			       void (*fn)(void *arg, uint32_t id,
					  const struct kpptp_priv_done *done),
			       void *arg)
{
	worker->on_done = fn;
	worker->done_arg = arg;
}

void kpptp_priv_worker_on_event(struct kpptp_priv_worker *worker,
				void (*fn)(void *arg, uint32_t id,
					   const struct kpptp_priv_ppp_event *ev),
				void (*net)(void *arg, uint32_t id,
					    const struct kpptp_ppp_net *net),
				void *arg)
{
	worker->on_event = fn;
	worker->on_net = net;
	worker->event_arg = arg;
}

void kpptp_priv_worker_on_traffic(struct kpptp_priv_worker *worker,
				  void (*fn)(void *arg, uint32_t id),
				  void *arg)
{
	worker->on_traffic = fn;
	worker->traffic_arg = arg;
}
