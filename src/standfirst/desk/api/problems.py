"""Every answer that is no success is an RFC 9457 problem."""

import json
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

TYPE = "urn:standfirst:problem:"
MEDIA = "application/problem+json"
TOO_LARGE = f"a body has at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} kB: split it into several updates"


def document(status: int, code: str, detail: str, instance: str, **more: Any) -> bytes:  # Any: JSON, as extensions
    """A problem as JSON. `code` is kebab-case and stays the same for good; `detail` says what to do."""
    return json.dumps(
        {
            "type": TYPE + code,
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "instance": instance,
            **more,
        }
    ).encode()


def problem(request: HttpRequest, status: int, code: str, detail: str, **more: Any) -> HttpResponse:  # Any: JSON
    """A problem as the answer to `request`."""
    response = HttpResponse(document(status, code, detail, request.path, **more), status=status, content_type=MEDIA)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
