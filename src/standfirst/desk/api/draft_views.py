"""What the API shows of a draft: plain data as `draft_schemas` describes it."""

import json

from django.http import HttpResponse

from standfirst.accounts.roles import Actor
from standfirst.desk import drafts
from standfirst.desk.api import views
from standfirst.desk.api.handlers import Stale
from standfirst.desk.draft_words import Beside, Words, schedule, stood, words
from standfirst.desk.models import Draft, DraftVersion
from standfirst.story.document import plain
from standfirst.story.refusals import Conflict


def draft_of(row: Draft) -> views.Data:
    """A draft."""
    return {
        "id": row.draft,
        "story": row.story,
        "state": row.state,
        "author": {"id": row.author, "name": row.author_name},
        "rev": row.rev,
        **spoken(words(row), stood(row)),
        "note": row.note,
        "changed": views.time(row.changed),
        "filed": views.time(row.filed),
        "written": views.time(row.written),
        "arrived": views.time(row.arrived),
        "scheduled": _scheduled(row),
        "update": row.update or None,
    }


def version_of(row: DraftVersion) -> views.Data:
    """One of its versions."""
    by = {"id": row.by, "name": row.by_name}
    return {"rev": row.rev, **spoken(words(row)), "at": views.time(row.at), "by": by}


def answered(row: Draft, status: int = 200) -> HttpResponse:
    """A draft as an answer, with the ETag of its words."""
    response = HttpResponse(
        json.dumps(draft_of(row), ensure_ascii=False), content_type="application/json", status=status
    )
    response["ETag"] = f'"{row.rev}"'
    return response


def stale(refusal: Conflict, sent: views.Data, slug: str, draft: str, actor: Actor) -> Stale:
    """A draft has other words than were meant: with what was sent and what stands."""
    return Stale(refusal, {"rev": refusal.expected, **sent}, draft_of(drafts.found(slug, draft, actor)))


def spoken(words: Words, stood: Beside | None = None) -> views.Data:
    """What a draft says; `stood` is what there was beside the words to the update that it changes."""
    beside = {"tags": list(stood.tags), "key": stood.key, "pin": stood.pin} if stood else None
    return {
        "headline": words.headline,
        "text": plain(words.body),
        "body": words.body,
        "bylines": list(words.bylines),
        "kind": words.kind,
        "tags": list(words.tags),
        "key": words.key,
        "pin": words.pin,
        "happened": views.time(words.happened),
        "edits": {"update": words.edits.update, "rev": words.edits.rev, "beside": beside} if words.edits else None,
    }


def _scheduled(row: Draft) -> views.Data | None:
    found = schedule(row) if row.state == "scheduled" else None
    if found is None:
        return None
    return {"at": views.time(found.at), "embargo": found.embargo, "by": {"id": found.by, "name": found.by_name}}
