#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The netlink family: every command, every refusal and its sentence, what the
# others are told, who may, and who a call dies with.
#
#	+------- A -------+               +------- B -------+
#	| a0  192.0.2.1 --+---------------+-- 192.0.2.2  b0 |
#	+-----------------+               +-----------------+

. "$(dirname "$0")/lib.sh"

KEY="local=$LOCAL peer=$PEER"
STATE_INCOMPLETE=0 STATE_WAITING=1 STATE_ATTACHED=2
REASON_CLOSED=0 REASON_DELETED=1 REASON_OWNER_GONE=2

# shellcheck disable=SC2086	# $KEY is two arguments everywhere
new()
{
	at "$A" nlcall new $KEY "$@"
}

call()
{
	# shellcheck disable=SC2086
	at "$A" nlcall "$1" $KEY call-id="$2" "${@:3}"
}

# is LINE KEY=VALUE...
is()
{
	local line=$1 pair
	shift

	for pair in "$@"; do
		case " $line " in
		*" $pair "*) ;;
		*) fail "no $pair in: $line"; return 1;;
		esac
	done
}

# refuses ERRNO PATTERN COMMAND...: with a sentence that matches
refuses()
{
	local errno=$1 pattern=$2 said
	shift 2

	! said=$("$@" 2>&1) || { fail "not refused: $* -> $said"; return 1; }
	echo "$said" | grep -qiE "^$errno: .*($pattern)" ||
		fail "'$said' is not '$errno: ...$pattern...'"
}

defaults()
{
	is "$(new call-id=10 peer-call-id=20)" local=$LOCAL peer=$PEER \
		call-id=10 peer-call-id=20 state=$STATE_WAITING rx-window=64 \
		tx-window=0 ack-delay=100000 reorder-limit=1024 \
		reorder-time=30000 mark=0 device=0 offload=1 tx-seq=0 held=0 \
		rx-packets=0 tx-packets=0
}

incomplete()
{
	local line

	line=$(new call-id=11)
	is "$line" call-id=11 state=$STATE_INCOMPLETE
	fails 1 is "$line" peer-call-id=0
}

chosen()
{
	local a b

	a=$(field call-id "$(new peer-call-id=1)")
	b=$(field call-id "$(new peer-call-id=1)")
	expect_num "a chosen Call ID" "$a" -gt 0
	expect_num "the next chosen Call ID" "$b" -ne "$a"
}

every_setting()
{
	local settings="rx-window=7 tx-window=9 ack-delay=5000 reorder-limit=17
		reorder-time=40000 tos=184 tos-mode=0 ttl=33 pmtu-mode=0
		mark=4660 offload=0 tx-seq=4294967295 rx-seq=2147483648"

	# shellcheck disable=SC2086
	is "$(new call-id=12 peer-call-id=65535 device=a0 $settings)" $settings
	# shellcheck disable=SC2086
	is "$(call get 12)" $settings peer-call-id=65535 \
		device="$(at "$A" cat /sys/class/net/a0/ifindex)"
}

peer_id_zero()
{
	is "$(new call-id=13 peer-call-id=0)" peer-call-id=0 \
		state=$STATE_WAITING
}

same_id_other_peer()
{
	at "$A" nlcall new local=$LOCAL peer=192.0.2.77 call-id=10 \
		peer-call-id=1
	at "$A" nlcall del local=$LOCAL peer=192.0.2.77 call-id=10
	call get 10
}

set_changes_one()
{
	new call-id=14 peer-call-id=1
	call set 14 ack-delay=7000
	is "$(call get 14)" ack-delay=7000 rx-window=64 reorder-limit=1024
	call set 14 rx-window=8 tx-window=4 reorder-limit=0 reorder-time=0 \
		tos=8 tos-mode=0 ttl=9 pmtu-mode=0 mark=3 offload=0 device=a0
	is "$(call get 14)" rx-window=8 tx-window=4 reorder-limit=0 \
		reorder-time=0 tos=8 tos-mode=0 ttl=9 pmtu-mode=0 mark=3 \
		offload=0 ack-delay=7000
	call set 14 device=0
	is "$(call get 14)" device=0
}

completes_once()
{
	new call-id=15
	call set 15 peer-call-id=77
	is "$(call get 15)" peer-call-id=77 state=$STATE_WAITING
	refuses EBUSY "peer" call set 15 peer-call-id=78
	is "$(call get 15)" peer-call-id=77
}

