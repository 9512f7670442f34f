#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What an installed system does: a Debian that kpptp was installed on in the user
# guide's words, booted with systemd. Only installed programs are used. Run there
# by selftests/vm/installed-system, which wrote the server's configuration too.
#
#	gateway: the system itself            client: a host in a namespace
#	  kpptpd.service   192.0.2.1 -------- 192.0.2.2, .11 to .21
#	  198.51.100.1 ======= pppN ========= from the pool

. "$(dirname "$0")/lib.sh"
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$HELPERS

SOURCE=$TOP			# where it was built and installed from
CONF=/etc/kpptp/kpptpd.conf
HELD=1100			# more than 1,024 descriptors carry, and three times 337 calls
SILENT=64			# max-starting
HELD_ADDRESSES=11		# max-connections-per-address is 100
CALLER=kpptp-caller		# the namespace of the client

# --- the service -------------------------------------------------------------

property() # NAME
{
	systemctl show kpptpd --property "$1" --value
}

service_is() # STATE
{
	expect "the state of kpptpd.service" "$(property ActiveState)" "$1" || fail "$(said_last)"
}

# The journal, from systemd on the service, too
said_last()
{
	journalctl -b -u kpptpd --no-pager -o short-monotonic | tail -n 20
}

serves()
{
	service_is active
	kpptp status
}

no_unit_failed()
{
	expect "the units that failed" "$(systemctl --failed --plain --no-legend)" ""
}

is_enabled()
{
	expect "is-enabled" "$(systemctl is-enabled kpptpd)" enabled
}

# What the daemon said to systemd, and what it may use.
said_ready()
{
	expect "Type" "$(property Type)" notify
	[ -n "$(property StatusText)" ] || fail "no status text: the daemon told systemd nothing"
	[ "$(property WatchdogUSec)" != 0 ] || fail "no watchdog"
	[ "$(property WatchdogTimestampMonotonic)" != 0 ] || fail "the watchdog was never told that all is well"
}

# A call takes three descriptors of the privileged half, and pppd is a task.
limits_fit()
{
	local files tasks

	files=$(sed -n 's/^Max open files *\([0-9]*\) .*/\1/p' "/proc/$(property MainPID)/limits")
	tasks=$(property TasksMax)
	expect_num "descriptors" "$files" -ge 41000
	[ "$tasks" = infinity ] || expect_num "tasks" "$tasks" -ge 20000
}

worker_has_own_account()
{
	local users

	users=$(ps -C kpptpd,kpptpd-worker -o user= | sort -u | tr -d ' ' | tr '\n' ' ')
	expect "the accounts kpptpd runs as" "${users% }" "_kpptp root"
}

# --- the module --------------------------------------------------------------

without_module()
{
	systemctl stop kpptpd
	modprobe -r kpptp
	! module_loaded kpptp || fail "kpptp can't be unloaded"
}

# By a program that knows of no kpptp, as any user. It fails, having no call to
# attach to; by then the module is there.
socket_loads_module()
{
	without_module
	setpriv --reuid 65534 --clear-groups ppp_chan "local=$LOCAL" call=1 "peer=$PEER" peer-call=1 </dev/null || true
	module_loaded kpptp || fail "not loaded"
	! module_loaded pptp || fail "the in-tree driver is loaded"
}

netlink_loads_module()
{
	without_module
	kpptp stats
	module_loaded kpptp || fail "not loaded"
}

# accel-ppp asks for the in-tree driver by its name.
name_of_intree_loads_module()
{
	without_module
	modprobe pptp
	module_loaded kpptp || fail "not loaded"
	! module_loaded pptp || fail "the in-tree driver is loaded"
}

intree_for_who_insists()
{
	without_module
	modprobe --ignore-install pptp
	module_loaded pptp || fail "not loaded"
	modprobe -r pptp
}

service_loads_module()
{
	without_module
	systemctl start kpptpd
	module_loaded kpptp || fail "not loaded"
	serves
}

versions_agree()
{
	local version

	version=$(cat "$SOURCE/VERSION")
	expect "the module's version" "$(cat /sys/module/kpptp/version)" "$version"
	expect "kpptp --version" "$(kpptp --version)" "kpptp $version"
	expect "kpptpd --version" "$(kpptpd --version)" "kpptpd $version"
}

# --- a client ----------------------------------------------------------------

