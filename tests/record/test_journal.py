"""The journal keeps what it acknowledges: numbers without gaps, one answer to one key, on both databases."""

from datetime import UTC, datetime

from standfirst.record import journal
from standfirst.record.entry import Text

AT = datetime(2026, 3, 1, 11, 42, 7, 250, tzinfo=UTC)


def posted(name: str) -> journal.Event:
    return ("UpdatePosted", 1, {"id": name, "body": Text({"type": "doc", "words": f"words of {name}"})})


def test_entries_come_back_as_they_were_written(transactional_db: None) -> None:
    done = journal.append("flood", 0, [posted("a"), posted("b")], "ann", "k1", at=AT)
    assert (done.first, done.last, done.replayed) == (1, 2, False)
    assert [e.data()["id"] for e in journal.read("flood")] == ["a", "b"]
