#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A UDP stream over a path with jitter, which reorders: the tunnel must lose
# nothing. (In-tree pptp drops whatever comes late, over half of it.)
#
#	+--------- A ---------+   5 ms +- 1 ms   +--------- B ---------+
#	| a0  192.0.2.1 ------+------ GRE -------+------ 192.0.2.2  b0 |
#	| pppN 198.51.100.1 ==+==================+== 198.51.100.2 pppN |
#	+---------------------+                  +---------------------+

. "$(dirname "$0")/lib.sh"

TUNNEL_A=198.51.100.1
TUNNEL_B=198.51.100.2
RATE=$((40 / KPPTP_SLOW))	# Mbit/s
SECS=5

# unit_up NETNS NAME OWN OTHER
unit_up()
{
	at "$1" ip addr add "$3" peer "$4" dev "$(ifname "$2")"
	at "$1" ip link set "$(ifname "$2")" up mtu 1400
}

tunnel()
{
	open_channel "$A" near local=$LOCAL call=1 peer=$PEER peer-call=2 unit=1
	open_channel "$B" far local=$PEER call=2 peer=$LOCAL peer-call=1 unit=1
	# jitter takes 2 ms; an emulated CPU may stand still for much longer
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=1 reorder-time=1000000
	at "$B" nlcall set local=$PEER peer=$LOCAL call-id=2 reorder-time=1000000
	unit_up "$A" near $TUNNEL_A $TUNNEL_B
	unit_up "$B" far $TUNNEL_B $TUNNEL_A
	slowwait 20 at "$A" ping -c 1 -W 2 $TUNNEL_B
}

jitter()
{
	tc -n "$A" qdisc add dev a0 root netem limit 10000 delay 5ms 1ms
	tc -n "$B" qdisc add dev b0 root netem limit 10000 delay 5ms 1ms
}

# udp [iperf3 option...]: a stream through the tunnel, result in $TMP/iperf
udp()
{
	local pid

	sysctl -qw net.core.rmem_max=33554432 net.core.wmem_max=33554432
	ip netns exec "$B" iperf3 -s -1 -B $TUNNEL_B >"$TMP/server" 2>&1 &
	pid=$!
	slowwait 20 at "$B" sh -c 'ss -Hltn | grep -q :5201'
	at "$A" timeout $((60 + SECS * KPPTP_SLOW * 4)) iperf3 -J -u \
		-c $TUNNEL_B -b ${RATE}M -t $SECS -l 1300 -w 16M "$@" \
		>"$TMP/iperf" || { kill $pid; cat "$TMP/iperf"; return 1; }
	wait $pid
}

json()
{
	sed -n "s/.*\"$1\":[[:space:]]*\([0-9.]*\).*/\1/p" "$TMP/iperf" | tail -n 1
}

# counters NETNS LOCAL PEER ID: what was lost, late or double in the tunnel
counters()
{
	local line key

	line=$(at "$1" nlcall get "local=$2" "peer=$3" "call-id=$4")
	echo "$line"
	for key in rx-lost rx-late rx-duplicate rx-far rx-bad; do
		expect "$key" "$(field $key "$line")" 0
	done
	expect_num "frames that came early" \
		"$(field rx-reordered "$line")" -gt 100
}

loses_nothing()
{
	udp "$@"
	grep '"error"' "$TMP/iperf" || true
	echo "$(json packets) packets, $(json lost_packets) lost," \
		"$(json bits_per_second) bit/s"
	expect_num "packets in the stream" "$(json packets)" -gt 1000
	expect "packets lost inside the tunnel" "$(json lost_packets)" 0
}

test_begin jitter
setup_pair || bail_out "no namespaces"
need_kpptp

run_test "a tunnel without daemons" tunnel
run_test "5 ms +- 1 ms of delay both ways" jitter
run_test "a UDP stream of $RATE Mbit/s loses nothing" loses_nothing
run_test "nothing was lost or late, much was early" \
	counters "$B" $PEER $LOCAL 2
run_test "the same the other way" loses_nothing -R
run_test "nothing was lost or late there, much was early" \
	counters "$A" $LOCAL $PEER 1
test_end