# A refused set must leave the call as it was, also what came before the fault.
set_is_atomic()
{
	new call-id=16 peer-call-id=1
	refused ENODEV call set 16 rx-window=3 device=999999
	is "$(call get 16)" rx-window=64 device=0
}

deletes()
{
	new call-id=17 peer-call-id=1
	call del 17
	refuses ENOENT . call get 17
	refuses ENOENT . call del 17
}

dump_has_each_once()
{
	local i ids n=500

	for ((i = 0; i < 5; i++)); do
		new call-id=$((30 + i)) peer-call-id=1
	done
	at "$A" timeout $((60 * KPPTP_SLOW)) call_bench netlink local=$LOCAL \
		peer=192.0.2.99 count=$n leave=1
	at "$A" nlcall dump >"$TMP/dump"
	ids=$(grep -c 'peer=192.0.2.99 ' "$TMP/dump")
	expect "lines of the many in the dump" "$ids" $n
	ids=$(sed -n 's/.*peer=192.0.2.99 call-id=\([0-9]*\) .*/\1/p' \
		"$TMP/dump" | sort -u | wc -l)
	expect "different lines" "$ids" $n
	for ((i = 0; i < 5; i++)); do
		grep -q "peer=$PEER call-id=$((30 + i)) " "$TMP/dump"
	done
	expect "calls seen in another namespace" \
		"$(at "$B" nlcall dump | wc -l)" 0
}

# dumped ATTRIBUTE=VALUE...: Call IDs of the calls that a dump is asked for
dumped()
{
	at "$A" nlcall dump "$@" | sed -n 's/.* call-id=\([0-9]*\) .*/\1/p' |
		sort -n | tr '\n' ' '
}

dump_filters()
{
	at "$A" nlcall new local=$LOCAL peer=192.0.2.98 call-id=61036 peer-call-id=1
	at "$A" nlcall new local=$LOCAL peer=192.0.2.98 call-id=61037 peer-call-id=1
	new call-id=61036 peer-call-id=1
	expect "calls of a peer" "$(dumped peer=192.0.2.98)" "61036 61037 "
	expect "calls of a Call ID" "$(dumped call-id=61036)" "61036 61036 "
	expect "calls of both" "$(dumped peer=192.0.2.98 call-id=61037)" "61037 "
	expect "calls of a local address without any" \
		"$(dumped local=192.0.2.98)" ""
	refuses ERANGE . at "$A" nlcall dump call-id=0
}

stats_count_calls()
{
	local n

	n=$(at "$A" nlcall dump | wc -l)
	calls_are "$A" "$n"
	new call-id=40 peer-call-id=1
	calls_are "$A" $((n + 1))
	call del 40
	calls_are "$A" "$n"
}

monitor_start()
{
	ip netns exec "$1" nlcall monitor >"$TMP/$2" 2>&1 &
	echo $! >"$TMP/$2.pid"
	slowwait 20 file_has "$TMP/$2" ready
}

tells_the_others()
{
	monitor_start "$A" monitor
	monitor_start "$B" monitor-b
	new call-id=50
	call set 50 peer-call-id=5 mark=6
	open_channel "$A" chan local=$LOCAL call=50 peer=$PEER peer-call=5
	close_channel chan
	new call-id=51 peer-call-id=1
	call del 51
	slowwait 20 lines_at_least "$TMP/monitor" 6
	cat "$TMP/monitor"

	sed -n 2p "$TMP/monitor" | grep "^new .*call-id=50 "
	sed -n 3p "$TMP/monitor" | grep "^set .*call-id=50 .*mark=6 "
	grep "^set .*call-id=50 .*state=$STATE_ATTACHED " "$TMP/monitor"
	grep "^del .*call-id=50 .*reason=$REASON_CLOSED .*rx-packets=0" \
		"$TMP/monitor"
	grep "^new .*call-id=51 " "$TMP/monitor"
	grep "^del .*call-id=51 .*reason=$REASON_DELETED " "$TMP/monitor"
	expect "lines told to another namespace" \
		"$(grep -vc ready "$TMP/monitor-b")" 0
	kill "$(cat "$TMP/monitor.pid")" "$(cat "$TMP/monitor-b.pid")"
}

no_call()
{
	refused ENOENT call get "$1"
}

owner_dies()
{
	local pid

	monitor_start "$A" owner-monitor
	new call-id=60 peer-call-id=1
	# shellcheck disable=SC2086
	ip netns exec "$A" nlcall new $KEY call-id=61 peer-call-id=1 owner=1 \
		hold=1 >"$TMP/owner" 2>&1 &
	pid=$!
	slowwait 20 file_has "$TMP/owner" call-id=61
	is "$(call get 61)" owner=1
	fails 1 is "$(call get 60)" owner=1
	kill -9 $pid
	slowwait 20 no_call 61
	call get 60
	slowwait 20 file_has "$TMP/owner-monitor" \
		"^del .*call-id=61 .*reason=$REASON_OWNER_GONE "
	kill "$(cat "$TMP/owner-monitor.pid")"
}

