#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mutants.sh [--list | --check] [NAME...]: are the tests worth their time? Makes the
# mistakes in selftests/mutants/*.list, or those named, one at a time in a copy of
# the tree, and demands that the test named beside each fails. --list prints their
# names, --check only looks whether each can still be made.
#
# What fails with a mistake must pass without it: each test is run on the copy as
# it is first, under the same conditions. A mistake that does not build, or a VM that
# does not boot, is none that was caught.
#
# MUTANTS   names, as arguments
# KERNEL    of the VM (default 6.12)
# VM_QUEUE  a command that starts each VM, for a machine that others use, too
# Logs of all runs stay in build/mutants/.
set -u -o pipefail
# shellcheck disable=SC2317 # jobs are reached by name

top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/build/mutants
logs=$out/logs
kernel=${KERNEL:-6.12}
VM_LIMIT=600		# seconds for one test in the VM
UNIT_LIMIT=120		# and for a unit test
TELL_EVERY=7
names=()
# Of each mutant, by its name.
declare -A what file tests extra hunks
passed=0
skipped=0
failed=0
# shellcheck source=scripts/lib/progress.sh
. "$top/scripts/lib/progress.sh"

die() {
	echo "mutants: $*" >&2
	exit 1
}

# --- the list ----------------------------------------------------------------

# A mutant has these lines, and then the change, as scripts/lib/mutate.awk has it:
#	mutant NAME
#	what SENTENCE
#	file PATH
#	test SCRIPT-OR-PROGRAM: NAME
#	with NAME	another test of the script that must run before; any number
read_list() { # FILE
	local line name='' key value
	while IFS= read -r line; do
		key=${line%%[[:blank:]]*}
		value=${line#"$key"}
		value=${value#"${value%%[![:blank:]]*}"}
		case $line in
		'#'* | '') continue ;;
		[-+@' ']*) hunks[$name]+=$line$'\n'; continue ;;
		esac
		case $key in
		mutant)
			name=$value
			[ -z "${file[$name]+set}" ] || die "$1: $name is there twice"
			names+=("$name")
			file[$name]='' tests[$name]='' extra[$name]='' hunks[$name]=''
			;;
		what) what[$name]=$value ;;
		file) file[$name]=$value ;;
		test) tests[$name]=$value ;;
		with) extra[$name]+=$value$'\n' ;;
		*) die "$1: what is '$line'?" ;;
		esac
	done < "$1"
}

check_entry() { # NAME
	local program=${tests[$1]%%: *}
	[ -f "$top/${file[$1]}" ] || die "$1: there is no file '${file[$1]}'"
	[[ ${tests[$1]} == *": "* ]] || die "$1: a test is 'PROGRAM: NAME', not '${tests[$1]}'"
	[ -e "$top/selftests/$program.sh" ] || [ -e "$top/userspace/tests/$program.c" ] ||
		die "$1: there is no test program $program"
}

