#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The data path packet by packet: B crafts enhanced GRE, A has a call with a
# PPP channel that is read frame by frame, and B shows what A sends.
#
#	+---------- A ----------+         +---------- B ----------+
#	| ppp_chan              |         |            gre_inject |
#	|   a0  192.0.2.1 ------+-- GRE --+---- 192.0.2.2  b0     |
#	+-----------------------+         +-----------------------+

# shellcheck disable=SC2046	# $(numbers ...) is many arguments
. "$(dirname "$0")/lib.sh"

SECOND=1000000		# microseconds, also the longest reorder-time

# start ID [ATTRIBUTE=VALUE...]: makes a call and attaches channel c$ID
start()
{
	local id=$1
	shift

	at "$A" nlcall new local=$LOCAL peer=$PEER call-id="$id" \
		peer-call-id=$((id + 1000)) "$@" >/dev/null
	open_channel "$A" "c$id" local=$LOCAL call="$id" peer=$PEER \
		peer-call=$((id + 1000))
}

finish()
{
	close_channel "c$1"
}

# inject ID PACKET...
inject()
{
	local id=$1 packets
	shift

	packets=("${@/#/call=$id,}")
	at "$B" gre_inject send from=$PEER to=$LOCAL \
		"${packets[@]/call=$id,wait/wait}"
}

# numbers N...: the packet that has sequence number and data N, for each
numbers()
{
	local n

	for n in "$@"; do
		echo "seq=$n,data=$n"
	done
}

# deliver ID N...: waits until just these came out, in this order
deliver()
{
	local id=$1
	shift

	slowwait 20 channel_got "c$id" "$@"
}

# counts ID KEY=N...
counts()
{
	local id=$1 line pair
	shift

	line=$(at "$A" nlcall get local=$LOCAL peer=$PEER call-id="$id")
	for pair in "$@"; do
		expect "${pair%=*}" "$(field "${pair%=*}" "$line")" \
			"${pair#*=}" || { echo "$line"; return 1; }
	done
}

in_order()
{
	start 1
	inject 1 $(numbers {0..9})
	deliver 1 {0..9}
	counts 1 rx-packets=10 rx-reordered=0 rx-lost=0 rx-duplicate=0 held=0
	finish 1
}

# Peers that start at 1 are many (Linux, pptp-linux); nothing is missing then.
starts_at_one()
{
	start 2 reorder-time=$SECOND
	inject 2 $(numbers 1 2 3)
	deliver 2 1 2 3
	counts 2 rx-packets=3 rx-lost=0 rx-reordered=0
	finish 2
}

reordered()
{
	start 3 reorder-time=$SECOND
	inject 3 $(numbers 0 2 1 5 4 3 6)
	deliver 3 {0..6}
	counts 3 rx-packets=7 rx-lost=0 rx-late=0 rx-reordered=3 held=0
	finish 3
}

# Nothing else arrives: only the deadline can bring 3 and 4 out.
timer_gives_up()
{
	start 4 reorder-time=200000
	inject 4 $(numbers 0 1 3 4)
	deliver 4 0 1 3 4
	counts 4 rx-lost=1 rx-reordered=2 rx-late=0 held=0
	inject 4 $(numbers 2 5)
	deliver 4 0 1 3 4 5
	counts 4 rx-late=1 rx-lost=1
	finish 4
}

# Two gaps that open at different times are given up one after the other.
two_gaps()
{
	start 5 reorder-time=300000
	inject 5 $(numbers 0 2 4 5)
	deliver 5 0 2 4 5
	counts 5 rx-lost=2 rx-reordered=3 held=0
	finish 5
}

duplicates()
{
	start 6 reorder-time=$SECOND
	inject 6 $(numbers 0 1 1 0 2 2 4 4 3)
	deliver 6 0 1 2 3 4
	counts 6 rx-duplicate=4 rx-late=0 rx-packets=5
	finish 6
}

# Were more than four held, 1 would still find its gap.
bounded()
{
	start 7 reorder-limit=4 reorder-time=$SECOND
	inject 7 $(numbers 0 2 3 4 5 6 1 7)
	deliver 7 0 2 3 4 5 6 7
	counts 7 rx-lost=1 rx-late=1 held=0
	finish 7
}

