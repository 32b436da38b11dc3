"""The stream of a story's desk. Here it is only decided who follows what; the edge in front holds it (`edge.held`)."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router

from standfirst.accounts.models import Grant, Person, Token
from standfirst.accounts.roles import Thing, can
from standfirst.desk import events
from standfirst.desk.api.auth import Caller, who
from standfirst.desk.api.params import Slug
from standfirst.desk.execute import clock

router = Router(tags=["drafts"])

LASTS_S = 6 * 60 * 60
"""A stream ends after so long at most, and is asked for again."""
_DESCRIBED = {
    "responses": {
        200: {
            "description": "Events until the session, token or grant ends.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    }
}


@router.get("/stories/{slug}/desk", auth=Caller("read"), operation_id="followDesk", openapi_extra=_DESCRIBED)
def follow_desk(request: HttpRequest, slug: Slug) -> HttpResponse:
    """Server-Sent Events of the story's desk: `draft`, `presence`, `entry`, `pause`, `freeze`; never words.

    `entry`: something of the story was published, by whomever. Who may read every draft hears of all drafts, who may
    read their own of those, others of none. `hello` comes first; `reload`: too much was missed, ask for the lists
    again; `bye` with `why` (session, expired, streams) comes last. Resumes behind Last-Event-ID.
    """
    actor = who(request)
    authors = ("", actor.id)
    author = next((one for one in authors if can(actor, "draft.read", Thing(slug, one))), events.READERS)
    response = HttpResponse(content_type="text/event-stream")
    response["Standfirst-Stream"] = (
        f"channel={events.channel(slug, author)}; lease={actor.session or actor.id}; seconds={_left(request, slug)}"
    )
    return response


def _left(request: HttpRequest, slug: str) -> int:
    """Seconds until what lets the caller in has run out."""
    actor, now = who(request), clock()
    ends: list[datetime | None]
    if actor.is_machine:
        ends = list(Token.objects.filter(public_id=actor.id.partition(":")[2]).values_list("expires", flat=True))
    else:
        assert isinstance(request.user, Person)
        ends = [request.session.get_expiry_date()]
        ends += Grant.objects.filter(person=request.user, story=slug, expires__gt=now).values_list("expires", flat=True)
    return min([LASTS_S, *(max(0, int((end - now).total_seconds())) for end in ends if end is not None)])
