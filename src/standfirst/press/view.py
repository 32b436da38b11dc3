"""What the templates may ask about a story: addresses, dates and times, which updates stand where."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup

from standfirst.press import body
from standfirst.press.edition import Edition
from standfirst.press.runs import Run, Slice
from standfirst.press.words import Words, words, zone_name
from standfirst.story.characters import slugged
from standfirst.story.document import plain
from standfirst.story.events import Body, Kind, Point
from standfirst.story.story import Change, Correction, Retraction, Story, Update

FILTERS_FROM = 8
"""Fewer updates than this need no filters."""
RAIL = 12
"""Key events in the rail; the others are a link away."""
CHANGES = 3
"""Corrections beside the updates; the others are a link away."""
TOPICS = 12
TITLE = 90
"""Characters of an update's first words that stand for a headline it has not."""
LISTED: tuple[Kind, ...] = ("analysis", "opinion", "explainer", "picture", "video", "reader-question")


@dataclass(frozen=True, slots=True)
class Told:
    """One correction or retraction with its update, for the list of a story's corrections."""

    update: Update
    what: Correction | Retraction

    @property
    def retracts(self) -> bool:
        return isinstance(self.what, Retraction)

    @property
    def words(self) -> str:
        """The note or the reason; "" once erased."""
        return self.what.reason if isinstance(self.what, Retraction) else self.what.note


