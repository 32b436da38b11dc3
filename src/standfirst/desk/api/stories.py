"""Routes of a story: list, open, read, change, status, summary."""

import base64
import binascii
from datetime import UTC, datetime

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

from standfirst.desk.api import audience, views
from standfirst.desk.api.auth import Bearer, who
from standfirst.desk.api.handlers import Missing, edit
from standfirst.desk.api.params import Cursor, CursorRefused, IfMatch, Key, Limit, Slug, answered, expected, shown
from standfirst.desk.api.schemas import AnswerOut, StatusIn, StoryChange, StoryIn, StoryOut, StoryPage, SummaryIn
from standfirst.desk.execute import execute
from standfirst.desk.models import StoryRow
from standfirst.desk.stories import stories
from standfirst.story.commands import ChangeStory, ClearSummary, OpenStory, ReopenStory, SetStatus, WriteSummary
from standfirst.story.events import Point
from standfirst.story.story import Story

router = Router(tags=["stories"])


@router.get("/stories", auth=Bearer("read"), response=StoryPage, operation_id="listStories")
def list_stories(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """All stories, newest activity first."""
    rows = StoryRow.objects.order_by("-modified", "slug")
    if cursor:
        modified, slug = _read_cursor(cursor)
        rows = rows.filter(Q(modified__lt=modified) | Q(modified=modified, slug__gt=slug))
    found = list(rows[: limit + 1])
    following = _cursor(found[limit - 1]) if len(found) > limit else None
    return shown({"stories": [views.line(row) for row in found[:limit]], "next": following})


@router.post("/stories", auth=Bearer("story.open"), response={201: AnswerOut}, operation_id="openStory")
def open_story(request: HttpRequest, key: Key, story: StoryIn) -> HttpResponse:
    """Open a story. Its slug is its address for good."""
    done = execute(story.slug, OpenStory(**story.fields()), who(request).id, key)
    return answered(done, created=True)


@router.get("/stories/{slug}", auth=Bearer("read"), response=StoryOut, operation_id="getStory")
def get_story(request: HttpRequest, slug: Slug) -> HttpResponse:
    """The story as it stands, without its updates."""
    story = found(slug)
    return shown(views.story(story), story)


@router.patch("/stories/{slug}", auth=Bearer("story.change"), response=AnswerOut, operation_id="changeStory")
def change_story(request: HttpRequest, slug: Slug, key: Key, if_match: IfMatch, story: StoryChange) -> HttpResponse:
    """Change the story's own words or settings."""
    command = ChangeStory(**story.fields(), expected_rev=expected(if_match))
    return answered(edit(slug, command, who(request), key, story.sent()))


@router.put("/stories/{slug}/status", auth=Bearer("story.status"), response=AnswerOut, operation_id="setStatus")
def set_status(request: HttpRequest, slug: Slug, key: Key, status: StatusIn) -> HttpResponse:
    """Take coverage live, pause it, or end it."""
    return answered(execute(slug, SetStatus(status=status.status), who(request).id, key))


@router.post("/stories/{slug}/reopen", auth=Bearer("story.reopen"), response=AnswerOut, operation_id="reopenStory")
def reopen_story(request: HttpRequest, slug: Slug, key: Key) -> HttpResponse:
    """Take ended coverage live again."""
    return answered(execute(slug, ReopenStory(), who(request).id, key))


@router.put("/stories/{slug}/summary", auth=Bearer("summary.write"), response=AnswerOut, operation_id="writeSummary")
def write_summary(request: HttpRequest, slug: Slug, key: Key, summary: SummaryIn) -> HttpResponse:
    """Write the pinned summary: what we know, and what is not confirmed."""
    command = WriteSummary(
        known=tuple(Point(text=point.text, update=point.update) for point in summary.known),
        unconfirmed=tuple(Point(text=point.text, update=point.update) for point in summary.unconfirmed),
    )
    return answered(execute(slug, command, who(request).id, key))


@router.delete("/stories/{slug}/summary", auth=Bearer("summary.write"), response=AnswerOut, operation_id="clearSummary")
def clear_summary(request: HttpRequest, slug: Slug, key: Key) -> HttpResponse:
    """Take the pinned summary down."""
    return answered(execute(slug, ClearSummary(), who(request).id, key))


@router.get("/stories/{slug}/audience", auth=Bearer("read"), response=audience.AudienceOut, operation_id="getAudience")
def get_audience(request: HttpRequest, slug: Slug) -> HttpResponse:
    """How many have the story open at this moment. No cookie, no address kept, nothing stored.

    Streams and held requests are counted, pollers estimated. Not counted: readers that a shared cache or another edge
    serves, pages without JavaScript, and readers of servers on other machines.
    """
    found(slug)
    return shown(audience.of(request, slug))


def found(slug: str) -> Story:
    """The story as it stands. Raises Missing."""
    story = stories.current(slug)
    if story is None:
        raise Missing(f"no story {slug!r}: GET /api/v1/stories lists those there are")
    return story


def _cursor(row: StoryRow) -> str:
    return base64.urlsafe_b64encode(f"{row.modified.isoformat()} {row.slug}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, str]:
    try:
        modified, slug = base64.urlsafe_b64decode(cursor.encode()).decode("ascii").split(" ")
        moment = datetime.fromisoformat(modified)
        if moment.tzinfo is None or "\0" in slug:
            raise CursorRefused(cursor)
        return moment.astimezone(UTC), slug
    except (binascii.Error, ValueError, OverflowError):  # the ends of the calendar cannot be converted
        raise CursorRefused(cursor) from None
