#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Offload can't be seen: what arrives, what goes over the wire and what is
# counted are the same with and without it, filters see what they saw, and it
# ends when PPP may come to compress. What happens to traffic meanwhile is
# renegotiation.sh's.

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"
. "$SELFTESTS/link_lib.sh"

COPY_OCTETS=3000000

transfer()
{
	copy "$A" "$B" $B_INNER
}

# count NETNS FIELD: rx_packets, ...
count()
{
	at "$1" cat "/sys/class/net/t0/statistics/$2"
}

same_counts()
{
	local dir n

	for dir in "$A tx $B rx" "$B tx $A rx"; do
		# shellcheck disable=SC2086 # four words
		set -- $dir
		for n in packets bytes; do
			expect "$n" "$(count "$1" "$2_$n")" \
				"$(count "$3" "$4_$n")" || return
		done
	done
}

goes_off_and_on()
{
	is_active
	offload 0
	slowwait 20 offload_is "$A" $DISABLED
	expect "TSO of A" "$(feature "$A" tcp-segmentation-offload)" off
	transfer
	offload 1
	is_active
	transfer
}

# What the administrator has switched off stays off, and no longer than that.
tso_with_offload()
{
	offload 0
	slowwait 20 offload_is "$A" $DISABLED
	offload 1
	slowwait 20 offload_is "$A" $ACTIVE
	expect "TSO of A" "$(feature "$A" tcp-segmentation-offload)" "$1"
	expect "checksums of A" "$(feature "$A" tx-checksum-ip-generic)" on
}

administrators_choice()
{
	is_active
	at "$A" ethtool -K t0 tso off >/dev/null
	expect "TSO of A" "$(feature "$A" tcp-segmentation-offload)" off
	tso_with_offload off
	tso_with_offload off
	transfer
	at "$A" ethtool -K t0 tso on >/dev/null
	tso_with_offload on
	transfer
}

# What both ends have counted is the same in packets and octets, and fits what
# was transferred: large packets are counted as what they are made of.
counters_agree()
{
	local packets bytes

	is_active
	transfer
	# neighbour discovery may be under way
	slowwait 20 same_counts
	packets=$(count "$A" tx_packets)
	bytes=$(count "$A" tx_bytes)
	expect_num "packets for $COPY_OCTETS octets" "$packets" -ge $((COPY_OCTETS / 1348))
	expect_num "octets" "$bytes" -ge $((COPY_OCTETS + packets * 40 / 2))
}

# On the wire: no packet larger than the link, numbers without a gap, nothing
# malformed, and inner checksums that are right where the receiver sees them. A
# capture does not tell in which order packets have left: veth has a queue for each
# CPU, and a timer's may run on another one than the sender's.
on_the_wire()
{
	is_active
	# as with a device that does no checksums, they must be there
	at "$A" ethtool -K a0 tx off gso off tso off >/dev/null
	capture "$B" wire b0 proto 47
	capture "$A" inside t0 tcp
	on_one_cpu transfer
	captured wire "$A" $PEER
	captured inside "$A" $B_INNER
	at "$A" ethtool -K a0 tx on gso on tso on >/dev/null
	tshark -r "$TMP/wire.pcap" -T fields -e frame.len -e gre.sequence_number \
		-Y 'ip.src == 192.0.2.1 && gre.flags.sequence_number == 1' \
		2>/dev/null >"$TMP/wire"
	expect_num "packets on the wire" "$(wc -l <"$TMP/wire")" -ge 2000
	expect "packets too large" "$(awk '$1 > 1514' "$TMP/wire" | wc -l)" 0
	expect "gaps in the numbers" "$(cut -f 2 "$TMP/wire" | sort -n |
		awk 'NR > 1 && $1 != last + 1 { n++ }
			{ last = $1 } END { print n + 0 }')" 0
	# What B sends is seen before its device has done the checksums. Where the sum
	# is 0 the kernel writes 0xffff, as UDP has to and TCP may (both are 0 in
	# one's complement); tshark finds that bad, in one packet of 65,536.
	tshark -r "$TMP/wire.pcap" -o tcp.check_checksum:TRUE \
		-o ip.check_checksum:TRUE -Y \
		'_ws.malformed || ip.checksum.status == "Bad" ||
		(ip.src == 192.0.2.1 && tcp.checksum.status == "Bad" && tcp.checksum != 0xffff)' \
		-T fields -e frame.number -e frame.protocols -e gre.sequence_number -e _ws.expert.message \
		>"$TMP/wrong" 2>/dev/null
	cut -c 1-200 "$TMP/wrong" | head -n 20
	expect "packets that are wrong" "$(wc -l <"$TMP/wrong")" 0
	expect_num "checksums that were looked at" "$(tshark \
		-r "$TMP/wire.pcap" -o tcp.check_checksum:TRUE -Y \
		'tcp.checksum.status == "Good"' 2>/dev/null | wc -l)" -ge 2000
	# a tap on the interface sees what the stack gave it
	expect_num "packets on the PPP interface" "$(tcpdump -r \
		"$TMP/inside.pcap" 2>/dev/null | wc -l)" -ge 50
	# and nobody sees packets between wire and interface
	expect "packets of no interface" "$(tcpdump -r "$TMP/wire.pcap" \
		not proto 47 and not udp dst port $LAST_PORT 2>/dev/null |
		wc -l)" 0
}

