"""Put an imported page into the record, through the same door as everything else; a second run adds nothing.

An update's id and idempotency key come from what it is (its address, its headline and time, its words), not the run.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from standfirst.desk.execute import Answer, execute
from standfirst.desk.stories import stories
from standfirst.story.commands import Command, OpenStory, PostUpdate, SetStatus
from standfirst.story.fields import BYLINE, BYLINES, HEADLINE, RESERVED, SLUG, STANDFIRST
from standfirst.story.refusals import Refusal
from standfirst.syndication.importers import Imported, ImportedUpdate, Note

ACTOR = "import:cli"

_DANGLING = re.compile(r"(?:-(?:a|an|the|of|to|in|on|at|by|for|and|or|as|is|with|from))+$")

Progress = Callable[[int, int], None]
"""Told how many updates are done, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did. `posted` and `present` are ids; `left_out` and `faults` are for people to read."""

    slug: str
    headline: str
    format: str
    status: str
    opened: bool
    posted: tuple[str, ...]
    present: tuple[str, ...]
    left_out: tuple[Note, ...]
    faults: tuple[Note, ...]


def post(
    page: Imported,
    *,
    slug: str | None = None,
    language: str | None = None,
    zone: str = "UTC",
    at: datetime | None = None,
    now: datetime,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Open the story if it is not there, and post what it lacks, oldest first.

    `at` is when the newest update of a page without times was published (None: now); the others are seconds before it.
    Raises Refusal when the story cannot be opened; an update that is refused is a fault, and the others go on.
    """
    slug = slug or slug_of(page.headline)
    names = _identities(page)
    page, notes = _timed(page, at or now)
    story = stories.current(slug)
    opened = story is None
    if story is None:
        _do(slug, _opening(page, slug, language or page.language or "en", zone), "open")
    posted: list[str] = []
    present: list[str] = []
    faults = [*page.faults]
    total = len(page.updates)
    for number, (update, name) in enumerate(zip(page.updates, names, strict=True), 1):
        id = _id(slug, name)
        if story is not None and id in story.updates:
            present.append(id)
        elif (refusal := _post(slug, update, id, name)) is None:
            posted.append(id)
        else:
            faults.append(Note(text=f"{_named(update)} was refused: {refusal}"))
        progress(number, total)
    if (opened or posted) and page.ends is not None and page.ends <= now:
        _do(slug, SetStatus(status="ended", since=page.ends), f"ended:{page.ends.isoformat()}")
    after = stories.current(slug)
    return Report(
        slug=slug,
        headline=after.headline if after else page.headline,
        format=page.format,
        status=after.status if after else "live",
        opened=opened,
        posted=tuple(posted),
        present=tuple(present),
        left_out=(*page.left_out, *notes),
        faults=tuple(faults),
    )


def slug_of(headline: str) -> str:
    """An address made of a headline: its first words, in a-z and 0-9; one of its hash where no letter is Latin."""
    plain = unicodedata.normalize("NFKD", headline.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    slug = ""
    for word in words:
        if len(slug) + 1 + len(word) > min(SLUG, 60):
            break
        slug = f"{slug}-{word}".lstrip("-")
    slug = _DANGLING.sub("", slug)
    if not slug or slug in RESERVED:
        slug = f"story-{hashlib.sha256(headline.encode()).hexdigest()[:8]}"
    return slug


def _timed(page: Imported, newest: datetime) -> tuple[Imported, list[Note]]:
    """The page with a time on every update, and what to say about it."""
    bare = sum(1 for update in page.updates if update.published is None)
    if not bare:
        return page, []
    last = len(page.updates) - 1
    updates = tuple(
        update if update.published else replace(update, published=newest - timedelta(seconds=last - number))
        for number, update in enumerate(page.updates)
    )
    end = newest.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    note = f"{bare} updates have no time of their own: given times a second apart that end at {end} UTC"
    return replace(page, updates=updates), [Note(text=note)]


def _opening(page: Imported, slug: str, language: str, zone: str) -> OpenStory:
    return OpenStory(
        slug=slug,
        headline=_cut(page.headline, HEADLINE),
        standfirst=_cut(page.standfirst, STANDFIRST),
        language=language,
        zone=zone,
        bylines=_bylines(page.bylines),
        starts=page.starts,
    )


def _post(slug: str, update: ImportedUpdate, id: str, name: str) -> Refusal | None:
    assert update.published is not None  # _timed gave it one
    command = PostUpdate(
        id=id,
        body=update.body,
        published=update.published.astimezone(UTC),
        headline=_cut(update.headline, HEADLINE),
        bylines=_bylines(update.bylines),
        kind=update.kind,
        tags=update.tags,
        source=update.source,
    )
    try:
        _do(slug, command, name)
    except Refusal as refusal:
        return refusal
    return None


def _do(slug: str, command: Command, name: str) -> Answer:
    return execute(slug, command, ACTOR, _digest("import", slug, name))


def _identities(page: Imported) -> list[str]:
    """What makes each update itself: its own address, headline and time, headline, or words; the first that does."""

    def traits(update: ImportedUpdate) -> list[str]:
        address = update.source if update.source != page.source else None
        time = update.published.isoformat() if update.published else None
        words = json.dumps(update.body, sort_keys=True)
        return [
            f"url:{address}" if address else "",
            _digest("headline", update.headline, time) if update.headline and time else "",
            _digest("headline", update.headline) if update.headline else "",
            _digest("words", update.headline, time or "", words),
        ]

    every = [traits(update) for update in page.updates]
    counts = Counter(trait for each in every for trait in each if trait)
    return [next((trait for trait in each if trait and counts[trait] == 1), each[-1]) for each in every]


def _id(slug: str, name: str) -> str:
    number = int(_digest("id", slug, name), 16)
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    tail = "".join(digits[number // 36**place % 36] for place in range(9))
    return "i" + tail


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _bylines(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_cut(name, BYLINE) for name in names[:BYLINES])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _named(update: ImportedUpdate) -> str:
    return f"update {update.headline!r}" if update.headline else "an update without headline"
