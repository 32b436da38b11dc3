"""Entries and events to test with."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st

from standfirst.record import journal
from standfirst.record.entry import JSON, START, Entry, Text, seal

AT = datetime(2026, 3, 1, 11, 42, 7, 250, tzinfo=UTC)

_keys = count(1)


def key() -> str:
    """An idempotency key that nobody used."""
    return f"key-{next(_keys)}"


def posted(name: str, words: JSON = "some words") -> journal.Event:
    return ("UpdatePosted", 1, {"id": name, "tags": ["flood"], "headline": Text(f"Of {name}"), "body": Text(words)})


def write(stream: str, *events: journal.Event, after: int = 0, actor: str = "ann", **given: Any) -> journal.Appended:
    """Append with a fresh key."""
    return journal.append(stream, after, events, actor, key(), at=AT, **given)


def chain(
    stream: str, payloads: Sequence[dict[str, JSON | Text]], erases: dict[int, tuple[int, ...]] | None = None
) -> list[Entry]:
    """Sealed entries, one for each payload; `erases` says which of them erase which."""
    salts = (bytes([n % 256]) * 16 for n in count(1))
    made: list[Entry] = []
    for seq, payload in enumerate(payloads, 1):
        prev = made[-1].hash if made else START
        gone = (erases or {}).get(seq, ())
        at = AT + timedelta(seconds=seq)
        made.append(seal(stream, seq, at, "UpdatePosted", 1, "ann", payload, prev, lambda: next(salts), erases=gone))
    return made


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)
"""Any JSON value that an entry can hold."""

fields = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    values.filter(lambda value: not (isinstance(value, dict) and value.keys() == {"$text"})) | values.map(Text),
    max_size=5,
)
"""Any payload."""
