#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PPTP through NAT, with the rules of kpptp firewall --role nat: clients behind
# a router with and without the kernel's PPTP helper, and a server behind one.
# What does not work is tested as well.
#
#	C1 .130 --- .129 in1                                        A1 server
#	                     N NAT router     R Internet            192.0.2.10
#	                out0 203.0.113.2 --- r0 .1 | s1 .1 ---- a0
#	C2 .194 --- .193 in2                       | s2 .129 -- a0
#	    198.51.100.128/25                                   A2 192.0.2.130

. "$(dirname "$0")/lib.sh"
. "$SELFTESTS/session_lib.sh"
. "$SELFTESTS/topology_lib.sh"

OUTSIDE=203.0.113.2
INSIDE=198.51.100.128/25
ID=4711			# the Call ID both clients insist on
NAT=(--role nat --outside out0)
CLIENTS=("${NAT[@]}" --inside "$INSIDE")

set_up()
{
	new_netns A1 && new_netns A2 && new_netns C1 && new_netns C2 &&
	new_netns N && new_netns R && write_secrets "$A1" &&
	write_secrets "$A2" && write_secrets "$C1" && write_secrets "$C2" &&
	join "$C1" c0 198.51.100.130/26 "$N" in1 198.51.100.129/26 &&
	join "$C2" c0 198.51.100.194/26 "$N" in2 198.51.100.193/26 &&
	join "$N" out0 $OUTSIDE/24 "$R" r0 203.0.113.1/24 &&
	join "$R" s1 192.0.2.1/25 "$A1" a0 192.0.2.10/25 &&
	join "$R" s2 192.0.2.129/25 "$A2" a0 192.0.2.130/25 &&
	gateway "$C1" 198.51.100.129 && gateway "$C2" 198.51.100.193 &&
	gateway "$N" 203.0.113.1 && gateway "$A1" 192.0.2.1 &&
	gateway "$A2" 192.0.2.129 && router "$N" "$R"
}

# serve NAME NETNS ADDRESS
serve()
{
	LOCAL=$3 server_config mppe=no
	sed "s/server\\.run/$1.run/; s/server\\.sock/$1.sock/" \
		"$TMP/server.conf" >"$TMP/$1.conf.new"
	mv "$TMP/$1.conf.new" "$TMP/$1.conf"
	mkdir -p "$TMP/$1.run"
	daemon "$2" "$1"
}

# section NAME SERVER [key=value...]
section()
{
	echo "[client $1]"
	settings "server = $2" "user = alice" "password = wonderland" \
		"mppe = no" "${@:3}"
}

# client NAME NETNS: with every call it is ever to place
client()
{
	{
		write_global "$1"
		section fixed 192.0.2.10 "call-id = $ID"
		section elsewhere 192.0.2.130 "call-id = $ID"
		section free 192.0.2.10
		section more 192.0.2.10
		section static $OUTSIDE
	} >"$TMP/$1.conf"
	chmod 600 "$TMP/$1.conf"
	daemon "$2" "$1"
}

start_all()
{
	chmod 755 "$TMP"
	serve a1 "$A1" 192.0.2.10
	serve a2 "$A2" 192.0.2.130
	client c1 "$C1"
	client c2 "$C2"
}

end_all()
{
	local name

	for name in c1 c2 a1 a2; do
		daemon_end $name
	done
	for name in "$C1" "$C2" "$A1" "$A2"; do
		nothing_in "$name"
	done
}

# up NAME SECTION
up()
{
	cli "$1" connect --client "$2" --timeout $((30 * KPPTP_SLOW))
}

# comes_to_nothing NAME SECTION: the control connection works, the call does not
comes_to_nothing()
{
	fails 1 cli "$1" connect --client "$2" --timeout $((6 * KPPTP_SLOW)) \
		>"$TMP/nothing" 2>&1
	cat "$TMP/nothing"
	grep -q "connected: Call ID" "$TMP/nothing"
}

# carries NETNS: by each ppp interface there is
carries()
{
	local if ifs

	ifs=$(ip -n "$1" -o link show | grep -o 'ppp[0-9]*:' | tr -d :)
	[ -n "$ifs" ] || fail "no tunnel in $1"
	for if in $ifs; do
		at "$1" ping -c 3 -i 0.2 -W $((5 * KPPTP_SLOW)) -I "$if" \
			198.51.100.1
	done
}

carries_nothing()
{
	fails 1 carries "$1"
}

down()
{
	local name

	for name in c1 c2; do
		cli $name disconnect all
	done
	for name in a1 a2; do
		slowwait 60 no_calls $name
	done
}

# read_ids NAME: the Call IDs of requests and of GRE in a capture, a line each
read_ids()
{
	tshark -n -r "$TMP/$1.pcap" -T fields -E occurrence=f -E separator=, -e pptp.control_message_type \
		-e pptp.call_id -e ip.src -e gre.key.call_id >"$TMP/$1.ids" 2>"$TMP/tshark" || cat "$TMP/tshark"
}

