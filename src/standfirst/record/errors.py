"""How the record refuses, and how it breaks."""

from django.db import OperationalError


class RecordError(Exception):
    """Base of what the record refuses. Nothing was written."""


class SeqTaken(RecordError):
    """Somebody else wrote in between: fold to `actual`, decide again, append again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at {actual}, not at {expected}: read on from {expected} and decide again")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class KeyReused(RecordError):
    """An idempotency key came back with another request."""

    def __init__(self, idempotency_key: str) -> None:
        super().__init__(f"the idempotency key {idempotency_key!r} was used for another request: take a new one")
        self.idempotency_key = idempotency_key


class RecordUnsafe(RecordError):
    """The database could lose what it acknowledged: an old SQLite, no WAL, `synchronous` below FULL, `fsync` off."""


class RecordBroken(OperationalError):
    """The disk failed under the record: what is in memory can no longer be trusted. The process has to exit.

    The write under way may or may not be there after the restart: the client sends it again with the same key.
    """


class RecordFull(OperationalError):
    """There is no room on the disk. Nothing was written; reading goes on."""
