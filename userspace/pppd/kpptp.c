// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kpptp.c - plugin of pppd(8): PPP over a call of the kernel module kpptp
 *
 *	pppd plugin kpptp.so kpptp-local 192.0.2.1 kpptp-peer 192.0.2.2 \
 *	     kpptp-call-id 5 kpptp-peer-call-id 7 ...
 *
 * The control connection that agreed on the two Call IDs is somebody else's:
 * kpptpd's as a rule. It starts pppd with kpptp-fd, one end of a stream socket
 * pair, and on it
 *
 *	has written "secret HEX" before it started pppd, when we are to prove
 *	ourselves with a password that must not be seen in any argument list;
 *
 *	reads what becomes of the link: "attached", "auth NAME",
 *	"dns ADDRESS [ADDRESS]", "up IFNAME LOCAL REMOTE",
 *	"up6 IFNAME LOCAL REMOTE", "down", "down6", "closing",
 *	"exit STATUS REASON", the words of words.h, "link AUTH MRU PEER-MRU MPPE",
 *	and before "down" and "down6" "traffic RX-OCTETS RX-PACKETS TX-OCTETS
 *	TX-PACKETS";
 *
 *	answers "closing" with "proceed". Until then, but not for long, the last
 *	words of LCP wait: the control connection has something to say first;
 *
 *	with kpptp-ask-peer answers "auth NAME" with "own ADDRESS", which is that
 *	peer's whatever else is said; "peer ADDRESS", which is for it unless
 *	chap-secrets or another plugin has one; "peer -" for the one pppd was
 *	started with; or "refuse REASON", and there is no link;
 *
 *	with kpptp-ask-address answers "up IFNAME LOCAL REMOTE" with "keep", or with
 *	"refuse REASON", when REMOTE is somebody else's.
 *
 * With kpptp-await-peer a protocol is up only when the peer keeps it, see
 * await_peer().
 *
 * With kpptp-dns-hook the peer is asked for name servers, and that program is
 * run as "PROGRAM up IFNAME ADDRESS..." and "PROGRAM down IFNAME". It is run
 * from here because pppd outlives a daemon that is killed, if only for a moment.
 *
 * When the other end of kpptp-fd closes, whoever held it is dead and pppd ends.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "facts.h"
#include "words.h"

/* After the headers of pppd, which has types of the same names. */
#include <net/if.h>
#include <linux/if_pppox.h>

#ifndef PX_PROTO_PPTP
#define PX_PROTO_PPTP	2
#endif

#define LINE_OCTETS	640
#define PROCEED_MS	1000	/* how long a link that closes waits */
#define PEER_MS		30000	/* for the answer to "auth NAME" */
#define HOOK_MS		10000	/* for kpptp-dns-hook to end */
#define HOOK_STEP_MS	20
#define AWAIT_S		1	/* until the peer is asked again */
#define AWAIT_TRIES	3	/* in all, then it does not answer echoes */
#define AWAIT_TURNS	2	/* of pppd's loop behind the answer */
#define AWAIT_TURN_US	1000
#define AWAIT_ID	0xfe	/* pppd counts its own from 0 */
#define SECRET_OCTETS	256	/* MAXSECRETLEN of pppd, with NUL */

char pppd_version[] = KPPTP_PPPD_VERSION;

static char *opt_local;
static char *opt_peer;
static int opt_call_id = -1;
static int opt_peer_call_id = -1;
static int opt_fd = -1;
static bool opt_mppe_allow;
static bool opt_ask_peer;
static bool opt_ask_address;
static bool opt_await_peer;
static char *opt_dns_hook;
static char *opt_resolv_conf;

static struct in_addr local, peer;
static uint32_t own_address;	/* network order, 0 for none */
static uint32_t pool_address;	/* the same */
static char dns_ifname[IFNAMSIZ];	/* where name servers are in use */
static int call_fd = -1;
static char secret[SECRET_OCTETS];
static bool has_secret;
static char why[256];		/* what this plugin has to say on exit */

