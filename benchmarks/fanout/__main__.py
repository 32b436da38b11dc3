"""`make bench-fanout`: measure the fan-out, print the tables, keep the figures, draw the picture for the docs.

python -m benchmarks.fanout [--readers 1000,5000,10000] [--rounds 6] [--parts sizes,burst] [--big] [--no-results]

Parts that are not measured keep the figures of the same day's run before.
"""

import argparse
import json
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.fanout import extras, measure, plot, tables
from benchmarks.fanout.build import Missing, Tools, build
from benchmarks.fanout.readers import PROCESS_MOST

HERE = Path(__file__).parent.parent
PICTURE = HERE.parent / "docs" / "images" / "fanout.png"
BIG = 50_000
BIG_PROCESSES = 3
BIG_NAMES = ("floor", "standfirst", "nchan")
PARTS = ("sizes", "burst", "compressed", "stalled", "tls")


def main() -> int:
    """Measure the parts one after the other; one that cannot be measured is named, and the others are kept."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with us
    stem = f"{datetime.now(UTC).date().isoformat()}-{report.slug(given.machine)}-fanout"
    kept = HERE / "results" / f"{stem}.json"
    figures: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() and not given.no_results else {}
    figures |= {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": given.machine,
        "versions": {name: version(name) for name in ("standfirst", "uvicorn", "sse-starlette", "granian")}
        | {"python": platform.python_version()},
    }
    failed = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="standfirst-fanout-") as folder:
        try:
            tools = build(Path(folder))
        except Missing as error:
            print(f"benchmarks.fanout: {error}", file=sys.stderr)
            return 2
        for part, work in _works(tools, Path(folder), given).items():
            _say(f"[{time.monotonic() - began:4.0f} s] {part}")
            try:
                figures[part] = work()
            except (Missing, RuntimeError, OSError) as error:
                failed += 1
                figures[part] = {"not_measured": str(error)}
                _say(f"{part} could not be measured: {error}")
            if not given.no_results:
                kept.parent.mkdir(exist_ok=True)
                kept.write_text(json.dumps(figures, indent=1) + "\n")
    written = tables.tables(figures)
    print(written)
    if not given.no_results:
        report.into_readme(HERE / "README.md", written, tables.BEGIN, tables.END)
        plot.draw(figures, PICTURE)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.fanout", description="Measure the fan-out beside named peers.")
    parser.add_argument("--readers", default="1000,5000,10000", help="sizes, up to 19000")
    parser.add_argument("--rounds", type=int, default=6, help="turns of each server at each size")
    parser.add_argument("--parts", default="", help=f"only these: {', '.join((*PARTS, 'big'))}")
    parser.add_argument("--big", action="store_true", help=f"{BIG:,} readers too, {BIG_PROCESSES} processes a server")
    parser.add_argument("--machine", default=report.machine(), help="what this machine is, for the record")
    parser.add_argument("--no-results", action="store_true", help="print only; leave results and documents as they are")
    given = parser.parse_args()
    given.parts = tuple(given.parts.split(",")) if given.parts else PARTS
    if given.big and "big" not in given.parts:
        given.parts += ("big",)
    if unknown := set(given.parts) - {*PARTS, "big"}:
        parser.error(f"--parts {','.join(sorted(unknown))}: there is no such part; give {', '.join((*PARTS, 'big'))}")
    sizes = given.readers.split(",")
    if not all(size.isdecimal() and 1 <= int(size) <= PROCESS_MOST for size in sizes):
        parser.error(f"--readers {given.readers}: give whole numbers from 1 to {PROCESS_MOST}, like 1000,5000")
    given.sizes = [int(size) for size in sizes]
    return given


def _works(tools: Tools, scratch: Path, given: argparse.Namespace) -> dict[str, Callable[[], Any]]:  # Any: JSON
    def sizes() -> dict[str, Any]:
        return {str(size): measure.size(tools, scratch, size, given.rounds, _say) for size in given.sizes}

    works: dict[str, Callable[[], Any]] = {
        "sizes": sizes,
        "burst": lambda: extras.burst(tools, given.rounds),
        "compressed": lambda: extras.compressed(tools, given.rounds),
        "stalled": lambda: extras.stalled(tools),
        "tls": lambda: extras.tls(tools, scratch, given.rounds),
        "big": lambda: measure.size(tools, scratch, BIG, given.rounds, _say, names=BIG_NAMES, copies=BIG_PROCESSES),
    }
    return {part: works[part] for part in given.parts}


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
