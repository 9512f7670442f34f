#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kpptp firewall, role by role: the tunnel works through the rules, and
# nothing else does. What is probed is seen to arrive before the rules are
# loaded and after they are removed.
#
#	B client                R Internet           F firewall            A server
#	203.0.113.2 ---- 203.0.113.1 | .129 ---- .130 | 192.0.2.1 ---- 192.0.2.10
#	   b0            r0            r1   outside0   perimeter0        a0 .11
#	                                     manage0 192.0.2.129
#	                                        |
#	                                     m0 192.0.2.130  M administrator

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"
. "$SELFTESTS/topology_lib.sh"

LOCAL=192.0.2.10
CLIENT=203.0.113.2
OTHER=192.0.2.11	# another host of the perimeter network: same machine
TABLE="inet kpptp_perimeter"
PERIMETER=(--role perimeter --outside outside0 --perimeter perimeter0
	   --server "$LOCAL")

set_up()
{
	new_netns A && new_netns B && new_netns R && new_netns F &&
	new_netns M && write_secrets "$A" && write_secrets "$B" &&
	join "$B" b0 $CLIENT/25 "$R" r0 203.0.113.1/25 &&
	join "$R" r1 203.0.113.129/25 "$F" outside0 203.0.113.130/25 &&
	join "$F" perimeter0 192.0.2.1/25 "$A" a0 $LOCAL/25 &&
	join "$F" manage0 192.0.2.129/25 "$M" m0 192.0.2.130/25 &&
	ip -n "$A" addr add $OTHER/25 dev a0 &&
	gateway "$B" 203.0.113.1 && gateway "$A" 192.0.2.1 &&
	gateway "$F" 203.0.113.129 && gateway "$M" 192.0.2.129 &&
	ip -n "$R" route add 192.0.2.0/24 via 203.0.113.130 &&
	router "$R" "$F" &&
	slowwait 10 at "$B" ping -c 1 -W 1 $LOCAL
}

start_both()
{
	server_config mppe=no "$@"
	client_config
	daemon "$A" server
	daemon "$B" client
}

# works: a tunnel from B to A comes up, carries, and ends
works()
{
	dial --mppe no
	ping_server
	[ $# = 0 ] || "$@"
	cli client disconnect all
	slowwait 30 no_calls server
}

copy_both_ways()
{
	copy "$B" "$A" 198.51.100.1
	copy "$A" "$B" "$(tunnel_ip "$B" "$(session_if client)")"
}

# arrive N NETNS FROM NETNS TO: of all probes from the first to the second host
# N are seen there
arrive()
{
	watch_probes "$4" "$3"
	probe "$2" "$5"
	seen "$4" "$1"
}

# seen NETNS N: what is not dropped is there by now, or soon
seen()
{
	[ "$2" != 0 ] || sleep 0.2
	slowwait 20 saw "$1" "$2"
}

saw()
{
	expect "probes seen in $1" "$(probes_seen "$1")" "$2"
}

# all_arrive N: from everywhere to everywhere across and at the firewall, N of
# each
all_arrive()
{
	watch_probes "$A" "$CLIENT, 192.0.2.1"
	watch_probes "$B" "$LOCAL, 203.0.113.130"
	watch_probes "$M" "$LOCAL"
	probe "$B" $LOCAL "$B" $OTHER "$F" $LOCAL \
		"$A" $CLIENT "$F" $CLIENT "$A" 192.0.2.130
	seen "$A" $(($1 * 3))
	seen "$B" $(($1 * 2))
	seen "$M" "$1"
}

# From the router next to it: neither the ping nor its neighbour discovery
# gets through.
ping6_firewall()
{
	ip -n "$R" neigh flush dev r1
	at "$R" ping -6 -c 1 -W 1 \
		"$(ip -n "$F" -6 -o addr show dev outside0 scope link |
		sed -n 's/.* inet6 \([0-9a-f:]*\)\/.*/\1/p')%r1"
}

# --- perimeter ---------------------------------------------------------------

prints_only()
{
	firewall "$F" "${PERIMETER[@]}" >"$TMP/rules"
	at "$F" nft -c -f - <"$TMP/rules"
	expect "what is loaded" "$(at "$F" nft list tables)" ""
	fails 1 firewall "$F" "${PERIMETER[@]}" --check >"$TMP/check"
	file_has "$TMP/check" "is not loaded"
}

loads()
{
	firewall "$F" "${PERIMETER[@]}" "$@" --apply
	firewall "$F" "${PERIMETER[@]}" "$@" --check
}

