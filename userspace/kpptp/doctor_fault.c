// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_fault.c - what faults mean, what to do, and how checks are called */
#include "doctor.h"

#define HERE	KPPTP_DOCTOR_EXIT_HERE
#define WAY	KPPTP_DOCTOR_EXIT_WAY
#define SERVER	KPPTP_DOCTOR_EXIT_SERVER
#define GRE	KPPTP_DOCTOR_EXIT_GRE
#define MTU	KPPTP_DOCTOR_EXIT_MTU
#define PPP	KPPTP_DOCTOR_EXIT_PPP

static const struct kpptp_fault_text faults[KPPTP_FAULTS] = {
	[KPPTP_FAULT_NONE] = { "healthy", 0,
		"Nothing is wrong that can be measured from here.", "" },
	[KPPTP_FAULT_RIGHTS] = { "no-rights", HERE,
		"We may not do what a tunnel needs.",
		"Run it as root. In a container CAP_NET_ADMIN and CAP_NET_RAW are needed too." },
	[KPPTP_FAULT_IN_TREE] = { "in-tree-pptp", HERE,
		"The kernel's own module pptp is loaded, and keeps kpptp out: only one of them can have the GRE of PPTP.",
		"End what uses it, then: modprobe -r pptp; modprobe kpptp. \"make install\" has put a file into /usr/lib/modprobe.d that keeps pptp out for good." },
	[KPPTP_FAULT_MODULE] = { "module-missing", HERE,
		"The kernel module kpptp cannot be used.",
		"Try: modprobe kpptp. If that fails, dmesg tells why; after a new kernel the module must be built and installed again." },
	[KPPTP_FAULT_DAEMON] = { "daemon-down", HERE,
		"kpptpd, which places the calls, cannot be reached on this host.",
		"Try: systemctl start kpptpd. If it does not stay, \"kpptpd --check\" and its log tell why. If it has another socket, name that with --socket." },
	[KPPTP_FAULT_NAME] = { "name", WAY,
		"The name of the server leads nowhere.",
		"Check how it is written. If it is right, ask the name server (getent ahostsv4 NAME), or give an IPv4 address: PPTP does not run over IPv6." },
	[KPPTP_FAULT_ROUTE] = { "no-route", WAY,
		"This host has no route to the server.",
		"Check the address, and that the host is on the network: ip route get ADDRESS." },
	[KPPTP_FAULT_TCP_REFUSED] = { "tcp-refused", WAY,
		"The server is there, and no PPTP server listens on it.",
		"On the server: is it running, with \"enabled = yes\", and does \"kpptp status\" show the address under \"listening on\"? Behind a port forward, is that to the right host? Some firewalls refuse in the server's name." },
	[KPPTP_FAULT_TCP_REJECTED] = { "tcp-rejected", WAY,
		"A firewall rejects TCP to the server, and the address above is the one that says so.",
		"Let TCP to the port through there: \"kpptp firewall --help\" has rules for each place." },
	[KPPTP_FAULT_TCP_FILTERED] = { "tcp-filtered", WAY,
		"The server is alive, and a firewall swallows TCP to its PPTP port.",
		"Look at each firewall from here to there, the server's own included; tcpdump -n tcp port 1723 on both sides of one tells whether it is the one." },
	[KPPTP_FAULT_HOST_SILENT] = { "host-unreachable", WAY,
		"Nothing shows that the server is there: it is down, or its address is wrong, or a firewall swallows everything.",
		"Check the address, whether the server is up, and how far packets come: traceroute ADDRESS." },
	[KPPTP_FAULT_TCP_OTHER] = { "tcp-failed", WAY,
		"The TCP connection fails for a reason of this host.",
		"The reason is above; look at the rules for outgoing packets of this host." },
	[KPPTP_FAULT_PROTOCOL] = { "wrong-protocol", SERVER,
		"Something answers on the port, and it is no PPTP server.",
		"Check host and port, and where a port forward leads; another program may have taken the port (on the server: ss -ltnp)." },
	[KPPTP_FAULT_START_SILENT] = { "control-silent", SERVER,
		"TCP connects, and nobody speaks PPTP there.",
		"The server may hang, or a proxy or a port forward takes connections without a server behind it. Give more time with --timeout, and look at the server's log." },
	[KPPTP_FAULT_START_CLOSED] = { "control-closed", SERVER,
		"The server hangs up on us before the first word.",
		"It may allow certain addresses only, or have too many connections, from us or from all; its log tells." },
	[KPPTP_FAULT_START_REFUSED] = { "control-refused", SERVER,
		"The server speaks PPTP and refuses to serve us.",
		"Result 3 says that there is a connection from here already, 4 that we are not authorised, 5 that it wants another version of the protocol. Its log tells more." },
	[KPPTP_FAULT_CALL_FULL] = { "server-full", SERVER,
		"The server takes no more calls now.",
		"It has no address, line or memory left: wait, or let its administrator make \"pool\", \"max-calls\" or what it has of the kind larger." },
	[KPPTP_FAULT_CALL_REFUSED] = { "call-refused", SERVER,
		"The server speaks to us and refuses the call.",
		"Its log tells why. Some servers want a phone number: \"phone-number\" in kpptpd.conf." },
	[KPPTP_FAULT_CALL_SILENT] = { "call-silent", SERVER,
		"The server speaks to us and does not answer the request for a call.",
		"Look at the server's log. A PPTP helper in a NAT router that loses messages shows itself in this way too." },
	[KPPTP_FAULT_CALL_ID] = { "call-id-collision", GRE,
		"Our Call ID is in use by somebody else: by another call of this host, or by another client behind the same NAT, which cannot tell the two apart.",
		"Dial again, kpptpd takes another Call ID each time. If it happens often, have the NAT router rewrite Call IDs: its PPTP helper, on Linux \"kpptp firewall --role nat\"." },
	[KPPTP_FAULT_GRE_LOCAL] = { "gre-local-firewall", GRE,
		"The firewall of this very host stops GRE.",
		"Let IP protocol 47 through, from and to the server; \"kpptp firewall --help\" has the rules for a client." },
	[KPPTP_FAULT_GRE_REJECTED] = { "gre-rejected", GRE,
		"A firewall rejects our GRE, and the address above is the one that says so.",
		"Let IP protocol 47 through there, both ways." },
	[KPPTP_FAULT_GRE_UNKNOWN_THERE] = { "gre-not-served", GRE,
		"Our GRE reaches the server, which has nobody for it.",
		"The PPTP server has no data path: on Linux the module is not loaded, or the forward for GRE leads to another host than the one for TCP." },
	[KPPTP_FAULT_GRE_TO] = { "gre-blocked-to-server", GRE,
		"GRE is blocked one way: ours does not reach the server, its GRE reaches us.",
		"Let IP protocol 47 towards the server through on each firewall. tcpdump -n ip proto 47 on both sides of one tells whether it is the one." },
	[KPPTP_FAULT_GRE_FROM] = { "gre-blocked-from-server", GRE,
		"GRE is blocked one way: ours reaches the server, its GRE does not reach us.",
		"Let IP protocol 47 from the server through on each firewall. If there is a NAT on the way, it needs a PPTP helper, or to forward GRE to this host." },
	[KPPTP_FAULT_GRE_BOTH] = { "gre-blocked-both-ways", GRE,
		"GRE is blocked both ways, while TCP passes. It is the most common fault with PPTP: GRE is IP protocol 47 and has no ports, a rule for TCP does not cover it.",
		"Let IP protocol 47 through both ways on each firewall, the server's own included. Some mobile and hotel networks never let it through." },
	[KPPTP_FAULT_GRE_UNSURE] = { "gre-blocked", GRE,
		"GRE from the server does not reach us. Whether ours gets there this server gives no sign of.",
		"Let IP protocol 47 through both ways on each firewall. On the server, tcpdump -n ip proto 47 tells whether ours comes: then it is the way back that is blocked." },
	[KPPTP_FAULT_NAT] = { "nat-without-helper", GRE,
		"We are behind NAT, and the NAT router does not bring the server's GRE back to us. A firewall that drops it at that place would look the same.",
		"Give the NAT router a PPTP helper (on Linux \"kpptp firewall --role nat\"; many boxes call it PPTP passthrough), or let it forward IP protocol 47 to this host, which serves one client only." },
	[KPPTP_FAULT_PPP_SILENT] = { "ppp-silent", PPP,
		"GRE passes both ways, and PPP at the server does not come to terms with us.",
		"Look at the server's log: its pppd may not start, or be too slow; give more time with --timeout." },
	[KPPTP_FAULT_PPP_ENDED] = { "ppp-ended", PPP,
		"PPP at the server ends the link before anybody logs in.",
		"Look at the server's log: its pppd may not start, or an option of it may be wrong." },
	[KPPTP_FAULT_MTU] = { "mtu-black-hole", MTU,
		"Large packets vanish without a word: a link on the way is narrow, and the ICMP errors that should tell so are dropped. The tunnel comes up, and then transfers hang.",
		"Give the link a smaller MTU on both ends, no more than what passes: \"mtu\" in kpptpd.conf, or --mtu. Clamp the TCP segment size. Better, let ICMP \"fragmentation needed\" through on the firewalls." },
	[KPPTP_FAULT_AUTH] = { "authentication", PPP,
		"Everything works but the log-in: the server does not accept user name and password.",
		"Check both, and whether the server wants the name with its domain (DOMAIN\\user). It may want another method: compare --auth with what the line on PPP says." },
	[KPPTP_FAULT_PPP] = { "ppp-negotiation", PPP,
		"PPP comes up half way, and then the ends do not agree.",
		"Most often one wants encryption and the other has none: try another --mppe, and --auth. pppd's lines in kpptpd's log say what failed." },
	[KPPTP_FAULT_LOGIN] = { "connect-failed", PPP,
		"Everything measured is well, and still kpptpd cannot connect.",
		"The reason is above; kpptpd's log has more." },
};

