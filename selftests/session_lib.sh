# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Servers, clients and what they carry, for the tests of whole sessions.
# Sourced after lib.sh. A holds the server, B the client; users and passwords
# are the same everywhere.
#
#	+--------- A ---------+   TCP 1723, GRE   +--------- B ---------+
#	| kpptpd              |                   |       kpptpd, kpptp |
#	| a0  192.0.2.1 ------+-------------------+------ 192.0.2.2  b0 |
#	| pppN 198.51.100.1 ==+===================+== 198.51.100.x pppN |
#	+---------------------+                   +---------------------+

# shellcheck source=scripts/lib/account.sh
. "$TOP/scripts/lib/account.sh"

COPY_PORT=45454		# which no dissector of tshark knows

# "ip netns exec" binds /etc/netns/NAME over /etc, so that pppd finds its
# secrets in /etc/ppp and the machine's own stay untouched.
write_secrets()
{
	local ns=$1 dir=/etc/netns/$1/ppp file

	mkdir -p "$dir" /etc/ppp
	for file in chap-secrets pap-secrets; do
		{
			echo "alice * wonderland *"
			echo "bob * builder *"
		} >"$dir/$file"
		chmod 600 "$dir/$file"
	done
	: >"$dir/options"
	# pppd wants the directory to exist below /etc/ppp too
	[ ! -d /etc/ppp/peers ] || mkdir -p "$dir/peers"
}

cleanup_more()
{
	local ns

	for ns in "${NETNS_LIST[@]}"; do
		rm -rf "/etc/netns/$ns"
	done
}

setup_sessions()
{
	setup_pair && write_secrets "$A" && write_secrets "$B"
}

# write_global NAME: the part of a configuration that all have
write_global()
{
	mkdir -p "$TMP/$1.run"
	cat <<-END
	[global]
	run-dir = $TMP/$1.run
	socket = $TMP/$1.sock
	plugin = $TOP/build/lib/kpptp.so
	log-level = debug
	[call]
	# An emulated CPU may stand still for longer than the default of 30 ms,
	# and what the other one received must wait for it.
	reorder-time = 1000
	END
}

# Each "key=value" argument as a line of its own.
settings()
{
	printf '%s\n' "$@"
}

