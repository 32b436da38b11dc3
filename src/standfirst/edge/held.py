"""Streams that the application behind decides on, and the edge holds: it knows channels and leases, not what they are.

The application answers a request with a header that names both, `Standfirst-Stream`; the edge takes that answer away
and opens a stream in its place. The header means nothing in a request, and leaves the house in no answer.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from standfirst.edge import wire
from standfirst.edge.channel import Channel, Peer, Reader
from standfirst.edge.hub import Hub, Joined
from standfirst.edge.live import Lease, Message, Streams, Wish
from standfirst.edge.ports import Machine, Tidings, Timer, Told
from standfirst.edge.ring import Frame, Ring
from standfirst.edge.wire import Coding

log = logging.getLogger(__name__)

HEADER = b"standfirst-stream"
POLL_S = 1.0
"""The application is asked this often for what the bell did not ring for."""
KEPT = 1000
"""Events that a stream can resume behind."""
LATE = 200
"""So many numbers back an event may still appear: transactions end in another order than they took their numbers."""
PER_LEASE = 20
"""Streams that one lease may have open."""
LINGER_S = 1.0
"""What a stream that is ended has to take its last event."""
REMEMBERED_S = 600.0
"""How long an ended lease is remembered, for requests that were under way."""
LEASE = "lease"
EVERYWHERE = "*"

_GRANT = re.compile(rb"channel=([!-:<-~]{1,300}); lease=([!-:<-~]{1,200}); seconds=([0-9]{1,9})")


class Grant(msgspec.Struct, frozen=True):
    """A stream that the application allows, for so many `seconds`."""

    channel: str
    lease: str
    seconds: int


def lift(message: Message) -> Grant | None:
    """Take the header out of the start of an answer; what it says, if the answer is a success."""
    headers = [(name, value) for name, value in message["headers"] if name.lower() == HEADER]
    if not headers:
        return None
    message["headers"] = [(name, value) for name, value in message["headers"] if name.lower() != HEADER]
    match = _GRANT.fullmatch(bytes(headers[0][1]))
    if match is None or message["status"] != 200:
        return None
    return Grant(match[1].decode(), match[2].decode(), int(match[3]))


def reaches(of: str, name: str) -> bool:
    """Whether what is told to `of` is for those who follow `name`: `x/*` is for `x` and for all that is below it."""
    return of in (name, EVERYWHERE) or (of.endswith("/" + EVERYWHERE) and f"{name}/".startswith(of[:-1]))


class Marks(Ring):
    """The last frames of a channel whose numbers do not follow each other. What is behind `floor` is not known."""

    def __init__(self, window: int, floor: int) -> None:
        super().__init__(window)
        self.head = self.floor = floor

    def add(self, frame: Frame) -> None:
        if len(self._frames) == self._frames.maxlen:
            self.floor = max(self.floor, self._frames[0].seq)
        self.head = max(self.head, frame.seq)
        self._frames.append(frame)

    def resume(self, after: int) -> list[Frame] | Literal["reload"]:
        return "reload" if after < self.floor else [frame for frame in self._frames if frame.seq > after]


class HeldHub(Hub):
    """Readers with leases."""

    def __init__(self, max_readers: int) -> None:
        super().__init__(edition="", window=KEPT, max_readers=max_readers)
        self.floor = 0
        self.recent: deque[tuple[str, Frame]] = deque(maxlen=KEPT)
        self._of: dict[str, dict[Reader, None]] = {}
        self._held: dict[Reader, tuple[str, Timer]] = {}

    def channel(self, name: str) -> Channel:
        if name not in self.channels:
            made = self.channels[name] = Channel(name, self.window)
            made.ring = Marks(self.window, self.floor)
            for of, frame in self.recent:
                if reaches(of, name):
                    made.ring.add(frame)
        return self.channels[name]

    def keep(self, channel: str, frame: Frame) -> None:
        """Remember a frame for those who resume."""
        if len(self.recent) == KEPT:
            self.floor = self.recent[0][1].seq
        self.recent.append((channel, frame))

    def lease(self, reader: Reader, name: str, timer: Timer) -> None:
        """A reader is here by this lease; `timer` ends it."""
        self._of.setdefault(name, {})[reader] = None
        self._held[reader] = (name, timer)

    def by(self, lease: str) -> list[Reader]:
        """Those who are here by a lease."""
        return list(self._of.get(lease, ()))

    def leave(self, reader: Reader) -> None:
        super().leave(reader)
        if reader in self._held:
            name, timer = self._held.pop(reader)
            timer.cancel()
            del self._of[name][reader]
            if not self._of[name]:
                del self._of[name]

    def tidy(self) -> None:
        """Let go of channels that nobody follows: they are made anew when somebody does."""
        for name in [name for name, channel in self.channels.items() if not (len(channel) or channel.busy)]:
            del self.channels[name]


class HeldStreams(Streams):
    """Streams that end with their leases."""

    def __init__(self, hub: HeldHub, machine: Machine, heartbeat_seconds: float) -> None:
        super().__init__(hub, machine, heartbeat_seconds)
        self.hub = hub
        self._ended: dict[str, float] = {}

    def end(self, leases: Iterable[str]) -> None:
        """These give nothing any more: close what is open on them, and what is just being opened."""
        now = self._machine.now()
        self._ended = {name: at for name, at in self._ended.items() if now - at < REMEMBERED_S}
        for name in leases:
            self._ended[name] = now
            for reader in self.hub.by(name):
                self._close(reader, "session")

    def _join(self, peer: Peer, wish: Wish) -> Joined:
        lease, jitter = wish.lease, self._machine.jitter()
        assert lease is not None  # every stream here has one
        if self._ended.get(lease.name, float("-inf")) >= lease.since:  # ended after it was asked for
            return self.hub.refused(wish.coding, "session", jitter)
        if len(self.hub.by(lease.name)) >= PER_LEASE:
            return self.hub.refused(wish.coding, "streams", jitter)
        joined = super()._join(peer, wish._replace(channel=self.hub.channel(wish.channel.name)))
        if (reader := joined.reader) is not None:
            left = max(0.0, lease.since + lease.seconds - self._machine.now())
            self.hub.lease(reader, lease.name, self._machine.later(left, lambda: self._close(reader, "expired")))
        return joined

    def _close(self, reader: Reader, why: str) -> None:
        """A reader that does not take its last event is closed without."""
        peer = reader.peer
        self.hub.dismiss(reader, why, self._machine.jitter())
        self._machine.later(LINGER_S, peer.drop)


class Held:
    """All streams of the application behind. Events are hints: one that comes twice does no harm."""

    def __init__(self, tidings: Tidings, machine: Machine, *, max_readers: int, heartbeat_seconds: float) -> None:
        self._tidings = tidings
        self._machine = machine
        self.hub = HeldHub(max_readers)
        self.streams = HeldStreams(self.hub, machine, heartbeat_seconds)
        self._head = 0
        self._seen: set[int] = set()
        self._known = False
        self._failing = False
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._deaf: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Hear from now on."""
        loop = asyncio.get_running_loop()

        def rung() -> None:  # in any thread
            loop.call_soon_threadsafe(self._bell.set)

        self._deaf = self._tidings.on_news(rung)
        self.streams.start()
        await self._look()
        self._task = loop.create_task(self._run())
        self._tick()

    def drain(self) -> None:
        """Tell every reader to come back."""
        if not self.hub.draining:
            self.streams.drain()

    async def stop(self) -> None:
        """Hear no more, and close what is left."""
        self._deaf()
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.streams.stop()

    def wish(self, grant: Grant, after: int | None, coding: Coding, since: float) -> Wish:
        """What was allowed at a request that came at `since`."""
        lease = Lease(grant.lease, grant.seconds, since)
        return Wish(self.hub.channel(grant.channel), "", after, coding, lease)

    def _tick(self) -> None:
        self._bell.set()
        self.hub.tidy()
        self._timer = self._machine.later(POLL_S, self._tick)

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            await self._look()

    async def _look(self) -> None:
        """The outermost handler of the task: what cannot be read now is read a moment later."""
        try:
            if not self._known:
                self._head = await self._machine.offload(self._tidings.head)
            back = LATE if self._known else KEPT
            found = await self._machine.offload(lambda: self._tidings.after(max(0, self._head - back)))
        except Exception:
            if not self._failing:
                log.exception("edge: cannot hear what open desks are to be told; trying every %g s", POLL_S)
            self._failing = True
            return
        self._failing = False
        if self._known:
            for told in found:
                self._take(told)
        else:
            self._begin(found)
        self._seen = {number for number in self._seen if number > self._head - LATE}

    def _begin(self, found: list[Told]) -> None:
        """What was told before anybody was here."""
        self._known = True
        self.hub.floor = found[0].id - 1 if found else self._head
        for told in found:
            self._seen.add(told.id)
            self._head = max(self._head, told.id)
            if told.kind != LEASE:
                self.hub.keep(told.channel, _frame(told))

    def _take(self, told: Told) -> None:
        if told.id in self._seen or told.id <= self._head - LATE:
            return
        self._seen.add(told.id)
        self._head = max(self._head, told.id)
        if told.kind == LEASE:
            self.streams.end(msgspec.json.decode(told.data)["leases"])
            return
        frame = _frame(told)
        self.hub.keep(told.channel, frame)
        for channel in list(self.hub.channels.values()):
            if reaches(told.channel, channel.name):
                channel.publish(frame, self._machine.now())
                self.streams.kick(channel)


def _frame(told: Told) -> Frame:
    return Frame(told.id, told.data.encode(), wire.encode(told.data, event=told.kind, id=str(told.id)))
