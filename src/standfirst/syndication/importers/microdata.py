"""Microdata: the same vocabulary as JSON-LD, written on the mark-up itself, so that a body keeps its paragraphs."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup
from bs4.element import Tag

from standfirst.syndication.importers import schemaorg
from standfirst.syndication.importers.imported import Imported

_HTML = {"articleBody", "text"}
_ADDRESS = {"a": "href", "link": "href", "area": "href", "img": "src", "video": "src", "audio": "src", "iframe": "src"}
_DEPTH = 40
_MOST = 20_000_000
"""Characters that are read of an item, each again in every item that refers to it."""
_COST = 100
"""Characters that a property counts for, however short."""


def read(soup: BeautifulSoup, *, zone: ZoneInfo) -> Imported | None:
    """The page's first LiveBlogPosting that has updates; None if there is none."""
    for tag in soup.find_all(itemscope=True):
        item = {"@type": tag.get("itemtype")}
        if not schemaorg.has_type(item, schemaorg.LIVE):
            continue
        page = schemaorg.read(_Reader(soup).item(tag), format="microdata", zone=zone)
        if page is not None and page.updates:
            return page
    return None


class _Reader:
    """One item with all that is in it. References that lead round in a circle, or multiply, come to an end."""

    def __init__(self, soup: BeautifulSoup) -> None:
        self._named: dict[str, Tag] = {}
        for tag in soup.find_all(id=True):
            self._named.setdefault(str(tag["id"]), tag)
        self._open: list[Tag] = []
        self._left = _MOST

    def item(self, tag: Tag) -> dict[str, Any]:  # Any: foreign data, in JSON-LD's shape
        item: dict[str, Any] = {"@type": tag.get("itemtype")}
        if tag.get("itemid"):
            item["@id"] = str(tag["itemid"])
        self._open.append(tag)
        for found in self._found(tag):
            if self._left < 0:
                break
            for name in str(found["itemprop"]).split():
                value = self._value(found, name)
                self._left -= _COST + (len(value) if isinstance(value, str) else 0)
                if value is not None:
                    item.setdefault(name, []).append(value)
        self._open.pop()
        return item

    def _found(self, tag: Tag) -> Iterator[Tag]:
        """The elements that say something of the item at `tag`: those in it, and those that it refers to."""
        yield from _properties(tag)
        for reference in dict.fromkeys(str(tag.get("itemref") or "").split()):
            root = self._named.get(reference)
            if root is None or root is tag:
                continue
            if root.get("itemprop"):
                yield root
            else:
                yield from _properties(root)

    def _value(self, tag: Tag, name: str) -> Any:  # Any: foreign data, in JSON-LD's shape
        if tag.has_attr("itemscope"):
            inside = any(tag is outer for outer in self._open)
            return None if inside or len(self._open) > _DEPTH else self.item(tag)
        if tag.has_attr("content"):
            return str(tag["content"])
        if tag.name in _ADDRESS:
            return str(tag.get(_ADDRESS[tag.name]) or "") or None
        if tag.name == "time" and tag.get("datetime"):
            return str(tag["datetime"])
        return tag.decode_contents() if name in _HTML else tag.get_text(" ", strip=True)


def _properties(root: Tag) -> Iterator[Tag]:
    """The elements that say something of this item and not of one inside it."""
    pending = [child for child in reversed(list(root.children)) if isinstance(child, Tag)]
    while pending:
        tag = pending.pop()
        if tag.get("itemprop"):
            yield tag
        if not tag.has_attr("itemscope"):
            pending.extend(child for child in reversed(list(tag.children)) if isinstance(child, Tag))
