// SPDX-License-Identifier: GPL-2.0-or-later
/* firewall_ipt.c - the rules as text for iptables-restore(8) and ip6tables-restore(8) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firewall.h"

static const char *table_of(const struct kpptp_fw_chain *c)
{
	static const char *const tables[] = {
		[KPPTP_FW_FILTER] = "filter",
		[KPPTP_FW_MANGLE] = "mangle",
		[KPPTP_FW_HELPER] = "raw",
		[KPPTP_FW_TRANSLATE] = "nat",
	};

	return tables[c->kind];
}

/* Chains of several roles may be loaded side by side. */
static void put_own_name(FILE *f, enum kpptp_fw_role role, const char *name)
{
	fprintf(f, "KPPTP-%.3s-%s", kpptp_fw_role_name(role), name);
}

static void put_chain_name(FILE *f, enum kpptp_fw_role role,
			   const struct kpptp_fw_chain *c)
{
	static const char *const hooks[] = {
		[KPPTP_FW_PREROUTING] = "PREROUTING",
		[KPPTP_FW_INPUT] = "INPUT",
		[KPPTP_FW_HOOK_FORWARD] = "FORWARD",
		[KPPTP_FW_OUTPUT] = "OUTPUT",
		[KPPTP_FW_POSTROUTING] = "POSTROUTING",
	};

	if (c->hook == KPPTP_FW_CHAIN)
		put_own_name(f, role, c->name);
	else
		fputs(hooks[c->hook], f);
}

static void put_interface(FILE *f, const char *option, const char *name)
{
	size_t len = strlen(name);

	/* iptables has "+" where nft has "*" */
	if (len && name[len - 1] == '*')
		fprintf(f, " %s %.*s+", option, (int)len - 1, name);
	else
		fprintf(f, " %s %s", option, name);
}

static void put_addresses(FILE *f, const char *option,
			  const struct kpptp_fw_list *list)
{
	unsigned int i;

	for (i = 0; list && i < list->n; i++)
		fprintf(f, "%s%s", i ? "," : option, list->item[i]);
}

static void put_proto(FILE *f, const struct kpptp_fw_rule *r)
{
	const char *name = kpptp_fw_proto_name(r->proto);

	if (r->proto)
		fprintf(f, " -p %s", name);
	if (r->sport)
		fprintf(f, " --sport %u", r->sport);
	if (r->dport)
		fprintf(f, " --dport %u", r->dport);
}

static void put_states(FILE *f, unsigned int states)
{
	static const char *const names[] = { "NEW", "ESTABLISHED", "RELATED" };
	const char *before = " -m conntrack --ctstate ";
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!(states & 1u << i))
			continue;
		fprintf(f, "%s%s", before, names[i]);
		before = ",";
	}
}

static void put_verdict(FILE *f, enum kpptp_fw_role role,
			const struct kpptp_fw_rule *r)
{
	switch (r->verdict) {
	case KPPTP_FW_RETURN:
		fputs(" -j RETURN", f);
		break;
	case KPPTP_FW_ACCEPT:
		fputs(" -j ACCEPT", f);
		break;
	case KPPTP_FW_DROP:
		fputs(" -j DROP", f);
		break;
	case KPPTP_FW_JUMP:
		fputs(" -j ", f);
		put_own_name(f, role, r->target);
		break;
	case KPPTP_FW_DNAT:
		fprintf(f, " -j DNAT --to-destination %s", r->target);
		break;
	case KPPTP_FW_SNAT:
		fprintf(f, " -j SNAT --to-source %s", r->target);
		break;
	case KPPTP_FW_MASQUERADE:
		fputs(" -j MASQUERADE", f);
		break;
	case KPPTP_FW_TEXT:
		break;
	}
}

