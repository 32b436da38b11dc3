"""How often something took how long: a list of integers, for whoever wants to know. Pure."""

from bisect import bisect_left
from collections.abc import Sequence

LAGS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds from publishing to the last reader's socket."""


class Histogram:
    """`counts[i]` values were at most `bounds[i]`, and longer than the bound before; the last were longer than all."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value