# The counters of the first load are still there.
loads_again()
{
	local before

	before=$(counted "$F" "$TABLE" forward jump)
	expect_num "packets counted" "$before" -gt 0
	firewall "$F" "${PERIMETER[@]}" --apply >"$TMP/again"
	file_has "$TMP/again" "nothing was changed"
	expect "packets counted" "$(counted "$F" "$TABLE" forward jump)" \
		"$before"
}

tunnel_is_counted()
{
	local chain

	works copy_both_ways
	for chain in outside_in perimeter_out outside_out perimeter_in; do
		expect_num "TCP in $chain" \
			"$(counted "$F" "$TABLE" $chain "port 1723")" -ge 5
		expect_num "GRE in $chain" \
			"$(counted "$F" "$TABLE" $chain gre)" -ge 100
	done
}

dropped()
{
	local chain n=0

	for chain in outside_in outside_out perimeter_in perimeter_out; do
		n=$((n + $(counted "$F" "$TABLE" $chain "everything else")))
	done
	echo $n
}

everything_else_is_dropped()
{
	local before

	before=$(dropped)
	all_arrive 0
	# and the firewall itself, both its sides
	probe "$B" 203.0.113.130 "$B" 192.0.2.1 "$A" 192.0.2.1
	# the filter's own answer to a local sender is no packet
	expect_num "packets dropped" $(($(dropped) - before)) -ge $((PROBES * 8))
	fails 1 at "$B" ping -c 1 -W 1 192.0.2.1
	fails 1 at "$A" ping -c 1 -W 1 192.0.2.1
	fails 1 ping6_firewall
}

# TCP 1723 of another host, GRE to it, TCP from port 1723, a forged source.
pptp_elsewhere_is_dropped()
{
	local before

	before=$(dropped)
	at "$B" python3 - $OTHER $LOCAL <<-'END'
	import socket, sys
	other, server = sys.argv[1:]
	def syn(to, port, source=0):
	    s = socket.socket()
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	    s.setblocking(False)
	    s.bind(("", source))
	    try:
	        s.connect((to, port))
	    except BlockingIOError:
	        pass
	syn(other, 1723)
	syn(server, 1025, 1723)
	gre = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
	gre.sendto(bytes.fromhex("3001880b0000000100000000"), (other, 0))
	raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
	raw.sendto(bytes.fromhex("450000200000000040 2f0000".replace(" ", "")) +
	           socket.inet_aton(server) * 2 +
	           bytes.fromhex("3001880b0000000100000000"), (server, 0))
	END
	slowwait 10 expect_dropped $((before + 3))
	slowwait 10 forged_is_dropped
}

expect_dropped()
{
	expect_num "packets dropped" "$(dropped)" -ge "$1"
}

forged_is_dropped()
{
	expect "forged packets" \
		"$(counted "$F" "$TABLE" outside_in forged)" 1
}

others_are_untouched()
{
	at "$M" ping -c 1 -W 5 192.0.2.129
	at "$F" ping -c 1 -W 5 192.0.2.130
	at "$F" ping -c 1 -W 5 127.0.0.1
	arrive $PROBES "$M" 192.0.2.130 "$F" 192.0.2.129
}

pmtu_is()
{
	at "$A" ip route get $CLIENT | grep -q "mtu $1" ||
		fail "$(at "$A" ip route get $CLIENT)"
}

# path_mtu_is_learned MTU NETNS IF CHAIN: IF of a router, with a smaller MTU, is
# on the way to the client, so that router says "too big". If that were
# dropped, the copy would hang.
path_mtu_is_learned()
{
	local before rc=0

	before=$(counted "$F" "$TABLE" "$4" related)
	# a new route has learned nothing yet
	ip -n "$A" route del default
	gateway "$A" 192.0.2.1
	dial --mppe no
	ip -n "$2" link set "$3" mtu "$1"
	copy "$A" "$B" "$(tunnel_ip "$B" "$(session_if client)")" || rc=$?
	# veth drops what is larger, also where it arrives
	ip -n "$2" link set "$3" mtu 1500
	cli client disconnect all
	slowwait 30 no_calls server
	expect "status of the copy" $rc 0
	expect_num "errors to the server" \
		"$(counted "$F" "$TABLE" "$4" related)" -gt "$before"
	pmtu_is "$1"
	# calls to come have the whole path, and their interfaces the MTU for it
	ip -n "$A" route flush cache
}

