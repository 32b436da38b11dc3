"""`make bench`: measure, print the tables, keep the figures in benchmarks/results/.

python -m benchmarks [--machine "2 shared vCPU cloud VM"] [--no-results]
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from benchmarks import cost, latency, page, report, servers

HERE = Path(__file__).parent
PAGE_UPDATES = 30


def main() -> None:
    """Measure everything in one run, the parts one after the other."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure Standfirst beside named peers.")
    parser.add_argument("--machine", default=report.machine(), help="what this machine is, for the record")
    parser.add_argument("--no-results", action="store_true", help="print only; leave benchmarks/results as it is")
    options = parser.parse_args()
    console = Console(stderr=True)
    stories = {"latency": 10, "page": PAGE_UPDATES, **cost.SIZES}
    with tempfile.TemporaryDirectory(prefix="standfirst-bench-") as scratch:
        home = Path(scratch) / "home"
        console.print(f"filling a newsroom: {sum(stories.values()):,} updates")
        given = [f"{slug}={size}" for slug, size in stories.items()]
        subprocess.run([sys.executable, "-m", "benchmarks.fill", str(home), *given], check=True)
        with servers.newsroom(home) as room:
            console.print("from a writer to an open browser")
            with servers.peer() as beside:
                latencies = latency.measure(room, beside, "latency")
            console.print("an update at 10 and at 10,000")
            costs = cost.measure(room)
            console.print("the page from memory, beside nginx")
            pages = page.measure(room, "page", Path(scratch))
    figures = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": options.machine,
        "versions": {name: version(name) for name in ("standfirst", "uvicorn", "sse-starlette")}
        | {"python": platform.python_version()},
        "latency": latencies,
        "cost": costs,
        "page": pages,
    }
    print(report.tables(figures))
    if not options.no_results:
        stem = f"{figures['date']}-{report.slug(options.machine)}"
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / f"{stem}.json").write_text(json.dumps(figures, indent=1) + "\n")
        report.into_readme(HERE / "README.md", report.tables(figures))


if __name__ == "__main__":
    main()
