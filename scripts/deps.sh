#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# deps.sh [--list] [build|demo|bench|check|debug|newest|all]: installs the Debian packages
# that a target of the Makefile needs, if some are missing, and says why.
# --list only prints the missing ones.
set -euo pipefail

list=''
[ "${1:-}" != --list ] || { list=1; shift; }
target=${1:-all}

# The groups are reached by name, see missing_packages.
# shellcheck disable=SC2034
{
build=(gcc libc6-dev make pkg-config libnl-3-dev libnl-genl-3-dev libevent-dev libinih-dev libjson-c-dev
	libseccomp-dev libcap-ng-dev ppp ppp-dev kmod)
vm=(qemu-system-x86 busybox-static iproute2 iputils-ping procps xz-utils)
demo=(iperf3 jq)
bench=(python3 ethtool linux-perf pptpd pptp-linux)
check=(libcmocka-dev clang sparse shellcheck python3 python3-yaml python3-jsonschema mandoc linux-source-6.12 perl nftables tcpdump tshark ethtool
	conntrack iptables pptpd pptp-linux)
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
check) groups=(build vm demo check) ;;
debug) groups=(build vm demo check debug) ;;
newest) groups=(build vm demo check newest) ;;
all) groups=(build vm demo bench check debug newest) ;;
*) die "there is no target $target: build, demo, bench, check, debug, newest or all" ;;
esac

installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2> /dev/null | grep -qx installed
}

# A kernel counts when its headers are there too, for each series the tests
# use: 6.1 is Debian 12's own, 6.12 the newest that Debian 12 offers.
has_headers() { # SERIES
	local dir
	for dir in /lib/modules/"$1".*/build/; do
		[ ! -e "$dir/Makefile" ] || return 0
	done
	return 1
}

has_image() { # SERIES
	local image
	for image in /boot/vmlinuz-"$1".*; do
		[ ! -e "/lib/modules/${image#/boot/vmlinuz-}/build/Makefile" ] || return 0
	done
	return 1
}

missing_kernels() {
	if [ "$target" = build ]; then
		has_headers 6.1 || has_headers 6.12 || echo headers-6.1
		return
	fi
	has_image 6.1 || echo headers-6.1 image-6.1
	has_image 6.12 || echo headers-6.12 image-6.12
}

# The package of a kernel: Debian's meta package for 6.1, else the newest.
kernel_package() { # headers-6.1, image-6.12, ...
	local kind=${1%%-*} series=${1#*-} name
	if [ "$series" = 6.1 ]; then
		echo "linux-$kind-amd64"
		return
	fi
	name=$(apt-cache search --names-only "^linux-$kind-${series//./\\.}\..*\+deb12-amd64\$" |
		awk '{ print $1 }' | sort -V | tail -n 1)
	[ -n "$name" ] || die "no package linux-$kind-$series.*+deb12-amd64: is this Debian 12 with its updates enabled?"
	echo "$name"
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

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo > /dev/null; then
		sudo "$@"
	else
		die "installing packages takes root: run \"make deps\" as root, or install sudo"
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 \
		-o Dpkg::Use-Pty=0 "$@" > "$log" 2>&1
}

update_lists() {
	say "getting the package lists (apt-get update)"
	apt update || { tail -n 20 "$log" >&2; die "apt-get update failed"; }
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

read -r -d '' -a kernels < <(missing_kernels) || true
read -r -d '' -a packages < <(missing_packages) || true
[ "${#kernels[@]}" != 0 ] || [ "${#packages[@]}" != 0 ] || exit 0
if [ -n "$list" ]; then
	printf '%s\n' "${packages[@]}" "${kernels[@]/#/linux-}"
	exit 1
fi
command -v apt-get > /dev/null || die "this is not Debian; missing: ${packages[*]} ${kernels[*]}"

work=$(mktemp -d)
log=$work/log
held=''
trap cleanup EXIT
trap 'exit 130' INT TERM

if [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -print -quit)" ]; then
	update_lists
fi
for kernel in "${kernels[@]}"; do
	packages+=("$(kernel_package "$kernel")")
done

say "installing with apt, for \"make $target\": ${packages[*]}"
say "(libraries and pppd to build with; kernels, QEMU and tools for the VM in which tests and demo run)"
hold_services
start=$SECONDS
if ! apt install --no-install-recommends "${packages[@]}"; then
	# Old lists name versions that the mirror no longer has.
	update_lists
	apt install --no-install-recommends "${packages[@]}" ||
		{ tail -n 30 "$log" >&2; die "apt-get install failed"; }
fi
say "done in $((SECONDS - start)) s"