/* A rule takes one interface each way, so a list makes as many rules. */
static void put_rule(FILE *f, enum kpptp_fw_role role,
		     const struct kpptp_fw_chain *c,
		     const struct kpptp_fw_rule *r)
{
	unsigned int in = r->in ? r->in->n : 1, out, i, o;

	for (i = 0; i < in; i++) {
		out = r->out ? r->out->n : 1;
		for (o = 0; o < out; o++) {
			fputs("-A ", f);
			put_chain_name(f, role, c);
			if (r->in)
				put_interface(f, "-i", r->in->item[i]);
			if (r->out)
				put_interface(f, "-o", r->out->item[o]);
			put_addresses(f, " -s ", r->src);
			put_addresses(f, " -d ", r->dst);
			put_proto(f, r);
			put_states(f, r->states);
			fprintf(f, " -m comment --comment \"kpptp: %s\"",
				r->why);
			if (*r->ipt)
				fprintf(f, " %s", r->ipt);
			put_verdict(f, role, r);
			fputc('\n', f);
		}
	}
}

static bool has_family(const struct kpptp_fw_rule *r, bool v6)
{
	if (v6)
		return r->family != KPPTP_FW_V4 && !r->src && !r->dst;
	return r->family != KPPTP_FW_V6;
}

static void put_table(FILE *f, const struct kpptp_fw_ruleset *set,
		      enum kpptp_fw_kind kind, bool v6)
{
	const struct kpptp_fw_chain *c;
	bool began = false;
	unsigned int i, k;

	for (i = 0; i < set->n; i++) {
		c = &set->chain[i];
		if (c->kind != kind)
			continue;
		if (!began)
			fprintf(f, "*%s\n", table_of(c));
		began = true;
		if (c->hook != KPPTP_FW_CHAIN)
			continue;
		fputc(':', f);
		put_own_name(f, set->role, c->name);
		fputs(" - [0:0]\n", f);
	}
	for (i = 0; i < set->n; i++) {
		c = &set->chain[i];
		if (c->kind != kind)
			continue;
		fprintf(f, "# %s.\n", c->about);
		for (k = 0; k < c->n; k++)
			if (has_family(&c->rule[k], v6))
				put_rule(f, set->role, c, &c->rule[k]);
	}
	if (began)
		fputs("COMMIT\n", f);
}

static void put_head(FILE *f, bool v6, const char *command)
{
	const char *six = v6 ? "6" : "";

	fprintf(f, "# Made by: %s\n"
		"#\n"
		"# Load with \"ip%stables-restore --noflush\", once: a second time would add\n"
		"# the same rules again. To remove them, also before loading others:\n"
		"#   ip%stables-save | grep -v -i kpptp | ip%stables-restore\n"
		"# They stand behind the rules that are there. This is %s only;\n"
		"# --format ip%stables-restore has the rules for %s.\n",
		command, six, six, six, v6 ? "IPv6" : "IPv4", v6 ? "" : "6",
		v6 ? "IPv4" : "IPv6");
}

/* What iptables has no words for. Return: NULL, or a sentence. */
static const char *missing(const struct kpptp_fw_ruleset *set, bool v6)
{
	if (set->calls)
		return "--without-helper needs nftables: iptables cannot read Call IDs; use --format nft";
	if (set->flowtable)
		return "--flowtable needs nftables: iptables has no flowtables; use --format nft";
	if (v6 && set->role == KPPTP_FW_NAT)
		return "--role nat is about IPv4 only: PPTP's outer packets are IPv4";
	return NULL;
}

char *kpptp_fw_iptables(const struct kpptp_fw_ruleset *set, bool v6,
			const char *command, char *why, size_t size)
{
	const char *no = missing(set, v6);
	char *text = NULL;
	size_t len;
	FILE *f;

	snprintf(why, size, "%s", no ? no : "out of memory");
	if (no)
		return NULL;
	f = open_memstream(&text, &len);
	if (!f)
		return NULL;
	put_head(f, v6, command);
	put_table(f, set, KPPTP_FW_HELPER, v6);
	put_table(f, set, KPPTP_FW_MANGLE, v6);
	put_table(f, set, KPPTP_FW_TRANSLATE, v6);
	put_table(f, set, KPPTP_FW_FILTER, v6);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
