"""How many are reading a story at this moment. Pure: the time is an argument, in seconds.

Streams and held requests are counted: they are open connections. A reader that polls has none; what is counted is how
often the next entry was asked for without being held, and a page that polls is known to ask every 15 seconds. Nothing
is kept of who asked: a number for each story and each ten seconds of the last minute.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

WINDOW_S = 60.0
"""Over which polls are counted."""
POLL_S = 15.0
"""How often a page that polls asks: the reader script's own rule."""
SPAN_S = 10.0
SPANS = int(WINDOW_S / SPAN_S)
STALE_S = 15.0
"""After so long without a word of another process, its readers are no longer counted: it may have ended."""

EXTENSION = "standfirst.audience"
"""The ASGI extension in which the edge offers its `Audience.of` to the application behind it."""


class Count(NamedTuple):
    """A story's readers: streams and held requests as they are, pollers as estimated."""

    streams: int = 0
    held: int = 0
    pollers: int = 0

    @property
    def total(self) -> int:
        return sum(self)


class Polls:
    """How often each story was polled in the last minute, in spans of ten seconds."""

    def __init__(self) -> None:
        self._spans: deque[tuple[int, Counter[str]]] = deque(maxlen=SPANS + 1)

    def add(self, story: str, now: float) -> None:
        """The next entry was asked for, and the request was not held."""
        span = int(now // SPAN_S)
        if not self._spans or self._spans[-1][0] != span:
            self._spans.append((span, Counter()))
        self._spans[-1][1][story] += 1

    def pollers(self, story: str, now: float) -> int:
        """How many readers poll, so far as can be told: those of a whole minute ask four times each.

        The first minute of a crowd shows a part of it, and the minute after it has gone still shows some.
        """
        last, passed = divmod(now / SPAN_S, 1)
        polls = 0.0
        for span, counts in list(self._spans):
            if last - SPANS < span <= last:
                polls += counts[story]
            elif span == last - SPANS:  # of the span that the minute began in, the part that belongs to it
                polls += counts[story] * (1 - passed)
        return round(polls * POLL_S / WINDOW_S)

    def stories(self, now: float) -> set[str]:
        """Those that were polled."""
        first = now // SPAN_S - SPANS
        return {story for span, counts in list(self._spans) if span >= first for story in list(counts)}


class Audience:
    """Counts here, and what the other processes of the newsroom said of theirs."""

    def __init__(
        self,
        streams: Callable[[], Mapping[str, int]],
        held: Callable[[], Mapping[str, int]],
        now: Callable[[], float],
    ) -> None:
        """`streams` and `held` give the counts by story as they are; they may be called in any thread."""
        self.polls = Polls()
        self._streams = streams
        self._held = held
        self._now = now
        self._others: dict[str, tuple[float, Mapping[str, Count]]] = {}

    def polled(self, story: str) -> None:
        """A request for the next entry was answered at once."""
        self.polls.add(story, self._now())

    def here(self) -> dict[str, Count]:
        """The stories that have readers in this process."""
        streams, held, now = self._streams(), self._held(), self._now()
        stories = {*streams, *held, *self.polls.stories(now)}
        counts = {
            story: Count(streams.get(story, 0), held.get(story, 0), self.polls.pollers(story, now)) for story in stories
        }
        return {story: count for story, count in counts.items() if count.total}

    def heard(self, process: str, counts: Mapping[str, Count]) -> None:
        """Another process said how many it has; it replaces what that one said before."""
        now = self._now()
        self._others[process] = (now, counts)
        for name, (said, _) in list(self._others.items()):
            if said < now - STALE_S:
                del self._others[name]

    def of(self, story: str) -> Count:
        """A story's readers in all processes."""
        least = self._now() - STALE_S
        counts = [self.here().get(story, Count())]
        counts += [said.get(story, Count()) for when, said in list(self._others.values()) if when >= least]
        return Count(*(sum(part) for part in zip(*counts, strict=True)))
