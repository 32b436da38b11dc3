"""Routes of drafts. A draft that is hidden from the caller is answered as one that does not exist, by every route."""

import re
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Path, Query, Router

from standfirst.accounts import stepup
from standfirst.accounts.roles import Actor, Thing, can
from standfirst.desk import drafts, events, publishing
from standfirst.desk.api.auth import Caller, Named, check, who
from standfirst.desk.api.draft_schemas import DraftIn, DraftOut, DraftPage, NoteIn, PresenceOut, VersionPage
from standfirst.desk.api.draft_views import answered as show
from standfirst.desk.api.draft_views import draft_of, stale, version_of
from standfirst.desk.api.handlers import Unconditional
from standfirst.desk.api.params import (
    IF_MATCH,
    Cursor,
    CursorRefused,
    Limit,
    Slug,
    cursor_at,
    expected,
    read_cursor,
    shown,
)
from standfirst.desk.api.schemas import UPDATE_ID
from standfirst.desk.draft_words import Beside, Edits, Words, schedule
from standfirst.desk.drafts import State
from standfirst.desk.execute import clock
from standfirst.desk.models import Draft
from standfirst.story.document import DocumentRefused, from_plain, parse
from standfirst.story.refusals import Conflict, Invalid

router = Router(tags=["drafts"])
ROOT = "/stories/{slug}/drafts"
ONE = ROOT + "/{draft}"

DraftId = Annotated[
    str, Path(pattern=UPDATE_ID, max_length=10, description="The draft's id, made by whoever begins it.")
]
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match", pattern=IF_MATCH, max_length=30, description="ETag of the words that are meant, or * for any."
    ),
]
IfNoneMatch = Annotated[
    str,
    Header(
        alias="If-None-Match", pattern=r"^\*$", max_length=1, description="*: there is no such draft yet, begin it."
    ),
]
InState = Annotated[
    State | None, Query(description="Only those in this state; without it: draft, filed, returned and scheduled.")
]
PRESENT_S = int(events.PRESENT.total_seconds())
_HOW = 'send If-None-Match: * to begin a draft, or If-Match: "rev" to replace the words of that revision, one of both'


def author(actor: Actor, named: Named) -> str:
    """Whose draft it is, if `actor` may read it. Raises NotFound."""
    if not re.fullmatch(UPDATE_ID, named["draft"]):  # refused as malformed, when parameters are judged
        return actor.id
    return drafts.found(named["slug"], named["draft"], actor).author


def _own(actor: Actor, _: Named) -> str:
    return actor.id


@router.get(ROOT, auth=Caller("draft.read", _own), response=DraftPage, operation_id="listDrafts")
def list_drafts(
    request: HttpRequest, slug: Slug, state: InState = None, limit: Limit = 50, cursor: Cursor = ""
) -> HttpResponse:
    """The story's drafts that the caller may read, changed last first: the desk's are all, a reporter's its own."""
    states = drafts.OPEN if state is None else (state,)
    rows = drafts.page(slug, who(request), states, limit + 1, _after(cursor))
    following = cursor_at(rows[limit - 1].changed, rows[limit - 1].pk) if len(rows) > limit else None
    return shown({"drafts": [draft_of(row) for row in rows[:limit]], "next": following})


@router.get(ONE, auth=Caller("draft.read", author), response=DraftOut, operation_id="getDraft")
def get_draft(request: HttpRequest, slug: Slug, draft: DraftId) -> HttpResponse:
    """The draft as it stands."""
    return show(drafts.found(slug, draft, who(request)))


@router.get(ONE + "/versions", auth=Caller("draft.read", author), response=VersionPage, operation_id="listVersions")
def list_versions(request: HttpRequest, slug: Slug, draft: DraftId) -> HttpResponse:
    """What its words were before: the newest 50 versions."""
    row = drafts.found(slug, draft, who(request))
    return shown({"versions": [version_of(version) for version in drafts.versions(row)]})


