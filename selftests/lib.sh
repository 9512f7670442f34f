# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the selftests share: KTAP output, namespaces, polling, the module, and
# calls made by hand. Sourced by each script, which then runs its tests:
#
#	test_begin NAME			once, first
#	run_test "what must hold" function [argument...]
#	test_end			once, last
#
# A test function runs in a subshell under "set -e": the first command that
# fails makes the test fail. What it printed is shown as "# " lines, and only
# then. Times given to slowwait are seconds of a fast machine; KPPTP_SLOW
# (default 1) multiplies them, and divides counts where many() is used. With
# KPPTP_TESTS, which has names of tests, one a line, only these are run.

: "${KPPTP_SLOW:=1}"

SELFTESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(dirname "$SELFTESTS")
: "${KPPTP_MODULE:=$TOP/build/modules/$(uname -r)/kpptp.ko}"
BIN=$TOP/build/bin
HELPERS=$TOP/build/selftests
PATH=$HELPERS:$BIN:$PATH

# Addresses of the two hosts, see setup_pair.
LOCAL=192.0.2.1
PEER=192.0.2.2

# --- KTAP --------------------------------------------------------------------

test_begin()
{
	TEST_NAME=$1
	TEST_COUNT=0
	TEST_FAILED=0
	NETNS_LIST=()
	BACKGROUND=()
	TMP=$(mktemp -d "/tmp/kpptp-$TEST_NAME.XXXXXX")
	trap cleanup EXIT
	trap 'exit 1' INT TERM
	echo "KTAP version 1"
}

test_end()
{
	if [ "$TEST_COUNT" -eq 0 ]; then
		echo "asked for: ${KPPTP_TESTS:-all}" >"$TMP/log"
		test_result 1 "$TEST_NAME has such tests" "$TMP/log"
	fi
	echo "1..$TEST_COUNT"
	[ "$TEST_FAILED" -eq 0 ]
	exit
}

# One result line, and the details of a failure from the file $3.
test_result()
{
	local rc=$1 name=$2 log=$3

	TEST_COUNT=$((TEST_COUNT + 1))
	if [ "$rc" -eq 0 ]; then
		echo "ok $TEST_COUNT - $name"
		return 0
	fi
	TEST_FAILED=$((TEST_FAILED + 1))
	echo "not ok $TEST_COUNT - $name # $(tail -n 1 "$log" | tr -d '#')"
	tail -n 60 "$log" | sed 's/^/# /'
	return 1
}

# Whether a test is to be run
is_wanted()
{
	[ -z "${KPPTP_TESTS:-}" ] || grep -qxF -- "$1" <<<"$KPPTP_TESTS"
}

run_test()
{
	local name=$1 log=$TMP/log rc
	shift

	is_wanted "$name" || return 0
	(set -e; "$@") >"$log" 2>&1 </dev/null
	rc=$?
	[ "$rc" -eq 0 ] || [ -s "$log" ] || echo "$* returned $rc" >"$log"
	test_result "$rc" "$name" "$log"
}

# result_of FUNCTION [ARGUMENT...]: runs it up to its first failure, and puts
# the result in $rc. In a condition, or before "||", it would go on after it.
result_of()
{
	set +e
	(set -e; "$@")
	rc=$?
	set -e
}

# For what a machine can't offer at all, with the reason.
skip_test()
{
	is_wanted "$1" || return 0
	TEST_COUNT=$((TEST_COUNT + 1))
	echo "ok $TEST_COUNT - $1 # SKIP $2"
}

# Ends a script whose set-up failed: the rest of it would mean nothing.
bail_out()
{
	echo "$*" >"$TMP/log"
	test_result 1 "$TEST_NAME set-up" "$TMP/log"
	test_end
}

fail()
{
	echo "$*"
	return 1
}

# expect WHAT IS SHOULD
expect()
{
	[ "$2" = "$3" ] || fail "$1 is '$2', should be '$3'"
}

# expect_num WHAT IS OPERATOR SHOULD, the operator as test(1) has it
expect_num()
{
	test "$2" "$3" "$4" || fail "$1 is '$2', should be $3 $4"
}

# fails STATUS COMMAND...: with just this status, so that a command that is not
# there, or takes too long, or is wrong is not taken for one that fails
fails()
{
	local status=$1 is=0
	shift

	"$@" || is=$?
	expect "the status of $*" "$is" "$status"
}

# refused PATTERN COMMAND...: the command fails, and what it says matches PATTERN, an
# extended regular expression
refused()
{
	local pattern=$1 said status=0
	shift

	said=$("$@" 2>&1) || status=$?
	[ "$status" != 0 ] || fail "not refused: $*" || return
	[ "$status" -lt 124 ] || fail "status $status of $*: $said" || return
	grep -qE -- "$pattern" <<<"$said" || fail "says nothing of '$pattern': $said"
}

# --- waiting -----------------------------------------------------------------

