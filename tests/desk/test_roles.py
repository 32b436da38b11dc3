"""Every route x every role, strangers included; and that no object is reached by a wrong address."""

from typing import Any

import pytest

from standfirst.accounts import tokens
from standfirst.accounts.roles import ROLES
from standfirst.desk.api import api
from standfirst.record import journal
from tests.desk.conftest import NOW, Newsroom, problem

ALL, EDITORS = {"owner", "editor", "reporter", "viewer"}, {"owner", "editor"}
WRITERS = EDITORS | {"reporter"}

ROUTES: dict[str, tuple[set[str], Any]] = {  # operation -> who may do it to what the owner filed, and a body that fits
    "listStories": (ALL, None),
    "openStory": (EDITORS, {"slug": "storm", "headline": "Storm"}),
    "getStory": (ALL, None),
    "getAudience": (ALL, None),
    "changeStory": (EDITORS, {"headline": "Flood, day two"}),
    "setStatus": (EDITORS, {"status": "paused"}),
    "reopenStory": (EDITORS, None),
    "writeSummary": (EDITORS, {"known": [{"text": "It rains."}]}),
    "clearSummary": (EDITORS, None),
    "listUpdates": (ALL, None),
    "postUpdate": (WRITERS, {"text": "News."}),
    "getUpdate": (ALL, None),
    "editUpdate": (EDITORS, {"text": "Other words."}),
    "retractUpdate": (EDITORS, {"reason": "Untrue."}),
    "eraseUpdate": ({"owner"}, None),
    "pinUpdate": (EDITORS, None),
    "unpinUpdate": (EDITORS, None),
    "markKey": (EDITORS, None),
    "unmarkKey": (EDITORS, None),
    "tagUpdate": (EDITORS, {"tags": ["dyke"]}),
}

OPERATIONS = [
    (operation["operationId"], method.upper(), path)
    for path, methods in api.get_openapi_schema(path_prefix="")["paths"].items()
    for method, operation in methods.items()
]


def test_the_table_names_every_route() -> None:
    assert sorted(name for name, _, _ in OPERATIONS) == sorted(ROUTES)


@pytest.mark.parametrize("role", [*ROLES, None, "sf_000000000000_" + "0" * 64, "nonsense"])
@pytest.mark.parametrize(("name", "method", "path"), OPERATIONS, ids=[name for name, _, _ in OPERATIONS])
def test_who_may_do_what(newsroom: Newsroom, name: str, method: str, path: str, role: str | None) -> None:
    allowed, body = ROUTES[name]
    newsroom.story()
    update = newsroom.update()
    if name == "eraseUpdate":
        newsroom.ask("POST", f"/stories/flood/updates/{update}/retract", {"reason": "Untrue."})
    before = journal.heads()
    where = path.replace("{slug}", "flood").replace("{update}", update)
    answer = newsroom.ask(method, where, body, role=role, if_match="*")
    if role in allowed:
        assert answer.status_code in (200, 201), answer.content
    else:
        said = problem(answer, 403 if role in ROLES else 401)
        assert "token" in said["detail"] or "editor" in said["detail"]
        assert ("WWW-Authenticate" in answer) == (role not in ROLES)
        assert journal.heads() == before


WRONG: list[tuple[str, str, set[int]]] = [  # slug, update, the statuses that say so
    ("1abc", "1abc", {404, 422}),
    ("flood", "1abc", {422}),
    ("flood", "zzzzzzzzzz", {404}),
    ("storm", "zzzzzzzzzz", {404}),
    ("flood", "../../api", {404, 405}),
    ("Flood", "abcdefghij", {422}),
    ("flood%00", "abcdefghij", {422}),
    ("flood%0A", "abcdefghij", {422}),
    ("é", "abcdefghij", {422}),
    ("a" * 81, "abcdefghij", {422}),
    ("%2e%2e", "%2e%2e", {404, 405, 422}),
    ("' OR 1=1 --", "' OR 1=1 --", {422}),
]


@pytest.mark.parametrize(("name", "method", "path"), OPERATIONS, ids=[name for name, _, _ in OPERATIONS])
def test_a_wrong_address_is_no_server_error(newsroom: Newsroom, name: str, method: str, path: str) -> None:
    newsroom.story()
    for slug, update, statuses in WRONG:
        where = path.replace("{slug}", slug).replace("{update}", update)
        if where == path or (slug in ("flood", "storm") and "{update}" not in path):
            continue  # nothing in this address to get wrong
        answer = newsroom.ask(method, where, ROUTES[name][1], if_match="*")
        assert problem(answer, answer.status_code)["status"] in statuses, where
    assert journal.heads() == {"flood": 1}


def test_an_update_is_not_reached_through_another_story(newsroom: Newsroom) -> None:
    newsroom.story("flood")
    newsroom.story("storm")
    update = newsroom.update("storm")
    for name, method, path in OPERATIONS:
        if "{update}" in path:
            where = path.replace("{slug}", "flood").replace("{update}", update)
            problem(newsroom.ask(method, where, ROUTES[name][1], if_match="*"), 404)
    assert journal.heads() == {"flood": 1, "storm": 2}


def test_a_reporter_mends_only_what_it_filed(newsroom: Newsroom) -> None:
    newsroom.story()
    mine, other = newsroom.update(role="reporter"), newsroom.update(role="editor")
    edit: dict[str, Any] = {"text": "Water falls."}
    correction = {"text": "Dry.", "mode": "correction", "note": "It was dry."}

    def ask(update: str, body: Any) -> int:
        answer = newsroom.ask("PATCH", f"/stories/flood/updates/{update}", body, role="reporter", if_match="*")
        return int(answer.status_code)

    assert [ask(mine, edit), ask(mine, correction), ask(other, edit), ask("zzzzzzzzzz", edit)] == [200, 403, 403, 404]


def test_the_role_is_asked_before_the_body(newsroom: Newsroom) -> None:
    problem(newsroom.ask("POST", "/stories", raw=b"{", role="viewer", key=None), 403)


def test_a_revoked_token_is_a_stranger(newsroom: Newsroom) -> None:
    assert newsroom.ask("GET", "/stories", role="viewer").status_code == 200
    tokens.revoke(newsroom.actors["viewer"].removeprefix("token:"), now=NOW)
    problem(newsroom.ask("GET", "/stories", role="viewer"), 401)
