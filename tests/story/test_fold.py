"""The fold: replay is the fold, every event kind does what its name says, and a step touches one update."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfirst.record import entry as record
from standfirst.story import document as d
from standfirst.story import events as e
from standfirst.story import fold as folding
from standfirst.story.characters import slugged
from standfirst.story.fold import BrokenLogError, fold, replay
from standfirst.story.story import Change, Correction, Retraction, Revision, Story, Summary, Update
from tests.strategies import START, Step, histories, histories_to, last, loaded, sealed, without_words

A, B, C = "u000000001", "u000000002", "u000000003"
BODY, OTHER = d.from_plain("Water."), d.from_plain("No water.")
OPENED = e.StoryOpened(slug="flood", headline="Flood", standfirst="", language="en", zone="UTC", status="live")


def posted(id: str, **given: Any) -> e.UpdatePosted:
    fields: dict[str, Any] = {
        "headline": "H",
        "body": BODY,
        "bylines": ("Ada",),
        "kind": "report",
        "tags": (),
        "key": False,
    }
    return e.UpdatePosted(id=id, published=START, **(fields | given))


def edited(id: str, rev: int, **given: Any) -> e.UpdateEdited:
    fields: dict[str, Any] = {"headline": "H", "body": OTHER, "bylines": (), "kind": "report"}
    return e.UpdateEdited(id=id, rev=rev, **(fields | given))


def told(*events: e.Event) -> Story:
    """The story that these events tell after its opening, a minute apart."""
    return last([Step(event, n, at(n)) for n, event in enumerate([OPENED, *events], 1)])


def at(seq: int) -> Any:
    return START + timedelta(minutes=seq)


@settings(deadline=None, max_examples=60)
@given(histories())
def test_replay_of_the_record_is_the_fold(history: list[Step]) -> None:
    assert replay(sealed(history)) == last(history)
    assert_whole(last(history))


@pytest.mark.parametrize("kind", e.EVENTS)
@settings(deadline=None, max_examples=10)
@given(st.data())
def test_replay_is_the_fold_after_every_kind_of_event(kind: str, data: st.DataObject) -> None:
    history = data.draw(histories_to(kind))
    entries = sealed(history)
    assert replay(entries) == last(history)
    assert_whole(last(history))


@settings(deadline=None, max_examples=40)
@given(histories(), st.data())
def test_a_log_folds_whatever_words_were_erased_from_it(history: list[Step], data: st.DataObject) -> None:
    entries = sealed(history, erase=False)
    gone = data.draw(st.sets(st.sampled_from(entries).map(lambda entry: entry.seq)))
    entries = [without_words(entry) if entry.seq in gone else entry for entry in entries]
    story, whole = replay(entries), last(history)
    assert story is not None
    assert_whole(story)
    assert (story.order, story.keys, story.kinds) == (whole.order, whole.keys, whole.kinds)  # tags are words
    assert [u.published for u in story.updates.values()] == [u.published for u in whole.updates.values()]


@settings(deadline=None, max_examples=30)
@given(histories_to("UpdateErased"))
def test_nothing_of_an_erased_update_s_words_is_left(history: list[Step]) -> None:
    event = history[-1].event
    assert isinstance(event, e.UpdateErased)
    before, after = (last(part).updates[event.id] for part in (history[:-1], history))
    assert words_in(after) == {"", None}
    assert (after.ordinal, after.published, after.rev, after.seq) == (
        before.ordinal,
        before.published,
        before.rev,
        len(history),
    )
    assert [revision.at for revision in after.history] == [revision.at for revision in before.history]
    carriers = {step.seq for step in history if getattr(step.event, "id", "") == event.id and has_words(step.event)}
    assert set(after.worded) == carriers
    assert [step.event for step in loaded(sealed(history)) if step.seq in carriers] != [
        step.event for step in history if step.seq in carriers
    ]


def words_in(update: Update) -> set[str | None]:
    """Every word that an update, or its history, still holds."""
    words = {update.headline, d.plain(update.body), *update.bylines, update.source}
    words |= {correction.note for correction in update.corrections}
    words |= {word for r in update.history for word in (r.headline, d.plain(r.body), r.note)}
    return words | {update.retraction.reason if update.retraction else None}


def has_words(event: e.Event) -> bool:
    return bool(e.COMMITTED[type(event).__name__])


def assert_whole(story: Story) -> None:
    """What holds of every story: lists by ordinal, of standing updates, complete."""
    updates = [story.updates[id] for id in story.order]
    standing = [update for update in updates if not update.retraction]
    assert [update.ordinal for update in updates] == list(range(1, len(updates) + 1))
    assert len(story.updates) == len(updates)
    assert story.keys == ids(u for u in standing if u.key)
    assert dict(story.kinds) == {k: ids(u for u in standing if u.kind == k) for k in {u.kind for u in standing}}
    assert dict(story.tags) == {
        t: ids(u for u in standing if t in map(slugged, u.tags)) for t in {slugged(t) for u in standing for t in u.tags}
    }
    told = [Change(u.id, n) for u in updates for n in (*range(len(u.corrections)), *((None,) if u.retraction else ()))]
    assert len(story.changes) == len(told)
    assert set(story.changes) == set(told)
    assert story.pinned is None or not story.updates[story.pinned].retraction
    assert (story.ended is not None) == (story.status == "ended")
    for update in updates:
        assert len(update.history) == update.rev == update.history[-1].rev
        assert (update.history[-1].headline, update.history[-1].body) == (update.headline, update.body)
        assert len(update.corrections) == sum(revision.note is not None for revision in update.history)
        assert update.worded[-1] <= update.seq <= story.seq
        assert not (update.retraction and update.key)


def ids(updates: Any) -> tuple[str, ...]:
    return tuple(update.id for update in updates)


def test_opening() -> None:
    story = told()
    assert (story.seq, story.rev, story.opened, story.began, story.ended, story.modified) == (
        1,
        1,
        at(1),
        at(1),
        None,
        at(1),
    )
    planned = last([Step(msgspec.structs.replace(OPENED, status="scheduled"), 1, at(1))])
    assert planned.began is None


def test_changing_the_story_carries_all_its_words() -> None:
    change = e.StoryChanged(headline="Storm", standfirst="S", language="ar", zone="Asia/Kolkata", bylines=("Ada",))
    story = told(change)
    assert (story.headline, story.standfirst, story.language, story.zone) == ("Storm", "S", "ar", "Asia/Kolkata")
    assert (story.bylines, story.rev, story.modified) == (("Ada",), 2, at(2))


def test_pausing_ending_and_reopening() -> None:
    states = [e.StatusChanged(status="paused"), e.StatusChanged(status="ended"), e.StoryReopened()]
    paused, ended, reopened = (told(*states[:n]) for n in (1, 2, 3))
    assert (paused.status, paused.ended) == ("paused", None)
    assert (ended.status, ended.ended) == ("ended", at(3))
    assert (reopened.status, reopened.ended, reopened.began) == ("live", None, at(1))


def test_summary() -> None:
    point = e.Point(text="The wall is breached.")
    assert told(e.SummaryWritten(known=(point,))).summary == Summary(at=at(2), known=(point,))
    assert told(e.SummaryWritten(known=(point,)), e.SummaryCleared()).summary is None


def test_the_entry_that_last_changed_the_summary_is_known() -> None:
    written, paused, cleared = (
        e.SummaryWritten(known=(e.Point(text="x"),)),
        e.StatusChanged(status="paused"),
        e.SummaryCleared(),
    )
    steps = (paused, written, e.StoryReopened(), cleared, paused)
    assert [told(*steps[:n]).summary_seq for n in range(6)] == [0, 0, 3, 3, 5, 5]


def test_posting() -> None:
    story = told(posted(A, tags=("roads",), key=True), posted(B, kind="video", tags=("roads", "sea")))
    assert (story.order, story.keys) == ((A, B), (A,))
    assert dict(story.kinds) == {"report": (A,), "video": (B,)}
    assert dict(story.tags) == {"roads": (A, B), "sea": (B,)}
    update = story.updates[B]
    assert (update.ordinal, update.rev, update.seq, update.changed, update.worded) == (2, 1, 3, None, (3,))
    assert update.history == (Revision(rev=1, at=START, headline="H", body=BODY),)


def test_editing_and_correcting() -> None:
    correction = e.UpdateCorrected(id=A, rev=3, headline="C", body=BODY, bylines=(), kind="video", note="Not 2.4 m.")
    story = told(posted(A), posted(B), edited(A, 2, headline="E"), correction)
    update = story.updates[A]
    assert (update.headline, update.rev, update.changed, update.worded) == ("C", 3, at(5), (2, 4, 5))
    assert update.corrections == (Correction(at=at(5), rev=3, note="Not 2.4 m."),)
    assert [(r.rev, r.headline, r.note) for r in update.history] == [
        (1, "H", None),
        (2, "E", None),
        (3, "C", "Not 2.4 m."),
    ]
    assert story.changes == (Change(A, 0),)
    assert dict(story.kinds) == {"report": (B,), "video": (A,)}


def test_retracting_takes_the_update_out_of_every_list() -> None:
    posts = posted(A, tags=("roads",), key=True), posted(B, tags=("roads",), key=True), e.UpdatePinned(id=A)
    story = told(*posts, e.UpdateRetracted(id=A, reason="The gauge was broken."))
    update = story.updates[A]
    assert (story.pinned, story.keys, story.order, story.changes) == (None, (B,), (A, B), (Change(A),))
    assert (dict(story.tags), dict(story.kinds)) == ({"roads": (B,)}, {"report": (B,)})
    assert update.retraction == Retraction(at=at(5), reason="The gauge was broken.")
    assert (update.key, update.tags, update.changed) == (False, ("roads",), None)


def test_corrections_and_retractions_are_kept_in_order_whatever_follows() -> None:
    def correction(id: str, rev: int) -> e.UpdateCorrected:
        return e.UpdateCorrected(id=id, rev=rev, headline="x", body=BODY, bylines=(), kind="report", note="x")

    steps = [correction(B, 2), correction(A, 2), correction(B, 3), e.UpdateRetracted(id=B, reason="x")]
    changes = (Change(B, 0), Change(A, 0), Change(B, 1), Change(B))
    assert told(posted(A), posted(B), *steps).changes == changes
    assert told(posted(A), posted(B), *steps, e.UpdateErased(id=B), correction(A, 3)).changes == (
        *changes,
        Change(A, 1),
    )


def test_pinning_takes_the_place_of_what_was_pinned() -> None:
    assert told(posted(A), posted(B), e.UpdatePinned(id=A), e.UpdatePinned(id=B)).pinned == B
    assert told(posted(A), e.UpdatePinned(id=A), e.UpdateUnpinned(id=A)).pinned is None


def test_key_events_and_tags_stand_by_ordinal_whenever_they_were_marked() -> None:
    marks = [e.UpdateMarkedKey(id=C), e.UpdateMarkedKey(id=A), e.UpdateMarkedKey(id=B), e.UpdateUnmarkedKey(id=A)]
    tags = [e.UpdateTagged(id=C, tags=("sea",)), e.UpdateTagged(id=A, tags=("sea", "roads"))]
    story = told(posted(A), posted(B), posted(C), *marks, *tags)
    assert story.keys == (B, C)
    assert dict(story.tags) == {"sea": (A, C), "roads": (A,)}
    assert dict(told(posted(A, tags=("x",)), e.UpdateTagged(id=A, tags=())).tags) == {}


@pytest.mark.parametrize(
    "event",
    [OPENED, posted(A), edited(B, 2), e.UpdateRetracted(id=B, reason="x"), e.UpdatePinned(id=B), e.UpdateErased(id=B)],
    ids=lambda event: type(event).__name__,
)
def test_an_event_that_cannot_follow_is_named(event: e.Event) -> None:
    with pytest.raises(BrokenLogError, match="entry 3"):
        told(posted(A), event)


def test_a_log_with_a_hole_or_without_a_beginning_is_refused() -> None:
    with pytest.raises(BrokenLogError, match="entry 3 follows entry 1"):
        fold(told(), posted(A), seq=3, at=at(3))
    with pytest.raises(BrokenLogError, match="StoryOpened"):
        fold(None, posted(A), seq=1, at=at(1))
    assert replay([]) is None


class Counting:
    """A persistent map that counts how many updates are looked at and written."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.reads, self.writes = inner, 0, 0

    def get(self, key: str) -> Update | None:
        self.reads += 1
        found: Update | None = self.inner.get(key)
        return found

    def insert(self, key: str, value: Update) -> "Counting":
        self.writes += 1
        self.inner = self.inner.insert(key, value)
        return self

    def __getitem__(self, key: str) -> Update:
        self.reads += 1
        found: Update = self.inner[key]
        return found

    def __contains__(self, key: str) -> bool:
        return key in self.inner

    def __iter__(self) -> Any:
        raise AssertionError("the fold walked the updates")

    values = items = keys = __iter__


