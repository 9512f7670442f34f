#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deps.sh [--list] [build|demo|bench|bench-setup|check|debug|newest|all]: installs the
# Debian packages that a target of the Makefile needs, if some are missing, and says why.
# "build", which is the default, is what "make" and "make install" need on a host that
# runs kpptp.
# --list only prints the missing ones. Kernels for the VM are no packages of this
# machine: see selftests/vm/fetch-kernel.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/lib/progress.sh
. "$here/lib/progress.sh"

list=''
[ "${1:-}" != --list ] || { list=1; shift; }
target=${1:-build}

# The groups are reached by name, see missing_packages.
# shellcheck disable=SC2034
{
build=(gcc libc6-dev make pkg-config libnl-3-dev libnl-genl-3-dev libevent-dev libinih-dev libjson-c-dev
	libseccomp-dev libcap-ng-dev libsystemd-dev ppp ppp-dev kmod)
# libelf1 and the next: what building a module for the VM's kernel uses of the machine.
vm=(qemu-system-x86 busybox-static iproute2 iputils-ping procps xz-utils libelf1 libssl3 pahole)
demo=(iperf3 jq ethtool)
bench=(python3 linux-perf pptpd pptp-linux)
bench_setup=(python3 iproute2)
check=(git libcmocka-dev clang libclang-rt-dev sparse shellcheck python3 python3-yaml python3-jsonschema mandoc linux-source-6.12
	perl nftables tcpdump tshark xxd conntrack iptables pptpd pptp-linux mmdebstrap systemd)
debug=(linux-source-6.12 flex bison bc libelf-dev libssl-dev g++)
newest=(mmdebstrap)
}

say() {
	echo "deps: $*" >&2
}

die() {
	say "$*"
	exit 1
}

case $target in
build) groups=(build) ;;
demo) groups=(build vm demo) ;;
bench) groups=(build vm demo bench) ;;
bench-setup) groups=(build bench_setup) ;;
check) groups=(build vm demo check) ;;
debug) groups=(build vm demo check debug) ;;
newest) groups=(build vm demo check newest) ;;
all) groups=(build vm demo bench check debug newest) ;;
*) die "there is no target $target: build, demo, bench, bench-setup, check, debug, newest or all" ;;
esac
# The word to say to make for the same.
case $target in
build) deps='make deps' ;;
*) deps="make deps-$target" ;;
esac

installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2> /dev/null | grep -qx installed
}

# A host that runs kpptp needs it for the kernel that runs there; the VM's kernels
# bring their own headers.
missing_headers() {
	[ "$target" = build ] && [ ! -e "/lib/modules/$(uname -r)/build/Makefile" ] || return 0
	echo "linux-headers-$(uname -r)"
}

missing_packages() {
	local group name
	for group in "${groups[@]}"; do
		local -n members=$group
		for name in "${members[@]}"; do
			installed "$name" || echo "$name"
		done
	done | sort -u
}

# --- apt ---------------------------------------------------------------------

# Asks for the password once, before there is progress to write over the question.
become_root() {
	[ "$(id -u)" != 0 ] || return 0
	if command -v sudo > /dev/null; then
		# Without a terminal sudo can't ask.
		if [ -t 0 ]; then sudo -v && return; else sudo -n -v 2> /dev/null && return; fi
	fi
	die "these packages are missing, and only root may install them: ${packages[*]}; have \"$deps\" run as root, then say this again"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 \
		-o Dpkg::Use-Pty=0 "$@"
}

update_lists() {
	with_progress "deps: getting the package lists (apt-get update)" "$log" apt update >&2 ||
		{ tail -n 20 "$log" >&2; die "apt-get update failed"; }
}

# Debian's headers for the kernel that runs here, if Debian has them: a machine
# may run another kernel, and then KVER= says what to build for.
leave_out_unknown_headers() {
	local name known=()
	for name in "${packages[@]}"; do
		if [[ $name == linux-headers-* ]] && ! apt-cache show "$name" > /dev/null 2>&1; then
			say "Debian has no headers of the kernel that runs here ($name): the module needs KVER= or KDIR= to be built"
		else
			known+=("$name")
		fi
	done
	packages=("${known[@]}")
}

# How much is fetched, as apt computes it.
size_of() { # PACKAGE...
	apt-get -qq -y --no-install-recommends --print-uris install "$@" |
		awk '/^'\''/ { n += $3; packages++ } END { printf "%d packages, %d MB to fetch", packages, (n + 999999) / 1000000 }'
}

install_packages() {
	with_progress "deps: installing with apt ($(size_of "${packages[@]}"))" "$log" \
		apt --no-install-recommends install "${packages[@]}" >&2
}

# Debian starts a service as it is installed; nobody asked for a pptpd that
# listens. A policy file that is already there is somebody's: it stays.
hold_services() {
	[ ! -e /usr/sbin/policy-rc.d ] || return 0
	printf '#!/bin/sh\nexit 101\n' > "$work/policy-rc.d"
	as_root install -m 755 "$work/policy-rc.d" /usr/sbin/policy-rc.d
	held=1
}

# shellcheck disable=SC2317 # the trap calls it
cleanup() {
	trap - EXIT
	[ -z "$held" ] || as_root rm -f /usr/sbin/policy-rc.d
	rm -rf "$work"
}

read -r -d '' -a packages < <(missing_packages; missing_headers) || true
[ "${#packages[@]}" != 0 ] || exit 0
if [ -n "$list" ]; then
	printf '%s\n' "${packages[@]}"
	exit 1
fi
command -v apt-get > /dev/null || die "this is not Debian; missing: ${packages[*]}"

work=$(mktemp -d)
log=$work/log
held=''
trap cleanup EXIT
trap 'exit 130' INT TERM

become_root
if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print -quit)" ]; then
	update_lists
fi
leave_out_unknown_headers
[ "${#packages[@]}" != 0 ] || exit 0

say "installing, for \"$deps\": ${packages[*]}"
hold_services
start=$SECONDS
if ! install_packages; then
	# Old lists name versions that the mirror no longer has.
	update_lists
	install_packages || { tail -n 30 "$log" >&2; die "apt-get install failed"; }
fi
say "done in $((SECONDS - start)) s; \"apt-get remove\" takes them away again"
