"""The screens beside the desk, in Chromium: each one's job by keyboard, offline, and with somebody else at work."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import APIResponse, Page, Route, StorageState, expect

from tests.browser.conftest import Opener
from tests.browser.desks import go, judged, offline, online, opened, signed_in
from tests.browser.newsroom import Desk, Newsroom
from tests.browser.test_door import watched
from tests.browser.writer import until

KEPT = """async () => {
    await new Promise(requestAnimationFrame);
    const { name } = (await indexedDB.databases()).find(({ name }) => name.startsWith("standfirst "));
    const db = await new Promise((done) => (indexedDB.open(name).onsuccess = (event) => done(event.target.result)));
    const change = db.transaction("texts", "readwrite");
    await new Promise((done) => (change.oncomplete = done));
    db.close();
}"""
"""Resolves when what was chosen is on the disk."""


@pytest.fixture(scope="module")
def staff(newsroom: Newsroom, browser: object) -> dict[str, StorageState]:
    return {}


@pytest.fixture
def editor(newsroom: Newsroom, opener: Opener, staff: dict[str, StorageState]) -> Iterator[Page]:
    if "editor" not in staff:
        staff["editor"] = signed_in(newsroom, opener, "editor", "Eva Lund")
    page = opener(storage_state=staff["editor"]).new_page()
    complaints = watched(page)
    yield page
    assert complaints == []


def summary(desk: Desk, known: list[str], unconfirmed: list[str] | None = None) -> None:
    points = {"known": known, "unconfirmed": unconfirmed or []}
    desk.do("PUT", "/summary", {name: [{"text": text} for text in texts] for name, texts in points.items()})


def stands(desk: Desk) -> dict[str, list[str]]:
    found = desk.newsroom.ask("GET", f"/stories/{desk.slug}")["summary"]
    return {name: [point["text"] for point in found[name]] for name in ("known", "unconfirmed")}


def test_stories_are_found_and_opened_by_keys_also_offline(desk: Desk, editor: Page) -> None:
    for name in ("Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Oak", "Pine"):
        desk.newsroom.open(f"{name} valley", headline=f"Fire in {name} valley", status="scheduled")
    page = opened(editor, desk.newsroom)
    expect(page.get_by_role("listitem").filter(has_text="Fire in Pine valley")).to_be_visible()
    judged(page)
    page.get_by_role("button", name=re.compile("^Scheduled")).click()
    expect(page.get_by_role("listitem").filter(has_text="The sea wall")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^All")).click()
    offline(page.context)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    page.get_by_label("Find a story").fill("vállEY birch")
    expect(page.get_by_role("listitem")).to_have_count(1)
    page.get_by_label("Find a story").press("Tab")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/desk/story/birch-valley"))


def test_a_story_is_opened_by_keyboard_with_errors_beside_the_fields(desk: Desk, editor: Page) -> None:
    page = opened(editor, desk.newsroom, "open/")
    headline = page.get_by_label("Headline")
    headline.focus()
    page.keyboard.type("Ålesund: the bridge’s closed")
    expect(page.get_by_label("Address")).to_have_value("alesund-the-bridges-closed")
    page.get_by_label("Address").fill(desk.slug)
    expect(page.get_by_text("There is a story at this address")).to_be_visible()
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Choose a zone from the list")).to_be_visible()
    page.get_by_label("Time zone").fill("Europe/Oslo")
    page.get_by_label("Language").fill("xx-never-such")
    page.get_by_label("Address").fill("")
    page.reload()  # half-written words are kept
    expect(headline).to_have_value("Ålesund: the bridge’s closed")
    judged(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#language-error")).to_contain_text("no language tag")
    page.get_by_label("Language").fill("nb")
    page.get_by_role("radio", name=re.compile("Scheduled")).check()
    page.get_by_label("Date").fill("2031-03-02")
    page.get_by_label("Time (24 h)").fill("14:05")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/story/alesund-the-bridges-closed/")
    found = desk.newsroom.ask("GET", "/stories/alesund-the-bridges-closed")
    assert (found["status"], found["zone"], found["language"]) == ("scheduled", "Europe/Oslo", "nb")
    assert found["starts"].startswith("2031-03-02T13:05")


def test_a_story_opened_offline_waits_and_is_opened_once(desk: Desk, editor: Page) -> None:
    page = opened(editor, desk.newsroom, "open/")
    offline(page.context)
    page.get_by_label("Headline").fill("The dam at Osk holds")
    page.get_by_role("button", name="Open and go live").click()
    expect(page.get_by_text("You are offline. The story waits on this device")).to_be_visible()
    page.get_by_role("link", name="Waiting to send").click()
    expect(page.get_by_role("heading", name="Open a story: The dam at Osk holds")).to_be_visible()
    judged(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download all words").click()
    assert "The dam at Osk holds" in saved.value.path().read_text()
    page.go_back()
    online(page)
    page.wait_for_url("**/desk/story/the-dam-at-osk-holds/")
    entries = desk.newsroom.ask("GET", "/stories/the-dam-at-osk-holds")
    assert entries["seq"] == 1
    opened(page, desk.newsroom, "waiting/")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()
    judged(page)


def test_what_waits_is_taken_back_and_is_a_draft_again(desk: Desk, editor: Page) -> None:
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/")
    offline(page.context)
    page.get_by_label("Headline").fill("The ferry is stopped")
    page.keyboard.press("Control+Enter")
    opened_waiting = page.get_by_role("link", name=re.compile("waiting")).first
    opened_waiting.click()
    expect(page.get_by_role("heading", name="Publish: The ferry is stopped")).to_be_visible()
    page.keyboard.press("j")
    page.get_by_role("button", name="Take back").press("Enter")
    expect(page.get_by_text("Taken back. It is a draft again.")).to_be_visible()
    expect(page.get_by_role("heading", name="Drafts on this device only")).to_be_visible()
    expect(page.get_by_text("You are offline.")).to_be_visible()
    online(page)
    expect(page.get_by_text("Nothing waits.")).to_be_visible(timeout=20_000)  # no desk is open: it is with the server
    go(page, f"/desk/story/{desk.slug}/")
    expect(page.get_by_label("Headline")).to_have_value("The ferry is stopped")
    assert "The ferry is stopped" not in [update["headline"] for update in desk.updates()]


def test_the_summary_is_written_and_ordered_by_keyboard_and_taken_down(desk: Desk, editor: Page) -> None:
    two = next(update["id"] for update in desk.updates() if update["headline"] == "Two")
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/summary/")
    page.get_by_label("What we know, point 1 of 1").focus()
    for words in ("First.", "Second.", "Third."):
        page.keyboard.type(words)
        page.keyboard.press("Enter")
    page.keyboard.press("Backspace")  # the empty one goes
    page.get_by_label("What we know, point 3 of 3").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_label("What we know, point 2 of 3")).to_be_focused()
    page.get_by_role("button", name="Not confirmed: First.").press("Enter")
    expect(page.get_by_label("What is not confirmed, point 1 of 1")).to_be_focused()
    page.get_by_role("combobox", name="Rests on").first.select_option(two)
    page.evaluate(KEPT)
    page.reload()
    expect(page.get_by_label("What we know, point 1 of 2")).to_have_value("Third.")
    judged(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Saved. Readers see it.")).to_be_visible()
    assert stands(desk) == {"known": ["Third.", "Second."], "unconfirmed": ["First."]}
    assert desk.newsroom.ask("GET", f"/stories/{desk.slug}")["summary"]["known"][0]["update"] == two
    page.get_by_role("button", name="Take it down").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it down").click()
    expect(page.get_by_text("There is no summary yet.").or_(page.get_by_text("Taken down")).first).to_be_visible()
    expect(page.get_by_role("button", name="Take it down")).to_have_count(0)
    assert desk.newsroom.ask("GET", f"/stories/{desk.slug}")["summary"] is None


def test_a_summary_that_somebody_else_changed_is_not_written_over_unasked(desk: Desk, editor: Page) -> None:
    summary(desk, ["The wall broke."])
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/summary/")
    point = page.get_by_label("What we know, point 1 of 1")
    point.fill("The wall broke at six.")
    summary(desk, ["The wall broke at seven."])
    expect(page.get_by_text("while you were writing")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("listitem").filter(has_text="The wall broke at seven.")).to_be_visible()
    assert stands(desk)["known"] == ["The wall broke at seven."]
    judged(page)
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("Saved. Readers see it.")).to_be_visible()
    assert stands(desk)["known"] == ["The wall broke at six."]
    # and where it is theirs that one keeps, nothing is sent
    point.fill("Mine.")
    summary(desk, ["Theirs."])
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Keep theirs").click()
    expect(point).to_have_value("Theirs.")
    assert stands(desk)["known"] == ["Theirs."]
    # nor does what waited offline go over what was changed meanwhile
    offline(page.context)
    point.fill("Written on the train.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("The summary waits on this device")).to_be_visible()
    summary(desk, ["Theirs, again."])
    online(page)
    expect(page.get_by_role("listitem").filter(has_text="Theirs, again.")).to_be_visible(timeout=20_000)
    expect(point).to_have_value("Written on the train.")
    assert stands(desk)["known"] == ["Theirs, again."]
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.get_by_text("Saved. Readers see it.")).to_be_visible()
    assert stands(desk)["known"] == ["Written on the train."]


def test_a_summary_that_waits_is_taken_back_written_on_and_sent_once(desk: Desk, editor: Page) -> None:
    summary(desk, ["The wall broke."])
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/summary/")
    point = page.get_by_label("What we know, point 1 of 1")
    expect(point).to_have_value("The wall broke.")
    offline(page.context)
    waits = page.get_by_text("The summary waits on this device")
    point.fill("Once.")
    page.keyboard.press("Control+Enter")
    expect(waits).to_be_visible()
    go(page, "/desk/waiting/")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("button", name="Take back")).to_have_count(0)
    go(page, f"/desk/story/{desk.slug}/summary/")
    expect(point).to_have_value("Once.")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    # what is saved again takes the place of what waits; what is typed after that stays
    for words in ("Twice.", "Thrice."):
        point.fill(words)
        page.keyboard.press("Control+Enter")
        expect(waits).to_be_visible()
    point.fill("Typed on.")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    online(page)
    until(page, lambda: stands(desk)["known"] == ["Thrice."], "what waited is saved")
    expect(point).to_have_value("Typed on.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Saved. Readers see it.")).to_be_visible(timeout=20_000)
    assert stands(desk)["known"] == ["Typed on."]
    assert desk.newsroom.ask("GET", f"/stories/{desk.slug}")["seq"] == desk.seq + 2


def test_a_summary_saved_again_before_the_answer_is_nobody_elses(desk: Desk, editor: Page) -> None:
    summary(desk, ["The wall broke."])
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/summary/")
    point = page.get_by_label("What we know, point 1 of 1")
    late: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        if route.request.method != "PUT" or late:
            return route.fallback()
        late.append((route, route.fetch()))

    page.route("**/summary", hold)
    point.fill("Once.")
    page.keyboard.press("Control+Enter")
    until(page, lambda: late, "the first is saved, and nobody here knows")
    point.fill("Twice.")
    page.keyboard.press("Control+Enter")
    route, answer = late[0]
    route.fulfill(response=answer)
    expect(page.get_by_text("Saved. Readers see it.")).to_be_visible(timeout=20_000)
    expect(point).to_have_value("Twice.")
    assert stands(desk)["known"] == ["Twice."]
    expect(page.get_by_role("button", name="Save mine over it")).to_have_count(0)


def test_settings_that_somebody_else_changed_show_both(desk: Desk, editor: Page) -> None:
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/settings/")
    headline = page.get_by_label("Headline")
    headline.fill("Mine is better")
    desk.do("PATCH", "", {"headline": "Theirs stands"}, **{"If-Match": "*"})
    page.keyboard.press("Control+Enter")
    both = page.get_by_role("alertdialog", name="Somebody changed these settings meanwhile")
    expect(both).to_contain_text("Theirs stands")
    expect(both).to_contain_text("Mine is better")
    judged(page)
    both.get_by_role("button", name="Save mine over it").click()
    expect(both).to_have_count(0)
    expect(headline).to_have_value("Mine is better")
    expect(page.get_by_text("Done: ").first).to_be_visible()
    assert desk.newsroom.ask("GET", f"/stories/{desk.slug}")["headline"] == "Mine is better"


def test_a_story_is_paused_ended_and_reopened_after_saying_what_readers_see(desk: Desk, editor: Page) -> None:
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/settings/")
    for button, says, does, then, after in (
        ("Pause", "Our live coverage is paused", "Pause the story", "paused", "Paused"),
        ("End", "Our live coverage has ended", "End the story", "ended", "Ended"),
        ("Reopen", "Live", "Reopen the story", "live", "Live"),
    ):
        page.get_by_role("button", name=button, exact=True).press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(says)
        expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
        judged(page)
        dialog.get_by_role("button", name=does).press("Enter")
        expect(page.locator(".desk-bar .desk-status")).to_have_text(after)
        assert desk.newsroom.ask("GET", f"/stories/{desk.slug}")["status"] == then


def test_what_is_scheduled_is_moved_and_taken_off(desk: Desk, editor: Page) -> None:
    soon, later = (datetime.now(UTC) + timedelta(days=days) for days in (1, 2))
    for id, at, embargo in (("bsecondone", later, False), ("afirstone1", soon, True)):
        root = f"/stories/{desk.slug}/drafts/{id}"
        words = {"headline": f"Report {id}", "text": "It holds."}
        desk.newsroom.ask("PUT", root, words, **{"If-None-Match": "*"})
        desk.newsroom.ask("PUT", f"{root}/schedule", {"at": at.isoformat(), "embargo": embargo})
    page = opened(editor, desk.newsroom, f"story/{desk.slug}/schedule/")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Report afirstone1")
    expect(rows.first).to_contain_text("Embargo")
    expect(rows.first).to_contain_text("Next")
    rows.first.get_by_role("button", name="Change the time").press("Enter")
    page.get_by_label("Date").fill("2031-03-02")
    page.get_by_label("Time (24 h)").fill("25:00")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Give a date and a time that exist.")).to_be_visible()
    page.get_by_label("Time (24 h)").fill("9:05")
    judged(page)
    page.keyboard.press("Control+Enter")
    expect(rows.first).to_contain_text("Report bsecondone")
    expect(rows.nth(1)).to_contain_text("at 09:05")
    rows.first.get_by_role("button", name="Do not send").press("Enter")
    expect(rows).to_have_count(1)
    assert desk.newsroom.ask("GET", f"/stories/{desk.slug}/drafts/bsecondone")["state"] in ("draft", "filed")


def test_settings_of_this_device(newsroom: Newsroom, editor: Page) -> None:
    page = opened(editor, newsroom, "settings/")
    expect(page.get_by_role("heading", name="Words on this device")).to_be_visible()
    judged(page)
