"""Append, read, follow: the only code that touches the record's tables.

A write is one transaction: it locks the stream's row (SQLite: the database), compares the number that the caller
decided on, and stores entries, words, head and receipt together. So numbers have no gaps, and a write that is sent
again after any failure gets the answer that the first one would have got.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection, transaction

from standfirst.record import forget, models, postgres, waking
from standfirst.record.entry import (
    JSON,
    SALT_BYTES,
    START,
    Entry,
    Opening,
    Text,
    canonical,
    parse,
    preimage,
    read_preimage,
    seal,
    sha256,
)
from standfirst.record.errors import KeyReused, RecordBroken, RecordError, RecordFull, RecordUnsafe, SeqTaken
from standfirst.record.waking import listen, nudge, on_commit

__all__ = [
    "Appended",
    "KeyReused",
    "Receipt",
    "RecordBroken",
    "RecordError",
    "RecordFull",
    "RecordUnsafe",
    "SeqTaken",
    "append",
    "changes_token",
    "heads",
    "listen",
    "nudge",
    "on_commit",
    "read",
    "receipt",
    "tail",
]

CHUNK = 200
"""Entries fetched at once."""
Event = tuple[str, int, Mapping[str, JSON | Text]]
"""Kind, version, payload: as `story.events.dump` gives it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is kept about a write: entries `first` to `last` of `stream` (none if `last` is below `first`)."""

    fingerprint: str
    stream: str
    first: int
    last: int
    answer: JSON


@dataclass(frozen=True, slots=True)
class Appended:
    """A write that is in the record. `replayed`: it was already, and this is the first one's answer."""

    first: int
    last: int
    replayed: bool
    answer: JSON


def append(
    stream: str,
    expected_seq: int,
    events: Sequence[Event],
    actor: str,
    idempotency_key: str,
    *,
    at: datetime,
    answer: JSON = None,
    fingerprint: str = "",
    erases: Iterable[int] = (),
    salt: Callable[[], bytes] = lambda: os.urandom(SALT_BYTES),
) -> Appended:
    """Append events to a stream that is at `expected_seq` (0: it does not exist yet); all of them or none.

    `erases` names earlier entries of the stream whose words go for good (from the files: see `forget`); the first
    event's entry says so. `answer` is what the same key gets ever after: ids and numbers only, for words in it could
    not be erased. No events leave a receipt only. Raises SeqTaken, KeyReused (another `fingerprint` or stream) and
    ValueError for what cannot be recorded.
    """
    _refuse_long(
        stream=(stream, 80), actor=(actor, 200), idempotency_key=(idempotency_key, 200), fingerprint=(fingerprint, 128)
    )
    erases = tuple(sorted(set(erases)))
    with transaction.atomic():
        postgres.lock_key(actor, idempotency_key)
        head = models.Stream.objects.select_for_update().filter(name=stream).first()
        if (known := receipt(actor, idempotency_key)) is not None:
            if (known.fingerprint, known.stream) != (fingerprint, stream):
                raise KeyReused(idempotency_key)
            return Appended(known.first, known.last, True, known.answer)
        if expected_seq != (actual := head.seq if head else 0):
            raise SeqTaken(stream, expected_seq, actual)
        if erases and (not events or erases[0] < 1 or erases[-1] > expected_seq):
            raise ValueError(
                f"cannot erase the words of entries {erases} of {stream}: name entries up to {expected_seq}"
            )
        entries: list[Entry] = []
        prev = head.hash if head else START
        for seq, (kind, version, payload) in enumerate(events, expected_seq + 1):
            erased = erases if seq == expected_seq + 1 else ()
            entries.append(seal(stream, seq, at, kind, version, actor, payload, prev, salt, erases=erased))
            prev = entries[-1].hash
        kept = Receipt(fingerprint, stream, expected_seq + 1, expected_seq + len(events), answer)
        if entries:
            _store(entries, new=head is None)
        _keep(kept, actor, idempotency_key)
        if erases:
            _erase(entries[0])
        if entries:
            postgres.notify(stream, kept.last)
            transaction.on_commit(lambda: waking.tell(stream, kept.last), robust=True)
        if erases:
            transaction.on_commit(forget.committed, robust=True)
    return Appended(kept.first, kept.last, False, answer)


def receipt(actor: str, idempotency_key: str) -> Receipt | None:
    """What was answered to this key of this actor, if anything."""
    row = models.Receipt.objects.filter(actor=actor, idempotency_key=idempotency_key).first()
    if row is None:
        return None
    return Receipt(row.fingerprint, row.stream, row.first, row.last, msgspec.json.decode(row.answer))


