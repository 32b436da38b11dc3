"""Routes of an update: list, post, read, edit, retract, erase, pin, key, tags."""

import re
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from standfirst.accounts.roles import Actor, Thing
from standfirst.desk.api import views
from standfirst.desk.api.auth import Caller, Named, check, who
from standfirst.desk.api.handlers import Missing, edit
from standfirst.desk.api.params import (
    Cursor,
    CursorRefused,
    IfMatch,
    Key,
    Limit,
    Slug,
    UpdateId,
    answered,
    expected,
    shown,
)
from standfirst.desk.api.schemas import (
    UPDATE_ID,
    AnswerOut,
    RetractIn,
    TagsIn,
    UpdateChange,
    UpdateIn,
    UpdateOut,
    UpdatePage,
)
from standfirst.desk.api.stories import found
from standfirst.desk.execute import clock, execute, new_id
from standfirst.desk.models import UpdateRow
from standfirst.desk.writers import writers
from standfirst.story.commands import (
    EditUpdate,
    EraseUpdate,
    MarkKey,
    PinUpdate,
    PostUpdate,
    RetractUpdate,
    TagUpdate,
    UnpinUpdate,
)
from standfirst.story.document import from_plain

router = Router(tags=["updates"])
_ROOT = "/stories/{slug}/updates"
_ONE = _ROOT + "/{update}"


def _poster(_: Actor, named: Named) -> str:
    slug, update = named["slug"], named["update"]
    if not re.fullmatch(UPDATE_ID, update):  # refused as malformed, when parameters are judged
        return ""
    row = UpdateRow.objects.filter(story_id=slug, update=update).first()
    if row is None:
        raise Missing(f"no update {update!r} in story {slug!r}")
    return row.poster


@router.get(_ROOT, auth=Caller("read"), response=UpdatePage, operation_id="listUpdates")
def list_updates(request: HttpRequest, slug: Slug, limit: Limit = 20, cursor: Cursor = "") -> HttpResponse:
    """The story's updates, newest first, retracted ones included."""
    story = found(slug)
    last = _read_cursor(cursor) if cursor else len(story.order)
    first = max(0, last - limit)
    ids = story.order[first:last][::-1]
    following = str(first) if first else None
    own = _own(who(request), slug, ids)
    lines = [{**views.update(story, story.updates[item]), "own": item in own} for item in ids]
    return shown({"updates": lines, "next": following})


@router.post(_ROOT, auth=Caller("update.post"), response={201: AnswerOut}, operation_id="postUpdate")
def post_update(request: HttpRequest, slug: Slug, key: Key, update: UpdateIn) -> HttpResponse:
    """Publish an update. It stands on the page when the answer comes."""
    command = PostUpdate(id=new_id(), published=clock(), **_with_body(update.fields()))
    return answered(execute(slug, command, who(request), key), created=True)


@router.get(_ONE, auth=Caller("read"), response=UpdateOut, operation_id="getUpdate")
def get_update(request: HttpRequest, slug: Slug, update: UpdateId) -> HttpResponse:
    """The update as it stands, with every version it had."""
    story = found(slug)
    there = story.updates.get(update)
    if there is None:
        raise Missing(f"no update {update!r} in story {slug!r}: GET {request.path.rpartition('/')[0]} lists them")
    own = update in _own(who(request), slug, [update])
    line, history = views.update(story, there), views.history(there, writers(slug, there))
    return shown({**line, "own": own, "history": history}, there)


@router.patch(_ONE, auth=Caller("update.edit", _poster), response=AnswerOut, operation_id="editUpdate")
def edit_update(
    request: HttpRequest, slug: Slug, update: UpdateId, key: Key, if_match: IfMatch, change: UpdateChange
) -> HttpResponse:
    """A minor edit, or a correction that readers are told about."""
    if change.mode == "correction":
        check(who(request), "update.correct", Thing(slug))
    command = EditUpdate(id=update, expected_rev=expected(if_match), **_with_body(change.fields()))
    return answered(edit(slug, command, who(request), key, change.sent()))


@router.post(_ONE + "/retract", auth=Caller("update.retract"), response=AnswerOut, operation_id="retractUpdate")
def retract_update(request: HttpRequest, slug: Slug, update: UpdateId, key: Key, retraction: RetractIn) -> HttpResponse:
    """Withdraw the update; a dated tombstone with the reason stays on the page."""
    return answered(execute(slug, RetractUpdate(id=update, reason=retraction.reason), who(request), key))


@router.post(_ONE + "/erase", auth=Caller("update.erase"), response=AnswerOut, operation_id="eraseUpdate")
def erase_update(request: HttpRequest, slug: Slug, update: UpdateId, key: Key) -> HttpResponse:
    """Remove a retracted update's words from the record itself. There is no way back."""
    return answered(execute(slug, EraseUpdate(id=update), who(request), key))


@router.put(_ONE + "/pin", auth=Caller("update.pin"), response=AnswerOut, operation_id="pinUpdate")
def pin_update(request: HttpRequest, slug: Slug, update: UpdateId, key: Key) -> HttpResponse:
    """Pin the update above all others, in place of one pinned before."""
    return answered(execute(slug, PinUpdate(id=update), who(request), key))


@router.delete(_ONE + "/pin", auth=Caller("update.pin"), response=AnswerOut, operation_id="unpinUpdate")
def unpin_update(request: HttpRequest, slug: Slug, update: UpdateId, key: Key) -> HttpResponse:
    """Unpin the update."""
    return answered(execute(slug, UnpinUpdate(id=update), who(request), key))


@router.put(_ONE + "/key", auth=Caller("update.key"), response=AnswerOut, operation_id="markKey")
def mark_key(request: HttpRequest, slug: Slug, update: UpdateId, key: Key) -> HttpResponse:
    """Make the update a key event."""
    return answered(execute(slug, MarkKey(id=update, key=True), who(request), key))


@router.delete(_ONE + "/key", auth=Caller("update.key"), response=AnswerOut, operation_id="unmarkKey")
def unmark_key(request: HttpRequest, slug: Slug, update: UpdateId, key: Key) -> HttpResponse:
    """Make the update a key event no more."""
    return answered(execute(slug, MarkKey(id=update, key=False), who(request), key))


@router.put(_ONE + "/tags", auth=Caller("update.tag"), response=AnswerOut, operation_id="tagUpdate")
def tag_update(request: HttpRequest, slug: Slug, update: UpdateId, key: Key, tags: TagsIn) -> HttpResponse:
    """Set the update's tags, all of them."""
    return answered(execute(slug, TagUpdate(id=update, **tags.fields()), who(request), key))


def _own(actor: Actor, slug: str, ids: Sequence[str]) -> set[str]:
    """Of these updates those that the actor posted."""
    return set(
        UpdateRow.objects.filter(story_id=slug, update__in=ids, poster=actor.id).values_list("update", flat=True)
    )


def _with_body(fields: dict[str, Any]) -> dict[str, Any]:  # Any: a command's fields
    """`text` as the document that it means."""
    text = fields.pop("text")
    return fields if text is None else {**fields, "body": from_plain(text)}


def _read_cursor(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 9:
        raise CursorRefused(cursor)
    return int(cursor)