@cache
def long(updates: int) -> Story:
    """A live story of so many key events with one tag."""
    story: Story | None = fold(None, OPENED, seq=1, at=at(1))
    for n in range(2, updates + 2):
        story = fold(story, posted(f"u{n - 1:09d}", tags=("sea",), key=True), seq=n, at=at(n))
    assert story is not None
    return story


STEPS: Sequence[e.Event] = (
    e.StoryChanged(headline="x", standfirst="", language="en", zone="UTC"),
    e.StatusChanged(status="paused"),
    e.StoryReopened(),
    e.SummaryWritten(known=(e.Point(text="x"),)),
    e.SummaryCleared(),
    posted("unew000000", tags=("sea",), key=True),
    edited(A, 2, kind="video"),
    e.UpdateCorrected(id=A, rev=2, headline="x", body=BODY, bylines=(), kind="video", note="x"),
    e.UpdateRetracted(id=A, reason="x"),
    e.UpdateErased(id=A),
    e.UpdatePinned(id=A),
    e.UpdateUnpinned(id=A),
    e.UpdateMarkedKey(id=A),
    e.UpdateUnmarkedKey(id=A),
    e.UpdateTagged(id=A, tags=("roads",)),
)


def test_every_event_has_a_step_here() -> None:
    assert {type(event).__name__ for event in STEPS} | {"StoryOpened"} == set(e.EVENTS)


