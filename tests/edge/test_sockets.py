"""Readers' own sockets: greetings that do not fit, broadcasts that are not taken, ends that are noticed."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from standfirst.edge.channel import Channel
from standfirst.edge.hub import Hub
from standfirst.edge.ports import Machine
from standfirst.edge.ring import frame
from standfirst.edge.sockets import POUR_S, QUEUE_BYTES, Lines
from tests.edge.fakes import Clock, settle
from tests.edge.sse import Decoder, Event

PADDING = b"x" * 9000


class Room:
    """A hub with one channel, whose readers' far ends are in the test's hands."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.hub = Hub(edition="e", window=1000, max_readers=100)
        self.channel: Channel = self.hub.channel("flood")
        self.lines = Lines(self.hub, Machine(now=self.clock.now, later=self.clock.later))
        self.closed = 0
        self._ends: list[socket.socket] = []

    def _over(self) -> None:
        self.closed += 1

    def join(self, after: int | None = None) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._ends.append(theirs)
        self.lines.open(
            ours,
            self._over,
            b"",
            lambda line: self.hub.join(self.channel, line, edition="e", after=after, jitter=0),
        )
        return theirs

    def publish(self, times: int = 1) -> None:
        for _ in range(times):
            n = self.channel.ring.head + 1
            self.channel.publish(frame(n, b'{"seq":%d}' % n + PADDING), now=0)
            while self.hub.step(self.channel):
                pass

    def close(self) -> None:
        self.lines.stop()
        for end in self._ends:
            end.close()


@contextmanager
def room() -> Iterator[Room]:
    made = Room()
    made.lines.start(asyncio.get_running_loop())
    try:
        yield made
    finally:
        made.close()


async def drink(end: socket.socket) -> list[Event]:
    """All that comes until nothing more does."""
    decoder, events, dry = Decoder(), [], 0
    while dry < 5:
        try:
            data = end.recv(1 << 20)
        except BlockingIOError:
            dry += 1
            await settle()
            continue
        if not data:
            break
        dry = 0
        events += decoder.feed(data)
    return events


def numbers(events: list[Event]) -> list[int]:
    return [int(event.id) for event in events if event.event == "ops"]


def test_a_greeting_that_does_not_fit_is_poured_and_what_comes_meanwhile_follows_it() -> None:
    async def story() -> None:
        with room() as one:
            one.publish(60)
            end = one.join(after=0)
            one.publish(3)
            assert numbers(await drink(end)) == list(range(1, 64))
            one.publish()
            assert numbers(await drink(end)) == [64]
            assert one.hub.readers == 1

    asyncio.run(story())


def test_a_broadcast_that_is_not_taken_at_once_is_poured() -> None:
    async def story() -> None:
        with room() as one:
            slow, quick = one.join(), one.join()
            for _ in range(8):
                one.publish()
                await drink(quick)
            assert not one.hub.dropped
            assert numbers(await drink(slow)) == list(range(1, 9))

    asyncio.run(story())


def test_a_reader_that_takes_nothing_is_dropped_once_too_much_waits() -> None:
    async def story() -> None:
        with room() as one:
            one.join()
            for _ in range(40):
                one.publish()
            assert 40 * len(PADDING) > QUEUE_BYTES * 2
            assert (one.hub.readers, one.closed, one.hub.dropped["slow"]) == (0, 1, 1)

    asyncio.run(story())


async def stall(one: Room) -> socket.socket:
    end = one.join()
    while not one.lines._pours:
        one.publish()
    return end


def test_a_reader_that_is_behind_has_a_deadline() -> None:
    async def story() -> None:
        with room() as one:
            await stall(one)
            one.clock.time += POUR_S - 1
            assert one.lines.overdue() == 0
            one.clock.time += 1
            assert one.lines.overdue() == 1
            assert (one.hub.readers, one.closed) == (0, 1)

    asyncio.run(story())


