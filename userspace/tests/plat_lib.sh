# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests that run kpptpd as a whole, without kernel module and pppd: results,
# its control socket, its configuration. Sourced with $kpptpd, $here and $dir set; $dir
# is a directory of the test's own.

: "${dir:?}" "${here:?}"
n=0
failed=0	# for whoever sources this
port=$((20000 + RANDOM % 20000))

# report STATUS NAME
report()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		# shellcheck disable=SC2034 # see above
		failed=1
	fi
}

# ask SOCKET REQUEST: prints one line of answer
ask()
{
	timeout 15 python3 - "$1" "$2" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(14)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
data = b""
while not data.endswith(b"\n"):
    part = s.recv(65536)
    if not part:
        break
    data += part
print(data.decode(), end="")
PY
}

# has JSON EXPRESSION: the expression over the answer "a" is true
has()
{
	printf '%s' "$1" | python3 -c '
import json, sys
a = json.load(sys.stdin)
sys.exit(0 if eval(sys.argv[1]) else 1)' "$2"
}

# described DEFINITION LIST JSON: what is in LIST of the answer, or all of it but
# "ok", is as Documentation/json-schema has it
described()
{
	printf '%s' "$3" | python3 -c '
import json, sys
import jsonschema
schema, name, members = sys.argv[1:4]
answer = json.load(sys.stdin)
answer.pop("ok")
with open(schema) as file:
    definitions = json.load(file)["definitions"]
items = answer[members] if members else [answer]
for item in items:
    jsonschema.Draft7Validator({"$ref": "#/definitions/" + name, "definitions": definitions}).validate(item)
sys.exit(not items)' "$here/../../Documentation/json-schema/kpptp.json" "$1" "$2"
}

# wait_for SOCKET REQUEST EXPRESSION: up to 30 s, for a busy machine
wait_for()
{
	local i answer
	for ((i = 0; i < 150; i++)); do
		answer=$(ask "$1" "$2" 2>/dev/null) &&
			has "$answer" "$3" 2>/dev/null && return 0
		sleep 0.2
	done
	echo "# last answer: ${answer:-none}"
	return 1
}

# ends PID: it ends within 30 s with status 0
ends()
{
	local i
	for ((i = 0; i < 150; i++)); do
		kill -0 "$1" 2>/dev/null || { wait "$1"; return $?; }
		sleep 0.2
	done
	return 1
}

# global NAME: the section [global] of a daemon with a run-dir of its own
global()
{
	cat <<CONF
[global]
run-dir = $dir/$1
user = nobody
data-plane = null
log-level = debug
CONF
}

# server_conf NAME: a server on loopback, too
server_conf()
{
	global "$1"
	cat <<CONF
[server]
enabled = yes
listen = 127.0.0.1
max-connections = 100
port = $port
local-ip = 192.0.2.1
pool = 198.51.100.10-198.51.100.11
CONF
}

# no_sanitiser: none has complained in a log of $dir
no_sanitiser()
{
	! grep -E 'ERROR: (Address|Leak)Sanitizer|runtime error' "$dir"/*.log
}
