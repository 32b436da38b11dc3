"""The picture for the docs: CPU per delivery and memory per reader, by design."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

from benchmarks.fanout.contenders import NAMES

OURS, OTHERS, FLOOR = "#b3261e", "#8a94a3", "#4a5361"


def draw(figures: dict[str, Any], path: Path) -> None:  # Any: JSON, as __main__ makes it
    """Draw the largest size that was measured, if one was."""
    sizes = [size for size in figures.get("sizes", {}).values() if isinstance(size, dict)]
    if not sizes:
        return
    size = max(sizes, key=lambda each: each["readers"])
    rows = [(name, size["rows"][name]) for name in reversed(NAMES) if name in size["rows"]]
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 10, "svg.hashsalt": "fanout"})
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=(3, 2), layout="constrained")
    titles = [NAMES[name].replace("`", "") for name, _ in rows]
    _bars(left, rows, titles, [row["cpu_us"] for _, row in rows], "CPU-seconds per million deliveries", "{:.1f}")
    memory = [row["idle_bytes"] / 1000 for _, row in rows]
    _bars(right, rows, [""] * len(rows), memory, "kB of memory per idle reader", "{:.1f}")
    figure.suptitle(
        f"{size['readers']:,} readers of one event stream, {figures['machine']}, {figures['date']}", fontsize=10
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150, facecolor="white", metadata={"Software": ""})
    plt.close(figure)


def _bars(
    axes: Any,  # Any: matplotlib's, which has no types
    rows: list[tuple[str, Any]],
    titles: list[str],
    values: list[float],
    caption: str,
    form: str,
) -> None:
    colours = [{"standfirst": OURS, "floor": FLOOR}.get(name, OTHERS) for name, _ in rows]
    places = range(len(rows))
    axes.barh(places, values, color=colours, height=0.62)
    axes.set_yticks(places, titles)
    axes.set_title(caption, fontsize=10, loc="left")
    axes.set_xlim(0, max(values) * 1.15)
    for place, value in zip(places, values, strict=True):
        axes.text(value + max(values) * 0.015, place, form.format(value), va="center", fontsize=9)
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    for side in axes.spines.values():
        side.set_visible(False)
