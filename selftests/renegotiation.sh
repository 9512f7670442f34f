#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links that change while traffic runs over them, with offload: PPP negotiates
# anew, starts or ends encryption, a protocol is closed, the interface goes
# down, moves or loses its channel. What is closed gets nothing, nothing leaves
# in clear that should not, or too large, and a connection that outlives the
# change has every octet as it was sent. The link is link_lib.sh's.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"
. "$SELFTESTS/link_lib.sh"

# --- a link without pppd -----------------------------------------------------

# hand_end NETNS NAME LOCAL PEER: what was opened as NAME becomes t0
hand_end()
{
	local ifname

	ifname=$(sed -n 's/^ready .*ifname=//p' "$TMP/$2")
	ip -n "$1" link set "$ifname" name t0 mtu 1400
	ip -n "$1" addr add "$3" peer "$4" dev t0
	ip -n "$1" link set t0 up
}

hand_up()
{
	open_channel "$A" near local=$LOCAL call=10 peer=$PEER peer-call=20 unit=1
	open_channel "$B" far local=$PEER call=20 peer=$LOCAL peer-call=10 unit=1
	hand_end "$A" near $A_INNER $B_INNER
	hand_end "$B" far $B_INNER $A_INNER
	both_reach
}

# with_hand FUNCTION [ARGUMENT...]
with_hand()
{
	local rc

	hand_up
	result_of "$@"
	[ $rc -eq 0 ] || tail -n 15 "$TMP/near" "$TMP/far" | cut -c 1-200
	end_load
	close_channel near
	close_channel far
	return $rc
}

# with_pppd "OPTIONS" FUNCTION [ARGUMENT...]: the same options at both ends
with_pppd()
{
	local rc

	result_of with_link "$1" "$1" "${@:2}"
	end_load
	return $rc
}

done_lines()
{
	grep -cFx "done $2" "$TMP/$1" || true
}

# order NAME COMMAND...: has an end do something, see ppp_chan
order()
{
	local name=$1 before
	shift

	before=$(done_lines "$name" "$*")
	channel_write "$name" "$*"
	slowwait 20 lines_at_least "$TMP/$name" $((before + 1)) "^done $*\$"
}

# --- load --------------------------------------------------------------------

# The connection between both ends, and segments from B that wait for nothing.
start_stream()
{
	stream tcp from="$A" to="$B" addr=$B_INNER \
		pause=$((200 * KPPTP_SLOW)) >"$TMP/stream" 2>&1 &
	echo $! >"$TMP/stream.pid"
	stream_goes_on
}

start_segments()
{
	stream segments from="$B" addr=$A_INNER source=$B_INNER \
		pause=$((100 * KPPTP_SLOW)) &
	echo $! >"$TMP/segments.pid"
}

start_load()
{
	start_stream
	start_segments
}

end_load()
{
	local name

	for name in stream segments news; do
		[ -e "$TMP/$name.pid" ] || continue
		kill -9 "$(cat "$TMP/$name.pid")" 2>/dev/null || true
		slowwait 20 gone "$(cat "$TMP/$name.pid")"
		rm "$TMP/$name.pid"
	done
}

# The octets that have come there, and back.
stream_octets()
{
	awk '/^out/ { out = $2; back = $4 } END { print out + 0, back + 0 }' \
		"$TMP/stream"
}

# stream_beyond OUT BACK
stream_beyond()
{
	local out back

	read -r out back <<<"$(stream_octets)"
	expect_num "octets there" "$out" -gt "$1"
	expect_num "octets back" "$back" -gt "$2"
}

# stream_goes_on [CONDITION]: it passes a mark; CONDITION, if not stream_beyond, is
# given the same
STREAM_STEP=200000
stream_goes_on()
{
	local out back

	read -r out back <<<"$(stream_octets)"
	slowwait 60 "${1:-stream_beyond}" $((out + STREAM_STEP)) $((back + STREAM_STEP)) ||
		{ tail -n 2 "$TMP/stream"; return 1; }
}

