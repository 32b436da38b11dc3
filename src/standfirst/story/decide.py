"""What follows from a command: the newsroom's rule book.

- A scheduled story takes no updates until it is live. A paused one does: a pause tells readers when to come back.
- An ended story takes no new updates until it is reopened. All else still changes: a newspaper mends its old pages, so
  edits, corrections, retractions, tags, key events, pins and the summary are allowed.
- A correction needs a note. It may change nothing else: a clarification. Sent twice in a row, it is one.
- A retracted update changes no more, except that its words can be erased. Nothing brings it back: post a new one.
- A command that changes nothing gives no event. A story or revision that is not there is refused before its fields.
"""

from functools import singledispatch
from typing import Any  # fields whose types the rules in `fields` know

from standfirst.story import commands as c
from standfirst.story import events as e
from standfirst.story import fields
from standfirst.story.characters import blank, shown
from standfirst.story.document import plain
from standfirst.story.fields import Check
from standfirst.story.refusals import (
    Conflict,
    Ended,
    Erased,
    Exists,
    NotEnded,
    NotFound,
    NotRetracted,
    NotStarted,
    Retracted,
    Started,
)
from standfirst.story.story import Story, Update


def decide(story: Story | None, command: c.Command) -> list[e.Event]:
    """The events that the command leads to; none if it changes nothing. Raises a Refusal and nothing else."""
    if isinstance(command, c.OpenStory):
        return _open(story, command)
    if story is None:
        raise NotFound("there is no such story", "open it first")
    return _decide(command, story)


@singledispatch
def _decide(command: c.Command, story: Story) -> list[e.Event]:
    raise TypeError(f"{type(command).__name__} has no rule: write one")


def _open(story: Story | None, command: c.OpenStory) -> list[e.Event]:
    if story is not None:
        raise Exists(f"the address {story.slug!r} is taken", "choose another, or change the story that has it", "slug")
    check = Check()
    event = e.StoryOpened(
        slug=check.slug("slug", command.slug),
        status=check.choice("status", command.status, ("scheduled", "live")),
        **_given(check, fields.STORY, command),
    )
    check.done()
    return [event]


@_decide.register
def _(command: c.ChangeStory, story: Story) -> list[e.Event]:
    if command.expected_rev not in (None, story.rev):
        raise Conflict(f"story {story.slug!r}", command.expected_rev, story.rev)
    check = Check()
    after = e.StoryChanged(**_changed(check, fields.STORY, command, story))
    check.done()
    before = e.StoryChanged(**{name: getattr(story, name) for name in e.StoryChanged.__struct_fields__})
    return [] if after == before else [after]


@_decide.register
def _(command: c.SetStatus, story: Story) -> list[e.Event]:
    check = Check()
    status = check.choice("status", command.status, fields.STATUSES)
    since = None if command.since is None else check.time("since", command.since)
    check.done()
    if status == story.status:
        return []
    if story.status == "ended":
        raise Ended(f"story {story.slug!r} has ended", "reopen it", "status")
    if status == "scheduled":
        raise Started(f"story {story.slug!r} has begun", "pause it instead", "status")
    if status == "paused" and story.status == "scheduled":
        raise NotStarted(f"story {story.slug!r} has not begun", "leave it scheduled, or set it live", "status")
    return [e.StatusChanged(status=status, since=since)]


@_decide.register
def _(command: c.ReopenStory, story: Story) -> list[e.Event]:
    if story.status == "live":
        return []
    if story.status != "ended":
        raise NotEnded(f"story {story.slug!r} is {story.status}, not ended", "set its status to live")
    return [e.StoryReopened()]


@_decide.register
def _(command: c.WriteSummary, story: Story) -> list[e.Event]:
    _refuse_other_summary(command, story)

    def refuse(id: str) -> str | None:
        update = story.updates.get(id) if isinstance(id, str) else None
        if update is None:
            return f"there is no update {shown(id)}"
        return f"update {id!r} was retracted" if update.retraction else None

    check = Check()
    known = check.points("known", command.known, refuse)
    unconfirmed = check.points("unconfirmed", command.unconfirmed, refuse)
    if not check.errors and not known and not unconfirmed:
        check.wrong("known", "a summary of nothing: write a point, or clear the summary")
    check.done()
    if story.summary and (known, unconfirmed) == (story.summary.known, story.summary.unconfirmed):
        return []
    return [e.SummaryWritten(known=known, unconfirmed=unconfirmed)]


@_decide.register
def _(command: c.ClearSummary, story: Story) -> list[e.Event]:
    _refuse_other_summary(command, story)
    return [e.SummaryCleared()] if story.summary else []


def _refuse_other_summary(command: c.WriteSummary | c.ClearSummary, story: Story) -> None:
    """Raise Conflict if the summary changed after the entry at which it was read, or there is no such entry yet."""
    read = command.expected_seq
    if read is not None and read not in range(story.summary_seq, story.seq + 1):
        raise Conflict(f"the summary of story {story.slug!r}", read, story.summary_seq)


@_decide.register
def _(command: c.PostUpdate, story: Story) -> list[e.Event]:
    if story.status == "scheduled":
        raise NotStarted(f"story {story.slug!r} is scheduled", "set its status to live first")
    if story.status == "ended":
        raise Ended(f"story {story.slug!r} has ended", "reopen it first")
    check = Check()
    id = check.id("id", command.id)
    if id in story.updates:
        raise Exists(f"update {id!r} is there already", "edit it, or post under a new id", "id")
    event = e.UpdatePosted(
        id=id,
        tags=check.tags("tags", command.tags),
        key=check.flag("key", command.key),
        published=check.time("published", command.published),
        filed=check.moment("filed", command.filed),
        source=None if command.source is None else check.line("source", command.source, fields.SOURCE, needed=True),
        **_given(check, fields.UPDATE, command),
    )
    pin = check.flag("pin", command.pin)
    _says_something(check, event.headline, event.body)
    check.done()
    return [event, e.UpdatePinned(id=id)] if pin else [event]


