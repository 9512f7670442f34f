#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kpptp-dns and its file: links that come and go together, a disk that is full, a
# file that is mounted. In namespaces of its own, where there are such.
# shellcheck disable=SC2317 # tests are reached by name
set -u -o pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" != inside ]; then
	if [ "$(id -u)" = 0 ]; then
		spaces=(unshare -n -m)
	else
		spaces=(unshare -U -r -n -m)
	fi
	if ! "${spaces[@]}" ip link add kpptp0 type veth peer name kpptp1 2>/dev/null; then
		echo "1..0 # SKIP no network and mount namespaces, or no veth"
		exit 0
	fi
	exec "${spaces[@]}" "$0" inside
fi

# shellcheck source=userspace/tests/tap.sh
. "$top/userspace/tests/tap.sh"
hook=$top/packaging/kpptp-dns
dir=$(mktemp -d)
trap 'cd /; umount "$dir"/* 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export RESOLV_CONF=$dir/resolv.conf
for k in 0 2; do
	ip link add ppp$k type veth peer name ppp$((k + 1)) || exit 1
done

original()
{
	echo "# by hand"
	seq 5 | sed 's/^/nameserver 198.51.100./'
	echo "options timeout:1"
}

# is FILE: resolv.conf has this text
is()
{
	diff "$1" "$RESOLV_CONF"
}

all_four() # VERB [ADDRESS-PREFIX]
{
	local k pids=()

	for k in 0 1 2 3; do
		"$hook" "$1" "ppp$k" ${2:+"$2$k"} &
		pids+=($!)
	done
	wait "${pids[@]}"
}

links_together()
{
	local i

	original >was
	cp was "$RESOLV_CONF"
	for ((i = 0; i < 40; i++)); do
		all_four up 192.0.2.
		if [ "$(grep -c 'nameserver 192.0.2' "$RESOLV_CONF")" != 4 ] ||
		   ! tail -n 7 "$RESOLV_CONF" | diff was -; then
			echo "round $i, all are up"
			return 1
		fi
		all_four down
		is was || { echo "round $i, all are down"; return 1; }
	done
}

# Another link goes for each that comes.
links_cross()
{
	local i

	original >was
	cp was "$RESOLV_CONF"
	for ((i = 0; i < 20; i++)); do
		"$hook" up ppp0 192.0.2.1
		"$hook" up ppp1 192.0.2.2
		"$hook" down ppp0 &
		"$hook" up ppp2 192.0.2.3 &
		"$hook" down ppp1 &
		"$hook" up ppp3 192.0.2.4
		wait
		[ "$(grep -c 'nameserver 192.0.2.[34]' "$RESOLV_CONF")" = 2 ] &&
			! grep -q 'nameserver 192.0.2.[12]' "$RESOLV_CONF" &&
			tail -n 7 "$RESOLV_CONF" | diff was - || return 1
		all_four down
		is was || return 1
	done
}

# The process that had to say "down" was killed, or "up" is late.
gone_links()
{
	original >was
	cp was "$RESOLV_CONF"
	"$hook" up ppp7 192.0.2.7 && is was || return 1
	{ printf '# kpptp ppp7 begin\nnameserver 192.0.2.7\n# kpptp ppp7 end\n'
	  cat was; } >"$RESOLV_CONF"
	"$hook" up ppp0 192.0.2.1 && "$hook" down ppp0 && is was || return 1
	# and a block that was cut
	{ printf '# kpptp ppp7 begin\nnameserver 192.0.2.7\n'; cat was; } \
		>"$RESOLV_CONF"
	"$hook" sweep && is was
}

# A file system of 16 KiB, with another file in all the room that is left.
full_disk()
{
	mkdir -p full && mount -t tmpfs -o size=16k tmpfs full || return 1
	RESOLV_CONF=$dir/full/resolv.conf
	original >was
	cp was "$RESOLV_CONF"
	"$hook" up ppp1 192.0.2.1 || return 1
	cp "$RESOLV_CONF" one_up
	dd if=/dev/zero of=full/rest bs=4096 2>/dev/null
	if "$hook" up ppp0 192.0.2.9 2>said; then
		echo "it said nothing"
		return 1
	fi
	grep "^kpptp-dns: cannot write $RESOLV_CONF; it stays as it is$" said &&
		is one_up || return 1
	"$hook" down ppp1 && is was || return 1
	rm full/rest
	"$hook" up ppp0 192.0.2.9 && "$hook" down ppp0 && is was &&
		[ "$(ls full)" = resolv.conf ]
}

# As in a container: it cannot be replaced, and its disk is another.
mounted_file()
{
	mkdir -p other && mount -t tmpfs -o size=8k tmpfs other || return 1
	RESOLV_CONF=$dir/mounted.conf
	original >was
	cp was other/resolv.conf
	touch "$RESOLV_CONF"
	mount --bind other/resolv.conf "$RESOLV_CONF" || return 1
	"$hook" up ppp0 192.0.2.1 && "$hook" up ppp1 192.0.2.2 || return 1
	[ "$(grep -c 'nameserver 192.0.2' "$RESOLV_CONF")" = 2 ] || return 1
	"$hook" down ppp0 && "$hook" down ppp1 && is was &&
		cmp was other/resolv.conf || return 1
	# more than its disk has room for
	{ cat was; head -c $((4090 - $(wc -c <was))) /dev/zero | tr '\0' '#'; echo; } >full_page
	cat full_page >"$RESOLV_CONF"
	dd if=/dev/zero of=other/rest bs=4096 2>/dev/null
	! "$hook" up ppp0 192.0.2.1 2>said && is full_page &&
		[ ! -e "$RESOLV_CONF.kpptp-new" ]
}

# What a link points to is replaced, with its owner and mode.
link_to_file()
{
	mkdir -p elsewhere
	RESOLV_CONF=$dir/link.conf
	original >was
	cp was elsewhere/real
	chmod 640 elsewhere/real
	ln -s elsewhere/real "$RESOLV_CONF"
	"$hook" up ppp0 192.0.2.1 && grep -q 192.0.2.1 elsewhere/real &&
		[ -L "$RESOLV_CONF" ] &&
		[ "$(stat -c %a elsewhere/real)" = 640 ] &&
		"$hook" down ppp0 && is was
}

check "40 times four links come and go together" links_together
check "links come while others go" links_cross
check "name servers of links that are gone do not stay" gone_links
check "a full disk" full_disk
check "a file that is mounted" mounted_file
check "a symbolic link" link_to_file
finish
