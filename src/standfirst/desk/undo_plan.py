"""What it takes to undo, by new entries, what one actor did to a story since a time. Pure.

A story is taken as facets: the words of an update, its tags, the pin, the status. Each goes back to what it was before
the actor's last run of changes. A facet that somebody else changed after that is left to people, and said; so is what
cannot be undone: nothing brings a withdrawn update back.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import shorten
from typing import Any

from standfirst.story import commands as c
from standfirst.story import events as e
from standfirst.story.document import plain
from standfirst.story.story import Story, Summary

Facet = tuple[str, str]
"""What kind of thing, and of which update ("": of the story)."""

ORDER = (
    "posted", "words", "tags", "key", "pin", "summary", "story", "status", "retracted", "erased", "opened",
)  # fmt: skip
"""Kinds of facets as they are undone: what readers should not see goes first."""

_TOUCHES: dict[type[e.Event], str] = {
    e.StoryOpened: "opened",
    e.StoryChanged: "story",
    e.StatusChanged: "status",
    e.StoryReopened: "status",
    e.SummaryWritten: "summary",
    e.SummaryCleared: "summary",
    e.UpdatePosted: "posted",
    e.UpdateEdited: "words",
    e.UpdateCorrected: "words",
    e.UpdateRetracted: "retracted",
    e.UpdateErased: "erased",
    e.UpdatePinned: "pin",
    e.UpdateUnpinned: "pin",
    e.UpdateMarkedKey: "key",
    e.UpdateUnmarkedKey: "key",
    e.UpdateTagged: "tags",
}
_STORYWIDE = frozenset({"opened", "story", "status", "summary", "pin"})
_WORDS = ("headline", "body", "bylines", "kind", "happened")
_STORY = ("headline", "standfirst", "language", "zone", "topic", "bylines", "starts")

OPENING = 80
"""Characters of an update's first words that stand for a headline."""
_OTHERS = "left: changed by others since"
_GONE = "cannot be undone: post it anew"
_ERASED = "cannot be undone: the words are gone for good"
_OPENED = "cannot be undone: a story stays, end it"
_BEGUN = "cannot be undone: the story has begun, end it"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a facet: entry `seq` of `actor`; `before` is what stood until then."""

    seq: int
    actor: str
    before: Any  # Any: as `_value` gives it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One facet: what is done about it, in words and commands (none: it is left, `outcome` says why). `mark` is stable:
    the same for the same change, whenever it is planned. `kind` is the facet's, for `said`; `words` are the headline of
    what it is about, or the first words of an update without one: empty where they are erased."""

    story: str
    update: str | None
    what: str
    commands: tuple[c.Command, ...] = ()
    outcome: str = "planned"
    mark: str = ""
    kind: str = ""
    words: str = ""


@dataclass(slots=True)
class History:
    """The changes of a story since a time, by facet; `story` is what stands now, None before the first entry."""

    since: datetime
    story: Story | None = None
    changes: dict[Facet, list[Change]] = field(default_factory=lambda: defaultdict(list))

    def add(self, event: e.Event, after: Story, *, at: datetime, actor: str) -> None:
        """The next entry, and the story after it."""
        before, self.story = self.story, after
        if at >= self.since and before is not None:
            for facet in _touched(event, before, after):
                self.changes[facet].append(Change(after.seq, actor, _value(before, facet)))
        elif at >= self.since:
            self.changes["opened", ""].append(Change(after.seq, actor, None))


def plan(history: History, actor: str, reason: str) -> list[Step]:
    """The steps that undo what `actor` did; `reason` is what readers are told."""
    story = history.story
    if story is None:
        return []
    facets = sorted(history.changes, key=lambda facet: (ORDER.index(facet[0]), history.changes[facet][0].seq))
    steps = []
    for facet in facets:
        mine = [change for change in history.changes[facet] if change.actor == actor]
        if mine and (found := _undone(facet, history, mine, story, reason)) is not None:
            kind, id = facet
            commands, what = found
            done = {"commands": commands} if commands else {"outcome": what}
            mark = f"{story.slug}/{id or '-'}/{kind}/{mine[-1].seq}"
            about: dict[str, Any] = {"kind": kind, "words": _called(story, id), "mark": mark, **done}
            steps.append(Step(story=story.slug, update=id or None, what=said(kind, f"update {id}"), **about))
    return steps


def _called(story: Story, id: str) -> str:
    """The headline of the update, or of the story."""
    if not id:
        return story.headline
    update = story.updates[id]
    if update.erased:
        return ""
    return update.headline or shorten(plain(update.body), OPENING, placeholder="…")


