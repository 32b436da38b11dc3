"""Every write: what it answers, that it is done once, that it meets another's edit."""

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.db import DatabaseError

from standfirst.desk import lookups
from standfirst.record import journal
from tests.desk.conftest import Newsroom, problem

DOC = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Water rises."}]}]}


def test_posting_stands_in_the_record_and_in_the_story(newsroom: Newsroom) -> None:
    newsroom.story()
    answer = newsroom.ask("POST", "/stories/flood/updates", {"body": DOC, "headline": "News", "tags": ["rescue"]})
    assert answer.status_code == 201
    said = answer.json()
    assert said == {
        "story": "flood",
        "update": said["update"],
        "seq": 2,
        "rev": 1,
        "url": f"http://127.0.0.1:8000/flood/updates/{said['update']}",
    }
    assert answer["Location"] == f"/api/v1/stories/flood/updates/{said['update']}"
    assert answer["ETag"] == '"1.2"'
    assert [entry.kind for entry in journal.read("flood")] == ["StoryOpened", "UpdatePosted"]
    update = newsroom.ask("GET", answer["Location"]).json()
    assert (update["headline"], update["text"], update["tags"]) == ("News", "Water rises.", ["rescue"])
    assert [version["rev"] for version in update["history"]] == [1]


def test_text_becomes_paragraphs(newsroom: Newsroom) -> None:
    newsroom.story()
    update = newsroom.update(text="One.\n\nTwo.")
    body = newsroom.ask("GET", f"/stories/flood/updates/{update}").json()["body"]
    assert [node["type"] for node in body["content"]] == ["paragraph", "paragraph"]


def test_every_command_has_a_route(newsroom: Newsroom) -> None:
    newsroom.story(status="scheduled")
    ask = newsroom.ask
    assert ask("PUT", "/stories/flood/status", {"status": "live"}).json()["seq"] == 2
    assert ask("PATCH", "/stories/flood", {"standfirst": "Rain."}, if_match='"1.1"').json()["rev"] == 2
    update = newsroom.update()
    one = f"/stories/flood/updates/{update}"
    assert ask("PUT", "/stories/flood/summary", {"known": [{"text": "It rains.", "update": update}]}).json()["seq"] == 5
    assert ask("DELETE", "/stories/flood/summary").json()["seq"] == 6
    assert ask("PUT", f"{one}/pin").json()["seq"] == 7
    assert ask("GET", "/stories/flood").json()["pinned"] == update
    assert ask("DELETE", f"{one}/pin").json()["seq"] == 8
    assert ask("PUT", f"{one}/key").json()["seq"] == 9
    assert ask("DELETE", f"{one}/key").json()["seq"] == 10
    assert ask("PUT", f"{one}/tags", {"tags": ["dyke"]}).json()["seq"] == 11
    edit = ask("PATCH", one, {"text": "Water falls.", "mode": "correction", "note": "It falls."}, if_match='"1.4"')
    assert edit.json()["rev"] == 2
    assert ask("POST", f"{one}/retract", {"reason": "Untrue."}).json()["seq"] == 13
    assert ask("POST", f"{one}/erase").json()["seq"] == 14
    assert ask("PUT", "/stories/flood/status", {"status": "ended"}).json()["seq"] == 15
    assert ask("POST", "/stories/flood/reopen").json()["seq"] == 16
    assert ask("GET", "/stories/flood").json()["status"] == "live"


def test_a_command_that_changes_nothing_adds_no_entry(newsroom: Newsroom) -> None:
    newsroom.story()
    assert newsroom.ask("PUT", "/stories/flood/status", {"status": "live"}).json()["seq"] == 1
    assert journal.heads() == {"flood": 1}


