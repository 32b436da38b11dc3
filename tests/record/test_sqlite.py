"""The SQLite backend takes only a database that keeps what it acknowledges, and says when the disk fails."""

import datetime
import decimal
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection, connections
from django.db.utils import IntegrityError, OperationalError

from standfirst.record import checks, journal
from standfirst.record.audit import audit
from standfirst.record.errors import RecordBroken, RecordFull, RecordUnsafe
from standfirst.record.sqlite import base
from tests.record.making import posted, write

pytestmark = [
    pytest.mark.usefixtures("transactional_db"),
    pytest.mark.skipif("os.environ.get('STANDFIRST_DATABASE')", reason="is about SQLite"),
]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Any]:
    """Makes a connection to a database of its own, with the options given."""
    made = []

    def connect(name: str = "", **options: Any) -> base.DatabaseWrapper:
        given = {**connections.settings["default"], "NAME": name or str(tmp_path / "a.sqlite3"), "OPTIONS": options}
        made.append(base.DatabaseWrapper(given, "fresh"))
        made[-1].inc_thread_sharing()
        made[-1].ensure_connection()
        return made[-1]

    yield connect
    for each in made:
        each.close()


def pragma(database: Any, name: str) -> Any:
    with database.cursor() as cursor:
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]


def test_every_connection_keeps_what_it_says(fresh: Any) -> None:
    database = fresh()
    names = ["journal_mode", "synchronous", "foreign_keys", "secure_delete", "recursive_triggers"]
    assert [pragma(database, name) for name in names] == ["wal", 2, 1, 1, 1]
    assert database.Database.sqlite_version_info >= base.OLDEST
    assert database.transaction_mode == "IMMEDIATE"


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("", {"init_command": "PRAGMA synchronous = NORMAL"}, "synchronous=1, below 2"),
        ("", {"init_command": "PRAGMA journal_mode = DELETE"}, "journal_mode=delete, not wal"),
        (":memory:", {}, "journal_mode=memory, not wal"),
    ],
)
def test_a_database_that_could_lose_something_is_refused(fresh: Any, name: str, options: dict, told: str) -> None:
    with pytest.raises(RecordUnsafe, match=told):
        fresh(name, **options)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


PRIVATE = dict.fromkeys(["a.sqlite3", "a.sqlite3-wal", "a.sqlite3-shm"], 0o600)


