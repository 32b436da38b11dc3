"""Ours: the real edge in the real server, with a record in memory whose operations are the message that was posted.

    python -m benchmarks.fanout.peers.ours PORT [--slower 1.5]

Settings as always, from STANDFIRST_*. POST /api/publish takes the message; GET /api/readers says how many streams are
open. `--slower` has each broadcast burn so many times the CPU it needs: the gate's negative control.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from standfirst import config as settings
from standfirst.edge.channel import Channel
from standfirst.edge.counter import Counter
from standfirst.edge.hub import Hub
from standfirst.edge.ports import Machine, Press
from standfirst.edge.routes import Edge, Message, Receive, Send
from standfirst.edge.server import Server
from standfirst.record.entry import START, Entry
from standfirst.site.serve import COLLECT, options

STORY = "bench"
EDITION = "bench"


@dataclass(frozen=True)
class Sheet:
    """A page that nobody looks at."""

    body: bytes = b"<!doctype html><title>bench</title>"
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class Memory:
    """A record in a list."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._listeners: list[Callable[[str, int], None]] = []
        self.write("{}")

    def write(self, *messages: str) -> None:
        """One commit."""
        for message in messages:
            self._entries.append(
                Entry(
                    stream=STORY,
                    seq=len(self._entries) + 1,
                    at=datetime.now(UTC),
                    kind="Said",
                    version=1,
                    actor=START,
                    payload={"message": message},
                    prev=START,
                    hash=START,
                )
            )
        for listener in self._listeners:
            listener(STORY, len(self._entries))

    def heads(self) -> dict[str, int]:
        return {STORY: len(self._entries)}

    def read(self, stream: str, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        return iter(self._entries[first - 1 : last])

    def on_commit(self, listener: Callable[[str, int], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changes_token(self) -> object:
        return None

    def listen(self) -> None:
        return None


class Printer:
    """Prints the message as it is."""

    story: Any = None  # the edge hands it to the index and looks at nothing in it

    def take(self, entry: Entry, *, quiet: bool = False) -> bytes | None:
        self.story = entry.seq
        return None if quiet else str(entry.payload["message"]).encode()

    def print(self, resource: str) -> Sheet | None:
        return Sheet() if resource == "" else None


class Desk:
    """The application behind the edge."""

    def __init__(self, source: Memory) -> None:
        self._source = source
        self.edge: Edge | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = b""
        if scope["path"] == "/api/publish":
            more = True
            while more:
                message = await receive()
                body += message["body"]
                more = message["more_body"]
            self._source.write(*body.decode().splitlines())
            body = b""
        elif self.edge is not None:
            body = json.dumps({"readers": self.edge.hub.readers}).encode()
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def slow_down(factor: float) -> None:
    """Have each step of a broadcast take `factor` times the CPU it needs."""
    real = Hub.step

    def step(hub: Hub, channel: Channel, *given: Any, **named: Any) -> Any:  # Any: whatever the real one takes
        began = time.thread_time()
        left = real(hub, channel, *given, **named)
        until = began + (time.thread_time() - began) * factor
        while time.thread_time() < until:
            pass
        return left

    Hub.step = step  # type: ignore[method-assign]  # the control is about a hub that got slower


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="benchmarks.fanout.peers.ours")
    parser.add_argument("port", type=int)
    parser.add_argument("--slower", type=float, default=1.0)
    given = parser.parse_args()
    if given.slower != 1.0:
        slow_down(given.slower)
    config = settings.load(port=given.port)
    source = Memory()
    desk = Desk(source)
    press = Press(edition=EDITION, printer=Printer, index=lambda stories: Sheet(), missing=Sheet)
    machine = Machine()
    desk.edge = Edge(desk, Counter(source, press, config, machine), config, machine)
    gc.set_threshold(*COLLECT)
    Server(options(desk.edge, config), desk.edge, config).run()


if __name__ == "__main__":
    main()
