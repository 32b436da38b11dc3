"""What somebody signs in with is changed only by whoever proves the strongest of it.

django-allauth asks for any proof, a password too, and for none from somebody who has nothing here to prove themselves
with. A session and a password that were both stolen would so make a passkey of their own, or take the right one away.
"""

import time
from collections.abc import Callable
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from standfirst.accounts import proof, stepup
from standfirst.accounts.models import Person

CHANGING = frozenset(
    {
        "mfa_add_webauthn",
        "mfa_remove_webauthn",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
    }
)
"""Pages of django-allauth, by name; to open one is to begin."""
SENT = frozenset({"account_set_password", "account_email"})
"""Those of which the form alone matters."""


class Keys:
    """The middleware. Somebody with a password alone is left to django-allauth, which asks for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, named: object
    ) -> HttpResponse | None:
        """Called by Django when it knows the view."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        concerned = name in CHANGING or (name in SENT and request.method not in stepup.SAFE)
        if not concerned or not isinstance(request.user, Person):
            return None
        has = stepup.owned(request)
        records = get_authentication_records(request, request.user)
        if has.strongest == "password" or proof.changes(has, records, time.time()):
            return None
        # what was sent is not kept for afterwards: it may be a password
        then = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse(stepup.PAGES[has.strongest])}?{then}")
