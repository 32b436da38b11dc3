"""An invented story and its log: what the press is tested with."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from standfirst.press.edition import Edition
from standfirst.press.pages import Printed
from standfirst.press.printer import Printer
from standfirst.record.entry import START, Entry, seal
from standfirst.story import events as e
from standfirst.story.document import article_card, blockquote, bullet_list, doc, heading, paragraph, text

DAWN = datetime(2031, 3, 2, 6, 30, tzinfo=UTC)
EDITION = Edition(name="Gazette", base_url="https://gazette.example")
HEADLINES = (
    "Water passes the sea wall",
    "Buses leave the lower town",
    "Minister to visit the coast",
    "",
    "Power is back",
)
WORDS = (
    "The harbour office said the water passed the wall at two places shortly after six, and that the lower town had "
    "been asked to leave. Boats are on the promenade and buses wait at the school on Mill Lane."
)


class Log:
    """A story's log: call it with events, each is an entry that the printer takes at once."""

    def __init__(self, edition: Edition = EDITION, *, slug: str = "harrow-sands", **opening: Any) -> None:
        self.printer = Printer(edition)
        self.at = DAWN
        self.entries: list[Entry] = []
        self.messages: list[bytes] = []
        self(opened(slug=slug, **opening))

    def __call__(self, *events: e.Event, minutes: int = 7) -> "Log":
        for event in events:
            kind, version, payload = e.dump(event)
            prev = self.entries[-1].hash if self.entries else START
            seq = len(self.entries) + 1
            entry = seal("harrow-sands", seq, self.at, kind, version, "ada", payload, prev, lambda: bytes(16))
            self.entries.append(entry)
            message = self.printer.take(entry)
            assert message is not None
            self.messages.append(message)
            self.at += timedelta(minutes=minutes)
        return self

    def posts(self, count: int, **fields: Any) -> "Log":
        """So many more updates."""
        for _ in range(count):
            assert self.printer.story is not None
            self(posted(len(self.printer.story.order) + 1, self.at, **fields))
        return self

    def page(self, resource: str = "") -> str:
        """What is printed there."""
        return self.printed(resource).body.decode()

    def printed(self, resource: str) -> Printed:
        printed = self.printer.print(resource)
        assert printed is not None, f"no {resource!r}"
        return printed


def uid(number: int) -> str:
    """The id of update `number`."""
    return f"u{number:09d}"


def opened(**fields: Any) -> e.StoryOpened:
    """The story's first event."""
    given: dict[str, Any] = {
        "slug": "harrow-sands",
        "headline": "Sea breaks through at Harrow Sands",
        "standfirst": "Lower town told to leave; trains to the coast have stopped",
        "language": "en",
        "zone": "Europe/London",
        "status": "live",
        "topic": "Storm on the coast",
        "bylines": ("Coast desk",),
    }
    return e.StoryOpened(**(given | fields))


def posted(number: int, at: datetime, **fields: Any) -> e.UpdatePosted:
    """Update `number`: every third a key event, every fourth an analysis; some with a quote, a list, a card."""
    given: dict[str, Any] = {
        "id": uid(number),
        "headline": HEADLINES[number % len(HEADLINES)],
        "body": body(number),
        "bylines": ("Ruth Calder", "Tom Eze") if number % 2 else (),
        "kind": "analysis" if number % 4 == 0 else "report",
        "tags": ("Sea Wall",) if number % 2 else ("evacuation", "Sea Wall"),
        "key": number % 3 == 0,
        "published": at,
    }
    return e.UpdatePosted(**(given | fields))


def body(number: int) -> e.Body:
    """Some 60 to 110 words."""
    link = text("flood line", href="https://county.example/flood?a=1&b=2")
    blocks = [paragraph(f"{number}. {WORDS}"), paragraph("The county’s ", link, " is open.")]
    if number % 3 == 0:
        blocks.append(blockquote("Nobody should wait to be told twice.", speaker="Ida Marsh", role="flood team"))
    if number % 4 == 0:
        blocks += [heading(2, "Where to go"), bullet_list("The school, until 22:00", "The town hall, all night")]
    if number % 5 == 0:
        blocks.append(article_card("https://gazette.example/wall", "The wall nobody finished", label="Long read"))
    return doc(*blocks)


def edited(number: int, rev: int = 2, **fields: Any) -> e.UpdateEdited:
    """A minor edit."""
    given: dict[str, Any] = {"headline": "Reworded", "body": body(number), "bylines": (), "kind": "report"}
    return e.UpdateEdited(id=uid(number), rev=rev, **(given | fields))


def corrected(number: int, rev: int = 2, note: str = "The wall broke in three places.", **fields: Any) -> e.Event:
    """A correction of the first paragraph."""
    words = doc(paragraph(f"{number}. {WORDS.replace('two', 'three')}"))
    given: dict[str, Any] = {"headline": HEADLINES[number % 5], "body": words, "bylines": (), "kind": "report"}
    return e.UpdateCorrected(id=uid(number), rev=rev, note=note, **(given | fields))


class Elements(HTMLParser):
    """Every start tag of a page with its attributes, and the text inside data blocks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == ("script", {"type": "application/ld+json"}) and data.strip():
            self.data.append(data)

    def all(self, tag: str, **attrs: str) -> list[dict[str, str | None]]:
        """The attributes of every element of this name that has these attributes."""
        return [found for name, found in self.tags if name == tag and attrs.items() <= found.items()]

    def ids(self) -> list[str]:
        """Every id, in order."""
        return [found["id"] or "" for _, found in self.tags if "id" in found]


def ids_of(page: str, prefix: str = "u-") -> list[str]:
    """The updates on a page, in order."""
    return [name.removeprefix(prefix) for name in Elements(page).ids() if name.startswith(prefix)]


def uids(numbers: Iterable[int]) -> list[str]:
    return [uid(number) for number in numbers]
