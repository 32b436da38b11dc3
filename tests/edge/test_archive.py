"""The log: made off the event loop, a piece at a time, once for everybody."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import pytest

from standfirst.edge import archive
from standfirst.edge.reading import BLOCK
from standfirst.record.entry import Entry, public
from tests.edge.fakes import House, opened, settle

T = TypeVar("T")


class Bench:
    """Where canonical forms are made: how many in each piece of a thread's work, and how many on the event loop."""

    def __init__(self, house: House) -> None:
        self.pieces: list[int] = []
        self.on_the_loop = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._offload = house.counter._archive._machine.offload
        self._working = False

    async def offload(self, work: Callable[[], T]) -> T:
        await self.gate.wait()

        def watched() -> T:
            self._working = True
            self.pieces.append(0)
            try:
                return work()
            finally:
                self._working = False

        return await self._offload(watched)

    def public(self, entry: Entry) -> bytes:
        if self._working:
            self.pieces[-1] += 1
        else:
            self.on_the_loop += 1
        return public(entry)


@contextmanager
def benched(house: House) -> Iterator[Bench]:
    bench = Bench(house)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(archive, "public", bench.public)
        own = house.counter._archive
        patched.setattr(own, "_machine", replace(own._machine, offload=bench.offload))
        yield bench


def with_bench(window: int) -> Callable[[Callable[[House, Bench], Awaitable[None]]], Callable[[], None]]:
    def wrap(test: Callable[[House, Bench], Awaitable[None]]) -> Callable[[], None]:
        def run() -> None:
            async def story() -> None:
                async with opened(entries=250, window=window) as house:
                    with benched(house) as bench:
                        await test(house, bench)

            asyncio.run(story())

        run.__name__ = test.__name__
        return run

    return wrap


async def ask_for_a_block(house: House, bench: Bench) -> None:
    asked = house.ask("/flood/log/101-200")
    await asked.task
    assert asked.response.text.count("\n") == BLOCK
    assert bench.on_the_loop == 0, "the event loop has no time for it"
    assert max(bench.pieces) <= archive.PIECE
    assert sum(bench.pieces) == BLOCK


@with_bench(window=20)
async def test_a_block_of_the_record_is_made_in_pieces_off_the_loop(house: House, bench: Bench) -> None:
    await ask_for_a_block(house, bench)


@with_bench(window=1000)
async def test_a_block_of_memory_is_made_in_pieces_off_the_loop(house: House, bench: Bench) -> None:
    reads = len(house.source.reads)
    await ask_for_a_block(house, bench)
    assert len(house.source.reads) == reads


@with_bench(window=1000)
async def test_an_archive_that_works_on_the_loop_is_found_out(house: House, bench: Bench) -> None:
    async def idle(work: Callable[[], T]) -> T:
        return work()

    object.__setattr__(house.counter._archive._machine, "offload", idle)
    with pytest.raises(AssertionError, match="has no time"):
        await ask_for_a_block(house, bench)


@with_bench(window=20)
async def test_all_who_wait_for_an_entry_get_what_was_made_once(house: House, bench: Bench) -> None:
    held = [house.ask("/flood/log/251") for _ in range(50)]
    blocks = [house.ask("/flood/log/1-100") for _ in range(5)]
    await settle()
    house.source.write("flood")
    for request in (*held, *blocks):
        await request.task
    assert {request.response.status for request in (*held, *blocks)} == {200}
    assert (sum(bench.pieces), bench.on_the_loop) == (1 + BLOCK, 0)
    assert not house.counter._archive._under_way


@with_bench(window=20)
async def test_words_erased_while_a_block_is_made_are_not_in_it(house: House, bench: Bench) -> None:
    bench.gate.clear()
    early = house.ask("/flood/log/1-100")
    await settle()
    old = list(house.source.entries["flood"])
    bench.gate.set()
    while not bench.pieces:
        await asyncio.sleep(0)
    house.source.entries["flood"][3] = replace(old[3], openings={})
    await house.write("flood", erases=(4,))
    late = house.ask("/flood/log/1-100")
    for request in (early, late):
        await request.task
        assert b'"flood 3"' in request.response.body
        assert b'"flood 4"' not in request.response.body