peers_are_limited()
{
	firewall "$F" "${PERIMETER[@]}" --peers 198.51.100.0/24 --apply
	fails 1 dial --mppe no --timeout 2
	firewall "$F" "${PERIMETER[@]}" --peers 198.51.100.0/24,203.0.113.0/25 \
		--apply
	works
}

own_services()
{
	loads --allow icmp,tcp/22 --allow-out udp/53
	at "$B" ping -c 1 -W 5 203.0.113.130
	at "$A" ping -c 1 -W 5 192.0.2.1
	fails 1 at "$B" ping -c 1 -W 1 $LOCAL
	watch_probes "$F" $CLIENT
	# ping and ssh arrive above the filter; what comes after is dropped there
	at "$F" nft add chain ip seen late \
		'{ type filter hook input priority 300; }'
	at "$F" nft add rule ip seen late 'tcp dport { 22, 80 } counter'
	probe "$B" 203.0.113.130
	slowwait 10 late_is 1
	arrive 1 "$F" 203.0.113.130 "$B" $CLIENT
}

late_is()
{
	expect "probes for ssh" "$(counted "$F" ip "seen late" tcp)" "$1"
}

# The server's own calls, with B and A in each other's place.
dials_out()
{
	local server=$A client=$B
	local A=$client B=$server LOCAL=$CLIENT

	server_config mppe=no
	client_config
	daemon "$A" server
	daemon "$B" client
	firewall "$F" "${PERIMETER[@]}" --apply
	fails 1 dial --mppe no --timeout 2
	firewall "$F" "${PERIMETER[@]}" --dials-out --apply
	works
	expect_num "answers" \
		"$(counted "$F" "$TABLE" outside_in "sport 1723")" -ge 5
	end_both
}

check_tells()
{
	at "$F" nft flush chain inet kpptp_perimeter outside_out
	fails 1 firewall "$F" "${PERIMETER[@]}" --dials-out --check >"$TMP/diff"
	file_has "$TMP/diff" '^+.*sport 1723'
	fails 1 firewall "$F" "${PERIMETER[@]}" --check >"$TMP/diff"
	file_has "$TMP/diff" '^-.*calls the server places'
	firewall "$F" "${PERIMETER[@]}" --apply
	firewall "$F" "${PERIMETER[@]}" --check
	at "$F" nft add rule inet kpptp_perimeter forward accept
	fails 1 firewall "$F" "${PERIMETER[@]}" --check --json >"$TMP/diff"
	file_has "$TMP/diff" '"state": *"different"'
}

removes_its_own()
{
	at "$F" nft add table inet somebody
	firewall "$F" --remove --role server >"$TMP/removed"
	file_has "$TMP/removed" "Nothing was loaded"
	firewall "$F" --remove >"$TMP/removed"
	file_has "$TMP/removed" "$TABLE"
	expect "what is left" "$(at "$F" nft list tables | grep -v seen)" \
		"table inet somebody"
	at "$F" nft delete table inet somebody
	firewall "$F" --remove
	all_arrive $PROBES
}

ssh_is_kept()
{
	local ssh="SSH_CONNECTION=192.0.2.130 40000 203.0.113.130 22"

	at "$F" nft list tables >"$TMP/before"
	fails 1 at "$F" env "$ssh" kpptp firewall "${PERIMETER[@]}" --apply \
		>"$TMP/ssh" 2>&1
	file_has "$TMP/ssh" "--allow tcp/22"
	at "$F" nft list tables | cmp - "$TMP/before"
	at "$F" env "$ssh" kpptp firewall "${PERIMETER[@]}" --apply --allow tcp/22
	at "$F" env "$ssh" kpptp firewall "${PERIMETER[@]}" --apply --force
	firewall "$F" --remove
	# through an interface that is not named there is nothing to fear
	at "$F" env "${ssh/203.0.113.130/192.0.2.129}" \
		kpptp firewall "${PERIMETER[@]}" --apply
	firewall "$F" --remove
}

confirm()
{
	firewall "$F" --role server --outside outside0 --apply --confirm "$@"
}