def test_a_reader_that_is_behind_and_gets_on_is_given_more_time() -> None:
    async def story() -> None:
        with room() as one:
            one.publish(60)
            end = one.join(after=0)
            for _ in range(3):
                one.clock.time += POUR_S - 1
                for _ in range(8):
                    end.recv(4096)
                    await settle()
                assert one.lines.overdue() == 0
            one.clock.time += POUR_S
            assert one.lines.overdue() == 1

    asyncio.run(story())


@pytest.mark.parametrize("manner", ["close", "half", "speak"])
def test_an_end_is_noticed(manner: str) -> None:
    async def story() -> None:
        with room() as one:
            end = one.join()
            await settle()
            assert one.hub.readers == 1
            if manner == "close":
                end.close()
            elif manner == "half":
                end.shutdown(socket.SHUT_WR)
            else:
                end.send(b"GET /")
            await settle()
            assert (one.hub.readers, one.closed) == (0, 1)

    asyncio.run(story())


def test_nothing_is_sent_on_a_closed_socket_whose_reader_left_while_it_was_behind() -> None:
    async def story() -> None:
        with room() as one:
            end = await stall(one)
            (line,) = one.lines._pours
            reader = line.reader
            assert reader is not None
            one.hub.leave(reader)
            line.end()
            await drink(end)
            assert (one.closed, reader.send(b"for somebody else")) == (1, -1)
            with pytest.raises(BrokenPipeError, match="the stream is closed"):
                line.send(b"for somebody else")

    asyncio.run(story())


class Breaking:
    """A socket that takes a few bytes and then breaks."""

    def __init__(self, first: int) -> None:
        self.takes = iter([first])

    def __call__(self, data: bytes | memoryview) -> int:
        for size in self.takes:
            return size
        raise BrokenPipeError


def test_a_reader_that_breaks_within_a_broadcast_is_counted_once_and_not_as_served() -> None:
    async def story() -> None:
        with room() as one:
            one.join()
            (line,) = (key.data for key in one.lines._selector.get_map().values())
            line.send = line.reader.send = Breaking(100)
            one.publish()
            assert (one.hub.readers, one.closed, one.hub.dropped) == (0, 1, {"gone": 1})
            assert (one.channel.deliveries, one.channel.bytes_sent) == (0, 0)

    asyncio.run(story())


@pytest.mark.parametrize("left", [False, True])
def test_a_reader_that_breaks_while_it_is_behind_is_counted_unless_it_left(left: bool) -> None:
    async def story() -> None:
        with room() as one:
            end = await stall(one)
            (line,) = one.lines._pours
            assert line.reader is not None
            if left:
                one.hub.leave(line.reader)
            line.send = Breaking(0)
            end.recv(1 << 20)
            await settle()
            assert (one.hub.readers, one.closed, one.hub.dropped["gone"]) == (0, 1, int(not left))

    asyncio.run(story())


def test_a_reader_that_left_is_not_counted_as_overdue() -> None:
    async def story() -> None:
        with room() as one:
            await stall(one)
            one.hub.drain(iter([0.5]))
            one.clock.time += POUR_S
            assert (one.lines.overdue(), one.closed) == (0, 1)

    asyncio.run(story())


def test_a_reader_that_is_turned_away_is_told_and_closed() -> None:
    async def story() -> None:
        with room() as one:
            one.hub.max_readers = 0
            end = one.join()
            assert [event.event for event in await drink(end)] == ["bye"]
            assert end.recv(1) == b""
            assert one.closed == 1

    asyncio.run(story())


def test_at_the_end_a_reader_that_is_behind_is_told_last() -> None:
    async def story() -> None:
        with room() as one:
            end = await stall(one)
            head = one.channel.ring.head
            one.hub.drain(iter([0.5]))
            events = await drink(end)
            assert numbers(events) == list(range(1, head + 1))
            assert events[-1].event == "restart"
            assert (one.hub.readers, one.closed) == (0, 1)

    asyncio.run(story())


def test_all_that_was_open_is_closed() -> None:
    async def story() -> None:
        with room() as one:
            one.join()
            await stall(one)
            one.lines.stop()
            assert (one.hub.readers, one.closed) == (0, 2)

    asyncio.run(story())
