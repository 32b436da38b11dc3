"""A body's words without mark-up: for search, structured data, feeds and counts."""

import re
from collections.abc import Iterator

from standfirst.story.document.schema import LISTS, Node
from standfirst.story.events import Body

_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def plain(body: Body) -> str:
    """The words, paragraphs separated by blank lines. Nothing for a divider or an erased body."""
    return "\n\n".join(_blocks(body.get("content", [])))


def words(body: Body) -> int:
    """How many words a reader reads; in scripts that put no spaces between words, every character counts."""
    return sum(
        len(_CJK.findall(token)) + any(character.isalnum() for character in _CJK.sub("", token))
        for token in plain(body).split()
    )


def _blocks(nodes: list[Node]) -> Iterator[str]:
    for node in nodes:
        if found := _block(node):
            yield found


def _block(node: Node) -> str:
    kind, attrs = node["type"], node.get("attrs", {})
    if kind in ("paragraph", "heading"):
        return _line(node)
    if kind in LISTS:
        return "\n".join(_list(node))
    if kind == "blockquote":
        said_by = ", ".join(attrs[key] for key in ("speaker", "role") if key in attrs)
        return "\n\n".join([*_blocks(node["content"]), *([f"— {said_by}"] if said_by else [])])
    if kind == "article_card":
        return "\n".join(attrs[key] for key in ("title", "summary") if key in attrs)
    return ""


def _line(node: Node) -> str:
    inline = node.get("content", ())
    return "".join("\n" if child["type"] == "hard_break" else child["text"] for child in inline).strip()


def _list(node: Node) -> Iterator[str]:
    for number, item in enumerate(node["content"], 1):
        sign = f"{number}. " if node["type"] == "ordered_list" else "• "
        for n, line in enumerate("\n".join(_blocks(item["content"])).split("\n")):
            yield (sign if n == 0 else "  ") + line
