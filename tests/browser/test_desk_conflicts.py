"""Somebody else wrote where a device did: three cases, three choices each. Both versions are always somewhere."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.desks import go
from tests.browser.newsroom import Desk
from tests.browser.writer import PATIENCE_MS, Writer, draft, drafts, headlines, until

MINE, THEIRS, FIRST = "Mine: the wall holds", "Theirs: the wall gives way", "The wall"
THEIR_WORDS = {"headline": THEIRS, "text": "It gave way at nine."}


def begun(writer: Writer) -> dict[str, Any]:
    """A draft of which the server has every word; gives it."""
    writer.write(FIRST, "It stands.")

    def whole() -> list[dict[str, Any]]:
        return [one for one in drafts(writer.desk) if (one["headline"], one["text"]) == (FIRST, "It stands.")]

    found: dict[str, Any] = until(writer.page, whole, "the draft is pushed")[0]
    return found


def draft_moved_on(writer: Writer) -> str:
    """Somebody wrote the same draft. Gives its id."""
    id = begun(writer)["id"]
    writer.context.set_offline(True)
    writer.desk.newsroom.ask("PUT", f"/stories/{writer.desk.slug}/drafts/{id}", THEIR_WORDS, **{"If-Match": "*"})
    publish_mine(writer)
    return str(id)


def draft_was_published(writer: Writer) -> str:
    """Somebody published the draft, in their words. Gives the update's id."""
    id, ask = begun(writer)["id"], writer.desk.newsroom.ask
    writer.context.set_offline(True)
    ask("PUT", f"/stories/{writer.desk.slug}/drafts/{id}", THEIR_WORDS, **{"If-Match": "*"})
    update = ask("POST", f"/stories/{writer.desk.slug}/drafts/{id}/publish")["update"]
    publish_mine(writer)
    return str(update)


def update_moved_on(writer: Writer) -> str:
    """Somebody edited the update that is being edited. Gives its id."""
    id = writer.desk.post(FIRST, "It stands.")
    begin_edit(writer)
    writer.context.set_offline(True)
    writer.desk.edit(id, headline=THEIRS, text="It gave way at nine.")
    publish_mine(writer, edit=True)
    return id


def edit_was_published(writer: Writer) -> str:
    """Somebody published the draft of an edit, in their words. Gives the update's id."""
    ask = writer.desk.newsroom.ask
    id = writer.desk.post(FIRST, "It stands.")
    begin_edit(writer)
    writer.write(FIRST, "It stood.")
    found = until(writer.page, lambda: next((one for one in drafts(writer.desk) if one["edits"]), None), "it is pushed")
    writer.context.set_offline(True)
    path = f"/stories/{writer.desk.slug}/drafts/{found['id']}"
    ask("PUT", path, {**THEIR_WORDS, "edits": {"update": id, "rev": 1}}, **{"If-Match": "*"})
    ask("POST", f"{path}/publish", {})
    publish_mine(writer, edit=True)
    return id


def begin_edit(writer: Writer) -> None:
    row = writer.page.locator(".desk-page li, .desk-page article").filter(has_text=FIRST)
    expect(row.first).to_be_visible()
    row.first.get_by_role("button", name="Edit").click()
    writer.shows(FIRST)


def publish_mine(writer: Writer, *, edit: bool = False) -> None:
    writer.write(MINE, "It holds.")
    writer.publish()
    if edit:
        writer.page.get_by_role("dialog").get_by_role("button", name="Publish the change").click()
    expect(writer.page.get_by_label("Headline")).to_have_value("")
    writer.context.set_offline(False)


def everywhere(desk: Desk) -> str:
    """All words that anybody can still see: the page with its history, the drafts with their versions."""
    ask = desk.newsroom.ask
    pages = [ask("GET", f"/stories/{desk.slug}/updates/{id}") for id in desk.ids()]
    versions = [ask("GET", f"/stories/{desk.slug}/drafts/{one['id']}/versions") for one in drafts(desk)]
    return str([pages, versions])


