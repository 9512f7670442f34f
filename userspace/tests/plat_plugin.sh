#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The plugin in the real pppd, on any kernel: noppp.so plays /dev/ppp, and
# plat_plugin.py the other end of PPP. In namespaces of its own, where /etc/ppp
# and /run are empty, so nothing of this host is read or changed.
#
# PLUGIN and HELPERS name the plugin and where noppp.so and plugin_other.so are.

set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$here/../../build
plugin=$(realpath "${PLUGIN:-$build/lib/kpptp.so}")
helpers=$(realpath "${HELPERS:-$build/tests/pppd}")

if [ ! -x /usr/sbin/pppd ] || ! unshare -rmn true 2>/dev/null; then
	echo "ok 1 - the plugin in pppd # SKIP no pppd, or no user namespaces"
	echo 1..1
	exit 0
fi

# shellcheck disable=SC2016 # for the inner shell
exec unshare -rmn --propagation private bash -c '
	mkdir -p /etc/ppp
	for dir in /etc/ppp /run; do
		mount -t tmpfs none "$dir" || exit 1
	done
	umask 077
	: >/etc/ppp/options
	echo "alice * wonderland *" >/etc/ppp/pap-secrets
	cp /etc/ppp/pap-secrets /etc/ppp/chap-secrets
	exec python3 "$@"
' bash "$here/plat_plugin.py" "$plugin" "$helpers/noppp.so" "$helpers/plugin_other.so"