# The owner is the socket, not the one who asks for something later.
owner_is_the_maker()
{
	new call-id=62 peer-call-id=1 owner=1
	slowwait 20 no_call 62
	new call-id=63 peer-call-id=1
	call set 63 mark=1
	call get 63
}

# The one who owned it may go, and the one who owns it takes it along.
owner_changes()
{
	local old new

	# shellcheck disable=SC2086
	ip netns exec "$A" nlcall new $KEY call-id=64 peer-call-id=1 owner=1 \
		hold=1 >"$TMP/old" 2>&1 &
	old=$!
	slowwait 20 file_has "$TMP/old" call-id=64
	# shellcheck disable=SC2086
	ip netns exec "$A" nlcall set $KEY call-id=64 owner=1 hold=1 >"$TMP/new" 2>&1 &
	new=$!
	slowwait 20 file_has "$TMP/new" holds
	kill -9 $old
	slowwait 20 gone $old
	# The socket is closed for good before the next one is.
	call get 64
	kill -9 $new
	slowwait 20 no_call 64
}

# id_is_its_own ID: no other call to this peer and no other socket can have it
id_is_its_own()
{
	refused "bind: Device or resource busy" ip netns exec "$A" timeout 20 ppp_chan \
		local=$LOCAL call="$1" peer=$PEER peer-call=1
	refuses EEXIST "Call ID" new call-id="$1"
	at "$A" nlcall new local=$LOCAL peer=192.0.2.77 call-id="$1" peer-call-id=1
	at "$A" nlcall del local=$LOCAL peer=192.0.2.77 call-id="$1"
}

# id_is_free ID: a socket can have it, and then no other
id_is_free()
{
	open_channel "$A" bound local=$LOCAL call="$1" peer=$PEER peer-call=1 pause=1
	refused "bind: Device or resource busy" ip netns exec "$A" timeout 20 ppp_chan \
		local=$LOCAL call="$1" peer=$PEER peer-call=1
	close_channel bound
}

# IDs that none of the many calls of the dump has, which wait for sockets
id_of_socket()
{
	open_channel "$A" alone local=$LOCAL call=5080 peer=$PEER peer-call=5081
	id_is_its_own 5080
	close_channel alone
	id_is_free 5080
}

id_of_claimed_call()
{
	new call-id=5082 peer-call-id=5083
	open_channel "$A" claims local=$LOCAL call=5082 peer=$PEER peer-call=5083
	id_is_its_own 5082
	close_channel claims
	id_is_free 5082
}

id_of_deleted_call()
{
	new call-id=5084 peer-call-id=5085
	call del 5084
	id_is_free 5084
}

# PPP has a queue for a window only if there was one when the socket came.
window_after_attach()
{
	new call-id=72 peer-call-id=73
	open_channel "$A" late local=$LOCAL call=72 peer=$PEER peer-call=73
	refuses EBUSY "queue" call set 72 tx-window=2
	call set 72 tx-window=0 mark=3
	is "$(call get 72)" tx-window=0 mark=3
	close_channel late
	new call-id=74 peer-call-id=75 tx-window=8
	open_channel "$A" early local=$LOCAL call=74 peer=$PEER peer-call=75
	call set 74 tx-window=0
	call set 74 tx-window=2
	close_channel early
}

# Who counts by interfaces must know which one it was.
end_names_interface()
{
	local ifname

	monitor_start "$A" end-monitor
	new call-id=76 peer-call-id=77
	open_channel "$A" named local=$LOCAL call=76 peer=$PEER peer-call=77 unit=1
	ifname=$(sed -n 's/.* ifname=//p' "$TMP/named")
	close_channel named
	slowwait 20 file_has "$TMP/end-monitor" "^del .*call-id=76 .*ifname=$ifname "
	grep "^del .*call-id=76 .*ifindex=[1-9]" "$TMP/end-monitor"
	kill "$(cat "$TMP/end-monitor.pid")"
}

attached_call_shows()
{
	new call-id=70 peer-call-id=71
	open_channel "$A" unit local=$LOCAL call=70 peer=$PEER peer-call=71 \
		unit=1
	cat "$TMP/unit"
	is "$(call get 70)" state=$STATE_ATTACHED \
		"$(grep -o 'channel=[0-9]*' "$TMP/unit")" \
		"$(grep -o 'ifname=ppp[0-9]*' "$TMP/unit")"
}

