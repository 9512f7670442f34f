#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The module built by kbuild at the root of the tree, as DKMS and distributions
# do, and by "make"; what modinfo says of it; and what modprobe makes of it
# beside the kernel's own driver.
#
# KDIR names a kernel's headers; without it those of an installed kernel are
# taken, or of one that selftests/vm/fetch-kernel has got.

set -u
PATH=$PATH:/usr/sbin:/sbin

top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=userspace/tests/tap.sh
. "$top/userspace/tests/tap.sh"

clean_environment KDIR
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

headers()
{
	local file

	for file in /lib/modules/*/build/Makefile; do
		[ ! -e "$file" ] || { dirname "$file"; return; }
	done
	"$top/selftests/vm/fetch-kernel" --kdir 6.12 2>/dev/null || "$top/selftests/vm/fetch-kernel" --kdir 6.1 2>/dev/null
}

kdir=${KDIR:-$(headers)}
unset KDIR
if [ -z "$kdir" ]; then
	for name in "kbuild at the root of the tree" "make" "what modinfo says" "what modprobe does"; do
		skip "$name" "no kernel headers here: KDIR= names some"
	done
	finish
fi
kver=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$kdir/include/generated/utsrelease.h")

copy_tree()
{
	mkdir "$dir/tree" && cp -a "$top"/{Makefile,Kbuild,VERSION,include,kernel,scripts,packaging,selftests} "$dir/tree/"
}

kbuild_at_the_root()
{
	nice make -s -C "$kdir" M="$dir/tree" -j2 modules && [ -e "$dir/tree/kernel/kpptp.ko" ]
}

kbuild_leaves_nothing()
{
	nice make -s -C "$kdir" M="$dir/tree" clean || return 1
	! (cd "$dir/tree" && find kernel -name '*.o' -o -name '*.ko' -o -name '*.cmd') | grep .
}

make_builds_it()
{
	nice make -s -C "$dir/tree" -j2 modules KDIR="$kdir" && [ -e "$dir/tree/build/modules/$kver/kpptp.ko" ]
}

make_installs_it()
{
	nice make -s -C "$dir/tree" install-modules KDIR="$kdir" DESTDIR="$dir/system" 2>"$dir/complaints"
	! grep . "$dir/complaints" || return 1
	find "$dir/system" -type f >"$dir/found"
	cat "$dir/found"
	[ "$(wc -l <"$dir/found")" = 1 ] && grep -q "/lib/modules/$kver/extra/kpptp\.ko" "$dir/found"
}

# Debugging information makes 6 MB of it.
is_stripped()
{
	[ "$(stat -c %s "$module")" -lt 1000000 ]
}

modinfo_says() # FIELD VALUE
{
	modinfo -F "$1" "$module" | grep -qxF -- "$2" || { modinfo "$module"; return 1; }
}

modinfo_says_all()
{
	modinfo_says alias net-pf-24-proto-2 && modinfo_says alias net-pf-16-proto-16-family-kpptp &&
		modinfo_says version "$(cat "$top/VERSION")" && modinfo -F author "$module" | grep . &&
		modinfo -F description "$module" | grep .
}

# A system with both drivers. The kernel's own is another name for ours, with the
# same alias: nothing is loaded here.
both_drivers()
{
	local modules=$dir/system/lib/modules/$kver

	mkdir -p "$modules/kernel" "$dir/modprobe.d" && cp "$module" "$modules/kernel/pptp.${module#*/kpptp.}" &&
		touch "$modules"/modules.{order,builtin} && depmod -b "$dir/system" "$kver" &&
		cp "$top/packaging/modprobe.conf" "$dir/modprobe.d/kpptp.conf"
}

# loads FILE WORD...: what modprobe would do is FILE, or a command, and nothing else
loads()
{
	local expected=$1

	shift
	modprobe -n -v -d "$dir/system" -S "$kver" -C "$dir/modprobe.d" "$@" >"$dir/found" 2>&1
	sed -i "s|$dir/system/lib/modules/$kver/||; s|\.ko.*|.ko|; s/ *$//" "$dir/found"
	echo "$expected" | diff - "$dir/found"
}

check "a copy of the tree" copy_tree
check "kbuild builds the module at the root of the tree" kbuild_at_the_root
check "and cleans up after itself" kbuild_leaves_nothing
check "make builds the module for KDIR" make_builds_it
check "make install puts it where modprobe looks, and nothing else, and does not complain" make_installs_it
module=$(echo "$dir/system/lib/modules/$kver/extra"/kpptp.ko*)
check "without its debugging information" is_stripped
check "modinfo knows its aliases, its version, and who made it" modinfo_says_all
check "a system that has the kernel's own driver as well" both_drivers
check "who opens a PPTP socket gets kpptp" loads "insmod extra/kpptp.ko" net-pf-24-proto-2
check "who asks for the netlink family gets it" loads "insmod extra/kpptp.ko" net-pf-16-proto-16-family-kpptp
check "who asks for pptp by name gets it" loads "install /sbin/modprobe kpptp" pptp
check "who insists gets the kernel's own" loads "insmod kernel/pptp.ko" --ignore-install pptp
finish
