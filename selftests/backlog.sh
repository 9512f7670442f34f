#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Frames that come faster than they are taken: what waits is bounded in frames and
# in memory, for each call and for all of a namespace; what finds no room is
# counted; control frames find some where others do not; and at last everything
# that waited is delivered, or given back. B has no call: it only sends.
#
#	+--------- A ---------+                   +---------- B ----------+
#	| a0  192.0.2.1 ------+------- GRE -------+---- 192.0.2.2  b0     |
#	| pppN 198.51.100.1   |                   +-----------------------+
#	+---------------------+

. "$(dirname "$0")/lib.sh"

A_INNER=198.51.100.1
B_INNER=198.51.100.2
BACKLOG=/proc/sys/net/core/netdev_max_backlog
WEIGHT=/proc/sys/net/core/dev_weight
TX_BIAS=/proc/sys/net/core/dev_weight_tx_bias
LIMIT=/sys/module/kpptp/parameters/backlog
# as in kernel/call.h and kernel/backlog.h
EARLY_MEMORY=131072 CONTROL_MEMORY=131072 FRAME=4096
SUM_MIN=1048576
SUM_ERROR=$((131072 * $(nproc)))
LARGE=20000				# octets of a frame that leaves in fragments
ACTIVE=0				# offload, as the enum of the netlink family counts
ECHO=c0210900000800000000		# LCP's Echo-Request
ASKS_FOR_MPPE=80fd0101000a120601000040

OLD_BACKLOG=$(cat $BACKLOG)
OLD_WEIGHT=$(cat $WEIGHT)
OLD_TX_BIAS=$(cat $TX_BIAS)
OLD_LIMIT=

cleanup_more()
{
	echo "$OLD_BACKLOG" >$BACKLOG
	echo "$OLD_WEIGHT" >$WEIGHT
	echo "$OLD_TX_BIAS" >$TX_BIAS
	[ -z "$OLD_LIMIT" ] || echo "$OLD_LIMIT" >$LIMIT
}

