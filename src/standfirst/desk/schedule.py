"""Drafts that go out by themselves: put on the schedule, taken off, and published once when they are due.

The schedule is in the drafts' own rows, so nothing is lost with a process. Any number of processes may call
`publish_due` at once: what goes out is written with a receipt of its draft and revision, in the transaction that closes
the draft. It goes out as whoever scheduled it, whose rights are judged again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.db import OperationalError, transaction
from django.db.models import QuerySet

from standfirst.accounts import actors, brakes
from standfirst.accounts.roles import Actor, can
from standfirst.desk import drafts, publishing
from standfirst.desk.draft_words import Schedule, Telling, schedule, stored
from standfirst.desk.execute import Busy, clock
from standfirst.desk.models import Draft
from standfirst.record.errors import KeyReused, RecordBroken
from standfirst.story import fields
from standfirst.story.refusals import Conflict, Invalid, Refusal, Standing

_PLAIN = Telling()


class NotScheduled(Standing):
    code = "not-scheduled"


def plan(
    slug: str,
    draft: str,
    at: datetime,
    actor: Actor,
    *,
    expected: int | None = None,
    embargo: bool = False,
    telling: Telling = _PLAIN,
) -> Draft:
    """Have a draft go out at `at`, or at another time than before. Twice is once, after it went out too.

    Raises NotFound, DraftClosed, Frozen, DraftMoved if the words are not those of revision `expected` (None: whatever
    they are), Invalid for a time that is over, and what its words would be refused for.
    """
    with transaction.atomic():
        brakes.refuse_frozen()
        row = cast(Draft, drafts.locked(drafts.found(slug, draft, actor)))
        before = _planned(row)
        asked = Schedule(
            at=at,
            by=actor.id,
            by_name=actor.name,
            was=before.was if before else row.state,  # type: ignore[arg-type]  # a closed one is refused below
            embargo=embargo,
            telling=telling,
        )
        if before == asked:
            return row
        drafts.refuse_closed(row)
        drafts.refuse_other(row, expected)
        if at <= clock():
            raise Invalid([("at", f"{publishing.written(at)} is over: publish it now, or give a time to come")])
        publishing.refuse_unfit(row, telling, at)
        row.state, row.note, row.due, row.schedule = "scheduled", "", at, stored(asked)
        drafts.save_state(row, actor, "draft.schedule", at=publishing.written(at), embargo=embargo)
    return row


def telling(row: Draft) -> Telling:
    """How readers are told of the edit that a draft on the schedule is, or was; of any other draft: not at all."""
    planned = _planned(row)
    return planned.telling if planned else _PLAIN


def _planned(row: Draft) -> Schedule | None:
    return schedule(row) if row.state in ("scheduled", "published") else None


def withdraw(slug: str, draft: str, actor: Actor) -> Draft:
    """Take a draft off the schedule: it is again what it was. Raises NotFound, DraftClosed, NotScheduled, Frozen."""
    with transaction.atomic():
        row = drafts.opened(slug, draft, actor)
        planned = schedule(row)
        if row.state != "scheduled" or planned is None:
            if planned is not None and row.due is None:  # taken off before, by this same request
                return row
            raise NotScheduled(f"draft {draft!r} is not on the schedule", "reload the list of drafts", "state")
        row.state, row.due = planned.was, None
        drafts.save_state(row, actor, "draft.unschedule")
    return row


def publish_due(now: Callable[[], datetime] = clock) -> datetime | None:
    """Publish what is due, in the order of its times. Gives when to come again: None while nothing is scheduled.

    A time that is over means that something could not go out just now: writing is stopped, or others keep writing the
    story. Raises ExceptionGroup of what nobody foresaw, after all others went out.
    """
    broken: list[Exception] = []
    for key in list(_scheduled().filter(due__lte=now()).values_list("pk", flat=True)):
        try:
            _go(key, now)
        except brakes.Frozen:
            break
        except (RecordBroken, OperationalError):
            raise
        except Exception as error:  # noqa: BLE001  # raised below: a draft that is broken holds up no other
            broken.append(error)
    if broken:
        raise ExceptionGroup("drafts that are due", broken)
    following = _scheduled().first()
    return following.due if following else None


def _scheduled() -> QuerySet[Draft]:
    """In the order in which they go out."""
    return Draft.objects.filter(state="scheduled", due__isnull=False).order_by("due", "id")


def _go(key: int, now: Callable[[], datetime]) -> None:
    """Publish one that is due, or give it back to the desk. Raises Frozen."""
    row = Draft.objects.filter(pk=key, state="scheduled", due__lte=now()).first()
    planned = schedule(row) if row is not None else None
    if row is None or planned is None:  # somebody else was faster
        return
    try:
        actor = _who(row, planned, now())
        receipt = f"schedule {row.pk} {row.rev}"  # with spaces, which no key of the API has
        publishing.publish_row(row, actor, receipt, planned.telling, now=now, scheduled=publishing.written(planned.at))
    except (
        drafts.DraftMoved,
        drafts.DraftClosed,
        Busy,
    ):  # published or changed at this moment: what is left comes again
        return
    except (Refusal, brakes.Paused, KeyReused, _NoRight) as why:
        _give_back(row, planned, _said(why))


class _NoRight(Exception):  # an answer, not an error
    """Whoever scheduled it may not publish it any more."""


def _who(row: Draft, planned: Schedule, now: datetime) -> Actor:
    """Whoever scheduled it, as they are now. Raises _NoRight."""
    actor = actors.standing(planned.by, now=now)
    if actor is None:
        raise _NoRight(f"{planned.by_name}, who scheduled it, is not here any more")
    for action, thing in publishing.needs(row, planned.telling):
        if not can(actor, action, thing):
            raise _NoRight(f"{planned.by_name}, who scheduled it, may not publish it any more")
    return actor


def _give_back(row: Draft, planned: Schedule, why: str) -> None:
    """To the desk, with a note, unless it changed meanwhile. Raises Frozen."""
    with transaction.atomic():
        brakes.refuse_frozen()
        now = cast(Draft, drafts.locked(row))
        if (now.state, now.rev, now.due) != (row.state, row.rev, row.due):
            return
        now.state, now.due, now.filed = "filed", None, now.filed or clock()
        now.note = f"It did not go out at {publishing.on_the_clock(row.story, planned.at)}: {why}."[: fields.NOTE]
        by = Actor(id=planned.by, name=planned.by_name, role=None)
        drafts.save_state(now, by, "draft.unschedule", scheduled=publishing.written(planned.at))


def _said(why: Exception) -> str:
    """Why it did not go out, for the desk."""
    return "the update that it changes was edited meanwhile" if isinstance(why, Conflict) else str(why)
