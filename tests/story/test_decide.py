"""The rule book: what each command leads to, and what refuses it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfirst.story import commands as c
from standfirst.story import decide as deciding
from standfirst.story import document as d
from standfirst.story import events as e
from standfirst.story import fields
from standfirst.story import refusals as r
from standfirst.story.characters import slugged
from standfirst.story.decide import decide
from standfirst.story.fold import fold
from standfirst.story.story import Story
from tests.strategies import COMMANDS, START, Step, commands, histories, hostile_commands, last, openings
from tests.words import tags

A, B, NEW = "u000000001", "u000000002", "u000000003"


def then(story: Story | None, *asked: c.Command) -> Story:
    """The story after these commands."""
    for command in asked:
        for event in decide(story, command):
            seq = story.seq + 1 if story else 1
            story = fold(story, event, seq=seq, at=START + timedelta(minutes=seq))
    assert story is not None
    return story


def post(id: str = NEW, **given: Any) -> c.PostUpdate:
    fields: dict[str, Any] = {"id": id, "body": d.from_plain("Water."), "published": START}
    return c.PostUpdate(**(fields | given))


def opening(**given: Any) -> c.OpenStory:
    return c.OpenStory(**({"slug": "flood", "headline": "Flood"} | given))


LIVE = then(None, opening(), post(A), post(B))
SCHEDULED = then(None, opening(status="scheduled"))
PAUSED = then(LIVE, c.SetStatus(status="paused"))
ENDED = then(LIVE, c.SetStatus(status="ended"))
RETRACTED = then(LIVE, c.RetractUpdate(id=A, reason="The gauge was broken."))
ERASED = then(RETRACTED, c.EraseUpdate(id=A))
UNPUBLISHABLE = ("a\nb", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\ud800b", "a\uffffb", 7, ["a"], 10**5000)
FIX = c.EditUpdate(id=A, mode="correction", note="Not 2.4 m.", headline="2.1 m")


def refused(story: Story | None, command: c.Command, by: type[r.Refusal] = r.Invalid) -> r.Refusal:
    with pytest.raises(by) as caught:
        decide(story, command)
    assert caught.value.detail
    assert caught.value.remedy
    assert str(caught.value).encode()
    return caught.value


def wrong(story: Story | None, command: c.Command) -> list[str]:
    """The fields that a command is refused for."""
    refusal = refused(story, command)
    assert isinstance(refusal, r.Invalid)
    return [field for field, _ in refusal.errors]


@settings(deadline=None, max_examples=60)
@given(histories(8), st.data())
def test_decide_refuses_by_name_and_raises_nothing_else(history: list[Step], data: st.DataObject) -> None:
    story = data.draw(st.sampled_from([None, last(history)]))
    command = data.draw(hostile_commands(story))
    try:
        events = decide(story, command)
    except r.Refusal as refusal:
        message = str(refusal)
    else:
        message = "".join(str(e.dump(event)) for event in events)
        then(story, command)
    assert message.encode() is not None  # never a lone surrogate, in an answer or in the record


@settings(deadline=None, max_examples=60)
@given(histories(10), st.data())
def test_a_command_that_was_carried_out_changes_nothing_the_second_time(
    history: list[Step], data: st.DataObject
) -> None:
    story = last(history)
    command = data.draw(commands(story))
    try:
        after = then(story, command)
    except r.Refusal:
        return
    try:
        assert decide(after, command) == []
    except r.Exists:
        assert isinstance(command, c.PostUpdate)


@settings(deadline=None)
@given(openings())
def test_any_opening_opens_once(command: c.OpenStory) -> None:
    story = then(None, command)
    assert refused(story, command, r.Exists).field == "slug"


def test_opening_collects_every_error() -> None:
    bad = opening(
        slug="Flood!", headline=" ", language="english", zone="Paris", status="ended", bylines=("", "x" * 121)
    )
    assert wrong(None, bad) == ["slug", "status", "headline", "language", "zone", "bylines[0]", "bylines[1]"]


def test_nothing_can_be_done_to_a_story_that_is_not_there() -> None:
    for command in (post(), FIX, c.SetStatus(status="live"), c.ChangeStory(headline="x"), c.ReopenStory()):
        refused(None, command, r.NotFound)


@pytest.mark.parametrize("command", [FIX, c.RetractUpdate(id="u999999999", reason="x"), c.EraseUpdate(id="u999999999")])
def test_nothing_can_be_done_to_an_update_that_is_not_there(command: Any) -> None:
    missing = type(command)(**{name: getattr(command, name) for name in command.__slots__} | {"id": "u999999999"})
    assert "u999999999" in refused(LIVE, missing, r.NotFound).detail


@pytest.mark.parametrize(
    "slug", ["", "-a", "a-", "a--b", "A", "a_b", "a/b", "..", "é", "a" * 81, "a\n", *sorted(fields.RESERVED), None]
)
def test_a_bad_or_reserved_address_is_refused(slug: Any) -> None:
    assert wrong(None, opening(slug=slug)) == ["slug"]


@pytest.mark.parametrize("slug", ["a", "7", "flood-2026", "api-outage", "a" * 80])
def test_a_good_address_is_kept(slug: str) -> None:
    assert then(None, opening(slug=slug)).slug == slug


@pytest.mark.parametrize(
    ("given", "kept"),
    [("en", "en"), ("PT-br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"), ("DE-1996", "de-1996")],
)
def test_a_language_is_kept_in_its_usual_spelling(given: str, kept: str) -> None:
    assert then(None, opening(language=given)).language == kept


@pytest.mark.parametrize(
    "language", ["", "e", "english", "en_GB", "en-", "x-secret", 'en"', "en\n", "é", "en-GB-GB", 7]
)
def test_what_is_no_language_is_refused(language: Any) -> None:
    assert wrong(None, opening(language=language)) == ["language"]


@pytest.mark.parametrize("zone", ["", "Paris", "Europe", "europe/paris", "+01:00", "../etc/passwd", "UTC\n", "\x00", 7])
def test_what_is_no_time_zone_is_refused(zone: Any) -> None:
    assert wrong(None, opening(zone=zone)) == ["zone"]


@pytest.mark.parametrize(
    ("command", "field", "longest"),
    [
        (lambda text: opening(headline=text), "headline", 300),
        (lambda text: opening(standfirst=text), "standfirst", 1000),
        (lambda text: opening(topic=text), "topic", 80),
        (lambda text: opening(bylines=(text,)), "bylines[0]", 120),
    ],
)
def test_words_of_a_story_are_one_line_of_limited_length(command: Any, field: str, longest: int) -> None:
    assert decide(None, command("é" * longest))
    for bad in (
        "é" * (longest + 1),
        "a\nb",
        "a\x00b",
        "a\x1bb",
        "a\u2028b",
        "a\ud800b",
        "a\uffffb",
        None,
        7,
        ["a"],
        10**5000,
    ):
        assert wrong(None, command(bad)) == [field]


@pytest.mark.parametrize(
    ("command", "field", "longest"),
    [
        (lambda text: post(headline=text), "headline", 300),
        (lambda text: post(bylines=(text,)), "bylines[0]", 120),
        (lambda text: post(tags=(text,)), "tags[0]", 40),
        (lambda text: post(source=text), "source", 2000),
        (lambda text: c.EditUpdate(id=A, headline=text), "headline", 300),
        (lambda text: c.EditUpdate(id=A, mode="correction", note=text), "note", 1000),
        (lambda text: c.RetractUpdate(id=A, reason=text), "reason", 1000),
        (lambda text: c.TagUpdate(id=A, tags=(text,)), "tags[0]", 40),
        (lambda text: c.WriteSummary(known=(e.Point(text=text),)), "known[0].text", 500),
        (lambda text: c.WriteSummary(known=(), unconfirmed=(e.Point(text=text),)), "unconfirmed[0].text", 500),
        (lambda text: c.ChangeStory(headline=text), "headline", 300),
        (lambda text: c.ChangeStory(standfirst=text), "standfirst", 1000),
    ],
)
def test_words_of_an_update_are_one_line_of_limited_length(command: Any, field: str, longest: int) -> None:
    assert decide(LIVE, command("é" * longest))
    for bad in ("é" * (longest + 1), *UNPUBLISHABLE):
        assert set(wrong(LIVE, command(bad))) == {field}


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (post(bylines=tuple(map(str, range(21)))), "bylines"),
        (post(tags=tuple(map(str, range(21)))), "tags"),
        (post(bylines="Ada"), "bylines"),
        (post(tags=None), "tags"),
        (post(kind="rumour"), "kind"),
        (post(key="yes"), "key"),
        (post(id="1234567890"), "id"),
        (post(id="abc"), "id"),
        (post(id="u00000000A"), "id"),
        (post(tags=("!?",)), "tags[0]"),
        (post(body=None), "body"),
        (post(body=d.doc({"type": "script"})), "body.content[0].type"),
        (c.SetStatus(status="over"), "status"),  # type: ignore[arg-type]  # on purpose
        (c.EditUpdate(id=A, mode="major"), "mode"),  # type: ignore[arg-type]  # on purpose
        (c.MarkKey(id=A, key=1), "key"),  # type: ignore[arg-type]  # on purpose
        (c.WriteSummary(known=(e.Point(text="x"),) * 13), "known"),
        (c.WriteSummary(known=(e.Point(text="x", update="u999999999"),)), "known[0].update"),
        (c.WriteSummary(known=("x",)), "known[0]"),  # type: ignore[arg-type]  # on purpose
        (c.WriteSummary(known=()), "known"),
    ],
)
def test_other_fields_that_cannot_be(command: c.Command, field: str) -> None:
    assert wrong(LIVE, command) == [field]


@pytest.mark.parametrize("field", ["published", "happened", "filed"])
@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 11, 42),  # noqa: DTZ001  # naive on purpose
        datetime(1899, 12, 31, 23, 59, tzinfo=UTC),
        datetime(1900, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
        datetime(2200, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        "2026-03-01T11:42:00Z",
        0,
    ],
)
def test_a_time_that_cannot_be_is_refused(field: str, moment: Any) -> None:
    assert wrong(LIVE, post(**{field: moment})) == [field]


def test_a_time_is_kept_in_utc() -> None:
    (event,) = decide(
        LIVE, post(published=datetime(1900, 1, 1, 5, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))))
    )
    assert isinstance(event, e.UpdatePosted)
    assert event.published == datetime(1900, 1, 1, tzinfo=UTC)
    assert event.published.tzinfo is UTC


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Flood Watch", "flood-watch"),
        ("  #roads!  ", "roads"),
        ("Côte d’Azur", "côte-d-azur"),
        ("Co\u0302te", "côte"),
        ("a/b/../c", "a-b-c"),
        ("snake_case", "snake-case"),
        ("المياه", "المياه"),
        ("पानी", "पानी"),
        ("洪水", "洪水"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ＦＵＬＬ", "full"),
        ("2026", "2026"),
    ],
)
def test_a_tag_is_kept_as_typed_and_listed_by_its_address(typed: str, address: str) -> None:
    story = then(LIVE, post(tags=(typed, typed.upper())))
    assert story.updates[NEW].tags == (typed.strip(),)
    assert story.tags[address][-1] == NEW


@given(st.text())
def test_tags_have_one_form(typed: str) -> None:
    tag = slugged(typed)
    assert slugged(tag) == tag
    assert not set(tag) & set("/?#%.&=+ \\\"'<>:@")


@given(tags())
def test_tags_in_their_form_are_kept(given: tuple[str, ...]) -> None:
    assert fields.Check().tags("tags", given) == given


def test_words_are_trimmed_and_doubles_left_out() -> None:
    update = then(LIVE, post(headline="  Water \t", bylines=(" Ada ", "Ada", "Ben"))).updates[NEW]
    assert (update.headline, update.bylines) == ("Water", ("Ada", "Ben"))


@pytest.mark.parametrize("headline", ["", "  ", "\u200b", "\u200e\u00ad"])
@pytest.mark.parametrize("body", [d.from_plain(""), d.doc(d.divider()), d.from_plain("\u200b \u2060"), {"type": "doc"}])
def test_an_update_that_shows_nothing_is_refused(headline: str, body: Any) -> None:
    assert wrong(LIVE, post(headline=headline, body=body)) == ["body"]
    assert decide(LIVE, post(headline="Water", body=body))


def test_an_edit_cannot_empty_an_update() -> None:
    assert wrong(LIVE, c.EditUpdate(id=A, body=d.from_plain(""))) == ["body"]
    titled = then(LIVE, post(headline="x", body=d.from_plain("")))
    assert wrong(titled, c.EditUpdate(id=NEW, headline="")) == ["body"]


def test_posting_under_an_id_that_is_taken_is_refused() -> None:
    assert refused(LIVE, post(A), r.Exists).field == "id"


def test_updates_wait_for_the_start_and_stop_at_the_end() -> None:
    refused(SCHEDULED, post(), r.NotStarted)
    refused(ENDED, post(), r.Ended)
    assert decide(PAUSED, post())
    assert decide(then(SCHEDULED, c.SetStatus(status="live")), post())
    assert decide(then(ENDED, c.ReopenStory()), post())


@pytest.mark.parametrize(
    "command",
    [
        FIX,
        c.EditUpdate(id=A, headline="x"),
        c.RetractUpdate(id=A, reason="x"),
        c.TagUpdate(id=A, tags=("x",)),
        c.MarkKey(id=A),
        c.PinUpdate(id=A),
        c.WriteSummary(known=(e.Point(text="x"),)),
        c.ChangeStory(headline="x"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_an_ended_story_still_mends_what_it_said(command: c.Command) -> None:
    assert len(decide(ENDED, command)) == 1


@pytest.mark.parametrize(
    ("story", "status", "by"),
    [
        (LIVE, "scheduled", r.Started),
        (PAUSED, "scheduled", r.Started),
        (SCHEDULED, "paused", r.NotStarted),
        (ENDED, "live", r.Ended),
        (ENDED, "paused", r.Ended),
        (ENDED, "scheduled", r.Ended),
    ],
)
def test_turns_that_a_story_cannot_take(story: Story, status: Any, by: type[r.Refusal]) -> None:
    refused(story, c.SetStatus(status=status), by)


def test_turns_that_a_story_can_take() -> None:
    for story, status in (
        (SCHEDULED, "live"),
        (SCHEDULED, "ended"),
        (LIVE, "paused"),
        (PAUSED, "live"),
        (PAUSED, "ended"),
    ):
        assert then(story, c.SetStatus(status=status)).status == status  # type: ignore[arg-type]  # a Status
    assert decide(LIVE, c.SetStatus(status="live")) == decide(LIVE, c.ReopenStory()) == []
    assert decide(ENDED, c.ReopenStory()) == [e.StoryReopened()]
    refused(PAUSED, c.ReopenStory(), r.NotEnded)
    refused(SCHEDULED, c.ReopenStory(), r.NotEnded)


def test_a_change_made_for_another_revision_is_a_conflict() -> None:
    changed = then(LIVE, c.ChangeStory(headline="x"), c.EditUpdate(id=A, headline="x"))
    for command in (c.ChangeStory(headline="y", expected_rev=1), c.EditUpdate(id=A, headline="y", expected_rev=1)):
        refusal = refused(changed, command, r.Conflict)
        assert isinstance(refusal, r.Conflict)
        assert (refusal.expected, refusal.actual, refusal.field) == (1, 2, "expected_rev")
    assert decide(changed, c.ChangeStory(headline="y", expected_rev=2))
    assert decide(changed, c.EditUpdate(id=A, headline="y", expected_rev=2))


def test_an_edit_takes_away_when_it_happened() -> None:
    dated = then(LIVE, c.EditUpdate(id=A, happened=START))
    assert then(dated, c.EditUpdate(id=A, headline="H")).updates[A].happened == START
    assert then(dated, c.EditUpdate(id=A, undated=True)).updates[A].happened is None
    fixed = then(dated, c.EditUpdate(id=A, mode="correction", note="Not at ten.", undated=True))
    assert (fixed.updates[A].happened, fixed.updates[A].rev) == (None, dated.updates[A].rev + 1)
    assert decide(LIVE, c.EditUpdate(id=A, undated=True)) == []
    assert wrong(dated, c.EditUpdate(id=A, undated=True, happened=START)) == ["undated"]
    assert wrong(dated, c.EditUpdate(id=A, undated="yes")) == ["undated"]  # type: ignore[arg-type]  # on purpose


def test_a_summary_that_changed_since_it_was_read_is_a_conflict() -> None:
    rain, snow = (e.Point(text="It rains."),), (e.Point(text="It snows."),)
    story = then(LIVE, c.WriteSummary(known=rain), c.PinUpdate(id=A))
    for command in (c.WriteSummary(known=snow), c.ClearSummary()):
        for read in (story.summary_seq - 1, story.seq + 1):
            refusal = refused(story, replace(command, expected_seq=read), r.Conflict)
            assert isinstance(refusal, r.Conflict)
            assert (refusal.expected, refusal.actual) == (read, story.summary_seq)
        refused(story, replace(command, expected_seq="x"), r.Conflict)  # type: ignore[arg-type]  # on purpose
        for at in (story.summary_seq, story.seq, None):
            assert len(decide(story, replace(command, expected_seq=at))) == 1


def test_a_change_of_nothing_is_no_event() -> None:
    assert decide(LIVE, c.ChangeStory(headline="Flood", language="EN", bylines=())) == []
    assert decide(LIVE, c.EditUpdate(id=A, body=d.doc(d.paragraph("Wat", "er.")), kind="report")) == []
    assert decide(LIVE, c.TagUpdate(id=A, tags=())) == decide(LIVE, c.MarkKey(id=A, key=False)) == []
    assert decide(LIVE, c.UnpinUpdate(id=A)) == decide(LIVE, c.ClearSummary()) == []


def test_a_change_leaves_what_it_does_not_name() -> None:
    story = then(LIVE, c.ChangeStory(standfirst="S", starts=START), c.ChangeStory(headline="H"))
    assert (story.headline, story.standfirst, story.starts, story.rev) == ("H", "S", START, 3)
    update = then(LIVE, c.EditUpdate(id=A, bylines=("Ada",), happened=START), c.EditUpdate(id=A, headline="H")).updates[
        A
    ]
    assert (update.headline, d.plain(update.body), update.bylines, update.happened) == ("H", "Water.", ("Ada",), START)


def test_a_correction_needs_a_note_and_a_minor_edit_takes_none() -> None:
    assert wrong(LIVE, c.EditUpdate(id=A, mode="correction", headline="x")) == ["note"]
    assert wrong(LIVE, c.EditUpdate(id=A, headline="x", note="psst")) == ["note"]
    corrected = then(LIVE, FIX)
    assert corrected.updates[A].corrections[0].note == "Not 2.4 m."
    assert decide(corrected, FIX) == []


def test_a_correction_may_only_clarify() -> None:
    note = c.EditUpdate(id=A, mode="correction", note="The gauge is at the harbour.")
    story = then(LIVE, note)
    assert (story.updates[A].rev, story.updates[A].body) == (2, LIVE.updates[A].body)
    assert decide(story, note) == []
    assert len(decide(story, c.EditUpdate(id=A, mode="correction", note="It reads in feet."))) == 1


@pytest.mark.parametrize(
    "command",
    [FIX, c.EditUpdate(id=A, headline="x"), c.PinUpdate(id=A), c.MarkKey(id=A), c.TagUpdate(id=A, tags=("x",))],
    ids=lambda command: type(command).__name__,
)
def test_a_retracted_update_changes_no_more(command: c.Command) -> None:
    refused(RETRACTED, command, r.Retracted)
    refused(ERASED, command, r.Erased)


def test_retracting_is_for_good_and_said_once() -> None:
    again = c.RetractUpdate(id=A, reason="The gauge was broken.")
    assert decide(RETRACTED, again) == []
    refused(RETRACTED, c.RetractUpdate(id=A, reason="Another."), r.Retracted)
    refused(ERASED, again, r.Retracted)


def test_a_summary_cannot_rest_on_what_was_retracted() -> None:
    points = (e.Point(text="x", update=A), e.Point(text="y", update=B))
    assert decide(LIVE, c.WriteSummary(known=points))
    assert wrong(RETRACTED, c.WriteSummary(known=points)) == ["known[0].update"]


def test_readers_are_told_before_words_are_erased() -> None:
    refused(LIVE, c.EraseUpdate(id=A), r.NotRetracted)
    assert decide(RETRACTED, c.EraseUpdate(id=A)) == [e.UpdateErased(id=A)]
    assert decide(ERASED, c.EraseUpdate(id=A)) == []


def test_pinning_marking_and_tagging() -> None:
    story = then(LIVE, c.PinUpdate(id=A), c.PinUpdate(id=B), c.MarkKey(id=A), c.TagUpdate(id=A, tags=("Sea",)))
    assert (story.pinned, story.keys, story.updates[A].tags) == (B, (A,), ("Sea",))
    assert decide(story, c.UnpinUpdate(id=A)) == []
    assert decide(story, c.UnpinUpdate(id=B)) == [e.UpdateUnpinned(id=B)]
    assert decide(story, c.MarkKey(id=A, key=False)) == [e.UpdateUnmarkedKey(id=A)]


def test_an_update_is_pinned_as_it_is_posted() -> None:
    assert [type(event) for event in decide(LIVE, post(pin=True))] == [e.UpdatePosted, e.UpdatePinned]
    assert then(LIVE, c.PinUpdate(id=A), post(pin=True)).pinned == NEW
    assert then(LIVE, c.PinUpdate(id=A), post()).pinned == A
    assert wrong(LIVE, post(pin="yes")) == ["pin"]


def test_an_edit_changes_tags_key_and_pin_that_it_names_and_no_others() -> None:
    marked = then(LIVE, c.MarkKey(id=A), c.TagUpdate(id=A, tags=("dyke",)), c.PinUpdate(id=A))
    assert [type(event) for event in decide(marked, c.EditUpdate(id=A, headline="Flood"))] == [e.UpdateEdited]
    edit = c.EditUpdate(id=A, headline="Flood", tags=("harbour",), key=False, pin=False)
    kinds = [e.UpdateEdited, e.UpdateTagged, e.UpdateUnmarkedKey, e.UpdateUnpinned]
    assert [type(event) for event in decide(marked, edit)] == kinds
    assert decide(then(marked, edit), edit) == []
    assert [type(event) for event in decide(marked, c.EditUpdate(id=A, key=False))] == [e.UpdateUnmarkedKey]
    assert decide(marked, c.EditUpdate(id=A, tags=("dyke",), key=True, pin=True)) == []
    assert [type(event) for event in decide(LIVE, replace(FIX, key=True))] == [e.UpdateCorrected, e.UpdateMarkedKey]
    assert sorted(wrong(LIVE, c.EditUpdate(id=A, tags=("",), key="yes", pin=1))) == ["key", "pin", "tags[0]"]


def test_every_command_has_a_rule() -> None:
    ruled = set(deciding._decide.registry) | {c.OpenStory}
    assert set(COMMANDS) <= ruled

    class Teleport(c.Command):
        pass

    with pytest.raises(TypeError, match="Teleport has no rule"):
        decide(LIVE, Teleport())


def test_every_refusal_has_a_code_of_its_own() -> None:
    def tree(cls: type[r.Refusal]) -> set[type[r.Refusal]]:
        return {cls, *(found for sub in cls.__subclasses__() for found in tree(sub))}

    codes = [cls.code for cls in tree(r.Refusal) - {r.Refusal}]
    assert len(codes) == len(set(codes))
    assert all(code.replace("-", "").isalpha() and code.islower() for code in codes)


def test_without_the_rule_of_no_change_a_repeat_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A negative control of the property above: a rule that always answers with an event fails it."""
    monkeypatch.setattr(deciding, "_decide", lambda command, story: [e.UpdateMarkedKey(id=A)])
    assert decide(then(LIVE, c.MarkKey(id=A)), c.MarkKey(id=A)) != []


def test_without_the_character_rule_a_nul_would_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """A negative control: it is `characters.forbidden` that the tests of one-line fields rest on."""
    monkeypatch.setattr(fields, "forbidden", lambda text: None)
    assert then(None, opening(headline="a\x00b")).headline == "a\x00b"