def test_erasing_leaves_no_word_anywhere(newsroom: Newsroom) -> None:
    newsroom.story()
    update = newsroom.update(text="The source is Zebedee.", headline="Zebedee", bylines=["Zebedee"])
    one = f"/stories/flood/updates/{update}"
    newsroom.ask("PATCH", one, {"text": "It was not Zebedee."}, if_match="*")
    newsroom.ask("POST", f"{one}/retract", {"reason": "Zebedee asked."})
    assert b"Zebedee" in newsroom.ask("GET", one).content
    assert newsroom.ask("POST", f"{one}/erase").status_code == 200
    for path in (one, "/stories/flood/updates", "/stories/flood", "/stories"):
        assert b"Zebedee" not in newsroom.ask("GET", path).content
    spoken = [opening.value for entry in journal.read("flood") for opening in entry.openings.values()]
    assert "Zebedee" not in json.dumps(spoken)


def test_the_same_key_gives_the_same_answer_and_writes_once(newsroom: Newsroom) -> None:
    newsroom.story()
    body = {"text": "Water rises."}
    first = newsroom.ask("POST", "/stories/flood/updates", body, key="same")
    newsroom.update(text="Another.")
    again = newsroom.ask("POST", "/stories/flood/updates", body, key="same")
    assert (again.status_code, again.content, again["ETag"]) == (201, first.content, first["ETag"])
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert journal.heads() == {"flood": 3}


def test_a_key_for_another_request_is_refused(newsroom: Newsroom) -> None:
    newsroom.story("flood")
    newsroom.story("storm")
    newsroom.ask("POST", "/stories/flood/updates", {"text": "One."}, key="same")
    for path, body in (("/stories/flood/updates", {"text": "Two."}), ("/stories/storm/updates", {"text": "One."})):
        said = problem(newsroom.ask("POST", path, body, key="same"), 422)
        assert said["type"].endswith("key-reused")
    assert journal.heads() == {"flood": 2, "storm": 1}


def test_a_key_belongs_to_one_token(newsroom: Newsroom) -> None:
    newsroom.story()
    for role in ("owner", "editor"):
        newsroom.ask("POST", "/stories/flood/updates", {"text": "One."}, key="same", role=role)
    assert journal.heads() == {"flood": 3}


def test_a_refused_command_leaves_its_key_free(newsroom: Newsroom) -> None:
    newsroom.story()
    update = newsroom.update()
    one = f"/stories/flood/updates/{update}"
    problem(newsroom.ask("PATCH", one, {"text": "New."}, if_match='"9.9"', key="same"), 409)
    assert newsroom.ask("PATCH", one, {"text": "New."}, if_match='"1.2"', key="same").status_code == 200


@pytest.mark.parametrize("key", [None, " ", "é", "a b", "x" * 201, "a\tb"])
def test_a_write_needs_a_usable_key(newsroom: Newsroom, key: str | None) -> None:
    said = problem(newsroom.ask("POST", "/stories", {"slug": "flood", "headline": "Flood"}, key=key), 400)
    assert "Idempotency-Key" in said["detail"]
    assert journal.heads() == {}


def test_two_edits_of_the_same_version_meet(newsroom: Newsroom) -> None:
    newsroom.story()
    update = newsroom.update()
    one = f"/stories/flood/updates/{update}"
    etag = newsroom.ask("GET", one)["ETag"]
    newsroom.ask("PUT", f"{one}/key")  # touches the update, but not its words: no conflict
    first = newsroom.ask("PATCH", one, {"text": "Mine."}, if_match=etag)
    assert (first.status_code, first.json()["rev"]) == (200, 2)
    said = problem(newsroom.ask("PATCH", one, {"text": "Yours.", "headline": "H"}, if_match=etag), 409)
    assert said["yours"] == {"rev": 1, "text": "Yours.", "headline": "H"}
    assert (said["current"]["rev"], said["current"]["text"]) == (2, "Mine.")
    assert newsroom.ask("PATCH", one, {"text": "Yours."}, if_match=first["ETag"]).json()["rev"] == 3


