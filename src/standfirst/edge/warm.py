"""Operations of entries that were published before this process started.

A story is opened quietly, so that a thousand of them open in seconds and not in hours: printing an entry's operations
costs forty times what folding it does, and after a start nearly every reader has the last entry already. The first one
that has not causes the last `window` entries to be printed, once, by a second printer, in slices.
"""

import asyncio

from standfirst.edge.board import Board, StoryBoard
from standfirst.edge.follow import CHUNK, SLICE_S
from standfirst.edge.ports import Machine, Source
from standfirst.edge.ring import Frame, frame
from standfirst.record.entry import Entry


class Warmer:
    """Fills the rings of a board's stories."""

    def __init__(self, board: Board, source: Source, machine: Machine) -> None:
        self._board = board
        self._source = source
        self._machine = machine
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._one = asyncio.Semaphore(1)

    async def reach(self, story: StoryBoard, after: int) -> None:
        """Have the operations after entry `after` in memory, if they belong there and can be."""
        ring = story.channel.ring
        if story.warm or not ring.head - self._board.hub.window <= after < ring.reach:
            return
        task = self._under_way.get(story.slug)
        if task is None:
            task = self._under_way[story.slug] = asyncio.get_running_loop().create_task(self._warm(story))
            task.add_done_callback(lambda _: self._under_way.pop(story.slug))
        await asyncio.shield(task)

    async def _warm(self, story: StoryBoard) -> None:
        async with self._one:  # one story at a time, or their slices would add up to a stall
            await self._print(story)

    async def _print(self, story: StoryBoard) -> None:
        ring, erasures = story.channel.ring, story.erasures
        upto, loud = ring.reach, ring.head - self._board.hub.window
        printer = self._board.press.printer()
        frames: list[Frame] = []
        started = self._machine.now()
        for first in range(1, upto + 1, CHUNK):
            for entry in await self._read(story.slug, first, min(first + CHUNK - 1, upto)):
                message = printer.take(entry, quiet=entry.seq <= loud)
                if message is not None:
                    frames.append(frame(entry.seq, message))
                if self._machine.now() - started >= SLICE_S:
                    await asyncio.sleep(0)
                    started = self._machine.now()
        if erasures == story.erasures:
            story.warm = True
            if ring.reach == upto:
                ring.refill(frames)

    async def _read(self, slug: str, first: int, last: int) -> list[Entry]:
        return await self._machine.offload(lambda: list(self._source.read(slug, first, last)))
