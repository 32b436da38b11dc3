"""The last resort: a live page of which only the words are left. One update per section, headings by their shape."""

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypedDict

from standfirst.story.events import Kind
from standfirst.syndication.importers import houseads, markup, shapes
from standfirst.syndication.importers.imported import Imported, ImportedUpdate, Note, Unreadable


class _Likeness(TypedDict):
    """How alike two headings must be; see `shapes.alike`."""

    least: float
    common: int


_LIVE_TITLE = re.compile(
    r"^.{2,70}?\b(?:live(?: updates)?|latest(?: updates)?|updates)\s*[:–—|]\s+(?P<news>\S.+)$", re.IGNORECASE
)
_MAX_STANDFIRST = 400
_NEXT: _Likeness = {"least": 0.45, "common": 2}  # headings with nothing between them: that they are twins is likely
_FAR: _Likeness = {"least": 0.75, "common": 3}
_KINDS: dict[str, Kind] = {
    "Video": "video", "Pictures": "picture", "Opinion": "opinion", "Editorial": "opinion", "Analysis": "analysis",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph and its line in the file, from 1. `heading` is known where mark-up said so, else None."""

    text: str
    number: int
    heading: bool | None = None


@dataclass(slots=True)
class _Section:
    heading: str
    number: int
    lines: list[Line] = field(default_factory=list)
    cards: list[markup.Node] = field(default_factory=list)
    label: str = ""  # of the teaser that it is, if it is one


def lines_of(text: str) -> list[Line]:
    """The file's paragraphs. Lines wrapped at a fixed width are joined where blank lines part the paragraphs."""
    rows = [(number, re.sub(r"\s+", " ", row).strip()) for number, row in enumerate(text.split("\n"), 1)]
    blocks = [list(block) for filled, block in groupby(rows, key=lambda row: bool(row[1])) if filled]
    longest = max((len(words) for _, words in rows), default=0)
    wrapped = len(blocks) > 1 and longest <= 100
    out: list[Line] = []
    for block in blocks:
        joined = wrapped and len(block) > 1 and all(len(words) >= 45 for _, words in block[:-1])
        if joined and not any(shapes.bullet(words) for _, words in block):
            out.append(Line(" ".join(words for _, words in block), block[0][0]))
        else:
            out.extend(Line(words, number) for number, words in block)
    return out


def read(lines: list[Line], *, name: str, format: str = "plain text") -> Imported:
    """Title, standfirst, then sections. Raises Unreadable when there is nothing under the title."""
    left_out: list[Note] = []
    kept = _without_house_ads(lines, left_out)
    if len(kept) < 2:
        raise Unreadable(f"{name} has no updates: give a text with a title, a standfirst and sections under headings")
    title, rest = kept[0].text, kept[1:]
    standfirst = ""
    if len(rest) > 1 and len(rest[0].text) <= _MAX_STANDFIRST and not (rest[0].heading and not rest[1].heading):
        standfirst, rest = rest[0].text, rest[1:]
    sections = _merged(_sections(rest))
    faults = [
        Note(text=f"heading without a text: {s.heading!r}", line=s.number)
        for s in sections
        if not s.lines and not s.cards
    ]
    updates = tuple(_update(section, title) for section in sections if section.lines or section.cards)
    if not updates:
        raise Unreadable(f"{name} has no updates: give a text with a title, a standfirst and sections under headings")
    return Imported(
        format=format,
        headline=title,
        standfirst=standfirst,
        updates=updates,
        left_out=tuple(left_out),
        faults=tuple(faults),
    ).oldest_first()


def _without_house_ads(lines: list[Line], left_out: list[Note]) -> list[Line]:
    kept: list[Line] = []
    position = 0
    for span in houseads.find([line.text for line in lines]):
        kept += lines[position : span.first]
        position = span.last + 1
        first, last = lines[span.first], lines[span.last]
        where = "" if first is last else f" (to line {last.number})"
        left_out.append(Note(text=f"left out{where}: {span.what}, {_short(first.text)}", line=first.number))
        if span.rest:
            kept.append(Line(span.rest, last.number))
    return kept + lines[position:]


def _sections(lines: list[Line]) -> list[_Section]:
    """The lead, then a section for each heading. A pointer ("Read more in …:") labels the section after it."""
    sections = [_Section("", lines[0].number if lines else 0)]
    pending = ""
    for index, line in enumerate(lines):
        if line.heading is None and shapes.is_pointer(line.text):
            pending = shapes.pointer_label(line.text)
        elif _heads(lines, index, sections[-1]):
            label = shapes.label(line.text) or pending
            sections.append(_Section(line.text, line.number, label=label))
            pending = ""
        else:
            sections[-1].lines.append(line)
    return sections if sections[0].lines else sections[1:]


def _heads(lines: list[Line], index: int, current: _Section) -> bool:
    line = lines[index]
    if line.heading is not None:
        return line.heading
    text = line.text
    if not shapes.is_heading(text):
        return False
    following = lines[index + 1].text if index + 1 < len(lines) else ""
    teaser = bool(current.heading) and not current.lines and shapes.alike(text, current.heading, **_NEXT)
    if current.heading and not current.lines and not teaser and not shapes.label(current.heading):
        return False  # the summary of a teaser may lack its full stop
    if text.endswith("?") and shapes.alike(text, current.heading, least=0.6) and not teaser:
        return False
    if shapes.label(text) or teaser or shapes.is_pointer(lines[index - 1].text if index else ""):
        return True
    if not following:
        return False
    return not shapes.is_heading(following) or shapes.alike(text, following, **_NEXT) or _summary_follows(lines, index)


def _summary_follows(lines: list[Line], index: int) -> bool:
    """Whether a heading is followed by a line that only looks like one: prose without its full stop."""
    after = lines[index + 2].text if index + 2 < len(lines) else ""
    return len(lines[index + 1].text) > len(lines[index].text) and (not after or shapes.is_heading(after))


def _merged(sections: list[_Section]) -> list[_Section]:
    """Teasers put as cards into the updates that they repeat; an update that is a teaser alone keeps it as its card."""
    kept: list[_Section] = []
    for number, section in enumerate(sections):
        adjacent = bool(kept) and not kept[-1].lines and number > 0
        twin = next((s for s in reversed(kept) if s.heading and _repeats(section, s, adjacent and s is kept[-1])), None)
        if twin is not None and len(section.lines) <= 1:
            twin.cards.append(_card(section, twin))
        elif twin is not None and len(twin.lines) == 1 and not twin.cards:
            section.cards.append(_card(twin, section))
            kept[kept.index(twin)] = section
        else:
            kept.append(section)
    for section in kept:
        if section.label and not section.lines and not section.cards:
            section.cards.append(_card(section, section))
    return kept


def _repeats(section: _Section, earlier: _Section, adjacent: bool) -> bool:
    return bool(section.heading) and shapes.alike(section.heading, earlier.heading, **(_NEXT if adjacent else _FAR))


def _card(teaser: _Section, update: _Section) -> markup.Node:
    summary = teaser.lines[0].text if teaser.lines else ""
    label = teaser.label or update.label or ("Opinion" if shapes.is_column(summary) else "")
    update.label = update.label or label
    return markup.card(shapes.unlabelled(teaser.heading), summary=summary, label=label)


def _update(section: _Section, title: str) -> ImportedUpdate:
    headline = section.heading
    if not headline:
        found = _LIVE_TITLE.match(title)
        headline = found["news"] if found else ""
    kind: Kind = _KINDS.get(section.label) or ("explainer" if headline.endswith("?") else "report")
    return ImportedUpdate(headline=headline, body=markup.document(_blocks(section.lines) + section.cards), kind=kind)


def _blocks(lines: list[Line]) -> list[markup.Node]:
    blocks: list[markup.Node] = []
    for listed, group in groupby(lines, key=lambda line: shapes.bullet(line.text) is not None):
        if listed:
            items = [
                {"type": "list_item", "content": [markup.paragraph(shapes.bullet(line.text) or "")]} for line in group
            ]
            blocks.append({"type": "bullet_list", "content": items})
        else:
            blocks += [markup.paragraph(line.text) for line in group]
    return blocks


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57].rstrip() + "…")