no_reordering()
{
	start 8 reorder-limit=0 reorder-time=$SECOND
	inject 8 $(numbers 0 2 1 3)
	deliver 8 0 2 3
	counts 8 rx-lost=1 rx-late=1 rx-reordered=0 held=0
	finish 8
}

# wrap ID WHAT-IS-SENT... -- WHAT-COMES-OUT...; starts four before the wrap
wrap()
{
	local id=$1 sent=()
	shift

	start "$id" rx-seq=4294967292 reorder-time=300000
	while [ "$1" != -- ]; do
		sent+=("$1")
		shift
	done
	shift
	inject "$id" $(numbers "${sent[@]}")
	deliver "$id" "$@"
}

M4=4294967292 M3=4294967293 M2=4294967294 M1=4294967295

wrap_whole()
{
	wrap 10 $M4 $M3 $M2 $M1 0 1 2 -- $M4 $M3 $M2 $M1 0 1 2
	counts 10 rx-lost=0 rx-reordered=0
	finish 10
}

wrap_loses_last()
{
	wrap 11 $M4 $M3 $M2 0 1 2 -- $M4 $M3 $M2 0 1 2
	counts 11 rx-lost=1 rx-far=0 rx-resync=0
	inject 11 $(numbers {3..20})
	deliver 11 $M4 $M3 $M2 {0..20}
	counts 11 rx-lost=1
	finish 11
}

wrap_loses_zero()
{
	wrap 12 $M4 $M3 $M2 $M1 1 2 -- $M4 $M3 $M2 $M1 1 2
	counts 12 rx-lost=1 rx-far=0
	finish 12
}

wrap_reordered()
{
	wrap 13 $M4 $M3 0 $M1 $M2 1 -- $M4 $M3 $M2 $M1 0 1
	counts 13 rx-lost=0 rx-reordered=2 rx-late=0
	finish 13
}

wrap_late_and_duplicate()
{
	wrap 14 $M4 $M3 $M2 $M1 0 1 $M1 0 $M4 2 -- \
		$M4 $M3 $M2 $M1 0 1 2
	counts 14 rx-duplicate=3 rx-packets=7
	finish 14
}

# sent NAME FIELD...: what B saw, only the fields named, one packet a line
sent()
{
	local name=$1 key
	shift

	grep '^from' "$TMP/$name" | while read -r line; do
		# shellcheck disable=SC2086
		set -- $line
		key=''
		while [ $# -gt 1 ]; do
			case $1 in
			flags|seq|ack|call|len|tos|ttl|df|payload)
				key="$key $1=$2";;
			esac
			shift 2
		done
		echo "$key "
	done
}

# sent_has NAME N "field=value ..." : the Nth packet has all of these
sent_has()
{
	local line pair

	line=$(sent "$1" | sed -n "$2p")
	for pair in $3; do
		case $line in
		*" $pair "*) ;;
		*) fail "packet $2 has no $pair:$line"; return 1;;
		esac
	done
}

sent_count()
{
	expect "packets sent" "$(sent "$1" | wc -l)" "$2"
}

nothing_malformed()
{
	! grep malformed "$TMP/$1"
}

sends_exactly()
{
	sniff "$B" s20 from=$LOCAL
	start 20
	channel_write c20 002b0102 002b c021010100040a 002b000000ff
	slowwait 20 lines_at_least "$TMP/s20" 5
	sent_has s20 1 "flags=3001 call=1020 seq=0 len=6 payload=ff03002b0102"
	sent_has s20 2 "flags=3001 call=1020 seq=1 len=4 payload=ff03002b"
	sent_has s20 3 "seq=2 len=9 payload=ff03c021010100040a"
	sent_has s20 4 "seq=3 len=8 payload=ff03002b000000ff"
	nothing_malformed s20
	counts 20 tx-packets=4 tx-acks=0 tx-seq=4
	finish 20
}

