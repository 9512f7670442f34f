#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several CPUs. The packets of one call come in on two of them at the same
# time: sent by hand on both, then by what runs on both, with and without
# offload; then several calls are busy at once, spread by the kernel (RPS). What
# arrives has to be complete and in order, whatever is set meanwhile. On a kernel
# that watches for data races none may be seen.
#
#	+--------- A ---------+                   +--------- B ---------+
#	| a0  192.0.2.1 ------+------- GRE -------+------ 192.0.2.2  b0 |
#	| pppN 198.51.100.1 ==+===================+== 198.51.100.2 pppN |
#	+---------------------+                   +---------------------+

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

INNER=198.51.100	# call N has .2N-1 at A and .2N at B
CALLS=4
PACKETS=$(many 40000)
# shellcheck disable=SC2034	# copy's
COPY_OCTETS=$((1000000 / KPPTP_SLOW))
BACKLOG=/proc/sys/net/core/netdev_max_backlog
OLD_BACKLOG=$(cat $BACKLOG)

cleanup_more()
{
	echo "$OLD_BACKLOG" >$BACKLOG
}

inner_a()
{
	echo $INNER.$((2 * $1 - 1))
}

inner_b()
{
	echo $INNER.$((2 * $1))
}

# interface NETNS NAME CALL PEER-CALL LOCAL PEER INNER INNER-PEER OFFLOAD: an emulated
# CPU may stand still for a while, and what the other one received must wait for it.
interface()
{
	open_interface "${@:1:8}" 1400 reorder-time=1000000 offload="$9"
}

# tunnel N OFFLOAD: a call between A and B
tunnel()
{
	local n=$1

	interface "$A" "a$n" "$n" $((100 + n)) $LOCAL $PEER "$(inner_a "$n")" \
		"$(inner_b "$n")" "$2"
	interface "$B" "b$n" $((100 + n)) "$n" $PEER $LOCAL "$(inner_b "$n")" \
		"$(inner_a "$n")" "$2"
	slowwait 20 at "$A" ping -c 1 -W 2 "$(inner_b "$n")"
	slowwait 20 at "$B" ping -c 1 -W 2 "$(inner_a "$n")"
}

tunnels_down()
{
	local name

	for name in "$TMP"/[ab][0-9].pid; do
		close_channel "$(basename "$name" .pid)"
		rm "$name"
	done
}

# nothing_lost NETNS CALL LOCAL PEER: adds to LATE what came too late, as it may
# when a CPU stands still for longer than the longest reorder-time
LATE=0
nothing_lost()
{
	local line key

	line=$(at "$1" nlcall get "call-id=$2" "local=$3" "peer=$4")
	echo "$line"
	for key in rx-duplicate rx-far rx-bad; do
		expect "$key of call $2" "$(field $key "$line")" 0
	done
	expect "what call $2 has given up, but for late ones" \
		"$(field rx-lost "$line")" "$(field rx-late "$line")"
	LATE=$((LATE + $(field rx-late "$line")))
}

# --- packets by hand ---------------------------------------------------------

# B has no call: it only sends. An interface serves offload once it has sent.
open_sprayed() # OFFLOAD STATE
{
	interface "$A" a1 1 101 $LOCAL $PEER "$(inner_a 1)" "$(inner_b 1)" "$1"
	at "$A" ping -c 1 -W 1 "$(inner_b 1)" || true
	slowwait 20 call_field_is "$A" offload-state 1 "$2"
}

from_two_cpus() # [OPTION...]
{
	gre_spray from="$B" to="$A" peer=$PEER local=$LOCAL call=1 \
		inner-peer="$(inner_b 1)" inner-local="$(inner_a 1)" \
		cpus=0,1 count="$PACKETS" "$@"
}

spray() # OFFLOAD STATE
{
	local line

	open_sprayed "$@"
	from_two_cpus >"$TMP/spray"
	line=$(cat "$TMP/spray")
	echo "$line"
	nothing_lost "$A" 1 $LOCAL $PEER
	# or they did not come at the same time, and this would show nothing
	expect_num "packets that came early" "$(call_field "$A" rx-reordered 1)" \
		-ge $((PACKETS / 100))
	expect "datagrams that came double" "$(field double "$line")" 0
	expect "datagrams out of order" "$(field behind "$line")" 0
	expect "datagrams received" "$(field received "$line")" $((PACKETS - LATE))
}

