#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The way of a call's packets: by the device and mark that it was given, or that its
# socket was given, in a VRF, to where netfilter sends them; and what ICMP may teach
# the host about it, and may not.
#
#	+---- A ----+      +------ R ------+      +---- B ----+
#	| .1     a0 +------+ ra .253  .254 |      |           |	10.1.0.0/24
#	|           |      |            rb +------+ b0     .1 |	10.2.0.0/24
#	+-----------+      +-------+-------+      +-----------+
#	                           | rc  .254 --- c0  .1  C		10.3.0.0/24
# A (a1), B (b1) and C (c1) are on one link besides, a bridge in R:	10.4.0.0/24

. "$(dirname "$0")/lib.sh"

NEAR=10.1.0.1
FAR=10.2.0.1
OTHER=10.3.0.1
MARK=7
VRF_TABLE=200

# --- the hosts ---------------------------------------------------------------

# join_router NETNS DEVICE RDEVICE NETWORK
join_router()
{
	ip -n "$1" link add "$2" type veth peer name "$3" netns "$R" &&
	ip -n "$1" addr add "$4.1/24" dev "$2" &&
	ip -n "$1" link set "$2" up &&
	ip -n "$R" addr add "$4.254/24" dev "$3" &&
	ip -n "$R" link set "$3" up
}

# join_link NETNS DEVICE ADDRESS
join_link()
{
	ip -n "$1" link add "$2" type veth peer name "to-$2" netns "$R" &&
	ip -n "$1" addr add "$3/24" dev "$2" &&
	ip -n "$1" link set "$2" up &&
	ip -n "$R" link set "to-$2" master hub up
}

setup_link()
{
	ip -n "$R" link add hub type bridge && ip -n "$R" link set hub up &&
	join_link "$A" a1 10.4.0.1 && join_link "$B" b1 10.4.0.2 &&
	join_link "$C" c1 10.4.0.3
}

setup_hosts()
{
	new_netns A && new_netns R && new_netns B && new_netns C &&
	join_router "$A" a0 ra 10.1.0 && join_router "$B" b0 rb 10.2.0 &&
	join_router "$C" c0 rc 10.3.0 &&
	ip -n "$R" addr add 10.1.0.253/24 dev ra &&
	at "$R" sysctl -qw net.ipv4.ip_forward=1 &&
	ip -n "$A" route add default via 10.1.0.254 &&
	ip -n "$B" route add default via 10.2.0.254 &&
	ip -n "$C" route add default via 10.3.0.254 &&
	setup_link &&
	slowwait 10 at "$A" ping -c 1 -W 1 $FAR
}

# only_marked COMMAND...: while packets with the mark alone have a route to B
only_marked()
{
	with_marked_route $FAR 10.1.0.253 $MARK "$@"
}

# in_vrf COMMAND...: while A's only device is in a VRF
in_vrf()
{
	local rc

	ip -n "$A" link add red type vrf table $VRF_TABLE
	ip -n "$A" link set red up
	ip -n "$A" link set a0 master red
	ip -n "$A" route add default via 10.1.0.254 table $VRF_TABLE
	result_of "$@"
	ip -n "$A" link del red
	ip -n "$A" route add default via 10.1.0.254
	return $rc
}

# --- a call ------------------------------------------------------------------

# far_end ID: B's end of it
far_end()
{
	open_channel "$B" far local=$FAR call=$(($1 + 1000)) peer=$NEAR peer-call="$1"
}

# talks ID: frames of the call go both ways
talks()
{
	channel_write near 002b00000001 002b00000002
	slowwait 20 file_has "$TMP/far" 'rx 002b00000002'
	channel_write far 002b00000003
	slowwait 20 file_has "$TMP/near" 'rx 002b00000003'
}

# netlink_call ID [ATTRIBUTE...]: made over netlink, then attached
netlink_call()
{
	local id=$1
	shift

	far_end "$id"
	at "$A" nlcall new local=$NEAR peer=$FAR call-id="$id" peer-call-id=$((id + 1000)) "$@"
	open_channel "$A" near local=$NEAR call="$id" peer=$FAR peer-call=$((id + 1000))
	talks
	close_channel near
	close_channel far
}

# socket_call ID [OPTION...]: of a socket alone
socket_call()
{
	local id=$1
	shift

	far_end "$id"
	open_channel "$A" near local=$NEAR call="$id" peer=$FAR peer-call=$((id + 1000)) "$@"
	talks
	close_channel near
	close_channel far
}

no_route()
{
	refused "connect: No route to host" ip netns exec "$A" timeout 20 \
		ppp_chan local=$NEAR call=1 peer=$FAR peer-call=2 "$@"
}

no_address()
{
	refused "connect: Invalid argument" ip netns exec "$A" timeout 20 \
		ppp_chan local=0.0.0.0 call=9 peer=$FAR peer-call=2
}

