#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bench.sh: measures kpptp against what it competes with, in a VM, see --help.
set -u -o pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
report=scripts/lib/bench-report.py
saved=Documentation/bench
page=Documentation/performance.md
all_paths="bare gre kpptp kpptp-plain intree l2tp userspace kpptp-mppe intree-mppe"
all_workloads="tcp tcp-reverse tcp-4 tcp-tso udp rr forward-tcp forward-tcp-reverse forward-udp forward-udp-gro
	jitter loss tcp-4-rps scale
	calls-1 calls-100 calls-1000 calls-10000 call-rates"

usage() {
	cat <<-END
	Usage: scripts/bench.sh [--save] | --profile PATH [WORKLOAD]
	       make bench | make bench-doc

	Boots a VM for each kernel and mode, sends the same traffic through kpptp, in-tree
	pptp, plain GRE and others, and writes build/bench/KERNEL-MODE.md (a table, printed
	too), .json (every run) and .svg (a chart). Nothing on this machine changes.

	  --save            also copies all three to $saved/ and the tables to
	                    $page
	  --profile PATH [WORKLOAD]
	                    no figures, but which functions of the kernel the CPU is in
	                    during WORKLOAD (default tcp), as perf samples them; also
	                    in build/bench/profile-PATH-WORKLOAD.txt, with callers in
	                    profile-PATH-WORKLOAD-callers.txt
	  -h, --help        this

	Variables, also for make (make bench KERNEL=6.1 QUICK=1); KERNEL, MODE, PATHS and
	WORKLOADS are lists of words:

	  KERNEL=6.12       kernels as selftests/vm/run -k knows them
	  MODE=icount       icount: one CPU, time is a count of instructions, which makes
	                    figures that repeat, on any machine, however busy
	                    smp: two CPUs and real time, which need an idle machine
	  RUNS=3            how often each is measured; the median counts
	  QUICK=1           only TCP, UDP and forwarding, on fewer paths: under 3 minutes
	  PATHS=...         $(fold_list "$all_paths")
	  WORKLOADS=...     $(fold_list "$all_workloads")
	END
}

# Words in lines that fit below one another in usage.
fold_list() {
	# shellcheck disable=SC2086
	echo $1 | fold -s -w 62 | sed '2,$s/^/                    /'
}

say() {
	printf '\n== %s\n' "$*"
}

die() {
	echo "bench: $*" >&2
	exit 1
}

quietly() { # COMMAND...
	"$@" > build/bench/build.log 2>&1 < /dev/null && return
	tail -n 40 build/bench/build.log
	die "\"$*\" failed; all it said is in build/bench/build.log"
}

# known WHAT LIST WORD...: dies of a word that is not in the list
known() {
	local what=$1 list=$2 word
	shift 2
	for word; do
		[[ " ${list//[[:space:]]/ } " == *" $word "* ]] ||
			die "there is no $what \"$word\"; there are: $(echo $list)"
	done
}

# --- a run -------------------------------------------------------------------

# What differs between modes: options of the VM, times, a sentence.
mode_settings() { # MODE
	case $1 in
	icount)
		vm=(-i)
		times="TCP_MS=250 TCP_WARM_MS=150 JITTER_MS=1500 LOSS_MS=15000 NETEM_WARM_MS=1000 PACKETS=20000 ROUND_TRIPS=2000"
		about="One emulated CPU does the work of all hosts; a second is 1,000,000,000 instructions."
		;;
	smp)
		vm=(-c 2)
		times="TCP_MS=2000 TCP_WARM_MS=500 JITTER_MS=3000 LOSS_MS=6000 NETEM_WARM_MS=2000 PACKETS=40000 ROUND_TRIPS=4000"
		about="Two emulated CPUs do the work of all hosts, in real time."
		;;
	*) die "there is no mode \"$1\": icount or smp" ;;
	esac
	about+=" The underlay does no segmentation, like a network card that can't do it for PPTP, but where said."
}

build() { # KVER
	say "Building the module for Linux $1, userspace and helpers"
	quietly make -j"$(nproc)" modules userspace helpers KVER="$1"
}

in_vm() { # KVER OUTPUT-DIRECTORY
	rm -rf "$2"
	# two CPUs that run at the same time, in mode smp
	VM_THREADS=multi selftests/vm/run -q "${vm[@]}" -k "$1" -t 3000 -o "$2" -- scripts/bench-guest.sh
}

export_settings() {
	export KPPTP_BENCH_PATHS="${paths[*]}" KPPTP_BENCH_WORKLOADS="${workloads[*]}"
	export KPPTP_BENCH_RUNS=$runs KPPTP_BENCH_TIMES=$times
}

write_report() { # KVER MODE RAW-DIRECTORY NAME
	local out=build/bench/$4
	jq -n --arg kernel "$1" --arg mode "$2" --arg about "$about" --arg command "$command" \
		--arg date "$(date -u +%Y-%m-%d)" --arg revision "$(git describe --always --dirty 2> /dev/null)" \
		--arg times "$times" --argjson runs "$runs" '$ARGS.named' > "$3/meta.json" &&
		$report json "$3/meta.json" "$3/runs.jsonl" > "$out.json" &&
		$report table "$out.json" > "$out.md" && $report svg "$out.json" > "$out.svg"
}

