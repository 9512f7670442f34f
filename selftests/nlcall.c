// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink family "kpptp" on the command line, for scripts.
 *
 *   nlcall new|set|del|get [ATTRIBUTE=VALUE...]
 *   nlcall dump|stats|monitor
 *
 * Attributes have the names of the specification, with dashes; owner=1 sets
 * the flag. raw=TYPE:HEX adds an attribute of any type and any octets. With
 * hold=1 the program prints "holds" once it is answered, and keeps its socket open
 * until it is killed.
 *
 * A call is printed as one line of name=value; monitor starts each line with
 * new, set or del. A refusal is printed as "ERRNO: sentence", status 1.
 */
#include <net/if.h>

#include "helper.h"

#include <linux/genetlink.h>

#include "genl.h"

enum kind { U8 = 1, U16, U32, U64, ADDR, FLAG, TEXT, DEVICE };

struct attr_desc {
	const char *name;
	enum kind kind;
};

static const struct attr_desc call_attrs[KPPTP_A_CALL_MAX + 1] = {
	[KPPTP_A_CALL_LOCAL] = { "local", ADDR },
	[KPPTP_A_CALL_PEER] = { "peer", ADDR },
	[KPPTP_A_CALL_CALL_ID] = { "call-id", U16 },
	[KPPTP_A_CALL_PEER_CALL_ID] = { "peer-call-id", U16 },
	[KPPTP_A_CALL_RX_WINDOW] = { "rx-window", U16 },
	[KPPTP_A_CALL_TX_WINDOW] = { "tx-window", U16 },
	[KPPTP_A_CALL_ACK_DELAY] = { "ack-delay", U32 },
	[KPPTP_A_CALL_REORDER_LIMIT] = { "reorder-limit", U16 },
	[KPPTP_A_CALL_REORDER_TIME] = { "reorder-time", U32 },
	[KPPTP_A_CALL_TOS] = { "tos", U8 },
	[KPPTP_A_CALL_TOS_MODE] = { "tos-mode", U8 },
	[KPPTP_A_CALL_TTL] = { "ttl", U8 },
	[KPPTP_A_CALL_PMTU_MODE] = { "pmtu-mode", U8 },
	[KPPTP_A_CALL_MARK] = { "mark", U32 },
	[KPPTP_A_CALL_DEVICE] = { "device", DEVICE },
	[KPPTP_A_CALL_OFFLOAD] = { "offload", U8 },
	[KPPTP_A_CALL_TX_SEQ] = { "tx-seq", U32 },
	[KPPTP_A_CALL_RX_SEQ] = { "rx-seq", U32 },
	[KPPTP_A_CALL_OWNER] = { "owner", FLAG },
	[KPPTP_A_CALL_STATE] = { "state", U8 },
	[KPPTP_A_CALL_CHANNEL] = { "channel", U32 },
	[KPPTP_A_CALL_IFNAME] = { "ifname", TEXT },
	[KPPTP_A_CALL_REASON] = { "reason", U8 },
	[KPPTP_A_CALL_HELD] = { "held", U32 },
	[KPPTP_A_CALL_TX_WINDOW_NOW] = { "tx-window-now", U32 },
	[KPPTP_A_CALL_TX_UNACKED] = { "tx-unacked", U32 },
	[KPPTP_A_CALL_RTT] = { "rtt", U32 },
	[KPPTP_A_CALL_ATO] = { "ato", U32 },
	[KPPTP_A_CALL_OFFLOAD_STATE] = { "offload-state", U8 },
	[KPPTP_A_CALL_IFINDEX] = { "ifindex", U32 },
	[KPPTP_A_CALL_NETNSID] = { "netnsid", U32 },
	[KPPTP_A_CALL_PATH_MTU] = { "path-mtu", U32 },
	[KPPTP_A_CALL_BACKLOG] = { "backlog", U32 },
};

