"""Answers that turn a request away before any view: a problem from the API, a page elsewhere."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from standfirst.accounts import newsroom
from standfirst.desk.api.problems import problem

_TITLES = {
    400: "This request cannot be read",
    403: "You may not do this",
    404: "Nothing is here",
    413: "That is too much at once",
    421: "This is not the right address",
    423: "Writing is stopped",
    429: "Too many requests",
    500: "Something broke here",
    503: "The server is busy",
    507: "The disk is full",
}
"""What a page says in large letters."""


def refused(request: HttpRequest, status: int, code: str, detail: str, *, wait: int = 0) -> HttpResponse:
    """`code` is for programs, `detail` for people; `wait`: seconds after which it may be tried again."""
    if request.path.startswith("/api/"):
        response = problem(request, status, code, detail)
    else:
        title = _TITLES.get(status) or HTTPStatus(status).phrase.capitalize()
        words: dict[str, Any] = {"title": title, "status": status, "detail": detail, "wait": wait}  # Any: Django's way
        words |= {"request": request, "newsroom_name": _name()}
        response = HttpResponse(render_to_string("standfirst/refused.html", words), status=status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _name() -> str:
    """The newsroom's, as it is known without the database where that is what fails."""
    try:
        return newsroom.current().name
    except DatabaseError:
        known: str = settings.CONFIG.name
        return known


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Called by Django for a form whose token is not that of the session."""
    detail = (
        f"this form was not sent by a page of this newsroom, or is too old: load the page again and send it ({reason})"
    )
    return refused(request, 403, "forged", detail[:300])
