#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what it takes kpptpd to set calls up, without kernel module and PPP.

The daemon runs with data-plane = null in a network namespace of its own, and so do
the peers, each call's in another network (127.x.y.0/24), so that but for the totals
all limits are those it is shipped with. A set-up is TCP's connect(), SCCRQ, SCCRP,
OCRQ, OCRP and the end of the connection.

It prints a table of
  * CPU a set-up of monitor and worker, and set-ups a second, while calls are held
  * memory a call
  * with the most calls held, what a set-up takes an honest client: alone, beside a
    flood of connections that are opened and reset (from one network; from another
    network each time), and beside a slow-loris: connections that send an octet a second

Nothing outside the namespace changes, and nothing is left, also when this is
interrupted. An ordinary user may run it where user namespaces are allowed.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "scripts/lib"))
from bench_table import markdown, number  # noqa: E402

KPPTPD = TOP / "build/bin/kpptpd"
CALLS_HELD = TOP / "build/selftests/calls_held"
CONN_CROWD = TOP / "build/selftests/conn_crowd"

SERVER = "127.0.0.1"
# Each has 16384 networks of 256 addresses to itself, and takes one address of each.
NETWORKS = 16384
HOLDERS = "127.64.0.1"
CALLERS = "127.128.0.1"
ATTACKERS = "127.192.0.1"
# Connections that the server takes beside those held and the slow ones: as many as it
# takes by default, for of a flood some wait to be found dead.
SPARE = 10000

COUNT_MAX = 60000       # what calls_held and conn_crowd take is little more

PROGRESS_EVERY = 5      # seconds
PATIENCE = 600
FLOOD_WARM = 1          # seconds before its effect is measured

CONF = """
[global]
run-dir = {dir}/run
user = nobody
data-plane = null
[server]
enabled = yes
listen = {server}
local-ip = 10.255.255.1
pool = 10.0.0.0/15
max-connections = {connections}
max-sessions = {connections}
"""


class Failure(Exception):
    """What a user is to read instead of figures."""


def say(text):
    print(f"bench-setup: {text}", file=sys.stderr, flush=True)


def wait_for(condition, what):
    """Polls, and says every few seconds what it waits for."""
    since = told = time.monotonic()
    while not condition():
        now = time.monotonic()
        if now - since > PATIENCE:
            raise Failure(f"gave up after {PATIENCE} s: {what}")
        if now - told >= PROGRESS_EVERY:
            say(f"{what}: {now - since:.0f} s")
            told = now
        time.sleep(0.02)


# --- processes ---------------------------------------------------------------

