"""Hypothesis strategies for stories: commands, and whole histories that `decide` wrote, as events or as entries."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st

from standfirst.record import entry as record
from standfirst.story import commands as c
from standfirst.story import events as e
from standfirst.story import fields
from standfirst.story.decide import decide
from standfirst.story.fold import fold
from standfirst.story.refusals import Refusal
from standfirst.story.story import Story
from tests.words import PAGES, bodies, bylines, json_values, lines, maybe, one, raw_bodies, tags

START = datetime(2026, 3, 1, 11, 42, tzinfo=UTC)
LANGUAGES = ("en", "fr", "de", "pt-BR", "ar", "he", "fa", "ur", "zh-Hant", "ja", "hi", "sr-Latn", "es-419")
ZONES = ("UTC", "Europe/Paris", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Africa/Cairo")
COMMANDS: list[type[c.Command]] = [
    cls for cls in vars(c).values() if isinstance(cls, type) and c.Command in cls.__bases__
]
"""Every command. (`__subclasses__` would also give the classes that `slots=True` left behind.)"""


class Step(NamedTuple):
    """An event with the entry number and the time that carried it."""

    event: e.Event
    seq: int
    at: datetime


@cache
def offsets() -> st.SearchStrategy[timedelta]:
    """Up to a day before or after, to the microsecond."""
    return st.integers(-86_400_000_000, 86_400_000_000).map(lambda n: timedelta(microseconds=n))


@st.composite
def moments(draw: st.DrawFn, around: datetime) -> datetime | None:
    """A moment up to a day from `around`, or None."""
    offset = draw(maybe(offsets()))
    return None if offset is None else around + offset


@st.composite
def posts(draw: st.DrawFn, id: str, now: datetime = START) -> c.PostUpdate:
    """An update, complete."""
    return c.PostUpdate(
        id=id,
        body=draw(bodies()),
        published=draw(moments(now)) or now,
        headline=draw(maybe(lines())) or "",
        bylines=draw(bylines()),
        kind=draw(one(fields.KINDS)),
        tags=draw(tags()),
        key=draw(st.booleans()),
        happened=draw(moments(now)),
        filed=draw(moments(now)),
        source=draw(maybe(one(PAGES))),
        pin=draw(st.integers(0, 3)) == 3,
    )


@cache
def openings() -> st.SearchStrategy[c.OpenStory]:
    """A story, live or scheduled."""
    return st.builds(
        c.OpenStory,
        slug=st.sampled_from(["flood", "harbour-2026", "a"]),
        headline=lines(),
        standfirst=st.one_of(st.just(""), lines()),
        language=st.sampled_from(LANGUAGES),
        zone=st.sampled_from(ZONES),
        status=st.sampled_from(["live", "live", "scheduled"]),
        topic=st.one_of(st.just(""), lines()),
        bylines=bylines(),
        starts=moments(START),
    )


@st.composite
def commands(draw: st.DrawFn, story: Story, now: datetime = START) -> c.Command:
    """A command that fits the story as it stands, most of the time."""
    if not story.order or draw(st.integers(0, 2)) == 0:
        if story.status in ("live", "paused") or draw(st.booleans()):
            return draw(posts(next_id(story), now))
        return c.ReopenStory() if story.status == "ended" else c.SetStatus(status="live")
    make = draw(one((_edit, _correct, _mark, _mark, _place, _withdraw, _summarise, _change, _turn)))
    return make(draw, story, draw(one(story.order)))


def _edit(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    headline, body, names = draw(maybe(lines())), draw(maybe(bodies())), draw(maybe(bylines()))
    key, pin, labels = draw(maybe(st.booleans())), draw(maybe(st.booleans())), draw(maybe(tags()))
    return c.EditUpdate(id=id, headline=headline, body=body, bylines=names, key=key, pin=pin, tags=labels)


def _correct(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    kind, happened = draw(maybe(one(fields.KINDS))), draw(moments(story.modified))
    body, note, undated = draw(maybe(bodies())), draw(lines()), happened is None and draw(st.booleans())
    return c.EditUpdate(id=id, mode="correction", note=note, body=body, kind=kind, happened=happened, undated=undated)


def _mark(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    return draw(one((c.MarkKey(id=id, key=not story.updates[id].key), c.TagUpdate(id=id, tags=draw(tags())))))


def _place(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    return draw(one((c.PinUpdate(id=id), c.UnpinUpdate(id=story.pinned or id))))


def _withdraw(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    if story.updates[id].retraction:
        return c.EraseUpdate(id=id)
    return c.RetractUpdate(id=id, reason=draw(lines()))


def _summarise(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    if story.summary and draw(st.booleans()):
        return c.ClearSummary()
    known = tuple(e.Point(text=text, update=draw(one((None, id)))) for text in draw(bylines()))
    return c.WriteSummary(known=known, unconfirmed=(e.Point(text=draw(lines())),))


def _change(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    headline, standfirst = draw(maybe(lines())), draw(maybe(lines()))
    language, zone = draw(maybe(one(LANGUAGES))), draw(maybe(one(ZONES)))
    topic, names = draw(maybe(lines())), draw(maybe(bylines()))
    return c.ChangeStory(
        headline=headline, standfirst=standfirst, language=language, zone=zone, topic=topic, bylines=names
    )


def _turn(draw: st.DrawFn, story: Story, id: str) -> c.Command:
    return c.ReopenStory() if story.status == "ended" else c.SetStatus(status=draw(one(fields.STATUSES)))


@st.composite
def histories(draw: st.DrawFn, max_size: int = 25) -> list[Step]:
    """A story's log from its opening on, as `decide` wrote it; up to `max_size` entries."""
    history = _follow([], draw(openings()))
    for _ in range(draw(st.integers(0, max_size - 1))):
        history = _follow(history, draw(commands(last(history), history[-1].at)), draw(st.integers(0, 86_400)))
    return history


