"""The one write door: a command comes in, events follow, record and lookups move together or not at all."""

import dataclasses
import json
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
from django.db import transaction
from django.utils.crypto import salted_hmac

from standfirst.accounts import brakes
from standfirst.accounts.roles import Actor
from standfirst.desk import events as desks
from standfirst.desk import lookups, newsroom, noted
from standfirst.desk.stories import missing, stories
from standfirst.record import journal
from standfirst.record.entry import JSON
from standfirst.record.errors import KeyReused, SeqTaken
from standfirst.story.commands import ClearSummary, Command, EditUpdate, OpenStory, PostUpdate, WriteSummary
from standfirst.story.decide import decide
from standfirst.story.events import Event, UpdateErased, UpdatePosted, UpdateRetracted, dump
from standfirst.story.fold import fold
from standfirst.story.story import Story, Update

ATTEMPTS = 20
"""Other processes may write the same story; each round folds what they wrote and decides again."""

_BY_SERVER: dict[type[Command], tuple[str, ...]] = {
    PostUpdate: ("id", "published"),  # differ when the same request comes again
    EditUpdate: ("undated",),  # follows from a draft without `happened`; before there was this, it left the time alone
}
_LATER: dict[type[Command], tuple[str, ...]] = {
    PostUpdate: ("pin",),
    EditUpdate: ("tags", "key", "pin"),
    WriteSummary: ("expected_seq",),
    ClearSummary: ("expected_seq",),
}  # came after the first keys were answered: not given, a repeated request is still the same


class Busy(Exception):
    """Other processes kept writing this story; nothing was written by this command."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"{slug!r} was written by others {ATTEMPTS} times in a row: send the same command again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command did. `seq` is the story's last entry; `rev` and `etag` are the update's, or else the story's.

    `replayed`: the command had been carried out before; this is what was answered then.
    """

    story: str
    update: str | None
    seq: int
    rev: int
    etag: str
    replayed: bool = False


def clock() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """An update's id: 10 of [a-z0-9] starting with a letter, which is 50 random bits."""
    tail = string.ascii_lowercase + string.digits
    return secrets.choice(string.ascii_lowercase) + "".join(secrets.choice(tail) for _ in range(9))


def execute(
    slug: str,
    command: Command,
    actor: Actor | str,
    key: str,
    *,
    now: Callable[[], datetime] = clock,
    also: Callable[[Answer], None] | None = None,
) -> Answer:
    """Carry out `command` once for this `actor` (for one without a session its id is enough) and idempotency `key`.

    Raises `story.refusals.Refusal`, `KeyReused` (the key was used for another command), `brakes.Frozen`,
    `brakes.Paused` (the actor publishes far above its norm) and Busy; nothing was written then. When it returns, the
    entries are on disk. `also` is called in the transaction that writes them, if they are written now; what it raises
    leaves nothing written.
    """
    mark = fingerprint(slug, command)
    by, session = (actor.id, actor.session) if isinstance(actor, Actor) else (actor, "")
    with stories.writing(slug):
        for _ in range(ATTEMPTS):
            try:
                story, answer = _attempt(slug, command, by, session, key, mark, now, also)
            except SeqTaken:
                continue
            except brakes.Tripped as tripped:
                raise brakes.trip(tripped, now()) from None
            if story is not None:
                stories.keep(story)
            return answer
    raise Busy(slug)


def fingerprint(slug: str, command: Command) -> str:
    """A keyed hash of what was asked, without what the server makes up, so that a repeated request has the same.

    Keyed by the newsroom's secret: it stays when words are erased, and must not let anyone confirm a guess at them.
    """
    fields = msgspec.to_builtins(command)
    for name in _BY_SERVER.get(type(command), ()):
        del fields[name]
    given = {item.name: item.default for item in dataclasses.fields(command)}
    for name in _LATER.get(type(command), ()):
        if fields[name] == given[name]:
            del fields[name]
    asked = json.dumps([slug, type(command).__name__, fields], sort_keys=True)
    return salted_hmac("standfirst.desk.execute", asked, algorithm="sha256").hexdigest()


def _attempt(
    slug: str,
    command: Command,
    actor: str,
    session: str,
    key: str,
    mark: str,
    now: Callable[[], datetime],
    also: Callable[[Answer], None] | None,
) -> tuple[Story | None, Answer]:
    """One try in one transaction: the story as it stands after it (None: nothing was written), and the answer."""
    with transaction.atomic():
        if (receipt := journal.receipt(actor, key)) is not None:
            if receipt.fingerprint != mark:
                raise KeyReused(key)
            return None, _replayed(receipt.answer)
        brakes.refuse_frozen()
        brakes.refuse_paused(actor)
        before = stories.current(slug)
        seq = before.seq if before else 0
        if before is None and not isinstance(command, OpenStory):
            raise missing(slug)
        events = decide(before, command)
        at = now()
        if events:
            _pace(actor, at, events)
        after = before
        for number, event in enumerate(events, seq + 1):
            after = fold(after, event, seq=number, at=at)
        if after is None:
            raise RuntimeError(f"{type(command).__name__} opened no story {slug!r}")  # decide refuses, or opens
        answer = _answer(after, getattr(command, "id", None))
        appended = journal.append(
            slug,
            seq,
            [dump(event) for event in events],
            actor,
            key,
            at=at,
            answer=_stored(answer),
            fingerprint=mark,
            erases=_erased(events, after),
        )
        if appended.replayed:  # the same request in another process was faster
            return None, _replayed(appended.answer)
        if events:
            lookups.project(after, _touched(events, actor))
        if also is not None:
            also(answer)
        if events:
            desks.published(slug, answer.seq, at=at)
            noted.note(slug, command, actor, session, seq + 1, answer.seq)
        return after, answer


def _pace(actor: str, at: datetime, events: list[Event]) -> None:
    """Count what is published now. Raises brakes.Tripped."""
    room = newsroom.current()
    limits = brakes.Limits(posts=room.breaker_posts, seconds=room.breaker_seconds, retractions=room.mass_retraction)
    brakes.pace(actor, at, limits, retracts=any(isinstance(event, UpdateRetracted) for event in events))


def _answer(story: Story, update_id: str | None) -> Answer:
    thing = story.updates[update_id] if update_id else story
    return Answer(story=story.slug, update=update_id, seq=story.seq, rev=thing.rev, etag=etag(thing))


def etag(thing: Story | Update) -> str:
    """`"rev.seq"`: `rev` is the version of the words, which is all that If-Match compares."""
    return f'"{thing.rev}.{thing.seq}"'


def _stored(answer: Answer) -> dict[str, JSON]:
    fields: dict[str, JSON] = msgspec.to_builtins(answer)
    del fields["replayed"]
    return fields


def _replayed(answer: JSON) -> Answer:
    return replace(msgspec.convert(answer, Answer), replayed=True)


def _touched(events: list[Event], actor: str) -> dict[str, str | None]:
    """The updates that these events are about, and the poster of those that are new."""
    touched: dict[str, str | None] = {}
    for event in events:
        if isinstance(event, UpdatePosted):
            touched[event.id] = actor
        elif (update_id := getattr(event, "id", None)) is not None:
            touched.setdefault(update_id, None)
    return touched


def _erased(events: list[Event], story: Story) -> list[int]:
    """The entries whose words these events take out of the record."""
    return [seq for event in events if isinstance(event, UpdateErased) for seq in story.updates[event.id].worded]
