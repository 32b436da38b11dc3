"""Publish a draft: as an update of its own, or as new words of the update that it changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from standfirst.accounts.roles import Action, Actor, Thing
from standfirst.desk.draft_words import Telling, Words, schedule, stood, words
from standfirst.desk.drafts import locked, refuse_closed, refuse_other, save_state
from standfirst.desk.execute import Answer, clock, execute, new_id
from standfirst.desk.models import Draft, StoryRow, UpdateRow
from standfirst.desk.stories import stories
from standfirst.record import journal
from standfirst.story.commands import EditUpdate, PostUpdate
from standfirst.story.decide import decide
from standfirst.story.refusals import Ended, Exists, NotStarted, Standing

_SAID = ("body", "headline", "bylines", "kind", "happened")
_BESIDE: dict[str, Action] = {"tags": "update.tag", "key": "update.key", "pin": "update.pin"}
_PLAIN = Telling()


class Embargoed(Standing):
    """It goes out at a time, and nobody publishes it earlier."""

    code = "embargoed"


def publish(row: Draft, expected: int | None, actor: Actor, key: str, telling: Telling = _PLAIN) -> Answer:
    """Publish a draft's words, as an update that gets the draft's id if no update has it, or into the one it changes.

    The words are those that `row` has, for which the actor's rights were judged. `telling` is how readers are told, if
    it changes one. What is in the record and that the draft is published stand or fall together. Raises what `execute`
    raises (Conflict if the update moved on), DraftClosed, Embargoed, and DraftMoved if the words are not those of
    revision `expected` (None: whatever they are), or others were written since.
    """
    if journal.receipt(actor.id, key) is None:
        refuse_closed(row)
        refuse_other(row, expected)
    return publish_row(row, actor, key, telling)


def publish_row(
    row: Draft, actor: Actor, key: str, telling: Telling = _PLAIN, *, now: Callable[[], datetime] = clock, **noted: str
) -> Answer:
    """Publish the words that `row` has, unless others were written since. `noted` goes to the audit."""
    asked, also = command(row, telling, now()), _published(row, actor, now, noted)
    try:
        return execute(row.story, asked, actor, key, now=now, also=also)
    except Exists:  # somebody else publishes it at the same moment, or took its id
        refuse_closed(Draft.objects.get(pk=row.pk))
        raise


def command(row: Draft, telling: Telling, now: datetime) -> PostUpdate | EditUpdate:
    """What publishing the draft asks of the story. An edit changes besides words only what its author changed.

    A draft says all words of an update: one without `happened` takes that of the update away.
    """
    given = words(row)
    said = {name: getattr(given, name) for name in _SAID}
    if given.edits is not None:
        beside = _changed(row, given)
        return EditUpdate(
            id=given.edits.update,
            expected_rev=given.edits.rev,
            mode=telling.mode,
            note=telling.note,
            undated=given.happened is None,
            **said,
            **beside,
        )
    taken = UpdateRow.objects.filter(story_id=row.story, update=row.draft).exists()
    return PostUpdate(
        id=new_id() if taken else row.draft,
        published=now,
        filed=row.filed,
        **said,
        **{name: getattr(given, name) for name in _BESIDE},
    )


def refuse_unfit(row: Draft, telling: Telling, now: datetime) -> None:
    """Raise the Refusal that publishing the draft would meet, but for the story's not being live."""
    try:
        decide(stories.current(row.story), command(row, telling, now))
    except (NotStarted, Ended):
        return


def takes(row: Draft) -> tuple[Action, Thing]:
    """What publishing the draft is before all else: posting an update, or editing the one that it changes."""
    edits = words(row).edits
    if edits is None:
        return "update.post", Thing(row.story, row.author)
    posters = UpdateRow.objects.filter(story_id=row.story, update=edits.update).values_list("poster", flat=True)
    return "update.edit", Thing(row.story, next(iter(posters), ""))


def needs(row: Draft, telling: Telling = _PLAIN, given: Words | None = None) -> list[tuple[Action, Thing]]:
    """What somebody must be allowed to publish the draft, with other words than it has if they are `given`."""
    before = words(row)
    given = before if given is None else replace(given, edits=before.edits)  # which never becomes another
    asked = [takes(row)]
    if given.edits is None:
        return [*asked, ("update.pin", Thing(row.story))] if given.pin else asked
    if telling.mode == "correction":
        asked.append(("update.correct", Thing(row.story)))
    return [*asked, *((_BESIDE[name], Thing(row.story)) for name in _changed(row, given))]


def _changed(row: Draft, given: Words) -> dict[str, Any]:  # Any: fields of EditUpdate
    """What the author changed besides words: somebody else may have changed the rest meanwhile."""
    before = stood(row)
    return {name: now for name in _BESIDE if (now := getattr(given, name)) != getattr(before, name, None)}


def _published(
    row: Draft, actor: Actor, now: Callable[[], datetime], noted: dict[str, str]
) -> Callable[[Answer], None]:
    """What moves the draft in the transaction that publishes it. Raises what says that it just changed."""

    def also(answer: Answer) -> None:
        there = cast(Draft, locked(row))
        refuse_closed(there)
        refuse_other(there, row.rev)
        _refuse_embargoed(there, now())
        there.state, there.update = "published", answer.update or ""
        save_state(there, actor, "draft.publish", **noted)

    return also


def _refuse_embargoed(row: Draft, now: datetime) -> None:
    planned = schedule(row) if row.state == "scheduled" else None
    if planned is not None and planned.embargo and now < planned.at:
        when = f"{on_the_clock(row.story, planned.at)} ({written(planned.at)})"
        raise Embargoed(
            f"draft {row.draft!r} is under embargo until {when}", "wait, or take it off the schedule first", "state"
        )


def on_the_clock(slug: str, at: datetime) -> str:
    """The time where the story is, in 24 hours."""
    zone = StoryRow.objects.filter(slug=slug).values_list("zone", flat=True).first()
    return at.astimezone(ZoneInfo(zone or "UTC")).strftime("%H:%M")


def written(at: datetime) -> str:
    """A time as machines write it, to the minute."""
    return at.isoformat(timespec="minutes").replace("+00:00", "Z")
