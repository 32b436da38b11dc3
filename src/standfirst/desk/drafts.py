"""Drafts: begin, change, file, return, discard. They are ordinary rows; nothing of them is in the record.

A draft is found by its id among those that the asker may read: one that is hidden is not there. Ids are made by the
author's device, so two authors may have the same one, and neither learns of it. The desk finds the elder of two.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from standfirst.accounts import audit, brakes
from standfirst.accounts.roles import Actor, Thing, can
from standfirst.desk import events
from standfirst.desk.draft_words import Beside, Edits, Words, stored, words
from standfirst.desk.execute import clock
from standfirst.desk.models import Draft, DraftVersion
from standfirst.desk.stories import stories
from standfirst.record.entry import JSON
from standfirst.story.refusals import Conflict, Invalid, NotFound, Standing

State = Literal["draft", "filed", "returned", "scheduled", "published", "discarded"]
STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("draft", "filed", "returned", "scheduled")

VERSIONS = 50
"""Of a draft that are kept, the newest."""
OPEN_MOST = 500
"""Open drafts of one author in one story."""
DISCARDED_KEPT = timedelta(days=30)

NEW = 0
"""The revision that a draft has before it is begun."""


class DraftClosed(Standing):
    """It is published or discarded."""

    code = "draft-closed"


class DraftScheduled(Standing):
    """It goes out by itself, so not everybody may touch it."""

    code = "draft-scheduled"


class DraftMoved(Conflict):
    """Its words are others than those that were meant."""

    code = "draft-moved"


class NotFiled(Standing):
    code = "not-filed"


class TooManyDrafts(Standing):
    code = "too-many-drafts"


def found(slug: str, draft: str, actor: Actor) -> Draft:
    """The draft that `actor` means by this id. Raises NotFound for one that is hidden from it, or does not exist."""
    row = find(slug, draft, actor)
    if row is None:
        raise NotFound(f"there is no draft {draft!r} in story {slug!r}", "look its id up in the list of drafts")
    return row


def find(slug: str, draft: str, actor: Actor) -> Draft | None:
    """Of those with this id that `actor` may read its own one, or else the eldest."""
    rows = list(Draft.objects.filter(story=slug, draft=draft).order_by("id"))
    seen = [row for row in rows if can(actor, "draft.read", Thing(slug, row.author))]
    return next((row for row in seen if row.author == actor.id), seen[0] if seen else None)


def readable(slug: str, actor: Actor) -> QuerySet[Draft]:
    """The drafts of a story that `actor` may read."""
    rows = Draft.objects.filter(story=slug)
    return rows if can(actor, "draft.read", Thing(slug)) else rows.filter(author=actor.id)


def page(
    slug: str, actor: Actor, states: tuple[State, ...], limit: int, after: tuple[datetime, int] | None
) -> list[Draft]:
    """At most `limit` drafts that `actor` may read, changed last first; `after` is where the page before ended."""
    rows = readable(slug, actor).filter(state__in=states).order_by("-changed", "-id")
    if after is not None:
        changed, last = after
        rows = rows.filter(Q(changed__lt=changed) | Q(changed=changed, id__lt=last))
    return list(rows[:limit])


def write(
    slug: str,
    draft: str,
    given: Words,
    expected: int | None,
    actor: Actor,
    *,
    written: datetime | None = None,
    saw: Beside | None = None,
    scheduled: bool = False,
) -> tuple[Draft, bool]:
    """Begin a draft (`expected` NEW), or replace the words of revision `expected` (None: of whatever stands).

    Gives the draft, and whether this or the same request before it began it. A discarded draft is one again. Sent
    twice, it is written once. `written` is when the author's device had the words; `saw` is what there was beside the
    words to the update that a new draft changes (None: what there is now): publishing it changes only what differs;
    `scheduled`: the actor may change what goes out by itself. Raises NotFound, DraftMoved, DraftClosed, DraftScheduled,
    TooManyDrafts, and Invalid for an update that cannot be the one that the draft changes.
    """
    now = clock()
    with transaction.atomic():
        brakes.refuse_frozen()
        row = locked(find(slug, draft, actor))
        if row is None and expected == NEW:
            row = _begun(slug, draft, given, saw, written, actor, now)
            if row is not None:
                return row, True
            row = locked(find(slug, draft, actor))  # begun by the same author, in another process, just now
        if row is None:
            return found(slug, draft, actor), False  # which raises
        if row.state == "published":
            raise DraftClosed(f"draft {draft!r} is published as update {row.update!r}", "edit the update", "id")
        if row.state == "scheduled" and not scheduled:
            raise DraftScheduled(f"draft {draft!r} goes out by itself", "take it off the schedule first", "state")
        before = words(row)
        given = replace(given, edits=_same_update(before.edits, given.edits))
        same = before == given
        if expected is not None and row.rev != expected and not (same and row.rev == expected + 1):
            raise DraftMoved(f"draft {draft!r}", expected, row.rev)
        if not same:
            row.words, row.rev = stored(given), row.rev + 1
            row.written, row.arrived, row.changed = written, now, now
            _keep_version(row, actor, now)
        if row.state == "discarded":
            row.state, row.changed = "draft", now
        row.save()
        if row.changed == now:
            events.draft_changed(row)
    return row, expected == NEW


def file(slug: str, draft: str, actor: Actor, *, expected: int | None = None) -> Draft:
    """Give a draft to the desk. One that is filed stays so, whatever its words are by now: filing twice is once.

    Raises NotFound, DraftClosed, DraftScheduled, and DraftMoved if the words are not those of revision `expected`
    (None: whatever they are).
    """
    with transaction.atomic():
        row = opened(slug, draft, actor)
        refuse_scheduled(row)
        if row.state != "filed":
            refuse_other(row, expected)
            row.state, row.note, row.filed = "filed", "", clock()
            save_state(row, actor, "draft.file")
    return row


def send_back(slug: str, draft: str, note: str, actor: Actor) -> Draft:
    """Return a filed draft to its author with a word. Raises NotFound, DraftClosed, DraftScheduled, NotFiled."""
    with transaction.atomic():
        row = opened(slug, draft, actor)
        if (row.state, row.note) == ("returned", note):
            return row
        refuse_scheduled(row)
        if row.state != "filed":
            raise NotFiled(f"draft {draft!r} is not with the desk", "let its author file it first", "state")
        row.state, row.note = "returned", note
        save_state(row, actor, "draft.return")
    return row


def discard(slug: str, draft: str, actor: Actor) -> Draft:
    """Throw a draft away. It is kept DISCARDED_KEPT; writing it brings it back.

    Raises NotFound, DraftClosed, DraftScheduled.
    """
    with transaction.atomic():
        brakes.refuse_frozen()
        row = cast(Draft, locked(found(slug, draft, actor)))
        if row.state == "published":
            raise DraftClosed(f"draft {draft!r} is published as update {row.update!r}", "retract the update", "id")
        refuse_scheduled(row)
        if row.state != "discarded":
            sweep(clock())
            row.state = "discarded"
            save_state(row, actor, "draft.discard")
    return row


def versions(row: Draft) -> list[DraftVersion]:
    """The versions that are kept, newest first."""
    return list(row.versions.order_by("-rev"))


def sweep(now: datetime) -> int:
    """Remove what was discarded long ago, for good. Gives how many rows went."""
    gone, _ = Draft.objects.filter(state="discarded", changed__lt=now - DISCARDED_KEPT).delete()
    return gone


def opened(slug: str, draft: str, actor: Actor) -> Draft:
    """The draft, locked, to be written in the caller's transaction. Raises NotFound, DraftClosed, Frozen."""
    brakes.refuse_frozen()
    row = cast(Draft, locked(found(slug, draft, actor)))
    refuse_closed(row)
    return row


