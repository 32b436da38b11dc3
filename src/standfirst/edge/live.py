"""Streams on asyncio: what drives the hub's broadcasts, and the readers of a server that keeps its sockets to itself.

All rules are in `hub`. A server that hands its sockets over (see `protocol`) costs a reader no task: `sockets` has it.
Any other ASGI server costs one, with an `Outbox`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, NamedTuple

from standfirst.edge.channel import Channel, Peer
from standfirst.edge.histogram import LAGS, Histogram
from standfirst.edge.hub import Hub, Joined
from standfirst.edge.ports import Connection, Machine, Timer
from standfirst.edge.sockets import Lines
from standfirst.edge.wire import Coding

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]  # Any: ASGI's own type
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

UNDRAINED_BYTES = 64 * 1024
"""What may wait for a reader, beside the server's own buffer, before it is dropped."""
PIECE_BYTES = 32 * 1024
"""Of a greeting, what is joined and handed to the server at a time."""
COALESCE_S = 0.015
"""Frames that follow a broadcast within this time go out together: a burst costs each reader one call."""


class Wish(NamedTuple):
    """What a reader asks of a stream."""

    channel: Channel
    edition: str
    after: int | None
    coding: Coding
    lease: "Lease | None" = None


class Lease(NamedTuple):
    """What a stream that is held for the application is open on, for so many `seconds`, `since` it was asked for."""

    name: str
    seconds: float
    since: float


async def left(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Outbox:
    """One stream's peer: takes bytes while the reader drains them. What was sent is held nowhere here."""

    def __init__(self, limit: int = UNDRAINED_BYTES) -> None:
        self._limit = limit
        self._greeting: deque[bytes] = deque()
        self._waiting: list[bytes] = []
        self._undrained = 0
        self._ready = asyncio.Event()
        self._ending = False
        self.dropped = asyncio.Event()

    def greet(self, greeting: list[bytes]) -> None:
        """Have these sent first. They are shared with other readers, so they do not count as undrained."""
        self._greeting.extend(greeting)

    def send(self, data: bytes) -> int:
        """All of it, or nothing once more than the limit is undrained."""
        if self._undrained and self._undrained + len(data) > self._limit:
            return 0
        self._undrained += len(data)
        self._waiting.append(data)
        self._ready.set()
        return len(data)

    def rest(self, data: bytes, sent: int) -> bool:
        """What is over the limit is not kept."""
        return False

    def drop(self) -> None:
        """End the stream now."""
        self.dropped.set()

    def end(self) -> None:
        """End the stream once all is sent."""
        self._ending = True
        self._ready.set()

    async def pour(self, send: Send) -> None:
        """Send the greeting and what is put, until the end. This frame lasts as long: it keeps no bytes."""
        while self._greeting:
            await self._send_piece(send)
        while self._waiting or not self._ending:
            await self._ready.wait()
            self._ready.clear()
            await self._send_waiting(send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_piece(self, send: Send) -> None:
        piece = self._greeting.popleft()
        while self._greeting and len(piece) + len(self._greeting[0]) <= PIECE_BYTES:
            piece += self._greeting.popleft()
        await send({"type": "http.response.body", "body": piece, "more_body": True})

    async def _send_waiting(self, send: Send) -> None:
        data = b"".join(self._waiting)
        self._waiting.clear()
        if data:
            await send({"type": "http.response.body", "body": data, "more_body": True})
            self._undrained -= len(data)


class Streams:
    """The open streams: greets, pours, notices who left, and drives the hub's broadcasts.

    `lag` has how long each broadcast took, in seconds: from the first frame's coming to the last reader's socket.
    """

    def __init__(self, hub: Hub, machine: Machine, heartbeat_seconds: float) -> None:
        self.lines = Lines(hub, machine)
        self.lag = Histogram(LAGS)
        self._hub = hub
        self._machine = machine
        self._heartbeat = heartbeat_seconds
        self._driven: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: dict[str, float] = {}
        self._beat: Timer | None = None

    def start(self) -> None:
        """Send heartbeats from now on: silence is noticed within a fifth of its length."""

        def tick() -> None:
            self._beat = self._machine.later(self._heartbeat / 5, tick)
            self._hub.dropped["overdue"] += self.lines.overdue()
            self._spawn(self._beat_all())

        self._beat = self._machine.later(self._heartbeat / 5, tick)
        self.lines.start(asyncio.get_running_loop())

    async def _beat_all(self) -> None:
        for channel in list(self._hub.channels.values()):
            channel.beat(self._machine.now(), self._heartbeat)
            if channel.busy:
                self.kick(channel)
                await asyncio.sleep(0)

    def take_over(self, connection: Connection, head: bytes, wish: Wish) -> bool:
        """Go on with a stream on its own socket; False: the server cannot part with it now."""
        taken = connection.hand_over()
        if taken is None:
            return False
        self.lines.open(*taken, head, lambda line: self._join(line, wish))
        return True

    async def serve(self, wish: Wish, receive: Receive, send: Send) -> None:
        """The body of one stream, from the greeting to its end."""
        outbox = Outbox()
        reader, greeting = self._join(outbox, wish)
        outbox.greet(greeting)
        if reader is None:
            outbox.end()
        try:
            await first_of(outbox.pour(send), left(receive), outbox.dropped.wait())
        except OSError:
            return  # the client has gone, and the server says so on sending
        finally:
            if reader is not None:
                self._hub.leave(reader)

    def _join(self, peer: Peer, wish: Wish) -> Joined:
        channel, edition, after, coding, _ = wish
        jitter = self._machine.jitter()
        return self._hub.join(channel, peer, edition=edition, after=after, jitter=jitter, coding=coding)

    def kick(self, channel: Channel) -> None:
        """Send what a channel has to send: at once, or together with what comes until the coalescing time is over."""
        if channel.name in self._driven or not channel.busy:
            return
        self._driven.add(channel.name)
        wait = self._due.get(channel.name, 0.0) - self._machine.now()
        if wait > 0:
            self._machine.later(wait, lambda: self._broadcast(channel))
        else:
            self._broadcast(channel)

    def _broadcast(self, channel: Channel) -> None:
        self._due[channel.name] = self._machine.now() + COALESCE_S
        if self._step(channel):
            self._spawn(self._drive(channel))
        else:
            self._driven.discard(channel.name)
            self._all_sent(channel)

    async def _drive(self, channel: Channel) -> None:
        try:
            await asyncio.sleep(0)
            while self._step(channel):
                await asyncio.sleep(0)
            self._all_sent(channel)
        finally:
            self._driven.discard(channel.name)

    def _step(self, channel: Channel) -> bool:
        """The outermost handler of a broadcast: what fails in it costs its readers their streams, which they resume."""
        try:
            return self._hub.step(channel)
        except Exception:
            log.exception("edge: a broadcast of %r failed: its readers have to come back", channel.name)
            self._hub.abandon(channel)
            return False

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:  # Any: asyncio's own type
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _all_sent(self, channel: Channel) -> None:
        since, channel.since = channel.since, None
        if since is not None and len(channel):
            self.lag.add(self._machine.now() - since)

    def drain(self) -> None:
        """Tell every reader to come back, each at its own time, and end its stream."""
        if self._beat is not None:
            self._beat.cancel()
        self._hub.drain(iter(self._machine.jitter, None))

    def stop(self) -> None:
        """Close the sockets that are left."""
        self.lines.stop()


async def first_of(*works: Awaitable[object]) -> None:
    """Wait for the first of these to end and cancel the others; raises what it raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