# Polls until the command succeeds; fails after $1 seconds. What the command
# said last is printed then.
slowwait()
{
	local deadline=$((SECONDS + $1 * KPPTP_SLOW)) out
	shift

	until out=$("$@" 2>&1); do
		if [ "$SECONDS" -gt "$deadline" ]; then
			echo "$out"
			echo "gave up waiting for: $*"
			return 1
		fi
		sleep 0.1
	done
}

file_has()
{
	grep -q -- "$2" "$1" || fail "$1 has no '$2':" "$(tail -n 5 "$1")"
}

# lines_at_least FILE N [PATTERN]
lines_at_least()
{
	local n

	n=$(grep -c -- "${3:-}" "$1")
	[ "$n" -ge "$2" ] || fail "$n lines instead of $2 in $1"
}

gone()
{
	! kill -0 "$1" 2>/dev/null || fail "process $1 still runs"
}

# many N: a count that suits the machine, at least 50
many()
{
	local n=$(($1 / KPPTP_SLOW))

	echo $((n < 50 ? 50 : n))
}

# --- namespaces --------------------------------------------------------------

# new_netns VARIABLE: a namespace with a name of its own
new_netns()
{
	local ns
	ns="kpptp-$TEST_NAME-${1,,}-$$"

	ip netns add "$ns" || return
	NETNS_LIST+=("$ns")
	ip -n "$ns" link set lo up
	printf -v "$1" %s "$ns"
}

