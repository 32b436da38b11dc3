"""h-feed and h-entry: the microformats of the independent web."""

from typing import Any
from zoneinfo import ZoneInfo

import mf2py

from standfirst.syndication.importers import schemaorg
from standfirst.syndication.importers.imported import Imported


def read(html: str, *, address: str | None, zone: ZoneInfo) -> Imported | None:
    """The page's h-feed, or its h-entries where they stand free; None if there are none."""
    parsed = mf2py.parse(doc=html, url=address)
    items = parsed["items"]
    feed = next((item for item in _walk(items) if "h-feed" in item["type"]), None)
    entries = [
        item for item in _walk(feed["children"] if feed and "children" in feed else items) if "h-entry" in item["type"]
    ]
    if not entries:
        return None
    about = feed["properties"] if feed else {}
    page: dict[str, Any] = {  # Any: foreign data, in JSON-LD's shape
        "headline": about.get("name"),
        "description": [_plain(value) for value in about.get("summary", [])],
        "author": _people(about.get("author", [])),
        "url": about.get("url") or address,
        "liveBlogUpdate": [_entry(entry) for entry in entries],
    }
    return schemaorg.read(page, format="h-entry", zone=zone)


def _walk(items: list[dict[str, Any]], depth: int = 0) -> list[dict[str, Any]]:  # Any: parsed microformats
    if depth > 20:
        return []
    return [found for item in items for found in (item, *_walk(item.get("children", []), depth + 1))]


def _entry(entry: dict[str, Any]) -> dict[str, Any]:  # Any: as above
    properties = entry["properties"]
    content = properties.get("content", [])
    body = [value["html"] if isinstance(value, dict) and value.get("html") else _plain(value) for value in content]
    words = "".join("".join(_plain(value).split()) for value in content)
    name = next(iter(properties.get("name", [])), "")
    own_name = "".join(_plain(name).split())
    return {
        "headline": "" if words.startswith(own_name) else _plain(name),
        "articleBody": body or [_plain(value) for value in properties.get("summary", [])],
        "datePublished": properties.get("published") or properties.get("updated"),
        "author": _people(properties.get("author", [])),
        "url": properties.get("url"),
        "keywords": [value for value in properties.get("category", []) if isinstance(value, str)],
        "image": properties.get("photo"),
        "video": properties.get("video"),
    }


def _people(values: list[Any]) -> list[Any]:  # Any: as above
    return [
        value["properties"].get("name") if isinstance(value, dict) and "properties" in value else _plain(value)
        for value in values
    ]


def _plain(value: Any) -> str:  # Any: as above
    return str(value.get("value", "")) if isinstance(value, dict) else str(value)
