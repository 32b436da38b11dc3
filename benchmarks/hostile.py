"""Readers beside clients that nobody wants: `python -m benchmarks.hostile [--rounds 2] [--unguarded] [--no-results]`.

5,000 honest event streams; then 5,000 clients that trickle the head of a request and 5,000 that ask for much and never
read, which come back as soon as they are thrown out; then these come no more. What does an event take to the honest
ones, what does a bad client cost the server, and when is the last one gone? `--unguarded` is the control: without the
deadlines they stay for good. Two rounds take under five minutes.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.fanout.build import Missing, build
from benchmarks.fanout.contenders import Contender, ours
from benchmarks.fanout.readers import Seen
from benchmarks.fanout.rounds import PAUSE_S, Stand, stand

HERE = Path(__file__).parent
BEGIN, END = "<!-- figures: written by `python -m benchmarks.hostile` -->\n", "<!-- end of hostile figures -->\n"
CLIENTS = 5000
"""Of each kind."""
TITLES = {"trickle": "trickle a head", "stall": "never read"}
PUBLISHES = 50
TURNS = 3
ATTACK_S = 40.0
"""Longer than the longest deadline, so that they are thrown out and come back while the readers are measured."""
GONE_S = 75.0
NICE = "19"
"""Attackers have machines of their own. Here they share the readers' and the server's, and take what these leave; how
many came shows whether that was enough.
"""
DEADLINES = {"trickle": 10.0, "stall": 60.0}
"""Seconds: STANDFIRST_HEADER_SECONDS, and twice STANDFIRST_DRAIN_SECONDS, as what the kernels take counts once."""
UNGUARDED = {f"STANDFIRST_{name}_SECONDS": "0" for name in ("HEADER", "BODY", "IDLE", "DRAIN")}

Figures = dict[str, Any]  # JSON


class Crowd:
    """Bad clients of one kind in a process of their own (`attack`)."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def state(self, word: str = "state") -> Figures:
        """How many are open, came and went. "rest": they come no more."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        said: Figures = json.loads(self._process.stdout.readline())
        return said


@contextmanager
def crowd(kind: str, port: int, count: int) -> Iterator[Crowd]:
    """Let them come."""
    command = ["nice", "-n", NICE, sys.executable, "-m", "benchmarks.attack", kind, str(port), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Crowd(process)
        finally:
            process.kill()


def measure(at: Stand, mine: Contender, count: int) -> Figures:
    """One round: undisturbed, attacked, and until the last one is gone."""
    quiet = [_p99(at) for _ in range(TURNS)]
    _say(f"undisturbed p99, ms: {_short(quiet)}")
    port = int(mine.server.base.rpartition(":")[2])
    before, kernel = mine.private(), _kernel()
    peak = peak_kernel = 0
    attacked: list[float] = []
    with crowd("trickle", port, count) as trickle, crowd("stall", port, count) as stall:
        crowds = {"trickle": trickle, "stall": stall}
        _wait(lambda: all(each.state()["open"] >= count * 0.9 for each in crowds.values()), 60)
        began = time.monotonic()
        while time.monotonic() - began < ATTACK_S or len(attacked) < TURNS:
            attacked.append(_p99(at))
            here = {kind: each.state()["open"] for kind, each in crowds.items()}
            _say(f"attacked p99, ms: {_short(attacked[-1:])}; bad clients here: {here}")
            peak, peak_kernel = max(peak, mine.private() - before), max(peak_kernel, _kernel() - kernel)
        rested = time.monotonic()
        for each in crowds.values():
            each.state("rest")
        gone = {}
        while len(gone) < len(crowds) and time.monotonic() - rested < GONE_S:
            for kind, each in crowds.items():
                if kind not in gone and not each.state()["open"]:
                    gone[kind] = time.monotonic() - rested
            time.sleep(0.2)
        _say(f"gone after, seconds: {gone}")
        last = {kind: each.state() for kind, each in crowds.items()}
    return {
        "quiet_p99_ms": quiet,
        "attacked_p99_ms": attacked,
        "bytes": peak / (len(crowds) * count),
        "kernel_bytes": peak_kernel / (len(crowds) * count),
        "clients": {kind: last[kind] | {"gone_s": gone.get(kind)} for kind in crowds},
    }


def _p99(at: Stand) -> float:
    """Milliseconds, of some messages that all readers got."""
    seen = Seen()
    for _ in range(PUBLISHES):
        more = at.readers.until(at.publisher.publish())
        if more.behind or more.doubled or more.skipped:
            raise RuntimeError(f"honest readers lost something: {more}")
        seen.add(more)
        time.sleep(PAUSE_S)
    return seen.at(0.99)


def _short(values: list[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def _say(words: str) -> None:
    print(f"[{time.strftime('%X')}] {words}", file=sys.stderr, flush=True)


def _wait(happened: Any, seconds: float) -> None:  # Any: a condition
    until = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > until:
            raise RuntimeError(f"the bad clients did not get in within {seconds:.0f} s")
        time.sleep(0.2)


def _kernel() -> int:
    """Bytes that the kernel holds for all TCP sockets here, the clients' own too."""
    with open("/proc/net/sockstat", encoding="ascii") as stat:
        fields = next(line for line in stat if line.startswith("TCP:")).split()
    return int(fields[fields.index("mem") + 1]) * 4096


