#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is built and installed by "make": with a distribution's flags, again when
# paths change, into DESTDIR, over an older configuration, and away again. A
# stand-in for kbuild installs the module; build_ways.sh asks the real one.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
kver=9.9.9-test
prefix=/opt/a/directory/of/its/own/that/has/a/long/name
# shellcheck source=userspace/tests/tap.sh
. "$top/userspace/tests/tap.sh"

clean_environment
dir=$(mktemp -d)
dest=$dir/dest
trap 'rm -rf "$dir"' EXIT

# The tree with what is built there already, so that little is built twice.
copy_tree()
{
	mkdir -p "$dir/tree/build" &&
		cp -a "$top"/{Makefile,VERSION,COPYING,Kbuild,include,kernel,userspace,packaging,scripts,Documentation,selftests} \
			"$dir/tree/" &&
		mkdir -p "$dir/kdir/include/generated" "$dir/kdir/include/config" &&
		touch "$dir/kdir/include/config/auto.conf" &&
		echo "#define UTS_RELEASE \"$kver\"" >"$dir/kdir/include/generated/utsrelease.h" &&
		printf '%s\n' 'modules: ; touch $(M)/kpptp.ko' \
			'modules_install: ; install -D -m 644 $(M)/kpptp.ko \
			$(INSTALL_MOD_PATH)/lib/modules/$(KERNELRELEASE)/$(INSTALL_MOD_DIR)/kpptp.ko.xz' >"$dir/kdir/Makefile"
}

build()
{
	nice make -s -C "$dir/tree" -j2 KDIR="$dir/kdir" "$@"
}

# silent COMMAND...: succeeds, and has nothing to say on standard error
silent()
{
	"$@" 2>"$dir/complaints" || { cat "$dir/complaints"; return 1; }
	! grep . "$dir/complaints"
}

# says TEXT COMMAND...: fails, and says TEXT on standard error
says()
{
	local text=$1

	shift
	! "$@" 2>"$dir/complaints" || { echo "it succeeds"; return 1; }
	grep -F -- "$text" "$dir/complaints" >/dev/null || { cat "$dir/complaints"; return 1; }
}

every_file_is_there()
{
	(cd "$dest" && find . -type f -printf '%m %p\n' | sort -k 2) >"$dir/found"
	diff - "$dir/found" <<-END
		600 ./etc/kpptp/kpptpd.conf
		644 ./lib/modules/$kver/extra/kpptp.ko.xz
		644 ./usr/lib/modprobe.d/kpptp.conf
		644 ./usr/lib/pppd/9/kpptp.so
		644 ./usr/lib/systemd/system/kpptpd.service
		644 ./usr/lib/sysusers.d/kpptp.conf
		644 ./usr/lib/tmpfiles.d/kpptp.conf
		755 ./usr/local/lib/kpptp/kpptp-dns
		755 ./usr/local/sbin/kpptp
		755 ./usr/local/sbin/kpptpd
		644 ./usr/local/share/bash-completion/completions/kpptp
		644 ./usr/local/share/doc/kpptp/kpptpd.conf.example
		644 ./usr/local/share/man/man5/kpptpd.conf.5
		644 ./usr/local/share/man/man8/kpptp.8
		644 ./usr/local/share/man/man8/kpptpd.8
	END
}

nothing_is_left_to_fill_in()
{
	! grep -rnE '@[A-Z]+@' "$dest/usr/lib" &&
		grep -qF 'ExecStart=/usr/local/sbin/kpptpd ' "$dest/usr/lib/systemd/system/kpptpd.service"
}

configuration_stays()
{
	echo '# mine' >"$dest/etc/kpptp/kpptpd.conf" && silent build install DESTDIR="$dest" PLUGINDIR=/usr/lib/pppd/9 &&
		[ "$(cat "$dest/etc/kpptp/kpptpd.conf")" = '# mine' ]
}

# leaves FILE...: what there is below DESTDIR
leaves()
{
	find "$dest" -mindepth 1 ! -type d -printf '%P\n' >"$dir/found"
	printf '%s\n' "$@" | diff - "$dir/found" && [ -z "$(find "$dest" -mindepth 1 -type d -empty)" ]
}

uninstall_keeps_the_configuration()
{
	build uninstall DESTDIR="$dest" PLUGINDIR=/usr/lib/pppd/9 2>"$dir/complaints" &&
		grep -F 'PURGE=1' "$dir/complaints" && leaves etc/kpptp/kpptpd.conf
}

purge_leaves_nothing()
{
	silent build uninstall DESTDIR="$dest" PLUGINDIR=/usr/lib/pppd/9 PURGE=1 &&
		{ [ ! -d "$dest" ] || [ -z "$(ls -A "$dest")" ]; }
}

# Everywhere but in DESTDIR, which goes before: as distributions split packages.
module_path_is_honoured()
{
	rm -rf "$dest"
	silent build install-modules INSTALL_MOD_PATH="$dest/image" INSTALL_MOD_DIR=updates &&
		[ -e "$dest/image/lib/modules/$kver/updates/kpptp.ko.xz" ] &&
		silent build install-modules DESTDIR="$dest" INSTALL_MOD_PATH=/usr &&
		[ -e "$dest/usr/lib/modules/$kver/extra/kpptp.ko.xz" ] &&
		silent build uninstall INSTALL_MOD_PATH="$dest/image" INSTALL_MOD_DIR=updates DESTDIR=/ \
			SYSCONFDIR="$dest" PREFIX="$dest" PLUGINDIR="$dest" UNITDIR="$dest" SYSUSERSDIR="$dest" \
			TMPFILESDIR="$dest" MODPROBEDIR="$dest" SRCDIR="$dest" &&
		silent build uninstall DESTDIR="$dest" INSTALL_MOD_PATH=/usr && [ ! -e "$dest/usr" ] && [ ! -e "$dest/image" ]
}