at()
{
	local ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# with_marked_route PEER GATEWAY MARK COMMAND...: while packets from A with the mark alone
# have a route to the peer
MARKED_TABLE=100
with_marked_route()
{
	local rc peer=$1 gateway=$2 mark=$3
	shift 3

	ip -n "$A" route add "$peer" via "$gateway" table $MARKED_TABLE
	ip -n "$A" rule add fwmark "$mark" table $MARKED_TABLE
	ip -n "$A" route add unreachable "$peer"
	result_of "$@"
	ip -n "$A" route del unreachable "$peer"
	ip -n "$A" rule del fwmark "$mark" table $MARKED_TABLE
	ip -n "$A" route flush table $MARKED_TABLE
	return $rc
}

# setup_pair NS_A NS_B [LOCAL PEER]: joins two namespaces by veth (a0, b0)
join_pair()
{
	ip -n "$1" link add a0 type veth peer name b0 netns "$2" &&
	ip -n "$1" addr add "${3:-$LOCAL}/24" dev a0 &&
	ip -n "$2" addr add "${4:-$PEER}/24" dev b0 &&
	ip -n "$1" link set a0 up &&
	ip -n "$2" link set b0 up &&
	slowwait 10 at "$1" ping -c 1 -W 1 "${4:-$PEER}"
}

setup_pair()
{
	new_netns A && new_netns B && join_pair "$A" "$B"
}

# background FILE COMMAND...: runs it with output to FILE, pid in $LAST. The
# process is killed at the end of the script.
background()
{
	local out=$1
	shift

	"$@" >"$out" 2>&1 </dev/null &
	LAST=$!
	BACKGROUND+=("$LAST")
}

# stop PID [SIGNAL]: ends a process and waits until it is gone
stop()
{
	kill "-${2:-TERM}" "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

cleanup()
{
	local pid ns

	trap - EXIT
	[ -z "$(type -t cleanup_more)" ] || cleanup_more
	for pid in "${BACKGROUND[@]}" $(cat "$TMP"/*.pid 2>/dev/null); do
		kill "$pid" 2>/dev/null
	done
	for ns in "${NETNS_LIST[@]}"; do
		ip netns pids "$ns" | xargs -r kill -9
		ip netns del "$ns"
	done
	wait 2>/dev/null
	rm -rf "$TMP"
}

# --- captures ----------------------------------------------------------------

LAST_PORT=40099		# a datagram to it is the last one of a capture

# capture NETNS NAME INTERFACE FILTER...: to $TMP/NAME.pcap, until captured;
# $CAPTURE are options
capture()
{
	local ns=$1 name=$2 if=$3
	shift 3

	# shellcheck disable=SC2086 # options
	ip netns exec "$ns" tcpdump -i "$if" -B 16384 -U ${CAPTURE:-} \
		-w "$TMP/$name.pcap" "($*) or udp dst port $LAST_PORT" >"$TMP/$name.err" 2>&1 \
		</dev/null &
	echo $! >"$TMP/$name.pid"
	slowwait 30 file_has "$TMP/$name.err" "listening on"
}

has_last()
{
	at "$2" bash -c "echo >/dev/udp/$3/$LAST_PORT"
	tcpdump -r "$TMP/$1.pcap" -c 1 udp dst port $LAST_PORT 2>/dev/null |
		grep -q .
}

# captured NAME FROM ADDRESS: ends a capture that has all there was. tcpdump
# writes behind; what comes after all else, from FROM to ADDRESS by the captured
# interface, has been written when all else has.
captured()
{
	slowwait 60 has_last "$@"
	kill "$(cat "$TMP/$1.pid")"
	slowwait 20 gone "$(cat "$TMP/$1.pid")"
	# how many it missed
	cat "$TMP/$1.err"
}

# --- the module --------------------------------------------------------------

module_loaded()
{
	[ -d "/sys/module/$1" ]
}

# Dependencies; on a kernel that has them built in there is nothing to load.
load_dependencies()
{
	local m

	for m in gre ppp_generic pppox; do
		modprobe -q "$m" || true
	done
	[ -e /dev/ppp ] || mknod /dev/ppp c 108 0
}

load_kpptp()
{
	module_loaded kpptp && return
	! module_loaded pptp || rmmod pptp || return
	load_dependencies
	insmod "$KPPTP_MODULE"
}

# rmmod may find the last reference still on its way out.
unload_kpptp()
{
	module_loaded kpptp || return 0
	slowwait 20 rmmod kpptp
}

need_kpptp()
{
	load_kpptp 2>"$TMP/log" || bail_out "kpptp can't be loaded: $(cat "$TMP/log")"
}

# --- calls by hand -----------------------------------------------------------

# field KEY LINE: the value of "key=value" in a line of nlcall
field()
{
	local word

	for word in $2; do
		if [ "${word%%=*}" = "$1" ]; then
			echo "${word#*=}"
			return
		fi
	done
	return 1
}

# call_field NETNS KEY CALL-ID [LOCAL PEER]: one field of one call
call_field()
{
	local line

	line=$(at "$1" nlcall get "call-id=$3" "local=${4:-$LOCAL}" \
		"peer=${5:-$PEER}") || return
	field "$2" "$line"
}

call_field_is()
{
	local is

	is=$(call_field "$1" "$2" "$3") || return
	expect "$2 of call $3" "$is" "$4"
}

calls_are()
{
	local is

	is=$(field calls "$(at "$1" nlcall stats)") || return
	expect "the number of calls" "$is" "$2"
}

# open_channel NETNS NAME [ppp_chan argument...]: attaches to a call; what it
# reads goes to $TMP/NAME, what is written to the fifo $TMP/NAME.in is sent.
open_channel()
{
	local ns=$1 name=$2
	shift 2

	rm -f "$TMP/$name.in"
	mkfifo "$TMP/$name.in"
	# shellcheck disable=SC2094
	ip netns exec "$ns" ppp_chan "$@" <>"$TMP/$name.in" \
		>"$TMP/$name" 2>&1 &
	echo $! >"$TMP/$name.pid"
	slowwait 20 grep -E '^(ready|bound)' "$TMP/$name" ||
		{ cat "$TMP/$name"; return 1; }
}

close_channel()
{
	kill "$(cat "$TMP/$1.pid")" 2>/dev/null || true
	slowwait 20 gone "$(cat "$TMP/$1.pid")"
}

# ifname NAME: the interface of a channel that was opened with unit=1
ifname()
{
	sed -n 's/.*ifname=//p' "$TMP/$1"
}

# open_interface NETNS NAME CALL PEER-CALL LOCAL PEER INNER INNER-PEER MTU [ATTRIBUTE...]:
# a call made over netlink, with an interface that is up, whose name is in $DEV
open_interface()
{
	local ns=$1 name=$2 id=$3 peer_id=$4 local=$5 peer=$6 inner=$7 inner_peer=$8 mtu=$9
	shift 9

	at "$ns" nlcall new local="$local" peer="$peer" call-id="$id" \
		peer-call-id="$peer_id" "$@" >/dev/null
	open_channel "$ns" "$name" local="$local" call="$id" peer="$peer" \
		peer-call="$peer_id" unit=1
	DEV=$(ifname "$name")
	at "$ns" ip addr add "$inner" peer "$inner_peer" dev "$DEV"
	at "$ns" ip link set "$DEV" up mtu "$mtu"
}

# have_rps NETNS DEV: can what it receives be steered? Not every kernel can, nor one CPU.
have_rps()
{
	at "$1" test -e "/sys/class/net/$2/queues/rx-0/rps_cpus"
}

# rps NETNS DEV CPUS: a mask of those that receive; 0: the one that the packet comes on
rps()
{
	at "$1" sh -c "echo $3 >/sys/class/net/$2/queues/rx-0/rps_cpus"
}

# channel_write NAME HEX...
channel_write()
{
	local name=$1
	shift

	printf '%s\n' "$@" >"$TMP/$name.in"
}

# The numbers of "data=N" packets that came out of a channel, in order.
channel_numbers()
{
	local hex

	sed -n 's/^rx 002b//p' "$TMP/$1" | while read -r hex; do
		echo -n "$((16#$hex)) "
	done
}

channel_got()
{
	local name=$1 is
	shift

	is=$(channel_numbers "$name")
	expect "what $name read" "${is% }" "$*"
}

# sniff NETNS NAME [gre_inject argument...]: packets as they arrive in NETNS
sniff()
{
	local ns=$1 name=$2
	shift 2

	ip netns exec "$ns" gre_inject sniff "$@" >"$TMP/$name" 2>&1 &
	echo $! >"$TMP/$name.pid"
	slowwait 20 grep -q ready "$TMP/$name"
}
