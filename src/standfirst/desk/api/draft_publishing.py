"""Routes that let a draft out: publish it, put it on the schedule, take it off; and look at it as readers would."""

import re

from django.http import HttpRequest, HttpResponse
from ninja import Router

from standfirst.accounts.roles import Actor
from standfirst.desk import drafts, publishing, schedule
from standfirst.desk import preview as press
from standfirst.desk.api import views
from standfirst.desk.api.auth import Caller, Instead, Named, check, who
from standfirst.desk.api.draft_schemas import DraftOut, ScheduleIn, TellingIn
from standfirst.desk.api.draft_views import answered as show
from standfirst.desk.api.draft_views import spoken, stale
from standfirst.desk.api.drafts import ONE, DraftId, IfMatch, author
from standfirst.desk.api.handlers import Stale
from standfirst.desk.api.params import Key, Slug, answered, expected
from standfirst.desk.api.schemas import UPDATE_ID, AnswerOut
from standfirst.desk.draft_words import Telling, words
from standfirst.desk.models import Draft
from standfirst.desk.stories import stories
from standfirst.story.refusals import Conflict

router = Router(tags=["drafts"])

_PRINTED = {"responses": {200: {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}}}}


def _edited(actor: Actor, named: Named) -> str | None:
    """Who posted the update that the draft changes, if it changes one. Raises NotFound."""
    if not re.fullmatch(UPDATE_ID, named["draft"]):  # refused as malformed, when parameters are judged
        return None
    action, thing = publishing.takes(drafts.found(named["slug"], named["draft"], actor))
    return thing.by if action == "update.edit" else None


_lets_out = Caller("update.post", author, Instead("update.edit", _edited))


@router.post(ONE + "/publish", auth=_lets_out, response={201: AnswerOut}, operation_id="publishDraft")
def publish_draft(
    request: HttpRequest,
    slug: Slug,
    draft: DraftId,
    key: Key,
    if_match: IfMatch = "*",
    telling: TellingIn | None = None,
) -> HttpResponse:
    """Publish the draft's words as an update, under the draft's own id if no update has it.

    With If-Match only the words of that revision are published. A draft that changes an update takes what editing that
    takes (update.edit, update.correct for a correction) and not update.post; `mode` and `note` say how readers are
    told. What its author changed of tags, key and pin takes what those take, as does `pin` of any draft.
    """
    actor = who(request)
    row = drafts.found(slug, draft, actor)
    told = Telling(mode=telling.mode, note=telling.note) if telling else Telling()
    _check(actor, row, told)
    try:
        return answered(publishing.publish(row, expected(if_match), actor, key, told), created=True)
    except drafts.DraftMoved as refusal:
        raise stale(refusal, {}, slug, draft, actor) from None
    except Conflict as refusal:
        raise _overtaken(refusal, row) from None


@router.put(ONE + "/schedule", auth=_lets_out, response=DraftOut, operation_id="scheduleDraft")
def schedule_draft(
    request: HttpRequest, slug: Slug, draft: DraftId, planned: ScheduleIn, if_match: IfMatch = "*"
) -> HttpResponse:
    """Have the draft go out by itself, once, as whoever asks; its rights are judged again then. Twice is once.
    At another time than before, without `mode` and `note`, readers are told of an edit as was planned before.

    With If-Match only the words of that revision are put on the schedule. What cannot go out is filed to the
    desk again, with a note that says why.
    """
    actor = who(request)
    row = drafts.found(slug, draft, actor)
    said = planned.model_fields_set & {"mode", "note"}
    told = Telling(mode=planned.mode, note=planned.note) if said else schedule.telling(row)
    _check(actor, row, told)
    try:
        meant = expected(if_match)
        row = schedule.plan(slug, draft, planned.at, actor, expected=meant, embargo=planned.embargo, telling=told)
        return show(row)
    except drafts.DraftMoved as refusal:
        raise stale(refusal, {}, slug, draft, actor) from None
    except Conflict as refusal:
        raise _overtaken(refusal, row) from None


@router.delete(ONE + "/schedule", auth=_lets_out, response=DraftOut, operation_id="unscheduleDraft")
def unschedule_draft(request: HttpRequest, slug: Slug, draft: DraftId) -> HttpResponse:
    """Take the draft off the schedule: it is again what it was before. Twice is once."""
    return show(schedule.withdraw(slug, draft, who(request)))


@router.get(ONE + "/preview", auth=Caller("draft.read", author), operation_id="previewDraft", openapi_extra=_PRINTED)
def preview_draft(request: HttpRequest, slug: Slug, draft: DraftId) -> HttpResponse:
    """The page that readers would see, with the draft in its place: HTML without scripts, for a frame of the desk's."""
    printed = press.preview(drafts.found(slug, draft, who(request)))
    response = HttpResponse(printed.body, content_type=printed.content_type)
    response["Content-Security-Policy"] = press.policy()
    return response


def _check(actor: Actor, row: Draft, telling: Telling) -> None:
    """Raises AuthorizationError."""
    for action, thing in publishing.needs(row, telling):
        check(actor, action, thing)


def _overtaken(refusal: Conflict, row: Draft) -> Exception:
    """The update that the draft changes has moved on: with the draft's words and what stands."""
    edits, story = words(row).edits, stories.current(row.story)
    update = story.updates.get(edits.update) if story and edits else None
    if story is None or update is None:
        return refusal
    yours: views.Data = {**spoken(words(row)), "rev": refusal.expected}
    return Stale(refusal, yours, views.update(story, update))
