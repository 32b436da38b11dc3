"""What every route asks for, how it refuses, and that no object is reached by a wrong address."""

from typing import Any

import pytest

from standfirst.accounts import tokens
from standfirst.accounts.roles import Action
from standfirst.desk.api import api
from standfirst.desk.models import Draft
from standfirst.record import journal
from standfirst.site.permissions import ROOT, rules
from tests.desk.conftest import NOW, Newsroom, problem

ROUTES: dict[str, tuple[Action, Any]] = {  # operation -> what one must be allowed to do, and a body that fits
    "listStories": ("read", None),
    "openStory": ("story.open", {"slug": "storm", "headline": "Storm"}),
    "getStory": ("read", None),
    "getAudience": ("read", None),
    "changeStory": ("story.change", {"headline": "Flood, day two"}),
    "setStatus": ("story.status", {"status": "paused"}),
    "reopenStory": ("story.reopen", None),
    "writeSummary": ("summary.write", {"known": [{"text": "It rains."}]}),
    "clearSummary": ("summary.write", None),
    "listUpdates": ("read", None),
    "postUpdate": ("update.post", {"text": "News."}),
    "getUpdate": ("read", None),
    "editUpdate": ("update.edit", {"text": "Other words."}),
    "retractUpdate": ("update.retract", {"reason": "Untrue."}),
    "eraseUpdate": ("update.erase", None),
    "pinUpdate": ("update.pin", None),
    "unpinUpdate": ("update.pin", None),
    "markKey": ("update.key", None),
    "unmarkKey": ("update.key", None),
    "tagUpdate": ("update.tag", {"tags": ["dyke"]}),
    "listDrafts": ("draft.read", None),
    "getDraft": ("draft.read", None),
    "listVersions": ("draft.read", None),
    "writeDraft": ("draft.write", {"text": "Other words."}),
    "fileDraft": ("draft.write", None),
    "returnDraft": ("draft.return", {"note": "Which dyke?"}),
    "publishDraft": ("update.post", None),
    "scheduleDraft": ("update.post", {"at": "2126-03-01T18:00:00Z"}),
    "unscheduleDraft": ("update.post", None),
    "previewDraft": ("draft.read", None),
    "discardDraft": ("draft.discard", None),
    "showPresence": ("draft.read", None),
    "followDesk": ("read", None),
    "getMe": ("read", None),
    "getFreeze": ("read", None),
    "freeze": ("freeze", {"why": "Odd posts."}),
    "thaw": ("thaw", None),
    "listPauses": ("audit.read", None),
    "liftPause": ("pause.lift", None),
    "undoBurst": ("burst.undo", {"actor": "token:0a1b2c3d4e5f", "since": "2026-03-01T11:42:00Z"}),
    "listAudit": ("audit.read", None),
}

OPERATIONS = [
    (operation["operationId"], method.upper(), path)
    for path, methods in api.get_openapi_schema(path_prefix="")["paths"].items()
    for method, operation in methods.items()
]


def test_every_route_asks_for_what_it_does() -> None:
    """Written by hand: that routes let in whom their action does is tried by site/test_permissions."""
    assert {name for name, _, _ in OPERATIONS} == set(ROUTES)
    found = {rule.name: rule.action for rule in rules() if rule.path.startswith(ROOT)}
    assert found == {name: action for name, (action, _) in ROUTES.items()}
    assert {rule.name: rule.instead for rule in rules() if rule.instead} == dict.fromkeys(
        ("publishDraft", "scheduleDraft", "unscheduleDraft"), "update.edit"
    )


@pytest.mark.parametrize("role", ["viewer", None, "sf_000000000000_" + "0" * 64, "nonsense"])
def test_who_is_refused_is_told_why_and_writes_nothing(newsroom: Newsroom, role: str | None) -> None:
    newsroom.story()
    update, draft = newsroom.update(), newsroom.draft()
    before = journal.heads(), Draft.objects.get().state
    for name, method, path in OPERATIONS:
        action, body = ROUTES[name]
        if role == "viewer" and action == "read":
            continue
        where = path.replace("{slug}", "flood").replace("{update}", update).replace("{draft}", draft)
        said = problem(newsroom.ask(method, where, body, role=role, if_match="*"), 403 if role == "viewer" else 401)
        assert "token" in said["detail"] or "may not" in said["detail"], name
    assert (journal.heads(), Draft.objects.get().state) == before


def test_a_stranger_is_told_how_to_sign_in(newsroom: Newsroom) -> None:
    assert "WWW-Authenticate" in newsroom.ask("GET", "/stories", role=None)
    assert "WWW-Authenticate" not in newsroom.ask("POST", "/stories", ROUTES["openStory"][1], role="viewer")


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
        where = path.replace("{slug}", slug).replace("{update}", update).replace("{draft}", update)
        if where == path or (slug in ("flood", "storm") and "{update}" not in path and "{draft}" not in path):
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
