"""The reader's page over a real server in a real browser: issue 2, "Done when" 3."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.newsroom import Desk, Newsroom, story
from tests.browser.reading import headlines, reached, read

WAY = re.compile(r"/killed-\d+/(live|ops)\b")


def test_an_update_appears_behind_the_toast_and_is_inserted_when_it_is_pressed(desk: Desk, page: Page) -> None:
    read(page, desk)
    desk.post("Four", key=True)
    toast = page.locator("#toast")
    expect(toast).to_have_text("1 new update")
    expect(page).to_have_title("(1) The sea wall at Marrow gives way – Standfirst")
    expect(page.locator("#say")).to_have_text("1 new update")
    assert headlines(page) == ["Three", "Two", "One"]
    desk.post("Five")
    expect(toast).to_have_text("2 new updates")
    toast.click()
    assert headlines(page) == ["Five", "Four", "Three", "Two", "One"]
    expect(toast).to_be_hidden()
    expect(page.locator("#updates h3").first).to_be_focused()
    expect(page.locator("#updates h3").first).to_be_in_viewport()
    expect(page).to_have_title("The sea wall at Marrow gives way – Standfirst")


def test_an_edit_replaces_in_place(desk: Desk, page: Page) -> None:
    id = desk.post("Four")
    read(page, desk)
    desk.edit(id, text="The words are other words now.")
    expect(page.locator(f"#u-{id} .body")).to_have_text("The words are other words now.")
    expect(page.locator(f"#u-{id} .t")).to_contain_text("Edited")
    expect(page.locator("#toast")).to_be_hidden()


def test_a_correction_and_a_retraction_show(desk: Desk, page: Page) -> None:
    wrong, worse = desk.post("Four"), desk.post("Five")
    read(page, desk)
    desk.edit(wrong, mode="correction", note="The wall was built in 1953, not 1935.", text="Built in 1953.")
    expect(page.locator(f"#u-{wrong} .corr")).to_contain_text("The wall was built in 1953, not 1935.")
    expect(page.locator(f"#u-{wrong} .body")).to_have_text("Built in 1953.")
    desk.retract(worse)
    expect(page.locator(f"#u-{worse}")).to_contain_text("It was another harbour.")
    assert "Five" not in page.locator("#updates").inner_text()


def test_an_update_that_waits_is_edited_where_it_waits(desk: Desk, page: Page) -> None:
    read(page, desk)
    id = desk.post("Four")
    desk.edit(id, headline="Four, and better")
    gone = desk.post("Five")
    desk.retract(gone, "Too early.")
    reached(page, desk)
    page.locator("#toast").click()
    assert headlines(page)[1] == "Four, and better"
    expect(page.locator(f"#u-{gone}")).to_contain_text("Too early.")


def test_a_key_event_that_waits_is_shown_by_its_link(desk: Desk, page: Page) -> None:
    read(page, desk)
    desk.post("Four", key=True)
    desk.post("Five")
    page.locator("#key-events a", has_text="Four").click()
    assert headlines(page) == ["Five", "Four", "Three", "Two", "One"]
    expect(page.locator("#updates h3").nth(1)).to_be_focused()


@pytest.mark.parametrize("blocked", [False, True], ids=["stream", "no-stream"])
def test_a_server_that_dies_costs_nothing(mortal: Newsroom, opener: Opener, blocked: bool) -> None:
    context = opener()
    if blocked:
        context.route("**/live?*", lambda route: route.abort())
    page = context.new_page()
    answered: set[str] = set()
    page.on("response", lambda response: answered.update(WAY.findall(response.url) if response.ok else ()))
    desk = story(mortal, "killed")
    read(page, desk)
    expected = ["Three", "Two", "One"]
    for name in ("Four", "Five"):
        desk.post(name)
        mortal.kill()
        mortal.start()
        desk.post(f"{name} again")
        desk.post(f"{name} at last")
        expected = [f"{name} at last", f"{name} again", name, *expected]
    reached(page, desk)
    page.locator("#toast").click()
    assert headlines(page) == expected
    assert answered == {"ops"} if blocked else "live" in answered


def test_without_a_script_the_page_is_whole(desk: Desk, opener: Opener) -> None:
    page = opener(java_script_enabled=False).new_page()
    page.goto(desk.url)
    for heading in ("One", "Two", "Three"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator("button:visible, input:visible, [role=status]:not(:empty)")).to_have_count(0)
    expect(page.locator("#updates")).to_contain_text("The 3th report")
    page.locator("#updates article").first.locator(".t a").click()
    expect(page).to_have_url(f"{desk.url}/updates/" + page.url.rsplit("/", 1)[1])
    expect(page.get_by_role("heading", name="Three")).to_be_visible()
