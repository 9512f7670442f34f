#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benchmark of call set-up, with small numbers: it has a figure for all that it
# measures, and leaves nothing, however it ends.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
bench=$top/scripts/bench-setup.py
few="--held 1,20 --setups 5 --runs 2 --at-once 3 --slow 10"
dir=$(mktemp -d)
# shellcheck source=userspace/tests/tap.sh
. "$top/userspace/tests/tap.sh"

trap 'rm -rf "$dir"' EXIT

# is FILTER VALUE: what jq finds in the report
is()
{
	local found

	found=$(jq -r "$1" "$dir/report.json") || return
	[ "$found" = "$2" ] || { echo "$1 is $found, should be $2"; return 1; }
}

makes_report()
{
	# shellcheck disable=SC2086 # words
	TMPDIR=$dir/tmp timeout 200 "$bench" $few --json >"$dir/report.json" 2>"$dir/progress" ||
		{ cat "$dir/progress"; return 1; }
}

tells_progress()
{
	grep -q '^bench-setup: 20 calls held: 5 set-ups, 3 at a time, 2 times$' "$dir/progress" ||
		{ cat "$dir/progress"; return 1; }
}

has_every_figure()
{
	is '[.setups[] | "\(.held) \(.at_once)"] | join(", ")' "1 1, 1 3, 20 1, 20 3" &&
		is 'all(.setups[]; .per_second > 0 and .cpu_us.monitor > 0 and .cpu_us.worker > 0)' true &&
		is '[.memory[].held] | join(", ")' "1, 20" &&
		is 'all(.memory[]; .kb.monitor > 0 and .kb.worker > 0)' true &&
		is '.honest.held' 20 &&
		is '[.honest.rows[].beside] | join(", ")' \
			"nothing, a flood of one network, a flood of many networks, 10 slow connections" &&
		is '[.honest.rows[] | select(.beside | test("flood") | not).refused] | join(", ")' "0, 0" &&
		is 'all(.honest.rows[].ms[]; .median > 0 and .worst >= .median)' true &&
		is '[.honest.rows[] | (.attackers_per_second // 0) > 0] | join(", ")' \
			"false, true, true, false"
}

makes_table()
{
	local figure='[0-9,.]+'

	# shellcheck disable=SC2086 # words
	TMPDIR=$dir/tmp timeout 200 "$bench" $few >"$dir/table" 2>"$dir/progress" || return
	grep -Eqx "\| 20 +\| +3 \| +$figure \| +$figure \| +$figure \|" "$dir/table" &&
		grep -Eqx "\| 10 slow connections +\| +( \| +$figure / $figure){4} \| +0 \|" "$dir/table" &&
		return
	cat "$dir/table"
	return 1
}

refuses() # WORD OPTION...
{
	local word=$1 status=0

	shift
	"$bench" "$@" 2>"$dir/error" || status=$?
	[ "$status" = 2 ] && grep -qF "\"$word\" is no number from 1 to" "$dir/error" ||
		{ echo "status $status"; cat "$dir/error"; return 1; }
}

# those_in NAMESPACE: processes there
those_in()
{
	local file

	for file in /proc/[0-9]*/ns/net; do
		[ "$(readlink "$file" 2>/dev/null)" != "$1" ] || echo "$file"
	done
}

# within_30_s COMMAND...
within_30_s()
{
	local i

	for ((i = 0; i < 150; i++)); do
		! "$@" || return 0
		sleep 0.2
	done
	return 1
}

none_in()
{
	[ -z "$(those_in "$1")" ]
}

has_ended()
{
	! kill -0 "$1" 2>/dev/null
}

# Ends by the signal in the midst of it, all its programs with it.
ends_by()
{
	local pid ns busy status=0

	rm "$dir/progress"
	# shellcheck disable=SC2086 # words
	TMPDIR=$dir/tmp "$bench" $few --setups 60000 >"$dir/out" 2>"$dir/progress" &
	pid=$!
	within_30_s grep -qs 'set-ups, 1 at a time' "$dir/progress" ||
		{ kill -KILL "$pid"; cat "$dir/progress"; return 1; }
	ns=$(readlink "/proc/$pid/ns/net")
	busy=$(those_in "$ns" | wc -l)
	kill "-$1" "$pid"
	within_30_s has_ended "$pid" || { kill -KILL "$pid"; echo "it goes on"; return 1; }
	wait "$pid" || status=$?
	[ "$busy" -ge 3 ] && [ "$status" = "$2" ] ||
		{ echo "$busy processes, status $status"; return 1; }
	within_30_s none_in "$ns" || { those_in "$ns" | cut -d/ -f3 | xargs ps -fp; return 1; }
}

ends_well_by()
{
	ends_by "$@" || return
	[ -z "$(ls -A "$dir/tmp")" ] || { ls -lR "$dir/tmp"; return 1; }
}

namespace_possible()
{
	if [ "$(id -u)" = 0 ]; then
		unshare --net true
	else
		unshare --map-current-user --net --keep-caps true
	fi 2>/dev/null
}

if ! command -v jq >/dev/null || ! command -v python3 >/dev/null || ! namespace_possible; then
	echo "ok 1 - the benchmark of call set-up # SKIP jq, python3 or a network namespace of its own is not there"
	echo "1..1"
	exit
fi
mkdir "$dir/tmp"
check "what it uses is built" make -s -C "$top" userspace helpers
check "a report is made" makes_report
check "it says what it is at" tells_progress
check "every figure is there" has_every_figure
check "so is a table" makes_table
check "no calls to hold are refused" refuses 0 --held 1,0
check "a word for a number is refused" refuses many --slow many
check "SIGTERM ends it, and leaves no process and no file" ends_well_by TERM 143
check "so does Ctrl-C" ends_well_by INT 130
check "even SIGKILL leaves no process" ends_by KILL 137
finish