# server_config [key=value...]: the [server] section has these besides
server_config()
{
	chmod 755 "$TMP"
	{
		write_global server
		cat <<-END
		[server]
		enabled = yes
		listen = $LOCAL
		local-ip = 198.51.100.1
		pool = 198.51.100.10-198.51.100.20
		ipv6 = yes
		END
		[ $# -eq 0 ] || settings "$@"
	} >"$TMP/server.conf"
}

# shellcheck disable=SC2120	# not all have settings of their own
client_config()
{
	chmod 755 "$TMP"
	{
		write_global client
		[ $# -eq 0 ] || settings "$@"
	} >"$TMP/client.conf"
}

# daemon NETNS NAME: kpptpd with $TMP/NAME.conf, its log in $TMP/NAME.log
daemon()
{
	need_account || return
	ip netns exec "$1" kpptpd --config "$TMP/$2.conf" --foreground \
		>"$TMP/$2.log" 2>&1 </dev/null &
	echo $! >"$TMP/$2.pid"
	slowwait 30 cli "$2" status || { cat "$TMP/$2.log"; return 1; }
}

# The pid that was started; its children go with it.
daemon_pid()
{
	cat "$TMP/$1.pid"
}

# daemon_end NAME [SIGNAL]
daemon_end()
{
	kill "-${2:-TERM}" "$(daemon_pid "$1")"
	slowwait 60 gone "$(daemon_pid "$1")" ||
		{ tail -n 20 "$TMP/$1.log"; return 1; }
}

cli()
{
	local name=$1
	shift

	timeout $((60 * KPPTP_SLOW)) kpptp --socket "$TMP/$name.sock" "$@"
}

# dial [kpptp connect option...]: as alice, from B
dial()
{
	local rc=0

	echo wonderland | cli client connect $LOCAL --user alice \
		--password-stdin --ipv6 --timeout $((40 * KPPTP_SLOW)) "$@" ||
		rc=$?
	[ $rc -eq 0 ] || { tail -n 25 "$TMP/client.log" "$TMP/server.log"; }
	return $rc
}

# json NAME FIELD COMMAND...: the values of FIELD in the answer, one a line
json()
{
	local name=$1 key=$2
	shift 2

	cli "$name" --json "$@" | tr ',{}[]' '\n\n\n\n\n' |
		sed -n "s/^[[:space:]]*\"$key\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\"]*[^\" ]\)\"\{0,1\}[[:space:]]*$/\1/p"
}

call_json()
{
	json "$1" "$2" calls
}

# The interface of the only call of a daemon.
session_if()
{
	call_json "$1" interface
}

# The tunnel's own address, as the interface has it.
tunnel_ip()
{
	ip -n "$1" -o -4 addr show dev "$2" | sed -n 's/.* inet \([0-9.]*\).*/\1/p'
}

tunnel_ip6()
{
	ip -n "$1" -o -6 addr show dev "$2" scope link |
		sed -n 's/.* inet6 \([0-9a-f:]*\)[/ ].*/\1/p' | head -n 1
}

has_ip6()
{
	[ -n "$(tunnel_ip6 "$1" "$2")" ]
}

no_ppp()
{
	local left

	left=$(ip -n "$1" -o link show | grep -o 'ppp[0-9]*:') || return 0
	fail "left in $1: $left"
}

no_pppd()
{
	local left

	left=$(ip netns pids "$1" | xargs -r ps -o pid=,args= -p |
		grep -E 'pppd|pptp(ctrl|gw)?( |$)' | grep -v kpptpd) || return 0
	fail "still runs: $left"
}

# Nothing of any session is left in a namespace, kernel or user space.
nothing_in()
{
	slowwait 30 calls_are "$1" 0
	slowwait 30 no_ppp "$1"
	slowwait 30 no_pppd "$1"
}

end_both()
{
	daemon_end client
	daemon_end server
	nothing_in "$A"
	nothing_in "$B"
}

log_has()
{
	file_has "$TMP/$1.log" "$2" ||
		{ tail -n 30 "$TMP/$1.log"; return 1; }
}

no_calls()
{
	local left

	left=$(call_json "$1" call_id)
	[ -z "$left" ] || fail "$1 still shows call $left"
}

# start_pptpd [pppd option...]: poptop's server in A, with GRE in user space
start_pptpd()
{
	settings name pptpd lock nobsdcomp nodeflate noproxyarp debug \
		"logfile $TMP/pptpd-pppd.log" auth \
		"$@" >"$TMP/pptpd.options"
	settings "option $TMP/pptpd.options" "localip 198.51.100.1" \
		"remoteip 198.51.100.10-20" "listen $LOCAL" \
		"pidfile $TMP/pptpd.pidfile" debug >"$TMP/pptpd.conf"
	ip netns exec "$A" pptpd --fg --conf "$TMP/pptpd.conf" \
		>"$TMP/pptpd.log" 2>&1 </dev/null &
	echo $! >"$TMP/pptpd.pid"
	slowwait 30 listens "$A" 1723
}

# talk NAME: a bare TCP connection from B to the server. What is written to the
# fifo $TMP/NAME.in is sent, what comes goes to $TMP/NAME; it ends when the
# server closes it, for it holds its own fifo open.
talk()
{
	rm -f "$TMP/$1.in"
	mkfifo "$TMP/$1.in"
	# shellcheck disable=SC2094
	ip netns exec "$B" busybox nc $LOCAL 1723 <>"$TMP/$1.in" \
		>"$TMP/$1" 2>&1 &
	echo $! >"$TMP/$1.pid"
}

# --- other people's programs -------------------------------------------------

# pptp_linux [pppd option...]
pptp_linux()
{
	ip netns exec "$B" pppd pty "pptp $LOCAL --nolaunchpppd --loglevel 2" \
		nodetach noauth user alice password wonderland \
		noipdefault nodefaultroute lock debug noccp "$@" \
		ipparam kpptp >"$TMP/pppd.log" 2>&1 </dev/null &
	echo $! >"$TMP/pppd.pid"
	slowwait 60 file_has "$TMP/pppd.log" "remote IP address" ||
		{ tail -n 40 "$TMP/pppd.log" "$TMP/server.log"; return 1; }
}

# pptpd_up [pppd option...]: pptpd in A, and kpptpd in B to connect to it
pptpd_up()
{
	start_pptpd "$@"
	client_config
	daemon "$B" client
}

# --- control messages by hand ------------------------------------------------

MAGIC=1a2b3c4d

zeros()
{
	printf "%0$((2 * $1))d" 0
}

# message TYPE LENGTH BODY-HEX: a control message, its body filled with zeros
message()
{
	local body=$3

	printf '%04x0001%s%04x0000%s%s' "$2" $MAGIC "$1" "$body" \
		"$(zeros $(($2 - 12 - ${#body} / 2)) | head -c \
			$((2 * ($2 - 12 - ${#body} / 2))))"
}

# SCCRQ: version 1.0, both framings, both bearers
sccrq()
{
	message 1 156 01000000000000030000000300000001
}

say()
{
	xxd -r -p
}

# answered FILE OCTETS: so much has come by now
answered()
{
	expect_num "octets of the answer" "$(stat -c %s "$1")" -ge "$2"
}

# --- what goes through -------------------------------------------------------

ping_server()
{
	at "$B" ping -c 3 -i 0.2 -W $((5 * KPPTP_SLOW)) 198.51.100.1
}

listens()
{
	at "$1" ss -Hlnt "sport = :$2" | grep -q LISTEN
}

# on_one_cpu COMMAND...: a sender that goes to another CPU overtakes itself, as
# veth has a queue for each. For tests of what comes in which order.
on_one_cpu()
{
	(taskset -pc 0 $BASHPID >/dev/null && "$@")
}

# copy FROM-NETNS TO-NETNS ADDRESS: so many octets by TCP, compared by checksum
COPY_OCTETS=1000000
copy()
{
	local sum pid

	head -c $COPY_OCTETS /dev/urandom >"$TMP/copy.out"
	rm -f "$TMP/copy.fifo"
	mkfifo "$TMP/copy.fifo"	# an end of input would end the connection
	ip netns exec "$2" busybox nc -l -p $COPY_PORT <>"$TMP/copy.fifo" \
		>"$TMP/copy.in" &
	pid=$!
	slowwait 20 listens "$2" $COPY_PORT
	at "$1" timeout $((60 * KPPTP_SLOW)) busybox nc "$3" $COPY_PORT \
		<"$TMP/copy.out"
	wait $pid
	sum=$(sha256sum <"$TMP/copy.out")
	expect "the checksum of what came" "$(sha256sum <"$TMP/copy.in")" "$sum"
}