# A tap on all interfaces sees each received packet there, and on no other.
no_ghosts()
{
	is_active
	capture "$B" any any "tcp and dst host $B_INNER"
	transfer
	captured any "$A" $B_INNER
	tshark -r "$TMP/any.pcap" -T fields -e sll.ifindex -Y 'tcp.len > 0' \
		2>/dev/null | sort | uniq -c >"$TMP/any"
	cat "$TMP/any"
	expect "interfaces with inner packets" "$(wc -l <"$TMP/any")" 1
}

# A rule in every hook the outer packets pass sees each of them.
netfilter_sees_all()
{
	local hook seen

	is_active
	at "$A" nft -f - <<-END
		table ip seen {
			counter output { }
			counter postrouting { }
			chain output {
				type filter hook output priority 0;
				ip protocol gre counter name output
			}
			chain postrouting {
				type filter hook postrouting priority 0;
				ip protocol gre counter name postrouting
			}
		}
	END
	transfer
	for hook in output postrouting; do
		seen=$(at "$A" nft list counter ip seen $hook |
			sed -n 's/.*packets \([0-9]*\).*/\1/p')
		expect_num "packets seen in $hook" "$seen" -ge 2000
	done
	at "$A" nft add rule ip seen postrouting ip protocol gre drop
	fails 1 at "$A" ping -c 1 -W 1 $B_INNER
	at "$A" nft delete table ip seen
	at "$A" ping -c 1 -W $((5 * KPPTP_SLOW)) $B_INNER
}

# PPP's filters are asked for large packets as for small ones: A passes
# nothing of port 7778, in either direction.
filters_hold()
{
	is_active
	at "$A" iperf3 -s -D -p 7778 -I "$TMP/filtered.pid"
	slowwait 20 listens "$A" 7778
	fails 1 at "$B" timeout 20 iperf3 -c $A_INNER -p 7778 -n 1M \
		--connect-timeout 2000
	kill "$(tr -d '\0' <"$TMP/filtered.pid")"
	transfer
	is_active
}

# MPPE, whose keys come out of MS-CHAPv2: never on, and all goes through.
encrypted()
{
	slowwait 20 offload_is "$A" $COMPRESSION
	transfer
	offload_is "$A" $COMPRESSION
	expect "TSO of A" "$(feature "$A" tcp-segmentation-offload)" off
}

# negotiates STATE FRAME...: what the peer sends shows in the state
negotiates()
{
	local state=$1 frame
	shift

	for frame; do
		at "$B" gre_inject send from=$PEER to=$LOCAL \
			"call=10,seq=$seq,payload=$frame"
		seq=$((seq + 1))
	done
	slowwait 20 offload_is "$A" "$state"
}

# answers STATE FRAME: what we send then
answers()
{
	channel_write ch "$2"
	slowwait 20 offload_is "$A" "$1"
}

# ignores STATE FRAME: what the peer sends, and PPP sees, leaves the state as it is
ignores()
{
	negotiates "$1" "$2"
	slowwait 20 file_has "$TMP/ch" "^rx ${2#ff03}"
	offload_is "$A" "$1"
}

