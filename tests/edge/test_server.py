"""The edge under the real uvicorn, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from standfirst.config import Config
from standfirst.edge.budgets import Lease
from standfirst.edge.counter import Counter
from standfirst.edge.ports import Machine, Press
from standfirst.edge.routes import Edge
from standfirst.edge.server import Server
from tests.edge.fakes import EDITION, FakePrinter, FakeSource, Sheet, behind
from tests.edge.sse import Decoder, Event


class Keeping(Server):
    """A server that keeps its connections to itself, as any other than ours does."""

    def _client(self, lease: Lease) -> Any:  # Any: a protocol of uvicorn's own
        return HttpToolsProtocol(self.config, self.server_state, self.lifespan.state)


@asynccontextmanager
async def served(source: FakeSource, *, parting: bool = True) -> AsyncIterator[tuple[httpx.AsyncClient, Server]]:
    """A server on a free port, and a client of it. A request that hangs fails after ten seconds."""
    press = Press(
        edition=EDITION,
        printer=lambda: FakePrinter([], []),
        index=lambda stories: Sheet(b"index"),
        missing=lambda: Sheet(b"nothing"),
    )
    config, machine = Config(), Machine()
    edge = Edge(behind, Counter(source, press, config, machine), config, machine)
    options = uvicorn.Config(edge, http="httptools", lifespan="on", log_config=None, access_log=False, ws="none")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = (Server if parting else Keeping)(options, edge)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address, timeout=10, trust_env=False) as client:
            yield client, server
        server.should_exit = True
        await asyncio.wait_for(serving, 10)


def over_sockets(test: Callable[[httpx.AsyncClient, Server, FakeSource], Awaitable[None]]) -> Callable[[], None]:
    """Run a test twice: with our protocol, which parts with connections, and with uvicorn's own."""

    def run() -> None:
        async def story(parting: bool) -> None:
            source = FakeSource()
            source.elsewhere("flood", 3)
            async with served(source, parting=parting) as (client, server):
                await test(client, server, source)

        for parting in (True, False):
            asyncio.run(story(parting))

    run.__name__ = test.__name__
    return run


class Listener:
    """Reads a stream event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self._chunks = answer.aiter_bytes()
        self._decoder = Decoder()
        self._events: list[Event] = []

    async def next(self) -> Event | None:
        while not self._events:
            try:
                self._events += self._decoder.feed(await anext(self._chunks))
            except StopAsyncIteration:
                return None
        return self._events.pop(0)


@over_sockets
async def test_a_304_carries_what_rfc_9110_asks_for(
    client: httpx.AsyncClient, server: Server, source: FakeSource
) -> None:
    page = await client.get("/flood")
    assert (page.status_code, page.headers["content-encoding"]) == (200, "gzip")
    assert "as of 3" in page.text
    again = await client.get("/flood", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("cache-control", "date", "etag", "vary"):
        assert len(again.headers.get_list(name)) == 1, name
    assert again.headers["etag"] == page.headers["etag"]
    head = await client.head("/flood")
    assert head.headers["content-length"] == page.headers["content-length"]
    assert (await client.get("/flood")).status_code == 200, "the connection is still in step"


@over_sockets
async def test_an_entry_reaches_streams_and_held_requests(
    client: httpx.AsyncClient, server: Server, source: FakeSource
) -> None:
    async with client.stream("GET", "/flood/live", params={"edition": EDITION, "after": "3"}) as answer:
        listener = Listener(answer)
        hello = await listener.next()
        assert hello is not None
        assert hello.event == "hello"
        held = asyncio.create_task(client.get(f"/flood/ops/{EDITION}/4"))
        await asyncio.get_running_loop().run_in_executor(None, source.write, "flood")
        event = await listener.next()
        assert event is not None
        assert (event.event, event.id) == ("ops", "4")
        found = await held
        assert found.status_code == 200
        assert found.text == event.data


@over_sockets
async def test_a_write_of_another_process_reaches_the_stream(
    client: httpx.AsyncClient, server: Server, source: FakeSource
) -> None:
    async with client.stream("GET", "/flood/live") as answer:
        listener = Listener(answer)
        await listener.next()
        source.elsewhere("flood")
        event = await listener.next()
        assert event is not None
        assert event.id == "4"


@pytest.mark.parametrize("parting", [True, False])
def test_a_server_that_stops_ends_its_streams_and_does_not_wait_for_readers(parting: bool) -> None:
    async def story() -> None:
        source = FakeSource()
        source.elsewhere("flood", 3)
        async with served(source, parting=parting) as (client, server), client.stream("GET", "/flood/live") as answer:
            listener = Listener(answer)
            await listener.next()
            server.should_exit = True
            last = await listener.next()
            assert last is not None
            assert last.event == "restart"
            assert await listener.next() is None
        assert not source.listeners

    asyncio.run(story())


def test_it_shows_that_its_event_loop_runs() -> None:
    async def story() -> None:
        async with served(FakeSource()) as (_, server):
            before = server.ticked_at
            async with asyncio.timeout(10):
                while server.ticked_at == before:
                    await asyncio.sleep(0.01)

    asyncio.run(story())


@over_sockets
async def test_a_reader_that_hangs_up_is_forgotten(
    client: httpx.AsyncClient, server: Server, source: FakeSource
) -> None:
    hub = server._edge.hub
    async with client.stream("GET", "/flood/live") as answer:
        await Listener(answer).next()
        assert hub.readers == 1
    async with asyncio.timeout(10):
        while hub.readers:
            await client.get("/healthz")
