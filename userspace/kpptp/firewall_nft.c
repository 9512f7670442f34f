// SPDX-License-Identifier: GPL-2.0-or-later
/* firewall_nft.c - the rules as text for nft(8) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firewall.h"

/* Seconds a call is remembered after its last packet towards the client. */
#define CALL_SECONDS	3600

static void put_items(FILE *f, const struct kpptp_fw_list *list,
		      const char *quote)
{
	unsigned int i;

	for (i = 0; i < list->n; i++)
		fprintf(f, "%s%s%s%s", i ? ", " : "", quote, list->item[i],
			quote);
}

static void put_list(FILE *f, const char *what,
		     const struct kpptp_fw_list *list, const char *quote)
{
	if (!list)
		return;
	fprintf(f, "%s %s", what, list->n > 1 ? "{ " : "");
	put_items(f, list, quote);
	fputs(list->n > 1 ? " } " : " ", f);
}

/*
 * In a table of IPv4 only "ip protocol" will do: nft 1.0.6 can't list octets of
 * the transport header behind "meta l4proto", it fails an assertion.
 */
static void put_proto(FILE *f, const struct kpptp_fw_rule *r, bool inet)
{
	const char *name = kpptp_fw_proto_name(r->proto);

	if (r->proto && !r->sport && !r->dport)
		fprintf(f, "%s %s ", inet ? "meta l4proto" : "ip protocol", name);
	if (r->sport)
		fprintf(f, "%s sport %u ", name, r->sport);
	if (r->dport)
		fprintf(f, "%s dport %u ", name, r->dport);
}

static void put_states(FILE *f, unsigned int states)
{
	static const char *const names[] = { "new", "established", "related" };
	const char *comma = "";
	unsigned int i;

	if (!states)
		return;
	fputs("ct state ", f);
	for (i = 0; i < 3; i++) {
		if (!(states & 1u << i))
			continue;
		fprintf(f, "%s%s", comma, names[i]);
		comma = ",";
	}
	fputc(' ', f);
}

static void put_verdict(FILE *f, const struct kpptp_fw_rule *r)
{
	switch (r->verdict) {
	case KPPTP_FW_RETURN:
		fputs("return", f);
		break;
	case KPPTP_FW_ACCEPT:
		fputs("accept", f);
		break;
	case KPPTP_FW_DROP:
		fputs("drop", f);
		break;
	case KPPTP_FW_JUMP:
		fprintf(f, "jump %s", r->target);
		break;
	case KPPTP_FW_DNAT:
		fprintf(f, "dnat to %s", r->target);
		break;
	case KPPTP_FW_SNAT:
		fprintf(f, "snat to %s", r->target);
		break;
	case KPPTP_FW_MASQUERADE:
		fputs("masquerade", f);
		break;
	case KPPTP_FW_TEXT:
		fputs(r->target, f);
		break;
	}
}

/* An address says the family already; a table of IPv4 need not be told. */
static void put_family(FILE *f, const struct kpptp_fw_rule *r, bool inet)
{
	if (!inet || r->src || r->dst || *r->nft || r->proto == KPPTP_FW_ICMP ||
	    r->proto == KPPTP_FW_ICMP6)
		return;
	if (r->family != KPPTP_FW_BOTH)
		fprintf(f, "meta nfproto %s ",
			r->family == KPPTP_FW_V4 ? "ipv4" : "ipv6");
}

static void put_rule(FILE *f, const struct kpptp_fw_rule *r, bool inet)
{
	fputs("\t\t", f);
	put_list(f, "iifname", r->in, "\"");
	put_list(f, "oifname", r->out, "\"");
	put_family(f, r, inet);
	put_list(f, "ip saddr", r->src, "");
	put_list(f, "ip daddr", r->dst, "");
	put_proto(f, r, inet);
	put_states(f, r->states);
	if (*r->nft)
		fprintf(f, "%s ", r->nft);
	fputs("counter ", f);
	put_verdict(f, r);
	fprintf(f, " comment \"%s\"\n", r->why);
}

static void put_hook(FILE *f, const struct kpptp_fw_chain *c)
{
	static const char *const hooks[] = {
		[KPPTP_FW_PREROUTING] = "prerouting",
		[KPPTP_FW_INPUT] = "input",
		[KPPTP_FW_HOOK_FORWARD] = "forward",
		[KPPTP_FW_OUTPUT] = "output",
		[KPPTP_FW_POSTROUTING] = "postrouting",
	};
	const char *priority = "filter";

	if (c->kind == KPPTP_FW_MANGLE)
		priority = "mangle";
	else if (c->kind == KPPTP_FW_TRANSLATE)
		priority = c->hook == KPPTP_FW_PREROUTING ? "dstnat" : "srcnat";
	fprintf(f, "\t\ttype %s hook %s priority %s; policy accept;\n",
		c->kind == KPPTP_FW_TRANSLATE ? "nat" : "filter",
		hooks[c->hook], priority);
}

static void put_chain(FILE *f, const struct kpptp_fw_chain *c, bool inet)
{
	unsigned int i;

	fprintf(f, "\n\t# %s.\n\tchain %s {\n", c->about, c->name);
	if (c->hook != KPPTP_FW_CHAIN)
		put_hook(f, c);
	for (i = 0; i < c->n; i++)
		put_rule(f, &c->rule[i], inet);
	fputs("\t}\n", f);
}

static void put_objects(FILE *f, const struct kpptp_fw_ruleset *set)
{
	if (set->helper)
		fputs("\t# The kernel's PPTP helper; it needs the module nf_nat_pptp.\n"
		      "\tct helper pptp {\n"
		      "\t\ttype \"pptp\" protocol tcp\n"
		      "\t}\n", f);
	if (set->calls)
		fprintf(f, "\t# Server and Call ID of a client, and which client that is.\n"
			"\tmap calls {\n"
			"\t\ttypeof ip daddr . @ih,96,16 : ip saddr\n"
			"\t\tsize 65535\n"
			"\t\tflags dynamic,timeout\n"
			"\t\ttimeout %us\n"
			"\t}\n", CALL_SECONDS);
	if (set->flowtable) {
		fputs("\t# Interfaces whose known flows skip the rest of the IP layer.\n"
		      "\tflowtable fast {\n"
		      "\t\thook ingress priority filter\n"
		      "\t\tdevices = { ", f);
		put_items(f, set->flowtable, "\"");
		fputs(" }\n\t}\n", f);
	}
}

char *kpptp_fw_nft(const struct kpptp_fw_ruleset *set, const char *command)
{
	const char *table = kpptp_fw_table(set->role);
	bool inet = !strncmp(table, "inet ", 5);
	char *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	fprintf(f, "#!/usr/sbin/nft -f\n"
		"# Made by: %s\n"
		"#\n"
		"# Loading this replaces the table \"%s\", at once, and nothing else.\n"
		"# Other tables keep their say: what one of them drops stays dropped.\n"
		"# Each rule counts what it matched: nft list table %s\n"
		"\n"
		"table %s\n"
		"delete table %s\n"
		"\n"
		"table %s {\n", command, table, table, table, table, table);
	put_objects(f, set);
	for (i = 0; i < set->n; i++)
		put_chain(f, &set->chain[i], inet);
	fputs("}\n", f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
