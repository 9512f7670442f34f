#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whole sessions between kpptp and kpptpd, by every way to authenticate, what
# they carry, and every way they end. Topology in session_lib.sh.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

start_both()
{
	server_config "$@"
	client_config "[client impatient]" "server = $LOCAL" "user = alice" \
		"password = wonderland" "echo-interval = 3" "echo-timeout = 6" \
		"ipv6 = yes"
	daemon "$A" server
	daemon "$B" client
}

both_show_it()
{
	local a b

	cli server calls
	cli client calls
	expect "calls at the server" "$(call_json server call_id | wc -l)" 1
	expect "user at the server" "$(call_json server user)" alice
	expect "role at the server" "$(call_json server role)" PAC
	expect "role at the client" "$(call_json client role)" PNS
	a=$(call_json server call_id)
	b=$(call_json client call_id)
	expect "the server's Call ID at the client" \
		"$(call_json client peer_call_id)" "$a"
	expect "the client's Call ID at the server" \
		"$(call_json server peer_call_id)" "$b"
	call_field_is "$A" peer-call-id "$a" "$b"
	call_field_is "$A" state "$a" 2
	call_field_is "$A" ifname "$a" "$(session_if server)"
	expect "the client's address" \
		"$(tunnel_ip "$B" "$(session_if client)")" \
		"$(call_json server remote_ip)"
	cli server connections
	cli client show "$(session_if client)"
}

# What goes over the link while pings run: encrypted or not.
on_the_wire()
{
	local want=$1 plain encrypted

	sniff "$B" wire from=$LOCAL
	ping_server
	kill "$(cat "$TMP/wire.pid")"
	plain=$(grep -cE 'payload (ff03)?(0021|21)45' "$TMP/wire") || true
	encrypted=$(grep -cE 'payload (ff03)?(00fd|fd)' "$TMP/wire") || true
	echo "$plain plain, $encrypted encrypted packets"
	if [ "$want" = encrypted ]; then
		expect "plain packets" "$plain" 0
		expect_num "encrypted packets" "$encrypted" -ge 3
	else
		expect "encrypted packets" "$encrypted" 0
		expect_num "plain packets" "$plain" -ge 3
	fi
}

ping6()
{
	local if

	if=$(session_if client)
	slowwait 20 has_ip6 "$A" "$(session_if server)"
	at "$B" ping -6 -c 3 -i 0.2 -W $((5 * KPPTP_SLOW)) \
		"$(tunnel_ip6 "$A" "$(session_if server)")%$if"
}

copy6_in()
{
	copy "$B" "$A" \
		"$(tunnel_ip6 "$A" "$(session_if server)")%$(session_if client)"
}

copy6_out()
{
	copy "$A" "$B" \
		"$(tunnel_ip6 "$B" "$(session_if client)")%$(session_if server)"
}

copy_in()
{
	copy "$B" "$A" 198.51.100.1
}

copy_out()
{
	copy "$A" "$B" "$(tunnel_ip "$B" "$(session_if client)")"
}

datagrams_in()
{
	datagrams from="$B" to="$A" addr=198.51.100.1
}

datagrams_out()
{
	datagrams from="$A" to="$B" addr="$(tunnel_ip "$B" "$(session_if client)")"
}

# The counters of the kernel and the tables of the daemon agree that nothing
# was lost.
nothing_lost()
{
	local key line

	line=$(at "$A" nlcall dump)
	echo "$line"
	for key in rx-lost rx-late rx-far rx-bad tx-errors tx-no-route; do
		expect "$key" "$(field $key "$line")" 0
	done
}

hang_up()
{
	cli client disconnect "$(session_if client)"
	slowwait 30 no_calls server
	nothing_in "$A"
	nothing_in "$B"
}