/* Names and texts are not const in the headers of 2.4.9. */
#define OPTION(n, t, p, d, f, hi, lo) \
	{ (char *)(n), t, p, (char *)(d), f, NULL, hi, lo, NULL, 0, 0 }

/*
 * Words about a serial line. They are in option files that people bring from
 * pptpd and pptp-linux, and ended every call as "unrecognized option".
 */
static bool ignored;

#define SERIAL(n) \
	OPTION(n, o_bool, &ignored, "for serial lines, no effect here", 1, 0, 0)

static option_t kpptp_options[] = {
	SERIAL("lock"), SERIAL("nolock"),
	SERIAL("modem"), SERIAL("local"),
	SERIAL("crtscts"), SERIAL("nocrtscts"), SERIAL("-crtscts"),
	SERIAL("cdtrcts"), SERIAL("nocdtrcts"), SERIAL("-cdtrcts"),
	SERIAL("xonxoff"), SERIAL("sync"),
	OPTION("kpptp-local", o_string, &opt_local,
	       "our address of the tunnel", OPT_PRIV, 0, 0),
	OPTION("kpptp-peer", o_string, &opt_peer,
	       "the peer's address of the tunnel", OPT_PRIV, 0, 0),
	OPTION("kpptp-call-id", o_int, &opt_call_id,
	       "our Call ID (1-65535)", OPT_PRIV | OPT_LIMITS, 65535, 1),
	OPTION("kpptp-peer-call-id", o_int, &opt_peer_call_id,
	       "the peer's Call ID (0-65535)", OPT_PRIV | OPT_LIMITS, 65535, 0),
	OPTION("kpptp-fd", o_int, &opt_fd,
	       "socket to the one who made the call", OPT_PRIV | OPT_LLIMIT,
	       0, 3),
	OPTION("kpptp-mppe-allow", o_bool, &opt_mppe_allow,
	       "encrypt with MPPE if the peer asks for it", 1, 0, 0),
	OPTION("kpptp-ask-peer", o_bool, &opt_ask_peer,
	       "ask on kpptp-fd which address the peer is to have", 1, 0, 0),
	OPTION("kpptp-ask-address", o_bool, &opt_ask_address,
	       "ask on kpptp-fd whether the peer may keep its address", 1, 0, 0),
	OPTION("kpptp-await-peer", o_bool, &opt_await_peer,
	       "up is what the peer keeps", 1, 0, 0),
	OPTION("kpptp-dns-hook", o_string, &opt_dns_hook,
	       "program that puts the peer's name servers to use",
	       OPT_PRIV, 0, 0),
	OPTION("kpptp-resolv-conf", o_string, &opt_resolv_conf,
	       "file that kpptp-dns-hook may change", OPT_PRIV, 0, 0),
	{ NULL, 0, NULL, NULL, 0, NULL, 0, 0, NULL, 0, 0 }
};

/* ------------------------------------------------------- to the daemon */

static void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One line; whatever a name contains, it cannot begin another. */
static void tell(const char *fmt, ...)
{
	char line[LINE_OCTETS];
	va_list ap;
	int i, len;

	if (opt_fd < 0)
		return;
	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	for (i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	/* A reader that is gone is noticed by on_fd_signal(). */
	if (send(opt_fd, line, len, MSG_NOSIGNAL) < 0)
		dbglog("kpptp: nobody listens on kpptp-fd: %m");
}

/* One line without its end. Return: false when none came in time. */
static bool read_line(char *line, size_t size)
{
	struct pollfd p = { .fd = opt_fd, .events = POLLIN };
	size_t len = 0;

	while (len < size) {
		int n = poll(&p, 1, PEER_MS);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || recv(opt_fd, line + len, 1, MSG_DONTWAIT) != 1)
			return false;
		if (line[len] == '\n') {
			line[len] = '\0';
			return true;
		}
		len++;
	}
	return false;
}

/* The peer is told, and nobody waits for its answer. */
static void refuse(const char *reason)
{
	slprintf(why, sizeof(why), (char *)"%s", reason);
	lcp_close(0, why);
	fatal("kpptp: %s", why);
}

