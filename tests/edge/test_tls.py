"""TLS in process: real certificates, real sockets, and what goes wrong with either."""

import asyncio
import contextlib
import dataclasses
import hashlib
import logging
import os
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import uvicorn

from standfirst.config import Config, ConfigError, load
from standfirst.edge.budgets import Budgets, Lease, Trusted
from standfirst.edge.certificate import Certificate
from standfirst.edge.counter import Counter
from standfirst.edge.door import Door, listening
from standfirst.edge.ports import Machine, Press
from standfirst.edge.routes import Edge
from standfirst.edge.server import Server
from standfirst.edge.tls import HIGH_WATER, RECORD, TlsTransport
from tests.edge.fakes import EDITION, FakePrinter, FakeSource, Sheet
from tests.edge.sse import Decoder, Event


class Pair:
    """A certificate on disk, and what a client needs to believe it."""

    def __init__(self, folder: Path) -> None:
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.renew()

    def renew(self) -> trustme.CA:
        """Another certificate by another authority, in the same files."""
        ca = trustme.CA()
        issued = ca.issue_cert("127.0.0.1", "localhost")
        self.cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        self.key.write_bytes(issued.private_key_pem.bytes())
        self.believer = ssl.create_default_context(cadata=ca.cert_pem.bytes().decode())
        self.believer.set_alpn_protocols(["h2", "http/1.1"])
        return ca


class Recorder(asyncio.Protocol):
    """Keeps what happens to it."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self.calls: list[str] = []
        self.heard = b""
        self.transport: TlsTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, TlsTransport)
        self.transport = transport
        self.calls.append("made")

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def eof_received(self) -> None:
        self.calls.append("eof")

    def pause_writing(self) -> None:
        self.calls.append("pause")

    def resume_writing(self) -> None:
        self.calls.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.lease.end()
        self.calls.append("lost")


class House:
    """A door that does TLS, on a free port; its clock stands still."""

    def __init__(self, pair: Pair, handshake_seconds: float = 10) -> None:
        self.time = 1000.0
        self.pair = pair
        self.made: list[Recorder] = []
        self.budgets = Budgets(connections=100)
        self.door = Door(
            self._make,
            self.budgets,
            Trusted(""),
            certificate=Certificate(pair.cert, pair.key),
            handshake_seconds=handshake_seconds,
            now=lambda: self.time,
        )
        (listener,) = listening("127.0.0.1", 0, 100)
        self.address = listener.getsockname()
        self.door.open([listener])

    def _make(self, lease: Lease) -> Recorder:
        self.made.append(Recorder(lease))
        return self.made[-1]

    async def connect(self, *, small: bool = False) -> ssl.SSLSocket:
        """A client's blocking socket, its handshake done."""

        def shake() -> ssl.SSLSocket:
            plain = socket.socket()
            if small:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            plain.settimeout(10)
            plain.connect(self.address)
            return self.pair.believer.wrap_socket(plain, server_hostname="127.0.0.1")

        return await asyncio.to_thread(shake)

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not happened():
                await asyncio.sleep(0.001)


Story = Callable[[House], Awaitable[None]]


def told(tmp_path: Path, story: Story, **given: Any) -> None:
    async def run() -> None:
        house = House(Pair(tmp_path), **given)
        async with asyncio.timeout(60):
            await story(house)
        house.door.stop()

    asyncio.run(run())


