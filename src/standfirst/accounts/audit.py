"""The audit trail: who did what, to what, from which session. Append-only, hash-linked, beside the record.

An entry is RFC 8785 canonical JSON, its hash the RFC 6962 leaf hash of that, and each names the one before it:
`docs/reference/audit.md`. It is about those who write, never about readers, and holds no network address, no e-mail
address and no words that were written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from standfirst.accounts.freeze import refuse_frozen
from standfirst.accounts.models import AuditEntry, AuditHead
from standfirst.record.entry import JSON, START, canonical, leaf_hash
from standfirst.record.seal import RESTORE, Fault
from standfirst.record.triggers import Guarded, Rule, append_only, expected, present

FORM = "audit/1"
"""The version of the canonical form, in every entry. Another form is another name; this one stays readable."""

GUARDED = Guarded(
    "accounts_audit",
    {"accounts_auditentry": "seq", "accounts_audithead": "id"},
    (
        Rule(
            "accounts_auditentry",
            "INSERT",
            "NEW.seq = 1 OR EXISTS (SELECT 1 FROM accounts_auditentry WHERE seq = NEW.seq - 1)",
            "an entry follows the one before it: no number is skipped",
        ),
        *append_only("accounts_auditentry"),
        Rule(
            "accounts_audithead",
            "UPDATE",
            "NEW.id = OLD.id AND NEW.seq = OLD.seq + 1",
            "the head of the audit trail moves forward only: UPDATE refused",
        ),
        Rule("accounts_audithead", "DELETE", "1 = 0", "the head of the audit trail stays: DELETE refused"),
    ),
)

DETAIL = 4096
"""Bytes that the detail of an entry may have."""
LONGEST = {"actor": 200, "session": 64, "action": 40, "thing": 200}
"""Characters."""
CHUNK = 500
"""Entries fetched at once."""
STREAM = "(audit)"
"""How faults name the trail; no story can have this name."""

_ACTION = re.compile(r"[a-z][a-z-]*(\.[a-z][a-z-]*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """An entry as it is read. `at` is UTC; `form` are the bytes whose leaf hash `hash` is."""

    seq: int
    at: datetime
    actor: str
    session: str
    action: str
    thing: str
    detail: dict[str, Any]  # Any: JSON
    prev: str
    hash: str
    form: bytes


def note(actor_id: str, session: str, action: str, thing: str, **detail: JSON) -> None:
    """Write one entry, in the caller's transaction: what it tells of and the entry stand or fall together.

    `session` is a session's public id, "" for none. Call it last in the transaction: on PostgreSQL it waits for every
    other one that noted something, and who waits for a story with that in hand could wait for good. Raises ValueError
    for what cannot be noted, Frozen for what must not be done while all writing is stopped: whoever writes notes it.
    """
    _refuse_long(actor=actor_id, session=session, action=action, thing=thing)
    if not _ACTION.fullmatch(action):
        raise ValueError(f"{action!r} names no action: give lower-case words with dots between")
    if len(canonical(detail)) > DETAIL:
        raise ValueError(f"the detail of {action} has more than {DETAIL} bytes: name numbers and ids, not contents")
    at = clock()
    with transaction.atomic(savepoint=False):
        refuse_frozen(action)
        head = _locked_head()
        seq = head.seq + 1
        written: dict[str, JSON] = {
            "form": FORM,
            "seq": seq,
            "at": _written(at),
            "actor": actor_id,
            "session": session,
            "action": action,
            "thing": thing,
            "detail": detail,
            "prev": head.hash,
        }
        form = canonical(written)
        hash = leaf_hash(form)
        AuditEntry.objects.bulk_create([AuditEntry(seq=seq, hash=hash, form=form, at=at, actor=actor_id)])
        AuditHead.objects.filter(pk=1).update(seq=seq, hash=hash)


def clock() -> datetime:
    return timezone.now()


def entries(
    *, since: datetime | None = None, actor: str = "", before: int | None = None, limit: int = 50
) -> list[Noted]:
    """The newest entries first: at or after `since`, by `actor` (its id), numbered below `before`; `limit` at most."""
    rows = AuditEntry.objects.order_by("-seq")
    if since is not None:
        rows = rows.filter(at__gte=since)
    if actor:
        rows = rows.filter(actor=actor)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return [read(row) for row in rows[:limit]]


def every() -> Iterator[Noted]:
    """The whole trail, the oldest first."""
    last = 0
    while rows := list(AuditEntry.objects.filter(seq__gt=last).order_by("seq")[:CHUNK]):
        yield from map(read, rows)
        last = rows[-1].seq


def read(row: AuditEntry) -> Noted:
    """An entry from its row. Raises ValueError if its form is none."""
    form = bytes(row.form)
    found = msgspec.json.decode(form, type=_Form)
    return Noted(
        seq=found.seq,
        at=found.at.astimezone(UTC),
        actor=found.actor,
        session=found.session,
        action=found.action,
        thing=found.thing,
        detail=found.detail,
        prev=found.prev,
        hash=row.hash,
        form=form,
    )


def head() -> tuple[int, str]:
    """Number and hash of the last entry."""
    row = AuditHead.objects.filter(pk=1).first()
    return (row.seq, row.hash) if row else (0, START)


def faults() -> Iterator[Fault]:
    """Everything that is wrong with the trail; nothing if it is what was written. Read it in one snapshot."""
    for name in sorted(expected(connection.vendor, GUARDED) - present(connection)):
        yield Fault("", None, f"the trigger {name} is gone", "put it back: it refuses changes of what was written")
    last, prev = 0, START
    for row in AuditEntry.objects.order_by("seq").iterator(CHUNK):
        if row.seq != last + 1:
            yield _fault(row.seq, f"follows {last}, where {last + 1} was due")
        yield from (_fault(row.seq, what) for what in _wrong(row, prev))
        last, prev = row.seq, row.hash
    seq, hash = head()
    if (seq, hash) != (last, prev):
        yield _fault(None, f"ends at {last} ({prev}), but its head says {seq} ({hash})")


def _wrong(row: AuditEntry, prev: str) -> Iterator[str]:
    form = bytes(row.form)
    if leaf_hash(form) != row.hash:
        yield "the entry does not match its hash"
    try:
        found = read(row)
        again = canonical(msgspec.json.decode(form))
    except ValueError as error:
        yield f"the entry cannot be read ({error})"
        return
    if again != form:
        yield "the entry is not in canonical form"
    if found.seq != row.seq:
        yield f"is stored in the place of {found.seq}"
    if found.prev != prev:
        yield f"does not link to the entry before it ({prev})"
    if (found.at, found.actor) != (row.at, row.actor):
        yield "is found by another time or actor than it names"


def _fault(seq: int | None, what: str) -> Fault:
    return Fault(STREAM, seq, what, RESTORE)


def _locked_head() -> AuditHead:
    """The head, which nobody else moves until this transaction ends."""
    heads = AuditHead.objects.select_for_update().filter(pk=1)
    if (found := heads.first()) is None:
        AuditHead.objects.bulk_create([AuditHead(seq=0, hash=START)], ignore_conflicts=True)
        found = heads.get()
    return found


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _refuse_long(**given: str) -> None:
    for name, value in given.items():
        if len(value) > LONGEST[name] or not value.isprintable():
            raise ValueError(
                f"{name}={value[:40]!r} cannot be noted: give at most {LONGEST[name]} printable characters"
            )


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The canonical form, as it is read back."""

    form: Literal["audit/1"]
    seq: int
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    actor: str
    session: str
    action: str
    thing: str
    detail: dict[str, Any]  # Any: JSON
    prev: str
