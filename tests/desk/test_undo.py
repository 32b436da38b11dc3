"""A burst is undone by new entries, once, and what somebody else changed since is left to them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import standfirst
from standfirst.accounts import audit, brakes
from standfirst.accounts.roles import Actor
from standfirst.desk import undo as undoing
from standfirst.desk import undo_plan
from standfirst.desk.execute import execute
from standfirst.desk.stories import stories
from standfirst.record import journal
from standfirst.story.commands import (
    EditUpdate,
    MarkKey,
    OpenStory,
    PinUpdate,
    PostUpdate,
    RetractUpdate,
    SetStatus,
    TagUpdate,
    WriteSummary,
)
from standfirst.story.document import from_plain
from standfirst.story.events import Point
from standfirst.story.story import Story
from tests.desk.conftest import NOW

BEFORE, SINCE, LATER = NOW - timedelta(hours=2), NOW - timedelta(hours=1), NOW
OWNER = Actor(id="person:abc", name="Ada Rook", role="owner")
THIEF, EDITOR = "token:0a1b2c3d4e5f", "person:xyz"
A, B, C, D = (f"update000{n}" for n in "abcd")


def post(id: str, words: str = "Water rises.") -> PostUpdate:
    return PostUpdate(id=id, body=from_plain(words), published=BEFORE, tags=("dyke",))


class Log:
    """Writes commands one after another."""

    number = 0

    def __call__(self, actor: str, *commands: Any, at: Any = LATER) -> None:
        for command in commands:
            self.number += 1
            execute("flood", command, actor, f"log{self.number}", now=lambda: at)


def story() -> Story:
    found = stories.current("flood")
    assert found is not None
    return found


@pytest.fixture
def log(db: None) -> Log:
    log = Log()
    summary = WriteSummary(known=(Point(text="It rains."),))
    log(EDITOR, OpenStory(slug="flood", headline="Flood"), post(A), post(B), PinUpdate(id=A), summary, at=BEFORE)
    return log


def test_everything_that_can_be_goes_back(log: Log) -> None:
    log(THIEF, post(C, "Lies."), post(D, "More lies."), PinUpdate(id=C), TagUpdate(id=A, tags=("lie",)))
    log(
        THIEF,
        EditUpdate(id=A, body=from_plain("Lies."), headline="Lies", happened=BEFORE),
        MarkKey(id=B),
        SetStatus(status="ended"),
    )
    log(THIEF, EditUpdate(id=A, body=from_plain("Worse lies.")), WriteSummary(known=(Point(text="Lies."),)))
    seq = story().seq
    planned = undoing.undo(THIEF, SINCE, by=OWNER, dry_run=True)
    assert {step.outcome for step in planned} == {"planned"}
    assert story().seq == seq
    done = undoing.undo(THIEF, SINCE, by=OWNER, reason="Not ours.")
    assert {step.outcome for step in done} == {"done"}
    assert [step.what for step in done] == [step.what for step in planned]
    after = story()
    for id in (C, D):
        assert after.updates[id].retraction is not None
    assert (after.updates[A].headline, after.updates[A].tags) == ("", ("dyke",))
    assert after.updates[A].body == from_plain("Water rises.")
    assert after.updates[A].happened is None
    assert after.updates[A].corrections[-1].note == "Not ours."
    assert (after.pinned, after.updates[B].key, after.status) == (A, False, "live")
    assert after.summary is not None
    assert after.summary.known[0].text == "It rains."
    assert audit.entries()[0].action == "burst.undo"
    assert undoing.undo(THIEF, SINCE, by=OWNER) == []
    assert story().seq == after.seq


def test_what_somebody_else_changed_since_and_what_is_gone_is_left_and_said(log: Log) -> None:
    log(THIEF, post(C), RetractUpdate(id=B, reason="Lies."), TagUpdate(id=A, tags=("lie",)))
    log(EDITOR, EditUpdate(id=C, body=from_plain("True words.")), TagUpdate(id=A, tags=("dam",)))
    seq = story().seq
    done = {step.what: step.outcome for step in undoing.undo(THIEF, SINCE, by=OWNER)}
    assert done == {
        f"retract update {C}": "left: changed by others since",
        f"give update {A} its former tags": "left: changed by others since",
        f"retraction of update {B}": "cannot be undone: post it anew",
    }
    assert story().seq == seq


def test_it_goes_past_a_freeze_which_everybody_else_meets(log: Log) -> None:
    log(THIEF, post(C, "Lies."))
    brakes.freeze(OWNER, now=NOW)
    with pytest.raises(brakes.Frozen):
        log(EDITOR, RetractUpdate(id=C, reason="Lies."))
    assert [step.outcome for step in undoing.undo(THIEF, SINCE, by=OWNER)] == ["done"]
    with pytest.raises(brakes.Frozen):
        log(EDITOR, post(D))


def test_what_is_written_between_plan_and_undo_is_not_overwritten(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log(THIEF, TagUpdate(id=A, tags=("lie",)))
    once: list[bool] = []

    def raced(*given: Any) -> Any:
        steps = undo_plan.plan(*given)
        if not once:
            once.append(True)
            log(EDITOR, TagUpdate(id=A, tags=("dam",)))
        return steps

    monkeypatch.setattr(undoing, "plan", raced)
    assert [step.outcome for step in undoing.undo(THIEF, SINCE, by=OWNER)] == ["left: changed by others since"]
    assert story().updates[A].tags == ("dam",)


def test_control_without_the_look_at_the_number_it_is_overwritten(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undoing, "_on", lambda seq: None)
    with pytest.raises(AssertionError):
        test_what_is_written_between_plan_and_undo_is_not_overwritten(log, monkeypatch)


def test_before_and_others_stay(log: Log) -> None:
    log(EDITOR, post(C))
    heads = journal.heads()
    assert undoing.undo(THIEF, SINCE, by=OWNER) == []
    assert undoing.undo(EDITOR, LATER + timedelta(seconds=1), by=OWNER) == []
    assert journal.heads() == heads


def test_nothing_else_passes_the_freeze_by_mending() -> None:
    package = Path(standfirst.__file__).parent
    uses = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if re.search(r"(?<!is_)\bmending\b", path.read_text("utf-8"))
    }
    assert uses == {"accounts/freeze.py", "desk/undo.py"}
