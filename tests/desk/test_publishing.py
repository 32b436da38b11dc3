"""Drafts become updates: pinned at once, as edits of what is there, and as readers will see them before."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.utils.crypto import salted_hmac

from standfirst.accounts import tokens
from standfirst.desk import preview as press
from standfirst.desk import publishing, schedule
from standfirst.desk.draft_words import Telling
from standfirst.desk.execute import fingerprint
from standfirst.desk.models import Draft
from standfirst.record import journal
from tests.desk.conftest import NOW, Newsroom, problem

ONE = "/stories/flood/drafts/abcdefghij"


@pytest.fixture
def desk(newsroom: Newsroom) -> Newsroom:
    newsroom.story()
    return newsroom


def begin(desk: Newsroom, path: str = ONE, role: str = "editor", **words: Any) -> Any:
    return desk.ask("PUT", path, {"text": "Mended.", **words}, role=role, key=None, **{"if-none-match": "*"})


def rewrite(desk: Newsroom, role: str = "editor", **words: Any) -> Any:
    return desk.ask("PUT", ONE, {"text": "Mended.", **words}, role=role, key=None, if_match="*")


def publish(desk: Newsroom, body: Any = None, role: str = "editor", **more: Any) -> Any:
    return desk.ask("POST", f"{ONE}/publish", body, role=role, **more)


def changes(update: str, rev: int = 1) -> dict[str, Any]:
    return {"update": update, "rev": rev}


def test_what_is_kept_with_a_draft_is_given_back(desk: Newsroom) -> None:
    update = desk.update()
    said = begin(desk, pin=True, edits=changes(update), written="2026-03-01T11:00:00+01:00").json()
    saw = {"beside": {"tags": [], "key": False, "pin": False}}
    edits = [{**changes(update, rev), **saw} for rev in (1, 2)]
    assert (said["pin"], said["edits"], said["written"]) == (True, edits[0], "2026-03-01T10:00:00Z")
    assert said["scheduled"] is None
    version = desk.ask("GET", f"{ONE}/versions").json()["versions"][0]
    assert version["edits"] == {**changes(update), "beside": None}
    later = rewrite(desk, edits=changes(update, 2)).json()
    assert (later["pin"], later["edits"], later["written"], later["rev"]) == (False, edits[1], None, 2)
    assert rewrite(desk).json()["edits"] == edits[1]  # what is not said again stays


def test_a_draft_changes_the_update_that_it_was_begun_for(desk: Newsroom) -> None:
    update, other = desk.update(), desk.update()
    said = problem(begin(desk, edits=changes("zzzzzzzzzz")), 422)
    assert said["errors"][0]["field"] == "edits.update"
    begin(desk, edits=changes(update, 2))
    assert problem(rewrite(desk, edits=changes(other)), 422)["errors"][0]["field"] == "edits.update"
    assert problem(rewrite(desk, edits=changes(update, 1)), 422)["errors"][0]["field"] == "edits.rev"
    plain = ONE.replace("abc", "xyz")
    begin(desk, path=plain)
    said = problem(desk.ask("PUT", plain, {"text": "a", "edits": changes(update)}, if_match="*"), 422)
    assert said["errors"][0]["field"] == "edits.update"


def test_a_draft_is_pinned_as_it_is_published(desk: Newsroom) -> None:
    begin(desk, pin=True)
    done = publish(desk)
    assert (done.status_code, done.json()["seq"]) == (201, 3)
    assert [entry.kind for entry in journal.read("flood")] == ["StoryOpened", "UpdatePosted", "UpdatePinned"]
    assert {entry.at for entry in journal.read("flood", 2)} == {next(journal.read("flood", 3)).at}
    assert desk.ask("GET", "/stories/flood").json()["pinned"] == "abcdefghij"


def test_pinning_takes_the_right_to_pin(desk: Newsroom) -> None:
    token, secret = tokens.create("ann", ["publish", "drafts"], now=NOW)
    desk.secrets["ann"], desk.actors["ann"] = secret, f"token:{token.public_id}"
    begin(desk, pin=True)
    assert "update.pin" in problem(publish(desk, role="ann"), 403)["detail"]
    rewrite(desk, pin=False)
    assert publish(desk, role="ann").status_code == 201  # control


def test_an_edit_is_new_words_of_the_same_update(desk: Newsroom) -> None:
    update = desk.update(tags=["dyke"], key=True)
    begin(desk, edits=changes(update), tags=["dyke"], key=True, headline="Dyke")
    done = publish(desk, {}, key="same")
    assert (done.status_code, done.json()["update"], done.json()["rev"]) == (201, update, 2)
    there = desk.ask("GET", f"/stories/flood/updates/{update}").json()
    assert (there["text"], there["headline"], there["tags"], there["key"]) == ("Mended.", "Dyke", ["dyke"], True)
    assert there["corrections"] == []
    assert kinds() == ["StoryOpened", "UpdatePosted", "UpdateEdited"]
    draft = desk.ask("GET", ONE).json()
    assert (draft["state"], draft["update"]) == ("published", update)
    again = publish(desk, {}, key="same")
    assert (again.content, again["Idempotent-Replayed"]) == (done.content, "true")


def kinds() -> list[str]:
    return [entry.kind for entry in journal.read("flood")]


def test_a_correction_tells_readers(desk: Newsroom) -> None:
    update = desk.update()
    begin(desk, edits=changes(update))
    assert problem(publish(desk, {"mode": "correction"}), 422)["errors"][0]["field"] == "note"
    assert problem(publish(desk, {"mode": "minor", "note": "Hm."}), 422)["errors"][0]["field"] == "note"
    assert publish(desk, {"mode": "correction", "note": "Two metres, not three."}).status_code == 201
    there = desk.ask("GET", f"/stories/flood/updates/{update}").json()
    assert [item["note"] for item in there["corrections"]] == ["Two metres, not three."]
    assert there["history"][1]["by"] == {"id": desk.actors["editor"], "name": "a editor"}


def test_an_edit_takes_the_rights_of_an_edit(desk: Newsroom) -> None:
    def somebody(name: str, *scopes: str) -> None:
        token, secret = tokens.create(name, [*scopes, "publish", "drafts"], now=NOW)
        desk.secrets[name], desk.actors[name] = secret, f"token:{token.public_id}"

    somebody("posts")
    somebody("edits", "edit")
    update = desk.update()
    begin(desk, edits=changes(update))
    assert "update.edit" in problem(publish(desk, role="posts"), 403)["detail"]
    rewrite(desk, edits=changes(update), key=True)
    assert "update.key" in problem(publish(desk, role="edits"), 403)["detail"]
    rewrite(desk, edits=changes(update))
    assert publish(desk, role="edits").status_code == 201
    own = desk.update(role="posts")
    for role, posted in (("posts", own), ("edits", None)):
        listed = desk.ask("GET", "/stories/flood/updates", role=role).json()["updates"]
        assert {line["id"]: line["own"] for line in listed} == {update: False, own: own == posted}
        assert desk.ask("GET", f"/stories/flood/updates/{own}", role=role).json()["own"] is (own == posted)
    path = ONE.replace("abc", "xyz")
    begin(desk, path=path, edits=changes(own))
    said = problem(desk.ask("POST", f"{path}/publish", {"mode": "correction", "note": "No."}, role="posts"), 403)
    assert "update.correct" in said["detail"]
    assert desk.ask("POST", f"{path}/publish", {}, role="posts").status_code == 201


def test_an_edit_takes_no_right_to_post(desk: Newsroom) -> None:
    for name, scopes in (("mends", ["edit", "drafts"]), ("posts", ["publish", "drafts"])):
        token, secret = tokens.create(name, scopes, now=NOW)
        desk.secrets[name], desk.actors[name] = secret, f"token:{token.public_id}"
    update, new = desk.update(), ONE.replace("abc", "xyz")
    begin(desk, edits=changes(update))
    begin(desk, path=new)
    later = {"at": "2126-03-01T18:00:00Z"}
    for method, tail, body in (("POST", "/publish", {}), ("PUT", "/schedule", later), ("DELETE", "/schedule", None)):
        said = problem(desk.ask(method, ONE + tail, body, role="posts"), 403)
        assert "(update.edit)" in said["detail"]
        said = problem(desk.ask(method, new + tail, body, role="mends"), 403)
        assert "(update.post)" in said["detail"]
    assert desk.ask("PUT", f"{ONE}/schedule", later, role="mends").json()["state"] == "scheduled"
    assert rewrite(desk, role="mends", text="Mended twice.").json()["state"] == "scheduled"
    problem(rewrite(desk, role="posts", text="Mended thrice."), 409)
    assert desk.ask("DELETE", f"{ONE}/schedule", role="mends").json()["state"] == "draft"
    assert publish(desk, {"mode": "correction", "note": "Two metres."}, role="mends").json()["update"] == update
    assert desk.ask("POST", f"{new}/publish", {}, role="posts").status_code == 201  # control


def test_an_edit_of_what_moved_on_meets_both_versions(desk: Newsroom) -> None:
    update = desk.update()
    begin(desk, edits=changes(update))
    desk.ask("PATCH", f"/stories/flood/updates/{update}", {"text": "Theirs."}, if_match="*")
    said = problem(publish(desk), 409)
    assert said["type"].endswith(":conflict")
    assert (said["yours"]["text"], said["yours"]["rev"]) == ("Mended.", 1)
    assert (said["current"]["text"], said["current"]["rev"], said["current"]["id"]) == ("Theirs.", 2, update)
    assert desk.ask("GET", ONE).json()["state"] == "draft"
    rewrite(desk, edits=changes(update, 2))
    assert publish(desk).json()["rev"] == 3


def test_an_edit_leaves_alone_what_its_author_did_not_touch(desk: Newsroom) -> None:
    update = desk.update(tags=["dyke"])
    begin(desk, edits=changes(update), tags=["dyke"])
    one = f"/stories/flood/updates/{update}"
    desk.ask("PUT", f"{one}/key")  # somebody else, meanwhile
    desk.ask("PUT", f"{one}/tags", {"tags": ["harbour"]})
    assert publish(desk).status_code == 201
    there = desk.ask("GET", one).json()
    assert (there["text"], there["key"], there["tags"]) == ("Mended.", True, ["harbour"])


@pytest.mark.parametrize("says", [True, False], ids=["says what it saw", "control"])
def test_an_edit_begun_offline_leaves_alone_what_others_changed_before_it_came(desk: Newsroom, says: bool) -> None:
    update = desk.update(tags=["dyke"])
    one = f"/stories/flood/updates/{update}"
    desk.ask("PUT", f"{one}/key")
    desk.ask("PUT", f"{one}/tags", {"tags": ["harbour"]})
    saw = {"beside": {"tags": ["dyke"], "key": False, "pin": False}} if says else {}
    begin(desk, edits={**changes(update), **saw}, tags=["dyke"], pin=True)
    rewrite(desk, edits=changes(update), tags=["dyke"], pin=True)
    assert publish(desk).status_code == 201
    there = desk.ask("GET", one).json()
    assert (there["key"], there["tags"]) == ((True, ["harbour"]) if says else (False, ["dyke"]))
    assert (there["text"], there["pinned"]) == ("Mended.", True)


def test_an_edit_changes_tags_key_and_pin_at_once_with_the_words(desk: Newsroom) -> None:
    update = desk.update(tags=["dyke"])
    begin(desk, edits=changes(update), tags=["harbour"], key=True, pin=True)
    assert publish(desk).status_code == 201
    assert kinds()[2:] == ["UpdateEdited", "UpdateTagged", "UpdateMarkedKey", "UpdatePinned"]
    there = desk.ask("GET", f"/stories/flood/updates/{update}").json()
    assert (there["key"], there["tags"], there["pinned"]) == (True, ["harbour"], True)


@pytest.mark.parametrize("scheduled", [False, True], ids=["published", "scheduled"])
@pytest.mark.parametrize("kept", [False, True], ids=["taken away", "control"])
def test_an_edit_takes_away_the_time_at_which_it_happened(desk: Newsroom, kept: bool, scheduled: bool) -> None:
    when = "2026-03-01T10:00:00Z"
    update = desk.update(happened=when)
    begin(desk, edits=changes(update), happened=when)
    rewrite(desk, happened=when if kept else None)
    if scheduled:
        desk.ask("PUT", f"{ONE}/schedule", {"at": "2126-03-01T18:00:00Z"}, role="editor", key=None)
        schedule.publish_due(lambda: datetime(2126, 3, 1, 18, tzinfo=UTC))
    else:
        first, again = (publish(desk, {}, key="same") for _ in range(2))
        assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    there = desk.ask("GET", f"/stories/flood/updates/{update}").json()
    assert (there["text"], there["rev"], there["happened"]) == ("Mended.", 2, when if kept else None)
    one = f"/stories/flood/updates/{update}"
    desk.ask("PATCH", one, {"text": "Again.", "happened": None}, if_match="*")  # which leaves it as it is
    assert desk.ask("GET", one).json()["happened"] == there["happened"]


def test_keys_that_were_answered_before_a_time_could_be_taken_away_are_known(desk: Newsroom) -> None:
    begin(desk, edits=changes(desk.update()))
    command = publishing.command(Draft.objects.get(), Telling(), NOW)
    fields = {name: value for name, value in msgspec.to_builtins(command).items() if name not in ("tags", "key", "pin")}
    assert fields.pop("undated") is True
    asked = json.dumps(["flood", "EditUpdate", fields], sort_keys=True)
    before = salted_hmac("standfirst.desk.execute", asked, algorithm="sha256").hexdigest()
    assert fingerprint("flood", command) == before
    assert fingerprint("flood", replace(command, happened=NOW)) != before  # control


def test_an_edit_of_what_was_withdrawn_is_refused(desk: Newsroom) -> None:
    update = desk.update()
    begin(desk, edits=changes(update))
    desk.ask("POST", f"/stories/flood/updates/{update}/retract", {"reason": "Untrue."})
    assert problem(publish(desk), 409)["type"].endswith("retracted")


def test_history_says_who_wrote_each_version(desk: Newsroom) -> None:
    update = desk.update(role="reporter")
    one = f"/stories/flood/updates/{update}"
    desk.ask("PUT", f"{one}/tags", {"tags": ["dyke"]})
    desk.ask("PATCH", one, {"text": "Again."}, role="editor", if_match="*")
    history = desk.ask("GET", one).json()["history"]
    assert [item["by"]["name"] for item in history] == ["a reporter", "a editor"]


def test_a_preview_is_the_page_as_it_would_stand(desk: Newsroom) -> None:
    desk.update(text="There before.")
    begin(desk, text="Not yet <script>alert(1)</script> there.", pin=True)
    heads = journal.heads()
    shown = desk.ask("GET", f"{ONE}/preview", role="editor", accept="text/html")
    assert (shown.status_code, shown["Content-Type"]) == (200, "text/html; charset=utf-8")
    page = shown.content.decode()
    assert page.index("Not yet &lt;script&gt;") < page.index("There before.")
    assert not re.findall(r"<script(?! type=.application/ld\+json)", page)
    policy = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox allow-same-origin" in policy
    assert shown["Cache-Control"] == "no-store"
    assert (journal.heads(), Draft.objects.get().state) == (heads, "draft")
    publish(desk)
    after = {update["text"] for update in desk.ask("GET", "/stories/flood/updates").json()["updates"]}
    assert "There before." in after


def test_the_style_of_a_preview_is_allowed_by_its_hash(desk: Newsroom) -> None:
    begin(desk)
    page = desk.ask("GET", f"{ONE}/preview", accept="text/html").content.decode()
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in press.policy()


def test_an_edit_is_previewed_in_its_place(desk: Newsroom) -> None:
    update = desk.update(text="As it was.")
    begin(desk, edits=changes(update))
    page = desk.ask("GET", f"{ONE}/preview").content.decode()
    assert "Mended." in page
    assert "As it was." not in page
    for _ in range(40):
        desk.update(text="Later.")
    far = desk.ask("GET", f"{ONE}/preview").content.decode()
    assert "Mended." in far  # on the update's own page


def test_what_cannot_be_published_has_no_preview(desk: Newsroom) -> None:
    begin(desk, text="")
    assert problem(desk.ask("GET", f"{ONE}/preview"), 422)["errors"][0]["field"] == "body"
    desk.ask("PUT", "/stories/flood/status", {"status": "ended"})
    rewrite(desk)
    assert problem(desk.ask("GET", f"{ONE}/preview"), 409)["type"].endswith("ended")


def test_a_story_that_has_not_begun_is_previewed_as_if_it_had(newsroom: Newsroom) -> None:
    newsroom.story(status="scheduled")
    begin(newsroom)
    assert "Mended." in newsroom.ask("GET", f"{ONE}/preview").content.decode()


def test_keys_that_were_answered_before_there_were_pins_are_known(desk: Newsroom) -> None:
    begin(desk)
    command = publishing.command(Draft.objects.get(), Telling(), NOW)
    fields = {name: value for name, value in msgspec.to_builtins(command).items() if name not in ("id", "published")}
    del fields["pin"]
    asked = json.dumps(["flood", "PostUpdate", fields], sort_keys=True)
    assert (
        fingerprint("flood", command) == salted_hmac("standfirst.desk.execute", asked, algorithm="sha256").hexdigest()
    )
    assert fingerprint("flood", command) != fingerprint("flood", replace(command, pin=True))
