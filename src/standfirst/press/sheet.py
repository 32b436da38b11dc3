"""The page of a story as slots and updates, and the operations that make one such sheet of another.

A message is `{"seq": n, "ops": [...]}`; see `diff` for the operations. They come from comparing the sheet before an
entry with the sheet after it, so *page at N + operations = page at M* holds for every kind of event by construction.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

SLOTS = ("title", "head", "updated", "summary", "key-events", "filters", "pinned", "pager", "closing", "glance")
"""The elements of a page that are replaced whole, by id. `updates` is the list, and not among them."""

_ARTICLE = re.compile(r'(?=<article [^>]*id="([^"]+)")(<article .*?</article>)', re.DOTALL)
"""An update in a list: its id and its HTML. No text in it can hold the tag, for text is escaped."""

Op = dict[str, Any]  # Any: strings, and a bool for `key`


class MustReload(Exception):  # no error: the page is to be fetched again
    """The operations cannot patch this page."""


@dataclass(frozen=True)
class Article:
    """An update on the sheet."""

    id: str
    html: str
    key: bool = False


@dataclass(frozen=True)
class Sheet:
    """`frame` is literal text and, at odd places, the names of what goes between; pages of one frame can be patched.

    `machine` are the parts for machines only (`meta`: description, canonical address; `data`: JSON-LD), which no
    operation brings to an open page.
    """

    seq: int
    frame: tuple[str, ...]
    slots: Mapping[str, str]
    updates: tuple[Article, ...]
    machine: Mapping[str, str]

    def html(self, *, machine: bool = True) -> str:
        """The whole document; without what is for machines only, if so asked."""
        parts = {"seq": str(self.seq), "updates": listed(self.updates), **self.slots}
        parts |= self.machine if machine else dict.fromkeys(self.machine, "")
        return "".join(parts[text] if n % 2 else text for n, text in enumerate(self.frame))


def listed(updates: tuple[Article, ...]) -> str:
    """The inner HTML of the list of updates."""
    return "".join(article.html for article in updates)


def message(before: Sheet | None, after: Sheet) -> bytes:
    """What the entry `after.seq` means for a page that stands at `before`: compact JSON in UTF-8."""
    ops = list(diff(before, after))
    return json.dumps({"seq": after.seq, "ops": ops}, ensure_ascii=False, separators=(",", ":")).encode()


def diff(before: Sheet | None, after: Sheet) -> Iterator[Op]:
    """`insert` (goes first in the list), `drop`, `replace` (any element by its id), `list` (all anew), `reload`."""
    if before is None or before.frame != after.frame:
        yield {"op": "reload"}
        return
    yield from _list_ops(before.updates, after.updates)
    for slot in SLOTS:
        if before.slots[slot] != after.slots[slot]:
            yield {"op": "replace", "id": slot, "html": after.slots[slot]}


def _list_ops(before: tuple[Article, ...], after: tuple[Article, ...]) -> Iterator[Op]:
    was, now = {a.id: a for a in before}, {a.id: a for a in after}
    new = [a for a in after if a.id not in was]
    kept = [a for a in before if a.id in now]
    other = before and not kept  # another page of the list: nothing on it is news
    if other or [a.id for a in after] != [a.id for a in (*new, *kept)]:
        yield {"op": "list", "html": listed(after)}
        return
    for article in reversed(new):
        yield {"op": "insert", "id": article.id, "html": article.html, "key": article.key}
    for article in before:
        if article.id not in now:
            yield {"op": "drop", "id": article.id}
        elif now[article.id].html != article.html:
            yield {"op": "replace", "id": article.id, "html": now[article.id].html}


def apply(sheet: Sheet, message: bytes) -> Sheet:
    """The sheet after a message: the reference for every client. Raises MustReload, and ValueError for a gap."""
    data = json.loads(message)
    if data["seq"] != sheet.seq + 1:
        raise ValueError(f"message {data['seq']} cannot follow {sheet.seq}: get {sheet.seq + 1} first")
    for op in data["ops"]:
        sheet = _applied(sheet, op)
    return replace(sheet, seq=data["seq"])


def _applied(sheet: Sheet, op: Op) -> Sheet:
    updates = sheet.updates
    match op["op"]:
        case "reload":
            raise MustReload
        case "insert":
            return replace(sheet, updates=(Article(op["id"], op["html"], op["key"]), *updates))
        case "drop":
            return replace(sheet, updates=tuple(a for a in updates if a.id != op["id"]))
        case "list":
            return replace(sheet, updates=tuple(Article(*found) for found in _ARTICLE.findall(op["html"])))
        case "replace" if op["id"] in sheet.slots:
            return replace(sheet, slots={**sheet.slots, op["id"]: op["html"]})
        case "replace":
            changed = (replace(a, html=op["html"]) if a.id == op["id"] else a for a in updates)
            return replace(sheet, updates=tuple(changed))
        case other:
            raise ValueError(f"no such operation: {other!r}; upgrade this reader")
