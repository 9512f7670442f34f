// SPDX-License-Identifier: GPL-2.0-or-later
/* engine.c - everything that runs in the worker */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "core.h"
#include "ctl.h"
#include "dataplane.h"
#include "engine.h"
#include "listener.h"
#include "log_setup.h"
#include "peers.h"
#include "pool.h"

struct kpptp_engine {
	struct kpptp_conf conf;
	struct kpptp_pool *pool;
	struct kpptp_core *core;
	struct kpptp_ctl *ctl;
	struct kpptp_peers *peers;
	void (*reload)(void *arg, uint32_t id);
	void *reload_arg;
	void (*done)(void *arg);
	void *done_arg;
};

static int address_get(void *arg, struct in_addr *addr)
{
	struct kpptp_engine *engine = arg;

	return kpptp_pool_get(engine->pool, addr);
}

static void address_put(void *arg, struct in_addr addr)
{
	struct kpptp_engine *engine = arg;

	kpptp_pool_put(engine->pool, addr);
}

static const struct kpptp_conf *conf_now(void *arg)
{
	return &((struct kpptp_engine *)arg)->conf;
}

static void on_reload(void *arg, uint32_t id)
{
	struct kpptp_engine *engine = arg;

	engine->reload(engine->reload_arg, id);
}

/* Those that run already, by name, are left alone. */
static void start_clients(struct kpptp_engine *engine)
{
	unsigned int i;

	for (i = 0; i < engine->conf.n_clients; i++) {
		const struct kpptp_client_settings *c = &engine->conf.client[i];
		int err;

		if (!(c->autostart || c->demand) ||
		    kpptp_client_find(engine->core, c->name))
			continue;
		err = c->demand ? kpptp_client_await(engine->core, c) :
			kpptp_client_connect(engine->core, c, NULL, NULL, NULL);
		if (err)
			kpptp_log(KPPTP_LOG_ERROR,
				  "client %s cannot be started: %s", c->name,
				  strerror(-err));
	}
}

static int apply(struct kpptp_engine *engine)
{
	struct kpptp_conf *conf = &engine->conf;
	int err = kpptp_conf_fill_pool(conf, engine->pool);

	if (err) {
		kpptp_log(KPPTP_LOG_ERROR, "out of memory for the pool");
		return err;
	}
	kpptp_core_set_server(engine->core, &conf->server);
	return kpptp_listener_open(engine->core);
}

static int build(struct kpptp_engine *engine,
		 const struct kpptp_engine_setup *setup)
{
	struct kpptp_core_hooks hooks = {
		.address_get = address_get,
		.address_put = address_put,
		.arg = engine,
	};
	struct kpptp_ctl_setup ctl = {
		.base = setup->base,
		.conf = conf_now,
		.reload = on_reload,
		.arg = engine,
		.data_plane = engine->conf.global.null_data_plane ?
			"null" : "kernel",
		.pid = setup->pid,
		.fd = setup->ctl_fd,
	};

	engine->reload = setup->reload;
	engine->reload_arg = setup->arg;
	engine->pool = kpptp_pool_new();
	engine->core = kpptp_core_new(setup->base, setup->dp, setup->ppp,
				      &hooks);
	if (!engine->pool || !engine->core)
		return -ENOMEM;
	kpptp_core_set_demand(engine->core, setup->demand);
	engine->peers = kpptp_peers_new(setup->base, engine->core, conf_now,
					engine);
	if (!engine->peers)
		return -ENOMEM;
	if (apply(engine))
		return -EADDRNOTAVAIL;
	ctl.core = engine->core;
	engine->ctl = kpptp_ctl_new(&ctl);
	return engine->ctl ? 0 : -ENOMEM;
}

struct kpptp_engine *kpptp_engine_new(const struct kpptp_engine_setup *setup)
{
	struct kpptp_engine *engine = calloc(1, sizeof(*engine));
	int err;

	if (!engine)
		return NULL;
	kpptp_conf_move(&engine->conf, setup->conf);
	err = build(engine, setup);
	if (err) {
		if (err == -ENOMEM)
			kpptp_log(KPPTP_LOG_ERROR, "out of memory");
		kpptp_engine_free(engine);
		return NULL;
	}
	start_clients(engine);
	return engine;
}

const struct kpptp_conf *kpptp_engine_conf(const struct kpptp_engine *engine)
{
	return &engine->conf;
}

static bool count_address(void *arg, const struct sockaddr_in *addr)
{
	(void)addr;
	++*(uint32_t *)arg;
	return true;
}

void kpptp_engine_serving(const struct kpptp_engine *engine,
			  struct kpptp_serving *now)
{
	now->addresses = 0;
	now->calls = kpptp_core_calls(engine->core);
	kpptp_listener_each(engine->core, count_address, &now->addresses);
}

void kpptp_engine_free(struct kpptp_engine *engine)
{
	if (!engine)
		return;
	kpptp_peers_free(engine->peers);
	kpptp_ctl_free(engine->ctl);
	if (engine->core) {
		kpptp_listener_close(engine->core);
		kpptp_core_free(engine->core);
	}
	kpptp_pool_free(engine->pool);
	kpptp_conf_free(&engine->conf);
	free(engine);
}

void kpptp_engine_reload(struct kpptp_engine *engine, uint32_t id,
			 struct kpptp_conf *conf)
{
	int err;

	kpptp_conf_move(&engine->conf, conf);
	kpptp_log_set_level(engine->conf.global.log_level);
	/* What could not be opened is in the log, the rest works. */
	err = apply(engine);
	start_clients(engine);
	kpptp_log(KPPTP_LOG_INFO,
		  "the configuration was read anew; calls that are up keep theirs");
	kpptp_ctl_reloaded(engine->ctl, id, err ?
			   "the new configuration is in use, but not all of it: the log tells what could not be opened" :
			   NULL);
}

void kpptp_engine_keep(struct kpptp_engine *engine, uint32_t id,
		       const char *why)
{
	kpptp_ctl_reloaded(engine->ctl, id, why);
}

static void on_shutdown(void *arg, int err)
{
	struct kpptp_engine *engine = arg;

	if (err)
		kpptp_log(KPPTP_LOG_WARNING,
			  "not every call ended in time; what is left is dropped");
	engine->done(engine->done_arg);
}

void kpptp_engine_shutdown(struct kpptp_engine *engine,
			   void (*done)(void *arg), void *arg)
{
	if (engine->done)
		return;
	engine->done = done;
	engine->done_arg = arg;
	kpptp_log(KPPTP_LOG_INFO, "ending every call");
	kpptp_core_shutdown(engine->core, on_shutdown, engine);
}
