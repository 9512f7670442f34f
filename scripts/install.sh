#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh userspace|module KVER|dkms|uninstall: what "make install" and its like
# do, but that it is kbuild that installs the module; "module" is what comes after.
# The Makefile says where, in variables named as its own; DESTDIR stands before
# every path.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
version=$(cat VERSION)
root=${DESTDIR:-}
config=$SYSCONFDIR/kpptp/kpptpd.conf
made=()
# Which directories "make install" found missing on this system; for "make uninstall".
made_list=$LIBEXECDIR/kpptp/made-directories

# MODE SOURCE DESTINATION; a source named *.in is filled in.
files() {
	cat <<-END
		755 $BUILD/bin/kpptpd $SBINDIR/kpptpd
		755 $BUILD/bin/kpptp $SBINDIR/kpptp
		644 $BUILD/lib/kpptp.so $PLUGINDIR/kpptp.so
		755 packaging/kpptp-dns $LIBEXECDIR/kpptp/kpptp-dns
		644 packaging/kpptpd.conf.example $DOCDIR/kpptpd.conf.example
		644 Documentation/man/kpptpd.8 $MANDIR/man8/kpptpd.8
		644 Documentation/man/kpptp.8 $MANDIR/man8/kpptp.8
		644 Documentation/man/kpptpd.conf.5 $MANDIR/man5/kpptpd.conf.5
		644 userspace/kpptp/kpptp.bash $COMPLETIONDIR/kpptp
		644 packaging/kpptpd.service.in $UNITDIR/kpptpd.service
		644 packaging/sysusers.conf $SYSUSERSDIR/kpptp.conf
		644 packaging/tmpfiles.conf $TMPFILESDIR/kpptp.conf
		644 packaging/modprobe.conf $MODPROBEDIR/kpptp.conf
	END
}

say() {
	echo "install: $*" >&2
}

have() {
	command -v "$1" > /dev/null
}

systemd_runs() {
	[ -z "$root" ] && [ -d /run/systemd/system ]
}

fill_in() { # FILE
	sed -e "s|@SBINDIR@|$SBINDIR|g" -e "s|@SYSCONFDIR@|$SYSCONFDIR|g" -e "s|@LIBEXECDIR@|$LIBEXECDIR|g" \
		-e "s|@VERSION@|$version|g" "$1"
}

make_directory() { # DIRECTORY
	local dir=$1 missing=()
	while [ ! -d "$dir" ]; do
		missing=("$dir" "${missing[@]}")
		dir=$(dirname "$dir")
	done
	for dir in "${missing[@]}"; do
		mkdir -m 755 "$dir"
		made+=("$dir")
	done
}

put() { # MODE SOURCE DESTINATION
	make_directory "$(dirname "$root$3")"
	case $2 in
	*.in) fill_in "$2" | install -m "$1" /dev/stdin "$root$3" ;;
	*) install -m "$1" "$2" "$root$3" ;;
	esac
}

# Without systemd's tool the account is the administrator's to make.
tell_system() {
	local hidden=/etc/modprobe.d/kpptp.conf
	if have systemd-sysusers; then
		systemd-sysusers "$SYSUSERSDIR/kpptp.conf"
	elif ! getent passwd _kpptp > /dev/null; then
		say "there is no account _kpptp, which kpptpd needs: useradd --system --no-create-home --shell /usr/sbin/nologin _kpptp"
	fi
	if systemd_runs; then
		systemd-tmpfiles --create "$TMPFILESDIR/kpptp.conf"
		systemctl daemon-reload
	fi
	[ ! -e "$hidden" ] || say "$hidden is used instead of $MODPROBEDIR/kpptp.conf; remove it unless you wrote it"
}

install_userspace() {
	local mode source destination
	while read -r mode source destination; do
		put "$mode" "$source" "$destination"
	done < <(files)
	[ -e "$root$config" ] || put 600 packaging/kpptpd.conf.example "$config"
	[ -z "$root" ] || return 0
	# A second installation finds those of the first: they are still ours.
	[ "${#made[@]}" = 0 ] || printf '%s\n' "${made[@]}" >> "$made_list"
	tell_system
}

