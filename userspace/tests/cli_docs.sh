#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The documentation tells what there is: every key of the configuration, every
# verb and option of kpptp, every counter; and the example is a valid file.
#
# KPPTPD and KPPTP name the programs to ask.

set -u

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
kpptpd=${KPPTPD:-$top/build/bin/kpptpd}
kpptp=${KPPTP:-$top/build/bin/kpptp}
example=$top/packaging/kpptpd.conf.example
guide=$top/Documentation/user-guide.md
man=$top/Documentation/man
completion=$top/userspace/kpptp/kpptp.bash
dir=$(mktemp -d)
# shellcheck source=userspace/tests/tap.sh
. "$top/userspace/tests/tap.sh"

trap 'rm -rf "$dir"' EXIT

# Sections, and the keys the daemon itself says are allowed in them.
keys_of()
{
	printf '[%s]\nno-such-key = 1\n' "$1" >"$dir/keys.conf"
	timeout 20 "$kpptpd" --check --config "$dir/keys.conf" 2>&1 |
		sed -n 's/.*allowed are //p' | tr -d ' ' | tr , '\n'
}

# has FILE WORD...: every word stands in the file
has()
{
	local file=$1 word missing=0

	shift
	[ $# -gt 0 ] || { echo "nothing to look for"; return 1; }
	for word; do
		grep -qF -- "$word" "$file" || { echo "$file: no $word"; missing=1; }
	done
	return "$missing"
}

# Status 1 is for what this host lacks, 2 for what is wrong in the file itself.
is_valid()
{
	local status=0

	timeout 20 "$kpptpd" --check --config "$1" || status=$?
	[ "$status" -le 1 ]
}

example_is_valid()
{
	cp "$example" "$dir/example.conf" && chmod 600 "$dir/example.conf"
	is_valid "$dir/example.conf"
}

# With every "#key = value" set; password and password-file exclude each other.
example_is_valid_in_full()
{
	sed -E -e '/^#password-file/d' -e 's/^#(\[|[a-z0-9-]+ = ?.)/\1/' \
		-e 's/^enabled = no/enabled = yes/' "$example" >"$dir/full.conf"
	chmod 600 "$dir/full.conf"
	is_valid "$dir/full.conf"
}

keys_are_described()
{
	local section key bad=0

	for section in global server call "client x" "peer x"; do
		for key in $(keys_of "$section"); do
			has "$example" "$key = " || bad=1
			grep -qE "^\.It Cm $key( |$)" "$man/kpptpd.conf.5" ||
				{ echo "kpptpd.conf.5: no $key"; bad=1; }
			has "$guide" "\`$key\`" || bad=1
		done
	done
	[ -n "$key" ] && return "$bad"
}

verbs()
{
	timeout 20 "$kpptp" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

options()
{
	timeout 20 "$kpptp" "$1" --help | grep -oE '^  --[a-z0-9-]+' | tr -d ' ' | sort -u
}

verbs_are_described()
{
	local verb option bad=0

	for verb in $(verbs); do
		grep -qE "^\.It (Xo )?Cm $verb" "$man/kpptp.8" ||
			{ echo "kpptp.8: no $verb"; bad=1; }
		has "$completion" "$verb" || bad=1
		has "$guide" "kpptp $verb" || bad=1
		for option in $(options "$verb"); do
			has "$completion" "$option" || bad=1
			grep -qE "Fl ${option#-}( |$)" "$man/kpptp.8" ||
				{ echo "kpptp.8: no $option"; bad=1; }
		done
	done
	[ -n "$verb" ] && return "$bad"
}

counters_are_described()
{
	local counters

	mapfile -t counters < <(sed -n 's/^	COUNTER("\([a-z_]*\)".*/\1/p' \
		"$top/userspace/kpptp/fields.c")
	has "$man/kpptp.8" "${counters[@]}" && has "$guide" "${counters[@]}"
}

# completes WORDS WORD...: what the last word may become
completes()
{
	local words

	# shellcheck disable=SC1090 # ours
	source "$completion"
	COMP_WORDS=(kpptp "${@:2}")
	COMP_CWORD=$(($# - 1))
	_kpptp
	words=${COMPREPLY[*]}
	[ "$words" = "$1" ] || { echo "${*:2} gives $words"; return 1; }
}

lint()
{
	local text

	command -v mandoc >/dev/null || { echo "# mandoc is not installed"; return 0; }
	# Pages refer to each other and may refer to what is not installed here.
	text=$(cd "$man" && mandoc -T lint ./* 2>/dev/null | grep -v 'referenced manual not found')
	[ -z "$text" ] || { echo "$text"; return 1; }
}

check "the example is a valid configuration" example_is_valid
check "so it is with every key set" example_is_valid_in_full
check "every key is in example, man page and guide" keys_are_described
check "every verb and option is in man page, guide and completion" verbs_are_described
check "every counter is in man page and guide" counters_are_described
check "completion of options" completes --mppe connect --mp
check "completion of a verb to be explained" completes disconnect help disc
check "completion of firewall roles" completes perimeter firewall --role pe
check "man pages are well-formed" lint
finish
