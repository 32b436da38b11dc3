"""Read a request's JSON strictly: nothing in it may mean two things, or be no text."""

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

MAX_DEPTH = 200
"""Of JSON. A document of 64 nodes takes about 130."""


class BodyRefused(ValueError):
    """A request body that cannot be read; `status` is the HTTP status that says so."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class StrictParser(Parser):
    """application/json in UTF-8, without repeated keys, NaN, NUL characters or lone surrogates."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:  # Any: JSON; pydantic judges its shape
        if request.content_type != "application/json":
            shown = (request.content_type or "none")[:60]
            raise BodyRefused(415, f"Content-Type {shown!r} is not understood: send application/json")
        try:
            text = request.body.decode()
            value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
        except UnicodeDecodeError as error:
            raise BodyRefused(400, f"byte {error.start} of the body is not UTF-8: encode the body in UTF-8") from None
        except RecursionError:
            raise _too_deep() from None
        except BodyRefused:
            raise
        except ValueError as error:
            raise BodyRefused(400, f"the body is not JSON: {error}") from None
        _judge(value)
        return value  # type: ignore[no-any-return]  # whatever it is, pydantic refuses what is no object


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BodyRefused(400, f"the key {twice[:60]!r} stands twice in one object: keep one of them")
    return found


def _no_number(name: str) -> NoReturn:
    raise BodyRefused(400, f"{name} is no JSON number: leave it out")


def _judge(value: object) -> None:
    """Refuse what is nested too deeply for anybody to read, and characters that are no text."""
    level = [value]
    for _ in range(MAX_DEPTH):
        if not level:
            return
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend((*item, *item.values()))
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str):
                _only_text(item)
        level = below
    raise _too_deep()


def _only_text(item: str) -> None:
    if "\0" in item:
        raise BodyRefused(400, "the body has a NUL character (\\u0000): remove it")
    if not item.isascii() and any("\ud800" <= char <= "\udfff" for char in item):
        raise BodyRefused(400, "the body has half a surrogate pair (\\ud800 to \\udfff): remove it")


def _too_deep() -> BodyRefused:
    return BodyRefused(400, "the body is nested too deeply: a document has at most 64 nodes inside one another")
