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

    def heads(self) -> dict[str, int]:
        """Asked for after every write and every few seconds, so erased words that are still in the log go here too."""
        forget.log_emptied()
        return journal.heads()

    def read(self, stream: str, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        return journal.read(stream, first, last)

    def on_commit(self, listener: Callable[[str, int], None]) -> Callable[[], None]:
        return journal.on_commit(listener)

    def changes_token(self) -> object:
        return journal.changes_token()

    def listen(self) -> Ear | None:
        return journal.listen()

    async def offload(self, work: Callable[[], T]) -> T:
        """Run `work` in the thread; a connection that failed is thrown away, a disk that failed ends the process."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _guarded, work)

    def close(self) -> None:
        """End the thread and close its connection."""
        self._thread.submit(connections.close_all)
        self._thread.shutdown()


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except RecordBroken as error:
        failure.leave(error)
    except DatabaseError:
        connection.close()
        raise
