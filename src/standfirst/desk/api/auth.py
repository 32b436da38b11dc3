"""Who asks, by token or by session, and whether they could ever do this. Asked before a body is looked at."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, AuthorizationError, Throttled
from ninja.security.base import AuthBase
from ninja.utils import check_csrf

from standfirst.accounts import people, stepup, tokens
from standfirst.accounts.models import Person
from standfirst.accounts.roles import NEWSROOM, Action, Actor, Thing, can, ever
from standfirst.desk.api.budget import Budget
from standfirst.desk.api.schemas import SLUG
from standfirst.desk.execute import clock
from standfirst.desk.models import StoryRow
from standfirst.desk.stories import missing
from standfirst.story import fields

budget = Budget(rate=100, burst=1000)
"""Requests that one token or person may make: 100 a second on average, 1000 at once. Stops a runaway script, not a busy
desk.
"""
_SLUG = re.compile(SLUG)


Named = Mapping[str, Any]  # Any: the parameters of a path, before they are judged


By = Callable[[Actor, Named], str]
"""Finds who filed the thing that the address names, for the one who asks; raises what says that it is not there."""


@dataclass(frozen=True, slots=True)
class Instead:
    """What is asked for in place of a route's own action, where the address names a thing of another kind.

    `by` is as `Caller` has it, and gives None where the thing is not of that kind.
    """

    action: Action
    by: Callable[[Actor, Named], str | None]


class Caller(AuthBase):
    """Somebody with a bearer token or a session, who may do `action` to what the address names, or what is `instead`.

    The object comes from the address alone, never from the body. A story that is hidden from the caller is answered as
    one that does not exist.

    A request with an Authorization header is judged by that alone. One that comes with a session from a page must show
    that the page is ours: by Sec-Fetch-Site, and by Django's CSRF token, which the desk sends as X-CSRFToken. A write
    that needs it must come from somebody who has proved who they are: see `accounts.proof`.
    """

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, action: Action, by: By = lambda *_: "", instead: Instead | None = None) -> None:
        super().__init__()
        self.action = action
        self.instead = instead
        self._by = by

    def __call__(self, request: HttpRequest) -> Actor:
        actor = self._who(request)
        request.actor = actor  # type: ignore[attr-defined]  # for the log line
        wait = budget.take(actor.id)
        if wait:
            raise Throttled(wait)
        if not ever(actor, self.action) and not (self.instead and ever(actor, self.instead.action)):
            raise AuthorizationError(403, f"{_described(actor)} may not do this ({self.action}): {_remedy(actor)}")
        named = request.resolver_match.kwargs if request.resolver_match else {}
        action = self._judge(actor, named)
        if request.method not in stepup.SAFE:
            stepup.demand(request, actor, action, str(named.get("slug", "")))
        return actor

    def _judge(self, actor: Actor, named: Named) -> Action:
        """What is asked for. Raises AuthorizationError."""
        slug = named.get("slug")
        if slug is None or len(slug) > fields.SLUG or not _SLUG.fullmatch(slug):  # refused as malformed later
            return self.action
        if not can(actor, "read", Thing(slug)) or not StoryRow.objects.filter(slug=slug).exists():
            raise missing(slug)
        by = self.instead.by(actor, named) if self.instead else None
        if self.instead is None or by is None:
            check(actor, self.action, Thing(slug, self._by(actor, named)))
            return self.action
        check(actor, self.instead.action, Thing(slug, by))
        return self.instead.action

    def _who(self, request: HttpRequest) -> Actor:
        actor = recognised(request)
        if actor is None:
            raise AuthenticationError()
        if "Authorization" not in request.headers:
            _refuse_forged(request)
        return actor


def recognised(request: HttpRequest) -> Actor | None:
    """Who shows a valid token, or else who is signed in; None: a stranger. Says nothing of what they may do."""
    if "Authorization" in request.headers:
        scheme, _, text = request.headers["Authorization"].partition(" ")
        return tokens.authenticate(text, now=clock()) if scheme.lower() == "bearer" else None
    if not isinstance(request.user, Person):
        return None
    return people.actor(request.user, session_key=request.session.session_key or "", now=clock())


def who(request: HttpRequest) -> Actor:
    """The actor that `Caller` recognised."""
    actor = request.auth  # type: ignore[attr-defined]  # set by ninja
    if not isinstance(actor, Actor):
        raise TypeError(f"{request.path} is a route without Caller")
    return actor


def check(actor: Actor, action: Action, thing: Thing = NEWSROOM) -> None:
    """Raise AuthorizationError unless `actor` may do `action` to this very thing."""
    if not can(actor, action, thing):
        raise AuthorizationError(403, f"{_described(actor)} may not do this here ({action}): {_remedy(actor)}")


def _refuse_forged(request: HttpRequest) -> None:
    """Raise AuthorizationError for a write that some other site may have made a browser send."""
    if request.method in stepup.SAFE:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site != "same-origin":
        reason = f"it comes from elsewhere (Sec-Fetch-Site: {site[:20]})"
    elif check_csrf(request, _no_view) is not None:
        reason = "its X-CSRFToken header is not that of this session"
    else:
        return
    raise AuthorizationError(
        403, f"this write was not sent by a page of {settings.CONFIG.base_url}: {reason}; reload the page"
    )


def _no_view(request: HttpRequest) -> HttpResponse:
    """What Django's check wants to see: a view that is not exempt."""
    return HttpResponse()


def _described(actor: Actor) -> str:
    if actor.is_machine:
        return f"a token with the scopes {', '.join(sorted(actor.scopes)) or 'none'}"
    return f"the role {actor.role or ', '.join(sorted(set(actor.stories.values()))) or 'none'}"


def _remedy(actor: Actor) -> str:
    return "use a token with another scope" if actor.is_machine else "ask an editor"
