"""Refusals of every kind as problems, and the edit that can meet another one."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, Throttled, ValidationError

from standfirst.accounts.brakes import Frozen, Paused
from standfirst.accounts.roles import Actor
from standfirst.accounts.stepup import StepUp, TooManyRetractions
from standfirst.desk.api import views
from standfirst.desk.api.params import CursorRefused
from standfirst.desk.api.problems import TOO_LARGE, problem
from standfirst.desk.api.reading import BodyRefused
from standfirst.desk.execute import Answer, Busy, execute
from standfirst.desk.stories import stories
from standfirst.record.errors import KeyReused
from standfirst.story.commands import ChangeStory, ClearSummary, EditUpdate, WriteSummary
from standfirst.story.document import DocumentRefused
from standfirst.story.refusals import Conflict, Invalid, NotFound, Refusal

DONE = "/desk/done/"
"""Where proving who one is ends, for a desk that opened it in a window of its own."""

Edit = ChangeStory | EditUpdate | WriteSummary | ClearSummary
"""What can meet another edit of the same thing."""

_E = TypeVar("_E", bound=Exception)
_HEADERS = {
    "Idempotency-Key": (400, "idempotency-key", "1 to 200 visible ASCII characters, a new one for each write"),
    "If-None-Match": (428, "precondition-required", "* to write what is not there yet"),
    "If-Match": (428, "precondition-required", 'the ETag of what you edited, like "3.17", or * for whatever stands'),
}


class Missing(Exception):  # an answer, not an error
    """Nothing is there; the message says where to look."""


class Unconditional(Exception):  # an answer, not an error
    """A write that does not say what it replaces; the message says how."""


class Stale(Exception):  # an answer, not an error
    """An edit of something that was edited meanwhile, with both versions."""

    def __init__(self, refusal: Conflict, yours: views.Data, current: views.Data) -> None:
        super().__init__(str(refusal))
        self.yours, self.current = yours, current


def edit(slug: str, command: Edit, actor: Actor, key: str, sent: views.Data) -> Answer:
    """Execute an edit; raise Stale with what was `sent` and what stands if somebody was faster."""
    try:
        return execute(slug, command, actor, key)
    except Conflict as refusal:
        story = stories.current(slug)
        if story is None:
            raise
        current = (
            views.update(story, story.updates[command.id]) if isinstance(command, EditUpdate) else views.story(story)
        )
        name = "summary_seq" if isinstance(command, WriteSummary | ClearSummary) else "rev"
        raise Stale(refusal, {name: refusal.expected, **sent}, current) from None


def install(api: NinjaAPI) -> None:
    """Teach `api` to answer each refusal."""
    _teach(api, Refusal, _refusal)
    _teach(api, Stale, _stale)
    _teach(api, Unconditional, _unconditional)
    _teach(api, Missing, _missing)
    _teach(api, CursorRefused, _cursor)
    _teach(api, DocumentRefused, _document)
    _teach(api, ValidationError, _validation)
    _teach(api, KeyReused, _key_reused)
    _teach(api, Busy, _busy)
    _teach(api, Frozen, _frozen)
    _teach(api, Paused, _paused)
    _teach(api, StepUp, _step_up)
    _teach(api, TooManyRetractions, _too_many_retractions)
    _teach(api, AuthenticationError, _unauthenticated)
    _teach(api, AuthorizationError, _forbidden)
    _teach(api, Throttled, _throttled)
    _teach(api, HttpError, _http)
    _teach(api, RequestDataTooBig, _too_large)


def _teach(api: NinjaAPI, kind: type[_E], handler: Callable[[HttpRequest, _E], HttpResponse]) -> None:
    api.add_exception_handler(kind, handler)  # type: ignore[arg-type]  # its type admits classes, it passes instances


def _refusal(request: HttpRequest, error: Refusal) -> HttpResponse:
    if isinstance(error, Invalid):
        return _invalid(request, error.errors)
    if error.field is not None and not isinstance(error, Conflict | NotFound):
        more = {"errors": [{"field": error.field, "message": f"{error.detail}: {error.remedy}"}]}
    else:
        more = {}
    status = 404 if isinstance(error, NotFound) else 409
    return problem(request, status, error.code, f"{error.detail}: {error.remedy}", **more)


def _stale(request: HttpRequest, error: Stale) -> HttpResponse:
    return problem(request, 409, "conflict", str(error), yours=error.yours, current=error.current)


def _unconditional(request: HttpRequest, error: Unconditional) -> HttpResponse:
    return problem(request, 428, "precondition-required", str(error))


def _missing(request: HttpRequest, error: Missing) -> HttpResponse:
    return problem(request, 404, "not-found", str(error))


def _cursor(request: HttpRequest, error: CursorRefused) -> HttpResponse:
    return _invalid(request, [("cursor", str(error))])


def _document(request: HttpRequest, error: DocumentRefused) -> HttpResponse:
    return _invalid(request, [("text", str(error))])


def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Missing headers have a status of their own; everything else is 422, each bad field by name."""
    for item in error.errors:
        source, name = item["loc"][0], str(item["loc"][1]) if len(item["loc"]) > 1 else ""
        if source == "header" and name in _HEADERS:
            status, code, remedy = _HEADERS[name]
            if item["type"] == "missing":
                return problem(request, status, code, f"the {name} header is missing: send {remedy}")
            return problem(request, 400, code, f"the {name} header cannot be used: send {remedy}")
    return _invalid(request, [(_field(item["loc"]), _message(item)) for item in error.errors])


