"""Routes of a story: list, open, read, change, status, summary."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

from standfirst.accounts.roles import can
from standfirst.desk import newsroom
from standfirst.desk.api import audience, views
from standfirst.desk.api.auth import Caller, who
from standfirst.desk.api.handlers import edit
from standfirst.desk.api.params import (
    Cursor,
    IfMatch,
    Key,
    Limit,
    Slug,
    SummaryMatch,
    answered,
    cursor_at,
    expected,
    expected_seq,
    read_cursor,
    shown,
)
from standfirst.desk.api.schemas import AnswerOut, StatusIn, StoryChange, StoryIn, StoryOut, StoryPage, SummaryIn
from standfirst.desk.execute import execute
from standfirst.desk.models import StoryRow
from standfirst.desk.stories import missing, stories
from standfirst.story.commands import ChangeStory, ClearSummary, ReopenStory, SetStatus, WriteSummary
from standfirst.story.events import Point
from standfirst.story.story import Story

router = Router(tags=["stories"])


@router.get("/stories", auth=Caller("read"), response=StoryPage, operation_id="listStories")
def list_stories(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> HttpResponse:
    """All stories that the caller may read, newest activity first."""
    rows = StoryRow.objects.order_by("-modified", "slug")
    if not can(actor := who(request), "read"):
        rows = rows.filter(slug__in=list(actor.stories))
    if cursor:
        modified, slug = read_cursor(cursor)
        rows = rows.filter(Q(modified__lt=modified) | Q(modified=modified, slug__gt=slug))
    found = list(rows[: limit + 1])
    following = cursor_at(found[limit - 1].modified, found[limit - 1].slug) if len(found) > limit else None
    return shown({"stories": [views.line(row) for row in found[:limit]], "next": following})


@router.post("/stories", auth=Caller("story.open"), response={201: AnswerOut}, operation_id="openStory")
def open_story(request: HttpRequest, key: Key, story: StoryIn) -> HttpResponse:
    """Open a story. Its slug is its address for good; its language and zone are the newsroom's if not given."""
    done = execute(story.slug, newsroom.opening(**story.fields()), who(request), key)
    return answered(done, created=True)


@router.get("/stories/{slug}", auth=Caller("read"), response=StoryOut, operation_id="getStory")
def get_story(request: HttpRequest, slug: Slug) -> HttpResponse:
    """The story as it stands, without its updates."""
    story = found(slug)
    return shown(views.story(story), story)


@router.patch("/stories/{slug}", auth=Caller("story.change"), response=AnswerOut, operation_id="changeStory")
def change_story(request: HttpRequest, slug: Slug, key: Key, if_match: IfMatch, story: StoryChange) -> HttpResponse:
    """Change the story's own words or settings."""
    command = ChangeStory(**story.fields(), expected_rev=expected(if_match))
    return answered(edit(slug, command, who(request), key, story.sent()))


@router.put("/stories/{slug}/status", auth=Caller("story.status"), response=AnswerOut, operation_id="setStatus")
def set_status(request: HttpRequest, slug: Slug, key: Key, status: StatusIn) -> HttpResponse:
    """Take coverage live, pause it, or end it."""
    return answered(execute(slug, SetStatus(status=status.status), who(request), key))


@router.post("/stories/{slug}/reopen", auth=Caller("story.reopen"), response=AnswerOut, operation_id="reopenStory")
def reopen_story(request: HttpRequest, slug: Slug, key: Key) -> HttpResponse:
    """Take ended coverage live again."""
    return answered(execute(slug, ReopenStory(), who(request), key))


@router.put("/stories/{slug}/summary", auth=Caller("summary.write"), response=AnswerOut, operation_id="writeSummary")
def write_summary(
    request: HttpRequest, slug: Slug, key: Key, summary: SummaryIn, if_match: SummaryMatch = "*"
) -> HttpResponse:
    """Write the pinned summary: what we know, and what is not confirmed.

    With If-Match only in place of the summary that was read: send `"summary_seq"` of the story, or the `seq` or ETag of
    your last write of it. A summary that was written or taken down since is a conflict, with the story as it stands.
    """
    command = WriteSummary(
        known=tuple(Point(text=point.text, update=point.update) for point in summary.known),
        unconfirmed=tuple(Point(text=point.text, update=point.update) for point in summary.unconfirmed),
        expected_seq=expected_seq(if_match),
    )
    return answered(edit(slug, command, who(request), key, summary.sent()))


@router.delete("/stories/{slug}/summary", auth=Caller("summary.write"), response=AnswerOut, operation_id="clearSummary")
def clear_summary(request: HttpRequest, slug: Slug, key: Key, if_match: SummaryMatch = "*") -> HttpResponse:
    """Take the pinned summary down. If-Match is as writing it has it."""
    command = ClearSummary(expected_seq=expected_seq(if_match))
    return answered(edit(slug, command, who(request), key, {}))


@router.get("/stories/{slug}/audience", auth=Caller("read"), response=audience.AudienceOut, operation_id="getAudience")
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
        raise missing(slug)
    return story
