// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ppp_pppd.c - one pppd(8) for each call
 *
 * Three descriptors tell what becomes of a pppd: the socket pair to its plugin
 * (what happened to the link), a pipe with what it prints (for the log), and a
 * pidfd that is readable once it has ended. Only the last one decides: scripts
 * that pppd has started may hold the pipe open for ever.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <unistd.h>

#include "../lib/ctrl_msg.h"
#include "lines.h"
#include "linkroutes.h"
#include "log.h"
#include "ppp_impl.h"
#include "pppd_args.h"
#include "pppd_end.h"
#include "spawn.h"

#define PLUGIN_FD	3	/* kpptp-fd in pppd */
#define KILL_SECONDS	5	/* from SIGTERM to SIGKILL */
#define REASON_SIZE	256
#define NOT_ALLOWED	21	/* see pppd(8) */
#define PATH		"PATH=/usr/sbin:/usr/bin:/sbin:/bin"

struct ppp_pppd {
	struct kpptp_ppp ppp;
	struct kpptp_ppp_setup setup;
	struct kpptp_conf_global global;
	LIST_HEAD(, kpptp_ppp_link) links;
};

struct kpptp_ppp_link {
	LIST_ENTRY(kpptp_ppp_link) entry;
	struct ppp_pppd *ppp;
	struct kpptp_ppp_events events;
	void *arg;
	char name[40];			/* "192.0.2.7 call 5" */
	char client[KPPTP_NAME_SIZE];	/* section it is the link of, or "" */
	char ifname[IFNAMSIZ];		/* "" before IPv4 or IPv6 is up */
	struct in_addr peer;
	bool server;
	pid_t pid;
	int pidfd;
	int plugin_fd;
	int print_fd;
	struct event *on_exit;
	struct event *on_plugin;
	struct event *on_print;
	struct event *kill_timer;
	struct kpptp_lines plugin_lines;
	struct kpptp_lines print_lines;
	struct kpptp_prefixes want;	/* networks behind it */
	bool routed[KPPTP_MAX_ROUTES];	/* those to which there is a route */
	struct kpptp_linkroutes *routes;
	struct kpptp_ppp_net net;	/* what of that there is */
	bool proved;			/* the peer is who it says it is */
	bool refused;			/* and may not have a link */
	bool terminated;		/* SIGTERM was sent */
	struct kpptp_pppd_end end;	/* what is known of why it ends */
};

/* ------------------------------------------------ routes, name servers */

/* In the order of the configuration, whichever protocol was up first. */
static void tell_net(struct kpptp_ppp_link *link)
{
	char *list = link->net.routes, text[KPPTP_PREFIX_TEXT];
	size_t len = 0;
	unsigned int i;

	*list = '\0';
	for (i = 0; i < link->want.n; i++)
		if (link->routed[i])
			len += snprintf(list + len,
					sizeof(link->net.routes) - len,
					"%s%s", len ? " " : "",
					kpptp_prefix_text(&link->want.prefix[i],
							  text));
	link->events.net(link->arg, &link->net);
}

static void add_routes(struct kpptp_ppp_link *link, int family)
{
	char text[KPPTP_PREFIX_TEXT];
	unsigned int i;
	int err;

	for (i = 0; i < link->want.n; i++) {
		const struct kpptp_prefix *p = &link->want.prefix[i];

		if (p->family != family)
			continue;
		err = kpptp_linkroutes_add(link->routes, p);
		link->routed[i] = !err;
		if (err)
			kpptp_log(KPPTP_LOG_ERROR,
				  "pppd[%s]: cannot route %s through %s: %s",
				  link->name, kpptp_prefix_text(p, text),
				  link->ifname, err == -ELOOP ? "it is the server itself" :
						  strerror(-err));
	}
}

/* Is the peer's address of the link the one that the tunnel itself goes to? */
static bool is_server(const struct kpptp_ppp_link *link, const char *remote)
{
	struct in_addr addr;

	return inet_pton(AF_INET, remote, &addr) == 1 &&
	       addr.s_addr == link->peer.s_addr;
}

