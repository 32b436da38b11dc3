"""Many readers in one process: opens their connections, and has each come back when its course says so.

    python -m tests.crowd.crowd PLAN

PLAN is JSON, see `Plan`. On standard output, a line of JSON each second (see `Crowd.figures`). On standard input:
"until N": have all come up to entry N by the calm way, then report and end. The report is the last line.
"""

import errno
import heapq
import itertools
import json
import math
import os
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.crowd.answer import Garbled
from tests.crowd.course import Course
from tests.crowd.history import faults
from tests.crowd.reader import Reader, Words, Wrong

READ_BYTES = 64 * 1024
SWEEP_S = 0.5
NAMED_MOST = 10
"""Readers whose faults are told in words."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a crowd does. `ways` are ports that are taken in turn, `calm` is the port for pages, which are longer than
    what connections last for, and for readers that were cut `cuts` times.

    `pace`: how many times faster than a real one a reader waits. `hello`, `silence`, `held` are the script's patience,
    in real seconds. Every second reader asks for gzip. `spread`: connections come from so many addresses.
    `window`: no more streams are asked for while so many have not been answered; 0: as many as are due. Every
    `blocked`-th reader is where streams do not come through, 0: none.
    """

    slug: str
    edition: str
    seq: int
    readers: int
    ways: list[int]
    calm: int
    cuts: int = 0
    rate: float = 500.0
    pace: float = 1.0
    hello: float = 8.0
    silence: float = 70.0
    held: float = 2.0
    seed: int = 0
    spread: int = 200
    window: int = 0
    blocked: int = 0
    wrong: Wrong = ""


@dataclass(eq=False, slots=True)
class Link:
    """One connection of a reader's."""

    reader: Reader
    number: int
    sock: socket.socket
    began: float
    heard: float
    request: bytes
    calm: bool
    asks: bool


@dataclass(slots=True)
class Counts:
    """Since the crowd began: connections that were tried, those that came to be, hellos."""

    tried: int = 0
    connected: int = 0
    hellos: int = 0
    trouble: Counter[str] = field(default_factory=Counter)


