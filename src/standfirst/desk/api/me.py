"""Who the caller is to this newsroom: what a desk asks first."""

from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Router, Schema

from standfirst.accounts import brakes
from standfirst.accounts.models import Person
from standfirst.accounts.roles import ACTIONS, Thing, can
from standfirst.desk.api.auth import Caller, who
from standfirst.desk.api.params import shown

router = Router(tags=["people"])


class MeOut(Schema):
    """Whom the server takes the caller for, and what that is allowed in the newsroom.

    `stories` are roles for single ones, and `can_in` is what is allowed there. `csrf` goes into X-CSRFToken with every
    write; a token needs none. `frozen`: all writing is stopped at this moment.
    """

    id: str
    name: str
    role: str | None
    publishes: bool
    session: str
    stories: dict[str, str]
    can: list[str]
    can_in: dict[str, list[str]]
    csrf: str
    passkeys: int
    frozen: bool


@router.get("/me", auth=Caller("read"), response=MeOut, operation_id="getMe")
def get_me(request: HttpRequest) -> HttpResponse:
    """Who you are here, and what you may do."""
    actor = who(request)
    return shown(
        {
            "id": actor.id,
            "name": actor.name,
            "role": actor.role,
            "publishes": actor.publishes,
            "session": actor.session,
            "stories": dict(actor.stories),
            "can": [action for action in ACTIONS if can(actor, action)],
            "can_in": {
                slug: [action for action in ACTIONS if can(actor, action, Thing(slug))] for slug in dict(actor.stories)
            },
            "csrf": "" if actor.is_machine else get_token(request),
            "passkeys": _passkeys(request),
            "frozen": brakes.state().frozen,
        }
    )


def _passkeys(request: HttpRequest) -> int:
    if not isinstance(request.user, Person) or "Authorization" in request.headers:
        return 0
    found = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.WEBAUTHN)
    return int(found.count())
