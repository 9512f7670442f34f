#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The socket interface of in-tree pptp, step by step: pppox_abi runs on the
# in-tree driver (where the kernel has it) and on kpptp, and both must answer
# as pppox_abi.expect says. Its third column says where kpptp differs on
# purpose.
#
#	+------- A -------+               +------- B -------+
#	| a0  192.0.2.1 --+--- GRE -------+-- 192.0.2.2  b0 |
#	| ppp0 198.51.100.1                 ppp0 198.51.100.2
#	+-----------------+               +-----------------+

. "$(dirname "$0")/lib.sh"

EXPECT=$SELFTESTS/pppox_abi.expect

# walk DRIVER: the answers of the loaded driver, in $TMP/DRIVER
walk()
{
	at "$A" timeout $((120 * KPPTP_SLOW)) \
		pppox_abi "$LOCAL" "$PEER" "$B" >"$TMP/$1"
}

answer()
{
	local is

	is=$(sed -n "s/^$2 //p" "$TMP/$1" | sort -u | tr '\n' ' ')
	expect "$2" "${is% }" "$3"
}

# All steps of one driver, which is column $2 of the table.
check_driver()
{
	local driver=$1 column=$2 step in_tree kpptp

	run_test "$driver: walks through" walk "$driver"
	while read -r step in_tree kpptp; do
		case $step in ''|'#'*) continue;; esac
		[ "$column" = in_tree ] || in_tree=${kpptp:-$in_tree}
		run_test "$driver: $step" answer "$driver" "$step" "$in_tree"
	done <"$EXPECT"
}

# Every step that is walked must be in the table.
all_expected()
{
	local step

	while read -r step _; do
		grep -q "^${step}[[:space:]]" "$EXPECT" ||
			fail "$step is not in pppox_abi.expect"
	done <"$TMP/$1"
}

test_begin abi
setup_pair || bail_out "no namespaces"
load_dependencies

unload_kpptp || bail_out "kpptp is in use"
if modprobe -q pptp; then
	check_driver in-tree in_tree
	run_test "in-tree: unloads" rmmod pptp
else
	skip_test "in-tree: walks through" "this kernel has no pptp module"
fi

need_kpptp
check_driver kpptp kpptp
run_test "kpptp: every step is expected" all_expected kpptp
run_test "kpptp: no call is left" slowwait 20 calls_are "$A" 0
test_end
