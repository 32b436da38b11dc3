"""The schedule: what is due goes out once, on time, as who put it there; what cannot is given back with a reason."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from standfirst.accounts import brakes, people, tokens
from standfirst.accounts.audit import every
from standfirst.accounts.models import Person, Token
from standfirst.accounts.roles import Actor
from standfirst.desk import drafts, events, publishing, schedule
from standfirst.desk.execute import clock, execute, new_id
from standfirst.desk.models import Draft, UpdateRow
from standfirst.record import journal
from standfirst.story.commands import PostUpdate, SetStatus
from tests.desk.conftest import NOW, Newsroom, problem

ONE = "/stories/flood/drafts/draftdraft"
AT = datetime(2126, 3, 1, 18, 0, tzinfo=UTC)
SAID = "2126-03-01T18:00:00Z"
OWNER = Actor(id="person:owner", name="Ada", role="owner")


@pytest.fixture
def desk(newsroom: Newsroom) -> Newsroom:
    """A story and a filed draft."""
    newsroom.story(zone="Europe/London")
    newsroom.draft()
    return newsroom


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def put(desk: Newsroom, role: str = "editor", path: str = ONE, **more: Any) -> Any:
    return desk.ask("PUT", f"{path}/schedule", {"at": SAID, **more}, role=role, key=None)


def posted() -> list[str]:
    return list(UpdateRow.objects.order_by("seq").values_list("update", flat=True))


def test_what_is_scheduled_goes_out_once_and_on_time(desk: Newsroom) -> None:
    planned = put(desk)
    assert planned.status_code == 200
    said = planned.json()
    assert (said["state"], said["scheduled"]) == (
        "scheduled",
        {"at": SAID, "embargo": False, "by": {"id": desk.actors["editor"], "name": "a editor"}},
    )
    assert [draft["state"] for draft in desk.ask("GET", "/stories/flood/drafts").json()["drafts"]] == ["scheduled"]
    assert schedule.publish_due(at(AT - timedelta(seconds=1))) == AT
    assert posted() == []
    assert schedule.publish_due(at(AT)) is None
    assert schedule.publish_due(at(AT)) is None
    assert posted() == ["draftdraft"]
    draft = desk.ask("GET", ONE).json()
    assert (draft["state"], draft["scheduled"], draft["update"]) == ("published", None, "draftdraft")
    assert desk.ask("GET", "/stories/flood/updates/draftdraft").json()["published"] == SAID
    assert UpdateRow.objects.get().poster == desk.actors["editor"]
    told = [(event.kind, event.data.get("state")) for event in events.after(0) if event.channel == "desk/flood"]
    assert [state for kind, state in told if kind == "draft"] == ["draft", "filed", "scheduled", "published"]
    noted = [entry for entry in every() if entry.action == "draft.publish"]
    assert [(entry.actor, entry.detail) for entry in noted] == [
        (desk.actors["editor"], {"scheduled": "2126-03-01T18:00Z"})
    ]


def test_drafts_go_out_in_the_order_of_their_times(desk: Newsroom) -> None:
    for number, minute in enumerate((30, 10, 20)):
        desk.draft(draft=f"draftdraf{number}")
        path = f"/stories/flood/drafts/draftdraf{number}"
        assert put(desk, path=path, at=f"2126-03-01T17:{minute}:00Z").status_code == 200
    assert schedule.publish_due(at(AT - timedelta(minutes=45))) == AT - timedelta(minutes=40)
    assert posted() == ["draftdraf1"]
    assert schedule.publish_due(at(AT)) is None
    assert posted() == ["draftdraf1", "draftdraf2", "draftdraf0"]


def test_the_same_schedule_again_is_answered_alike_even_after_it_went_out(desk: Newsroom) -> None:
    first, again = put(desk), put(desk)
    assert (again.status_code, again.content) == (200, first.content)
    schedule.publish_due(at(AT))
    late = put(desk)
    assert (late.status_code, late.json()["state"]) == (200, "published")
    problem(put(desk, at="2126-03-01T19:00:00Z"), 409)


def test_only_the_words_that_were_meant_are_put_on_the_schedule(desk: Newsroom) -> None:
    desk.ask("PUT", ONE, {"text": "Written at the same moment."}, if_match='"1"', key=None)
    said = problem(desk.ask("PUT", f"{ONE}/schedule", {"at": SAID}, role="editor", key=None, if_match='"1"'), 409)
    assert (said["type"].rpartition(":")[2], said["current"]["text"]) == ("conflict", "Written at the same moment.")
    assert Draft.objects.get().state == "filed"
    done = desk.ask("PUT", f"{ONE}/schedule", {"at": SAID}, role="editor", key=None, if_match='"2"')
    assert done.json()["state"] == "scheduled"
    again = desk.ask("PUT", f"{ONE}/schedule", {"at": SAID}, role="editor", key=None, if_match='"1"')
    assert again.status_code == 200  # the same plan: it was answered before


def test_it_can_be_moved_and_taken_off(desk: Newsroom) -> None:
    put(desk)
    assert put(desk, at="2126-03-01T19:00:00Z").json()["scheduled"]["at"] == "2126-03-01T19:00:00Z"
    assert schedule.publish_due(at(AT)) == AT + timedelta(hours=1)
    off = desk.ask("DELETE", f"{ONE}/schedule", role="editor")
    assert (off.status_code, off.json()["state"], off.json()["scheduled"]) == (200, "filed", None)
    assert desk.ask("DELETE", f"{ONE}/schedule", role="editor").content == off.content
    assert schedule.publish_due(at(AT + timedelta(days=1))) is None
    assert posted() == []
    desk.ask("PUT", "/stories/flood/drafts/otherdraft", {"text": "x"}, key=None, **{"if-none-match": "*"})
    other = "/stories/flood/drafts/otherdraft"
    assert problem(desk.ask("DELETE", f"{other}/schedule"), 409)["type"].endswith("not-scheduled")
    put(desk, path=other)
    assert desk.ask("DELETE", f"{other}/schedule").json()["state"] == "draft"


@pytest.mark.parametrize("again", [{}, {"mode": "minor"}], ids=["said no more", "control: said anew"])
def test_at_another_time_readers_are_told_the_same(desk: Newsroom, again: dict[str, str]) -> None:
    update, edit = desk.update(), "/stories/flood/drafts/editsdraft"
    words = {"text": "Mended.", "edits": {"update": update, "rev": 1}}
    desk.ask("PUT", edit, words, key=None, **{"if-none-match": "*"})
    put(desk, path=edit, mode="correction", note="It rose by two metres.")
    for _ in range(2):
        assert put(desk, path=edit, at="2126-03-01T19:00:00Z", **again).status_code == 200
    schedule.publish_due(at(AT + timedelta(hours=1)))
    assert put(desk, path=edit, at="2126-03-01T19:00:00Z", **again).json()["state"] == "published"
    there = desk.ask("GET", f"/stories/flood/updates/{update}").json()
    assert [one["note"] for one in there["corrections"]] == ([] if again else ["It rose by two metres."])


def test_a_time_that_is_over_is_refused(desk: Newsroom) -> None:
    said = problem(put(desk, at="2026-03-01T18:00:00Z"), 422)
    assert said["errors"][0]["field"] == "at"
    problem(put(desk, at="18:00"), 422)
    assert desk.ask("GET", ONE).json()["state"] == "filed"


def test_what_could_not_be_published_is_refused_at_once(desk: Newsroom) -> None:
    update = desk.update()
    edit = "/stories/flood/drafts/editsdraft"
    words = {"text": "Mended.", "edits": {"update": update, "rev": 1}}
    desk.ask("PUT", edit, words, key=None, **{"if-none-match": "*"})
    assert problem(put(desk, path=edit, mode="correction"), 422)["errors"][0]["field"] == "note"
    desk.ask("PATCH", f"/stories/flood/updates/{update}", {"text": "Theirs."}, if_match="*")
    assert problem(put(desk, path=edit), 409)["current"]["text"] == "Theirs."
    desk.ask("PUT", ONE, {"text": ""}, if_match="*", key=None)
    assert problem(put(desk), 422)["errors"][0]["field"] == "body"
    assert not Draft.objects.filter(state="scheduled").exists()


def test_a_story_that_has_not_begun_may_have_a_schedule(newsroom: Newsroom) -> None:
    newsroom.story(status="scheduled")
    newsroom.draft()
    assert put(newsroom).status_code == 200
    newsroom.ask("PUT", "/stories/flood/status", {"status": "live"})
    assert schedule.publish_due(at(AT)) is None
    assert posted() == ["draftdraft"]


def test_words_that_go_out_by_themselves_take_whoever_may_publish(desk: Newsroom) -> None:
    token, secret = tokens.create("ann", ["file"], now=NOW)
    desk.secrets["ann"], desk.actors["ann"] = secret, f"token:{token.public_id}"
    desk.draft(role="ann", draft="hersdrafts")
    hers = "/stories/flood/drafts/hersdrafts"
    put(desk, path=hers)
    words = {"text": "Other words."}
    for method, tail, body in (("PUT", "", words), ("POST", "/file", None), ("DELETE", "", None)):
        said = problem(desk.ask(method, hers + tail, body, role="ann", if_match="*"), 409)
        assert said["type"].endswith("draft-scheduled")
    problem(desk.ask("DELETE", f"{hers}/schedule", role="ann"), 403)
    problem(desk.ask("POST", f"{hers}/return", {}, role="editor"), 409)
    assert desk.ask("PUT", hers, words, role="editor", if_match="*", key=None).json()["state"] == "scheduled"
    schedule.publish_due(at(AT))
    assert desk.ask("GET", "/stories/flood/updates/hersdrafts").json()["text"] == "Other words."


def test_nobody_changes_what_goes_out_as_somebody_else_into_what_they_may_not_publish(desk: Newsroom) -> None:
    token, secret = tokens.create("posts", ["publish", "drafts"], now=NOW)
    desk.secrets["posts"], desk.actors["posts"] = secret, f"token:{token.public_id}"
    put(desk)
    edit = "/stories/flood/drafts/editsthing"
    desk.draft(draft="editsthing", edits={"update": desk.update(), "rev": 1})
    put(desk, path=edit, mode="correction", note="Two metres, not three.")

    def write(path: str, role: str, **more: Any) -> Any:
        return desk.ask("PUT", path, {"text": "Other words.", **more}, role=role, if_match="*", key=None)

    for path, more in ((ONE, {"pin": True}), (edit, {})):
        assert problem(write(path, "posts", **more), 409)["type"].endswith("draft-scheduled")
        assert write(path, "editor", **more).status_code == 200  # control
    assert write(ONE, "posts", pin=False).status_code == 200  # control: this much it may publish itself


@pytest.mark.parametrize("has", ["a passkey", "none"])
def test_whoever_publishes_with_a_passkey_shows_it_to_touch_what_goes_out_by_itself(desk: Newsroom, has: str) -> None:
    person = Person.objects.create_user("eve@paper.example", name="Eve", role="editor")
    if has == "a passkey":
        Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={})
    put(desk)
    browser = Client(raise_request_exception=False)
    browser.force_login(person)  # without a proof of anything

    def ask(method: str, tail: str, body: Any) -> str:
        headers = {"if-match": "*"}
        answer = browser.generic(method, f"/api/v1{ONE}{tail}", json.dumps(body), "application/json", headers=headers)
        return "" if answer.status_code == 200 else str(problem(answer, 403)["type"]).rpartition(":")[2]

    tries = [("PUT", "", {"text": "Mine."}), ("PUT", "/schedule", {"at": SAID}), ("DELETE", "/schedule", None)]
    assert [ask(*one) for one in tries] == ["step-up" if has == "a passkey" else ""] * 3
    assert Draft.objects.get().rev == (1 if has == "a passkey" else 2)


def test_nobody_publishes_earlier_what_is_under_embargo(desk: Newsroom) -> None:
    put(desk, embargo=True)
    said = problem(desk.ask("POST", f"{ONE}/publish", role="owner"), 409)
    assert said["type"].endswith("embargoed")
    assert "until 18:00 (2126-03-01T18:00Z)" in said["detail"]
    assert schedule.publish_due(at(AT - timedelta(seconds=1))) == AT
    assert posted() == []
    put(desk, embargo=False)  # control: without, it can be published by hand
    assert desk.ask("POST", f"{ONE}/publish", role="owner").status_code == 201
    assert schedule.publish_due(at(AT)) is None
    assert posted() == ["draftdraft"]


def test_what_was_published_under_embargo_is_there_when_it_is_over(desk: Newsroom) -> None:
    put(desk, embargo=True)
    assert schedule.publish_due(at(AT)) is None
    assert posted() == ["draftdraft"]


def test_a_frozen_newsroom_waits(desk: Newsroom) -> None:
    put(desk)
    brakes.freeze(OWNER, "odd posts", now=NOW)
    assert schedule.publish_due(at(AT)) == AT
    assert (posted(), Draft.objects.get().state) == ([], "scheduled")
    problem(put(desk, at="2126-03-01T19:00:00Z"), 423)
    problem(desk.ask("DELETE", f"{ONE}/schedule"), 423)
    brakes.thaw(OWNER, now=NOW)
    assert schedule.publish_due(at(AT + timedelta(hours=2))) is None
    assert posted() == ["draftdraft"]


def given_back(desk: Newsroom) -> str:
    """The note with which it came back; it is tried no more."""
    assert schedule.publish_due(at(AT)) is None
    assert schedule.publish_due(at(AT + timedelta(days=1))) is None
    assert posted() == []
    draft = desk.ask("GET", ONE).json()
    assert (draft["state"], draft["scheduled"]) == ("filed", None)
    told = [event.data["state"] for event in events.after(0) if event.kind == "draft" and event.channel == "desk/flood"]
    assert told[-1] == "filed"
    return str(draft["note"])


def test_a_token_that_was_revoked_publishes_nothing(desk: Newsroom) -> None:
    put(desk)
    Token.objects.filter(public_id=desk.actors["editor"].removeprefix("token:")).update(revoked=NOW)
    assert given_back(desk) == "It did not go out at 18:00: a editor, who scheduled it, is not here any more."


@pytest.mark.parametrize(
    ("change", "why"),
    [({"role": "viewer"}, "may not publish it any more"), ({"is_active": False}, "is not here any more"), ({}, "")],
    ids=["demoted", "gone", "control"],
)
def test_the_rights_of_who_scheduled_it_are_judged_again(desk: Newsroom, change: dict[str, Any], why: str) -> None:
    person = Person.objects.create_user("eve@paper.example", name="Eve", role="editor")
    actor = people.actor(person, session_key="", now=clock())
    schedule.plan("flood", "draftdraft", AT, actor)
    Person.objects.filter(pk=person.pk).update(**change)
    if change:
        assert given_back(desk) == f"It did not go out at 18:00: Eve, who scheduled it, {why}."
    else:
        assert schedule.publish_due(at(AT)) is None
        assert UpdateRow.objects.get().poster == actor.id


@pytest.mark.parametrize("scopes", [["edit", "drafts"], ["publish", "drafts"]])
def test_an_edit_goes_out_if_whoever_scheduled_it_may_edit_still(desk: Newsroom, scopes: list[str]) -> None:
    token, secret = tokens.create("mends", ["edit", "drafts"], now=NOW)
    desk.secrets["mends"], desk.actors["mends"] = secret, f"token:{token.public_id}"
    update, edit = desk.update(), "/stories/flood/drafts/editsdraft"
    desk.draft(draft="editsdraft", edits={"update": update, "rev": 1})
    assert put(desk, "mends", edit).status_code == 200
    Token.objects.filter(pk=token.pk).update(scopes=" ".join(scopes))
    assert schedule.publish_due(at(AT)) is None
    note = desk.ask("GET", edit).json()["note"]
    assert ("may not publish it any more" in note) == ("edit" not in scopes)
    rev = desk.ask("GET", f"/stories/flood/updates/{update}").json()["rev"]
    assert rev == (2 if "edit" in scopes else 1)


def test_a_story_that_ended_meanwhile_gives_it_back(desk: Newsroom) -> None:
    put(desk)
    execute("flood", SetStatus(status="ended"), OWNER, "end")
    assert "has ended" in given_back(desk)


def test_words_that_cannot_be_published_come_back(desk: Newsroom) -> None:
    put(desk)
    desk.ask("PUT", ONE, {"text": ""}, if_match="*", key=None)
    assert "says nothing" in given_back(desk)


def test_who_the_breaker_paused_publishes_nothing(desk: Newsroom) -> None:
    put(desk)
    brakes.trip(brakes.Tripped(desk.actors["editor"], 1, 1), NOW)
    assert "paused" in given_back(desk)


def test_an_edit_whose_update_moved_on_comes_back(desk: Newsroom) -> None:
    update = desk.update()
    words = {"text": "Mended.", "edits": {"update": update, "rev": 1}}
    edit = "/stories/flood/drafts/editsdraft"
    desk.ask("PUT", edit, words, key=None, **{"if-none-match": "*"})
    correction = {"mode": "correction", "note": "It rose by two metres."}
    put(desk, path=edit, **correction)
    assert desk.ask("PATCH", f"/stories/flood/updates/{update}", {"text": "Theirs."}, if_match="*").status_code == 200
    schedule.publish_due(at(AT))
    draft = desk.ask("GET", edit).json()
    assert (draft["state"], draft["note"]) == (
        "filed",
        "It did not go out at 18:00: the update that it changes was edited meanwhile.",
    )
    desk.ask("PUT", edit, {**words, "edits": {"update": update, "rev": 2}}, if_match="*", key=None)
    assert put(desk, path=edit, **correction).status_code == 200  # control: from the revision that stands it goes out
    assert schedule.publish_due(at(AT)) is None
    there = desk.ask("GET", f"/stories/flood/updates/{update}").json()
    assert (there["text"], there["corrections"][0]["note"]) == ("Mended.", "It rose by two metres.")


def test_words_written_while_it_goes_out_stop_it_until_the_next_look(
    desk: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(desk)
    real = publishing.words

    def late(row: Any) -> Any:
        Draft.objects.filter(rev=1).update(rev=2)
        return real(row)

    monkeypatch.setattr(publishing, "words", late)
    assert schedule.publish_due(at(AT)) == AT
    assert posted() == []
    assert schedule.publish_due(at(AT)) is None
    assert posted() == ["draftdraft"]


CHILD = """
import sys
import django
django.setup()
from tests.desk.test_schedule import AT, at
from standfirst.desk import schedule
print("ready", flush=True)
sys.stdin.readline()
schedule.publish_due(at(AT))
"""
DRAFTS = 6


@pytest.fixture
def busy(transactional_db: None, make_newsroom: Callable[[], Newsroom]) -> Newsroom:
    """Several drafts that are due."""
    newsroom = make_newsroom()
    newsroom.story()
    for number in range(DRAFTS):
        newsroom.draft(draft=f"draftdraf{number}")
        put(newsroom, path=f"/stories/flood/drafts/draftdraf{number}")
    return newsroom


def test_two_processes_publish_each_once(busy: Newsroom, database_env: dict[str, str]) -> None:
    pipe = subprocess.PIPE
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD], env=database_env, stdin=pipe, stdout=pipe, text=True)
        for _ in range(2)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        child.communicate("go\n")
    assert [child.returncode for child in children] == [0, 0]
    assert schedule.publish_due(at(AT)) is None
    assert sorted(posted()) == [f"draftdraf{number}" for number in range(DRAFTS)]
    assert journal.heads() == {"flood": DRAFTS + 1}
    assert set(Draft.objects.values_list("state", "note")) == {("published", "")}


def clocks_at_once(how_many: int) -> None:
    def run(_: int) -> None:
        try:
            schedule.publish_due(at(AT))
        finally:
            connection.close()

    with ThreadPoolExecutor(how_many) as pool:
        list(pool.map(run, range(how_many)))


def test_threads_publish_each_once(busy: Newsroom) -> None:
    clocks_at_once(4)
    assert schedule.publish_due(at(AT)) is None
    assert journal.heads() == {"flood": DRAFTS + 1}
    assert set(Draft.objects.values_list("state", "note")) == {("published", "")}


def test_control_without_its_guards_it_would_go_out_twice(desk: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipt, the id and the state of the row each hold alone: without all three it stands there twice."""
    put(desk)
    row, real, numbers = Draft.objects.get(), publishing.command, count()
    actor = Actor(id=desk.actors["editor"], name="", role="owner")

    def twice() -> None:
        for _ in range(2):
            publishing.publish_row(row, actor, "the same", now=at(AT))

    def other_ids(*given: Any) -> Any:
        made = real(*given)
        assert isinstance(made, PostUpdate)
        return PostUpdate(**{name: getattr(made, name) for name in PostUpdate.__dataclass_fields__} | {"id": new_id()})

    twice()
    assert len(posted()) == 1
    publish = publishing.execute
    monkeypatch.setattr(publishing, "execute", lambda s, c, a, key, **k: publish(s, c, a, f"{key}{next(numbers)}", **k))
    with pytest.raises(drafts.DraftClosed):
        twice()
    monkeypatch.setattr(publishing, "command", other_ids)
    with pytest.raises(drafts.DraftClosed):
        twice()
    assert len(posted()) == 1
    monkeypatch.setattr(publishing, "refuse_closed", lambda row: None)
    twice()
    assert len(posted()) == 3