@_decide.register
def _(command: c.EditUpdate, story: Story) -> list[e.Event]:
    update = _standing(story, command.id)
    if command.expected_rev not in (None, update.rev):
        raise Conflict(f"update {update.id!r}", command.expected_rev, update.rev)
    check = Check()
    mode = check.choice("mode", command.mode, ("minor", "correction"))
    note = check.line("note", command.note, fields.NOTE, needed=mode == "correction")
    if mode == "minor" and note:
        check.wrong("note", "a minor edit has no note: leave it out, or make it a correction")
    after = _changed(check, fields.UPDATE, command, update)
    if check.flag("undated", command.undated):
        if command.happened is not None:
            check.wrong("undated", "the edit gives a time and takes it away: do one of both")
        after["happened"] = None
    beside = _beside(check, command, story, update)
    _says_something(check, after["headline"], after["body"])
    check.done()
    same = after == {name: getattr(update, name) for name in fields.UPDATE}
    if mode == "minor":
        return [*([] if same else [e.UpdateEdited(id=update.id, rev=update.rev + 1, **after)]), *beside]
    said = update.corrections[-1] if update.corrections else None
    if same and said and (said.rev, said.note) == (update.rev, note):
        return beside
    return [e.UpdateCorrected(id=update.id, rev=update.rev + 1, note=note, **after), *beside]


def _beside(check: Check, command: c.EditUpdate, story: Story, update: Update) -> list[e.Event]:
    """What an edit changes besides the words."""
    found: list[e.Event] = []
    tags = update.tags if command.tags is None else check.tags("tags", command.tags)
    if tags != update.tags:
        found.append(e.UpdateTagged(id=update.id, tags=tags))
    key = update.key if command.key is None else check.flag("key", command.key)
    if key != update.key:
        found.append(e.UpdateMarkedKey(id=update.id) if key else e.UpdateUnmarkedKey(id=update.id))
    pinned = story.pinned == update.id
    pin = pinned if command.pin is None else check.flag("pin", command.pin)
    if pin != pinned:
        found.append(e.UpdatePinned(id=update.id) if pin else e.UpdateUnpinned(id=update.id))
    return found


def _says_something(check: Check, headline: str, body: e.Body) -> None:
    if not check.errors and blank(headline) and blank(plain(body)):
        check.wrong("body", "the update says nothing: write a headline or a text")


@_decide.register
def _(command: c.RetractUpdate, story: Story) -> list[e.Event]:
    update = _update(story, command.id)
    check = Check()
    reason = check.line("reason", command.reason, fields.NOTE, needed=True)
    check.done()
    if update.retraction is None:
        return [e.UpdateRetracted(id=update.id, reason=reason)]
    if update.erased or update.retraction.reason != reason:
        raise Retracted(f"update {update.id!r} was retracted already", "post a new update to say more", "id")
    return []


@_decide.register
def _(command: c.EraseUpdate, story: Story) -> list[e.Event]:
    update = _update(story, command.id)
    if update.retraction is None:
        raise NotRetracted(f"update {update.id!r} stands", "retract it first, so that readers are told", "id")
    return [] if update.erased else [e.UpdateErased(id=update.id)]


@_decide.register
def _(command: c.PinUpdate, story: Story) -> list[e.Event]:
    update = _standing(story, command.id)
    return [] if story.pinned == update.id else [e.UpdatePinned(id=update.id)]


@_decide.register
def _(command: c.UnpinUpdate, story: Story) -> list[e.Event]:
    update = _update(story, command.id)
    return [e.UpdateUnpinned(id=update.id)] if story.pinned == update.id else []


@_decide.register
def _(command: c.MarkKey, story: Story) -> list[e.Event]:
    update = _standing(story, command.id)
    check = Check()
    key = check.flag("key", command.key)
    check.done()
    if key == update.key:
        return []
    return [e.UpdateMarkedKey(id=update.id) if key else e.UpdateUnmarkedKey(id=update.id)]


@_decide.register
def _(command: c.TagUpdate, story: Story) -> list[e.Event]:
    update = _standing(story, command.id)
    check = Check()
    tags = check.tags("tags", command.tags)
    check.done()
    return [] if tags == update.tags else [e.UpdateTagged(id=update.id, tags=tags)]


def _given(check: Check, rules: dict[str, fields.Rule], command: c.Command) -> dict[str, Any]:
    """The fields that have a rule, as the command gives them."""
    return {name: rule(check, name, getattr(command, name)) for name, rule in rules.items()}


def _changed(check: Check, rules: dict[str, fields.Rule], command: c.Command, before: Story | Update) -> dict[str, Any]:
    """The fields that have a rule, as they stand after the command: None in it leaves one as it was."""
    given = {name: rule for name, rule in rules.items() if getattr(command, name) is not None}
    return {name: getattr(before, name) for name in rules} | _given(check, given, command)


def _standing(story: Story, id: str) -> Update:
    """The update, which must not have been retracted."""
    update = _update(story, id)
    if update.erased:
        raise Erased(f"update {id!r} was erased", "post a new update instead", "id")
    if update.retraction is not None:
        raise Retracted(f"update {id!r} was retracted", "post a new update instead", "id")
    return update


def _update(story: Story, id: str) -> Update:
    update = story.updates.get(id) if isinstance(id, str) else None
    if update is None:
        raise NotFound(f"story {story.slug!r} has no update {shown(id)}", "look its id up in the story", "id")
    return update
