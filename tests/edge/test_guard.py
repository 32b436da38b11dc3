"""Slow, large and greedy clients, over real sockets; each guard also with the guard off, where the attack works.

The deadlines' clock is in the test's hands: `late` lets time pass and has the guard look.
"""

import asyncio
import contextlib
import dataclasses
import errno
import gc
import json
import os
import socket
import struct
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from standfirst.config import Config
from standfirst.edge.counter import Counter
from standfirst.edge.door import listening
from standfirst.edge.guarded import PIPELINE_MOST, SLICE, Guarded
from standfirst.edge.ports import Machine, Press
from standfirst.edge.routes import Edge
from standfirst.edge.server import Server
from tests.edge.fakes import EDITION, FakePrinter, FakeSource, Sheet

BIG = 8_000_000


class Application:
    """What is behind the edge: takes bodies and keeps them, and answers with as much as is asked for."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.release = asyncio.Event()
        self.left = 0
        self.answers = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more and scope["method"] == "POST":
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left += 1
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if scope["path"].endswith("wait"):
            await self.release.wait()
        self.bodies.append(body)
        self.answers += 1
        said = b"x" * (BIG if scope["path"].endswith("big") else 2)
        length = str(len(said)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": said})


class House:
    """A server on a free port, the application behind it, and the deadlines' time."""

    def __init__(self, **settings: Any) -> None:
        self.time = 1000.0
        self.app = Application()
        self.clients: list[Client] = []
        config, machine = dataclasses.replace(Config(), **{"trusted_proxies": "", **settings}), Machine()
        press = Press(
            edition=EDITION,
            printer=lambda: FakePrinter([], []),
            index=lambda stories: Sheet(b"index"),
            missing=lambda: Sheet(b"nothing"),
        )
        source = FakeSource()
        source.elsewhere("flood", 3)
        self.edge = Edge(self.app, Counter(source, press, config, machine), config, machine)
        options = uvicorn.Config(self.edge, lifespan="on", log_config=None, access_log=False, ws="none")
        self.server = Server(options, self.edge, config)
        self.guard = self.server.guard
        self.guard.now = lambda: self.time
        self._listeners = listening("127.0.0.1", 0, 100)
        self.address = self._listeners[0].getsockname()

    def serve(self) -> Awaitable[None]:
        return self.server.serve(sockets=self._listeners)

    async def late(self, seconds: float) -> None:
        """Let time pass, as the guard sees it."""
        self.time += seconds
        self.guard.sweep()
        await asyncio.sleep(0.01)

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not happened():
                await asyncio.sleep(0.001)

    def connect(self, *said: bytes, source: str = "127.0.0.1") -> "Client":
        self.clients.append(Client(self, source, said))
        return self.clients[-1]