# Both ends get all that was written, and it is what was written.
stream_ends()
{
	kill "$(cat "$TMP/stream.pid")"
	slowwait 120 file_has "$TMP/stream" '^intact'
}

# --- judges ------------------------------------------------------------------

# watch_stack NETNS: counts TCP packets that come out of t0 to the stack
watch_stack()
{
	at "$1" nft -f - <<-END
		table netdev judge {
			counter inner { }
			chain t0 {
				type filter hook ingress device t0 priority 0;
				meta l4proto tcp counter name inner
			}
		}
	END
}

unwatch_stack()
{
	at "$1" nft delete table netdev judge
}

inner()
{
	counted "$A" judge inner
}

inner_beyond()
{
	expect_num "packets that the stack got" "$(inner)" -gt "$1"
}

inner_settled()
{
	local before

	before=$(inner)
	slowwait 60 frames_beyond $(($(frames) + 50))
	expect "packets that the stack got" "$(inner)" "$before"
}

frames()
{
	call_field "$A" rx-packets 10
}

frames_beyond()
{
	expect_num "frames from the peer" "$(frames)" -gt "$1"
}

# What was under way arrives before the frames that come after it; then, while
# more of those come from the peer, nothing does.
stack_gets_nothing()
{
	local before

	slowwait 20 inner_settled
	before=$(inner)
	slowwait 60 frames_beyond $(($(frames) + 200))
	expect "packets that the stack got from what is closed" "$(inner)" "$before"
}

stack_gets_packets()
{
	slowwait 40 inner_beyond $(($(inner) + 100))
}

# watch_wire NETNS DEVICE: counts what arrives there in GRE, and what is too large
watch_wire()
{
	at "$1" nft -f - <<-END
		table netdev wire {
			counter packets_in { }
			counter too_large { }
			chain in {
				type filter hook ingress device $2 priority 0;
				ip protocol gre counter name packets_in
				ip protocol gre meta length > 1500 counter name too_large
				ip protocol gre ip frag-off & 0x3fff != 0 counter name too_large
			}
		}
	END
}

watch_underlay()
{
	watch_wire "$A" a0 && watch_wire "$B" b0
}

