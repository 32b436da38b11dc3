"""How an event changes a story. Pure; a step costs the same on update 10 and 10,000: it touches one update, never all.

One entry says all that happened: the fold derives what follows from it. A retraction takes the update out of the pinned
place, the key events and the lists by kind and tag; pinning takes the place of what was pinned before. Words that were
erased from the record arrive blank (`events.load`) and fold like any others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import singledispatch
from typing import Any, Protocol

from standfirst.story import events as e
from standfirst.story.lists import listed, relisted
from standfirst.story.story import Change, Correction, Retraction, Revision, Story, Summary, Update


class Entry(Protocol):
    """What `replay` needs of a `record.entry.Entry`."""

    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> int: ...
    def data(self) -> Mapping[str, Any]: ...  # Any: JSON or ERASED


class BrokenLogError(ValueError):
    """An event that cannot follow the story as it stands: no log that `decide` wrote has one."""


def replay(entries: Iterable[Entry], story: Story | None = None) -> Story | None:
    """The story that a log tells, or None if it has no entry; with `story`, what follows on it.

    Raises BrokenLogError, and what `events.load` raises.
    """
    for entry in entries:
        story = fold(story, e.load(entry.kind, entry.version, entry.data()), seq=entry.seq, at=entry.at)
    return story


def fold(story: Story | None, event: e.Event, *, seq: int, at: datetime) -> Story:
    """The story after an event that entry `seq` carried at `at` (aware UTC). Raises BrokenLogError."""
    if seq != (story.seq if story else 0) + 1:
        raise BrokenLogError(f"entry {seq} follows entry {story.seq if story else 0}: fold every entry, in order")
    if story is None:
        if not isinstance(event, e.StoryOpened):
            raise BrokenLogError(f"entry {seq} is {type(event).__name__}: the first entry is StoryOpened")
        return _opened(event, seq, at)
    shown = max(story.updated, _shown(event, at))
    return _fold(event, replace(story, seq=seq, modified=at, updated=shown))


def _shown(event: e.Event, at: datetime) -> datetime:
    """The time that readers see for an event: an import tells of what was published long ago."""
    match event:
        case e.UpdatePosted(published=published):
            return published
        case e.StatusChanged(since=since) if since is not None:
            return since
        case _:
            return at


@singledispatch
def _fold(event: e.Event, story: Story) -> Story:
    raise BrokenLogError(f"entry {story.seq}: {type(event).__name__} cannot follow")


def _opened(event: e.StoryOpened, seq: int, at: datetime) -> Story:
    began = min(event.starts or at, at)  # an imported story began before it was opened here
    return Story(
        slug=event.slug,
        seq=seq,
        rev=1,
        headline=event.headline,
        standfirst=event.standfirst,
        language=event.language,
        zone=event.zone,
        status=event.status,
        topic=event.topic,
        bylines=event.bylines,
        starts=event.starts,
        opened=at,
        began=began if event.status == "live" else None,
        ended=at if event.status == "ended" else None,
        modified=at,
        updated=began,
    )


@_fold.register
def _(event: e.StoryChanged, story: Story) -> Story:
    return replace(
        story,
        rev=story.rev + 1,
        headline=event.headline,
        standfirst=event.standfirst,
        language=event.language,
        zone=event.zone,
        topic=event.topic,
        bylines=event.bylines,
        starts=event.starts,
    )


@_fold.register
def _(event: e.StatusChanged, story: Story) -> Story:
    return _status(story, event.status, event.since or story.modified)


@_fold.register
def _(event: e.StoryReopened, story: Story) -> Story:
    return _status(story, "live", story.modified)


def _status(story: Story, status: e.Status, at: datetime) -> Story:
    began = at if status == "live" and story.began is None else story.began
    return replace(story, status=status, began=began, ended=at if status == "ended" else None)


@_fold.register
def _(event: e.SummaryWritten, story: Story) -> Story:
    summary = Summary(at=story.modified, known=event.known, unconfirmed=event.unconfirmed)
    return replace(story, summary=summary, summary_seq=story.seq)


@_fold.register
def _(event: e.SummaryCleared, story: Story) -> Story:
    return replace(story, summary=None, summary_seq=story.seq)


@_fold.register
def _(event: e.UpdatePosted, story: Story) -> Story:
    if event.id in story.updates:
        raise BrokenLogError(f"entry {story.seq}: update {event.id!r} is there already")
    update = Update(
        id=event.id,
        ordinal=len(story.order) + 1,
        rev=1,
        seq=story.seq,
        headline=event.headline,
        body=event.body,
        bylines=event.bylines,
        kind=event.kind,
        tags=event.tags,
        key=event.key,
        published=event.published,
        happened=event.happened,
        filed=event.filed,
        source=event.source,
        history=(Revision(rev=1, at=event.published, headline=event.headline, body=event.body),),
        worded=(story.seq,),
    )
    story = replace(story, updates=story.updates.insert(event.id, update), order=(*story.order, event.id))
    return listed(story, update)


@_fold.register
def _(event: e.UpdateEdited, story: Story) -> Story:
    return _reworded(event, story, note=None)


@_fold.register
def _(event: e.UpdateCorrected, story: Story) -> Story:
    story = _reworded(event, story, note=event.note)
    before = story.updates[event.id]
    correction = Correction(at=story.modified, rev=event.rev, note=event.note)
    change = Change(event.id, len(before.corrections))
    story = replace(story, changes=(*story.changes, change))
    return _put(story, replace(before, corrections=(*before.corrections, correction)))


def _reworded(event: e.UpdateEdited | e.UpdateCorrected, story: Story, *, note: str | None) -> Story:
    before = _update(story, event.id)
    revision = Revision(rev=event.rev, at=story.modified, headline=event.headline, body=event.body, note=note)
    after = replace(
        before,
        rev=event.rev,
        headline=event.headline,
        body=event.body,
        bylines=event.bylines,
        kind=event.kind,
        happened=event.happened,
        changed=story.modified,
        history=(*before.history, revision),
        worded=(*before.worded, story.seq),
    )
    return relisted(_put(story, after), before, after)


@_fold.register
def _(event: e.UpdateRetracted, story: Story) -> Story:
    before = _update(story, event.id)
    after = replace(
        before,
        key=False,
        retraction=Retraction(at=story.modified, reason=event.reason),
        worded=(*before.worded, story.seq),
    )
    pinned = None if story.pinned == event.id else story.pinned
    story = replace(story, pinned=pinned, changes=(*story.changes, Change(event.id)))
    return relisted(_put(story, after), before, after)


@_fold.register
def _(event: e.UpdateErased, story: Story) -> Story:
    before = _update(story, event.id)
    after = replace(
        before,
        headline="",
        body=e.NO_WORDS,
        bylines=(),
        tags=(),
        source=None,
        corrections=tuple(replace(correction, note="") for correction in before.corrections),
        retraction=before.retraction and replace(before.retraction, reason=""),
        history=tuple(
            replace(revision, headline="", body=e.NO_WORDS, note=None if revision.note is None else "")
            for revision in before.history
        ),
        erased=True,
    )
    return _put(story, after)


@_fold.register
def _(event: e.UpdatePinned, story: Story) -> Story:
    return replace(_put(story, _update(story, event.id)), pinned=event.id)


@_fold.register
def _(event: e.UpdateUnpinned, story: Story) -> Story:
    return replace(_put(story, _update(story, event.id)), pinned=None)


@_fold.register
def _(event: e.UpdateMarkedKey, story: Story) -> Story:
    return _key(story, event.id, True)


@_fold.register
def _(event: e.UpdateUnmarkedKey, story: Story) -> Story:
    return _key(story, event.id, False)


def _key(story: Story, id: str, key: bool) -> Story:
    before = _update(story, id)
    after = replace(before, key=key)
    return relisted(_put(story, after), before, after)


@_fold.register
def _(event: e.UpdateTagged, story: Story) -> Story:
    before = _update(story, event.id)
    after = replace(before, tags=event.tags, worded=(*before.worded, story.seq))
    return relisted(_put(story, after), before, after)


def _update(story: Story, id: str) -> Update:
    if (update := story.updates.get(id)) is None:
        raise BrokenLogError(f"entry {story.seq}: there is no update {id!r}")
    return update


def _put(story: Story, update: Update) -> Story:
    return replace(story, updates=story.updates.insert(update.id, replace(update, seq=story.seq)))
