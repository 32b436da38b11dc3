"""What the generated OpenAPI document does not know by itself: problems, headers, the token."""

from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from standfirst.desk.api.problems import MEDIA
from standfirst.desk.api.schemas import Problem

_JSON = dict[str, Any]  # Any: an OpenAPI document

_ETAG = {"ETag": {"schema": {"type": "string"}, "description": '`"rev.seq"`, for If-Match.'}}
_LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Where the API has it."}}
_REPLAYED = {
    "Idempotent-Replayed": {"schema": {"const": "true"}, "description": "There when this key was answered before."}
}
_RETRY = {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Seconds to wait."}}
_CHALLENGE = {"WWW-Authenticate": {"schema": {"const": "Bearer"}}}
_REFUSAL_HEADERS: dict[int, _JSON] = {401: _CHALLENGE, 429: _RETRY, 503: _RETRY}


class DeskAPI(NinjaAPI):
    """django-ninja's API with a whole OpenAPI document."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:  # Any: as django-ninja has it
        document = super().get_openapi_schema(**options)
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                _complete(operation, method, path)
        components = document["components"]
        components["schemas"]["Problem"] = Problem.json_schema()
        components["securitySchemes"]["Caller"]["description"] = "`standfirst token create --scope publish` makes one."
        return document


def _complete(operation: _JSON, method: str, path: str) -> None:
    write = method != "get"
    responses: dict[int, _JSON] = operation["responses"]
    for status, response in responses.items():
        headers: _JSON = {}
        if write or path.endswith(("{slug}", "{update}", "{draft}")):
            headers |= _ETAG
        if write:
            headers |= _REPLAYED
        if status == 201:
            headers |= _LOCATION
        if headers:
            response["headers"] = headers
    for refusal in _refusals(operation, write, "{" in path):
        responses[refusal] = {
            "description": HTTPStatus(refusal).phrase,
            "headers": _REFUSAL_HEADERS.get(refusal, {}),
            "content": {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _refusals(operation: _JSON, write: bool, named: bool) -> list[int]:
    """The statuses other than success that an operation can answer."""
    found = {400, 401, 403, 406, 422, 429, 500, 503}
    if named:
        found |= {404}
    if write:
        found |= {409, 413, 507}
    if "requestBody" in operation:
        found |= {415}
    if any(one["name"] == "If-Match" and one["schema"].get("default") != "*" for one in operation["parameters"]):
        found |= {428}  # "*" is meant where it may be left out
    return sorted(found)