@st.composite
def histories_to(draw: st.DrawFn, kind: str, max_size: int = 12) -> list[Step]:
    """A log whose last event is of this kind (a name in `events.EVENTS`)."""
    history = _follow([], draw(openings())) if kind == "StoryOpened" else draw(histories(max_size))
    for command in _road(kind, last(history), draw):
        history = _follow(history, command(last(history)), draw(st.integers(0, 3600)))
    assert type(history[-1].event).__name__ == kind
    return history


_Road = Iterator[Callable[[Story], c.Command]]


def _road(kind: str, story: Story, draw: st.DrawFn) -> _Road:
    """What leads to an event of this kind from any story, step by step."""
    if kind == "StoryOpened":
        return
    if kind == "StoryChanged":
        yield lambda story: c.ChangeStory(headline=f"{story.headline[:200]} {draw(lines(60))}")
        return
    if kind == "SummaryWritten" or kind == "SummaryCleared":
        point = e.Point(text=f"{draw(lines())} {story.seq}")
        yield lambda story: c.WriteSummary(known=(point,))
        if kind == "SummaryCleared":
            yield lambda story: c.ClearSummary()
        return
    yield lambda story: c.ReopenStory() if story.status == "ended" else c.SetStatus(status="live")
    if kind == "StatusChanged":
        yield lambda story: c.SetStatus(status=draw(st.sampled_from(["paused", "ended"])))
    elif kind == "StoryReopened":
        yield lambda story: c.SetStatus(status="ended")
        yield lambda story: c.ReopenStory()
    else:
        yield from _update_road(kind, draw)


