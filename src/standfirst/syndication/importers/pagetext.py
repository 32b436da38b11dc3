"""A web page with no structure we know: its main text as lines, with the headings that its mark-up names."""

import re

from bs4 import BeautifulSoup
from bs4.element import PreformattedString, Tag

from standfirst.syndication.importers import plaintext
from standfirst.syndication.importers.imported import Imported

_SKIPPED = {
    "script", "style", "noscript", "template", "nav", "footer", "aside", "form", "svg", "button", "iframe", "head",
    "figure", "select", "dialog",
}  # fmt: skip
_BLOCK = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "td", "th", "dt", "dd"}
_SPACE = re.compile(r"\s+")


def read(soup: BeautifulSoup, *, name: str) -> Imported:
    """The page as plain text. Raises Unreadable when there is nothing in it."""
    root = soup.find("main") or soup.find("article") or soup.body or soup
    blocks = _blocks(root if isinstance(root, Tag) else soup)
    headings = sum(1 for block in blocks if block.name in ("h2", "h3", "h4"))
    lines = [
        plaintext.Line(text, number, block.name in ("h2", "h3", "h4") if headings > 1 else None)
        for number, block in enumerate(blocks, 1)
        if (text := _SPACE.sub(" ", block.get_text(" ")).strip())
    ]
    title = soup.find("h1") or soup.find("title")
    words = _SPACE.sub(" ", title.get_text(" ")).strip() if title else ""
    if words and not any(line.text == words for line in lines[:1]):
        lines = [plaintext.Line(words, 0), *(line for line in lines if line.text != words)]
    return plaintext.read(lines, name=name, format="the page's text")


def _blocks(root: Tag) -> list[Tag]:
    """The innermost text blocks, in order; text that stands free in a division counts as a block of its own."""
    found: list[Tag] = []
    pending = [root]
    while pending:
        tag = pending.pop()
        if tag.name in _SKIPPED:
            continue
        if tag.name in _BLOCK or any(
            not isinstance(child, Tag | PreformattedString) and str(child).strip() for child in tag.children
        ):
            found.append(tag)
            continue
        pending.extend(child for child in reversed(list(tag.children)) if isinstance(child, Tag))
    return found
