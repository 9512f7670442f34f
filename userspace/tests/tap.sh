# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# TAP for the test scripts here. Sourced; "finish" ends the script.

n=0
failed=0

# check NAME COMMAND...: what it says is shown when it fails
check()
{
	local name=$1 text

	shift
	n=$((n + 1))
	if text=$("$@" 2>&1); then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		echo "$text" | sed 's/^/# /'
		failed=1
	fi
}

# skip NAME REASON
skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

finish()
{
	echo "1..$n"
	exit "$failed"
}
