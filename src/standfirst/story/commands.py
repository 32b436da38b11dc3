"""What a newsroom can ask for. `decide` answers a command with the events that follow, or refuses it by name.

A command carries everything that is needed, times and ids included: nothing here reads a clock. Lengths are checked in
`decide`; a `body` is raw ProseMirror JSON until `document.parse` has accepted it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from standfirst.story.events import Kind, Point, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of all commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStory(Command):
    slug: str
    headline: str
    standfirst: str = ""
    language: str = "en"
    zone: str = "UTC"
    status: Status = "live"
    topic: str = ""
    bylines: tuple[str, ...] = ()
    starts: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStory(Command):
    """None leaves a field as it is. `starts` can be set, not unset."""

    headline: str | None = None
    standfirst: str | None = None
    language: str | None = None
    zone: str | None = None
    topic: str | None = None
    bylines: tuple[str, ...] | None = None
    starts: datetime | None = None
    expected_rev: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus(Command):
    """`since` is when it really happened, on import; None: now."""

    status: Status
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenStory(Command):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSummary(Command):
    """`expected_seq` is the story's entry at which the summary was read: it must not have changed since."""

    known: tuple[Point, ...]
    unconfirmed: tuple[Point, ...] = ()
    expected_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearSummary(Command):
    """`expected_seq` is as `WriteSummary` has it."""

    expected_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostUpdate(Command):
    """`id` is made by the caller (see `desk.execute`); `published` is now, or the original's time on import.

    `source` is the address where an imported update stood; `pin`: it is pinned as it is posted.
    """

    id: str
    body: dict[str, Any]  # Any: JSON from outside, parsed in decide
    published: datetime
    headline: str = ""
    bylines: tuple[str, ...] = ()
    kind: Kind = "report"
    tags: tuple[str, ...] = ()
    key: bool = False
    happened: datetime | None = None
    filed: datetime | None = None
    source: str | None = None
    pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditUpdate(Command):
    """None leaves a field as it is. A `correction` needs a `note`, which readers see; a `minor` edit takes none.

    `undated` takes `happened` away. `tags`, `key` and `pin` are what TagUpdate, MarkKey and PinUpdate change, at once
    with the words.
    """

    id: str
    mode: Literal["minor", "correction"] = "minor"
    note: str = ""
    headline: str | None = None
    body: dict[str, Any] | None = None  # Any: JSON from outside, parsed in decide
    bylines: tuple[str, ...] | None = None
    kind: Kind | None = None
    happened: datetime | None = None
    undated: bool = False
    tags: tuple[str, ...] | None = None
    key: bool | None = None
    pin: bool | None = None
    expected_rev: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractUpdate(Command):
    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseUpdate(Command):
    """Remove an update's words from the record. It must be retracted first, so that readers were told."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinUpdate(Command):
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpinUpdate(Command):
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkKey(Command):
    id: str
    key: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUpdate(Command):
    id: str
    tags: tuple[str, ...]