# Only those that are asked for stay, each once
choose() { # NAME...
	local name
	[ $# -gt 0 ] || return 0
	for name; do
		[ -n "${file[$name]+set}" ] || die "there is no mutant $name"
	done
	mapfile -t names < <(printf '%s\n' "$@" | sort -u)
}

program_of() { # NAME
	echo "${tests[$1]%%: *}"
}

test_of() { # NAME
	echo "${tests[$1]#*: }"
}

is_vm() { # PROGRAM
	[ -e "$top/selftests/$1.sh" ]
}

# The file of a mutant as it is with the mistake
mutated() { # NAME TREE
	HUNKS=${hunks[$1]} awk -f "$top/scripts/lib/mutate.awk" "$2/${file[$1]}"
}

check_all() {
	local name bad=0
	for name in "${names[@]}"; do
		mutated "$name" "$top" > /dev/null || { echo "mutant $name does not apply"; bad=1; }
	done
	return "$bad"
}

# --- the copies --------------------------------------------------------------

# One for unit tests, one for the module and its VMs, so that both go on at once.
copy_tree() { # NAME
	rm -rf "${out:?}/$1"
	mkdir -p "$out/$1"
	tar -C "$top" --exclude=./build --exclude=./.git -cf - . | tar -C "$out/$1" -xf -
}

build() { # TREE TARGET...
	make -s -j2 -C "$@"
}

build_module() {
	build "$out/module" modules KVER="$kver"
}

# Programs of the tests, as they are made with sanitisers
build_units() { # PROGRAM...
	build "$out/unit/userspace" "${@/#/$out/unit/build/tests-san/}"
}

# with_mutant NAME TREE COMMAND...: runs it while the copy has the mistake. The file
# gets a new time when it is put right, for what was built of it is wrong.
with_mutant() {
	local name=$1 tree=$out/$2 path status=0
	path=$tree/${file[$name]}
	shift 2
	mutated "$name" "$tree" > "$path.mutant" || return 90
	cp "$path" "$path.right"
	cat "$path.mutant" > "$path"
	"$@" || status=$?
	cat "$path.right" > "$path"
	rm "$path.right" "$path.mutant"
	return "$status"
}

# --- unit tests --------------------------------------------------------------

# Once the TEST has its result, the rest of the program is of no interest.
run_unit() { # PROGRAM LOG [TEST]
	env CMOCKA_MESSAGE_OUTPUT=STDOUT UBSAN_OPTIONS=halt_on_error=1 \
		timeout "$UNIT_LIMIT" "$out/unit/build/tests-san/$1" < /dev/null 2>&1 |
		sed -u "/^\[ \( *OK\| FAILED \| ERROR  \| SKIPPED\) \] ${3:-nothing}\$/q" > "$2"
	echo "status ${PIPESTATUS[0]}" >> "$2"
}

unit_result() { # LOG TEST: passed, failed, skipped or nothing
	[ -e "$1" ] || return 0
	if grep -qxF "[  SKIPPED ] $2" "$1"; then
		echo skipped
	elif grep -qxF "[       OK ] $2" "$1"; then
		echo passed
	elif grep -qx "\[  \(FAILED\|ERROR \)  \] $2" "$1"; then
		echo failed
	# A sanitiser or an assertion ends the program, which has said what it was at.
	elif [ "$(grep -F '[ RUN ' "$1" | tail -n 1)" = "[ RUN      ] $2" ] &&
			! grep -qx 'status 124' "$1"; then
		echo failed
	fi
}

unit_control() {
	local program
	for program in "${units[@]}"; do
		echo "# $program"
		run_unit "$program" "$logs/control-$program.log"
	done
}

build_and_run_unit() { # PROGRAM LOG TEST
	build_units "$1" > "$2.build" 2>&1 || return 91
	run_unit "$@"
}

unit_mutant() { # NAME
	local program status=0
	program=$(program_of "$1")
	{
		flock 9
		with_mutant "$1" unit build_and_run_unit "$program" "$logs/$1.log" "$(test_of "$1")" || status=$?
	} 9> "$out/unit.lock"
	judge "$1" "$status" "$(unit_result "$logs/$1.log" "$(test_of "$1")")" \
		"$(unit_result "$logs/control-$program.log" "$(test_of "$1")")"
}

# --- selftests in the VM -----------------------------------------------------

# Runs selftests in the VM, as the file says. A warning of the kernel's ends it: the
# test that is run is the reason. A machine that is too busy may fail to boot, which
# is tried again.
boot() { # SECONDS MODULE FILE LOG
	local status try
	cd "$out/module" || return
	for try in 1 2 3; do
		status=0
		# shellcheck disable=SC2086 # words
		KPPTP_MODULE=$2 ${VM_QUEUE:-} selftests/vm/run -q -k "$kernel" -t "$1" -a panic_on_warn=1 \
			-- "$top/scripts/mutants.sh" --guest "$3" > "$4" 2>&1 || status=$?
		! grep -q '^# begins ' "$4" || break
		echo "# boot $try failed" >> "$4"
	done
	return "$status"
}

vm_result() { # LOG TEST: as unit_result
	local line
	[ -e "$1" ] || return 0
	line=$(WANT=$2 awk '{ line = $0 } sub(/^(not )?ok [0-9]+ - /, "") {
		sub(/ # .*/, "")
		if ($0 == ENVIRON["WANT"])
			said = line
	} END { print said }' "$1")
	case $line in
	*"# SKIP"*) echo skipped ;;
	"ok "*) echo passed ;;
	"not ok "*) echo failed ;;
	*)
		if grep -qx "# begins ${2%%: *}" "$1" && grep -q '^vm: the kernel panicked' "$1"; then
			echo failed
		fi
		;;
	esac
}

