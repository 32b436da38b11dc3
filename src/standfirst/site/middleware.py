"""Around every request to Django: one log line, the headers of an API, and a problem for whatever failed."""

import re
import time
from collections.abc import Callable

import structlog
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse

from standfirst.accounts.roles import Actor
from standfirst.desk.api.problems import MEDIA, problem
from standfirst.record.errors import RecordBroken, RecordFull
from standfirst.site import failure
from standfirst.site.refusing import refused

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Authorization, Accept",
}
"""On every answer of the API."""

_SPEAKS = ("application/json", MEDIA)
_ALSO = {
    "text/event-stream": re.compile(r"/api/v1/stories/[^/]+/desk"),
    "text/html": re.compile(r"/api/v1/stories/[^/]+/drafts/[^/]+/preview"),
}
"""What else is spoken, and where."""
_DISK_FULL = "53100"  # PostgreSQL's SQLSTATE
_CODES = {405: ("method-not-allowed", "this address does not take {method}: use {allow}")}

log = structlog.get_logger("standfirst.api")


class Guard:
    """The middleware next to the views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        if request.path.startswith("/api/"):
            response = self._get_response(request) if _acceptable(request) else _not_acceptable(request)
            response = _as_problem(request, response)
            for name, value in HEADERS.items():
                response.setdefault(name, value)
        else:
            response = self._get_response(request)
            response.setdefault("Cache-Control", "no-store")
        response["Content-Length"] = str(len(response.content))
        _log(request, response, time.perf_counter() - started)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called by Django with what a view raised."""
        if isinstance(error, RecordBroken):
            failure.leave(error)
        if isinstance(error, RecordFull) or _sqlstate(error) == _DISK_FULL:
            detail = "the disk is full and nothing was written: make room, then send it again with the same key"
            return refused(request, 507, "disk-full", detail)
        if isinstance(error, OperationalError):
            log.error("database", error=str(error))
            detail = "the database does not answer: send the request again, a write with the same key"
            return refused(request, 503, "database", detail, wait=2)
        return None


def _sqlstate(error: Exception) -> str | None:
    return getattr(error.__cause__, "sqlstate", None) if isinstance(error, DatabaseError) else None


def _acceptable(request: HttpRequest) -> bool:
    spoken = (*_SPEAKS, *(media for media, where in _ALSO.items() if where.fullmatch(request.path)))
    return not request.headers.get("Accept") or any(request.accepts(media) for media in spoken)


def _not_acceptable(request: HttpRequest) -> HttpResponse:
    return problem(request, 406, "not-acceptable", "this API speaks application/json: send Accept: application/json")


def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What Django and django-ninja answer by themselves, said as a problem."""
    if response.status_code < 400 or response.get("Content-Type", "").startswith(MEDIA):
        return response
    code, detail = _CODES.get(response.status_code, ("refused", "the server cannot do this"))
    allow = ", ".join(sorted(response.get("Allow", "").split(", ")))
    said = problem(request, response.status_code, code, detail.format(method=request.method, allow=allow))
    if allow:
        said["Allow"] = allow
    return said


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Who (a token's public id), what kind of request, how it went. No address, no words, no query."""
    actor = getattr(request, "actor", None)
    log.info(
        "request",
        method=request.method,
        route=request.resolver_match.route if request.resolver_match else None,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        actor=actor.id if isinstance(actor, Actor) else None,
    )