# counted NETNS TABLE COUNTER
counted()
{
	at "$1" nft list counter netdev "$2" "$3" |
		sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

underlay_was_well()
{
	local ns

	for ns in "$A" "$B"; do
		expect_num "packets on the underlay" \
			"$(counted "$ns" wire packets_in)" -ge 500
		expect "packets too large for the underlay" \
			"$(counted "$ns" wire too_large)" 0
		at "$ns" nft delete table netdev wire
	done
}

# --- pppd negotiates anew ----------------------------------------------------

PLAIN="noccp novj lcp-restart 1 ipcp-restart 1 ipcp-max-configure 100"

# poke HEX: a frame from B's end of the channel to A's pppd, numbered as the
# others, that B's pppd does not know of
poke()
{
	local channel

	channel=$(call_field "$B" channel 20 $PEER $LOCAL)
	open_channel "$B" poke channel="$channel"
	channel_write poke "$1"
}

# log_lines ID PATTERN
log_lines()
{
	grep -c -- "$2" "$TMP/pppd-$1" || true
}

# An unexpected Configure-Request of LCP takes everything down at both ends.
lcp_again()
{
	local i near far

	is_active
	watch_underlay
	start_load
	for ((i = 0; i < 3; i++)); do
		near=$(log_lines 10 'remote IP address')
		far=$(log_lines 20 'remote IP address')
		poke "c02101e${i}0004"
		slowwait 40 lines_at_least "$TMP/pppd-10" $((near + 1)) \
			'remote IP address'
		slowwait 40 lines_at_least "$TMP/pppd-20" $((far + 1)) \
			'remote IP address'
		close_channel poke
		stream_goes_on
		is_active
	done
	end_segments
	stream_ends
	underlay_was_well
}

end_segments()
{
	kill "$(cat "$TMP/segments.pid")"
	slowwait 20 gone "$(cat "$TMP/segments.pid")"
}

no_inner_address()
{
	fails 1 grep -q . <<<"$(ip -n "$A" -4 -o addr show dev t0)"
}

# A says nothing of IPCP.
keep_quiet()
{
	at "$A" nft -f - <<-END
		table ip quiet {
			chain out {
				type filter hook output priority 0;
				@th,96,16 0x8021 drop
				@th,128,16 0x8021 drop
				@th,96,32 0xff038021 drop
				@th,128,32 0xff038021 drop
			}
		}
	END
}

speak_again()
{
	at "$A" nft delete table ip quiet
}

# IPCP of A goes down, and B does not hear of it and goes on to send. IPv6 keeps
# the interface up.
ipcp_closed()
{
	local i

	is_active
	watch_stack "$A"
	watch_underlay
	start_load
	stack_gets_packets
	for ((i = 0; i < 2; i++)); do
		keep_quiet
		poke "802101e${i}000a0306c6336402"
		slowwait 20 no_inner_address
		stack_gets_nothing
		close_channel poke
		speak_again
		slowwait 40 at "$A" ping -c 1 -W 1 $B_INNER
		stack_gets_packets
		stream_goes_on
		is_active
	done
	end_segments
	stream_ends
	underlay_was_well
}

# --- a peer that goes on negotiating ------------------------------------------

# What the host of A is told of interfaces.
watch_news()
{
	ip -n "$A" monitor link >"$TMP/news" 2>&1 &
	echo $! >"$TMP/news.pid"
	slowwait 20 news_come
	say 77
}

news_come()
{
	ip -n "$A" link set dev t0 group "$((RANDOM % 50 + 2))"
	file_has "$TMP/news" ': t0'
}

# say GROUP: news of ours; all that came before it have been written
say()
{
	ip -n "$A" link set dev t0 group "$1"
	slowwait 20 file_has "$TMP/news" "group $1"
}

end_news()
{
	say 78
	kill "$(cat "$TMP/news.pid")"
	slowwait 20 gone "$(cat "$TMP/news.pid")"
}

news()
{
	grep -c ': t0' "$TMP/news"
}

# What pppd of A ignores is nothing to any offload, however much there is of it.
ignored()
{
	local i before

	is_active
	start_stream
	open_channel "$B" poke channel="$(call_field "$B" channel 20 $PEER $LOCAL)"
	watch_news
	before=$(news)
	for ((i = 1; i <= 30; i++)); do
		# no such request was sent
		channel_write poke c02103fe0004 802104fe0004 805704fe0004 c02104fe0004
		slowwait 20 lines_at_least "$TMP/pppd-10" "$i" \
			'rcvd \[LCP ConfRej id=0xfe'
		slowwait 20 lines_at_least "$TMP/pppd-10" "$i" \
			'rcvd \[IPCP ConfRej id=0xfe'
	done
	stream_goes_on
	end_news
	expect "news of the interface" $(($(news) - before)) 1
	offload_is "$A" $ACTIVE
	close_channel poke
	stream_ends
}

# CCP's Configure-Request and Terminate-Request, both of which A rejects, over and
# over: large packets end, but do not begin again each time.
over_and_over()
{
	local i pair before id

	is_active
	at "$A" ethtool -K t0 tso off >/dev/null
	start_stream
	open_channel "$B" poke channel="$(call_field "$B" channel 20 $PEER $LOCAL)"
	watch_news
	before=$(news)
	for ((i = 1; i <= 50; i++)); do
		id=$(printf %02x "$i")
		for ((pair = 0; pair < 3; pair++)); do
			channel_write poke "80fd01${id}000a120600000040" \
				"80fd05${id}0004"
		done
		slowwait 20 lines_at_least "$TMP/pppd-10" $((6 * i)) \
			'sent \[LCP ProtRej'
	done
	say 76
	expect_num "news of the interface" $(($(news) - before)) -le 8
	stream_goes_on
	# the peer is quiet: they begin again, as the administrator wants them
	slowwait 60 offload_is "$A" $ACTIVE
	tso_is "$A" off
	expect "checksums of A" "$(feature "$A" tx-checksum-ip-generic)" on
	end_news
	expect_num "news of the interface" $(($(news) - before)) -le 10
	close_channel poke
	stream_ends
}

# --- by hand -----------------------------------------------------------------

# shut_and_opened SHUT OPEN: what each function of the two does under load shows
# in what gets to the stack
shut_and_opened()
{
	local i

	is_active
	watch_stack "$A"
	start_load
	for ((i = 0; i < 3; i++)); do
		stack_gets_packets
		$1
		stack_gets_nothing
		$2
	done
	stack_gets_packets
	end_segments
	stream_goes_on
	is_active
	stream_ends
}

np_drops()
{
	order near npmode 0x21 1
}

np_passes()
{
	order near npmode 0x21 0
}

np_mode()
{
	shut_and_opened np_drops np_passes
}

# The address goes with the interface of one end, and the routes.
set_down()
{
	ip -n "$A" link set t0 down
}

set_up()
{
	ip -n "$A" link set t0 up
}

interface_down()
{
	shut_and_opened set_down set_up
}

# Options of CCP, and what the kernel wants besides: MPPE with 128 bits,
# stateless, and a key; Deflate with a window of 4096.
MPPE=120601000040
MPPE_KEY=000102030405060708090a0b0c0d0e0f
DEFLATE=1a044800
CCP_OPEN=0x40 CCP_UP=0xc0 MUST_COMPRESS=0x400000

# ask FROM TO ID OPTION: CCP's Configure-Request and the answer to it
ask()
{
	local frame

	frame=$(printf '%s%04x%s' "$3" $((4 + ${#4} / 2)) "$4")
	order "$1" "unit 80fd01$frame"
	slowwait 20 file_has "$TMP/$2" "^unit-rx 80fd01$frame"
	order "$2" "unit 80fd02$frame"
	slowwait 20 file_has "$TMP/$1" "^unit-rx 80fd02$frame"
}

# agree ID OPTION KEY FLAGS: what both pppds do to come to compression
agree()
{
	local end

	for end in near far; do
		order $end "flags $CCP_OPEN"
		order $end "compress 0 $2$3"
		order $end "compress 1 $2$3"
	done
	ask near far "$1" "$2"
	ask far near "$1" "$2"
	for end in near far; do
		order $end "flags $4"
	done
	slowwait 20 offload_is "$A" $COMPRESSION
	slowwait 20 offload_is "$B" $COMPRESSION
	expect "TSO of A" "$(feature "$A" tcp-segmentation-offload)" off
}

# disagree ID: and to its end
disagree()
{
	order near "unit 80fd05${1}0004"
	slowwait 20 file_has "$TMP/far" "^unit-rx 80fd05${1}0004"
	order far "unit 80fd06${1}0004"
	slowwait 20 file_has "$TMP/near" "^unit-rx 80fd06${1}0004"
	order near "flags 0"
	order far "flags 0"
}

# frames_of ADDRESS: what it sent before it agreed to encryption (CCP's code 2),
# and after that in clear, and encrypted
frames_of()
{
	awk -v from="$1" '$1 == from' "$TMP/frames" | sort -n -k 2 | awk '
			$3 == "0x80fd" && $4 == 2 { agreed = 1 }
			$3 == "0x0021" || $3 == "0x0057" { clear[agreed + 0]++ }
			$3 == "0x00fd" { encrypted[agreed + 0]++ }
			END { print clear[0] + 0, clear[1] + 0, encrypted[1] + 0 }'
}

nothing_in_clear()
{
	local from before clear encrypted

	tshark -r "$TMP/wire.pcap" -E occurrence=f -T fields -e ip.src \
		-e gre.sequence_number -e ppp.protocol -e ppp.code \
		-Y 'gre.flags.sequence_number == 1' >"$TMP/frames" 2>"$TMP/tshark.err" ||
		cat "$TMP/tshark.err"
	for from in $LOCAL $PEER; do
		read -r before clear encrypted <<<"$(frames_of "$from")"
		echo "$from: $before, $clear in clear, $encrypted encrypted"
		expect_num "packets in clear before" "$before" -ge 20
		expect "packets in clear after" "$clear" 0
		expect_num "encrypted packets" "$encrypted" -ge 100
	done
}

mppe_starts()
{
	local i

	modprobe -q ppp_mppe
	start_stream
	for ((i = 1; i <= 2; i++)); do
		is_active_at_once
		rm -f "$TMP/wire.pcap"
		CAPTURE="--immediate-mode -B 32768 -s 128" \
			capture "$B" wire b0 proto 47
		watch_underlay
		stream_goes_on
		agree 0$i $MPPE $MPPE_KEY $((CCP_UP | MUST_COMPRESS))
		stream_goes_on
		captured wire "$A" $PEER
		underlay_was_well
		nothing_in_clear
		disagree 1$i
		stream_goes_on
	done
	is_active
	stream_ends
}

# reset FROM TO: CCP's Reset-Request and its answer
reset()
{
	local id

	id=$(printf %02x $((128 + $(grep -c '^unit-rx 80fd0f' "$TMP/$1"))))
	order "$1" "unit 80fd0e${id}0004"
	slowwait 20 file_has "$TMP/$2" "^unit-rx 80fd0e${id}0004"
	order "$2" "unit 80fd0f${id}0004"
	slowwait 20 file_has "$TMP/$1" "^unit-rx 80fd0f${id}0004"
}

# PPP hands what it can't decompress to its owner.
all_decompressed()
{
	expect "frames that $1 can't decompress" "$(awk '
		/^unit-rx 80fd0f/ { n = 0 }
		/^unit-rx 00fd/ { n++ }
		END { print n + 0 }' "$TMP/$1")" 0
}

# resets_and_beyond OUT BACK: as pppd does, who can't decompress a frame has the other
# end begin anew; a frame that the path loses is one more reason.
resets_and_beyond()
{
	all_decompressed near || { reset near far; return 1; }
	all_decompressed far || { reset far near; return 1; }
	stream_beyond "$@"
}

# Half of the data goes uncompressed, and both ends must see the same of that,
# packet by packet. PPP itself loses what it compressed between agreement and
# SC_CCP_UP, so pppd would have to reset it, too.
deflate_starts()
{
	local i

	modprobe -q ppp_deflate
	start_stream
	for ((i = 1; i <= 2; i++)); do
		is_active_at_once
		stream_goes_on
		agree 0$i $DEFLATE '' $CCP_UP
		reset near far
		reset far near
		stream_goes_on resets_and_beyond
		disagree 1$i
		stream_goes_on
	done
	is_active
	stream_ends
}

# move FROM TO
move()
{
	ip -n "$1" link set t0 netns "$2"
	ip -n "$2" addr add $A_INNER peer $B_INNER dev t0
	ip -n "$2" link set t0 up
	slowwait 40 at "$2" ping -c 1 -W 1 $B_INNER
	slowwait 20 offload_is "$A" $ACTIVE
	expect "TSO in $2" "$(feature "$2" tcp-segmentation-offload)" on
}

moves()
{
	local i

	is_active
	# whose connection it is not
	at "$C" nft -f - <<-END
		table ip mute {
			chain in {
				type filter hook input priority 0;
				ip protocol tcp drop
			}
		}
	END
	start_load
	for ((i = 0; i < 3; i++)); do
		move "$A" "$C"
		move "$C" "$A"
		stream_goes_on
	done
	end_segments
	stream_ends
}

unit_of()
{
	sed -n 's/^ready .*ifname=ppp//p' "$TMP/$1"
}

# PPP tells nobody that the channel was taken off.
loses_its_channel()
{
	local i

	is_active
	start_load
	for ((i = 0; i < 3; i++)); do
		order near disconnect
		slowwait 20 offload_is "$A" $WAITING
		slowwait 20 tso_is "$A" off
		order near "connect $(unit_of near)"
		stream_goes_on
		is_active
	done
	end_segments
	stream_ends
}

tso_is()
{
	expect "TSO of t0" "$(feature "$1" tcp-segmentation-offload)" "$2"
}

# second_is STATE
second_is()
{
	expect "offload of the other call" \
		"$(call_field "$A" offload-state 11)" "$1"
}

# Another call takes the interfaces over: the first ends without harm to it.
changes_channels()
{
	is_active
	open_channel "$A" near2 local=$LOCAL call=11 peer=$PEER peer-call=21
	open_channel "$B" far2 local=$PEER call=21 peer=$LOCAL peer-call=11
	start_stream
	order near disconnect
	order far disconnect
	order near2 "connect $(unit_of near)"
	order far2 "connect $(unit_of far)"
	stream_goes_on
	slowwait 20 second_is $ACTIVE
	tso_is "$A" on
	offload_is "$A" $WAITING
	# it still asks for nothing large when only the first one could take it
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=11 offload=0
	slowwait 20 tso_is "$A" off
	at "$A" nlcall set local=$LOCAL peer=$PEER call-id=11 offload=1
	slowwait 20 tso_is "$A" on
	stream_goes_on
	stream_ends
	close_channel near2
	close_channel far2
}

# --- the end -----------------------------------------------------------------

killed()
{
	local i

	for ((i = 0; i < 3; i++)); do
		link_up "$PLAIN" "$PLAIN"
		is_active
		start_load
		kill -9 "$(cat "$TMP/pppd-$((i % 2 + 1))0.pid")"
		sleep 0.2
		kill -9 "$(cat "$TMP/pppd-$((2 - i % 2))0.pid")"
		slowwait 20 calls_are "$A" 0
		slowwait 20 calls_are "$B" 0
		refused "does not exist" ip -n "$A" link show t0
		end_load
	done
}

# The first unload comes right after a link under load.
unloads()
{
	local i

	for ((i = 0; i < 3; i++)); do
		hand_up
		start_load
		close_channel near
		close_channel far
		unload_kpptp
		end_load
		load_kpptp
	done
}

test_begin renegotiation
setup_pair || bail_out "no namespaces"
new_netns C
need_kpptp

run_test "LCP negotiates anew under load" with_pppd "$PLAIN" lcp_again
run_test "nothing gets to IPCP that is closed" with_pppd "$PLAIN" ipcp_closed
run_test "what PPP ignores changes nothing" with_pppd "$PLAIN" ignored
run_test "a peer that negotiates over and over does not keep the host busy" \
	with_pppd "$PLAIN" over_and_over
run_test "nothing gets to a protocol that PPP does not pass" with_hand np_mode
run_test "nothing gets to an interface that is down" with_hand interface_down
run_test "nothing leaves in clear once encryption is agreed on" \
	with_hand mppe_starts
run_test "compression starts and ends" with_hand deflate_starts
run_test "the interface moves under load" with_hand moves
run_test "the interface loses its channel under load" \
	with_hand loses_its_channel
run_test "the interface changes channels" with_hand changes_channels
run_test "pppd is killed under load" killed
run_test "the module unloads after a link under load" unloads
test_end
