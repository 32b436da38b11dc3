"""Erasing removes the words and nothing else: the log verifies as before, and the words are nowhere in the files."""

from pathlib import Path

import pytest
from django.db import connection

from standfirst.record import journal
from standfirst.record.audit import audit
from standfirst.record.entry import ERASED, public
from tests.record.making import posted, write

pytestmark = pytest.mark.usefixtures("transactional_db")

SECRET = "the name of the source is Perpetua Quillfeather"


@pytest.fixture
def written() -> None:
    write("flood", posted("a", SECRET), posted("b", "stays"))
    write("flood", posted("a", {"again": SECRET}), after=2)


def erase() -> journal.Appended:
    return write("flood", ("UpdateErased", 1, {"id": "a"}), after=3, erases=[1, 3])


def test_the_words_are_gone_and_the_proof_stays(written: None) -> None:
    before = {entry.seq: entry.hash for entry in journal.read("flood")}
    erase()
    entries = list(journal.read("flood"))
    assert [entry.data()["body"] for entry in entries[:3]] == [ERASED, "stays", ERASED]
    assert {entry.seq: entry.hash for entry in entries[:3]} == before
    assert entries[3].erases == (1, 3)
    assert not any(SECRET.encode() in public(entry) for entry in entries)
    assert list(audit()) == []


def test_who_wrote_erased_words_stays_known_to_the_record(written: None) -> None:
    erase()
    first = next(journal.read("flood"))
    assert {name: opening.value for name, opening in first.openings.items()} == {first.actor: "ann"}


def test_erasing_twice_does_no_harm(written: None) -> None:
    erase()
    write("flood", ("UpdateErased", 1, {"id": "a"}), after=4, erases=[1])
    assert list(audit()) == []


def files() -> bytes:
    """Every byte of the database file and its log."""
    path = Path(connection.settings_dict["NAME"])
    return b"".join(part.read_bytes() for part in sorted(path.parent.glob(f"{path.name}*")))


sqlite_only = pytest.mark.skipif("os.environ.get('STANDFIRST_DATABASE')", reason="reads SQLite's files")


@sqlite_only
def test_the_words_are_in_no_byte_of_the_files(written: None) -> None:
    assert SECRET.encode() in files()
    erase()
    assert SECRET.encode() not in files()
    assert b"stays" in files()


@sqlite_only
@pytest.mark.parametrize("guard", ["secure_delete", "wal_checkpoint"])
def test_control_without_the_guard_words_stay_in_the_files(
    guard: str, written: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if guard == "secure_delete":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = OFF")
    else:
        monkeypatch.setattr(journal, "_forget", lambda: None)
    erase()
    left = SECRET.encode() in files()
    connection.close()
    assert left
