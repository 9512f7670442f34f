#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check.sh [--debug] [STAGE...]: runs the tests and prints one KTAP line for
# each; the last line is "N passed, N failed". Stages: unit, fuzz, lint, 6.1,
# 6.12 (the selftests in the VM on that kernel), installed (a system that kpptp is
# installed on, booted with systemd), and newest, which only runs
# when it is named: the module built for the kernel of another suite of Debian, and
# its selftests, and kpptp installed on the release that this kernel is for.
# --debug: only the selftests, on the kernels with checkers (stages debug, with a
# search for leaked memory at the end, and kcsan).
#
# What a stage's VM needs is built first. Then its jobs take turns, two at a time,
# and every few seconds a comment says how far all of it is. What neither waits nor
# boots a VM goes on beside them at the lowest priority, in the time they leave.
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
# Jobs with a result, by their names; the test that each is at.
declare -A passed_of failed_of now ended
failures=()
jobs=()
beside=()
preparations=()
parts=0
parts_done=0
suite=${SUITE:-trixie-backports}
export WERROR=1
# shellcheck source=scripts/lib/progress.sh
. scripts/lib/progress.sh

# --- counting ----------------------------------------------------------------

result() { # ok | "not ok", JOB, NAME
	count=$((count + 1))
	echo "$1 $count - $2: $3"
	if [ "$1" != ok ]; then
		failed=$((failed + 1))
		failed_of[$2]=$((${failed_of[$2]:-0} + 1))
		failures+=("$2: $3")
		return
	fi
	passed_of[$2]=$((${passed_of[$2]:-0} + 1))
	if [[ $3 == *"# SKIP"* ]]; then
		skipped=$((skipped + 1))
	else
		passed=$((passed + 1))
	fi
}

# A job that fails without a failed test, or has no tests at all, is one.
end_job() { # JOB STATUS
	unset "now[$1]"
	ended[$1]=1
	if [ "$2" != 0 ] && [ -z "${failed_of[$1]:-}" ]; then
		result "not ok" "$1" "ended with status $2"
	elif [ -z "${passed_of[$1]:-}${failed_of[$1]:-}" ]; then
		result "not ok" "$1" "ran no tests"
	fi
}

# Result lines are taken over, renumbered, with the name of the job; plans and
# version lines are not; the rest stays as it is, as a comment.
take_line() { # JOB LINE
	case $2 in
	# cmocka's way to say it
	"not ok "*" # SKIP "*) result ok "$1" "${2##*# SKIP } # SKIP" ;;
	"ok "* | "not ok "*)
		result "${2%%ok *}ok" "$1" "$(sed -E 's/^(not )?ok [0-9]* *-? *//' <<< "$2")"
		;;
	1..[0-9]* | "KTAP version"* | "TAP version"* | '') ;;
	"# begins "*) now[$1]=${2#"# begins "} ;;
	"# "*" took "*" s")
		parts_done=$((parts_done + 1))
		echo "# $1: ${2#"# "}"
		;;
	"status "*) end_job "$1" "${2#status }" ;;
	"#"*) echo "$2" ;;
	*) echo "# $2" ;;
	esac
}

finish() {
	echo "1..$count"
	[ "$skipped" = 0 ] || echo "# $skipped skipped"
	[ "$failed" = 0 ] || printf '# failed: %s\n' "${failures[@]}"
	echo "# took $((SECONDS / 60)) min $((SECONDS % 60)) s"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}

# --- running -----------------------------------------------------------------

