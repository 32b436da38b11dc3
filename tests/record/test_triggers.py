"""The database itself refuses to change what was written, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from standfirst.record import models, triggers
from standfirst.record.audit import audit
from tests.conftest import triggers_down
from tests.record.making import posted, write

pytestmark = pytest.mark.usefixtures("transactional_db")

CHANGES = [
    "UPDATE record_entry SET form = form",
    "UPDATE record_text SET opening = opening",
    "UPDATE record_receipt SET answer = '1'",
    "UPDATE record_erasure SET by = entry",
    "UPDATE record_stream SET seq = seq",
    "UPDATE record_stream SET seq = seq - 1",
    "UPDATE record_stream SET name = 'other', seq = seq + 1",
    "DELETE FROM record_entry",
    "DELETE FROM record_text WHERE entry NOT IN (SELECT entry FROM record_erasure)",
    "DELETE FROM record_receipt",
    "DELETE FROM record_erasure",
    "DELETE FROM record_stream",
]


@pytest.fixture
def written() -> None:
    write("flood", posted("a"), posted("b"))
    write("flood", ("UpdateErased", 1, {"id": "a"}), after=2, erases=[1])


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_what_was_written_stays(statement: str, written: None) -> None:
    with pytest.raises(DatabaseError, match="refused"):
        run(statement)
    assert list(audit()) == []


@pytest.mark.parametrize("statement", CHANGES)
def test_control_without_triggers_nothing_is_refused(statement: str, written: None) -> None:
    with triggers_down(connection), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", sorted(triggers.KEYS))
def test_truncating_and_replacing_are_refused(table: str, written: None) -> None:
    statement = f"TRUNCATE {table} CASCADE"
    if connection.vendor == "sqlite":
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(DatabaseError, match="refused"):
        run(statement)


def test_no_number_is_skipped(written: None) -> None:
    with pytest.raises(DatabaseError, match="no number is skipped"), transaction.atomic():
        models.Entry.objects.create(hash="f" * 64, stream_id="flood", seq=5, form=b"{}")


def test_the_migration_sets_every_trigger() -> None:
    ours = {name for name in triggers.present(connection) if name.startswith("record_")}
    assert ours == triggers.expected(connection.vendor)


def test_a_missing_trigger_is_found(written: None) -> None:
    down = {
        "sqlite": "DROP TRIGGER record_entry_update",
        "postgresql": "ALTER TABLE record_entry DISABLE TRIGGER record_entry_update",
    }
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(down[connection.vendor])
        assert [fault.what for fault in audit()] == ["the trigger record_entry_update is gone"]
        transaction.set_rollback(True)
    assert list(audit()) == []