# One line for the guest: script, and the tests to run, separated by tabs
vm_line() { # NAME
	printf '%s\t%s%s\n' "$(program_of "$1")" "${extra[$1]//$'\n'/$'\t'}" "$(test_of "$1")"
}

# In the guest: the selftests, line by line of the file
guest() { # FILE
	local script words
	while IFS=$'\t' read -r script words; do
		KPPTP_TESTS=${words//$'\t'/$'\n'} "$out/module/selftests/run.sh" "$script"
	done < "$1"
}

vm_control() {
	local name
	for name in "${names[@]}"; do
		! is_vm "$(program_of "$name")" || vm_line "$name"
	done | sort -u > "$logs/control.tests"
	boot 1800 "$logs/control.ko" "$logs/control.tests" "$logs/control.log"
	echo "$?" > "$logs/control.status"
}

build_and_keep() { # NAME LOG
	build_module > "$2.build" 2>&1 || return 91
	cp "$out/module/build/modules/$kver/kpptp.ko" "$logs/$1.ko"
}

vm_mutant() { # NAME
	local name=$1 status=0 log=$logs/$1.log
	{
		flock 9
		with_mutant "$name" module build_and_keep "$name" "$log" || status=$?
	} 9> "$out/module.lock"
	if [ "$status" = 0 ]; then
		vm_line "$name" > "$logs/$name.tests"
		boot "$VM_LIMIT" "$logs/$name.ko" "$logs/$name.tests" "$log"
		rm "$logs/$name.ko"
	fi
	until [ -e "$logs/control.status" ]; do
		sleep 1
	done
	judge "$name" "$status" "$(vm_result "$log" "${tests[$name]}")" \
		"$(vm_result "$logs/control.log" "${tests[$name]}")"
}

# --- verdicts ----------------------------------------------------------------

judge() { # NAME STATUS RESULT RESULT-OF-THE-CONTROL
	case $2,$3,$4 in
	0,failed,passed) echo caught ;;
	0,passed,passed) echo SURVIVED ;;
	0,,passed) echo "no result" ;;
	0,skipped,skipped) echo skipped ;;
	90,*) echo "does not apply" ;;
	91,*) echo "does not build" ;;
	*) echo "fails without" ;;
	esac
}

# What a selftest said when it failed: whoever reads it sees whether that is because
# of the mistake.
reason() { # NAME
	is_vm "$(program_of "$1")" || return 0
	sed -n 's/^not ok [0-9]* - .* # / # /p' "$logs/$1.log" 2> /dev/null | head -n 1 | cut -c 1-90
}

# A job prints one line: its name, verdict and seconds, and what its test said
run_job() { # NAME
	local since=$SECONDS verdict
	printf '%s\t%s\t\n' "$1" begins
	if [ "$1" = - ]; then
		vm_control
		verdict=$([ "$(cat "$logs/control.status")" -lt 2 ] && echo ended || echo "no result")
	elif is_vm "$(program_of "$1")"; then
		verdict=$(vm_mutant "$1")
	else
		verdict=$(unit_mutant "$1")
	fi
	printf '%s\t%s\t%s\t%s\n' "$1" "$verdict" $((SECONDS - since)) "$([ "$1" = - ] || reason "$1")"
}

# Whichever lane is free takes the next job; a VM keeps one processor busy. The
# control is the first and longest.
lanes() {
	local name pid
	set -m
	trap 'for pid in $(jobs -p); do kill -- "-$pid"; done; exit 1' TERM
	for name in $jobs; do
		[ "$(jobs -pr | wc -l)" -lt 2 ] || wait -n
		run_job "$name" &
	done
	wait
}

order_jobs() {
	local name unit='' vm=''
	for name in "${names[@]}"; do
		if is_vm "$(program_of "$name")"; then vm+=" $name"; else unit+=" $name"; fi
	done
	echo "${vm:+-}$unit$vm"
}

