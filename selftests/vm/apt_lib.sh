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