carries_everything()
{
	local name=$1 wire=$2

	run_test "$name: both ends show the call" both_show_it
	run_test "$name: packets on the wire are $wire" on_the_wire "$wire"
	run_test "$name: IPv6 goes through" ping6
	run_test "$name: TCP to the server, by checksum" copy_in
	run_test "$name: TCP from the server, by checksum" copy_out
	run_test "$name: TCP over IPv6 to the server, by checksum" copy6_in
	run_test "$name: TCP over IPv6 from the server, by checksum" copy6_out
	run_test "$name: UDP to the server" datagrams_in
	run_test "$name: UDP from the server" datagrams_out
	run_test "$name: nothing was lost" nothing_lost
}

# one_kind NAME plain|encrypted AUTH MPPE
one_kind()
{
	run_test "$1: daemons start" start_both auth="$3" mppe="$4"
	run_test "$1: connects" dial --auth "$3" --mppe "$4"
	carries_everything "$1" "$2"
	run_test "$1: hangs up, nothing is left" hang_up
	run_test "$1: daemons end" end_both
}

wrong_password()
{
	local said

	! said=$(echo looking-glass | cli client connect $LOCAL --user alice \
		--password-stdin --timeout $((40 * KPPTP_SLOW)) 2>&1) ||
		fail "connected with a wrong password"
	echo "$said"
	echo "$said" | grep -qiE 'auth|password' ||
		fail "the error does not say why"
	slowwait 30 no_calls server
	nothing_in "$A"
	nothing_in "$B"
}

nobody_listens()
{
	local said

	! said=$(echo x | cli client connect $LOCAL --port 9 --user alice \
		--password-stdin --timeout 20 2>&1) ||
	! said=$(echo x | cli client connect $LOCAL:9 --user alice \
		--password-stdin --timeout 20 2>&1) ||
		fail "connected to nobody"
	[ -n "$said" ] || fail "no word about it"
	nothing_in "$B"
}

three_calls()
{
	dial --name one
	dial --name two
	dial --name three
	calls_are "$A" 3
	calls_are "$B" 3
	expect "different addresses" \
		"$(call_json server remote_ip | sort -u | wc -l)" 3
	cli client disconnect all
	slowwait 30 no_calls client
	slowwait 30 no_calls server
	nothing_in "$A"
	nothing_in "$B"
}

# asked NAME: somebody stays connected to the daemon's control socket. Such a
# socket is in the namespace of who connected, and cli is in none of ours.
asked()
{
	ss -Hx state connected src "$TMP/$1.sock" | grep -q . ||
		fail "nobody is connected to $1"
}

watch()
{
	cli client monitor >"$TMP/monitor" 2>&1 &
	echo $! >"$TMP/monitor.pid"
	slowwait 20 asked client
	dial
	cli client disconnect all
	slowwait 20 no_calls client
	slowwait 20 lines_at_least "$TMP/monitor" 2
	cat "$TMP/monitor"
	grep -qi 'up' "$TMP/monitor"
	grep -qi 'down' "$TMP/monitor"
	kill "$(cat "$TMP/monitor.pid")"
	nothing_in "$A"
}

server_hangs_up()
{
	dial
	cli server disconnect all
	slowwait 30 no_calls client
	nothing_in "$A"
	nothing_in "$B"
}

pppd_dies()
{
	local ns=$1

	dial
	ip netns pids "$ns" | xargs ps -o pid=,comm= -p |
		awk '$2 == "pppd" { print $1 }' | xargs kill -9
	slowwait 60 no_calls server
	slowwait 60 no_calls client
	nothing_in "$A"
	nothing_in "$B"
}

# Peers close TCP as soon as their call is granted, before pppd has begun. Few at a
# time: what is ended keeps its address until its pppd is gone.
hangs_up_early()
{
	local i pid

	pid=$(daemon_pid server)
	for i in $(seq 20); do
		at "$B" calls_held server=$LOCAL from=$PEER addresses=1 count=5 hold=no
		gone "$pid" && fail "the server ended in round $i: $(tail -n 5 "$TMP/server.log")"
		slowwait 60 no_calls server
	done
	nothing_in "$A"
	dial
	hang_up
}

