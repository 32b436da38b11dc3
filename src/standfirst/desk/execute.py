"""The one write door: a command comes in, events follow, record and lookups move together or not at all."""

import json
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
from django.db import transaction
from django.utils.crypto import salted_hmac

from standfirst.desk import lookups
from standfirst.desk.stories import stories
from standfirst.record import journal
from standfirst.record.entry import JSON
from standfirst.record.errors import KeyReused, SeqTaken
from standfirst.story.commands import Command, OpenStory, PostUpdate
from standfirst.story.decide import decide
from standfirst.story.events import Event, UpdateErased, UpdatePosted, dump
from standfirst.story.fold import fold
from standfirst.story.refusals import NotFound
from standfirst.story.story import Story, Update

ATTEMPTS = 20
"""Other processes may write the same story; each round folds what they wrote and decides again."""

_BY_SERVER: dict[type[Command], tuple[str, ...]] = {
    PostUpdate: ("id", "published")
}  # differ when the same request comes again


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


def execute(slug: str, command: Command, actor: str, key: str, *, now: Callable[[], datetime] = clock) -> Answer:
    """Carry out `command` once for this `actor` and idempotency `key`.

    Raises `story.refusals.Refusal` (nothing written), `KeyReused` (the key was used for another command) and
    Busy. When it returns, the entries are on disk.
    """
    mark = fingerprint(slug, command)
    with stories.writing(slug):
        for _ in range(ATTEMPTS):
            try:
                story, answer = _attempt(slug, command, actor, key, mark, now)
            except SeqTaken:
                continue
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
    asked = json.dumps([slug, type(command).__name__, fields], sort_keys=True)
    return salted_hmac("standfirst.desk.execute", asked, algorithm="sha256").hexdigest()


def _attempt(
    slug: str, command: Command, actor: str, key: str, mark: str, now: Callable[[], datetime]
) -> tuple[Story | None, Answer]:
    """One try in one transaction: the story as it stands after it (None: nothing was written), and the answer."""
    with transaction.atomic():
        if (receipt := journal.receipt(actor, key)) is not None:
            if receipt.fingerprint != mark:
                raise KeyReused(key)
            return None, _replayed(receipt.answer)
        before = stories.current(slug)
        seq = before.seq if before else 0
        if before is None and not isinstance(command, OpenStory):
            raise NotFound(f"there is no story {slug!r}", "open it first, or look at the list of stories")
        events = decide(before, command)
        at = now()
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
        return after, answer


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
