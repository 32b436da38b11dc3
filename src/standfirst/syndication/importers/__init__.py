"""Readers of other people's live pages. Pure: bytes in, `Imported` out, nothing posted and nothing fetched.

Tried in order: JSON-LD LiveBlogPosting, microdata, h-entry, and plain text as the last resort.
"""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup
from bs4.element import Tag

from standfirst.syndication.importers import hentry, jsonld, markup, microdata, pagetext, plaintext
from standfirst.syndication.importers.imported import Imported, ImportedUpdate, Note, Unreadable
from standfirst.syndication.importers.opened import MAX_BYTES, open_text, unpack

__all__ = ["MAX_BYTES", "Imported", "ImportedUpdate", "Note", "Unreadable", "read", "unpack"]

_HTML = re.compile(r"<(?:!doctype html|html|head|body|article|main|div|p|section|script)\b", re.IGNORECASE)

_DEEPEST = 1000


def read(data: bytes, *, name: str, address: str | None = None, zone: ZoneInfo | None = None) -> Imported:
    """What a saved page or text says, gzipped or not. `name` is for messages.

    `address` is where the page was fetched from, if it was; `zone` is what times without an offset are in (UTC).
    Raises Unreadable.
    """
    zone = zone or ZoneInfo("UTC")
    text = open_text(data, name=name)
    if not _HTML.search(text[:20_000]):
        return plaintext.read(plaintext.lines_of(text), name=name)
    try:
        return _page(text, name, address, zone)
    except RecursionError:
        raise Unreadable(f"{name} has elements nested too deeply: give a text with the words alone") from None


def _page(text: str, name: str, address: str | None, zone: ZoneInfo) -> Imported:
    soup = BeautifulSoup(text, "html.parser")
    faults: list[Note] = []
    page = jsonld.read(soup, zone=zone, faults=faults)
    if page is None or not page.updates:
        page = microdata.read(soup, zone=zone) or page
    if page is None or not page.updates:
        if _depth(soup) > _DEEPEST:  # the readers below take the square of it in time
            raise RecursionError
        page = hentry.read(text, address=address, zone=zone) or page
    if page is None or not page.updates:
        page = pagetext.read(soup, name=name)
    return replace(
        page,
        language=page.language or _language(soup),
        source=page.source or _address(soup) or address,
        faults=(*faults, *page.faults),
    )


def _depth(soup: BeautifulSoup) -> int:
    depth = 0
    row: list[Tag] = [soup]
    while row:
        row = [child for tag in row for child in tag.children if isinstance(child, Tag)]
        depth += 1
    return depth


def _language(soup: BeautifulSoup) -> str | None:
    root = soup.html
    return str(root.get("lang") or "").strip() or None if root else None


def _address(soup: BeautifulSoup) -> str | None:
    canonical = soup.select_one('link[rel~="canonical"]')
    return markup.link(str(canonical.get("href") or "")) if canonical else None
