"""Every server at one size, in turns: CPU per delivery, latency, memory of an idle reader, and ratios to the floor."""

import statistics
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks.fanout.build import Missing, Tools
from benchmarks.fanout.contenders import NAMES, contender
from benchmarks.fanout.rounds import Stand, Turn, stand

DELIVERIES = 50_000
"""In one turn, about."""
LEAST, MOST = 6, 20
"""Messages in one turn."""

Say = Callable[[str], None]


def size(
    tools: Tools,
    scratch: Path,
    count: int,
    rounds: int,
    say: Say,
    *,
    names: Sequence[str] = tuple(NAMES),
    copies: int = 1,
) -> dict[str, Any]:  # Any: JSON
    """All servers with `count` readers each, `rounds` turns of each, another one first in every round.

    `copies`: processes that share one server's readers; a process can have no more than its open files.
    """
    stands: dict[str, Stand] = {}
    missing: dict[str, str] = {}
    turns: dict[str, list[Turn]] = {}
    with ExitStack() as ended:
        for name in names:
            say(f"{count:,} readers: opening them on {name}")
            try:
                started = ended.enter_context(contender(name, tools, scratch, copies=copies))
            except Missing as error:
                missing[name] = str(error)
                continue
            stands[name] = ended.enter_context(stand(started, tools, count))
        publishes = min(MOST, max(LEAST, DELIVERIES // count))
        for number in range(rounds):
            say(f"{count:,} readers: round {number + 1} of {rounds}")
            order = list(stands)
            start = number % len(order)
            for name in order[start:] + order[:start]:
                turns.setdefault(name, []).append(stands[name].turn(publishes))
        idle = {name: each.idle for name, each in stands.items()}
    rows = {name: row(turns, name) | {"idle_bytes": idle[name]} for name in stands}
    return {
        "readers": count,
        "rounds": rounds,
        "publishes": publishes,
        "processes": copies,
        "rows": rows,
        "missing": missing,
    }


def row(turns: dict[str, list[Turn]], name: str) -> dict[str, Any]:  # Any: JSON
    """Medians of one server's rounds. A ratio is the median of the rounds' ratios: both were measured in each round."""
    mine = turns[name]
    made: dict[str, Any] = {
        "cpu_us": statistics.median(turn.each for turn in mine),
        "p50_ms": statistics.median(turn.seen.at(0.5) for turn in mine),
        "p99_ms": statistics.median(turn.seen.at(0.99) for turn in mine),
        "max_ms": max(turn.seen.max_us for turn in mine) / 1000,
        "bytes": sum(turn.seen.bytes for turn in mine) / sum(turn.expected for turn in mine),
        "deliveries": sum(turn.expected for turn in mine),
        "lost": sum(turn.lost for turn in mine),
        "doubled": sum(turn.seen.doubled for turn in mine),
        "rounds": [[round(turn.each, 3), turn.seen.at(0.99)] for turn in mine],
    }
    for other in ("floor", "nchan", "uvicorn"):
        if other in turns and other != name:
            pairs = list(zip(mine, turns[other], strict=True))
            made[f"cpu_to_{other}"] = statistics.median(a.each / b.each for a, b in pairs)
            made[f"p99_to_{other}"] = statistics.median(a.seen.at(0.99) / b.seen.at(0.99) for a, b in pairs)
    return made
