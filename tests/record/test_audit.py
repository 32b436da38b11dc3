"""Whatever byte of the database is changed, the audit finds it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, models, transaction
from django.db.utils import DataError, IntegrityError

from standfirst.record import audit as auditing
from standfirst.record import forget
from standfirst.record import models as record
from standfirst.record.audit import audit
from tests.conftest import triggers_down
from tests.record.making import posted, write

pytestmark = pytest.mark.usefixtures("transactional_db")

TABLES = [record.Stream, record.Entry, record.Text, record.Erasure, record.Receipt]
NORMAL = 23
"""Every how manieth byte is flipped in the normal suite. A prime, so that each column is met at many places."""


@pytest.fixture
def written() -> None:
    write("flood", posted("a", "Water rose."), posted("b"), answer={"id": "b"}, fingerprint="f" * 8)
    write("flood", ("UpdateErased", 1, {"id": "a"}), after=2, erases=[1])
    write("storm", posted("c"))


def cells() -> Iterator[tuple[type[models.Model], models.Field, str, object]]:
    """Every value in the record's tables: table, column, key of the row, value."""
    for table in TABLES:
        for row in table.objects.order_by("pk"):
            for column in table._meta.concrete_fields:
                yield table, column, row.pk, getattr(row, column.attname)


def flipped(value: object) -> Iterator[object]:
    """The value with each byte changed by one bit, another one each time; a number with each of its bits changed."""
    if isinstance(value, int):
        yield from (value ^ 1 << bit for bit in range(62))
    else:
        raw = value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]
        for place, byte in enumerate(raw):
            for bit in (place % 7, 7):
                yield raw[:place] + bytes([byte ^ 1 << bit]) + raw[place + 1 :]


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def put(table: type[models.Model], column: models.Field, key: str, value: object) -> bool:
    """Write past everything that guards the row. False: the database cannot hold such a value at all."""
    cast = "%s" if isinstance(value, int) or column.get_internal_type() == "BinaryField" else "CAST(%s AS TEXT)"
    if isinstance(value, bytes) and column.get_internal_type() != "BinaryField" and connection.vendor == "postgresql":
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return False
        if "\x00" in value:
            return False
    sql = f'UPDATE {table._meta.db_table} SET "{column.column}" = {cast} WHERE "{table._meta.pk.column}" = %s'
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(sql, [value, key])
        except (DataError, IntegrityError):
            return False
        return True


def missed(every: int) -> list[str]:
    """Flipped bytes that the audit does not see, `every` so manieth of all."""
    unseen, count = [], 0
    for table, column, key, value in list(cells()):
        for other in flipped(value):
            count += 1
            if count % every:
                continue
            with undone():
                with triggers_down(connection):
                    took = put(table, column, key, other)
                if took and not any(audit()):
                    unseen.append(f"{table.__name__}.{column.name} of {key}: {other!r}")
    assert count > 4000
    return unseen


def test_a_record_as_written_has_no_fault(written: None) -> None:
    assert list(audit()) == []


def test_flipped_bytes_are_found_in_every_column(written: None) -> None:
    assert missed(NORMAL) == []


@pytest.mark.soak
def test_every_flipped_byte_is_found(written: None) -> None:
    assert missed(1) == []


@pytest.mark.parametrize(
    ("part", "sql", "told"),
    [
        ("_receipts", "UPDATE record_receipt SET answer = '2' WHERE stream = 'storm'", "does not match its digest"),
        ("_strays", "INSERT INTO record_text SELECT 'x', 'y', opening FROM record_text LIMIT 1", "belong to no entry"),
        ("_erasures", "DELETE FROM record_erasure", "the erasure is not there"),
        ("verify_sealed", "UPDATE record_stream SET hash = name WHERE name = 'flood'", "the head has another hash"),
    ],
)
def test_control_each_part_finds_what_no_other_does(
    part: str, sql: str, told: str, written: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "_guards", lambda: iter(()))
    with undone():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA defer_foreign_keys = ON" if connection.vendor == "sqlite" else "SELECT 1")
        with triggers_down(connection), connection.cursor() as cursor:
            cursor.execute(sql)
        assert [told in fault.what for fault in audit()] == [True]
        monkeypatch.setattr(auditing, part, lambda *args: iter(()))
        if part == "verify_sealed":  # which reads the rows as it goes
            monkeypatch.setattr(auditing, "_erasures", lambda *args: iter(()))
        assert list(audit()) == []


def test_a_tail_cut_off_with_its_head_moved_back_is_told_by_the_receipts(written: None) -> None:
    """The chain looks whole: only those who were answered know better."""
    with undone():
        with triggers_down(connection), connection.cursor() as cursor:
            cursor.execute("DELETE FROM record_erasure")
            cursor.execute("DELETE FROM record_text WHERE entry IN (SELECT hash FROM record_entry WHERE seq = 3)")
            cursor.execute("DELETE FROM record_entry WHERE seq = 3")
            cursor.execute(
                "UPDATE record_stream SET seq = 2, hash = e.hash FROM record_entry e"
                " WHERE name = 'flood' AND e.stream = 'flood' AND e.seq = 2"
            )
        assert any("was acknowledged" in fault.what for fault in audit())


def test_words_taken_without_an_entry_are_found(written: None) -> None:
    with undone():
        with triggers_down(connection), connection.cursor() as cursor:
            cursor.execute("DELETE FROM record_text WHERE entry IN (SELECT hash FROM record_entry WHERE seq = 2)")
        assert [(fault.seq, fault.what) for fault in audit()] == [
            (2, "words are missing, and no later entry erases them")
        ]


@pytest.mark.skipif("os.environ.get('STANDFIRST_DATABASE')", reason="is about SQLite's log")
def test_no_snapshot_is_held_from_one_stream_to_the_next(written: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that erased words can leave the log while a long audit runs."""
    emptied: list[str] = []
    whole = auditing._stream

    def between(name: str, erased: set[auditing.Place]) -> Iterator[auditing.Fault]:
        write(f"{name}-after", posted("d", "secret"))
        write(f"{name}-after", ("UpdateErased", 1, {"id": "d"}), after=1, erases=[1])
        emptied.extend([name] if forget.log_emptied() else [])
        return whole(name, erased)

    monkeypatch.setattr(auditing, "_stream", between)
    assert list(audit()) == []
    assert emptied == ["flood", "storm"]
