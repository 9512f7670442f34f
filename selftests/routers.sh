#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two routers that call each other, from start or when there is traffic.
#
#	H1 ---- R1 ---------- I ---------- R2 ---- H2
#	   10.1/16  192.0.2/24  203.0.113/24  10.2/16
#	2001:db8:1::/48                    2001:db8:2::/48
#
# R1 logs in at R2 as "left", R2 at R1 as "right". The hosts know their router
# and nothing else, the Internet knows nothing of their networks.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

ONE=192.0.2.1
TWO=203.0.113.1
H1_IP=10.1.0.2
H2_IP=10.2.0.2
H1_IP6=2001:db8:1::2
H2_IP6=2001:db8:2::2
IDLE=$((8 * KPPTP_SLOW))
ANSWER=$((40 * KPPTP_SLOW))	# seconds for a ping that has to wait for a link

# wire NETNS DEVICE ADDRESS/LEN NETNS DEVICE ADDRESS/LEN
wire()
{
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4" &&
	ip -n "$1" addr add "$3" dev "$2" && ip -n "$4" addr add "$6" dev "$5" &&
	ip -n "$1" link set "$2" up && ip -n "$4" link set "$5" up
}

setup_net()
{
	local ns

	new_netns H1 && new_netns R1 && new_netns I && new_netns R2 &&
	new_netns H2 || return
	for ns in "$R1" "$I" "$R2"; do
		at "$ns" sysctl -qw net.ipv4.ip_forward=1 \
			net.ipv6.conf.all.forwarding=1
	done
	wire "$H1" h1 $H1_IP/16 "$R1" lan 10.1.0.1/16 &&
	wire "$H2" h2 $H2_IP/16 "$R2" lan 10.2.0.1/16 &&
	wire "$R1" wan $ONE/24 "$I" i1 192.0.2.254/24 &&
	wire "$R2" wan $TWO/24 "$I" i2 203.0.113.254/24 || return
	ip -n "$H1" addr add $H1_IP6/64 dev h1 nodad
	ip -n "$H2" addr add $H2_IP6/64 dev h2 nodad
	ip -n "$R1" addr add 2001:db8:1::1/64 dev lan nodad
	ip -n "$R2" addr add 2001:db8:2::1/64 dev lan nodad
	ip -n "$H1" route add default via 10.1.0.1
	ip -n "$H2" route add default via 10.2.0.1
	ip -n "$H1" route add default via 2001:db8:1::1
	ip -n "$H2" route add default via 2001:db8:2::1
	ip -n "$R1" route add default via 192.0.2.254
	ip -n "$R2" route add default via 203.0.113.254
	write_secrets "$R1" && write_secrets "$R2"
	for ns in "$R1" "$R2"; do
		printf '%s * gauche *\n%s * droite *\n' left right \
			>"/etc/netns/$ns/ppp/chap-secrets"
	done
	slowwait 20 at "$R1" ping -c 1 -W 1 $TWO
}

# router ADDRESS OTHER NAME PEER PASSWORD NETWORK NETWORK6 LINK-NETWORK [setting...]
router()
{
	local address=$1 other=$2 name=$3 peer=$4 password=$5 net=$6 net6=$7
	local link=$8
	shift 8

	cat <<-END
	[server]
	enabled = yes
	listen = $address
	local-ip = $link.1
	pool = $link.10-$link.20
	ipv6 = yes
	[peer $peer]
	address = $link.2
	client = $peer
	routes = $net
	routes = $net6
	[client $peer]
	server = $other
	user = $name
	password = $password
	ipv6 = yes
	routes = $net, $net6
	retry-max = 4
	END
	[ $# -eq 0 ] || settings "$@"
}

left_config()
{
	chmod 755 "$TMP"
	{
		write_global left
		router $ONE $TWO left right gauche 10.2.0.0/16 \
			2001:db8:2::/48 10.255.1 "$@"
	} >"$TMP/left.conf"
}

right_config()
{
	chmod 755 "$TMP"
	{
		write_global right
		router $TWO $ONE right left droite 10.1.0.0/16 \
			2001:db8:1::/48 10.255.2 "$@"
	} >"$TMP/right.conf"
}

start_both()
{
	daemon "$R1" left
	daemon "$R2" right
}

# The networks that a router reaches through the tunnel: interfaces, one each.
route_to()
{
	local family=-4

	case $2 in
	*:*)
		family=-6
		;;
	esac
	ip -n "$1" $family route show "$2" proto 172 | sed -n 's/.*dev \(ppp[0-9]*\).*/\1/p'
}

