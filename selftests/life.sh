#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The life of a control connection on the wire: how it is set up, kept alive and
# ended, by either end, with a peer that answers, one that falls silent at any
# point, and other people's programs. What tshark reads of it is compared, word
# by word, with the order that the protocol asks for. Topology in
# session_lib.sh; the capture is made at A, where the server is.
#
# A word is "C:" (client, B) or "S:" (server, A) and a message. See also
# Documentation/control-connection.md.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"

MARK_PORT=40000		# a datagram to this port and the N next begins chapter N
CHAPTERS=()

# What the client says first, and the two orderly ends.
SETUP="C:TCP-open C:SCCRQ S:SCCRP C:OCRQ S:OCRP C:SLI C:PPP"
LINUX_SETUP="C:TCP-open C:SCCRQ S:SCCRP C:OCRQ S:OCRP C:PPP"
CLIENT_ENDS="C:SLI C:Terminate-Request S:Terminate-Ack C:CCRQ S:CDN C:StopCCRQ \
S:StopCCRP"
SERVER_ENDS="S:Terminate-Request C:SLI C:Terminate-Ack S:CDN S:StopCCRQ \
C:StopCCRP"

# --- the capture -------------------------------------------------------------

# chapter NAME COMMAND...: a test that has a chapter of the capture to itself
chapter()
{
	local name=$1
	shift

	CHAPTERS+=("$name")
	run_test "$name" in_chapter $((${#CHAPTERS[@]} - 1)) "$@"
}

in_chapter()
{
	local n=$1
	shift

	at "$B" bash -c "echo >/dev/udp/$LOCAL/$((MARK_PORT + n))"
	"$@"
}

# One line a packet: chapter, who, word, number of the control message's Echo,
# Call ID in the GRE header. awk's copy of what the fields mean is RFC 2637's.
words()
{
	awk -F '\t' -v server=$LOCAL -v mark=$MARK_PORT '
	BEGIN {
		split("SCCRQ SCCRP StopCCRQ StopCCRP Echo-Request Echo-Reply " \
		      "OCRQ OCRP ICRQ ICRP ICCN CCRQ CDN WEN SLI", ctrl, " ")
		lcp[5] = "Terminate-Request"
		lcp[6] = "Terminate-Ack"
		chapter = -1
	}
	function word(w) {
		print chapter, ($1 == server ? "S:" : "C:") w,
			($8 == "" ? "-" : $8), $7
	}
	$2 == 17 { chapter = $3 - mark; next }
	$2 == 6 && $5 != "" { word(ctrl[$5]) }
	$2 == 6 && $4 ~ /S/ && $4 !~ /A/ { word("TCP-open") }
	$2 == 6 && $4 ~ /F/ { word("TCP-close") }
	$2 == 6 && $4 ~ /R/ { word("TCP-reset") }
	$2 == 47 { word(($6 in lcp) ? lcp[$6] : "PPP") }
	' "$TMP/fields"
}

decode()
{
	captured life "$B" $LOCAL
	# the second capture of a chapter's words is a retransmission
	tshark -n -r "$TMP/life.pcap" -Y \
		'!(tcp.analysis.retransmission || tcp.analysis.fast_retransmission ||
		   tcp.analysis.spurious_retransmission)' -T fields \
		-E occurrence=f -e ip.src -e ip.proto -e udp.dstport \
		-e tcp.flags.str -e pptp.control_message_type \
		-e ppp.code -e gre.key.call_id -e pptp.identifier \
		>"$TMP/fields" 2>"$TMP/tshark" || cat "$TMP/tshark"
	words >"$TMP/words"
	wc -l "$TMP/fields" "$TMP/words"
	[ -s "$TMP/words" ]
}

number_of()
{
	local n

	for n in "${!CHAPTERS[@]}"; do
		[ "${CHAPTERS[n]}" != "$1" ] || echo "$n"
	done
}

# said NAME: the words of a chapter. Of GRE only what LCP says in the end and
# the client's first; of the end of TCP the first FIN, whose ever it is, and the
# first RST, with who sent it, after which nothing counts.
said()
{
	awk -v n="$(number_of "$1")" '
	$1 != n || /Echo-/ || $2 == "S:PPP" { next }
	$2 == "C:PPP" && ppp++ { next }
	$2 ~ /TCP-close/ && closed++ { next }
	{ sub(/^.:TCP-c/, "TCP-c", $2); print $2 }
	$2 ~ /TCP-reset/ { exit }' "$TMP/words" | tr '\n' ' '
}

# reads NAME WORD...: the whole chapter, literally, but for "?" where an end is
# named: who that is, is no matter then
reads()
{
	local is name=$1
	shift

	is=$(said "$name")
	echo "is:        ${is% }"
	echo "should be: $*"
	# shellcheck disable=SC2053	# a pattern
	[[ ${is% } == $* ]]
}

# --- what is done ------------------------------------------------------------

start_server()
{
	server_config auth=mschap-v2 mppe=no "$@"
	daemon "$A" server
}

start_client()
{
	local name asks=()

	for name in asks also; do
		asks+=("[client $name]" "server = $LOCAL" "user = alice"
			"password = wonderland" "echo-interval = 1"
			"echo-timeout = $((6 * KPPTP_SLOW))")
	done
	client_config "${asks[@]}"
	daemon "$B" client
}

start_all()
{
	start_server
	start_client
}

# Not even a socket that TCP closes on its own.
no_tcp()
{
	local left

	left=$(at "$1" ss -Htan state connected exclude time-wait \
		"( sport = :1723 or dport = :1723 )")
	[ -z "$left" ] || fail "left in $1: $left"
}

# A call counts until its pppd is gone.
forgotten()
{
	local status

	status=$(cli "$1" --json status)
	[[ $status =~ \"connections\":\ *0[,\ ] &&
	   $status =~ \"calls\":\ *0[,\ ] ]] || fail "$1 still has: $status"
}

# clean NETNS NAME: nothing of any connection is left, in daemon or kernel
clean()
{
	slowwait 30 forgotten "$2"
	slowwait 10 calls_are "$1" 0
	slowwait 30 no_ppp "$1"
	slowwait 10 no_tcp "$1"
}

both_clean()
{
	clean "$A" server
	clean "$B" client
}

client_ends()
{
	dial
	cli client disconnect all
	both_clean
}

server_ends()
{
	dial
	cli server disconnect all
	both_clean
}

client_shuts_down()
{
	dial
	daemon_end client
	nothing_in "$B"
	no_tcp "$B"
	clean "$A" server
	start_client
}

server_shuts_down()
{
	dial
	daemon_end server
	nothing_in "$A"
	no_tcp "$A"
	clean "$B" client
	start_server
}

# deaf NETNS PEER MATCH: what comes from PEER and matches is not heard
deaf()
{
	at "$1" nft "add table ip deaf
		add chain ip deaf in { type filter hook input priority 0; }
		add rule ip deaf in ip saddr $2 $3 counter drop"
}

hears_again()
{
	at "$1" nft delete table ip deaf
}

# The lengths of packets: a header of IP with 20 octets, of TCP with 32 (time
# stamps), and 148 for a CDN, 16 for a StopCCRP.
GRE="ip protocol gre"
CDN="ip protocol tcp ip length 200"
STOPCCRP="ip protocol tcp ip length 68"

# client_ends_deaf MATCH: the server's answers get lost, from then on
client_ends_deaf()
{
	dial
	deaf "$B" $LOCAL "$1"
	cli client disconnect all
	clean "$B" client
	hears_again "$B"
	clean "$A" server
}

server_ends_deaf()
{
	dial
	deaf "$A" $PEER "$1"
	cli server disconnect all
	clean "$A" server
	hears_again "$A"
	clean "$B" client
}

# signal SIGNAL NETNS NAME...: to the processes of these names
signal()
{
	local signal=$1 ns=$2
	shift 2

	ip netns pids "$ns" | xargs ps -o pid=,comm= -p |
		awk -v names=" $* " 'index(names, " " $2 " ") { print $1 }' |
		xargs kill "-$signal"
}

client_ends_alone()
{
	dial
	signal STOP "$A" kpptpd kpptpd-worker pppd
	cli client disconnect all
	clean "$B" client
	signal CONT "$A" kpptpd kpptpd-worker pppd
	clean "$A" server
}

server_ends_alone()
{
	dial
	signal STOP "$B" kpptpd kpptpd-worker pppd
	cli server disconnect all
	clean "$A" server
	signal CONT "$B" kpptpd kpptpd-worker pppd
	clean "$B" client
}

# --- echo --------------------------------------------------------------------

restart_server()
{
	daemon_end server
	start_server "$@"
}

answers()
{
	grep -c 'received Echo-Reply' "$TMP/$1.log" || true
}

# Both ends ask three times more, and are answered.
both_ask()
{
	local client server

	client=$(answers client)
	server=$(answers server)
	slowwait 30 lines_at_least "$TMP/client.log" $((client + 3)) \
		'received Echo-Reply'
	slowwait 30 lines_at_least "$TMP/server.log" $((server + 3)) \
		'received Echo-Reply'
}

asks_with_data()
{
	cli client connect --client asks
	background "$TMP/ping" ip netns exec "$B" ping -q -i 0.2 198.51.100.1
	both_ask
	stop "$LAST" INT
	file_has "$TMP/ping" " [1-9][0-9]* received"
	cli client disconnect all
	both_clean
}

asks_without_data()
{
	cli client connect --client asks
	both_ask
	cli client disconnect all
	both_clean
}

# A peer by hand that sends replies with an Identifier of its own, for longer than
# a silent one may live, and then nothing any more.
answers_something_else()
{
	local i

	talk liar
	sccrq | say >"$TMP/liar.in"
	slowwait 20 answered "$TMP/liar" 156
	message 7 168 000500010000012c05f5e10000000003000000030040 | say \
		>"$TMP/liar.in"
	slowwait 20 answered "$TMP/liar" 188
	calls_are "$A" 1
	for ((i = 0; i < 20 * KPPTP_SLOW; i++)); do
		message 6 20 0badc0de01 | say |
			timeout 2 dd of="$TMP/liar.in" status=none
		sleep 0.5
	done
	calls_are "$A" 1
	log_has server "answers no request of ours"
	slowwait 30 gone "$(cat "$TMP/liar.pid")"
	clean "$A" server
	log_has server "no answer to an Echo-Request"
}

two_calls()
{
	cli client connect --client asks
	cli client connect --client also
	calls_are "$A" 2
	expect "control connections" "$(json client id connections | wc -l)" 1
}

server_stops_answering()
{
	two_calls
	signal STOP "$A" kpptpd kpptpd-worker pppd
	clean "$B" client
	log_has client "no answer to an Echo-Request"
	signal CONT "$A" kpptpd kpptpd-worker pppd
	clean "$A" server
}

client_stops_answering()
{
	two_calls
	signal STOP "$B" kpptpd kpptpd-worker pppd
	clean "$A" server
	log_has server "no answer to an Echo-Request"
	signal CONT "$B" kpptpd kpptpd-worker pppd
	clean "$B" client
}

# asked NAME WHO COUNT: so often at least, and every answer is to the request
# before it, by its Identifier
asked()
{
	awk -v n="$(number_of "$1")" -v who="$2:Echo-Request" -v min="$3" '
	$1 != n { next }
	$2 == who { asked++; id = $3 }
	$2 == (who ~ /^C/ ? "S" : "C") ":Echo-Reply" {
		if ($3 != id)
			wrong++
		answered++
		id = ""
	}
	END {
		print asked + 0, "requests,", answered + 0, "replies,", wrong + 0,
			"with another Identifier"
		exit asked < min || answered < asked - 1 || wrong
	}' "$TMP/words"
}

# --- what the capture says besides -------------------------------------------

# Every GRE packet has the Call ID that the one who gets it has given.
call_ids()
{
	local n ids

	n=$(number_of "$1")
	ids=$(tshark -n -r "$TMP/life.pcap" -Y pptp.call_id -T fields \
		-e pptp.control_message_type -e pptp.call_id 2>/dev/null |
		head -n 2 | cut -f 2 | xargs printf '%d %d')
	echo "the client's and the server's Call ID: $ids"
	expect "Call IDs in GRE to the client, and to the server" "$(
		for who in S C; do
			awk -v n="$n" -v w="$who" '$1 == n && $4 != "" &&
				index($2, w) == 1 { print $4 }' "$TMP/words" |
				sort -u
		done | xargs printf '%d %d')" "$ids"
}

# Nothing in GRE before the call is, and of the client not before it has said
# what the link is like: that is in its words.
first_ppp()
{
	awk -v n="$(number_of "$1")" '
	$1 == n && $2 == "S:OCRP" { called = 1 }
	$1 == n && $2 == "S:PPP" { exit !called }' "$TMP/words"
}

default_accm()
{
	expect "character maps in Set-Link-Info" "$(tshark -n -r \
		"$TMP/life.pcap" -Y "pptp.control_message_type == 15" \
		-T fields -e pptp.send_accm -e pptp.receive_accm 2>/dev/null |
		sort -u)" "0xffffffff	0xffffffff"
}

# --- other people's programs -------------------------------------------------

peer_has_closed()
{
	at "$A" ss -Htan state close-wait "sport = :1723" | grep -q . ||
		fail "the peer has not closed TCP"
}

# It closes TCP right after its Call-Clear-Request and does not read the answer,
# so its kernel answers that with a reset. Which comes first, its end of TCP or
# our answer, is a matter of chance; here the daemon says nothing before.
pptp_linux_ends()
{
	pptp_linux
	signal STOP "$A" kpptpd kpptpd-worker
	kill -TERM "$(cat "$TMP/pppd.pid")"
	slowwait 60 gone "$(cat "$TMP/pppd.pid")"
	slowwait 30 peer_has_closed
	signal CONT "$A" kpptpd kpptpd-worker
	clean "$A" server
	nothing_in "$B"
	no_tcp "$B"
}

# CDN and StopCCRQ, unread. Connections of earlier chapters may still be in
# TIME-WAIT, with nothing to read.
last_words_wait()
{
	local octets

	octets=$(at "$B" ss -Htan "dport = :1723" | awk '{ n += $2 } END { print n + 0 }')
	expect_num "octets that the peer has not read" "$octets" -ge $((148 + 16))
}

# call_manager SIGNAL: to the process of pptp-linux that has the control connection
call_manager()
{
	local pids

	pids=$(at "$B" ss -Htnp "dport = :1723" | grep -o 'pid=[0-9]*' | cut -d = -f 2)
	[ -n "$pids" ] || fail "no process has the control connection"
	echo "$pids" | xargs kill "-$1"
}

# It closes TCP as soon as it has read of the end of its only call, so whether it
# answers our StopCCRQ is a matter of chance, too; here it reads both at once. Its
# pppd stays for so many seconds after the Terminate-Ack: when that was gone first,
# pptp-linux would close TCP of its own.
server_ends_pptp_linux()
{
	pptp_linux lcp-restart 20
	call_manager STOP
	cli server disconnect all
	slowwait 30 last_words_wait
	call_manager CONT
	clean "$A" server
	slowwait 60 gone "$(cat "$TMP/pppd.pid")"
	nothing_in "$B"
	no_tcp "$B"
}

client_ends_on_pptpd()
{
	dial
	cli client disconnect all
	clean "$B" client
	nothing_in "$A"
	slowwait 20 no_tcp "$A"
}

pptpd_ends()
{
	dial
	ip netns pids "$A" | xargs ps -o pid=,comm= -p |
		awk '$2 == "pppd" { print $1 }' | xargs kill
	clean "$B" client
	nothing_in "$A"
	slowwait 20 no_tcp "$A"
}

test_begin life
setup_sessions || bail_out "no namespaces"
need_kpptp

run_test "a capture is made" capture "$A" life a0 tcp port 1723 or \
	ip proto 47 or udp dst portrange $MARK_PORT-$((MARK_PORT + 98))
run_test "daemons start" start_all
chapter "the client ends it" client_ends
chapter "the server ends it" server_ends
chapter "the client shuts down" client_shuts_down
chapter "the server shuts down" server_shuts_down
chapter "the client ends it, no Terminate-Ack" client_ends_deaf "$GRE"
chapter "the client ends it, no CDN" client_ends_deaf "$CDN"
chapter "the client ends it, no StopCCRP" client_ends_deaf "$STOPCCRP"
chapter "the client ends it, nobody is there" client_ends_alone
chapter "the server ends it, no Terminate-Ack" server_ends_deaf "$GRE"
chapter "the server ends it, no StopCCRP" server_ends_deaf "$STOPCCRP"
chapter "the server ends it, nobody is there" server_ends_alone
run_test "the server asks for echo every second" restart_server \
	echo-interval=1 echo-timeout=$((6 * KPPTP_SLOW))
chapter "echo while data flows" asks_with_data
chapter "echo on an idle link" asks_without_data
chapter "an Echo-Reply with another Identifier" answers_something_else
chapter "the server does not answer Echo-Requests" server_stops_answering
chapter "the client does not answer Echo-Requests" client_stops_answering
run_test "the server asks less often" restart_server
chapter "pptp-linux ends it" pptp_linux_ends
chapter "the server ends it with pptp-linux" server_ends_pptp_linux
run_test "kpptpd makes room for pptpd" daemon_end server
run_test "kpptpd makes room for another" daemon_end client
run_test "pptpd starts" pptpd_up refuse-pap refuse-chap refuse-mschap \
	require-mschap-v2 noccp
chapter "the client ends it with pptpd" client_ends_on_pptpd
chapter "pptpd ends it" pptpd_ends
run_test "no process and no interface is left of the client's" nothing_in "$B"
run_test "nor of the server's" nothing_in "$A"
run_test "tshark reads it all" decode

in_order()
{
	run_test "$1: in order" reads "$@"
}

in_order "the client ends it" $SETUP $CLIENT_ENDS TCP-close
in_order "the client shuts down" $SETUP $CLIENT_ENDS TCP-close
in_order "the server ends it" $SETUP $SERVER_ENDS TCP-close
in_order "the server shuts down" $SETUP $SERVER_ENDS TCP-close
in_order "the client ends it, no Terminate-Ack" $SETUP $CLIENT_ENDS TCP-close
# Where one end waits for StopCCRP and the other one for the end of TCP, both do so for
# the same time, from the same message on: either may be the first to give up.
in_order "the client ends it, no CDN" $SETUP C:SLI C:Terminate-Request \
	S:Terminate-Ack C:CCRQ S:CDN C:StopCCRQ "?:TCP-reset"
in_order "the client ends it, no StopCCRP" $SETUP $CLIENT_ENDS TCP-close \
	"?:TCP-reset"
in_order "the client ends it, nobody is there" $SETUP C:SLI \
	C:Terminate-Request C:CCRQ C:StopCCRQ C:TCP-reset
in_order "the server ends it, no Terminate-Ack" $SETUP $SERVER_ENDS TCP-close
in_order "the server ends it, no StopCCRP" $SETUP $SERVER_ENDS TCP-close \
	"?:TCP-reset"
in_order "the server ends it, nobody is there" $SETUP S:Terminate-Request \
	S:CDN S:StopCCRQ S:TCP-reset
in_order "an Echo-Reply with another Identifier" C:TCP-open C:SCCRQ S:SCCRP \
	C:OCRQ S:OCRP S:TCP-reset
in_order "the server does not answer Echo-Requests" $SETUP \
	C:OCRQ S:OCRP C:SLI C:TCP-reset
in_order "the client does not answer Echo-Requests" $SETUP \
	C:OCRQ S:OCRP C:SLI S:TCP-reset
in_order "pptp-linux ends it" $LINUX_SETUP C:Terminate-Request \
	S:Terminate-Ack C:CCRQ TCP-close S:CDN C:TCP-reset
in_order "the server ends it with pptp-linux" $LINUX_SETUP \
	S:Terminate-Request C:Terminate-Ack S:CDN S:StopCCRQ C:StopCCRP \
	TCP-close
in_order "the client ends it with pptpd" $SETUP C:SLI C:Terminate-Request \
	S:Terminate-Ack C:CCRQ TCP-close
in_order "pptpd ends it" $SETUP S:Terminate-Request C:SLI C:Terminate-Ack \
	TCP-close
for name in "echo while data flows" "echo on an idle link"; do
	run_test "$name: the client asks, and is answered" asked "$name" C 2
	run_test "$name: the server asks, and is answered" asked "$name" S 2
done
run_test "each side uses the other's Call ID" call_ids "the client ends it"
run_test "no PPP before there is a call" first_ppp "the client ends it"
run_test "Set-Link-Info is about the default character map" default_accm
test_end
