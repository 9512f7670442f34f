#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two kpptpd as an ordinary user, without kernel module and pppd: one serves on
# loopback, the other has a [client] section for it. What both tell over their
# control sockets must fit together.
#
#	client kpptpd (PNS) --- TCP 127.0.0.1:PORT ---> server kpptpd (PAC)
#
# KPPTPD names the program to test.

set -u

here=$(cd "$(dirname "$0")" && pwd)
kpptpd=${KPPTPD:-$here/../../build/bin/kpptpd}
dir=$(mktemp -d)
server_pid=
client_pid=

# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	[ -z "$client_pid" ] || kill -KILL "$client_pid" 2>/dev/null
	[ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT

# shellcheck source=userspace/tests/plat_lib.sh
. "$here/plat_lib.sh"

server_conf server >"$dir/server.conf"

{
	global client
	cat <<CONF
[client office]
server = 127.0.0.1:$port
user = fred
password-file = secret
autostart = yes
CONF
} >"$dir/client.conf"
echo sesame >"$dir/secret"
chmod 600 "$dir/secret"

server=$dir/server/kpptpd.sock
client=$dir/client/kpptpd.sock
calls='{"cmd":"calls"}'

"$kpptpd" --check --config "$dir/server.conf" >/dev/null
report $? "the server's configuration is accepted"
"$kpptpd" --check --config "$dir/client.conf" >/dev/null
report $? "the client's configuration is accepted"
echo "[server]
port = none" >"$dir/bad.conf"
"$kpptpd" --check --config "$dir/bad.conf" 2>"$dir/bad.log"
[ $? -eq 2 ] && grep -q 'bad.conf:2: \[server\] port = none: allowed is a TCP port' "$dir/bad.log"
report $? "a wrong one is refused with file, line and what is allowed"

"$kpptpd" --foreground --config "$dir/server.conf" 2>"$dir/server.log" &
server_pid=$!
wait_for "$server" '{"cmd":"status"}' "a['listen'] == ['127.0.0.1:$port']"
report $? "the server listens"

timeout 10 "$kpptpd" --foreground --config "$dir/server.conf" 2>"$dir/second.log"
[ $? -eq 1 ] && grep -q "another kpptpd (process $server_pid)" "$dir/second.log"
report $? "a second daemon is told who is there"

"$kpptpd" --foreground --config "$dir/client.conf" 2>"$dir/client.log" &
client_pid=$!
wait_for "$client" "$calls" "len(a['calls']) == 1 and a['calls'][0]['up']"
report $? "the client's call is up"
wait_for "$server" "$calls" "len(a['calls']) == 1 and a['calls'][0]['up']"
report $? "the server's call is up"

s=$(ask "$server" "$calls")
c=$(ask "$client" "$calls")
has "[$s,$c]" "[a[0]['calls'][0][k] for k in ('call_id', 'peer_call_id')] == [a[1]['calls'][0][k] for k in ('peer_call_id', 'call_id')]"
report $? "each end has the other's Call ID"
has "[$s,$c]" "a[0]['calls'][0]['role'] == 'PAC' and a[1]['calls'][0]['role'] == 'PNS'"
report $? "the roles are PAC and PNS"
has "$s" "a['calls'][0]['remote_ip'] == '198.51.100.10'"
report $? "the peer's address is from the pool"
has "$c" "a['calls'][0]['name'] == 'office' and a['calls'][0]['user'] == 'fred'"
report $? "the client's call has its name and user"

has "$(ask "$client" '{"cmd":"disconnect","call":"nonsense"}')" "not a['ok'] and 'nonsense' in a['error']"
report $? "an unknown call is named in the error"
has "$(ask "$client" 'nonsense')" "not a['ok']"
report $? "a line that is no JSON gets an error"
has "$(ask "$client" '{"cmd":"connect","host":"127.0.0.1","port":'"$port"',"user":"u","password":"p","wait":true}' | tail -n 1)" \
	"a.get('event') or a['ok']"
report $? "connect on request with wait reports progress"
wait_for "$server" "$calls" "len(a['calls']) == 2"
report $? "the server has two calls"
clients=$(ask "$client" '{"cmd":"clients"}')
has "$clients" "[(c['name'], c['state'], c['configured']) for c in a['clients']] == [('office', 'up', True), (None, 'up', False)]"
report $? "both clients are listed"
described connection connections "$(ask "$server" '{"cmd":"connections"}')" &&
	described call calls "$(ask "$server" "$calls")" && described call calls "$(ask "$client" "$calls")" &&
	described client clients "$clients" && described status "" "$(ask "$client" '{"cmd":"status"}')"
report $? "all of it is as json-schema describes it"
answer=$(ask "$server" '{"cmd":"show","call":"null"}')
has "$answer" "not a['ok'] and 'means 2 calls: ' in a['error'] and a['error'].count('user null, 127.0.0.1') == 2"
report $? "a user with two calls is ambiguous, and both are listed"
has "$(ask "$server" '{"cmd":"disconnect","call":"127.0.0.1"}')" "not a['ok'] and 'means 2 calls' in a['error']"
report $? "so is an address with two calls, and none ends"
has "$(ask "$server" '{"cmd":"show","call":"198.51.100.11"}')" "a['call']['remote_ip'] == '198.51.100.11'"
report $? "an address of the link names one call"
kill -HUP "$server_pid"
wait_for "$server" "$calls" "len(a['calls']) == 2"
report $? "a reload keeps the calls"
cp "$dir/server.conf" "$dir/good.conf"
has "$(ask "$server" '{"cmd":"reload"}')" "a['ok']"
report $? "reload answers when it is done"
sed -e '/^\[server\]/a echo-timeout = 17' "$dir/good.conf" >"$dir/server.conf"
has "$(ask "$server" '{"cmd":"reload"}')" "a['changed'] == ['[server] echo-timeout']"
report $? "and says what has changed"
cp "$dir/good.conf" "$dir/server.conf"
has "$(ask "$server" '{"cmd":"reload"}')" "a['changed'] == ['[server] echo-timeout']"
report $? "also when it goes back"
printf 'port = none\npool = 1-2\n' >>"$dir/server.conf"
answer=$(ask "$server" '{"cmd":"reload"}')
lines=$(wc -l <"$dir/good.conf")
has "$answer" "not a['ok'] and 'server.conf:$((lines + 1)): [server]' in a['error'] and 'server.conf:$((lines + 2)): [server] pool' in a['error']"
report $? "reload of a wrong file names each mistake with its line"
has "$answer" "a['error'].endswith('\nthe configuration stays as it was')"
report $? "and says that nothing has changed"
grep -q 'error: the configuration stays as it was' "$dir/server.log"
report $? "and so does the log"
wait_for "$server" '{"cmd":"status"}' "a['listen'] == ['127.0.0.1:$port'] and a['calls'] == 2"
report $? "nothing has changed"
sed -e 's/^listen = .*/listen = 192.0.2.77/' "$dir/good.conf" >"$dir/server.conf"
has "$(ask "$server" '{"cmd":"reload"}')" "not a['ok'] and 'listen = 192.0.2.77: no interface of this host' in a['error']"
report $? "reload of a file that this host lacks something for says what"
cp "$dir/good.conf" "$dir/server.conf"
has "$(ask "$client" '{"cmd":"disconnect","call":"fred"}')" "a['ok'] and a['closed'] == 1"
report $? "a user names one call, which ends"
has "$(ask "$client" '{"cmd":"clients"}')" "[(c['name'], c['state']) for c in a['clients']] == [(None, 'up'), ('office', 'idle')]"
report $? "its section is idle then"
has "$(ask "$client" '{"cmd":"connect","client":"office","wait":true}' | tail -n 1)" "a.get('event') or a['ok']"
wait_for "$server" "$calls" "len(a['calls']) == 2"
report $? "and can be placed again"
has "$(ask "$client" '{"cmd":"disconnect","call":"all"}')" "a['ok'] and a['closed'] == 2"
report $? "disconnect answers when both calls are gone"
wait_for "$server" "$calls" "a['calls'] == []"
report $? "the server has no call left"

kill -TERM "$client_pid"
ends "$client_pid"
report $? "the client ends in order"
client_pid=
kill -TERM "$server_pid"
ends "$server_pid"
report $? "the server ends in order"
server_pid=
[ ! -e "$server" ]
report $? "its control socket is gone"
no_sanitiser
report $? "no sanitiser complained"

echo "1..$n"
if [ "$failed" -ne 0 ]; then
	sed 's/^/# server: /' "$dir/server.log"
	sed 's/^/# client: /' "$dir/client.log"
fi
exit "$failed"
