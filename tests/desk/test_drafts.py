"""Drafts: what they keep, who sees them, that nothing of them is in the record before they are published."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from standfirst.accounts import tokens
from standfirst.accounts.models import Grant
from standfirst.accounts.roles import Actor
from standfirst.desk import drafts, publishing
from standfirst.desk.models import Draft, UpdateRow
from standfirst.record import journal
from standfirst.story.document import from_plain
from standfirst.story.refusals import Conflict
from tests.desk.conftest import NOW, Newsroom, problem
from tests.site.visits import person, signed_in

ONE = "/stories/flood/drafts/abcdefghij"
WORDS: dict[str, Any] = {"headline": "Dyke", "text": "It holds.\n\nSo far.", "tags": ["dyke"], "key": True}


@pytest.fixture
def desk(newsroom: Newsroom) -> Newsroom:
    """A story; an editor, and two who file without publishing: `ann` and `bob`."""
    newsroom.story()
    for name in ("ann", "bob"):
        token, secret = tokens.create(name, ["file"], now=NOW)
        newsroom.secrets[name], newsroom.actors[name] = secret, f"token:{token.public_id}"
    return newsroom


def put(desk: Newsroom, role: str, words: dict[str, Any], rev: int = 0, path: str = ONE) -> Any:
    headers = {"if-match": f'"{rev}"'} if rev else {"if-none-match": "*"}
    return desk.ask("PUT", path, words, role=role, key=None, **headers)


def test_a_draft_is_begun_changed_and_read(desk: Newsroom) -> None:
    begun = put(desk, "ann", WORDS)
    assert (begun.status_code, begun["ETag"], begun["Location"]) == (201, '"1"', f"/api/v1{ONE}")
    said = begun.json()
    assert {name: said[name] for name in ("id", "story", "state", "rev", "note", "filed", "update")} == {
        "id": "abcdefghij", "story": "flood", "state": "draft", "rev": 1, "note": "", "filed": None, "update": None,
    }  # fmt: skip
    assert said["author"] == {"id": desk.actors["ann"], "name": "ann"}
    assert {name: said[name] for name in WORDS} == WORDS
    changed = put(desk, "ann", {"body": from_plain("It broke.")}, 1)
    assert (changed.status_code, changed["ETag"], changed.json()["text"]) == (200, '"2"', "It broke.")
    read = desk.ask("GET", ONE, role="ann")
    assert (read["ETag"], read.json(), read["Cache-Control"]) == ('"2"', changed.json(), "no-store")
    versions = desk.ask("GET", f"{ONE}/versions", role="editor").json()["versions"]
    assert [(item["rev"], item["text"], item["by"]["name"]) for item in versions] == [
        (2, "It broke.", "ann"),
        (1, WORDS["text"], "ann"),
    ]


def test_a_draft_may_say_nothing_yet(desk: Newsroom) -> None:
    assert put(desk, "ann", {"text": ""}).status_code == 201
    said = problem(desk.ask("POST", f"{ONE}/publish", role="editor"), 422)
    assert said["errors"][0]["field"] == "body"
    assert desk.ask("GET", ONE, role="ann").json()["state"] == "draft"


def test_the_same_request_again_is_answered_alike_and_written_once(desk: Newsroom) -> None:
    first, again = put(desk, "ann", WORDS), put(desk, "ann", WORDS)
    assert (again.status_code, again.content, again["ETag"]) == (201, first.content, first["ETag"])
    second, again = put(desk, "ann", {"text": "New."}, 1), put(desk, "ann", {"text": "New."}, 1)
    assert (again.status_code, again.content) == (200, second.content)
    assert [item.rev for item in drafts.versions(Draft.objects.get())] == [2, 1]


@pytest.mark.parametrize("rev", [0, 1])
def test_words_that_meet_others_are_refused_with_both(desk: Newsroom, rev: int) -> None:
    put(desk, "ann", WORDS)
    put(desk, "editor", {"text": "The desk's."}, 1)
    said = problem(put(desk, "ann", {"text": "Mine."}, rev), 409)
    assert said["type"].endswith(":conflict")
    assert said["yours"] == {"rev": rev, "text": "Mine."}
    assert (said["current"]["rev"], said["current"]["text"]) == (2, "The desk's.")
    assert desk.ask("PUT", ONE, {"text": "Mine."}, role="ann", if_match="*").json()["rev"] == 3


def test_a_write_says_what_it_replaces(desk: Newsroom) -> None:
    for headers in ({}, {"if-none-match": "*", "if-match": "*"}):
        said = problem(desk.ask("PUT", ONE, WORDS, role="ann", **headers), 428)
        assert said["type"].endswith("precondition-required")
    problem(desk.ask("PUT", ONE, WORDS, role="ann", **{"if-none-match": '"1"'}), 400)
    problem(desk.ask("PUT", ONE, WORDS, role="ann", if_match="one"), 400)
    problem(put(desk, "ann", WORDS, 1), 404)
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({}, "body"),
        ({"text": "a", "body": from_plain("a")}, "body"),
        ({"body": {"type": "doc", "content": [{"type": "script"}]}}, "body.content[0].type"),
        ({"text": "a", "headline": "x" * 301}, "headline"),
        ({"text": "a", "tags": ["t"] * 21}, "tags"),
        ({"text": "a" * 70_000}, "text"),
        ({"text": "a", "source": "https://example.org/"}, "source"),
    ],
)
def test_words_have_the_bounds_of_an_update(desk: Newsroom, words: dict[str, Any], field: str) -> None:
    assert problem(put(desk, "ann", words), 422)["errors"][0]["field"] == field


def test_what_is_hidden_is_answered_as_what_is_not_there(desk: Newsroom) -> None:
    put(desk, "ann", WORDS)
    elsewhere = "/stories/flood/drafts/zyxwvutsrq"
    for method, tail, body in (
        ("GET", "", None),
        ("GET", "/versions", None),
        ("PUT", "", {"text": "Mine."}),
        ("POST", "/file", None),
        ("DELETE", "", None),
    ):
        hidden = desk.ask(method, ONE + tail, body, role="bob", if_match="*")
        absent = desk.ask(method, elsewhere + tail, body, role="bob", if_match="*")
        problem(hidden, 404)
        assert hidden.headers == absent.headers
        assert hidden.content.replace(b"abcdefghij", b"zyxwvutsrq") == absent.content
    assert desk.ask("GET", ONE, role="editor").status_code == 200  # control: it is there
    assert desk.ask("GET", "/stories/flood/drafts", role="bob").json() == {"drafts": [], "next": None}


def test_beginning_a_draft_does_not_betray_a_hidden_one_with_its_id(desk: Newsroom) -> None:
    hers, his = put(desk, "ann", WORDS), put(desk, "bob", {"text": "Bob's."})
    assert (hers.status_code, his.status_code) == (201, 201)
    assert desk.ask("GET", ONE, role="ann").json()["text"] == WORDS["text"]
    assert desk.ask("GET", ONE, role="bob").json()["text"] == "Bob's."
    assert desk.ask("GET", ONE, role="editor").json()["author"]["name"] == "ann"  # the elder
    assert len(desk.ask("GET", "/stories/flood/drafts", role="editor").json()["drafts"]) == 2
    problem(put(desk, "editor", {"text": "The editor's."}), 409)  # who can see it is told


def test_a_draft_belongs_to_one_story(desk: Newsroom) -> None:
    desk.story("storm")
    put(desk, "ann", WORDS)
    problem(desk.ask("GET", ONE.replace("flood", "storm"), role="editor"), 404)


def test_filing_returning_and_filing_again(desk: Newsroom) -> None:
    put(desk, "ann", WORDS)
    problem(desk.ask("POST", f"{ONE}/return", {"note": "Which dyke?"}, role="editor"), 409)
    filed = desk.ask("POST", f"{ONE}/file", {}, role="ann").json()
    assert filed["state"] == "filed"
    assert filed["filed"]
    assert desk.ask("POST", f"{ONE}/file", role="ann").json() == filed
    problem(desk.ask("POST", f"{ONE}/return", {"note": "?"}, role="ann"), 403)
    returned = desk.ask("POST", f"{ONE}/return", {"note": "Which dyke?"}, role="editor").json()
    assert (returned["state"], returned["note"]) == ("returned", "Which dyke?")
    assert desk.ask("POST", f"{ONE}/return", {"note": "Which dyke?"}, role="editor").json() == returned
    again = desk.ask("POST", f"{ONE}/file", role="ann").json()
    assert (again["state"], again["note"], again["rev"]) == ("filed", "", 1)


def test_only_the_words_that_were_looked_at_are_filed(desk: Newsroom) -> None:
    put(desk, "ann", WORDS)
    put(desk, "ann", {"text": "Something else."}, 1)
    said = problem(desk.ask("POST", f"{ONE}/file", role="ann", if_match='"1"'), 409)
    assert (said["type"].rpartition(":")[2], said["yours"], said["current"]["rev"]) == ("conflict", {"rev": 1}, 2)
    assert desk.ask("GET", ONE, role="ann").json()["state"] == "draft"
    problem(desk.ask("POST", f"{ONE}/file", role="ann", if_match="2"), 400)
    for if_match in ('"2"', "*", None):  # twice is once; without the header it is filed as it stands
        filed = desk.ask("POST", f"{ONE}/file", role="ann", if_match=if_match)
        assert (filed.status_code, filed.json()["state"], filed["ETag"]) == (200, "filed", '"2"')
    # an answer that was lost is asked for again, and somebody wrote meanwhile
    assert desk.ask("POST", f"{ONE}/file", role="ann", if_match='"1"').status_code == 200


def test_publishing_makes_an_update_of_the_same_id_in_one_transaction(desk: Newsroom) -> None:
    put(desk, "ann", {**WORDS, "bylines": ["Ann Ash"]})
    desk.ask("POST", f"{ONE}/file", role="ann")
    assert journal.heads() == {"flood": 1}
    problem(desk.ask("POST", f"{ONE}/publish", role="ann"), 403)
    done = desk.ask("POST", f"{ONE}/publish", {}, role="editor", key="same")
    assert (done.status_code, done.json()["update"], done.json()["seq"]) == (201, "abcdefghij", 2)
    update = desk.ask("GET", "/stories/flood/updates/abcdefghij").json()
    assert {name: update[name] for name in WORDS} == WORDS
    assert update["bylines"] == ["Ann Ash"]
    draft = desk.ask("GET", ONE, role="ann").json()
    assert (draft["state"], draft["update"]) == ("published", "abcdefghij")
    again = desk.ask("POST", f"{ONE}/publish", role="editor", key="same")
    assert (again.content, again["Idempotent-Replayed"]) == (done.content, "true")
    assert problem(desk.ask("POST", f"{ONE}/publish", role="editor"), 409)["type"].endswith("draft-closed")
    for method, tail, body in (("PUT", "", {"text": "x"}), ("POST", "/file", None), ("DELETE", "", None)):
        problem(desk.ask(method, ONE + tail, body, role="ann", if_match="*"), 409)
    assert journal.heads() == {"flood": 2}


def test_publishing_under_an_id_that_is_taken_makes_another(desk: Newsroom) -> None:
    taken = desk.update()
    path = f"/stories/flood/drafts/{taken}"
    put(desk, "ann", WORDS, path=path)
    done = desk.ask("POST", f"{path}/publish", role="editor").json()
    assert done["update"] != taken
    assert desk.ask("GET", path, role="ann").json()["update"] == done["update"]


def test_only_the_words_that_were_looked_at_are_published(desk: Newsroom) -> None:
    put(desk, "ann", WORDS)
    put(desk, "ann", {"text": "Something else."}, 1)
    said = problem(desk.ask("POST", f"{ONE}/publish", role="editor", if_match='"1"'), 409)
    assert said["current"]["text"] == "Something else."
    assert journal.heads() == {"flood": 1}


def test_words_that_change_while_they_are_published_stop_it(desk: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    put(desk, "ann", WORDS)
    editor = Actor(id="token:e", name="e", role="machine", scopes=frozenset({"publish", "drafts"}))
    real = publishing.words

    def late(row: Any) -> Any:
        Draft.objects.update(rev=2)
        return real(row)

    monkeypatch.setattr(publishing, "words", late)
    with pytest.raises(Conflict), transaction.atomic():
        publishing.publish(drafts.found("flood", "abcdefghij", editor), None, editor, "key")
    assert journal.heads() == {"flood": 1}
    assert not UpdateRow.objects.exists()


def test_what_is_discarded_can_be_brought_back_for_thirty_days(desk: Newsroom) -> None:
    put(desk, "ann", WORDS)
    assert desk.ask("DELETE", ONE, role="ann").json()["state"] == "discarded"
    assert desk.ask("DELETE", ONE, role="ann").status_code == 200
    assert desk.ask("GET", "/stories/flood/drafts", role="ann").json()["drafts"] == []
    assert len(desk.ask("GET", "/stories/flood/drafts?state=discarded", role="ann").json()["drafts"]) == 1
    problem(desk.ask("POST", f"{ONE}/file", role="ann"), 409)
    assert put(desk, "ann", WORDS, 1).json()["state"] == "draft"
    desk.ask("DELETE", ONE, role="ann")
    now = datetime.now(UTC)
    assert drafts.sweep(now + timedelta(days=29)) == 0
    assert drafts.sweep(now + timedelta(days=31)) == 2  # with its version
    problem(desk.ask("GET", ONE, role="ann"), 404)


def test_the_newest_fifty_versions_are_kept(desk: Newsroom) -> None:
    put(desk, "ann", {"text": "0"})
    for rev in range(1, 60):
        assert put(desk, "ann", {"text": str(rev)}, rev).status_code == 200
    versions = desk.ask("GET", f"{ONE}/versions", role="ann").json()["versions"]
    assert [item["rev"] for item in versions] == list(range(60, 10, -1))


def test_an_author_has_so_many_open_drafts_at_most(desk: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "OPEN_MOST", 1)
    put(desk, "ann", WORDS)
    other = ONE.replace("abc", "xyz")
    assert problem(put(desk, "ann", WORDS, path=other), 409)["type"].endswith("too-many-drafts")
    assert put(desk, "bob", WORDS, path=other).status_code == 201
    desk.ask("DELETE", ONE, role="ann")
    assert put(desk, "ann", WORDS, path=other).status_code == 201


def test_a_list_has_pages(desk: Newsroom) -> None:
    ids = [f"abcdefghi{n}" for n in range(5)]
    for draft in ids:
        put(desk, "ann", {"text": draft}, path=f"/stories/flood/drafts/{draft}")
    found, cursor = [], ""
    while True:
        page = desk.ask("GET", f"/stories/flood/drafts?limit=2&cursor={cursor}", role="editor").json()
        found += [draft["id"] for draft in page["drafts"]]
        if (cursor := page["next"]) is None:
            break
    assert found == ids[::-1]
    for bad in ("x", "!", "MjAyNi0wMS0wMSAx", "eA=="):
        problem(desk.ask("GET", f"/stories/flood/drafts?cursor={bad}", role="editor"), 422)
    problem(desk.ask("GET", "/stories/flood/drafts?state=lost", role="editor"), 422)


def test_drafts_move_no_number(desk: Newsroom) -> None:
    before = desk.ask("GET", "/stories/flood").content
    put(desk, "ann", WORDS)
    desk.ask("POST", f"{ONE}/file", role="ann")
    desk.ask("DELETE", ONE, role="ann")
    assert desk.ask("GET", "/stories/flood").content == before
    assert journal.heads() == {"flood": 1}


def test_me_says_who_asks_and_what_that_may(desk: Newsroom) -> None:
    me = desk.ask("GET", "/me", role="ann").json()
    assert me == {
        "id": desk.actors["ann"], "name": "ann", "role": "machine", "publishes": False, "session": "", "stories": {},
        "can": ["read", "draft.write"], "can_in": {}, "csrf": "", "passkeys": 0, "frozen": False,
    }  # fmt: skip
    problem(desk.ask("GET", "/me", role=None), 401)


def test_me_says_what_one_may_in_stories_of_ones_own(desk: Newsroom) -> None:
    somebody = person("reporter")
    Grant.objects.create(person=somebody, story="flood", role="editor", created=NOW)
    me = signed_in(somebody).get("/api/v1/me").json()
    assert me["stories"] == {"flood": "editor"}
    assert "update.retract" in me["can_in"]["flood"]
    assert "update.retract" not in me["can"]
    assert "people.manage" not in me["can_in"]["flood"], "no right over the newsroom"
