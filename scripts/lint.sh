#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# lint.sh: everything that reads the sources without running them, one KTAP
# line each: sparse, checkpatch, shellcheck, the netlink spec, house rules. A
# tool that is not installed is a test skipped.
set -u -o pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kpptp/checkpatch
tarball=/usr/src/linux-source-6.12.tar.xz
# Generated files are as their generator writes them.
generated='kernel/netlink_gen\.|include/uapi/'
count=0
failed=0

# run NAME COMMAND...: passes when the command succeeds, shows what it said
run() {
	local name=$1 text
	shift
	count=$((count + 1))
	if text=$("$@" 2>&1); then
		echo "ok $count - $name"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $count - $name"
	echo "$text" | head -n 60 | sed 's/^/# /'
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

sources() { # PATTERN...
	git ls-files -- "$@" | grep -vE "$generated"
}

# Warnings about the kernel's own headers are not ours to mend.
sparse_module() {
	local log warnings
	log=$(make modules KVER="$(selftests/vm/run -p -k 6.12)" C=2 CF='-D__CHECK_ENDIAN__ -Wcontext' 2>&1) || { echo "$log" | tail -n 30; return 1; }
	warnings=$(echo "$log" | grep -E '/kernel/[a-z_]*\.[ch]:[0-9]+:.*(warning|error):' |
		grep -F "$top/build/modules/" | sed 's|.*/kernel/|kernel/|' | sort -u)
	[ -z "$warnings" ] || { echo "$warnings"; return 1; }
}

# The kernel's style checker, out of Debian's source package.
get_checkpatch() {
	[ -e "$cache/include" ] && [ -e "$cache/scripts/checkpatch.pl" ] && return
	[ -e "$tarball" ] || return
	mkdir -p "$cache/include"
	tar -C "$cache" --strip-components=1 -xf "$tarball" linux-source-6.12/scripts/checkpatch.pl \
		linux-source-6.12/scripts/spelling.txt linux-source-6.12/scripts/const_structs.checkpatch
}

# What is ignored: advice for patches to the kernel itself, American spelling,
# and outside the module what only the kernel has (strscpy, BIT) or forbids.
# Lines may have 100 columns there and here.
anywhere=FILE_PATH_CHANGES,SPDX_LICENSE_TAG,EMBEDDED_FILENAME,CAMELCASE,TYPO_SPELLING
# Typedefs and C99 types are how compat and the pure layer stand in for a kernel.
anywhere+=,PREFER_DEFINED_ATTRIBUTE_MACRO,MACRO_ARG_REUSE,PREFER_KERNEL_TYPES,NEW_TYPEDEFS
userspace=ARRAY_SIZE,ASSIGN_IN_IF,BIT_MACRO,STRCPY,STRLCPY,STRNCPY,SPLIT_STRING
userspace+=,MISSING_SPACE,STRING_FRAGMENTS,STATIC_CONST_CHAR_ARRAY,COMPLEX_MACRO,SPACING
userspace+=,QUOTED_WHITESPACE_BEFORE_NEWLINE,VOLATILE,EMBEDDED_FUNCTION_NAME,AVOID_EXTERNS,CONSTANT_COMPARISON,ENOSYS,SSCANF_TO_KSTRTO

style() { # IGNORED-TYPES OPTION PATTERN...
	local ignored=$1 option=$2 files text
	shift 2
	mapfile -t files < <(sources "$@")
	[ "${#files[@]}" -gt 0 ] || { echo "no files"; return 1; }
	# It leaves a file where it runs.
	text=$(cd "$cache" && scripts/checkpatch.pl --no-tree --root="$cache" "$option" --terse --quiet --no-summary --show-types \
		--max-line-length=100 --ignore "$ignored" -f "${files[@]/#/$top/}" 2>&1) && return
	echo "${text//$top\//}"
	return 1
}

shell_scripts() {
	local file
	git ls-files | while read -r file; do
		[ -f "$file" ] || continue
		case $file in
		*.sh) echo "$file" ;;
		*.*) ;;
		*) ! head -n 1 "$file" | grep -qaE '^#!.*[/ ](ba)?sh$' || echo "$file" ;;
		esac
	done
}

shell() {
	local files
	mapfile -t files < <(shell_scripts)
	shellcheck -x -P "SCRIPTDIR:$top" -S warning "${files[@]}"
}

has_licence() {
	local file bad=0
	while read -r file; do
		case $file in
		COPYING | VERSION | *.gitignore | *.expect | *.json | *.pcap* | *.bin | */corpus/* | */corpus-*/*) continue ;;
		esac
		head -n 5 "$file" | grep -qa SPDX-License-Identifier || { echo "$file: no SPDX line"; bad=1; }
	done < <(git ls-files)
	return "$bad"
}

# Differences between kernels live in kernel/compat.
no_version_checks() {
	! git grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION\(' -- kernel include ':!kernel/compat'
}

no_build_products() {
	! git ls-files -- 'build/*' '*.ko' '*.o' '*.so' | grep .
}

echo "KTAP version 1"
if command -v sparse > /dev/null; then
	run "sparse on the module" sparse_module
else
	skip "sparse on the module" "sparse is not installed"
fi
if get_checkpatch && command -v perl > /dev/null; then
	run "checkpatch on the module" style "$anywhere" --strict 'kernel/*.[ch]'
	run "checkpatch on userspace" style "$anywhere,$userspace" --no-codespell 'userspace/*.[ch]' 'selftests/*.[ch]'
else
	skip "checkpatch" "linux-source-6.12 or perl is not installed"
fi
if command -v shellcheck > /dev/null; then
	run "shellcheck" shell
else
	skip "shellcheck" "shellcheck is not installed"
fi
run "netlink header and policies are what the spec says" scripts/netlink-regen.sh --check
run "every mistake of \"make mutants\" can be made" scripts/mutants.sh --check
run "every file names its licence" has_licence
run "kernel versions are compared in kernel/compat only" no_version_checks
run "no build products in the tree" no_build_products
echo "1..$count"
[ "$failed" = 0 ]
