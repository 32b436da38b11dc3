"""Somebody signed in who looks at every page that Django has for them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from standfirst.accounts.models import Person

OURS = ("/account/", "/admin/", "/desk/")
MOST = 400
"""Pages that one walk looks at."""
_LEAVES = re.compile(r"/logout/|/i18n/|/jsi18n/")


def person(role: str = "owner", **fields: Any) -> Person:
    """Somebody with this role in the newsroom."""
    given = {"email": f"{role or 'nobody'}@news.example", "name": f"A {role}", **fields}
    return Person.objects.create_user(password="correct horse battery", role=role, **given)


def signed_in(who: Person, **more: Any) -> Client:
    """A browser of theirs, which comes from a form of ours whatever it sends."""
    client = Client(**more)
    client.force_login(who)
    return client


def addresses() -> list[str]:
    """Every address of Django's that has no parameter, outside of the API."""
    found = []
    for name, pattern in _named(get_resolver()):
        if pattern.pattern.regex.groups == 0:
            try:
                found.append(reverse(name))
            except NoReverseMatch:
                continue
    return sorted({path for path in found if path.startswith(OURS) and not _LEAVES.search(path)})


def _named(resolver: URLResolver, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from _named(one, (*spaces, one.namespace) if one.namespace else spaces)
        elif one.name:
            yield ":".join((*spaces, one.name)), one


def walk(client: Client, *more: str) -> dict[str, Any]:
    """What is answered at every address, and at every one that those pages lead to."""
    waiting, seen = [*addresses(), *more], {}
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        if path in seen:
            continue
        answer = seen[path] = client.get(path)
        assert answer.status_code < 500, f"{path}: {answer.status_code}"
        if answer.get("Content-Type", "").startswith("text/html"):
            waiting += [to for to in _links(path, answer.content) if to not in seen]
    return seen


def _links(path: str, body: bytes) -> Iterator[str]:
    for link in BeautifulSoup(body, "html.parser").find_all("a", href=True):
        to = urlsplit(urljoin(path, str(link["href"])))
        if not to.netloc and to.path.startswith(OURS) and not _LEAVES.search(to.path):
            yield to.path + (f"?{to.query}" if to.query else "")


def inline(body: bytes) -> list[str]:
    """What in a page's mark-up would run, or style, without a file of its own. Data blocks do neither."""
    page = BeautifulSoup(body, "html.parser")
    found = [str(tag) for tag in page.find_all("style")]
    for tag in page.find_all("script"):
        data = str(tag.get("type", "")) in ("application/json", "application/ld+json")
        if not data and (not tag.get("src") or tag.get_text(strip=True)):
            found.append(str(tag))
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            text = re.sub(r"\s", "", str(value)).lower()
            if name == "style" or name.startswith("on") or text.startswith(("javascript:", "vbscript:", "data:text")):
                found.append(f"<{tag.name} {name}={value!r}>")
    return found