# puts_back FUNCTION: whatever becomes of it, nothing of it is in the way of others
puts_back()
{
	local rc pid

	result_of "$@"
	set +e
	cleanup_more
	[ $rc -ne 0 ] || return 0
	tc -n "$B" qdisc del dev b0 root 2>/dev/null
	for pid in "$TMP"/*.pid; do
		kill "$(cat "$pid")" 2>/dev/null
	done
	return $rc
}

new()
{
	at "$A" nlcall new local=$LOCAL peer=$PEER call-id="$1" peer-call-id=7 "${@:2}"
}

del()
{
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id="$1"
}

# attach ID [ppp_chan argument...]
attach()
{
	open_channel "$A" "c$1" local=$LOCAL call="$1" peer=$PEER peer-call=7 "${@:2}"
}

# send_packets PACKET...: of gre_inject
send_packets()
{
	at "$B" gre_inject send from=$PEER to=$LOCAL "$@"
}

# large ID FIRST N: frames, each of a protocol that is nobody's
large()
{
	local n packets=()

	for ((n = $2; n < $2 + $3; n++)); do
		packets+=("call=$1,seq=$n,data=$n,fill=$LARGE")
	done
	send_packets "${packets[@]}"
}

netns_backlog()
{
	field backlog "$(at "$A" nlcall stats)"
}

netns_backlog_is()
{
	expect "the memory of what waits" "$(netns_backlog)" "$1"
}

# stat_sum_is ID SUM COUNTER...
stat_sum_is()
{
	local line sum=0 key

	line=$(at "$A" nlcall get "call-id=$1" local=$LOCAL peer=$PEER)
	for key in "${@:3}"; do
		sum=$((sum + $(field "$key" "$line")))
	done
	expect "the sum of ${*:3} of $line" "$sum" "$2"
}

# --- without a socket --------------------------------------------------------

early_memory()
{
	local memory

	new 1
	large 1 0 40
	slowwait 20 stat_sum_is 1 40 rx-early-held rx-early-dropped
	memory=$(call_field "$A" backlog 1)
	expect_num "memory of what is held" "$memory" -gt $LARGE
	expect_num "memory of what is held" "$memory" -le $EARLY_MEMORY
	netns_backlog_is "$memory"
	expect_num "frames dropped" "$(call_field "$A" rx-early-dropped 1)" -gt 0
}

# The peer has given up by then. What comes later is held again.
early_time()
{
	slowwait 60 call_field_is "$A" held 1 0
	call_field_is "$A" backlog 1 0
	netns_backlog_is 0
	send_packets call=1,seq=40,data=40 call=1,seq=41,data=41
	slowwait 20 call_field_is "$A" held 1 2
	attach 1
	slowwait 20 channel_got c1 40 41
	stat_sum_is 1 40 rx-early-dropped
	stat_sum_is 1 2 rx-packets
	close_channel c1
	netns_backlog_is 0
}

# Calls without a socket together have half of what the namespace may have, and
# are in the way of nobody who has one.
early_sum()
{
	local id memory

	echo $SUM_MIN >$LIMIT
	new 50
	attach 50
	for ((id = 10; id < 40; id++)); do
		new $id >/dev/null
		large $id 0 10
	done
	for ((id = 10; id < 40; id++)); do
		slowwait 20 stat_sum_is $id 10 rx-early-held rx-early-dropped
	done
	memory=$(netns_backlog)
	expect_num "memory of what is held" "$memory" -gt $EARLY_MEMORY
	expect_num "memory of what is held" "$memory" -le $((SUM_MIN / 2 + SUM_ERROR))
	send_packets call=50,seq=0,data=0 call=50,seq=1,data=1,fill=1000
	slowwait 20 stat_sum_is 50 2 rx-packets
	for ((id = 10; id < 40; id++)); do
		del $id
	done
	netns_backlog_is 0
	close_channel c50
}

# --- with one ----------------------------------------------------------------

# serve ID [ppp_chan argument...]: an interface that takes large packets, which makes
# a call hold frames
serve()
{
	new "$1" reorder-time=1000000
	attach "$1" unit=1 "${@:2}"
	IFNAME=$(sed -n 's/^ready .*ifname=//p' "$TMP/c$1")
	at "$A" sysctl -q "net.ipv6.conf.$IFNAME.disable_ipv6=1"
	at "$A" ip addr add $A_INNER peer $B_INNER dev "$IFNAME"
	at "$A" ip link set "$IFNAME" up mtu 1400
	at "$A" ping -c 1 -W 1 $B_INNER || true
	slowwait 20 call_field_is "$A" offload-state "$1" $ACTIVE
}

echoes_are()
{
	expect "Echo-Requests that came through" \
		"$(grep -c "^rx $ECHO" "$TMP/$1")" "$2"
}

hold_rtnl()
{
	rm -f "$TMP/hold.in"
	mkfifo "$TMP/hold.in"
	# shellcheck disable=SC2094
	ip netns exec "$A" rtnl_hold a0 <>"$TMP/hold.in" >"$TMP/hold" 2>&1 &
	echo $! >"$TMP/hold.pid"
	slowwait 20 file_has "$TMP/hold" held
}

free_rtnl()
{
	echo >"$TMP/hold.in"
	slowwait 20 gone "$(cat "$TMP/hold.pid")"
	rm "$TMP/hold.pid"
}

# small ID FIRST N: frames, with pauses, so that no queue before ours is full
small()
{
	local n packets=()

	for ((n = $2; n < $2 + $3; n++)); do
		packets+=("call=$1,seq=$n,data=$n")
		((n % 50)) || packets+=(wait=50)
	done
	send_packets "${packets[@]}"
}

# echoes ID FIRST
echoes()
{
	local n packets=()

	for ((n = $2; n < $2 + 5; n++)); do
		packets+=("call=$1,seq=$n,payload=$ECHO")
	done
	send_packets "${packets[@]}"
}

# held_for_rtnl ID SEND N: while RTNL is busy, N frames wait that came after a request
# for compression; $MEMORY and $OVERRUN are what comes of them
FRAMES=100
held_for_rtnl()
{
	local id=$1 sum=$(($3 + 6))

	serve "$id"
	hold_rtnl
	echo $FRAMES >$BACKLOG
	send_packets call="$id",seq=0,payload=$ASKS_FOR_MPPE
	"$2" "$id" 1 "$3"
	echoes "$id" $(($3 + 1))
	slowwait 20 stat_sum_is "$id" $sum rx-packets rx-overrun
	echo "$OLD_BACKLOG" >$BACKLOG
	MEMORY=$(netns_backlog)
	OVERRUN=$(call_field "$A" rx-overrun "$id")
	echoes_are "c$id" 0
	free_rtnl
	slowwait 20 echoes_are "c$id" 5
	stat_sum_is "$id" $sum rx-packets rx-overrun
	slowwait 20 netns_backlog_is 0
	close_channel "c$id"
}

few_for_rtnl()
{
	held_for_rtnl 59 small $((3 * FRAMES))
	# the request is one of them
	expect "frames dropped" "$OVERRUN" $((2 * FRAMES + 1))
}

little_for_rtnl()
{
	held_for_rtnl 60 large 60
	expect_num "frames dropped" "$OVERRUN" -gt 0
	expect_num "memory of what is held" "$MEMORY" -gt $LARGE
	expect_num "memory of what is held" "$MEMORY" \
		-le $((FRAMES * FRAME + CONTROL_MEMORY))
}

# ended_while_held: what waits for RTNL is given back by a call that ends
ended_while_held()
{
	local pid

	serve 61
	hold_rtnl
	send_packets call=61,seq=0,payload=$ASKS_FOR_MPPE
	large 61 1 10
	slowwait 20 stat_sum_is 61 11 rx-packets
	expect_num "memory of what is held" "$(netns_backlog)" -gt $LARGE
	del 61 &
	pid=$!
	free_rtnl
	wait $pid
	netns_backlog_is 0
	close_channel c61
}

# B keeps what it sends, then all of it comes to A in one go. Two CPUs of B may take
# turns, which would part the sequence in two if A had them from both.
keep()
{
	! have_rps "$A" a0 || rps "$A" a0 1
	tc -n "$B" qdisc add dev b0 root tbf rate 8bit burst 2000 limit 128mb
}

let_go()
{
	tc -n "$B" qdisc change dev b0 root tbf rate 10gbit burst 128mb limit 128mb
	# one more makes it begin; its answer may take long
	at "$B" ping -c 1 -W 1 $LOCAL || true
	slowwait 60 kept -eq 0
	! have_rps "$A" a0 || rps "$A" a0 0
	tc -n "$B" qdisc del dev b0 root
}

# kept OPERATOR N
kept()
{
	expect_num "packets kept" \
		"$(tc -n "$B" -s -j qdisc show dev b0 | jq '.[0].qlen')" "$@"
}

# burst ID N: so many small frames, then echoes, that A has before it can do anything
# else
burst()
{
	local n packets=()

	for ((n = 0; n < $2; n++)); do
		packets+=("call=$1,seq=$n,data=$n")
	done
	keep
	send_packets "${packets[@]}"
	echoes "$1" "$2"
	let_go
}

# The CPU that has them brings more in one go than there is room for.
overrun()
{
	local count=2500

	serve 62
	echo $SUM_MIN >$LIMIT
	echo 10000 >$BACKLOG
	echo 10000 >$WEIGHT
	burst 62 $count
	slowwait 20 stat_sum_is 62 $((count + 5)) rx-packets rx-overrun
	expect_num "frames dropped" "$(call_field "$A" rx-overrun 62)" -gt 0
	expect_num "frames delivered" "$(call_field "$A" rx-packets 62)" -gt 300
	slowwait 20 echoes_are c62 5
	netns_backlog_is 0
	close_channel c62
}

# A CPU that has nothing but packets to receive, more than there is room for, hands
# on about as many as it brings. Some find no room where a host takes a CPU from the
# VM for a moment: then what another CPU is at waits for it.
keeps_up()
{
	local count pid

	count=$(many 50000)
	serve 64
	echo $SUM_MIN >$LIMIT
	echo 200000 >$BACKLOG
	echo 1000 >$TX_BIAS
	keep
	gre_spray from="$B" to="$A" peer=$PEER local=$LOCAL call=64 \
		inner-peer=$B_INNER inner-local=$A_INNER cpus=0 \
		count="$count" flood=1 size=1000 flows=1000 >"$TMP/spray" &
	pid=$!
	slowwait 60 kept -ge $((count - 2))	# but for the burst of "keep"
	let_go
	wait $pid
	cat "$TMP/spray"
	slowwait 20 stat_sum_is 64 "$count" rx-packets rx-overrun
	expect_num "frames delivered" "$(call_field "$A" rx-packets 64)" \
		-ge $((count / 2))
	netns_backlog_is 0
	close_channel c64
}

# --- a flood -----------------------------------------------------------------

count_what_comes()
{
	at "$A" nft -f - <<-END
		table ip came {
			counter sprayed { }
			chain in {
				type filter hook prerouting priority -400;
				meta l4proto gre counter name sprayed
			}
		}
	END
}

# all_accounted_for ID: each packet that came was handed on, dropped or too late
all_accounted_for()
{
	local came

	came=$(at "$A" nft list counter ip came sprayed | sed -n 's/.*packets \([0-9]*\).*/\1/p')
	expect_num "packets that came" "$came" -gt 0
	stat_sum_is "$1" "$came" rx-packets rx-overrun rx-late rx-far rx-duplicate
}