# Those of Outgoing-Call-Requests, and those of GRE from the server: each once, in order.
ids_in_requests() # NAME
{
	awk -F , '$1 == 7 { print $2 }' "$TMP/$1.ids" | sort -nu | xargs
}

ids_in_gre() # NAME
{
	awk -F , '$3 == "192.0.2.10" && $4 != "" { print $4 }' "$TMP/$1.ids" | sort -nu | xargs
}

# --- clients -----------------------------------------------------------------

# What conntrack makes of GRE by itself: each direction a flow of its own, so
# what comes back belongs to nobody.
plain_masquerade()
{
	at "$N" nft -f - <<-END
	table ip plain {
		chain post {
			type nat hook postrouting priority srcnat;
			oifname "out0" counter masquerade
		}
		chain in {
			type filter hook input priority filter;
			meta l4proto gre counter comment "came back to us"
		}
	}
	END
	comes_to_nothing c1 free
	expect_num "packets that came back" \
		"$(counted "$N" ip "plain in" "came back")" -ge 1
	at "$N" nft delete table ip plain
	down
}

helper_loads()
{
	firewall "$N" "${CLIENTS[@]}" --apply
	firewall "$N" "${CLIENTS[@]}" --check
	firewall "$N" "${CLIENTS[@]}" --apply | grep "nothing was changed"
}

# Both clients say 4711. The server sees two Call IDs, and in what it sends
# each client finds 4711 again.
helper_edits_call_ids()
{
	local name seen

	capture "$R" outside r0 ip proto 47 or tcp port 1723
	capture "$N" in1 in1 ip proto 47 or tcp port 1723
	capture "$N" in2 in2 ip proto 47 or tcp port 1723
	up c1 fixed
	up c2 fixed
	carries "$C1"
	carries "$C2"
	carries "$C1"
	captured outside "$R" $OUTSIDE
	captured in1 "$N" 198.51.100.130
	captured in2 "$N" 198.51.100.194
	expect "Call IDs of the clients" \
		"$(call_json c1 call_id) $(call_json c2 call_id)" "$ID $ID"
	seen=$(call_json a1 peer_call_id | sort -n | tr '\n' ' ' | sed 's/ $//')
	echo "the server sees $seen"
	expect "different Call IDs at the server" "$(wc -w <<<"$seen")" 2
	[[ " $seen " != *" $ID "* ]] || fail "$ID was not edited"
	for name in outside in1 in2; do
		read_ids $name
	done
	expect "Call IDs in requests outside" "$(ids_in_requests outside)" "$seen"
	expect "Call IDs in GRE outside" "$(ids_in_gre outside)" "$seen"
	for name in in1 in2; do
		expect "Call ID in requests at $name" "$(ids_in_requests $name)" $ID
		expect "Call ID in GRE at $name" "$(ids_in_gre $name)" $ID
	done
	down
}

# The helper keeps one call for a control connection, and gives the second one
# to the same server the first one's Call ID.
helper_knows_one_call()
{
	up c1 free
	carries "$C1"
	fails 1 cli c1 connect --client more --timeout $((6 * KPPTP_SLOW)) \
		>"$TMP/more" 2>&1
	cat "$TMP/more"
	carries "$C1"
	down
}

without_helper_loads()
{
	firewall "$N" "${CLIENTS[@]}" --without-helper --apply
	firewall "$N" "${CLIENTS[@]}" --without-helper --check
}

# Call IDs chosen at random differ, and nothing is edited.
two_clients_one_server()
{
	up c1 free
	up c2 free
	carries "$C1"
	carries "$C2"
	expect "Call IDs at the server" \
		"$(call_json a1 peer_call_id | sort -n | tr '\n' ' ')" \
		"$({ call_json c1 call_id; call_json c2 call_id; } | sort -n |
		tr '\n' ' ')"
	# what was learned is no difference
	firewall "$N" "${CLIENTS[@]}" --without-helper --check
}

two_calls_one_connection()
{
	up c1 more
	expect "control connections" \
		"$(json c1 id connections | wc -l)" 1
	carries "$C1"
	carries "$C2"
	down
}

same_id_two_servers()
{
	up c1 fixed
	up c2 elsewhere
	carries "$C1"
	carries "$C2"
	carries "$C1"
	down
}

# Nothing in a packet to the router's address and Call ID 4711 says which
# client is meant. The server has two calls for its part, by its own Call IDs;
# the first goes on, and once it has ended and conntrack has forgotten its GRE
# the second client has its turn.
same_id_one_server()
{
	at "$N" sysctl -qw net.netfilter.nf_conntrack_gre_timeout=2
	up c1 fixed
	{ cli c2 connect --client fixed --timeout $((8 * KPPTP_SLOW)) \
		>"$TMP/second" 2>&1 || echo $? >"$TMP/second.rc"; } &
	slowwait 20 server_has_both
	carries "$C1"
	wait
	expect "status of the second" "$(cat "$TMP/second.rc")" 1
	carries "$C1"
	cli c1 disconnect all
	slowwait 60 no_calls a1
	slowwait 60 nothing_tracked
	up c2 fixed
	carries "$C2"
	down
	firewall "$N" --remove
}

