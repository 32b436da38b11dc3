"""The door, over real sockets: who gets in, who is told to come back, and who waits in the kernel's backlog."""

import asyncio
import logging
import os
import resource
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from standfirst.config import ConfigError
from standfirst.edge.budgets import Budgets, Lease, Trusted
from standfirst.edge.door import REFUSED_MOST, Door, listening


class Echo(asyncio.Protocol):
    """Says back what it hears, until it hears the end."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lease.end()


class House:
    """A door on a free port, whose clock stands still."""

    def __init__(
        self,
        *,
        connections: int = 0,
        arrivals: float = 0,
        rate: float = 0,
        trusted: str = "",
        factory: Callable[[Lease], asyncio.Protocol] = Echo,
    ) -> None:
        self.time = 1000.0
        self.budgets = Budgets(connections=connections, arrivals=arrivals)
        self.door = Door(factory, self.budgets, Trusted(trusted), rate=rate, now=lambda: self.time)
        (listener,) = listening("127.0.0.1", 0, 100)
        self.address = listener.getsockname()
        self.door.open([listener])

    def knock(self, source: str = "127.0.1.1") -> socket.socket:
        """A connection that has something to say, made without giving the door a turn."""
        client = socket.create_connection(self.address, 10, (source, 0))
        client.sendall(b"hello")
        return client


async def heard(client: socket.socket) -> bytes:
    return await asyncio.wait_for(asyncio.to_thread(client.recv, 4096), 10)


def with_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        async def bounded() -> None:
            async with asyncio.timeout(30):
                await test()

        asyncio.run(bounded())

    run.__name__ = test.__name__
    return run


@with_loop
async def test_a_client_over_its_budget_is_told_so_and_others_get_in() -> None:
    house = House(connections=2)
    first, second, third, other = (house.knock(ip) for ip in ("127.0.1.1", "127.0.1.1", "127.0.1.1", "127.0.1.2"))
    with first, second, third, other:
        assert [await heard(client) for client in (first, second, other)] == [b"hello"] * 3
        said = await heard(third)
        assert said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"retry-after: 30\r\n" in said
        assert b"application/problem+json" in said
        assert await heard(third) == b""
    while house.budgets.clients:
        await asyncio.sleep(0)
    with house.knock() as again:
        assert await heard(again) == b"hello"
    assert (house.door.accepted, house.door.crowded) == (4, 1)
    house.door.stop()


@pytest.mark.parametrize("guard", [{"connections": 0}, {"connections": 2, "trusted": "127.0.0.0/8"}])
def test_without_the_budget_one_address_takes_all_it_likes(guard: dict[str, int | str]) -> None:
    @with_loop
    async def story() -> None:
        house = House(**guard)  # type: ignore[arg-type]
        clients = [house.knock() for _ in range(10)]
        assert [await heard(client) for client in clients] == [b"hello"] * 10
        for client in clients:
            client.close()
        house.door.stop()

    story()


async def _answered(clients: list[socket.socket]) -> int:
    """How many have an answer by now, after the loop had some turns."""
    for client in clients:
        client.setblocking(False)
    for _ in range(20):
        await asyncio.sleep(0)
    count = 0
    for client in clients:
        try:
            client.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            continue
        count += 1
    return count


@with_loop
async def test_when_too_many_come_at_once_the_backlog_holds_them() -> None:
    house = House(rate=5)
    clients = [house.knock() for _ in range(12)]
    assert await _answered(clients) == 5
    assert (house.door.accepted, house.door.pauses) == (5, 1)
    for n in range(5, 12):  # the pause ends by the loop's clock, and finds that time has passed by the door's
        house.time += 0.2
        while house.door.accepted == n:
            await asyncio.sleep(0.001)
    assert await _answered(clients) == 12
    for client in clients:
        client.close()
    house.door.stop()


@pytest.mark.parametrize("arrivals", [0, 1])
def test_a_client_that_is_refused_takes_nothing_of_the_pace_of_others(arrivals: int) -> None:
    """Over what it may have open, or opening and closing in a loop."""

    @with_loop
    async def story() -> None:
        house = House(connections=2, arrivals=arrivals, rate=5)
        mine = []
        for _ in range(12):
            mine.append(house.knock())
            if arrivals:
                mine[-1].close()
            assert await _answered([]) == 0
        while house.door.accepted + house.door.crowded < 12:
            await asyncio.sleep(0)
        assert (house.door.accepted, house.door.crowded, house.door.pauses) == (2, 10, 0)
        with house.knock("127.0.1.2") as other:
            assert await heard(other) == b"hello"
        for client in mine:
            client.close()
        house.door.stop()

    story()


@with_loop
async def test_without_a_budget_for_arrivals_one_client_that_comes_and_goes_takes_the_whole_pace() -> None:
    house = House(connections=2, rate=5)
    for n in range(5):
        with house.knock() as client:
            assert await heard(client) == b"hello"
        while house.budgets.clients:
            await asyncio.sleep(0)
        assert house.door.accepted == n + 1
    with house.knock("127.0.1.2") as other:
        assert await _answered([other]) == 0
        assert house.door.pauses == 1
    house.door.stop()


@with_loop
async def test_refusing_is_bounded_too() -> None:
    house = House(connections=1, rate=1)
    clients = [house.knock() for _ in range(10)]
    assert await _answered(clients) == 1
    house.time += 1
    while house.door.crowded < REFUSED_MOST:
        await asyncio.sleep(0.001)
    assert await _answered(clients) == 1 + REFUSED_MOST
    assert house.door.accepted == 1
    for client in clients:
        client.close()
    house.door.stop()


@with_loop
async def test_without_the_breaker_all_are_let_in_at_once() -> None:
    house = House(rate=0)
    clients = [house.knock() for _ in range(12)]
    assert await _answered(clients) == 12
    assert house.door.pauses == 0
    for client in clients:
        client.close()
    house.door.stop()


@contextmanager
def no_file_left() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_one = os.dup(0)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_when_no_file_is_left_newcomers_are_told_and_it_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    @with_loop
    async def story() -> None:
        house = House()
        clients = [house.knock() for _ in range(3)]
        with no_file_left():
            assert await _answered(clients) == 3
            house.door._starve(asyncio.get_running_loop(), house.door.listeners[0])
        for client in clients:
            assert client.recv(4096).startswith(b"HTTP/1.1 503 ")
            client.close()
        assert (house.door.turned_away, house.door.accepted) == (3, 0)
        with house.knock() as later:
            assert await heard(later) == b"hello"
        house.door.stop()

    with caplog.at_level(logging.WARNING, "standfirst.edge.door"):
        story()
    assert len([said for said in caplog.messages if "ulimit -n" in said]) == 1


@pytest.mark.parametrize("sent", [b"", b"hello"])
def test_a_client_that_is_silent_is_refused_without_waiting_for_its_words(sent: bytes) -> None:
    """All others would wait with it."""

    @with_loop
    async def story() -> None:
        house = House()
        for listener in house.door.listeners:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 0)
        with socket.create_connection(house.address, 10) as silent:
            silent.sendall(sent)
            started = threading.Timer(10, silent.close)  # or a failure would hang
            started.start()
            house.door._starve(asyncio.get_running_loop(), house.door.listeners[0])
            started.cancel()
            assert (await heard(silent)).startswith(b"HTTP/1.1 503 ")
        house.door.stop()

    story()


class Busy(Echo):
    """Reads for a while, so that the kernel thinks much of this client, then no more."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(lease)
        self._read = 0

    def data_received(self, data: bytes) -> None:
        self._read += len(data)
        if self._read > READ:
            self._transport.pause_reading()


