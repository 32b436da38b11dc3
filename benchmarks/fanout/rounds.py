"""One turn of one server: some messages, each published when every reader has the one before."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.fanout.build import Tools
from benchmarks.fanout.contenders import Contender
from benchmarks.fanout.readers import Publisher, Readers, Seen, reading

PAUSE_S = 0.03
"""After each message: longer than ours waits for more of a burst, so that none of them is made to wait."""
SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn cost. `cpu` in seconds of the server's."""

    cpu: float
    expected: int
    seen: Seen

    @property
    def lost(self) -> int:
        """Deliveries that did not come."""
        return self.expected - self.seen.deliveries + self.seen.doubled

    @property
    def each(self) -> float:
        """CPU microseconds per delivery, which is CPU seconds per million of them."""
        return self.cpu / self.expected * 1e6


@dataclass(frozen=True, slots=True)
class Stand:
    """A server with its readers and somebody who publishes. `idle`: bytes of its memory for each idle reader."""

    contender: Contender
    readers: Readers
    publisher: Publisher
    idle: float

    def turn(self, publishes: int, *, pause: float = PAUSE_S) -> Turn:
        """Publish so many messages and see every one delivered."""
        before = self.contender.cpu()
        seen = Seen()
        for _ in range(publishes):
            seen.add(self.readers.until(self.publisher.publish()))
            time.sleep(pause)
        return Turn(self.contender.cpu() - before, publishes * self.readers.count, seen)


@contextmanager
def stand(contender: Contender, tools: Tools, count: int, *options: str) -> Iterator[Stand]:
    """Open `count` readers on a server that has none, and warm it up with two messages."""
    publisher = Publisher(*(server.base + contender.publish for server in contender.servers))
    empty = contender.private()
    with reading(tools, [server.base + contender.live for server in contender.servers], count, *options) as readers:
        time.sleep(SETTLE_S)
        made = Stand(contender, readers, publisher, (contender.private() - empty) / count)
        for _ in range(2):
            seen = readers.until(publisher.publish())
            if seen.behind:
                raise RuntimeError(f"{contender.name} left {seen.behind} of {count} readers without the first messages")
        yield made
    publisher.close()
