#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh [--debug] [STAGE...]: runs the tests and prints one KTAP line for
# each; the last line is "N passed, N failed". Stages: unit, fuzz, lint, 6.1,
# 6.12 (the selftests in the VM on that kernel), and newest, which only runs
# when it is named: the module built for the kernel of another suite of Debian,
# and its selftests. --debug: only the selftests, on the debug kernel, with a
# search for leaked memory at the end.
#
# FUZZ_SECONDS  time for each fuzzer (default 5)
# SUITE         Debian suite of the newest kernel (default trixie-backports)
# FRESH=1       get that kernel anew
# Logs of all stages stay in build/check/.
set -u -o pipefail
# shellcheck disable=SC2317 # stages are reached by name

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
logs=$top/build/check
count=0
passed=0
failed=0
skipped=0
declare -A pids
suite=${SUITE:-trixie-backports}
export WERROR=1

# --- counting ----------------------------------------------------------------

result() { # ok | "not ok", NAME
	count=$((count + 1))
	echo "$1 $count - $2"
	if [ "$1" != ok ]; then
		failed=$((failed + 1))
	elif [[ $2 == *"# SKIP"* ]]; then
		skipped=$((skipped + 1))
	else
		passed=$((passed + 1))
	fi
}

# Result lines are taken over, renumbered, with the name of the stage; plans
# and version lines are not; the rest stays as it is, as a comment.
take_line() { # STAGE LINE
	local name
	case $2 in
	"ok "* | "not ok "*)
		name=$(sed -E 's/^(not )?ok [0-9]* *-? *//' <<< "$2")
		if [[ $2 == ok* ]]; then result ok "$1: $name"; else result "not ok" "$1: $name"; fi
		;;
	1..[0-9]* | "KTAP version"* | "TAP version"* | '') ;;
	"#"*) echo "$2" ;;
	*) echo "# $2" ;;
	esac
}

# stage NAME COMMAND...: takes the results of a command that prints KTAP. A
# command that fails without a failed test, or prints none at all, is one.
stage() {
	local name=$1 line status=lost count_before=$count failed_before=$failed
	shift
	echo "# $name: $*"
	exec 4< <("$@" 2>&1 < /dev/null | tee "$logs/${name// /-}.log"; echo "status ${PIPESTATUS[0]}")
	while IFS= read -r line <&4; do
		if [[ $line =~ ^status\ ([0-9]+)$ ]]; then
			status=${BASH_REMATCH[1]}
		else
			take_line "$name" "$line"
		fi
	done
	exec 4<&-
	if [ "$status" != 0 ] && [ "$failed" = "$failed_before" ]; then
		result "not ok" "$name ended with status $status"
	elif [ "$count" = "$count_before" ]; then
		result "not ok" "$name ran no tests"
	fi
}

# must NAME COMMAND...: for what everything after it needs
must() {
	local name=$1 log
	shift
	log=$logs/${name// /-}.log
	echo "# $name"
	if ! "$@" > "$log" 2>&1 < /dev/null; then
		result "not ok" "$name"
		tail -n 40 "$log" | sed 's/^/# /'
		finish
	fi
}

finish() {
	echo "1..$count"
	[ "$skipped" = 0 ] || echo "# $skipped skipped"
	echo "# took $((SECONDS / 60)) min $((SECONDS % 60)) s"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}

# --- stages ------------------------------------------------------------------

# Each program of build/tests-san is a cmocka group built with AddressSanitizer
# and UndefinedBehaviorSanitizer, but for the daemon itself, which the scripts
# of userspace/tests run as a whole.
unit_tests() {
	local program name status=0
	export CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
	export KPPTPD=$top/build/tests-san/kpptpd
	for program in build/tests-san/* userspace/tests/*.sh; do
		name=$(basename "$program" .sh)
		if [ ! -f "$program" ] || [ ! -x "$program" ] || [ "$name" = kpptpd ]; then continue; fi
		timeout 300 "$program" | sed -E "s/^((not )?ok [0-9]+) -? */\1 - $name: /"
		[ "${PIPESTATUS[0]}" = 0 ] || { echo "not ok - $name ended with a failure"; status=1; }
	done
	return "$status"
}

# A few seconds for each fuzzer, starting from its corpus: a smoke test only.
fuzz_tests() {
	local program name corpus status=0
	for program in build/fuzz/fuzz_*; do
		if [ ! -f "$program" ] || [ ! -x "$program" ]; then continue; fi
		name=$(basename "$program")
		corpus=("$logs/corpus-$name")
		mkdir -p "${corpus[0]}"
		[ ! -d "userspace/fuzz/corpus/${name#fuzz_}" ] || corpus+=("userspace/fuzz/corpus/${name#fuzz_}")
		if timeout 120 "$program" -max_total_time="${FUZZ_SECONDS:-5}" -artifact_prefix="$logs/" \
				"${corpus[@]}" > "$logs/$name.log" 2>&1; then
			echo "ok - $name: $(grep -o 'Done.*' "$logs/$name.log" | tail -n 1)"
		else
			echo "not ok - $name"
			tail -n 40 "$logs/$name.log" | sed 's/^/# /'
			status=1
		fi
	done
	return "$status"
}

# The selftests on one kernel. That it had nothing to complain about is a test
# of its own, with a status that only selftests/vm/run gives.
vm_tests() { # KERNEL SECONDS SCRIPTS OPTION...
	local kernel=$1 limit=$2 scripts=$3 status=0
	shift 3
	# shellcheck disable=SC2086 # none, or a word
	selftests/vm/run -q -k "$kernel" -t "$limit" -o "$logs/vm-$kernel" "$@" -- selftests/run.sh $scripts ||
		status=$?
	case $status in
	0 | 1) echo "ok - the kernel log is clean" ;;
	97) echo "not ok - the kernel log is clean" ;;
	*) echo "not ok - the VM comes to its end # status $status" ;;
	esac
	[ "$status" = 0 ]
}