def _field(loc: Sequence[str | int]) -> str:
    """`known[2].text` for what pydantic finds at ("body", "summary", "known", 2, "text")."""
    parts = loc[2:] if loc[0] == "body" else loc[1:]
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return written.removeprefix(".") or "body"


def _message(item: dict[str, Any]) -> str:  # Any: pydantic's error
    return str(item["msg"]).removeprefix("Value error, ")


def _invalid(request: HttpRequest, errors: Sequence[tuple[str, str]]) -> HttpResponse:
    named = [{"field": field, "message": message} for field, message in errors]
    detail = (
        f"{len(named)} field{'s' if len(named) != 1 else ''} cannot be used: mend what `errors` names, send it again"
    )
    return problem(request, 422, "invalid", detail, errors=named)


def _unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem(request, 401, "unauthenticated", "send a valid token as `Authorization: Bearer sf_…`")


def _forbidden(request: HttpRequest, error: AuthorizationError) -> HttpResponse:
    return problem(request, 403, "forbidden", str(error))


def _throttled(request: HttpRequest, error: Throttled) -> HttpResponse:
    response = problem(request, 429, "too-many-requests", f"this token asks too often: wait {error.wait} s")
    response["Retry-After"] = str(error.wait)
    return response


def _key_reused(request: HttpRequest, error: KeyReused) -> HttpResponse:
    return problem(request, 422, "key-reused", str(error))


def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem(request, 413, "too-large", TOO_LARGE)


def _busy(request: HttpRequest, error: Busy) -> HttpResponse:
    response = problem(request, 503, "busy", str(error))
    response["Retry-After"] = "1"
    return response


def _frozen(request: HttpRequest, error: Frozen) -> HttpResponse:
    return problem(request, 423, "frozen", str(error))


def _paused(request: HttpRequest, error: Paused) -> HttpResponse:
    return problem(request, 403, "paused", str(error))


def _step_up(request: HttpRequest, error: StepUp) -> HttpResponse:
    return problem(request, 403, "step-up", str(error), url=error.url(DONE), methods=list(error.methods))


def _too_many_retractions(request: HttpRequest, error: TooManyRetractions) -> HttpResponse:
    return problem(request, 403, "too-many-retractions", str(error))


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, BodyRefused):
        refused = error.__cause__
        codes = {400: "malformed", 415: "unsupported-media-type"}
        return problem(request, refused.status, codes[refused.status], str(refused))
    return problem(request, error.status_code, "refused", str(error))