delete_hangs_up()
{
	call del 70
	slowwait 20 file_has "$TMP/unit" hangup
	refuses ENOENT . call get 70
}

refcount_is()
{
	expect "the module's reference count" \
		"$(cat /sys/module/kpptp/refcnt)" "$1"
}

netns_exit_ends_calls()
{
	local before

	before=$(cat /sys/module/kpptp/refcnt)
	ip netns add "kpptp-netlink-c-$$"
	ip -n "kpptp-netlink-c-$$" addr add $LOCAL/24 dev lo
	ip netns exec "kpptp-netlink-c-$$" nlcall new local=$LOCAL peer=$PEER \
		call-id=1 peer-call-id=1
	ip netns exec "kpptp-netlink-c-$$" nlcall new local=$LOCAL peer=$PEER \
		call-id=2
	ip netns del "kpptp-netlink-c-$$"
	slowwait 30 refcount_is "$before"
}

AS_NOBODY="setpriv --reuid=65534 --regid=65534 --clear-groups"

# who_may_not PREFIX: each command, and to listen, in $A. The generic netlink
# core answers these itself, without a sentence.
who_may_not()
{
	local cmd said

	cp "$HELPERS/nlcall" "$TMP/nlcall"
	chmod 755 "$TMP" "$TMP/nlcall"
	for cmd in "new $KEY call-id=10" "set $KEY call-id=10" "del $KEY call-id=10" \
		"get $KEY call-id=10" dump stats monitor; do
		# shellcheck disable=SC2086	# words
		! said=$(ip netns exec "$A" timeout 10 $1 "$TMP/nlcall" $cmd 2>&1) ||
			fail "it may $cmd: $said"
		expect "$cmd" "${said%%:*}" EPERM
	done
}

