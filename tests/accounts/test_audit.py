"""The audit trail: gapless, linked, refused to every hand that would change it, and any flipped bit is found."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from standfirst.accounts import audit
from standfirst.accounts.models import AuditEntry, AuditHead
from standfirst.record import triggers
from standfirst.record.entry import START, leaf_hash
from standfirst.record.seal import Fault
from tests.conftest import triggers_down

pytestmark = pytest.mark.usefixtures("transactional_db")

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

CHANGES = [
    "UPDATE accounts_auditentry SET form = form",
    "UPDATE accounts_auditentry SET actor = actor",
    "DELETE FROM accounts_auditentry",
    "UPDATE accounts_audithead SET seq = seq",
    "UPDATE accounts_audithead SET seq = seq - 1",
    "UPDATE accounts_audithead SET seq = seq + 2",
    "DELETE FROM accounts_audithead",
]


@pytest.fixture
def clocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries are a minute apart, from noon on."""
    minutes = iter(range(10_000))
    monkeypatch.setattr(audit, "clock", lambda: NOON + timedelta(minutes=next(minutes)))


@pytest.fixture
def three(clocked: None) -> None:
    audit.note("person:aa", "0123456789abcdef", "update.post", "update flood/abc", seq=[2, 2])
    audit.note("token:bb", "", "story.change", "story flood", seq=[3, 4])
    audit.note("person:aa", "0123456789abcdef", "session.end", "person aa")


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_entries_are_numbered_and_linked(three: None) -> None:
    found = list(audit.every())
    assert [entry.seq for entry in found] == [1, 2, 3]
    assert [entry.prev for entry in found] == [START, found[0].hash, found[1].hash]
    assert all(leaf_hash(entry.form) == entry.hash for entry in found)
    assert audit.head() == (3, found[2].hash)
    assert list(audit.faults()) == []


def test_the_canonical_form_is_this(three: None) -> None:
    first = next(audit.every())
    assert first.form == (
        b'{"action":"update.post","actor":"person:aa","at":"2026-03-01T12:00:00.000000Z","detail":{"seq":[2,2]},'
        b'"form":"audit/1","prev":"' + b"0" * 64 + b'","seq":1,"session":"0123456789abcdef","thing":"update flood/abc"}'
    )


def test_entries_are_found_by_time_actor_and_number(three: None) -> None:
    assert [entry.seq for entry in audit.entries()] == [3, 2, 1]
    assert [entry.seq for entry in audit.entries(since=NOON + timedelta(minutes=1))] == [3, 2]
    assert [entry.seq for entry in audit.entries(actor="person:aa")] == [3, 1]
    assert [entry.seq for entry in audit.entries(before=3, limit=1)] == [2]


def test_an_entry_goes_with_the_transaction_that_it_tells_of() -> None:
    with transaction.atomic():
        audit.note("person:aa", "", "freeze", "newsroom")
        transaction.set_rollback(True)
    assert audit.head() == (0, START)


@pytest.mark.parametrize(
    "given",
    [
        {"actor_id": "a" * 201},
        {"session": "a\nb"},
        {"action": "Freeze!"},
        {"thing": "story \0"},
        {"more": "x" * 5000},
        {"more": 0.5},
    ],
)
def test_what_cannot_be_noted_is_refused(given: dict) -> None:
    fields = {"actor_id": "person:aa", "session": "", "action": "freeze", "thing": "newsroom", **given}
    with pytest.raises(ValueError, match=r"give|name numbers|record a whole"):
        audit.note(**fields)
    assert audit.head() == (0, START)


@pytest.mark.parametrize("statement", CHANGES)
def test_what_was_written_stays(statement: str, three: None) -> None:
    with pytest.raises(DatabaseError, match="refused"):
        run(statement)
    assert list(audit.faults()) == []


@pytest.mark.parametrize("statement", CHANGES)
def test_control_without_triggers_nothing_is_refused(statement: str, three: None) -> None:
    with triggers_down(connection), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", sorted(audit.GUARDED.keys))
def test_truncating_and_replacing_are_refused(table: str, three: None) -> None:
    statement = f"TRUNCATE {table} CASCADE"
    if connection.vendor == "sqlite":
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with pytest.raises(DatabaseError, match="refused"):
        run(statement)


def test_no_number_is_skipped(three: None) -> None:
    with pytest.raises(DatabaseError, match="no number is skipped"), transaction.atomic():
        AuditEntry.objects.create(seq=5, hash="f" * 64, form=b"{}", at=NOON, actor="")


def test_the_migration_sets_every_trigger() -> None:
    ours = {name for name in triggers.present(connection) if name.startswith("accounts_audit")}
    assert ours == triggers.expected(connection.vendor, audit.GUARDED)


def test_a_missing_trigger_is_found(three: None) -> None:
    down = {
        "sqlite": "DROP TRIGGER accounts_auditentry_update",
        "postgresql": "ALTER TABLE accounts_auditentry DISABLE TRIGGER accounts_auditentry_update",
    }
    with transaction.atomic():
        run(down[connection.vendor])
        assert [fault.what for fault in audit.faults()] == ["the trigger accounts_auditentry_update is gone"]
        transaction.set_rollback(True)


def flipped(text: str, place: int, bit: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ 1 << bit) + text[place + 1 :]


def test_a_flipped_bit_is_found_wherever_it_is(three: None) -> None:
    """Each byte of each column of each row, one of its bits: the trail's faults name it, and without it none."""
    tried = 0
    with triggers_down(connection):
        for row in AuditEntry.objects.all():
            one = AuditEntry.objects.filter(seq=row.seq)
            form = bytes(row.form)
            for place in range(len(form)):
                _found(one, row, form=form[:place] + bytes([form[place] ^ 1 << place % 8]) + form[place + 1 :])
            for place in range(64):
                _found(one, row, hash=flipped(row.hash, place, place % 6))
            for place in range(len(row.actor)):
                _found(one, row, actor=flipped(row.actor, place, place % 5))
            for bit in range(40):
                _found(one, row, at=row.at + timedelta(microseconds=1 << bit))
            for bit in range(2, 30):
                _found(one, row, seq=row.seq ^ 1 << bit)
            tried += len(form)
            assert not _in_entries()
        head, same = AuditHead.objects.filter(id=1), AuditHead.objects.get(id=1)
        for place in range(64):
            _found(head, same, hash=flipped(same.hash, place, place % 6))
        for bit in range(30):
            _found(head, same, seq=same.seq ^ 1 << bit)
    assert tried > 500
    assert list(audit.faults()) == []


def _found(rows, row, **changed: object) -> None:  # type: ignore[no-untyped-def]
    with transaction.atomic():
        rows.update(**changed)
        assert _in_entries(), f"{changed} was not found"
        transaction.set_rollback(True)


def _in_entries() -> list[Fault]:
    """Faults but for the triggers, which are down."""
    return [fault for fault in audit.faults() if fault.stream]


def test_a_lost_tail_is_found(three: None) -> None:
    with triggers_down(connection), transaction.atomic():
        AuditEntry.objects.filter(seq=3).delete()
        assert [(fault.stream, fault.seq) for fault in _in_entries()] == [(audit.STREAM, None)]
        transaction.set_rollback(True)


def test_many_at_once_leave_no_gap() -> None:
    def write(name: str) -> None:
        for n in range(10):
            audit.note(f"person:{name}", "", "settings.change", "newsroom", n=n)
        connection.close()

    threads = [threading.Thread(target=write, args=[name]) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [entry.seq for entry in audit.every()] == list(range(1, 41))
    assert list(audit.faults()) == []
