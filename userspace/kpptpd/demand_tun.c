// SPDX-License-Identifier: GPL-2.0-or-later
/* demand_tun.c - a tun(4) device in place of a link that is down */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "demand.h"
#include "linkroutes.h"
#include "log.h"

#define METRIC		1723000u /* worse than that of the link's own routes */
#define KEPT_MAX	64	/* packets kept until the link is up */
#define KEPT_SECONDS	10	/* what is older was given up by its sender */
#define SETTLE_MS	500	/* for the other end to be ready, too */
#define READ_MAX	32	/* packets at a time, then others have a turn */
#define PACKET_MAX	16384	/* largest MTU */

/* One that came while the link was down. */
struct packet {
	STAILQ_ENTRY(packet) entry;
	time_t when;			/* CLOCK_MONOTONIC */
	uint16_t proto;			/* network order */
	size_t len;
	unsigned char data[];
};

STAILQ_HEAD(packet_list, packet);

struct demand_tun;

struct stand_in {
	LIST_ENTRY(stand_in) entry;
	struct demand_tun *demand;
	char name[KPPTP_NAME_SIZE];
	char ifname[IFNAMSIZ];
	int tun;
	struct event *readable;
	struct event *report;
	struct event *settled;
	struct kpptp_linkroutes *routes;
	unsigned int link;		/* interface of the link, 0: down */
	char link_name[IFNAMSIZ];
	bool armed;
	kpptp_demand_fn traffic;
	void *arg;
	uint32_t id;
	struct packet_list kept;
	unsigned int n_kept;
};

struct demand_tun {
	struct kpptp_demand demand;
	struct event_base *base;
	int packet_fd;			/* to send through a link */
	LIST_HEAD(, stand_in) all;
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* -------------------------------------------------------------- packets */

static void drop_first(struct stand_in *s)
{
	struct packet *p = STAILQ_FIRST(&s->kept);

	STAILQ_REMOVE_HEAD(&s->kept, entry);
	s->n_kept--;
	free(p);
}

static void drop_old(struct stand_in *s)
{
	const time_t limit = now() - KEPT_SECONDS;

	while (s->n_kept && STAILQ_FIRST(&s->kept)->when < limit)
		drop_first(s);
}

static void keep(struct stand_in *s, uint16_t proto, const void *data,
		 size_t len)
{
	struct packet *p;

	if (s->n_kept == KEPT_MAX)
		return;
	p = malloc(sizeof(*p) + len);
	if (!p)
		return;
	p->when = now();
	p->proto = proto;
	p->len = len;
	memcpy(p->data, data, len);
	STAILQ_INSERT_TAIL(&s->kept, p, entry);
	s->n_kept++;
}

/* It was routed and filtered on its way here, so it goes to the device itself. */
static void send_packet(struct demand_tun *me, unsigned int ifindex,
			uint16_t proto, const void *data, size_t len)
{
	const struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = proto,
		.sll_ifindex = ifindex,
	};

	if (me->packet_fd < 0 ||
	    sendto(me->packet_fd, data, len, MSG_DONTWAIT,
		   (const struct sockaddr *)&to, sizeof(to)) < 0)
		kpptp_log(KPPTP_LOG_DEBUG,
			  "a packet that waited for the link is lost: %s",
			  strerror(errno));
}

/* Multicast is what the system says by itself on any interface. */
static bool is_multicast(uint16_t proto, const unsigned char *data, size_t len)
{
	if (proto == htons(ETH_P_IP))
		return len < 20 || data[16] >= 224;
	return len < 40 || data[24] == 0xff;
}

static void on_report(evutil_socket_t fd, short what, void *arg)
{
	struct stand_in *s = arg;

	(void)fd;
	(void)what;
	if (!s->armed || s->link)
		return;
	s->armed = false;
	s->traffic(s->arg, s->id);
}

/*
 * Our end is up a little before the other one, whose routes have to be there for
 * an answer.
 */
static void on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct stand_in *s = arg;
	struct packet *p;

	(void)fd;
	(void)what;
	drop_old(s);
	while (s->link && (p = STAILQ_FIRST(&s->kept))) {
		send_packet(s->demand, s->link, p->proto, p->data, p->len);
		drop_first(s);
	}
}

static void report_soon(struct stand_in *s)
{
	static const struct timeval at_once = { 0 };

	if (s->armed)
		event_add(s->report, &at_once);
}

static void take(struct stand_in *s, const unsigned char *buf, size_t len)
{
	const struct tun_pi *pi = (const void *)buf;

	if (len <= sizeof(*pi) || (pi->proto != htons(ETH_P_IP) &&
				   pi->proto != htons(ETH_P_IPV6)))
		return;
	buf += sizeof(*pi);
	len -= sizeof(*pi);
	if (is_multicast(pi->proto, buf, len))
		return;
	drop_old(s);
	if (s->link && !s->n_kept) {
		send_packet(s->demand, s->link, pi->proto, buf, len);
		return;
	}
	keep(s, pi->proto, buf, len);
	report_soon(s);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static unsigned char buf[PACKET_MAX + sizeof(struct tun_pi)]
		__attribute__((aligned(8)));
	struct stand_in *s = arg;
	ssize_t len;
	int i;

	(void)what;
	for (i = 0; i < READ_MAX; i++) {
		len = read(fd, buf, sizeof(buf));
		if (len <= 0)
			break;
		take(s, buf, len);
	}
}

/* --------------------------------------------------------- the interface */