@pytest.mark.parametrize("event", STEPS, ids=lambda event: type(event).__name__)
def test_a_step_touches_one_update_however_many_there_are(event: e.Event) -> None:
    """Structural, so that it cannot flicker: of 1,000 updates a few reads per list, and every other one kept."""
    story = long(1000)
    counting = Counting(story.updates)
    after = fold(replace(story, updates=counting), event, seq=story.seq + 1, at=at(2000))  # type: ignore[arg-type]
    assert counting.writes <= 2
    assert counting.reads <= 80  # six lists, log2(1000) each, and the update itself
    touched = getattr(event, "id", None)
    assert all(counting.inner[id] is story.updates[id] for id in story.order if id != touched)
    assert after.seq == story.seq + 1


def test_a_fold_that_walks_the_updates_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test above."""

    def walking(story: Story, update: Update) -> Story:
        return replace(story, keys=tuple(u.id for u in story.updates.values() if u.key))

    monkeypatch.setattr(folding, "listed", walking)
    with pytest.raises(AssertionError, match="walked"):
        test_a_step_touches_one_update_however_many_there_are(posted("unew000000"))


def test_a_fold_that_forgets_a_note_when_erasing_is_noticed() -> None:
    """The negative control of the erasure test: words that stay are found."""
    update = told(posted(A), e.UpdateRetracted(id=A, reason="x"), e.UpdateErased(id=A)).updates[A]
    assert words_in(update) == {"", None}
    assert words_in(replace(update, retraction=Retraction(at=at(1), reason="secret"))) != {"", None}


def test_entries_of_the_helper_are_true_and_always_the_same() -> None:
    history = [Step(OPENED, 1, at(1)), Step(posted(A), 2, at(2))]
    entries = sealed(history)
    assert entries == sealed(history)
    assert [entry.prev for entry in entries] == [record.START, entries[0].hash]
    assert loaded(entries) == history
