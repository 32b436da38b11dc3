"""The real server with a story that the test writes, and a count of what it was asked."""

import asyncio
import collections
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from standfirst.config import Config
from standfirst.edge.counter import Counter
from standfirst.edge.ports import Machine, Press
from standfirst.edge.routes import Edge
from standfirst.edge.server import Server
from standfirst.site import serve
from tests.edge.fakes import EDITION, FakePrinter, FakeSource, Sheet, behind


class Origin:
    """What stands behind the proxies. `asked` counts requests by path; `said` has the headers of the last of each.

    While `open` is cleared requests wait; while `failing` they are answered 503. With `strict`, pages are not to be
    given out while they are fetched again.
    """

    def __init__(self, edge: Edge, source: FakeSource, port: int) -> None:
        self.edge, self.source, self.port = edge, source, port
        self.asked: collections.Counter[str] = collections.Counter()
        self.said: dict[str, dict[str, str]] = {}
        self.queries: dict[str, bytes] = {}
        self.open = asyncio.Event()
        self.open.set()
        self.failing = self.strict = False
        self.server: Server | None = None
        self.stopped = asyncio.Event()
        self._news = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # Any: ASGI's own types
        if scope["type"] == "http" and scope["path"] == "/healthz" and self.failing:
            await _refuse(send)
            return
        if scope["type"] == "http" and scope["path"] != "/healthz":
            self.asked[scope["path"]] += 1
            self.said[scope["path"]] = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.queries[scope["path"]] = scope["query_string"]
            self._news.set()
            await self.open.wait()
            if self.failing:
                await _refuse(send)
                return
        await self.edge(scope, receive, _strict(send) if self.strict else send)

    async def asked_for(self, path: str, times: int) -> None:
        """Returns when the path has been asked for so often. A wait of 30 seconds fails."""
        await self.until(lambda: self.asked[path] >= times)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns when it holds; looks whenever a request has come."""
        async with asyncio.timeout(30):
            while not holds():
                self._news.clear()
                await self._news.wait()

    def publish(self) -> Awaitable[int]:
        """The next entry of the story, written in a thread as the desk does."""
        return asyncio.get_running_loop().run_in_executor(None, self.source.write, "flood")


async def _refuse(send: Any) -> None:  # Any: ASGI's own type
    await send({"type": "http.response.start", "status": 503, "headers": [(b"cache-control", b"no-store")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _strict(send: Any) -> Any:  # Any: ASGI's own type
    async def said(message: Any) -> None:
        if message["type"] == "http.response.start":
            lines = [(name, value.replace(b"revalidate=30", b"revalidate=0")) for name, value in message["headers"]]
            message = {**message, "headers": lines}
        await send(message)

    return said


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[Origin]:  # Any: values of settings
    """An origin on a free port; its story "flood" has three entries."""
    source = FakeSource()
    source.elsewhere("flood", 3)
    press = Press(
        edition=EDITION,
        printer=lambda: FakePrinter([], []),
        index=lambda stories: Sheet(b"index"),
        missing=lambda: Sheet(b"nothing"),
    )
    config, machine = Config(**settings), Machine()
    edge = Edge(behind, Counter(source, press, config, machine), config, machine)
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listening:
        origin = Origin(edge, source, listening.getsockname()[1])
        origin.server = Server(serve.options(origin, config), edge, config)
        running = asyncio.create_task(origin.server.serve(sockets=[listening]))
        running.add_done_callback(lambda _: origin.stopped.set())
        async with asyncio.timeout(10):
            while not origin.server.started:
                await asyncio.sleep(0)
        try:
            yield origin
        finally:
            origin.server.should_exit = True
            await asyncio.wait_for(running, 30)
