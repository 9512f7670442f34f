#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Early demultiplexing: a packet of a call takes the route that the one before
# it had, without being looked up again. It must do so only while a look-up
# would say the same, and be seen by nobody.
#
#	+---------- A ----------+         +---------- B ----------+
#	|   a0  192.0.2.1 ------+-- GRE --+---- 192.0.2.2  b0     |
#	|   a1 198.51.100.1 ----+---------+-- 198.51.100.2  b1    |
#	+-----------------------+         +-----------------------+

. "$(dirname "$0")/lib.sh"

TRACE=/sys/kernel/tracing
COUNT=20

new()
{
	at "$A" nlcall new local=$LOCAL peer=$PEER call-id=5 peer-call-id=6 \
		offload=0 rx-seq=0
	open_channel "$A" ch local=$LOCAL call=5 peer=$PEER peer-call=6
}

end()
{
	close_channel ch
	slowwait 20 calls_are "$A" 0
}

# with_call FUNCTION: a call, and what has a route already
with_call()
{
	new
	# a function whose failure is looked at goes on after it
	set +e
	(set -e; seq_send 0 1; arrived 1; "$@")
	rc=$?
	set -e
	end
	return $rc
}

# seq_send FIRST COUNT
seq_send()
{
	local i packets=()

	for ((i = $1; i < $1 + $2; i++)); do
		packets+=("call=5,seq=$i,data=$i")
	done
	at "$B" gre_inject send from=$PEER to=$LOCAL "${packets[@]}"
}

arrived()
{
	slowwait 20 call_field_is "$A" rx-packets 5 "$1"
}

# not_arrived COUNT: nothing more has come when what was sent after it has. What
# gre_inject and this send, from the same CPU, waits for A in one queue.
not_arrived()
{
	at "$B" taskset -c 0 ping -c 1 -W $((5 * KPPTP_SLOW)) 198.51.100.1
	call_field_is "$A" rx-packets 5 "$1"
}

# look_ups FIRST: how many there are for where packets from B are to go, for
# COUNT packets from FIRST on
look_ups()
{
	echo >"$TRACE/trace"
	echo 1 >"$TRACE/events/fib/fib_table_lookup/enable"
	seq_send "$1" $COUNT >&2
	arrived $(($1 + COUNT)) >&2
	echo 0 >"$TRACE/events/fib/fib_table_lookup/enable"
	grep -c "iif $(at "$A" cat /sys/class/net/a0/ifindex) .*$PEER/0 -> $LOCAL/0" \
		"$TRACE/trace" || true
}

look_ups_are_spared()
{
	expect_num "look-ups for $COUNT packets" "$(look_ups 1)" -lt $((COUNT / 4))
	# and not, when nobody wants it
	at "$A" sysctl -qw net.ipv4.ip_early_demux=0
	expect_num "look-ups for $COUNT packets without" \
		"$(look_ups $((1 + COUNT)))" -ge $COUNT
	at "$A" sysctl -qw net.ipv4.ip_early_demux=1
	expect_num "look-ups for $COUNT packets again" \
		"$(look_ups $((1 + 2 * COUNT)))" -lt $((COUNT / 4))
}

address_goes()
{
	ip -n "$A" addr del $LOCAL/24 dev a0
	ip -n "$A" addr add 192.0.2.9/24 dev a0
	seq_send 1 5
	not_arrived 1
	ip -n "$A" addr del 192.0.2.9/24 dev a0
	ip -n "$A" addr add $LOCAL/24 dev a0
	slowwait 20 at "$A" ping -c 1 -W 1 $PEER
	seq_send 6 5
	arrived 6
}

rule_comes()
{
	# before the table of local addresses, which is asked first
	ip -n "$A" rule add pref 100 lookup local
	ip -n "$A" rule del pref 0
	seq_send 1 5
	arrived 6
	ip -n "$A" rule add pref 1 iif a0 to $LOCAL blackhole
	seq_send 6 5
	not_arrived 6
	ip -n "$A" rule del pref 1
	ip -n "$A" rule add pref 0 lookup local
	ip -n "$A" rule del pref 100
	seq_send 11 5
	arrived 11
}

