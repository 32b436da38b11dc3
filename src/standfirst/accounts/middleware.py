"""Around every page of Django's: sessions, when one was last used, and the name that passkeys need."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from standfirst.accounts import sessions
from standfirst.accounts.models import Person

Next = Callable[[HttpRequest], HttpResponse]


class Sessions(SessionMiddleware):
    """Django's, but no answer of the API takes the cookie away: a late one would take that of a session begun since."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response = super().process_response(request, response)
        if request.path.startswith("/api/") and request.session.is_empty():
            response.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return response


class Seen:
    """Middleware: note, to the hour, that a session is used."""

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, Person) and request.session.session_key:
            sessions.seen(request.session.session_key, timezone.now())
        return self._get_response(request)


class ByName:
    """Middleware: who comes to sign in at this machine's number is sent to its name: no passkey works at a number."""

    def __init__(self, get_response: Next) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        config = settings.CONFIG
        if (
            config.desk_url != config.base_url
            and request.method == "GET"
            and request.path.startswith("/account/")
            and settings.SESSION_COOKIE_NAME not in request.COOKIES
            and request.get_host() == urlsplit(config.base_url).netloc
        ):
            return HttpResponseRedirect(f"{config.desk_url}{request.get_full_path()}")
        return self._get_response(request)
