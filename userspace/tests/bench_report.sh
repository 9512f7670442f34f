#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The report of the benchmark, made of figures that were never measured: its
# medians, ratios and verdicts are right, its table and chart are well-formed.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
report=$top/scripts/lib/bench-report.py
dir=$(mktemp -d)
# shellcheck source=userspace/tests/tap.sh
. "$top/userspace/tests/tap.sh"

trap 'rm -rf "$dir"' EXIT

# figures PATH WORKLOAD VALUE...
figures()
{
	local path=$1 workload=$2 run=0 value

	shift 2
	for value; do
		run=$((run + 1))
		echo "{\"path\": \"$path\", \"workload\": \"$workload\", \"run\": $run, \"value\": $value}"
	done
}

write_input()
{
	cat >"$dir/meta.json" <<-'END'
	{"kernel": "6.12.0-<test> & more", "mode": "icount", "about": "Nothing was measured.",
	 "command": "make bench KERNEL='6.12 6.1'", "date": "2000-01-01", "runs": 3}
	END
	{
		figures gre tcp 1000 990 1010
		figures kpptp tcp 1300 1100 1200
		figures intree tcp 400.5 500 450
		figures intree-mppe tcp 100 100 100
		figures kpptp-mppe tcp 110 110 110
		figures gre rr 20 20 20
		figures intree rr 50 50 50
		figures kpptp rr 25 25 25
	} >"$dir/runs.jsonl"
}

# is FILTER VALUE: what jq finds in the report
is()
{
	local found

	found=$(jq -r "$1" "$dir/report.json") || return
	[ "$found" = "$2" ] || { echo "$1 is $found, should be $2"; return 1; }
}

makes_report()
{
	"$report" json "$dir/meta.json" "$dir/runs.jsonl" >"$dir/report.json"
}

has_every_run()
{
	is '.results.tcp.kpptp.runs | join(" ")' "1300 1100 1200" &&
		is '.results.tcp.kpptp.median' 1200 &&
		is '.results.tcp.intree.median' 450
}

has_ratios()
{
	is '.results.tcp.kpptp.to_gre' 1.2 &&
		is '.results.tcp.kpptp.to_intree * 100 | floor' 266 &&
		is '.results.tcp."kpptp-mppe".to_intree' 1.1 &&
		is '.results.rr.kpptp.to_intree' 2 &&
		is '.results.rr.kpptp.to_gre' 0.8
}

# 1200 / 450 is over 2.1, 1200 / 1000 over 1, 110 / 100 under 1.15; what was
# not measured is not judged.
judges()
{
	is '[.targets[].reached] | join(" ")' "true true false"
}

makes_table()
{
	local widths

	"$report" table "$dir/report.json" >"$dir/table.md" || return
	grep -q '^| kpptp  *|  1,200 |   1.20 |       2.67 | 16.7 % |$' "$dir/table.md" ||
		{ echo "no line for kpptp"; cat "$dir/table.md"; return 1; }
	# every table is as wide all the way down; awk may count octets
	widths=$(sed "s/µ/u/" "$dir/table.md" | awk "!/^\\|/ { t++; next } { print t, length(\$0) }" | sort -u | wc -l)
	[ "$widths" = 3 ] || { echo "lines of different width"; cat "$dir/table.md"; return 1; }
}

makes_chart()
{
	"$report" svg "$dir/report.json" >"$dir/chart.svg" || return
	python3 - "$dir/chart.svg" <<-'END'
	import sys
	import xml.etree.ElementTree as tree
	svg = "{http://www.w3.org/2000/svg}"
	root = tree.parse(sys.argv[1]).getroot()
	width, height = float(root.get("width")), float(root.get("height"))
	bars = root.findall(svg + "rect")[1:]
	assert root.tag == svg + "svg", root.tag
	assert len(bars) == 8, f"{len(bars)} bars"
	for bar in bars:
	    assert float(bar.get("x")) + float(bar.get("width")) < width, "a bar is too long"
	    assert float(bar.get("y")) + float(bar.get("height")) < height, "a bar is below the edge"
	texts = [t.text for t in root.findall(svg + "text")]
	assert any("6.12.0-<test> & more" in t for t in texts), "the kernel is not named"
	END
}

refuses_unknown_names()
{
	figures kpptp no-such-workload 1 >"$dir/wrong.jsonl"
	! "$report" json "$dir/meta.json" "$dir/wrong.jsonl" >"$dir/out" 2>"$dir/error" &&
		grep -q no-such-workload "$dir/error"
}

# The lists of names that the two have of their own are the same.
same_names()
{
	local name workload

	for name in $(sed -n 's/^all_paths="\(.*\)"$/\1/p' "$top/scripts/bench.sh") \
			$(sed -n '/^all_workloads="/,/"$/p' "$top/scripts/bench.sh" |
				tr -d '"' | sed 's/^all_workloads=//'); do
		# one workload gives several figures with names of their own
		for workload in ${name/#call-rates/open open-full close}; do
			grep -q "^    \"$workload\": " "$report" || { echo "$workload is not in the report"; return 1; }
		done
	done
}

if ! command -v jq >/dev/null || ! command -v python3 >/dev/null; then
	echo "ok 1 - the report of the benchmark # SKIP jq or python3 is not installed"
	echo "1..1"
	exit
fi
write_input
check "a report comes of the figures" makes_report
check "it has every run and the median" has_every_run
check "it has ratios, of times the inverse" has_ratios
check "it says which targets are reached" judges
check "the table is one" makes_table
check "the chart is well-formed and everything is on it" makes_chart
check "a figure nobody knows is refused" refuses_unknown_names
check "every path and workload has its place in the report" same_names
finish