static const struct attr_desc stats_attrs[KPPTP_A_CALL_STATS_MAX + 1] = {
	[KPPTP_A_CALL_STATS_RX_PACKETS] = { "rx-packets", U64 },
	[KPPTP_A_CALL_STATS_RX_BYTES] = { "rx-bytes", U64 },
	[KPPTP_A_CALL_STATS_TX_PACKETS] = { "tx-packets", U64 },
	[KPPTP_A_CALL_STATS_TX_BYTES] = { "tx-bytes", U64 },
	[KPPTP_A_CALL_STATS_RX_ACKS] = { "rx-acks", U64 },
	[KPPTP_A_CALL_STATS_TX_ACKS] = { "tx-acks", U64 },
	[KPPTP_A_CALL_STATS_RX_REORDERED] = { "rx-reordered", U64 },
	[KPPTP_A_CALL_STATS_RX_LOST] = { "rx-lost", U64 },
	[KPPTP_A_CALL_STATS_RX_DUPLICATE] = { "rx-duplicate", U64 },
	[KPPTP_A_CALL_STATS_RX_LATE] = { "rx-late", U64 },
	[KPPTP_A_CALL_STATS_RX_FAR] = { "rx-far", U64 },
	[KPPTP_A_CALL_STATS_RX_RESYNC] = { "rx-resync", U64 },
	[KPPTP_A_CALL_STATS_RX_TRIMMED] = { "rx-trimmed", U64 },
	[KPPTP_A_CALL_STATS_RX_BAD] = { "rx-bad", U64 },
	[KPPTP_A_CALL_STATS_RX_EARLY_HELD] = { "rx-early-held", U64 },
	[KPPTP_A_CALL_STATS_RX_EARLY_DROPPED] = { "rx-early-dropped", U64 },
	[KPPTP_A_CALL_STATS_RX_BAD_ACK] = { "rx-bad-ack", U64 },
	[KPPTP_A_CALL_STATS_TX_NO_ROUTE] = { "tx-no-route", U64 },
	[KPPTP_A_CALL_STATS_TX_LOOP] = { "tx-loop", U64 },
	[KPPTP_A_CALL_STATS_TX_ERRORS] = { "tx-errors", U64 },
	[KPPTP_A_CALL_STATS_TX_STALLS] = { "tx-stalls", U64 },
	[KPPTP_A_CALL_STATS_TX_TIMEOUTS] = { "tx-timeouts", U64 },
	[KPPTP_A_CALL_STATS_TX_FRAGMENTED] = { "tx-fragmented", U64 },
	[KPPTP_A_CALL_STATS_RX_OVERRUN] = { "rx-overrun", U64 },
};

static const struct attr_desc netns_attrs[KPPTP_A_STATS_MAX + 1] = {
	[KPPTP_A_STATS_CALLS] = { "calls", U32 },
	[KPPTP_A_STATS_RX_MALFORMED] = { "rx-malformed", U64 },
	[KPPTP_A_STATS_RX_NO_CALL] = { "rx-no-call", U64 },
	[KPPTP_A_STATS_BACKLOG] = { "backlog", U64 },
};

/* A kernel that sends an attribute in another size than the spec is caught. */
static void check_len(const struct nlattr *attr, const char *name, int len)
{
	errno = 0;
	if (nla_len(attr) != len)
		die("attribute %s has %d octets", name, nla_len(attr));
}

static void print_value(const struct attr_desc *desc, struct nlattr *attr)
{
	struct in_addr addr;
	char text[INET_ADDRSTRLEN];

	printf("%s=", desc->name);
	switch (desc->kind) {
	case U8:
		check_len(attr, desc->name, 1);
		printf("%u ", nla_get_u8(attr));
		break;
	case U16:
		check_len(attr, desc->name, 2);
		printf("%u ", nla_get_u16(attr));
		break;
	case U32:
	case DEVICE:
		check_len(attr, desc->name, 4);
		printf("%u ", nla_get_u32(attr));
		break;
	case U64:
		check_len(attr, desc->name, 8);
		printf("%llu ", (unsigned long long)nla_get_u64(attr));
		break;
	case ADDR:
		check_len(attr, desc->name, 4);
		addr.s_addr = nla_get_u32(attr);
		printf("%s ", inet_ntop(AF_INET, &addr, text, sizeof(text)));
		break;
	case FLAG:
		printf("1 ");
		break;
	case TEXT:
		printf("%s ", nla_get_string(attr));
		break;
	}
}

static void print_attrs(const struct attr_desc *descs, int max,
			struct nlattr **attrs)
{
	for (int type = 1; type <= max; type++)
		if (attrs[type] && descs[type].name)
			print_value(&descs[type], attrs[type]);
}

static void print_call(int cmd, struct nlattr **attrs, void *arg)
{
	struct nlattr *stats[KPPTP_A_CALL_STATS_MAX + 1];

	(void)arg;
	if (cmd == KPPTP_CMD_CALL_NEW_NTF)
		printf("new ");
	else if (cmd == KPPTP_CMD_CALL_SET_NTF)
		printf("set ");
	else if (cmd == KPPTP_CMD_CALL_DEL_NTF)
		printf("del ");
	print_attrs(call_attrs, KPPTP_A_CALL_MAX, attrs);
	if (attrs[KPPTP_A_CALL_STATS] &&
	    !nla_parse_nested(stats, KPPTP_A_CALL_STATS_MAX,
			      attrs[KPPTP_A_CALL_STATS], NULL))
		print_attrs(stats_attrs, KPPTP_A_CALL_STATS_MAX, stats);
	putchar('\n');
}