# The shortest a program can write, and what it can't. PPP itself refuses LCP
# without a code, but not on a bridge, see below.
sends_short()
{
	sniff "$B" s27 from=$LOCAL
	start 27
	channel_write c27 c0 002b 8021 c02109010004
	slowwait 20 lines_at_least "$TMP/s27" 4
	sent_has s27 1 "seq=0 payload=ff03002b"
	sent_has s27 2 "seq=1 payload=ff038021"
	sent_has s27 3 "seq=2 payload=ff03c02109010004"
	nothing_malformed s27
	file_has "$TMP/c27" "tx-error EINVAL"
	counts 27 tx-packets=3 tx-errors=0
	finish 27
}

# Two channels bridged in the kernel: frames of any length go from one call to
# the other in softirq, without a program that would look at them.
bridged()
{
	local channel

	sniff "$B" s28 from=$LOCAL
	start 28
	channel=$(sed -n 's/.*channel=//p' "$TMP/c28")
	at "$A" nlcall new local=$LOCAL peer=$PEER call-id=29 \
		peer-call-id=1029 >/dev/null
	open_channel "$A" c29 local=$LOCAL call=29 peer=$PEER peer-call=1029 \
		bridge="$channel"
	inject 28 seq=0,payload=21 seq=1,payload=c0 seq=2,payload=c021 \
		seq=3,payload=ff03c02101 seq=4,data=4 seq=5,payload=ff03
	inject 29 seq=0,data=7 seq=1,payload=c021
	slowwait 20 file_has "$TMP/s28" "call 1029 .*payload ff03002b00000004"
	slowwait 20 file_has "$TMP/s28" "call 1028 .*payload ff03002b00000007"
	nothing_malformed s28
	close_channel c29
	inject 28 $(numbers 6 7)
	deliver 28 6 7
	finish 28
}

# Calls that open and close while frames pour in for them.
close_under_traffic()
{
	local i id=90 pid

	at "$B" gre_inject send from=$PEER to=$LOCAL $(
		for ((i = 0; i < 4000; i++)); do
			echo "call=$id,seq=$i,data=$i"
			[ $((i % 20)) -ne 0 ] || echo wait=5
		done) &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		start $id
		[ $((RANDOM % 2)) -eq 0 ] ||
			at "$A" nlcall del local=$LOCAL peer=$PEER call-id=$id
		close_channel c$id
	done
	wait $pid
	refused ENOENT call_field "$A" state $id
}

send_wraps()
{
	sniff "$B" s21 from=$LOCAL
	start 21 tx-seq=$M2
	channel_write c21 002b01 002b02 002b03 002b04
	slowwait 20 lines_at_least "$TMP/s21" 5
	sent_has s21 1 "seq=$M2 payload=ff03002b01"
	sent_has s21 2 "seq=$M1 payload=ff03002b02"
	sent_has s21 3 "seq=0 payload=ff03002b03"
	sent_has s21 4 "seq=1 payload=ff03002b04"
	counts 21 tx-seq=2
	finish 21
}

delayed_ack()
{
	sniff "$B" s22 from=$LOCAL
	start 22
	inject 22 $(numbers 0 1 2)
	deliver 22 0 1 2
	slowwait 20 lines_at_least "$TMP/s22" 1 "ack 2"
	sent_has s22 "$(sent s22 | wc -l)" "flags=2081 call=1022 len=0 ack=2"
	fails 1 grep -E 'flags 3' "$TMP/s22"
	nothing_malformed s22 
	finish 22
}

ack_rides_along()
{
	sniff "$B" s23 from=$LOCAL
	start 23 ack-delay=10000000
	inject 23 $(numbers 0 1)
	deliver 23 0 1
	channel_write c23 002b01 002b02
	slowwait 20 lines_at_least "$TMP/s23" 3
	sent_has s23 1 "flags=3081 seq=0 ack=1 payload=ff03002b01"
	sent_has s23 2 "flags=3001 seq=1 payload=ff03002b02"
	counts 23 tx-acks=0 tx-packets=2
	finish 23
}

# The timer alone would acknowledge 6, in ten seconds; half a window is 4.
half_window_ack()
{
	sniff "$B" s24 from=$LOCAL
	start 24 ack-delay=10000000 rx-window=8
	inject 24 $(numbers {0..6})
	deliver 24 {0..6}
	slowwait 20 lines_at_least "$TMP/s24" 2
	sent_has s24 1 "flags=2081 ack=3"
	finish 24
}

