"""Which reader address is meant by a path. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "index", "page", "log", "block", "ops", "live", "static", "healthz", "robots", "passed", "nothing", "malformed"
]


PASSED = frozenset({"account", "admin", "api", "desk"})
"""First segments that are not the edge's: the application answers them."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")
_BLOCK = re.compile(r"([1-9][0-9]{0,14})-([1-9][0-9]{0,14})")


@dataclass(frozen=True, slots=True)
class Route:
    """What is asked for. `name` is the resource, edition, file name, or what is malformed."""

    kind: Kind
    slug: str = ""
    name: str = ""
    first: int = 0
    last: int = 0


NOTHING = Route("nothing")


def route(path: str) -> Route:
    """The route of a decoded path, without its trailing slash."""
    head, _, rest = path.removeprefix("/").partition("/")
    if head in PASSED:
        return Route("passed")
    if head == "static":
        return Route("static", name=rest)
    if path == "/":
        return Route("index")
    if path in ("/healthz", "/robots.txt"):
        return Route("healthz" if path == "/healthz" else "robots")
    if not _SLUG.fullmatch(head) or len(head) > 80 or not path.startswith("/"):
        return NOTHING
    segments = path.split("/")[2:]
    if "" in segments:
        return NOTHING
    match segments:
        case ["live"]:
            return Route("live", head)
        case ["log", number]:
            return _log(head, number)
        case ["ops", edition, number]:
            if not _NUMBER.fullmatch(number):
                return Route("malformed", head, number)
            return Route("ops", head, edition, int(number), int(number))
        case ["log" | "ops" | "live", *_]:
            return NOTHING
    return Route("page", head, rest)


def _log(slug: str, number: str) -> Route:
    if _NUMBER.fullmatch(number):
        return Route("log", slug, "", int(number), int(number))
    if block := _BLOCK.fullmatch(number):
        return Route("block", slug, "", int(block[1]), int(block[2]))
    return Route("malformed", slug, number)
