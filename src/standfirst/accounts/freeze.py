"""The freeze switch: while it is on, nothing is written. How it is turned is in `brakes`.

Every writer looks at it in its own transaction, and turning it waits for those under way: when `turn` is committed, no
later write appears. SQLite has one writer; on PostgreSQL writers share an advisory lock that turning takes alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection

from standfirst.accounts.models import Freeze

STILL = frozenset(
    {
        "session.begin",
        "session.end",
        "factor.refuse",
        "code.use",
        "token.revoke",
        "invitation.revoke",
        "freeze",
        "thaw",
        "pause",
        "burst.undo",
        "backup",
    }
)
"""What can be done, and noted in the audit, under a freeze: it takes something away, or mends."""

_LOCK = (7_306_211, 1)
"""PostgreSQL's advisory lock. Two numbers: those of `record.postgres` are one, and never the same."""

_mending: ContextVar[bool] = ContextVar("mending", default=False)
View = TypeVar("View", bound=Callable[..., object])


class Frozen(Exception):  # an answer, not an error
    """All writing is stopped, and nothing of this was written."""

    def __init__(self, why: str = "") -> None:
        said = f" ({why})" if why else ""
        super().__init__(f"all writing is stopped{said}: wait until an owner lets it go on with `standfirst thaw`")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How the switch stands; `by` is the id of the actor who turned it, `at` None: it never was."""

    frozen: bool = False
    by: str = ""
    why: str = ""
    at: datetime | None = None


def state() -> State:
    row = Freeze.objects.filter(pk=1).first()
    return State(frozen=row.frozen, by=row.by, why=row.why, at=row.at) if row else State()


def refuse_frozen(action: str = "") -> None:
    """Raise Frozen if writing is stopped, and keep it from being stopped until the caller's transaction has ended.

    `action` is what is about to be done, as the audit names it: some things are still done under a freeze.
    """
    if action in STILL or _mending.get():
        return
    _lock("pg_advisory_xact_lock_shared")
    now = state()
    if now.frozen:
        raise Frozen(now.why)


def turn(frozen: bool, *, by: str, why: str, at: datetime) -> bool:
    """Turn the switch, in the caller's transaction, once all who write have ended theirs. False: it stood so."""
    _lock("pg_advisory_xact_lock")
    if state().frozen == frozen:
        return False
    Freeze.objects.update_or_create(pk=1, defaults={"frozen": frozen, "by": by, "why": why, "at": at})
    return True


@contextmanager
def mending() -> Iterator[None]:
    """Let what is done within pass the freeze and the breaker. For `desk.undo` alone, which a test sees to."""
    was = _mending.set(True)
    try:
        yield
    finally:
        _mending.reset(was)


def is_mending() -> bool:
    return _mending.get()


def still(view: View) -> View:
    """Mark a view that may be sent forms under a freeze: it only does what STILL names."""
    view.under_freeze = True  # type: ignore[attr-defined]  # a mark on a function
    return view


def _lock(function: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s, %s)", _LOCK)
