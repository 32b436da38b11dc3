"""JSON-LD as publishers write it: in comments, with raw line ends and trailing commas, in graphs and arrays."""

import json
import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup

from standfirst.syndication.importers import schemaorg
from standfirst.syndication.importers.imported import Imported, Note

_OPENING = re.compile(r"\s{0,20}(?:<!--|(?://|/\*)?\s{0,20}<!\[CDATA\[\s{0,20}(?:\*/)?)")
_CLOSING = re.compile(r"(?:-->|(?://|/\*)?\s{0,20}\]\]>\s{0,20}(?:\*/)?);?$")
# A string that never ends runs to the text's end, so that nothing is looked at twice.
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|,(?=\s*+[\]}])', re.DOTALL)
_DEPTH = 40


def read(soup: BeautifulSoup, *, zone: ZoneInfo, faults: list[Note]) -> Imported | None:
    """The page's LiveBlogPosting with the most updates; None if there is none. JSON that cannot be read is a fault."""
    found: list[Imported] = []
    for number, script in enumerate(soup.find_all("script", type=re.compile(r"ld\+json", re.IGNORECASE)), 1):
        try:
            data = loads(script.string or script.get_text())
        except ValueError as error:
            faults.append(Note(text=f"JSON-LD block {number} cannot be read: {error}"))
            continue
        for item in _items(data, 0):
            page = schemaorg.read(item, format="JSON-LD", zone=zone)
            if page is not None:
                found.append(page)
    return max(found, key=lambda page: len(page.updates), default=None)


def loads(text: str) -> Any:  # Any: foreign JSON
    """JSON with its usual faults forgiven: comment and CDATA wrapping, raw control characters, trailing commas.

    Raises ValueError for what is beyond that.
    """
    text = text.strip()
    for _ in range(2):
        text = _CLOSING.sub("", _OPENING.sub("", text, count=1) if _OPENING.match(text) else text).strip().rstrip(";")
    try:
        try:
            return json.loads(text, strict=False)
        except json.JSONDecodeError:
            return json.loads(_TRAILING.sub(lambda match: match.group(1) or "", text), strict=False)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _items(data: Any, depth: int) -> Iterator[schemaorg.Item]:  # Any: foreign JSON
    """Every LiveBlogPosting, wherever it stands."""
    if depth > _DEPTH:
        return
    if isinstance(data, list):
        for part in data:
            yield from _items(part, depth + 1)
    elif isinstance(data, dict):
        if schemaorg.has_type(data, schemaorg.LIVE):
            yield data
            return
        for value in data.values():
            yield from _items(value, depth + 1)