# What was there before comes back: other rules, or none at all.
must_be_confirmed()
{
	fails 1 confirm 1
	expect "what is loaded" \
		"$(at "$F" nft list tables | grep -c server)" 0
	echo yes | confirm 60
	firewall "$F" --role server --outside outside0 --check
	echo no | fails 1 confirm 60 --strict
	fails 1 confirm 60 --strict </dev/null
	firewall "$F" --role server --outside outside0 --check
	mkfifo "$TMP/confirm"
	ip netns exec "$F" kpptp firewall --role server --outside outside0 \
		--strict --apply --confirm 3600 <>"$TMP/confirm" 2>"$TMP/confirm.err" &
	slowwait 20 firewall "$F" --role server --outside outside0 --strict \
		--check
	kill -HUP $!
	fails 1 wait $!
	file_has "$TMP/confirm.err" "as they were before"
	firewall "$F" --role server --outside outside0 --check
	firewall "$F" --remove
}

# --- hosts -------------------------------------------------------------------

server_host()
{
	firewall "$A" --role server --outside a0 --allow tcp/80 --apply
	works
	at "$A" nft add chain ip seen late \
		'{ type filter hook input priority 300; }'
	at "$A" nft add rule ip seen late \
		'tcp dport { 22, 80 } counter'
	probe "$B" $LOCAL
	slowwait 10 one_late
	arrive $PROBES "$A" $LOCAL "$B" $CLIENT
	firewall "$A" --role server --outside a0 --strict --apply
	works
	arrive 0 "$A" $LOCAL "$B" $CLIENT
	firewall "$A" --role server --outside a0 --strict --check
	firewall "$A" --remove
}

one_late()
{
	expect "probes that came in" "$(counted "$A" ip "seen late" tcp)" 1
}

client_host()
{
	firewall "$B" --role client --outside b0 --server $LOCAL --apply
	works
	expect_num "GRE" "$(counted "$B" "inet kpptp_client" outside_in gre)" \
		-ge 10
	at "$B" ping -c 1 -W 5 203.0.113.1
	fails 1 at "$R" ping -c 1 -W 1 $CLIENT
	firewall "$B" --role client --outside b0 --server $LOCAL --strict --apply
	works
	fails 1 at "$B" ping -c 1 -W 1 203.0.113.1
	arrive 0 "$B" $CLIENT "$A" $LOCAL
	firewall "$B" --role client --outside b0 --server 192.0.2.77 --strict \
		--apply
	fails 1 dial --mppe no --timeout 2
	firewall "$B" --remove
}

# --- traffic of the peers ----------------------------------------------------

syn_with()
{
	expect_num "SYN with MSS $1" \
		"$(counted "$B" ip "mss in" "maxseg size $1")" -ge 1
}

# A connection that F begins, by way of A, to B's address in the tunnel.
mss_at_client()
{
	at "$B" nft -f - <<-END
	table ip mss
	delete table ip mss
	table ip mss {
		chain in {
			type filter hook input priority 0; policy accept;
			tcp dport 9999 tcp option maxseg size 1460 counter
			tcp dport 9999 tcp option maxseg size 1360 counter
		}
	}
	END
	# refused or not: its SYN has come
	at "$F" busybox nc -w 1 "$(tunnel_ip "$B" "$(session_if client)")" \
		9999 </dev/null || true
	syn_with "$1"
}

forwarded()
{
	local if own chain="inet kpptp_forward"

	router "$A"
	ip -n "$F" route add 198.51.100.0/24 via $LOCAL
	dial --mppe no
	if=$(session_if client)
	own=$(tunnel_ip "$B" "$if")
	ip -n "$B" route add 192.0.2.1 dev "$if"
	mss_at_client 1460
	firewall "$A" --role forward --apply
	firewall "$A" --role forward --check
	mss_at_client 1360
	at "$B" ping -c 1 -W 5 -I "$own" 192.0.2.1
	expect "packets dropped" \
		"$(counted "$A" "$chain" antispoof "somebody else")" 0
	ip -n "$B" addr add 198.51.100.99/32 dev "$if"
	fails 1 at "$B" ping -c 2 -W 1 -I 198.51.100.99 192.0.2.1
	expect "packets dropped" \
		"$(counted "$A" "$chain" antispoof "somebody else")" 2
}

isolated()
{
	local other

	dial --mppe no --name second
	other=$(call_json server remote_ip | tail -n 1)
	firewall "$A" --role forward --isolate --apply
	# both are of B, so what A lets through is not answered: count it
	at "$B" ip route add "$other" dev "$(session_if client | head -n 1)" \
		table 99
	at "$B" ip rule add to "$other" table 99 priority 0
	at "$B" ip rule del priority 0 table local
	at "$B" ip rule add priority 1 table local
	fails 1 at "$B" ping -c 2 -W 1 "$other"
	expect "packets from peer to peer" \
		"$(counted "$A" "inet kpptp_forward" forward "each other")" 2
	at "$B" ip rule del priority 0
	cli client disconnect second
	slowwait 30 one_call
}

