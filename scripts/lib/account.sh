# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The account of kpptpd's process without rights, in a VM where no package has
# made it. Sourced; runs as root in the VM, whose files are thrown away.

need_account() {
	getent passwd _kpptp > /dev/null ||
		useradd --system --no-create-home --shell /usr/sbin/nologin _kpptp
}
