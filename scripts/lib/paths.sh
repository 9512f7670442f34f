# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Two hosts and the ways a packet can go between them, for measuring one
# against the other. Sourced; runs as root in the VM.
#
#	    near                                  far
#	 192.0.2.1  v0 ------------------- v0  192.0.2.2
#	198.51.100.1  tunnel ........ tunnel  198.51.100.2
#
# path_up NAME makes the way and sets TARGET, the far end's address on it;
# path_down NAME takes it away. Names: bare, gre, intree, kpptp, the last two
# with MPPE-128 (intree-mppe, kpptp-mppe), kpptp-plain (without its offload),
# l2tp (L2TPv2 in the kernel), userspace (pptp-linux to pptpd). What is on the
# way is set there by nobody but the path; bench-guest.sh adds a LAN behind near.
#
# second_up makes another of the same kind beside the one that is up, between
# other addresses, and sets SECOND; second_down takes it away.

: "${PATHS_TMP:=$(mktemp -d)}"
: "${PLUGIN:=$TOP/build/lib/kpptp.so}"
: "${MODULE:=$TOP/build/modules/$(uname -r)/kpptp.ko}"
HELPERS=$TOP/build/selftests
NEAR=kpptp-near
FAR=kpptp-far
NEAR_IP=192.0.2.1
FAR_IP=192.0.2.2
NEAR_INNER=198.51.100.1
FAR_INNER=198.51.100.2
SECOND_NEAR_IP=192.0.2.11
SECOND_FAR_IP=192.0.2.12
SECOND_NEAR_INNER=198.51.100.11
SECOND_FAR_INNER=198.51.100.12
# Fits into 1500 octets with every kind of header measured here.
TUNNEL_MTU=1400
PPPD_PIDS=()

paths_fail() {
	echo "$*" >&2
	return 1
}

# wait_for SECONDS COMMAND...: polls until the command succeeds
wait_for() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || { paths_fail "gave up waiting for: $*"; return 1; }
		sleep 0.1
	done
}

near() {
	ip netns exec "$NEAR" "$@"
}

far() {
	ip netns exec "$FAR" "$@"
}

# link_segments NETNS on|off: whether the end of the link there segments
link_segments() {
	ip netns exec "$1" ethtool -K v0 tso "$2" gso "$2" tx-udp-segmentation "$2" > /dev/null
}

# The link does no segmentation, as most network cards can't do it for PPTP.
hosts_up() {
	local ns
	ip netns add "$NEAR" && ip netns add "$FAR" || return
	ip -n "$NEAR" link add v0 type veth peer name v0 netns "$FAR"
	ip -n "$NEAR" addr add "$NEAR_IP/24" dev v0
	ip -n "$FAR" addr add "$FAR_IP/24" dev v0
	ip -n "$NEAR" addr add "$SECOND_NEAR_IP/24" dev v0
	ip -n "$FAR" addr add "$SECOND_FAR_IP/24" dev v0
	for ns in "$NEAR" "$FAR"; do
		link_segments "$ns" off || return
		ip -n "$ns" link set lo up
		ip -n "$ns" link set v0 up
	done
	wait_for 10 near ping -c 1 -W 1 "$FAR_IP"
}

hosts_down() {
	local ns
	for ns in "$NEAR" "$FAR" "${LAN:-}"; do
		[ -n "$ns" ] || continue
		ip netns pids "$ns" 2> /dev/null | xargs -r kill 2> /dev/null
		ip netns del "$ns" 2> /dev/null
	done
	return 0
}

# Only one of pptp and kpptp can be loaded: both own the same socket type.
use_module() { # pptp | kpptp [PARAMETER=VALUE...]
	local module
	unload pptp && unload kpptp || return
	if [ "$1" = pptp ]; then
		modprobe pptp
		return
	fi
	for module in gre ppp_generic pppox; do
		modprobe -q "$module"
	done
	shift
	insmod "$MODULE" "$@"
}

unload() {
	[ ! -d "/sys/module/$1" ] || wait_for 20 rmmod "$1"
}

# What every pppd here is told, one option a line.
PPPD_OPTIONS=$PATHS_TMP/pppd.options
cat > "$PPPD_OPTIONS" <<-END
	ifname tunnel
	nodetach
	noipdefault
	nodefaultroute
	nobsdcomp
	nodeflate
	novj
	mtu $TUNNEL_MTU
	mru $TUNNEL_MTU
	lcp-echo-interval 0
END

# Runs pppd, or what ends up as one, until pppd_pair_down.
pppd_start() { # NETNS COMMAND...
	local ns=$1
	shift
	ip netns exec "$ns" "$@" > "$PATHS_TMP/pppd-$ns" 2>&1 < /dev/null &
	PPPD_PIDS+=($!)
}