def kept(desk: Desk) -> list[tuple[str, str]]:
    """State and words of the drafts that are mine."""
    return [(one["state"], one["text"].strip()) for one in drafts(desk) if one["headline"] == MINE]


Case = Callable[[Writer], str]
CASES = [draft_moved_on, draft_was_published, update_moved_on, edit_was_published]


@pytest.mark.parametrize("case", CASES)
def test_keep_both(case: Case, writer: Writer) -> None:
    where = case(writer)
    writer.choose("both")
    until(writer.page, lambda: MINE in headlines(writer.desk), "mine is published")
    assert headlines(writer.desk).count(MINE) == 1
    if case is draft_moved_on:
        assert [one["id"] for one in drafts(writer.desk) if one["headline"] == THEIRS] == [where]
    else:
        assert [one["headline"] for one in writer.desk.updates() if one["id"] == where] == [THEIRS]
    assert MINE in (said := everywhere(writer.desk))
    assert THEIRS in said
    writer.no_conflict()


@pytest.mark.parametrize("case", CASES)
def test_publish_mine(case: Case, writer: Writer) -> None:
    where = case(writer)
    writer.choose("mine")
    until(writer.page, lambda: MINE in headlines(writer.desk), "mine is published")
    assert headlines(writer.desk).count(MINE) == 1
    assert THEIRS not in headlines(writer.desk)
    if case is draft_moved_on:
        versions = writer.desk.newsroom.ask("GET", f"/stories/{writer.desk.slug}/drafts/{where}/versions")["versions"]
        assert [one["headline"] for one in versions][:2] == [MINE, THEIRS]
    else:
        assert THEIRS in str(writer.desk.newsroom.ask("GET", f"/stories/{writer.desk.slug}/updates/{where}")["history"])
    writer.no_conflict()


@pytest.mark.parametrize("case", CASES)
def test_keep_theirs(case: Case, writer: Writer) -> None:
    where = case(writer)
    writer.choose("theirs")
    writer.shows(THEIRS)
    until(writer.page, lambda: draft(writer.desk, MINE), "mine is a draft of its own")
    assert MINE not in headlines(writer.desk)
    if case is draft_moved_on:
        assert [one["id"] for one in drafts(writer.desk) if one["headline"] == THEIRS] == [where]
    else:
        assert [one["headline"] for one in writer.desk.updates() if one["id"] == where] == [THEIRS]
    until(writer.page, lambda: kept(writer.desk) == [("draft", "It holds.")], "it is there once, under its own id")
    writer.no_conflict()


def test_a_conflict_names_who_wrote_theirs_and_waits_for_a_person(writer: Writer) -> None:
    """It is noted while the story's desk is closed, holds up nothing else, and is there when the desk opens."""
    id = begun(writer)["id"]
    writer.context.set_offline(True)
    writer.desk.newsroom.ask("PUT", f"/stories/{writer.desk.slug}/drafts/{id}", THEIR_WORDS, **{"If-Match": "*"})
    writer.write(MINE, "It holds.")
    writer.publish()
    expect(writer.page.get_by_label("Headline")).to_have_value("")
    writer.write("The ferry is late", "By an hour.")
    writer.publish()
    expect(writer.page.get_by_label("Headline")).to_have_value("")
    go(writer.page, "/desk/")
    expect(writer.page.get_by_label("Headline")).to_have_count(0)
    writer.context.set_offline(False)
    until(writer.page, lambda: "The ferry is late" in headlines(writer.desk), "what was asked later went on")
    assert MINE not in headlines(writer.desk)
    writer.open()
    dialog = writer.page.get_by_role("dialog")
    expect(dialog.locator("[data-choice=both]")).to_be_visible(timeout=PATIENCE_MS)
    expect(dialog).to_contain_text("by ")