def locked(row: Draft | None) -> Any:  # Any: what was given, as it is in the database now
    """The same row, which nobody else writes until this transaction ends."""
    return None if row is None else Draft.objects.select_for_update().filter(pk=row.pk).first()


def refuse_closed(row: Draft) -> None:
    """Raise DraftClosed for one that is published or discarded."""
    if row.state == "published":
        raise DraftClosed(f"draft {row.draft!r} is published as update {row.update!r}", "edit the update", "id")
    if row.state == "discarded":
        raise DraftClosed(f"draft {row.draft!r} was discarded", "write it again to bring it back", "id")


def refuse_scheduled(row: Draft) -> None:
    """Raise DraftScheduled for one that goes out by itself."""
    if row.state == "scheduled":
        raise DraftScheduled(f"draft {row.draft!r} goes out by itself", "take it off the schedule first", "state")


def refuse_other(row: Draft, expected: int | None) -> None:
    """Raise DraftMoved unless its words are those of revision `expected` (None: whatever they are)."""
    if expected not in (None, row.rev):
        raise DraftMoved(f"draft {row.draft!r}", expected, row.rev)


def save_state(row: Draft, actor: Actor, action: str, **detail: JSON) -> None:
    """Save a draft that has come to another state, note who did it, and tell; last in the caller's transaction."""
    row.changed = clock()
    row.save()
    audit.note(actor.id, actor.session, action, f"draft {row.story}/{row.draft}", **detail)
    events.draft_changed(row)


