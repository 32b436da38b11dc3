"""Ask people to prove who they are before what matters. What needs it is in `proof`; asking is django-allauth's."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from standfirst.accounts import brakes, newsroom, people, proof
from standfirst.accounts.models import Person
from standfirst.accounts.proof import Has, Level, Means
from standfirst.accounts.roles import Action, Actor

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PAGES: dict[Means, str] = {
    "webauthn": "mfa_reauthenticate_webauthn",
    "totp": "mfa_reauthenticate",
    "password": "account_reauthenticate",
    "other": "account_logout",  # another house knows them: they sign in there again
}
_WORDS: dict[Means, str] = {
    "webauthn": "show your passkey",
    "totp": "give a code of your authenticator app",
    "password": "give your password again",
    "other": "sign out, and in again",
}

View = TypeVar("View", bound=Callable[..., HttpResponse])


class StepUp(Exception):  # an answer, not an error
    """Somebody has to prove who they are before `action`. `methods`: by which means."""

    def __init__(self, action: Action, means: Means, page: str, remedy: str) -> None:
        super().__init__(f"this needs to be surely you ({action}): {remedy}, then send it again")
        self.methods = (means,)
        self.page = page

    def url(self, then: str) -> str:
        """Where they do so; `then` is the path that they come to next."""
        return f"{reverse(self.page)}?{urlencode({'next': then})}"


class TooManyRetractions(Exception):  # an answer, not an error
    """A machine cannot prove anything, so it retracts a few updates an hour and no more."""

    def __init__(self, most: int) -> None:
        super().__init__(f"a token retracts at most {most} updates in an hour: let a person retract the others")


def demand(request: HttpRequest, actor: Actor, action: Action, story: str = "") -> None:
    """Raise StepUp unless `actor` has proved to this session what `action` in `story` needs; TooManyRetractions."""
    level = proof.LEVELS[action]
    many = action == "update.retract" and brakes.retractions(actor.id, timezone.now()) >= (
        most := newsroom.current().mass_retraction
    )
    if actor.is_machine:
        if many:
            raise TooManyRetractions(most)
        return
    if level == "none":
        return
    has = owned(request)
    roles = frozenset(role for role in (actor.role, actor.stories.get(story)) if role is not None)
    level = "fresh" if many else proof.needed(action, roles, newsroom.current().publish_factor, has)
    if not proof.held(level, has, get_authentication_records(request, request.user), time.time()):
        raise _asked(action, level, has)


def required(request: HttpRequest, actor: Actor, action: Action, story: str = "") -> bool:
    """Whether `demand` would refuse."""
    try:
        demand(request, actor, action, story)
    except (StepUp, TooManyRetractions):
        return True
    return False


def page(action: Action) -> Callable[[View], View]:
    """For a page of somebody signed in: its forms need a step-up, and are sent again by themselves after it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def asking(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:  # Any: as the view has them
            if request.method not in SAFE and isinstance(request.user, Person):
                key = request.session.session_key or ""
                actor = people.actor(request.user, session_key=key, now=timezone.now())
                try:
                    demand(request, actor, action, named.get("slug", ""))
                except StepUp as needed:
                    return cast(HttpResponse, suspend_request(request, reverse(needed.page)))
            return view(request, *args, **named)

        return cast(View, asking)

    return decorate


def owned(request: HttpRequest) -> Has:
    """What whoever is signed in can prove themselves with."""
    if not isinstance(request.user, Person):
        return Has()
    kinds = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    return Has(
        passkey=Authenticator.Type.WEBAUTHN in kinds,
        totp=Authenticator.Type.TOTP in kinds,
        password=request.user.has_usable_password(),
    )


def _asked(action: Action, level: Level, has: Has) -> StepUp:
    if level == "factor" and not has.passkey:
        return StepUp(action, "webauthn", "mfa_add_webauthn", "this newsroom publishes with passkeys, add yours")
    means = has.strongest
    return StepUp(action, means, PAGES[means], _WORDS[means])
