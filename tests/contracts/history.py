"""Did the server keep its word? A history of requests and answers, held against the log that is there in the end.

The server gives a total order, so one pass is enough: every acknowledged key stands in the log exactly once, at the
number that it was told; the log has no gaps and nothing that nobody sent; and what was acknowledged before something
else was sent stands before it.
"""

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """One key: when it was first sent, when it was first answered (by one clock, counting steps), and every answer."""

    key: str
    sent: int
    answered: int | None = None
    seqs: list[int] = field(default_factory=list)


class History:
    """Written by many threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = itertools.count()
        self.requests: dict[str, Request] = {}

    def sends(self, key: str) -> None:
        """About to send this key, for the first time or again."""
        with self._lock:
            now = next(self._clock)
            self.requests.setdefault(key, Request(key, now))

    def answered(self, key: str, seq: int) -> None:
        """The server said that the write stands at this number."""
        with self._lock:
            request = self.requests[key]
            if request.answered is None:
                request.answered = next(self._clock)
            request.seqs.append(seq)


def faults(history: History, log: Sequence[tuple[int, str]]) -> list[str]:
    """What the server did wrong. `log` has number and key of each entry, in the order of the log."""
    found: list[str] = []
    place: dict[str, int] = {}
    for due, (seq, key) in enumerate(log, log[0][0] if log else 1):
        if seq != due:
            found.append(f"gap: {seq} where {due} was due")
        if key in place:
            found.append(f"doubled: {key} stands at {place[key]} and at {seq}")
        if key not in history.requests:
            found.append(f"nobody's: {key} at {seq} was never sent")
        place[key] = seq
    for request in history.requests.values():
        if len(set(request.seqs)) > 1:
            found.append(f"two answers: {request.key} was told {sorted(set(request.seqs))}")
        if request.seqs and request.key not in place:
            found.append(f"lost: {request.key} was acknowledged at {request.seqs[0]}")
        elif request.seqs and place[request.key] != request.seqs[0]:
            found.append(f"moved: {request.key} was told {request.seqs[0]}, stands at {place[request.key]}")
    return found + _reordered(list(history.requests.values()))


def _reordered(requests: list[Request]) -> list[str]:
    """Sweep over time: whoever is sent now must come to stand behind all that was answered before."""
    done = sorted((r for r in requests if r.answered is not None), key=lambda r: r.answered or 0)
    found: list[str] = []
    highest: Request | None = None
    ahead = iter(done)
    following = next(ahead, None)
    for request in sorted((r for r in requests if r.seqs), key=lambda r: r.sent):
        while following is not None and following.answered is not None and following.answered < request.sent:
            if highest is None or following.seqs[0] > highest.seqs[0]:
                highest = following
            following = next(ahead, None)
        if highest is not None and request.seqs[0] <= highest.seqs[0]:
            was, late = highest, f"{request.key} at {request.seqs[0]}"
            found.append(f"reordered: {late} was sent after {was.key} at {was.seqs[0]} was answered")
    return found
