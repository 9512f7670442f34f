#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What several programs do to the same call at once: none of it is lost, told in
# another order than it happened, or left behind. Calls are of one pair of hosts;
# on a kernel with two processors the threads of call_race really meet.

. "$(dirname "$0")/lib.sh"

ROUNDS=$(many 300)

race() # WHAT...
{
	at "$A" timeout $((120 * KPPTP_SLOW)) call_race local=$LOCAL peer=$PEER call=5 \
		rounds="$ROUNDS" "$@"
}

references()
{
	cat /sys/module/kpptp/refcnt
}

# nothing_left BEFORE: no call, and no reference to the module
nothing_left()
{
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id=5 || true
	slowwait 10 calls_are "$A" 0
	expect "references to the module" "$(references)" "$1"
}

leaves_nothing() # WHAT...
{
	local before

	before=$(references)
	race "$@"
	nothing_left "$before"
}

keeps_what_was_set()
{
	at "$A" nlcall new local=$LOCAL peer=$PEER call-id=5 peer-call-id=7
	ROUNDS=200 race mark ttl
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id=5
}

# Its Call ID is not free and PPP may still be called before it has ended.
second_ender_waits()
{
	at "$A" timeout $((60 * KPPTP_SLOW)) two_enders local=$LOCAL peer=$PEER call=6 |
		tee "$TMP/enders"
	expect "what the enders do" "$(tr '\n' ' ' <"$TMP/enders")" "first waits second waits gone 2 "
}

# Of each call: new, then set, then del; and none after del.
told_in_order()
{
	background "$TMP/told" ip netns exec "$A" nlcall monitor
	slowwait 20 file_has "$TMP/told" ready
	leaves_nothing new del mark socket
	# A listener who is too slow is told so, and what it got is no proof.
	sleep 1
	kill "$LAST"
	awk '
	$1 == "new" { if (alive++) bad++; made++ }
	$1 == "set" && !alive { bad++ }
	$1 == "del" && !alive-- { bad++ }
	END {
		print made + 0, "calls told of,", bad + 0, "out of order"
		exit bad || !made
	}' "$TMP/told"
}

# A namespace that ends while its calls are being made and ended
namespace_ends()
{
	local before

	before=$(references)
	for _ in 1 2 3; do
		unshare --net sh -ec "ip addr add $LOCAL/24 dev lo
			exec timeout 20 call_race local=$LOCAL peer=$PEER call=5 \
				rounds=50 new new del get dump" || return
	done
	slowwait 20 references_are "$before"
}

references_are()
{
	expect "references to the module" "$(references)" "$1"
}

test_begin race
setup_pair || bail_out "no namespaces"
need_kpptp

run_test "made and deleted" leaves_nothing new del
run_test "made by two, deleted by two" leaves_nothing new new del del get dump
run_test "who ends a call after another waits for the end" second_ender_waits
run_test "two settings of two programs" keeps_what_was_set
run_test "sockets come and go, calls are deleted below them" leaves_nothing socket socket del new
run_test "all of it at once" leaves_nothing new del mark ttl socket get dump
run_test "all of it is told in order" told_in_order
run_test "the namespace ends with its calls" namespace_ends
test_end
