#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Routes and name servers of a client, and that the tunnel's own path is never
# cut.
#
#	          +---- G1 .1 -----+
#	C .2 -----+                +----- S 203.0.113.1 (server, 10.99.0.1,
#	192.0.2/24+---- G2 .254 ---+      2001:db8:99::1, and 198.18.0.1, which
#	                203.0.113/24      stands for the rest of the Internet)

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

LOCAL=203.0.113.1	# the server
ELSEWHERE=198.18.0.1

# bridge NETNS NAME: a switch; plug NETNS BRIDGE-NETNS NAME DEVICE ADDRESS
bridge()
{
	ip -n "$1" link add "$2" type bridge && ip -n "$1" link set "$2" up
}

plug()
{
	ip -n "$1" link add "$4" type veth peer name "$4-$3" netns "$2" &&
	ip -n "$2" link set "$4-$3" master "$3" up &&
	ip -n "$1" addr add "$5/24" dev "$4" &&
	ip -n "$1" link set "$4" up
}

setup_net()
{
	local ns

	new_netns A && new_netns B && new_netns G1 && new_netns G2 &&
	new_netns W || return
	bridge "$W" lan && bridge "$W" net || return
	plug "$B" "$W" lan c 192.0.2.2 && plug "$G1" "$W" lan g1l 192.0.2.1 &&
	plug "$G2" "$W" lan g2l 192.0.2.254 &&
	plug "$G1" "$W" net g1n 203.0.113.11 &&
	plug "$G2" "$W" net g2n 203.0.113.12 &&
	plug "$A" "$W" net s $LOCAL || return
	for ns in "$G1" "$G2" "$A"; do
		at "$ns" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	ip -n "$A" addr add 10.99.0.1/24 dev lo
	ip -n "$A" addr add $ELSEWHERE/32 dev lo
	ip -n "$A" addr add 2001:db8:99::1/64 dev lo nodad
	ip -n "$A" route add 192.0.2.0/24 via 203.0.113.11
	ip -n "$G1" route add $ELSEWHERE via $LOCAL
	ip -n "$G2" route add $ELSEWHERE via $LOCAL
	ip -n "$B" route add default via 192.0.2.1
	write_secrets "$A" && write_secrets "$B"
	printf 'search example.net\nnameserver 192.0.2.53\n' \
		>"/etc/netns/$B/resolv.conf"
	cp "/etc/netns/$B/resolv.conf" "$TMP/resolv.before"
	cp "/etc/netns/$B/resolv.conf" "$TMP/other.conf"
	before=$(network)
	slowwait 20 at "$B" ping -c 1 -W 1 $ELSEWHERE
}

# Everything of the client's network that a tunnel may change.
network()
{
	ip -n "$B" rule show
	ip -n "$B" -6 rule show
	ip -n "$B" route show table all type unicast
	ip -n "$B" -6 route show proto 172
	ip -n "$B" route show table all type throw
}

untouched()
{
	expect "the network" "$(network)" "$before" &&
	cmp "/etc/netns/$B/resolv.conf" "$TMP/resolv.before" &&
	cmp "$TMP/other.conf" "$TMP/resolv.before"
}

restored()
{
	slowwait 30 no_ppp "$B"
	slowwait 30 no_pppd "$B"
	slowwait 10 untouched
}

configure()
{
	server_config "dns = 192.0.2.77,192.0.2.78"
	client_config "[global]" "dns-hook = $TOP/packaging/kpptp-dns" \
		"[client all]" "server = $LOCAL" "user = alice" \
		"password = wonderland" "default-route = yes" "dns = yes" \
		"[client some]" "server = $LOCAL" "user = alice" \
		"password = wonderland" "ipv6 = yes" "routes = 10.99.0.0/24" \
		"routes = 2001:db8:99::/64, 203.0.113.0/25"
	daemon "$A" server
	daemon "$B" client
}

# device ADDRESS: the interface by which the client reaches it
device()
{
	ip -n "$B" route get "$1" | sed -n 's/.* dev \([^ ]*\).*/\1/p'
}

via()
{
	ip -n "$B" route get "$1" | sed -n 's/.* via \([^ ]*\).*/\1/p'
}

pings()
{
	at "$B" ping -c 3 -i 0.2 -W $((5 * KPPTP_SLOW)) "$1"
}

# The tunnel carries packets, and none of its own came back to it.
carries()
{
	local call

	pings 198.51.100.1
	call=$(at "$B" nlcall dump)
	expect tx-loop "$(field tx-loop "$call")" 0
}

