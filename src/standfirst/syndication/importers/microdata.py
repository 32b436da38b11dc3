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


def read(soup: BeautifulSoup, *, zone: ZoneInfo) -> Imported | None:
    """The page's first LiveBlogPosting that has updates; None if there is none."""
    for tag in soup.find_all(itemscope=True):
        item = {"@type": tag.get("itemtype")}
        if not schemaorg.has_type(item, schemaorg.LIVE):
            continue
        page = schemaorg.read(_item(tag, soup, 0), format="microdata", zone=zone)
        if page is not None and page.updates:
            return page
    return None


def _item(tag: Tag, soup: BeautifulSoup, depth: int) -> dict[str, Any]:  # Any: foreign data, in JSON-LD's shape
    item: dict[str, Any] = {"@type": tag.get("itemtype")}
    if tag.get("itemid"):
        item["@id"] = str(tag["itemid"])
    roots = [tag]
    for reference in str(tag.get("itemref") or "").split():
        other = soup.find(id=reference)
        if isinstance(other, Tag) and other is not tag:
            roots.append(other)
    for root in roots:
        for found in [root] if root is not tag and root.get("itemprop") else _properties(root):
            for name in str(found["itemprop"]).split():
                value = _value(found, name, soup, depth)
                if value is not None:
                    item.setdefault(name, []).append(value)
    return item


def _properties(root: Tag) -> Iterator[Tag]:
    """The elements that say something of this item and not of one inside it."""
    pending = [child for child in reversed(list(root.children)) if isinstance(child, Tag)]
    while pending:
        tag = pending.pop()
        if tag.get("itemprop"):
            yield tag
        if not tag.has_attr("itemscope"):
            pending.extend(child for child in reversed(list(tag.children)) if isinstance(child, Tag))


def _value(tag: Tag, name: str, soup: BeautifulSoup, depth: int) -> Any:  # Any: foreign data, in JSON-LD's shape
    if tag.has_attr("itemscope"):
        return _item(tag, soup, depth + 1) if depth < _DEPTH else None
    if tag.has_attr("content"):
        return str(tag["content"])
    if tag.name in _ADDRESS:
        return str(tag.get(_ADDRESS[tag.name]) or "") or None
    if tag.name == "time" and tag.get("datetime"):
        return str(tag["datetime"])
    return tag.decode_contents() if name in _HTML else tag.get_text(" ", strip=True)
