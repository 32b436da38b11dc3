"""A person's sessions: how they are named, listed and ended. Their rows are django-allauth's."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from allauth.usersessions.models import UserSession
from django.db import OperationalError, transaction

from standfirst.accounts import audit
from standfirst.accounts.devices import device
from standfirst.accounts.models import Person
from standfirst.accounts.signals import end_leases
from standfirst.record.errors import RecordBroken

SEEN_EVERY = timedelta(hours=1)
"""How exactly it is known when a session was last used: a look must not cost a write."""
_PREFIX = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One that is open. `id` is public; `device` is what the browser said it is, in words."""

    id: str
    device: str
    begun: datetime
    last_seen: datetime
    current: bool = False


def session_id(session_key: str) -> str:
    """A session's public id, 16 hexadecimal digits: names it in the audit and on streams, and opens nothing."""
    return hashlib.sha256(f"standfirst session {session_key}".encode()).hexdigest()[:16] if session_key else ""


def of(person: Person, *, current_key: str = "") -> list[Session]:
    """Those that are open, the one last seen first."""
    rows = UserSession.objects.purge_and_list(person)
    found = [
        Session(
            id=session_id(row.session_key),
            device=device(row.user_agent),
            begun=row.created_at,
            last_seen=row.last_seen_at,
            current=row.session_key == current_key,
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.last_seen, one.begun), reverse=True)


def end(person: Person, id: str, *, by: str, session: str = "") -> bool:
    """End one by its public id; False: there is none. `by` is the actor who does so, from its `session`."""
    rows = [row for row in UserSession.objects.filter(user=person) if session_id(row.session_key) == id]
    return end_rows(rows, by=by, session=session)


def end_all(person: Person, *, by: str, session: str = "", but: str = "") -> int:
    """End all, except the one whose key is `but`. Gives how many."""
    rows = list(UserSession.objects.filter(user=person).exclude(session_key=but))
    end_rows(rows, by=by, session=session)
    return len(rows)


def end_rows(rows: Iterable[UserSession], *, by: str, session: str) -> bool:
    """End these, and what is open on them; False: there were none."""
    ended = []
    with transaction.atomic():
        for row in rows:
            row.end()
            ended.append(session_id(row.session_key))
        end_leases(*ended)
        for id in ended:
            audit.note(by, session, "session.end", f"session {id}")
    return bool(ended)


def leases(person: Person) -> tuple[str, ...]:
    """What the streams of this person are open on."""
    return tuple(
        session_id(key) for key in UserSession.objects.filter(user=person).values_list("session_key", flat=True)
    )


def seen(session_key: str, now: datetime) -> None:
    """Note that it is used, to the hour."""
    late = UserSession.objects.filter(session_key=session_key, last_seen_at__lt=now - SEEN_EVERY)
    try:
        if late.exists():
            late.update(last_seen_at=now)
    except RecordBroken:
        raise
    except OperationalError:  # a full disk must not keep anybody from reading
        return


def prefix(address: str) -> str:
    """The network that an address belongs to, a /24 or a /48, as its first address; `0.0.0.0` for what is none.

    All that is kept of where somebody signed in: nobody can be found by it.
    """
    try:
        found = ip_address(address.partition("/")[0])
    except ValueError:
        return "0.0.0.0"  # noqa: S104  # a column that must hold an address, not a place to listen at
    return str(ip_network(f"{found}/{_PREFIX[found.version]}", strict=False).network_address)
