"""The body of an update as JSON Schema, for the OpenAPI document. `story.document.parse` is what judges.

Wider than `parse` where JSON Schema cannot say it (limits, nesting, what an address is): this admits whatever `parse`
accepts.
"""

from typing import Any

from standfirst.story.document.schema import MAX_BYTES, MAX_NODES

_Schema = dict[str, Any]  # Any: JSON Schema


def _object(required: list[str], *, nullable: bool = False, **properties: _Schema) -> _Schema:
    return {
        "type": ["object", "null"] if nullable else "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _node(kind: str, content: _Schema | None = None, attrs: _Schema | None = None, least: int = 0) -> _Schema:
    required = ["type", *(["content"] if least else []), *(["attrs"] if attrs and attrs["required"] else [])]
    node = _object(required, type={"const": kind}, attrs=attrs or _object([], nullable=True))
    if content is not None:
        node["properties"]["content"] = _list(content, least)
    return node


def _list(items: _Schema, least: int = 0) -> _Schema:
    bounds = {"items": items, "maxItems": MAX_NODES}
    return {"type": "array", **bounds, "minItems": least} if least else {"type": ["array", "null"], **bounds}


def _line(longest: int) -> _Schema:
    """Spaces around it do not count, so that more may be sent."""
    about = f"One line, at most {longest} characters."
    return {"type": ["string", "null"], "maxLength": MAX_BYTES, "description": about}


_ADDRESS = {"type": ["string", "null"], "pattern": r"^ *https?:", "maxLength": 2000}
_MARK = {
    "anyOf": [
        _node("strong"),
        _node("em"),
        _node(
            "link",
            attrs=_object(["href"], href={"type": "string", "pattern": "^ *(https?|mailto):", "maxLength": 2000}),
        ),
    ]
}
_INLINE = {
    "anyOf": [
        _object(
            ["type", "text"],
            type={"const": "text"},
            text={"type": "string", "maxLength": MAX_BYTES},
            marks=_list(_MARK),
        ),
        _object(["type"], type={"const": "hard_break"}, marks=_list(_MARK)),
    ]
}
_PARAGRAPH = _node("paragraph", _INLINE)
_IN_ITEM = {
    "type": "object",
    "description": "A paragraph, or a list again.",
    "properties": {"type": {"enum": ["paragraph", "bullet_list", "ordered_list"]}},
    "required": ["type"],
}
_ITEM = _node("list_item", _IN_ITEM, least=1)
_CARD = _object(
    ["title"], url=_ADDRESS, title={"type": "string", "maxLength": 1000}, summary=_line(1000), label=_line(40)
)

DOCUMENT: _Schema = {
    "title": "Document",
    "description": "ProseMirror JSON. At most 64 kB, 64 nodes deep, 2000 nodes.",
    **_node(
        "doc",
        {
            "anyOf": [
                _PARAGRAPH,
                _node("heading", _INLINE, _object(["level"], level={"enum": [2, 3]})),
                _node("bullet_list", _ITEM, least=1),
                _node("ordered_list", _ITEM, least=1),
                _node(
                    "blockquote", _PARAGRAPH, _object([], nullable=True, speaker=_line(200), role=_line(200)), least=1
                ),
                _node("article_card", attrs=_CARD),
                _node("divider"),
            ]
        },
    ),
}
