"""What every signed-in page shows around its content: the newsroom's name, and where this person may go."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from standfirst.accounts import newsroom, people
from standfirst.accounts.models import Person
from standfirst.accounts.roles import Action, ever

_OFFICE: tuple[Action, ...] = ("people.manage", "token.manage", "settings.change", "audit.read", "freeze")
"""Whoever may do one of these has something to see in the newsroom's office."""


@dataclass(frozen=True, slots=True)
class Place:
    """A link in the masthead; `here`: the page shown lies within it."""

    name: str
    url: str
    here: bool


def around(request: HttpRequest) -> dict[str, Any]:  # Any: what templates look up
    """The context processor. Nothing is asked of the database until a template shows it."""
    return {
        "newsroom_name": SimpleLazyObject(lambda: newsroom.current().name),
        "language": "en-GB",  # what these pages are written in, whatever readers read
        "sends_mail": settings.MAIL,
        "framed": request.headers.get("Sec-Fetch-Dest") == "iframe",
        "places": SimpleLazyObject(lambda: list(_places(request))),
    }


def _places(request: HttpRequest) -> Iterable[Place]:
    person = getattr(request, "user", None)  # a page of an error may come before there is one
    if not isinstance(person, Person):
        return
    actor = people.actor(person, session_key=request.session.session_key or "", now=timezone.now())
    office = request.path.startswith("/desk/newsroom/")
    yield Place("Desk", "/desk/", request.path.startswith("/desk/") and not office)
    if any(ever(actor, action) for action in _OFFICE):
        yield Place("Newsroom", "/desk/newsroom/", office)
    yield Place("Your account", "/account/", request.path.startswith("/account/"))
