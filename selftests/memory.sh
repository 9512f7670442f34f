#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What calls take of the machine's memory: what packets bring about goes again,
# what a user asks for is charged to the user and has a limit, an idle call is
# small.
#
#	+------- A -------+               +------- B -------+
#	| a0  192.0.2.1 --+---------------+-- 192.0.2.2  b0 |
#	+-----------------+               +-----------------+

. "$(dirname "$0")/lib.sh"

KEY="local=$LOCAL peer=$PEER"
SLAB=/sys/kernel/slab
# What is ours of an attached call that has seen traffic, besides the socket: octets.
# The socket has 160 more than its family's.
CALL_MAX=1536

# make_calls COUNT [COMMAND...]: as many, which end with end_calls
make_calls()
{
	local count=$1
	shift

	# shellcheck disable=SC2086	# $KEY is two arguments everywhere
	background "$TMP/calls" "$@" ip netns exec "$A" call_bench netlink $KEY \
		count="$count" owner=1 hold=1
	echo "$LAST" >"$TMP/calls.pid"
	slowwait 120 file_has "$TMP/calls" "ready $count"
}

end_calls()
{
	kill -9 "$(cat "$TMP/calls.pid")"
	slowwait 60 calls_are "$A" 0
}

new()
{
	# shellcheck disable=SC2086
	at "$A" nlcall new $KEY "$@"
}

del()
{
	# shellcheck disable=SC2086
	at "$A" nlcall del $KEY call-id="$1"
}

# objects CACHE: those in use. What processors keep for later counts as used until
# they give it back.
objects()
{
	echo 1 >$SLAB/"$1"/shrink
	sed 's/ .*//' $SLAB/"$1"/objects
}

objects_are()
{
	expect "objects of $1" "$(objects "$1")" "$2"
}

# Kernels before 6.5 may make one cache of several, whose objects nobody can tell
# apart.
counts_ours()
{
	local cache

	for cache in kpptp_call kpptp_local kpptp_merger kpptp_store kpptp_block; do
		[ "$(cat $SLAB/$cache/aliases)" = 0 ] || return
	done
}

object_size()
{
	cat $SLAB/"$1"/object_size
}

