"""Where the office begins, and what stands on all of its pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from standfirst.accounts import brakes, newsroom, people, tokens
from standfirst.accounts.models import Invitation
from standfirst.accounts.roles import Action, Actor, ever
from standfirst.desk.execute import clock
from standfirst.desk.office.guard import office

PLACES: tuple[tuple[str, str, Action], ...] = (
    ("Overview", "office", "story.invite"),
    ("People", "office-people", "people.manage"),
    ("Invitations", "office-invitations", "story.invite"),
    ("Tokens", "office-tokens", "token.manage"),
    ("Settings", "office-settings", "settings.change"),
    ("Brakes", "office-brakes", "freeze"),
    ("Audit", "office-audit", "audit.read"),
)
"""Name, route, and who may go there."""


def shown(request: HttpRequest, actor: Actor, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the office: `context` is what its template looks up."""
    places = [{"name": name, "route": route} for name, route, action in PLACES if ever(actor, action)]
    return render(request, f"desk/office/{template}.html", {"office": places, "actor": actor, **context}, status=status)


@office("story.invite", methods=("GET",))
def overview(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How things stand, in one line for each page."""
    now = clock()
    lines = {}
    if ever(actor, "people.manage"):
        lines["People"] = _many(sum(person.is_active for person in people.listing()), "person", "people", "can sign in")
    if ever(actor, "token.manage"):
        works = sum(tokens.stands(token, now) for token in tokens.listing())
        lines["Tokens"] = _many(works, "token works", "tokens work")
    if ever(actor, "settings.change"):
        lines["Settings"] = newsroom.current().name
    if ever(actor, "freeze"):
        paused = len(brakes.paused())
        state = "All writing is stopped" if brakes.state().frozen else "Writing goes on"
        lines["Brakes"] = f"{state}; {paused} paused" if paused else state
    if ever(actor, "audit.read"):
        lines["Audit"] = "Who did what, and when"
    open_ones = Invitation.objects.filter(accepted=None, revoked=None, expires__gt=now).count()
    said = _many(open_ones, "is open", "are open") if open_ones else "None is open"
    lines["Invitations"] = said if ever(actor, "people.manage") else "For your stories"
    cards = [
        {"name": name, "route": route, "line": lines.get(name, "")}
        for name, route, action in PLACES
        if route != "office" and ever(actor, action)
    ]
    return shown(request, actor, "overview", cards=cards, frozen=brakes.state())


def _many(count: int, one: str, more: str, rest: str = "") -> str:
    return f"{count or 'no'} {one if count == 1 else more} {rest}".strip().capitalize()