all_through_it()
{
	expect "the way elsewhere" "$(device $ELSEWHERE)" "$(session_if client)"
	expect "the way to the server" "$(device $LOCAL)" c
	expect "the way to the neighbour" "$(device 192.0.2.254)" c
	pings $ELSEWHERE
	carries
}

default_route()
{
	dial --default-route
	routes_are 0.0.0.0/0
	cli client show "$(session_if client)"
	all_through_it
	expect "the server's gateway" "$(via $LOCAL)" 192.0.2.1
	expect "the default route of the system" \
		"$(ip -n "$B" route show default)" \
		"default via 192.0.2.1 dev c "
	cli client show "$(session_if client)" | grep -q '0\.0\.0\.0/0'
}

# Packets go the new way: the old one is dead.
gateway_changes()
{
	ip -n "$B" route replace default via 192.0.2.254
	ip -n "$A" route replace 192.0.2.0/24 via 203.0.113.12
	ip -n "$G1" link set g1l down
	all_through_it
	expect "the server's gateway" "$(via $LOCAL)" 192.0.2.254
}

# With no way at all packets must not go into the tunnel they carry.
gateway_goes_and_returns()
{
	ip -n "$B" route del default
	fails 2 ip -n "$B" route get $LOCAL
	fails 1 at "$B" ping -c 1 -W 1 198.51.100.1
	ip -n "$B" route add default via 192.0.2.254
	all_through_it
	ip -n "$G1" link set g1l up
	ip -n "$A" route replace 192.0.2.0/24 via 203.0.113.11
	ip -n "$B" route replace default via 192.0.2.1
	all_through_it
}

hang_up()
{
	cli client disconnect all
	restored
	pings $ELSEWHERE
}

# The list that is shown, in order; IPv4 and IPv6 come up in any.
shown_routes()
{
	cli client --json calls | sed -n 's/.*"routes":\[\([^]]*\)\].*/\1/p' |
		tr -d '"' | tr , '\n' | sort | xargs
}

routes_are()
{
	slowwait 20 expect_routes "$*"
}

expect_routes()
{
	expect "the routes that are shown" "$(shown_routes)" "$1"
}

split_routes()
{
	local if

	dial --route 10.99.0.0/24,2001:db8:99::/64
	routes_are 10.99.0.0/24 2001:db8:99::/64
	if=$(session_if client)
	expect "the way to the network" "$(device 10.99.0.1)" "$if"
	expect "the way elsewhere" "$(device $ELSEWHERE)" c
	expect "the way to the server" "$(device $LOCAL)" c
	pings 10.99.0.1
	slowwait 20 has_ip6 "$A" "$(session_if server)"
	expect "the way to the IPv6 network" "$(device 2001:db8:99::1)" "$if"
	# it has no global IPv6 address, which is what its link-local one is for
	ip -n "$B" addr add 2001:db8:2::2/64 dev c nodad
	ip -n "$A" route add 2001:db8:2::/64 dev "$(session_if server)"
	pings 2001:db8:99::1
	ip -n "$B" addr del 2001:db8:2::2/64 dev c
	hang_up
}

covers_server()
{
	cli client connect --client some
	routes_are 10.99.0.0/24 2001:db8:99::/64 203.0.113.0/25
	expect "the way to the server" "$(device $LOCAL)" c
	expect "the way to the server's network" "$(device 203.0.113.12)" \
		"$(session_if client)"
	expect "the way to what lies beside it" "$(device 203.0.113.200)" c
	carries
	pings 10.99.0.1
	hang_up
}

# Not even a route to the server alone leads the tunnel into itself.
only_the_server()
{
	dial --route $LOCAL/32
	slowwait 20 log_has client "cannot route $LOCAL/32 through ppp[0-9]*: it is the server"
	expect "the way to the server" "$(device $LOCAL)" c
	carries
	hang_up
}

# A server whose end of the link has the address that the tunnel goes to.
server_in_the_link()
{
	cp "$TMP/server.conf" "$TMP/server.before"
	sed -i "s/^local-ip = .*/local-ip = $LOCAL/" "$TMP/server.conf"
	kill -HUP "$(daemon_pid server)"
	slowwait 10 log_has server "was read anew"
	dial --route 10.99.0.0/24
	routes_are 10.99.0.0/24
	expect "the other end of the link" "$(call_json client remote_ip)" \
		"$LOCAL"
	expect "the way to the server" "$(device $LOCAL)" c
	pings 10.99.0.1
	expect tx-loop "$(field tx-loop "$(at "$B" nlcall dump)")" 0
	hang_up
	cp "$TMP/server.before" "$TMP/server.conf"
	kill -HUP "$(daemon_pid server)"
}