# Octets of all caches, and of larger pieces of memory
slab_kb()
{
	sed -n 's/^SUnreclaim: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

slab_is_below()
{
	expect_num "kB of kernel memory" "$(slab_kb)" -lt "$1"
}

# early_packets FIRST SECOND...: to calls FIRST on, one packet each of these
early_packets()
{
	local seq

	for seq in "${@:2}"; do
		# shellcheck disable=SC2046
		at "$B" gre_inject send from=$PEER to=$LOCAL \
			$(seq -f "call=%.0f,seq=$seq,data=1" "$1" $(($1 + COUNT - 1)))
	done
}

held_are()
{
	expect "frames that wait for a socket" \
		"$(at "$A" nlcall dump | grep -c ' held=1 .* rx-lost=5 ')" "$1"
}

# One packet that came too early, to each of many calls. What was needed for it is
# not there any more when it has gone on.
early_packet_is_forgotten()
{
	local before

	make_calls "$COUNT"
	before=$(slab_kb)
	early_packets 1 5
	slowwait 60 held_are "$COUNT"
	# The packets themselves are there still, without a socket.
	slowwait 60 slab_is_below $((before + COUNT * 4))
}

# While they are held: so much for each, however far from the next they are.
early_packets_in_proportion()
{
	local id

	# as long as can be: a second
	for ((id = 1; id <= 20; id++)); do
		# shellcheck disable=SC2086
		at "$A" nlcall set $KEY call-id=$id reorder-time=1000000
	done
	COUNT=20 early_packets 1 1000 500 1029
	slowwait 60 objects_are kpptp_store 0
	objects_are kpptp_block 0
	expect "calls whose packets have all gone on" \
		"$(at "$A" nlcall dump | grep -c ' held=4 .* rx-reordered=4 ')" 20
}

ends_with_what_is_held()
{
	local id

	for ((id = 1; id <= 20; id++)); do
		# shellcheck disable=SC2086
		at "$A" nlcall set $KEY call-id=$id reorder-time=1000000
	done
	COUNT=20 early_packets 1 1500 1600
	end_calls
	objects_are kpptp_store 0
	objects_are kpptp_block 0
	slowwait 30 objects_are kpptp_call 0
	objects_are kpptp_local 0
}

# One interface for each of some calls, that has sent a packet
attached_calls()
{
	local id if

	for ((id = 1; id <= 10; id++)); do
		open_channel "$A" "size$id" local=$LOCAL call=$id peer=$PEER \
			peer-call=$id unit=1
		if=$(sed -n 's/.* ifname=//p' "$TMP/size$id")
		ip -n "$A" addr add "198.51.100.$id" peer 203.0.113.$id dev "$if"
		ip -n "$A" link set "$if" up
		at "$A" ping -c 1 -W 1 203.0.113.$id || true
	done
	slowwait 30 objects_are kpptp_merger 10
}

idle_call_is_small()
{
	local cache sum=0 id

	attached_calls
	objects_are kpptp_store 0
	for cache in kpptp_call kpptp_local kpptp_merger; do
		objects_are $cache 10
		echo "$cache: $(object_size $cache)"
		sum=$((sum + $(object_size $cache)))
	done
	echo "socket: $(object_size PPTP)"
	expect_num "octets of a call, without its socket" $sum -le $CALL_MAX
	for ((id = 1; id <= 10; id++)); do
		close_channel "size$id"
		rm "$TMP/size$id.pid"
	done
	slowwait 30 objects_are kpptp_call 0
	slowwait 30 objects_are kpptp_merger 0
}

# in_group COMMAND...: in a memory cgroup of its own
in_group()
{
	exec bash -c 'echo $$ >"$0"/cgroup.procs && exec "$@"' "$GROUP" "$@"
}

charged()
{
	awk '$1 == "slab_unreclaimable" || $1 == "percpu" { n += $2 }
		END { print n }' "$GROUP/memory.stat"
}

# The charges come in batches, those of a processor's last ones later.
charged_at_least()
{
	expect_num "octets charged" "$(charged)" -ge "$1"
}

calls_are_charged()
{
	make_calls "$COUNT" in_group
	slowwait 30 charged_at_least $((COUNT * 800 * 9 / 10))
	end_calls
}

have_groups()
{
	GROUP=$TMP/cgroup/kpptp-memory
	mkdir -p "$TMP/cgroup" && mount -t cgroup2 none "$TMP/cgroup" &&
		echo +memory >"$TMP/cgroup/cgroup.subtree_control" &&
		mkdir -p "$GROUP" && [ -e "$GROUP/memory.stat" ]
}

cleanup_more()
{
	[ ! -d "$GROUP" ] || rmdir "$GROUP"
	! mountpoint -q "$TMP/cgroup" || umount "$TMP/cgroup"
}

limit()
{
	at "$A" sysctl -q -w net.kpptp.max_calls="$1"
}

limit_of_calls()
{
	expect "the limit" "$(at "$A" sysctl -n net.kpptp.max_calls)" 262144
	limit 3
	make_calls 3
	refused "EDQUOT: .*net.kpptp.max_calls" new call-id=4
	# Who has them keeps them, and may change them.
	limit 0
	# shellcheck disable=SC2086
	at "$A" nlcall set $KEY call-id=3 mark=1
	calls_are "$A" 3
	limit 4
	new call-id=4
	refused "EDQUOT: " new call-id=5
	del 4
	end_calls
	limit 1
	new call-id=5
	del 5
}

channel_is_refused()
{
	refused "$1: Disk quota exceeded" at "$A" timeout $((20 * KPPTP_SLOW)) ppp_chan \
		local=$LOCAL peer=$PEER "${@:2}"
}

# A socket that waits for a call takes none of the others' room, nor does a call that
# waits for a socket.
limit_of_sockets()
{
	limit 2
	open_channel "$A" one local=$LOCAL call=11 peer=$PEER peer-call=1 pause=1
	open_channel "$A" two local=$LOCAL call=12 peer=$PEER peer-call=2 pause=1
	channel_is_refused bind call=13 peer-call=3
	new call-id=14 peer-call-id=4
	new call-id=15 peer-call-id=5
	channel_write one ""
	slowwait 20 file_has "$TMP/one" "connect: Disk quota exceeded"
	close_channel two
	open_channel "$A" four local=$LOCAL call=14 peer=$PEER peer-call=4
	close_channel four
	calls_are "$A" 1
	open_channel "$A" five local=$LOCAL call=16 peer=$PEER peer-call=6
	channel_is_refused connect call=17 peer-call=7
	close_channel five
	limit 262144
	del 15
	calls_are "$A" 0
}

# Root of a container has the namespace, but not the machine.
container_has_its_limit()
{
	local said

	said=$(unshare -Urn sh -c "sysctl -n net.kpptp.max_calls
		sysctl -w net.kpptp.max_calls=100000
		sysctl -n net.kpptp.max_calls" 2>&1)
	echo "$said"
	expect "the limit before" "$(sed -n 1p <<<"$said")" 4096
	grep -i "permi" <<<"$said"
	expect "the limit after" "$(tail -n 1 <<<"$said")" 4096
}

test_begin memory
setup_pair || bail_out "no namespaces"
need_kpptp
COUNT=$(many 1000)

run_test "an early packet is forgotten, to each of $COUNT calls" early_packet_is_forgotten
if [ ! -e $SLAB/kpptp_store ]; then
	skip_test "what the caches say" "no statistics of caches"
	end_calls >"$TMP/log"
elif ! counts_ours; then
	skip_test "what the caches say" "this kernel makes them one with others"
	end_calls >"$TMP/log"
else
	run_test "what early packets take goes with the last" early_packets_in_proportion
	run_test "a call ends with what it holds" ends_with_what_is_held
	if [ -e /proc/lockdep ]; then
		skip_test "an idle call is small" "locks are large on this kernel"
	else
		run_test "an idle call is small" idle_call_is_small
	fi
fi
if have_groups >"$TMP/log" 2>&1; then
	run_test "calls are charged to who makes them" calls_are_charged
else
	skip_test "calls are charged to who makes them" "no memory cgroups"
fi
run_test "a namespace has so many calls" limit_of_calls
run_test "sockets, too" limit_of_sockets
run_test "a container cannot raise its limit" container_has_its_limit
test_end
