"""The parts of a request that are not its body, and how a write is answered."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Header, Path, Query

from standfirst.desk.api import views
from standfirst.desk.api.schemas import SLUG, UPDATE_ID
from standfirst.desk.execute import Answer, etag
from standfirst.story.story import Story, Update

KEY = "^[!-~]{1,200}$"
IF_MATCH = r'^("[0-9]{1,9}(\.[0-9]{1,9})?"|\*)$'

Slug = Annotated[str, Path(pattern=SLUG, max_length=80, description="The story's address.")]
UpdateId = Annotated[str, Path(pattern=UPDATE_ID, max_length=10, description="The update's id.")]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern=KEY,
        max_length=200,
        description="1 to 200 visible ASCII characters, new for each write. The same key again gives the same answer.",
    ),
]
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        pattern=IF_MATCH,
        max_length=30,
        description="ETag of what you edited, or * for whatever stands. Only `rev` is compared: the words' version.",
    ),
]
SummaryMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        pattern=IF_MATCH,
        max_length=30,
        description='The summary that you read: `"summary_seq"` of the story, or the story\'s ETag then; * for '
        "whatever stands. What is compared is `seq`: the summary must not have changed since that entry.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str, Query(max_length=200, description="`next` of the page before; empty: the first page.")]


class CursorRefused(ValueError):
    """A cursor that this API did not make."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"{cursor[:60]!r} is no cursor of this list: take `next` of the page before, or leave it out")


def cursor_at(moment: datetime, last: object) -> str:
    """The cursor of the page behind a row: what the list is in the order of, and what tells rows of one time apart."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {last}".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """What `cursor_at` was given, the second as text. Raises CursorRefused."""
    try:
        moment, last = base64.urlsafe_b64decode(cursor.encode()).decode("ascii").split(" ")
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None or "\0" in last:
            raise CursorRefused(cursor)
        return found.astimezone(UTC), last
    except (binascii.Error, ValueError, OverflowError):  # the ends of the calendar cannot be converted
        raise CursorRefused(cursor) from None


def expected(if_match: str) -> int | None:
    """The `rev` that If-Match names; None for `*`."""
    return None if if_match == "*" else int(if_match.strip('"').split(".")[0])


def expected_seq(if_match: str) -> int | None:
    """The `seq` that If-Match names, alone or behind a `rev`; None for `*`."""
    return None if if_match == "*" else int(if_match.strip('"').split(".")[-1])


def shown(data: views.Data, thing: Story | Update | None = None) -> HttpResponse:
    """What was asked for, with its ETag if it has one."""
    response = HttpResponse(json.dumps(data, ensure_ascii=False), content_type="application/json")
    if thing is not None:
        response["ETag"] = etag(thing)
    return response


def answered(done: Answer, *, created: bool = False) -> HttpResponse:
    """The answer to a write; a replayed one is the same but for a header that says so."""
    response = HttpResponse(
        json.dumps(views.answer(done)), content_type="application/json", status=201 if created else 200
    )
    response["ETag"] = done.etag
    if created:
        path = f"/api/v1/stories/{done.story}"
        response["Location"] = f"{path}/updates/{done.update}" if done.update else path
    if done.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
