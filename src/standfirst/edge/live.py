"""Streams and held requests on asyncio, for any ASGI server. All rules are in `hub`; here are only waiting and sending.

A reader costs a task here. A server that hands over its sockets calls `Hub.join` with a `send` of its own instead.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from standfirst.edge.hub import Channel, Hub, Reader
from standfirst.edge.ports import Machine, Timer

Message = MutableMapping[str, Any]  # Any: ASGI's own type
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

UNDRAINED_BYTES = 64 * 1024
"""What may wait for a reader, beside the server's own buffer, before it is dropped."""
PIECE_BYTES = 32 * 1024
"""Of a greeting, what is joined and handed to the server at a time."""
COALESCE_S = 0.015
"""Frames that follow a broadcast within this time go out together: a burst costs each reader one call."""


async def left(receive: Receive) -> None:
    """Returns when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Outbox:
    """One stream's `send`: takes bytes while the reader drains them. What was sent is held nowhere here."""

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

    def put(self, data: bytes) -> bool:
        """A hub `Send`: False once more than the limit is undrained."""
        if self._undrained and self._undrained + len(data) > self._limit:
            self.dropped.set()
            return False
        self._undrained += len(data)
        self._waiting.append(data)
        self._ready.set()
        return True

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
    """The open streams: greets, pours, notices who left, and drives the hub's broadcasts."""

    def __init__(self, hub: Hub, machine: Machine, heartbeat_seconds: float) -> None:
        self._hub = hub
        self._machine = machine
        self._heartbeat = heartbeat_seconds
        self._outboxes: dict[Reader, Outbox] = {}
        self._driven: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._due: dict[str, float] = {}
        self._beat: Timer | None = None

    def start(self) -> None:
        """Send heartbeats from now on: silence is noticed within a fifth of its length."""

        def tick() -> None:
            self._beat = self._machine.later(self._heartbeat / 5, tick)
            for channel in self._hub.channels.values():
                channel.beat(self._machine.now(), self._heartbeat)
                self.kick(channel)

        self._beat = self._machine.later(self._heartbeat / 5, tick)

    async def serve(self, channel: Channel, edition: str, after: int | None, receive: Receive, send: Send) -> None:
        """The body of one stream, from the greeting to its end."""
        outbox = Outbox()
        reader = self._join(channel, outbox, edition, after)
        try:
            await first_of(outbox.pour(send), left(receive), outbox.dropped.wait())
        except OSError:
            return  # the client has gone, and the server says so on sending
        finally:
            if reader is not None:
                self._hub.leave(reader)
                del self._outboxes[reader]

    def _join(self, channel: Channel, outbox: Outbox, edition: str, after: int | None) -> Reader | None:
        jitter = self._machine.jitter()
        reader, greeting = self._hub.join(channel, outbox.put, edition=edition, after=after, jitter=jitter)
        outbox.greet(greeting)
        if reader is None:
            outbox.end()
        else:
            self._outboxes[reader] = outbox
        return reader

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
        if not self._hub.step(channel):
            self._driven.discard(channel.name)
            return
        task = asyncio.get_running_loop().create_task(self._drive(channel))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drive(self, channel: Channel) -> None:
        try:
            await asyncio.sleep(0)
            while self._hub.step(channel):
                await asyncio.sleep(0)
        finally:
            self._driven.discard(channel.name)

    def drain(self) -> None:
        """Tell every reader to come back, each at its own time, and end its stream."""
        if self._beat is not None:
            self._beat.cancel()
        jitters = iter(self._machine.jitter, None)
        for reader in self._hub.drain(jitters):
            if reader in self._outboxes:
                self._outboxes[reader].end()


class Tails:
    """Requests held for an entry that does not exist yet, at most `most`. Those for the same one share one future."""

    def __init__(self, machine: Machine, hold_seconds: float, most: int) -> None:
        self._machine = machine
        self._seconds = hold_seconds
        self._most = most
        self._shared: dict[tuple[str, int], tuple[asyncio.Future[None], Callable[[], None]]] = {}
        self._count: dict[tuple[str, int], int] = {}
        self.held = 0
        self.closed = False

    async def hold(self, channel: Channel, n: int, receive: Receive) -> bool:
        """Returns when entry n is there, when time is up, when the edge shuts down, or when the client has gone.

        False: it was not held, because the edge shuts down or too many are.
        """
        if self.closed or self.held >= self._most:
            return False
        key = (channel.name, n)
        if key not in self._shared:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._shared[key] = future, channel.hold(n, lambda: _settle(future))
        shared, withdraw = self._shared[key]
        self._count[key] = self._count.get(key, 0) + 1
        self.held += 1
        over = asyncio.Event()
        timer = self._machine.later(self._seconds, over.set)
        try:
            await first_of(asyncio.shield(shared), left(receive), over.wait())
        finally:
            timer.cancel()
            self.held -= 1
            self._count[key] -= 1
            if not self._count[key]:
                withdraw()
                shared.cancel()
                del self._count[key], self._shared[key]
        return True


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


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
