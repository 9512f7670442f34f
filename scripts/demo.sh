#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# demo.sh: builds kpptp, boots a VM and shows it there: a server, a client, a
# call between them, and how fast packets go through. On this machine packages
# that are missing are installed, and a kernel for the VM is put in the cache.
set -u -o pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
# shellcheck source=scripts/lib/progress.sh
. scripts/lib/progress.sh
kernel=${KERNEL:-6.12}
log=$top/build/demo.log

say() {
	printf '\n== %s\n' "$*"
}

quietly() { # TEXT COMMAND...
	local text=$1
	shift
	with_progress "   $text" "$log" "$@" && return
	tail -n 40 "$log"
	echo "demo: \"$*\" failed; all it said is in build/demo.log" >&2
	exit 1
}

start=$SECONDS
mkdir -p build
scripts/deps.sh demo || exit 1
kver=$(selftests/vm/run -p -k "$kernel") || exit 1
say "Building the module for Linux $kver, and userspace"
quietly building make -j"$(nproc)" modules userspace KVER="$kver"
say "Booting Linux $kver in a VM (emulated, one CPU, time is a count of instructions)"
selftests/vm/run -q -i -k "$kver" -t 900 -- scripts/demo-guest.sh 2>&1 | heartbeat "    (working)"
status=${PIPESTATUS[0]}
if [ "$status" != 0 ]; then
	echo "demo: ended with status $status" >&2
	exit "$status"
fi
say "That took $((SECONDS - start)) s. \"make check\" runs the tests, \"make help\" lists the rest."
