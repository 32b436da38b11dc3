"""`python -m benchmarks.chain`: what each edge in a row adds to the way of an update to its readers.

A newsroom, an edge of it, an edge of that edge, each with readers; an update is timed from sending the request to its
arrival at each reader. All run on this machine, so that what is measured is work and not distance.
"""

import argparse
import http.client
import json
import os
import platform
import random
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

import httpx

from benchmarks import latency, report, servers

HERE = Path(__file__).parent
SLUG = "chain"
READERS = 3
"""At each place; the median of them counts."""
ROUNDS = 5
EACH = 60
PAUSE = 0.04
"""Seconds between updates, on average."""
PLACES = ("origin", "edge 1", "edge 2")
BEGIN, END = "<!-- chain: written by `python -m benchmarks.chain` -->\n", "<!-- end of chain -->\n"


@contextmanager
def edge(origin: str) -> Iterator[servers.Server]:
    """An edge on a free port."""
    port = servers.free_port()
    command = [str(servers.BIN / "standfirst"), "edge", "--origin", origin, "--port", str(port)]
    with servers.running("standfirst edge", command, port, "/", dict(os.environ)) as server:
        yield server


def measure(room: servers.Newsroom) -> dict[str, Any]:  # Any: JSON
    """Milliseconds from sending an update to receiving it at each place, and what each hop adds."""
    with edge(room.server.base) as first, edge(first.base) as second, httpx.Client(timeout=30) as client:
        runs = [[latency.Run() for _ in range(READERS)] for _ in PLACES]
        streams: list[http.client.HTTPConnection] = []
        for server, group in zip((room.server, first, second), runs, strict=True):
            streams += [latency.stream(f"{server.base}/{SLUG}/live", run) for run in group]
        chance = random.Random(3)  # the same pauses in every run
        for _ in range(10):  # until all are warm
            latency.post(client, room, SLUG, latency.Run())
            time.sleep(PAUSE)
        posted = latency.Run()
        for _ in range(ROUNDS * EACH):
            latency.post(client, room, SLUG, posted)
            time.sleep(chance.uniform(0, 2 * PAUSE))
        _wait(runs, max(posted.sent))
        for reading in streams:
            reading.close()
    return {"updates": ROUNDS * EACH, "readers": READERS, **summary(posted, runs)}


def _wait(runs: list[list[latency.Run]], last: int) -> None:
    until = time.monotonic() + 30
    while any(last not in run.streamed for group in runs for run in group):
        if time.monotonic() > until:
            raise RuntimeError(f"update {last} never came to every reader")
        time.sleep(0.05)


def summary(posted: latency.Run, runs: list[list[latency.Run]]) -> dict[str, Any]:  # Any: JSON
    """Every update must have come to every reader: a lost one is an error."""
    for name, group in zip(PLACES, runs, strict=True):
        lost = [seq for run in group for seq in posted.sent if seq not in run.streamed]
        if lost:
            raise RuntimeError(f"{len(lost)} updates never came to a reader of {name}: {lost[:5]}")
    came = [{seq: statistics.median(run.streamed[seq] for run in group) for seq in posted.sent} for group in runs]
    received = {
        name: _cuts([times[seq] - posted.sent[seq] for seq in posted.sent])
        for name, times in zip(PLACES, came, strict=True)
    }
    added = {
        name: _cuts([after[seq] - before[seq] for seq in posted.sent])
        for name, before, after in zip(PLACES[1:], came, came[1:], strict=False)
    }
    return {"received": received, "added": added}


def _cuts(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles([one * 1000 for one in seconds], n=100, method="inclusive")
    return {"p50_ms": cuts[49], "p99_ms": cuts[98]}


def table(figures: dict[str, Any]) -> str:  # Any: JSON
    """As Markdown."""
    chain = figures["chain"]
    rows = [
        f"{figures['date']}, {figures['machine']}, Python {figures['versions']['python']}. Milliseconds from sending "
        f"an update to its arrival, {chain['updates']} updates, medians of {chain['readers']} readers at each place; "
        "and what the hop before it adds.\n",
        "| readers of | received p50 | p99 | added p50 | p99 |",
        "|---|--:|--:|--:|--:|",
    ]
    for name in PLACES:
        received, added = chain["received"][name], chain["added"].get(name)
        cells = [f"{received['p50_ms']:.1f}", f"{received['p99_ms']:.1f}"]
        cells += [f"{added['p50_ms']:.1f}", f"{added['p99_ms']:.1f}"] if added else ["", ""]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.chain", description="What each edge in a row adds.")
    parser.add_argument("--machine", default=report.machine(), help="what this machine is, for the record")
    parser.add_argument("--no-results", action="store_true", help="print only; leave benchmarks/results as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="standfirst-chain-") as scratch:
        home = Path(scratch) / "home"
        subprocess.run([sys.executable, "-m", "benchmarks.fill", str(home), f"{SLUG}=10"], check=True)
        with servers.newsroom(home) as room:
            chain = measure(room)
    figures = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": options.machine,
        "versions": {name: version(name) for name in ("standfirst", "uvicorn", "httpx")}
        | {"python": platform.python_version()},
        "chain": chain,
    }
    print(table(figures))
    if not options.no_results:
        name = f"{figures['date']}-{report.slug(options.machine)}-chain.json"
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / name).write_text(json.dumps(figures, indent=1) + "\n")
        report.into_readme(HERE / "README.md", table(figures), BEGIN, END)


if __name__ == "__main__":
    main()
