#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A whole session as tshark reads it: no malformed packet, the messages of RFC
# 2637 in their order, one to a segment, GRE in its place and numbered from 0.
# Topology in session_lib.sh.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

session()
{
	server_config auth=mschap-v2 mppe=no
	client_config
	daemon "$A" server
	daemon "$B" client
	dial
	ping_server
	on_one_cpu copy "$B" "$A" 198.51.100.1
	cli client disconnect all
	slowwait 30 no_calls server
	nothing_in "$A"
	daemon_end client
	daemon_end server
	captured session "$B" $LOCAL
}

# fields FILTER FIELD...: tab separated, one packet a line. Of a field that is
# there twice, the outer one.
fields()
{
	local filter=$1 args=() f
	shift

	for f in "$@"; do
		args+=(-e "$f")
	done
	tshark -r "$TMP/session.pcap" -Y "$filter" -T fields \
		-E occurrence="${OCCURRENCE:-f}" "${args[@]}" \
		2>/dev/null
}

# What all tests read: tshark takes seconds only to start.
decode()
{
	OCCURRENCE=a fields pptp frame.number ip.src \
		pptp.control_message_type pptp.call_id >"$TMP/control"
	fields 'gre && ip.proto == 47' frame.number ip.src gre.key.call_id \
		gre.sequence_number frame.protocols >"$TMP/gre"
	cat "$TMP/control"
	expect_num "control messages" "$(wc -l <"$TMP/control")" -ge 8
	expect_num "GRE packets" "$(wc -l <"$TMP/gre")" -ge 20
}

not_one_malformed()
{
	local bad

	bad=$(tshark -r "$TMP/session.pcap" \
		-Y '_ws.malformed || _ws.short || pptp.magic_cookie != 0x1a2b3c4d' \
		2>/dev/null)
	[ -z "$bad" ] || fail "$bad"
}

# type NAME SOURCE: the number of the frame, where there must be just one
only()
{
	local frames

	frames=$(awk -v t="$1" -v s="$2" '$3 == t && $2 == s { print $1 }' \
		"$TMP/control")
	[ "$(echo "$frames" | wc -w)" -eq 1 ] ||
		{ fail "message $1 of $2 is in frames: $frames"; return 1; }
	echo "$frames"
}

SCCRQ=1 SCCRP=2 STOP_RQ=3 STOP_RP=4 OCRQ=7 OCRP=8 CCRQ=12 CDN=13

in_order()
{
	local before=0 frame what from

	for what in "$SCCRQ $PEER" "$SCCRP $LOCAL" "$OCRQ $PEER" \
			"$OCRP $LOCAL" "$CCRQ $PEER" "$CDN $LOCAL" \
			"$STOP_RQ $PEER" "$STOP_RP $LOCAL"; do
		from=${what#* }
		frame=$(only "${what% *}" "$from")
		expect_num "the frame of message ${what% *}" "$frame" \
			-gt "$before"
		before=$frame
	done
}

no_strangers()
{
	local types

	types=$(cut -f 3 "$TMP/control" | sort -nu | tr '\n' ' ')
	expect "types of message without Echo and Set-Link-Info" \
		"$(echo " $types" | sed 's/ \(5\|6\|15\) / /g' | xargs)" \
		"1 2 3 4 7 8 12 13"
}

one_to_a_segment()
{
	! grep , "$TMP/control"
}

gre_between_reply_and_end()
{
	local first last

	first=$(head -n 1 "$TMP/gre" | cut -f 1)
	last=$(tail -n 1 "$TMP/gre" | cut -f 1)
	expect_num "the first GRE frame" "$first" -gt "$(only $OCRP $LOCAL)"
	expect_num "the last GRE frame" "$last" -lt "$(only $STOP_RP $LOCAL)"
}

# first_number SOURCE: of the first packet with a sequence number
numbered_from_zero()
{
	local numbers

	numbers=$(awk -F '\t' -v s="$1" '$2 == s && $4 != "" { print $4 }' \
		"$TMP/gre")
	expect "the first number of $1" "$(echo "$numbers" | head -n 1)" 0
	expect "numbers that don't follow the one before" "$(echo "$numbers" |
		awk 'NR > 1 && $1 != last + 1 { n++ } { last = $1 }
			END { print n + 0 }')" 0
}

# call_id TYPE: as the message of this type has it
call_id()
{
	awk -F '\t' -v t="$1" '$3 == t { print $4 }' "$TMP/control"
}

call_ids_as_agreed()
{
	local client server

	client=$(call_id $OCRQ)
	server=$(call_id $OCRP)
	expect "Call IDs towards the client" "$(awk -F '\t' -v s=$LOCAL \
		'$2 == s { print $3 }' "$TMP/gre" | sort -u | xargs printf %d)" \
		"$((client))"
	expect "Call IDs towards the server" "$(awk -F '\t' -v s=$PEER \
		'$2 == s { print $3 }' "$TMP/gre" | sort -u | xargs printf %d)" \
		"$((server))"
	expect "the Call ID in Call-Clear-Request" \
		$(($(call_id $CCRQ))) $((client))
	expect "the Call ID in Call-Disconnect-Notify" \
		$(($(call_id $CDN))) $((server))
}

ppp_is_understood()
{
	local p

	for p in lcp chap ipcp ipv6cp icmp; do
		cut -f 5 "$TMP/gre" | grep -qE ":$p(:|\$)" ||
			fail "no $p in the capture"
	done
}

test_begin wire
setup_sessions || bail_out "no namespaces"
need_kpptp

run_test "a capture is made" \
	capture "$A" session a0 tcp port 1723 or ip proto 47
run_test "of a session from start to end" session
run_test "tshark reads it" decode
run_test "not one malformed packet" not_one_malformed
run_test "the messages come in order, each once" in_order
run_test "no other messages" no_strangers
run_test "one message to a segment" one_to_a_segment
run_test "GRE flows after the call reply and ends before the connection" \
	gre_between_reply_and_end
run_test "the server numbers from 0, without a gap" numbered_from_zero $LOCAL
run_test "the client numbers from 0, without a gap" numbered_from_zero $PEER
run_test "Call IDs are those agreed on" call_ids_as_agreed
run_test "PPP inside is understood" ppp_is_understood
test_end
