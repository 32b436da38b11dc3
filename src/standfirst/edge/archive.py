"""The log as documents: single entries and blocks of them.

Their canonical form is made in the thread that reads the record, because a hundred large entries take a second, which
the event loop has not. It is made a few entries at a time, so that news of an open story never waits for a whole block.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from standfirst.edge.board import JSON, StoryBoard
from standfirst.edge.documents import Document, document
from standfirst.edge.ports import Machine, Source
from standfirst.edge.shelf import Shelf
from standfirst.record.entry import public

PIECE = 10
"""Entries read and made canonical in one go."""
NDJSON = "application/x-ndjson"


Make = Callable[[], Coroutine[Any, Any, Document]]  # Any: asyncio's own type


class Archive:
    """Makes documents of entries and keeps them on the shelf. All that ask for the same one wait for the same work."""

    def __init__(self, shelf: Shelf, source: Source, machine: Machine) -> None:
        self._shelf = shelf
        self._source = source
        self._machine = machine
        self._old = asyncio.Semaphore(1)
        self._under_way: dict[tuple[str, str, int], asyncio.Task[Document]] = {}

    async def log(self, story: StoryBoard, first: int, last: int) -> Document:
        """Entry `first` as JSON, or a block as one JSON text a line. They must exist."""
        name = str(first) if first == last else f"{first}-{last}"
        found = self._shelf.get((story.slug, "log", name))
        while found is None:
            erasures = story.erasures
            made = await self._shared((story.slug, name, erasures), partial(self._make, story, first, last))
            if erasures == story.erasures:  # else it may hold words that were erased meanwhile
                self._shelf.put((story.slug, "log", name), made)
                found = made
        return found

    async def _shared(self, key: tuple[str, str, int], make: Make) -> Document:
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.get_running_loop().create_task(make())
            task.add_done_callback(lambda _: self._under_way.pop(key))
        return await asyncio.shield(task)

    async def _make(self, story: StoryBoard, first: int, last: int) -> Document:
        if first == last and (kept := story.entry(first)) is not None:
            return await self._machine.offload(lambda: document(public(kept), JSON))
        async with self._old:  # one at a time, so that whoever asks for old entries cannot hold up new ones
            lines: list[bytes] = []
            for start in range(first, last + 1, PIECE):
                lines += await self._lines(story, start, min(start + PIECE - 1, last))
            if first == last:
                return await self._machine.offload(lambda: document(lines[0], JSON))
            return await self._machine.offload(lambda: document(b"\n".join([*lines, b""]), NDJSON))

    async def _lines(self, story: StoryBoard, first: int, last: int) -> list[bytes]:
        kept = [entry for n in range(first, last + 1) if (entry := story.entry(n)) is not None]
        whole = len(kept) > last - first

        def work() -> list[bytes]:
            return [public(entry) for entry in (kept if whole else self._source.read(story.slug, first, last))]

        return await self._machine.offload(work)
