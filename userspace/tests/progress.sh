#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a script hands on while it tells how long it has taken: every line, and whole,
# also when the wait for it ends in its middle.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=userspace/tests/tap.sh
. "$top/userspace/tests/tap.sh"
# shellcheck source=scripts/lib/progress.sh
. "$top/scripts/lib/progress.sh"

# Waits twice between the halves of a line, and does not end the last one.
in_halves()
{
	printf 'first\nsec'
	sleep 2.5
	printf 'ond\nlast'
}

lines()
{
	local status

	while true; do
		status=0
		next_line 1 || status=$?
		case $status in
		0) echo "line: $LINE" ;;
		1) echo "end: $LINE"; return ;;
		*) echo "waits" ;;
		esac
	done
}

comes_whole()
{
	local is

	is=$(in_halves | lines | uniq | tr '\n' ' ')
	echo "$is"
	[ "$is" = "line: first waits line: second end: last " ]
}

is_handed_on()
{
	local is

	# shellcheck disable=SC2034 # the library's
	is=$(PROGRESS_EVERY=1; in_halves | heartbeat works | sed 's/^works .*/works/' | uniq |
		tr '\n' ' ')
	echo "$is"
	[ "$is" = "first works second last " ]
}

check "a line that is waited for in vain comes whole" comes_whole
check "what is handed on is whole" is_handed_on
finish