/* One of the two protocols runs on the link. */
static void net_up(struct kpptp_ppp_link *link, const char *ifname, int family,
		   const char *remote)
{
	const struct kpptp_ppp_setup *setup = &link->ppp->setup;
	const bool keep_out = is_server(link, remote);

	kpptp_pppd_end_forget(&link->end);
	snprintf(link->ifname, sizeof(link->ifname), "%s", ifname);
	if ((link->want.n || keep_out) && !link->routes)
		link->routes = kpptp_linkroutes_new(ifname, link->peer, 0);
	if (link->routes) {
		if (keep_out)
			kpptp_linkroutes_keep_out(link->routes);
		add_routes(link, family);
		tell_net(link);
	} else if (link->want.n || keep_out) {
		kpptp_log(KPPTP_LOG_ERROR, "pppd[%s]: no routes through %s: %s",
			  link->name, ifname, strerror(errno));
	}
	if (*link->client)
		setup->link(setup->arg, link->client, link->ifname, true);
}

/* The kernel has taken routes away with the address or the interface. */
static void net_down(struct kpptp_ppp_link *link, int family)
{
	unsigned int i;

	if (family == AF_INET)
		*link->net.dns = '\0';
	if (link->routes)
		kpptp_linkroutes_remove(link->routes, family);
	for (i = 0; i < link->want.n; i++)
		if (link->want.prefix[i].family == family)
			link->routed[i] = false;
	tell_net(link);
}

/* It may take its time, and nobody asks how it went. */
static void run_dns_hook(const struct kpptp_conf_global *global,
			 const char *what, const char *ifname)
{
	char file[KPPTP_PATH_SIZE + sizeof("RESOLV_CONF=")];
	char *argv[] = { (char *)global->dns_hook, (char *)what, (char *)ifname,
			 NULL };
	char *env[] = { PATH, file, NULL };
	const struct kpptp_spawn spawn = {
		.argv = argv, .envp = env, .n_fds = 3, .is_orphan = true,
		.fd = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO },
	};
	int err;

	snprintf(file, sizeof(file), "RESOLV_CONF=%s", global->resolv_conf);
	err = kpptp_spawn(&spawn);
	if (err)
		kpptp_log(KPPTP_LOG_WARNING, "cannot run %s: %s",
			  global->dns_hook, strerror(-err));
}

/* pppd itself could not put them back. */
static void restore_dns(struct kpptp_ppp_link *link)
{
	if (*link->net.dns)
		run_dns_hook(&link->ppp->global, "down", link->ifname);
}

/* ---------------------------------------------------------- the plugin */

/* Splits "a b c" at single blanks into at most @max words. */
static int split(char *line, char **word, int max)
{
	char *rest = line;
	int n = 0;

	while (n < max && (word[n] = strsep(&rest, n == max - 1 ? "" : " ")))
		n++;
	return n;
}

