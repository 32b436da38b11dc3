"""Every route x every role x own, foreign, hidden and missing objects x every verb, against the rules of the table."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from standfirst.accounts import people, tokens
from standfirst.accounts.models import Grant, Pause, Person
from standfirst.accounts.roles import PEOPLE, SCOPES, Actor, Thing, can, ever
from standfirst.desk.api.auth import budget
from standfirst.desk.draft_words import Edits, Schedule, Words, stored
from standfirst.desk.drafts import NEW, write
from standfirst.desk.execute import execute
from standfirst.desk.models import Draft
from standfirst.desk.stories import stories
from standfirst.site.permissions import ROOT, Rule, rules
from standfirst.story.commands import OpenStory, PostUpdate, RetractUpdate
from standfirst.story.document import from_plain

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 11, 42, tzinfo=UTC)
LATER = datetime(2126, 3, 1, 18, tzinfo=UTC)
VERBS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
RULES = [rule for rule in rules() if rule.path.startswith(ROOT)]
HIDDEN, NOWHERE = "storm", "stork"  # of one length, and one of them exists
ABSENT = "zzzzzzzzzz"
PAUSED = "token:0a1b2c3d4e5f"

BODIES: dict[str, Any] = {
    "openStory": {"slug": "new-story", "headline": "Storm"},
    "changeStory": {"headline": "Flood, day two"},
    "setStatus": {"status": "paused"},
    "writeSummary": {"known": [{"text": "It rains."}]},
    "postUpdate": {"text": "News."},
    "editUpdate": {"text": "Other words."},
    "retractUpdate": {"reason": "Untrue."},
    "tagUpdate": {"tags": ["dyke"]},
    "writeDraft": {"text": "Other words."},
    "returnDraft": {"note": "Who says so?"},
    "publishDraft": {},
    "scheduleDraft": {"at": "2126-03-01T18:00:00Z"},
    "undoBurst": {"actor": "token:000000000000", "since": "2026-03-01T11:00:00Z", "dry_run": True},
    "freeze": {"why": "Somebody defaced the page."},
}


@dataclass
class Asker:
    """One who asks, and how."""

    name: str
    actor: Actor
    client: Client
    headers: dict[str, str] = field(default_factory=dict)
    keys: Any = field(default_factory=count)

    def ask(self, method: str, path: str, body: Any = None) -> Any:  # Any: Django's test response
        headers = {**self.headers, "if-match": "*"}
        if method != "GET":
            headers["idempotency-key"] = f"{self.name}-{next(self.keys)}"
        data = b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, path, data, "application/json", headers=headers)


def signed_in(name: str, role: str, publishes: bool = False, **grants: str) -> Asker:
    person = Person.objects.create_user(f"{name}@paper.example", name=name.capitalize(), role=role, publishes=publishes)
    for story, given in grants.items():
        Grant.objects.create(person=person, story=story, role=given, created=NOW)
    client = Client(raise_request_exception=False)
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return Asker(name, people.actor(person, session_key=session.session_key or "", now=NOW), client)


def machine(name: str, *scopes: str) -> Asker:
    token, text = tokens.create(name, scopes, now=NOW)
    client = Client(raise_request_exception=False)
    return Asker(name, tokens.actor(token), client, {"authorization": f"Bearer {text}"})


ASKERS: dict[str, Callable[[], Asker]] = {
    **{role: (lambda role=role: signed_in(role, role)) for role in PEOPLE if role != "contributor"},
    "publishing reporter": lambda: signed_in("publisher", "reporter", publishes=True),
    "contributor": lambda: signed_in("contributor", "", flood="contributor"),
    "reporter who edits one story": lambda: signed_in("promoted", "reporter", flood="editor"),
    "somebody with nothing": lambda: signed_in("nothing", ""),
    **{f"machine: {scope}": (lambda scope=scope: machine(scope, scope)) for scope in SCOPES},
    "machine: edit and drafts": lambda: machine("mends", "edit", "drafts"),
    "machine: publish and drafts": lambda: machine("posts", "publish", "drafts"),
    "machine: all": lambda: machine("all", *SCOPES),
}


@dataclass
class House:
    """Two stories, with an update and a filed draft of the asker's and of somebody else's in each.

    `edits` has drafts that change an update: by whose draft it is, and whose update.
    """

    asker: Asker
    updates: dict[tuple[str, str], str]
    drafts: dict[tuple[str, str], str]
    edits: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def where(self, rule: Rule, slug: str, whose: str, of: str = "") -> str:
        path = rule.path.replace("{slug}", slug).replace("{actor}", PAUSED)
        path = path.replace("{update}", self.updates.get((slug, whose), ABSENT))
        draft = self.edits[slug, whose, of] if of else self.drafts.get((slug, whose), ABSENT)
        return path.replace("{draft}", draft)


@pytest.fixture
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    budget.clear()
    stories.clear()
    asker = ASKERS[request.param]()
    other = signed_in("other", "reporter").actor
    updates, drafts, edits, number = {}, {}, {}, count()
    for slug in ("flood", HIDDEN):
        execute(slug, OpenStory(slug=slug, headline="Flood"), other.id, f"open-{slug}")
        for whose, actor in (("own", asker.actor), ("foreign", other)):
            update, draft = f"u{next(number):09d}", f"d{next(number):09d}"
            command = PostUpdate(id=update, body=from_plain("Words."), published=NOW)
            execute(slug, command, actor.id, f"post-{update}")
            write(slug, draft, Words(body=from_plain("Words.")), NEW, actor)
            Draft.objects.filter(draft=draft).update(state="filed")
            updates[slug, whose], drafts[slug, whose] = update, draft
        for whose, actor in (("own", asker.actor), ("foreign", other)):
            for of in ("own", "foreign"):
                edits[slug, whose, of] = draft = f"e{next(number):09d}"
                changed = Edits(update=updates[slug, of], rev=1)
                write(slug, draft, Words(body=from_plain("Other words."), edits=changed), NEW, actor)
    yield House(asker, updates, drafts, edits)
    stories.clear()


def every_asker() -> Any:  # Any: pytest's own
    return pytest.mark.parametrize("house", ASKERS, indirect=True)


def tried(house: House, rule: Rule, slug: str, whose: str, of: str = "") -> Any:  # Any: Django's test response
    """The answer, with everything that the request did taken back; `of`: of a draft that changes whose update."""
    with transaction.atomic():
        if rule.name == "eraseUpdate" and (update := house.updates.get((slug, whose))):
            execute(slug, RetractUpdate(id=update, reason="Untrue."), "person:editor", f"retract-{update}-{slug}")
        if rule.name == "unscheduleDraft":
            put_on_schedule(house.edits[slug, whose, of] if of else house.drafts[slug, whose])
        if rule.name == "liftPause":
            Pause.objects.create(actor=PAUSED, why="Odd posts.", at=NOW)
        answer = house.asker.ask(rule.method, house.where(rule, slug, whose, of), BODIES.get(rule.name))
        transaction.set_rollback(True)
    stories.clear()
    budget.clear()
    return answer


def put_on_schedule(draft: str) -> None:
    planned = Schedule(at=LATER, by="person:other", by_name="Other", was="filed")
    Draft.objects.filter(draft=draft).update(state="scheduled", due=LATER, schedule=stored(planned))


def expected(actor: Actor, rule: Rule, house: House, slug: str, whose: str) -> str:
    """What the table says: "allowed", "forbidden", or "hidden"."""
    if not any(ever(actor, action) for action in (rule.action, rule.instead) if action):
        return "forbidden"
    if "{slug}" not in rule.path:
        return "allowed" if can(actor, rule.action) or rule.action == "read" else "forbidden"
    if not can(actor, "read", Thing(slug)):
        return "hidden"
    by = actor.id if whose == "own" else "person:other"
    named = "{update}" in rule.path or "{draft}" in rule.path
    of_own = rule.name in ("listDrafts", "followDesk")  # whose answer is about what the asker may see
    thing = Thing(slug, by if named else actor.id if of_own else "")
    if "{draft}" in rule.path and not can(actor, "draft.read", thing):
        return "hidden"
    return "allowed" if can(actor, rule.action, thing) else "forbidden"


def said(answer: Any) -> str:
    """The same, as it was answered."""
    if answer.status_code == 403 and answer.json()["type"].endswith(":forbidden"):
        return "forbidden"
    return {404: "hidden"}.get(answer.status_code, "allowed" if answer.status_code < 300 else str(answer.content))


@every_asker()
def test_everybody_may_do_what_the_table_says_and_nothing_else(house: House) -> None:
    wrong = []
    for rule in RULES:
        for slug in ("flood", HIDDEN) if "{slug}" in rule.path else ("flood",):
            for whose in ("own", "foreign") if "{update}" in rule.path or "{draft}" in rule.path else ("own",):
                due, found = (
                    expected(house.asker.actor, rule, house, slug, whose),
                    said(tried(house, rule, slug, whose)),
                )
                if due != found:
                    wrong.append(f"{rule.method} {rule.path} ({slug}, {whose}): {found}, the table says {due}")
    assert wrong == []


@every_asker()
def test_a_draft_that_changes_an_update_takes_what_editing_it_takes(house: House) -> None:
    """Neither more than its route asks for instead, nor less: whoever sees the draft may do what PATCH would let."""
    edit, actor = next(rule for rule in RULES if rule.name == "editUpdate"), house.asker.actor
    wrong, seen = [], set()
    for rule in RULES:
        if rule.instead is None:
            continue
        for slug, whose, of in house.edits:
            readable = can(actor, "draft.read", Thing(slug, actor.id if whose == "own" else "person:other"))
            asked = ever(actor, rule.action) or ever(actor, rule.instead)
            due = "forbidden" if not asked else said(tried(house, edit, slug, of)) if readable else "hidden"
            found = said(tried(house, rule, slug, whose, of))
            seen.add(found)
            if due != found:
                wrong.append(f"{rule.name} ({slug}, {whose} draft, {of} update): {found}, an edit is {due}")
    assert wrong == []
    assert seen  # control: there are such routes


@pytest.mark.parametrize("house", ["contributor", "reporter", "machine: file"], indirect=True)
def test_what_is_hidden_differs_from_what_is_not_there_in_no_byte(house: House) -> None:
    tries = 0
    for rule in RULES:
        if "{slug}" not in rule.path or not ever(house.asker.actor, rule.action):
            continue
        if not can(house.asker.actor, "read", Thing(HIDDEN)):
            for whose in ("own", "foreign"):
                path = house.where(rule, HIDDEN, whose)
                hidden = house.asker.ask(rule.method, path, BODIES.get(rule.name))
                missing = house.asker.ask(rule.method, path.replace(HIDDEN, NOWHERE), BODIES.get(rule.name))
                assert same(hidden, missing, HIDDEN, NOWHERE), path
                tries += 1
        if "{draft}" in rule.path:
            draft = house.drafts["flood", "foreign"]
            path = house.where(rule, "flood", "foreign")
            if rule.name != "writeDraft" and not can(house.asker.actor, "draft.read", Thing("flood", "person:other")):
                hidden = house.asker.ask(rule.method, path, BODIES.get(rule.name))
                missing = house.asker.ask(rule.method, path.replace(draft, ABSENT), BODIES.get(rule.name))
                assert same(hidden, missing, draft, ABSENT), path
                tries += 1
    assert tries >= 4


def same(one: Any, other: Any, name: str, as_if: str) -> bool:
    """Status, headers and body are equal, but for the name that was asked for."""

    def whole(answer: Any) -> tuple[int, list[tuple[str, str]], bytes]:
        return answer.status_code, sorted(answer.items()), answer.content.replace(name.encode(), as_if.encode())

    return whole(one) == whole(other) and one.status_code in (403, 404)


@pytest.mark.parametrize("house", ["owner"], indirect=True)
def test_no_other_verb_does_anything(house: House) -> None:
    verbs: dict[str, set[str]] = {}
    for rule in RULES:
        verbs.setdefault(rule.path, set()).add(rule.method)
    for path, known in verbs.items():
        rule = Rule("", "GET", path, "read")
        for verb in set(VERBS) - known:
            answer = house.asker.ask(verb, house.where(rule, "flood", "own"))
            assert answer.status_code == 405, f"{verb} {path}"
            assert answer["Allow"] == ", ".join(sorted(known))


@pytest.mark.parametrize("house", ["owner"], indirect=True)
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.name in BODIES], ids=lambda rule: rule.name)
def test_a_body_that_names_another_object_is_refused(house: House, rule: Rule) -> None:
    path = house.where(rule, "flood", "own")
    for name in {"slug", "story", "update", "draft", "id", "author", "role"} - BODIES[rule.name].keys():
        answer = house.asker.ask(rule.method, path, {**BODIES[rule.name], name: HIDDEN})
        assert answer.status_code == 422, (path, name, answer.content)
        assert [error["field"] for error in answer.json()["errors"]] == [name]


@pytest.mark.parametrize("method", VERBS)
def test_strangers_are_told_to_sign_in_whatever_they_ask_for(method: str) -> None:
    client = Client(raise_request_exception=False)
    for rule in RULES:
        if rule.method == method:
            path = rule.path.replace("{slug}", "flood").replace("{update}", ABSENT).replace("{draft}", ABSENT)
            assert client.generic(method, path).status_code == 401, path


def test_control_an_asker_with_a_role_too_many_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk compares answers with the rules: a route that asks for less than it says would show."""
    budget.clear()
    stories.clear()
    asker = signed_in("viewer", "viewer")
    house = House(asker, {}, {})
    rule = next(rule for rule in RULES if rule.name == "openStory")
    assert expected(asker.actor, rule, house, "flood", "own") == said(tried(house, rule, "flood", "own")) == "forbidden"
    Person.objects.filter(public_id=asker.actor.id.removeprefix("person:")).update(role="editor")
    assert expected(asker.actor, rule, house, "flood", "own") != said(tried(house, rule, "flood", "own"))
