"""What a draft says: an update's words, the update that they change, if they change one, and when they were written."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal, cast

import msgspec

from standfirst.desk.models import Draft, DraftVersion
from standfirst.story.document import parse
from standfirst.story.events import Body, Kind

Mode = Literal["minor", "correction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """The update that a draft changes, and the revision of it that the draft grew from."""

    update: str
    rev: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What there is to an update beside its words."""

    tags: tuple[str, ...] = ()
    key: bool = False
    pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How readers are told of an edit: not at all, or with a note."""

    mode: Mode = "minor"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a draft says, as `story.commands.PostUpdate` has it; `body` is parsed. It need not be fit to publish.

    `edits`: it is to become new words of an update that is there.
    """

    body: Body
    headline: str = ""
    bylines: tuple[str, ...] = ()
    kind: Kind = "report"
    tags: tuple[str, ...] = ()
    key: bool = False
    pin: bool = False
    happened: datetime | None = None
    edits: Edits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a draft goes out by itself, as who, and how readers are told if it is an edit.

    `embargo`: nobody publishes it earlier. `was` is the state that it has again when it is taken off the schedule.
    """

    at: datetime
    by: str
    by_name: str
    was: Literal["draft", "filed", "returned"]
    embargo: bool = False
    telling: Telling = Telling()


def words(row: Draft | DraftVersion) -> Words:
    """The words of a draft or of one of its versions; `parse` puts the keys of a body, which jsonb moves, in order."""
    found = msgspec.convert(row.words, Words)
    return replace(found, body=parse(found.body))


def stood(row: Draft) -> Beside | None:
    """What there was beside the words to the update that it changes, as its author saw it; None if it changes none."""
    return None if row.stood is None else msgspec.convert(row.stood, Beside)


def schedule(row: Draft) -> Schedule | None:
    """When it goes out, or went; None if it was never to."""
    return None if row.schedule is None else msgspec.convert(row.schedule, Schedule)


def stored(given: Words | Beside | Schedule) -> dict[str, Any]:  # Any: JSON
    """As JSON that reads back as the same."""
    return cast(dict[str, Any], msgspec.json.decode(msgspec.json.encode(asdict(given))))