# By another interface the same packets are forged, if reverse paths are asked.
other_interface()
{
	at "$A" sysctl -qw net.ipv4.conf.all.rp_filter=1
	seq_send 1 5
	arrived 6
	# who asks from another network is not told the address either
	ip -n "$B" neigh replace 198.51.100.1 dev b1 lladdr \
		"$(at "$A" cat /sys/class/net/a1/address)"
	ip -n "$B" route add $LOCAL/32 via 198.51.100.1 dev b1
	at "$B" ip route get $LOCAL | grep -q b1
	seq_send 6 5
	not_arrived 6
	at "$A" sysctl -qw net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.a1.rp_filter=0
	seq_send 11 5
	arrived 11
	ip -n "$B" route del $LOCAL/32
	seq_send 16 5
	arrived 16
}

# seen CHAIN: packets that its counter has
seen()
{
	at "$A" nft list counter ip seen "$1" |
		sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

netfilter_sees_all()
{
	local hook

	at "$A" nft -f - <<-END
		table ip seen {
			counter prerouting { }
			counter input { }
			chain prerouting {
				type filter hook prerouting priority 0;
				ip protocol gre counter name prerouting
			}
			chain input {
				type filter hook input priority 0;
				ip protocol gre counter name input
			}
		}
	END
	seq_send 1 5
	arrived 6
	for hook in prerouting input; do
		expect "packets seen in $hook" "$(seen $hook)" 5
	done
	for hook in prerouting input; do
		at "$A" nft add rule ip seen $hook ip protocol gre drop
		seq_send 6 5
		not_arrived 6
		at "$A" nft flush chain ip seen $hook
	done
	at "$A" nft delete table ip seen
	seq_send 11 5
	arrived 11
}

# What netfilter sends elsewhere goes there.
netfilter_redirects()
{
	at "$A" nft -f - <<-END
		table ip nat {
			chain prerouting {
				type nat hook prerouting priority dstnat;
				ip protocol gre dnat to 192.0.2.77
			}
		}
	END
	# a flow that was seen before keeps its way
	at "$A" conntrack -F
	seq_send 1 5
	not_arrived 1
	at "$A" nft delete table ip nat
	at "$A" conntrack -F
	seq_send 6 5
	arrived 6
}

raw_sockets_see_all()
{
	sniff "$A" raw to=$LOCAL
	seq_send 1 5
	arrived 6
	slowwait 20 lines_at_least "$TMP/raw" 5 "call 5 seq"
	kill "$(cat "$TMP/raw.pid")"
}

# The hook is there while there are calls.
hooks()
{
	at "$A" nft list hooks ip | grep -c kpptp || true
}

hook_comes_and_goes()
{
	expect "hooks without a call" "$(hooks)" 0
	new
	expect "hooks with a call" "$(hooks)" 1
	end
	expect "hooks after the call" "$(hooks)" 0
}

devices_go()
{
	ip -n "$A" link del a0
	ip -n "$A" link set a1 down
	ip -n "$A" link set a1 up
}

test_begin demux
setup_pair || bail_out "no namespaces"
ip -n "$A" link add a1 type veth peer name b1 netns "$B"
ip -n "$A" addr add 198.51.100.1/24 dev a1
ip -n "$B" addr add 198.51.100.2/24 dev b1
ip -n "$A" link set a1 up
ip -n "$B" link set b1 up
need_kpptp
[ -e $TRACE/trace ] || mount -t tracefs tracefs $TRACE

if modprobe -q nfnetlink_hook; then
	run_test "the hook is there while there are calls" hook_comes_and_goes
else
	skip_test "the hook is there while there are calls" \
		"this kernel does not list hooks"
fi
run_test "packets take the route of the one before" with_call look_ups_are_spared
run_test "not to an address that has gone" with_call address_goes
run_test "not past a rule that has come" with_call rule_comes
run_test "not by another interface" with_call other_interface
run_test "netfilter sees each packet, and may drop it" with_call netfilter_sees_all
run_test "netfilter may send them elsewhere" with_call netfilter_redirects
run_test "raw sockets see each packet" with_call raw_sockets_see_all
run_test "a device goes while its route is kept" with_call devices_go
test_end