/* pppd goes on to IPCP when we return, and then it is too late to ask. */
static void ask_peer(void)
{
	char line[256];

	if (!read_line(line, sizeof(line)))
		fatal("kpptp-fd %d: no answer about the peer's address", opt_fd);
	if (!strncmp(line, "refuse ", 7))
		refuse(line + 7);
	if (!strcmp(line, "peer -") ||
	    (!strncmp(line, "own ", 4) &&
	     inet_pton(AF_INET, line + 4, &own_address) == 1) ||
	    (!strncmp(line, "peer ", 5) &&
	     inet_pton(AF_INET, line + 5, &pool_address) == 1))
		return;
	fatal("kpptp-fd %d: expected \"peer ADDRESS\"", opt_fd);
}

/* What the peer sends next, an echo by which it takes the link for up, waits. */
static void ask_address(void)
{
	char line[256];

	if (!opt_ask_address)
		return;
	if (!read_line(line, sizeof(line)))
		fatal("kpptp-fd %d: no answer about the peer's address", opt_fd);
	if (!strncmp(line, "refuse ", 7))
		refuse(line + 7);
	if (strcmp(line, "keep"))
		fatal("kpptp-fd %d: expected \"keep\"", opt_fd);
}

static void on_auth(void *ctx, int arg)
{
	char name[MAXNAMELEN];

	(void)ctx;
	(void)arg;
	ppp_peer_authname(name, sizeof(name));
	if (!*name && opt_ask_peer)
		fatal("kpptp: the peer has proved to be nobody");
	if (!*name)
		return;
	tell("auth %s", name);
	if (opt_ask_peer)
		ask_peer();
}

/* Of other plugins, radius.so for one; pppd has room for one function each. */
static void (*former_choose)(uint32_t *address);
static int (*former_allowed)(uint32_t address);

/*
 * pppd has just begun a new negotiation of IPCP and asks which address the peer
 * is to have. It is also the moment to ask for name servers: the option
 * usepeerdns would make pppd and its scripts change files on their own.
 */
static void choose_ip(uint32_t *address)
{
	if (former_choose)
		former_choose(address);
	if (own_address)
		*address = own_address;
	else if (!*address)
		*address = pool_address;
	if (opt_dns_hook) {
		ipcp_gotoptions[0].req_dns1 = true;
		ipcp_gotoptions[0].req_dns2 = true;
	}
}

/* What the daemon's configuration says of this very peer goes first. */
static int is_allowed(uint32_t address)
{
	if (own_address && address == own_address)
		return 1;
	return former_allowed(address);
}

/* -------------------------------------------------------- name servers */

static void exec_hook(char **argv)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char file[PATH_MAX];
	char *env[] = { path, file, NULL };
	sigset_t none;

	snprintf(file, sizeof(file), "RESOLV_CONF=%s",
		 opt_resolv_conf ? opt_resolv_conf : "/etc/resolv.conf");
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(opt_fd);
	execve(argv[0], argv, env);
	_exit(127);
}

/* Waits for it, but not for ever. */
static void run_hook(char **argv)
{
	int status = 0, waited;
	pid_t pid = fork(), done;

	if (!pid)
		exec_hook(argv);
	for (waited = 0; pid > 0; waited += HOOK_STEP_MS) {
		done = waitpid(pid, &status, waited < HOOK_MS ? WNOHANG : 0);
		if (done == pid)
			break;
		if (done < 0 && errno != EINTR)
			return;
		if (waited + HOOK_STEP_MS >= HOOK_MS)
			kill(pid, SIGKILL);
		else
			poll(NULL, 0, HOOK_STEP_MS);
	}
	if (pid < 0 || status)
		warn((char *)"kpptp: %s %s %s failed", argv[0], argv[1],
		     argv[2]);
}

static void dns_down(void)
{
	static char down[] = "down";
	char *argv[] = { opt_dns_hook, down, dns_ifname, NULL };

	if (!*dns_ifname)
		return;
	run_hook(argv);
	*dns_ifname = '\0';
}

