"""Erasing removes the words and nothing else: the log verifies as before, and the words are nowhere in the files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from standfirst.record import forget, journal
from standfirst.record.audit import audit
from standfirst.record.entry import ERASED, public
from standfirst.site.source import JournalSource
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
        monkeypatch.setattr(forget, "committed", lambda: None)
    erase()
    left = SECRET.encode() in files()
    connection.close()
    assert left


@contextmanager
def long_reader() -> Iterator[None]:
    """Somebody who reads the database as it was, for as long as this lasts."""
    from standfirst.record.sqlite.base import Database

    reader = Database.connect(connection.settings_dict["NAME"])
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM record_text").fetchall()
    yield
    reader.close()


@sqlite_only
def test_words_that_a_reader_holds_in_the_log_go_when_it_is_through(written: None) -> None:
    with long_reader():
        erase()
        assert not forget.log_emptied()
        assert SECRET.encode() in files()
    assert forget.log_emptied()
    assert SECRET.encode() not in files()


@sqlite_only
def test_another_process_that_was_killed_over_its_erasure_is_made_up_for(
    written: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert forget.log_emptied()
    monkeypatch.setattr(forget, "committed", lambda: None)
    erase()
    assert SECRET.encode() in files()
    assert JournalSource().heads() == {"flood": 4}  # as the server asks every few seconds
    assert SECRET.encode() not in files()


@sqlite_only
def test_nobody_waits_for_a_long_reader(written: None) -> None:
    """With patience, the checkpoint would keep every writer waiting as long as the reader reads."""
    patience: list[int] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "wal_checkpoint" in sql:
            patience.append(connection.connection.execute("PRAGMA busy_timeout").fetchone()[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch), long_reader():
        erase()
    assert patience == [0]
    assert connection.connection.execute("PRAGMA busy_timeout").fetchone()[0] > 0
