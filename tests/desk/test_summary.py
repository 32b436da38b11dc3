"""The pinned summary: two who write it at the same time do not overwrite each other unseen."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from django.utils.crypto import salted_hmac

from standfirst.desk.execute import fingerprint
from standfirst.record import journal
from standfirst.story.commands import ClearSummary, Command, WriteSummary
from standfirst.story.events import Point
from tests.desk.conftest import Newsroom, problem

WHERE = "/stories/flood/summary"


@pytest.fixture
def desk(newsroom: Newsroom) -> Newsroom:
    newsroom.story()
    return newsroom


def write(desk: Newsroom, text: str, if_match: str | None = None, **more: Any) -> Any:
    return desk.ask("PUT", WHERE, {"known": [{"text": text}]}, if_match=if_match, **more)


def story(desk: Newsroom) -> dict[str, Any]:
    found: dict[str, Any] = desk.ask("GET", "/stories/flood").json()
    return found


def test_a_summary_that_was_written_meanwhile_is_not_overwritten(desk: Newsroom) -> None:
    assert (story(desk)["summary"], story(desk)["summary_seq"]) == (None, 0)
    assert write(desk, "It rains.", '"0"').json()["seq"] == story(desk)["summary_seq"] == 2
    assert write(desk, "It pours.", '"2"').json()["seq"] == 3
    said = problem(write(desk, "It snows.", '"2"'), 409)
    assert said["type"].endswith(":conflict")
    assert said["yours"] == {"summary_seq": 2, "known": [{"text": "It snows."}]}
    assert said["current"] == story(desk)
    assert (said["current"]["summary"]["known"][0]["text"], said["current"]["summary_seq"]) == ("It pours.", 3)
    assert write(desk, "It snows.", '"3"').status_code == 200
    assert write(desk, "It hails.").status_code == 200  # control: whoever names none overwrites
    assert write(desk, "It thaws.", "*").status_code == 200


def test_only_the_summary_is_compared(desk: Newsroom) -> None:
    write(desk, "It rains.")
    etag = desk.ask("GET", "/stories/flood")["ETag"]
    desk.update()
    desk.ask("PATCH", "/stories/flood", {"standfirst": "Rain."}, if_match="*")
    done = write(desk, "It pours.", etag)
    assert done.status_code == 200
    desk.update()
    problem(write(desk, "It snows.", etag), 409)
    assert write(desk, "It snows.", done["ETag"]).status_code == 200
    for if_match in ('"999"', '"1.999"'):  # an entry that is not there yet
        problem(write(desk, "It hails.", if_match), 409)
    assert "If-Match" in problem(write(desk, "It hails.", "4"), 400)["detail"]


def test_a_summary_that_was_taken_down_meanwhile_does_not_come_back(desk: Newsroom) -> None:
    write(desk, "It rains.")
    write(desk, "It pours.")
    said = problem(desk.ask("DELETE", WHERE, if_match='"2"'), 409)
    assert (said["yours"], said["current"]["summary_seq"]) == ({"summary_seq": 2}, 3)
    assert desk.ask("DELETE", WHERE, if_match='"3"').status_code == 200
    assert (story(desk)["summary"], story(desk)["summary_seq"]) == (None, 4)
    assert problem(write(desk, "It snows.", '"3"'), 409)["current"]["summary"] is None
    assert write(desk, "It snows.", '"4"').status_code == 200


def test_the_same_request_again_meets_no_conflict_with_itself(desk: Newsroom) -> None:
    first, again = (write(desk, "It rains.", '"0"', key="same") for _ in range(2))
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert journal.heads() == {"flood": 2}


@pytest.mark.parametrize(
    "command", [WriteSummary(known=(Point(text="It rains."),)), ClearSummary()], ids=["PUT", "DELETE"]
)
def test_keys_that_were_answered_before_there_was_if_match_are_known(command: Command) -> None:
    fields = {name: value for name, value in msgspec.to_builtins(command).items() if name != "expected_seq"}
    asked = json.dumps(["flood", type(command).__name__, fields], sort_keys=True)
    before = salted_hmac("standfirst.desk.execute", asked, algorithm="sha256").hexdigest()
    assert fingerprint("flood", command) == before
    assert fingerprint("flood", replace(command, expected_seq=2)) != before
