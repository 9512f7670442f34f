#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The MTU of the PPP interface follows the path to the peer, between what others have
# set and what IP needs; what does not fit all the same leaves in fragments. H sends
# through A's tunnel, R is on the way.
#
#	+-- H --+      +---- A ----+      +---- R ----+      +---- B ----+
#	| h0 .2 +------+ ah .1  a0 +------+ ra     rb +------+ b0        |
#	+-------+      | pppN ====== call 10, 20 ============= pppN      |
#	 10.9.0.0/24   +-----------+ 10.1 +-----------+ 10.2 +-----------+

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"
. "$SELFTESTS/link_lib.sh"
. "$SELFTESTS/topology_lib.sh"

LOCAL=10.1.0.1
PEER=10.2.0.1
INNER=1450		# what others set
OVERHEAD=40		# IP 20, GRE 16, PPP 4
MARK=7

# --- the path ----------------------------------------------------------------

setup_hosts()
{
	new_netns A && new_netns B && new_netns R && new_netns H &&
	join "$A" a0 $LOCAL/24 "$R" ra 10.1.0.254/24 &&
	join "$B" b0 $PEER/24 "$R" rb 10.2.0.254/24 &&
	join "$H" h0 10.9.0.2/24 "$A" ah 10.9.0.1/24 &&
	ip -n "$R" addr add 10.1.0.253/24 dev ra &&
	gateway "$A" 10.1.0.254 && gateway "$B" 10.2.0.254 && gateway "$H" 10.9.0.1 &&
	router "$A" "$R" && ipv6 off &&
	slowwait 10 at "$A" ping -c 1 -W 1 $PEER
}

# ipv6 on|off: on A's interfaces that are made from now on
ipv6()
{
	local off=1

	[ "$1" = off ] || off=0
	at "$A" sysctl -qw net.ipv6.conf.default.disable_ipv6=$off
}

# path MTU: what the second half of it takes
path()
{
	ip -n "$R" link set rb mtu "$1"
	ip -n "$B" link set b0 mtu "$1"
}

# As it was, and nobody remembers
path_again()
{
	path 1500
	ip -n "$A" route flush cache
	ip -n "$B" route flush cache
}

# only_marked COMMAND...: while packets with the mark alone have a route to B
only_marked()
{
	with_marked_route $PEER 10.1.0.253 $MARK "$@"
}

# --- the tunnel --------------------------------------------------------------

# with_tunnel FUNCTION [ATTRIBUTE...], the attributes A's; $DEV is A's interface
with_tunnel()
{
	local rc function=$1
	shift

	open_interface "$B" b 20 10 $PEER $LOCAL $B_INNER $A_INNER $INNER
	at "$B" ip route add 10.9.0.0/24 dev "$DEV"
	open_interface "$A" a 10 20 $LOCAL $PEER $A_INNER $B_INNER $INNER "$@"
	slowwait 20 at "$A" ping -c 1 -W 2 $B_INNER
	result_of $function
	close_channel a
	close_channel b
	path_again
	return $rc
}

mtu_is()
{
	expect "the MTU of $DEV" "$(at "$A" cat "/sys/class/net/$DEV/mtu")" "$1"
}

# mtu_becomes MTU: as frames are sent that fit
mtu_becomes()
{
	slowwait 20 becomes "$1"
}

becomes()
{
	at "$A" ping -c 1 -W 1 $B_INNER >/dev/null
	mtu_is "$1"
}

# big SIZE [OPTION...]: a packet of so many octets that must not be fragmented
big()
{
	local size=$1
	shift

	at "$A" ping -M "do" -c 1 -W 2 -s $((size - 28)) "$@" $B_INNER
}

too_big()
{
	refused "[Mm]essage too long" big "$1"
}

# count FIELD: of A's call
count()
{
	call_field "$A" "$1" 10 $LOCAL $PEER
}

count_is()
{
	expect "$1" "$(count "$1")" "$2"
}

# --- what must hold ----------------------------------------------------------