class Program:
    """A child that ends with this process, whatever ends that. What it says is in a file."""

    def __init__(self, directory, command):
        self.name = pathlib.Path(command[0]).name
        with tempfile.NamedTemporaryFile("w", dir=directory, delete=False) as file:
            self.log = pathlib.Path(file.name)
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def said(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ended(self):
        return self.process.poll() is not None

    def fail(self):
        tail = "\n".join(self.said().splitlines()[-10:])
        raise Failure(f"{self.name} ended with status {self.process.returncode}:\n{tail}")

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return self.said()

    def wait_until(self, condition, what):
        wait_for(lambda: self.ended() or condition(), what)
        if self.ended():
            self.fail()

    def wait_end(self, what):
        wait_for(self.ended, what)
        if self.process.returncode:
            self.fail()
        return self.said()


class Daemon(Program):
    """kpptpd that serves: its monitor is the child, the worker the child's."""

    def __init__(self, directory, connections):
        conf = pathlib.Path(directory, "kpptpd.conf")
        conf.write_text(CONF.format(dir=directory, server=SERVER, connections=connections),
                        encoding="utf-8")
        self.socket = f"{directory}/run/kpptpd.sock"
        super().__init__(directory, [KPPTPD, "--foreground", "--config", conf])
        try:
            self.wait_until(self.serves, "waiting for kpptpd to serve")
            self.pids = {"monitor": self.process.pid, "worker": self.worker()}
        except BaseException:
            self.end()
            raise

    def worker(self):
        pid = self.process.pid
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "kpptpd-worker":
                return int(child)
        raise Failure("kpptpd has no worker")

    def status(self):
        with socket.socket(socket.AF_UNIX) as ctl:
            ctl.connect(self.socket)
            ctl.sendall(b'{"cmd":"status"}\n')
            with ctl.makefile() as answer:
                return json.loads(answer.readline())

    def serves(self):
        try:
            return bool(self.status()["listen"])
        except OSError:
            return False

    def settle(self, held):
        """Waits until nothing is left of what was not held."""
        def settled():
            status = self.status()
            return status["calls"] == held and status["connections"] == held

        self.wait_until(settled, f"waiting until kpptpd has {held:,} calls")

    def cpu(self):
        """Seconds of each process."""
        return {name: int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
                for name, pid in self.pids.items()}

    def memory(self):
        """kB of each process that are its own, not of a file."""
        return {name: int(re.search(r"^RssAnon:\s*(\d+) kB", pathlib.Path(
                    f"/proc/{pid}/status").read_text(), re.MULTILINE)[1])
                for name, pid in self.pids.items()}


def peers(program, first, *options, networks=NETWORKS):
    command = program if isinstance(program, list) else [program]
    return [*command, f"server={SERVER}", f"from={first}", f"addresses={networks}",
            "step=256", *options]


def hold(directory, count, at_once):
    """A peer that holds calls, once they are there."""
    holder = Program(directory, peers(CALLS_HELD, HOLDERS, f"count={count}", f"at-once={at_once}"))
    try:
        holder.wait_until(holder.said, f"placing {count:,} calls to be held")
    except BaseException:
        holder.end()
        raise
    return holder


def set_up(directory, count, at_once, what, *options):
    """Places calls that end at once. Returns what calls_held said."""
    with Program(directory, peers(CALLS_HELD, CALLERS, f"count={count}", f"at-once={at_once}",
                                  "hold=no", "times=yes", *options)) as caller:
        return caller.wait_end(what)


def figures(pattern, said):
    """Those of the first line that is like that."""
    return [int(figure) for figure in re.search(f"^{pattern}$", said, re.MULTILINE).groups()]


# --- what is measured --------------------------------------------------------

def run_of_setups(daemon, directory, held, at_once, settings):
    what = f"{held:,} held, {settings.setups:,} set-ups, {at_once} at a time"
    before = daemon.cpu()
    took = figures(r"all took (\d+)", set_up(directory, settings.setups, at_once, what))
    daemon.settle(held)
    after = daemon.cpu()
    return {"per_second": settings.setups / took[0] * 1e6,
            **{name: (after[name] - before[name]) / settings.setups * 1e6 for name in after}}


def measure_setups(daemon, directory, held, at_once, settings):
    say(f"{held:,} calls held: {settings.setups:,} set-ups, {at_once} at a time, "
        f"{settings.runs} times")
    runs = [run_of_setups(daemon, directory, held, at_once, settings)
            for _ in range(settings.runs)]
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    return {"held": held, "at_once": at_once, "per_second": middle["per_second"],
            "cpu_us": {"monitor": middle["monitor"], "worker": middle["worker"]}}


def memory_of(held, idle, now):
    return {"held": held, "kb": now,
            "kb_a_call": {name: (now[name] - idle[name]) / held for name in now}}


@contextlib.contextmanager
def nothing(_):
    yield


@contextlib.contextmanager
def flood(directory, row, networks):
    with Program(directory, peers([CONN_CROWD, "flood"], ATTACKERS, networks=networks)) as attacker:
        time.sleep(FLOOD_WARM)
        yield
        opened, took = figures(r"opened (\d+), took (\d+)", attacker.end())
        row["attackers_per_second"] = opened / took * 1e6


@contextlib.contextmanager
def slow(directory, count):
    with Program(directory, peers([CONN_CROWD, "slow"], ATTACKERS, f"count={count}")) as attacker:
        attacker.wait_until(attacker.said, f"opening {count:,} slow connections")
        yield


def spread(values):
    """Of microseconds, in milliseconds."""
    return {"median": statistics.median(values) / 1000, "worst": max(values) / 1000}


def steps_of(said):
    """What each step took those that were not refused, if there were any."""
    took = [list(map(int, line.split()[1:])) for line in said.splitlines()
            if line.startswith("took ")]
    if not took:
        return {}
    connect, start, call = zip(*took)
    return {"connect": spread(connect), "start": spread(start), "call": spread(call),
            "together": spread([sum(one) for one in took])}


def measure_honest(directory, settings):
    """A row for each company that an honest client has."""
    rows = []
    for beside, company in (
            ("nothing", nothing),
            ("a flood of one network", lambda row: flood(directory, row, 1)),
            ("a flood of many networks", lambda row: flood(directory, row, NETWORKS)),
            (f"{settings.slow:,} slow connections", lambda row: slow(directory, settings.slow))):
        what = f"an honest client's set-ups beside {beside}"
        say(what)
        row = {"beside": beside}
        with company(row):
            said = set_up(directory, settings.setups, 1, what, "lost=count")
        row["refused"] = figures(r"lost (\d+)", said)[0]
        for reason in set(re.findall(r"^call \d+ of \d+: (.*)", said, re.MULTILINE)):
            say(f"refused: {reason}")
        row["ms"] = steps_of(said)
        rows.append(row)
    return rows


def measure_level(directory, held, settings, results):
    """All there is to know with so many calls held, by a daemon of its own."""
    most = max(settings.held)
    with Daemon(directory, most + settings.slow + settings.at_once + SPARE) as daemon:
        idle = daemon.memory()
        say(f"{held:,} calls held: placing them")
        with hold(directory, held, settings.at_once):
            daemon.settle(held)
            results["memory"].append(memory_of(held, idle, daemon.memory()))
            for at_once in (1, settings.at_once):
                results["setups"].append(
                    measure_setups(daemon, directory, held, at_once, settings))
            if held == most:
                results["honest"] = {"held": held, "rows": measure_honest(directory, settings)}


def revision():
    found = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty"], check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return found.stdout.strip()


def measure(directory, settings):
    results = {
        "schema": 1, "date": datetime.date.today().isoformat(), "revision": revision(),
        "kernel": platform.release(), "cpus": len(os.sched_getaffinity(0)),
        "setups_a_run": settings.setups, "runs": settings.runs, "setups": [], "memory": []}
    for held in settings.held:
        measure_level(directory, held, settings, results)
    return results


# --- table -------------------------------------------------------------------

def setups_table(rows):
    return markdown(
        ["Calls held", "set up at a time", "monitor, µs of CPU", "worker", "set-ups a second"],
        [[f"{row['held']:,}", str(row["at_once"]), number(row["cpu_us"]["monitor"]),
          number(row["cpu_us"]["worker"]), number(row["per_second"])] for row in rows])


def memory_table(rows):
    def a_call(row, name):
        # One call is less than what a process gets at a time.
        return number(row["kb_a_call"][name]) if row["held"] >= 100 else ""

    return markdown(
        ["Calls held", "monitor, kB", "worker", "monitor, kB a call", "worker"],
        [[f"{row['held']:,}", f"{row['kb']['monitor']:,}", f"{row['kb']['worker']:,}",
          a_call(row, "monitor"), a_call(row, "worker")] for row in rows])


def honest_table(honest):
    def step(row, name):
        this = row["ms"].get(name)
        return f"{number(this['median'])} / {number(this['worst'])}" if this else "none"

    def per_second(row):
        return number(row["attackers_per_second"]) if "attackers_per_second" in row else ""

    return markdown(
        ["Beside", "new ones a second", "connect()", "SCCRQ to SCCRP", "OCRQ to OCRP",
         "together", "refused"],
        [[row["beside"], per_second(row)] +
         [step(row, name) for name in ("connect", "start", "call", "together")] +
         [str(row["refused"])]
         for row in honest["rows"]])


def table(results):
    return "\n\n".join([
        f"kpptpd {results['revision']}, Linux {results['kernel']}, {results['cpus']} CPUs, "
        f"{results['date']}. {results['setups_a_run']:,} set-ups a run, median of "
        f"{results['runs']}.",
        setups_table(results["setups"]),
        memory_table(results["memory"]),
        f"Set-up of an honest client with {results['honest']['held']:,} calls held, "
        f"median / worst of {results['setups_a_run']:,} set-ups in ms:",
        honest_table(results["honest"])])


# --- start -------------------------------------------------------------------

def positive(text):
    if not text.isdecimal() or not 1 <= int(text) <= COUNT_MAX:
        raise argparse.ArgumentTypeError(f'"{text}" is no number from 1 to {COUNT_MAX}')
    return int(text)


def positives(text):
    return sorted({positive(part) for part in text.split(",")})


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="To try it in some seconds: --held 1,100 --setups 100 --slow 100")
    parser.add_argument("--held", type=positives, default="1,1000,10000", metavar="N,...",
                        help="calls held (%(default)s)")
    parser.add_argument("--setups", type=positive, default=1000, metavar="N",
                        help="set-ups in a run (%(default)s)")
    parser.add_argument("--runs", type=positive, default=3, metavar="N",
                        help="runs, of which the median counts (%(default)s)")
    parser.add_argument("--at-once", type=positive, default=20, metavar="N",
                        help="set-ups at a time (%(default)s), beside one at a time")
    parser.add_argument("--slow", type=positive, default=5000, metavar="N",
                        help="connections of the slow-loris (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    # Set by itself when it is where it belongs.
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def enter_namespace():
    """Becomes this program again, in a network namespace of its own."""
    rights = [] if os.geteuid() == 0 else ["--map-current-user", "--keep-caps"]
    os.execvp("unshare", ["unshare", "--net", *rights, sys.executable, __file__, "--inside",
                          *sys.argv[1:]])


def run(settings):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    since = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kpptp-bench-") as directory:
        results = measure(directory, settings)
    say(f"that took {time.monotonic() - since:.0f} s")
    print(json.dumps(results, indent=1, ensure_ascii=False) if settings.json else table(results))


def end(signum, _):
    sys.exit(128 + signum)


def main():
    settings = arguments()
    for program in (KPPTPD, CALLS_HELD, CONN_CROWD):
        if not program.exists():
            sys.exit(f'bench-setup: {program} is not there: run "make userspace helpers"')
    if not settings.inside:
        enter_namespace()
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, end)
    try:
        run(settings)
    except Failure as failure:
        sys.exit(f"bench-setup: {failure}")


main()
