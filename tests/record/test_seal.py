"""Verify finds whatever was done to a log, and says nothing of one that is as it was written."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfirst.record import seal
from standfirst.record.entry import START, Entry, Text, parse, preimage, public, read_public
from standfirst.record.seal import Head, Sealed, verify, verify_sealed
from tests.record.making import chain, fields

SMALL = [{"id": "a", "body": Text("Water rose.")}, {"id": "b", "body": Text({"n": 7})}, {"id": "c"}]


def sealed(entries: list[Entry]) -> list[Sealed]:
    return [
        Sealed(
            stream=e.stream,
            seq=e.seq,
            hash=e.hash,
            form=e.form(),
            openings={name: preimage(opening) for name, opening in e.openings.items()},
        )
        for e in entries
    ]


def heads(entries: list[Entry]) -> dict[str, Head]:
    return {e.stream: Head(e.seq, e.hash) for e in entries}


def bare(entry: Entry) -> Entry:
    """The entry with its words gone, the actor's name kept."""
    return replace(entry, openings={name: opening for name, opening in entry.openings.items() if name == entry.actor})


@given(st.lists(fields, max_size=5), st.lists(fields, min_size=1, max_size=3))
def test_a_log_as_written_has_no_fault(first: list, second: list) -> None:
    flood, storm = chain("flood", first), chain("storm", second)
    assert list(verify([*flood, *storm], heads([*flood, *storm]))) == []
    assert list(verify(read_public(public(entry)) for entry in [*flood, *storm])) == []


def flips(rows: list[Sealed]) -> Iterator[tuple[str, list[Sealed]]]:
    """The rows with one bit of one byte of one field changed, for each byte."""

    def changed(data: bytes) -> Iterator[bytes]:
        for place in range(len(data)):
            for bit in (1, 128):
                yield data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]

    def text(data: str) -> Iterator[str]:
        return (other.decode("utf-8", "surrogateescape") for other in changed(data.encode()))

    for n, row in enumerate(rows):
        made: list[tuple[str, Sealed]] = []
        made += [("stream", replace(row, stream=other)) for other in text(row.stream)]
        made += [("hash", replace(row, hash=other)) for other in text(row.hash)]
        made += [("seq", replace(row, seq=row.seq ^ 1 << bit)) for bit in range(63)]
        made += [("form", replace(row, form=other)) for other in changed(row.form)]
        for name, opening in row.openings.items():
            rest = {other: raw for other, raw in row.openings.items() if other != name}
            made += [("opening", replace(row, openings={**rest, name: other})) for other in changed(opening)]
            made += [("commitment", replace(row, openings={**rest, other: opening})) for other in text(name)]
        for field, broken in made:
            yield f"{field} of {row.seq}", [*rows[:n], broken, *rows[n + 1 :]]


def test_every_flipped_byte_is_found() -> None:
    entries = chain("flood", SMALL)
    missed = [what for what, rows in flips(sealed(entries)) if not any(verify_sealed(rows, heads(entries)))]
    assert missed == []


def test_control_without_the_commitment_check_a_flipped_word_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sealed(chain("flood", SMALL))
    opening = next(raw for raw in rows[0].openings.values() if b"Water" in raw)
    name = next(name for name, raw in rows[0].openings.items() if raw == opening)
    flipped = opening.replace(b"Water", b"Wbter")
    rows[0] = replace(rows[0], openings={**rows[0].openings, name: flipped})
    assert [fault.what for fault in verify_sealed(rows)] == [f"words do not match their commitment {name}"]
    real = seal.sha256
    monkeypatch.setattr(seal, "sha256", lambda data: name if data == flipped else real(data))
    assert list(verify_sealed(rows)) == []


def test_control_without_the_hash_check_a_flipped_entry_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sealed(chain("flood", SMALL))
    form = rows[2].form.replace(b'"id":"c"', b'"id":"d"')
    rows[2] = replace(rows[2], form=form)
    assert [fault.what for fault in verify_sealed(rows)] == ["the entry does not match its hash"]
    monkeypatch.setattr(seal, "leaf_hash", lambda form: rows[2].hash if form == rows[2].form else rows_hash(rows, form))
    assert list(verify_sealed(rows)) == []


def rows_hash(rows: list[Sealed], form: bytes) -> str:
    return next(row.hash for row in rows if row.form == form)


@pytest.mark.parametrize(
    ("done", "told"),
    [
        (lambda log: log[1:], "follows 0, where 1 was due"),
        (lambda log: [log[0], log[2]], "follows 1, where 2 was due"),
        (lambda log: [log[1], log[0], log[2]], "follows 0, where 1 was due"),
        (lambda log: [log[0], log[0], *log[1:]], "follows 1, where 2 was due"),
        (lambda log: log[:2], "ends at 2, but its head says 3"),
        (lambda log: [], "the head says 3, but there are no entries"),
        (lambda log: [log[0], bare(log[1]), log[2]], "words are missing, and no later entry erases them"),
        (lambda log: [replace(log[0], prev="1" * 64), *log[1:]], "does not link to the entry before it"),
        (lambda log: [replace(log[0], openings={**log[0].openings, **log[1].openings}), *log[1:]], "never committed"),
    ],
)
def test_what_was_taken_or_moved_is_found(done, told: str) -> None:
    log = chain("flood", SMALL)
    assert any(told in fault.what for fault in verify(done(log), heads(log)))


def test_a_stream_needs_its_head() -> None:
    log = chain("flood", SMALL)
    assert [fault.what for fault in verify(log, {})] == ["has entries up to 3, but no head"]
    assert [fault.what for fault in verify(log, {"flood": Head(3, START)})] == [
        "the head has another hash than the last entry"
    ]


def test_erased_words_leave_no_fault_and_words_that_stayed_do() -> None:
    log = chain("flood", SMALL, erases={3: (1,)})
    assert list(verify([bare(log[0]), *log[1:]], heads(log))) == []
    assert [(fault.seq, fault.what) for fault in verify(log)] == [
        (1, "words are still there, though a later entry erases them")
    ]


def test_an_entry_cannot_erase_what_is_not_before_it() -> None:
    log = chain("flood", SMALL, erases={1: (1,)})
    assert any("not all before it" in fault.what for fault in verify([bare(log[0]), *log[1:]]))


def test_an_entry_that_is_not_canonical_is_a_fault_even_with_a_fitting_hash() -> None:
    (row,) = sealed(chain("flood", SMALL[:1]))
    spaced = row.form.replace(b'"seq":1', b'"seq": 1')
    broken = replace(row, form=spaced, hash=seal.leaf_hash(spaced))
    assert [fault.what for fault in verify_sealed([broken])] == ["the entry is not in canonical form"]


def test_a_public_entry_that_cannot_be_an_entry_is_a_fault_not_a_crash() -> None:
    entry = chain("flood", SMALL)[0]
    odd = parse(entry.form().replace(b'"id":"a"', b'"id":1.5'), entry.hash, entry.openings)
    assert any(fault.what == "the entry does not match its hash" for fault in verify([odd]))


def test_a_fault_names_the_place_and_the_remedy() -> None:
    (fault,) = verify(chain("flood", SMALL), {})
    assert str(fault).startswith("flood: has entries up to 3, but no head; the record was changed from outside")
