// SPDX-License-Identifier: GPL-2.0-or-later
/* facts.c - what pppd has negotiated, and what the link has carried */
#include "facts.h"

#include <inttypes.h>
#include <stdio.h>

#include "compat.h"

static const char *auth_name(const lcp_options *o)
{
	if (o->neg_eap)
		return "eap";
	if (o->neg_chap)
		switch (CHAP_DIGEST(o->chap_mdtype)) {
		case CHAP_MICROSOFT_V2:
			return "mschap-v2";
		case CHAP_MICROSOFT:
			return "mschap";
		default:
			return "chap";
		}
	return o->neg_upap ? "pap" : NULL;
}

/* What the peer had to do goes first: we are the server then. */
static const char *log_in(void)
{
	const char *theirs = auth_name(&lcp_gotoptions[0]);
	const char *ours = auth_name(&lcp_hisoptions[0]);

	return theirs ? theirs : ours ? ours : "none";
}

static const char *encryption(void)
{
	const int mppe = ccp_gotoptions[0].mppe | ccp_hisoptions[0].mppe;

	if (ccp_fsm[0].state != OPENED || !mppe)
		return "none";
	if (mppe & MPPE_OPT_STATEFUL)
		return mppe & MPPE_OPT_128 ? "128-bit stateful" :
					     "40-bit stateful";
	return mppe & MPPE_OPT_128 ? "128-bit stateless" : "40-bit stateless";
}

static int mru_of(const lcp_options *o)
{
	return o->neg_mru ? o->mru : DEFMRU;
}

void kpptp_facts_link(char *line, size_t size)
{
	snprintf(line, size, "link %s %d %d %s", log_in(),
		 mru_of(&lcp_gotoptions[0]), mru_of(&lcp_hisoptions[0]),
		 encryption());
}

/* pppd up to 2.4.9 counts octets in 32 bits, so the interface is asked. */
static bool read_counter(const char *name, uint64_t *n)
{
	char path[128];
	bool ok;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s",
		 ppp_ifname(), name);
	file = fopen(path, "re");
	if (!file)
		return false;
	ok = fscanf(file, "%" SCNu64, n) == 1;
	fclose(file);
	return ok;
}

int kpptp_facts_traffic(char *line, size_t size)
{
	uint64_t rx, rx_packets, tx, tx_packets;
	ppp_link_stats_st stats;

	if (read_counter("rx_bytes", &rx) &&
	    read_counter("rx_packets", &rx_packets) &&
	    read_counter("tx_bytes", &tx) &&
	    read_counter("tx_packets", &tx_packets)) {
		snprintf(line, size, "traffic %" PRIu64 " %" PRIu64 " %" PRIu64
			 " %" PRIu64, rx, rx_packets, tx, tx_packets);
		return true;
	}
	if (!ppp_get_link_stats(&stats))
		return false;
	snprintf(line, size, "traffic %" PRIu64 " %u %" PRIu64 " %u",
		 (uint64_t)stats.bytes_in, stats.pkts_in,
		 (uint64_t)stats.bytes_out, stats.pkts_out);
	return true;
}