static void dns_up(void)
{
	static char up[] = "up";
	const ipcp_options *got = &ipcp_gotoptions[0];
	char first[INET_ADDRSTRLEN], second[INET_ADDRSTRLEN];
	char *argv[] = { opt_dns_hook, up, dns_ifname, first, NULL, NULL };

	if (!opt_dns_hook || !got->dnsaddr[0])
		return;
	inet_ntop(AF_INET, &got->dnsaddr[0], first, sizeof(first));
	inet_ntop(AF_INET, &got->dnsaddr[1], second, sizeof(second));
	if (got->dnsaddr[1] && got->dnsaddr[1] != got->dnsaddr[0])
		argv[4] = second;
	tell("dns %s%s%s", first, argv[4] ? " " : "", argv[4] ? second : "");
	strlcpy(dns_ifname, ppp_ifname(), sizeof(dns_ifname));
	run_hook(argv);
}

/* ------------------------------------------------------------- the link */

static bool link_told;

/* At first, and when it has changed. */
static void tell_link(void *arg)
{
	static char last[LINE_OCTETS];
	char line[LINE_OCTETS];

	(void)arg;
	link_told = true;
	kpptp_facts_link(line, sizeof(line));
	if (!strcmp(line, last))
		return;
	strlcpy(last, line, sizeof(last));
	tell("%s", line);
}

static void tell_traffic(void)
{
	char line[LINE_OCTETS];

	if (kpptp_facts_traffic(line, sizeof(line)))
		tell("%s", line);
}

static void ip_is_up(void)
{
	char ours[INET_ADDRSTRLEN], theirs[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &ipcp_gotoptions[0].ouraddr, ours, sizeof(ours));
	inet_ntop(AF_INET, &ipcp_hisoptions[0].hisaddr, theirs, sizeof(theirs));
	dns_up();
	tell_link(NULL);
	tell("up %s %s %s", ppp_ifname(), ours, theirs);
	ask_address();
}

static const char *link_local(const eui64_t *id, char *buf)
{
	struct in6_addr addr = { .s6_addr = { 0xfe, 0x80 } };

	memcpy(&addr.s6_addr[8], id, 8);
	return inet_ntop(AF_INET6, &addr, buf, INET6_ADDRSTRLEN);
}

static void ipv6_is_up(void)
{
	char ours[INET6_ADDRSTRLEN], theirs[INET6_ADDRSTRLEN];

	tell_link(NULL);
	tell("up6 %s %s %s", ppp_ifname(),
	     link_local(&ipv6cp_gotoptions[0].ourid, ours),
	     link_local(&ipv6cp_hisoptions[0].hisid, theirs));
}

/* A protocol that is open here, and that the peer may not have kept. */
struct awaited {
	bool waits;
	void (*is_up)(void);
};

static struct awaited ip = { .is_up = ip_is_up };
static struct awaited ipv6 = { .is_up = ipv6_is_up };
static int tries_left, turns_left;

static void peer_keeps(struct awaited *awaited)
{
	if (!awaited->waits)
		return;
	awaited->waits = false;
	awaited->is_up();
}

static bool ip_negotiates(void)
{
	const int state = ipcp_fsm[0].state;

	return state >= REQSENT && state < OPENED;
}

/* A turn of pppd's loop calls what is due, and then reads one frame. */
static void next_turn(void *arg)
{
	(void)arg;
	if (turns_left-- > 0) {
		ppp_timeout(next_turn, NULL, 0, AWAIT_TURN_US);
		return;
	}
	peer_keeps(&ip);
	/* Who waits is told once, so the address of IPv4 should be known. */
	if (tries_left <= 0 || !ip_negotiates())
		peer_keeps(&ipv6);
}

/* Of two frames that have come pppd reads LCP's first. */
static void on_echo(void)
{
	turns_left = AWAIT_TURNS;
	ppp_untimeout(next_turn, NULL);
	next_turn(NULL);
}