hangup_reloads()
{
	dial
	kill -HUP "$(daemon_pid server)"
	slowwait 20 log_has server -i
	ping_server
	cli server status
	cli client disconnect all
	slowwait 30 no_calls server
}

terminate_server()
{
	dial
	daemon_end server TERM
	nothing_in "$A"
	slowwait 60 no_calls client
	nothing_in "$B"
}

terminate_client()
{
	dial
	daemon_end client INT
	nothing_in "$B"
	slowwait 60 no_calls server
	nothing_in "$A"
}

# Every process of the daemon at once, as the OOM killer or a crash would.
kill_all_of()
{
	ip netns pids "$1" | xargs ps -o pid=,comm= -p |
		awk '$2 == "kpptpd" { print $1 }' | xargs kill -9
}

kill_server()
{
	dial
	kill_all_of "$A"
	nothing_in "$A"
	slowwait 60 no_calls client
	nothing_in "$B"
	daemon "$A" server
	dial
	ping_server
}

kill_client()
{
	kill_all_of "$B"
	nothing_in "$B"
	slowwait 60 no_calls server
	nothing_in "$A"
	daemon "$B" client
}

worker_pid()
{
	ip netns pids "$A" | xargs ps -o pid=,comm= -p |
		awk '$2 == "kpptpd-worker" { print $1 }'
}

# Its calls end with it, and the daemon goes on with another.
kill_worker()
{
	local daemon old

	dial
	daemon=$(daemon_pid server)
	old=$(worker_pid)
	kill -9 "$old"
	nothing_in "$A"
	slowwait 60 no_calls client
	nothing_in "$B"
	slowwait 60 dial
	ping_server
	expect "the daemon" "$(daemon_pid server)" "$daemon"
	fails 1 kill -0 "$old"
}

# Both sides must notice by themselves that the other is gone.
link_fails()
{
	cli client connect --client impatient
	ip -n "$B" link set b0 down
	slowwait 90 no_calls server
	slowwait 90 no_calls client
	nothing_in "$A"
	nothing_in "$B"
	log_has server -i
	ip -n "$B" link set b0 up
	slowwait 20 at "$B" ping -c 1 -W 1 $LOCAL
}

silent_connection()
{
	talk silent
	slowwait 60 gone "$(cat "$TMP/silent.pid")"
}

test_begin session
setup_sessions || bail_out "no namespaces"
need_kpptp

one_kind PAP plain pap no
one_kind CHAP-MD5 plain chap no
one_kind MS-CHAPv2 plain mschap-v2 no
one_kind MPPE-128 encrypted mschap-v2 require

run_test "daemons start again" start_both auth=mschap-v2 mppe=no \
	echo-interval=3 echo-timeout=6 startup-timeout=6
run_test "a wrong password is refused, and said so" wrong_password
run_test "nobody listens: an error, nothing left" nobody_listens
run_test "three calls between one pair of hosts" three_calls
run_test "kpptp monitor sees a call come and go" watch
run_test "the server hangs up" server_hangs_up
run_test "the server's pppd is killed" pppd_dies "$A"
run_test "the client's pppd is killed" pppd_dies "$B"
run_test "peers that hang up at once end their calls only" hangs_up_early
run_test "SIGHUP leaves calls alone" hangup_reloads
run_test "the link fails: both ends time out" link_fails
run_test "SIGINT ends the client's calls" terminate_client
run_test "the client starts again" daemon "$B" client
run_test "SIGTERM ends the server's calls" terminate_server
run_test "the server starts again" daemon "$A" server
run_test "kill -9 of the server leaves no call, and it starts again" kill_server
run_test "kill -9 of the client leaves no call" kill_client
run_test "kill -9 of the server's worker ends its calls, and it is replaced" kill_worker
run_test "a connection that says nothing is closed" silent_connection
run_test "daemons end" end_both
test_end