def test_two_changes_of_a_story_meet(newsroom: Newsroom) -> None:
    newsroom.story()
    etag = newsroom.ask("GET", "/stories/flood")["ETag"]
    newsroom.update()  # a new update does not change the story's own words
    assert newsroom.ask("PATCH", "/stories/flood", {"headline": "A"}, if_match=etag).status_code == 200
    when = "2026-03-01T10:00:00Z"
    said = problem(newsroom.ask("PATCH", "/stories/flood", {"starts": when}, if_match=etag), 409)
    assert said["yours"] == {"rev": 1, "starts": "2026-03-01T10:00:00Z"}
    assert said["current"]["headline"] == "A"


@pytest.mark.parametrize(("if_match", "status"), [(None, 428), ("3", 400), ('W/"1.1"', 400), ('"1.1", "2.2"', 400)])
def test_an_edit_names_the_version_it_edits(newsroom: Newsroom, if_match: str | None, status: int) -> None:
    newsroom.story()
    for path in ("/stories/flood", f"/stories/flood/updates/{newsroom.update()}"):
        said = problem(newsroom.ask("PATCH", path, {"headline": "A"}, if_match=if_match), status)
        assert "If-Match" in said["detail"]


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("/stories", {"slug": "Flood!", "headline": "x"}, ["slug"]),
        ("/stories", {"slug": "api", "headline": "x"}, ["slug"]),
        ("/stories", {"headline": "", "language": 7, "slug": "a"}, ["headline", "language"]),
        ("/stories", {"slug": "a", "headline": "x", "zone": "Atlantis/Poseidonis"}, ["zone"]),
        ("/stories", {"slug": "a", "headline": "x", "colour": "red"}, ["colour"]),
        ("/stories", [], ["body"]),
        ("/stories/flood/updates", {}, ["body"]),
        ("/stories/flood/updates", {"text": "a", "body": DOC}, ["body"]),
        ("/stories/flood/updates", {"text": "  "}, ["body"]),
        ("/stories/flood/updates", {"text": "a\u0007"}, ["text"]),
        ("/stories/flood/updates", {"text": "a", "happened": "2026-03-01T10:00:00"}, ["happened"]),
        ("/stories/flood/updates", {"text": "a", "happened": "yesterday"}, ["happened"]),
        ("/stories/flood/updates", {"text": "a", "filed": "0001-01-01T00:00:00+14:00"}, ["filed"]),
        ("/stories/flood/updates", {"text": "a", "key": "yes"}, ["key"]),
        ("/stories/flood/updates", {"text": "a", "tags": ["ok", "!"]}, ["tags[1]"]),
        ("/stories/flood/updates", {"text": "a", "bylines": ["x" * 121]}, ["bylines[0]"]),
        (
            "/stories/flood/updates",
            {"body": {"type": "doc", "content": [{"type": "script"}]}},
            ["body.content[0].type"],
        ),
        ("/stories/flood/updates", {"body": {"type": "doc"}}, ["body"]),
    ],
)
def test_each_bad_field_is_named(newsroom: Newsroom, path: str, body: Any, fields: list[str]) -> None:
    newsroom.story()
    said = problem(newsroom.ask("POST", path, body), 422)
    assert [error["field"] for error in said["errors"]] == fields
    assert all(error["message"] for error in said["errors"])


def test_naive_times_are_refused_with_a_remedy(newsroom: Newsroom) -> None:
    newsroom.story()
    said = problem(
        newsroom.ask("POST", "/stories/flood/updates", {"text": "a", "happened": "2026-03-01T10:00:00"}), 422
    )
    assert "append Z" in said["errors"][0]["message"]


@pytest.mark.parametrize(
    "raw",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z"],
)
def test_times_that_cannot_be_are_refused(newsroom: Newsroom, raw: str) -> None:
    newsroom.story()
    said = problem(newsroom.ask("POST", "/stories/flood/updates", {"text": "a", "happened": raw}), 422)
    assert [error["field"] for error in said["errors"]] == ["happened"]
    said = problem(newsroom.ask("PATCH", "/stories/flood", {"starts": raw}, if_match="*"), 422)
    assert [error["field"] for error in said["errors"]] == ["starts"]