# rebuilds COMMAND...: the daemon is another file afterwards; keeps: it is not
rebuilds()
{
	touch "$dir/before"
	"$@" && [ "$dir/tree/build/bin/kpptpd" -nt "$dir/before" ]
}

keeps()
{
	touch "$dir/before"
	"$@" && ! [ "$dir/tree/build/bin/kpptpd" -nt "$dir/before" ]
}

# The program is asked, for how a compiler keeps a string is its own affair.
paths_change()
{
	local kpptpd=$dir/tree/build/bin/kpptpd

	build install-userspace DESTDIR="$dest" PREFIX="$prefix" SYSCONFDIR="$prefix/etc" || return
	printf '[server]\nenabled = no\n' >"$dir/paths.conf"
	"$kpptpd" --help | grep -F "$prefix/etc/kpptp/kpptpd.conf" &&
		"$kpptpd" --check --config "$dir/paths.conf" 2>&1 | grep -F "dns-hook = $prefix/lib/kpptp/kpptp-dns:"
}

# What rpm's macros do: flags are said to "make" only.
install_keeps_flags()
{
	grep -F 'CFLAGS ?= -O2 -g0' "$dir/tree/build/flags.mk" &&
		keeps build install-userspace DESTDIR="$dest" PREFIX="$prefix" SYSCONFDIR="$prefix/etc"
}

sources_for_dkms()
{
	local to

	to=$dest/usr/src/kpptp-$(cat "$top/VERSION")
	rm -rf "$dest"
	silent build dkms-install DESTDIR="$dest" && [ -e "$to/Kbuild" ] && [ -e "$to/kernel/compat/Kbuild.probe" ] &&
		[ -e "$to/include/uapi/linux/kpptp.h" ] && grep -qF "PACKAGE_VERSION=\"$(cat "$top/VERSION")\"" "$to/dkms.conf" &&
		silent build uninstall DESTDIR="$dest" PURGE=1 && [ ! -e "$dest/usr" ]
}

version_is_one()
{
	[ "$("$dir/tree/build/bin/kpptpd" --version)" = "kpptpd $(cat "$top/VERSION")" ] &&
		[ "$("$dir/tree/build/bin/kpptp" --version)" = "kpptp $(cat "$top/VERSION")" ]
}

# The sandbox of the unit: systemd's own judgement, 0 (best) to 10.
# The unit explains each point that it has above 3.0.
unit_is_confined()
{
	sed -e 's|@SBINDIR@/kpptpd|/bin/true|; s|@SBINDIR@/kpptp|/bin/true|; s|@LIBEXECDIR@/kpptp/kpptp-dns|/bin/true|' \
		-e 's|@SYSCONFDIR@|/etc|' "$top/packaging/kpptpd.service.in" >"$dir/kpptpd.service"
	systemd-analyze verify --man=no "$dir/kpptpd.service" || return 1
	systemd-analyze security --offline=true --threshold=32 "$dir/kpptpd.service" >"$dir/score" 2>&1 && return
	tail -n 1 "$dir/score"
	return 1
}

check "a copy of the tree" copy_tree
check "make install in a tree that is not built says what to do" \
	says 'Run "make" first: no module is built for kernel 9.9.9-test' build install DESTDIR="$dest"
check "without headers of the running kernel make says what to install" \
	says "install linux-headers-$(uname -r)" make -s -C "$dir/tree" modules KVER="$(uname -r)" KDIR="$dir/none"
check "without headers of another kernel it says so" \
	says 'There are no headers of kernel 5.5.5' make -s -C "$dir/tree" modules KVER=5.5.5
check "without a kernel in KDIR it says so" \
	says "There is no built kernel, nor headers of one, in KDIR=$dir/none" make -s -C "$dir/tree" modules KDIR="$dir/none"
check "a distribution's flags build without a warning" \
	silent build CFLAGS='-O2 -g -Wp,-D_FORTIFY_SOURCE=3 -flto=auto' CPPFLAGS='-Wdate-time' LDFLAGS='-Wl,-z,relro -flto=auto'
check "the version is in one place" version_is_one
check "make install puts every file in its place" silent build install DESTDIR="$dest" PLUGINDIR=/usr/lib/pppd/9
check "these files, with these modes" every_file_is_there
check "the unit has the paths" nothing_is_left_to_fill_in
check "a configuration that is there stays as it is" configuration_stays
check "make uninstall leaves the configuration only" uninstall_keeps_the_configuration
check "PURGE=1 leaves nothing" purge_leaves_nothing
check "a build without optimisation has no warning" \
	silent build "$dir/tree/build/obj/lib/nl.o" -f userspace/Makefile CFLAGS=-O0
check "FORTIFY_SOURCE in CPPFLAGS builds without a warning" \
	silent build userspace CPPFLAGS=-D_FORTIFY_SOURCE=3 CFLAGS="-O2 -g0"
check "INSTALL_MOD_PATH and INSTALL_MOD_DIR are honoured" module_path_is_honoured
check "other paths build again what has them compiled in" rebuilds paths_change
check "make install with the same paths builds nothing again" install_keeps_flags
check "make dkms-install puts the sources in place" sources_for_dkms
if command -v systemd-analyze >/dev/null; then
	check "systemd finds the unit confined" unit_is_confined
else
	skip "systemd finds the unit confined" "systemd-analyze is not installed"
fi
finish
