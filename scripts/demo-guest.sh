#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo-guest.sh: the part of the demo that runs in the VM. First a call as
# users make it, with daemon and command-line tool on both hosts; then bulk
# transfers over kpptp and over what it competes with.
set -u

TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib/paths.sh
. "$TOP/scripts/lib/paths.sh"
# shellcheck source=scripts/lib/account.sh
. "$TOP/scripts/lib/account.sh"
PATH=$TOP/build/bin:$PATH
work=$PATHS_TMP
SECONDS_EACH=1
RUNS=3

say() {
	printf '\n== %s\n' "$*"
}

give_up() {
	echo "demo: $*" >&2
	tail -n 30 "$work"/*.log >&2
	exit 1
}

# Shows a command as the user would type it, and runs it.
show() { # NETNS COMMAND...
	local ns=$1
	shift
	echo "${ns#kpptp-}\$ $*"
	ip netns exec "$ns" env KPPTP_SOCKET="$work/${ns#kpptp-}/kpptpd.sock" "$@" 2>&1 | sed 's/^/    /'
	return "${PIPESTATUS[0]}"
}

write_config() {
	mkdir -p "$work/near" "$work/far"
	cat > "$work/far.conf" <<-END
		[global]
		run-dir = $work/far
		plugin = $PLUGIN

		[server]
		enabled = yes
		listen = $FAR_IP
		local-ip = $FAR_INNER
		pool = 198.51.100.10-198.51.100.20
		auth = mschap-v2
		mppe = require
	END
	cat > "$work/near.conf" <<-END
		[global]
		run-dir = $work/near
		plugin = $PLUGIN

		[server]
		enabled = no
	END
	# pppd's own list of users: name, server, secret, addresses.
	echo 'alice * wonderland *' > /etc/ppp/chap-secrets
	chmod 600 /etc/ppp/chap-secrets
	echo wonderland > "$work/password"
	chmod 600 "$work/password"
}

# The clock of the VM jumps while it waits for a file, and a daemon that starts
# for the first time waits for many: 300 s may pass in one.
start_daemon() { # NETNS
	local host=${1#kpptp-}
	need_account || give_up "the account _kpptp can't be made"
	ip netns exec "$1" kpptpd --foreground --config "$work/$host.conf" > "$work/$host.log" 2>&1 &
	wait_for 300 test -S "$work/$host/kpptpd.sock" || give_up "kpptpd did not start on $host"
}

# Puts what iperf3 and pppd consist of into memory. While the VM waits for a
# file, its clock jumps to the next timer, which would spoil what is measured.
warm_up() {
	far iperf3 -s -1 -D > /dev/null 2>&1
	wait_for 10 far sh -c 'ss -ltn | grep -q :5201'
	far timeout 60 iperf3 -c 127.0.0.1 -n 50M -J | jq . > /dev/null
}

call() {
	local pid
	say "Two hosts: near $NEAR_IP <--> $FAR_IP far"
	hosts_up || give_up "the hosts can't reach each other"
	use_module kpptp || give_up "the module can't be loaded"
	write_config
	start_daemon "$FAR"
	echo "far: kpptpd serves PPTP; its configuration:"
	sed -n '/^\[server\]/,$s/^/    /p' "$work/far.conf"
	start_daemon "$NEAR"
	say "Near calls far, authenticates with MS-CHAPv2 and encrypts with MPPE-128"
	show "$NEAR" kpptp connect "$FAR_IP" --user alice --password-file "$work/password" --mppe require ||
		give_up "the call did not come up"
	show "$FAR" kpptp calls || give_up "kpptp calls failed"
	show "$NEAR" ip -brief address show type ppp
	show "$NEAR" ping -c 3 -i 0.2 "$FAR_INNER" || give_up "no answer through the tunnel"
	show "$NEAR" kpptp disconnect all || give_up "the call did not end"
	for pid in $(jobs -p); do
		kill "$pid"
		wait "$pid"
	done
}

bar() { # VALUE LARGEST
	local n=$(($1 * 40 / $2))
	printf '%*s' "$((n > 0 ? n : 1))" '' | tr ' ' '#'
}

# One line for each path: its name, what it is, the path to compare it with.
paths='bare|the link itself|intree
gre|plain GRE|intree
kpptp|kpptp|intree
intree|in-tree pptp|intree
kpptp-mppe|kpptp, MPPE-128|intree-mppe
intree-mppe|in-tree pptp, MPPE-128|intree-mppe'

speed() {
	local name text base ratio largest=1
	declare -A mbits
	say "TCP from near to far, median of $RUNS runs of $SECONDS_EACH s"
	while IFS='|' read -r name text base; do
		mbits[$name]=$(path_throughput "$name" "$SECONDS_EACH" "$RUNS") || give_up "no figure for $text"
		echo "    measured $text"
		[ "${mbits[$name]}" -le "$largest" ] || largest=${mbits[$name]}
	done <<< "$paths"
	printf '\n%-24s %8s  %s\n' '' 'Mbit/s' 'in-tree = 1'
	while IFS='|' read -r name text base; do
		ratio=$((mbits[$name] * 100 / mbits[$base]))
		printf '%-24s %8d  %5d.%02d   %s\n' "$text" "${mbits[$name]}" \
			$((ratio / 100)) $((ratio % 100)) "$(bar "${mbits[$name]}" "$largest")"
	done <<< "$paths"
	echo "(The emulated machine is slow; what counts is the ratio, which repeats. With"
	echo "MPPE the ratio is to the in-tree driver with MPPE: the cipher takes most.)"
}

trap 'hosts_down; rm -rf "$work"' EXIT
call
warm_up
speed
