#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# netlink-regen.sh [--check]: makes the netlink header and policies anew from
# Documentation/netlink/specs/kpptp.yaml with the kernel's own generator, taken
# from Debian's linux-source package. --check only compares them.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
spec=$top/Documentation/netlink/specs/kpptp.yaml
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kpptp/ynl

tarball() {
	ls /usr/src/linux-source-6.*.tar.xz 2>/dev/null | sort -V | tail -n 1
}

unpack() {
	local tar name
	tar=$(tarball)
	[ -n "$tar" ] || { echo "netlink-regen: install the package linux-source-6.12" >&2; exit 1; }
	name=$(basename "$tar" .tar.xz)
	[ -e "$cache/$name/MAINTAINERS" ] || {
		mkdir -p "$cache"
		tar -C "$cache" -xf "$tar" "$name/tools/net/ynl" "$name/Documentation/netlink" "$name/MAINTAINERS"
	}
	ynl=$cache/$name
}

generate() { # MODE KIND OUT
	# The generator looks for the root of a kernel tree by its MAINTAINERS.
	timeout 60 /usr/bin/python3 "$ynl/tools/net/ynl/ynl-gen-c.py" --mode "$1" "--$2" \
		--spec "$ynl/Documentation/netlink/specs/kpptp.yaml" -o "$3"
}

unpack
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cp "$spec" "$ynl/Documentation/netlink/specs/kpptp.yaml"
generate uapi header "$out/kpptp.h"
generate kernel header "$out/netlink_gen.h"
generate kernel source "$out/netlink_gen.c"

status=0
place() { # FILE TARGET
	cmp -s "$out/$1" "$top/$2" && return
	if [ "${check:-}" ]; then
		echo "netlink-regen: $2 is not what the spec says: run scripts/netlink-regen.sh" >&2
		diff -u "$top/$2" "$out/$1" >&2 || true
		status=1
	else
		cp "$out/$1" "$top/$2"
		echo "netlink-regen: wrote $2"
	fi
}
[ "${1:-}" != --check ] || check=1
place kpptp.h include/uapi/linux/kpptp.h
place netlink_gen.h kernel/netlink_gen.h
place netlink_gen.c kernel/netlink_gen.c
exit $status
