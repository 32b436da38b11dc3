"""Every address that Django answers, with the action that it takes: for the permission table, and for its test."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from standfirst.accounts.roles import Action
from standfirst.desk.api import api
from standfirst.desk.api.auth import Caller

ROOT = "/api/v1"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may `method` this `path` is who may do `action`. `name` is the operation's or the view's.

    `instead` is what it takes in place of that for a draft that changes an update.
    """

    name: str
    method: str
    path: str
    action: Action
    instead: Action | None = None


class Unruled(Exception):
    """An address that nobody said who may use; the message names it and where to say so."""


def rules() -> list[Rule]:
    """Those of the API, then those of the newsroom's pages, in the order of their addresses."""
    return [*sorted(_of_api(), key=lambda rule: (rule.path, rule.method)), *_of_pages()]


def _of_api() -> Iterator[Rule]:
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                callers = [auth for auth in operation.auth_callbacks if isinstance(auth, Caller)]
                if len(callers) != 1:
                    raise Unruled(f"{operation.operation_id} ({path}) has no Caller: give it `auth=Caller(action)`")
                name = operation.operation_id or operation.view_func.__name__
                instead = callers[0].instead.action if callers[0].instead else None
                for method in operation.methods:
                    yield Rule(name, method, ROOT + prefix + path, callers[0].action, instead)


def _of_pages() -> Iterator[Rule]:
    """Pages below /desk/ whose view carries an `action`; the others ask for no more than to be signed in."""
    for path, pattern in _patterns(get_resolver().url_patterns):
        action: Action | None = getattr(pattern.callback, "action", None)
        if path.startswith("/desk/") and action is not None:
            name = pattern.name or pattern.callback.__name__
            for method in getattr(pattern.callback, "methods", ("GET", "POST")):
                yield Rule(name, method, path, action)


def _patterns(found: Sequence[Any], prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:  # Any: Django's two kinds
    for item in found:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(item.pattern))
        if isinstance(item, URLResolver):
            yield from _patterns(item.url_patterns, path)
        else:
            yield path, item