# One end of a tunnel. There is no control connection: the Call IDs are known.
pppd_end() { # NETNS LOCAL PEER CALL-ID PEER-CALL-ID INNER-LOCAL INNER-PEER OPTION...
	local ns=$1 local=$2 peer=$3 id=$4 peer_id=$5 addresses=$6:$7
	shift 7
	pppd_start "$ns" pppd plugin "$PLUGIN" kpptp-local "$local" kpptp-peer "$peer" \
		kpptp-call-id "$id" kpptp-peer-call-id "$peer_id" "$addresses" file "$PPPD_OPTIONS" "$@"
}

is_up() { # NETNS [INTERFACE]
	ip -n "$1" -4 addr show dev "${2:-tunnel}" | grep -q inet
}

# Both ends, whose Call IDs are that of near and twice that.
pppd_ends() { # plain | mppe, NEAR-IP FAR-IP CALL-ID NEAR-INNER FAR-INNER OPTION...
	local near_ip=$2 far_ip=$3 id=$4 near_inner=$5 far_inner=$6
	local near_options=(noauth) far_options=(noauth)
	if [ "$1" = mppe ]; then
		# The keys come out of the MS-CHAPv2 exchange.
		printf 'demo * demo *\n' > /etc/ppp/chap-secrets
		near_options=(noauth user demo require-mppe-128)
		far_options=(auth require-mschap-v2 require-mppe-128)
	else
		near_options+=(noccp)
		far_options+=(noccp)
	fi
	shift 6
	pppd_end "$FAR" "$far_ip" "$near_ip" $((2 * id)) "$id" "$far_inner" "$near_inner" \
		"${far_options[@]}" "$@"
	pppd_end "$NEAR" "$near_ip" "$far_ip" "$id" $((2 * id)) "$near_inner" "$far_inner" \
		"${near_options[@]}" "$@"
}

pppd_pair_up() { # plain | mppe
	PPPD_PIDS=()
	pppd_ends "$1" "$NEAR_IP" "$FAR_IP" 10 "$NEAR_INNER" "$FAR_INNER"
	pair_is_up
}

pair_is_up() { # [INTERFACE]
	wait_for 30 is_up "$NEAR" "$@" && wait_for 30 is_up "$FAR" "$@" && return
	tail -n 20 "$PATHS_TMP"/pppd-* >&2
	return 1
}

no_tunnel() { # NETNS [INTERFACE]
	! ip -n "$1" link show dev "${2:-tunnel}"
}

pppd_pair_down() {
	kill "${PPPD_PIDS[@]}" 2> /dev/null
	wait "${PPPD_PIDS[@]}" 2> /dev/null
	return 0
}

# L2TPv2 whose session, like the calls above, nobody negotiated.
l2tp_up() {
	modprobe l2tp_ppp || return
	PPPD_PIDS=()
	pppd_start "$FAR" "$HELPERS/l2tp_exec" "$FAR_IP" "$NEAR_IP" pppd plugin pppol2tp.so \
		noauth noccp "$FAR_INNER:$NEAR_INNER" file "$PPPD_OPTIONS"
	pppd_start "$NEAR" "$HELPERS/l2tp_exec" "$NEAR_IP" "$FAR_IP" pppd plugin pppol2tp.so \
		noauth noccp "$NEAR_INNER:$FAR_INNER" file "$PPPD_OPTIONS"
	pair_is_up
}

# pptp-linux calls pptpd: GRE goes through raw sockets and pseudo-terminals,
# and no module has to do with it.
userspace_up() {
	unload pptp && unload kpptp || return
	printf '%s\n' noauth noccp "file $PPPD_OPTIONS" > "$PATHS_TMP/pptpd.options"
	printf '%s\n' "option $PATHS_TMP/pptpd.options" "localip $FAR_INNER" "remoteip $NEAR_INNER" \
		"listen $FAR_IP" "pidfile $PATHS_TMP/pptpd.pid" > "$PATHS_TMP/pptpd.conf"
	far pptpd --fg --conf "$PATHS_TMP/pptpd.conf" > "$PATHS_TMP/pptpd.log" 2>&1 < /dev/null &
	PPTPD_PID=$!
	wait_for 20 far sh -c 'ss -ltn | grep -q :1723' || return
	PPPD_PIDS=()
	pppd_start "$NEAR" pppd pty "pptp $FAR_IP --nolaunchpppd" noauth noccp \
		file "$PPPD_OPTIONS"
	pair_is_up
}

userspace_down() {
	pppd_pair_down
	wait_for 20 no_tunnel "$FAR"
	kill "$PPTPD_PID"
	wait "$PPTPD_PID" 2> /dev/null
	return 0
}