static void print_netns(int cmd, struct nlattr **attrs, void *arg)
{
	(void)cmd;
	(void)arg;
	print_attrs(netns_attrs, KPPTP_A_STATS_MAX, attrs);
	putchar('\n');
}

static void put_raw(struct nl_msg *msg, const char *value)
{
	uint8_t octets[1024];
	char type[16];
	int used = 0;

	errno = 0;
	if (sscanf(value, "%15[0-9]:%n", type, &used) != 1 || !used)
		die("raw=%s: not TYPE:HEX", value);
	nla_put(msg, parse_num(type, UINT16_MAX),
		parse_hex(value + used, octets, sizeof(octets)), octets);
}

static void put_device(struct nl_msg *msg, int type, const char *value)
{
	unsigned int index = if_nametoindex(value);

	nla_put_u32(msg, type, index ?: parse_num(value, UINT32_MAX));
}

static void put_value(struct nl_msg *msg, int type, enum kind kind,
		      const char *value)
{
	switch (kind) {
	case U8:
		nla_put_u8(msg, type, parse_num(value, UINT8_MAX));
		break;
	case U16:
		nla_put_u16(msg, type, parse_num(value, UINT16_MAX));
		break;
	case U32:
		nla_put_u32(msg, type, parse_num(value, UINT32_MAX));
		break;
	case U64:
		nla_put_u64(msg, type, parse_num(value, UINT64_MAX));
		break;
	case ADDR:
		nla_put_u32(msg, type, parse_addr(value));
		break;
	case FLAG:
		if (parse_num(value, 1))
			nla_put_flag(msg, type);
		break;
	case TEXT:
		nla_put_string(msg, type, value);
		break;
	case DEVICE:
		put_device(msg, type, value);
		break;
	}
}

static void put_argument(struct nl_msg *msg, const char *arg)
{
	const char *value;

	if ((value = arg_value(arg, "raw"))) {
		put_raw(msg, value);
		return;
	}
	for (int type = 1; type <= KPPTP_A_CALL_MAX; type++) {
		if (!call_attrs[type].name)
			continue;
		value = arg_value(arg, call_attrs[type].name);
		if (value) {
			put_value(msg, type, call_attrs[type].kind, value);
			return;
		}
	}
	errno = 0;
	die("%s: unknown attribute", arg);
}

static const struct verb {
	const char *name;
	int cmd, flags;
	genl_reply_fn reply;
} verbs[] = {
	{ "new", KPPTP_CMD_CALL_NEW, NLM_F_ACK, print_call },
	{ "set", KPPTP_CMD_CALL_SET, NLM_F_ACK, print_call },
	{ "del", KPPTP_CMD_CALL_DEL, NLM_F_ACK, print_call },
	{ "get", KPPTP_CMD_CALL_GET, NLM_F_ACK, print_call },
	{ "dump", KPPTP_CMD_CALL_GET, NLM_F_DUMP, print_call },
	{ "stats", KPPTP_CMD_STATS_GET, NLM_F_ACK, print_netns },
	{ "monitor", 0, 0, print_call },
	/* what no program has any business to send */
	{ "unknown", 99, NLM_F_ACK, print_call },
	{ "notify", KPPTP_CMD_CALL_DEL_NTF, NLM_F_ACK, print_call },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	errno = 0;
	die("%s: unknown verb", name);
}

int main(int argc, char **argv)
{
	const struct verb *verb = find_verb(argc > 1 ? argv[1] : "");
	struct genl genl;
	struct nl_msg *msg;
	bool hold = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	genl_open(&genl);
	if (!verb->cmd)
		genl_listen(&genl, verb->reply, NULL);
	msg = genl_request(&genl, verb->cmd, verb->flags);
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "hold=1"))
			hold = true;
		else
			put_argument(msg, argv[i]);
	}
	if (genl_talk(&genl, msg, verb->reply, NULL)) {
		fprintf(stderr, "%s: %s\n", strerrorname_np(genl.error),
			genl.why);
		return 1;
	}
	/* All has been printed; who waits for the answer sees one in any case. */
	if (hold)
		printf("holds\n");
	while (hold)
		pause();
	return 0;
}