# A host of its own as far as the programs see: network, /etc/kpptp, /run/kpptp.
client_host()
{
	local n

	ip netns add $CALLER
	ip link add wan0 type veth peer name wan0 netns $CALLER
	ip addr add $LOCAL/24 dev wan0
	ip link set wan0 up
	ip -n $CALLER link set lo up
	ip -n $CALLER addr add $PEER/24 dev wan0
	for n in $(seq 11 $((10 + HELD_ADDRESSES))); do
		ip -n $CALLER addr add "192.0.2.$n/24" dev wan0
	done
	ip -n $CALLER link set wan0 up
	ip netns exec $CALLER unshare --mount sleep infinity &
	echo $! >"$TMP/client.pid"
	slowwait 20 in_client test -d /run
	in_client mkdir -p /run/kpptp
	in_client mount -t tmpfs client /run/kpptp
	cp -r /etc/kpptp "$TMP/etc-kpptp"
	printf '[server]\nenabled = no\n' >"$TMP/etc-kpptp/kpptpd.conf"
	in_client mount --bind "$TMP/etc-kpptp" /etc/kpptp
	grep -q vpn.example.net /etc/hosts || echo "$LOCAL vpn.example.net" >>/etc/hosts
	slowwait 10 in_client ping -c 1 -W 1 $LOCAL
}

in_client()
{
	nsenter --target "$(cat "$TMP/client.pid")" --mount --net "$@"
}

# shellcheck disable=SC2317	# cleanup calls it
cleanup_more()
{
	[ -e "$TMP/client.pid" ] || return
	in_client pkill -x kpptpd
	ip netns pids $CALLER | xargs -r kill -9
	ip netns del $CALLER
}

# The commands of README's first tunnel that are said on one of the hosts.
first_tunnel() # HOST
{
	sed -n '/^## A first tunnel/,/^## /s/^'"$1"'# //p' "$SOURCE/README.md"
}

readme_server()
{
	local command

	systemctl disable --now kpptpd
	[ -n "$(first_tunnel server)" ] || fail "README has no first tunnel"
	while read -r command; do
		bash -ec "$command"
	done < <(first_tunnel server)
	serves
}

# Types the password when it is asked for, as a person does.
at_terminal() # COMMAND
{
	local out=$TMP/terminal

	mkfifo "$TMP/keys"
	: >"$out"
	in_client script -qefc "$1" /dev/null <"$TMP/keys" >"$out" 2>&1 &
	echo $! >"$TMP/script.pid"
	exec 5>"$TMP/keys"
	slowwait 60 grep -qi password "$out"
	echo wonderland >&5
	slowwait 60 gone "$(cat "$TMP/script.pid")"
	exec 5>&-
	rm "$TMP/keys"
	cat "$out"
	wait "$(cat "$TMP/script.pid")"
}

readme_client()
{
	local command

	while read -r command; do
		echo "client# $command"
		case $command in
		*--ask*) at_terminal "$command";;
		*) in_client bash -ec "$command";;
		esac
	done < <(first_tunnel client)
	in_client ping -c 3 -i 0.2 198.51.100.1
	kpptp calls | grep alice
	in_client kpptp disconnect all
}

# The password that the README's test typed, from a file from now on.
connects()
{
	echo wonderland >"$TMP/password"
	chmod 600 "$TMP/password"
	in_client kpptp connect $LOCAL --user alice --password-file "$TMP/password" &&
	in_client ping -c 2 -i 0.2 198.51.100.1 &&
	in_client kpptp disconnect all
}

hold() # COUNT
{
	ip netns exec $CALLER calls_held server=$LOCAL from=192.0.2.11 addresses=$HELD_ADDRESSES count="$1" \
		>"$TMP/held" 2>&1 &
	echo $! >"$TMP/held.pid"
	slowwait 900 held_or_not
	cat "$TMP/held"
	expect "calls_held" "$(cat "$TMP/held")" "held $1"
}

# They have every turn to start PPP, and keep it.
silent_calls()
{
	hold $SILENT
	connects
	lets_go
}

holds_calls()
{
	sed -i "/^\[server\]/a max-starting = $HELD" $CONF
	kpptp reload | grep max-starting
	hold $HELD
	# The server answers before a call's pppd has come as far as an interface.
	slowwait 600 interfaces_at_least $HELD
}

