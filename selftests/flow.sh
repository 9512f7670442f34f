#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Outside, a call is one flow. Its packets are numbered, so nothing that tells flows
# apart, or goes by a priority, may let one overtake another; and inside, where there
# are many flows again, nothing is left of that one.
#
#	+--------- A ---------+                   +--------- B ---------+
#	| a0  192.0.2.1 ------+------- GRE -------+------ 192.0.2.2  b0 |
#	| pppN 198.51.100.1 ==+=== call 10, 20 ===+== 198.51.100.2 pppN |
#	+---------------------+                   +---------------------+

. "$(dirname "$0")/lib.sh"

A_INNER=198.51.100.1
B_INNER=198.51.100.2
BULK=$(printf '%01200d' 0)
ROUNDS=10
BURST=20

# with_tunnel FUNCTION [ATTRIBUTE...], the attributes A's
with_tunnel()
{
	local rc function=$1
	shift

	open_interface "$A" a 10 20 $LOCAL $PEER $A_INNER $B_INNER 1400 reorder-time=1000000 "$@"
	open_interface "$B" b 20 10 $PEER $LOCAL $B_INNER $A_INNER 1400 reorder-time=1000000
	slowwait 20 at "$A" ping -c 1 -W 2 $B_INNER
	result_of $function
	close_channel a
	close_channel b
	return $rc
}

# --- sending -----------------------------------------------------------------

# What many of Debian's machines have in front of their uplink, and that is slow.
slow_uplink()
{
	tc -n "$A" qdisc add dev a0 root handle 1: htb default 10
	tc -n "$A" class add dev a0 parent 1: classid 1:10 htb rate 2mbit burst 1600 cburst 1600
	tc -n "$A" qdisc add dev a0 parent 1:10 handle 2: fq_codel target 5s interval 10s
}

# A flow that fills the queue, and one that seldom sends, as a call or a game does
two_flows()
{
	# shellcheck disable=SC2016 # for the shell there
	at "$A" bash -c 'exec 3>/dev/udp/$1/5001 4>/dev/udp/$1/5002
		for ((round = 0; round < $2; round++)); do
			for ((i = 0; i < $3; i++)); do
				printf "%s" "$4" >&3
			done
			printf x >&4
		done' two_flows $B_INNER $ROUNDS $BURST "$BULK"
	slowwait 20 all_came
}

all_came()
{
	expect_num "packets received" "$(call_field "$B" rx-packets 20 $PEER $LOCAL)" -ge \
		$((ROUNDS * (BURST + 1)))
}

overlimits()
{
	tc -n "$A" -s qdisc show dev a0 | sed -n '/htb/,/overlimits/s/.*overlimits \([0-9]*\).*/\1/p'
}

stays_in_order()
{
	local line

	slow_uplink
	two_flows
	line=$(at "$B" nlcall get call-id=20 local=$PEER peer=$LOCAL)
	echo "$line"
	# or there was no queue, and this would show nothing
	expect_num "times the uplink was full" "$(overlimits)" -ge $ROUNDS
	tc -n "$A" qdisc del dev a0 root
	expect "packets that came early" "$(field rx-reordered "$line")" 0
	expect "packets that came late" "$(field rx-late "$line")" 0
	expect "packets lost" "$(field rx-lost "$line")" 0
}

# count_priority PRIORITY: packets of the call that leave with it from now on
count_priority()
{
	at "$A" nft -f - <<-END
	table ip outside
	delete table ip outside
	table ip outside {
		counter has { }
		counter others { }
		chain out {
			type filter hook output priority 0
			meta l4proto gre meta priority $1 counter name has accept
			meta l4proto gre counter name others
		}
	}
	END
}

counted()
{
	at "$A" nft list counter ip outside "$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

counted_is()
{
	expect "packets counted as '$1'" "$(counted "$1")" "$2"
}

ECHO_REQUEST=c021090100080000abcd

# Of what the tunnel has been tried with, A owes B an acknowledgement, which goes alone
# when nothing carries it: until nothing has left for longer than it may wait (100 ms).
sent_by_a()
{
	echo "$(call_field "$A" tx-packets 10) and $(call_field "$A" tx-acks 10)"
}

nothing_leaves()
{
	local before

	before=$(sent_by_a)
	sleep 0.3
	expect "what A has sent" "$(sent_by_a)" "$before"
}

control_goes_first()
{
	slowwait 20 nothing_leaves
	count_priority 0:7
	channel_write a $ECHO_REQUEST
	slowwait 20 counted_is has 1
	counted_is others 0
	at "$A" ping -c 1 -W 5 $B_INNER
	counted_is others 1
	# what acknowledges the answer alone
	slowwait 20 counted_is has 2
}

one_priority_for_all()
{
	slowwait 20 nothing_leaves
	# lowdelay, which is 6
	count_priority 0:6
	channel_write a $ECHO_REQUEST
	slowwait 20 counted_is has 1
	at "$A" ping -c 1 -W 5 $B_INNER
	at "$A" ping -c 1 -W 5 -Q 8 $B_INNER
	counted_is has 3
}

# --- receiving ---------------------------------------------------------------

# All come on one CPU, and outside as one flow.
many_flows()
{
	# shellcheck disable=SC2016 # for the shell there
	at "$A" taskset -c 0 bash -c 'for ((i = 0; i < 32; i++)); do
			printf x >/dev/udp/$1/5003
		done' many_flows $B_INNER
}

spreads_on_interface()
{
	rps "$B" "$(ifname b)" 3
	at "$B" nft -f - <<-END
	table ip outside {
		counter cpu0 { }
		counter cpu1 { }
		chain in {
			type filter hook prerouting priority 0
			udp dport 5003 meta cpu 0 counter name cpu0
			udp dport 5003 meta cpu 1 counter name cpu1
		}
	}
	END
	many_flows
	slowwait 20 cpus_have 32
	at "$B" nft list table ip outside
	expect_num "flows on CPU 0" "$(on_cpu 0)" -gt 0
	expect_num "flows on CPU 1" "$(on_cpu 1)" -gt 0
}

on_cpu()
{
	at "$B" nft list counter ip outside "cpu$1" | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

cpus_have()
{
	expect "datagrams" $(($(on_cpu 0) + $(on_cpu 1))) "$1"
}

# Nobody says that no socket is there, which would be an error to the sender.
take_silently()
{
	at "$B" nft -f - <<-END
	table ip taken {
		chain in {
			type filter hook input priority 0
			udp dport 5001-5003 drop
		}
	}
	END
}

test_begin flow
{ setup_pair && take_silently; } || bail_out "no namespaces"
need_kpptp
run_test "two flows of a call stay in order in a queue of flows" with_tunnel stays_in_order
run_test "control frames and bare acknowledgements have priority" with_tunnel control_goes_first
run_test "with one TOS all packets of a call have one priority" with_tunnel one_priority_for_all \
	tos-mode=0 tos=16
if [ "$(nproc)" -ge 2 ] && have_rps "$B" b0; then
	run_test "flows from one call are spread on its interface" with_tunnel spreads_on_interface
else
	skip_test "flows from one call are spread on its interface" "one CPU, or a kernel without RPS"
fi
run_test "nothing is left" slowwait 20 calls_are "$A" 0
test_end