one_call()
{
	expect "calls" "$(call_json server call_id | wc -l)" 1
}

flow_is_short()
{
	at "$A" conntrack -L -p tcp 2>/dev/null | grep -q '\[OFFLOAD\]' ||
		fail "no flow is offloaded"
}

# A flow shows that it is offloaded only as long as it lasts.
offloaded()
{
	local pid

	firewall "$A" --role forward --flowtable "a0,$(session_if server)" \
		--apply
	firewall "$A" --role forward --flowtable "a0,$(session_if server)" \
		--check
	COPY_OCTETS=20000000 copy "$B" "$F" 192.0.2.1 &
	pid=$!
	slowwait 20 flow_is_short
	wait $pid
	expect_num "flows" \
		"$(counted "$A" "inet kpptp_forward" forward "short way")" -ge 1
	firewall "$A" --remove
	cli client disconnect all
	slowwait 30 no_calls server
}

# --- iptables ----------------------------------------------------------------

through_iptables()
{
	firewall "$F" "${PERIMETER[@]}" --format iptables-restore |
		at "$F" iptables-restore --noflush
	works
	all_arrive 0
	expect "chains" "$(at "$F" iptables-save | grep -c '^:KPPTP')" 4
	# removed as the text says
	at "$F" iptables-save | grep -vi kpptp | at "$F" iptables-restore
	all_arrive $PROBES
}

# What is only read elsewhere is loaded here: a kernel has the last word.
all_load_in_iptables()
{
	local role

	for role in "server --outside a0 --strict --dials-out --allow icmp" \
		    "client --outside a0 --strict" "forward --isolate" \
		    "nat --outside a0 --inside 10.0.0.0/8 --server 10.0.0.5"; do
		# shellcheck disable=SC2086	# words
		firewall "$M" --role $role --format iptables-restore |
			at "$M" iptables-restore --noflush
	done
	for role in "${PERIMETER[*]}" "--role server --outside a0 --strict" \
		    "--role forward"; do
		# shellcheck disable=SC2086	# words
		firewall "$M" $role --format ip6tables-restore |
			at "$M" ip6tables-restore --noflush
	done
	expect_num "rules" "$(at "$M" iptables-save | grep -c kpptp)" -ge 30
	expect_num "rules" "$(at "$M" ip6tables-save | grep -c kpptp)" -ge 30
}

test_begin firewall
set_up || bail_out "no namespaces"
need_kpptp

run_test "daemons start" start_both
run_test "without rules every probe arrives" all_arrive $PROBES
run_test "without rules IPv6 arrives" slowwait 10 ping6_firewall
run_test "perimeter: printing loads nothing" prints_only
run_test "perimeter: loads" loads
run_test "perimeter: the tunnel works, and is counted four times" \
	tunnel_is_counted
run_test "perimeter: loading again changes nothing" loads_again
run_test "perimeter: everything else is dropped" everything_else_is_dropped
run_test "perimeter: PPTP of others, forged PPTP is dropped" \
	pptp_elsewhere_is_dropped
run_test "perimeter: other interfaces are not touched" others_are_untouched
run_test "perimeter: path MTU is learned from the Internet" \
	path_mtu_is_learned 1380 "$R" r0 outside_in
run_test "perimeter: path MTU is learned from the firewall" \
	path_mtu_is_learned 1300 "$F" outside0 perimeter_out
run_test "perimeter: only --peers may" peers_are_limited
run_test "perimeter: services of the firewall itself" own_services
run_test "daemons end" end_both
run_test "perimeter: a server that dials out" dials_out
run_test "perimeter: --check tells what differs" check_tells
run_test "perimeter: --remove removes our table only" removes_its_own
run_test "an ssh session is not cut off" ssh_is_kept
run_test "rules that are not confirmed go" must_be_confirmed
run_test "daemons start again" start_both
run_test "server: the tunnel works, the rest is dropped" server_host
run_test "client: the tunnel works, the rest is dropped" client_host
run_test "forward: segments fit, sources are checked" forwarded
run_test "forward: peers do not reach each other" isolated
run_test "forward: flows take the short way" offloaded
run_test "perimeter with iptables: works, the rest is dropped" through_iptables
run_test "iptables: every role loads" all_load_in_iptables
run_test "daemons end again" end_both
test_end
