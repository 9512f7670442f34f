#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "kpptp doctor": each fault in a topology that has exactly that fault, and the
# verdict on it.
#
#	+------ A ------+     +---------- R ----------+     +------ B ------+
#	| kpptpd        |     |                       |     | client        |
#	| s0  192.0.2.1 +-----+ 192.0.2.254           |     |               |
#	|        ...1.3 |     |           203.0.113.1 +-----+ 203.0.113.2   |
#	+---------------+     |              10.1.1.1 +--+  +------ C ------+
#	                      +-----------------------+  +--+ 10.1.1.2      |
#	                                                    +---------------+
#
# R is the firewall, and for C the NAT router. The client's kpptpd is needed for
# the log-in only; its socket serves both.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

HTTP=192.0.2.3		# where somebody else has the port
SILENT=1724		# port where nobody answers
OCCUPIED=4711		# a Call ID that somebody has

# link NETNS ADDRESS R-ADDRESS: joins it to R
link()
{
	local if=to-${1#kpptp-doctor-}

	if=${if%-*}
	ip -n "$1" link add s0 type veth peer name "$if" netns "$R" &&
	ip -n "$1" addr add "$2/24" dev s0 &&
	ip -n "$R" addr add "$3/24" dev "$if" &&
	ip -n "$1" link set s0 up &&
	ip -n "$R" link set "$if" up &&
	slowwait 10 at "$1" ping -c 1 -W 1 "$3"
}

setup_network()
{
	new_netns A && new_netns B && new_netns C && new_netns R &&
	at "$R" sysctl -qw net.ipv4.ip_forward=1 &&
	link "$A" $LOCAL 192.0.2.254 &&
	link "$B" 203.0.113.2 203.0.113.1 &&
	link "$C" 10.1.1.2 10.1.1.1 &&
	ip -n "$A" addr add $HTTP/24 dev s0 &&
	ip -n "$A" route add 203.0.113.0/24 via 192.0.2.254 &&
	ip -n "$B" route add 192.0.2.0/24 via 203.0.113.1 &&
	ip -n "$C" route add 192.0.2.0/24 via 10.1.1.1 &&
	write_secrets "$A" && write_secrets "$B"
}

# filter NETNS RULE...: chains of a firewall, one rule a word: "HOOK RULE"
filter()
{
	local ns=$1 rule hook

	shift
	{
		echo "table inet fault {"
		for hook in forward input output; do
			echo "chain $hook { type filter hook $hook priority 0;"
			for rule; do
				[ "${rule%% *}" != $hook ] || echo "${rule#* }"
			done
			echo "}"
		done
		echo "}"
	} | at "$ns" nft -f -
}

no_filter()
{
	at "$1" nft flush ruleset
}

# What the doctor says, asked from a namespace; JSON in $TMP/said.
doctor()
{
	local ns=$1 seconds=$2 rc=0
	shift 2

	at "$ns" timeout $((120 * KPPTP_SLOW)) kpptp --json \
		--socket "$TMP/client.sock" doctor "$@" \
		--timeout $((seconds * KPPTP_SLOW)) >"$TMP/said" || rc=$?
	cat "$TMP/said"
	return $rc
}

# One member of what it said.
said()
{
	grep -o "\"$1\":[^,}]*" "$TMP/said" | head -n 1 | cut -d: -f2- | tr -d '"'
}

# state CHECK: what became of it
state()
{
	grep -o "\"check\":\"$1\",\"state\":\"[a-z]*\"" "$TMP/said" | cut -d'"' -f8
}

# verdict NETNS SECONDS FAULT STATUS [doctor argument...]: it is this fault and
# no other, and nothing of the examination is left in the kernel
verdict()
{
	local ns=$1 seconds=$2 fault=$3 status=$4 rc=0
	shift 4

	doctor "$ns" "$seconds" "$@" || rc=$?
	# Callers who go on after a failure make "set -e" be ignored here.
	expect "the verdict" "$(said verdict)" "$fault" &&
	expect "the exit status" $rc "$status" &&
	expect "the number of faults" "$(grep -o '"todo"' "$TMP/said" | wc -l)" \
		$((status ? 1 : 0)) &&
	calls_are "$ns" 0
}

# faulty NETNS FILTER-NETNS SECONDS FAULT STATUS RULE...: with these rules
faulty()
{
	local ns=$1 where=$2 seconds=$3 fault=$4 status=$5 rc=0
	shift 5

	filter "$where" "$@"
	verdict "$ns" "$seconds" "$fault" "$status" $LOCAL || rc=1
	no_filter "$where"
	return $rc
}

# --- this host ---------------------------------------------------------------

module_faults()
{
	doctor "$B" 1 $LOCAL:9 || true
	expect "the verdict" "$(said verdict)" "$1"
}

start_server()
{
	server_config
	daemon "$A" server
}

client_daemon()
{
	client_config
	daemon "$B" client
}

healthy()
{
	verdict "$B" 10 healthy 0 $LOCAL
	expect "the authentication" "$(said auth)" mschap-v2
	expect "the log-in" "$(state login)" skipped
	expect_num "the largest echo" "$(said largest_echo)" -ge 1400
	slowwait 30 no_calls server
}

log_in()
{
	echo wonderland >"$TMP/password"
	verdict "$B" 10 healthy 0 $LOCAL --user alice \
		--password-file "$TMP/password"
	expect "the log-in" "$(state login)" ok
	slowwait 30 no_calls client
	slowwait 30 no_calls server
	nothing_in "$B"
}

for_people()
{
	at "$B" kpptp --socket "$TMP/client.sock" doctor $LOCAL \
		--timeout $((10 * KPPTP_SLOW)) | tee "$TMP/text"
	file_has "$TMP/text" '^ok       GRE from server'
	file_has "$TMP/text" '^skipped  log-in '
	file_has "$TMP/text" '^healthy:$'
}

interrupted()
{
	local pid rc=0

	filter "$R" "forward meta l4proto gre drop"
	ip netns exec "$B" env --default-signal=INT kpptp \
		--socket "$TMP/client.sock" doctor $LOCAL --timeout 60 \
		>"$TMP/interrupted" 2>&1 &
	pid=$!
	slowwait 20 calls_are "$B" 1
	kill -INT $pid
	wait $pid || rc=$?
	no_filter "$R"
	cat "$TMP/interrupted"
	expect "the exit status" $rc 1
	file_has "$TMP/interrupted" interrupted
	calls_are "$B" 0
}

# --- who answers there -------------------------------------------------------

somebody_else()
{
	ip netns exec "$A" busybox httpd -f -p $HTTP:1723 -h "$TMP" \
		>"$TMP/http" 2>&1 </dev/null &
	echo $! >"$TMP/http.pid"
	slowwait 20 at "$A" busybox nc -w 1 $HTTP 1723
	verdict "$B" 2 wrong-protocol 12 $HTTP
	file_has "$TMP/said" 'not PPTP, it says .*HTTP/1'
}

nobody_speaks()
{
	rm -f "$TMP/silent.in"
	mkfifo "$TMP/silent.in"
	# shellcheck disable=SC2094
	ip netns exec "$A" busybox nc -l -p $SILENT <>"$TMP/silent.in" \
		>"$TMP/silent" &
	echo $! >"$TMP/silent.pid"
	slowwait 20 listens "$A" $SILENT
	verdict "$B" 1 control-silent 12 $LOCAL:$SILENT
}

wrong_password()
{
	echo looking-glass >"$TMP/password"
	verdict "$B" 10 authentication 15 $LOCAL --user alice \
		--password-file "$TMP/password"
	nothing_in "$B"
}

# An option that pppd does not know ends it at once. The daemon does not start with
# one, so it comes later.
no_pppd_there()
{
	daemon_end server
	: >"$TMP/options"
	server_config "pppd-options = file $TMP/options"
	daemon "$A" server
	echo no-such-option >"$TMP/options"
	verdict "$B" 5 ppp-ended 15 $LOCAL
}

# --- GRE ---------------------------------------------------------------------

GRE_OUT="forward ip saddr 203.0.113.2 meta l4proto gre"
GRE_IN="forward ip daddr 203.0.113.2 meta l4proto gre"

nat_rules()
{
	at "$R" nft -f - <<-END
	table ip nat {
		$1
		chain prerouting {
			type nat hook prerouting priority dstnat;
			$2
		}
		chain postrouting {
			type nat hook postrouting priority srcnat;
			ip saddr 10.1.1.0/24 masquerade
		}
	}
	END
}

no_helper()
{
	local rc=0

	nat_rules "" ""
	verdict "$C" 2 nat-without-helper 13 $LOCAL || rc=1
	no_filter "$R"
	at "$R" conntrack -F 2>/dev/null || true
	[ "$(state gre-out)" = ok ] || rc=1
	return $rc
}

helper()
{
	local rc=0

	nat_rules 'ct helper pptp { type "pptp" protocol tcp; }
		chain helpers {
			type filter hook prerouting priority 0;
			tcp dport 1723 ct helper set "pptp"
		}' ""
	verdict "$C" 10 healthy 0 $LOCAL || rc=1
	no_filter "$R"
	return $rc
}

# A NAT that knows calls by the Call ID of the client and rewrites nothing:
# one of them is somebody else's.
shared_id()
{
	local rc=0

	nat_rules "" "ip saddr $LOCAL ip protocol gre @th,48,16 $OCCUPIED dnat to 10.1.1.3
		ip saddr $LOCAL ip protocol gre dnat to 10.1.1.2"
	verdict "$C" 2 call-id-collision 13 $LOCAL --call-id $OCCUPIED || rc=1
	expect "PPP with the other Call ID" "$(state ppp)" ok || rc=1
	no_filter "$R"
	return $rc
}

own_id()
{
	local rc=0

	at "$B" nlcall new call-id=$OCCUPIED local=203.0.113.2 peer=$LOCAL
	doctor "$B" 10 $LOCAL --call-id $OCCUPIED || rc=$?
	at "$B" nlcall del call-id=$OCCUPIED local=203.0.113.2 peer=$LOCAL
	expect "the verdict" "$(said verdict)" call-id-collision
	expect "the exit status" $rc 13
	calls_are "$B" 0
}

# --- large packets -----------------------------------------------------------

narrow()
{
	ip -n "$R" link set to-a mtu "$1"
	ip -n "$A" link set s0 mtu "$1"
}

narrow_link()
{
	local rc=0

	narrow 1300
	verdict "$B" 10 healthy 0 $LOCAL || rc=1
	narrow 1500
	expect "the path MTU" "$(said path_mtu)" 1300 || rc=1
	ip -n "$B" route flush cache
	return $rc
}

black_hole()
{
	local rc=0

	narrow 1300
	faulty "$B" "$R" 3 mtu-black-hole 14 \
		"output icmp type destination-unreachable icmp code frag-needed drop" || rc=1
	narrow 1500
	expect_num "the largest echo" "$(said largest_echo)" -ge 1240 || rc=1
	expect_num "the largest echo" "$(said largest_echo)" -le 1260 || rc=1
	expect "whether large ones get there" "$(said large_reaches_server)" no || rc=1
	return $rc
}

# --- in the end --------------------------------------------------------------

server_ends()
{
	slowwait 30 no_calls server
	daemon_end server
	nothing_in "$A"
	kill "$(cat "$TMP/http.pid")"
	slowwait 20 gone "$(cat "$TMP/http.pid")"
}

all_ends()
{
	daemon_end client
	nothing_in "$B"
	kill -9 "$(cat "$TMP/pptpd.pid")"
	ip netns pids "$A" | xargs -r kill -9
}

test_begin doctor
setup_network || bail_out "no network"

unload_kpptp 2>/dev/null
rmmod pptp 2>/dev/null
run_test "no module" module_faults module-missing
if modprobe -q pptp && module_loaded pptp; then
	run_test "the kernel's own pptp is loaded" module_faults in-tree-pptp
else
	skip_test "the kernel's own pptp is loaded" "it is not there"
fi
need_kpptp
run_test "a server" start_server
run_test "kpptpd does not run" verdict "$B" 10 daemon-down 10 $LOCAL
run_test "kpptpd starts" client_daemon

run_test "all is well" healthy
run_test "all is well, the log-in too" log_in
run_test "all is well, for people" for_people
run_test "a name that is none" verdict "$B" 5 name 11 no-such-host.invalid
run_test "no route" verdict "$B" 5 no-route 11 198.18.0.1
run_test "nobody listens" verdict "$B" 5 tcp-refused 11 $LOCAL:9
run_test "TCP is rejected" faulty "$B" "$R" 5 tcp-rejected 11 \
	"forward tcp dport 1723 reject with icmpx type admin-prohibited"
run_test "TCP is dropped" faulty "$B" "$R" 2 tcp-filtered 11 \
	"forward tcp dport 1723 drop"
run_test "everything is dropped" faulty "$B" "$R" 1 host-unreachable 11 \
	"forward ip daddr $LOCAL drop"
run_test "a web server answers" somebody_else
run_test "nobody speaks" nobody_speaks
run_test "a wrong password" wrong_password

run_test "GRE is dropped both ways" faulty "$B" "$R" 2 \
	gre-blocked-both-ways 13 "$GRE_OUT drop" "$GRE_IN drop"
run_test "GRE to the server is dropped" faulty "$B" "$R" 2 \
	gre-blocked-to-server 13 "$GRE_OUT drop"
run_test "GRE from the server is dropped" faulty "$B" "$R" 2 \
	gre-blocked-from-server 13 "$GRE_IN drop"
run_test "GRE is rejected" faulty "$B" "$R" 2 gre-rejected 13 \
	"$GRE_OUT reject" "$GRE_IN drop"
run_test "our firewall stops GRE out" faulty "$B" "$B" 2 \
	gre-local-firewall 13 "output meta l4proto gre drop"
run_test "our firewall stops GRE in" faulty "$B" "$B" 2 \
	gre-local-firewall 13 "input meta l4proto gre drop"
run_test "NAT without a helper" no_helper
if modprobe -q nf_nat_pptp; then
	run_test "NAT with a helper" helper
else
	skip_test "NAT with a helper" "the kernel has none"
fi
run_test "a Call ID of another client behind NAT" shared_id
run_test "a Call ID of another call of this host" own_id
run_test "a narrow link that says so" narrow_link
run_test "a narrow link that says nothing" black_hole
run_test "Ctrl-C leaves nothing" interrupted

run_test "the server's pppd does not start" no_pppd_there
run_test "the server has no call left, and ends" server_ends
run_test "pptpd instead of it" start_pptpd refuse-pap refuse-chap \
	refuse-mschap require-mschap-v2 noccp
run_test "pptpd: all is well" verdict "$B" 10 healthy 0 $LOCAL
run_test "pptpd: GRE from the server is dropped" faulty "$B" "$R" 2 \
	gre-blocked-from-server 13 "$GRE_IN drop"
run_test "pptpd: GRE to the server is dropped" faulty "$B" "$R" 2 \
	gre-blocked-to-server 13 "$GRE_OUT drop"
run_test "nothing is left" all_ends
test_end