# must NAME COMMAND...: for what everything after it needs
must() {
	local name=$1 log
	shift
	log=$logs/${name// /-}.log
	if ! with_progress "# $name" "$log" "$@"; then
		result "not ok" build "$name"
		tail -n 40 "$log" | sed 's/^/# /'
		finish
	fi
}

# job PARTS NAME COMMAND...: one more to run. It prints KTAP, and for each of its
# parts "# begins PART" and "# PART took N s".
job() {
	parts=$((parts + $1))
	shift
	jobs+=("$*")
}

# job_beside PARTS NAME COMMAND...: the same for one without limits of time
job_beside() {
	parts=$((parts + $1))
	shift
	beside+=("$*")
}

# prepare COMMAND...: what a job makes or finds made, so that it is ready then. One
# that fails does so again in its job, which tells why.
prepare() {
	preparations+=("$*")
}

# All it prints gets the name of the job before it, and its status is the end.
run_job() { # NAME COMMAND...
	local name=$1
	shift
	{ "$@" 2>&1 < /dev/null; echo "status $?"; } | tee "$logs/$name.log" | sed -u "s/^/$name\t/"
}

# At the lowest priority, so that no VM is late for it.
run_beside() {
	local words
	renice -n 19 -p "$BASHPID" > /dev/null
	for words in "${preparations[@]}"; do
		# shellcheck disable=SC2086 # words
		$words 2>&1 < /dev/null | sed -u -E 's/^(# )?/beside\t# /'
	done
	for words in "${beside[@]}"; do
		# shellcheck disable=SC2086 # words
		run_job $words
	done
}

# Whichever lane is free takes the next job. An emulated VM keeps one processor
# busy. Each job is a process group, so that it can be ended as a whole.
lanes() {
	local words pid
	set -m
	trap 'for pid in $(jobs -p); do kill -- "-$pid"; done; exit 1' TERM
	run_beside &
	beside_pid=$!
	for words in "${jobs[@]}"; do
		while [ "$(jobs -pr | grep -cvx "$beside_pid")" -ge 2 ]; do
			wait -n
		done
		# shellcheck disable=SC2086 # words
		run_job $words &
	done
	wait
}

tell() {
	local name text=''
	for name in "${!now[@]}"; do
		text+="; $name: ${now[$name]}"
	done
	echo "# $((SECONDS / 60)) min $((SECONDS % 60)) s: $parts_done of $parts done, $passed passed, $failed failed$text"
}

run_jobs() {
	local name told=$SECONDS status
	exec 4< <(lanes)
	# shellcheck disable=SC2064 # the process there is now
	trap "kill $!; exit 1" INT TERM
	while true; do
		status=0
		next_line 2 <&4 || status=$?
		[ "$status" = 0 ] || [ "$status" -gt 128 ] || break
		[ "$status" != 0 ] || take_line "${LINE%%$'\t'*}" "${LINE#*$'\t'}"
		if [ $((SECONDS - told)) -ge 7 ]; then
			tell
			told=$SECONDS
		fi
	done
	trap - INT TERM
	for name in "${jobs[@]%% *}" "${beside[@]%% *}"; do
		[ -n "${ended[$name]:-}" ] || end_job "$name" "none at all"
	done
}

# part NAME COMMAND...: tells when it begins and ends
part() {
	local name=$1 since=$SECONDS status=0
	shift
	echo "# begins $name"
	"$@" || status=$?
	echo "# $name took $((SECONDS - since)) s"
	return "$status"
}

# built NAME COMMAND...: in silence, one at a time; what it said is shown when it
# fails
built() {
	local log=$logs/build-$1.log
	shift
	(flock 8 && "$@" > "$log" 2>&1) 8> "$logs/build.lock" && return
	tail -n 40 "$log" | sed 's/^/# /'
	return 1
}

# --- tests -------------------------------------------------------------------

# The scripts among them ask the programs as they are installed.
build_unit_tests() {
	make -j"$(nproc)" -C userspace all tests
}

# Each program of build/tests-san is a cmocka group built with AddressSanitizer
# and UndefinedBehaviorSanitizer, but for the daemon itself, which the scripts
# of userspace/tests run as a whole.
unit_tests() {
	local program name status=0
	built unit build_unit_tests || return
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

# Those parts of userspace that have fuzzers have a target for them.
build_fuzzers() {
	local targets
	mapfile -t targets < <(sed -n 's/^\([a-z]*-fuzz\):.*/\1/p' userspace/tests/*.mk)
	make -j"$(nproc)" -C userspace "${targets[@]}"
}

# A few seconds for each fuzzer, starting from its corpus: a smoke test only.
fuzz_tests() {
	local program name corpus status=0
	built fuzz build_fuzzers || return
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
vm_tests() { # JOB KERNEL SECONDS SCRIPTS OPTION...
	local out=$logs/vm-$1 kernel=$2 limit=$3 scripts=$4 status=0
	shift 4
	selftests/vm/run -q -k "$kernel" -t "$limit" -o "$out" "$@" -- selftests/run.sh "$scripts" || status=$?
	judge_vm "$status"
}

judge_vm() { # STATUS of selftests/vm/run
	case $1 in
	0 | 1) echo "ok - the kernel log is clean" ;;
	97) echo "not ok - the kernel log is clean" ;;
	*) echo "not ok - the VM comes to its end # status $1" ;;
	esac
	[ "$1" = 0 ]
}

# As vm_tests, for a system that runs one script by itself.
installed_system() { # [SUITE]
	local status=0
	SUITE=${1:-} INSTALLED_OUT=$logs/vm-installed${1:+-$1} selftests/vm/installed-system || status=$?
	judge_vm "$status"
}

# vm_job JOB KERNEL SECONDS SCRIPTS [OPTION...]: the scripts are a group that
# selftests/run.sh knows by name
vm_job() {
	job "$(selftests/run.sh --list "$4" | wc -w)" "$1" vm_tests "$@"
}

# --- stages ------------------------------------------------------------------

# All that the selftests use.
build_for() { # KERNEL
	local kver
	kver=$(selftests/vm/run -p -k "$1") || return
	make -j"$(nproc)" userspace helpers && make -j"$(nproc)" modules KVER="$kver"
}

build_for_suite() {
	make -j"$(nproc)" userspace helpers && selftests/vm/suite-kernel --build "$suite"
}

# Builds what a stage needs, and adds its jobs.
stage() {
	case $1 in
	unit)
		prepare built unit build_unit_tests
		job 1 unit part unit unit_tests
		;;
	fuzz)
		prepare built fuzz build_fuzzers
		job 1 fuzz part fuzz fuzz_tests
		;;
	lint) job_beside 1 lint part lint scripts/lint.sh ;;
	# What is the same on each kernel is tested on the newer one only.
	6.1)
		must "build for 6.1" build_for 6.1
		vm_job 6.1-module 6.1 3600 module
		vm_job 6.1-links 6.1 3600 links
		;;
	6.12)
		must "build for 6.12" build_for 6.12
		vm_job 6.12-module 6.12 3600 module
		vm_job 6.12-deployment 6.12 3600 deployment
		vm_job 6.12-links 6.12 3600 links
		;;
	# Where kpptp is installed, as its owner does it.
	installed)
		if [ "$(id -u)" = 0 ]; then
			prepare env SUITE= selftests/vm/installed-system --base
			job 1 installed part installed installed_system
		else
			job 1 installed part installed echo "ok - installed # SKIP a system of its own takes root"
		fi
		;;
	newest)
		must "packages for newest" scripts/deps.sh newest
		must "kernel of $suite" selftests/vm/suite-kernel ${FRESH:+--fresh} "$suite"
		must "build for $suite" build_for_suite
		vm_job "$suite" "$suite" 3600 kernel
		# The release it is for has another compiler, systemd and pppd, too.
		job 1 "installed-${suite%-backports}" part installed installed_system "${suite%-backports}"
		;;
	# The checkers make everything several times slower.
	debug | kcsan)
		must "packages for $1" scripts/deps.sh debug
		must "kernel $1" selftests/vm/build-debug-kernel "$1"
		must "build for $1" build_for "$1"
		export KPPTP_SLOW=${KPPTP_SLOW:-4}
		vm_job "$1" "$1" 5400 kernel -m 3072
		;;
	*) result "not ok" "check" "there is no stage $1" ;;
	esac
}

mkdir -p "$logs"
echo "KTAP version 1"
if [ "${1:-}" = --debug ]; then
	[ $# -gt 1 ] || set -- --debug debug kcsan
	for name in "${@:2}"; do
		stage "$name"
	done
else
	must "packages" scripts/deps.sh check
	# The longest come first: the short ones fill what is left of the time.
	[ $# -gt 0 ] || set -- 6.1 6.12 installed unit lint fuzz
	for name; do
		stage "$name"
	done
fi
run_jobs
finish
