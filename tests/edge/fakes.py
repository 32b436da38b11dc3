"""A record, a press, a clock and a client that are in the test's hands. No sleeps, no threads, no network."""

import asyncio
import gzip
import heapq
import json
import queue
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from standfirst.config import Config
from standfirst.edge.counter import Counter
from standfirst.edge.ports import CONNECTION, Machine, Press
from standfirst.edge.routes import Edge
from standfirst.record.entry import Entry, Text, seal

T = TypeVar("T")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EDITION = "abc123"
TURNS = ContextVar("turns", default=30)
"""Turns of the event loop after which everything has run that can run."""


def entry(stream: str, seq: int, *, erases: tuple[int, ...] = (), words: str = "") -> Entry:
    """A sealed entry with some words; its links are not looked at here."""
    payload = {"words": Text(words or f"{stream} {seq}")}
    return seal(stream, seq, NOON, "Said", 1, "ann", payload, "0" * 64, lambda: bytes(16), erases=erases)


class FakeSource:
    """A journal in a list. `elsewhere` writes without telling, as another process does."""

    def __init__(self) -> None:
        self.entries: dict[str, list[Entry]] = {}
        self.listeners: list[Callable[[str, int], None]] = []
        self.token = 0
        self.reads: list[tuple[str, int, int | None]] = []
        self.broken: Exception | None = None
        self.ear: FakeEar | None = None
        self.asked = 0

    def listen(self) -> "FakeEar | None":
        return self.ear

    def heads(self) -> dict[str, int]:
        self.asked += 1
        if self.broken:
            raise self.broken
        return {stream: len(entries) for stream, entries in self.entries.items()}

    def read(self, stream: str, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        if self.broken:
            raise self.broken
        self.reads.append((stream, first, last))
        return iter(self.entries[stream][first - 1 : last])

    def on_commit(self, listener: Callable[[str, int], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def changes_token(self) -> object:
        return self.token

    def elsewhere(self, stream: str, times: int = 1, *, erases: tuple[int, ...] = ()) -> int:
        log = self.entries.setdefault(stream, [])
        for _ in range(times):
            log.append(entry(stream, len(log) + 1, erases=erases))
        self.token += 1
        return len(log)

    def write(self, stream: str, times: int = 1, *, erases: tuple[int, ...] = ()) -> int:
        head = self.elsewhere(stream, times, erases=erases)
        for listener in list(self.listeners):
            listener(stream, head)
        return head


class FakeEar:
    """Hears what is put in `heard`, while the record's token stands still. Its thread waits, so no loop is blocked."""

    def __init__(self) -> None:
        self.heard: queue.Queue[list[tuple[str, int]] | Exception] = queue.Queue()
        self.closed = threading.Event()
        self.waits = 0

    async def hear(self, words: list[tuple[str, int]]) -> None:
        """Returns when all of it was passed on, and what follows from it has happened."""
        async with asyncio.timeout(10):
            while not self.waits:  # the thread has yet to begin
                await asyncio.sleep(0)
            before = self.waits
            self.heard.put(words)
            while self.waits == before:
                await asyncio.sleep(0)
        await settle()

    def wait(self, seconds: float) -> list[tuple[str, int]]:
        self.waits += 1
        heard = self.heard.get()
        if isinstance(heard, Exception):
            raise heard
        return heard

    def close(self) -> None:
        self.closed.set()


@dataclass(frozen=True)
class Sheet:
    body: bytes
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = (("Content-Security-Policy", "default-src 'none'"),)


class FakePrinter:
    """Prints the number of the last entry; its story is that number too."""

    def __init__(self, printed: list[str], fail_at: list[int], edition: str = EDITION) -> None:
        self.story: Any = None
        self.edition = edition
        self.loud: list[int] = []
        self._printed = printed
        self._fail_at = fail_at

    def take(self, entry: Entry, *, quiet: bool = False) -> bytes | None:
        assert entry.seq == (self.story or 0) + 1, "the board feeds a gapless run"
        if entry.seq in self._fail_at:
            raise KeyError("an event of a newer Standfirst")
        self.story = entry.seq
        if quiet:
            return None
        self.loud.append(entry.seq)
        return json.dumps(
            {"seq": entry.seq, "ops": [], **({} if self.edition == EDITION else {"of": self.edition})}
        ).encode()

    def print(self, resource: str) -> Sheet | None:
        self._printed.append(resource)
        if resource in ("", "key-events"):
            page = f'<p data-seq="{self.story}" data-edition="{self.edition}">{resource} as of {self.story}</p>'
            return Sheet(page.encode() * 40)
        return None


class Alarm:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


@dataclass
class Clock:
    """Time that moves when told to."""

    time: float = 1000.0
    due: list[tuple[float, int, Alarm]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=count)

    def now(self) -> float:
        return self.time

    def later(self, delay: float, callback: Callable[[], None]) -> Alarm:
        alarm = Alarm(callback)
        heapq.heappush(self.due, (self.time + delay, next(self.order), alarm))
        return alarm

    async def pass_(self, seconds: float) -> None:
        end = self.time + seconds
        while self.due and self.due[0][0] <= end:
            self.time, _, alarm = heapq.heappop(self.due)
            if alarm.callback is not None:
                alarm.callback()
                await settle()
        self.time = end
        await settle()


async def settle() -> None:
    """Let everything run that can run."""
    for _ in range(TURNS.get()):
        await asyncio.sleep(0)


async def inline(work: Callable[[], T]) -> T:
    """A thread's work, done between two turns of the loop."""
    await asyncio.sleep(0)
    return work()


@dataclass
class Response:
    """What a client got so far."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    done: bool = False

    def __getitem__(self, name: str) -> str:
        found = [value for key, value in self.headers if key == name.lower()]
        assert len(found) == 1, f"{name}: {found}"
        return found[0]

    def __contains__(self, name: str) -> bool:
        return any(key == name.lower() for key, _ in self.headers)

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def text(self) -> str:
        packed = "content-encoding" in self
        return (gzip.decompress(self.body) if packed else self.body).decode()


class Request:
    """One request that is under way. `stall` stops its client from reading."""

    def __init__(self, edge: Edge, path: str, method: str, headers: list[tuple[str, str]], *, parting: bool) -> None:
        self.response = Response()
        self._gone = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._started = False
        self.connection = FakeConnection(self) if parting else None
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers],
            "extensions": {CONNECTION: self.connection} if parting else {},
        }
        self.task = asyncio.ensure_future(edge(scope, self._receive, self._send))

    def stall(self) -> None:
        self._flowing.clear()
        if self.connection is not None:
            self.connection.stall()

    def flow(self) -> None:
        self._flowing.set()

    async def leave(self) -> None:
        self._gone.set()
        if self.connection is not None:
            self.connection.leave()
        await settle()

    @property
    def over(self) -> bool:
        """Nothing is done for it any more."""
        busy = self.connection is not None and self.connection.busy
        return self.task.done() and not busy

    async def finished(self) -> Response:
        await settle()
        assert self.over, "the request is still held"
        self.task.result()
        return self.response

    async def _receive(self) -> dict[str, Any]:
        if not self._started:
            self._started = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self._flowing.wait()
        if message["type"] == "http.response.start":
            assert not self.response.status
            self.response.status = message["status"]
            self.response.headers = [(k.decode(), v.decode()) for k, v in message["headers"]]
        else:
            assert (bool(self.response.status), self.response.done) == (True, False)
            self.response.body += message["body"]
            self.response.done = not message["more_body"]


class FakeConnection:
    """A server that parts with its connections: for a stream a real socket, whose other end is the client's."""

    fields = ((b"date", b"Sun, 01 Mar 2026 12:00:00 GMT"),)
    keep_alive = True

    def __init__(self, request: Request) -> None:
        self._request = request
        self._raw = b""
        self._client: socket.socket | None = None
        self._left: Callable[[], None] | None = None
        self.busy = False

    def hand_over(self) -> tuple[socket.socket, Callable[[], None]]:
        ours, self._client = socket.socketpair()
        for end in (ours, self._client):
            end.setblocking(False)
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        asyncio.get_running_loop().add_reader(self._client, self._read)
        self.busy = True
        return ours, self._over

    def park(self, gone: Callable[[], None]) -> None:
        self._left = gone
        self.busy = True

    def answer(self, response: Sequence[bytes]) -> None:
        assert self.busy, "answered twice, or after its client left"
        self.busy = False
        self._take(b"".join(response))
        self._request.response.done = True

    def respond(self, response: Sequence[bytes]) -> bool:
        self.busy = True
        self.answer(response)
        return True

    def stall(self) -> None:
        assert self._client is not None
        asyncio.get_running_loop().remove_reader(self._client)

    def leave(self) -> None:
        if self._left is not None:
            self.busy = False
            self._left()
        if self._client is not None:
            self.close()

    def _over(self) -> None:
        self.busy = False

    def _read(self) -> None:
        assert self._client is not None
        if data := self._client.recv(65536):
            self._take(data)
        else:
            self._request.response.done = True
            self.close()

    def close(self) -> None:
        if self._client is not None and self._client.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._client)
            self._client.close()

    def _take(self, data: bytes) -> None:
        self._raw += data
        head, found, body = self._raw.partition(b"\r\n\r\n")
        if found:
            status, *lines = head.decode().split("\r\n")
            pairs = (line.split(": ", 1) for line in lines)
            self._request.response.status = int(status.split()[1])
            self._request.response.headers = [(name.lower(), value) for name, value in pairs]
            self._request.response.body = body


async def behind(scope: Any, receive: Any, send: Any) -> None:
    """The application behind the edge."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"behind", "more_body": False})


class House:
    """An edge with its fakes, started."""

    def __init__(self, *, parting: bool = False, app: Any = behind, tidings: Any = None, **settings: Any) -> None:
        self.parting = parting
        self.requests: list[Request] = []
        self.source = FakeSource()
        self.clock = Clock()
        self.printed: list[str] = []
        self.printers: list[FakePrinter] = []
        self.fail_at: list[int] = []
        self.chance = 0.5
        machine = Machine(
            now=self.clock.now,
            later=self.clock.later,
            jitter=lambda: self.chance,
            offload=inline,
            listening=self._listening,
        )
        press = Press(edition=EDITION, printer=self._printer, index=self._index, missing=lambda: Sheet(b"nothing here"))
        config = Config(**settings)
        self.counter = Counter(self.source, press, config, machine)
        self.edge = Edge(app, self.counter, config, machine, tidings)

    async def _listening(self, work: Callable[[], T]) -> T:
        return await (inline(work) if self.source.ear is None else asyncio.to_thread(work))

    def _printer(self) -> FakePrinter:
        self.printers.append(FakePrinter(self.printed, self.fail_at))
        return self.printers[-1]

    def press(self, edition: str) -> Press:
        """Another edition's, that can take over; it has a file "mark.png" of its own."""

        def again(before: FakePrinter) -> FakePrinter:
            made = FakePrinter(self.printed, self.fail_at, edition)
            made.story = before.story
            return made

        return Press(
            edition=edition,
            printer=lambda: FakePrinter(self.printed, self.fail_at, edition),
            index=lambda stories: Sheet(f"stories at {sorted(stories)} in {edition}".encode()),
            missing=lambda: Sheet(f"nothing here in {edition}".encode()),
            again=again,
            files={f"mark.{edition}.png": Sheet(b"pixels", "image/png")},
        )

    def _index(self, stories: Any) -> Sheet:
        return Sheet(f"stories at {sorted(stories)}".encode())

    def ask(self, path: str, *headers: tuple[str, str], method: str = "GET") -> Request:
        self.requests.append(Request(self.edge, path, method, list(headers), parting=self.parting))
        return self.requests[-1]

    async def get(self, path: str, *headers: tuple[str, str], method: str = "GET") -> Response:
        return await self.ask(path, *headers, method=method).finished()

    async def write(self, stream: str, times: int = 1, *, erases: tuple[int, ...] = ()) -> int:
        """Write, and let the coalescing time pass."""
        head = self.source.write(stream, times, erases=erases)
        await settle()
        await self.clock.pass_(0.02)
        return head


def with_house(test: Callable[..., Awaitable[None]]) -> Callable[[], None]:
    """Run a test in an event loop, with a house that has the story "flood" at entry 3.

    Twice: on a server that keeps its connections to itself, and on one that parts with them.
    """

    def run() -> None:
        async def story(parting: bool) -> None:
            async with opened(parting=parting) as house:
                await test(house)

        for parting in (False, True):
            asyncio.run(story(parting))

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run


@asynccontextmanager
async def opened(entries: int = 3, **settings: Any) -> Any:
    """A started house whose story "flood" has so many entries."""
    house = House(**settings)
    if entries:
        house.source.elsewhere("flood", entries)
    await house.edge.start()
    await settle()
    try:
        yield house
    finally:
        await house.edge.stop()
        for request in house.requests:
            if request.connection is not None:
                request.connection.close()
