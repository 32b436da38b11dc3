"""The bounds around Django: whole bodies, of a size, in time, in threads that stay."""

import asyncio
import json
import threading
from typing import Any

import pytest

from standfirst.site import desk_app
from standfirst.site.desk_app import MAX_BODY, THREADS, DeskApp

TOKEN = f"Bearer sf_{'0' * 12}_{'0' * 64}"


class Client:
    """Sends `chunks`, then nothing (or hangs up); keeps what came back."""

    def __init__(
        self,
        *chunks: bytes,
        length: str | None = None,
        hang_up: bool = False,
        endless: bool = False,
        authorization: str = TOKEN,
    ) -> None:
        self.messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": chunk, "more_body": endless or number < len(chunks)}
            for number, chunk in enumerate(chunks, 1)
        ]
        if hang_up:
            self.messages.append({"type": "http.disconnect"})
        self.sent: list[Any] = []
        headers = [(b"authorization", authorization.encode())]
        if length is not None:
            headers.append((b"content-length", length.encode()))
        self.scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/api/v1/stories", "headers": headers}

    async def receive(self) -> Any:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    def refused(self) -> int:
        status: int = self.sent[0]["status"]
        headers = {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}
        assert headers["content-type"] == "application/problem+json"
        assert headers["connection"] == "close"
        assert headers["cache-control"] == "no-store"
        assert json.loads(self.sent[1]["body"])["status"] == status
        return status


def serve(client: Client) -> list[bytes]:
    """One request to a Django that only reads; gives the bodies it was handed."""
    seen: list[bytes] = []

    async def django(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        assert not message["more_body"]
        seen.append(message["body"])

    async def run() -> None:
        app = DeskApp(django)
        try:
            await app(client.scope, client.receive, client.send)
        finally:
            app.close()

    asyncio.run(run())
    return seen


def test_a_body_comes_whole() -> None:
    assert serve(Client(b"ab", b"", b"c")) == [b"abc"]
    assert serve(Client(b"x" * MAX_BODY, length=str(MAX_BODY))) == [b"x" * MAX_BODY]


def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    client = Client(b"x", length=str(MAX_BODY + 1))
    assert serve(client) == []
    assert client.refused() == 413
    assert len(client.messages) == 1  # nobody asked for it


def test_a_body_that_turns_out_too_large_is_refused_at_once() -> None:
    client = Client(b"x" * MAX_BODY, b"x", b"never read", endless=True)
    assert serve(client) == []
    assert client.refused() == 413
    assert len(client.messages) == 1


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x", TOKEN[:-1], TOKEN.replace("Bearer", "Basic")])
def test_the_body_of_one_without_a_token_is_not_read(authorization: str) -> None:
    client = Client(b"x" * 100, endless=True, authorization=authorization)
    assert serve(client) == [b""]  # Django refuses it, or answers what needs no token
    assert len(client.messages) == 1


def test_what_was_not_read_does_not_get_in_the_way_of_the_disconnect() -> None:
    async def django(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        assert (await receive())["type"] == "http.disconnect"

    async def run() -> None:
        app = DeskApp(django)
        client = Client(b"a", b"b", hang_up=True, authorization="")
        try:
            await app(client.scope, client.receive, client.send)
        finally:
            app.close()

    asyncio.run(run())


def test_bodies_together_are_held_up_to_a_size_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_app, "MAX_HELD", 10)
    taken: list[bytes] = []

    async def run() -> None:
        release = asyncio.Event()

        async def django(scope: Any, receive: Any, send: Any) -> None:
            taken.append((await receive())["body"])
            await release.wait()

        app = DeskApp(django)
        try:
            first, second, third = Client(b"123456"), Client(b"78", b"901"), Client(b"12345", b"67890")
            under_way = asyncio.create_task(app(first.scope, first.receive, first.send))
            while not taken:
                await asyncio.sleep(0)
            await app(second.scope, second.receive, second.send)
            assert second.refused() == 503
            release.set()
            await under_way
            await app(third.scope, third.receive, third.send)
        finally:
            app.close()

    asyncio.run(run())
    assert taken == [b"123456", b"1234567890"]


def test_one_address_holds_its_share_of_them_and_keeps_nobody_else_from_writing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_app, "HELD_BY_ONE", 6)
    taken: list[bytes] = []

    async def run() -> None:
        async def django(scope: Any, receive: Any, send: Any) -> None:
            taken.append((await receive())["body"])

        app = DeskApp(django)
        slow, more, other, after = Client(b"1234", endless=True), Client(b"567"), Client(b"890"), Client(b"567")
        for client, address in ((slow, "192.0.2.1"), (more, "192.0.2.1"), (other, "192.0.2.2"), (after, "192.0.2.1")):
            client.scope["client"] = (address, 40000)
        try:
            under_way = asyncio.create_task(app(slow.scope, slow.receive, slow.send))
            await asyncio.sleep(0)
            await app(more.scope, more.receive, more.send)
            assert more.refused() == 503
            await app(other.scope, other.receive, other.send)
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)
            await app(after.scope, after.receive, after.send)
        finally:
            app.close()
        assert not app._of

    asyncio.run(run())
    assert taken == [b"890", b"567"]


def test_who_hangs_up_gets_nothing_and_writes_nothing() -> None:
    client = Client(b"x", endless=True, hang_up=True)
    assert serve(client) == []
    assert client.sent == []


def test_threads_stay_and_are_never_more_than_so_many() -> None:
    from asgiref.sync import sync_to_async

    names: list[str] = []
    together = threading.Barrier(THREADS)  # breaks the test if fewer than THREADS work at once

    def work() -> None:
        names.append(threading.current_thread().name)
        together.wait(timeout=30)

    async def django(scope: Any, receive: Any, send: Any) -> None:
        await sync_to_async(work)()

    async def run() -> None:
        app = DeskApp(django)
        try:
            clients = [Client(b"") for _ in range(3 * THREADS)]
            await asyncio.gather(*(app(client.scope, client.receive, client.send) for client in clients))
        finally:
            app.close()

    asyncio.run(run())
    assert len(names) == 3 * THREADS
    assert len(set(names)) == THREADS
