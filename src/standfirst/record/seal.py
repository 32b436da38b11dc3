"""Is a log what it was? Checks bytes, not meanings: every hash, link, number and word, and that erased words are gone.

Whoever holds a copy of the log needs nothing else: `entry.read_public` and this. What a rewritten chain with all hashes
made anew would hide is told by a head that was noted elsewhere (`heads`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from standfirst.record.entry import SALT_BYTES, START, Entry, leaf_hash, parse, preimage, sha256

RESTORE = "the record was changed from outside: restore the database from a backup, and find out who can write to it"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written. `stream` is empty and `seq` None where it concerns no single one."""

    stream: str
    seq: int | None
    what: str
    remedy: str = RESTORE

    def __str__(self) -> str:
        place = f"{self.stream}/{self.seq}" if self.seq is not None else self.stream
        return f"{place}: {self.what}; {self.remedy}" if place else f"{self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream ends: the number and hash of its last entry."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An entry as evidence: the bytes that were hashed, and for each commitment the bytes that open it."""

    stream: str
    seq: int
    hash: str
    form: bytes
    openings: Mapping[str, bytes]


@dataclass(slots=True)
class _Words:
    """Of one stream: entries with words missing, entries with words, and entries that the log says were erased."""

    missing: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)


def verify(entries: Iterable[Entry], heads: Mapping[str, Head] | None = None) -> Iterator[Fault]:
    """Faults of whole streams, each from its first entry on and in order. With `heads`, each must end where it says."""
    return verify_sealed(map(_sealed, entries), heads)


def verify_sealed(rows: Iterable[Sealed], heads: Mapping[str, Head] | None = None) -> Iterator[Fault]:
    """The same for entries as they are stored, byte for byte."""
    seen: set[str] = set()
    for stream, group in groupby(rows, key=lambda row: row.stream):
        seen.add(stream)
        last = Head(0, START)
        words = _Words()
        for row in group:
            yield from _entry(row, last, words)
            last = Head(row.seq, row.hash)
        yield from _erasures(stream, words)
        if heads is not None:
            yield from _end(stream, last, heads.get(stream))
    for stream, head in (heads or {}).items():
        if stream not in seen:
            yield Fault(stream, None, f"the head says {head.seq}, but there are no entries")


def _sealed(entry: Entry) -> Sealed:
    try:
        form = entry.form()
        openings = {name: preimage(opening) for name, opening in entry.openings.items()}
    except ValueError:  # holds what no entry can hold: no bytes, which no hash fits
        form, openings = b"", {}
    return Sealed(stream=entry.stream, seq=entry.seq, hash=entry.hash, form=form, openings=openings)


def _entry(row: Sealed, last: Head, words: _Words) -> Iterator[Fault]:
    if row.seq != last.seq + 1:
        yield Fault(row.stream, row.seq, f"follows {last.seq}, where {last.seq + 1} was due")
    if leaf_hash(row.form) != row.hash:
        yield Fault(row.stream, row.seq, "the entry does not match its hash")
    for commitment, opening in row.openings.items():
        if sha256(opening) != commitment or len(opening) < SALT_BYTES:
            yield Fault(row.stream, row.seq, f"words do not match their commitment {commitment}")
    try:
        entry = parse(row.form, row.hash, {})
        canonical = entry.form() == row.form
    except ValueError as error:
        yield Fault(row.stream, row.seq, f"the entry cannot be read ({error})")
        return
    if not canonical:
        yield Fault(row.stream, row.seq, "the entry is not in canonical form")
    if (entry.stream, entry.seq) != (row.stream, row.seq):
        yield Fault(row.stream, row.seq, f"is stored in the place of {entry.stream}/{entry.seq}")
    if entry.prev != last.hash:
        yield Fault(row.stream, row.seq, f"does not link to the entry before it ({last.hash})")
    committed = set(entry.commitments())
    for commitment in row.openings.keys() - committed - {entry.actor}:
        yield Fault(row.stream, row.seq, f"has words that it never committed to ({commitment})")
    if committed - row.openings.keys():
        words.missing.add(entry.seq)
    if committed & row.openings.keys():
        words.kept.add(entry.seq)
    words.erased.update(entry.erases)
    if any(not 0 < seq < entry.seq for seq in entry.erases):
        yield Fault(row.stream, row.seq, f"erases {entry.erases}, which are not all before it")


def _erasures(stream: str, words: _Words) -> Iterator[Fault]:
    for seq in sorted(words.missing - words.erased):
        yield Fault(stream, seq, "words are missing, and no later entry erases them")
    for seq in sorted(words.kept & words.erased):
        yield Fault(stream, seq, "words are still there, though a later entry erases them")


def _end(stream: str, last: Head, head: Head | None) -> Iterator[Fault]:
    if head is None:
        yield Fault(stream, None, f"has entries up to {last.seq}, but no head")
    elif head.seq != last.seq:
        yield Fault(stream, None, f"ends at {last.seq}, but its head says {head.seq}")
    elif head.hash != last.hash:
        yield Fault(stream, head.seq, "the head has another hash than the last entry")