# The first that is too large is lost, and the router's answer is the last that is
# heard of it: from then on the stack itself says so.
follows()
{
	mtu_is $INNER
	count_is path-mtu 1500
	path 1300
	fails 1 big 1400
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	count_is path-mtu 1300
	too_big $((1300 - OVERHEAD + 1))
	big $((1300 - OVERHEAD))
	count_is tx-fragmented 0
	path_again
	mtu_becomes $INNER
	count_is path-mtu 1500
	big $INNER
	count_is tx-fragmented 0
}

follows_route()
{
	ip -n "$A" route add $PEER via 10.1.0.254 mtu 1200
	mtu_becomes $((1200 - OVERHEAD))
	ip -n "$A" route change $PEER via 10.1.0.254 mtu 1250
	mtu_becomes $((1250 - OVERHEAD))
	ip -n "$A" route del $PEER via 10.1.0.254
	mtu_becomes $INNER
	count_is tx-fragmented 0
}

# A router's word, from the tunnel's host
answers_others()
{
	path 1300
	fails 1 at "$H" ping -M "do" -c 1 -W 2 -s 1372 $B_INNER
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	refused "Frag needed.*mtu = $((1300 - OVERHEAD))" at "$H" \
		ping -M "do" -c 1 -W 5 -s 1372 $B_INNER
	at "$H" ping -M "do" -c 1 -W 5 -s $((1300 - OVERHEAD - 28)) $B_INNER
	at "$H" ping -M dont -c 1 -W 5 -s 1372 $B_INNER
	count_is tx-fragmented 0
}

# Nobody has sent anything large before.
carries_tcp()
{
	local before

	path 1300
	copy "$A" "$B" $B_INNER
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	before=$(count tx-fragmented)
	copy "$A" "$B" $B_INNER
	count_is tx-fragmented "$before"
}

# What does not fit is not lost.
not_below()
{
	path 560
	fails 1 big 700
	slowwait 20 mtu_is 576
	too_big 577
	big 520
	count_is tx-fragmented 0
	big 530
	big 576
	count_is tx-fragmented 2
}

not_below_ipv6()
{
	at "$A" sysctl -qw "net.ipv6.conf.$DEV.disable_ipv6=0"
	at "$A" ip addr add fd00::1/64 dev "$DEV" nodad
	path 1000
	fails 1 big 1400
	slowwait 20 mtu_is 1280
	big 1280
	expect_num "packets in fragments" "$(count tx-fragmented)" -ge 1
	at "$A" ip addr show dev "$DEV" | grep fd00::1
	path 900
	at "$A" ip addr del fd00::1/64 dev "$DEV"
	fails 1 big 950
	mtu_becomes $((900 - OVERHEAD))
}

# It might come still, which an interface with a smaller MTU would not allow.
waits_for_ipv6()
{
	path 1300
	fails 1 big 1400
	# and four that pppd might take off for MPPE
	slowwait 20 mtu_is 1284
	mtu_becomes $((1300 - OVERHEAD))
	too_big $((1300 - OVERHEAD + 1))
}

# As pppd does when LCP is up, and administrators when they like
others_set_it()
{
	path 1300
	fails 1 big 1400
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	at "$A" ip link set "$DEV" mtu 1455
	big 1400
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	path_again
	mtu_becomes 1455
	path 1300
	fails 1 big 1400
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	at "$A" ip link set "$DEV" mtu 1200
	path 1100
	fails 1 big 1150
	slowwait 20 mtu_is $((1100 - OVERHEAD))
	path_again
	mtu_becomes 1200
}

# The interface stays for the next call, while who has it does nothing.
ends()
{
	local pid
	pid=$(cat "$TMP/a.pid")

	path 1300
	fails 1 big 1400
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	kill -STOP "$pid"
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id=10
	mtu_is $INNER
	kill -CONT "$pid"
}

never_df()
{
	path 1300
	fails 1 big 1400
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	count_is tx-fragmented 0
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=10 pmtu-mode=0
	slowwait 20 mtu_is $INNER
	big 1400
	count_is tx-fragmented 1
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=10 pmtu-mode=1
	slowwait 20 mtu_is $((1300 - OVERHEAD))
}

# df FUNCTION [ARGUMENT...]: "df 0" or "df 1", of the data packet it makes A send
df()
{
	local seq

	seq=$(count tx-seq)
	"$@" >&2
	slowwait 20 file_has "$TMP/sniffed" " seq $seq " >&2
	grep " seq $seq " "$TMP/sniffed" | grep -o 'df [01]'
}

