"""Routes of the brakes: the freeze switch, who is paused, and the undoing of a burst."""

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router, Schema
from pydantic import Field

from standfirst.accounts import brakes
from standfirst.desk import undo as undoing
from standfirst.desk.api.auth import Caller, who
from standfirst.desk.api.handlers import Missing
from standfirst.desk.api.params import shown
from standfirst.desk.api.schemas import Asked, Moment
from standfirst.desk.execute import clock
from standfirst.story.refusals import Invalid

router = Router(tags=["brakes"])
ActorId = Annotated[
    str,
    Path(pattern="^(person|token):[a-z0-9]{1,16}$", max_length=23, description="Who it is, as the audit names them."),
]


class FreezeIn(Asked):
    why: str = Field("", max_length=brakes.WHY, description="Shown to those who are refused; not to strangers.")


class FreezeOut(Schema):
    """Whether all writing is stopped; `by` is the actor who turned the switch last, `at` null if nobody ever did."""

    frozen: bool
    by: str
    why: str
    at: datetime | None


class PauseOut(Schema):
    actor: str
    why: str
    at: datetime


class PausesOut(Schema):
    pauses: list[PauseOut]


class UndoIn(Asked):
    actor: str = Field(
        pattern="^(person|token):[a-z0-9]{1,16}$", max_length=23, description="Whose entries are undone."
    )
    since: Moment = Field(description="Entries made before this stay.")
    reason: str = Field(
        undoing.REASON, min_length=1, max_length=undoing.LONGEST, description="What readers are told of it."
    )
    dry_run: bool = Field(False, description="Say what would be done, and do nothing.")


class StepOut(Schema):
    """`outcome`: "planned", "done", "changed by others since" or another reason why it was left."""

    story: str
    update: str | None
    what: str
    outcome: str


class UndoOut(Schema):
    steps: list[StepOut]


@router.get("/freeze", auth=Caller("read"), response=FreezeOut, operation_id="getFreeze")
def get_freeze(request: HttpRequest) -> HttpResponse:
    """Whether all writing is stopped."""
    return _frozen(brakes.state())


@router.put("/freeze", auth=Caller("freeze"), response=FreezeOut, operation_id="freeze")
def put_freeze(request: HttpRequest, freeze: FreezeIn) -> HttpResponse:
    """Stop all writing; reading goes on. When the answer comes, nothing more is written."""
    try:
        return _frozen(brakes.freeze(who(request), freeze.why, now=clock()))
    except brakes.BrakeRefused as error:
        raise Invalid([("why", str(error))]) from None


@router.delete("/freeze", auth=Caller("thaw"), response=FreezeOut, operation_id="thaw")
def delete_freeze(request: HttpRequest) -> HttpResponse:
    """Let writing go on."""
    return _frozen(brakes.thaw(who(request), now=clock()))


@router.get("/pauses", auth=Caller("audit.read"), response=PausesOut, operation_id="listPauses")
def list_pauses(request: HttpRequest) -> HttpResponse:
    """Who was paused for publishing far above their norm, the newest first."""
    pauses = brakes.paused()
    return shown({"pauses": [{"actor": one.actor, "why": one.why, "at": _time(one.at)} for one in pauses]})


@router.delete("/pauses/{actor}", auth=Caller("pause.lift"), response=PauseOut, operation_id="liftPause")
def lift_pause(request: HttpRequest, actor: ActorId) -> HttpResponse:
    """Let somebody who was paused go on."""
    try:
        row = brakes.lift(actor, by=who(request), now=clock())
    except brakes.NotPaused as error:
        raise Missing(str(error)) from None
    return shown({"actor": row.actor, "why": row.why, "at": _time(row.at)})


@router.post("/undo", auth=Caller("burst.undo"), response=UndoOut, operation_id="undoBurst")
def undo_burst(request: HttpRequest, undo: UndoIn) -> HttpResponse:
    """Undo, by new entries, what somebody published since a time. Works under a freeze; sent twice, it is done once."""
    done = undoing.undo(undo.actor, undo.since, by=who(request), reason=undo.reason, dry_run=undo.dry_run)
    steps = [{"story": one.story, "update": one.update, "what": one.what, "outcome": one.outcome} for one in done]
    return shown({"steps": steps})


def _frozen(state: brakes.State) -> HttpResponse:
    at = None if state.at is None else _time(state.at)
    return shown({"frozen": state.frozen, "by": state.by, "why": state.why, "at": at})


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