class Client:
    """Speaks HTTP by hand."""

    def __init__(self, house: House, source: str, said: tuple[bytes, ...]) -> None:
        self._house = house
        self.socket = socket.create_connection(house.address, 10, (source, 0))
        self.say(*said)

    def say(self, *said: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # it was refused before it was said
            for part in said:
                self.socket.sendall(part)

    async def hear(self) -> bytes:
        return await asyncio.to_thread(self.socket.recv, 100_000)

    async def ended(self) -> bytes:
        """All that comes until the end."""

        def read() -> bytes:
            heard = b""
            try:
                while data := self.socket.recv(100_000):
                    heard += data
            except ConnectionResetError:
                pass
            return heard

        return await asyncio.to_thread(read)

    async def refused(self) -> tuple[int, dict[str, Any]]:
        """The status of the problem that the connection ends with, and the problem."""
        head, _, body = (await self.ended()).partition(b"\r\n\r\n")
        assert b"connection: close" in head
        assert b"content-type: application/problem+json" in head
        problem = json.loads(body)
        assert problem["status"] == int(head.split()[1])
        return problem["status"], problem

    def open(self) -> bool:
        """Whether it is still open, with nothing said."""
        self.socket.setblocking(False)
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        finally:
            self.socket.settimeout(10)


def told(story: Callable[[House], Awaitable[None]], **settings: Any) -> None:
    async def run() -> None:
        house = House(**settings)
        serving = asyncio.ensure_future(house.serve())
        await house.until(lambda: house.server.started)
        async with asyncio.timeout(30):
            await story(house)
        for client in house.clients:
            client.socket.close()
        house.server.should_exit = True
        await asyncio.wait_for(serving, 15)
        house.server.budgets.forget(float("inf"))
        assert house.server.budgets.clients == 0 or settings.get("address_requests", 1)

    asyncio.run(run())


GET = b"GET /api/x HTTP/1.1\r\nHost: x\r\n"


def test_a_head_that_trickles_is_given_up_however_it_trickles() -> None:
    async def story(house: House) -> None:
        client = house.connect(b"GET /fl")
        await house.until(lambda: bool(house.server.server_state.connections))
        for _ in range(3):
            await house.late(3)
            client.say(b"o")
        assert client.open()
        await house.late(1)
        status, problem = await client.refused()
        assert status == 408
        assert problem["title"] == "Request Timeout"
        assert house.guard.overdue == 1

    told(story)


@pytest.mark.parametrize("said", [(b"\r\n",), (GET, b"A: b\r\n"), (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET ")])
def test_so_are_empty_lines_fields_and_a_second_head(said: tuple[bytes, ...]) -> None:
    async def story(house: House) -> None:
        client = house.connect(*said)
        await house.until(lambda: bool(house.server.server_state.connections))
        await asyncio.sleep(0.05)
        await house.late(10)
        assert (await client.ended()).count(b"HTTP/1.1 408 ") == 1

    told(story)


def test_without_the_deadline_a_trickle_stays() -> None:
    async def story(house: House) -> None:
        client = house.connect(b"GET /fl")
        await house.until(lambda: bool(house.server.server_state.connections))
        await house.late(10**6)
        assert client.open()
        client.say(b"ood HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await client.ended()).startswith(b"HTTP/1.1 200 ")

    told(story, header_seconds=0)


def test_one_that_never_says_anything_is_closed_without_a_word() -> None:
    async def story(house: House) -> None:
        client = house.connect()
        await house.until(lambda: bool(house.server.server_state.connections))  # deferred by the kernel for a second
        await house.late(10)
        assert await client.ended() == b""

    told(story)


def test_a_body_that_trickles_is_given_up() -> None:
    async def story(house: House) -> None:
        head = b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        client = house.connect(head)
        await house.until(lambda: len(house.guard.bodies) == 1)
        for _ in range(3):
            await house.late(9)
            client.say(b"x")
        await house.late(3)
        assert (await client.refused())[0] == 408
        await house.until(lambda: house.app.left == 1)
        assert house.app.bodies == []

    told(story)


def test_without_the_deadline_it_is_waited_for() -> None:
    async def story(house: House) -> None:
        client = house.connect(b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        await asyncio.sleep(0.05)
        await house.late(10**6)
        client.say(b"done")
        assert (await client.hear()).startswith(b"HTTP/1.1 200 ")
        assert house.app.bodies == [b"done"]
        client.socket.close()

    told(story, body_seconds=0)


def test_a_body_that_goes_on_after_the_answer_is_given_up_too() -> None:
    async def story(house: House) -> None:
        client = house.connect(b"GET /flood HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        assert (await client.hear()).startswith(b"HTTP/1.1 200 ")
        for _ in range(3):
            await house.late(9)
            client.say(b"x")
        assert client.open()
        await house.late(3)
        assert b"HTTP/1.1" not in await client.ended(), "it had its answer"

    told(story)


@pytest.mark.parametrize("path", [b"/flood", b"/api/x"], ids=["ours", "asgi"])
@pytest.mark.parametrize("rest", [b"x", b"x" + GET + b"\r\n"], ids=["whole", "more"])
def test_an_answer_before_the_body_is_whole_ends_the_connection(path: bytes, rest: bytes) -> None:
    async def story(house: House) -> None:
        client = house.connect(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        heard = await client.hear()
        assert heard.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in heard.lower()
        assert client.open(), "to close it while something is sent would take the answer back"
        client.say(rest)
        assert b"HTTP/1.1" not in await client.ended()

    told(story)


@pytest.mark.parametrize("path", [b"/flood", b"/api/x"], ids=["ours", "asgi"])
def test_who_expects_to_be_asked_for_the_body_is_not_waited_for(path: bytes) -> None:
    async def story(house: House) -> None:
        head = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        heard = await house.connect(head).ended()
        assert heard.startswith(b"HTTP/1.1 200 ")
        assert b"\r\nconnection: close\r\n" in heard.lower()

    told(story)


def test_who_sends_much_that_nobody_wants_still_hears_the_answer() -> None:
    async def story(house: House) -> None:
        client = house.connect(b"GET /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        await house.until(lambda: house.app.answers == 1)
        await asyncio.to_thread(client.say, b"x" * 3_000_000)
        assert (await client.ended()).endswith(b"\r\n\r\nxx")

    told(story)


@pytest.mark.parametrize("path", [b"/flood", b"/api/x"], ids=["ours", "asgi"])
def test_after_a_whole_body_the_connection_goes_on_and_keeps_nothing_of_it(path: bytes) -> None:
    async def story(house: House) -> None:
        client = house.connect(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        await asyncio.sleep(0.05)
        assert b"connection: close" not in (await client.hear()).lower()
        (connection,) = house.server.server_state.connections
        assert connection.cycle.body == b""
        client.say(b"POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        await house.until(lambda: len(house.guard.bodies) == 1)
        client.say(b"done")
        await house.until(lambda: house.app.bodies[-1:] == [b"done"])
        client.say(GET + b"Connection: close\r\n\r\n")
        assert (await client.ended()).count(b"HTTP/1.1 200 ") == 2

    told(story)


def test_a_connection_that_is_reset_leaves_no_timer() -> None:
    async def story(house: House) -> None:
        client = house.connect(GET + b"\r\n")
        await client.hear()
        (connection,) = house.server.server_state.connections
        assert connection.timeout_keep_alive_task is not None
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()
        await house.until(lambda: not house.server.server_state.connections)
        assert connection.timeout_keep_alive_task is None

    told(story)


@pytest.mark.parametrize(
    "said",
    [
        b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /flood HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
        b"GET /flood/live HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /flood/live HTTP/1.1\r\nHost: x\r\n\r\n" + b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n" * 3,
        b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\nGET /flood HTTP/1.1\r\n" + b"A: b\r\n" * 300,
    ],
    ids=["page", "body", "stream", "more behind a stream", "refused"],
)
def test_a_connection_that_has_gone_needs_no_collector(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Guarded]] = []

    def connected(self: Guarded, transport: asyncio.Transport) -> None:
        made.append(weakref.ref(self))
        connection_made(self, transport)

    async def story(house: House) -> None:
        client = house.connect(said)
        await house.until(lambda: house.edge.requests.total() > 0)
        client.socket.close()
        await house.until(lambda: made[0]() is None)

    connection_made = Guarded.connection_made
    monkeypatch.setattr(Guarded, "connection_made", connected)
    gc.collect()
    gc.disable()
    try:
        told(story)
    finally:
        gc.enable()


def test_a_stream_that_no_file_is_left_for_is_served_as_it_is_and_leaves_nothing() -> None:
    def none_left(descriptor: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    async def story(house: House) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "dup", none_left)
            client = house.connect(b"GET /flood/live HTTP/1.1\r\nHost: x\r\n\r\n")
            heard = await client.hear()
            while b"event: hello" not in heard:
                heard += await client.hear()
        assert heard.startswith(b"HTTP/1.1 200 ")
        assert len(house.server.server_state.connections) == 1
        client.socket.close()
        await house.until(lambda: not house.edge.hub.readers)

    told(story, address_requests=0)


def test_a_request_that_would_like_another_protocol_is_held_as_any_other() -> None:
    async def story(house: House) -> None:
        fields = b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
        client = house.connect(f"GET /flood/ops/{EDITION}/4 HTTP/1.1\r\n".encode() + fields)
        await house.until(lambda: house.edge.tails.held.total() == 1)
        await house.late(10)
        assert client.open()
        house.edge.tails.close()
        assert (await client.ended()).startswith(b"HTTP/1.1 404 ")

    told(story)


def test_who_does_not_read_an_answer_is_cut_off() -> None:
    async def story(house: House) -> None:
        reader = house.connect(b"GET /api/big HTTP/1.1\r\nHost: x\r\n\r\n")
        closing = house.connect(b"GET /api/big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await house.until(lambda: len(house.guard._drains) == 2)
        await house.late(29)
        assert house.guard.stalled == 0
        await house.late(1)  # what the kernels still moved between them may have counted as reading once
        await house.late(30)
        assert house.guard.stalled == 2
        await house.until(lambda: not house.server.server_state.connections)
        for each in (reader, closing):
            assert len(await each.ended()) < BIG

    told(story)


def test_who_reads_slowly_but_reads_is_not() -> None:
    async def story(house: House) -> None:
        reader = house.connect(b"GET /api/big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await house.until(lambda: len(house.guard._drains) == 1)
        heard = 0
        while heard < BIG // 2:
            heard += len(await reader.hear())
            if heard > 400_000 * (house.time - 1000) / 30:
                await house.late(30)
        heard += len(await reader.ended())
        assert heard > BIG
        assert house.guard.stalled == 0

    told(story)


def test_without_the_deadline_it_is_kept_for_good() -> None:
    async def story(house: House) -> None:
        reader = house.connect(b"GET /api/big HTTP/1.1\r\nHost: x\r\n\r\n")
        await house.until(lambda: house.app.answers == 1)
        await house.late(10**6)
        assert len(house.server.server_state.connections) == 1
        reader.socket.close()

    told(story, drain_seconds=0)


def test_a_connection_that_is_idle_is_closed() -> None:
    async def story(house: House) -> None:
        client = house.connect(GET + b"\r\n")
        assert (await client.ended()).endswith(b"xx")

    told(story, idle_seconds=0.05)


def test_without_the_deadline_it_waits_for_the_next_request() -> None:
    async def story(house: House) -> None:
        client = house.connect(GET + b"\r\n")
        await client.hear()
        (connection,) = house.server.server_state.connections
        assert connection.timeout_keep_alive_task.when() > asyncio.get_running_loop().time() + 10**7
        client.socket.close()

    told(story, idle_seconds=0)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /" + b"x" * 8192 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET /" + b"x" * 20_000, 414),
        (GET + b"A: " + b"x" * 32_768 + b"\r\n\r\n", 431),
        (GET + b"A: " + b"x" * 50_000, 431),
        (GET + b"A: b\r\n" * 100 + b"\r\n", 431),
        (GET + b"A: bbbbbbbbbb\r\n" * 4000, 431),
        (b"\r\n" * 20_000, 431),
        (b"no request\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    ],
    ids=range(11),
)
def test_a_head_that_is_too_large_or_none_at_all_is_a_problem(said: bytes, status: int) -> None:
    async def story(house: House) -> None:
        assert (await house.connect(said).refused())[0] == status
        assert house.app.answers == 0

    told(story)


@pytest.mark.parametrize("said", [GET + b"a:\r\n" * 60_000, b"GET /" + b"x" * 240_000], ids=["lines", "address"])
def test_of_what_is_too_much_little_is_looked_at(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[bytes] = []
    for name in ("on_header", "on_url"):
        original = getattr(HttpToolsProtocol, name)

        def noted(self: Guarded, *parts: bytes, original: Callable[..., None] = original) -> None:
            looked_at.append(parts[0])
            original(self, *parts)

        monkeypatch.setattr(HttpToolsProtocol, name, noted)

    async def story(house: House) -> None:
        assert (await house.connect(said).refused())[0] in (414, 431)
        assert len(looked_at) <= 101
        assert sum(map(len, looked_at)) <= SLICE

    told(story)


CHUNKED = b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"POST /api/x" + CHUNKED + b"2\r\nhi\r\n0\r\nA: b\r\n\r\n", 400),
        (b"GET /flood" + CHUNKED + b"0\r\nIf-None-Match: *\r\n\r\n", 400),
        (b"POST /api/x" + CHUNKED + b"2\r\nhi\r\n0\r\n" + b"A: b\r\n" * 40_000, 400),
        (b"POST /api/x" + CHUNKED + b"2\r\nhi\r\n0\r\nA: " + b"x" * 200_000, 431),
        (b"POST /api/x" + CHUNKED + b"2;" + b"x" * 200_000, 431),
    ],
    ids=range(5),
)
def test_lines_behind_a_body_are_not_taken(said: bytes, status: int) -> None:
    async def story(house: House) -> None:
        assert (await house.connect(said).refused())[0] == status
        assert house.app.answers == 0

    told(story)


def test_a_body_in_many_chunks_is() -> None:
    async def story(house: House) -> None:
        client = house.connect(b"POST /api/x" + CHUNKED + b"1\r\nx\r\n" * 40_000)
        await house.until(lambda: len(house.guard.bodies) == 1)
        client.say(b"0\r\n\r\n")
        assert (await client.hear()).startswith(b"HTTP/1.1 200 ")
        assert house.app.bodies == [b"x" * 40_000]

    told(story)


def test_with_wider_caps_it_is_served() -> None:
    async def story(house: House) -> None:
        client = house.connect(GET + b"A: b\r\n" * 100 + b"B: " + b"x" * 50_000 + b"\r\nConnection: close\r\n\r\n")
        assert (await client.ended()).startswith(b"HTTP/1.1 200 ")
        client = house.connect(b"GET /api/" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await client.ended()).startswith(b"HTTP/1.1 200 ")

    told(story, url_bytes=10_000, head_bytes=100_000, head_fields=200)


def test_nothing_of_a_mistake_is_taken_for_another_requests_answer() -> None:
    async def story(house: House) -> None:
        held = f"GET /flood/ops/{EDITION}/4 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        client = house.connect(held + b"no request\r\n\r\n")
        assert await client.ended() == b""

    told(story)


def test_a_long_pipeline_is_cut() -> None:
    async def story(house: House) -> None:
        client = house.connect((GET + b"\r\n") * (PIPELINE_MOST + 3))
        assert (await client.ended()).count(b"HTTP/1.1 200") <= PIPELINE_MOST
        short = house.connect((GET + b"\r\n") * (PIPELINE_MOST - 1) + GET + b"Connection: close\r\n\r\n")
        assert (await short.ended()).count(b"HTTP/1.1 200") == PIPELINE_MOST

    told(story)


ONE = {"address_requests": 1, "address_burst": 3}


async def statuses(house: House, count: int, *fields: bytes, source: str = "127.0.0.1") -> list[int]:
    found = []
    for _ in range(count):
        client = house.connect(GET + b"".join(fields) + b"Connection: close\r\n\r\n", source=source)
        found.append(int((await client.ended()).split()[1]))
    return found


def test_who_asks_too_much_is_told_when_to_come_back() -> None:
    async def story(house: House) -> None:
        assert await statuses(house, 3) == [200, 200, 200]
        client = house.connect(GET + b"X-Forwarded-For: 203.0.113.9\r\n\r\n")
        heard = await client.ended()
        assert heard.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
        assert b"retry-after: 1\r\n" in heard
        assert await statuses(house, 1, source="127.0.0.2") == [200]
        house.time += 1
        assert await statuses(house, 2) == [200, 429]
        assert house.guard.limited == 2
        await house.late(10)
        house.server.door.sweep()

    told(story, **ONE)


@pytest.mark.parametrize("lines", [b"A: b\r\n" * 101, b"no request\r\n"], ids=["too many", "none"])
def test_so_is_who_sends_heads_that_are_refused(lines: bytes) -> None:
    async def story(house: House) -> None:
        for _ in range(3):
            assert (await house.connect(GET + lines).ended()).startswith(b"HTTP/1.1 4")
        assert await house.connect(GET + lines).ended() == b"", "no word either"
        assert house.guard.limited == 1
        assert await statuses(house, 1) == [429]

    told(story, **ONE)


def test_who_connects_and_says_nothing_has_asked_nothing() -> None:
    async def story(house: House) -> None:
        for _ in range(4):
            client = house.connect()
            await house.until(lambda: bool(house.server.server_state.connections))
            house.guard.sweep()
            for connection in list(house.server.server_state.connections):
                connection.head_overdue()
            assert await client.ended() == b""
        assert await statuses(house, 3) == [200] * 3

    told(story, **ONE)


def test_without_the_budget_it_may_ask_for_ever() -> None:
    async def story(house: House) -> None:
        assert await statuses(house, 10) == [200] * 10

    told(story, address_requests=0)


def test_behind_a_proxy_of_ours_each_client_has_its_own() -> None:
    async def story(house: House) -> None:
        for client in (b"203.0.113.1", b"203.0.113.2", b"2001:db8::1"):
            field = b"X-Forwarded-For: 198.51.100.1, " + client + b"\r\n"
            assert await statuses(house, 4, field) == [200, 200, 200, 429]
        assert await statuses(house, 1, b"X-Forwarded-For: 2001:db8::2\r\n") == [429], "of the same household"
        assert await statuses(house, 4, b"X-Forwarded-For: unknown\r\n") == [200] * 4, "the proxy itself has none"
        assert await statuses(house, 4) == [200] * 4

    told(story, trusted_proxies="127.0.0.0/8", **ONE)


def test_requests_that_are_held_behind_a_proxy_count_as_connections() -> None:
    async def story(house: House) -> None:
        held = f"GET /flood/ops/{EDITION}/4 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ".encode()
        live = b"GET /flood/live HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: "
        one, two = b"203.0.113.1\r\n\r\n", b"203.0.113.2\r\n\r\n"
        waiting = house.connect(held + one)
        stream = house.connect(live + one)
        assert (await stream.hear()).startswith(b"HTTP/1.1 200 ")
        assert (await house.connect(live + one).refused())[0] == 429
        other = house.connect(live + two)
        assert (await other.hear()).startswith(b"HTTP/1.1 200 ")
        stream.socket.close()
        await house.until(lambda: house.edge.hub.readers == 1)
        again = house.connect(live + one)
        assert (await again.hear()).startswith(b"HTTP/1.1 200 ")
        for client in (waiting, other, again):
            client.socket.close()
        await house.until(lambda: house.server.budgets.clients == 0)

    told(story, trusted_proxies="127.0.0.0/8", address_connections=2, address_requests=0)


def test_a_server_that_stops_lets_nobody_in_and_finishes_what_is_under_way() -> None:
    async def story(house: House) -> None:
        under_way = house.connect(b"GET /api/wait HTTP/1.1\r\nHost: x\r\n\r\n")
        idle = house.connect(GET + b"\r\n")
        await idle.hear()
        await house.until(lambda: len(house.server.server_state.tasks) == 1)
        house.server.should_exit = True
        assert await idle.ended() in (b"", b"xx"), "no more than the rest of its answer"
        with pytest.raises(ConnectionRefusedError):
            house.connect()
        house.app.release.set()
        assert (await under_way.ended()).startswith(b"HTTP/1.1 200 ")

    told(story)