a_route_of_somebody_else()
{
	ip -n "$B" route add 10.99.0.0/24 via 192.0.2.254
	dial --route 10.99.0.0/24
	routes_are 10.99.0.0/24
	expect "the way to the network" "$(device 10.99.0.1)" \
		"$(session_if client)"
	cli client disconnect all
	slowwait 30 no_ppp "$B"
	slowwait 10 expect "the way to it afterwards" "$(via 10.99.0.1)" \
		192.0.2.254
	ip -n "$B" route del 10.99.0.0/24
	restored
}

bad_routes()
{
	local said route

	for route in 10.99.0.1/24 10.99.0.0/33 nowhere 224.0.0.0/4 fe80::/10; do
		! said=$(cli client connect $LOCAL --user alice --password-stdin \
			--route $route 2>&1 <<<x) || fail "$route was taken"
		echo "$said" | grep -qF "$route" || fail "no word of $route: $said"
	done
	untouched
}

dns_is_used()
{
	local file=/etc/netns/$B/resolv.conf

	cli client connect --client all
	cat "$file"
	expect "name servers" \
		"$(sed -n 's/^nameserver //p' "$file" | xargs)" \
		"192.0.2.77 192.0.2.78 192.0.2.53"
	grep -q '^search example.net' "$file"
	cli client show "$(session_if client)" | grep -q '192.0.2.77, 192.0.2.78'
	all_through_it
	hang_up
}

without_dns()
{
	dial
	cmp "/etc/netns/$B/resolv.conf" "$TMP/resolv.before"
	hang_up
}

kill_pppd()
{
	cli client connect --client all
	ip netns pids "$B" | xargs ps -o pid=,comm= -p |
		awk '$2 == "pppd" { print $1 }' | xargs kill -9
	restored
	pings $ELSEWHERE
}

# The rules of a daemon that was killed lead nowhere, and the next one takes
# them away.
kill_daemon()
{
	cli client connect --client all
	all_through_it
	ip netns pids "$B" | xargs ps -o pid=,comm= -p |
		awk '$2 == "kpptpd" { print $1 }' | xargs kill -9
	slowwait 30 no_ppp "$B"
	slowwait 30 no_pppd "$B"
	slowwait 10 cmp "/etc/netns/$B/resolv.conf" "$TMP/resolv.before"
	expect "the way elsewhere" "$(device $ELSEWHERE)" c
	pings $ELSEWHERE
	pings $LOCAL
	daemon "$B" client
	slowwait 10 untouched
}

# Name servers in a file that says so, and marks of interfaces long gone.
named_file()
{
	local hook=$TOP/packaging/kpptp-dns

	export RESOLV_CONF=$TMP/other.conf
	ip link add ppp77 type veth peer name ppp78
	"$hook" up ppp77 192.0.2.1 192.0.2.2
	"$hook" up ppp78 192.0.2.3
	"$hook" up ppp77 192.0.2.4
	expect "name servers" \
		"$(sed -n 's/^nameserver //p' "$TMP/other.conf" | xargs)" \
		"192.0.2.4 192.0.2.3 192.0.2.53"
	"$hook" down ppp78
	expect "name servers" \
		"$(sed -n 's/^nameserver //p' "$TMP/other.conf" | xargs)" \
		"192.0.2.4 192.0.2.53"
	ip link del ppp77
	"$hook" sweep
	cmp "$TMP/other.conf" "$TMP/resolv.before"
	fails 2 "$hook" up ppp77
	fails 2 "$hook" sideways
}

terminate()
{
	cli client connect --client all
	daemon_end client
	restored
	pings $ELSEWHERE
	daemon_end server
}

test_begin routing
setup_net || bail_out "no namespaces"
need_kpptp
run_test "daemons start" configure
run_test "default route: all goes through the tunnel but its own" default_route
run_test "the default gateway changes while the tunnel is up" gateway_changes
run_test "it goes altogether, and returns" gateway_goes_and_returns
run_test "all is as before at the end" hang_up
run_test "routes to some networks, IPv4 and IPv6" split_routes
run_test "a route that contains the server's address" covers_server
run_test "a route to the server alone" only_the_server
run_test "the other end of the link has the server's address" \
	server_in_the_link
run_test "a route of somebody else returns" a_route_of_somebody_else
run_test "routes that cannot be are refused" bad_routes
run_test "name servers of the peer are used, and put back" dns_is_used
run_test "name servers are left alone when they are not wanted" without_dns
run_test "name servers in a file of one's own" named_file
run_test "pppd is killed: all is as before" kill_pppd
run_test "the daemon is killed: the network works, the next start clears up" \
	kill_daemon
run_test "the daemon ends: all is as before" terminate
test_end
