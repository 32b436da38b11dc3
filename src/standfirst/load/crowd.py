"""The crowd: opens streams at a pace, hears what comes, and comes back as the reader protocol says.

One thread and one selector. What is timed is the moment at which a reader's bytes were read from its socket, so the
crowd's own work is in it: see `Crowd.busy`.
"""

import heapq
import math
import random
import selectors
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable
from itertools import count

from standfirst.load.answer import AnswerError, Event, Memo
from standfirst.load.link import Link
from standfirst.load.pages import Pages
from standfirst.load.reader import Place, Reader
from standfirst.load.target import Target

HELLO_S = 8.0
"""How long a stream has to say hello: readers' scripts wait as long."""
TURN_S = 0.05
"""How long the selector waits at most."""
LEAST_WAIT_S = 0.1
"""Before a reader comes back, whatever the server asks for."""

_EVENTS = {"read": selectors.EVENT_READ, "write": selectors.EVENT_WRITE}


class Crowd:
    """`most` readers of one page, opened at `rate` a second.

    `arrivals` has when each entry that is new since `listen` came to each reader, in monotonic seconds.

    `trouble` counts what went wrong with connections, in words; `unreadable` answers that broke the protocol. `slowest`
    is how many seconds it took at most to read what had come: by so much a time may be too long.
    """

    def __init__(self, target: Target, place: Place, most: int, rate: float, *, gzip: bool = False) -> None:
        self._target = target
        self._rate = rate
        self._accept = "gzip" if gzip else "identity"
        self.readers = [Reader(place) for _ in range(most)]
        self.arrivals: dict[int, array[float]] = {}
        self.trouble: Counter[str] = Counter()
        self.opened = self.turned_away = self.broken = self.unreadable = self.bytes = 0
        self._pages = Pages(target, place)
        self._selector = selectors.DefaultSelector()
        self._links: set[Link] = set()
        self._silent: deque[Link] = (
            deque()
        )  # the oldest first; those that were greeted meanwhile go when they are first
        self._back: list[tuple[float, int, Reader, float]] = []  # due, order, reader, when its page went stale or 0
        self._numbers = count()
        self._memo: Memo = {}
        self._since = self._worked = self.slowest = 0.0
        self._old: float = math.inf  # entries up to this are of no interest

    def open(self, tell: Callable[[int], None]) -> None:
        """Open all; returns when each was greeted or turned away, or has had its time. `tell` hears how many are."""
        began = time.monotonic()
        asked = 0
        until = began + len(self.readers) / self._rate + HELLO_S
        while (now := time.monotonic()) < until and self.opened + self.turned_away < len(self.readers):
            due = min(len(self.readers), int((now - began) * self._rate) + 1)
            for reader in self.readers[asked:due]:
                self._connect(reader, now)
            asked = max(asked, due)
            self._turn(min(TURN_S, 1 / self._rate) if asked < len(self.readers) else TURN_S)
            tell(self.opened)

    def listen(self, over: Callable[[float], bool]) -> None:
        """Hear what comes until `over(now)`."""
        self._old, self.slowest = self.head, 0.0
        self._since, self._worked = time.monotonic(), time.thread_time()
        while not over(time.monotonic()):
            self._turn(TURN_S)

    @property
    def busy(self) -> float:
        """What part of the time since `listen` this thread worked, 0 to 1."""
        return (time.thread_time() - self._worked) / self.listened if self.listened else 0.0

    @property
    def listened(self) -> float:
        """Seconds since `listen`."""
        return time.monotonic() - self._since if self._since else 0.0

    @property
    def without(self) -> int:
        """How many have no stream now, and were not told to poll."""
        return len(self.readers) - self.turned_away - sum(link.reader.greeted for link in self._links)

    @property
    def head(self) -> int:
        """The last entry that any reader has."""
        return max(reader.after for reader in self.readers)

    def behind(self, head: int) -> int:
        """How many of those that follow do not have entry `head`."""
        return sum(reader.after < head for reader in self.readers if reader.streams and not reader.polls)

    def close(self) -> None:
        """Hang up."""
        for link in list(self._links):
            self._part(link)
        self._selector.close()
        self._pages.close()

    def _turn(self, wait: float) -> None:
        now = time.monotonic()
        while self._back and self._back[0][0] <= now:
            _, _, reader, stale = heapq.heappop(self._back)
            self._return(reader, stale, now)
        while self._silent:
            link = self._silent[0]
            waits = link in self._links and not link.reader.greeted
            if waits and link.began + HELLO_S > now:
                break
            self._silent.popleft()
            if waits:
                self._lost(link, f"no hello within {HELLO_S:g} s")
        ready = self._selector.select(wait)
        began = time.monotonic()
        for key, _ in ready:
            link = key.data
            if link in self._links:
                self._serve(link)
        self.slowest = max(self.slowest, time.monotonic() - began)

    def _return(self, reader: Reader, stale: float, now: float) -> None:
        """A reader is due; one whose page went stale waits for the page first."""
        if stale:
            place = self._pages.newer_than(stale, now)
            if place is None:
                self._later(reader, now + LEAST_WAIT_S, stale)
                return
            reader.turn_to(place)
        self._connect(reader, now)

    def _connect(self, reader: Reader, now: float) -> None:
        request = reader.request(self._target.page.slug, self._target.page.authority, self._accept)
        try:
            link = Link(self._target, reader, request, self._memo, next(self._numbers), now)
        except OSError as error:
            self._fail(reader, _said(error), 0.0)
            return
        self._links.add(link)
        self._silent.append(link)
        self._selector.register(link.sock, _EVENTS[link.want], link)

    def _serve(self, link: Link) -> None:
        """A socket is ready."""
        want = link.want
        before = link.bytes
        try:
            events = link.go_on()
            self.bytes += link.bytes - before
            for event in events:
                if not self._hear(link, event, time.monotonic()):
                    return
        except OSError as error:
            self._lost(link, _said(error))
            return
        except AnswerError as error:
            self.unreadable += 1
            self._lost(link, str(error))
            return
        answer = link.answer
        if answer.status not in (0, 200):
            retry = answer.headers.get(b"retry-after", b"")
            self._lost(link, f"HTTP {answer.status}", float(retry) if retry.isdigit() else 0.0)
        elif answer.ended:
            self._lost(link, "the stream broke off" if link.reader.greeted else "the connection was closed")
        elif link.want != want:
            self._selector.modify(link.sock, _EVENTS[link.want], link)

    def _hear(self, link: Link, event: Event, now: float) -> bool:
        """Whether the stream goes on after an event. Raises AnswerError."""
        reader = link.reader
        after, first = reader.after, not reader.streams
        leave = reader.take(event)
        if reader.after != after and reader.after > self._old:
            self.arrivals.setdefault(reader.after, array("d")).append(now)
        if first and reader.greeted:
            self.opened += 1
        if leave is None:
            return True
        self._part(link)
        if leave.why == "bye":
            self.turned_away += 1
        else:
            self._later(reader, now + max(LEAST_WAIT_S, leave.wait), now if leave.why == "reload" else 0.0)
        return False

    def _lost(self, link: Link, why: str, retry_after: float = 0.0) -> None:
        self._part(link)
        self.broken += link.reader.greeted
        self._fail(link.reader, why, retry_after)

    def _fail(self, reader: Reader, why: str, retry_after: float) -> None:
        self.trouble[why] += 1
        wait = reader.broke_off(random.random(), retry_after)  # noqa: S311  # spreads them, keeps no secret
        self._later(reader, time.monotonic() + max(LEAST_WAIT_S, wait), 0.0)

    def _later(self, reader: Reader, due: float, stale: float) -> None:
        heapq.heappush(self._back, (due, next(self._numbers), reader, stale))

    def _part(self, link: Link) -> None:
        self._links.discard(link)
        self._selector.unregister(link.sock)
        link.close()


def _said(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
