"""The fan-out's figures as tables, for the terminal and for benchmarks/README.md."""

from typing import Any

from benchmarks.fanout.contenders import NAMES

BEGIN, END = "<!-- figures: written by `make bench-fanout` -->\n", "<!-- end of fan-out figures -->\n"

Figures = dict[str, Any]  # JSON, as __main__ makes it


def tables(figures: Figures) -> str:
    """All figures as Markdown."""
    versions = ", ".join(f"{name} {number}" for name, number in figures["versions"].items())
    parts = [f"{figures['date']}, {figures['machine']} ({versions}).\n"]
    for size in figures.get("sizes", {}).values() if "not_measured" not in figures.get("sizes", {}) else ():
        parts.append(_size(size, f"### {size['readers']:,} readers\n"))
    if big := _measured(figures, "big"):
        title = (
            f"### {big['readers']:,} readers\n\nEach server in {big['processes']} processes, because one has 20,000 "
            "open files here: the floor and Standfirst as that many servers with a port each, each told every message; "
            "nginx as that many workers.\n"
        )
        parts.append(_size(big, title))
    parts.append(_goals(figures))
    return "\n".join(parts)


def _size(size: Figures, title: str) -> str:
    rows = [
        title,
        f"{size['rounds']} rounds in turn, {size['publishes']} messages in each, every one delivered before the next; "
        "medians, ratios of figures from the same round.\n",
        "| | CPU-s per 1M deliveries | x floor | x nchan | p50 ms | p99 ms | p99 x floor | memory per idle reader | "
        "lost | doubled |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, title in NAMES.items():
        if row := size["rows"].get(name):
            cells = [
                f"{row['cpu_us']:.1f}",
                _ratio(row, "cpu_to_floor"),
                _ratio(row, "cpu_to_nchan"),
                f"{row['p50_ms']:.1f}",
                f"{row['p99_ms']:.1f}",
                _ratio(row, "p99_to_floor"),
                f"{row['idle_bytes'] / 1000:.1f} kB",
                str(row["lost"]),
                str(row["doubled"]),
            ]
            rows.append(f"| {title} | {' | '.join(cells)} |")
    rows.extend(f"| {NAMES[name]} | {why} ||||||||| " for name, why in size["missing"].items())
    return "\n".join(rows) + "\n"


def _ratio(row: Figures, name: str) -> str:
    return f"{row[name]:.2f}" if name in row else "1"


def _goals(figures: Figures) -> str:
    rows = ["### Beside the goals\n", "| figure | goal | measured |", "|---|--:|--:|"]
    for what, goal, measured in _lines(figures):
        rows.append(f"| {what} | {goal} | {measured} |")
    for part, found in figures.items():
        if isinstance(found, dict) and "not_measured" in found:
            rows.append(f"| {part} | | {found['not_measured'].splitlines()[0]} |")
    return "\n".join(rows) + "\n"


def _lines(figures: Figures) -> list[tuple[str, str, str]]:
    """Figure, goal, what was measured."""
    lines: list[tuple[str, str, str]] = []
    if sizes := _measured(figures, "sizes"):
        for size in sizes.values():
            row, at = size["rows"]["standfirst"], f"{size['readers']:,} readers"
            lines += [
                (f"{at}: CPU per delivery / C floor", "<= 1.15", _ratio(row, "cpu_to_floor")),
                (f"{at}: CPU per delivery / nginx + nchan", "<= 0.70", _ratio(row, "cpu_to_nchan")),
                (f"{at}: CPU per delivery / uvicorn, a queue per reader", "<= 0.25", _ratio(row, "cpu_to_uvicorn")),
                (f"{at}: p99 / C floor's", "<= 1.2", f"{row['p99_to_floor']:.2f} ({row['p99_ms']:.0f} ms)"),
                (f"{at}: memory per idle reader", "<= 2 kB", _kilobytes(row["idle_bytes"])),
            ]
    if big := _measured(figures, "big"):
        row = big["rows"]["standfirst"]
        said = f"{_ratio(row, 'p99_to_nchan')} ({row['p99_ms']:.0f} ms), {row['lost']} lost"
        lines.append((f"{big['readers']:,} readers: p99 / nginx + nchan's", "<= 0.8, 0 lost", said))
    if burst := _measured(figures, "burst"):
        what = f"{burst['burst']} updates at once / as many apart, {burst['readers']:,} readers"
        said = f"{burst['commit']:.1f} x cheaper in one commit, {burst['posts']:.1f} x as posts in a row"
        lines.append((what, ">= 5 x cheaper", said))
    if packed := _measured(figures, "compressed"):
        for kind, goal in (("operations", "<= 0.45"), ("short", "")):
            found = packed[kind]
            plain, gzip = found["plain"]["bytes"], found["gzip"]["bytes"]
            what = "operations as the press prints them" if kind == "operations" else "the messages of these tables"
            said = f"{found['bytes_ratio']:.2f} ({gzip:.0f} of {plain:.0f} bytes), CPU {found['cpu_ratio']:.2f}"
            lines.append((f"bytes per delivery, gzip / plain: {what}", goal, said))
    if stalled := _measured(figures, "stalled"):
        said = f"{_kilobytes(stalled['bytes'])}; the kernel's buffers {_kilobytes(stalled['kernel_bytes'])}"
        said += f"; dropped after {stalled['messages']} messages" if not stalled["undropped"] else "; NOT dropped"
        lines.append((f"growth per stalled reader, {stalled['readers']} of them", "<= 64 kB", said))
    if tls := _measured(figures, "tls"):
        row = tls["standfirst"]
        lines += [
            ("TLS, CPU per delivery / OpenSSL floor", "<= 1.25", _ratio(row, "cpu_to_floor")),
            ("TLS, memory per idle reader", "<= 20 kB", _kilobytes(row["idle_bytes"])),
        ]
    return lines


def _measured(figures: Figures, part: str) -> Figures | None:
    found = figures.get(part)
    return None if found is None or "not_measured" in found else found


def _kilobytes(size: float) -> str:
    return f"{size / 1000:.1f} kB"