may_be_fragmented()
{
	at "$A" ping -M dont -c 1 -W 5 $B_INNER
}

copies_df()
{
	sniff "$B" sniffed from=$LOCAL
	expect "for a packet that has DF" "$(df big 500)" "df 1"
	expect "for one that has not" "$(df may_be_fragmented)" "df 0"
	expect "for a frame of PPP" "$(df channel_write a c021090100080000abcd)" "df 0"
	path 1300
	fails 1 big 1400
	slowwait 20 mtu_is $((1300 - OVERHEAD))
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=10 pmtu-mode=1
	expect "for one that has not" "$(df may_be_fragmented)" "df 1"
}

# MPPE has four octets more, which pppd has taken off 1400; and what is inside can't
# be seen.
follows_encrypted()
{
	DEV=t0
	mtu_is 1396
	path 1350
	fails 1 big 1396
	slowwait 20 mtu_is $((1350 - OVERHEAD - 4))
	too_big $((1350 - OVERHEAD - 3))
	big $((1350 - OVERHEAD - 4))
	count_is tx-fragmented 0
	copy "$A" "$B" $B_INNER
	count_is tx-fragmented 0
	path_again
	mtu_becomes 1396
}

# pppd found an MTU that was the path's already, and took four off.
encrypted_from_the_start()
{
	DEV=t0
	mtu_becomes $((1350 - OVERHEAD - 4))
	ip -n "$A" route change $PEER via 10.1.0.254
	mtu_becomes 1396
}

# IPv6 is negotiated, with MPPE where nobody sees it: its address has come and stays.
keeps_ipv6()
{
	DEV=t0
	slowwait 20 at "$A" ping -c 1 -W 2 ff02::1%t0
	mtu_becomes 1280
	at "$A" ip -6 addr show dev t0 | grep fe80
}

# narrow MTU FUNCTION [ARGUMENT...]: on a path that takes so much from the start
narrow()
{
	local rc

	ip -n "$A" route add $PEER via 10.1.0.254 mtu "$1"
	shift
	result_of "$@"
	ip -n "$A" route del $PEER via 10.1.0.254
	return $rc
}

test_begin mtu
setup_hosts || bail_out "no namespaces"
mkdir -p /etc/ppp
modprobe -q ppp_mppe
need_kpptp

run_test "the MTU of the interface follows the path" with_tunnel follows
run_test "by a mark that alone has a route" only_marked with_tunnel follows mark=$MARK
run_test "it follows the route" with_tunnel follows_route
run_test "others are told by the tunnel's host" with_tunnel answers_others
run_test "TCP passes" with_tunnel carries_tcp
run_test "the same without offload" with_tunnel carries_tcp offload=0
run_test "it does not go below what IPv4 needs" with_tunnel not_below
run_test "nor IPv6, where that is" with_tunnel not_below_ipv6
run_test "what others set is the most" with_tunnel others_set_it
run_test "when the call ends it is what others had set" with_tunnel ends
run_test "without DF it stays" with_tunnel never_df
run_test "DF is that of the packet within" with_tunnel copies_df pmtu-mode=2
ipv6 on
run_test "IPv6 is waited for" with_tunnel waits_for_ipv6
echo 'demo * demo *' >/etc/ppp/chap-secrets
MPPE="novj nobsdcomp nodeflate"
run_test "with MPPE" with_link "$MPPE user demo require-mppe-128" \
	"$MPPE auth require-mschap-v2 require-mppe-128" follows_encrypted
run_test "the same on a path that is small from the start" narrow 1350 \
	with_link "$MPPE user demo require-mppe-128" \
	"$MPPE auth require-mschap-v2 require-mppe-128" encrypted_from_the_start
run_test "IPv6 on a path too small for it" narrow 1000 \
	with_link "noccp novj" "noccp novj" keeps_ipv6
run_test "the same with MPPE" narrow 1000 \
	with_link "$MPPE user demo require-mppe-128" \
	"$MPPE auth require-mschap-v2 require-mppe-128" keeps_ipv6
run_test "nothing is left" slowwait 20 calls_are "$A" 0
test_end
