#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many calls: opened and closed every way there is, by the two thousand, with
# nothing left and no grace period waited for each.
#
#	+------- A -------+               +------- B -------+
#	| a0  192.0.2.1 --+---------------+-- 192.0.2.2  b0 |
#	+-----------------+               +-----------------+

. "$(dirname "$0")/lib.sh"

TRACING=/sys/kernel/tracing
# Everything that waits for a grace period ends in one of these.
WAITS="synchronize_rcu synchronize_rcu_expedited rcu_barrier"

bench()
{
	timeout $((300 * KPPTP_SLOW)) ip netns exec "$A" call_bench "$@"
}

bench_args()
{
	echo "local=$LOCAL peer=$PEER count=$1"
}

nothing_left()
{
	slowwait 30 calls_are "$A" 0
	expect "lines of a dump" "$(at "$A" nlcall dump | wc -l)" 0
	slowwait 30 refcount_is "$REFCOUNT"
}

refcount_is()
{
	expect "the module's reference count" \
		"$(cat /sys/module/kpptp/refcnt)" "$1"
}

open_and_close()
{
	local how=$1 count=$2 out
	shift 2

	# shellcheck disable=SC2046
	out=$(bench "$how" $(bench_args "$count") "$@")
	echo "$out"
	expect "what call_bench said" "$(echo "$out" | tr '\n' ' ')" \
		"open $count closing left 0 "
	nothing_left
}

# kB that the kernel has for objects that nobody can make it give back
slab_kb()
{
	awk '$1 == "SUnreclaim:" { print $2 }' /proc/meminfo
}

slab_is_below()
{
	expect_num "kB of objects" "$(slab_kb)" -lt "$1"
}

# A call takes more than 1 kB. The first time whatever grows with them has grown.
memory_comes_back()
{
	local how=$1 count=$2 before

	open_and_close "$how" "$count"
	before=$(slab_kb)
	open_and_close "$how" "$count"
	slowwait 30 slab_is_below $((before + count / 2))
}

# Hits of the probes so far
probe_hits()
{
	awk '$1 ~ /^kpptp_wait/ { n += $2 } END { print n + 0 }' \
		$TRACING/kprobe_profile
}

set_probes()
{
	local f

	mountpoint -q $TRACING || mount -t tracefs none $TRACING
	for f in $WAITS; do
		echo "p:kpptp_wait_$f $f" >>$TRACING/kprobe_events || return
	done
	echo 1 >$TRACING/events/kprobes/enable
}

# An interface that goes waits for a grace period: the probes must see it.
probes_count()
{
	local before

	before=$(probe_hits)
	ip -n "$A" link add kpptp-wait type veth peer name kpptp-wait2
	ip -n "$A" link del kpptp-wait
	expect_num "hits of the probes" "$(probe_hits)" -gt "$before"
}

clear_probes()
{
	echo 0 >$TRACING/events/kprobes/enable
	echo >$TRACING/kprobe_events
}

# Counted, not timed: closing waits for fewer grace periods than a tenth of
# the calls. In-tree pptp waits for one each.
closes_without_grace_period()
{
	local how=$1 count=$2 before hits

	# shellcheck disable=SC2046
	ip netns exec "$A" call_bench "$how" $(bench_args "$count") hold=1 \
		owner=1 >"$TMP/bench" 2>&1 &
	echo $! >"$TMP/bench.pid"
	slowwait 120 file_has "$TMP/bench" ready
	before=$(probe_hits)
	kill -9 "$(cat "$TMP/bench.pid")"
	slowwait 120 calls_are "$A" 0
	hits=$(($(probe_hits) - before))
	echo "waits for a grace period: $hits"
	expect_num "waits for a grace period" $hits -lt $((count / 10))
}

killed()
{
	local how=$1 count=$2
	shift 2

	# shellcheck disable=SC2046
	ip netns exec "$A" call_bench "$how" $(bench_args "$count") hold=1 \
		"$@" >"$TMP/killed" 2>&1 &
	echo $! >"$TMP/killed.pid"
	slowwait 120 file_has "$TMP/killed" ready
	calls_are "$A" "$count"
	kill -9 "$(cat "$TMP/killed.pid")"
	nothing_left
}

