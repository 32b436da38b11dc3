"""Event streams through the proxies of docs/howto/proxies: nothing is held back, and nothing stays open."""

import asyncio
import json
import shutil
import subprocess
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from tests.edge.fakes import EDITION
from tests.edge.sse import Decoder, Event
from tests.proxies.programs import FRONTS, TLS, Front, lack
from tests.proxies.test_caching import behind, run_on

LIVE = f"/flood/live?edition={EDITION}&after=3"


class Listener:
    """The events of a stream as they come, gzip or not; None once it has ended."""

    def __init__(self, chunks: AsyncIterator[bytes], coding: str | None) -> None:
        self._chunks = chunks
        self._unpack = zlib.decompressobj(wbits=31).decompress if coding == "gzip" else lambda data: data
        self._decoder = Decoder()
        self._events: list[Event] = []

    async def next(self) -> Event | None:
        async with asyncio.timeout(20):
            while not self._events:
                try:
                    self._events += self._decoder.feed(self._unpack(await anext(self._chunks)))
                except StopAsyncIteration:
                    return None
        return self._events.pop(0)

    async def expect(self, event: str, id: str = "") -> None:
        """The next event is this one."""
        found = await self.next()
        assert found is not None
        assert (found.event, found.id) == (event, id)


@run_on(*FRONTS)
async def test_each_entry_passes_at_once_and_a_reader_resumes(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client):
        for coding in ("identity", "gzip"):
            last = origin.source.heads()["flood"]
            asked = {"Accept-Encoding": coding, "Last-Event-ID": str(last)}
            async with client.stream("GET", LIVE, headers=asked) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                listener = Listener(answer.aiter_raw(), answer.headers.get("content-encoding"))
                await listener.expect("hello")
                for n in (last + 1, last + 2, last + 3):
                    await origin.publish()
                    await listener.expect("ops", str(n))
            resumed = {"Accept-Encoding": coding, "Last-Event-ID": str(last + 1)}
            async with client.stream("GET", LIVE, headers=resumed) as answer:
                listener = Listener(answer.aiter_raw(), answer.headers.get("content-encoding"))
                await listener.expect("hello")
                await listener.expect("ops", str(last + 2))
                await listener.expect("ops", str(last + 3))
            assert origin.said["/flood/live"]["last-event-id"] == str(last + 1)
            assert origin.said["/flood/live"]["accept-encoding"] == coding


@run_on(*FRONTS)
async def test_readers_have_streams_of_their_own_and_leave_nothing_behind(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, front, _):
        async with front.client() as client, AsyncExitStack() as streams:
            listeners = []  # one that is let go of ends its stream
            for _ in range(20):
                answer = await streams.enter_async_context(client.stream("GET", LIVE))
                listeners.append(Listener(answer.aiter_raw(), answer.headers.get("content-encoding")))
                await listeners[-1].expect("hello")
            assert origin.edge.hub.readers == 20
        async with asyncio.timeout(20), front.client() as client:
            while origin.edge.hub.readers:
                await client.get("/api/")


@run_on(*FRONTS)
async def test_a_server_that_stops_ends_its_streams_through_the_proxy(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client), client.stream("GET", LIVE) as answer:
        listener = Listener(answer.aiter_raw(), answer.headers.get("content-encoding"))
        await listener.expect("hello")
        assert origin.server is not None
        origin.server.should_exit = True
        await listener.expect("restart")
        assert await listener.next() is None


@run_on("caddy")
async def test_a_held_request_is_answered_when_the_entry_comes(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client):
        path = f"/flood/ops/{EDITION}/4"
        held = asyncio.create_task(client.get(path))
        await origin.asked_for(path, 1)
        await origin.publish()
        assert (await held).json()["seq"] == 4


@run_on("caddy")
async def test_a_page_passes_as_it_is(name: str, folder: Path) -> None:
    async with behind(name, folder) as (origin, _, client):
        for wish, coding in (("gzip", "gzip"), ("identity", None)):
            page = await client.get("/flood", headers={"Accept-Encoding": wish})
            assert (page.status_code, page.headers.get("content-encoding")) == (200, coding)
            again = await client.get("/flood", headers={"Accept-Encoding": wish, "If-None-Match": page.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        async with client.stream("GET", "/flood", headers={"X-Forwarded-For": "203.0.113.9"}) as answer:
            assert answer.status_code == 200
        assert origin.said["/flood"]["x-forwarded-for"] == "127.0.0.1"
        assert (await client.post("/api/v1/stories", content=b"x" * 2_000_000)).status_code in (413, 502)


def need_http2() -> list[str]:
    """A curl that speaks HTTP/2, which httpx alone does not."""
    curl = shutil.which("curl")
    if curl is None or "HTTP2" not in subprocess.run([curl, "-V"], capture_output=True, text=True, check=True).stdout:
        lack("no curl that speaks HTTP/2 is installed (Debian: apt-get install curl)")
    return [curl, "--silent", "--show-error", "--no-buffer", "--http2", "--include", "--max-time", "30"]


@run_on(*TLS)
async def test_http2_over_tls(name: str, folder: Path) -> None:
    curl = need_http2()
    async with behind(name, folder) as (origin, front, _):
        page = await said(curl, front, "/flood")
        assert page.startswith("HTTP/2 200")
        assert "as of 3" in page
        path = f"/flood/ops/{EDITION}/4"
        held = asyncio.create_task(said(curl, front, path))
        process = await asyncio.create_subprocess_exec(*request(curl, front, LIVE), stdout=asyncio.subprocess.PIPE)
        try:
            assert process.stdout is not None
            assert (await process.stdout.readline()).startswith(b"HTTP/2 200")
            while (await process.stdout.readline()).strip():
                pass  # the headers
            listener = Listener(lines(process.stdout), None)
            await listener.expect("hello")
            await origin.asked_for(path, 1)
            for n in (4, 5):
                await origin.publish()
                await listener.expect("ops", str(n))
        finally:
            process.terminate()
            await process.wait()
        assert json.loads((await held).split("\r\n\r\n")[1])["seq"] == 4
        async with asyncio.timeout(20), front.client() as client:
            while origin.edge.hub.readers:
                await client.get("/api/")


async def said(curl: list[str], front: Front, path: str) -> str:
    """A whole answer, with its headers."""
    process = await asyncio.create_subprocess_exec(*request(curl, front, path), stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0, out
    return out.decode()


def request(curl: list[str], front: Front, path: str) -> list[str]:
    return [*curl, "--cacert", str(front.authority), f"{front.url}{path}"]


async def lines(source: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while line := await source.readline():
        yield line