def _begun(
    slug: str, draft: str, given: Words, saw: Beside | None, written: datetime | None, actor: Actor, now: datetime
) -> Draft | None:
    """A new draft; None if its author has one with this id. Raises TooManyDrafts, Invalid."""
    sweep(now)
    if Draft.objects.filter(story=slug, author=actor.id, state__in=OPEN).count() >= OPEN_MOST:
        raise TooManyDrafts(f"you have {OPEN_MOST} open drafts in story {slug!r}", "publish or discard some of them")
    try:
        with transaction.atomic():
            row = Draft.objects.create(
                story=slug,
                draft=draft,
                author=actor.id,
                author_name=actor.name,
                state="draft",
                rev=NEW + 1,
                words=stored(given),
                written=written,
                arrived=now,
                stood=None if given.edits is None else stored(_stood(slug, given.edits, saw)),
                created=now,
                changed=now,
            )
    except IntegrityError:
        return None
    _keep_version(row, actor, now)
    events.draft_changed(row)
    return row


def _stood(slug: str, edits: Edits, saw: Beside | None) -> Beside:
    story = stories.current(slug)
    update = story.updates.get(edits.update) if story else None
    if story is None or update is None:
        raise Invalid([("edits.update", f"story {slug!r} has no update {edits.update!r}: look its id up")])
    return saw or Beside(tags=update.tags, key=update.key, pin=story.pinned == update.id)


def _same_update(before: Edits | None, now: Edits | None) -> Edits | None:
    """Which update it changes: the one it was begun for. Its revision may be raised, and is kept if not said again."""
    if now is None or now == before:
        return before
    if before is None or now.update != before.update:
        which = f"changes update {before.update!r}" if before else "is to become an update of its own"
        raise Invalid([("edits.update", f"the draft {which}, since it was begun: begin another")])
    if now.rev < before.rev:
        raise Invalid([("edits.rev", f"the draft grew from revision {before.rev}: give that, or a later one")])
    return now


def _keep_version(row: Draft, actor: Actor, now: datetime) -> None:
    DraftVersion.objects.create(draft_id=row.pk, rev=row.rev, words=row.words, at=now, by=actor.id, by_name=actor.name)
    DraftVersion.objects.filter(draft_id=row.pk, rev__lte=row.rev - VERSIONS).delete()