# Control frames by hand: requests of the peer, and the answers that end them.
watches()
{
	local seq=0

	open_channel "$A" ch local=$LOCAL call=10 peer=$PEER peer-call=20
	offload_is "$A" $WAITING
	ignores $WAITING ff0380210102000a0306c6336402	# IPCP: an address
	ignores $WAITING ff03c02101010004		# LCP begins anew
	negotiates $VJ ff0380210101000a0206002d0f01	# IPCP: VJ
	ignores $VJ ff0380210103000a0306c6336402	# without it
	answers $WAITING 80210401000a0206002d0f01	# is rejected
	negotiates $COMPRESSION ff0380fd0103000a120600000040	# CCP: MPPE
	ignores $COMPRESSION ff0380fd05040004		# the peer ends CCP
	answers $WAITING 80fd06040004			# we do
	negotiates $COMPRESSION ff0380fd0105000a120600000040	# again
	answers $WAITING c0210806001080fd0105000a120600000040	# no CCP here
	negotiates $MULTILINK ff03c0210205000811040578	# LCP: MRRU agreed
	ignores $MULTILINK ff03c02101060004		# LCP begins anew
	answers $WAITING c02102060004			# and agrees without
	close_channel ch
}

# Flows between a LAN and the tunnel are taken over by a flow table: most
# packets come past no chain. A flow looks taken over for a moment in conntrack
# when the table then can't have it, so that says nothing.
flow_table()
{
	local slow

	is_active
	ip -n "$C" link add c0 type veth peer name a1 netns "$A"
	ip -n "$C" addr add 203.0.113.2/24 dev c0
	ip -n "$C" link set c0 up
	ip -n "$A" addr add 203.0.113.1/24 dev a1
	ip -n "$A" link set a1 up
	ip -n "$C" route add $B_INNER via 203.0.113.1
	ip -n "$B" route add 203.0.113.0/24 dev t0
	at "$A" sysctl -qw net.ipv4.ip_forward=1
	at "$A" nft -f - <<-END
		table ip fast {
			counter slow { }
			flowtable f {
				hook ingress priority 0; devices = { t0, a1 }
			}
			chain forward {
				type filter hook forward priority 0;
				ip protocol tcp counter name slow
				ip protocol tcp flow add @f
			}
		}
	END
	at "$B" iperf3 -s -D -p 7781 -I "$TMP/iperf.pid"
	slowwait 20 listens "$B" 7781
	slowwait 20 at "$C" ping -c 1 -W 1 $B_INNER
	at "$C" timeout $((60 * KPPTP_SLOW)) iperf3 -c $B_INNER -p 7781 -n 20M
	slow=$(at "$A" nft list counter ip fast slow |
		sed -n 's/.* bytes \([0-9]*\).*/\1/p')
	[ "$slow" -lt $((10 << 20)) ] ||
		fail "$slow octets of 20 M went past the flow table"
	at "$C" timeout $((60 * KPPTP_SLOW)) iperf3 -c $B_INNER -p 7781 -n 3M -R
	kill "$(tr -d '\0' <"$TMP/iperf.pid")"
	at "$A" nft delete table ip fast
	ip -n "$C" link del c0
}

# datagrams_pass FROM TO ADDRESS TTL ["option..."]
datagrams_pass()
{
	local out

	# shellcheck disable=SC2086 # options
	out=$(datagrams from="$1" to="$2" addr="$3" ${5:-} 2>&1) || fail "$out"
	expect "datagrams" "${out#*as sent, }" "ttl $4"
}

# taps_see NETNS TEST COUNT: packets of UDP that a tap on the interface of NETNS
# sees while 2,880 datagrams go to it; a busy one may miss some
taps_see()
{
	capture "$1" tap t0 udp and dst port not 5353
	datagrams_pass "$A" "$B" $B_INNER 64
	captured tap "$A" $B_INNER
	expect_num "packets that a tap sees" \
		"$(tcpdump -r "$TMP/tap.pcap" 2>/dev/null | wc -l)" "$2" "$3"
}

# Not every kernel tells a module what it has to know to put datagrams together.
SEEN_TEST=-lt SEEN_COUNT=1440
if ! nm -u "$KPPTP_MODULE" | grep -qw udp_encap_needed_key; then
	SEEN_TEST=-ge SEEN_COUNT=1440
fi

# Datagrams go through PPP together, and arrive as they were; one by one, too.
datagrams_together()
{
	local end

	is_active
	for end in "$A 1 2" "$B 2 1"; do
		# shellcheck disable=SC2086 # three words
		set -- $end
		ip -n "$1" addr add "2001:db8::$2" peer "2001:db8::$3" dev t0 nodad
	done
	taps_see "$A" -lt 200
	taps_see "$B" $SEEN_TEST $SEEN_COUNT
	datagrams_pass "$A" "$B" $B_INNER 64 plain=1
	datagrams_pass "$A" "$B" 2001:db8::2 64
	datagrams_pass "$B" "$A" 2001:db8::1 64 plain=1
	slowwait 20 same_counts
	offload 0
	slowwait 20 offload_is "$B" $DISABLED
	taps_see "$B" -ge 1440
	slowwait 20 same_counts
}