def _update_road(kind: str, draw: st.DrawFn) -> _Road:
    """The same for events of an update: an old one is taken if one stands, else a new one is posted."""
    id = ""

    def post(story: Story) -> c.Command:
        nonlocal id
        standing = [i for i in story.order if story.updates[i].retraction is None]
        if kind != "UpdatePosted" and standing and draw(st.booleans()):
            id = draw(st.sampled_from(standing))
            return c.UnpinUpdate(id=id)
        id = next_id(story)
        return replace(draw(posts(id, story.modified)), pin=False)  # one event

    yield post
    if kind == "UpdateEdited":
        yield lambda story: c.EditUpdate(id=id, headline=f"{story.updates[id].headline[:200]} {draw(lines())}")
    elif kind == "UpdateCorrected":
        yield lambda story: c.EditUpdate(
            id=id, mode="correction", note=f"{draw(lines())} {story.seq}", body=draw(bodies())
        )
    elif kind in ("UpdateRetracted", "UpdateErased"):
        yield lambda story: c.RetractUpdate(id=id, reason=draw(lines()))
        if kind == "UpdateErased":
            yield lambda story: c.EraseUpdate(id=id)
    elif kind in ("UpdatePinned", "UpdateUnpinned"):
        yield lambda story: c.UnpinUpdate(id=id)
        yield lambda story: c.PinUpdate(id=id)
        if kind == "UpdateUnpinned":
            yield lambda story: c.UnpinUpdate(id=id)
    elif kind in ("UpdateMarkedKey", "UpdateUnmarkedKey"):
        yield lambda story: c.MarkKey(id=id, key=kind == "UpdateUnmarkedKey")
        yield lambda story: c.MarkKey(id=id, key=kind == "UpdateMarkedKey")
    elif kind == "UpdateTagged":
        yield lambda story: c.TagUpdate(id=id, tags=(*story.updates[id].tags[:2], f"n{story.seq}"))


def last(history: Sequence[Step]) -> Story:
    """The story as it stands at the end of a history."""
    story: Story | None = None
    for event, seq, at in history:
        story = fold(story, event, seq=seq, at=at)
    assert story is not None
    return story


def next_id(story: Story) -> str:
    """An update id that the story does not have yet."""
    return f"u{len(story.order) + 1:09d}"


def _follow(history: list[Step], command: c.Command, after: int = 0) -> list[Step]:
    """The history with what a command leads to, `after` seconds later; as it was if the command is refused."""
    at = history[-1].at + timedelta(seconds=after) if history else START
    try:
        events = decide(last(history) if history else None, command)
    except Refusal:
        return history
    return [*history, *(Step(event, len(history) + n, at) for n, event in enumerate(events, 1))]


def sealed(
    history: Sequence[Step], *, stream: str = "", actor: str = "reporter", erase: bool = True
) -> list[record.Entry]:
    """The history as entries of the record, with salts that are always the same.

    With `erase`, the words of erased updates are gone from the entries that carried them, as in a real record.
    """
    entries: list[record.Entry] = []
    salts = (hashlib.sha256(str(n).encode()).digest()[: record.SALT_BYTES] for n in range(1_000_000))
    story: Story | None = None
    for event, seq, at in history:
        story = fold(story, event, seq=seq, at=at)
        erases = story.updates[event.id].worded if isinstance(event, e.UpdateErased) and erase else ()
        prev = entries[-1].hash if entries else record.START
        kind, version, payload = e.dump(event)
        entry = record.seal(
            stream or story.slug, seq, at, kind, version, "reporter", payload, prev, lambda: next(salts), erases=erases
        )
        entries.append(entry)
        for number in erases:
            entries[number - 1] = without_words(entries[number - 1])
    return entries


def without_words(entry: record.Entry) -> record.Entry:
    """The entry after its words were erased; only who wrote it can still be opened."""
    return replace(entry, openings={k: v for k, v in entry.openings.items() if k == entry.actor})


def loaded(entries: Sequence[record.Entry]) -> list[Step]:
    """Entries as the steps that they carry."""
    return [Step(e.load(entry.kind, entry.version, entry.data()), entry.seq, entry.at) for entry in entries]


def hostile_commands(story: Story | None = None) -> st.SearchStrategy[c.Command]:
    """Commands with any value in any field, of the wrong type too."""
    ids = st.sampled_from(story.order) if story and story.order else st.nothing()
    value = st.one_of(
        json_values(),
        lines(),
        ids,
        st.datetimes(),
        st.datetimes(timezones=st.timezones()),
        st.sampled_from([*fields.STATUSES, *fields.KINDS, "minor", "correction", "Europe", "../../etc/passwd", 1, -1]),
        st.lists(st.one_of(st.text(), st.builds(e.Point, text=st.text())), max_size=14).map(tuple),
        raw_bodies(),
    )
    return st.one_of([st.builds(cls, **{item.name: value for item in dataclass_fields(cls)}) for cls in COMMANDS])