static void ask_for_echo(void *arg)
{
	uint32_t magic = htonl(lcp_gotoptions[0].magicnumber);

	(void)arg;
	if (!ip.waits && !ipv6.waits)
		return;
	if (tries_left-- <= 0) {
		on_echo();
		return;
	}
	fsm_sdata(&lcp_fsm[0], ECHOREQ, AWAIT_ID, (void *)&magic,
		  sizeof(magic));
	ppp_timeout(ask_for_echo, NULL, AWAIT_S, 0);
}

/*
 * pppd and others acknowledge an address and look only then whether the user
 * may have it; if not, their Terminate-Request is on its way when the protocol
 * is open here. The answer to an echo of LCP comes behind it.
 */
static void await_peer(struct awaited *awaited)
{
	if (!opt_await_peer) {
		awaited->is_up();
		return;
	}
	awaited->waits = true;
	tries_left = AWAIT_TRIES;
	ppp_untimeout(ask_for_echo, NULL);
	ask_for_echo(NULL);
}

static void on_ip_up(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	await_peer(&ip);
}

static void on_ipv6_up(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	await_peer(&ipv6);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Ends with the daemon's line, with the daemon, or when the time is up. */
static void await_proceed(void)
{
	struct pollfd p = { .fd = opt_fd, .events = POLLIN };
	int64_t end = now_ms() + PROCEED_MS, left;
	char line[sizeof("proceed\n")];

	/* a signal ends poll() early */
	while ((left = end - now_ms()) > 0)
		if (poll(&p, 1, (int)left) > 0)
			break;
	while (recv(opt_fd, line, sizeof(line), MSG_DONTWAIT) > 0)
		;	/* what it says matters less than that it says it */
}

/*
 * LCP leaves the state opened: before its Terminate-Request, or -Ack. The
 * notifier for "link down" would say so of links only whose peer has proved
 * itself to us.
 */
static void on_phase(void *ctx, int phase)
{
	static bool was_open, said;
	const bool open = phase >= PHASE_AUTHENTICATE && phase <= PHASE_RUNNING;

	(void)ctx;
	/* LCP ends, and CCP with it, which would say that it was for want of MPPE. */
	if (phase == PHASE_TERMINATE)
		ccp_gotoptions[0].mppe = 0;
	if (open)
		was_open = true;
	/* On its way down pppd passes through the phase of the network again. */
	if (opt_fd < 0 || !was_open || open || said)
		return;
	said = true;
	tell("closing");
	await_proceed();
}

static void on_ip_down(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	ip.waits = false;
	dns_down();
	tell_traffic();
	tell("down");
}

static void on_ipv6_down(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	ipv6.waits = false;
	tell_traffic();
	tell("down6");
}

static void on_exit_pppd(void *ctx, int arg)
{
	(void)ctx;
	(void)arg;
	dns_down();
	tell("exit %d %s", ppp_status(), why);
}

/* Runs when something happens on kpptp-fd; only its end concerns us. */
static void on_fd_signal(int sig)
{
	struct pollfd p = { .fd = opt_fd, .events = POLLIN };
	int saved = errno;

	(void)sig;
	if (poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL))
		kill(getpid(), SIGTERM);
	errno = saved;
}

/*
 * pppd must not outlive the daemon, and pppd's own loop does not look at a
 * foreign descriptor, so the kernel raises a signal; not SIGIO, which pppd is
 * about to make fatal. The parent-death signal is for a daemon that died before
 * we came here.
 */
static void watch_daemon(void)
{
	struct sigaction sa = {
		.sa_handler = on_fd_signal, .sa_flags = SA_RESTART,
	};
	const int sig = SIGRTMIN;
	struct pollfd p = { .fd = opt_fd, .events = POLLIN };

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&sa.sa_mask);
	if (sigaction(sig, &sa, NULL) || fcntl(opt_fd, F_SETSIG, sig) ||
	    fcntl(opt_fd, F_SETFD, FD_CLOEXEC) ||
	    fcntl(opt_fd, F_SETOWN, getpid()) ||
	    fcntl(opt_fd, F_SETFL, O_RDWR | O_ASYNC))
		fatal("kpptp-fd %d is not a socket: %m", opt_fd);
	if (poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL))
		fatal("kpptp-fd %d: the other end is closed", opt_fd);
}

