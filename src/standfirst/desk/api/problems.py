"""Every answer that is no success is an RFC 9457 problem."""

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

TYPE = "urn:standfirst:problem:"
MEDIA = "application/problem+json"


def problem(
    request: HttpRequest,
    status: int,
    code: str,
    detail: str,
    **more: Any,  # Any: JSON, as RFC 9457 extensions
) -> HttpResponse:
    """A problem as a response. `code` is kebab-case and stays the same for good; `detail` says what to do."""
    data = {
        "type": TYPE + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
        **more,
    }
    response = HttpResponse(json.dumps(data), status=status, content_type=MEDIA)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