ack_wraps()
{
	sniff "$B" s25 from=$LOCAL
	start 25 rx-seq=$M2
	inject 25 $(numbers $M2 $M1 0)
	deliver 25 $M2 $M1 0
	slowwait 20 file_has "$TMP/s25" "ack 0 "
	finish 25
}

# No acknowledgement of what is not there: nothing was received yet.
nothing_owed()
{
	sniff "$B" s26 from=$LOCAL
	start 26
	channel_write c26 002b01
	slowwait 20 lines_at_least "$TMP/s26" 2
	sent_has s26 1 "flags=3001 seq=0"
	finish 26
}

ack_only_received()
{
	start 30
	channel_write c30 002b01
	inject 30 ack=0 $(numbers 0) ack=0 $(numbers 1)
	deliver 30 0 1
	counts 30 rx-acks=2 rx-packets=2 rx-lost=0 rx-bad-ack=0
	finish 30
}

ack_of_nothing()
{
	start 31
	channel_write c31 002b01
	inject 31 ack=5 seq=0,data=0,ack=2000000000 $(numbers 1)
	deliver 31 0 1
	counts 31 rx-bad-ack=2
	finish 31
}

one_far_packet()
{
	start 40 reorder-time=200000
	inject 40 $(numbers 0 1) seq=1073741824,data=666 $(numbers 2 3)
	deliver 40 0 1 2 3
	slowwait 20 counts 40 rx-far=1 rx-resync=0 rx-lost=0 held=0
	inject 40 seq=3000000000,data=667 $(numbers 4)
	deliver 40 0 1 2 3 4
	slowwait 20 counts 40 rx-far=2 rx-resync=0 held=0
	finish 40
}

# The peer goes on elsewhere: the call must follow and not wait for ever.
resynced_to()
{
	local last

	last=$(channel_numbers "c$1")
	case "$last" in
	*" $2 ") ;;
	*) fail "the last is not $2: $last";;
	esac
}

far_jump()
{
	local from=$1 to=$2 id=$3 first

	start "$id" rx-seq="$from" reorder-time=100000
	inject "$id" $(numbers "$from" $((from + 1)))
	deliver "$id" "$from" $((from + 1))
	inject "$id" $(numbers $(seq "$to" $((to + 19))))
	slowwait 20 resynced_to "$id" $((to + 19))
	counts "$id" rx-resync=1
	first=$(channel_numbers "c$id" | cut -d' ' -f3)
	expect_num "the first that came out again" "$first" -ge "$to"
	inject "$id" $(numbers $((to + 21)) $((to + 20)))
	slowwait 20 resynced_to "$id" $((to + 21))
	finish "$id"
}

# A forger who sends every third packet far away must not stop the others.
far_noise()
{
	local i packets=()

	start 43 reorder-time=200000
	for ((i = 0; i < 20; i++)); do
		packets+=("seq=$i,data=$i")
		packets+=("seq=$((2000000000 + i * 7919)),data=666")
	done
	inject 43 "${packets[@]}"
	deliver 43 {0..19}
	slowwait 20 counts 43 rx-far=20 rx-resync=0 rx-lost=0
	finish 43
}

padding()
{
	start 50
	inject 50 seq=0,data=0,pad=1 seq=1,data=1,pad=500 \
		seq=2,data=2,ack=0,pad=20 $(numbers 3)
	deliver 50 0 1 2 3
	counts 50 rx-trimmed=3 rx-bad=0
	finish 50
}

# An Ethernet frame is padded to 60 octets: that is how it happens in life.
padded_ack()
{
	start 51
	channel_write c51 002b01
	inject 51 ack=0,pad=14 $(numbers 0)
	deliver 51 0
	counts 51 rx-acks=1 rx-packets=1
	finish 51
}

netns_stat()
{
	field "$1" "$(at "$A" nlcall stats)"
}