routes_are()
{
	local n=$1

	expect "routes of the left router" "$(route_to "$R1" 10.2.0.0/16 |
		wc -l)" "$n" &&
	expect "routes of the right router" "$(route_to "$R2" 10.1.0.0/16 |
		wc -l)" "$n" &&
	expect "IPv6 routes of the left router" \
		"$(route_to "$R1" 2001:db8:2::/48 | wc -l)" "$n" &&
	expect "IPv6 routes of the right router" \
		"$(route_to "$R2" 2001:db8:1::/48 | wc -l)" "$n"
}

pings()
{
	at "$1" ping -c 2 -i 0.2 -W $((5 * KPPTP_SLOW)) "$2"
}

all_reach_all()
{
	slowwait 60 routes_are 1
	pings "$H1" $H2_IP
	pings "$H2" $H1_IP
	pings "$H1" $H2_IP6
	pings "$H2" $H1_IP6
}

up_calls_are()
{
	cli "$1" calls
	expect "calls of $1" "$(call_json "$1" up | grep -c true)" "$2"
}

# One call is up at both ends and no other exists.
one_call()
{
	up_calls_are left 1 && up_calls_are right 1 && calls_are "$R1" 1 &&
	calls_are "$R2" 1 && routes_are 1
}

no_link()
{
	routes_are 0 && calls_are "$R1" 0 && calls_are "$R2" 0 && no_ppp "$R1" &&
	no_ppp "$R2"
}

# client_is DAEMON NAME [STATE]: it has the client, and in that state
client_is()
{
	cli "$1" clients | grep -E "^$2 .* ${3:-[a-z-]+} " || fail "$(cli "$1" clients)"
}

end_both()
{
	local name

	for name in left right; do
		daemon_end $name
	done
	slowwait 30 no_link
	slowwait 30 no_pppd "$R1"
	slowwait 30 no_pppd "$R2"
	expect "what waits for traffic" "$(ip -n "$R1" -o link show type tun)" ""
}

# --- from start --------------------------------------------------------------

dial_on_start()
{
	left_config "autostart = yes"
	right_config
	start_both
	all_reach_all
	one_call
	cli left calls
	expect "the left end's address" \
		"$(tunnel_ip "$R1" "$(session_if left)")" 10.255.2.2
	expect "routes shown at the right router" \
		"$(cli right --json calls | grep -o '"routes":\[[^]]*\]')" \
		'"routes":["10.1.0.0/16","2001:db8:1::/48"]'
	cli left show "$(session_if left)" |
		grep -F '10.2.0.0/16, 2001:db8:2::/48'
	client_is left right up
}

kill_right()
{
	ip netns pids "$R2" | xargs ps -o pid=,comm= -p |
		awk '$2 == "kpptpd" { print $1 }' | xargs kill -9
}

# The routes go with the link, and nobody has to do anything for it to return.
server_killed()
{
	kill_right
	slowwait 60 no_link
	slowwait 30 client_is left right
	daemon "$R2" right
	all_reach_all
	slowwait 20 one_call
}

right_hangs_up()
{
	cli right disconnect all
	all_reach_all
	slowwait 20 one_call
}

left_hangs_up()
{
	cli left disconnect right
	slowwait 30 no_link
	end_both
}

# --- on demand ---------------------------------------------------------------

start_on_demand()
{
	left_config "demand = yes" "idle-timeout = $IDLE"
	right_config "demand = yes" "idle-timeout = $IDLE"
	start_both
	slowwait 20 client_is left right waiting-for-traffic
	slowwait 20 client_is right left waiting-for-traffic
	no_link
}

