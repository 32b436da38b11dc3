"""Refuse, before any view, whatever would write while all writing is stopped. Writers look at the switch too.

Why it is stopped is told to those who are signed in or show a valid token: it may say what an attacker should not read.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from standfirst.accounts import freeze
from standfirst.accounts.stepup import SAFE
from standfirst.desk.api.auth import recognised
from standfirst.site.refusing import refused

STILL_API = frozenset({("PUT", "api/v1/freeze"), ("DELETE", "api/v1/freeze"), ("POST", "api/v1/undo")})
STILL_PAGES = frozenset(
    {
        "account_login",
        "account_logout",
        "account_end_session",
        "account_reauthenticate",
        "account_request_login_code",
        "account_confirm_login_code",
        "mfa_authenticate",
        "mfa_trust",
        "mfa_reauthenticate",
        "mfa_login_webauthn",
        "mfa_reauthenticate_webauthn",
        "openid_connect_login",
        "openid_connect_callback",
        "usersessions_list",
        "desk-done",
        "admin:login",
        "admin:logout",
    }
)
"""Addresses, by name, that sign people in and out and end sessions. Views of our own are marked by `freeze.still`."""


class Freezing:
    """The middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, named: object
    ) -> HttpResponse | None:
        """Called by Django when it knows the view."""
        if request.method in SAFE or _still(request) or getattr(view, "under_freeze", False):
            return None
        now = freeze.state()
        return _refused(request, freeze.Frozen(now.why)) if now.frozen else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django with what a page raised: a writer that found the switch turned in its transaction."""
        return _refused(request, error) if isinstance(error, freeze.Frozen) else None


def _refused(request: HttpRequest, error: freeze.Frozen) -> HttpResponse:
    """With the reason, or without it to a stranger."""
    told = error if recognised(request) is not None else freeze.Frozen()
    return refused(request, 423, "frozen", str(told))


def _still(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.view_name in STILL_PAGES or (request.method, match.route) in STILL_API)