# All that the selftests use.
build_for() { # KERNEL
	local kver
	kver=$(selftests/vm/run -p -k "$1") || return
	make -j"$(nproc)" userspace helpers && make -j"$(nproc)" modules KVER="$kver"
}

build_for_suite() {
	make -j"$(nproc)" userspace helpers && selftests/vm/suite-kernel --build "$suite"
}

# A VM keeps one processor busy, so the older kernel's runs beside everything
# else: background STAGE COMMAND... starts it, collect STAGE takes its output as
# it comes, or has come, and gives its status.
background() {
	local name=$1
	shift
	rm -f "$logs/$name.status"
	{
		"$@" > "$logs/$name.tap" 2>&1 < /dev/null
		echo $? > "$logs/$name.status"
	} &
	pids[$name]=$!
}

collect() {
	tail --pid="${pids[$1]}" -s 1 -n +1 -f "$logs/$1.tap"
	return "$(cat "$logs/$1.status")"
}

check() {
	must "packages" scripts/deps.sh check
	if [ $# -gt 0 ]; then
		for name; do
			run_stage "$name"
		done
		return
	fi
	must "build for 6.1" build_for 6.1
	background 6.1 vm_tests 6.1 3600 kernel
	for name in unit fuzz lint 6.12; do
		run_stage "$name"
	done
	stage 6.1 collect 6.1
}

# Those parts of userspace that have fuzzers have a target for them.
build_fuzzers() {
	local targets
	mapfile -t targets < <(sed -n 's/^\([a-z]*-fuzz\):.*/\1/p' userspace/tests/*.mk)
	make -j"$(nproc)" -C userspace "${targets[@]}"
}

run_stage() {
	case $1 in
	unit)
		# The scripts among them ask the programs as they are installed.
		must "build unit tests" make -j"$(nproc)" -C userspace all tests
		stage unit unit_tests
		;;
	fuzz)
		must "build fuzzers" build_fuzzers
		stage fuzz fuzz_tests
		;;
	lint) stage lint scripts/lint.sh ;;
	# What is the same on each kernel is tested on the newer one only.
	6.1)
		must "build for 6.1" build_for 6.1
		stage 6.1 vm_tests 6.1 3600 kernel
		;;
	6.12)
		must "build for 6.12" build_for 6.12
		stage 6.12 vm_tests 6.12 3600 ""
		;;
	newest)
		must "packages for newest" scripts/deps.sh newest
		must "kernel of $suite" selftests/vm/suite-kernel ${FRESH:+--fresh} "$suite"
		must "build for $suite" build_for_suite
		stage "$suite" vm_tests "$suite" 3600 kernel
		;;
	*) result "not ok" "there is no stage $1" ;;
	esac
}

# The checkers make everything several times slower.
check_debug() {
	must "packages" scripts/deps.sh debug
	must "debug kernel" selftests/vm/build-debug-kernel
	must "build for debug" build_for debug
	export KPPTP_SLOW=${KPPTP_SLOW:-4}
	stage debug vm_tests debug 5400 kernel -m 3072
}

mkdir -p "$logs"
echo "KTAP version 1"
if [ "${1:-}" = --debug ]; then
	check_debug
else
	check "$@"
fi
finish
