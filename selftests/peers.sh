#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Other people's programs at the far end: pptp-linux as client of kpptpd, and
# pptpd as server of kpptp, plain and with MPPE-128. Both keep GRE in user
# space on a raw socket. Topology in session_lib.sh.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

# --- pptp-linux to kpptpd ----------------------------------------------------

pptp_linux_mppe()
{
	ip netns exec "$B" pppd pty "pptp $LOCAL --nolaunchpppd --loglevel 2" \
		nodetach noauth user alice password wonderland \
		noipdefault nodefaultroute lock debug \
		refuse-pap refuse-chap refuse-mschap refuse-eap \
		require-mppe-128 nobsdcomp nodeflate \
		ipparam kpptp >"$TMP/pppd.log" 2>&1 </dev/null &
	echo $! >"$TMP/pppd.pid"
	slowwait 60 file_has "$TMP/pppd.log" "remote IP address" ||
		{ tail -n 40 "$TMP/pppd.log" "$TMP/server.log"; return 1; }
	grep -q 'MPPE 128-bit' "$TMP/pppd.log"
}

server_up()
{
	server_config "$@"
	daemon "$A" server
}

ping_with_size()
{
	at "$B" ping -c 5 -i 0.2 -s 1200 -W $((5 * KPPTP_SLOW)) 198.51.100.1
}

pppd_down()
{
	kill -TERM "$(cat "$TMP/pppd.pid")"
	slowwait 60 gone "$(cat "$TMP/pppd.pid")"
	slowwait 60 no_calls server
	nothing_in "$A"
	nothing_in "$B"
}

server_down()
{
	daemon_end server
	nothing_in "$A"
}

# client_if: pptp-linux has the only ppp interface of B
copy_to_pptp_linux()
{
	local if

	if=$(ip -n "$B" -o link show | grep -o 'ppp[0-9]*' | head -n 1)
	copy "$A" "$B" "$(tunnel_ip "$B" "$if")"
}

sees_peer()
{
	cli server --json connections
	expect "calls at the server" "$(call_json server call_id | wc -l)" 1
	expect "user at the server" "$(call_json server user)" alice
}

server_ends_it()
{
	cli server disconnect all
	slowwait 90 gone "$(cat "$TMP/pppd.pid")"
	nothing_in "$A"
	nothing_in "$B"
}

# --- kpptp to pptpd ----------------------------------------------------------

# pptpd keeps its log in syslog; its pppd has one of its own
dial_pptpd()
{
	: >"$TMP/server.log"
	dial "$@" || { tail -n 40 "$TMP/pptpd-pppd.log"; return 1; }
	calls_are "$B" 1
	calls_are "$A" 0
}

copy_to_pptpd()
{
	copy "$B" "$A" 198.51.100.1
}

copy_from_pptpd()
{
	copy "$A" "$B" "$(tunnel_ip "$B" "$(session_if client)")"
}

hang_up_on_pptpd()
{
	cli client disconnect all
	slowwait 30 no_calls client
	nothing_in "$B"
	slowwait 60 no_ppp "$A"
}

# pptpd's own end of the call goes away without a word
pptpd_dies()
{
	dial_pptpd "$@"
	ip netns pids "$A" | xargs ps -o pid=,comm= -p |
		awk '$2 ~ /^(pptpctrl|pppd|pptpd)/ { print $1 }' |
		xargs kill -9
	slowwait 90 no_calls client
	nothing_in "$B"
}

client_down()
{
	kill -9 "$(cat "$TMP/pptpd.pid")" 2>/dev/null || true
	daemon_end client
	nothing_in "$B"
}

test_begin peers
setup_sessions || bail_out "no namespaces"
# The wire does the checksums that a network card leaves undone; veth leaves them
# undone, and a program that reads GRE from a raw socket gets them so.
at "$A" ethtool -K a0 tx off >/dev/null
at "$B" ethtool -K b0 tx off >/dev/null
need_kpptp

run_test "kpptpd for pptp-linux" server_up auth=mschap-v2 mppe=no
run_test "pptp-linux connects" pptp_linux
run_test "pptp-linux: the server shows it" sees_peer
run_test "pptp-linux: pings go through" ping_with_size
run_test "pptp-linux: TCP to it, by checksum" copy_to_pptp_linux
run_test "pptp-linux: TCP from it, by checksum" copy "$B" "$A" 198.51.100.1
run_test "pptp-linux hangs up" pppd_down
run_test "pptp-linux connects again" pptp_linux
run_test "the server hangs up on pptp-linux" server_ends_it
run_test "kpptpd ends" server_down
run_test "kpptpd with MPPE for pptp-linux" \
	server_up auth=mschap-v2 mppe=require
run_test "pptp-linux connects with MPPE-128" pptp_linux_mppe
run_test "pptp-linux with MPPE: pings go through" ping_with_size
run_test "pptp-linux with MPPE: TCP, by checksum" copy "$B" "$A" 198.51.100.1
run_test "pptp-linux with MPPE hangs up" pppd_down
run_test "kpptpd with MPPE ends" server_down

run_test "pptpd for kpptp" pptpd_up refuse-pap refuse-chap refuse-mschap \
	require-mschap-v2 noccp
run_test "kpptp connects to pptpd" dial_pptpd --auth mschap-v2 --mppe no
run_test "pptpd: pings go through" ping_with_size
run_test "pptpd: TCP to it, by checksum" copy_to_pptpd
run_test "pptpd: TCP from it, by checksum" copy_from_pptpd
run_test "kpptp hangs up on pptpd" hang_up_on_pptpd
run_test "pptpd dies without a word" pptpd_dies --auth mschap-v2 --mppe no
run_test "kpptpd ends" client_down
run_test "pptpd with MPPE for kpptp" pptpd_up refuse-pap refuse-chap \
	refuse-mschap require-mschap-v2 require-mppe-128
run_test "kpptp connects to pptpd with MPPE-128" \
	dial_pptpd --auth mschap-v2 --mppe require
run_test "pptpd with MPPE: pings go through" ping_with_size
run_test "pptpd with MPPE: TCP, by checksum" copy_to_pptpd
run_test "kpptp hangs up on pptpd with MPPE" hang_up_on_pptpd
run_test "kpptpd ends again" client_down
test_end
