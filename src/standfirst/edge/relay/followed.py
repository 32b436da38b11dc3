"""A story that is followed from the origin: where it stands here, and what is done with what the origin says."""

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from standfirst.edge.channel import Channel
from standfirst.edge.hub import Hub
from standfirst.edge.ports import Machine
from standfirst.edge.relay.patience import within
from standfirst.edge.ring import frame

TOTAL_BYTES = 256_000_000
"""Of the operations of all stories."""
STORY_BYTES = (100_000, 4_000_000)
"""Of those of one, at least and at most: who missed more than a million loads the page again anyway."""


class Hint(NamedTuple):
    """Where the first reader stands, so that a stream of the origin's can begin there."""

    edition: str
    after: int


class Followed:
    """One story. `target` is the last entry that the origin named, `live` says that a stream or a tail is followed.

    `known`: the origin said where the story stands. `absent`: it said that there is none. `lost` is since when it is
    not live. `told` is called when there is something to send; `edition_is` when the origin names its edition.
    """

    def __init__(
        self,
        slug: str,
        hub: Hub,
        machine: Machine,
        *,
        told: Callable[[str], None],
        edition_is: Callable[[str], None],
        hint: Hint | None = None,
    ) -> None:
        self.slug = slug
        self.hub = hub
        self.channel: Channel = hub.channel(slug)
        self.hint = hint
        self.known = False
        self.absent = False
        self.live = False
        self.target = 0
        self.touched = machine.now()
        self.lost = machine.now()
        self._machine = machine
        self._told = told
        self._edition_is = edition_is
        self._kept_since = machine.now()
        self._bytes = 0
        self._waiting: dict[asyncio.Future[None], Callable[[], bool]] = {}

    @property
    def head(self) -> int:
        """The last entry whose operations were taken here, or are known to be missing."""
        return self.channel.ring.head

    @property
    def open(self) -> bool:
        """It can be served: all that the origin had when it was asked is here. Or it never can: it is absent."""
        return self.absent or (self.known and self.head >= self.target)

    @property
    def cursor(self) -> Hint | None:
        """After which entry of which edition to go on. None: from wherever the story stands."""
        return Hint(self.hub.edition, self.head) if self.known else self.hint

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Whether the condition held within so many seconds; it is looked at when the origin said something."""
        if condition():
            return True
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[woken] = condition
        try:
            await within(self._machine, seconds, woken)
        finally:
            del self._waiting[woken]
        return condition()

    def stands(self, seq: int, edition: str, begin: int | None) -> None:
        """The origin is at entry `seq` and sends what follows `begin` (None: `seq`)."""
        self._edition_is(edition)
        if not self.known:
            self.channel.ring.skip(seq if begin is None else begin)
        self.known, self.absent, self.hint = True, False, None
        self.target = seq
        self.revive()

    def cannot_go_on(self, seq: int, edition: str) -> None:
        """What follows our last entry is not to be had any more: go on from `seq`. Open pages have to load again."""
        self._edition_is(edition)
        was_known = self.known
        self.channel.ring.skip(seq)
        self._bytes = 0
        self.known, self.absent, self.hint = True, False, None
        self.target = seq
        if was_known:
            self.send_readers_away()
        self._wake()

    def take(self, seq: int, message: bytes) -> None:
        """The operations of an entry. One that was taken before is ignored. Raises Gap."""
        if seq <= self.head:
            return
        made = frame(seq, message)
        self.channel.publish(made, self._machine.now())
        self.target = max(self.target, seq)
        if self._bytes == 0:
            self._kept_since = self._machine.now()
        self._bytes += len(made.event)
        self.revive()
        self._told(self.slug)

    def revive(self) -> None:
        """The origin spoke."""
        self.live = True
        self._wake()

    def lose(self) -> None:
        """Nothing is heard of the origin any more."""
        if self.live:
            self.live, self.lost = False, self._machine.now()

    def miss(self) -> None:
        """The origin has no such story. Once it had one, that is a failure of its own, and it is asked again."""
        if not self.known:
            self.absent = True
            self._wake()

    def renew(self) -> None:
        """The edition changed: operations of the old one are thrown away, pages of it have to be loaded again."""
        self.channel.ring.forget()
        self._bytes = 0
        if self.known:
            self.send_readers_away()

    def send_readers_away(self) -> None:
        """Every page that is open here has to be loaded again."""
        jitters: Iterator[float] = iter(self._machine.jitter, None)
        self.hub.reload(self.channel, jitters)

    def forget_old(self, seconds: float, stories: int) -> None:
        """Keep no operations longer than caches may, and no more than one of so many stories may."""
        least, most = STORY_BYTES
        ring, now = self.channel.ring, self._machine.now()
        if self._bytes and now - self._kept_since > seconds:
            ring.forget()
            self._bytes = 0
        while self._bytes > max(least, min(most, TOTAL_BYTES // stories)) and len(ring):
            kept = [found for n in range(ring.reach + len(ring) // 2 + 1, ring.head + 1) if (found := ring.get(n))]
            ring.forget()
            ring.refill(kept)
            self._bytes = sum(len(one.event) for one in kept)

    @property
    def kept_for(self) -> float:
        """Seconds since the oldest operations that are here were taken, or more."""
        return self._machine.now() - self._kept_since if self._bytes else 0.0

    def _wake(self) -> None:
        for woken, condition in self._waiting.items():
            if not woken.done() and condition():
                woken.set_result(None)