# flood ID: from two CPUs, to an interface that is slow, by many rules of its firewall.
# One of the senders may fall behind so far that the sequence moves to and fro.
flood()
{
	local count line memory most=0 pid echoes answers

	count=$(many 40000)
	serve 63 echo=1
	slow_input
	count_what_comes
	echo $SUM_MIN >$LIMIT
	echo 100000 >$BACKLOG
	gre_spray from="$B" to="$A" peer=$PEER local=$LOCAL call=63 \
		inner-peer=$B_INNER inner-local=$A_INNER cpus=0,1 \
		count="$count" flood=1 window=500 echo=500 size=1000 flows=1000 \
		>"$TMP/spray" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		memory=$(netns_backlog)
		[ "$memory" -le $most ] || most=$memory
		sleep 0.05
	done
	wait $pid
	at "$A" nft delete table ip slow
	slowwait 20 all_accounted_for 63
	at "$A" nft delete table ip came
	line=$(at "$A" nlcall get call-id=63 local=$LOCAL peer=$PEER)
	{ echo "$line"; cat "$TMP/spray"; echo "most memory seen: $most"; } |
		tee "${VM_OUT:-$TMP}/flood"
	expect_num "most memory seen" "$most" \
		-le $((SUM_MIN + SUM_MIN / 4 + SUM_ERROR))
	# of those that never came, or too late, some may have been echoes
	echoes=$(field echoes "$(cat "$TMP/spray")")
	answers=$(field answers "$(cat "$TMP/spray")")
	expect_num "echoes answered" "$answers" \
		-ge $((echoes - (count - $(field rx-packets "$line") -
			$(field rx-overrun "$line"))))
	netns_backlog_is 0
	close_channel c63
}

# Rules that are all looked at, for each packet.
slow_input()
{
	{
		echo "table ip slow {"
		echo "chain input { type filter hook input priority 0;"
		seq -f "udp dport 1 counter comment \"%g\"" 1500
		echo "}"
		echo "}"
	} | at "$A" nft -f -
}

test_begin backlog
setup_pair || bail_out "no namespaces"
need_kpptp
[ ! -e $LIMIT ] || OLD_LIMIT=$(cat $LIMIT)

run_test "frames without a socket are bounded in memory" early_memory
run_test "and in time" early_time
run_test "and in memory for all calls, in nobody's way" puts_back early_sum
run_test "frames that wait for RTNL are few, echoes let in" puts_back few_for_rtnl
run_test "and bounded in memory" puts_back little_for_rtnl
run_test "a call that ends gives back what it held" puts_back ended_while_held
run_test "a burst finds a bounded queue, echoes let in" puts_back overrun
run_test "a CPU that only receives does not fall behind" puts_back keeps_up
if [ "$(nproc)" -lt 2 ]; then
	skip_test "a flood from two CPUs" "this machine has one"
else
	run_test "a flood from two CPUs: all accounted for, echoes answered" puts_back flood
fi
test_end
