# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Networks of more than two hosts, and probes of what gets through them.
# Sourced after lib.sh and session_lib.sh.

# join NETNS IF ADDRESS/LEN NETNS IF ADDRESS/LEN: a cable between two hosts
join()
{
	ip -n "$1" link add "$2" type veth peer name "$5" netns "$4" &&
	ip -n "$1" addr add "$3" dev "$2" &&
	ip -n "$4" addr add "$6" dev "$5" &&
	ip -n "$1" link set "$2" up &&
	ip -n "$4" link set "$5" up &&
	slowwait 10 at "$1" ping -c 1 -W 1 "${6%/*}"
}

# gateway NETNS ADDRESS: where everything else is reached
gateway()
{
	ip -n "$1" route add default via "$2"
}

# router NETNS...: these forward
router()
{
	local ns

	for ns; do
		at "$ns" sysctl -qw net.ipv4.ip_forward=1 || return
	done
}

# firewall NETNS ARGUMENT...: kpptp firewall there
firewall()
{
	local ns=$1
	shift

	at "$ns" env -u SSH_CONNECTION timeout $((60 * KPPTP_SLOW)) \
		kpptp firewall "$@"
}

# counted NETNS TABLE CHAIN TEXT: packets of the rules whose text has TEXT
counted()
{
	at "$1" nft list chain "$2" "$3" | grep -F -- "$4" |
		sed -n 's/.*counter packets \([0-9]*\) .*/\1/p' |
		{ n=0; while read -r p; do n=$((n + p)); done; echo "$n"; }
}

# watch_probes NETNS FROM[,FROM...]: counts in NETNS what arrives from those
# addresses and is neither PPTP nor an error
watch_probes()
{
	at "$1" nft -f - <<-END
	table ip seen
	delete table ip seen
	table ip seen {
		chain in {
			type filter hook prerouting priority -400; policy accept;
			ip saddr { $2 } tcp flags & (syn | ack) == syn tcp dport != 1723 tcp sport != 1723 counter comment "probe"
			ip saddr { $2 } meta l4proto != { tcp, gre, icmp } counter comment "probe"
			ip saddr { $2 } icmp type echo-request counter comment "probe"
		}
	}
	END
}

probes_seen()
{
	counted "$1" ip "seen in" probe
}

# probe NETNS TO [NETNS TO]...: one packet each of TCP to five ports, UDP to
# three, and six other protocols
# shellcheck disable=SC2034	# for those that source this
PROBES=14
probe()
{
	python3 - "$@" <<-'END'
	import ctypes, os, socket, sys
	libc = ctypes.CDLL(None, use_errno=True)
	def quietly(function, *args):
	    try:
	        function(*args)
	    except OSError:     # our own firewall's "not permitted" is an answer too
	        pass
	def send_all(to):
	    for port in 22, 53, 80, 1724, 8080:
	        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
	        s.setblocking(False)
	        quietly(s.connect, (to, port))
	        s.close()
	    for port in 53, 500, 1723:
	        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	        quietly(s.sendto, b"probe", (to, port))
	    for protocol in 1, 4, 41, 50, 89, 115:
	        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
	        packet = b"\x08\x00\xf7\xff\x00\x00\x00\x00" if protocol == 1 else bytes(40)
	        quietly(s.sendto, packet, (to, 0))
	for netns, to in zip(sys.argv[1::2], sys.argv[2::2]):
	    fd = os.open("/run/netns/" + netns, os.O_RDONLY)
	    if libc.setns(fd, 0):
	        sys.exit("cannot enter " + netns)
	    os.close(fd)
	    send_all(to)
	END
}
