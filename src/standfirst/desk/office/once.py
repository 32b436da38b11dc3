"""Secrets that are shown once: a link, a token. They are kept nowhere but in a cookie of whoever made them."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

LASTS = 120
"""Seconds from the form that made the secret to the page that shows it."""
_SALT = "standfirst.desk.office.once"
_NAME = "once"


def hand_over(request: HttpRequest, response: HttpResponse, secret: str) -> HttpResponse:
    """Give it to the page that comes next, of the same session."""
    signed = signing.dumps([request.session.session_key, request.user.pk, secret], salt=_SALT)
    response.set_cookie(
        _cookie(), signed, max_age=LASTS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return response


def handed(request: HttpRequest) -> str:
    """What was handed over to this session, "" for nothing."""
    try:
        key, person, secret = signing.loads(request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(secret) if (key, person) == (request.session.session_key, request.user.pk) else ""


def shown(response: HttpResponse) -> HttpResponse:
    """It was shown, and is forgotten."""
    response.delete_cookie(_cookie(), samesite="Lax")
    return response


def _cookie() -> str:
    return settings.SESSION_COOKIE_NAME.replace("session", _NAME)
