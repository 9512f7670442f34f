#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What kpptpd tells a service manager: ready when it serves, reloading and ready
# again, that it is alive, stopping, and why it could not start. The service
# manager is a socket here. As one process, and as two when root runs this.
#
# KPPTPD names the program to test.

set -u

here=$(cd "$(dirname "$0")" && pwd)
kpptpd=${KPPTPD:-$here/../../build/bin/kpptpd}
dir=$(mktemp -d)
manager_pid=
daemon_pid=
# shellcheck source=userspace/tests/plat_lib.sh
. "$here/plat_lib.sh"

# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	[ -z "$daemon_pid" ] || kill -KILL "$daemon_pid" 2>/dev/null
	kill -TERM "$manager_pid"
	wait "$manager_pid" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

if ! ldd "$kpptpd" | grep -q libsystemd; then
	echo "ok 1 - notifications # SKIP kpptpd was built without libsystemd"
	echo "1..1"
	exit
fi

# Writes each message as one line, with "|" between its assignments.
manager()
{
	exec python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(65536).decode().replace("\n", "|"), flush=True)' "$dir/notify" >>"$dir/told"
}

# told COUNT REGEX: so many messages match, up to 10 s later
told()
{
	local i

	for ((i = 0; i < 50; i++)); do
		[ "$(grep -cE "$2" "$dir/told")" -ge "$1" ] && return 0
		sleep 0.2
	done
	sed 's/^/# told: /' "$dir/told"
	return 1
}

# start_daemon NAME
start_daemon()
{
	: >"$dir/told"
	env NOTIFY_SOCKET="$dir/notify" WATCHDOG_USEC=400000 \
		"$kpptpd" --foreground --config "$dir/$1.conf" 2>"$dir/$1.log" &
	daemon_pid=$!
}

end_daemon()
{
	kill -TERM "$daemon_pid"
	ends "$daemon_pid"
}

# A whole life; $1 is the name of the configuration, $2 what is said of it.
life()
{
	local socket=$dir/$1/kpptpd.sock

	start_daemon "$1"
	told 1 '^READY=1\|STATUS=serving on 1 address; 0 calls$'
	report $? "$2: ready, with what it does"
	has "$(ask "$socket" '{"cmd":"status"}')" "a['ok']"
	report $? "$2: and it is"
	told 2 '^WATCHDOG=1$'
	report $? "$2: it is alive"
	has "$(ask "$socket" '{"cmd":"reload"}')" "a['ok']" && told 2 '^READY=1'
	report $? "$2: ready again after a reload"
	[ "$(grep -oE '^(READY|RELOADING)=1' "$dir/told" | tr '\n' ' ')" = "READY=1 RELOADING=1 READY=1 " ]
	report $? "$2: and reloading in between"
	grep -qE '^RELOADING=1\|MONOTONIC_USEC=[0-9]+\|STATUS=' "$dir/told"
	report $? "$2: with the time at which it began"
	kill -HUP "$daemon_pid"
	told 2 '^RELOADING=1' && told 3 '^READY=1'
	report $? "$2: SIGHUP does the same"
	cp "$dir/$1.conf" "$dir/good.conf"
	echo "nonsense = 1" >>"$dir/$1.conf"
	has "$(ask "$socket" '{"cmd":"reload"}')" "not a['ok']" && told 3 '^RELOADING=1' && told 4 '^READY=1'
	report $? "$2: and ready again when nothing has changed"
	cp "$dir/good.conf" "$dir/$1.conf"
	end_daemon && told 1 '^STOPPING=1'
	report $? "$2: stopping"
}

manager &
manager_pid=$!
until [ -S "$dir/notify" ]; do sleep 0.1; done

server_conf one >"$dir/one.conf"
life one "one process"

# A port that somebody has.
python3 -c '
import signal, socket, sys
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
print("listening", flush=True)
signal.pause()' "$port" >"$dir/holder" &
holder_pid=$!
until grep -qs listening "$dir/holder"; do sleep 0.1; done
start_daemon one
wait "$daemon_pid"
[ $? -eq 1 ] && told 1 "^STATUS=cannot listen on 127.0.0.1:$port: Address already in use\|ERRNO=[1-9]"
report $? "a port in use: the reason and an error number"
! grep -q READY "$dir/told"
report $? "and never ready"
kill "$holder_pid"
sed -i 's/^enabled = yes/enabled = maybe/' "$dir/one.conf"
start_daemon one
wait "$daemon_pid"
[ $? -eq 2 ] && told 1 "^STATUS=.*one.conf:7: \[server\] enabled = maybe: allowed is yes or no\|ERRNO=22"
report $? "a mistake in the file: the same"

no_sanitiser
report $? "no sanitiser complained"

echo "1..$n"
[ "$failed" -eq 0 ] || sed 's/^/# /' "$dir"/*.log
exit "$failed"
