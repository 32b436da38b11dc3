"""The limits of a body, checked before anything recurses into it."""

import json
from typing import Any

from standfirst.story.characters import forbidden, shown
from standfirst.story.document.schema import MAX_BYTES, MAX_DEPTH, MAX_NODES, DocumentRefused

_MAX_JSON_DEPTH = 2 * MAX_DEPTH + 4  # a node and its content list are two levels; marks and attrs add a few

_Path = tuple[Any, str | int] | None
"""Parent (Any: a _Path) and key; a linked list, so that a path costs nothing until it is written."""


def measure(raw: object) -> None:
    """Refuse what is too large, too deep or no JSON. Keeps its own stack: the input may be deeper than Python's."""
    size = nodes = 0
    stack: list[tuple[object, _Path, int, int]] = [(raw, None, 1, 1)]  # value, path, JSON depth, node depth
    while stack:
        value, path, depth, level = stack.pop()
        if depth > _MAX_JSON_DEPTH or level > MAX_DEPTH:
            raise DocumentRefused("", f"nested deeper than {MAX_DEPTH} nodes", "flatten the lists")
        if isinstance(value, dict):
            nodes += _is_node(path)
            size += 1 + 2 * len(value) if value else 2
            _fits(size, nodes)
            for key, child in value.items():
                if not isinstance(key, str):
                    raise DocumentRefused(_written(path), shown(key), "a key is a string")
                size += _length(key, path)
                stack.append((child, (path, key), depth + 1, level))
        elif isinstance(value, list):
            size += 1 + len(value) if value else 2
            _fits(size, nodes)
            deeper = path is not None and path[1] == "content"
            stack.extend((child, (path, n), depth + 1, level + deeper) for n, child in enumerate(value))
        elif isinstance(value, str):
            size += _length(value, path)
        elif value is None or isinstance(value, int):
            size += _digits(value)
        else:
            raise DocumentRefused(_written(path), shown(value), "use strings, whole numbers, lists and objects")
        _fits(size, nodes)


def _is_node(path: _Path) -> bool:
    if path is None:
        return True
    parent: _Path = path[0]
    return isinstance(path[1], int) and parent is not None and parent[1] == "content"


def _fits(size: int, nodes: int) -> None:
    if size > MAX_BYTES:
        raise DocumentRefused("", f"larger than {MAX_BYTES // 1024} kB", "split it into several updates")
    if nodes > MAX_NODES:
        raise DocumentRefused("", f"more than {MAX_NODES} nodes", "split it into several updates")


def _digits(value: int | None) -> int:
    """Bytes of a number, true, false or null as JSON; Python refuses to write an endless number."""
    if value is not None and value.bit_length() > 64:
        return MAX_BYTES + 1
    return len(json.dumps(value))


def _length(text: str, path: _Path) -> int:
    """Bytes of a string as JSON. Raises for a lone surrogate, which has none."""
    if len(text) > MAX_BYTES:
        return len(text)
    try:
        return len(json.dumps(text, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise DocumentRefused(_written(path), str(forbidden(text)), "remove it") from None


def _written(path: _Path) -> str:
    keys: list[str] = []
    while path is not None:
        path, key = path
        keys.append(f"[{key}]" if isinstance(key, int) else f".{shown(key)[1:-1]}")
    return "".join(reversed(keys)).removeprefix(".")
