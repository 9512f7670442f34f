// SPDX-License-Identifier: GPL-2.0-or-later
/* fields.c - names, headings, units and meaning of everything that is shown */
#include "fields.h"

#include <stddef.h>

#define FIELD(k, c, t, kd) \
	{ .key = k, .column = c, .title = t, .kind = KPPTP_OUT_##kd }
#define FIELD0(k, c, t, kd, z) \
	{ .key = k, .column = c, .title = t, .kind = KPPTP_OUT_##kd, .zero = z }
#define COUNTER(k, c, kd, e) \
	{ .key = k, .column = c, .title = k, .kind = KPPTP_OUT_##kd, \
	  .explain = e }
#define END { .key = NULL }

const struct kpptp_out_field kpptp_call_fields[] = {
	FIELD("id", "CALL", "number", NUMBER),
	FIELD("role", "ROLE", "our role", TEXT),
	FIELD("name", NULL, "client name", TEXT),
	FIELD("user", "USER", "user", TEXT),
	FIELD("state", "STATE", "state", TEXT),
	FIELD("up", NULL, "PPP is up", YESNO),
	FIELD("interface", "INTERFACE", "interface", TEXT),
	FIELD("local", NULL, "local address", TEXT),
	FIELD("peer", "PEER", "peer address", TEXT),
	FIELD0("call_id", NULL, "Call ID", NUMBER, "not known yet"),
	FIELD("peer_call_id", NULL, "peer's Call ID", NUMBER),
	FIELD("local_ip", "LOCAL IP", "local IP", TEXT),
	FIELD("remote_ip", "REMOTE IP", "remote IP", TEXT),
	FIELD("local_ip6", NULL, "local IPv6", TEXT),
	FIELD("remote_ip6", NULL, "remote IPv6", TEXT),
	FIELD("routes", NULL, "routes", LIST),
	FIELD("dns", NULL, "name servers", LIST),
	FIELD("auth", NULL, "log-in", TEXT),
	FIELD("mppe", NULL, "encryption (MPPE)", TEXT),
	FIELD("mru", NULL, "MRU", NUMBER),
	FIELD("peer_mru", NULL, "MRU of the peer", NUMBER),
	FIELD0("rx_window", NULL, "window we announced", PACKETS, "none"),
	FIELD0("tx_window", NULL, "window of the peer", PACKETS, "none"),
	FIELD("age", "AGE", "age", SECONDS),
	FIELD("last_echo", NULL, "since last echo", SECONDS),
	FIELD("connection", NULL, "control connection", NUMBER),
	FIELD("serial", NULL, "serial number", NUMBER),
	FIELD("rx_bytes", "RX", NULL, BYTES),
	FIELD("tx_bytes", "TX", NULL, BYTES),
	END
};

#define KERNEL_FIELDS \
	FIELD("local", "LOCAL", "local address", TEXT), \
	FIELD("peer", "PEER", "peer address", TEXT), \
	FIELD("call_id", "CALL ID", "Call ID", NUMBER), \
	FIELD("peer_call_id", "PEER'S", "peer's Call ID", NUMBER), \
	FIELD("state", "STATE", "state", TEXT), \
	FIELD("interface", "INTERFACE", "interface", TEXT), \
	FIELD("channel", NULL, "PPP channel", NUMBER), \
	FIELD("owner", NULL, "ends with its maker", YESNO), \
	FIELD("offload", NULL, "fast path allowed", YESNO), \
	FIELD("offload_state", NULL, "fast path", TEXT), \
	FIELD0("rx_window", NULL, "receive window", PACKETS, "none"), \
	FIELD("rx_seq", NULL, "next to receive", NUMBER), \
	FIELD("held", "HELD", "held now", PACKETS), \
	FIELD("backlog", NULL, "memory of the backlog", BYTES), \
	FIELD0("reorder_limit", NULL, "held at most", PACKETS, \
	       "reordering is off"), \
	FIELD("reorder_time_us", NULL, "held for at most", MICROSECONDS), \
	FIELD("ack_delay_us", NULL, "acknowledged within", MICROSECONDS), \
	FIELD0("tx_window", NULL, "send window", PACKETS, "off"), \
	FIELD("tx_window_now", NULL, "send window now", PACKETS), \
	FIELD("tx_unacked", NULL, "sent, not acknowledged", PACKETS), \
	FIELD("tx_seq", NULL, "next to send", NUMBER), \
	FIELD0("rtt_us", NULL, "round trip (RTT)", MICROSECONDS, \
	       "not measured"), \
	FIELD0("ato_us", NULL, "ack time-out (ATO)", MICROSECONDS, \
	       "not measured"), \
	FIELD("tos_mode", NULL, "outer DSCP", TEXT), \
	FIELD("tos", NULL, "outer TOS octet", HEX), \
	FIELD0("ttl", NULL, "outer TTL", NUMBER, "system's default"), \
	FIELD("pmtu_mode", NULL, "path MTU", TEXT), \
	FIELD("path_mtu", NULL, "path MTU now", NUMBER), \
	FIELD0("mark", NULL, "firewall mark", HEX, "none"), \
	FIELD("device", NULL, "bound to", TEXT)

#define COUNTER_FIELDS \
	COUNTER("rx_packets", NULL, COUNT, "PPP frames delivered"), \
	COUNTER("rx_bytes", "RX", BYTES, "octets in them"), \
	COUNTER("tx_packets", NULL, COUNT, "PPP frames sent"), \
	COUNTER("tx_bytes", "TX", BYTES, "octets in them"), \
	COUNTER("rx_acks", NULL, COUNT, "bare acknowledgements received"), \
	COUNTER("tx_acks", NULL, COUNT, "bare acknowledgements sent"), \
	COUNTER("rx_reordered", "REORDERED", COUNT, \
		"came early, were put in order"), \
	COUNTER("rx_lost", "LOST", COUNT, "never came, or came too late"), \
	COUNTER("rx_duplicate", NULL, COUNT, "dropped: came twice"), \
	COUNTER("rx_late", NULL, COUNT, \
		"dropped: came after they were given up"), \
	COUNTER("rx_far", NULL, COUNT, \
		"dropped: sequence number far out of line"), \
	COUNTER("rx_resync", NULL, COUNT, \
		"times the sequence was taken anew from the peer"), \
	COUNTER("rx_trimmed", NULL, COUNT, "had padding, which was cut off"), \
	COUNTER("rx_bad", NULL, COUNT, "dropped: malformed"), \
	COUNTER("rx_early_held", NULL, COUNT, \
		"held because PPP was not ready yet"), \
	COUNTER("rx_early_dropped", NULL, COUNT, \
		"dropped: too many were held, or for too long"), \
	COUNTER("rx_bad_ack", NULL, COUNT, \
		"acknowledgements of what was never sent"), \
	COUNTER("tx_no_route", NULL, COUNT, "dropped: no route to the peer"), \
	COUNTER("tx_loop", NULL, COUNT, \
		"dropped: the route to the peer leads into the tunnel"), \
	COUNTER("tx_errors", NULL, COUNT, \
		"dropped: no memory, or refused by the IP layer"), \
	COUNTER("tx_stalls", NULL, COUNT, "times the send window was full"), \
	COUNTER("tx_timeouts", NULL, COUNT, \
		"times an acknowledgement did not come in time"), \
	COUNTER("tx_fragmented", NULL, COUNT, \
		"too big for the path, sent in fragments"), \
	COUNTER("rx_overrun", NULL, COUNT, \
		"dropped: came faster than PPP took them")

const struct kpptp_out_field kpptp_kernel_fields[] = { KERNEL_FIELDS, END };
const struct kpptp_out_field kpptp_counter_fields[] = { COUNTER_FIELDS, END };
const struct kpptp_out_field kpptp_kernel_call_fields[] = {
	KERNEL_FIELDS, COUNTER_FIELDS, END
};

const struct kpptp_out_field kpptp_connection_fields[] = {
	FIELD("id", "CONNECTION", NULL, NUMBER),
	FIELD("role", "ROLE", NULL, TEXT),
	FIELD("local", "LOCAL", "local address", TEXT),
	FIELD("peer", "PEER", "peer address", TEXT),
	FIELD("state", "STATE", NULL, TEXT),
	FIELD("host", "HOST", NULL, TEXT),
	FIELD("vendor", "VENDOR", NULL, TEXT),
	FIELD("firmware", NULL, NULL, NUMBER),
	FIELD("calls", "CALLS", NULL, NUMBER),
	FIELD("age", "AGE", NULL, SECONDS),
	FIELD("last_echo", "LAST ECHO", NULL, SECONDS),
	FIELD("last_rx", "LAST MESSAGE", NULL, SECONDS),
	END
};

const struct kpptp_out_field kpptp_client_fields[] = {
	FIELD("name", "NAME", NULL, TEXT),
	FIELD("host", "HOST", NULL, TEXT),
	FIELD("user", "USER", NULL, TEXT),
	FIELD("state", "STATE", NULL, TEXT),
	FIELD("configured", NULL, NULL, YESNO),
	FIELD("call", "CALL", NULL, NUMBER),
	FIELD("next_try", "NEXT TRY", NULL, SECONDS),
	FIELD("last_end", "LAST END", NULL, TEXT),
	END
};

const struct kpptp_out_field kpptp_user_fields[] = {
	FIELD("user", "USER", NULL, TEXT),
	FIELD("calls", "CALLS", NULL, LIST),
	FIELD("interfaces", "INTERFACES", NULL, LIST),
	FIELD("addresses", "ADDRESSES", NULL, LIST),
	FIELD("peers", "FROM", NULL, LIST),
	FIELD("age", "SINCE", NULL, SECONDS),
	END
};

const struct kpptp_out_field kpptp_status_fields[] = {
	FIELD("version", NULL, "version", TEXT),
	FIELD("pid", NULL, "process", NUMBER),
	FIELD("uptime", NULL, "running for", SECONDS),
	FIELD("listen", NULL, "listening on", LIST),
	FIELD("connections", NULL, "control connections", COUNT),
	FIELD("calls", NULL, "calls", COUNT),
	FIELD("clients", NULL, "clients", COUNT),
	FIELD("data_plane", NULL, "data plane", TEXT),
	END
};

const struct kpptp_out_field kpptp_netns_fields[] = {
	COUNTER("calls", NULL, COUNT, "calls now"),
	COUNTER("rx_malformed", NULL, COUNT,
		"dropped: GRE version 1, but not enhanced GRE"),
	COUNTER("rx_no_call", NULL, COUNT,
		"dropped: addresses and Call ID of no call"),
	COUNTER("backlog", NULL, BYTES, "memory of frames that wait for PPP"),
	END
};