# What is shorter than 12 octets, or has bits set next to the version, the
# kernel's GRE demultiplexer drops before it comes to us: 0 counted.
MALFORMED="
cut to 4 octets|0|seq=0,data=0,cut=4
cut to 7 octets|0|seq=0,data=0,cut=7
cut in the sequence number|0|seq=0,data=0,cut=10
cut in the acknowledgement of an ack-only|0|ack=0,cut=10
cut in the acknowledgement|1|seq=0,ack=0,data=0,cut=14
cut in the payload|1|seq=0,data=0,cut=18
cut right after the header|1|seq=0,data=0,cut=12
payload length of 65535|1|seq=0,data=0,len=65535
payload length one too many|1|seq=0,data=0,len=9
checksum bit|1|seq=0,data=0,flags=0xb001
routing bit|1|seq=0,data=0,flags=0x7001
no key bit|1|seq=0,data=0,flags=0x1001
strict source route bit|1|seq=0,data=0,flags=0x3801
recursion control|1|seq=0,data=0,flags=0x3101
reserved flags|0|seq=0,data=0,flags=0x3041
another protocol|1|seq=0,data=0,proto=0x0800
"

# malformed COUNTED PACKET: dropped, and the call goes on as if nothing came
malformed()
{
	local before

	before=$(netns_stat rx-malformed)
	inject 60 "$2"
	slowwait 20 malformed_is $((before + $1))
	channel_got c60
	counts 60 rx-packets=0 held=0
}

malformed_is()
{
	expect rx-malformed "$(netns_stat rx-malformed)" "$1"
}

malformed_all()
{
	local what counted packet

	run_test "malformed: a call to throw at" start 60 rx-seq=0
	while IFS='|' read -r what counted packet; do
		[ -z "$what" ] || run_test "malformed, dropped: $what" \
			malformed "$counted" "$packet"
	done <<<"$MALFORMED"
}

random_octets()
{
	local i packets=()

	for ((i = 0; i < 200; i++)); do
		packets+=("rand=$((i % 64))")
	done
	at "$B" gre_inject send from=$PEER to=$LOCAL "${packets[@]}"
	inject 60 $(numbers 0 1)
	deliver 60 0 1
	finish 60
}

other_version()
{
	start 61
	inject 61 seq=0,data=9,flags=0x3000 seq=0,data=9,flags=0x3002 \
		seq=0,data=9,flags=0x3007 $(numbers 0)
	deliver 61 0
	finish 61
}

no_such_call()
{
	local before

	before=$(netns_stat rx-no-call)
	start 62
	inject 63 $(numbers 0)
	at "$B" gre_inject send from=192.0.2.66 to=$LOCAL call=62,seq=0,data=9
	expect "rx-no-call" "$(netns_stat rx-no-call)" $((before + 2))
	inject 62 $(numbers 0)
	deliver 62 0
	counts 62 rx-packets=1
	finish 62
}

# Frames so short that PPP can't be in them, each with a number of its own.
short_frames()
{
	start 64 reorder-time=$SECOND
	inject 64 seq=0,payload= seq=1,payload=ff seq=2,payload=ff03 \
		seq=3,payload=00 seq=4,payload=ff0300 $(numbers 5)
	deliver 64 5
	counts 64 rx-far=0
	expect_num rx-bad "$(call_field "$A" rx-bad 64)" -ge 1
	finish 64
}

frame_came()
{
	file_has "$TMP/$1" "^rx $2\$"
}

# RFC 1661 compression of address, control and protocol, as PPP hands it on.
compressed_headers()
{
	start 65
	inject 65 seq=0,payload=ff03002b01 seq=1,payload=002b02 \
		seq=2,payload=2b03 seq=3,payload=ff032b04 \
		seq=4,payload=c0210101000405
	slowwait 20 frame_came c65 c0210101000405
	frame_came c65 002b01
	frame_came c65 002b02
	frame_came c65 002b03
	frame_came c65 002b04
	counts 65 rx-packets=5 rx-bad=0
	finish 65
}

outer_header()
{
	sniff "$B" s70 from=$LOCAL
	start 70 tos-mode=0 tos=184 ttl=7 pmtu-mode=0
	channel_write c70 002b01
	slowwait 20 lines_at_least "$TMP/s70" 2
	sent_has s70 1 "tos=184 ttl=7 df=0"
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=70 ttl=0 tos=0 \
		pmtu-mode=1
	channel_write c70 002b02
	slowwait 20 lines_at_least "$TMP/s70" 3
	sent_has s70 2 "tos=0 ttl=64 df=1"
	finish 70
}