const struct kpptp_fault_text *kpptp_fault_text(enum kpptp_fault fault)
{
	return &faults[fault];
}

static const struct {
	const char *name;
	const char *title;
} checks[KPPTP_CHECKS] = {
	[KPPTP_CHECK_HOST] = { "host", "this host" },
	[KPPTP_CHECK_DAEMON] = { "daemon", "kpptpd" },
	[KPPTP_CHECK_NAME] = { "name", "server's name" },
	[KPPTP_CHECK_ROUTE] = { "route", "route" },
	[KPPTP_CHECK_TCP] = { "tcp", "TCP" },
	[KPPTP_CHECK_START] = { "control", "PPTP server" },
	[KPPTP_CHECK_CALL] = { "call", "call" },
	[KPPTP_CHECK_GRE_OUT] = { "gre-out", "GRE to server" },
	[KPPTP_CHECK_GRE_IN] = { "gre-in", "GRE from server" },
	[KPPTP_CHECK_PPP] = { "ppp", "PPP" },
	[KPPTP_CHECK_MTU] = { "mtu", "large packets" },
	[KPPTP_CHECK_LOGIN] = { "login", "log-in" },
};

const char *kpptp_check_name(enum kpptp_check check)
{
	return checks[check].name;
}

const char *kpptp_check_title(enum kpptp_check check)
{
	return checks[check].title;
}

const char *kpptp_check_state_name(enum kpptp_check_state state)
{
	static const char *const names[] = {
		[KPPTP_CHECK_SKIPPED] = "skipped",
		[KPPTP_CHECK_OK] = "ok",
		[KPPTP_CHECK_PROBLEM] = "problem",
		[KPPTP_CHECK_UNKNOWN] = "unknown",
	};

	return names[state];
}
