#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes what people read of what bench-guest.sh measured.

    bench-report.py json META RUNS     all runs, medians, ratios, targets
    bench-report.py table REPORT       the same as text (Markdown)
    bench-report.py svg REPORT         the same as a chart

META is a JSON object with what there is to say about the machine (kernel,
mode, command, ...); RUNS has a JSON object a line: path, workload, run, value.
REPORT is what "json" wrote. Results go to standard output.
"""
import json
import statistics
import sys
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
from bench_table import markdown, number  # noqa: E402

PATHS = {
    "bare": "the link itself (veth)",
    "gre": "plain GRE",
    "kpptp": "kpptp",
    "kpptp-plain": "kpptp, offload off",
    "intree": "in-tree pptp",
    "l2tp": "L2TPv2 in the kernel",
    "userspace": "pptp-linux to pptpd",
    "kpptp-mppe": "kpptp, MPPE-128",
    "intree-mppe": "in-tree pptp, MPPE-128",
}

# Name: what it is, its unit, whether less is better.
WORKLOADS = {
    "tcp": ("TCP, one connection", "Mbit/s", False),
    "tcp-reverse": ("TCP, the other way", "Mbit/s", False),
    "tcp-4": ("TCP, four connections", "Mbit/s", False),
    "tcp-4-rps": ("TCP, four connections, received on two CPUs (RPS)", "Mbit/s", False),
    "scale-1": ("TCP through one tunnel, on one CPU", "Mbit/s", False),
    "scale-2": ("TCP through two tunnels, each on its CPU", "Mbit/s", False),
    "scale": ("Two tunnels on two CPUs, to one on one", "times", False),
    "tcp-tso": ("TCP, underlay that segments", "Mbit/s", False),
    "udp": ("UDP, 64-octet datagrams", "packets/s", False),
    "rr": ("Request and response, 64 octets each", "µs", True),
    "forward-tcp": ("Forwarding TCP, LAN to tunnel", "Mbit/s", False),
    "forward-tcp-reverse": ("Forwarding TCP, tunnel to LAN", "Mbit/s", False),
    "forward-udp": ("Forwarding 64-octet datagrams, LAN to tunnel", "packets/s", False),
    "forward-udp-gro": ("Forwarding 64-octet datagrams that the LAN card puts together",
                        "packets/s", False),
    "jitter": ("TCP, 5 ms ± 1 ms of delay each way", "Mbit/s", False),
    "loss": ("TCP, 5 ms of delay and 0.5 % loss each way", "Mbit/s", False),
    "calls-1": ("TCP through the only call", "Mbit/s", False),
    "calls-100": ("TCP through one of 100 calls", "Mbit/s", False),
    "calls-1000": ("TCP through one of 1,000 calls", "Mbit/s", False),
    "calls-10000": ("TCP through one of 10,000 calls", "Mbit/s", False),
    "open": ("Opening the first 10,000 calls", "calls/s", False),
    "open-full": ("Opening the last 1,000 of 10,000 calls", "calls/s", False),
    "close": ("Closing 1,000 of 10,000 calls", "calls/s", False),
}

# What kpptp is to reach: a sentence, its figure, that of what it is compared
# with, and the least ratio of the two.
TARGETS = [
    ("TCP bulk, to in-tree pptp", ("kpptp", "tcp"), ("intree", "tcp"), 2.1),
    ("TCP bulk, to plain GRE", ("kpptp", "tcp"), ("gre", "tcp"), 1.0),
    ("Forwarding TCP, to in-tree pptp",
     ("kpptp", "forward-tcp"), ("intree", "forward-tcp"), 2.0),
    ("Forwarding 64-octet UDP, to in-tree pptp",
     ("kpptp", "forward-udp"), ("intree", "forward-udp"), 1.3),
    ("Forwarding 64-octet UDP, GRO on the LAN, to in-tree pptp",
     ("kpptp", "forward-udp-gro"), ("intree", "forward-udp-gro"), 1.3),
    ("TCP with MPPE-128, to in-tree pptp with it",
     ("kpptp-mppe", "tcp"), ("intree-mppe", "tcp"), 1.15),
    ("TCP with 10,000 calls in the table, to TCP with one",
     ("kpptp", "calls-10000"), ("kpptp", "calls-1"), 0.97),
    ("Closing calls, to in-tree pptp", ("kpptp", "close"), ("intree", "close"), 50),
    ("Opening calls at 10,000, to in-tree pptp",
     ("kpptp", "open-full"), ("intree", "open-full"), 5),
    ("TCP over a path with jitter, to plain GRE",
     ("kpptp", "jitter"), ("gre", "jitter"), 0.9),
]


def reference(path):
    """The path that in-tree ratios of this one are to."""
    return "intree-mppe" if path.endswith("-mppe") else "intree"


# --- json --------------------------------------------------------------------

def cell(values):
    middle = statistics.median(values)
    return {"runs": values, "median": middle,
            "spread": (max(values) - min(values)) / middle if middle else 0}


def gather(lines):
    """{workload: {path: cell}}, both in the order of the lists above."""
    values = {}
    for line in lines:
        run = json.loads(line)
        if run["path"] not in PATHS or run["workload"] not in WORKLOADS:
            sys.exit(f"bench-report: a run of {run['path']}, {run['workload']}: no such thing")
        values.setdefault((run["workload"], run["path"]), []).append(run["value"])
    return {w: {p: cell(values[w, p]) for p in PATHS if (w, p) in values}
            for w in WORKLOADS if any((w, p) in values for p in PATHS)}


def median(results, path, workload):
    return results.get(workload, {}).get(path, {}).get("median")


def add_ratios(results):
    """How many times as good as the other: for times the inverse."""
    for workload, paths in results.items():
        for path, this in paths.items():
            for name, other in (("to_gre", "gre"), ("to_intree", reference(path))):
                base = median(results, other, workload)
                if base and this["median"]:
                    ratio = this["median"] / base
                    this[name] = 1 / ratio if WORKLOADS[workload][2] else ratio


def judge(results):
    judged = []
    for text, this, other, least in TARGETS:
        a, b = median(results, *this), median(results, *other)
        if a is None or not b:
            continue
        judged.append({"target": text, "least": least, "ratio": a / b,
                       "reached": a / b >= least})
    return judged


def make_report(meta_file, runs_file):
    with open(meta_file, encoding="utf-8") as file:
        report = json.load(file)
    with open(runs_file, encoding="utf-8") as file:
        report["results"] = gather(file)
    add_ratios(report["results"])
    # They were set for figures that repeat.
    report["targets"] = judge(report["results"]) if report["mode"] == "icount" else []
    return json.dumps(report, indent=1, ensure_ascii=False)


# --- table -------------------------------------------------------------------

def ratio_text(this, name):
    return number(this[name]) if name in this else ""


def workload_table(workload, paths):
    title, unit, less = WORKLOADS[workload]
    head = [title, unit, "to GRE", "to in-tree", "spread"]
    rows = [[PATHS[path], number(this["median"]), ratio_text(this, "to_gre"),
             ratio_text(this, "to_intree"), f"{this['spread'] * 100:.1f} %"]
            for path, this in paths.items()]
    note = "\n\n(Less is better; a ratio over 1 is quicker.)" if less else ""
    return markdown(head, rows) + note


def targets_table(targets):
    rows = [[t["target"], f"{t['least']:g}", number(t["ratio"]),
             "reached" if t["reached"] else "NOT reached"] for t in targets]
    return markdown(["Target", "at least", "is", ""], rows)


def make_table(report):
    parts = [f"Linux {report['kernel']}, {report['mode']}. {report['about']}",
             f"Made by `{report['command']}` on {report['date']}. "
             f"Median of {report['runs']}; spread is (largest - smallest) / median. "
             "With MPPE the ratio to in-tree is to in-tree with MPPE."]
    parts += [workload_table(w, p) for w, p in report["results"].items()]
    if report["targets"]:
        parts.append(targets_table(report["targets"]))
    return "\n\n".join(parts)


# --- svg ---------------------------------------------------------------------

WIDTH = 860
LEFT = 216      # where bars begin
RIGHT = 250     # what is left for labels behind the longest
BAR = 16
STEP = 21
GAP = 34        # between groups, where the next one's title is

STYLE = """
  .card { fill: #ffffff; } text { fill: #1f2430; }
  .soft { fill: #626a7a; } .line { stroke: #c9ced8; }
  .ours { fill: #1f6feb; } .ours-mppe { fill: #7a5cd6; }
  .theirs { fill: #e08a2c; } .other { fill: #a9b1c0; }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
  .title { font-size: 19px; font-weight: 600; } .group { font-size: 14px; font-weight: 600; }
  .small { font-size: 12px; } .strong { font-weight: 600; } .end { text-anchor: end; }
  @media (prefers-color-scheme: dark) {
    .card { fill: #151922; } text { fill: #e4e8f0; }
    .soft { fill: #98a2b5; } .line { stroke: #3a4252; }
    .ours { fill: #4c93ff; } .ours-mppe { fill: #9d86f0; }
    .theirs { fill: #e89c48; } .other { fill: #5f6980; }
  }
"""


def text(x, y, content, style=""):
    return f'<text x="{x}" y="{y}" class="{style}">{escape(content)}</text>'


def bar_style(path):
    if path.startswith("kpptp"):
        return "ours-mppe" if path.endswith("mppe") else "ours"
    return "theirs" if path.startswith("intree") else "other"


def bar_label(this, unit):
    label = f"{number(this['median'])} {unit}"
    if "to_intree" in this:
        label += f"  ·  {number(this['to_intree'])} × in-tree"
    return label


def group(workload, paths, y):
    """The bars of one workload; returns them and where the next begins."""
    title, unit, less = WORKLOADS[workload]
    most = max(this["median"] for this in paths.values()) or 1
    out = [text(24, y, title, "group"),
           text(WIDTH - 24, y, f"{unit}, {'less' if less else 'more'} is better", "soft small end")]
    y += 12
    top = y
    for path, this in paths.items():
        width = max(2, round((WIDTH - LEFT - RIGHT) * this["median"] / most))
        strong = "strong" if path.startswith("kpptp") else ""
        out.append(text(LEFT - 10, y + 13, PATHS[path], f"end {strong}"))
        out.append(f'<rect x="{LEFT}" y="{y}" width="{width}" height="{BAR}" rx="2" '
                   f'class="{bar_style(path)}"/>')
        out.append(text(LEFT + width + 8, y + 13, bar_label(this, unit), f"small {strong}"))
        y += STEP
    out.append(f'<path d="M{LEFT} {top - 3}V{y - 2}" class="line"/>')
    return out, y + GAP


def make_svg(report):
    body = [text(24, 38, f"kpptp and what it competes with, Linux {report['kernel']}", "title"),
            text(24, 60, f"{report['mode']}, median of {report['runs']}. "
                 "With MPPE: × in-tree with MPPE.", "soft")]
    y = 98
    for workload, paths in report["results"].items():
        bars, y = group(workload, paths, y)
        body += bars
    height = y - 8
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
         f'width="{WIDTH}" height="{height}" role="img">',
         "<!-- SPDX-License-Identifier: GPL-2.0-or-later -->",
         f"<title>{escape(PATHS['kpptp'])} benchmark, Linux {escape(report['kernel'])}</title>",
         f"<style>{STYLE}</style>",
         f'<rect class="card" width="{WIDTH}" height="{height}" rx="8"/>'] + body + ["</svg>"])


def main(args):
    if len(args) == 3 and args[0] == "json":
        print(make_report(args[1], args[2]))
    elif len(args) == 2 and args[0] in ("table", "svg"):
        with open(args[1], encoding="utf-8") as file:
            report = json.load(file)
        print(make_table(report) if args[0] == "table" else make_svg(report))
    else:
        sys.exit(__doc__)


main(sys.argv[1:])
