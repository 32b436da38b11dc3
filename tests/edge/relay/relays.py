"""An edge, or several in a row, in front of a newsroom of fakes: over wires that the test can cut, block and mute."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from standfirst.config import Config
from standfirst.edge.ports import Machine
from standfirst.edge.relay.circle import Guard, only_reads
from standfirst.edge.relay.origin import Origin
from standfirst.edge.relay.relay import Relay
from standfirst.edge.routes import Edge
from tests.edge.fakes import TURNS, House, Request, inline, opened, settle

ADDRESS = "http://origin.example"


class Body(httpx.AsyncByteStream):
    """A response's body as it comes. None ends it, an exception breaks it off."""

    def __init__(self, wires: "Wires", path: str) -> None:
        self.path = path
        self.gone = asyncio.Event()
        self.pieces: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self._wires = wires

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self.pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    async def aclose(self) -> None:
        self._wires.bodies.discard(self)
        self.gone.set()


class Wires(httpx.AsyncBaseTransport):
    """What is between an edge and its origin. `down`: nobody answers; `mute`: no stream comes through.

    `gate` holds every request back while it is not set; `asked` has every request's path and headers.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app
        self.down = False
        self.mute = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[str, httpx.Headers]] = []
        self.bodies: set[Body] = set()
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def paths(self, ending: str = "") -> list[str]:
        return [path for path, _ in self.asked if path.endswith(ending) and path != "/healthz"]

    def cut(self) -> None:
        """Break every answer off that is under way."""
        for body in self.bodies:
            body.pieces.put_nowait(httpx.ReadError("cut"))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        self.asked.append((path, request.headers))
        await self.gate.wait()
        if self.down:
            raise httpx.ConnectError("refused")
        if path in self.answers:
            status, headers, content = self.answers[path]
            return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))
        body, started = Body(self, path), asyncio.get_running_loop().create_future()
        self.bodies.add(body)
        task = asyncio.ensure_future(self._serve(request, body, started))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            status, headers = await started
        except asyncio.CancelledError:
            body.gone.set()
            raise
        return httpx.Response(status, headers=headers, stream=body)

    async def _serve(self, request: httpx.Request, body: Body, started: "asyncio.Future[Any]") -> None:
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await body.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                if not started.done():
                    started.set_result((message["status"], message["headers"]))
            elif not (self.mute and "/live" in body.path):
                body.pieces.put_nowait(message["body"])
                if not message["more_body"]:
                    body.pieces.put_nowait(None)

        scope = {
            "type": "http",
            "method": request.method,
            "path": httpx.URL(request.url).path,
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "extensions": {},
        }
        await self.app(scope, receive, send)


class Hop:
    """One edge."""

    def __init__(self, app: Callable[..., Awaitable[None]], machine: Machine, config: Config) -> None:
        self.wires = Wires(app)
        self.origin = Origin(ADDRESS, transport=self.wires, silence=55)
        self.relay = Relay(self.origin, config, machine)
        self.edge = Edge(only_reads(self.origin), self.relay, config, machine)
        self.app = Guard(self.edge, self.origin, self.relay.probe)


class Chain(House):
    """A newsroom with edges in a row, the first of them next to it. What is asked, is asked of the last one."""

    def __init__(self, *, hops: int = 1, **settings: Any) -> None:
        super().__init__(**settings)
        self.newsroom = self.edge
        settings.pop("parting", None)
        self.config = Config(**settings)
        self.machine = Machine(
            now=self.clock.now, later=self.clock.later, jitter=lambda: self.chance, offload=inline, listening=inline
        )
        self.hops: list[Hop] = []
        for _ in range(hops):
            self.hops.append(self.hop(self.hops[-1].app if self.hops else self.newsroom))
        self.edge = self.hops[-1].edge

    def hop(self, app: Callable[..., Awaitable[None]]) -> Hop:
        return Hop(app, self.machine, self.config)

    @property
    def wires(self) -> Wires:
        """Those of the last edge."""
        return self.hops[-1].wires

    @property
    def relay(self) -> Relay:
        """That of the last edge."""
        return self.hops[-1].relay

    def ask(self, path: str, *headers: tuple[str, str], method: str = "GET") -> Request:
        return Request(self.hops[-1].app, path, method, list(headers), parting=self.parting)  # type: ignore[arg-type]

    async def restart(self, number: int) -> None:
        """An edge dies, with all it had, and another one comes in its place."""
        old = self.hops[number]
        before = old.wires.app
        if number + 1 < len(self.hops):
            after = self.hops[number + 1].wires
            after.down = True
            after.cut()
            await settle()
        await old.edge.stop()
        await settle()
        new = self.hops[number] = self.hop(before)
        await new.edge.start()
        if number + 1 < len(self.hops):
            after.app, after.down = new.app, False
        else:
            self.edge = new.edge


@asynccontextmanager
async def chained(entries: int = 3, *, hops: int = 1, **settings: Any) -> Any:
    """A started newsroom whose story "flood" has so many entries, and edges that have heard of it."""
    TURNS.set(150)
    chain = Chain(hops=hops, **settings)
    if entries:
        chain.source.elsewhere("flood", entries)
    await chain.newsroom.start()
    await settle()
    for hop in chain.hops:
        await hop.edge.start()
        await settle()
    try:
        yield chain
    finally:
        for hop in reversed(chain.hops):
            await hop.edge.stop()
            await settle()
        await chain.newsroom.stop()
        await settle()


def with_chain(hops: int = 1, **settings: Any) -> Callable[[Callable[[Chain], Awaitable[None]]], Callable[[], None]]:
    """Run a test in an event loop, with a newsroom that has the story "flood" at entry 3, and an edge."""

    def decorate(test: Callable[[Chain], Awaitable[None]]) -> Callable[[], None]:
        def run() -> None:
            async def story() -> None:
                async with chained(hops=hops, **settings) as chain:
                    await test(chain)

            asyncio.run(story())

        run.__name__ = test.__name__
        run.__doc__ = test.__doc__
        return run

    return decorate


def with_every_house(test: Callable[..., Awaitable[None]]) -> Callable[[], None]:
    """Run a test with a newsroom, with an edge of it, and with an edge of that edge, each on both kinds of servers."""

    def run() -> None:
        async def story(hops: int, parting: bool) -> None:
            async with chained(hops=hops, parting=parting) if hops else opened(parting=parting) as house:
                await test(house)

        for hops in (0, 1, 2):
            for parting in (False, True):
                asyncio.run(story(hops, parting))

    run.__name__ = test.__name__
    run.__doc__ = test.__doc__
    return run