# They are forwarded as others are: each has passed a router.
datagrams_forwarded()
{
	is_active
	ip -n "$C" link add c0 type veth peer name b1 netns "$B"
	ip -n "$C" addr add 203.0.113.2/24 dev c0
	ip -n "$C" addr add 2001:db8:1::2/64 dev c0 nodad
	ip -n "$C" link set c0 up
	ip -n "$B" addr add 203.0.113.1/24 dev b1
	ip -n "$B" addr add 2001:db8:1::1/64 dev b1 nodad
	ip -n "$B" link set b1 up
	ip -n "$A" route add 203.0.113.0/24 dev t0
	ip -n "$A" addr add 2001:db8::1/64 dev t0 nodad
	ip -n "$A" route add 2001:db8:1::/64 dev t0
	at "$B" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	capture "$B" tap t0 udp
	slowwait 20 datagrams_pass "$A" "$C" 203.0.113.2 63
	captured tap "$A" $B_INNER
	expect_num "packets that a tap sees" \
		"$(tcpdump -r "$TMP/tap.pcap" 2>/dev/null | wc -l)" $SEEN_TEST $SEEN_COUNT
	datagrams_pass "$A" "$C" 203.0.113.2 63 plain=1
	slowwait 20 datagrams_pass "$A" "$C" 2001:db8:1::2 63
	# to a socket of the router itself
	datagrams_pass "$A" "$B" $B_INNER 64
	at "$B" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
	ip -n "$C" link del c0
}

# GRO would hand such datagrams on by itself, whatever PPP thinks of them.
datagrams_of_tunnels()
{
	is_active
	ip -n "$C" link add vx type vxlan id 7 local 192.0.2.77 dstport 4789
	ip -n "$C" link set vx up
	taps_see "$B" -ge 1440
	ip -n "$C" link del vx
	taps_see "$B" $SEEN_TEST $SEEN_COUNT
}

test_begin offload
setup_pair || bail_out "no namespaces"
new_netns C
mkdir -p /etc/ppp
need_kpptp

PLAIN="noccp novj"
run_test "goes off and on with its switch" \
	with_link "$PLAIN" "$PLAIN" goes_off_and_on
run_test "what the administrator has switched off stays off" \
	with_link "$PLAIN" "$PLAIN" administrators_choice
run_test "interfaces count packets and octets as without" \
	with_link "$PLAIN" "$PLAIN" counters_agree
run_test "the wire is as without, a tap on the interface works" \
	with_link "$PLAIN" "$PLAIN" on_the_wire
run_test "a tap on all interfaces sees packets once" \
	with_link "$PLAIN" "$PLAIN" no_ghosts
run_test "netfilter sees each outer packet, and may drop it" \
	with_link "$PLAIN" "$PLAIN" netfilter_sees_all
run_test "short protocol fields or none" with_link "$PLAIN noaccomp nopcomp" \
	"$PLAIN noaccomp nopcomp" counters_agree
echo 'pass-filter "not tcp port 7778"' >"$TMP/filter"
run_test "a pass-filter holds" \
	with_link "$PLAIN file $TMP/filter" "$PLAIN" filters_hold
echo 'demo * demo *' >/etc/ppp/chap-secrets
run_test "MPPE keeps it off" with_link \
	"novj nobsdcomp nodeflate user demo require-mppe-128" \
	"novj nobsdcomp nodeflate auth require-mschap-v2 require-mppe-128" \
	encrypted
run_test "negotiations are watched" watches
run_test "flows through the interface by a flow table" \
	with_link "$PLAIN" "$PLAIN" flow_table
run_test "datagrams go through together" \
	with_link "$PLAIN" "$PLAIN" datagrams_together
run_test "datagrams are forwarded together" \
	with_link "$PLAIN" "$PLAIN" datagrams_forwarded
run_test "datagrams that may hold others go one by one" \
	with_link "$PLAIN" "$PLAIN" datagrams_of_tunnels
run_test "nothing is left" slowwait 20 calls_are "$A" 0
test_end