def crafted(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("path", "cursor"),
    [
        ("/stories", crafted("0001-01-01T00:00:00+14:00 a")),
        ("/stories", crafted("9999-12-31T23:59:59-14:00 a")),
        ("/stories", crafted("2026-03-01T11:42:00 a")),
        ("/stories", crafted("2026-03-01T11:42:00+00:00 a\0")),
        ("/stories", "é"),
        ("/stories/flood/updates", "-1"),
        ("/stories/flood/updates", "9" * 10),
    ],
)
def test_a_crafted_cursor_is_refused(newsroom: Newsroom, path: str, cursor: str) -> None:
    newsroom.story()
    said = problem(newsroom.ask("GET", f"{path}?cursor={quote(cursor)}"), 422)
    assert [error["field"] for error in said["errors"]] == ["cursor"]


def test_times_come_back_in_utc(newsroom: Newsroom) -> None:
    newsroom.story()
    update = newsroom.update(happened="2026-03-01T11:00:00.25+01:00")
    assert newsroom.ask("GET", f"/stories/flood/updates/{update}").json()["happened"] == "2026-03-01T10:00:00.250000Z"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"{", 400),
        (b'{"slug": "a", "slug": "b", "headline": "x"}', 400),
        (b'{"slug": "a", "headline": NaN}', 400),
        (b'{"slug": "a", "headline": "x\\u0000"}', 400),
        (b'{"slug": "a", "headline": "x\\ud800"}', 400),
        (b'{"slug": "a", "headline": "\xff"}', 400),
        (b"[" * 100_000, 400),
        (b'{"slug":' * 400 + b"1" + b"}" * 400, 400),
        (b"1" * 5000, 400),
        (b"null", 422),
        (b'"text"', 422),
        (b"", 422),
    ],
)
def test_what_is_no_clean_json_is_refused(newsroom: Newsroom, raw: bytes, status: int) -> None:
    problem(newsroom.ask("POST", "/stories", raw=raw), status)
    assert journal.heads() == {}


def test_a_body_just_deep_enough_is_judged_by_the_document(newsroom: Newsroom) -> None:
    newsroom.story()
    node: Any = {"type": "paragraph"}
    for _ in range(60):
        node = {"type": "bullet_list", "content": [{"type": "list_item", "content": [node]}]}
    for body in ({"type": "doc", "content": [node]}, {"type": "doc", "content": [[[[[[]]]]]]}):
        answer = newsroom.ask("POST", "/stories/flood/updates", {"body": body})
        problem(answer, 400 if b"nested too deeply" in answer.content else 422)


def test_another_content_type_is_refused(newsroom: Newsroom) -> None:
    answer = newsroom.ask("POST", "/stories", {"slug": "a", "headline": "x"}, content_type="text/plain")
    assert "application/json" in problem(answer, 415)["detail"]


def test_a_taken_slug_is_refused(newsroom: Newsroom) -> None:
    newsroom.story()
    said = problem(newsroom.ask("POST", "/stories", {"slug": "flood", "headline": "Again"}), 409)
    assert said["type"].endswith("exists")


def test_an_ended_story_takes_no_update(newsroom: Newsroom) -> None:
    newsroom.story()
    newsroom.ask("PUT", "/stories/flood/status", {"status": "ended"})
    said = problem(newsroom.ask("POST", "/stories/flood/updates", {"text": "Late."}), 409)
    assert said["type"].endswith("ended")


def test_record_and_lookups_move_together_or_not_at_all(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    newsroom.story()

    def fail(*args: Any) -> None:
        raise DatabaseError("lookups failed")

    with monkeypatch.context() as patch:
        patch.setattr(lookups, "project", fail)
        problem(newsroom.ask("POST", "/stories/flood/updates", {"text": "Lost?"}, key="same"), 500)
    assert journal.heads() == {"flood": 1}
    answer = newsroom.ask("POST", "/stories/flood/updates", {"text": "Lost?"}, key="same")
    assert (answer.status_code, answer.json()["seq"]) == (201, 2)
    assert "Idempotent-Replayed" not in answer
