#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kpptpd without --foreground: it returns when it serves, or fails with the
# reason on standard error.
#
# KPPTPD names the program to test.

set -u

here=$(cd "$(dirname "$0")" && pwd)
kpptpd=${KPPTPD:-$here/../../build/bin/kpptpd}
dir=$(mktemp -d)
# shellcheck source=userspace/tests/plat_lib.sh
. "$here/plat_lib.sh"

# daemon_of NAME: its process, as its lock file has it
daemon_of()
{
	cat "$dir/$1/kpptpd.sock.lock" 2>/dev/null
}

# A process that has ended has left its number, but not its lock.
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	local lock

	for lock in "$dir"/*/kpptpd.sock.lock; do
		[ ! -s "$lock" ] || flock -n "$lock" true || kill -KILL "$(cat "$lock")"
	done
	rm -rf "$dir"
}
trap cleanup EXIT

# start NAME: in the background; what it says is in $said. The daemon must not
# keep the pipe that is read here.
start()
{
	said=$(timeout 60 "$kpptpd" --config "$dir/$1.conf" 2>&1)
}

# refused STATUS TEXT NAME: a start that ends with a status and says this
refused()
{
	start "$3"
	[ $? -eq "$1" ] && [[ $said == *"$2"* ]] && return
	printf '%s\n' "$said" | sed 's/^/# said: /'
	return 1
}

is_gone()
{
	local i

	for ((i = 0; i < 60; i++)); do
		[ -e "$dir/$1/kpptpd.sock" ] || return 0
		sleep 0.2
	done
	return 1
}

# as_user COMMAND...: without the rights of root
as_user()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}

chmod 755 "$dir"
server_conf good >"$dir/good.conf"
start good
[ $? -eq 0 ] && [ -z "$said" ]
report $? "it succeeds without a word"
has "$(ask "$dir/good/kpptpd.sock" '{"cmd":"status"}')" "a['listen'] == ['127.0.0.1:$port']"
report $? "and serves at once"
refused 1 "kpptpd: another kpptpd (process $(daemon_of good)) uses $dir/good/kpptpd.sock" good
report $? "a second one is refused, with who is there"
server_conf other >"$dir/other.conf"
refused 1 "kpptpd: cannot listen on 127.0.0.1:$port: Address already in use" other
report $? "a port in use"
global far | sed 's|^run-dir = .*|run-dir = /nonexistent/kpptp|' >"$dir/far.conf"
refused 1 "run-dir = /nonexistent/kpptp: cannot make it in /nonexistent: No such file or directory" far
report $? "a run-dir that cannot be made"
if [ "$(id -u)" -eq 0 ]; then
	global account | sed 's|^user = .*|user = no-such-account|' >"$dir/account.conf"
	refused 1 "user = no-such-account: there is no such account" account
	report $? "an account that does not exist"
else
	report 0 "an account that does not exist # SKIP it does not matter to an ordinary user"
fi
global rights | sed "s|^data-plane.*|pppd = /bin/sh\nplugin = /bin/sh|; s|^run-dir = .*|run-dir = /tmp|" >"$dir/rights.conf"
# An ordinary user may not look into the tree, which may be in root's home.
cp "$kpptpd" "$dir/kpptpd"
said=$(as_user timeout 60 "$dir/kpptpd" --config "$dir/rights.conf" 2>&1)
[ $? -eq 1 ] && [[ $said == *"kpptpd needs root; an ordinary user can run it with data-plane = null"* ]]
report $? "rights that are missing"
echo "nonsense = 1" >>"$dir/far.conf"
refused 2 "kpptpd: $dir/far.conf:6: [global] has no key \"nonsense\"" far
report $? "a mistake in the file"
# Noting the process number is more than it may write.
global killed >"$dir/killed.conf"
said=$(ulimit -f 0; timeout 60 "$kpptpd" --config "$dir/killed.conf" 2>&1)
[ $? -eq 1 ] && [[ $said == *"kpptpd was killed before it served: File size limit exceeded"* ]]
report $? "killed before it served"

kill -TERM "$(daemon_of good)" && is_gone good
report $? "it ends in order"

echo "1..$n"
exit "$failed"