def test_what_only_somebody_else_wrote_is_no_conflict(writer: Writer) -> None:
    id = begun(writer)["id"]
    writer.desk.newsroom.ask("PUT", f"/stories/{writer.desk.slug}/drafts/{id}", THEIR_WORDS, **{"If-Match": "*"})
    writer.shows(THEIRS, "It gave way at nine.")
    writer.write(MINE)
    until(writer.page, lambda: draft(writer.desk, MINE), "what is typed on it goes to the server")
    writer.no_conflict()


def test_what_waits_to_be_published_is_not_published_in_the_words_of_somebody_else(writer: Writer) -> None:
    id = begun(writer)["id"]
    page, ask = writer.page, writer.desk.newsroom.ask
    page.route("**/publish", lambda route: route.abort("internetdisconnected"))
    writer.publish()
    expect(page.get_by_label("Headline")).to_have_value("")
    with page.expect_response(re.compile(f"/drafts/{id}$")):  # told of it while mine waits
        ask("PUT", f"/stories/{writer.desk.slug}/drafts/{id}", THEIR_WORDS, **{"If-Match": "*"})
    page.unroute("**/publish")
    page.evaluate("dispatchEvent(new Event('online'))")
    writer.choose("mine")
    until(page, lambda: FIRST in headlines(writer.desk), "mine is published")
    assert THEIRS not in headlines(writer.desk)
    writer.no_conflict()


def test_what_is_sent_back_is_what_the_desk_opens_with_again(writer: Writer) -> None:
    id = begun(writer)["id"]
    page, ask = writer.page, writer.desk.newsroom.ask
    page.locator("[data-command=file]").click()
    until(page, lambda: draft(writer.desk, FIRST, "filed"), "it is with the desk")
    writer.open()
    expect(page.locator("#queue").get_by_text(FIRST)).to_be_visible()
    expect(page.get_by_label("Headline")).to_have_value("")
    ask("POST", f"/stories/{writer.desk.slug}/drafts/{id}/return", {"note": "When?"})
    expect(page.locator("#queue").get_by_text("When?")).to_be_visible()
    writer.open()
    writer.shows(FIRST, "It stands.")


def test_an_edit_begun_offline_leaves_alone_what_others_changed_meanwhile(writer: Writer) -> None:
    desk = writer.desk
    one = f"/updates/{desk.post(FIRST, 'It stands.', tags=['wall'])}"
    expect(writer.page.locator(".desk-page li").filter(has_text="wall")).to_be_visible()
    writer.context.set_offline(True)
    begin_edit(writer)
    writer.write(MINE)
    desk.do("PUT", f"{one}/tags", {"tags": ["harbour"]})
    desk.do("PUT", f"{one}/key")
    writer.context.set_offline(False)
    until(writer.page, lambda: any(found["edits"] for found in drafts(desk)), "it is pushed")
    writer.page.get_by_role("button", name="Publish the change").click()
    writer.page.get_by_role("dialog").get_by_role("button", name="Publish the change").click()
    until(writer.page, lambda: MINE in headlines(desk), "it is published")
    mended = desk.updates()[0]
    assert (mended["tags"], mended["key"]) == (["harbour"], True)


def test_who_changes_an_update_sees_that_somebody_else_does(writer: Writer) -> None:
    ask = writer.desk.newsroom.ask
    id = writer.desk.post(FIRST, "It stands.")
    begin_edit(writer)
    banners = writer.page.locator(".desk-banner")
    expect(banners).to_have_count(0)
    path = f"/stories/{writer.desk.slug}/drafts/othersedit"
    ask("PUT", path, {**THEIR_WORDS, "edits": {"update": id, "rev": 1}}, **{"If-None-Match": "*"})
    expect(banners).to_have_text("The editor’s desk has a change of this update too.")
    ask("POST", f"{path}/publish", {})
    expect(banners).to_have_count(0)
