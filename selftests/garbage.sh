#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Nonsense on TCP port 1723 and on GRE while a session runs: the connection is
# closed with a line in the log, and the session does not notice. Topology in
# session_lib.sh; the nonsense comes from B too.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

# throw: stdin to the server, the connection held open; succeeds when the
# server closes it.
throw()
{
	local data=$TMP/thrown

	cat >"$data"
	talk thrower
	cat "$data" >"$TMP/thrower.in"
	slowwait 40 gone "$(cat "$TMP/thrower.pid")"
}

log_length()
{
	wc -l <"$TMP/server.log"
}

log_grows()
{
	expect_num "lines in the server's log" "$(log_length)" -gt "$1"
}

session_lives()
{
	at "$B" ping -c 1 -W $((5 * KPPTP_SLOW)) 198.51.100.1 &&
	expect "calls at the server" "$(call_json server call_id | wc -l)" 1
}

# closed HEX: is closed, logged with the peer's address, and nothing else is
closed()
{
	local before

	before=$(log_length)
	echo "$1" | say | throw
	slowwait 20 log_grows "$before"
	tail -n +$((before + 1)) "$TMP/server.log"
	tail -n +$((before + 1)) "$TMP/server.log" | grep -q $PEER
	session_lives
}

random_hex()
{
	head -c "$1" /dev/urandom | xxd -p | tr -d '\n'
}

random_messages()
{
	local i

	for ((i = 0; i < $(many 60) / 5; i++)); do
		random_hex $((12 + i * 17)) | say | throw
	done
	session_lives
}

# Right header, random body, every type: whatever becomes of it, the server
# and the session stay.
random_bodies()
{
	local type lengths=(0 156 156 16 16 16 20 168 32 220 24 28 16 148 40 24)

	for type in {1..15}; do
		{
			sccrq
			message "$type" "${lengths[type]}" \
				"$(random_hex $((lengths[type] - 12)))"
			# and an end that closes for certain
			zeros 64
		} | say | throw
		session_lives
	done
}

# byte_by_byte: legal, only slow, but within the server's startup-timeout on
# any machine; so nothing here starts a program for each octet.
byte_by_byte()
{
	local i hex

	hex=$(sccrq)
	mkfifo "$TMP/slow.wait"
	talk slow
	{
		for ((i = 0; i < ${#hex}; i += 2)); do
			# shellcheck disable=SC2059	# the octet is the format
			printf "\\x${hex:i:2}"
			! read -rt 0.01 -u 3
		done
	} >"$TMP/slow.in" 3<>"$TMP/slow.wait"
	slowwait 40 answered "$TMP/slow" 156
	expect "the reply" "$(xxd -p -l 12 "$TMP/slow")" \
		009c00011a2b3c4d00020000
	expect "its result" "$(xxd -p -s 14 -l 1 "$TMP/slow")" 01
	kill "$(cat "$TMP/slow.pid")"
}

# Three in one segment: both Echo-Requests are answered.
several_in_one()
{
	talk several
	echo "$(sccrq)$(message 5 16 00000011)$(message 5 16 00000022)" | say \
		>"$TMP/several.in"
	slowwait 40 answered "$TMP/several" 196
	xxd -p "$TMP/several" | tr -d '\n' >"$TMP/several.hex"
	grep -q 001400011a2b3c4d0006000000000011 "$TMP/several.hex"
	grep -q 001400011a2b3c4d0006000000000022 "$TMP/several.hex"
	kill "$(cat "$TMP/several.pid")"
}

half_then_gone()
{
	sccrq | say | head -c 80 |
		at "$B" timeout 5 busybox nc -w 1 $LOCAL 1723 || true
	session_lives
}

many_connections()
{
	local i

	for ((i = 0; i < 20; i++)); do
		talk "silent$i"
	done
	slowwait 20 session_lives
	for ((i = 0; i < 20; i++)); do
		kill "$(cat "$TMP/silent$i.pid")" || true
	done
	slowwait 20 session_lives
}

gre_noise()
{
	local i id noise packets=()

	id=$(call_json server call_id)
	noise=$(random_hex 6000)
	for ((i = 0; i < 300; i++)); do
		packets+=("rand=$((i % 200))")
		packets+=("call=$id,seq=$((RANDOM * 131072 + RANDOM)),payload=${noise:i * 40:40}")
		packets+=("call=$id,ack=$((RANDOM * 131072 + RANDOM))")
	done
	at "$B" gre_inject send from=$PEER to=$LOCAL "${packets[@]}"
	at "$A" nlcall dump
	expect_num "far and bad packets counted" \
		$(($(call_field "$A" rx-far "$id") +
		   $(call_field "$A" rx-late "$id") +
		   $(call_field "$A" rx-resync "$id") +
		   $(call_field "$A" rx-bad-ack "$id"))) -ge 300
	slowwait 60 session_lives
}

sessions_start_still()
{
	cli client disconnect all
	slowwait 30 no_calls server
	dial
	session_lives
}

start()
{
	server_config auth=mschap-v2 mppe=no startup-timeout=$((8 * KPPTP_SLOW))
	client_config
	daemon "$A" server
	daemon "$B" client
	dial
	session_lives
}

all_ends()
{
	daemon_end client
	daemon_end server
	nothing_in "$A"
	nothing_in "$B"
}

test_begin garbage
setup_sessions || bail_out "no namespaces"
need_kpptp

run_test "a session that must not notice" start
run_test "text instead of a message" closed "$(printf 'GET / HTTP/1.0\r\n\r\n' |
	xxd -p)"
run_test "zeros" closed "$(zeros 64)"
run_test "a wrong magic cookie" closed "009c0001deadbeef00010000$(zeros 144)"
run_test "length 0" closed "00000001${MAGIC}00010000$(zeros 144)"
run_test "length 11" closed "000b0001${MAGIC}00010000$(zeros 144)"
run_test "length 65535" closed "ffff0001${MAGIC}00010000$(zeros 144)"
run_test "a length that is not the type's" \
	closed "009d0001${MAGIC}00010000$(zeros 145)"
run_test "message type 2 (management)" \
	closed "009c0002${MAGIC}00010000$(zeros 144)"
run_test "control message type 0" closed "00100001${MAGIC}00000000$(zeros 4)"
run_test "control message type 99" closed "00100001${MAGIC}00630000$(zeros 4)"
run_test "a call before the connection is started" \
	closed "$(message 7 168 00010001)"
run_test "half a message and then nothing" closed "$(sccrq | head -c 100)"
run_test "garbage after a good start" closed "$(sccrq)$(zeros 64)"
run_test "random octets, again and again" random_messages
run_test "every type with a random body" random_bodies
run_test "half a message, and the peer is gone" half_then_gone
run_test "a message octet by octet is understood" byte_by_byte
run_test "several messages in one segment are understood" several_in_one
run_test "twenty silent connections" many_connections
run_test "noise on GRE, some of it for the session's call" gre_noise
run_test "a new session starts as if nothing had been" sessions_start_still
run_test "all ends well" all_ends
test_end