def _touched(event: e.Event, before: Story, after: Story) -> Iterable[Facet]:
    kind = _TOUCHES[type(event)]
    yield kind, "" if kind in _STORYWIDE else event.id  # type: ignore[attr-defined]  # every other event has one
    if kind == "retracted" and before.pinned != after.pinned:
        yield "pin", ""


def _value(story: Story, facet: Facet) -> Any:  # Any: what a facet is, for its own restorer
    kind, id = facet
    update = story.updates.get(id) if id else None
    match kind:
        case "words":
            return update and tuple(getattr(update, name) for name in _WORDS)
        case "tags" | "key":
            return update and getattr(update, kind)
        case "pin":
            return story.pinned
        case "summary":
            return _points(story.summary)
        case "story":
            return tuple(getattr(story, name) for name in _STORY)
        case "status":
            return story.status
    return None


def _points(summary: Summary | None) -> tuple[tuple[e.Point, ...], tuple[e.Point, ...]] | None:
    return (summary.known, summary.unconfirmed) if summary else None


def _undone(
    facet: Facet, history: History, mine: Sequence[Change], story: Story, reason: str
) -> tuple[tuple[c.Command, ...], str] | None:
    """Commands, or why there are none; None: there is nothing to undo."""
    kind, id = facet
    if kind == "opened":
        return (), _OPENED
    if kind == "posted":
        return _unposted(id, history, mine[0].actor, story, reason)
    if any(change.actor == mine[0].actor for change in history.changes.get(("posted", id), ())):
        return None  # it is withdrawn as a whole
    if kind in ("retracted", "erased"):
        return (), _GONE if kind == "retracted" else _ERASED
    if id and story.updates[id].retraction is not None:
        return None
    now, changes = _value(story, facet), history.changes[facet]
    if changes[-1].actor != mine[0].actor:
        return None if now == mine[0].before else ((), _OTHERS)
    target = _before_last_run(changes)
    return None if now == target else _restored(facet, now, target, story, reason)


def _unposted(
    id: str, history: History, actor: str, story: Story, reason: str
) -> tuple[tuple[c.Command, ...], str] | None:
    if story.updates[id].retraction is not None:
        return None
    if any(change.actor != actor for change in history.changes.get(("words", id), ())):
        return (), _OTHERS
    return (c.RetractUpdate(id=id, reason=reason),), ""


def _before_last_run(changes: Sequence[Change]) -> Any:  # Any: as `_value`
    """What stood before the last actor's changes that nobody else's came between."""
    first = changes[-1]
    for change in reversed(changes):
        if change.actor != first.actor:
            break
        first = change
    return first.before


def _restored(
    facet: Facet, now: Any, target: Any, story: Story, reason: str  # Any: as `_value`
) -> tuple[tuple[c.Command, ...], str] | None:  # fmt: skip
    kind, id = facet
    match kind:
        case "words":
            words = dict(zip(_WORDS, target, strict=True))
            rev = story.updates[id].rev
            undated = words["happened"] is None
            edit = c.EditUpdate(id=id, mode="correction", note=reason, expected_rev=rev, undated=undated, **words)
            return (edit,), ""
        case "tags":
            return (c.TagUpdate(id=id, tags=target),), ""
        case "key":
            return (c.MarkKey(id=id, key=target),), ""
        case "pin":
            return _repinned(now, target, story)
        case "summary":
            return (c.WriteSummary(known=target[0], unconfirmed=target[1]) if target else c.ClearSummary(),), ""
        case "story":
            return (c.ChangeStory(expected_rev=story.rev, **dict(zip(_STORY, target, strict=True))),), ""
    if target == "scheduled":
        return (), _BEGUN
    reopened = (c.ReopenStory(),) if now == "ended" else ()
    return (*reopened, *((c.SetStatus(status=target),) if target != "live" or not reopened else ())), ""


def _repinned(now: str | None, target: str | None, story: Story) -> tuple[tuple[c.Command, ...], str] | None:
    if target is not None and story.updates[target].retraction is None:
        return (c.PinUpdate(id=target),), ""
    return ((c.UnpinUpdate(id=now),), "") if now is not None else None


def said(kind: str, update: str) -> str:
    """What is done about a facet of this kind, in words; `update` is what its update is called."""
    return {
        "posted": f"retract {update}",
        "words": f"give {update} its former words",
        "tags": f"give {update} its former tags",
        "key": f"make {update} a key event, or not, as it was",
        "pin": "pin what was pinned",
        "summary": "bring the former summary back",
        "story": "give the story its former words and settings",
        "status": "bring the former status back",
        "retracted": f"retraction of {update}",
        "erased": f"erasure of {update}",
        "opened": "opening of the story",
    }[kind]
