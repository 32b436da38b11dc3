"""Builders of bodies, for importers, the command line and tests. What they give is unparsed, except `from_plain`."""

import re

from standfirst.story.document.parsing import parse
from standfirst.story.document.schema import Node
from standfirst.story.events import Body


def from_plain(words: str) -> Body:
    """Plain text as a body: a blank line parts paragraphs, a single line break stays one. Raises DocumentRefused."""
    lines = words.replace("\r\n", "\n").replace("\r", "\n").strip()
    blocks: list[Node] = []
    for block in re.split(r"\n[ \t]*\n\s*", lines):
        content: list[str | Node] = []
        for line in block.split("\n"):
            content += [hard_break(), line] if content else [line]
        blocks.append(paragraph(*content))
    return parse(doc(*blocks))


def doc(*blocks: Node) -> Body:
    """A body of these blocks."""
    return {"type": "doc", "content": list(blocks)}


def paragraph(*content: str | Node) -> Node:
    """A paragraph of words and inline nodes."""
    return {"type": "paragraph", "content": _inlines(content)}


def heading(level: int, *content: str | Node) -> Node:
    """A heading of level 2 or 3."""
    return {"type": "heading", "attrs": {"level": level}, "content": _inlines(content)}


def bullet_list(*items: str | Node | list[Node]) -> Node:
    """A list; an item is a text, a block, or several blocks."""
    return {"type": "bullet_list", "content": _items(items)}


def ordered_list(*items: str | Node | list[Node]) -> Node:
    """A numbered list; items as in `bullet_list`."""
    return {"type": "ordered_list", "content": _items(items)}


def blockquote(*paragraphs: str | Node, speaker: str = "", role: str = "") -> Node:
    """Somebody's words."""
    content = [paragraph(item) if isinstance(item, str) else item for item in paragraphs]
    return {"type": "blockquote", "attrs": {"speaker": speaker, "role": role}, "content": content}


def article_card(url: str, title: str, *, summary: str = "", label: str = "") -> Node:
    """A teaser of another article; `label` says its kind (`Opinion`, `Video`). The url may be empty, the title not."""
    return {"type": "article_card", "attrs": {"url": url, "title": title, "summary": summary, "label": label}}


def divider() -> Node:
    """A line between two parts."""
    return {"type": "divider"}


def text(words: str, *marks: str, href: str | None = None) -> Node:
    """Words with marks (`"strong"`, `"em"`), linked if there is an href."""
    link: list[Node] = [] if href is None else [{"type": "link", "attrs": {"href": href}}]
    return {"type": "text", "text": words, "marks": [*link, *({"type": mark} for mark in marks)]}


def hard_break() -> Node:
    """A line break inside a paragraph."""
    return {"type": "hard_break"}


def _inlines(content: tuple[str | Node, ...]) -> list[Node]:
    return [text(item) if isinstance(item, str) else item for item in content]


def _items(items: tuple[str | Node | list[Node], ...]) -> list[Node]:
    return [{"type": "list_item", "content": _blocks(item)} for item in items]


def _blocks(item: str | Node | list[Node]) -> list[Node]:
    if isinstance(item, str):
        return [paragraph(item)]
    return item if isinstance(item, list) else [item]
