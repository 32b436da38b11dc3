"""Foreign HTML and foreign text to our document. Nothing of the mark-up survives but what our schema has."""

import html
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

Node = dict[str, Any]  # Any: ProseMirror JSON

_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|blockquote|br|cite|code|div|em|figure|h[1-6]|hr|i|iframe|img|li|ol|p|pre|script|section"
    r"|small|span|strong|style|su[bp]|table|t[dhr]|time|u|ul|video)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_SPACE = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029]+")
_NOTHING = re.compile("[\u200b\ufeff\ufffe\uffff\ud800-\udfff]")
_MARKS = {"b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em"}
_LEFT_OUT = {
    "img": "picture", "picture": "picture", "figure": "picture", "svg": "picture", "video": "video", "audio": "sound",
    "iframe": "embed", "object": "embed", "embed": "embed", "form": "form", "canvas": "picture",
}  # fmt: skip
_SILENT = {"script", "style", "noscript", "template", "head", "title", "button", "input", "select", "textarea", "nav"}
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q", "s",
    "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
}  # fmt: skip
_DEPTH = 60


def unescape(text: str) -> str:
    """The text with entities resolved: once, or twice where the source escaped what was escaped already."""
    for _ in range(2):
        if not _ENTITY.search(text):
            break
        text = html.unescape(text)
    return text


def clean(text: str) -> str:
    """One line of words: mark-up and entities gone, white space run together."""
    text = unescape(text)
    if _TAG.search(text):
        text = BeautifulSoup(text, "html.parser").get_text(" ")
    return spaced(text).strip()


def spaced(text: str) -> str:
    """The text with white space and control characters run together to single spaces, and what shows nothing gone."""
    return _SPACE.sub(" ", _NOTHING.sub("", text))


def body_of(text: str, *, base: str | None = None) -> tuple[list[Node], list[str]]:
    """A body from text that may be HTML, escaped HTML or plain paragraphs: the blocks, and what was left out."""
    if not _TAG.search(text):
        text = unescape(text)
        if not _TAG.search(text):
            return from_paragraphs(text), []
    return from_html(BeautifulSoup(text, "html.parser"), base=base)


def from_paragraphs(text: str) -> list[Node]:
    """A paragraph for each line that has words."""
    lines = (spaced(line).strip() for line in text.splitlines())
    return [paragraph(line) for line in lines if line]


def paragraph(text: str) -> Node:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def document(blocks: Iterable[Node]) -> Node:
    return {"type": "doc", "content": list(blocks)}


def card(title: str, *, summary: str = "", label: str = "", url: str = "") -> Node:
    """An article card; what is empty is not there."""
    attrs = {"url": url, "title": title, "summary": summary, "label": label}
    return {"type": "article_card", "attrs": {name: value for name, value in attrs.items() if value}}


def from_html(root: Tag, *, base: str | None = None) -> tuple[list[Node], list[str]]:
    """The blocks of an element's content, and a word for each thing left out ("picture", "video", "embed" ...)."""
    reader = _Reader(base)
    blocks = reader.blocks(root.children, 0)
    return blocks, reader.left_out