class Crowd:
    """See the module. `run` returns when all is over."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.words = Words()
        self.readers = [Reader(plan.edition, plan.seq, gzip=bool(n % 2), wrong=plan.wrong) for n in range(plan.readers)]
        for reader in self.readers[:: plan.blocked] if plan.blocked else ():
            reader.course = Course("fetch", until=math.inf)
        self.cuts = [0] * plan.readers
        self.counts = Counts()
        self._random = Random(plan.seed)
        self._selector = selectors.DefaultSelector()
        self._links: set[Link] = set()
        self._due: list[tuple[float, int, int]] = []
        self._order = itertools.count()
        self._asking = 0
        self._until = 0
        self._began = time.monotonic()
        for n in range(plan.readers):
            self._later(n, n / plan.rate)

    def run(self) -> None:
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)
        told = swept = self._began
        while not self._until or self.behind:
            now = time.monotonic()
            while self._due and self._due[0][0] <= now and not self._full:
                self._connect(heapq.heappop(self._due)[2])
            if now - swept >= SWEEP_S:
                swept = now
                self._sweep(now)
            if now - told >= 1.0:
                told += 1.0
                print(json.dumps(self.figures()), flush=True)
            wait = min(0.05, self._due[0][0] - now) if self._due and not self._full else 0.05
            for key, _ in self._selector.select(max(0.0, wait)):
                if key.data is None:
                    self._command(sys.stdin.readline())
                elif key.data in self._links:
                    self._ready(key.data)

    @property
    def behind(self) -> int:
        """How many readers do not have the entry that all are to have."""
        return sum(reader.seq < self._until for reader in self.readers)

    def figures(self) -> dict[str, Any]:
        """Where the crowd stands: `open` streams that said hello, `held` tails asked for, `follow` both."""
        counts = self.counts
        return {
            "at": round(time.monotonic() - self._began, 1),
            "tried": counts.tried,
            "connected": counts.connected,
            "hellos": counts.hellos,
            "open": sum(link.reader.greeted for link in self._links),
            "held": sum(link.reader.asked == "fetch" and not link.request for link in self._links),
            "follow": sum(map(_follows, self._links)),
            "cut_enough": sum(cuts >= self.plan.cuts for cuts in self.cuts),
            "behind": self.behind,
        }

    def report(self) -> dict[str, Any]:
        """How it went, once it is over. `faults` has words for the first few readers that have any."""
        wrong = {
            n: found
            for n, reader in enumerate(self.readers)
            if (found := reader.trouble + faults(reader.history, self._until))
        }
        return self.figures() | {
            "wrong": len(wrong),
            "faults": {n: found[:5] for n, found in itertools.islice(wrong.items(), NAMED_MOST)},
            "cuts": sum(self.cuts),
            "least_cuts": min(self.cuts),
            "entries": sum(item > 0 for reader in self.readers for item in reader.history),
            "streams": sum(reader.streams for reader in self.readers),
            "tails": sum(reader.tails for reader in self.readers),
            "pages": sum(reader.pages for reader in self.readers),
            "trouble": dict(self.counts.trouble),
            "words": self.words,
        }

    def _command(self, line: str) -> None:
        match line.split():
            case ["until", n]:
                self._until = int(n)
            case _:
                raise SystemExit(f"crowd: {line!r} is no command")

    @property
    def _full(self) -> bool:
        """As many are asked for as may be at a time."""
        return 0 < self.plan.window <= self._asking

    def _answered(self, link: Link) -> None:
        self._asking -= link.asks
        link.asks = False

    def _later(self, number: int, wait: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), number))

    def _connect(self, number: int) -> None:
        plan, reader = self.plan, self.readers[number]
        self.counts.tried += 1
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        without_port = getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24)
        sock.setsockopt(socket.IPPROTO_IP, without_port, 1)
        sock.bind((f"127.1.{next(self._order) % self.plan.spread}.1", 0))
        now = time.monotonic()
        request = reader.request(plan.slug, f"127.0.0.1:{plan.calm}")
        calm = self.cuts[number] >= plan.cuts or reader.asked == "page"
        port = plan.calm if calm else plan.ways[number % len(plan.ways)]
        link = Link(reader, number, sock, now, now, request, calm, reader.asked != "fetch")
        self._asking += link.asks
        said = sock.connect_ex(("127.0.0.1", port))
        self._links.add(link)
        self._selector.register(sock, selectors.EVENT_WRITE, link)
        if said not in (0, errno.EINPROGRESS):
            self._end(link, os.strerror(said))

    def _ready(self, link: Link) -> None:
        try:
            if link.request:
                if said := link.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    raise OSError(said, os.strerror(said))
                self.counts.connected += 1
                sent = link.sock.send(link.request)
                assert sent == len(link.request)
                link.request = b""
                self._selector.modify(link.sock, selectors.EVENT_READ, link)
                return
            data = link.sock.recv(READ_BYTES)
        except OSError as error:
            self._end(link, error.strerror or str(error))
            return
        if not data:
            self._end(link, "closed")
        else:
            self._hear(link, data)

    def _hear(self, link: Link, data: bytes) -> None:
        link.heard = time.monotonic()
        reader = link.reader
        greeted = reader.greeted
        try:
            goes_on = reader.hear(data, self.words, self._reader_time())
        except (Garbled, ValueError, KeyError) as error:
            reader.trouble.append(f"garbled: {error}")
            goes_on = False
        self.counts.hellos += reader.greeted and not greeted
        if reader.answer.status:
            self._answered(link)
        if not goes_on:
            self._end(link, "")

    def _reader_time(self) -> float:
        """Seconds by the readers' own clocks."""
        return (time.monotonic() - self._began) * self.plan.pace

    def _sweep(self, now: float) -> None:
        plan = self.plan
        for link in list(self._links):
            greets = link.reader.asked == "stream" and not link.reader.greeted
            if now - link.began > plan.hello if greets else now - link.heard > plan.silence:
                self._end(link, "silent")

    def _end(self, link: Link, why: str) -> None:
        """A request is over: by the reader (no reason), or broken off."""
        self._links.discard(link)
        self._answered(link)
        self._selector.unregister(link.sock)
        link.sock.close()
        reader = link.reader
        if why and not link.calm and not reader.answer.whole:
            self.cuts[link.number] += 1
        if why:
            self.counts.trouble[why] += 1
        held = time.monotonic() - link.began > self.plan.held
        try:
            wait = reader.over(self.words, self._reader_time(), self._random, held=held)
        except (Garbled, ValueError, KeyError) as error:
            reader.trouble.append(f"garbled: {error}")
            wait = 1.0
        self._later(link.number, wait / self.plan.pace)


def _follows(link: Link) -> bool:
    return link.reader.greeted or (link.reader.asked == "fetch" and not link.request)


def main() -> None:
    crowd = Crowd(Plan(**json.loads(sys.argv[1])))
    crowd.run()
    print(json.dumps(crowd.report()), flush=True)


if __name__ == "__main__":
    main()
