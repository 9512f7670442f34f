# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What is measured on each path of paths.sh, and how. Sourced after it; runs as
# root in the VM. Another host is added behind near, which is a concentrator to
# it:
#
#	 lan                 near                            far
#	203.0.113.2 -- 203.0.113.1, 192.0.2.1 ======== 192.0.2.2
#
# workload NAME prints one figure of the path that is up.

LAN=kpptp-lan
LAN_IP=203.0.113.2
LAN_GATEWAY=203.0.113.1
# A workload of calls opens them here, clear of those that paths.sh makes.
FIRST_NEAR=1000
FIRST_FAR=30000

# How long the parts of a measurement last, see --help of bench.sh.
: "${TCP_MS:=250}" "${TCP_WARM_MS:=150}"
: "${JITTER_MS:=1500}" "${LOSS_MS:=15000}" "${NETEM_WARM_MS:=1000}"
: "${PACKETS:=20000}" "${ROUND_TRIPS:=2000}"

# --- the LAN -----------------------------------------------------------------

# Unlike the underlay the LAN link passes large segments of TCP, as a network card
# with TSO and GRO makes them, and so costs little itself. Datagrams it passes
# one by one.
lan_up() {
	ip netns add "$LAN" || return
	ip -n "$LAN" link add lan0 type veth peer name lan0 netns "$NEAR"
	ip -n "$LAN" addr add "$LAN_IP/24" dev lan0
	ip -n "$NEAR" addr add "$LAN_GATEWAY/24" dev lan0
	ip netns exec "$LAN" ethtool -K lan0 tx-udp-segmentation off
	ip -n "$LAN" link set lan0 up
	ip -n "$NEAR" link set lan0 up
	ip -n "$LAN" route add default via "$LAN_GATEWAY"
	near sysctl -qw net.ipv4.ip_forward=1
	wait_for 10 ip netns exec "$LAN" ping -c 1 -W 1 "$LAN_GATEWAY"
}

# The way back, as it goes with the tunnel.
lan_route() {
	if [ "$TARGET" = "$FAR_IP" ]; then
		ip -n "$FAR" route replace 203.0.113.0/24 via "$NEAR_IP"
	else
		ip -n "$FAR" route replace 203.0.113.0/24 dev tunnel
	fi && wait_for 10 ip netns exec "$LAN" ping -c 1 -W 1 "$TARGET"
}

# --- traffic -----------------------------------------------------------------

# load WHAT FROM TO ADDRESS [OPTION...]: netload's figure without its unit
load() {
	local what=$1 from=$2 to=$3 addr=$4 out
	shift 4
	out=$(timeout 300 "$HELPERS/netload" "$what" "from=$from" "to=$to" "addr=$addr" "$@" 2>&1) ||
		{ paths_fail "$out"; return 1; }
	echo "${out%% *}"
}

tcp() { # FROM TO ADDRESS [OPTION...]
	load tcp "$@" "ms=${MS:-$TCP_MS}" "warm=${WARM:-$TCP_WARM_MS}"
}

# near's own address on the path
near_address() {
	if [ "$TARGET" = "$FAR_IP" ]; then echo "$NEAR_IP"; else echo "$NEAR_INNER"; fi
}

# underlay_segments on|off: both ends of the link
underlay_segments() {
	local ns
	for ns in "$NEAR" "$FAR"; do
		link_segments "$ns" "$1" || return
	done
}

tcp_segmented() {
	local status
	underlay_segments on || return
	tcp "$NEAR" "$FAR" "$TARGET"
	status=$?
	underlay_segments off && return "$status"
}

# Delay and loss apply to each direction.
tcp_impaired() { # MILLISECONDS NETEM-OPTION...
	local ms=$1 ns status
	shift
	for ns in "$NEAR" "$FAR"; do
		tc -n "$ns" qdisc replace dev v0 root netem limit 10000 "$@" || return
	done
	MS=$ms WARM=$NETEM_WARM_MS tcp "$NEAR" "$FAR" "$TARGET"
	status=$?
	for ns in "$NEAR" "$FAR"; do
		tc -n "$ns" qdisc del dev v0 root || return
	done
	return "$status"
}

# near puts together what comes in from the LAN.
forward_udp_gro() {
	local status
	near ethtool -K lan0 gro on rx-udp-gro-forwarding on > /dev/null || return
	load flood "$LAN" "$FAR" "$TARGET" "count=$PACKETS"
	status=$?
	near ethtool -K lan0 gro off rx-udp-gro-forwarding off > /dev/null && return "$status"
}

# --- two CPUs ----------------------------------------------------------------

# spread on|off: the packets of the link, by what is in them, over two CPUs
spread() {
	local cpus=0
	[ "$1" = off ] || cpus=3
	near sh -c "echo $cpus > /sys/class/net/v0/queues/rx-0/rps_cpus" &&
		far sh -c "echo $cpus > /sys/class/net/v0/queues/rx-0/rps_cpus"
}

tcp_spread() {
	local status
	spread on || return
	tcp "$NEAR" "$FAR" "$TARGET" flows=4
	status=$?
	spread off && return "$status"
}

