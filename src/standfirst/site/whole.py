"""Is everything what it was, record and audit trail? And where they end: the heads, and one hash that stands for all.

The root hash is the leaf hash (as of an entry) of the RFC 8785 form of `{"form": "root/1", "audit": {"seq", "hash"},
"streams": {name: {"seq", "hash"}}}`. Two newsrooms with the same root have the same record and trail, to the last bit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import connection

from standfirst.accounts import audit as trail
from standfirst.record import audit as record
from standfirst.record.entry import START, canonical, leaf_hash
from standfirst.record.seal import Fault, Head


class Cursor(Protocol):
    """Of any of the drivers."""

    def execute(self, query: str) -> Any: ...  # Any: as the DB-API has it

    def fetchall(self) -> list[Any]: ...  # Any: rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Where each story's stream ends, and the audit trail."""

    streams: Mapping[str, Head]
    audit: Head

    def root(self) -> str:
        """The hash that stands for all of it, hex."""
        return leaf_hash(canonical({"form": "root/1", **self.written()}))

    def written(self) -> dict[str, Any]:  # Any: JSON
        """As JSON."""
        streams = {name: {"seq": head.seq, "hash": head.hash} for name, head in sorted(self.streams.items())}
        return {"audit": {"seq": self.audit.seq, "hash": self.audit.hash}, "streams": streams}


def heads(cursor: Cursor) -> Heads:
    """Those in the database that `cursor` asks, as it sees it."""
    cursor.execute("SELECT name, seq, hash FROM record_stream")
    streams = {name: Head(seq, hash) for name, seq, hash in cursor.fetchall()}
    cursor.execute("SELECT seq, hash FROM accounts_audithead")
    ends = cursor.fetchall()
    return Heads(streams=streams, audit=Head(*ends[0]) if ends else Head(0, START))


def now() -> Heads:
    """Those in this newsroom's database, all of one moment."""
    with record.snapshot(), connection.cursor() as cursor:
        return heads(cursor)


def faults() -> Iterator[Fault]:
    """Everything that is wrong with the record and with the audit trail."""
    yield from record.audit()
    with record.snapshot():
        yield from trail.faults()
