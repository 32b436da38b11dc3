"""The promise *replay*: page at N + operations N+1…M = page at M, byte for byte, for every kind of event.

What is compared is the whole document, from `<!doctype html>` to `</html>`, without what is for machines only and which
no operation brings to an open page: the JSON-LD data block, and the description, canonical, feed and social metadata in
the head (`Sheet.html(machine=False)` prints those two parts empty). The number in `data-seq`, the title, every slot and
every update are compared. Where a message says `reload` the page is fetched again, as a reader's browser does; which
events may say so is tested too, so that `reload` cannot hide a difference.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfirst.press import runs, sheet
from standfirst.press.edition import Edition
from standfirst.press.printer import Printer
from standfirst.press.sheet import MustReload, Sheet, apply
from standfirst.press.view import View
from standfirst.record.entry import Entry
from standfirst.story import events as e
from tests.press.newsroom import Log, corrected, edited, posted, uid
from tests.strategies import Step, histories, histories_to, sealed

EDITION = Edition(name="Gazette", base_url="https://gazette.example")
Apply = Callable[[Sheet, bytes], Sheet]


def printed(entries: Sequence[Entry]) -> tuple[list[Sheet], list[bytes]]:
    """The page after each entry, and each entry's message, from a printer that ran all along."""
    printer = Printer(EDITION)
    sheets, messages = [], []
    for entry in entries:
        message = printer.take(entry)
        assert message is not None
        messages.append(message)
        sheets.append(printer.sheet)
    return sheets, messages


def check(sheets: list[Sheet], messages: list[bytes], start: int = 0, apply: Apply = apply) -> int:
    """Follow the story from entry `start` (an index) on; how often the page had to be fetched again."""
    page, reloads = sheets[start], 0
    for after, message in zip(sheets[start + 1 :], messages[start + 1 :], strict=True):
        try:
            page = apply(page, message)
        except MustReload:
            page, reloads = after, reloads + 1
        assert page.html(machine=False).encode() == after.html(machine=False).encode(), message.decode()
    return reloads


@pytest.mark.parametrize("page_size", [1, 2, runs.PAGE])
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_page_and_operations_give_the_later_page(page_size: int, data: st.DataObject) -> None:
    history = data.draw(histories(25))
    entries = sealed(history, erase=False)
    with patch.object(runs, "PAGE", page_size):
        check(*printed(entries), data.draw(st.integers(0, len(entries) - 1)))