# One tunnel busy on one CPU, then two, each on a CPU of its own. Three figures.
tcp_scale() {
	local one two status
	second_up &&
		one=$(tcp "$NEAR" "$FAR" "$TARGET" cpu=0) &&
		two=$(tcp "$NEAR" "$FAR" "$TARGET,$SECOND" cpu=0,1 flows=2)
	status=$?
	second_down && [ "$status" = 0 ] || return
	awk -v one="$one" -v two="$two" 'BEGIN {
		printf "scale-1 %s\nscale-2 %s\nscale %.3f\n", one, two, two / one
	}'
}

# --- many calls --------------------------------------------------------------

intree_loaded() {
	[ -d /sys/module/pptp ]
}

# Becomes call_bench, so it is for subshells: in the background, or in a pipe.
calls() { # NETNS LOCAL PEER COUNT [OPTION...]
	local ns=$1 local=$2 peer=$3 count=$4
	shift 4
	! intree_loaded || set -- blind=1 "$@"
	exec ip netns exec "$ns" "$HELPERS/call_bench" socket "local=$local" "peer=$peer" "count=$count" "$@" 2>&1
}

calls_ready() {
	grep -q ready "$PATHS_TMP/calls-near" && grep -q ready "$PATHS_TMP/calls-far"
}

# How long calls take to end is not measured here, so in-tree pptp, which waits
# for a grace period for each, may have quick ones.
end_calls() { # PID...
	echo 1 > /sys/kernel/rcu_expedited
	kill "$@"
	wait "$@" 2> /dev/null
	echo 0 > /sys/kernel/rcu_expedited
}

# TCP through one call while both hosts have others, idle ones.
tcp_among() { # CALLS
	local count=$(($1 - 1)) pids status
	if [ "$count" = 0 ]; then
		tcp "$NEAR" "$FAR" "$TARGET"
		return
	fi
	calls "$NEAR" "$NEAR_IP" "$FAR_IP" "$count" first="$FIRST_NEAR" hold=1 > "$PATHS_TMP/calls-near" &
	pids=($!)
	calls "$FAR" "$FAR_IP" "$NEAR_IP" "$count" first="$FIRST_FAR" hold=1 > "$PATHS_TMP/calls-far" &
	pids+=($!)
	wait_for 300 calls_ready && tcp "$NEAR" "$FAR" "$TARGET"
	status=$?
	[ "$status" = 0 ] || cat "$PATHS_TMP/calls-near" "$PATHS_TMP/calls-far" >&2
	end_calls "${pids[@]}"
	return "$status"
}

# Opens 10,000 calls and closes 1,000 of them; the rest need not be waited for.
# Three figures, each with its name.
call_rates() {
	local count=10000 closed=1000
	calls "$NEAR" "$NEAR_IP" "$FAR_IP" "$count" first="$FIRST_NEAR" close="$closed" |
	while read -r line; do
		case $line in
		"opened in "*)
			# opened in N s, the last N in N s
			# shellcheck disable=SC2086
			set -- $line
			awk -v n="$count" -v s="$3" -v last="$7" -v t="$9" \
				'BEGIN { printf "open %.0f\nopen-full %.0f\n", n / s, last / t }'
			;;
		"closed in "*)
			line=${line#closed in }
			awk -v n="$closed" -v s="${line% s}" 'BEGIN { printf "close %.0f\n", n / s }'
			echo 1 > /sys/kernel/rcu_expedited
			;;
		open* | closing | left*) ;;
		*) echo "$line" >&2 ;;
		esac
	done
	echo 0 > /sys/kernel/rcu_expedited
}

# --- the list ----------------------------------------------------------------

# Prints the figure of the path that is up, or some, each after its name.
workload() { # NAME
	case $1 in
	tcp) tcp "$NEAR" "$FAR" "$TARGET" ;;
	tcp-reverse) tcp "$FAR" "$NEAR" "$(near_address)" ;;
	tcp-4) tcp "$NEAR" "$FAR" "$TARGET" flows=4 ;;
	tcp-tso) tcp_segmented ;;
	tcp-4-rps) tcp_spread ;;
	scale) tcp_scale ;;
	udp) load udp "$NEAR" "$FAR" "$TARGET" "count=$PACKETS" ;;
	rr) load rr "$NEAR" "$FAR" "$TARGET" "count=$ROUND_TRIPS" ;;
	forward-tcp) tcp "$LAN" "$FAR" "$TARGET" ;;
	forward-tcp-reverse) tcp "$FAR" "$LAN" "$LAN_IP" ;;
	forward-udp) load flood "$LAN" "$FAR" "$TARGET" "count=$PACKETS" ;;
	forward-udp-gro) forward_udp_gro ;;
	jitter) tcp_impaired "$JITTER_MS" delay 5ms 1ms ;;
	loss) tcp_impaired "$LOSS_MS" delay 5ms loss 0.5% ;;
	calls-[0-9]*) tcp_among "${1#calls-}" ;;
	call-rates) call_rates ;;
	*) paths_fail "no workload $1" ;;
	esac
}

# Whether it makes sense there: a table of calls is in the modules only, and
# those with their own table are not measured twice; some need two CPUs, or
# another tunnel.
workload_suits() { # WORKLOAD PATH
	case $1 in
	calls-* | call-rates) [ "$2" = kpptp ] || [ "$2" = intree ] ;;
	tcp-4-rps) [ "$(nproc)" -gt 1 ] ;;
	scale) [ "$(nproc)" -gt 1 ] && [ "$2" != l2tp ] && [ "$2" != userspace ] ;;
	esac
}
