#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the selftests on the kernel it finds itself on, as root: loads kpptp,
# runs each script, unloads kpptp and looks for what was left behind. Meant
# for the VM (selftests/vm/run); it replaces modules and writes to /etc/ppp.
#
#	run.sh [--list] [NAME...]	the scripts named, or all of them; --list only
#					prints their names. Groups have names, too:
#					"module", "links", "deployment", and "kernel"
#					for all that a new kernel is tried with
#
# KPPTP_MODULE	the module, if not build/modules/$(uname -r)/kpptp.ko
# KPPTP_TESTS	names of tests, one a line: of the scripts named, only these are run
# KPPTP_SLOW	how much longer to wait, and how much less to do; a kernel with
#		lockdep and KASAN wants 4

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=selftests/lib.sh
. "$here/lib.sh"

# What depends on the kernel: the module by itself, and with pppd on top of it. Then
# whole sessions with other programs, in which everything has its part, and what is
# the same on each kernel.
MODULE="abi netlink sequence early backlog demux paths flow mtu isolation memory many race unload smp jitter"
LINKS="offload renegotiation session"
SESSIONS="wire peers"
DEPLOYMENT="life garbage firewall nat routing routers doctor"
SCRIPT_LIMIT=900	# seconds; a script that hangs must not hide the others
COUNT=0
FAILED=0
SKIPPED=0
shopt -s lastpipe	# the result counters live in this shell

result()
{
	COUNT=$((COUNT + 1))
	echo "$1 $COUNT - $2"
	case $1 in
	not*) FAILED=$((FAILED + 1));;
	esac
	case $2 in
	*"# SKIP"*) SKIPPED=$((SKIPPED + 1));;
	esac
}

# Takes over the result lines of a script, renumbered and with its name.
take_line()
{
	local line=$1 name=$2

	case $line in
	"ok "*) result ok "$name: ${line#ok * - }";;
	"not ok "*) result "not ok" "$name: ${line#not ok * - }";;
	"1.."*) planned=${line#1..};;
	"KTAP version"*) ;;
	"# "*) echo "$line";;
	*) echo "# $line";;
	esac
}

run_script()
{
	local name=$1 planned='' line before=$COUNT start=$SECONDS

	echo "# begins $name"
	timeout $((SCRIPT_LIMIT * KPPTP_SLOW)) bash "$here/$name.sh" 2>&1 | while IFS= read -r line; do
		take_line "$line" "$name"
	done
	[ "$planned" = $((COUNT - before)) ] ||
		result "not ok" "$name # ended after $((COUNT - before)) tests"
	echo "# $name took $((SECONDS - start)) s"
}

# Namespaces, ppp interfaces and processes that were not there before.
leftovers()
{
	local name

	ip netns list | grep '^kpptp-'
	ip -o link show | grep -o 'ppp[0-9]*:'
	for name in pppd pptp pptpd kpptpd ppp_chan gre_inject nlcall gre_spray \
		    call_bench; do
		pgrep -ax "$name"
	done
}

check_leftovers()
{
	local left deadline=$((SECONDS + 20 * KPPTP_SLOW))

	while left=$(leftovers); [ -n "$left" ] && [ "$SECONDS" -le "$deadline" ]; do
		sleep 0.1
	done
	if [ -z "$left" ]; then
		result ok "no namespace, interface or process is left"
	else
		result "not ok" "no namespace, interface or process is left # $(echo "$left" | tr '\n' ' ')"
	fi
}

# The slab caches of a module die with it only when they are empty; a call
# that is never freed keeps the module or its cache.
check_unload()
{
	local err

	if ! err=$(unload_kpptp 2>&1); then
		result "not ok" "the module unloads # $(echo "$err" | tail -n 1)"
		return
	fi
	result ok "the module unloads"
	err=$(grep -o '^kpptp[^ ]*' /proc/slabinfo)
	if [ -z "$err" ]; then
		result ok "no slab cache is left"
	else
		result "not ok" "no slab cache is left # $err"
	fi
}

list=''
[ "${1:-}" != --list ] || { list=1; shift; }
# shellcheck disable=SC2086	# lists of names
case "$*" in
'')	set -- $MODULE $LINKS $SESSIONS $DEPLOYMENT;;
kernel)	set -- $MODULE $LINKS $SESSIONS;;
module)	set -- $MODULE;;
links)	set -- $LINKS;;
deployment) set -- $SESSIONS $DEPLOYMENT;;
esac
if [ -n "$list" ]; then
	echo "$*"
	exit
fi
echo "KTAP version 1"
for name; do
	run_script "$name"
done
check_leftovers
module_loaded kpptp || load_kpptp || result "not ok" "the module loads again"
check_unload
echo "1..$COUNT"
echo "# Totals: pass:$((COUNT - FAILED - SKIPPED)) fail:$FAILED xfail:0 xpass:0 skip:$SKIPPED error:0"
[ "$FAILED" -eq 0 ]