def test_a_new_database_is_its_owners_alone(fresh: Any, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        run(fresh(), "CREATE TABLE t (a)")
    finally:
        os.umask(before)
    assert modes(tmp_path) == PRIVATE


def test_an_open_database_is_closed_to_others(fresh: Any, tmp_path: Path) -> None:
    run(fresh(), "CREATE TABLE t (a)")
    for name in PRIVATE:
        (tmp_path / name).chmod(0o644)
    fresh()
    assert modes(tmp_path) == PRIVATE


def test_control_without_the_guard_others_can_read(fresh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for guard in ("make_private", "keep_private"):
        monkeypatch.setattr(base, guard, lambda name: None)
    before = os.umask(0o022)
    try:
        run(fresh(), "CREATE TABLE t (a)")
    finally:
        os.umask(before)
    assert set(modes(tmp_path).values()) == {0o644}


LOCK = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)  # the bytes that SQLite's readers share
"""


def another_process_can_lock(path: Path) -> bool:
    return subprocess.run([sys.executable, "-c", LOCK, str(path)], stderr=subprocess.DEVNULL).returncode == 0


def test_connecting_does_not_drop_the_locks_of_other_connections(fresh: Any, tmp_path: Path) -> None:
    first = fresh()
    run(first, "CREATE TABLE t (a)")
    run(fresh(), "SELECT * FROM t")
    assert not another_process_can_lock(tmp_path / "a.sqlite3")
    (tmp_path / "a.sqlite3").open("rb").close()  # control: this is how it would be done
    assert another_process_can_lock(tmp_path / "a.sqlite3")


def test_a_folder_that_is_not_there_is_said_by_sqlite(fresh: Any, tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match="unable to open"):
        fresh(str(tmp_path / "missing" / "a.sqlite3"))


def test_an_old_sqlite_is_refused(fresh: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "OLDEST", (9, 0, 0))
        with pytest.raises(RecordUnsafe, match=r"SQLite 3\.\S+ can corrupt its log: install .* 9\.0\.0 or later"):
            fresh()


def test_the_checks_pass_here_and_name_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_checks(tags=["database"], databases=["default"]) == []
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.sqlite3")
    (found,) = run_checks(tags=["database"], databases=["default"])
    assert (found.id, found.obj) == ("record.E001", "default")
    with pytest.raises(RecordUnsafe, match=r"use 'standfirst\.record\.sqlite'"):
        checks.refuse_unsafe()


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        (base.Database.SQLITE_IOERR, RecordBroken),
        (base.Database.SQLITE_IOERR | 4 << 8, RecordBroken),  # SQLITE_IOERR_FSYNC
        (base.Database.SQLITE_CORRUPT, RecordBroken),
        (base.Database.SQLITE_FULL, RecordFull),
        (base.Database.SQLITE_CONSTRAINT, IntegrityError),
    ],
)
def test_a_failing_disk_is_told_apart(code: int, raised: type[Exception]) -> None:
    error = base.Database.IntegrityError("it failed")
    error.sqlite_errorcode = code
    with pytest.raises(raised, match="it failed") as caught, connection.wrap_database_errors:
        raise error
    assert caught.type is raised


def test_a_file_that_is_no_database_breaks_the_record(fresh: Any, tmp_path: Path) -> None:
    (tmp_path / "a.sqlite3").write_bytes(b"no database at all" * 400)
    with pytest.raises(RecordBroken, match="check the disk"):
        fresh()


def test_values_pass_through_the_driver_unchanged(fresh: Any) -> None:
    with fresh().cursor() as cursor:
        cursor.execute("CREATE TABLE t (a datetime, b date, c time, d bool, e decimal, f text)")
        when = datetime.datetime(2026, 3, 1, 11, 42, 7, 250)  # noqa: DTZ001  # as Django hands it to a driver
        row = (when, when.date(), "11:42:07", True, decimal.Decimal("1.10"), "100 %")
        cursor.execute("INSERT INTO t VALUES (%s, %s, %s, %s, %s, %s)", row)
        cursor.execute("SELECT * FROM t WHERE f = %(f)s AND f LIKE '100 %%'", {"f": "100 %"})
        assert cursor.fetchone() == (when, when.date(), datetime.time(11, 42, 7), True, 1.1, "100 %")
        cursor.executemany("INSERT INTO t (f) VALUES (%s)", ([word] for word in ("a", "b")))
        cursor.executemany("INSERT INTO t (f) VALUES (%(f)s)", [{"f": "c"}])
        assert cursor.execute("SELECT count(*) FROM t").fetchone() == (4,)


def begin(database: base.DatabaseWrapper) -> None:
    database._start_transaction_under_autocommit()


def run(database: base.DatabaseWrapper, sql: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(sql).fetchall()


def test_a_transaction_waits_for_the_write_lock_when_it_begins(fresh: Any) -> None:
    first, second = fresh(timeout=0), fresh(timeout=0)
    begin(first)
    with pytest.raises(OperationalError, match="locked"):
        begin(second)
    run(first, "CREATE TABLE t (a)")
    run(first, "COMMIT")
    begin(second)
    run(second, "INSERT INTO t VALUES (1)")


def test_control_a_deferred_transaction_is_thrown_out_in_its_midst(fresh: Any) -> None:
    """It has read and decided, and no waiting helps: what it read is old."""
    first, second = (fresh(timeout=0, transaction_mode="DEFERRED") for _ in range(2))
    run(first, "CREATE TABLE t (a)")
    for database in (first, second):
        begin(database)
        run(database, "SELECT * FROM t")
    run(first, "INSERT INTO t VALUES (1)")
    run(first, "COMMIT")
    with pytest.raises(OperationalError, match="locked"):
        run(second, "INSERT INTO t VALUES (2)")


def test_a_full_disk_refuses_the_write_and_reading_goes_on() -> None:
    write("flood", posted("a"))
    pages, free, size = (pragma(connection, name) for name in ("page_count", "freelist_count", "page_size"))
    words = "x" * (free * size + 60_000)  # more than the pages that earlier tests left free
    pragma(connection, f"max_page_count = {pages}")
    try:
        with pytest.raises(RecordFull, match="make room on the disk"):
            write("flood", posted("b", words), after=1)
        assert [entry.data()["id"] for entry in journal.read("flood")] == ["a"]
    finally:
        pragma(connection, "max_page_count = 1073741823")
    assert write("flood", posted("b", words), after=1).last == 2
    assert list(audit()) == []
