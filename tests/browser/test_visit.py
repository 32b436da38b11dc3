"""A reader who comes back, goes away, loses the net, presses pause, has no mouse."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.newsroom import Desk, Newsroom, story
from tests.browser.reading import headlines, reached, read


def leave(page: Page) -> None:
    """Leaves the site for long enough."""
    page.goto("about:blank")
    next_second(page)


def next_second(page: Page) -> None:
    """Waits until clocks show another second: so finely a bookmark tells updates apart."""
    page.wait_for_function("(then) => new Date().toISOString().slice(0, 19) > then", arg=f"{datetime.now(UTC):%FT%T}")


def test_what_was_published_since_you_left_is_offered(desk: Desk, page: Page) -> None:
    read(page, desk)
    expect(page.locator("#since")).to_be_hidden()
    leave(page)
    for headline, key in (("Four", True), ("Five", False), ("Six", True)):
        desk.post(headline, key=key)
    read(page, desk)
    bar = page.locator("#since")
    expect(bar).to_contain_text("3 new updates since you left at")
    expect(bar).to_contain_text("2 of them key")
    expect(page.locator("#updates > .left")).to_contain_text("You left at")
    order = page.locator("#updates > *").evaluate_all("(all) => all.map((e) => e.className.split(' ')[0])")
    assert order == ["up", "up", "up", "left", "up", "up", "up"]
    bar.get_by_role("button", name="Show me").click()
    expect(bar).to_be_hidden()
    expect(page.locator("#updates h3").first).to_be_focused()
    leave(page)
    read(page, desk)
    expect(bar).to_be_hidden()


def test_the_bar_counts_only_what_was_not_seen_and_closes(desk: Desk, page: Page) -> None:
    read(page, desk)
    desk.post("Four")
    reached(page, desk)
    page.locator("#toast").click()
    leave(page)
    desk.edit(desk.ids()[0], headline="Four, edited")
    desk.post("Five")
    read(page, desk)
    expect(page.locator("#since")).to_contain_text("1 new update since you left at")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#since")).to_be_hidden()


def test_an_update_that_waited_unseen_is_new_on_return(desk: Desk, page: Page) -> None:
    read(page, desk)
    next_second(page)
    desk.post("Four")
    reached(page, desk)
    page.reload()
    expect(page.locator("#since")).to_contain_text("1 new update since you left at")


def test_pause_stops_the_page_and_live_goes_on(desk: Desk, page: Page) -> None:
    read(page, desk)
    control = page.get_by_role("button", name="Live")
    expect(control).to_have_attribute("aria-pressed", "true")
    control.click()
    control = page.get_by_role("button", name="Paused")
    expect(control).to_have_attribute("aria-pressed", "false")
    seq = str(desk.seq)
    desk.post("Four")
    expect(page.locator("html")).to_have_attribute("data-seq", seq)
    control.click()
    reached(page, desk)
    expect(page.locator("#toast")).to_have_text("1 new update")


def test_a_reader_without_a_net_is_told_since_when(desk: Desk, page: Page) -> None:
    read(page, desk)
    page.context.set_offline(True)
    notice = page.locator("#offline")
    expect(notice).to_contain_text("You are offline. Showing updates as of")
    desk.post("Four")
    page.context.set_offline(False)
    expect(notice).to_be_hidden()
    reached(page, desk)


def test_a_server_that_is_away_is_said_to_be(mortal: Newsroom, page: Page) -> None:
    desk = story(mortal, "away")
    read(page, desk)
    mortal.kill()
    expect(page.locator("#offline")).to_contain_text("The connection is lost. Showing updates as of", timeout=60_000)
    mortal.start()
    desk.post("Four")
    reached(page, desk)
    expect(page.locator("#offline")).to_be_hidden()


def test_coverage_that_ends_is_turned_round_on_request_and_back(desk: Desk, page: Page) -> None:
    read(page, desk)
    desk.do("PUT", "/status", {"status": "ended"})
    reached(page, desk)
    expect(page.locator("#head .badge")).to_have_text("Ended")
    expect(page.locator("#closing")).to_be_visible()
    assert headlines(page) == ["Three", "Two", "One"]
    page.locator("#toast").click()
    assert headlines(page) == ["One", "Two", "Three"]
    desk.do("POST", "/reopen")
    desk.post("Four")
    reached(page, desk)
    page.locator("#toast").click()
    assert headlines(page) == ["Four", "Three", "Two", "One"]


def test_the_first_update_of_a_story_arrives(newsroom: Newsroom, page: Page) -> None:
    desk = newsroom.open("an-empty-page", status="scheduled", starts="2031-03-02T09:00:00Z")
    read(page, desk)
    expect(page.locator("main")).to_contain_text("Coverage starts at 09:00")
    desk.do("PUT", "/status", {"status": "live"})
    desk.post("One")
    reached(page, desk)
    page.locator("#toast").click()
    assert headlines(page) == ["One"]
    expect(page.locator("main")).not_to_contain_text("Coverage starts")


def test_everything_works_by_keyboard(desk: Desk, page: Page) -> None:
    read(page, desk)
    desk.post("Four")
    reached(page, desk)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    seen: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.id")
        seen.append(focused)
        if focused == "livectl":
            page.keyboard.press("Space")
            expect(page.locator("#livectl")).to_have_attribute("aria-pressed", "false")
        if focused == "toast":
            break
    assert {"livectl", "toast"} <= set(seen)
    page.keyboard.press("Enter")
    expect(page.locator("#updates h3").first).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.up')?.id === document.querySelector('.up').id")


def test_what_is_open_and_focused_survives_a_change_around_it(desk: Desk, page: Page) -> None:
    desk.do(
        "PUT",
        "/summary",
        {"known": [{"text": "The wall gave way."}], "unconfirmed": [{"text": "The ferry is adrift."}]},
    )
    ids = desk.ids()
    read(page, desk)
    page.locator("#summary summary").click()
    link = page.locator(f"#u-{ids[1]} .t a")
    link.focus()
    desk.do(
        "PUT",
        "/summary",
        {"known": [{"text": "The wall gave way at four."}], "unconfirmed": [{"text": "A ferry is adrift."}]},
    )
    desk.edit(ids[1], text="Other words.")
    reached(page, desk)
    expect(page.get_by_text("A ferry is adrift.")).to_be_visible()
    expect(link).to_be_focused()


def test_the_address_of_an_update_is_copied(desk: Desk, opener: Opener) -> None:
    context = opener(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.add_init_script("delete Navigator.prototype.share")
    read(page, desk)
    article = page.locator("#updates .up").first
    article.get_by_role("button", name="Share").click()
    expect(article.get_by_role("button", name="Link copied")).to_be_visible()
    id = article.evaluate("(a) => a.id").removeprefix("u-")
    assert page.evaluate("navigator.clipboard.readText()") == f"{desk.url}/updates/{id}"


@pytest.mark.parametrize("path", ["", "/key-events", "/corrections", "/updates/{id}"])
def test_relative_times_stand_beside_the_printed_ones(desk: Desk, page: Page, path: str) -> None:
    id = desk.post("Four", key=True)
    page.goto(desk.url + path.format(id=id))
    for text in page.locator("time[data-ago]").all_inner_texts():
        assert text == "now"