def read(stream: str, first: int = 1, last: int | None = None) -> Iterator[Entry]:
    """Entries `first` to `last` (None: the end) in order, fetched in chunks: none if there are none."""
    while last is None or first <= last:
        upto = first + CHUNK - 1 if last is None else min(first + CHUNK - 1, last)
        rows = list(models.Entry.objects.filter(stream=stream, seq__range=(first, upto)).order_by("seq"))
        openings: dict[str, dict[str, Opening]] = {row.hash: {} for row in rows}
        for text in models.Text.objects.filter(entry__stream=stream, entry__seq__range=(first, upto)):
            openings.setdefault(text.entry_id, {})[text.commitment] = read_preimage(bytes(text.opening))
        for row in rows:
            yield parse(bytes(row.form), row.hash, openings[row.hash])
        if len(rows) < CHUNK:
            return
        first = upto + 1


def tail(stream: str, after: int) -> list[Entry]:
    """Every entry behind number `after`."""
    return list(read(stream, after + 1))


def heads() -> dict[str, int]:
    """Every stream with the number of its last entry."""
    return dict(models.Stream.objects.order_by("name").values_list("name", "seq"))


def changes_token() -> object:
    """Compare it with an earlier one of the same thread: unequal if another process wrote in between.

    SQLite: `PRAGMA data_version`, which sees other connections only. PostgreSQL: `listen` brings the news unasked.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA data_version")
        else:
            cursor.execute("SELECT coalesce(sum(seq), 0) FROM record_stream")
        return cursor.fetchone()[0]


def digest(row: models.Receipt) -> str:
    """What a receipt's `digest` has to be. Raises ValueError if a column holds what cannot be text."""
    return sha256(
        canonical(
            {
                "actor": row.actor,
                "idempotency_key": row.idempotency_key,
                "fingerprint": row.fingerprint,
                "stream": row.stream,
                "first": row.first,
                "last": row.last,
                "answer": row.answer,
            }
        )
    )


def _refuse_long(**given: tuple[str, int]) -> None:
    for name, (value, limit) in given.items():
        if len(value) > limit or "\x00" in value:
            raise ValueError(
                f"{name}={value[:40]!r}… has {len(value)} characters: give at most {limit}, none of them NUL"
            )


def _store(entries: list[Entry], *, new: bool) -> None:
    """The entries with their words, and the head that they move."""
    last = entries[-1]
    if new:
        _open(last.stream)
    models.Entry.objects.bulk_create(
        [models.Entry(hash=e.hash, stream_id=e.stream, seq=e.seq, form=e.form()) for e in entries]
    )
    models.Text.objects.bulk_create(
        [
            models.Text(commitment=commitment, entry_id=e.hash, opening=preimage(opening))
            for e in entries
            for commitment, opening in e.openings.items()
        ]
    )
    models.Stream.objects.filter(name=last.stream).update(seq=last.seq, hash=last.hash)


def _open(stream: str) -> None:
    """A head for a new stream. Raises SeqTaken if another writer opened it (PostgreSQL waits for that one to end)."""
    sql = "INSERT INTO record_stream (name, seq, hash) VALUES (%s, 0, %s) ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(sql, [stream, START])
        if cursor.rowcount == 0:
            raise SeqTaken(stream, 0, models.Stream.objects.get(name=stream).seq)


def _keep(kept: Receipt, actor: str, idempotency_key: str) -> None:
    row = models.Receipt(
        actor=actor,
        idempotency_key=idempotency_key,
        fingerprint=kept.fingerprint,
        stream=kept.stream,
        first=kept.first,
        last=kept.last,
        answer=canonical(kept.answer).decode(),
    )
    row.digest = digest(row)
    row.save(force_insert=True)


def _erase(by: Entry) -> None:
    """Let go of the words that `by` erases, and keep the proof. Who wrote them stays known, to the record only."""
    rows = list(models.Entry.objects.filter(stream=by.stream, seq__in=by.erases))
    gone = set(models.Erasure.objects.filter(entry__in=rows).values_list("entry_id", flat=True))
    rows = [row for row in rows if row.hash not in gone]
    models.Erasure.objects.bulk_create([models.Erasure(entry_id=row.hash, by_id=by.hash) for row in rows])
    words = [c for row in rows for c in parse(bytes(row.form), row.hash, {}).commitments()]
    models.Text.objects.filter(commitment__in=words).delete()
