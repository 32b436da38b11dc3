"""What schema.org says of a live page, however it was written down, to what we say. JSON-LD and microdata share it.

An item is a mapping with "@type"; a value may be bare, an item, or a list of either, as publishers please.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from standfirst.story.fields import TAG
from standfirst.syndication.importers import markup
from standfirst.syndication.importers.imported import Imported, ImportedUpdate, Note

Item = Mapping[str, Any]  # Any: foreign JSON
LIVE = "LiveBlogPosting"

_MEDIA = {"image": "picture", "video": "video", "associatedMedia": "embed", "sharedContent": "embed"}
_PLURAL = {"picture": "pictures", "video": "videos", "embed": "embeds", "form": "forms", "sound": "sounds"}


def has_type(item: Any, name: str) -> bool:  # Any: foreign JSON
    """Whether an item is of a type; "https://schema.org/X", "schema:X" and a list of types are all seen."""
    if not isinstance(item, Mapping):
        return False
    kinds = item.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(kind, str) and re.split(r"[/:#]", kind)[-1] == name for kind in kinds)


def read(page: Item, *, format: str, zone: ZoneInfo) -> Imported | None:
    """A LiveBlogPosting as an import; None if it has neither headline nor updates."""
    reader = _Reader(zone, _url(page))
    updates = tuple(reader.updates(page))
    headline = _words(page.get("headline")) or _words(page.get("name"))
    if not updates and not headline:
        return None
    notes = (f"{count} {kind if count == 1 else _PLURAL[kind]}" for kind, count in reader.media.items())
    left_out = tuple(Note(text=f"{note} left out: only words are imported") for note in notes)
    return Imported(
        format=format,
        headline=headline or "Live coverage",
        standfirst=_words(page.get("description")),
        language=_words(page.get("inLanguage")) or None,
        bylines=names(page.get("author")),
        starts=reader.time(page.get("coverageStartTime"), "coverageStartTime"),
        ends=reader.time(page.get("coverageEndTime"), "coverageEndTime"),
        source=_url(page),
        updates=updates,
        left_out=left_out,
        faults=tuple(reader.faults),
    ).oldest_first()


class _Reader:
    def __init__(self, zone: ZoneInfo, base: str | None) -> None:
        self.zone = zone
        self.base = base
        self.media: Counter[str] = Counter()
        self.faults: list[Note] = []

    def updates(self, page: Item) -> Iterator[ImportedUpdate]:
        seen: set[str] = set()
        for number, item in enumerate(every(page.get("liveBlogUpdate")), 1):
            if not isinstance(item, Mapping):
                self.fault(f"update {number} is {type(item).__name__}, not an item: left out")
                continue
            update = self.update(item, number)
            if update is None:
                continue
            same = repr((update.source, update.headline, update.published, update.body))
            if same not in seen:
                seen.add(same)
                yield update

    def update(self, item: Item, number: int) -> ImportedUpdate | None:
        for name, kind in _MEDIA.items():
            self.media.update([kind] * sum(1 for value in every(item.get(name)) if value))
        blocks = self.body(item)
        headline = _words(item.get("headline")) or _words(item.get("name"))
        published = self.time(item.get("datePublished") or item.get("dateCreated") or item.get("dateModified"), "date")
        if not blocks:
            if not headline:
                self.fault(f"update {number} has no words: left out")
                return None
            blocks = [markup.paragraph(headline)]
            headline = ""
        if published is None:
            self.fault(f"update {number} ({headline or 'without headline'}) has no time that can be read")
        return ImportedUpdate(
            headline=headline,
            body=markup.document(blocks),
            bylines=names(item.get("author")),
            tags=_tags(item.get("keywords")),
            published=published,
            source=_url(item),
        )

    def body(self, item: Item) -> list[markup.Node]:
        for name in ("articleBody", "text", "description"):
            value = item.get(name)
            blocks: list[markup.Node] = []
            for part in every(value):
                if isinstance(part, str):
                    more, left_out = markup.body_of(part, base=self.base)
                    blocks += more
                    self.media.update(left_out)
            if blocks:
                return blocks
        return []

    def time(self, value: Any, field: str) -> datetime | None:  # Any: foreign JSON
        first = next(iter(every(value)), None)
        if first is None or first == "":
            return None
        when = moment(str(first), self.zone)
        if when is None:
            self.fault(f"{field} {str(first)[:60]!r} is not a time")
        return when

    def fault(self, text: str) -> None:
        self.faults.append(Note(text=text))


def every(value: Any) -> Iterator[Any]:  # Any: foreign JSON
    """A value, or each of a list's, lists in lists included; nothing for None."""
    if isinstance(value, Mapping) and "@list" in value:
        value = value["@list"]
    if isinstance(value, list):
        for part in value:
            yield from every(part)
    elif value is not None:
        yield value


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A time as ISO 8601, RFC 2822 or Unix (milli)seconds, in the zone if it has no offset. None if unreadable."""
    text = text.strip()
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), tz=ZoneInfo("UTC"))
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            when = parse(text)
            return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(ZoneInfo("UTC"))
        except (ValueError, TypeError, OverflowError):  # the last: a time in the calendar's first or last hours
            continue
    return None


def names(value: Any) -> tuple[str, ...]:  # Any: foreign JSON
    """The people (or houses) that a value names: bare, as items, or as a list. An address is no name."""
    found: dict[str, None] = {}
    for part in every(value):
        for name in every(part.get("name")) if isinstance(part, Mapping) else [part]:
            words = re.sub(r"^[Bb]y\s+", "", markup.clean(str(name)))
            if words and "://" not in words:
                found[words] = None
    return tuple(found)


def _tags(value: Any) -> tuple[str, ...]:  # Any: foreign JSON
    """Keywords, as a list or in a line with commas; at most ten, and none that is longer than a tag can be."""
    parts: Iterable[str] = (piece for part in every(value) if isinstance(part, str) for piece in part.split(","))
    tags = (markup.clean(part) for part in parts)
    return tuple(dict.fromkeys(tag for tag in tags if len(tag) <= TAG and any(map(str.isalnum, tag))))[:10]


def _words(value: Any) -> str:  # Any: foreign JSON
    first = next(iter(every(value)), "")
    if isinstance(first, Mapping):
        first = first.get("name") or first.get("@value") or ""
    return markup.clean(str(first)) if isinstance(first, str | int) else ""


def _url(item: Item) -> str | None:
    for name in ("url", "@id", "mainEntityOfPage"):
        for value in every(item.get(name)):
            text = value.get("@id") if isinstance(value, Mapping) else value
            if isinstance(text, str) and text.startswith(("http://", "https://")):
                return markup.link(markup.unescape(text))
    return None