# Nobody acknowledges: two go out (half the window), the rest by time-out.
window_stalls()
{
	sniff "$B" s80 from=$LOCAL
	start 80 tx-window=4
	channel_write c80 002b00 002b01 002b02 002b03 002b04 002b05
	slowwait 60 lines_at_least "$TMP/s80" 7
	sent_has s80 6 "seq=5 payload=ff03002b05"
	expect_num tx-stalls "$(call_field "$A" tx-stalls 80)" -ge 1
	expect_num tx-timeouts "$(call_field "$A" tx-timeouts 80)" -ge 1
	finish 80
}

window_off()
{
	sniff "$B" s81 from=$LOCAL
	start 81
	channel_write c81 $(printf '002b%02x ' {0..29})
	slowwait 20 lines_at_least "$TMP/s81" 31
	counts 81 tx-stalls=0 tx-timeouts=0 tx-packets=30 
	finish 81
}

# Acknowledgements open the window: it grows to what was announced. One that a slow
# machine brings too late halves it, and then it takes some more.
window_grows()
{
	local i=0

	sniff "$B" s82 from=$LOCAL
	start 82 tx-window=4
	until [ $i -ge 20 ] && call_field_is "$A" tx-window-now 82 4; do
		[ $i -lt 200 ] || break
		channel_write c82 "$(printf '002b%02x' $i)"
		slowwait 20 lines_at_least "$TMP/s82" $((i + 2))
		inject 82 ack=$i
		i=$((i + 1))
	done
	counts 82 tx-window-now=4 tx-unacked=0 rx-acks=$i
	finish 82
}

test_begin sequence
setup_pair || bail_out "no namespaces"
need_kpptp

run_test "frames in order come out in order" in_order
run_test "a peer may start at 1" starts_at_one
run_test "reordered frames come out in order" reordered
run_test "a gap is given up by time, what is late is dropped" timer_gives_up
run_test "two gaps are given up by time" two_gaps
run_test "duplicates are dropped, also of held frames" duplicates
run_test "no more than reorder-limit frames are held" bounded
run_test "reorder-limit 0 holds none" no_reordering
run_test "wrap: nothing lost" wrap_whole
run_test "wrap: 4294967295 lost" wrap_loses_last
run_test "wrap: 0 lost" wrap_loses_zero
run_test "wrap: reordered across it" wrap_reordered
run_test "wrap: duplicates from before it" wrap_late_and_duplicate
run_test "sent packets count from 0 and have exact lengths" sends_exactly
run_test "sent packets wrap" send_wraps
run_test "the shortest frames are sent whole" sends_short
run_test "frames of all lengths between two bridged channels" bridged
run_test "calls open and close under traffic" close_under_traffic
run_test "an acknowledgement goes alone after a while" delayed_ack
run_test "an acknowledgement rides on data, once" ack_rides_along
run_test "half a window is acknowledged at once" half_window_ack
run_test "acknowledgements wrap" ack_wraps
run_test "nothing is acknowledged before anything came" nothing_owed
run_test "an ack-only packet takes no number" ack_only_received
run_test "acknowledgements of packets never sent are counted" ack_of_nothing
run_test "single far packets change nothing" one_far_packet
run_test "far packets among good ones change nothing" far_noise
run_test "a peer that jumps ahead is followed" far_jump 10 5000000 41
run_test "a peer that jumps half way round is followed" \
	far_jump 10 2147483660 42
run_test "padding is cut off" padding
run_test "padding after an acknowledgement is no frame" padded_ack
malformed_all
run_test "random octets change nothing" random_octets
run_test "other GRE versions are left alone" other_version
run_test "packets for no call, or of another sender, are counted" no_such_call
run_test "frames too short for PPP are dropped" short_frames
run_test "compressed PPP headers are understood" compressed_headers
run_test "outer header: tos, ttl and DF as set" outer_header
run_test "send window: stalls, and time-outs open it" window_stalls
run_test "send window: off unless asked for" window_off
run_test "send window: acknowledgements open it" window_grows
test_end