# ping_once HOST ADDRESS: its only packet must not be lost
ping_once()
{
	at "$1" ping -c 1 -W $ANSWER "$2" || {
		tail -n 40 "$TMP/left.log" "$TMP/right.log"
		return 1
	}
}

left_wants()
{
	ping_once "$H1" $H2_IP
	pings "$H2" $H1_IP
	one_call
	client_is left right up
	client_is right left other-end-has-called
}

goes_idle()
{
	slowwait 60 no_link
	slowwait 20 client_is left right waiting-for-traffic
	slowwait 20 client_is right left waiting-for-traffic
}

left_wants_ipv6()
{
	ping_once "$H1" $H2_IP6
	one_call
	goes_idle
}

right_wants()
{
	ping_once "$H2" $H1_IP
	all_reach_all
	one_call
	client_is right left up
	client_is left right other-end-has-called
}

# What wants out while the other router is away dials again and again.
demand_and_server_away()
{
	cli right disconnect all
	slowwait 30 no_link
	kill_right
	ip netns exec "$H1" ping -i 0.5 -W 1 $H2_IP >"$TMP/ping" &
	echo $! >"$TMP/ping.pid"
	slowwait 30 file_has "$TMP/left.log" "next try in"
	daemon "$R2" right
	slowwait 90 file_has "$TMP/ping" "bytes from"
	kill "$(cat "$TMP/ping.pid")"
	slowwait 20 one_call
}

# --- both --------------------------------------------------------------------

# However the calls crossed, one is left, and the other end has given up its own.
both_dial()
{
	left_config "autostart = yes"
	right_config "autostart = yes"
	start_both
	all_reach_all
	slowwait 60 one_call
	all_reach_all
	slowwait 30 one_call
	cli left status
	cli right status
}

# Both are up before either end can give way: the name decides.
both_at_the_same_time()
{
	left_config "autostart = yes" "echo-interval = 60"
	right_config "autostart = yes" "echo-interval = 60"
	at "$R1" nft -f - <<-END
	table ip hold {
		chain output {
			type filter hook output priority filter; policy accept;
			ip protocol gre drop
		}
	}
	END
	start_both
	slowwait 30 calls_are "$R1" 2
	slowwait 30 calls_are "$R2" 2
	at "$R1" nft delete table ip hold
	slowwait 60 one_call
	all_reach_all
	slowwait 20 one_call
	client_is left right up
	slowwait 20 client_is right left other-end-has-called
}

# The other one takes over when the caller is told to stop for good.
held_one_takes_over()
{
	cli left disconnect right
	slowwait 60 client_is right left up
	all_reach_all
	slowwait 20 one_call
}

# A router that was restarted calls again; the old call is given up for it.
restarted_caller()
{
	ip -n "$I" link set i2 down
	kill_right
	slowwait 30 calls_are "$R2" 0
	ip -n "$I" link set i2 up
	daemon "$R2" right
	all_reach_all
	slowwait 60 one_call
}

# Failures are told by what the daemons did.
with_logs()
{
	trap '[ $? -eq 0 ] || grep -hvE "(sent|received) |debug: connection" "$TMP/left.log" "$TMP/right.log" | tail -n 45' EXIT
	"$@"
}

check()
{
	local name=$1
	shift

	run_test "$name" with_logs "$@"
}

test_begin routers
setup_net || bail_out "no namespaces"
need_kpptp
modprobe -q tun || true

check "one router dials on start, hosts reach each other" dial_on_start
check "the other is killed and returns: so does the link" server_killed
check "the other hangs up: the link returns" right_hangs_up
check "it ends for good: routes go at both ends" left_hangs_up
check "both wait for traffic" start_on_demand
check "the first packet from the left brings the link up" left_wants
check "without traffic it goes" goes_idle
check "so does the first IPv6 packet" left_wants_ipv6
check "the first packet from the right brings the link up" right_wants
check "traffic while the other router is away" demand_and_server_away
check "daemons end" end_both
check "both dial: one call is left" both_dial
check "daemons end again" end_both
check "both dial at the same time: the call of the first name is left" \
	both_at_the_same_time
check "the one that gave way takes over" held_one_takes_over
check "a restarted router calls again" restarted_caller
check "nothing is left" end_both
test_end