/* Nobody is there to say hello to in IPv6. Best effort. */
static void be_quiet(const char *ifname)
{
	char path[96];
	int fd;

	snprintf(path, sizeof(path),
		 "/proc/sys/net/ipv6/conf/%s/addr_gen_mode", ifname);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		kpptp_log(KPPTP_LOG_DEBUG, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static int bring_up(const char *ifname, unsigned int mtu)
{
	struct ifreq ifr = { .ifr_mtu = mtu };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(fd, SIOCSIFMTU, &ifr))
		err = -errno;
	ifr.ifr_flags = IFF_UP | IFF_NOARP | IFF_POINTOPOINT;
	if (!err && ioctl(fd, SIOCSIFFLAGS, &ifr))
		err = -errno;
	close(fd);
	return err;
}

static int open_tun(struct stand_in *s, unsigned int mtu)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN };

	s->tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s->tun < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "kpptp%%d");
	if (ioctl(s->tun, TUNSETIFF, &ifr))
		return -errno;
	snprintf(s->ifname, sizeof(s->ifname), "%s", ifr.ifr_name);
	be_quiet(s->ifname);
	return bring_up(s->ifname, mtu);
}

static int add_routes(struct stand_in *s, const struct kpptp_prefixes *list)
{
	const struct in_addr nobody = { 0 };
	unsigned int i;
	int err = 0;

	s->routes = kpptp_linkroutes_new(s->ifname, nobody, METRIC);
	if (!s->routes)
		return -errno;
	for (i = 0; i < list->n && !err; i++)
		err = kpptp_linkroutes_add(s->routes, &list->prefix[i]);
	return err;
}

static void stand_in_free(struct stand_in *s)
{
	LIST_REMOVE(s, entry);
	kpptp_linkroutes_free(s->routes);
	if (s->readable)
		event_free(s->readable);
	if (s->report)
		event_free(s->report);
	if (s->settled)
		event_free(s->settled);
	if (s->tun >= 0)
		close(s->tun);	/* the interface goes with it */
	while (s->n_kept)
		drop_first(s);
	free(s);
}

static int watch(struct demand_tun *me, struct stand_in *s)
{
	s->readable = event_new(me->base, s->tun, EV_READ | EV_PERSIST,
				on_readable, s);
	s->report = evtimer_new(me->base, on_report, s);
	s->settled = evtimer_new(me->base, on_settled, s);
	if (!s->readable || !s->report || !s->settled || event_add(s->readable, NULL))
		return -ENOMEM;
	return 0;
}

static int stand_in_new(struct demand_tun *me,
			const struct kpptp_client_settings *client,
			struct stand_in **out)
{
	struct stand_in *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->demand = me;
	s->tun = -1;
	STAILQ_INIT(&s->kept);
	LIST_INSERT_HEAD(&me->all, s, entry);
	snprintf(s->name, sizeof(s->name), "%s", client->name);
	err = open_tun(s, client->ppp.mtu);
	if (!err)
		err = watch(me, s);
	if (!err)
		err = add_routes(s, &client->ppp.routes);
	if (err) {
		stand_in_free(s);
		return err;
	}
	kpptp_log(KPPTP_LOG_INFO, "client %s: waits for traffic on %s",
		  s->name, s->ifname);
	*out = s;
	return 0;
}

static struct stand_in *find(struct demand_tun *me, const char *name)
{
	struct stand_in *s;

	LIST_FOREACH(s, &me->all, entry)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

/* ------------------------------------------------------------ interface */

static int tun_arm(struct kpptp_demand *demand,
		   const struct kpptp_client_settings *client,
		   kpptp_demand_fn traffic, void *arg, uint32_t id)
{
	struct demand_tun *me = (struct demand_tun *)demand;
	struct stand_in *s = find(me, client->name);
	int err = s ? 0 : stand_in_new(me, client, &s);

	if (err)
		return err;
	s->traffic = traffic;
	s->arg = arg;
	s->id = id;
	s->armed = true;
	drop_old(s);
	if (s->n_kept)
		report_soon(s);
	return 0;
}

static void tun_end(struct kpptp_demand *demand, const char *name)
{
	struct stand_in *s = find((struct demand_tun *)demand, name);

	if (s)
		stand_in_free(s);
}

static void tun_free(struct kpptp_demand *demand)
{
	struct demand_tun *me = (struct demand_tun *)demand;

	while (!LIST_EMPTY(&me->all))
		stand_in_free(LIST_FIRST(&me->all));
	if (me->packet_fd >= 0)
		close(me->packet_fd);
	free(me);
}

static const struct kpptp_demand_ops ops = {
	.arm = tun_arm,
	.end = tun_end,
	.free = tun_free,
};

struct kpptp_demand *kpptp_demand_tun_new(struct event_base *base)
{
	struct demand_tun *me = calloc(1, sizeof(*me));

	if (!me)
		return NULL;
	me->demand.ops = &ops;
	me->base = base;
	LIST_INIT(&me->all);
	/* Protocol 0: it receives nothing. */
	me->packet_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return &me->demand;
}

void kpptp_demand_tun_link(struct kpptp_demand *demand, const char *name,
			   const char *ifname, bool up)
{
	static const struct timeval settle = { .tv_usec = SETTLE_MS * 1000 };
	struct stand_in *s = find((struct demand_tun *)demand, name);

	if (!s || (!up && strcmp(s->link_name, ifname)))
		return;
	s->link = up ? if_nametoindex(ifname) : 0;
	snprintf(s->link_name, sizeof(s->link_name), "%s", up ? ifname : "");
	if (s->link)	/* once for IPv4, once for IPv6: the later one counts */
		event_add(s->settled, &settle);
}