@dataclass(frozen=True)
class View:
    """A story as a template sees it."""

    edition: Edition
    story: Story

    filters_from = FILTERS_FROM

    @property
    def key(self) -> tuple[str, str, date, tuple[str, ...]]:
        """All that the fragments of an update depend on besides the update: bylines stand in for those it has not."""
        return (self.story.language, self.story.zone, self.base_day, self.story.bylines)

    @cached_property
    def words(self) -> Words:
        return words(self.story.language)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.story.zone)

    @cached_property
    def first(self) -> datetime:
        """The time whose day needs no date beside a clock time: the first update's, else when coverage is due."""
        story = self.story
        return story.updates[story.order[0]].published if story.order else story.starts or story.opened

    @cached_property
    def base_day(self) -> date:
        return self.first.astimezone(self.zone).date()

    @property
    def ended(self) -> bool:
        return self.story.status == "ended"

    # What stands where

    @property
    def base(self) -> str:
        return f"/{self.story.slug}"

    @cached_property
    def run(self) -> Run[str]:
        """All updates, in pages."""
        return Run(self.story.order, self.base, self.ended)

    @cached_property
    def front(self) -> Slice[str]:
        return self.run.front

    def list_run(self, name: str, value: str = "") -> Run[str]:
        """The standing updates of a list, in pages: `key-events`, a `kind`, a `tag`."""
        story = self.story
        order = story.keys if name == "key-events" else getattr(story, f"{name}s").get(value, ())
        return Run(order, self.list_href(name, value), self.ended)

    @property
    def standing(self) -> int:
        """How many updates stand, tombstones not counted."""
        return sum(len(ids) for ids in self.story.kinds.values())

    def kind_counts(self) -> list[tuple[str, int]]:
        """The kinds that have a filter, with how many updates stand in each."""
        counts = [(kind, len(self.story.kinds.get(kind, ()))) for kind in LISTED]
        return [(kind, count) for kind, count in counts if count]

    def update(self, id: str) -> Update:
        return self.story.updates[id]

    def rail(self) -> list[Update]:
        """The latest key events in reading order."""
        ids = self.story.keys[-RAIL:]
        return [self.update(id) for id in (ids if self.ended else ids[::-1])]

    def closed(self) -> bool:
        """Whether the summary tells how it ended: it was written when the last update was there."""
        story = self.story
        last = self.update(story.order[-1]).published if story.order else story.opened
        return self.ended and story.summary is not None and story.summary.at >= last

    def rests_on(self, point: Point) -> Update | None:
        """The update that a line of the summary rests on, if it stands."""
        update = self.story.updates.get(point.update) if point.update else None
        return update if update and not (update.retraction or update.erased) else None

    @property
    def changes(self) -> Run[Change]:
        """Every correction and retraction, in pages; newest first also when the story has ended."""
        return Run(self.story.changes, self.list_href("corrections"))

    def latest_changes(self) -> list[Told]:
        return [self.told(change) for change in self.story.changes[: -CHANGES - 1 : -1]]

    def told(self, change: Change) -> Told:
        update = self.update(change.update)
        what = update.retraction if change.correction is None else update.corrections[change.correction]
        assert what is not None  # the fold notes a retraction with the retraction
        return Told(update, what)

    def topics(self) -> list[tuple[str, int]]:
        """Tags of the updates on the front page with how many updates bear each, the most used first."""
        tags = {slugged(tag) for id in self.front.ids for tag in self.update(id).tags}
        counts = [(tag, len(self.story.tags.get(tag, ()))) for tag in tags]
        return sorted(((tag, n) for tag, n in counts if n), key=lambda item: (-item[1], item[0]))[:TOPICS]

    # Addresses

    def href(self, update: Update) -> str:
        return f"{self.base}/updates/{update.id}"

    def told_href(self, told: Told) -> str:
        """Where a correction is read: at the version it made, as long as the update has versions to show."""
        gone = told.update.retraction or told.update.erased
        version = "" if gone or isinstance(told.what, Retraction) else f"#rev-{told.what.rev}"
        return self.href(told.update) + version

    def here(self, update: Update) -> str:
        """Where the reader of the front page finds an update."""
        return f"#u-{update.id}" if update.id in self.front.ids else self.href(update)

    def latest_href(self) -> str:
        """Where the newest update is read."""
        if not self.ended:
            return "#updates"
        last = self.update(self.story.order[-1])
        return self.here(last) if last.id in self.front.ids else f"{self.run.href(self.run.pages)}#u-{last.id}"

    def list_href(self, name: str, value: str = "") -> str:
        value = slugged(value) if name == "tag" else value
        return f"{self.base}/{name}/{quote(value, safe='')}" if value else f"{self.base}/{name}"

    # Words

    def bylines(self, names: tuple[str, ...]) -> str:
        """Who wrote it, in the newsroom's style."""
        listed = self.words.listing(names)
        return listed if self.edition.look.byline == "names" else self.words.gettext("By %(names)s") % {"names": listed}

    def title(self, update: Update) -> str:
        """The headline, or the first words."""
        if update.retraction or update.erased:
            return self.words.gettext("This update has been removed")
        return update.headline or opening(plain(update.body))

    def told_title(self, told: Told) -> str:
        """What a correction is listed by."""
        return told.words or self.title(told.update)

    def body(self, document: Body) -> Markup:
        return body.html(document)

    def kind(self, kind: str, how: str = "one") -> str:
        """A kind's name: "one" update's, or "many"."""
        return self.words.gettext(KIND_NAMES[kind][how == "many"])

    def tag(self, tag: str) -> str:
        """A tag of this story as its latest update writes it: `flood-watch` may be `Flood Watch`."""
        bearer = self.update(self.story.tags[tag][-1])
        return next(words for words in bearer.tags if slugged(words) == tag)

    # Times

    def clock(self, at: datetime) -> str:
        return self.words.clock(at, self.zone)

    def zoned(self, at: datetime) -> str:
        return zone_name(at, self.zone)

    def day(self, at: datetime) -> str:
        return self.words.day(at, self.zone)

    def dated(self, at: datetime) -> str:
        """`11:42`, with the date before it when that is not the page's."""
        if at.astimezone(self.zone).date() == self.base_day:
            return self.clock(at)
        return f"{self.words.short_day(at, self.zone)}, {self.clock(at)}"

    def stamp(self, at: datetime) -> str:
        """`11:42 GMT`, dated likewise."""
        return f"{self.dated(at)} {self.zoned(at)}"

    def iso(self, at: datetime) -> str:
        """UTC, to the second: `2031-03-02T11:42:00Z`."""
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def edited(self, update: Update) -> datetime | None:
        """When the words last changed without a correction."""
        told = update.corrections[-1].at if update.corrections else None
        return update.changed if update.changed and update.changed != told else None


def opening(text: str) -> str:
    """The first words of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE else line[:TITLE].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


KIND_NAMES: dict[str, tuple[str, str]] = {
    "report": ("Report", "Reports"),
    "analysis": ("Analysis", "Analysis"),
    "opinion": ("Opinion", "Opinion"),
    "explainer": ("Explainer", "Explainers"),
    "picture": ("Picture", "Pictures"),
    "video": ("Video", "Videos"),
    "reader-question": ("Reader question", "Questions"),
}
