"""Brakes on those who write: the freeze switch, and the breaker that pauses whoever publishes far above its norm.

People at the command line (`cli:...`, which imports and the demo are too) are not paced: whoever is there has the
database itself.
"""

from datetime import datetime

import msgspec
from django.db import transaction

from standfirst.accounts import alarm, audit
from standfirst.accounts import freeze as switch
from standfirst.accounts import pace as rule
from standfirst.accounts.freeze import Frozen, State, refuse_frozen, state
from standfirst.accounts.models import ActorPace, Pause
from standfirst.accounts.pace import Limits
from standfirst.accounts.roles import Actor

__all__ = [
    "Frozen",
    "Limits",
    "NotPaused",
    "Paused",
    "State",
    "Tripped",
    "freeze",
    "lift",
    "pace",
    "paused",
    "refuse_frozen",
    "refuse_paused",
    "retractions",
    "state",
    "thaw",
    "trip",
]

WHY = 200
"""Characters of the reason for a freeze."""
EXEMPT = ("cli:", "import:", "demo")
"""What the ids of actors begin with that are not paced: who works on the machine itself, which no token lets in."""


class BrakeRefused(ValueError):
    """A brake cannot be used so; the message names the value and the remedy."""


class NotPaused(BrakeRefused):
    def __init__(self, actor: str) -> None:
        super().__init__(f"{actor[:80]!r} is not paused: `standfirst pause list` shows who is")


class Paused(Exception):  # an answer, not an error
    """The breaker paused this actor, and nothing of this was written."""

    def __init__(self, actor: str, why: str) -> None:
        super().__init__(f"{actor} is paused ({why}): ask an owner to look, and to lift the pause")


class Tripped(Exception):  # an answer, not an error: execute rolls back, then pauses
    """This write is above the actor's limit."""

    def __init__(self, actor: str, most: int, seconds: int) -> None:
        super().__init__(f"it published more than {most} times in {seconds} s")
        self.actor = actor


def freeze(by: Actor, why: str = "", *, now: datetime) -> State:
    """Stop all writing. When this returns, no later write appears. Freezing again changes nothing."""
    why = " ".join(why.split())
    if len(why) > WHY or not why.isprintable():
        raise BrakeRefused(f"the reason {why[:40]!r} cannot be kept: give at most {WHY} printable characters")
    return _turn(True, by, why, now)


def thaw(by: Actor, *, now: datetime) -> State:
    """Let writing go on."""
    return _turn(False, by, "", now)


def _turn(frozen: bool, by: Actor, why: str, now: datetime) -> State:
    with transaction.atomic():
        if switch.turn(frozen, by=by.id, why=why, at=now):
            audit.note(by.id, by.session, "freeze" if frozen else "thaw", "newsroom")
            alarm.tell(
                "freeze" if frozen else "thaw",
                f"{by.name} {'stopped all writing' if frozen else 'let writing go on'}" + (f": {why}" if why else ""),
            )
        return state()


def refuse_paused(actor_id: str) -> None:
    """Raise Paused if the breaker stopped this actor and no owner has lifted it."""
    row = Pause.objects.filter(actor=actor_id, lifted=None).first()
    if row is not None and not switch.is_mending():
        raise Paused(actor_id, row.why)


def pace(actor_id: str, now: datetime, limits: Limits, *, retracts: bool = False) -> None:
    """Count one thing that this actor publishes, in the caller's transaction. Raises Tripped."""
    if actor_id.startswith(EXEMPT) or switch.is_mending():
        return
    ActorPace.objects.bulk_create([ActorPace(actor=actor_id)], ignore_conflicts=True)
    row = ActorPace.objects.select_for_update().get(actor=actor_id)
    before = _read(row)
    after = rule.step(before, now, limits, retracts=retracts)
    if after is None:
        raise Tripped(actor_id, rule.limit(before, limits), limits.seconds)
    row.data = msgspec.to_builtins(after)
    row.save(update_fields=["data"])


def trip(tripped: Tripped, now: datetime) -> Paused:
    """Pause who tripped the breaker, in a transaction of its own, and tell the owners. Gives what to answer."""
    actor, why = tripped.actor, str(tripped)
    with transaction.atomic():
        if not Pause.objects.filter(actor=actor, lifted=None).exists():
            Pause.objects.create(actor=actor, why=why, at=now)
            audit.note(actor, "", "pause", actor)
            alarm.tell("pause", f"{actor} is paused: {why}. An owner can lift it, or undo what was published")
    return Paused(actor, why)


def retractions(actor_id: str, now: datetime) -> int:
    """How many updates this actor retracted within the hour; counted no further than the newsroom's limit."""
    row = ActorPace.objects.filter(actor=actor_id).first()
    return len(rule.within_hour(_read(row).retracted, now)) if row else 0


def paused() -> list[Pause]:
    """Those that stand, the newest first."""
    return list(Pause.objects.filter(lifted=None).order_by("-at", "-id"))


def lift(actor_id: str, *, by: Actor, now: datetime) -> Pause:
    """Let a paused actor go on. What it published so far today counts no more. Raises NotPaused."""
    with transaction.atomic():
        row = Pause.objects.select_for_update().filter(actor=actor_id, lifted=None).first()
        if row is None:
            raise NotPaused(actor_id)
        row.lifted, row.lifted_by = now, by.id
        row.save(update_fields=["lifted", "lifted_by"])
        ActorPace.objects.filter(actor=actor_id).delete()
        audit.note(by.id, by.session, "pause.lift", actor_id)
    return row


def _read(row: ActorPace) -> rule.Pace:
    return msgspec.convert(row.data or {}, rule.Pace)