nothing_tracked()
{
	expect "GRE flows" "$(at "$N" conntrack -L -p gre 2>/dev/null)" ""
}

# As for a router that can do neither: a rule for the client's Call ID.
rule_for_a_call_id()
{
	slowwait 60 nothing_tracked
	at "$N" nft -f - <<-END
	table ip static {
		chain pre {
			type nat hook prerouting priority dstnat;
			iifname "out0" ip protocol gre dnat to @th,48,16 map { $ID : 198.51.100.194 }
		}
		chain post {
			type nat hook postrouting priority srcnat;
			oifname "out0" masquerade
		}
	}
	END
	up c2 fixed
	carries "$C2"
	comes_to_nothing c1 free
	down
	at "$N" nft delete table ip static
}

server_has_both()
{
	expect "Call IDs of clients at the server" \
		"$(call_json a1 peer_call_id | tr '\n' ' ')" "$ID $ID "
}

# --- servers -----------------------------------------------------------------

# The server moves to C1, the client to A1.
change_places()
{
	end_all
	serve a1 "$C1" 198.51.100.130
	client c1 "$A1"
}

listen_too()
{
	background "$TMP/web" ip netns exec "$C1" python3 -m http.server 80
	slowwait 20 listens "$C1" 80
}

reaches_web()
{
	at "$A1" busybox nc -w $((2 * KPPTP_SLOW)) $OUTSIDE 80 </dev/null
}

# static NAME: through the rules that are loaded
through_static()
{
	up c1 static
	carries "$A1"
	expect "the client at the server" \
		"$(json a1 peer connections | sed 's/:.*//')" 192.0.2.10
	cli c1 disconnect all
	slowwait 60 no_calls a1
}

port_forward()
{
	fails 1 cli c1 connect --client static --timeout 3
	firewall "$N" "${NAT[@]}" --server 198.51.100.130 --apply
	through_static
	fails 1 reaches_web
}

port_forward_with_address()
{
	firewall "$N" "${NAT[@]}" --server 198.51.100.130 \
		--outside-address $OUTSIDE --apply
	firewall "$N" "${NAT[@]}" --server 198.51.100.130 \
		--outside-address $OUTSIDE --check
	through_static
	fails 1 reaches_web
}

address_map()
{
	firewall "$N" "${NAT[@]}" --server 198.51.100.130 \
		--outside-address $OUTSIDE --map --apply
	through_static
	reaches_web
}

# Clients inside and a server inside, and the server filtered as well.
server_and_clients()
{
	serve a2 "$A2" 192.0.2.130
	client c2 "$C2"
	firewall "$N" "${CLIENTS[@]}" --server 198.51.100.130 --apply
	at "$N" kpptp firewall --role perimeter --outside out0 --perimeter in1 \
		--server 198.51.100.130 --apply --force
	through_static
	firewall "$N" --remove --role perimeter
	up c1 static
	up c2 elsewhere
	carries "$A1"
	carries "$C2"
	down_static
	firewall "$N" "${CLIENTS[@]}" --server 198.51.100.130 \
		--without-helper --apply
	up c1 static
	up c2 elsewhere
	carries "$A1"
	carries "$C2"
	down_static
}

down_static()
{
	cli c1 disconnect all
	cli c2 disconnect all
	slowwait 60 no_calls a1
	slowwait 60 no_calls a2
}

dials_out_through()
{
	daemon_end a1
	daemon_end c1
	client c1 "$C1"
	serve a1 "$A1" 192.0.2.10
	firewall "$N" "${NAT[@]}" --server 198.51.100.130 --dials-out --apply
	up c1 free
	carries "$C1"
	down_static
}

test_begin nat
set_up || bail_out "no namespaces"
need_kpptp

run_test "daemons start" start_all
run_test "masquerading alone: GRE does not come back" plain_masquerade
run_test "helper: loads" helper_loads
run_test "helper: one Call ID twice, edited on the wire" helper_edits_call_ids
run_test "helper: one call for a control connection" helper_knows_one_call
run_test "without helper: loads" without_helper_loads
run_test "without helper: two clients, one server" two_clients_one_server
run_test "without helper: two calls on one connection" two_calls_one_connection
run_test "without helper: one Call ID twice, two servers" same_id_two_servers
run_test "without helper: one Call ID twice, one server: the first has it" \
	same_id_one_server
run_test "a rule for a Call ID that is set" rule_for_a_call_id
run_test "a server behind the router" change_places
run_test "it has another service" listen_too
run_test "server: port forward" port_forward
run_test "server: port forward with an address" port_forward_with_address
run_test "server: address map" address_map
run_test "server and clients behind one router" server_and_clients
run_test "server: dials out" dials_out_through
run_test "daemons end" end_all
test_end
