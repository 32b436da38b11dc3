"""Put an imported page into the record, through the same door as everything else; a second run adds nothing.

An update's id and idempotency key come from what it is (its address, its headline and time, its words), not from the
run nor from what else is on the page. They are keyed by the newsroom's secret: ids are public and keys stay when words
are erased, and neither may let anyone confirm a guess at those words.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urldefrag

from django.utils.crypto import salted_hmac

from standfirst.desk.execute import execute
from standfirst.desk.stories import stories
from standfirst.record import journal
from standfirst.story.commands import OpenStory, PostUpdate, SetStatus
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
    slug = slug or _known(page) or slug_of(page.headline)
    names = _names(page, slug)
    page, notes = _timed(page, at or now)
    story = stories.current(slug)
    opened = story is None
    if story is None:
        key = _key("open", slug) if _known(page) or not page.source else _page_key(page.source)
        execute(slug, _opening(page, slug, language or page.language or "en", zone), ACTOR, key)
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
        ended = SetStatus(status="ended", since=page.ends)
        execute(slug, ended, ACTOR, _key("ended", slug, page.ends.isoformat()))
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


def _known(page: Imported) -> str | None:
    """The story that was opened for this page's address, whatever its headline was then."""
    receipt = journal.receipt(ACTOR, _page_key(page.source)) if page.source else None
    return str(receipt.answer["story"]) if receipt is not None and isinstance(receipt.answer, dict) else None


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
        execute(slug, command, ACTOR, _key("update", slug, name))
    except Refusal as refusal:
        return refusal
    return None


def _names(page: Imported, slug: str) -> list[str]:
    """A name for each update. One that comes twice on a page is told apart by its words."""
    story = stories.current(slug)
    here = story.updates if story else {}
    claimed: dict[str, str] = {}
    names = []
    for update in page.updates:
        words = json.dumps([update.headline, update.body], sort_keys=True)
        name = _name(update, page.source, words)
        worded = f"{name}\0{words}"
        if _id(slug, worded) in here or claimed.setdefault(name, words) != words:
            name = worded
        names.append(name)
    return names


def _name(update: ImportedUpdate, page: str | None, words: str) -> str:
    """What an update is known by, of itself: an address within a page; else its time and address or headline.

    Without either it is its words, so one that was edited is another: a headline such as "Latest" names too many.
    """
    address = update.source if update.source != page else None
    time = update.published.isoformat() if update.published else None
    if address and ("#" in address or time is None):
        return f"url\0{address}"
    if time and (address or update.headline):
        return f"time\0{time}\0{address or update.headline}"
    return f"words\0{time}\0{words}"


def _id(slug: str, name: str) -> str:
    number = int(_key("id", slug, name), 16)
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    tail = "".join(digits[number // 36**place % 36] for place in range(9))
    return "i" + tail


def _page_key(source: str) -> str:
    return _key("page", urldefrag(source).url)


def _key(*parts: str) -> str:
    return salted_hmac("standfirst.syndication.importing", "\0".join(parts), algorithm="sha256").hexdigest()


def _bylines(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_cut(name, BYLINE) for name in names[:BYLINES])


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _named(update: ImportedUpdate) -> str:
    return f"update {update.headline!r}" if update.headline else "an update without headline"
