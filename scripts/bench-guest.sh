#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bench-guest.sh: the part of the benchmark that runs in the VM, see bench.sh.
# For each path, each workload, some times; every figure becomes a line of
# $VM_OUT/runs.jsonl. With KPPTP_BENCH_PROFILE it only profiles one of them.
#
# KPPTP_BENCH_PATHS, _WORKLOADS, _RUNS: what, and how often
# KPPTP_BENCH_TIMES: assignments of workloads.sh's times
set -u

TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/lib/paths.sh
. "$TOP/scripts/lib/paths.sh"
# shellcheck disable=SC2163 # they are assignments
for assignment in $KPPTP_BENCH_TIMES; do
	export "$assignment"
done
# shellcheck source=scripts/lib/workloads.sh
. "$TOP/scripts/lib/workloads.sh"
paths=()
for path in $KPPTP_BENCH_PATHS; do
	! path_possible "$path" || paths+=("$path")
done
read -r -a workloads <<< "$KPPTP_BENCH_WORKLOADS"
runs=$KPPTP_BENCH_RUNS
failures=0
cell=0

give_up() {
	echo "bench: $*" >&2
	exit 1
}

record() { # PATH WORKLOAD RUN VALUE
	printf '{"path": "%s", "workload": "%s", "run": %d, "value": %s}\n' "$@" >> "$VM_OUT/runs.jsonl"
}

# One run; a workload with several figures names each.
run_once() { # PATH WORKLOAD RUN
	local out line
	out=$(workload "$2") && [ -n "$out" ] || return
	while read -r line; do
		# shellcheck disable=SC2086 # a name and a value, or a value
		set -- "$1" "$2" "$3" $line
		if [ $# = 5 ]; then record "$1" "$4" "$3" "$5"; else record "$1" "$2" "$3" "$4"; fi
	done <<< "$out"
	figures+=("$(tr '\n' ' ' <<< "$out")")
}

# The figures of a cell, as progress. A cell that fails is left out of the
# results, and the rest goes on.
measure() { # PATH WORKLOAD
	local i figures=()
	cell=$((cell + 1))
	for ((i = 1; i <= runs; i++)); do
		run_once "$1" "$2" "$i" && continue
		echo "[$cell/$cells] $1, $2: no figure" >&2
		failures=$((failures + 1))
		return
	done
	printf '[%d/%d] %-12s %-20s %s\n' "$cell" "$cells" "$1" "$2" "${figures[*]}"
}

# Each path carries something before it is measured: what belongs to it gets
# into memory, for while the VM waits for a file its clock may jump.
path_ready() { # PATH
	path_up "$1" && lan_route && MS=50 WARM=10 tcp "$NEAR" "$FAR" "$TARGET" > /dev/null
}

measure_path() { # PATH
	local name suitable=()
	for name in "${workloads[@]}"; do
		! workload_suits "$name" "$1" || suitable+=("$name")
	done
	if ! path_ready "$1"; then
		echo "bench: $1 does not come up, so it is left out" >&2
		failures=$((failures + 1))
		cell=$((cell + ${#suitable[@]}))
	else
		for name in "${suitable[@]}"; do
			measure "$1" "$name"
		done
	fi
	path_down "$1"
}

count_cells() {
	local path name
	for path in "${paths[@]}"; do
		for name in "${workloads[@]}"; do
			! workload_suits "$name" "$path" || echo
		done
	done | wc -l
}

# Where one workload on one path spends its time: samples of a clock, since an
# emulated CPU counts no cycles. perf gives the top functions and who called.
profile() { # PATH WORKLOAD
	local data=$PATHS_TMP/perf.data pid
	sysctl -qw kernel.kptr_restrict=0 kernel.perf_event_paranoid=-1
	path_ready "$1" || give_up "$1 does not come up"
	workload "$2" > /dev/null || give_up "$2 does not run on $1"
	perf record -q -a -g -e cpu-clock -F 4000 -o "$data" > "$PATHS_TMP/perf.log" 2>&1 &
	pid=$!
	# It makes its file just before it starts.
	wait_for 60 test -s "$data" || give_up "perf does not start"
	sleep 1
	for _ in 1 2 3; do
		workload "$2" || give_up "$2 does not run on $1"
	done
	kill -INT "$pid"
	wait "$pid"
	perf report -i "$data" --no-children -g none --percent-limit 0.4 --stdio \
		--sort sym,dso 2> /dev/null | grep -v '^$' > "$VM_OUT/profile"
	perf report -i "$data" --children -g caller,0.5,callee --percent-limit 3 --stdio \
		--sort sym 2> /dev/null | grep -v '^$' > "$VM_OUT/profile-callers"
	[ -s "$VM_OUT/profile" ] || { cat "$PATHS_TMP/perf.log" >&2; give_up "no profile"; }
	head -n 60 "$VM_OUT/profile"
	path_down "$1"
}

trap 'hosts_down; rm -rf "$PATHS_TMP"' EXIT
hosts_up || give_up "the hosts can't reach each other"
lan_up || give_up "the LAN does not work"
if [ -n "${KPPTP_BENCH_PROFILE:-}" ]; then
	profile "$KPPTP_BENCH_PROFILE" "${workloads[0]}"
	exit
fi
cells=$(count_cells)
for path in "${paths[@]}"; do
	measure_path "$path"
done
[ "$failures" = 0 ] || echo "bench: $failures without a figure, see above" >&2
# What was measured is worth a report in any case.
[ -s "$VM_OUT/runs.jsonl" ]
