"""Ten thousand readers that wait for the next entry behind a cache: what reaches us, and when do they have it?

    python -m benchmarks.collapse [--readers 10000] [--updates 5] [--rounds 2] [--no-results]

nginx and Varnish run with the configurations of docs/howto/proxies, nginx without TLS here; in between the same readers
ask us directly. What reached us is counted by the server itself.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvloop
from tests.proxies import programs

from benchmarks import report
from benchmarks.fanout.peers.ours import EDITION, STORY
from benchmarks.fanout.readers import Publisher
from benchmarks.servers import Server, free_port, running

HERE = Path(__file__).parent
PROXIES = {"nginx": "nginx", "varnish": "varnishd"}
NAMES = ("nginx", "varnish", "direct")
BEGIN, END = (
    "<!-- figures: written by `python -m benchmarks.collapse` -->\n",
    "<!-- end of the figures of collapse -->\n",
)
GOAL = 2
PATIENCE_S = 60.0
AT_A_TIME = 200
SETTLED_S = 2.0
"""Until all requests have come to the cache, after an update and at the start."""
SILENT_S = 30.0
"""Before the last update of a round, longer than a request is held: all are answered 404 once and ask again."""


class Reader(asyncio.Protocol):
    """One connection: asks for the next entry, and for the one after it once it has that."""

    def __init__(self, crowd: "Crowd") -> None:
        self._crowd = crowd
        self._data = b""
        self._next = crowd.first
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: Any) -> None:  # Any: a transport that writes, whatever asyncio calls it
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0):
            return
        self._data = b""
        status = head[9:12]
        if status == b"200":
            self._crowd.got(self._next)
            self._next += 1
        elif status == b"404":
            self._crowd.in_vain += 1
            asyncio.get_running_loop().call_later(1 + random.random(), self._ask)  # as the readers' script does
            return
        else:
            self._crowd.failed.append(head)
            return
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._crowd.over:
            self._crowd.failed.append(f"connection lost: {error}".encode())

    def _ask(self) -> None:
        if self._crowd.over:
            return
        assert self._transport is not None
        path = f"/{STORY}/ops/{EDITION}/{self._next}"
        fields = f"Host: {self._crowd.host}\r\nAccept-Encoding: gzip, deflate, br, zstd"
        self._transport.write(f"GET {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode())


class Crowd:
    """All readers, and when each had the entry that they wait for (seconds, monotonic)."""

    def __init__(self, host: str, first: int, size: int) -> None:
        self.host, self.first, self.size = host, first, size
        self.times: dict[int, list[float]] = {}
        self.failed: list[bytes] = []
        self.in_vain = 0
        self.over = False
        self._all: dict[int, asyncio.Event] = {}

    def got(self, n: int) -> None:
        """One more has entry n."""
        self.times.setdefault(n, []).append(time.monotonic())
        if len(self.times[n]) == self.size:
            self._event(n).set()

    async def have(self, n: int) -> None:
        """Returns when all have entry n. Raises RuntimeError."""
        try:
            await asyncio.wait_for(self._event(n).wait(), PATIENCE_S)
        except TimeoutError:
            count = len(self.times.get(n, ()))
            raise RuntimeError(f"{count} of {self.size} have entry {n}; failures: {self.failed[:2]}") from None

    def _event(self, n: int) -> asyncio.Event:
        return self._all.setdefault(n, asyncio.Event())


async def measure(name: str, scratch: Path, readers: int, updates: int) -> dict[str, Any]:  # Any: JSON
    """One round of one cache."""
    port = free_port()
    words = [sys.executable, "-m", "benchmarks.counted", str(port)]
    environ = {**os.environ, "STANDFIRST_MAX_READERS": str(max(10_000, readers))}
    with running("standfirst", words, port, "/healthz", environ) as origin:
        async with _front(name, scratch, port) as address:
            return await _updates(address, origin, readers, updates)


async def _updates(address: tuple[str, int], origin: Server, readers: int, updates: int) -> dict[str, Any]:  # Any: JSON
    publisher = Publisher(f"{origin.base}/api/publish")
    crowd = Crowd(f"{address[0]}:{address[1]}", 2, readers)
    loop = asyncio.get_running_loop()
    made: list[asyncio.BaseTransport] = []
    for first in range(0, readers, AT_A_TIME):
        many = range(first, min(first + AT_A_TIME, readers))
        made += [
            transport
            for transport, _ in await asyncio.gather(
                *(
                    loop.create_connection(lambda: Reader(crowd), *address, local_addr=(f"127.0.1.{1 + n % 250}", 0))
                    for n in many
                )
            )
        ]
    asked, took, cpu = [], [], origin.cpu()
    for n in range(crowd.first, crowd.first + updates + 1):
        await asyncio.sleep(SETTLED_S if n < crowd.first + updates else SILENT_S)
        began = time.monotonic()
        await asyncio.to_thread(publisher.publish)
        await crowd.have(n)
        took.append([at - began for at in crowd.times[n]])
        asked.append((await asyncio.to_thread(_asked, origin)).get(f"/{STORY}/ops/{EDITION}/{n}", 0))
    cpu = origin.cpu() - cpu
    crowd.over = True
    for transport in made:
        transport.close()
    if crowd.failed:
        raise RuntimeError(f"{len(crowd.failed)} readers failed, the first: {crowd.failed[0]!r}")
    return {
        "requests": asked[:-1],
        "requests_after_silence": asked[-1],
        "median_s": [round(statistics.median(times), 4) for times in took],
        "all_s": [round(max(times), 4) for times in took],
        "in_vain": crowd.in_vain,
        "origin_cpu_s": round(cpu, 3),
    }


def _asked(origin: Server) -> dict[str, int]:
    with urllib.request.urlopen(f"{origin.base}/api/asked") as answer:
        found: dict[str, int] = json.loads(answer.read())
    return found


@asynccontextmanager
async def _front(name: str, scratch: Path, origin: int) -> AsyncIterator[tuple[str, int]]:
    """Where readers ask: the cache of this name, or the origin itself."""
    folder = Path(tempfile.mkdtemp(dir=scratch))
    async with AsyncExitStack() as stack:
        port = origin
        if name == "nginx":
            front = await stack.enter_async_context(programs.nginx(folder / "nginx", origin, _plain))
            port = int(front.url.rpartition(":")[2])
        elif name == "varnish":
            front = await stack.enter_async_context(programs.varnish(folder / "varnish", origin))
            port = int(front.url.rpartition(":")[2])
        yield "127.0.0.1", port


def _plain(configuration: str) -> str:
    """nginx without TLS, which a load generator in Python could not pay for, and with room for all."""
    return configuration.replace(" ssl http2;", " backlog=4096;").replace("_connections 2048;", "_connections 19900;")


def main() -> int:
    """Measure the caches in turns, print the table, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.collapse", description="Measure what caches let through to us.")
    parser.add_argument("--readers", type=int, default=10_000, help="connections that wait, up to 19000")
    parser.add_argument("--updates", type=int, default=5, help="entries published in each round")
    parser.add_argument("--rounds", type=int, default=2, help="turns of each cache")
    parser.add_argument("--machine", default=report.machine(), help="what this machine is, for the record")
    parser.add_argument("--no-results", action="store_true", help="print only; leave benchmarks/results as it is")
    given = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    if given.readers + 200 > limit:
        parser.error(f"--readers {given.readers}: a process may open {limit} files here; give at most {limit - 200}")
    figures: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": given.machine,
        "versions": {name: version(name) for name in ("standfirst", "uvicorn")} | {"python": platform.python_version()},
        "readers": given.readers,
        "updates": given.updates,
        "rounds": given.rounds,
    }
    with tempfile.TemporaryDirectory(prefix="standfirst-collapse-") as scratch:
        for turn in range(given.rounds):
            for name in NAMES if turn % 2 == 0 else reversed(NAMES):
                if name in PROXIES and not (shutil.which(PROXIES[name]) or Path("/usr/sbin", PROXIES[name]).exists()):
                    figures[name] = {"not_measured": f"{PROXIES[name]} is not installed"}
                    continue
                made = uvloop.run(measure(name, Path(scratch), given.readers, given.updates))
                print(f"{name}: {json.dumps(made)}", file=sys.stderr, flush=True)
                figures.setdefault(name, []).append(made)
    print(table(figures))
    if not given.no_results:
        stem = f"{figures['date']}-{report.slug(given.machine)}-collapse"
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{stem}.json").write_text(json.dumps(figures, indent=1) + "\n")
        report.into_readme(HERE / "README.md", table(figures), BEGIN, END)
    return 0


