"""An update's body as HTML: written by us from the document, then held to a short list of tags by `nh3`."""

from typing import Any

import nh3
from markupsafe import Markup, escape

from standfirst.story.events import Body

_TAGS = {"a", "b", "blockquote", "br", "div", "em", "footer", "h4", "h5", "hr", "li", "ol", "p", "span", "strong", "ul"}
_CLASSES = {"a": {"card"}, "div": {"card"}, "span": {"k", "h", "d"}}
_SCHEMES = {"http", "https", "mailto"}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}},
    allowed_classes=_CLASSES,
    url_schemes=_SCHEMES,
    link_rel="noopener",
    generic_attribute_prefixes=set(),
)
_SIMPLE = {"paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li"}
_MARKS = {"strong": "strong", "em": "em"}

Node = dict[str, Any]  # Any: a node of a document that `document.parse` has accepted


def html(body: Body) -> Markup:
    """The body's mark-up. An erased body gives nothing."""
    return Markup(_CLEANER.clean("".join(_block(node) for node in body.get("content", ()))))  # noqa: S704  # cleaned


def _block(node: Node) -> str:
    kind = node["type"]
    attrs: dict[str, Any] = node.get("attrs", {})
    if kind == "divider":
        return "<hr>"
    if kind == "erased":
        return ""
    if kind == "article_card":
        return _card(attrs)
    if kind == "blockquote":
        return f"<blockquote>{_inside(node)}{_speaker(attrs)}</blockquote>"
    tag = f"h{attrs['level'] + 2}" if kind == "heading" else _SIMPLE[kind]
    return f"<{tag}>{_inside(node)}</{tag}>"


def _inside(node: Node) -> str:
    return "".join(
        _inline(child) if child["type"] in ("text", "hard_break") else _block(child)
        for child in node.get("content", ())
    )


def _inline(node: Node) -> str:
    if node["type"] == "hard_break":
        return "<br>"
    out = str(escape(node["text"]))
    for mark in reversed(node.get("marks", ())):
        if mark["type"] == "link":
            out = f'<a href="{escape(mark["attrs"]["href"])}">{out}</a>'
        else:
            tag = _MARKS[mark["type"]]
            out = f"<{tag}>{out}</{tag}>"
    return out


def _card(attrs: dict[str, Any]) -> str:
    parts = (("k", "label"), ("h", "title"), ("d", "summary"))
    inside = "".join(f'<span class="{css}">{escape(attrs[name])}</span>' for css, name in parts if attrs.get(name))
    if not attrs.get("url"):
        return f'<div class="card">{inside}</div>'
    return f'<a class="card" href="{escape(attrs["url"])}">{inside}</a>'


def _speaker(attrs: dict[str, Any]) -> str:
    speaker, role = attrs.get("speaker", ""), attrs.get("role", "")
    if not (speaker or role):
        return ""
    who = f"<b>{escape(speaker)}</b>" if speaker else ""
    return f"<footer>{who}{', ' if who and role else ''}{escape(role)}</footer>"
