"""What an importer understood of a page: a story's fields, its updates oldest first, and what it did not take."""

from dataclasses import dataclass, replace
from datetime import datetime

from standfirst.story.events import Body, Kind


class Unreadable(ValueError):  # a refusal is no programming error
    """The source cannot be read at all; the message names it, what is wrong, and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to tell the person who imports. `line` counts a text file's lines from 1, where there is one."""

    text: str
    line: int | None = None

    def __str__(self) -> str:
        return self.text if self.line is None else f"line {self.line}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedUpdate:
    """One update. `published` is None where the source has no times; `source` is its own address, if it has one."""

    headline: str
    body: Body
    bylines: tuple[str, ...] = ()
    kind: Kind = "report"
    tags: tuple[str, ...] = ()
    published: datetime | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A page as understood. `format` says how; `left_out` was understood and not taken, `faults` was not understood."""

    format: str
    headline: str
    standfirst: str = ""
    language: str | None = None
    bylines: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    source: str | None = None
    updates: tuple[ImportedUpdate, ...] = ()
    left_out: tuple[Note, ...] = ()
    faults: tuple[Note, ...] = ()

    def oldest_first(self) -> "Imported":
        """The same with its updates in order of time, for a source that lists them newest first."""
        backwards = reversed(self.updates)
        if any(update.published is None for update in self.updates):
            return replace(self, updates=tuple(backwards))
        return replace(self, updates=tuple(sorted(backwards, key=_published)))


def _published(update: ImportedUpdate) -> datetime:
    assert update.published is not None  # oldest_first has looked
    return update.published
