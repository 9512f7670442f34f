# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A PPP link over calls whose IDs are known, without a daemon, and what is to be
# seen of its offload. Sourced after lib.sh and session_lib.sh. The interface is
# t0 at both ends.
#
#	+--------- A ---------+                   +--------- B ---------+
#	| a0  192.0.2.1 ------+------- GRE -------+------ 192.0.2.2  b0 |
#	| t0  198.51.100.1 ===+=== call 10, 20 ===+=== 198.51.100.2  t0 |
#	+---------------------+                   +---------------------+

A_INNER=198.51.100.1
B_INNER=198.51.100.2

# --- with pppd ---------------------------------------------------------------

# peer NETNS LOCAL PEER ID PEER-ID INNER-LOCAL INNER-PEER [pppd option...]
peer()
{
	local ns=$1 local=$2 peer=$3 id=$4 peer_id=$5 inner=$6:$7
	shift 7

	ip netns exec "$ns" pppd plugin "$TOP/build/lib/kpptp.so" \
		kpptp-local "$local" kpptp-peer "$peer" kpptp-call-id "$id" \
		kpptp-peer-call-id "$peer_id" "$inner" ifname t0 nodetach \
		noauth noipdefault nodefaultroute mtu 1400 mru 1400 debug \
		lcp-echo-interval 0 +ipv6 "$@" >"$TMP/pppd-$id" 2>&1 </dev/null &
	echo $! >"$TMP/pppd-$id.pid"
}

# link_up "OPTIONS OF A" "OPTIONS OF B"
link_up()
{
	# shellcheck disable=SC2086 # options
	peer "$A" $LOCAL $PEER 10 20 $A_INNER $B_INNER $1
	# shellcheck disable=SC2086
	peer "$B" $PEER $LOCAL 20 10 $B_INNER $A_INNER $2
	both_reach
}

both_reach()
{
	slowwait 40 at "$A" ping -c 1 -W 1 $B_INNER
	slowwait 40 at "$B" ping -c 1 -W 1 $A_INNER
}

link_down()
{
	kill "$(cat "$TMP/pppd-10.pid")" "$(cat "$TMP/pppd-20.pid")" \
		2>/dev/null || true
	slowwait 40 gone "$(cat "$TMP/pppd-10.pid")"
	slowwait 40 gone "$(cat "$TMP/pppd-20.pid")"
}

# with_link "OPTIONS OF A" "OPTIONS OF B" FUNCTION [ARGUMENT...]
with_link()
{
	local rc

	link_up "$1" "$2"
	shift 2
	result_of "$@"
	[ $rc -eq 0 ] || tail -n 15 "$TMP"/pppd-?0
	link_down
	return $rc
}

# --- what is to be seen ------------------------------------------------------

# offload_is NETNS STATE: as the enum of the netlink family counts
# shellcheck disable=SC2034 # used where this is sourced
ACTIVE=0 DISABLED=1 WAITING=2 COMPRESSION=4 VJ=5 MULTILINK=6
offload_is()
{
	local id=10 local=$LOCAL peer=$PEER

	[ "$1" = "$A" ] || { id=20 local=$PEER peer=$LOCAL; }
	expect "offload of call $id" \
		"$(call_field "$1" offload-state $id $local $peer)" "$2"
}

feature()
{
	at "$1" ethtool -k t0 | sed -n "s/^[[:space:]]*$2: \([a-z]*\).*/\1/p"
}

is_active()
{
	slowwait 20 offload_is "$A" $ACTIVE
	slowwait 20 offload_is "$B" $ACTIVE
	expect "TSO of A" "$(feature "$A" tcp-segmentation-offload)" on
	expect "checksums of A" "$(feature "$A" tx-checksum-ip-generic)" on
	# not for us to switch on
	expect "nocache-copy of A" "$(feature "$A" tx-nocache-copy)" off
}

# --- its switch --------------------------------------------------------------

offload()
{
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=10 "offload=$1"
	at "$B" nlcall set local=$PEER peer=$LOCAL call-id=20 "offload=$1"
}

# What has ended because of something that was negotiated begins again some
# seconds after that; but who switches it need not wait.
is_active_at_once()
{
	offload 0
	offload 1
	is_active
}