# Two programs change settings of the call meanwhile, and each reads back its own.
spray_while_set()
{
	local pid

	open_sprayed 1 $ACTIVE
	at "$A" call_race local=$LOCAL peer=$PEER call=1 rounds="$(many 2000)" \
		mark ttl >"$TMP/set" 2>&1 &
	pid=$!
	from_two_cpus >"$TMP/spray"
	wait $pid || fail "$(cat "$TMP/set")"
	nothing_lost "$A" 1 $LOCAL $PEER
}

# The call ends while its packets come in on both
spray_while_ended()
{
	local pid

	open_sprayed 1 $ACTIVE
	from_two_cpus flood=1 >"$TMP/spray" &
	pid=$!
	slowwait 20 has_received 1
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id=1
	calls_are "$A" 0
	stop $pid || true
	slowwait 20 nothing_comes_in
}

# What was sent before is not for the next call with this Call ID.
nothing_comes_in()
{
	local before

	before=$(field rx-no-call "$(at "$A" nlcall stats)")
	sleep 0.3
	expect "packets for no call" "$(field rx-no-call "$(at "$A" nlcall stats)")" "$before"
}

has_received() # CALL
{
	expect_num "packets received" "$(call_field "$A" rx-packets "$1")" -gt 0
}

# --- TCP -------------------------------------------------------------------------

# both_rps CPUS: at both ends, where the kernel can
both_rps()
{
	have_rps "$A" a0 || return 0
	rps "$A" a0 "$1"
	rps "$B" b0 "$1"
}

# flow N FROM TO ADDRESS: a copy beside others, on one CPU
flow()
{
	COPY_PORT=$((COPY_PORT + $1))
	TMP=$TMP/flow$1
	mkdir -p "$TMP"
	taskset -pc $(($1 / 2 % 2)) $BASHPID >/dev/null
	copy "$2" "$3" "$4" || { echo "flow $1, from $2"; return 1; }
}

# flows CALLS: four each way at the same time, through calls in turn
flows()
{
	local n call pids=() pid

	for ((n = 0; n < 8; n += 2)); do
		call=$((n / 2 % $1 + 1))
		flow $n "$A" "$B" "$(inner_b $call)" &
		pids+=($!)
		flow $((n + 1)) "$B" "$A" "$(inner_a $call)" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
}

# Segments that came to either before others of their flow. What TCP sends again
# because an answer takes long, as it may on an emulated CPU, is none.
out_of_order()
{
	local ns sum=0

	for ns in "$A" "$B"; do
		sum=$((sum + $(at "$ns" nstat -asz TcpExtTCPOFOQueue |
			awk '/^TcpExtTCPOFOQueue/ { print $2 }')))
	done
	echo $sum
}

# carries CALLS OFFLOAD
carries()
{
	local n before came=0

	for ((n = 1; n <= $1; n++)); do
		tunnel "$n" "$2"
	done
	before=$(out_of_order)
	flows "$1"
	for ((n = 1; n <= $1; n++)); do
		nothing_lost "$A" "$n" $LOCAL $PEER
		nothing_lost "$B" $((100 + n)) $PEER $LOCAL
		came=$((came + $(call_field "$A" rx-reordered "$n")))
	done
	echo "$came packets came early"
	# what comes after one that was given up is no fault of the tunnel
	[ $LATE -gt 0 ] ||
		expect "segments out of order" $(($(out_of_order) - before)) 0
}

# A call is one flow to RPS; veth hands its hash on.
spread()
{
	both_rps 3
	carries "$@"
}

# with_calls FUNCTION [ARGUMENT...]: no call is left after it
with_calls()
{
	local rc

	result_of "$@"
	both_rps 0
	tunnels_down
	return $rc
}

test_begin smp
if [ "$(nproc)" -lt 2 ]; then
	skip_test "several CPUs" "this machine has one"
	test_end
fi
setup_pair || bail_out "no namespaces"
need_kpptp
# a full queue would drop what nobody is to lose
echo 100000 >$BACKLOG

ACTIVE=0 DISABLED=1	# as the enum of the netlink family counts
run_test "one call by two CPUs, in order" with_calls spray 1 $ACTIVE
run_test "the same without offload" with_calls spray 0 $DISABLED
run_test "its settings are changed meanwhile" with_calls spray_while_set
run_test "it ends meanwhile" with_calls spray_while_ended
run_test "one call of flows on two CPUs" with_calls carries 1 1
run_test "the same without offload" with_calls carries 1 0
run_test "$CALLS calls at once" with_calls spread $CALLS 1
run_test "nothing is left" slowwait 20 calls_are "$A" 0
test_end