gre_end() { # NETNS LOCAL PEER INNER
	ip -n "$1" link add tunnel mtu "$TUNNEL_MTU" type gre local "$2" remote "$3" &&
		ip -n "$1" addr add "$4/24" dev tunnel &&
		ip -n "$1" link set tunnel up
}

# Says why, when there can't be such a path. (The kernel ignores parameters of a
# module that it does not know.)
path_possible() { # NAME
	[ "$1" != kpptp-plain ] || modinfo -F parm "$MODULE" | grep -q '^offload:' ||
		paths_fail "no path $1: this kpptp has no parameter \"offload\""
}

path_up() {
	TARGET=$FAR_INNER
	KIND=$1
	case $1 in
	bare) TARGET=$FAR_IP ;;
	gre)
		gre_end "$NEAR" "$NEAR_IP" "$FAR_IP" "$NEAR_INNER" &&
			gre_end "$FAR" "$FAR_IP" "$NEAR_IP" "$FAR_INNER"
		;;
	intree) use_module pptp && pppd_pair_up plain ;;
	intree-mppe) use_module pptp && pppd_pair_up mppe ;;
	kpptp) use_module kpptp && pppd_pair_up plain ;;
	kpptp-plain) use_module kpptp offload=0 && pppd_pair_up plain ;;
	l2tp) l2tp_up ;;
	userspace) userspace_up ;;
	kpptp-mppe) use_module kpptp && pppd_pair_up mppe ;;
	*) paths_fail "no path $1" ;;
	esac || return
	wait_for 20 near ping -c 1 -W 1 "$TARGET"
}

path_down() {
	case $1 in
	gre)
		ip -n "$NEAR" link del tunnel
		ip -n "$FAR" link del tunnel
		;;
	bare) ;;
	userspace) userspace_down ;;
	*) pppd_pair_down ;;
	esac
}

second_gre_end() { # NETNS LOCAL PEER INNER INNER-PEER
	ip -n "$1" link add second mtu "$TUNNEL_MTU" type gre local "$2" remote "$3" &&
		ip -n "$1" addr add "$4" peer "$5" dev second &&
		ip -n "$1" link set second up
}

# For those paths that can have two. Adds to PPPD_PIDS, so it is for a subshell
# that takes it away, too.
second_up() {
	SECOND=$SECOND_FAR_INNER
	PPPD_PIDS=()
	case $KIND in
	bare) SECOND=$SECOND_FAR_IP ;;
	gre)
		second_gre_end "$NEAR" "$SECOND_NEAR_IP" "$SECOND_FAR_IP" "$SECOND_NEAR_INNER" "$SECOND_FAR_INNER" &&
			second_gre_end "$FAR" "$SECOND_FAR_IP" "$SECOND_NEAR_IP" "$SECOND_FAR_INNER" "$SECOND_NEAR_INNER"
		;;
	*-mppe) second_call_up mppe ;;
	*) second_call_up plain ;;
	esac && wait_for 20 near ping -c 1 -W 1 "$SECOND"
}

second_call_up() { # plain | mppe
	# The later of two options "ifname" counts.
	pppd_ends "$1" "$SECOND_NEAR_IP" "$SECOND_FAR_IP" 11 "$SECOND_NEAR_INNER" "$SECOND_FAR_INNER" ifname second
	pair_is_up second
}

second_down() {
	case $KIND in
	bare) ;;
	gre)
		ip -n "$NEAR" link del second
		ip -n "$FAR" link del second
		;;
	*)
		pppd_pair_down
		wait_for 20 no_tunnel "$NEAR" second && wait_for 20 no_tunnel "$FAR" second
		;;
	esac
}

# One TCP bulk transfer from near to far; prints whole Mbit/s.
tcp_mbits() { # SECONDS, a whole number: to iperf3 a fraction is for ever
	local json
	far iperf3 -s -1 -D -I "$PATHS_TMP/iperf3.pid" > /dev/null 2>&1
	wait_for 10 far sh -c 'ss -ltn | grep -q :5201' || return
	json=$(near timeout 120 iperf3 -c "$TARGET" -t "$1" -J) ||
		{ paths_fail "iperf3: $(echo "$json" | jq -r .error)"; return 1; }
	echo "$json" | jq '.end.sum_received.bits_per_second / 1e6 | floor'
}

# path_throughput NAME SECONDS RUNS: the median of some runs, in Mbit/s
path_throughput() {
	local name=$1 seconds=$2 runs=$3 i
	path_up "$name" || return
	for ((i = 0; i < runs; i++)); do
		tcp_mbits "$seconds" || { path_down "$name"; return 1; }
	done > "$PATHS_TMP/runs"
	path_down "$name"
	sort -n "$PATHS_TMP/runs" | sed -n "$(((runs + 1) / 2))p"
}
