#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Frames that come before a socket is attached: held, bounded, in order, and
# delivered when it is. PNSs send LCP as soon as they have the call reply.
#
#	+---------- A ----------+         +---------- B ----------+
#	|   a0  192.0.2.1 ------+-- GRE --+---- 192.0.2.2  b0     |
#	+-----------------------+         +-----------------------+

. "$(dirname "$0")/lib.sh"

new()
{
	at "$A" nlcall new local=$LOCAL peer=$PEER call-id="$1" "${@:2}"
}

# inject ID N...
inject()
{
	local id=$1 n packets=()
	shift

	for n in "$@"; do
		packets+=("call=$id,seq=$n,data=$n")
	done
	at "$B" gre_inject send from=$PEER to=$LOCAL "${packets[@]}"
}

attach()
{
	open_channel "$A" "c$1" local=$LOCAL call="$1" peer=$PEER peer-call="$2"
}

# connect call=ID peer-call=ID: a socket that is expected not to
connect()
{
	ip netns exec "$A" timeout $((20 * KPPTP_SLOW)) ppp_chan local=$LOCAL peer=$PEER "$@"
}

held_then_delivered()
{
	new 1 peer-call-id=7
	inject 1 {0..9}
	slowwait 20 call_field_is "$A" rx-early-held 1 10
	call_field_is "$A" held 1 10
	call_field_is "$A" rx-packets 1 0
	attach 1 7
	slowwait 20 channel_got c1 {0..9}
	call_field_is "$A" rx-packets 1 10
	call_field_is "$A" held 1 0
	inject 1 10 11
	slowwait 20 channel_got c1 {0..11}
	call_field_is "$A" rx-early-held 1 10
	close_channel c1
}

held_in_order()
{
	new 2 peer-call-id=7 reorder-time=1000000
	inject 2 0 3 1 2 5 4
	slowwait 20 call_field_is "$A" rx-early-held 2 6
	attach 2 7
	slowwait 20 channel_got c2 {0..5}
	close_channel c2
}

incomplete_holds()
{
	new 3
	inject 3 0 1 2
	slowwait 20 call_field_is "$A" rx-early-held 3 3
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=3 peer-call-id=7
	attach 3 7
	slowwait 20 channel_got c3 0 1 2
	close_channel c3
}

incomplete_is_not_attached()
{
	new 4
	refused "connect: Operation already in progress" connect call=4 peer-call=7
	refused "connect: Operation already in progress" connect call=4 peer-call=0
	call_field_is "$A" state 4 0
}

other_peer_id_is_refused()
{
	new 5 peer-call-id=7
	inject 5 0 1
	refused "connect: Operation already in progress" connect call=5 peer-call=8
	call_field_is "$A" state 5 1
	attach 5 7
	slowwait 20 channel_got c5 0 1
	close_channel c5
}

bounded()
{
	local held dropped

	new 6 peer-call-id=7
	inject 6 {0..299}
	slowwait 20 early_sum_is 6 300
	held=$(call_field "$A" rx-early-held 6)
	dropped=$(call_field "$A" rx-early-dropped 6)
	expect_num "frames held" "$held" -ge 16
	expect_num "frames held" "$held" -le 256
	expect_num "frames dropped" "$dropped" -gt 0
	call_field_is "$A" held 6 "$held"
	attach 6 7
	slowwait 20 call_field_is "$A" rx-packets 6 "$held"
	inject 6 {300..305}
	slowwait 20 ends_with c6 300 301 302 303 304 305
	close_channel c6
}

early_sum_is()
{
	expect "held and dropped" $(($(call_field "$A" rx-early-held "$1") +
		$(call_field "$A" rx-early-dropped "$1"))) "$2"
}

ends_with()
{
	local name=$1 all
	shift

	all=$(channel_numbers "$name")
	case $all in
	*" $* ") ;;
	*) fail "does not end with $*: $all";;
	esac
}

deleted_with_frames()
{
	new 7 peer-call-id=7
	inject 7 0 1 2 5 6
	slowwait 20 call_field_is "$A" rx-early-held 7 5
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id=7
	refused ENOENT call_field "$A" state 7
}

# Buffers of packets in use, wherever
buffers()
{
	awk '$1 == "skbuff_head_cache" { print $2 }' /proc/slabinfo
}

# frames_are_freed NUMBER...: held by one call after the other, until it is many
frames_are_freed()
{
	local before held=0 id

	before=$(buffers)
	for ((id = 100; held < 1000 && id < 160; id++)); do
		new $id peer-call-id=7 rx-seq=0 reorder-time=1000000
		inject $id "$@"
		held=$((held + $(call_field "$A" held $id)))
		at "$A" nlcall del local=$LOCAL peer=$PEER call-id=$id
	done
	expect_num "frames held" "$held" -ge 1000
	expect_num "buffers more than before" $(($(buffers) - before)) -lt 500
}

# Attach again and again while frames pour in: none lost, none twice.
attach_under_traffic()
{
	local id pid

	for ((id = 20; id < 20 + $(many 10) / 5; id++)); do
		new $id peer-call-id=7
		inject $id {0..9} &
		pid=$!
		attach $id 7
		wait $pid
		inject $id {10..15}
		slowwait 20 channel_got c$id {0..15}
		close_channel c$id
	done
}

test_begin early
setup_pair || bail_out "no namespaces"
need_kpptp

run_test "frames before attach are held and delivered" held_then_delivered
run_test "frames before attach are put in order" held_in_order
run_test "an incomplete call holds frames too" incomplete_holds
run_test "an incomplete call can't be attached" incomplete_is_not_attached
run_test "a socket with another peer Call ID is refused" \
	other_peer_id_is_refused
run_test "what is held is bounded" bounded
run_test "a call can be deleted while it holds frames" deleted_with_frames
if [ -e /sys/kernel/debug/kmemleak ]; then
	# What is freed stays a while with KASAN, so that it can't be counted.
	skip_test "frames that are held are freed with the call" "kmemleak looks for them"
else
	run_test "frames that wait for a socket are freed with the call" frames_are_freed {0..63}
	run_test "frames that wait for another are freed with the call" frames_are_freed {1..900}
fi
run_test "attach under traffic loses and doubles nothing" attach_under_traffic
test_end