# Packages run depmod where they are installed, and what is not a whole set of
# modules has nothing to be said about.
run_depmod() { # KVER
	local modules=${INSTALL_MOD_PATH:-}/lib/modules/$1
	[ -z "$root" ] || return 0
	[ ! -e "$modules/modules.order" ] || depmod ${INSTALL_MOD_PATH:+-b "$INSTALL_MOD_PATH"} "$1"
}

finish_module() { # KVER
	local running
	running=$(uname -r)
	run_depmod "$1"
	[ "$1" = "$running" ] || [ -n "$root${INSTALL_MOD_PATH:-}" ] ||
		say "the module is for kernel $1, but $running runs: make install KVER=$running installs it for that"
}

install_dkms() {
	local dir=$SRCDIR/kpptp-$version file
	for file in Kbuild VERSION COPYING $(git ls-files -- kernel include 2> /dev/null || find kernel include -name '*.[ch]' -o -name 'Kbuild*'); do
		put 644 "$file" "$dir/$file"
	done
	put 644 packaging/dkms.conf.in "$dir/dkms.conf"
	[ -n "$root" ] || say "now: dkms install kpptp/$version"
}

# --- uninstall ---------------------------------------------------------------

# prune BASE DIRECTORY: DIRECTORY below BASE and those above it, as far as they are empty
prune() {
	(cd "$1" && rmdir -p --ignore-fail-on-non-empty -- "${2#/}") 2> /dev/null || true
}

# The module, whatever it was compressed with, of every kernel.
remove_modules() {
	local below=$root${INSTALL_MOD_PATH:-} file kver
	for file in "$below"/lib/modules/*/"$INSTALL_MOD_DIR"/kpptp.ko*; do
		[ -e "$file" ] || continue
		kver=${file#"$below/lib/modules/"}
		kver=${kver%%/*}
		rm -f "$file"
		if [ -n "$below" ]; then
			prune "${root:-$below}" "${root:+${INSTALL_MOD_PATH:-}}/lib/modules/$kver/$INSTALL_MOD_DIR"
		else
			prune "/lib/modules/$kver" "$INSTALL_MOD_DIR"
		fi
		run_depmod "$kver"
	done
}

remove_dkms() {
	local dir=$SRCDIR/kpptp-$version
	[ -d "$root$dir" ] || return 0
	[ -n "$root" ] || ! have dkms || dkms remove "kpptp/$version" --all || true
	rm -rf "$root${dir:?}"
}

# Of a system's directories only those that were not there before; of DESTDIR
# all that is empty now.
remove_directories() {
	local dir
	if [ -z "$root" ]; then
		for dir in "$@" "$(dirname "$config")"; do
			[ ! -d "$dir" ] || rmdir --ignore-fail-on-non-empty "$dir"
		done
		return
	fi
	while read -r _ _ dir; do
		prune "$root" "$(dirname "$dir")"
	done < <(files; echo "- - $config"; echo "- - $SRCDIR/kpptp")
}

uninstall() {
	local destination dirs=()
	if systemd_runs && [ -e "$UNITDIR/kpptpd.service" ]; then
		systemctl disable --now kpptpd.service
	fi
	if [ -z "$root" ] && [ -e "$made_list" ]; then
		mapfile -t dirs < <(sort -ru "$made_list")
		rm -f "$made_list"
	fi
	while read -r _ _ destination; do
		rm -f "$root$destination"
	done < <(files)
	if [ -n "${PURGE:-}" ]; then
		rm -f "$root$config"
	elif [ -e "$root$config" ]; then
		say "$root$config stays; PURGE=1 removes it, too"
	fi
	remove_modules
	remove_dkms
	remove_directories "${dirs[@]}"
	! systemd_runs || systemctl daemon-reload
}

case ${1:-} in
userspace) install_userspace ;;
dkms) install_dkms ;;
module) finish_module "$2" ;;
uninstall) uninstall ;;
*) sed -n 's/^# \(install.sh .*\)/usage: \1/p' "$0" >&2; exit 1 ;;
esac
