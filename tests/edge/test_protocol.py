"""What our protocol leans on in uvicorn, over real sockets: run this before the pin on its version moves."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from standfirst.edge.ports import CONNECTION
from standfirst.edge.protocol import Protocol
from standfirst.edge.server import Server
from tests.edge.fakes import EDITION, FakeSource
from tests.edge.sse import Decoder, Event
from tests.edge.test_server import served

LIVE = "/flood/live?after=3"
NEXT = f"/flood/ops/{EDITION}/4"


class Client:
    """Speaks HTTP by hand, so that a test decides what is sent when."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = Decoder()
        self._events: list[Event] = []

    def ask(self, *paths: str, version: str = "1.1") -> None:
        """Send requests in one piece."""
        self._writer.write(b"".join(f"GET {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode() for path in paths))

    async def head(self) -> str:
        return (await self._reader.readuntil(b"\r\n\r\n")).decode()

    async def answer(self) -> tuple[str, bytes]:
        head = await self.head()
        length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
        return head, await self._reader.readexactly(int(length.partition(":")[2]))

    async def event(self) -> Event | None:
        while not self._events:
            data = await self._reader.read(65536)
            if not data:
                return None
            self._events += self._decoder.feed(data)
        return self._events.pop(0)

    async def ended(self) -> bool:
        with suppress(ConnectionError):
            return await self._reader.read() == b""
        return True

    async def leave(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


Connect = Callable[[], Awaitable[Client]]


async def until(condition: Callable[[], bool]) -> None:
    """Let the server get there; a test that hangs fails after five seconds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


def with_server(test: Callable[[Server, FakeSource, Connect], Awaitable[None]]) -> Callable[[], None]:
    """Run a test with a server that parts with its connections, and a function that gives a client of it."""

    def run() -> None:
        async def story() -> None:
            source = FakeSource()
            source.elsewhere("flood", 3)
            clients: list[Client] = []
            async with served(source) as (browser, server):
                port = browser.base_url.port
                assert port is not None

                async def client() -> Client:
                    clients.append(Client(*await asyncio.open_connection("127.0.0.1", port)))
                    return clients[-1]

                try:
                    async with asyncio.timeout(10):
                        await until(lambda: server.started and bool(server.door.listeners))
                        await test(server, source, client)
                finally:
                    for each in clients:
                        await each.leave()

        asyncio.run(story())

    run.__name__ = test.__name__
    return run


def files() -> int:
    return len(os.listdir("/proc/self/fd"))


@with_server
async def test_of_a_stream_nothing_stays_with_uvicorn(server: Server, source: FakeSource, connect: Connect) -> None:
    before, clients = files(), []
    for _ in range(20):
        clients.append(await connect())
        clients[-1].ask(LIVE)
        hello = await clients[-1].event()
        assert hello is not None
        assert hello.event == "hello"
    await until(lambda: not server.server_state.connections and not server.server_state.tasks)
    assert server._edge.hub.readers == 20
    await until(lambda: files() == before + 40)  # one at each end, no second descriptor of the same connection
    source.write("flood")
    for client in clients:
        event = await client.event()
        assert event is not None
        assert event.id == "4"
        await client.leave()
    await until(lambda: server._edge.hub.readers == 0)
    await until(lambda: files() == before)


@with_server
async def test_a_stream_s_head_says_what_it_is(server: Server, source: FakeSource, connect: Connect) -> None:
    client = await connect()
    client.ask(LIVE)
    head = (await client.head()).lower()
    assert head.startswith("http/1.1 200 ok\r\n")
    for line in ("content-type: text/event-stream; charset=utf-8", "cache-control: no-store", "connection: close"):
        assert head.count(f"{line}\r\n") == 1
    assert head.count("\r\ndate: ") == 1
    assert "transfer-encoding" not in head, "it lasts until the connection is closed"


@with_server
async def test_a_connection_that_was_used_before_can_become_a_stream(
    server: Server, source: FakeSource, connect: Connect
) -> None:
    client = await connect()
    client.ask("/flood")
    assert b"as of 3" in (await client.answer())[1]
    client.ask("/flood", LIVE)
    assert b"as of 3" in (await client.answer())[1]
    await client.head()
    hello = await client.event()
    assert hello is not None
    assert hello.event == "hello"
    source.write("flood")
    event = await client.event()
    assert event is not None
    assert event.id == "4"


@with_server
async def test_who_speaks_on_a_stream_ends_it(server: Server, source: FakeSource, connect: Connect) -> None:
    client = await connect()
    client.ask(LIVE)
    await client.event()
    await until(lambda: not server.server_state.connections)
    client.ask("/flood")
    assert await client.ended()
    await until(lambda: server._edge.hub.readers == 0)


@with_server
async def test_a_request_behind_a_stream_does_no_harm(server: Server, source: FakeSource, connect: Connect) -> None:
    client = await connect()
    client.ask(LIVE, "/flood")
    await client.leave()
    other = await connect()
    other.ask(LIVE)
    await other.event()
    await until(lambda: server._edge.hub.readers == 1)


@with_server
async def test_a_parked_request_costs_no_task_and_its_connection_goes_on(
    server: Server, source: FakeSource, connect: Connect
) -> None:
    clients = [await connect() for _ in range(20)]
    for client in clients:
        client.ask(NEXT)
    await until(lambda: server._edge.tails.held.total() == 20)
    await until(lambda: not server.server_state.tasks)
    source.write("flood")
    for client in clients:
        head, body = await client.answer()
        assert head.startswith("HTTP/1.1 200 OK\r\n")
        assert head.lower().count("\r\ndate: ") == 1
        assert b'"seq": 4' in body
        client.ask("/flood")
        assert b"as of 4" in (await client.answer())[1]


@with_server
async def test_what_is_asked_behind_a_parked_request_is_answered_after_it(
    server: Server, source: FakeSource, connect: Connect
) -> None:
    client = await connect()
    client.ask(NEXT, "/flood")
    await until(lambda: server._edge.tails.held.total() == 1)
    source.write("flood")
    assert b'"seq": 4' in (await client.answer())[1]
    assert b"as of 4" in (await client.answer())[1]


@with_server
async def test_an_old_client_s_connection_is_closed_after_the_answer(
    server: Server, source: FakeSource, connect: Connect
) -> None:
    client = await connect()
    client.ask(NEXT, version="1.0")
    await until(lambda: server._edge.tails.held.total() == 1)
    source.write("flood")
    head, body = await client.answer()
    assert "connection: close" in head.lower()
    assert b'"seq": 4' in body
    assert await client.ended()


@with_server
async def test_a_parked_client_that_leaves_is_forgotten(server: Server, source: FakeSource, connect: Connect) -> None:
    client, other = await connect(), await connect()
    for each in (client, other):
        each.ask(NEXT)
    await until(lambda: server._edge.tails.held.total() == 2)
    await client.leave()
    await until(lambda: server._edge.tails.held.total() == 1)
    source.write("flood")
    assert b'"seq": 4' in (await other.answer())[1]


@with_server
async def test_parked_requests_are_answered_before_the_server_stops(
    server: Server, source: FakeSource, connect: Connect
) -> None:
    client = await connect()
    client.ask(NEXT)
    await until(lambda: server._edge.tails.held.total() == 1)
    server.should_exit = True
    assert (await client.answer())[0].startswith("HTTP/1.1 404 ")
    assert await client.ended()


def test_a_server_that_offers_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def quiet(self: Protocol) -> None:
        super(Protocol, self).on_headers_complete()

    monkeypatch.setattr(Protocol, "on_headers_complete", quiet)
    assert CONNECTION
    with pytest.raises(TimeoutError):
        impatient(test_of_a_stream_nothing_stays_with_uvicorn, monkeypatch)


def impatient(test: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = asyncio.timeout
    monkeypatch.setattr(asyncio, "timeout", lambda seconds: waiting(min(seconds, 2)))
    test()
