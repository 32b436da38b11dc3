"""Exactly once: whatever way a reader takes and however often it is cut, it sees each entry once, in order."""

import asyncio
import json
import re
import zlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfirst.edge.ring import Ring
from standfirst.edge.wire import CODINGS, Coding
from tests.edge.fakes import EDITION, House, Request, opened, settle
from tests.edge.sse import Decoder, unpacker

Move = tuple[str, int]
MOVES = st.lists(
    st.tuples(st.sampled_from(["write", "write", "stream", "tail", "page", "cut", "restart"]), st.integers(0, 400)),
    max_size=25,
)


class Reader:
    """A page that is open. It applies what follows its own number, and never looks at a number it has (the script does,
    as a second net: here it would hide a double).
    """

    def __init__(self, house: House, coding: Coding) -> None:
        self.house = house
        self.coding = coding
        self.seq = 3
        self.seen: list[int] = []
        self.request: Request | None = None
        self._read = 0
        self._decoder = Decoder()
        self._unpack = unpacker(coding)

    async def stream(self) -> None:
        await self.cut(0)
        self._read, self._decoder, self._unpack = 0, Decoder(), unpacker(self.coding)
        path = f"/flood/live?edition={EDITION}&after={self.seq}"
        self.request = self.house.ask(path, ("accept-encoding", self.coding))
        await settle()

    async def tail(self) -> None:
        await self.cut(0)
        answer = self.house.ask(f"/flood/ops/{EDITION}/{self.seq + 1}")
        await settle()
        if not answer.over:
            await answer.leave()
            return
        self.apply(answer.response.json())

    async def page(self) -> None:
        await self.cut(0)
        answer = await self.house.get("/flood")
        found = re.search("as of ([0-9]+)", answer.text)
        assert found
        self.jump(int(found[1]))

    async def cut(self, lost: int) -> None:
        """The connection breaks, and the last `lost` bytes that were sent never arrived."""
        if self.request is not None:
            self.drink(lost)
            await self.request.leave()
            self.request = None

    def drink(self, lost: int = 0) -> None:
        assert self.request is not None
        arrived = self.request.response.body[: max(self._read, len(self.request.response.body) - lost)]
        for event in self._decoder.feed(self._unpack(arrived[self._read :])):
            if event.event == "ops":
                self.apply(json.loads(event.data))
            elif event.event == "reload":
                self.jump(self.house.counter.board.stories["flood"].seq)
        self._read = len(arrived)

    def apply(self, message: Any) -> None:
        if message["ops"]:
            assert message["ops"] == [{"op": "reload"}]
            self.jump(self.house.counter.board.stories["flood"].seq)
            return
        assert message["seq"] == self.seq + 1, f"entry {message['seq']} came after {self.seq}"
        self.seq = message["seq"]
        self.seen.append(self.seq)

    def jump(self, seq: int) -> None:
        """The page is loaded again: it shows everything up to `seq`."""
        assert seq >= self.seq
        self.seen.extend(range(self.seq + 1, seq + 1))
        self.seq = seq


async def read_along(
    moves: Sequence[Move], window: int, coding: Coding = "identity", *, parting: bool = False
) -> tuple[list[int], int]:
    async with opened(window=window, parting=parting) as house:
        reader = Reader(house, coding)
        for move, number in moves:
            match move:
                case "write":
                    house.source.write("flood", 1 + number % 3)
                    await settle()
                    if number % 2:
                        await house.clock.pass_(0.02)
                case "cut":
                    await reader.cut(number)
                case "restart":
                    await reader.cut(number)
                    await house.edge.stop()
                    source = house.source
                    house = House(window=window, parting=parting)
                    house.source.entries, house.source.token = source.entries, source.token
                    reader.house = house
                    await house.edge.start()
                    await settle()
                case "stream":
                    await reader.stream()
                case "tail":
                    await reader.tail()
                case "page":
                    await reader.page()
            if reader.request is not None and number % 5 == 0:
                reader.drink()
        await house.clock.pass_(1)
        await reader.stream()
        reader.drink()
        await reader.cut(0)
        await house.edge.stop()
        await settle()
        return reader.seen, len(house.source.entries["flood"])


@settings(deadline=None, max_examples=100)
@given(moves=MOVES, window=st.sampled_from([1, 3, 1000]), coding=st.sampled_from(CODINGS), parting=st.booleans())
def test_each_entry_is_seen_once_in_order(moves: list[Move], window: int, coding: Coding, parting: bool) -> None:
    seen, last = asyncio.run(read_along(moves, window, coding, parting=parting))
    assert seen == list(range(4, last + 1))


CUT: list[Move] = [("stream", 1), ("write", 1), ("cut", 0), ("write", 1), ("stream", 0)]


def test_the_moves_below_are_read_well_by_an_honest_edge() -> None:
    assert asyncio.run(read_along(CUT, 100))[0] == [4, 5, 6, 7]


def test_an_edge_that_replays_from_the_cursor_inclusively_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Ring.resume
    monkeypatch.setattr(Ring, "resume", lambda ring, after: honest(ring, max(3, after - 1)))
    with pytest.raises(AssertionError, match="came after"):
        asyncio.run(read_along(CUT, 100))


def test_an_edge_that_skips_what_was_missed_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ring, "resume", lambda ring, after: [])
    seen, last = asyncio.run(read_along(CUT, 100))
    assert seen != list(range(4, last + 1))


def test_blocks_that_lean_on_the_ones_before_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    leaning = lambda _, data: shared.compress(data) + shared.flush(zlib.Z_SYNC_FLUSH)  # noqa: E731
    monkeypatch.setattr("standfirst.edge.wire.block", leaning)
    try:
        seen, last = asyncio.run(read_along(CUT, 100, "gzip"))
    except (zlib.error, AssertionError, ValueError):  # the decoder refuses it, or reads other words
        return
    assert seen != list(range(4, last + 1))
