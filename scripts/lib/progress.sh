# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Nothing that a user waits for is silent for more than a few seconds. Sourced.

PROGRESS_EVERY=6	# seconds between two lines

# What the log says last, fit for the rest of a line. Programs that redraw their
# line end it with a carriage return only.
last_words() { # LOGFILE
	tail -c 500 "$1" 2> /dev/null | tr '\r\t' '\n ' | tr -cd '\n[:print:]' | grep '[^ ]' |
		tail -n 1 | cut -c 1-60
}

# Ends when its standard input does, that is, when nobody is left to tell for.
tell_progress() { # TEXT LOGFILE
	local since=$SECONDS status words
	while status=0; read -r -t "$PROGRESS_EVERY" || status=$?; [ "$status" -gt 128 ]; do
		words=$(last_words "$2") || true
		echo "$1: $((SECONDS - since)) s${words:+, $words}"
	done
}

# with_progress TEXT LOGFILE COMMAND...: runs the command with its output in the
# file, prints the text at once and then, every few seconds, how long it has
# taken and what it said last. Its status is the command's.
with_progress() {
	local text=$1 log=$2 status=0 alive teller
	shift 2
	echo "$text"
	: > "$log"
	exec {alive}> >(tell_progress "$text" "$log")
	teller=$!
	# A process that the command leaves behind must not keep the teller alive.
	(exec {alive}>&- && "$@") > "$log" 2>&1 < /dev/null || status=$?
	exec {alive}>&-
	wait "$teller" || true
	return "$status"
}

# next_line SECONDS: the next line of the standard input, in LINE. The status is above
# 128 when it is not there after so long: what came of it is kept for the next call.
# At the end it is 1, with what came last, without a newline, in LINE.
BEGUN=
next_line() {
	local part status=0
	IFS= read -r -t "$1" part || status=$?
	BEGUN+=$part
	[ "$status" -le 128 ] || return "$status"
	LINE=$BEGUN
	BEGUN=
	return "$status"
}

# heartbeat TEXT: hands on the lines of its standard input as they come; when
# none comes for some seconds, it says TEXT and how long all has taken.
heartbeat() {
	local since=$SECONDS status
	while true; do
		status=0
		next_line "$PROGRESS_EVERY" || status=$?
		if [ "$status" = 0 ]; then
			printf '%s\n' "$LINE"
		elif [ "$status" -gt 128 ]; then
			echo "$1 $((SECONDS - since)) s"
		else
			[ -z "$LINE" ] || printf '%s\n' "$LINE"
			return 0
		fi
	done
}