class _Reader:
    """One walk over foreign mark-up. Depth is bounded; what lies deeper is read as its text."""

    def __init__(self, base: str | None) -> None:
        self.base = base
        self.left_out: list[str] = []

    def blocks(self, children: Iterable[PageElement], depth: int) -> list[Node]:
        out: list[Node] = []
        run: list[Node] = []

        def flush() -> None:
            out.extend(_paragraphs(run))
            run.clear()

        for child in children:
            if not isinstance(child, Tag) or (child.name in _INLINE and not _has_blocks(child)):
                run.extend(self.inline(child, (), depth))
                continue
            flush()
            out.extend(self.block(child, depth + 1))
        flush()
        return out

    def block(self, tag: Tag, depth: int) -> list[Node]:
        name = tag.name
        if name in _SILENT:
            return []
        if name in _LEFT_OUT:
            self.left_out.append(_LEFT_OUT[name])
            return []
        if depth > _DEPTH:
            return from_paragraphs(tag.get_text("\n"))
        if name in ("h1", "h2", "h3", "h4", "h5", "h6"):
            words = spaced(tag.get_text()).strip()
            level = 2 if name in ("h1", "h2", "h3") else 3
            text: list[Node] = [{"type": "text", "text": words}]
            return [{"type": "heading", "attrs": {"level": level}, "content": text}] if words else []
        if name == "hr":
            return [{"type": "divider"}]
        if name in ("ul", "ol"):
            return self.list(tag, depth)
        if name == "blockquote":
            quoted = [node for node in self.blocks(tag.children, depth) if node["type"] == "paragraph"]
            return [{"type": "blockquote", "attrs": {}, "content": quoted}] if quoted else []
        if name == "tr":
            cells = (spaced(cell.get_text(" ")).strip() for cell in tag.find_all(["td", "th"]))
            return from_paragraphs(" | ".join(cell for cell in cells if cell))
        return self.blocks(tag.children, depth)

    def list(self, tag: Tag, depth: int) -> list[Node]:
        items: list[Node] = []
        for child in tag.find_all("li", recursive=False):
            inner = self.blocks(child.children, depth + 1)
            kept = [node for node in inner if node["type"] in ("paragraph", "bullet_list", "ordered_list")]
            if kept and kept[0]["type"] == "paragraph":
                items.append({"type": "list_item", "content": kept})
        kind = "ordered_list" if tag.name == "ol" else "bullet_list"
        return [{"type": kind, "content": items}] if items else []

    def inline(self, node: PageElement, marks: tuple[Node, ...], depth: int) -> Iterator[Node]:
        if isinstance(node, NavigableString):
            if not isinstance(node, PreformattedString) and str(node):
                yield _text(unescape(str(node)), marks)
        elif isinstance(node, Tag):
            if node.name == "br":
                yield {"type": "hard_break"}
                return
            if node.name in _LEFT_OUT:
                self.left_out.append(_LEFT_OUT[node.name])
            if node.name in _LEFT_OUT or node.name in _SILENT:
                return
            if depth > _DEPTH:
                yield _text(node.get_text(), marks)
                return
            mark = self.mark(node)
            if mark and all(mark["type"] != other["type"] for other in marks):
                marks = (*marks, mark)
            for child in node.children:
                yield from self.inline(child, marks, depth + 1)

    def mark(self, tag: Tag) -> Node | None:
        if tag.name == "a":
            href = link(str(tag.get("href") or ""), self.base)
            return {"type": "link", "attrs": {"href": href}} if href else None
        return {"type": _MARKS[tag.name]} if tag.name in _MARKS else None


def link(href: str, base: str | None = None) -> str | None:
    """The address in full if it is one that a reader may follow (http, https, mailto), else None."""
    href = re.sub(r"[\x00-\x20\x7f]+", "", href)
    try:
        whole = urljoin(base or "", href)
        parts = urlsplit(whole)
    except ValueError:
        return None
    ok = (parts.scheme in ("http", "https") and parts.hostname) or (parts.scheme == "mailto" and "@" in parts.path)
    return whole if ok and len(whole) <= 2000 else None


def _has_blocks(tag: Tag) -> bool:
    return tag.find(lambda inner: inner.name not in _INLINE and inner.name not in _SILENT) is not None


def _text(text: str, marks: tuple[Node, ...]) -> Node:
    node: Node = {"type": "text", "text": text}
    if marks:
        node["marks"] = list(marks)
    return node


def _paragraphs(run: list[Node]) -> Iterator[Node]:
    """A run of inline nodes as paragraphs; two line breaks in a row end one."""
    current: list[Node] = []
    breaks = 0
    for node in run:
        if node["type"] == "hard_break":
            breaks += 1
            continue
        if not node["text"].strip(" \t\n\f\r\u00a0") and (breaks or not current):
            continue
        if breaks and current:
            if breaks > 1:
                yield from _finished(current)
                current = []
            else:
                current.append({"type": "hard_break"})
        breaks = 0
        current.append(node)
    yield from _finished(current)


def _finished(nodes: list[Node]) -> Iterator[Node]:
    """A paragraph with white space run together, neighbours of the same marks joined, and no empty text."""
    out: list[Node] = []
    for node in nodes:
        if node["type"] == "hard_break":
            if out and out[-1]["type"] == "text":
                out[-1]["text"] = out[-1]["text"].rstrip()
            out.append(node)
            continue
        text = spaced(node["text"])
        if not out or out[-1]["type"] == "hard_break" or out[-1]["text"].endswith(" "):
            text = text.lstrip()
        if not text:
            continue
        if out and out[-1]["type"] == "text" and out[-1].get("marks") == node.get("marks"):
            out[-1] = {**out[-1], "text": out[-1]["text"] + text}
        else:
            out.append({**node, "text": text})
    if out and out[-1]["type"] == "text":
        out[-1]["text"] = out[-1]["text"].rstrip()
        if not out[-1]["text"]:
            out.pop()
    if out:
        yield {"type": "paragraph", "content": out}
