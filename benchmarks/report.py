"""Figures as tables, for the terminal and for benchmarks/README.md."""

import os
import re
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- figures: written by `make bench` -->\n", "<!-- end of figures -->\n"


def tables(figures: dict[str, Any]) -> str:  # Any: JSON, as __main__ makes it
    """All figures as Markdown."""
    return "\n".join(
        (
            f"{figures['date']}, {figures['machine']}, Python {figures['versions']['python']}. "
            "One machine, one run; a noisy machine moves every figure, a ratio least.\n",
            _latency(figures["latency"]),
            _cost(figures["cost"]),
            _page(figures["page"]),
        )
    )


def into_readme(path: Path, written: str, begin: str = BEGIN, end: str = END) -> None:
    """Put the tables between the marks."""
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin)
    _, mark, tail = rest.partition(end)
    if not mark:
        raise ValueError(f"{path} has lost the lines {begin.strip()!r} and {end.strip()!r}: put them back")
    path.write_text(f"{head}{begin}\n{written}\n{end}{tail}", encoding="utf-8")


def machine() -> str:
    """What kind of machine this is, without naming it."""
    cpus = os.cpu_count()
    try:
        virtual = "hypervisor" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        virtual = False
    return f"{cpus} shared vCPU cloud VM" if virtual else f"{cpus} core machine"


def slug(text: str) -> str:
    """Text as part of a file name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _latency(figures: dict[str, Any]) -> str:
    rows = [
        "### From a writer to an open browser\n",
        f"Milliseconds from sending the request, {figures['updates']} updates each, rounds in turn. "
        "Standfirst commits to disk on the way; the peer (uvicorn with sse-starlette) stores nothing and "
        "is there for scale.\n",
        "| | answer p50 | p99 | event stream p50 | p99 | in the browser p50 | p99 |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in ("standfirst", "sse-starlette"):
        cells = [
            f"{figures[name][place][cut]:.1f}"
            for place in ("answer", "stream", "browser")
            for cut in ("p50_ms", "p99_ms")
        ]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _cost(figures: dict[str, Any]) -> str:
    rows = [
        "### An update at 10 and at 10,000\n",
        f"Milliseconds an update, medians of {figures['rounds']} rounds in turn. Publishing is the API's answer; "
        "the page is the first opening after it; CPU is the server's for both. The front page of the story with "
        "30 updates is as long as that of the one with 10,000, so the last column is the cost of history alone.\n",
        "| | 10 | 30 | 10,000 | 10,000 / 10 (goal ≤ 1.2) | 10,000 / 30 |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for key, name in (("publish_wall_ms", "publish"), ("page_wall_ms", "open the page"), ("cpu_ms", "CPU for both")):
        cells = [f"{figures[kind][key]:.2f}" for kind in ("short", "full", "long", "long_to_short", "long_to_full")]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _page(figures: dict[str, Any]) -> str:
    rows = [
        "### The page, from memory and from a file\n",
        f"Requests per second of the server's CPU, {figures['bytes']:,} bytes uncompressed, {figures['connections']} "
        f"connections kept alive, medians of {figures['rounds']} rounds in turn.\n",
        "| standfirst | nginx, plain file | ratio (goal ≥ 0.35) |",
        "|--:|--:|--:|",
    ]
    if "nginx" in figures:
        rows.append(f"| {figures['standfirst']:,.0f} | {figures['nginx']:,.0f} | {figures['ratio']:.2f} |")
    else:
        rows.append(f"| {figures['standfirst']:,.0f} | {figures['nginx_missing']} | |")
    return "\n".join(rows) + "\n"