/* A pppd that has ended is noticed elsewhere. */
static void answer(struct kpptp_ppp_link *link, const char *line)
{
	if (send(link->plugin_fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		kpptp_log(KPPTP_LOG_DEBUG, "pppd[%s]: does not listen",
			  link->name);
}

/* Its own pppd has one, and asks as soon as the peer has proved who it is. */
static void on_peer(struct kpptp_ppp_link *link, const char *user)
{
	const struct kpptp_ppp_setup *setup = &link->ppp->setup;
	struct kpptp_ppp_peer peer = { 0 };
	char line[sizeof("refuse \n") + sizeof(peer.why)] = "peer -\n";
	char address[INET_ADDRSTRLEN];

	setup->peer(setup->arg, link->arg, user, &peer);
	if (peer.settings) {
		link->want = peer.settings->routes;
		snprintf(link->client, sizeof(link->client), "%s",
			 peer.settings->client);
	}
	inet_ntop(AF_INET, &peer.address, address, sizeof(address));
	link->refused = *peer.why;
	if (link->refused)
		snprintf(line, sizeof(line), "refuse %s\n", peer.why);
	else if (peer.address.s_addr)
		snprintf(line, sizeof(line), "%s %s\n",
			 peer.is_own ? "own" : "peer", address);
	answer(link, line);
}

/* Return: whether the link is up. */
static bool on_address(struct kpptp_ppp_link *link, const char *theirs)
{
	const struct kpptp_ppp_setup *setup = &link->ppp->setup;
	char why[REASON_SIZE] = "", line[sizeof("refuse \n") + REASON_SIZE];
	struct in_addr addr;

	if (!link->server)
		return true;
	if (inet_pton(AF_INET, theirs, &addr) == 1)
		setup->address(setup->arg, link->arg, addr, why, sizeof(why));
	link->refused = *why;
	snprintf(line, sizeof(line), link->refused ? "refuse %s\n" : "keep%s\n",
		 why);
	answer(link, line);
	return !link->refused;
}

/* "link AUTH MRU PEER-MRU MPPE" and "traffic RX-BYTES RX-PACKETS TX-..." */
static bool on_facts(struct kpptp_ppp_link *link, const char *line)
{
	struct kpptp_ppp_net *net = &link->net;
	struct kpptp_ppp_traffic t = { .known = true };
	char auth[KPPTP_PPP_WORD], mppe[KPPTP_PPP_WORD];
	uint32_t mru, peer_mru;

	if (sscanf(line, "link %23s %" SCNu32 " %" SCNu32 " %23[^\n]", auth,
		   &mru, &peer_mru, mppe) == 4) {
		net->mru = mru;
		net->peer_mru = peer_mru;
		kpptp_ctrl_text(auth, net->auth, sizeof(net->auth));
		kpptp_ctrl_text(mppe, net->mppe, sizeof(net->mppe));
	} else if (sscanf(line, "traffic %" SCNu64 " %" SCNu64 " %" SCNu64
			  " %" SCNu64, &t.rx_bytes, &t.rx_packets, &t.tx_bytes,
			  &t.tx_packets) == 4) {
		net->traffic = t;
	} else {
		return false;
	}
	link->events.net(link->arg, net);
	return true;
}

static void on_print_line(void *arg, char *line)
{
	struct kpptp_ppp_link *link = arg;
	const bool complaint = kpptp_pppd_end_printed(&link->end, line,
						      link->server);
	enum kpptp_log_level level = complaint ? KPPTP_LOG_WARNING :
						 KPPTP_LOG_INFO;

	if (link->server && !link->proved)
		level = kpptp_log_bounded(level);
	kpptp_log(level, "pppd[%s]: %s", link->name, line);
}

/* Reads what is there. Return: false at the end of the stream. */
static bool drain(struct kpptp_ppp_link *link, int fd,
		  struct kpptp_lines *lines, void (*fn)(void *, char *))
{
	char buf[2048];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		kpptp_lines_feed(lines, buf, n, fn, link);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* What pppd has printed before the plugin said so may tell why. */
static void on_link_closing(struct kpptp_ppp_link *link)
{
	char why[REASON_SIZE];

	drain(link, link->print_fd, &link->print_lines, on_print_line);
	kpptp_pppd_end_begun(&link->end, why, sizeof(why));
	link->events.closing(link->arg, why);
}

static void on_plugin_line(void *arg, char *line)
{
	struct kpptp_ppp_link *link = arg;
	const struct kpptp_ppp_events *ev = &link->events;
	char *word[4];
	int n;

	if (kpptp_pppd_end_said(&link->end, line) || on_facts(link, line))
		return;
	if (!strncmp(line, "auth ", 5)) {
		link->proved = true;
		if (link->server)
			on_peer(link, line + 5);
		ev->auth(link->arg, line + 5);
		return;
	}
	if (!strncmp(line, "dns ", 4)) {
		snprintf(link->net.dns, sizeof(link->net.dns), "%s", line + 4);
		ev->net(link->arg, &link->net);
		return;
	}
	n = split(line, word, 4);
	if (n == 1 && !strcmp(word[0], "attached"))
		ev->attached(link->arg);
	else if (n == 4 && !strcmp(word[0], "up")) {
		if (!on_address(link, word[3]))
			return;
		net_up(link, word[1], AF_INET, word[3]);
		ev->up(link->arg, word[1], word[2], word[3]);
	} else if (n == 4 && !strcmp(word[0], "up6")) {
		net_up(link, word[1], AF_INET6, "");
		ev->up6(link->arg, word[1], word[2], word[3]);
	} else if (n == 1 && !strcmp(word[0], "down"))
		net_down(link, AF_INET);
	else if (n == 1 && !strcmp(word[0], "down6"))
		net_down(link, AF_INET6);
	else if (n == 1 && !strcmp(word[0], "closing"))
		on_link_closing(link);
	else
		kpptp_log(KPPTP_LOG_WARNING, "pppd[%s]: the plugin says \"%s\"",
			  link->name, word[0]);
}

static void plugin_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_ppp_link *link = arg;

	(void)what;
	if (!drain(link, fd, &link->plugin_lines, on_plugin_line))
		event_del(link->on_plugin);
}

static void print_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_ppp_link *link = arg;

	(void)what;
	if (!drain(link, fd, &link->print_lines, on_print_line))
		event_del(link->on_print);
}

/* -------------------------------------------------------------- the end */

static void event_drop(struct event *ev)
{
	if (ev)
		event_free(ev);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void link_free(struct kpptp_ppp_link *link)
{
	const struct kpptp_ppp_setup *setup = &link->ppp->setup;

	LIST_REMOVE(link, entry);
	kpptp_linkroutes_free(link->routes);
	if (*link->client && *link->ifname)
		setup->link(setup->arg, link->client, link->ifname, false);
	event_drop(link->on_exit);
	event_drop(link->on_plugin);
	event_drop(link->on_print);
	event_drop(link->kill_timer);
	close_fd(link->pidfd);
	close_fd(link->plugin_fd);
	close_fd(link->print_fd);
	free(link);
}

static int describe_end(const struct kpptp_ppp_link *link, int status,
			char *why, size_t size)
{
	if (WIFSIGNALED(status)) {
		snprintf(why, size, "pppd was killed by signal %d",
			 WTERMSIG(status));
		return -1;
	}
	kpptp_pppd_end_text(&link->end, WEXITSTATUS(status), link->terminated,
			    why, size);
	return link->refused ? NOT_ALLOWED : WEXITSTATUS(status);
}

static void pppd_ended(evutil_socket_t fd, short what, void *opaque)
{
	struct kpptp_ppp_link *link = opaque;
	struct kpptp_ppp_events events = link->events;
	void *arg = link->arg;
	char why[REASON_SIZE], failed[KPPTP_PPPD_WORDS_SIZE];
	int status = 0;

	(void)fd;
	(void)what;
	if (waitpid(link->pid, &status, WNOHANG) != link->pid)
		return;
	drain(link, link->plugin_fd, &link->plugin_lines, on_plugin_line);
	drain(link, link->print_fd, &link->print_lines, on_print_line);
	if (WIFSIGNALED(status))
		restore_dns(link);
	status = describe_end(link, status, why, sizeof(why));
	kpptp_pppd_end_user(&link->end, failed);
	link_free(link);
	if (*failed && events.failed)
		events.failed(arg, failed);
	events.down(arg, why, status);
}

static void kill_now(evutil_socket_t fd, short what, void *arg)
{
	struct kpptp_ppp_link *link = arg;

	(void)fd;
	(void)what;
	kpptp_log(KPPTP_LOG_WARNING,
		  "pppd[%s]: did not end within %d s and is killed",
		  link->name, KILL_SECONDS);
	kill(link->pid, SIGKILL);
}

/*
 * Both ways of stopping are a SIGTERM: it is what lets pppd run its ip-down
 * script, and when the path is gone the one Terminate-Request that nobody
 * answers costs three seconds.
 */
static void pppd_stop(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link,
		      enum kpptp_ppp_stop how)
{
	static const struct timeval limit = { .tv_sec = KILL_SECONDS };

	(void)ppp;
	(void)how;
	if (link->terminated)
		return;
	link->terminated = true;
	kill(link->pid, SIGTERM);
	event_add(link->kill_timer, &limit);
}

/* One that has ended meanwhile does not listen, and that is fine. */
static void pppd_proceed(struct kpptp_ppp *ppp, struct kpptp_ppp_link *link)
{
	static const char line[] = "proceed\n";

	(void)ppp;
	if (send(link->plugin_fd, line, sizeof(line) - 1,
		 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		kpptp_log(KPPTP_LOG_DEBUG, "pppd[%s]: does not listen: %s",
			  link->name, strerror(errno));
}

/* -------------------------------------------------------- the beginning */

static int start_pppd(struct kpptp_ppp_link *link, char **argv, int plugin_fd,
		      int print_fd)
{
	char *env[] = { PATH, NULL };
	const struct kpptp_spawn spawn = {
		.argv = argv, .envp = env, .n_fds = PLUGIN_FD + 1,
		.fd = { -1, print_fd, print_fd, [PLUGIN_FD] = plugin_fd },
	};
	int err;

	link->pid = kpptp_spawn(&spawn);
	if (link->pid < 0)
		return link->pid;
	link->pidfd = syscall(SYS_pidfd_open, link->pid, 0);
	if (link->pidfd >= 0)
		return 0;
	err = -errno;
	kill(link->pid, SIGKILL);
	waitpid(link->pid, NULL, 0);
	return err;
}

/* Leaves "secret HEX" in the socket, where the plugin finds it. */
static int write_secret(int fd, const char *password)
{
	char line[sizeof("secret \n") + 2 * KPPTP_PASSWORD_SIZE];
	int len = snprintf(line, sizeof(line), "secret ");
	ssize_t sent;

	for (; *password && len < (int)sizeof(line) - 4; password++)
		len += snprintf(line + len, sizeof(line) - len, "%02x",
				(unsigned char)*password);
	line[len++] = '\n';
	sent = send(fd, line, len, MSG_NOSIGNAL);
	explicit_bzero(line, sizeof(line));
	return sent == len ? 0 : -EIO;
}

static int watch(struct ppp_pppd *me, struct kpptp_ppp_link *link)
{
	struct event_base *base = me->setup.base;

	evutil_make_socket_nonblocking(link->plugin_fd);
	evutil_make_socket_nonblocking(link->print_fd);
	link->on_exit = event_new(base, link->pidfd, EV_READ | EV_PERSIST,
				  pppd_ended, link);
	link->on_plugin = event_new(base, link->plugin_fd,
				    EV_READ | EV_PERSIST, plugin_readable,
				    link);
	link->on_print = event_new(base, link->print_fd,
				   EV_READ | EV_PERSIST, print_readable, link);
	link->kill_timer = evtimer_new(base, kill_now, link);
	if (!link->on_exit || !link->on_plugin || !link->on_print ||
	    !link->kill_timer)
		return -ENOMEM;
	event_add(link->on_exit, NULL);
	event_add(link->on_plugin, NULL);
	event_add(link->on_print, NULL);
	return 0;
}

/* Runs pppd on one end each of a socket pair and a pipe; keeps the others. */
static int run(struct ppp_pppd *me, struct kpptp_ppp_link *link,
	       const struct kpptp_ppp_request *req)
{
	int pair[2], print[2], err;
	struct kpptp_pppd_args args;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	link->plugin_fd = pair[0];
	if (pipe2(print, O_CLOEXEC)) {
		err = -errno;
		close(pair[1]);
		return err;
	}
	link->print_fd = print[0];
	err = kpptp_pppd_args_make(&args, &me->global, PLUGIN_FD, req);
	if (!err && !req->server && *req->user)
		err = write_secret(pair[0], req->password);
	if (!err)
		err = start_pppd(link, args.v, pair[1], print[1]);
	kpptp_pppd_args_free(&args);
	close(pair[1]);
	close(print[1]);
	return err;
}

static struct kpptp_ppp_link *link_new(struct ppp_pppd *me,
				       const struct kpptp_ppp_request *req)
{
	struct kpptp_ppp_link *link = calloc(1, sizeof(*link));
	char peer[INET_ADDRSTRLEN];

	if (!link)
		return NULL;
	link->ppp = me;
	link->server = req->server;
	link->peer = req->peer;
	link->pidfd = link->plugin_fd = link->print_fd = -1;
	if (!req->server) {
		link->want = req->settings->routes;
		snprintf(link->client, sizeof(link->client), "%s", req->name);
	}
	inet_ntop(AF_INET, &req->peer, peer, sizeof(peer));
	snprintf(link->name, sizeof(link->name), "%s call %u", peer,
		 req->call_id);
	LIST_INSERT_HEAD(&me->links, link, entry);
	return link;
}

static int pppd_start(struct kpptp_ppp *ppp,
		      const struct kpptp_ppp_request *req,
		      const struct kpptp_ppp_events *events, void *arg,
		      struct kpptp_ppp_link **out)
{
	struct ppp_pppd *me = (struct ppp_pppd *)ppp;
	struct kpptp_ppp_link *link = link_new(me, req);
	int err;

	if (!link)
		return -ENOMEM;
	link->events = *events;
	link->arg = arg;
	err = run(me, link, req);
	if (err) {
		link_free(link);
		return err;
	}
	err = watch(me, link);
	if (err) {
		kill(link->pid, SIGKILL);
		waitpid(link->pid, NULL, 0);
		link_free(link);
		return err;
	}
	kpptp_log(KPPTP_LOG_DEBUG, "pppd[%s]: started as process %d",
		  link->name, (int)link->pid);
	*out = link;
	return 0;
}

/* Waits for one pppd until @deadline (CLOCK_MONOTONIC), then kills it. */
static void reap(struct kpptp_ppp_link *link, time_t deadline)
{
	struct pollfd p = { .fd = link->pidfd, .events = POLLIN };
	struct timespec now;
	int status = 0;
	time_t left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = deadline > now.tv_sec ? deadline - now.tv_sec : 0;
	if (poll(&p, 1, left * 1000) <= 0)
		kill(link->pid, SIGKILL);
	waitpid(link->pid, &status, 0);
	if (WIFSIGNALED(status))
		restore_dns(link);
	drain(link, link->print_fd, &link->print_lines, on_print_line);
}

static void pppd_free(struct kpptp_ppp *ppp)
{
	struct ppp_pppd *me = (struct ppp_pppd *)ppp;
	struct kpptp_ppp_link *link;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	LIST_FOREACH(link, &me->links, entry) {
		pppd_proceed(ppp, link);	/* nobody will be asked */
		kill(link->pid, SIGTERM);
	}
	while ((link = LIST_FIRST(&me->links))) {
		reap(link, now.tv_sec + KILL_SECONDS);
		link_free(link);
	}
	free(me);
}

static const struct kpptp_ppp_ops ops = {
	.name = "pppd",
	.start = pppd_start,
	.stop = pppd_stop,
	.proceed = pppd_proceed,
	.free = pppd_free,
};

int kpptp_ppp_pppd_new(const struct kpptp_ppp_setup *setup,
		       struct kpptp_ppp **ppp)
{
	struct ppp_pppd *me = calloc(1, sizeof(*me));

	if (!me)
		return -ENOMEM;
	me->ppp.ops = &ops;
	me->setup = *setup;
	me->global = *setup->global;
	LIST_INIT(&me->links);
	/* What a daemon that was killed could not put back. */
	kpptp_linkroutes_sweep();
	run_dns_hook(&me->global, "sweep", "");
	*ppp = &me->ppp;
	return 0;
}
