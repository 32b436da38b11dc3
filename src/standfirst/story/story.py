"""A story as it stands: the fold of its events. Immutable; a fold step costs the same on update 10 and 10,000.

`updates` is a persistent map; the orders are tuples of ids (a copy of 10,000 ids is microseconds), so a step never
walks the updates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rpds import HashTrieMap

from standfirst.story.events import Body, Kind, Point, Status

_NO_UPDATES: HashTrieMap[str, Update] = HashTrieMap()
_NO_IDS: HashTrieMap[str, tuple[str, ...]] = HashTrieMap()


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What readers were told: `rev` is the version that the correction made."""

    at: datetime
    rev: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One version of an update, as published `at`; `note` is there when it was a correction."""

    rev: int
    at: datetime
    headline: str
    body: Body
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """`ordinal` counts a story's updates from 1 in order of posting and never changes: numbered pages hang on it.

    `changed` is when its words last changed (None: never). `seq` is the last entry that touched it.
    """

    id: str
    ordinal: int
    rev: int
    seq: int
    headline: str
    body: Body
    bylines: tuple[str, ...]
    kind: Kind
    tags: tuple[str, ...]
    key: bool
    published: datetime
    happened: datetime | None = None
    filed: datetime | None = None
    source: str | None = None
    changed: datetime | None = None
    corrections: tuple[Correction, ...] = ()
    retraction: Retraction | None = None
    erased: bool = False
    history: tuple[Revision, ...] = ()
    worded: tuple[int, ...] = ()  # numbers of the entries that carry its words: what an erasure removes


@dataclass(frozen=True, slots=True)
class Change:
    """Where a correction or retraction stands: its update, and its place in `corrections` (None: the retraction)."""

    update: str
    correction: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    at: datetime
    known: tuple[Point, ...]
    unconfirmed: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`seq` is the number of the last entry folded; `rev` counts changes to the story's own words, for If-Match.

    `summary_seq` is the last entry that wrote the summary or took it down, 0: none has.
    """

    slug: str
    seq: int
    rev: int
    headline: str
    standfirst: str
    language: str
    zone: str
    status: Status
    topic: str = ""
    bylines: tuple[str, ...] = ()
    starts: datetime | None = None
    opened: datetime
    began: datetime | None = None  # when it first went live
    ended: datetime | None = None  # set while the status is "ended"
    modified: datetime  # time of the last entry
    updated: datetime  # when what readers see last changed, by the times they see: an import keeps the original's
    summary: Summary | None = None
    summary_seq: int = 0
    pinned: str | None = None
    updates: HashTrieMap[str, Update] = _NO_UPDATES
    order: tuple[str, ...] = ()  # every update, retracted ones included, oldest first: order[u.ordinal - 1] == u.id
    keys: tuple[str, ...] = ()  # standing key events, by ordinal
    kinds: HashTrieMap[str, tuple[str, ...]] = _NO_IDS  # kind -> standing updates, by ordinal
    tags: HashTrieMap[str, tuple[str, ...]] = _NO_IDS  # tag as in a URL -> standing updates, by ordinal
    changes: tuple[Change, ...] = ()  # every correction and retraction in order; only grows: numbered pages hang on it