def test_both_sides_hear_each_other_and_the_protocol_sees_tls(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await house.connect()
        assert client.selected_alpn_protocol() == "http/1.1"
        assert client.version() in ("TLSv1.2", "TLSv1.3")
        client.sendall(b"x" * 100_000)
        await house.until(lambda: bool(house.made) and len(house.made[0].heard) == 100_000)
        (protocol,) = house.made
        transport = protocol.transport
        assert transport.get_extra_info("sslcontext") is not None
        assert transport.get_extra_info("peername") == client.getsockname()
        assert transport.get_extra_info("sockname") == house.address
        assert transport.get_extra_info("socket").getpeername() == client.getsockname()
        assert transport.get_extra_info("nothing", 7) == 7
        transport.writelines([b"one ", bytearray(b"two "), memoryview(b"three")])
        assert await asyncio.to_thread(client.recv, 100) == b"one two three"
        client.close()
        await house.until(lambda: protocol.calls == ["made", "eof", "lost"])
        assert house.budgets.clients == 0

    told(tmp_path, story)


def test_a_big_answer_reaches_a_slow_reader_whole_and_the_protocol_is_held_back(tmp_path: Path) -> None:
    body = os.urandom(5_000_000)

    async def story(house: House) -> None:
        client = await house.connect(small=True)
        await house.until(lambda: bool(house.made))
        (protocol,) = house.made
        for start in range(0, len(body), 1_000_000):
            protocol.transport.write(body[start : start + 1_000_000])
        assert protocol.calls == ["made", "pause"]
        assert protocol.transport.get_write_buffer_size() > HIGH_WATER

        def read() -> bytes:
            digest = hashlib.sha256()
            while data := client.recv(7_000):
                digest.update(data)
            client.close()
            return digest.digest()

        reading = asyncio.create_task(asyncio.to_thread(read))
        await house.until(lambda: protocol.calls == ["made", "pause", "resume"])
        protocol.transport.write(b"the end")
        protocol.transport.close()
        assert await reading == hashlib.sha256(body + b"the end").digest()
        await house.until(lambda: protocol.calls[-1] == "lost")

    told(tmp_path, story)


def test_what_waits_is_shared_and_small_pieces_share_a_record(tmp_path: Path) -> None:
    body = os.urandom(1_000_000)
    pieces = [b"head", b"", *([b"line\n"] * 100), body]

    async def story(house: House) -> None:
        clients = [await house.connect(small=True) for _ in range(8)]
        await house.until(lambda: len(house.made) == len(clients))
        tracemalloc.start()
        for protocol in house.made:
            protocol.transport.writelines(pieces)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < len(body), "eight of them wait for one page"

        def read() -> tuple[int, bytes]:
            first = clients[0].recv(1 << 20)
            rest = b"".join(iter(lambda: clients[0].recv(1 << 20), b""))
            return len(first), first + rest

        house.made[0].transport.close()
        assert await asyncio.to_thread(read) == (RECORD, b"".join(pieces))
        for protocol, client in zip(house.made, clients, strict=True):
            protocol.transport.abort()
            client.close()

    told(tmp_path, story)


def test_what_is_not_read_is_let_go_by_abort(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await house.connect(small=True)
        await house.until(lambda: bool(house.made))
        (protocol,) = house.made
        protocol.transport.set_write_buffer_limits(high=1000)
        protocol.transport.write(bytes(5_000_000))
        protocol.transport.close()
        for _ in range(20):
            await asyncio.sleep(0)
        assert "lost" not in protocol.calls, "close waits, for as long as the client likes"
        protocol.transport.abort()
        await house.until(lambda: protocol.calls[-1] == "lost")
        client.close()

    told(tmp_path, story)


def test_reading_can_be_paused(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await house.connect()
        await house.until(lambda: bool(house.made))
        (protocol,) = house.made
        protocol.transport.pause_reading()
        assert not protocol.transport.is_reading()
        client.sendall(b"later")
        for _ in range(20):
            await asyncio.sleep(0)
        assert protocol.heard == b""
        protocol.transport.resume_reading()
        await house.until(lambda: protocol.heard == b"later")
        client.close()

    told(tmp_path, story)


def test_the_socket_can_be_taken_and_stays_open(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await house.connect(small=True)
        await house.until(lambda: bool(house.made))
        (protocol,) = house.made
        taken = protocol.transport.take()
        assert taken is not None
        assert protocol.transport.take() is None, "it is taken"
        await house.until(lambda: protocol.calls == ["made", "lost"])
        taken.send(b"straight from the hub")
        assert await asyncio.to_thread(client.recv, 100) == b"straight from the hub"
        assert taken.send(bytes(16_000)) == 16_000
        taken.close()
        client.close()

    told(tmp_path, story)


def test_a_socket_with_words_under_way_is_not_given(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await house.connect(small=True)
        await house.until(lambda: bool(house.made))
        transport = house.made[0].transport
        transport.write(bytes(HIGH_WATER * 100))
        assert transport.take() is None
        transport.abort()
        client.close()

    told(tmp_path, story)


def _half_a_hello(house: House) -> socket.socket:
    client = socket.create_connection(house.address, 10)
    client.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
    return client


def test_a_handshake_that_is_not_finished_ends_at_its_deadline(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = _half_a_hello(house)
        await house.until(lambda: house.door.accepted == 1)
        house.time += 9
        client.sendall(b"\x01")
        house.door.sweep()
        await asyncio.sleep(0)
        assert house.budgets.clients == 1
        house.time += 1
        house.door.sweep()
        await house.until(lambda: house.budgets.clients == 0)
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.to_thread(client.recv, 10) == b""
        client.close()
        assert house.made == []

    told(tmp_path, story)


def test_without_the_deadline_it_stays(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = _half_a_hello(house)
        await house.until(lambda: house.door.accepted == 1)
        house.time += 10**9
        house.door.sweep()
        for _ in range(20):
            await asyncio.sleep(0)
        assert house.budgets.clients == 1
        client.close()
        await house.until(lambda: house.budgets.clients == 0)

    told(tmp_path, story, handshake_seconds=0)


def test_plain_http_on_the_tls_port_is_the_end_of_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        with socket.create_connection(house.address, 10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await house.until(lambda: house.door.accepted == 1 and house.budgets.clients == 0)
        assert house.made == []

    told(tmp_path, story)


def test_a_renewed_certificate_is_shown_to_newcomers_and_the_others_stay(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        before = await house.connect()
        house.pair.renew()
        with pytest.raises(ssl.SSLCertVerificationError):
            await house.connect()
        house.door.sweep()
        after = await house.connect()
        assert before.getpeercert() != after.getpeercert()
        before.sendall(b"still here")
        await house.until(lambda: house.made[0].heard == b"still here")
        before.close()
        after.close()

    told(tmp_path, story)


def test_a_broken_pair_leaves_the_old_one_and_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pair = Pair(tmp_path)
    certificate = Certificate(pair.cert, pair.key)
    context = certificate.context
    cert = pair.cert.read_bytes()
    pair.renew()
    pair.cert.write_bytes(cert)  # the old certificate, the new key
    with caplog.at_level(logging.ERROR, "standfirst.edge.certificate"):
        assert not any(certificate.refresh() for _ in range(5))
    (said,) = caplog.messages
    assert str(pair.key) in said
    assert certificate.context is context
    pair.key.unlink()
    assert not certificate.refresh()
    pair.renew()
    assert certificate.refresh()
    assert certificate.context is not context
    assert certificate.reloads == 1


def test_a_pair_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    with pytest.raises(ConfigError, match=r"--tls-cert=.*missing\.pem.*cannot be read.*No such file"):
        Certificate(tmp_path / "missing.pem", pair.key)
    with pytest.raises(ConfigError, match=r"--tls-key=.*missing\.pem.*cannot be read.*No such file"):
        Certificate(pair.cert, tmp_path / "missing.pem")
    with pytest.raises(ConfigError, match=r"--tls-cert=.*has no certificate in PEM"):
        Certificate(pair.key, pair.cert)
    pair.key.write_text("no key")
    with pytest.raises(ConfigError, match=r"--tls-key=.*has no private key in PEM"):
        Certificate(pair.cert, pair.key)
    pair.key.write_text("-----BEGIN PRIVATE KEY-----\nno key\n-----END PRIVATE KEY-----\n")
    with pytest.raises(ConfigError, match="cannot be used"):
        Certificate(pair.cert, pair.key)


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    pair = Pair(tmp_path)
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ConfigError, match="password"):
        Certificate(pair.cert, pair.key)


def test_old_tls_is_refused(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    context = Certificate(pair.cert, pair.key).context
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    names = [cipher["name"] for cipher in context.get_ciphers()]
    assert all("ECDHE" in name or name.startswith("TLS_") for name in names), names


def test_the_settings_come_in_pairs() -> None:
    with pytest.raises(
        ConfigError, match=r"^--tls-cert='a' .STANDFIRST_TLS_CERT. is given without --tls-key .STANDFIRST_TLS_KEY.: "
    ):
        load({"STANDFIRST_TLS_CERT": "a"})
    with pytest.raises(
        ConfigError, match=r"^--tls-key='b' .STANDFIRST_TLS_KEY. is given without --tls-cert .STANDFIRST_TLS_CERT.: "
    ):
        load({}, tls_key="b")
    assert load({}, tls_key="b", tls_cert="a").base_url.startswith("https://")
    assert Config().base_url.startswith("http://")


def test_limits_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        client = await house.connect()
        await house.until(lambda: bool(house.made))
        transport = house.made[0].transport
        with pytest.raises(ValueError, match="high=1 is below low=2"):
            transport.set_write_buffer_limits(high=1, low=2)
        transport.set_write_buffer_limits(low=10)
        assert transport.get_write_buffer_limits() == (10, 40)
        client.close()

    told(tmp_path, story)


@asynccontextmanager
async def newsroom(pair: Pair, **settings: Any) -> AsyncIterator[tuple[Server, FakeSource, httpx.AsyncClient]]:
    """A whole server with TLS, and a client that believes its certificate."""
    config = dataclasses.replace(Config(), tls_cert=str(pair.cert), tls_key=str(pair.key), **settings)
    machine, source = Machine(), FakeSource()
    source.elsewhere("flood", 3)
    press = Press(
        edition=EDITION,
        printer=lambda: FakePrinter([], []),
        index=lambda stories: Sheet(os.urandom(500_000).hex().encode()),
        missing=lambda: Sheet(b"nothing"),
    )

    async def scheme(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})

    edge = Edge(scheme, Counter(source, press, config, machine), config, machine)
    options = uvicorn.Config(edge, lifespan="on", log_config=None, access_log=False, ws="none")
    server = Server(options, edge, config)
    listeners = listening("127.0.0.1", 0, 100)
    serving = asyncio.create_task(server.serve(sockets=listeners))
    address = f"https://127.0.0.1:{listeners[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address, timeout=10, trust_env=False, verify=pair.believer) as client:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.001)
        yield server, source, client
    server.should_exit = True
    await asyncio.wait_for(serving, 10)


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    decoder = Decoder()
    async for chunk in answer.aiter_raw():
        for event in decoder.feed(chunk):
            yield event


def test_pages_streams_and_held_requests_go_over_tls(tmp_path: Path) -> None:
    async def story() -> None:
        async with newsroom(Pair(tmp_path)) as (server, source, client):
            assert (await client.get("/api/x")).text == "https"
            assert len((await client.get("/")).text) == 1_000_000
            live = client.stream("GET", "/flood/live?after=3", headers={"accept-encoding": "identity"})
            async with live as answer:
                events = _events(answer)
                hello = await anext(events)
                assert hello.event == "hello"
                assert server._edge.hub.readers == 1
                held = asyncio.create_task(client.get(f"/flood/ops/{EDITION}/4"))
                async with asyncio.timeout(10):
                    while not server._edge.tails.held.total() or server.server_state.tasks:
                        await asyncio.sleep(0.001)
                source.write("flood")
                assert (await anext(events)).id == "4"
                assert (await held).json()["seq"] == 4
            async with asyncio.timeout(10):
                while server._edge.hub.readers:
                    await asyncio.sleep(0.001)
                while server.server_state.connections:
                    for connection in list(server.server_state.connections):
                        connection.timeout_keep_alive_handler()
                    await asyncio.sleep(0.001)

    asyncio.run(story())


def test_a_stream_over_tls_is_told_to_come_back_when_the_server_stops(tmp_path: Path) -> None:
    async def story() -> None:
        async with newsroom(Pair(tmp_path)) as (server, _, client), client.stream("GET", "/flood/live") as answer:
            chunks = answer.aiter_bytes()
            await anext(chunks)
            server.should_exit = True
            assert b"event: restart" in b"".join([chunk async for chunk in chunks])

    asyncio.run(story())
