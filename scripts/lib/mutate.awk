# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a change in a file and prints the whole of it. The change is in HUNKS: lines
# of a diff, but found by what they are, not by where they are. "@@ TEXT" begins a
# further one, or one whose lines are looked for between TEXT and the next line
# that begins with a brace. What is not there, or there twice, is an error.

function fail(what) {
	print FILENAME ": " what > "/dev/stderr"
	failed = 1
	exit 1
}

# The only place of a string in another one
function only_place(all, part, what,	place) {
	place = index(all, part)
	if (!place)
		fail("not there: " what)
	if (index(substr(all, place + 1), part))
		fail("there twice: " what)
	return place
}

function change(	from, region, end, place, what) {
	if (!(old heading))
		return
	what = heading " " old
	from = heading == "" ? 1 : only_place(text, heading, heading)
	region = substr(text, from)
	end = index(region, "\n}")
	if (heading != "" && end)
		region = substr(region, 1, end)
	place = from - 1 + only_place(region, "\n" old, what)
	text = substr(text, 1, place) new substr(text, place + 1 + length(old))
	old = new = heading = ""
}

BEGIN { text = "\n" }

{ text = text $0 "\n" }

END {
	if (failed)
		exit 1
	n = split(ENVIRON["HUNKS"], line, "\n")
	before = text
	for (i = 1; i <= n; i++) {
		kind = substr(line[i], 1, 1)
		rest = substr(line[i], 2) "\n"
		if (kind == "@") {
			change()
			heading = substr(line[i], 4)
		}
		if (kind == "-" || kind == " ")
			old = old rest
		if (kind == "+" || kind == " ")
			new = new rest
	}
	change()
	if (failed)
		exit 1
	if (text == before)
		fail("the change changes nothing")
	printf "%s", substr(text, 2)
}
