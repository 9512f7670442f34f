# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# TAP for the test scripts here. Sourced; "finish" ends the script.

n=0
failed=0

# clean_environment [NAME...]: begins the script anew without the variables of
# whoever runs it, so that flags and paths that "make" exports do not count; those
# with these NAMEs stay.
clean_environment()
{
	local name keep=()

	[ "${CLEAN_ENVIRONMENT:-}" != yes ] || return 0
	for name in PATH HOME XDG_CACHE_HOME "$@"; do
		[ -z "${!name+set}" ] || keep+=("$name=${!name}")
	done
	exec env -i CLEAN_ENVIRONMENT=yes "${keep[@]}" "$0"
}

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
