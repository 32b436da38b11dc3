"""Is the database what it was? Every byte of every column of the record's tables is compared with what proves it.

`seal` checks the chains; here is the rest: what repeats them (heads, erasures), what answers for them (receipts), and
what guards them (triggers, the file). Reads one story at a time as it was at one moment, and holds nobody up: SQLite's
log can be emptied in between (see `forget`). What is written meanwhile may be left to the next audit.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from django.db import connection

from standfirst.record import models, triggers
from standfirst.record.entry import parse
from standfirst.record.journal import digest
from standfirst.record.seal import Fault, Head, Sealed, verify_sealed

BATCH = 500
_HEX = re.compile(r"[0-9a-f]{64}")

Place = tuple[str, int]
"""Stream and number."""


def audit() -> Iterator[Fault]:
    """Everything that is wrong with the record in this database; nothing if it is what was written."""
    yield from _guards()
    erased: set[Place] = set()
    with snapshot():
        names = set(models.Stream.objects.values_list("name", flat=True))
        names.update(models.Entry.objects.values_list("stream_id", flat=True).distinct())
    for name in sorted(names):
        yield from _stream(name, erased)
    with snapshot():
        yield from _strays()
        yield from _erasures(erased)
        yield from _receipts(dict(models.Stream.objects.values_list("name", "seq")))


def _stream(name: str, erased: set[Place]) -> Iterator[Fault]:
    """One stream, in one snapshot. Notes in `erased` what its entries erase."""
    if not _is_text(name):  # nothing can be asked about it
        yield Fault("", None, f"a stream's name is no text ({name!r})")
        return
    with snapshot():
        heads = models.Stream.objects.filter(name=name).values_list("name", "seq", "hash")
        yield from verify_sealed(_rows(name, erased), {name: Head(seq, hash) for name, seq, hash in heads})


def _is_text(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name) and "\0" not in name


def _guards() -> Iterator[Fault]:
    """The triggers stand, and SQLite finds its file sound: tables, indexes, links between tables."""
    for name in sorted(triggers.expected(connection.vendor) - triggers.present(connection)):
        yield Fault("", None, f"the trigger {name} is gone", "put it back: it refuses changes of what was written")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for (line,) in cursor.execute("PRAGMA integrity_check").fetchall():
                if line != "ok":
                    yield Fault("", None, f"SQLite finds the file damaged: {line}")


@contextmanager
def snapshot() -> Iterator[None]:
    """One state of the database for all that is read inside; text that is no Unicode is let through to be found."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        before = connection.connection.text_factory
        connection.connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        begin = "BEGIN"  # reads only, so without the write lock that atomic() would take
    else:
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    alone = not connection.in_atomic_block
    with connection.cursor() as cursor:
        if alone:
            cursor.execute(begin)
        try:
            yield
        finally:
            if alone:
                cursor.execute("ROLLBACK")
            if connection.vendor == "sqlite":
                connection.connection.text_factory = before


def _rows(name: str, erased: set[Place]) -> Iterator[Sealed]:
    """A stream's entries with the words that hang on them, by number. Notes in `erased` what they erase."""
    entries = models.Entry.objects.filter(stream=name).order_by("seq")
    rows = entries.values_list("hash", "stream_id", "seq", "form")
    found = rows.iterator(BATCH)
    while batch := list(islice(found, BATCH)):
        openings: dict[str, dict[str, bytes]] = {hash: {} for hash, _, _, _ in batch}
        hashes = [hash for hash in openings if _HEX.fullmatch(hash)]  # another is a fault, and no parameter
        texts = models.Text.objects.filter(entry_id__in=hashes).values_list("entry_id", "commitment", "opening")
        for hash, commitment, opening in texts:
            openings[hash][commitment] = bytes(opening)
        for hash, stream, seq, form in batch:
            erased.update((stream, number) for number in _erases(bytes(form)))
            yield Sealed(stream=stream, seq=seq, hash=hash, form=bytes(form), openings=openings[hash])


def _erases(form: bytes) -> tuple[int, ...]:
    try:
        return parse(form, "", {}).erases
    except ValueError:  # said by verify_sealed
        return ()


def _strays() -> Iterator[Fault]:
    """Words that belong to no entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.commitment FROM record_text t LEFT JOIN record_entry e ON e.hash = t.entry WHERE e.hash IS NULL"
        )
        for (commitment,) in cursor.fetchall():
            yield Fault("", None, f"words belong to no entry ({commitment})")


def _erasures(erased: set[Place]) -> Iterator[Fault]:
    """The rows that let words go are those that the entries speak of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x.entry, e.stream, e.seq, b.stream, b.form FROM record_erasure x"
            " LEFT JOIN record_entry e ON e.hash = x.entry LEFT JOIN record_entry b ON b.hash = x.by"
        )
        rows = cursor.fetchall()
    for entry, stream, seq, by_stream, by_form in rows:
        if stream is None or by_form is None:
            yield Fault("", None, f"an erasure names an entry that is not there ({entry})")
        elif stream != by_stream or seq not in _erases(bytes(by_form)):
            yield Fault(stream, seq, "an erasure names an entry that does not speak of it")
    for stream, seq in sorted(erased - {(row[1], row[2]) for row in rows}):
        yield Fault(stream, seq, "an entry erases its words, but the erasure is not there")


def _receipts(heads: dict[str, int]) -> Iterator[Fault]:
    """Every answer is what was given, and what it acknowledged is there."""
    for row in models.Receipt.objects.iterator(BATCH):
        try:
            genuine = digest(row) == row.digest
        except ValueError:  # a column holds what is no text any more
            genuine = False
        if not genuine:
            yield Fault(row.stream, None, f"the receipt for key {row.idempotency_key!r} does not match its digest")
        elif row.first <= row.last and (row.stream not in heads or heads[row.stream] < row.last):
            yield Fault(row.stream, row.last, f"was acknowledged to key {row.idempotency_key!r}, but is not there")
