"""`python -m benchmarks.desk`: how fast the desk is, beside the goals.

A newsroom of its own, an account, a browser with a profile on the disk in which 30 drafts are kept, one of 2,000 words.
"""

import argparse
import gzip
import json
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

from benchmarks import report, servers
from benchmarks.desk import away, cold, keys, people

HERE = Path(__file__).parent.parent
SLUG = "sallow"
BEGIN, END = "<!-- desk: written by `python -m benchmarks.desk` -->\n", "<!-- end of desk -->\n"


def measure(scratch: Path) -> dict[str, Any]:  # Any: JSON
    """All figures, in the order in which they need each other."""
    home = scratch / "home"
    subprocess.run([sys.executable, "-m", "benchmarks.fill", str(home), f"{SLUG}=30"], check=True)
    people.account(home)
    with sync_playwright() as play:
        with servers.newsroom(home) as room:
            base = room.server.base.replace("127.0.0.1", "localhost")
            address = f"{base}/desk/story/{SLUG}/"
            context = people.device(play, scratch / "profile")
            browser = context.browser.version if context.browser else ""
            page = context.new_page()
            people.sign_in(page, base)
            found: dict[str, Any] = {"first_load": first_load(page.context.cookies(), address)}
            people.keep_drafts(page, address)
            page.close()
            found["keys"] = keys.measure(context.new_page(), address)
            found["away"] = away.measure(play, context.new_page(), address, f"{base}/{SLUG}", scratch / "reader")
            page = context.new_page()
            people.open_desk(page, address)
            page.evaluate("navigator.serviceWorker.ready")
            context.close()
        # one draft was published; the long one is as it was
        found["cold"] = cold.measure(play, scratch / "profile", address)
    return {"chromium": browser, **found}


def first_load(cookies: list[Any], address: str) -> int:  # Any: playwright's own
    """Bytes after `gzip -9` of the page, and of the scripts and the style sheet that it names."""
    with httpx.Client(cookies={one["name"]: one["value"] for one in cookies}) as client:
        page = client.get(address).raise_for_status()
        origin = address.partition("/desk/")[0]
        names = [part for part in page.text.split('"') if part.startswith("/static/desk")]
        bodies = [page.content, *(client.get(origin + name).raise_for_status().content for name in names)]
    return sum(len(gzip.compress(body, 9)) for body in bodies)


def table(figures: dict[str, Any]) -> str:  # Any: JSON
    """As Markdown."""
    desk = figures["desk"]
    rows = [
        f"{figures['date']}, {figures['machine']}, Chromium {figures['versions']['chromium']}, Python "
        f"{figures['versions']['python']}. {people.DRAFTS} drafts kept on the device, one of {people.LONG:,} words.\n",
        "| | goal | p95 | p50 | worst | of |",
        "|---|--:|--:|--:|--:|--:|",
        _row("key to the disk, ms", 100, desk["keys"]["durable"]),
        _row(f"key to the text, CPU {keys.SLOWER} times slower, ms", 16, desk["keys"]["typed"]),
        _row("the same in a bare editable text", None, desk["keys"]["bare_typed"]),
        _row("key to the end of its frame, as slow, ms", None, desk["keys"]["shown"]),
        _row("the same in a bare editable text", None, desk["keys"]["bare_shown"]),
        _row("publish key to a reader's open page, ms", 300, desk["away"]),
        _row("opened offline by a browser just started, ms", 1500, desk["cold"]),
        f"| first load, bytes gzipped | ≤ 130,000 | {desk['first_load']:,} | | | |",
    ]
    return "\n".join(rows) + "\n"


def _row(name: str, goal: int | None, cuts: dict[str, Any]) -> str:  # Any: JSON
    took = " | ".join(f"{cuts[name]:,.1f}" for name in ("p95_ms", "p50_ms", "most_ms"))
    return f"| {name} | {'' if goal is None else f'≤ {goal:,}'} | {took} | {cuts['n']} |"


def main() -> None:
    """Measure, print the table, keep the figures."""
    parser = argparse.ArgumentParser(prog="benchmarks.desk", description="How fast the desk is.")
    parser.add_argument("--machine", default=report.machine(), help="what this machine is, for the record")
    parser.add_argument("--no-results", action="store_true", help="print only; leave benchmarks/results as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="standfirst-desk-") as scratch:
        desk = measure(Path(scratch))
    figures = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": options.machine,
        "versions": {"standfirst": version("standfirst"), "python": platform.python_version()}
        | {"chromium": desk.pop("chromium").partition(".")[0]},
        "rounds": {"keys": [keys.ROUNDS, keys.EACH], "published": away.EACH, "cold": cold.ROUNDS},
        "desk": desk,
    }
    print(table(figures))
    if not options.no_results:
        name = f"{figures['date']}-{report.slug(options.machine)}-desk.json"
        (HERE / "results").mkdir(exist_ok=True)
        (HERE / "results" / name).write_text(json.dumps(figures, indent=1) + "\n")
        report.into_readme(HERE / "README.md", table(figures), BEGIN, END)


if __name__ == "__main__":
    main()