bench() { # KERNEL MODE
	local kver name start=$SECONDS status
	kver=$(selftests/vm/run -p -k "$1") || exit 1
	name=$1-$2
	mode_settings "$2"
	build "$kver"
	export_settings
	say "Measuring on Linux $kver, mode $2: ${#paths[@]} paths, ${#workloads[@]} workloads, $runs runs each"
	in_vm "$kver" "build/bench/raw-$name"
	status=$?
	[ -s "build/bench/raw-$name/runs.jsonl" ] || die "nothing was measured, the VM ended with status $status"
	[ "$status" = 0 ] || echo "bench: the VM ended with status $status; what was measured until then follows" >&2
	write_report "$kver" "$2" "build/bench/raw-$name" "$name" || die "no report"
	echo
	cat "build/bench/$name.md"
	say "That took $((SECONDS - start)) s; build/bench/$name.md, .json, .svg have it all"
	results+=("$name")
	return "$status"
}

# --- the rest ----------------------------------------------------------------

# Results go to the documentation, and the page shows what is there.
save() {
	local name
	mkdir -p "$saved"
	for name in "${results[@]}"; do
		cp "build/bench/$name".{json,md,svg} "$saved/" || return
		sed -i '1i <!-- SPDX-License-Identifier: GPL-2.0-or-later -->' "$saved/$name.md"
	done
	for name in "$saved"/*.md; do
		name=$(basename "$name" .md)
		printf '\n### %s\n\n![bars, longest is best](bench/%s.svg)\n\n' "$name" "$name"
		printf '[Every run as JSON](bench/%s.json)\n\n' "$name"
		sed 1d "$saved/$name.md"
	done > build/bench/results
	sed -i -e '/<!-- results -->/,/<!-- end of results -->/{//!d}' \
		-e '/<!-- results -->/r build/bench/results' "$page" &&
		say "Saved to $saved; $page shows it"
}

profile() { # PATH WORKLOAD
	local kver name=profile-$1-$2 raw=build/bench/raw-profile
	known path "$all_paths" "$1"
	known workload "$all_workloads" "$2"
	kver=$(selftests/vm/run -p -k "${kernels[0]}") || exit 1
	mode_settings "${modes[0]}"
	# A profile wants samples.
	times="TCP_MS=2000 TCP_WARM_MS=200 JITTER_MS=4000 LOSS_MS=15000 NETEM_WARM_MS=1000 PACKETS=100000 ROUND_TRIPS=20000"
	paths=("$1")
	workloads=("$2")
	build "$kver"
	export_settings
	say "Profile of $2 on $1, Linux $kver, mode ${modes[0]}"
	KPPTP_BENCH_PROFILE=$1 in_vm "$kver" "$raw" || die "no profile"
	mv "$raw/profile" "build/bench/$name.txt" && mv "$raw/profile-callers" "build/bench/$name-callers.txt"
	say "All of it is in build/bench/$name.txt, callers in build/bench/$name-callers.txt"
}

read -r -a kernels <<< "${KERNEL:-6.12}"
read -r -a modes <<< "${MODE:-icount}"
runs=${RUNS:-3}
quick_paths="bare gre kpptp kpptp-plain intree kpptp-mppe intree-mppe"
quick_workloads="tcp tcp-reverse udp forward-tcp forward-udp forward-udp-gro"
if [ "${QUICK:-}" = 1 ]; then
	: "${PATHS:=$quick_paths}" "${WORKLOADS:=$quick_workloads}"
fi
read -r -d '' -a paths <<< "${PATHS:-$all_paths}"
read -r -d '' -a workloads <<< "${WORKLOADS:-$all_workloads}"
results=()
status=0
command="make bench"
for name in KERNEL MODE RUNS QUICK PATHS WORKLOADS; do
	case $name in
	PATHS | WORKLOADS) [ -z "${QUICK:-}" ] || continue ;;
	esac
	[ -z "${!name:-}" ] || command+=" $name=$(printf %q "${!name}")"
done

case ${1:-} in
'' | --save) ;;
--profile) [ $# = 2 ] || [ $# = 3 ] || die "--profile takes a path and perhaps a workload, see --help" ;;
-h | --help) usage; exit ;;
*) usage >&2; exit 2 ;;
esac
[[ $runs =~ ^[1-9][0-9]?$ ]] || die "RUNS is \"$runs\", should be a number from 1 to 99"
known path "$all_paths" "${paths[@]}"
known workload "$all_workloads" "${workloads[@]}"
mkdir -p build/bench
scripts/deps.sh bench || exit 1
if [ "${1:-}" = --profile ]; then
	profile "$2" "${3:-tcp}"
	exit
fi
for kernel in "${kernels[@]}"; do
	for mode in "${modes[@]}"; do
		bench "$kernel" "$mode" || status=1
	done
done
[ "${1:-}" != --save ] || save || status=1
exit "$status"