@pytest.mark.parametrize("kind", sorted(e.EVENTS))
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_every_kind_of_event_reaches_an_open_page(kind: str, data: st.DataObject) -> None:
    history = data.draw(histories_to(kind))
    sheets, messages = printed(sealed(history, erase=False))
    check(sheets, messages, len(messages) // 2)
    ops = [op["op"] for op in json.loads(messages[-1])["ops"]]
    if kind not in ("StoryOpened", "StoryChanged"):
        assert "reload" not in ops


def test_only_another_language_or_zone_needs_a_new_page() -> None:
    log = Log().posts(3)
    words: dict[str, Any] = {"headline": "New words", "standfirst": "Other words", "language": "en"}
    log(e.StoryChanged(**words, zone="Europe/London"))
    assert b"reload" not in log.messages[-1]
    log(e.StoryChanged(**words, zone="Europe/Paris"))
    assert json.loads(log.messages[-1]) == {"seq": 6, "ops": [{"op": "reload"}]}


@settings(max_examples=20, deadline=None)
@given(history=histories(25))
def test_a_restarted_printer_prints_the_same(history: list[Step]) -> None:
    """Also when the words of erased updates are gone from the record by then."""
    live = printed(sealed(history, erase=False))[0][-1]
    again = Printer(EDITION)
    for entry in sealed(history, erase=True):
        assert again.take(entry, quiet=True) is None
    assert again.sheet.html() == live.html()


def fresh(entries: Sequence[Entry]) -> Printer:
    """A printer that was started after these entries."""
    printer = Printer(EDITION)
    for entry in entries:
        printer.take(entry, quiet=True)
    return printer


def check_fresh(entries: Sequence[Entry]) -> None:
    """After every entry a running printer's page is a fresh one's, what is for machines included; at the end all is."""
    running = Printer(EDITION)
    for n, entry in enumerate(entries, 1):
        running.take(entry)
        assert running.sheet.html() == fresh(entries[:n]).sheet.html()
    for resource in running.resources():
        assert running.print(resource) == fresh(entries).print(resource), resource


@settings(max_examples=20, deadline=None)
@given(history=histories(15))
def test_a_running_printer_prints_what_a_fresh_one_does_after_every_event(history: list[Step]) -> None:
    check_fresh(sealed(history, erase=False))


@pytest.mark.parametrize("kind", sorted(e.EVENTS))
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_a_running_printer_prints_what_a_fresh_one_does_after_an_event(kind: str, data: st.DataObject) -> None:
    check_fresh(sealed(data.draw(histories_to(kind)), erase=False))


CHANGES = {"headline": "Other", "standfirst": "Other", "topic": "Other", "bylines": ("Bo", "Cy"), "zone": "Asia/Tokyo"}


@pytest.mark.parametrize(("field", "value"), [*CHANGES.items(), ("language", "fr"), ("starts", None)])
def test_a_running_printer_prints_what_a_fresh_one_does_after_a_change_of(field: str, value: Any) -> None:
    log = Log().posts(2, bylines=())
    now: dict[str, Any] = {"headline": "H", "standfirst": "S", "language": "en", "zone": "Europe/London"}
    value = log.at if field == "starts" else value
    check_fresh(log(e.StoryChanged(**now), e.StoryChanged(**(now | {field: value}))).entries)


def test_the_check_notices_fragments_that_do_not_know_the_bylines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(View, "key", property(lambda view: (view.story.language, view.story.zone, view.base_day)))
    with pytest.raises(AssertionError):
        test_a_running_printer_prints_what_a_fresh_one_does_after_a_change_of("bylines", ("Bo", "Cy"))


@settings(max_examples=10, deadline=None)
@given(history=histories(15), data=st.data())
def test_a_restarted_printer_gives_the_same_messages(history: list[Step], data: st.DataObject) -> None:
    entries = sealed(history, erase=False)
    quiet = data.draw(st.integers(1, len(entries)))
    again = Printer(EDITION)
    messages = [again.take(entry, quiet=n < quiet) for n, entry in enumerate(entries)]
    assert messages[quiet:] == printed(entries)[1][quiet:]


@cache
def long_story() -> tuple[list[Sheet], list[bytes]]:
    """Past two page boundaries, with every kind of change at updates in and out of the front page."""
    log = Log().posts(19)
    log(e.SummaryWritten(known=(e.Point(text="The wall is broken", update=uid(3)),)), e.UpdatePinned(id=uid(2)))
    log.posts(25)
    for number in (1, 30):
        log(corrected(number), edited(number, 3), e.UpdateMarkedKey(id=uid(number)))
        log(e.UpdateTagged(id=uid(number), tags=("rail",)), e.UpdateRetracted(id=uid(number), reason="Not so."))
    log(e.UpdateErased(id=uid(30)), e.StatusChanged(status="ended"), edited(44), e.StoryReopened())
    log(posted(45, log.at), e.StatusChanged(status="paused"))
    return printed(log.entries)


def test_a_long_story_from_every_entry() -> None:
    sheets, messages = long_story()
    for start in range(0, len(sheets), 5):
        assert check(sheets, messages, start) == 0


def test_the_check_notices_a_client_that_ignores_drop() -> None:
    def careless(page: Sheet, message: bytes) -> Sheet:
        data = json.loads(message)
        data["ops"] = [op for op in data["ops"] if op["op"] != "drop"]
        return apply(page, json.dumps(data).encode())

    with pytest.raises(AssertionError):
        check(*long_story(), apply=careless)


@pytest.mark.parametrize("slot", [slot for slot in sheet.SLOTS if slot not in ("title", "head")])
def test_the_check_notices_a_printer_that_forgets_a_slot(slot: str) -> None:
    kept = tuple(name for name in sheet.SLOTS if name != slot)
    sheets, _ = long_story()
    with patch.object(sheet, "SLOTS", kept):
        messages = [sheet.message(*pair) for pair in pairwise(sheets)]
    with pytest.raises(AssertionError):
        check(sheets, [b"", *messages])


@pytest.mark.parametrize("op", ["insert", "drop", "replace", "list"])
def test_the_long_story_needs_every_operation(op: str) -> None:
    assert any(op == found["op"] for message in long_story()[1] for found in json.loads(message)["ops"])


def test_a_gap_is_refused() -> None:
    log = Log().posts(3)
    first = Log().printer.sheet
    with pytest.raises(ValueError, match="message 3 cannot follow 1: get 2 first"):
        apply(first, log.messages[2])
