"""Under a freeze every way to write is tried: the API's, pages', the command line's. Reading goes on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from standfirst.accounts import brakes, freeze, tokens
from standfirst.accounts.models import Person
from standfirst.accounts.roles import Actor
from standfirst.desk.execute import clock, execute
from standfirst.record import journal
from standfirst.site import freezing
from standfirst.story.commands import PostUpdate, RetractUpdate, SetStatus
from standfirst.story.document import from_plain
from tests.desk.conftest import NOW, Newsroom, problem
from tests.desk.test_roles import OPERATIONS, ROUTES

OWNER = Actor(id="person:abc", name="Ada Rook", role="owner")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
STILL = {"freeze", "thaw", "undoBurst"}
WRITES = [one for one in OPERATIONS if one[1] in UNSAFE and one[0] not in STILL]


def pages(found: Any = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Every address outside of the API, with its name; parameters filled in."""
    for one in (found or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else ""
            yield from pages(one, prefix + str(one.pattern), space + inner)
        elif isinstance(one, URLPattern) and not prefix.startswith("api/"):
            yield f"{space}{one.name}", prefix + str(one.pattern)


@pytest.fixture
def frozen(newsroom: Newsroom) -> Newsroom:
    newsroom.story()
    brakes.freeze(OWNER, "odd posts", now=NOW)
    return newsroom


@pytest.mark.parametrize(("name", "method", "path"), WRITES, ids=[name for name, _, _ in WRITES])
def test_no_write_of_the_api_passes(frozen: Newsroom, name: str, method: str, path: str) -> None:
    where = path.replace("{slug}", "flood").replace("{update}", "abcdefghij").replace("{draft}", "draftdraft")
    said = problem(frozen.ask(method, where.replace("{actor}", "token:0"), ROUTES[name][1], if_match="*"), 423)
    assert said["type"].endswith(":frozen")
    assert "odd posts" in said["detail"]
    assert journal.heads() == {"flood": 1}


@pytest.mark.parametrize("name", [name for name, method, _ in OPERATIONS if method == "GET" and name != "followDesk"])
def test_reading_goes_on(frozen: Newsroom, name: str) -> None:
    path = next(path for one, _, path in OPERATIONS if one == name).replace("{slug}", "flood")
    where = path.replace("{update}", "abcdefghij").replace("{draft}", "draftdraft")
    assert frozen.ask("GET", where).status_code == (404 if where != path else 200)


def test_no_form_of_a_page_passes_but_those_that_only_take_away(frozen: Newsroom) -> None:
    from django.urls import resolve

    client, tried, still = Client(raise_request_exception=False), 0, set()
    for name, pattern in pages():
        where = "/" + pattern.replace("<str:secret>", "x" * 43).replace("<str:id>", "0" * 16)
        if "<" in where or "^" in where or "(" in where:
            continue
        match = resolve(where) if where.endswith("/") else None
        if name in freezing.STILL_PAGES or (match and getattr(match.func, "under_freeze", False)):
            still.add(name)
            continue
        answer = client.post(where)
        assert answer.status_code in (423, 404, 405, 429), (name, where, answer.status_code)
        tried += answer.status_code == 423
    assert tried > 15
    assert {"account_login", "account_logout", "usersessions_list"} <= still


REASON = "odd posts"
STRANGERS: list[dict[str, str]] = [
    {},
    {"Authorization": f"Bearer sf_{'0' * 12}_{'x' * 43}"},
    {"Authorization": "Basic eDp5"},
]


def told(client: Client, path: str, **headers: str) -> str:
    """What somebody reads who sends anything at all."""
    answer = client.post(path, "{}", content_type="application/json", headers=headers)
    assert answer.status_code == 423, answer.content.decode()
    words = answer.content.decode()
    assert "ll writing is stopped" in words  # a page begins a sentence with it
    return words


@pytest.mark.parametrize("path", ["/api/v1/stories", "/account/password/reset/"])
@pytest.mark.parametrize("headers", STRANGERS)
def test_strangers_are_not_told_why(frozen: Newsroom, path: str, headers: dict[str, str]) -> None:
    assert REASON not in told(Client(), path, **headers)


@pytest.mark.parametrize("path", ["/api/v1/stories", "/account/password/reset/"])
def test_who_is_signed_in_or_shows_a_token_is_told_why(frozen: Newsroom, path: str) -> None:
    secret = frozen.secrets["viewer"]
    assert REASON in told(Client(), path, Authorization=f"Bearer {secret}")
    tokens.revoke(secret.split("_")[1], now=clock())
    assert REASON not in told(Client(), path, Authorization=f"Bearer {secret}")
    browser = Client()
    browser.force_login(Person.objects.create_user("ed@paper.example", name="Ed Itor", role="editor"))
    assert REASON in told(browser, path)


def test_control_where_everybody_is_recognised_strangers_read_it(frozen: Newsroom, monkeypatch: Any) -> None:
    monkeypatch.setattr(freezing, "recognised", lambda _: OWNER)
    assert REASON in told(Client(), "/api/v1/stories")


def test_control_without_the_middleware_forms_reach_their_views(frozen: Newsroom, monkeypatch: Any) -> None:
    monkeypatch.setattr(freezing.Freezing, "process_view", lambda *_: None)
    assert Client().post("/account/password/reset/").status_code != 423


@pytest.mark.parametrize("command", [SetStatus(status="paused"), PostUpdate(id="abcdefghij", body={}, published=NOW)])
def test_the_write_door_is_shut_to_the_command_line_and_imports_too(frozen: Newsroom, command: Any) -> None:
    if isinstance(command, PostUpdate):
        command = PostUpdate(id="abcdefghij", body=from_plain("Water."), published=NOW)
    with pytest.raises(brakes.Frozen):
        execute("flood", command, "cli:ada", "k")
    assert journal.heads() == {"flood": 1}
    brakes.thaw(OWNER, now=NOW)
    assert execute("flood", command, "cli:ada", "k").seq == 2


def test_control_without_the_look_at_the_switch_it_writes(frozen: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeze, "state", freeze.State)
    assert execute("flood", SetStatus(status="paused"), "cli:ada", "k").seq == 2


def test_an_owner_freezes_by_the_api_and_a_machine_does_not_thaw(newsroom: Newsroom) -> None:
    assert newsroom.ask("PUT", "/freeze", {"why": "odd"}).json()["frozen"] is True
    assert newsroom.ask("PUT", "/freeze", {"why": "odd"}).status_code == 200
    assert newsroom.ask("GET", "/freeze", role="viewer").json()["why"] == "odd"
    problem(newsroom.ask("DELETE", "/freeze"), 403)
    problem(newsroom.ask("PUT", "/freeze", {"why": "x" * 201}), 422)


@pytest.mark.usefixtures("brakes_as_shipped")
def test_the_breaker_stops_a_token_that_posts_100_updates_in_10_seconds(newsroom: Newsroom) -> None:
    newsroom.story()
    wire = newsroom.actors["reporter"]
    done, refused = [], 0
    for number in range(100):
        at = NOW + timedelta(seconds=number / 10)
        command = PostUpdate(id=f"u{number:09d}", body=from_plain("Spam."), published=at)
        try:
            done.append(execute("flood", command, wire, f"burst{number}", now=at.replace))
        except brakes.Paused:
            refused += 1
    assert (len(done), refused) == (30, 70)
    assert journal.heads() == {"flood": 31}
    assert [row.actor for row in brakes.paused()] == [wire]
    said = problem(newsroom.ask("POST", "/stories/flood/updates", {"text": "More."}, role="reporter"), 403)
    assert said["type"].endswith(":paused")
    newsroom.update(role="owner")  # others go on
    brakes.lift(wire, by=OWNER, now=NOW)
    newsroom.update(role="reporter")


def test_control_without_the_breaker_all_of_them_stand(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom.story()
    monkeypatch.setattr(brakes, "pace", lambda *_, **__: None)
    for number in range(40):
        execute(
            "flood", PostUpdate(id=f"u{number:09d}", body=from_plain("Spam."), published=NOW), "token:w", f"k{number}"
        )
    assert journal.heads() == {"flood": 41}


@pytest.mark.usefixtures("brakes_as_shipped")
def test_a_token_retracts_a_few_an_hour(newsroom: Newsroom) -> None:
    newsroom.story()
    updates = [newsroom.update() for _ in range(6)]
    for update in updates[:5]:
        body = {"reason": "Untrue."}
        assert newsroom.ask("POST", f"/stories/flood/updates/{update}/retract", body).status_code == 200
    said = problem(newsroom.ask("POST", f"/stories/flood/updates/{updates[5]}/retract", body), 403)
    assert said["type"].endswith(":too-many-retractions")
    assert execute("flood", RetractUpdate(id=updates[5], reason="Untrue."), "cli:ada", "k").seq


def test_a_reason_that_nobody_can_read_is_refused_by_name(newsroom: Newsroom) -> None:
    said = problem(newsroom.ask("PUT", "/freeze", {"why": "\x05\uf442"}), 422)
    assert [error["field"] for error in said["errors"]] == ["why"]
    assert newsroom.ask("GET", "/freeze").json()["frozen"] is False