# Of the same addresses and Call ID, but by another way than the call's
elsewhere_is_not_it()
{
	at "$A" nlcall new local=$NEAR peer=$FAR call-id=20 peer-call-id=1020 device=lo
	at "$B" gre_inject send from=$FAR to=$NEAR call=20,seq=0,data=0 call=20,seq=1,data=1
	slowwait 20 strays_are 2
	at "$A" nlcall get local=$NEAR peer=$FAR call-id=20 | grep ' rx-early-held=0 '
	at "$A" nlcall del local=$NEAR peer=$FAR call-id=20
}

strays_are()
{
	at "$A" nlcall stats | grep "rx-no-call=$1\$\|rx-no-call=$1 "
}

# goes_where_netfilter_says LOCAL PEER OTHER: netfilter's word counts, not the address
# that the call has.
goes_where_netfilter_says()
{
	local near=$1 far=$2 other=$3

	at "$A" nft add table ip paths
	at "$A" nft add chain ip paths out '{ type nat hook output priority -100; }'
	at "$A" nft add rule ip paths out ip daddr "$far" dnat to "$other"
	background "$TMP/sniffed" ip netns exec "$C" gre_inject sniff to="$other"
	slowwait 20 file_has "$TMP/sniffed" ready
	at "$A" nlcall new local="$near" peer="$far" call-id=30 peer-call-id=1030
	open_channel "$A" near local="$near" call=30 peer="$far" peer-call=1030
	channel_write near 002b00000001 002b00000002 002b00000003
	slowwait 20 file_has "$TMP/sniffed" 'seq 2 '
	close_channel near
	at "$A" nft delete table ip paths
	kill "$LAST"
}

# --- what ICMP teaches -------------------------------------------------------

# mtu_of_route [ROUTE...]: what A knows of the path to B
mtu_of_route()
{
	ip -n "$A" route get $FAR from $NEAR "$@" | grep -o 'mtu [0-9]*'
}

# icmp [FIELD...]: an error about a packet of call 40, from R
icmp()
{
	at "$R" icmp_error to=$NEAR about=$FAR mtu=1300 call=1040 "$@"
	# It was taken before this answer came.
	at "$R" ping -c 1 -W 5 $NEAR
}

learns() # WHAT-IT-KNOWS [FIELD...]
{
	local known=$1
	shift

	icmp "$@"
	expect "what A knows of the path" "$(mtu_of_route "${route[@]}")" "$known"
	ip -n "$A" route flush cache
}

# Numbers 0 to 2 were sent.
only_what_was_sent()
{
	local -a route=("$@")

	open_channel "$A" near local=$NEAR call=40 peer=$FAR peer-call=1040
	channel_write near 002b00000001 002b00000002 002b00000003
	slowwait 20 at_least_sent 3
	learns "" call=1041 seq=1
	learns "" about=$OTHER seq=1
	learns "" seq=3
	learns "" seq=$((3 - 1 - (1 << 20) + (1 << 32)))
	learns "mtu 1300" seq=2
	learns "mtu 1300" seq=0
	learns "mtu 1300"
	close_channel near
}

at_least_sent()
{
	expect_num "packets sent" "$(at "$A" nlcall get local=$NEAR peer=$FAR call-id=40 |
		grep -o ' tx-packets=[0-9]*' | cut -d = -f 2)" -ge "$1"
}

new_40()
{
	at "$A" nlcall new local=$NEAR peer=$FAR call-id=40 peer-call-id=1040 "$@"
}

errors_about_a_call()
{
	new_40
	only_what_was_sent
}

errors_about_a_marked_call()
{
	new_40 mark=$MARK
	only_what_was_sent mark $MARK
}

errors_in_a_vrf()
{
	new_40 device=red
	only_what_was_sent vrf red
}

test_begin paths
modprobe -q vrf
modprobe -q bridge
setup_hosts || bail_out "no namespaces"
need_kpptp

run_test "a call of a socket" socket_call 1
run_test "a call made over netlink" netlink_call 2
run_test "without a route a socket is refused" only_marked no_route
run_test "a mark that alone has a route, given over netlink" only_marked netlink_call 3 mark=$MARK
run_test "a mark that alone has a route, given to the socket" only_marked socket_call 4 mark=$MARK
run_test "a VRF, given over netlink" in_vrf netlink_call 5 device=red
run_test "a VRF, given to the socket" in_vrf socket_call 6 device=red
run_test "a device in a VRF, given to the socket" in_vrf socket_call 7 device=a0
run_test "outside the VRF a socket has no route" in_vrf no_route
run_test "a socket that is bound to no address cannot be connected" no_address
run_test "packets that arrive elsewhere are not the call's" elsewhere_is_not_it
run_test "netfilter sends packets to another host behind the router" \
	goes_where_netfilter_says $NEAR $FAR $OTHER
run_test "netfilter sends packets to another host of the link" \
	goes_where_netfilter_says 10.4.0.1 10.4.0.2 10.4.0.3
run_test "ICMP errors count for what a call has sent" errors_about_a_call
run_test "ICMP errors about a call with a mark" only_marked errors_about_a_marked_call
run_test "ICMP errors about a call in a VRF" in_vrf errors_in_a_vrf
test_end
