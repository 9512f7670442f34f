# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for kpptp(8)

# What "kpptp disconnect" and "kpptp show" take for a call.
_kpptp_calls()
{
	kpptp --json calls 2>/dev/null |
		grep -oE '"(id|interface|name|user|peer|remote_ip)":("[^" \\]+"|[0-9]+)' |
		sed -e 's/^[^:]*://' -e 's/"//g' | sort -u
}

# Sections [client NAME] of the configuration, for those who may read it.
_kpptp_clients()
{
	sed -nE 's/^\[client[[:space:]]+([A-Za-z0-9_.-]+)\].*/\1/p' \
		/etc/kpptp/kpptpd.conf 2>/dev/null
}

_kpptp()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verbs="connect disconnect calls clients users connections show monitor status reload stats doctor firewall help"
	local options="--json --socket --help" verb="" i words=""

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--socket)
			i=$((i + 1))
			;;
		-*)
			;;
		*)
			verb=${COMP_WORDS[i]}
			break
			;;
		esac
	done

	case $prev in
	--socket | --password-file)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	--mppe)
		words="no allow require"
		;;
	--auth)
		words="mschap-v2 mschap chap pap eap none"
		;;
	--client)
		words=$(_kpptp_clients)
		;;
	--role)
		words="perimeter server client forward nat"
		;;
	--format)
		words="nft iptables-restore ip6tables-restore"
		;;
	--outside | --perimeter | --flowtable | --subscribers)
		words=$(ls /sys/class/net 2>/dev/null)
		;;
	--confirm | --server | --peers | --inside | --outside-address | --allow | --allow-out)
		return
		;;
	--user | --mtu | --route | --name | --timeout | --count | --call-id)
		return
		;;
	*)
		case $verb in
		"")
			words="$verbs $options --version"
			;;
		connect)
			words="$options --client --user --ask --password-file --password-stdin
				--auth --mppe --mtu --ipv6 --default-route --route --dns
				--name --persist --timeout"
			;;
		doctor)
			words="$options --user --ask --password-file --password-stdin --auth --mppe
				--mtu --call-id --timeout"
			;;
		disconnect)
			words="$options all $(_kpptp_calls)"
			;;
		show)
			words="$options $(_kpptp_calls)"
			;;
		help)
			words=$verbs
			;;
		calls)
			words="$options --kernel"
			;;
		monitor)
			words="$options --daemon --kernel --count"
			;;
		firewall)
			words="$options --role --apply --check --remove --force --confirm --format
				--outside --perimeter --server --peers --dials-out --allow
				--allow-out --strict --subscribers --isolate --flowtable
				--inside --outside-address --map --without-helper"
			;;
		*)
			words=$options
			;;
		esac
		# Options only once one is begun, unless there is nothing else.
		if [[ $cur != -* && -n $verb && $words == *[[:space:]][!-]* ]]; then
			words=$(tr -s '[:space:]' '\n' <<<"$words" | grep -v '^-')
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _kpptp kpptp