def table(figures: dict[str, Any]) -> str:  # Any: JSON
    """The figures as Markdown: the worst update for requests and for the last reader, medians for the rest."""
    heads = (
        "behind",
        f"requests to us, most (goal ≤ {GOAL})",
        "after silence",
        "half have it, s",
        "all have it, s",
        "worst, s",
        "our CPU, s",
    )
    rows = [
        "### Readers that wait for the next entry, behind a cache\n",
        f"{figures['date']}, {figures['machine']}. {figures['readers']:,} readers, {figures['rounds']} × "
        f"{figures['updates']} updates and one more after {SILENT_S:.0f} s, when all had been answered 404 once. "
        "The last column is our server's for a whole round.\n",
        f"| {' | '.join(heads)} |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in NAMES:
        rounds = figures[name]
        if isinstance(rounds, dict):
            rows.append(f"| {name} | {rounds['not_measured']} | | | | | |")
            continue
        most = max(max(made["requests"]) for made in rounds)
        silence = max(made["requests_after_silence"] for made in rounds)
        half = statistics.median(value for made in rounds for value in made["median_s"])
        all_s = [value for made in rounds for value in made["all_s"]]
        cpu = statistics.median(made["origin_cpu_s"] for made in rounds)
        times = f"{half:.2f} | {statistics.median(all_s):.2f} | {max(all_s):.2f}"
        rows.append(f"| {name} | {most:,} | {silence:,} | {times} | {cpu:.2f} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
