"""Who asks, and whether their role could ever do this. Asked before a body is looked at."""

from django.http import HttpRequest
from ninja.errors import AuthenticationError, AuthorizationError, Throttled
from ninja.security import HttpBearer

from standfirst.accounts import tokens
from standfirst.accounts.roles import Action, Actor, Filed, can, ever
from standfirst.desk.api.budget import Budget
from standfirst.desk.execute import clock

budget = Budget(rate=100, burst=1000)
"""Requests that one token may make: 100 a second on average, 1000 at once. Stops a runaway script, not a busy desk."""


class Bearer(HttpBearer):
    """A bearer token whose role may do `action` to something at least."""

    def __init__(self, action: Action) -> None:
        super().__init__()
        self.action = action

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        actor = tokens.authenticate(token, now=clock())
        if actor is None:
            raise AuthenticationError()
        request.actor = actor  # type: ignore[attr-defined]  # for the log line
        wait = budget.take(actor.id)
        if wait:
            raise Throttled(wait)
        if not ever(actor, self.action):
            raise AuthorizationError(403, f"the role {actor.role} may not do this ({self.action}): use another token")
        return actor


def who(request: HttpRequest) -> Actor:
    """The actor that `Bearer` recognised."""
    actor = request.auth  # type: ignore[attr-defined]  # set by ninja
    if not isinstance(actor, Actor):
        raise TypeError(f"{request.path} is a route without Bearer")
    return actor


def check(actor: Actor, action: Action, filed: Filed | None = None) -> None:
    """Raise AuthorizationError unless `actor` may do `action` to this very thing."""
    if not can(actor, action, filed):
        mine = " to what somebody else filed" if filed is not None else ""
        raise AuthorizationError(403, f"the role {actor.role} may not do this ({action}){mine}: ask an editor")