def summary(rounds: list[Figures], count: int) -> Figures:
    """Medians of the rounds; of what is bounded, the worst."""
    quiet = statistics.median(value for each in rounds for value in each["quiet_p99_ms"])
    attacked = statistics.median(value for each in rounds for value in each["attacked_p99_ms"])
    clients = {}
    for kind in DEADLINES:
        seen = [each["clients"][kind] for each in rounds]
        gone = [each["gone_s"] for each in seen]
        clients[kind] = {
            "came": sum(each["opened"] for each in seen),
            "longest_s": max(each["longest"] for each in seen),
            "gone_s": None if None in gone else max(gone),
        }
    return {
        "clients_each": count,
        "quiet_p99_ms": quiet,
        "attacked_p99_ms": attacked,
        "ratio": attacked / quiet,
        "bytes": max(each["bytes"] for each in rounds),
        "kernel_bytes": max(each["kernel_bytes"] for each in rounds),
        "clients": clients,
        "rounds": rounds,
    }


def table(figures: Figures) -> str:
    """As Markdown."""
    ratio = figures["ratio"]
    rows = [
        f"{figures['date']}, {figures['machine']}, Python {figures['versions']['python']}, {len(figures['rounds'])} "
        f"rounds. {figures['clients_each']:,} honest event streams beside as many bad clients of each kind, which come "
        "back when they are thrown out.\n",
        "| | undisturbed | attacked | ratio (goal ≤ 1.5) |",
        "|---|--:|--:|--:|",
        f"| honest p99, ms | {figures['quiet_p99_ms']:.1f} | {figures['attacked_p99_ms']:.1f} | {ratio:.2f} |",
        "",
        "| bad clients | came | the longest stayed | deadline | the last was gone after |",
        "|---|--:|--:|--:|--:|",
    ]
    for kind, seen in figures["clients"].items():
        gone = "never" if seen["gone_s"] is None else f"{seen['gone_s']:.0f} s"
        cells = [f"{seen['came']:,}", f"{seen['longest_s']:.0f} s", f"{DEADLINES[kind]:.0f} s", gone]
        rows.append(f"| {TITLES[kind]} | {' | '.join(cells)} |")
    rows.append("")
    rows.append(
        f"Server memory for each bad client: {figures['bytes'] / 1000:.1f} kB (goal ≤ 64 kB); in the kernel, both "
        f"ends together: {figures['kernel_bytes'] / 1000:.1f} kB."
    )
    return "\n".join(rows) + "\n"


def main() -> int:
    """Measure, print, keep. Exit status 1 if a goal is missed; with `--unguarded`, if they are gone all the same."""
    parser = argparse.ArgumentParser(prog="benchmarks.hostile", description="Readers beside clients nobody wants.")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--clients", type=int, default=CLIENTS, help="honest ones, and of each bad kind")
    parser.add_argument("--unguarded", action="store_true", help="the control: one round without deadlines")
    parser.add_argument("--machine", default=report.machine(), help="what this machine is, for the record")
    parser.add_argument("--no-results", action="store_true", help="print only; leave results and documents as they are")
    given = parser.parse_args()
    settings = UNGUARDED if given.unguarded else {}
    try:
        with (
            tempfile.TemporaryDirectory(prefix="standfirst-hostile-") as folder,
            ours(settings=settings) as mine,
            stand(mine, build(Path(folder)), given.clients) as at,
        ):
            at.turn(100)  # a whole block of the log, for those who never read it
            rounds = []
            for number in range(1 if given.unguarded else given.rounds):
                _say(f"round {number + 1}")
                rounds.append(measure(at, mine, given.clients))
    except Missing as error:
        print(f"benchmarks.hostile: {error}", file=sys.stderr)
        return 2
    figures = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": given.machine,
        "versions": {name: version(name) for name in ("standfirst", "uvicorn")} | {"python": platform.python_version()},
    } | summary(rounds, given.clients)
    written = table(figures)
    print(written)
    all_gone = all(seen["gone_s"] is not None for seen in figures["clients"].values())
    if given.unguarded:
        return 1 if all_gone else 0
    if not given.no_results:
        stem = f"{figures['date']}-{report.slug(given.machine)}-hostile"
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{stem}.json").write_text(json.dumps(figures, indent=1) + "\n")
        report.into_readme(HERE / "README.md", written, BEGIN, END)
    return 0 if all_gone and figures["ratio"] <= 1.5 and figures["bytes"] <= 64_000 else 1


if __name__ == "__main__":
    sys.exit(main())
