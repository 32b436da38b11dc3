"""What can happen to a story. Events are forever: never rename or reuse one; a new shape is a new version, see `load`.

An event is what was *published*. Fields typed `Words` hold a person's words (or name) and go into the record as
salted commitments, so that they can be erased without breaking the chain; everything else stands in the entry itself.
Times are aware UTC datetimes. An event has no time of its own: the entry that carries it has (`Entry.at`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, get_args, get_origin, get_type_hints

import msgspec

from standfirst.record.entry import ERASED, JSON, Text

Status = Literal["scheduled", "live", "paused", "ended"]
Kind = Literal["report", "analysis", "opinion", "explainer", "picture", "video", "reader-question"]

Body = dict[str, Any]  # Any: a ProseMirror JSON document, already validated by `document.parse`

_COMMIT = "commit"
Words = Annotated[str, _COMMIT]
Names = Annotated[tuple[str, ...], _COMMIT]
Document = Annotated[Body, _COMMIT]
Source = Annotated[str | None, _COMMIT]

NO_WORDS: Body = {"type": "doc", "content": [{"type": "erased"}]}
"""The body that stands where a body was erased from the record."""


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all events. The class name is the kind that the record stores; VERSION is the shape's version."""

    VERSION: ClassVar[int] = 1


class Point(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of the pinned summary; `update` is the id of the update it rests on, if it names one."""

    text: str
    update: str | None = None


Points = Annotated[tuple[Point, ...], _COMMIT]


class StoryOpened(Event, frozen=True, kw_only=True):
    """A story exists from now on. `slug` is its address for good; `starts` is when coverage is due, if scheduled."""

    slug: str
    headline: Words
    standfirst: Words
    language: str
    zone: str
    status: Status
    topic: Words = ""
    bylines: Names = ()
    starts: datetime | None = None


class StoryChanged(Event, frozen=True, kw_only=True):
    """The story's own words or settings changed; carries them all as they stand now."""

    headline: Words
    standfirst: Words
    language: str
    zone: str
    topic: Words = ""
    bylines: Names = ()
    starts: datetime | None = None


class StatusChanged(Event, frozen=True, kw_only=True):
    """Coverage went live, paused or ended; `since` is when it really did, where that is not now (an import)."""

    status: Status
    since: datetime | None = None


class StoryReopened(Event, frozen=True, kw_only=True):
    """Ended coverage is live again."""


class SummaryWritten(Event, frozen=True, kw_only=True):
    """The pinned summary: what we know, and what is not confirmed."""

    known: Points
    unconfirmed: Points = ()


class SummaryCleared(Event, frozen=True, kw_only=True):
    """The pinned summary was taken down."""


class UpdatePosted(Event, frozen=True, kw_only=True):
    """An update stands on the page. `id` never changes; `published` is what readers see (an import keeps it).

    `source` is where an imported update stood; it leads to the words, so it can be erased with them.
    """

    id: str
    headline: Words
    body: Document
    bylines: Names
    kind: Kind
    tags: Names
    key: bool
    published: datetime
    happened: datetime | None = None
    filed: datetime | None = None
    source: Source = None


class UpdateEdited(Event, frozen=True, kw_only=True):
    """A minor edit: carries the update's words as they stand now. `rev` counts an update's versions from 1."""

    id: str
    rev: int
    headline: Words
    body: Document
    bylines: Names
    kind: Kind
    happened: datetime | None = None


class UpdateCorrected(Event, frozen=True, kw_only=True):
    """An edit that readers are told about; `note` says what was wrong."""

    id: str
    rev: int
    headline: Words
    body: Document
    bylines: Names
    kind: Kind
    note: Words
    happened: datetime | None = None


class UpdateRetracted(Event, frozen=True, kw_only=True):
    """The update is withdrawn; a dated tombstone with the reason stays."""

    id: str
    reason: Words


class UpdateErased(Event, frozen=True, kw_only=True):
    """The update's words were removed from the record itself (law, source protection). Nothing says why, on purpose."""

    id: str


class UpdatePinned(Event, frozen=True, kw_only=True):
    """The update stands above all others; it takes the place of one pinned before."""

    id: str


class UpdateUnpinned(Event, frozen=True, kw_only=True):
    """No update is pinned any more."""

    id: str


class UpdateMarkedKey(Event, frozen=True, kw_only=True):
    """The update is a key event."""

    id: str


class UpdateUnmarkedKey(Event, frozen=True, kw_only=True):
    """The update is no key event any more."""

    id: str


class UpdateTagged(Event, frozen=True, kw_only=True):
    """The update's tags, all of them, as they stand now."""

    id: str
    tags: Names


EVENTS: dict[str, type[Event]] = {cls.__name__: cls for cls in Event.__subclasses__()}


_BLANK: dict[Any, Any] = {Words: "", Document: NO_WORDS, Source: None}  # Any: a type, and a value of it


def _committed(cls: type[Event]) -> dict[str, Any]:
    """The committed fields of an event with what stands for each once it is erased."""
    blank: dict[str, Any] = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        if get_origin(hint) is Annotated and _COMMIT in get_args(hint)[1:]:
            blank[name] = _BLANK.get(hint, ())
    return blank


COMMITTED: dict[str, dict[str, Any]] = {kind: _committed(cls) for kind, cls in EVENTS.items()}


def dump(event: Event) -> tuple[str, int, dict[str, JSON | Text]]:
    """An event as the record takes it: kind, version, and payload with every committed field wrapped in `Text`."""
    kind = type(event).__name__
    payload: dict[str, JSON | Text] = msgspec.to_builtins(event)
    for name in COMMITTED[kind]:
        payload[name] = Text(payload[name])  # type: ignore[arg-type]  # a builtin, fresh from to_builtins
    return kind, event.VERSION, payload


def load(kind: str, version: int, payload: Mapping[str, Any]) -> Event:
    """An entry's payload as an event of today's shape. KeyError for an unknown kind, ValueError for a bad payload."""
    cls = EVENTS[kind]
    if version != cls.VERSION:
        raise ValueError(f"{kind} version {version} is newer than this Standfirst knows ({cls.VERSION}): upgrade it")
    blank = COMMITTED[kind]
    whole = {name: blank[name] if value is ERASED else value for name, value in payload.items()}
    return msgspec.convert(whole, cls)
