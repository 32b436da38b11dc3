"""What an edge says of its origin: each change once, in the log, in /healthz and to readers."""

import asyncio
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import httpx
import pytest
import trustme

from standfirst.edge.relay.circle import State
from standfirst.edge.relay.origin import Away, Origin
from tests.edge.fakes import settle
from tests.edge.relay.relays import Chain, chained

PLAIN = {"content-type": "text/plain"}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the probe has logged so far."""
    caplog.set_level(logging.INFO)
    logger = "standfirst.edge.relay.circle"
    return lambda: [f"{one.levelname} {one.getMessage()}" for one in caplog.records if one.name == logger]


def told(test: Callable[[Chain], Awaitable[None]], hops: int = 1) -> None:
    """Run this with a newsroom and edges."""

    async def story() -> None:
        async with chained(hops=hops) as chain:
            await test(chain)

    asyncio.run(story())


def test_an_origin_that_goes_and_comes_is_said_once_each(lines: Callable[[], list[str]]) -> None:
    async def story(chain: Chain) -> None:
        assert lines() == [], "nothing is wrong"
        chain.wires.down = True
        await chain.clock.pass_(120)
        away = (
            "WARNING edge: http://origin.example cannot be reached (refused): see that it runs, and that --origin is "
            "its address"
        )
        assert lines() == [away]
        chain.wires.down = False
        await chain.clock.pass_(60)
        assert lines() == [away, "INFO edge: the origin http://origin.example is well again"]

    told(story)


def test_an_origin_that_was_never_there_is_said_at_the_start(lines: Callable[[], list[str]]) -> None:
    async def story() -> None:
        chain = Chain()
        chain.wires.down = True
        await chain.edge.start()
        await chain.clock.pass_(10)
        (line,) = lines()
        assert "http://origin.example cannot be reached (refused)" in line
        await chain.edge.stop()

    asyncio.run(story())


def test_a_circle_is_said_once(lines: Callable[[], list[str]]) -> None:
    async def story() -> None:
        chain = Chain()
        chain.wires.app = chain.hops[0].app
        await chain.edge.start()
        await chain.clock.pass_(20)
        assert lines() == [
            "WARNING edge: http://origin.example leads back to this edge: give --origin that of the newsroom"
        ]
        assert "leads back" in (await chain.get("/healthz")).text
        await chain.edge.stop()

    asyncio.run(story())


def test_a_redirect_is_said_with_where_it_goes(lines: Callable[[], list[str]]) -> None:
    async def story() -> None:
        chain = Chain()
        chain.wires.answers["/healthz"] = (301, {"location": "https://news.example/healthz"}, b"")
        await chain.edge.start()
        (line,) = lines()
        assert "is sent on to 'https://news.example/healthz': give --origin where" in line
        assert "is sent on to" in (await chain.get("/healthz")).text
        await chain.edge.stop()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"not found"),
        (200, b"<!doctype html><p>Hello"),
        (200, b""),
        (200, b"okay\n"),
        (200, b"ok\nand more\n"),
        (200, b"\xff"),
        (200, b"ok\n" * 50_000),
        (405, b""),
    ],
)
def test_what_is_no_standfirst_is_not_served_through(lines: Callable[[], list[str]], status: int, body: bytes) -> None:
    async def story() -> None:
        chain = Chain()
        chain.source.elsewhere("flood", 3)
        await chain.newsroom.start()
        await settle()
        chain.wires.answers["/healthz"] = (status, PLAIN, body)
        chain.wires.answers["/"] = (200, {"content-type": "text/html"}, b"a list of files")
        await chain.edge.start()
        for path in ("/", "/flood", "/flood/live", "/static/x"):
            answer = await chain.get(path)
            assert answer.status == 502
            assert "the origin http://origin.example is no Standfirst" in answer.json()["detail"]
        health = await chain.get("/healthz")
        assert (health.status, health.text.startswith("not ready: the origin ")) == (503, True)
        (line,) = lines()
        assert line.startswith("WARNING edge: the origin http://origin.example is no Standfirst (")
        assert line.endswith("give --origin that of a newsroom or of an edge")
        chain.wires.down = True
        await chain.clock.pass_(6)
        assert (await chain.get("/healthz")).status == 503, "nor is it ready when it has gone"
        chain.wires.down = False
        del chain.wires.answers["/healthz"], chain.wires.answers["/"]
        await chain.clock.pass_(6)
        assert (await chain.get("/flood")).status == 200, "mended"
        assert lines()[-1] == "INFO edge: the origin http://origin.example is well again"
        await chain.edge.stop()
        await chain.newsroom.stop()

    asyncio.run(story())


@pytest.mark.parametrize("body", [b"ok\n", b"ok\nnot up to date: ferry\n"])
def test_control_what_says_how_it_is_is_served(lines: Callable[[], list[str]], body: bytes) -> None:
    async def story(chain: Chain) -> None:
        chain.wires.answers["/healthz"] = (200, PLAIN, body)
        await chain.clock.pass_(31)
        assert (await chain.get("/healthz")).body == body
        assert (await chain.get("/flood")).status == 200
        assert lines() == []

    told(story)


def test_a_newsroom_behind_a_strange_server_for_a_while_is_away_and_no_stranger(
    lines: Callable[[], list[str]],
) -> None:
    async def story(chain: Chain) -> None:
        assert (await chain.get("/flood")).status == 200
        chain.wires.answers["/healthz"] = (200, {"content-type": "text/html"}, b"Back soon")
        await chain.clock.pass_(31)
        assert chain.relay.probe.state is State.AWAY
        assert (await chain.get("/flood")).status == 200
        assert "is no Standfirst" in lines()[0]

    told(story)


def test_a_newsroom_that_starts_is_not_ready_and_no_stranger(lines: Callable[[], list[str]]) -> None:
    async def story() -> None:
        chain = Chain()
        chain.wires.answers["/healthz"] = (503, PLAIN, b"not ready: no database\n")
        await chain.edge.start()
        assert chain.relay.probe.state is State.UNHEARD
        assert "/healthz is answered 503 (not ready: no database)" in (await chain.get("/healthz")).text
        chain.wires.answers["/healthz"] = (503, PLAIN, b"<script>")
        await chain.clock.pass_(1)
        assert (await chain.get("/healthz")).text.endswith("/healthz is answered 503\n")
        await chain.edge.stop()

    asyncio.run(story())


def test_every_edge_of_a_chain_says_that_the_newsroom_is_gone_within_half_a_minute() -> None:
    async def story(chain: Chain) -> None:
        chain.hops[0].wires.down = True
        await chain.clock.pass_(31)
        health = await chain.get("/healthz")
        assert health.text.startswith("ok\nnot up to date: all, http://origin.example cannot be reached")
        chain.hops[0].wires.down = False
        await chain.clock.pass_(10)
        assert (await chain.get("/healthz")).body == b"ok\n"

    told(story, hops=3)


@contextmanager
def listening(handler: Callable[..., SimpleHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


async def refusal(url: str) -> Away:
    origin = Origin(url)
    try:
        with pytest.raises(Away) as caught:
            await origin.fetch("/healthz")
    finally:
        await origin.close()
    return caught.value


def test_a_certificate_that_is_not_accepted_is_said_with_the_remedy(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with listening(partial(Quiet, directory=str(tmp_path)), context) as port:
        away = asyncio.run(refusal(f"https://127.0.0.1:{port}"))
    assert f"the certificate of https://127.0.0.1:{port} is not accepted" in str(away)
    assert "SSL_CERT_FILE" in away.remedy


def test_a_dead_port_cannot_be_reached(tmp_path: Path) -> None:
    with listening(partial(Quiet, directory=str(tmp_path))) as port:
        pass
    away = asyncio.run(refusal(f"http://127.0.0.1:{port}"))
    assert f"http://127.0.0.1:{port} cannot be reached (" in str(away)
    assert "--origin" in away.remedy


def test_a_folder_that_is_served_is_no_standfirst(tmp_path: Path, lines: Callable[[], list[str]]) -> None:
    with listening(partial(Quiet, directory=str(tmp_path))) as port:

        async def story() -> None:
            chain = Chain()
            to = httpx.AsyncHTTPTransport()

            async def handed(request: httpx.Request) -> httpx.Response:
                request.url = request.url.copy_with(host="127.0.0.1", port=port)
                return await to.handle_async_request(request)

            chain.wires.handle_async_request = handed  # type: ignore[method-assign]  # to the real server
            await chain.relay.probe.ask("")
            assert chain.relay.probe.state is State.STRANGER
            assert (await chain.get("/")).status == 502
            await to.aclose()

        asyncio.run(story())
    assert "is no Standfirst (its /healthz is answered 404)" in lines()[0]
