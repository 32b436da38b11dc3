"""The journal as the edge reads it: in one thread of its own, with a database connection that stays."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DatabaseError, connection, connections

from standfirst.edge.ports import Ear
from standfirst.record import forget, journal
from standfirst.record.entry import Entry
from standfirst.record.errors import RecordBroken
from standfirst.site import failure

T = TypeVar("T")


class JournalSource:
    """`edge.ports.Source` over the record. Call everything but `on_commit` through `offload`.

    One thread, because `changes_token` compares only with an earlier one of the same connection.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="edge-record")
        self._watches: list[Callable[[], Callable[[], None] | None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._announced: dict[str, list[Callable[[], None]]] = {}

    def watch(self, look: Callable[[], T | None], tell: Callable[[T], None]) -> None:
        """Have `look` called in the thread whenever the heads are asked for; `tell` gets what it gives, on the loop."""

        def watched() -> Callable[[], None] | None:
            found = look()
            return None if found is None else lambda: tell(found)

        self._watches.append(watched)

    def ask(self, work: Callable[[], T]) -> T:
        """Run `work` in the thread and wait for it: before there is an event loop."""
        return self._thread.submit(_guarded, work).result()

    def heads(self) -> dict[str, int]:
        """Asked for after every write and every few seconds, so erased words that are still in the log go here too."""
        forget.log_emptied()
        for watched in self._watches:
            if (news := watched()) is not None and self._loop is not None:
                self._loop.call_soon_threadsafe(news)
        return journal.heads()

    def read(self, stream: str, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        return journal.read(stream, first, last)

    def on_commit(self, listener: Callable[[str, int], None]) -> Callable[[], None]:
        def committed(stream: str, last: int) -> None:
            if not self._hears(stream):
                listener(stream, last)

        return journal.on_commit(committed)

    def changes_token(self) -> object:
        return journal.changes_token()

    def listen(self) -> Ear | None:
        ear = journal.listen()
        return None if ear is None else _Sorting(ear, self._hears)

    def on_announced(self, name: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called, in any thread, for what is announced under `name`; it is no write. Gives what ends it."""
        wakes = self._announced.setdefault(name, [])
        wakes.append(wake)
        return lambda: wakes.remove(wake)

    def _hears(self, name: str) -> bool:
        wakes = self._announced.get(name)
        for wake in tuple(wakes or ()):
            wake()
        return wakes is not None

    async def offload(self, work: Callable[[], T]) -> T:
        """Run `work` in the thread; a connection that failed is thrown away, a disk that failed ends the process."""
        self._loop = asyncio.get_running_loop()
        return await self._loop.run_in_executor(self._thread, _guarded, work)

    def close(self) -> None:
        """End the thread and close its connection."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown()


class _Sorting:
    """An ear whose announcements somebody else takes."""

    def __init__(self, ear: Ear, taken: Callable[[str], bool]) -> None:
        self._ear = ear
        self._taken = taken

    def wait(self, seconds: float) -> list[tuple[str, int]]:
        return [(name, last) for name, last in self._ear.wait(seconds) if not self._taken(name)]

    def close(self) -> None:
        self._ear.close()


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except RecordBroken as error:
        failure.leave(error)
    except DatabaseError:
        connection.close()
        raise