/* -------------------------------------------------------- the password */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Return: whether @hex was an even number of digits that fit. */
static bool secret_decode(const char *hex)
{
	size_t i, len = strlen(hex);

	if (len % 2 || len / 2 >= sizeof(secret))
		return false;
	for (i = 0; i < len; i += 2) {
		int hi = hex_digit(hex[i]), lo = hex_digit(hex[i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		secret[i / 2] = hi << 4 | lo;
	}
	secret[len / 2] = '\0';
	return true;
}

/* The line lies there before pppd is started, or there is none. */
static void secret_read(void)
{
	char line[sizeof("secret \n") + 2 * SECRET_OCTETS];
	ssize_t len = recv(opt_fd, line, sizeof(line) - 1, MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return;
	if (len <= 0)
		fatal("kpptp-fd %d: the other end is closed", opt_fd);
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "secret ", 7) || !secret_decode(line + 7))
		fatal("kpptp-fd %d: expected \"secret HEX\"", opt_fd);
	has_secret = true;
	explicit_bzero(line, sizeof(line));
}

static int secret_check(void)
{
	return 1;
}

/* pppd asks with a NULL @password whether there is one at all. */
static int secret_give(char *user, char *password)
{
	(void)user;
	if (password)
		strlcpy(password, secret, SECRET_OCTETS);
	return 1;
}

/* ----------------------------------------------------------------- MPPE */

#define PPP_CCP_PROTOCOL	0x80fd
#define CCP_CONF_REQ		1
#define CCP_OPTION_MPPE		18	/* RFC 3078 */
#define CCP_OPTION_MPPE_LEN	6

/* RFC 3078 2.1: of the supported bits, these two are ciphers that the kernel has. */
#define MPPE_BIT_128		0x40
#define MPPE_BIT_40		0x20

/*
 * Which of pppd's ciphers does a CCP Configure-Request ask for? None, when it has
 * no such option, or names in it compression or 56 bits only.
 */
static int cipher_asked_for(const unsigned char *p, int len)
{
	int total;

	if (len < 8 || p[2] != (PPP_CCP_PROTOCOL >> 8) ||
	    p[3] != (PPP_CCP_PROTOCOL & 0xff) || p[4] != CCP_CONF_REQ)
		return 0;
	total = p[6] << 8 | p[7];
	if (total < 4 || total > len - 4)
		return 0;
	for (p += 8, total -= 4; total >= 2 && p[1] >= 2 && p[1] <= total;
	     total -= p[1], p += p[1]) {
		if (p[0] != CCP_OPTION_MPPE || p[1] != CCP_OPTION_MPPE_LEN)
			continue;
		if (p[5] & MPPE_BIT_128)
			return MPPE_OPT_128;
		return p[5] & MPPE_BIT_40 ? MPPE_OPT_40 : 0;
	}
	return 0;
}

/*
 * pppd knows MPPE as required or refused only. With kpptp-mppe-allow it is
 * required from the moment the peer asks for a cipher: pppd's CCP is silent until
 * then, as plain_frames() left it nothing to ask for, and takes its wishes
 * anew when the peer's request makes it start. Whatever else a peer asks for is
 * rejected, and the link goes on in clear.
 */
static void want_mppe_if_asked(const unsigned char *p, int len)
{
	const int cipher = opt_mppe_allow ? cipher_asked_for(p, len) : 0;

	if (!cipher || !mppe_keys_isset() || ccp_wantoptions[0].mppe)
		return;
	info("kpptp: the peer asks for MPPE");
	ccp_wantoptions[0].mppe = cipher;
}

/* --------------------------------------------------------------- frames */

static void (*former_recv)(unsigned char *p, int len);
static void (*former_send)(unsigned char *p, int len);

/* Encryption may come and go; pppd has yet to see this frame. */
static void on_ccp(const unsigned char *p, int len)
{
	if (!link_told || len < 4 || p[2] != PPP_CCP_PROTOCOL >> 8 ||
	    p[3] != (PPP_CCP_PROTOCOL & 0xff))
		return;
	ppp_untimeout(tell_link, NULL);
	ppp_timeout(tell_link, NULL, 0, AWAIT_TURN_US);
}

static void on_recv(unsigned char *p, int len)
{
	char line[KPPTP_WORDS_SIZE];

	on_ccp(p, len);
	want_mppe_if_asked(p, len);
	if (kpptp_words(p, len, false, line))
		tell("%s", line);
	if ((ip.waits || ipv6.waits) &&
	    kpptp_frame_is(p, len, KPPTP_PROTO_LCP, ECHOREP) &&
	    p[5] == AWAIT_ID)
		on_echo();
	if (former_recv)
		former_recv(p, len);
}

static void on_send(unsigned char *p, int len)
{
	char line[KPPTP_WORDS_SIZE];

	on_ccp(p, len);
	if (kpptp_words(p, len, true, line))
		tell("%s", line);
	if (former_send)
		former_send(p, len);
}

/* -------------------------------------------------------------- options */

/* Plugins that come behind this one on the command line have been loaded. */
static void chain_hooks(void)
{
	former_choose = ip_choose_hook;
	ip_choose_hook = choose_ip;
	former_allowed = allowed_address_hook;
	if (former_allowed)
		allowed_address_hook = is_allowed;
	former_recv = snoop_recv_hook;
	snoop_recv_hook = on_recv;
	former_send = snoop_send_hook;
	snoop_send_hook = on_send;
}

/* All options are known now and pppd has not yet looked at the secrets. */
static void kpptp_extra_options(void)
{
	chain_hooks();
	if (opt_fd < 0)
		return;
	secret_read();
	if (!has_secret)
		return;
	pap_passwd_hook = secret_give;
	chap_passwd_hook = secret_give;
	chap_check_hook = secret_check;
}

static void need_addr(const char *option, const char *text,
		      struct in_addr *addr)
{
	if (text && inet_pton(AF_INET, text, addr) == 1)
		return;
	ppp_option_error((char *)"%s needs an IPv4 address", option);
	exit(EXIT_OPTION_ERROR);
}

static void need_id(const char *option, int id)
{
	if (id >= 0)
		return;
	ppp_option_error((char *)"%s needs a Call ID", option);
	exit(EXIT_OPTION_ERROR);
}

/*
 * Nothing that only makes sense on a serial line; and nothing that changes
 * plain IP frames, which would close the kernel's fast path to them.
 */
static void plain_frames(void)
{
	lcp_wantoptions[0].neg_asyncmap = 0;
	lcp_allowoptions[0].neg_asyncmap = 0;
	lcp_wantoptions[0].neg_accompression = 0;
	lcp_allowoptions[0].neg_accompression = 0;
	lcp_wantoptions[0].neg_pcompression = 0;
	lcp_allowoptions[0].neg_pcompression = 0;
	ipcp_wantoptions[0].neg_vj = 0;
	ipcp_allowoptions[0].neg_vj = 0;
	ccp_wantoptions[0].bsd_compress = 0;
	ccp_allowoptions[0].bsd_compress = 0;
	ccp_wantoptions[0].deflate = 0;
	ccp_allowoptions[0].deflate = 0;
	ccp_wantoptions[0].predictor_1 = 0;
	ccp_allowoptions[0].predictor_1 = 0;
}

/* Routes are the daemon's: pppd would put the system's default route aside. */
static void no_default_route(void)
{
	if (ipcp_wantoptions[0].default_route ||
	    ipv6cp_wantoptions[0].default_route)
		notice((char *)"kpptp: defaultroute has no effect; routes and default-route of kpptpd.conf have");
	ipcp_wantoptions[0].default_route = 0;
	ipv6cp_wantoptions[0].default_route = 0;
}

static void kpptp_check_options(void)
{
	need_addr("kpptp-local", opt_local, &local);
	need_addr("kpptp-peer", opt_peer, &peer);
	need_id("kpptp-call-id", opt_call_id);
	need_id("kpptp-peer-call-id", opt_peer_call_id);
	plain_frames();
	no_default_route();
}

/* -------------------------------------------------------------- channel */

static int give_up(const char *text)
{
	slprintf(why, sizeof(why), (char *)"%s", text);
	error((char *)"kpptp: %s", text);
	if (call_fd >= 0)
		close(call_fd);
	call_fd = -1;
	return -1;
}

static const char *socket_error(int err)
{
	switch (err) {
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
		return "the kernel module kpptp is not loaded: modprobe kpptp";
	case EPERM:
	case EACCES:
		return "not permitted: CAP_NET_ADMIN is needed, run as root";
	case EALREADY:
	case EBUSY:
		return "another socket is attached to this call already";
	case EADDRINUSE:
		return "our Call ID is taken by another call with this peer";
	case EADDRNOTAVAIL:
		return "kpptp-local is not an address of this host";
	case EHOSTUNREACH:
	case ENETUNREACH:
		return "there is no route to kpptp-peer";
	default:
		return strerror(err);
	}
}

static struct sockaddr_pppox address(struct in_addr addr, int call_id)
{
	struct sockaddr_pppox sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_family = AF_PPPOX;
	sa.sa_protocol = PX_PROTO_PPTP;
	sa.sa_addr.pptp.sin_addr = addr;
	sa.sa_addr.pptp.call_id = call_id;
	return sa;
}

static void name_device(void)
{
	char name[64], number[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &peer, number, sizeof(number));
	slprintf(name, sizeof(name), (char *)"kpptp %s call %d", number,
		 opt_call_id);
	ppp_set_pppdevnam(name);
	/* For scripts and accounting: who is at the other end. */
	ppp_set_remote_number(number);
	ppp_script_setenv((char *)"KPPTP_PEER", number, 0);
}

static int kpptp_connect(void)
{
	struct sockaddr_pppox ours = address(local, opt_call_id);
	struct sockaddr_pppox theirs = address(peer, opt_peer_call_id);

	/* Not before: pppd has taken every signal for fatal in between. */
	if (opt_fd >= 0)
		watch_daemon();
	name_device();
	call_fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);
	if (call_fd < 0 ||
	    bind(call_fd, (struct sockaddr *)&ours, sizeof(ours)) ||
	    connect(call_fd, (struct sockaddr *)&theirs, sizeof(theirs)))
		return give_up(socket_error(errno));
	tell("attached");
	return call_fd;
}

static void kpptp_disconnect(void)
{
	if (call_fd >= 0)
		close(call_fd);
	call_fd = -1;
}

static struct channel kpptp_channel = {
	.options = kpptp_options,
	.process_extra_options = kpptp_extra_options,
	.check_options = kpptp_check_options,
	.connect = kpptp_connect,
	.disconnect = kpptp_disconnect,
	.establish_ppp = ppp_generic_establish,
	.disestablish_ppp = ppp_generic_disestablish,
};

/* Called by pppd when the option "plugin" is read. */
void plugin_init(void)
{
	ppp_add_options(kpptp_options);
	the_channel = &kpptp_channel;
	ppp_set_modem(false);
	ppp_add_notify(NF_AUTH_UP, on_auth, NULL);
	ppp_add_notify(NF_IP_UP, on_ip_up, NULL);
	ppp_add_notify(NF_IP_DOWN, on_ip_down, NULL);
	ppp_add_notify(NF_IPV6_UP, on_ipv6_up, NULL);
	ppp_add_notify(NF_IPV6_DOWN, on_ipv6_down, NULL);
	ppp_add_notify(NF_PHASE_CHANGE, on_phase, NULL);
	ppp_add_notify(NF_EXIT, on_exit_pppd, NULL);
}