READ = 16_000_000


def _sent_until_it_sticks(client: socket.socket) -> int:
    client.settimeout(1)
    sent = 0
    try:
        while True:
            sent += client.send(bytes(256 * 1024))
    except TimeoutError:
        return sent


@with_loop
async def test_of_what_nobody_reads_the_kernel_holds_little() -> None:
    made: list[Busy] = []

    def busy(lease: Lease) -> Busy:
        made.append(Busy(lease))
        return made[-1]

    house = House(factory=busy)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 * 1024)
        client.connect(house.address)
        sent = await asyncio.to_thread(_sent_until_it_sticks, client)
        assert 0 < sent - READ < 1_000_000
    made[0]._transport.abort()
    await asyncio.sleep(0)
    house.door.stop()


@with_loop
async def test_without_the_spare_file_newcomers_hang_until_there_is_one() -> None:
    house = House()
    os.close(house.door._spare)
    house.door._spare = -1
    client = house.knock()
    with no_file_left():
        assert await _answered([client]) == 0
        assert house.door.pauses == 1, "and the loop does not spin meanwhile"
    client.setblocking(True)
    assert await heard(client) == b"hello"
    client.close()
    house.door.stop()


@with_loop
async def test_a_door_that_is_stopped_lets_nobody_in() -> None:
    house = House()
    with house.knock() as client:
        assert await heard(client) == b"hello"
        house.door.stop()
        house.door.stop()
        with pytest.raises(ConnectionRefusedError):
            house.knock()
        client.sendall(b"still here")
        assert await heard(client) == b"still here"


def test_an_address_that_is_taken_is_refused_in_one_line() -> None:
    (taken,) = listening("127.0.0.1", 0, 5)
    port = taken.getsockname()[1]
    with taken, pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port} .*another --host or --port"):
        listening("127.0.0.1", port, 5)
    with pytest.raises(ConfigError, match="cannot listen on 203"):
        listening("203.0.113.7", 1, 5)


def test_a_name_may_be_several_addresses() -> None:
    found = listening("localhost", 0, 5)
    assert {listener.getsockname()[0] for listener in found} <= {"127.0.0.1", "::1"}
    for listener in found:
        listener.close()
