#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Calls that look alike and must not meet: the same addresses and Call IDs in
# two pairs of namespaces at once, and many calls between one pair of hosts.
#
#	+--- A ---+                 +--- B ---+
#	| .1   a0 +------- GRE -----+ b0   .2 |	192.0.2.0/24, calls 1 to 8
#	+---------+                 +---------+
#	+--- C ---+                 +--- D ---+
#	| .1   a0 +------- GRE -----+ b0   .2 |	192.0.2.0/24, calls 1 to 8
#	+---------+                 +---------+

. "$(dirname "$0")/lib.sh"

CALLS=8
TUNNEL_A=198.51.100.1
TUNNEL_B=198.51.100.2

# open_pair NEAR FAR NAME ID [ppp_chan argument...]: both ends of a call. The
# far end's Call ID is 100 more, so that a mix-up shows.
open_pair()
{
	local near=$1 far=$2 name=$3 id=$4
	shift 4

	open_channel "$near" "$name-near$id" local=$LOCAL call="$id" \
		peer=$PEER peer-call=$((id + 100)) "$@"
	open_channel "$far" "$name-far$id" local=$PEER call=$((id + 100)) \
		peer=$LOCAL peer-call="$id" "$@"
}

open_all()
{
	local id

	for ((id = 1; id <= CALLS; id++)); do
		open_pair "$A" "$B" ab $id
		open_pair "$C" "$D" cd $id
	done
	calls_are "$A" $CALLS
	calls_are "$D" $CALLS
}

# Each end of each call sends frames that name it.
tag()
{
	printf '002b%02x%02x' "$1" "$2"
}

got_tags()
{
	local name=$1 first=$2 id=$3 want

	want="rx $(tag "$first" "$id")"
	expect "what $name read" "$(sort -u "$TMP/$name" | grep -v ready)" \
		"$want" && lines_at_least "$TMP/$name" 21
}

each_gets_its_own()
{
	local id n

	for ((n = 0; n < 20; n++)); do
		for ((id = 1; id <= CALLS; id++)); do
			channel_write ab-near$id "$(tag 1 $id)"
			channel_write ab-far$id "$(tag 2 $id)"
			channel_write cd-near$id "$(tag 3 $id)"
			channel_write cd-far$id "$(tag 4 $id)"
		done
	done
	for ((id = 1; id <= CALLS; id++)); do
		slowwait 20 got_tags ab-far$id 1 $id
		slowwait 20 got_tags ab-near$id 2 $id
		slowwait 20 got_tags cd-far$id 3 $id
		slowwait 20 got_tags cd-near$id 4 $id
	done
}

closing_one_leaves_the_others()
{
	close_channel ab-near1
	refused ENOENT call_field "$A" state 1
	call_field_is "$C" state 1 2
	call_field_is "$A" state 2 2
	channel_write ab-near2 "$(tag 1 2)"
	channel_write cd-near1 "$(tag 3 1)"
	slowwait 20 lines_at_least "$TMP/ab-far2" 22
	slowwait 20 lines_at_least "$TMP/cd-far1" 22
}

close_all()
{
	local pid

	for pid in "$TMP"/*.pid; do
		close_channel "$(basename "$pid" .pid)"
		rm "$pid"
	done
	slowwait 20 calls_are "$A" 0
	slowwait 20 calls_are "$D" 0
}

tunnel()
{
	local near=$1 far=$2 name=$3 if

	open_pair "$near" "$far" "$name" 1 unit=1
	if=$(ifname "$name-near1")
	at "$near" ip addr add $TUNNEL_A peer $TUNNEL_B dev "$if"
	at "$near" ip link set "$if" up
	if=$(ifname "$name-far1")
	at "$far" ip addr add $TUNNEL_B peer $TUNNEL_A dev "$if"
	at "$far" ip link set "$if" up
}

ping_through()
{
	at "$1" ping -c 5 -i 0.2 -W $((5 * KPPTP_SLOW)) -s 1000 $TUNNEL_B
}

# The same tunnel addresses too. A and B alone carry the pings.
same_tunnels()
{
	tunnel "$A" "$B" ab
	tunnel "$C" "$D" cd
	ping_through "$A"
	expect_num "packets of the call in A" \
		"$(call_field "$A" rx-packets 1)" -ge 5
	expect "packets of the call in C" "$(call_field "$C" rx-packets 1)" 0
	ping_through "$C"
}

# A forged packet in C, right down to the Call ID, is nothing to A.
other_namespace_is_no_sender()
{
	local before

	before=$(call_field "$A" rx-packets 1)
	at "$D" gre_inject send from=$PEER to=$LOCAL \
		call=1,seq=2147483000,data=1 call=1,seq=2147483001,data=1
	expect "packets of the call in A" "$(call_field "$A" rx-packets 1)" \
		"$before"
	call_field_is "$A" rx-far 1 0
}

# The interface goes elsewhere, the call stays where it was made.
interface_moves()
{
	local if

	if=$(ifname ab-near1)
	at "$A" ip link set "$if" netns "$E"
	at "$E" ip addr add $TUNNEL_A peer $TUNNEL_B dev "$if"
	at "$E" ip link set "$if" up
	ping_through "$E"
	calls_are "$A" 1
	calls_are "$E" 0
}

one_id_two_peers()
{
	ip -n "$B" addr add 192.0.2.3/24 dev b0
	open_channel "$A" to2 local=$LOCAL call=50 peer=$PEER peer-call=51
	open_channel "$A" to3 local=$LOCAL call=60 peer=192.0.2.3 peer-call=51
	open_channel "$B" from2 local=$PEER call=51 peer=$LOCAL peer-call=50
	at "$B" nlcall new local=192.0.2.3 peer=$LOCAL call-id=51 \
		peer-call-id=60
	open_channel "$B" from3 local=192.0.2.3 call=51 peer=$LOCAL \
		peer-call=60
	channel_write to2 002b02
	channel_write to3 002b03
	slowwait 20 file_has "$TMP/from2" "^rx 002b02$"
	slowwait 20 file_has "$TMP/from3" "^rx 002b03$"
	fails 1 grep 002b03 "$TMP/from2"
	fails 1 grep 002b02 "$TMP/from3"
}

test_begin isolation
setup_pair && new_netns C && new_netns D && new_netns E &&
	join_pair "$C" "$D" || bail_out "no namespaces"
need_kpptp

run_test "eight calls each in two pairs of namespaces, all alike" open_all
run_test "each end gets its own frames and no others" each_gets_its_own
run_test "closing one leaves the others" closing_one_leaves_the_others
run_test "all are closed" close_all
run_test "two tunnels with the same addresses and Call IDs" same_tunnels
run_test "a forged packet in another namespace is nothing to a call" \
	other_namespace_is_no_sender
run_test "the interface may move to another namespace" interface_moves
run_test "one Call ID towards two addresses of a peer" one_id_two_peers
run_test "all are closed again" close_all
test_end
