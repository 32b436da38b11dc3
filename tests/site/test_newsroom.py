"""All parts together: what is posted by the API stands on the page, and is pushed to who reads it."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection

from standfirst.accounts import tokens
from standfirst.accounts.roles import SCOPES
from standfirst.desk.api import audience as desk_audience
from standfirst.edge import audience as edge_audience
from standfirst.edge.routes import Edge
from standfirst.record.errors import RecordBroken, RecordUnsafe
from standfirst.site import boot, failure, serve, source
from standfirst.site.asgi import newsroom
from tests.desk.conftest import NOW

HEADERS = {"content-type": "application/json"}


@asynccontextmanager
async def started(edge: Edge) -> AsyncIterator[httpx.AsyncClient]:
    await edge.start()
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(edge), base_url="http://test") as client:
            yield client
    finally:
        await edge.stop()


@pytest.fixture
def secret(transactional_db: None) -> Any:
    yield tokens.create("an owner", SCOPES, now=NOW)[1]
    connection.close()


def test_what_is_posted_stands_on_the_page_and_is_pushed(secret: str) -> None:
    async def run(edge: Edge) -> None:
        async with started(edge) as client:

            async def write(path: str, body: Any, key: str) -> Any:
                headers = {**HEADERS, "authorization": f"Bearer {secret}", "idempotency-key": key}
                answer = await client.post(f"/api/v1{path}", content=json.dumps(body), headers=headers)
                assert answer.status_code == 201, answer.text
                return answer.json()

            await write("/stories", {"slug": "flood", "headline": "Flood on the coast"}, "1")
            page = await client.get("/flood")
            assert (page.status_code, "Dyke holds" in page.text) == (200, False)
            edition = page.text.partition('data-edition="')[2].partition('"')[0]
            tail = asyncio.create_task(client.get(f"/flood/ops/{edition}/2"))  # held until entry 2 exists
            said = await write("/stories/flood/updates", {"text": "Yes.", "headline": "Dyke holds"}, "2")
            pushed = (await asyncio.wait_for(tail, 30)).json()
            assert (pushed["seq"], pushed["ops"][0]["op"]) == (said["seq"], "insert")
            assert "Dyke holds" in (await client.get("/flood")).text
            assert "Flood on the coast" in (await client.get("/")).text

    with newsroom(settings.CONFIG) as edge:
        asyncio.run(run(edge))


def test_the_api_tells_how_many_read(secret: str) -> None:
    viewer = {"authorization": f"Bearer {tokens.create('a viewer', ['read'], now=NOW)[1]}"}

    async def run(edge: Edge) -> None:
        async with started(edge) as client:
            owner = {**HEADERS, "authorization": f"Bearer {secret}", "idempotency-key": "1"}
            story = json.dumps({"slug": "flood", "headline": "Flood on the coast"})
            assert (await client.post("/api/v1/stories", content=story, headers=owner)).status_code == 201
            assert (await client.get("/flood")).status_code == 200
            tail = asyncio.create_task(client.get("/flood/log/2"))
            while not edge.tails.held:
                await asyncio.sleep(0)
            found = await client.get("/api/v1/stories/flood/audience", headers=viewer)
            assert found.json() == {"streams": 0, "held": 1, "pollers": 0, "total": 1, "window_seconds": 60}
            assert (await client.get("/api/v1/stories/ferry/audience", headers=viewer)).status_code == 404
            assert (await client.get("/api/v1/stories/flood/audience")).status_code == 401
            edge.drain()
            await tail

    with newsroom(settings.CONFIG) as edge:
        asyncio.run(run(edge))


def test_what_the_desk_says_of_the_audience_is_what_the_edge_counts() -> None:
    assert desk_audience.EXTENSION == edge_audience.EXTENSION
    assert edge_audience.WINDOW_S == desk_audience.WINDOW_SECONDS


def test_the_edge_does_not_answer_for_the_api(secret: str) -> None:
    async def run(edge: Edge) -> None:
        async with started(edge) as client:
            assert (await client.get("/api/v1/stories")).status_code == 401
            assert (await client.get("/api/v1/openapi.json")).json()["openapi"].startswith("3.1")
            assert (await client.post("/flood")).status_code == 405
            missing = await client.get("/nothing-here")
            assert (missing.status_code, missing.headers["content-type"].split(";")[0]) == (404, "text/html")

    with newsroom(settings.CONFIG) as edge:
        asyncio.run(run(edge))


def test_a_broken_disk_under_the_edge_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Exception] = []

    def leave(error: Exception) -> None:
        left.append(error)
        raise SystemError  # os._exit does not come back either

    def fail() -> None:
        raise RecordBroken("disk I/O error")

    async def run() -> None:
        journal = source.JournalSource()
        try:
            with pytest.raises(SystemError):
                await journal.offload(fail)
        finally:
            journal.close()

    monkeypatch.setattr(failure, "leave", leave)
    asyncio.run(run())
    assert [type(error) for error in left] == [RecordBroken]


def test_an_unsafe_database_is_refused_before_anything_is_written(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def unsafe(alias: str = "default") -> None:
        raise RecordUnsafe("synchronous=1")

    def migrate(*args: Any, **options: Any) -> None:
        raise AssertionError("migrated an unsafe database")

    monkeypatch.setattr("standfirst.record.checks.refuse_unsafe", unsafe)
    monkeypatch.setattr(boot, "call_command", migrate)
    with pytest.raises(RecordUnsafe):
        boot.prepare(settings.CONFIG)


def test_the_server_says_nothing_of_itself_and_trusts_no_forwarded_address() -> None:
    options = serve.options(lambda: None, settings.CONFIG)
    assert (options.server_header, options.access_log, options.proxy_headers) == (False, False, False)
    assert (options.workers, options.loop, options.http) == (1, "uvloop", "httptools")


def test_a_signal_that_comes_again_after_the_stop_leaves_time_to_close(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    class Server:
        def __init__(self, *given: Any) -> None:
            pass

        def run(self) -> None:
            signal.raise_signal(signal.SIGTERM)  # as uvicorn does when it has stopped
            closed.append("served")

    @contextmanager
    def parts(config: Any) -> Iterator[None]:
        yield
        closed.append("closed")

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(boot, "prepare", lambda config: None)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    monkeypatch.setattr("standfirst.edge.server.Server", Server)
    monkeypatch.setattr("standfirst.site.asgi.newsroom", parts)
    serve.run(settings.CONFIG)
    assert closed == ["served", "closed"]
    assert signal.getsignal(signal.SIGTERM) is before
