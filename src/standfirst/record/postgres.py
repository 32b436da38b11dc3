"""What PostgreSQL needs beside the tables: one write per key at a time, and a bell that wakes other processes."""

from types import TracebackType
from typing import Self

from django.db import connection

CHANNEL = "standfirst_record"


def lock_key(actor: str, idempotency_key: str) -> None:
    """Wait until no other transaction writes with this key. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor}\n{idempotency_key}"])


def notify(stream: str, last: int) -> None:
    """Ring when the transaction is committed; nobody hears it if it is not."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{last} {stream}"])


class Listener:
    """Hears what any process appends, on a connection of its own, from now on: read the heads after making it.

    Raises django.db.OperationalError when the connection is lost: make a new one, and read the heads again.
    """

    def __init__(self) -> None:
        self._connection = connection.copy()
        self._connection.inc_thread_sharing()
        with self._connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")

    def wait(self, seconds: float) -> list[tuple[str, int]]:
        """Stream and last number of each write heard, as soon as there is one; nothing if none came in time."""
        with self._connection.wrap_database_errors:
            heard = list(self._connection.connection.notifies(timeout=seconds, stop_after=1))
        pairs = (notify.payload.split(" ", 1) for notify in heard)
        return [(stream, int(last)) for last, stream in pairs]

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