row() { # MUTANT VERDICT TIME TEST
	printf '%-34s %-14s %6s  %s\n' "$@"
}

# What a job has told
take() { # NAME VERDICT SECONDS SAID
	if [ "$2" = begins ]; then
		now[$1]=1
		return
	fi
	unset "now[$1]"
	case $1,$2 in
	-,ended) return ;;
	-,*) row "(no mistake)" "$2" "$3 s" "see control.log"; failed=$((failed + 1)); return ;;
	*,caught) passed=$((passed + 1)) ;;
	# Some tests take root.
	*,skipped) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)); failures+=("$1: ${what[$1]}: $2") ;;
	esac
	row "$1" "$2" "$3 s" "${tests[$1]}${4:-}"
}

run_jobs() {
	local name verdict seconds said told=$SECONDS status
	exec 4< <(lanes)
	# shellcheck disable=SC2064 # the process there is now
	trap "kill $!; exit 1" INT TERM
	row mutant verdict time test
	while true; do
		status=0
		next_line 2 <&4 || status=$?
		[ "$status" = 0 ] || [ "$status" -gt 128 ] || break
		if [ "$status" = 0 ]; then
			IFS=$'\t' read -r name verdict seconds said <<< "$LINE"
			take "$name" "$verdict" "$seconds" "$said"
		fi
		if [ $((SECONDS - told)) -ge "$TELL_EVERY" ]; then
			echo "# $((SECONDS / 60)) min $((SECONDS % 60)) s: $((passed + failed + skipped)) of ${#names[@]} done; running: ${!now[*]}"
			told=$SECONDS
		fi
	done
	trap - INT TERM
}

finish() {
	[ "${#failures[@]}" = 0 ] || printf '# %s\n' "${failures[@]}"
	echo "# logs: $logs"
	[ "$skipped" = 0 ] || echo "# $skipped skipped, as their tests were"
	echo "# took $((SECONDS / 60)) min $((SECONDS % 60)) s"
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ] && [ $((passed + skipped)) = "${#names[@]}" ]
	exit
}

must() { # TEXT LOG COMMAND...
	with_progress "# $1" "$logs/$2" "${@:3}" && return
	tail -n 40 "$logs/$2" | sed 's/^/# /'
	echo "# nothing was tried: $1"
	echo "0 passed, ${#names[@]} failed"
	exit 1
}

prepare() {
	local name program
	rm -rf "$logs"
	mkdir -p "$logs"
	must "packages" packages.log "$top/scripts/deps.sh" check
	mapfile -t units < <(for name in "${names[@]}"; do
		program=$(program_of "$name")
		is_vm "$program" || echo "$program"
	done | sort -u)
	if [ "${#units[@]}" -gt 0 ]; then
		copy_tree unit
		must "build the unit tests" units.build build_units "${units[@]}"
		must "run them as they are" units.control unit_control
	fi
	[[ " $jobs" == *" -"* ]] || return 0
	kver=$("$top/selftests/vm/run" -p -k "$kernel") || die "there is no kernel $kernel"
	copy_tree module
	must "build the module for $kver" module.build build_module
	cp "$out/module/build/modules/$kver/kpptp.ko" "$logs/control.ko"
	must "build what tests it" helpers.build build "$out/module" userspace helpers
}

# --- main --------------------------------------------------------------------

# What "make" exports is said for this tree, not for the copies.
unset BUILD MAKEFLAGS MFLAGS MAKEOVERRIDES DESTDIR
if [ "${1:-}" = --guest ]; then
	guest "$2"
	exit
fi
action=run
case ${1:-} in
--list | --check) action=${1#--}; shift ;;
esac
for list in "$top"/selftests/mutants/*.list; do
	read_list "$list"
done
# shellcheck disable=SC2086 # words
choose "$@" ${MUTANTS:-}
for name in "${names[@]}"; do
	check_entry "$name"
done
case $action in
list) printf '%s\n' "${names[@]}"; exit ;;
check) check_all; exit ;;
esac
declare -A now
failures=()
units=()
kver=''
jobs=$(order_jobs)
prepare
run_jobs
finish