@router.put(ONE, auth=Caller("draft.write", _own), response={200: DraftOut, 201: DraftOut}, operation_id="writeDraft")
def write_draft(
    request: HttpRequest,
    slug: Slug,
    draft: DraftId,
    words: DraftIn,
    if_match: IfMatch = "",
    if_none_match: IfNoneMatch = "",
) -> HttpResponse:
    """Begin a draft, or replace its words. The same request twice is answered alike; a discarded draft is one again.

    The words of one that is scheduled take whoever may publish them so.
    """
    if bool(if_match) == bool(if_none_match):
        raise Unconditional(_HOW)
    actor = who(request)
    there = drafts.find(slug, draft, actor)
    if there is not None:
        check(actor, "draft.edit", Thing(slug, there.author))
    given, scheduled = _words(words), False
    if there is not None and (scheduled := _may_let_out(there, given, actor)):
        stepup.demand(request, actor, publishing.takes(there)[0], slug)
    before = drafts.NEW if if_none_match else expected(if_match)
    try:
        row, begun = drafts.write(
            slug, draft, given, before, actor, written=words.written, saw=_saw(words), scheduled=scheduled
        )
    except Conflict as refusal:
        raise stale(refusal, words.sent(), slug, draft, actor) from None
    answer = show(row, 201 if begun else 200)
    if begun:
        answer["Location"] = f"/api/v1/stories/{slug}/drafts/{draft}"
    return answer


@router.post(ONE + "/file", auth=Caller("draft.write", author), response=DraftOut, operation_id="fileDraft")
def file_draft(request: HttpRequest, slug: Slug, draft: DraftId, if_match: IfMatch = "*") -> HttpResponse:
    """Give the draft to the desk. Twice is once, whoever wrote in it meanwhile. With If-Match only the words of that
    revision are filed.
    """
    actor = who(request)
    try:
        return show(drafts.file(slug, draft, actor, expected=expected(if_match)))
    except drafts.DraftMoved as refusal:
        raise stale(refusal, {}, slug, draft, actor) from None


@router.post(ONE + "/return", auth=Caller("draft.return", author), response=DraftOut, operation_id="returnDraft")
def return_draft(request: HttpRequest, slug: Slug, draft: DraftId, note: NoteIn) -> HttpResponse:
    """Send a filed draft back to its author with a word. Twice is once."""
    return show(drafts.send_back(slug, draft, note.note, who(request)))


@router.post(ONE + "/presence", auth=Caller("draft.read", author), response=PresenceOut, operation_id="showPresence")
def show_presence(request: HttpRequest, slug: Slug, draft: DraftId) -> HttpResponse:
    """Say that you have the draft open, every 20 seconds; after 45 without, you have not. Gives who has."""
    actor = who(request)
    here = events.present(drafts.found(slug, draft, actor), actor.id, actor.name, at=clock())
    return shown({"here": [{"id": id, "name": name} for id, name in here], "seconds": PRESENT_S})


@router.delete(ONE, auth=Caller("draft.discard", author), response=DraftOut, operation_id="discardDraft")
def discard_draft(request: HttpRequest, slug: Slug, draft: DraftId) -> HttpResponse:
    """Throw the draft away. It is kept for 30 days: writing it brings it back."""
    return show(drafts.discard(slug, draft, who(request)))


def _may_let_out(row: Draft, given: Words, actor: Actor) -> bool:
    """Whether it goes out by itself, and `actor` may have these words go out so: they do as whoever scheduled it."""
    planned = schedule(row) if row.state == "scheduled" else None
    return planned is not None and all(can(actor, *asked) for asked in publishing.needs(row, planned.telling, given))


def _words(given: DraftIn) -> Words:
    """Raises Invalid."""
    fields: dict[str, Any] = given.fields()  # Any: the fields of Words, and some more
    text, body, edits, _ = (fields.pop(name) for name in ("text", "body", "edits", "written"))
    fields["edits"] = None if edits is None else Edits(update=edits.update, rev=edits.rev)
    try:
        return Words(body=parse(body) if text is None else from_plain(text), **fields)
    except DocumentRefused as refused:
        name = "text" if text is not None else f"body.{refused.path}" if refused.path else "body"
        raise Invalid([(name, f"{refused.value}: {refused.remedy}")]) from None


def _saw(given: DraftIn) -> Beside | None:
    beside = given.edits and given.edits.beside
    return Beside(tags=tuple(beside.tags), key=beside.key, pin=beside.pin) if beside else None


def _after(cursor: str) -> tuple[datetime, int] | None:
    """Where the page before ended; None: there was none. Raises CursorRefused."""
    if not cursor:
        return None
    changed, last = read_cursor(cursor)
    if not last.isdecimal() or len(last) > 15:
        raise CursorRefused(cursor)
    return changed, int(last)