outlive_their_maker()
{
	# shellcheck disable=SC2046
	bench netlink $(bench_args 100) leave=1
	calls_are "$A" 100
}

go_with_namespace()
{
	ip netns add "kpptp-many-c-$$"
	ip -n "kpptp-many-c-$$" addr add $LOCAL/24 dev lo
	# shellcheck disable=SC2046
	timeout $((300 * KPPTP_SLOW)) ip netns exec "kpptp-many-c-$$" \
		call_bench netlink $(bench_args "$COUNT") leave=1
	ip netns del "kpptp-many-c-$$"
	slowwait 60 refcount_is $((REFCOUNT + 100))
}

# Chosen IDs are each other's; close to the end the last are found, too.
chosen_ids()
{
	open_and_close netlink "$1" choose=1
}

# What anybody who has a namespace could do: each call with the same addresses and
# the same Call ID of the peer. Nothing may walk through them.
one_peer_call_id()
{
	open_and_close netlink "$1" peer-call=7
	open_and_close socket "$((($1 + 9) / 10))" peer-call=7
}

# The same local Call ID for each of many peers
many_peers()
{
	local out

	# shellcheck disable=SC2046
	out=$(bench netlink $(bench_args 4) peers="$1")
	echo "$out"
	expect "what call_bench said" "$(echo "$out" | tr '\n' ' ')" \
		"open $((4 * $1)) closing left 0 "
	nothing_left
}

delete_the_rest()
{
	local line

	at "$A" nlcall dump | while read -r line; do
		at "$A" nlcall del local=$LOCAL peer=$PEER \
			call-id="$(field call-id "$line")"
	done
	nothing_left
}

id_space()
{
	local i id

	for ((i = 0; i < 100; i++)); do
		id=$(field call-id "$(at "$A" nlcall new local=$LOCAL \
			peer=$PEER peer-call-id=1)")
		echo "$id"
	done >"$TMP/ids"
	expect "different Call IDs of 100" "$(sort -u "$TMP/ids" | wc -l)" 100
	fails 1 grep -qx 0 "$TMP/ids"
	# consecutive ones would be easy to guess
	expect_num "Call IDs that follow the one before" \
		"$(awk 'NR > 1 && $1 == last + 1 { n++ } { last = $1 }
			END { print n + 0 }' "$TMP/ids")" -lt 10
	delete_the_rest
}

test_begin many
setup_pair || bail_out "no namespaces"
need_kpptp
REFCOUNT=$(cat /sys/module/kpptp/refcnt)
COUNT=$(many 2000)
MANY=$(many 20000)

run_test "$COUNT calls by netlink" open_and_close netlink "$COUNT"
run_test "$COUNT calls by socket" open_and_close socket "$COUNT"
run_test "$((COUNT / 4)) calls with a channel each" \
	open_and_close channel $((COUNT / 4))
if [ -e /sys/kernel/debug/kmemleak ]; then
	skip_test "calls give their memory back" "kmemleak looks for it"
else
	run_test "calls of netlink give their memory back" memory_comes_back netlink 2000
	run_test "calls of sockets give their memory back" memory_comes_back socket 2000
fi
if set_probes 2>"$TMP/probes"; then
	run_test "waits for a grace period are counted" probes_count
	run_test "closing sockets waits for no grace period each" \
		closes_without_grace_period socket "$COUNT"
	run_test "an owner's end waits for no grace period each" \
		closes_without_grace_period netlink "$COUNT"
	clear_probes
else
	skip_test "closing waits for no grace period each" "no kprobe events"
fi
run_test "kill -9 of a program with $COUNT sockets" killed socket "$COUNT"
run_test "kill -9 of the owner of $COUNT calls" \
	killed netlink "$COUNT" owner=1
run_test "calls without an owner outlive their maker" outlive_their_maker
run_test "$COUNT calls go with their namespace" go_with_namespace
run_test "calls are deleted one by one" delete_the_rest
run_test "chosen Call IDs differ and don't follow each other" id_space
run_test "$MANY calls with one Call ID of the peer" one_peer_call_id "$MANY"
run_test "$MANY calls to many peers" many_peers $((MANY / 4))
run_test "$MANY calls with Call IDs that are chosen" chosen_ids "$MANY"
test_end
