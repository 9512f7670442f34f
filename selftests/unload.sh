#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Loading and unloading: not while it is in use, not next to in-tree pptp, and
# each time as if it were the first.
#
#	+------- A -------+               +------- B -------+
#	| a0  192.0.2.1 --+---------------+-- 192.0.2.2  b0 |
#	+-----------------+               +-----------------+

. "$(dirname "$0")/lib.sh"

# log_since LINE-COUNT: what the kernel said after its first lines
log_since()
{
	dmesg | tail -n +$(($1 + 1))
}

log_lines()
{
	dmesg | wc -l
}

rmmod_is_refused()
{
	refused "kpptp is in use" rmmod kpptp
	module_loaded kpptp
}

netlink_call_keeps_it()
{
	at "$A" nlcall new local=$LOCAL peer=$PEER call-id=1 peer-call-id=1
	rmmod_is_refused
	at "$A" nlcall get local=$LOCAL peer=$PEER call-id=1
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id=1
}

socket_keeps_it()
{
	open_channel "$A" c1 local=$LOCAL call=1 peer=$PEER peer-call=1 unit=1
	rmmod_is_refused
	call_field_is "$A" state 1 2
	close_channel c1
}

bound_socket_keeps_it()
{
	open_channel "$A" c2 local=$LOCAL call=2 peer=$PEER peer-call=1 pause=1
	rmmod_is_refused
	close_channel c2
}

unloads()
{
	unload_kpptp
	! module_loaded kpptp
}

loads_again()
{
	load_kpptp
	at "$A" nlcall new local=$LOCAL peer=$PEER call-id=1 peer-call-id=1
	at "$A" nlcall del local=$LOCAL peer=$PEER call-id=1
}

again_and_again()
{
	local i

	for ((i = 0; i < $(many 20) / 5; i++)); do
		unload_kpptp
		load_kpptp
	done
}

# Namespaces come and go while it is loaded and unloaded.
with_namespaces()
{
	local i

	for ((i = 0; i < 5; i++)); do
		ip netns add "kpptp-unload-c-$$"
		unload_kpptp
		load_kpptp
		ip netns exec "kpptp-unload-c-$$" nlcall stats
		ip netns del "kpptp-unload-c-$$"
	done
}

refuses_next_to_pptp()
{
	local before

	unload_kpptp
	modprobe pptp
	before=$(log_lines)
	refused "could not insert module|cannot insert" insmod "$KPPTP_MODULE"
	log_since "$before"
	log_since "$before" | grep -i kpptp | grep -iw pptp
	fails 1 module_loaded kpptp
}

pptp_works_on()
{
	open_channel "$A" in-tree local=$LOCAL call=1 peer=$PEER peer-call=1
	close_channel in-tree
	slowwait 20 rmmod pptp
}

pptp_is_kept_out()
{
	load_kpptp
	fails 1 modprobe pptp
	fails 1 module_loaded pptp
	at "$A" nlcall stats
}

test_begin unload
setup_pair || bail_out "no namespaces"
need_kpptp

run_test "a call made over netlink keeps the module" netlink_call_keeps_it
run_test "a connected socket keeps the module" socket_keeps_it
run_test "a bound socket keeps the module" bound_socket_keeps_it
run_test "the module unloads when all are gone" unloads
run_test "the module loads again and works" loads_again
run_test "the module loads and unloads again and again" again_and_again
run_test "the module loads and unloads while namespaces come and go" \
	with_namespaces
if modinfo pptp >/dev/null 2>&1; then
	run_test "next to in-tree pptp it says so and does not load" \
		refuses_next_to_pptp
	run_test "in-tree pptp is undisturbed by that" pptp_works_on
	run_test "in-tree pptp does not load next to it" pptp_is_kept_out
else
	skip_test "next to in-tree pptp it says so and does not load" \
		"this kernel has no pptp module"
fi
load_kpptp
test_end