# Asked over and over while pppds want the processor: so without a program.
interfaces_at_least() # N
{
	local names=(/sys/class/net/ppp*)

	expect_num "PPP interfaces" ${#names[@]} -ge "$1"
}

held_or_not()
{
	[ -s "$TMP/held" ] || gone "$(cat "$TMP/held.pid")"
}

connects_beside_them()
{
	connects
	gone "$(cat "$TMP/held.pid")" && fail "the calls that were held ended: $(cat "$TMP/held")"
	expect_num "calls in the kernel" "$(field calls "$(nlcall stats)")" -ge $HELD
}

# processes FIELD COMMAND: of those of the service; the client has a kpptpd, too
processes()
{
	ps -o "comm=,$1=" -p "$(paste -s -d , /sys/fs/cgroup/system.slice/kpptpd.service/cgroup.procs)" |
		awk -v name="$2" '$1 == name { print $2 }' | sort -u
}

# Whatever a thousand pppds want, the daemon answers.
goes_first()
{
	expect "the nice values of kpptpd" "$(processes ni kpptpd)" -10
	expect "those of its worker" "$(processes ni kpptpd-worker)" -10
	expect "those of pppd" "$(processes ni pppd)" 0
}

lets_go()
{
	kill "$(cat "$TMP/held.pid")"
	slowwait 300 no_calls
	# Calls end with a daemon that dies, too.
	serves
}

no_calls()
{
	expect "calls" "$(field calls "$(nlcall stats)")" 0
}

# --- misfortunes -------------------------------------------------------------

another_main() # PID
{
	local pid

	pid=$(property MainPID)
	[ "$pid" != 0 ] && [ "$pid" != "$1" ] && kpptp status
}

kill_and_wait()
{
	local pid

	pid=$(property MainPID)
	# To kill 0 is to kill this script's group.
	[ "$pid" != 0 ] || fail "there is no main process" || return
	kill -9 "$pid"
	slowwait 60 another_main "$pid"
}

restarts()
{
	kill_and_wait
	serves
	slowwait 60 connects
}

# More often than systemd's own limit for a start allows.
restarts_however_often()
{
	local n

	for n in 1 2 3 4 5 6 7; do
		kill_and_wait || fail "did not come back after death $n"
	done
	serves
}

worker()
{
	processes pid kpptpd-worker
}

another_worker()
{
	local now

	now=$(worker)
	[ -n "$now" ] && [ "$now" != "$1" ]
}

# The daemon itself goes on.
restarts_without_worker()
{
	local pid old

	pid=$(property MainPID)
	old=$(worker)
	kill -9 "$old"
	slowwait 60 another_worker "$old"
	slowwait 20 serves
	expect "MainPID" "$(property MainPID)" "$pid"
}

# A worker that stands still answers nobody, and the daemon finds that out.
replaces_hung_worker()
{
	local pid old

	pid=$(property MainPID)
	old=$(worker)
	kill -STOP "$old"
	slowwait 300 another_worker "$old"
	slowwait 20 serves
	expect "MainPID" "$(property MainPID)" "$pid"
}

# What does the same itself is found by the service manager.
watchdog_bites()
{
	local pid

	pid=$(property MainPID)
	kill -STOP "$pid"
	slowwait 180 another_main "$pid"
	serves
}

journal_says() # SINCE PATTERN
{
	journalctl -b -u kpptpd --since "$1" -o cat --no-pager | grep "$2"
}

# pppds that have just ended may have much to say, before and after.
reload_refuses()
{
	local pid since

	pid=$(property MainPID)
	since=$(date '+%Y-%m-%d %H:%M:%S')
	cp $CONF "$TMP/good.conf"
	echo 'mtu = huge' >>$CONF
	if systemctl reload kpptpd; then
		fail "a broken configuration was taken"
	fi
	cp "$TMP/good.conf" $CONF
	slowwait 60 journal_says "$since" "$CONF.*mtu"
	expect "MainPID" "$(property MainPID)" "$pid"
	serves
}

reload_says_reason()
{
	cp $CONF "$TMP/good.conf"
	echo 'mtu = huge' >>$CONF
	kpptp reload >"$TMP/said" 2>&1 && fail "a broken configuration was taken"
	cp "$TMP/good.conf" $CONF
	grep "$CONF.*mtu" "$TMP/said" || fail "no reason:" "$(cat "$TMP/said")"
}

reload_takes()
{
	systemctl reload kpptpd
	serves
}

start_refuses()
{
	cp $CONF "$TMP/good.conf"
	echo 'mtu = huge' >>$CONF
	systemctl restart kpptpd && fail "a broken configuration was taken"
	cp "$TMP/good.conf" $CONF
	systemctl restart kpptpd
	serves
}

# --- the journal -------------------------------------------------------------

# A line has its priority, and its time once.
journal_has_priorities()
{
	local since

	since=$(date '+%F %T')
	echo wrong >"$TMP/wrong"
	chmod 600 "$TMP/wrong"
	in_client kpptp connect $LOCAL --user alice --password-file "$TMP/wrong" && fail "a wrong password was taken"
	slowwait 20 journal_warns "$since"
	journalctl -b -u kpptpd _COMM=kpptpd -o cat --no-pager >"$TMP/journal"
	! grep -E '^(<[0-9]>|20[0-9][0-9]-)' "$TMP/journal" || fail "a line brings its own time or priority"
}

journal_warns() # SINCE
{
	journalctl -b -u kpptpd _COMM=kpptpd -p warning --since "$1" -o cat --no-pager | grep alice
}

# --- in the background -------------------------------------------------------

# A second daemon says why it can't be, and fails.
second_daemon_refused()
{
	kpptpd >"$TMP/second" 2>&1 && fail "exit status 0"
	file_has "$TMP/second" "another kpptpd"
}

check_is_content()
{
	kpptpd --check
}

# --- the end -----------------------------------------------------------------

# What waits for DKMS goes, too.
uninstalls()
{
	systemctl disable --now kpptpd
	make -C "$SOURCE" dkms-install
	# The module stays loaded, but modprobe knows no more of it.
	make -C "$SOURCE" uninstall PURGE=1
	rmmod kpptp
	"$SELFTESTS/vm/list-files" / | comm -13 /srv/files-before - >"$TMP/left"
	[ ! -s "$TMP/left" ] || fail "left:" "$(cat "$TMP/left")"
	modprobe kpptp 2>"$TMP/said" && fail "the module is still found"
	grep "not found" "$TMP/said"
}

test_begin installed
slowwait 120 systemctl is-system-running --wait >"$TMP/running" 2>&1
run_test "systemd has no unit that failed" no_unit_failed
run_test "the service is enabled" is_enabled
run_test "the service is active, and answers" serves
run_test "the daemon told systemd that it is ready and well" said_ready
run_test "limits allow 10,000 calls" limits_fit
run_test "the worker has an account of its own" worker_has_own_account
run_test "opening a PPTP socket loads the module" socket_loads_module
run_test "asking by netlink loads the module" netlink_loads_module
run_test "modprobe pptp loads kpptp" name_of_intree_loads_module
run_test "the in-tree driver is there for who insists" intree_for_who_insists
run_test "starting the service loads the module" service_loads_module
run_test "module, daemon and command-line tool have one version" versions_agree
run_test "kpptpd --check is content" check_is_content
run_test "a second daemon is refused, with the reason" second_daemon_refused
client_host >"$TMP/log" 2>&1 || bail_out "no client: $(cat "$TMP/log")"
run_test "README's first tunnel: the server" readme_server
run_test "README's first tunnel: the client" readme_client
run_test "a failed log-in is a warning in the journal, with the user's name" journal_has_priorities
run_test "$SILENT calls that speak no PPP keep nobody else waiting" silent_calls
run_test "$HELD calls are held" holds_calls
run_test "one more client gets a call" connects_beside_them
run_test "the daemon goes before its pppds" goes_first
run_test "all of them can go" lets_go
run_test "systemctl reload takes a good configuration" reload_takes
run_test "systemctl reload refuses a broken one, and the reason is in the journal" reload_refuses
run_test "kpptp reload says why" reload_says_reason
run_test "a start with a broken configuration fails" start_refuses
run_test "the daemon comes back after kill -9" restarts
run_test "however often it dies" restarts_however_often
run_test "a worker that dies is replaced" restarts_without_worker
run_test "a worker that hangs is replaced" replaces_hung_worker
run_test "a daemon that hangs is restarted" watchdog_bites
run_test "uninstalling leaves nothing" uninstalls
test_end
