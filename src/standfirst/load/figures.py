"""Percentiles and histograms of durations. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

FINE = (1, 1.5, 2, 3, 5, 7)
COARSE = (1, 2, 5)
"""The edges of a histogram: so many times each power of ten."""
LEAST_MS = 0.1
BUCKETS = 18
"""More fine ones than this are coarse ones instead."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Some durations, in milliseconds."""

    count: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many durations were at most `upto_ms`, and longer than the bucket before."""

    upto_ms: float
    count: int


def percentile(ordered: Sequence[float], part: float) -> float:
    """The least value that `part` (above 0, up to 1) of the values do not exceed: one of them, nothing in between."""
    return ordered[max(0, math.ceil(round(part * len(ordered), 6)) - 1)]


def figures(seconds: Sequence[float]) -> Figures | None:
    """The figures of some durations; None: there are none."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    cuts = [percentile(ordered, part) * 1000 for part in (0.5, 0.9, 0.99, 1)]
    return Figures(len(ordered), *(round(cut, 3) for cut in cuts))


def histogram(seconds: Sequence[float]) -> list[Bucket]:
    """Durations by size, from the first bucket that holds any to the last; an empty one in between has its place.

    What is shorter than a tenth of a millisecond is in the first.
    """
    fine = _bucketed(seconds, FINE)
    return fine if len(fine) <= BUCKETS else _bucketed(seconds, COARSE)


def _bucketed(seconds: Sequence[float], steps: Sequence[float]) -> list[Bucket]:
    counts: dict[int, int] = {}
    for duration in seconds:
        step = _step(duration * 1000, steps)
        counts[step] = counts.get(step, 0) + 1
    if not counts:
        return []
    return [Bucket(_edge(step, steps), counts.get(step, 0)) for step in range(min(counts), max(counts) + 1)]


def _step(ms: float, steps: Sequence[float]) -> int:
    step = 0
    while ms > _edge(step, steps):
        step += 1
    return step


@lru_cache(256)
def _edge(step: int, steps: Sequence[float]) -> float:
    """The upper edge of a bucket, in milliseconds: 0.1, 0.15, 0.2 ..."""
    power, which = divmod(step, len(steps))
    return round(LEAST_MS * math.pow(10, power) * steps[which], 6)


def drawn(buckets: Sequence[Bucket], width: int = 40) -> list[str]:
    """A line for each bucket, with a bar: the fullest is `width` wide, and what is not empty shows."""
    most = max((bucket.count for bucket in buckets), default=0)
    lines = []
    for bucket in buckets:
        bar = "█" * math.ceil(width * bucket.count / most)
        lines.append(f"{_shown(bucket.upto_ms):>9}  {bucket.count:>9,}  {bar}".rstrip())
    return lines


def _shown(ms: float) -> str:
    return f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s"
