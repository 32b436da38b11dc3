"""What open desks are told: by whom it is heard, what is kept of it, and that it never has words in it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.test import Client

from standfirst.accounts import brakes, people, signals, tokens
from standfirst.accounts.models import Grant, Person, Token
from standfirst.accounts.roles import Actor
from standfirst.desk import drafts, events, publishing, schedule
from standfirst.desk.draft_words import Words
from standfirst.desk.execute import clock
from standfirst.desk.models import DeskEvent, Draft
from standfirst.record import waking
from standfirst.story.document import from_plain
from tests.desk.conftest import NOW, Newsroom, problem

ONE = "/stories/flood/drafts/draftdraft"


def told(kind: str = "draft") -> list[tuple[str, Any]]:
    return [(row.channel, row.data) for row in DeskEvent.objects.filter(kind=kind).order_by("id")]


def test_a_draft_is_told_to_the_desk_and_to_its_author_without_its_words(newsroom: Newsroom) -> None:
    newsroom.story()
    newsroom.draft(headline="Zebedee", text="Zebedee said so.", bylines=["Zebedee"], tags=["zebedee"])
    newsroom.ask("POST", f"{ONE}/return", {"note": "Zebedee who?"})
    newsroom.ask("POST", f"{ONE}/publish")
    author = newsroom.actors["owner"]
    states = [(channel, data["state"], data["rev"]) for channel, data in told()]
    assert states == [
        (channel, state, 1)
        for state in ("draft", "filed", "returned", "published")
        for channel in ("desk/flood", f"desk/flood/{author}")
    ]
    everything = json.dumps(list(DeskEvent.objects.values("channel", "kind", "data")))
    assert "ebedee" not in everything
    assert author in everything  # control


def test_the_same_words_again_are_not_told_again(newsroom: Newsroom) -> None:
    newsroom.story()
    newsroom.draft()
    before = DeskEvent.objects.count()
    again = newsroom.ask("PUT", ONE, {"text": "Water falls."}, if_match='"1"')
    assert again.status_code == 200
    newsroom.ask("POST", f"{ONE}/file")
    assert DeskEvent.objects.count() == before


def test_who_has_a_draft_open_is_told_and_forgotten(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom.story()
    newsroom.draft()

    def here(role: str) -> list[str]:
        answer = newsroom.ask("POST", f"{ONE}/presence", role=role)
        assert answer.json()["seconds"] == 45
        return [person["id"] for person in answer.json()["here"]]

    owner, editor = newsroom.actors["owner"], newsroom.actors["editor"]
    assert here("owner") == [owner]
    assert here("editor") == [owner, editor]
    DeskEvent.objects.update(at=NOW - timedelta(days=1))
    assert here("editor") == [editor]
    problem(newsroom.ask("POST", f"{ONE}/presence", role="viewer"), 403)
    assert {channel for channel, _ in told("presence")} == {"desk/flood", f"desk/flood/{owner}"}


def test_only_what_is_committed_rings(transactional_db: None) -> None:
    heard: list[tuple[str, int]] = []
    stop = waking.on_commit(lambda name, number: heard.append((name, number)))
    try:
        with transaction.atomic():
            events.tell("desk/flood", "draft", at=NOW)
            assert heard == []
            transaction.set_rollback(True)
        assert heard == []
        with transaction.atomic():
            events.tell("desk/flood", "draft", at=NOW)
        assert heard == [(events.NAME, events.head())]
    finally:
        stop()


def test_what_a_stream_could_be_called_is_not_announced(db: None) -> None:
    with pytest.raises(ValueError, match="parentheses"):
        waking.announce("flood", 1)


def test_ended_leases_are_told_in_the_transaction_that_ended_them(db: None) -> None:
    leases = [f"lease{number}" for number in range(events.LEASES_AT_ONCE + 1)]
    signals.end_leases(*leases)
    rows = told(events.LEASE)
    assert [channel for channel, _ in rows] == ["", ""]
    assert [lease for _, data in rows for lease in data["leases"]] == leases


def test_a_freeze_is_told_to_every_desk_but_not_what_was_said(db: None) -> None:
    for kind in ("freeze", "thaw", "pause"):
        signals.brake_turned.send(sender=None, kind=kind, said="Ann stopped everything.")
    assert told("freeze") == [("*", {"what": "freeze"}), ("*", {"what": "thaw"})]
    assert told("pause") == [("*", {"what": "pause"})]


def test_what_is_old_is_forgotten_but_for_the_last(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEPT_MOST", 3)
    for _ in range(6):
        events.tell("desk/flood", "draft", at=NOW)
    events.prune(NOW)
    assert [row.pk for row in events.after(0)] == list(range(events.head() - 2, events.head() + 1))
    events.prune(NOW + timedelta(days=2))
    assert [row.pk for row in events.after(0)] == [events.head()]


def test_a_stream_is_granted_to_whom_it_is_for(newsroom: Newsroom) -> None:
    newsroom.story()

    def granted(role: str) -> str:
        answer = newsroom.ask("GET", "/stories/flood/desk", role=role, accept="text/event-stream")
        assert answer.status_code == 200, answer.content
        return str(answer["Standfirst-Stream"])

    whole = granted("owner")
    assert whole == f"channel=desk/flood; lease={newsroom.actors['owner']}; seconds=21600"
    token, newsroom.secrets["ann"] = tokens.create("ann", ["file"], now=NOW)
    own = granted("ann")
    assert own == f"channel=desk/flood/token:{token.public_id}; lease=token:{token.public_id}; seconds=21600"
    assert granted("viewer").startswith("channel=desk/flood/readers; ")
    _, newsroom.secrets["bo"] = tokens.create("bo", ["read"], now=NOW)
    assert granted("bo").startswith("channel=desk/flood/readers; ")
    problem(newsroom.ask("GET", "/stories/flood/desk", role=None), 401)
    problem(newsroom.ask("GET", "/stories/storm/desk"), 404)
    problem(newsroom.ask("GET", "/stories/flood", accept="text/event-stream"), 406)


def test_what_is_published_is_told_to_every_desk_of_the_story_and_a_repeat_is_not(newsroom: Newsroom) -> None:
    newsroom.story()
    for _ in range(2):
        said = newsroom.ask("POST", "/stories/flood/updates", {"text": "Zebedee."}, role="reporter", key="same")
        assert said.status_code == 201
    assert told("entry") == [("desk/flood/*", {"story": "flood", "seq": seq}) for seq in (1, 2)]
    refused = newsroom.ask("POST", "/stories/flood/updates", {"text": ""})
    assert refused.status_code == 422
    assert len(told("entry")) == 2


def test_a_token_s_stream_lasts_no_longer_than_the_token(newsroom: Newsroom) -> None:
    newsroom.story()
    ends = clock() + timedelta(minutes=5)
    _, newsroom.secrets["ann"] = tokens.create("ann", ["file"], now=clock(), expires=ends)
    answer = newsroom.ask("GET", "/stories/flood/desk", role="ann", accept="text/event-stream")
    assert 290 <= int(answer["Standfirst-Stream"].rpartition("=")[2]) <= 300
    Token.objects.filter(name="ann").update(expires=NOW)
    problem(newsroom.ask("GET", "/stories/flood/desk", role="ann", accept="text/event-stream"), 401)


def test_whose_grant_ends_loses_the_story_s_stream(newsroom: Newsroom) -> None:
    newsroom.story()
    person = Person.objects.create_user("bo@paper.example", name="Bo Lind", role="")
    grant = Grant.objects.create(person=person, story="flood", role="contributor", created=clock())
    browser = Client()
    browser.force_login(person)
    key = browser.session.session_key or ""
    UserSession.objects.get_or_create(user=person, session_key=key, defaults={"ip": "127.0.0.0", "user_agent": ""})

    def stream() -> tuple[int, str]:
        answer = browser.get("/api/v1/stories/flood/desk", headers={"accept": "text/event-stream"})
        return answer.status_code, answer.get("Standfirst-Stream", "")

    lease = people.session_id(key)
    assert stream() == (200, f"channel=desk/flood/{person.actor_id}; lease={lease}; seconds=21600")
    grant.expires = clock() + timedelta(minutes=5)
    grant.save()
    assert int(stream()[1].rpartition("=")[2]) <= 300
    people.end_grant(person, "flood", by=Actor(id="person:abc", name="Ada", role="owner"))
    assert told(events.LEASE) == [("", {"leases": [lease]})]
    assert stream() == (403, "")
    assert browser.get("/api/v1/stories/nothing/desk").status_code == 403  # it learns nothing of the story


@pytest.mark.parametrize("what", ["write", "file", "send_back", "discard", "publish", "plan", "present"])
def test_no_service_of_drafts_writes_under_a_freeze(newsroom: Newsroom, what: str) -> None:
    newsroom.story()
    newsroom.draft()
    owner = Actor(id=newsroom.actors["owner"], name="an owner", role="owner")
    row = drafts.found("flood", "draftdraft", owner)
    one = ("flood", "draftdraft")
    calls: dict[str, Callable[[], object]] = {
        "write": lambda: drafts.write(*one, Words(body=from_plain("More.")), None, owner),
        "file": lambda: drafts.file(*one, owner),
        "send_back": lambda: drafts.send_back(*one, "Who?", owner),
        "discard": lambda: drafts.discard(*one, owner),
        "publish": lambda: publishing.publish(row, None, owner, "k"),
        "plan": lambda: schedule.plan(*one, clock() + timedelta(days=1), owner),
        "present": lambda: events.present(row, owner.id, owner.name, at=clock()),
    }
    brakes.freeze(owner, "odd posts", now=NOW)
    before = (list(Draft.objects.values()), events.head())
    with pytest.raises(brakes.Frozen):
        calls[what]()
    assert (list(Draft.objects.values()), events.head()) == before
    brakes.thaw(owner, now=NOW)
    calls[what]()  # control
