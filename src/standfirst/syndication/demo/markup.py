"""The light mark-up in which the demonstration's updates are written, to our document.

Blank lines part paragraphs. `>` quotes, its last line `> — Name, role`. `- ` and `1. ` list, `## ` heads, and
`[[label | title | address | summary]]` is an article card. In a line: `**strong**`, `*emphasis*`, `[words](address)`.
"""

import re
from collections.abc import Callable

from standfirst.story import document
from standfirst.story.document import Node
from standfirst.story.events import Body

_INLINE = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|\*(?P<em>[^*]+)\*|\[(?P<words>[^\]]+)\]\((?P<address>[^)\s]+)\)")
_SPEAKER = re.compile(r"^— (?P<speaker>[^,]+)(?:, (?P<role>.+))?$")


def read(source: str, *, address: Callable[[str], str] = str) -> Body:
    """A body. `address` turns a link's target into a whole address. Raises DocumentRefused."""
    blocks = [block.split("\n") for block in re.split(r"\n\s*\n", source.strip())]
    return document.parse(document.doc(*(_block(lines, address) for lines in blocks)))


def _block(lines: list[str], address: Callable[[str], str]) -> Node:
    first = lines[0]
    if first.startswith("[[") and first.endswith("]]"):
        label, title, url, summary = (part.strip() for part in first[2:-2].split("|"))
        return document.article_card(url, title, summary=summary, label=label)
    if first.startswith("## "):
        return document.heading(2, *_inline(first[3:], address))
    if first.startswith("- "):
        return document.bullet_list(*(document.paragraph(*_inline(line[2:], address)) for line in lines))
    if first.startswith("1. "):
        items = (line.split(". ", 1)[1] for line in lines)
        return document.ordered_list(*(document.paragraph(*_inline(item, address)) for item in items))
    if first.startswith("> "):
        return _quote([line.removeprefix("> ") for line in lines], address)
    return document.paragraph(*_inline(" ".join(lines), address))


def _quote(lines: list[str], address: Callable[[str], str]) -> Node:
    said_by = _SPEAKER.match(lines[-1])
    if said_by is None:
        return document.blockquote(document.paragraph(*_inline(" ".join(lines), address)))
    words = document.paragraph(*_inline(" ".join(lines[:-1]), address))
    return document.blockquote(words, speaker=said_by["speaker"], role=said_by["role"] or "")


def _inline(line: str, address: Callable[[str], str]) -> list[str | Node]:
    out: list[str | Node] = []
    end = 0
    for found in _INLINE.finditer(line):
        out.append(line[end : found.start()])
        if found["address"]:
            out.append(document.text(found["words"], href=address(found["address"])))
        else:
            mark = "strong" if found["strong"] else "em"
            out.append(document.text(found[mark], mark))
        end = found.end()
    return [part for part in (*out, line[end:]) if part]
