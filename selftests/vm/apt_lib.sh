# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the machine's apt knows, for the systems and kernels made out of it. Sourced.

# How apt is told here to reach a mirror, and what it may take from it.
apt_settings() {
	apt-config dump Acquire | grep -E '^Acquire::(Check-|https?\b|Retries)' || true
}

# The sources of Debian itself that apt has lists of, as lines of sources.list.
machine_sources() {
	# shellcheck disable=SC2016 # apt fills it in
	apt-get indextargets --format 'deb $(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
		awk '!seen[$0]++'
}

# The mirror that apt uses here, unless MIRROR= says another.
find_mirror() {
	[ -z "${MIRROR:-}" ] || { echo "$MIRROR"; return; }
	# shellcheck disable=SC2016 # apt fills it in
	apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | sort -u |
		head -n 1
}

# suite_sources SUITE: the sources of a suite of Debian, as lines of sources.list,
# or none. Backports are nothing without the release they are for, which comes first.
suite_sources() {
	local mirror
	mirror=$(find_mirror)
	[ -n "$mirror" ] || return 0
	printf "deb %s %s main\n" "$mirror" "${1%-backports}" "$mirror" "$1" | uniq
}
