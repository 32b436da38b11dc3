"""A body from outside, checked against the schema and put into its normal form."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from standfirst.story.characters import forbidden, one_line, shown
from standfirst.story.document.limits import measure
from standfirst.story.document.schema import (
    ADDRESSES,
    CHILDREN,
    INLINE,
    MARKS,
    MAX_URL,
    REQUIRED,
    WORDS,
    DocumentRefused,
    Node,
)
from standfirst.story.events import Body


def parse(raw: object) -> Body:
    """The body in its normal form: `parse(parse(x)) == parse(x)`. Raises DocumentRefused; never RecursionError.

    Normal: neighbouring texts with equal marks are one; empty texts, blank paragraphs and empty optional attributes are
    gone; marks stand in `MARKS` order; a tab or line break inside a text is a space. A body of nothing is a paragraph.
    """
    measure(raw)
    if not isinstance(raw, dict) or raw.get("type") != "doc":
        raise DocumentRefused("", shown(raw), 'give an object {"type": "doc", "content": [...]}')
    nothing = raw.get("content") in (None, [])
    return _node({**raw, "content": [{"type": "paragraph"}]} if nothing else raw, "", ("doc",))


def _node(raw: object, path: str, allowed: tuple[str, ...]) -> Node:
    if not isinstance(raw, dict):
        raise DocumentRefused(path, shown(raw), "a node is an object with a type")
    kind = raw.get("type")
    if kind == "erased":
        raise DocumentRefused(path, "'erased'", "only the record can put this block in a body; remove it")
    if not isinstance(kind, str) or kind not in allowed:
        raise DocumentRefused(_at(path, "type"), shown(kind), f"only {', '.join(allowed)} can stand here")
    if kind in INLINE:
        return _inline(raw, path, kind)
    children = CHILDREN.get(kind)
    _only(raw, path, {"type", "attrs"} | ({"content"} if children else set()))
    node: Node = {"type": kind}
    if attrs := _attrs(kind, raw.get("attrs"), _at(path, "attrs")):
        node["attrs"] = attrs
    if children and (content := _content(kind, raw.get("content"), _at(path, "content"), children)):
        node["content"] = content
    return node


def _content(kind: str, raw: object, path: str, allowed: tuple[str, ...]) -> list[Node]:
    if raw is not None and not isinstance(raw, list):
        raise DocumentRefused(path, shown(raw), "content is a list of nodes")
    nodes = [_node(child, f"{path}[{n}]", allowed) for n, child in enumerate(raw or ())]
    if allowed is INLINE:
        return _merged(nodes)
    if not nodes:
        raise DocumentRefused(path, f"an empty {kind}", f"put {' or '.join(allowed)} into it, or remove it")
    return [node for node in nodes if not _blank(node)] or [{"type": "paragraph"}]


def _merged(nodes: list[Node]) -> list[Node]:
    merged: list[Node] = []
    for node in nodes:
        last = merged[-1] if merged else None
        if node["type"] == "text" and not node["text"]:
            continue
        if last and last["type"] == node["type"] == "text" and last.get("marks") == node.get("marks"):
            merged[-1] = {**last, "text": last["text"] + node["text"]}
        else:
            merged.append(node)
    return merged


def _blank(node: Node) -> bool:
    if node["type"] not in ("paragraph", "heading"):
        return False
    return all(child["type"] == "hard_break" or not child["text"].strip() for child in node.get("content", ()))


def _inline(raw: Node, path: str, kind: str) -> Node:
    _only(raw, path, {"type", "marks"} | ({"text"} if kind == "text" else set()))
    marks = _marks(raw.get("marks"), _at(path, "marks"))
    if kind == "hard_break":
        return {"type": kind}  # an editor leaves the marks of the text around it; a break has no look
    text = raw.get("text")
    if not isinstance(text, str):
        raise DocumentRefused(_at(path, "text"), shown(text), "a text is a string")
    text = one_line(text)
    _publishable(text, _at(path, "text"))
    return {"type": "text", "text": text, "marks": marks} if marks else {"type": "text", "text": text}


def _marks(raw: object, path: str) -> list[Node]:
    if raw is not None and not isinstance(raw, list):
        raise DocumentRefused(path, shown(raw), "marks is a list")
    found: dict[str, Node] = {}
    for n, item in enumerate(raw or ()):
        mark = _mark(item, f"{path}[{n}]")
        if found.setdefault(mark["type"], mark) != mark:
            raise DocumentRefused(f"{path}[{n}]", shown(mark["attrs"]["href"]), "one text has one link")
    return [found[kind] for kind in MARKS if kind in found]


def _mark(raw: object, path: str) -> Node:
    if not isinstance(raw, dict):
        raise DocumentRefused(path, shown(raw), "a mark is an object with a type")
    kind, attrs = raw.get("type"), raw.get("attrs")
    if not isinstance(kind, str) or kind not in MARKS:
        raise DocumentRefused(_at(path, "type"), shown(kind), f"a mark is one of {', '.join(MARKS)}")
    _only(raw, path, {"type", "attrs"})
    if kind != "link":
        if attrs is not None and attrs != {}:
            raise DocumentRefused(_at(path, "attrs"), shown(attrs), f"{kind} has no attributes")
        return {"type": kind}
    if not isinstance(attrs, dict):
        raise DocumentRefused(_at(path, "attrs"), shown(attrs), "a link has an href")
    _only(attrs, _at(path, "attrs"), {"href"})
    href = _url(attrs.get("href"), _at(path, "attrs.href"), ("http", "https", "mailto"))
    return {"type": kind, "attrs": {"href": href}}


def _attrs(kind: str, raw: object, path: str) -> Node:
    raw = {} if raw is None else raw
    if not isinstance(raw, dict):
        raise DocumentRefused(path, shown(raw), "attrs is an object")
    lengths, required = WORDS.get(kind, {}), REQUIRED.get(kind, ())
    names = tuple(dict.fromkeys((*ADDRESSES.get(kind, ()), *required, *lengths)))
    _only(raw, path, set(names))
    attrs: Node = {}
    for name in names:
        here, value = _at(path, name), raw.get(name)
        if name == "level":
            if type(value) is not int or value not in (2, 3):
                raise DocumentRefused(here, shown(value), "a heading inside an update is of level 2 or 3")
        elif name == "url":
            value = None if value in (None, "") else _url(value, here, ("http", "https"))
        else:
            value = _line("" if value is None else value, here, lengths[name])
            if not value and name in required:
                raise DocumentRefused(here, "empty", f"give the {kind} a {name}")
        if value:
            attrs[name] = value
    return attrs


def _line(raw: object, path: str, longest: int) -> str:
    if not isinstance(raw, str):
        raise DocumentRefused(path, shown(raw), "give a string")
    line = one_line(raw).strip()
    _publishable(line, path)
    if len(line) > longest:
        raise DocumentRefused(path, shown(line), f"it has {len(line)} characters; shorten it to {longest}")
    return line


def _url(raw: object, path: str, schemes: tuple[str, ...]) -> str:
    """An address that is safe as an href: absolute, of a known scheme, no white space, no quotes, no user name."""
    remedy = f"give a whole address that starts with {': or '.join(schemes)}:, at most {MAX_URL} characters"
    if not isinstance(raw, str) or len(raw) > MAX_URL:
        raise DocumentRefused(path, shown(raw), remedy)
    url = raw.strip(" ")
    _publishable(url, path)
    if re.search(r'[\s"<>`\\]', url):
        raise DocumentRefused(path, shown(url), "percent-encode white space, quotes, angle brackets and backslashes")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises when it is no number
    except ValueError as error:
        raise DocumentRefused(path, shown(url), f"{error}; {remedy}") from None
    if parts.scheme not in schemes:
        raise DocumentRefused(path, shown(url), remedy)
    if parts.scheme == "mailto":
        if "@" not in parts.path:
            raise DocumentRefused(path, shown(url), "mailto: is followed by an e-mail address")
    elif not parts.hostname or "@" in parts.netloc:
        raise DocumentRefused(path, shown(url), "http(s):// is followed by a host, without user name or password")
    return url


def _publishable(text: str, path: str) -> None:
    if (name := forbidden(text)) is not None:
        raise DocumentRefused(path, name, "remove it")


def _only(raw: Mapping[str, object], path: str, allowed: set[str]) -> None:
    for key in raw:
        if key not in allowed:
            remedy = f"only {', '.join(sorted(allowed))} can stand here" if allowed else "remove it"
            raise DocumentRefused(path, f"unknown key {shown(key)}", remedy)


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
