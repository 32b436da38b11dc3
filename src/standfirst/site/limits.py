"""How much one address, one account and one form may ask of Django. The edge's own budgets come before all of these.

A budget is keyed by where a request comes from or by who is signed in: never by anything the request says, so nothing
in it can be changed to get another one. Guesses at passwords and codes are counted by django-allauth, by account too.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from standfirst.accounts.models import Person
from standfirst.desk.api import auth
from standfirst.desk.api.budget import Budget
from standfirst.site.refusing import refused

STRANGERS = Budget(rate=2, burst=100)
"""Requests to the API that show no valid token or session, by address."""
SIGNING_IN = Budget(rate=5, burst=300)
"""Requests to the pages of accounts, by address, which a whole newsroom may share."""
FORMS = Budget(rate=1, burst=60)
"""Forms sent to these pages, by address: checking a password is made to cost."""

FIELD = 16 * 1024
"""Characters in one field of a form. A passkey's answer has some 6,000; most fields say less themselves."""
NAME = 100
"""Characters in a field's name."""
NESTED = 100
"""Brackets that open in a field that is JSON."""

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

Next = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]


def takes_files(view: View) -> View:
    """Mark a view whose form has a file in it: no other view is given one."""
    view.takes_files = True  # type: ignore[attr-defined]  # a mark on a function
    return view


def forgive() -> None:
    """Forget what everybody asked for."""
    for budget in (STRANGERS, SIGNING_IN, FORMS, auth.budget):
        budget.clear()


class AddressLimits:
    """Middleware, before anything is looked up: budgets by address."""

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.META.get("REMOTE_ADDR", "")
        if request.path.startswith("/api/"):
            response = self._get_response(request)
            wait = STRANGERS.take(address) if response.status_code == 401 else 0
            return _too_often(request, "requests without a valid token come", wait) if wait else response
        if request.path.startswith(("/account/", "/admin/login/")):
            sent = request.method in _UNSAFE
            wait = SIGNING_IN.take(address) or (FORMS.take(address) if sent else 0)
            if wait:
                return _too_often(request, "requests to sign in come", wait)
        return self._get_response(request)


class AccountLimits:
    """Middleware, once it is known who is signed in: pages spend what that person's requests to the API spend too."""

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        who = request.user
        if (
            isinstance(who, Person)
            and not request.path.startswith("/api/")
            and (wait := auth.budget.take(who.actor_id))
        ):
            return refused(request, 429, "too-many-requests", f"you ask too often: wait {wait} s", wait=wait)
        return self._get_response(request)


class Forms:
    """Middleware: what a form may have in it, before any view reads it. How many fields: see the settings."""

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: object, named: object) -> HttpResponse | None:
        """Called by Django when it knows the view."""
        if request.method not in _UNSAFE or request.path.startswith("/api/"):
            return None
        if request.FILES and not getattr(view, "takes_files", False):
            return refused(request, 415, "unsupported-media-type", "this form takes no files: send it without")
        for name, values in request.POST.lists():
            if len(name) > NAME:
                detail = (
                    f"the field {name[:40]!r} has a name of {len(name)} characters: there is none longer than {NAME}"
                )
                return refused(request, 400, "malformed", detail)
            for value in map(str, values):
                if len(value) > FIELD:
                    detail = f"the field {name!r} has {len(value)} characters: shorten it to {FIELD}"
                    return refused(request, 400, "too-large", detail)
                if value[:1] in "[{" and value.count("[") + value.count("{") > NESTED:
                    return refused(request, 400, "malformed", f"the field {name!r} is nested too deeply")
        return None


def _too_often(request: HttpRequest, what: str, wait: int) -> HttpResponse:
    return refused(request, 429, "too-many-requests", f"{what} too often from where you are: wait {wait} s", wait=wait)