# One that has all capabilities in a namespace of its own. (timeout has 124.)
userns_root_rules_its_own()
{
	$AS_NOBODY unshare -Urn sh -ec "ip addr add $LOCAL/24 dev lo
		$TMP/nlcall new local=$LOCAL peer=$PEER call-id=10 peer-call-id=1"
	[ "$(timeout 2 $AS_NOBODY unshare -Urn "$TMP/nlcall" monitor || echo $?)" = "ready
124" ]
}

REFUSED_NEW="
call-id 0|ERANGE|range|peer-call-id=1 call-id=0
tos with ECN bits|EINVAL|ECN|call-id=90 tos=1
tos-mode 2|ERANGE|range|call-id=90 tos-mode=2
pmtu-mode 3|ERANGE|range|call-id=90 pmtu-mode=3
offload 2|ERANGE|range|call-id=90 offload=2
ack-delay over 10 s|ERANGE|range|call-id=90 ack-delay=10000001
reorder-limit over 1024|ERANGE|range|call-id=90 reorder-limit=1025
reorder-time over 1 s|ERANGE|range|call-id=90 reorder-time=1000001
a device that is not there|ENODEV|device|call-id=90 device=999999
a Call ID in use|EEXIST|Call ID|call-id=10
an attribute of a short length|(EINVAL|ERANGE)|length|raw=3:01
an unknown attribute|EINVAL|unknown|call-id=90 raw=60:00
an attribute that is only told|EINVAL|.|call-id=90 raw=20:01
"

# The local address may be of any VRF, but of the device's when there is one; it
# need not be there where programs may bind any.
local_address()
{
	ip -n "$A" link add vrf-l type vrf table 77
	ip -n "$A" link set vrf-l up
	ip -n "$A" link add dummy-l type dummy
	ip -n "$A" link set dummy-l master vrf-l up
	ip -n "$A" addr add 192.0.2.150/32 dev dummy-l
	at "$A" nlcall new local=192.0.2.150 peer=$PEER call-id=93
	at "$A" nlcall new local=192.0.2.150 peer=$PEER call-id=94 device=vrf-l
	at "$A" nlcall new local=192.0.2.150 peer=$PEER call-id=95 device=dummy-l
	refuses EADDRNOTAVAIL VRF at "$A" nlcall new local=192.0.2.150 peer=$PEER \
		call-id=96 device=a0
	refuses EADDRNOTAVAIL VRF at "$A" nlcall new local=$LOCAL peer=$PEER \
		call-id=96 device=vrf-l
	at "$A" sysctl -q net.ipv4.ip_nonlocal_bind=1
	at "$A" nlcall new local=192.0.2.200 peer=$PEER call-id=97
	at "$A" sysctl -q net.ipv4.ip_nonlocal_bind=0
	for id in 93 94 95; do
		at "$A" nlcall del local=192.0.2.150 peer=$PEER call-id=$id
	done
	at "$A" nlcall del local=192.0.2.200 peer=$PEER call-id=97
	ip -n "$A" link del vrf-l
	ip -n "$A" link del dummy-l
}

# what is wrong with the key itself
REFUSED_KEY="
no local address|EINVAL|local|peer=$PEER call-id=91
no peer address|EINVAL|peer|local=$LOCAL call-id=91
local 0.0.0.0|EINVAL|address|local=0.0.0.0 peer=$PEER call-id=91
peer 0.0.0.0|EINVAL|address|local=$LOCAL peer=0.0.0.0 call-id=91
a multicast peer|EINVAL|address|local=$LOCAL peer=224.0.0.1 call-id=91
a local address of nobody|EADDRNOTAVAIL|none of this namespace|local=192.0.2.200 peer=$PEER call-id=91
the peer's address for the local one|EADDRNOTAVAIL|none of this namespace|local=$PEER peer=$LOCAL call-id=91
"

refuse_table()
{
	local table=$1 command=$2 what errno pattern args

	while IFS='|' read -r what errno pattern args; do
		[ -n "$what" ] || continue
		# an errno list in the table is in brackets, with its own bar
		case $errno in
		'('*) errno="$errno|$pattern"; pattern=${args%%|*}
			args=${args#*|};;
		esac
		# shellcheck disable=SC2086
		run_test "refuses to make: $what" refuses "$errno" "$pattern" \
			$command $args
	done <<<"$table"
}

test_begin netlink
setup_pair || bail_out "no namespaces"
need_kpptp

run_test "new answers the whole call with its defaults" defaults
run_test "a call without the peer's Call ID is incomplete" incomplete
run_test "new without a Call ID chooses one, another each time" chosen
run_test "every setting can be given and is read back" every_setting
run_test "peer Call ID 0 is legal" peer_id_zero
run_test "one local Call ID serves several peers" same_id_other_peer
run_test "set changes what is given and nothing else" set_changes_one
run_test "the peer's Call ID can be given once" completes_once
run_test "a refused set changes nothing" set_is_atomic
run_test "del ends a call" deletes
run_test "a dump has each call once, of its namespace" dump_has_each_once
run_test "a dump has the calls that it was asked for" dump_filters
run_test "stats count the calls" stats_count_calls
refuse_table "$REFUSED_NEW" new
refuse_table "$REFUSED_KEY" "at $A nlcall new"
run_test "the local address is one that packets can come in by" local_address
run_test "refuses to get: no such call" refuses ENOENT . call get 92
run_test "refuses to set: no such call" refuses ENOENT . call set 92 mark=1
run_test "refuses to set: the sequence of a call that runs" \
	refuses EINVAL . call set 10 tx-seq=5
run_test "refuses to set: tos with ECN bits" \
	refuses EINVAL ECN call set 10 tos=2
run_test "refuses to get: no key" refuses EINVAL . at "$A" nlcall get
run_test "refuses to del: half a key" \
	refuses EINVAL . at "$A" nlcall del local=$LOCAL call-id=10
run_test "an unknown command is refused" refused EOPNOTSUPP at "$A" nlcall unknown
run_test "a notification is no command" refused EOPNOTSUPP at "$A" nlcall notify
run_test "others are told of new, set, attach, close and del" tells_the_others
run_test "a call dies with its owner's socket" owner_dies
run_test "the owner is the socket that made the call" owner_is_the_maker
run_test "a call can be given to another owner" owner_changes
run_test "a socket's Call ID is its own, and then free" id_of_socket
run_test "so is the one of a call that a socket has taken over" id_of_claimed_call
run_test "the Call ID of a call that is deleted is free" id_of_deleted_call
run_test "a send window cannot come after the socket" window_after_attach
run_test "an attached call shows channel and interface" attached_call_shows
run_test "the end of a call names its interface" end_names_interface
run_test "deleting an attached call hangs up" delete_hangs_up
run_test "a namespace takes its calls along" netns_exit_ends_calls
run_test "nobody may not" who_may_not "$AS_NOBODY"
run_test "nor may root of a user namespace that does not own the network" \
	who_may_not "$AS_NOBODY unshare -Ur"
run_test "root of a user namespace rules its own" userns_root_rules_its_own
test_end
